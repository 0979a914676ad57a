/* SPDX-License-Identifier: ISC */
/*
 * usercfg: ~/.stratuslab/stratuslab-user.cfg as Python's SafeConfigParser reads it (stratuslab.md 3.2). No I/O.
 *
 * The policy's reader does not fit: here colons assign too, lines are continued, " ;" begins a comment, and % is
 * interpolation that must be doubled. What Python refuses is refused with file and line; the last of two equal keys counts.
 */
#ifndef USERCFG_H
#define USERCFG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"

struct usercfg_key {
	const char *section, *name;	/* name in lower case */
	char	*value;			/* raw: not interpolated */
	unsigned line;
};

struct usercfg {
	const char *path;		/* for messages; borrowed */
	struct usercfg_key *keys;
	size_t	n;
	const char **sections;
	size_t	n_sections;
};

#define USERCFG_BYTES_MAX	(64 * 1024)
#define USERCFG_EXPANSIONS_MAX	10	/* of %(name)s in one value, as Python's depth */

/* -1: not such a file; a file without [default] is none. Memory in a; bytes may be freed (wipe them). */
int	usercfg_parse(struct arena *a, const char *path, const char *bytes, size_t len,
	    struct usercfg *out, struct fault *f);
bool	usercfg_has_section(const struct usercfg *c, const char *section);
/*
 * The value of a key in the section (NULL: none), else in [default], with % expanded; *value NULL when it is in neither
 * or empty. *line: where it stood.
 */
int	usercfg_get(const struct usercfg *c, struct arena *a, const char *section, const char *name,
	    const char **value, unsigned *line, struct fault *f);
/* Zero the raw values that hold passwords: *password*, endpoints. */
void	usercfg_wipe(struct usercfg *c);

#endif
