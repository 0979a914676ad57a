/* SPDX-License-Identifier: ISC */
/*
 * fault: one escaped line and its remedy. It hides that names and foreign error texts end
 * up in it: every fault is escaped and cut here, once. It must never allocate (a fault may
 * be about memory), and prints nothing but a bug of our own.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/text.h"

/*
 * Before escaping, where four bytes may become one '?': a line that is cut to this is still
 * too long for any buffer of a fault, so that text_safe shows the cut.
 */
#define LINE_MAX_BYTES (4 * sizeof(((struct fault *)NULL)->msg))

static void format_safe(char *buf, size_t size, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void
format_safe(char *buf, size_t size, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES];

	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		line[0] = '\0';
	text_safe(buf, size, TEXT_TERM, line);
	/* '|' would start perfdata in plugin output */
	for (; (buf = strchr(buf, '|')) != NULL; buf++)
		*buf = '/';
}

int
fault_set(struct fault *f, enum fault_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL)
		return -1;
	f->kind = kind;
	f->remedy[0] = '\0';
	va_start(ap, fmt);
	format_safe(f->msg, sizeof(f->msg), fmt, ap);
	va_end(ap);
	return -1;
}

int
fault_remedy(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL)
		return -1;
	va_start(ap, fmt);
	format_safe(f->remedy, sizeof(f->remedy), fmt, ap);
	va_end(ap);
	return -1;
}

int
fault_prefix(struct fault *f, const char *fmt, ...)
{
	char prefix[sizeof(f->msg)], joined[2 * sizeof(f->msg) + 2];
	va_list ap;

	if (f == NULL)
		return -1;
	va_start(ap, fmt);
	format_safe(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	snprintf(joined, sizeof(joined), "%s: %s", prefix, f->msg);
	text_safe(f->msg, sizeof(f->msg), TEXT_TERM, joined);
	return -1;
}

const char *
fault_kind_str(enum fault_kind kind)
{
	switch (kind) {
	case FAULT_NONE:
		return "none";
	case FAULT_USAGE:
		return "usage";
	case FAULT_POLICY:
		return "policy";
	case FAULT_NETWORK:
		return "network";
	case FAULT_REPLY:
		return "reply";
	case FAULT_AUTH:
		return "auth";
	case FAULT_RIGHTS:
		return "rights";
	case FAULT_LOCKED:
		return "locked";
	case FAULT_GONE:
		return "gone";
	case FAULT_STATE:
		return "state";
	case FAULT_LEDGER:
		return "ledger";
	case FAULT_LIMIT:
		return "limit";
	case FAULT_SYSTEM:
		return "system";
	case FAULT_IN_DOUBT:
		return "in-doubt";
	}
	return "unknown";
}

void
fault_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "vmreaper: bug at %s:%d: %s\n", file, line, what);
	abort();
}

void
fault_no_memory(void)
{
	fputs("vmreaper: out of memory, or at the limit of this process (ulimit -v)\n", stderr);
	abort();
}
