/* SPDX-License-Identifier: ISC */
/*
 * cloud: a cloud as vmreaper sees it: list its machines and hosts, look at one, kill one.
 *
 * Hides HTTP, XML-RPC, the documents and the versions of OpenNebula. Everything here is a value:
 * a listing that is not complete says so and why, and a number that no table knows is kept as a
 * number. Strings are as the cloud gave them (bounded, NUL-free, maybe invalid UTF-8): escape them.
 */
#ifndef CLOUD_H
#define CLOUD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/net.h"
#include "cloud/door.h"

struct era;		/* cloud/era.h */
struct policy;

enum tri { TRI_UNKNOWN, TRI_NO, TRI_YES };

/* DESIGN 4. */
enum vm_class {
	VM_CLASS_OK,		/* the guest should run: RUNNING, hot-plug, snapshot, resize, backup */
	VM_CLASS_TRANSITIONAL,	/* on its way, PENDING and CLONING included */
	VM_CLASS_UNKNOWN,
	VM_CLASS_FAILED,
	VM_CLASS_OFF,		/* stopped, suspended, poweroff, undeployed, hold */
	VM_CLASS_DONE,
	VM_CLASS_UNRECOGNISED,	/* a number that the era's table does not have */
	VM_CLASS_COUNT
};
const char *vm_class_str(enum vm_class c);

enum addr_origin { ADDR_NIC, ADDR_ALIAS, ADDR_EXTERNAL, ADDR_GUEST };

struct vm_addr {
	struct addr a;
	enum addr_origin origin;
	const char *network;		/* name of the virtual network, or NULL */
	int32_t	network_id;		/* -1: not known */
};

enum disk_kind { DISK_IMAGE, DISK_CDROM, DISK_VOLATILE, DISK_VOLUME /* pdisk: */, DISK_OTHER };

struct vm_disk {
	int32_t	id;			/* -1: not known */
	enum disk_kind kind;
	enum tri persistent;		/* unknown counts as persistent (V6) */
	int64_t	size_mib;		/* 0: not known */
	const char *image;		/* name or source, or NULL */
};

struct vm_attr {
	const char *name, *value;
};

#define VM_LOCK_NONE		0
#define VM_LOCK_UNREADABLE	(-1)	/* a LOCK element that says nothing we know: a lock */

/* What is odd about one machine; it is kept, named and counted. */
#define VM_ODD_STATE		0x01	/* STATE or LCM_STATE missing, or no number of the table */
#define VM_ODD_TIME		0x02	/* a time that is no plausible number */
#define VM_ODD_ADDRESS		0x04	/* an address that does not parse */
#define VM_ODD_TEXT		0x08	/* a name or owner with control bytes or invalid UTF-8, or cut */
#define VM_ODD_TWICE		0x10	/* an element twice that must be there once, or an id twice in the listing */
#define VM_ODD_LIMIT		0x20	/* more disks, addresses or attributes than the bounds */

struct vm {
	int64_t	id;
	int32_t	uid, gid;		/* -1: not known */
	const char *name, *uname, *gname;	/* "" when absent */
	int32_t	state, lcm;		/* as given; -1: missing */
	enum vm_class cls;
	unsigned odd;			/* VM_ODD_* */

	int64_t	stime_s, etime_s, last_poll_s;	/* 0: none */
	const char *deploy_id;		/* "" when absent */
	/* the last history record: where it is placed */
	int64_t	host_id;		/* -1: on no host */
	const char *host;		/* "" */
	int64_t	seq;			/* -1: no history */
	int64_t	hstime_s, rstime_s, retime_s, pstime_s, estime_s, eetime_s;	/* hints; 0: none */

	struct vm_addr *addrs;
	struct vm_disk *disks;
	struct vm_attr *attrs;		/* custom attributes (USER_TEMPLATE; in 3.x those of TEMPLATE) */
	uint32_t n_addrs, n_disks, n_attrs;	/* 32 bits: a hundred thousand machines in memory */
	uint32_t n_nics;		/* NIC elements seen, with or without address */
	const char *labels;		/* LABELS as given ("a,b/c"), or NULL */
	int64_t	service_id, vrouter_id;	/* -1: none */
	enum tri ever_ran;		/* a history record with RSTIME > 0; unknown when records may be missing */
	int32_t	lock;			/* VM_LOCK_NONE, a level, or VM_LOCK_UNREADABLE */
	int32_t	vcpu;			/* TEMPLATE/VCPU, else CPU rounded up; 0: not known */
	bool	full;			/* attributes, locks and disks were all supplied: not the short body, and looked at */
	bool	imported;
	bool	sched_action;		/* a scheduled action is pending */
	bool	create_image;		/* StratusLab: the owner is building an image */
	bool	snapshots;		/* system or disk snapshots */
	const char *error;		/* last driver error, bounded, or NULL */

	double	cpu;			/* reserved CPU share (TEMPLATE/CPU); 0: not known */
	int64_t	memory_mib, disk_mib;	/* reserved; sums of disks */
	/* As last monitored: percent, KiB; digits as given, "" when the document has none. 0 until the first poll, stale in UNKNOWN. */
	const char *seen_cpu, *seen_memory;
};

/* What a machine holds in its state (reapers.md C.4): only what somebody else cannot use. */
struct holds {
	int32_t	vcpu;
	int64_t	memory_mib, disk_mib;
	int32_t	addresses;		/* NIC and alias addresses (leases) */
	int32_t	images;			/* disks with an image or volume */
	bool	any;
};
void	vm_holds(const struct era *era, const struct vm *vm, struct holds *h);

/* True if a disk is persistent or not known not to be one (V6), or a snapshot or CREATE_IMAGE is there. */
bool	vm_has_data(const struct vm *vm);
/* The value of a custom attribute (ASCII case-insensitive name), or NULL. */
const char *vm_attr(const struct vm *vm, const char *name);
/* True if the comma-separated LABELS contain the label (whole path, ASCII case-insensitive). */
bool	vm_has_label(const struct vm *vm, const char *label);

struct host {
	int64_t	id;
	const char *name;
	int32_t	state;			/* HOST/STATE; 2 is MONITORED (reapers.md C.3) */
	int64_t	monitored_s;		/* last monitoring, wall time; 0: never or not known */
	const char *error;		/* or NULL */
	int64_t	*vms;			/* HOST/VMS/ID; NULL where the era has none */
	size_t	n_vms;
	int64_t	*zombies;
	size_t	n_zombies;
};

struct account {
	int32_t	uid;			/* -1: not known */
	const char *name;
	const char *marker;		/* VMREAPER_CLOUD of its own user template, or NULL */
	const char *email;		/* EMAIL there, as it stands (the user wrote it), or NULL: none, or several */
};

struct listing {
	struct vm *vms;			/* ascending id, each id once */
	size_t	n;
	struct host *hosts;		/* ascending id */
	size_t	n_hosts;
	bool	complete;		/* contract, DESIGN 3 */
	struct fault why;		/* why it is not */
	bool	attributes;		/* machines are full (infoextended, or an era without a short body) */
	bool	contradiction;		/* numbers that cannot be in this era (R6); why in contradiction_text */
	char	contradiction_text[160];
	const struct era *era;		/* NULL: not known (R6) */
	char	version[32];		/* as the cloud said or the policy pins; "" */
	struct account account;		/* the listing account */
	int64_t	bytes;			/* read from the wire */
	int64_t	api_ns;			/* time of all calls */
	unsigned calls;
};

struct cloud;

struct cloud_config {
	const char *endpoint;
	enum door_dialect dialect;
	const char *session;		/* "user:password"; copied, wiped on close; NULL: a certificate alone */
	const char *cert_file, *key_file;	/* PEM; key NULL: both in cert_file; NULL: none */
	const char *version;		/* "auto" or a pin */
	const char *ca_file, *ca_dir;	/* or NULL */
	bool	insecure;
	int64_t	connect_timeout_ms, timeout_ms;
	int64_t	page, max_machines;
	int32_t	connections;		/* at most so many at once; 0: one */
};

/* Fill a configuration from the policy, with the certificate of the listing account; session is not touched. */
void	cloud_config_from(struct cloud_config *c, const struct policy *p);

/* The two accounts of a policy: [cloud] and [reap]. */
enum cloud_role { CLOUD_READER, CLOUD_REAPER };
/* Open the door of the policy for one of them: reads auth_file, unless there is a certificate and no auth_file. */
int	cloud_open_as(const struct policy *p, enum cloud_role role, struct cloud **out,
	    struct fault *f);

/*
 * Open a door: resolves the endpoint (no connection yet). A gRPC endpoint, a missing
 * scheme or an unknown one is refused with advice; with DOOR_STRATUSLAB a bare host is a good one. *out must be closed.
 */
int	cloud_open(const struct cloud_config *config, struct cloud **out, struct fault *f);
void	cloud_close(struct cloud *c);	/* NULL-safe; wipes the session */

/* Calls end until then (CLOCK_MONOTONIC), or fail; 0: they have their own time-outs only. */
void	cloud_until(struct cloud *c, int64_t until_ns);

/*
 * Call progress while a listing takes several ranges, with the machines read so far; last: it is over, well or not.
 * Short listings never call it. NULL: no more.
 */
void	cloud_on_progress(struct cloud *c, void (*progress)(size_t machines, bool last));

/*
 * List everything into l (zeroed by this call; memory in a): version and era, the account,
 * machines by id ranges (one.vmpool.infoextended or one.vmpool.info), hosts and their last
 * monitoring. Returns 0 when the listing is complete; -1 otherwise, with l->complete false,
 * l->why set (and copied to f), and whatever was read left in l for the report.
 */
int	cloud_list(struct cloud *c, struct arena *a, struct listing *l, struct fault *f);

/* Read one machine whole (one.vm.info). FAULT_GONE when there is no such machine. era as listed. */
int	cloud_inspect(struct cloud *c, struct arena *a, const struct era *era, int64_t id,
	    struct vm *vm, struct fault *f);

/*
 * Look closer at every machine that is unknown or has failed (one.vm.info of each, as many at once as there are connections):
 * no listing has what a guest said of its addresses, older history, or, where its body is short, marks and locks. What was
 * read takes the place of what was listed, unless the machine has changed meanwhile; one that could not be read is not
 * `full` any more, which keeps it. Until until_ns (CLOCK_MONOTONIC; 0: twice the time-out of a call). -1: more than half
 * of several could not be read. The cloud is sick: l is not complete any more, with l->why (and f).
 */
int	cloud_look_closer(struct cloud *c, struct arena *a, struct listing *l, int64_t until_ns,
	    struct fault *f);

/* Hosts with their last monitoring (one.hostpool.info, one.hostpool.monitoring). */
int	cloud_hosts(struct cloud *c, struct arena *a, const struct era *era, struct host **hosts,
	    size_t *n, struct fault *f);

/* Version and era only (one.system.version). era NULL with 0: answered, but not known. */
int	cloud_version(struct cloud *c, struct arena *a, char version[32], const struct era **era,
	    struct fault *f);

/*
 * The Raft term of the zone (one.zone.raftstatus, from 5.4 on): another one means another leader. -1 where it cannot be
 * known: an older cloud, an account that may not ask (the call is for administrators of the zone), any failure.
 */
int64_t	cloud_term(struct cloud *c, struct arena *a, const struct era *era);

/* Who the session is, and its marker (one.user.info(-1)). */
int	cloud_account(struct cloud *c, struct arena *a, const struct era *era,
	    struct account *account, struct fault *f);

/* Who a user is, and EMAIL of its template (one.user.info(uid)): needs USE on it (vmreaper(8), RIGHTS). */
int	cloud_user(struct cloud *c, struct arena *a, int32_t uid, struct account *user,
	    struct fault *f);

/*
 * Write name="value" into a machine's user template (one.vm.update, append); needs MANAGE on it. value is ours: without
 * quotes and backslashes. An era in which that would replace what stands there is a fault.
 */
int	cloud_append(struct cloud *c, const struct era *era, int64_t id, const char *name,
	    const char *value, struct fault *f);

enum kill_reply {
	KILL_ACCEPTED,		/* success: queued, not done (A4) */
	KILL_REFUSED,		/* an answer that says no; f says which */
	KILL_NOT_SENT,		/* no connection: certainly not received */
	KILL_IN_DOUBT		/* sent, and the reply was lost, or does not say whether it was done (A3) */
};
/*
 * one.vm.action(session, verb, id), once, never resent. id must be >= 0 (3.2.1 writes a bogus row
 * for -1: rig.md). f is filled unless accepted (kinds: GONE, STATE, LOCKED, RIGHTS, AUTH, REPLY ...).
 */
enum kill_reply cloud_kill(struct cloud *c, const char *verb, int64_t id, struct fault *f);
const char *kill_reply_str(enum kill_reply r);

/*
 * A saved listing: what `onevm list --extended -x` or `onevm show -x` prints, or a captured
 * XML-RPC response, read from a file descriptor to its end. No hosts; era from version (pin) or,
 * when "auto", guessed from the document and said to be a guess in l->version ("7.x?").
 */
int	cloud_saved(int fd, const char *name, const char *version, struct arena *a, struct listing *l,
	    struct fault *f);

#endif
