/* SPDX-License-Identifier: ISC */
/*
 * test_properties: what must be true of every fleet, tried on a hundred thousand random ones (five thousand
 * where each costs more). VMR_SEED=N starts at another seed, VMR_FLEETS=N sets how many; fleet k has the
 * seed N + k, so that a failure names the seed with which VMR_FLEETS=1 replays it alone.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/history.h"
#include "mutation.h"
#include "oracle.h"
#include "random_fleet.h"
#include "report/report.h"
#include "small_run.h"

#define SEED	 20261126
#define INTERVAL 900

static uint64_t first_seed = SEED, n_fleets = 100000;
static uint64_t seed; /* of the fleet at hand */
static uint64_t replayed, replayed_older;

#define BROKEN(...) (print_error(__VA_ARGS__), broken())

static void
broken(void)
{
	fail_msg("\nreplay: VMR_SEED=%" PRIu64 " VMR_FLEETS=1", seed);
}

static bool
has_id(const struct fleet *f, const size_t *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (f->vms[list[i]].id == id)
			return true;
	}
	return false;
}

/* Run one property over all fleets, each judged once. How many killed somebody must not be few. */
static void
for_each_fleet(void (*property)(struct fleet *f, struct dice *d))
{
	uint64_t killing = 0, kills = 0;

	for (uint64_t k = 0; k < n_fleets; k++) {
		struct dice d;
		struct fleet *f;

		seed = first_seed + k;
		f = random_fleet(seed, &d);
		fleet_judge(f);
		killing += f->run.n_kills > 0;
		kills += f->run.n_kills;
		property(f, &d);
		fleet_free(f);
	}
	print_message("%" PRIu64 " fleets, %" PRIu64 " of them kill, %" PRIu64 " machines\n",
	    n_fleets, killing, kills);
	if (n_fleets >= 1000 && killing * 10 < n_fleets)
		fail_msg("too few fleets kill anybody: nothing is proved");
}

/* --- a judgement, remembered ---------------------------------------------------------------------- */

struct memory {
	struct judgement out[FLEET_MAX];
	int64_t ids[FLEET_MAX]; /* in the order of out */
	size_t n;
	struct run_judgement run;
	int64_t kills[FLEET_MAX], would[FLEET_MAX];
};

static void
remember(const struct fleet *f, struct memory *m)
{
	m->n = f->listing.n;
	m->run = f->run;
	for (size_t i = 0; i < m->n; i++) {
		m->out[i] = f->out[i];
		m->ids[i] = f->vms[i].id;
	}
	for (size_t i = 0; i < f->run.n_kills; i++)
		m->kills[i] = f->vms[f->run.kills[i]].id;
	for (size_t i = 0; i < f->run.n_would_kill; i++)
		m->would[i] = f->vms[f->run.would_kill[i]].id;
}

static bool
would_have(const struct memory *m, int64_t id)
{
	for (size_t i = 0; i < m->run.n_would_kill; i++) {
		if (m->would[i] == id)
			return true;
	}
	return false;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_judgement(const struct judgement *a, const struct judgement *b)
{
	return a->verdict == b->verdict && a->veto == b->veto && a->vetoes == b->vetoes &&
	       a->problem == b->problem && a->candidate == b->candidate &&
	       same_text(a->verb, b->verb) && a->alive == b->alive && a->silent == b->silent &&
	       a->witness == b->witness && a->other_id == b->other_id &&
	       a->holds.any == b->holds.any && a->holds.vcpu == b->holds.vcpu &&
	       a->holds.memory_mib == b->holds.memory_mib &&
	       a->holds.disk_mib == b->holds.disk_mib &&
	       a->holds.addresses == b->holds.addresses && a->holds.images == b->holds.images;
}

/* memcmp of two lists of indices; an empty one may be NULL. */
static bool
same_bytes(const size_t *a, const size_t *b, size_t n)
{
	return n == 0 || memcmp(a, b, n * sizeof(*a)) == 0;
}

/* What makes a run observe (R1, R2). */
static const uint32_t observe =
    1u << GATE_OBSERVING | 1u << GATE_NOT_ARMED_HERE | 1u << GATE_POLICY_CHANGED;

/* --- (a) caps, gates, order ----------------------------------------------------------------------- */

static void
check_caps(const struct fleet *f, const size_t *list, size_t n)
{
	const struct policy *p = &f->policy;
	int64_t hour = p->limits.per_hour;

	if (hour != UNITS_UNLIMITED)
		hour =
		    hour > f->in.run.killed_last_hour ? hour - f->in.run.killed_last_hour : 0;
	if ((int64_t)n > p->limits.per_run || (int64_t)n > hour)
		BROKEN("%zu kills, %" PRId64 " a run, %" PRId64 " left of the hour", n,
		    p->limits.per_run, hour);
	for (size_t i = 0; i < n; i++) {
		const struct vm *vm = &f->vms[list[i]];
		int64_t host = 0, owner = 0;

		for (size_t k = 0; k < n; k++) {
			host += f->vms[list[k]].host_id == vm->host_id;
			owner += f->vms[list[k]].uid == vm->uid;
		}
		if (owner > p->limits.per_owner)
			BROKEN("%" PRId64 " kills of owner %d", owner, (int)vm->uid);
		if (vm->host_id >= 0 && host > p->limits.per_host)
			BROKEN("%" PRId64 " kills on host %" PRId64, host, vm->host_id);
	}
}

/* Oldest mark first; machines marked in the same sweep by id. */
static void
check_order(const struct fleet *f, const size_t *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		int64_t before_s = f->records[list[i - 1]].marked_s;
		int64_t marked_s = f->records[list[i]].marked_s;

		if (before_s > marked_s ||
		    (before_s == marked_s && f->vms[list[i - 1]].id >= f->vms[list[i]].id))
			BROKEN("machine %" PRId64 " is out of line", f->vms[list[i]].id);
	}
}

static void
property_caps(struct fleet *f, struct dice *d)
{
	const char *stop = oracle_stops(f);
	struct run_judgement first = f->run;
	size_t fewer;

	if (f->run.gates != 0 && f->run.n_kills > 0)
		BROKEN("kills while gates %x are closed", (unsigned)f->run.gates);
	if (stop != NULL && (f->run.n_kills > 0 || f->run.n_would_kill > 0))
		BROKEN("kills although: %s", stop);
	if (stop != NULL && (f->run.gates & ~observe) == 0)
		BROKEN("no gate is closed although: %s", stop);
	if (f->run.n_kills > 0 && (!f->policy.reap.armed || !f->in.run.reap_option ||
				      !f->in.run.marker_matches || f->in.run.policy_changed))
		BROKEN("kills while observing");
	check_caps(f, f->run.kills, f->run.n_kills);
	check_caps(f, f->run.would_kill, f->run.n_would_kill);
	check_order(f, f->run.would_kill, f->run.n_would_kill);
	for (size_t i = 0; i < f->run.n_would_kill; i++) {
		if (f->out[f->run.would_kill[i]].verdict != VERDICT_KILL)
			BROKEN("on the list, and its verdict is not kill");
	}
	/* A lower cap of the run takes the first of the same list: nobody jumps the queue. */
	if (first.n_would_kill == 0)
		return;
	fewer = dice_below(d, (unsigned)first.n_would_kill + 1);
	f->policy.limits.per_run = (int64_t)fewer;
	fleet_judge(f);
	if (f->run.n_would_kill != fewer ||
	    !same_bytes(f->run.would_kill, first.would_kill, fewer))
		BROKEN("with %zu a run it is not the first %zu", fewer, fewer);
}

/* --- (b) the protected ---------------------------------------------------------------------------- */

/* How often each veto stood alone: only there would its loss be seen. */
static uint64_t alone[VETO_COUNT], protected;

static void
property_protected(struct fleet *f, struct dice *d)
{
	(void)d;
	for (size_t i = 0; i < f->listing.n; i++) {
		const char *why = oracle_protects(f, i);

		protected += why != NULL && f->out[i].problem;
		if (f->out[i].vetoes != 0 && (f->out[i].vetoes & (f->out[i].vetoes - 1)) == 0)
			alone[f->out[i].veto]++;
		if (why == NULL)
			continue;
		if (f->out[i].verdict == VERDICT_KILL ||
		    has_id(f, f->run.kills, f->run.n_kills, f->vms[i].id) ||
		    has_id(f, f->run.would_kill, f->run.n_would_kill, f->vms[i].id))
			BROKEN(
			    "machine %" PRId64 " to be killed although: %s", f->vms[i].id, why);
	}
}

/* --- (c) monotone --------------------------------------------------------------------------------- */

static uint64_t applied[MUTATIONS_MAX];

static bool
only_caps(uint64_t vetoes)
{
	const uint64_t caps = (uint64_t)1 << VETO_RATE_RUN | (uint64_t)1 << VETO_RATE_HOUR |
			      (uint64_t)1 << VETO_RATE_HOST | (uint64_t)1 << VETO_RATE_OWNER;

	return (vetoes & ~caps) == 0;
}

/* The machines for which a change is interesting: those that might be killed, if there are any. */
static size_t
pick_problem(const struct fleet *f, struct dice *d)
{
	size_t at = dice_below(d, (unsigned)f->listing.n);

	for (size_t k = 0; k < f->listing.n; k++) {
		size_t i = (at + k) % f->listing.n;

		if (f->out[i].problem)
			return i;
	}
	return f->listing.n;
}

/*
 * One machine X looks more alive, more wanted, or less known than it did.
 *
 * For X it never turns keep or wait into kill: its own vetoes (caps aside) do not go away, and it does not
 * move up under the caps either, unless the change also keeps machines in front of it (a host that fails,
 * a canary that is silent: MUTATION_OTHERS). Where the rules are definite, X is not killed at all.
 *
 * For any other machine Y it cannot be so in general: if X answers, its network is seen to work (a
 * witness for Y); if X loses an address or its class, Y no longer shares the address, and the storm of a
 * host, a network or the cloud is one smaller. Those changes are MUTATION_HELPS. All others close no
 * fewer gates than before, and Y becomes a kill only by moving up under the caps.
 *
 * What cannot be asked for: an element that most machines do not have (LOCK, LABELS, an alias) and that
 * goes missing without a trace. That is why a machine must have been read whole (full).
 */
static void
property_monotone(struct fleet *f, struct dice *d)
{
	static struct memory before;
	size_t x, which;
	unsigned kind;

	if (f->listing.n == 0)
		return;
	x = pick_problem(f, d);
	if (x == f->listing.n)
		return;
	remember(f, &before);
	which = dice_below(d, (unsigned)n_mutations);
	if (!mutation_apply(f, x, which, d, &kind))
		return;
	applied[which]++;
	fleet_judge(f);
	if (!only_caps(before.out[x].vetoes) && only_caps(f->out[x].vetoes))
		BROKEN("%s: machine %" PRId64 " had vetoes %" PRIx64 " and now none",
		    mutations[which].name, f->vms[x].id, before.out[x].vetoes);
	if ((kind & MUTATION_KEEPS) != 0 &&
	    (f->out[x].verdict == VERDICT_KILL ||
		has_id(f, f->run.would_kill, f->run.n_would_kill, f->vms[x].id)) &&
	    (kind & MUTATION_GATE) == 0)
		BROKEN("%s: machine %" PRId64 " is to be killed all the same",
		    mutations[which].name, f->vms[x].id);
	if ((kind & MUTATION_GATE) != 0 && f->run.n_would_kill > 0)
		BROKEN("%s: somebody is to be killed", mutations[which].name);
	if ((kind & MUTATION_HELPS) == 0 && (before.run.gates & ~f->run.gates) != 0)
		BROKEN("%s: gates %x, before %x", mutations[which].name, (unsigned)f->run.gates,
		    (unsigned)before.run.gates);
	for (size_t i = 0; i < f->run.n_would_kill; i++) {
		size_t y = f->run.would_kill[i];

		if (would_have(&before, f->vms[y].id))
			continue;
		if (y == x && (kind & MUTATION_OTHERS) == 0)
			BROKEN("%s: machine %" PRId64 " is killed now, and was not",
			    mutations[which].name, f->vms[y].id);
		if ((kind & MUTATION_HELPS) == 0 && !only_caps(before.out[y].vetoes))
			BROKEN("%s: now machine %" PRId64 " is killed, vetoes before %" PRIx64,
			    mutations[which].name, f->vms[y].id, before.out[y].vetoes);
	}
}

/* --- (d) incomplete ------------------------------------------------------------------------------- */

static void
property_incomplete(struct fleet *f, struct dice *d)
{
	(void)d;
	f->listing.complete = false;
	snprintf(f->listing.why.msg, sizeof(f->listing.why.msg), "cut");
	fleet_judge(f);
	if (f->run.n_kills > 0 || f->run.n_would_kill > 0)
		BROKEN("%zu kills", f->run.n_would_kill);
	if ((f->run.gates & 1u << GATE_LISTING) == 0)
		BROKEN("the gate is open");
}

/* --- (e) order ------------------------------------------------------------------------------------ */

static void
shuffle(struct fleet *f, struct dice *d)
{
	for (size_t i = f->listing.n; i > 1; i--) {
		size_t k = dice_below(d, (unsigned)i);
		struct vm vm = f->vms[i - 1];
		struct record r = f->records[i - 1];

		f->vms[i - 1] = f->vms[k];
		f->records[i - 1] = f->records[k];
		f->vms[k] = vm;
		f->records[k] = r;
	}
	for (size_t i = f->listing.n_hosts; i > 1; i--) {
		size_t k = dice_below(d, (unsigned)i);
		struct host h = f->hosts[i - 1];
		struct host_record r = f->host_records[i - 1];

		f->hosts[i - 1] = f->hosts[k];
		f->host_records[i - 1] = f->host_records[k];
		f->hosts[k] = h;
		f->host_records[k] = r;
	}
	for (size_t i = f->in.n_keeps; i > 1; i--) {
		size_t k = dice_below(d, (unsigned)i);
		struct keep keep = f->keeps[i - 1];

		f->keeps[i - 1] = f->keeps[k];
		f->keeps[k] = keep;
	}
}

static void
property_order(struct fleet *f, struct dice *d)
{
	static struct memory before, after;

	remember(f, &before);
	shuffle(f, d);
	fleet_judge(f);
	remember(f, &after);
	for (size_t i = 0; i < before.n; i++) {
		if (!same_judgement(&before.out[i], fleet_out(f, before.ids[i])))
			BROKEN("machine %" PRId64 " is judged otherwise", before.ids[i]);
	}
	if (before.run.gates != after.run.gates ||
	    before.run.facts.unacknowledged != after.run.facts.unacknowledged ||
	    memcmp(before.run.detail, after.run.detail, sizeof(after.run.detail)) != 0)
		BROKEN("the gates say something else");
	if (before.run.n_kills != after.run.n_kills ||
	    before.run.n_would_kill != after.run.n_would_kill ||
	    memcmp(before.kills, after.kills, after.run.n_kills * sizeof(int64_t)) != 0 ||
	    memcmp(before.would, after.would, after.run.n_would_kill * sizeof(int64_t)) != 0)
		BROKEN("other kills");
}

/* --- (f) twice ------------------------------------------------------------------------------------ */

/* What the ledger knows of the kills when the next sweep loads it. */
static void
journal_kills(struct fleet *f, struct record *old)
{
	memcpy(old, f->records, sizeof(f->records));
	for (size_t i = 0; i < f->run.n_kills; i++) {
		struct record *r = &old[f->run.kills[i]];

		r->kills++;
		r->last_kill_s = f->in.run.now_s;
		r->killed_in_mark = true;
	}
}

/* Nothing has changed one interval later, as if no kill had had any effect. */
static void
sweep_again(struct fleet *f, const struct record *old)
{
	struct seen seen[FLEET_MAX];
	struct record *records;
	int64_t now_s = f->in.run.now_s + INTERVAL;

	f->in.run.now_s = now_s;
	f->in.run.elapsed =
	    (struct elapsed){.now_s = now_s, .counts_s = INTERVAL, .passed_s = INTERVAL};
	for (size_t i = 0; i < f->listing.n_hosts; i++)
		f->hosts[i].monitored_s += INTERVAL;
	assert_int_equal(verdict_seen(f->a, &f->in, NULL, 0, seen), 0);
	assert_int_equal(history_fold(f->a, &f->policy, &f->listing, seen, old, f->listing.n,
			     &f->in.run.elapsed, &records),
	    0);
	memcpy(f->records, records, f->listing.n * sizeof(*records));
	fleet_judge(f);
}

static uint64_t killed_later;

static void
property_twice(struct fleet *f, struct dice *d)
{
	static struct record old[FLEET_MAX];
	bool killed[FLEET_MAX] = {false};

	(void)d;
	if (f->run.n_kills == 0 || f->in.sightings == NULL)
		return;
	for (int sweep = 0; sweep < 3; sweep++) {
		for (size_t i = 0; i < f->run.n_kills; i++) {
			if (killed[f->run.kills[i]])
				BROKEN("machine %" PRId64 " is killed twice",
				    f->vms[f->run.kills[i]].id);
			killed[f->run.kills[i]] = true;
			killed_later += sweep > 0;
		}
		journal_kills(f, old);
		/* no cap may hide that one is killed again */
		f->policy.limits.per_run = f->policy.limits.per_hour = UNITS_UNLIMITED;
		f->policy.limits.per_host = f->policy.limits.per_owner = UNITS_UNLIMITED;
		sweep_again(f, old);
		/* two rules keep them, and each must still know why */
		for (size_t i = 0; i < f->listing.n; i++) {
			const struct record *r = &f->records[i];

			if (killed[i] && (r->kills != old[i].kills ||
					     (r->confirmations > 1 && !r->killed_in_mark)))
				BROKEN("the kill of machine %" PRId64 " is forgotten", r->id);
		}
	}
}

/* --- (g) one code path ---------------------------------------------------------------------------- */

static void
property_one_path(struct fleet *f, struct dice *d)
{
	static struct memory armed;
	unsigned why = 1 + dice_below(d, 15);

	f->policy.reap.armed = f->in.run.reap_option = f->in.run.marker_matches = true;
	f->in.run.policy_changed = false;
	fleet_judge(f);
	remember(f, &armed);
	if (armed.run.n_kills != armed.run.n_would_kill ||
	    memcmp(armed.kills, armed.would, armed.run.n_kills * sizeof(int64_t)) != 0)
		BROKEN("armed: two lists");
	f->policy.reap.armed = (why & 1) == 0;
	f->in.run.reap_option = (why & 2) == 0;
	f->in.run.marker_matches = (why & 4) == 0;
	f->in.run.policy_changed = (why & 8) != 0;
	fleet_judge(f);
	if (f->run.n_kills > 0)
		BROKEN("observing kills");
	if (f->run.n_would_kill != armed.run.n_kills ||
	    !same_bytes(f->run.would_kill, armed.run.kills, armed.run.n_kills))
		BROKEN("observing would kill %zu, armed kills %zu", f->run.n_would_kill,
		    armed.run.n_kills);
	if ((f->run.gates & ~observe) != armed.run.gates)
		BROKEN("other gates");
	for (size_t i = 0; i < armed.n; i++) {
		if (!same_judgement(&armed.out[i], &f->out[i]))
			BROKEN("machine %" PRId64 " is judged otherwise", armed.ids[i]);
	}
}

/* --- (h) the record -------------------------------------------------------------------------------- */

/* As a sweep recorded it that knew of no dates (schema 3): nothing was told then that is not judged by now. */
static bool
without_date(struct text *record)
{
	static const char member[] = "\"not_before_s\":0,";
	char *at = strstr(record->p, member);

	if (at == NULL)
		return false;
	memmove(at, at + sizeof(member) - 1, strlen(at + sizeof(member) - 1) + 1);
	return true;
}

/* Every problem machine, and the run, judged again from what a sweep records of them. One fleet of twenty. */
static void
property_record(struct fleet *f, struct dice *d)
{
	struct status status = {.n_gates = 0};
	struct status_gate gates[GATE_COUNT];
	struct text counts, record, out;
	struct fault why = {.kind = FAULT_NONE};
	bool agrees;

	if (dice_below(d, 20) != 0)
		return;
	status.gates = gates;
	for (int g = 0; g < GATE_COUNT; g++) {
		if ((f->run.gates & 1u << g) != 0)
			gates[status.n_gates++] =
			    (struct status_gate){gate_code((enum gate)g), f->run.detail[g]};
	}
	text_init(&counts, 1 << 20);
	text_init(&record, 1 << 20);
	text_init(&out, 1 << 16);
	assert_int_equal(
	    report_counts_json(&status, &f->in.run, &f->run.facts, &counts, &why), 0);
	for (size_t i = 0; i < f->listing.n; i++) {
		if (!f->out[i].problem)
			continue;
		text_reset(&record);
		assert_int_equal(
		    report_explain_json(&f->in, &f->out[i], &f->run, i, &record, &why), 0);
		if (report_replay(f->a, &f->policy, record.p, counts.p, &out, &agrees, &why) !=
		    0)
			BROKEN("machine %" PRId64 ": %s", f->vms[i].id, why.msg);
		if (!agrees)
			BROKEN("machine %" PRId64 ": %s", f->vms[i].id, out.p);
		replayed++;
		if (!without_date(&record))
			continue;
		if (report_replay(f->a, &f->policy, record.p, counts.p, &out, &agrees, &why) !=
			0 ||
		    !agrees)
			BROKEN("machine %" PRId64 " of schema 3: %s%s", f->vms[i].id, why.msg,
			    out.p);
		replayed_older++;
	}
	text_free(&counts);
	text_free(&record);
	text_free(&out);
}

/* --- the tests ------------------------------------------------------------------------------------ */

static void
no_cap_is_passed_and_no_gate_while_closed(void **state)
{
	(void)state;
	for_each_fleet(property_caps);
}

static void
a_protected_machine_is_never_killed(void **state)
{
	static const enum veto must[] = {VETO_CLASS_OFF, VETO_OUT_OF_SCOPE, VETO_EXCLUDED,
	    VETO_TOO_YOUNG, VETO_NOT_READ, VETO_LOCKED, VETO_KEEP_MARK, VETO_KEEP_LOCAL,
	    VETO_SERVICE, VETO_VROUTER, VETO_IMPORTED, VETO_SCHEDULED, VETO_HOST_STATE,
	    VETO_HOST_STALE, VETO_HOST_COOL, VETO_RUNS_ELSEWHERE, VETO_ANSWERS_PING,
	    VETO_ANSWERS_SSH, VETO_ANSWERS_TCP, VETO_AMBIGUOUS, VETO_NOT_PROBED, VETO_DATA,
	    VETO_WITHIN_GRACE, VETO_CONFIRMATIONS, VETO_KILLED_BEFORE, VETO_NOTICE};

	(void)state;
	for_each_fleet(property_protected);
	print_message("%" PRIu64 " problem machines are protected\n", protected);
	for (size_t i = 0; n_fleets >= 5000 && i < sizeof(must) / sizeof(must[0]); i++) {
		if (alone[must[i]] < 5)
			fail_msg("%s stood alone %" PRIu64 " times: its loss might not be seen",
			    veto_code(must[i]), alone[must[i]]);
	}
}

static void
less_known_or_more_alive_is_never_more_killed(void **state)
{
	(void)state;
	for_each_fleet(property_monotone);
	for (size_t i = 0; n_fleets >= 5000 && i < n_mutations; i++) {
		if (applied[i] < 20)
			fail_msg("%s: only %" PRIu64 " times", mutations[i].name, applied[i]);
	}
}

static void
an_incomplete_listing_kills_nothing(void **state)
{
	(void)state;
	for_each_fleet(property_incomplete);
}

static void
the_order_of_the_listing_does_not_matter(void **state)
{
	(void)state;
	for_each_fleet(property_order);
}

static void
the_sweep_run_again_kills_nothing_twice(void **state)
{
	(void)state;
	for_each_fleet(property_twice);
	/* the later sweeps do kill: those that the caps had held back */
	if (n_fleets >= 1000)
		assert_true(killed_later > n_fleets / 100);
}

static void
observing_would_kill_what_reaping_kills(void **state)
{
	(void)state;
	for_each_fleet(property_one_path);
}

static void
a_recorded_machine_is_judged_again_as_it_was(void **state)
{
	(void)state;
	for_each_fleet(property_record);
	print_message("%" PRIu64 " machines were judged again\n", replayed);
	if (n_fleets >= 1000)
		assert_true(replayed > n_fleets / 20 && replayed_older > replayed / 2);
}

static void
read_number(const char *name, uint64_t *number)
{
	const char *s = getenv(name);

	if (s != NULL && s[0] != '\0')
		*number = strtoull(s, NULL, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_cap_is_passed_and_no_gate_while_closed),
	    cmocka_unit_test(a_protected_machine_is_never_killed),
	    cmocka_unit_test(less_known_or_more_alive_is_never_more_killed),
	    cmocka_unit_test(an_incomplete_listing_kills_nothing),
	    cmocka_unit_test(the_order_of_the_listing_does_not_matter),
	    cmocka_unit_test(the_sweep_run_again_kills_nothing_twice),
	    cmocka_unit_test(observing_would_kill_what_reaping_kills),
	    cmocka_unit_test(a_recorded_machine_is_judged_again_as_it_was),
	};

	if (small_run())
		n_fleets = 1000;
	read_number("VMR_SEED", &first_seed);
	read_number("VMR_FLEETS", &n_fleets);
	print_message(
	    "seed: VMR_SEED=%" PRIu64 " VMR_FLEETS=%" PRIu64 "\n", first_seed, n_fleets);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
