/* SPDX-License-Identifier: ISC */
/*
 * The canary's two files: what is written reads back, what is damaged is refused, and a write that fails loses nothing.
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

#include "canary/journal.h"
#include "canary/result.h"
#include "tmpdir.h"

static char dir[64], path[128];

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "%s/vmreaper-files.XXXXXX", tmp_dir());
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int
teardown(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static struct outcome_report
a_report(void)
{
	struct outcome_report r = {.cloud = "c",
	    .begun_s = 100,
	    .ended_s = 200,
	    .stale_s = 7200,
	    .end = LIFE_TIMED_OUT,
	    .at = LIFE_SSH,
	    .why = "late",
	    .remedy = "wait",
	    .id = 7,
	    .name = "n",
	    .deployed = true,
	    .foreign = true,
	    .cleaned = true,
	    .strays = 3,
	    .stray_id = 9,
	    .total_ms = 5,
	    .limits.total = {true, 1, 2, 3}};

	for (int i = 0; i < LIFE_STEPS; i++) {
		r.took_ms[i] = i * 100 - 1;
		r.limits.step[i] = (struct life_limit){i != 4, i, i + 1, i + 2};
	}
	r.limits.step[4] = (struct life_limit){.on = false};
	return r;
}

static char *
slurp(size_t *len)
{
	char *bytes = calloc(1, 65536);
	FILE *fp = fopen(path, "r");

	assert_non_null(fp);
	*len = fread(bytes, 1, 65535, fp);
	fclose(fp);
	return bytes;
}

static void
spit(const char *bytes, size_t len)
{
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	assert_int_equal(fwrite(bytes, 1, len, fp), len);
	fclose(fp);
}

static void
a_report_reads_back(void **state)
{
	struct outcome_report r = a_report(), q;
	struct arena *a = arena_new(0);
	struct fault f;
	struct stat st;

	(void)state;
	assert_int_equal(result_write(path, NULL, &r, &f), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	if (result_read(path, a, &q, &f) != 0)
		fail_msg("%s", f.msg);
	assert_string_equal(q.cloud, "c");
	assert_string_equal(q.why, "late");
	assert_string_equal(q.remedy, "wait");
	assert_string_equal(q.name, "n");
	assert_int_equal(q.begun_s, 100);
	assert_int_equal(q.ended_s, 200);
	assert_int_equal(q.stale_s, 7200);
	assert_int_equal(q.end, LIFE_TIMED_OUT);
	assert_int_equal(q.at, LIFE_SSH);
	assert_int_equal(q.id, 7);
	assert_true(q.deployed);
	assert_false(q.gone);
	assert_false(q.shut_down);
	assert_true(q.foreign);
	assert_true(q.cleaned);
	assert_int_equal(q.strays, 3);
	assert_int_equal(q.stray_id, 9);
	assert_int_equal(q.total_ms, 5);
	assert_memory_equal(q.took_ms, r.took_ms, sizeof(r.took_ms));
	for (int i = 0; i < LIFE_STEPS; i++) {
		assert_int_equal(q.limits.step[i].on, r.limits.step[i].on);
		assert_int_equal(q.limits.step[i].warning_s, r.limits.step[i].warning_s);
		assert_int_equal(q.limits.step[i].critical_s, r.limits.step[i].critical_s);
		assert_int_equal(q.limits.step[i].give_up_s, r.limits.step[i].give_up_s);
	}
	arena_free(a);
}

static void
hostile_texts_are_harmless_in_the_file(void **state)
{
	struct outcome_report r = a_report(), q;
	struct arena *a = arena_new(0);
	char lots[4096];
	struct fault f;

	(void)state;
	memset(lots, '\xc3', sizeof(lots) - 1);
	lots[sizeof(lots) - 1] = '\0';
	r.why = lots;
	r.remedy = "a\x01\n\"\\|";
	assert_int_equal(result_write(path, NULL, &r, &f), 0);
	if (result_read(path, a, &q, &f) != 0)
		fail_msg("%s", f.msg);
	assert_string_equal(q.remedy, "a??\"\\|");
	arena_free(a);
}

static void
a_report_that_is_cut_or_changed_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} t[] = {
	    {"vmreaper-lifecycle", "vmreaper-status"},
	    {"\"format_version\": 1", "\"format_version\": 2"},
	    {"\"ended_s\": 200", "\"ended_s\": \"200\""},
	    {"\"ended_s\": 200", "\"ended_s\": -1"},
	    {"\"ended_s\": 200", "\"ended_s\": 999999999999999"},
	    {"\"stale_s\": 7200", "\"stale_s\": 0"},
	    {"timed-out", "nonsense"},
	    {"\"at\": \"ssh\"", "\"at\": \"\""},
	    {"\"id\": 7", "\"id\": -2"},
	    {"\"gone\": false", "\"gone\": 0"},
	    {"\"strays\": 3", "\"strays\": -3"},
	    {"\"steps\"", "\"stops\""},
	    {"\"boot\"", "\"boat\""},
	    {"\"took_ms\": 99", "\"took_ms\": 1e3"},
	    {"\"total\"", "\"cloud\""},
	};
	struct outcome_report r = a_report(), q;
	struct arena *a = arena_new(0);
	char *bytes, *at, changed[65536];
	struct fault f;
	size_t len, i;

	(void)state;
	assert_int_equal(result_write(path, NULL, &r, &f), 0);
	bytes = slurp(&len);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		at = strstr(bytes, t[i].from);
		if (at == NULL)
			fail_msg("no %s in %s", t[i].from, bytes);
		snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - bytes), bytes,
		    t[i].to, at + strlen(t[i].from));
		spit(changed, strlen(changed));
		if (result_read(path, a, &q, &f) == 0)
			fail_msg("taken: %s", t[i].to);
	}
	/* the last two bytes are "}\n" */
	for (i = 0; i < len - 1; i++) {
		spit(bytes, i);
		if (result_read(path, a, &q, &f) == 0)
			fail_msg("taken: %zu of %zu bytes", i, len);
	}
	free(bytes);
	arena_free(a);
}

static void
a_missing_report_says_what_to_do(void **state)
{
	struct outcome_report q;
	struct arena *a = arena_new(0);
	struct fault f;

	(void)state;
	unlink(path);
	assert_int_equal(result_read(path, a, &q, &f), -1);
	assert_non_null(strstr(f.msg, "No such file"));
	assert_non_null(strstr(f.remedy, "check_vm_lifecycle --run"));
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(result_read(path, a, &q, &f), -1);
	assert_non_null(strstr(f.msg, "symbolic link"));
	arena_free(a);
}

static void
the_journal_reads_back(void **state)
{
	struct journal_entry e, q;
	struct journal j = {path, -1};
	char name[CANARY_NAME];
	struct fault f;

	(void)state;
	unlink(path);
	assert_int_equal(journal_read(&j, &q, &f), 0);
	assert_false(q.open);
	journal_begin(&e, 1234);
	assert_int_equal(strlen(e.token), JOURNAL_TOKEN);
	assert_int_equal(strspn(e.token, "0123456789abcdef"), JOURNAL_TOKEN);
	assert_int_equal(journal_write(&j, &e, &f), 0);
	assert_int_equal(journal_read(&j, &q, &f), 0);
	assert_true(q.open);
	assert_string_equal(q.token, e.token);
	assert_int_equal(q.id, -1);
	assert_int_equal(q.since_s, 1234);
	e.id = 77;
	assert_int_equal(journal_write(&j, &e, &f), 0);
	assert_int_equal(journal_read(&j, &q, &f), 0);
	assert_int_equal(q.id, 77);
	snprintf(name, sizeof(name), "vmreaper-canary-%s", e.token);
	assert_string_equal(journal_name(&q, (char[CANARY_NAME]){0}), name);
	e.open = false;
	assert_int_equal(journal_write(&j, &e, &f), 0);
	assert_int_equal(journal_read(&j, &q, &f), 0);
	assert_false(q.open);
	assert_int_equal(q.id, -1);
}

/* By the values alone: what a listing shows besides is the cloud's business. */
static void
whose_machine_it_is(void **state)
{
#define T "0123456789abcdef01234567"
	static const struct {
		int64_t id;
		int32_t uid;
		const char *name;
		int64_t entry_id;
		int32_t own_uid;
		bool open, ours, stray;
	} t[] = {
	    {20, 8, CANARY_PREFIX T, 20, 8, true, true, false},
	    {20, 9, CANARY_PREFIX T, 20, 8, true, true, false},
	    {20, 9, CANARY_PREFIX T, 20, -1, true, true, false},
	    {20, 8, "x " CANARY_PREFIX T " y", 20, 8, true, true, false},
	    {21, 8, CANARY_PREFIX T, 20, 8, true, false, false},
	    {20, 8, T, 20, 8, true, false, false},
	    {20, 8, "web", 20, 8, true, false, false},
	    {20, 8, CANARY_PREFIX T, -1, 8, true, true, false},
	    {20, 9, CANARY_PREFIX T, -1, 8, true, false, false},
	    {20, -1, CANARY_PREFIX T, -1, -1, true, false, false},
	    {20, 8, CANARY_PREFIX T, -1, -1, true, false, false},
	    {20, 8, CANARY_PREFIX "1123456789abcdef01234567", -1, 8, true, false, true},
	    {20, 9, CANARY_PREFIX "1123456789abcdef01234567", -1, 8, true, false, false},
	    /* nothing is journalled */
	    {20, 8, CANARY_PREFIX T, 20, 8, false, false, true},
	    {20, 8, CANARY_PREFIX, -1, 8, false, false, true},
	    {20, 8, "", -1, 8, false, false, false},
	};
	struct journal_entry e;
	struct vm vm = {.cls = VM_CLASS_OK};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		e = (struct journal_entry){.open = t[i].open, .id = t[i].entry_id};
		if (e.open)
			memcpy(e.token, T, sizeof(T));
		vm.id = t[i].id;
		vm.uid = t[i].uid;
		vm.name = t[i].name;
		if (journal_is_ours(&e, &vm, t[i].own_uid) != t[i].ours ||
		    journal_is_stray(&e, &vm, t[i].own_uid) != t[i].stray)
			fail_msg("%zu: %s", i, t[i].name);
	}
}

/* Each token is another one. */
static void
tokens_do_not_repeat(void **state)
{
	struct journal_entry a, b;

	(void)state;
	journal_begin(&a, 0);
	journal_begin(&b, 0);
	assert_string_not_equal(a.token, b.token);
}

/* The file that a run was killed while writing is not in the way, nor is it ever read. */
static void
a_torn_new_file_is_no_journal(void **state)
{
	struct journal j = {path, -1};
	struct journal_entry e, q;
	char temp[160];
	struct fault f;
	FILE *fp;

	(void)state;
	journal_begin(&e, 1);
	assert_int_equal(journal_write(&j, &e, &f), 0);
	snprintf(temp, sizeof(temp), "%s.new", path);
	fp = fopen(temp, "w");
	assert_non_null(fp);
	fputs("vmreaper-canary 1\nopen 0123", fp);
	fclose(fp);
	assert_int_equal(journal_read(&j, &q, &f), 0);
	assert_string_equal(q.token, e.token);
	e.id = 5;
	assert_int_equal(journal_write(&j, &e, &f), 0);
	assert_int_equal(journal_read(&j, &q, &f), 0);
	assert_int_equal(q.id, 5);
	assert_int_not_equal(access(temp, F_OK), 0);
}

static void
two_do_not_have_it_at_once(void **state)
{
	struct journal a, b;
	struct fault f;

	(void)state;
	assert_int_equal(journal_open(&a, path, &f), 0);
	assert_int_equal(journal_open(&b, path, &f), -1);
	assert_int_equal(f.kind, FAULT_LOCKED);
	journal_close(&a);
	assert_int_equal(journal_open(&b, path, &f), 0);
	journal_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_report_reads_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		hostile_texts_are_harmless_in_the_file, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_report_that_is_cut_or_changed_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_missing_report_says_what_to_do, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_journal_reads_back, setup, teardown),
	    cmocka_unit_test(whose_machine_it_is),
	    cmocka_unit_test(tokens_do_not_repeat),
	    cmocka_unit_test_setup_teardown(a_torn_new_file_is_no_journal, setup, teardown),
	    cmocka_unit_test_setup_teardown(two_do_not_have_it_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
