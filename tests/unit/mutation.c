/* SPDX-License-Identifier: ISC */
/*
 * mutation: one function per change. Each says itself when it is definite, because that depends on the
 * policy (persistent = allow, silence = no) and on what the machine was before.
 */
#include <string.h>

#include "cloud/vmxml.h"
#include "ledger/history.h"
#include "mutation.h"

#define CHANGE(name) static bool name(struct fleet *f, size_t i, struct dice *d, unsigned *kind)

static const struct policy_class *
class_of(const struct fleet *f, size_t i)
{
	return f->vms[i].cls == VM_CLASS_UNKNOWN ? &f->policy.unknown : &f->policy.failed;
}

/* --- somebody is at home -------------------------------------------------------------------------- */

/* The sighting of one of its addresses, or NULL. */
static struct sighting *
some_sighting(struct fleet *f, size_t i, struct dice *d)
{
	const struct vm *vm = &f->vms[i];
	size_t k;

	if (vm->n_addrs == 0 || f->in.sightings == NULL)
		return NULL;
	k = dice_below(d, (unsigned)vm->n_addrs);
	for (size_t s = 0; s < f->sightings.n; s++) {
		if (net_addr_eq(&f->addrs[s], &vm->addrs[k].a))
			return &f->seen[s];
	}
	return NULL;
}

static bool
answer(struct sighting_part *part, struct dice *d, unsigned *kind)
{
	*kind = MUTATION_KEEPS | MUTATION_HELPS;
	part->result = dice_percent(d, 50) ? PROBE_ANSWERED : PROBE_REFUSED;
	part->tries = 1;
	return true;
}

CHANGE(ping_answers)
{
	struct sighting *s = some_sighting(f, i, d);

	return s != NULL && answer(&s->ping, d, kind);
}

CHANGE(ssh_answers)
{
	struct sighting *s = some_sighting(f, i, d);

	return s != NULL && answer(&s->ssh, d, kind);
}

CHANGE(connect_answers)
{
	struct sighting *s = some_sighting(f, i, d);

	return s != NULL && answer(&s->connect, d, kind);
}

/* Silence that is not known is none, where silence is asked for; elsewhere it takes life away as well. */
CHANGE(probe_is_lost)
{
	static const enum probe_result lost[] = {PROBE_NOT_SENT, PROBE_CUT, PROBE_PROHIBITED};
	struct sighting *s = some_sighting(f, i, d);

	if (s == NULL || !class_of(f, i)->silence)
		return false;
	s->ping.result = lost[dice_below(d, 3)];
	/*
	 * Not KEEPS: an address that matters to nobody (a guest's own, link-local) is no loss. HELPS where a
	 * running machine has it as well, which is one less that was expected to answer (R7), or was silent.
	 */
	for (size_t m = 0; m < f->listing.n; m++) {
		for (size_t k = 0; m != i && k < f->vms[m].n_addrs; k++) {
			if (net_addr_eq(&f->vms[m].addrs[k].a, &f->addrs[s - f->seen]))
				*kind = MUTATION_HELPS;
		}
	}
	return true;
}

CHANGE(another_claims_its_address)
{
	struct vm *vm = &f->vms[i], *other;
	size_t k = dice_below(d, (unsigned)f->listing.n);
	struct vm_addr *a;

	other = &f->vms[k];
	if (k == i || other->cls == VM_CLASS_DONE || vm->n_addrs == 0 ||
	    vm->addrs[0].origin != ADDR_NIC || vm->addrs[0].a.family != 4)
		return false;
	a = fleet_add_addr(f, other, "10.0.0.1", -1);
	a->a = vm->addrs[0].a;
	*kind = MUTATION_KEEPS | MUTATION_HELPS;
	return true;
}

/* --- somebody wants it ---------------------------------------------------------------------------- */

CHANGE(locked)
{
	static const int32_t locks[] = {1, 2, 3, 4, 99, INT32_MAX, VM_LOCK_UNREADABLE};

	f->vms[i].lock = locks[dice_below(d, 7)];
	*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(keep_attribute)
{
	size_t k = dice_below(d, (unsigned)n_keep_values);

	if (!keep_values[k].keeps || f->policy.scope.keep_attribute[0] == '\0')
		return false;
	fleet_add_attr(f, &f->vms[i], "Vmreaper_Keep", keep_values[k].value);
	*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(keep_label)
{
	(void)d;
	/* only where no label is replaced that labels_out or labels_in look for */
	if (f->vms[i].labels != NULL || f->policy.scope.keep_label[0] == '\0')
		return false;
	f->vms[i].labels = "web, VMREAPER-keep";
	*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(keep_of_the_ledger)
{
	if (f->in.n_keeps == 4)
		return false;
	f->keeps[f->in.n_keeps++] = (struct keep){.id = f->vms[i].id,
	    .stime_s = dice_percent(d, 50) ? f->vms[i].stime_s : 0,
	    .until_s = dice_percent(d, 50) ? 0 : FLEET_NOW + dice_below(d, 2)};
	*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(wanted_by_the_cloud)
{
	struct vm *vm = &f->vms[i];

	*kind = MUTATION_KEEPS;
	switch (dice_below(d, 4)) {
	case 0:
		vm->service_id = 3;
		if (f->policy.scope.services)
			*kind = 0;
		break;
	case 1:
		vm->vrouter_id = 3;
		if (f->policy.scope.virtual_routers)
			*kind = 0;
		break;
	case 2:
		vm->imported = true;
		if (f->policy.scope.imported)
			*kind = 0;
		break;
	default:
		vm->sched_action = true;
	}
	return true;
}

/* --- data ----------------------------------------------------------------------------------------- */

CHANGE(disk_is_persistent)
{
	struct vm *vm = &f->vms[i];

	if (vm->n_disks == 0)
		fleet_add_disk(f, vm, DISK_IMAGE, TRI_NO);
	vm->disks[dice_below(d, (unsigned)vm->n_disks)].persistent =
	    dice_percent(d, 50) ? TRI_YES : TRI_UNKNOWN;
	if (class_of(f, i)->persistent == POLICY_PERSISTENT_KEEP || vm->cls == VM_CLASS_FAILED)
		*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(snapshot_or_image)
{
	if (dice_percent(d, 50))
		f->vms[i].snapshots = true;
	else
		f->vms[i].create_image = true;
	*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(may_have_run)
{
	(void)d;
	if (f->vms[i].ever_ran != TRI_NO)
		return false;
	f->vms[i].ever_ran = TRI_UNKNOWN;
	if (f->vms[i].state == 11 || (f->vms[i].state == 3 && f->vms[i].lcm == 39))
		*kind = MUTATION_KEEPS;
	return true;
}

/* --- missing or odd ------------------------------------------------------------------------------- */

CHANGE(not_read_whole)
{
	(void)d;
	f->vms[i].full = false;
	*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(odd_document)
{
	static const unsigned flags[] = {
	    VM_ODD_STATE, VM_ODD_TIME, VM_ODD_ADDRESS, VM_ODD_TEXT, VM_ODD_TWICE, VM_ODD_LIMIT};
	unsigned flag = flags[dice_below(d, 6)];

	f->vms[i].odd |= flag;
	if (flag != VM_ODD_ADDRESS || class_of(f, i)->silence)
		*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(deploy_id_missing)
{
	(void)d;
	if (f->vms[i].deploy_id[0] == '\0')
		return false;
	f->vms[i].deploy_id = "";
	/* its record is of another machine now: KEEPS, and the acknowledgement of a person is gone */
	*kind = MUTATION_KEEPS;
	return f->records[i].deploy_id[0] != '\0';
}

CHANGE(stime_missing)
{
	(void)d;
	f->vms[i].stime_s = 0;
	*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(host_id_missing)
{
	(void)d;
	if (f->vms[i].host_id < 0 || f->records[i].host_id != f->vms[i].host_id)
		return false;
	f->vms[i].host_id = -1;
	*kind = MUTATION_KEEPS | MUTATION_HELPS; /* one less in the storm of that host */
	return true;
}

CHANGE(history_missing)
{
	(void)d;
	if (f->vms[i].seq < 0 || f->records[i].seq != f->vms[i].seq)
		return false;
	f->vms[i].seq = -1;
	*kind = MUTATION_KEEPS;
	return true;
}

CHANGE(state_missing)
{
	struct vm *vm = &f->vms[i];

	if (dice_percent(d, 50))
		vm->state = -1;
	else
		vm->lcm = -1;
	vm_classify(f->listing.era, vm);
	*kind = MUTATION_KEEPS | MUTATION_HELPS; /* one problem less in the storm */
	return true;
}

/* What is not known of the owner, the group or the name can only speak for the machine. */
CHANGE(name_missing)
{
	struct vm *vm = &f->vms[i];

	switch (dice_below(d, 5)) {
	case 0:
		vm->uname = "";
		break;
	case 1:
		vm->gname = "";
		break;
	case 2:
		vm->name = "";
		break;
	case 3:
		vm->gid = -1;
		break;
	default:
		if (f->records[i].uid != vm->uid)
			return false;
		vm->uid = -1;
		*kind = MUTATION_KEEPS;
	}
	return true;
}

/* The documents of its network cards are there, and say no address (any more). */
CHANGE(addresses_dropped)
{
	struct vm *vm = &f->vms[i];

	if (vm->n_addrs == 0)
		return false;
	if (dice_percent(d, 50) && vm->addrs[vm->n_addrs - 1].origin == ADDR_NIC)
		vm->n_addrs--;
	else
		vm->n_addrs = 0;
	*kind = MUTATION_HELPS | MUTATION_KEEPS;
	return vm->n_nics > 0;
}

CHANGE(record_removed)
{
	(void)d;
	memset(&f->records[i], 0, sizeof(f->records[i]));
	f->records[i].deploy_id = "";
	*kind = MUTATION_KEEPS;
	return true;
}

/* --- around it ------------------------------------------------------------------------------------ */

CHANGE(canary_silent)
{
	struct sighting *s;

	(void)i;
	if (f->policy.probe.n_canaries == 0)
		return false;
	s = &f->canaries[dice_below(d, (unsigned)f->policy.probe.n_canaries)];
	memset(s, 0, sizeof(*s));
	s->ping = (struct sighting_part){
	    .result = dice_percent(d, 50) ? PROBE_SILENT : PROBE_CUT, .tries = 3};
	*kind = MUTATION_GATE;
	return true;
}

CHANGE(host_not_monitored)
{
	static const int32_t states[] = {-1, 0, 3, 4, 5, 6, 7, 8, 9};

	for (size_t k = 0; k < f->listing.n_hosts; k++) {
		struct host *h = &f->hosts[k];

		if (h->id != f->vms[i].host_id)
			continue;
		switch (dice_below(d, 4)) {
		case 0:
			h->state = states[dice_below(d, 9)];
			break;
		case 1:
			h->monitored_s = 0;
			break;
		case 2:
			h->monitored_s = FLEET_NOW - f->policy.reap.host_fresh_s - 1;
			break;
		default:
			/* no such host any more; the id is now that of none */
			h->id = 99;
		}
		/* 7 and 11 are on no host: they stay as they were, and may move up */
		*kind = MUTATION_OTHERS;
		if (f->vms[i].state == 3)
			*kind |= MUTATION_KEEPS;
		/* of two hosts of one id, neither was believed; now the other one is */
		for (size_t m = 0; m < f->listing.n_hosts; m++) {
			if (m != k && f->hosts[m].id == f->vms[i].host_id)
				return false;
		}
		return true;
	}
	return false;
}

CHANGE(runs_elsewhere)
{
	struct host *h;

	if (f->listing.n_hosts == 0)
		return false;
	h = &f->hosts[dice_below(d, (unsigned)f->listing.n_hosts)];
	h->zombies = arena_calloc(f->a, 1, sizeof(*h->zombies));
	h->zombies[0] = f->vms[i].id;
	/* the id that stood there before is forgotten, and that one may be killed now */
	*kind = MUTATION_KEEPS | (h->n_zombies > 0 ? MUTATION_HELPS : 0);
	h->n_zombies = 1;
	return true;
}

#define ROW(change)             \
	{                       \
#change, change \
	}
const struct mutation mutations[] = {ROW(ping_answers), ROW(ssh_answers), ROW(connect_answers),
    ROW(probe_is_lost), ROW(another_claims_its_address), ROW(locked), ROW(keep_attribute),
    ROW(keep_label), ROW(keep_of_the_ledger), ROW(wanted_by_the_cloud), ROW(disk_is_persistent),
    ROW(snapshot_or_image), ROW(may_have_run), ROW(not_read_whole), ROW(odd_document),
    ROW(deploy_id_missing), ROW(stime_missing), ROW(host_id_missing), ROW(history_missing),
    ROW(state_missing), ROW(name_missing), ROW(addresses_dropped), ROW(record_removed),
    ROW(canary_silent), ROW(host_not_monitored), ROW(runs_elsewhere)};
const size_t n_mutations = sizeof(mutations) / sizeof(mutations[0]);

bool
mutation_apply(struct fleet *f, size_t i, size_t which, struct dice *d, unsigned *kind)
{
	*kind = 0;
	return mutations[which].change(f, i, d, kind);
}
