/* SPDX-License-Identifier: ISC */
/*
 * gates: whether anybody may be killed in this run at all (R1-R9, A6). Internal to verdict/. Pure.
 */
#ifndef GATES_H
#define GATES_H

#include "base/arena.h"
#include "verdict/view.h"

/* Gates that stand between a decision and its execution, and change nothing about what is decided. */
#define GATES_OBSERVE \
	(1u << GATE_OBSERVING | 1u << GATE_NOT_ARMED_HERE | 1u << GATE_POLICY_CHANGED)

/* Fill the gates, details, storm and counts of run; out as judged. -1: the arena is full. */
int	gates_judge(const struct view *v, struct arena *a, const struct judgement *out,
	    struct run_judgement *run);

#endif
