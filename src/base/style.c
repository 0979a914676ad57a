/* SPDX-License-Identifier: ISC */
/*
 * style: colour and broken lines for people at a terminal. Pure.
 */
#include <string.h>

#include "base/style.h"

#define TEXT_MAX 8192 /* characters that are wrapped at most */
#define NARROW	 48 /* below, a deep indent takes too much of a line */
#define SHALLOW \
	4 /* and this is used: deeper than that of any label, so that no name can look like one */

const struct style style_plain = {0, false};

int
style_indent(const struct style *s, int indent)
{
	return s->columns > 0 && s->columns < NARROW && indent > SHALLOW ? SHALLOW : indent;
}

void
style_add(struct text *out, const struct style *s, enum tint tint, const char *words)
{
	/* ECMA-48, 8.3.117 (SGR) */
	static const char *const codes[] = {"", "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[32m"};
	bool on = s->colour && tint != TINT_NONE && *words != '\0';

	if (on)
		text_add(out, codes[tint]);
	text_add(out, words);
	if (on)
		text_add(out, "\x1b[0m");
}

static void
new_line(struct text *out, int indent)
{
	while (out->len > 0 && out->p[out->len - 1] == ' ')
		out->p[--out->len] = '\0';
	text_addf(out, "\n%*s", indent, "");
}

/* A word, cut over lines where no line is wide enough for it. Returns the column behind it. */
static int
add_word(struct text *out, const char *word, int indent, int at, int width)
{
	size_t took;

	while (at + (int)text_columns(word) > width) {
		took = text_fit(word, at < width ? (size_t)(width - at) : 0);
		if (took == 0 && at <= indent)
			break; /* a wide character in a line of one column */
		text_addn(out, word, took);
		word += took;
		new_line(out, indent);
		at = indent;
	}
	text_add(out, word);
	return at + (int)text_columns(word);
}

void
style_wrap(struct text *out, const struct style *s, int indent, int at, const char *text)
{
	struct text safe, word;
	const char *from;
	size_t len;
	bool first = *text != ' ';

	text_init(&safe, TEXT_MAX * 4 + 4);
	text_init(&word, TEXT_MAX * 4 + 4);
	text_add_safe(&safe, TEXT_TERM, text, TEXT_MAX);
	if (s->columns == 0)
		text_add(out, safe.p);
	indent = style_indent(s, indent);
	for (from = safe.p + strspn(safe.p, " "); s->columns > 0 && *from != '\0';
	     from += len + strspn(from + len, " ")) {
		len = strcspn(from, " ");
		text_reset(&word);
		text_addn(&word, from, len);
		if (at > indent && at + !first + (int)text_columns(word.p) > s->columns) {
			new_line(out, indent);
			at = indent;
		} else if (!first) {
			text_addc(out, ' ');
			at++;
		}
		at = add_word(out, word.p, indent, at, s->columns);
		first = false;
	}
	text_addc(out, '\n');
	text_free(&safe);
	text_free(&word);
}

void
style_head(struct text *out, const struct style *s, int indent, const char *words)
{
	struct text lines;

	text_init(&lines, TEXT_MAX * 4 + 4);
	style_wrap(&lines, s, indent, indent, words);
	lines.p[--lines.len] = '\0'; /* the colour ends before the line does */
	text_addf(out, "%*s", indent, "");
	style_add(out, s, TINT_BOLD, lines.p);
	text_addc(out, '\n');
	text_free(&lines);
}
