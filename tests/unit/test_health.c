/* SPDX-License-Identifier: ISC */
/*
 * test_health: is the reaper well? Each way in which it may not be, at the second where the answer changes; and
 * what a hostile status file can do to the output, which is nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/health.h"

#define NOW   1700000000
#define EVERY 900

struct box {
	struct arena *a;
	struct status s;
	struct health_limit warning, critical;
	struct health h;
	struct fault f;
	struct text out;
};

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));
	static const enum metric known[] = {METRIC_CANDIDATES, METRIC_MARKED, METRIC_KILLED,
	    METRIC_STORM, METRIC_STUCK, METRIC_BOUNCED, METRIC_ZOMBIE, METRIC_IN_DOUBT};
	size_t i;

	if (b == NULL)
		return -1;
	b->a = arena_new(0);
	text_init(&b->out, 4096);
	b->s.cloud = "lab";
	b->s.program = "sweep";
	b->s.now_s = b->s.good_s = NOW;
	b->s.sweep = 42;
	b->s.complete = true;
	b->s.version = "7.2.0";
	b->s.era = "7.x";
	b->s.interval_s = EVERY;
	b->s.total = 512;
	b->s.hold.by = b->s.hold.reason = "";
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		b->s.has[known[i]] = true;
	b->s.metrics[METRIC_CANDIDATES] = 3;
	b->s.metrics[METRIC_MARKED] = 2;
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	text_free(&b->out);
	arena_free(b->a);
	free(b);
	return 0;
}

/* The state at that age, with the output in b->out. */
static enum state
at(struct box *b, int64_t age_s)
{
	memset(&b->f, 0, sizeof(b->f));
	text_reset(&b->out);
	if (health_judge(
		b->a, &b->s, &b->warning, &b->critical, b->s.now_s + age_s, &b->h, &b->f) != 0)
		return STATE_UNKNOWN;
	health_render(&b->s, &b->h, 0, 20, &b->out);
	return b->h.state;
}

static void
says(struct box *b, const char *what)
{
	if (strstr(b->out.p, what) == NULL)
		fail_msg("\"%s\" is not in:\n%s", what, b->out.p);
}

static void
says_not(struct box *b, const char *what)
{
	if (strstr(b->out.p, what) != NULL)
		fail_msg("\"%s\" is in:\n%s", what, b->out.p);
}

/* A failed run after a good one that began good_age_s before it. */
static void
fail_run(struct box *b, int64_t good_age_s)
{
	size_t i;

	b->s.complete = false;
	b->s.good_s = good_age_s >= 0 ? b->s.now_s - good_age_s : 0;
	for (i = 0; i < METRIC_COUNT; i++)
		b->s.has[i] = false;
	fault_set(&b->s.why, FAULT_NETWORK, "http://one:2633/RPC2: connection refused");
	fault_remedy(&b->s.why, "is oned running?");
}

static void
a_recent_good_sweep_is_well(void **state)
{
	struct box *b = *state;

	assert_int_equal(at(b, 240), STATE_OK);
	assert_string_equal(b->out.p,
	    "VMREAPER OK - last good sweep 4 min ago, observing; 3 candidates, 2 marked, 0 "
	    "killed"
	    " | age=240s;1800;3600;0 candidates=3;;;0;512 marked=2;;;0;512 killed=0;;;0;512"
	    " stuck=0;;0;0 in_doubt=0;;0;0 bounced=0;;0;0 zombie=0;;0;0 storm=0;;0;0");
	b->s.armed = true;
	b->s.metrics[METRIC_HELD_MEMORY] = 16384;
	b->s.has[METRIC_HELD_MEMORY] = true;
	assert_int_equal(at(b, 240), STATE_OK);
	says(b, "ago, armed;");
	says(b, " held_memory=16384MB;;;0");
}

static void
the_age_of_the_last_sweep(void **state)
{
	struct box *b = *state;

	assert_int_equal(at(b, 0), STATE_OK);
	assert_int_equal(at(b, 2 * EVERY), STATE_OK);
	assert_int_equal(at(b, 2 * EVERY + 1), STATE_WARNING);
	says(b, "VMREAPER WARNING - sweep-overdue; last good sweep 30 min ago");
	says(b, "\nwarning sweep-overdue: the last good sweep is 30 min old, one is due every "
		"15 min"
		" -> look whether cron runs `vmreaper sweep'");
	assert_int_equal(at(b, 4 * EVERY), STATE_WARNING);
	assert_int_equal(at(b, 4 * EVERY + 1), STATE_CRITICAL);
	says(b, "\nCRITICAL sweep-overdue");
	says(b, "age=3601s;1800;3600;0");
}

static void
thresholds_of_the_command_line(void **state)
{
	struct box *b = *state;

	assert_int_equal(health_limit_parse(&b->warning, "5m", &b->f), 0);
	assert_int_equal(health_limit_parse(&b->critical, "100:600", &b->f), 0);
	assert_int_equal(at(b, 300), STATE_OK);
	says(b, "age=300s;300;100:600;0");
	assert_int_equal(at(b, 301), STATE_WARNING);
	assert_int_equal(at(b, 601), STATE_CRITICAL);
	assert_int_equal(at(b, 99), STATE_CRITICAL);
	assert_int_equal(health_limit_parse(&b->critical, "", &b->f), 0);
	assert_int_equal(health_limit_parse(&b->warning, "", &b->f), 0);
	assert_int_equal(at(b, 100 * EVERY), STATE_OK);
	says(b, "age=90000s;;;0");
}

static void
a_threshold_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {"x", "5", "5:4", "-5m", "5m:6m", "@", " 5", "1e3"};
	struct box *b = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct health_limit l = {.given = false};
		int rc = health_limit_parse(&l, bad[i], &b->f);

		if (strcmp(bad[i], "5") == 0) { /* the control: seconds are a range */
			assert_int_equal(rc, 0);
			continue;
		}
		if (rc == 0 || l.given || b->f.remedy[0] == '\0')
			fail_msg("%s was taken", bad[i]);
	}
}

static void
a_file_from_the_future_is_unknown(void **state)
{
	struct box *b = *state;

	assert_int_equal(at(b, -HEALTH_AHEAD_S), STATE_OK);
	says(b, "age=0s");
	assert_int_equal(at(b, -HEALTH_AHEAD_S - 1), STATE_UNKNOWN);
	assert_non_null(strstr(b->f.msg, "5 min in the future"));
	assert_non_null(strstr(b->f.remedy, "timedatectl"));
}

static void
times_that_make_no_sense_are_unknown(void **state)
{
	static const struct {
		int64_t now_s, interval_s;
	} bad[] = {{-1, EVERY}, {INT64_MIN, EVERY}, {INT64_MAX, EVERY}, {NOW, 0}, {NOW, -1},
	    {NOW, INT64_MAX}};
	struct box *b = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		b->s.now_s = bad[i].now_s;
		b->s.interval_s = bad[i].interval_s;
		b->f.msg[0] = '\0';
		assert_int_equal(
		    health_judge(b->a, &b->s, &b->warning, &b->critical, NOW, &b->h, &b->f),
		    -1);
		assert_true(b->f.msg[0] != '\0');
	}
}

static void
an_incomplete_sweep_is_unknown_and_says_why(void **state)
{
	struct box *b = *state;

	fail_run(b, EVERY);
	assert_int_equal(at(b, 60), STATE_UNKNOWN);
	says(b,
	    "VMREAPER UNKNOWN - sweep-incomplete (http://one:2633/RPC2: connection refused); "
	    "last good sweep 16 min ago | age=960s;1800;3600;0");
	says(b, "\nunknown sweep-incomplete: the last sweep could not do its work: "
		"http://one:2633/RPC2: connection refused -> is oned running?");
	says_not(b, "killed=");
	assert_int_equal(at(b, 0), STATE_UNKNOWN);
}

/* Sweeps that run and fail count as none: the age goes on from the last good one. */
static void
failing_for_long_is_critical(void **state)
{
	struct box *b = *state;

	fail_run(b, 4 * EVERY);
	assert_int_equal(at(b, 0), STATE_UNKNOWN);
	says(b, "warning sweep-overdue");
	assert_int_equal(at(b, 1), STATE_CRITICAL);
	says(b, "VMREAPER CRITICAL - sweep-overdue, sweep-incomplete (");
}

static void
without_a_good_sweep_on_record_the_file_s_age_is_the_least(void **state)
{
	struct box *b = *state;

	fail_run(b, -1);
	assert_int_equal(at(b, 60), STATE_UNKNOWN);
	says(b, "; no good sweep is known |");
	says_not(b, "age=");
	says_not(b, "sweep-overdue");
	assert_int_equal(at(b, 4 * EVERY + 1), STATE_CRITICAL);
	says(b, "the last good sweep is more than 1 h old");
	b->s.good_s = b->s.now_s + 10 * EVERY; /* later than now: believed by nobody */
	assert_int_equal(at(b, 60), STATE_UNKNOWN);
	says(b, "no good sweep is known");
}

/* Every gate, with a complete listing and without. */
static void
gates(void **state)
{
	static const struct {
		enum gate g;
		enum state complete, incomplete;
		bool said_incomplete;
	} rows[] = {
	    {GATE_OBSERVING, STATE_OK, STATE_UNKNOWN, false},
	    {GATE_NOT_ARMED_HERE, STATE_WARNING, STATE_UNKNOWN, false},
	    {GATE_POLICY_CHANGED, STATE_OK, STATE_UNKNOWN, false},
	    {GATE_LEDGER, STATE_WARNING, STATE_UNKNOWN, true},
	    {GATE_CLOCK_JUMP, STATE_WARNING, STATE_UNKNOWN, true},
	    {GATE_LISTING, STATE_UNKNOWN, STATE_UNKNOWN, false},
	    {GATE_IMPLAUSIBLE, STATE_UNKNOWN, STATE_UNKNOWN, false},
	    {GATE_NO_HOSTS, STATE_UNKNOWN, STATE_UNKNOWN, false},
	    {GATE_ERA, STATE_WARNING, STATE_UNKNOWN, false},
	    {GATE_CONTRADICTION, STATE_WARNING, STATE_UNKNOWN, false},
	    {GATE_BLIND, STATE_WARNING, STATE_UNKNOWN, false},
	    {GATE_STORM, STATE_CRITICAL, STATE_CRITICAL, true},
	    {GATE_HOURS, STATE_OK, STATE_UNKNOWN, false},
	    {GATE_HOLD, STATE_WARNING, STATE_UNKNOWN, true},
	    {GATE_COOL_DOWN, STATE_OK, STATE_UNKNOWN, false},
	    {GATE_FAILURES, STATE_WARNING, STATE_UNKNOWN, true},
	};
	struct box *b = *state;
	struct status_gate gate = {"", "figures"};
	char text[256], code[64];
	size_t i;

	assert_int_equal(sizeof(rows) / sizeof(rows[0]), GATE_COUNT);
	b->s.gates = &gate;
	b->s.n_gates = 1;
	for (i = 0; i < GATE_COUNT; i++) {
		gate.code = gate_code(rows[i].g);
		text_safe(text, sizeof(text), TEXT_PLUGIN, gate_text(rows[i].g));
		snprintf(code, sizeof(code), " %s: %.30s", gate.code, text);
		b->s.complete = true;
		if (at(b, 60) != rows[i].complete)
			fail_msg("%s: %s", gate.code, state_str(b->h.state));
		if (rows[i].complete != STATE_OK) {
			says(b, code);
			says(b, gate_remedy(rows[i].g));
			assert_true(b->out.p[strcspn(b->out.p, "|")] == '|');
			assert_non_null(memmem(
			    b->out.p, strcspn(b->out.p, "|"), gate.code, strlen(gate.code)));
		} else
			says_not(b, code); /* a note: with -v only */
		text_reset(&b->out);
		health_render(&b->s, &b->h, 1, 20, &b->out);
		says(b, code);
		b->s.complete = false;
		if (at(b, 60) != rows[i].incomplete)
			fail_msg("%s, incomplete: %s", gate.code, state_str(b->h.state));
		if (rows[i].said_incomplete)
			says(b, code);
		else
			says_not(b, code);
	}
	gate.code = "of-a-later-version";
	b->s.complete = true;
	assert_int_equal(at(b, 60), STATE_WARNING);
	says(b, "warning of-a-later-version");
}

static void
a_forgotten_hold_says_whose_it_is(void **state)
{
	struct box *b = *state;
	struct status_gate gate = {"on-hold", ""};

	b->s.gates = &gate;
	b->s.n_gates = 1;
	assert_int_equal(at(b, 60), STATE_WARNING); /* a file that does not say more */
	says(b, "\nwarning on-hold: On hold: a person pressed the panic button. -> vmreaper "
		"resume");
	b->s.hold = (struct hold){true, NOW - 86400, 0, "power | work", "alice"};
	assert_int_equal(at(b, 60), STATE_WARNING);
	says(b, "(since 2023-11-13T22:13:20Z by alice, until resumed: power . work)");
	b->s.hold.until_s = NOW + 86400;
	assert_int_equal(at(b, 60), STATE_WARNING);
	says(b, "by alice, until 2023-11-15T22:13:20Z: power");
}

static void
kills_that_want_a_person(void **state)
{
	static const struct {
		const char *code, *words;
		enum metric m;
		enum state state;
	} rows[] = {
	    {"stuck", "1 stuck", METRIC_STUCK, STATE_CRITICAL},
	    {"bounced", "1 bounced", METRIC_BOUNCED, STATE_CRITICAL},
	    {"zombie", "1 zombie", METRIC_ZOMBIE, STATE_CRITICAL},
	    {"in-doubt", "1 in doubt", METRIC_IN_DOUBT, STATE_CRITICAL},
	    {"intent", "1 in doubt", METRIC_IN_DOUBT, STATE_CRITICAL},
	    {"refused", "refused 7", METRIC_COUNT, STATE_WARNING},
	    {"not-sent", "not-sent 7", METRIC_COUNT, STATE_WARNING},
	    {"notice-failed", "notice-failed 7", METRIC_COUNT, STATE_WARNING},
	    {"done", "OK - last", METRIC_COUNT, STATE_OK},
	    {"unknown", "OK - last", METRIC_COUNT, STATE_OK},
	};
	struct box *b = *state;
	struct finding x = {STATE_OK, "", 7, "web", "alice", "terminate-hard: it", "do this"};
	char line[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		x.code = rows[i].code;
		b->s.findings = &x;
		b->s.n_findings = b->s.n_findings_total = 1;
		if (rows[i].m != METRIC_COUNT)
			b->s.metrics[rows[i].m] = 1;
		if (at(b, 60) != rows[i].state)
			fail_msg("%s: %s", rows[i].code, b->out.p);
		says(b, rows[i].words);
		if (rows[i].state != STATE_OK) {
			snprintf(line, sizeof(line), " %s: 7 web (alice): terminate-hard: it",
			    rows[i].code);
			says(b, line);
			says(b, " -> do this");
		}
		/* the figure alone is as bad, and what is not named is said */
		b->s.n_findings = b->s.n_findings_total = 0;
		if (rows[i].m == METRIC_COUNT)
			continue;
		assert_int_equal(at(b, 60), STATE_CRITICAL);
		says(b, rows[i].words);
		says(b, "of which 0 are named here -> vmreaper history");
		/* the finding alone, too */
		b->s.metrics[rows[i].m] = 0;
		b->s.n_findings = b->s.n_findings_total = 1;
		assert_int_equal(at(b, 60), STATE_CRITICAL);
		b->s.n_findings = b->s.n_findings_total = 0;
	}
	assert_int_equal(at(b, 60), STATE_OK);
}

static void
a_storm_stands_by_its_figure_alone(void **state)
{
	struct box *b = *state;
	struct status_gate gate = {"storm", "12 problem machines, limit 10"};
	const char *p;
	size_t n = 0;

	b->s.metrics[METRIC_STORM] = 1;
	assert_int_equal(at(b, 60), STATE_CRITICAL);
	says(b, "VMREAPER CRITICAL - storm; last");
	b->s.gates = &gate;
	b->s.n_gates = 1;
	assert_int_equal(at(b, 60), STATE_CRITICAL);
	says(b, "12 problem machines");
	says(b, "vmreaper acknowledge --all");
	for (p = b->out.p; (p = strstr(p, "\nCRITICAL storm")) != NULL; p++)
		n++;
	assert_int_equal(n, 1);
}

/* CRITICAL is worse than all, and UNKNOWN worse than WARNING; the lines come in that order. */
static void
the_worst_comes_first(void **state)
{
	struct box *b = *state;
	struct status_gate v[] = {{"on-hold", ""}, {"observing", ""}, {"storm", "12"}};
	const char *storm, *incomplete, *hold;

	b->s.gates = v;
	b->s.n_gates = 3;
	fail_run(b, 0);
	assert_int_equal(at(b, 60), STATE_CRITICAL);
	storm = strstr(b->out.p, "\nCRITICAL storm");
	incomplete = strstr(b->out.p, "\nunknown sweep-incomplete");
	hold = strstr(b->out.p, "\nwarning on-hold");
	assert_true(storm != NULL && incomplete != NULL && hold != NULL);
	assert_true(storm < incomplete && incomplete < hold);
	b->s.n_gates = 2;
	assert_int_equal(at(b, 60), STATE_UNKNOWN);
}

/* Whatever tenants and a forged file say: one '|', no control characters, within the bound, whole lines. */
static void
hostile_texts_do_nothing(void **state)
{
	static const char evil[] =
	    "a|b=1\n\r\t\x1b[31m$(reboot) `id` \xe2\x80\xae\xe2\x80\xa8 \xff \xc2\x9b x";
	struct box *b = *state;
	struct status_gate v[] = {{evil, evil}, {"on-hold", evil}, {"storm", evil}};
	struct finding *x = calloc(200, sizeof(*x));
	char flood[2048], *last;
	size_t i, k, max, round, pipes;

	assert_non_null(x);
	for (i = 0; i + sizeof(evil) < sizeof(flood); i += sizeof(evil) - 1)
		memcpy(flood + i, evil, sizeof(evil));
	for (i = 0; i < 200; i++)
		x[i] = (struct finding){STATE_CRITICAL, i % 2 ? "stuck" : "refused",
		    i % 3 ? INT64_MAX : -1, i % 5 ? evil : flood, flood, flood, flood};
	b->s.findings = x;
	b->s.n_findings = 200;
	b->s.n_findings_total = 5000;
	b->s.gates = v;
	b->s.n_gates = 3;
	b->s.cloud = b->s.version = flood;
	b->s.complete = false;
	snprintf(b->s.why.msg, sizeof(b->s.why.msg), "%.500s", flood);
	snprintf(b->s.why.remedy, sizeof(b->s.why.remedy), "%.380s", flood);
	b->s.hold = (struct hold){true, INT64_MIN, INT64_MAX, flood, flood};
	b->s.metrics[METRIC_CANDIDATES] = -1e300;
	for (max = 512, round = 0; max < 60 * 1024; max = max * 2 + 1, round++) {
		text_free(&b->out);
		text_init(&b->out, max);
		/* what fills the first line hides what comes behind it: each thing alone, too */
		b->s.metrics[METRIC_STUCK] = round % 3 == 0 ? 1e300 : 0;
		b->s.n_findings = round % 3 == 0 ? 200 : 0;
		b->s.complete = round % 3 == 1;
		assert_int_equal(at(b, 60), STATE_CRITICAL);
		text_reset(&b->out);
		health_render(&b->s, &b->h, 2, 200, &b->out);
		assert_true(b->out.len <= max);
		for (i = pipes = 0; i < b->out.len; i++) {
			unsigned char c = (unsigned char)b->out.p[i];

			assert_true(c == '\n' || (c >= 0x20 && c != 0x7f));
			pipes += c == '|';
		}
		assert_true(pipes <= 1);
		assert_null(strstr(b->out.p, "\xe2\x80\xae"));
		assert_null(strstr(b->out.p, "\xe2\x80\xa8"));
		assert_null(strstr(b->out.p, "\xc2\x9b"));
		assert_null(strchr(b->out.p, '\xff'));
		for (k = 0, last = b->out.p; (last = strchr(last, '\n')) != NULL; k++)
			last++;
		assert_true(k <= 205);
	}
	free(x);
}

/* As many lines as were asked for; the rest is counted. */
static void
lines_are_counted_not_lost(void **state)
{
	struct box *b = *state;
	struct finding *x = calloc(50, sizeof(*x));
	size_t i;

	assert_non_null(x);
	for (i = 0; i < 50; i++)
		x[i] = (struct finding){
		    STATE_CRITICAL, "stuck", (int64_t)i, "n", "o", "text", "fix"};
	b->s.findings = x;
	b->s.n_findings = b->s.n_findings_total = 50;
	b->s.metrics[METRIC_STUCK] = 50;
	assert_int_equal(at(b, 60), STATE_CRITICAL);
	says(b, "VMREAPER CRITICAL - 50 stuck; last");
	says(b, "\nCRITICAL stuck: 19 n (o)");
	says_not(b, "stuck: 20 n");
	says(b, "\n... and 30 more: vmreaper history");
	free(x);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(a_recent_good_sweep_is_well),
	    T(the_age_of_the_last_sweep),
	    T(thresholds_of_the_command_line),
	    T(a_threshold_that_is_none_is_refused),
	    T(a_file_from_the_future_is_unknown),
	    T(times_that_make_no_sense_are_unknown),
	    T(an_incomplete_sweep_is_unknown_and_says_why),
	    T(failing_for_long_is_critical),
	    T(without_a_good_sweep_on_record_the_file_s_age_is_the_least),
	    T(gates),
	    T(a_forgotten_hold_says_whose_it_is),
	    T(kills_that_want_a_person),
	    T(a_storm_stands_by_its_figure_alone),
	    T(the_worst_comes_first),
	    T(hostile_texts_do_nothing),
	    T(lines_are_counted_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
