/* SPDX-License-Identifier: ISC */
/*
 * Golden reports: each renderer's output of one fixed cloud, compared byte for byte with a file. After a wanted
 * change: VMR_GOLDEN_WRITE=1 tests/golden/test_golden, then read the diff before committing it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleet.h"

static void
compare(const char *name, const struct text *got)
{
	const char *dir = getenv("top_srcdir");
	char path[512], *want;
	size_t n;
	FILE *fp;

	snprintf(path, sizeof(path), "%s/tests/golden/%s", dir != NULL ? dir : ".", name);
	if (getenv("VMR_GOLDEN_WRITE") != NULL) {
		fp = fopen(path, "w");
		assert_non_null(fp);
		fwrite(got->p, 1, got->len, fp);
		fclose(fp);
		return;
	}
	fp = fopen(path, "r");
	if (fp == NULL)
		fail_msg("%s is missing", path);
	want = calloc(1, 1 << 20);
	n = fread(want, 1, (1 << 20) - 1, fp);
	fclose(fp);
	if (n != got->len || memcmp(want, got->p, n) != 0)
		fail_msg("%s differs; got:\n%s", name, got->p);
	free(want);
	assert_false(got->cut);
}

/* What no output for a plugin or a terminal may contain, whatever tenants wrote. */
static void
assert_harmless(const struct text *t, bool one_pipe)
{
	size_t i, pipes = 0;

	for (i = 0; i < t->len; i++) {
		unsigned char c = (unsigned char)t->p[i];

		assert_true(c == '\n' || c >= 0x20);
		assert_int_not_equal(c, 0x7f);
		pipes += c == '|';
	}
	if (one_pipe)
		assert_int_equal(pipes, 1);
	assert_null(strstr(t->p, "\xe2\x80\xae"));
	assert_null(strstr(t->p, "\xff"));
}

static void
golden_nagios(void **state)
{
	struct fleet f;
	struct thresholds t;
	struct text out;

	(void)state;
	fleet_build(&f, true);
	thresholds_default(&t);
	text_init(&out, 4096);
	report_nagios(&f.r.status, &t, report_state(&f.r.status, &t), "VMS", 1, 20, &out);
	assert_harmless(&out, true);
	assert_null(strstr(out.p, "<script>"));
	compare("nagios.txt", &out);
	assert_int_equal(report_state(&f.r.status, &t), STATE_CRITICAL); /* a stuck kill */
	text_free(&out);
	fleet_free(&f);
}

static void
golden_nagios_incomplete(void **state)
{
	struct fleet f;
	struct thresholds t;
	struct text out;

	(void)state;
	fleet_build(&f, false);
	f.inputs.n_kills = 0;
	assert_int_equal(report_build(f.a, &f.inputs, &f.r), 0);
	thresholds_default(&t);
	text_init(&out, 4096);
	assert_int_equal(report_state(&f.r.status, &t), STATE_UNKNOWN);
	report_nagios(&f.r.status, &t, STATE_UNKNOWN, "VMS", 0, 20, &out);
	compare("nagios-incomplete.txt", &out);
	text_free(&out);
	fleet_free(&f);
}

/* A remedy is a command to type: the host's name stands in it only when it is nothing but a name. */
/* Of the last line whole gates only: what is cut inside of one ends in a blank, which daemons trim. */
static void
nagios_cuts_between_gates(void **state)
{
	struct fleet f;
	struct thresholds t;
	struct text whole, out;
	const char *gates, *last;
	size_t n, n_cut = 0;

	(void)state;
	fleet_build(&f, true);
	thresholds_default(&t);
	text_init(&whole, 4096);
	report_nagios(&f.r.status, &t, STATE_CRITICAL, "VMS", 1, 20, &whole);
	gates = strstr(whole.p, "\nno kills in this run:");
	assert_non_null(gates);
	for (size_t max = 1500; max < whole.len; max++) {
		text_init(&out, max);
		report_nagios(&f.r.status, &t, STATE_CRITICAL, "VMS", 1, 20, &out);
		last = strrchr(out.p, '\n');
		assert_non_null(last);
		n = strlen(last);
		assert_int_not_equal(last[n - 1], ' ');
		if (strncmp(last, "\nno kills", 9) == 0 &&
		    (strncmp(last, gates, n) != 0 || strchr(",", gates[n]) == NULL))
			fail_msg("at most %zu: ends at \"%.20s\"", max, gates + n);
		n_cut += out.cut;
		text_free(&out);
	}
	assert_true(n_cut > 10);
	text_free(&whole);
	fleet_free(&f);
}

static void
remedies_name_plain_hosts_only(void **state)
{
	static const struct {
		const char *host, *want;
	} rows[] = {
	    {"node-2.example", "onehost forceupdate node-2.example; if no domain one-90 is"},
	    {NULL, "onehost forceupdate HOST; if"},
	    {"", "onehost forceupdate HOST; if"},
	    {"-rf", "onehost forceupdate HOST; if"},
	    {"a b", "onehost forceupdate HOST; if"},
	    {"$(reboot)", "onehost forceupdate HOST; if"},
	    {"x;reboot", "onehost forceupdate HOST; if"},
	    {"%s%n%d", "onehost forceupdate HOST; if"},
	    {"aHOSTb", "onehost forceupdate aHOSTb; if"},
	    {"1234567890123456789012345678901234567890123456789012345678901234",
		"onehost forceupdate "
		"1234567890123456789012345678901234567890123456789012345678901234; if"},
	    {"12345678901234567890123456789012345678901234567890123456789012345",
		"onehost forceupdate HOST; if"},
	};
	struct fleet f;
	size_t i;

	(void)state;
	fleet_build(&f, true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.kills[0].host = f.kills[1].host = rows[i].host;
		assert_int_equal(report_build(f.a, &f.inputs, &f.r), 0);
		assert_string_equal(f.r.status.findings[0].code, "stuck");
		if (strncmp(
			f.r.status.findings[0].remedy, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("%s", f.r.status.findings[0].remedy);
		assert_non_null(
		    strstr(f.r.status.findings[0].remedy, "last: virsh destroy one-90"));
	}
	fleet_free(&f);
}

/* The first line does not depend on how many findings there are, and nothing is cut in its middle. */
static void
nagios_stays_within_its_bound(void **state)
{
	struct fleet f;
	struct thresholds t;
	struct text out;
	const char *last;
	size_t max;

	(void)state;
	fleet_build(&f, true);
	thresholds_default(&t);
	for (max = 1000; max < 4096; max += 37) {
		text_init(&out, max);
		report_nagios(&f.r.status, &t, STATE_CRITICAL, "VMS", 1, 20, &out);
		assert_true(out.len <= max);
		assert_non_null(strstr(out.p, " | running=3"));
		last = strrchr(out.p, '\n');
		assert_true(out.cut || last == NULL || strncmp(last, "\n... and ", 9) == 0 ||
			    strncmp(last, "\nno kills", 9) == 0);
		text_free(&out);
	}
	fleet_free(&f);
}

static void
golden_text(void **state)
{
	struct fleet f;
	struct text out;

	(void)state;
	fleet_build(&f, true);
	text_init(&out, 1 << 20);
	report_text(&f.r, true, &style_plain, &out);
	assert_harmless(&out, false);
	compare("audit.txt", &out);
	text_reset(&out);
	report_text(&f.r, false, &(struct style){60, false}, &out);
	compare("audit-60-columns.txt", &out);
	text_reset(&out);
	report_text(&f.r, false, &(struct style){100, true}, &out);
	compare("audit-100-colour.txt", &out);
	text_reset(&out);
	report_text(&f.r, false, &(struct style){20, false}, &out);
	compare("audit-20-columns.txt", &out);
	text_free(&out);
	fleet_free(&f);
}

static void
golden_json(void **state)
{
	struct fleet f;
	struct text out;
	struct fault fault;

	(void)state;
	fleet_build(&f, true);
	text_init(&out, 1 << 20);
	assert_int_equal(report_json(&f.r, &out, &fault), 0);
	compare("audit.json", &out);
	text_free(&out);
	/* one that does not fit is an error, never half an object */
	text_init(&out, 2000);
	assert_int_equal(report_json(&f.r, &out, &fault), -1);
	text_free(&out);
	fleet_free(&f);
}

static void
golden_explain(void **state)
{
	static const struct {
		size_t i;
		const char *file;
	} cases[] = {{2, "explain-kill.txt"}, {3, "explain-alive.txt"},
	    {6, "explain-grace.txt"}, {8, "explain-no-address.txt"}};
	static const struct style eighty = {80, false};
	struct fleet f;
	struct text json, out;
	struct fault fault;
	size_t k;

	(void)state;
	fleet_build(&f, true);
	text_init(&json, 1 << 20);
	text_init(&out, 1 << 20);
	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		text_reset(&json);
		text_reset(&out);
		assert_int_equal(report_explain_json(&f.in, &f.js[cases[k].i], &f.run,
				     cases[k].i, &json, &fault),
		    0);
		assert_int_equal(
		    report_explain_text(json.p, GOLDEN_NOW_S, false, &eighty, &out, &fault), 0);
		assert_harmless(&out, false);
		compare(cases[k].file, &out);
	}
	assert_int_equal(report_explain_text("{}", 0, false, &eighty, &out, &fault), -1);
	assert_int_equal(report_explain_text("[", 0, false, &eighty, &out, &fault), -1);
	text_free(&json);
	text_free(&out);
	fleet_free(&f);
}

/* README shows one story in full: it must be one that the program tells. */
static void
readme_shows_a_story_that_is_told(void **state)
{
	static char readme[64 * 1024], story[16 * 1024], want[32 * 1024];
	const char *dir = getenv("top_srcdir");
	char path[512], *line, *save;
	FILE *fp;

	(void)state;
	snprintf(path, sizeof(path), "%s/README", dir != NULL ? dir : ".");
	fp = fopen(path, "r");
	assert_non_null(fp);
	readme[fread(readme, 1, sizeof(readme) - 1, fp)] = '\0';
	fclose(fp);
	snprintf(
	    path, sizeof(path), "%s/tests/golden/explain-alive.txt", dir != NULL ? dir : ".");
	fp = fopen(path, "r");
	assert_non_null(fp);
	story[fread(story, 1, sizeof(story) - 1, fp)] = '\0';
	fclose(fp);
	strcpy(want, "$ vmreaper explain 4\n");
	for (save = story; (line = strsep(&save, "\n")) != NULL;) {
		if (save == NULL && line[0] == '\0')
			break;
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "%s%s\n",
		    line[0] != '\0' ? "  " : "", line);
	}
	assert_non_null(strstr(readme, want));
}

static void
thresholds_of_the_command_line(void **state)
{
	static const struct {
		const char *arg;
		int rc;
	} cases[] = {{"unknown=5", 0}, {"unknown=", 0}, {"unknown=@1:2", 0}, {"unknown", -1},
	    {"unknwon=5", -1}, {"unknown=x", -1}, {"=5", -1}, {"unknown=20:10", -1}, {"", -1}};
	struct thresholds t;
	struct fault f;
	size_t i;

	(void)state;
	thresholds_default(&t);
	assert_true(t.has_warning[METRIC_UNKNOWN]);
	assert_true(t.has_critical[METRIC_STORM]);
	assert_false(t.has_critical[METRIC_UNKNOWN]);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(thresholds_set(&t, true, cases[i].arg, &f), cases[i].rc);
	assert_int_equal(thresholds_set(&t, false, "unknown=", &f), 0);
	assert_false(t.has_warning[METRIC_UNKNOWN]);
}

static void
states_are_merged_by_weight(void **state)
{
	(void)state;
	assert_int_equal(state_worse(STATE_UNKNOWN, STATE_WARNING), STATE_WARNING);
	assert_int_equal(state_worse(STATE_CRITICAL, STATE_UNKNOWN), STATE_CRITICAL);
	assert_int_equal(state_worse(STATE_OK, STATE_UNKNOWN), STATE_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_nagios),
	    cmocka_unit_test(golden_nagios_incomplete),
	    cmocka_unit_test(nagios_stays_within_its_bound),
	    cmocka_unit_test(nagios_cuts_between_gates),
	    cmocka_unit_test(remedies_name_plain_hosts_only),
	    cmocka_unit_test(golden_text),
	    cmocka_unit_test(golden_json),
	    cmocka_unit_test(golden_explain),
	    cmocka_unit_test(readme_shows_a_story_that_is_told),
	    cmocka_unit_test(thresholds_of_the_command_line),
	    cmocka_unit_test(states_are_merged_by_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
