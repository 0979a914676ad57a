/* SPDX-License-Identifier: ISC */
/*
 * log: lines for stderr or syslog, escaped. It hides which of the two, and holds the only
 * state of this room: where to, and how much. It must never change errno: people log on the
 * way out of a failure.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "base/log.h"
#include "base/text.h"

static struct {
	const char *ident;
	enum log_to to;
	int verbosity;
} out = {"vmreaper", LOG_TO_STDERR, 0};

void
log_open(const char *ident, enum log_to to, int verbosity)
{
	out.ident = ident;
	out.to = to;
	out.verbosity = verbosity;
	if (to == LOG_TO_SYSLOG)
		openlog(ident, LOG_PID, LOG_DAEMON);
}

static int
priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	case LOG_LEVEL_WARNING:
		return LOG_WARNING;
	case LOG_LEVEL_NOTICE:
		return LOG_NOTICE;
	case LOG_LEVEL_INFO:
		return LOG_INFO;
	case LOG_LEVEL_DEBUG:
		return LOG_DEBUG;
	}
	return LOG_ERR;
}

void
log_line(enum log_level level, const char *room, const char *fmt, ...)
{
	char line[2048], safe[2048];
	int saved_errno = errno;
	va_list ap;

	if (out.to == LOG_TO_NONE ||
	    (level > LOG_LEVEL_WARNING && (int)level > (int)LOG_LEVEL_WARNING + out.verbosity))
		return;
	va_start(ap, fmt);
	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		line[0] = '\0';
	va_end(ap);
	text_safe(safe, sizeof(safe), TEXT_TERM, line);
	if (out.to == LOG_TO_SYSLOG)
		syslog(priority(level), "%s: %s", room, safe);
	else
		fprintf(stderr, "%s: %s: %s\n", out.ident, room, safe);
	errno = saved_errno;
}
