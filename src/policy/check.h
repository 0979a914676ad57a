/* SPDX-License-Identifier: ISC */
/*
 * check: what no single line can show: keys that are missing, and values that contradict each
 * other. Private to policy/. Pure.
 */
#ifndef CHECK_H
#define CHECK_H

#include "policy/policy.h"
#include "policy/source.h"

/* Keys that every policy needs, and those that an armed one needs (p->reap.armed). */
void	check_missing(const struct policy *p, struct source *s);
/* Contradictions. Only for a policy without other errors. */
void	check_policy(const struct policy *p, struct source *s);

#endif
