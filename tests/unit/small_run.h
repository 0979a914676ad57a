/* SPDX-License-Identifier: ISC */
/*
 * small_run: is each step of this process many times dearer than usual? Then tests that repeat one thing a
 * hundred thousand times do fewer. True in a build with AddressSanitizer, and under valgrind, which loads
 * a library of its own into every process that it runs.
 */
#ifndef SMALL_RUN_H
#define SMALL_RUN_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool
small_run(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	return true;
#endif
#endif
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

#endif
