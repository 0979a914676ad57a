/* SPDX-License-Identifier: ISC */
/*
 * json: what the two JSON renderers (the report, the record of one machine) share. Private to report/.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "cloud/era.h"
#include "verdict/verdict.h"

/* New references; NULL only when out of memory (Jansson's setters take NULL as an error). */
json_t	*json_text(const char *s);		/* null for NULL; never invalid UTF-8 */
json_t	*json_time(int64_t wall_s);		/* ISO 8601, null for 0 */
/* One machine with its addresses, disks and holdings; CONTEXT and secrets are not in struct vm. */
json_t	*json_machine(const struct era *era, const struct vm *vm, const struct sightings *sightings);

#endif
