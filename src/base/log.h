/* SPDX-License-Identifier: ISC */
/*
 * log: one line at a time to stderr or syslog, control bytes escaped, never a secret.
 *
 * Levels: critical, error and warning always; notice with -v, info with -vv, debug with -vvv. Plugins set
 * LOG_TO_NONE: monitoring systems mix stderr into the output.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

enum log_to { LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_NONE };
enum log_level { LOG_LEVEL_CRITICAL, LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Default: stderr, warnings. ident is borrowed for ever. */
void	log_open(const char *ident, enum log_to to, int verbosity);
void	log_line(enum log_level level, const char *room, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * From now on events go to syslog with this facility (daemon, user, cron, local0 to local7), and so do lines that go to
 * syslog. False: there is no such facility, and nothing has changed. After log_open.
 */
bool	log_facility(const char *name);
/* One event, whatever log_open said of lines: to syslog, with the level as its priority. Nothing before log_facility. */
void	log_event(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(room, ...)	log_line(LOG_LEVEL_ERROR, room, __VA_ARGS__)
#define log_warning(room, ...)	log_line(LOG_LEVEL_WARNING, room, __VA_ARGS__)
#define log_notice(room, ...)	log_line(LOG_LEVEL_NOTICE, room, __VA_ARGS__)
#define log_info(room, ...)	log_line(LOG_LEVEL_INFO, room, __VA_ARGS__)
#define log_debug(room, ...)	log_line(LOG_LEVEL_DEBUG, room, __VA_ARGS__)

#endif
