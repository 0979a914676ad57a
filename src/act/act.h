/* SPDX-License-Identifier: ISC */
/*
 * act: carry out the list of kills, one at a time, and follow them to their end.
 *
 * Hides the order that makes a crash harmless: hold read, intent committed, machine and host re-read,
 * addresses probed once more, verb sent once, outcome committed. Observing is the same path with another
 * function in the place of the call (contract).
 */
#ifndef ACT_H
#define ACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cloud/cloud.h"
#include "ledger/ledger.h"
#include "verdict/verdict.h"

/* Sends the verb. The armed one is act_send_cloud with ctx = struct cloud; the observing one
 * act_send_nothing, whose kills end as OUTCOME_WOULD_KILL. */
typedef enum kill_reply act_send_fn(void *ctx, const char *verb, int64_t id, struct fault *f);
enum kill_reply act_send_cloud(void *ctx, const char *verb, int64_t id, struct fault *f);
enum kill_reply act_send_nothing(void *ctx, const char *verb, int64_t id, struct fault *f);

struct act {
	struct cloud *reader;		/* re-reads machines and hosts */
	struct cloud *reaper;		/* the account that may kill, for stamps; NULL when observing */
	struct ledger *ledger;
	act_send_fn *send;
	void	*send_ctx;
	enum outcome begun;		/* what the journal says until the outcome is known: OUTCOME_INTENT, or
					 * OUTCOME_WOULD_KILL when observing (a crash then leaves no doubt) */
	const volatile bool *stop;	/* SIGTERM: finish the current kill, then stop (A6); may be NULL */
	int64_t	(*now_s)(void);		/* clock_wall_s */
	int64_t	offset_s;		/* what the wall clock is ahead of the ledger's own (kill.clock_s) */
	int64_t	sweep;			/* number of this sweep, for the journal */
};

/*
 * Kill the machines list[0..n) (run->kills or run->would_kill). *kills gets one row for each that was
 * begun, in order; memory in a. Stops at hold, stop, a ledger that cannot write, an authentication error, or
 * [limits] failures in a row, and before it begins where more than half cannot be read again; f then says why.
 * Returns 0 when the list was gone through, -1 when cut.
 */
int	act_kill(const struct act *act, struct arena *a, const struct verdict_input *in,
	    const struct judgement *js, const size_t *list, size_t n,
	    struct kill **kills, size_t *n_kills, struct fault *f);

/*
 * Wait up to wait_s for the accepted kills to show STATE 6 (one.vm.info, one look a second), and write the
 * outcome of those that do. sleep_ms is how it waits (tests and the demo pass their own).
 */
int	act_wait(const struct act *act, struct arena *a, const struct era *era, struct kill *kills,
	    size_t n, int64_t wait_s, void (*sleep_ms)(int64_t), struct fault *f);

/*
 * Follow up kills of earlier sweeps (the open ones, and those Done lately: A5) with what this listing (complete) shows: DONE, STUCK after
 * stuck_after_s, BOUNCED, ZOMBIE, doubts resolved. A zombie is one that a host lists (HOST/TEMPLATE/ZOMBIES), or whose
 * address still answers in s (NULL: not probed) and belongs to no machine of the listing, two monitoring rounds after
 * it was Done. Outcomes that changed are written; opens is updated in place.
 */
int	act_follow(const struct act *act, struct arena *a, const struct policy *p,
	    const struct listing *l, const struct sightings *s, struct kill *opens, size_t n,
	    int64_t now_s, struct fault *f);
/* Parse the next of a journal row's addresses (blank-separated); *at moves on. False at the end. */
bool	act_address_next(const char **at, struct addr *a);

#endif
