/* SPDX-License-Identifier: ISC */
/*
 * verdict: the order of a judgement: the machines, the gates, then who is first in line.
 *
 * Hides the caps (V9) and the last look before the call (V10). Nothing in here may make a machine more
 * killable than vetoes.c found it. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "verdict/gates.h"
#include "verdict/vetoes.h"

const char *
verdict_str(enum verdict v)
{
	switch (v) {
	case VERDICT_KEEP:
		return "keep";
	case VERDICT_WAIT:
		return "wait";
	case VERDICT_KILL:
		return "kill";
	}
	return "?";
}

const struct sighting *
sightings_find(const struct sightings *s, const struct addr *a)
{
	size_t lo = 0, hi = s->n, mid;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = net_addr_cmp(&s->addrs[mid], a);
		if (c == 0)
			return &s->seen[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static const struct record *
old_record(const struct record *old, size_t n, const struct vm *vm)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (old[mid].id < vm->id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && history_same_identity(&old[lo], vm) ? &old[lo] : NULL;
}

/* R7, before the fold (gates.c judges it again after it): does silence mean anything at all in this sweep? */
static bool
is_blind(const struct verdict_input *in, const struct record *old, size_t n_old,
    const struct seen *seen)
{
	const struct policy *p = in->policy;
	const struct sightings *s = in->sightings;
	const struct record *r;
	size_t expected = 0, answered = 0;

	if (s == NULL || s->facts.cut || s->facts.stopped)
		return true;
	for (size_t i = 0; i < p->probe.n_canaries; i++) {
		if (s->canaries == NULL || sighting_sum(&s->canaries[i]) != SIGHTING_ALIVE)
			return true;
	}
	for (size_t i = 0; p->probe.n_canaries == 0 && i < in->listing->n; i++) {
		if (in->listing->vms[i].cls != VM_CLASS_OK ||
		    !(seen[i].alive || seen[i].silent))
			continue;
		r = old_record(old, n_old, &in->listing->vms[i]);
		if (r == NULL || r->answered_s <= 0)
			continue;
		expected++;
		answered += seen[i].alive;
	}
	return answered * 2 < expected;
}

/* May what was seen of it confirm a mark? Silence apart. */
static bool
is_evident(const struct view *v, const struct vm *vm, const struct judgement *facts)
{
	return (vetoes_scope(v->p, vm, v->now_s) | vetoes_wish(v->p, vm, v->now_s) |
		   vetoes_host(v->p, v->era, vm, view_host(v, vm->host_id), v->now_s)) == 0 &&
	       !facts->keep_local && !facts->zombie;
}

/* The view of the fleet is needed while this runs only: in scratch. */
static int
fleet_seen(struct arena *scratch, const struct verdict_input *in, const struct record *old,
    size_t n_old, struct seen *seen)
{
	struct verdict_input now = *in;
	const struct policy_class *pc;
	struct judgement facts;
	struct reading r;
	struct view v;
	bool blind;

	now.records = NULL;
	now.hosts = NULL;
	if (view_build(&v, scratch, &now) != 0)
		return -1;
	for (size_t i = 0; i < in->listing->n; i++) {
		const struct vm *vm = &in->listing->vms[i];

		vetoes_facts(&v, i, &facts, &r);
		seen[i].alive = facts.alive;
		seen[i].silent =
		    facts.silent && (!facts.problem || (facts.witness && !facts.shared));
		seen[i].candidate = verdict_is_candidate(in->policy, in->listing->era, vm);
		seen[i].evident = seen[i].candidate && is_evident(&v, vm, &facts);
	}
	blind = is_blind(in, old, n_old, seen);
	for (size_t i = 0; i < in->listing->n; i++) {
		pc = history_policy_class(in->policy, in->listing->vms[i].cls);
		if (blind)
			seen[i].silent = false;
		if (pc != NULL && pc->silence && !seen[i].silent)
			seen[i].evident = false;
	}
	return 0;
}

int
verdict_seen(struct arena *a, const struct verdict_input *in, const struct record *old,
    size_t n_old, struct seen *seen)
{
	struct arena *scratch = arena_scratch(a);
	int rc = scratch != NULL ? fleet_seen(scratch, in, old, n_old, seen) : -1;

	arena_free(scratch);
	return rc;
}

/* --- V9: caps ------------------------------------------------------------------------------------- */

/* A machine against which nothing speaks, in the order of its mark. */
struct line {
	int64_t marked_s, id;
	size_t index;
};

static int
line_cmp(const void *va, const void *vb)
{
	const struct line *a = va, *b = vb;

	if (a->marked_s != b->marked_s)
		return a->marked_s < b->marked_s ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* Kills so far on each host and of each owner. */
struct caps {
	struct tally hosts, owners;
	int64_t run;
};

static int
caps_open(
    struct arena *a, struct caps *c, const struct view *v, const struct line *line, size_t n)
{
	c->run = 0;
	if (tally_open(a, &c->hosts, n) != 0 || tally_open(a, &c->owners, n) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct vm *vm = &v->l->vms[line[i].index];
		struct tally_row host = {.kind = TALLY_HOST, .key = (uint64_t)vm->host_id};
		struct tally_row owner = {.kind = TALLY_OWNER, .key = (uint64_t)vm->uid};

		tally_add(&c->hosts, &host);
		tally_add(&c->owners, &owner);
	}
	tally_close(&c->hosts);
	tally_close(&c->owners);
	return 0;
}

/* Which caps are in the way of one more kill, of this machine. Takes its place when none is. */
static uint64_t
caps_take(struct caps *c, const struct view *v, const struct vm *vm, struct judgement *j)
{
	struct tally_row *host = tally_find(&c->hosts, TALLY_HOST, (uint64_t)vm->host_id);
	struct tally_row *owner = tally_find(&c->owners, TALLY_OWNER, (uint64_t)vm->uid);
	uint64_t mask;

	j->cap_run = (int32_t)c->run;
	j->cap_host = (int32_t)host->n;
	j->cap_owner = (int32_t)owner->n;
	mask = vetoes_caps(v->p, vm, v->in->run.killed_last_hour, j);
	if (mask == 0) {
		c->run++;
		host->n++;
		owner->n++;
	}
	return mask;
}

/* Put those without a veto in order, hold the rest back. list gets the indices to kill. */
static int
caps_apply(const struct view *v, struct arena *a, struct arena *scratch, struct judgement *out,
    size_t **list, size_t *n_list)
{
	struct line *line;
	struct caps caps;
	size_t n = 0;

	*n_list = 0;
	line = arena_calloc(scratch, v->l->n + 1, sizeof(*line));
	if (line == NULL)
		return -1;
	for (size_t i = 0; i < v->l->n; i++) {
		if (out[i].vetoes == 0)
			line[n++] =
			    (struct line){v->in->records[i].marked_s, v->l->vms[i].id, i};
	}
	qsort(line, n, sizeof(*line), line_cmp);
	*list = arena_calloc(a, n + 1, sizeof(**list));
	if (*list == NULL || caps_open(scratch, &caps, v, line, n) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct judgement *j = &out[line[i].index];

		j->vetoes = caps_take(&caps, v, &v->l->vms[line[i].index], j);
		j->veto = veto_first(j->vetoes);
		if (j->vetoes == 0)
			(*list)[(*n_list)++] = line[i].index;
	}
	return 0;
}

/* --- V8: whose owner is to be told ---------------------------------------------------------------- */

/* Oldest mark first. None while a gate is closed that makes the evidence, or the run, worth nothing. */
static int
notices_list(const struct view *v, struct arena *a, const struct judgement *out,
    struct run_judgement *run)
{
	struct line *line;
	size_t n = 0;

	for (size_t i = 0; i < v->l->n; i++)
		n += out[i].notice_due;
	if (n == 0 || (run->gates & ~GATES_NOTICE) != 0)
		return 0;
	line = arena_calloc(a, n, sizeof(*line));
	run->notices = arena_calloc(a, n, sizeof(*run->notices));
	if (line == NULL || run->notices == NULL)
		return -1;
	for (size_t i = 0, k = 0; i < v->l->n; i++) {
		if (out[i].notice_due)
			line[k++] =
			    (struct line){v->in->records[i].marked_s, v->l->vms[i].id, i};
	}
	qsort(line, n, sizeof(*line), line_cmp);
	for (size_t i = 0; i < n; i++)
		run->notices[i] = line[i].index;
	run->n_notices = n;
	return 0;
}

/* --- the fleet ------------------------------------------------------------------------------------ */

/* Without memory there is no judgement: everybody is kept. */
static int
keep_all(const struct verdict_input *in, struct judgement *out, struct run_judgement *run)
{
	static const char why[] = "out of memory for the judgement";

	for (size_t i = 0; i < in->listing->n; i++) {
		out[i] = (struct judgement){.verdict = VERDICT_KEEP,
		    .veto = VETO_NOT_READ,
		    .vetoes = VETO_BIT(VETO_NOT_READ),
		    .other_id = -1};
	}
	memset(run, 0, sizeof(*run));
	run->gates = 1u << GATE_LISTING;
	memcpy(run->detail[GATE_LISTING], why, sizeof(why));
	return -1;
}

/* What outlives the call goes to a, the rest to scratch. */
static int
fleet_judge(struct arena *a, struct arena *scratch, const struct verdict_input *in,
    struct judgement *out, struct run_judgement *run)
{
	struct view v;
	size_t *list, n_list;
	uint64_t waits = 0;

	for (int w = 0; w < VETO_COUNT; w++)
		waits |= veto_is_wait((enum veto)w) ? VETO_BIT(w) : 0;
	memset(run, 0, sizeof(*run));
	if (view_build(&v, scratch, in) != 0)
		return -1;
	for (size_t i = 0; i < in->listing->n; i++)
		vetoes_judge(&v, i, &out[i]);
	if (gates_count(&v, scratch, out, &run->facts) != 0 ||
	    caps_apply(&v, a, scratch, out, &list, &n_list) != 0)
		return -1;
	run->gates = verdict_run_gates(in->policy, &in->run, &run->facts, run->detail);
	run->storm = (run->gates & 1u << GATE_STORM) != 0;
	if (notices_list(&v, a, out, run) != 0)
		return -1;
	for (size_t i = 0; i < in->listing->n; i++) {
		if (out[i].vetoes == 0)
			out[i].verdict = VERDICT_KILL;
		else if ((out[i].vetoes & ~waits) == 0)
			out[i].verdict = VERDICT_WAIT;
	}
	/* One list: observing and reaping differ in who reads it, not in what it says. */
	if ((run->gates & ~GATES_OBSERVE) == 0) {
		run->would_kill = list;
		run->n_would_kill = n_list;
	}
	if (run->gates == 0) {
		run->kills = list;
		run->n_kills = n_list;
	}
	return 0;
}

int
verdict_fleet(struct arena *a, const struct verdict_input *in, struct judgement *out,
    struct run_judgement *run)
{
	struct arena *scratch = arena_scratch(a);
	int rc = scratch != NULL ? fleet_judge(a, scratch, in, out, run) : -1;

	arena_free(scratch);
	return rc == 0 ? 0 : keep_all(in, out, run);
}

/* --- V10: the last look --------------------------------------------------------------------------- */

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_disks(const struct vm *a, const struct vm *b)
{
	if (a->n_disks != b->n_disks)
		return false;
	for (size_t i = 0; i < a->n_disks; i++) {
		const struct vm_disk *x = &a->disks[i], *y = &b->disks[i];

		if (x->id != y->id || x->kind != y->kind || x->persistent != y->persistent ||
		    !same_text(x->image, y->image))
			return false;
	}
	return true;
}

/* Every address of a that the cloud gave out is one of b's as well. */
static bool
has_addresses(const struct vm *a, const struct vm *b)
{
	for (size_t i = 0; i < a->n_addrs; i++) {
		bool found = a->addrs[i].origin == ADDR_GUEST;

		for (size_t k = 0; k < b->n_addrs && !found; k++)
			found = net_addr_eq(&a->addrs[i].a, &b->addrs[k].a);
		if (!found)
			return false;
	}
	return true;
}

static bool
is_unchanged(const struct vm *a, const struct vm *b)
{
	return a->id == b->id && a->stime_s == b->stime_s && a->uid == b->uid &&
	       a->gid == b->gid && same_text(a->deploy_id, b->deploy_id) &&
	       a->state == b->state && a->lcm == b->lcm && a->cls == b->cls &&
	       a->host_id == b->host_id && a->seq == b->seq && a->lock == b->lock &&
	       a->n_nics == b->n_nics && has_addresses(a, b) && has_addresses(b, a) &&
	       same_disks(a, b) && a->snapshots == b->snapshots &&
	       a->create_image == b->create_image && a->service_id == b->service_id &&
	       a->vrouter_id == b->vrouter_id && a->imported == b->imported;
}

/* one.vm.info may know addresses that the listing does not have: does another machine claim one? */
static bool
is_ambiguous(
    const struct policy *p, const struct listing *l, size_t index, const struct vm *fresh)
{
	for (size_t k = 0; k < fresh->n_addrs; k++) {
		if (!reading_matters(p, &fresh->addrs[k]))
			continue;
		for (size_t i = 0; i < l->n; i++) {
			const struct vm *vm = &l->vms[i];

			if (i == index || vm->cls == VM_CLASS_DONE)
				continue;
			for (size_t m = 0; m < vm->n_addrs; m++) {
				if (net_addr_eq(&vm->addrs[m].a, &fresh->addrs[k].a) &&
				    reading_matters(p, &vm->addrs[m]))
					return true;
			}
		}
	}
	return false;
}

static bool
same_network(const struct vm_addr *a, const struct vm_addr *b)
{
	struct tally_row x = {.n = 0}, y = {.n = 0};

	if (a->a.family != b->a.family)
		return false;
	tally_set_network(&x, a);
	tally_set_network(&y, b);
	return x.kind == y.kind && x.key == y.key;
}

/* An address of the other machine that answered, in a network of vm; NULL: none. */
static const struct addr *
witness_of(const struct verdict_input *in, const struct vm *vm, const struct vm *other)
{
	for (size_t k = 0; k < other->n_addrs; k++) {
		const struct vm_addr *a = &other->addrs[k];
		const struct sighting *seen = sightings_find(in->sightings, &a->a);

		if (seen == NULL || sighting_sum(seen) != SIGHTING_ALIVE)
			continue;
		for (size_t i = 0; i < vm->n_addrs; i++) {
			if (same_network(a, &vm->addrs[i]) &&
			    !net_addr_eq(&a->a, &vm->addrs[i].a))
				return &a->a;
		}
	}
	return NULL;
}

size_t
verdict_witnesses(const struct verdict_input *in, size_t index, struct addr *out, size_t room)
{
	const struct listing *l = in->listing;
	const struct addr *a;
	size_t n = 0, machines = 0;

	if (in->sightings == NULL)
		return 0;
	for (size_t i = 0; i < in->policy->probe.n_canaries && n < room; i++)
		out[n++] = in->policy->probe.canaries[i];
	for (size_t i = 0; i < l->n && n < room && machines < VERDICT_WITNESSES; i++) {
		if (i == index || l->vms[i].cls != VM_CLASS_OK)
			continue;
		a = witness_of(in, &l->vms[index], &l->vms[i]);
		if (a == NULL)
			continue;
		out[n++] = *a;
		machines++;
	}
	return n;
}

void
verdict_mark_storm(const struct verdict_input *in, const struct judgement *out,
    const struct run_judgement *run, struct record *records)
{
	for (size_t i = 0; run->storm && i < in->listing->n; i++) {
		if (out[i].problem && records[i].confirmations > 0 && !records[i].acknowledged)
			records[i].stormed = true;
	}
}

enum veto
verdict_reverify(const struct verdict_input *in, size_t index, const struct vm *fresh,
    const struct host *hosts, size_t n_hosts, const struct sightings *seen, int64_t now_s)
{
	const struct policy *p = in->policy;
	const struct era *era = in->listing->era;
	const struct record *r = in->records != NULL ? &in->records[index] : NULL;
	const struct host *host = NULL;
	struct reading reading;
	uint64_t mask;
	size_t found = 0;

	for (size_t i = 0; i < n_hosts; i++) {
		if (hosts[i].id == fresh->host_id) {
			host = &hosts[i];
			found++;
		}
	}
	if (found > 1) /* an id that two hosts claim is nobody's */
		host = NULL;
	mask = vetoes_state(p, era, fresh) | vetoes_scope(p, fresh, now_s) |
	       vetoes_wish(p, fresh, now_s) | vetoes_host(p, era, fresh, host, now_s) |
	       vetoes_data(p, era, fresh);
	for (size_t i = 0; i < in->n_keeps; i++) {
		if (keep_speaks_for(&in->keeps[i], fresh, now_s))
			mask |= VETO_BIT(VETO_KEEP_LOCAL);
	}
	for (size_t i = 0; i < n_hosts; i++) {
		for (size_t k = 0; k < hosts[i].n_zombies; k++) {
			if (hosts[i].zombies[k] == fresh->id)
				mask |= VETO_BIT(VETO_RUNS_ELSEWHERE);
		}
	}
	for (size_t i = 0; in->hosts != NULL && i < in->listing->n_hosts; i++) {
		if (in->hosts[i].id == fresh->host_id)
			mask |= vetoes_cool(p, fresh, in->hosts[i].good_since_s, now_s);
	}
	reading_take(&reading, p, fresh, seen);
	mask |= vetoes_reading(p, fresh, &reading);
	if (is_ambiguous(p, in->listing, index, fresh))
		mask |= VETO_BIT(VETO_AMBIGUOUS);
	if (!is_unchanged(&in->listing->vms[index], fresh))
		mask |= VETO_BIT(VETO_CHANGED);
	else if (r == NULL || !history_same_identity(r, fresh))
		mask |= VETO_BIT(VETO_CHANGED);
	else
		mask |= vetoes_mark(p, fresh, r, now_s) | vetoes_notice(p, r, now_s);
	return veto_first(mask);
}
