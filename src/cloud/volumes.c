/* SPDX-License-Identifier: ISC */
/*
 * volumes: see volumes.h. Whatever is missing here ends in "not known", which keeps every machine.
 */
#include <stdio.h>
#include <string.h>

#include "cloud/limits.h"
#include "cloud/volumes.h"
#include "policy/policy.h"

/* --- reading -------------------------------------------------------------------------------------- */

/*
 * Does the account see everybody's volumes? An ordinary one is given its own and nothing else (its query is
 * "owner = user"), which looks like a cloud without volumes. The service's own user sees all, and so does whoever is
 * shown a volume of somebody else.
 */
static bool
sees_all(const struct volumes *vs, const char *user)
{
	const char *first = user;

	if (user != NULL && strcmp(user, "pdisk") == 0)
		return true;
	for (size_t i = 0; i < vs->n; i++) {
		if (first == NULL)
			first = vs->v[i].owner;
		else if (strcmp(first, vs->v[i].owner) != 0)
			return true;
	}
	return false;
}

static void
check_mounts(struct volumes *vs)
{
	for (size_t i = 0; i < vs->n; i++) {
		const struct pdisk_volume *v = &vs->v[i];

		if (!v->mounts_known) {
			vs->unknown = "pdisk did not answer";
			fault_set(&vs->why, FAULT_REPLY,
			    "pdisk did not say who has volume %s mounted", v->uuid);
			fault_remedy(&vs->why,
			    "see the log of the pdisk service; [cloud] timeout can be raised");
			return;
		}
		for (size_t k = 0; k < v->n_mounts; k++) {
			if (v->mounts[k].vm_id >= 0)
				continue;
			vs->unknown = "pdisk names no machine for a mount";
			fault_set(&vs->why, FAULT_REPLY,
			    "pdisk says that volume %s is mounted, and not by which machine",
			    v->uuid);
			fault_remedy(&vs->why, "look at its mounts in the pdisk service");
			return;
		}
	}
	vs->known = true;
}

void
volumes_read(const struct policy *p, struct arena *a, int64_t limit_ms, struct volumes *out)
{
	struct pdisk_config c = {.endpoint = p->cloud.pdisk,
	    .ca_file = p->cloud.ca_file,
	    .ca_dir = p->cloud.ca_dir,
	    .insecure = p->cloud.insecure,
	    .connect_timeout_ms = p->cloud.connect_timeout_ms,
	    .timeout_ms = p->cloud.timeout_ms};
	const char *file =
	    p->cloud.pdisk_auth_file != NULL ? p->cloud.pdisk_auth_file : p->cloud.auth_file;
	char *session = NULL, *colon;

	memset(out, 0, sizeof(*out));
	out->unknown = "";
	if (p->cloud.pdisk == NULL)
		return;
	out->asked = true;
	out->unknown = "pdisk did not answer";
	if (limit_ms > 0 &&
	    c.timeout_ms > limit_ms / 2) /* the list, and all mounts as long again */
		c.timeout_ms = limit_ms / 2 > 0 ? limit_ms / 2 : 1;
	if (file == NULL && p->cloud.cert_file != NULL) {
		c.cert_file = p->cloud.cert_file;
		c.key_file = p->cloud.key_file;
	} else {
		if (policy_credential(file, &session, &out->why) != 0)
			return;
		colon = strchr(session, ':'); /* policy_credential looked that there is one */
		*colon = '\0';
		c.user = session;
		c.password = colon + 1;
	}
	if (pdisk_list(&c, a, &out->v, &out->n, &out->why) != 0)
		out->n = 0;
	else if (!sees_all(out, c.user)) {
		out->unknown = "the pdisk account may not see everybody's volumes";
		fault_set(&out->why, FAULT_RIGHTS,
		    "pdisk shows the account %s no volumes but its own",
		    c.user != NULL ? c.user : "of the certificate");
		fault_remedy(
		    &out->why, "set [cloud] pdisk_auth_file to the service's own user, pdisk");
	} else
		check_mounts(out);
	if (session != NULL)
		session[strlen(session)] = ':'; /* or only the user would be wiped */
	policy_credential_free(session);
}

/* --- disks ---------------------------------------------------------------------------------------- */

static int
disk_add(struct arena *a, struct vm *vm, const struct vm_disk *disk)
{
	struct vm_disk *grown;

	if (vm->n_disks >= LIMIT_DISKS) {
		vm->odd |= VM_ODD_LIMIT; /* what did not fit may be data */
		return 0;
	}
	grown = arena_calloc(a, vm->n_disks + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	if (vm->n_disks > 0)
		memcpy(grown, vm->disks, vm->n_disks * sizeof(*grown));
	grown[vm->n_disks] = *disk;
	vm->disks = grown;
	vm->n_disks++;
	return 0;
}

/* One that was attached at launch stands in the document already. */
static bool
has_volume(const struct vm *vm, const char *uuid)
{
	char own[37];

	for (size_t i = 0; i < vm->n_disks; i++)
		if (vm->disks[i].image != NULL && pdisk_uuid(vm->disks[i].image, own) &&
		    strcmp(own, uuid) == 0)
			return true;
	return false;
}

static struct vm *
vm_by_id(struct vm *vms, size_t n, int64_t id)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (vms[mid].id == id)
			return &vms[mid];
		if (vms[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static int
volume_add(const struct pdisk_volume *v, struct arena *a, struct vm *vms, size_t n)
{
	struct vm_disk disk = {.id = -1,
	    .kind = DISK_VOLUME,
	    .persistent = TRI_YES,
	    .size_mib = v->size_gib < LIMIT_MIB_MAX / 1024 ? v->size_gib * 1024 : 0};

	for (size_t k = 0; k < v->n_mounts; k++) {
		struct vm *vm = vm_by_id(vms, n, v->mounts[k].vm_id);

		if (vm == NULL || has_volume(vm, v->uuid))
			continue;
		disk.image = arena_printf(a, "pdisk:%s", v->uuid);
		if (disk.image == NULL || disk_add(a, vm, &disk) != 0)
			return -1;
	}
	return 0;
}

int
volumes_add(const struct volumes *vs, struct arena *a, struct vm *vms, size_t n)
{
	const struct vm_disk nobody_knows = {
	    .id = -1, .kind = DISK_OTHER, .persistent = TRI_UNKNOWN, .image = vs->unknown};

	if (!vs->asked)
		return 0;
	/* What was read is said even where it is not all. */
	for (size_t i = 0; i < vs->n; i++)
		if (volume_add(&vs->v[i], a, vms, n) != 0)
			return -1;
	for (size_t i = 0; i < n && !vs->known; i++)
		if (vms[i].cls != VM_CLASS_DONE && disk_add(a, &vms[i], &nobody_knows) != 0)
			return -1;
	return 0;
}

/* --- orphans -------------------------------------------------------------------------------------- */

/* Is the machine gone or Done, by the cloud's own word? */
static bool
is_gone(struct cloud *c, struct arena *a, const struct era *era, int64_t id)
{
	struct fault f = {.kind = FAULT_NONE};
	struct vm vm;

	if (cloud_inspect(c, a, era, id, &vm, &f) != 0)
		return f.kind == FAULT_GONE;
	return vm.cls == VM_CLASS_DONE;
}

int
volumes_find_orphans(struct volumes *vs, const struct policy *p, struct arena *a,
    struct cloud *c, const struct listing *l)
{
	struct looked_up {
		int64_t id;
		bool gone;
	} seen[LIMIT_ORPHANS];
	size_t n_ids = 0, n_seen = 0, kept = 0, k;
	int64_t *ids;

	if (!vs->known || !l->complete || c == NULL)
		return 0;
	ids = arena_calloc(a, l->n + 1, sizeof(*ids));
	if (ids == NULL)
		return -1;
	for (size_t i = 0; i < l->n; i++)
		if (l->vms[i].cls != VM_CLASS_DONE)
			ids[n_ids++] = l->vms[i].id;
	if (pdisk_orphans(
		a, p->cloud.pdisk, vs->v, vs->n, ids, n_ids, &vs->orphans, &vs->n_orphans) != 0)
		return -1;
	for (size_t i = 0; i < vs->n_orphans; i++) {
		int64_t id = vs->orphans[i].vm_id;

		for (k = 0; k < n_seen && seen[k].id != id; k++)
			;
		if (k == n_seen && n_seen == LIMIT_ORPHANS)
			break; /* the next sweep has the rest, once these are mended */
		if (k == n_seen)
			seen[n_seen++] = (struct looked_up){id, is_gone(c, a, l->era, id)};
		if (seen[k].gone)
			vs->orphans[kept++] = vs->orphans[i];
	}
	vs->n_orphans = kept;
	vs->orphans_known = true;
	return 0;
}
