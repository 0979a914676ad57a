/* SPDX-License-Identifier: ISC */
/*
 * Handing results over where nobody takes them: each way in which a command file or an API can fail, one clear line
 * for each, and never a wait without end.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "command/push.h"
#include "tmpdir.h"

struct box {
	char dir[64], pipe[96], auth[96];
	struct policy *p;
	struct fault faults[PUSH_TARGETS];
};

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));
	FILE *fp;

	assert_non_null(b);
	snprintf(b->dir, sizeof(b->dir), "%s/push.XXXXXX", tmp_dir());
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->pipe, sizeof(b->pipe), "%s/nagios.cmd", b->dir);
	snprintf(b->auth, sizeof(b->auth), "%s/icinga.auth", b->dir);
	fp = fopen(b->auth, "w");
	assert_non_null(fp);
	fputs("root:secret-word\n", fp);
	fclose(fp);
	assert_int_equal(chmod(b->auth, 0600), 0);
	b->p = policy_default();
	b->p->passive.host = "cloud";
	b->p->passive.service = "sweep-demo";
	b->p->passive.timeout_ms = 1000;
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;
	char command[96];

	policy_free(b->p);
	snprintf(command, sizeof(command), "rm -rf '%s'", b->dir);
	free(b);
	return system(command);
}

static int
push(struct box *b)
{
	return push_result(b->p, STATE_OK, "VMREAPER OK - fine | a=1\nline", b->faults);
}

/* It failed, and the one line says so; doctor says the same. */
static void
fails(struct box *b, const char *text)
{
	enum push_target target = b->p->passive.icinga_url != NULL ? PUSH_ICINGA : PUSH_NAGIOS;
	struct fault f = {.kind = FAULT_NONE};

	assert_int_equal(push(b), 1);
	if (strstr(b->faults[0].msg, text) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", b->faults[0].msg, text);
	assert_true(b->faults[0].remedy[0] != '\0');
	assert_null(strstr(b->faults[0].msg, "secret-word"));
	assert_int_equal(push_look(b->p, target, &f), -1);
	assert_non_null(strstr(f.msg, text));
}

static void
command_files_that_are_none(void **state)
{
	struct box *b = *state;
	struct stat st;
	int fd;

	b->p->passive.nagios_command_file = b->pipe;
	fails(b, "nagios.cmd: No such file or directory");
	assert_int_equal(stat(b->pipe, &st), -1); /* none was made */
	fd = open(b->pipe, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "precious", 8), 8);
	close(fd);
	fails(b, "nagios.cmd is not a pipe");
	assert_int_equal(stat(b->pipe, &st), 0);
	assert_int_equal(st.st_size, 8);
	unlink(b->pipe);
	assert_int_equal(mkfifo(b->pipe, 0600), 0);
	fails(b, "nagios.cmd: nobody reads it");
	b->p->passive.nagios_command_file = b->dir;
	fails(b, "is not a pipe");
	b->p->passive.nagios_command_file = "/dev/null";
	fails(b, "/dev/null is not a pipe");
}

static void
a_line_goes_through_the_pipe(void **state)
{
	struct box *b = *state;
	char buf[512];
	long long when;
	int fd, at = 0;
	ssize_t n;

	b->p->passive.nagios_command_file = b->pipe;
	assert_int_equal(mkfifo(b->pipe, 0600), 0);
	fd = open(b->pipe, O_RDONLY | O_NONBLOCK);
	assert_int_equal(push(b), 0);
	n = read(fd, buf, sizeof(buf) - 1);
	assert_true(n > 0);
	buf[n] = '\0';
	assert_int_equal(sscanf(buf, "[%lld]%n", &when, &at), 1);
	assert_true(when >= clock_wall_s() - 60);
	assert_string_equal(buf + at, " PROCESS_SERVICE_CHECK_RESULT;cloud;sweep-demo;0;"
				      "VMREAPER OK - fine | a=1\\nline\n");
	assert_int_equal(push_look(b->p, PUSH_NAGIOS, b->faults), 0);
	close(fd);
}

static void
a_full_pipe_is_no_trap(void **state)
{
	struct box *b = *state;
	char junk[4096];
	int64_t begun;
	int fd, fill;

	memset(junk, 'x', sizeof(junk));
	b->p->passive.nagios_command_file = b->pipe;
	assert_int_equal(mkfifo(b->pipe, 0600), 0);
	fd = open(b->pipe, O_RDONLY | O_NONBLOCK);
	fill = open(b->pipe, O_WRONLY | O_NONBLOCK);
	while (write(fill, junk, sizeof(junk)) > 0)
		;
	begun = clock_mono_ns();
	assert_int_equal(push(b), 1);
	assert_non_null(strstr(b->faults[0].msg, "is full: Nagios does not read it"));
	assert_true(clock_mono_ns() - begun < 30 * (int64_t)1000000000);
	close(fill);
	close(fd);
}

static void
apis_that_are_none(void **state)
{
	struct box *b = *state;

	b->p->passive.icinga_auth_file = b->auth;
	b->p->passive.icinga_url = "https://127.0.0.1:1";
	fails(b, "127.0.0.1");
	assert_non_null(strstr(b->faults[0].remedy, "[passive] icinga_url"));
	assert_int_equal(chmod(b->auth, 0644), 0);
	fails(b, "is open to others");
	unlink(b->auth);
	fails(b, "icinga.auth: No such file");
}

static void
one_that_fails_does_not_keep_the_other(void **state)
{
	struct box *b = *state;
	char buf[512];
	int fd;

	b->p->passive.icinga_auth_file = b->auth;
	b->p->passive.icinga_url = "https://127.0.0.1:1";
	b->p->passive.nagios_command_file = b->pipe;
	assert_int_equal(mkfifo(b->pipe, 0600), 0);
	fd = open(b->pipe, O_RDONLY | O_NONBLOCK);
	assert_int_equal(push(b), 1);
	assert_non_null(strstr(b->faults[0].msg, "Icinga did not take the result: "));
	assert_true(read(fd, buf, sizeof(buf)) > 0);
	close(fd);
	assert_int_equal(push(b), 2);
	assert_non_null(strstr(b->faults[1].msg, "Nagios did not take the result: "));
}

static void
nothing_is_pushed_unless_asked_for(void **state)
{
	assert_int_equal(push(*state), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(command_files_that_are_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_line_goes_through_the_pipe, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_full_pipe_is_no_trap, setup, teardown),
	    cmocka_unit_test_setup_teardown(apis_that_are_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		one_that_fails_does_not_keep_the_other, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		nothing_is_pushed_unless_asked_for, setup, teardown),
	};

	return cmocka_run_group_tests_name("push", tests, NULL, NULL);
}
