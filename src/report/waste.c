/* SPDX-License-Identifier: ISC */
/*
 * waste: sorts the machines that waste by a key, and sums runs of the same one. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "report/waste.h"

int64_t
waste_since_s(const struct report_inputs *in, size_t i)
{
	const struct vm *vm = &in->listing->vms[i];
	int64_t since_s = in->records != NULL ? in->records[i].since_s : 0, hint_s;

	if (vm->cls != VM_CLASS_OFF && vm->cls != VM_CLASS_FAILED)
		return since_s;
	/* rig.md: RETIME for POWEROFF and SUSPENDED, EETIME for STOPPED and UNDEPLOYED */
	hint_s = vm->eetime_s > vm->retime_s ? vm->eetime_s : vm->retime_s;
	if (hint_s > 0 && hint_s < in->now_s && (since_s == 0 || hint_s < since_s))
		since_s = hint_s;
	return since_s;
}

enum waste_kind
waste_kind(const struct report_inputs *in, size_t i)
{
	const struct vm *vm = &in->listing->vms[i];
	int64_t since_s;

	switch (vm->cls) {
	case VM_CLASS_UNKNOWN:
	case VM_CLASS_FAILED:
		return verdict_is_candidate(in->policy, in->listing->era, vm) ? WASTE_DEAD
									      : WASTE_NONE;
	case VM_CLASS_OFF:
		since_s = waste_since_s(in, i);
		return since_s > 0 && in->now_s - since_s > in->policy->off.report_after_s
			   ? WASTE_OFF
			   : WASTE_NONE;
	case VM_CLASS_OK:
	case VM_CLASS_TRANSITIONAL:
	case VM_CLASS_DONE:
	case VM_CLASS_UNRECOGNISED:
	case VM_CLASS_COUNT:
		break;
	}
	return WASTE_NONE;
}

static enum waste_age
age_of(const struct report_inputs *in, size_t i)
{
	static const int64_t below_s[] = {
#define WASTE_AGE_X(e, name, below) below,
	    WASTE_AGE_LIST(WASTE_AGE_X)
#undef WASTE_AGE_X
	};
	int64_t since_s = waste_since_s(in, i);
	int a = 0;

	if (since_s <= 0)
		return WASTE_AGE_UNKNOWN;
	while (a < WASTE_AGE_LONGER && in->now_s - since_s >= below_s[a])
		a++;
	return (enum waste_age)a;
}

static void
add(struct tally *t, const struct holds *h)
{
	t->machines++;
	t->vcpu += h->vcpu;
	t->memory_mib += h->memory_mib;
	t->disk_mib += h->disk_mib;
	t->addresses += h->addresses;
}

/* A machine that wastes, and the key by which it is counted. */
struct item {
	const char *key;
	struct holds h;
};

static int
item_cmp(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;

	return strcmp(a->key, b->key);
}

static int
tally_cmp(const void *pa, const void *pb)
{
	const struct tally *a = pa, *b = pb;

	if (a->memory_mib != b->memory_mib)
		return a->memory_mib > b->memory_mib ? -1 : 1;
	if (a->machines != b->machines)
		return a->machines > b->machines ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int
group(struct arena *a, struct item *items, size_t n, struct tally **out, size_t *n_out)
{
	size_t i;

	*out = arena_calloc(a, n + 1, sizeof(**out));
	if (*out == NULL)
		return -1;
	*n_out = 0;
	if (n > 1)
		qsort(items, n, sizeof(*items), item_cmp);
	for (i = 0; i < n; i++) {
		if (i == 0 || strcmp(items[i].key, items[i - 1].key) != 0)
			(*out)[(*n_out)++].name = items[i].key;
		add(&(*out)[*n_out - 1], &items[i].h);
	}
	if (*n_out > 1)
		qsort(*out, *n_out, sizeof(**out), tally_cmp);
	return 0;
}

int
waste_build(struct arena *a, const struct report_inputs *in, struct waste *w)
{
	static const char *const age_names[] = {
#define WASTE_AGE_X(e, name, below) name,
	    WASTE_AGE_LIST(WASTE_AGE_X)
#undef WASTE_AGE_X
	};
	const struct listing *l = in->listing;
	struct item *owners, *states;
	char state[40];
	size_t i, n = 0, wasted = 0;
	int age;

	memset(w, 0, sizeof(*w));
	for (age = 0; age < WASTE_AGES; age++)
		w->ages[age].name = age_names[age];
	for (i = 0; i < l->n; i++)
		wasted += waste_kind(in, i) != WASTE_NONE;
	owners = arena_calloc(a, wasted + 1, sizeof(*owners));
	states = arena_calloc(a, wasted + 1, sizeof(*states));
	if (owners == NULL || states == NULL)
		return -1;
	for (i = 0; i < l->n; i++) {
		const struct vm *vm = &l->vms[i];
		enum waste_kind kind = waste_kind(in, i);
		struct holds h;

		if (vm->cls == VM_CLASS_DONE)
			continue;
		vm_holds(l->era, vm, &h);
		add(&w->all, &h);
		if (kind == WASTE_NONE)
			continue;
		add(kind == WASTE_DEAD ? &w->dead : &w->off, &h);
		add(&w->sum, &h);
		add(&w->ages[age_of(in, i)], &h);
		owners[n].key = vm->uname != NULL ? vm->uname : "";
		era_state_name(l->era, vm->state, vm->lcm, state);
		states[n].key = arena_intern(a, state, strlen(state));
		if (states[n].key == NULL)
			return -1;
		owners[n].h = states[n].h = h;
		n++;
	}
	return group(a, owners, n, &w->owners, &w->n_owners) != 0 ||
		       group(a, states, n, &w->states, &w->n_states) != 0
		   ? -1
		   : 0;
}
