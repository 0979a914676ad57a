/* SPDX-License-Identifier: ISC */
/*
 * states: the numbers and names of machine states, written down a second time.
 *
 * src/cloud/era has its own table; this one is copied from the daemons' sources and from the
 * recorded answers, so that the two can disagree. Pure.
 */
#include <string.h>

#include "inner.h"

static const char *const states_720[] = {"INIT", "PENDING", "HOLD", "ACTIVE", "STOPPED",
    "SUSPENDED", "DONE", NULL, "POWEROFF", "UNDEPLOYED", "CLONING", "CLONING_FAILURE"};
static const char *const states_321[] = {
    "INIT", "PENDING", "HOLD", "ACTIVE", "STOPPED", "SUSPENDED", "DONE", "FAILED"};

static const char *const lcm_720[] = {"LCM_INIT", "PROLOG", "BOOT", "RUNNING", "MIGRATE",
    "SAVE_STOP", "SAVE_SUSPEND", "SAVE_MIGRATE", "PROLOG_MIGRATE", "PROLOG_RESUME",
    "EPILOG_STOP", "EPILOG", "SHUTDOWN", NULL, NULL, "CLEANUP_RESUBMIT", "UNKNOWN", "HOTPLUG",
    "SHUTDOWN_POWEROFF", "BOOT_UNKNOWN", "BOOT_POWEROFF", "BOOT_SUSPENDED", "BOOT_STOPPED",
    "CLEANUP_DELETE", "HOTPLUG_SNAPSHOT", "HOTPLUG_NIC", "HOTPLUG_SAVEAS",
    "HOTPLUG_SAVEAS_POWEROFF", "HOTPLUG_SAVEAS_SUSPENDED", "SHUTDOWN_UNDEPLOY",
    "EPILOG_UNDEPLOY", "PROLOG_UNDEPLOY", "BOOT_UNDEPLOY", "HOTPLUG_PROLOG_POWEROFF",
    "HOTPLUG_EPILOG_POWEROFF", "BOOT_MIGRATE", "BOOT_FAILURE", "BOOT_MIGRATE_FAILURE",
    "PROLOG_MIGRATE_FAILURE", "PROLOG_FAILURE", "EPILOG_FAILURE", "EPILOG_STOP_FAILURE",
    "EPILOG_UNDEPLOY_FAILURE", "PROLOG_MIGRATE_POWEROFF", "PROLOG_MIGRATE_POWEROFF_FAILURE",
    "PROLOG_MIGRATE_SUSPEND", "PROLOG_MIGRATE_SUSPEND_FAILURE", "BOOT_UNDEPLOY_FAILURE",
    "BOOT_STOPPED_FAILURE", "PROLOG_RESUME_FAILURE", "PROLOG_UNDEPLOY_FAILURE",
    "DISK_SNAPSHOT_POWEROFF", "DISK_SNAPSHOT_REVERT_POWEROFF", "DISK_SNAPSHOT_DELETE_POWEROFF",
    "DISK_SNAPSHOT_SUSPENDED", "DISK_SNAPSHOT_REVERT_SUSPENDED",
    "DISK_SNAPSHOT_DELETE_SUSPENDED", "DISK_SNAPSHOT", NULL, "DISK_SNAPSHOT_DELETE",
    "PROLOG_MIGRATE_UNKNOWN", "PROLOG_MIGRATE_UNKNOWN_FAILURE", "DISK_RESIZE",
    "DISK_RESIZE_POWEROFF", "DISK_RESIZE_UNDEPLOYED", "HOTPLUG_NIC_POWEROFF", "HOTPLUG_RESIZE",
    "HOTPLUG_SAVEAS_UNDEPLOYED", "HOTPLUG_SAVEAS_STOPPED", "BACKUP", "BACKUP_POWEROFF",
    "RESTORE"};
static const char *const lcm_321[] = {"LCM_INIT", "PROLOG", "BOOT", "RUNNING", "MIGRATE",
    "SAVE_STOP", "SAVE_SUSPEND", "SAVE_MIGRATE", "PROLOG_MIGRATE", "PROLOG_RESUME",
    "EPILOG_STOP", "EPILOG", "SHUTDOWN", "CANCEL", "FAILURE", "CLEANUP", "UNKNOWN"};

#define N(a) (int)(sizeof(a) / sizeof((a)[0]))

static const char *
name_of(const char *const *names, int n, int number)
{
	return number >= 0 && number < n ? names[number] : NULL;
}

const char *
sim_state_str(enum sim_era era, int state, int lcm)
{
	if (state == 3)
		return era == SIM_720 ? name_of(lcm_720, N(lcm_720), lcm)
				      : name_of(lcm_321, N(lcm_321), lcm);
	return era == SIM_720 ? name_of(states_720, N(states_720), state)
			      : name_of(states_321, N(states_321), state);
}

int
sim_state_parse(enum sim_era era, const char *name, int *state, int *lcm)
{
	const char *s;
	int i;

	for (i = 0; i < 128; i++) {
		s = sim_state_str(era, i, 0);
		if (i != 3 && s != NULL && strcmp(s, name) == 0) {
			*state = i;
			*lcm = 0;
			return 0;
		}
		s = sim_state_str(era, 3, i);
		if (s != NULL && strcmp(s, name) == 0) {
			*state = 3;
			*lcm = i;
			return 0;
		}
	}
	return -1;
}

bool
states_on_host(int state, int lcm)
{
	switch (state) {
	case 3:
		return lcm != 15; /* CLEANUP_RESUBMIT */
	case 5: /* SUSPENDED */
	case 8: /* POWEROFF */
		return true;
	default:
		return false;
	}
}

bool
states_may_terminate(int state, int lcm, bool hard)
{
	if (state != 3)
		return state != 0 && state != 7;
	switch (lcm) {
	case 3:
	case 16:
	case 36:
	case 37:
	case 38:
	case 39:
	case 40:
	case 41:
	case 42:
	case 44:
	case 46:
	case 47:
	case 48:
	case 49:
	case 50:
	case 61:
		return true;
	case 12:
		return hard;
	default:
		return false;
	}
}

bool
states_has_history(int state)
{
	return !(state <= 2 || state == 10 || state == 11);
}

/* HISTORY/ACTION (7.2.0) or REASON (3.2.1) of a machine that got there in the usual way. */
static int
usual_action(enum sim_era era, int state, int lcm)
{
	if (era != SIM_720)
		return state == 7					       ? 1
		       : state == 4 || state == 5 || (state == 3 && lcm == 10) ? 2
									       : 0;
	switch (state == 3 ? 100 + lcm : state) {
	case 4: /* STOPPED, by stop */
	case 105:
	case 110:
	case 141:
		return 9;
	case 5: /* SUSPENDED, by suspend */
	case 106:
		return 10;
	case 6: /* DONE, by terminate-hard */
	case 111:
	case 140:
		return 28;
	case 8: /* POWEROFF, by poweroff-hard */
		return 20;
	case 9: /* UNDEPLOYED, by undeploy-hard */
	case 130:
	case 142:
		return 6;
	case 112: /* SHUTDOWN, by terminate */
		return 27;
	case 118: /* SHUTDOWN_POWEROFF, by poweroff */
		return 19;
	case 129: /* SHUTDOWN_UNDEPLOY, by undeploy */
		return 5;
	default:
		return 0;
	}
}

void
states_fill_history(enum sim_era era, int state, int lcm, int64_t t, struct sim_history *h)
{
	bool up = true, down = false; /* did it boot; did it leave the hypervisor */

	h->stime = h->pstime = t;
	h->action = usual_action(era, state, lcm);
	if (state == 3) {
		switch (lcm) {
		case 1: /* PROLOG and its like */
		case 8:
		case 9:
		case 31:
		case 38:
		case 39:
		case 44:
		case 46:
		case 49:
		case 50:
		case 60:
		case 61:
			up = false;
			break;
		case 10: /* EPILOG and its like */
		case 11:
		case 30:
		case 40:
		case 41:
		case 42:
			h->estime = t;
			down = true;
			break;
		case 36: /* BOOT_FAILURE and its like */
		case 37:
		case 47:
		case 48:
			down = true;
			break;
		default:
			break;
		}
	} else {
		down = true;
		if (state == 4 || state == 6 || state == 9)
			h->estime = h->eetime = h->etime = t;
		if (state == 7 || (state == 5 && era != SIM_720))
			h->etime = t;
	}
	if (up)
		h->petime = h->rstime = t;
	if (up && down)
		h->retime = t;
}

static const char *const eras[] = {[SIM_720] = "7.2.0", [SIM_321] = "3.2.1", [SIM_220] = "2.2"};

const char *
sim_era_str(enum sim_era era)
{
	return eras[era];
}

enum sim_era
sim_era_parse(const char *text, size_t len)
{
	for (int i = 0; i < N(eras); i++) {
		if (strlen(eras[i]) == len && memcmp(eras[i], text, len) == 0)
			return (enum sim_era)i;
	}
	return SIM_720;
}
