/* SPDX-License-Identifier: ISC */
/*
 * follow: what became of the kills that were accepted, or perhaps accepted (A3, A4, A5).
 *
 * Success is STATE 6 seen, never an accepted call. Nothing is sent again from here.
 */
#include <string.h>

#include "act/act.h"

/* A host's list of zombies is recomputed every 180 s (reapers.md C.8): two syncs before one is believed. */
#define ZOMBIE_AFTER_S (2 * 180)

static int
set_outcome(const struct act *act, struct kill *k, enum outcome o, const char *detail,
    int64_t now_s, struct fault *f)
{
	if (k->outcome == o)
		return 0;
	k->outcome = o;
	k->outcome_s = now_s;
	k->outcome_clock_s = now_s - act->offset_s;
	k->detail = detail;
	return ledger_outcome(act->ledger, k->row, o, now_s, detail, f);
}

int
act_wait(const struct act *act, struct arena *a, const struct era *era, struct kill *kills,
    size_t n, int64_t wait_s, void (*sleep_ms)(int64_t), struct fault *f)
{
	struct fault look;
	struct vm vm;
	int64_t started_s = act->now_s(), waited_s;
	size_t i, open;

	for (;;) {
		open = 0;
		for (i = 0; i < n; i++) {
			if (kills[i].outcome != OUTCOME_ACCEPTED)
				continue;
			if (act->stop != NULL && *act->stop)
				return 0;
			memset(&look, 0, sizeof(look));
			if (cloud_inspect(act->reader, a, era, kills[i].id, &vm, &look) != 0) {
				/* could not look: the next sweep will; a purged record is as good as Done */
				if (look.kind != FAULT_GONE) {
					open++;
					continue;
				}
			} else if (vm.cls != VM_CLASS_DONE) {
				open++;
				continue;
			}
			if (set_outcome(act, &kills[i], OUTCOME_DONE, "", act->now_s(), f) != 0)
				return -1;
		}
		/* time, not looks: one look at a sick cloud may take minutes */
		waited_s = act->now_s() - started_s;
		if (open == 0 || waited_s < 0 || waited_s >= wait_s)
			return 0;
		sleep_ms(1000);
	}
}

static const struct vm *
vm_by_id(const struct listing *l, int64_t id)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->vms[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && l->vms[lo].id == id ? &l->vms[lo] : NULL;
}

static const struct host *
zombie_host(const struct listing *l, int64_t id)
{
	size_t h, z;

	for (h = 0; h < l->n_hosts; h++)
		for (z = 0; z < l->hosts[h].n_zombies; z++)
			if (l->hosts[h].zombies[z] == id)
				return &l->hosts[h];
	return NULL;
}

bool
act_address_next(const char **at, struct addr *a)
{
	char word[NET_STR_SIZE];
	size_t n;

	for (;;) {
		*at += strspn(*at, " ");
		n = strcspn(*at, " ");
		if (n == 0)
			return false;
		if (n < sizeof(word)) {
			memcpy(word, *at, n);
			word[n] = '\0';
		}
		*at += n;
		if (n < sizeof(word) && net_addr_parse(word, a) == 0)
			return true;
	}
}

static bool
is_leased(const struct listing *l, const struct addr *a)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; l->vms[i].cls != VM_CLASS_DONE && k < l->vms[i].n_addrs; k++)
			if (net_addr_eq(&l->vms[i].addrs[k].a, a))
				return true;
	return false;
}

/* What shows that a machine that is Done still runs, or NULL. */
static const char *
still_runs(
    struct arena *a, const struct listing *l, const struct sightings *s, const struct kill *k)
{
	const struct host *h = zombie_host(l, k->id);
	const struct sighting *seen;
	const char *at = k->addresses != NULL ? k->addresses : "";
	char text[NET_STR_SIZE];
	struct addr addr;

	if (h != NULL)
		return arena_printf(a, "host %s still runs it", h->name);
	while (s != NULL && act_address_next(&at, &addr)) {
		seen = sightings_find(s, &addr);
		if (seen != NULL && sighting_sum(seen) == SIGHTING_ALIVE &&
		    !is_leased(l, &addr))
			return arena_printf(a, "%s still answers, and no machine has it now",
			    net_addr_str(text, &addr));
	}
	return NULL;
}

/*
 * The machine is no longer in the listing, or is Done, or its id belongs to somebody else now. A host's word may be
 * one round old, and so may an answer: first it is Done, and only what still speaks against it later makes a zombie.
 */
static int
follow_gone(const struct act *act, struct arena *a, const struct listing *l,
    const struct sightings *s, struct kill *k, int64_t now_s, struct fault *f)
{
	const char *detail;

	if (k->outcome != OUTCOME_DONE && k->outcome != OUTCOME_ZOMBIE)
		return set_outcome(act, k, OUTCOME_DONE, "", now_s, f);
	detail = still_runs(a, l, s, k);
	if (detail == NULL)
		return set_outcome(act, k, OUTCOME_DONE, "", now_s, f);
	if (now_s - act->offset_s - k->outcome_clock_s < ZOMBIE_AFTER_S)
		return 0;
	return set_outcome(act, k, OUTCOME_ZOMBIE, detail, now_s, f);
}

static int
follow_there(const struct act *act, struct arena *a, const struct policy *p,
    const struct listing *l, const struct vm *vm, struct kill *k, int64_t now_s,
    struct fault *f)
{
	bool late = now_s - act->offset_s - k->clock_s >= p->reap.stuck_after_s;
	bool doubt = k->outcome == OUTCOME_INTENT || k->outcome == OUTCOME_IN_DOUBT;
	char state[40];
	const char *detail;

	era_state_name(l->era, vm->state, vm->lcm, state);
	detail = arena_printf(a, "now %s", state);
	if (detail == NULL)
		detail = "";
	if (vm->cls == VM_CLASS_TRANSITIONAL) /* on its way out: it was accepted after all */
		return set_outcome(
		    act, k, late ? OUTCOME_STUCK : OUTCOME_ACCEPTED, detail, now_s, f);
	if (doubt) /* still as it was: nobody knows, a person must look */
		return set_outcome(act, k, OUTCOME_IN_DOUBT, detail, now_s, f);
	if (vm->cls == VM_CLASS_OK)
		return set_outcome(act, k, OUTCOME_BOUNCED, detail, now_s, f);
	if (!late)
		return 0;
	return set_outcome(act, k,
	    vm->cls == VM_CLASS_UNKNOWN ? OUTCOME_BOUNCED : OUTCOME_STUCK, detail, now_s, f);
}

int
act_follow(const struct act *act, struct arena *a, const struct policy *p,
    const struct listing *l, const struct sightings *s, struct kill *opens, size_t n,
    int64_t now_s, struct fault *f)
{
	const struct vm *vm;
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		struct kill *k = &opens[i];

		vm = vm_by_id(l, k->id);
		if (vm != NULL && vm->stime_s != k->stime_s)
			vm = NULL;
		if (vm == NULL || vm->cls == VM_CLASS_DONE)
			rc = follow_gone(act, a, l, s, k, now_s, f);
		else if (k->outcome == OUTCOME_DONE)
			rc = 0; /* its record was brought back by hand: no business of ours */
		else
			rc = follow_there(act, a, p, l, vm, k, now_s, f);
		if (rc != 0)
			return -1;
	}
	return 0;
}
