/* SPDX-License-Identifier: ISC */
/*
 * test_sha256: the vectors that NIST publishes for FIPS 180-4, and every length around a block.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/sha256.h"

/* NIST, Examples with Intermediate Values (SHA256.pdf), and CAVP SHA256ShortMsg.rsp. */
static void
published_vectors(void **state)
{
	static const struct {
		const char *name, *text, *hex;
	} t[] = {
	    {"empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"one block", "abc",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	    {"one byte", "\xd3",
		"28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
	};
	char hex[SHA256_HEX_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		sha256_hex(t[i].text, strlen(t[i].text), hex);
		assert_string_equal(hex, t[i].hex);
	}
	sha256_hex(NULL, 0, hex);
	assert_string_equal(hex, t[0].hex);
}

/* FIPS 180-2, B.3. */
static void
a_million_bytes(void **state)
{
	char hex[SHA256_HEX_SIZE], *a = malloc(1000000);

	(void)state;
	assert_non_null(a);
	memset(a, 'a', 1000000);
	sha256_hex(a, 1000000, hex);
	assert_string_equal(
	    hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(a);
}

/*
 * The padding changes at 55, 56, 63 and 64 bytes: a chain over all lengths from 0 to 199, each
 * digest hashed on. The result was computed with coreutils' sha256sum.
 */
static void
every_length_around_a_block(void **state)
{
	char hex[SHA256_HEX_SIZE], chain[200 * 64], zeros[200] = {0};
	size_t len;

	(void)state;
	for (len = 0; len < 200; len++) {
		sha256_hex(zeros, len, hex);
		memcpy(chain + 64 * len, hex, 64);
	}
	sha256_hex(chain, sizeof(chain), hex);
	assert_string_equal(
	    hex, "ba0e721dc998238252c8b028f0ce4ea61910d7fcb8252e56492d919297596c14");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vectors),
	    cmocka_unit_test(a_million_bytes),
	    cmocka_unit_test(every_length_around_a_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
