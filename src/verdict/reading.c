/* SPDX-License-Identifier: ISC */
/*
 * reading: what the sightings of one machine's addresses say together (V5). Pure.
 *
 * Life anywhere is life. Silence needs every address that matters to be silent:
 *
 * - NIC, alias and external addresses always matter. The cloud gave them out, so a machine that lives must
 *   answer there; one that could not be probed (outside of [probe] networks, not sent, cut, prohibited)
 *   leaves a door unwatched.
 * - Addresses that only the guest reported matter inside of [probe] networks. Outside they are bridges of
 *   containers, tunnels and leftovers that nobody can reach, and would keep a dead machine for ever.
 * - IPv6 link-local addresses matter to nobody: they cannot be reached from another link.
 */
#include <string.h>

#include "verdict/view.h"

static bool
is_link_local(const struct addr *a)
{
	return a->family == 6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

static bool
in_networks(const struct policy *p, const struct addr *a)
{
	for (size_t i = 0; i < p->probe.n_networks; i++) {
		if (net_prefix_has(&p->probe.networks[i], a))
			return true;
	}
	return false;
}

/* The compiler's switch says when an origin is added. */
bool
reading_matters(const struct policy *p, const struct vm_addr *a)
{
	if (is_link_local(&a->a))
		return false;
	switch (a->origin) {
	case ADDR_NIC:
	case ADDR_ALIAS:
	case ADDR_EXTERNAL:
		return true;
	case ADDR_GUEST:
		return !net_addr_is_special(&a->a) && !net_addr_is_loopback(&a->a) &&
		       in_networks(p, &a->a);
	}
	return true;
}

void
reading_add(struct reading *r, const struct policy *p, const struct vm_addr *a,
    const struct sighting *seen)
{
	if (seen != NULL) {
		r->ping |= probe_result_is_alive(seen->ping.result);
		r->ssh |= probe_result_is_alive(seen->ssh.result);
		r->tcp |= probe_result_is_alive(seen->connect.result);
	}
	if (!reading_matters(p, a))
		return;
	r->asked++;
	if (net_addr_is_special(&a->a) || net_addr_is_loopback(&a->a))
		r->nonsense = true;
	if (seen != NULL && sighting_sum(seen) == SIGHTING_SILENT)
		r->silent++;
}

bool
reading_alive(const struct reading *r)
{
	return r->ping || r->ssh || r->tcp;
}

void
reading_end(struct reading *r, const struct vm *vm)
{
	size_t nics = 0;

	for (size_t i = 0; i < vm->n_addrs; i++)
		nics += vm->addrs[i].origin == ADDR_NIC;
	/* A network card whose address is not known is a door that nobody knocked at. */
	r->missing = nics < vm->n_nics || (vm->odd & (VM_ODD_ADDRESS | VM_ODD_LIMIT)) != 0;
	r->all_silent =
	    r->asked > 0 && r->silent == r->asked && !reading_alive(r) && !r->missing;
}

void
reading_take(
    struct reading *r, const struct policy *p, const struct vm *vm, const struct sightings *s)
{
	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < vm->n_addrs; i++) {
		reading_add(
		    r, p, &vm->addrs[i], s != NULL ? sightings_find(s, &vm->addrs[i].a) : NULL);
	}
	reading_end(r, vm);
}
