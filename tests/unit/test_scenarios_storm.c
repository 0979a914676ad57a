/* SPDX-License-Identifier: ISC */
/*
 * The nasty scenarios 1 to 12 (reapers.md D.2): storms and false evidence. The whole pipeline against the simulated
 * cloud, with a prober that answers from a table; nobody is killed in any of them, and the report says why.
 */
#include "world.h"

/* n Unknown machines from id on, on one host and in one network, 10.0.network.1 and on. */
static void
add_many_unknown(struct world *w, int id, int n, int host, int network)
{
	char ip[24];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(ip, sizeof(ip), "10.0.%d.%d", network + i / 250, i % 250 + 1);
		add_unknown(w, id + i, host, network, ip);
	}
}

static bool
detail_has(struct world *w, enum gate g, const char *part)
{
	return strstr(w->s.run.detail[g], part) != NULL;
}

/* Ripe, and armed: but it is a storm, and the report is CRITICAL and names the way out. */
static void
assert_storm(struct world *w)
{
	const struct finding *f;
	struct text t;

	ripen(w);
	sweep(w, true);
	assert_int_equal(w->rc, 0);
	assert_true(gate_closed(w, GATE_STORM));
	assert_string_equal(gate_code(GATE_STORM), "storm");
	assert_int_equal(w->s.run.n_kills, 0);
	assert_int_equal(w->s.run.n_would_kill, 0);
	assert_int_equal(sent(w), 0);
	f = finding_of(w, "storm", -1);
	assert_non_null(f);
	assert_int_equal(f->severity, STATE_CRITICAL);
	assert_non_null(strstr(f->remedy, "vmreaper acknowledge"));
	assert_int_equal(plugin_state(w), STATE_CRITICAL);
	plugin_text(w, &t);
	assert_memory_equal(t.p, "VMS CRITICAL", 12);
	assert_non_null(strstr(t.p, "storm"));
	assert_non_null(strstr(t.p, "vmreaper acknowledge"));
	text_free(&t);
}

static void
s01_one_host_dies_and_still_shows_monitored(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_host(&w, 2);
	add_many_unknown(&w, 1000, 300, 2, 10);
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.0/23", PROBE_SILENT);
	see("10.0.20.0/24", PROBE_ANSWERED);
	assert_storm(&w);
	assert_int_equal(w.s.run.facts.unacknowledged, 300);
	assert_true(detail_has(&w, GATE_STORM, "300 problem machines, limit 10"));
	assert_true(detail_has(&w, GATE_STORM, "node2: 300, limit 3"));
	assert_int_equal(veto_of(&w, 1299), VETO_STORMED); /* until somebody has looked */
	world_free(&w);
}

/* It is the brake that saves them: when a person has acknowledged, the caps alone remain. */
static void
s01_after_the_acknowledgement_the_caps_remain(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_host(&w, 2);
	add_many_unknown(&w, 1000, 20, 2, 10);
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.0/24", PROBE_SILENT);
	see("10.0.20.0/24", PROBE_ANSWERED);
	assert_storm(&w);
	acknowledge(&w);
	later(&w, 900);
	sweep(&w, true);
	assert_false(gate_closed(&w, GATE_STORM));
	assert_int_equal(sent(&w), w.p->limits.per_host);
	world_free(&w);
}

static void
s02_rack_power_cut_hosts_back_and_freshly_monitored(void **state)
{
	struct world w;
	int i;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720, .limits = "storm_host = 100\n"});
	for (i = 0; i < 4; i++) {
		struct sim_host host = {
		    .id = 2 + i, .name = "rack", .state = 2, .mon_age_s = 1};

		sim_add_host(w.sim, &host);
		add_many_unknown(&w, 1000 + 100 * i, 4, 2 + i, 10 + i);
		add_alive(&w, 200 + i, 1, 10 + i,
		    (const char *[]){"10.0.20.1", "10.0.20.2", "10.0.20.3", "10.0.20.4"}[i]);
	}
	see("10.0.0.0/16", PROBE_SILENT);
	see("10.0.20.0/24", PROBE_ANSWERED);
	assert_storm(&w);
	assert_true(detail_has(&w, GATE_STORM, "16 problem machines, limit 10"));
	world_free(&w);
}

/* Five an hour more than may be killed, for hours: the hour's cap holds in every window of an hour. */
static void
s03_a_drip_below_the_storm_is_capped_by_the_hour(void **state)
{
	size_t at[32] = {0};
	struct world w;
	int i;

	(void)state;
	world_of(
	    &w, &(struct world_options){.era = SIM_720,
		    .limits = "storm_host = 100\nstorm_network = 100\nper_host = unlimited\n"
			      "per_owner = unlimited\n"});
	w.p->limits.storm_count = 1000; /* here the caps are alone */
	for (i = 0; i < 60; i++)
		add_failed(&w, i, SIM_KILL_NOW, 0);
	ripen(&w);
	for (i = 1; i <= 24; i++) { /* two hours, a sweep every five minutes */
		sweep(&w, true);
		at[i] = sent(&w);
		assert_true(at[i] - at[i - 1] <= 5);
		assert_true(at[i] - (i > 12 ? at[i - 12] : 0) <= 10);
		if (at[i] == at[i - 1])
			assert_true(has_veto(&w, 59, VETO_RATE_HOUR));
		later(&w, 300);
	}
	assert_string_equal(veto_code(VETO_RATE_HOUR), "cap-hour");
	assert_true(at[24] >= 20); /* and the cap lets go when its hour is over */
	world_free(&w);
}

static void
s04_libvirtd_dead_but_its_domains_answer(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_host(&w, 2);
	add_many_unknown(&w, 1, 3, 2, 10);
	see("10.0.10.0/24", PROBE_ANSWERED);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(w.s.run.gates, 0); /* few enough: it is the answer that saves them */
	assert_int_equal(veto_of(&w, 1), VETO_ANSWERS_PING);
	assert_int_equal(record_of(&w, 1)->confirmations, 0);
	assert_non_null(finding_of(&w, "answers-ping", 1));
	assert_int_equal(finding_of(&w, "answers-ping", 1)->severity, STATE_WARNING);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
s05_libvirtd_dead_and_icmp_filtered_on_one_host(void **state)
{
	struct world w;

	(void)state;
	world_of(
	    &w, &(struct world_options){.era = SIM_720, .limits = "storm_network = 100\n"});
	add_host(&w, 2);
	add_many_unknown(&w, 1, 8, 2, 10);
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.0/24", PROBE_SILENT);
	see("10.0.20.0/24", PROBE_ANSWERED);
	assert_storm(&w); /* 8 of 30 in all are no storm; 8 of one host are */
	assert_string_equal(w.s.run.detail[GATE_STORM], "node2: 8, limit 3");
	world_free(&w);
}

static void
s06_the_prober_has_lost_its_own_network(void **state)
{
	const struct finding *f;
	struct world w;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720, .probe = "canaries = 10.9.9.9\n"});
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.0.0/8", PROBE_ANSWERED);
	see("10.0.10.0/24", PROBE_SILENT);
	ripen(&w);
	see("10.0.0.0/8", PROBE_SILENT);
	sweep(&w, true);
	assert_true(gate_closed(&w, GATE_BLIND));
	assert_string_equal(gate_code(GATE_BLIND), "prober-blind");
	assert_true(detail_has(&w, GATE_BLIND, "1 of 1 canaries did not answer: 10.9.9.9"));
	f = finding_of(&w, "prober-blind", -1);
	assert_non_null(f);
	assert_int_equal(f->severity, STATE_UNKNOWN);
	assert_int_equal(plugin_state(&w), STATE_UNKNOWN);
	assert_false(w.s.report.status.has[METRIC_UNREACHABLE]); /* nobody is called dead */
	assert_int_equal(sent(&w), 0);
	see("10.0.0.0/8", PROBE_ANSWERED);
	see("10.0.10.0/24", PROBE_SILENT);
	later(&w, 900);
	sweep(&w, true); /* it sees again */
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* Without canaries: the running machines that used to answer are the prober's self-test. */
static void
s06_the_prober_has_lost_its_own_network_and_has_no_canary(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	add_alive(&w, 201, 1, 10, "10.0.20.2");
	see("10.0.20.0/24", PROBE_ANSWERED);
	see("10.0.10.0/24", PROBE_SILENT);
	ripen(&w);
	see("10.0.0.0/8", PROBE_SILENT);
	sweep(&w, true);
	assert_true(gate_closed(&w, GATE_BLIND));
	assert_int_equal(plugin_state(&w), STATE_UNKNOWN);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
s07_one_network_cannot_be_reached(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720, .probe = "canaries = 10.9.9.9\n"});
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_unknown(&w, 2, 1, 20, "10.0.20.1");
	add_alive(&w, 200, 1, 10, "10.0.11.1");
	add_alive(&w, 201, 1, 10, "10.0.11.2");
	add_alive(&w, 202, 1, 20, "10.0.21.1");
	see("10.0.0.0/8", PROBE_ANSWERED);
	see("10.0.10.1", PROBE_SILENT);
	see("10.0.20.1", PROBE_SILENT);
	ripen(&w);
	see("10.0.11.0/24",
	    PROBE_SILENT); /* the route to network 10 breaks: those that run as well */
	sweep(&w, true);
	assert_int_equal(w.s.run.gates, 0);
	assert_int_equal(veto_of(&w, 1), VETO_NO_WITNESS);
	assert_string_equal(veto_code(VETO_NO_WITNESS), "no-witness");
	assert_non_null(finding_of(&w, "no-witness", 1));
	assert_int_equal(outcome_of(&w, 1), OUTCOME_COUNT);
	assert_int_equal(outcome_of(&w, 2), OUTCOME_DONE); /* the other network is as it was */
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

static void
s08_no_leader_found(void **state)
{
	static const struct sim_fault no_leader = {.kind = SIM_FAULT_FAILURE,
	    .method = "one.vmpool.infoextended",
	    .arg = 8192,
	    .text = "Cannot process request, no leader found"};
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sim_add_fault(w.sim, &no_leader);
	sweep(&w, true);
	assert_int_equal(w.rc, -1);
	assert_false(w.s.report.status.complete);
	assert_non_null(strstr(w.f.msg, "no leader found"));
	assert_int_equal(plugin_state(&w), STATE_UNKNOWN);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(remembered(&w).confirmations, 3); /* and no mark moved */
	world_free(&w);
}

/* A follower repeats what it knew: the machines look Unknown, but its hosts were monitored long ago. */
static void
s08_a_follower_replies_stale(void **state)
{
	struct sim_host stale = {
	    .id = 1, .name = "node1", .state = 2, .mon_frozen_s = SIM_EPOCH + 1800};
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sim_add_host(w.sim, &stale);
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 1), VETO_HOST_STALE);
	assert_non_null(finding_of(&w, "host-stale", 1));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
s09_network_restored_but_the_machine_stays_unknown(void **state)
{
	const struct finding *f;
	struct world w;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_720, .cloud = "version = 5.12.0\n"});
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.0.0/8", PROBE_ANSWERED);
	see("10.0.10.1", PROBE_SILENT);
	ripen(&w);
	see("10.0.10.1",
	    PROBE_ANSWERED); /* one#5121: it answers again, and its state does not heal */
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 1), VETO_ANSWERS_PING);
	f = finding_of(&w, "answers-ping", 1);
	assert_non_null(f);
	assert_non_null(strstr(f->remedy, "onehost forceupdate"));
	assert_non_null(strstr(f->remedy, "onevm recover --success 1"));
	assert_int_equal(record_of(&w, 1)->confirmations, 0);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
s10_a_boot_failure_that_is_alive(void **state)
{
	struct sim_nic nic = {.network = "net", .network_id = 10, .ip = "10.0.10.1"};
	struct sim_vm vm;
	struct world w;

	(void)state;
	world_of(
	    &w, &(struct world_options){.era = SIM_720, .failed = "states = BOOT_FAILURE\n"});
	vm = a_machine(1, 1, &nic);
	vm.state = 3;
	vm.lcm = 36;
	sim_add_vm(w.sim, &vm);
	see("10.0.10.1", PROBE_SILENT);
	ripen(&w);
	assert_int_equal(record_of(&w, 1)->confirmations, 3);
	see("10.0.10.1", PROBE_ANSWERED); /* the domain is up after all */
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 1), VETO_ANSWERS_PING);
	assert_int_equal(record_of(&w, 1)->confirmations, 0);
	assert_int_equal(record_of(&w, 1)->flaps, 1);
	sim_set_state(w.sim, 1, 3, 3); /* and the cloud notices */
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(record_of(&w, 1)->confirmations, 0);
	sim_set_state(w.sim, 1, 3, 36); /* once more: from the beginning */
	see("10.0.10.1", PROBE_SILENT);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(record_of(&w, 1)->confirmations, 1);
	assert_int_equal(record_of(&w, 1)->earned_s, 0);
	assert_int_equal(veto_of(&w, 1), VETO_WITHIN_GRACE);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

static void
s11_hosts_whose_word_is_no_evidence(void **state)
{
	static const struct {
		const char *name;
		int host_state; /* -1: there is no such host; -2: the machine is on none */
		enum veto want;
	} cases[] = {{"INIT", 0, VETO_HOST_STATE}, {"ERROR", 3, VETO_HOST_STATE},
	    {"DISABLED", 4, VETO_HOST_STATE}, {"MONITORING_ERROR", 5, VETO_HOST_STATE},
	    {"MONITORING_INIT", 6, VETO_HOST_STATE},
	    {"MONITORING_DISABLED", 7, VETO_HOST_STATE}, {"OFFLINE", 8, VETO_HOST_STATE},
	    {"a state nobody knows", 99, VETO_HOST_STATE}, {"missing", -1, VETO_NO_HOST},
	    {"on no host", -2, VETO_NO_HOST}};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].name);
		world_new(&w);
		if (cases[i].host_state >= 0)
			add_host(&w, 2);
		add_unknown(&w, 1, cases[i].host_state == -2 ? -1 : 2, 10, "10.0.10.1");
		add_alive(&w, 200, 1, 10, "10.0.20.1");
		see("10.0.0.0/8", PROBE_ANSWERED);
		see("10.0.10.1", PROBE_SILENT);
		ripen(&w);
		if (cases[i].host_state >= 0)
			sim_set_host_state(w.sim, 2, cases[i].host_state);
		sweep(&w, true);
		assert_int_equal(w.s.run.gates, 0);
		assert_int_equal(veto_of(&w, 1), cases[i].want);
		assert_non_null(finding_of(&w, veto_code(cases[i].want), 1));
		assert_int_equal(sent(&w), 0);
		world_free(&w);
	}
}

static void
s12_a_machine_that_is_off_is_never_touched(void **state)
{
	static const char *const everything[] = {"*", "POWEROFF", "UNKNOWN", "FAILED"};
	struct sim_nic nic = {.network = "net", .network_id = 10, .ip = "10.0.10.1"};
	struct sim_vm vm;
	struct world w;
	int i;

	(void)state;
	world_new(&w);
	/* whatever the policy: nobody can write this one, but a fault could make it */
	w.p->unknown.states = w.p->failed.states = (struct policy_list){
	    .all = true, .v = (const char **)(uintptr_t)everything, .n = 4, .given = true};
	w.p->unknown.persistent = w.p->failed.persistent = POLICY_PERSISTENT_ALLOW;
	vm = a_machine(1, 1, &nic);
	vm.state = 8;
	vm.lcm = 0;
	vm.error = "missing"; /* it was halted from inside, and its host no longer lists it */
	sim_add_vm(w.sim, &vm);
	see("10.0.10.1", PROBE_SILENT);
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.20.1", PROBE_ANSWERED);
	for (i = 0; i < 8; i++) {
		sweep(&w, true);
		assert_int_equal(veto_of(&w, 1), VETO_NOT_REAPABLE);
		assert_int_equal(record_of(&w, 1)->confirmations, 0);
		later(&w, 900);
	}
	assert_string_equal(veto_code(VETO_NOT_REAPABLE), "not-reapable");
	assert_int_equal(w.s.run.facts.problems, 0);
	assert_int_equal(sent(&w), 0);
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
		assert_true(has_veto(&w, 1, VETO_HOST_COOL));
		assert_non_null(finding_of(&w, "host-cool-down", 1));
		assert_int_equal(sent(&w), 0);
	}
	for (i = 0; i < 4 && sent(&w) == 0; i++) {
		later(&w, 600);
		sweep(&w, true);
	}
	assert_false(has_veto(&w, 1, VETO_HOST_COOL));
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

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
		assert_true(gate_closed(&w, GATE_COOL_DOWN));
		assert_int_equal(sent(&w), 0);
	}
	for (i = 0; i < 4 && sent(&w) == 0; i++) {
		later(&w, 600);
		sweep(&w, true);
	}
	assert_false(gate_closed(&w, GATE_COOL_DOWN));
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* A leader change that no call failed for: the account may ask for the term (ADMIN ZONE). */
static void
s08_another_leader_cools_down(void **state)
{
	const struct sim_user monitor = {.id = 5,
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
	sim_set_term(w.sim, 7);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	sim_set_term(w.sim, 8);
	sweep(&w, true);
	assert_true(gate_closed(&w, GATE_COOL_DOWN));
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_true(gate_closed(&w, GATE_COOL_DOWN));
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s01_one_host_dies_and_still_shows_monitored),
	    cmocka_unit_test(s01_after_the_acknowledgement_the_caps_remain),
	    cmocka_unit_test(s02_rack_power_cut_hosts_back_and_freshly_monitored),
	    cmocka_unit_test(s03_a_drip_below_the_storm_is_capped_by_the_hour),
	    cmocka_unit_test(s04_libvirtd_dead_but_its_domains_answer),
	    cmocka_unit_test(s05_libvirtd_dead_and_icmp_filtered_on_one_host),
	    cmocka_unit_test(s06_the_prober_has_lost_its_own_network),
	    cmocka_unit_test(s06_the_prober_has_lost_its_own_network_and_has_no_canary),
	    cmocka_unit_test(s07_one_network_cannot_be_reached),
	    cmocka_unit_test(s08_no_leader_found),
	    cmocka_unit_test(s08_a_follower_replies_stale),
	    cmocka_unit_test(s09_network_restored_but_the_machine_stays_unknown),
	    cmocka_unit_test(s10_a_boot_failure_that_is_alive),
	    cmocka_unit_test(s11_hosts_whose_word_is_no_evidence),
	    cmocka_unit_test(s12_a_machine_that_is_off_is_never_touched),
	    cmocka_unit_test(s02_a_host_that_came_back_cools_down),
	    cmocka_unit_test(s03_a_drip_is_a_storm_in_the_end),
	    cmocka_unit_test(s06_sweeps_of_a_blind_prober_earn_no_grace),
	    cmocka_unit_test(s06_sweeps_that_sent_nothing_earn_no_grace),
	    cmocka_unit_test(s08_a_cloud_that_came_back_cools_down),
	    cmocka_unit_test(s08_another_leader_cools_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
