/* SPDX-License-Identifier: ISC */
/*
 * fuzz_extraini: any bytes as the file behind --extra-opts. Options are whole, bounded and each one word of a command
 * line; a refusal shows nothing of the file; the sections of other plugins change nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "command/extraini.h"

#define SECTION "check_vms"
#define OTHERS	"\n[check_vms2]\n--nonsense = \n[x check_vms]\nnonsense here\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	int rc;
	size_t n;
	struct text out;
	struct fault f;
};

static void
read_it(struct outcome *o, const char *bytes, size_t len)
{
	o->n = 0;
	memset(&o->f, 0, sizeof(o->f));
	text_init(&o->out, 64 * 1024);
	o->rc = extraini_read(bytes, len, SECTION, &o->out, &o->n, &o->f);
	BUG_ON(o->n > EXTRAINI_OPTIONS_MAX);
}

static void
check_options(const struct outcome *o)
{
	const char *s = o->out.p, *end = o->out.p + o->out.len;
	size_t i, dashes;

	BUG_ON(o->out.cut);
	for (i = 0; i < o->n; i++, s += strlen(s) + 1) {
		BUG_ON(s >= end || memchr(s, '\0', (size_t)(end - s)) == NULL);
		dashes = strspn(s, "-");
		BUG_ON(dashes != 1 && dashes != 2);
		BUG_ON(s[dashes] == '\0' || s[dashes] == '=' || strchr(s, '\n') != NULL);
	}
	BUG_ON(s != end);
}

/* Only a number and words of our own: it may be the line with somebody's password. */
static void
check_refusal(const struct fault *f)
{
	static const char *const ours[] = {"it has no section [" SECTION "]",
	    "it holds a NUL byte: no text file", "its options are too long",
	    ": a section header without its ]", ": an option before the first [section]",
	    ": too many options", ": neither [section] nor key = value"};
	const char *s = f->msg;
	size_t i;

	if (strncmp(s, "line ", 5) == 0)
		s += 5 + strspn(s + 5, "0123456789");
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(s, ours[i]) == 0)
			return;
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *longer = malloc(size + sizeof(OTHERS));
	struct outcome a, b;

	if (longer == NULL)
		abort();
	if (size > 0)
		memcpy(longer, data, size);
	memcpy(longer + size, OTHERS, sizeof(OTHERS) - 1);
	read_it(&a, (const char *)data, size);
	read_it(&b, longer, size + sizeof(OTHERS) - 1);
	if (a.rc == 0)
		check_options(&a);
	else
		check_refusal(&a.f);
	BUG_ON(a.rc != b.rc || a.n != b.n || strcmp(a.f.msg, b.f.msg) != 0);
	BUG_ON(a.out.len != b.out.len || memcmp(a.out.p, b.out.p, a.out.len) != 0);
	text_free(&a.out);
	text_free(&b.out);
	free(longer);
	return 0;
}
