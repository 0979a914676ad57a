/* SPDX-License-Identifier: ISC */
/*
 * log: lines for stderr or syslog, escaped. It hides which of the two, and holds the only
 * state of this room: where to, and how much. It must never change errno: people log on the
 * way out of a failure.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "base/text.h"

#define LINE_BYTES 2048

static struct {
	const char *ident;
	enum log_to to;
	int verbosity;
	bool events;
} out = {"vmreaper", LOG_TO_STDERR, 0, false};

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
	case LOG_LEVEL_CRITICAL:
		return LOG_CRIT;
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

bool
log_facility(const char *name)
{
	static const struct {
		const char *name;
		int facility;
	} known[] = {{"daemon", LOG_DAEMON}, {"user", LOG_USER}, {"cron", LOG_CRON},
	    {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},
	    {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},
	    {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		openlog(out.ident, LOG_PID, known[i].facility);
		out.events = true;
		return true;
	}
	return false;
}

static void harmless(char safe[static LINE_BYTES], const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* The line as it may leave: one, and printable. */
static void
harmless(char safe[static LINE_BYTES], const char *fmt, va_list ap)
{
	char line[LINE_BYTES];

	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		line[0] = '\0';
	text_safe(safe, LINE_BYTES, TEXT_TERM, line);
}

void
log_event(enum log_level level, const char *fmt, ...)
{
	char safe[LINE_BYTES];
	int saved_errno = errno;
	va_list ap;

	if (!out.events)
		return;
	va_start(ap, fmt);
	harmless(safe, fmt, ap);
	va_end(ap);
	syslog(priority(level), "%s", safe);
	errno = saved_errno;
}

void
log_line(enum log_level level, const char *room, const char *fmt, ...)
{
	char safe[LINE_BYTES];
	int saved_errno = errno;
	va_list ap;

	if (out.to == LOG_TO_NONE ||
	    (level > LOG_LEVEL_WARNING && (int)level > (int)LOG_LEVEL_WARNING + out.verbosity))
		return;
	va_start(ap, fmt);
	harmless(safe, fmt, ap);
	va_end(ap);
	if (out.to == LOG_TO_SYSLOG)
		syslog(priority(level), "%s: %s", room, safe);
	else
		fprintf(stderr, "%s: %s: %s\n", out.ident, room, safe);
	errno = saved_errno;
}
