/* SPDX-License-Identifier: ISC */
/*
 * push: hands the result of a sweep to the monitoring systems of [passive]: Icinga 2 over its API, Nagios through its
 * command file. What is sent is report/passive's.
 */
#ifndef PUSH_H
#define PUSH_H

#include <stdint.h>

#include "base/fault.h"
#include "ledger/status.h"
#include "policy/policy.h"

enum push_target { PUSH_ICINGA, PUSH_NAGIOS, PUSH_TARGETS };

/*
 * output: as a plugin would print it. Waits at most [passive] timeout for each target; one that fails does not keep the
 * other from its result. Returns how many failed, why in faults[0] to [that - 1].
 */
int	push_result(const struct policy *p, enum state state, const char *output,
	    struct fault faults[PUSH_TARGETS]);

/* For doctor: could it be handed over? Changes nothing. 0, or -1 with f. Only for a target that the policy names. */
int	push_look(const struct policy *p, enum push_target target, struct fault *f);

#endif
