/* SPDX-License-Identifier: ISC */
/*
 * gates: may anything happen in this run? Each gate that is closed leaves its figures in its detail.
 *
 * Gates never look at opt-outs, marks or caps: they ask whether the evidence can be trusted, and whether
 * so many problems at once are rather one problem of the cloud. First the fleet is counted, then the counts
 * are judged: a sweep stores the counts, so that its gates can be judged again. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "verdict/gates.h"

/* --- counting the fleet --------------------------------------------------------------------------- */

/* R5, R6: is the listing whole, plausible, and of a version that is known? */
static void
count_listing(const struct view *v, struct gate_facts *c)
{
	const struct listing *l = v->l;
	const struct vm *odd = NULL;

	c->complete = l->complete;
	snprintf(c->why, sizeof(c->why), "%.150s", l->why.msg);
	c->era_known = l->era != NULL;
	snprintf(c->version, sizeof(c->version), "%s", l->version);
	c->machines = (int64_t)l->n;
	c->hosts = (int64_t)l->n_hosts;
	for (size_t i = 0; i < l->n; i++) {
		const struct vm *vm = &l->vms[i];

		c->placed +=
		    vm->cls != VM_CLASS_DONE && (vm->host_id >= 0 || vm->host[0] != '\0');
	}
	if (l->contradiction) {
		snprintf(c->contradiction, sizeof(c->contradiction), "%.150s",
		    l->contradiction_text[0] != '\0' ? l->contradiction_text : "?");
		return;
	}
	for (size_t i = 0; l->era != NULL && i < l->n; i++) {
		const struct vm *vm = &l->vms[i];

		if (vm->cls == VM_CLASS_UNRECOGNISED && (odd == NULL || vm->id < odd->id) &&
		    era_contradicts(l->era, vm->state, vm->lcm))
			odd = vm;
	}
	if (odd != NULL)
		snprintf(c->contradiction, sizeof(c->contradiction),
		    "machine %lld: state %d, LCM state %d do not exist in %s",
		    (long long)odd->id, (int)odd->state, (int)odd->lcm, l->era->name);
}

/* R7: who should have answered, and did not. */
static void
count_prober(const struct view *v, const struct judgement *out, struct gate_facts *c)
{
	const struct sightings *s = v->in->sightings;

	c->canaries = (int64_t)v->p->probe.n_canaries;
	/* nobody was asked, though there is somebody (in an empty cloud nobody is, and nothing is at stake) */
	if (s == NULL || (s->n == 0 && s->canaries == NULL && v->l->n > 0))
		return;
	c->probed = true;
	c->cut = s->facts.cut;
	c->stopped = s->facts.stopped;
	for (size_t i = 0; (s->canaries != NULL || v->l->n > 0) && i < v->p->probe.n_canaries;
	     i++) {
		if (s->canaries != NULL && sighting_sum(&s->canaries[i]) == SIGHTING_ALIVE)
			continue;
		if (c->canaries_silent++ == 0)
			net_addr_str(c->canary, &v->p->probe.canaries[i]);
	}
	for (size_t i = 0; i < v->l->n; i++) {
		const struct record *r;

		if (v->l->vms[i].cls != VM_CLASS_OK || !(out[i].alive || out[i].silent))
			continue;
		r = view_record(v, i);
		if (r == NULL || r->answered_s <= 0 || r->answered_s >= v->now_s)
			continue;
		c->expected++;
		c->answered += out[i].alive;
	}
}

#define HOUR_S 3600

/* --- R8: the storm -------------------------------------------------------------------------------- */

/* The row with most machines, of any of the kinds; the lowest kind and key where several have as many. */
static const struct tally_row *
tally_most(const struct tally *t)
{
	const struct tally_row *most = NULL;

	for (size_t i = 0; i < t->n; i++) {
		if (most == NULL || t->rows[i].n > most->n)
			most = &t->rows[i];
	}
	return most;
}

/* Each network of a machine once. */
static void
storm_add_networks(struct tally *t, const struct vm *vm)
{
	size_t from = t->n;

	for (size_t k = 0; k < vm->n_addrs; k++) {
		struct tally_row row = {.n = 1, .who = vm->id};
		bool twice = false;

		if (vm->addrs[k].origin == ADDR_GUEST || net_addr_is_special(&vm->addrs[k].a))
			continue;
		tally_set_network(&row, &vm->addrs[k]);
		for (size_t i = from; i < t->n; i++)
			twice |= t->rows[i].kind == row.kind && t->rows[i].key == row.key;
		if (!twice)
			tally_add(t, &row);
	}
}

static bool
is_acknowledged(const struct view *v, size_t i)
{
	const struct record *r = view_record(v, i);

	return r != NULL && r->acknowledged && r->confirmations > 0;
}

/*
 * Did it become a problem within the hour? A machine that was never seen otherwise may have been so for ever: else every
 * new ledger would begin with a storm.
 */
static bool
is_risen(const struct view *v, size_t i)
{
	const struct record *r = view_record(v, i);

	return r != NULL && r->since_s > r->first_seen_s && v->now_s - r->since_s < HOUR_S;
}

static void
name_host(const struct view *v, const struct tally_row *most, char *name, size_t size)
{
	const struct host *host = view_host(v, (int64_t)most->key);
	char safe[41];

	if (host != NULL && host->name != NULL)
		snprintf(
		    name, size, "%s", text_safe(safe, sizeof(safe), TEXT_TERM, host->name));
	else
		snprintf(name, size, "host %lld", (long long)most->key);
}

static void
name_network(const struct tally_row *most, char *name, size_t size)
{
	char safe[41];

	if (most->label != NULL)
		snprintf(
		    name, size, "%s", text_safe(safe, sizeof(safe), TEXT_TERM, most->label));
	else
		snprintf(name, size, "%s",
		    most->kind == TALLY_SLASH24	  ? "one /24"
		    : most->kind == TALLY_SLASH64 ? "one /64"
						  : "one network");
}

/* R8: every problem machine that no person has acknowledged, whatever its opt-outs. */
static int
count_storm(
    const struct view *v, struct arena *a, const struct judgement *out, struct gate_facts *c)
{
	const struct tally_row *most;
	struct tally hosts, nets;
	size_t room = 0;

	for (size_t i = 0; i < v->l->n; i++) {
		const struct vm *vm = &v->l->vms[i];

		/* INIT, PENDING: not there yet. */
		c->active += vm->cls != VM_CLASS_DONE && vm->state != 0 && vm->state != 1;
		c->problems += out[i].problem;
		if (out[i].problem && !is_acknowledged(v, i)) {
			c->unacknowledged++;
			c->risen += is_risen(v, i);
			room += vm->n_addrs;
		}
	}
	if (tally_open(a, &hosts, (size_t)c->unacknowledged) != 0 ||
	    tally_open(a, &nets, room) != 0)
		return -1;
	for (size_t i = 0; i < v->l->n; i++) {
		const struct vm *vm = &v->l->vms[i];
		struct tally_row row = {
		    .kind = TALLY_HOST, .key = (uint64_t)vm->host_id, .n = 1, .who = vm->id};

		if (!out[i].problem || is_acknowledged(v, i))
			continue;
		if (vm->host_id >= 0)
			tally_add(&hosts, &row);
		storm_add_networks(&nets, vm);
	}
	tally_close(&hosts);
	tally_close(&nets);
	if ((most = tally_most(&hosts)) != NULL) {
		c->host_most = most->n;
		name_host(v, most, c->host, sizeof(c->host));
	}
	if ((most = tally_most(&nets)) != NULL) {
		c->network_most = most->n;
		name_network(most, c->network, sizeof(c->network));
	}
	return 0;
}

int
gates_count(
    const struct view *v, struct arena *a, const struct judgement *out, struct gate_facts *c)
{
	memset(c, 0, sizeof(*c));
	count_listing(v, c);
	count_prober(v, out, c);
	return count_storm(v, a, out, c);
}

/* --- judging the counts --------------------------------------------------------------------------- */

struct gate_room {
	uint32_t gates;
	char (*detail)[160];
};

static void gate_close(struct gate_room *g, enum gate gate, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Close a gate; what is said of one that is closed already is appended. */
static void
gate_close(struct gate_room *g, enum gate gate, const char *fmt, ...)
{
	char *detail = g->detail[gate];
	size_t used = strlen(detail), size = sizeof(g->detail[gate]);
	va_list ap;

	g->gates |= 1u << gate;
	if (used > 0 && used + 3 < size) {
		memcpy(detail + used, "; ", 3);
		used += 2;
	}
	va_start(ap, fmt);
	vsnprintf(detail + used, size - used, fmt, ap);
	va_end(ap);
}

/* R1, R2, R3, R4, R9, A6: facts about the run. */
static void
judge_run(const struct policy *p, const struct run_facts *r, struct gate_room *g)
{
	int64_t jump_s = r->elapsed.jump_s, steady_s;
	char age[32], need[32];

	if (!p->reap.armed || !r->reap_option)
		gate_close(g, GATE_OBSERVING, "%s%s%s", p->reap.armed ? "" : "not armed",
		    p->reap.armed || r->reap_option ? "" : ", ",
		    r->reap_option ? "" : "no --reap");
	if (!r->marker_matches)
		gate_close(g, GATE_NOT_ARMED_HERE, "%s", "");
	if (r->policy_changed)
		gate_close(g, GATE_POLICY_CHANGED, "%s",
		    r->last.sweep == 0 ? "first sweep of this ledger: grace starts from nothing"
				       : "");
	if (!r->ledger_ok)
		gate_close(g, GATE_LEDGER, "%s", "");
	if (r->elapsed.jumped) {
		units_age_str(
		    age, sizeof(age), jump_s < 0 && jump_s != INT64_MIN ? -jump_s : jump_s);
		gate_close(g, GATE_CLOCK_JUMP, "%s %s", age, jump_s < 0 ? "back" : "ahead");
	}
	if (!r->in_hours)
		gate_close(g, GATE_HOURS, "%s", "");
	if (r->hold)
		gate_close(g, GATE_HOLD, "%s", "");
	steady_s = r->steady_s > 0 && r->steady_s <= r->now_s ? r->now_s - r->steady_s : -1;
	if (steady_s < p->reap.cool_down_s)
		gate_close(g, GATE_COOL_DOWN, "well for %s of %s",
		    units_age_str(age, sizeof(age), steady_s > 0 ? steady_s : 0),
		    units_age_str(need, sizeof(need), p->reap.cool_down_s));
	if (r->failures >= p->limits.failures)
		gate_close(g, GATE_FAILURES, "%lld in a row, limit %lld",
		    (long long)r->failures, (long long)p->limits.failures);
}

static void
judge_listing(const struct policy *p, const struct run_facts *r, const struct gate_facts *c,
    struct gate_room *g)
{
	int64_t before = r->last.machines, gone = before - c->machines;

	if (!c->complete)
		gate_close(g, GATE_LISTING, "%s", c->why);
	/* Machines that vmreaper itself has just killed are no surprise. */
	if (r->killed_since > 0)
		gone -= r->killed_since;
	if (before > 0 && gone > 0 &&
	    (c->machines == 0 ||
		(double)gone * 10000 > (double)p->limits.shrink * (double)before))
		gate_close(g, GATE_IMPLAUSIBLE, "%lld machines, %lld in the last sweep",
		    (long long)c->machines, (long long)before);
	if (c->hosts == 0 && c->placed > 0)
		gate_close(g, GATE_NO_HOSTS, "%lld machines are placed on hosts",
		    (long long)c->placed);
	else if (c->hosts == 0 && c->machines == 0)
		gate_close(g, GATE_NO_HOSTS, "no machine and no host is visible");
	if (!c->era_known)
		gate_close(g, GATE_ERA, "version \"%.30s\"", c->version);
	if (c->contradiction[0] != '\0')
		gate_close(g, GATE_CONTRADICTION, "%s", c->contradiction);
}

/*
 * R7. All canaries must answer: one that is silent is a canary. Without canaries, at least half of the
 * running machines that answered in an earlier sweep must answer again; with nothing to compare with, the
 * witnesses decide (V5).
 */
static void
judge_prober(const struct gate_facts *c, struct gate_room *g)
{
	if (!c->probed)
		gate_close(g, GATE_BLIND, "nothing was probed");
	else if (c->cut || c->stopped)
		gate_close(g, GATE_BLIND, "probing was %s",
		    c->stopped ? "stopped" : "cut by its deadline");
	else if (c->canaries_silent > 0)
		gate_close(g, GATE_BLIND, "%lld of %lld canaries did not answer: %s%s",
		    (long long)c->canaries_silent, (long long)c->canaries, c->canary,
		    c->canaries_silent > 1 ? " ..." : "");
	else if (c->canaries == 0 && c->answered * 2 < c->expected)
		gate_close(g, GATE_BLIND, "%lld of %lld running machines that answered before",
		    (long long)c->answered, (long long)c->expected);
}

static int64_t
storm_share_limit(const struct policy *p, int64_t active)
{
	int64_t limit = active * p->limits.storm_share / 10000;

	return limit > p->limits.storm_floor ? limit : p->limits.storm_floor;
}

/*
 * R8. Towards the count goes what vmreaper killed within the hour as well: else a storm that comes in drops
 * would be cleared away in drops.
 */
static void
judge_storm(const struct policy *p, const struct run_facts *r, const struct gate_facts *c,
    struct gate_room *g)
{
	int64_t lately = r->unacknowledged_last_hour > 0 ? r->unacknowledged_last_hour : 0;
	int64_t n = c->unacknowledged + lately, share = storm_share_limit(p, c->active);
	char killed[48] = "";

	if (lately > 0)
		snprintf(killed, sizeof(killed), " and %lld killed within the hour",
		    (long long)lately);
	/* Nobody left: whatever was killed, there is nothing to stop. */
	if (c->unacknowledged == 0)
		return;
	if (n > p->limits.storm_count)
		gate_close(g, GATE_STORM, "%lld problem machines%s, limit %lld",
		    (long long)c->unacknowledged, killed, (long long)p->limits.storm_count);
	if (c->unacknowledged > share)
		gate_close(g, GATE_STORM, "%lld of %lld active machines, limit %lld",
		    (long long)c->unacknowledged, (long long)c->active, (long long)share);
	if (c->risen > p->limits.storm_hour)
		gate_close(g, GATE_STORM, "%lld within the hour, limit %lld",
		    (long long)c->risen, (long long)p->limits.storm_hour);
	if (c->host_most > p->limits.storm_host)
		gate_close(g, GATE_STORM, "%s: %lld, limit %lld", c->host,
		    (long long)c->host_most, (long long)p->limits.storm_host);
	if (c->network_most > p->limits.storm_network)
		gate_close(g, GATE_STORM, "%s: %lld, limit %lld", c->network,
		    (long long)c->network_most, (long long)p->limits.storm_network);
}

uint32_t
verdict_run_gates(const struct policy *p, const struct run_facts *run,
    const struct gate_facts *facts, char detail[GATE_COUNT][160])
{
	struct gate_room g = {.detail = detail};

	memset(detail, 0, GATE_COUNT * sizeof(detail[0]));
	judge_run(p, run, &g);
	judge_listing(p, run, facts, &g);
	judge_prober(facts, &g);
	judge_storm(p, run, facts, &g);
	return g.gates;
}
