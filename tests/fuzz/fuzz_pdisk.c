/* SPDX-License-Identifier: ISC */
/*
 * fuzz_pdisk: the JSON of the pdisk service, and sources of disks. What is accepted goes into URLs and into a command that
 * a person pastes: UUIDs are UUIDs, ids are ids, and nothing but plain characters is in a remedy.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "cloud/limits.h"
#include "cloud/pdiskjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY (4u << 20)

static void
uuid_check(const char *s)
{
	BUG_ON(strlen(s) != 36 || strspn(s, "0123456789abcdef-") != 36);
}

static void
orphans_check(struct arena *a, const char *endpoint, struct pdisk_volume *v, size_t n,
    struct pdisk_mount *m, size_t n_mounts)
{
	const int64_t ids[] = {5508};
	struct pdisk_orphan *o;
	size_t n_orphans;

	for (size_t i = 0; i < n; i++) {
		v[i].mounts = m;
		v[i].n_mounts = n_mounts;
		v[i].mounts_known = true;
	}
	if (pdisk_orphans(a, endpoint, v, n, ids, 1, &o, &n_orphans) != 0)
		return;
	for (size_t i = 0; i < n_orphans; i++) {
		BUG_ON(o[i].vm_id < 0 || o[i].vm_id == 5508 || o[i].vm_id > INT32_MAX);
		BUG_ON(strpbrk(o[i].remedy, "\"'`$|&;<>()\\\n\r\t") != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(MEMORY);
	char *s = malloc(size + 1), uuid[37], message[200];
	struct pdisk_volume *v;
	struct pdisk_mount *m;
	size_t n, n_mounts;
	struct fault f;

	BUG_ON(a == NULL || s == NULL);
	memcpy(s, data, size);
	s[size] = '\0';
	if (pdisk_uuid(s, uuid))
		uuid_check(uuid);
	if (pdisk_parse_mounts(a, (const char *)data, size, &m, &n_mounts, &f) != 0)
		n_mounts = 0;
	for (size_t i = 0; i < n_mounts; i++)
		BUG_ON(m[i].vm_id < -1 || strlen(m[i].device) > LIMIT_NUMBER);
	if (pdisk_parse_volumes(a, (const char *)data, size, &v, &n, &f) == 0) {
		struct pdisk_mount one[] = {{.vm_id = 1, .device = "vda"}};

		for (size_t i = 0; i < n; i++) {
			uuid_check(v[i].uuid);
			BUG_ON(v[i].count < -1 || v[i].size_gib < 0);
			(void)pdisk_is_scrap(&v[i]);
		}
		orphans_check(a, s, v, n, one, 1);
	} else {
		struct pdisk_volume alone = {
		    .uuid = "95b75092-0000-4000-8000-cd1deaa721f1", .tag = "", .owner = ""};

		orphans_check(a, s, &alone, 1, m, n_mounts);
	}
	BUG_ON(strlen(pdisk_message((const char *)data, size, message, sizeof(message))) >=
	       sizeof(message));
	free(s);
	arena_free(a);
	return 0;
}
