/* SPDX-License-Identifier: ISC */
/*
 * text: tables and stories for people at a terminal. Pure: width and colour come as an argument.
 */
#include <stdio.h>
#include <string.h>

#include "base/grid.h"
#include "report/report.h"

enum {
	COL_ID,
	COL_NAME,
	COL_OWNER,
	COL_STATE,
	COL_HOST,
	COL_ADDRESS,
	COL_HELD,
	COL_SEEN,
	COL_VERDICT,
	COL_COUNT
};

static const struct grid_column columns_of_machines[COL_COUNT] = {
    {"ID", true, false},
    {"NAME", false, true},
    {"OWNER", false, true},
    {"STATE", false, false},
    {"HOST", false, true},
    {"ADDRESS", false, false},
    {"HOLDS", false, false},
    {"SEEN", false, false},
    {"VERDICT", false, false},
};

struct machines {
	const struct report *r;
	bool all;
};

static enum tint
verdict_tint(enum verdict v)
{
	switch (v) {
	case VERDICT_KEEP:
		return TINT_NONE;
	case VERDICT_WAIT:
		return TINT_YELLOW;
	case VERDICT_KILL:
		return TINT_RED;
	}
	return TINT_NONE;
}

static enum tint
cell(const void *ctx, size_t i, size_t column, char buf[static GRID_CELL_MAX])
{
	const struct machines *m = ctx;
	const struct report_inputs *in = m->r->in;
	const struct vm *vm = &in->listing->vms[i];
	const struct judgement *j = in->judgements != NULL ? &in->judgements[i] : NULL;
	char addr[NET_STR_SIZE], mem[24];
	const size_t size = GRID_CELL_MAX;
	struct holds h;

	switch (column) {
	case COL_ID:
		snprintf(buf, size, "%lld", (long long)vm->id);
		break;
	case COL_NAME:
		snprintf(buf, size, "%s", vm->name);
		break;
	case COL_OWNER:
		snprintf(buf, size, "%s", vm->uname);
		break;
	case COL_STATE:
		era_state_name(in->listing->era, vm->state, vm->lcm, buf);
		break;
	case COL_HOST:
		snprintf(buf, size, "%s", vm->host);
		break;
	case COL_ADDRESS:
		if (vm->n_addrs > 0)
			snprintf(buf, size, "%s%s", net_addr_str(addr, &vm->addrs[0].a),
			    vm->n_addrs > 1 ? " +" : "");
		break;
	case COL_HELD:
		vm_holds(in->listing->era, vm, &h);
		if (h.any)
			snprintf(buf, size, "%d vCPU, %s", (int)h.vcpu,
			    units_mib_str(mem, sizeof(mem), h.memory_mib));
		break;
	case COL_SEEN:
		if (in->sightings == NULL || j == NULL)
			break;
		snprintf(buf, size, "%s", j->alive ? "alive" : j->silent ? "silent" : "-");
		return j->alive ? TINT_GREEN : TINT_NONE;
	case COL_VERDICT:
		if (j == NULL || !j->problem)
			break;
		snprintf(buf, size, "%s%s%s", verdict_str(j->verdict),
		    j->veto != VETO_COUNT ? ": " : "",
		    j->veto != VETO_COUNT ? veto_code(j->veto) : "");
		return verdict_tint(j->verdict);
	}
	return TINT_NONE;
}

static bool
is_shown(const void *ctx, size_t i)
{
	const struct machines *m = ctx;
	enum vm_class cls = m->r->in->listing->vms[i].cls;

	if (cls == VM_CLASS_DONE)
		return false;
	return m->all || cls == VM_CLASS_UNKNOWN || cls == VM_CLASS_FAILED ||
	       cls == VM_CLASS_UNRECOGNISED;
}

static void
add_machines(const struct report *r, bool all, const struct style *style, struct text *out)
{
	const struct machines m = {r, all};
	const struct grid g = {.columns = columns_of_machines,
	    .n_columns = COL_COUNT,
	    .n_rows = r->in->listing->n,
	    .is_shown = is_shown,
	    .cell = cell,
	    .ctx = &m};

	if (grid_add(out, style, &g))
		text_addc(out, '\n');
}

static void
add_findings(const struct status *s, const struct style *style, struct text *out)
{
	static const char *const words[] = {"note", "warning", "CRITICAL", "UNKNOWN"};
	static const enum tint tints[] = {TINT_NONE, TINT_YELLOW, TINT_RED, TINT_YELLOW};
	char link[REPORT_LINK_SIZE];
	struct text line;
	size_t i;

	text_init(&line, 8192);
	for (i = 0; i < s->n_findings; i++) {
		const struct finding *f = &s->findings[i];

		text_reset(&line);
		if (f->id >= 0) {
			text_addf(&line, "%lld ", (long long)f->id);
			text_add_safe(&line, TEXT_TERM, f->name, 40);
			text_add(&line, ": ");
		}
		text_add_safe(&line, TEXT_TERM, f->text, 600);
		style_add(out, style, tints[f->severity], words[f->severity]);
		text_addf(out, "%*s", 10 - (int)strlen(words[f->severity]), "");
		style_wrap(out, style, 10, 10, line.p);
		/* an address that is broken over lines is none */
		report_link(s->link, f->id, link, sizeof(link));
		if (link[0] != '\0' &&
		    (style->columns <= 0 ||
			style_indent(style, 10) + (int)strlen(link) <= style->columns)) {
			text_addf(out, "%*s", style_indent(style, 10), "");
			text_add_safe(out, TEXT_TERM, link, sizeof(link));
			text_addc(out, '\n');
		}
		if (f->remedy[0] == '\0')
			continue;
		text_reset(&line);
		text_add_safe(&line, TEXT_TERM, f->remedy, 300);
		text_addf(out, "%*s-> ", style_indent(style, 10), "");
		style_wrap(out, style, 13, style_indent(style, 10) + 3, line.p);
	}
	if (s->n_findings > 0)
		text_addc(out, '\n');
	text_free(&line);
}

static void
add_sums(const struct status *s, const struct style *style, struct text *out)
{
	char mem[24], disk[24];
	struct text line;
	int m;

	text_init(&line, 4096);
	for (m = METRIC_RUNNING; m <= METRIC_OFF_LONG; m++)
		if (s->has[m] && s->metrics[m] > 0)
			text_addf(&line, "%s%.0f %s", line.len > 0 ? ", " : "", s->metrics[m],
			    metric_str((enum metric)m));
	text_addf(
	    &line, "%sof %lld machines", line.len > 0 ? " " : "none ", (long long)s->total);
	style_wrap(out, style, 2, 0, line.p);
	text_reset(&line);
	if (s->has[METRIC_CANDIDATES] && s->metrics[METRIC_CANDIDATES] > 0) {
		text_addf(&line,
		    "%.0f dead machine%s %.0f vCPU, %s of memory, %s of disk, %.0f "
		    "address%s",
		    s->metrics[METRIC_CANDIDATES],
		    s->metrics[METRIC_CANDIDATES] == 1 ? " holds" : "s hold",
		    s->metrics[METRIC_HELD_VCPU],
		    units_mib_str(mem, sizeof(mem), (int64_t)s->metrics[METRIC_HELD_MEMORY]),
		    units_mib_str(disk, sizeof(disk), (int64_t)s->metrics[METRIC_HELD_DISK]),
		    s->metrics[METRIC_HELD_ADDRESSES],
		    s->metrics[METRIC_HELD_ADDRESSES] == 1 ? "" : "es");
		style_wrap(out, style, 2, 0, line.p);
	}
	text_free(&line);
}

void
report_text(const struct report *r, bool all, const struct style *style, struct text *out)
{
	const struct status *s = &r->status;
	char when[24];
	struct text line;

	text_init(&line, 8192);
	text_add(&line, "Cloud ");
	text_add_safe(&line, TEXT_TERM, s->cloud, 80);
	text_addf(&line, ", %s", units_time_str(when, sizeof(when), s->now_s));
	if (s->version[0] != '\0') {
		text_add(&line, ", OpenNebula ");
		text_add_safe(&line, TEXT_TERM, s->version, 32);
	}
	style_wrap(out, style, 2, 0, line.p);
	if (!s->complete) {
		text_reset(&line);
		text_add_safe(&line, TEXT_TERM, s->why.msg, 600);
		style_add(out, style, TINT_RED, "THIS RUN IS NOT COMPLETE:");
		text_addc(out, ' ');
		style_wrap(out, style, 2, 26, line.p);
	}
	add_sums(s, style, out);
	text_addc(out, '\n');
	add_machines(r, all, style, out);
	add_findings(s, style, out);
	text_free(&line);
}
