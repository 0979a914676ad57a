/* SPDX-License-Identifier: ISC */
/*
 * sim: a cloud in memory that answers XML-RPC as two real OpenNebula daemons did (7.2.0, and
 * 3.2.1 with StratusLab's patches), for tests, the demo and the benchmarks.
 *
 * It shares no code with src/cloud (only src/base), so that an error there cannot be repeated here and
 * agree with itself; tests/unit/test_sim.c holds its answers against the recorded ones. It
 * listens on loopback addresses only, and its clock is moved by hand. Every function may be called while
 * the server runs (one lock inside). Strings given are copied. Bad input from a test is a bug
 * of the test: the process aborts with a message.
 *
 * What it does on purpose otherwise than a daemon is listed in tests/unit/test_sim.c.
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sim;

/* 2.2 is composed from its sources (reapers.md C.10, C.11), and from 3.2.1 where they say nothing else. */
enum sim_era { SIM_720, SIM_321, SIM_220 };

/* --- the cloud ------------------------------------------------------------------------- */

/* An empty cloud with one account: id 0, "oneadmin", group 0, password "oneadmin". Its clock
 * stands at SIM_EPOCH. Free with sim_free, which stops the server too. */
#define SIM_EPOCH 1795417600
struct sim *sim_new(enum sim_era era);
void	sim_free(struct sim *sim);			/* NULL-safe */
enum sim_era sim_era(const struct sim *sim);
const char *sim_era_str(enum sim_era era);		/* "7.2.0", "3.2.1", "2.2" */
/* The era of such a text, SIM_720 for any other. */
enum sim_era sim_era_parse(const char *text, size_t len);

/* Time in seconds since 1970. It stands still until moved; with a source (may be NULL) it is the
 * source's time plus what was advanced. Planned changes that became due happen at once. */
void	sim_set_time(struct sim *sim, int64_t wall_s);
void	sim_advance(struct sim *sim, int64_t seconds);
void	sim_set_clock(struct sim *sim, int64_t (*now_s)(void *arg), void *arg);
int64_t	sim_time(struct sim *sim);

struct sim_attr {
	const char *name, *value;
};

struct sim_user {
	int	    id;
	const char *name, *password;
	int	    gid;
	const char *gname;
	bool	    sees_vms;		/* VM USE on everything, else its own machines only */
	bool	    sees_hosts;		/* HOST USE */
	bool	    sees_users;		/* USER USE: the records of others */
	bool	    may_manage;		/* VM MANAGE on everything (without sees_vms: kills blindly) */
	bool	    admin_zone;		/* ADMIN ZONE: may ask for the Raft status (oneadmin always may) */
	bool	    disabled;		/* refused like a wrong password */
	bool	    list_asc;		/* OPENNEBULA=[API_LIST_ORDER="ASC"] in its template */
	bool	    may_not_create;	/* machines */
	int	    quota_vms;		/* of its own machines that are not DONE; 0: none */
	double	    quota_cpu;
	int	    quota_memory_mib;
	const struct sim_attr *attrs;	/* its template: VMREAPER_CLOUD, VM_USE_OPERATIONS, ... */
	size_t	    n_attrs;
};

/* Adds or replaces (by id). Id 0 and group 0 may do everything. */
void	sim_add_user(struct sim *sim, const struct sim_user *user);

struct sim_host {
	int	    id;
	const char *name;
	int	    state;		/* 2 monitored, 3 error, 4 disabled, 8 offline, ... */
	int64_t	    mon_age_s;		/* last monitored so long ago, at any time; < 0: never */
	int64_t	    mon_frozen_s;	/* if > 0: last monitored then, and never since */
	const char *error;		/* TEMPLATE/ERROR, NULL: none */
	const int  *zombies;		/* ids reported but not known here (7.2.0) */
	size_t	    n_zombies;
	const char *wild;		/* a wild machine's name, NULL: none (7.2.0) */
};

/* Adds or replaces (by id). */
void	sim_add_host(struct sim *sim, const struct sim_host *host);
/* State 3 freezes the last monitoring at the present and sets an error text on 7.2.0; on 3.2.1
 * the time goes on, as observed. Another state thaws. */
/* Another leader: one.zone.raftstatus has this term. 0, a server alone, until set. */
void	sim_set_term(struct sim *sim, int64_t term);
void	sim_set_host_state(struct sim *sim, int id, int state);

/*
 * StratusLab's proxy before the daemon (stratuslab.md 2.3, 2.5, 7): paths /pswd/xmlrpc with Basic authentication, its
 * user standing in for the session, and /cert/xmlrpc, where whoever checked the certificate before us is cert_user
 * (NULL: nobody is); both also below /one-proxy. Values go without <string>, i8 as ex:i8. NULL: no proxy any more.
 */
struct sim_proxy {
	const char *cert_user;
};
void	sim_set_proxy(struct sim *sim, const struct sim_proxy *proxy);
/* Does the daemon behind the proxy run? If not each call gets the proxy's fault 0. */
void	sim_set_daemon(struct sim *sim, bool up);

/* --- machines -------------------------------------------------------------------------- */

struct sim_nic {
	const char *network;
	int	    network_id;
	const char *ip;			/* all addresses may be NULL (an Ethernet-only network) */
	const char *ip6;		/* static v6 */
	const char *ip6_global, *ip6_ula, *ip6_link;
	const char *external_ip;
	const char *mac;		/* NULL: made from the machine's id */
	const char *model;		/* 3.2.1: MODEL; NULL: none */
	bool	    alias;		/* an alias of the first NIC */
};

enum sim_disk_kind {
	SIM_DISK_IMAGE,			/* cloned image */
	SIM_DISK_PERSISTENT,
	SIM_DISK_CDROM,
	SIM_DISK_VOLATILE,
	SIM_DISK_SOURCE,		/* DISK_ID, SOURCE, TARGET, TYPE=block only (pdisk:...) */
	SIM_DISK_URL,			/* SOURCE=http..., READONLY=no, SAVE=no */
	SIM_DISK_ODD			/* a kind nobody knows: DISK_ID, TYPE=weird */
};

struct sim_disk {
	enum sim_disk_kind kind;
	const char *source;		/* for SOURCE and URL; for VOLATILE its type, NULL: swap */
	const char *image;		/* NULL: "ttylinux" */
	int	    image_id;
	int64_t	    size_mib;		/* 0: 1024 */
	const struct sim_attr *given;	/* not an image: written so, with its DISK_ID */
	size_t	    n_given;
};

struct sim_history {
	int	hid;
	int64_t	stime, etime, pstime, petime, rstime, retime, estime, eetime;
	int	action;
};

enum sim_kill {
	SIM_KILL_NOW,			/* DONE before the reply is sent */
	SIM_KILL_LATE,			/* SHUTDOWN, at half of kill_s EPILOG, at kill_s DONE */
	SIM_KILL_NEVER,			/* stays in SHUTDOWN */
	SIM_KILL_BOUNCE,		/* SHUTDOWN, after kill_s RUNNING, after kill_s more UNKNOWN */
	SIM_KILL_EPILOG_FAILURE,	/* SHUTDOWN, after kill_s EPILOG_FAILURE (3.2.1: FAILED) */
	SIM_KILL_ZOMBIE,		/* DONE at once, its id then among its host's zombies */
	SIM_KILL_DRIVER			/* accepted, and RUNNING: the driver failed (7.2.0, host in error) */
};

/* The filled-in start is sim_vm_default(id); set what differs. */
struct sim_vm {
	int	    id;
	int	    uid, gid;
	const char *uname, *gname;
	const char *name;		/* escaped as XML needs it */
	const char *raw_name;		/* if set: put into the document byte for byte instead */
	int	    state, lcm;
	int64_t	    stime_s, etime_s;	/* created, ended; stime 0: now */
	const char *deploy_id;		/* NULL: made up if it has a host and has booted */
	int	    host;		/* host id, -1: never placed */
	const char *cpu;		/* "0.5" */
	int	    vcpu;		/* 0: not set */
	int	    memory_mib;
	int	    used_kib, used_cpu;	/* as polled: KiB, percent (before 4.x) */
	const struct sim_nic *nics;
	size_t	    n_nics;
	const struct sim_disk *disks;
	size_t	    n_disks;
	int	    lock;		/* 0, or 1 use, 2 manage, 3 admin (7.2.0) */
	int	    lock_owner;
	const char *labels;		/* USER_TEMPLATE/LABELS (3.2.1: a plain attribute) */
	const char *error;		/* ERROR as a tenant sees it */
	const struct sim_attr *attrs;	/* custom attributes */
	size_t	    n_attrs;
	int	    service_id;		/* OneFlow, -1: none */
	int	    vrouter_id;		/* -1: none */
	const char *sched_action;	/* a scheduled action ("terminate"), NULL: none (7.2.0) */
	int64_t	    sched_time_s;
	bool	    create_image;	/* 3.2.1: CREATE_IMAGE, the owner is building an image */
	bool	    context;		/* with CONTEXT/ETHn_* */
	const struct sim_attr *context_attrs;	/* what stands in CONTEXT; NULL: a stock one */
	size_t	    n_context;
	int	    vnc_port;		/* with GRAPHICS; 0: without */
	const char *guest_ip;		/* MONITORING/GUEST_IP of vm.info */
	const struct sim_history *history;	/* NULL: one record made to fit the state */
	size_t	    n_history;
	enum sim_kill kill;
	int64_t	    kill_s;
};

/* RUNNING on host 0 (which need not exist), oneadmin's, named "vm-ID", one image disk, no NIC, dies at once. */
struct sim_vm sim_vm_default(int id);
void	sim_add_vm(struct sim *sim, const struct sim_vm *vm);	/* adds or replaces (by id) */
void	sim_remove_vm(struct sim *sim, int id);			/* as if it had never been */
/* Now, with the history times that such a change leaves. Ends what was planned for it. */
void	sim_set_state(struct sim *sim, int id, int state, int lcm);
/* The same, after_s from now. */
void	sim_plan_state(struct sim *sim, int id, int64_t after_s, int state, int lcm);
void	sim_set_lock(struct sim *sim, int id, int level, int owner);
/* What the last poll of the guest said, before 4.x. */
void	sim_set_usage(struct sim *sim, int id, int kib, int cpu);
/* -1 when there is no such machine. */
int	sim_get_state(struct sim *sim, int id, int *state, int *lcm);
size_t	sim_count(struct sim *sim, int state);			/* -1: all but DONE, -2: all */

/* The guest halts: RUNNING becomes UNKNOWN on 3.2.1, POWEROFF on 7.2.0. It crashes: UNKNOWN. -1: it does not run. */
int	sim_halt(struct sim *sim, int id);
int	sim_crash(struct sim *sim, int id);

/*
 * n machines with ids from 0, ten hosts and three networks, always the same for the same n: of
 * 1000, 960 RUNNING, 15 UNKNOWN, 5 failed, 15 POWEROFF (3.2.1: SUSPENDED), 5 in transition. Bodies as
 * large as recorded ones (two disks, one or two NICs, some with context). STIME grows with the id.
 */
void	sim_add_fleet(struct sim *sim, int n);

/* The number for a state's name (of sim_state_str), or -1. "UNKNOWN" gives 3 and 16. */
int	sim_state_parse(enum sim_era era, const char *name, int *state, int *lcm);
/* The daemon's name for a state, NULL when it has none. */
const char *sim_state_str(enum sim_era era, int state, int lcm);

/* --- StratusLab's other services: services.c ----------------------------------------------- */

/*
 * On the same port: /marketplace/metadata/ID[?status=...] and /pdisk/pswd/disks/[UUID/mounts/[UUID_ID]] (GET, and DELETE
 * of a mount). Accounts of pdisk are those of the cloud, with HTTP Basic; the one called "pdisk" sees every volume,
 * others their own. Without the right Accept both answer with a page. Faults: the methods "marketplace.metadata",
 * "pdisk.disks" and "pdisk.mounts"; SIM_FAULT_FAILURE is an error of the service with HTTP status arg.
 */
struct sim_volume {
	const char *uuid, *tag, *owner;
	const char *identifier;		/* NULL: "" */
	const char *count;		/* NULL: as many as are mounted */
	const char *size;		/* NULL: "10" */
	const char *quarantine;		/* NULL: none */
};
void	sim_add_volume(struct sim *sim, const struct sim_volume *volume);	/* adds or replaces (by uuid) */
/* device NULL: "static". vm as text: it need not be a number. */
void	sim_add_mount(struct sim *sim, const char *uuid, const char *vm, const char *device);
void	sim_drop_mount(struct sim *sim, const char *uuid, const char *vm);

struct sim_metadata {
	const char *id, *sha1;		/* in the metadata, whether they agree or not */
	const char *endorser;		/* NULL: jane.tester@example.org */
	int64_t	    created_s, valid_s;	/* valid_s 0: a year from now */
	const char *deprecated;		/* NULL: not */
	const char *location;		/* NULL: http://images.example.org/ID.img.gz; "": none */
	const char *format, *bus, *kind;/* NULL: raw, virtio, machine */
	const char *raw;		/* if set: the whole document instead */
};
void	sim_add_metadata(struct sim *sim, const struct sim_metadata *metadata);

/* --- new machines ---------------------------------------------------------------------- */

/* A network with count addresses from first on to give away (first NULL: an Ethernet-only one). By name: adds or replaces.
 * A machine that asks for one that is not here, or has no free address, is refused. */
void	sim_add_network(struct sim *sim, const char *name, int id, const char *first, int count);

struct sim_image {
	int	    id;
	const char *name;
	int	    uid;		/* its owner */
	bool	    everybody;		/* may use it */
	bool	    persistent;		/* and so only for one machine at a time */
};
/* Adds or replaces (by id). While there is none, every image that a machine asks for is there. */
void	sim_add_image(struct sim *sim, const struct sim_image *image);

struct sim_template {
	int	    id;
	const char *name, *text;	/* NAME=VALUE lines */
	int	    uid, gid;
	const char *uname, *gname;
	bool	    everybody;		/* may see and use it */
	int64_t	    regtime_s;		/* 0: now */
};
void	sim_add_template(struct sim *sim, const struct sim_template *t);	/* adds or replaces (by id) */

enum sim_phase { SIM_PENDING, SIM_PROLOG, SIM_BOOT };
/* How machines start that are asked for from now on: 1 s in each phase, all the way to RUNNING, until set. */
struct sim_launch {
	int64_t	    pending_s, prolog_s, boot_s;
	bool	    ends;		/* in the phase last: stays there, or */
	enum sim_phase last;
	bool	    fails;		/* PROLOG_FAILURE or BOOT_FAILURE (3.2.1: FAILED) */
	enum sim_kill kill;		/* what a kill does to them */
	int64_t	    kill_s;
};
void	sim_set_launch(struct sim *sim, const struct sim_launch *launch);
/* The id of the next machine that is asked for, if no later one is there. */
void	sim_set_next_id(struct sim *sim, int id);

/* --- faults on request ----------------------------------------------------------------- */

enum sim_fault_kind {
	SIM_FAULT_NONE,
	SIM_FAULT_DELAY,		/* arg ms before the first byte */
	SIM_FAULT_CUT,			/* the connection closes after arg bytes of the promised body */
	SIM_FAULT_RESET,		/* TCP reset instead of a reply (nothing was done) */
	SIM_FAULT_LENGTH,		/* Content-Length arg bytes longer than the body */
	SIM_FAULT_SHORT,		/* HTTP is whole, the envelope ends after arg bytes */
	SIM_FAULT_HTML,			/* a page with status 200 */
	SIM_FAULT_STATUS,		/* HTTP status arg with a page */
	SIM_FAULT_FAULT,		/* XML-RPC fault arg with text */
	SIM_FAULT_FAILURE,		/* a failure array: code arg with text */
	SIM_FAULT_HUGE,			/* a pool of arg MB, streamed */
	SIM_FAULT_INNER,		/* the inner document ends after arg bytes, the envelope is whole */
	SIM_FAULT_LOST,			/* acts, then closes without a word */
	SIM_FAULT_EMPTY,		/* an empty pool with success */
	SIM_FAULT_DRIP			/* one byte each arg ms */
};

struct sim_fault {
	enum sim_fault_kind kind;
	const char *method;		/* NULL: any */
	int64_t	    arg;
	const char *text;		/* NULL: a stock text */
	int	    skip;		/* calls that match and are spared first */
	int	    times;		/* calls that it hits, 0: until sim_clear_faults */
};

/* The first fault in order of adding that is not used up hits a call. */
void	sim_add_fault(struct sim *sim, const struct sim_fault *fault);
void	sim_clear_faults(struct sim *sim);
const char *sim_fault_str(enum sim_fault_kind kind);		/* "cut", "lost", ... */

/* --- the server ------------------------------------------------------------------------ */

/* Listen on a loopback address ("127.0.0.1", NULL for it; "::1") and port (0: any), in threads
 * of its own. cert_pem and key_pem: texts, both or neither. 0, or -1 with a line on stderr. */
int	sim_start(struct sim *sim, const char *address, uint16_t port, const char *cert_pem,
	    const char *key_pem);
uint16_t sim_port(const struct sim *sim);
void	sim_stop(struct sim *sim);		/* ends running replies; may be started again */
/* Connections since sim_start: how many were opened, and the most that were open at once. */
void	sim_connections(struct sim *sim, size_t *opened, size_t *at_once);
/* "http://127.0.0.1:PORT/RPC2" (https with TLS) into buf; returns buf. */
char	*sim_url(const struct sim *sim, char *buf, size_t size);

/* One call without a socket. Transport faults are handed back in trouble, not applied. */
struct sim_reply {
	int	    status;		/* HTTP */
	char	   *body;		/* free with sim_reply_free */
	size_t	    len;
	struct sim_fault trouble;	/* kind SIM_FAULT_NONE: send it; text is NULL */
	const char *challenge;		/* WWW-Authenticate, or NULL */
};
void	sim_handle(struct sim *sim, const char *http_method, const char *path, const char *body,
	    size_t len, struct sim_reply *reply);
/* The same with an Authorization header (NULL: none): only the proxy looks at it. */
void	sim_handle_as(struct sim *sim, const char *http_method, const char *path,
	    const char *authorization, const char *body, size_t len, struct sim_reply *reply);
void	sim_reply_free(struct sim_reply *reply);

/* --- the log of calls ------------------------------------------------------------------ */

/*
 * Append-only, one line each, without session or password:
 *   call 12 one.vmpool.info user=monitor params=-2,0,499,-1 -> ok 34567 bytes
 *   call 13 one.vm.action user=reaper params=terminate-hard,17 -> error 2048
 *   call 14 one.vm.info user=- params=17 -> fault -501
 *   call 15 - user=- params= -> http 405
 *   kill accepted vm=17 verb=terminate-hard user=reaper
 *   kill refused vm=17 verb=terminate-hard user=reaper code=2048
 *   launch accepted vm=18 user=alice name=one-18
 *   launch refused user=alice code=512
 *   state vm=17 SHUTDOWN -> DONE at=1795417600
 *   fault lost hits call 16
 */
size_t	sim_log_count(struct sim *sim, const char *part);	/* lines that contain part; "": all */
char	*sim_log_text(struct sim *sim, const char *part);	/* those lines; the caller frees */
/* Each method with the types of its parameters, as it was called, once: "one.vm.allocate ssb\n" (s i b, I i8, d double,
 * n text without a type, ? else). The caller frees. */
char	*sim_shapes(struct sim *sim);
void	sim_log_to(struct sim *sim, FILE *f);	/* each new line there too, flushed; NULL: no more */

/* --- scenarios (the format is described in vmsim.c) ------------------------------------ */

/* Apply one line, text to answer goes to out (may be NULL). 0, or -1 with a line in err. */
int	sim_scenario_line(struct sim *sim, const char *line, FILE *out, char *err, size_t err_size);
/* Read a whole file. The era must stand in its first line. NULL with "file:line: why" in err. */
struct sim *sim_scenario_read(const char *file, char *err, size_t err_size);

/* --- a client for tests ---------------------------------------------------------------- */

/*
 * POST body to 127.0.0.1:port path over a blocking socket, read until the peer closes; the
 * whole reply with headers, NUL-terminated, the caller frees. NULL when it was reset or empty.
 */
char	*sim_client_post(uint16_t port, const char *path, const char *body, size_t len,
	    size_t *reply_len);
/* A methodCall document. types: one letter per parameter (s string, i int, b boolean, I i8,
 * d double; values follow as const char *). The caller frees. */
char	*sim_client_call(const char *method, const char *types, ...);

#endif
