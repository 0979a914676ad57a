/* SPDX-License-Identifier: ISC */
/*
 * replay: feeds a corpus to one fuzz target, so that `make check` covers under any compiler what
 * libFuzzer found. Without arguments fuzz_NAME takes $top_srcdir/tests/fuzz/corpus/NAME.
 *
 * Each input is in an allocation of exactly its size: a read past the end is seen by the
 * sanitizers and by valgrind. No corpus, or an empty one, is a failure: nothing was tested.
 */
#include "config.h"

#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
replay_file(const char *path)
{
	FILE *in;
	struct stat st;
	uint8_t *data;
	size_t size;

	in = fopen(path, "rb");
	if (in == NULL || fstat(fileno(in), &st) != 0)
		err(1, "%s", path);
	size = (size_t)st.st_size;
	data = malloc(size > 0 ? size : 1);
	if (data == NULL)
		err(1, "%s", path);
	if (fread(data, 1, size, in) != size)
		errx(1, "%s: short read", path);
	fclose(in);
	/* Named before it runs: after a crash the log's last line says which input it was. */
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

/* Every file of a directory in the order of their names; returns how many. */
static size_t
replay_directory(const char *path)
{
	struct dirent **entry;
	char *file;
	size_t done = 0;
	int i, n;

	n = scandir(path, &entry, NULL, alphasort);
	if (n < 0)
		err(1, "%s", path);
	for (i = 0; i < n; i++) {
		if (entry[i]->d_name[0] != '.') {
			if (asprintf(&file, "%s/%s", path, entry[i]->d_name) < 0)
				err(1, "%s", path);
			replay_file(file);
			free(file);
			done++;
		}
		free(entry[i]);
	}
	free(entry);
	return done;
}

int
main(int argc, char **argv)
{
	const char *name, *top;
	char *own;
	size_t n = 0;
	int i;

	name = strrchr(argv[0], '/');
	name = name != NULL ? name + 1 : argv[0];
	for (i = 1; i < argc; i++)
		n += replay_directory(argv[i]);
	if (argc < 2) {
		top = getenv("top_srcdir");
		if (strncmp(name, "fuzz_", 5) != 0 || top == NULL)
			errx(1, "usage: %s corpus-directory ...", name);
		if (asprintf(&own, "%s/tests/fuzz/corpus/%s", top, name + 5) < 0)
			err(1, "%s", name);
		n = replay_directory(own);
		free(own);
	}
	printf("%s 1 - %s: %zu inputs replayed\n", n > 0 ? "ok" : "not ok", name, n);
	return n > 0 ? 0 : 1;
}
