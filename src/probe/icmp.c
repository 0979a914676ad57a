/* SPDX-License-Identifier: ISC */
/*
 * icmp: builds and recognises our echo packets. It hides their layout; it must never take a
 * packet for ours by anything less than the cookie of the address that it came from.
 */
#include "config.h"

#include <string.h>

#include "probe/icmp.h"

enum {
	ECHO_REPLY_V4 = 0,
	ECHO_V4 = 8,
	ECHO_V6 = 128,
	ECHO_REPLY_V6 = 129,

	OFFSET_COOKIE = 8,
	OFFSET_INDEX = 16,
	OFFSET_NUMBER = 20,
	OFFSET_NAME = 24
};

static const uint8_t name[] = {'v', 'm', 'r', 'e', 'a', 'p', 'e', 'r'};

static void
put(uint8_t *p, uint64_t x, size_t n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)x;
		x >>= 8;
	}
}

static uint64_t
get(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	for (; n > 0; n--)
		x = x << 8 | *p++;
	return x;
}

static uint64_t
cookie(const struct siphash_key *key, const struct addr *a, const struct icmp_echo *echo)
{
	uint8_t m[22];

	m[0] = a->family;
	memcpy(m + 1, a->b, 16);
	put(m + 17, echo->index, 4);
	m[21] = echo->number;
	return siphash(key, m, sizeof(m));
}

uint16_t
icmp_checksum(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get(p + i, 2);
	if (i < len)
		sum += (uint64_t)p[i] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void
icmp_echo_build(uint8_t buf[static ICMP_ECHO_SIZE], const struct siphash_key *key,
    const struct addr *to, const struct icmp_echo *echo, uint16_t id, uint16_t seq)
{
	memset(buf, 0, ICMP_ECHO_SIZE);
	buf[0] = to->family == 6 ? ECHO_V6 : ECHO_V4;
	put(buf + 4, id, 2);
	put(buf + 6, seq, 2);
	put(buf + OFFSET_COOKIE, cookie(key, to, echo), 8);
	put(buf + OFFSET_INDEX, echo->index, 4);
	buf[OFFSET_NUMBER] = echo->number;
	memcpy(buf + OFFSET_NAME, name, sizeof(name));
	if (to->family == 4)
		put(buf + 2, icmp_checksum(buf, ICMP_ECHO_SIZE), 2);
}

/* One of our packets, of this type, with the cookie of this address. */
static bool
is_ours(const uint8_t *p, size_t len, uint8_t type, const struct siphash_key *key,
    const struct addr *a, struct icmp_echo *echo)
{
	struct icmp_echo e;

	if (len < ICMP_ECHO_SIZE || p[0] != type || p[1] != 0)
		return false;
	e.index = (uint32_t)get(p + OFFSET_INDEX, 4);
	e.number = p[OFFSET_NUMBER];
	if (get(p + OFFSET_COOKIE, 8) != cookie(key, a, &e))
		return false;
	*echo = e;
	return true;
}

bool
icmp_reply_match(const uint8_t *p, size_t len, enum icmp_form form,
    const struct siphash_key *key, const struct addr *from, struct icmp_echo *echo)
{
	size_t header;

	if (from->family == 6)
		return is_ours(p, len, ECHO_REPLY_V6, key, from, echo);
	if (from->family != 4)
		return false;
	if (form == ICMP_FORM_RAW) {
		if (len < 20 || p[0] >> 4 != 4)
			return false;
		header = (size_t)(p[0] & 0x0f) * 4;
		if (header < 20 || header > len)
			return false;
		p += header;
		len -= header;
	}
	return is_ours(p, len, ECHO_REPLY_V4, key, from, echo);
}

bool
icmp_quote_match(const uint8_t *p, size_t len, const struct siphash_key *key,
    const struct addr *to, struct icmp_echo *echo)
{
	if (to->family != 4 && to->family != 6)
		return false;
	return is_ours(p, len, to->family == 6 ? ECHO_V6 : ECHO_V4, key, to, echo);
}

static enum icmp_said
said_v4(uint8_t type, uint8_t code)
{
	if (type == 11) /* time exceeded: a loop of routes */
		return ICMP_SAID_UNREACHABLE;
	if (type != 3)
		return ICMP_SAID_NOTHING;
	switch (code) {
	case 2: /* protocol */
	case 3: /* port: what iptables -j REJECT sends by default */
	case 9: /* network administratively prohibited */
	case 10: /* host administratively prohibited */
	case 13: /* communication administratively prohibited (RFC 1812) */
		return ICMP_SAID_PROHIBITED;
	case 4: /* too big */
		return ICMP_SAID_NOTHING;
	default:
		return ICMP_SAID_UNREACHABLE;
	}
}

static enum icmp_said
said_v6(uint8_t type, uint8_t code)
{
	if (type == 3)
		return ICMP_SAID_UNREACHABLE;
	if (type != 1)
		return ICMP_SAID_NOTHING;
	switch (code) {
	case 1: /* administratively prohibited */
	case 4: /* port */
	case 5: /* source address failed a policy */
	case 6: /* reject route */
		return ICMP_SAID_PROHIBITED;
	default:
		return ICMP_SAID_UNREACHABLE;
	}
}

enum icmp_said
icmp_error_said(uint8_t family, uint8_t type, uint8_t code)
{
	return family == 6 ? said_v6(type, code) : said_v4(type, code);
}
