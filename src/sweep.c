/* SPDX-License-Identifier: ISC */
/*
 * sweep: the pipeline on one page. It decides nothing; it carries each stage's result to the next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/notify.h"
#include "act/stamp.h"
#include "base/clock.h"
#include "base/log.h"
#include "gather.h"
#include "sweep.h"

const char *
sweep_stage_str(enum sweep_stage s)
{
	switch (s) {
	case SWEEP_LIST:
		return "list";
	case SWEEP_PROBE:
		return "probe";
	case SWEEP_JUDGE:
		return "judge";
	case SWEEP_COMMIT:
		return "commit";
	case SWEEP_STAGES:
		break;
	}
	return "?";
}

/* Time since the last call goes to this stage. */
static void
took(struct sweep *s, struct sweep_time *last, enum sweep_stage stage)
{
	const struct sweep_time now = {clock_mono_ns(), clock_cpu_ns()};

	s->times[stage].wall_ns += now.wall_ns - last->wall_ns;
	s->times[stage].cpu_ns += now.cpu_ns - last->cpu_ns;
	*last = now;
}

/* Fold what was remembered, or, for an incomplete listing (contract), judge as if nothing were. */
static int
stage_history(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;
	const struct listing *l = &s->listing;
	struct elapsed *e = &s->input.run.elapsed;
	size_t i;

	if (s->ledger != NULL)
		*e = s->state.elapsed;
	else
		history_elapsed(NULL, &s->clock, p->unknown.gap_s, e);
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
	s->input.keeps = s->state.keeps;
	s->input.n_keeps = s->state.n_keeps;
	if (verdict_seen(s->arena, &s->input, s->state.records, s->state.n_records, s->seen) !=
		0 ||
	    steady_hosts(s->arena, p, l, s->state.hosts, s->state.n_hosts, e, p->unknown.gap_s,
		&s->hosts) != 0)
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu machines", l->n);
	if (l->complete) {
		if (history_fold(s->arena, p, l, s->seen, s->state.records, s->state.n_records,
			e, &s->records) != 0)
			return fault_set(f, FAULT_LIMIT, "out of memory for %zu records", l->n);
		arena_free(s->past);
		s->past = NULL;
		s->state.records = NULL;
		s->state.n_records = 0;
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
	struct account who = {.uid = -1};
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
	r->reap_option = o->reap;
	/* a look writes no ledger, and kills nobody: what it says is what the sweep would say */
	r->ledger_ok = s->ledger != NULL;
	r->last = s->state.last;
	r->policy_changed = strcmp(s->state.last.digest, p->digest) != 0;
	r->in_hours = policy_in_hours(p, s->clock.wall_s);
	r->hold = s->state.hold.on;
	r->steady_s = s->sign.since_s;
	r->killed_since = s->state.killed_since;
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
	verdict_mark_storm(&s->input, s->judgements, &s->run, s->records);
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

/* The full records of this sweep's problem machines, in a. Returns their number. */
static size_t
explain_records(struct sweep *s, struct arena *a, struct ledger_explain **out)
{
	struct ledger_explain *v;
	struct text t;
	size_t i, n = 0;

	v = arena_calloc(a, (size_t)s->run.facts.problems + 1, sizeof(*v));
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
		v[n].json = arena_strndup(a, t.p, t.len);
		if (v[n].json != NULL)
			n++;
	}
	text_free(&t);
	*out = v;
	return n;
}

static int
stage_act(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	struct act *act = &s->act;
	const size_t *list = s->armed ? s->run.kills : s->run.would_kill;
	size_t n = s->armed ? s->run.n_kills : s->run.n_would_kill;
	int rc;

	act->send = s->armed ? act_send_cloud : act_send_nothing;
	act->send_ctx = s->reaper;
	act->reaper = s->armed ? s->reaper : NULL;
	act->begun = s->armed ? OUTCOME_INTENT : OUTCOME_WOULD_KILL;
	act->offset_s = s->clock.wall_s - s->state.own_s;
	if (act_follow(act, s->arena, s->policy, &s->listing, &s->sightings, s->state.open,
		s->state.n_open, s->clock.wall_s, f) != 0)
		return -1;
	rc = act_kill(act, s->arena, &s->input, s->judgements, list, n, &s->kills, &s->n_kills,
	    &s->act_fault);
	if (rc != 0)
		log_warning("act", "%s", s->act_fault.msg);
	/* run->notices is empty while the run only observes */
	if (notify_before(
		&s->tell, &s->input, s->judgements, s->run.notices, s->run.n_notices, f) != 0)
		return -1;
	stamp_clear(&s->tell, &s->input);
	if (act_wait(act, s->arena, s->listing.era, s->kills, s->n_kills,
		s->policy->reap.wait_s, o->sleep_ms, f) != 0)
		return -1;
	if (s->armed)
		notify_killed(&s->tell, &s->input, s->judgements, list, s->kills, s->n_kills);
	/* a hold, a signal, the hour and the failure limit end the kills as they should: no fault of the run */
	if (s->act_fault.kind != FAULT_NONE && s->act_fault.kind != FAULT_STATE) {
		*f = s->act_fault;
		return -1;
	}
	return 0;
}

/* What acts and tells in this sweep. */
static void
begin_acting(const struct sweep_options *o, struct sweep *s)
{
	s->act = (struct act){.reader = s->reader,
	    .ledger = s->ledger,
	    .stop = o->stop,
	    .now_s = o->now_s,
	    .sweep = s->sweep};
	s->tell = (struct tell){.act = &s->act,
	    .a = s->arena,
	    .policy = s->policy,
	    .began_s = s->clock.wall_s,
	    .began_ns = s->started_ns};
}

/* Who is to know of alarms; what could not be told is in the next report. */
static int
stage_alarms(struct sweep *s, struct fault *f)
{
	const struct status *st = &s->report.status;

	return notify_alarms(&s->tell, st->findings, st->n_findings, st->complete, f);
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
stage_report(const struct sweep_options *o, struct sweep *s, struct arena *a,
    struct report *report, struct fault *f)
{
	struct report_inputs *in = &s->inputs;

	in->policy = s->policy;
	in->listing = &s->listing;
	in->sightings = s->probed ? &s->sightings : NULL;
	in->records = s->ledger != NULL ? s->records : NULL;
	in->judgements = s->judgements;
	/* a saved listing has no hosts and is no run: its gates would only say so */
	in->run = s->judgements != NULL && o->saved_fd < 0 ? &s->run : NULL;
	in->verdict = s->judgements != NULL ? &s->input : NULL;
	if (s->ledger != NULL)
		all_kills(s, &in->kills, &in->n_kills);
	in->volumes = o->saved_fd < 0 ? &s->volumes : NULL;
	in->notices = s->tell.rows;
	in->n_notices = s->tell.n_rows;
	in->now_s = s->clock.wall_s;
	in->run_ns = clock_mono_ns() - s->started_ns;
	in->sweep = s->sweep;
	in->armed = s->armed;
	in->program = o->program;
	in->cloud = s->policy->cloud.name != NULL ? s->policy->cloud.name
		    : o->saved_name != NULL	  ? o->saved_name
						  : s->policy->cloud.endpoint;
	if (report_build(a, in, report) != 0)
		return fault_set(f, FAULT_LIMIT, "out of memory for the report");
	return 0;
}

/* What is needed for the commit only, the report before the kills among it, is in scratch. */
static int
commit(const struct sweep_options *o, struct sweep *s, struct arena *scratch, struct fault *f)
{
	const struct policy *p = s->policy;
	struct report report;
	struct ledger_sweep row;
	struct ledger_explain *explains = NULL;
	struct text policy_text, counts;
	int rc;

	/* the figures that are stored with the sweep; the report after the kills is another one */
	if (stage_report(o, s, scratch, &report, f) != 0)
		return -1;
	memset(&row, 0, sizeof(row));
	text_init(&policy_text, 64 * 1024);
	policy_print(p, &policy_text);
	text_init(&counts, 16 * 1024);
	if (report_counts_json(&report.status, &s->input.run, &s->run.facts, &counts, f) != 0) {
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
	row.n_explains = s->listing.complete ? explain_records(s, scratch, &explains) : 0;
	row.explains = explains;
	row.keep_s = p->ledger.retention_s;
	rc = ledger_commit(s->ledger, &row, &s->sweep, f);
	text_free(&counts);
	text_free(&policy_text);
	return rc;
}

static int
stage_commit(const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	struct arena *scratch = arena_scratch(s->arena);
	int rc = scratch != NULL ? commit(o, s, scratch, f)
				 : fault_set(f, FAULT_SYSTEM, "out of memory");

	arena_free(scratch);
	return rc;
}

int
sweep_run(
    const struct policy *p, const struct sweep_options *o, struct sweep *s, struct fault *f)
{
	struct fault scratch, later;
	struct sweep_time last = {clock_mono_ns(), clock_cpu_ns()};
	size_t told;
	int rc = 0, later_rc = 0;

	memset(s, 0, sizeof(*s));
	if (f == NULL)
		f = &scratch;
	memset(f, 0, sizeof(*f));
	s->policy = p;
	s->started_ns = last.wall_ns;
	clock_read(&s->clock);
	s->arena = arena_new((size_t)p->cloud.max_memory_mib << 20);
	if (s->arena == NULL)
		return fault_set(f, FAULT_SYSTEM, "out of memory");
	if (gather_ledger(o, s, f) != 0) {
		s->listing.why = *f;
		rc = -1;
		goto report;
	}
	s->listing_bytes = arena_used(s->arena);
	/* incomplete: go on to report what was read, and remember that it failed */
	if (gather_listing(o, s, f) != 0 || gather_closer(o, s, f) != 0)
		rc = -1;
	s->listing_bytes = arena_used(s->arena) - s->listing_bytes;
	if (s->listing.n > 0 && gather_volumes(o, s, f) != 0) {
		rc = -1;
		goto report;
	}
	took(s, &last, SWEEP_LIST);
	if (o->probe && s->listing.n > 0) {
		if (gather_sightings(o, s, f) != 0) {
			rc = -1;
			goto report;
		}
		s->probed = true;
	}
	took(s, &last, SWEEP_PROBE);
	if (stage_history(o, s, rc == 0 ? f : &scratch) != 0 ||
	    stage_verdict(o, s, rc == 0 ? f : &scratch) != 0) {
		s->judgements = NULL;
		rc = -1;
		goto report;
	}
	if (stage_doubt(o, s, rc == 0 ? f : &scratch) != 0)
		rc = -1;
	took(s, &last, SWEEP_JUDGE);
	if (o->mode == SWEEP_MARK) {
		memset(&later, 0, sizeof(later));
		if (stage_commit(o, s, &later) == 0)
			took(s, &last, SWEEP_COMMIT);
		else
			later_rc = -1;
		begin_acting(o, s);
		if (later_rc == 0 && s->listing.complete)
			later_rc = stage_act(o, s, &later);
		if (later_rc != 0) {
			if (rc == 0)
				*f = later;
			rc = -1;
		}
	}
report:
	if (stage_report(o, s, s->arena, &s->report, &scratch) != 0)
		rc = -1;
	told = s->tell.n_rows;
	if (s->sweep != 0 && stage_alarms(s, rc == 0 ? f : &scratch) != 0)
		rc = -1;
	if (s->tell.n_rows > told && stage_report(o, s, s->arena, &s->report, &scratch) != 0)
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
	arena_free(s->past);
	arena_free(s->arena);
	memset(s, 0, sizeof(*s));
}
