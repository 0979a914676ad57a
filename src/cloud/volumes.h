/* SPDX-License-Identifier: ISC */
/*
 * volumes: what the machines of a cloud hold beside what their documents say: volumes that were hot-plugged, which
 * only the pdisk service knows (stratuslab.md 5.4-5.6).
 *
 * They are put to the machines as disks, so that the rules, the explanation, the replay and the last look before a kill
 * treat them as they treat every other disk. Where the service does not answer, or not wholly, each machine gets one
 * disk of which nothing is known, which counts as persistent (V6).
 */
#ifndef VOLUMES_H
#define VOLUMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "cloud/cloud.h"
#include "cloud/pdisk.h"

struct volumes {
	bool	asked;			/* [cloud] pdisk is set; else everything here is empty, and adds nothing */
	bool	known;			/* every mount of every volume was read */
	const char *unknown;		/* why not, short: "pdisk did not answer" */
	struct fault why;		/* the same at length, with the remedy */
	struct pdisk_volume *v;
	size_t	n;
	bool	orphans_known;
	struct pdisk_orphan *orphans;
	size_t	n_orphans;
};

/* Ask the service that the policy names. limit_ms: no longer than about so; 0: as [cloud] timeout says. */
void	volumes_read(const struct policy *p, struct arena *a, int64_t limit_ms, struct volumes *out);

/* Add what the machines hold to their disks. vms: by ascending id. -1: the arena is full. */
int	volumes_add(const struct volumes *vs, struct arena *a, struct vm *vms, size_t n);

/*
 * The mounts of machines that a complete listing lacks, or has as Done. Each such machine is looked up (c), for it may
 * have been made since, or be hidden from the account: only one that the cloud calls gone or Done leaves orphans.
 * -1: the arena is full.
 */
int	volumes_find_orphans(struct volumes *vs, const struct policy *p, struct arena *a,
	    struct cloud *c, const struct listing *l);

#endif
