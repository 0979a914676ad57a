/* SPDX-License-Identifier: ISC */
/*
 * pagepast: what a report for people shows of earlier sweeps: the trend, and what was freed. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "report/page.h"
#include "report/plot.h"

#define KILLS_MAX  50
#define POINTS_MAX 150
#define DAY_S	   86400

/* --- trend ---------------------------------------------------------------------- */

/* "12", or with its unit. */
static char *
figure_str(char buf[static 24], double v, bool mib)
{
	if (mib)
		return units_mib_str(buf, 24, (int64_t)v);
	snprintf(buf, 24, "%.0f", v);
	return buf;
}

static void
add_figure(struct html *h, const char *what, const char *value, const char *when)
{
	html_open(h, "div");
	html_leaf(h, "dt", NULL, what);
	html_open(h, "dd");
	html_text(h, value);
	if (when[0] != '\0')
		html_textf(h, " (%s)", when);
	html_close(h);
	html_close(h);
}

static void
add_chart(struct html *h, const char *id, const char *title, const struct plot_point *v,
    size_t n, bool mib, bool is_now)
{
	char from[32], to[32], now[24], low[24], high[24], a[24], desc[200];
	size_t i, least = 0, most = 0;
	double top;

	for (i = 1; i < n; i++) {
		least = v[i].value < v[least].value ? i : least;
		most = v[i].value >= v[most].value ? i : most;
	}
	/* a good number of GiB, where there is one */
	top = mib && v[most].value >= 1024 ? plot_nice(v[most].value / 1024) * 1024
					   : plot_nice(v[most].value);
	figure_str(now, v[n - 1].value, mib);
	figure_str(low, v[least].value, mib);
	figure_str(high, v[most].value, mib);
	page_when(from, v[0].when_s, true);
	page_when(to, v[n - 1].when_s, true);
	snprintf(desc, sizeof(desc), "From %s to %s: at the end %s, lowest %s, highest %s.",
	    from, to, now, low, high);
	html_open(h, "figure", "class", "card");
	html_open(h, "figcaption");
	html_leaf(h, "h3", NULL, title);
	html_close(h);
	html_open(h, "div", "class", "chart");
	html_open(h, "div", "class", "scale", "aria-hidden", "true");
	html_leaf(h, "span", NULL, figure_str(a, top, mib));
	html_leaf(h, "span", NULL, figure_str(a, top / 2, mib));
	html_leaf(h, "span", NULL, "0");
	html_close(h);
	plot_line(h, id, v, n, top, title, desc);
	html_open(h, "div", "class", "days");
	html_leaf(h, "span", NULL, from);
	html_leaf(h, "span", NULL, to);
	html_close(h);
	html_close(h);
	html_open(h, "dl", "class", "figures");
	add_figure(h, is_now ? "Now" : "Last known", now, "");
	add_figure(h, "Lowest", low, page_when(from, v[least].when_s, true));
	add_figure(h, "Highest", high, page_when(from, v[most].when_s, true));
	html_close(h);
	html_close(h);
}

/* What earlier sweeps had of a metric, and this run as the last point. */
static size_t
collect(const struct report *r, enum metric m, struct plot_point v[static POINTS_MAX])
{
	const struct past *p = r->in->past;
	size_t i, n = 0;

	for (i = 0; i < p->n_trend && n < POINTS_MAX - 1; i++)
		if (p->trend[i].has[m] && p->trend[i].when_s < r->status.now_s)
			v[n++] =
			    (struct plot_point){p->trend[i].when_s, p->trend[i].metrics[m]};
	if (r->status.has[m])
		v[n++] = (struct plot_point){r->status.now_s, r->status.metrics[m]};
	return n;
}

void
page_trend(struct html *h, const struct report *r)
{
	struct plot_point dead[POINTS_MAX], memory[POINTS_MAX];
	size_t n_dead, n_memory;

	page_section(h, "trend", "How it went");
	if (r->in->past == NULL) {
		html_leaf(h, "p", "lede",
		    "No ledger was read, so earlier figures are not known. Let cron run "
		    "vmreaper "
		    "sweep: the trend comes with its second run.");
		html_close(h);
		return;
	}
	n_dead = collect(r, METRIC_CANDIDATES, dead);
	n_memory = collect(r, METRIC_HELD_MEMORY, memory);
	if (n_dead < 2 || n_memory < 2)
		html_leaf(h, "p", "lede",
		    "Fewer than two complete sweeps are remembered: the trend comes with the "
		    "next.");
	else {
		html_open(h, "div", "class", "two");
		add_chart(h, "trend-dead", "Dead machines", dead, n_dead, false,
		    r->status.has[METRIC_CANDIDATES]);
		add_chart(h, "trend-memory", "Memory that they hold", memory, n_memory, true,
		    r->status.has[METRIC_HELD_MEMORY]);
		html_close(h);
	}
	html_close(h);
}

/* --- what was freed ---------------------------------------------------------------- */

static bool
is_freed(enum outcome o)
{
	return o == OUTCOME_DONE || o == OUTCOME_GONE;
}

static const char *
outcome_class(enum outcome o)
{
	if (is_freed(o))
		return "tag good";
	return outcome_is_alarm(o) ? "tag bad" : "tag";
}

static void
add_kill(struct html *h, const struct status *s, const struct freed *v)
{
	const struct kill *k = &v->kill;
	char when[32];

	html_open(h, "tr");
	html_open(h, "th", "scope", "row");
	page_machine(h, s, k->id, k->name);
	html_close(h);
	page_begin_td(h, "o", "Owner");
	html_name(h, k->owner);
	html_close(h);
	page_begin_td(h, "d", "Killed");
	html_leaf(h, "span", "nb", page_when(when, k->intent_s, true));
	html_text(h, " ");
	html_leaf(
	    h, "span", "nb", strlen(page_when(when, k->intent_s, false)) > 10 ? when + 11 : "");
	html_close(h);
	page_begin_td(h, "r", "Because");
	html_text(h, k->reason);
	html_close(h);
	page_begin_td(h, NULL, NULL);
	html_leaf(h, "span", outcome_class(k->outcome), outcome_str(k->outcome));
	if (k->detail != NULL && k->detail[0] != '\0') {
		html_text(h, " ");
		html_leaf(h, "span", "small", k->detail);
	}
	html_close(h);
	if (v->known) {
		page_td_count(h, "vCPU", v->vcpu);
		page_td_mib(h, "Memory", v->memory_mib);
		page_td_mib(h, "Disk", v->disk_mib);
	} else {
		page_td(h, "n", "vCPU", "-");
		page_td(h, "n", "Memory", "-");
		page_td(h, "n", "Disk", "-");
	}
	html_close(h);
}

static void
add_kills(struct html *h, const struct status *s, const struct past *p)
{
	static const char *const heads[] = {"Machine", "Owner", "Killed", "Because", "Outcome"};
	size_t i;

	html_open(h, "div", "class", "card");
	html_open(h, "table", "class", "kills");
	html_open(h, "thead");
	html_open(h, "tr");
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		page_th(h, NULL, heads[i]);
	page_th(h, "n", "vCPU");
	page_th(h, "n", "Memory");
	page_th(h, "n", "Disk");
	html_close(h);
	html_close(h);
	html_open(h, "tbody");
	for (i = 0; i < p->n_freed && i < KILLS_MAX; i++)
		add_kill(h, s, &p->freed[i]);
	html_close(h);
	html_close(h);
	html_close(h);
	if (p->n_freed > KILLS_MAX)
		html_leaf(
		    h, "p", "small", "These are the newest; vmreaper history has them all.");
}

void
page_freed(struct html *h, const struct report *r)
{
	const struct past *p = r->in->past;
	struct tally t = {0};
	int64_t days;
	size_t i;

	if (p == NULL)
		return;
	days = (r->status.now_s - p->since_s) / DAY_S;
	for (i = 0; i < p->n_freed; i++)
		if (is_freed(p->freed[i].kill.outcome)) {
			t.machines++;
			t.vcpu += p->freed[i].vcpu;
			t.memory_mib += p->freed[i].memory_mib;
			t.disk_mib += p->freed[i].disk_mib;
			t.addresses += p->freed[i].addresses;
		}
	page_section(h, "freed", "What was freed");
	html_open(h, "p", "class", "lede");
	if (p->n_freed == 0)
		html_textf(h, "No machine was killed in the last %lld days.", (long long)days);
	else {
		html_textf(h,
		    "In the last %lld days vmreaper set out to kill %zu %s; %lld %s gone",
		    (long long)days, p->n_freed,
		    page_plural((int64_t)p->n_freed, "machine", "machines"),
		    (long long)t.machines, page_plural(t.machines, "is", "are"));
		if (t.machines > 0) {
			html_text(h, " and gave back ");
			page_holds(h, t.vcpu, t.memory_mib, t.disk_mib, t.addresses);
		}
		html_text(h, ".");
	}
	html_close(h);
	if (p->n_freed > 0)
		add_kills(h, &r->status, p);
	html_close(h);
}
