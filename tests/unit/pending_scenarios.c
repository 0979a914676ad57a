/* SPDX-License-Identifier: ISC */
/*
 * Scenarios whose rules are not on this branch yet; NOT BUILT. Each belongs into the test_scenarios_* file that is
 * named before it, and its row of the table in HACKING gets its name. Codes are looked up by name, so that this
 * compiles before they exist.
 */
#include "world.h"

static bool
gate_named(struct world *w, const char *code)
{
	int g = gate_parse(code);

	return g >= 0 && gate_closed(w, (enum gate)g);
}

static bool
veto_named(struct world *w, int64_t id, const char *code)
{
	int v = veto_parse(code);

	return v >= 0 && has_veto(w, id, (enum veto)v);
}

/* An Unknown, silent machine 1 on host 2, and a witness. */
static void
one_unknown(struct world *w)
{
	add_host(w, 2);
	add_unknown(w, 1, 2, 10, "10.0.10.1");
	add_alive(w, 200, 1, 10, "10.0.20.1");
	see("10.0.20.1", PROBE_ANSWERED);
	see("10.0.10.1", PROBE_SILENT);
}

/* test_scenarios_storm.c: [reap] cool_down = 30m by default */
static void
s02_a_host_that_came_back_cools_down(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	one_unknown(&w);
	ripen(&w);
	sim_set_host_state(w.sim, 2, 3);
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 1), VETO_HOST_STATE);
	sim_set_host_state(w.sim, 2, 2); /* back, and freshly monitored */
	for (i = 0; i < 2; i++) {
		later(&w, 600);
		sweep(&w, true);
		assert_true(veto_named(&w, 1, "host-cool-down"));
		assert_non_null(finding_of(&w, "host-cool-down", 1));
		assert_int_equal(sent(&w), 0);
	}
	for (i = 0; i < 4 && sent(&w) == 0; i++) {
		later(&w, 600);
		sweep(&w, true);
	}
	assert_false(veto_named(&w, 1, "host-cool-down"));
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* test_scenarios_storm.c: each run stays below the storm, and all of them together do not */
static void
s03_a_drip_is_a_storm_in_the_end(void **state)
{
	size_t before;
	struct world w;
	bool storm = false;
	int i;

	(void)state;
	world_of(
	    &w, &(struct world_options){.era = SIM_720,
		    .limits = "storm_host = 100\nstorm_network = 100\nper_host = unlimited\n"
			      "per_owner = unlimited\n"});
	w.p->limits.per_hour = UNITS_UNLIMITED; /* here the brake is alone */
	for (i = 0; i < 8; i++) { /* two hours; never more than nine problem machines at once */
		add_failed(&w, 3 * i + 1, SIM_KILL_NOW, 0);
		add_failed(&w, 3 * i + 2, SIM_KILL_NOW, 0);
		add_failed(&w, 3 * i + 3, SIM_KILL_NOW, 0);
		before = sent(&w);
		sweep(&w, true);
		if (gate_closed(&w, GATE_STORM)) {
			assert_int_equal(sent(&w), before);
			assert_non_null(finding_of(&w, "storm", -1));
			assert_int_equal(plugin_state(&w), STATE_CRITICAL);
			storm = true;
		} else
			assert_true(w.s.state.killed_last_hour + w.s.run.facts.unacknowledged <=
				    w.p->limits.storm_count);
		later(&w, 900);
	}
	assert_true(storm);
	assert_true(sent(&w) <= (size_t)w.p->limits.storm_count);
	world_free(&w);
}

/* test_scenarios_storm.c: grace is earned only in sweeps that saw the machine silent */
static void
s06_sweeps_of_a_blind_prober_earn_no_grace(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720, .probe = "canaries = 10.9.9.9\n"});
	one_unknown(&w);
	see("10.0.0.0/8", PROBE_SILENT);
	ripen(&w);
	assert_true(gate_closed(&w, GATE_BLIND));
	see("10.0.0.0/8", PROBE_ANSWERED);
	see("10.0.10.1", PROBE_SILENT);
	sweep(&w, true);
	assert_int_equal(w.s.run.gates, 0);
	assert_true(record_of(&w, 1)->earned_s <= 900); /* at most for this sweep */
	assert_int_equal(veto_of(&w, 1), VETO_WITHIN_GRACE);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
s06_sweeps_that_sent_nothing_earn_no_grace(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	one_unknown(&w);
	see("10.0.10.1", PROBE_NOT_SENT);
	ripen(&w);
	see("10.0.10.1", PROBE_SILENT);
	sweep(&w, true);
	assert_true(record_of(&w, 1)->earned_s <= 900); /* at most for this sweep */
	assert_int_equal(veto_of(&w, 1), VETO_WITHIN_GRACE);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* test_scenarios_storm.c */
static void
s08_a_cloud_that_came_back_cools_down(void **state)
{
	static const struct sim_fault no_leader = {.kind = SIM_FAULT_FAILURE,
	    .arg = 8192,
	    .text = "Cannot process request, no leader found"};
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sim_add_fault(w.sim, &no_leader);
	sweep(&w, true);
	assert_int_equal(w.rc, -1);
	sim_clear_faults(w.sim);
	for (i = 0; i < 2; i++) {
		later(&w, 600);
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		assert_true(gate_named(&w, "cloud-cool-down"));
		assert_int_equal(sent(&w), 0);
	}
	for (i = 0; i < 4 && sent(&w) == 0; i++) {
		later(&w, 600);
		sweep(&w, true);
	}
	assert_false(gate_named(&w, "cloud-cool-down"));
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* test_scenarios_identity.c: the answer may be the other one's, so "it is alive" is no true reason */
static void
s20_the_reason_is_the_ambiguous_address(void **state)
{
	const struct finding *f;
	struct world w;

	(void)state;
	world_new(&w);
	one_unknown(&w);
	ripen(&w);
	add_alive(&w, 2, 1, 10, "10.0.10.1");
	see("10.0.10.1", PROBE_ANSWERED);
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 1), VETO_AMBIGUOUS);
	f = finding_of(&w, "ambiguous-address", 1);
	assert_non_null(f);
	assert_non_null(strstr(f->text, "machine 2 as well"));
	assert_null(strstr(f->remedy, "recover --success"));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
end_it(struct sim *sim)
{
	sim_set_state(sim, 1, 6, 0);
}

/* test_scenarios_races.c: Done after the last look; the call is a success, and not our kill (ETIME < call) */
static void
s27_it_ends_after_the_last_look(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	one_unknown(&w);
	ripen(&w);
	at_kill = end_it;
	at_kill_after = 2;
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_GONE);
	assert_true(w.s.report.status.metrics[METRIC_KILLED] == 0);
	world_free(&w);
}

/* test_scenarios_races.c */
static void
s28_done_but_its_address_still_answers(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	one_unknown(&w);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	see("10.0.10.1", PROBE_ANSWERED); /* and nobody has leased it */
	later(&w, 100);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE); /* one early false positive */
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ZOMBIE);
	assert_int_equal(plugin_state(&w), STATE_CRITICAL);
	assert_non_null(finding_of(&w, "zombie", 1));
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s02_a_host_that_came_back_cools_down),
	    cmocka_unit_test(s03_a_drip_is_a_storm_in_the_end),
	    cmocka_unit_test(s06_sweeps_of_a_blind_prober_earn_no_grace),
	    cmocka_unit_test(s06_sweeps_that_sent_nothing_earn_no_grace),
	    cmocka_unit_test(s08_a_cloud_that_came_back_cools_down),
	    cmocka_unit_test(s20_the_reason_is_the_ambiguous_address),
	    cmocka_unit_test(s27_it_ends_after_the_last_look),
	    cmocka_unit_test(s28_done_but_its_address_still_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
