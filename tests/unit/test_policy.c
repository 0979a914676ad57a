/* SPDX-License-Identifier: ISC */
/*
 * test_policy: what a policy text means, what is refused and how it is said, and that no cut of a
 * file arms or loosens anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "policy/keys.h"
#include "policy/policy.h"
#include "small_run.h"

#define MINIMAL "[cloud]\nname = c\nendpoint = http://h/RPC2\n" /* three lines */

/* The file below top_srcdir, NUL-terminated. */
static char *
slurp(const char *name, size_t *len)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *bytes = calloc(1, 1 << 20);
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".", name);
	in = fopen(path, "rb");
	if (in == NULL || bytes == NULL)
		fail_msg("cannot read %s", path);
	*len = fread(bytes, 1, (1 << 20) - 1, in);
	fclose(in);
	return bytes;
}

/* A policy that must be good. */
static struct policy *
parse(const char *text)
{
	struct policy_errors errors;
	struct policy *p;
	struct fault f = {0};

	if (policy_parse("p.ini", text, strlen(text), "/state", &p, &errors, &f) != 0)
		fail_msg("refused:\n%sin\n%s", errors.text.p, text);
	assert_int_equal(errors.n, 0);
	text_free(&errors.text);
	return p;
}

static char *
print(const struct policy *p)
{
	struct text t;

	text_init(&t, POLICY_BYTES_MAX);
	policy_print(p, &t);
	assert_false(t.cut);
	return t.p;
}

/* The lines of a print, without warnings. */
static size_t
split_lines(char *text, char **lines, size_t max)
{
	size_t n = 0;
	char *s, *save;

	for (s = strtok_r(text, "\n", &save); s != NULL; s = strtok_r(NULL, "\n", &save))
		if (strncmp(s, "# WARNING", 9) != 0) {
			assert_true(n < max);
			lines[n++] = s;
		}
	return n;
}

/* The defaults, in numbers: those that policy.h names in its comments. */
static void
defaults_are_those_of_the_header(void **state)
{
	struct policy *p = policy_default();
	static const int64_t overdue[POLICY_OVERDUE_COUNT] = {
	    86400, 7200, 7200, 1800, 7200, 3600, 7200, 1800, 3600, 7200, 1800, 7200};
	const struct policy_class *c[] = {&p->unknown, &p->failed};
	int i;

	(void)state;
	assert_null(p->cloud.name);
	assert_null(p->cloud.endpoint);
	assert_int_equal(p->cloud.dialect, POLICY_DIALECT_AUTO);
	assert_null(p->cloud.auth_file);
	assert_null(p->cloud.cert_file);
	assert_null(p->cloud.key_file);
	assert_string_equal(p->cloud.version, "auto");
	assert_null(p->cloud.account);
	assert_null(p->cloud.ca_file);
	assert_null(p->cloud.ca_dir);
	assert_false(p->cloud.insecure);
	assert_int_equal(p->cloud.connect_timeout_ms, 10000);
	assert_int_equal(p->cloud.timeout_ms, 120000);
	assert_int_equal(p->cloud.connections, 8);
	assert_int_equal(p->cloud.page, 2000);
	assert_int_equal(p->cloud.max_machines, 200000);
	assert_int_equal(p->cloud.max_memory_mib, 512);

	assert_true(p->probe.ping);
	assert_int_equal(p->probe.ssh, POLICY_SSH_WHEN_SILENT);
	assert_int_equal(p->probe.ssh_port, 22);
	assert_int_equal(p->probe.n_also_connect, 0);
	assert_int_equal(p->probe.n_networks, 0);
	assert_int_equal(p->probe.n_canaries, 0);
	assert_int_equal(p->probe.rate, 2000);
	assert_int_equal(p->probe.rate_per_net, 200);
	assert_int_equal(p->probe.tries, 3);
	assert_int_equal(p->probe.try_ms[0], 1000);
	assert_int_equal(p->probe.try_ms[1], 2000);
	assert_int_equal(p->probe.try_ms[2], 2000);
	assert_int_equal(p->probe.ssh_tries, 2);
	assert_int_equal(p->probe.connect_ms, 5000);
	assert_int_equal(p->probe.greeting_ms, 5000);
	assert_int_equal(p->probe.in_flight, 512);
	assert_int_equal(p->probe.deadline_ms, 300000);

	for (i = 0; i < METRIC_COUNT; i++) {
		assert_int_equal(p->check.has_warning[i], *metric_default(i, 0) != '\0');
		assert_int_equal(p->check.has_critical[i], *metric_default(i, 1) != '\0');
	}
	assert_true(p->check.has_warning[METRIC_UNKNOWN]);
	assert_true(range_alert(&p->check.warning[METRIC_UNKNOWN], 1));
	assert_false(range_alert(&p->check.warning[METRIC_UNKNOWN], 0));
	assert_true(p->check.has_critical[METRIC_STORM]);
	for (i = 0; i < POLICY_OVERDUE_COUNT; i++)
		assert_int_equal(p->check.overdue_s[i], overdue[i]);
	assert_int_equal(p->check.settle_s, 900);

	assert_false(p->scope.owners_in.given || p->scope.owners_in.all);
	assert_false(
	    p->scope.groups_in.given || p->scope.names_in.given || p->scope.labels_in.given);
	assert_int_equal(p->scope.owners_out.n, 1);
	assert_string_equal(p->scope.owners_out.v[0], "oneadmin");
	assert_int_equal(p->scope.groups_out.n + p->scope.names_out.n + p->scope.labels_out.n +
			     p->scope.addresses_out.n + p->scope.ids_out.n,
	    0);
	assert_string_equal(p->scope.keep_attribute, "VMREAPER_KEEP");
	assert_string_equal(p->scope.keep_label, "vmreaper-keep");
	assert_int_equal(p->scope.min_age_s, 3600);
	assert_false(p->scope.services || p->scope.virtual_routers || p->scope.imported);

	for (i = 0; i < 2; i++) {
		assert_true(c[i]->reap);
		assert_int_equal(c[i]->grace_s, 86400);
		assert_int_equal(c[i]->confirmations, 3);
		assert_int_equal(c[i]->gap_s, 3 * 900);
		assert_int_equal(c[i]->persistent, POLICY_PERSISTENT_KEEP);
		assert_true(c[i]->silence);
	}
	assert_int_equal(p->unknown.states.n, 1);
	assert_string_equal(p->unknown.states.v[0], "UNKNOWN");
	assert_int_equal(p->failed.states.n, 3);
	assert_string_equal(p->failed.states.v[2], "CLONING_FAILURE");
	assert_int_equal(p->off.report_after_s, 30 * 86400);

	assert_int_equal(p->limits.per_run, 5);
	assert_int_equal(p->limits.per_hour, 10);
	assert_int_equal(p->limits.per_host, 3);
	assert_int_equal(p->limits.per_owner, 5);
	assert_int_equal(p->limits.storm_count, 10);
	assert_int_equal(p->limits.storm_share, 1000);
	assert_int_equal(p->limits.storm_floor, 3);
	assert_int_equal(p->limits.storm_host, 3);
	assert_int_equal(p->limits.storm_network, 5);
	assert_int_equal(p->limits.storm_hour, 5);
	assert_int_equal(p->limits.failures, 3);
	assert_int_equal(p->limits.shrink, 3000);

	assert_false(p->reap.armed);
	assert_null(p->reap.auth_file);
	assert_int_equal(p->reap.n_windows, 0);
	assert_string_equal(p->reap.time_zone, "UTC");
	assert_int_equal(p->reap.wait_s, 60);
	assert_int_equal(p->reap.stuck_after_s, 900);
	assert_int_equal(p->reap.host_fresh_s, 600);
	assert_int_equal(p->reap.cool_down_s, 1800);

	assert_null(p->ledger.path);
	assert_null(p->ledger.status_file);
	assert_null(p->ledger.group);
	assert_int_equal(p->ledger.interval_s, 900);
	assert_int_equal(p->ledger.retention_s, 400 * 86400);
	assert_null(p->notify.hook);
	assert_null(p->notify.mail);
	assert_null(p->notify.from);
	assert_int_equal(p->notify.administrators.n, 0);
	assert_int_equal(p->notify.owners.n, 0);
	assert_false(p->notify.stamp);
	assert_false(policy_tells(p));
	assert_int_equal(p->notify.notice_s, 12 * 3600);
	assert_int_equal(p->notify.timeout_s, 30);
	assert_null(p->passive.icinga_url);
	assert_null(p->passive.nagios_command_file);
	assert_null(p->passive.host);
	assert_int_equal(p->passive.timeout_ms, 10000);
	assert_int_equal(p->report.max_lines, 20);
	assert_int_equal(p->report.max_bytes, 4096);
	assert_null(p->report.link);
	assert_null(p->report.html);
	assert_null(p->report.prometheus);
	policy_free(p);
	policy_free(NULL);
}

static void
values_reach_their_fields(void **state)
{
	struct policy *p;
	size_t len;
	char *text = slurp("tests/data/policy/armed.ini", &len), net[NET_STR_SIZE];

	(void)state;
	p = parse(text);
	assert_string_equal(p->path, "p.ini");
	assert_int_equal(strlen(p->digest), 64);
	assert_string_equal(p->cloud.name, "lal.stratuslab");
	assert_string_equal(p->cloud.account, "4:reaper");
	assert_int_equal(p->probe.n_networks, 2);
	assert_string_equal(net_prefix_str(net, &p->probe.networks[1]), "2001:db8:75::/64");
	assert_int_equal(p->probe.n_canaries, 1);
	assert_int_equal(p->probe.n_also_connect, 2);
	assert_int_equal(p->probe.also_connect[1], 443);
	assert_int_equal(p->probe.tries, 4);
	assert_int_equal(p->probe.try_ms[0], 500);
	assert_true(p->scope.owners_in.all && p->scope.owners_in.given);
	assert_int_equal(p->scope.names_out.n, 2);
	assert_string_equal(p->scope.names_out.v[1], "*-prod");
	assert_string_equal(p->scope.ids_out.v[1], "17");
	assert_int_equal(p->unknown.grace_s, 48 * 3600);
	assert_int_equal(p->failed.grace_s, 90 * 60);
	assert_int_equal(p->unknown.confirmations, 5);
	assert_int_equal(p->unknown.gap_s, 30 * 60);
	assert_true(p->limits.per_hour == UNITS_UNLIMITED);
	assert_int_equal(p->limits.storm_share, 750);
	assert_true(p->reap.armed);
	assert_string_equal(p->reap.auth_file, "/etc/vmreaper/reap.auth");
	assert_int_equal(p->reap.n_windows, 2);
	assert_int_equal(p->reap.windows[0].day_from, 0);
	assert_int_equal(p->reap.windows[0].day_to, 4);
	assert_int_equal(p->reap.windows[0].minute_from, 540);
	assert_int_equal(p->reap.windows[0].minute_to, 990);
	assert_int_equal(p->reap.windows[1].day_from, 5);
	assert_int_equal(p->reap.windows[1].day_to, 5);
	assert_string_equal(p->ledger.path, "/state/lal.stratuslab.db");
	assert_string_equal(p->ledger.status_file, "/state/lal.stratuslab.status.json");
	assert_string_equal(p->notify.hook, "/usr/local/bin/tell-owner");
	assert_string_equal(p->passive.service, "sweep-lal.stratuslab");
	policy_free(p);
	free(text);
}

/* A line that is good under its section, and how it is printed. */
static void
good_values_print_in_one_form(void **state)
{
	static const struct {
		const char *section, *line, *printed;
	} t[] = {
	    {"cloud", "auth_file = none", "auth_file = none"},
	    {"cloud", "version = 7.2.0", "version = 7.2.0"},
	    {"cloud", "insecure = TRUE", "insecure = yes"},
	    {"cloud", "timeout = 1500ms", "timeout = 1500ms"},
	    {"cloud", "connections = 15", "connections = 15"},
	    {"cloud", "max_memory = 2GiB", "max_memory = 2048MiB"},
	    {"cloud", "ca_file = /etc/ssl/my ca.pem", "ca_file = /etc/ssl/my ca.pem"},
	    {"probe", "ssh = never", "ssh = never"},
	    {"probe", "also_connect = 80,443 , 8080", "also_connect = 80, 443, 8080"},
	    {"probe", "also_connect = none", "also_connect = none"},
	    {"probe", "networks = 0.0.0.0/0", "networks = 0.0.0.0/0"},
	    {"probe", "networks = 10.0.0.1", "networks = 10.0.0.1/32"},
	    {"probe", "canaries = 2001:DB8::1", "canaries = 2001:db8::1"},
	    {"probe", "connect_timeout = 3s", "connect_timeout = 3s"},
	    {"check", "warning_unknown = 10:", "warning_unknown = 10:"},
	    {"check", "critical_unknown = @~:5", "critical_unknown = @~:5"},
	    {"check", "warning_unknown = none", "warning_unknown = none"},
	    {"check", "overdue_boot = 3600s", "overdue_boot = 1h"},
	    {"check", "settle = 0s", "settle = 0s"},
	    {"scope", "owners_in = all", "owners_in = all"},
	    {"scope", "owners_in = al*, b o b,?", "owners_in = al*, b o b, ?"},
	    {"scope", "owners_out = none", "owners_out = none"},
	    {"scope", "owners_out = CN%3DJane%20Doe", "owners_out = CN%3DJane%20Doe"},
	    {"scope", "addresses_out = 10.0.0.0/8, ::1", "addresses_out = 10.0.0.0/8, ::1"},
	    {"unknown", "grace = 30m", "grace = 30m"},
	    {"unknown", "reap = off", "reap = no"},
	    {"failed", "states = BOOT_FAILURE", "states = BOOT_FAILURE"},
	    {"failed", "persistent = allow", "persistent = allow"},
	    {"limits", "per_run = 0", "per_run = 0"},
	    {"limits", "per_run = unlimited", "per_run = unlimited"},
	    {"limits", "storm_share = 0.25%", "storm_share = 0.25%"},
	    {"limits", "storm_share = 0.05%", "storm_share = 0.05%"},
	    {"limits", "storm_share = 12.50%", "storm_share = 12.5%"},
	    {"limits", "storm_share = 100%", "storm_share = 100%"},
	    {"reap", "hours = Sat-Mon 00:00-24:00", "hours = Sat-Mon 00:00-24:00"},
	    {"reap", "hours = Tue-Tue 08:05-08:06", "hours = Tue 08:05-08:06"},
	    {"reap", "hours = always", "hours = always"},
	    {"ledger", "path = /x/y.db", "path = /x/y.db"},
	    {"report", "max_bytes = 61440", "max_bytes = 61440"},
	};
	struct policy *p;
	char text[512], want[256], *out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (strcmp(t[i].section, "cloud") == 0)
			snprintf(text, sizeof(text), MINIMAL "%s\n", t[i].line);
		else
			snprintf(
			    text, sizeof(text), MINIMAL "[%s]\n%s\n", t[i].section, t[i].line);
		p = parse(text);
		out = print(p);
		snprintf(want, sizeof(want), "\n%s\n", t[i].printed);
		if (strstr(out, want) == NULL)
			fail_msg("[%s] %s: no line \"%s\" in\n%s", t[i].section, t[i].line,
			    t[i].printed, out);
		free(out);
		policy_free(p);
	}
}

/* A good value of each type other than the default, to move every key once. */
static const char *
other_value(const struct key *k)
{
	static const struct {
		const char *section, *name, *value;
	} special[] = {
	    {"cloud", "name", "n"},
	    {"cloud", "endpoint", "https://o/RPC2"},
	    {"cloud", "version", "5.12"},
	    {"cloud", "account", "7:x"},
	    {"cloud", "pdisk", "pdisk.example.org"},
	    {"cloud", "marketplace", "https://m.example.org/marketplace"},
	    {"cloud", "max_memory", "99MiB"},
	    {"scope", "addresses_out", "10.0.0.0/8"},
	    {"scope", "ids_out", "5"},
	    {"scope", "keep_attribute", "STAY"},
	    {"unknown", "states", "X_Y"},
	    {"failed", "states", "X_Y"},
	    {"reap", "time_zone", "Europe/Rome"},
	    {"ledger", "group", "g"},
	    {"ledger", "interval", "8m"},
	    {"ledger", "retention", "60d"},
	    {"reap", "wait", "61s"},
	    {"probe", "deadline", "6m"},
	    {"cloud", "timeout", "4s"},
	    {"probe", "ssh_tries", "3"},
	    {"cloud", "connections", "9"},
	    {"cloud", "page", "77"},
	    {"report", "max_bytes", "777"},
	    {"notify", "from", "cloud@example.org"},
	    {"notify", "administrators", "a@b, root@localhost"},
	    {"notify", "owners", "alice=a@b, x=y=c@d.example"},
	    {"report", "link", "https://o/#vms-tab/%d"},
	    {"report", "html", "/other/report.html"},
	    {"report", "prometheus", "/other/v.prom"},
	    {"scope", "keep_label", "stay"},
	    {"canary", "ssh_user", "cirros"},
	    {"passive", "icinga_url", "https://mon.example:5665"},
	};
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strcmp(special[i].section, k->section) == 0 &&
		    strcmp(special[i].name, k->name) == 0)
			return special[i].value;
	switch (k->type) {
	case KEY_BOOL:
		return strcmp(k->def, "yes") == 0 ? "no" : "yes";
	case KEY_COUNT:
	case KEY_LIMIT:
		return "7";
	case KEY_SHARE:
		return "33.33%";
	case KEY_SECONDS:
		return strcmp(k->section, "notify") == 0 ? "50m" : "76m";
	case KEY_MILLISECONDS:
		return "7s";
	case KEY_MIB:
		return "99MiB";
	case KEY_SSH:
		return "always";
	case KEY_PERSISTENT:
		return "allow";
	case KEY_DIALECT:
		return "stratuslab";
	case KEY_END:
		return "shutdown";
	case KEY_LIMITS:
		return "7s, 8m, 9h";
	case KEY_TEXT:
		return "/other/path";
	case KEY_RANGE:
		return "3:4";
	case KEY_WORDS:
		return "w1, w*";
	case KEY_PORTS:
		return "1, 65535";
	case KEY_NETWORKS:
		return "10.0.0.0/8, 2001:db8::/32";
	case KEY_ADDRESSES:
		return "10.0.0.1, 2001:db8::1";
	case KEY_WAITS:
		return "100ms, 59s";
	case KEY_WINDOWS:
		return "Mon 00:00-24:00";
	}
	return "";
}

/* A policy that gives the key the value, and else only what it must. */
static void
write_policy(const struct key *k, const char *value, char *text, size_t size)
{
	static const char armed[] =
	    "auth_file = /a\n[scope]\nowners_in = all\n[unknown]\ngrace = 24h\n"
	    "confirmations = 3\n[failed]\ngrace = 24h\nconfirmations = 3\n[limits]\n"
	    "per_run = 5\nper_hour = 10\nstorm_count = 10\nstorm_share = 10%\n[end]\n";

	if (strcmp(k->section, "cloud") == 0)
		snprintf(text, size, "[cloud]\n%s%s%s = %s\n",
		    strcmp(k->name, "name") == 0 ? "" : "name = c\n",
		    strcmp(k->name, "endpoint") == 0 ? "" : "endpoint = http://h/RPC2\n",
		    k->name, value);
	else
		snprintf(text, size, MINIMAL "[%s]\n%s%s%s = %s\n%s", k->section,
		    strcmp(k->name, "time_zone") == 0 ? "hours = Sun 01:00-02:00\n" : "",
		    strncmp(k->name, "template", 8) == 0 ? "auth_file = /a\n"
		    : strcmp(k->name, "mail") == 0	 ? "from = a@b\n"
		    : strcmp(k->name, "icinga_url") == 0 ? "icinga_auth_file = /a\nhost = h\n"
		    : strcmp(k->name, "nagios_command_file") == 0 ? "host = h\n"
								  : "",
		    k->name, value, strcmp(k->name, "armed") == 0 ? armed : "");
}

/*
 * Each key alone with another value: it parses, it prints as given, everything else prints as the
 * default, and what was printed reads back to the same print. So every row of the table has a
 * field of its own.
 */
static void
every_key_has_its_own_field_and_reads_back(void **state)
{
	const struct key *table;
	size_t n, i;

	(void)state;
	table = keys_table(&n);
	assert_true(n > 100);
	for (i = 0; i < n; i++) {
		const struct key *k = &table[i];
		const char *value = other_value(k);
		bool zone = strcmp(k->name, "time_zone") == 0;
		char text[1024], with[256], *a, *b, *again, *lines_a[300], *lines_b[300];
		size_t differ = 0, derived = 0, n_lines, j;
		struct policy *base, *p, *q;

		write_policy(k, value, text, sizeof(text));
		base = parse(MINIMAL);
		p = parse(text);
		a = print(base);
		b = print(p);
		q = parse(b);
		again = print(q);
		assert_string_equal(b, again);
		snprintf(with, sizeof(with), "\n%s = %s\n", k->name, value);
		if (strstr(b, with) == NULL)
			fail_msg("[%s]%s is not in\n%s", k->section, with, b);
		n_lines = split_lines(a, lines_a, 300);
		assert_int_equal(split_lines(b, lines_b, 300), n_lines);
		for (j = 0; j < n_lines; j++)
			differ += strcmp(lines_a[j], lines_b[j]) != 0;
		/* what follows another key, or had to be given with it */
		if (strcmp(k->name, "name") == 0)
			derived = 5;
		else if (strcmp(k->name, "icinga_url") == 0)
			derived = 2;
		else if (strcmp(k->name, "interval") == 0 || strcmp(k->name, "armed") == 0)
			derived = 2;
		else if (zone || strncmp(k->name, "template", 8) == 0 ||
			 strcmp(k->name, "nagios_command_file") == 0 ||
			 strcmp(k->name, "mail") == 0)
			derived = 1;
		if (differ != 1 + derived)
			fail_msg("[%s] %s changes %zu lines", k->section, k->name, differ);
		free(a);
		free(b);
		free(again);
		policy_free(base);
		policy_free(p);
		policy_free(q);
	}
}

/* Complaints: what stands after a minimal policy (its lines are 1 to 3), and the whole of the errors. */
#define LINK_WANT                                                                            \
	" is not valid; write the address of a machine's page as https://HOST/PATH with %d " \
	"once, in the place of its number, such as https://one.example/#vms-tab/%d, or none\n"

static void
bad_values_are_named_with_line_and_remedy(void **state)
{
	static const struct {
		const char *text, *errors;
	} t[] = {
	    {"connections = 0\n", "p.ini:4: connections = 0 is out of range; write 1 to 15\n"},
	    {"connections = 16\n",
		"p.ini:4: connections = 16 is out of range; write 1 to 15\n"},
	    {"connections = 010\n",
		"p.ini:4: connections = 010 is not understood; write a whole number\n"},
	    {"connections = 0x8\n",
		"p.ini:4: connections = 0x8 is not understood; write a whole number\n"},
	    {"connections = 99999999999999999999\n",
		"p.ini:4: connections = 99999999999999999999 is not understood; write a whole "
		"number\n"},
	    {"timeout = 0s\n", "p.ini:4: timeout = 0s is out of range; write 1s to 1h\n"},
	    {"timeout = 5\n", "p.ini:4: timeout = 5 is not understood; it needs its unit: "
			      "write s, m, h, d or w "
			      "behind the number, such as 90s or 24h\n"},
	    {"timeout = 1h30\n", "p.ini:4: timeout = 1h30 is not understood; write one whole "
				 "number and one unit "
				 "(ms, s, m, h, d, w), such as 90s or 24h\n"},
	    {"timeout = -1s\n",
		"p.ini:4: timeout = -1s is not understood; write one whole number and one unit "
		"(ms, s, m, h, d, w), such as 90s or 24h\n"},
	    {"max_memory = 512\n",
		"p.ini:4: max_memory = 512 is not understood; it needs its unit: write MiB or "
		"GiB behind the number, such as 512MiB\n"},
	    {"max_memory = 99999999999GiB\n",
		"p.ini:4: max_memory = 99999999999GiB is not understood; write a whole "
		"number with MiB or GiB, such as 512MiB\n"},
	    {"insecure = maybe\n",
		"p.ini:4: insecure = maybe is not understood; write yes or no\n"},
	    {"insecure = 1\n", "p.ini:4: insecure = 1 is not understood; write yes or no\n"},
	    {"version = latest\n", "p.ini:4: version = latest is not valid; write auto, or the "
				   "version such as 3.2.1\n"},
	    {"account = reaper\n", "p.ini:4: account = reaper is not valid; write UID:NAME, "
				   "such as 4:reaper, or none\n"},
	    {"ca_file = ca.pem\n",
		"p.ini:4: ca_file = ca.pem is not valid; write an absolute path, or none\n"},
	    {"auth_file = one:s3cret\n",
		"p.ini:4: the value of auth_file is not valid (and not shown: it may hold a "
		"password); write the absolute path of a file that holds user:password, not "
		"the password itself, or none\n"},
	    {"name = d\n", "p.ini:4: name again, first in line 2; keep one of them\n"},
	    {"nmae = d\n", "p.ini:4: unknown key nmae in [cloud]; did you mean name?\n"},
	    {"grace = 24h\n",
		"p.ini:4: unknown key grace in [cloud]; it stands under [unknown]\n"},
	    {"password = s3cret\n",
		"p.ini:4: unknown key password in [cloud]; see vmreaper-policy(5), or write # "
		"before it\n"},
	    {"[cloud]\n", "p.ini:4: [cloud] again, first in line 1; write its keys under the "
			  "first one\n"},
	    {"[reaping]\nx = 1\narmed = yes\n",
		"p.ini:4: unknown section [reaping]; see vmreaper-policy(5)\n"},
	    {"[end]\nname = d\n",
		"p.ini:5: the key name stands after [end]; move it under its [section]\n"},
	    {"[end]\n[off]\nx = 1\n",
		"p.ini:5: [off] stands after [end]; write [end] as the last line, once\n"},
	    {"[end]\n[end]\n",
		"p.ini:5: [end] stands after [end]; write [end] as the last line, once\n"},
	    {"[probe]\nssh = sometimes\n",
		"p.ini:5: ssh = sometimes is not understood; write always, when-silent or "
		"never\n"},
	    {"[probe]\nrate = 0\n", "p.ini:5: rate = 0 is out of range; write 1 to 100000\n"},
	    {"[probe]\nrate_per_net = 0\n",
		"p.ini:5: rate_per_net = 0 is out of range; write 1 to 100000\n"},
	    {"[probe]\nconnect_timeout = 2999ms\n",
		"p.ini:5: connect_timeout = 2999ms is out of range; write 3s to "
		"2m\n"},
	    {"[probe]\nping_timeouts = 1s, 0s\n",
		"p.ini:5: ping_timeouts = 0s is out of range; write 100ms to 1m\n"},
	    {"[probe]\nping_timeouts = 1s,1s,1s,1s,1s,1s,1s,1s,1s\n",
		"p.ini:5: ping_timeouts has more than 8 words; "
		"write fewer, or use wider ones\n"},
	    {"[probe]\nping_timeouts = none\n",
		"p.ini:5: ping_timeouts: the word none cannot stand here; write the "
		"words themselves\n"},
	    {"[probe]\nalso_connect = 80, 0\n",
		"p.ini:5: also_connect = 0 is out of range; write 1 to 65535\n"},
	    {"[probe]\nalso_connect = http\n",
		"p.ini:5: also_connect = http is not understood; write a whole number\n"},
	    {"[probe]\nssh_port = 65536\n",
		"p.ini:5: ssh_port = 65536 is out of range; write 1 to 65535\n"},
	    {"[probe]\nnetworks = 10.0.0.1/8\n",
		"p.ini:5: networks = 10.0.0.1/8 is not valid; write networks such as "
		"10.0.0.0/8 or 2001:db8::/32, the host bits zero, or none\n"},
	    {"[probe]\nnetworks = 10.0.0.0/8,\n",
		"p.ini:5: networks has a comma too many; write words with one comma "
		"between two of them\n"},
	    {"[probe]\nnetworks = 10.0.0.0/8,,::/0\n",
		"p.ini:5: networks has a comma too many; write words with one "
		"comma between two of them\n"},
	    {"[probe]\nnetworks = all\n",
		"p.ini:5: networks: the word all cannot stand here; write it alone, or the "
		"words themselves\n"},
	    {"[canary]\npending = 1m, 2m\n",
		"p.ini:5: these are no three durations in ascending order; write warning, "
		"critical, time-out, such as 1m, 2m, 5m\n"},
	    {"[canary]\nboot = 1m, 3m, 2m\n",
		"p.ini:5: these are no three durations in ascending order; write warning, "
		"critical, time-out, such as 1m, 2m, 5m\n"},
	    {"[canary]\nboot = 1m, 2m, 3m, 4m\n",
		"p.ini:5: boot has more than 3 words; write fewer, or use wider ones\n"},
	    {"[canary]\ndone = 1m, 2m, 2d\n",
		"p.ini:5: done = 2d is out of range; write 1s to 1d\n"},
	    {"[canary]\nboot = none\n",
		"p.ini:5: boot: the word none cannot stand here; write the words themselves\n"},
	    {"[canary]\nend = reboot\n",
		"p.ini:5: end = reboot is not understood; write kill or shutdown\n"},
	    {"[canary]\nssh_user = -oProxyCommand\n",
		"p.ini:5: ssh_user = -oProxyCommand is not valid; write the name of an account "
		"of the guest\n"},
	    {"[canary]\nauth_file = /a\ntemplate = t\ntemplate_file = /t\n",
		"p.ini:7: template and template_file are both set; write one of them\n"},
	    {"[canary]\ntemplate = t\n",
		"p.ini:4: a canary needs [canary] auth_file; name the credential file of the "
		"account that is to own the canaries\n"},
	    {"[canary]\njournal = /var/x\nstatus_file = /var/x\n",
		"p.ini:6: this file has another use already; write another path\n"},
	    {"[probe]\ncanaries = 0.0.0.0\n",
		"p.ini:5: canaries = 0.0.0.0 is not valid; write addresses of machines, "
		"such as 192.0.2.1 or 2001:db8::1, or none\n"},
	    {"[probe]\ncanaries = gateway\n",
		"p.ini:5: canaries = gateway is not valid; write addresses of machines, "
		"such as 192.0.2.1 or 2001:db8::1, or none\n"},
	    {"[probe]\ndeadline = 24s\n",
		"p.ini:5: deadline = 24s is over before one silent machine is (25s for all "
		"its tries); write a longer deadline, or fewer or shorter tries\n"},
	    {"[check]\nwarning_unknown = 5:1\n",
		"p.ini:5: warning_unknown = 5:1 is not valid; write a plugin range "
		"such as 0, 10:, ~:5 or @1:3, or none\n"},
	    {"[check]\nwarning_unkown = 5\n",
		"p.ini:5: unknown key warning_unkown in [check]; did you mean "
		"warning_unknown?\n"},
	    {"[check]\noverdue_boot = 0s\n",
		"p.ini:5: overdue_boot = 0s is out of range; write 1m to 365d\n"},
	    {"[check]\noverdue_boot = 90000ms1\n",
		"p.ini:5: overdue_boot = 90000ms1 is not understood; write one "
		"whole number and one unit (ms, s, m, h, d, w), such as 90s or 24h\n"},
	    {"[scope]\nowners_in =\n",
		"p.ini:5: owners_in has no value; write one, or # before the key\n"},
	    {"[scope]\nowners_in = none\n",
		"p.ini:5: owners_in: the word none cannot stand here; write all alone, or "
		"names\n"},
	    {"[scope]\nowners_in = all, bob\n",
		"p.ini:5: owners_in: the word all cannot stand here; write all alone, "
		"or names\n"},
	    {"[scope]\nowners_out = all\n",
		"p.ini:5: owners_out: the word all cannot stand here; write it alone, or "
		"the words themselves\n"},
	    {"[scope]\nowners_out = bob, none\n",
		"p.ini:5: owners_out: the word none cannot stand here; write it "
		"alone, or the words themselves\n"},
	    {"[scope]\nowners_out = \"oneadmin\"\n",
		"p.ini:5: a value in quotes; write it without quotes\n"},
	    {"[scope]\nowners_out = oneadmin # us\n",
		"p.ini:5: a comment after a value; write the comment on a line of "
		"its own\n"},
	    {"[scope]\nids_out = x\n",
		"p.ini:5: ids_out = x is not valid; write numbers of machines, or none\n"},
	    {"[scope]\nkeep_attribute = keep\n",
		"p.ini:5: keep_attribute = keep is not valid; write capitals, digits "
		"and '_'\n"},
	    {"[unknown]\ngrace = 0s\n",
		"p.ini:5: grace = 0s is out of range; write 30m to 365d\n"},
	    {"[unknown]\ngrace = 0\n", "p.ini:5: grace = 0 is not understood; it needs its "
				       "unit: write s, m, h, d or w "
				       "behind the number, such as 90s or 24h\n"},
	    {"[unknown]\ngrace = 29m\n",
		"p.ini:5: grace = 29m is out of range; write 30m to 365d\n"},
	    {"[unknown]\nconfirmations = 1\n",
		"p.ini:5: confirmations = 1 is out of range; write 2 to 1000\n"},
	    {"[unknown]\ngap = 14m\n",
		"p.ini:5: gap is shorter than [ledger] interval: every mark would lapse before "
		"the next sweep; write at least twice the interval, or leave gap out for three "
		"times it\n"},
	    {"[failed]\nstates = Failed\n",
		"p.ini:5: states = Failed is not valid; write state names as OpenNebula "
		"writes them, such as PROLOG_FAILURE\n"},
	    {"[failed]\nstates = all\n", "p.ini:5: states: the word all cannot stand here; "
					 "write the words themselves\n"},
	    {"[failed]\npersistent = yes\n",
		"p.ini:5: persistent = yes is not understood; write keep or allow\n"},
	    {"[limits]\nper_run = none\n",
		"p.ini:5: per_run = none is not understood; write a whole number, or the word "
		"unlimited\n"},
	    {"[limits]\nper_run = -1\n",
		"p.ini:5: per_run = -1 is not understood; write a whole number, or the word "
		"unlimited\n"},
	    {"[limits]\nper_run = 10%\n",
		"p.ini:5: per_run = 10% is not understood; write a whole number, or the word "
		"unlimited\n"},
	    {"[limits]\nstorm_share = 10\n",
		"p.ini:5: storm_share = 10 is not understood; it needs its unit: write a "
		"percentage such as 10%\n"},
	    {"[limits]\nstorm_share = 101%\n",
		"p.ini:5: storm_share = 101% is not understood; write a percentage from "
		"0% to 100%, such as 10%\n"},
	    {"[reap]\nhours = 09:00-16:00\n",
		"p.ini:5: hours: 09:00-16:00 is not a weekly window; write always, or "
		"days and times such as Mon-Fri 09:00-16:00, Sat 10:00-12:00\n"},
	    {"[reap]\nhours = Mon 22:00-06:00\n",
		"p.ini:5: hours: Mon 22:00-06:00 ends before it begins; split it at "
		"midnight: Mon 22:00-24:00, Tue 00:00-06:00\n"},
	    {"[reap]\nhours = Mon 09:00-24:01\n",
		"p.ini:5: hours: Mon 09:00-24:01 is not a weekly window; write "
		"always, or days and times such as Mon-Fri 09:00-16:00, Sat "
		"10:00-12:00\n"},
	    {"[reap]\nhours = Mon 9:00-16:00\n",
		"p.ini:5: hours: Mon 9:00-16:00 is not a weekly window; write always, "
		"or days and times such as Mon-Fri 09:00-16:00, Sat 10:00-12:00\n"},
	    {"[reap]\nhours = Mon 09:60-16:00\n",
		"p.ini:5: hours: Mon 09:60-16:00 is not a weekly window; write "
		"always, or days and times such as Mon-Fri 09:00-16:00, Sat "
		"10:00-12:00\n"},
	    {"[reap]\ntime_zone = ../../etc/passwd\n",
		"p.ini:5: time_zone = ../../etc/passwd is not valid; write UTC "
		"or a name such as Europe/Paris\n"},
	    {"[reap]\ntime_zone = Europe/Paris\n",
		"p.ini:5: time_zone without hours: nothing would be held to it; "
		"write hours = Mon-Fri 09:00-16:00 or the like, or leave time_zone "
		"out\n"},
	    {"[reap]\nwait = 20m\n",
		"p.ini:5: wait is longer than stuck_after; write a shorter wait\n"},
	    {"[ledger]\nretention = 1d\n",
		"p.ini:5: retention is not longer than grace: marks would be forgotten "
		"before they count; write more than the grace of [unknown] and [failed]\n"},
	    {"[ledger]\npath = /a\nstatus_file = /a\n",
		"p.ini:6: status_file is the ledger itself; write another "
		"path\n"},
	    {"[ledger]\npath = vm.db\n",
		"p.ini:5: path = vm.db is not valid; write an absolute path\n"},
	    {"[notify]\nhook = tell-owner\n",
		"p.ini:5: hook = tell-owner is not valid; write an absolute path, or "
		"none\n"},
	    {"[notify]\nmail = /usr/sbin/sendmail\n",
		"p.ini:5: mail needs [notify] from; write the address that answers should go "
		"to, such as from = cloud@example.org\n"},
	    {"[notify]\nmail = sendmail\nfrom = a@b\n",
		"p.ini:5: mail = sendmail is not valid; write an absolute path, or none\n"},
	    {"[notify]\nadministrators = a@b, c\n",
		"p.ini:5: administrators = c is not valid; write addresses as NAME@HOST, of "
		"letters, digits and . _ + - alone, or none\n"},
	    {"[notify]\nowners = alice@example.org\n",
		"p.ini:5: owners = alice@example.org is not valid; write a user of the cloud "
		"and an address as NAME=ADDRESS, such as alice=alice@example.org, or none\n"},
	    {"[notify]\nowners = alice=a@b, bob=b@b, alice=c@b\n",
		"p.ini:5: owners names a user twice; keep one address for each user\n"},
	    {"[passive]\nicinga_url = http://mon:5665\n",
		"p.ini:5: the value of icinga_url is not valid (and not shown: it may hold a "
		"password); write the address of Icinga's API as "
		"https://HOST:5665, without user and password, or none\n"},
	    {"[passive]\nicinga_url = https://mon:5665\nhost = h\n",
		"p.ini:5: icinga_url needs [passive] icinga_auth_file; name the credential "
		"file "
		"of an ApiUser\n"},
	    {"[passive]\nnagios_command_file = /p\n",
		"p.ini:4: a result that is pushed needs [passive] host; name the host object "
		"that the service belongs to\n"},
	    {"[passive]\nhost = one;two\n", "p.ini:5: host = one;two is not valid; write the "
					    "name of an object, at most 128 "
					    "bytes, without illegal_object_name_chars of "
					    "nagios.cfg and semicolons, or none\n"},
	    {"[report]\nmax_bytes = 61441\n",
		"p.ini:5: max_bytes = 61441 is out of range; write 512 to 61440\n"},
	    {"[report]\nlink = one.example/%d\n", "p.ini:5: link = one.example/%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/\n",
		"p.ini:5: link = https://one.example/" LINK_WANT},
	    {"[report]\nlink = https://one.example/%d/%d\n",
		"p.ini:5: link = https://one.example/%d/%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/%s\n",
		"p.ini:5: link = https://one.example/%s" LINK_WANT},
	    {"[report]\nlink = javascript:alert(%d)\n",
		"p.ini:5: link = javascript:alert(%d)" LINK_WANT},
	    {"[report]\nlink = ftp://one.example/%d\n",
		"p.ini:5: link = ftp://one.example/%d" LINK_WANT},
	    {"[report]\nlink = https://user:pw@one.example/%d\n",
		"p.ini:5: link = https://user:pw@one.example/%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/a b/%d\n",
		"p.ini:5: link = https://one.example/a b/%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/%d?a=%\n",
		"p.ini:5: link = https://one.example/%d?a=%" LINK_WANT},
	    {"[report]\nlink = https:///%d\n", "p.ini:5: link = https:///%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/%n%d\n",
		"p.ini:5: link = https://one.example/%n%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/<%d>\n",
		"p.ini:5: link = https://one.example/<%d>" LINK_WANT},
	    {"[report]\nlink = https://%d\n", "p.ini:5: link = https://%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/%%d\n",
		"p.ini:5: link = https://one.example/%%d" LINK_WANT},
	    {"[report]\nprometheus = /var/lib/node/vmreaper.txt\n",
		"p.ini:5: prometheus = /var/lib/node/vmreaper.txt is not valid; write an "
		"absolute path that ends in .prom: the textfile collector reads no other, or "
		"none\n"},
	    {"[report]\nhtml = report.html\n",
		"p.ini:5: html = report.html is not valid; write an absolute path, or none\n"},
	    {"[ledger]\npath = /a.prom\n[report]\nprometheus = /a.prom\n",
		"p.ini:7: this file has another use already; write another path\n"},
	    {"[report]\nhtml = /a.prom\nprometheus = /a.prom\n",
		"p.ini:5: this file has another use already; write another path\n"},
	    {"[off]\nreport_after = 30d",
		"p.ini:5: the file ends in the middle of a line: it may be cut; restore the "
		"rest, and end the last line with a newline\n"},
	};
	struct policy_errors errors;
	struct policy *p;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), MINIMAL "%s", t[i].text);
		p = (struct policy *)text;
		if (policy_parse("p.ini", text, strlen(text), NULL, &p, &errors, NULL) == 0)
			fail_msg("accepted: %s", t[i].text);
		assert_null(p);
		if (strcmp(errors.text.p, t[i].errors) != 0)
			fail_msg("%s gives\n%snot\n%s", t[i].text, errors.text.p, t[i].errors);
		assert_int_equal(errors.n, 1);
		text_free(&errors.text);
	}
}

static void
endpoints_are_urls_without_passwords(void **state)
{
	static const struct {
		const char *url;
		bool ok;
	} t[] = {
	    {"http://127.0.0.1:2633/RPC2", true},
	    {"https://cloud.example.org:2634/pswd/xmlrpc", true},
	    {"http://[::1]:2633/RPC2", true},
	    {"http://h", true},
	    {"localhost:2634", false},
	    {"localhost:2633/RPC2", false},
	    {"ftp://h/RPC2", false},
	    {"HTTP://h/RPC2", false},
	    {"http:///RPC2", false},
	    {"http://:2633/RPC2", false},
	    {"http://oneadmin:s3cret@h/RPC2", false},
	    {"http://oneadmin@h/RPC2", false},
	    {"http://h/RPC2?session=s3cret", false},
	    {"http://h/RPC2#s3cret", false},
	    {"http://h /RPC2", false},
	    {"none", false},
	};
	struct policy_errors errors;
	struct policy *p;
	struct fault f;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), "[cloud]\nname = c\nendpoint = %s\n", t[i].url);
		if ((policy_parse("p.ini", text, strlen(text), NULL, &p, &errors, &f) == 0) !=
		    t[i].ok)
			fail_msg("%s", t[i].url);
		assert_null(strstr(errors.text.p, "s3cret"));
		if (!t[i].ok) {
			assert_int_equal(errors.n, 1);
			assert_memory_equal(errors.text.p, "p.ini:3: ", 9);
			assert_null(strstr(f.msg, "s3cret"));
		}
		policy_free(p);
		text_free(&errors.text);
	}
}

static void
services_of_stratuslab_have_addresses_without_passwords(void **state)
{
	static const struct {
		const char *line;
		bool ok;
	} t[] = {
	    {"pdisk = https://h/pdisk", true},
	    {"pdisk = http://127.0.0.1:8445", true},
	    {"pdisk = pdisk.example.org", true},
	    {"pdisk = none", true},
	    {"pdisk = pdisk:s3cret@h", false},
	    {"pdisk = https://pdisk:s3cret@h/pdisk", false},
	    {"pdisk = h/pdisk", false},
	    {"pdisk = -h", false},
	    {"pdisk = ftp://h/pdisk", false},
	    {"pdisk_auth_file = /etc/vmreaper/pdisk", true},
	    {"pdisk_auth_file = pdisk:s3cret", false},
	    {"marketplace = https://h/marketplace", true},
	    {"marketplace = none", false},
	    {"marketplace = h", false},
	    {"marketplace = https://u:s3cret@h/", false},
	};
	struct policy_errors errors;
	struct policy *p;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), MINIMAL "%s\n", t[i].line);
		if ((policy_parse("p.ini", text, strlen(text), NULL, &p, &errors, NULL) == 0) !=
		    t[i].ok)
			fail_msg("%s: %s", t[i].line, errors.text.p);
		assert_null(strstr(errors.text.p, "s3cret"));
		policy_free(p);
		text_free(&errors.text);
	}
	p = policy_default();
	assert_null(p->cloud.pdisk);
	assert_null(p->cloud.pdisk_auth_file);
	assert_string_equal(p->cloud.marketplace, "https://marketplace.stratuslab.eu");
	policy_free(p);
}

static void
many_errors_are_told_at_once(void **state)
{
	size_t len, want_len;
	char *text = slurp("tests/data/policy/many-errors.ini", &len);
	char *want = slurp("tests/data/policy/many-errors.expected", &want_len);
	struct policy_errors errors;
	struct policy *p;
	struct fault f;

	(void)state;
	assert_int_equal(policy_parse("many-errors.ini", text, len, NULL, &p, &errors, &f), -1);
	assert_string_equal(errors.text.p, want);
	assert_int_equal(errors.n, 23);
	assert_int_equal(f.kind, FAULT_POLICY);
	assert_string_equal(
	    f.msg, "many-errors.ini:1: the key grace stands before any section");
	assert_string_equal(f.remedy, "move it under its [section]");
	text_free(&errors.text);
	free(text);
	free(want);
}

/* A file that is no policy at all must neither flood the terminal nor take its time. */
static void
errors_have_an_end(void **state)
{
	char *text = malloc(POLICY_BYTES_MAX + 1);
	struct policy_errors errors;
	struct policy *p;
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < POLICY_BYTES_MAX; i += 2)
		memcpy(text + i, "x\n", 2);
	assert_int_equal(
	    policy_parse("p.ini", text, POLICY_BYTES_MAX, NULL, &p, &errors, NULL), -1);
	assert_int_equal(errors.n, 50);
	assert_non_null(strstr(errors.text.p, "(more errors are not shown)\n"));
	text_free(&errors.text);
	assert_int_equal(
	    policy_parse("p.ini", text, POLICY_BYTES_MAX + 1, NULL, &p, &errors, NULL), -1);
	assert_string_equal(
	    errors.text.p, "p.ini: more than 1048576 bytes; name the right file\n");
	text_free(&errors.text);
	free(text);
}

/* The name of the file comes from the command line and may be hostile. */
static void
file_names_are_escaped(void **state)
{
	struct policy_errors errors;
	struct policy *p;
	struct fault f;

	(void)state;
	assert_int_equal(policy_parse("a\nb\x1b[2J|c", "x\n", 2, NULL, &p, &errors, &f), -1);
	assert_memory_equal(errors.text.p, "a?b?[2J|c:1: ", 13);
	assert_null(strpbrk(f.msg, "\n\x1b|"));
	text_free(&errors.text);
}

static void
required_keys_are_missed(void **state)
{
	static const struct {
		const char *text, *errors;
	} t[] = {
	    {"", "p.ini:1: [cloud] name is missing; add name = ... under [cloud]\n"
		 "p.ini:1: [cloud] endpoint is missing; add endpoint = ... under [cloud]\n"},
	    {"# nothing\n\n[off]\n",
		"p.ini:3: [cloud] name is missing; add name = ... under [cloud]\n"
		"p.ini:3: [cloud] endpoint is missing; add endpoint = ... under [cloud]\n"},
	    {"\n[cloud]\nname = c\n[off]\n",
		"p.ini:2: [cloud] endpoint is missing; add endpoint = ... under [cloud]\n"},
	    /* a bad value is not a missing one, and a line that cannot be read may have held it */
	    {"[cloud]\nname = /\nendpoint = http://h/\n",
		"p.ini:2: name = / is not valid; write at most 64 letters, "
		"digits, '.', '_' and '-', the first a letter or digit\n"},
	    {"[cloud]\nname = \"c\"\nendpoint = http://h/\n",
		"p.ini:2: a value in quotes; write it without quotes\n"},
	};
	struct policy_errors errors;
	struct policy *p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(policy_parse("p.ini", t[i].text, strlen(t[i].text), NULL, &p,
				     &errors, NULL),
		    -1);
		assert_string_equal(errors.text.p, t[i].errors);
		text_free(&errors.text);
	}
}

/* Take the line that begins with start out of text. */
static void
drop_line(char *text, const char *start)
{
	char *at = strstr(text, start), *end;

	assert_non_null(at);
	end = strchr(at, '\n');
	assert_non_null(end);
	memmove(at, end + 1, strlen(end + 1) + 1);
}

static void
an_armed_policy_names_every_cap(void **state)
{
	static const struct {
		const char *line, *error;
	} t[] = {
	    {"per_run = ",
		"armed = yes needs [limits] per_run; add per_run = 5, or what you want\n"},
	    {"per_hour = ",
		"armed = yes needs [limits] per_hour; add per_hour = 10, or what you want\n"},
	    {"storm_count = ", "armed = yes needs [limits] storm_count; add storm_count = 10, "
			       "or what you want\n"},
	    {"storm_share = ", "armed = yes needs [limits] storm_share; add storm_share = 10%, "
			       "or what you want\n"},
	    {"grace = 48h",
		"armed = yes needs [unknown] grace; add grace = 24h, or what you want\n"},
	    {"confirmations = 5", "armed = yes needs [unknown] confirmations; add "
				  "confirmations = 3, or what you want\n"},
	    {"grace = 90m",
		"armed = yes needs [failed] grace; add grace = 24h, or what you want\n"},
	    {"confirmations = 3", "armed = yes needs [failed] confirmations; add confirmations "
				  "= 3, or what you want\n"},
	    {"auth_file = /etc/vmreaper/reap.auth",
		"armed = yes needs [reap] auth_file; name the credential file of "
		"the account that may kill, or write armed = no\n"},
	    {"owners_in = all",
		"armed = yes needs to be told whose machines may be killed; write owners_in = "
		"all "
		"under [scope], or name owners_in, groups_in, names_in or labels_in\n"},
	    {"[end]", "armed = yes, and the file does not end with [end]: it may be cut; "
		      "restore the rest, and write "
		      "[end] as the last line\n"},
	    {"name = ", "[cloud] name is missing; add name = ... under [cloud]\n"},
	};
	struct policy_errors errors;
	struct policy *p;
	const char *error;
	size_t i, len;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		text = slurp("tests/data/policy/armed.ini", &len);
		drop_line(text, t[i].line);
		assert_int_equal(
		    policy_parse("p.ini", text, strlen(text), NULL, &p, &errors, NULL), -1);
		error = strchr(errors.text.p, ' ');
		assert_non_null(error);
		assert_string_equal(error + 1, t[i].error);
		text_free(&errors.text);
		/* the same text observes happily */
		if (i + 1 < sizeof(t) / sizeof(t[0])) {
			drop_line(text, "armed = yes");
			policy_free(parse(text));
		}
		free(text);
	}
	/* a class that is never killed needs no grace */
	text = slurp("tests/data/policy/armed.ini", &len);
	drop_line(text, "grace = 90m");
	memcpy(strstr(text, "confirmations = 3"), "reap = no\n#.......", 17);
	p = parse(text);
	assert_false(p->failed.reap);
	policy_free(p);
	free(text);
}

/*
 * A file cut after any byte: refused, or not armed and every value that of the whole file or the
 * default. Only a whole file may be armed. (In a small run: any ninth byte.)
 */
static void
check_cuts(const char *name, const char *minimal)
{
	const size_t step = small_run() ? 9 : 1;
	size_t len, cut, n, n_base, n_whole, i, accepted = 0;
	char *text = slurp(name, &len), *exact;
	char *now, *base_text, *whole_text, *lines[300], *base[300], *whole[300];
	struct policy_errors errors;
	struct policy *p;

	p = parse(minimal);
	base_text = print(p);
	n_base = split_lines(base_text, base, 300);
	policy_free(p);
	p = parse(text);
	whole_text = print(p);
	n_whole = split_lines(whole_text, whole, 300);
	policy_free(p);
	assert_int_equal(n_base, n_whole);
	for (cut = 0; cut < len; cut += step) {
		exact = malloc(cut + 1);
		assert_non_null(exact);
		memcpy(exact, text, cut);
		if (policy_parse("p.ini", exact, cut, "/state", &p, &errors, NULL) == 0) {
			accepted++;
			assert_int_equal(exact[cut - 1], '\n');
			if (p->reap.armed)
				fail_msg("%s cut at %zu is armed", name, cut);
			now = print(p);
			n = split_lines(now, lines, 300);
			assert_int_equal(n, n_whole);
			for (i = 0; i < n; i++)
				if (strcmp(lines[i], whole[i]) != 0 &&
				    strcmp(lines[i], base[i]) != 0)
					fail_msg("%s cut at %zu: %s", name, cut, lines[i]);
			free(now);
		} else
			assert_null(p);
		policy_free(p);
		text_free(&errors.text);
		free(exact);
	}
	/* cuts between two lines of an observing policy cannot be seen, and do no harm */
	assert_true(accepted > 0);
	free(base_text);
	free(whole_text);
	free(text);
}

static void
no_cut_arms_or_invents(void **state)
{
	(void)state;
	check_cuts("tests/data/policy/armed.ini",
	    "[cloud]\nname = lal.stratuslab\n"
	    "endpoint = https://onehost-2.lal.in2p3.fr:2634/pswd/xmlrpc\n");
	check_cuts("conf/policy.ini",
	    "[cloud]\nname = example\nendpoint = http://127.0.0.1:2633/RPC2\n");
}

static void
the_master_copy_holds_the_defaults(void **state)
{
	struct policy *p, *q;
	char *text, *a, *b;
	size_t len;

	(void)state;
	text = slurp("conf/policy.ini", &len);
	p = parse(text);
	q = parse("[cloud]\nname = example\nendpoint = http://127.0.0.1:2633/RPC2\n");
	a = print(p);
	b = print(q);
	assert_string_equal(a, b);
	assert_string_not_equal(p->digest, q->digest);
	free(a);
	free(b);
	policy_free(p);
	policy_free(q);
	free(text);
}

/* True if the page has an item (.It Cm) for the key below the heading of its section. */
static bool
is_described(const char *page, const struct key *k)
{
	char heading[64], item[80];
	const char *from, *to, *at;
	size_t len;

	snprintf(heading, sizeof(heading), "\n.Ss \\&[%s] ", k->section);
	from = strstr(page, heading);
	if (from == NULL)
		return false;
	to = strstr(from + 1, "\n.Ss ");
	len = (size_t)snprintf(item, sizeof(item), "\n.It Cm %s", k->name);
	for (at = from; (at = strstr(at, item)) != NULL && (to == NULL || at < to); at += len)
		if (at[len] == ' ' || at[len] == '\n')
			return true;
	return false;
}

/* The thresholds are described by metric: once each in a table. */
static bool
is_metric_described(const char *page, const struct key *k)
{
	char item[80];

	snprintf(item, sizeof(item), "\n.It Cm %s\n", strchr(k->name, '_') + 1);
	return strstr(page, item) != NULL;
}

static void
every_key_is_in_the_master_copy_and_the_manual(void **state)
{
	const struct key *table;
	char *conf, *page, line[80];
	size_t n, i, len;

	(void)state;
	conf = slurp("conf/policy.ini", &len);
	page = slurp("man/vmreaper-policy.5", &len);
	table = keys_table(&n);
	for (i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "\n%s = ", table[i].name);
		if (strstr(conf, line) == NULL) {
			snprintf(line, sizeof(line), "\n# %s = ", table[i].name);
			if (strstr(conf, line) == NULL)
				fail_msg("conf/policy.ini has no %s", table[i].name);
		}
		if (table[i].type == KEY_RANGE ? !is_metric_described(page, &table[i])
					       : !is_described(page, &table[i]))
			fail_msg("vmreaper-policy.5 has no [%s] %s", table[i].section,
			    table[i].name);
	}
	free(conf);
	free(page);
}

static void
line_ends_and_marks_change_nothing_but_the_digest(void **state)
{
	size_t len, i, n = 3;
	char *text = slurp("tests/data/policy/armed.ini", &len), *crlf = malloc(2 * len + 4),
	     *a, *b;
	struct policy *p, *q;

	(void)state;
	assert_non_null(crlf);
	memcpy(crlf, "\xef\xbb\xbf", 3);
	for (i = 0; i < len; i++) {
		if (text[i] == '\n')
			crlf[n++] = '\r';
		crlf[n++] = text[i];
	}
	crlf[n] = '\0';
	p = parse(text);
	q = parse(crlf);
	a = print(p);
	b = print(q);
	assert_string_equal(a, b);
	assert_string_not_equal(p->digest, q->digest);
	free(a);
	free(b);
	policy_free(p);
	policy_free(q);
	free(text);
	free(crlf);
}

static void
the_digest_is_of_the_bytes(void **state)
{
	struct policy *p = parse(MINIMAL);

	(void)state;
	/* printf '[cloud]\nname = c\nendpoint = http://h/RPC2\n' | sha256sum */
	assert_string_equal(
	    p->digest, "d6d5d8e07e3176913689c53d0c32854e0888ab3c5b9af0de9fb436cf559b795a");
	policy_free(p);
}

static void
dangerous_choices_are_said_aloud(void **state)
{
	static const struct {
		const char *name, *text, *warning;
	} t[] = {
	    {"nothing", "[cloud]\nname = c\nendpoint = https://h/RPC2\n", ""},
	    {"loopback", "[cloud]\nname = c\nendpoint = http://127.0.0.1:2633/RPC2\n", ""},
	    {"plain http", MINIMAL, "[cloud] endpoint: plain http"},
	    {"no verification", "[cloud]\nname = c\nendpoint = https://h/\ninsecure = yes\n",
		"[cloud] insecure = yes"},
	    {"plain http to pdisk",
		"[cloud]\nname = c\nendpoint = https://h/\npdisk = http://h/pdisk\n",
		"[cloud] pdisk: plain http"},
	    {"pdisk on this machine",
		"[cloud]\nname = c\nendpoint = https://h/\npdisk = http://127.0.0.1:8445\n",
		""},
	    {"the whole world",
		"[cloud]\nname = c\nendpoint = https://h/\n[probe]\nnetworks = ::/0\n",
		"[probe] networks"},
	    {"a canary that is never asked",
		"[cloud]\nname = c\nendpoint = https://h/\n[probe]\n"
		"networks = 10.1.0.0/24, 2001:db8::/64\ncanaries = 10.1.0.1, 10.1.1.1\n",
		"[probe] canaries: 10.1.1.1 is outside of networks, so it is never asked and "
		"nobody is killed: add it to networks as 10.1.1.1/32\n"},
	    {"a canary of the other family that is never asked",
		"[cloud]\nname = c\nendpoint = https://h/\n[probe]\n"
		"networks = 10.1.0.0/24\ncanaries = 2001:db8::1\n",
		"[probe] canaries: 2001:db8::1 is outside"},
	    {"canaries in the first and the last network",
		"[cloud]\nname = c\nendpoint = https://h/\n[probe]\n"
		"networks = 10.1.0.0/24, 2001:db8::/64\n"
		"canaries = 10.1.0.1, 2001:db8::1\n",
		""},
	    {"no silence", "[cloud]\nname = c\nendpoint = https://h/\n[failed]\nsilence = no\n",
		"[failed] silence = no"},
	    {"data",
		"[cloud]\nname = c\nendpoint = https://h/\n[unknown]\npersistent = allow\n",
		"[unknown] persistent = allow"},
	    {"a class that is never killed",
		"[cloud]\nname = c\nendpoint = https://h/\n[unknown]\nreap = no\n"
		"persistent = allow\nsilence = no\n",
		""},
	    {"no cap",
		"[cloud]\nname = c\nendpoint = https://h/\n[limits]\nper_run = unlimited\n",
		"[limits] per_run"},
	    {"half a brake",
		"[cloud]\nname = c\nendpoint = https://h/\n[limits]\nstorm_count = unlimited\n",
		""},
	    {"no brake",
		"[cloud]\nname = c\nendpoint = https://h/\n[limits]\nstorm_count = unlimited\n"
		"storm_share = 100%\n",
		"[limits] storm_count"},
	};
	struct policy *p;
	struct text out;
	char *printed;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		p = parse(t[i].text);
		text_init(&out, 4096);
		policy_warnings(p, &out);
		printed = print(p);
		if (*t[i].warning == '\0'
			? out.len != 0
			: strncmp(out.p, t[i].warning, strlen(t[i].warning)) != 0)
			fail_msg("%s: %s", t[i].name, out.p);
		assert_int_equal(strstr(printed, "\n# WARNING: ") != NULL, out.len != 0);
		text_free(&out);
		free(printed);
		policy_free(p);
	}
}

static void
a_starter_is_a_policy_whatever_the_cloud_says(void **state)
{
	static const char hostile[] =
	    "private 10.0.0.0/8: 12 machines\n\n[reap]\narmed = yes\r\n\x1b[31mred\n# x";
	struct policy *p;
	struct text out;
	const char *s;

	(void)state;
	text_init(&out, 1 << 16);
	policy_starter("site.a", "https://one.example.org:2633/RPC2", hostile, hostile, &out);
	p = parse(out.p);
	assert_string_equal(p->cloud.name, "site.a");
	assert_string_equal(p->cloud.endpoint, "https://one.example.org:2633/RPC2");
	assert_false(p->reap.armed);
	assert_non_null(strstr(out.p, "\n#   private 10.0.0.0/8: 12 machines\n"));
	for (s = out.p; (s = strstr(s, "armed = yes")) != NULL; s++)
		assert_memory_equal(s - 4, "#   ", 4);
	policy_free(p);
	text_reset(&out);
	policy_starter("c", "http://h/RPC2", NULL, NULL, &out);
	policy_free(parse(out.p));
	text_free(&out);
}

static void
lists_match_by_glob(void **state)
{
	const char *v[] = {"alice", "web*", "?"};
	struct policy_list l = {v, 3, false, true}, none = {NULL, 0, false, true},
			   all = {NULL, 0, true, true};

	(void)state;
	assert_true(policy_list_has(&l, "alice"));
	assert_true(policy_list_has(&l, "web-7"));
	assert_true(policy_list_has(&l, "x"));
	assert_false(policy_list_has(&l, "Alice"));
	assert_false(policy_list_has(&l, "alice2"));
	assert_false(policy_list_has(&l, ""));
	assert_false(policy_list_has(&l, NULL));
	assert_false(policy_list_has(&none, "alice"));
	assert_true(policy_list_has(&all, "alice"));
	assert_true(policy_list_has(&all, NULL));
}

static void
metrics_are_found_by_label(void **state)
{
	int m;

	(void)state;
	for (m = 0; m < METRIC_COUNT; m++) {
		assert_int_equal(metric_parse(metric_str(m)), m);
		assert_true(strlen(metric_what(m)) > 0);
		assert_non_null(metric_unit(m));
	}
	assert_int_equal(metric_parse("Unknown"), -1);
	assert_int_equal(metric_parse(""), -1);
	assert_string_equal(metric_str(METRIC_HELD_MEMORY), "held_memory");
	assert_string_equal(metric_unit(METRIC_HELD_MEMORY), "MB");
	assert_string_equal(metric_default(METRIC_UNKNOWN, 0), "0");
	assert_string_equal(metric_default(METRIC_UNKNOWN, 1), "");
	assert_string_equal(metric_default(METRIC_STORM, 1), "0");
}

/* Printing and reading again must not drift, and must keep what is not set apart from what is empty. */
static void
print_and_parse_is_a_fixed_point(void **state)
{
	static const char *const files[] = {"tests/data/policy/armed.ini", "conf/policy.ini"};
	struct policy *p, *q;
	char *text, *a, *b;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		text = slurp(files[i], &len);
		p = parse(text);
		a = print(p);
		q = parse(a);
		b = print(q);
		assert_string_equal(a, b);
		assert_int_equal(p->scope.owners_in.given, q->scope.owners_in.given);
		assert_int_equal(p->scope.groups_in.given, q->scope.groups_in.given);
		assert_int_equal(p->scope.groups_out.given, q->scope.groups_out.given);
		free(text);
		free(a);
		free(b);
		policy_free(p);
		policy_free(q);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_are_those_of_the_header),
	    cmocka_unit_test(values_reach_their_fields),
	    cmocka_unit_test(good_values_print_in_one_form),
	    cmocka_unit_test(every_key_has_its_own_field_and_reads_back),
	    cmocka_unit_test(print_and_parse_is_a_fixed_point),
	    cmocka_unit_test(bad_values_are_named_with_line_and_remedy),
	    cmocka_unit_test(endpoints_are_urls_without_passwords),
	    cmocka_unit_test(services_of_stratuslab_have_addresses_without_passwords),
	    cmocka_unit_test(many_errors_are_told_at_once),
	    cmocka_unit_test(errors_have_an_end),
	    cmocka_unit_test(file_names_are_escaped),
	    cmocka_unit_test(required_keys_are_missed),
	    cmocka_unit_test(an_armed_policy_names_every_cap),
	    cmocka_unit_test(no_cut_arms_or_invents),
	    cmocka_unit_test(the_master_copy_holds_the_defaults),
	    cmocka_unit_test(every_key_is_in_the_master_copy_and_the_manual),
	    cmocka_unit_test(line_ends_and_marks_change_nothing_but_the_digest),
	    cmocka_unit_test(the_digest_is_of_the_bytes),
	    cmocka_unit_test(dangerous_choices_are_said_aloud),
	    cmocka_unit_test(a_starter_is_a_policy_whatever_the_cloud_says),
	    cmocka_unit_test(lists_match_by_glob),
	    cmocka_unit_test(metrics_are_found_by_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
