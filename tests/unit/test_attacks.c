/* SPDX-License-Identifier: ISC */
/*
 * test_attacks: what hostile reviewers found, each as a test of what ought to be. Through the pipeline against the
 * simulated cloud, or where it bites.
 */
#include <unistd.h>

#include "ledger/steady.h"
#include "ripe.h"

static struct ledger *
person(struct world *w)
{
	struct ledger *l = NULL;

	sweep_free(&w->s);
	assert_int_equal(ledger_open(w->p->ledger.path, "test", LEDGER_WRITE, &l, NULL), 0);
	return l;
}

/* --- A: a clock set ahead renews the caps of the hour --------------------------------------------- */

static void
a_clock_set_ahead_renews_no_cap(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720,
			 .limits = "storm_host = unlimited\nper_host = unlimited\n"});
	w.p->limits.per_hour = 3;
	for (i = 1; i <= 6; i++)
		add_failed(&w, i, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(sent(&w), 3); /* the cap of the hour */
	jump(&w, 7200);
	later(&w, 60);
	sweep(&w, true);
	assert_true(gate_closed(&w, GATE_CLOCK_JUMP));
	later(&w, 60);
	sweep(&w, true);
	print_message("sent within 2 min: %zu\n", sent(&w));
	assert_int_equal(sent(&w), 3);
	world_free(&w);
}

/* ... and of the storm that comes in drops */
static void
a_clock_set_ahead_forgets_no_storm(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720,
			 .limits = "storm_host = unlimited\nper_host = unlimited\n"});
	w.p->limits.storm_count = 6;
	w.p->limits.per_hour = 100;
	for (i = 1; i <= 5; i++)
		add_failed(&w, i, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(sent(&w), 5);
	for (i = 11; i <= 15; i++)
		add_failed(&w, i, SIM_KILL_NOW, 0);
	later(&w, 60);
	sweep(&w, true);
	assert_true(gate_closed(&w, GATE_STORM)); /* 5 and 5 */
	jump(&w, 7200);
	later(&w, 60);
	sweep(&w, true);
	later(&w, 60);
	sweep(&w, true);
	assert_true(gate_closed(&w, GATE_STORM));
	world_free(&w);
}

/* --- B: a clock set ahead shortens the day before the one retry ------------------------------------- */

static void
b_clock_set_ahead_shortens_no_retry(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.1", PROBE_SILENT);
	see("10.0.20.1", PROBE_ANSWERED);
	ripen(&w);
	/* the reply is lost, and nothing was done */
	sim_add_fault(
	    w.sim, &(struct sim_fault){
		       .kind = SIM_FAULT_RESET, .method = "one.vm.action", .times = 1});
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_IN_DOUBT);
	sim_set_state(w.sim, 1, 3, 3); /* it recovers, and dies again */
	see("10.0.10.1", PROBE_ANSWERED);
	later(&w, 900);
	sweep(&w, true);
	sim_set_state(w.sim, 1, 3, 16);
	see("10.0.10.1", PROBE_SILENT);
	later(&w, 60);
	sweep(&w, true);
	jump(&w, 86400);
	later(&w, 60);
	sweep(&w, true);
	for (i = 0; i < 3; i++) {
		later(&w, 900);
		sweep(&w, true);
	}
	print_message(
	    "sent %zu, %lld s after the first\n", sent(&w), (long long)(900 + 120 + 2700));
	assert_int_equal(sent(&w), 1);
	assert_true(has_veto(&w, 1, VETO_KILLED_BEFORE));
	world_free(&w);
}

/* --- C, D: another owner ---------------------------------------------------------------------------- */

static void
give_to(struct world *w, int id, int uid, enum sim_kill kill, int64_t kill_s, int lcm)
{
	struct sim_vm vm = a_machine(id, 1, NULL);

	vm.kill = kill;
	vm.kill_s = kill_s;
	vm.state = 3;
	vm.lcm = lcm;
	vm.uid = uid;
	vm.uname = uid == 7 ? "alice" : "bob";
	sim_add_vm(w->sim, &vm);
}

static void
c_another_owner_washes_no_kill_off(void **state)
{
	struct world w;
	int i, k;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sim_add_fault(
	    w.sim, &(struct sim_fault){.kind = SIM_FAULT_RESET, .method = "one.vm.action"});
	for (k = 0; k < 4; k++) {
		sweep(&w, true);
		print_message("owner %d: sent %zu, outcome %s\n", 7 + k, sent(&w),
		    outcome_str(outcome_of(&w, 1)));
		give_to(&w, 1, 8 + k, SIM_KILL_NOW, 0, 39);
		for (i = 0; i < 3; i++) {
			later(&w, 900);
			sweep(&w, false);
		}
	}
	assert_true(sent(&w) <= 1); /* all within three hours */
	world_free(&w);
}

static void
d_another_owner_hides_no_kill_that_is_stuck(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NEVER, 0);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ACCEPTED);
	give_to(&w, 1, 8, SIM_KILL_NEVER, 0, 12); /* SHUTDOWN */
	for (i = 0; i < 8; i++) {
		later(&w, 900);
		sweep(&w, false);
	}
	print_message("two hours later: %s\n", outcome_str(outcome_of(&w, 1)));
	assert_true(outcome_is_alarm(outcome_of(&w, 1)));
	world_free(&w);
}

/* --- E: an answer that does not say whether it was done ---------------------------------------------- */

static void
e_an_error_inside_the_daemon_is_not_resent(void **state)
{
	static const struct {
		int code;
		const char *name;
	} codes[] = {{0x2000, "INTERNAL"}, {0x10000, "REPLICATION"}};
	struct world w;
	size_t c;
	int i;
	bool bad = false;

	(void)state;
	for (c = 0; c < 2; c++) {
		world_new(&w);
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		w.p->limits.per_hour = 1;
		w.p->limits.failures = 1000;
		ripen(&w);
		sim_add_fault(w.sim, &(struct sim_fault){.kind = SIM_FAULT_FAILURE,
					 .arg = codes[c].code,
					 .method = "one.vm.action"});
		for (i = 0; i < 3; i++) {
			sweep(&w, true);
			later(&w, 60);
		}
		print_message("%s: sent %zu times in 3 min, outcome %s, cap of the hour 1\n",
		    codes[c].name, sent(&w), outcome_str(outcome_of(&w, 1)));
		bad |= sent(&w) > 1;
		world_free(&w);
	}
	assert_false(bad);
}

/* --- F: what was killed and gone before the last sweep excuses a listing that shrinks ------------------ */

static void
f_kills_excuse_a_listing_once(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720,
			 .limits = "storm_host = unlimited\nper_host = unlimited\n"});
	for (i = 1; i <= 6; i++)
		add_failed(&w, i, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(sent(&w), 5);
	later(&w, 60);
	sweep(&w, false); /* 22 machines, the five are gone */
	assert_int_equal(w.s.listing.n, 22);
	later(&w, 60);
	for (i = 100; i < 111; i++) /* 11 of 22 vanish; the limit is 30 % */
		sim_remove_vm(w.sim, i);
	sweep(&w, true);
	print_message("22 -> %zu machines: %s, sent %zu more\n", w.s.listing.n,
	    w.s.listing.complete ? "believed" : "not believed", sent(&w) - 5);
	assert_true(gate_closed(&w, GATE_IMPLAUSIBLE));
	world_free(&w);
}

/* --- G: a term that could not be read in between hides a change of leader ------------------------------ */

static void
g_a_term_unread_hides_no_change_of_leader(void **state)
{
	struct elapsed e = {.now_s = 1000900, .counts_s = 900, .passed_s = 900};
	struct cloud_sign one = {true, "7.2.0", 5, 500000}, two = {true, "7.2.0", -1, 0},
			  three = {true, "7.2.0", 6, 0};

	(void)state;
	two.since_s = steady_cloud(&one, &two, &e, 2700); /* as stage_history */
	e.now_s += 900;
	three.since_s = steady_cloud(&two, &three, &e, 2700);
	print_message("term 5, unread, 6: steady since %lld\n", (long long)three.since_s);
	assert_int_equal(three.since_s, e.now_s);
}

static void
g_the_same_through_the_pipeline(void **state)
{
	struct sim_user monitor = {.id = 5,
	    .name = "monitor",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = true,
	    .sees_hosts = true,
	    .admin_zone = true};
	struct world w;

	(void)state;
	world_new(&w);
	sim_add_user(w.sim, &monitor);
	sim_set_term(w.sim, 5);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	/* the election: this one call fails, the listing does not */
	sim_add_fault(w.sim, &(struct sim_fault){.kind = SIM_FAULT_FAILURE,
				 .arg = 0x2000,
				 .method = "one.zone.raftstatus",
				 .times = 1});
	sweep(&w, false);
	assert_int_equal(w.s.sign.term, 5); /* the last one that is known */
	sim_clear_faults(w.sim);
	sim_set_term(w.sim, 6);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(w.s.sign.term, 6);
	print_message("after the change of leader: sent %zu\n", sent(&w));
	assert_true(gate_closed(&w, GATE_COOL_DOWN));
	world_free(&w);
}

/* --- H: the last look reads all hosts, and sees the zombies of one ------------------------------------- */

static void
runs_on_2(struct sim *sim)
{
	static const int zombies[] = {1};
	struct sim_host host = {.id = 2,
	    .name = "node2",
	    .state = 2,
	    .mon_age_s = 20,
	    .zombies = zombies,
	    .n_zombies = 1};

	sim_add_host(sim, &host);
}

static void
h_the_last_look_sees_every_zombie(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_host(&w, 2);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	at_kill = runs_on_2;
	sweep(&w, true);
	print_message(
	    "node2 says that it runs machine 1: %s\n", outcome_str(outcome_of(&w, 1)));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- I: a person's hold is not made shorter by another's ------------------------------------------------ */

static void
i_a_second_hold_ends_no_first(void **state)
{
	struct world w;
	struct ledger *l;
	struct hold for_ever = {.since_s = SIM_EPOCH, .reason = "audit", .by = "alice"};
	struct hold lunch = {.since_s = SIM_EPOCH, .reason = "lunch", .by = "bob"};

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	l = person(&w);
	assert_int_equal(ledger_hold_set(l, &for_ever, NULL), 0);
	lunch.until_s = clock_wall_s() + 600;
	assert_int_equal(ledger_hold_set(l, &lunch, NULL), 0);
	ledger_close(l);
	later(&w, 900);
	sweep(&w, true);
	print_message(
	    "alice holds for ever, bob for 10 min; 15 min later: sent %zu\n", sent(&w));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- O: a clock set ahead ends no hold and no keep -------------------------------------------------------- */

static void
o_a_clock_set_ahead_ends_no_hold(void **state)
{
	struct world w;
	struct ledger *l;
	struct hold h = {.since_s = SIM_EPOCH, .reason = "works", .by = "alice"};

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	l = person(&w);
	h.until_s = clock_wall_s() + 43200; /* hold --for 12h */
	assert_int_equal(ledger_hold_set(l, &h, NULL), 0);
	ledger_close(l);
	jump(&w, 86400);
	later(&w, 60);
	sweep(&w, true);
	assert_true(gate_closed(&w, GATE_CLOCK_JUMP));
	later(&w, 60);
	sweep(&w, true);
	print_message("hold --for 12h, two minutes later: sent %zu\n", sent(&w));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- K: grace earned while the host's word was no evidence, or while it was locked -------------------------- */

static void
k_a_host_that_was_down_earns_no_grace(void **state)
{
	struct world w;
	int i;
	int64_t back_s = 0;

	(void)state;
	world_new(&w);
	add_host(&w, 2);
	add_unknown(&w, 1, 2, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.1", PROBE_SILENT);
	see("10.0.20.1", PROBE_ANSWERED);
	w.p->unknown.grace_s = 86400;
	sim_set_host_state(w.sim, 2, 3); /* the host is down for a day and a bit */
	for (i = 0; i < 100; i++) {
		sweep(&w, true);
		later(&w, 900);
	}
	assert_int_equal(sent(&w), 0);
	sim_set_host_state(w.sim, 2, 2);
	back_s = test_now_s;
	for (i = 0; i < 8 && sent(&w) == 0; i++) {
		sweep(&w, true);
		if (sent(&w) == 0)
			later(&w, 900);
	}
	print_message("grace 24 h; killed %lld s after its host came back\n",
	    sent(&w) > 0 ? (long long)(test_now_s - back_s) : -1);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
k_an_unlocked_machine_is_not_killed_at_once(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	sim_set_lock(w.sim, 1, 1, 7);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(veto_of(&w, 1), VETO_LOCKED);
	later(&w, 840);
	sim_set_lock(w.sim, 1, 0, 0); /* its owner unlocks it, to recover it */
	later(&w, 60);
	sweep(&w, true);
	print_message("a minute after it was unlocked: sent %zu\n", sent(&w));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- M: a clock set back hides no kill that is stuck ---------------------------------------------------------- */

static void
m_a_clock_set_back_hides_no_stuck_kill(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NEVER, 0);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ACCEPTED);
	jump(&w, -7 * 86400);
	for (i = 0; i < 8; i++) {
		later(&w, 900);
		sweep(&w, false);
	}
	print_message("two hours later: %s\n", outcome_str(outcome_of(&w, 1)));
	assert_int_equal(outcome_of(&w, 1), OUTCOME_STUCK);
	world_free(&w);
}

/* ... and one set ahead hides no zombie */
static void
m_a_clock_set_ahead_hides_no_zombie(void **state)
{
	struct sim_nic nic = {.network = "net", .network_id = 10, .ip = "10.0.10.1"};
	struct sim_vm vm = a_machine(1, 1, &nic);
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	vm.state = 3;
	vm.lcm = 16;
	vm.kill = SIM_KILL_ZOMBIE;
	sim_add_vm(w.sim, &vm);
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.1", PROBE_SILENT);
	see("10.0.20.1", PROBE_ANSWERED);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	jump(&w, 2 * 86400);
	for (i = 0; i < 4; i++) {
		later(&w, 900);
		sweep(&w, false);
	}
	print_message("an hour later: %s\n",
	    outcome_of(&w, 1) == OUTCOME_COUNT ? "forgotten" : outcome_str(outcome_of(&w, 1)));
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ZOMBIE);
	world_free(&w);
}
int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_clock_set_ahead_renews_no_cap),
	    cmocka_unit_test(a_clock_set_ahead_forgets_no_storm),
	    cmocka_unit_test(b_clock_set_ahead_shortens_no_retry),
	    cmocka_unit_test(c_another_owner_washes_no_kill_off),
	    cmocka_unit_test(d_another_owner_hides_no_kill_that_is_stuck),
	    cmocka_unit_test(e_an_error_inside_the_daemon_is_not_resent),
	    cmocka_unit_test(f_kills_excuse_a_listing_once),
	    cmocka_unit_test(g_a_term_unread_hides_no_change_of_leader),
	    cmocka_unit_test(g_the_same_through_the_pipeline),
	    cmocka_unit_test(h_the_last_look_sees_every_zombie),
	    cmocka_unit_test(i_a_second_hold_ends_no_first),
	    cmocka_unit_test(o_a_clock_set_ahead_ends_no_hold),
	    cmocka_unit_test(k_a_host_that_was_down_earns_no_grace),
	    cmocka_unit_test(k_an_unlocked_machine_is_not_killed_at_once),
	    cmocka_unit_test(m_a_clock_set_back_hides_no_stuck_kill),
	    cmocka_unit_test(m_a_clock_set_ahead_hides_no_zombie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
