/* SPDX-License-Identifier: ISC */
/*
 * units: durations, sizes, shares and times as text. It hides overflow, calendar and
 * rounding. It must never guess: a missing unit, a blank or a leading zero is refused,
 * because a grace of "7" must not become seven seconds. Pure: no strtol (errno), no gmtime
 * (reads the zone's files).
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"

static const struct unit {
	const char *name;
	int64_t ms;
} units[] = {
    {"w", 7 * 86400000LL},
    {"d", 86400000LL},
    {"h", 3600000LL},
    {"m", 60000LL},
    {"s", 1000LL},
    {"ms", 1LL},
};

/*
 * The digits at s as a number; *end is what follows. -1: no digit, above INT64_MAX, or a
 * leading zero (010 is 8 to some and 10 to others).
 */
static int
digits(const char *s, int64_t *out, const char **end)
{
	int64_t n = 0;

	if (*s < '0' || *s > '9' || (s[0] == '0' && s[1] >= '0' && s[1] <= '9'))
		return -1;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *s - '0', &n))
			return -1;
	*out = n;
	*end = s;
	return 0;
}

int
units_duration_ms(const char *s, int64_t *ms)
{
	const char *end;
	int64_t n;
	size_t i;

	if (digits(s, &n, &end) != 0)
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].name) == 0)
			break;
	if (i == sizeof(units) / sizeof(units[0]) || __builtin_mul_overflow(n, units[i].ms, &n))
		return -1;
	*ms = n;
	return 0;
}

int
units_duration_s(const char *s, int64_t *seconds)
{
	int64_t ms;

	if (units_duration_ms(s, &ms) != 0 || ms % 1000 != 0)
		return -1;
	*seconds = ms / 1000;
	return 0;
}

int
units_int(const char *s, int64_t lo, int64_t hi, int64_t *out)
{
	const char *end;
	bool minus = *s == '-';
	int64_t n;

	if (digits(s + minus, &n, &end) != 0 || *end != '\0')
		return -1;
	if (minus && n == 0)
		return -1;
	n = minus ? -n : n;
	if (n < lo || n > hi)
		return -1;
	*out = n;
	return 0;
}

int
units_share(const char *s, int32_t *hundredths)
{
	const char *end;
	int64_t n, value;
	int places = 0;

	if (digits(s, &n, &end) != 0 || n > 100)
		return -1;
	value = n * 100;
	if (*end == '.') {
		for (end++; *end >= '0' && *end <= '9' && places < 2; end++, places++)
			value += (*end - '0') * (places == 0 ? 10 : 1);
		if (places == 0)
			return -1;
	}
	if (strcmp(end, "%") != 0 || value > 10000)
		return -1;
	*hundredths = (int32_t)value;
	return 0;
}

int
units_limit(const char *s, int64_t *out)
{
	if (strcmp(s, "unlimited") == 0) {
		*out = UNITS_UNLIMITED;
		return 0;
	}
	return units_int(s, 0, INT64_MAX - 1, out);
}

/* True if s is the lower-case word, in any case: strcasecmp would ask the locale. */
static bool
is_word(const char *s, const char *word)
{
	for (; *s != '\0'; s++, word++)
		if ((*s >= 'A' && *s <= 'Z' ? *s - 'A' + 'a' : *s) != *word)
			return false;
	return *word == '\0';
}

int
units_bool(const char *s, bool *out)
{
	static const char *const yes[] = {"yes", "true", "on"}, *const no[] = {
								    "no", "false", "off"};
	size_t i;

	for (i = 0; i < 3; i++) {
		if (is_word(s, yes[i])) {
			*out = true;
			return 0;
		}
		if (is_word(s, no[i])) {
			*out = false;
			return 0;
		}
	}
	return -1;
}

char *
units_duration_str(char *buf, size_t size, int64_t ms)
{
	size_t i;

	if (ms == 0) {
		snprintf(buf, size, "0s");
		return buf;
	}
	for (i = 0; ms % units[i].ms != 0; i++)
		;
	snprintf(buf, size, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
	return buf;
}

char *
units_age_str(char *buf, size_t size, int64_t seconds)
{
	long long s = seconds;
	const char *minus = "";

	if (s < 0) {
		minus = "-";
		s = s == INT64_MIN ? INT64_MAX : -s;
	}
	if (s < 60)
		snprintf(buf, size, "%s%lld s", minus, s);
	else if (s < 3600)
		snprintf(buf, size, "%s%lld min", minus, s / 60);
	else if (s < 86400 && s / 60 % 60 != 0)
		snprintf(buf, size, "%s%lld h %lld min", minus, s / 3600, s / 60 % 60);
	else if (s < 86400)
		snprintf(buf, size, "%s%lld h", minus, s / 3600);
	else if (s < 30 * 86400 && s / 3600 % 24 != 0)
		snprintf(buf, size, "%s%lld d %lld h", minus, s / 86400, s / 3600 % 24);
	else
		snprintf(buf, size, "%s%lld d", minus, s / 86400);
	return buf;
}

char *
units_mib_str(char *buf, size_t size, int64_t mib)
{
	static const char *const names[] = {"MiB", "GiB", "TiB", "PiB", "EiB"};
	int64_t whole = mib, tenth = 0;
	size_t i = 0;

	/* Rounded down, to tenths below 100. */
	while (whole >= 1024 && i < 4) {
		tenth = whole % 1024 * 10 / 1024;
		whole /= 1024;
		i++;
	}
	if (tenth != 0 && whole < 100)
		snprintf(
		    buf, size, "%lld.%lld %s", (long long)whole, (long long)tenth, names[i]);
	else
		snprintf(buf, size, "%lld %s", (long long)whole, names[i]);
	return buf;
}

/*
 * Civil date from days since 1970 (Howard Hinnant, "chrono-compatible low-level date
 * algorithms").
 */
char *
units_time_str(char *buf, size_t size, int64_t wall_s)
{
	long long z, era, doe, yoe, doy, mp, d, m, y, s;

	if (wall_s < 0 || wall_s > 253402300799LL) { /* 9999-12-31T23:59:59Z */
		snprintf(buf, size, "-");
		return buf;
	}
	z = wall_s / 86400 + 719468;
	s = wall_s % 86400;
	era = z / 146097;
	doe = z % 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d = doy - (153 * mp + 2) / 5 + 1;
	m = mp < 10 ? mp + 3 : mp - 9;
	y = yoe + era * 400 + (m <= 2);
	snprintf(buf, size, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lldZ", y, m, d, s / 3600,
	    s / 60 % 60, s % 60);
	return buf;
}

/* --- dates; no library function: those look at the time zone and at the locale, and this is pure --- */

#define DAY_S 86400

/* n decimal digits at *s, which moves past them; -1: there are not that many. */
static int64_t
date_digits(const char **s, int n)
{
	int64_t v = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		v = v * 10 + (**s - '0');
	}
	return v;
}

static bool
date_skip(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* Days from 1970-01-01 in the Gregorian calendar, or -1 for a day that does not exist (or is older). */
static int64_t
days_from_date(int64_t y, int64_t m, int64_t d)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	int64_t past;

	if (y < 1970 || m < 1 || m > 12 || d < 1)
		return -1;
	if (d > month_days[m - 1] + (m == 2 && leap))
		return -1;
	past = y - 1;
	return (y - 1970) * 365 + (past / 4 - past / 100 + past / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400) + before[m - 1] + (m > 2 && leap) + d - 1;
}

/* "Z", "+hh:mm", "-hhmm" or nothing: seconds east of UTC; false: anything else. */
static bool
date_zone(const char **s, int64_t *east_s)
{
	int64_t h, m;
	bool west;

	*east_s = 0;
	if (**s == '\0' || date_skip(s, 'Z') || date_skip(s, 'z'))
		return true;
	west = **s == '-';
	if (!date_skip(s, '-') && !date_skip(s, '+'))
		return false;
	h = date_digits(s, 2);
	date_skip(s, ':');
	m = date_digits(s, 2);
	if (h < 0 || h > 14 || m < 0 || m > 59)
		return false;
	*east_s = (h * 60 + m) * (west ? -60 : 60);
	return true;
}

int
units_date(const char *s, int64_t *first_s, int64_t *last_s)
{
	int64_t y, m, d, days, hour, minute, second = -1, east_s;

	if ((y = date_digits(&s, 4)) < 0 || !date_skip(&s, '-') ||
	    (m = date_digits(&s, 2)) < 0 || !date_skip(&s, '-') ||
	    (d = date_digits(&s, 2)) < 0 || (days = days_from_date(y, m, d)) < 0)
		return -1;
	*first_s = days * DAY_S;
	*last_s = *first_s + DAY_S - 1;
	if (*s == '\0')
		return 0;
	if (!date_skip(&s, 'T') && !date_skip(&s, 't') && !date_skip(&s, ' '))
		return -1;
	if ((hour = date_digits(&s, 2)) < 0 || hour > 23 || !date_skip(&s, ':') ||
	    (minute = date_digits(&s, 2)) < 0 || minute > 59)
		return -1;
	if (date_skip(&s, ':') && ((second = date_digits(&s, 2)) < 0 || second > 60))
		return -1;
	if (!date_zone(&s, &east_s) || *s != '\0')
		return -1;
	*first_s =
	    days * DAY_S + hour * 3600 + minute * 60 + (second < 0 ? 0 : second) - east_s;
	*last_s = second < 0 ? *first_s + 59 : *first_s;
	return 0;
}
