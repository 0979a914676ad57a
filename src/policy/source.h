/* SPDX-License-Identifier: ISC */
/*
 * source: where each thing of a policy stood in its file, and the errors found there.
 * Private to policy/. Pure.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "policy/keys.h"
#include "policy/policy.h"

#define SOURCE_ERRORS_MAX 50	/* a file with more is not a policy */

struct source {
	const char *file;		/* its name, for messages; borrowed */
	unsigned line[256];		/* of each key, by its place in keys_table; 0: not in the file */
	unsigned header[256];		/* of the section of each key; 0: not in the file */
	unsigned last;			/* the last line */
	bool	ended;			/* [end] was there */
	struct policy_errors *errors;
	struct fault *first;		/* gets the first error; may be NULL */
};

/* Begin with no lines and no errors; initialises errors. */
void	source_open(struct source *s, const char *file, struct policy_errors *errors, struct fault *first);

/* Count an error and append "FILE:LINE: what; remedy". line 0: without a line. */
void	source_error(struct source *s, unsigned line, const struct fault *what);

/* The line of a key; if it is not in the file, of its section's header; else the last line. */
unsigned source_line(const struct source *s, const struct key *k);
bool	source_has(const struct source *s, const struct key *k);

#endif
