/* SPDX-License-Identifier: ISC */
/*
 * place: small files that are put into place whole: a reader, and a crash at any moment, finds the old one or
 * the new one, never a part.
 */
#ifndef PLACE_H
#define PLACE_H

#include <stddef.h>

#include "base/fault.h"

/*
 * Write bytes to path: a file PATH.new beside it, fsync, rename, fsync of the directory. Mode 0640; group NULL: the
 * file's own. Nothing of an older file is lost when this fails.
 */
int	place_write(const char *path, const char *group, const char *bytes, struct fault *f);
/* The same with mode 0644: for what every account of this system may read. */
int	place_publish(const char *path, const char *bytes, struct fault *f);

/*
 * The whole file, malloced for the caller; NULL with f filled. A link, anything but a regular file, and more than max
 * bytes are faults. missing: the remedy when there is none.
 */
char	*place_read(const char *path, size_t max, const char *missing, size_t *len, struct fault *f);

#endif
