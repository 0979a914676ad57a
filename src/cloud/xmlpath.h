/* SPDX-License-Identifier: ISC */
/*
 * xmlpath: a push parser that knows elements only by their whole path.
 *
 * The one place that talks to libxml2. A codec gives a table of the paths that it wants; everything
 * else is skipped unseen, so that a STATE inside a tenant's own template is never taken for the
 * machine's. Hides: chunks (any split gives the same result), bytes that XML forbids (each becomes
 * DEL, 0x7f, so that one tenant's name cannot spoil the listing), DOCTYPE and entities (refused),
 * encodings (UTF-8 only), depth. Pure: no files, no network, no clock. Memory does not grow with
 * the document.
 */
#ifndef XMLPATH_H
#define XMLPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

enum xmlpath_text {
	XMLPATH_NONE,		/* the element matters, its text does not */
	XMLPATH_KEEP,		/* text kept up to max bytes and given to leave(), blanks around it cut off */
	XMLPATH_STREAM		/* text given to stream(), in pieces of our own size */
};

/*
 * One path. Index 0 of a table stands for the document. The name "*" is any child of that parent
 * that no other row names. KEEP counts direct text only; a kept child inside a kept element starts
 * the text anew.
 */
struct xmlpath_node {
	const char *name;
	uint8_t	parent;
	uint8_t	text;		/* enum xmlpath_text */
	uint16_t max;		/* bytes; below XMLPATH_TEXT_MAX */
	uint8_t	same_as;	/* not 0: this path leads to that node (a document with another root) */
};

#define XMLPATH_NODES_MAX	128
#define XMLPATH_TEXT_MAX	4096	/* longest text that any codec keeps */
#define XMLPATH_DEPTH_MAX	64	/* the documents of OpenNebula are 7 deep; templates nest once */

struct xmlpath_ops {
	void	(*enter)(void *ctx, unsigned node, const char *name);
	/* text is NUL-terminated, borrowed until the return; cut: it was longer than max. */
	void	(*leave)(void *ctx, unsigned node, const char *text, size_t len, bool cut);
	void	(*stream)(void *ctx, unsigned node, const char *s, size_t len);	/* may be NULL */
};

struct xmlpath;

/* A parser for one document. nodes, ops and ctx are borrowed until xmlpath_free. NULL: no memory. */
struct xmlpath *xmlpath_new(const struct xmlpath_node *nodes, size_t n,
	    const struct xmlpath_ops *ops, void *ctx);
void	xmlpath_free(struct xmlpath *x);	/* NULL-safe */

/* The next bytes. -1 once the document cannot become good any more; xmlpath_end says why. */
int	xmlpath_feed(struct xmlpath *x, const char *s, size_t len);
/* From a callback: this document is not what it should be. The first reason stays. */
void	xmlpath_refuse(struct xmlpath *x, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/*
 * From now on an element of this name anywhere but where the table has it counts as hiding. name is borrowed.
 */
void	xmlpath_guard(struct xmlpath *x, const char *name);
/*
 * True if the document held markup that can hide other markup from us: a comment, a processing
 * instruction, the opening of a CDATA section within a CDATA section, a guarded element out of place. OpenNebula
 * writes none of them: where names stand unescaped, a tenant did.
 */
bool	xmlpath_hides(const struct xmlpath *x);
/* The end of input. 0: one whole well-formed document with a root that the table has. */
int	xmlpath_end(struct xmlpath *x, struct fault *f);

#endif
