/* SPDX-License-Identifier: ISC */
/*
 * A canary lives while an armed sweep runs, again and again: to the sweep it is a machine like any other, neither a
 * problem nor to be killed. One that was left behind dead is found and reaped like any other, too.
 */
#include "canary/canary.h"
#include "world.h"

static struct world w;
static unsigned sweeps, seen;

/* Wherever the canary waits, a sweep runs. */
static void
sweep_meanwhile(int64_t ms)
{
	const struct status *s = &w.s.report.status;
	size_t i;

	test_now_s += ms / 1000;
	sweep(&w, true);
	sweeps++;
	assert_int_equal(w.rc, 0);
	assert_true(s->complete);
	for (i = 0; i < s->n_gates; i++)
		fail_msg("%s: %s", s->gates[i].code, s->gates[i].detail);
	for (i = 0; i < w.s.listing.n; i++) {
		if (strncmp(w.s.listing.vms[i].name, CANARY_PREFIX, strlen(CANARY_PREFIX)) != 0)
			continue;
		seen++;
		assert_int_equal(w.s.records[i].confirmations, 0);
	}
	for (i = 0; i < s->n_findings; i++)
		if (s->findings[i].severity != STATE_OK)
			fail_msg("%s: %s", s->findings[i].code, s->findings[i].text);
	assert_int_equal(s->metrics[METRIC_CANDIDATES], 0);
	assert_int_equal(plugin_state(&w), STATE_OK);
}

static int64_t
now(void *arg)
{
	(void)arg;
	return test_now_s;
}

static void
a_canary_is_a_machine_like_any_other(void **state)
{
	struct canary_env env = {sweep_meanwhile, NULL, CANARY_SSH};
	struct sim_launch launch = {
	    .pending_s = 2, .prolog_s = 3, .boot_s = 2, .kill = SIM_KILL_LATE, .kill_s = 4};
	struct sim_template t = {.id = 3,
	    .name = "canary",
	    .uid = 0,
	    .uname = "oneadmin",
	    .gname = "oneadmin",
	    .everybody = true,
	    .text = "CPU=1\nMEMORY=128\nNIC=[NETWORK=net]"};
	struct canary_result r;
	struct fault f;

	(void)state;
	world_new(&w);
	sim_set_time(w.sim, test_now_s);
	sim_set_clock(w.sim, now, NULL);
	sim_add_network(w.sim, "net", 0, "10.0.0.1", 50);
	sim_add_template(w.sim, &t);
	sim_set_launch(w.sim, &launch);
	see("10.0.0.0/8", PROBE_ANSWERED);
	w.p->canary.template_name = "canary";
	w.p->canary.auth_file = w.p->reap.auth_file;
	w.p->canary.ssh.n = 0;
	for (int i = 0; i < 4; i++) { /* until nothing stands between it and a kill */
		sweep(&w, true);
		test_now_s += 900;
	}
	if (canary_run(&env, w.p, &r, &f) != 0)
		fail_msg("%s", f.msg);
	assert_string_equal(r.life.why, "");
	assert_int_equal(outcome_state(&r.report, test_now_s), STATE_OK);
	assert_in_range(sweeps, 8, 40);
	assert_in_range(seen, 8, sweeps);
	/* one kill, and it was not the sweep's */
	assert_int_equal(sim_log_count(w.sim, "kill accepted"), 1);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_canary_is_a_machine_like_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
