/* SPDX-License-Identifier: ISC */
/*
 * test_sim_objects: the recordings that test_sim.c compares, and clouds that hold the same objects
 * as the daemons held when they were made.
 */
#ifndef TEST_SIM_OBJECTS_H
#define TEST_SIM_OBJECTS_H

#include <stddef.h>

#include "../sim/sim.h"

struct recording {
	const char *name;	/* under tests/data/sim, without .request.xml and .response.xml */
	void	  (*set)(struct sim *sim);	/* what it needs beyond the common objects */
	int	    status;	/* 0: 200 */
	const char *http_method, *path;	/* NULL: POST, /RPC2 */
	const char *first;	/* a recorded request that is made before, NULL: none */
};

extern const struct recording recordings[];
extern const size_t n_recordings;
/* Those about machines that are asked for (test_sim_launches.c). */
extern const struct recording launches[];
extern const size_t n_launches;

/* The cloud in the recording's era; the caller frees it. */
struct sim *recording_build(const struct recording *r);

#endif
