/* SPDX-License-Identifier: ISC */
/*
 * grid: tables for people, as wide as their terminal.
 *
 * A table that is too wide is cut in its shrinkable columns; if that is not enough, each row goes over several lines,
 * its last columns below its first; and where three lines are not enough, too, a row is a block of "key: value" lines.
 * Cells may hold tenants' text: they are escaped here before they are measured. Pure.
 */
#ifndef GRID_H
#define GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/style.h"
#include "base/text.h"

#define GRID_COLUMNS_MAX 16
#define GRID_CELL_MAX	 256	/* bytes of a cell, NUL included */

struct grid_column {
	const char *head;
	bool	right;		/* numbers */
	bool	shrink;		/* may be cut (with a "~") when the terminal is narrow */
};

struct grid {
	const struct grid_column *columns;
	size_t	n_columns, n_rows;
	/* NULL: every row is shown. */
	bool	(*is_shown)(const void *ctx, size_t row);
	/* The text of one cell as it is, and its colour. */
	enum tint (*cell)(const void *ctx, size_t row, size_t column, char buf[static GRID_CELL_MAX]);
	const void *ctx;
};

/* Append the table, its headings in bold; false and nothing when no row is shown. */
bool	grid_add(struct text *out, const struct style *s, const struct grid *g);

#endif
