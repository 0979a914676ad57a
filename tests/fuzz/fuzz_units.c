/* SPDX-License-Identifier: ISC */
/*
 * fuzz_units: everything in base/ that reads text from a policy, a command line or a tenant.
 *
 * Not only "does not crash": what was accepted must mean the same when it is written and read
 * again, and what was escaped must be clean.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/net.h"
#include "base/text.h"
#include "base/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_units(const char *s)
{
	char buf[32];
	struct range range;
	int64_t again, n;
	int32_t share;
	bool yes;

	if (units_duration_ms(s, &n) == 0) {
		BUG_ON(n < 0);
		units_duration_str(buf, sizeof(buf), n);
		BUG_ON(units_duration_ms(buf, &again) != 0 || again != n);
	}
	if (units_duration_s(s, &n) == 0)
		BUG_ON(n < 0);
	if (units_int(s, -1000, 1000, &n) == 0)
		BUG_ON(n < -1000 || n > 1000);
	if (units_share(s, &share) == 0)
		BUG_ON(share < 0 || share > 10000);
	if (units_limit(s, &n) == 0)
		BUG_ON(n < 0);
	(void)units_bool(s, &yes);
	if (range_parse(s, &range) == 0)
		(void)range_alert(&range, 42.0);
}

static void
check_net(const char *s)
{
	char buf[NET_STR_SIZE];
	struct addr a, b;
	struct prefix p, q;

	if (net_addr_parse(s, &a) == 0) {
		net_addr_str(buf, &a);
		BUG_ON(net_addr_parse(buf, &b) != 0 || !net_addr_eq(&a, &b));
	}
	if (net_prefix_parse(s, &p) == 0) {
		net_prefix_str(buf, &p);
		BUG_ON(net_prefix_parse(buf, &q) != 0 || q.bits != p.bits);
		BUG_ON(!net_addr_eq(&p.a, &q.a) || !net_prefix_has(&p, &p.a));
	}
}

static void
check_text(const char *s, size_t len)
{
	static const char harmful[] = "|`$\"'<>&~";
	struct text t;
	char small[16];

	text_init(&t, 64 * 1024);
	text_add_safe(&t, TEXT_TERM, s, 200);
	BUG_ON(!text_is_clean(t.p));
	text_reset(&t);
	text_add_safe(&t, TEXT_PLUGIN, s, 200);
	BUG_ON(!text_is_clean(t.p) || strpbrk(t.p, harmful) != NULL);
	text_free(&t);
	text_safe(small, sizeof(small), TEXT_TERM, s);
	BUG_ON(strlen(small) >= sizeof(small) || !text_is_clean(small));
	BUG_ON(text_utf8_len(s, len) > len);
	/* The second half as a pattern for the whole. */
	(void)text_glob(s + len / 2, s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s;

	s = malloc(size + 1);
	if (s == NULL)
		return 0;
	if (size > 0)
		memcpy(s, data, size);
	s[size] = '\0';
	check_units(s);
	check_net(s);
	check_text(s, strlen(s));
	free(s);
	return 0;
}
