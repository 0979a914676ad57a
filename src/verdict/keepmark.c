/* SPDX-License-Identifier: ISC */
/*
 * keepmark: reads the value of a keep attribute, strictly.
 *
 * Only what is certainly a "no" or a date in the past gives a machine up. No library function for dates:
 * those look at the time zone and at the locale, and this is pure.
 */
#include <string.h>

#include "verdict/keepmark.h"

#define DAY_S 86400

/* n decimal digits at *s, which moves past them; -1: there are not that many. */
static int64_t
digits(const char **s, int n)
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
skip(const char **s, char c)
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
zone_read(const char **s, int64_t *east_s)
{
	int64_t h, m;
	bool west;

	*east_s = 0;
	if (**s == '\0' || skip(s, 'Z') || skip(s, 'z'))
		return true;
	west = **s == '-';
	if (!skip(s, '-') && !skip(s, '+'))
		return false;
	h = digits(s, 2);
	skip(s, ':');
	m = digits(s, 2);
	if (h < 0 || h > 14 || m < 0 || m > 59)
		return false;
	*east_s = (h * 60 + m) * (west ? -60 : 60);
	return true;
}

/* The last second for which the date speaks, or -1 if s is no date. */
static int64_t
date_end(const char *s)
{
	int64_t y, m, d, days, hour, minute, second = 59, east_s;

	if ((y = digits(&s, 4)) < 0 || !skip(&s, '-') || (m = digits(&s, 2)) < 0 ||
	    !skip(&s, '-') || (d = digits(&s, 2)) < 0 || (days = days_from_date(y, m, d)) < 0)
		return -1;
	if (*s == '\0')
		return days * DAY_S + DAY_S - 1;
	if (!skip(&s, 'T') && !skip(&s, 't') && !skip(&s, ' '))
		return -1;
	if ((hour = digits(&s, 2)) < 0 || hour > 23 || !skip(&s, ':') ||
	    (minute = digits(&s, 2)) < 0 || minute > 59)
		return -1;
	if (skip(&s, ':') && ((second = digits(&s, 2)) < 0 || second > 60))
		return -1;
	if (!zone_read(&s, &east_s) || *s != '\0')
		return -1;
	return days * DAY_S + hour * 3600 + minute * 60 + second - east_s;
}

static bool
is_no(const char *s)
{
	static const char *const no[] = {"no", "false", "0", "off"};

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		const char *a = s, *b = no[i];

		while (*b != '\0' && (*a >= 'A' && *a <= 'Z' ? *a + 32 : *a) == *b)
			a++, b++;
		if (*a == '\0' && *b == '\0')
			return true;
	}
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
keepmark_holds(const char *value, int64_t now_s)
{
	char word[40];
	size_t n;
	int64_t end_s;

	if (value == NULL)
		return true;
	while (is_blank(*value))
		value++;
	n = strlen(value);
	while (n > 0 && is_blank(value[n - 1]))
		n--;
	if (n == 0 || n >= sizeof(word))
		return true;
	memcpy(word, value, n);
	word[n] = '\0';
	if (is_no(word))
		return false;
	end_s = date_end(word);
	return end_s < 0 || now_s <= end_s;
}
