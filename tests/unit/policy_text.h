/* SPDX-License-Identifier: ISC */
/*
 * policy_text: what the tests of policy texts share: files of the tree, a text that must be good, and its print.
 */
#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/policy.h"

#define MINIMAL "[cloud]\nname = c\nendpoint = http://h/RPC2\n" /* three lines */

/* The file below top_srcdir, NUL-terminated. */
static inline char *
slurp(const char *name, size_t *len)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *bytes = calloc(1, 1 << 20);
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".", name);
	in = fopen(path, "rb");
	if (in == NULL || bytes == NULL)
		fail_msg("cannot read %s", path);
	*len = fread(bytes, 1, (1 << 20) - 1, in);
	fclose(in);
	return bytes;
}

/* A policy that must be good. */
static inline struct policy *
parse(const char *text)
{
	struct policy_errors errors;
	struct policy *p;
	struct fault f = {0};

	if (policy_parse("p.ini", text, strlen(text), "/state", &p, &errors, &f) != 0)
		fail_msg("refused:\n%sin\n%s", errors.text.p, text);
	assert_int_equal(errors.n, 0);
	text_free(&errors.text);
	return p;
}

static inline char *
print(const struct policy *p)
{
	struct text t;

	text_init(&t, POLICY_BYTES_MAX);
	policy_print(p, &t);
	assert_false(t.cut);
	return t.p;
}

/* The lines of a print, without warnings. */
static inline size_t
split_lines(char *text, char **lines, size_t max)
{
	size_t n = 0;
	char *s, *save;

	for (s = strtok_r(text, "\n", &save); s != NULL; s = strtok_r(NULL, "\n", &save))
		if (strncmp(s, "# WARNING", 9) != 0) {
			assert_true(n < max);
			lines[n++] = s;
		}
	return n;
}

#endif
