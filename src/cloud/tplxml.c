/* SPDX-License-Identifier: ISC */
/*
 * tplxml: the templates that an account may see. What a tenant wrote into a template is skipped unseen.
 */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "cloud/limits.h"
#include "cloud/tplxml.h"
#include "cloud/xmlpath.h"

enum { DOCUMENT, POOL, TPL, ID, NAME, UNAME, NODES };

static const struct xmlpath_node nodes[NODES] = {
    [DOCUMENT] = {"", 0, XMLPATH_NONE, 0, 0},
    [POOL] = {"VMTEMPLATE_POOL", DOCUMENT, XMLPATH_NONE, 0, 0},
    [TPL] = {"VMTEMPLATE", POOL, XMLPATH_NONE, 0, 0},
    [ID] = {"ID", TPL, XMLPATH_KEEP, LIMIT_NUMBER, 0},
    [NAME] = {"NAME", TPL, XMLPATH_KEEP, LIMIT_NAME, 0},
    [UNAME] = {"UNAME", TPL, XMLPATH_KEEP, LIMIT_NAME, 0},
};

struct tplxml {
	struct xmlpath *path;
	struct arena *arena;
	struct tpl_list *out;
	struct tpl one;
	bool limit;
};

static void
out_of_memory(struct tplxml *x)
{
	x->limit = true;
	xmlpath_refuse(x->path, "it needs more memory than there may be");
}

static const char *
intern(struct tplxml *x, const char *s, size_t len)
{
	const char *p = arena_intern(x->arena, s, len);

	if (p == NULL)
		out_of_memory(x);
	return p != NULL ? p : "";
}

static void
on_enter(void *ctx, unsigned node, const char *name)
{
	struct tplxml *x = ctx;

	(void)name;
	if (node == TPL)
		x->one = (struct tpl){.id = -1, .name = "", .uname = ""};
}

static void
tpl_end(struct tplxml *x)
{
	struct tpl *slot;

	if (x->one.id < 0) {
		xmlpath_refuse(x->path, "a template has no readable ID");
		return;
	}
	slot = arena_push(x->arena, (void **)&x->out->v, x->out->n, sizeof(*slot));
	if (slot == NULL) {
		out_of_memory(x);
		return;
	}
	*slot = x->one;
	x->out->n++;
}

static void
on_leave(void *ctx, unsigned node, const char *s, size_t len, bool cut)
{
	struct tplxml *x = ctx;

	switch (node) {
	case TPL:
		tpl_end(x);
		break;
	case ID:
		if (units_int(s, 0, INT32_MAX, &x->one.id) != 0)
			x->one.id = -1;
		break;
	case NAME:
		x->one.name = cut ? "" : intern(x, s, len);
		break;
	case UNAME:
		x->one.uname = intern(x, s, len);
		break;
	default:
		break;
	}
}

static const struct xmlpath_ops ops = {on_enter, on_leave, NULL};

struct tplxml *
tplxml_new(struct arena *a, struct tpl_list *out)
{
	struct tplxml *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->arena = a;
	x->out = out;
	x->path = xmlpath_new(nodes, NODES, &ops, x);
	if (x->path == NULL) {
		free(x);
		return NULL;
	}
	return x;
}

void
tplxml_free(struct tplxml *x)
{
	if (x == NULL)
		return;
	xmlpath_free(x->path);
	free(x);
}

int
tplxml_feed(struct tplxml *x, const char *s, size_t len)
{
	return xmlpath_feed(x->path, s, len);
}

int
tplxml_end(struct tplxml *x, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE};

	if (xmlpath_end(x->path, &why) == 0)
		return 0;
	return fault_set(f, x->limit ? FAULT_LIMIT : FAULT_REPLY, "the document: %s", why.msg);
}
