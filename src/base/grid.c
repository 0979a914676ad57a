/* SPDX-License-Identifier: ISC */
/*
 * grid: the layout of a table. Nothing is kept: each cell is asked for twice, to measure it and to print it. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/grid.h"

#define WIDEST	  40 /* columns of a cell at most */
#define NARROWEST 8 /* a shrinkable column keeps as many */
#define GAP	  2
#define LINES_MAX 3

struct layout {
	size_t width[GRID_COLUMNS_MAX];
	bool breaks[GRID_COLUMNS_MAX]; /* a column that begins a further line of its row */
	size_t indent; /* of the lines behind the first */
	bool blocks; /* "key: value" instead */
};

/* Escaped, and cut to width columns; a cut shows as one sign. Returns the columns that it takes. */
static size_t
cell_fit(char *safe, size_t size, const char *raw, size_t width)
{
	size_t columns, at;

	text_safe(safe, size, TEXT_TERM, raw);
	columns = text_columns(safe);
	if (columns <= width)
		return columns;
	at = text_fit(safe, width > 0 ? width - 1 : 0);
	snprintf(safe + at, size - at, "~");
	return text_columns(safe);
}

static bool
is_shown(const struct grid *g, size_t row)
{
	return g->is_shown == NULL || g->is_shown(g->ctx, row);
}

static size_t
measure(const struct grid *g, struct layout *l)
{
	char raw[GRID_CELL_MAX], safe[GRID_CELL_MAX * 4];
	size_t row, c, w, shown = 0;

	memset(l, 0, sizeof(*l));
	for (c = 0; c < g->n_columns; c++)
		l->width[c] = text_columns(g->columns[c].head);
	for (row = 0; row < g->n_rows; row++) {
		if (!is_shown(g, row))
			continue;
		shown++;
		for (c = 0; c < g->n_columns; c++) {
			raw[0] = '\0';
			g->cell(g->ctx, row, c, raw);
			w = cell_fit(safe, sizeof(safe), raw, WIDEST);
			if (w > l->width[c])
				l->width[c] = w;
		}
	}
	return shown;
}

static size_t
total(const struct grid *g, const struct layout *l)
{
	size_t c, sum = GAP * (g->n_columns - 1);

	for (c = 0; c < g->n_columns; c++)
		sum += l->width[c];
	return sum;
}

/* Cut shrinkable columns, the widest first. False: that is not enough. */
static bool
shrink(const struct grid *g, struct layout *l, size_t limit)
{
	size_t c, widest;

	while (total(g, l) > limit) {
		widest = g->n_columns;
		for (c = 0; c < g->n_columns; c++)
			if (g->columns[c].shrink && l->width[c] > NARROWEST &&
			    (widest == g->n_columns || l->width[c] > l->width[widest]))
				widest = c;
		if (widest == g->n_columns)
			return false;
		l->width[widest]--;
	}
	return true;
}

/* As many columns on a line as fit. False: more lines than a row should have. */
static bool
wrap(const struct grid *g, struct layout *l, size_t limit)
{
	size_t c, line = 0, at = 0, gap;

	l->indent = l->width[0] + GAP;
	for (c = 0; c < g->n_columns; c++) {
		gap = c > 0 ? GAP : 0;
		if (at + gap + l->width[c] > limit) {
			l->breaks[c] = true;
			line++;
			at = l->indent;
			gap = 0;
		}
		at += gap + l->width[c];
		if (at > limit || line >= LINES_MAX)
			return false;
	}
	return true;
}

static void
layout(const struct grid *g, const struct style *s, struct layout *l)
{
	size_t limit = (size_t)s->columns;
	struct layout natural = *l;

	if (s->columns == 0 || shrink(g, l, limit))
		return;
	*l = natural;
	l->blocks = !wrap(g, l, limit);
}

/* What is due before the next cell that is not empty: so no line ends in blanks, and none is empty. */
struct due {
	size_t blanks;
	bool newline;
};

static void
add_cell(struct text *out, const struct style *s, const struct grid *g, const struct layout *l,
    size_t c, const char *raw, enum tint tint, struct due *due)
{
	char safe[GRID_CELL_MAX * 4];
	size_t w = cell_fit(safe, sizeof(safe), raw, l->width[c]), pad = l->width[c] - w;

	if (l->breaks[c]) {
		due->newline = true;
		due->blanks = l->indent;
	} else if (c > 0)
		due->blanks += GAP;
	if (g->columns[c].right)
		due->blanks += pad;
	if (w > 0) {
		text_addf(out, "%s%*s", due->newline ? "\n" : "", (int)due->blanks, "");
		style_add(out, s, tint, safe);
		due->newline = false;
		due->blanks = 0;
	}
	if (!g->columns[c].right)
		due->blanks += pad;
}

static void
add_block(struct text *out, const struct style *s, const struct grid *g, size_t row)
{
	char raw[GRID_CELL_MAX];
	size_t c;

	for (c = 0; c < g->n_columns; c++) {
		enum tint tint;

		raw[0] = '\0';
		tint = g->cell(g->ctx, row, c, raw);
		if (raw[0] == '\0')
			continue;
		text_add(out, c > 0 ? "  " : "");
		style_add(out, s, TINT_BOLD, g->columns[c].head);
		text_add(out, ": ");
		if (tint != TINT_NONE && s->colour && text_is_clean(raw) &&
		    text_columns(raw) + 12 <= (size_t)s->columns) {
			style_add(out, s, tint, raw);
			text_addc(out, '\n');
		} else
			style_wrap(out, s, 4,
			    (int)text_columns(g->columns[c].head) + (c > 0 ? 4 : 2), raw);
	}
}

bool
grid_add(struct text *out, const struct style *s, const struct grid *g)
{
	char raw[GRID_CELL_MAX];
	struct layout l;
	size_t row, c;
	struct due due = {0, false};
	enum tint tint;

	BUG_ON(g->n_columns == 0 || g->n_columns > GRID_COLUMNS_MAX);
	if (measure(g, &l) == 0)
		return false;
	layout(g, s, &l);
	for (c = 0; !l.blocks && c < g->n_columns; c++)
		add_cell(out, s, g, &l, c, g->columns[c].head, TINT_BOLD, &due);
	if (!l.blocks)
		text_addc(out, '\n');
	for (row = 0; row < g->n_rows; row++) {
		if (!is_shown(g, row))
			continue;
		if (l.blocks) {
			add_block(out, s, g, row);
			continue;
		}
		due = (struct due){0, false};
		for (c = 0; c < g->n_columns; c++) {
			raw[0] = '\0';
			tint = g->cell(g->ctx, row, c, raw);
			add_cell(out, s, g, &l, c, raw, tint, &due);
		}
		text_addc(out, '\n');
	}
	return true;
}
