/* SPDX-License-Identifier: ISC */
/*
 * sha256: the digest by which two policies are told apart (FIPS 180-4, section 6.2).
 *
 * Here because no library that vmreaper links has one in its interface. It names a text; it
 * guards nothing against somebody who may write the policy. Pure.
 */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>

#define SHA256_HEX_SIZE 65

/* The SHA-256 of len bytes as 64 lower-case hexadecimal digits. data may be NULL if len is 0. */
void	sha256_hex(const void *data, size_t len, char hex[static SHA256_HEX_SIZE]);

#endif
