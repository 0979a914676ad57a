/* SPDX-License-Identifier: ISC */
/*
 * link: from [report] link to the page of one machine. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "report/report.h"

char *
report_link(const char *pattern, int64_t id, char *buf, size_t size)
{
	const char *at = pattern != NULL ? strstr(pattern, "%d") : NULL;
	int n;

	buf[0] = '\0';
	if (at == NULL || id < 0 || at - pattern > 4096)
		return buf;
	n = snprintf(
	    buf, size, "%.*s%lld%s", (int)(at - pattern), pattern, (long long)id, at + 2);
	if (n < 0 || (size_t)n >= size)
		buf[0] = '\0'; /* half an address leads to another place */
	return buf;
}
