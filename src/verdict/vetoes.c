/* SPDX-License-Identifier: ISC */
/*
 * vetoes: whether one machine may be killed. One function per rule, in the order of the rules.
 *
 * Every function asks "is there a reason to keep it", so that a fact that is missing, odd or
 * contradictory has to be answered with a veto. The order of the reasons is that of the list in
 * reasons.h; here only the bits are set. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "verdict/keepmark.h"
#include "verdict/vetoes.h"

enum veto
veto_first(uint64_t mask)
{
	for (int v = 0; v < VETO_COUNT; v++) {
		if ((mask & VETO_BIT(v)) != 0)
			return (enum veto)v;
	}
	return VETO_COUNT;
}

static uint64_t
bit_if(bool fired, enum veto v)
{
	return fired ? VETO_BIT(v) : 0;
}

/* --- V1: the state ------------------------------------------------------------------------------- */

/*
 * Is the state named in the section? By its whole name: a pattern or `all` stand for the states of the
 * defaults only, so that nobody enables EPILOG_FAILURE with a star.
 */
static bool
state_enabled(const struct policy_list *l, const char *name)
{
	static const char *const usual[] = {
	    "UNKNOWN", "FAILED", "PROLOG_FAILURE", "CLONING_FAILURE"};

	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i], name) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (strcmp(usual[i], name) == 0)
			return policy_list_has(l, name);
	}
	return false;
}

uint64_t
vetoes_state(const struct policy *p, const struct era *era, const struct vm *vm)
{
	const struct policy_class *pc = history_policy_class(p, vm->cls);
	struct holds holds;
	uint64_t mask = 0;
	char name[40];

	if (vm->cls == VM_CLASS_UNRECOGNISED || (vm->odd & (VM_ODD_STATE | VM_ODD_TWICE)) != 0)
		mask |= VETO_BIT(VETO_UNRECOGNISED);
	if (vm->cls != VM_CLASS_UNKNOWN && vm->cls != VM_CLASS_FAILED) {
		if (vm->cls != VM_CLASS_UNRECOGNISED)
			mask |= VETO_BIT(VETO_NOT_REAPABLE);
		return mask;
	}
	/* The class was derived from these numbers: if it does not follow from them, something is wrong.
	 * (3.2.1 keeps a row for id -1 once somebody has finalized it: rig.md.) */
	if (vm->id < 0 || vm->state < 0 || vm->lcm < 0 ||
	    (era != NULL && era_class(era, vm->state, vm->lcm) != vm->cls))
		mask |= VETO_BIT(VETO_UNRECOGNISED);
	era_state_name(era, vm->state, vm->lcm, name);
	mask |= bit_if(
	    pc == NULL || !pc->reap || !state_enabled(&pc->states, name), VETO_CLASS_OFF);
	vm_holds(era, vm, &holds);
	mask |= bit_if(!holds.any, VETO_HOLDS_NOTHING);
	mask |=
	    bit_if(era == NULL || era_kill_verb(era, vm->state, vm->lcm) == NULL, VETO_NO_VERB);
	return mask;
}

/* A machine that no verb can end is a candidate all the same: it holds, and is reported. */
static bool
vetoes_candidate(uint64_t mask)
{
	const uint64_t state = VETO_BIT(VETO_NOT_REAPABLE) | VETO_BIT(VETO_UNRECOGNISED) |
			       VETO_BIT(VETO_CLASS_OFF) | VETO_BIT(VETO_HOLDS_NOTHING);

	return (mask & state) == 0;
}

bool
verdict_is_candidate(const struct policy *p, const struct era *era, const struct vm *vm)
{
	return vetoes_candidate(vetoes_state(p, era, vm));
}

/* --- V3: somebody wants it ------------------------------------------------------------------------ */

static bool
ascii_same(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++) {
		char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
		char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;

		if (x != y)
			return false;
	}
	return *a == *b;
}

const char *
keep_mark(const struct policy *p, const struct vm *vm, int64_t now_s)
{
	const char *name = p->scope.keep_attribute, *label = p->scope.keep_label;

	/* Not vm_attr(): a template may carry a name twice, and any of them may say "keep". */
	for (size_t i = 0; name != NULL && name[0] != '\0' && i < vm->n_attrs; i++) {
		if (ascii_same(vm->attrs[i].name, name) &&
		    keepmark_holds(vm->attrs[i].value, now_s))
			return vm->attrs[i].value != NULL ? vm->attrs[i].value : "";
	}
	if (label != NULL && label[0] != '\0' && vm_has_label(vm, label))
		return label;
	return NULL;
}

uint64_t
vetoes_wish(const struct policy *p, const struct vm *vm, int64_t now_s)
{
	const unsigned unsure = VM_ODD_LIMIT | VM_ODD_TEXT | VM_ODD_TIME;
	uint64_t mask = 0;

	mask |= bit_if(!vm->full || (vm->odd & unsure) != 0, VETO_NOT_READ);
	mask |= bit_if(vm->lock != VM_LOCK_NONE, VETO_LOCKED);
	mask |= bit_if(keep_mark(p, vm, now_s) != NULL, VETO_KEEP_MARK);
	mask |= bit_if(vm->service_id != -1 && !p->scope.services, VETO_SERVICE);
	mask |= bit_if(vm->vrouter_id != -1 && !p->scope.virtual_routers, VETO_VROUTER);
	mask |= bit_if(vm->imported && !p->scope.imported, VETO_IMPORTED);
	mask |= bit_if(vm->sched_action, VETO_SCHEDULED);
	return mask;
}

/* --- V4: the host --------------------------------------------------------------------------------- */

bool
state_needs_host(const struct vm *vm)
{
	return vm->state == 3;
}

uint64_t
vetoes_host(const struct policy *p, const struct era *era, const struct vm *vm,
    const struct host *host, int64_t now_s)
{
	uint64_t mask = 0;

	if (!state_needs_host(vm))
		return 0;
	if (vm->host_id < 0 || host == NULL || host->id != vm->host_id)
		return VETO_BIT(VETO_NO_HOST);
	mask |= bit_if(!steady_host_state(era, host), VETO_HOST_STATE);
	mask |= bit_if(!steady_host_fresh(p, host, now_s), VETO_HOST_STALE);
	return mask;
}

uint64_t
vetoes_cool(const struct policy *p, const struct vm *vm, int64_t good_s, int64_t now_s)
{
	if (!state_needs_host(vm))
		return 0;
	return bit_if(good_s <= 0 || good_s > now_s || now_s - good_s < p->reap.cool_down_s,
	    VETO_HOST_COOL);
}

/* --- V5: its own addresses ------------------------------------------------------------------------ */

uint64_t
vetoes_reading(const struct policy *p, const struct vm *vm, const struct reading *r)
{
	const struct policy_class *pc = history_policy_class(p, vm->cls);
	uint64_t mask = 0;

	mask |= bit_if(r->ping, VETO_ANSWERS_PING);
	mask |= bit_if(r->ssh, VETO_ANSWERS_SSH);
	mask |= bit_if(r->tcp, VETO_ANSWERS_TCP);
	mask |= bit_if(r->nonsense, VETO_AMBIGUOUS);
	/*
	 * Where silence is not required, an address that was not probed is no veto; but one that is not known may
	 * be another machine's, or one of addresses_out, which protect this very server.
	 */
	if (pc == NULL || pc->silence)
		mask |= bit_if(!r->all_silent && !reading_alive(r), VETO_NOT_PROBED);
	else
		mask |= bit_if(r->missing || (vm->n_addrs == 0 && p->scope.addresses_out.n > 0),
		    VETO_NOT_PROBED);
	return mask;
}

/* --- V6: data ------------------------------------------------------------------------------------- */

/* Failure states that the policy may enable by name, and that never touched a disk if they never ran. */
static bool
is_early_failure(const struct era *era, const struct vm *vm)
{
	char name[40];

	era_state_name(era, vm->state, vm->lcm, name);
	return strcmp(name, "PROLOG_FAILURE") == 0 || strcmp(name, "CLONING_FAILURE") == 0;
}

uint64_t
vetoes_data(const struct policy *p, const struct era *era, const struct vm *vm)
{
	const struct policy_class *pc = history_policy_class(p, vm->cls);
	bool data = vm_has_data(vm), saved;
	uint64_t mask = 0;

	/* Only a verb that runs EPILOG saves a disk, and none saves a snapshot or a half-made image. */
	saved = vm->cls == VM_CLASS_UNKNOWN && era != NULL &&
		!era_kill_loses_data(era, vm->state, vm->lcm) && !vm->snapshots &&
		!vm->create_image;
	if (data)
		mask |=
		    bit_if(!saved || pc == NULL || pc->persistent != POLICY_PERSISTENT_ALLOW,
			VETO_DATA);
	/* What no policy can lift. */
	mask |= bit_if(data && !saved, VETO_DATA_AT_RISK);
	mask |= bit_if(is_early_failure(era, vm) && vm->ever_ran != TRI_NO, VETO_DATA_AT_RISK);
	return mask;
}

/* --- V7: the mark; A4: earlier kills -------------------------------------------------------------- */

static bool
was_killed(const struct record *r, int64_t now_s)
{
	if (r->killed_in_mark || r->kills >= KILLS_MAX || r->doubts >= KILLS_MAX)
		return true;
	if (r->kills <= 0 && r->doubts <= 0)
		return false;
	/* One more, with a wholly new mark, a day later; a time that is not known is no day. */
	return r->last_kill_s <= 0 || now_s - r->last_kill_s < RETRY_AFTER_S ||
	       r->marked_s <= r->last_kill_s;
}

uint64_t
vetoes_mark(const struct policy *p, const struct vm *vm, const struct record *r, int64_t now_s)
{
	const struct policy_class *pc = history_policy_class(p, vm->cls);
	int64_t grace_s = POLICY_GRACE_MIN_S;
	int32_t confirmations = 2;
	uint64_t mask = 0;

	mask |= bit_if(r != NULL && was_killed(r, now_s), VETO_KILLED_BEFORE);
	mask |= bit_if(r != NULL && r->stormed && !r->acknowledged, VETO_STORMED);
	/* The fold wrote placement and state from this listing: a record that differs is of another one. */
	if (pc == NULL || r == NULL || r->confirmations < 1 || r->host_id != vm->host_id ||
	    r->seq != vm->seq || r->state != vm->state || r->lcm != vm->lcm)
		return mask | VETO_BIT(VETO_WITHIN_GRACE) | VETO_BIT(VETO_CONFIRMATIONS);
	/* The compiled minimum holds whatever the policy room let through. */
	if (pc->grace_s > grace_s)
		grace_s = pc->grace_s;
	if (pc->confirmations > confirmations)
		confirmations = pc->confirmations;
	mask |=
	    bit_if(r->earned_s < grace_s || r->marked_s <= 0 || now_s - r->marked_s < grace_s,
		VETO_WITHIN_GRACE);
	mask |= bit_if(r->confirmations < confirmations || r->seen_s <= 0 ||
			   r->seen_s > now_s || now_s - r->seen_s > pc->gap_s,
	    VETO_CONFIRMATIONS);
	return mask;
}

/* --- V8: the notice ------------------------------------------------------------------------------- */

int64_t
notice_needed_s(const struct policy *p, const struct record *r)
{
	int64_t need_s = policy_tells(p) ? p->notify.notice_s : 0;

	/* what an owner was promised is given, whatever the policy says later */
	return r->noticed_s > 0 && r->promised_s > need_s ? r->promised_s : need_s;
}

int64_t
notice_not_before_s(const struct policy *p, const struct record *r, int64_t told_s)
{
	int64_t date_s = told_s + p->notify.notice_s;

	return r->not_before_s > date_s ? r->not_before_s : date_s;
}

uint64_t
vetoes_notice(const struct policy *p, const struct record *r, int64_t now_s)
{
	int64_t need_s;

	/* a date that was given holds, though the mark for which it was given has ended and the policy asks for less */
	if (r != NULL && r->not_before_s > now_s)
		return VETO_BIT(VETO_NOTICE);
	if (!policy_tells(p) && (r == NULL || r->noticed_s <= 0))
		return 0;
	if (r == NULL || r->noticed_s <= 0 || r->noticed_s > now_s)
		return VETO_BIT(VETO_NOTICE);
	need_s = notice_needed_s(p, r);
	return bit_if(
	    r->notice_earned_s < need_s || now_s - r->noticed_s < need_s, VETO_NOTICE);
}

/* Only time stands between it and a kill, and the grace ends within the notice: its owner should know now. */
static bool
notice_is_due(
    const struct policy *p, const struct vm *vm, const struct record *r, uint64_t mask)
{
	const uint64_t time = VETO_BIT(VETO_WITHIN_GRACE) | VETO_BIT(VETO_CONFIRMATIONS) |
			      VETO_BIT(VETO_HOST_COOL);
	const struct policy_class *pc = history_policy_class(p, vm->cls);

	if ((mask & VETO_BIT(VETO_NOTICE)) == 0 || (mask & ~time & ~VETO_BIT(VETO_NOTICE)) != 0)
		return false;
	if (!policy_tells(p) || pc == NULL || r == NULL || r->noticed_s > 0 ||
	    r->confirmations < 2)
		return false;
	return r->earned_s >= pc->grace_s - p->notify.notice_s;
}

/* --- V9: caps ------------------------------------------------------------------------------------- */

uint64_t
vetoes_caps(const struct policy *p, const struct vm *vm, int64_t killed_last_hour,
    const struct judgement *j)
{
	uint64_t mask = bit_if(j->cap_run >= p->limits.per_run, VETO_RATE_RUN);

	mask |= bit_if(p->limits.per_hour != UNITS_UNLIMITED &&
			   killed_last_hour >= p->limits.per_hour - j->cap_run,
	    VETO_RATE_HOUR);
	/* Machines that are on no host (CLONING_FAILURE) burden none. */
	mask |= bit_if(vm->host_id >= 0 && j->cap_host >= p->limits.per_host, VETO_RATE_HOST);
	return mask | bit_if(j->cap_owner >= p->limits.per_owner, VETO_RATE_OWNER);
}

/* --- all together --------------------------------------------------------------------------------- */

/* Silence that was not seen needs no witness: another veto has spoken already. */
static bool
has_witness(const struct view *v, size_t i, size_t silent)
{
	const struct vm *vm = &v->l->vms[i];

	for (size_t k = 0; k < vm->n_addrs; k++) {
		const struct sighting *seen = v->slots[v->first[i] + k].seen;

		if (reading_matters(v->p, &vm->addrs[k]) && seen != NULL &&
		    sighting_sum(seen) == SIGHTING_SILENT &&
		    !view_has_witness(v, &vm->addrs[k]))
			return false;
	}
	return silent > 0;
}

/* What the fleet says about machine i: the facts of a judgement, before anything is decided. */
void
vetoes_facts(const struct view *v, size_t i, struct judgement *out, struct reading *r)
{
	const struct vm *vm = &v->l->vms[i];

	memset(out, 0, sizeof(*out));
	memset(r, 0, sizeof(*r));
	out->problem = vm->cls == VM_CLASS_UNKNOWN || vm->cls == VM_CLASS_FAILED;
	out->other_id = -1;
	for (size_t k = 0; k < vm->n_addrs; k++) {
		const struct view_slot *slot = &v->slots[v->first[i] + k];
		const struct sighting *seen = slot->seen;

		/* Addresses that no claim was made for: of Done machines, or that do not matter. */
		if (seen == NULL && v->in->sightings != NULL)
			seen = sightings_find(v->in->sightings, &vm->addrs[k].a);
		reading_add(r, v->p, &vm->addrs[k], seen);
		if (slot->shared && (!out->shared || slot->other_id < out->other_id))
			out->other_id = slot->other_id;
		out->shared |= slot->shared;
	}
	reading_end(r, vm);
	out->alive = reading_alive(r);
	out->silent = r->all_silent;
	if (!out->problem)
		return;
	out->witness = has_witness(v, i, r->silent);
	out->zombie = view_is_zombie(v, vm->id);
	out->keep_local = view_keep(v, vm) != NULL;
	out->host_good_s = view_host_good_s(v, vm->host_id);
}

/* Every veto but the caps, from the machine, what was read of it, and the facts in c. */
static uint64_t
judge_case(const struct verdict_case *c, const struct reading *r)
{
	const struct policy *p = c->policy;
	const struct policy_class *pc = history_policy_class(p, c->vm->cls);
	uint64_t mask = vetoes_state(p, c->era, c->vm);

	/* The other rules are about machines that might be dead. */
	if (c->vm->cls != VM_CLASS_UNKNOWN && c->vm->cls != VM_CLASS_FAILED)
		return mask;
	mask |= vetoes_scope(p, c->vm, c->now_s) | vetoes_wish(p, c->vm, c->now_s);
	mask |= bit_if(c->facts->keep_local, VETO_KEEP_LOCAL);
	mask |= vetoes_host(p, c->era, c->vm, c->host, c->now_s);
	mask |= vetoes_cool(p, c->vm, c->facts->host_good_s, c->now_s);
	mask |= bit_if(c->facts->zombie, VETO_RUNS_ELSEWHERE);
	mask |= vetoes_reading(p, c->vm, r) | bit_if(c->facts->shared, VETO_AMBIGUOUS);
	if (pc == NULL || pc->silence)
		mask |= bit_if(r->silent > 0 && !c->facts->witness, VETO_NO_WITNESS);
	mask |= vetoes_data(p, c->era, c->vm) | vetoes_mark(p, c->vm, c->record, c->now_s);
	return mask | vetoes_notice(p, c->record, c->now_s);
}

void
vetoes_judge(const struct view *v, size_t i, struct judgement *out)
{
	const struct vm *vm = &v->l->vms[i];
	const struct verdict_case c = {.policy = v->p,
	    .era = v->era,
	    .vm = vm,
	    .host = view_host(v, vm->host_id),
	    .record = view_record(v, i),
	    .facts = out,
	    .now_s = v->now_s};
	struct reading r;

	vetoes_facts(v, i, out, &r);
	vm_holds(v->era, vm, &out->holds);
	out->vetoes = judge_case(&c, &r);
	out->candidate = vetoes_candidate(out->vetoes);
	if (out->problem)
		out->verb = v->era != NULL ? era_kill_verb(v->era, vm->state, vm->lcm) : NULL;
	out->notice_due = notice_is_due(v->p, vm, c.record, out->vetoes);
	out->veto = veto_first(out->vetoes);
}

uint64_t
verdict_case_vetoes(const struct verdict_case *c)
{
	struct reading r;
	uint64_t mask;

	reading_take(&r, c->policy, c->vm, c->sightings);
	mask = judge_case(c, &r);
	/* A machine stands in the line only when nothing else speaks for it. */
	return mask != 0 ? mask : vetoes_caps(c->policy, c->vm, c->killed_last_hour, c->facts);
}
