/* SPDX-License-Identifier: ISC */
/*
 * net: addresses and prefixes as values. Literals only: no name is ever looked up here. Pure.
 */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr {
	uint8_t	family;		/* 4, 6, or 0 for none */
	uint8_t	b[16];		/* network order; v4 uses the first four; the rest is zero */
};

struct prefix {
	struct addr a;		/* host bits are zero */
	uint8_t	    bits;
};

#define NET_STR_SIZE 48		/* any address or prefix as text */

/* A v4 dotted quad (four decimal parts, no leading zeros) or a v6 literal without zone. 0 / -1. */
int	net_addr_parse(const char *s, struct addr *a);
/* "10.0.0.0/8", "2001:db8::/32", or one address. Host bits set are refused. 0 / -1. */
int	net_prefix_parse(const char *s, struct prefix *p);
char	*net_addr_str(char buf[static NET_STR_SIZE], const struct addr *a);
char	*net_prefix_str(char buf[static NET_STR_SIZE], const struct prefix *p);
bool	net_addr_eq(const struct addr *a, const struct addr *b);
int	net_addr_cmp(const struct addr *a, const struct addr *b);	/* total order: v4 first */
bool	net_prefix_has(const struct prefix *p, const struct addr *a);
/* Unspecified, v4 0/8 and 224/4 and up (multicast, reserved, broadcast), v6 multicast, link-local and
 * v4-mapped: never a machine that can be probed. None is special too. */
bool	net_addr_is_special(const struct addr *a);
bool	net_addr_is_loopback(const struct addr *a);

#endif
