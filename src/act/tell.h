/* SPDX-License-Identifier: ISC */
/*
 * tell: the ways by which owners and administrators are told, and what became of each attempt in one sweep.
 *
 * A way that fails [limits] failures times in a row is given up for the rest of the sweep: what is broken for three is
 * broken for all, and the next sweep tries again. Nothing here decides who is told.
 */
#ifndef TELL_H
#define TELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/act.h"
#include "act/letter.h"

struct tell_owner;

/* One sweep's telling; zeroed but for the first three. Memory in a. */
struct tell {
	const struct act *act;
	struct arena *a;
	const struct policy *policy;
	int64_t	began_s, began_ns;	/* the sweep, as its row in the ledger says (wall), and monotonic */
	struct notice *rows;		/* one for each attempt that the report shows */
	size_t	n_rows;
	int64_t	hook_failures, mail_failures, cloud_failures;	/* in a row */
	struct tell_owner *owners;	/* those that were looked up */
	size_t	n_owners;
};

enum tell_result {
	TELL_DONE,	/* accepted: exit status 0 */
	TELL_FAILED,	/* f says why */
	TELL_SKIPPED	/* not tried: given up, or a signal has come */
};
/*
 * When somebody is told, on the clock that the sweep's row in the ledger has: a step of the wall clock during the sweep
 * is what the next one carries all dates over (history_elapsed), and must not be in them already.
 */
int64_t	tell_now_s(const struct tell *t);

/* HOOK EVENT SUBJECT with one line of JSON on stdin. */
enum tell_result tell_hook(struct tell *t, const char *event, const char *subject,
	    const struct text *json, struct fault *f);
/* MAIL -t -i with a letter on stdin; a letter that was cut is not sent. */
enum tell_result tell_mail(struct tell *t, const struct text *letter, struct fault *f);

/* A letter's frame for these addresses, with a Message-ID of its own (unique is filled). */
struct letter tell_letter(const struct tell *t, const char *const *to, size_t n_to, bool to_owner,
	    char unique[LETTER_UNIQUE_SIZE]);

enum tell_address {
	TELL_ADDRESS,		/* *address, for the life of the arena */
	TELL_NO_ADDRESS,	/* there is none: f says why, and what would give it one */
	TELL_NOT_NOW,		/* the cloud could not be asked: f */
	TELL_NOT_ASKED		/* not tried: given up, or a signal has come */
};
/* The address of an owner: [notify] owners, else EMAIL of the user record (asked once in a sweep). */
enum tell_address tell_address(struct tell *t, const struct vm *vm, const char **address,
	    struct fault *f);

/*
 * The cloud as a way: one.user.info and the stamps. Only calls that got no answer (rc and f as they came back) count as
 * failed: each of those may have taken the whole time-out, while a refusal says nothing of the next one.
 */
bool	tell_cloud_has_ended(const struct tell *t);
void	tell_cloud_answered(struct tell *t, int rc, const struct fault *f);

/* A row for the report. vm NULL: of no machine. why NULL: it was accepted; else it is logged, too. */
void	tell_row(struct tell *t, enum notice_kind kind, const struct vm *vm, const struct fault *why);

#endif
