/* SPDX-License-Identifier: ISC */
/*
 * gather: what a sweep knows before it judges. Which machines are worth a probe is decided here; what the answers mean is
 * not.
 */
#include <stdlib.h>
#include <string.h>

#include "act/act.h"
#include "base/clock.h"
#include "gather.h"

#define DEADLINE_SHARE \
	4 /* a check with a deadline gives pdisk, and looking closer, a quarter of what is left */

#define LATELY_S (24 * 3600) /* a zombie shows within two monitoring rounds; a day is plenty */

/* A5: kills that are Done and closed may still turn out to be zombies: look at those of the last day, too. */
static int
add_lately_done(struct sweep *s, struct fault *f)
{
	struct kill *done, *v;
	size_t n, used = s->state.n_open;

	if (ledger_done_since(s->ledger, s->arena, s->state.own_s - LATELY_S, &done, &n, f) !=
	    0)
		return -1;
	v = arena_calloc(s->arena, used + n + 1, sizeof(*v));
	if (v == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for the journal");
	if (used > 0)
		memcpy(v, s->state.open, used * sizeof(*v));
	if (n > 0)
		memcpy(v + used, done, n * sizeof(*v));
	s->state.open = v;
	s->state.n_open = used + n;
	return 0;
}

int
gather_ledger(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;
	bool must = o->mode == SWEEP_MARK;

	if (p->ledger.path == NULL)
		return 0;
	s->past = arena_scratch(s->arena);
	if (s->past == NULL)
		return fault_set(f, FAULT_SYSTEM, "out of memory");
	if (ledger_open(p->ledger.path, p->cloud.name,
		must		     ? LEDGER_SWEEP
		: o->deadline_ns > 0 ? LEDGER_GLANCE
				     : LEDGER_READ,
		&s->ledger, &s->ledger_fault) != 0 ||
	    ledger_load_at(s->ledger, s->arena, s->past, &s->clock, p->unknown.gap_s, &s->state,
		&s->ledger_fault) != 0) {
		ledger_close(s->ledger);
		s->ledger = NULL;
		memset(&s->state, 0, sizeof(s->state));
		if (!must)
			return 0;
		if (f != NULL)
			*f = s->ledger_fault;
		return -1;
	}
	return must ? add_lately_done(s, f) : 0;
}

int
gather_listing(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;

	if (o->saved_fd >= 0)
		return cloud_saved(
		    o->saved_fd, o->saved_name, p->cloud.version, s->arena, &s->listing, f);
	if (cloud_open_as(p, CLOUD_READER, &s->reader, f) != 0) {
		s->listing.why = *f;
		return -1;
	}
	cloud_on_progress(s->reader, o->listing);
	cloud_until(s->reader, o->deadline_ns);
	return cloud_list(s->reader, s->arena, &s->listing, f);
}

/* Machines that might be dead are read one by one. A saved listing is of another time. */
int
gather_closer(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const int64_t now_ns = clock_mono_ns();

	if (o->saved_fd >= 0 || !s->listing.complete)
		return 0;
	return cloud_look_closer(s->reader, s->arena, &s->listing,
	    o->deadline_ns > now_ns ? now_ns + (o->deadline_ns - now_ns) / DEADLINE_SHARE
	    : o->deadline_ns > 0    ? now_ns + 1
				    : 0,
	    f);
}

/* Volumes that stand in no listing become disks of their machines. A saved listing is of another time. */
int
gather_volumes(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	int64_t limit_ms = 0;

	if (o->saved_fd >= 0)
		return 0;
	if (o->deadline_ns > 0) {
		limit_ms = (o->deadline_ns - clock_mono_ns()) / 1000000 / DEADLINE_SHARE;
		limit_ms = limit_ms < 1 ? 1 : limit_ms; /* 0 would mean "no limit" */
	}
	volumes_read(s->policy, s->arena, limit_ms, &s->volumes);
	if (volumes_add(&s->volumes, s->arena, s->listing.vms, s->listing.n) != 0 ||
	    volumes_find_orphans(&s->volumes, s->policy, s->arena, s->reader, &s->listing) != 0)
		return fault_set(f, FAULT_LIMIT, "out of memory for the volumes");
	return 0;
}

/* Addresses tell something about machines that should run, and about those that might be dead. */
static bool
is_probed(const struct vm *vm)
{
	return vm->cls == VM_CLASS_OK || vm->cls == VM_CLASS_UNKNOWN ||
	       vm->cls == VM_CLASS_FAILED;
}

static bool
in_networks(const struct policy *p, const struct addr *a)
{
	size_t i;

	for (i = 0; i < p->probe.n_networks; i++)
		if (net_prefix_has(&p->probe.networks[i], a))
			return true;
	return false;
}

static int
addr_cmp(const void *a, const void *b)
{
	return net_addr_cmp(a, b);
}

/* Every address to probe, canaries included, sorted, each once. Returns -1 when the arena is full. */
static int
collect_addresses(struct sweep *s, struct addr **out, size_t *n)
{
	const struct policy *p = s->policy;
	const struct listing *l = &s->listing;
	struct addr *v;
	size_t i, k, room = p->probe.n_canaries, used = 0, kept = 0;
	const char *at;
	struct addr a;

	for (i = 0; i < s->state.n_open; i++)
		for (at = s->state.open[i].addresses; act_address_next(&at, &a);)
			room++;
	for (i = 0; i < l->n; i++)
		if (is_probed(&l->vms[i]))
			room += l->vms[i].n_addrs;
	v = arena_calloc(s->arena, room + 1, sizeof(*v));
	if (v == NULL)
		return -1;
	for (i = 0; i < l->n; i++)
		for (k = 0; is_probed(&l->vms[i]) && k < l->vms[i].n_addrs; k++)
			if (in_networks(p, &l->vms[i].addrs[k].a))
				v[used++] = l->vms[i].addrs[k].a;
	/* of those that were killed lately: nobody should be at home (A5) */
	for (i = 0; i < s->state.n_open; i++)
		for (at = s->state.open[i].addresses; act_address_next(&at, &a);)
			if (in_networks(p, &a))
				v[used++] = a;
	for (i = 0; i < p->probe.n_canaries; i++)
		v[used++] = p->probe.canaries[i];
	qsort(v, used, sizeof(*v), addr_cmp);
	for (i = 0; i < used; i++)
		if (kept == 0 || !net_addr_eq(&v[kept - 1], &v[i]))
			v[kept++] = v[i];
	*out = v;
	*n = kept;
	return 0;
}

int
gather_sightings(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;
	struct probe_target *targets = NULL;
	struct arena *scratch;
	struct sighting *seen, *canaries;
	struct addr *addrs;
	const struct sighting *found;
	int64_t left_ms = 0;
	size_t i, n;
	int rc;

	if (collect_addresses(s, &addrs, &n) != 0)
		return fault_set(f, FAULT_LIMIT, "out of memory for the addresses");
	seen = arena_calloc(s->arena, n + 1, sizeof(*seen));
	canaries = arena_calloc(s->arena, p->probe.n_canaries + 1, sizeof(*canaries));
	scratch = arena_scratch(s->arena);
	if (scratch != NULL)
		targets = arena_calloc(scratch, n + 1, sizeof(*targets));
	if (targets == NULL || seen == NULL || canaries == NULL) {
		arena_free(scratch);
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu addresses", n);
	}
	for (i = 0; i < n; i++) {
		targets[i].a = addrs[i];
		targets[i].ping = p->probe.ping;
		targets[i].ssh = p->probe.ssh != POLICY_SSH_NEVER;
		targets[i].connect = p->probe.n_also_connect > 0;
	}
	if (o->deadline_ns > 0) {
		left_ms = (o->deadline_ns - clock_mono_ns()) / 1000000;
		left_ms = left_ms < 1 ? 1 : left_ms; /* 0 would mean "no deadline" */
	}
	rc = probe_run(p, s->arena, targets, n, seen, &s->sightings.facts, NULL, NULL, o->stop,
	    left_ms, o->progress, f);
	arena_free(scratch);
	if (rc != 0)
		return -1;
	s->sightings.addrs = addrs;
	s->sightings.seen = seen;
	s->sightings.n = n;
	for (i = 0; i < p->probe.n_canaries; i++) {
		found = sightings_find(&s->sightings, &p->probe.canaries[i]);
		if (found != NULL)
			canaries[i] = *found;
	}
	s->sightings.canaries = canaries;
	return 0;
}
