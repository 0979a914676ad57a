/* SPDX-License-Identifier: ISC */
/*
 * gather: the stages of a sweep that find out: what is remembered, what the cloud lists, what machines hold, who answers.
 * Private to sweep.c, which calls them in this order.
 *
 * Each fills its part of s. -1, with f: what could not be found out.
 */
#ifndef GATHER_H
#define GATHER_H

#include "sweep.h"

/* The ledger is opened and loaded. A look (not SWEEP_MARK) goes on without one: s->ledger_fault says why. */
int	gather_ledger(const struct sweep_options *o, struct sweep *s, struct fault *f);
/* s->listing: of the cloud, or from the file. After -1, too, it is what was read, incomplete. */
int	gather_listing(const struct sweep_options *o, struct sweep *s, struct fault *f);
/* Machines that might be dead are read one by one. A saved listing is of another time, and is left as it is. */
int	gather_closer(const struct sweep_options *o, struct sweep *s, struct fault *f);
/* Volumes that stand in no listing become disks of their machines; not of a saved listing either. */
int	gather_volumes(const struct sweep_options *o, struct sweep *s, struct fault *f);
/* s->sightings of every address that the policy lets one ask, canaries and those of late kills included; facts: cut short? */
int	gather_sightings(const struct sweep_options *o, struct sweep *s, struct fault *f);

#endif
