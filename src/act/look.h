/* SPDX-License-Identifier: ISC */
/*
 * look: the last look at a machine before it is killed (V10). Private to act/.
 */
#ifndef LOOK_H
#define LOOK_H

#include <stddef.h>

#include "act/act.h"

/*
 * Look at machine i of the listing again: first its addresses, with canaries and witnesses, which takes seconds, then
 * what the cloud says, then what people have said, so that as little as possible can happen between the reading and the
 * call. Returns 0 when the kill may go on; -1 with the outcome (ABORTED, GONE) and the detail of k set when not.
 */
int	look_again(const struct act *act, struct arena *a, const struct verdict_input *in, size_t i,
	    struct kill *k);

#endif
