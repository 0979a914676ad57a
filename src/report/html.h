/* SPDX-License-Identifier: ISC */
/*
 * html: an HTML document written element by element, so that no text can become markup. Hides libxml2. Private to report/.
 *
 * Every text and attribute is first made harmless (text_add_safe: no control, invisible or bidirectional characters, no
 * invalid UTF-8), then escaped by libxml2. The markup is HTML and well-formed XML alike. Errors are kept until html_end.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stdbool.h>

#include "base/fault.h"
#include "base/text.h"

struct html;

/* A document with its doctype. Never NULL. Ends with html_end. */
struct html *html_begin(void);
/* Write it to out and free it. -1: out of memory, or it does not fit. */
int	html_end(struct html *h, struct text *out, struct fault *f);

/*
 * html_open(h, element, name, value, ...): open an element with attributes; one whose value is NULL is left out.
 * html_void(h, element, name, value, ...): the same for one without content: meta, rect, line.
 */
#define html_open(h, ...) html_start(h, false, __VA_ARGS__, (const char *)NULL)
#define html_void(h, ...) html_start(h, true, __VA_ARGS__, (const char *)NULL)
void	html_start(struct html *h, bool closed, const char *element, ...) __attribute__((sentinel));
/* Close the innermost; it has an end tag even when nothing is in it. */
void	html_close(struct html *h);

/* Text, of a tenant or ours. */
void	html_text(struct html *h, const char *s);
void	html_textf(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* An element with a class (or NULL) and text. */
void	html_leaf(struct html *h, const char *element, const char *class, const char *s);
/* The same for a tenant's text: kept apart from its surroundings, whatever its direction (bdi). */
void	html_name(struct html *h, const char *s);
/* A style sheet: ours, without markup in it. */
void	html_style(struct html *h, const char *css);

#endif
