/* SPDX-License-Identifier: ISC */
/*
 * ini: the lines of a policy file, one at a time, with their numbers.
 *
 * libConfuse's own lexer is not used: it counts lines wrongly after comments, expands ${VAR},
 * accepts a file cut inside a section, stops at a NUL and ends the process on a directory
 * (reference/plugins.md E2). This reader knows lines and nothing of what they mean. Pure.
 *
 *   [section]          names are [a-z][a-z0-9_]*
 *   key = value        the value as it stands: no quotes, no escapes, no continuation, no variables
 *   # ; comment        whole lines only
 *
 * Lines end in LF or CR LF, the last one too: a file without it is cut. A UTF-8 byte order mark
 * on line 1 is dropped; a tab counts as a blank; other control and invisible characters and
 * invalid UTF-8 are refused everywhere, comments included.
 */
#ifndef INI_H
#define INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

#define INI_LINE_MAX 4096	/* bytes of a line, its end not counted */

enum ini_kind { INI_END, INI_SECTION, INI_KEY, INI_BAD };
const char *ini_kind_str(enum ini_kind kind);

struct ini {
	const char *at, *end;
	unsigned line;		/* number of the line just read, from 1 */
	const char *name;	/* INI_SECTION, INI_KEY: until the next call */
	const char *value;	/* INI_KEY: trimmed, not empty; until the next call */
	bool	header;		/* INI_BAD: the line looked like a section header */
	struct fault bad;	/* INI_BAD: what is wrong with the line, without its number */
	char	buf[INI_LINE_MAX + 1];
};

/* Begin to read; bytes is borrowed until the last ini_next. */
void	ini_open(struct ini *i, const char *bytes, size_t len);

/* The next line that says something. A bad line does not end the reading: the next call goes on. */
enum ini_kind ini_next(struct ini *i);

#endif
