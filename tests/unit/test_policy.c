/* SPDX-License-Identifier: ISC */
/*
 * test_policy: the keys and their values: the defaults, which field each key has, how a value is printed, and
 * that what was printed reads back.
 */
#include "policy/keys.h"
#include "policy_text.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_are_those_of_the_header),
	    cmocka_unit_test(values_reach_their_fields),
	    cmocka_unit_test(good_values_print_in_one_form),
	    cmocka_unit_test(every_key_has_its_own_field_and_reads_back),
	    cmocka_unit_test(print_and_parse_is_a_fixed_point),
	    cmocka_unit_test(lists_match_by_glob),
	    cmocka_unit_test(metrics_are_found_by_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
