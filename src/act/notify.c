/* SPDX-License-Identifier: ISC */
/*
 * notify: before a kill. Each notice is written down as soon as every way has accepted it. It decides nothing: the list
 * comes from verdict/. What was not accepted is tried again by the next sweep, and its machine waits.
 */
#include <stdio.h>
#include <string.h>

#include "act/event.h"
#include "act/notify.h"
#include "act/stamp.h"
#include "ledger/told.h"
#include "verdict/vetoes.h"

enum step {
	TO_MAIL, /* the hook has it; its owner has an address, or may have */
	TO_ADMINISTRATORS, /* its owner has none */
	TOLD,
	OVER /* not told: a row says why, or it was not tried */
};

/* One round of notices. */
struct round {
	struct tell *t;
	const struct verdict_input *in;
	const struct judgement *js;
	const size_t *list;
	size_t n;
	enum step *steps;
	const char **address; /* of the owner, or NULL */
	int64_t *told_s; /* as the ledger has it; 0: not told yet */
};

static const struct vm *
machine(const struct round *r, size_t i)
{
	return &r->in->listing->vms[r->list[i]];
}

static void
give_up(struct round *r, size_t i, const struct fault *why)
{
	r->steps[i] = OVER;
	if (why != NULL)
		tell_row(r->t, NOTICE_OWNER, machine(r, i), why);
}

/* Every way has accepted it but the stamp. -1: the ledger cannot write. */
static int
settle(struct round *r, size_t i, struct fault *f)
{
	const struct policy *p = r->t->policy;
	const struct vm *vm = machine(r, i);
	const struct record *record = &r->in->records[r->list[i]];
	struct fault why = {.kind = FAULT_NONE};
	enum tell_result result = TELL_DONE;

	if (p->notify.stamp)
		result = stamp_write(r->t, r->in->listing->era, vm,
		    notice_not_before_s(p, record, tell_now_s(r->t)), &why);
	if (result != TELL_DONE && p->notify.hook == NULL && p->notify.mail == NULL) {
		give_up(r, i, result == TELL_FAILED ? &why : NULL);
		return 0;
	}
	if (result == TELL_FAILED)
		tell_row(r->t, NOTICE_STAMP, vm, &why);
	r->told_s[i] = tell_now_s(r->t);
	if (ledger_notice(r->t->act->ledger, vm->id, vm->stime_s, vm->uid, r->told_s[i],
		p->notify.notice_s, f) != 0) {
		give_up(r, i, f);
		return -1;
	}
	r->steps[i] = TOLD;
	tell_row(r->t, NOTICE_OWNER, vm, NULL);
	return 0;
}

/* --- the hook --------------------------------------------------------------------------------- */

/* 0: accepted now or earlier; 1: not; -1: the ledger cannot. */
static int
hook_one(struct round *r, size_t i, struct fault *f)
{
	struct tell *t = r->t;
	const struct vm *vm = machine(r, i);
	struct fault why = {.kind = FAULT_NONE};
	enum tell_result result = TELL_FAILED;
	struct text json;
	char id[24];
	bool told;

	if (ledger_hook_told(t->act->ledger, vm->id, &told, f) != 0)
		return -1;
	if (told)
		return 0;
	text_init(&json, EVENT_BYTES_MAX);
	snprintf(id, sizeof(id), "%lld", (long long)vm->id);
	if (event_notice(r->in, &r->js[r->list[i]], r->list[i], tell_now_s(t), &json) != 0)
		fault_set(&why, FAULT_SYSTEM, "out of memory for its notice");
	else
		result = tell_hook(t, "notice", id, &json, &why);
	text_free(&json);
	if (result != TELL_DONE) {
		give_up(r, i, result == TELL_FAILED ? &why : NULL);
		return 1;
	}
	/* who is not told by mail yet must not hear the hook again */
	return t->policy->notify.mail == NULL
		   ? 0
		   : ledger_hook_tell(
			 t->act->ledger, vm->id, tell_now_s(t), t->policy->notify.notice_s, f);
}

/* --- letters ---------------------------------------------------------------------------------- */

static struct letter_machine
entry(const struct round *r, size_t i, int64_t now_s)
{
	const struct vm *vm = machine(r, i);
	const struct record *record = &r->in->records[r->list[i]];

	return (struct letter_machine){.id = vm->id,
	    .name = vm->name,
	    .owner = vm->uname,
	    .state = vm_class_str(vm->cls),
	    .host = vm->host,
	    .dead_s = record->marked_s,
	    .holds = &r->js[r->list[i]].holds,
	    /* no letter promises more than the ledger keeps */
	    .kill_s = notice_not_before_s(
		r->t->policy, record, r->told_s[i] > 0 ? r->told_s[i] : now_s),
	    .unaddressed = r->steps[i] == TO_ADMINISTRATORS};
}

/* One letter of machines which[0..n). */
static enum tell_result
mail_some(struct round *r, const char *const *to, size_t n_to, bool to_owner,
    const size_t *which, size_t n, struct fault *f)
{
	struct letter_machine entries[LETTER_ENTRIES_MAX];
	char unique[LETTER_UNIQUE_SIZE];
	struct letter l = tell_letter(r->t, to, n_to, to_owner, unique);
	enum tell_result result;
	struct text letter;

	for (size_t i = 0; i < n; i++)
		entries[i] = entry(r, which[i], tell_now_s(r->t));
	text_init(&letter, LETTER_BYTES_MAX);
	letter_notice(&l, entries, n, &letter);
	result = tell_mail(r->t, &letter, f);
	text_free(&letter);
	return result;
}

/* The next of those from *at on that are at this step and (address not NULL) for this address. Returns their number. */
static size_t
gather(const struct round *r, size_t *at, enum step step, const char *address,
    size_t which[LETTER_ENTRIES_MAX])
{
	size_t n = 0;

	for (; *at < r->n && n < LETTER_ENTRIES_MAX; (*at)++)
		if (r->steps[*at] == step &&
		    (address == NULL || strcmp(r->address[*at], address) == 0))
			which[n++] = *at;
	return n;
}

/* Every machine of the owner of machine first, in as few letters as they take. */
static int
mail_owner(struct round *r, size_t first, struct fault *f)
{
	const char *to = r->address[first];
	size_t which[LETTER_ENTRIES_MAX], at = first, n;

	while ((n = gather(r, &at, TO_MAIL, to, which)) > 0) {
		struct fault why = {.kind = FAULT_NONE};
		enum tell_result result = mail_some(r, &to, 1, true, which, n, &why);

		for (size_t i = 0; i < n; i++) {
			if (result == TELL_DONE && settle(r, which[i], f) != 0)
				return -1;
			if (result != TELL_DONE)
				give_up(r, which[i], result == TELL_FAILED ? &why : NULL);
		}
	}
	return 0;
}

/* Whose machine is it, and where is that told? */
static void
look_up(struct round *r, size_t i)
{
	struct fault why = {.kind = FAULT_NONE};

	switch (tell_address(r->t, machine(r, i), &r->address[i], &why)) {
	case TELL_ADDRESS:
		break;
	case TELL_NO_ADDRESS:
		r->steps[i] = TO_ADMINISTRATORS;
		if (r->t->policy->notify.administrators.n == 0)
			give_up(r, i, &why);
		break;
	case TELL_NOT_NOW:
		give_up(r, i, &why);
		break;
	case TELL_NOT_ASKED:
		give_up(r, i, NULL);
		break;
	}
}

/* All that were told, and all that are told in this way only. */
static int
mail_administrators(struct round *r, struct fault *f)
{
	const struct policy_list *to = &r->t->policy->notify.administrators;
	size_t which[LETTER_ENTRIES_MAX], at = 0, n;

	for (;;) {
		struct fault why = {.kind = FAULT_NONE};
		enum tell_result result;

		for (n = 0; at < r->n && n < LETTER_ENTRIES_MAX; at++)
			if (r->steps[at] == TOLD || r->steps[at] == TO_ADMINISTRATORS)
				which[n++] = at;
		if (n == 0)
			return 0;
		result = mail_some(r, to->v, to->n, false, which, n, &why);
		if (result == TELL_FAILED)
			tell_row(r->t, NOTICE_ADMINISTRATORS, NULL, &why);
		for (size_t i = 0; i < n; i++) {
			if (r->steps[which[i]] != TO_ADMINISTRATORS)
				continue;
			if (result == TELL_DONE && settle(r, which[i], f) != 0)
				return -1;
			if (result != TELL_DONE)
				give_up(r, which[i], result == TELL_FAILED ? &why : NULL);
		}
	}
}

static int
mail_all(struct round *r, struct fault *f)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->steps[i] == TO_MAIL)
			look_up(r, i);
	for (size_t i = 0; i < r->n; i++)
		if (r->steps[i] == TO_MAIL && mail_owner(r, i, f) != 0)
			return -1;
	return r->t->policy->notify.administrators.n > 0 ? mail_administrators(r, f) : 0;
}

int
notify_before(struct tell *t, const struct verdict_input *in, const struct judgement *js,
    const size_t *list, size_t n, struct fault *f)
{
	struct round r = {.t = t, .in = in, .js = js, .list = list, .n = n};
	int rc = 0;

	if (n == 0)
		return 0;
	r.steps = arena_calloc(t->a, n, sizeof(*r.steps));
	r.address = arena_calloc(t->a, n, sizeof(*r.address));
	r.told_s = arena_calloc(t->a, n, sizeof(*r.told_s));
	if (r.steps == NULL || r.address == NULL || r.told_s == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu notices", n);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		rc = t->policy->notify.hook != NULL ? hook_one(&r, i, f) : 0;
		if (rc == 0 && t->policy->notify.mail == NULL)
			rc = settle(&r, i, f);
	}
	if (rc < 0)
		return -1;
	return t->policy->notify.mail != NULL ? mail_all(&r, f) : 0;
}
