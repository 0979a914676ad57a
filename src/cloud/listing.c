/* SPDX-License-Identifier: ISC */
/*
 * listing: sorted by id, each id once.
 */
#include <stdlib.h>
#include <string.h>

#include "cloud/listing.h"

static int
cmp(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* By id, then by what two machines of one id would differ in: the result must not depend on luck. */
static int
vm_cmp(const void *pa, const void *pb)
{
	const struct vm *a = pa, *b = pb;
	int c = cmp(a->id, b->id);

	if (c == 0)
		c = cmp(a->state, b->state);
	if (c == 0)
		c = cmp(a->lcm, b->lcm);
	if (c == 0)
		c = cmp(a->stime_s, b->stime_s);
	if (c == 0)
		c = cmp(a->uid, b->uid);
	return c != 0 ? c : strcmp(a->name, b->name);
}

static bool
is_same(const struct vm *a, const struct vm *b)
{
	return vm_cmp(a, b) == 0 && a->gid == b->gid && a->lock == b->lock &&
	       a->host_id == b->host_id && a->seq == b->seq && a->n_addrs == b->n_addrs &&
	       a->n_disks == b->n_disks && a->n_attrs == b->n_attrs &&
	       strcmp(a->deploy_id, b->deploy_id) == 0;
}

size_t
listing_sort(struct vm *vms, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(vms, n, sizeof(*vms), vm_cmp);
	for (size_t i = 1; i < n; i++) {
		if (vms[i].id != vms[kept].id) {
			vms[++kept] = vms[i];
		} else if (!is_same(&vms[kept], &vms[i])) {
			vms[kept].odd |= VM_ODD_TWICE;
			vms[kept].cls = VM_CLASS_UNRECOGNISED;
		}
	}
	return kept + 1;
}

static int
host_cmp(const void *pa, const void *pb)
{
	const struct host *a = pa, *b = pb;

	return cmp(a->id, b->id);
}

void
listing_sort_hosts(struct host *hosts, size_t n)
{
	if (n > 1)
		qsort(hosts, n, sizeof(*hosts), host_cmp);
}

const struct vm *
listing_find(const struct listing *l, int64_t id)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->vms[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && l->vms[lo].id == id ? &l->vms[lo] : NULL;
}
