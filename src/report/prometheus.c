/* SPDX-License-Identifier: ISC */
/*
 * prometheus: the figures of a run as gauges in Prometheus' text format, for node_exporter's textfile collector. Pure.
 *
 * Each metric of metric.h is one, so that none can be forgotten; base units (bytes, seconds) as Prometheus wants them.
 * A figure that is not known is left out: an absent series alarms, a 0 would not.
 */
#include <stdio.h>
#include <string.h>

#include "report/report.h"

#define OWNERS_MAX 50 /* a series for each; the rest is one together */

static void
head(struct text *out, const char *name, const char *help)
{
	text_addf(out, "# HELP vmreaper_%s %s\n# TYPE vmreaper_%s gauge\n", name, help, name);
}

/* The value of a label: harmless, and \ and " escaped; a newline is '?' by now. */
static void
add_value(struct text *out, const char *s)
{
	struct text safe;
	const char *p;

	text_init(&safe, 1024);
	text_add_safe(&safe, TEXT_TERM, s, 200);
	for (p = safe.p; *p != '\0'; p++) {
		if (*p == '\\' || *p == '"')
			text_addc(out, '\\');
		text_addc(out, *p);
	}
	text_free(&safe);
}

/* "vmreaper_NAME{cloud="..."", and another label if there is one; the caller adds the value. */
static void
series(const struct report *r, const char *name, const char *label, const char *value,
    struct text *out)
{
	text_addf(out, "vmreaper_%s{cloud=\"", name);
	add_value(out, r->status.cloud);
	text_addc(out, '"');
	if (label != NULL) {
		text_addf(out, ",%s=\"", label);
		add_value(out, value);
		text_addc(out, '"');
	}
	text_add(out, "} ");
}

static void
whole(
    const struct report *r, const char *name, const char *help, int64_t value, struct text *out)
{
	head(out, name, help);
	series(r, name, NULL, NULL, out);
	text_addf(out, "%lld\n", (long long)value);
}

static void
add_metrics(const struct report *r, struct text *out)
{
	const struct status *s = &r->status;
	char name[64];
	int m;

	for (m = 0; m < METRIC_COUNT; m++) {
		bool bytes = strcmp(metric_unit((enum metric)m), "MB") == 0;
		bool seconds = strcmp(metric_unit((enum metric)m), "s") == 0;

		if (!s->has[m])
			continue;
		snprintf(name, sizeof(name), "%s%s", metric_str((enum metric)m),
		    bytes     ? "_bytes"
		    : seconds ? "_seconds"
			      : "");
		head(out, name, metric_what((enum metric)m));
		series(r, name, NULL, NULL, out);
		if (bytes) /* MiB */
			text_addf(out, "%.0f\n", s->metrics[m] * 1048576);
		else
			text_addf(out, seconds ? "%.3f\n" : "%.0f\n", s->metrics[m]);
	}
}

static int64_t
field(const struct tally *t, int which)
{
	return which == 0 ? t->machines : which == 1 ? t->vcpu : t->memory_mib * 1048576;
}

/* What each owner wastes; those beyond the first ones together. */
static void
add_owners(const struct report *r, struct text *out)
{
	static const struct {
		const char *name, *help;
	} rows[] = {{"owner_wasted_machines", "dead machines and those off for long, by owner"},
	    {"owner_wasted_vcpu", "vCPU that they hold, by owner"},
	    {"owner_wasted_memory_bytes", "memory that they hold, by owner"}};
	const struct waste *w = &r->waste;
	size_t i;
	int64_t rest;
	int k;

	if (!r->status.complete)
		return;
	for (k = 0; k < 3; k++) {
		head(out, rows[k].name, rows[k].help);
		for (i = 0; i < w->n_owners && i < OWNERS_MAX; i++) {
			series(r, rows[k].name, "owner", w->owners[i].name, out);
			text_addf(out, "%lld\n", (long long)field(&w->owners[i], k));
		}
		for (rest = 0; i < w->n_owners; i++)
			rest += field(&w->owners[i], k);
		if (w->n_owners > OWNERS_MAX) {
			series(r, rows[k].name, "owner", "(others)", out);
			text_addf(out, "%lld\n", (long long)rest);
		}
	}
}

/* How many findings of each code, so that one rule can watch them all. */
static void
add_findings(const struct report *r, struct text *out)
{
	const struct status *s = &r->status;
	struct {
		const char *code;
		size_t n;
	} codes[128]; /* more than all reasons, outcomes and kinds of finding together */
	size_t i, k, n_codes = 0;

	for (i = 0; i < s->n_findings; i++) {
		for (k = 0; k < n_codes && strcmp(codes[k].code, s->findings[i].code) != 0; k++)
			continue;
		BUG_ON(k >= sizeof(codes) / sizeof(codes[0]));
		if (k == n_codes) {
			codes[n_codes].code = s->findings[i].code;
			codes[n_codes++].n = 0;
		}
		codes[k].n++;
	}
	if (n_codes > 0)
		head(out, "findings", "findings of the run, by code");
	for (k = 0; k < n_codes; k++) {
		series(r, "findings", "code", codes[k].code, out);
		text_addf(out, "%zu\n", codes[k].n);
	}
}

static void
add_gates(const struct report *r, struct text *out)
{
	const struct status *s = &r->status;
	size_t i;

	if (s->n_gates == 0)
		return;
	head(out, "gate_closed", "1 for each gate that stopped all kills of the run");
	for (i = 0; i < s->n_gates; i++) {
		series(r, "gate_closed", "gate", s->gates[i].code, out);
		text_add(out, "1\n");
	}
}

/* When the last complete sweep began: this one, or the one before as the ledger or the status file has it. */
static int64_t
last_complete_s(const struct report *r)
{
	const struct status *s = &r->status;

	if (s->sweep > 0 && s->complete)
		return s->now_s;
	if (s->good_s > 0)
		return s->good_s;
	return r->in->verdict != NULL ? r->in->verdict->run.last.clock.wall_s : 0;
}

void
report_prometheus(const struct report *r, struct text *out)
{
	const struct status *s = &r->status;

	whole(r, "report_timestamp_seconds", "when these figures were taken", s->now_s, out);
	if (strcmp(s->program, "sweep") == 0)
		whole(r, "last_sweep_timestamp_seconds", "when the last sweep began", s->now_s,
		    out);
	if (last_complete_s(r) > 0)
		whole(r, "last_complete_sweep_timestamp_seconds",
		    "when the last sweep with a complete listing began", last_complete_s(r),
		    out);
	whole(r, "sweep_interval_seconds", "how often the sweep runs", s->interval_s, out);
	whole(r, "complete", "1 if the whole listing was read", s->complete, out);
	whole(r, "armed", "1 if the run could have killed", s->armed, out);
	if (r->in->records != NULL) /* the ledger knows */
		whole(r, "on_hold", "1 while a person holds all kills", s->hold.on, out);
	if (s->complete)
		whole(
		    r, "machines", "machines in the listing that are not done", s->total, out);
	add_metrics(r, out);
	add_owners(r, out);
	add_findings(r, out);
	add_gates(r, out);
}
