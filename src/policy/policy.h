/* SPDX-License-Identifier: ISC */
/*
 * policy: what the administrator wants, read once, checked whole, and const from then on.
 *
 * Hides the INI reader and libConfuse. Any error means no policy: nothing is listed, probed or
 * killed by half of one. vmreaper-policy(5) and conf/policy.ini describe every key.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/net.h"
#include "base/text.h"
#include "base/units.h"
#include "policy/metric.h"

/* A list of words, or the word `all`. Empty and not all (the word `none`, or not given): matches nothing. */
struct policy_list {
	const char **v;
	size_t	n;
	bool	all;
	bool	given;		/* the key stands in the file, or has a default */
};

enum policy_ssh { POLICY_SSH_ALWAYS, POLICY_SSH_WHEN_SILENT, POLICY_SSH_NEVER };
enum policy_dialect { POLICY_DIALECT_AUTO, POLICY_DIALECT_OPENNEBULA, POLICY_DIALECT_STRATUSLAB };
enum policy_persistent { POLICY_PERSISTENT_KEEP, POLICY_PERSISTENT_ALLOW };
enum policy_end { POLICY_END_KILL, POLICY_END_SHUTDOWN };

/* Groups of transitional states with one overdue time each; era_overdue_group() maps states. */
#define POLICY_OVERDUE_LIST(X)						\
	X(PENDING, "pending", "24h") X(CLONING, "cloning", "2h")	\
	X(PROLOG, "prolog", "2h") X(BOOT, "boot", "30m")		\
	X(MIGRATE, "migrate", "2h") X(SAVE, "save", "1h")		\
	X(EPILOG, "epilog", "2h") X(SHUTDOWN, "shutdown", "30m")	\
	X(HOTPLUG, "hotplug", "1h") X(SNAPSHOT, "snapshot", "2h")	\
	X(CLEANUP, "cleanup", "30m") X(OTHER, "other", "2h")
#define POLICY_OVERDUE_X(e, name, def) POLICY_OVERDUE_##e,
enum policy_overdue { POLICY_OVERDUE_LIST(POLICY_OVERDUE_X) POLICY_OVERDUE_COUNT };
#undef POLICY_OVERDUE_X

/* How long one step of the canary may take. */
struct policy_limit {
	int64_t	s[3];		/* warning, critical, and when it is given up, ascending */
	size_t	n;		/* 3; 0: the step is left out (ping, ssh) */
};

/* [unknown] and [failed]: one per reapable class. */
struct policy_class {
	bool	reap;			/* may this class ever be killed (unknown yes, failed yes) */
	struct policy_list states;	/* state names; unknown: UNKNOWN; failed: FAILED PROLOG_FAILURE CLONING_FAILURE */
	int64_t	grace_s;		/* 24h; at least POLICY_GRACE_MIN_S */
	int32_t	confirmations;		/* 3; at least 2: observations spread over as many sweeps */
	int64_t	gap_s;			/* longest time between two observations; 3 x [ledger] interval */
	enum policy_persistent persistent;	/* keep */
	bool	silence;		/* silence on every address, with a witness, is required (yes) */
};

#define POLICY_GRACE_MIN_S	(30 * 60)	/* reapers.md D.1, defaults: below it nothing is known yet */
#define POLICY_TRIES_MAX	8
#define POLICY_PORTS_MAX	8
#define POLICY_WINDOWS_MAX	16
#define POLICY_NOTICE_MAX_S	(90 * 86400)	/* [notify] notice: no date that anybody was told is farther away */

/* One weekly window of [reap] hours: minutes since Monday 00:00 in the named zone. */
struct policy_window {
	uint8_t	 day_from, day_to;	/* 0 = Monday ... 6; from may be greater than to (Sat-Mon) */
	uint16_t minute_from, minute_to;/* 0-1440, from < to */
};

struct policy {
	const char *path;		/* the file as it was named; for messages; "" for policy_default */
	char	digest[65];		/* SHA-256 of the file's bytes, lower-case hex; "" for policy_default */

	struct {
		const char *name;	/* must equal the marker VMREAPER_CLOUD to reap; [A-Za-z0-9._-] */
		const char *endpoint;	/* http(s) URL of the XML-RPC service */
		enum policy_dialect dialect;	/* auto: a path that ends in xmlrpc is StratusLab's proxy */
		const char *auth_file;	/* NULL: $ONE_AUTH, ~/.one/one_auth; with cert_file and the proxy: none */
		const char *cert_file, *key_file;	/* client certificate (PEM); key NULL: in cert_file; NULL: none */
		const char *version;	/* "auto", or a pinned OpenNebula version such as "3.2.1" */
		const char *account;	/* "UID:NAME": pins the reaping account where eras have no marker; or NULL */
		const char *ca_file, *ca_dir;	/* NULL: the system's */
		bool	insecure;	/* no: TLS certificates are verified */
		const char *pdisk;	/* StratusLab's volumes: URL or host of the service; NULL: not asked */
		const char *pdisk_auth_file;	/* NULL: auth_file */
		const char *marketplace;/* URL of StratusLab's catalogue of images */
		int64_t	connect_timeout_ms;	/* 10s */
		int64_t	timeout_ms;	/* 2m: one call, reading included */
		int32_t	connections;	/* 8, at most 15 (oned MAX_CONN) */
		int64_t	page;		/* 2000: ids per listing call */
		int64_t	max_machines;	/* 200000: a listing above it is refused, incomplete */
		int64_t	max_memory_mib;	/* 512: arena cap of a listing */
	} cloud;

	struct {
		bool	ping;		/* yes */
		enum policy_ssh ssh;	/* when-silent */
		uint16_t ssh_port;	/* 22 */
		uint16_t also_connect[POLICY_PORTS_MAX];
		size_t	n_also_connect;
		struct prefix *networks;/* only addresses inside are ever probed; empty: none */
		size_t	n_networks;
		struct addr *canaries;
		size_t	n_canaries;
		int32_t	rate;		/* 2000 packets per second overall */
		int32_t	rate_per_net;	/* 200 per second to one /24 (v4) or /64 (v6) */
		int32_t	tries;		/* pings: number of try_ms; 3 */
		int64_t	try_ms[POLICY_TRIES_MAX];	/* 1s 2s 2s: wait for each */
		int32_t	ssh_tries;	/* 2 */
		int64_t	connect_ms;	/* 5s; at least 3s: below it one lost packet is a death */
		int64_t	greeting_ms;	/* 5s */
		int32_t	in_flight;	/* 512 TCP connections at once */
		int64_t	deadline_ms;	/* 5m for all probes together */
	} probe;

	struct {
		struct range warning[METRIC_COUNT], critical[METRIC_COUNT];
		bool	has_warning[METRIC_COUNT], has_critical[METRIC_COUNT];
		int64_t	overdue_s[POLICY_OVERDUE_COUNT];
		int64_t	settle_s;	/* 15m: a machine that runs for less is not called unreachable */
	} check;

	struct {
		/* A machine is in scope if it matches every in-list that is given, and no out-list. */
		struct policy_list owners_in, groups_in, names_in, labels_in;
		struct policy_list owners_out, groups_out, names_out, labels_out;	/* owners_out: oneadmin */
		struct policy_list addresses_out;	/* self-protection: frontend, monitoring server */
		struct policy_list ids_out;
		const char *keep_attribute;	/* VMREAPER_KEEP */
		const char *keep_label;		/* vmreaper-keep */
		int64_t	min_age_s;		/* 1h since STIME */
		bool	services, virtual_routers, imported;	/* no: kept */
	} scope;

	struct policy_class unknown, failed;
	struct {
		int64_t	report_after_s;	/* 30d */
	} off;

	struct {
		int64_t	per_run, per_hour, per_host, per_owner;	/* 5 10 3 5; UNITS_UNLIMITED */
		int64_t	storm_count;	/* 10: more problem machines than this is a storm */
		int32_t	storm_share;	/* 10%, in hundredths of a percent, of active machines ... */
		int64_t	storm_floor;	/* ... but never below 3 machines */
		int64_t	storm_host, storm_network;	/* 3, 5: more on one host or network */
		int64_t	storm_hour;	/* 5: more that became so within the last hour */
		int64_t	failures;	/* 3 kills in a row that fail end the run */
		int32_t	shrink;		/* 30%: a listing that lost more since the last sweep is implausible */
	} limits;

	struct {
		bool	armed;		/* no */
		const char *auth_file;	/* the account that may kill */
		const char *cert_file, *key_file;	/* the same with a certificate (StratusLab), or beside auth_file */
		struct policy_window windows[POLICY_WINDOWS_MAX];
		size_t	n_windows;	/* 0: always */
		const char *time_zone;	/* "UTC" or a zoneinfo name; only with windows */
		int64_t	wait_s;		/* 60s for Done */
		int64_t	stuck_after_s;	/* 15m */
		int64_t	host_fresh_s;	/* 10m: older monitoring of the host is no evidence */
		int64_t	cool_down_s;	/* 30m after a host came back */
	} reap;

	struct {
		const char *path;	/* STATEDIR/NAME.db */
		const char *status_file;/* STATEDIR/NAME.status.json */
		const char *group;	/* group that may read the status file; NULL: none */
		int64_t	interval_s;	/* 15m: how often cron runs the sweep */
		int64_t	retention_s;	/* 400d */
	} ledger;

	struct {
		const char *hook;	/* absolute path of a program, or NULL */
		const char *mail;	/* absolute path of a sendmail, or NULL */
		const char *from;	/* its letters' From; set if mail is */
		struct policy_list administrators;	/* their addresses; may be none */
		struct policy_list owners;	/* NAME=ADDRESS; goes before EMAIL of the user record */
		bool	stamp;		/* no: write the notice into the machine's user template, too */
		int64_t	notice_s;	/* 12h before a kill */
		int64_t	timeout_s;	/* 30s; for each run of the hook and of mail */
	} notify;

	/* The sweep's result, pushed to monitoring systems. */
	struct {
		const char *icinga_url;	/* https://HOST:5665 of Icinga 2's API, or NULL */
		const char *icinga_ca_file;	/* NULL: the system's */
		const char *icinga_auth_file;	/* of the ApiUser */
		const char *nagios_command_file;	/* the pipe, or NULL */
		const char *host, *service;	/* of the object; service: sweep-NAME */
		int64_t	timeout_ms;	/* 10s for each */
	} passive;

	/* check_vm_lifecycle. Configured if one of the templates is. */
	struct {
		const char *template_name;	/* name or number of a template of the cloud, or NULL */
		const char *template_file;	/* the text of one (one.vm.allocate), or NULL */
		const char *auth_file;	/* the account that owns the canaries */
		const char *network;	/* its address must be in this virtual network; NULL: any */
		const char *ssh_key;	/* a private key: log in with it; or NULL */
		const char *ssh_user;	/* root */
		const char *login_command;	/* true */
		enum policy_end end;	/* kill */
		struct policy_limit pending, prolog, boot, ping, ssh, login, done, total;
		int64_t	every_s;	/* 1h: how often cron runs it */
		const char *status_file;/* STATEDIR/NAME.canary.json */
		const char *journal;	/* STATEDIR/NAME.canary.journal */
	} canary;

	struct {
		int32_t	max_lines;	/* 20 findings in plugin output */
		int32_t	max_bytes;	/* 4096 of plugin output; at most 60 KiB */
		const char *link;	/* page of one machine, its number in the place of %d; or NULL */
		const char *html;	/* where each sweep leaves its report, or NULL */
		const char *prometheus;	/* and its figures, for the textfile collector; or NULL */
	} report;

	void	*store;			/* private: owns every string above */
};

/* Errors of one reading, one line each: "FILE:LINE: what; remedy". */
struct policy_errors {
	struct text text;
	size_t	n;
};

#define POLICY_BYTES_MAX (1024 * 1024)

/*
 * Read and check the policy file. On success *out is a new policy (policy_free). On failure
 * returns -1 and *out is NULL, with the errors found (at most 50) in errors and the first one in f.
 * errors is initialised by this call in either case; text_free it. The file must be regular, at most
 * POLICY_BYTES_MAX, owned by root or the caller, not writable by group or others (a symbolic link
 * is followed, and the file it leads to is judged); its time zone must be known here.
 */
int	policy_load(const char *path, struct policy **out, struct policy_errors *errors,
	    struct fault *f);

/*
 * The same from memory, without the checks of owner, mode and time zone. The same bytes give the
 * same policy: for tests, fuzzing and `policy init`. statedir: the directory of the defaults of
 * [ledger]; NULL: the compiled one.
 *
 * A file cut anywhere gives errors, or a policy that is not armed: an armed one must have every
 * cap, both graces, and [end] as its last line.
 */
int	policy_parse(const char *name, const char *bytes, size_t len, const char *statedir,
	    struct policy **out, struct policy_errors *errors, struct fault *f);

/* A policy of defaults only (for commands that need no file); name, endpoint and the paths of [ledger] are
 * NULL. Never fails. */
struct policy *policy_default(void);
void	policy_free(struct policy *p);		/* NULL-safe */

/*
 * The effective policy as INI that reads back to the same policy, policy_warnings as comments on
 * top. No secret is in it, as none is in a policy.
 */
void	policy_print(const struct policy *p, struct text *out);

/* What is allowed and should be said aloud (insecure = yes, silence = no, ...): a line each; may be none. */
void	policy_warnings(const struct policy *p, struct text *out);

/*
 * A starter policy for an endpoint. networks and classes: lines of remarks seen at the endpoint
 * (may be NULL), written as comments.
 */
void	policy_starter(const char *name, const char *endpoint, const char *networks,
	    const char *classes, struct text *out);

/*
 * The session string "user:password" of the account file (one line; CR LF trimmed; not readable
 * by others; regular; owned by root or the caller). path NULL: $ONE_AUTH, ~/.one/one_auth; a
 * $ONE_AUTH that names a missing file is an error, not a fall-through. The caller wipes and frees.
 */
int	policy_credential(const char *path, char **session, struct fault *f);
void	policy_credential_free(char *session);	/* wipes; NULL-safe */

/*
 * Is wall_s inside [reap] hours? Impure (zoneinfo); a zone that cannot be loaded is "no".
 * The one fact R9 needs, computed by the sweep and passed to the rules.
 */
bool	policy_in_hours(const struct policy *p, int64_t wall_s);

/* Are owners told before a kill (V8)? By hook, mail or stamp. */
bool	policy_tells(const struct policy *p);
/* The address that [notify] owners has for this user name, borrowed, or NULL. */
const char *policy_owner_address(const struct policy *p, const char *owner);

/* True if s matches a word of the list (glob) or the list is `all`. */
bool	policy_list_has(const struct policy_list *l, const char *s);

#endif
