/* SPDX-License-Identifier: ISC */
/*
 * --extra-opts: the grammar of the file, where it is looked for, and what becomes of the command line.
 */
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

#include "command/extraini.h"
#include "command/extraopts.h"
#include "tmpdir.h"

static char dir[64];

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "%s/extraopts.XXXXXX", tmp_dir());
	assert_non_null(mkdtemp(dir));
	unsetenv("MP_CONFIG_FILE");
	unsetenv("NAGIOS_CONFIG_PATH");
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* The options of [check_vms] as one line with blanks between them, or "!" and what is wrong. */
static const char *
options(const char *ini, char *buf, size_t size)
{
	struct text out;
	struct fault f = {.kind = FAULT_NONE};
	size_t n = 0, i, used = 0;
	const char *o;

	text_init(&out, 4096);
	buf[0] = '\0';
	if (extraini_read(ini, strlen(ini), "check_vms", &out, &n, &f) != 0)
		snprintf(buf, size, "!%s", f.msg);
	else
		for (i = 0, o = out.p; i < n; i++, o += strlen(o) + 1)
			used += (size_t)snprintf(
			    buf + used, size - used, "%s%s", i > 0 ? " " : "", o);
	text_free(&out);
	return buf;
}

static void
lines_become_options(void **state)
{
	static const struct {
		const char *ini, *want;
	} t[] = {
	    {"[check_vms]\nlast-sweep =\n", "--last-sweep"},
	    {"[check_vms]\nlast-sweep\n", "--last-sweep"},
	    {"[check_vms]\nwarning = unknown=5\nw=failed=1\nv\n",
		"--warning=unknown=5 -wfailed=1 -v"},
	    {"[check_vms]\n  policy\t=  /etc/vm reaper/a.ini \t\r\n",
		"--policy=/etc/vm reaper/a.ini"},
	    {"; a\n# b\n\n[check_disk]\nnonsense here\n[ check_vms ]\n ;c\n#d\nt=9", "-t9"},
	    {"[check_vms]\nv\n[other]\nt=1\n[check_vms]\nt=2\n", "-v -t2"},
	    {"\xef\xbb\xbf[check_vms]\nw = \"a\" 'b' ; $x\n", "-w\"a\" 'b' ; $x"},
	    {"[check_vms]\nw = -c9\n", "-w-c9"},
	    {"[check_vms]\nw =\n", "-w"},
	    {"[check_vms]\n", ""},
	    {"[check_vms] nothing here counts\nv\n", "-v"},
	};
	char buf[600];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_string_equal(options(t[i].ini, buf, sizeof(buf)), t[i].want);
}

static void
files_that_are_refused(void **state)
{
	static const struct {
		const char *ini, *want;
	} t[] = {
	    {"", "!it has no section [check_vms]"},
	    {"[check_vms2]\nv\n[check_vm]\nv\n", "!it has no section [check_vms]"},
	    {"v\n[check_vms]\n", "!line 1: an option before the first [section]"},
	    {"[check_vms\nv\n", "!line 1: a section header without its ]"},
	    {"[check_vms]\n\n--last-sweep\n", "!line 3: neither [section] nor key = value"},
	    {"[check_vms]\nsecret pass word\n", "!line 2: neither [section] nor key = value"},
	    {"[check_vms]\n= x\n", "!line 2: neither [section] nor key = value"},
	};
	char buf[600], *big;
	struct text out;
	struct fault f;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_string_equal(options(t[i].ini, buf, sizeof(buf)), t[i].want);
	text_init(&out, 4096);
	assert_int_equal(extraini_read("[check_vms]\0v\n", 14, "check_vms", &out, &n, &f), -1);
	assert_string_equal(f.msg, "it holds a NUL byte: no text file");
	big = malloc(12 + 2 * 300 + 1);
	assert_non_null(big);
	memcpy(big, "[check_vms]\n", 12);
	for (i = 0; i < 300; i++)
		memcpy(big + 12 + 2 * i, "v\n", 2);
	assert_int_equal(extraini_read(big, 12 + 2 * 300, "check_vms", &out, &n, &f), -1);
	assert_string_equal(f.msg, "line 258: too many options");
	free(big);
	text_free(&out);
}

static void
write_file(const char *name, const char *bytes, mode_t mode, char *path, size_t size)
{
	FILE *fp;

	snprintf(path, size, "%s/%s", dir, name);
	fp = fopen(path, "w");
	assert_non_null(fp);
	fputs(bytes, fp);
	fclose(fp);
	assert_int_equal(chmod(path, mode), 0);
}

/* The command line after "check_vms", with blanks between; "!" and the fault if there is one. */
static const char *
line(char *buf, size_t size, int argc, const char *const *args)
{
	char program[] = "check_vms", *argv[16] = {program};
	struct extraopts e;
	struct fault f = {.kind = FAULT_NONE};
	size_t used = 0;
	int i;

	for (i = 0; i < argc; i++)
		argv[i + 1] = (char *)(uintptr_t)args[i];
	buf[0] = '\0';
	if (extraopts_read("check_vms", argc + 1, argv, &e, &f) != 0) {
		snprintf(buf, size, "!%s", f.msg);
	} else {
		assert_string_equal(e.argv[0], "check_vms");
		assert_null(e.argv[e.argc]);
		for (i = 1; i < e.argc; i++)
			used += (size_t)snprintf(
			    buf + used, size - used, "%s%s", i > 1 ? " " : "", e.argv[i]);
	}
	extraopts_free(&e);
	return buf;
}
#define LINE(buf, ...)                                                           \
	line(buf, sizeof(buf),                                                   \
	    (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)), \
	    (const char *[]){__VA_ARGS__})

static void
the_command_line_comes_last(void **state)
{
	char path[128], option[256], buf[600];

	(void)state;
	write_file("a.ini", "[check_vms]\nt=9\n[two]\nw=unknown=1\n", 0644, path, sizeof(path));
	assert_string_equal(LINE(buf, "-t", "5", "-v"), "-t 5 -v");
	snprintf(option, sizeof(option), "--extra-opts=@%s", path);
	assert_string_equal(LINE(buf, "-t", "5", option, "-v"), "-t9 -t 5 -v");
	snprintf(option, sizeof(option), "two@%s", path);
	assert_string_equal(LINE(buf, "-v", "--extra-opts", option), "-wunknown=1 -v");
	/* several, in their order; behind -- it is no option */
	setenv("MP_CONFIG_FILE", path, 1);
	assert_string_equal(
	    LINE(buf, "--extra-opts=two", "--extra-opts", "-v", "--", "--extra-opts=three"),
	    "-wunknown=1 -t9 -v -- --extra-opts=three");
	assert_string_equal(LINE(buf, "--extra-optsx"), "--extra-optsx");
}

static void
where_the_file_is_looked_for(void **state)
{
	char path[128], sub[128], dirs[512], buf[600];

	(void)state;
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	assert_int_equal(mkdir(sub, 0755), 0);
	write_file("sub/plugins.ini", "[check_vms]\nt=1\n", 0644, path, sizeof(path));
	snprintf(dirs, sizeof(dirs), ":%s/none:%s:%s", dir, dir, sub);
	setenv("NAGIOS_CONFIG_PATH", dirs, 1);
	assert_string_equal(LINE(buf, "--extra-opts"), "-t1");
	write_file("nagios-plugins.ini", "[check_vms]\nt=2\n", 0644, path, sizeof(path));
	assert_string_equal(LINE(buf, "--extra-opts"), "-t2");
	write_file("monitoring-plugins.ini", "[check_vms]\nt=3\n", 0644, path, sizeof(path));
	assert_string_equal(LINE(buf, "--extra-opts"), "-t3");
	write_file("mine.ini", "[check_vms]\nt=4\n", 0644, path, sizeof(path));
	setenv("MP_CONFIG_FILE", path, 1);
	assert_string_equal(LINE(buf, "--extra-opts"), "-t4");
	/* one that is named must be there: no other is taken in its place */
	unlink(path);
	assert_non_null(strstr(LINE(buf, "--extra-opts"), "mine.ini: No such file"));
}

static void
what_is_missing_is_said(void **state)
{
	char path[128], option[256], buf[600], want[256];

	(void)state;
	write_file("a.ini", "[check_vms]\nt=9\n", 0644, path, sizeof(path));
	snprintf(option, sizeof(option), "--extra-opts=three@%s", path);
	snprintf(want, sizeof(want), "!--extra-opts file %s: it has no section [three]", path);
	assert_string_equal(LINE(buf, option), want);
	assert_string_equal(
	    LINE(buf, "--extra-opts=a@"), "!--extra-opts: no file is named behind the @");
	assert_string_equal(LINE(buf, "--extra-opts=@/nowhere/x.ini"),
	    "!--extra-opts file /nowhere/x.ini: No such file or directory");
	snprintf(option, sizeof(option), "--extra-opts=@%s", dir);
	assert_non_null(strstr(LINE(buf, option), " is a directory"));
	write_file("b.ini", "[check_vms]\nt=9\n", 0666, path, sizeof(path));
	snprintf(option, sizeof(option), "--extra-opts=@%s", path);
	assert_non_null(strstr(LINE(buf, option), "can be written by others"));
}

static void
standard_input_is_a_file_too(void **state)
{
	int fds[2], saved = dup(0);
	char buf[600];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "[check_vms]\nv\n", 14), 14);
	close(fds[1]);
	dup2(fds[0], 0);
	close(fds[0]);
	assert_string_equal(LINE(buf, "--extra-opts=@-", "-t", "2"), "-v -t 2");
	dup2(saved, 0);
	close(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_become_options),
	    cmocka_unit_test(files_that_are_refused),
	    cmocka_unit_test_setup_teardown(the_command_line_comes_last, setup, teardown),
	    cmocka_unit_test_setup_teardown(where_the_file_is_looked_for, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_missing_is_said, setup, teardown),
	    cmocka_unit_test_setup_teardown(standard_input_is_a_file_too, setup, teardown),
	};

	return cmocka_run_group_tests_name("extraopts", tests, NULL, NULL);
}
