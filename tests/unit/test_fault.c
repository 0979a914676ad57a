/* SPDX-License-Identifier: ISC */
/*
 * test_fault: a fault is one harmless line, whatever was put into it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fault.h"
#include "base/text.h"

static void
fault_is_one_harmless_line(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
	    {"plain", "no such machine", "no such machine"},
	    {"newline", "a\nb", "a?b"},
	    {"terminal control", "\x1b]0;x\x07", "?]0;x?"},
	    {"perfdata", "a | b=1", "a / b=1"},
	    {"quotes stay", "key \"x\" isn't", "key \"x\" isn't"},
	    {"bidi override", "\xe2\x80\xae!", "?!"},
	    {"invalid UTF-8", "\xff", "?"},
	    {"a character of two bytes", "\xc3\xa9", "\xc3\xa9"},
	};
	struct fault f = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fault_set(&f, FAULT_GONE, "%s", rows[i].in), -1);
		assert_string_equal(f.msg, rows[i].want);
		assert_int_equal(fault_remedy(&f, "%s", rows[i].in), -1);
		assert_string_equal(f.remedy, rows[i].want);
	}
	assert_int_equal(f.kind, FAULT_GONE);
}

/* Each length once, so that the cut falls on every byte of a character. */
static void
cut_is_shown_and_leaves_whole_characters(void **state)
{
	static const char *const chars[] = {
	    "x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x1b", "\xf3\xa0\x81\x81"};
	char in[4096];
	struct fault f;
	size_t i, len, lead;

	(void)state;
	for (i = 0; i < sizeof(chars) / sizeof(chars[0]); i++)
		for (lead = 0; lead < 4; lead++) {
			memset(in, 'x', lead);
			for (len = lead; len + 5 < sizeof(in); len += strlen(chars[i]))
				memcpy(in + len, chars[i], strlen(chars[i]));
			in[len] = '\0';
			fault_set(&f, FAULT_REPLY, "%s", in);
			fault_remedy(&f, "%s", in);
			assert_true(text_is_clean(f.msg));
			assert_true(text_is_clean(f.remedy));
			assert_in_range(strlen(f.msg), sizeof(f.msg) - 5, sizeof(f.msg) - 1);
			assert_string_equal(f.msg + strlen(f.msg) - 3, "...");
			assert_in_range(
			    strlen(f.remedy), sizeof(f.remedy) - 5, sizeof(f.remedy) - 1);
			assert_string_equal(f.remedy + strlen(f.remedy) - 3, "...");
		}
}

static void
new_fault_forgets_the_old_remedy(void **state)
{
	struct fault f = {0};

	(void)state;
	fault_set(&f, FAULT_AUTH, "wrong password");
	fault_remedy(&f, "write the right one");
	fault_set(&f, FAULT_NETWORK, "no route");
	assert_int_equal(f.kind, FAULT_NETWORK);
	assert_string_equal(f.remedy, "");
}

static void
prefix_says_where(void **state)
{
	char big[600];
	struct fault f = {0};

	(void)state;
	fault_set(&f, FAULT_POLICY, "no unit");
	fault_remedy(&f, "write 7d");
	assert_int_equal(fault_prefix(&f, "%s:%d", "a|b.ini", 12), -1);
	assert_string_equal(f.msg, "a/b.ini:12: no unit");
	assert_string_equal(f.remedy, "write 7d");
	assert_int_equal(f.kind, FAULT_POLICY);
	fault_prefix(&f, "\x1b");
	assert_string_equal(f.msg, "?: a/b.ini:12: no unit");
	/* one that fills the line alone */
	memset(big, 'y', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	fault_prefix(&f, "%s", big);
	assert_int_equal(strlen(f.msg), sizeof(f.msg) - 1);
	assert_string_equal(f.msg + sizeof(f.msg) - 4, "...");
}

static void
own_message_may_be_an_argument(void **state)
{
	struct fault f = {0};

	(void)state;
	fault_set(&f, FAULT_SYSTEM, "disk full");
	fault_set(&f, FAULT_LEDGER, "cannot commit: %s", f.msg);
	assert_string_equal(f.msg, "cannot commit: disk full");
	fault_prefix(&f, "%s", f.msg);
	assert_string_equal(f.msg, "cannot commit: disk full: cannot commit: disk full");
}

static void
nobody_listening_is_fine(void **state)
{
	(void)state;
	assert_int_equal(fault_set(NULL, FAULT_GONE, "%s", "x"), -1);
	assert_int_equal(fault_remedy(NULL, "%s", "x"), -1);
	assert_int_equal(fault_prefix(NULL, "%s", "x"), -1);
}

static void
kinds_have_stable_words(void **state)
{
	static const struct {
		enum fault_kind kind;
		const char *word;
	} rows[] = {
	    {FAULT_NONE, "none"},
	    {FAULT_USAGE, "usage"},
	    {FAULT_POLICY, "policy"},
	    {FAULT_NETWORK, "network"},
	    {FAULT_REPLY, "reply"},
	    {FAULT_AUTH, "auth"},
	    {FAULT_RIGHTS, "rights"},
	    {FAULT_LOCKED, "locked"},
	    {FAULT_GONE, "gone"},
	    {FAULT_STATE, "state"},
	    {FAULT_LEDGER, "ledger"},
	    {FAULT_LIMIT, "limit"},
	    {FAULT_SYSTEM, "system"},
	    {FAULT_IN_DOUBT, "in-doubt"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(fault_kind_str(rows[i].kind), rows[i].word);
}

/* Runs what in a child whose stderr is read into buf; returns its wait status. */
static int
run_child(void (*what)(void), char *buf, size_t size)
{
	const struct rlimit no_core = {0, 0};
	size_t len = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		what();
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
have_a_bug(void)
{
	int machines = -1;

	BUG_ON(machines < 0);
}

static void
have_no_bug(void)
{
	int machines = 1;

	BUG_ON(machines < 0);
}

static void
bug_says_where_and_aborts(void **state)
{
	char said[256];
	int status;

	(void)state;
	status = run_child(have_a_bug, said, sizeof(said));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(said, "test_fault.c:"));
	assert_non_null(strstr(said, "machines < 0"));
	assert_int_equal(run_child(have_no_bug, said, sizeof(said)), 0);
	assert_string_equal(said, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fault_is_one_harmless_line),
	    cmocka_unit_test(cut_is_shown_and_leaves_whole_characters),
	    cmocka_unit_test(new_fault_forgets_the_old_remedy),
	    cmocka_unit_test(prefix_says_where),
	    cmocka_unit_test(own_message_may_be_an_argument),
	    cmocka_unit_test(nobody_listening_is_fine),
	    cmocka_unit_test(kinds_have_stable_words),
	    cmocka_unit_test(bug_says_where_and_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
