/* SPDX-License-Identifier: ISC */
/*
 * tally: counts by key, for networks, hosts and owners. Add rows, close, find.
 *
 * Hides that it is a sorted array: no key that a cloud can send makes it slow. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "verdict/view.h"

int
tally_open(struct arena *a, struct tally *t, size_t room)
{
	t->n = 0;
	t->room = room;
	t->rows = arena_calloc(a, room + 1, sizeof(*t->rows));
	return t->rows != NULL ? 0 : -1;
}

void
tally_add(struct tally *t, const struct tally_row *row)
{
	BUG_ON(t->n == t->room);
	t->rows[t->n++] = *row;
}

static int
key_cmp(const struct tally_row *a, const struct tally_row *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return 0;
}

static int
row_cmp(const void *va, const void *vb)
{
	const struct tally_row *a = va, *b = vb;
	int c = key_cmp(a, b);

	if (c != 0)
		return c;
	return a->who < b->who ? -1 : a->who > b->who;
}

void
tally_close(struct tally *t)
{
	size_t kept = 0;

	qsort(t->rows, t->n, sizeof(*t->rows), row_cmp);
	for (size_t i = 0; i < t->n; i++) {
		struct tally_row *last = kept > 0 ? &t->rows[kept - 1] : NULL;

		if (last != NULL && key_cmp(last, &t->rows[i]) == 0) {
			last->n += t->rows[i].n;
			last->m += t->rows[i].m;
		} else {
			t->rows[kept++] = t->rows[i];
		}
	}
	t->n = kept;
}

static int
find_cmp(const void *key, const void *row)
{
	return key_cmp(key, row);
}

struct tally_row *
tally_find(const struct tally *t, enum tally_kind kind, uint64_t key)
{
	struct tally_row want = {.kind = kind, .key = key};

	if (t->n == 0)
		return NULL;
	return bsearch(&want, t->rows, t->n, sizeof(*t->rows), find_cmp);
}

void
tally_set_network(struct tally_row *row, const struct vm_addr *a)
{
	int bytes = a->a.family == 4 ? 3 : 8;

	row->label = a->network;
	if (a->network_id >= 0) {
		row->kind = TALLY_NETWORK;
		row->key = (uint64_t)a->network_id;
		return;
	}
	row->kind = a->a.family == 4 ? TALLY_SLASH24 : TALLY_SLASH64;
	row->key = 0;
	for (int i = 0; i < bytes; i++)
		row->key = row->key << 8 | a->a.b[i];
}
