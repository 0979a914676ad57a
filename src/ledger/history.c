/* SPDX-License-Identifier: ISC */
/*
 * history: carries marks from one sweep to the next. Pure arithmetic over records; knows no file and no
 * clock. It must never lengthen a mark: whatever does not fit ends in a mark that starts anew.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/history.h"

/* a + b and a - b, held at the ends of the range: times may come from a damaged file. */
static int64_t
add_sat(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int64_t
sub_sat(int64_t a, int64_t b)
{
	int64_t diff;

	if (__builtin_sub_overflow(a, b, &diff))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return diff;
}

static int64_t
min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

static void
elapsed_same_boot(int64_t wall_s, int64_t boot_s, struct elapsed *e)
{
	e->jump_s = sub_sat(wall_s, boot_s);
	e->jumped = wall_s < 0 || boot_s < 0 || e->jump_s > HISTORY_JUMP_S ||
		    e->jump_s < -HISTORY_JUMP_S;
	e->passed_s = boot_s < 0 ? -1 : boot_s;
	if (!e->jumped) {
		e->jump_s = 0;
		e->counts_s = min64(wall_s, boot_s);
	}
}

static void
elapsed_other_boot(int64_t wall_s, int64_t boot_s, int64_t gap_s, struct elapsed *e)
{
	e->jumped = wall_s < 0 || wall_s > gap_s;
	e->passed_s = wall_s < 0 ? -1 : wall_s;
	if (e->jumped)
		e->jump_s = wall_s;
	else
		e->counts_s = min64(wall_s, boot_s > 0 ? boot_s : 0);
}

void
history_elapsed(
    const struct clock_now *last, const struct clock_now *now, int64_t gap_s, struct elapsed *e)
{
	int64_t wall_s;

	memset(e, 0, sizeof(*e));
	e->now_s = now->wall_s;
	if (last == NULL) {
		e->first = true;
		e->passed_s = -1;
		return;
	}
	wall_s = sub_sat(now->wall_s, last->wall_s);
	if (last->boot_id[0] != '\0' && strcmp(last->boot_id, now->boot_id) == 0)
		elapsed_same_boot(wall_s, sub_sat(now->boot_s, last->boot_s), e);
	else
		elapsed_other_boot(wall_s, now->boot_s, gap_s, e);
}

const struct policy_class *
history_policy_class(const struct policy *p, enum vm_class cls)
{
	switch (cls) {
	case VM_CLASS_UNKNOWN:
		return &p->unknown;
	case VM_CLASS_FAILED:
		return &p->failed;
	case VM_CLASS_OK:
	case VM_CLASS_TRANSITIONAL:
	case VM_CLASS_OFF:
	case VM_CLASS_DONE:
	case VM_CLASS_UNRECOGNISED:
	case VM_CLASS_COUNT:
		break;
	}
	return NULL;
}

/* The same machine, whoever owns it and whatever it was deployed as: what was killed once stays killed once. */
static bool
same_machine(const struct record *r, const struct vm *vm)
{
	return r->id == vm->id && r->stime_s == vm->stime_s;
}

bool
history_same_identity(const struct record *r, const struct vm *vm)
{
	return same_machine(r, vm) && r->uid == vm->uid &&
	       strcmp(or_empty(r->deploy_id), or_empty(vm->deploy_id)) == 0;
}

static bool
same_placement(const struct record *r, const struct vm *vm)
{
	return r->host_id == vm->host_id && r->seq == vm->seq;
}

static bool
same_state(const struct record *r, const struct vm *vm)
{
	return r->state == vm->state && r->lcm == vm->lcm;
}

/* t on today's clock, not after most_s. */
static int64_t
carry_until(int64_t t, int64_t most_s, const struct elapsed *e)
{
	if (t <= 0)
		return 0;
	if (e->jumped)
		t = add_sat(t, e->jump_s);
	if (t > most_s)
		t = most_s;
	return t < 1 ? 1 : t;
}

int64_t
history_carry_s(int64_t t, const struct elapsed *e)
{
	return carry_until(t, e->now_s, e);
}

/* A date that may be in the future: as far away as it was, after a jump that is seen. */
static int64_t
carry_date(int64_t t, const struct elapsed *e)
{
	return carry_until(t, add_sat(e->now_s, POLICY_NOTICE_MAX_S), e);
}

/* Was old a mark of this machine as it is now, and did the last sweep see it? */
static bool
mark_is_same(const struct record *old, const struct vm *vm, const struct policy_class *pc,
    const struct elapsed *e)
{
	if (old->confirmations <= 0 || old->marked_s <= 0 ||
	    (old->seen_s != 0 && old->seen_s < old->marked_s))
		return false;
	if (!history_same_identity(old, vm) || !same_placement(old, vm) || !same_state(old, vm))
		return false;
	return e->passed_s >= 0 && e->passed_s <= pc->gap_s;
}

/* Was it confirmed lately? Sweeps that could not see it silent do not bridge a gap. */
static bool
mark_is_fresh(const struct record *old, const struct policy_class *pc, const struct elapsed *e)
{
	int64_t since_s = sub_sat(e->now_s, history_carry_s(old->seen_s, e));

	/* grace that was earned without looking is none once the policy asks for silence */
	return old->seen_s > 0 && since_s >= 0 && since_s <= pc->gap_s &&
	       (old->looked || !pc->silence);
}

/* An amount that was earned since from_s, with what this sweep adds. More than the time since is not believed. */
static int64_t
earn(int64_t earned_s, int64_t from_s, bool confirmed, const struct elapsed *e)
{
	int64_t counts_s = !confirmed || e->jumped || e->counts_s < 0 ? 0 : e->counts_s;

	earned_s = add_sat(earned_s < 0 ? 0 : earned_s, counts_s);
	earned_s = min64(earned_s, sub_sat(e->now_s, from_s));
	return earned_s < 0 ? 0 : earned_s;
}

static void
mark_continue(const struct record *old, const struct seen *seen, const struct elapsed *e,
    struct record *r)
{
	bool confirmed = seen->evident;
	int64_t date_s;

	r->goes_on = true;
	r->marked_s = history_carry_s(old->marked_s, e);
	r->seen_s = confirmed ? e->now_s : history_carry_s(old->seen_s, e);
	r->confirmations = old->confirmations;
	if (confirmed && r->confirmations < INT32_MAX)
		r->confirmations++;
	r->earned_s = earn(old->earned_s, r->marked_s, confirmed, e);
	r->acknowledged = old->acknowledged;
	r->killed_in_mark = old->killed_in_mark;
	r->looked = old->looked && (seen->silent || !confirmed);
	r->stormed = old->stormed && !old->acknowledged;
	if (old->noticed_s <= 0)
		return;
	r->noticed_s = history_carry_s(old->noticed_s, e);
	r->promised_s = old->promised_s;
	/* whoever wrote it, it is a date */
	date_s =
	    min64(add_sat(r->noticed_s, r->promised_s), add_sat(e->now_s, POLICY_NOTICE_MAX_S));
	if (date_s > r->not_before_s)
		r->not_before_s = date_s;
	/* the owner has this time, whether the machine was probed meanwhile or not */
	r->notice_earned_s = earn(old->notice_earned_s, r->noticed_s, true, e);
}

static void
mark_start(const struct seen *seen, const struct elapsed *e, struct record *r)
{
	r->marked_s = e->now_s;
	r->seen_s = seen->evident ? e->now_s : 0;
	r->looked = seen->silent;
	r->confirmations = 1;
}

/* What stays with the identity, the placement and the state, marked or not. old may be NULL. */
static void
carry_facts(
    const struct record *old, const struct vm *vm, const struct elapsed *e, struct record *r)
{
	r->since_s = e->now_s;
	r->first_seen_s = e->now_s;
	if (old == NULL || !same_machine(old, vm))
		return;
	r->kills = old->kills;
	r->doubts = old->doubts;
	r->last_kill_s = old->last_kill_s;
	r->not_before_s = carry_date(old->not_before_s, e);
	if (!history_same_identity(old, vm))
		return;
	r->first_seen_s =
	    old->first_seen_s > 0 ? history_carry_s(old->first_seen_s, e) : e->now_s;
	r->flaps = old->flaps < 0 ? 0 : old->flaps;
	if (same_state(old, vm) && old->since_s > 0)
		r->since_s = history_carry_s(old->since_s, e);
	if (same_placement(old, vm))
		r->answered_s = history_carry_s(old->answered_s, e);
}

static void
fold_one(const struct policy *p, const struct vm *vm, const struct seen *seen,
    const struct record *old, const struct elapsed *e, struct record *r)
{
	const struct policy_class *pc = history_policy_class(p, vm->cls);
	bool same;

	r->id = vm->id;
	r->stime_s = vm->stime_s;
	r->uid = vm->uid;
	r->deploy_id = or_empty(vm->deploy_id);
	r->host_id = vm->host_id;
	r->seq = vm->seq;
	r->state = vm->state;
	r->lcm = vm->lcm;
	carry_facts(old, vm, e, r);
	if (seen->alive && r->answered_s == 0)
		r->answered_s = e->now_s;
	if (seen->candidate && !seen->alive && pc != NULL) {
		same = old != NULL && mark_is_same(old, vm, pc, e);
		if (same && mark_is_fresh(old, pc, e)) {
			mark_continue(old, seen, e, r);
			return;
		}
		mark_start(seen, e, r);
		/* this very machine, though nobody could look: what was done, and what a person or a storm said, stands */
		r->goes_on = same;
		r->acknowledged = same && old->acknowledged;
		r->killed_in_mark = same && old->killed_in_mark;
		r->stormed = same && old->stormed && !old->acknowledged;
		return;
	}
	if (old != NULL && old->confirmations > 0 && history_same_identity(old, vm) &&
	    (seen->alive || vm->cls == VM_CLASS_OK) && r->flaps < INT32_MAX)
		r->flaps++;
}

static int
record_cmp(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* The one old record of this id in the sorted index; NULL when there is none, or more than one. */
static const struct record *
find_old(const struct record *const *index, size_t n, int64_t id)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (index[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == n || index[lo]->id != id)
		return NULL;
	if (lo + 1 < n && index[lo + 1]->id == id)
		return NULL;
	return index[lo];
}

int
history_fold(struct arena *a, const struct policy *p, const struct listing *l,
    const struct seen *seen, const struct record *old, size_t n_old, const struct elapsed *e,
    struct record **out)
{
	const struct record **index;
	bool sorted = true;
	size_t i;

	*out = arena_calloc(a, l->n + 1, sizeof(**out));
	index = arena_calloc(a, n_old + 1, sizeof(*index));
	if (*out == NULL || index == NULL)
		return -1;
	for (i = 0; i < n_old; i++) {
		index[i] = &old[i];
		sorted = sorted && (i == 0 || old[i - 1].id <= old[i].id);
	}
	if (!sorted)
		qsort(index, n_old, sizeof(*index), record_cmp);
	for (i = 0; i < l->n; i++)
		fold_one(p, &l->vms[i], &seen[i], find_old(index, n_old, l->vms[i].id), e,
		    &(*out)[i]);
	return 0;
}
