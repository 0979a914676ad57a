/* SPDX-License-Identifier: ISC */
/*
 * random_fleet: fleets, policies and runs by chance, from a seed. Most facts are as the rules want them and
 * a few are not, so that many fleets do kill somebody and most machines are kept by one rule alone.
 */
#ifndef RANDOM_FLEET_H
#define RANDOM_FLEET_H

#include "fleet.h"

#define RANDOM_MACHINES 40

struct dice {
	uint64_t state;
};
uint64_t dice_next(struct dice *d);		/* splitmix64 */
unsigned dice_below(struct dice *d, unsigned n);	/* 0 to n - 1 */
bool	dice_percent(struct dice *d, unsigned percent);

/* What a value of the keep attribute says at FLEET_NOW (2027-01-15 08:00 UTC), written by hand. */
struct keep_value {
	const char *value;
	bool	keeps;
};
extern const struct keep_value keep_values[];
extern const size_t n_keep_values;

/* The fleet of this seed, not judged yet; d goes on where the fleet ended. fleet_free afterwards. */
struct fleet *random_fleet(uint64_t seed, struct dice *d);

#endif
