/* SPDX-License-Identifier: ISC */
/*
 * csv: a row for each machine, for spreadsheets and scripts (RFC 4180, CRLF, UTF-8). Pure.
 *
 * Tenants choose names, and spreadsheets calculate what begins with = + - @, or with what they read as a new cell. So a
 * cell of text never begins with one of these, nor does what follows a semicolon in it: an apostrophe comes before.
 * Control characters and bytes that are no UTF-8 become '?' (text_add_safe). Numbers are ours.
 */
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

#define CELL_CHARS 2000

static const char header[] =
    "id,name,owner,group,state,class,since,created,host,addresses,vcpu,memory_mib,disk_mib,"
    "held_addresses,seen,verdict,reasons,severity,findings,link,remedies\r\n";

/* Bytes at s that a spreadsheet may take for the begin of a formula, also the full-width ones of East Asian keyboards. */
static bool
is_formula(const char *s)
{
	static const char *const wide[] = {
	    "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
	size_t i;

	if (*s != '\0' && strchr("=+-@", *s) != NULL)
		return true;
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (strncmp(s, wide[i], 3) == 0)
			return true;
	return false;
}

static void
add_cell(struct text *out, const char *s)
{
	struct text safe;
	bool starts = true; /* only blanks since the begin, or since a semicolon */
	const char *p;

	text_init(&safe, CELL_CHARS * 4 + 4);
	/* TAB and CR in front are a formula's begin too: they are '?' by now */
	text_add_safe(&safe, TEXT_TERM, s, CELL_CHARS);
	text_addc(out, '"');
	for (p = safe.p; *p != '\0'; p++) {
		if (starts && is_formula(p))
			text_addc(out, '\'');
		starts = *p == ';' || (starts && *p == ' ');
		if (*p == '"')
			text_addc(out, '"');
		text_addc(out, *p);
	}
	text_addc(out, '"');
	text_free(&safe);
}

static void
add_text(struct text *out, const char *s)
{
	text_addc(out, ',');
	if (s != NULL && *s != '\0')
		add_cell(out, s);
}

static void
add_time(struct text *out, int64_t wall_s)
{
	char buf[24];

	text_addc(out, ',');
	if (wall_s > 0)
		text_add(out, units_time_str(buf, sizeof(buf), wall_s));
}

static void
add_addresses(struct text *out, const struct vm *vm)
{
	char buf[NET_STR_SIZE];
	struct text list;
	size_t i;

	text_init(&list, CELL_CHARS);
	for (i = 0; i < vm->n_addrs; i++) {
		text_add(&list, i > 0 ? " " : "");
		text_add(&list, net_addr_str(buf, &vm->addrs[i].a));
	}
	add_text(out, list.p);
	text_free(&list);
}

/* Findings by machine: what a row says of them. */
struct about {
	const struct finding *
	    *v; /* ascending id; of one machine the worst first, as they were */
	size_t n, next;
};

static int
by_id(const void *pa, const void *pb)
{
	const struct finding *a = *(const struct finding *const *)pa;
	const struct finding *b = *(const struct finding *const *)pb;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void
join(struct text *out, const struct finding *const *v, size_t n, bool remedy)
{
	struct text list;
	size_t i, k;

	text_init(&list, CELL_CHARS * 4);
	for (i = 0; i < n; i++) {
		const char *s = remedy ? v[i]->remedy : v[i]->text;

		for (k = 0; remedy && k < i && strcmp(v[k]->remedy, s) != 0; k++)
			;
		if (*s == '\0' || (remedy && k < i))
			continue;
		text_add(&list, list.len > 0 ? "; " : "");
		text_add(&list, s);
	}
	add_text(out, list.p);
	text_free(&list);
}

/* From severity on: what was found about machine id, its page, what to do. */
static void
add_findings(const struct report *r, struct about *a, int64_t id, struct text *out)
{
	char link[REPORT_LINK_SIZE];
	size_t n = 0;

	while (a->next + n < a->n && a->v[a->next + n]->id == id)
		n++;
	text_addc(out, ',');
	if (n > 0)
		text_add(out, state_str(a->v[a->next]->severity));
	join(out, a->v + a->next, n, false);
	add_text(out, report_link(r->status.link, id, link, sizeof(link)));
	join(out, a->v + a->next, n, true);
	text_add(out, "\r\n");
	a->next += n;
}

static void
add_reasons(const struct report_inputs *in, size_t i, struct text *out)
{
	const struct judgement *j = in->judgements != NULL ? &in->judgements[i] : NULL;
	struct text list;
	int v;

	if (j == NULL || !j->problem) {
		text_add(out, ",,");
		return;
	}
	add_text(out, verdict_str(j->verdict));
	text_init(&list, CELL_CHARS);
	if (j->veto != VETO_COUNT)
		text_add(&list, veto_code(j->veto));
	for (v = 0; v < VETO_COUNT; v++)
		if ((j->vetoes & (uint64_t)1 << v) != 0 && v != (int)j->veto)
			text_addf(&list, " %s", veto_code((enum veto)v));
	add_text(out, list.p);
	text_free(&list);
}

static void
add_machine(const struct report *r, struct about *a, size_t i, struct text *out)
{
	const struct report_inputs *in = r->in;
	const struct vm *vm = &in->listing->vms[i];
	const struct judgement *j = in->judgements != NULL ? &in->judgements[i] : NULL;
	struct holds h;
	char state[40];

	vm_holds(in->listing->era, vm, &h);
	text_addf(out, "%lld", (long long)vm->id);
	add_text(out, vm->name);
	add_text(out, vm->uname);
	add_text(out, vm->gname);
	add_text(out, era_state_name(in->listing->era, vm->state, vm->lcm, state));
	add_text(out, vm_class_str(vm->cls));
	add_time(out, waste_since_s(in, i));
	add_time(out, vm->stime_s);
	add_text(out, vm->host);
	add_addresses(out, vm);
	text_addf(out, ",%d,%lld,%lld,%d", (int)h.vcpu, (long long)h.memory_mib,
	    (long long)h.disk_mib, (int)h.addresses);
	add_text(out, in->sightings == NULL || j == NULL ? ""
		      : j->alive			 ? "alive"
		      : j->silent			 ? "silent"
							 : "");
	add_reasons(in, i, out);
	add_findings(r, a, vm->id, out);
}

/* A machine that the listing does not have: killed, or gone and still holding a volume. */
static void
add_absent(const struct report *r, struct about *a, struct text *out)
{
	const struct finding *f = a->v[a->next];

	text_addf(out, "%lld", (long long)f->id);
	add_text(out, f->name);
	add_text(out, f->owner);
	text_add(out, ",,,,,,,,,,,,,,");
	add_findings(r, a, f->id, out);
}

void
report_csv(const struct report *r, struct text *out)
{
	const struct status *s = &r->status;
	const struct listing *l = r->in->listing;
	struct about a = {x_calloc(s->n_findings + 1, sizeof(*a.v)), 0, 0};
	size_t i;

	for (i = 0; i < s->n_findings; i++)
		if (s->findings[i].id >= 0) /* the run's own have no row */
			a.v[a.n++] = &s->findings[i];
	if (a.n > 1)
		qsort(a.v, a.n, sizeof(*a.v), by_id);
	text_add(out, header);
	for (i = 0; i < l->n; i++) {
		while (a.next < a.n && a.v[a.next]->id < l->vms[i].id)
			add_absent(r, &a, out);
		if (l->vms[i].cls != VM_CLASS_DONE)
			add_machine(r, &a, i, out);
	}
	while (a.next < a.n)
		add_absent(r, &a, out);
	free(a.v);
}
