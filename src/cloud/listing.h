/* SPDX-License-Identifier: ISC */
/*
 * listing: order in what was listed. Pure.
 */
#ifndef LISTING_H
#define LISTING_H

#include <stddef.h>
#include <stdint.h>

#include "cloud/cloud.h"

/*
 * Sorts machines by id and keeps each id once; returns how many are left. The same id twice with the
 * same data is a range read twice; with other data the first stays, flagged VM_ODD_TWICE.
 */
size_t	listing_sort(struct vm *vms, size_t n);
void	listing_sort_hosts(struct host *hosts, size_t n);
/* The machine with this id, or NULL. */
const struct vm *listing_find(const struct listing *l, int64_t id);

#endif
