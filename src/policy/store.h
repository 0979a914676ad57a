/* SPDX-License-Identifier: ISC */
/*
 * store: libConfuse as the typed store of what was read, its option table made from keys.
 *
 * Hides libConfuse whole: nobody else sees confuse.h. Its lexer and its error functions are not
 * used: the one has the traps of reference/plugins.md E2, the others carry no context, so that
 * collecting several errors of a file would need a global. Private to policy/.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/keys.h"

struct store;

/* An empty store. Aborts when out of memory. */
struct store *store_new(void);
void	store_free(struct store *s);	/* NULL-safe */

/* True after the first store_put_* or store_put_none of the key. */
bool	store_has(const struct store *s, const struct key *k);

/* Set a number; set a text; append a word to a list; say that a text or list has none. */
void	store_put_number(struct store *s, const struct key *k, int64_t n);
void	store_put_text(struct store *s, const struct key *k, const char *text);
void	store_put_none(struct store *s, const struct key *k);

/* What was put: the number; how many texts or words (0 after store_put_none); one of them, borrowed. */
int64_t	store_number(const struct store *s, const struct key *k);
size_t	store_count(const struct store *s, const struct key *k);
const char *store_text(const struct store *s, const struct key *k, size_t i);

#endif
