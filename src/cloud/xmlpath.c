/* SPDX-License-Identifier: ISC */
/*
 * xmlpath: libxml2 as a push parser, hardened, and a table of paths over it.
 *
 * SAX1 events: no namespaces are wanted, and names come as they stand. No handler for declarations
 * is set, so that no entity but the five of XML exists. Must never open a file, print, or keep more
 * of a document than the text of one element.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "cloud/xmlpath.h"

/*
 * Bytes given to libxml2 at once, and to stream(). The text of an envelope comes out of libxml2 in many
 * tiny pieces, because each "&lt;" is one: collecting them is what makes nesting cheap.
 */
#define CHUNK 16384

#define BAD_BYTE 0x7f /* legal in XML, a control byte to text_is_clean() */

struct xmlpath {
	const struct xmlpath_node *nodes;
	size_t n;
	const struct xmlpath_ops *ops;
	void *ctx;
	xmlParserCtxtPtr parser;

	/* children of each node, in the order of the table; 0 ends a list */
	uint8_t first[XMLPATH_NODES_MAX], next[XMLPATH_NODES_MAX];
	uint8_t any[XMLPATH_NODES_MAX]; /* the "*" child; 0: none */
	uint8_t hint[XMLPATH_NODES_MAX]; /* child to try first: the one after the last match */

	uint8_t path[XMLPATH_DEPTH_MAX]; /* nodes from the document down */
	unsigned depth; /* of matched elements */
	unsigned skipped; /* depth inside an element that the table does not have */
	bool rooted;
	bool streams; /* the table has STREAM elements */

	char text[XMLPATH_TEXT_MAX];
	size_t text_len;
	bool cut;

	char flow[CHUNK]; /* text of a STREAM element, on its way */
	size_t flow_len;

	/* input being collected, and the UTF-8 sequence that it ends with */
	unsigned char in[CHUNK + 8];
	size_t in_len, seq; /* seq: where the unfinished sequence starts */
	unsigned need; /* continuation bytes still missing */
	unsigned char low, high; /* bounds of the next one */

	const char *guard; /* or NULL */
	unsigned opener; /* characters of "<![CDATA[" at the end of the CDATA section so far */
	bool hides;

	bool refused;
	char why[160];
};

void
xmlpath_refuse(struct xmlpath *x, const char *fmt, ...)
{
	va_list ap;

	if (x->refused)
		return;
	x->refused = true;
	va_start(ap, fmt);
	vsnprintf(x->why, sizeof(x->why), fmt, ap);
	va_end(ap);
}

/* Hand on what was collected of a STREAM element's text: before anything else happens in it. */
static void
flow_flush(struct xmlpath *x)
{
	size_t n = x->flow_len;

	x->flow_len = 0;
	if (n > 0)
		x->ops->stream(x->ctx, x->path[x->depth - 1], x->flow, n);
}

static void
flow_add(struct xmlpath *x, const char *s, size_t len)
{
	size_t n;

	for (; len > 0; s += n, len -= n) {
		n = sizeof(x->flow) - x->flow_len;
		n = len < n ? len : n;
		memcpy(x->flow + x->flow_len, s, n);
		x->flow_len += n;
		if (x->flow_len == sizeof(x->flow))
			flow_flush(x);
	}
}

/* The child of the node with this name; 0: none. Documents repeat their order, so start there. */
static unsigned
child_find(struct xmlpath *x, unsigned node, const char *name)
{
	unsigned start = x->hint[node], i = start;

	if (x->first[node] == 0)
		return x->any[node];
	do {
		if (i == 0)
			i = x->first[node];
		if (x->nodes[i].name[0] == name[0] && strcmp(x->nodes[i].name, name) == 0) {
			x->hint[node] = x->next[i];
			return i;
		}
		i = x->next[i];
	} while (i != start);
	return x->any[node];
}

static void
on_start(void *ctx, const xmlChar *xname, const xmlChar **attributes)
{
	struct xmlpath *x = ctx;
	const char *name = (const char *)xname;
	unsigned node;

	(void)attributes;
	if (x->flow_len > 0)
		flow_flush(x);
	x->opener = 0;
	if (x->refused)
		return;
	if (x->depth + x->skipped >= XMLPATH_DEPTH_MAX) {
		xmlpath_refuse(x, "elements nest deeper than %d", XMLPATH_DEPTH_MAX);
		return;
	}
	node = 0;
	if (x->skipped == 0)
		node = child_find(x, x->depth == 0 ? 0 : x->path[x->depth - 1], name);
	if (x->guard != NULL && (node == 0 || x->nodes[node].name[0] == '*') &&
	    strcmp(name, x->guard) == 0)
		x->hides = true;
	if (x->skipped > 0) {
		x->skipped++;
		return;
	}
	if (node == 0) {
		if (x->depth == 0)
			xmlpath_refuse(x, "the root element is <%.40s>", name);
		x->skipped = 1;
		return;
	}
	if (x->nodes[node].same_as != 0)
		node = x->nodes[node].same_as;
	x->rooted = true;
	x->path[x->depth++] = (uint8_t)node;
	if (x->nodes[node].text == XMLPATH_KEEP) {
		x->text_len = 0;
		x->cut = false;
	}
	x->ops->enter(x->ctx, node, name);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
on_end(void *ctx, const xmlChar *name)
{
	struct xmlpath *x = ctx;
	const char *text = "";
	size_t from = 0, to = 0;
	unsigned node;

	(void)name;
	if (x->flow_len > 0)
		flow_flush(x);
	x->opener = 0;
	if (x->refused)
		return;
	if (x->skipped > 0) {
		x->skipped--;
		return;
	}
	if (x->depth == 0)
		return;
	node = x->path[--x->depth];
	if (x->nodes[node].text == XMLPATH_KEEP) {
		to = x->text_len;
		while (from < to && is_blank(x->text[from]))
			from++;
		while (to > from && is_blank(x->text[to - 1]))
			to--;
		x->text[to] = '\0';
		text = x->text + from;
	}
	x->ops->leave(
	    x->ctx, node, text, to - from, x->nodes[node].text == XMLPATH_KEEP && x->cut);
	x->text_len = 0;
	x->cut = false;
}

static void
on_text(void *ctx, const xmlChar *s, int len)
{
	struct xmlpath *x = ctx;
	const struct xmlpath_node *node;
	size_t n = (size_t)len, room;

	if (x->refused || x->skipped > 0 || x->depth == 0)
		return;
	node = &x->nodes[x->path[x->depth - 1]];
	if (node->text == XMLPATH_STREAM) {
		flow_add(x, (const char *)s, n);
	} else if (node->text == XMLPATH_KEEP) {
		/* Padding in front must not use up the room. */
		while (x->text_len == 0 && n > 0 && is_blank((char)*s)) {
			s++;
			n--;
		}
		room = node->max - x->text_len;
		if (n > room) {
			/* Blanks behind a full text are padding, not text. */
			for (size_t i = room; i < n && !x->cut; i++)
				x->cut = !is_blank((char)s[i]);
			n = room;
		}
		memcpy(x->text + x->text_len, s, n);
		x->text_len += n;
	}
}

static void
on_cdata(void *ctx, const xmlChar *s, int len)
{
	static const char opening[] = "<![CDATA[";
	struct xmlpath *x = ctx;

	/* "<" stands only at its beginning: what breaks off a match can start none but with "<". */
	for (int i = 0; i < len; i++) {
		if (x->opener == 0 && s[i] != '<')
			continue;
		x->opener = s[i] == (xmlChar)opening[x->opener] ? x->opener + 1 : s[i] == '<';
		if (opening[x->opener] == '\0') {
			x->hides = true;
			x->opener = 0;
		}
	}
	on_text(ctx, s, len);
}

static void
on_comment(void *ctx, const xmlChar *text)
{
	struct xmlpath *x = ctx;

	(void)text;
	x->hides = true;
}

static void
on_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
	(void)target;
	on_comment(ctx, data);
}

/* Called for any DOCTYPE, before what it declares is read. */
static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	struct xmlpath *x = ctx;

	(void)name;
	(void)public_id;
	(void)system_id;
	xmlpath_refuse(x, "it has a DOCTYPE");
	xmlStopParser(x->parser);
}

struct xmlpath *
xmlpath_new(
    const struct xmlpath_node *nodes, size_t n, const struct xmlpath_ops *ops, void *ctx)
{
	xmlSAXHandler sax = {
	    .internalSubset = on_doctype,
	    .startElement = on_start,
	    .endElement = on_end,
	    .characters = on_text,
	    .ignorableWhitespace = on_text,
	    .cdataBlock = on_cdata,
	    .comment = on_comment,
	    .processingInstruction = on_instruction,
	    .initialized = 1, /* SAX1 */
	};
	struct xmlpath *x;
	uint8_t last[XMLPATH_NODES_MAX] = {0};

	BUG_ON(n > XMLPATH_NODES_MAX);
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return NULL;
	x->nodes = nodes;
	x->n = n;
	x->ops = ops;
	x->ctx = ctx;
	for (size_t i = 1; i < n; i++) {
		unsigned p = nodes[i].parent;

		BUG_ON(nodes[i].max >= XMLPATH_TEXT_MAX);
		x->streams = x->streams || nodes[i].text == XMLPATH_STREAM;
		if (strcmp(nodes[i].name, "*") == 0)
			x->any[p] = (uint8_t)i;
		else if (last[p] == 0)
			x->first[p] = last[p] = (uint8_t)i;
		else
			last[p] = x->next[last[p]] = (uint8_t)i;
	}
	x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
	if (x->parser == NULL) {
		free(x);
		return NULL;
	}
	xmlCtxtUseOptions(x->parser,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
	return x;
}

void
xmlpath_guard(struct xmlpath *x, const char *name)
{
	x->guard = name;
}

bool
xmlpath_hides(const struct xmlpath *x)
{
	return x->hides;
}

void
xmlpath_free(struct xmlpath *x)
{
	if (x == NULL)
		return;
	/* libxml2 keeps entity declarations in a document of its own, SAX or not. */
	if (x->parser->myDoc != NULL)
		xmlFreeDoc(x->parser->myDoc);
	x->parser->myDoc = NULL;
	xmlFreeParserCtxt(x->parser);
	free(x);
}

/* Why libxml2 gave up, in its own words. */
static void
parser_refuse(struct xmlpath *x)
{
	const xmlError *e = xmlCtxtGetLastError(x->parser);
	char msg[100];
	size_t n;

	snprintf(
	    msg, sizeof(msg), "%s", e != NULL && e->message != NULL ? e->message : "no XML");
	n = strlen(msg);
	while (n > 0 && is_blank(msg[n - 1]))
		msg[--n] = '\0';
	xmlpath_refuse(x, "not well-formed: %s", msg);
}

static int
library_parse(struct xmlpath *x, const char *s, size_t len)
{
	if (!x->refused) {
		xmlParseChunk(x->parser, s, (int)len, 0);
		if (!x->parser->wellFormed)
			parser_refuse(x);
	}
	return x->refused ? -1 : 0;
}

/*
 * The short cut. Nearly all of an answer is one string in which every "<" of the inner document is an
 * entity; libxml2 takes 70 MB of that a few bytes at a time. While it stands inside a STREAM element with
 * nothing left to read, plain text and the entities below need no parser. Anything else does: a "<", a
 * carriage return, another reference.
 */
static bool
is_in_text(const struct xmlpath *x)
{
	return x->skipped == 0 && x->depth > 0 && !x->refused &&
	       x->nodes[x->path[x->depth - 1]].text == XMLPATH_STREAM &&
	       x->parser->instate == XML_PARSER_CONTENT &&
	       x->parser->input->cur == x->parser->input->end;
}

#define REFERENCE_MAX 10 /* "&#x10ffff;" */

/* Length of the reference at s ("&...;"); 0: not all of it is there; REFERENCE_MAX + 1: it is none. */
static size_t
reference_len(const char *s, size_t len)
{
	size_t n = len < REFERENCE_MAX ? len : REFERENCE_MAX;
	const char *end = memchr(s, ';', n);

	if (end != NULL)
		return (size_t)(end - s) + 1;
	return len < REFERENCE_MAX ? 0 : REFERENCE_MAX + 1;
}

/* The character of the reference of n bytes at s, or 0 when that is the library's business. */
static char
reference_char(const char *s, size_t n)
{
	static const struct {
		const char *name;
		char c;
	} known[] = {
	    {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) == n && memcmp(known[i].name, s, n) == 0)
			return known[i].c;
	}
	return 0;
}

/* Text up to what the library has to see. Returns how many bytes were taken. */
static size_t
text_take(struct xmlpath *x, const char *s, size_t len)
{
	size_t at = 0, n;
	char c;

	while (at < len && !x->refused) {
		n = at;
		while (n < len && s[n] != '<' && s[n] != '&' && s[n] != '\r')
			n++;
		flow_add(x, s + at, n - at);
		at = n;
		if (at == len || s[at] != '&')
			break;
		n = reference_len(s + at, len - at);
		if (n == 0 || n > REFERENCE_MAX || (c = reference_char(s + at, n)) == 0)
			break;
		flow_add(x, &c, 1);
		at += n;
	}
	return at;
}

/*
 * How much of s the library gets next: where a STREAM element may begin, up to the end of one tag or
 * reference, so that it stops right where text begins.
 */
static size_t
library_share(const struct xmlpath *x, const char *s, size_t len)
{
	const char *end;
	size_t n;

	if (!x->streams)
		return len;
	if (*s == '&' && (n = reference_len(s, len)) > 0 && n <= REFERENCE_MAX)
		return n;
	end = memchr(s, '>', len);
	return end != NULL ? (size_t)(end - s) + 1 : len;
}

/* Parse a chunk. *left: bytes at its end that are the beginning of a reference; they come again. */
static int
chunk_parse(struct xmlpath *x, const char *s, size_t len, size_t *left)
{
	size_t n;

	*left = 0;
	while (len > 0) {
		if (is_in_text(x)) {
			n = text_take(x, s, len);
			s += n;
			len -= n;
			if (len > 0 && *s == '&' && reference_len(s, len) == 0) {
				*left = len;
				break;
			}
			if (len == 0)
				break;
		}
		n = library_share(x, s, len);
		if (library_parse(x, s, n) != 0)
			return -1;
		s += n;
		len -= n;
	}
	return x->refused ? -1 : 0;
}

/* Hand what is collected to libxml2. */
static int
chunk_flush(struct xmlpath *x)
{
	size_t n = x->in_len, left;

	x->in_len = 0;
	if (chunk_parse(x, (const char *)x->in, n, &left) != 0)
		return -1;
	memmove(x->in, x->in + n - left, left);
	x->in_len = left;
	return 0;
}

/* The sequence that was being collected is not UTF-8, or no character that XML allows. */
static void
sequence_spoil(struct xmlpath *x)
{
	memset(x->in + x->seq, BAD_BYTE, x->in_len - x->seq);
	x->need = 0;
}

/*
 * One byte that is not plain ASCII text (RFC 3629 for the ranges, XML 1.0 2.2 for the characters). Returns how many were taken:
 * none when this one only showed that the sequence before it is spoilt; it comes again, when there is room for it.
 */
static size_t
byte_add(struct xmlpath *x, unsigned char c)
{
	if (x->need > 0) {
		if (c >= x->low && c <= x->high) {
			x->in[x->in_len++] = c;
			x->low = 0x80;
			x->high = 0xbf;
			if (--x->need == 0 && x->in_len - x->seq == 3 &&
			    x->in[x->seq] == 0xef && x->in[x->seq + 1] == 0xbf && c >= 0xbe)
				sequence_spoil(x);
			return 1;
		}
		sequence_spoil(x);
		return 0;
	}
	if (c < 0x80) {
		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
			c = BAD_BYTE;
		x->in[x->in_len++] = c;
		return 1;
	}
	x->seq = x->in_len;
	x->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	x->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (c >= 0xc2 && c <= 0xdf)
		x->need = 1;
	else if (c >= 0xe0 && c <= 0xef)
		x->need = 2;
	else if (c >= 0xf0 && c <= 0xf4)
		x->need = 3;
	else
		c = BAD_BYTE;
	x->in[x->in_len++] = c;
	return 1;
}

/* How many bytes at s are plain: printable ASCII or a high control that is legal. Eight at a time. */
static size_t
plain_run(const char *s, size_t len)
{
	const uint64_t high = 0x8080808080808080u, blank = 0x2020202020202020u;
	uint64_t w;
	size_t n = 0;

	while (n + 8 <= len) {
		memcpy(&w, s + n, 8);
		if ((w & high) != 0 || ((w - blank) & ~w & high) != 0)
			break;
		n += 8;
	}
	while (n < len && (unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x80)
		n++;
	return n;
}

int
xmlpath_feed(struct xmlpath *x, const char *s, size_t len)
{
	size_t run, left;

	if (x->refused)
		return -1;
	while (len > 0) {
		run = x->need == 0 ? plain_run(s, len < CHUNK ? len : CHUNK) : 0;
		if (run == CHUNK && x->in_len == 0) {
			/* Nothing to mend in a whole chunk: no need to copy it. */
			if (chunk_parse(x, s, run, &left) != 0)
				return -1;
			s += run - left; /* at most REFERENCE_MAX of CHUNK: it does advance */
			len -= run - left;
			continue;
		}
		if (run > CHUNK - x->in_len)
			run = CHUNK - x->in_len;
		if (run > 0) {
			memcpy(x->in + x->in_len, s, run);
			x->in_len += run;
		} else {
			run = byte_add(x, (unsigned char)*s);
		}
		s += run;
		len -= run;
		/* A sequence that is not whole yet stays; there is room for it behind CHUNK. */
		if (x->in_len >= CHUNK && x->need == 0 && chunk_flush(x) != 0)
			return -1;
	}
	return 0;
}

int
xmlpath_end(struct xmlpath *x, struct fault *f)
{
	if (x->need > 0)
		sequence_spoil(x);
	if (chunk_flush(x) == 0) {
		xmlParseChunk(x->parser, (const char *)x->in, (int)x->in_len, 1);
		if (!x->refused && (!x->parser->wellFormed || x->depth > 0 || !x->rooted))
			xmlpath_refuse(x, x->rooted ? "it is cut short" : "it is empty");
	}
	if (x->refused)
		return fault_set(f, FAULT_REPLY, "%s", x->why);
	return 0;
}
