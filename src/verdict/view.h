/* SPDX-License-Identifier: ISC */
/*
 * view: what the rules need to know of the fleet as a whole, computed once a run: who claims an address,
 * who answered in which network, hosts by id. Internal to verdict/. Pure; O(n log n) over all addresses.
 */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "verdict/verdict.h"

/* --- tallies: counts by key; add rows, close, then find -------------------------------------------- */

enum tally_kind {
	TALLY_HOST, TALLY_OWNER,
	TALLY_NETWORK,			/* a virtual network, by id */
	TALLY_NETWORK4, TALLY_NETWORK6,	/* the same, its addresses of one family only */
	TALLY_SLASH24, TALLY_SLASH64	/* where no id is known */
};

struct tally_row {
	enum tally_kind kind;
	uint64_t key;
	int64_t	n, m;			/* two counts; what they count is the builder's matter */
	int64_t	who;			/* lowest machine id that was added */
	const char *label;		/* of that machine's; or NULL */
};

struct tally {
	struct tally_row *rows;
	size_t	n, room;
};

int	tally_open(struct arena *a, struct tally *t, size_t room);	/* -1: the arena is full */
void	tally_add(struct tally *t, const struct tally_row *row);
void	tally_close(struct tally *t);		/* before the first tally_find */
struct tally_row *tally_find(const struct tally *t, enum tally_kind kind, uint64_t key);
/* Kind, key and label of the network of an address: the virtual network, else its /24 or /64. */
void	tally_set_network(struct tally_row *row, const struct vm_addr *a);

/* --- what the addresses of one machine say (V5) --------------------------------------------------- */

struct reading {
	size_t	asked;			/* addresses that matter */
	size_t	silent;			/* of those, silent */
	bool	ping, ssh, tcp;		/* life, on any address */
	bool	nonsense;		/* a special or loopback address that cannot be a machine's own */
	bool	missing;		/* a network card whose address is not known; set by reading_end */
	bool	all_silent;		/* set by reading_end */
};

/* Must this address be silent before the machine counts as silent? (vetoes.c explains.) */
bool	reading_matters(const struct policy *p, const struct vm_addr *a);
void	reading_add(struct reading *r, const struct policy *p, const struct vm_addr *a,
	    const struct sighting *seen);
void	reading_end(struct reading *r, const struct vm *vm);
bool	reading_alive(const struct reading *r);
/* The whole of it, by binary search in s (NULL: nothing was probed). */
void	reading_take(struct reading *r, const struct policy *p, const struct vm *vm,
	    const struct sightings *s);

/* --- the fleet ------------------------------------------------------------------------------------ */

/* One address of one machine. */
struct view_slot {
	const struct sighting *seen;	/* NULL: no target */
	bool	shared;			/* another machine claims it as well */
	int64_t	other_id;		/* the lowest id of those */
};

struct view_claim;
struct view {
	const struct verdict_input *in;
	const struct policy *p;
	const struct listing *l;
	const struct era *era;
	int64_t	now_s;
	size_t	*first;			/* slots of machine i: first[i] to first[i + 1] */
	struct view_slot *slots;
	struct view_claim *claims;	/* of machines that are not done, by address */
	size_t	n_claims;
	uint32_t *answered, *compared;	/* claims below [i] that answered; of ok machines that were probed */
	struct tally nets;		/* by id and family, of problem machines; n: answered, m: compared */
	const struct host **hosts;	/* by id, those with an id of their own */
	size_t	n_hosts;
	int64_t	*zombies;		/* ascending */
	size_t	n_zombies;
	const struct keep **keeps;	/* by machine id */
	bool	canary;			/* at least one canary answered */
};

/* Returns 0, or -1 when the arena is full. in outlives v. */
int	view_build(struct view *v, struct arena *a, const struct verdict_input *in);
const struct host *view_host(const struct view *v, int64_t id);
/* Since when the host is well without a break; 0: it is not, or nobody knows. */
int64_t	view_host_good_s(const struct view *v, int64_t id);
bool	view_is_zombie(const struct view *v, int64_t id);
/* A local keep that speaks for this machine now, or NULL. */
const struct keep *view_keep(const struct view *v, const struct vm *vm);
bool	keep_speaks_for(const struct keep *k, const struct vm *vm, int64_t now_s);
/*
 * Does anything show that silence at this address means something (reapers.md D.2, 7)? Another machine
 * of the network answered; or there was none to compare with, and a canary answered.
 */
bool	view_has_witness(const struct view *v, const struct vm_addr *a);
/* The record of machine i, or NULL if there is none or it is of another identity. */
const struct record *view_record(const struct view *v, size_t i);

#endif
