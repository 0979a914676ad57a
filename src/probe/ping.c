/* SPDX-License-Identifier: ISC */
/*
 * ping: sends and receives echo packets in batches. It hides sockets, filters, time stamps and
 * the error queue. It must never take "not sent" for sent, and never leave replies in the
 * socket while it sends more: check_icmp lost 872 of 1,000 live machines that way.
 */
#include "config.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "probe/engine.h"
#include "probe/errqueue.h"

#define BATCH	     64
#define DRAIN_MAX    64 /* batches in a row; a flood must not keep the loop from its clock */
#define ERRORS_MAX   1024
#define RCVBUF_BYTES (4 * 1024 * 1024)

/* Any address as the kernel wants it. */
union name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct ping_batch {
	struct {
		uint32_t task[BATCH];
		struct mmsghdr m[BATCH];
		struct iovec v[BATCH];
		union name name[BATCH];
		uint8_t packet[BATCH][ICMP_ECHO_SIZE];
		unsigned n;
	} send[2]; /* v4, v6 */
	struct {
		struct mmsghdr m[BATCH];
		struct iovec v[BATCH];
		union name name[BATCH];
		_Alignas(struct cmsghdr) char control[BATCH][64];
		uint8_t packet[BATCH][128];
	} in;
};

/* Echo replies only: errors come through the error queue, and nothing else is for us. */
static int
filter_types(int fd, uint8_t family)
{
	struct icmp_filter v4 = {.data = ~(1u << ICMP_ECHOREPLY)};
	struct icmp6_filter v6;

	if (family == 4)
		return setsockopt(fd, SOL_RAW, ICMP_FILTER, &v4, sizeof(v4));
	ICMP6_FILTER_SETBLOCKALL(&v6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &v6);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &v6, sizeof(v6));
}

/* A raw socket sees every process's replies: the kernel drops those with another identifier. */
static int
filter_id(int fd, uint8_t family, uint16_t id)
{
	struct sock_filter v4[] = {
	    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* x = length of the IP header */
	    BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter v6[] = {
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof(v4) / sizeof(v4[0]), .filter = v4};

	if (family == 6)
		program = (struct sock_fprog){.len = sizeof(v6) / sizeof(v6[0]), .filter = v6};
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int
ping_socket(uint8_t family, bool *raw)
{
	const int domain = family == 6 ? AF_INET6 : AF_INET;
	const int protocol = family == 6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
	const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	const int size = RCVBUF_BYTES, on = 1;
	int fd, saved;

	*raw = false;
	fd = socket(domain, SOCK_DGRAM | flags, protocol);
	if (fd < 0) {
		*raw = true;
		fd = socket(domain, SOCK_RAW | flags, protocol);
	}
	if (fd < 0)
		return -1;
	if (errqueue_enable(fd, family) != 0 || (*raw && filter_types(fd, family) != 0)) {
		/* without the error queue a full neighbour table would look like silence */
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	/* Both are only better, not necessary. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	return fd;
}

static int
open_family(struct engine *e, struct ping_family *pf, uint8_t family, struct fault *f)
{
	struct epoll_event event = {.events = EPOLLIN,
	    .data.u64 = family == 6 ? ENGINE_EVENT_PING6 : ENGINE_EVENT_PING4};

	pf->fd = ping_socket(family, &pf->raw);
	if (pf->fd < 0) {
		pf->error = errno;
		return 0;
	}
	if (pf->raw)
		(void)filter_id(pf->fd, family, e->ping.id);
	if (epoll_ctl(e->epoll, EPOLL_CTL_ADD, pf->fd, &event) != 0)
		return fault_set(f, FAULT_SYSTEM, "epoll_ctl: %s", strerror(errno));
	return 0;
}

int
ping_open(struct engine *e, struct fault *f)
{
	bool wanted = false;
	size_t i;

	e->ping.v4.fd = e->ping.v6.fd = -1;
	for (i = 0; i < e->n; i++)
		wanted |= e->targets[i].ping;
	clock_random(&e->ping.key, sizeof(e->ping.key));
	clock_random(&e->ping.id, sizeof(e->ping.id));
	e->ping.batch = x_calloc(1, sizeof(*e->ping.batch));
	e->ping.sent_ns = x_calloc(e->n * (size_t)e->policy->probe.tries + 1, sizeof(int64_t));
	if (wanted &&
	    (open_family(e, &e->ping.v4, 4, f) != 0 || open_family(e, &e->ping.v6, 6, f) != 0))
		return -1;
	e->facts->can_ping4 = e->ping.v4.fd >= 0;
	e->facts->can_ping6 = e->ping.v6.fd >= 0;
	e->facts->raw =
	    (e->ping.v4.fd >= 0 && e->ping.v4.raw) || (e->ping.v6.fd >= 0 && e->ping.v6.raw);
	return 0;
}

void
ping_close(struct engine *e)
{
	if (e->ping.v4.fd >= 0)
		close(e->ping.v4.fd);
	if (e->ping.v6.fd >= 0)
		close(e->ping.v6.fd);
	free(e->ping.batch);
	free(e->ping.sent_ns);
}

const struct ping_family *
ping_family(const struct engine *e, const struct addr *a)
{
	return a->family == 6 ? &e->ping.v6 : &e->ping.v4;
}

static int64_t *
sent_at(struct engine *e, uint32_t target, uint8_t number)
{
	return &e->ping.sent_ns[(size_t)target * (size_t)e->policy->probe.tries + number - 1];
}

/* The ping task that a packet speaks of, if it is one that we sent and that is still open. */
static struct engine_task *
find_task(struct engine *e, const struct icmp_echo *echo, const struct addr *a)
{
	struct engine_task *t;

	if (echo->index >= e->n || !net_addr_eq(&e->targets[echo->index].a, a) ||
	    e->states[echo->index].n == 0)
		return NULL;
	t = &e->tasks[e->states[echo->index].first];
	if (t->method != PROBE_PING || t->decided || echo->number == 0 ||
	    echo->number > t->number)
		return NULL;
	return *sent_at(e, echo->index, echo->number) == 0 ? NULL : t;
}

static void
take_errors(struct engine *e, int fd)
{
	struct errqueue_note note;
	struct engine_task *t;
	struct icmp_echo echo;
	enum icmp_said said;
	uint32_t i;
	int got, n;

	for (n = 0; n < ERRORS_MAX && (got = errqueue_read(fd, &note)) >= 0; n++) {
		if (got == 0 ||
		    !icmp_quote_match(
			note.quote, note.quote_len, &e->ping.key, &note.to, &echo) ||
		    (t = find_task(e, &echo, &note.to)) == NULL)
			continue;
		i = (uint32_t)(t - e->tasks);
		said = icmp_error_said(note.to.family, note.type, note.code);
		if (said == ICMP_SAID_PROHIBITED && net_addr_eq(&note.from, &note.to)) {
			/* the machine's own firewall: somebody is at home */
			e->facts->replies++;
			t->from = note.from;
			engine_answered(e, i, PROBE_REFUSED, -1);
			engine_close(e, i);
		} else
			engine_said(e, i, said, &note.from, note.os_error);
	}
}

/* How long ago the kernel received this packet: both clocks are read once per batch. */
static int64_t
queued_ns(struct msghdr *m, int64_t wall_ns)
{
	struct timespec ts;
	struct cmsghdr *c;
	int64_t age;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS &&
		    c->cmsg_len >= CMSG_LEN(sizeof(ts))) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			age = wall_ns - ((int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec);
			return age < 0 ? 0 : age;
		}
	return 0;
}

static void
take_reply(struct engine *e, struct msghdr *m, size_t len, enum icmp_form form, int64_t mono_ns,
    int64_t wall_ns)
{
	const struct addr from = errqueue_addr(m->msg_name, m->msg_namelen);
	struct engine_task *t;
	struct icmp_echo echo;
	int64_t rtt, queued;
	uint32_t i;

	if (!icmp_reply_match(m->msg_iov->iov_base, len, form, &e->ping.key, &from, &echo) ||
	    (t = find_task(e, &echo, &from)) == NULL)
		return;
	i = (uint32_t)(t - e->tasks);
	rtt = mono_ns - *sent_at(e, t->target, echo.number);
	queued = queued_ns(m, wall_ns);
	if (queued <= rtt) /* else the wall clock was set meanwhile */
		rtt -= queued;
	e->facts->replies++;
	engine_answered(e, i, PROBE_ANSWERED, rtt);
	engine_close(e, i);
}

static void
drain(struct engine *e, const struct ping_family *pf, uint8_t family)
{
	struct ping_batch *b = e->ping.batch;
	const enum icmp_form form = family == 4 && pf->raw ? ICMP_FORM_RAW : ICMP_FORM_PLAIN;
	int64_t mono, wall;
	int i, n, round;

	for (round = 0; round < DRAIN_MAX; round++) {
		for (i = 0; i < BATCH; i++) {
			b->in.v[i] = (struct iovec){b->in.packet[i], sizeof(b->in.packet[i])};
			b->in.m[i].msg_hdr = (struct msghdr){.msg_name = &b->in.name[i],
			    .msg_namelen = sizeof(b->in.name[i]),
			    .msg_iov = &b->in.v[i],
			    .msg_iovlen = 1,
			    .msg_control = b->in.control[i],
			    .msg_controllen = sizeof(b->in.control[i])};
		}
		n = recvmmsg(pf->fd, b->in.m, BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		mono = clock_mono_ns();
		wall = clock_wall_ns();
		for (i = 0; i < n; i++)
			take_reply(
			    e, &b->in.m[i].msg_hdr, b->in.m[i].msg_len, form, mono, wall);
		/* n < 0: an ICMP error about some target, told here too; what is queued is next */
		if (n >= 0 && n < BATCH)
			return;
	}
}

void
ping_event(struct engine *e, bool v6, bool error)
{
	const struct ping_family *pf = v6 ? &e->ping.v6 : &e->ping.v4;

	if (error)
		take_errors(e, pf->fd);
	drain(e, pf, v6 ? 6 : 4);
}

void
ping_send(struct engine *e, uint32_t i)
{
	const struct engine_task *t = &e->tasks[i];
	const struct addr *a = &e->targets[t->target].a;
	const struct icmp_echo echo = {t->target, t->number};
	struct ping_batch *b = e->ping.batch;
	const int f = a->family == 6;
	unsigned k;

	BUG_ON(!engine_may_send(e, a));
	if (b->send[f].n == BATCH)
		ping_flush(e);
	k = b->send[f].n++;
	b->send[f].task[k] = i;
	icmp_echo_build(
	    b->send[f].packet[k], &e->ping.key, a, &echo, e->ping.id, e->ping.seq++);
	b->send[f].v[k] = (struct iovec){b->send[f].packet[k], ICMP_ECHO_SIZE};
	memset(&b->send[f].name[k], 0, sizeof(b->send[f].name[k]));
	if (f) {
		b->send[f].name[k].v6.sin6_family = AF_INET6;
		memcpy(&b->send[f].name[k].v6.sin6_addr, a->b, 16);
	} else {
		b->send[f].name[k].v4.sin_family = AF_INET;
		memcpy(&b->send[f].name[k].v4.sin_addr, a->b, 4);
	}
	b->send[f].m[k].msg_hdr = (struct msghdr){.msg_name = &b->send[f].name[k],
	    .msg_namelen = f ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
	    .msg_iov = &b->send[f].v[k],
	    .msg_iovlen = 1};
}

static void
mark_sent(struct engine *e, uint32_t i, int64_t at_ns)
{
	const struct engine_task *t = &e->tasks[i];

	e->facts->packets++;
	if (t->decided) /* by an error about an earlier try, read while this batch was sent */
		return;
	*sent_at(e, t->target, t->number) = at_ns;
	engine_sent(e, i, ENGINE_TRY + t->number - 1);
}

/*
 * Send the packet alone that sendmmsg stopped at. With IP_RECVERR the socket also reports an
 * ICMP error about an earlier packet at the next send; only an error that comes again is this
 * packet's own.
 */
static void
send_one(struct engine *e, int fd, struct msghdr *m, uint32_t task)
{
	int64_t at = 0;
	int attempt;

	for (attempt = 0; attempt < 3; attempt++) {
		take_errors(e, fd);
		at = clock_mono_ns();
		if (sendmsg(fd, m, 0) >= 0) {
			mark_sent(e, task, at);
			return;
		}
		if (errno == ENOBUFS || errno == EAGAIN)
			break;
	}
	if (!e->tasks[task].decided)
		engine_not_sent(e, task, errno);
}

static void
flush_family(struct engine *e, const struct ping_family *pf, uint8_t family)
{
	struct ping_batch *b = e->ping.batch;
	const int f = family == 6;
	unsigned done = 0;
	int64_t at;
	int n, k;

	if (b->send[f].n == 0)
		return;
	while (done < b->send[f].n) {
		at = clock_mono_ns();
		n = sendmmsg(pf->fd, b->send[f].m + done, b->send[f].n - done, 0);
		for (k = 0; k < n; k++)
			mark_sent(e, b->send[f].task[done + (unsigned)k], at);
		if (n > 0)
			done += (unsigned)n;
		else {
			send_one(e, pf->fd, &b->send[f].m[done].msg_hdr, b->send[f].task[done]);
			done++;
		}
	}
	b->send[f].n = 0;
	drain(e, pf, family);
}

void
ping_flush(struct engine *e)
{
	flush_family(e, &e->ping.v4, 4);
	flush_family(e, &e->ping.v6, 6);
}
