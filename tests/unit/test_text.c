/* SPDX-License-Identifier: ISC */
/*
 * test_text: nothing that a tenant writes gets out unescaped, and nothing is cut in silence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"

static const struct {
	const char *name, *s, *term, *plugin;
} safe_rows[] = {
    {"none", NULL, "", ""},
    {"empty", "", "", ""},
    {"plain", "web-01.example", "web-01.example", "web-01.example"},
    {"letters of others", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"newline, tab, escape", "a\nb\tc\x1b[2J", "a?b?c?[2J", "a?b?c?[2J"},
    {"DEL", "\x7f", "?", "?"},
    {"C1 as UTF-8 (CSI)", "\xc2\x9b[31m", "?[31m", "?[31m"},
    {"C1 as a bare byte", "\x9b[31m", "?[31m", "?[31m"},
    {"perfdata", "x|load=0", "x|load=0", "x.load=0"},
    {"shell and HTML", "`$\"'<>&~", "`$\"'<>&~", "........"},
    {"line break of passive results", "a\\nb", "a\\nb", "a.nb"},
    {"overlong slash", "\xc0\xaf", "??", "??"},
    {"overlong NUL, two bytes", "\xc0\x80", "??", "??"},
    {"overlong, three bytes", "\xe0\x9f\xbf", "???", "???"},
    {"overlong, four bytes", "\xf0\x8f\xbf\xbf", "????", "????"},
    {"first surrogate", "\xed\xa0\x80", "???", "???"},
    {"last surrogate", "\xed\xbf\xbf", "???", "???"},
    {"above U+10FFFF", "\xf4\x90\x80\x80", "????", "????"},
    {"five bytes", "\xf8\x88\x80\x80\x80", "?????", "?????"},
    {"never a byte of UTF-8", "\xfe\xff", "??", "??"},
    {"truncated, two bytes", "a\xc3", "a?", "a?"},
    {"truncated, three bytes", "a\xe2\x82", "a??", "a??"},
    {"truncated, four bytes", "a\xf0\x9f\x98", "a???", "a???"},
    {"truncated before a letter", "\xe2\x82z", "??z", "??z"},
    {"continuation alone", "\x80", "?", "?"},
    {"Latin-1", "caf\xe9!", "caf?!", "caf?!"},
    {"truncated before perfdata", "\xe2|x=1", "?|x=1", "?.x=1"},
};

static void
tenant_text_is_made_harmless(void **state)
{
	char buf[64];
	struct text t;
	size_t i;

	(void)state;
	text_init(&t, 1000);
	for (i = 0; i < sizeof(safe_rows) / sizeof(safe_rows[0]); i++) {
		text_reset(&t);
		text_add_safe(&t, TEXT_TERM, safe_rows[i].s, 100);
		if (strcmp(t.p, safe_rows[i].term) != 0)
			fail_msg("%s, terminal: %s", safe_rows[i].name, t.p);
		text_reset(&t);
		text_add_safe(&t, TEXT_PLUGIN, safe_rows[i].s, 100);
		if (strcmp(t.p, safe_rows[i].plugin) != 0)
			fail_msg("%s, plugin: %s", safe_rows[i].name, t.p);
		assert_string_equal(
		    text_safe(buf, sizeof(buf), TEXT_TERM, safe_rows[i].s), safe_rows[i].term);
		assert_string_equal(text_safe(buf, sizeof(buf), TEXT_PLUGIN, safe_rows[i].s),
		    safe_rows[i].plugin);
		if (safe_rows[i].s != NULL)
			assert_int_equal(text_is_clean(safe_rows[i].s),
			    strcmp(safe_rows[i].s, safe_rows[i].term) == 0);
	}
	text_free(&t);
}

static size_t
encode(char *buf, uint32_t c)
{
	if (c < 0x80)
		return (size_t)sprintf(buf, "%c", (int)c);
	if (c < 0x800)
		return (size_t)sprintf(buf, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 63));
	if (c < 0x10000)
		return (size_t)sprintf(
		    buf, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
	return (size_t)sprintf(buf, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 63),
	    0x80 | (c >> 6 & 63), 0x80 | (c & 63));
}

/* The borders of each span, and the characters next to it that must pass. */
static void
hidden_characters_are_shown_as_question_marks(void **state)
{
	static const struct {
		const char *name;
		uint32_t first, last;
		bool before, after; /* whether the neighbours are characters to be shown */
	} spans[] = {
	    {"C0", 0x01, 0x1f, false, true},
	    {"DEL and C1", 0x7f, 0x9f, true, true},
	    {"soft hyphen", 0xad, 0xad, true, true},
	    {"Arabic letter mark", 0x61c, 0x61c, true, true},
	    {"zero width, LRM, RLM", 0x200b, 0x200f, true, true},
	    {"separators, embeddings and overrides", 0x2028, 0x202e, true, true},
	    {"word joiner to isolates", 0x2060, 0x206f, true, true},
	    {"byte order mark", 0xfeff, 0xfeff, true, true},
	    {"annotation", 0xfff9, 0xfffb, true, true},
	    {"noncharacters", 0xfffe, 0xffff, true, true},
	    {"tags", 0xe0000, 0xe0fff, true, true},
	};
	char s[8], buf[16];
	uint32_t c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		for (c = spans[i].first; c <= spans[i].last; c++) {
			s[encode(s, c)] = '\0';
			if (strcmp(text_safe(buf, sizeof(buf), TEXT_TERM, s), "?") != 0 ||
			    text_is_clean(s))
				fail_msg("%s: U+%04X passed", spans[i].name, c);
		}
		s[encode(s, spans[i].first - 1)] = '\0';
		if (spans[i].before &&
		    strcmp(text_safe(buf, sizeof(buf), TEXT_TERM, s), s) != 0)
			fail_msg("before %s", spans[i].name);
		s[encode(s, spans[i].last + 1)] = '\0';
		if (spans[i].after && strcmp(text_safe(buf, sizeof(buf), TEXT_TERM, s), s) != 0)
			fail_msg("after %s", spans[i].name);
	}
}

static void
at_most_max_chars_are_taken(void **state)
{
	static const struct {
		const char *s;
		size_t max;
		const char *want;
	} rows[] = {
	    {"abcdef", 6, "abcdef"},
	    {"abcdef", 5, "abcde..."},
	    {"abcdef", 0, "..."},
	    {"", 0, ""},
	    {"\xc3\xa9\xc3\xa9\xc3\xa9", 2, "\xc3\xa9\xc3\xa9..."},
	    {"\xc3\xa9\xc3\xa9\xc3\xa9", 3, "\xc3\xa9\xc3\xa9\xc3\xa9"},
	    {"\x1b\x1b\x1b", 2, "??..."},
	};
	struct text t;
	size_t i;

	(void)state;
	text_init(&t, 100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_reset(&t);
		text_add_safe(&t, TEXT_TERM, rows[i].s, rows[i].max);
		assert_string_equal(t.p, rows[i].want);
		assert_false(t.cut);
	}
	text_free(&t);
}

static void
buffer_is_cut_between_characters_and_says_so(void **state)
{
	static const struct {
		const char *s;
		size_t size;
		const char *want;
	} rows[] = {
	    {"abcdef", 7, "abcdef"},
	    {"abcdef", 6, "ab..."},
	    {"abcdef", 4, "..."},
	    {"abcdef", 3, "ab"},
	    {"abcdef", 1, ""},
	    {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 10,
		"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"},
	    {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 9, "\xe2\x82\xac..."},
	    {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 7, "\xe2\x82\xac..."},
	    {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 6, "..."},
	    {"\xe2\x82\xac", 3, ""},
	};
	char buf[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(buf, '#', sizeof(buf));
		assert_string_equal(
		    text_safe(buf, rows[i].size, TEXT_TERM, rows[i].s), rows[i].want);
		assert_int_equal(buf[rows[i].size], '#');
	}
	buf[0] = '#';
	text_safe(buf, 0, TEXT_TERM, "x");
	assert_int_equal(buf[0], '#');
}

static void
cut_is_flagged_and_final(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 5);
	text_add(&t, "abc");
	assert_false(t.cut);
	text_add(&t, "\xe2\x82\xac"); /* three bytes where two fit: none of them */
	assert_true(t.cut);
	assert_string_equal(t.p, "abc");
	text_addc(&t, 'd'); /* would fit, and leave a hole */
	text_addf(&t, "%d", 1);
	assert_string_equal(t.p, "abc");
	text_reset(&t);
	assert_false(t.cut);
	text_add(&t, "12345");
	assert_false(t.cut);
	assert_int_equal(t.len, 5);
	text_add(&t, "");
	assert_false(t.cut);
	text_addc(&t, '6');
	assert_true(t.cut);
	assert_string_equal(t.p, "12345");
	text_free(&t);
	text_free(NULL);
}

static void
formats_are_bounded_too(void **state)
{
	char big[3000];
	struct text t;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	text_init(&t, 10000);
	text_addf(&t, "%s-%s", big, "end");
	assert_int_equal(t.len, 3003);
	assert_string_equal(t.p + 2999, "-end");
	assert_false(t.cut);
	text_free(&t);
	text_init(&t, 8);
	text_addf(&t, "%s", "1234567\xc3\xa9"); /* the cut goes through the last character */
	assert_true(t.cut);
	assert_string_equal(t.p, "1234567");
	text_free(&t);
	text_init(&t, 2000);
	text_addf(&t, "%s", big);
	assert_true(t.cut);
	assert_int_equal(t.len, 2000);
	text_free(&t);
}

static void
extreme_bounds_hold(void **state)
{
	struct text t;
	int i;

	(void)state;
	text_init(&t, 0);
	assert_string_equal(t.p, "");
	text_add(&t, "x");
	assert_true(t.cut);
	assert_int_equal(t.len, 0);
	text_free(&t);
	text_init(&t, SIZE_MAX);
	for (i = 0; i < 1000; i++)
		text_addn(&t, "0123456789", 10);
	assert_int_equal(t.len, 10000);
	assert_int_equal(strlen(t.p), 10000);
	assert_false(t.cut);
	text_free(&t);
}

static void
utf8_length_reads_no_further_than_told(void **state)
{
	static const struct {
		const char *s;
		size_t n, want;
	} rows[] = {
	    {"a", 1, 1},
	    {"a", 0, 0},
	    {"", 1, 0},
	    {"\xc3\xa9", 2, 2},
	    {"\xc3\xa9", 1, 0},
	    {"\xe2\x82\xac", 3, 3},
	    {"\xe2\x82\xac", 2, 0},
	    {"\xf0\x9f\x98\x80", 4, 4},
	    {"\xf0\x9f\x98\x80", 3, 0},
	    {"\xc2\x80", 2, 2},
	    {"\xdf\xbf", 2, 2},
	    {"\xe0\xa0\x80", 3, 3},
	    {"\xed\x9f\xbf", 3, 3},
	    {"\xee\x80\x80", 3, 3},
	    {"\xf0\x90\x80\x80", 4, 4},
	    {"\xf4\x8f\xbf\xbf", 4, 4},
	    {"\xf5\x80\x80\x80", 4, 0},
	    {"\xc1\xbf", 2, 0},
	    {"\xe2\x28\xa1", 3, 0},
	    {"\xe2\x82\x28", 3, 0},
	    {"\xf0\x9f\x98\x28", 4, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (text_utf8_len(rows[i].s, rows[i].n) != rows[i].want)
			fail_msg("row %zu", i);
}

static void
columns_count_characters(void **state)
{
	(void)state;
	assert_int_equal(text_columns(""), 0);
	assert_int_equal(text_columns("abc"), 3);
	assert_int_equal(text_columns("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 4);
	assert_int_equal(text_columns("a\x80\x80"), 3);
	assert_int_equal(text_columns("\xe2\x82"), 2);
}

static void
globs_match_whole_names(void **state)
{
	static const struct {
		const char *pattern, *s;
		bool want;
	} rows[] = {
	    {"", "", true},
	    {"", "a", false},
	    {"*", "", true},
	    {"*", "anything", true},
	    {"**", "", true},
	    {"?", "", false},
	    {"?", "a", true},
	    {"?", "ab", false},
	    {"?", "\xc3\xa9", true},
	    {"??", "\xc3\xa9", false},
	    {"*?", "\xe2\x82\xac", true},
	    {"web-*", "web-01", true},
	    {"web-*", "web-", true},
	    {"web-*", "web", false},
	    {"web-*", "my-web-01", false},
	    {"*.example", "a.example", true},
	    {"*.example", "a.example.org", false},
	    {"*.example", ".example.example", true},
	    {"a*b*c", "a-b-b-c", true},
	    {"a*b*c", "a-c-b", false},
	    {"Web", "web", false},
	    {"[ab]", "a", false},
	    {"[ab]", "[ab]", true},
	    {"\\*", "\\x", true},
	    {"a", "a*", false},
	    {"*a?", "aab", true},
	    {"*??c*",
		"\xe2\x82\xac"
		"cx",
		false}, /* a star takes whole characters */
	    {"*\xc3\xa9", "\xc3\xa9\xc3\xa9", true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (text_glob(rows[i].pattern, rows[i].s) != rows[i].want)
			fail_msg("%s against %s", rows[i].pattern, rows[i].s);
}

/* With recursion per star this pattern takes longer than the sun will shine. */
static void
globs_do_not_explode(void **state)
{
	char s[2001], pattern[101];
	size_t i;

	(void)state;
	memset(s, 'a', sizeof(s) - 1);
	s[sizeof(s) - 1] = '\0';
	for (i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 2);
	memcpy(pattern + i - 1, "b", 2);
	assert_false(text_glob(pattern, s));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tenant_text_is_made_harmless),
	    cmocka_unit_test(hidden_characters_are_shown_as_question_marks),
	    cmocka_unit_test(at_most_max_chars_are_taken),
	    cmocka_unit_test(buffer_is_cut_between_characters_and_says_so),
	    cmocka_unit_test(cut_is_flagged_and_final),
	    cmocka_unit_test(formats_are_bounded_too),
	    cmocka_unit_test(extreme_bounds_hold),
	    cmocka_unit_test(utf8_length_reads_no_further_than_told),
	    cmocka_unit_test(columns_count_characters),
	    cmocka_unit_test(globs_match_whole_names),
	    cmocka_unit_test(globs_do_not_explode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
