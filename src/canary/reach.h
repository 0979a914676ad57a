/* SPDX-License-Identifier: ISC */
/*
 * reach: one try to reach the canary's guest: ping it, read its greeting, log in; as its life has come to.
 */
#ifndef REACH_H
#define REACH_H

#include "canary/canary.h"

/*
 * One try of the step under way (PING, SSH or LOGIN). What comes of it is told to life. 0, or -1 when we cannot try at
 * all: f says what we lack.
 */
int	reach_step(const struct canary_env *env, const struct policy *p, struct life *life,
	    const struct vm *vm, struct fault *f);

#endif
