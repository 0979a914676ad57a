/* SPDX-License-Identifier: ISC */
/*
 * icmp: our packets are recognised, and nobody else's. A forged reply that is believed keeps a
 * dead machine for ever; a true one that is missed may cost a living one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/net.h"
#include "probe/icmp.h"

static const struct siphash_key key = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};

/* vectors_sip64 of the reference implementation: key 00..0f, input 00..(n-1). */
static const struct {
	size_t n;
	uint8_t out[8];
} vectors[] = {
    {0, {0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72}},
    {1, {0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74}},
    {2, {0x5a, 0x4f, 0xa9, 0xd9, 0x09, 0x80, 0x6c, 0x0d}},
    {3, {0x2d, 0x7e, 0xfb, 0xd7, 0x96, 0x66, 0x67, 0x85}},
    {4, {0xb7, 0x87, 0x71, 0x27, 0xe0, 0x94, 0x27, 0xcf}},
    {5, {0x8d, 0xa6, 0x99, 0xcd, 0x64, 0x55, 0x76, 0x18}},
    {6, {0xce, 0xe3, 0xfe, 0x58, 0x6e, 0x46, 0xc9, 0xcb}},
    {7, {0x37, 0xd1, 0x01, 0x8b, 0xf5, 0x00, 0x02, 0xab}},
    {8, {0x62, 0x24, 0x93, 0x9a, 0x79, 0xf5, 0xf5, 0x93}},
    {9, {0xb0, 0xe4, 0xa9, 0x0b, 0xdf, 0x82, 0x00, 0x9e}},
    {10, {0xf3, 0xb9, 0xdd, 0x94, 0xc5, 0xbb, 0x5d, 0x7a}},
    {11, {0xa7, 0xad, 0x6b, 0x22, 0x46, 0x2f, 0xb3, 0xf4}},
    {12, {0xfb, 0xe5, 0x0e, 0x86, 0xbc, 0x8f, 0x1e, 0x75}},
    {13, {0x90, 0x3d, 0x84, 0xc0, 0x27, 0x56, 0xea, 0x14}},
    {14, {0xee, 0xf2, 0x7a, 0x8e, 0x90, 0xca, 0x23, 0xf7}},
    {15, {0xe5, 0x45, 0xbe, 0x49, 0x61, 0xca, 0x29, 0xa1}},
    {63, {0x72, 0x45, 0x06, 0xeb, 0x4c, 0x32, 0x8a, 0x95}},
};

static struct addr
addr_of(const char *s)
{
	struct addr a;

	assert_int_equal(net_addr_parse(s, &a), 0);
	return a;
}

static void
siphash_gives_the_reference_vectors(void **state)
{
	uint8_t in[64];
	uint64_t want;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		for (want = 0, k = 8; k-- > 0;)
			want = want << 8 | vectors[i].out[k];
		if (siphash(&key, in, vectors[i].n) != want)
			fail_msg("%zu bytes: %016llx", vectors[i].n,
			    (unsigned long long)siphash(&key, in, vectors[i].n));
	}
}

static void
the_checksum_is_that_of_rfc_1071(void **state)
{
	/* the example of RFC 1071 section 3: the sum is ddf2 */
	static const uint8_t rfc[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	static const uint8_t odd[] = {0xff, 0xff, 0x01};
	/* an echo request: type 8, id 0x1234, sequence 1, eight zeros */
	static const uint8_t ping[] = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};

	(void)state;
	assert_int_equal(icmp_checksum(rfc, sizeof(rfc)), 0xffff - 0xddf2);
	assert_int_equal(icmp_checksum(odd, sizeof(odd)), 0xffff - 0x0100);
	assert_int_equal(icmp_checksum(ping, sizeof(ping)), 0xffff - (0x0800 + 0x1234 + 1));
	assert_int_equal(icmp_checksum(rfc, 0), 0xffff);
}

static void
a_request_has_the_form_of_its_protocol(void **state)
{
	const struct addr v4 = addr_of("10.1.2.3"), v6 = addr_of("2001:db8::3");
	const struct icmp_echo e = {0x01020304, 2};
	uint8_t p[ICMP_ECHO_SIZE];

	(void)state;
	icmp_echo_build(p, &key, &v4, &e, 0xabcd, 0x1234);
	assert_int_equal(p[0], 8);
	assert_int_equal(p[1], 0);
	assert_memory_equal(p + 4, "\xab\xcd\x12\x34", 4);
	assert_memory_equal(p + 16, "\1\2\3\4\2\0\0\0vmreaper", 16);
	assert_int_equal(icmp_checksum(p, sizeof(p)), 0); /* a right sum sums to zero */
	icmp_echo_build(p, &key, &v6, &e, 0xabcd, 0x1234);
	assert_int_equal(p[0], 128);
	assert_memory_equal(p + 2, "\0\0", 2); /* the kernel sums */
}

/* The reply of a host that is well: the same bytes, another type. */
static void
reply_to(uint8_t p[static ICMP_ECHO_SIZE], const struct addr *a, const struct icmp_echo *e)
{
	icmp_echo_build(p, &key, a, e, 7, 9);
	p[0] = a->family == 6 ? 129 : 0;
}

static void
a_reply_from_the_target_is_ours(void **state)
{
	const struct addr a[] = {addr_of("10.1.2.3"), addr_of("2001:db8::3")};
	const struct icmp_echo e = {70000, 3};
	struct icmp_echo got;
	uint8_t p[24 + ICMP_ECHO_SIZE + 6];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		memset(&got, 0, sizeof(got));
		reply_to(p, &a[i], &e);
		assert_true(
		    icmp_reply_match(p, ICMP_ECHO_SIZE, ICMP_FORM_PLAIN, &key, &a[i], &got));
		assert_int_equal(got.index, 70000);
		assert_int_equal(got.number, 3);
	}
	/* raw v4: an IP header in front, with an option, and padding behind */
	memset(p, 0, sizeof(p));
	p[0] = 0x46;
	reply_to(p + 24, &a[0], &e);
	assert_true(icmp_reply_match(p, sizeof(p), ICMP_FORM_RAW, &key, &a[0], &got));
}

static void
a_reply_from_another_address_is_not(void **state)
{
	const struct addr a = addr_of("10.1.2.3"), b = addr_of("10.1.2.4");
	const struct addr a6 = addr_of("2001:db8::3"), b6 = addr_of("2001:db8::4");
	const struct icmp_echo e = {1, 1};
	struct icmp_echo got;
	uint8_t p[ICMP_ECHO_SIZE];

	(void)state;
	reply_to(p, &a, &e);
	assert_false(icmp_reply_match(p, sizeof(p), ICMP_FORM_PLAIN, &key, &b, &got));
	reply_to(p, &a6, &e);
	assert_false(icmp_reply_match(p, sizeof(p), ICMP_FORM_PLAIN, &key, &b6, &got));
}

static void
a_reply_with_any_bit_of_its_content_changed_is_not(void **state)
{
	const struct addr a = addr_of("10.1.2.3");
	const struct icmp_echo e = {5, 2};
	struct icmp_echo got;
	uint8_t p[ICMP_ECHO_SIZE];
	size_t bit;

	(void)state;
	/* cookie, index and number; identifier and sequence prove nothing and may be anything */
	for (bit = 8 * 8; bit < 21 * 8; bit++) {
		reply_to(p, &a, &e);
		p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (icmp_reply_match(p, sizeof(p), ICMP_FORM_PLAIN, &key, &a, &got))
			fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
	}
}

static void
a_reply_of_another_run_is_not(void **state)
{
	const struct addr a = addr_of("10.1.2.3");
	const struct icmp_echo e = {5, 2};
	struct siphash_key other = key;
	struct icmp_echo got;
	uint8_t p[ICMP_ECHO_SIZE];

	(void)state;
	other.b[15] ^= 1;
	reply_to(p, &a, &e);
	assert_false(icmp_reply_match(p, sizeof(p), ICMP_FORM_PLAIN, &other, &a, &got));
}

static void
what_is_cut_or_of_another_type_is_not(void **state)
{
	const struct addr a = addr_of("10.1.2.3"), none = {0};
	const struct icmp_echo e = {5, 2};
	struct icmp_echo got;
	uint8_t p[20 + ICMP_ECHO_SIZE];
	size_t n;

	(void)state;
	memset(p, 0, sizeof(p));
	p[0] = 0x45;
	reply_to(p + 20, &a, &e);
	for (n = 0; n < sizeof(p); n++)
		assert_false(icmp_reply_match(p, n, ICMP_FORM_RAW, &key, &a, &got));
	assert_true(icmp_reply_match(p, n, ICMP_FORM_RAW, &key, &a, &got));
	p[0] = 0x44; /* a header of 16 bytes */
	assert_false(icmp_reply_match(p, n, ICMP_FORM_RAW, &key, &a, &got));
	p[0] = 0x4f; /* a header of 60 */
	assert_false(icmp_reply_match(p, n, ICMP_FORM_RAW, &key, &a, &got));
	p[0] = 0x65; /* version 6 */
	assert_false(icmp_reply_match(p, n, ICMP_FORM_RAW, &key, &a, &got));
	p[0] = 0x45;
	p[20] = 8; /* our own request, as loopback shows it to a raw socket */
	assert_false(icmp_reply_match(p, n, ICMP_FORM_RAW, &key, &a, &got));
	p[20] = 0;
	p[21] = 1; /* a code that no reply has */
	assert_false(icmp_reply_match(p, n, ICMP_FORM_RAW, &key, &a, &got));
	p[21] = 0;
	assert_false(icmp_reply_match(p, n, ICMP_FORM_RAW, &key, &none, &got));
}

static void
a_quoted_request_is_ours_only_with_its_cookie(void **state)
{
	const struct addr a = addr_of("10.1.2.3"), b = addr_of("10.1.2.4"), none = {0};
	const struct addr a6 = addr_of("2001:db8::3");
	const struct icmp_echo e = {9, 1};
	struct icmp_echo got;
	uint8_t p[ICMP_ECHO_SIZE];
	size_t n;

	(void)state;
	icmp_echo_build(p, &key, &a, &e, 7, 9);
	for (n = 0; n < sizeof(p);
	     n++) /* RFC 792 asks for eight bytes only: not enough for us */
		assert_false(icmp_quote_match(p, n, &key, &a, &got));
	assert_true(icmp_quote_match(p, n, &key, &a, &got));
	assert_int_equal(got.index, 9);
	assert_int_equal(got.number, 1);
	assert_false(icmp_quote_match(p, n, &key, &b, &got));
	assert_false(icmp_quote_match(p, n, &key, &none, &got));
	p[0] = 0; /* a reply that bounced is not a request of ours */
	assert_false(icmp_quote_match(p, n, &key, &a, &got));
	icmp_echo_build(p, &key, &a6, &e, 7, 9);
	assert_true(icmp_quote_match(p, n, &key, &a6, &got));
}

static void
errors_are_told_apart(void **state)
{
	static const struct {
		uint8_t family, type, code;
		enum icmp_said said;
	} t[] = {
	    {4, 3, 0, ICMP_SAID_UNREACHABLE},
	    {4, 3, 1, ICMP_SAID_UNREACHABLE},
	    {4, 3, 2, ICMP_SAID_PROHIBITED},
	    {4, 3, 3, ICMP_SAID_PROHIBITED},
	    {4, 3, 4, ICMP_SAID_NOTHING},
	    {4, 3, 9, ICMP_SAID_PROHIBITED},
	    {4, 3, 10, ICMP_SAID_PROHIBITED},
	    {4, 3, 13, ICMP_SAID_PROHIBITED},
	    {4, 3, 12, ICMP_SAID_UNREACHABLE},
	    {4, 11, 0, ICMP_SAID_UNREACHABLE},
	    {4, 4, 0, ICMP_SAID_NOTHING},
	    {4, 0, 0, ICMP_SAID_NOTHING},
	    {6, 1, 0, ICMP_SAID_UNREACHABLE},
	    {6, 1, 1, ICMP_SAID_PROHIBITED},
	    {6, 1, 3, ICMP_SAID_UNREACHABLE},
	    {6, 1, 4, ICMP_SAID_PROHIBITED},
	    {6, 1, 6, ICMP_SAID_PROHIBITED},
	    {6, 2, 0, ICMP_SAID_NOTHING},
	    {6, 3, 0, ICMP_SAID_UNREACHABLE},
	    {6, 129, 0, ICMP_SAID_NOTHING},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (icmp_error_said(t[i].family, t[i].type, t[i].code) != t[i].said)
			fail_msg("v%d type %d code %d", t[i].family, t[i].type, t[i].code);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(siphash_gives_the_reference_vectors),
	    cmocka_unit_test(the_checksum_is_that_of_rfc_1071),
	    cmocka_unit_test(a_request_has_the_form_of_its_protocol),
	    cmocka_unit_test(a_reply_from_the_target_is_ours),
	    cmocka_unit_test(a_reply_from_another_address_is_not),
	    cmocka_unit_test(a_reply_with_any_bit_of_its_content_changed_is_not),
	    cmocka_unit_test(a_reply_of_another_run_is_not),
	    cmocka_unit_test(what_is_cut_or_of_another_type_is_not),
	    cmocka_unit_test(a_quoted_request_is_ours_only_with_its_cookie),
	    cmocka_unit_test(errors_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
