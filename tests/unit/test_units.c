/* SPDX-License-Identifier: ISC */
/*
 * test_units: what a policy may say, what is refused, and that what is printed reads back.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/units.h"

#define REFUSED INT64_MIN

static void
durations_need_a_unit(void **state)
{
	static const struct {
		const char *s;
		int64_t ms;
	} rows[] = {
	    {"0s", 0},
	    {"500ms", 500},
	    {"90s", 90000},
	    {"15m", 900000},
	    {"24h", 86400000},
	    {"7d", 604800000},
	    {"2w", 1209600000},
	    {"9223372036854775807ms", INT64_MAX},
	    {"9223372036854775s", INT64_C(9223372036854775000)},
	    {"9223372036854775808ms", REFUSED},
	    {"9223372036854776s", REFUSED},
	    {"15250284453w", REFUSED},
	    {"99999999999999999999999s", REFUSED},
	    {"", REFUSED},
	    {"7", REFUSED},
	    {"0", REFUSED},
	    {"d", REFUSED},
	    {"-7d", REFUSED},
	    {"+7d", REFUSED},
	    {" 7d", REFUSED},
	    {"7 d", REFUSED},
	    {"7d ", REFUSED},
	    {"7D", REFUSED},
	    {"07d", REFUSED},
	    {"0x7d", REFUSED},
	    {"1.5h", REFUSED},
	    {"1h30m", REFUSED},
	    {"7days", REFUSED},
	    {"7y", REFUSED},
	    {"7M", REFUSED},
	    {"unlimited", REFUSED},
	};
	int64_t out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out = -5;
		if (units_duration_ms(rows[i].s, &out) != (rows[i].ms == REFUSED ? -1 : 0) ||
		    out != (rows[i].ms == REFUSED ? -5 : rows[i].ms))
			fail_msg("\"%s\": %lld", rows[i].s, (long long)out);
		/* in whole seconds: the same, or refused */
		out = -5;
		if (rows[i].ms == REFUSED || rows[i].ms % 1000 != 0) {
			assert_int_equal(units_duration_s(rows[i].s, &out), -1);
			assert_int_equal(out, -5);
		} else {
			assert_int_equal(units_duration_s(rows[i].s, &out), 0);
			assert_int_equal(out, rows[i].ms / 1000);
		}
	}
}

static void
durations_print_in_the_largest_unit_and_read_back(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {
	    {0, "0s"},
	    {1, "1ms"},
	    {1500, "1500ms"},
	    {1000, "1s"},
	    {90000, "90s"},
	    {900000, "15m"},
	    {5400000, "90m"},
	    {86400000, "1d"},
	    {90000000, "25h"},
	    {604800000, "1w"},
	    {691200000, "8d"},
	    {INT64_MAX, "9223372036854775807ms"},
	};
	char buf[24];
	int64_t back;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(
		    units_duration_str(buf, sizeof(buf), rows[i].ms), rows[i].want);
		assert_int_equal(units_duration_ms(buf, &back), 0);
		assert_int_equal(back, rows[i].ms);
	}
}

static void
integers_stay_within_their_bounds(void **state)
{
	static const struct {
		const char *s;
		int64_t lo, hi, want;
	} rows[] = {
	    {"0", 0, 10, 0},
	    {"10", 0, 10, 10},
	    {"11", 0, 10, REFUSED},
	    {"-1", 0, 10, REFUSED},
	    {"-1", -1, 10, -1},
	    {"-2", -1, 10, REFUSED},
	    {"9223372036854775807", 0, INT64_MAX, INT64_MAX},
	    {"9223372036854775808", 0, INT64_MAX, REFUSED},
	    {"-9223372036854775807", INT64_MIN, 0, -INT64_MAX},
	    {"18446744073709551617", 0, INT64_MAX, REFUSED},
	    {"", 0, 10, REFUSED},
	    {"-", -9, 10, REFUSED},
	    {"--1", -9, 10, REFUSED},
	    {"-0", -9, 10, REFUSED},
	    {"+1", 0, 10, REFUSED},
	    {" 1", 0, 10, REFUSED},
	    {"1 ", 0, 10, REFUSED},
	    {"1\n", 0, 10, REFUSED},
	    {"010", 0, 10, REFUSED},
	    {"00", 0, 10, REFUSED},
	    {"0x1", 0, 10, REFUSED},
	    {"1e1", 0, 10, REFUSED},
	    {"1.0", 0, 10, REFUSED},
	    {"1,000", 0, 1000, REFUSED},
	};
	int64_t out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out = -5;
		if (units_int(rows[i].s, rows[i].lo, rows[i].hi, &out) !=
			(rows[i].want == REFUSED ? -1 : 0) ||
		    out != (rows[i].want == REFUSED ? -5 : rows[i].want))
			fail_msg("\"%s\": %lld", rows[i].s, (long long)out);
	}
}

static void
shares_carry_a_percent_sign(void **state)
{
	static const struct {
		const char *s;
		int32_t want; /* -1: refused */
	} rows[] = {
	    {"0%", 0},
	    {"10%", 1000},
	    {"100%", 10000},
	    {"0.5%", 50},
	    {"0.05%", 5},
	    {"12.34%", 1234},
	    {"100.00%", 10000},
	    {"99.99%", 9999},
	    {"", -1},
	    {"%", -1},
	    {"10", -1},
	    {"101%", -1},
	    {"100.01%", -1},
	    {"-1%", -1},
	    {"+1%", -1},
	    {".5%", -1},
	    {"5.%", -1},
	    {"0.005%", -1},
	    {"1,5%", -1},
	    {"10 %", -1},
	    {"10%%", -1},
	    {"10% ", -1},
	    {"010%", -1},
	    {"1e1%", -1},
	    {"4294967306%", -1},
	};
	int32_t out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out = -5;
		if (units_share(rows[i].s, &out) != (rows[i].want == -1 ? -1 : 0) ||
		    out != (rows[i].want == -1 ? -5 : rows[i].want))
			fail_msg("\"%s\": %d", rows[i].s, out);
	}
}

static void
no_limit_is_a_word_and_zero_is_zero(void **state)
{
	static const struct {
		const char *s;
		int64_t want;
	} rows[] = {
	    {"0", 0},
	    {"25", 25},
	    {"unlimited", UNITS_UNLIMITED},
	    {"9223372036854775806", INT64_MAX - 1},
	    {"9223372036854775807", REFUSED}, /* would mean "unlimited" */
	    {"Unlimited", REFUSED},
	    {"unlimited ", REFUSED},
	    {"unlimite", REFUSED},
	    {"-1", REFUSED},
	    {"-0", REFUSED},
	    {"", REFUSED},
	};
	int64_t out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out = -5;
		if (units_limit(rows[i].s, &out) != (rows[i].want == REFUSED ? -1 : 0) ||
		    out != (rows[i].want == REFUSED ? -5 : rows[i].want))
			fail_msg("\"%s\": %lld", rows[i].s, (long long)out);
	}
}

static void
booleans_are_six_words(void **state)
{
	static const struct {
		const char *s;
		int want; /* -1: refused */
	} rows[] = {
	    {"yes", 1},
	    {"true", 1},
	    {"on", 1},
	    {"no", 0},
	    {"false", 0},
	    {"off", 0},
	    {"Yes", 1},
	    {"OFF", 0},
	    {"", -1},
	    {"y", -1},
	    {"n", -1},
	    {"1", -1},
	    {"0", -1},
	    {"yes ", -1},
	    {"yess", -1},
	    {"ye", -1},
	    {"o", -1},
	    {"of", -1},
	    {"tru\xc3\xa9", -1},
	    {"0n", -1},
	    {"[es", -1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool out = rows[i].want != 1; /* so that a result that is not written is seen */

		if (units_bool(rows[i].s, &out) != (rows[i].want == -1 ? -1 : 0) ||
		    out != (rows[i].want == 1 || rows[i].want == -1))
			fail_msg("\"%s\"", rows[i].s);
	}
}

static void
ages_are_for_people(void **state)
{
	static const struct {
		int64_t s;
		const char *want;
	} rows[] = {
	    {0, "0 s"},
	    {59, "59 s"},
	    {60, "1 min"},
	    {3599, "59 min"},
	    {3600, "1 h"},
	    {3661, "1 h 1 min"},
	    {86399, "23 h 59 min"},
	    {86400, "1 d"},
	    {86400 + 3599, "1 d"},
	    {3 * 86400 + 4 * 3600 + 59, "3 d 4 h"},
	    {30 * 86400 + 7200, "30 d"},
	    {INT64_MAX, "106751991167300 d"},
	    {-40, "-40 s"},
	    {INT64_MIN, "-106751991167300 d"},
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(units_age_str(buf, sizeof(buf), rows[i].s), rows[i].want);
}

static void
sizes_are_for_people(void **state)
{
	static const struct {
		int64_t mib;
		const char *want;
	} rows[] = {
	    {0, "0 MiB"},
	    {512, "512 MiB"},
	    {1023, "1023 MiB"},
	    {1024, "1 GiB"},
	    {1536, "1.5 GiB"},
	    {14 * 1024, "14 GiB"},
	    {2047, "1.9 GiB"}, /* rounded down: never more than there is */
	    {1024 * 1024 - 1, "1023 GiB"},
	    {1024 * 1024 * 3 / 2, "1.5 TiB"},
	    {INT64_C(1) << 30, "1 PiB"},
	    {INT64_C(1) << 40, "1 EiB"},
	    {INT64_MAX, "8388607 EiB"},
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(units_mib_str(buf, sizeof(buf), rows[i].mib), rows[i].want);
}

static void
times_are_utc(void **state)
{
	static const struct {
		int64_t s;
		const char *want;
	} rows[] = {
	    {0, "1970-01-01T00:00:00Z"},
	    {1795549598, "2026-11-24T19:46:38Z"},
	    {951782400, "2000-02-29T00:00:00Z"},
	    {4107542399, "2100-02-28T23:59:59Z"},
	    {4107542400, "2100-03-01T00:00:00Z"},
	    {253402300799, "9999-12-31T23:59:59Z"},
	    {253402300800, "-"},
	    {-1, "-"},
	    {INT64_MIN, "-"},
	    {INT64_MAX, "-"},
	};
	char buf[24], libc[24];
	struct tm tm;
	time_t t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(units_time_str(buf, sizeof(buf), rows[i].s), rows[i].want);
	/* Every day until 2400 as libc has it, each at another time of the day. */
	for (t = 0; t < 13569465600; t += 86400 + 61) {
		gmtime_r(&t, &tm);
		strftime(libc, sizeof(libc), "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_string_equal(units_time_str(buf, sizeof(buf), t), libc);
	}
}

static void
results_do_not_depend_on_errno(void **state)
{
	struct range r;
	int64_t n;
	int32_t share;

	(void)state;
	errno = ERANGE;
	assert_int_equal(units_int("12", 0, 99, &n), 0);
	assert_int_equal(units_duration_ms("12s", &n), 0);
	assert_int_equal(units_share("12.5%", &share), 0);
	assert_int_equal(range_parse("12.5", &r), 0);
	assert_int_equal(errno, ERANGE);
}

/* plugins.md A4: each range against each value. 1: alert. */
static void
ranges_alert_outside_and_at_sign_inside(void **state)
{
	static const double values[] = {-1, 0, 9.5, 10, 15, 20, 25};
	static const struct {
		const char *s;
		const char *alerts;
	} rows[] = {
	    /*		 -1 0 9.5 10 15 20 25 */
	    {"10", "1000111"},
	    {"10:", "1110000"},
	    {"~:10", "0000111"},
	    {"10:20", "1110001"},
	    {"@10:20", "0001110"},
	    {"~:", "0000000"},
	    {"0:10", "1000111"},
	    {"-5:-1", "0111111"},
	    {"@~:0", "1100000"},
	    {"@~:", "1111111"},
	    {"@10", "0111000"},
	    {"0", "1011111"},
	    {"9.5:9.5", "1101111"},
	    {"-0.5:15.25", "1000011"},
	};
	struct range r;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (range_parse(rows[i].s, &r) != 0)
			fail_msg("refused: %s", rows[i].s);
		assert_string_equal(r.text, rows[i].s);
		for (k = 0; k < sizeof(values) / sizeof(values[0]); k++)
			if (range_alert(&r, values[k]) != (rows[i].alerts[k] == '1'))
				fail_msg("%s with %g", rows[i].s, values[k]);
		assert_true(range_alert(&r, (double)NAN));
	}
}

static void
odd_ranges_are_refused(void **state)
{
	static const char *const rows[] = {"20:10", "", "@", "abc", "10x", "1:2:3", "1e3",
	    " 10", "nan", "0x10", "10 ", "inf", "~", ":", ":10", "@:", "10:~", "~:~", "~10",
	    "@@10", "-10", "-", "--1:", "+10", "10.", ".5", "1.2.3", "-.5:", "1,5", "10:x",
	    "x:10", "10::", "~:-", "1:0.999", "-1:-1.001", "1234567890123456",
	    "0.1234567890123456", "11111111111111111111111111111111"};
	struct range r = {.start = 7};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (range_parse(rows[i], &r) != -1)
			fail_msg("accepted: \"%s\"", rows[i]);
	assert_true(r.start == 7 && !r.inside && r.text[0] == '\0'); /* left as it was */
}

static void
range_numbers_are_the_nearest_doubles(void **state)
{
	static const char *const rows[] = {"0.1", "0.3", "0.7", "1.1", "2.675", "99.99",
	    "0.000001", "123456789012345", "12345678901234.5", "0.00000000000001",
	    "299792.458"};
	char negative[32];
	struct range r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(range_parse(rows[i], &r), 0);
		assert_true(r.end == strtod(rows[i], NULL));
		snprintf(negative, sizeof(negative), "-%s:", rows[i]);
		assert_int_equal(range_parse(negative, &r), 0);
		assert_true(r.start == -strtod(rows[i], NULL));
	}
}

/* test_vetoes has the dates that keep a machine; here, what a date names. */
static void
a_date_names_a_day_a_minute_or_a_second(void **state)
{
	static const struct {
		const char *text;
		int64_t first_s, last_s;
	} good[] = {
	    {"1970-01-01", 0, 86399},
	    {"2027-01-15", 1799971200, 1800057599},
	    {"2024-02-29", 1709164800, 1709251199},
	    {"2027-01-15T08:00", 1800000000, 1800000059},
	    {"2027-01-15 08:00Z", 1800000000, 1800000059},
	    {"2027-01-15T08:00:00", 1800000000, 1800000000},
	    {"2027-01-15T09:00:00+01:00", 1800000000, 1800000000},
	    {"2027-01-15t03:00-0500", 1800000000, 1800000059},
	};
	static const char *const bad[] = {"", "15.01.2027", "2027-1-5", "2027-02-29",
	    "2027-13-01", "1969-12-31", "2027-01-15T", "2027-01-15T8:00", "2027-01-15T24:00",
	    "2027-01-15T08:00:00 ", "2027-01-15 ", "tomorrow", "7d"};
	int64_t first_s, last_s;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (units_date(good[i].text, &first_s, &last_s) != 0 ||
		    first_s != good[i].first_s || last_s != good[i].last_s)
			fail_msg("%s: %lld to %lld", good[i].text, (long long)first_s,
			    (long long)last_s);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (units_date(bad[i], &first_s, &last_s) == 0)
			fail_msg("%s", bad[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(durations_need_a_unit),
	    cmocka_unit_test(durations_print_in_the_largest_unit_and_read_back),
	    cmocka_unit_test(integers_stay_within_their_bounds),
	    cmocka_unit_test(shares_carry_a_percent_sign),
	    cmocka_unit_test(no_limit_is_a_word_and_zero_is_zero),
	    cmocka_unit_test(booleans_are_six_words),
	    cmocka_unit_test(ages_are_for_people),
	    cmocka_unit_test(sizes_are_for_people),
	    cmocka_unit_test(times_are_utc),
	    cmocka_unit_test(results_do_not_depend_on_errno),
	    cmocka_unit_test(ranges_alert_outside_and_at_sign_inside),
	    cmocka_unit_test(odd_ranges_are_refused),
	    cmocka_unit_test(range_numbers_are_the_nearest_doubles),
	    cmocka_unit_test(a_date_names_a_day_a_minute_or_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
