/* SPDX-License-Identifier: ISC */
/*
 * gates: may anything happen in this run? Each gate that is closed leaves its figures in run->detail.
 *
 * Gates never look at opt-outs, marks or caps: they ask whether the evidence can be trusted, and whether
 * so many problems at once are rather one problem of the cloud. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "verdict/gates.h"

static void gate_close(struct run_judgement *run, enum gate g, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
gate_close(struct run_judgement *run, enum gate g, const char *fmt, ...)
{
	va_list ap;

	run->gates |= 1u << g;
	va_start(ap, fmt);
	vsnprintf(run->detail[g], sizeof(run->detail[g]), fmt, ap);
	va_end(ap);
}

/* R1, R2, R3, R4, R9, A6: facts about the run. */
static void
gates_run(const struct view *v, struct run_judgement *run)
{
	const struct run_facts *r = &v->in->run;
	char age[32];

	if (!v->p->reap.armed || !r->reap_option)
		gate_close(run, GATE_OBSERVING, "%s%s%s", v->p->reap.armed ? "" : "not armed",
		    v->p->reap.armed || r->reap_option ? "" : ", ",
		    r->reap_option ? "" : "no --reap");
	if (!r->marker_matches)
		gate_close(run, GATE_NOT_ARMED_HERE, "%s", "");
	if (r->policy_changed)
		gate_close(run, GATE_POLICY_CHANGED, "%s", "");
	if (!r->ledger_ok)
		gate_close(run, GATE_LEDGER, "%s", "");
	if (r->elapsed.jumped) {
		int64_t jump_s = r->elapsed.jump_s;

		units_age_str(
		    age, sizeof(age), jump_s < 0 && jump_s != INT64_MIN ? -jump_s : jump_s);
		gate_close(run, GATE_CLOCK_JUMP, "%s %s", age, jump_s < 0 ? "back" : "ahead");
	}
	if (!r->in_hours)
		gate_close(run, GATE_HOURS, "%s", "");
	if (r->hold)
		gate_close(run, GATE_HOLD, "%s", "");
	if (r->failures >= v->p->limits.failures)
		gate_close(run, GATE_FAILURES, "%lld in a row, limit %lld",
		    (long long)r->failures, (long long)v->p->limits.failures);
}

/* R5, R6: is the listing whole, plausible, and of a version that is known? */
static void
gates_listing(const struct view *v, struct run_judgement *run)
{
	const struct listing *l = v->l;
	const struct vm *odd = NULL;
	int64_t before = v->in->run.last.machines, gone;
	size_t placed = 0;

	if (!l->complete)
		gate_close(run, GATE_LISTING, "%.150s", l->why.msg);
	/* Machines that vmreaper itself has just killed are no surprise. */
	gone = before - (int64_t)l->n;
	if (v->in->run.killed_last_hour > 0)
		gone -= v->in->run.killed_last_hour;
	if (before > 0 && gone > 0 &&
	    (l->n == 0 || (double)gone * 10000 > (double)v->p->limits.shrink * (double)before))
		gate_close(run, GATE_IMPLAUSIBLE, "%zu machines, %lld in the last sweep", l->n,
		    (long long)before);
	for (size_t i = 0; i < l->n; i++) {
		const struct vm *vm = &l->vms[i];

		placed += vm->cls != VM_CLASS_DONE && (vm->host_id >= 0 || vm->host[0] != '\0');
	}
	if (l->n_hosts == 0 && placed > 0)
		gate_close(run, GATE_NO_HOSTS, "%zu machines are placed on hosts", placed);
	if (l->era == NULL)
		gate_close(run, GATE_ERA, "version \"%.30s\"", l->version);
	if (l->contradiction) {
		gate_close(run, GATE_CONTRADICTION, "%.150s", l->contradiction_text);
		return;
	}
	for (size_t i = 0; l->era != NULL && i < l->n; i++) {
		const struct vm *vm = &l->vms[i];

		if (vm->cls == VM_CLASS_UNRECOGNISED && (odd == NULL || vm->id < odd->id) &&
		    era_contradicts(l->era, vm->state, vm->lcm))
			odd = vm;
	}
	if (odd != NULL)
		gate_close(run, GATE_CONTRADICTION,
		    "machine %lld: state %d, LCM state %d do not exist in %s",
		    (long long)odd->id, (int)odd->state, (int)odd->lcm, l->era->name);
}

/*
 * R7. All canaries must answer: one that is silent is a canary. Without canaries, at least half of the
 * running machines that answered in an earlier sweep must answer again; with nothing to compare with, the
 * witnesses decide (V5).
 */
static void
gate_blind(const struct view *v, const struct judgement *out, struct run_judgement *run)
{
	const struct sightings *s = v->in->sightings;
	size_t silent = 0, expected = 0, answered = 0;
	char name[NET_STR_SIZE] = "";

	if (s == NULL) {
		gate_close(run, GATE_BLIND, "nothing was probed");
		return;
	}
	if (s->facts.cut || s->facts.stopped) {
		gate_close(run, GATE_BLIND, "probing was %s",
		    s->facts.stopped ? "stopped" : "cut by its deadline");
		return;
	}
	for (size_t i = 0; i < v->p->probe.n_canaries; i++) {
		if (s->canaries != NULL && sighting_sum(&s->canaries[i]) == SIGHTING_ALIVE)
			continue;
		if (silent++ == 0)
			net_addr_str(name, &v->p->probe.canaries[i]);
	}
	if (silent > 0)
		gate_close(run, GATE_BLIND, "%zu of %zu canaries did not answer: %s%s", silent,
		    v->p->probe.n_canaries, name, silent > 1 ? " ..." : "");
	if (v->p->probe.n_canaries > 0)
		return;
	for (size_t i = 0; i < v->l->n; i++) {
		const struct record *r;

		if (v->l->vms[i].cls != VM_CLASS_OK || !(out[i].alive || out[i].silent))
			continue;
		r = view_record(v, i);
		if (r == NULL || r->answered_s <= 0 || r->answered_s >= v->now_s)
			continue;
		expected++;
		answered += out[i].alive;
	}
	if (answered * 2 < expected)
		gate_close(run, GATE_BLIND, "%zu of %zu running machines that answered before",
		    answered, expected);
}

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

static int64_t
storm_share_limit(const struct policy *p, int64_t active)
{
	int64_t limit = active * p->limits.storm_share / 10000;

	return limit > p->limits.storm_floor ? limit : p->limits.storm_floor;
}

/* Append one exceeded limit to the figures; a text that is full stays as it is. */
static void storm_say(struct run_judgement *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
storm_say(struct run_judgement *run, const char *fmt, ...)
{
	char *detail = run->detail[GATE_STORM];
	size_t used = strlen(detail), size = sizeof(run->detail[GATE_STORM]);
	va_list ap;

	run->gates |= 1u << GATE_STORM;
	run->storm = true;
	if (used > 0 && used + 3 < size) {
		memcpy(detail + used, "; ", 3);
		used += 2;
	}
	va_start(ap, fmt);
	vsnprintf(detail + used, size - used, fmt, ap);
	va_end(ap);
}

static void
storm_judge(const struct view *v, const struct tally *hosts, const struct tally *nets,
    struct run_judgement *run)
{
	const struct policy *p = v->p;
	const struct tally_row *most;
	const struct host *host;
	int64_t share = storm_share_limit(p, run->active);
	char name[64];

	if (run->unacknowledged > p->limits.storm_count)
		storm_say(run, "%lld problem machines, limit %lld",
		    (long long)run->unacknowledged, (long long)p->limits.storm_count);
	if (run->unacknowledged > share)
		storm_say(run, "%lld of %lld active machines, limit %lld",
		    (long long)run->unacknowledged, (long long)run->active, (long long)share);
	most = tally_most(hosts);
	if (most != NULL && most->n > p->limits.storm_host) {
		host = view_host(v, (int64_t)most->key);
		if (host != NULL && host->name != NULL)
			text_safe(name, 40, TEXT_TERM, host->name);
		else
			snprintf(name, sizeof(name), "host %lld", (long long)most->key);
		storm_say(run, "%s: %lld, limit %lld", name, (long long)most->n,
		    (long long)p->limits.storm_host);
	}
	most = tally_most(nets);
	if (most != NULL && most->n > p->limits.storm_network) {
		if (most->label != NULL)
			text_safe(name, 40, TEXT_TERM, most->label);
		else
			snprintf(name, sizeof(name), "%s",
			    most->kind == TALLY_SLASH24	  ? "one /24"
			    : most->kind == TALLY_SLASH64 ? "one /64"
							  : "one network");
		storm_say(run, "%s: %lld, limit %lld", name, (long long)most->n,
		    (long long)p->limits.storm_network);
	}
}

/* Every problem machine that no person has acknowledged, whatever its opt-outs. */
static int
gate_storm(const struct view *v, struct arena *a, const struct judgement *out,
    struct run_judgement *run)
{
	struct tally hosts, nets;
	size_t room = 0;

	for (size_t i = 0; i < v->l->n; i++) {
		const struct vm *vm = &v->l->vms[i];

		/* INIT, PENDING: not there yet. */
		run->active += vm->cls != VM_CLASS_DONE && vm->state != 0 && vm->state != 1;
		run->problems += out[i].problem;
		if (out[i].problem && !is_acknowledged(v, i)) {
			run->unacknowledged++;
			room += vm->n_addrs;
		}
	}
	if (tally_open(a, &hosts, (size_t)run->unacknowledged) != 0 ||
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
	storm_judge(v, &hosts, &nets, run);
	return 0;
}

int
gates_judge(const struct view *v, struct arena *a, const struct judgement *out,
    struct run_judgement *run)
{
	gates_run(v, run);
	gates_listing(v, run);
	gate_blind(v, out, run);
	return gate_storm(v, a, out, run);
}
