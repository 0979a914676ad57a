/* SPDX-License-Identifier: ISC */
/*
 * measure [-i FILE] [-o FILE] COMMAND...: run it (its input from FILE, its output to FILE or thrown away), and print one
 * line: CPU seconds (user and system, children that it waited for included), wall seconds, peak resident memory in MiB.
 * Exit status: the command's.
 */
#include <linux/close_range.h>
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
	const char *in = NULL, *out = "/dev/null";
	struct timespec from, to;
	struct rusage ru;
	int status, fd, c;
	pid_t pid;

	while ((c = getopt(argc, argv, "+i:o:")) != -1) {
		if (c == 'i')
			in = optarg;
		else if (c == 'o')
			out = optarg;
		else
			return 3;
	}
	if (optind >= argc)
		return 3;
	clock_gettime(CLOCK_MONOTONIC, &from);
	pid = fork();
	if (pid == 0) {
		if (in != NULL && ((fd = open(in, O_RDONLY)) < 0 || dup2(fd, STDIN_FILENO) < 0))
			_exit(127);
		if ((fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0 ||
		    dup2(fd, STDOUT_FILENO) < 0)
			_exit(127);
		/* ssh-keyscan gives up where descriptors of ours take its places */
		(void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
		execvp(argv[optind], argv + optind);
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
