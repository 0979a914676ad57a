/* SPDX-License-Identifier: ISC */
/*
 * test_arena: the promises of arena.h: zeroed, aligned, capped, the same text once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"

static void
memory_is_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = {1, 3, 8, 24, 100, 1000, 1024, 1025, 5000, 70000, 300000};
	const size_t n_sizes = sizeof(sizes) / sizeof(sizes[0]);
	struct arena *a = arena_new(0);
	unsigned char *got[600];
	size_t i, k;

	(void)state;
	for (i = 0; i < 600; i++) {
		size_t size = sizes[i % n_sizes];

		assert_non_null(arena_strdup(a, "x")); /* so that the next address is odd */
		got[i] = arena_calloc(a, 1, size);
		assert_non_null(got[i]);
		assert_int_equal((uintptr_t)got[i] % _Alignof(max_align_t), 0);
		for (k = 0; k < size; k++)
			assert_int_equal(got[i][k], 0);
		memset(got[i], (int)(i % 255) + 1, size);
	}
	for (i = 0; i < 600; i++) /* nobody wrote over a neighbour */
		for (k = 0; k < sizes[i % n_sizes]; k++)
			assert_int_equal(got[i][k], i % 255 + 1);
	arena_free(a);
}

static void
cap_is_exact(void **state)
{
	static const struct {
		const char *name;
		size_t cap, n, size;
		bool fits;
	} rows[] = {
	    {"all of it", 100, 1, 100, true},
	    {"one more", 100, 1, 101, false},
	    {"in elements", 100, 25, 4, true},
	    {"one element more", 100, 26, 4, false},
	    {"large, all of it", 300000, 1, 300000, true},
	    {"large, one more", 300000, 1, 300001, false},
	    {"no cap", 0, 1, 10000000, true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(rows[i].cap);

		if ((arena_calloc(a, rows[i].n, rows[i].size) != NULL) != rows[i].fits)
			fail_msg("%s", rows[i].name);
		assert_int_equal(arena_used(a), rows[i].fits ? rows[i].n * rows[i].size : 0);
		arena_free(a);
	}
}

static void
refused_allocation_leaves_the_arena_usable(void **state)
{
	struct arena *a = arena_new(10);

	(void)state;
	assert_null(arena_strdup(a, "ten bytes!"));
	assert_int_equal(arena_used(a), 0);
	assert_string_equal(arena_strdup(a, "fits"), "fits");
	assert_null(arena_printf(a, "%s", "sixsix"));
	assert_null(arena_intern(a, "owner", 5));
	assert_string_equal(arena_printf(a, "%d", 1234), "1234");
	assert_int_equal(arena_used(a), 10);
	assert_null(arena_strdup(a, ""));
	arena_free(a);
}

static void
overflow_is_refused(void **state)
{
	static const struct {
		const char *name;
		size_t n, size;
	} rows[] = {
	    {"product wraps to 0", SIZE_MAX / 2 + 1, 2},
	    {"product wraps to small", SIZE_MAX / 8 + 2, 8},
	    {"largest", SIZE_MAX, 1},
	    {"header would wrap", 1, SIZE_MAX - 8},
	    {"both largest", SIZE_MAX, SIZE_MAX},
	};
	struct arena *a = arena_new(0);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (arena_calloc(a, rows[i].n, rows[i].size) != NULL)
			fail_msg("%s", rows[i].name);
	assert_int_equal(arena_used(a), 0);
	arena_free(a);
}

static void
strndup_stops_at_len_or_nul(void **state)
{
	static const struct {
		const char *s;
		size_t len;
		const char *want;
	} rows[] = {
	    {"abcdef", 3, "abc"},
	    {"abcdef", 0, ""},
	    {"abc", 3, "abc"},
	    {"abc", 100, "abc"},
	    {"ab\0cd", 5, "ab"},
	    {"", 0, ""},
	};
	struct arena *a = arena_new(0);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(arena_strndup(a, rows[i].s, rows[i].len), rows[i].want);
	arena_free(a);
}

static void
equal_texts_are_interned_once(void **state)
{
	struct arena *a = arena_new(0);
	const char *first[5000];
	char name[32];
	size_t i, used;
	int len;

	(void)state;
	for (i = 0; i < 5000; i++) {
		len = snprintf(name, sizeof(name), "owner-%zu", i);
		first[i] = arena_intern(a, name, (size_t)len);
		assert_string_equal(first[i], name);
	}
	used = arena_used(a);
	/* the table is counted: at most half full, a pointer at least for each slot */
	assert_true(used > 5000 * (sizeof("owner-") + 2 * sizeof(char *)));
	for (i = 0; i < 5000; i++) { /* the second time nothing is taken */
		len = snprintf(name, sizeof(name), "owner-%zu and more", i);
		assert_ptr_equal(arena_intern(a, name, (size_t)len - 9), first[i]);
	}
	assert_int_equal(arena_used(a), used);
	/* a prefix and an extension of an interned text are other texts */
	assert_string_equal(arena_intern(a, "owner-4", 6), "owner-");
	assert_string_equal(arena_intern(a, "owner-4999x", 11), "owner-4999x");
	assert_string_equal(arena_intern(a, "", 0), "");
	arena_free(a);
}

static void
interning_counts_its_table_towards_the_cap(void **state)
{
	struct arena *a = arena_new(64 * 1024);
	char name[32];
	size_t i;
	int len;

	(void)state;
	for (i = 0; i < 100000; i++) {
		len = snprintf(name, sizeof(name), "%zu", i);
		if (arena_intern(a, name, (size_t)len) == NULL)
			break;
	}
	/* Each takes 5 or 6 bytes of text and at least two pointers of table. */
	assert_in_range(i, 1000, 64 * 1024 / (5 + 2 * sizeof(char *)));
	assert_true(arena_used(a) <= 64 * 1024);
	assert_non_null(arena_intern(a, "0", 1)); /* what is there is still found */
	arena_free(a);
}

static void
pushed_elements_keep_their_values(void **state)
{
	struct row {
		int64_t id;
		char pad[20];
	} *rows = NULL, *r;
	struct arena *a = arena_new(0);
	size_t i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		r = arena_push(a, (void **)&rows, i, sizeof(*rows));
		assert_ptr_equal(r, rows + i);
		assert_int_equal(r->id, 0);
		r->id = (int64_t)i + 1;
		memset(r->pad, 0x5a, sizeof(r->pad));
	}
	for (i = 0; i < 3000; i++)
		assert_int_equal(rows[i].id, i + 1);
	/* doubling: all old copies together are as large as the last one at most */
	assert_true(arena_used(a) <= 2 * 4096 * sizeof(*rows));
	/* an element that was dropped and pushed again is zero again */
	r = arena_push(a, (void **)&rows, 2999, sizeof(*rows));
	assert_int_equal(r->id, 0);
	assert_int_equal(r->pad[19], 0);
	arena_free(a);
}

static void
large_arrays_leave_no_copies(void **state)
{
	const size_t n = 100000, room = 131072;
	int64_t *v = NULL;
	struct arena *a = arena_new(room * sizeof(*v) * 3 / 2);
	size_t i;

	(void)state;
	for (i = 0; i < n; i++) {
		assert_non_null(arena_push(a, (void **)&v, i, sizeof(*v)));
		assert_int_equal(v[i], 0);
		v[i] = (int64_t)i;
		/* what comes between stays where it is */
		if ((i & (i - 1)) == 0)
			assert_non_null(arena_strdup(a, "between"));
	}
	for (i = 0; i < n; i++)
		assert_int_equal(v[i], i);
	assert_true(arena_used(a) < room * sizeof(*v) * 3 / 2);
	/* past the cap it stays as it was */
	for (; i < room; i++)
		assert_non_null(arena_push(a, (void **)&v, i, sizeof(*v)));
	assert_null(arena_push(a, (void **)&v, room, sizeof(*v)));
	assert_int_equal(v[n - 1], n - 1);
	arena_free(a);
}

static void
push_past_the_cap_keeps_the_array(void **state)
{
	struct arena *a = arena_new(124);
	int64_t *v = NULL, *before;
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		before = v;
		if (arena_push(a, (void **)&v, i, sizeof(*v)) == NULL)
			break;
		v[i] = (int64_t)i;
	}
	assert_int_equal(i,
	    8); /* 1, 2, 4 and 8 elements fit into 124 bytes, grown in place or copied; 16 do not */
	before = v;
	assert_null(arena_push(a, (void **)&v, 8, sizeof(*v)));
	assert_ptr_equal(v, before);
	assert_int_equal(v[7], 7);
	assert_null(arena_push(a, (void **)&v, SIZE_MAX / 2 + 1, sizeof(*v)));
	arena_free(a);
}

static void
scratch_gives_out_what_is_left(void **state)
{
	struct arena *a = arena_new(100), *scratch, *free_one;

	(void)state;
	assert_non_null(arena_calloc(a, 1, 60));
	scratch = arena_scratch(a);
	assert_non_null(scratch);
	assert_null(arena_calloc(scratch, 1, 41));
	assert_non_null(arena_calloc(scratch, 1, 40));
	assert_int_equal(arena_used(a), 60);
	arena_free(scratch);
	/* nothing left is not "no cap" */
	assert_non_null(arena_calloc(a, 1, 40));
	scratch = arena_scratch(a);
	assert_non_null(scratch);
	assert_null(arena_calloc(scratch, 1, 2));
	arena_free(scratch);
	arena_free(a);
	free_one = arena_new(0);
	scratch = arena_scratch(free_one);
	assert_non_null(arena_calloc(scratch, 1, 1 << 20));
	arena_free(scratch);
	arena_free(free_one);
}

static void
freeing_nothing_is_fine(void **state)
{
	(void)state;
	arena_free(NULL);
}

static void
x_functions_give_memory_for_zero(void **state)
{
	char *p = x_calloc(0, 8), *q;

	(void)state;
	assert_non_null(p);
	p = x_realloc(p, 0, 8);
	assert_non_null(p);
	p = x_realloc(p, 2, 4);
	memcpy(p, "1234567", 8);
	q = x_strdup(p);
	assert_string_equal(q, "1234567");
	free(p);
	free(q);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
	    cmocka_unit_test(cap_is_exact),
	    cmocka_unit_test(refused_allocation_leaves_the_arena_usable),
	    cmocka_unit_test(overflow_is_refused),
	    cmocka_unit_test(strndup_stops_at_len_or_nul),
	    cmocka_unit_test(equal_texts_are_interned_once),
	    cmocka_unit_test(interning_counts_its_table_towards_the_cap),
	    cmocka_unit_test(pushed_elements_keep_their_values),
	    cmocka_unit_test(large_arrays_leave_no_copies),
	    cmocka_unit_test(push_past_the_cap_keeps_the_array),
	    cmocka_unit_test(scratch_gives_out_what_is_left),
	    cmocka_unit_test(freeing_nothing_is_fine),
	    cmocka_unit_test(x_functions_give_memory_for_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
