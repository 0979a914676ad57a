/* SPDX-License-Identifier: ISC */
/*
 * The canary's state machine and the verdict over a run, as tables: no cloud, no clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canary/life.h"
#include "canary/outcome.h"

/* Steps: 10, 20, 100 s each; the whole: 30, 60, 300 s. */
static struct life_limits
limits(void)
{
	struct life_limits l = {.total = {true, 30, 60, 300}};

	for (int i = LIFE_PENDING; i < LIFE_STEPS; i++)
		l.step[i] = (struct life_limit){true, 10, 20, 100};
	return l;
}

/* A script: words between blanks; "+N" moves the clock N seconds on and ticks. */
static void
play(struct life *l, const struct life_limits *lim, const char *script)
{
	static const struct {
		const char *word;
		enum life_sight sight;
	} sights[] = {{"PENDING", SIGHT_PENDING}, {"PROLOG", SIGHT_PROLOG},
	    {"BOOT", SIGHT_BOOT}, {"RUNNING", SIGHT_RUNNING}, {"LEAVING", SIGHT_LEAVING},
	    {"DONE", SIGHT_DONE}, {"FAILED", SIGHT_FAILED}, {"OFF", SIGHT_OFF},
	    {"OTHER", SIGHT_OTHER}};
	char copy[256], *rest = copy, *word;
	int64_t now = 5000;
	bool known;

	snprintf(copy, sizeof(copy), "%s", script);
	life_begin(l, lim, now);
	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		known = true;
		if (*word == '+') {
			now += atoll(word + 1) * 1000;
			life_tick(l, now);
		} else if (strcmp(word, "deployed") == 0)
			life_deployed(l, now);
		else if (strcmp(word, "ping") == 0)
			life_answered(l, LIFE_PING, now);
		else if (strcmp(word, "ssh") == 0)
			life_answered(l, LIFE_SSH, now);
		else if (strcmp(word, "login") == 0)
			life_answered(l, LIFE_LOGIN, now);
		else if (strcmp(word, "fail") == 0)
			life_fail(l, LIFE_FAILED, now, "it failed");
		else if (strcmp(word, "stop") == 0)
			life_stop(l, now);
		else {
			known = false;
			for (size_t i = 0; i < sizeof(sights) / sizeof(sights[0]); i++)
				if (strcmp(word, sights[i].word) == 0) {
					life_saw(l, sights[i].sight, now);
					known = true;
				}
		}
		if (!known)
			fail_msg("no such word: %s", word);
	}
}

/* "step/want/end@at gone took...": all that a script leads to, as one text. */
static const char *
told(const struct life *l, char buf[256])
{
	static const char *const wants[] = {
	    "deploy", "look", "ping", "ssh", "login", "shutdown", "kill", "nothing"};
	struct text t;

	text_init(&t, 255);
	if (l->over)
		text_add(&t, "over");
	else
		text_addf(&t, "%s", life_step_str(l->step));
	text_addf(&t, " %s %s", wants[life_want(l)], life_end_str(l->end));
	if (l->end != LIFE_WELL)
		text_addf(&t, "@%s", life_step_str(l->at));
	if (l->gone)
		text_add(&t, " gone");
	for (int i = 0; i < LIFE_STEPS; i++)
		if (l->took_ms[i] >= 0)
			text_addf(&t, " %s=%lld", life_step_str((enum life_step)i),
			    (long long)(l->took_ms[i] / 1000));
	if (l->total_ms >= 0)
		text_addf(&t, " total=%lld", (long long)(l->total_ms / 1000));
	snprintf(buf, 256, "%s", t.p);
	text_free(&t);
	return buf;
}

static void
each_script_ends_where_it_must(void **state)
{
	static const struct {
		const char *script, *want;
		bool shutdown, no_ping, no_ssh, no_login;
	} t[] = {
	    {.script = "", .want = "deploy deploy well"},
	    {.script = "+500",
		.want = "deploy deploy well"}, /* the call has its own time-out */
	    {.script = "+2 deployed", .want = "pending look well deploy=2"},
	    {.script = "deployed +3 PROLOG +4 BOOT +5 RUNNING +6 ping +7 ssh +8 login +9 DONE",
		.want =
		    "over nothing well gone deploy=0 pending=3 prolog=4 boot=5 ping=6 ssh=7 "
		    "login=8 done=9 total=42"},
	    /* seen late: the first state has the time, those in between took none */
	    {.script = "deployed +3 RUNNING",
		.want = "ping ping well deploy=0 pending=3 prolog=0 "
			"boot=0"},
	    {.script = "deployed RUNNING ping",
		.want = "ssh ssh well deploy=0 pending=0 prolog=0 "
			"boot=0 ping=0"},
	    {.script = "deployed RUNNING ping ssh",
		.want = "login login well deploy=0 pending=0 "
			"prolog=0 boot=0 ping=0 ssh=0"},
	    {.script = "deployed RUNNING",
		.no_ping = true,
		.want = "ssh ssh well deploy=0 pending=0 prolog=0 boot=0"},
	    {.script = "deployed RUNNING",
		.no_ping = true,
		.no_ssh = true,
		.no_login = true,
		.want = "done kill well deploy=0 pending=0 prolog=0 boot=0"},
	    {.script = "deployed RUNNING",
		.no_ping = true,
		.no_ssh = true,
		.no_login = true,
		.shutdown = true,
		.want = "done shutdown well deploy=0 pending=0 prolog=0 boot=0"},
	    /* an answer of another step says nothing */
	    {.script = "deployed ssh", .want = "pending look well deploy=0"},
	    {.script = "deployed RUNNING ssh",
		.want = "ping ping well deploy=0 pending=0 "
			"prolog=0 boot=0"},
	    /* back to an earlier state, and states that say nothing: the clock of the step goes on */
	    {.script = "deployed BOOT +50 PENDING +49 OTHER",
		.want = "boot look well deploy=0 "
			"pending=0 prolog=0"},
	    {.script = "deployed BOOT +50 PENDING +50",
		.want = "done kill timed-out@boot deploy=0 "
			"pending=0 prolog=0"},
	    /* time-outs, to the second */
	    {.script = "deployed +99", .want = "pending look well deploy=0"},
	    {.script = "deployed +100", .want = "done kill timed-out@pending deploy=0"},
	    {.script = "deployed +10 PROLOG +100",
		.want = "done kill timed-out@prolog deploy=0 "
			"pending=10"},
	    {.script = "deployed RUNNING +100",
		.want = "done kill timed-out@ping deploy=0 "
			"pending=0 prolog=0 boot=0"},
	    {.script = "deployed RUNNING ping +100",
		.want = "done kill timed-out@ssh deploy=0 "
			"pending=0 prolog=0 boot=0 ping=0"},
	    {.script = "deployed RUNNING ping ssh +100",
		.want = "done kill timed-out@login deploy=0 pending=0 prolog=0 boot=0 ping=0 "
			"ssh=0"},
	    {.script = "deployed +100 DONE",
		.want = "over nothing timed-out@pending gone deploy=0 "
			"done=0 total=100"},
	    /* the whole */
	    {.script = "deployed +99 PROLOG +99 BOOT +99 RUNNING +2",
		.want = "ping ping well deploy=0 pending=99 prolog=99 boot=99"},
	    {.script = "deployed +99 PROLOG +99 BOOT +99 RUNNING +3",
		.want = "done kill timed-out@ping deploy=0 pending=99 prolog=99 boot=99"},
	    /* on its way is not there yet */
	    {.script = "deployed RUNNING ping ssh login LEAVING FAILED OFF OTHER RUNNING",
		.want =
		    "done kill well deploy=0 pending=0 prolog=0 boot=0 ping=0 ssh=0 login=0"},
	    /* not Done in time: over, and not gone */
	    {.script = "deployed RUNNING ping ssh login +99",
		.want =
		    "done kill well deploy=0 pending=0 prolog=0 boot=0 ping=0 ssh=0 login=0"},
	    {.script = "deployed RUNNING ping ssh login +100",
		.want = "over nothing timed-out@done deploy=0 pending=0 prolog=0 boot=0 ping=0 "
			"ssh=0 login=0 total=100"},
	    {.script = "deployed +100 +100",
		.want = "over nothing timed-out@pending deploy=0 "
			"total=200"},
	    /* the time of the whole does not cut the kill short */
	    {.script = "deployed +99 PROLOG +99 BOOT +99 RUNNING +3 +99",
		.want = "done kill timed-out@ping deploy=0 pending=99 prolog=99 boot=99"},
	    /* it fails */
	    {.script = "deployed +1 PROLOG +2 FAILED",
		.want = "done kill failed@prolog deploy=0 "
			"pending=1"},
	    {.script = "deployed RUNNING ping FAILED",
		.want = "done kill failed@ssh deploy=0 pending=0 prolog=0 boot=0 ping=0"},
	    {.script = "deployed OFF", .want = "done kill failed@pending deploy=0"},
	    {.script = "deployed LEAVING", .want = "done kill failed@pending deploy=0"},
	    {.script = "deployed +7 DONE",
		.want = "over nothing failed@pending gone deploy=0 "
			"total=7"},
	    {.script = "deployed +100 fail",
		.want = "over nothing timed-out@pending deploy=0 "
			"total=100"},
	    {.script = "+3 fail", .want = "over nothing failed@deploy total=3"},
	    {.script = "+3 fail +5 deployed RUNNING DONE stop fail",
		.want = "over nothing failed@deploy total=3"},
	    /* shutdown: asked, then half of the time later killed, which is a failure of its own */
	    {.script = "deployed RUNNING ping ssh login +49",
		.shutdown = true,
		.want = "done shutdown well deploy=0 pending=0 prolog=0 boot=0 ping=0 ssh=0 "
			"login=0"},
	    {.script = "deployed RUNNING ping ssh login +9 DONE",
		.shutdown = true,
		.want =
		    "over nothing well gone deploy=0 pending=0 prolog=0 boot=0 ping=0 ssh=0 "
		    "login=0 done=9 total=9"},
	    {.script = "deployed RUNNING ping ssh login +50",
		.shutdown = true,
		.want =
		    "done kill timed-out@done deploy=0 pending=0 prolog=0 boot=0 ping=0 ssh=0 "
		    "login=0"},
	    {.script = "deployed FAILED",
		.shutdown = true,
		.want = "done kill failed@pending "
			"deploy=0"},
	    /* a signal: kill at once, and less time to see it gone */
	    {.script = "stop", .want = "over nothing stopped@deploy total=0"},
	    {.script = "deployed +5 stop", .want = "done kill stopped@pending deploy=0"},
	    {.script = "deployed +5 stop +29", .want = "done kill stopped@pending deploy=0"},
	    {.script = "deployed +5 stop +30",
		.want = "over nothing stopped@pending deploy=0 "
			"total=35"},
	    {.script = "deployed +5 stop +1 DONE",
		.want = "over nothing stopped@pending gone "
			"deploy=0 done=1 total=6"},
	    {.script = "deployed RUNNING ping ssh login +5 stop",
		.shutdown = true,
		.want =
		    "done kill well deploy=0 pending=0 prolog=0 boot=0 ping=0 ssh=0 login=0"},
	    {.script = "deployed RUNNING ping ssh login +60 stop +29",
		.want =
		    "done kill well deploy=0 pending=0 prolog=0 boot=0 ping=0 ssh=0 login=0"},
	};
	struct life_limits lim;
	struct life l;
	char buf[256];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		lim = limits();
		lim.shutdown = t[i].shutdown;
		lim.step[LIFE_PING].on = !t[i].no_ping;
		lim.step[LIFE_SSH].on = !t[i].no_ssh;
		lim.step[LIFE_LOGIN].on = !t[i].no_login;
		play(&l, &lim, t[i].script);
		if (strcmp(told(&l, buf), t[i].want) != 0)
			fail_msg("%s:\n  %s\nnot\n  %s", t[i].script, buf, t[i].want);
	}
}

/* Whatever comes in whatever order: once there is a machine, it is over only when it is gone or the kill timed out. */
static void
no_way_leads_around_the_kill(void **state)
{
	static const char *const words[] = {"+1", "+30", "+99", "PENDING", "PROLOG", "BOOT",
	    "RUNNING", "LEAVING", "FAILED", "OFF", "OTHER", "ping", "ssh", "login", "fail",
	    "stop"};
	enum { N = sizeof(words) / sizeof(words[0]) };
	struct life_limits lim = limits();
	char script[128];
	struct life l;

	(void)state;
	for (int i = 0; i < N * N * N * N; i++) {
		snprintf(script, sizeof(script), "deployed %s %s %s %s", words[i % N],
		    words[i / N % N], words[i / N / N % N], words[i / N / N / N]);
		play(&l, &lim, script);
		assert_true(l.deployed);
		/* only in the step DONE can it end, and nobody saw it Done */
		if (l.over && (l.step != LIFE_DONE || l.gone))
			fail_msg("%s: over in %s", script, life_step_str(l.step));
		if (l.end != LIFE_WELL && !l.over && life_want(&l) != WANT_KILL)
			fail_msg("%s: failed, and not to be killed", script);
	}
}

static void
a_time_out_says_what_it_waited_for(void **state)
{
	struct life_limits lim = limits();
	struct life l;

	(void)state;
	life_begin(&l, &lim, 0);
	life_deployed(&l, 0);
	life_note(&l, "it is PENDING: no %s", "host");
	life_tick(&l, 100000);
	assert_string_equal(l.why, "not done within 1 min: it is PENDING: no host");
	/* the first reason stays */
	life_note(&l, "refused");
	life_tick(&l, 200000);
	assert_string_equal(l.why, "not done within 1 min: it is PENDING: no host");
	assert_true(l.over);
	assert_false(l.gone);
}

static void
states_of_each_era_are_read(void **state)
{
	static const struct {
		const char *version;
		int32_t st, lcm;
		enum life_sight sight;
	} t[] = {
	    {"3.2.1", 1, 0, SIGHT_PENDING},
	    {"3.2.1", 2, 0, SIGHT_OFF},
	    {"3.2.1", 3, 1, SIGHT_PROLOG},
	    {"3.2.1", 3, 2, SIGHT_BOOT},
	    {"3.2.1", 3, 3, SIGHT_RUNNING},
	    {"3.2.1", 3, 11, SIGHT_LEAVING},
	    {"3.2.1", 3, 12, SIGHT_LEAVING},
	    {"3.2.1", 3, 16, SIGHT_OTHER},
	    {"3.2.1", 6, 0, SIGHT_DONE},
	    {"3.2.1", 7, 0, SIGHT_FAILED},
	    {"3.2.1", 99, 0, SIGHT_OTHER},
	    {"7.2.0", 10, 0, SIGHT_PENDING},
	    {"7.2.0", 11, 0, SIGHT_FAILED},
	    {"7.2.0", 3, 36, SIGHT_FAILED},
	    {"7.2.0", 3, 39, SIGHT_FAILED},
	    {"7.2.0", 8, 0, SIGHT_OFF},
	    {"7.2.0", 3, 23, SIGHT_LEAVING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (life_sight_of(era_by_version(t[i].version), t[i].st, t[i].lcm) !=
		    t[i].sight)
			fail_msg("%s %d/%d", t[i].version, (int)t[i].st, (int)t[i].lcm);
}

/* --- the verdict ------------------------------------------------------------------------- */

static struct outcome_report
a_report(const char *script, struct life *l)
{
	struct life_limits lim = limits();
	struct outcome_report r = {.cloud = "c",
	    .ended_s = 1000,
	    .stale_s = 7200,
	    .remedy = "",
	    .id = 42,
	    .stray_id = 7,
	    .name = "vmreaper-canary-x"};

	play(l, &lim, script);
	outcome_from(&r, l);
	return r;
}

#define WELL  "deployed +3 PROLOG +4 BOOT +5 RUNNING +1 ping +2 ssh +3 login "
#define START "VM LIFECYCLE "

static void
each_outcome_has_its_state_and_line(void **state)
{
	static const struct {
		const char *script;
		int64_t age_s, strays;
		bool cleaned;
		enum state want;
		const char *line;
	} t[] = {
	    {WELL "+4 DONE", 0, 0, false, STATE_OK,
		START "OK - deployed, reached and killed in 22 s | pending=3s;10;20;0 "
		      "prolog=4s;10;20;0 boot=5s;10;20;0 ping=1s;10;20;0 ssh=2s;10;20;0 "
		      "login=3s;10;20;0 done=4s;10;20;0 total=22s;30;60;0"},
	    {WELL "+10 DONE", 0, 0, false, STATE_OK, NULL},
	    {WELL "+11 DONE", 0, 0, false, STATE_WARNING,
		START "WARNING - done took 11 s (warning 10s), deployed, reached and killed in "
		      "29 s |"},
	    {WELL "+21 DONE", 0, 0, false, STATE_CRITICAL,
		START "CRITICAL - done took 21 s (critical 20s), the whole took 39 s (warning "
		      "30s), deployed"},
	    {WELL "+100", 0, 0, false, STATE_CRITICAL,
		START "CRITICAL - done timed-out: it was not Done within 1 min; the whole took "
		      "118 s (critical 1m), machine 42 is STILL THERE: the next run kills it "
		      "first, or type vmreaper kill 42 |"},
	    {"fail", 0, 0, false, STATE_CRITICAL,
		START "CRITICAL - deploy failed: it failed; nothing was deployed | "
		      "total=0s;30;60;0"},
	    {"deployed +1 FAILED +1 DONE", 0, 0, false, STATE_CRITICAL,
		START "CRITICAL - pending failed: the machine has failed; machine 42 is gone | "
		      "done=1s;10;20;0 total=2s;30;60;0"},
	    {"stop", 0, 0, false, STATE_UNKNOWN,
		START "UNKNOWN - deploy stopped: stopped by a signal; nothing was deployed |"},
	    {"deployed stop DONE", 0, 0, false, STATE_UNKNOWN, NULL},
	    {"deployed stop +30", 0, 0, false, STATE_CRITICAL, NULL},
	    {WELL "DONE", 0, 2, false, STATE_WARNING,
		"; 2 machines named like a canary are in no journal (7): look, and kill them "
		"by "
		"hand |"},
	    {WELL "DONE", 0, 1, false, STATE_WARNING,
		"; 1 machine named like a canary is in no journal (7): look, and kill it by "
		"hand |"},
	    {WELL "DONE", 0, 0, true, STATE_OK,
		"; the machine of an earlier run was killed first |"},
	    {WELL "DONE", 7200, 0, false, STATE_OK, NULL},
	    {WELL "DONE", 7201, 0, false, STATE_UNKNOWN,
		START "UNKNOWN - the last run ended 2 h ago: is the cron job there? It said: "
		      "deployed"},
	    {WELL "+30 DONE", 7201, 0, false, STATE_UNKNOWN, NULL},
	    {WELL "DONE", -300, 0, false, STATE_OK, NULL},
	    {WELL "DONE", -301, 0, false, STATE_UNKNOWN, "5 min in the future"},
	};
	struct outcome_report r;
	struct text out;
	struct life l;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		r = a_report(t[i].script, &l);
		r.strays = t[i].strays;
		r.cleaned = t[i].cleaned;
		text_init(&out, 4096);
		outcome_render(&r, "VM LIFECYCLE", 1000 + t[i].age_s, &out);
		if (outcome_state(&r, 1000 + t[i].age_s) != t[i].want)
			fail_msg("%s: state %d: %s", t[i].script,
			    (int)outcome_state(&r, 1000 + t[i].age_s), out.p);
		if (t[i].line != NULL && strstr(out.p, t[i].line) == NULL)
			fail_msg("%s: %s", t[i].script, out.p);
		text_free(&out);
	}
}

static void
hostile_text_stays_one_line_without_a_bar(void **state)
{
	struct outcome_report r;
	struct text out;
	struct life l;

	(void)state;
	r = a_report("fail", &l);
	r.why = "a|b\n<script>$(x)\x1b[2J\xff";
	r.remedy = "c|d";
	text_init(&out, 4096);
	outcome_render(&r, "VM LIFECYCLE", 1000, &out);
	assert_non_null(strstr(out.p, "a.b?.script..(x)?[2J?"));
	assert_ptr_equal(strchr(out.p, '|'), strrchr(out.p, '|'));
	assert_null(strchr(out.p, '\n'));
	text_free(&out);
}

static void
a_report_is_stale_after_two_intervals_or_one_and_a_run(void **state)
{
	struct life_limits lim = limits();

	(void)state;
	assert_int_equal(outcome_stale_s(&lim, 3600), 7200);
	/* 300 for the whole, 100 twice to see two machines gone, 300 for calls that hang */
	assert_int_equal(outcome_stale_s(&lim, 600), 600 + 800);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_script_ends_where_it_must),
	    cmocka_unit_test(no_way_leads_around_the_kill),
	    cmocka_unit_test(a_time_out_says_what_it_waited_for),
	    cmocka_unit_test(states_of_each_era_are_read),
	    cmocka_unit_test(each_outcome_has_its_state_and_line),
	    cmocka_unit_test(hostile_text_stays_one_line_without_a_bar),
	    cmocka_unit_test(a_report_is_stale_after_two_intervals_or_one_and_a_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
