/* SPDX-License-Identifier: ISC */
/*
 * tidings: what was done, told when it is done: each kill to the hook, one letter to each owner, one to the
 * administrators. Nothing waits for it, and nothing is undone when it fails.
 */
#include <stdio.h>
#include <string.h>

#include "act/event.h"
#include "act/notify.h"

/* One round of them: the kills that were sent. */
struct round {
	struct tell *t;
	const struct verdict_input *in;
	const struct judgement *js;
	const size_t *list; /* of the listing */
	const struct kill *kills;
	size_t n;
	const char **address; /* of the owner, or NULL */
	bool *done; /* its owner's letter was tried */
};

static const struct vm *
machine(const struct round *r, size_t i)
{
	return &r->in->listing->vms[r->list[i]];
}

static bool
was_sent(const struct kill *k)
{
	return k->outcome != OUTCOME_INTENT && outcome_is_sent(k->outcome);
}

static const char *
words(enum outcome o)
{
	switch (o) {
	case OUTCOME_ACCEPTED:
		return "accepted: the cloud is ending it";
	case OUTCOME_DONE:
		return "done: it is gone";
	case OUTCOME_IN_DOUBT:
		return "in doubt: the cloud's answer was lost";
	case OUTCOME_STUCK:
	case OUTCOME_BOUNCED:
	case OUTCOME_ZOMBIE:
	case OUTCOME_INTENT:
	case OUTCOME_WOULD_KILL:
	case OUTCOME_ABORTED:
	case OUTCOME_GONE:
	case OUTCOME_REFUSED:
	case OUTCOME_NOT_SENT:
	case OUTCOME_COUNT:
		break;
	}
	return outcome_str(o);
}

static void
hook_one(const struct round *r, size_t i)
{
	struct fault why = {.kind = FAULT_NONE};
	const struct vm *vm = machine(r, i);
	enum tell_result result = TELL_FAILED;
	struct text json;
	char id[24];

	text_init(&json, EVENT_BYTES_MAX);
	snprintf(id, sizeof(id), "%lld", (long long)vm->id);
	if (event_killed(r->in, &r->js[r->list[i]], r->list[i], &r->kills[i],
		r->t->act->now_s(), &json) != 0)
		fault_set(&why, FAULT_SYSTEM, "out of memory for its notice");
	else
		result = tell_hook(r->t, "killed", id, &json, &why);
	text_free(&json);
	if (result == TELL_FAILED)
		tell_row(r->t, NOTICE_KILL, vm, &why);
}

static struct letter_machine
entry(const struct round *r, size_t i)
{
	const struct vm *vm = machine(r, i);

	return (struct letter_machine){.id = vm->id,
	    .name = vm->name,
	    .owner = vm->uname,
	    .state = vm_class_str(vm->cls),
	    .host = vm->host,
	    .dead_s = r->in->records[r->list[i]].marked_s,
	    .holds = &r->js[r->list[i]].holds,
	    .outcome = words(r->kills[i].outcome),
	    .detail = r->kills[i].reason,
	    .unaddressed = r->address[i] == NULL};
}

static enum tell_result
mail_some(const struct round *r, const char *const *to, size_t n_to, bool to_owner,
    const size_t *which, size_t n, struct fault *f)
{
	struct letter_machine entries[LETTER_ENTRIES_MAX];
	char unique[LETTER_UNIQUE_SIZE];
	struct letter l = tell_letter(r->t, to, n_to, to_owner, unique);
	enum tell_result result;
	struct text letter;

	for (size_t i = 0; i < n; i++)
		entries[i] = entry(r, which[i]);
	text_init(&letter, LETTER_BYTES_MAX);
	letter_killed(&l, entries, n, &letter);
	result = tell_mail(r->t, &letter, f);
	text_free(&letter);
	return result;
}

/* The next of the kills from *at on: those of this address, or all. Returns their number. */
static size_t
gather(const struct round *r, size_t *at, const char *address, size_t which[LETTER_ENTRIES_MAX])
{
	size_t n = 0;

	for (; *at < r->n && n < LETTER_ENTRIES_MAX; (*at)++) {
		if (!was_sent(&r->kills[*at]))
			continue;
		if (address == NULL)
			which[n++] = *at;
		else if (r->address[*at] != NULL && strcmp(r->address[*at], address) == 0) {
			r->done[*at] = true;
			which[n++] = *at;
		}
	}
	return n;
}

static void
mail_owner(const struct round *r, size_t first)
{
	const char *to = r->address[first];
	size_t which[LETTER_ENTRIES_MAX], at = first, n;

	while ((n = gather(r, &at, to, which)) > 0) {
		struct fault why = {.kind = FAULT_NONE};

		if (mail_some(r, &to, 1, true, which, n, &why) != TELL_FAILED)
			continue;
		for (size_t i = 0; i < n; i++)
			tell_row(r->t, NOTICE_KILL, machine(r, which[i]), &why);
	}
}

static void
mail_all(const struct round *r)
{
	const struct policy_list *to = &r->t->policy->notify.administrators;
	size_t which[LETTER_ENTRIES_MAX], at = 0, n;

	for (size_t i = 0; i < r->n; i++) {
		struct fault why = {.kind = FAULT_NONE};
		enum tell_address found;

		if (!was_sent(&r->kills[i]))
			continue;
		found = tell_address(r->t, machine(r, i), &r->address[i], &why);
		/* who has none is told through the administrators, if there are any */
		if (found == TELL_NOT_NOW || (found == TELL_NO_ADDRESS && to->n == 0))
			tell_row(r->t, NOTICE_KILL, machine(r, i), &why);
	}
	for (size_t i = 0; i < r->n; i++)
		if (r->address[i] != NULL && !r->done[i])
			mail_owner(r, i);
	while (to->n > 0 && (n = gather(r, &at, NULL, which)) > 0) {
		struct fault why = {.kind = FAULT_NONE};

		if (mail_some(r, to->v, to->n, false, which, n, &why) == TELL_FAILED)
			tell_row(r->t, NOTICE_ADMINISTRATORS, NULL, &why);
	}
}

void
notify_killed(struct tell *t, const struct verdict_input *in, const struct judgement *js,
    const size_t *list, const struct kill *kills, size_t n)
{
	struct round r = {.t = t, .in = in, .js = js, .list = list, .kills = kills, .n = n};

	if (n == 0)
		return;
	r.address = arena_calloc(t->a, n, sizeof(*r.address));
	r.done = arena_calloc(t->a, n, sizeof(*r.done));
	if (r.address == NULL || r.done == NULL)
		return;
	for (size_t i = 0; i < n && t->policy->notify.hook != NULL; i++)
		if (was_sent(&kills[i]))
			hook_one(&r, i);
	if (t->policy->notify.mail != NULL)
		mail_all(&r);
}
