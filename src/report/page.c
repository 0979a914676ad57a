/* SPDX-License-Identifier: ISC */
/*
 * page: the HTML report, section by section. Pure.
 *
 * What is not known is said to be so, and never shown as 0: an incomplete listing has no sums, a report without a ledger
 * no past.
 */
#include <stdio.h>
#include <string.h>

#include "report/html.h"
#include "report/look.h"
#include "report/page.h"
#include "report/plot.h"
#include "report/report.h"

#define ROWS_MAX     15 /* owners and states by name; the rest together */
#define FINDINGS_MAX 1000

static const char csp[] = "default-src 'none'; style-src 'unsafe-inline'";

/* --- small things ------------------------------------------------------------ */

/* "2026-11-24 06:00 UTC", or the day alone. */
char *
page_when(char buf[static 32], int64_t wall_s, bool day)
{
	char iso[24];

	units_time_str(iso, sizeof(iso), wall_s);
	if (strlen(iso) < 16)
		snprintf(buf, 32, "not known");
	else if (day)
		snprintf(buf, 32, "%.10s", iso);
	else
		snprintf(buf, 32, "%.10s %.5s UTC", iso, iso + 11);
	return buf;
}

const char *
page_plural(int64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

/* A section of its own, named for those who jump from one to the next. */
void
page_section(struct html *h, const char *id, const char *title)
{
	html_open(h, "section", "aria-labelledby", id);
	html_open(h, "h2", "id", id);
	html_text(h, title);
	html_close(h);
}

void
page_th(struct html *h, const char *class, const char *s)
{
	html_open(h, "th", "scope", "col", "class", class);
	html_text(h, s);
	html_close(h);
}

/* Its head stands beside the figure where there is no room for columns. */
void
page_begin_td(struct html *h, const char *class, const char *head)
{
	html_open(h, "td", "class", class, "data-head", head);
}

void
page_td(struct html *h, const char *class, const char *head, const char *s)
{
	page_begin_td(h, class, head);
	html_text(h, s);
	html_close(h);
}

void
page_td_count(struct html *h, const char *head, int64_t n)
{
	page_begin_td(h, "n", head);
	html_textf(h, "%lld", (long long)n);
	html_close(h);
}

void
page_td_mib(struct html *h, const char *head, int64_t mib)
{
	char buf[24];

	page_td(h, "n", head, units_mib_str(buf, sizeof(buf), mib));
}

/* "17 web", linked to its page if the policy says where that is. */
void
page_machine(struct html *h, const struct status *s, int64_t id, const char *name)
{
	char link[REPORT_LINK_SIZE];

	report_link(s->link, id, link, sizeof(link));
	if (link[0] != '\0')
		html_open(h, "a", "href", link, "rel", "noopener noreferrer");
	html_textf(h, "%lld", (long long)id);
	if (name != NULL && name[0] != '\0') {
		html_text(h, " ");
		html_name(h, name);
	}
	if (link[0] != '\0')
		html_close(h);
}

void
page_holds(
    struct html *h, int64_t vcpu, int64_t memory_mib, int64_t disk_mib, int64_t addresses)
{
	char mem[24], disk[24];

	html_textf(h, "%lld vCPU, %s of memory, %s of disk and %lld %s", (long long)vcpu,
	    units_mib_str(mem, sizeof(mem), memory_mib),
	    units_mib_str(disk, sizeof(disk), disk_mib), (long long)addresses,
	    page_plural(addresses, "address", "addresses"));
}

/* --- top ------------------------------------------------------------------------ */

static void
add_head(struct html *h, const struct status *s)
{
	char when[32];

	html_open(h, "head");
	html_void(h, "meta", "charset", "utf-8");
	html_void(h, "meta", "http-equiv", "Content-Security-Policy", "content", csp);
	html_void(
	    h, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
	html_void(h, "meta", "name", "color-scheme", "content", "light dark");
	html_void(h, "meta", "name", "referrer", "content", "no-referrer");
	html_void(h, "meta", "name", "robots", "content", "noindex");
	html_open(h, "title");
	html_text(h, s->cloud);
	html_textf(h, ": dead machines, %s", page_when(when, s->now_s, true));
	html_close(h);
	html_style(h, report_look);
	html_close(h);
}

static void
add_facts(struct html *h, const struct status *s)
{
	char when[32], iso[24];

	html_open(h, "p", "class", "facts");
	html_open(h, "time", "datetime", units_time_str(iso, sizeof(iso), s->now_s));
	html_text(h, page_when(when, s->now_s, false));
	html_close(h);
	if (s->version[0] != '\0') {
		html_open(h, "span");
		html_text(h, "OpenNebula ");
		html_text(h, s->version);
		html_close(h);
	}
	if (s->complete) {
		html_open(h, "span");
		html_textf(h, "%lld %s", (long long)s->total,
		    page_plural(s->total, "machine", "machines"));
		html_close(h);
	}
	html_open(h, "span");
	if (s->sweep > 0)
		html_textf(h, "sweep %lld, %s", (long long)s->sweep,
		    s->armed ? "armed" : "observing: nobody is killed");
	else
		html_text(h, strcmp(s->program, "sweep") == 0
				 ? "a sweep that could not be finished"
				 : "audit: a look that changes nothing");
	html_close(h);
	html_close(h);
}

static void
begin_banner(struct html *h, bool bad, const char *what)
{
	html_open(h, "div", "class", bad ? "banner bad" : "banner", "role", "note");
	html_open(h, "p");
	html_leaf(h, "strong", NULL, what);
	html_text(h, " ");
}

static void
end_banner(struct html *h, const char *remedy)
{
	html_close(h);
	if (remedy[0] != '\0') {
		html_open(h, "p", "class", "do");
		html_text(h, "What to do: ");
		html_leaf(h, "code", NULL, remedy);
		html_close(h);
	}
	html_close(h);
}

static void
add_banners(struct html *h, const struct status *s)
{
	char when[32];
	size_t i;

	if (!s->complete) {
		begin_banner(h, true, "This report is not complete.");
		html_text(
		    h, s->why.msg[0] != '\0' ? s->why.msg : "The cloud could not be listed.");
		html_close(h);
		html_open(h, "p");
		html_text(h,
		    "Sums are left out: those of a part would say too little. Such a run kills "
		    "nobody, and forgets nothing that was known.");
		end_banner(h, s->why.remedy);
	}
	for (i = 0; i < s->n_findings; i++) {
		const struct finding *f = &s->findings[i];

		/* the run's own: a storm, a blind prober */
		if (f->id >= 0 || f->severity == STATE_OK)
			continue;
		begin_banner(h, f->severity == STATE_CRITICAL, f->code);
		html_text(h, f->text);
		end_banner(h, f->remedy);
	}
	if (s->hold.on) {
		begin_banner(h, false, "All kills are on hold.");
		html_textf(h, "Since %s, by ", page_when(when, s->hold.since_s, false));
		html_name(h, s->hold.by);
		if (s->hold.reason != NULL && s->hold.reason[0] != '\0') {
			html_text(h, ": ");
			html_name(h, s->hold.reason);
		}
		end_banner(h, "vmreaper resume");
	}
}

/* --- what is wasted ------------------------------------------------------------- */

static void
add_tile(
    struct html *h, const char *id, const char *what, int64_t part, int64_t whole, bool mib)
{
	char a[24], b[24], title[80], desc[96];

	if (mib) {
		units_mib_str(a, sizeof(a), part);
		units_mib_str(b, sizeof(b), whole);
	} else {
		snprintf(a, sizeof(a), "%lld", (long long)part);
		snprintf(b, sizeof(b), "%lld", (long long)whole);
	}
	snprintf(title, sizeof(title), "%s: %s of %s", what, a, b);
	snprintf(desc, sizeof(desc), "The part of what all machines hold that is wasted");
	html_open(h, "div", "class", "card");
	html_leaf(h, "dt", NULL, what);
	html_leaf(h, "dd", "big", a);
	html_open(h, "dd");
	plot_bar(h, id, part, whole, title, desc);
	if (whole > 0)
		html_textf(h, "%d%% of %s that machines hold",
		    (int)((double)part / (double)whole * 100 + 0.5), b);
	else
		html_text(h, "machines hold none");
	html_close(h);
	html_close(h);
}

static void
add_lede(struct html *h, const struct report *r)
{
	const struct waste *w = &r->waste;
	char age[32];

	units_age_str(age, sizeof(age), r->in->policy->off.report_after_s);
	html_open(h, "p", "class", "lede");
	if (r->status.total == 0)
		html_text(h, "The cloud has no machines.");
	else if (w->sum.machines == 0)
		html_textf(h,
		    "Nothing: no machine is dead, and none has been off for longer than %s.",
		    age);
	if (w->dead.machines > 0) {
		html_textf(h, "%lld dead %s ", (long long)w->dead.machines,
		    page_plural(w->dead.machines, "machine holds", "machines hold"));
		page_holds(
		    h, w->dead.vcpu, w->dead.memory_mib, w->dead.disk_mib, w->dead.addresses);
		html_text(h, " that nobody else can use. ");
	}
	if (w->off.machines > 0) {
		html_textf(h, "%lld %s been off for longer than %s and %s ",
		    (long long)w->off.machines,
		    page_plural(w->off.machines, "machine has", "machines have"), age,
		    page_plural(w->off.machines, "holds", "hold"));
		page_holds(
		    h, w->off.vcpu, w->off.memory_mib, w->off.disk_mib, w->off.addresses);
		html_text(h, "; such machines are never killed: ask their owners.");
	}
	html_close(h);
}

static void
add_row(struct html *h, const char *id, const struct tally *t, const struct tally *sum)
{
	bool by_memory = sum->memory_mib > 0;
	char title[320], desc[128], mem[24], safe[200];

	text_safe(safe, sizeof(safe), TEXT_TERM, t->name);
	units_mib_str(mem, sizeof(mem), t->memory_mib);
	if (by_memory)
		snprintf(title, sizeof(title), "%s: %s of memory", safe, mem);
	else
		snprintf(
		    title, sizeof(title), "%s: %lld machines", safe, (long long)t->machines);
	snprintf(desc, sizeof(desc), "The part of all that is wasted: %lld of %lld machines",
	    (long long)t->machines, (long long)sum->machines);
	html_open(h, "tr");
	html_open(h, "th", "scope", "row");
	html_name(h, t->name[0] != '\0' ? t->name : "(no name)");
	html_close(h);
	html_open(h, "td", "class", "c");
	if (by_memory)
		plot_bar(h, id, t->memory_mib, sum->memory_mib, title, desc);
	else
		plot_bar(h, id, t->machines, sum->machines, title, desc);
	html_close(h);
	page_td_count(h, "Machines", t->machines);
	page_td_count(h, "vCPU", t->vcpu);
	page_td_mib(h, "Memory", t->memory_mib);
	page_td_mib(h, "Disk", t->disk_mib);
	page_td_count(h, "Addresses", t->addresses);
	html_close(h);
}

static void
add_sums(struct html *h, const char *id, const char *title, const char *what,
    const struct tally *v, size_t n, const struct tally *sum)
{
	struct tally rest = {.name = "all others"};
	char bar[40];
	size_t i;

	html_open(h, "div", "class", "card");
	html_open(h, "table", "class", "sums");
	html_open(h, "caption");
	html_leaf(h, "h3", NULL, title);
	html_close(h);
	html_open(h, "thead");
	html_open(h, "tr");
	page_th(h, NULL, what);
	page_th(h, "c", sum->memory_mib > 0 ? "Share of memory" : "Share of machines");
	page_th(h, "n", "Machines");
	page_th(h, "n", "vCPU");
	page_th(h, "n", "Memory");
	page_th(h, "n", "Disk");
	page_th(h, "n", "Addresses");
	html_close(h);
	html_close(h);
	html_open(h, "tbody");
	for (i = 0; i < n; i++) {
		if (v[i].machines == 0)
			continue;
		if (i >= ROWS_MAX) {
			rest.machines += v[i].machines;
			rest.vcpu += v[i].vcpu;
			rest.memory_mib += v[i].memory_mib;
			rest.disk_mib += v[i].disk_mib;
			rest.addresses += v[i].addresses;
			continue;
		}
		snprintf(bar, sizeof(bar), "%s-%zu", id, i);
		add_row(h, bar, &v[i], sum);
	}
	if (rest.machines > 0) {
		snprintf(bar, sizeof(bar), "%s-rest", id);
		add_row(h, bar, &rest, sum);
	}
	html_close(h);
	html_close(h);
	html_close(h);
}

static void
add_waste(struct html *h, const struct report *r)
{
	const struct waste *w = &r->waste;

	if (!r->status.complete)
		return;
	page_section(h, "waste", "What is wasted");
	add_lede(h, r);
	if (w->sum.machines > 0) {
		html_open(h, "dl", "class", "tiles");
		add_tile(h, "sum-vcpu", "vCPU", w->sum.vcpu, w->all.vcpu, false);
		add_tile(h, "sum-memory", "Memory", w->sum.memory_mib, w->all.memory_mib, true);
		add_tile(h, "sum-disk", "Disk", w->sum.disk_mib, w->all.disk_mib, true);
		add_tile(
		    h, "sum-addresses", "Addresses", w->sum.addresses, w->all.addresses, false);
		html_close(h);
		html_close(h);
		page_section(h, "by", "Whose, in which state, for how long");
		html_open(h, "div", "class", "cards");
		add_sums(h, "owner", "By owner", "Owner", w->owners, w->n_owners, &w->sum);
		add_sums(h, "state", "By state", "State", w->states, w->n_states, &w->sum);
		add_sums(
		    h, "age", "By time in that state", "Time", w->ages, WASTE_AGES, &w->sum);
		html_close(h);
		if (r->in->records == NULL)
			html_leaf(h, "p", "small",
			    "Without a ledger the time is known only where the listing says "
			    "it.");
	}
	html_close(h);
}

/* --- findings ----------------------------------------------------------------------- */

static void
add_finding(struct html *h, const struct status *s, const struct finding *f)
{
	static const char *const words[] = {"note", "warning", "critical", "unknown"};
	char class[24];

	snprintf(class, sizeof(class), "tag %s", words[f->severity]);
	html_open(h, "tr");
	html_open(h, "th", "scope", "row", "class", "m");
	if (f->id >= 0)
		page_machine(h, s, f->id, f->name);
	else
		html_text(h, "the run");
	if (f->owner[0] != '\0') {
		html_open(h, "div", "class", "small");
		html_name(h, f->owner);
		html_close(h);
	}
	html_close(h);
	html_open(h, "td", "class", "s");
	html_leaf(h, "span", class, words[f->severity]);
	html_close(h);
	html_open(h, "td", "class", "w");
	html_leaf(h, "code", NULL, f->code);
	html_text(h, ": ");
	html_text(h, f->text);
	html_close(h);
	html_open(h, "td", "class", "r", "data-head", "To do:");
	if (f->remedy[0] != '\0')
		html_leaf(h, "code", NULL, f->remedy);
	else
		html_text(h, "nothing");
	html_close(h);
	html_close(h);
}

static void
add_findings(struct html *h, const struct status *s)
{
	size_t i;

	page_section(h, "findings", "Findings");
	if (s->n_findings == 0) {
		html_leaf(h, "p", "lede", s->complete ? "None." : "None in what was read.");
		html_close(h);
		return;
	}
	html_open(h, "p", "class", "lede");
	html_textf(h,
	    "%zu, worst first: why each machine stands here, and what to do about it.",
	    s->n_findings);
	html_close(h);
	html_open(h, "div", "class", "card");
	html_open(h, "table", "class", "findings");
	html_open(h, "thead");
	html_open(h, "tr");
	page_th(h, "m", "Machine");
	page_th(h, "s", "Severity");
	page_th(h, "w", "What and why");
	page_th(h, "r", "What to do");
	html_close(h);
	html_close(h);
	html_open(h, "tbody");
	for (i = 0; i < s->n_findings && i < FINDINGS_MAX; i++)
		add_finding(h, s, &s->findings[i]);
	html_close(h);
	html_close(h);
	html_close(h);
	if (s->n_findings > FINDINGS_MAX) {
		html_open(h, "p", "class", "small");
		html_textf(h, "... and %zu more: vmreaper audit --format csv",
		    s->n_findings - FINDINGS_MAX);
		html_close(h);
	}
	html_close(h);
}

/* Of a sweep: a look kills nobody anyway, and an incomplete listing has said enough. */
static void
add_gates(struct html *h, const struct report *r)
{
	const struct run_judgement *run = r->in->run;
	char remedy[512];
	int g;

	if (run == NULL || run->gates == 0 || r->status.sweep == 0 || !r->status.complete)
		return;
	page_section(h, "gates", "Why this run kills nobody");
	html_open(h, "div", "class", "card");
	html_open(h, "ul", "class", "plain");
	for (g = 0; g < GATE_COUNT; g++) {
		if ((run->gates & 1u << g) == 0)
			continue;
		html_open(h, "li");
		html_leaf(h, "code", NULL, gate_code((enum gate)g));
		html_text(h, ": ");
		html_text(h, gate_text((enum gate)g));
		if (run->detail[g][0] != '\0') {
			html_text(h, " (");
			html_text(h, run->detail[g]);
			html_text(h, ")");
		}
		html_open(h, "div", "class", "do small");
		html_text(h, "What to do: ");
		html_leaf(h, "code", NULL,
		    reason_remedy(gate_remedy((enum gate)g), -1, NULL, remedy, sizeof(remedy)));
		html_close(h);
		html_close(h);
	}
	html_close(h);
	html_close(h);
	html_close(h);
}

int
report_html(const struct report *r, struct text *out, struct fault *f)
{
	const struct status *s = &r->status;
	struct html *h = html_begin();

	html_open(h, "html", "lang", "en");
	add_head(h, s);
	html_open(h, "body");
	html_open(h, "header");
	html_leaf(h, "p", "over", "Dead machines of the cloud");
	html_open(h, "h1");
	html_name(h, s->cloud);
	html_close(h);
	add_facts(h, s);
	add_banners(h, s);
	html_close(h);
	html_open(h, "main");
	add_waste(h, r);
	page_trend(h, r);
	page_freed(h, r);
	add_findings(h, s);
	add_gates(h, r);
	html_close(h);
	html_open(h, "footer");
	html_open(h, "p");
	html_text(h, "Made by vmreaper. ");
	html_leaf(h, "code", NULL, "man 8 vmreaper");
	html_text(h, " explains every reason; ");
	html_leaf(h, "code", NULL, "vmreaper explain ID");
	html_text(h, " tells the story of one machine.");
	html_close(h);
	html_close(h);
	html_close(h);
	html_close(h);
	return html_end(h, out, f);
}
