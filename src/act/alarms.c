/* SPDX-License-Identifier: ISC */
/*
 * alarms: told once while they stand. The ledger remembers which were, for each way on its own.
 */
#include <stdio.h>
#include <string.h>

#include "act/event.h"
#include "act/notify.h"
#include "ledger/told.h"

#define MAIL "mail"
#define HOOK "hook"

static int
hook_one(struct tell *t, const struct finding *x, struct fault *f)
{
	const struct vm vm = {.id = x->id, .name = x->name, .uname = x->owner};
	struct fault why = {.kind = FAULT_NONE};
	enum tell_result result = TELL_FAILED;
	struct text json;
	bool told;

	if (ledger_alarm_told(t->act->ledger, HOOK, x->code, x->id, &told, f) != 0)
		return -1;
	if (told)
		return 0;
	text_init(&json, EVENT_BYTES_MAX);
	if (event_alarm(t->policy->cloud.name, x, t->act->now_s(), &json) != 0)
		fault_set(&why, FAULT_SYSTEM, "out of memory for an alarm");
	else
		result = tell_hook(t, "alarm", x->code, &json, &why);
	text_free(&json);
	if (result == TELL_FAILED)
		tell_row(t, NOTICE_ALARM, x->id >= 0 ? &vm : NULL, &why);
	if (result != TELL_DONE)
		return 0;
	return ledger_alarm_tell(t->act->ledger, HOOK, x->code, x->id, t->act->now_s(), f);
}

/* One letter of these. */
static int
mail_some(struct tell *t, const struct finding *alarms, size_t n, struct fault *f)
{
	const struct policy_list *to = &t->policy->notify.administrators;
	struct fault why = {.kind = FAULT_NONE};
	char unique[LETTER_UNIQUE_SIZE];
	struct letter l = tell_letter(t, to->v, to->n, false, unique);
	enum tell_result result;
	struct text letter;

	if (n == 0)
		return 0;
	text_init(&letter, LETTER_BYTES_MAX);
	letter_alarms(&l, alarms, n, &letter);
	result = tell_mail(t, &letter, &why);
	text_free(&letter);
	if (result == TELL_FAILED)
		tell_row(t, NOTICE_ADMINISTRATORS, NULL, &why);
	for (size_t i = 0; i < n && result == TELL_DONE; i++)
		if (ledger_alarm_tell(
			t->act->ledger, MAIL, alarms[i].code, alarms[i].id, l.now_s, f) != 0)
			return -1;
	return 0;
}

static int
mail_new(struct tell *t, const struct finding *alarms, size_t n, struct fault *f)
{
	struct finding risen[LETTER_ENTRIES_MAX];
	size_t n_risen = 0;
	bool told;

	for (size_t i = 0; i < n; i++) {
		if (ledger_alarm_told(
			t->act->ledger, MAIL, alarms[i].code, alarms[i].id, &told, f) != 0)
			return -1;
		if (told)
			continue;
		risen[n_risen++] = alarms[i];
		if (n_risen < LETTER_ENTRIES_MAX)
			continue;
		if (mail_some(t, risen, n_risen, f) != 0)
			return -1;
		n_risen = 0;
	}
	return mail_some(t, risen, n_risen, f);
}

int
notify_alarms(
    struct tell *t, const struct finding *findings, size_t n, bool complete, struct fault *f)
{
	bool mail = t->policy->notify.mail != NULL && t->policy->notify.administrators.n > 0;
	struct finding *alarms;
	size_t n_alarms = 0;

	if (t->policy->notify.hook == NULL && !mail)
		return 0;
	alarms = arena_calloc(t->a, n + 1, sizeof(*alarms));
	if (alarms == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for the alarms");
	for (size_t i = 0; i < n; i++)
		if (findings[i].severity == STATE_CRITICAL)
			alarms[n_alarms++] = findings[i];
	if (complete && ledger_alarms_stand(t->act->ledger, alarms, n_alarms, f) != 0)
		return -1;
	for (size_t i = 0; i < n_alarms && t->policy->notify.hook != NULL; i++)
		if (hook_one(t, &alarms[i], f) != 0)
			return -1;
	return mail ? mail_new(t, alarms, n_alarms, f) : 0;
}
