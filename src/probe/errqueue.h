/* SPDX-License-Identifier: ISC */
/*
 * errqueue: what the kernel's error queue of a socket says (ip(7), IP_RECVERR). It carries who
 * sent which ICMP error about which packet; errno alone cannot tell a firewall from a gap.
 */
#ifndef ERRQUEUE_H
#define ERRQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/net.h"

struct errqueue_note {
	uint8_t	type, code;	/* of the ICMP error */
	int32_t	os_error;	/* the errno that it stands for */
	struct addr to;		/* where our packet was going; family 0: not told */
	struct addr from;	/* who sent the error; family 0: not told */
	uint8_t	quote[128];	/* our packet from its transport header on; may be cut */
	size_t	quote_len;
};

/* Turn on the error queue of a socket of this family. 0 / -1 (errno). */
int	errqueue_enable(int fd, uint8_t family);

/*
 * Read one entry. 1: a note about an ICMP error; 0: an entry of another kind, to be ignored;
 * -1: the queue is empty.
 */
int	errqueue_read(int fd, struct errqueue_note *note);

/* The decoding part of it, for tests: is this message such a note? quote is left alone. */
bool	errqueue_decode(struct msghdr *m, struct errqueue_note *note);

/* The address in a sockaddr; family 0 for any other kind. */
struct addr errqueue_addr(const void *sockaddr, size_t len);

#endif
