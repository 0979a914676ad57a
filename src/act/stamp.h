/* SPDX-License-Identifier: ISC */
/*
 * stamp: the notice where the owner sees it, as an attribute of the machine's user template ([notify] stamp).
 */
#ifndef STAMP_H
#define STAMP_H

#include "act/tell.h"

#define STAMP_NAME "VMREAPER_NOTICE"

/* "kill after DATE, keep by ATTRIBUTE", by the account that reaps (one.vm.update, append). */
enum tell_result stamp_write(struct tell *t, const struct era *era, const struct vm *vm, int64_t not_before_s,
	    struct fault *f);

/*
 * Empty the stamps of machines that have no mark (any more), at most STAMP_CLEAR_MAX in one sweep: whoever writes a
 * thousand of them must not keep it busy. A failure is a row.
 */
#define STAMP_CLEAR_MAX 20
void	stamp_clear(struct tell *t, const struct verdict_input *in);

#endif
