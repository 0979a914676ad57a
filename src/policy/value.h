/* SPDX-License-Identifier: ISC */
/*
 * value: what one key of the table takes, from text to the field of struct policy and back.
 * Knows the types, not the keys. Private to policy/. Pure.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/text.h"
#include "policy/keys.h"
#include "policy/policy.h"

/*
 * Is s a value of k, or for lists one of its words? *number gets the number of a number
 * (UNITS_UNLIMITED for the word), else it is not touched. On -1 f says what to write instead.
 */
int	value_check(const struct key *k, const char *s, int64_t *number, struct fault *f);

/*
 * Take the first word off a list: *s goes past its comma, or becomes NULL after the last word.
 * The text is cut in place; the word has no blanks around it, and may be empty.
 */
char	*value_next_word(char **s);

/* The word that stands for an empty list or no text: "none", or "always" for windows. */
const char *value_none(const struct key *k);

/*
 * Write the key's field of p: from number, or from n texts that value_check accepted (n 0: none).
 * Memory, if any, from a.
 */
void	value_fill(const struct key *k, int64_t number, const char *const *words, size_t n,
	    struct policy *p, struct arena *a);

/* Append the field as it would stand in the file. False, and nothing appended: it has no value. */
bool	value_print(const struct key *k, const struct policy *p, struct text *out);

#endif
