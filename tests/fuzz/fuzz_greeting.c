/* SPDX-License-Identifier: ISC */
/*
 * fuzz_greeting: whatever a server sends. The first byte says where the rest is split; the
 * result must be the same whole, in two pieces and byte by byte, and an accepted string must
 * hold to the rules.
 */
#include <stdint.h>
#include <string.h>

#include "base/fault.h"
#include "probe/ssh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same(const struct ssh_reader *a, const struct ssh_reader *b)
{
	BUG_ON(a->got != b->got);
	if (a->got == SSH_IDENT)
		BUG_ON(strcmp(a->ident, b->ident) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssh_reader whole, split, bytes;
	size_t at, i;

	if (size == 0)
		return 0;
	at = data[0];
	data++;
	size--;
	if (at > size)
		at = size;
	ssh_reader_init(&whole);
	ssh_reader_init(&split);
	ssh_reader_init(&bytes);
	ssh_reader_feed(&whole, data, size);
	ssh_reader_feed(&split, data, at);
	ssh_reader_feed(&split, data + at, size - at);
	for (i = 0; i < size; i++)
		ssh_reader_feed(&bytes, data + i, 1);
	check_same(&whole, &split);
	check_same(&whole, &bytes);
	if (whole.got == SSH_IDENT) {
		BUG_ON(strlen(whole.ident) > SSH_IDENT_MAX - 1);
		BUG_ON(strncmp(whole.ident, "SSH-", 4) != 0);
		BUG_ON(strpbrk(whole.ident, "\r\n\033\177") != NULL);
	}
	return 0;
}
