/* SPDX-License-Identifier: ISC */
/*
 * test_notify: notices through the whole pipeline (V8; reapers.md D.2, 56): who is told, when, with what, and that
 * nobody is killed who was not told for long enough. The hook is a real script; its own ways are test_hook's.
 */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/tell.h"
#include "base/clock.h"
#include "base/units.h"
#include "tmpdir.h"
#include "world.h"

/* A world whose hook is these lines; OUT in them is a file of the world's directory. notice: [notify] notice. */
static void
world_with_hook(struct world *w, const char *notice, const char *lines)
{
	static char path[64], section[256];
	char name[160];
	FILE *fp;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	snprintf(path, sizeof(path), "%s/vmreaper-notify.XXXXXX", tmp_dir());
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	snprintf(section, sizeof(section),
	    "failures = 3\n[notify]\nhook = %s\nnotice = %s\ntimeout = 20s\n", path, notice);
	world_of(w, &(struct world_options){.era = SIM_720, .limits = section});
	snprintf(name, sizeof(name), "%s/out", w->dir);
	fp = fopen(path, "w");
	assert_non_null(fp);
	fprintf(fp, "#!/bin/sh\nOUT=%s\n%s\n", name, lines);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static void
end(struct world *w)
{
	unlink(w->p->notify.hook);
	world_free(w);
}

/* What the hook has written so far; "" for nothing. */
static const char *
told(struct world *w)
{
	static char buf[16384];
	char name[160];
	FILE *fp;
	size_t n = 0;

	snprintf(name, sizeof(name), "%s/out", w->dir);
	fp = fopen(name, "r");
	if (fp != NULL) {
		n = fread(buf, 1, sizeof(buf) - 1, fp);
		fclose(fp);
	}
	buf[n] = '\0';
	return buf;
}

static const char record_all[] = "{ echo \"$1 $2\"; cat; echo; } >> $OUT";

static void
s56_nobody_is_killed_who_was_not_told(void **state)
{
	char earliest[64], time[32];
	struct world w;
	int i;

	(void)state;
	world_with_hook(&w, "45m", record_all);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w); /* observing: nobody is told, and so nobody would be killed */
	assert_string_equal(told(&w), "");
	assert_int_equal(w.s.run.n_would_kill, 0);
	assert_true(has_veto(&w, 1, VETO_NOTICE));
	sweep(&w, true); /* ripe, and told now: the notice comes late and puts the kill off */
	assert_int_equal(veto_of(&w, 1), VETO_NOTICE);
	assert_int_equal(sent(&w), 0);
	assert_non_null(strstr(told(&w), "notice 1\n"));
	snprintf(earliest, sizeof(earliest), "\"earliest_kill\":\"%s\"",
	    units_time_str(time, sizeof(time), test_now_s + 45 * 60));
	assert_non_null(strstr(told(&w), earliest));
	assert_non_null(finding_of(&w, "notice-sent", 1));
	for (i = 0; i < 2; i++) {
		later(&w, 900);
		sweep(&w, true);
		assert_int_equal(veto_of(&w, 1), VETO_NOTICE);
		assert_int_equal(sent(&w), 0);
		assert_int_equal(record_of(&w, 1)->promised_s, 45 * 60);
	}
	assert_int_equal(record_of(&w, 1)->notice_earned_s, 1800);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	assert_null(strstr(strstr(told(&w), "notice 1\n") + 1, "notice 1\n")); /* told once */
	end(&w);
}

/* With a notice shorter than the grace, the owner knows before the grace is over, and the kill is not late. */
static void
the_notice_runs_within_the_grace(void **state)
{
	struct world w;

	(void)state;
	world_with_hook(&w, "15m", record_all);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	sweep(&w, true);
	w.p->digest[0] = 'x'; /* as it was: only the first sweep under a policy observes */
	assert_string_equal(told(&w), "");
	later(&w, 900);
	sweep(&w, true);
	assert_string_equal(told(&w), ""); /* the policy changed: observing */
	later(&w, 900);
	sweep(&w, true);
	assert_non_null(strstr(told(&w), "notice 1\n"));
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	end(&w);
}

static void
what_the_hook_gets_is_json_without_secrets(void **state)
{
	static const struct sim_attr attrs[] = {
	    {"DB_PASSWORD", "hunter2"}, {"NOTE", "`touch /tmp/pwned` $(id)"}};
	struct sim_vm vm;
	struct world w;
	const char *out;

	(void)state;
	world_with_hook(&w, "15m", record_all);
	vm = a_machine(1, 1, NULL);
	vm.name = "evil\"; $(reboot) `x`";
	vm.attrs = attrs;
	vm.n_attrs = 2;
	vm.state = 3;
	vm.lcm = 39;
	sim_add_vm(w.sim, &vm);
	ripen(&w);
	sweep(&w, true);
	out = told(&w);
	assert_non_null(strstr(out, "\"event\":\"notice\",\"cloud\":\"test\""));
	assert_non_null(strstr(out, "\"name\":\"evil\\\"; $(reboot) `x`\""));
	assert_non_null(strstr(out, "\"owner\":\"alice\""));
	assert_non_null(strstr(out, "\"earliest_kill\":\"20"));
	assert_non_null(strstr(out, "\"keep_attribute\":\"VMREAPER_KEEP\""));
	assert_null(strstr(out, "hunter2"));
	assert_null(strstr(out, "PASSWORD"));
	assert_null(strstr(out, "pwned"));
	end(&w);
}

/* A hook that fails keeps the machine, is tried again, and is given up for this sweep after three. */
static void
s56_a_notice_that_is_not_accepted_keeps_the_machine(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_with_hook(&w, "0s", "echo x >> $OUT; echo no mail address; exit 1");
	for (i = 1; i <= 5; i++)
		add_failed(&w, i, SIM_KILL_NOW, 0);
	w.p->limits.storm_host = 10;
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(strlen(told(&w)), 3 * 2);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(plugin_state(&w), STATE_WARNING);
	assert_non_null(
	    strstr(finding_of(&w, "notice-failed", 1)->text, "exit status 1: no mail address"));
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(strlen(told(&w)), 6 * 2);
	assert_int_equal(record_of(&w, 1)->noticed_s, 0);
	assert_int_equal(sent(&w), 0);
	end(&w);
}

static void
s56_a_hook_that_is_not_there_keeps_everybody(void **state)
{
	struct world w;

	(void)state;
	world_with_hook(&w, "0s", "exit 0");
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	unlink(w.p->notify.hook);
	sweep(&w, true);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(w.rc, 0);
	assert_non_null(strstr(finding_of(&w, "notice-failed", 1)->text, "No such file"));
	end(&w);
}

/* A date that was given holds, though an outage has ended the mark, and the policy asks for less since. */
static void
a_date_outlives_an_outage_and_a_shorter_notice(void **state)
{
	char date[64], time[32];
	struct world w;
	int64_t date_s;
	int i;

	(void)state;
	world_with_hook(&w, "24h", record_all);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep(&w, true);
	date_s = test_now_s + 24 * 3600;
	snprintf(date, sizeof(date), "\"earliest_kill\":\"%s\"",
	    units_time_str(time, sizeof(time), date_s));
	assert_non_null(strstr(told(&w), date));
	later(&w, 6 * 3600); /* more than [failed] gap */
	w.p->notify.notice_s = 0;
	sweep(&w, true);
	assert_int_equal(record_of(&w, 1)->noticed_s, 0);
	for (i = 0; test_now_s + 900 < date_s && i < 100; i++) {
		later(&w, 900);
		sweep(&w, true);
		assert_int_equal(sent(&w), 0);
		assert_true(has_veto(&w, 1, VETO_NOTICE));
	}
	assert_int_equal(veto_of(&w, 1), VETO_NOTICE); /* and nothing else by now */
	/* the second letter says the first one's date */
	assert_non_null(strstr(strstr(told(&w), date) + 1, date));
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	end(&w);
}

static int64_t stepped_s;

static int64_t
stepped(void)
{
	return stepped_s;
}

/* A step of the clock during the sweep is carried over by the next one: it must not be in the date already. */
static void
told_on_the_clock_of_the_sweep(void **state)
{
	const struct act act = {.now_s = stepped};
	struct tell t = {.act = &act, .began_s = 1700000000, .began_ns = clock_mono_ns()};

	(void)state;
	stepped_s = t.began_s + 60;
	assert_int_equal(tell_now_s(&t), t.began_s + 60);
	t.began_ns -= (int64_t)3600 * 1000000000; /* a sweep of an hour */
	stepped_s = t.began_s + 3600;
	assert_int_equal(tell_now_s(&t), t.began_s + 3600);
	stepped_s = t.began_s + 3650 * (int64_t)86400;
	assert_in_range(tell_now_s(&t), t.began_s + 3600, t.began_s + 3700);
	stepped_s = t.began_s - 86400;
	assert_in_range(tell_now_s(&t), t.began_s + 3600, t.began_s + 3700);
}

/* Recovered and dead again: a new mark, a new notice. Kept machines and storms: nobody is told. */
static void
notices_end_with_their_mark_and_storms_send_none(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_with_hook(&w, "15m", record_all);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep(&w, true);
	assert_true(record_of(&w, 1)->noticed_s == 0); /* this sweep's own record is older */
	sim_set_state(w.sim, 1, 3, 3);
	later(&w, 900);
	sweep(&w, true);
	sim_set_state(w.sim, 1, 3, 39);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(record_of(&w, 1)->noticed_s, 0);
	for (i = 10; i < 25; i++)
		add_failed(&w, i, SIM_KILL_NOW, 0);
	for (i = 0; i < 4; i++) {
		later(&w, 900);
		sweep(&w, true);
		assert_true(gate_closed(&w, GATE_STORM));
	}
	assert_null(strstr(strstr(told(&w), "\"notice\"") + 1, "\"notice\""));
	/* the storm is an alarm, told once while it stands */
	assert_non_null(strstr(told(&w), "alarm storm\n"));
	assert_null(strstr(strstr(told(&w), "alarm storm\n") + 1, "alarm storm\n"));
	assert_int_equal(sent(&w), 0);
	end(&w);
}

/* A clock that is set ahead by a day makes no notice older (13). */
static void
a_jump_of_the_clock_makes_no_notice_older(void **state)
{
	struct world w;

	(void)state;
	world_with_hook(&w, "45m", record_all);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep(&w, true);
	jump(&w, 86400);
	later(&w, 60);
	sweep(&w, true);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(veto_of(&w, 1), VETO_NOTICE);
	assert_true(record_of(&w, 1)->notice_earned_s <= 960);
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s56_nobody_is_killed_who_was_not_told),
	    cmocka_unit_test(the_notice_runs_within_the_grace),
	    cmocka_unit_test(what_the_hook_gets_is_json_without_secrets),
	    cmocka_unit_test(s56_a_notice_that_is_not_accepted_keeps_the_machine),
	    cmocka_unit_test(s56_a_hook_that_is_not_there_keeps_everybody),
	    cmocka_unit_test(a_date_outlives_an_outage_and_a_shorter_notice),
	    cmocka_unit_test(told_on_the_clock_of_the_sweep),
	    cmocka_unit_test(notices_end_with_their_mark_and_storms_send_none),
	    cmocka_unit_test(a_jump_of_the_clock_makes_no_notice_older),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
