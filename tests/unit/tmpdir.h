/* SPDX-License-Identifier: ISC */
/*
 * tmpdir: where tests make their directories: in TMPDIR if it is short enough for the buffers that hold such paths.
 * tests/mutate sets it, because a test that fails, as it should there, leaves its directory behind.
 */
#ifndef TMPDIR_H
#define TMPDIR_H

#include <stdlib.h>
#include <string.h>

static inline const char *
tmp_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir != NULL && dir[0] == '/' && strlen(dir) < 40 ? dir : "/tmp";
}

#endif
