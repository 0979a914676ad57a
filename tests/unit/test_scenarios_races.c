/* SPDX-License-Identifier: ISC */
/*
 * The nasty scenarios 22 to 29 (reapers.md D.2): what happens between two looks. The pipeline against the
 * simulated cloud. (30, a crash at every point, is tests/torture's.)
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

/* Machine 1 is Unknown and silent, a witness answers; ripe: an armed sweep kills it. */
static void
world_ripe(struct world *w, enum sim_kill kill, int64_t kill_s)
{
	static const struct sim_nic nic = {
	    .network = "net", .network_id = 10, .ip = "10.0.10.1"};
	struct sim_vm vm = a_machine(1, 1, &nic);

	world_new(w);
	vm.state = 3;
	vm.lcm = 16;
	vm.kill = kill;
	vm.kill_s = kill_s;
	sim_add_vm(w->sim, &vm);
	add_alive(w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.1", PROBE_SILENT);
	see("10.0.20.1", PROBE_ANSWERED);
	ripen(w);
}

/* --- 22, 23, 24: between the listing and the kill ------------------------------------------------ */

static void
run_it(struct sim *sim)
{
	sim_set_state(sim, 1, 3, 3);
}

static void
answer_it(struct sim *sim)
{
	(void)sim;
	see("10.0.10.1", PROBE_ANSWERED);
}

static void
lock_it(struct sim *sim)
{
	sim_set_lock(sim, 1, 1, 7);
}

/* The same machine, with one thing added by its owner. */
static struct sim_vm
same(void)
{
	static const struct sim_nic nic = {
	    .network = "net", .network_id = 10, .ip = "10.0.10.1"};
	struct sim_vm vm = a_machine(1, 1, &nic);

	vm.state = 3;
	vm.lcm = 16;
	return vm;
}

static void
keep_it(struct sim *sim)
{
	static const struct sim_attr keep = {"VMREAPER_KEEP", "YES"};
	struct sim_vm vm = same();

	vm.attrs = &keep;
	vm.n_attrs = 1;
	sim_add_vm(sim, &vm);
}

static void
label_it(struct sim *sim)
{
	struct sim_vm vm = same();

	vm.labels = "vmreaper-keep";
	sim_add_vm(sim, &vm);
}

static void
add_data(struct sim *sim)
{
	static const struct sim_disk disks[] = {
	    {.kind = SIM_DISK_IMAGE}, {.kind = SIM_DISK_PERSISTENT, .image_id = 9}};
	struct sim_vm vm = same();

	vm.disks = disks;
	vm.n_disks = 2;
	sim_add_vm(sim, &vm);
}

static void
aborts(void (*change)(struct sim *), const char *detail)
{
	struct world w;

	print_message("%s\n", detail);
	world_ripe(&w, SIM_KILL_NOW, 0);
	at_kill = change;
	sweep(&w, true);
	assert_int_equal(w.s.run.n_kills, 1); /* it was judged, and the last look said no */
	assert_int_equal(w.s.n_kills, 1);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ABORTED);
	assert_string_equal(w.s.kills[0].detail, detail);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
s22_it_recovers_between_listing_and_kill(void **state)
{
	(void)state;
	aborts(run_it, "not-reapable");
	aborts(answer_it, "answers-ping");
}

static void
s23_a_lock_a_label_or_data_come_between_mark_and_kill(void **state)
{
	(void)state;
	aborts(lock_it, "locked");
	aborts(keep_it, "keep-attribute");
	aborts(label_it, "keep-attribute");
	aborts(add_data, "persistent-disk");
}

/* The same earlier, between the marks and the sweep that would kill: it is not even begun. */
static void
s23_a_lock_a_label_or_data_come_between_two_sweeps(void **state)
{
	static const struct {
		void (*change)(struct sim *);
		enum veto want;
	} cases[] = {{lock_it, VETO_LOCKED}, {keep_it, VETO_KEEP_MARK},
	    {label_it, VETO_KEEP_MARK}, {add_data, VETO_DATA}};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_ripe(&w, SIM_KILL_NOW, 0);
		cases[i].change(w.sim);
		sweep(&w, true);
		assert_int_equal(w.s.run.gates, 0);
		assert_int_equal(veto_of(&w, 1), cases[i].want);
		assert_int_equal(w.s.n_kills, 0);
		assert_int_equal(sent(&w), 0);
		world_free(&w);
	}
}

static void
end_it(struct sim *sim)
{
	sim_set_state(sim, 1, 6, 0);
}

static void
purge_it(struct sim *sim)
{
	sim_remove_vm(sim, 1);
}

static void
s24_it_vanishes_between(void **state)
{
	void (*const changes[])(struct sim *) = {end_it, purge_it};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		world_ripe(&w, SIM_KILL_NOW, 0);
		at_kill = changes[i];
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_GONE);
		assert_non_null(finding_of(&w, "gone", 1));
		assert_int_equal(finding_of(&w, "gone", 1)->severity, STATE_OK);
		assert_true(w.s.report.status.metrics[METRIC_KILLED] == 0);
		assert_int_equal(sent(&w), 0);
		later(&w, 900);
		sweep(&w, true);
		assert_int_equal(w.s.state.failures, 0); /* no failure */
		assert_int_equal(w.s.state.killed_last_hour, 0); /* and no kill */
		assert_int_equal(plugin_state(&w), STATE_OK);
		world_free(&w);
	}
}

/* --- 25, 26 ------------------------------------------------------------------------------------- */

static void
s25_accepted_and_the_reply_is_lost(void **state)
{
	static const struct sim_fault lost = {
	    .kind = SIM_FAULT_LOST, .method = "one.vm.action", .times = 1};
	struct kill *kills;
	struct world w;
	size_t n;

	(void)state;
	world_ripe(&w, SIM_KILL_LATE, 600);
	sim_add_fault(w.sim, &lost);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_IN_DOUBT);
	assert_non_null(finding_of(&w, "in-doubt", 1));
	assert_int_equal(plugin_state(&w), STATE_CRITICAL);
	assert_int_equal(sim_log_count(w.sim, "kill accepted"), 1);
	later(&w, 900);
	sweep(&w, true); /* it is Done meanwhile */
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(w.s.state.killed_last_hour, 1); /* counted once */
	assert_int_equal(ledger_kills(w.s.ledger, w.s.arena, 1, 0, 10, &kills, &n, NULL), 0);
	assert_int_equal(n, 2); /* the observing sweep's row, and this one */
	assert_int_equal(kills[0].outcome, OUTCOME_DONE);
	assert_int_equal(kills[1].outcome, OUTCOME_WOULD_KILL);
	assert_int_equal(plugin_state(&w), STATE_OK);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* A day and a half of sweeps after a kill that does not come to its end: an alarm, and no loop. */
static void
never_done(const char *name, enum sim_kill kill, int64_t kill_s, enum outcome want,
    void (*instead)(struct sim *))
{
	const struct finding *f;
	struct world w;
	bool seen = false;
	int i;

	print_message("%s\n", name);
	world_ripe(&w, kill, kill_s);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ACCEPTED);
	if (instead != NULL)
		instead(w.sim);
	for (i = 1; i <= 54; i++) {
		later(&w, 2400);
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		f = finding_of(&w, outcome_str(want), 1);
		if (f != NULL) {
			seen = true;
			assert_int_equal(f->severity, STATE_CRITICAL);
			assert_int_equal(plugin_state(&w), STATE_CRITICAL);
		}
		if (i == 3)
			assert_true(seen);
		/* A4: at most one more, a day later */
		assert_true(sent(&w) <= (i * 2400 < 86400 ? 1 : 2));
	}
	assert_int_equal(outcome_of(&w, 1), want);
	world_free(&w);
}

static void
clean_up_for_ever(struct sim *sim)
{
	sim_set_state(sim, 1, 3, 23); /* CLEANUP_DELETE */
}

static void
s26_accepted_and_never_done(void **state)
{
	(void)state;
	never_done("SHUTDOWN for ever", SIM_KILL_NEVER, 0, OUTCOME_STUCK, NULL);
	never_done("CLEANUP for ever", SIM_KILL_NEVER, 0, OUTCOME_STUCK, clean_up_for_ever);
	never_done("EPILOG_FAILURE", SIM_KILL_EPILOG_FAILURE, 60, OUTCOME_STUCK, NULL);
}

static void
s26_accepted_and_it_comes_back(void **state)
{
	(void)state;
	never_done("SHUTDOWN, RUNNING, UNKNOWN", SIM_KILL_BOUNCE, 1700, OUTCOME_BOUNCED, NULL);
}

/* --- 27, 28 --------------------------------------------------------------------------------------- */

/* Where a kill of a Done machine is a success, it must not be sent, and is not reported as one. */
static void
s27_it_is_done_already(void **state)
{
	static const struct world_options old = {
	    .era = SIM_321, .cloud = "version = 3.2.1\naccount = 6:reaper\n"};
	struct sim_vm vm;
	struct world w;

	(void)state;
	world_of(&w, &old);
	vm = a_machine(1, 1, NULL);
	vm.state = 7; /* FAILED */
	vm.lcm = 0;
	sim_add_vm(w.sim, &vm);
	ripen(&w);
	at_kill = end_it;
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_GONE);
	assert_true(w.s.report.status.metrics[METRIC_KILLED] == 0);
	assert_null(finding_of(&w, "done", 1));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
set_zombies(struct world *w, const int *ids, size_t n)
{
	struct sim_host host = {.id = 1,
	    .name = "node1",
	    .state = 2,
	    .mon_age_s = 20,
	    .zombies = ids,
	    .n_zombies = n};

	sim_add_host(w->sim, &host);
}

static void
s28_done_but_its_host_still_runs_it(void **state)
{
	const struct finding *f;
	struct world w;

	(void)state;
	world_ripe(&w, SIM_KILL_ZOMBIE, 0);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	later(&w, 170); /* the host's list is made every 180 s: not believed yet */
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(plugin_state(&w), STATE_OK);
	later(&w, 400);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ZOMBIE);
	f = finding_of(&w, "zombie", 1);
	assert_non_null(f);
	assert_int_equal(f->severity, STATE_CRITICAL);
	assert_non_null(strstr(f->text, "host node1 still runs it"));
	assert_int_equal(plugin_state(&w), STATE_CRITICAL);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

static void
s28_one_early_false_positive_is_tolerated(void **state)
{
	static const int one[] = {1};
	struct world w;
	int i;

	(void)state;
	world_ripe(&w, SIM_KILL_NOW, 0);
	set_zombies(&w, one, 0);
	sweep(&w, true);
	set_zombies(&w, one, 1); /* its list was made before the kill */
	later(&w, 100);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	set_zombies(&w, one, 0);
	for (i = 0; i < 4; i++) {
		later(&w, 900);
		sweep(&w, true);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
		assert_null(finding_of(&w, "zombie", 1));
		assert_int_equal(plugin_state(&w), STATE_OK);
	}
	world_free(&w);
}

static void
s28_done_and_its_address_was_leased_again(void **state)
{
	struct world w;

	(void)state;
	world_ripe(&w, SIM_KILL_NOW, 0);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	add_alive(&w, 2, 1, 10, "10.0.10.1");
	see("10.0.10.1", PROBE_ANSWERED);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_null(finding_of(&w, "zombie", 1));
	assert_int_equal(plugin_state(&w), STATE_OK);
	world_free(&w);
}

/* --- 29 ------------------------------------------------------------------------------------------- */

/* Another process that holds the sweep's lock; returns when it does. end: its standard way to go. */
static pid_t
other_sweep(const struct world *w)
{
	struct ledger *l = NULL;
	int fds[2];
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* a test that fails leaves nobody behind */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
			_exit(1);
		if (ledger_open(w->p->ledger.path, "test", LEDGER_SWEEP, &l, NULL) != 0)
			_exit(1);
		if (write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &c, 1), 1);
	close(fds[0]);
	return pid;
}

static void
s29_sweeps_overlap(void **state)
{
	struct sweep_options look = {.mode = SWEEP_LOOK,
	    .program = "check_vms",
	    .probe = true,
	    .saved_fd = -1,
	    .now_s = journal_now,
	    .sleep_ms = sleep_ms};
	struct world w;
	char pid_text[32];
	int status;
	pid_t pid;

	(void)state;
	world_ripe(&w, SIM_KILL_NOW, 0);
	sweep_free(&w.s);
	pid = other_sweep(&w);
	snprintf(pid_text, sizeof(pid_text), "pid %ld", (long)pid);
	sweep(&w, true); /* the second one ends at once, and says who is first */
	assert_int_equal(w.rc, -1);
	assert_int_equal(w.f.kind, FAULT_LOCKED);
	assert_non_null(strstr(w.f.msg, "another sweep is running"));
	assert_non_null(strstr(w.f.msg, pid_text));
	assert_int_equal(sent(&w), 0);
	sweep_free(&w.s);
	assert_int_equal(sweep_run(w.p, &look, &w.s, &w.f), 0); /* the check needs no lock */
	assert_int_equal(sent(&w), 0);
	/* the lock of a process that is dead is none */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	sweep(&w, true);
	assert_int_equal(w.rc, 0);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
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
	    cmocka_unit_test(s22_it_recovers_between_listing_and_kill),
	    cmocka_unit_test(s23_a_lock_a_label_or_data_come_between_mark_and_kill),
	    cmocka_unit_test(s23_a_lock_a_label_or_data_come_between_two_sweeps),
	    cmocka_unit_test(s24_it_vanishes_between),
	    cmocka_unit_test(s25_accepted_and_the_reply_is_lost),
	    cmocka_unit_test(s26_accepted_and_never_done),
	    cmocka_unit_test(s26_accepted_and_it_comes_back),
	    cmocka_unit_test(s27_it_is_done_already),
	    cmocka_unit_test(s28_done_but_its_host_still_runs_it),
	    cmocka_unit_test(s28_one_early_false_positive_is_tolerated),
	    cmocka_unit_test(s28_done_and_its_address_was_leased_again),
	    cmocka_unit_test(s29_sweeps_overlap),
	    cmocka_unit_test(s28_done_but_its_address_still_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
