/* SPDX-License-Identifier: ISC */
/*
 * The grammar of stratuslab-user.cfg (stratuslab.md 3.2), held against what Python's SafeConfigParser makes of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "command/usercfg.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void
values_are_those_of_python(void **state)
{
	static const struct {
		const char *text, *section, *name, *value; /* value NULL: none */
	} rows[] = {
	    {"[default]\nusername = alice\n", NULL, "username", "alice"},
	    {"[default]\nusername: alice\n", NULL, "username", "alice"},
	    {"[default]\nUserName=alice\n", NULL, "username", "alice"},
	    {"[default]\nusername   =   alice  \r\n", NULL, "username", "alice"},
	    {"[default]\npassword = a=b:c\n", NULL, "password", "a=b:c"},
	    {"[default]\npassword = \"quoted\"\n", NULL, "password", "\"quoted\""},
	    {"[default]\npassword = \"\"\n", NULL, "password", NULL},
	    {"[default]\npassword =\n", NULL, "password", NULL},
	    {"[default]\npassword = a #b\n", NULL, "password", "a #b"},
	    {"[default]\npassword = a ;b\n", NULL, "password", "a"},
	    {"[default]\npassword = a;b\n", NULL, "password", "a;b"},
	    {"[default]\npassword = a;b ;c\n", NULL, "password", "a;b ;c"},
	    {"[default]\n# username = bob\n; x\nrem y\nusername = alice\n", NULL, "username",
		"alice"},
	    {"[default]\npassword = 50%% off\n", NULL, "password", "50% off"},
	    {"[default]\nname = x\nendpoint = %(name)s.org\n", NULL, "endpoint", "x.org"},
	    {"[default]\nname = x\nendpoint = a%(NAME)s%%%(name)sb\n", NULL, "endpoint",
		"ax%xb"},
	    {"[default]\nname = %%\nendpoint = %(name)s\n", NULL, "endpoint", "%"},
	    {"[default]\na = %(b)s\nb = %(c)s!\nc = deep\n", NULL, "a", "deep!"},
	    {"[default]\nendpoints = one\n  two\n\tthree\n", NULL, "endpoints",
		"one\ntwo\nthree"},
	    {"[default]\nendpoints = one\n\n# c\n  two\n", NULL, "endpoints", "one\ntwo"},
	    {"[default]\nusername = a\nusername = b\n", NULL, "username", "b"},
	    {"[default]\nusername = a\n[s]\nusername = b\n", "s", "username", "b"},
	    {"[default]\nusername = a\n[s]\nx = b\n", "s", "username", "a"},
	    {"[s]\nusername = b\n[default]\nusername = a\n", NULL, "username", "a"},
	    {"[default]\nusername = a\n[s]\nusername = b\n[default]\nusername = c\n", NULL,
		"username", "c"},
	    {"\xef\xbb\xbf[default]\nusername = a", NULL, "username", "a"},
	    {"[default]\n", NULL, "username", NULL},
	    {"[default]\nusername = J\xc3\xb6rg\n", NULL, "username", "J\xc3\xb6rg"},
	};
	struct usercfg c;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct arena *a = arena_new(1 << 20);
		const char *value = NULL;
		unsigned line;

		memset(&f, 0, sizeof(f));
		if (usercfg_parse(a, "u.cfg", rows[i].text, strlen(rows[i].text), &c, &f) !=
			0 ||
		    usercfg_get(&c, a, rows[i].section, rows[i].name, &value, &line, &f) != 0)
			fail_msg("row %zu: %s", i, f.msg);
		if ((value == NULL) != (rows[i].value == NULL) ||
		    (value != NULL && strcmp(value, rows[i].value) != 0))
			fail_msg("row %zu: '%s'", i, value != NULL ? value : "-");
		assert_true(value == NULL || line > 0);
		arena_free(a);
	}
}

static void
what_python_refuses_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
	    {"", "no section [default]"},
	    {"username = alice\n", "u.cfg:1: a key before any section"},
	    {"[DEFAULT]\nusername = a\n", "no section [default]"},
	    {"[default]\nusername alice\n", "u.cfg:2: neither"},
	    {"[default]\n= alice\n", "u.cfg:2: neither"},
	    {"[default\nusername = a\n", "u.cfg:1: a section without"},
	    {"[default]\n  username = a\n", "u.cfg:2: an indented line"},
	    {"[default]\nusername = a\1b\n", "u.cfg:2: a control byte"},
	    {"[default]\npassword = 50% off\n", "u.cfg:2: password: a single %"},
	    {"[default]\npassword = %\n", "u.cfg:2: password: a single %"},
	    {"[default]\npassword = %(x\n", "u.cfg:2: password: a single %"},
	    {"[default]\npassword = %(x)d\n", "u.cfg:2: password: a single %"},
	    {"[default]\n\npassword = sesame%(missing)s\n",
		"u.cfg:3: password: %(...)s names a key"},
	    {"[default]\npassword = %(password)s\n", "u.cfg:2: password: %(...)s goes round"},
	    {"[default]\npassword = %(a)s%(a)s\na = %(b)s%(b)s\nb = %(a)s%(a)s\n",
		"goes round"},
	};
	char big[USERCFG_BYTES_MAX + 64] = "[default]\n";
	struct usercfg c;
	struct fault f;
	struct arena *a;
	const char *value;
	unsigned line;
	size_t n;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		a = arena_new(1 << 20);
		memset(&f, 0, sizeof(f));
		if (usercfg_parse(a, "u.cfg", rows[i].text, strlen(rows[i].text), &c, &f) ==
			0 &&
		    usercfg_get(&c, a, NULL, "password", &value, &line, &f) == 0)
			fail_msg("row %zu is taken", i);
		if (strstr(f.msg, rows[i].says) == NULL || f.remedy[0] == '\0')
			fail_msg("row %zu: %s (%s)", i, f.msg, f.remedy);
		assert_null(strstr(f.msg, "sesame"));
		arena_free(a);
	}
	/* a NUL, a line and a file that are too long */
	a = arena_new(1 << 20);
	assert_int_equal(usercfg_parse(a, "u", "[default]\na = b\0c\n", 18, &c, &f), -1);
	n = strlen(big);
	memset(big + n, 'x', 5000);
	assert_int_equal(usercfg_parse(a, "u", big, n + 5000, &c, &f), -1);
	memset(big, '\n', sizeof(big));
	assert_int_equal(usercfg_parse(a, "u", big, sizeof(big), &c, &f), -1);
	arena_free(a);
}

/* Replacements that double with each step end at a bound, and long ones do not write beyond their buffer. */
static void
expansion_is_bounded(void **state)
{
	char text[16384];
	struct arena *a = arena_new(1 << 20);
	struct usercfg c;
	struct fault f;
	const char *value;
	unsigned line;
	int n;

	(void)state;
	n = snprintf(text, sizeof(text),
	    "[default]\nx = %03900d\np = %%(x)s%%(x)s%%(x)s\nq = %%(x)s\n", 7);
	assert_int_equal(usercfg_parse(a, "u", text, (size_t)n, &c, &f), 0);
	assert_int_equal(usercfg_get(&c, a, NULL, "p", &value, &line, &f), -1);
	assert_non_null(strstr(f.msg, "too long"));
	assert_int_equal(usercfg_get(&c, a, NULL, "q", &value, &line, &f), 0);
	assert_int_equal(strlen(value), 3900);
	arena_free(a);
}

static void
sections_are_known_and_secrets_wiped(void **state)
{
	static const char text[] =
	    "[default]\npassword = sesame\npdisk_password = s2\nusername = a\n"
	    "[other]\nendpoints = https://h alice sesame\n";
	struct arena *a = arena_new(1 << 20);
	struct usercfg c;
	struct fault f;

	(void)state;
	assert_int_equal(usercfg_parse(a, "u", text, strlen(text), &c, &f), 0);
	assert_true(usercfg_has_section(&c, "other"));
	assert_true(usercfg_has_section(&c, "default"));
	assert_false(usercfg_has_section(&c, "Other"));
	usercfg_wipe(&c);
	assert_int_equal(c.n, 4);
	assert_string_equal(c.keys[0].value, "");
	assert_string_equal(c.keys[1].value, "");
	assert_string_equal(c.keys[2].value, "a");
	assert_string_equal(c.keys[3].value, "");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_those_of_python),
	    cmocka_unit_test(what_python_refuses_is_refused_with_its_line),
	    cmocka_unit_test(expansion_is_bounded),
	    cmocka_unit_test(sections_are_known_and_secrets_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
