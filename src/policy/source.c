/* SPDX-License-Identifier: ISC */
/*
 * source: line numbers and the list of errors. Pure.
 */
#include <string.h>

#include "policy/source.h"

#define ERRORS_BYTES (64 * 1024)

static size_t
place(const struct key *k)
{
	size_t n, i = (size_t)(k - keys_table(&n));

	BUG_ON(i >= n || n > sizeof(((struct source *)NULL)->line) / sizeof(unsigned));
	return i;
}

void
source_open(
    struct source *s, const char *file, struct policy_errors *errors, struct fault *first)
{
	memset(s, 0, sizeof(*s));
	s->file = file;
	s->errors = errors;
	s->first = first;
	text_init(&errors->text, ERRORS_BYTES);
	errors->n = 0;
}

void
source_error(struct source *s, unsigned line, const struct fault *what)
{
	struct text *t = &s->errors->text;
	char where[16] = "";
	struct text number;

	if (s->errors->n++ >= SOURCE_ERRORS_MAX)
		return;
	if (line > 0) {
		text_init(&number, sizeof(where) - 1);
		text_addf(&number, ":%u", line);
		memcpy(where, number.p, number.len + 1);
		text_free(&number);
	}
	text_add_safe(t, TEXT_TERM, s->file, 200);
	text_addf(t, "%s: %s%s%s\n", where, what->msg, what->remedy[0] != '\0' ? "; " : "",
	    what->remedy);
	if (s->errors->n == SOURCE_ERRORS_MAX)
		text_add(t, "(more errors are not shown)\n");
	if (s->errors->n == 1 && s->first != NULL) {
		*s->first = *what;
		fault_prefix(s->first, "%s%s", s->file, where);
	}
}

unsigned
source_line(const struct source *s, const struct key *k)
{
	size_t i = place(k);

	if (s->line[i] > 0)
		return s->line[i];
	return s->header[i] > 0 ? s->header[i] : s->last;
}

bool
source_has(const struct source *s, const struct key *k)
{
	return s->line[place(k)] > 0;
}
