/* SPDX-License-Identifier: ISC */
/*
 * test_act: one run of several kills: what ends it half way, and what must not. test_sweep has the single kill and
 * what later sweeps make of it.
 */
#include "world.h"

#include <sqlite3.h>

/* Five candidates that nothing but their number could hold back. */
static void
five_failed(struct world *w)
{
	int i;

	world_new(w);
	for (i = 1; i <= 5; i++)
		add_failed(w, i, SIM_KILL_NOW, 0);
	w->p->limits.per_host = w->p->limits.per_owner = 10;
	w->p->limits.storm_host = w->p->limits.storm_network = 20;
	ripen(w);
}

static void
failures_of_earlier_runs_count(void **state)
{
	struct sim_fault refuse = {
	    .kind = SIM_FAULT_FAILURE, .method = "one.vm.action", .arg = 8192};
	struct world w;

	(void)state;
	five_failed(&w);
	sim_add_fault(w.sim, &refuse);
	w.p->limits.per_run = 2;
	sweep(&w, true);
	assert_int_equal(sent(&w), 2);
	w.p->limits.per_run = 5;
	later(&w, 900);
	sweep(&w, true); /* two in a row already: the third is the last */
	assert_int_equal(sent(&w), 3);
	assert_int_equal(w.s.act_fault.kind, FAULT_STATE);
	world_free(&w);
}

static void
only_failures_in_a_row_end_the_run(void **state)
{
	struct sim_fault refuse = {
	    .kind = SIM_FAULT_FAILURE, .method = "one.vm.action", .arg = 8192, .times = 2};
	struct world w;

	(void)state;
	five_failed(&w);
	sim_add_fault(w.sim, &refuse);
	refuse.skip = 1; /* the third call is the first that this one could hit */
	sim_add_fault(w.sim, &refuse);
	sweep(&w, true);
	assert_int_equal(sent(&w), 5);
	assert_int_equal(sim_log_count(w.sim, "kill accepted"), 1);
	assert_int_equal(w.s.act_fault.kind, FAULT_NONE);
	world_free(&w);
}

/* Reading again: of several, more than half is a sick cloud; less is a machine that is kept (scenario 34). */
static void
more_than_half_unread_is_a_sick_cloud(void **state)
{
	static const struct {
		int machines, unread;
		size_t sent, rows;
	} cases[] = {{1, 1, 0, 1}, {2, 1, 1, 2}, {2, 2, 0, 0}, {3, 2, 0, 0}, {4, 2, 2, 4},
	    {4, 3, 0, 0}, {5, 2, 3, 5}};
	struct sim_fault sick = {
	    .kind = SIM_FAULT_FAILURE, .method = "one.vm.info", .arg = 8192};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%d of %d\n", cases[i].unread, cases[i].machines);
		world_new(&w);
		w.p->limits.per_host = w.p->limits.storm_host = 10;
		for (int id = 1; id <= cases[i].machines; id++)
			add_failed(&w, id, SIM_KILL_NOW, 0);
		ripen(&w);
		sick.skip = cases[i].machines; /* each is looked at before it is judged, too */
		sick.times = cases[i].unread;
		sim_add_fault(w.sim, &sick);
		sweep(&w, true);
		assert_int_equal(sent(&w), cases[i].sent);
		assert_int_equal(w.s.n_kills, cases[i].rows);
		if (cases[i].rows > 0)
			assert_int_equal(outcome_of(&w, 1), OUTCOME_ABORTED);
		world_free(&w);
	}
}

static int64_t slow_s;

static void
takes_long(struct sim *sim)
{
	(void)sim;
	test_now_s += slow_s;
}

/* Wherever the time goes between the probes and the call: half a minute is believed, more is not. */
static void
an_old_look_is_not_believed(void **state)
{
	int too_long[2] = {0, 0};
	struct world w;

	(void)state;
	for (int reading = 0; reading < 12; reading++) {
		for (int late = 0; late < 2; late++) {
			world_new(&w);
			add_failed(&w, 1, SIM_KILL_NOW, 0);
			ripen(&w);
			slow_s = 30 + late;
			at_kill = takes_long;
			at_kill_after = reading;
			sweep(&w, true);
			if (outcome_of(&w, 1) == OUTCOME_ABORTED) {
				assert_non_null(strstr(w.s.kills[0].detail, "too long"));
				assert_int_equal(sent(&w), 0);
				too_long[late]++;
			} else
				assert_int_equal(sent(&w), 1);
			world_free(&w);
		}
	}
	assert_int_equal(too_long[0], 0);
	assert_true(too_long[1] >= 1);
}

static struct world *the_world;

/* As `vmreaper hold`, from another process. */
static void
hold_now(void)
{
	struct ledger *l = NULL;
	struct hold hold = {.since_s = test_now_s, .reason = "", .by = "test"};

	assert_int_equal(
	    ledger_open(the_world->p->ledger.path, "test", LEDGER_WRITE, &l, NULL), 0);
	assert_int_equal(ledger_hold_set(l, &hold, NULL), 0);
	ledger_close(l);
}

static void
hold_after_the_first(struct sim *sim)
{
	if (sim_log_count(sim, "kill accepted") == 0)
		at_kill = hold_after_the_first;
	else
		hold_now();
}

/* The panic button works between two kills: the next one is not even begun. */
static void
a_hold_between_two_kills_begins_no_other(void **state)
{
	struct world w;

	(void)state;
	five_failed(&w);
	the_world = &w;
	at_kill = hold_after_the_first;
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	assert_int_equal(w.s.n_kills, 1);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(w.s.act_fault.kind, FAULT_STATE);
	assert_non_null(strstr(w.s.act_fault.msg, "on hold"));
	world_free(&w);
}

static void
lose_the_journal(struct sim *sim)
{
	sqlite3 *db;

	(void)sim;
	assert_int_equal(sqlite3_open(the_world->p->ledger.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DROP TABLE kill", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* A1: what cannot be written down is not done. */
static void
without_an_intent_nothing_is_sent(void **state)
{
	struct world w;

	(void)state;
	five_failed(&w);
	the_world = &w;
	at_kill = lose_the_journal;
	sweep(&w, true);
	assert_null(at_kill);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(w.s.n_kills, 0);
	assert_int_equal(w.rc, -1);
	assert_int_equal(w.f.kind, FAULT_LEDGER);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(failures_of_earlier_runs_count),
	    cmocka_unit_test(only_failures_in_a_row_end_the_run),
	    cmocka_unit_test(more_than_half_unread_is_a_sick_cloud),
	    cmocka_unit_test(an_old_look_is_not_believed),
	    cmocka_unit_test(a_hold_between_two_kills_begins_no_other),
	    cmocka_unit_test(without_an_intent_nothing_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
