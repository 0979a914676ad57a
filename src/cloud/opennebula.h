/* SPDX-License-Identifier: ISC */
/*
 * opennebula: the calls of one.* that vmreaper makes, one function each.
 *
 * Adds the session, sends, streams the answer into the codec of its document, and turns every way to
 * fail into a fault that names endpoint and method. Knows methods and parameters; does not know what
 * a sweep needs (cloud.c).
 */
#ifndef OPENNEBULA_H
#define OPENNEBULA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "cloud/cloud.h"
#include "cloud/hostxml.h"
#include "cloud/tplxml.h"
#include "cloud/vmxml.h"

struct http;

/* An endpoint and an account. */
struct one {
	struct http *http;
	char	*endpoint, *session;
	char	*request;	/* LIMIT_REQUEST bytes; wiped after each call */
	int64_t	bytes, api_ns;	/* sums over all calls */
	unsigned calls;
};

enum one_outcome {
	ONE_DONE,	/* [true, ...] */
	ONE_NO_METHOD,	/* fault -506: this daemon has no such call; f is filled */
	ONE_REFUSED,	/* [false, text, code] or another fault; f is filled */
	ONE_NOT_SENT,	/* certainly not received; f is filled */
	ONE_LOST	/* sent, and no readable answer came; f is filled */
};

/* one.system.version: text of the answer into version. */
enum one_outcome one_system_version(struct one *o, char version[32], struct fault *f);
/* one.user.info(-1). */
enum one_outcome one_user_info(struct one *o, struct arena *a, struct account *account,
	    struct fault *f);

/* one.zone.raftstatus: the term of the leader; -1 when it says none. Administrators only (rig.md, Rights). */
enum one_outcome one_zone_raftstatus(struct one *o, struct arena *a, int64_t *term,
	    struct fault *f);

/* Which machines: ids in [start, end] (end -1: and all above), state -1: all but DONE, -2: all. */
struct one_range {
	int32_t	start, end, state;
};
/* one.vmpool.infoextended or one.vmpool.info (2.2: its own parameters, without a range). */
enum one_outcome one_vmpool_info(struct one *o, struct arena *a, const struct era *era,
	    bool extended, struct one_range range, int64_t max_machines, struct vm_list *out,
	    struct fault *f);
/* The same, of whom: the filter of one.vmpool.info; -3 the caller's own (2.2: -1), -2 everybody's. */
enum one_outcome one_vmpool_whose(struct one *o, struct arena *a, const struct era *era,
	    bool extended, int32_t whose, struct one_range range, int64_t max_machines,
	    struct vm_list *out, struct fault *f);
/* one.vm.info; *out gets one machine more. */
enum one_outcome one_vm_info(struct one *o, struct arena *a, const struct era *era, int32_t id,
	    struct vm_list *out, struct fault *f);
enum one_outcome one_hostpool_info(struct one *o, struct arena *a, struct host_list *hosts,
	    struct fault *f);
/* one.hostpool.monitoring(0): the last record of each host, into the hosts that are there. */
enum one_outcome one_hostpool_monitoring(struct one *o, struct arena *a, struct host_list *hosts,
	    struct fault *f);
/* one.vm.action, on a connection of its own, sent at most once. */
enum one_outcome one_vm_action(struct one *o, const char *verb, int32_t id, struct fault *f);

/*
 * one.vm.allocate and one.template.instantiate, each as its era takes it (launch.c has the rows), on a connection of its
 * own, sent at most once. *id: the new machine, when ONE_DONE. A fault that is not oned's own may come from a proxy that
 * lost oned's answer: ONE_LOST. ONE_DONE without a readable id is ONE_LOST too.
 */
enum one_outcome one_vm_allocate(struct one *o, const char *template_text, bool with_hold,
	    int64_t *id, struct fault *f);
/* n_params: 2 (id, name), 4 (and hold = false, extra) or 5 (and persistent = false). */
enum one_outcome one_template_instantiate(struct one *o, int32_t template_id, const char *name,
	    const char *extra, unsigned n_params, int64_t *id, struct fault *f);
/* one.templatepool.info: every template that the caller may see. */
enum one_outcome one_templatepool_info(struct one *o, struct arena *a, struct tpl_list *out,
	    struct fault *f);

/* The endpoint and account of an open cloud, for calls beside listing and killing (launch.c). */
struct one *cloud_one(struct cloud *c);
int64_t	cloud_max_machines(const struct cloud *c);

#endif
