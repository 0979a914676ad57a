/* SPDX-License-Identifier: ISC */
/*
 * steady: since when a host, and the cloud itself, have been well without a break (V4, R9).
 *
 * After a host, a daemon or a network has come back, machines are about to heal and people are about to act:
 * nothing is killed until it has been well for [reap] cool_down. Pure folds, as history.
 */
#ifndef STEADY_H
#define STEADY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cloud/cloud.h"
#include "ledger/history.h"
#include "policy/policy.h"

struct host_record {
	int64_t	id;
	const char *name;
	int64_t	good_since_s;	/* first sweep since which every one saw it monitored and fresh; 0: not now */
};

/* Is the host's word evidence now: in a monitored state, and monitored within [reap] host_fresh? */
bool	steady_host_state(const struct era *era, const struct host *h);
bool	steady_host_fresh(const struct policy *p, const struct host *h, int64_t now_s);

/*
 * One record for each host of l, in l's order. A host that is new, renamed, in old more than once, or was not
 * well in the last sweep is well since now at the earliest. old: of the last complete sweep, any order; gap_s:
 * a longer break between the sweeps starts everything anew. Memory in a, names borrowed from l. -1: the arena is full.
 */
int	steady_hosts(struct arena *a, const struct policy *p, const struct listing *l,
	    const struct host_record *old, size_t n_old, const struct elapsed *e, int64_t gap_s,
	    struct host_record **out);

/* What tells that the daemon was restarted or changed leader, as far as an account can see it. */
struct cloud_sign {
	bool	complete;	/* the sweep's listing was */
	char	version[32];	/* one.system.version */
	int64_t	term;		/* one.zone.raftstatus RAFT/TERM; -1: not known (reapers.md C.11, rig.md Rights) */
	int64_t	since_s;	/* since when it is steady; 0: not */
};

/*
 * Since when the cloud is steady: since old (the newest sweep of all, complete or not; NULL: none) said so,
 * or since now when that sweep was incomplete, too long ago, or of another version or term. 0 while now is incomplete.
 * A term that could not be read now (in an election, say) is taken over from old, so that a change is seen later.
 */
int64_t	steady_cloud(const struct cloud_sign *old, struct cloud_sign *now,
	    const struct elapsed *e, int64_t gap_s);

#endif
