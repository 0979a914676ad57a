/* SPDX-License-Identifier: ISC */
/*
 * hook: runs what the policy names, a hook or a sendmail; hides fork, pipes and process groups. It must come back in time, whatever the program does: hang, flood,
 * close its descriptors, die, or leave children behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/hook.h"
#include "base/clock.h"
#include "base/text.h"

#define WITHOUT_PIDFD_MS 20
#define FIRST_LINE	 160 /* bytes of its output that are kept for the message */
#define ENV_MAX		 8

struct hook {
	const char *path;
	pid_t pid;
	int in, out, pidfd; /* our ends; -1: closed; no pidfd before Linux 5.3 */
	bool ended; /* waited for: status is its own */
	bool unseen; /* it has ended, and nobody can say how */
	int status;
	const char *input;
	size_t len, written;
	char said[FIRST_LINE];
	size_t n_said;
	int64_t deadline_ns;
};

int
hook_check(const char *path, struct fault *f)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		fault_set(f, FAULT_POLICY, "%s: %s", path, strerror(errno));
		return fault_remedy(f, "name a program that is there");
	}
	if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0) {
		fault_set(f, FAULT_POLICY, "%s is not a program that may be run", path);
		return fault_remedy(f, "chmod 755 %s, or name the right file", path);
	}
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & 0022) != 0) {
		fault_set(f, FAULT_POLICY, "%s can be changed by others (owner %lu, mode %04o)",
		    path, (unsigned long)st.st_uid, (unsigned)st.st_mode & 07777);
		return fault_remedy(f, "chown root %s && chmod go-w %s", path, path);
	}
	return 0;
}

static void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static const char *
env_line(char *buf, size_t size, const char *name, const char *fallback)
{
	const char *value = getenv(name);

	if (value == NULL)
		value = fallback;
	if (value == NULL || (size_t)snprintf(buf, size, "%s=%s", name, value) >= size)
		return NULL;
	return buf;
}

/* In the child: only calls that are safe between fork and exec, but for snprintf and getenv (we have one thread). */
static void __attribute__((noreturn)) child_run(const char *const argv[], int in, int out)
{
	static const char *const names[][2] = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"},
	    {"LANG", "C.UTF-8"}, {"HOME", "/"}, {"LOGNAME", NULL}, {"TZ", NULL}};
	char lines[ENV_MAX][1024], *env[ENV_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (env_line(lines[n], sizeof(lines[n]), names[i][0], names[i][1]) != NULL) {
			env[n] = lines[n];
			n++;
		}
	}
	env[n] = NULL;
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	close_range(3, ~0u, 0);
	execve(argv[0], (char *const *)(uintptr_t)argv, env);
	dprintf(2, "%s\n", strerror(errno));
	_exit(127);
}

static int
hook_start(struct hook *h, const char *const argv[], struct fault *f)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, rc = -1;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		goto out;
	h->pid = fork();
	if (h->pid == 0)
		child_run(argv, in[0], out[1]);
	if (h->pid < 0)
		goto out;
	setpgid(h->pid, h->pid); /* whoever comes first */
	h->in = in[1];
	h->out = out[0];
	in[1] = out[0] = -1;
	h->pidfd = pidfd_open(h->pid, 0);
	if (fcntl(h->in, F_SETFL, O_NONBLOCK) == 0 && fcntl(h->out, F_SETFL, O_NONBLOCK) == 0)
		rc = 0;
out:
	if (rc != 0)
		fault_set(
		    f, FAULT_SYSTEM, "%s: cannot be started: %s", h->path, strerror(errno));
	fd_close(&in[0]);
	fd_close(&in[1]);
	fd_close(&out[0]);
	fd_close(&out[1]);
	return rc;
}

static void
hook_write(struct hook *h)
{
	ssize_t n = write(h->in, h->input + h->written, h->len - h->written);

	if (n > 0)
		h->written += (size_t)n;
	/* a hook need not read its input: EPIPE is no error (SIGPIPE is ignored by our programs) */
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || h->written == h->len)
		fd_close(&h->in);
}

static void
hook_read(struct hook *h)
{
	char buf[4096];
	ssize_t n = read(h->out, buf, sizeof(buf));
	size_t room = sizeof(h->said) - 1 - h->n_said;

	if (n > 0) {
		memcpy(h->said + h->n_said, buf, (size_t)n < room ? (size_t)n : room);
		h->n_said += (size_t)n < room ? (size_t)n : room;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		fd_close(&h->out);
	}
}

static bool
hook_has_ended(struct hook *h)
{
	while (!h->ended) {
		pid_t pid = waitpid(h->pid, &h->status, WNOHANG);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid == 0)
			break;
		h->unseen = pid < 0;
		h->ended = true;
	}
	return h->ended;
}

/* How long may be waited for the next event: without a pidfd its end is none, and has to be looked for. */
static int
hook_patience_ms(const struct hook *h)
{
	/* a signal that comes right before the poll must not be forgotten until the deadline */
	int64_t left_ms = (h->deadline_ns - clock_mono_ns()) / 1000000, most_ms = 1000;

	if (h->pidfd < 0)
		most_ms = WITHOUT_PIDFD_MS;
	return (int)(left_ms < 0 ? 0 : left_ms < most_ms ? left_ms : most_ms);
}

/* Serve its pipes until it ends. Returns 0, or -1 when the time is up or *stop is set. */
static int
hook_serve(struct hook *h, const volatile bool *stop)
{
	struct pollfd fds[3];

	while (!hook_has_ended(h)) {
		if (clock_mono_ns() >= h->deadline_ns || (stop != NULL && *stop))
			return -1;
		fds[0] = (struct pollfd){.fd = h->pidfd, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = h->in, .events = POLLOUT};
		fds[2] = (struct pollfd){.fd = h->out, .events = POLLIN};
		if (poll(fds, 3, hook_patience_ms(h)) < 0)
			continue; /* EINTR: *stop is looked at again */
		if (h->in >= 0 && fds[1].revents != 0)
			hook_write(h);
		if (h->out >= 0 && fds[2].revents != 0)
			hook_read(h);
	}
	if (h->out >= 0)
		hook_read(h); /* its last words */
	return 0;
}

/* Its first line, made harmless: ": line", or "". */
static const char *
hook_said(struct hook *h, char *buf, size_t size)
{
	char safe[FIRST_LINE];

	h->said[h->n_said] = '\0';
	h->said[strcspn(h->said, "\r\n")] = '\0';
	snprintf(buf, size, "%s%s", h->said[0] != '\0' ? ": " : "",
	    text_safe(safe, sizeof(safe), TEXT_TERM, h->said));
	return buf;
}

static int
hook_verdict(
    struct hook *h, bool in_time, int64_t timeout_s, const volatile bool *stop, struct fault *f)
{
	char said[FIRST_LINE + 8];

	hook_said(h, said, sizeof(said));
	if (!in_time && stop != NULL && *stop)
		return fault_set(f, FAULT_STATE, "%s: stopped by a signal", h->path);
	if (!in_time)
		return fault_set(f, FAULT_STATE, "%s: did not end within %lld s%s", h->path,
		    (long long)timeout_s, said);
	if (h->unseen) /* SIGCHLD is ignored, or somebody else has waited: no status is not the status 0 */
		return fault_set(
		    f, FAULT_STATE, "%s: its end could not be seen%s", h->path, said);
	if (WIFEXITED(h->status) && WEXITSTATUS(h->status) == 0)
		return 0;
	if (WIFEXITED(h->status))
		return fault_set(f, FAULT_STATE, "%s: exit status %d%s", h->path,
		    WEXITSTATUS(h->status), said);
	return fault_set(
	    f, FAULT_STATE, "%s: killed by signal %d%s", h->path, WTERMSIG(h->status), said);
}

int
hook_run(const char *const argv[], const char *input, size_t len, int64_t timeout_s,
    const volatile bool *stop, struct fault *f)
{
	struct hook h = {
	    .path = argv[0], .in = -1, .out = -1, .pidfd = -1, .input = input, .len = len};
	int rc = -1;
	bool in_time = false, started;

	if (hook_check(argv[0], f) != 0)
		return -1;
	h.deadline_ns = clock_mono_ns() + timeout_s * 1000000000;
	started = hook_start(&h, argv, f) == 0;
	if (started)
		in_time = hook_serve(&h, stop) == 0;
	/* Not waited for, so the numbers are still its own. What one that ended well left behind may go on: a mail
	 * that is being delivered. */
	if (h.pid > 0 && !h.ended) {
		kill(-h.pid, SIGKILL);
		kill(h.pid, SIGKILL);
		while (waitpid(h.pid, &h.status, 0) < 0 && errno == EINTR)
			;
	}
	if (started)
		rc = hook_verdict(&h, in_time, timeout_s, stop, f);
	fd_close(&h.in);
	fd_close(&h.out);
	fd_close(&h.pidfd);
	return rc;
}
