/* SPDX-License-Identifier: ISC */
/*
 * arena: chunks that grow from 4 KiB to 256 KiB, freed whole. It hides the chunks, the cap
 * and the table of interned strings; it keeps no free list and gives nothing back early. It
 * must never give out more than its cap, and never end the process: only the x_ functions
 * at the end do that.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"

#define CHUNK_MIN   ((size_t)4096)
#define CHUNK_MAX   ((size_t)256 * 1024)
#define SLOTS_FIRST 64
#define ALIGN	    _Alignof(max_align_t)

/* Under ASan every allocation is a chunk of its own, so that an overrun of one is seen. */
#ifdef __SANITIZE_ADDRESS__
#define ALWAYS_SINGLE true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ALWAYS_SINGLE true
#endif
#endif
#ifndef ALWAYS_SINGLE
#define ALWAYS_SINGLE false
#endif

struct chunk {
	struct chunk *next;
	size_t size, used;
	max_align_t data[];
};

struct slot {
	const char *s; /* NULL: free */
	uint64_t hash;
};

struct arena {
	struct chunk *chunks;
	size_t cap, used;
	size_t next_size; /* of the next ordinary chunk */
	struct slot *slots; /* interned strings: open addressing, at most half full */
	size_t n_slots; /* a power of two, or 0 */
	size_t n_interned;
};

struct arena *
arena_new(size_t cap_bytes)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->cap = cap_bytes;
	a->next_size = CHUNK_MIN;
	return a;
}

struct arena *
arena_scratch(const struct arena *a)
{
	/* a full one has a byte left: 0 would be no cap */
	return arena_new(a->cap == 0 ? 0 : a->cap > a->used ? a->cap - a->used : 1);
}

void
arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (a == NULL)
		return;
	for (c = a->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(a->slots);
	free(a);
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

static struct chunk *
chunk_new(struct arena *a, size_t need)
{
	bool single = ALWAYS_SINGLE || need > a->next_size / 4;
	size_t size = single ? need : a->next_size;
	struct chunk *c;

	c = malloc(sizeof(*c) + size);
	if (c == NULL)
		return NULL;
	c->size = size;
	c->used = 0;
	if (!single && a->next_size < CHUNK_MAX)
		a->next_size *= 2;
	/* A single large one goes behind the current chunk, whose rest stays in use. */
	if (a->chunks != NULL && single) {
		c->next = a->chunks->next;
		a->chunks->next = c;
	} else {
		c->next = a->chunks;
		a->chunks = c;
	}
	return c;
}

/*
 * bytes bytes with no promise but alignment to align (a power of two up to ALIGN), not
 * zeroed.
 */
static void *
take(struct arena *a, size_t bytes, size_t align)
{
	struct chunk *c = a->chunks;
	size_t at = 0;

	if (bytes > SIZE_MAX / 2 || (a->cap != 0 && bytes > a->cap - a->used))
		return NULL;
	if (c != NULL)
		at = (c->used + align - 1) & ~(align - 1);
	if (c == NULL || at > c->size || bytes > c->size - at) {
		c = chunk_new(a, bytes);
		if (c == NULL)
			return NULL;
		at = 0;
	}
	c->used = at + bytes;
	a->used += bytes;
	return (char *)c->data + at;
}

void *
arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	p = take(a, bytes, ALIGN);
	if (p != NULL)
		memset(p, 0, bytes);
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p;

	len = strnlen(s, len);
	p = take(a, len + 1, 1);
	if (p == NULL)
		return NULL;
	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = take(a, (size_t)n + 1, 1)) == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

/*
 * FNV-1a with the finaliser of MurmurHash3. It starts from the address of the arena, which a
 * tenant cannot know, so that names chosen to collide do not.
 */
static uint64_t
hash(const struct arena *a, const char *s, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u ^ (uint64_t)(uintptr_t)a;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

/* The slot that holds the text, or the free one where it belongs. */
static struct slot *
slot_find(struct slot *slots, size_t n_slots, uint64_t h, const char *s, size_t len)
{
	size_t i;

	for (i = h & (n_slots - 1); slots[i].s != NULL; i = (i + 1) & (n_slots - 1))
		if (slots[i].hash == h && strncmp(slots[i].s, s, len) == 0 &&
		    slots[i].s[len] == '\0')
			break;
	return &slots[i];
}

/* The table counts towards the cap like everything else that tenants can make grow. */
static int
slots_grow(struct arena *a)
{
	size_t n = a->n_slots == 0 ? SLOTS_FIRST : a->n_slots * 2;
	size_t more = (n - a->n_slots) * sizeof(struct slot);
	struct slot *slots, *old;
	size_t i;

	if (a->cap != 0 && more > a->cap - a->used)
		return -1;
	slots = calloc(n, sizeof(*slots));
	if (slots == NULL)
		return -1;
	for (i = 0; i < a->n_slots; i++) {
		old = &a->slots[i];
		if (old->s != NULL)
			*slot_find(slots, n, old->hash, old->s, strlen(old->s)) = *old;
	}
	free(a->slots);
	a->slots = slots;
	a->n_slots = n;
	a->used += more;
	return 0;
}

const char *
arena_intern(struct arena *a, const char *s, size_t len)
{
	struct slot *slot;
	uint64_t h;

	len = strnlen(s, len);
	h = hash(a, s, len);
	if (a->n_slots > 0) {
		slot = slot_find(a->slots, a->n_slots, h, s, len);
		if (slot->s != NULL)
			return slot->s;
	}
	if (a->n_interned >= a->n_slots / 2 && slots_grow(a) != 0)
		return NULL;
	slot = slot_find(a->slots, a->n_slots, h, s, len);
	slot->s = arena_strndup(a, s, len);
	if (slot->s == NULL)
		return NULL;
	slot->hash = h;
	a->n_interned++;
	return slot->s;
}

/* Where the chunk is linked that holds this array of so many bytes and nothing else; NULL: there is none. */
static struct chunk **
chunk_of(struct arena *a, const void *array, size_t bytes)
{
	struct chunk **at;

	for (at = &a->chunks; *at != NULL; at = &(*at)->next)
		if ((const void *)(*at)->data == array && (*at)->used == bytes &&
		    (*at)->size == bytes)
			return at;
	return NULL;
}

/* Room for new_bytes in the place of old_bytes. A large array has a chunk of its own, which grows: no copy stays. */
static void *
grow(struct arena *a, void *array, size_t old_bytes, size_t new_bytes)
{
	struct chunk **at =
	    ALWAYS_SINGLE || old_bytes >= CHUNK_MAX ? chunk_of(a, array, old_bytes) : NULL;
	struct chunk *c;
	void *p;

	if (at == NULL) {
		p = take(a, new_bytes, ALIGN);
		if (p != NULL && old_bytes > 0)
			memcpy(p, array, old_bytes);
		return p;
	}
	if (new_bytes > SIZE_MAX / 2 ||
	    (a->cap != 0 && new_bytes - old_bytes > a->cap - a->used))
		return NULL;
	c = realloc(*at, sizeof(*c) + new_bytes);
	if (c == NULL)
		return NULL;
	*at = c;
	c->size = c->used = new_bytes;
	a->used += new_bytes - old_bytes;
	return c->data;
}

void *
arena_push(struct arena *a, void **array, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	/* Full when n is 0 or a power of two: no capacity needs to be stored. */
	if ((n & (n - 1)) == 0 || n == 0) {
		if (__builtin_mul_overflow(n == 0 ? 1 : n * 2, size, &bytes) ||
		    n > SIZE_MAX / 2)
			return NULL;
		p = grow(a, *array, n * size, bytes);
		if (p == NULL)
			return NULL;
		*array = p;
	}
	return memset((char *)*array + n * size, 0, size);
}

void *
x_calloc(size_t n, size_t size)
{
	void *p = calloc(n != 0 ? n : 1, size != 0 ? size : 1);

	if (p == NULL)
		fault_no_memory();
	return p;
}

void *
x_realloc(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n != 0 ? n : 1, size != 0 ? size : 1);
	if (p == NULL)
		fault_no_memory();
	return p;
}

char *
x_strdup(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fault_no_memory();
	return p;
}
