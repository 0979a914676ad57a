/* SPDX-License-Identifier: ISC */
/*
 * era: a span of OpenNebula versions with the same numbers, names and verbs. A table, pure.
 *
 * The only place that knows what STATE 7 or `finalize` means where. Each row says where its facts
 * come from, and whether they were captured from a daemon or only documented.
 */
#ifndef ERA_H
#define ERA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud/cloud.h"
#include "policy/policy.h"

enum era_proof { ERA_DOCUMENTED, ERA_CAPTURED };
const char *era_proof_str(enum era_proof p);

struct era {
	const char *name;		/* "3.0-3.4", "7.x": for people */
	int32_t	from, to;		/* versions as major * 10000 + minor * 100 + patch, inclusive */
	enum era_proof proof;
	const char *source;		/* capture folder or tag:file */
	int32_t	state_max, lcm_max;	/* highest numbers that exist */
	bool	failed_7;		/* STATE 7 FAILED exists */
	bool	extended;		/* one.vmpool.infoextended */
	bool	short_list;		/* one.vmpool.info leaves attributes out */
	bool	host_vms;		/* HOST/VMS lists ids */
	bool	host_monitoring;	/* one.hostpool.monitoring carries the time */
	bool	zombies;
	int32_t	lock_max;		/* highest level that a LOCK stores; 0: there are no locks */
	bool	user_template;		/* USER/TEMPLATE can hold the marker */
	bool	vm_append;		/* one.vm.update takes 1, append: before that it would wipe what the user wrote (7.2.0: rig.md) */
	bool	system_version;		/* one.system.version exists */
	bool	info_decrypt;		/* one.vm.info takes a third parameter */
	bool	history_direct;		/* HISTORY directly under VM */
	bool	id_ranges;		/* one.vmpool.info takes a range of ids */
	bool	raw_names;		/* names of machines and owners stand in the document unescaped */
};

/* Every row, oldest first. */
const struct era *era_table(size_t *n);
/* The era of "7.2.0" or "3.2.1" (two or three numbers, a suffix such as ".80" or "-1" ignored); NULL: none. */
const struct era *era_by_version(const char *version);

/* Name of the state: LCM name if STATE is 3 ("RUNNING"), else the STATE name ("POWEROFF");
 * "state 12" / "ACTIVE/lcm 72" for numbers without one. buf of at least 40 bytes; returns buf. */
char	*era_state_name(const struct era *e, int32_t state, int32_t lcm, char buf[static 40]);
enum vm_class era_class(const struct era *e, int32_t state, int32_t lcm);
enum policy_overdue era_overdue_group(const struct era *e, int32_t state, int32_t lcm);
/* True if the pair cannot exist in this era (contradictory evidence, R6). */
bool	era_contradicts(const struct era *e, int32_t state, int32_t lcm);
/* True if the state runs an EPILOG_DELETE on kill, so that persistent data may be lost (reapers.md C.6). */
bool	era_kill_loses_data(const struct era *e, int32_t state, int32_t lcm);
/*
 * The mildest verb that is legal for this state and saves data where it can (table at the end of
 * reapers.md D.1): "terminate-hard", "terminate", "shutdown-hard", "delete", "finalize"; NULL: none.
 */
const char *era_kill_verb(const struct era *e, int32_t state, int32_t lcm);
/* True if the machine's state keeps capacity on a host, host files, leases (reapers.md C.4). */
bool	era_holds_capacity(const struct era *e, int32_t state, int32_t lcm);
/* True for a state name that some era knows (for [failed] states and completion). */
bool	era_is_state_name(const char *name);

#endif
