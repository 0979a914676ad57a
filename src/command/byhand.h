/* SPDX-License-Identifier: ISC */
/*
 * byhand: what a person may do to one machine, and what must be said before. Pure.
 *
 * The sweep kills only Unknown and Failed machines (era_kill_verb); a person may end any machine, with the mildest
 * verb that is legal in its state (reapers.md C.6, D.1; stratuslab.md 4.5).
 */
#ifndef COMMAND_BYHAND_H
#define COMMAND_BYHAND_H

#include <stdbool.h>

#include "base/fault.h"
#include "base/text.h"
#include "cloud/cloud.h"
#include "cloud/era.h"

/* The verb that ends the machine. NULL: none is legal now, or the era is not known; f says what to do instead. */
const char *byhand_kill_verb(const struct era *era, const struct vm *vm, struct fault *f);
/* Must a person agree first? It runs or is on its way, is locked, or holds data that a kill may lose. */
bool	byhand_asks(const struct vm *vm);
/* "machine 7 "web" of alice: Running on node1; holds 2 vCPU, 4 GiB ...; persistent data". One line, escaped. */
void	byhand_describe(const struct era *era, const struct vm *vm, struct text *out);

#endif
