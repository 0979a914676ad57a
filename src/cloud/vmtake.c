/* SPDX-License-Identifier: ISC */
/*
 * vmtake: the text of one element into the machine that is being read.
 *
 * Every value is bounded and judged here: a number that is none, a time that is no time, an address that does
 * not parse leave a flag and no value. Must never fail: one odd value is that machine's oddity.
 */
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "cloud/era.h"
#include "cloud/vmpaths.h"
#include "cloud/vmtake.h"

static const char *
intern(struct vmxml *x, const char *s, size_t len)
{
	const char *p = arena_intern(x->arena, s, len);

	if (p == NULL && !x->limit) {
		x->limit = true;
		xmlpath_refuse(x->path,
		    "it needs more memory than [cloud] max_memory, or this process, may have");
	}
	return p != NULL ? p : "";
}

/* An integer in [lo, hi], or the default; false when there is text that is none. */
static bool
take_int(const char *s, int64_t lo, int64_t hi, int64_t fallback, int64_t *out)
{
	*out = fallback;
	return *s == '\0' || units_int(s, lo, hi, out) == 0 || (*out = fallback, false);
}

static int32_t
take_id(const char *s)
{
	int64_t v;

	take_int(s, 0, INT32_MAX, -1, &v);
	return (int32_t)v;
}

static int64_t
take_time(struct vmxml *x, const char *s)
{
	int64_t v;

	if (!take_int(s, 0, LIMIT_TIME_MAX, 0, &v))
		x->vm.odd |= VM_ODD_TIME;
	return v;
}

static int32_t
take_state(struct vmxml *x, const char *s)
{
	int64_t v;

	if (*s == '\0' || !take_int(s, 0, INT32_MAX, -1, &v)) {
		x->vm.odd |= VM_ODD_STATE;
		return -1;
	}
	return (int32_t)v;
}

static const char *
take_name(struct vmxml *x, const char *s, size_t len, bool cut)
{
	if (cut || !text_is_clean(s))
		x->vm.odd |= VM_ODD_TEXT;
	return intern(x, s, len);
}

/* "0.5", "2": CPU shares are written with a point whatever the locale. 0 for anything else. */
static double
take_share(const char *s)
{
	double v = 0, unit = 0.1;

	for (; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (*s - '0');
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, unit /= 10)
			v += (*s - '0') * unit;
	}
	return *s == '\0' && v < 1e6 ? v : 0;
}

const char *
vmtake_figure(struct vmxml *x, const char *s)
{
	size_t n = strspn(s, "0123456789.");

	return s[n] == '\0' ? intern(x, s, n) : "";
}

static void
addr_add(struct vmxml *x, const char *s, enum addr_origin origin)
{
	struct vm_addr *slot;
	struct addr a;

	if (*s == '\0')
		return;
	if (net_addr_parse(s, &a) != 0) {
		x->vm.odd |= VM_ODD_ADDRESS;
		return;
	}
	if (net_addr_is_special(&a) || net_addr_is_loopback(&a)) {
		/* A guest reports its link-local and loopback addresses: nothing odd about that. */
		if (origin == ADDR_GUEST)
			return;
		if (net_addr_is_special(&a)) {
			x->vm.odd |= VM_ODD_ADDRESS;
			return;
		}
	}
	for (size_t i = 0; i < x->vm.n_addrs; i++) {
		if (!net_addr_eq(&x->addrs[i].a, &a))
			continue;
		if (x->addrs[i].origin != ADDR_GUEST || origin == ADDR_GUEST)
			return;
		/* MONITORING comes first; but what the cloud leased is worth more than what a guest says. */
		x->vm.n_addrs--;
		memmove(
		    &x->addrs[i], &x->addrs[i + 1], (x->vm.n_addrs - i) * sizeof(x->addrs[0]));
		x->nic_from -= i < x->nic_from;
		break;
	}
	if (x->vm.n_addrs == LIMIT_ADDRS) {
		x->vm.odd |= VM_ODD_LIMIT;
		return;
	}
	slot = &x->addrs[x->vm.n_addrs++];
	*slot = (struct vm_addr){.a = a, .origin = origin, .network_id = -1};
}

/* "10.0.0.1,fe80::1": what the guest agent found. */
void
vmtake_guest_list(struct vmxml *x, const char *s, bool cut)
{
	char one[NET_STR_SIZE];
	size_t n;

	if (cut)
		x->vm.odd |= VM_ODD_LIMIT;
	while (*s != '\0') {
		s += strspn(s, ", \t\r\n");
		n = strcspn(s, ", \t\r\n");
		if (n >= sizeof(one)) {
			x->vm.odd |= VM_ODD_ADDRESS;
		} else if (n > 0 && !(cut && s[n] == '\0')) {
			memcpy(one, s, n);
			one[n] = '\0';
			addr_add(x, one, ADDR_GUEST);
		}
		s += n;
	}
}

void
vmtake_nic_begin(struct vmxml *x)
{
	x->nic_from = x->vm.n_addrs;
	x->network = NULL;
	x->network_id = -1;
}

void
vmtake_nic_end(struct vmxml *x)
{
	for (size_t i = x->nic_from; i < x->vm.n_addrs; i++) {
		x->addrs[i].network = x->network;
		x->addrs[i].network_id = x->network_id;
	}
}

/* True for names whose values must not be kept: they end in reports and ledgers otherwise. */
static bool
is_secret(const char *name)
{
	static const char *const parts[] = {
	    "PASSW", "SECRET", "TOKEN", "PRIVATE_KEY", "API_KEY"};
	char upper[LIMIT_ATTR_NAME + 1];
	size_t i;

	for (i = 0; i < LIMIT_ATTR_NAME && name[i] != '\0'; i++)
		upper[i] =
		    (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 'a' + 'A' : name[i]);
	upper[i] = '\0';
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strstr(upper, parts[i]) != NULL)
			return true;
	}
	return false;
}

static void
attr_add(
    struct vmxml *x, struct vm_attr *list, uint32_t *n, const char *value, size_t len, bool cut)
{
	if (*n == LIMIT_ATTRS) {
		x->vm.odd |= VM_ODD_LIMIT;
		return;
	}
	if (cut)
		x->vm.odd |= VM_ODD_LIMIT;
	list[*n].name = intern(x, x->attr_name, strlen(x->attr_name));
	list[*n].value = is_secret(x->attr_name) ? "" : intern(x, value, len);
	(*n)++;
}

/* True if this era's users set their attributes in TEMPLATE (USER_TEMPLATE came with 4.x). */
static bool
template_has_attrs(const struct vmxml *x)
{
	return x->era == NULL || x->era->to < 40400;
}

/* The elements directly under VM. */
void
vmtake_vm(struct vmxml *x, unsigned node, const char *s, size_t len, bool cut)
{
	struct vm *vm = &x->vm;
	bool again = (x->once & (UINT64_C(1) << node)) != 0;

	x->once |= UINT64_C(1) << node;
	if (*s != '\0')
		x->filled |= UINT64_C(1) << node;
	if (again && node != LOCK)
		return; /* the first one counts, and the machine is flagged */
	switch (node) {
	case ID:
		/* 32 bits, as one.vm.action takes. Negative: 3.2.1 can hold a bogus row -1 (rig.md). */
		x->has_id = *s != '\0' && take_int(s, INT32_MIN, INT32_MAX, -1, &vm->id);
		break;
	case UID:
		vm->uid = take_id(s);
		break;
	case GID:
		vm->gid = take_id(s);
		break;
	case UNAME:
		vm->uname = take_name(x, s, len, cut);
		break;
	case GNAME:
		vm->gname = take_name(x, s, len, cut);
		break;
	case NAME:
		vm->name = take_name(x, s, len, cut);
		break;
	case DEPLOY_ID:
		vm->deploy_id = take_name(x, s, len, cut);
		break;
	case LAST_POLL:
		vm->last_poll_s = take_time(x, s);
		break;
	case STATE:
		vm->state = take_state(x, s);
		break;
	case LCM_STATE:
		vm->lcm = take_state(x, s);
		break;
	case STIME:
		vm->stime_s = take_time(x, s);
		break;
	case ETIME:
		vm->etime_s = take_time(x, s);
		break;
	case LOCK:
		if (!x->locked)
			vm->lock = VM_LOCK_UNREADABLE;
		break;
	default:
		break;
	}
}

void
vmtake_lock(struct vmxml *x, const char *s)
{
	int64_t level;

	/* Zero is no lock; a level that is no number is one that we do not know (reapers.md C.7). */
	if (*s == '\0' || units_int(s, 0, INT32_MAX, &level) != 0)
		return;
	x->locked = true;
	if (level > x->vm.lock && x->vm.lock != VM_LOCK_UNREADABLE)
		x->vm.lock = (int32_t)level;
}

void
vmtake_disk(struct vmxml *x, unsigned node, const char *s, size_t len, bool cut)
{
	struct vm_disk *disk = &x->disks[x->vm.n_disks];
	struct disk_words *words = &x->words[x->vm.n_disks];

	switch (node) {
	case DISK_ID:
		disk->id = take_id(s);
		break;
	case DISK_TYPE:
		words->cdrom = disk_word_is(s, "CDROM");
		words->volatile_type = disk_word_is(s, "fs") || disk_word_is(s, "swap") ||
				       disk_word_is(s, "VOLATILE");
		break;
	case DISK_SOURCE:
		if (len > 0)
			words->source = intern(x, s, len);
		break;
	case DISK_IMAGE_NAME:
		if (len > 0)
			words->image = take_name(x, s, len, cut);
		break;
	case DISK_IMAGE_ID:
		words->has_image_id = len > 0;
		break;
	case DISK_CLONE:
		words->clone = disk_word_tri(s);
		break;
	case DISK_SAVE:
		words->save = disk_word_tri(s);
		break;
	case DISK_PERSISTENT:
		words->persistent = disk_word_tri(s);
		break;
	case DISK_SIZE:
		take_int(s, 0, LIMIT_MIB_MAX / LIMIT_DISKS, 0, &disk->size_mib);
		break;
	default:
		break;
	}
}

void
vmtake_nic(struct vmxml *x, unsigned node, const char *s, size_t len)
{
	switch (node) {
	case NIC_IP:
	case NIC_IP6:
	case NIC_IP6_GLOBAL:
	case NIC_IP6_ULA:
		addr_add(x, s, ADDR_NIC);
		break;
	case ALIAS_IP:
	case ALIAS_IP6:
	case ALIAS_IP6_GLOBAL:
	case ALIAS_IP6_ULA:
		addr_add(x, s, ADDR_ALIAS);
		break;
	case NIC_EXTERNAL_IP:
	case ALIAS_EXTERNAL_IP:
		addr_add(x, s, ADDR_EXTERNAL);
		break;
	case NIC_NETWORK:
	case ALIAS_NETWORK:
		x->network = len > 0 ? intern(x, s, len) : NULL;
		break;
	case NIC_NETWORK_ID:
	case ALIAS_NETWORK_ID:
		x->network_id = take_id(s);
		break;
	default:
		break;
	}
}

void
vmtake_history(struct vmxml *x, unsigned node, const char *s, size_t len, bool cut)
{
	struct history_record *r = &x->record;

	switch (node) {
	case H_SEQ:
		take_int(s, 0, INT32_MAX, -1, &r->seq);
		break;
	case H_HOSTNAME:
		r->host = take_name(x, s, len, cut);
		break;
	case H_HID:
		take_int(s, 0, INT32_MAX, -1, &r->host_id);
		break;
	case H_STIME:
		r->stime_s = take_time(x, s);
		break;
	case H_RSTIME:
		r->rstime_s = take_time(x, s);
		r->has_rstime = true;
		break;
	case H_RETIME:
		r->retime_s = take_time(x, s);
		break;
	case H_PSTIME:
		r->pstime_s = take_time(x, s);
		break;
	case H_ESTIME:
		r->estime_s = take_time(x, s);
		break;
	case H_EETIME:
		r->eetime_s = take_time(x, s);
		break;
	default:
		break;
	}
}

/* What stands in TEMPLATE or USER_TEMPLATE and is no list of its own. */
void
vmtake_template(struct vmxml *x, unsigned node, const char *s, size_t len, bool cut)
{
	struct vm *vm = &x->vm;
	int64_t v;

	switch (node) {
	case T_CPU:
		vm->cpu = take_share(s);
		break;
	case T_VCPU:
		take_int(s, 0, INT32_MAX, 0, &v);
		vm->vcpu = (int32_t)v;
		break;
	case T_MEMORY:
		take_int(s, 0, LIMIT_MIB_MAX, 0, &vm->memory_mib);
		break;
	case T_ERROR:
	case T_ERROR_MESSAGE:
	case U_ERROR:
		if (len > 0)
			vm->error = intern(x, s, len);
		break;
	case T_VROUTER_ID:
		take_int(s, 0, INT32_MAX, -1, &vm->vrouter_id);
		break;
	case T_IMPORTED:
		vm->imported = vm->imported || disk_word_tri(s) != TRI_NO;
		break;
	case T_IMPORT_VM_ID:
	case U_IMPORT_VM_ID:
		vm->imported = vm->imported || len > 0;
		break;
	case U_SERVICE_ID:
		/* A service id that is no number is one all the same. */
		if (len > 0)
			take_int(s, 0, INT32_MAX, INT32_MAX, &vm->service_id);
		break;
	case U_LABELS:
		vm->labels = intern(x, s, len);
		if (cut)
			vm->odd |= VM_ODD_LIMIT;
		break;
	case T_ANY:
		if (template_has_attrs(x))
			attr_add(x, x->template_attrs, &x->n_template_attrs, s, len, cut);
		break;
	case U_ANY:
		attr_add(x, x->attrs, &vm->n_attrs, s, len, cut);
		break;
	default:
		break;
	}
}
