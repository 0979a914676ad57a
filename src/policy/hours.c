/* SPDX-License-Identifier: ISC */
/*
 * hours: is it a time at which the policy allows kills?
 *
 * The C library converts only into the zone that TZ names, so TZ is set and put back: call it
 * while there is one thread. It reads the zone files and never a clock: the time is an argument.
 * glibc takes UTC for a zone that it cannot load; that would kill at the wrong hour, so the file
 * is looked at first.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "policy/hours.h"
#include "policy/policy.h"

#define ZONE_DIR "/usr/share/zoneinfo/"

/* The file of the zone; the form of its name was checked with the policy. */
static int
find_zone(const char *zone, char *buf, size_t size)
{
	int n = snprintf(buf, size, ZONE_DIR "%s", zone);

	return n < 0 || (size_t)n >= size ? -1 : 0;
}

int
hours_check_zone(const char *zone, struct fault *f)
{
	char path[256], magic[4] = "";
	int fd, ok = 0;

	if (strcmp(zone, "UTC") == 0)
		return 0;
	if (find_zone(zone, path, sizeof(path)) == 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd != -1) {
			/* RFC 8536 3.1: every zone file begins with TZif */
			ok = read(fd, magic, 4) == 4 && memcmp(magic, "TZif", 4) == 0;
			close(fd);
		}
	}
	if (ok)
		return 0;
	fault_set(f, FAULT_POLICY, "time_zone = %s is not known here", zone);
	return fault_remedy(f,
	    "write UTC or a name below " ZONE_DIR " such as Europe/Paris, or install tzdata");
}

/* wall_s as local time of a zone that hours_check_zone accepted. */
static int
convert(const char *zone, int64_t wall_s, struct tm *tm)
{
	char path[256], tz[258], *old;
	time_t t = (time_t)wall_s;
	int rc;

	if (strcmp(zone, "UTC") == 0)
		return gmtime_r(&t, tm) != NULL ? 0 : -1;
	if (find_zone(zone, path, sizeof(path)) == -1)
		return -1;
	snprintf(tz, sizeof(tz), ":%s", path);
	old = getenv("TZ") != NULL ? x_strdup(getenv("TZ")) : NULL;
	rc = setenv("TZ", tz, 1);
	if (rc == 0) {
		tzset();
		rc = localtime_r(&t, tm) != NULL ? 0 : -1;
	}
	if (old != NULL)
		setenv("TZ", old, 1);
	else
		unsetenv("TZ");
	tzset();
	free(old);
	return rc;
}

static bool
is_in(const struct policy_window *w, int day, int minute)
{
	bool on_day = w->day_from <= w->day_to ? day >= w->day_from && day <= w->day_to
					       : day >= w->day_from || day <= w->day_to;

	return on_day && minute >= w->minute_from && minute < w->minute_to;
}

bool
policy_in_hours(const struct policy *p, int64_t wall_s)
{
	struct tm tm;
	size_t i;

	if (p->reap.n_windows == 0)
		return true;
	if (hours_check_zone(p->reap.time_zone, NULL) == -1 ||
	    convert(p->reap.time_zone, wall_s, &tm) == -1)
		return false;
	for (i = 0; i < p->reap.n_windows; i++)
		if (is_in(
			&p->reap.windows[i], (tm.tm_wday + 6) % 7, tm.tm_hour * 60 + tm.tm_min))
			return true;
	return false;
}
