/* SPDX-License-Identifier: ISC */
/*
 * vm: questions about one machine that need no cloud to answer. Pure.
 */
#include <string.h>

#include "cloud/disk.h"
#include "cloud/era.h"
#include "cloud/vmxml.h"

const char *
vm_class_str(enum vm_class c)
{
	switch (c) {
	case VM_CLASS_OK:
		return "ok";
	case VM_CLASS_TRANSITIONAL:
		return "transitional";
	case VM_CLASS_UNKNOWN:
		return "unknown";
	case VM_CLASS_FAILED:
		return "failed";
	case VM_CLASS_OFF:
		return "off";
	case VM_CLASS_DONE:
		return "done";
	case VM_CLASS_UNRECOGNISED:
		return "unrecognised";
	case VM_CLASS_COUNT:
		break;
	}
	return "?";
}

void
vm_classify(const struct era *era, struct vm *vm)
{
	/* LCM_STATE counts only when STATE is 3, but it has to be there: both are always sent. */
	if (vm->state < 0 || vm->lcm < 0)
		vm->cls = VM_CLASS_UNRECOGNISED;
	else
		vm->cls = era_class(era, vm->state, vm->lcm);
	if (vm->cls == VM_CLASS_UNRECOGNISED)
		vm->odd |= VM_ODD_STATE;
}

void
vm_holds(const struct era *era, const struct vm *vm, struct holds *h)
{
	memset(h, 0, sizeof(*h));
	/* Done holds nothing; a machine that was only asked for (INIT) nothing durable yet. */
	if (vm->cls == VM_CLASS_DONE || vm->state == 0)
		return;
	for (size_t i = 0; i < vm->n_addrs; i++)
		h->addresses +=
		    vm->addrs[i].origin == ADDR_NIC || vm->addrs[i].origin == ADDR_ALIAS;
	for (size_t i = 0; i < vm->n_disks; i++) {
		h->images += vm->disks[i].kind == DISK_IMAGE ||
			     vm->disks[i].kind == DISK_CDROM ||
			     vm->disks[i].kind == DISK_VOLUME;
	}
	if (era_holds_capacity(era, vm->state, vm->lcm)) {
		h->vcpu = vm->vcpu;
		h->memory_mib = vm->memory_mib;
	}
	/* Disks: on the host with the capacity; STOPPED and UNDEPLOYED in the system datastore; FAILED
	 * in the machine's directory from 3.x on (2.2 cleaned up at once). */
	if (era_holds_capacity(era, vm->state, vm->lcm) || vm->state == 4 || vm->state == 9 ||
	    (vm->state == 7 && era != NULL && !era->history_direct))
		h->disk_mib = vm->disk_mib;
	h->any = h->vcpu > 0 || h->memory_mib > 0 || h->disk_mib > 0 || h->addresses > 0 ||
		 h->images > 0;
}

bool
vm_has_data(const struct vm *vm)
{
	if (vm->snapshots || vm->create_image)
		return true;
	/* Disks that did not fit may be persistent ones. */
	if (vm->n_disks > 0 && (vm->odd & VM_ODD_LIMIT) != 0)
		return true;
	for (size_t i = 0; i < vm->n_disks; i++) {
		if (vm->disks[i].persistent != TRI_NO)
			return true;
	}
	return false;
}

const char *
vm_attr(const struct vm *vm, const char *name)
{
	for (size_t i = 0; i < vm->n_attrs; i++) {
		if (disk_word_is(vm->attrs[i].name, name))
			return vm->attrs[i].value;
	}
	return NULL;
}

bool
vm_has_label(const struct vm *vm, const char *label)
{
	const char *s = vm->labels;
	size_t n;

	if (s == NULL || *label == '\0')
		return false;
	while (*s != '\0') {
		s += strspn(s, ", \t");
		n = strcspn(s, ",");
		for (; n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'); n--)
			;
		if (disk_word_is_n(s, n, label))
			return true;
		s += strcspn(s, ",");
	}
	return false;
}
