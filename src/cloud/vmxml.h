/* SPDX-License-Identifier: ISC */
/*
 * vmxml: the documents VM_POOL and VM, and what struct vm needs of them. A codec, pure.
 *
 * Knows the shapes of 2.2 to 7.x (reapers.md C.10, captures): the short and the extended body, HISTORY
 * direct or within HISTORY_RECORDS, user attributes in USER_TEMPLATE or in TEMPLATE. CONTEXT and
 * whatever looks like a password or token is left where it is. Takes any chunks; holds one machine.
 */
#ifndef VMXML_H
#define VMXML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "cloud/cloud.h"

struct vm_list {
	struct vm *v;
	size_t	n;
};

/* What was seen in machines that have nothing twice: evidence of the document's era. */
struct vmxml_seen {
	bool	permissions, user_template, history_records, history_direct;
};

struct vmxml;

/*
 * A parser for one document that appends its machines to *out (kept in a, in the document's order,
 * ids neither sorted nor checked for repetition). era NULL: not known. NULL: no memory.
 */
struct vmxml *vmxml_new(struct arena *a, const struct era *era, int64_t max_machines,
	    struct vm_list *out);
void	vmxml_free(struct vmxml *x);		/* NULL-safe */
int	vmxml_feed(struct vmxml *x, const char *s, size_t len);
/*
 * The end. 0: the document was whole and every machine has an id; -1: f says why not (FAULT_REPLY, or
 * FAULT_LIMIT when max_machines or the arena is full). Machines read before stay in *out.
 */
int	vmxml_end(struct vmxml *x, struct fault *f);
/*
 * After a good end, for eras with raw names (and where the era is not known): true if a machine lacks what every
 * daemon writes, or the document hides markup (xmlpath_hides): a name holds elements. What was read may be forged.
 */
bool	vmxml_in_doubt(const struct vmxml *x);
/* The machine in which the document broke off or came into doubt, as its own words have it: a hint. -1: none. */
int64_t	vmxml_flaw(const struct vmxml *x);
const struct vmxml_seen *vmxml_seen(const struct vmxml *x);

/* Class and VM_ODD_STATE from the numbers (vm.c); vmxml does it itself with the era it was given. */
void	vm_classify(const struct era *era, struct vm *vm);

#endif
