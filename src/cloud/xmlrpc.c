/* SPDX-License-Identifier: ISC */
/*
 * xmlrpc: the envelope. Writes calls; reads replies as they arrive.
 *
 * Element 0 must be a real boolean and come first: anything else is no reply of OpenNebula, and a
 * guess here would be a guess about success. Must never hold the big string, nor look into it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "cloud/xmlpath.h"
#include "cloud/xmlrpc.h"

/* --- calls ------------------------------------------------------------------ */

static void
put(struct xmlrpc_call *c, const char *s, size_t n)
{
	if (c->bad || n > c->room - c->len) {
		c->bad = true;
		return;
	}
	memcpy(c->p + c->len, s, n);
	c->len += n;
}

static void
put_str(struct xmlrpc_call *c, const char *s)
{
	put(c, s, strlen(s));
}

/* Text of an element. Control bytes and broken UTF-8 cannot be sent: the daemon would answer -503. */
static void
put_escaped(struct xmlrpc_call *c, const char *s)
{
	size_t left = strlen(s), n;

	for (; left > 0; s += n, left -= n) {
		n = text_utf8_len(s, left);
		if (n == 0) {
			c->bad = true;
			return;
		}
		if (*s == '&')
			put_str(c, "&amp;");
		else if (*s == '<')
			put_str(c, "&lt;");
		else if (*s == '>')
			put_str(c, "&gt;");
		else if (*s == '\r')
			put_str(c, "&#13;");
		else if ((unsigned char)*s < 0x20 && *s != '\n' && *s != '\t')
			c->bad = true;
		else
			put(c, s, n);
	}
}

void
xmlrpc_call_begin(struct xmlrpc_call *c, char *buf, size_t room, const char *method)
{
	*c = (struct xmlrpc_call){.p = buf, .room = room};
	put_str(c, "<?xml version=\"1.0\"?>\n<methodCall>\n<methodName>");
	put_escaped(c, method);
	put_str(c, "</methodName>\n<params>\n");
}

void
xmlrpc_call_string(struct xmlrpc_call *c, const char *s)
{
	put_str(c, "<param><value><string>");
	put_escaped(c, s);
	put_str(c, "</string></value></param>\n");
}

void
xmlrpc_call_int(struct xmlrpc_call *c, int32_t v)
{
	char buf[80];

	snprintf(buf, sizeof(buf), "<param><value><int>%" PRId32 "</int></value></param>\n", v);
	put_str(c, buf);
}

void
xmlrpc_call_bool(struct xmlrpc_call *c, bool v)
{
	put_str(c, v ? "<param><value><boolean>1</boolean></value></param>\n"
		     : "<param><value><boolean>0</boolean></value></param>\n");
}

int
xmlrpc_call_end(struct xmlrpc_call *c)
{
	put_str(c, "</params>\n</methodCall>\n");
	return c->bad ? -1 : 0;
}

/* --- replies ---------------------------------------------------------------- */

enum {
	DOCUMENT,
	RESPONSE,
	PARAMS,
	PARAM,
	PARAM_VALUE,
	ARRAY,
	DATA,
	VALUE,
	VALUE_BOOLEAN,
	VALUE_INT,
	VALUE_I4,
	VALUE_I8,
	VALUE_EX_I1,
	VALUE_EX_I2,
	VALUE_EX_I8,
	VALUE_STRING,
	VALUE_OTHER,
	FAULT,
	FAULT_VALUE,
	STRUCT,
	MEMBER,
	MEMBER_NAME,
	MEMBER_VALUE,
	MEMBER_INT,
	MEMBER_I4,
	MEMBER_STRING,
	NODES
};

#define NUMBER_MAX 40
#define TEXT_MAX \
	511 /* fits xmlrpc_reply.text; the longest text of the captures has 150 bytes */

static const struct xmlpath_node nodes[NODES] = {
    [DOCUMENT] = {"", 0, XMLPATH_NONE, 0},
    [RESPONSE] = {"methodResponse", DOCUMENT, XMLPATH_NONE, 0},
    [PARAMS] = {"params", RESPONSE, XMLPATH_NONE, 0},
    [PARAM] = {"param", PARAMS, XMLPATH_NONE, 0},
    [PARAM_VALUE] = {"value", PARAM, XMLPATH_NONE, 0},
    [ARRAY] = {"array", PARAM_VALUE, XMLPATH_NONE, 0},
    [DATA] = {"data", ARRAY, XMLPATH_NONE, 0},
    [VALUE] = {"value", DATA, XMLPATH_STREAM, 0},
    [VALUE_BOOLEAN] = {"boolean", VALUE, XMLPATH_KEEP, NUMBER_MAX},
    [VALUE_INT] = {"int", VALUE, XMLPATH_KEEP, NUMBER_MAX},
    [VALUE_I4] = {"i4", VALUE, XMLPATH_KEEP, NUMBER_MAX},
    [VALUE_I8] = {"i8", VALUE, XMLPATH_KEEP, NUMBER_MAX},
    /* Apache XML-RPC (StratusLab's proxy) writes this prefix, and no other, for its own types. */
    [VALUE_EX_I1] = {"ex:i1", VALUE, XMLPATH_NONE, 0, VALUE_I8},
    [VALUE_EX_I2] = {"ex:i2", VALUE, XMLPATH_NONE, 0, VALUE_I8},
    [VALUE_EX_I8] = {"ex:i8", VALUE, XMLPATH_NONE, 0, VALUE_I8},
    [VALUE_STRING] = {"string", VALUE, XMLPATH_STREAM, 0},
    [VALUE_OTHER] = {"*", VALUE, XMLPATH_NONE, 0},
    [FAULT] = {"fault", RESPONSE, XMLPATH_NONE, 0},
    [FAULT_VALUE] = {"value", FAULT, XMLPATH_NONE, 0},
    [STRUCT] = {"struct", FAULT_VALUE, XMLPATH_NONE, 0},
    [MEMBER] = {"member", STRUCT, XMLPATH_NONE, 0},
    [MEMBER_NAME] = {"name", MEMBER, XMLPATH_KEEP, NUMBER_MAX},
    [MEMBER_VALUE] = {"value", MEMBER, XMLPATH_KEEP, TEXT_MAX},
    [MEMBER_INT] = {"int", MEMBER_VALUE, XMLPATH_KEEP, NUMBER_MAX},
    [MEMBER_I4] = {"i4", MEMBER_VALUE, XMLPATH_KEEP, NUMBER_MAX},
    [MEMBER_STRING] = {"string", MEMBER_VALUE, XMLPATH_KEEP, TEXT_MAX},
};

#define BLANKS_MAX 64 /* blanks before a type element: layout, or the start of a bare string */

struct xmlrpc {
	struct xmlpath *path;
	xmlrpc_sink sink;
	void *ctx;
	struct xmlrpc_reply reply;
	bool responded; /* an array was there */

	/* the value of the array that is being read */
	enum xmlrpc_type type;
	bool bare; /* text without a type element: a string */
	char blanks[BLANKS_MAX];
	size_t n_blanks;
	size_t text_len; /* of reply.text */

	char member[NUMBER_MAX + 1]; /* name of the fault's member being read */
	bool fault_coded;
};

static void
text_keep(struct xmlrpc *x, const char *s, size_t len)
{
	size_t room = sizeof(x->reply.text) - 1 - x->text_len;

	len = len < room ? len : room;
	memcpy(x->reply.text + x->text_len, s, len);
	x->text_len += len;
	x->reply.text[x->text_len] = '\0';
}

/* A piece of element 1, a string. */
static void
string_add(struct xmlrpc *x, const char *s, size_t len)
{
	if (x->reply.members != 1 || len == 0)
		return;
	if (x->text_len < sizeof(x->reply.text) - 1)
		text_keep(x, s, len);
	if (x->reply.success && x->sink != NULL)
		x->sink(x->ctx, s, len);
}

static void
on_enter(void *ctx, unsigned node, const char *name)
{
	struct xmlrpc *x = ctx;

	(void)name;
	switch (node) {
	case ARRAY:
		if (x->responded)
			xmlpath_refuse(x->path, "it has two results");
		x->responded = true;
		break;
	case VALUE:
		x->type = XMLRPC_NONE;
		x->bare = false;
		x->n_blanks = 0;
		break;
	case VALUE_BOOLEAN:
	case VALUE_INT:
	case VALUE_I4:
	case VALUE_I8:
	case VALUE_STRING:
	case VALUE_OTHER:
		if (x->type != XMLRPC_NONE || x->bare)
			xmlpath_refuse(x->path, "a value is two values");
		x->type = node == VALUE_BOOLEAN	 ? XMLRPC_BOOLEAN
			  : node == VALUE_STRING ? XMLRPC_STRING
			  : node == VALUE_OTHER	 ? XMLRPC_OTHER
						 : XMLRPC_INT;
		if (x->reply.members == 0 && x->type != XMLRPC_BOOLEAN)
			xmlpath_refuse(x->path, "its first value is no boolean");
		break;
	case FAULT:
		x->reply.fault = true;
		break;
	case MEMBER:
		x->member[0] = '\0';
		break;
	default:
		break;
	}
}

static void
number_take(struct xmlrpc *x, const char *text, bool cut)
{
	int64_t v;

	/* No sign but '-', as the daemons write them. */
	if (cut || units_int(text, INT64_MIN, INT64_MAX, &v) != 0) {
		xmlpath_refuse(x->path, "a number is not one");
		return;
	}
	if (x->type == XMLRPC_BOOLEAN && v != 0 && v != 1) {
		xmlpath_refuse(x->path, "a boolean is neither 0 nor 1");
		return;
	}
	if (x->reply.members == 0)
		x->reply.success = v == 1;
	else if (x->reply.members == 1)
		x->reply.number = v;
	else if (x->reply.members == 2)
		x->reply.code = v;
}

static void
fault_take(struct xmlrpc *x, unsigned node, const char *text, bool cut)
{
	if (strcmp(x->member, "faultCode") == 0 && node != MEMBER_STRING) {
		if (cut || units_int(text, INT64_MIN, INT64_MAX, &x->reply.code) != 0)
			xmlpath_refuse(x->path, "its fault code is no number");
		x->fault_coded = true;
	} else if (strcmp(x->member, "faultString") == 0) {
		x->text_len = 0;
		text_keep(x, text, strlen(text));
	}
}

static void
on_leave(void *ctx, unsigned node, const char *text, size_t len, bool cut)
{
	struct xmlrpc *x = ctx;

	switch (node) {
	case VALUE_BOOLEAN:
	case VALUE_INT:
	case VALUE_I4:
	case VALUE_I8:
		number_take(x, text, cut);
		break;
	case VALUE:
		if (x->type == XMLRPC_NONE) {
			/* Text without a type is a string (XML-RPC specification), blanks too. */
			if (!x->bare)
				string_add(x, x->blanks, x->n_blanks);
			x->type = XMLRPC_STRING;
			if (x->reply.members == 0)
				xmlpath_refuse(x->path, "its first value is no boolean");
		}
		if (x->reply.members == 1)
			x->reply.type = x->type;
		x->reply.members++;
		break;
	case MEMBER_NAME:
		snprintf(x->member, sizeof(x->member), "%s", text);
		break;
	case MEMBER_INT:
	case MEMBER_I4:
	case MEMBER_STRING:
		fault_take(x, node, text, cut);
		break;
	case MEMBER_VALUE:
		if (len > 0)
			fault_take(x, MEMBER_STRING, text, cut);
		break;
	default:
		break;
	}
}

static void
on_stream(void *ctx, unsigned node, const char *s, size_t len)
{
	struct xmlrpc *x = ctx;
	size_t blank = 0;

	if (node == VALUE_STRING) {
		string_add(x, s, len);
		return;
	}
	/* Text directly in <value>: layout around a type element, or a string without one. */
	if (!x->bare) {
		while (blank < len && memchr(" \t\r\n", s[blank], 4) != NULL)
			blank++;
		if (blank == len &&
		    (x->type != XMLRPC_NONE || x->n_blanks + len <= BLANKS_MAX)) {
			if (x->type == XMLRPC_NONE) {
				memcpy(x->blanks + x->n_blanks, s, len);
				x->n_blanks += len;
			}
			return;
		}
		if (x->type != XMLRPC_NONE) {
			xmlpath_refuse(x->path, "a value is two values");
			return;
		}
		x->bare = true;
		string_add(x, x->blanks, x->n_blanks);
	}
	string_add(x, s, len);
}

static const struct xmlpath_ops ops = {on_enter, on_leave, on_stream};

struct xmlrpc *
xmlrpc_new(xmlrpc_sink sink, void *ctx)
{
	struct xmlrpc *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->sink = sink;
	x->ctx = ctx;
	x->path = xmlpath_new(nodes, NODES, &ops, x);
	if (x->path == NULL) {
		free(x);
		return NULL;
	}
	return x;
}

void
xmlrpc_free(struct xmlrpc *x)
{
	if (x == NULL)
		return;
	xmlpath_free(x->path);
	free(x);
}

int
xmlrpc_feed(struct xmlrpc *x, const char *s, size_t len)
{
	return xmlpath_feed(x->path, s, len);
}

int
xmlrpc_end(struct xmlrpc *x, struct xmlrpc_reply *reply, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE};

	memset(reply, 0, sizeof(*reply));
	if (xmlpath_end(x->path, &why) != 0)
		return fault_set(f, FAULT_REPLY, "no XML-RPC reply: %s", why.msg);
	if (x->reply.fault) {
		if (x->responded || !x->fault_coded)
			return fault_set(
			    f, FAULT_REPLY, "no XML-RPC reply: its fault is not whole");
	} else if (x->reply.members == 0) {
		return fault_set(f, FAULT_REPLY, "no XML-RPC reply: it has no result");
	}
	*reply = x->reply;
	return 0;
}
