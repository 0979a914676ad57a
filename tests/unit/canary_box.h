/* SPDX-License-Identifier: ISC */
/*
 * canary_box: a simulated cloud, a clock that moves when somebody sleeps, a prober that answers from two switches,
 * and a policy with a canary. Whoever links canary_box.c leaves libclock.a out.
 *
 * The clock and the switches are in shared memory, so that a run may be started in a process of its own, to be killed.
 */
#ifndef CANARY_BOX_H
#define CANARY_BOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canary/canary.h"
#include "probe/probe.h"
#include "sim.h"

struct shared {
	int64_t	ms;			/* since SIM_EPOCH */
	int64_t	jump_s;			/* the wall clock alone */
	int64_t	rounds;			/* sleeps of this run */
	enum probe_result ping, ssh;
	int64_t	answers_after_ms;	/* from then on, silent before */
	bool	stop;
};

struct box {
	struct sim *sim;
	struct policy *p;
	char	dir[64];
	struct canary_result r;
	struct fault f;
	int	rc;
};

extern struct shared *box_shared;
/* Called at the sleep after the given round (from 1); NULL: nothing. */
extern void (*box_at)(struct box *b);
extern int64_t box_at_round;

/* lines: more of [canary]; NULL: template = canary, and nothing else. */
void	box_new(struct box *b, enum sim_era era, const char *lines);
void	box_free(struct box *b);
void	box_run(struct box *b);
/* The run in a process that dies at the sleep after round n. */
void	box_run_killed(struct box *b, int64_t n);
void	box_later(int64_t seconds);
void	box_write(struct box *b, const char *name, const char *text, int mode);

enum state box_state(const struct box *b);
/* The report's line; the caller frees. */
char	*box_line(const struct box *b);
struct journal_entry box_journal(struct box *b);
/* How many machines there are now that are not Done; of the canary's name. */
size_t	box_canaries(struct box *b);
bool	box_is_done(struct box *b, int id);

#endif
