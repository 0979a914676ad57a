/* SPDX-License-Identifier: ISC */
/*
 * range: monitoring-plugin thresholds ("Threshold and ranges" of the Monitoring Plugins
 * development guidelines). It hides how numbers are read: strtod knows locales,
 * hexadecimal, exponents, inf and nan, none of which the grammar has. It must never mend
 * what it is given: a threshold that was misread is an alarm that does not come. Pure.
 */
#include <string.h>

#include "base/units.h"

/*
 * With at most 15 digits, the digits and the power of ten are exact doubles, and their
 * quotient is the double nearest to the decimal number, as strtod would give it.
 */
#define DIGITS_MAX 15

/* [-]digits[.digits] from s up to end. */
static int
number(const char *s, const char *end, double *out)
{
	double n = 0, scale = 1;
	bool minus = false, after_point = false;
	int n_digits = 0;

	if (s < end && *s == '-') {
		minus = true;
		s++;
	}
	for (; s < end; s++) {
		if (*s == '.' && !after_point && n_digits > 0 && s + 1 < end) {
			after_point = true;
			continue;
		}
		if (*s < '0' || *s > '9' || ++n_digits > DIGITS_MAX)
			return -1;
		n = n * 10 + (*s - '0');
		if (after_point)
			scale *= 10;
	}
	if (n_digits == 0)
		return -1;
	*out = minus ? -n / scale : n / scale;
	return 0;
}

int
range_parse(const char *s, struct range *r)
{
	const char *colon, *end = s + strlen(s);
	struct range new = {0};

	if ((size_t)(end - s) >= sizeof(new.text))
		return -1;
	memcpy(new.text, s, (size_t)(end - s));
	if (*s == '@') {
		new.inside = true;
		s++;
	}
	colon = strchr(s, ':');
	if (colon != NULL) {
		/* ":10" is 0:10 to some and an error to others: refused */
		if (colon - s == 1 && *s == '~')
			new.start_inf = true;
		else if (number(s, colon, &new.start) != 0)
			return -1;
		s = colon + 1;
	}
	if (colon != NULL && s == end)
		new.end_inf = true;
	else if (number(s, end, &new.end) != 0)
		return -1;
	if (!new.start_inf && !new.end_inf &&new.start > new.end)
		return -1;
	*r = new;
	return 0;
}

bool
range_alert(const struct range *r, double value)
{
	bool in = (r->start_inf || value >= r->start) && (r->end_inf || value <= r->end);

	if (value != value)
		return true; /* not a number is never fine */
	return r->inside ? in : !in;
}
