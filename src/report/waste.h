/* SPDX-License-Identifier: ISC */
/*
 * waste: what machines hold that nobody uses, summed for a person who decides: by owner, by state, by how long. A machine
 * is wasted when it is dead (a candidate: Unknown or Failed, its class enabled, holding something), or switched off for
 * longer than [off] report_after. Pure.
 */
#ifndef WASTE_H
#define WASTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct report_inputs;

enum waste_kind { WASTE_NONE, WASTE_DEAD, WASTE_OFF };

#define WASTE_AGE_LIST(X)						\
	X(DAY, "less than a day", 86400)				\
	X(WEEK, "1 to 7 days", 7 * 86400)				\
	X(MONTH, "7 to 30 days", 30 * 86400)				\
	X(QUARTER, "30 to 90 days", 90 * 86400)				\
	X(LONGER, "longer than 90 days", INT64_MAX)			\
	X(UNKNOWN, "not known", 0)
#define WASTE_AGE_X(e, name, below_s) WASTE_AGE_##e,
enum waste_age { WASTE_AGE_LIST(WASTE_AGE_X) WASTE_AGES };
#undef WASTE_AGE_X

/* Machines, and what they hold together. */
struct tally {
	const char *name;		/* owner, state or age, raw */
	int64_t	machines, vcpu, memory_mib, disk_mib, addresses;
};

struct waste {
	struct tally all;		/* every machine of the listing that is not done, wasted or not */
	struct tally dead, off, sum;	/* sum: both */
	struct tally *owners, *states;	/* of sum; most memory first, then most machines, then by name */
	size_t	n_owners, n_states;
	struct tally ages[WASTE_AGES];	/* of sum, by time in this state */
};

/*
 * Since when machine i is in its state, as far as it is known: the ledger's word, or for a machine that is off or failed
 * the times of its history where they say earlier. 0: not known.
 */
int64_t	waste_since_s(const struct report_inputs *in, size_t i);
enum waste_kind waste_kind(const struct report_inputs *in, size_t i);
/* -1: the arena is full. */
int	waste_build(struct arena *a, const struct report_inputs *in, struct waste *w);

#endif
