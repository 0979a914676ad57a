/* SPDX-License-Identifier: ISC */
/*
 * health: is the reaper itself well? Nothing here trusts that the status file is recent, whole or honest: figures
 * and findings are both looked at, and what is odd is said.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/health.h"
#include "report/nagios.h"

#define INTERVAL_MAX_S (366 * 86400)
#define CRON_REMEDY    "look whether cron runs `vmreaper sweep', and run it by hand"

/* In the order of enum health_kill. An intent whose outcome a crash swallowed is in doubt. */
static const struct {
	const char *code, *words;
	enum metric metric;
} kill_kinds[HEALTH_KILLS] = {
    {"stuck", "stuck", METRIC_STUCK},
    {"bounced", "bounced", METRIC_BOUNCED},
    {"zombie", "zombie", METRIC_ZOMBIE},
    {"in-doubt", "in doubt", METRIC_IN_DOUBT},
};

struct judge {
	struct arena *a;
	const struct status *s;
	struct health *h;
	void *lines;
	bool full;
};

/* --- thresholds ------------------------------------------------------------------------------ */

static void
limit_seconds(struct health_limit *l, int64_t seconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)seconds);
	l->has = range_parse(text, &l->range) == 0;
}

int
health_limit_parse(struct health_limit *l, const char *arg, struct fault *f)
{
	struct health_limit got = {.given = true};
	int64_t seconds;

	if (units_duration_s(arg, &seconds) == 0)
		limit_seconds(&got, seconds);
	else if (arg[0] != '\0')
		got.has = range_parse(arg, &got.range) == 0;
	if (arg[0] != '\0' && !got.has) {
		fault_set(f, FAULT_USAGE, "%s is neither a duration nor a range", arg);
		return fault_remedy(
		    f, "such as 45m or 2h, or seconds as [@]START:END, such as 2700");
	}
	*l = got;
	return 0;
}

/* --- judging --------------------------------------------------------------------------------- */

int
health_age(const struct status *s, int64_t now_s, int64_t *age_s, struct fault *f)
{
	char age[32];

	if (s->now_s < 0 || s->interval_s <= 0 || s->interval_s > INTERVAL_MAX_S)
		return fault_set(f, FAULT_LEDGER, "the status file's times make no sense");
	*age_s = now_s - s->now_s;
	if (*age_s < -HEALTH_AHEAD_S) {
		fault_set(f, FAULT_LEDGER, "the last sweep is %s in the future",
		    units_age_str(age, sizeof(age), -*age_s));
		return fault_remedy(
		    f, "was the clock set back? timedatectl; the next sweep mends it");
	}
	if (*age_s < 0)
		*age_s = 0;
	return 0;
}

static void add_line(struct judge *j, enum state severity, const char *code, const char *remedy,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static struct finding *
push_line(struct judge *j)
{
	struct finding *x = arena_push(j->a, &j->lines, j->h->n, sizeof(*x));

	if (x == NULL)
		j->full = true;
	else
		j->h->n++;
	return x;
}

/* A line about the run. */
static void
add_line(struct judge *j, enum state severity, const char *code, const char *remedy,
    const char *fmt, ...)
{
	struct finding *x = push_line(j);
	char text[512];
	va_list ap;

	if (x == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*x = (struct finding){.severity = severity,
	    .code = code,
	    .id = -1,
	    .name = "",
	    .owner = "",
	    .text = arena_strdup(j->a, text),
	    .remedy = remedy};
	if (x->text == NULL) {
		x->text = "";
		j->full = true;
	}
}

static void
judge_age(struct judge *j, int64_t file_age_s)
{
	const struct status *s = j->s;
	struct health *h = j->h;
	/* without a good sweep on record the last one is at least as old as the file */
	int64_t age_s = h->age_s >= 0 ? h->age_s : file_age_s;
	enum state state = STATE_OK;
	char age[32], interval[32];

	if (h->warning.has && range_alert(&h->warning.range, (double)age_s))
		state = STATE_WARNING;
	if (h->critical.has && range_alert(&h->critical.range, (double)age_s))
		state = STATE_CRITICAL;
	if (state == STATE_OK)
		return;
	add_line(j, state, "sweep-overdue", CRON_REMEDY,
	    "the last good sweep is %s%s old, one is due every %s",
	    h->age_s >= 0 ? "" : "more than ", units_age_str(age, sizeof(age), age_s),
	    units_age_str(interval, sizeof(interval), s->interval_s));
}

static void
judge_complete(struct judge *j)
{
	const struct fault *why = &j->s->why;

	if (!j->s->complete)
		add_line(j, STATE_UNKNOWN, "sweep-incomplete",
		    why->remedy[0] != '\0' ? why->remedy : "vmreaper doctor",
		    "the last sweep could not do its work: %s",
		    why->msg[0] != '\0' ? why->msg : "it does not say why");
}

/*
 * How bad a closed gate is for the reaper. False: nothing to say, because the listing was not complete, which is
 * said, and makes this gate a matter of course.
 */
static bool
gate_state(enum gate g, bool complete, enum state *state)
{
	*state = STATE_WARNING;
	switch (g) {
	case GATE_OBSERVING:
	case GATE_POLICY_CHANGED:
	case GATE_HOURS:
		*state = STATE_OK;
		return true;
	case GATE_COOL_DOWN:
		*state = STATE_OK;
		return complete;
	case GATE_STORM:
		*state = STATE_CRITICAL;
		return true;
	case GATE_LISTING:
	case GATE_IMPLAUSIBLE:
	case GATE_NO_HOSTS:
		*state = STATE_UNKNOWN;
		return complete;
	case GATE_NOT_ARMED_HERE:
	case GATE_ERA:
	case GATE_CONTRADICTION:
	case GATE_BLIND:
		return complete;
	case GATE_LEDGER:
	case GATE_CLOCK_JUMP:
	case GATE_HOLD:
	case GATE_FAILURES:
	case GATE_COUNT:
		break;
	}
	return true;
}

/* "since ..., by alice, until ...: power work" as far as it is known. */
static const char *
hold_text(const struct hold *h, char *buf, size_t size)
{
	char since[24], until[24];

	if (!h->on)
		return "";
	snprintf(buf, size, "since %s%s%s, %s%s%s%s",
	    units_time_str(since, sizeof(since), h->since_s), h->by[0] != '\0' ? " by " : "",
	    h->by, h->until_s > 0 ? "until " : "until resumed",
	    h->until_s > 0 ? units_time_str(until, sizeof(until), h->until_s) : "",
	    h->reason[0] != '\0' ? ": " : "", h->reason);
	return buf;
}

static void
judge_gates(struct judge *j)
{
	char held[512];
	size_t i;

	for (i = 0; i < j->s->n_gates; i++) {
		const struct status_gate *x = &j->s->gates[i];
		const char *detail = x->detail;
		enum state state;
		int g = gate_parse(x->code);

		if (g < 0) {
			add_line(j, STATE_WARNING, x->code, "vmreaper doctor",
			    "the sweep was stopped by a gate that this plugin does not know");
			continue;
		}
		if (!gate_state((enum gate)g, j->s->complete, &state))
			continue;
		if (g == GATE_HOLD)
			detail = hold_text(&j->s->hold, held, sizeof(held));
		add_line(j, state, gate_code((enum gate)g), gate_remedy((enum gate)g),
		    "%s%s%s%s", gate_text((enum gate)g), detail[0] != '\0' ? " (" : "", detail,
		    detail[0] != '\0' ? ")" : "");
	}
}

static int
kill_kind(const char *code)
{
	int k;

	if (strcmp(code, outcome_str(OUTCOME_INTENT)) == 0)
		return HEALTH_IN_DOUBT;
	for (k = 0; k < HEALTH_KILLS; k++)
		if (strcmp(code, kill_kinds[k].code) == 0)
			return k;
	return -1;
}

/* The alarms that stand, the kills that the cloud did not take, and notices that the hook did not. What was killed well is no line. */
static void
judge_kills(struct judge *j)
{
	const struct status *s = j->s;
	double named[HEALTH_KILLS] = {0};
	struct finding *x;
	size_t i;
	int k;

	for (i = 0; i < s->n_findings; i++) {
		const char *code = s->findings[i].code;

		k = kill_kind(code);
		if (k < 0 && strcmp(code, outcome_str(OUTCOME_REFUSED)) != 0 &&
		    strcmp(code, outcome_str(OUTCOME_NOT_SENT)) != 0 &&
		    strcmp(code, "notice-failed") != 0 && strcmp(code, "stamp-failed") != 0 &&
		    strcmp(code, "kill-not-told") != 0 && strcmp(code, "alarm-not-told") != 0 &&
		    strcmp(code, "administrators-not-told") != 0)
			continue;
		if ((x = push_line(j)) == NULL)
			return;
		*x = s->findings[i];
		x->severity = k >= 0 ? STATE_CRITICAL : STATE_WARNING;
		if (k >= 0)
			named[k]++;
	}
	for (k = 0; k < HEALTH_KILLS; k++) {
		enum metric m = kill_kinds[k].metric;

		j->h->kills[k] = named[k];
		if (!s->has[m] || s->metrics[m] <= named[k])
			continue;
		j->h->kills[k] = s->metrics[m];
		add_line(j, STATE_CRITICAL, kill_kinds[k].code, "vmreaper history",
		    "%.0f kills %s, of which %.0f are named here", s->metrics[m],
		    kill_kinds[k].words, named[k]);
	}
}

/* The storm has its gate; the figure alone is believed, too. */
static void
judge_storm(struct judge *j)
{
	const struct status *s = j->s;
	size_t i;

	if (!s->has[METRIC_STORM] || s->metrics[METRIC_STORM] == 0)
		return;
	for (i = 0; i < s->n_gates; i++)
		if (gate_parse(s->gates[i].code) == GATE_STORM)
			return;
	add_line(j, STATE_CRITICAL, gate_code(GATE_STORM), gate_remedy(GATE_STORM), "%s",
	    gate_text(GATE_STORM));
}

/* CRITICAL, UNKNOWN, WARNING, notes; each in the order in which they were found. */
static void
sort_lines(struct judge *j)
{
	static const enum state order[] = {
	    STATE_CRITICAL, STATE_UNKNOWN, STATE_WARNING, STATE_OK};
	struct health *h = j->h;
	const struct finding *from = j->lines;
	size_t i, k, n = 0;

	h->lines = arena_calloc(j->a, h->n + 1, sizeof(*h->lines));
	if (h->lines == NULL) {
		j->full = true;
		return;
	}
	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (i = 0; i < h->n; i++)
			if (from[i].severity == order[k])
				h->lines[n++] = from[i];
	h->state = n > 0 ? h->lines[0].severity : STATE_OK;
}

int
health_judge(struct arena *a, const struct status *s, const struct health_limit *warning,
    const struct health_limit *critical, int64_t now_s, struct health *h, struct fault *f)
{
	struct judge j = {.a = a, .s = s, .h = h};
	int64_t file_age_s;

	memset(h, 0, sizeof(*h));
	if (health_age(s, now_s, &file_age_s, f) != 0)
		return -1;
	h->warning = *warning;
	h->critical = *critical;
	if (!h->warning.given)
		limit_seconds(&h->warning, 2 * s->interval_s);
	if (!h->critical.given)
		limit_seconds(&h->critical, 4 * s->interval_s);
	h->age_s = -1;
	if (s->complete)
		h->age_s = file_age_s;
	else if (s->good_s > 0 && s->good_s <= now_s)
		h->age_s = now_s - s->good_s;
	judge_age(&j, file_age_s);
	judge_complete(&j);
	judge_kills(&j);
	judge_gates(&j);
	judge_storm(&j);
	sort_lines(&j);
	return j.full ? fault_set(f, FAULT_LIMIT, "out of memory for the report") : 0;
}

/* --- rendering ------------------------------------------------------------------------------- */

/* "1 stuck, 2 in doubt, storm, on-hold": the kills by number, the rest by code. */
static bool
add_alarms(const struct status *s, const struct health *h, struct text *out)
{
	bool any = false;
	size_t i;
	int k;

	for (k = 0; k < HEALTH_KILLS; k++) {
		if (h->kills[k] == 0)
			continue;
		text_addf(out, "%s%.0f %s", any ? ", " : "", h->kills[k], kill_kinds[k].words);
		any = true;
	}
	for (i = 0; i < h->n && h->lines[i].severity != STATE_OK; i++) {
		const struct finding *x = &h->lines[i];

		if (kill_kind(x->code) >= 0 || out->len > 200)
			continue;
		text_add(out, any ? ", " : "");
		text_add_safe(out, TEXT_PLUGIN, x->code, 40);
		if (x->id >= 0)
			text_addf(out, " %lld", (long long)x->id);
		if (strcmp(x->code, "sweep-incomplete") == 0 && s->why.msg[0] != '\0') {
			text_add(out, " (");
			text_add_safe(out, TEXT_PLUGIN, s->why.msg, 160);
			text_addc(out, ')');
		}
		any = true;
	}
	return any;
}

static void
add_summary(const struct status *s, const struct health *h, struct text *out)
{
	static const enum metric said[] = {METRIC_CANDIDATES, METRIC_MARKED, METRIC_KILLED};
	const char *before = "; ";
	char age[32];
	size_t i;

	if (h->age_s >= 0)
		text_addf(
		    out, "last good sweep %s ago", units_age_str(age, sizeof(age), h->age_s));
	else
		text_add(out, "no good sweep is known");
	if (s->complete)
		text_add(out, s->armed ? ", armed" : ", observing");
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (!s->has[said[i]])
			continue;
		text_addf(out, "%s%.0f %s", before, s->metrics[said[i]], metric_str(said[i]));
		before = ", ";
	}
}

static void
add_perfdata(const struct status *s, const struct health *h, struct text *out)
{
	static const struct {
		enum metric m;
		const char *critical;
	} figures[] = {
	    {METRIC_CANDIDATES, ""},
	    {METRIC_MARKED, ""},
	    {METRIC_KILLED, ""},
	    {METRIC_STUCK, "0"},
	    {METRIC_IN_DOUBT, "0"},
	    {METRIC_BOUNCED, "0"},
	    {METRIC_ZOMBIE, "0"},
	    {METRIC_STORM, "0"},
	    {METRIC_HELD_VCPU, ""},
	    {METRIC_HELD_MEMORY, ""},
	    {METRIC_HELD_DISK, ""},
	    {METRIC_HELD_ADDRESSES, ""},
	};
	size_t i;

	text_add(out, " |");
	if (h->age_s >= 0)
		text_addf(out, " age=%llds;%s;%s;0", (long long)h->age_s,
		    h->warning.has ? h->warning.range.text : "",
		    h->critical.has ? h->critical.range.text : "");
	for (i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		nagios_figure(s, figures[i].m, "", figures[i].critical, out);
}

void
health_render(const struct status *s, const struct health *h, int verbosity, int max_lines,
    struct text *out)
{
	size_t n = 0;

	text_addf(out, "VMREAPER %s - ", state_str(h->state));
	if (add_alarms(s, h, out))
		text_add(out, "; ");
	add_summary(s, h, out);
	add_perfdata(s, h, out);
	while (n < h->n && (verbosity > 0 || h->lines[n].severity != STATE_OK))
		n++;
	nagios_findings(h->lines, n, n, max_lines, "vmreaper history", NULL, out);
	if (verbosity < 1)
		return;
	text_add(out, "\ncloud ");
	text_add_safe(out, TEXT_PLUGIN, s->cloud, 60);
	text_addf(out, ", sweep %lld, ", (long long)s->sweep);
	text_add(out, s->version[0] != '\0' ? "OpenNebula " : "version not known");
	text_add_safe(out, TEXT_PLUGIN, s->version, 20);
}
