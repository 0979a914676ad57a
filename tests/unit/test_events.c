/* SPDX-License-Identifier: ISC */
/*
 * test_events: what is said of a sweep in the log, with which level, and that nothing is said twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/events.h"

#define LONG_TEXT 4000

struct box {
	struct arena *a;
	struct status old, now;
	struct finding was[300], is[300];
	struct events e;
	int max_lines;
};

static void
blank(struct status *s, struct finding *v)
{
	s->cloud = "lab";
	s->sweep = 7;
	s->complete = true;
	s->total = 512;
	s->findings = v;
	s->link = "";
}

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return -1;
	b->a = arena_new(0);
	b->max_lines = 20;
	blank(&b->old, b->was);
	blank(&b->now, b->is);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	arena_free(b->a);
	free(b);
	return 0;
}

static void
add(struct status *s, enum state severity, const char *code, int64_t id, const char *name)
{
	struct finding f = {.severity = severity,
	    .code = code,
	    .id = id,
	    .name = name,
	    .owner = id < 0 ? "" : "alice",
	    .text = "what it is",
	    .remedy = ""};

	s->findings[s->n_findings++] = f;
	s->n_findings_total = s->n_findings;
}

static void
judge(struct box *b)
{
	events_of(b->a, &b->old, &b->now, STATE_WARNING, NULL, 0, b->max_lines, &b->e);
	assert_true(b->e.n > 0);
}

static void
said(const struct box *b, size_t i, enum log_level level, const char *text)
{
	assert_true(i < b->e.n);
	assert_string_equal(b->e.v[i].text, text);
	assert_int_equal(b->e.v[i].level, level);
}

static void
a_quiet_sweep_is_one_line(void **state)
{
	struct box *b = *state;

	judge(b);
	assert_int_equal(b->e.n, 1);
	said(b, 0, LOG_LEVEL_INFO,
	    "lab: sweep 7: WARNING - 512 machines, nothing wrong; observing");
	b->now.armed = true;
	judge(b);
	said(
	    b, 0, LOG_LEVEL_INFO, "lab: sweep 7: WARNING - 512 machines, nothing wrong; armed");
}

static void
each_severity_has_its_level(void **state)
{
	struct box *b = *state;

	add(&b->now, STATE_CRITICAL, "storm", -1, "");
	add(&b->now, STATE_UNKNOWN, "prober-blind", -1, "");
	add(&b->now, STATE_WARNING, "within-grace", 4, "m4");
	add(&b->now, STATE_OK, "info", 5, "m5");
	b->now.findings[0].remedy = "vmreaper acknowledge --all";
	judge(b);
	said(b, 0, LOG_LEVEL_CRITICAL, "lab: storm: what it is -> vmreaper acknowledge --all");
	said(b, 1, LOG_LEVEL_ERROR, "lab: prober-blind: what it is");
	said(b, 2, LOG_LEVEL_WARNING, "lab: machine 4 m4 (alice): what it is");
	assert_int_equal(b->e.n, 4);
}

static void
what_stands_is_not_said_again(void **state)
{
	struct box *b = *state;

	add(&b->old, STATE_CRITICAL, "storm", -1, "");
	add(&b->old, STATE_WARNING, "within-grace", 4, "m4");
	add(&b->now, STATE_CRITICAL, "storm", -1, "");
	/* why it is kept has changed, nothing else */
	add(&b->now, STATE_WARNING, "too-few-sightings", 4, "m4");
	judge(b);
	assert_int_equal(b->e.n, 1);
	/* of an alarm the code is the news */
	add(&b->now, STATE_CRITICAL, "stuck", 4, "m4");
	judge(b);
	said(b, 0, LOG_LEVEL_CRITICAL, "lab: stuck, machine 4 m4 (alice): what it is");
	assert_int_equal(b->e.n, 2);
	/* of another cloud: news, all of it */
	b->old.cloud = "other";
	judge(b);
	assert_int_equal(b->e.n, 4);
	events_of(b->a, NULL, &b->now, STATE_WARNING, NULL, 0, 20, &b->e);
	assert_int_equal(b->e.n, 4);
}

static void
what_ended_is_said_when_it_is_known(void **state)
{
	struct box *b = *state;

	add(&b->old, STATE_CRITICAL, "storm", -1, "");
	add(&b->old, STATE_WARNING, "within-grace", 4, "m4");
	judge(b);
	said(b, 0, LOG_LEVEL_NOTICE, "lab: no longer: storm");
	said(b, 1, LOG_LEVEL_NOTICE, "lab: no longer: machine 4 m4 (alice)");
	assert_int_equal(b->e.n, 3);
	b->now.n_findings_total = 1; /* more than it lists */
	judge(b);
	assert_int_equal(b->e.n, 1);
	b->now.n_findings_total = 0;
	b->old.complete = false;
	judge(b);
	assert_int_equal(b->e.n, 1);
	b->old.complete = true;
	b->now.complete = false;
	fault_set(&b->now.why, FAULT_REPLY, "a page");
	fault_remedy(&b->now.why, "look");
	judge(b);
	assert_int_equal(b->e.n, 1);
	said(b, 0, LOG_LEVEL_ERROR, "lab: sweep 7: WARNING - a page -> look");
}

static void
findings_are_bounded_and_counted(void **state)
{
	struct box *b = *state;
	int i;

	for (i = 0; i < 10; i++) {
		add(&b->now, STATE_WARNING, "within-grace", 100 + i, "m");
		add(&b->old, STATE_WARNING, "within-grace", 200 + i, "m");
	}
	b->max_lines = 3;
	judge(b);
	assert_int_equal(b->e.n, 3 + 1 + 3 + 1 + 1);
	said(b, 3, LOG_LEVEL_WARNING, "lab: and 7 more that are new: vmreaper audit");
	said(b, 7, LOG_LEVEL_NOTICE, "lab: and 7 more that are no longer");
}

/* The file has room for 200; those behind them are neither new nor old. */
static void
what_the_file_had_no_room_for_is_not_new(void **state)
{
	struct box *b = *state;
	int i;

	for (i = 0; i < 250; i++) {
		add(&b->now, STATE_WARNING, "within-grace", i, "m");
		if (i < STATUS_FINDINGS_MAX)
			add(&b->old, STATE_WARNING, "within-grace", i, "m");
	}
	b->old.n_findings_total = 250;
	judge(b);
	assert_int_equal(b->e.n, 1);
	b->old.n_findings_total = STATUS_FINDINGS_MAX;
	judge(b);
	assert_int_equal(b->e.n, 20 + 1 + 1);
}

static void
a_kill_by_its_outcome(void **state)
{
	static const struct {
		enum outcome outcome;
		enum log_level level;
	} rows[] = {{OUTCOME_DONE, LOG_LEVEL_NOTICE}, {OUTCOME_ACCEPTED, LOG_LEVEL_NOTICE},
	    {OUTCOME_GONE, LOG_LEVEL_NOTICE}, {OUTCOME_ABORTED, LOG_LEVEL_NOTICE},
	    {OUTCOME_REFUSED, LOG_LEVEL_ERROR}, {OUTCOME_NOT_SENT, LOG_LEVEL_ERROR},
	    {OUTCOME_IN_DOUBT, LOG_LEVEL_CRITICAL}, {OUTCOME_INTENT, LOG_LEVEL_CRITICAL}};
	struct box *b = *state;
	struct kill k = {
	    .id = 12, .name = "m\033[1m", .owner = "o\n", .host = "node3", .verb = "recover"};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		k.outcome = rows[i].outcome;
		events_of(b->a, &b->old, &b->now, STATE_OK, &k, 1, 20, &b->e);
		assert_int_equal(b->e.n, 2);
		assert_int_equal(b->e.v[0].level, rows[i].level);
	}
	k.outcome = OUTCOME_REFUSED;
	k.detail = "no right";
	events_of(b->a, &b->old, &b->now, STATE_OK, &k, 1, 20, &b->e);
	said(b, 0, LOG_LEVEL_ERROR,
	    "lab: kill of machine 12 m?[1m (o?) on node3, recover: refused (no right)");
	k.outcome = OUTCOME_WOULD_KILL;
	events_of(b->a, &b->old, &b->now, STATE_OK, &k, 1, 20, &b->e);
	assert_int_equal(b->e.n, 1);
}

static void
hostile_text_stays_one_short_line(void **state)
{
	struct box *b = *state;
	char text[LONG_TEXT + 1];
	size_t i;

	memset(text, '\n', LONG_TEXT);
	text[LONG_TEXT] = '\0';
	add(&b->now, STATE_CRITICAL, "stuck", 4, text);
	b->now.findings[0].owner = b->now.findings[0].text = b->now.findings[0].remedy = text;
	add(&b->old, STATE_CRITICAL, text, 5, "\033]0;title\007");
	judge(b);
	assert_int_equal(b->e.n, 3);
	for (i = 0; i < b->e.n; i++) {
		assert_true(strlen(b->e.v[i].text) < 1000);
		assert_null(strpbrk(b->e.v[i].text, "\n\033\007"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_quiet_sweep_is_one_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(each_severity_has_its_level, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_stands_is_not_said_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_ended_is_said_when_it_is_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(findings_are_bounded_and_counted, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_the_file_had_no_room_for_is_not_new, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_kill_by_its_outcome, setup, teardown),
	    cmocka_unit_test_setup_teardown(hostile_text_stays_one_short_line, setup, teardown),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
