/* SPDX-License-Identifier: ISC */
/*
 * outcome: what a run of the canary has to say, as a plugin says it. Pure.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "canary/life.h"
#include "ledger/status.h"

struct outcome_report {
	const char *cloud;
	int64_t	begun_s, ended_s;	/* wall */
	int64_t	stale_s;		/* older than that it says nothing */
	enum life_end end;
	enum life_step at;
	const char *why, *remedy;	/* raw; "" */
	int64_t	id;			/* -1: no machine */
	const char *name;		/* "" */
	bool	deployed, gone;
	bool	shut_down;		/* gone by the guest's own shutdown */
	int64_t	strays;			/* machines of ours with a canary's name that no journal knows */
	int64_t	stray_id;		/* one of them */
	bool	foreign;		/* it is there, and not ours any more: no run touches it */
	bool	cleaned;		/* the machine of an earlier run was there, and was killed */
	int64_t	took_ms[LIFE_STEPS], total_ms;	/* -1: not reached */
	struct life_limits limits;
};

/* From the end of a life; texts are borrowed from l. The rest of r is left as it is. */
void	outcome_from(struct outcome_report *r, const struct life *l);
/* The longest that a run may take, and the age at which its report is stale, with a run every so often. */
int64_t	outcome_stale_s(const struct life_limits *l, int64_t every_s);
enum state outcome_state(const struct outcome_report *r, int64_t now_s);
/* "VM LIFECYCLE OK - ... | ...", one line without its end. label: "VM LIFECYCLE". */
void	outcome_render(const struct outcome_report *r, const char *label, int64_t now_s, struct text *out);

#endif
