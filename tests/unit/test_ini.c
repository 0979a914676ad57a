/* SPDX-License-Identifier: ISC */
/*
 * test_ini: what the line reader takes, what it refuses, and on which line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "policy/ini.h"

/* Everything that a text reads as: "line:[section]", "line:key=value", "line:!what", a blank between. */
static void
read_all(const char *bytes, size_t len, struct text *out)
{
	struct ini *i = malloc(sizeof(*i));
	enum ini_kind kind;

	assert_non_null(i);
	text_init(out, 1 << 20);
	ini_open(i, bytes, len);
	while ((kind = ini_next(i)) != INI_END) {
		text_addf(out, "%s%u:", out->len > 0 ? " " : "", i->line);
		if (kind == INI_SECTION)
			text_addf(out, "[%s]", i->name);
		else if (kind == INI_KEY)
			text_addf(out, "%s=%s", i->name, i->value);
		else
			text_addf(out, "!%s", i->bad.msg);
	}
	free(i);
}

struct row {
	const char *name, *text, *read;
};

static void
check_rows(const struct row *t, size_t n)
{
	struct text out;
	char *exact;
	size_t i, len;

	for (i = 0; i < n; i++) {
		/* an allocation of just the size, so that a sanitizer sees a read beyond it */
		len = strlen(t[i].text);
		exact = malloc(len + 1);
		assert_non_null(exact);
		memcpy(exact, t[i].text, len);
		exact = realloc(exact, len > 0 ? len : 1);
		read_all(exact, len, &out);
		if (strcmp(out.p, t[i].read) != 0)
			fail_msg("%s: read as\n%s\nnot\n%s", t[i].name, out.p, t[i].read);
		text_free(&out);
		free(exact);
	}
}

static void
lines_are_taken_as_they_stand(void **state)
{
	static const struct row t[] = {
	    {"nothing", "", ""},
	    {"empty lines", "\n\n  \n", ""},
	    {"section and key", "[a]\nk = v\n", "1:[a] 2:k=v"},
	    {"no blanks", "[a]\nk=v\n", "1:[a] 2:k=v"},
	    {"blanks around", "  [a]  \n  k   =   v w   \n", "1:[a] 2:k=v w"},
	    {"tabs", "\t[a]\n\tk\t=\tv\tw\t\n", "1:[a] 2:k=v w"},
	    {"comments keep the count", "# one\n; two\n\n[a]\n  # three\nk = v\n",
		"4:[a] 6:k=v"},
	    {"digits and underscores in names", "[a1]\nk_2 = v\n", "1:[a1] 2:k_2=v"},
	    {"CR LF", "[a]\r\nk = v\r\n", "1:[a] 2:k=v"},
	    {"byte order mark", "\xef\xbb\xbf[a]\nk = v\n", "1:[a] 2:k=v"},
	    {"first = counts", "k = a=b\n", "1:k=a=b"},
	    {"variables, quotes inside, braces and stars are text",
		"k = ${HOME}/a\"b\"*{+}/*\\\n", "1:k=${HOME}/a\"b\"*{+}/*\\"},
	    {"# inside a word", "k = a#b;c\n", "1:k=a#b;c"},
	    {"apostrophe inside a word", "k = O'Brien\n", "1:k=O'Brien"},
	    {"UTF-8", "k = caf\xc3\xa9\n", "1:k=caf\xc3\xa9"},
	    {"section names may repeat here", "[a]\n[a]\n", "1:[a] 2:[a]"},
	};

	(void)state;
	check_rows(t, sizeof(t) / sizeof(t[0]));
}

static void
bad_lines_are_named_and_reading_goes_on(void **state)
{
	static const struct row t[] = {
	    {"no newline at the end", "[a]\nk = v",
		"1:[a] 2:!the file ends in the middle of a line: it may be cut"},
	    {"no newline after a comment", "# a",
		"1:!the file ends in the middle of a line: it may be cut"},
	    {"no newline after a blank", "k = v\n ",
		"1:k=v 2:!the file ends in the middle of a line: it may be cut"},
	    {"header cut", "[a\nk = v\n",
		"1:!a section header without its ]: cut, or a slip 2:k=v"},
	    {"text after a header", "[a] b\n", "1:!text after the section header"},
	    {"comment after a header", "[a] # b\n", "1:!text after the section header"},
	    {"empty header", "[]\n", "1:!not a section name"},
	    {"blank in a header", "[ a ]\n", "1:!not a section name"},
	    {"capitals in a header", "[Reap]\n", "1:!not a section name"},
	    {"titled section", "[a \"b\"]\n", "1:!not a section name"},
	    {"neither", "armed yes\nk = v\n",
		"1:!neither [section] nor key = value nor a comment 2:k=v"},
	    {"colon for =", "k : v\n", "1:!neither [section] nor key = value nor a comment"},
	    {"no key", "= v\n", "1:!not a key name"},
	    {"capitals in a key", "Grace = v\n", "1:!not a key name"},
	    {"path of libConfuse", "a|k = v\n", "1:!not a key name"},
	    {"hyphen in a key", "a-k = v\n", "1:!not a key name"},
	    {"+=", "k += v\n", "1:!not a key name"},
	    {"no value", "k =\nl = v\n", "1:!k has no value 2:l=v"},
	    {"blank value", "k = \t \n", "1:!k has no value"},
	    {"double quotes", "k = \"v\"\n", "1:!a value in quotes"},
	    {"single quotes in a list", "k = a, 'b'\n", "1:!a value in quotes"},
	    {"comment after a value", "k = v # w\n", "1:!a comment after a value"},
	    {"comment after a value with ;", "k = v\t; w\n", "1:!a comment after a value"},
	    {"comment after a comma", "k = v,#w\n", "1:!a comment after a value"},
	    {"comment for a value", "k = # w\n", "1:!a comment after a value"},
	    {"CR inside", "k = a\rb\n", "1:!control byte 0x0d"},
	    {"CR alone ends no line", "# a\rarmed = yes\r\n", "1:!control byte 0x0d"},
	    {"two CR", "k = v\r\r\n", "1:!control byte 0x0d"},
	    {"escape in a comment", "# \x1b[2J\nk = v\n", "1:!control byte 0x1b 2:k=v"},
	    {"DEL", "k = a\x7f\n", "1:!control byte 0x7f"},
	    {"Latin-1", "k = caf\xe9\n", "1:!byte 0xe9 is not UTF-8"},
	    {"overlong", "k = \xc0\xaf\n", "1:!byte 0xc0 is not UTF-8"},
	    {"mark on line 2", "\n\xef\xbb\xbf[a]\n",
		"2:!an invisible or direction-changing character"},
	    {"two marks", "\xef\xbb\xbf\xef\xbb\xbf[a]\n",
		"1:!an invisible or direction-changing character"},
	    {"direction override", "k = \xe2\x80\xaeson\n",
		"1:!an invisible or direction-changing character"},
	    {"several", "x\n[a\nk =\n",
		"1:!neither [section] nor key = value nor a comment "
		"2:!a section header without its ]: cut, or a slip 3:!k has no value"},
	};

	(void)state;
	check_rows(t, sizeof(t) / sizeof(t[0]));
}

static void
a_nul_is_refused_wherever_it_stands(void **state)
{
	static const char text[] = "[a]\nk = v\nl = w\n";
	char with[sizeof(text)];
	struct text out;
	size_t at;

	(void)state;
	for (at = 0; at < sizeof(text) - 1; at++) {
		memcpy(with, text, at);
		with[at] = '\0';
		memcpy(with + at + 1, text + at, sizeof(text) - 1 - at);
		read_all(with, sizeof(text), &out);
		assert_non_null(strstr(out.p, "!a NUL byte"));
		text_free(&out);
	}
}

static void
a_line_has_a_longest_length(void **state)
{
	char *bytes = malloc(1 << 20);
	struct text out;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'v', 1 << 20);
	memcpy(bytes, "k=", 2);
	memcpy(bytes + INI_LINE_MAX, "\nl=w\n", 5);
	read_all(bytes, INI_LINE_MAX + 5, &out);
	assert_memory_equal(out.p, "1:k=vvv", 7);
	assert_non_null(strstr(out.p, "v 2:l=w"));
	text_free(&out);

	memset(bytes, 'v', INI_LINE_MAX + 1);
	memcpy(bytes + INI_LINE_MAX + 1, "\nl=w\n", 5);
	read_all(bytes, INI_LINE_MAX + 6, &out);
	assert_string_equal(out.p, "1:!the line is longer than 4096 bytes 2:l=w");
	text_free(&out);

	memset(bytes, 'v', 1 << 20);
	memcpy(bytes + (1 << 20) - 5, "\nl=w\n", 5);
	read_all(bytes, 1 << 20, &out);
	assert_string_equal(out.p, "1:!the line is longer than 4096 bytes 2:l=w");
	text_free(&out);
	free(bytes);
}

/* A text in a value must never appear in a complaint: it may be a password in the wrong place. */
static void
complaints_quote_no_contents(void **state)
{
	static const char *const t[] = {"s3cret\n", "[s3cret\n", "oneadmin:s3cret\n",
	    "S3cret = s3cret\n", "k = \"s3cret\"\n", "k = a #s3cret\n", "[a]s3cret\n"};
	struct text out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		read_all(t[i], strlen(t[i]), &out);
		assert_non_null(strchr(out.p, '!'));
		assert_null(strstr(out.p, "s3cret"));
		text_free(&out);
	}
}

static void
kinds_have_names(void **state)
{
	(void)state;
	assert_string_equal(ini_kind_str(INI_END), "end");
	assert_string_equal(ini_kind_str(INI_SECTION), "section");
	assert_string_equal(ini_kind_str(INI_KEY), "key");
	assert_string_equal(ini_kind_str(INI_BAD), "bad");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_taken_as_they_stand),
	    cmocka_unit_test(bad_lines_are_named_and_reading_goes_on),
	    cmocka_unit_test(a_nul_is_refused_wherever_it_stands),
	    cmocka_unit_test(a_line_has_a_longest_length),
	    cmocka_unit_test(complaints_quote_no_contents),
	    cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
