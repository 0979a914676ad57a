/* SPDX-License-Identifier: ISC */
/*
 * table: the table of machines and the boxes, to the blank as the original has them.
 *
 * A column is as wide as its minimum, or one more than its longest value; the last one is never cut. Where the
 * original died (a machine without address, a state above its table) the cell says so instead.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/grid.h"
#include "command/table.h"

enum {
	COLUMN_ID,
	COLUMN_STATE,
	COLUMN_VCPU,
	COLUMN_MEMORY,
	COLUMN_CPU,
	COLUMN_HOST,
	COLUMN_NAME
};
#define COLUMNS (COLUMN_NAME + 1)

static const struct {
	const char *header;
	size_t width;
} columns[COLUMNS] = {
    [COLUMN_ID] = {"id", 4},
    [COLUMN_STATE] = {"state", 10},
    [COLUMN_VCPU] = {"vcpu", 5},
    [COLUMN_MEMORY] = {"memory", 10},
    [COLUMN_CPU] = {"cpu%", 5},
    [COLUMN_HOST] = {"host/ip", 24},
    [COLUMN_NAME] = {"name", 4},
};

/* Each part of a word in title case: LCM_INIT is Lcm_Init. */
static void
title(char *s)
{
	bool first = true;

	for (; *s != '\0'; s++) {
		if (!first && *s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
		first = *s == '_';
	}
}

char *
table_state(const struct era *era, int32_t state, int32_t lcm, char buf[static 40])
{
	if (era_class(era, state, lcm) == VM_CLASS_UNRECOGNISED) {
		snprintf(buf, 40, "Invalid State");
		return buf;
	}
	era_state_name(era, state, lcm, buf);
	if (strcmp(buf, "CLEANUP") == 0)
		snprintf(buf, 40, "DELETE"); /* the original's word for it */
	title(buf);
	return buf;
}

const struct vm_addr *
table_addr(const struct vm *vm)
{
	const struct vm_addr *found = NULL;
	size_t i;

	for (i = 0; i < vm->n_addrs; i++) {
		const struct vm_addr *a = &vm->addrs[i];

		if (a->origin != ADDR_NIC)
			continue;
		if (found == NULL || a->a.family == 4 || found->a.family == 6)
			found = a;
	}
	return found;
}

/* What the cloud measured; nothing yet is 0, as the old clouds themselves say. */
static const char *
figure(const char *s)
{
	return s != NULL && *s != '\0' ? s : "0";
}

static void
cell_add(
    const struct era *era, const struct vm *vm, const char *host, int column, struct text *out)
{
	char buf[NET_STR_SIZE];
	const struct vm_addr *a;

	switch (column) {
	case COLUMN_ID:
		text_addf(out, "%" PRId64, vm->id);
		break;
	case COLUMN_STATE:
		text_add(out, table_state(era, vm->state, vm->lcm, buf));
		break;
	case COLUMN_VCPU:
		text_addf(out, "%" PRId32, vm->vcpu);
		break;
	case COLUMN_MEMORY:
		text_add_safe(out, TEXT_TERM, figure(vm->seen_memory), 40);
		break;
	case COLUMN_CPU:
		text_add_safe(out, TEXT_TERM, figure(vm->seen_cpu), 40);
		break;
	case COLUMN_HOST:
		a = table_addr(vm);
		if (host != NULL && *host != '\0')
			text_add_safe(out, TEXT_TERM, host, TABLE_NAME_MAX);
		else
			text_add(out, a != NULL ? net_addr_str(buf, &a->a) : "-");
		break;
	default:
		text_add_safe(out, TEXT_TERM, vm->name, TABLE_NAME_MAX);
		break;
	}
}

static void
pad(struct text *out, const char *s, size_t width)
{
	size_t n = text_columns(s);

	text_add(out, s);
	for (; n < width; n++)
		text_addc(out, ' ');
}

void
table_add(const struct era *era, const struct vm *vms, size_t n, const char *const *hosts,
    bool errors, struct text *out)
{
	size_t width[COLUMNS], i, longest;
	struct text cell;
	int c;

	text_init(&cell, 4096);
	for (c = 0; c < COLUMNS; c++) {
		longest = 0;
		for (i = 0; i < n && c < COLUMN_NAME; i++) {
			text_reset(&cell);
			cell_add(era, &vms[i], hosts != NULL ? hosts[i] : NULL, c, &cell);
			if (text_columns(cell.p) > longest)
				longest = text_columns(cell.p);
		}
		width[c] = longest >= columns[c].width ? longest + 1 : columns[c].width;
		pad(out, columns[c].header, width[c]);
	}
	text_addc(out, '\n');
	for (i = 0; i < n; i++) {
		for (c = 0; c < COLUMNS; c++) {
			text_reset(&cell);
			cell_add(era, &vms[i], hosts != NULL ? hosts[i] : NULL, c, &cell);
			pad(out, cell.p, width[c]);
		}
		text_addc(out, '\n');
		if (!errors || vms[i].error == NULL || *vms[i].error == '\0')
			continue;
		pad(out, "", width[COLUMN_ID]);
		text_add_safe(out, TEXT_TERM, vms[i].error, 1024);
		text_addc(out, '\n');
	}
	text_free(&cell);
}

struct styled {
	const struct era *era;
	const struct vm *vms;
	const char *const *hosts;
};

static enum tint
styled_cell(const void *ctx, size_t row, size_t column, char buf[static GRID_CELL_MAX])
{
	const struct styled *t = ctx;
	const struct vm *vm = &t->vms[row];
	enum vm_class cls = era_class(t->era, vm->state, vm->lcm);
	struct text cell;

	if (column == COLUMNS) {
		snprintf(buf, GRID_CELL_MAX, "%s", vm->error != NULL ? vm->error : "");
		return TINT_NONE;
	}
	text_init(&cell, GRID_CELL_MAX - 1);
	cell_add(t->era, vm, t->hosts != NULL ? t->hosts[row] : NULL, (int)column, &cell);
	snprintf(buf, GRID_CELL_MAX, "%s", cell.p);
	text_free(&cell);
	if (column != COLUMN_STATE)
		return TINT_NONE;
	return cls == VM_CLASS_UNKNOWN || cls == VM_CLASS_FAILED ? TINT_RED : TINT_NONE;
}

void
table_add_styled(const struct era *era, const struct vm *vms, size_t n,
    const char *const *hosts, bool errors, const struct style *style, struct text *out)
{
	static const struct grid_column heads[COLUMNS + 1] = {{"id", true, false},
	    {"state", false, false}, {"vcpu", true, false}, {"memory", true, false},
	    {"cpu%", true, false}, {"host/ip", false, true}, {"name", false, true},
	    {"error", false, true}};
	const struct styled t = {era, vms, hosts};
	const struct grid g = {.columns = heads,
	    .n_columns = COLUMNS + errors,
	    .n_rows = n,
	    .cell = styled_cell,
	    .ctx = &t};

	if (!grid_add(out, style, &g))
		text_add(out, "no machines\n");
}

void
table_box(struct text *out, const char *heading)
{
	size_t i, n = text_columns(heading) + 6;
	int line;

	text_addc(out, '\n');
	for (line = 0; line < 3; line++) {
		text_addc(out, ' ');
		if (line == 1)
			text_addf(out, ":: %s ::", heading);
		for (i = 0; line != 1 && i < n; i++)
			text_addc(out, ':');
		text_addc(out, '\n');
	}
}

void
table_step(struct text *out, const char *fmt, ...)
{
	va_list ap;

	text_add(out, " :: ");
	va_start(ap, fmt);
	text_addv(out, fmt, ap);
	va_end(ap);
	text_addc(out, '\n');
}
