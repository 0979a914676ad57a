/* SPDX-License-Identifier: ISC */
/*
 * greeter: an ssh server that says who it is, hears who asks, and closes. What `make bench` holds ssh-keyscan, check_ssh
 * and vmreaper against: the cost of asking, not of a key exchange. Listens on port 22 of every address; prints
 * "ready"; ends with its standard input.
 */
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char greeting[] = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n";

static void
take_all(int listener, int loop)
{
	struct epoll_event e = {.events = EPOLLIN};

	while ((e.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		(void)send(e.data.fd, greeting, strlen(greeting), MSG_NOSIGNAL);
		if (epoll_ctl(loop, EPOLL_CTL_ADD, e.data.fd, &e) != 0)
			close(e.data.fd);
	}
}

/* The asker's own string ends the talk; what comes with it is read, so that closing sends no reset. */
static void
hear(int fd)
{
	char buf[1024];
	ssize_t n, last = 0;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		last = n;
	if (n < 0 && errno == EAGAIN && last == 0)
		return;
	close(fd);
}

int
main(void)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(22)};
	struct epoll_event e = {.events = EPOLLIN}, events[256];
	struct rlimit files;
	int listener, loop, on = 1, n, i;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	(void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	loop = epoll_create1(0);
	e.data.fd = listener;
	if (bind(listener, (const struct sockaddr *)&any, sizeof(any)) != 0 ||
	    listen(listener, 65535) != 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &e) != 0)
		err(1, "port 22");
	e.data.fd = STDIN_FILENO;
	if (epoll_ctl(loop, EPOLL_CTL_ADD, STDIN_FILENO, &e) != 0)
		err(1, "standard input must be a pipe");
	puts("ready");
	fflush(stdout);
	while ((n = epoll_wait(loop, events, 256, -1)) >= 0 || errno == EINTR)
		for (i = 0; i < n; i++) {
			if (events[i].data.fd == STDIN_FILENO)
				return 0;
			if (events[i].data.fd == listener)
				take_all(listener, loop);
			else
				hear(events[i].data.fd);
		}
	return 1;
}
