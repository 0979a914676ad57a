/* SPDX-License-Identifier: ISC */
/*
 * ending: kill and shutdown by hand: look at each machine, ask, send its verb once, and wait if asked to.
 */
#ifndef COMMAND_ENDING_H
#define COMMAND_ENDING_H

#include "command/instance.h"

#define ENDING_WAIT_S 600

struct ending {
	struct instance in;
	bool	shutdown;		/* ask the guest to halt, instead of ending the machine */
	bool	yes, wait;
	int64_t	wait_s;
	const char *input;		/* a file of ids, one a line; or NULL */
};

/* Does it to the machines in argv (or, for stratus, in the input file); returns the exit code. */
int	ending_run(const struct ending *e, int argc, char **argv);

#endif
