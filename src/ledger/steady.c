/* SPDX-License-Identifier: ISC */
/*
 * steady: folds of "well since", for hosts and for the cloud. Pure. Whatever is new or doubtful is well
 * since now, which only ever makes vmreaper wait.
 */
#include <stdlib.h>
#include <string.h>

#include "cloud/era.h"
#include "ledger/steady.h"

#define HOST_AHEAD_S 60 /* a host may be ahead of this clock by as much */

/*
 * In which host states does a machine's state say anything? 2 is MONITORED. 1 is "being monitored right
 * now, and well before" from 3.6 to 5.10 only: before 3.6 a host that fails is shown so as well
 * (reapers.md C.3; rig.md, Hosts), and later versions do not produce it.
 */
bool
steady_host_state(const struct era *era, const struct host *h)
{
	if (h->state == 2)
		return true;
	return h->state == 1 && era != NULL && era->from >= 30600 && era->to < 51200;
}

bool
steady_host_fresh(const struct policy *p, const struct host *h, int64_t now_s)
{
	int64_t age_s = h->monitored_s > 0 ? now_s - h->monitored_s : INT64_MAX;

	return age_s <= p->reap.host_fresh_s && age_s >= -HOST_AHEAD_S;
}

/* Sweeps without a gap between them: what was steady before may be so still. */
static bool
is_connected(const struct elapsed *e, int64_t gap_s)
{
	return e->passed_s >= 0 && e->passed_s <= gap_s;
}

static int
record_cmp(const void *va, const void *vb)
{
	const struct host_record *const *a = va, *const *b = vb;

	return (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

/* The one old record of this host in the sorted index, or NULL. */
static const struct host_record *
find_old(const struct host_record *const *index, size_t n, const struct host *h)
{
	const struct host_record *found = NULL;
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (index[mid]->id < h->id)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < n && index[lo]->id == h->id; lo++) {
		if (found != NULL)
			return NULL;
		found = index[lo];
	}
	if (found == NULL || h->name == NULL || strcmp(found->name, h->name) != 0)
		return NULL;
	return found;
}

int
steady_hosts(struct arena *a, const struct policy *p, const struct listing *l,
    const struct host_record *old, size_t n_old, const struct elapsed *e, int64_t gap_s,
    struct host_record **out)
{
	const struct host_record **index, *was;

	*out = arena_calloc(a, l->n_hosts + 1, sizeof(**out));
	index = arena_calloc(a, n_old + 1, sizeof(*index));
	if (*out == NULL || index == NULL)
		return -1;
	for (size_t i = 0; i < n_old; i++)
		index[i] = &old[i];
	qsort(index, n_old, sizeof(*index), record_cmp);
	for (size_t i = 0; i < l->n_hosts; i++) {
		const struct host *h = &l->hosts[i];
		struct host_record *r = &(*out)[i];

		r->id = h->id;
		r->name = h->name != NULL ? h->name : "";
		if (!steady_host_state(l->era, h) || !steady_host_fresh(p, h, e->now_s))
			continue;
		was = find_old(index, n_old, h);
		r->good_since_s = was != NULL && was->good_since_s > 0 && is_connected(e, gap_s)
				      ? history_carry_s(was->good_since_s, e)
				      : e->now_s;
	}
	return 0;
}

int64_t
steady_cloud(const struct cloud_sign *old, struct cloud_sign *now, const struct elapsed *e,
    int64_t gap_s)
{
	bool changed =
	    old != NULL && old->term >= 0 && now->term >= 0 && old->term != now->term;

	if (old != NULL && now->term < 0)
		now->term = old->term;
	if (!now->complete)
		return 0;
	if (old == NULL || !old->complete || old->since_s <= 0 || !is_connected(e, gap_s))
		return e->now_s;
	if (strcmp(old->version, now->version) != 0)
		return e->now_s;
	/* an account that may not ask sees no term at all: only two that are known can differ */
	if (changed)
		return e->now_s;
	return history_carry_s(old->since_s, e);
}
