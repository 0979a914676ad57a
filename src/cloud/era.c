/* SPDX-License-Identifier: ISC */
/*
 * era: which numbers, names and verbs belong to which versions of OpenNebula.
 *
 * Two lists of states with the versions that have them, and one row per span of versions. Hides
 * every such number from the rest of the program. Pure: no I/O, no memory, no globals that change.
 * A number that no list has is "unrecognised" and never a reason to kill.
 *
 * Sources: the enums VmState and LcmState of include/VirtualMachine.h at the tags 2.0 to 7.4.0, and
 * src/dm/DispatchManagerActions.cc for what each verb accepts. The rows 3.0-3.4 and 7.x were also
 * held against recorded answers of 3.2.1 and 7.2.0 (tests/data/captures).
 */
#include <stdio.h>
#include <string.h>

#include "cloud/era.h"

#define V(major, minor, patch) ((major)*10000 + (minor)*100 + (patch))
#define LATEST		       V(99, 99, 99)

struct state {
	int32_t number;
	const char *name;
	int32_t from, to; /* versions that have it */
	enum vm_class cls;
	enum policy_overdue group;
};

#define OK     VM_CLASS_OK
#define TRANS  VM_CLASS_TRANSITIONAL
#define FAILED VM_CLASS_FAILED
#define OFF    VM_CLASS_OFF
#define G(x)   POLICY_OVERDUE_##x

/* VmState. 7 went with 4.14 and was never used again. */
static const struct state states[] = {
    {0, "INIT", 0, LATEST, TRANS, G(PENDING)},
    {1, "PENDING", 0, LATEST, TRANS, G(PENDING)},
    {2, "HOLD", 0, LATEST, OFF, G(OTHER)},
    {3, "ACTIVE", 0, LATEST, TRANS, G(OTHER)}, /* the LCM state decides */
    {4, "STOPPED", 0, LATEST, OFF, G(OTHER)},
    {5, "SUSPENDED", 0, LATEST, OFF, G(OTHER)},
    {6, "DONE", 0, LATEST, VM_CLASS_DONE, G(OTHER)},
    {7, "FAILED", 0, V(4, 13, 99), FAILED, G(OTHER)},
    {8, "POWEROFF", V(3, 8, 0), LATEST, OFF, G(OTHER)},
    {9, "UNDEPLOYED", V(4, 0, 0), LATEST, OFF, G(OTHER)},
    {10, "CLONING", V(5, 0, 0), LATEST, TRANS, G(CLONING)},
    {11, "CLONING_FAILURE", V(5, 0, 0), LATEST, FAILED, G(OTHER)},
};

/*
 * LcmState, which counts only when STATE is 3. A guest that a hot-plug, snapshot, resize or backup
 * finds switched off is not one that should run: those are transitional, not ok.
 */
static const struct state lcm_states[] = {
    {0, "LCM_INIT", 0, LATEST, TRANS, G(OTHER)},
    {1, "PROLOG", 0, LATEST, TRANS, G(PROLOG)},
    {2, "BOOT", 0, LATEST, TRANS, G(BOOT)},
    {3, "RUNNING", 0, LATEST, OK, G(OTHER)},
    {4, "MIGRATE", 0, LATEST, TRANS, G(MIGRATE)},
    {5, "SAVE_STOP", 0, LATEST, TRANS, G(SAVE)},
    {6, "SAVE_SUSPEND", 0, LATEST, TRANS, G(SAVE)},
    {7, "SAVE_MIGRATE", 0, LATEST, TRANS, G(MIGRATE)},
    {8, "PROLOG_MIGRATE", 0, LATEST, TRANS, G(MIGRATE)},
    {9, "PROLOG_RESUME", 0, LATEST, TRANS, G(PROLOG)},
    {10, "EPILOG_STOP", 0, LATEST, TRANS, G(EPILOG)},
    {11, "EPILOG", 0, LATEST, TRANS, G(EPILOG)},
    {12, "SHUTDOWN", 0, LATEST, TRANS, G(SHUTDOWN)},
    {13, "CANCEL", 0, V(4, 13, 99), TRANS, G(SHUTDOWN)},
    {14, "FAILURE", 0, V(4, 13, 99), TRANS, G(OTHER)}, /* an instant on the way to STATE 7 */
    {15, "CLEANUP", 0, V(3, 99, 99), TRANS, G(CLEANUP)},
    {15, "CLEANUP_RESUBMIT", V(4, 0, 0), LATEST, TRANS, G(CLEANUP)},
    {16, "UNKNOWN", 0, LATEST, VM_CLASS_UNKNOWN, G(OTHER)},
    {17, "HOTPLUG", V(3, 6, 0), LATEST, OK, G(HOTPLUG)},
    {18, "SHUTDOWN_POWEROFF", V(3, 8, 0), LATEST, TRANS, G(SHUTDOWN)},
    {19, "BOOT_UNKNOWN", V(3, 8, 0), LATEST, TRANS, G(BOOT)},
    {20, "BOOT_POWEROFF", V(3, 8, 0), LATEST, TRANS, G(BOOT)},
    {21, "BOOT_SUSPENDED", V(3, 8, 0), LATEST, TRANS, G(BOOT)},
    {22, "BOOT_STOPPED", V(3, 8, 0), LATEST, TRANS, G(BOOT)},
    {23, "CLEANUP_DELETE", V(4, 0, 0), LATEST, TRANS, G(CLEANUP)},
    {24, "HOTPLUG_SNAPSHOT", V(4, 0, 0), LATEST, OK, G(SNAPSHOT)},
    {25, "HOTPLUG_NIC", V(4, 0, 0), LATEST, OK, G(HOTPLUG)},
    {26, "HOTPLUG_SAVEAS", V(4, 0, 0), LATEST, OK, G(HOTPLUG)},
    {27, "HOTPLUG_SAVEAS_POWEROFF", V(4, 0, 0), LATEST, TRANS, G(HOTPLUG)},
    {28, "HOTPLUG_SAVEAS_SUSPENDED", V(4, 0, 0), LATEST, TRANS, G(HOTPLUG)},
    {29, "SHUTDOWN_UNDEPLOY", V(4, 0, 0), LATEST, TRANS, G(SHUTDOWN)},
    {30, "EPILOG_UNDEPLOY", V(4, 0, 0), LATEST, TRANS, G(EPILOG)},
    {31, "PROLOG_UNDEPLOY", V(4, 0, 0), LATEST, TRANS, G(PROLOG)},
    {32, "BOOT_UNDEPLOY", V(4, 0, 0), LATEST, TRANS, G(BOOT)},
    {33, "HOTPLUG_PROLOG_POWEROFF", V(4, 14, 0), LATEST, TRANS, G(HOTPLUG)},
    {34, "HOTPLUG_EPILOG_POWEROFF", V(4, 14, 0), LATEST, TRANS, G(HOTPLUG)},
    {35, "BOOT_MIGRATE", V(4, 14, 0), LATEST, TRANS, G(BOOT)},
    {36, "BOOT_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {37, "BOOT_MIGRATE_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {38, "PROLOG_MIGRATE_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {39, "PROLOG_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {40, "EPILOG_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {41, "EPILOG_STOP_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {42, "EPILOG_UNDEPLOY_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {43, "PROLOG_MIGRATE_POWEROFF", V(4, 14, 0), LATEST, TRANS, G(MIGRATE)},
    {44, "PROLOG_MIGRATE_POWEROFF_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {45, "PROLOG_MIGRATE_SUSPEND", V(4, 14, 0), LATEST, TRANS, G(MIGRATE)},
    {46, "PROLOG_MIGRATE_SUSPEND_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {47, "BOOT_UNDEPLOY_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {48, "BOOT_STOPPED_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {49, "PROLOG_RESUME_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {50, "PROLOG_UNDEPLOY_FAILURE", V(4, 14, 0), LATEST, FAILED, G(OTHER)},
    {51, "DISK_SNAPSHOT_POWEROFF", V(4, 14, 0), LATEST, TRANS, G(SNAPSHOT)},
    {52, "DISK_SNAPSHOT_REVERT_POWEROFF", V(4, 14, 0), LATEST, TRANS, G(SNAPSHOT)},
    {53, "DISK_SNAPSHOT_DELETE_POWEROFF", V(4, 14, 0), LATEST, TRANS, G(SNAPSHOT)},
    {54, "DISK_SNAPSHOT_SUSPENDED", V(4, 14, 0), LATEST, TRANS, G(SNAPSHOT)},
    {55, "DISK_SNAPSHOT_REVERT_SUSPENDED", V(4, 14, 0), V(6, 6, 2), TRANS, G(SNAPSHOT)},
    {56, "DISK_SNAPSHOT_DELETE_SUSPENDED", V(4, 14, 0), LATEST, TRANS, G(SNAPSHOT)},
    {57, "DISK_SNAPSHOT", V(4, 14, 0), LATEST, OK, G(SNAPSHOT)},
    {58, "DISK_SNAPSHOT_REVERT", V(4, 14, 0), V(4, 14, 99), OK, G(SNAPSHOT)},
    {59, "DISK_SNAPSHOT_DELETE", V(4, 14, 0), LATEST, OK, G(SNAPSHOT)},
    {60, "PROLOG_MIGRATE_UNKNOWN", V(5, 0, 0), LATEST, TRANS, G(MIGRATE)},
    {61, "PROLOG_MIGRATE_UNKNOWN_FAILURE", V(5, 0, 0), LATEST, FAILED, G(OTHER)},
    {62, "DISK_RESIZE", V(5, 4, 0), LATEST, OK, G(OTHER)},
    {63, "DISK_RESIZE_POWEROFF", V(5, 4, 0), LATEST, TRANS, G(OTHER)},
    {64, "DISK_RESIZE_UNDEPLOYED", V(5, 4, 0), LATEST, TRANS, G(OTHER)},
    {65, "HOTPLUG_NIC_POWEROFF", V(5, 12, 0), LATEST, TRANS, G(HOTPLUG)},
    {66, "HOTPLUG_RESIZE", V(6, 0, 0), LATEST, OK, G(HOTPLUG)},
    {67, "HOTPLUG_SAVEAS_UNDEPLOYED", V(6, 0, 0), LATEST, TRANS, G(HOTPLUG)},
    {68, "HOTPLUG_SAVEAS_STOPPED", V(6, 0, 0), LATEST, TRANS, G(HOTPLUG)},
    {69, "BACKUP", V(6, 6, 0), LATEST, OK, G(OTHER)},
    {70, "BACKUP_POWEROFF", V(6, 6, 0), LATEST, TRANS, G(OTHER)},
    {71, "RESTORE", V(6, 10, 0), LATEST, TRANS, G(OTHER)},
};

#define DOCUMENTED .proof = ERA_DOCUMENTED
#define N(a)	   (sizeof(a) / sizeof((a)[0]))

/*
 * One row per span of versions in which nothing of the below changes. A field that says "no" only
 * because nobody documented it errs to the side of fewer facts, and so of fewer kills.
 */
static const struct era eras[] = {
    {.name = "2.2",
	.from = V(2, 2, 0),
	.to = V(2, 99, 99),
	DOCUMENTED,
	.source = "one@2.2:src/rm, include/VirtualMachine.h",
	.state_max = 7,
	.lcm_max = 16,
	.failed_7 = true,
	.history_direct = true,
	.raw_names = true},
    {.name = "3.0-3.4",
	.from = V(3, 0, 0),
	.to = V(3, 5, 99),
	.proof = ERA_CAPTURED,
	.source = "captures/one-3.2.1; one@3.2:src/rm",
	.state_max = 7,
	.lcm_max = 16,
	.failed_7 = true,
	.user_template = true,
	.id_ranges = true,
	.raw_names = true},
    {.name = "3.6",
	.from = V(3, 6, 0),
	.to = V(3, 7, 99),
	DOCUMENTED,
	.source = "one@3.6:include/VirtualMachine.h",
	.state_max = 7,
	.lcm_max = 17,
	.failed_7 = true,
	.user_template = true,
	.id_ranges = true,
	.raw_names = true},
    {.name = "3.8",
	.from = V(3, 8, 0),
	.to = V(3, 99, 99),
	DOCUMENTED,
	.source = "one@3.8:src/rm, include/VirtualMachine.h",
	.state_max = 8,
	.lcm_max = 22,
	.failed_7 = true,
	.user_template = true,
	.system_version = true,
	.id_ranges = true,
	.raw_names = true},
    {.name = "4.0-4.2",
	.from = V(4, 0, 0),
	.to = V(4, 3, 99),
	DOCUMENTED,
	.source = "one@4.2:src/dm/DispatchManagerActions.cc",
	.state_max = 9,
	.lcm_max = 32,
	.failed_7 = true,
	.user_template = true,
	.system_version = true,
	.host_vms = true,
	.id_ranges = true,
	.raw_names = true},
    {.name = "4.4-4.12",
	.from = V(4, 4, 0),
	.to = V(4, 13, 99),
	DOCUMENTED,
	.source = "one@4.4 and one@4.12:src/dm/DispatchManagerActions.cc",
	.state_max = 9,
	.lcm_max = 32,
	.failed_7 = true,
	.user_template = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.id_ranges = true,
	.raw_names = true},
    {.name = "4.14",
	.from = V(4, 14, 0),
	.to = V(4, 99, 99),
	DOCUMENTED,
	.source = "one@4.14.0:src/dm/DispatchManagerActions.cc",
	.state_max = 9,
	.lcm_max = 59,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.id_ranges = true},
    {.name = "5.0-5.2",
	.from = V(5, 0, 0),
	.to = V(5, 3, 99),
	DOCUMENTED,
	.source = "one@5.0:src/dm/DispatchManagerActions.cc",
	.state_max = 11,
	.lcm_max = 61,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.id_ranges = true},
    {.name = "5.4",
	.from = V(5, 4, 0),
	.to = V(5, 5, 99),
	DOCUMENTED,
	.source = "one@5.4:include/VirtualMachine.h",
	.state_max = 11,
	.lcm_max = 64,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.id_ranges = true},
    {.name = "5.6",
	.from = V(5, 6, 0),
	.to = V(5, 7, 99),
	DOCUMENTED,
	.source = "one@5.6:src/acl/AclManager.cc, include/VirtualMachine.h",
	.state_max = 11,
	.lcm_max = 64,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.lock_max = 4,
	.id_ranges = true},
    {.name = "5.8-5.10",
	.from = V(5, 8, 0),
	.to = V(5, 11, 99),
	DOCUMENTED,
	.source = "one@5.8.0:src/vm/VirtualMachine.cc (to_xml_short)",
	.state_max = 11,
	.lcm_max = 64,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.lock_max = 4,
	.short_list = true,
	.extended = true,
	.id_ranges = true},
    {.name = "5.12",
	.from = V(5, 12, 0),
	.to = V(5, 99, 99),
	DOCUMENTED,
	.source = "one@5.12.0:src/monitor, include/VirtualMachine.h",
	.state_max = 11,
	.lcm_max = 65,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.lock_max = 4,
	.short_list = true,
	.extended = true,
	.host_monitoring = true,
	.id_ranges = true},
    {.name = "6.0-6.4",
	.from = V(6, 0, 0),
	.to = V(6, 5, 99),
	DOCUMENTED,
	.source = "one@6.0:src/dm/DispatchManagerActions.cc",
	.state_max = 11,
	.lcm_max = 68,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.lock_max = 4,
	.short_list = true,
	.extended = true,
	.host_monitoring = true,
	.info_decrypt = true,
	.id_ranges = true},
    {.name = "6.6-6.8",
	.from = V(6, 6, 0),
	.to = V(6, 9, 99),
	DOCUMENTED,
	.source = "one@6.6.0 and one@6.8.0:include/VirtualMachine.h",
	.state_max = 11,
	.lcm_max = 70,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.lock_max = 4,
	.short_list = true,
	.extended = true,
	.host_monitoring = true,
	.info_decrypt = true,
	.id_ranges = true},
    {.name = "6.10",
	.from = V(6, 10, 0),
	.to = V(6, 99, 99),
	DOCUMENTED,
	.source = "one@6.10.0:src/dm/DispatchManagerActions.cc",
	.state_max = 11,
	.lcm_max = 71,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.lock_max = 3,
	.short_list = true,
	.extended = true,
	.host_monitoring = true,
	.info_decrypt = true,
	.id_ranges = true},
    {.name = "7.x",
	.from = V(7, 0, 0),
	.to = V(7, 99, 99),
	.proof = ERA_CAPTURED,
	.source = "captures/one-7.2.0; one@7.4.0:src/dm/DispatchManagerActions.cc",
	.state_max = 11,
	.lcm_max = 71,
	.user_template = true,
	.vm_append = true,
	.system_version = true,
	.host_vms = true,
	.zombies = true,
	.lock_max = 3,
	.short_list = true,
	.extended = true,
	.host_monitoring = true,
	.info_decrypt = true,
	.id_ranges = true},
};

const char *
era_proof_str(enum era_proof p)
{
	switch (p) {
	case ERA_DOCUMENTED:
		return "documented";
	case ERA_CAPTURED:
		return "captured";
	}
	return "?";
}

const struct era *
era_table(size_t *n)
{
	*n = N(eras);
	return eras;
}

/* The next decimal number (at most two digits) at *s, which moves past it; -1: none. */
static int32_t
version_part(const char **s)
{
	int32_t v = 0, digits = 0;

	for (; **s >= '0' && **s <= '9'; (*s)++) {
		v = v * 10 + (**s - '0');
		if (++digits > 2)
			return -1;
	}
	return digits > 0 ? v : -1;
}

const struct era *
era_by_version(const char *version)
{
	int32_t major, minor, patch = 0, v;

	major = version_part(&version);
	if (major < 0 || *version++ != '.')
		return NULL;
	minor = version_part(&version);
	if (minor < 0)
		return NULL;
	if (*version == '.') {
		version++;
		patch = version_part(&version);
		if (patch < 0)
			return NULL;
	}
	/* ".80" of a fourth number, "-1" of a package: no part of what the daemon can do. */
	if (*version != '\0' && *version != '.' && *version != '-')
		return NULL;
	v = V(major, minor, patch);
	for (size_t i = 0; i < N(eras); i++) {
		if (v >= eras[i].from && v <= eras[i].to)
			return &eras[i];
	}
	return NULL;
}

/* The state of this number in the era; with no era known, in the newest version that has it. */
static const struct state *
state_find(const struct state *list, size_t n, const struct era *e, int32_t number)
{
	const struct state *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (list[i].number != number)
			continue;
		if (e == NULL || (list[i].from <= e->to && list[i].to >= e->from))
			found = &list[i];
	}
	return found;
}

/* The entry that says what the machine is doing, or NULL. */
static const struct state *
state_of(const struct era *e, int32_t state, int32_t lcm)
{
	if (state == 3)
		return state_find(lcm_states, N(lcm_states), e, lcm);
	return state_find(states, N(states), e, state);
}

char *
era_state_name(const struct era *e, int32_t state, int32_t lcm, char buf[static 40])
{
	const struct state *s = state_of(e, state, lcm);

	if (s != NULL)
		snprintf(buf, 40, "%s", s->name);
	else if (state == 3)
		snprintf(buf, 40, "ACTIVE/lcm %d", (int)lcm);
	else
		snprintf(buf, 40, "state %d", (int)state);
	return buf;
}

enum vm_class
era_class(const struct era *e, int32_t state, int32_t lcm)
{
	const struct state *s = state_of(e, state, lcm);

	return s != NULL ? s->cls : VM_CLASS_UNRECOGNISED;
}

enum policy_overdue
era_overdue_group(const struct era *e, int32_t state, int32_t lcm)
{
	const struct state *s = state_of(e, state, lcm);

	return s != NULL ? s->group : POLICY_OVERDUE_OTHER;
}

bool
era_contradicts(const struct era *e, int32_t state, int32_t lcm)
{
	/* A number that no version has contradicts nothing: it is one machine's oddity. */
	return e != NULL && state_of(e, state, lcm) == NULL &&
	       state_of(NULL, state, lcm) != NULL;
}

bool
era_kill_loses_data(const struct era *e, int32_t state, int32_t lcm)
{
	if (era_kill_verb(e, state, lcm) == NULL)
		return true; /* nothing is known to be safe */
	switch (era_class(e, state, lcm)) {
	case VM_CLASS_UNKNOWN:
		/* shutdown-hard and terminate-hard run EPILOG; finalize and delete do not. */
		return e->to < V(4, 4, 0);
	case VM_CLASS_FAILED:
		return state != 11; /* CLONING_FAILURE never had a disk of its own */
	case VM_CLASS_OK:
	case VM_CLASS_TRANSITIONAL:
	case VM_CLASS_OFF:
	case VM_CLASS_DONE:
	case VM_CLASS_UNRECOGNISED:
	case VM_CLASS_COUNT:
		break;
	}
	return true;
}

const char *
era_kill_verb(const struct era *e, int32_t state, int32_t lcm)
{
	enum vm_class cls;

	if (e == NULL)
		return NULL;
	cls = era_class(e, state, lcm);
	if (cls == VM_CLASS_UNKNOWN) {
		if (e->to < V(4, 0, 0))
			return "finalize";
		if (e->to < V(4, 4, 0))
			return "delete";
		return e->to < V(5, 0, 0) ? "shutdown-hard" : "terminate-hard";
	}
	if (cls != VM_CLASS_FAILED)
		return NULL;
	if (state == 7)
		return e->to < V(4, 0, 0) ? "finalize" : "delete";
	if (state == 11)
		return "terminate";
	if (e->to < V(5, 0, 0))
		return "delete";
	/* 5.0 to 5.2 refuse terminate from a *_FAILURE: only one.vm.recover would do. */
	return e->from < V(5, 4, 0) ? NULL : "terminate-hard";
}

bool
era_holds_capacity(const struct era *e, int32_t state, int32_t lcm)
{
	(void)e;
	(void)lcm;
	/* ACTIVE, SUSPENDED, POWEROFF. FAILED (7) gave it back when it failed. */
	return state == 3 || state == 5 || state == 8;
}

bool
era_is_state_name(const char *name)
{
	for (size_t i = 0; i < N(states); i++) {
		if (strcmp(states[i].name, name) == 0)
			return true;
	}
	for (size_t i = 0; i < N(lcm_states); i++) {
		if (strcmp(lcm_states[i].name, name) == 0)
			return true;
	}
	return false;
}
