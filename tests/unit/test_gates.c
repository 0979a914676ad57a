/* SPDX-License-Identifier: ISC */
/*
 * Each gate by itself: with all of them open the inviting machine is killed; one fact closes one gate, and
 * then nobody is. What the machine's own judgement says does not change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleet.h"

#define OPEN GATE_COUNT

typedef void change_fn(struct fleet *f, struct run_facts *r);
#define CHANGE(name) static void name(struct fleet *f, struct run_facts *r)
#define UNUSED	     (void)f, (void)r

/* A case is one line. */
/* clang-format off */
CHANGE(nothing) { UNUSED; }
CHANGE(not_armed) { UNUSED; f->policy.reap.armed = false; }
CHANGE(no_reap_option) { UNUSED; r->reap_option = false; }
CHANGE(no_marker) { UNUSED; r->marker_matches = false; }
CHANGE(policy_changed) { UNUSED; r->policy_changed = true; }
CHANGE(no_ledger) { UNUSED; r->ledger_ok = false; }
CHANGE(clock_back) { UNUSED; r->elapsed.jumped = true; r->elapsed.jump_s = -3600; }
CHANGE(clock_back_for_ever) { UNUSED; r->elapsed.jumped = true; r->elapsed.jump_s = INT64_MIN; }
CHANGE(listing_cut) { UNUSED; f->listing.complete = false; snprintf(f->listing.why.msg, sizeof(f->listing.why.msg), "cut"); }
/* 13 machines; the limit is 30%: of 19, 13 are left (31.6% gone); of 18, 13 (27.8%). */
CHANGE(shrunk) { UNUSED; r->last.machines = 19; }
CHANGE(shrunk_a_little) { UNUSED; r->last.machines = 18; }
CHANGE(shrunk_by_own_kills) { UNUSED; r->last.machines = 19; r->killed_since = 1; }
CHANGE(shrunk_after_own_kills) { UNUSED; r->last.machines = 19; r->killed_last_hour = 5; }
CHANGE(grown) { UNUSED; r->last.machines = 3; }
CHANGE(first_sweep) { UNUSED; r->last = (struct last_sweep){0}; }
CHANGE(all_gone_with_any_shrink) { UNUSED; f->listing.n = 0; f->policy.limits.shrink = 10000; }
CHANGE(hosts_hidden) { UNUSED; f->listing.n_hosts = 0; }
CHANGE(nothing_visible) { UNUSED; f->listing.n = 0; f->listing.n_hosts = 0; r->last = (struct last_sweep){0}; }
CHANGE(era_not_known) { UNUSED; f->listing.era = NULL; }
CHANGE(contradiction) { UNUSED; f->listing.contradiction = true; snprintf(f->listing.contradiction_text, 160, "x"); }
CHANGE(failed_7_in_7_2) { UNUSED; f->listing.contradiction = false; fleet_state(f, 5, 7, 0); }
CHANGE(two_failed_7_in_7_2) { failed_7_in_7_2(f, r); fleet_state(f, 3, 7, 0); fleet_state(f, 8, 7, 0); }
CHANGE(number_of_no_version) { UNUSED; fleet_state(f, 5, 3, 72); }
CHANGE(probing_cut) { UNUSED; f->sightings.facts.cut = true; }
CHANGE(probing_stopped) { UNUSED; f->sightings.facts.stopped = true; }
CHANGE(not_probed) { UNUSED; f->in.sightings = NULL; }
CHANGE(nobody_asked) { UNUSED; f->policy.probe.n_canaries = 1; f->sightings.n = 0; f->sightings.canaries = NULL; }
CHANGE(canary_silent) { UNUSED; f->policy.probe.n_canaries = 1; f->canaries[0].ping.result = PROBE_SILENT; }
CHANGE(canary_answers) { UNUSED; f->policy.probe.n_canaries = 1; f->canaries[0].ping.result = PROBE_ANSWERED; }
CHANGE(one_canary_of_two) { canary_answers(f, r); f->policy.probe.n_canaries = 2; f->canaries[1].ping.result = PROBE_NOT_SENT; }
CHANGE(canaries_not_probed) { canary_answers(f, r); f->sightings.canaries = NULL; }
static void
silence_running(struct fleet *f, size_t n)
{
	char addr[NET_STR_SIZE];

	for (size_t i = 1; i <= n; i++)
		fleet_see(f, net_addr_str(addr, &f->vms[i].addrs[0].a), PROBE_SILENT);
}
CHANGE(seven_of_twelve_silent) { UNUSED; silence_running(f, 7); }
CHANGE(half_silent) { UNUSED; silence_running(f, 6); }
CHANGE(silent_but_canary) { canary_answers(f, r); silence_running(f, 11); }
CHANGE(silent_that_never_answered) { UNUSED; silence_running(f, 11); for (size_t i = 1; i <= 11; i++) f->records[i].answered_s = 0; }
/* 6 of 12 is half; without the 6 that answer for the first time, nobody of those who should have. */
CHANGE(silent_that_first_answered_now) { UNUSED; silence_running(f, 6); for (size_t i = 7; i < 13; i++) f->records[i].answered_s = FLEET_NOW; }
CHANGE(out_of_hours) { UNUSED; r->in_hours = false; }
CHANGE(on_hold) { UNUSED; r->hold = true; }
CHANGE(three_failures) { UNUSED; r->failures = 3; }
CHANGE(back_for_29_min) { UNUSED; r->steady_s = FLEET_NOW - 1799; }
CHANGE(back_for_30_min) { UNUSED; r->steady_s = FLEET_NOW - 1800; }
CHANGE(not_steady) { UNUSED; r->steady_s = 0; }
CHANGE(steady_in_future) { UNUSED; r->steady_s = FLEET_NOW + 1; }
CHANGE(not_steady_no_cool_down) { UNUSED; r->steady_s = FLEET_NOW; f->policy.reap.cool_down_s = 0; }
CHANGE(two_failures) { UNUSED; r->failures = 2; }

/* --- storms; each machine on a host and in a network of its own unless it is about those --- */
static void
add_problems(struct fleet *f, size_t n, bool same_host, bool same_net)
{
	char addr[NET_STR_SIZE];

	f->policy.limits.storm_count = 10;
	f->policy.limits.storm_share = 10000;
	for (size_t i = 0; i < n; i++) {
		struct vm *vm;

		snprintf(addr, sizeof(addr), "10.0.%u.9", same_net ? 1u : (unsigned)(20 + i));
		if (same_net)
			snprintf(addr, sizeof(addr), "10.0.1.%u", (unsigned)(50 + i));
		vm = fleet_add_problem(f, 200 + (int64_t)i, addr);
		if (!same_host)
			vm->host_id = f->records[f->listing.n - 1].host_id = 1000 + (int64_t)i;
		if (!same_net)
			vm->addrs[0].network_id = 10 + (int32_t)i;
	}
}
/* The base machine is one of each. */
CHANGE(ten_problems) { UNUSED; add_problems(f, 9, false, false); }
CHANGE(eleven_problems) { UNUSED; add_problems(f, 10, false, false); }
/* Kills of the hour count with those that are left: 6 and 5. */
static void
six_problems(struct fleet *f)
{
	add_problems(f, 5, false, false);
}
CHANGE(six_and_four_killed) { six_problems(f); r->unacknowledged_last_hour = r->killed_last_hour = 4; }
CHANGE(six_and_five_killed) { six_problems(f); r->unacknowledged_last_hour = r->killed_last_hour = 5; }
CHANGE(six_and_five_killed_acknowledged) { six_problems(f); r->killed_last_hour = 5; }
/* The base machine is old; since: seconds ago, first seen a day ago. */
static void
rise(struct fleet *f, size_t n, int64_t ago_s)
{
	add_problems(f, n, false, false);
	for (size_t i = 13; i < 13 + n; i++) {
		f->records[i].first_seen_s = FLEET_NOW - DAY;
		f->records[i].since_s = FLEET_NOW - ago_s;
	}
}
CHANGE(five_risen) { UNUSED; rise(f, 5, 0); }
CHANGE(six_risen) { UNUSED; rise(f, 6, HOUR - 1); }
CHANGE(six_risen_an_hour_ago) { UNUSED; rise(f, 6, HOUR); }
CHANGE(six_never_seen_otherwise) { UNUSED; rise(f, 6, 60); for (size_t i = 13; i < 19; i++) f->records[i].first_seen_s = f->records[i].since_s; }
CHANGE(six_risen_one_acknowledged) { UNUSED; rise(f, 6, 60); f->records[14].acknowledged = true; }
CHANGE(eleven_protected_problems) { eleven_problems(f, r); for (size_t i = 13; i < 23; i++) f->vms[i].lock = 1; }
CHANGE(eleven_off_classes) { eleven_problems(f, r); for (size_t i = 13; i < 23; i++) fleet_state(f, i, 3, 40); }
CHANGE(eleven_one_acknowledged) { eleven_problems(f, r); f->records[13].acknowledged = true; }
CHANGE(eleven_acknowledged_not_marked) { eleven_one_acknowledged(f, r); f->records[13].confirmations = 0; }
CHANGE(eleven_acknowledged_other_life) { eleven_one_acknowledged(f, r); f->records[13].deploy_id = "one-y"; }
CHANGE(three_on_host) { UNUSED; add_problems(f, 2, true, false); }
CHANGE(four_on_host) { UNUSED; add_problems(f, 3, true, false); }
CHANGE(five_in_network) { UNUSED; add_problems(f, 4, false, true); }
CHANGE(six_in_network) { UNUSED; add_problems(f, 5, false, true); }
CHANGE(six_in_slash24) { six_in_network(f, r); for (size_t i = 0; i < f->listing.n; i++) f->vms[i].addrs[0].network_id = -1; }
CHANGE(six_twice_each_in_network)
{
	five_in_network(f, r);	/* two addresses of one machine in the network are one machine */
	fleet_add_addr(f, &f->vms[0], "10.0.1.222", 1);
	fleet_see(f, "10.0.1.222", PROBE_SILENT);
}
/* Share: 10% of 17 active is 1, the floor is 3. */
CHANGE(share_at_floor) { add_problems(f, 2, false, false); f->policy.limits.storm_share = 1000; (void)r; }
CHANGE(share_above_floor) { add_problems(f, 3, false, false); f->policy.limits.storm_share = 1000; (void)r; }
/* 25% of 16 active machines is 4. */
CHANGE(share_reached) { add_problems(f, 3, false, false); f->policy.limits.storm_share = 2500; (void)r; }
CHANGE(share_without_done) { share_reached(f, r); fleet_state(f, 1, 6, 0); }
CHANGE(share_without_pending) { share_reached(f, r); fleet_state(f, 1, 1, 0); }
CHANGE(no_limits)
{
	add_problems(f, 12, true, true);
	f->policy.limits.storm_count = f->policy.limits.storm_floor = UNITS_UNLIMITED;
	f->policy.limits.storm_host = f->policy.limits.storm_network = UNITS_UNLIMITED;
	f->policy.limits.storm_hour = UNITS_UNLIMITED;
	(void)r;
}

static const struct row {
	const char *name;
	change_fn *change;
	enum gate gate;
	const char *detail;		/* NULL: not compared */
} rows[] = {
#define ROW(fn, gate, detail) {#fn, fn, GATE_##gate, detail}
#define FREE(fn) {#fn, fn, OPEN, NULL}
    FREE(nothing), ROW(not_armed, OBSERVING, "not armed"), ROW(no_reap_option, OBSERVING, "no --reap"),
    ROW(no_marker, NOT_ARMED_HERE, ""), ROW(policy_changed, POLICY_CHANGED, ""), ROW(no_ledger, LEDGER, ""),
    ROW(clock_back, CLOCK_JUMP, "1 h back"), ROW(clock_back_for_ever, CLOCK_JUMP, NULL),
    ROW(listing_cut, LISTING, "cut"), ROW(shrunk, IMPLAUSIBLE, "13 machines, 19 in the last sweep"),
    ROW(all_gone_with_any_shrink, IMPLAUSIBLE, "0 machines, 13 in the last sweep"),
    FREE(shrunk_a_little), FREE(shrunk_by_own_kills),
    ROW(shrunk_after_own_kills, IMPLAUSIBLE, NULL), FREE(grown), FREE(first_sweep),
    ROW(nothing_visible, NO_HOSTS, "no machine and no host is visible"),
    ROW(hosts_hidden, NO_HOSTS, "13 machines are placed on hosts"), ROW(era_not_known, ERA, "version \"7.2.0\""),
    ROW(contradiction, CONTRADICTION, "x"), ROW(failed_7_in_7_2, CONTRADICTION,
	"machine 104: state 7, LCM state 0 do not exist in 7.x"),
    ROW(two_failed_7_in_7_2, CONTRADICTION, "machine 102: state 7, LCM state 0 do not exist in 7.x"),
    FREE(number_of_no_version), ROW(probing_cut, BLIND, "probing was cut by its deadline"),
    ROW(probing_stopped, BLIND, "probing was stopped"), ROW(not_probed, BLIND, "nothing was probed"), ROW(nobody_asked, BLIND, "nothing was probed"),
    ROW(canary_silent, BLIND, "1 of 1 canaries did not answer: -"), FREE(canary_answers),
    ROW(one_canary_of_two, BLIND, NULL), ROW(canaries_not_probed, BLIND, NULL),
    ROW(seven_of_twelve_silent, BLIND, "5 of 12 running machines that answered before"), FREE(half_silent),
    FREE(silent_but_canary), FREE(silent_that_never_answered), ROW(silent_that_first_answered_now, BLIND, NULL),
    ROW(out_of_hours, HOURS, ""), ROW(on_hold, HOLD, ""), ROW(three_failures, FAILURES, "3 in a row, limit 3"),
    FREE(two_failures), ROW(back_for_29_min, COOL_DOWN, "well for 29 min of 30 min"), FREE(back_for_30_min),
    ROW(not_steady, COOL_DOWN, "well for 0 s of 30 min"), ROW(steady_in_future, COOL_DOWN, NULL),
    FREE(not_steady_no_cool_down), FREE(six_and_four_killed),
    ROW(six_and_five_killed, STORM, "6 problem machines and 5 killed within the hour, limit 10"),
    FREE(six_and_five_killed_acknowledged), FREE(five_risen),
    ROW(six_risen, STORM, "6 within the hour, limit 5"), FREE(six_risen_an_hour_ago),
    FREE(six_never_seen_otherwise), FREE(six_risen_one_acknowledged),
    FREE(ten_problems), ROW(eleven_problems, STORM, "11 problem machines, limit 10"),
    ROW(eleven_protected_problems, STORM, NULL), ROW(eleven_off_classes, STORM, NULL),
    FREE(eleven_one_acknowledged), ROW(eleven_acknowledged_not_marked, STORM, NULL),
    ROW(eleven_acknowledged_other_life, STORM, NULL), FREE(three_on_host),
    ROW(four_on_host, STORM, "node4: 4, limit 3"), FREE(five_in_network),
    ROW(six_in_network, STORM, "private: 6, limit 5"), ROW(six_in_slash24, STORM, NULL),
    FREE(six_twice_each_in_network), FREE(share_at_floor),
    ROW(share_above_floor, STORM, "4 of 16 active machines, limit 3"), FREE(share_reached),
    ROW(share_without_done, STORM, "4 of 15 active machines, limit 3"),
    ROW(share_without_pending, STORM, "4 of 15 active machines, limit 3"), FREE(no_limits),
};
/* clang-format on */
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const uint32_t observe =
    1u << GATE_OBSERVING | 1u << GATE_NOT_ARMED_HERE | 1u << GATE_POLICY_CHANGED;

static void
one_changed_fact_closes_its_gate(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct fleet *f = fleet_new();
		uint32_t want = rows[i].gate == OPEN ? 0 : 1u << rows[i].gate;
		const char *detail = "";

		rows[i].change(f, &f->in.run);
		fleet_judge(f);
		if (rows[i].gate != OPEN)
			detail = f->run.detail[rows[i].gate];
		if (f->run.gates != want || (f->run.n_kills > 0) != (want == 0) ||
		    (f->run.n_would_kill > 0) != ((want & ~observe) == 0) ||
		    f->run.storm != (rows[i].gate == GATE_STORM)) {
			print_error("%s: gates %x, wanted %x; %zu kills, %zu would-kills\n",
			    rows[i].name, (unsigned)f->run.gates, (unsigned)want,
			    f->run.n_kills, f->run.n_would_kill);
			wrong++;
		}
		if (rows[i].detail != NULL && strcmp(rows[i].detail, detail) != 0) {
			print_error("%s: detail \"%s\"\n", rows[i].name, detail);
			wrong++;
		}
		fleet_free(f);
	}
	assert_int_equal(wrong, 0);
}

static void
every_gate_has_a_row(void **state)
{
	(void)state;
	for (int g = 0; g < GATE_COUNT; g++) {
		bool found = false;

		for (size_t i = 0; i < N_ROWS && !found; i++)
			found = rows[i].gate == (enum gate)g;
		if (!found)
			fail_msg("no row for %s", gate_code((enum gate)g));
	}
}

static void
gates_change_no_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct fleet *f = fleet_new();

		/* Facts of the run only: no machine, host or sighting changes. */
		if (rows[i].gate != GATE_OBSERVING && rows[i].gate != GATE_NOT_ARMED_HERE &&
		    rows[i].gate != GATE_HOLD && rows[i].gate != GATE_HOURS &&
		    rows[i].gate != GATE_LEDGER && rows[i].gate != GATE_LISTING) {
			fleet_free(f);
			continue;
		}
		rows[i].change(f, &f->in.run);
		fleet_judge(f);
		assert_int_equal(f->out[0].verdict, VERDICT_KILL);
		fleet_free(f);
	}
}

static void
observing_lists_whom_it_would_kill(void **state)
{
	struct fleet *f = fleet_new();
	size_t armed[FLEET_MAX], n;

	(void)state;
	fleet_add_problem(f, 43, "10.0.1.43");
	fleet_judge(f);
	n = f->run.n_kills;
	assert_int_equal(n, 2);
	memcpy(armed, f->run.kills, n * sizeof(*armed));
	assert_memory_equal(armed, f->run.would_kill, n * sizeof(*armed));
	f->policy.reap.armed = f->in.run.marker_matches = false;
	f->in.run.policy_changed = true;
	fleet_judge(f);
	assert_int_equal(f->run.n_kills, 0);
	assert_null(f->run.kills);
	assert_int_equal(f->run.n_would_kill, n);
	assert_memory_equal(armed, f->run.would_kill, n * sizeof(*armed));
	f->in.run.hold = true;
	fleet_judge(f);
	assert_int_equal(f->run.n_would_kill, 0);
	fleet_free(f);
}

static void
several_gates_are_all_named(void **state)
{
	struct fleet *f = fleet_new();

	(void)state;
	four_on_host(f, &f->in.run);
	f->policy.limits.storm_count = 3;
	on_hold(f, &f->in.run);
	fleet_judge(f);
	assert_int_equal(f->run.gates, 1u << GATE_STORM | 1u << GATE_HOLD);
	assert_string_equal(
	    f->run.detail[GATE_STORM], "4 problem machines, limit 3; node4: 4, limit 3");
	assert_int_equal(f->run.facts.problems, 4);
	assert_int_equal(f->run.facts.unacknowledged, 4);
	assert_int_equal(f->run.facts.active, 16);
	fleet_free(f);
}

static void
hostile_names_do_not_overrun_the_figures(void **state)
{
	struct fleet *f = fleet_new();
	char name[400];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[0] = '\n';
	name[sizeof(name) - 1] = '\0';
	f->hosts[0].name = name;
	six_in_network(f, &f->in.run);
	for (size_t i = 0; i < f->listing.n; i++) {
		f->vms[i].addrs[0].network = name;
		f->vms[i].host_id = f->records[i].host_id = 4;
	}
	f->policy.limits.storm_count = 0;
	f->policy.limits.storm_share = 0;
	memcpy(f->listing.why.msg, name, sizeof(name));
	f->listing.complete = false;
	fleet_judge(f);
	for (int g = 0; g < GATE_COUNT; g++)
		assert_non_null(memchr(f->run.detail[g], '\0', sizeof(f->run.detail[g])));
	assert_null(strchr(f->run.detail[GATE_STORM], '\n'));
	fleet_free(f);
}

/* A cloud of nobody, and of one: no division by nothing. */
static void
small_clouds_have_their_floor(void **state)
{
	struct fleet *f = fleet_new();
	const size_t n_seen = f->sightings.n;

	(void)state;
	f->listing.n = 0;
	fleet_judge(f);
	assert_int_equal(f->run.gates, 1u << GATE_IMPLAUSIBLE);
	f->in.run.last.machines = 0;
	fleet_judge(f);
	assert_int_equal(f->run.gates, 0);
	/* no machine, nobody asked: not blind; canaries are not asked either */
	f->sightings.n = 0;
	f->sightings.canaries = NULL;
	f->policy.probe.n_canaries = 1;
	fleet_judge(f);
	assert_int_equal(f->run.gates, 0);
	f->listing.n = 1;
	fleet_judge(f);
	assert_int_equal(f->run.gates, 1u << GATE_BLIND);
	f->policy.probe.n_canaries = 0;
	f->sightings.canaries = f->canaries;
	f->sightings.n = n_seen;
	fleet_judge(f);
	assert_int_equal(f->run.gates, 0);
	assert_int_equal(f->out[0].veto, VETO_NO_WITNESS);
	fleet_free(f);
}

/* Whatever was killed within the hour: with nobody left there is nothing to stop. */
static void
a_storm_ends_with_its_last_machine(void **state)
{
	struct fleet *f = fleet_new();

	(void)state;
	f->in.run.unacknowledged_last_hour = 11;
	fleet_judge(f);
	assert_true(f->run.storm);
	fleet_state(f, 0, 3, 3);
	fleet_judge(f);
	assert_false(f->run.storm);
	fleet_free(f);
}

/* What a sweep stores of its counts is all that its gates need. */
static void
gates_are_judged_again_from_their_counts(void **state)
{
	char detail[GATE_COUNT][160];

	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct fleet *f = fleet_new();

		rows[i].change(f, &f->in.run);
		fleet_judge(f);
		assert_int_equal(
		    verdict_run_gates(&f->policy, &f->in.run, &f->run.facts, detail),
		    f->run.gates);
		assert_memory_equal(detail, f->run.detail, sizeof(detail));
		fleet_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_changed_fact_closes_its_gate),
	    cmocka_unit_test(every_gate_has_a_row),
	    cmocka_unit_test(gates_change_no_machine),
	    cmocka_unit_test(observing_lists_whom_it_would_kill),
	    cmocka_unit_test(several_gates_are_all_named),
	    cmocka_unit_test(hostile_names_do_not_overrun_the_figures),
	    cmocka_unit_test(small_clouds_have_their_floor),
	    cmocka_unit_test(a_storm_ends_with_its_last_machine),
	    cmocka_unit_test(gates_are_judged_again_from_their_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
