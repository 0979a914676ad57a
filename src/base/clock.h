/* SPDX-License-Identifier: ISC */
/*
 * clock: the only file that reads time (contract, DESIGN 3). Tests and the demo link a clock of
 * their own in its place; no option, key or variable of the shipped program moves it.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* One reading of every clock, so that a sweep judges all machines at the same time. */
struct clock_now {
	int64_t	wall_s;		/* CLOCK_REALTIME, seconds since 1970 */
	int64_t	boot_s;		/* CLOCK_BOOTTIME, seconds; goes on during suspend, cannot be set */
	char	boot_id[40];	/* /proc/sys/kernel/random/boot_id, "" when not readable */
};

void	clock_read(struct clock_now *now);
int64_t	clock_wall_s(void);
int64_t	clock_mono_ns(void);	/* CLOCK_MONOTONIC: for loops, time-outs and durations */
int64_t	clock_wall_ns(void);	/* CLOCK_REALTIME: compares with SO_TIMESTAMPNS of received packets */
/* n bytes of kernel randomness (getrandom); aborts when there is none. Not time, but as impure. */
void	clock_random(void *buf, uint32_t n);
/* CPU time used by this process, nanoseconds. */
int64_t	clock_cpu_ns(void);

#endif
