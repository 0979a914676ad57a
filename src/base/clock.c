/* SPDX-License-Identifier: ISC */
/*
 * clock: every reading of time and randomness of the shipped programs, in an archive of its
 * own so that tests can link another. It must never return a time that it did not read:
 * without a clock there is no judging. It aborts by itself, as fault_bug is in the archive
 * that is linked before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static int64_t
read_ns(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		abort();
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void
clock_read(struct clock_now *now)
{
	ssize_t n = 0;
	int fd;

	memset(now, 0, sizeof(*now));
	now->wall_s = read_ns(CLOCK_REALTIME) / 1000000000;
	now->boot_s = read_ns(CLOCK_BOOTTIME) / 1000000000;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, now->boot_id, sizeof(now->boot_id) - 1);
		close(fd);
	}
	now->boot_id[n > 0 ? n : 0] = '\0';
	now->boot_id[strcspn(now->boot_id, "\n")] = '\0';
}

int64_t
clock_wall_s(void)
{
	return read_ns(CLOCK_REALTIME) / 1000000000;
}

int64_t
clock_wall_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}

int64_t
clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t
clock_cpu_ns(void)
{
	return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void
clock_random(void *buf, uint32_t n)
{
	unsigned char *p = buf;
	ssize_t got;

	while (n > 0) {
		got = getrandom(p, n, 0);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			abort(); /* a probe that could be forged is worse than none */
		p += got;
		n -= (uint32_t)got;
	}
}
