/* SPDX-License-Identifier: ISC */
/*
 * file: reads the small files that a person or a package put there and that decide what may be
 * killed: the policy and the credentials; and a caller's own files (command/caller).
 *
 * A symbolic link is followed; owner, mode and type are those of what was opened, so nothing can be
 * exchanged between the check and the reading. A FIFO or a device never blocks.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

struct file_rule {
	const char *what;	/* "policy", "credential file": for messages */
	size_t	max_bytes;
	bool	secret;		/* others may not even read it */
	const char *missing;	/* the remedy when it is not there; NULL: that of any file */
};

/*
 * The whole file, NUL-terminated, malloced for the caller. It must be regular, owned by root or
 * the effective user, not writable by group or others, and not change meanwhile. A secret may not be
 * readable by others either, nor by a group unless root owns it (0640 root:vmreaper: how a package
 * lets an account read it). Returns 0 or -1, f with the command that mends it.
 */
int	file_read(const char *path, const struct file_rule *rule, char **bytes, size_t *len, struct fault *f);

#endif
