/* SPDX-License-Identifier: ISC */
/*
 * names: getnameinfo in a few child processes, as it cannot be bounded from within: a resolver that does not
 * answer holds its caller for half a minute per address. Children write whole records into one pipe; who is late
 * is ended. The answers are hostile: only what looks like a host name is taken.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/names.h"

#define CHILDREN 8

struct record {
	size_t i;
	char name[NAMES_SIZE];
};
_Static_assert(sizeof(struct record) <= 512, "written whole (POSIX PIPE_BUF)");

static socklen_t
to_sockaddr(const struct addr *a, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (a->family == 4) {
		in->sin_family = AF_INET;
		memcpy(&in->sin_addr, a->b, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	memcpy(&in6->sin6_addr, a->b, 16);
	return sizeof(*in6);
}

/* One child: every CHILDREN-th address from first on. */
static void
look_up(const struct addr *addrs, size_t n, size_t first, int fd)
{
	struct sockaddr_storage ss;
	struct record r;
	socklen_t len;
	size_t i;

	signal(SIGPIPE, SIG_DFL);
	setenv("RES_OPTIONS", "timeout:1 attempts:2", 1);
	for (i = first; i < n; i += CHILDREN) {
		if (addrs[i].family == 0)
			continue;
		memset(&r, 0, sizeof(r));
		r.i = i;
		len = to_sockaddr(&addrs[i], &ss);
		if (getnameinfo((struct sockaddr *)&ss, len, r.name, sizeof(r.name), NULL, 0,
			NI_NAMEREQD) == 0 &&
		    write(fd, &r, sizeof(r)) != (ssize_t)sizeof(r))
			break;
	}
}

static bool
is_host_name(const char *s)
{
	return *s != '\0' && *s != '-' &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789._-")] == '\0';
}

/* Records until every child has closed its end, or the time is over. */
static void
collect(int fd, size_t n, int64_t deadline_ns, char (*names)[NAMES_SIZE])
{
	struct record r;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left;
	ssize_t got;

	for (;;) {
		left = (deadline_ns - clock_mono_ns()) / 1000000;
		if (left <= 0)
			return;
		p.revents = 0; /* an interrupted poll leaves the last ones */
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return;
		if (p.revents == 0)
			continue;
		got = read(fd, &r, sizeof(r));
		if (got != (ssize_t)sizeof(r))
			return;
		r.name[NAMES_SIZE - 1] = '\0';
		if (r.i < n && is_host_name(r.name))
			memcpy(names[r.i], r.name, NAMES_SIZE);
	}
}

void
names_find(const struct addr *addrs, size_t n, int64_t deadline_ms, char (*names)[NAMES_SIZE])
{
	int64_t deadline_ns = clock_mono_ns() + deadline_ms * 1000000;
	pid_t children[CHILDREN];
	size_t i, started = 0;
	int fds[2];

	memset(names, 0, n * NAMES_SIZE);
	if (n == 0 || pipe(fds) != 0)
		return;
	for (i = 0; i < CHILDREN && i < n; i++) {
		children[started] = fork();
		if (children[started] == 0) {
			close(fds[0]);
			look_up(addrs, n, i, fds[1]);
			_exit(0);
		}
		if (children[started] > 0)
			started++;
	}
	close(fds[1]);
	collect(fds[0], n, deadline_ns, names);
	close(fds[0]);
	for (i = 0; i < started; i++) {
		kill(children[i], SIGKILL);
		while (waitpid(children[i], NULL, 0) < 0 && errno == EINTR)
			;
	}
}
