/* SPDX-License-Identifier: ISC */
/*
 * arena: memory that lives as long as one sweep and is freed whole.
 *
 * A function that takes a struct arena returns memory that lives as long as the arena; nothing
 * in it is freed singly. An arena has a cap: past it every allocation returns NULL, which the
 * listing turns into "incomplete", and not the OOM killer into a dead process.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* A new arena that gives out at most cap_bytes (0: no cap). NULL when out of memory. */
struct arena *arena_new(size_t cap_bytes);
/*
 * A new arena for what is needed for a while only: it may give out what is left of a's cap now. Its memory is freed
 * before a's is, by arena_free. NULL when out of memory.
 */
struct arena *arena_scratch(const struct arena *a);
void	arena_free(struct arena *a);			/* NULL-safe */
size_t	arena_used(const struct arena *a);		/* bytes given out, and the intern table */

/* n * size zeroed bytes, aligned for any type; NULL past the cap, on overflow or out of memory. */
void	*arena_calloc(struct arena *a, size_t n, size_t size);

/* A NUL-terminated copy of s up to its NUL or len bytes (strndup). NULL as above; s not NULL. */
char	*arena_strndup(struct arena *a, const char *s, size_t len);
char	*arena_strdup(struct arena *a, const char *s);
char	*arena_printf(struct arena *a, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * The same text once: returns an earlier copy from this arena if there is one (owners, hosts and
 * networks repeat thousands of times). NULL as above.
 */
const char *arena_intern(struct arena *a, const char *s, size_t len);

/*
 * A growing array: makes room for one more element of the given size in *array (NULL at first, and grown by this
 * function only), whose length is n; the new element is zeroed. The array may move: addresses of its elements hold
 * until the next push. Small old copies stay in the arena (doubling), large ones do not.
 * Returns the address of element n, or NULL as above, *array being as it was.
 */
void	*arena_push(struct arena *a, void **array, size_t n, size_t size);

/* malloc that aborts when out of memory: for the small fixed needs of edges and commands. */
void	*x_calloc(size_t n, size_t size);
void	*x_realloc(void *p, size_t n, size_t size);
char	*x_strdup(const char *s);

#endif
