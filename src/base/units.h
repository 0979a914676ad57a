/* SPDX-License-Identifier: ISC */
/*
 * units: durations, sizes, shares and limits as people write them, and plugin ranges.
 *
 * Pure, and independent of the locale: numbers are read and written with '.' only.
 */
#ifndef UNITS_H
#define UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "no limit", spelled `unlimited` in the policy. 0 means zero. */
#define UNITS_UNLIMITED INT64_MAX

/*
 * A duration with its unit: ms, s, m, h, d, w ("90s", "15m", "24h", "7d"), one number and one
 * unit, no sign, no fraction, no leading zero; result in milliseconds. 0 done, -1 refused (no unit,
 * overflow, ...). Here and below: what is refused leaves *out as it was.
 */
int	units_duration_ms(const char *s, int64_t *ms);
/* The same, whole seconds only ("500ms" is refused). */
int	units_duration_s(const char *s, int64_t *seconds);
/* A decimal integer in [lo, hi]; no sign but '-' ("-0" is refused), no blanks, no leading
 * zero. */
int	units_int(const char *s, int64_t lo, int64_t hi, int64_t *out);
/* A share: "10%" to 10; 0-100, at most two decimals; result in hundredths of a percent (1000). */
int	units_share(const char *s, int32_t *hundredths);
/* A count or the word `unlimited`. */
int	units_limit(const char *s, int64_t *out);
/* yes/no, true/false, on/off, in any case. */
int	units_bool(const char *s, bool *out);

/* Exact text that units_duration_* reads back, in the largest unit that divides it ("90s", "15m",
 * "8d", "1w"). buf of at least 24 bytes; returns buf. */
char	*units_duration_str(char *buf, size_t size, int64_t ms);
/* For people: "3 d 4 h" (days alone from 30 on), "12 min", "40 s"; rounded down. */
char	*units_age_str(char *buf, size_t size, int64_t seconds);
/* MiB for people: "14 GiB", "512 MiB", "1.5 TiB"; rounded down. */
char	*units_mib_str(char *buf, size_t size, int64_t mib);
/* UTC, ISO 8601 with Z: "2026-11-24T19:46:38Z"; "-" for anything out of 1970-9999. buf >= 24. */
char	*units_time_str(char *buf, size_t size, int64_t wall_s);

/*
 * Monitoring-plugin threshold range "[@]start:end" (plugins.md A4): alert when outside, end
 * points are inside; '@' alerts inside; "~" minus infinity; "10" is 0:10; "10:" to infinity. ":10" is
 * refused, as are more than 15 digits in a number. NaN always alerts.
 */
struct range {
	double	start, end;
	bool	start_inf, end_inf;
	bool	inside;		/* '@' */
	char	text[32];	/* as the user gave it, for perfdata */
};
int	range_parse(const char *s, struct range *r);
bool	range_alert(const struct range *r, double value);

/*
 * A date in the manner of ISO 8601: "2027-01-15", or with "T" or a blank and "08:00" or "08:00:30", then "Z",
 * "+01:00", "-0500" or nothing (UTC). *first_s and *last_s: the seconds that it names (a day, a minute, a second).
 * 0, or -1 for anything else, days that do not exist and years before 1970 included.
 */
int	units_date(const char *s, int64_t *first_s, int64_t *last_s);

#endif
