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
#include "cloud/salvage.h"
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
	struct vmxml_seen seen;	/* in pools since somebody set it to zero */
};

enum one_outcome {
	ONE_DONE,	/* [true, ...] */
	ONE_NO_METHOD,	/* fault -506: this daemon has no such call; f is filled */
	ONE_REFUSED,	/* [false, text, code] or another fault; f is filled */
	ONE_NOT_SENT,	/* certainly not received; f is filled */
	ONE_MALFORMED,	/* success, but the document in it is none, or in doubt (vmxml_in_doubt); f is filled */
	ONE_LOST	/* sent, and no readable answer came; f is filled */
};

/* one.system.version: text of the answer into version. */
enum one_outcome one_system_version(struct one *o, char version[32], struct fault *f);
/* one.user.info(uid); -1: who asks. */
enum one_outcome one_user_info(struct one *o, struct arena *a, int32_t uid,
	    struct account *account, struct fault *f);

/* one.zone.raftstatus: the term of the leader; -1 when it says none. Administrators only (rig.md, Rights). */
enum one_outcome one_zone_raftstatus(struct one *o, struct arena *a, int64_t *term,
	    struct fault *f);

/* Which machines: ids in [start, end] (end -1: and all above), state -1: all but DONE, -2: all. */
struct one_range {
	int32_t	start, end, state;
};
/*
 * one.vmpool.infoextended or one.vmpool.info (2.2: its own parameters, without a range). whose is the filter: -2
 * everybody's, as far as the account may see; -3 its own (2.2: -1); or the number of a user. *flaw, when malformed: the
 * machine at which it happened, if that is known, else -1; what was read before is in *out all the same.
 */
enum one_outcome one_vmpool_info(struct one *o, struct arena *a, const struct era *era,
	    bool extended, int32_t whose, struct one_range range, int64_t max_machines,
	    struct vm_list *out, int64_t *flaw, struct fault *f);
/* The same call of 2.2, searched for ids (salvage.h) and not read. */
enum one_outcome one_vmpool_ids(struct one *o, int32_t whose, struct salvage_ids *ids,
	    struct fault *f);
/* one.vm.info; *out gets one machine more. */
enum one_outcome one_vm_info(struct one *o, struct arena *a, const struct era *era, int32_t id,
	    struct vm_list *out, struct fault *f);
/* What one.vm.info said of one of many machines. */
struct one_inspection {
	int64_t	id;			/* which; the caller's */
	struct vm *vm;			/* NULL: not read */
	bool	asked;			/* its turn came */
	bool	gone;			/* there is no such machine */
};
/*
 * one.vm.info of each of the n, several at once over connections that are kept alive. Each answer stands by its own
 * machine, in whatever order they came. *f is why the last one failed, FAULT_NONE when none did. It ends at until_ns
 * (CLOCK_MONOTONIC; 0: never), and after LIMIT_FAILURES_IN_A_ROW: the rest has not been read.
 */
void	one_vm_infos(struct one *o, struct arena *a, const struct era *era,
	    struct one_inspection *v, size_t n, int64_t until_ns, struct fault *f);
/* one.vm.info, the text of the document itself: up to room bytes of it; *len > room: it is longer. */
enum one_outcome one_vm_text(struct one *o, int32_t id, char *buf, size_t room, size_t *len,
	    struct fault *f);
enum one_outcome one_hostpool_info(struct one *o, struct arena *a, struct host_list *hosts,
	    struct fault *f);
/* one.hostpool.monitoring(0): the last record of each host, into the hosts that are there. */
enum one_outcome one_hostpool_monitoring(struct one *o, struct arena *a, struct host_list *hosts,
	    struct fault *f);
/* one.vm.action, on a connection of its own, sent at most once. */
enum one_outcome one_vm_action(struct one *o, const char *verb, int32_t id, struct fault *f);

/*
 * one.vm.update(session, id, text, 1): attributes added to the user template of a machine, or put in the place of those of
 * that name (capture 262 of 7.2.0).
 */
enum one_outcome one_vm_append(struct one *o, int32_t id, const char *attributes,
	    struct fault *f);

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
