/* SPDX-License-Identifier: ISC */
/*
 * httpsay: what went wrong below HTTP or in it, in words that say what to do. Pure.
 *
 * libcurl's codes tell a wrong certificate from a dropped handshake but not an expired one from another host's; the words
 * of its TLS library do. An unknown wording keeps its own words and gets the general remedy.
 */
#ifndef HTTPSAY_H
#define HTTPSAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

/* Whose key opens this door, for the remedy. */
enum httpsay_who { HTTPSAY_NOBODY, HTTPSAY_PASSWORD, HTTPSAY_CERTIFICATE };

/* words: libcurl's. True: a known wording, f is filled; such a fault does not go away by trying again. */
bool	httpsay_tls(struct fault *f, const char *words);

struct httpsay_answer {
	long	status;
	const char *what;	/* "the Marketplace"; NULL: an XML-RPC endpoint, whose path may be wrong */
	const char *realm;	/* of WWW-Authenticate, or NULL */
	const char *location;	/* of a redirect, or NULL */
	const char *page;	/* the beginning of the body; "" */
	enum httpsay_who who;
};
/* Always returns -1. */
int	httpsay_status(struct fault *f, const struct httpsay_answer *a);

/* "realm" of a WWW-Authenticate header line of len bytes into buf; buf is "" if it has none. */
void	httpsay_realm(const char *line, size_t len, char *buf, size_t size);

#endif
