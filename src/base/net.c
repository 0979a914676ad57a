/* SPDX-License-Identifier: ISC */
/*
 * net: addresses and prefixes. It hides inet_pton and inet_ntop, which do no I/O and know
 * no locale. It must never look up a name, and never take the loose forms of inet_aton
 * (octal, hexadecimal, fewer than four parts): they would send the probes to another
 * network. Pure.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/net.h"
#include "base/units.h"

int
net_addr_parse(const char *s, struct addr *a)
{
	struct addr new = {0};

	if (inet_pton(AF_INET, s, new.b) == 1)
		new.family = 4;
	else if (inet_pton(AF_INET6, s, new.b) == 1)
		new.family = 6;
	else
		return -1;
	*a = new;
	return 0;
}

static unsigned
family_bits(const struct addr *a)
{
	return a->family == 4 ? 32 : 128;
}

/* True if x and y agree in their first bits bits. */
static bool
same_bits(const uint8_t *x, const uint8_t *y, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(x, y, whole) != 0)
		return false;
	return rest == 0 || (x[whole] ^ y[whole]) >> (8 - rest) == 0;
}

int
net_prefix_parse(const char *s, struct prefix *p)
{
	static const uint8_t zero[16];
	const char *slash = strchr(s, '/');
	char host[NET_STR_SIZE];
	struct prefix new = {0};
	uint8_t tail[16];
	int64_t bits;
	unsigned i;

	if (slash == NULL) {
		if (net_addr_parse(s, &new.a) != 0)
			return -1;
		new.bits = (uint8_t)family_bits(&new.a);
		*p = new;
		return 0;
	}
	if ((size_t)(slash - s) >= sizeof(host))
		return -1;
	memcpy(host, s, (size_t)(slash - s));
	host[slash - s] = '\0';
	if (net_addr_parse(host, &new.a) != 0 ||
	    units_int(slash + 1, 0, family_bits(&new.a), &bits) != 0)
		return -1;
	new.bits = (uint8_t)bits;
	for (i = 0; i < 16; i++) {
		unsigned keep = new.bits > i * 8 ? new.bits - i * 8 : 0;

		tail[i] = keep >= 8 ? 0 : (uint8_t)(new.a.b[i] & (0xff >> keep));
	}
	if (memcmp(tail, zero, sizeof(tail)) != 0)
		return -1;
	*p = new;
	return 0;
}

char *
net_addr_str(char buf[static NET_STR_SIZE], const struct addr *a)
{
	if (a->family == 0 ||
	    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->b, buf, NET_STR_SIZE) == NULL)
		snprintf(buf, NET_STR_SIZE, "-");
	return buf;
}

char *
net_prefix_str(char buf[static NET_STR_SIZE], const struct prefix *p)
{
	size_t len;

	net_addr_str(buf, &p->a);
	if (p->a.family == 0)
		return buf;
	len = strlen(buf);
	snprintf(buf + len, NET_STR_SIZE - len, "/%u", p->bits);
	return buf;
}

bool
net_addr_eq(const struct addr *a, const struct addr *b)
{
	return net_addr_cmp(a, b) == 0;
}

int
net_addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

bool
net_prefix_has(const struct prefix *p, const struct addr *a)
{
	return p->a.family == a->family && a->family != 0 && same_bits(p->a.b, a->b, p->bits);
}

/* ::ffff:a.b.c.d: the kernel would send IPv4, past every rule that was written for IPv4. */
static bool
is_v4_mapped(const struct addr *a)
{
	static const uint8_t head[12] = {[10] = 0xff, [11] = 0xff};

	return a->family == 6 && memcmp(a->b, head, sizeof(head)) == 0;
}

bool
net_addr_is_special(const struct addr *a)
{
	static const uint8_t zero[16];

	if (a->family == 4) /* RFC 6890: 0/8, 224/4 and up (multicast, reserved, broadcast) */
		return a->b[0] == 0 || a->b[0] >= 224;
	if (a->family == 6) /* ::, ff00::/8, fe80::/10 (RFC 4291) */
		return memcmp(a->b, zero, 16) == 0 || a->b[0] == 0xff ||
		       (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80) || is_v4_mapped(a);
	return true;
}

bool
net_addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = {[15] = 1};

	if (a->family == 4)
		return a->b[0] == 127;
	if (is_v4_mapped(a))
		return a->b[12] == 127;
	return a->family == 6 && memcmp(a->b, one, 16) == 0;
}
