/* SPDX-License-Identifier: ISC */
/*
 * notify: who is told, and what is remembered of it: owners before a kill (V8) and after it, administrators of both and
 * of alarms. By the hook, by mail, in the machine's user template: vmreaper(8), NOTICES.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "act/tell.h"

/*
 * Tell the owners of machines list[0..n) (run->notices) that they will be killed. Told is who was told by every way that
 * the policy names: the hook, called for each machine; then one letter to each owner of all its machines, where one
 * without an address is told through the administrators, if there are any; then the stamp, whose failure counts only
 * where it is the only way. Each that was told is written to the ledger at once; each that was not is kept, and tried
 * again by the next sweep. The administrators get one letter of all of them, whose failure is a row and nothing more.
 * -1, with f, only at a ledger that cannot write.
 */
int	notify_before(struct tell *t, const struct verdict_input *in, const struct judgement *js,
	    const size_t *list, size_t n, struct fault *f);

/*
 * Tell them that they were: kills[0..n) of machines list[0..n), those of them that were sent. A failure is a row: it
 * stops nothing, and is not tried again.
 */
void	notify_killed(struct tell *t, const struct verdict_input *in, const struct judgement *js,
	    const size_t *list, const struct kill *kills, size_t n);

/*
 * Tell the hook and the administrators of those CRITICAL findings that have risen since they were last told. complete:
 * of a whole listing, so that what is not among them has ended, and would be told again. What was not accepted is tried
 * again by the next sweep. -1, with f, at a ledger that cannot write.
 */
int	notify_alarms(struct tell *t, const struct finding *findings, size_t n, bool complete,
	    struct fault *f);

#endif
