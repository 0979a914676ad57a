/* SPDX-License-Identifier: ISC */
/*
 * A clock for the demo and the end-to-end tests, linked in the place of src/base/clock.c into programs of
 * their own (vmreaper-demo, check_vms-demo ...). Its wall and boot clocks run ahead of the machine's by the number of
 * seconds in the file that VMR_TEST_CLOCK names. The shipped programs do not contain it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The real clock under other names; everything but the two clocks below passes straight through. */
#define clock_read    real_clock_read
#define clock_wall_s  real_clock_wall_s
#define clock_wall_ns real_clock_wall_ns
#include "../../src/base/clock.c"
#undef clock_read
#undef clock_wall_s
#undef clock_wall_ns

void clock_read(struct clock_now *now);
int64_t clock_wall_s(void);
int64_t clock_wall_ns(void);

static int64_t
ahead_s(void)
{
	const char *path = getenv("VMR_TEST_CLOCK");
	FILE *fp = path != NULL ? fopen(path, "re") : NULL;
	long long s = 0;

	if (fp != NULL) {
		if (fscanf(fp, "%lld", &s) != 1)
			s = 0;
		fclose(fp);
	}
	return s;
}

void
clock_read(struct clock_now *now)
{
	int64_t s = ahead_s();

	real_clock_read(now);
	now->wall_s += s;
	now->boot_s += s;
}

int64_t
clock_wall_s(void)
{
	return real_clock_wall_s() + ahead_s();
}

/* Compared with the kernel's time stamps of packets: stays the real one. */
int64_t
clock_wall_ns(void)
{
	return real_clock_wall_ns();
}
