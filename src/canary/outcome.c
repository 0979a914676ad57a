/* SPDX-License-Identifier: ISC */
/*
 * outcome: the verdict over a run, and its line.
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "canary/outcome.h"
#include "report/report.h"

#define FUTURE_S 300 /* two clocks may differ by so much */

void
outcome_from(struct outcome_report *r, const struct life *l)
{
	r->end = l->end;
	r->at = l->at;
	r->why = l->why;
	r->deployed = l->deployed;
	r->gone = l->gone;
	r->shut_down = l->limits.shutdown && l->end == LIFE_WELL && !l->forced;
	memcpy(r->took_ms, l->took_ms, sizeof(r->took_ms));
	r->total_ms = l->total_ms;
	r->limits = l->limits;
}

int64_t
outcome_stale_s(const struct life_limits *l, int64_t every_s)
{
	/* the earlier machine may have to be killed first, and one call may outlast its step */
	int64_t run_s = l->total.give_up_s + 2 * l->step[LIFE_DONE].give_up_s + 300;

	return every_s > run_s ? 2 * every_s : every_s + run_s;
}

static bool
is_stale(const struct outcome_report *r, int64_t now_s)
{
	return now_s - r->ended_s > r->stale_s || r->ended_s - now_s > FUTURE_S;
}

static enum state
level(const struct life_limit *l, int64_t took_ms)
{
	if (took_ms < 0 || !l->on)
		return STATE_OK;
	if (took_ms > l->critical_s * 1000)
		return STATE_CRITICAL;
	return took_ms > l->warning_s * 1000 ? STATE_WARNING : STATE_OK;
}

static enum state
worse(enum state a, enum state b)
{
	return b > a ? b : a; /* only OK, WARNING and CRITICAL come here */
}

static enum state
slowest(const struct outcome_report *r)
{
	enum state s = level(&r->limits.total, r->total_ms);

	for (int i = 0; i < LIFE_STEPS; i++)
		s = worse(s, level(&r->limits.step[i], r->took_ms[i]));
	return s;
}

enum state
outcome_state(const struct outcome_report *r, int64_t now_s)
{
	if (is_stale(r, now_s))
		return STATE_UNKNOWN;
	if (r->end == LIFE_FAILED || r->end == LIFE_TIMED_OUT)
		return STATE_CRITICAL;
	if (r->deployed && !r->gone) /* whatever else: a machine that nobody wants is there */
		return STATE_CRITICAL;
	if (r->end != LIFE_WELL)
		return STATE_UNKNOWN;
	return worse(slowest(r), r->strays > 0 ? STATE_WARNING : STATE_OK);
}

/* Seconds with one decimal where there is one: no locale comes into it. */
static void
add_seconds(struct text *out, int64_t ms)
{
	int64_t tenths = (ms + 50) / 100;

	text_addf(out, "%lld", (long long)(tenths / 10));
	if (tenths % 10 != 0)
		text_addf(out, ".%lld", (long long)(tenths % 10));
}

static void
add_slow(struct text *out, const char *name, const struct life_limit *l, int64_t took_ms)
{
	enum state s = level(l, took_ms);
	char limit[24];

	if (s == STATE_OK)
		return;
	text_addf(out, "%s took ", name);
	add_seconds(out, took_ms);
	text_addf(out, " s (%s %s), ", s == STATE_CRITICAL ? "critical" : "warning",
	    units_duration_str(limit, sizeof(limit),
		(s == STATE_CRITICAL ? l->critical_s : l->warning_s) * 1000));
}

/* What went wrong: "boot timed-out: ...". */
static void
add_trouble(struct text *out, const struct outcome_report *r)
{
	text_addf(out, "%s %s: ", life_step_str(r->at), life_end_str(r->end));
	text_add_safe(out, TEXT_PLUGIN, r->why, 400);
	if (r->remedy[0] != '\0') {
		text_add(out, "; ");
		text_add_safe(out, TEXT_PLUGIN, r->remedy, 400);
	}
	text_add(out, "; ");
}

/* What became of the machine. */
static void
add_fate(struct text *out, const struct outcome_report *r)
{
	if (!r->deployed)
		text_add(out, "nothing was deployed");
	else if (!r->gone && r->foreign)
		text_addf(out,
		    "machine %lld is STILL THERE, and no run will touch it: if it may go, type "
		    "vmreaper kill %lld",
		    (long long)r->id, (long long)r->id);
	else if (!r->gone)
		text_addf(out,
		    "machine %lld is STILL THERE: the next run kills it first, or type "
		    "vmreaper kill %lld",
		    (long long)r->id, (long long)r->id);
	else if (r->end == LIFE_WELL) {
		text_addf(
		    out, "deployed, reached and %s in ", r->shut_down ? "shut down" : "killed");
		add_seconds(out, r->total_ms);
		text_add(out, " s");
	} else
		text_addf(out, "machine %lld is gone", (long long)r->id);
}

static void
add_figure(struct text *out, const char *name, const struct life_limit *l, int64_t took_ms)
{
	if (took_ms < 0 || !l->on)
		return;
	text_addf(out, " %s=", name);
	add_seconds(out, took_ms);
	text_addf(out, "s;%lld;%lld;0", (long long)l->warning_s, (long long)l->critical_s);
}

void
outcome_render(
    const struct outcome_report *r, const char *label, int64_t now_s, struct text *out)
{
	char age[24];

	text_addf(out, "%s %s - ", label, state_str(outcome_state(r, now_s)));
	if (is_stale(r, now_s))
		text_addf(out, "the last run ended %s%s: is the cron job there? It said: ",
		    units_age_str(age, sizeof(age),
			now_s < r->ended_s ? r->ended_s - now_s : now_s - r->ended_s),
		    now_s < r->ended_s ? " in the future" : " ago");
	if (r->end != LIFE_WELL)
		add_trouble(out, r);
	for (int i = 0; i < LIFE_STEPS; i++)
		add_slow(
		    out, life_step_str((enum life_step)i), &r->limits.step[i], r->took_ms[i]);
	add_slow(out, "the whole", &r->limits.total, r->total_ms);
	add_fate(out, r);
	if (r->cleaned)
		text_add(out, "; the machine of an earlier run was killed first");
	if (r->strays > 0)
		text_addf(out,
		    "; %lld machine%s named like a canary %s in no journal (%lld): look, and "
		    "kill %s by hand",
		    (long long)r->strays, r->strays == 1 ? "" : "s",
		    r->strays == 1 ? "is" : "are", (long long)r->stray_id,
		    r->strays == 1 ? "it" : "them");
	text_add(out, " |");
	for (int i = 0; i < LIFE_STEPS; i++)
		add_figure(
		    out, life_step_str((enum life_step)i), &r->limits.step[i], r->took_ms[i]);
	add_figure(out, "total", &r->limits.total, r->total_ms);
}
