/* SPDX-License-Identifier: ISC */
/*
 * history: what one more sweep makes of what earlier sweeps knew. Pure: a fold over records.
 *
 * A record belongs to one identity (cloud, id, STIME, UID, DEPLOY_ID; reapers.md C.11, V7). Its mark says
 * since when the machine is a candidate without a break. Everything doubtful starts the mark anew.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "cloud/cloud.h"
#include "policy/policy.h"

/* Ordered by size where it can be: a hundred thousand of them are in memory twice. */
struct record {
	/* identity */
	int64_t	id, stime_s;
	const char *deploy_id;
	int32_t	uid;
	/* state and placement when last seen */
	int32_t	state, lcm;
	int64_t	host_id, seq;
	int64_t	since_s;	/* first sweep that saw it in this state, without a break */
	int64_t	first_seen_s;	/* first sweep that saw this identity */
	int64_t	answered_s;	/* first answer in this placement; 0: never answered here */
	/* the mark; confirmations 0: not marked */
	int64_t	marked_s;	/* first seen as candidate */
	int64_t	seen_s;		/* last sweep that confirmed it; 0: none has, it was never seen silent */
	int64_t	earned_s;	/* time that counts towards grace (R4: none across a clock jump) */
	int32_t	confirmations;	/* sweeps that confirmed it, the first included */
	int32_t	flaps;		/* marks that were cleared by a good observation */
	bool	goes_on;	/* it began in an earlier sweep (set by the fold, not stored) */
	bool	acknowledged;	/* a person has seen it (storm); ends with the mark */
	bool	looked;		/* every confirmation of the mark saw the machine silent */
	bool	stormed;	/* it was part of a storm that nobody has acknowledged (R8); ends with the mark */
	bool	killed_in_mark;	/* a kill (below) belongs to it: no second one (A3, A4) */
	/* V8: the notice to its owner; ends with the mark */
	int64_t	noticed_s;	/* when every channel had accepted it; 0: not yet */
	int64_t	notice_earned_s;/* time since then that counts, as earned_s */
	int64_t	promised_s;	/* [notify] notice then: less is not given, whatever the policy says later */
	int64_t	not_before_s;	/* V8: "not killed before", as somebody was told; stays with the machine, marked or not; 0: nobody was */
	/* kills from the journal, of this machine (id, STIME, UID; a new DEPLOY_ID does not wash them off) */
	int64_t	last_kill_s;	/* 0: none */
	int32_t	kills;		/* sent, or perhaps sent */
	int32_t	doubts;		/* of those, replies lost */
};

/* What this sweep saw of machine i of the listing. */
struct seen {
	bool	alive;		/* any sign of life on any address */
	bool	silent;		/* probed, and silent everywhere, and its silence means something */
	bool	evident;	/* what was seen confirms a mark: silent where the class asks for it, on a host whose
				 * word counts, and nobody's wish or lock speaks for it */
	bool	candidate;	/* an enabled reapable class that holds something (verdict_is_candidate) */
};

/* How much of the time since the last sweep counts (R4). */
struct elapsed {
	int64_t	now_s;
	int64_t	counts_s;	/* time added to every continuing mark; 0 at the first sweep and after a jump */
	bool	first;		/* no earlier sweep */
	bool	jumped;		/* the wall clock went back, or ran away from the boot clock */
	int64_t	jump_s;		/* by how much, seconds, signed */
	int64_t	passed_s;	/* time since the last sweep as far as known: boot clock, else wall; -1: not known */
};

/*
 * t on today's clock: moved with a jump, held between 1 and now; 0 stays "none".
 */
int64_t	history_carry_s(int64_t t, const struct elapsed *e);

#define HISTORY_JUMP_S	120	/* wall and boot clock may drift apart by this much between two sweeps */

/*
 * Compare the clocks of the last sweep (NULL: none) and of this one. Same boot: wall and boot
 * deltas must agree within HISTORY_JUMP_S, else jumped and nothing counts; what counts is the smaller.
 * Another boot (or boot ids not readable): a wall delta that is negative or above gap_s is a jump; what counts is at
 * most the time since this boot, which is all that is known to have passed.
 * A wall clock that went back is a jump, however little.
 */
void	history_elapsed(const struct clock_now *last, const struct clock_now *now, int64_t gap_s,
	    struct elapsed *e);

/*
 * Fold: records of the last complete sweep (any order, n_old) and what this one saw, into one
 * record for each machine of l, in l's order. *out has l->n records; memory in a, deploy_id borrowed
 * from l. A mark goes on only if identity, host, seq, state and LCM state (and so the class) are the
 * same, the machine is a candidate, nothing answered, and the last confirmation is at most the class's
 * gap ago; it is confirmed and earns e->counts_s if what was seen is evident, else it earns nothing. Otherwise the mark starts anew (candidate) or is
 * cleared. An id that old holds twice is believed in neither. After a jump every time of a record moves
 * with the clock, so that durations stay what they were: time across a jump counts for nothing.
 * l must be complete: an incomplete listing is never folded (contract).
 * Returns 0, or -1 when the arena is full.
 */
int	history_fold(struct arena *a, const struct policy *p, const struct listing *l,
	    const struct seen *seen, const struct record *old, size_t n_old,
	    const struct elapsed *e, struct record **out);

/* The class section that governs this class, or NULL for a class that is never reaped. */
const struct policy_class *history_policy_class(const struct policy *p, enum vm_class cls);

/* True if a and vm are the same identity. */
bool	history_same_identity(const struct record *r, const struct vm *vm);

#endif
