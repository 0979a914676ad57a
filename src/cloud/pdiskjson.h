/* SPDX-License-Identifier: ISC */
/*
 * pdiskjson: what pdisk.c needs of the codecs beyond pdisk.h. Pure. Private to cloud/.
 */
#ifndef PDISKJSON_H
#define PDISKJSON_H

#include "cloud/pdisk.h"

/* Records that are no user's data (stratuslab.md 5.5): cached origins, root disks of machines, quarantine. */
bool	pdisk_is_scrap(const struct pdisk_volume *v);
/* The endpoint's base URL with the door (/pswd or /cert), without a slash at its end; -1: does not fit. */
int	pdisk_base(const char *endpoint, bool cert, char *buf, size_t size);
/* The message of an error ({"message": ..., "code": N}), or "" . Returns buf. */
char	*pdisk_message(const char *json, size_t len, char *buf, size_t size);

#endif
