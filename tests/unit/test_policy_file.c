/* SPDX-License-Identifier: ISC */
/*
 * test_policy_file: which files are believed: policies and credentials by type, owner, mode and
 * contents. Runs the same as root and as anybody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "policy/policy.h"

#define GOOD "[cloud]\nname = c\nendpoint = http://h/RPC2\n"

static char dir[] = "/tmp/test_policy_file.XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? chdir(dir) : -1;
}

static int
remove_dir(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

/* A file of that mode, whatever the umask. */
static void
put_bytes(const char *name, const char *bytes, size_t len, mode_t mode)
{
	int fd;

	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
put(const char *name, const char *text, mode_t mode)
{
	put_bytes(name, text, strlen(text), mode);
}

/* Load must fail with just this one error, without a line. */
static void
refuse_policy(const char *path, const char *error)
{
	struct policy_errors errors;
	struct policy *p = (struct policy *)&errors;
	struct fault f = {0};
	char want[512];

	assert_int_equal(policy_load(path, &p, &errors, &f), -1);
	assert_null(p);
	assert_int_equal(errors.n, 1);
	snprintf(want, sizeof(want), "%s: %s\n", path, error);
	assert_string_equal(errors.text.p, want);
	assert_int_equal(f.kind, FAULT_POLICY);
	assert_true(strlen(f.msg) > 0 && strlen(f.remedy) > 0);
	text_free(&errors.text);
}

static void
a_policy_of_ones_own_is_loaded(void **state)
{
	static const mode_t modes[] = {0600, 0640, 0644, 0444};
	struct policy_errors errors;
	struct policy *p;
	struct fault f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		put("p.ini", GOOD, modes[i]);
		assert_int_equal(policy_load("p.ini", &p, &errors, &f), 0);
		assert_int_equal(errors.n, 0);
		assert_string_equal(p->path, "p.ini");
		assert_string_equal(p->cloud.name, "c");
		policy_free(p);
		text_free(&errors.text);
	}
	/* a link is followed, and what it leads to is judged */
	assert_int_equal(symlink("p.ini", "link.ini"), 0);
	assert_int_equal(policy_load("link.ini", &p, &errors, &f), 0);
	policy_free(p);
	text_free(&errors.text);
	put("p.ini", GOOD, 0666);
	refuse_policy("link.ini",
	    "policy link.ini can be written by others (mode 0666); chmod go-w link.ini");
}

static void
files_that_are_no_policy_are_refused(void **state)
{
	char *big = calloc(1, POLICY_BYTES_MAX + 1);

	(void)state;
	assert_non_null(big);
	refuse_policy("absent.ini", "policy absent.ini: No such file or directory; "
				    "vmreaper policy init --endpoint URL writes a first one; "
				    "-f FILE or --cloud NAME names another");
	put("p.ini", GOOD, 0620);
	refuse_policy(
	    "p.ini", "policy p.ini can be written by others (mode 0620); chmod go-w p.ini");
	put("p.ini", GOOD, 0602);
	refuse_policy(
	    "p.ini", "policy p.ini can be written by others (mode 0602); chmod go-w p.ini");
	assert_int_equal(mkdir("d.ini", 0700), 0);
	refuse_policy("d.ini", "policy d.ini is a directory; name a regular file");
	assert_int_equal(mkfifo("f.ini", 0600), 0);
	refuse_policy("f.ini", "policy f.ini is a FIFO; name a regular file");
	refuse_policy("/dev/zero", "policy /dev/zero is a device; name a regular file");
	memset(big, '\n', POLICY_BYTES_MAX + 1);
	put_bytes("big.ini", big, POLICY_BYTES_MAX + 1, 0600);
	refuse_policy("big.ini",
	    "policy big.ini has 1048577 bytes, more than 1048576; name the right file");
	assert_int_equal(symlink("loop.ini", "loop.ini"), 0);
	refuse_policy("loop.ini", "policy loop.ini: Too many levels of symbolic links; make it "
				  "readable for this user");
	free(big);
}

/* Errors in the text carry their line, the zone's too although only policy_load looks for it. */
static void
errors_in_the_text_carry_their_line(void **state)
{
	struct policy_errors errors;
	struct policy *p;
	struct fault f;

	(void)state;
	put("p.ini", GOOD "[off]\nreport_after = 3\n", 0600);
	assert_int_equal(policy_load("p.ini", &p, &errors, &f), -1);
	assert_memory_equal(errors.text.p, "p.ini:5: report_after = 3 ", 26);
	text_free(&errors.text);
	put("p.ini", GOOD "[reap]\nhours = Mon 09:00-10:00\ntime_zone = Europe/Atlantis\n",
	    0600);
	assert_int_equal(policy_load("p.ini", &p, &errors, &f), -1);
	assert_null(p);
	assert_memory_equal(
	    errors.text.p, "p.ini:6: time_zone = Europe/Atlantis is not known here; ", 56);
	assert_int_equal(f.kind, FAULT_POLICY);
	text_free(&errors.text);
}

static void
take_session(const char *path, const char *want)
{
	struct fault f = {0};
	char *session;

	if (policy_credential(path, &session, &f) != 0)
		fail_msg("%s: %s; %s", path, f.msg, f.remedy);
	assert_string_equal(session, want);
	policy_credential_free(session);
}

static void
refuse_session(const char *path, const char *msg, const char *remedy)
{
	char *session = dir;
	struct fault f = {0};

	assert_int_equal(policy_credential(path, &session, &f), -1);
	assert_null(session);
	assert_string_equal(f.msg, msg);
	assert_string_equal(f.remedy, remedy);
	assert_int_equal(f.kind, FAULT_POLICY);
}

static void
a_session_is_one_line(void **state)
{
	static const struct {
		const char *bytes, *session;
	} t[] = {
	    {"oneadmin:secret\n", "oneadmin:secret"},
	    {"oneadmin:secret", "oneadmin:secret"},
	    {"oneadmin:secret\r\n", "oneadmin:secret"},
	    {"oneadmin:secret\n\n", "oneadmin:secret"},
	    {"oneadmin:with:colons and blanks \n", "oneadmin:with:colons and blanks "},
	    {"caf\xe9:s\n", "caf\xe9:s"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		put("auth", t[i].bytes, 0600);
		take_session("auth", t[i].session);
	}
	put("auth", "a:b\n", 0400);
	take_session("auth", "a:b");
	policy_credential_free(NULL);
}

static void
a_bad_session_is_refused_and_not_shown(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *flaw;
	} t[] = {
	    {"", 0, "is empty"},
	    {"\n", 1, "is empty"},
	    {"\r\n", 2, "is empty"},
	    {"s3cret\n", 7, "has no colon"},
	    {":s3cret\n", 8, "has no user before the colon"},
	    {"s3cret:\n", 8, "has no password after the colon"},
	    {"a:s3cret\nb:s3cret\n", 18, "has more than one line"},
	    {"\na:s3cret\n", 10, "has more than one line"},
	    {"a:s3cret\rb\n", 11, "has more than one line"},
	    {"a:s3\0cret\n", 10, "holds a control byte"},
	    {"a:s3cret\0", 9, "holds a control byte"},
	    {"a:\ts3cret\n", 10, "holds a control byte"},
	};
	char msg[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		put_bytes("auth", t[i].bytes, t[i].len, 0600);
		snprintf(msg, sizeof(msg), "credential file auth %s", t[i].flaw);
		refuse_session("auth", msg, "write one line, user:password");
		assert_null(strstr(msg, "s3cret"));
	}
}

static void
a_credential_file_is_for_few(void **state)
{
	static const char chmod600[] =
	    "chmod 600 auth, and change the password if others could read it";
	char big[8194];

	(void)state;
	put("auth", "a:b\n", 0644);
	refuse_session("auth", "credential file auth is open to others (mode 0644)", chmod600);
	put("auth", "a:b\n", 0601);
	refuse_session("auth", "credential file auth is open to others (mode 0601)", chmod600);
	put("auth", "a:b\n", 0660);
	refuse_session("auth", "credential file auth is open to others (mode 0660)", chmod600);
	/* root lends it to a group by 0640; anybody else's group is not known to be meant */
	put("auth", "a:b\n", 0640);
	if (geteuid() == 0)
		take_session("auth", "a:b");
	else
		refuse_session(
		    "auth", "credential file auth is open to others (mode 0640)", chmod600);
	refuse_session("absent", "credential file absent: No such file or directory",
	    "create it, or name the right file");
	assert_int_equal(mkdir("auth.d", 0700), 0);
	refuse_session(
	    "auth.d", "credential file auth.d is a directory", "name a regular file");
	assert_int_equal(mkfifo("auth.fifo", 0600), 0);
	refuse_session(
	    "auth.fifo", "credential file auth.fifo is a FIFO", "name a regular file");
	memset(big, 'x', sizeof(big));
	put_bytes("auth", big, 8193, 0600);
	refuse_session("auth", "credential file auth has 8193 bytes, more than 8192",
	    "name the right file");
}

/* Somebody else's files: needs root to make them, so root plays somebody else in a child. */
static void
files_of_others_are_refused(void **state)
{
	struct policy_errors errors;
	struct policy *p;
	char *session;
	struct fault f;
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() == 0) {
		put("p.ini", GOOD, 0644);
		put("auth", "a:b\n", 0600);
		assert_int_equal(chown("p.ini", 65534, 65534), 0);
		assert_int_equal(chown("auth", 65534, 65534), 0);
		refuse_policy("p.ini", "policy p.ini belongs to user 65534, neither root nor "
				       "you; chown root p.ini");
		refuse_session("auth",
		    "credential file auth belongs to user 65534, neither root nor you",
		    "chown root auth");
		/* as that user they are one's own, and root's policy is good as well */
		put("root.ini", GOOD, 0644);
		assert_int_equal(chmod(".", 0755), 0);
		pid = fork();
		if (pid == 0) {
			int bad = setuid(65534) != 0;

			bad += policy_load("p.ini", &p, &errors, &f) != 0;
			policy_free(p);
			text_free(&errors.text);
			bad += policy_load("root.ini", &p, &errors, &f) != 0;
			policy_free(p);
			text_free(&errors.text);
			bad += policy_credential("auth", &session, &f) != 0;
			policy_credential_free(session);
			_exit(bad);
		}
		assert_true(pid > 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	} else {
		/* /etc/passwd is root's and no policy: it gets as far as its first line */
		assert_int_equal(policy_load("/etc/passwd", &p, &errors, &f), -1);
		assert_memory_equal(errors.text.p, "/etc/passwd:1: ", 15);
		text_free(&errors.text);
	}
}

static void
without_a_name_the_session_is_found_as_the_cloud_tools_do(void **state)
{
	char home[64];

	(void)state;
	snprintf(home, sizeof(home), "%s/home", dir);
	assert_int_equal(mkdir("home", 0700), 0);
	assert_int_equal(mkdir("home/.one", 0700), 0);
	put("home/.one/one_auth", "home:h\n", 0600);
	put("env.auth", "env:e\n", 0600);
	setenv("HOME", home, 1);
	setenv("ONE_AUTH", "env.auth", 1);
	take_session(NULL, "env:e");
	setenv("ONE_AUTH", "", 1);
	take_session(NULL, "home:h");
	unsetenv("ONE_AUTH");
	take_session(NULL, "home:h");
	/* a wrong name must not fall through to another identity */
	setenv("ONE_AUTH", "absent.auth", 1);
	refuse_session(NULL, "credential file absent.auth: No such file or directory",
	    "create it, or name the right file");
	unsetenv("ONE_AUTH");
	unsetenv("HOME");
	refuse_session(NULL,
	    "no credential file: neither auth_file nor $ONE_AUTH nor $HOME is set",
	    "set auth_file under [cloud] in the policy");
	/* a name in the policy comes first */
	setenv("ONE_AUTH", "env.auth", 1);
	put("auth", "policy:p\n", 0600);
	take_session("auth", "policy:p");
	unsetenv("ONE_AUTH");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_policy_of_ones_own_is_loaded),
	    cmocka_unit_test(files_that_are_no_policy_are_refused),
	    cmocka_unit_test(errors_in_the_text_carry_their_line),
	    cmocka_unit_test(a_session_is_one_line),
	    cmocka_unit_test(a_bad_session_is_refused_and_not_shown),
	    cmocka_unit_test(a_credential_file_is_for_few),
	    cmocka_unit_test(files_of_others_are_refused),
	    cmocka_unit_test(without_a_name_the_session_is_found_as_the_cloud_tools_do),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
