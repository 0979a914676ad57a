/* SPDX-License-Identifier: ISC */
/*
 * fuzz_marketplace: the metadata of images, and identifiers. What is accepted is what was asked for, agrees with its
 * checksum, and holds nothing in the places that go into a template but words and numbers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "cloud/limits.h"
#include "cloud/marketplace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY (1u << 20)
#define ASKED  "BtSKdXa2SvHlSVTvgFgivIYDq--"

static void
identifiers_check(const char *s)
{
	char hex[41], id[28], again[41];

	if (marketplace_id_to_sha1(s, hex) == 0) {
		BUG_ON(marketplace_sha1_to_id(hex, id) != 0 || strcmp(id, s) != 0);
		BUG_ON(strspn(hex, "0123456789abcdef") != 40);
	}
	if (marketplace_sha1_to_id(s, id) == 0)
		BUG_ON(marketplace_id_to_sha1(id, again) != 0 || strcmp(again, s) != 0);
}

static void
metadata_check(const struct image_metadata *m)
{
	const char *words = "abcdefghijklmnopqrstuvwxyz0123456789-";
	char id[28];

	BUG_ON(strcmp(m->identifier, ASKED) != 0);
	BUG_ON(marketplace_sha1_to_id(m->sha1, id) != 0 || strcmp(id, ASKED) != 0);
	BUG_ON(m->bytes < -1 || m->n_locations > LIMIT_LOCATIONS);
	BUG_ON(strspn(m->format, words) != strlen(m->format));
	BUG_ON(strspn(m->disks_bus, words) != strlen(m->disks_bus));
	BUG_ON(strspn(m->inbound_ports, "0123456789,") != strlen(m->inbound_ports));
	for (size_t i = 0; i < m->n_locations; i++)
		BUG_ON(strlen(m->locations[i]) > LIMIT_SOURCE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(MEMORY);
	char *s = malloc(size + 1);
	struct image_metadata m;
	struct fault f;

	BUG_ON(a == NULL || s == NULL);
	memcpy(s, data, size);
	s[size] = '\0';
	identifiers_check(s);
	if (marketplace_parse(a, (const char *)data, size, ASKED, &m, &f) == 0)
		metadata_check(&m);
	free(s);
	arena_free(a);
	return 0;
}
