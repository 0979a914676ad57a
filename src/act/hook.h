/* SPDX-License-Identifier: ISC */
/*
 * hook: run a program of the administrator's, a hook or a sendmail, give it a text, and wait for its verdict, but not for long.
 */
#ifndef HOOK_H
#define HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/*
 * May this file be run so? Regular, executable for us, owned by root or the caller, writable by nobody else
 * (a link is followed). 0, or -1 with the command that mends it.
 */
int	hook_check(const char *path, struct fault *f);

/*
 * Run argv[0] (an absolute path; no shell) with input on its stdin, in a process group of its own, with no other
 * descriptor of ours and an environment of PATH, LANG, HOME, LOGNAME and TZ only. What it writes is read and
 * thrown away but for its first line. After timeout_s, or when *stop is set (may be NULL), the whole group is killed.
 * SIGPIPE must be ignored.
 * Returns 0 when it exits with 0; -1 otherwise, f saying how it ended and what it said.
 */
int	hook_run(const char *const argv[], const char *input, size_t len, int64_t timeout_s,
	    const volatile bool *stop, struct fault *f);

#endif
