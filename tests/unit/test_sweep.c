/* SPDX-License-Identifier: ISC */
/*
 * The pipeline and act/ against the simulated cloud, in one process, with a clock of the test's own: what is sent,
 * what is journalled, and what later sweeps make of it. Nothing is probed here ([failed] silence = no).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "world.h"

/* --- tests ------------------------------------------------------------------------- */

static void
observing_sends_nothing_and_names_the_same_machines(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	add_failed(&w, 2, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep(&w, false);
	assert_int_equal(w.s.n_kills, 2);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_WOULD_KILL);
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(w.s.n_kills, 2);
	assert_int_equal(w.s.kills[0].id, 1);
	assert_int_equal(w.s.kills[1].id, 2);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(
	    sim_log_count(w.sim, "kill accepted vm=1 verb=terminate-hard user=reaper"), 1);
	assert_int_equal(
	    sim_log_count(w.sim, "kill accepted vm=2 verb=terminate-hard user=reaper"), 1);
	assert_int_equal(sent(&w), 2);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 2);
	world_free(&w);
}

static void
the_first_armed_sweep_after_a_new_policy_observes(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	w.p->digest[0] = w.p->digest[0] == '0' ? '1' : '0';
	sweep(&w, true);
	assert_true(w.s.run.gates & 1u << GATE_POLICY_CHANGED);
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

static void
another_cloud_than_the_policy_names_is_observed(void **state)
{
	static const struct sim_attr wrong = {"VMREAPER_CLOUD", "production"};
	struct sim_user reaper = {.id = 6,
	    .name = "reaper",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = true,
	    .sees_hosts = true,
	    .may_manage = true,
	    .attrs = &wrong,
	    .n_attrs = 1};
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sim_add_user(w.sim, &reaper);
	sweep(&w, true);
	assert_true(w.s.run.gates & 1u << GATE_NOT_ARMED_HERE);
	assert_int_equal(sent(&w), 0);
	reaper.n_attrs = 0;
	sim_add_user(w.sim, &reaper);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
a_lost_reply_is_in_doubt_and_never_sent_again(void **state)
{
	struct sim_fault lost = {
	    .kind = SIM_FAULT_RESET, .method = "one.vm.action", .times = 1};
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sim_add_fault(w.sim, &lost); /* the daemon did nothing, but nobody here can know that */
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_IN_DOUBT);
	assert_int_equal(sim_log_count(w.sim, "kill accepted"), 0);
	for (i = 0; i < 6; i++) {
		later(&w, 900);
		sweep(&w, true);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_IN_DOUBT);
		assert_true(w.s.report.status.metrics[METRIC_IN_DOUBT] == 1);
	}
	assert_int_equal(sim_log_count(w.sim, "one.vm.action"), 1);
	world_free(&w);
}

static void
a_lost_reply_that_was_accepted_is_seen_as_done(void **state)
{
	struct sim_fault lost = {.kind = SIM_FAULT_LOST, .method = "one.vm.action", .times = 1};
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sim_add_fault(w.sim, &lost);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_IN_DOUBT);
	assert_int_equal(sim_log_count(w.sim, "kill accepted"), 1);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

static void
accepted_is_not_done(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NEVER, 0);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ACCEPTED);
	later(&w, 600);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ACCEPTED);
	later(&w, 600);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_STUCK);
	assert_int_equal(sent(&w), 1);
	sim_set_state(w.sim, 1, 6, 0);
	later(&w, 600);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	world_free(&w);
}

static void
a_machine_that_comes_back_is_bounced(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_BOUNCE, 300);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ACCEPTED);
	later(&w, 400);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_BOUNCED);
	assert_int_equal(report_state(&w.s.report.status, &(struct thresholds){0}), STATE_OK);
	world_free(&w);
}

static void
done_but_still_on_its_host_is_a_zombie(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_ZOMBIE, 0);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	for (i = 0; i < 2; i++) {
		later(&w, 900);
		sweep(&w, true);
	}
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ZOMBIE);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

static void
lock_it(struct sim *sim)
{
	sim_set_lock(sim, 1, 3, 7);
}

static void
resume_it(struct sim *sim)
{
	sim_set_state(sim, 1, 3, 3);
}

static void
end_it(struct sim *sim)
{
	sim_set_state(sim, 1, 6, 0);
}

static void
fail_its_host(struct sim *sim)
{
	sim_set_host_state(sim, 1, 3);
}

static void
what_changes_between_listing_and_kill_stops_it(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct sim *);
		enum outcome want;
	} cases[] = {{"locked", lock_it, OUTCOME_ABORTED},
	    {"running again", resume_it, OUTCOME_ABORTED}, {"done", end_it, OUTCOME_GONE},
	    {"host failed", fail_its_host, OUTCOME_ABORTED}};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].name);
		world_new(&w);
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		ripen(&w);
		at_kill = cases[i].change;
		sweep(&w, true);
		assert_int_equal(outcome_of(&w, 1), cases[i].want);
		assert_int_equal(sent(&w), 0);
		world_free(&w);
	}
}

static struct world *late_world;

static void
hold_late(struct sim *sim)
{
	struct ledger *l = NULL;
	struct hold hold = {.since_s = test_now_s, .reason = "", .by = "test"};

	(void)sim;
	assert_int_equal(
	    ledger_open(late_world->p->ledger.path, "test", LEDGER_WRITE, &l, NULL), 0);
	assert_int_equal(ledger_hold_set(l, &hold, NULL), 0);
	ledger_close(l);
}

static void
keep_late(struct sim *sim)
{
	struct ledger *l = NULL;
	struct keep keep = {.id = 1, .reason = "", .by = "test"};

	(void)sim;
	assert_int_equal(
	    ledger_open(late_world->p->ledger.path, "test", LEDGER_WRITE, &l, NULL), 0);
	assert_int_equal(ledger_keep_set(l, &keep, test_now_s, NULL), 0);
	ledger_close(l);
}

/* One minute of the week, which is not now. */
static void
close_late(struct sim *sim)
{
	int64_t day = (test_now_s / 86400 + 3) % 7; /* 1970-01-01 was a Thursday */

	(void)sim;
	late_world->p->reap.windows[0] =
	    (struct policy_window){(uint8_t)((day + 2) % 7), (uint8_t)((day + 2) % 7), 0, 1};
	late_world->p->reap.n_windows = 1;
}

/* Reading and probing again takes minutes: what is said meanwhile must still count. */
static void
what_a_person_says_while_it_is_looked_at_stops_it(void **state)
{
	static const struct {
		void (*change)(struct sim *);
		const char *detail;
	} cases[] = {
	    {hold_late, "on-hold"}, {keep_late, "keep-local"}, {close_late, "out-of-hours"}};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].detail);
		world_new(&w);
		late_world = &w;
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		ripen(&w);
		at_kill = cases[i].change;
		at_kill_after = 2; /* after the looks that come before the intent */
		sweep(&w, true);
		assert_null(at_kill);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_ABORTED);
		assert_string_equal(w.s.kills[0].detail, cases[i].detail);
		assert_int_equal(sent(&w), 0);
		world_free(&w);
	}
}

static void
change_password(struct sim *sim)
{
	struct sim_user reaper = {
	    .id = 6, .name = "reaper", .password = "other", .gid = 100, .gname = "watchers"};

	sim_add_user(sim, &reaper);
}

static void
a_run_that_fails_half_way_does_not_say_ok(void **state)
{
	struct thresholds t = {0};
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	at_kill = change_password;
	sweep(&w, true);
	assert_int_equal(w.rc, -1);
	assert_int_equal(w.f.kind, FAULT_AUTH);
	assert_true(w.s.listing.complete);
	assert_int_equal(report_state(&w.s.report.status, &t), STATE_UNKNOWN);
	world_free(&w);
}

static void
kills_that_fail_end_the_run(void **state)
{
	struct sim_fault refuse = {
	    .kind = SIM_FAULT_FAILURE, .method = "one.vm.action", .arg = 2048};
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	for (i = 1; i <= 5; i++)
		add_failed(&w, i, SIM_KILL_NOW, 0);
	w.p->limits.per_host = w.p->limits.per_owner = 10;
	w.p->limits.storm_host = w.p->limits.storm_network = 20;
	ripen(&w);
	sim_add_fault(w.sim, &refuse);
	sweep(&w, true);
	assert_int_equal(sent(&w), 3);
	assert_int_equal(w.s.act_fault.kind, FAULT_STATE);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_REFUSED);
	later(&w, 900);
	sweep(&w, true);
	assert_true(w.s.run.gates & 1u << GATE_FAILURES);
	assert_int_equal(sent(&w), 3);
	world_free(&w);
}

static void
an_incomplete_listing_kills_nothing_and_forgets_nothing(void **state)
{
	static const struct {
		enum sim_fault_kind kind;
		int64_t arg;
	} cases[] = {{SIM_FAULT_CUT, 1500}, {SIM_FAULT_SHORT, 1500}, {SIM_FAULT_INNER, 900},
	    {SIM_FAULT_HTML, 0}, {SIM_FAULT_STATUS, 503}, {SIM_FAULT_FAULT, -501},
	    {SIM_FAULT_FAILURE, 8192}, {SIM_FAULT_EMPTY, 0}, {SIM_FAULT_RESET, 0}};
	struct sim_fault fault = {.method = "one.vmpool.infoextended"};
	struct world w;
	size_t i;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fault.kind = cases[i].kind;
		fault.arg = cases[i].arg;
		print_message("%s\n", sim_fault_str(fault.kind));
		sim_add_fault(w.sim, &fault);
		sweep(&w, true);
		assert_false(w.s.listing.complete);
		assert_int_equal(w.rc, -1);
		assert_int_not_equal(w.f.kind, FAULT_NONE);
		assert_int_equal(w.s.run.n_kills, 0);
		assert_int_equal(sent(&w), 0);
		sim_clear_faults(w.sim);
		later(&w, 60);
	}
	/* the mark is still there, so the kill goes on as soon as the cloud has been well for a while */
	sweep(&w, true);
	assert_int_equal(w.s.run.gates, 1u << GATE_COOL_DOWN);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(w.s.run.gates, 1u << GATE_COOL_DOWN);
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* The status file keeps the worst 200 findings: that the prober was blind must be among them, or plugins say OK. */
static void
a_cut_list_keeps_that_the_run_could_not_look(void **state)
{
	static struct addr canary;
	const struct status *st;
	struct world w;
	size_t at = 0;

	(void)state;
	world_new(&w);
	assert_int_equal(net_addr_parse("10.0.99.99", &canary), 0);
	w.p->probe.canaries = &canary;
	w.p->probe.n_canaries = 1;
	for (int id = 200; id < 200 + STATUS_FINDINGS_MAX + 30; id++)
		add_failed(&w, id, SIM_KILL_NOW, 0);
	sweep(&w, false);
	st = &w.s.report.status;
	assert_true(st->n_findings > STATUS_FINDINGS_MAX);
	while (at < st->n_findings && strcmp(st->findings[at].code, "prober-blind") != 0)
		at++;
	assert_true(at < STATUS_FINDINGS_MAX);
	w.p->probe.canaries = NULL;
	w.p->probe.n_canaries = 0;
	world_free(&w);
}

/* A listing that is well-formed, and still not believed: it advances no mark either. */
static void
an_implausible_listing_is_not_complete(void **state)
{
	struct sim_user blind = {.id = 5,
	    .name = "monitor",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = true};
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	for (i = 106; i <= 120; i++)
		sim_set_state(w.sim, i, 6, 0);
	sweep(&w, true);
	assert_int_equal(w.rc, -1);
	assert_false(w.s.report.status.complete);
	assert_non_null(strstr(w.f.msg, "listing-implausible"));
	assert_int_equal(sent(&w), 0);
	assert_int_equal(remembered(&w).confirmations, 3);
	later(&w, 60);
	sim_add_user(w.sim, &blind);
	w.p->limits.shrink = 10000;
	sweep(&w, true);
	assert_int_equal(w.rc, -1);
	assert_non_null(strstr(w.f.msg, "hosts-not-visible"));
	assert_int_equal(remembered(&w).confirmations, 3);
	assert_int_equal(sent(&w), 0);
	blind.sees_hosts = true;
	sim_add_user(w.sim, &blind);
	later(&w, 60);
	w.p->reap.cool_down_s = 0;
	sweep(&w, true);
	assert_int_equal(w.rc, 0);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* OpenNebula 3.2: no version to ask for, so the policy pins it; the verb is finalize. */
static void
the_old_era_is_reaped_with_its_own_verb(void **state)
{
	struct sim_vm vm = sim_vm_default(1);
	struct world w;

	(void)state;
	world_of(&w, &(struct world_options){
			 .era = SIM_321, .cloud = "version = 3.2.1\naccount = 6:reaper\n"});
	vm.uid = 7;
	vm.uname = "alice";
	vm.host = 1;
	vm.stime_s = SIM_EPOCH - 864000;
	vm.state = 7; /* FAILED */
	vm.lcm = 0;
	sim_add_vm(w.sim, &vm);
	ripen(&w);
	assert_int_equal(sent(&w), 0);
	sweep(&w, true);
	assert_int_equal(w.rc, 0);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(
	    sim_log_count(w.sim, "kill accepted vm=1 verb=finalize user=reaper"), 1);
	world_free(&w);
	/* another account than the pinned one: it observes, marker or not */
	world_of(&w, &(struct world_options){
			 .era = SIM_321, .cloud = "version = 3.2.1\naccount = 5:monitor\n"});
	sim_add_vm(w.sim, &vm);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
	/* no pinned version: the era is not known */
	world_of(&w, &(struct world_options){.era = SIM_321, .cloud = "account = 6:reaper\n"});
	sim_add_vm(w.sim, &vm);
	ripen(&w);
	sweep(&w, true);
	assert_true(w.s.run.gates & 1u << GATE_ERA);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
a_look_writes_nothing(void **state)
{
	struct sweep_options o = {.mode = SWEEP_LOOK,
	    .program = "audit",
	    .reap = true,
	    .probe = true,
	    .saved_fd = -1,
	    .now_s = journal_now,
	    .sleep_ms = sleep_ms};
	struct world w;
	struct stat before, after;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sweep_free(&w.s);
	assert_int_equal(stat(w.p->ledger.path, &before), 0);
	assert_int_equal(sweep_run(w.p, &o, &w.s, &w.f), 0);
	assert_int_equal(stat(w.p->ledger.path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(
	    w.s.records[0].confirmations, 4); /* it sees what the sweeps remembered */
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(observing_sends_nothing_and_names_the_same_machines),
	    cmocka_unit_test(the_first_armed_sweep_after_a_new_policy_observes),
	    cmocka_unit_test(another_cloud_than_the_policy_names_is_observed),
	    cmocka_unit_test(a_lost_reply_is_in_doubt_and_never_sent_again),
	    cmocka_unit_test(a_lost_reply_that_was_accepted_is_seen_as_done),
	    cmocka_unit_test(accepted_is_not_done),
	    cmocka_unit_test(a_machine_that_comes_back_is_bounced),
	    cmocka_unit_test(done_but_still_on_its_host_is_a_zombie),
	    cmocka_unit_test(what_changes_between_listing_and_kill_stops_it),
	    cmocka_unit_test(what_a_person_says_while_it_is_looked_at_stops_it),
	    cmocka_unit_test(a_run_that_fails_half_way_does_not_say_ok),
	    cmocka_unit_test(kills_that_fail_end_the_run),
	    cmocka_unit_test(an_incomplete_listing_kills_nothing_and_forgets_nothing),
	    cmocka_unit_test(a_cut_list_keeps_that_the_run_could_not_look),
	    cmocka_unit_test(an_implausible_listing_is_not_complete),
	    cmocka_unit_test(the_old_era_is_reaped_with_its_own_verb),
	    cmocka_unit_test(a_look_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
