/* SPDX-License-Identifier: ISC */
/*
 * test_net: which literals are addresses and prefixes, and which addresses are in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/net.h"

static struct addr
addr(const char *s)
{
	struct addr a;

	if (net_addr_parse(s, &a) != 0)
		fail_msg("not an address: %s", s);
	return a;
}

static void
addresses_are_read_strictly(void **state)
{
	static const struct {
		const char *s;
		int family; /* 0: refused */
		const char *printed;
	} rows[] = {
	    {"10.1.2.3", 4, "10.1.2.3"},
	    {"0.0.0.0", 4, "0.0.0.0"},
	    {"255.255.255.255", 4, "255.255.255.255"},
	    {"2001:db8::1", 6, "2001:db8::1"},
	    {"2001:0DB8:0:0::0001", 6, "2001:db8::1"},
	    {"::", 6, "::"},
	    {"::ffff:10.0.0.1", 6, "::ffff:10.0.0.1"},
	    {"1:2:3:4:5:6:7:8", 6, "1:2:3:4:5:6:7:8"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6,
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	    {"", 0, NULL},
	    {"10.1.2", 0, NULL},
	    {"10.1", 0, NULL},
	    {"167837955", 0, NULL},
	    {"10.1.2.3.4", 0, NULL},
	    {"10.1.2.256", 0, NULL},
	    {"010.1.2.3", 0, NULL},
	    {"10.1.2.03", 0, NULL},
	    {"10.1.2.00", 0, NULL},
	    {"0x0a.1.2.3", 0, NULL},
	    {"10.1.2.3 ", 0, NULL},
	    {" 10.1.2.3", 0, NULL},
	    {"10.1.2.3\n", 0, NULL},
	    {"10..2.3", 0, NULL},
	    {"10.1.2.-3", 0, NULL},
	    {"10.1.2.3/8", 0, NULL},
	    {"fe80::1%eth0", 0, NULL},
	    {"[::1]", 0, NULL},
	    {"1:2:3:4:5:6:7", 0, NULL},
	    {"1::2::3", 0, NULL},
	    {"12345::", 0, NULL},
	    {"g::", 0, NULL},
	    {"localhost", 0, NULL},
	};
	char buf[NET_STR_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr a = {9, {9}};
		int rc = net_addr_parse(rows[i].s, &a);

		if (rc != (rows[i].family == 0 ? -1 : 0))
			fail_msg("\"%s\" gave %d", rows[i].s, rc);
		if (rc != 0) {
			assert_int_equal(a.family, 9);
			continue;
		}
		assert_int_equal(a.family, rows[i].family);
		assert_string_equal(net_addr_str(buf, &a), rows[i].printed);
	}
}

static void
bytes_are_in_network_order_and_padded(void **state)
{
	static const uint8_t v4[16] = {10, 1, 2, 3},
			     v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

	(void)state;
	assert_memory_equal(addr("10.1.2.3").b, v4, 16);
	assert_memory_equal(addr("2001:db8::1").b, v6, 16);
}

static void
prefixes_are_read_strictly(void **state)
{
	static const struct {
		const char *s, *printed; /* NULL: refused */
	} rows[] = {
	    {"10.0.0.0/8", "10.0.0.0/8"},
	    {"0.0.0.0/0", "0.0.0.0/0"},
	    {"10.1.2.3/32", "10.1.2.3/32"},
	    {"10.1.2.3", "10.1.2.3/32"},
	    {"192.168.1.128/25", "192.168.1.128/25"},
	    {"10.1.2.2/31", "10.1.2.2/31"},
	    {"::/0", "::/0"},
	    {"2001:db8::/32", "2001:db8::/32"},
	    {"2001:db8::1", "2001:db8::1/128"},
	    {"2001:db8:8000::/33", "2001:db8:8000::/33"},
	    {"fe80::/10", "fe80::/10"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
	    {"10.1.0.0/8", NULL},
	    {"10.0.0.1/31", NULL},
	    {"192.168.1.128/24", NULL},
	    {"1.0.0.0/0", NULL},
	    {"2001:db8:8000::/32", NULL},
	    {"::1/127", NULL},
	    {"10.0.0.0/33", NULL},
	    {"::/129", NULL},
	    {"::/256", NULL},
	    {"10.0.0.0/264", NULL},
	    {"10.0.0.0/", NULL},
	    {"10.0.0.0/-0", NULL},
	    {"0.0.0.0/-0", NULL},
	    {"10.0.0.0/08", NULL},
	    {"10.0.0.0/+8", NULL},
	    {"10.0.0.0/ 8", NULL},
	    {"10.0.0.0/8 ", NULL},
	    {"10.0.0.0/8/8", NULL},
	    {"10.0.0.0/255.0.0.0", NULL},
	    {"10/8", NULL},
	    {"/8", NULL},
	    {"", NULL},
	    {"00000000000000000000000000000000000000000000000000000::/8", NULL},
	};
	char buf[NET_STR_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix p = {.bits = 77};
		int rc = net_prefix_parse(rows[i].s, &p);

		if (rc != (rows[i].printed == NULL ? -1 : 0))
			fail_msg("\"%s\" gave %d", rows[i].s, rc);
		if (rc != 0)
			assert_int_equal(p.bits, 77);
		else
			assert_string_equal(net_prefix_str(buf, &p), rows[i].printed);
	}
}

static void
no_address_prints_as_a_dash(void **state)
{
	const struct addr none = {0};
	const struct prefix no_prefix = {0};
	char buf[NET_STR_SIZE];

	(void)state;
	assert_string_equal(net_addr_str(buf, &none), "-");
	assert_string_equal(net_prefix_str(buf, &no_prefix), "-");
}

static void
prefix_has_exactly_its_addresses(void **state)
{
	static const struct {
		const char *prefix, *a;
		bool want;
	} rows[] = {
	    {"10.0.0.0/8", "10.0.0.0", true}, {"10.0.0.0/8", "10.255.255.255", true},
	    {"10.0.0.0/8", "11.0.0.0", false}, {"10.0.0.0/8", "9.255.255.255", false},
	    {"192.168.1.128/25", "192.168.1.128", true},
	    {"192.168.1.128/25", "192.168.1.255", true},
	    {"192.168.1.128/25", "192.168.1.127", false}, {"10.1.2.2/31", "10.1.2.3", true},
	    {"10.1.2.2/31", "10.1.2.4", false}, {"10.1.2.3", "10.1.2.3", true},
	    {"10.1.2.3", "10.1.2.2", false}, {"0.0.0.0/0", "255.255.255.255", true},
	    {"0.0.0.0/0", "::", false}, {"::/0", "10.0.0.1", false}, {"::/0", "ffff::", true},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::", false}, {"2001:db8::1", "2001:db8::1", true},
	    {"2001:db8::1", "2001:db8::2", false},
	    {"a00::/8", "10.0.0.1", false}, /* the same first byte, another family */
	};
	const struct prefix no_prefix = {0};
	const struct addr none = {0};
	struct prefix p;
	struct addr a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(net_prefix_parse(rows[i].prefix, &p), 0);
		a = addr(rows[i].a);
		if (net_prefix_has(&p, &a) != rows[i].want)
			fail_msg("%s in %s", rows[i].a, rows[i].prefix);
		assert_false(net_prefix_has(&p, &none));
	}
	assert_false(net_prefix_has(&no_prefix, &none));
}

static void
order_is_total_with_v4_first(void **state)
{
	static const char *const ascending[] = {"0.0.0.0", "10.0.0.9", "10.0.0.10", "10.0.1.0",
	    "255.255.255.255", "::", "::1", "2001:db8::", "ff02::1"};
	const size_t n = sizeof(ascending) / sizeof(ascending[0]);
	const struct addr none = {0};
	struct addr a, b;
	size_t i, k;

	(void)state;
	for (i = 0; i < n; i++) {
		a = addr(ascending[i]);
		assert_true(net_addr_cmp(&none, &a) < 0);
		for (k = 0; k < n; k++) {
			b = addr(ascending[k]);
			if (i < k)
				assert_true(net_addr_cmp(&a, &b) < 0);
			else if (i > k)
				assert_true(net_addr_cmp(&a, &b) > 0);
			else
				assert_int_equal(net_addr_cmp(&a, &b), 0);
			assert_int_equal(net_addr_eq(&a, &b), i == k);
		}
	}
}

static void
special_addresses_are_never_probed(void **state)
{
	static const struct {
		const char *s;
		bool special, loopback;
	} rows[] = {
	    {"0.0.0.0", true, false},
	    {"0.1.2.3", true, false},
	    {"1.0.0.0", false, false},
	    {"10.0.0.1", false, false},
	    {"126.255.255.255", false, false},
	    {"127.0.0.1", false, true},
	    {"127.255.255.255", false, true},
	    {"128.0.0.1", false, false},
	    {"223.255.255.255", false, false},
	    {"224.0.0.1", true, false},
	    {"239.255.255.255", true, false},
	    {"255.255.255.255", true, false},
	    {"::", true, false},
	    {"::1", false, true},
	    {"::2", false, false},
	    {"2001:db8::1", false, false},
	    {"fd00::1", false, false},
	    {"fe7f::1", false, false},
	    {"fe80::1", true, false},
	    {"febf::1", true, false},
	    {"fec0::1", false, false},
	    {"ff02::1", true, false},
	    {"::ffff:10.0.0.1", true, false},
	    {"::ffff:127.0.0.1", true, true},
	    {"::fffe:10.0.0.1", false, false},
	};
	const struct addr none = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr a = addr(rows[i].s);

		if (net_addr_is_special(&a) != rows[i].special ||
		    net_addr_is_loopback(&a) != rows[i].loopback)
			fail_msg("%s", rows[i].s);
	}
	assert_true(net_addr_is_special(&none));
	assert_false(net_addr_is_loopback(&none));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_read_strictly),
	    cmocka_unit_test(bytes_are_in_network_order_and_padded),
	    cmocka_unit_test(prefixes_are_read_strictly),
	    cmocka_unit_test(no_address_prints_as_a_dash),
	    cmocka_unit_test(prefix_has_exactly_its_addresses),
	    cmocka_unit_test(order_is_total_with_v4_first),
	    cmocka_unit_test(special_addresses_are_never_probed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
