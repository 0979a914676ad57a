/* SPDX-License-Identifier: ISC */
/*
 * view: builds what the rules need to know of the fleet as a whole, and answers their questions.
 *
 * One sorted array of (address, machine) serves three questions: who else claims an address, what was seen
 * at it (one walk along the sightings), and who answered in a /24 or /64 (a range of it, counted by
 * prefix sums). Never a nested loop over machines. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "verdict/view.h"

/* Small, because there are hundreds of thousands and they are sorted. */
struct view_claim {
	struct addr a;
	uint32_t vm; /* index in the listing */
	uint32_t slot;
};

static int
claim_cmp(const void *va, const void *vb)
{
	const struct view_claim *a = va, *b = vb;
	int c = net_addr_cmp(&a->a, &b->a);

	if (c != 0)
		return c;
	return a->slot < b->slot ? -1 : a->slot > b->slot;
}

static int
claims_collect(struct view *v, struct arena *a)
{
	const struct listing *l = v->l;
	size_t total = 0;

	v->first = arena_calloc(a, l->n + 1, sizeof(*v->first));
	if (v->first == NULL)
		return -1;
	for (size_t i = 0; i < l->n; i++) {
		v->first[i] = total;
		total += l->vms[i].n_addrs;
	}
	v->first[l->n] = total;
	if (l->n >= UINT32_MAX || total >= UINT32_MAX)
		return -1;
	v->slots = arena_calloc(a, total + 1, sizeof(*v->slots));
	v->claims = arena_calloc(a, total + 1, sizeof(*v->claims));
	v->answered = arena_calloc(a, total + 1, sizeof(*v->answered));
	v->compared = arena_calloc(a, total + 1, sizeof(*v->compared));
	if (v->slots == NULL || v->claims == NULL || v->answered == NULL || v->compared == NULL)
		return -1;
	for (size_t i = 0; i < l->n; i++) {
		const struct vm *vm = &l->vms[i];

		for (size_t k = 0; k < vm->n_addrs; k++) {
			if (vm->cls == VM_CLASS_DONE || !reading_matters(v->p, &vm->addrs[k]))
				continue;
			v->claims[v->n_claims++] = (struct view_claim){
			    vm->addrs[k].a, (uint32_t)i, (uint32_t)(v->first[i] + k)};
		}
	}
	qsort(v->claims, v->n_claims, sizeof(*v->claims), claim_cmp);
	return 0;
}

/* Who else claims the address of these claims, all of one address: the lowest id that is not one's own. */
static void
claims_share(struct view *v, size_t from, size_t end)
{
	const struct vm *vms = v->l->vms, *lowest = &vms[v->claims[from].vm], *second = NULL,
			*vm;

	for (size_t i = from; i < end; i++) {
		vm = &vms[v->claims[i].vm];
		if (vm->id < lowest->id)
			lowest = vm;
	}
	for (size_t i = from; i < end; i++) {
		vm = &vms[v->claims[i].vm];
		if (vm != lowest && (second == NULL || vm->id < second->id))
			second = vm;
	}
	for (size_t i = from; second != NULL && i < end; i++) {
		struct view_slot *slot = &v->slots[v->claims[i].slot];

		vm = &vms[v->claims[i].vm];
		slot->shared = true;
		slot->other_id = vm == lowest ? second->id : lowest->id;
	}
}

/* What was seen at each claim, and who else claims its address; both arrays are sorted. */
static void
claims_match(struct view *v)
{
	const struct sightings *s = v->in->sightings;
	size_t n_seen = s != NULL ? s->n : 0, at = 0, end;

	for (size_t from = 0; from < v->n_claims; from = end) {
		const struct addr *a = &v->claims[from].a;

		for (end = from + 1; end < v->n_claims && net_addr_eq(&v->claims[end].a, a);)
			end++;
		while (at < n_seen && net_addr_cmp(&s->addrs[at], a) < 0)
			at++;
		if (at < n_seen && net_addr_eq(&s->addrs[at], a)) {
			for (size_t i = from; i < end; i++)
				v->slots[v->claims[i].slot].seen = &s->seen[at];
		}
		if (end - from > 1)
			claims_share(v, from, end);
	}
}

static bool
claim_answered(const struct view *v, const struct view_claim *c)
{
	const struct sighting *s = v->slots[c->slot].seen;

	return s != NULL && sighting_sum(s) == SIGHTING_ALIVE;
}

/* A machine that should run, and whose address was really tried: it shows if its network can be seen. */
static bool
claim_compares(const struct view *v, const struct view_claim *c)
{
	const struct sighting *s = v->slots[c->slot].seen;

	return s != NULL && v->l->vms[c->vm].cls == VM_CLASS_OK &&
	       sighting_sum(s) != SIGHTING_NOT_PROBED;
}

static bool
is_problem(const struct vm *vm)
{
	return vm->cls == VM_CLASS_UNKNOWN || vm->cls == VM_CLASS_FAILED;
}

static enum tally_kind
family_kind(const struct addr *a)
{
	return a->family == 4 ? TALLY_NETWORK4 : TALLY_NETWORK6;
}

/* Who answered where: by prefix for all, by virtual network for those that problem machines are in. */
static int
networks_count(struct view *v, struct arena *a)
{
	size_t room = 0;

	for (size_t i = 0; i < v->l->n; i++)
		room += is_problem(&v->l->vms[i]) ? v->l->vms[i].n_addrs : 0;
	if (tally_open(a, &v->nets, room) != 0)
		return -1;
	for (size_t i = 0; i < v->l->n; i++) {
		const struct vm *vm = &v->l->vms[i];

		for (size_t k = 0; is_problem(vm) && k < vm->n_addrs; k++) {
			struct tally_row row = {.kind = family_kind(&vm->addrs[k].a),
			    .key = (uint64_t)vm->addrs[k].network_id};

			if (vm->addrs[k].network_id >= 0)
				tally_add(&v->nets, &row);
		}
	}
	tally_close(&v->nets);
	for (size_t i = 0; i < v->n_claims; i++) {
		const struct view_claim *c = &v->claims[i];
		const struct vm_addr *addr = &v->l->vms[c->vm].addrs[c->slot - v->first[c->vm]];
		struct tally_row *row = NULL;
		bool answered = claim_answered(v, c), compares = claim_compares(v, c);

		v->answered[i + 1] = v->answered[i] + answered;
		v->compared[i + 1] = v->compared[i] + compares;
		if (addr->network_id >= 0) {
			row = tally_find(
			    &v->nets, family_kind(&addr->a), (uint64_t)addr->network_id);
		}
		if (row != NULL) {
			row->n += answered;
			row->m += compares;
		}
	}
	return 0;
}

static int
host_cmp(const void *va, const void *vb)
{
	const struct host *const *a = va, *const *b = vb;

	return (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

static int
id_cmp(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return *a < *b ? -1 : *a > *b;
}

static int
hosts_sort(struct view *v, struct arena *a)
{
	const struct listing *l = v->l;
	size_t total = 0, kept = 0, end;

	v->hosts = arena_calloc(a, l->n_hosts + 1, sizeof(*v->hosts));
	if (v->hosts == NULL)
		return -1;
	for (size_t i = 0; i < l->n_hosts; i++) {
		v->hosts[i] = &l->hosts[i];
		total += l->hosts[i].n_zombies;
	}
	qsort(v->hosts, l->n_hosts, sizeof(*v->hosts), host_cmp);
	/* An id that two hosts claim is nobody's: a contradiction is no evidence. */
	for (size_t i = 0; i < l->n_hosts; i = end) {
		for (end = i + 1; end < l->n_hosts && v->hosts[end]->id == v->hosts[i]->id;)
			end++;
		if (end == i + 1)
			v->hosts[kept++] = v->hosts[i];
	}
	v->n_hosts = kept;
	v->zombies = arena_calloc(a, total + 1, sizeof(*v->zombies));
	if (v->zombies == NULL)
		return -1;
	for (size_t i = 0; i < l->n_hosts; i++) {
		for (size_t k = 0; k < l->hosts[i].n_zombies; k++)
			v->zombies[v->n_zombies++] = l->hosts[i].zombies[k];
	}
	qsort(v->zombies, v->n_zombies, sizeof(*v->zombies), id_cmp);
	return 0;
}

static int
keep_cmp(const void *va, const void *vb)
{
	const struct keep *const *a = va, *const *b = vb;

	return (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

static int
keeps_sort(struct view *v, struct arena *a)
{
	v->keeps = arena_calloc(a, v->in->n_keeps + 1, sizeof(*v->keeps));
	if (v->keeps == NULL)
		return -1;
	for (size_t i = 0; i < v->in->n_keeps; i++)
		v->keeps[i] = &v->in->keeps[i];
	qsort(v->keeps, v->in->n_keeps, sizeof(*v->keeps), keep_cmp);
	return 0;
}

int
view_build(struct view *v, struct arena *a, const struct verdict_input *in)
{
	const struct sightings *s = in->sightings;

	memset(v, 0, sizeof(*v));
	v->in = in;
	v->p = in->policy;
	v->l = in->listing;
	v->era = in->listing->era;
	v->now_s = in->run.now_s;
	for (size_t i = 0; s != NULL && s->canaries != NULL && i < v->p->probe.n_canaries; i++)
		v->canary |= sighting_sum(&s->canaries[i]) == SIGHTING_ALIVE;
	if (claims_collect(v, a) != 0)
		return -1;
	claims_match(v);
	if (networks_count(v, a) != 0 || hosts_sort(v, a) != 0 || keeps_sort(v, a) != 0)
		return -1;
	return 0;
}

const struct host *
view_host(const struct view *v, int64_t id)
{
	const struct host want = {.id = id}, *key = &want;
	const struct host **found = NULL;

	if (v->n_hosts > 0)
		found = bsearch(&key, v->hosts, v->n_hosts, sizeof(*v->hosts), host_cmp);
	return found != NULL ? *found : NULL;
}

int64_t
view_host_good_s(const struct view *v, int64_t id)
{
	const struct host *h = view_host(v, id);

	/* in the listing's order, as h is a place in it */
	return h != NULL && v->in->hosts != NULL ? v->in->hosts[h - v->l->hosts].good_since_s
						 : 0;
}

bool
view_is_zombie(const struct view *v, int64_t id)
{
	return v->n_zombies > 0 &&
	       bsearch(&id, v->zombies, v->n_zombies, sizeof(*v->zombies), id_cmp) != NULL;
}

bool
keep_speaks_for(const struct keep *k, const struct vm *vm, int64_t now_s)
{
	/* A creation time that is not known on either side is no proof of another machine. */
	return k->id == vm->id &&
	       (k->stime_s == vm->stime_s || k->stime_s <= 0 || vm->stime_s <= 0) &&
	       (k->until_s == 0 || now_s <= k->until_s);
}

const struct keep *
view_keep(const struct view *v, const struct vm *vm)
{
	size_t lo = 0, hi = v->in->n_keeps, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (v->keeps[mid]->id < vm->id)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < v->in->n_keeps && v->keeps[lo]->id == vm->id; lo++) {
		if (keep_speaks_for(v->keeps[lo], vm, v->now_s))
			return v->keeps[lo];
	}
	return NULL;
}

/* The first claim at an address or behind it; with past, the first behind it. */
static size_t
claims_from(const struct view *v, const struct addr *a, bool past)
{
	size_t lo = 0, hi = v->n_claims, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (net_addr_cmp(&v->claims[mid].a, a) < (past ? 1 : 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
view_has_witness(const struct view *v, const struct vm_addr *a)
{
	int64_t answered, compared;

	if (a->network_id >= 0) {
		const struct tally_row *row =
		    tally_find(&v->nets, family_kind(&a->a), (uint64_t)a->network_id);

		answered = row != NULL ? row->n : 0;
		compared = row != NULL ? row->m : 0;
	} else {
		struct addr low = a->a, high = a->a;
		size_t from, to, bytes = a->a.family == 4 ? 3 : 8,
				 end = a->a.family == 4 ? 4 : 16;

		memset(low.b + bytes, 0x00, end - bytes);
		memset(high.b + bytes, 0xff, end - bytes);
		from = claims_from(v, &low, false);
		to = claims_from(v, &high, true);
		answered = v->answered[to] - v->answered[from];
		compared = v->compared[to] - v->compared[from];
	}
	return answered > 0 || (compared == 0 && v->canary);
}

const struct record *
view_record(const struct view *v, size_t i)
{
	const struct record *r;

	if (v->in->records == NULL)
		return NULL;
	r = &v->in->records[i];
	return history_same_identity(r, &v->l->vms[i]) ? r : NULL;
}
