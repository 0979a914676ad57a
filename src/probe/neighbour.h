/* SPDX-License-Identifier: ISC */
/*
 * neighbour: which targets need an entry in the kernel's neighbour table, and how many it holds.
 *
 * The table (ARP for v4, ND for v6) has gc_thresh3 entries, 1,024 by default, for all network
 * namespaces together. Beyond that, live machines of an attached network get no packet: fping
 * called 977 of 2,000 dead (plugins.md B5).
 *
 * How soon room comes back (net/core/neighbour.c, neigh_forced_gc; seen on 6.18): at once for an
 * address that nobody has. For one that answered: its reachable time (half to one and a half of
 * base_reachable_time, 30 s), the delay before it is asked again (delay_first_probe_time, 5 s),
 * and 5 s for which the collection spares what has changed.
 */
#ifndef NEIGHBOUR_H
#define NEIGHBOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"

#define NEIGHBOUR_LIMIT_DEFAULT	1024

struct neighbour_net {
	struct prefix prefix;
	size_t	targets;	/* free for the caller to count in */
};

struct neighbour {
	struct neighbour_net *nets;	/* attached: reached without a gateway */
	size_t	n;
	bool	unknown;		/* the routes could not be read: every address may be attached */
	size_t	limit4, limit6;		/* gc_thresh3; 0: cannot be read (other namespaces cannot) */
	int64_t	hold4_ms, hold6_ms;	/* how long an entry that answered may stay */
};

/* Read the routes (rtnetlink) and limits of this network namespace. Free with neighbour_free. */
void	neighbour_read(struct neighbour *nb);
void	neighbour_free(struct neighbour *nb);

/* Does the address need an entry? Counts it in its networks. */
bool	neighbour_count(struct neighbour *nb, const struct addr *a);

/*
 * How often a table was full since boot (v4 and v6 together). Only the first namespace can
 * say; elsewhere 0. A rise during a run means that silence of attached targets proves nothing:
 * TCP is not told (connect waits and times out).
 */
uint64_t neighbour_table_fulls(void);

#endif
