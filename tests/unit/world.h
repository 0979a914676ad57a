/* SPDX-License-Identifier: ISC */
/*
 * world: the pipeline in one process, for tests: a simulated cloud, a clock that the test moves, and a prober that
 * answers from a table. Whoever links world.c leaves libclock.a out: the clock and probe_run() are defined here,
 * everything else is the shipped code.
 *
 * The world starts with host 1 ("node1") and the running machines 100 to 120 without addresses, under an armed
 * policy: grace 30 min, 3 confirmations, [failed] silence = no.
 */
#ifndef WORLD_H
#define WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ledger/status.h"
#include "sim.h"
#include "sweep.h"

/* --- the clock ----------------------------------------------------------------------- */

extern int64_t test_now_s;		/* wall and boot clock move together with it */
extern int64_t test_jump_s;		/* the wall clock alone is set ahead (or back) by so much */
extern const char *test_boot_id;

/* --- the world ----------------------------------------------------------------------- */

struct world {
	struct sim *sim;
	struct policy *p;
	char	dir[64], path[128];
	struct sweep s;			/* the last sweep */
	struct fault f;
	int	rc;
};

/* More lines for sections of the policy; NULL: none. */
struct world_options {
	enum sim_era era;
	const char *cloud, *probe, *unknown, *failed, *limits;
};

void	world_of(struct world *w, const struct world_options *o);
void	world_new(struct world *w);	/* 7.2.0, no more lines */
void	world_free(struct world *w);

void	add_host(struct world *w, int id);		/* "nodeID", monitored 20 s ago */
void	add_running(struct world *w, int from, int to);	/* on host 1, without addresses */
/* PROLOG_FAILURE on host 1, never ran, one disk: silence is not asked for. */
void	add_failed(struct world *w, int id, enum sim_kill kill, int64_t kill_s);
/* The machine that the next two add, to be changed before sim_add_vm; nic is borrowed. */
struct sim_vm a_machine(int id, int host, const struct sim_nic *nic);
/* In the network of the given id, with one address and one disk, alice's. ip NULL: no NIC. */
void	add_unknown(struct world *w, int id, int host, int network, const char *ip);
void	add_alive(struct world *w, int id, int host, int network, const char *ip);

/* What the prober finds from now on: the last line that covers an address counts. ping and ssh alike. */
void	see(const char *prefix, enum probe_result result);

/* --- what happens -------------------------------------------------------------------- */

void	sweep(struct world *w, bool reap);
void	later(struct world *w, int64_t seconds);	/* here and in the cloud */
/* The wall clocks here and in the cloud are set, and no time has passed. */
void	jump(struct world *w, int64_t seconds);
void	ripen(struct world *w);		/* three observing sweeps, 15 min apart; the next one may kill */

/* As `vmreaper acknowledge --all`. */
void	acknowledge(struct world *w);

/* Changes the cloud between the listing and the kill: runs once, when the journal reads the clock. */
extern void (*at_kill)(struct sim *);
extern int at_kill_after;		/* readings of that clock that are let pass first */
int64_t	journal_now(void);		/* struct sweep_options: now_s, sleep_ms */
void	sleep_ms(int64_t ms);

/* --- what came of it ------------------------------------------------------------------ */

size_t	sent(struct world *w);		/* kill calls that reached the cloud, accepted or not */
enum outcome outcome_of(struct world *w, int64_t id);	/* OUTCOME_COUNT: none */
const struct record *record_of(struct world *w, int64_t id);
enum veto veto_of(struct world *w, int64_t id);		/* the first; VETO_COUNT: none */
bool	has_veto(struct world *w, int64_t id, enum veto v);
bool	gate_closed(struct world *w, enum gate g);
/* What the ledger holds of the first machine, now that the sweep is over. */
struct record remembered(struct world *w);
/* What a plugin says of the sweep, under the policy's own thresholds. */
enum state plugin_state(struct world *w);
/* What check_vms --last-sweep prints of it, all findings; text_free. */
void	plugin_text(struct world *w, struct text *t);
/* The finding of that code (and machine; -1: of the run), or NULL. */
const struct finding *finding_of(struct world *w, const char *code, int64_t id);

#endif
