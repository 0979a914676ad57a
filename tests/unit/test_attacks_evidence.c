/* SPDX-License-Identifier: ISC */
/*
 * test_attacks_evidence: what hostile reviewers found, the second half, each as a test of what ought to be. Through the pipeline against the
 * simulated cloud, or where it bites.
 */
#include <unistd.h>

#include "ledger/steady.h"
#include "ripe.h"

/* --- P: a machine that can no longer be seen is not Done -------------------------------------------------------- */

static void
p_a_machine_out_of_sight_is_not_done(void **state)
{
	struct sim_user monitor = {.id = 7,
	    .name = "monitor",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = false,
	    .sees_hosts = true};
	struct world w;
	int i, st = 0, lcm = 0;

	(void)state;
	world_new(&w);
	for (i = 300; i < 340; i++) { /* uid 5 owns them, so that the listing hardly shrinks */
		struct sim_vm vm = a_machine(i, 1, NULL);

		vm.uid = 5;
		vm.uname = "monitor";
		vm.state = 3;
		vm.lcm = 3;
		sim_add_vm(w.sim, &vm);
	}
	for (i = 100; i < 121; i++)
		sim_remove_vm(w.sim, i);
	add_failed(&w, 1, SIM_KILL_NEVER, 0);
	ripen(&w);
	sweep(&w, true);
	later(&w, 1000);
	sweep(&w, false);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_STUCK);
	monitor.id = 5;
	sim_add_user(w.sim, &monitor); /* an ACL rule was removed */
	later(&w, 900);
	sweep(&w, false);
	sim_get_state(w.sim, 1, &st, &lcm);
	print_message("machine 1 is in state %d/%d; the journal says %s\n", st, lcm,
	    outcome_str(outcome_of(&w, 1)));
	assert_int_equal(outcome_of(&w, 1), OUTCOME_STUCK);
	world_free(&w);
}

/* --- N: the end of a storm ---------------------------------------------------------------------------- */

/* 12 machines are Unknown for a day, which is a storm; then they come back one by one. */
static void
n_the_first_sweep_after_a_storm_kills_nobody(void **state)
{
	struct world w;
	char ip[24];
	int i;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720,
			 .limits = "storm_host = unlimited\nstorm_network = "
				   "unlimited\nper_host = unlimited\n"});
	w.p->unknown.grace_s = 86400;
	for (i = 1; i <= 12; i++) {
		snprintf(ip, sizeof(ip), "10.0.10.%d", i);
		add_unknown(&w, i, 1, 10, ip);
	}
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.0/24", PROBE_SILENT);
	see("10.0.20.1", PROBE_ANSWERED);
	for (i = 0; i < 100; i++) {
		sweep(&w, true);
		assert_true(gate_closed(&w, GATE_STORM));
		later(&w, 900);
	}
	for (i = 1; i <= 2; i++) /* two are back already, the others follow */
		sim_set_state(w.sim, i, 3, 3);
	see("10.0.10.1", PROBE_ANSWERED);
	see("10.0.10.2", PROBE_ANSWERED);
	sweep(&w, true);
	print_message(
	    "12 Unknown, then 10: sent %zu at once, acknowledged by nobody\n", sent(&w));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- AL: time in which the prober was blind ------------------------------------------------------------- */

static void
al_a_blind_prober_earns_no_grace(void **state)
{
	struct world w;
	char ip[24];
	int i;

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	for (i = 1; i <= 10; i++) {
		snprintf(ip, sizeof(ip), "10.0.30.%d", i);
		add_alive(&w, 300 + i, 1, 11, ip);
	}
	see("10.0.0.0/16", PROBE_ANSWERED);
	sweep(&w, true);
	see("10.0.10.1", PROBE_SILENT);
	see("10.0.30.0/24", PROBE_SILENT);
	for (i = 0; i < 4; i++) {
		later(&w, 900);
		sweep(&w, true);
		assert_true(gate_closed(&w, GATE_BLIND));
	}
	print_message("four blind sweeps: %d confirmations, %lld s of grace\n",
	    (int)record_of(&w, 1)->confirmations, (long long)record_of(&w, 1)->earned_s);
	see("10.0.30.0/24", PROBE_ANSWERED);
	later(&w, 60);
	sweep(&w, true);
	print_message("it sees again: sent %zu at once\n", sent(&w));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- Z: a kill that took longer than a day is looked after as any other --------------------------------- */

static void
z_a_late_kill_may_be_a_zombie(void **state)
{
	static const int zombies[] = {1};
	struct sim_host host = {.id = 1,
	    .name = "node1",
	    .state = 2,
	    .mon_age_s = 20,
	    .zombies = zombies,
	    .n_zombies = 1};
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NEVER, 0);
	ripen(&w);
	sweep(&w, true);
	for (i = 0; i < 100; i++) {
		later(&w, 900);
		sweep(&w, false);
	}
	assert_int_equal(outcome_of(&w, 1), OUTCOME_STUCK);
	sim_set_state(w.sim, 1, 6, 0);
	sim_add_host(w.sim, &host);
	for (i = 0; i < 4; i++) {
		later(&w, 900);
		sweep(&w, false);
	}
	print_message("node1 still runs it, an hour later: %s\n",
	    outcome_of(&w, 1) == OUTCOME_COUNT ? "forgotten" : outcome_str(outcome_of(&w, 1)));
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ZOMBIE);
	world_free(&w);
}

/* --- Q: grace earned without silence does not count where silence is asked for ---------------------------- */

static void
q_silence_asked_for_later_must_be_seen_for_grace(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	w.p->unknown.silence = false; /* and nothing could be sent to it */
	ripen(&w);
	w.p->unknown.silence = true;
	w.p->digest[0] = 'x';
	see("10.0.10.1", PROBE_SILENT);
	see("10.0.20.1", PROBE_ANSWERED);
	sweep(&w, true);
	assert_true(gate_closed(&w, GATE_POLICY_CHANGED));
	later(&w, 60);
	sweep(&w, true);
	print_message("silent for a minute: sent %zu\n", sent(&w));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- Y: a restart with a clock that is wrong by less than the gap -------------------------------------------- */

static void
y_a_restart_with_a_wrong_clock_earns_no_grace(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	sweep(&w, true);
	later(&w, 60);
	sweep(&w, true);
	later(&w, 60);
	jump(&w, 2400);
	test_boot_id = "22222222";
	sweep(&w, true);
	later(&w, 60);
	sweep(&w, true);
	print_message("3 min after it was first seen, grace 30 min: sent %zu\n", sent(&w));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- V: the last look may be minutes old -------------------------------------------------------------------- */

static void
slow(struct sim *sim)
{
	test_now_s += 500;
	sim_advance(sim, 500);
	see("10.0.10.1", PROBE_ANSWERED); /* its owner has it back */
}

static void
v_the_last_probe_is_seconds_old(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.1", PROBE_SILENT);
	see("10.0.20.1", PROBE_ANSWERED);
	ripen(&w);
	at_kill = slow; /* one.vm.info and the hosts take 500 s */
	at_kill_after = 3;
	sweep(&w, true);
	print_message("the last probe is 500 s old: %s\n", outcome_str(outcome_of(&w, 1)));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- T: what the owner was promised ------------------------------------------------------------------------- */

static void
t_an_owner_has_the_time_that_was_promised(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720,
			 .limits = "failures = 3\n[notify]\nhook = /bin/true\nnotice = 12h\n"});
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(w.s.tell.n_rows, 1);
	assert_true(w.s.tell.rows[0].sent); /* earliest_kill in 12 h */
	w.p->notify.notice_s = 0; /* the policy is changed */
	w.p->digest[0] = 'x';
	later(&w, 60);
	sweep(&w, true);
	later(&w, 60);
	sweep(&w, true);
	print_message("told: in 12 h; two minutes later: sent %zu\n", sent(&w));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- U: an acknowledgement that comes while a sweep runs, of a machine that the prober does not see ------------ */

static void
u_an_acknowledgement_during_a_sweep_is_kept(void **state)
{
	struct record r = {.id = 7,
	    .stime_s = SIM_EPOCH - 86400,
	    .uid = 5,
	    .deploy_id = "one-7",
	    .host_id = 1,
	    .state = 3,
	    .lcm = 16,
	    .since_s = SIM_EPOCH,
	    .first_seen_s = SIM_EPOCH,
	    .marked_s = SIM_EPOCH,
	    .confirmations = 1};
	struct ledger_sweep row = {.clock = {.wall_s = SIM_EPOCH, .boot_s = 1000},
	    .digest = "0",
	    .policy_text = "",
	    .complete = true,
	    .why = "",
	    .machines = 1,
	    .counts_json = "{}",
	    .records = &r,
	    .n_records = 1,
	    .keep_s = 86400 * 400};
	struct vm vm = {.id = 7,
	    .stime_s = SIM_EPOCH - 86400,
	    .uid = 5,
	    .deploy_id = "one-7",
	    .host_id = 1,
	    .state = 3,
	    .lcm = 16,
	    .cls = VM_CLASS_UNKNOWN};
	struct listing listing = {.vms = &vm, .n = 1, .complete = true};
	struct elapsed e = {.now_s = SIM_EPOCH + 60, .counts_s = 60, .passed_s = 60};
	struct seen seen = {.candidate = true};
	struct ledger *l = NULL, *p = NULL;
	struct arena *a = arena_new(0);
	struct ledger_state s;
	struct record *out;
	struct world w;
	int64_t id, n = 0;

	(void)state;
	world_new(&w);
	assert_int_equal(ledger_open(w.p->ledger.path, "test", LEDGER_SWEEP, &l, &w.f), 0);
	assert_int_equal(ledger_commit(l, &row, &id, &w.f), 0);
	assert_int_equal(ledger_load(l, a, SIM_EPOCH + 60, &s, &w.f), 0); /* the sweep begins */
	assert_int_equal(ledger_open(w.p->ledger.path, "test", LEDGER_WRITE, &p, &w.f), 0);
	assert_int_equal(ledger_acknowledge(p, -1, "alice", SIM_EPOCH + 61, &n, &w.f), 0);
	assert_int_equal(n, 1); /* "1 marks acknowledged" */
	ledger_close(p);
	assert_int_equal(
	    history_fold(a, w.p, &listing, &seen, s.records, s.n_records, &e, &out), 0);
	row.records = out;
	row.clock.wall_s += 60;
	assert_int_equal(ledger_commit(l, &row, &id, &w.f), 0); /* and ends */
	assert_int_equal(ledger_load(l, a, SIM_EPOCH + 120, &s, &w.f), 0);
	print_message("acknowledged during the sweep; after it: %s\n",
	    s.records[0].acknowledged ? "still" : "forgotten");
	assert_true(s.records[0].acknowledged);
	ledger_close(l);
	arena_free(a);
	world_free(&w);
}

/* --- X: after the clock was set back nothing lifts the storm that vmreaper itself is ---------------------------- */

static void
x_a_storm_of_old_kills_can_be_lifted(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720,
			 .limits = "storm_host = unlimited\nper_host = unlimited\n"});
	w.p->limits.storm_count = 5;
	w.p->limits.per_hour = 100;
	for (i = 1; i <= 5; i++)
		add_failed(&w, i, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(sent(&w), 5);
	jump(&w, -30 * 86400);
	for (i = 0; i < 100; i++) { /* a day later */
		later(&w, 900);
		sweep(&w, true);
	}
	add_failed(&w, 6, SIM_KILL_NOW, 0);
	for (i = 0; i < 5; i++) {
		later(&w, 900);
		sweep(&w, true);
	}
	print_message("a day later, 1 dead machine: storm %s (%s), cap-hour %s\n",
	    gate_closed(&w, GATE_STORM) ? "yes" : "no", w.s.run.detail[GATE_STORM],
	    w.s.n_kills == 0 && has_veto(&w, 6, VETO_RATE_HOUR) ? "yes" : "no");
	assert_false(gate_closed(&w, GATE_STORM));
	world_free(&w);
}

/* --- W: the last silence has no witness ------------------------------------------------------------------- */

static void
go_blind(struct sim *sim)
{
	(void)sim;
	see("0.0.0.0/0", PROBE_SILENT); /* our own network card fails */
}

static void
w_the_last_silence_needs_a_witness(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.1", PROBE_SILENT);
	see("10.0.20.1", PROBE_ANSWERED);
	ripen(&w);
	at_kill = go_blind;
	sweep(&w, true);
	print_message(
	    "nothing at all answers in the last look: %s\n", outcome_str(outcome_of(&w, 1)));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- R: an id that two hosts have in the last look -------------------------------------------------------------- */

static struct forger *forger;

static void
host_twice(struct sim *sim)
{
	static struct forge forge = {.method = "one.hostpool.info",
	    .find = "&lt;/HOST_POOL&gt;",
	    .replace = "&lt;HOST&gt;&lt;ID&gt;1&lt;/ID&gt;&lt;NAME&gt;node1&lt;/"
		       "NAME&gt;&lt;STATE&gt;3&lt;/"
		       "STATE&gt;&lt;/HOST&gt;&lt;/HOST_POOL&gt;"};

	(void)sim;
	forger_set(forger, &forge);
}

static void
r_an_id_that_two_hosts_have_is_no_evidence(void **state)
{
	struct world w;

	(void)state;
	forger = ripe(&w, SIM_720);
	at_kill = host_twice;
	sweep(&w, true);
	print_message("host 1 twice in the last look, once in error: %s\n",
	    outcome_str(outcome_of(&w, 1)));
	assert_int_equal(sent(&w), 0);
	ripe_end(&w, forger);
}

static void
r_the_same_in_the_listing(void **state)
{
	struct world w;

	(void)state;
	forger = ripe(&w, SIM_720);
	host_twice(NULL);
	sweep(&w, true);
	print_message("... in the listing: %s\n", veto_code(veto_of(&w, 1)));
	assert_int_equal(sent(&w), 0);
	ripe_end(&w, forger);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(n_the_first_sweep_after_a_storm_kills_nobody),
	    cmocka_unit_test(al_a_blind_prober_earns_no_grace),
	    cmocka_unit_test(z_a_late_kill_may_be_a_zombie),
	    cmocka_unit_test(q_silence_asked_for_later_must_be_seen_for_grace),
	    cmocka_unit_test(y_a_restart_with_a_wrong_clock_earns_no_grace),
	    cmocka_unit_test(v_the_last_probe_is_seconds_old),
	    cmocka_unit_test(t_an_owner_has_the_time_that_was_promised),
	    cmocka_unit_test(u_an_acknowledgement_during_a_sweep_is_kept),
	    cmocka_unit_test(x_a_storm_of_old_kills_can_be_lifted),
	    cmocka_unit_test(w_the_last_silence_needs_a_witness),
	    cmocka_unit_test(r_an_id_that_two_hosts_have_is_no_evidence),
	    cmocka_unit_test(r_the_same_in_the_listing),
	    cmocka_unit_test(p_a_machine_out_of_sight_is_not_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
