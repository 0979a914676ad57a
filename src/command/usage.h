/* SPDX-License-Identifier: ISC */
/*
 * usage: what somebody needs who types `vmreaper', or a command that is none. Pure.
 */
#ifndef COMMAND_USAGE_H
#define COMMAND_USAGE_H

#include <stddef.h>

#include "base/style.h"
#include "base/text.h"
#include "command/command.h"

/* Append what the program is, the first commands to type, and all of them in their groups. */
void	usage_add(struct text *out, const struct style *s, const struct command *commands, size_t n);
/* The command whose name is nearest to a mistyped word; NULL when none is near. */
const struct command *usage_nearest(const struct command *commands, size_t n, const char *word);

#endif
