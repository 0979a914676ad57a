/* SPDX-License-Identifier: ISC */
/*
 * random_fleet: draws what fleet.c builds by hand. Each fleet first draws how odd its machines, its hosts
 * and its run are: a fleet that is odd everywhere would be kept for ten reasons at once and prove nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random_fleet.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

uint64_t
dice_next(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

unsigned
dice_below(struct dice *d, unsigned n)
{
	return (unsigned)(dice_next(d) % n);
}

bool
dice_percent(struct dice *d, unsigned percent)
{
	return dice_below(d, 100) < percent;
}

const struct keep_value keep_values[] = {{"YES", true}, {"", true}, {NULL, true},
    {"maybe", true}, {"15.01.2020", true}, {"2026-02-30", true}, {"2099-12-31", true},
    {"2027-01-15", true}, {"2027-01-15T08:00:00Z", true}, {"2027-01-15T06:30-0200", true},
    {" 2027-01-15 09:00+01:00 ", true}, {"2026-12-31 and then not", true}, {"no", false},
    {" False ", false}, {"0", false}, {"2020-01-01", false}, {"2027-01-14", false},
    {"2027-01-15T07:59:59Z", false}, {"2027-01-15 09:59+02:00", false}};
const size_t n_keep_values = N(keep_values);

struct draw {
	struct fleet *f;
	struct dice *d;
	unsigned odd; /* percent, for each fact of a machine */
	unsigned problems; /* percent of machines */
	unsigned next; /* the last number of the next address */
	char last[NET_STR_SIZE]; /* the last address given out */
};

static bool
odd(struct draw *w)
{
	return dice_percent(w->d, w->odd);
}

static bool
chance(struct draw *w, unsigned percent)
{
	return dice_percent(w->d, percent);
}

#define PICK(w, list) ((list)[dice_below((w)->d, N(list))])

/* --- the policy ----------------------------------------------------------------------------------- */

/* One of the lists of words; "" stands for a list that is not given. */
static struct policy_list
draw_list(struct draw *w, unsigned given, const char *const *words, size_t n)
{
	const struct policy_list none = {0};

	if (!chance(w, given))
		return none;
	return fleet_list(w->f, words[dice_below(w->d, (unsigned)n)]);
}
#define LIST(w, given, ...)                                         \
	draw_list((w), (given), (const char *const[]){__VA_ARGS__}, \
	    N(((const char *const[]){__VA_ARGS__})))

static void
draw_class(struct draw *w, struct policy_class *c)
{
	static const int64_t graces[] = {POLICY_GRACE_MIN_S, HOUR, DAY, DAY};

	c->reap = !chance(w, 5);
	c->grace_s = PICK(w, graces);
	c->confirmations = 2 + (int32_t)dice_below(w->d, 4);
	c->gap_s = chance(w, 80) ? 45 * 60 : 20 * 60;
	c->persistent = chance(w, 60) ? POLICY_PERSISTENT_KEEP : POLICY_PERSISTENT_ALLOW;
	c->silence = chance(w, 80);
}

static void
draw_scope(struct draw *w, struct policy *p)
{
	p->scope.owners_in =
	    chance(w, 75) ? fleet_list(w->f, "all") : LIST(w, 90, "alice bob", "a*", "7 8 9");
	p->scope.groups_in = LIST(w, 10, "users", "100", "u* staff");
	p->scope.names_in = LIST(w, 10, "web* db*", "*");
	p->scope.labels_in = LIST(w, 5, "test", "test gold");
	p->scope.owners_out = LIST(w, 85, "oneadmin", "oneadmin", "oneadmin mall*", "0", "9");
	p->scope.groups_out = LIST(w, 20, "staff", "101");
	p->scope.names_out = LIST(w, 30, "db*", "web7");
	p->scope.labels_out = LIST(w, 30, "gold", "x gold");
	p->scope.addresses_out = LIST(w, 30, "10.0.1.0/29", "10.0.2.5 10.0.2.6", "10.0.3.*");
	p->scope.ids_out = LIST(w, 30, "3 17 42", "1*");
	p->scope.services = chance(w, 15);
	p->scope.virtual_routers = chance(w, 15);
	p->scope.imported = chance(w, 15);
	if (chance(w, 5))
		p->scope.keep_attribute = "";
	if (chance(w, 5))
		p->scope.keep_label = "";
	p->scope.min_age_s = chance(w, 80) ? HOUR : 10 * DAY;
}

static int64_t
draw_cap(struct draw *w)
{
	static const int64_t caps[] = {1, 1, 2, 3, 3, 5, 10, UNITS_UNLIMITED, UNITS_UNLIMITED};

	return chance(w, 4) ? 0 : PICK(w, caps);
}

static void
draw_policy(struct draw *w)
{
	struct policy *p = &w->f->policy;

	draw_class(w, &p->unknown);
	draw_class(w, &p->failed);
	if (chance(w, 10))
		p->unknown.states = fleet_list(w->f, "all");
	p->failed.states = LIST(w, 98, "FAILED PROLOG_FAILURE CLONING_FAILURE", "all", "*",
	    "FAILED BOOT_FAILURE EPILOG_FAILURE PROLOG_FAILURE CLONING_FAILURE");
	draw_scope(w, p);
	p->limits.per_run = draw_cap(w);
	p->limits.per_hour = draw_cap(w);
	p->limits.per_host = draw_cap(w);
	p->limits.per_owner = draw_cap(w);
	if (chance(w, 75)) {
		p->limits.storm_count = chance(w, 50) ? 30 : UNITS_UNLIMITED;
		p->limits.storm_share = chance(w, 50) ? 5000 : 10000;
		p->limits.storm_floor = chance(w, 50) ? 3 : 30;
		p->limits.storm_host = chance(w, 50) ? 12 : UNITS_UNLIMITED;
		p->limits.storm_network = chance(w, 50) ? 12 : UNITS_UNLIMITED;
	}
	p->probe.n_canaries = dice_below(w->d, 3);
	if (chance(w, 15))
		p->notify.hook = "/usr/local/bin/tell-owner";
}

/* --- machines ------------------------------------------------------------------------------------- */

/* What was seen at an address, with its parts drawn one by one when it is odd. */
static void
draw_sighting(struct draw *w, const char *addr, bool answers)
{
	static const enum probe_result results[] = {PROBE_NOT_ASKED, PROBE_ANSWERED,
	    PROBE_REFUSED, PROBE_SILENT, PROBE_SILENT, PROBE_PROHIBITED, PROBE_UNREACHABLE,
	    PROBE_NOT_SENT, PROBE_CUT};
	struct sighting *s;

	if (odd(w))
		return; /* it was no target */
	s = fleet_see(w->f, addr, answers ? PROBE_ANSWERED : PROBE_SILENT);
	if (odd(w))
		s->ping.result = PICK(w, results);
	if (odd(w))
		s->ssh.result = PICK(w, results);
	if (odd(w))
		s->connect.result = PICK(w, results);
	if (odd(w))
		s->ping.tries = 0;
}

static void
draw_addr(struct draw *w, struct vm *vm, bool answers)
{
	static const char *const strange[] = {
	    "127.0.0.1", "0.0.0.0", "255.255.255.255", "fe80::1", "fd00::7", "192.168.122.1"};
	static const enum addr_origin origins[] = {
	    ADDR_NIC, ADDR_ALIAS, ADDR_EXTERNAL, ADDR_GUEST};
	int32_t net = 1 + (int32_t)dice_below(w->d, 3);
	struct vm_addr *a;
	char text[NET_STR_SIZE];
	bool shared = w->last[0] != '\0' && odd(w);

	if (shared)
		memcpy(text, w->last, sizeof(text));
	else if (odd(w))
		snprintf(text, sizeof(text), "%s", PICK(w, strange));
	else
		snprintf(text, sizeof(text), "10.0.%d.%u", (int)net, w->next++);
	a = fleet_add_addr(w->f, vm, text, chance(w, 85) ? net : -1);
	if (a->network != NULL && chance(w, 30))
		a->network = "renamed";
	if (odd(w)) {
		a->origin = PICK(w, origins);
		vm->n_nics -= a->origin != ADDR_NIC;
	}
	memcpy(w->last, text, sizeof(text));
	if (!shared)
		draw_sighting(w, text, answers);
}

static void
draw_disks(struct draw *w, struct vm *vm)
{
	static const enum disk_kind kinds[] = {
	    DISK_IMAGE, DISK_CDROM, DISK_VOLATILE, DISK_VOLUME, DISK_OTHER};

	if (!odd(w))
		fleet_add_disk(w->f, vm, DISK_IMAGE, TRI_NO);
	if (chance(w, 30))
		fleet_add_disk(w->f, vm, PICK(w, kinds), TRI_NO);
	if (odd(w))
		fleet_add_disk(w->f, vm, DISK_VOLUME, TRI_YES);
	if (odd(w))
		fleet_add_disk(w->f, vm, PICK(w, kinds), TRI_UNKNOWN);
}

static void
draw_wishes(struct draw *w, struct vm *vm)
{
	static const int32_t locks[] = {1, 2, 3, 4, 99, VM_LOCK_UNREADABLE};
	static const char *const labels[] = {"test", "a, gold", "GOLD,test", "vmreaper-keep",
	    "a, VMReaper-Keep ,b", "x/vmreaper-keep", ""};
	static const char *const names[] = {
	    "VMREAPER_KEEP", "vmreaper_keep", "VMREAPER_KEEPER"};

	if (odd(w))
		vm->lock = PICK(w, locks);
	if (odd(w) || chance(w, 5))
		vm->labels = PICK(w, labels);
	if (chance(w, 10))
		fleet_add_attr(w->f, vm, "PURPOSE", "YES");
	for (int i = 0; i < 2; i++) {
		if (odd(w))
			fleet_add_attr(w->f, vm, PICK(w, names),
			    keep_values[dice_below(w->d, (unsigned)n_keep_values)].value);
	}
	if (odd(w))
		vm->service_id = (int64_t)dice_below(w->d, 3) - 2;
	if (odd(w))
		vm->vrouter_id = (int64_t)dice_below(w->d, 3) - 2;
	vm->imported = odd(w);
	vm->sched_action = odd(w);
	vm->create_image = odd(w);
	vm->snapshots = odd(w);
}

/* What is missing or odd in the document of one machine. After fleet_state, which sets odd. */
static void
draw_oddities(struct draw *w, struct vm *vm)
{
	static const int64_t stimes[] = {
	    0, -5, 1000, FLEET_NOW - 600, FLEET_NOW + 600, INT64_MAX, INT64_MIN};

	if (odd(w))
		vm->full = false;
	if (odd(w))
		vm->odd |= 1u << dice_below(w->d, 6);
	if (odd(w))
		vm->stime_s = PICK(w, stimes);
	if (odd(w))
		vm->deploy_id = "";
	if (odd(w))
		vm->host_id = (int64_t)dice_below(w->d, 12) - 1;
	if (odd(w))
		vm->n_nics++;
	if (odd(w))
		vm->name = "";
	if (odd(w))
		vm->uname = "";
	if (odd(w))
		vm->gname = "";
	if (odd(w))
		vm->ever_ran = dice_below(w->d, 3);
}

static void
draw_state(struct draw *w, size_t i, bool problem)
{
	static const struct {
		int32_t state, lcm;
	} failures[] = {{7, 0}, {3, 39}, {11, 0}, {3, 36}, {3, 40}, {3, 44}},
	  others[] = {{8, 0}, {5, 0}, {6, 0}, {6, 0}, {1, 0}, {3, 1}, {3, 11}, {3, 12}, {8, 16},
	      {12, 0}, {3, 72}, {-1, 16}, {3, -1}, {0, 0}};
	unsigned k;

	if (!problem && chance(w, 80)) {
		fleet_state(w->f, i, 3, 3);
		return;
	}
	if (!problem) {
		k = dice_below(w->d, N(others));
		fleet_state(w->f, i, others[k].state, others[k].lcm);
		return;
	}
	fleet_state(w->f, i, 3, 16);
	/* A failure that the era does not have is a contradiction of the whole listing: rarely. */
	for (int tries = chance(w, 30) ? 4 : 0; tries > 0; tries--) {
		k = dice_below(w->d, N(failures));
		if (w->f->listing.era != NULL && era_class(w->f->listing.era, failures[k].state,
						     failures[k].lcm) != VM_CLASS_FAILED)
			continue;
		fleet_state(w->f, i, failures[k].state, failures[k].lcm);
		w->f->vms[i].ever_ran = chance(w, 75) ? TRI_NO : TRI_YES;
		break;
	}
}

static void
draw_record(struct draw *w, size_t i)
{
	struct record *r = &w->f->records[i];
	/* few ages, so that several were marked in the same sweep */
	int64_t age_s = (2 + (int64_t)dice_below(w->d, 7)) * 6 * HOUR;

	fleet_record_follows(w->f, i);
	if (chance(w, 80) && !odd(w))
		r->answered_s = FLEET_NOW - 20 * DAY;
	if (w->f->vms[i].cls != VM_CLASS_UNKNOWN && w->f->vms[i].cls != VM_CLASS_FAILED)
		return;
	if (odd(w))
		age_s = dice_below(w->d, 2 * HOUR);
	r->marked_s = FLEET_NOW - age_s;
	r->earned_s = odd(w) ? age_s / 3 : age_s;
	if (odd(w))
		r->earned_s = 20 * DAY; /* more than the mark is old */
	r->seen_s = FLEET_NOW - (odd(w) ? 30 * 60 : 0);
	r->confirmations = odd(w) ? (int32_t)dice_below(w->d, 5) : 100;
	r->acknowledged = chance(w, 20);
	r->looked = !odd(w);
	r->stormed = odd(w);
	if (w->f->policy.notify.hook != NULL && !odd(w)) {
		r->noticed_s = FLEET_NOW - (odd(w) ? 11 : 12) * HOUR;
		r->notice_earned_s = (odd(w) ? 11 : 12) * HOUR;
	}
	if (odd(w))
		r->not_before_s = FLEET_NOW + (chance(w, 50) ? 0 : HOUR);
	if (odd(w)) {
		r->kills = chance(w, 75) ? 1 : 2;
		r->doubts = (int32_t)dice_below(w->d, 2);
		r->last_kill_s = r->marked_s - (chance(w, 50) ? HOUR : -HOUR);
		r->killed_in_mark = chance(w, 20);
	}
	/* what it was when last seen, if that is not what it is now */
	if (odd(w))
		r->host_id++;
	if (odd(w))
		r->seq++;
	if (odd(w))
		r->stime_s ^= 1;
	if (odd(w))
		r->deploy_id = "one-y";
	if (odd(w))
		r->lcm++;
}

static void
draw_machine(struct draw *w, int64_t id)
{
	static const struct {
		const char *name;
		int32_t uid;
	} owners[] = {{"alice", 7}, {"alice", 7}, {"bob", 8}, {"mallory", 9}};
	static const char *const names[] = {"web", "web7", "db1", "app"};
	size_t i = w->f->listing.n++;
	struct vm *vm = &w->f->vms[i];
	bool problem = chance(w, w->problems);
	unsigned owner = dice_below(w->d, N(owners)), n_addrs = 1;

	memset(vm, 0, sizeof(*vm));
	*vm = (struct vm){.id = id,
	    .uid = odd(w) ? 0 : owners[owner].uid,
	    .gid = 100,
	    .name = chance(w, 60) ? "web" : PICK(w, names),
	    .gname = "users",
	    .full = true,
	    .stime_s = FLEET_NOW - 40 * DAY,
	    .deploy_id = "one-x",
	    .host_id = 4 + dice_below(w->d, 3),
	    .host = "node",
	    .seq = dice_below(w->d, 3),
	    .rstime_s = FLEET_NOW - 39 * DAY,
	    .ever_ran = TRI_YES,
	    .service_id = -1,
	    .vrouter_id = -1,
	    .vcpu = 1,
	    .memory_mib = 1024};
	vm->uname = vm->uid == 0 ? "oneadmin" : owners[owner].name;
	if (odd(w)) {
		vm->gname = "staff";
		vm->gid = 101;
	}
	draw_state(w, i, problem);
	if (odd(w))
		n_addrs = 0;
	else if (chance(w, 15))
		n_addrs = 2;
	for (; n_addrs > 0; n_addrs--)
		draw_addr(w, vm, chance(w, problem ? w->odd : 90));
	draw_disks(w, vm);
	draw_wishes(w, vm);
	draw_oddities(w, vm);
	draw_record(w, i);
}

/* --- around them ---------------------------------------------------------------------------------- */

static void
draw_hosts(struct draw *w)
{
	static const int32_t states[] = {0, 1, 3, 4, 8, 2};
	static const int64_t goods[] = {
	    0, FLEET_NOW, FLEET_NOW + 5, FLEET_NOW - 1799, FLEET_NOW - 1800};
	struct fleet *f = w->f;
	bool bad = chance(w, 40);

	for (size_t i = 0; i < 3; i++) {
		struct host *h = &f->hosts[i];

		*h = (struct host){.id = 4 + (int64_t)i,
		    .name = "node",
		    .state = 2,
		    .monitored_s = FLEET_NOW - 30};
		if (bad && chance(w, 20))
			h->state = PICK(w, states);
		if (bad && chance(w, 10))
			h->monitored_s = chance(w, 50) ? FLEET_NOW - HOUR : FLEET_NOW + HOUR;
		if (bad && chance(w, 10))
			h->monitored_s = 0;
		f->host_records[i].good_since_s = FLEET_NOW - DAY;
		if (odd(w))
			f->host_records[i].good_since_s = PICK(w, goods);
		if (chance(w, 10) && f->listing.n > 0) {
			h->zombies = arena_calloc(f->a, 1, sizeof(*h->zombies));
			h->zombies[0] = f->vms[dice_below(w->d, (unsigned)f->listing.n)].id;
			h->n_zombies = 1;
		}
	}
	f->listing.n_hosts = 3;
	if (bad && chance(w, 10))
		f->hosts[2].id = 5; /* an id that two hosts claim */
	if (bad && chance(w, 5))
		f->listing.n_hosts = dice_below(w->d, 3);
}

static void
draw_keeps(struct draw *w)
{
	static const int64_t untils[] = {
	    0, FLEET_NOW, FLEET_NOW + DAY, FLEET_NOW - 1, FLEET_NOW - DAY};
	struct fleet *f = w->f;

	while (f->in.n_keeps < 4 && f->listing.n > 0 && chance(w, 30)) {
		const struct vm *vm = &f->vms[dice_below(w->d, (unsigned)f->listing.n)];

		f->keeps[f->in.n_keeps++] = (struct keep){.id = vm->id,
		    .stime_s = chance(w, 80) ? vm->stime_s : (int64_t)dice_below(w->d, 2),
		    .until_s = PICK(w, untils)};
	}
}

static void
draw_run(struct draw *w)
{
	struct fleet *f = w->f;
	struct run_facts *r = &f->in.run;
	unsigned bad = chance(w, 70) ? 0 : 8;

	for (size_t i = 0; i < f->policy.probe.n_canaries; i++) {
		struct sighting_part ping = {.result = PROBE_ANSWERED, .tries = 1};

		if (chance(w, bad))
			ping.result = chance(w, 50) ? PROBE_SILENT : PROBE_NOT_SENT;
		f->canaries[i].ping = ping;
	}
	r->killed_last_hour = chance(w, 75) ? 0 : dice_below(w->d, 12);
	if (r->killed_last_hour > 0)
		r->unacknowledged_last_hour =
		    dice_below(w->d, (unsigned)r->killed_last_hour + 1);
	r->last.machines = (int64_t)f->listing.n + dice_below(w->d, 3);
	if (chance(w, bad))
		r->last.machines *= 2;
	r->reap_option = !chance(w, bad);
	r->marker_matches = !chance(w, bad);
	r->policy_changed = chance(w, bad);
	r->ledger_ok = !chance(w, bad);
	r->in_hours = !chance(w, bad);
	r->hold = chance(w, bad);
	r->elapsed.jumped = chance(w, bad);
	r->steady_s = FLEET_NOW - (chance(w, bad) ? dice_below(w->d, HOUR) : DAY);
	if (chance(w, bad / 2))
		r->steady_s = 0;
	r->failures = chance(w, bad) ? 3 : dice_below(w->d, 3);
	f->policy.reap.armed = !chance(w, bad);
	f->sightings.facts.cut = chance(w, bad);
	f->listing.complete = !chance(w, bad);
	f->listing.contradiction = chance(w, bad);
	if (chance(w, bad / 2))
		f->in.sightings = NULL;
}

struct fleet *
random_fleet(uint64_t seed, struct dice *d)
{
	static const unsigned odds[] = {0, 1, 2, 2, 5, 15}, shares[] = {5, 10, 20, 40, 100};
	struct fleet *f = fleet_new();
	struct draw w = {.f = f, .d = d, .next = 1};
	const struct era *eras;
	size_t n, machines;
	int64_t id = 0;

	d->state = seed;
	f->listing.n = 0;
	f->sightings.n = 0;
	memset(f->records, 0, sizeof(f->records));
	w.odd = PICK(&w, odds);
	w.problems = PICK(&w, shares);
	draw_policy(&w);
	eras = era_table(&n);
	if (chance(&w, 30))
		f->listing.era = &eras[dice_below(d, (unsigned)n)];
	if (chance(&w, 1))
		f->listing.era = NULL;
	if (f->listing.era != NULL)
		snprintf(f->listing.version, sizeof(f->listing.version), "%d.%d.%d",
		    (int)(f->listing.era->from / 10000),
		    (int)(f->listing.era->from / 100 % 100), (int)(f->listing.era->from % 100));
	else
		snprintf(f->listing.version, sizeof(f->listing.version), "99.0");
	machines = dice_below(d, RANDOM_MACHINES + 1);
	for (size_t i = 0; i < machines; i++) {
		id += 1 + dice_below(d, 4);
		draw_machine(&w, id);
	}
	draw_hosts(&w);
	draw_keeps(&w);
	draw_run(&w);
	return f;
}
