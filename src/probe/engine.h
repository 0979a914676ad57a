/* SPDX-License-Identifier: ISC */
/*
 * engine: the event loop and its two halves, ping and tcp. Private to probe/.
 *
 * A task is one method at one address (and one port). It goes through tries:
 *
 *   begin -> [window, tcp only] -> pace -> sent -> waits -> answer, or the next try
 *                                   ^         |
 *                                   +- retry -+  not sent: again, for as long as a try may last
 *
 * and is in at most one list at any time. Each list holds tasks that wait for the same length
 * of time, so it is in order of time by itself: what is due stands at its head, nothing scans.
 * loop.c owns tasks, lists and the outcome; ping.c and tcp.c send, listen and report to it.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "probe/icmp.h"
#include "probe/neighbour.h"
#include "probe/pace.h"
#include "probe/probe.h"
#include "probe/ssh.h"

#define ENGINE_NONE UINT32_MAX
#define ENGINE_RETRY_MS	 50	/* between two attempts to send what the kernel would not take */
#define ENGINE_LINGER_MS 1000	/* for a server to close after our good-bye */

enum engine_list {
	ENGINE_IDLE,		/* not begun, or nothing to wait for */
	ENGINE_PACE,		/* in the pacer (no list of ours) */
	ENGINE_DONE,		/* over (no list of ours) */
	ENGINE_WINDOW,		/* for a free connection */
	ENGINE_RETRY,		/* to try to send again */
	ENGINE_CONNECT,		/* for the handshake, or for the rest of its time after an error */
	ENGINE_GREETING,	/* for text of the server */
	ENGINE_LINGER,		/* decided; for the server to close */
	ENGINE_TRY,		/* for an echo reply: one list per number of the try */
	ENGINE_LISTS = ENGINE_TRY + POLICY_TRIES_MAX
};

struct engine_task {
	int64_t	due_ns;
	int64_t	since_ns;	/* this try was first attempted; 0: not yet */
	uint32_t prev, next;	/* in its list */
	uint32_t target;
	uint32_t conn;		/* tcp: its connection, or ENGINE_NONE */
	int32_t	os_error;	/* the last one */
	uint16_t port;
	uint8_t	method;		/* enum probe_method */
	uint8_t	list;		/* enum engine_list */
	uint8_t	number;		/* of the try, from 1 */
	uint8_t	sent;		/* tries really sent */
	uint8_t	said;		/* enum icmp_said: the strongest of all tries */
	uint8_t	said_now;	/* of this try */
	bool	decided;	/* its result stands */
	bool	slot;		/* tcp: counted in the window */
	struct addr from;	/* who sent this try's ICMP error */
};

struct engine_target {
	uint32_t first;		/* its tasks: ping, ssh, connect in this order */
	uint8_t	n, open;
	bool	attached;	/* needs an entry of the neighbour table */
	bool	sliced;		/* held back for a slice */
};

struct engine_queue {
	uint32_t head, tail;
	int64_t	length_ns;
};

struct ping_family {
	int	fd;		/* -1: none */
	int	error;		/* errno why */
	bool	raw;
};

struct ping_batch;		/* ping.c */
struct tcp_conn;		/* tcp.c */

struct engine {
	const struct policy *policy;
	struct arena *arena;	/* of greetings, or NULL */
	const struct probe_target *targets;
	size_t	n;
	struct sighting *out;
	struct probe_facts *facts;
	probe_try_fn *on_try;
	void	*ctx;
	const volatile bool *stop;
	void	(*progress)(size_t done, size_t n);

	struct engine_target *states;
	struct engine_task *tasks;
	size_t	n_tasks;
	struct engine_queue lists[ENGINE_LISTS];
	struct pace pace;
	int	epoll;
	int64_t	now_ns, deadline_ns;
	size_t	done;

	/* Attached targets beyond half a neighbour table, in slices (neighbour.h). */
	struct neighbour neighbour;
	uint32_t *held;		/* v4 first, then v6 */
	size_t	held_next[2], held_end[2];
	size_t	slice_open;	/* targets of the current slice that are not done */
	size_t	slice_kept[2];	/* entries that ours may still take up */
	int64_t	slice_ns;	/* by then they can be replaced: not before, if they are many */

	struct {
		struct ping_family v4, v6;
		struct siphash_key key;
		uint16_t id, seq;
		int64_t *sent_ns;	/* [target * tries + number - 1] */
		struct ping_batch *batch;
	} ping;

	struct {
		struct tcp_conn *conns;
		uint32_t free;		/* head of the unused ones */
		size_t	window, used;
		uint64_t soft_limit;	/* of descriptors, to be restored; 0: untouched */
	} tcp;
};

/* epoll's data: this for the ping sockets, else the number of a connection and its generation. */
#define ENGINE_EVENT_PING4 UINT64_MAX
#define ENGINE_EVENT_PING6 (UINT64_MAX - 1)

/* loop.c */
int	engine_run(struct engine *e, struct fault *f);
/* True if this address may be sent anything at all: the last question before each packet. */
bool	engine_may_send(const struct engine *e, const struct addr *a);
void	engine_wait(struct engine *e, uint32_t task, enum engine_list list);
void	engine_unwait(struct engine *e, uint32_t task);
/* A try was sent (counts it), or could not be. */
void	engine_sent(struct engine *e, uint32_t task, enum engine_list list);
void	engine_not_sent(struct engine *e, uint32_t task, int os_error);
/* This try brought this error; the try goes on until its time is over. */
void	engine_said(struct engine *e, uint32_t task, enum icmp_said said, const struct addr *from,
	    int os_error);
/* The task's result stands (alive). It stays open until engine_close. */
void	engine_answered(struct engine *e, uint32_t task, enum probe_result result, int64_t rtt_ns);
void	engine_close(struct engine *e, uint32_t task);

/* ping.c */
int	ping_open(struct engine *e, struct fault *f);
void	ping_close(struct engine *e);
int	ping_socket(uint8_t family, bool *raw);	/* descriptor, or -1 (errno) */
const struct ping_family *ping_family(const struct engine *e, const struct addr *a);
void	ping_send(struct engine *e, uint32_t task);	/* collected until ping_flush */
void	ping_flush(struct engine *e);
void	ping_event(struct engine *e, bool v6, bool error);

/* tcp.c */
void	tcp_open(struct engine *e);
void	tcp_close(struct engine *e);
void	tcp_begin(struct engine *e, uint32_t task);	/* takes a place in the window, or waits */
void	tcp_send(struct engine *e, uint32_t task);
void	tcp_event(struct engine *e, uint64_t data, uint32_t events);
/* The time of the list is over: gives back connection and place. */
void	tcp_expired(struct engine *e, uint32_t task);

#endif
