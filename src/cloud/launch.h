/* SPDX-License-Identifier: ISC */
/*
 * launch: bring machines into being, and send them on their way: what the life cycle by hand and the canary need
 * beyond listing and killing. Every call here is made at most once: a reply that is lost is in doubt, and is never
 * resent (an allocation that is sent twice is two machines).
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "cloud/cloud.h"

enum launch_reply {
	LAUNCH_DONE,		/* *id is the new machine */
	LAUNCH_REFUSED,		/* an answer that says no: quota, no lease, rights, bad template; f says which */
	LAUNCH_NOT_SENT,	/* no connection: certainly not received */
	LAUNCH_IN_DOUBT		/* sent, and the reply was lost: there may be a machine; f says how to look */
};
const char *launch_reply_str(enum launch_reply r);

/* one.vm.allocate(session, template) up to 3.6; (session, template, hold = false) from 3.8 on (captures; tag:file). */
enum launch_reply launch_allocate(struct cloud *c, const struct era *era, const char *template_text,
	    int64_t *id, struct fault *f);

/*
 * one.template.instantiate(session, id, name, hold = false, extra template [, persistent = false]) by era; name ""
 * leaves the choice to the cloud; extra may be "". Eras without template pool: LAUNCH_REFUSED with a clear fault.
 */
enum launch_reply launch_instantiate(struct cloud *c, const struct era *era, int64_t template_id,
	    const char *name, const char *extra, int64_t *id, struct fault *f);

/* The id of the template called so, or with that number, among those that the caller may see
 * (one.templatepool.info); two of one name are a fault that names both ids and their owners. */
int	launch_find_template(struct cloud *c, struct arena *a, const struct era *era,
	    const char *name_or_id, int64_t *id, struct fault *f);

/* Whose machines a listing holds (one.vmpool.info filter, reapers.md C.11). */
enum launch_whose { LAUNCH_MINE = -3, LAUNCH_ALL = -2 };
/* The machines that are not Done, of the caller or of everybody, ascending id. No hosts. Complete or -1. */
int	launch_list(struct cloud *c, struct arena *a, const struct era *era, enum launch_whose whose,
	    struct vm **vms, size_t *n, struct fault *f);

/* The verb by which the guest is asked to halt (ACPI): "shutdown" up to 4.14, "terminate" from 5.0 on (ends the machine),
 * NULL where the era has none for this state. */
const char *launch_shutdown_verb(const struct era *era, int32_t state, int32_t lcm);

#endif
