/* SPDX-License-Identifier: ISC */
/*
 * oracle: see oracle.h. It understands what random_fleet draws and no more (of keep values the table there,
 * of patterns those of fnmatch, of prefixes IPv4).
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "oracle.h"
#include "random_fleet.h"

static const struct policy_class *
class_of(const struct fleet *f, const struct vm *vm)
{
	return vm->state == 3 && vm->lcm == 16 ? &f->policy.unknown : &f->policy.failed;
}

/* --- V2 ------------------------------------------------------------------------------------------- */

static bool
word_is(const char *word, const char *name, int64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%lld", (long long)number);
	return strcmp(word, digits) == 0 || (name[0] != '\0' && fnmatch(word, name, 0) == 0);
}

static bool
list_names(const struct policy_list *l, const char *name, int64_t number)
{
	for (size_t i = 0; i < l->n; i++) {
		if (word_is(l->v[i], name, number))
			return true;
	}
	return l->all;
}

/* What is not known may be the one that is excluded: "oneadmin" needs a name to look at. */
static bool
list_excludes(const struct policy_list *l, const char *name, int64_t number)
{
	for (size_t i = 0; i < l->n; i++) {
		if (name[0] == '\0' && strspn(l->v[i], "0123456789") < strlen(l->v[i]))
			return true;
	}
	return list_names(l, name, number);
}

static bool
has_label(const struct vm *vm, const char *label)
{
	char copy[64], *save = NULL;

	if (vm->labels == NULL || label == NULL || label[0] == '\0')
		return false;
	snprintf(copy, sizeof(copy), "%s", vm->labels);
	for (char *s = strtok_r(copy, ",", &save); s != NULL; s = strtok_r(NULL, ",", &save)) {
		while (*s == ' ')
			s++;
		for (size_t n = strlen(s); n > 0 && s[n - 1] == ' '; n--)
			s[n - 1] = '\0';
		if (strcasecmp(s, label) == 0)
			return true;
	}
	return false;
}

static bool
has_any_label(const struct vm *vm, const struct policy_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (has_label(vm, l->v[i]))
			return true;
	}
	return l->all;
}

/* "10.0.1.0/29", "10.0.2.5", "10.0.3.*" against a v4 address. */
static bool
word_has_address(const char *word, const struct addr *a)
{
	unsigned b[4], bits = 32;
	uint32_t net, mask, own;
	char text[20];

	if (a->family != 4)
		return false;
	snprintf(text, sizeof(text), "%u.%u.%u.%u", a->b[0], a->b[1], a->b[2], a->b[3]);
	if (sscanf(word, "%u.%u.%u.%u/%u", &b[0], &b[1], &b[2], &b[3], &bits) < 4)
		return fnmatch(word, text, 0) == 0;
	net = b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
	own = (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 | (uint32_t)a->b[2] << 8 |
	      a->b[3];
	mask = bits == 0 ? 0 : 0xffffffffu << (32 - bits);
	return (own & mask) == (net & mask);
}

static const char *
scope_protects(const struct fleet *f, const struct vm *vm)
{
	const struct policy *p = &f->policy;

	if (p->scope.owners_in.given && !list_names(&p->scope.owners_in, vm->uname, vm->uid))
		return "not in owners_in";
	if (p->scope.groups_in.given && !list_names(&p->scope.groups_in, vm->gname, vm->gid))
		return "not in groups_in";
	if (p->scope.names_in.given && vm->name[0] != '\0' &&
	    !list_names(&p->scope.names_in, vm->name, -1))
		return "not in names_in";
	if (p->scope.labels_in.given && !has_any_label(vm, &p->scope.labels_in))
		return "not in labels_in";
	if (!p->scope.owners_in.given && !p->scope.groups_in.given &&
	    !p->scope.names_in.given && !p->scope.labels_in.given)
		return "nobody is in scope";
	if (list_excludes(&p->scope.owners_out, vm->uname, vm->uid))
		return "owners_out";
	if (list_excludes(&p->scope.groups_out, vm->gname, vm->gid))
		return "groups_out";
	if (list_excludes(&p->scope.names_out, vm->name, -1))
		return "names_out";
	if (list_names(&p->scope.ids_out, "", vm->id))
		return "ids_out";
	for (size_t i = 0; i < p->scope.ids_out.n; i++) {
		char id[24];

		snprintf(id, sizeof(id), "%lld", (long long)vm->id);
		if (fnmatch(p->scope.ids_out.v[i], id, 0) == 0)
			return "ids_out, pattern";
	}
	if (has_any_label(vm, &p->scope.labels_out))
		return "labels_out";
	for (size_t i = 0; i < p->scope.addresses_out.n; i++) {
		for (size_t k = 0; k < vm->n_addrs; k++) {
			if (word_has_address(p->scope.addresses_out.v[i], &vm->addrs[k].a))
				return "addresses_out";
		}
	}
	if (vm->stime_s <= 0 || vm->stime_s > FLEET_NOW - p->scope.min_age_s)
		return "too young, or of no known age";
	return NULL;
}

/* --- V3 ------------------------------------------------------------------------------------------- */

static bool
value_keeps(const char *value)
{
	for (size_t i = 0; i < n_keep_values; i++) {
		if (value == keep_values[i].value)
			return keep_values[i].keeps;
	}
	abort(); /* a value that the oracle does not understand */
}

static const char *
wish_protects(const struct fleet *f, const struct vm *vm)
{
	const struct policy *p = &f->policy;

	if (vm->lock != 0)
		return "locked";
	for (size_t i = 0; i < vm->n_attrs; i++) {
		if (p->scope.keep_attribute[0] != '\0' &&
		    strcasecmp(vm->attrs[i].name, p->scope.keep_attribute) == 0 &&
		    value_keeps(vm->attrs[i].value))
			return "keep attribute";
	}
	if (has_label(vm, p->scope.keep_label))
		return "keep label";
	for (size_t i = 0; i < f->in.n_keeps; i++) {
		const struct keep *k = &f->keeps[i];

		if (k->id == vm->id && (k->until_s == 0 || k->until_s >= FLEET_NOW) &&
		    (k->stime_s == vm->stime_s || k->stime_s <= 0))
			return "keep of the ledger";
	}
	if (vm->service_id != -1 && !p->scope.services)
		return "service";
	if (vm->vrouter_id != -1 && !p->scope.virtual_routers)
		return "virtual router";
	if (vm->imported && !p->scope.imported)
		return "imported";
	if (vm->sched_action)
		return "scheduled action";
	if (!vm->full)
		return "not read whole";
	/* only an odd address may be without meaning: where silence is not asked for */
	if ((vm->odd & ~(unsigned)VM_ODD_ADDRESS) != 0)
		return "odd document";
	return NULL;
}

/* --- V1, V4 --------------------------------------------------------------------------------------- */

static const char *
state_protects(const struct fleet *f, const struct vm *vm)
{
	const struct era *e = f->listing.era;
	bool unknown = vm->state == 3 && vm->lcm == 16, failure;
	const struct policy_list *failed = &f->policy.failed.states;
	bool named = false;

	if (e == NULL || vm->state < 0 || vm->lcm < 0)
		return "no era, or no state";
	failure = vm->state == 3 && vm->lcm >= 36 && vm->lcm <= 61 && e->from >= 41400;
	if (!unknown && !failure && !(vm->state == 7 && e->to < 41400) &&
	    !(vm->state == 11 && e->from >= 50000))
		return "a state that is never killed";
	if (!class_of(f, vm)->reap)
		return "class not enabled";
	for (size_t i = 0; i < failed->n; i++)
		named |= vm->lcm == 36 ? strcmp(failed->v[i], "BOOT_FAILURE") == 0
				       : strcmp(failed->v[i], "EPILOG_FAILURE") == 0;
	if (failure && vm->lcm != 39 && (vm->lcm == 44 || !named))
		return "a failure that is not named";
	if ((vm->state == 11 || (failure && vm->lcm == 39)) && vm->ever_ran != TRI_NO)
		return "an early failure that may have run";
	return NULL;
}

static const char *
host_protects(const struct fleet *f, const struct vm *vm)
{
	const struct host *host = NULL;
	int64_t age_s, good_s = 0;
	size_t n = 0;

	for (size_t i = 0; i < f->listing.n_hosts; i++) {
		for (size_t k = 0; k < f->hosts[i].n_zombies; k++) {
			if (f->hosts[i].zombies[k] == vm->id)
				return "a zombie of some host";
		}
		if (f->hosts[i].id == vm->host_id) {
			host = &f->hosts[i];
			good_s = f->host_records[i].good_since_s;
			n++;
		}
	}
	if (vm->state != 3)
		return NULL;
	if (n != 1)
		return "no host, or two";
	if (host->state != 2 &&
	    (host->state != 1 || f->listing.era == NULL || f->listing.era->from < 30600 ||
		f->listing.era->from >= 51200))
		return "host not monitored";
	age_s = FLEET_NOW - host->monitored_s;
	if (age_s > f->policy.reap.host_fresh_s || age_s < -60)
		return "host not fresh";
	if (good_s == 0 || FLEET_NOW - good_s < f->policy.reap.cool_down_s)
		return "host came back";
	return NULL;
}

/* --- V5 ------------------------------------------------------------------------------------------- */

static const struct sighting *
seen_at(const struct fleet *f, const struct addr *a)
{
	const struct sightings *s = f->in.sightings;

	for (size_t i = 0; s != NULL && i < s->n; i++) {
		if (memcmp(&s->addrs[i], a, sizeof(*a)) == 0)
			return &s->seen[i];
	}
	return NULL;
}

static bool
part_is(const struct sighting *s, enum probe_result r)
{
	return s->ping.result == r || s->ssh.result == r || s->connect.result == r;
}

static bool
is_alive(const struct sighting *s)
{
	return s != NULL && (part_is(s, PROBE_ANSWERED) || part_is(s, PROBE_REFUSED));
}

static bool
is_silent(const struct sighting *s)
{
	return s != NULL && !is_alive(s) && !part_is(s, PROBE_NOT_SENT) &&
	       !part_is(s, PROBE_CUT) && !part_is(s, PROBE_PROHIBITED) &&
	       (part_is(s, PROBE_SILENT) || part_is(s, PROBE_UNREACHABLE)) &&
	       (s->ping.result == PROBE_NOT_ASKED || s->ping.tries > 0);
}

/* Given out by the cloud, and reachable from another link. */
static bool
counts(const struct vm_addr *a)
{
	return a->origin != ADDR_GUEST && !(a->a.family == 6 && a->a.b[0] == 0xfe);
}

static bool
same_network(const struct vm_addr *a, const struct vm_addr *b)
{
	if (a->a.family != b->a.family)
		return false;
	if (a->network_id >= 0)
		return a->network_id == b->network_id;
	return memcmp(a->a.b, b->a.b, a->a.family == 4 ? 3 : 8) == 0;
}

/* Another machine of its network answers; or a canary does, and no running machine of it is silent. */
static bool
has_witness(const struct fleet *f, size_t i, const struct vm_addr *a)
{
	bool canary = false;

	for (size_t k = 0; k < f->policy.probe.n_canaries; k++)
		canary |= is_alive(&f->canaries[k]);
	for (size_t m = 0; m < f->listing.n; m++) {
		const struct vm *vm = &f->vms[m];

		for (size_t k = 0; m != i && k < vm->n_addrs; k++) {
			const struct sighting *s = seen_at(f, &vm->addrs[k].a);

			if (!same_network(a, &vm->addrs[k]))
				continue;
			if (is_alive(s))
				return true;
			/* of the addresses that a guest reports, not all are looked at */
			if (vm->state == 3 && vm->lcm == 3 && is_silent(s) &&
			    counts(&vm->addrs[k]))
				canary = false;
		}
	}
	return canary;
}

static const char *
life_protects(const struct fleet *f, size_t i)
{
	const struct vm *vm = &f->vms[i];
	bool silence = class_of(f, vm)->silence;
	size_t nics = 0, asked = 0;

	for (size_t k = 0; k < vm->n_addrs; k++) {
		const struct vm_addr *a = &vm->addrs[k];

		if (is_alive(seen_at(f, &a->a)))
			return "it answers";
		nics += a->origin == ADDR_NIC;
		asked += a->a.b[0] != 0xfe;
		if (!counts(a))
			continue;
		if (silence && !is_silent(seen_at(f, &a->a)))
			return "an address is not known to be silent";
		for (size_t m = 0; m < f->listing.n; m++) {
			const struct vm *other = &f->vms[m];

			for (size_t n = 0; m != i && other->state != 6 && n < other->n_addrs;
			     n++) {
				if (counts(&other->addrs[n]) &&
				    memcmp(&other->addrs[n].a, &a->a, sizeof(a->a)) == 0)
					return "another machine claims its address";
			}
		}
	}
	if (!silence && vm->n_addrs == 0 && f->policy.scope.addresses_out.n > 0)
		return "no address, while some are excluded";
	if (!silence)
		return NULL;
	if (asked == 0 || nics < vm->n_nics || (vm->odd & VM_ODD_ADDRESS) != 0)
		return "an address is not known";
	for (size_t k = 0; k < vm->n_addrs; k++) {
		if (counts(&vm->addrs[k]) && !has_witness(f, i, &vm->addrs[k]))
			return "no witness in the network of an address";
	}
	return NULL;
}

/* --- V6, V7, A4 ----------------------------------------------------------------------------------- */

static const char *
data_protects(const struct fleet *f, const struct vm *vm)
{
	bool data = vm->snapshots || vm->create_image;
	bool epilog = vm->state == 3 && vm->lcm == 16 && !data && f->listing.era->from >= 40400;

	for (size_t k = 0; k < vm->n_disks; k++)
		data |= vm->disks[k].persistent != TRI_NO;
	if (data && class_of(f, vm)->persistent == POLICY_PERSISTENT_KEEP)
		return "persistent disk";
	return data && !epilog ? "data that no verb saves" : NULL;
}

static const char *
mark_protects(const struct fleet *f, size_t i)
{
	const struct vm *vm = &f->vms[i];
	const struct record *r = &f->records[i];
	const struct policy_class *c = class_of(f, vm);

	if (r->id != vm->id || r->stime_s != vm->stime_s || r->uid != vm->uid ||
	    r->deploy_id == NULL || strcmp(r->deploy_id, vm->deploy_id) != 0)
		return "a record of another machine";
	if (r->host_id != vm->host_id || r->seq != vm->seq || r->state != vm->state ||
	    r->lcm != vm->lcm)
		return "it moved";
	if (r->marked_s <= 0 || FLEET_NOW - r->marked_s < c->grace_s ||
	    r->earned_s < c->grace_s)
		return "within grace";
	if (r->confirmations < c->confirmations || FLEET_NOW - r->seen_s > c->gap_s)
		return "too few confirmations";
	if (r->killed_in_mark || r->kills >= 2 || r->doubts >= 2)
		return "killed before";
	if (r->stormed && !r->acknowledged)
		return "in a storm";
	if (r->kills > 0 && (FLEET_NOW - r->last_kill_s < DAY || r->marked_s <= r->last_kill_s))
		return "killed before, and no new day or no new mark";
	if (FLEET_NOW < r->not_before_s)
		return "a later date was given";
	if (f->policy.notify.hook != NULL &&
	    (r->noticed_s == 0 || FLEET_NOW - r->noticed_s < f->policy.notify.notice_s ||
		r->notice_earned_s < f->policy.notify.notice_s))
		return "not told for long enough";
	return NULL;
}

const char *
oracle_protects(const struct fleet *f, size_t i)
{
	const struct vm *vm = &f->vms[i];
	const char *why = state_protects(f, vm);

	if (why == NULL)
		why = scope_protects(f, vm);
	if (why == NULL)
		why = wish_protects(f, vm);
	if (why == NULL)
		why = host_protects(f, vm);
	if (why == NULL)
		why = life_protects(f, i);
	if (why == NULL)
		why = data_protects(f, vm);
	if (why == NULL)
		why = mark_protects(f, i);
	return why;
}

/* --- the run -------------------------------------------------------------------------------------- */

/* R8, counted over all problem machines that nobody acknowledged. */
static const char *
storm_stops(const struct fleet *f)
{
	const struct policy *p = &f->policy;
	int64_t problems = 0, active = 0, hosts[16] = {0}, nets[8] = {0}, share;

	for (size_t i = 0; i < f->listing.n; i++) {
		const struct vm *vm = &f->vms[i];
		const struct record *r = &f->records[i];
		bool in_net[8] = {false};

		active += vm->state != 6 && vm->state != 0 && vm->state != 1;
		if (vm->cls != VM_CLASS_UNKNOWN && vm->cls != VM_CLASS_FAILED)
			continue;
		if (r->acknowledged && r->confirmations > 0 && r->id == vm->id &&
		    r->stime_s == vm->stime_s && r->uid == vm->uid &&
		    strcmp(r->deploy_id, vm->deploy_id) == 0)
			continue;
		problems++;
		if (vm->host_id >= 0)
			hosts[vm->host_id]++;
		for (size_t k = 0; k < vm->n_addrs; k++) {
			const struct vm_addr *a = &vm->addrs[k];

			/* those drawn as odd (loopback aside) are no addresses of a network */
			if (a->origin == ADDR_GUEST || a->network_id < 0 || a->a.b[0] == 0 ||
			    a->a.b[0] == 255 || a->a.b[0] == 0xfe)
				continue;
			if (!in_net[a->network_id])
				nets[a->network_id]++;
			in_net[a->network_id] = true;
		}
	}
	share = active * p->limits.storm_share / 10000;
	if (share < p->limits.storm_floor)
		share = p->limits.storm_floor;
	if (problems == 0)
		return NULL;
	if (problems + f->in.run.unacknowledged_last_hour > p->limits.storm_count ||
	    problems > share)
		return "storm";
	for (size_t i = 0; i < 16; i++) {
		if (hosts[i] > p->limits.storm_host)
			return "storm on a host";
	}
	for (size_t i = 0; i < 8; i++) {
		if (nets[i] > p->limits.storm_network)
			return "storm in a network";
	}
	return NULL;
}

const char *
oracle_stops(const struct fleet *f)
{
	const struct run_facts *r = &f->in.run;
	int64_t lost = r->last.machines - (int64_t)f->listing.n - r->killed_last_hour;

	if (!r->ledger_ok || !r->in_hours || r->hold)
		return "ledger, hours or hold";
	if (r->elapsed.jumped)
		return "clock";
	if (FLEET_NOW - r->steady_s < f->policy.reap.cool_down_s)
		return "the cloud came back";
	if (r->failures >= f->policy.limits.failures)
		return "kills fail";
	if (!f->listing.complete || f->listing.contradiction || f->listing.era == NULL)
		return "listing";
	if (lost * 10000 > f->policy.limits.shrink * r->last.machines)
		return "shrunk";
	if (f->in.sightings == NULL || f->sightings.facts.cut)
		return "nothing or not all was probed";
	for (size_t i = 0; i < f->policy.probe.n_canaries; i++) {
		if (!is_alive(&f->canaries[i]))
			return "canary silent";
	}
	return storm_stops(f);
}
