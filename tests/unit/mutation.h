/* SPDX-License-Identifier: ISC */
/*
 * mutation: changes of one machine, or of what is known around it, that make it look more alive, more wanted
 * or less known. None may make it more killable (test_properties.c).
 */
#ifndef MUTATION_H
#define MUTATION_H

#include "random_fleet.h"

#define MUTATIONS_MAX	64

#define MUTATION_KEEPS	0x1	/* the rules are definite: the machine is not killed then */
#define MUTATION_OTHERS	0x2	/* it keeps others too, so that the machine may move up under the caps */
#define MUTATION_HELPS	0x4	/* it may rightly make others killable: a witness, an address or a storm less */
#define MUTATION_GATE	0x8	/* it closes a gate: nobody is killed */

struct mutation {
	const char *name;
	/* Change machine i; *kind is 0 and gets the flags. Returns false if there is nothing to change. */
	bool	(*change)(struct fleet *f, size_t i, struct dice *d, unsigned *kind);
};
extern const struct mutation mutations[];
extern const size_t n_mutations;

bool	mutation_apply(struct fleet *f, size_t i, size_t which, struct dice *d, unsigned *kind);

#endif
