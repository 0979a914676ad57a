/* SPDX-License-Identifier: ISC */
/*
 * test_policy_hours: the windows of [reap] hours, across zones, summer time and the week's end.
 * The times are given in UTC and were converted to seconds with date -u -d.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "policy/policy.h"

static bool
in_hours(const char *hours, const char *zone, int64_t wall_s)
{
	struct policy_errors errors;
	struct policy *p;
	char text[512];
	bool in;

	snprintf(text, sizeof(text),
	    "[cloud]\nname = c\nendpoint = http://h/\n[reap]\nhours = %s\ntime_zone = %s\n",
	    hours, zone);
	if (policy_parse("p", text, strlen(text), NULL, &p, &errors, NULL) != 0)
		fail_msg("%s", errors.text.p);
	in = policy_in_hours(p, wall_s);
	policy_free(p);
	text_free(&errors.text);
	return in;
}

static void
windows_are_kept(void **state)
{
	static const struct {
		const char *name, *hours, *zone;
		int64_t wall_s;
		bool in;
	} t[] = {
#define MONDAY		      1795392000LL /* 2026-11-23T00:00:00Z */
#define AT(day, hour, minute) (MONDAY + ((day)*24 + (hour)) * 3600 + (minute)*60)
	    {"always", "always", "UTC", 0, true},
	    {"first minute", "Mon-Fri 09:00-16:00", "UTC", AT(0, 9, 0), true},
	    {"the second before", "Mon-Fri 09:00-16:00", "UTC", AT(0, 9, 0) - 1, false},
	    {"last second", "Mon-Fri 09:00-16:00", "UTC", AT(4, 16, 0) - 1, true},
	    {"the end is outside", "Mon-Fri 09:00-16:00", "UTC", AT(4, 16, 0), false},
	    {"Saturday", "Mon-Fri 09:00-16:00", "UTC", AT(5, 12, 0), false},
	    {"Sunday", "Mon-Fri 09:00-16:00", "UTC", AT(6, 12, 0), false},
	    {"second window", "Mon 09:00-10:00, Sat 10:00-12:00", "UTC", AT(5, 11, 59), true},
	    {"neither window", "Mon 09:00-10:00, Sat 10:00-12:00", "UTC", AT(5, 9, 30), false},
	    {"over the week's end, Saturday", "Sat-Mon 00:00-24:00", "UTC", AT(5, 0, 0), true},
	    {"over the week's end, Sunday", "Sat-Mon 00:00-24:00", "UTC", AT(6, 23, 59), true},
	    {"over the week's end, Monday", "Sat-Mon 00:00-24:00", "UTC", AT(0, 23, 59), true},
	    {"over the week's end, Tuesday", "Sat-Mon 00:00-24:00", "UTC", AT(1, 0, 0), false},
	    {"over the week's end, Friday", "Sat-Mon 00:00-24:00", "UTC", AT(4, 23, 59), false},
	    /* Paris is an hour ahead in November, two in June; Auckland thirteen in November */
	    {"winter", "Mon 09:00-10:00", "Europe/Paris", AT(0, 8, 0), true},
	    {"winter, an hour late", "Mon 09:00-10:00", "Europe/Paris", AT(0, 9, 0), false},
	    {"summer", "Mon 09:00-10:00", "Europe/Paris", 1782111600,
		true}, /* 2026-06-22T07:00:00Z */
	    {"summer, an hour late", "Mon 09:00-10:00", "Europe/Paris", 1782115200, false},
	    {"already Tuesday there", "Tue 00:00-02:00", "Pacific/Auckland", AT(0, 12, 0),
		true},
	    {"still Sunday there", "Sun 19:00-20:00", "America/New_York", AT(0, 0, 30), true},
	    /* 2026-10-25: 02:30 comes twice in Paris, 00:30Z and 01:30Z; 2026-03-29: it never comes */
	    {"first of two", "Sun 02:00-03:00", "Europe/Paris", 1792888200, true},
	    {"second of two", "Sun 02:00-03:00", "Europe/Paris", 1792891800, true},
	    {"after both", "Sun 02:00-03:00", "Europe/Paris", 1792895400, false},
	    {"before the gap", "Sun 02:00-03:00", "Europe/Paris", 1774745999,
		false}, /* 2026-03-29T00:59:59Z */
	    {"after the gap", "Sun 02:00-03:00", "Europe/Paris", 1774746000, false},
	    {"before 1970", "Mon-Sun 00:00-24:00", "UTC", -1, true},
	    {"no such year", "Mon-Sun 00:00-24:00", "UTC", INT64_MAX, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (in_hours(t[i].hours, t[i].zone, t[i].wall_s) != t[i].in)
			fail_msg("%s: %s %s at %lld", t[i].name, t[i].hours, t[i].zone,
			    (long long)t[i].wall_s);
}

/* glibc would take UTC for it, and then it would be always. */
static void
an_unknown_zone_is_never_in_hours(void **state)
{
	static const char *const zones[] = {"Europe/Atlantis", "Europe"};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++)
		assert_false(in_hours("Mon-Sun 00:00-24:00", zones[i], AT(0, 12, 0)));
}

static void
the_zone_of_the_process_is_left_alone(void **state)
{
	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	assert_true(in_hours("Mon 09:00-10:00", "Europe/Paris", AT(0, 8, 30)));
	assert_true(in_hours("Mon 08:00-09:00", "UTC", AT(0, 8, 30)));
	assert_string_equal(getenv("TZ"), "Asia/Tokyo");
	unsetenv("TZ");
	assert_true(in_hours("Mon 09:00-10:00", "Europe/Paris", AT(0, 8, 30)));
	assert_null(getenv("TZ"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(windows_are_kept),
	    cmocka_unit_test(an_unknown_zone_is_never_in_hours),
	    cmocka_unit_test(the_zone_of_the_process_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
