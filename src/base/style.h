/* SPDX-License-Identifier: ISC */
/*
 * style: how a report is set for people: as wide as their terminal, a few words in colour.
 *
 * Whoever prints has looked at the terminal (common_style); here nothing but its width and whether it may be
 * coloured is known. Escape sequences come from here alone and are never counted as columns; tenants' text goes
 * through text_add_safe, so that none can come from it. Pure.
 */
#ifndef STYLE_H
#define STYLE_H

#include <stdbool.h>

#include "base/text.h"

enum tint {
	TINT_NONE,
	TINT_BOLD,	/* headings */
	TINT_RED,	/* KILL, CRITICAL, BAD */
	TINT_YELLOW,	/* WAIT, warnings */
	TINT_GREEN	/* OK, alive */
};

struct style {
	int	columns;	/* of the terminal; 0: it is none, lines may be as long as they are */
	bool	colour;
};

#define STYLE_COLUMNS_MIN 20	/* narrower ones get this */

/* No terminal: no limit, no colour. */
extern const struct style style_plain;

/* The indent to use for one of so many columns: a narrow terminal has no room for a deep one. */
int	style_indent(const struct style *s, int indent);
/* Append words that are ours, in a colour. */
void	style_add(struct text *out, const struct style *s, enum tint tint, const char *words);
/* Append a heading: words of ours in bold, on lines of their own. */
void	style_head(struct text *out, const struct style *s, int indent, const char *words);
/*
 * Append text (escaped) and a newline, broken at blanks so that lines stay within the terminal; a word that is longer
 * than a line is cut over lines. at: columns that are taken on this line, its indent included; further lines are
 * indented by indent, or less on a narrow terminal. A blank in front is kept, as one. Without a width it is one line, as it stands.
 */
void	style_wrap(struct text *out, const struct style *s, int indent, int at, const char *text);

#endif
