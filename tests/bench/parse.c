/* SPDX-License-Identifier: ISC */
/*
 * parse FILE VERSION: read a saved XML-RPC response into a listing and nothing else, and print what it cost in
 * memory. What `make bench` holds against xmllint.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cloud/cloud.h"

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct fault f;
	int fd, rc;

	if (argc != 3 || (fd = open(argv[1], O_RDONLY)) < 0)
		return 3;
	memset(&f, 0, sizeof(f));
	rc = cloud_saved(fd, argv[1], argv[2], a, &l, &f);
	if (rc != 0)
		fprintf(stderr, "%s\n", f.msg);
	printf("%zu machines, %.0f bytes each\n", l.n,
	    l.n > 0 ? (double)arena_used(a) / (double)l.n : 0.0);
	close(fd);
	arena_free(a);
	return rc == 0 ? 0 : 1;
}
