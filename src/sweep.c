/* SPDX-License-Identifier: ISC */
/*
 * sweep: the pipeline on one page. It decides nothing; it carries each stage's result to the next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/act.h"
#include "base/clock.h"
#include "base/log.h"
#include "sweep.h"

#define LATELY_S (24 * 3600) /* a zombie shows within two monitoring rounds; a day is plenty */

/* A5: kills that are Done and closed may still turn out to be zombies: look at those of the last day, too. */
static int
add_lately_done(struct sweep *s, struct fault *f)
{
	struct kill *all, *v;
	size_t i, n, used = s->state.n_open;

	if (ledger_kills(
		s->ledger, s->arena, -1, s->clock.wall_s - LATELY_S, 1000, &all, &n, f) != 0)
		return -1;
	v = arena_calloc(s->arena, used + n + 1, sizeof(*v));
	if (v == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for the journal");
	if (used > 0)
		memcpy(v, s->state.open, used * sizeof(*v));
	for (i = 0; i < n; i++)
		if (all[i].outcome == OUTCOME_DONE)
			v[used++] = all[i];
	s->state.open = v;
	s->state.n_open = used;
	return 0;
}

static int
stage_ledger(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;
	bool must = o->mode == SWEEP_MARK;

	if (p->ledger.path == NULL)
		return 0;
	if (ledger_open(p->ledger.path, p->cloud.name, must ? LEDGER_SWEEP : LEDGER_READ,
		&s->ledger, &s->ledger_fault) != 0 ||
	    ledger_load(s->ledger, s->arena, s->clock.wall_s, &s->state, &s->ledger_fault) !=
		0) {
		ledger_close(s->ledger);
		s->ledger = NULL;
		memset(&s->state, 0, sizeof(s->state));
		if (!must)
			return 0;
		if (f != NULL)
			*f = s->ledger_fault;
		return -1;
	}
	return must ? add_lately_done(s, f) : 0;
}

static int
stage_list(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;

	if (o->saved_fd >= 0)
		return cloud_saved(
		    o->saved_fd, o->saved_name, p->cloud.version, s->arena, &s->listing, f);
	if (cloud_open_as(p, CLOUD_READER, &s->reader, f) != 0) {
		s->listing.why = *f;
		return -1;
	}
	return cloud_list(s->reader, s->arena, &s->listing, f);
}

#define PDISK_SHARE 4 /* a check with a deadline gives pdisk a quarter of what is left of it */

/* Volumes that stand in no listing become disks of their machines. A saved listing is of another time. */
static int
stage_volumes(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	int64_t limit_ms = 0;

	if (o->saved_fd >= 0)
		return 0;
	if (o->deadline_ns > 0) {
		limit_ms = (o->deadline_ns - clock_mono_ns()) / 1000000 / PDISK_SHARE;
		limit_ms = limit_ms < 1 ? 1 : limit_ms; /* 0 would mean "no limit" */
	}
	volumes_read(s->policy, s->arena, limit_ms, &s->volumes);
	if (volumes_add(&s->volumes, s->arena, s->listing.vms, s->listing.n) != 0 ||
	    volumes_find_orphans(&s->volumes, s->policy, s->arena, s->reader, &s->listing) != 0)
		return fault_set(f, FAULT_LIMIT, "out of memory for the volumes");
	return 0;
}

/* Addresses tell something about machines that should run, and about those that might be dead. */
static bool
is_probed(const struct vm *vm)
{
	return vm->cls == VM_CLASS_OK || vm->cls == VM_CLASS_UNKNOWN ||
	       vm->cls == VM_CLASS_FAILED;
}

static bool
in_networks(const struct policy *p, const struct addr *a)
{
	size_t i;

	for (i = 0; i < p->probe.n_networks; i++)
		if (net_prefix_has(&p->probe.networks[i], a))
			return true;
	return false;
}

static int
addr_cmp(const void *a, const void *b)
{
	return net_addr_cmp(a, b);
}

/* Every address to probe, canaries included, sorted, each once. Returns -1 when the arena is full. */
static int
collect_addresses(struct sweep *s, struct addr **out, size_t *n)
{
	const struct policy *p = s->policy;
	const struct listing *l = &s->listing;
	struct addr *v;
	size_t i, k, room = p->probe.n_canaries, used = 0, kept = 0;
	const char *at;
	struct addr a;

	for (i = 0; i < s->state.n_open; i++)
		for (at = s->state.open[i].addresses; act_address_next(&at, &a);)
			room++;
	for (i = 0; i < l->n; i++)
		if (is_probed(&l->vms[i]))
			room += l->vms[i].n_addrs;
	v = arena_calloc(s->arena, room + 1, sizeof(*v));
	if (v == NULL)
		return -1;
	for (i = 0; i < l->n; i++)
		for (k = 0; is_probed(&l->vms[i]) && k < l->vms[i].n_addrs; k++)
			if (in_networks(p, &l->vms[i].addrs[k].a))
				v[used++] = l->vms[i].addrs[k].a;
	/* of those that were killed lately: nobody should be at home (A5) */
	for (i = 0; i < s->state.n_open; i++)
		for (at = s->state.open[i].addresses; act_address_next(&at, &a);)
			if (in_networks(p, &a))
				v[used++] = a;
	for (i = 0; i < p->probe.n_canaries; i++)
		v[used++] = p->probe.canaries[i];
	qsort(v, used, sizeof(*v), addr_cmp);
	for (i = 0; i < used; i++)
		if (kept == 0 || !net_addr_eq(&v[kept - 1], &v[i]))
			v[kept++] = v[i];
	*out = v;
	*n = kept;
	return 0;
}

static int
stage_probe(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;
	struct probe_target *targets;
	struct sighting *seen, *canaries;
	struct addr *addrs;
	const struct sighting *found;
	int64_t left_ms = 0;
	size_t i, n;

	if (collect_addresses(s, &addrs, &n) != 0)
		return fault_set(f, FAULT_LIMIT, "out of memory for the addresses");
	targets = arena_calloc(s->arena, n + 1, sizeof(*targets));
	seen = arena_calloc(s->arena, n + 1, sizeof(*seen));
	canaries = arena_calloc(s->arena, p->probe.n_canaries + 1, sizeof(*canaries));
	if (targets == NULL || seen == NULL || canaries == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu addresses", n);
	for (i = 0; i < n; i++) {
		targets[i].a = addrs[i];
		targets[i].ping = p->probe.ping;
		targets[i].ssh = p->probe.ssh != POLICY_SSH_NEVER;
		targets[i].connect = p->probe.n_also_connect > 0;
	}
	if (o->deadline_ns > 0) {
		left_ms = (o->deadline_ns - clock_mono_ns()) / 1000000;
		left_ms = left_ms < 1 ? 1 : left_ms; /* 0 would mean "no deadline" */
	}
	if (probe_run(p, targets, n, seen, &s->sightings.facts, NULL, NULL, o->stop, left_ms,
		o->progress, f) != 0)
		return -1;
	s->sightings.addrs = addrs;
	s->sightings.seen = seen;
	s->sightings.n = n;
	for (i = 0; i < p->probe.n_canaries; i++) {
		found = sightings_find(&s->sightings, &p->probe.canaries[i]);
		if (found != NULL)
			canaries[i] = *found;
	}
	s->sightings.canaries = canaries;
	return 0;
}

/* Fold what was remembered, or, for an incomplete listing (contract), judge as if nothing were. */
static int
stage_history(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;
	const struct listing *l = &s->listing;
	struct elapsed *e = &s->input.run.elapsed;
	size_t i;

	history_elapsed(s->state.last.sweep != 0 ? &s->state.last.clock : NULL, &s->clock,
	    p->unknown.gap_s, e);
	s->seen = arena_calloc(s->arena, l->n + 1, sizeof(*s->seen));
	if (s->seen == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu machines", l->n);
	s->sign.complete = l->complete;
	/* one more call: only for those who remember */
	s->sign.term = l->complete && o->mode == SWEEP_MARK && s->reader != NULL
			   ? cloud_term(s->reader, s->arena, l->era)
			   : -1;
	snprintf(s->sign.version, sizeof(s->sign.version), "%s", l->version);
	s->sign.since_s = steady_cloud(
	    s->state.has_sign ? &s->state.sign : NULL, &s->sign, e, p->unknown.gap_s);
	s->input.policy = p;
	s->input.listing = l;
	s->input.sightings = &s->sightings;
	s->input.run.now_s = s->clock.wall_s;
	if (verdict_seen(s->arena, &s->input, s->seen) != 0 ||
	    steady_hosts(s->arena, p, l, s->state.hosts, s->state.n_hosts, e, p->unknown.gap_s,
		&s->hosts) != 0)
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu machines", l->n);
	if (l->complete) {
		if (history_fold(s->arena, p, l, s->seen, s->state.records, s->state.n_records,
			e, &s->records) != 0)
			return fault_set(f, FAULT_LIMIT, "out of memory for %zu records", l->n);
		return 0;
	}
	s->records = arena_calloc(s->arena, l->n + 1, sizeof(*s->records));
	if (s->records == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu records", l->n);
	for (i = 0; i < l->n; i++) {
		s->records[i].id = l->vms[i].id;
		s->records[i].deploy_id = "";
	}
	return 0;
}

/* R1: does this account belong to the cloud that the policy names? Opens the reaping account's door. */
static bool
marker_matches(struct sweep *s)
{
	const struct policy *p = s->policy;
	struct account who = {-1, NULL, NULL};
	struct fault f;
	char pinned[320];

	memset(&f, 0, sizeof(f));
	if (cloud_open_as(p, CLOUD_REAPER, &s->reaper, &f) != 0 ||
	    cloud_account(s->reaper, s->arena, s->listing.era, &who, &f) != 0) {
		log_warning("sweep", "the reaping account cannot be read: %s", f.msg);
		return false;
	}
	if (p->cloud.account != NULL) { /* a pin holds in every era */
		snprintf(pinned, sizeof(pinned), "%d:%s", (int)who.uid,
		    who.name != NULL ? who.name : "");
		if (who.uid < 0 || strcmp(pinned, p->cloud.account) != 0)
			return false;
	}
	if (s->listing.era != NULL && s->listing.era->user_template)
		return who.marker != NULL && strcmp(who.marker, p->cloud.name) == 0;
	return p->cloud.account != NULL;
}

static int
stage_verdict(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;
	struct run_facts *r = &s->input.run;

	s->input.records = s->records;
	s->input.hosts = s->hosts;
	s->input.keeps = s->state.keeps;
	s->input.n_keeps = s->state.n_keeps;
	r->reap_option = o->reap;
	r->ledger_ok = s->ledger != NULL && o->mode == SWEEP_MARK;
	r->last = s->state.last;
	r->policy_changed = strcmp(s->state.last.digest, p->digest) != 0;
	r->in_hours = policy_in_hours(p, s->clock.wall_s);
	r->hold = s->state.hold.on;
	r->steady_s = s->sign.since_s;
	r->killed_last_hour = s->state.killed_last_hour;
	r->unacknowledged_last_hour = s->state.unacknowledged_last_hour;
	r->failures = s->state.failures;
	/* An observing run does not open the door of the account that may kill: `observing` says enough. */
	r->marker_matches =
	    !p->reap.armed || !o->reap || (s->listing.complete && marker_matches(s));
	s->judgements = arena_calloc(s->arena, s->listing.n + 1, sizeof(*s->judgements));
	if (s->judgements == NULL ||
	    verdict_fleet(s->arena, &s->input, s->judgements, &s->run) != 0)
		return fault_set(f, FAULT_LIMIT, "out of memory for the judgement");
	s->armed = (s->run.gates & (1u << GATE_OBSERVING | 1u << GATE_NOT_ARMED_HERE |
				       1u << GATE_POLICY_CHANGED)) == 0;
	return 0;
}

/*
 * A listing that lost too many machines, or whose hosts cannot be seen, is not complete either (contract): it
 * advances no mark. Only the verdict room knows what is implausible, hence here and not in cloud/.
 */
static int
stage_doubt(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	static const enum gate doubts[] = {GATE_IMPLAUSIBLE, GATE_NO_HOSTS};
	struct fault *why = &s->listing.why;
	enum gate g;
	size_t i;

	for (i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++) {
		g = doubts[i];
		if (o->saved_fd >= 0 || !s->listing.complete || (s->run.gates & 1u << g) == 0)
			continue;
		s->listing.complete = false;
		fault_set(why, FAULT_REPLY, "%s: %s (%s)", gate_code(g), gate_text(g),
		    s->run.detail[g]);
		fault_remedy(why, "%s", gate_remedy(g));
		*f = *why;
		return -1;
	}
	return 0;
}

/* The full records of this sweep's problem machines. Returns their number. */
static size_t
explain_records(struct sweep *s, struct ledger_explain **out)
{
	struct ledger_explain *v;
	struct text t;
	size_t i, n = 0;

	v = arena_calloc(s->arena, (size_t)s->run.facts.problems + 1, sizeof(*v));
	if (v == NULL)
		return 0;
	text_init(&t, 256 * 1024);
	for (i = 0; i < s->listing.n && n < (size_t)s->run.facts.problems; i++) {
		if (!s->judgements[i].problem)
			continue;
		text_reset(&t);
		if (report_explain_json(&s->input, &s->judgements[i], &s->run, i, &t, NULL) !=
			0 ||
		    t.cut)
			continue;
		v[n].id = s->listing.vms[i].id;
		v[n].json = arena_strndup(s->arena, t.p, t.len);
		if (v[n].json != NULL)
			n++;
	}
	text_free(&t);
	*out = v;
	return n;
}

static int
stage_commit(struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;
	struct ledger_sweep row;
	struct ledger_explain *explains = NULL;
	struct text policy_text, counts;
	int rc;

	memset(&row, 0, sizeof(row));
	text_init(&policy_text, 64 * 1024);
	policy_print(p, &policy_text);
	text_init(&counts, 16 * 1024);
	if (report_counts_json(&s->report.status, &s->input.run, &s->run.facts, &counts, f) !=
	    0) {
		text_free(&counts);
		text_free(&policy_text);
		return -1;
	}
	row.clock = s->clock;
	row.digest = p->digest;
	row.policy_text = policy_text.p;
	row.complete = s->listing.complete;
	row.why = s->listing.complete ? "" : s->listing.why.msg;
	row.armed = s->armed;
	row.machines = (int64_t)s->listing.n;
	row.counts_json = counts.p;
	row.records = s->records;
	row.n_records = s->listing.complete ? s->listing.n : 0;
	row.hosts = s->hosts;
	row.n_hosts = s->listing.complete ? s->listing.n_hosts : 0;
	row.sign = s->sign;
	if (!s->listing.complete) /* also one that was doubted later */
		row.sign.since_s = 0;
	row.n_explains = s->listing.complete ? explain_records(s, &explains) : 0;
	row.explains = explains;
	row.keep_s = p->ledger.retention_s;
	rc = ledger_commit(s->ledger, &row, &s->sweep, f);
	text_free(&counts);
	text_free(&policy_text);
	return rc;
}

static int
stage_act(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	struct act act;
	const size_t *list = s->armed ? s->run.kills : s->run.would_kill;
	size_t n = s->armed ? s->run.n_kills : s->run.n_would_kill;
	int rc;

	memset(&act, 0, sizeof(act));
	act.reader = s->reader;
	act.ledger = s->ledger;
	act.send = s->armed ? act_send_cloud : act_send_nothing;
	act.send_ctx = s->reaper;
	act.begun = s->armed ? OUTCOME_INTENT : OUTCOME_WOULD_KILL;
	act.stop = o->stop;
	act.now_s = o->now_s;
	act.sweep = s->sweep;
	if (act_follow(&act, s->arena, s->policy, &s->listing, &s->sightings, s->state.open,
		s->state.n_open, s->clock.wall_s, f) != 0)
		return -1;
	rc = act_kill(&act, s->arena, &s->input, s->judgements, list, n, &s->kills, &s->n_kills,
	    &s->act_fault);
	if (rc != 0)
		log_warning("act", "%s", s->act_fault.msg);
	/* run->notices is empty while the run only observes */
	if (act_notify(&act, s->arena, &s->input, s->judgements, s->run.notices,
		s->run.n_notices, &s->notices, &s->n_notices, f) != 0)
		return -1;
	if (act_wait(&act, s->arena, s->listing.era, s->kills, s->n_kills,
		s->policy->reap.wait_s, o->sleep_ms, f) != 0)
		return -1;
	/* a hold, a signal, the hour and the failure limit end the kills as they should: no fault of the run */
	if (s->act_fault.kind != FAULT_NONE && s->act_fault.kind != FAULT_STATE) {
		*f = s->act_fault;
		return -1;
	}
	return 0;
}

/* The kills of this sweep and the open ones of earlier sweeps, for the report. */
static void
all_kills(struct sweep *s, const struct kill **out, size_t *n)
{
	struct kill *v;

	*n = 0;
	v = arena_calloc(s->arena, s->n_kills + s->state.n_open + 1, sizeof(*v));
	*out = v;
	if (v == NULL)
		return;
	if (s->n_kills > 0)
		memcpy(v, s->kills, s->n_kills * sizeof(*v));
	if (s->state.n_open > 0)
		memcpy(v + s->n_kills, s->state.open, s->state.n_open * sizeof(*v));
	*n = s->n_kills + s->state.n_open;
}

static int
stage_report(const struct sweep_options *o, struct sweep *s, int64_t started_ns, bool probed,
    struct fault *f)
{
	struct report_inputs *in = &s->inputs;

	in->policy = s->policy;
	in->listing = &s->listing;
	in->sightings = probed ? &s->sightings : NULL;
	in->records = s->ledger != NULL ? s->records : NULL;
	in->judgements = s->judgements;
	/* a saved listing has no hosts and is no run: its gates would only say so */
	in->run = s->judgements != NULL && o->saved_fd < 0 ? &s->run : NULL;
	in->verdict = s->judgements != NULL ? &s->input : NULL;
	if (s->ledger != NULL)
		all_kills(s, &in->kills, &in->n_kills);
	in->volumes = o->saved_fd < 0 ? &s->volumes : NULL;
	in->notices = s->notices;
	in->n_notices = s->n_notices;
	in->now_s = s->clock.wall_s;
	in->run_ns = clock_mono_ns() - started_ns;
	in->sweep = s->sweep;
	in->armed = s->armed;
	in->program = o->program;
	in->cloud = s->policy->cloud.name != NULL ? s->policy->cloud.name
		    : o->saved_name != NULL	  ? o->saved_name
						  : s->policy->cloud.endpoint;
	if (report_build(s->arena, in, &s->report) != 0)
		return fault_set(f, FAULT_LIMIT, "out of memory for the report");
	return 0;
}

int
sweep_run(
    const struct policy *p, const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	struct fault scratch, later;
	int64_t started_ns = clock_mono_ns();
	bool probed = false;
	int rc = 0;

	memset(s, 0, sizeof(*s));
	if (f == NULL)
		f = &scratch;
	memset(f, 0, sizeof(*f));
	s->policy = p;
	clock_read(&s->clock);
	s->arena = arena_new((size_t)p->cloud.max_memory_mib << 20);
	if (s->arena == NULL)
		return fault_set(f, FAULT_SYSTEM, "out of memory");
	if (stage_ledger(o, s, f) != 0) {
		s->listing.why = *f;
		rc = -1;
		goto report;
	}
	if (stage_list(o, s, f) != 0)
		rc =
		    -1; /* incomplete: go on to report what was read, and remember that it failed */
	if (s->listing.n > 0 && stage_volumes(o, s, f) != 0) {
		rc = -1;
		goto report;
	}
	if (o->probe && s->listing.n > 0) {
		if (stage_probe(o, s, f) != 0) {
			rc = -1;
			goto report;
		}
		probed = true;
	}
	if (stage_history(o, s, rc == 0 ? f : &scratch) != 0 ||
	    stage_verdict(o, s, rc == 0 ? f : &scratch) != 0) {
		s->judgements = NULL;
		rc = -1;
		goto report;
	}
	if (stage_doubt(o, s, rc == 0 ? f : &scratch) != 0)
		rc = -1;
	if (o->mode == SWEEP_MARK) {
		memset(&later, 0, sizeof(later));
		/* the figures that are stored with the sweep; the report after the kills is another one */
		if (stage_report(o, s, started_ns, probed, &later) != 0 ||
		    stage_commit(s, &later) != 0 ||
		    (s->listing.complete && stage_act(o, s, &later) != 0)) {
			if (rc == 0)
				*f = later;
			rc = -1;
		}
	}
report:
	if (stage_report(o, s, started_ns, probed, &scratch) != 0)
		rc = -1;
	if (rc != 0 && s->report.status.complete) {
		/* the status file and the plugin must not say OK for a run that failed half-way */
		s->report.status.complete = false;
		s->report.status.why = *f;
	}
	return rc;
}

void
sweep_free(struct sweep *s)
{
	cloud_close(s->reader);
	cloud_close(s->reaper);
	ledger_close(s->ledger);
	arena_free(s->arena);
	memset(s, 0, sizeof(*s));
}
