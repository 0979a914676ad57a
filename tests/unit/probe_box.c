/* SPDX-License-Identifier: ISC */
/*
 * probe_box: see probe_box.h. The engine's calls come through __wrap_* (ld --wrap); the servers
 * and the tests use the __real_* ones, so that only what the engine does is counted.
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_box.h"

#include "probe/icmp.h"

#define NUMBER_AT 20 /* of the try, in an echo request: icmp.h */
#define COOKIE_AT 8

int __real_socket(int domain, int type, int protocol);
int __real_connect(int fd, const struct sockaddr *a, socklen_t len);
int __real_close(int fd);
ssize_t __real_recv(int fd, void *buf, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *m, int flags);
int __real_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *a, socklen_t len);
int __wrap_close(int fd);
ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *m, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);

static struct box *world; /* of the test that runs: the calls know no other way to it */

/* Fails the test; not for the thread of the servers. */
#define MUST(x)                                                  \
	do {                                                     \
		if (!(x))                                        \
			fail_msg("%s: %s", #x, strerror(errno)); \
	} while (0)

static struct sockaddr_in
name_of(const char *address, uint16_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct addr a;

	MUST(net_addr_parse(address, &a) == 0 && a.family == 4 && a.b[0] == 127);
	memcpy(&sin.sin_addr, a.b, 4);
	return sin;
}

/* Loopback, or the test has failed and nothing is sent. */
static bool
is_inside(const struct sockaddr *a)
{
	struct sockaddr_in sin;

	memcpy(&sin, a, sizeof(sin));
	if (sin.sin_family == AF_INET && ntohl(sin.sin_addr.s_addr) >> 24 == 127)
		return true;
	world->leaked = true;
	errno = EPERM;
	return false;
}

/* The ping network: a UDP socket stands in for the engine's, so that it needs no rights. */
static int
open_ping(int flags)
{
	const struct sockaddr_in here = name_of("127.0.0.1", 0);
	int fd = __real_socket(AF_INET, SOCK_DGRAM | flags, 0);

	MUST(fd >= 0 && bind(fd, (const struct sockaddr *)&here, sizeof(here)) == 0);
	world->ping_fd = fd;
	return fd;
}

static void
reply(const uint8_t *request, size_t len, const struct sockaddr_in *from, uint8_t spoil)
{
	struct sockaddr_in engine, me = *from;
	socklen_t size = sizeof(engine);
	uint8_t packet[64] = {0};
	uint16_t sum;
	int fd;

	memcpy(packet, request, len);
	packet[0] = packet[2] = packet[3] = 0; /* an echo reply, not yet summed up */
	packet[COOKIE_AT] ^= spoil;
	sum = icmp_checksum(packet, len);
	packet[2] = (uint8_t)(sum >> 8);
	packet[3] = (uint8_t)sum;
	me.sin_port = 0;
	fd = __real_socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	MUST(fd >= 0 && bind(fd, (const struct sockaddr *)&me, sizeof(me)) == 0);
	MUST(getsockname(world->ping_fd, (struct sockaddr *)&engine, &size) == 0);
	MUST(
	    sendto(fd, packet, len, 0, (const struct sockaddr *)&engine, size) == (ssize_t)len);
	__real_close(fd);
}

static ssize_t
network_takes(const struct msghdr *m)
{
	const struct sockaddr_in other = name_of("127.7.9.9", 0);
	const uint8_t *request = m->msg_iov->iov_base;
	const size_t len = m->msg_iov->iov_len;
	struct sockaddr_in to;

	MUST(len > NUMBER_AT && len <= sizeof(world->held_back));
	if (!is_inside(m->msg_name))
		return -1;
	memcpy(&to, m->msg_name, sizeof(to));
	switch (world->ping) {
	case BOX_PING_REAL:
	case BOX_PING_DENIED:
	case BOX_PING_SWALLOWED:
		break;
	case BOX_PING_NOBUFS:
		errno = ENOBUFS;
		return -1;
	case BOX_PING_NOBUFS_ONCE:
		/* both ways to send it fail before it is tried again */
		if (world->held_back[0]++ < 2) {
			errno = ENOBUFS;
			return -1;
		}
		/* FALLTHROUGH */
	case BOX_PING_ANSWERED:
		reply(request, len, &to, 0);
		break;
	case BOX_PING_LATE:
		if (request[NUMBER_AT] == 1)
			memcpy(world->held_back, request, len);
		else
			reply(world->held_back, len, &to, 0);
		break;
	case BOX_PING_TWICE:
		reply(request, len, &to, 0);
		reply(request, len, &to, 0);
		break;
	case BOX_PING_FORGED:
		reply(request, len, &to, 1);
		break;
	case BOX_PING_FOREIGN:
		reply(request, len, &other, 0);
		break;
	}
	world->pings++;
	return (ssize_t)len;
}

int
__wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	unsigned i;
	int sent;

	if (world->ping == BOX_PING_REAL) {
		for (i = 0; i < n; i++)
			if (!is_inside(m[i].msg_hdr.msg_name))
				return -1;
		sent = __real_sendmmsg(fd, m, n, flags);
		world->pings += sent > 0 ? (size_t)sent : 0;
		return sent;
	}
	for (i = 0; i < n; i++)
		if (network_takes(&m[i].msg_hdr) < 0)
			return i > 0 ? (int)i : -1;
	return (int)n;
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
	ssize_t sent;

	if (world->ping != BOX_PING_REAL)
		return network_takes(m);
	if (!is_inside(m->msg_name))
		return -1;
	sent = __real_sendmsg(fd, m, flags);
	world->pings += sent > 0;
	return sent;
}

int
__wrap_socket(int domain, int type, int protocol)
{
	if (protocol == (int)IPPROTO_ICMP || protocol == (int)IPPROTO_ICMPV6) {
		if (world->ping == BOX_PING_REAL)
			return __real_socket(domain, type, protocol);
		if (world->ping != BOX_PING_DENIED && domain == AF_INET)
			return open_ping(type & (SOCK_NONBLOCK | SOCK_CLOEXEC));
		errno = EACCES;
		return -1;
	}
	if (domain == AF_INET && world->no_sockets > 0) {
		world->no_sockets--;
		errno = EMFILE;
		return -1;
	}
	return __real_socket(domain, type, protocol);
}

static bool
is_mine(int fd)
{
	return (size_t)fd < sizeof(world->mine) / sizeof(world->mine[0]) && world->mine[fd];
}

int
__wrap_connect(int fd, const struct sockaddr *a, socklen_t len)
{
	if (!is_inside(a))
		return -1;
	MUST((size_t)fd < sizeof(world->mine) / sizeof(world->mine[0]));
	world->mine[fd] = true;
	world->connects++;
	if (++world->open_now > world->open_most)
		world->open_most = world->open_now;
	return __real_connect(fd, a, len);
}

int
__wrap_close(int fd)
{
	if (is_mine(fd)) {
		world->mine[fd] = false;
		world->open_now--;
	}
	return __real_close(fd);
}

ssize_t
__wrap_recv(int fd, void *buf, size_t len, int flags)
{
	ssize_t n = __real_recv(fd, buf, len, flags);
	const int saved = errno;

	if (n > 0 && is_mine(fd)) {
		world->received += (size_t)n;
		if (world->script.slowly)
			MUST(write(world->read_pipe[1], "", 1) == 1);
	}
	errno = saved;
	return n;
}

/* The servers, in a thread of their own: one conversation after the other. */
static void
hear(struct box *b, int fd)
{
	char buf[4096];
	ssize_t n;
	size_t room;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		room = sizeof(b->heard) - b->n_heard;
		room = (size_t)n < room ? (size_t)n : room;
		memcpy(b->heard + b->n_heard, buf, room);
		b->n_heard += room;
	}
	b->heard_end = n < 0 ? errno : 0;
}

/* False if the engine hangs up, or the test ends, before it has read one more piece. */
static bool
was_read(struct box *b, int fd)
{
	struct pollfd p[3] = {{.fd = b->read_pipe[0], .events = POLLIN},
	    {.fd = b->stop_pipe[0], .events = POLLIN}, {.fd = fd, .events = POLLRDHUP}};
	char c;

	if (poll(p, 3, -1) < 1 || p[0].revents == 0)
		return false;
	return read(b->read_pipe[0], &c, 1) == 1;
}

/* A tarpit: a byte now and then, until a send fails because the engine has closed. */
static void
drip(struct box *b, int fd)
{
	struct pollfd p[2] = {{.fd = b->stop_pipe[0], .events = POLLIN}, {.fd = fd}};

	while (poll(p, 2, 20) == 0 && send(fd, "x", 1, MSG_NOSIGNAL) == 1)
		;
}

static void
say(struct box *b, int fd)
{
	const struct box_script *s = &b->script;
	const size_t len = s->text != NULL ? strlen(s->text) : 0;
	char rubbish[4096];
	size_t i;

	for (i = 0; s->slowly && i < len; i++)
		if (send(fd, s->text + i, 1, MSG_NOSIGNAL) != 1 || !was_read(b, fd))
			return;
	if (!s->slowly && len > 0 && send(fd, s->text, len, MSG_NOSIGNAL) != (ssize_t)len)
		return;
	memset(rubbish, 'x', sizeof(rubbish));
	for (i = 0; i < s->rubbish; i += sizeof(rubbish))
		if (send(fd, rubbish, sizeof(rubbish), MSG_NOSIGNAL) !=
		    (ssize_t)sizeof(rubbish))
			return;
	if (s->drips)
		drip(b, fd);
}

static void
converse(struct box *b, int fd)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};
	const int on = 1;

	b->accepted++;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	say(b, fd);
	switch (b->script.end) {
	case BOX_FIN:
		(void)shutdown(fd, SHUT_WR);
		/* FALLTHROUGH */
	case BOX_HOLD:
		hear(b, fd);
		break;
	case BOX_RESET:
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		break;
	case BOX_CLOSE:
		break;
	}
	__real_close(fd);
}

static bool
is_listening(int fd)
{
	socklen_t len = sizeof(int);
	int listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

static void *
serve(void *arg)
{
	struct box *b = arg;
	struct pollfd p[BOX_LISTENERS + 1];
	size_t i;
	int fd;

	/* a negative descriptor is passed over: ports that are only reserved */
	for (i = 0; i < b->n_listeners; i++)
		p[i] =
		    (struct pollfd){.fd = is_listening(b->listeners[i]) ? b->listeners[i] : -1,
			.events = POLLIN};
	p[i] = (struct pollfd){.fd = b->stop_pipe[0], .events = POLLIN};
	do {
		if (poll(p, b->n_listeners + 1, -1) < 0)
			return NULL;
		for (i = 0; i < b->n_listeners; i++)
			while ((fd = accept4(p[i].fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
				converse(b, fd);
	} while (p[b->n_listeners].revents == 0);
	return NULL;
}

void
box_serve(struct box *b, const struct box_script *script)
{
	b->script = *script;
	MUST(pthread_create(&b->thread, NULL, serve, b) == 0);
	b->serving = true;
}

void
box_done(struct box *b)
{
	if (!b->serving)
		return;
	MUST(write(b->stop_pipe[1], "", 1) == 1);
	pthread_join(b->thread, NULL);
	b->serving = false;
}

static int
bind_next(struct box *b, const char *address)
{
	struct sockaddr_in sin = name_of(address, b->port);
	socklen_t len = sizeof(sin);
	int fd;

	MUST(b->n_listeners < BOX_LISTENERS);
	fd = __real_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	MUST(fd >= 0);
	b->listeners[b->n_listeners++] = fd;
	MUST(bind(fd, (const struct sockaddr *)&sin, len) == 0);
	MUST(getsockname(fd, (struct sockaddr *)&sin, &len) == 0);
	b->port = b->policy->probe.ssh_port = ntohs(sin.sin_port);
	return fd;
}

void
box_listen(struct box *b, const char *address)
{
	MUST(listen(bind_next(b, address), 64) == 0);
}

void
box_reserve_closed(struct box *b, const char *address)
{
	(void)bind_next(b, address);
}

void
box_listen_full(struct box *b, const char *address)
{
	struct sockaddr_in sin;
	int fd = bind_next(b, address);

	/* "No backlog" is room for one (Linux): that one is us. */
	MUST(listen(fd, 0) == 0);
	sin = name_of(address, b->port);
	b->full = fd;
	b->full_client = __real_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(b->full_client >= 0);
	MUST(__real_connect(b->full_client, (const struct sockaddr *)&sin, sizeof(sin)) == 0);
}

void
box_drain(struct box *b)
{
	int fd = accept4(b->full, NULL, NULL, SOCK_CLOEXEC);

	MUST(fd >= 0);
	__real_close(fd);
}

bool
box_was_called(const struct box *b)
{
	struct pollfd p;
	size_t i;

	for (i = 0; i < b->n_listeners; i++) {
		p = (struct pollfd){.fd = b->listeners[i], .events = POLLIN};
		if (is_listening(p.fd) && poll(&p, 1, 0) != 0)
			return true;
	}
	return false;
}

size_t
box_target(struct box *b, const char *address)
{
	struct probe_target *t = &b->targets[b->n];

	MUST(b->n < BOX_TARGETS);
	MUST(net_addr_parse(address, &t->a) == 0);
	t->ping = t->ssh = t->connect = true;
	return b->n++;
}

static void
keep_try(void *ctx, const struct probe_try *t)
{
	struct box *b = ctx;

	assert_true(b->n_tries < BOX_TRIES);
	b->tries[b->n_tries++] = *t;
	if (b->on_try != NULL)
		b->on_try(b, t);
}

static void
keep_progress(size_t done, size_t n)
{
	assert_int_equal(n, world->n);
	assert_in_range(done, world->progress_last, n);
	world->progress_last = done;
	world->progress_calls++;
	world->stop = world->stop || world->stop_in_progress;
}

void
box_run(struct box *b)
{
	struct fault f = {0};

	if (probe_run(b->policy, b->arena, b->targets, b->n, b->seen, &b->facts, keep_try, b,
		&b->stop, b->deadline_ms, keep_progress, &f) != 0)
		fail_msg("probe_run: %s", f.msg);
	assert_false(b->leaked);
	assert_int_equal(b->open_now, 0);
	assert_int_equal(b->facts.packets, b->pings);
}

const struct sighting *
box_ask(struct box *b, const struct box_script *script)
{
	box_listen(b, "127.7.0.1");
	box_serve(b, script);
	box_target(b, "127.7.0.1");
	box_run(b);
	box_done(b);
	return &b->seen[0];
}

bool
box_may_ping(void)
{
	int fd = __real_socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);

	if (fd < 0)
		fd = __real_socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (fd >= 0)
		__real_close(fd);
	return fd >= 0;
}

size_t
box_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	MUST(d != NULL);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

int
box_setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));

	if (b == NULL || pipe2(b->stop_pipe, O_CLOEXEC) != 0 ||
	    pipe2(b->read_pipe, O_CLOEXEC) != 0 ||
	    net_prefix_parse("127.7.0.0/16", &b->networks[0]) != 0)
		return -1;
	b->arena = arena_new(0);
	b->full = b->full_client = b->ping_fd = -1;
	b->policy = policy_default();
	b->policy->probe.ping = false;
	b->policy->probe.ssh = POLICY_SSH_ALWAYS;
	b->policy->probe.ssh_tries = b->policy->probe.tries = 1;
	b->policy->probe.connect_ms = b->policy->probe.greeting_ms = BOX_LONG_MS;
	b->policy->probe.try_ms[0] = BOX_LONG_MS;
	b->policy->probe.deadline_ms = BOX_LONG_MS / 6;
	b->policy->probe.networks = b->networks;
	b->policy->probe.n_networks = 1;
	world = b;
	*state = b;
	return 0;
}

int
box_teardown(void **state)
{
	struct box *b = *state;
	size_t i;

	if (b->serving && write(b->stop_pipe[1], "", 1) == 1)
		pthread_join(b->thread, NULL);
	for (i = 0; i < b->n_listeners; i++)
		__real_close(b->listeners[i]);
	if (b->full_client >= 0)
		__real_close(b->full_client);
	for (i = 0; i < 2; i++) {
		__real_close(b->stop_pipe[i]);
		__real_close(b->read_pipe[i]);
	}
	arena_free(b->arena);
	policy_free(b->policy);
	free(b);
	world = NULL;
	return 0;
}
