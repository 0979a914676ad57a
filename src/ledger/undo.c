/* SPDX-License-Identifier: ISC */
/*
 * undo: is the rollback journal that a crash left behind as long as it says? SQLite undoes what it finds of it and
 * takes the rest for never written; where the disk had lost the end of a journal that it had promised to hold, the
 * ledger would then be half of two sweeps, and every page of it well-formed.
 *
 * Reads only. The format: https://www.sqlite.org/fileformat2.html, "The Rollback Journal".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/db.h"

enum { HEADER = 28, PAGES_AT = 8, SECTOR_AT = 20, PAGE_AT = 24, SIZE_MOST = 65536 };
static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

static int64_t
number_at(const unsigned char *p)
{
	return (int64_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/*
 * The bytes that a journal with this header has, or 0 when it promises nothing. The number of pages is 0 until they
 * are synced, and the ledger is not touched before that: a crash at any moment leaves no journal that is too short.
 */
static int64_t
promised(const unsigned char *header)
{
	int64_t pages = number_at(header + PAGES_AT), sector = number_at(header + SECTOR_AT),
		page = number_at(header + PAGE_AT);

	if (memcmp(header, magic, sizeof(magic)) != 0 || pages == UINT32_MAX ||
	    sector > SIZE_MOST || page > SIZE_MOST)
		return 0;
	return pages == 0 ? 0 : sector + pages * (page + 8);
}

int
undo_check(const char *path, struct fault *f)
{
	unsigned char header[HEADER];
	size_t size = strlen(path) + sizeof("-journal");
	char *journal = x_calloc(size, 1);
	int64_t want = 0;
	off_t have = 0;
	int fd;

	snprintf(journal, size, "%s-journal", path);
	fd = open(journal, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0) { /* none, or none that we may read: SQLite has the word */
		if (pread(fd, header, sizeof(header), 0) == sizeof(header))
			want = promised(header);
		have = lseek(fd, 0, SEEK_END);
		close(fd);
	}
	free(journal);
	if (want <= have)
		return 0;
	fault_set(f, FAULT_LEDGER,
	    "ledger %s is damaged: its journal is cut off, %lld of %lld bytes", path,
	    (long long)have, (long long)want);
	return fault_remedy(f,
	    "look at its file system; restore both files, or move them away (mv %s "
	    "%s.damaged): "
	    "grace then starts from nothing, which is safe, but earlier kills are forgotten",
	    path, path);
}
