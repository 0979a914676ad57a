/* SPDX-License-Identifier: ISC */
/*
 * walk: all machines of a cloud, range by range, and around those whose names spoil the documents.
 */
#ifndef WALK_H
#define WALK_H

#include "cloud/opennebula.h"

struct walk {
	struct one *one;
	struct arena *a;
	const struct era *era;		/* NULL: not known */
	int32_t	whose;			/* the filter of one_vmpool_info() */
	int64_t	page, max_machines;
	bool	extended;		/* ask for one.vmpool.infoextended; false afterwards where there is none */
	struct vm_list vms;		/* what was found, in no order */
	void	(*progress)(size_t machines, bool last);	/* after each range but the last; may be NULL */
	bool	said;			/* progress was called */
	unsigned recovery;		/* calls that were spent on reading around malformed documents */
};

/*
 * 0: w->vms holds every machine that is not DONE; -1: f says what is missing. A machine whose own document is
 * malformed is there with what is certain of it, as VM_CLASS_UNRECOGNISED with VM_ODD_TEXT.
 */
int	walk_machines(struct walk *w, struct fault *f);
/* The same in one call, as a person's commands ask: more only where that is malformed. */
int	walk_at_once(struct walk *w, struct fault *f);

#endif
