/* SPDX-License-Identifier: ISC */
/*
 * tcp: handshakes and ssh greetings, many at once. It hides sockets and descriptor limits. It
 * must never hold more connections than it may open, and never read a local failure, or a
 * firewall's word, as an answer or as silence of the machine.
 */
#include "config.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "probe/engine.h"
#include "probe/errqueue.h"

#define SPARE_DESCRIPTORS 32 /* for everybody else in this process */
#define LINGER_BYTES	  (64 * 1024) /* of a server that talks on after our good-bye */

struct tcp_conn {
	int fd; /* -1: unused */
	uint32_t task;
	uint32_t generation; /* events of its predecessor are not for it */
	uint32_t next; /* among the unused */
	uint32_t rest; /* bytes read after the decision */
	bool connected;
	int64_t begun_ns;
	struct ssh_reader reader;
};

/* Make room for n descriptors if the hard limit lets us; returns how many there is room for. */
static size_t
raise_limit(struct engine *e, size_t n)
{
	struct rlimit limit, raised;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= n)
		return n;
	raised = limit;
	raised.rlim_cur = limit.rlim_max < n ? limit.rlim_max : n;
	if (raised.rlim_cur == limit.rlim_cur || setrlimit(RLIMIT_NOFILE, &raised) != 0)
		return limit.rlim_cur;
	e->tcp.soft_limit = limit.rlim_cur;
	return raised.rlim_cur;
}

void
tcp_open(struct engine *e)
{
	const int32_t want = e->policy->probe.in_flight;
	size_t i, room;

	e->tcp.window = want < 1 ? 1 : (size_t)want;
	room = raise_limit(e, e->tcp.window + SPARE_DESCRIPTORS);
	if (room < e->tcp.window + SPARE_DESCRIPTORS)
		e->tcp.window = room > SPARE_DESCRIPTORS ? room - SPARE_DESCRIPTORS : 1;
	e->tcp.conns = x_calloc(e->tcp.window, sizeof(*e->tcp.conns));
	for (i = 0; i < e->tcp.window; i++) {
		e->tcp.conns[i].fd = -1;
		e->tcp.conns[i].next = i + 1 < e->tcp.window ? (uint32_t)(i + 1) : ENGINE_NONE;
	}
	e->tcp.free = 0;
}

void
tcp_close(struct engine *e)
{
	struct rlimit limit;
	size_t i;

	for (i = 0; e->tcp.conns != NULL && i < e->tcp.window; i++)
		if (e->tcp.conns[i].fd >= 0)
			close(e->tcp.conns[i].fd);
	free(e->tcp.conns);
	if (e->tcp.soft_limit != 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = e->tcp.soft_limit;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
drop_conn(struct engine *e, struct engine_task *t)
{
	struct tcp_conn *c;

	if (t->conn == ENGINE_NONE)
		return;
	c = &e->tcp.conns[t->conn];
	close(c->fd); /* which takes it out of epoll */
	c->fd = -1;
	c->generation++;
	c->next = e->tcp.free;
	e->tcp.free = t->conn;
	t->conn = ENGINE_NONE;
}

/* Give back the place; who waited longest has it. */
static void
drop_slot(struct engine *e, struct engine_task *t)
{
	uint32_t next;

	drop_conn(e, t);
	if (!t->slot)
		return;
	t->slot = false;
	e->tcp.used--;
	next = e->lists[ENGINE_WINDOW].head;
	if (next != ENGINE_NONE) {
		engine_unwait(e, next);
		tcp_begin(e, next);
	}
}

void
tcp_begin(struct engine *e, uint32_t i)
{
	struct engine_task *t = &e->tasks[i];

	if (e->tcp.used >= e->tcp.window) {
		engine_wait(e, i, ENGINE_WINDOW);
		return;
	}
	e->tcp.used++;
	t->slot = true;
	engine_wait(e, i, ENGINE_PACE);
}

static int
start_connect(const struct addr *a, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	int fd, rc, saved;

	fd = socket(
	    a->family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (errqueue_enable(fd, a->family) != 0)
		goto fail;
	if (a->family == 6) {
		v6.sin6_port = htons(port);
		memcpy(&v6.sin6_addr, a->b, 16);
		rc = connect(fd, (const struct sockaddr *)&v6, sizeof(v6));
	} else {
		v4.sin_port = htons(port);
		memcpy(&v4.sin_addr, a->b, 4);
		rc = connect(fd, (const struct sockaddr *)&v4, sizeof(v4));
	}
	/* On loopback a refusal comes at once; it is taken where the others are. */
	if (rc == 0 || errno == EINPROGRESS || errno == ECONNREFUSED || errno == ECONNRESET)
		return fd;
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void
decide(struct engine *e, struct tcp_conn *c, enum probe_result result)
{
	engine_answered(e, c->task, result, e->now_ns - c->begun_ns);
}

static void
decide_and_close(struct engine *e, struct tcp_conn *c, enum probe_result result)
{
	struct engine_task *t = &e->tasks[c->task];

	decide(e, c, result);
	drop_slot(e, t);
	engine_close(e, c->task);
}

/* The handshake failed with this errno, and perhaps a note in the error queue. */
static void
connect_failed(struct engine *e, struct tcp_conn *c, int error)
{
	const uint32_t i = c->task;
	struct engine_task *t = &e->tasks[i];
	const struct addr *a = &e->targets[t->target].a;
	struct errqueue_note note, found = {0};
	enum icmp_said said = ICMP_SAID_NOTHING;
	int got;

	while ((got = errqueue_read(c->fd, &note)) >= 0)
		if (got == 1) {
			said = icmp_error_said(a->family, note.type, note.code);
			found = note;
		}
	if (said == ICMP_SAID_PROHIBITED && net_addr_eq(&found.from, a)) {
		t->from = found.from; /* the machine's own firewall */
		decide_and_close(e, c, PROBE_REFUSED);
		return;
	}
	if (said == ICMP_SAID_NOTHING &&
	    (error == ECONNREFUSED || error == ECONNRESET || error == EPIPE)) {
		decide_and_close(e, c, PROBE_REFUSED);
		return;
	}
	if (said == ICMP_SAID_NOTHING && (error == EHOSTUNREACH || error == ENETUNREACH))
		said = ICMP_SAID_UNREACHABLE;
	if (said == ICMP_SAID_NOTHING && error != ETIMEDOUT) {
		/* nothing that the network does: our own trouble */
		drop_conn(e, t);
		engine_unwait(e, i);
		t->sent--;
		engine_not_sent(e, i, error);
		return;
	}
	/* The try goes on without its connection until its time is over. */
	if (said != ICMP_SAID_NOTHING)
		engine_said(e, i, said, &found.from, error);
	drop_slot(e, t);
}

/* Text of an ssh server: true if the connection is to be kept. */
static bool
greeting_read(struct engine *e, struct tcp_conn *c, const char *buf, size_t n)
{
	struct engine_task *t = &e->tasks[c->task];
	struct sighting *s = &e->out[t->target];
	uint8_t bye[SSH_DISCONNECT_MAX];
	const char *text = NULL;
	size_t len;

	switch (ssh_reader_feed(&c->reader, buf, n)) {
	case SSH_MORE:
		return true;
	case SSH_NOT_SSH:
		decide_and_close(e, c, PROBE_REFUSED);
		return false;
	case SSH_IDENT:
		break;
	}
	/* the same few strings all over a cloud */
	if (e->arena != NULL)
		text = arena_intern(e->arena, c->reader.ident, sizeof(c->reader.ident));
	s->greeting = text != NULL ? text : "";
	len = ssh_disconnect_build(bye);
	(void)send(c->fd, bye, len, MSG_NOSIGNAL);
	(void)shutdown(c->fd, SHUT_WR);
	decide(e, c, PROBE_ANSWERED);
	/*
	 * The server's key exchange is on its way. Closing before it is read would send a reset,
	 * and its log would tell of an attack rather than of our good-bye.
	 */
	engine_unwait(e, c->task);
	engine_wait(e, c->task, ENGINE_LINGER);
	return true;
}

static void
take_text(struct engine *e, struct tcp_conn *c)
{
	const uint32_t generation = c->generation;
	struct engine_task *t = &e->tasks[c->task];
	char buf[4096];
	ssize_t n;

	for (;;) {
		n = recv(c->fd, buf, sizeof(buf), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n > 0 && !t->decided) {
			if (!greeting_read(e, c, buf, (size_t)n))
				return;
			continue;
		}
		if (n > 0 && (c->rest += (uint32_t)n) <= LINGER_BYTES)
			continue;
		/* the end, a reset, or enough: connected is alive, whatever was said */
		break;
	}
	if (c->generation != generation)
		return;
	if (!t->decided)
		decide_and_close(e, c, PROBE_REFUSED);
	else {
		drop_slot(e, t);
		engine_close(e, (uint32_t)(t - e->tasks));
	}
}

static void
connected(struct engine *e, struct tcp_conn *c)
{
	struct engine_task *t = &e->tasks[c->task];

	c->connected = true;
	if (t->method == PROBE_CONNECT) {
		decide_and_close(e, c, PROBE_ANSWERED);
		return;
	}
	engine_unwait(e, c->task);
	engine_wait(e, c->task, ENGINE_GREETING);
	(void)send(c->fd, ssh_hello, strlen(ssh_hello), MSG_NOSIGNAL);
	take_text(e, c);
}

static void
conn_event(struct engine *e, struct tcp_conn *c, uint32_t events)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (c->connected) {
		take_text(e, c);
		return;
	}
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0)
		connect_failed(e, c, error);
	else if (events & EPOLLOUT) /* an error alone may be about a handshake that goes on */
		connected(e, c);
}

void
tcp_send(struct engine *e, uint32_t i)
{
	struct engine_task *t = &e->tasks[i];
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
	struct tcp_conn *c;
	uint32_t k;
	int fd;

	BUG_ON(!engine_may_send(e, &e->targets[t->target].a));
	fd = start_connect(&e->targets[t->target].a, t->port);
	if (fd < 0) {
		engine_not_sent(e, i, errno);
		return;
	}
	k = e->tcp.free;
	BUG_ON(k == ENGINE_NONE);
	c = &e->tcp.conns[k];
	e->tcp.free = c->next;
	c->fd = fd;
	c->task = i;
	c->rest = 0;
	c->connected = false;
	c->begun_ns = e->now_ns;
	ssh_reader_init(&c->reader);
	t->conn = k;
	event.data.u64 = (uint64_t)c->generation << 32 | k;
	if (epoll_ctl(e->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		drop_conn(e, t);
		engine_not_sent(e, i, errno);
		return;
	}
	e->facts->connects++;
	engine_sent(e, i, ENGINE_CONNECT);
}

void
tcp_event(struct engine *e, uint64_t data, uint32_t events)
{
	const uint32_t k = (uint32_t)data;

	if (k < e->tcp.window && e->tcp.conns[k].fd >= 0 &&
	    e->tcp.conns[k].generation == (uint32_t)(data >> 32))
		conn_event(e, &e->tcp.conns[k], events);
}

void
tcp_expired(struct engine *e, uint32_t i)
{
	drop_slot(e, &e->tasks[i]);
}
