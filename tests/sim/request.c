/* SPDX-License-Identifier: ISC */
/*
 * request: a call as it came over the wire, read with libxml2's tree. Written apart from
 * src/cloud/xmlrpc on purpose. It only reads; what is wrong gets the daemon's words.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/fault.h"
#include "inner.h"

#define NOT_A_CALL "Call XML not a proper XML-RPC call.  "

static const xmlNode *
child(const xmlNode *n, const char *name)
{
	const xmlNode *c;

	for (c = n != NULL ? n->children : NULL; c != NULL; c = c->next)
		if (c->type == XML_ELEMENT_NODE &&
		    (name == NULL || strcmp((const char *)c->name, name) == 0))
			return c;
	return NULL;
}

static const char *
content(struct arena *a, const xmlNode *n)
{
	xmlChar *s = xmlNodeGetContent((xmlNode *)n);
	const char *copy = arena_strdup(a, s != NULL ? (const char *)s : "");

	xmlFree(s);
	BUG_ON(copy == NULL);
	return copy;
}

/* 0, or -1 for an integer that no XML-RPC integer can hold. */
static int
read_value(struct arena *a, const xmlNode *value, struct param *p)
{
	static const struct {
		const char *name;
		char type;
	} types[] = {{"string", 's'}, {"int", 'i'}, {"i4", 'i'}, {"boolean", 'b'}, {"i8", 'I'},
	    {"double", 'd'}};
	const xmlNode *typed = child(value, NULL);
	char *end;
	size_t i;

	if (typed == NULL) { /* no type element means string */
		p->type = 's';
		p->bare = true;
		p->text = content(a, value);
		return 0;
	}
	p->type = '?';
	p->text = content(a, typed);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp((const char *)typed->name, types[i].name) == 0)
			p->type = types[i].type;
	if (p->type != 'i' && p->type != 'b')
		return 0;
	errno = 0;
	p->number = strtol(p->text, &end, 10);
	if (errno != 0 || end == p->text || *end != '\0' || p->number < INT32_MIN ||
	    p->number > INT32_MAX)
		return -1;
	return 0;
}

int
request_parse(const char *body, size_t len, struct request *r, const char **why)
{
	xmlDocPtr doc;
	const xmlNode *root, *params, *p;
	int ret = -1;

	memset(r, 0, sizeof(*r));
	r->arena = arena_new(0);
	BUG_ON(r->arena == NULL);
	doc = xmlReadMemory(body, (int)len, NULL, NULL,
	    XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET | XML_PARSE_NOCDATA);
	if (doc == NULL) {
		*why = len > 0 && body[0] == '<'
			   ? NOT_A_CALL "Call is not valid XML.  Invalid XML \"content\".  "
					"Problem with token at "
					"'...': no element found"
			   : NOT_A_CALL "Call is not valid XML.  syntax error";
		return -1;
	}
	root = xmlDocGetRootElement(doc);
	*why = NOT_A_CALL "XML-RPC call should be a <methodCall> element.";
	if (root == NULL || strcmp((const char *)root->name, "methodCall") != 0 ||
	    child(root, "methodName") == NULL)
		goto out;
	r->method = content(r->arena, child(root, "methodName"));
	params = child(root, "params");
	for (p = child(params, NULL); p != NULL; p = p->next) {
		if (p->type != XML_ELEMENT_NODE)
			continue;
		*why = NOT_A_CALL "A <param> element is malformed.";
		if (r->n_params == PARAMS_MAX || child(p, "value") == NULL)
			goto out;
		*why = NOT_A_CALL "An integer is out of range.";
		if (read_value(r->arena, child(p, "value"), &r->params[r->n_params]) != 0)
			goto out;
		r->n_params++;
	}
	ret = 0;
out:
	xmlFreeDoc(doc);
	return ret;
}
