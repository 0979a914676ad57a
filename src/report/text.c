/* SPDX-License-Identifier: ISC */
/*
 * text: tables and stories for people at a terminal. Pure: the width comes as an argument.
 */
#include <stdio.h>
#include <string.h>

#include "report/report.h"

#define CELL_MAX 256

struct column {
	const char *head;
	int width; /* columns of the widest cell, the head included */
	bool right;
	bool shrink; /* may be cut when the terminal is narrow */
};

/* Pad or cut a cell to width columns. last: no padding behind it. */
static void
add_cell(struct text *out, const char *s, const struct column *c, int width, bool last)
{
	char safe[CELL_MAX * 4];
	struct text t;
	int columns, pad;

	text_safe(safe, sizeof(safe), TEXT_TERM, s);
	columns = (int)text_columns(safe);
	if (columns > width) {
		text_init(&t, sizeof(safe));
		text_add_safe(&t, TEXT_TERM, safe, width > 1 ? (size_t)width - 1 : 0);
		/* the "..." of a cut is too wide for a table: one sign is enough */
		if (t.len >= 3)
			t.p[t.len - 3] = '\0';
		text_addf(out, "%s~", t.p);
		text_free(&t);
		columns = width;
	} else {
		pad = width - columns;
		if (c->right)
			text_addf(out, "%*s%s", pad, "", safe);
		else
			text_addf(out, "%s%*s", safe, last ? 0 : pad, "");
	}
}

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

static const struct column columns_of_machines[COL_COUNT] = {
    {"ID", 2, true, false},
    {"NAME", 4, false, true},
    {"OWNER", 5, false, true},
    {"STATE", 5, false, false},
    {"HOST", 4, false, true},
    {"ADDRESS", 7, false, false},
    {"HOLDS", 5, false, false},
    {"SEEN", 4, false, false},
    {"VERDICT", 7, false, false},
};

static void
cell(const struct report *r, size_t i, int column, char *buf, size_t size)
{
	const struct report_inputs *in = r->in;
	const struct vm *vm = &in->listing->vms[i];
	const struct judgement *j = in->judgements != NULL ? &in->judgements[i] : NULL;
	char addr[NET_STR_SIZE], mem[24];
	struct holds h;

	buf[0] = '\0';
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
		if (size >= 40)
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
		if (in->sightings != NULL && j != NULL)
			snprintf(buf, size, "%s",
			    j->alive	? "alive"
			    : j->silent ? "silent"
					: "-");
		break;
	case COL_VERDICT:
		if (j != NULL && j->problem)
			snprintf(buf, size, "%s%s%s", verdict_str(j->verdict),
			    j->veto != VETO_COUNT ? ": " : "",
			    j->veto != VETO_COUNT ? veto_code(j->veto) : "");
		break;
	}
}

/* Make the table fit: cut shrinkable columns, the widest first, down to 8. */
static void
fit(struct column *cols, int limit)
{
	int total, c, widest;

	for (;;) {
		total = 2 * (COL_COUNT - 1);
		widest = -1;
		for (c = 0; c < COL_COUNT; c++) {
			total += cols[c].width;
			if (cols[c].shrink && cols[c].width > 8 &&
			    (widest < 0 || cols[c].width > cols[widest].width))
				widest = c;
		}
		if (limit <= 0 || total <= limit || widest < 0)
			return;
		cols[widest].width--;
	}
}

static bool
is_shown(const struct report *r, size_t i, bool all)
{
	enum vm_class cls = r->in->listing->vms[i].cls;

	if (cls == VM_CLASS_DONE)
		return false;
	return all || cls == VM_CLASS_UNKNOWN || cls == VM_CLASS_FAILED ||
	       cls == VM_CLASS_UNRECOGNISED;
}

/* No blanks at the end of a line. */
static void
end_line(struct text *out)
{
	while (out->len > 0 && out->p[out->len - 1] == ' ')
		out->p[--out->len] = '\0';
	text_addc(out, '\n');
}

static void
add_machines(const struct report *r, bool all, int limit, struct text *out)
{
	const struct listing *l = r->in->listing;
	struct column cols[COL_COUNT];
	char buf[CELL_MAX];
	size_t i, shown = 0;
	int c, w;

	memcpy(cols, columns_of_machines, sizeof(cols));
	for (i = 0; i < l->n; i++) {
		if (!is_shown(r, i, all))
			continue;
		shown++;
		for (c = 0; c < COL_COUNT; c++) {
			char safe[CELL_MAX * 4];

			cell(r, i, c, buf, sizeof(buf));
			text_safe(safe, sizeof(safe), TEXT_TERM, buf);
			w = (int)text_columns(safe);
			if (w > cols[c].width)
				cols[c].width = w > 40 ? 40 : w;
		}
	}
	if (shown == 0)
		return;
	fit(cols, limit);
	for (c = 0; c < COL_COUNT; c++) {
		text_add(out, c > 0 ? "  " : "");
		add_cell(out, cols[c].head, &cols[c], cols[c].width, c == COL_COUNT - 1);
	}
	text_addc(out, '\n');
	for (i = 0; i < l->n; i++) {
		if (!is_shown(r, i, all))
			continue;
		for (c = 0; c < COL_COUNT; c++) {
			cell(r, i, c, buf, sizeof(buf));
			text_add(out, c > 0 ? "  " : "");
			add_cell(out, buf, &cols[c], cols[c].width, c == COL_COUNT - 1);
		}
		end_line(out);
	}
	text_addc(out, '\n');
}

static void
add_findings(const struct status *s, struct text *out)
{
	static const char *const words[] = {"note", "warning", "CRITICAL", "UNKNOWN"};
	size_t i;

	for (i = 0; i < s->n_findings; i++) {
		const struct finding *f = &s->findings[i];

		text_addf(out, "%-8s  ", words[f->severity]);
		if (f->id >= 0) {
			text_addf(out, "%lld ", (long long)f->id);
			text_add_safe(out, TEXT_TERM, f->name, 40);
			text_add(out, ": ");
		}
		text_add_safe(out, TEXT_TERM, f->text, 600);
		text_addc(out, '\n');
		if (f->remedy[0] != '\0') {
			text_add(out, "          -> ");
			text_add_safe(out, TEXT_TERM, f->remedy, 300);
			text_addc(out, '\n');
		}
	}
	if (s->n_findings > 0)
		text_addc(out, '\n');
}

static void
add_sums(const struct status *s, struct text *out)
{
	char mem[24], disk[24];
	int m;
	bool any = false;

	for (m = METRIC_RUNNING; m <= METRIC_OFF_LONG; m++)
		if (s->has[m] && s->metrics[m] > 0) {
			text_addf(out, "%s%.0f %s", any ? ", " : "", s->metrics[m],
			    metric_str((enum metric)m));
			any = true;
		}
	text_addf(out, "%sof %lld machines\n", any ? " " : "none ", (long long)s->total);
	if (s->has[METRIC_CANDIDATES] && s->metrics[METRIC_CANDIDATES] > 0)
		text_addf(out,
		    "%.0f dead machines hold %.0f vCPU, %s of memory, %s of disk, %.0f "
		    "addresses\n",
		    s->metrics[METRIC_CANDIDATES], s->metrics[METRIC_HELD_VCPU],
		    units_mib_str(mem, sizeof(mem), (int64_t)s->metrics[METRIC_HELD_MEMORY]),
		    units_mib_str(disk, sizeof(disk), (int64_t)s->metrics[METRIC_HELD_DISK]),
		    s->metrics[METRIC_HELD_ADDRESSES]);
}

void
report_text(const struct report *r, bool all, int columns, struct text *out)
{
	const struct status *s = &r->status;
	char when[24];

	text_add(out, "Cloud ");
	text_add_safe(out, TEXT_TERM, s->cloud, 80);
	text_addf(out, ", %s", units_time_str(when, sizeof(when), s->now_s));
	if (s->version[0] != '\0') {
		text_add(out, ", OpenNebula ");
		text_add_safe(out, TEXT_TERM, s->version, 32);
	}
	text_addc(out, '\n');
	if (!s->complete) {
		text_add(out, "THIS RUN IS NOT COMPLETE: ");
		text_add_safe(out, TEXT_TERM, s->why.msg, 600);
		text_addc(out, '\n');
	}
	add_sums(s, out);
	text_addc(out, '\n');
	add_machines(r, all, columns, out);
	add_findings(s, out);
}
