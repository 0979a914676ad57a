/* SPDX-License-Identifier: ISC */
/*
 * nagios: plugin output (plugins.md A2, A3). All perfdata on the first line, whose length does not depend on the
 * size of the cloud; findings below it, as many as fit. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "report/nagios.h"

/* At least this much is kept free for "... and N more". */
#define MORE_ROOM 64

/* "2 unknown, 1 failed, 1 unreachable of 512; hold 7 vCPU, 14 GiB": what is not zero, worst first. */
static const enum metric headline[] = {METRIC_STORM, METRIC_STUCK, METRIC_BOUNCED,
    METRIC_ZOMBIE, METRIC_IN_DOUBT, METRIC_UNKNOWN, METRIC_FAILED, METRIC_UNREACHABLE,
    METRIC_ORPHANS, METRIC_OVERDUE, METRIC_KILLED, METRIC_UNRECOGNISED, METRIC_OFF_LONG};

/* A figure read back from a file may be anything. */
static int64_t
mib_of(double value)
{
	return value >= 0 && value < 1e15 ? (int64_t)value : 0;
}

void
nagios_headline(const struct status *s, struct text *out)
{
	char mem[24];
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(headline) / sizeof(headline[0]); i++) {
		enum metric m = headline[i];

		if (!s->has[m] || s->metrics[m] == 0)
			continue;
		text_add(out, any ? ", " : "");
		if (m == METRIC_STORM)
			text_add(out, "storm");
		else if (m == METRIC_OFF_LONG)
			text_addf(out, "%.0f off for long", s->metrics[m]);
		else if (m == METRIC_IN_DOUBT)
			text_addf(out, "%.0f in doubt", s->metrics[m]);
		else if (m == METRIC_ORPHANS)
			text_addf(out, "%.0f orphaned mount%s", s->metrics[m],
			    s->metrics[m] == 1 ? "" : "s");
		else
			text_addf(out, "%.0f %s", s->metrics[m], metric_str(m));
		any = true;
	}
	if (any)
		text_addf(out, " of %lld", (long long)s->total);
	else
		text_addf(out, "%lld machines, nothing wrong", (long long)s->total);
	if (s->has[METRIC_CANDIDATES] && s->metrics[METRIC_CANDIDATES] > 0)
		text_addf(out, "; hold %.0f vCPU, %s", s->metrics[METRIC_HELD_VCPU],
		    units_mib_str(mem, sizeof(mem), mib_of(s->metrics[METRIC_HELD_MEMORY])));
	/* "nothing wrong" of half a look */
	for (i = 0; i < s->n_findings; i++) {
		if (strcmp(s->findings[i].code, REPORT_PROBES_CUT) == 0) {
			text_add(out, "; ");
			text_add_safe(out, TEXT_PLUGIN, s->findings[i].text, 120);
		}
	}
}

void
nagios_figure(const struct status *s, enum metric m, const char *warning, const char *critical,
    struct text *out)
{
	const char *unit = metric_unit(m);

	if (!s->has[m])
		return;
	text_addf(out, strcmp(unit, "s") == 0 ? " %s=%.3f%s;%s;%s;0" : " %s=%.0f%s;%s;%s;0",
	    metric_str(m), s->metrics[m], unit, warning, critical);
	if (m <= METRIC_KILLED)
		text_addf(out, ";%lld", (long long)s->total);
}

static void
add_perfdata(const struct status *s, const struct thresholds *t, struct text *out)
{
	int m;

	text_add(out, " |");
	for (m = 0; m < METRIC_COUNT; m++)
		nagios_figure(s, (enum metric)m, t->has_warning[m] ? t->warning[m].text : "",
		    t->has_critical[m] ? t->critical[m].text : "", out);
}

void
nagios_own(const char *s, struct text *out)
{
	char safe[1200], *bar;

	text_safe(safe, sizeof(safe), TEXT_TERM, s);
	while ((bar = strchr(safe, '|')) != NULL)
		*bar = '/';
	text_add(out, safe);
}

static void
add_finding(const struct finding *f, const char *link, struct text *out)
{
	static const char *const words[] = {"note", "warning", "CRITICAL", "unknown"};
	char page[REPORT_LINK_SIZE];

	text_addf(out, "%s ", words[f->severity]);
	text_add_safe(out, TEXT_PLUGIN, f->code, 64);
	if (f->id >= 0) {
		text_addf(out, ": %lld ", (long long)f->id);
		text_add_safe(out, TEXT_PLUGIN, f->name, 40);
		if (f->owner[0] != '\0') {
			text_add(out, " (");
			text_add_safe(out, TEXT_PLUGIN, f->owner, 24);
			text_addc(out, ')');
		}
	}
	text_add(out, ": ");
	text_add_safe(out, TEXT_PLUGIN, f->text, 400);
	if (report_link(link, f->id, page, sizeof(page))[0] != '\0') {
		text_addc(out, ' ');
		nagios_own(page, out);
	}
	if (f->remedy[0] != '\0') {
		text_add(out, " -> ");
		nagios_own(f->remedy, out);
	}
}

void
nagios_findings(const struct finding *v, size_t n, size_t n_total, int max_lines,
    const char *more, const char *link, struct text *out)
{
	struct text line;
	size_t i;

	text_init(&line, 1024);
	for (i = 0; i < n && (int)i < max_lines; i++) {
		text_reset(&line);
		text_addc(&line, '\n');
		add_finding(&v[i], link, &line);
		if (line.len + MORE_ROOM > out->max - out->len)
			break;
		text_addn(out, line.p, line.len);
	}
	if (i < n_total)
		text_addf(out, "\n... and %zu more: %s", n_total - i, more);
	text_free(&line);
}

void
report_nagios(const struct status *s, const struct thresholds *t, enum state state,
    const char *label, int verbosity, int max_lines, struct text *out)
{
	size_t i, whole;

	text_addf(out, "%s %s - ", label, state_str(state));
	if (!s->complete) {
		text_add_safe(out, TEXT_PLUGIN,
		    s->why.msg[0] != '\0' ? s->why.msg : "could not look", 300);
		if (s->why.remedy[0] != '\0') {
			text_add(out, "; ");
			nagios_own(s->why.remedy, out);
		}
	} else
		nagios_headline(s, out);
	add_perfdata(s, t, out);
	if (verbosity < 1)
		return;
	nagios_findings(s->findings, s->n_findings, s->n_findings_total, max_lines,
	    "vmreaper audit", s->link, out);
	/* a look kills nobody anyway, and an incomplete listing has said enough */
	if (s->n_gates == 0 || s->sweep == 0 || !s->complete)
		return;
	whole = out->len;
	text_add(out, "\nno kills in this run:");
	for (i = 0; i < s->n_gates && !out->cut; i++) {
		text_add(out, i > 0 ? ", " : " ");
		text_add_safe(out, TEXT_PLUGIN, s->gates[i].code, 64);
		if (s->gates[i].detail != NULL && s->gates[i].detail[0] != '\0') {
			text_add(out, " (");
			text_add_safe(out, TEXT_PLUGIN, s->gates[i].detail, 120);
			text_addc(out, ')');
		}
		whole = out->cut ? whole : out->len;
	}
	/* a gate that does not fit is left out whole; daemons trim what would stay of it, each in its way */
	if (out->cut) {
		out->len = whole;
		out->p[whole] = '\0';
	}
}
