/* SPDX-License-Identifier: ISC */
/*
 * canary: deploy a machine, follow it, reach it, kill it; and before that, kill what an earlier run left behind.
 *
 * Hides every call to the cloud and the order of journal and calls. Whatever happens to the process, the machine
 * that it asked for is killed, at the latest by the next run.
 */
#ifndef CANARY_H
#define CANARY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "canary/journal.h"
#include "canary/life.h"
#include "canary/outcome.h"
#include "policy/policy.h"

#define CANARY_SSH "/usr/bin/ssh"

struct canary_env {
	void	(*sleep_ms)(int64_t);
	const volatile bool *stop;	/* a signal: the machine is killed, then the run ends */
	const char *ssh;		/* CANARY_SSH */
};

struct canary_result {
	struct outcome_report report;	/* its texts are below */
	struct life life;
	char	name[CANARY_NAME];
	char	remedy[384];
};

/*
 * One run. 0: r is filled, whatever happened. -1: another run is under way, or there is no canary in the policy:
 * f says so, and nothing was done.
 */
int	canary_run(const struct canary_env *env, const struct policy *p, struct canary_result *r, struct fault *f);

/* The verb that kills a canary in this state; NULL where the version is not known. */
const char *canary_kill_verb(const struct era *era, int32_t state, int32_t lcm);

/* After so long an allocation whose reply was lost, and of which nothing is to be seen, did not happen. */
#define CANARY_DOUBT_S 600

#endif
