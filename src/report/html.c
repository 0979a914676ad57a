/* SPDX-License-Identifier: ISC */
/*
 * html: libxml2's writer, with the few rules that make its XML an HTML page. Pure.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#include "base/arena.h"
#include "report/html.h"

#define TEXT_CHARS 2000

struct html {
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer;
	bool failed;
};

static void
check(struct html *h, int rc)
{
	h->failed = h->failed || rc < 0;
}

struct html *
html_begin(void)
{
	struct html *h = x_calloc(1, sizeof(*h));

	h->buffer = xmlBufferCreate();
	h->writer = h->buffer != NULL ? xmlNewTextWriterMemory(h->buffer, 0) : NULL;
	h->failed = h->writer == NULL;
	if (!h->failed)
		check(h, xmlTextWriterWriteRaw(h->writer, BAD_CAST "<!DOCTYPE html>\n"));
	return h;
}

int
html_end(struct html *h, struct text *out, struct fault *f)
{
	bool failed;

	if (h->writer != NULL) {
		check(h, xmlTextWriterEndDocument(h->writer)); /* flushes */
		xmlFreeTextWriter(h->writer);
	}
	if (!h->failed)
		text_addn(out, (const char *)xmlBufferContent(h->buffer),
		    (size_t)xmlBufferLength(h->buffer));
	failed = h->failed || out->cut;
	if (h->buffer != NULL)
		xmlBufferFree(h->buffer);
	free(h);
	return failed ? fault_set(f, FAULT_LIMIT, "the HTML report does not fit in memory") : 0;
}

static void
safe(struct text *t, const char *s)
{
	text_init(t, TEXT_CHARS * 4 + 4);
	text_add_safe(t, TEXT_TERM, s, TEXT_CHARS);
}

void
html_start(struct html *h, bool closed, const char *element, ...)
{
	const char *name, *value;
	struct text t;
	va_list ap;

	if (h->failed)
		return;
	check(h, xmlTextWriterStartElement(h->writer, BAD_CAST element));
	va_start(ap, element);
	while ((name = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value == NULL)
			continue;
		safe(&t, value);
		check(h, xmlTextWriterWriteAttribute(h->writer, BAD_CAST name, BAD_CAST t.p));
		text_free(&t);
	}
	va_end(ap);
	if (closed && !h->failed)
		check(h, xmlTextWriterEndElement(h->writer));
}

void
html_close(struct html *h)
{
	/* <td/> would be an opening tag in HTML */
	if (!h->failed)
		check(h, xmlTextWriterFullEndElement(h->writer));
}

void
html_text(struct html *h, const char *s)
{
	struct text t;

	if (h->failed)
		return;
	safe(&t, s);
	check(h, xmlTextWriterWriteString(h->writer, BAD_CAST t.p));
	text_free(&t);
}

void
html_textf(struct html *h, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	html_text(h, buf);
}

void
html_leaf(struct html *h, const char *element, const char *class, const char *s)
{
	html_open(h, element, "class", class);
	html_text(h, s);
	html_close(h);
}

void
html_name(struct html *h, const char *s)
{
	html_leaf(h, "bdi", NULL, s);
}

void
html_style(struct html *h, const char *css)
{
	BUG_ON(strpbrk(css, "<&") != NULL);
	html_open(h, "style");
	/* raw: '>' is a combinator here, and in HTML a style is no markup */
	if (!h->failed)
		check(h, xmlTextWriterWriteRaw(h->writer, BAD_CAST css));
	html_close(h);
}
