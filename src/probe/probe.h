/* SPDX-License-Identifier: ISC */
/*
 * probe: is anybody at home? Real ping and ssh to many addresses in one event loop.
 *
 * Targets in, sightings out, nothing else: no machine, no verdict. "Not sent" is never "silent".
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/net.h"
#include "policy/policy.h"

enum probe_result {
	PROBE_NOT_ASKED,	/* policy, or not needed */
	PROBE_ANSWERED,		/* echo reply, or an identification string */
	PROBE_REFUSED,		/* TCP reset, or connected and talked something else: alive */
	PROBE_SILENT,		/* every try was really sent, nothing came back */
	PROBE_PROHIBITED,	/* a firewall said no (ICMP type 3 code 9, 10, 13; v6 1/1) */
	PROBE_UNREACHABLE,	/* a router or this kernel said there is no such address */
	PROBE_NOT_SENT,		/* no permission, ENOBUFS, no route, no descriptor, outside of [probe] networks */
	PROBE_CUT		/* the deadline came first */
};
const char *probe_result_str(enum probe_result r);
/* Anything that only a living machine sends: answered, refused. */
bool	probe_result_is_alive(enum probe_result r);

enum probe_method { PROBE_PING, PROBE_SSH, PROBE_CONNECT };
const char *probe_method_str(enum probe_method m);

#define PROBE_GREETING_MAX 256

/* What one method found at one address. */
struct sighting_part {
	enum probe_result result;
	uint8_t	tries;			/* tries really sent */
	int32_t	rtt_us;			/* of the answer; -1: none */
	int32_t	os_error;		/* errno behind not-sent, unreachable; 0: none */
	uint16_t port;			/* ssh, connect */
};

/* All that was found at one address. */
struct sighting {
	struct sighting_part ping, ssh, connect;	/* connect: the best of also_connect */
	const char *greeting;		/* identification string, raw; "" or NULL: none */
};

/*
 * The reading of a sighting: alive if any part is; silent if at least one part was asked, every
 * part that was asked is silent or unreachable, and (when ping is on) ping was really sent;
 * everything else is "not probed".
 */
enum sighting_sum { SIGHTING_ALIVE, SIGHTING_SILENT, SIGHTING_NOT_PROBED };
enum sighting_sum sighting_sum(const struct sighting *s);
const char *sighting_sum_str(enum sighting_sum s);

struct probe_target {
	struct addr a;
	bool	ping, ssh, connect;	/* what to try; ssh may be skipped when ping answered (policy) */
};

/* One try, as it ends: for `vmreaper probe`. */
struct probe_try {
	size_t	target;
	enum probe_method method;
	uint8_t	number;			/* from 1 */
	enum probe_result result;
	int32_t	rtt_us;
	int32_t	os_error;
	uint16_t port;
	struct addr from;		/* who sent an ICMP error; family 0: none */
};
typedef void probe_try_fn(void *ctx, const struct probe_try *t);

struct probe_facts {
	bool	can_ping4, can_ping6;	/* a socket could be opened */
	bool	raw;			/* raw rather than datagram sockets */
	size_t	on_link_max;		/* targets in the largest attached network */
	size_t	neighbour_limit;	/* gc_thresh3; 0: not known */
	uint64_t packets, replies, connects;
	bool	cut;			/* the deadline ended it */
	bool	stopped;		/* *stop became true */
	int64_t	time_ns;
};

/*
 * Probe n targets (addresses distinct) within the policy's pacing and deadline; out has n sightings.
 * Targets outside of [probe] networks are not sent. on_try (may be NULL) is called as each try
 * ends. stop (may be NULL) is read between events: when true, what is left is PROBE_CUT. progress
 * (may be NULL) is called a few times a second with the number of finished targets.
 * Greetings are in a (NULL: none is kept; nor is one that does not fit).
 * Returns 0, also when nothing could be sent (the sightings say so); -1 only for faults of the
 * process itself (no descriptors for the loop). deadline_ms overrides the policy's when smaller and > 0.
 */
int	probe_run(const struct policy *p, struct arena *a, const struct probe_target *targets, size_t n,
	    struct sighting *out, struct probe_facts *facts, probe_try_fn *on_try, void *ctx,
	    const volatile bool *stop, int64_t deadline_ms,
	    void (*progress)(size_t done, size_t n), struct fault *f);

/* Open the ping sockets to see if this process may (doctor); then give up what was only needed for that. */
void	probe_permission(struct probe_facts *facts);

#endif
