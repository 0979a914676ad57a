/* SPDX-License-Identifier: ISC */
/*
 * names: the names of addresses, from the system's resolver. The only file of vmreaper that asks a resolver, and
 * only describe does: what is probed, judged or killed has addresses, never names.
 */
#ifndef COMMAND_NAMES_H
#define COMMAND_NAMES_H

#include <stdint.h>

#include "base/net.h"

#define NAMES_SIZE 256

/*
 * Look up n addresses (family 0: skipped) at once, for at most deadline_ms together. names[i] is the name of
 * addrs[i], or "" when there is none, it is no host name, or it did not come in time.
 */
void	names_find(const struct addr *addrs, size_t n, int64_t deadline_ms,
	    char (*names)[NAMES_SIZE]);

#endif
