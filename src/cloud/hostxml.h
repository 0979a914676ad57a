/* SPDX-License-Identifier: ISC */
/*
 * hostxml: HOST_POOL and HOST, MONITORING_DATA of hosts, USER, RAFT. A codec, pure.
 *
 * Sources: rig.md "Hosts" and "Users"; captures 901, 904, 910, 962 of 7.2.0, 902, 923 of 3.2.1; 087 of 7.2.0
 * for RAFT.
 */
#ifndef HOSTXML_H
#define HOSTXML_H

#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "cloud/cloud.h"

struct host_list {
	struct host *v;
	size_t	n;
};

struct hostxml;

/*
 * A parser for one document of any of these kinds. Hosts are appended to *hosts, as the document
 * gives them; MONITORING_DATA fills monitored_s of the hosts that are already there; USER fills
 * *account. hosts or account may be NULL where that kind of document is not expected.
 */
struct hostxml *hostxml_new(struct arena *a, struct host_list *hosts, struct account *account);
void	hostxml_free(struct hostxml *x);	/* NULL-safe */
int	hostxml_feed(struct hostxml *x, const char *s, size_t len);
int	hostxml_end(struct hostxml *x, struct fault *f);
int64_t	hostxml_term(const struct hostxml *x);	/* RAFT/TERM; -1: none was read */

#endif
