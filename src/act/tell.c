/* SPDX-License-Identifier: ISC */
/*
 * tell: hides the two programs, and where addresses come from. Must never hand an address to the mail program that
 * mailbox_is() did not accept.
 */
#include <stdio.h>
#include <string.h>

#include "act/hook.h"
#include "act/tell.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"

struct tell_owner {
	int32_t uid;
	enum tell_address found;
	const char *address;
	struct fault why;
};

static bool
has_ended(const struct tell *t, int64_t failures)
{
	return failures >= t->policy->limits.failures ||
	       (t->act->stop != NULL && *t->act->stop);
}

static enum tell_result
run(const struct tell *t, const char *const argv[], const struct text *input, int64_t *failures,
    struct fault *f)
{
	if (hook_run(argv, input->p, input->len, t->policy->notify.timeout_s, t->act->stop,
		f) != 0) {
		(*failures)++;
		return TELL_FAILED;
	}
	*failures = 0;
	return TELL_DONE;
}

enum tell_result
tell_hook(struct tell *t, const char *event, const char *subject, const struct text *json,
    struct fault *f)
{
	const char *const argv[] = {t->policy->notify.hook, event, subject, NULL};

	if (has_ended(t, t->hook_failures))
		return TELL_SKIPPED;
	return run(t, argv, json, &t->hook_failures, f);
}

enum tell_result
tell_mail(struct tell *t, const struct text *letter, struct fault *f)
{
	const char *const argv[] = {t->policy->notify.mail, "-t", "-i", NULL};

	if (has_ended(t, t->mail_failures))
		return TELL_SKIPPED;
	if (letter->cut) {
		fault_set(f, FAULT_LIMIT, "a letter became too long, and was not sent");
		return TELL_FAILED;
	}
	return run(t, argv, letter, &t->mail_failures, f);
}

int64_t
tell_now_s(const struct tell *t)
{
	int64_t now_s = t->act->now_s();
	int64_t steady_s = t->began_s + (clock_mono_ns() - t->began_ns) / 1000000000;
	bool stepped = now_s - steady_s > HISTORY_JUMP_S || steady_s - now_s > HISTORY_JUMP_S;

	return stepped ? steady_s : now_s;
}

struct letter
tell_letter(const struct tell *t, const char *const *to, size_t n_to, bool to_owner,
    char unique[LETTER_UNIQUE_SIZE])
{
	unsigned char random[(LETTER_UNIQUE_SIZE - 1) / 2];

	clock_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(unique + 2 * i, 3, "%02x", random[i]);
	return (struct letter){.policy = t->policy,
	    .to = to,
	    .n_to = n_to,
	    .to_owner = to_owner,
	    .now_s = t->act->now_s(),
	    .unique = unique};
}

bool
tell_cloud_has_ended(const struct tell *t)
{
	return has_ended(t, t->cloud_failures);
}

void
tell_cloud_answered(struct tell *t, int rc, const struct fault *f)
{
	if (rc != 0 && (f->kind == FAULT_NETWORK || f->kind == FAULT_IN_DOUBT))
		t->cloud_failures++;
	else
		t->cloud_failures = 0;
}

/* --- addresses ------------------------------------------------------------------------------ */

static enum tell_address
no_address(const struct vm *vm, const char *what, struct fault *f)
{
	char name[80];

	fault_set(f, FAULT_STATE, "user %s (%d): %s",
	    text_safe(name, sizeof(name), TEXT_TERM, vm->uname), (int)vm->uid, what);
	fault_remedy(f,
	    "echo 'EMAIL=\"...\"' | oneuser update %d --append, or name it in [notify] owners",
	    (int)vm->uid);
	return TELL_NO_ADDRESS;
}

static enum tell_address
ask(struct tell *t, const struct vm *vm, const char **address, struct fault *f)
{
	struct account user = {.uid = -1};
	int rc;

	if (t->act->reader == NULL) {
		fault_set(f, FAULT_STATE, "nobody can be asked for the owners' addresses");
		return TELL_NOT_NOW;
	}
	if (vm->uid < 0)
		return no_address(vm, "the cloud does not say who it is", f);
	if (tell_cloud_has_ended(t))
		return TELL_NOT_ASKED;
	rc = cloud_user(t->act->reader, t->a, vm->uid, &user, f);
	tell_cloud_answered(t, rc, f);
	if (rc != 0) {
		/* FAULT_RIGHTS among them: who may not look does not know that there is no address */
		if (f->kind == FAULT_GONE)
			return no_address(vm, "there is no such user any more", f);
		return TELL_NOT_NOW;
	}
	if (user.email == NULL || user.email[0] == '\0')
		return no_address(vm, "it has no EMAIL, or several", f);
	if (!mailbox_is(user.email))
		return no_address(vm, "its EMAIL is not one plain address", f);
	*address = user.email;
	return TELL_ADDRESS;
}

enum tell_address
tell_address(struct tell *t, const struct vm *vm, const char **address, struct fault *f)
{
	struct tell_owner *o;

	*address = policy_owner_address(t->policy, vm->uname);
	if (*address != NULL)
		return TELL_ADDRESS;
	for (size_t i = 0; i < t->n_owners; i++) {
		if (t->owners[i].uid != vm->uid)
			continue;
		*address = t->owners[i].address;
		*f = t->owners[i].why;
		return t->owners[i].found;
	}
	o = arena_push(t->a, (void **)&t->owners, t->n_owners, sizeof(*o));
	if (o == NULL) {
		fault_set(f, FAULT_LIMIT, "out of memory for the owners");
		return TELL_NOT_NOW;
	}
	memset(o, 0, sizeof(*o));
	o->uid = vm->uid;
	o->found = ask(t, vm, &o->address, &o->why);
	t->n_owners++;
	*address = o->address;
	*f = o->why;
	return o->found;
}

/* --- what became of it ------------------------------------------------------------------------ */

void
tell_row(struct tell *t, enum notice_kind kind, const struct vm *vm, const struct fault *why)
{
	struct notice *row = arena_push(t->a, (void **)&t->rows, t->n_rows, sizeof(*row));
	const char *copy = why != NULL ? arena_strdup(t->a, why->msg) : "";

	if (why != NULL && vm != NULL)
		log_warning("notify", "machine %lld: %s", (long long)vm->id, why->msg);
	else if (why != NULL)
		log_warning("notify", "%s", why->msg);
	if (row == NULL)
		return;
	*row = (struct notice){.kind = kind,
	    .id = vm != NULL ? vm->id : -1,
	    .name = vm != NULL ? vm->name : "",
	    .owner = vm != NULL ? vm->uname : "",
	    .sent = why == NULL,
	    .why = copy != NULL ? copy : ""};
	t->n_rows++;
}
