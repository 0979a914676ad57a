/* SPDX-License-Identifier: ISC */
/*
 * plot: bars and lines as inline SVG, each with a title and a description for those who do not see it. There is no text
 * in the pictures: it would not keep its size on a small screen. Private to report/. Pure.
 */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include <stddef.h>
#include <stdint.h>

#include "report/html.h"

/* A bar that is part out of whole long. id: unique in the page. */
void	plot_bar(struct html *h, const char *id, int64_t part, int64_t whole, const char *title,
	    const char *desc);

struct plot_point {
	int64_t	when_s;
	double	value;			/* not negative */
};
/* The next number above v that is good to read: 1, 2, 5, 10, 20 ... */
double	plot_nice(double v);
/* A line over time, from 0 to top; points ascending by time, two at least. */
void	plot_line(struct html *h, const char *id, const struct plot_point *v, size_t n, double top,
	    const char *title, const char *desc);

#endif
