/* SPDX-License-Identifier: ISC */
/*
 * extraini: the file behind --extra-opts, as the other monitoring plugins read it (plugins.md A6). Pure.
 *
 * Not policy/ini: this file is shared with every plugin of the site, whose keys and values have a looser grammar, and
 * only one section of it is ours. No line is ever shown: passwords of others are in it.
 *
 *   [section]        until the next header; a section that is there twice is read twice
 *   key = value      --key=value, or -k value for a key of one letter; no quotes, no escapes
 *   key =            --key, an option without a value; so does the bare key
 *   # ; comment      whole lines only
 */
#ifndef EXTRAINI_H
#define EXTRAINI_H

#include <stddef.h>

#include "base/fault.h"
#include "base/text.h"

#define EXTRAINI_BYTES_MAX   (1024 * 1024)	/* of the file */
#define EXTRAINI_OPTIONS_MAX 256

/*
 * Append the options of the section to out, each with a NUL behind it; *n is how many there are, added to what it was.
 * 0, or -1 for a section that is not there, a line of it that is none, text before the first section, a NUL byte, or
 * more than EXTRAINI_OPTIONS_MAX options; f names the line, not the file.
 */
int	extraini_read(const char *bytes, size_t len, const char *section, struct text *out, size_t *n,
	    struct fault *f);

#endif
