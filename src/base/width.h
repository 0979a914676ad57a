/* SPDX-License-Identifier: ISC */
/*
 * width: how many columns of a terminal a character takes. Pure.
 */
#ifndef WIDTH_H
#define WIDTH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * 0 for a mark that is drawn over the character before it, 2 for a wide one (Chinese, Japanese, Korean, most emoji),
 * else 1. Controls and invisible characters, which text_add_safe replaces, are 1 here.
 */
int	width_of(uint32_t c);

#endif
