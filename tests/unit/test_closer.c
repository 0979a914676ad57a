/* SPDX-License-Identifier: ISC */
/*
 * Looking closer: every machine that is unknown or has failed is read by one.vm.info before anybody is judged, several
 * at once, over no more connections than [cloud] connections says.
 */
#include "ripe.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

static void
what_cannot_be_read_is_kept_in_that_sweep(void **state)
{
	const struct sim_fault no_extended = {
	    .kind = SIM_FAULT_FAULT, .method = "one.vmpool.infoextended", .arg = -506};
	const struct sim_fault fails = {
	    .kind = SIM_FAULT_FAILURE, .method = "one.vm.info", .arg = 8192, .times = 1};
	struct world w;

	(void)state;
	for (int is_short = 0; is_short < 2; is_short++) {
		world_new(&w);
		w.p->cloud.connections =
		    1; /* one after the other: the fault is for machine 1 */
		w.p->limits.per_host = w.p->limits.per_owner = 10;
		if (is_short)
			sim_add_fault(w.sim, &no_extended);
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		add_failed(&w, 2, SIM_KILL_NOW, 0);
		ripen(&w);
		sim_add_fault(w.sim, &fails);
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		assert_int_equal(veto_of(&w, 1), VETO_NOT_READ);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_COUNT);
		assert_int_equal(outcome_of(&w, 2), OUTCOME_DONE);
		/* the next one reads it */
		later(&w, 900);
		sweep(&w, true);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
		world_free(&w);
	}
}

/* In whatever order they were asked about (scenario 34). */
static void
those_that_fail_are_kept_and_many_are_a_sick_cloud(void **state)
{
	static const struct {
		int machines, unread, connections;
		bool sick;
	} rows[] = {{1, 1, 8, false}, {2, 1, 8, false}, {2, 2, 1, true}, {5, 2, 8, false},
	    {5, 3, 8, true}, {5, 5, 2, true}};
	static const enum sim_fault_kind kinds[] = {
	    SIM_FAULT_FAILURE, SIM_FAULT_HTML, SIM_FAULT_INNER, SIM_FAULT_STATUS};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ROWS(rows) * ROWS(kinds); i++) {
		const struct sim_fault fault = {.method = "one.vm.info",
		    .kind = kinds[i % ROWS(kinds)],
		    .arg = 500,
		    .times = rows[i / ROWS(kinds)].unread};
		const int n = rows[i / ROWS(kinds)].machines;
		const bool sick = rows[i / ROWS(kinds)].sick;
		int unread = 0, done = 0;

		print_message("%d of %d, %s\n", fault.times, n, sim_fault_str(fault.kind));
		world_new(&w);
		w.p->cloud.connections = rows[i / ROWS(kinds)].connections;
		w.p->limits.per_host = w.p->limits.per_owner = w.p->limits.storm_host = 10;
		for (int id = 1; id <= n; id++)
			add_failed(&w, id, SIM_KILL_NOW, 0);
		ripen(&w);
		sim_add_fault(w.sim, &fault);
		sweep(&w, true);
		for (int id = 1; id <= n; id++) {
			unread += has_veto(&w, id, VETO_NOT_READ);
			done += outcome_of(&w, id) == OUTCOME_DONE;
		}
		assert_int_equal(unread, fault.times);
		assert_int_equal(w.s.listing.complete, !sick);
		assert_int_equal(w.rc, sick ? -1 : 0);
		assert_int_equal(done, sick ? 0 : n - fault.times);
		assert_int_equal(sent(&w), sick ? 0 : n - fault.times);
		if (sick)
			assert_non_null(strstr(w.f.msg, "cannot be read"));
		world_free(&w);
	}
}

/* What only the guest said of its addresses is in one.vm.info alone: it is probed, and it speaks. */
static void
an_address_that_only_the_guest_knows_is_probed(void **state)
{
	static const struct sim_nic nic = {.network = "net", .network_id = 1, .ip = "10.0.1.7"};
	struct world w;

	(void)state;
	for (int answers = 0; answers < 2; answers++) {
		struct sim_vm vm;

		/* its address is of no network that the cloud knows of: only a canary can be its witness */
		world_of(&w, &(struct world_options){.probe = "canaries = 10.0.0.1\n"});
		see("10.0.0.0/8", PROBE_SILENT);
		see("10.0.0.1/32", PROBE_ANSWERED);
		vm = a_machine(7, 1, &nic);
		vm.state = 3;
		vm.lcm = 16; /* UNKNOWN */
		vm.guest_ip = "10.0.9.7";
		sim_add_vm(w.sim, &vm);
		see("10.0.9.7/32", answers ? PROBE_ANSWERED : PROBE_SILENT);
		ripen(&w);
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		assert_int_equal(has_veto(&w, 7, VETO_ANSWERS_PING), answers);
		assert_int_equal(sent(&w), answers ? 0 : 1);
		world_free(&w);
	}
}

/* Machine 1 is ripe; what is read of it is of another one, or of another time. */
static void
what_is_read_must_be_that_machine_as_it_was_listed(void **state)
{
	static const struct {
		const char *name, *find, *replace;
		bool read;
	} rows[] = {
	    {"another machine", "&lt;ID&gt;1&lt;/ID&gt;", "&lt;ID&gt;100&lt;/ID&gt;", false},
	    {"it runs again", "&lt;LCM_STATE&gt;39&lt;", "&lt;LCM_STATE&gt;3&lt;", true},
	    {"another owner", "&lt;UID&gt;7&lt;", "&lt;UID&gt;8&lt;", true},
	    {"born at another time", "&lt;STIME&gt;1794553600&lt;",
		"&lt;STIME&gt;1794553601&lt;", true},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct forge forge = {
		    .method = "one.vm.info", .find = rows[i].find, .replace = rows[i].replace};
		struct forger *g = ripe(&w, SIM_720);

		forger_set(g, &forge);
		sweep(&w, true);
		print_message("%s\n", rows[i].name);
		assert_int_equal(w.rc, 0);
		assert_true(forge.hits > 0);
		assert_int_equal(sent(&w), 0);
		assert_int_equal(w.s.listing.vms[0].id, 1);
		assert_int_equal(w.s.listing.vms[0].lcm, 39);
		assert_int_equal(w.s.listing.vms[0].uid, 7);
		assert_int_equal(has_veto(&w, 1, VETO_NOT_READ), !rows[i].read);
		/* the last look finds what has changed */
		assert_int_equal(
		    outcome_of(&w, 1), rows[i].read ? OUTCOME_ABORTED : OUTCOME_COUNT);
		ripe_end(&w, g);
	}
}

/* At most so many sockets in the whole sweep, the listing's own included; and the order is that of the ids. */
static void
two_hundred_take_eight_connections(void **state)
{
	static const int most[] = {1, 3, 8};
	const struct sim_fault slow = {
	    .kind = SIM_FAULT_DELAY, .method = "one.vm.info", .arg = 20, .times = 40};
	struct world w;
	size_t opened, at_once;

	(void)state;
	for (size_t i = 0; i < ROWS(most); i++) {
		world_new(&w);
		w.p->cloud.connections = most[i];
		for (int id = 200; id < 400; id++)
			add_failed(&w, id, SIM_KILL_NOW, 0);
		sim_add_fault(w.sim, &slow); /* so that all lanes are wanted */
		sweep(&w, false);
		assert_int_equal(w.rc, 0);
		assert_int_equal(sim_log_count(w.sim, "one.vm.info "), 200);
		sim_connections(w.sim, &opened, &at_once);
		print_message("%d: %zu opened, %zu at once\n", most[i], opened, at_once);
		/*
		 * They are closed behind it, so that the one for what comes next is another; and on a busy machine the
		 * listing's own may not be free yet when the others begin...
		 */
		assert_in_range(opened, most[i] > 1 ? most[i] + 1 : 1, most[i] + 2);
		/* ...and the server may hear of it before it has seen the others close */
		assert_in_range(at_once, most[i], opened);
		for (size_t k = 1; k < w.s.listing.n; k++) {
			assert_true(w.s.listing.vms[k - 1].id < w.s.listing.vms[k].id);
			assert_true(w.s.listing.vms[k].full);
		}
		world_free(&w);
	}
}

/* A cloud that answers nobody is not asked about each: the sweep says so and kills nobody. */
static void
a_cloud_that_answers_nobody_is_left_alone(void **state)
{
	const struct sim_fault fails = {
	    .kind = SIM_FAULT_STATUS, .method = "one.vm.info", .arg = 503};
	struct world w;

	(void)state;
	world_new(&w);
	for (int id = 200; id < 400; id++)
		add_failed(&w, id, SIM_KILL_NOW, 0);
	sim_add_fault(w.sim, &fails);
	sweep(&w, true);
	assert_int_equal(w.rc, -1);
	assert_false(w.s.listing.complete);
	assert_true(sim_log_count(w.sim, "one.vm.info ") < 50);
	assert_non_null(strstr(w.f.msg, "cannot be read"));
	assert_non_null(strstr(w.f.msg, "one.vm.info"));
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_cannot_be_read_is_kept_in_that_sweep),
	    cmocka_unit_test(those_that_fail_are_kept_and_many_are_a_sick_cloud),
	    cmocka_unit_test(an_address_that_only_the_guest_knows_is_probed),
	    cmocka_unit_test(what_is_read_must_be_that_machine_as_it_was_listed),
	    cmocka_unit_test(two_hundred_take_eight_connections),
	    cmocka_unit_test(a_cloud_that_answers_nobody_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
