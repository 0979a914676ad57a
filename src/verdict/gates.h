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

/* Gates that do not stop a notice: nobody is killed at night, and a notice is no kill. */
#define GATES_NOTICE (1u << GATE_HOURS)

/* Count what the gates need; out as judged. -1: the arena is full. */
int	gates_count(const struct view *v, struct arena *a, const struct judgement *out,
	    struct gate_facts *facts);

#endif
