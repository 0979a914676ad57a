/* SPDX-License-Identifier: ISC */
/*
 * measure COMMAND...: run it with its output thrown away, and print one line: CPU seconds (user and system, children
 * that it waited for included), wall seconds, peak resident memory in MiB. Exit status: the command's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	struct timespec from, to;
	struct rusage ru;
	int status, null;
	pid_t pid;

	if (argc < 2)
		return 3;
	clock_gettime(CLOCK_MONOTONIC, &from);
	pid = fork();
	if (pid == 0) {
		null = open("/dev/null", O_RDWR);
		dup2(null, STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &ru) != pid)
		return 3;
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.4f %.4f %.1f\n", seconds(ru.ru_utime) + seconds(ru.ru_stime),
	    (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
	    (double)ru.ru_maxrss / 1024);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}
