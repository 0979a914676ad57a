/* SPDX-License-Identifier: ISC */
/*
 * What is set for a terminal: its widths, its colours, and that tenants can bring neither. Any width from 20 to 200
 * must hold, whatever the names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <locale.h>
#include <wchar.h>
#include <cmocka.h>

#include "base/grid.h"
#include "base/style.h"
#include "base/width.h"

#define RED "\x1b[31m"
#define OFF "\x1b[0m"

/* --- the width of characters --------------------------------------------------- */

static void
widths_are_those_of_unicode(void **state)
{
	static const struct {
		uint32_t c;
		int want;
	} rows[] = {
	    {'a', 1}, {0xe9, 1}, /* e acute */
	    {0x300, 0}, /* combining grave */
	    {0x1160, 0}, /* Hangul filler, a vowel */
	    {0x10ff, 1}, {0x1100, 2}, /* Hangul choseong, the first wide one */
	    {0x231a, 2}, /* watch */
	    {0x231b, 2}, {0x231c, 1}, {0x3042, 2}, /* hiragana */
	    {0x4e00, 2}, {0x9fff, 2}, {0xac00, 2}, {0xd7a3, 2}, {0xff01, 2},
	    {0xff61, 1}, /* halfwidth */
	    {0x1f600, 2}, /* a face */
	    {0x20000, 2}, {0xfe0f, 0}, /* variation selector */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (width_of(rows[i].c) != rows[i].want)
			fail_msg("U+%04X is %d", (unsigned)rows[i].c, width_of(rows[i].c));
}

/* The C library has its own table, of its own version of Unicode: they must agree on all but a handful. */
static void
widths_are_those_of_the_c_library(void **state)
{
	uint32_t c;
	size_t compared = 0, differ = 0;
	int w;

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (c = 0xa0; c < 0x30000; c++) {
		w = wcwidth((wchar_t)c);
		if (w < 0)
			continue;
		compared++;
		differ += w != width_of(c);
	}
	setlocale(LC_CTYPE, "C");
	print_message("%zu of %zu characters differ\n", differ, compared);
	assert_true(compared > 100000);
	assert_true(differ * 1000 < compared);
}

static void
text_fits_by_columns(void **state)
{
	static const char kanji[] = "\xe6\x97\xa5\xe6\x9c\xac"; /* two wide ones */
	struct text t;

	(void)state;
	assert_int_equal(text_columns(kanji), 4);
	assert_int_equal(text_fit(kanji, 4), 6);
	assert_int_equal(text_fit(kanji, 3), 3);
	assert_int_equal(text_fit(kanji, 1), 0);
	assert_int_equal(text_columns("e\xcc\x81"), 1); /* e and a combining acute */
	assert_int_equal(text_fit("e\xcc\x81x", 1), 3); /* the accent stays with its letter */
	text_init(&t, 100);
	text_add_ascii(&t, "r\xc3\xa4tsel \xe6\x97\xa5 \xff.");
	assert_string_equal(t.p, "r?tsel ?? ?.");
	text_free(&t);
}

/* --- lines ---------------------------------------------------------------------- */

/* A line without its escape sequences has at most width columns; the sequences are ours, whole, and closed. */
static void
assert_lines_fit(const char *s, size_t width)
{
	char line[8192];
	size_t n = 0;
	bool open = false;

	for (;; s++) {
		if (*s == '\n' || *s == '\0') {
			line[n] = '\0';
			if (text_columns(line) > width)
				fail_msg("%zu columns, not %zu: %s", text_columns(line), width,
				    line);
			if (n > 0 && line[n - 1] == ' ')
				fail_msg("a blank at the end of: %s", line);
			n = 0;
			if (*s == '\0')
				break;
		} else if (*s == '\x1b') {
			const char *end = strchr(s, 'm');

			assert_non_null(end);
			assert_int_equal(s[1], '[');
			assert_int_equal(strspn(s + 2, "0123456789"), end - s - 2);
			open = strncmp(s, OFF, 4) != 0;
			s = end;
		} else {
			assert_true(n + 1 < sizeof(line));
			line[n++] = *s;
		}
	}
	assert_false(open);
}

static void
words_break_at_blanks(void **state)
{
	static const char words[] = "one two three four five six seven eight nine ten eleven";
	const struct style narrow = {24, false};
	struct text out;

	(void)state;
	text_init(&out, 4096);
	text_add(&out, "  is: ");
	style_wrap(&out, &narrow, 9, 6, words);
	assert_string_equal(out.p, "  is: one two three four\n"
				   "    five six seven eight\n"
				   "    nine ten eleven\n");
	text_reset(&out);
	style_wrap(&out, &(struct style){60, false}, 9, 0, words);
	assert_string_equal(out.p, "one two three four five six seven eight nine ten eleven\n");
	text_reset(&out);
	style_wrap(&out, &style_plain, 9, 0, "two  blanks\x1b[2Jstay");
	assert_string_equal(out.p, "two  blanks?[2Jstay\n");
	text_free(&out);
}

static void
a_word_without_blanks_is_cut(void **state)
{
	char word[500];
	struct text out;
	int width;

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	text_init(&out, 65536);
	for (width = STYLE_COLUMNS_MIN; width <= 200; width++) {
		const struct style s = {width, true};
		size_t i, x = 0;

		text_reset(&out);
		text_add(&out, "  label: ");
		style_wrap(&out, &s, 9, 9, word);
		style_head(&out, &s, 2, word);
		assert_lines_fit(out.p, (size_t)width);
		for (i = 0; i < out.len; i++)
			x += out.p[i] == 'x';
		assert_int_equal(x, 2 * (sizeof(word) - 1)); /* nothing is lost */
	}
	text_free(&out);
}

/* --- tables --------------------------------------------------------------------- */

struct row {
	const char *cells[4];
};

static enum tint
cell(const void *ctx, size_t row, size_t column, char buf[static GRID_CELL_MAX])
{
	const struct row *rows = ctx;

	snprintf(buf, GRID_CELL_MAX, "%s", rows[row].cells[column]);
	return column == 3 ? TINT_RED : TINT_NONE;
}

static const struct grid_column columns[] = {{"ID", true, false}, {"NAME", false, true},
    {"HOST", false, false}, {"VERDICT", false, false}};

static struct grid
grid(const struct row *rows, size_t n)
{
	return (struct grid){
	    .columns = columns, .n_columns = 4, .n_rows = n, .cell = cell, .ctx = rows};
}

static void
a_table_at_each_width(void **state)
{
	static const struct row rows[] = {
	    {{"7", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", "", "kill"}},
	    {{"4711", "a name that is long", "node3", ""}},
	};
	static const struct {
		int width;
		const char *want;
	} at[] = {
	    {0, "  ID  NAME                 HOST   VERDICT\n"
		"   7  \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e                      kill\n"
		"4711  a name that is long  node3\n"},
	    {34, "  ID  NAME          HOST   VERDICT\n"
		 "   7  \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e               kill\n"
		 "4711  a name that~  node3\n"},
	    {26, "  ID  NAME\n"
		 "      HOST   VERDICT\n"
		 "   7  \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\n"
		 "             kill\n"
		 "4711  a name that is long\n"
		 "      node3\n"},
	    {20, "ID: 7\n"
		 "  NAME: \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\n"
		 "  VERDICT: kill\n"
		 "ID: 4711\n"
		 "  NAME: a name that\n"
		 "    is long\n"
		 "  HOST: node3\n"},
	};
	const struct grid g = grid(rows, 2);
	struct text out;
	size_t i;

	(void)state;
	text_init(&out, 65536);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		text_reset(&out);
		assert_true(grid_add(&out, &(struct style){at[i].width, false}, &g));
		assert_string_equal(out.p, at[i].want);
	}
	text_reset(&out);
	assert_false(
	    grid_add(&out, &style_plain, &(struct grid){columns, 4, 0, NULL, cell, rows}));
	assert_int_equal(out.len, 0);
	text_free(&out);
}

static void
colour_takes_no_columns(void **state)
{
	static const struct row rows[] = {{{"7", "x", "node3", "kill"}}};
	const struct grid g = grid(rows, 1);
	struct text plain, colour;
	char *from, *to;

	(void)state;
	text_init(&plain, 4096);
	text_init(&colour, 4096);
	grid_add(&plain, &(struct style){80, false}, &g);
	assert_null(strchr(plain.p, '\x1b'));
	grid_add(&colour, &(struct style){80, true}, &g);
	assert_non_null(strstr(colour.p, RED "kill" OFF));
	assert_non_null(strstr(colour.p, "\x1b[1mVERDICT" OFF));
	for (from = to = colour.p; *from != '\0'; from++) {
		if (*from == '\x1b')
			from = strchr(from, 'm');
		else
			*to++ = *from;
	}
	*to = '\0';
	assert_string_equal(colour.p, plain.p);
	text_free(&plain);
	text_free(&colour);
}

/* Names that are long, wide, marks only, no text, or that speak to the terminal: at each width the lines fit. */
static void
hostile_names_at_each_width(void **state)
{
	static const struct row rows[] = {
	    {{"1", "\x1b[31mred\x1b]0;owned\x07\x1b[2J",
		"\x9b"
		"31m",
		"\x1b[0m"}},
	    {{"123456789012345678901234567890", "\r\n\tID", "\xff\xfe", "\xc3"}},
	    {{"2", "\xcc\x80\xcc\x80\xcc\x80\xcc\x80", "\xe2\x80\xae evil",
		"wait: within-grace"}},
	    {{"3",
		"\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
		"\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
		"\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
		"\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5",
		"", ""}},
	};
	const struct grid g = grid(rows, 4);
	struct text out;
	int width;

	(void)state;
	text_init(&out, 1 << 20);
	for (width = STYLE_COLUMNS_MIN; width <= 200; width++) {
		text_reset(&out);
		grid_add(&out, &(struct style){width, true}, &g);
		assert_lines_fit(out.p, (size_t)width);
		assert_null(strstr(out.p, "\x1b]"));
		assert_null(strstr(out.p, "\x1b[2J"));
		assert_null(strchr(out.p, '\r'));
		text_reset(&out);
		grid_add(&out, &(struct style){width, false}, &g);
		assert_lines_fit(out.p, (size_t)width);
		assert_null(strchr(out.p, '\x1b'));
	}
	text_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(widths_are_those_of_unicode),
	    cmocka_unit_test(widths_are_those_of_the_c_library),
	    cmocka_unit_test(text_fits_by_columns),
	    cmocka_unit_test(words_break_at_blanks),
	    cmocka_unit_test(a_word_without_blanks_is_cut),
	    cmocka_unit_test(a_table_at_each_width),
	    cmocka_unit_test(colour_takes_no_columns),
	    cmocka_unit_test(hostile_names_at_each_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
