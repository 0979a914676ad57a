/* SPDX-License-Identifier: ISC */
/*
 * test_hook: programs that do as they should, and programs that hang, flood, die, fork, or are not there
 * (reapers.md D.2, 56). Real processes and the real clock; each ends with its test.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "act/hook.h"

struct box {
	char dir[64], hook[80], out[80];
	struct fault f;
};

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));

	strcpy(b->dir, "/tmp/vmreaper-hook.XXXXXX");
	if (mkdtemp(b->dir) == NULL)
		return -1;
	snprintf(b->hook, sizeof(b->hook), "%s/hook", b->dir);
	snprintf(b->out, sizeof(b->out), "%s/out", b->dir);
	signal(SIGPIPE, SIG_IGN);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	unlink(b->hook);
	unlink(b->out);
	rmdir(b->dir);
	free(b);
	return 0;
}

/* A hook of these lines; $OUT in them is a file of the test's. */
static void
write_hook(struct box *b, const char *lines)
{
	FILE *fp = fopen(b->hook, "w");

	assert_non_null(fp);
	fprintf(fp, "#!/bin/sh\nOUT=%s\n%s\n", b->out, lines);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(b->hook, 0755), 0);
}

static int
run(struct box *b, const char *lines, const char *input, int64_t timeout_s)
{
	const char *const argv[] = {b->hook, "notice", "42", NULL};

	write_hook(b, lines);
	memset(&b->f, 0, sizeof(b->f));
	return hook_run(argv, input, strlen(input), timeout_s, NULL, &b->f);
}

static char *
written(struct box *b)
{
	static char buf[4096];
	FILE *fp = fopen(b->out, "r");
	size_t n;

	assert_non_null(fp);
	n = fread(buf, 1, sizeof(buf) - 1, fp);
	buf[n] = '\0';
	fclose(fp);
	return buf;
}

static void
it_gets_its_arguments_and_its_input(void **state)
{
	struct box *b = *state;

	assert_int_equal(
	    run(b, "{ echo \"$#:$1:$2\"; cat; } > $OUT", "{\"a\": \"`id` $(id)\"}", 20), 0);
	assert_string_equal(written(b), "2:notice:42\n{\"a\": \"`id` $(id)\"}");
}

/* Nothing of ours but what it needs: no environment, no descriptor. */
static void
it_gets_nothing_else(void **state)
{
	struct box *b = *state;
	int fd = dup(2);

	assert_true(fd > 2);
	setenv("ONE_AUTH", "/secret", 1);
	setenv("TZ", "Europe/Paris", 1);
	assert_int_equal(run(b, "{ env | sort; ls /proc/$$/fd; } > $OUT", "", 20), 0);
	assert_null(strstr(written(b), "ONE_AUTH"));
	assert_non_null(strstr(written(b), "PATH="));
	assert_non_null(strstr(written(b), "TZ=Europe/Paris\n"));
	/* 0, 1, 2, and the script itself where the shell keeps it (10 or 255) */
	assert_non_null(strstr(written(b), "\n0\n1\n"));
	for (int n = 3; n < 10; n++) {
		char line[16];

		snprintf(line, sizeof(line), "\n%d\n", n);
		assert_null(strstr(written(b), line));
	}
	unsetenv("ONE_AUTH");
	unsetenv("TZ");
	close(fd);
}

/* A parent that ignores SIGCHLD hands that down: the end of a hook is not seen then, and no end is no success. */
static void
an_end_that_is_not_seen_is_no_success(void **state)
{
	struct box *b = *state;
	void (*before)(int) = signal(SIGCHLD, SIG_IGN);
	int failed = run(b, "exit 75", "", 20), well = run(b, "exit 0", "", 20);

	signal(SIGCHLD, before);
	assert_int_equal(failed, -1);
	assert_int_equal(well, -1);
	assert_non_null(strstr(b->f.msg, "its end could not be seen"));
	assert_int_equal(run(b, "exit 0", "", 20), 0);
}

static void
its_exit_status_decides(void **state)
{
	struct box *b = *state;

	assert_int_equal(run(b, "exit 0", "x", 20), 0);
	assert_int_equal(run(b, "echo no such mailbox >&2; echo more; exit 3", "x", 20), -1);
	assert_non_null(strstr(b->f.msg, "exit status 3: no such mailbox"));
	assert_null(strstr(b->f.msg, "more"));
	assert_int_equal(run(b, "kill -9 $$", "x", 20), -1);
	assert_non_null(strstr(b->f.msg, "killed by signal 9"));
	assert_int_equal(run(b, "printf '\\033[31mred\\nx|y'; exit 1", "x", 20), -1);
	assert_non_null(strstr(b->f.msg, "exit status 1: ?[31mred"));
	assert_null(strchr(b->f.msg, '\033'));
}

/* It need not read what it gets, however much that is, nor end with its output. */
static void
it_may_ignore_its_input(void **state)
{
	struct box *b = *state;
	char *big = malloc(1 << 20);

	memset(big, 'x', (1 << 20) - 1);
	big[(1 << 20) - 1] = '\0';
	assert_int_equal(run(b, "exit 0", big, 20), 0);
	assert_int_equal(run(b, "exec <&- >&- 2>&-; exit 4", big, 20), -1);
	assert_non_null(strstr(b->f.msg, "exit status 4"));
	assert_int_equal(run(b, "wc -c > $OUT", big, 20), 0);
	assert_int_equal(atoi(written(b)), (1 << 20) - 1);
	free(big);
}

static void
a_flood_is_thrown_away(void **state)
{
	struct box *b = *state;

	assert_int_equal(run(b, "yes | head -c 20000000; exit 1", "x", 60), -1);
	assert_non_null(strstr(b->f.msg, "exit status 1: y"));
	assert_true(strlen(b->f.msg) < 400);
	assert_int_equal(run(b, "tr '\\0' a < /dev/zero | head -c 5000000", "x", 60), 0);
}

/* True when no process of that number is left (or only one that waits to be reaped by init). */
static bool
is_gone(pid_t pid)
{
	char path[64], line[512] = "";
	FILE *fp;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fp = fopen(path, "r");
	if (fp == NULL)
		return true;
	if (fgets(line, sizeof(line), fp) == NULL)
		line[0] = '\0';
	fclose(fp);
	return line[0] == '\0' || strstr(line, ") Z") != NULL || strstr(line, ") X") != NULL;
}

/* The signal is sent before hook_run returns; the kernel may take a moment to let the process die. */
static bool
is_gone_soon(pid_t pid)
{
	for (int i = 0; i < 5000; i++) {
		if (is_gone(pid))
			return true;
		usleep(1000);
	}
	return false;
}

static void
one_that_hangs_is_killed_with_its_children(void **state)
{
	struct box *b = *state;
	long shell = 0, child = 0;

	assert_int_equal(
	    run(b, "trap '' TERM; sleep 1000 & echo $$ $! > $OUT; echo waiting; wait", "x", 3),
	    -1);
	assert_non_null(strstr(b->f.msg, "did not end within 3 s: waiting"));
	assert_int_equal(sscanf(written(b), "%ld %ld", &shell, &child), 2);
	assert_true(is_gone_soon((pid_t)shell));
	assert_true(is_gone_soon((pid_t)child));
	assert_int_equal(run(b, "exec >&- 2>&- <&-; exec sleep 1000", "x", 1), -1);
	assert_non_null(strstr(b->f.msg, "did not end"));
}

/* It has ended well: what it left to do in the background goes on, and nobody waits for it. */
static void
what_it_left_behind_may_go_on(void **state)
{
	struct box *b = *state;
	long child = 0;

	assert_int_equal(run(b, "sleep 1000 & echo $! > $OUT", "x", 60), 0);
	assert_int_equal(sscanf(written(b), "%ld", &child), 1);
	assert_int_equal(kill((pid_t)child, 0), 0);
	assert_int_equal(kill((pid_t)child, SIGKILL), 0);
	assert_true(is_gone_soon((pid_t)child));
}

static void
a_stop_ends_it(void **state)
{
	struct box *b = *state;
	const char *const argv[] = {b->hook, NULL};
	const volatile bool stop = true;

	write_hook(b, "sleep 1000");
	assert_int_equal(hook_run(argv, "", 0, 60, &stop, &b->f), -1);
	assert_non_null(strstr(b->f.msg, "stopped by a signal"));
}

static void
one_that_anybody_may_change_is_not_run(void **state)
{
	struct box *b = *state;
	const char *const argv[] = {b->hook, NULL}, *const dir[] = {b->dir, NULL};

	assert_int_equal(hook_run(argv, "", 0, 20, NULL, &b->f), -1);
	assert_non_null(strstr(b->f.msg, "No such file"));
	assert_int_equal(hook_run(dir, "", 0, 20, NULL, &b->f), -1);
	assert_non_null(strstr(b->f.msg, "not a program"));
	write_hook(b, "touch $OUT");
	chmod(b->hook, 0644);
	assert_int_equal(hook_run(argv, "", 0, 20, NULL, &b->f), -1);
	assert_non_null(strstr(b->f.msg, "not a program"));
	chmod(b->hook, 0775);
	assert_int_equal(hook_run(argv, "", 0, 20, NULL, &b->f), -1);
	assert_non_null(strstr(b->f.msg, "can be changed by others"));
	assert_non_null(strstr(b->f.remedy, "chmod go-w"));
	assert_int_equal(access(b->out, F_OK), -1);
	chmod(b->hook, 0755);
	assert_int_equal(hook_run(argv, "", 0, 20, NULL, &b->f), 0);
	assert_int_equal(access(b->out, F_OK), 0);
}

static void
a_broken_interpreter_is_an_error(void **state)
{
	struct box *b = *state;
	const char *const argv[] = {b->hook, NULL};
	FILE *fp = fopen(b->hook, "w");

	assert_non_null(fp);
	fputs("#!/no/such/interpreter\n", fp);
	fclose(fp);
	chmod(b->hook, 0755);
	assert_int_equal(hook_run(argv, "x", 1, 20, NULL, &b->f), -1);
	/* valgrind does not survive an execve that fails, and ends the child in its own way */
	if (getenv("LD_PRELOAD") == NULL)
		assert_non_null(strstr(b->f.msg, "exit status 127: No such file"));
	else
		assert_non_null(strstr(b->f.msg, b->hook));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(it_gets_its_arguments_and_its_input),
	    TEST(it_gets_nothing_else),
	    TEST(its_exit_status_decides),
	    TEST(an_end_that_is_not_seen_is_no_success),
	    TEST(it_may_ignore_its_input),
	    TEST(a_flood_is_thrown_away),
	    TEST(one_that_hangs_is_killed_with_its_children),
	    TEST(what_it_left_behind_may_go_on),
	    TEST(a_stop_ends_it),
	    TEST(one_that_anybody_may_change_is_not_run),
	    TEST(a_broken_interpreter_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
