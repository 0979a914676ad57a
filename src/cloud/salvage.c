/* SPDX-License-Identifier: ISC */
/*
 * salvage: a search for text that only the daemon can have written.
 *
 * Must never guess: an element that is there twice is one that a tenant may have written.
 */
#include <string.h>

#include "base/units.h"
#include "cloud/salvage.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Where the text goes on behind `what` and any blanks, or NULL when it does not begin with it. */
static const char *
behind(const char *s, const char *end, const char *what)
{
	size_t n = strlen(what);

	while (s < end && is_blank(*s))
		s++;
	return (size_t)(end - s) >= n && memcmp(s, what, n) == 0 ? s + n : NULL;
}

/* The first occurrence of what, or NULL. */
static const char *
find(const char *s, const char *end, const char *what)
{
	size_t n = strlen(what);

	for (; (size_t)(end - s) >= n; s++) {
		s = memchr(s, what[0], (size_t)(end - s) - n + 1);
		if (s == NULL)
			return NULL;
		if (memcmp(s, what, n) == 0)
			return s;
	}
	return NULL;
}

/* The number in s[0..n), or -1. */
static int32_t
number(const char *s, size_t n)
{
	char buf[LIMIT_NUMBER + 1];
	int64_t v;

	if (n == 0 || n > LIMIT_NUMBER)
		return -1;
	memcpy(buf, s, n);
	buf[n] = '\0';
	return units_int(buf, 0, INT32_MAX, &v) == 0 ? (int32_t)v : -1;
}

/* The number between open and close, if open is there once; else -1. */
static int32_t
number_once(const char *s, const char *end, const char *open, const char *close)
{
	const char *at = find(s, end, open), *to;

	if (at == NULL)
		return -1;
	at += strlen(open);
	if (find(at, end, open) != NULL || (to = find(at, end, close)) == NULL)
		return -1;
	return number(at, (size_t)(to - at));
}

static void
name_take(const char *s, const char *end, struct salvage *out)
{
	const char *at = find(s, end, "<NAME>"), *to;
	size_t n;

	out->name[0] = '\0';
	if (at == NULL || (to = find(at += strlen("<NAME>"), end, "</NAME>")) == NULL)
		return;
	n = (size_t)(to - at);
	n = n < LIMIT_NAME ? n : LIMIT_NAME;
	memcpy(out->name, at, n);
	out->name[n] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (out->name[i] == '\0')
			out->name[i] = '\x7f';
	}
}

#define VM_END "</VM>"

bool
salvage_machine(const char *s, size_t len, bool cut, int64_t id, struct salvage *out)
{
	const char *end = s + len, *at = behind(s, end, "<VM>"), *to;

	*out = (struct salvage){.state = -1, .lcm = -1};
	if (at != NULL)
		at = behind(at, end, "<ID>");
	to = at != NULL ? find(at, end, "</ID>") : NULL;
	if (to == NULL || number(at, (size_t)(to - at)) != id)
		return false;
	while (end > s && is_blank(end[-1]))
		end--;
	/* What is not here may hold the second one, or the first. */
	if (!cut && (size_t)(end - s) > strlen(VM_END) &&
	    memcmp(end - strlen(VM_END), VM_END, strlen(VM_END)) == 0) {
		out->state = number_once(s, end, "<STATE>", "</STATE>");
		out->lcm = number_once(s, end, "<LCM_STATE>", "</LCM_STATE>");
	}
	name_take(s, end, out);
	return true;
}

/* "<VM>", blanks, "<ID>": how far a text got. */
#define OPENING	 "<VM><ID>"
#define AGAIN	 5 /* behind its second "<" */
#define POOL_END "</VM_POOL>"

static void
id_end(struct salvage_ids *x)
{
	if (x->id >= 0) {
		if (x->n < x->room)
			x->ids[x->n] = x->id;
		x->n++;
	}
}

void
salvage_ids_feed(struct salvage_ids *x, const char *s, size_t len)
{
	static const char opening[] = OPENING, pool_end[] = POOL_END;
	const size_t open = sizeof(opening) - 1, whole = sizeof(pool_end) - 1;

	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (!(x->end == whole && is_blank(c)))
			x->end =
			    x->end < whole && c == pool_end[x->end] ? x->end + 1 : c == '<';
		if (x->at == open) {
			if (c >= '0' && c <= '9' && x->id <= INT32_MAX) {
				x->id = (x->id < 0 ? 0 : x->id * 10) + (c - '0');
				continue;
			}
			if (c == '<' && x->id <= INT32_MAX)
				id_end(x);
			x->at = 0;
		}
		if (c == opening[x->at])
			x->at++;
		else if (x->at == AGAIN && c == 'V')
			x->at = 2; /* "<VM><V": the second one begins it */
		else if (!(x->at == AGAIN - 1 && is_blank(c)))
			x->at = c == '<';
		if (x->at == open)
			x->id = -1;
	}
}

bool
salvage_ids_whole(const struct salvage_ids *x)
{
	return x->end == sizeof(POOL_END) - 1;
}
