/* SPDX-License-Identifier: ISC */
/*
 * doctor: a line and a remedy for each thing that must be right before vmreaper can be trusted.
 *
 * Looks only: opens the doors, reads, sends a ping to the canaries. Changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "act/hook.h"
#include "act/tell.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "cloud/cloud.h"
#include "cloud/era.h"
#include "cloud/volumes.h"
#include "command/command.h"
#include "command/push.h"
#include "ledger/ledger.h"
#include "probe/probe.h"
#include "verdict/verdict.h"

static const char help[] =
    "usage: vmreaper doctor [-f FILE | --cloud NAME] [--color WHEN] [-v]\n"
    "\n"
    "Check, a line and a remedy each: policy, door, account and rights, hosts, version, cloud\n"
    "marker, notices, passive results, clock, ping permission, canaries, ledger. Changes\n"
    "nothing.\n"
    "\n"
    "  -f, --policy FILE  the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME   the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --color WHEN   auto (default: on a terminal), always or never\n"
    "  -v, --verbose      more in the log; may be repeated\n"
    "  -h, --help         this help\n"
    "      --version      the version\n"
    "\n"
    "Exit status: 0 all is well, 1 something wants a look, 3 it cannot work like this.\n";

enum mark { GOOD, LOOK, BAD };

struct doctor {
	const struct policy *p;
	struct arena *a;
	struct listing l;
	enum mark worst;
	struct style style;
	struct text out; /* of the line that is being said */
};

/* A line below another: a remedy, or more about it. */
static void
add_below(struct doctor *d, const char *mark, const char *text)
{
	int indent = style_indent(&d->style, 17);

	text_addf(&d->out, "%*s%s", indent, "", mark);
	style_wrap(
	    &d->out, &d->style, 17 + (int)strlen(mark), indent + (int)strlen(mark), text);
}

static void say(struct doctor *d, enum mark m, const char *what, const char *remedy,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void
say(struct doctor *d, enum mark m, const char *what, const char *remedy, const char *fmt, ...)
{
	static const char *const words[] = {"ok", "look", "BAD"};
	static const enum tint tints[] = {TINT_GREEN, TINT_YELLOW, TINT_RED};
	char line[640];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_reset(&d->out);
	style_add(&d->out, &d->style, tints[m], words[m]);
	text_addf(&d->out, "%*s%-10s ", 6 - (int)strlen(words[m]), "", what);
	style_wrap(&d->out, &d->style, 17, 17, line);
	if (m != GOOD && remedy != NULL && remedy[0] != '\0')
		add_below(d, "-> ", remedy);
	common_print(&d->out);
	if (m > d->worst)
		d->worst = m;
}

/* The door of one account, and who it is. */
static struct cloud *
open_door(struct doctor *d, const char *what, enum cloud_role role, struct fault *f)
{
	struct cloud *c = NULL;

	if (cloud_open_as(d->p, role, &c, f) != 0)
		say(d, BAD, what, f->remedy, "%s", f->msg);
	return c;
}

static void
check_policy(struct doctor *d)
{
	struct text warnings;
	char *line, *save = NULL;

	text_init(&warnings, 16 * 1024);
	policy_warnings(d->p, &warnings);
	if (warnings.len == 0)
		say(d, GOOD, "policy", NULL, "%s", d->p->path);
	for (line = strtok_r(warnings.p, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		say(d, LOOK, "policy", "vmreaper-policy(5)", "%s", line);
	text_free(&warnings);
}

static void
check_listing(struct doctor *d)
{
	struct listing *l = &d->l;
	struct fault f;
	struct cloud *c;
	size_t i, placed = 0;
	char acl[160];

	memset(&f, 0, sizeof(f));
	if ((c = open_door(d, "door", CLOUD_READER, &f)) == NULL)
		return;
	if (cloud_list(c, d->a, l, &f) != 0)
		say(d, BAD, "door", f.remedy, "%s", f.msg);
	else
		say(d, GOOD, "door", NULL, "%s: %zu machines, %zu hosts in %.2f s, %u calls",
		    d->p->cloud.endpoint, l->n, l->n_hosts, (double)l->api_ns / 1e9, l->calls);
	if (l->era == NULL)
		say(d, BAD, "version", "pin it: [cloud] version = 3.2.1",
		    "the cloud does not say its version: nothing will be killed");
	else
		say(d, GOOD, "version", NULL, "OpenNebula %s, era %s (%s: %s)", l->version,
		    l->era->name, era_proof_str(l->era->proof), l->era->source);
	if (l->contradiction)
		say(d, BAD, "version", "set [cloud] version to what oned -v says",
		    "%s: nothing will be killed", l->contradiction_text);
	if (l->account.uid >= 0)
		say(d, l->account.uid == 0 ? LOOK : GOOD, "account",
		    "use an account that may only read (A9): see vmreaper(8), RIGHTS",
		    "listing as %s (%d)%s", l->account.name, (int)l->account.uid,
		    l->account.uid == 0 ? ", who may do everything" : "");
	for (i = 0; i < l->n; i++)
		placed += l->vms[i].host_id >= 0;
	snprintf(
	    acl, sizeof(acl), "oneacl create \"#%d VM+HOST/* USE *\"", (int)l->account.uid);
	if (l->complete && l->n_hosts == 0)
		say(d, placed > 0 ? BAD : LOOK, "hosts", acl, "no host is visible%s",
		    placed > 0 ? ", but machines are on hosts" : "");
	else if (l->complete)
		say(d, GOOD, "hosts", NULL, "%zu visible", l->n_hosts);
	if (l->complete && l->n == 0)
		say(d, LOOK, "machines", acl,
		    "none is visible: an empty cloud, or missing rights");
	cloud_close(c);
}

/* Without every volume nobody is killed, so the account's sight is as good as a right. */
static void
check_volumes(struct doctor *d)
{
	struct volumes v;

	if (d->p->cloud.pdisk == NULL)
		return;
	volumes_read(d->p, d->a, 0, &v);
	if (!v.known)
		say(d, BAD, "volumes", v.why.remedy, "%s: nobody will be killed", v.why.msg);
	else
		say(d, GOOD, "volumes", NULL, "%s: %zu volumes, and who has them mounted",
		    d->p->cloud.pdisk, v.n);
}

#define OWNERS_MAX 200 /* that are asked for: a call each */

/* How many of those whose machines are dead could be written to? */
static void
check_owners(struct doctor *d)
{
	const struct listing *l = &d->l;
	struct fault f = {.kind = FAULT_NONE}, none = f;
	struct act act = {0};
	struct tell t = {.act = &act, .a = d->a, .policy = d->p};
	int32_t *seen = arena_calloc(d->a, OWNERS_MAX, sizeof(*seen));
	size_t n = 0, without = 0;
	bool admins = d->p->notify.administrators.n > 0;

	if (seen == NULL || (act.reader = open_door(d, "owners", CLOUD_READER, &f)) == NULL)
		return;
	for (size_t i = 0; i < l->n && n < OWNERS_MAX; i++) {
		const struct vm *vm = &l->vms[i];
		const char *address;
		size_t k = 0;

		while (k < n && seen[k] != vm->uid)
			k++;
		if (k < n || (vm->cls != VM_CLASS_UNKNOWN && vm->cls != VM_CLASS_FAILED))
			continue;
		seen[n++] = vm->uid;
		if (tell_address(&t, vm, &address, &f) == TELL_ADDRESS)
			continue;
		none = f;
		without++;
	}
	cloud_close(act.reader);
	if (without == 0)
		say(d, GOOD, "owners", NULL,
		    "%zu of %zu owners of Unknown and Failed machines have an address", n, n);
	else
		say(d, LOOK, "owners", none.remedy,
		    "%zu of %zu owners of Unknown and Failed machines have an address; for the "
		    "others %s: %s",
		    n - without, n,
		    admins ? "administrators are told" : "nobody is told, so they are kept",
		    none.msg);
}

static void
check_notices(struct doctor *d)
{
	const char *const programs[] = {d->p->notify.hook, d->p->notify.mail};
	struct fault f = {.kind = FAULT_NONE};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (programs[i] == NULL)
			continue;
		if (hook_check(programs[i], &f) != 0)
			say(d, BAD, "notices", f.remedy, "%s: nobody will be killed", f.msg);
		else
			say(d, GOOD, "notices", NULL,
			    "%s, %lld min before a kill at the earliest", programs[i],
			    (long long)d->p->notify.notice_s / 60);
	}
	if (d->p->notify.stamp && d->l.era != NULL && !d->l.era->vm_append)
		say(d, BAD, "stamp", "[notify] stamp = no",
		    "OpenNebula %s cannot add to a machine's user template", d->l.version);
	else if (d->p->notify.stamp)
		say(d, GOOD, "stamp", NULL,
		    "the account that kills writes it: VM MANAGE, or "
		    "VM_USE_OPERATIONS=\"terminate, update\"");
	if (d->p->notify.mail != NULL && d->l.complete)
		check_owners(d);
}

/* Would the monitoring systems take what the sweep pushes? */
static void
check_passive(struct doctor *d)
{
	const char *const targets[PUSH_TARGETS] = {
	    d->p->passive.icinga_url, d->p->passive.nagios_command_file};
	struct fault f = {.kind = FAULT_NONE};
	int i;

	for (i = 0; i < PUSH_TARGETS; i++) {
		if (targets[i] == NULL)
			continue;
		if (push_look(d->p, (enum push_target)i, &f) != 0)
			say(d, BAD, "passive", f.remedy, "%s", f.msg);
		else
			say(d, GOOD, "passive", NULL, "%s takes results, for %s of host %s",
			    targets[i], d->p->passive.service, d->p->passive.host);
	}
}

static void
check_reaping(struct doctor *d)
{
	const struct policy *p = d->p;
	struct account who = {.uid = -1};
	struct fault f;
	struct cloud *c;
	char remedy[256];

	if (!p->reap.armed) {
		say(d, GOOD, "reaping", NULL, "not armed: vmreaper observes");
		return;
	}
	memset(&f, 0, sizeof(f));
	if ((c = open_door(d, "reaping", CLOUD_REAPER, &f)) == NULL)
		return;
	if (cloud_account(c, d->a, d->l.era, &who, &f) != 0)
		say(d, BAD, "reaping", f.remedy, "%s", f.msg);
	else if (d->l.era != NULL && d->l.era->user_template) {
		snprintf(remedy, sizeof(remedy),
		    "as oneadmin: echo 'VMREAPER_CLOUD=\"%s\"' | oneuser update %d --append",
		    p->cloud.name, (int)who.uid);
		if (who.marker != NULL && strcmp(who.marker, p->cloud.name) == 0)
			say(d, GOOD, "marker", NULL,
			    "armed: %s (%d) carries VMREAPER_CLOUD = %s", who.name,
			    (int)who.uid, who.marker);
		else
			say(d, BAD, "marker", remedy,
			    "VMREAPER_CLOUD of %s is %s, the policy's cloud is %s: nothing "
			    "will be killed",
			    who.name, who.marker != NULL ? who.marker : "not set",
			    p->cloud.name);
	} else {
		snprintf(
		    remedy, sizeof(remedy), "[cloud] account = %d:%s", (int)who.uid, who.name);
		if (p->cloud.account == NULL)
			say(d, BAD, "marker", remedy,
			    "this era has no marker, and no account is pinned");
		else
			say(d, GOOD, "marker", NULL, "account pinned: %s", p->cloud.account);
	}
	snprintf(
	    remedy, sizeof(remedy), "%d:%s", (int)who.uid, who.name != NULL ? who.name : "");
	if (who.uid >= 0 && p->cloud.account != NULL && strcmp(remedy, p->cloud.account) != 0)
		say(d, BAD, "account",
		    "pin the account that reaps, or let auth_file name that account",
		    "the policy pins %s, the reaping account is %s: nothing will be killed",
		    p->cloud.account, remedy);
	if (who.uid == 0)
		say(d, LOOK, "rights",
		    "an account of its own with the narrowest rights: vmreaper(8), RIGHTS",
		    "the reaping account is oneadmin");
	else if (who.uid > 0) {
		snprintf(remedy, sizeof(remedy),
		    "narrowest rights: oneacl create \"#%d VM/* USE+MANAGE *\"", (int)who.uid);
		text_reset(&d->out);
		add_below(d, "", remedy);
		snprintf(remedy, sizeof(remedy),
		    "or, as oneadmin, VM_USE_OPERATIONS=\"terminate%s\" in its template and "
		    "VM/* USE; then only locks of level 1 hold",
		    p->notify.stamp ? ", update" : "");
		add_below(d, "", remedy);
		common_print(&d->out);
	}
	cloud_close(c);
}

static void
check_canaries(struct doctor *d)
{
	const struct policy *p = d->p;
	struct probe_target *t = x_calloc(p->probe.n_canaries + 1, sizeof(*t));
	struct sighting *seen = x_calloc(p->probe.n_canaries + 1, sizeof(*seen));
	struct probe_facts facts;
	struct fault f;
	char addr[NET_STR_SIZE];
	size_t i;

	memset(&f, 0, sizeof(f));
	memset(&facts, 0, sizeof(facts));
	for (i = 0; i < p->probe.n_canaries; i++) {
		t[i].a = p->probe.canaries[i];
		t[i].ping = p->probe.ping;
		t[i].ssh = p->probe.ssh != POLICY_SSH_NEVER;
		t[i].connect = p->probe.n_also_connect > 0;
	}
	if (p->probe.n_canaries == 0)
		say(d, LOOK, "canaries", "[probe] canaries = the gateway, the frontend",
		    "none: silence then needs a running neighbour as witness");
	else if (probe_run(p, NULL, t, p->probe.n_canaries, seen, &facts, NULL, NULL, NULL, 0,
		     NULL, &f) != 0)
		say(d, BAD, "canaries", f.remedy, "%s", f.msg);
	else
		for (i = 0; i < p->probe.n_canaries; i++)
			say(d, sighting_sum(&seen[i]) == SIGHTING_ALIVE ? GOOD : BAD, "canary",
			    "while a canary does not answer, nobody is killed (R7)", "%s: %s",
			    net_addr_str(addr, &t[i].a),
			    sighting_sum_str(sighting_sum(&seen[i])));
	free(t);
	free(seen);
}

static void
check_probing(struct doctor *d)
{
	struct probe_facts facts;

	memset(&facts, 0, sizeof(facts));
	probe_permission(&facts);
	if (!d->p->probe.ping)
		say(d, LOOK, "ping", "[probe] ping = yes",
		    "switched off: ssh alone must prove silence");
	else if (!facts.can_ping4)
		say(d, BAD, "ping",
		    "setcap cap_net_raw+p on the vmreaper program, or run it as root",
		    "this process may not send pings: no machine counts as silent");
	else
		say(d, GOOD, "ping", NULL, "allowed (%s socket)%s",
		    facts.raw ? "raw" : "datagram", facts.can_ping6 ? "" : "; not for IPv6");
	if (d->p->probe.n_networks == 0)
		say(d, BAD, "networks",
		    "[probe] networks = the prefixes of your virtual networks",
		    "none: no address may be probed, and no Unknown machine will ever be "
		    "killed");
	else
		say(d, GOOD, "networks", NULL, "%zu %s may be probed", d->p->probe.n_networks,
		    d->p->probe.n_networks == 1 ? "prefix" : "prefixes");
	check_canaries(d);
}

static void
check_hold(struct doctor *d, const struct hold *h)
{
	char since[24], until[24] = "resumed";

	if (h->until_s > 0)
		units_time_str(until, sizeof(until), h->until_s);
	say(d, LOOK, "hold", "vmreaper resume",
	    "on hold: nothing is killed; since %s%s%s, until %s%s%s",
	    units_time_str(since, sizeof(since), h->since_s), h->by[0] != '\0' ? " by " : "",
	    h->by, until, h->reason[0] != '\0' ? ": " : "", h->reason);
}

static void
check_ledger(struct doctor *d)
{
	struct ledger *l = NULL;
	struct ledger_state state;
	struct elapsed e;
	struct clock_now now;
	struct fault f;
	struct text t;

	memset(&f, 0, sizeof(f));
	clock_read(&now);
	text_init(&t, 1024);
	if (ledger_open(d->p->ledger.path, d->p->cloud.name, LEDGER_READ, &l, &f) != 0 ||
	    ledger_load(l, d->a, now.wall_s, &state, &f) != 0 ||
	    ledger_describe(l, now.wall_s, &t, &f) != 0) {
		say(d, LOOK, "ledger", f.remedy, "%s", f.msg);
	} else {
		say(d, GOOD, "ledger", NULL, "%s: %s", d->p->ledger.path, t.p);
		history_elapsed(state.last.sweep != 0 ? &state.last.clock : NULL, &now,
		    d->p->unknown.gap_s, &e);
		if (e.jumped)
			say(d, LOOK, "clock", "check NTP; grace is extended by itself",
			    "jumped by %lld s since the last sweep", (long long)e.jump_s);
		else
			say(d, GOOD, "clock", NULL, "no jump since the last sweep");
		if (state.hold.on)
			check_hold(d, &state.hold);
	}
	text_free(&t);
	ledger_close(l);
}

int
command_doctor(int argc, char **argv)
{
	static const struct option options[] = {
	    COMMON_LONG, COMMON_LONG_COLOR, {NULL, 0, NULL, 0}};
	struct common common = {0};
	struct doctor d;
	struct policy *p;
	int c, rc;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1)
		if (!common_option(&common, c, optarg))
			return common_usage("doctor");
	if (common_done(&common, help, &rc))
		return rc;
	if (optind != argc)
		return common_surplus("doctor", argv[optind]);
	log_open("vmreaper", LOG_TO_STDERR, common.verbosity);
	if ((p = common_policy(&common)) == NULL)
		return COMMAND_FAILED;
	common_privileges(p);
	memset(&d, 0, sizeof(d));
	d.p = p;
	d.style = common_style(common.color);
	text_init(&d.out, 64 * 1024);
	d.a = arena_new((size_t)p->cloud.max_memory_mib << 20);
	check_policy(&d);
	check_listing(&d);
	check_volumes(&d);
	check_reaping(&d);
	check_notices(&d);
	check_passive(&d);
	check_probing(&d);
	check_ledger(&d);
	text_free(&d.out);
	arena_free(d.a);
	policy_free(p);
	if (!common_flush())
		return COMMAND_FAILED;
	return d.worst == BAD ? COMMAND_FAILED : d.worst == LOOK ? COMMAND_PARTLY : COMMAND_OK;
}
