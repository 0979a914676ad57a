/* SPDX-License-Identifier: ISC */
/*
 * siphash: a keyed 64-bit hash, so that nobody who has not seen a packet can answer it.
 *
 * SipHash-2-4 after Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). Pure.
 */
#ifndef SIPHASH_H
#define SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint8_t	b[16];
};

uint64_t siphash(const struct siphash_key *key, const void *p, size_t len);

#endif
