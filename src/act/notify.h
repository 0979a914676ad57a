/* SPDX-License-Identifier: ISC */
/*
 * notify: tell owners, through the policy's hook, that their machine is about to be killed (V8).
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "act/act.h"

/*
 * Call the hook for the machines list[0..n) (run->notices): argv "HOOK notice ID", one JSON object on stdin (its shape
 * is in vmreaper(8), NOTICES; no attribute, no context, no password is in it). Accepted ones are written to the
 * ledger at once. Ends early after [limits] failures failures in a row, at a stop, and at a ledger that cannot write:
 * then -1, with f. *notices has one row for each that was tried; memory in a.
 */
int	act_notify(const struct act *act, struct arena *a, const struct verdict_input *in,
	    const struct judgement *js, const size_t *list, size_t n,
	    struct notice **notices, size_t *n_notices, struct fault *f);

#endif
