/* SPDX-License-Identifier: ISC */
/*
 * icmp: echo requests, their replies and the errors about them, as bytes. Pure.
 *
 * Each request carries a 64-bit cookie: SipHash-2-4 of the target's address, its index and the
 * number of the try, under a key that lives for one run. A reply or an error is ours only if
 * its cookie is the one of that address; sequence numbers and process ids prove nothing
 * (plugins.md B1: forged and foreign replies made a dead machine "alive" for fping).
 *
 * Sources: RFC 792 (v4), RFC 4443 (v6), RFC 3542 section 3.1 (the kernel sums v6).
 */
#ifndef ICMP_H
#define ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "probe/siphash.h"

/*
 * The packet: type, code, checksum, identifier, sequence (8 bytes) | cookie (8) | index (4) |
 * number of the try (1) | three zeros | "vmreaper", so that who looks at it sees who asks.
 * Numbers in network order.
 */
#define ICMP_ECHO_SIZE 32

/* Which request: the index of the target, and the number of the try, from 1. */
struct icmp_echo {
	uint32_t index;
	uint8_t	number;
};

/* What stands before the ICMP header in a received datagram. */
enum icmp_form {
	ICMP_FORM_RAW,		/* v4 raw sockets: the IP header */
	ICMP_FORM_PLAIN		/* datagram sockets, and v6 raw sockets: nothing */
};

/*
 * Build the request for the target `to` (its family says which protocol). id: identifier (a
 * datagram socket puts its own in its place); seq: any running number.
 */
void	icmp_echo_build(uint8_t buf[static ICMP_ECHO_SIZE], const struct siphash_key *key,
	    const struct addr *to, const struct icmp_echo *echo, uint16_t id, uint16_t seq);

/*
 * Is this datagram, received from `from`, the reply to a request to that same address? True
 * fills *echo with which one; the caller still has to see if it ever sent that one.
 */
bool	icmp_reply_match(const uint8_t *p, size_t len, enum icmp_form form,
	    const struct siphash_key *key, const struct addr *from, struct icmp_echo *echo);

/*
 * Is this packet, quoted by an ICMP error, a request of ours to the address `to`? p begins at
 * the ICMP header, as the kernel's error queue gives it (raw(7), IP_RECVERR). Quotes that are
 * cut before the cookie are nobody's: the absence of an error means nothing anyway.
 */
bool	icmp_quote_match(const uint8_t *p, size_t len, const struct siphash_key *key,
	    const struct addr *to, struct icmp_echo *echo);

/* What an ICMP error means. */
enum icmp_said {
	ICMP_SAID_NOTHING,	/* not about reachability */
	ICMP_SAID_UNREACHABLE,	/* no such address, no route, hops used up */
	ICMP_SAID_PROHIBITED	/* a firewall: v4 3/9, 3/10, 3/13; v6 1/1, 1/5, 1/6; and "no such
				   port or protocol", which nobody says to an echo or a SYN in earnest */
};
enum icmp_said icmp_error_said(uint8_t family, uint8_t type, uint8_t code);

/* The Internet checksum (RFC 1071) of a packet whose checksum field is zero, in host order. */
uint16_t icmp_checksum(const uint8_t *p, size_t len);

#endif
