/* SPDX-License-Identifier: ISC */
/*
 * keepmark: what the value of a keep attribute says. Tenants write it: whatever cannot be read is "keep".
 */
#ifndef KEEPMARK_H
#define KEEPMARK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * True unless value is a clear "no" (no, false, 0, off; in any case), or a date that has passed:
 * "2026-11-24" (kept until the end of that day, UTC) or "2026-11-24T19:46[:38][Z|+01:00]" (UTC without a
 * zone; a blank may stand for the T). Blanks around it are ignored; empty, NULL and anything else is "keep".
 */
bool	keepmark_holds(const char *value, int64_t now_s);

#endif
