/* SPDX-License-Identifier: ISC */
/*
 * keys: the option table and the forms of texts. Pure.
 */
#include <string.h>

#include "base/mailbox.h"
#include "policy/keys.h"
#include "policy/policy.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

/* True if s is made of 1 to max of the characters. */
static bool
is_made_of(const char *s, const char *characters, size_t max)
{
	size_t len = strlen(s);

	return len > 0 && len <= max && strspn(s, characters) == len;
}

/* Part of the ledger's file name, so neither hidden nor an option to any command. */
static bool
is_cloud_name(const char *s)
{
	return is_made_of(s, UPPER LOWER DIGIT "._-", 64) && *s != '.' && *s != '-';
}

/* Past http:// or https://. */
static bool
is_url_start(const char **s)
{
	if (strncmp(*s, "http://", 7) == 0)
		*s += 7;
	else if (strncmp(*s, "https://", 8) == 0)
		*s += 8;
	else
		return false;
	return true;
}

/* http(s)://HOST[:PORT][/PATH], without user, query and fragment. */
static bool
is_url(const char *s)
{
	size_t host;

	if (!is_url_start(&s))
		return false;
	host = strcspn(s, "/:");
	return host > 0 && strpbrk(s, " @?#\\") == NULL;
}

/*
 * http(s)://HOST[:PORT]/..., printable ASCII without what ends an address in running text or in a command, %d once, and
 * no other use of % than that of an address (%2F). It becomes an address by replacing, never as a format.
 */
static bool
is_link(const char *s)
{
	static const char hex[] = DIGIT "abcdefABCDEF";
	size_t host, n = 0;

	if (!is_url_start(&s) || strlen(s) > 500)
		return false;
	host = strcspn(s, "/?#");
	if (host == 0 || strspn(s, UPPER LOWER DIGIT ".-:[]") != host || s[host] == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s <= ' ' || *s >= 0x7f || strchr("\"'<>\\^`{|}", *s) != NULL)
			return false;
		if (*s != '%')
			continue;
		if (s[1] == 'd')
			n++;
		else if (s[1] == '\0' || strchr(hex, s[1]) == NULL || s[2] == '\0' ||
			 strchr(hex, s[2]) == NULL)
			return false;
	}
	return n == 1;
}

/* A URL, or a host name alone: the service's own port is then meant. */
static bool
is_url_or_host(const char *s)
{
	return is_url(s) ||
	       (is_made_of(s, UPPER LOWER DIGIT ".-", 253) && *s != '.' && *s != '-');
}

static bool
is_path(const char *s)
{
	size_t len = strlen(s);

	return *s == '/' && len > 1 && len < 4096 && s[len - 1] != '/';
}

/* What node_exporter's textfile collector reads. */
static bool
is_prom(const char *s)
{
	size_t len = strlen(s);

	return is_path(s) && len > 6 && strcmp(s + len - 5, ".prom") == 0 && s[len - 6] != '/';
}

/* https only: a password goes there. */
static bool
is_https(const char *s)
{
	return strncmp(s, "https://", 8) == 0 && is_url(s);
}

/* A name of a host or service in Nagios and Icinga; what neither takes in names would also end the field. */
static bool
is_object(const char *s)
{
	return *s != '\0' && strlen(s) <= 128 && strpbrk(s, "`~!$%^&*|'\"<>?,()=;\\") == NULL;
}

/* NAME=ADDRESS; no address has a '=', a name may. */
static bool
is_owner(const char *s)
{
	const char *equals = strrchr(s, '=');

	return equals != NULL && equals > s && equals - s <= 256 && mailbox_is(equals + 1);
}

/* Two to four numbers with points between them. */
static bool
is_version(const char *s)
{
	int points = 0;

	if (strcmp(s, "auto") == 0)
		return true;
	if (!is_made_of(s, DIGIT ".", 20) || *s == '.' || strstr(s, "..") != NULL)
		return false;
	for (; *s != '\0'; s++)
		points += *s == '.';
	return points >= 1 && points <= 3 && s[-1] != '.';
}

static bool
is_account(const char *s)
{
	size_t digits = strspn(s, DIGIT);

	return digits > 0 && digits < 10 && s[digits] == ':' && s[digits + 1] != '\0';
}

/* OpenNebula writes attribute names in capitals, whatever was typed. */
static bool
is_attribute(const char *s)
{
	return is_made_of(s, UPPER DIGIT "_", 64) && (*s < '0' || *s > '9');
}

static bool
is_state(const char *s)
{
	return is_made_of(s, UPPER "_", 39) && *s != '_';
}

static bool
is_word(const char *s)
{
	return strlen(s) <= 256;
}

/* Not empty: it is given to the cloud, or to the guest's shell, as it is. */
static bool
is_line(const char *s)
{
	return *s != '\0' && strlen(s) <= 1024;
}

static bool
is_user(const char *s)
{
	return is_made_of(s, UPPER LOWER DIGIT "._-", 64) && *s != '-';
}

static bool
is_prefix(const char *s)
{
	struct prefix p;

	return net_prefix_parse(s, &p) == 0;
}

static bool
is_id(const char *s)
{
	int64_t id;

	return units_int(s, 0, INT32_MAX, &id) == 0;
}

static bool
is_group(const char *s)
{
	return is_made_of(s, UPPER LOWER DIGIT "._-", 32) && *s != '-';
}

/* A name below /usr/share/zoneinfo, which must not lead out of it. */
static bool
is_zone(const char *s)
{
	return is_made_of(s, UPPER LOWER DIGIT "/_+-", 64) && *s != '/' && *s != '-';
}

static const struct key_form
    cloud_name = {is_cloud_name,
	"at most 64 letters, digits, '.', '_' and '-', the first a letter or digit"},
    url = {is_url, "the XML-RPC address (not the gRPC one) as http://HOST:PORT/RPC2 or "
		   "https://..., without user and password"},
    service = {is_url, "the address as http://HOST:PORT/PATH or https://..., without user and "
		       "password"},
    pdisk = {is_url_or_host, "the address of the pdisk service as https://HOST/pdisk, or its "
			     "host alone, without user and password"},
    https = {is_https, "the address of Icinga's API as https://HOST:5665, without user and "
		       "password"},
    object = {is_object,
	"the name of an object, at most 128 bytes, without illegal_object_name_chars "
	"of nagios.cfg and semicolons"},
    path = {is_path, "an absolute path"},
    secret_path = {is_path,
	"the absolute path of a file that holds user:password, not the password itself"},
    version = {is_version, "auto, or the version such as 3.2.1"},
    account = {is_account, "UID:NAME, such as 4:reaper"},
    attribute = {is_attribute, "capitals, digits and '_'"},
    state = {is_state, "state names as OpenNebula writes them, such as PROLOG_FAILURE"},
    word = {is_word, "names of at most 256 bytes; * and ? match any text and any character"},
    prefix = {is_prefix, "addresses or networks such as 10.0.0.0/8, the host bits zero"},
    id = {is_id, "numbers of machines"}, line = {is_line, "at most 1024 bytes"},
    user = {is_user, "the name of an account of the guest"},
    group = {is_group, "the name of a group of this system"},
    link = {is_link,
	"the address of a machine's page as https://HOST/PATH with %d once, in the "
	"place of its number, such as https://one.example/#vms-tab/%d"},
    prom = {is_prom,
	"an absolute path that ends in .prom: the textfile collector reads no other"},
    mailbox = {mailbox_is, "addresses as NAME@HOST, of letters, digits and . _ + - alone"},
    owner = {is_owner, "a user of the cloud and an address as NAME=ADDRESS, such as "
		       "alice=alice@example.org"},
    zone = {is_zone, "UTC or a name such as Europe/Paris"};

/* One row each; s: section, n: name, f: field, d: default. */
#define AT(f)	offsetof(struct policy, f), sizeof(((struct policy *)NULL)->f)
#define ALSO(f) offsetof(struct policy, f)
#define NUMBER(s, n, type, flags, f, d, lo, hi)              \
	{                                                    \
		s, n, type, flags, d, AT(f), 0, lo, hi, NULL \
	}
#define BOOL(s, n, f, d)	 NUMBER(s, n, KEY_BOOL, 0, f, d, 0, 1)
#define LIMIT(s, n, flags, f, d) NUMBER(s, n, KEY_LIMIT, flags, f, d, 0, 1000000000)
#define TEXT(s, n, flags, f, d, form)                           \
	{                                                       \
		s, n, KEY_TEXT, flags, d, AT(f), 0, 0, 0, &form \
	}
#define WORDS(s, n, flags, f, d, form)                              \
	{                                                           \
		s, n, KEY_WORDS, flags, d, AT(f), 0, 1, 1000, &form \
	}
#define LIST(s, n, type, flags, f, also, d, hi)                      \
	{                                                            \
		s, n, type, flags, d, AT(f), ALSO(also), 1, hi, NULL \
	}
#define LIMITS(name, flags, field, d) \
	LIST("canary", name, KEY_LIMITS, flags, field.s, field.n, d, 3)
#define CLASS(s, names)                                                                       \
	BOOL(#s, "reap", s.reap, "yes"), WORDS(#s, "states", 0, s.states, names, state),      \
	    NUMBER(#s, "grace", KEY_SECONDS, KEY_ARMED, s.grace_s, "24h", POLICY_GRACE_MIN_S, \
		365 * DAY),                                                                   \
	    NUMBER(#s, "confirmations", KEY_COUNT, KEY_ARMED, s.confirmations, "3", 2, 1000), \
	    NUMBER(#s, "gap", KEY_SECONDS, 0, s.gap_s, NULL, MINUTE, 30 * DAY),               \
	    NUMBER(#s, "persistent", KEY_PERSISTENT, 0, s.persistent, "keep", 0, 1),          \
	    BOOL(#s, "silence", s.silence, "yes")

#define SECOND 1000LL /* in milliseconds; longer units in seconds */
#define MINUTE 60LL
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const struct key table[] = {
    TEXT("cloud", "name", KEY_REQUIRED, cloud.name, NULL, cloud_name),
    TEXT("cloud", "endpoint", KEY_REQUIRED | KEY_HIDDEN, cloud.endpoint, NULL, url),
    NUMBER("cloud", "dialect", KEY_DIALECT, 0, cloud.dialect, "auto", 0,
	POLICY_DIALECT_STRATUSLAB),
    TEXT("cloud", "auth_file", KEY_NONE | KEY_HIDDEN, cloud.auth_file, "none", secret_path),
    TEXT("cloud", "cert_file", KEY_NONE, cloud.cert_file, "none", path),
    TEXT("cloud", "key_file", KEY_NONE, cloud.key_file, "none", path),
    TEXT("cloud", "version", 0, cloud.version, "auto", version),
    TEXT("cloud", "account", KEY_NONE, cloud.account, "none", account),
    TEXT("cloud", "ca_file", KEY_NONE, cloud.ca_file, "none", path),
    TEXT("cloud", "ca_dir", KEY_NONE, cloud.ca_dir, "none", path),
    BOOL("cloud", "insecure", cloud.insecure, "no"),
    TEXT("cloud", "pdisk", KEY_NONE | KEY_HIDDEN, cloud.pdisk, "none", pdisk),
    TEXT("cloud", "pdisk_auth_file", KEY_NONE | KEY_HIDDEN, cloud.pdisk_auth_file, "none",
	secret_path),
    TEXT("cloud", "marketplace", KEY_HIDDEN, cloud.marketplace,
	"https://marketplace.stratuslab.eu", service),
    NUMBER("cloud", "connect_timeout", KEY_MILLISECONDS, 0, cloud.connect_timeout_ms, "10s",
	SECOND, 300 * SECOND),
    NUMBER(
	"cloud", "timeout", KEY_MILLISECONDS, 0, cloud.timeout_ms, "2m", SECOND, 3600 * SECOND),
    NUMBER("cloud", "connections", KEY_COUNT, 0, cloud.connections, "8", 1, 15),
    NUMBER("cloud", "page", KEY_COUNT, 0, cloud.page, "2000", 10, 1000000),
    NUMBER("cloud", "max_machines", KEY_COUNT, 0, cloud.max_machines, "200000", 1, 10000000),
    NUMBER("cloud", "max_memory", KEY_MIB, 0, cloud.max_memory_mib, "512MiB", 16, 1048576),

    BOOL("probe", "ping", probe.ping, "yes"),
    NUMBER("probe", "ssh", KEY_SSH, 0, probe.ssh, "when-silent", 0, POLICY_SSH_NEVER),
    NUMBER("probe", "ssh_port", KEY_COUNT, 0, probe.ssh_port, "22", 1, 65535),
    LIST("probe", "also_connect", KEY_PORTS, KEY_NONE, probe.also_connect, probe.n_also_connect,
	"none", POLICY_PORTS_MAX),
    LIST("probe", "networks", KEY_NETWORKS, KEY_NONE, probe.networks, probe.n_networks, "none",
	1000),
    LIST("probe", "canaries", KEY_ADDRESSES, KEY_NONE, probe.canaries, probe.n_canaries, "none",
	100),
    NUMBER("probe", "rate", KEY_COUNT, 0, probe.rate, "2000", 1, 100000),
    NUMBER("probe", "rate_per_net", KEY_COUNT, 0, probe.rate_per_net, "200", 1, 100000),
    LIST("probe", "ping_timeouts", KEY_WAITS, 0, probe.try_ms, probe.tries, "1s, 2s, 2s",
	POLICY_TRIES_MAX),
    NUMBER("probe", "ssh_tries", KEY_COUNT, 0, probe.ssh_tries, "2", 1, POLICY_TRIES_MAX),
    /* RFC 6298, 2: a SYN is sent again after 1 s and 3 s, so that two have had their chance */
    NUMBER("probe", "connect_timeout", KEY_MILLISECONDS, 0, probe.connect_ms, "5s", 3 * SECOND,
	120 * SECOND),
    NUMBER("probe", "greeting_timeout", KEY_MILLISECONDS, 0, probe.greeting_ms, "5s", SECOND,
	120 * SECOND),
    NUMBER("probe", "in_flight", KEY_COUNT, 0, probe.in_flight, "512", 1, 20000),
    NUMBER("probe", "deadline", KEY_MILLISECONDS, 0, probe.deadline_ms, "5m", SECOND,
	6 * 3600 * SECOND),

#define METRIC_X(e, label, unit, w, c, what)                                                \
	{"check", "warning_" label, KEY_RANGE, KEY_NONE, w, AT(check.warning[METRIC_##e]),  \
	    ALSO(check.has_warning[METRIC_##e]), 0, 0, NULL},                               \
	    {"check", "critical_" label, KEY_RANGE, KEY_NONE, c,                            \
		AT(check.critical[METRIC_##e]), ALSO(check.has_critical[METRIC_##e]), 0, 0, \
		NULL},
    METRIC_LIST(METRIC_X)
#undef METRIC_X
#define OVERDUE_X(e, label, d)                                                                 \
	NUMBER("check", "overdue_" label, KEY_SECONDS, 0, check.overdue_s[POLICY_OVERDUE_##e], \
	    d, MINUTE, 365 * DAY),
	POLICY_OVERDUE_LIST(OVERDUE_X)
#undef OVERDUE_X
	    NUMBER("check", "settle", KEY_SECONDS, 0, check.settle_s, "15m", 0, 7 * DAY),

    WORDS("scope", "owners_in", KEY_ALL, scope.owners_in, NULL, word),
    WORDS("scope", "groups_in", KEY_ALL, scope.groups_in, NULL, word),
    WORDS("scope", "names_in", KEY_ALL, scope.names_in, NULL, word),
    WORDS("scope", "labels_in", KEY_ALL, scope.labels_in, NULL, word),
    WORDS("scope", "owners_out", KEY_NONE, scope.owners_out, "oneadmin", word),
    WORDS("scope", "groups_out", KEY_NONE, scope.groups_out, "none", word),
    WORDS("scope", "names_out", KEY_NONE, scope.names_out, "none", word),
    WORDS("scope", "labels_out", KEY_NONE, scope.labels_out, "none", word),
    WORDS("scope", "addresses_out", KEY_NONE, scope.addresses_out, "none", prefix),
    WORDS("scope", "ids_out", KEY_NONE, scope.ids_out, "none", id),
    TEXT("scope", "keep_attribute", 0, scope.keep_attribute, "VMREAPER_KEEP", attribute),
    TEXT("scope", "keep_label", 0, scope.keep_label, "vmreaper-keep", word),
    NUMBER("scope", "min_age", KEY_SECONDS, 0, scope.min_age_s, "1h", 0, 3650 * DAY),
    BOOL("scope", "services", scope.services, "no"),
    BOOL("scope", "virtual_routers", scope.virtual_routers, "no"),
    BOOL("scope", "imported", scope.imported, "no"),

    CLASS(unknown, "UNKNOWN"),
    CLASS(failed, "FAILED, PROLOG_FAILURE, CLONING_FAILURE"),
    NUMBER("off", "report_after", KEY_SECONDS, 0, off.report_after_s, "30d", HOUR, 3650 * DAY),

    LIMIT("limits", "per_run", KEY_ARMED, limits.per_run, "5"),
    LIMIT("limits", "per_hour", KEY_ARMED, limits.per_hour, "10"),
    LIMIT("limits", "per_host", 0, limits.per_host, "3"),
    LIMIT("limits", "per_owner", 0, limits.per_owner, "5"),
    LIMIT("limits", "storm_count", KEY_ARMED, limits.storm_count, "10"),
    NUMBER("limits", "storm_share", KEY_SHARE, KEY_ARMED, limits.storm_share, "10%", 0, 10000),
    NUMBER("limits", "storm_floor", KEY_COUNT, 0, limits.storm_floor, "3", 0, 1000000),
    LIMIT("limits", "storm_host", 0, limits.storm_host, "3"),
    LIMIT("limits", "storm_network", 0, limits.storm_network, "5"),
    LIMIT("limits", "storm_hour", 0, limits.storm_hour, "5"),
    NUMBER("limits", "failures", KEY_COUNT, 0, limits.failures, "3", 1, 1000),
    NUMBER("limits", "shrink", KEY_SHARE, 0, limits.shrink, "30%", 0, 10000),

    BOOL("reap", "armed", reap.armed, "no"),
    TEXT("reap", "auth_file", KEY_NONE | KEY_HIDDEN, reap.auth_file, "none", secret_path),
    TEXT("reap", "cert_file", KEY_NONE, reap.cert_file, "none", path),
    TEXT("reap", "key_file", KEY_NONE, reap.key_file, "none", path),
    LIST("reap", "hours", KEY_WINDOWS, KEY_NONE, reap.windows, reap.n_windows, "always",
	POLICY_WINDOWS_MAX),
    TEXT("reap", "time_zone", 0, reap.time_zone, "UTC", zone),
    NUMBER("reap", "wait", KEY_SECONDS, 0, reap.wait_s, "60s", 1, HOUR),
    NUMBER("reap", "stuck_after", KEY_SECONDS, 0, reap.stuck_after_s, "15m", MINUTE, 7 * DAY),
    NUMBER("reap", "host_fresh", KEY_SECONDS, 0, reap.host_fresh_s, "10m", 10, DAY),
    NUMBER("reap", "cool_down", KEY_SECONDS, 0, reap.cool_down_s, "30m", 0, 7 * DAY),

    TEXT("ledger", "path", 0, ledger.path, NULL, path),
    TEXT("ledger", "status_file", 0, ledger.status_file, NULL, path),
    TEXT("ledger", "group", KEY_NONE, ledger.group, "none", group),
    NUMBER("ledger", "interval", KEY_SECONDS, 0, ledger.interval_s, "15m", MINUTE, DAY),
    NUMBER("ledger", "retention", KEY_SECONDS, 0, ledger.retention_s, "400d", DAY, 3650 * DAY),

    TEXT("notify", "hook", KEY_NONE, notify.hook, "none", path),
    TEXT("notify", "mail", KEY_NONE, notify.mail, "none", path),
    TEXT("notify", "from", KEY_NONE, notify.from, "none", mailbox),
    WORDS("notify", "administrators", KEY_NONE, notify.administrators, "none", mailbox),
    WORDS("notify", "owners", KEY_NONE, notify.owners, "none", owner),
    BOOL("notify", "stamp", notify.stamp, "no"),
    NUMBER("notify", "notice", KEY_SECONDS, 0, notify.notice_s, "12h", 0, POLICY_NOTICE_MAX_S),
    NUMBER("notify", "timeout", KEY_SECONDS, 0, notify.timeout_s, "30s", 1, HOUR),

    TEXT("passive", "icinga_url", KEY_NONE | KEY_HIDDEN, passive.icinga_url, "none", https),
    TEXT("passive", "icinga_ca_file", KEY_NONE, passive.icinga_ca_file, "none", path),
    TEXT("passive", "icinga_auth_file", KEY_NONE | KEY_HIDDEN, passive.icinga_auth_file, "none",
	secret_path),
    TEXT("passive", "nagios_command_file", KEY_NONE, passive.nagios_command_file, "none", path),
    TEXT("passive", "host", KEY_NONE, passive.host, "none", object),
    TEXT("passive", "service", 0, passive.service, NULL, object),
    NUMBER("passive", "timeout", KEY_MILLISECONDS, 0, passive.timeout_ms, "10s", SECOND,
	300 * SECOND),

    TEXT("canary", "template", KEY_NONE, canary.template_name, "none", line),
    TEXT("canary", "template_file", KEY_NONE, canary.template_file, "none", path),
    TEXT("canary", "auth_file", KEY_NONE | KEY_HIDDEN, canary.auth_file, "none", secret_path),
    TEXT("canary", "network", KEY_NONE, canary.network, "none", word),
    TEXT("canary", "ssh_key", KEY_NONE, canary.ssh_key, "none", path),
    TEXT("canary", "ssh_user", 0, canary.ssh_user, "root", user),
    TEXT("canary", "login_command", 0, canary.login_command, "true", line),
    NUMBER("canary", "end", KEY_END, 0, canary.end, "kill", 0, POLICY_END_SHUTDOWN),
    LIMITS("pending", 0, canary.pending, "1m, 2m, 5m"),
    LIMITS("prolog", 0, canary.prolog, "2m, 5m, 15m"),
    LIMITS("boot", 0, canary.boot, "1m, 2m, 5m"),
    LIMITS("ping", KEY_NONE, canary.ping, "1m, 2m, 5m"),
    LIMITS("ssh", KEY_NONE, canary.ssh, "1m, 2m, 5m"),
    LIMITS("login", 0, canary.login, "10s, 30s, 1m"),
    LIMITS("done", 0, canary.done, "1m, 2m, 10m"),
    LIMITS("total", 0, canary.total, "5m, 10m, 45m"),
    NUMBER("canary", "every", KEY_SECONDS, 0, canary.every_s, "1h", MINUTE, 7 * DAY),
    TEXT("canary", "status_file", 0, canary.status_file, NULL, path),
    TEXT("canary", "journal", 0, canary.journal, NULL, path),

    NUMBER("report", "max_lines", KEY_COUNT, 0, report.max_lines, "20", 1, 10000),
    NUMBER("report", "max_bytes", KEY_COUNT, 0, report.max_bytes, "4096", 512, 60 * 1024),
    TEXT("report", "link", KEY_NONE, report.link, "none", link),
    TEXT("report", "html", KEY_NONE, report.html, "none", path),
    TEXT("report", "prometheus", KEY_NONE, report.prometheus, "none", prom),
};

const char *
key_type_str(enum key_type type)
{
	switch (type) {
	case KEY_BOOL:
		return "bool";
	case KEY_COUNT:
		return "count";
	case KEY_LIMIT:
		return "limit";
	case KEY_SHARE:
		return "share";
	case KEY_SECONDS:
	case KEY_MILLISECONDS:
		return "duration";
	case KEY_MIB:
		return "size";
	case KEY_SSH:
	case KEY_PERSISTENT:
	case KEY_DIALECT:
	case KEY_END:
		return "choice";
	case KEY_TEXT:
		return "text";
	case KEY_RANGE:
		return "range";
	case KEY_WORDS:
		return "words";
	case KEY_PORTS:
		return "ports";
	case KEY_NETWORKS:
		return "networks";
	case KEY_ADDRESSES:
		return "addresses";
	case KEY_WAITS:
	case KEY_LIMITS:
		return "durations";
	case KEY_WINDOWS:
		return "windows";
	}
	return "unknown";
}

const struct key *
keys_table(size_t *n)
{
	*n = sizeof(table) / sizeof(table[0]);
	return table;
}

const struct key *
keys_find(const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].section, section) == 0 && strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

bool
keys_has_section(const char *section)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].section, section) == 0)
			return true;
	return false;
}

const char *
keys_section_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, name) == 0)
			return table[i].section;
	return NULL;
}

/* Insertions, deletions and changes that make b of a; names of 31 bytes at most, else many. */
static unsigned
slips(const char *a, const char *b)
{
	unsigned row[32], above, left, best;
	size_t na = strlen(a), nb = strlen(b), i, j;

	if (na > 31 || nb > 31)
		return 99;
	for (j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= na; i++) {
		left = row[0];
		row[0] = (unsigned)i;
		for (j = 1; j <= nb; j++) {
			above = row[j];
			best = left + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			left = above;
			row[j] = best;
		}
	}
	return row[nb];
}

const struct key *
keys_nearest(const char *section, const char *name)
{
	const struct key *nearest = NULL;
	unsigned n, least = 3;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].section, section) != 0)
			continue;
		n = slips(name, table[i].name);
		if (n < least) {
			least = n;
			nearest = &table[i];
		}
	}
	return nearest;
}

bool
key_is_number(const struct key *k)
{
	return k->type <= KEY_END;
}

bool
key_is_list(const struct key *k)
{
	return k->type >= KEY_WORDS;
}
