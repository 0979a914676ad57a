/* SPDX-License-Identifier: ISC */
/*
 * vmxml: elements of VM_POOL and VM into struct vm.
 *
 * The table says which paths count, on_leave() what each one means. Must never take a value by its
 * bare name: a tenant's template may hold elements named STATE, LOCK or ID. Must never fail because
 * of one odd machine: it is flagged and kept; only a machine without an id breaks the listing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "cloud/era.h"
#include "cloud/vmpaths.h"
#include "cloud/vmtake.h"

#define NUMBER(name, parent)                                \
	{                                                   \
		name, parent, XMLPATH_KEEP, LIMIT_NUMBER, 0 \
	}
#define TEXT(name, parent, max)                    \
	{                                          \
		name, parent, XMLPATH_KEEP, max, 0 \
	}
#define ELEMENT(name, parent)                    \
	{                                        \
		name, parent, XMLPATH_NONE, 0, 0 \
	}
#define ALIAS(name, parent, to)                   \
	{                                         \
		name, parent, XMLPATH_NONE, 0, to \
	}

static const struct xmlpath_node nodes[NODES] = {
    [DOCUMENT] = ELEMENT("", 0),
    [POOL] = ELEMENT("VM_POOL", DOCUMENT),
    [VM] = ELEMENT("VM", POOL),
    [ALONE] = ALIAS("VM", DOCUMENT, VM),
    [ID] = NUMBER("ID", VM),
    [UID] = NUMBER("UID", VM),
    [GID] = NUMBER("GID", VM),
    [UNAME] = TEXT("UNAME", VM, LIMIT_NAME),
    [USERNAME] = ALIAS("USERNAME", VM, UNAME), /* 2.2 */
    [GNAME] = TEXT("GNAME", VM, LIMIT_NAME),
    [NAME] = TEXT("NAME", VM, LIMIT_NAME),
    [LAST_POLL] = NUMBER("LAST_POLL", VM),
    [STATE] = NUMBER("STATE", VM),
    [LCM_STATE] = NUMBER("LCM_STATE", VM),
    [STIME] = NUMBER("STIME", VM),
    [ETIME] = NUMBER("ETIME", VM),
    [DEPLOY_ID] = TEXT("DEPLOY_ID", VM, LIMIT_NAME),
    [PERMISSIONS] = ELEMENT("PERMISSIONS", VM),
    [LOCK] = ELEMENT("LOCK", VM),
    [LOCKED] = NUMBER("LOCKED", LOCK),
    [SEEN_CPU] = NUMBER("CPU", VM),
    [SEEN_MEMORY] = NUMBER("MEMORY", VM),
    [MONITORING] = ELEMENT("MONITORING", VM),
    [M_CPU] = NUMBER("CPU", MONITORING),
    [M_MEMORY] = NUMBER("MEMORY", MONITORING),
    [GUEST_IP] = TEXT("GUEST_IP", MONITORING, LIMIT_GUEST_LIST),
    [GUEST_IP_ADDRESSES] = TEXT("GUEST_IP_ADDRESSES", MONITORING, LIMIT_GUEST_LIST),
    [SCHED_ACTIONS] = ELEMENT("SCHED_ACTIONS", VM),
    [SCHED_ACTIONS_ACTION] = ELEMENT("SCHED_ACTION", SCHED_ACTIONS),
    [SCHED_ACTIONS_ANY] = ELEMENT("*", SCHED_ACTIONS),
    [ACTION_DONE] = NUMBER("DONE", SCHED_ACTIONS_ACTION),
    [SNAPSHOTS] = ELEMENT("SNAPSHOTS", VM),
    [DISK_SNAPSHOT] = ELEMENT("SNAPSHOT", SNAPSHOTS),
    [TEMPLATE] = ELEMENT("TEMPLATE", VM),
    [T_CPU] = NUMBER("CPU", TEMPLATE),
    [T_VCPU] = NUMBER("VCPU", TEMPLATE),
    [T_MEMORY] = NUMBER("MEMORY", TEMPLATE),
    [T_DISK] = ELEMENT("DISK", TEMPLATE),
    [T_NIC] = ELEMENT("NIC", TEMPLATE),
    [T_NIC_ALIAS] = ELEMENT("NIC_ALIAS", TEMPLATE),
    [T_SNAPSHOT] = ELEMENT("SNAPSHOT", TEMPLATE),
    [T_CREATE_IMAGE] = ELEMENT("CREATE_IMAGE", TEMPLATE),
    [T_ERROR] = TEXT("ERROR", TEMPLATE, LIMIT_ERROR),
    [T_ERROR_MESSAGE] = TEXT("MESSAGE", T_ERROR, LIMIT_ERROR),
    [T_VROUTER_ID] = NUMBER("VROUTER_ID", TEMPLATE),
    [T_IMPORTED] = NUMBER("IMPORTED", TEMPLATE),
    [T_IMPORT_VM_ID] = NUMBER("IMPORT_VM_ID", TEMPLATE),
    [T_SCHED_ACTION] = ELEMENT("SCHED_ACTION", TEMPLATE),
    [T_ACTION_DONE] = NUMBER("DONE", T_SCHED_ACTION),
    [T_CONTEXT] =
	ELEMENT("CONTEXT", TEMPLATE), /* keys and cookies: named so that T_ANY is not it */
    [T_NAME] = ELEMENT("NAME", TEMPLATE),
    [T_VMID] = ELEMENT("VMID", TEMPLATE),
    [T_ANY] = TEXT("*", TEMPLATE, LIMIT_ATTR_VALUE),
    [DISK_ID] = NUMBER("DISK_ID", T_DISK),
    [DISK_TYPE] = NUMBER("TYPE", T_DISK),
    [DISK_SOURCE] = TEXT("SOURCE", T_DISK, LIMIT_SOURCE),
    [DISK_IMAGE_NAME] = TEXT("IMAGE", T_DISK, LIMIT_NAME),
    [DISK_IMAGE_ID] = NUMBER("IMAGE_ID", T_DISK),
    [DISK_CLONE] = NUMBER("CLONE", T_DISK),
    [DISK_SAVE] = NUMBER("SAVE", T_DISK),
    [DISK_PERSISTENT] = NUMBER("PERSISTENT", T_DISK),
    [DISK_SIZE] = NUMBER("SIZE", T_DISK),
    [NIC_IP] = NUMBER("IP", T_NIC),
    [NIC_IP6] = NUMBER("IP6", T_NIC),
    [NIC_IP6_GLOBAL] = NUMBER("IP6_GLOBAL", T_NIC),
    [NIC_IP6_ULA] = NUMBER("IP6_ULA", T_NIC),
    [NIC_EXTERNAL_IP] = NUMBER("EXTERNAL_IP", T_NIC),
    [NIC_NETWORK] = TEXT("NETWORK", T_NIC, LIMIT_NAME),
    [NIC_NETWORK_ID] = NUMBER("NETWORK_ID", T_NIC),
    [ALIAS_IP] = NUMBER("IP", T_NIC_ALIAS),
    [ALIAS_IP6] = NUMBER("IP6", T_NIC_ALIAS),
    [ALIAS_IP6_GLOBAL] = NUMBER("IP6_GLOBAL", T_NIC_ALIAS),
    [ALIAS_IP6_ULA] = NUMBER("IP6_ULA", T_NIC_ALIAS),
    [ALIAS_EXTERNAL_IP] = NUMBER("EXTERNAL_IP", T_NIC_ALIAS),
    [ALIAS_NETWORK] = TEXT("NETWORK", T_NIC_ALIAS, LIMIT_NAME),
    [ALIAS_NETWORK_ID] = NUMBER("NETWORK_ID", T_NIC_ALIAS),
    [USER_TEMPLATE] = ELEMENT("USER_TEMPLATE", VM),
    [U_LABELS] = TEXT("LABELS", USER_TEMPLATE, LIMIT_LABELS),
    [U_ERROR] = TEXT("ERROR", USER_TEMPLATE, LIMIT_ERROR),
    [U_SERVICE_ID] = NUMBER("SERVICE_ID", USER_TEMPLATE),
    [U_IMPORT_VM_ID] = NUMBER("IMPORT_VM_ID", USER_TEMPLATE),
    [U_SCHED_ACTION] = ELEMENT("SCHED_ACTION", USER_TEMPLATE),
    [U_ACTION_DONE] = NUMBER("DONE", U_SCHED_ACTION),
    [U_ANY] = TEXT("*", USER_TEMPLATE, LIMIT_ATTR_VALUE),
    [HISTORY_RECORDS] = ELEMENT("HISTORY_RECORDS", VM),
    [HISTORY] = ELEMENT("HISTORY", HISTORY_RECORDS),
    [HISTORY_DIRECT] = ALIAS("HISTORY", VM, HISTORY),
    [H_SEQ] = NUMBER("SEQ", HISTORY),
    [H_HOSTNAME] = TEXT("HOSTNAME", HISTORY, LIMIT_NAME),
    [H_HID] = NUMBER("HID", HISTORY),
    [H_STIME] = NUMBER("STIME", HISTORY),
    [H_RSTIME] = NUMBER("RSTIME", HISTORY),
    [H_RETIME] = NUMBER("RETIME", HISTORY),
    [H_PSTIME] = NUMBER("PSTIME", HISTORY),
    [H_ESTIME] = NUMBER("ESTIME", HISTORY),
    [H_EETIME] = NUMBER("EETIME", HISTORY),
};

static void
machine_begin(struct vmxml *x)
{
	x->vm = (struct vm){
	    .id = -1,
	    .uid = -1,
	    .gid = -1,
	    .name = "",
	    .uname = "",
	    .gname = "",
	    .state = -1,
	    .lcm = -1,
	    .deploy_id = "",
	    .host = "",
	    .seen_cpu = "",
	    .seen_memory = "",
	    .host_id = -1,
	    .seq = -1,
	    .service_id = -1,
	    .vrouter_id = -1,
	};
	x->has_id = false;
	x->once = x->filled = 0;
	x->permissions = x->user_template = x->history_records = x->history_direct = false;
	x->n_template_attrs = 0;
	x->n_records = 0;
	x->ran = false;
	x->all_rstime = true;
	x->last = (struct history_record){.seq = -1, .host_id = -1, .host = ""};
}

static void
record_end(struct vmxml *x)
{
	if (x->record.seq < 0)
		x->record.seq = (int64_t)x->n_records;
	x->n_records++;
	x->ran = x->ran || x->record.rstime_s > 0;
	x->all_rstime = x->all_rstime && x->record.has_rstime;
	if (x->record.seq >= x->last.seq)
		x->last = x->record;
}

/* Did it ever run? "No" only if every record from the first one on was there and said so. */
static enum tri
ever_ran(const struct vmxml *x)
{
	if (x->ran)
		return TRI_YES;
	if (x->n_records == 0)
		return x->history_records ? TRI_NO : TRI_UNKNOWN;
	if (x->all_rstime && x->last.seq + 1 == (int64_t)x->n_records)
		return TRI_NO;
	return TRI_UNKNOWN;
}

static void *
copy(struct vmxml *x, const void *from, size_t n, size_t size)
{
	void *p;

	if (n == 0)
		return NULL;
	p = arena_calloc(x->arena, n, size);
	if (p != NULL)
		memcpy(p, from, n * size);
	else
		x->limit = true;
	return p;
}

static void
history_take(struct vmxml *x)
{
	x->vm.seq = x->last.seq;
	x->vm.host_id = x->last.host_id;
	x->vm.host = x->last.host;
	x->vm.hstime_s = x->last.stime_s;
	x->vm.rstime_s = x->last.rstime_s;
	x->vm.retime_s = x->last.retime_s;
	x->vm.pstime_s = x->last.pstime_s;
	x->vm.estime_s = x->last.estime_s;
	x->vm.eetime_s = x->last.eetime_s;
	x->vm.ever_ran = ever_ran(x);
}

static void
template_attrs_take(struct vmxml *x)
{
	if (x->era == NULL && x->user_template)
		return; /* a later era: TEMPLATE holds the system's own */
	for (size_t i = 0; i < x->n_template_attrs; i++) {
		if (x->vm.n_attrs == LIMIT_ATTRS) {
			x->vm.odd |= VM_ODD_LIMIT;
			return;
		}
		x->attrs[x->vm.n_attrs++] = x->template_attrs[i];
	}
}

static void
seen_note(struct vmxml *x)
{
	x->seen.permissions = x->seen.permissions || x->permissions;
	x->seen.user_template = x->seen.user_template || x->user_template;
	x->seen.history_records = x->seen.history_records || x->history_records;
	x->seen.history_direct = x->seen.history_direct || x->history_direct;
}

/*
 * The first machine in which the document was not what a daemon writes. Where names are raw one may hold
 * whole elements; but it cannot take away those that the daemon writes, unless something hides them.
 */
static void
doubt_find(struct vmxml *x)
{
	/*
	 * Together too long for the 128 characters of a name, which would have to supply them (2.2 to 4.12): the
	 * numbers are never empty.
	 */
	static const unsigned numbers[] = {UID, LAST_POLL, STATE, LCM_STATE, STIME, ETIME},
			      always[] = {NAME, DEPLOY_ID, TEMPLATE};
	bool whole = true;

	if (x->doubt || (x->era != NULL && !x->era->raw_names))
		return;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		whole = whole && (x->filled & (UINT64_C(1) << numbers[i])) != 0;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		whole = whole && (x->once & (UINT64_C(1) << always[i])) != 0;
	if (whole && !xmlpath_hides(x->path))
		return;
	x->doubt = true;
	x->flaw = x->vm.id;
}

static void
machine_end(struct vmxml *x)
{
	struct vm *slot, *vm = &x->vm;

	if (!x->has_id) {
		xmlpath_refuse(
		    x->path, "machine %zu of the document has no readable ID", x->out->n + 1);
		return;
	}
	if ((int64_t)x->out->n >= x->max_machines) {
		x->limit = true;
		xmlpath_refuse(x->path, "it has more than %lld machines ([cloud] max_machines)",
		    (long long)x->max_machines);
		return;
	}
	doubt_find(x);
	if ((vm->odd & VM_ODD_TWICE) == 0)
		seen_note(x);
	/* The short body has no PERMISSIONS; before 5.8 there is none. */
	if (x->era == NULL)
		vm->full = x->permissions || !x->user_template;
	else
		vm->full = x->permissions || !x->era->short_list;
	vm_classify(x->era, vm);
	if ((vm->odd & VM_ODD_TWICE) != 0 || vm->id < 0)
		vm->cls = VM_CLASS_UNRECOGNISED;
	history_take(x);
	template_attrs_take(x);
	for (size_t i = 0; i < vm->n_disks; i++) {
		disk_judge(&x->words[i], vm->full, &x->disks[i]);
		vm->disk_mib += x->disks[i].size_mib;
	}
	if (vm->vcpu == 0 && vm->cpu > 0)
		vm->vcpu = (int32_t)vm->cpu + (vm->cpu > (double)(int32_t)vm->cpu);
	vm->addrs = copy(x, x->addrs, vm->n_addrs, sizeof(x->addrs[0]));
	vm->disks = copy(x, x->disks, vm->n_disks, sizeof(x->disks[0]));
	vm->attrs = copy(x, x->attrs, vm->n_attrs, sizeof(x->attrs[0]));
	slot = arena_push(x->arena, (void **)&x->out->v, x->out->n, sizeof(*slot));
	if (slot == NULL || x->limit) {
		x->limit = true;
		xmlpath_refuse(x->path,
		    "it needs more memory than [cloud] max_memory, or this process, may have");
		return;
	}
	*slot = *vm;
	x->out->n++;
}

static void
disk_begin(struct vmxml *x)
{
	if (x->vm.n_disks == LIMIT_DISKS) {
		x->vm.odd |= VM_ODD_LIMIT;
		x->vm.n_disks--; /* the last slot is written over; the flag keeps the machine */
	}
	x->disks[x->vm.n_disks] = (struct vm_disk){.id = -1};
	x->words[x->vm.n_disks] = (struct disk_words){.clone = TRI_UNKNOWN};
}

static void
on_enter(void *ctx, unsigned node, const char *name)
{
	struct vmxml *x = ctx;

	if (node > VM && node <= VM_LAST) {
		if ((x->once & (UINT64_C(1) << node)) != 0)
			x->vm.odd |= VM_ODD_TWICE;
	}
	switch (node) {
	case VM:
		machine_begin(x);
		break;
	case PERMISSIONS:
		x->permissions = true;
		break;
	case USER_TEMPLATE:
		x->user_template = true;
		break;
	case HISTORY_RECORDS:
		x->history_records = true;
		break;
	case LOCK:
		x->locked = false;
		break;
	case HISTORY:
		x->history_direct = x->history_direct || !x->history_records;
		x->record = (struct history_record){.seq = -1, .host_id = -1, .host = ""};
		break;
	case SCHED_ACTIONS_ACTION:
	case T_SCHED_ACTION:
	case U_SCHED_ACTION:
		x->action_done = false;
		break;
	case SCHED_ACTIONS_ANY:
		x->vm.sched_action = true;
		break;
	case T_SNAPSHOT:
	case DISK_SNAPSHOT:
		x->vm.snapshots = true;
		break;
	case T_CREATE_IMAGE:
		x->vm.create_image = true;
		break;
	case T_DISK:
		disk_begin(x);
		break;
	case T_NIC:
		x->vm.n_nics++;
		vmtake_nic_begin(x);
		break;
	case T_NIC_ALIAS:
		vmtake_nic_begin(x);
		break;
	case T_ANY:
	case U_ANY:
		/* Names are ASCII (OpenNebula's template grammar); a longer one is cut. */
		snprintf(x->attr_name, sizeof(x->attr_name), "%s", name);
		if (strlen(name) > LIMIT_ATTR_NAME)
			x->vm.odd |= VM_ODD_LIMIT;
		break;
	default:
		break;
	}
}

static void
on_leave(void *ctx, unsigned node, const char *s, size_t len, bool cut)
{
	struct vmxml *x = ctx;
	int64_t done;

	if (node > VM && node <= VM_LAST) {
		vmtake_vm(x, node, s, len, cut);
		return;
	}
	switch (node) {
	case VM:
		machine_end(x);
		break;
	case SEEN_CPU:
	case M_CPU:
		x->vm.seen_cpu = vmtake_figure(x, s);
		break;
	case SEEN_MEMORY:
	case M_MEMORY:
		x->vm.seen_memory = vmtake_figure(x, s);
		break;
	case LOCKED:
		vmtake_lock(x, s);
		break;
	case GUEST_IP:
	case GUEST_IP_ADDRESSES:
		vmtake_guest_list(x, s, cut);
		break;
	case ACTION_DONE:
	case T_ACTION_DONE:
	case U_ACTION_DONE:
		x->action_done = units_int(s, 1, INT64_MAX, &done) == 0;
		break;
	case SCHED_ACTIONS_ACTION:
	case T_SCHED_ACTION:
	case U_SCHED_ACTION:
		x->vm.sched_action = x->vm.sched_action || !x->action_done;
		break;
	case T_DISK:
		x->vm.n_disks++;
		break;
	case T_NIC:
	case T_NIC_ALIAS:
		vmtake_nic_end(x);
		break;
	case HISTORY:
		record_end(x);
		break;
	default:
		if (node >= DISK_ID && node <= DISK_SIZE)
			vmtake_disk(x, node, s, len, cut);
		else if (node >= NIC_IP && node <= ALIAS_NETWORK_ID)
			vmtake_nic(x, node, s, len);
		else if (node >= H_SEQ && node <= H_EETIME)
			vmtake_history(x, node, s, len, cut);
		else
			vmtake_template(x, node, s, len, cut);
		break;
	}
}

static const struct xmlpath_ops ops = {on_enter, on_leave, NULL};

struct vmxml *
vmxml_new(struct arena *a, const struct era *era, int64_t max_machines, struct vm_list *out)
{
	struct vmxml *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->arena = a;
	x->era = era;
	x->max_machines = max_machines;
	x->out = out;
	x->flaw = -1;
	x->path = xmlpath_new(nodes, NODES, &ops, x);
	if (x->path == NULL) {
		free(x);
		return NULL;
	}
	xmlpath_guard(x->path, "VM");
	return x;
}

void
vmxml_free(struct vmxml *x)
{
	if (x == NULL)
		return;
	xmlpath_free(x->path);
	free(x);
}

int
vmxml_feed(struct vmxml *x, const char *s, size_t len)
{
	return xmlpath_feed(x->path, s, len);
}

int
vmxml_end(struct vmxml *x, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE};

	if (xmlpath_end(x->path, &why) == 0) {
		/* what came behind the last machine */
		if ((x->era == NULL || x->era->raw_names) && xmlpath_hides(x->path))
			x->doubt = true;
		return 0;
	}
	if (!x->doubt)
		x->flaw = x->has_id ? x->vm.id : -1;
	return fault_set(
	    f, x->limit ? FAULT_LIMIT : FAULT_REPLY, "the list of machines: %s", why.msg);
}

const struct vmxml_seen *
vmxml_seen(const struct vmxml *x)
{
	return &x->seen;
}

bool
vmxml_in_doubt(const struct vmxml *x)
{
	return x->doubt;
}

int64_t
vmxml_flaw(const struct vmxml *x)
{
	return x->flaw;
}
