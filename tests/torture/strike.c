/* SPDX-License-Identifier: ISC */
/*
 * strike: run a command and end it with SIGKILL at one of its system calls, before the kernel does it or after.
 *
 *	strike [--only NAME,...] [--log FILE] --count COMMAND [ARGUMENT]...
 *	strike [--only NAME,...] [--log FILE] --at N --when before|after COMMAND [ARGUMENT]...
 *
 * Calls are counted from 1, in all threads of the command, from its exec on; with --only those of the names given
 * (table below). openat counts as "create", and only when it may create a file. FILE gets a line for each call that was counted
 * ("N NAME"), the last one being the one at which the command was struck.
 *
 * Exit status: 0 struck (or counted), 3 the command ended by itself earlier, 2 usage, 1 the tracing failed. Other
 * processes that the command starts are left alone, as a crash of the command would leave them.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STRUCK 0
#define ENDED  3

/* clang-format off */
static const struct call_name {
	const char *name; /* several numbers may have one: their difference tells nothing here */
	uint64_t number;
} names[] = {
	{"write", SYS_write}, {"write", SYS_writev}, {"write", SYS_pwrite64},
	{"write", SYS_pwritev}, {"sync", SYS_fsync}, {"sync", SYS_fdatasync},
	{"truncate", SYS_ftruncate}, {"truncate", SYS_fallocate}, {"fchmod", SYS_fchmod},
	{"fchown", SYS_fchown}, {"flock", SYS_flock}, {"rename", SYS_renameat},
	{"rename", SYS_renameat2}, {"unlink", SYS_unlinkat}, {"create", SYS_openat},
	{"socket", SYS_socket}, {"connect", SYS_connect}, {"send", SYS_sendto},
	{"send", SYS_sendmsg}, {"send", SYS_sendmmsg}, {"receive", SYS_recvfrom},
	{"receive", SYS_recvmsg},
#ifdef SYS_rename /* newer machines have only the calls that take a directory */
	{"rename", SYS_rename}, {"unlink", SYS_unlink},
#endif
};
/* clang-format on */
#define N_NAMES (sizeof(names) / sizeof(names[0]))

struct strike {
	bool only[N_NAMES], any; /* any: no --only */
	bool after, counting; /* counting: strike nothing */
	uint64_t at, n;
	pid_t pid; /* the command */
	pid_t at_tid; /* the thread that is in call number `at`; 0: none yet */
	bool begun, struck;
	FILE *log;
};

static int
usage(void)
{
	fputs("usage: strike [--only NAME,...] [--log FILE] --count COMMAND...\n"
	      "       strike [--only NAME,...] [--log FILE] --at N --when before|after "
	      "COMMAND...\n",
	    stderr);
	return 2;
}

/* The names given; an unknown one is an error: a typing mistake must not strike less. */
static int
read_only(struct strike *s, char *list)
{
	char *save, *word;
	size_t i;
	bool found;

	s->any = false;
	for (word = strtok_r(list, ",", &save); word != NULL;
	     word = strtok_r(NULL, ",", &save)) {
		found = false;
		for (i = 0; i < N_NAMES; i++)
			if (strcmp(names[i].name, word) == 0)
				s->only[i] = found = true;
		if (!found) {
			warnx("no call %s in the table", word);
			return -1;
		}
	}
	return 0;
}

/* Its row in the table, or N_NAMES. An openat that cannot create is no "create". */
static size_t
row_of(const struct __ptrace_syscall_info *info)
{
	size_t i;

	for (i = 0; i < N_NAMES; i++)
		if (names[i].number == info->entry.nr)
			break;
	if (info->entry.nr == SYS_openat && (info->entry.args[2] & O_CREAT) == 0)
		return N_NAMES;
	return i;
}

static void
end_command(struct strike *s)
{
	s->struck = true;
	if (kill(s->pid, SIGKILL) != 0)
		err(1, "kill");
}

/* A thread is about to enter a call, or has come back from one. */
static void
at_call(struct strike *s, pid_t tid)
{
	struct __ptrace_syscall_info info;
	size_t row;

	memset(&info, 0, sizeof(info));
	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0) {
		if (errno == ESRCH) /* struck by somebody else: its end will be seen */
			return;
		err(1, "PTRACE_GET_SYSCALL_INFO");
	}
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && tid == s->at_tid)
		end_command(s);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !s->begun || s->struck)
		return;
	row = row_of(&info);
	if (!s->any && (row == N_NAMES || !s->only[row]))
		return;
	s->n++;
	if (s->log != NULL && s->at_tid == 0) {
		if (row < N_NAMES)
			fprintf(s->log, "%llu %s\n", (unsigned long long)s->n, names[row].name);
		else
			fprintf(s->log, "%llu call-%llu\n", (unsigned long long)s->n,
			    (unsigned long long)info.entry.nr);
	}
	if (s->counting || s->n != s->at)
		return;
	if (s->after)
		s->at_tid = tid;
	else
		end_command(s);
}

/* One stop of one thread; *sig is what it gets when it goes on. */
static void
at_stop(struct strike *s, pid_t tid, int status, int *sig)
{
	int event = status >> 16;

	*sig = 0;
	if (WSTOPSIG(status) == (SIGTRAP | 0x80))
		at_call(s, tid);
	else if (event == PTRACE_EVENT_EXEC)
		s->begun = true;
	else if (event == 0)
		*sig = WSTOPSIG(status);
}

/* Until every thread has ended. Returns the wait status of the command. */
static int
trace(struct strike *s)
{
	int status, sig, last = 0;
	pid_t tid;

	for (;;) {
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0 && errno == ECHILD)
			return last;
		if (tid < 0)
			err(1, "waitpid");
		if (!WIFSTOPPED(status)) {
			if (tid == s->pid)
				last = status;
			continue;
		}
		at_stop(s, tid, status, &sig);
		/* Once struck a thread stays where it is: the signal alone takes it away. */
		if (!s->struck && ptrace(PTRACE_SYSCALL, tid, NULL, sig) != 0 && errno != ESRCH)
			err(1, "PTRACE_SYSCALL");
	}
}

/* On one processor, with the command: two that wait for each other gain nothing by two, and lose much time. */
static void
stay_here(void)
{
	cpu_set_t here;
	int cpu = sched_getcpu();

	CPU_ZERO(&here);
	if (cpu >= 0 && cpu < CPU_SETSIZE) {
		CPU_SET(cpu, &here);
		sched_setaffinity(0, sizeof(here), &here);
	}
}

static int
start(struct strike *s, char **argv)
{
	int fds[2];
	char go;

	stay_here();
	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	s->pid = fork();
	if (s->pid < 0)
		return -1;
	if (s->pid == 0) {
		close(fds[1]);
		if (read(fds[0], &go, 1) == 1)
			execvp(argv[0], argv);
		warn("%s", argv[0]);
		_exit(127);
	}
	close(fds[0]);
	if (ptrace(PTRACE_SEIZE, s->pid, NULL,
		PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
		    PTRACE_O_EXITKILL) != 0 ||
	    ptrace(PTRACE_INTERRUPT, s->pid, NULL, NULL) != 0 || write(fds[1], "g", 1) != 1) {
		kill(s->pid, SIGKILL);
		return -1;
	}
	close(fds[1]);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"only", required_argument, NULL, 'o'},
	    {"log", required_argument, NULL, 'l'}, {"at", required_argument, NULL, 'n'},
	    {"when", required_argument, NULL, 'w'}, {"count", no_argument, NULL, 'c'},
	    {NULL, 0, NULL, 0}};
	struct strike s = {.any = true};
	const char *when = NULL;
	int c, status;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'o' && read_only(&s, optarg) != 0)
			return usage();
		if (c == 'l' && (s.log = fopen(optarg, "we")) == NULL)
			err(1, "%s", optarg);
		if (c == 'n')
			s.at = strtoull(optarg, NULL, 10);
		if (c == 'w')
			when = optarg;
		if (c == 'c')
			s.counting = true;
		if (c == '?')
			return usage();
	}
	if (optind == argc || s.counting != (s.at == 0) || s.counting != (when == NULL) ||
	    (when != NULL && strcmp(when, "before") != 0 && strcmp(when, "after") != 0))
		return usage();
	s.after = when != NULL && strcmp(when, "after") == 0;
	if (start(&s, argv + optind) != 0)
		err(1, "%s", argv[optind]);
	status = trace(&s);
	if (s.log != NULL && fclose(s.log) != 0)
		err(1, "writing the log");
	if (!s.begun)
		return 1;
	if (s.counting)
		return WIFEXITED(status) ? 0 : 1;
	/* killed by us, not on its own way out at the same moment */
	return s.struck && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? STRUCK : ENDED;
}
