/* SPDX-License-Identifier: ISC */
/*
 * pace: whose turn it is to send. Pure but for its memory: time is an argument.
 *
 * Two limits hold at once: packets per second overall, and to one network (/24 in v4, /64 in
 * v6), each with a small burst. Networks take turns, so that neighbours are not hit in a row,
 * and one that has used up its share waits without holding up the others. No operation scans.
 */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"

/* A token bucket as one number: the time at which it will be full again (GCRA). */
struct pace_bucket {
	int64_t	full_ns;
	int64_t	interval_ns;	/* one token */
	int64_t	burst;		/* tokens when full */
};

struct pace_net {
	struct pace_bucket bucket;
	int64_t	wake_ns;	/* while it rests */
	uint32_t head, tail;	/* its jobs */
	uint32_t next;		/* in the ring or among the resting */
	bool	queued;
};

struct pace {
	struct pace_bucket all;
	struct pace_net *nets;
	size_t	n_nets;
	uint32_t *net_of;	/* of each target */
	uint32_t *next;		/* of each job */
	uint32_t ring_head, ring_tail;	/* networks that may send */
	uint32_t rest_head, rest_tail;	/* networks out of tokens; all rest equally long */
	size_t	waiting;	/* jobs */
};

#define PACE_NONE UINT32_MAX

/*
 * n targets of the given addresses (stride bytes apart), and jobs 0 to n_jobs - 1, any of which
 * may be pushed for any target. Rates per second, at least 1.
 */
void	pace_init(struct pace *p, const struct addr *a, size_t stride, size_t n, size_t n_jobs,
	    int32_t rate, int32_t rate_per_net);
void	pace_free(struct pace *p);

/* Queue a job that is not queued. */
void	pace_push(struct pace *p, uint32_t target, uint32_t job);
/* The job that may send now, if there is one; its tokens are spent. */
bool	pace_pop(struct pace *p, int64_t now_ns, uint32_t *job);
/* When pace_pop is worth asking again; INT64_MAX when no job waits. */
int64_t	pace_wake_ns(const struct pace *p, int64_t now_ns);

#endif
