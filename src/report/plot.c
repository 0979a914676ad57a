/* SPDX-License-Identifier: ISC */
/*
 * plot: coordinates are whole numbers, which look the same in every locale; the page's style gives sizes and colours.
 */
#include <stdio.h>

#include "base/arena.h"
#include "report/plot.h"

#define WIDTH  1000
#define HEIGHT 200

/* <svg> with its title and description, which screen readers say in the place of the picture. */
static void
begin(struct html *h, const char *id, const char *class, const char *box, const char *title,
    const char *desc)
{
	char tid[64], did[64], both[130];

	snprintf(tid, sizeof(tid), "%s-t", id);
	snprintf(did, sizeof(did), "%s-d", id);
	snprintf(both, sizeof(both), "%s %s", tid, did);
	html_open(h, "svg", "class", class, "viewBox", box, "preserveAspectRatio", "none",
	    "role", "img", "aria-labelledby", both);
	html_open(h, "title", "id", tid);
	html_text(h, title);
	html_close(h);
	html_open(h, "desc", "id", did);
	html_text(h, desc);
	html_close(h);
}

void
plot_bar(struct html *h, const char *id, int64_t part, int64_t whole, const char *title,
    const char *desc)
{
	char width[24];
	/* a bar of something is never nothing */
	int64_t w = whole > 0 ? (int64_t)((double)part / (double)whole * WIDTH) : 0;

	snprintf(width, sizeof(width), "%lld",
	    (long long)(part > 0 && w < 8 ? 8
			: w > WIDTH	  ? WIDTH
					  : w));
	begin(h, id, "bar", "0 0 1000 10", title, desc);
	html_void(h, "rect", "class", "track", "width", "1000", "height", "10");
	html_void(h, "rect", "class", "fill", "width", width, "height", "10");
	html_close(h);
}

double
plot_nice(double v)
{
	static const int steps[] = {1, 2, 5, 10};
	double power = 1;
	int i;

	while (power * 10 <= v)
		power *= 10;
	for (i = 0; i < 3 && power * steps[i] < v; i++)
		continue;
	return power * steps[i];
}

static void
add_point(struct text *t, const struct plot_point *v, size_t n, size_t i, double top)
{
	double span = (double)(v[n - 1].when_s - v[0].when_s);
	int x = span > 0 ? (int)((double)(v[i].when_s - v[0].when_s) / span * WIDTH) : 0;
	int y = HEIGHT - (int)(v[i].value / top * HEIGHT);

	text_addf(t, "%s%d,%d", t->len > 0 ? " " : "", x, y);
}

void
plot_line(struct html *h, const char *id, const struct plot_point *v, size_t n, double top,
    const char *title, const char *desc)
{
	struct text line, area;
	size_t i;

	BUG_ON(n < 2 || top <= 0);
	/* an attribute may have so much: a point is at most 10 bytes */
	BUG_ON(n > 150);
	text_init(&line, 2000);
	for (i = 0; i < n; i++)
		add_point(&line, v, n, i, top);
	text_init(&area, 2100);
	text_addf(&area, "0,%d %s %d,%d", HEIGHT, line.p, WIDTH, HEIGHT);
	begin(h, id, "trend", "0 0 1000 200", title, desc);
	for (i = 0; i <= 4; i++) {
		char y[8];

		snprintf(y, sizeof(y), "%d", (int)(i * HEIGHT / 4));
		html_void(h, "line", "class", i == 4 ? "axis" : "rule", "x1", "0", "x2", "1000",
		    "y1", y, "y2", y);
	}
	html_void(h, "polygon", "class", "area", "points", area.p);
	html_void(h, "polyline", "class", "line", "points", line.p);
	html_close(h);
	text_free(&line);
	text_free(&area);
}
