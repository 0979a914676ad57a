/* SPDX-License-Identifier: ISC */
/*
 * probe_box: a small world on loopback for the tests of the probe engine: servers that say what a
 * script says, a full one, a ping network that can lose and forge packets, and an eye on each
 * packet and connection that the engine makes. Nothing can leave 127/8: an attempt to do so is
 * not carried out and fails the test.
 */
#ifndef PROBE_BOX_H
#define PROBE_BOX_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/probe.h"

#define BOX_TARGETS   400
#define BOX_LISTENERS 128
#define BOX_TRIES     1024
#define BOX_LONG_MS   60000 /* longer than any test: what ends sooner, ended for another reason */

/* How a server ends a conversation. */
enum box_end {
	BOX_HOLD,	/* reads until the engine ends it */
	BOX_FIN,	/* ends its side in order, then reads on */
	BOX_CLOSE,	/* closes at once: a reset, if something was not read */
	BOX_RESET	/* a reset in any case */
};

/* What it says before. */
struct box_script {
	const char *text;	/* NULL: nothing */
	size_t	rubbish;	/* bytes without a line feed after the text */
	bool	slowly;		/* each byte once the engine has read the one before */
	bool	drips;		/* then a byte now and then, for ever */
	enum box_end end;
};

/* What becomes of an echo request. */
enum box_ping {
	BOX_PING_REAL,		/* the kernel's own sockets */
	BOX_PING_DENIED,	/* no permission to open any */
	BOX_PING_ANSWERED,
	BOX_PING_SWALLOWED,	/* sent, and never heard of again */
	BOX_PING_NOBUFS,	/* never sent */
	BOX_PING_NOBUFS_ONCE,	/* not sent the first time, then answered */
	BOX_PING_LATE,		/* the answer to the first comes after the second was sent */
	BOX_PING_TWICE,		/* two answers to each */
	BOX_PING_FORGED,	/* an answer that does not have the cookie of the request */
	BOX_PING_FOREIGN	/* the right answer, of another machine */
};

struct box {
	/* for the test to set */
	struct policy *policy;	/* short of everything: ssh alone, one try, long time-outs */
	struct prefix networks[2];	/* of the policy: 127.7.0.0/16 */
	struct probe_target targets[BOX_TARGETS];
	size_t	n;
	enum box_ping ping;
	int	no_sockets;	/* so many times there is no descriptor for a connection */
	int64_t	deadline_ms;	/* the argument of probe_run */
	void	(*on_try)(struct box *b, const struct probe_try *t);
	volatile bool stop;
	bool	stop_in_progress;	/* set stop when the engine tells of its progress */

	/* what the engine said */
	struct sighting seen[BOX_TARGETS];
	struct probe_facts facts;
	struct arena *arena;	/* of greetings */
	struct probe_try tries[BOX_TRIES];
	size_t	n_tries;
	size_t	progress_calls, progress_last;

	/* what it did */
	size_t	pings, connects;	/* given to the kernel, or to the ping network */
	size_t	received;		/* bytes that it read from servers */
	size_t	open_now, open_most;	/* connections at once */

	/* what the servers saw, once box_done */
	size_t	accepted;
	char	heard[512];
	size_t	n_heard;
	int	heard_end;		/* errno of the last read; 0: an orderly end */

	/* its own */
	struct box_script script;
	int	listeners[BOX_LISTENERS], full;
	size_t	n_listeners;
	uint16_t port;			/* of all of them */
	pthread_t thread;
	bool	serving, leaked;
	int	stop_pipe[2], read_pipe[2], full_client, ping_fd;
	bool	mine[1024];		/* descriptors of the engine's connections */
	uint8_t	held_back[64];		/* BOX_PING_LATE: the first request */
};

int	box_setup(void **state);
int	box_teardown(void **state);

/* Open a listener; all of a box have one port, which becomes the policy's ssh_port. */
void	box_listen(struct box *b, const char *address);
/* Begin to serve what was listened on. */
void	box_serve(struct box *b, const struct box_script *script);
/* A listener that accepts nothing, its backlog being full. box_drain makes room. */
void	box_listen_full(struct box *b, const char *address);
void	box_drain(struct box *b);
/* The same address, but nobody listens (and nobody else can). */
void	box_reserve_closed(struct box *b, const char *address);
/* Is a connection waiting to be accepted at one of the listeners? Not while they are served. */
bool	box_was_called(const struct box *b);

/* Add a target, asked by all that the policy allows. Returns its index. */
size_t	box_target(struct box *b, const char *address);
/* Run the engine; the servers go on. */
void	box_run(struct box *b);
/* Let the servers finish what is waiting, and stop them. */
void	box_done(struct box *b);
/* All of it: one server at one address that follows a script, asked by ssh. */
const struct sighting *box_ask(struct box *b, const struct box_script *script);

/* May this process open a socket for ping? Found out without the engine. */
bool	box_may_ping(void);

/* The descriptors that this process has open. */
size_t	box_descriptors(void);

/* What the tests say about a result, by name when it is another one. */
static inline void
assert_part(const struct sighting_part *p, enum probe_result result, uint8_t tries)
{
	if (p->result != result || p->tries != tries)
		fail_msg("%s/%u", probe_result_str(p->result), p->tries);
}

static inline void
assert_not_sent(const struct sighting_part *p, int os_error)
{
	assert_part(p, PROBE_NOT_SENT, 0);
	assert_int_equal(p->os_error, os_error);
	assert_int_equal(p->rtt_us, -1);
}

static inline void
assert_sum(const struct box *b, size_t i, enum sighting_sum sum)
{
	assert_string_equal(sighting_sum_str(sighting_sum(&b->seen[i])), sighting_sum_str(sum));
}

/* Ping by that network, and ssh as told; silence of ping does not take long. */
static inline void
set_both(struct box *b, enum box_ping ping, enum policy_ssh ssh)
{
	b->ping = ping;
	b->policy->probe.ping = true;
	b->policy->probe.ssh = ssh;
	b->policy->probe.try_ms[0] = ping == BOX_PING_SWALLOWED ? 60 : BOX_LONG_MS;
}

#endif
