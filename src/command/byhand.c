/* SPDX-License-Identifier: ISC */
/*
 * byhand: verbs for every state, and one machine in a line.
 */
#include <inttypes.h>

#include "base/units.h"
#include "command/byhand.h"
#include "command/table.h"

#define BEFORE(era, major, minor) ((era)->to < (major)*10000 + (minor)*100)

enum {
	STATE_INIT = 0,
	STATE_PENDING = 1,
	STATE_HOLD = 2,
	STATE_ACTIVE = 3,
	STATE_SUSPENDED = 5,
	STATE_DONE = 6,
	STATE_POWEROFF = 8,
	STATE_CLONING = 10,
	LCM_RUNNING = 3,
	LCM_SHUTDOWN = 12
};

/* 4.0 to 4.14: shutdown-hard saves disks where it is accepted; delete is accepted from every state. */
static const char *
verb_4(const struct era *era, const struct vm *vm)
{
	if (vm->state == STATE_ACTIVE && vm->lcm == LCM_RUNNING)
		return "shutdown-hard";
	if (!BEFORE(era, 4, 14) &&
	    (vm->state == STATE_SUSPENDED || vm->state == STATE_POWEROFF))
		return "shutdown-hard";
	return "delete";
}

/* 5.0 on: refused while something else goes on with the machine; SHUTDOWN may be overridden from 6.0 on. */
static const char *
verb_5(const struct era *era, const struct vm *vm)
{
	if (vm->state != STATE_ACTIVE)
		return "terminate";
	if (vm->lcm == LCM_RUNNING || (vm->lcm == LCM_SHUTDOWN && !BEFORE(era, 6, 0)))
		return "terminate-hard";
	return NULL;
}

const char *
byhand_kill_verb(const struct era *era, const struct vm *vm, struct fault *f)
{
	const char *verb = NULL;
	char state[40];

	table_state(era, vm->state, vm->lcm, state);
	if (era == NULL) {
		fault_set(f, FAULT_STATE,
		    "the version of the cloud is not known, so no verb is either");
		fault_remedy(f, "say it: --era VERSION (what `oned -v' prints)");
		return NULL;
	}
	switch (vm->cls) {
	case VM_CLASS_UNKNOWN:
	case VM_CLASS_FAILED:
		verb = era_kill_verb(era, vm->state, vm->lcm);
		break;
	case VM_CLASS_OK:
	case VM_CLASS_TRANSITIONAL:
	case VM_CLASS_OFF:
		if (BEFORE(era, 4, 0))
			verb = "finalize";
		else
			verb = BEFORE(era, 5, 0) ? verb_4(era, vm) : verb_5(era, vm);
		break;
	case VM_CLASS_DONE:
	case VM_CLASS_UNRECOGNISED:
	case VM_CLASS_COUNT:
		break;
	}
	if (verb == NULL) {
		fault_set(f, FAULT_STATE,
		    "machine %" PRId64 ": OpenNebula %s ends no machine in state %s (%d/%d)",
		    vm->id, era->name, state, (int)vm->state, (int)vm->lcm);
		if (vm->cls == VM_CLASS_TRANSITIONAL)
			fault_remedy(f, "wait until it is out of that state");
		else
			fault_remedy(f,
			    "look at it: onevm show %" PRId64
			    "; an administrator has onevm recover",
			    vm->id);
	}
	return verb;
}

bool
byhand_asks(const struct vm *vm)
{
	if (vm_has_data(vm) || vm->lock != VM_LOCK_NONE)
		return true;
	switch (vm->cls) {
	case VM_CLASS_OK:
	case VM_CLASS_UNRECOGNISED:
	case VM_CLASS_COUNT:
		return true;
	case VM_CLASS_TRANSITIONAL:
		return vm->state == STATE_ACTIVE; /* not when it only waits for a host */
	case VM_CLASS_UNKNOWN:
	case VM_CLASS_FAILED:
	case VM_CLASS_OFF:
	case VM_CLASS_DONE:
		break;
	}
	return false;
}

void
byhand_describe(const struct era *era, const struct vm *vm, struct text *out)
{
	char state[40], memory[24], disk[24];
	struct holds h;

	vm_holds(era, vm, &h);
	text_addf(out, "machine %" PRId64 " \"", vm->id);
	text_add_safe(out, TEXT_TERM, vm->name, TABLE_NAME_MAX);
	text_add(out, "\" of ");
	text_add_safe(out, TEXT_TERM, vm->uname, TABLE_NAME_MAX);
	text_addf(out, ": %s", table_state(era, vm->state, vm->lcm, state));
	if (vm->host_id >= 0 && vm->cls != VM_CLASS_DONE) {
		text_add(out, " on ");
		text_add_safe(out, TEXT_TERM, vm->host, TABLE_NAME_MAX);
	}
	if (h.any)
		text_addf(out,
		    "; holds %" PRId32 " vCPU, %s of memory, %s of disk, %" PRId32 " address%s",
		    h.vcpu, units_mib_str(memory, sizeof(memory), h.memory_mib),
		    units_mib_str(disk, sizeof(disk), h.disk_mib), h.addresses,
		    h.addresses == 1 ? "" : "es");
	if (vm_has_data(vm))
		text_add(out, "; persistent data");
	if (vm->lock != VM_LOCK_NONE)
		text_add(out, "; locked");
}
