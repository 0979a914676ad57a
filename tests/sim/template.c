/* SPDX-License-Identifier: ISC */
/*
 * template: the text that describes a machine, NAME=VALUE and NAME=[A=B,C=D], read as the daemons read it. Texts are
 * kept with the cloud. What is read here is not judged: allocate.c does that.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "inner.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

struct reader {
	struct sim *sim;
	const char *p;
};

/* Blanks, and at the top level comments too. */
static void
skip(struct reader *r, bool top)
{
	for (;;) {
		r->p += strspn(r->p, " \t\r\n");
		if (!top || *r->p != '#')
			return;
		r->p += strcspn(r->p, "\n");
	}
}

/* NAME = ; the name in capitals, or NULL. */
static const char *
read_name(struct reader *r)
{
	size_t i, n = strspn(r->p, letters);
	struct text t;
	const char *name;

	if (n == 0 || r->p[n + strspn(r->p + n, " \t")] != '=')
		return NULL;
	text_init(&t, DOC_MAX);
	for (i = 0; i < n; i++)
		text_addc(&t, (char)toupper((unsigned char)r->p[i]));
	name = model_keep(r->sim, t.p);
	text_free(&t);
	r->p += n + strspn(r->p + n, " \t") + 1;
	r->p += strspn(r->p, " \t");
	return name;
}

/* A quoted text, or one that ends before one of `ends`; NULL: a quote is not closed. */
static const char *
read_value(struct reader *r, const char *ends)
{
	struct text t;
	const char *value = NULL;
	size_t n;

	text_init(&t, DOC_MAX);
	if (*r->p == '"') {
		for (r->p++; *r->p != '\0' && *r->p != '"'; r->p++) {
			if (*r->p == '\\' && r->p[1] == '"')
				r->p++;
			text_addc(&t, *r->p);
		}
		if (*r->p == '"') {
			r->p++;
			value = model_keep(r->sim, t.p);
		}
	} else {
		n = strcspn(r->p, ends);
		text_addn(&t, r->p, n);
		r->p += n;
		while (t.len > 0 && strchr(" \t\r", t.p[t.len - 1]) != NULL)
			t.p[--t.len] = '\0';
		value = model_keep(r->sim, t.p);
	}
	text_free(&t);
	return value;
}

/* [A=B, C=D] behind its bracket. */
static int
read_vector(struct reader *r, struct template_attr *a)
{
	struct sim_attr *pair;

	for (;;) {
		skip(r, false);
		if (*r->p == ',' && a->n > 0) {
			r->p++;
			continue;
		}
		if (*r->p == ']') {
			r->p++;
			return 0;
		}
		pair = arena_push(r->sim->arena, (void **)&a->pairs, a->n, sizeof(*pair));
		BUG_ON(pair == NULL);
		pair->name = read_name(r);
		pair->value = pair->name != NULL ? read_value(r, ",]\n") : NULL;
		if (pair->value == NULL)
			return -1;
		a->n++;
	}
}

int
template_parse(struct sim *sim, const char *s, struct template *t, size_t *at)
{
	struct reader r = {sim, s};
	struct template_attr *a;
	int bad = 0;

	memset(t, 0, sizeof(*t));
	for (skip(&r, true); *r.p != '\0' && !bad; skip(&r, true)) {
		a = arena_push(sim->arena, (void **)&t->attrs, t->n, sizeof(*a));
		BUG_ON(a == NULL);
		a->name = read_name(&r);
		if (a->name != NULL && *r.p == '[') {
			r.p++;
			a->vector = true;
			bad = read_vector(&r, a);
		} else if (a->name == NULL || (a->value = read_value(&r, "\n")) == NULL)
			bad = -1;
		t->n++;
	}
	*at = (size_t)(r.p - s);
	return bad;
}

void
template_merge(struct sim *sim, struct template *t, const struct template *extra)
{
	struct template_attr *all = arena_calloc(sim->arena, t->n + extra->n + 1, sizeof(*all));
	size_t i, k, n = 0;

	BUG_ON(all == NULL);
	for (i = 0; i < t->n; i++) {
		for (k = 0; k < extra->n; k++)
			if (strcmp(extra->attrs[k].name, t->attrs[i].name) == 0)
				break;
		if (k == extra->n)
			all[n++] = t->attrs[i];
	}
	for (k = 0; k < extra->n; k++)
		all[n++] = extra->attrs[k];
	t->attrs = all;
	t->n = n;
}

const char *
template_value(const struct template *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!t->attrs[i].vector && strcmp(t->attrs[i].name, name) == 0)
			return t->attrs[i].value;
	return NULL;
}

const char *
template_pair(const struct template_attr *a, const char *name)
{
	return model_attr(a->pairs, a->n, name);
}

void
template_write(struct text *out, const struct template *t)
{
	size_t i, k;

	docs_raw(out, "<TEMPLATE>");
	for (i = 0; i < t->n; i++) {
		if (!t->attrs[i].vector) {
			docs_cdata(out, t->attrs[i].name, t->attrs[i].value);
			continue;
		}
		docs_open(out, t->attrs[i].name);
		for (k = 0; k < t->attrs[i].n; k++)
			docs_cdata(out, t->attrs[i].pairs[k].name, t->attrs[i].pairs[k].value);
		docs_close(out, t->attrs[i].name);
	}
	docs_raw(out, "</TEMPLATE>");
}
