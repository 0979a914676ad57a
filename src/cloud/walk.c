/* SPDX-License-Identifier: ISC */
/*
 * walk: disjoint ranges that cover every id; where a range cannot be read, smaller ones, and at last one machine.
 *
 * Before 4.12 a name stands in the document unescaped: one "a&b" and the whole pool is no XML. Then nothing of that
 * document is believed. Its range is split in the middle, and at last at the machine where it broke off; a range of one id is
 * asked for by one.vm.info. So an id counts as free only when a whole document, or the daemon's "no such machine", said
 * so. 2.2 has no ranges: there the ids are searched in the text (salvage.h), and each machine is read by itself.
 * Must never end with 0 when a range or an id was not answered for.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/era.h"
#include "cloud/limits.h"
#include "cloud/walk.h"

#define DONE 6 /* STATE, in every era */
#define OPEN (-1) /* no end of a range, or no start */

/* May a name of this cloud spoil or forge a document? */
static bool
is_raw(const struct walk *w)
{
	return w->era == NULL || w->era->raw_names;
}

static int
id_cmp(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

/* True if the machines from `from` on are of the range, each once: others come out of somebody's name. */
static bool
ids_are_asked_for(const struct walk *w, size_t from, int64_t start, int64_t end)
{
	size_t n = w->vms.n - from;
	int64_t *ids = x_calloc(n + 1, sizeof(*ids));
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		ids[i] = w->vms.v[from + i].id;
		/* 3.2.1 can hold a bogus row -1 (rig.md), which it lists from any start of 0. */
		good =
		    good && (ids[i] >= start || ids[i] < 0) && (end == OPEN || ids[i] <= end);
	}
	qsort(ids, n, sizeof(*ids), id_cmp);
	for (size_t i = 1; i < n; i++)
		good = good && ids[i] != ids[i - 1];
	free(ids);
	return good;
}

/* One range. When malformed nothing of it stays, and *flaw is a hint where it broke off, or -1. */
static enum one_outcome
range_read(struct walk *w, int64_t start, int64_t end, int64_t *flaw, struct fault *f)
{
	const struct one_range range = {(int32_t)start, (int32_t)end, -1};
	size_t before = w->vms.n;
	enum one_outcome outcome;

	outcome = one_vmpool_info(w->one, w->a, w->era, w->extended, w->whose, range,
	    w->max_machines, &w->vms, flaw, f);
	if (!is_raw(w))
		return outcome == ONE_MALFORMED ? ONE_LOST : outcome;
	if (outcome == ONE_DONE && !ids_are_asked_for(w, before, start, end)) {
		fault_set(f, FAULT_REPLY,
		    "%s: one.vmpool.info: machines that were not asked for, or twice",
		    w->one->endpoint);
		outcome = ONE_MALFORMED;
	}
	if (outcome == ONE_MALFORMED)
		w->vms.n = before;
	return outcome;
}

/* Counts a call that is made because of a malformed document. */
static int
recovery_spend(struct walk *w, int64_t id, struct fault *f)
{
	if (w->recovery++ < LIMIT_RECOVERY_CALLS)
		return 0;
	fault_set(f, FAULT_LIMIT,
	    "%s: names of machines spoil the listing, and %d calls did not lead around them "
	    "(now "
	    "at machine %" PRId64 ")",
	    w->one->endpoint, LIMIT_RECOVERY_CALLS, id);
	return fault_remedy(
	    f, "look for \"&\" and \"<\" in names: `onevm show %" PRId64 "`", id);
}

static int
vm_push(struct walk *w, const struct vm *vm, struct fault *f)
{
	struct vm *slot = NULL;

	if ((int64_t)w->vms.n < w->max_machines)
		slot = arena_push(w->a, (void **)&w->vms.v, w->vms.n, sizeof(*slot));
	if (slot == NULL) {
		fault_set(f, FAULT_LIMIT,
		    "%s: more machines than [cloud] max_machines or max_memory allows",
		    w->one->endpoint);
		return fault_remedy(
		    f, "raise the bound in the policy if the cloud is that large");
	}
	*slot = *vm;
	w->vms.n++;
	return 0;
}

/* The machine cannot be read in any way: the listing lacks it, and says which. */
static int
machine_lost(int64_t id, struct fault *f)
{
	fault_prefix(f, "machine %" PRId64, id);
	if (f->kind != FAULT_LIMIT)
		fault_remedy(f, "see what is wrong with it: `onevm show %" PRId64 "`", id);
	return -1;
}

/* A machine whose own document is malformed: kept, with what is certain, and out of reach of any kill. */
static int
machine_salvage(struct walk *w, int64_t id, struct fault *f)
{
	char *text = x_calloc(1, LIMIT_SALVAGE);
	struct salvage s;
	size_t len;
	enum one_outcome outcome;
	bool good;
	struct vm vm;

	outcome = one_vm_text(w->one, (int32_t)id, text, LIMIT_SALVAGE, &len, f);
	good = outcome == ONE_DONE &&
	       salvage_machine(text, len < LIMIT_SALVAGE ? len : LIMIT_SALVAGE,
		   len > LIMIT_SALVAGE, id, &s);
	free(text);
	if (outcome == ONE_REFUSED && f->kind == FAULT_GONE)
		return 0;
	if (outcome == ONE_DONE && !good)
		fault_set(f, FAULT_REPLY, "%s: one.vm.info: not the document of this machine",
		    w->one->endpoint);
	if (!good)
		return machine_lost(id, f);
	if (s.state == DONE)
		return 0;
	vm = (struct vm){.id = id,
	    .uid = -1,
	    .gid = -1,
	    .name = arena_strdup(w->a, s.name),
	    .uname = "",
	    .gname = "",
	    .state = s.state,
	    .lcm = s.lcm,
	    .cls = VM_CLASS_UNRECOGNISED,
	    .odd = VM_ODD_TEXT,
	    .deploy_id = "",
	    .host_id = -1,
	    .host = "",
	    .seq = -1,
	    .service_id = -1,
	    .vrouter_id = -1};
	if (vm.name == NULL)
		vm.name = "";
	return vm_push(w, &vm, f);
}

/* One machine, if there is one with this id. */
static int
machine_read(struct walk *w, int64_t id, struct fault *f)
{
	struct vm_list one = {NULL, 0};
	enum one_outcome outcome;

	if (recovery_spend(w, id, f) != 0)
		return -1;
	outcome = one_vm_info(w->one, w->a, w->era, (int32_t)id, &one, f);
	if (outcome == ONE_REFUSED && f->kind == FAULT_GONE)
		return 0;
	if (outcome == ONE_MALFORMED ||
	    (outcome == ONE_DONE && (one.n != 1 || one.v[0].id != id)))
		return machine_salvage(w, id, f);
	if (outcome != ONE_DONE)
		return machine_lost(id, f);
	return one.v[0].state == DONE ? 0 : vm_push(w, &one.v[0], f);
}

/* Ranges known to be malformed, still to be split. */
struct span {
	int64_t start, end, flaw;
};

struct spans {
	struct span v[LIMIT_RECOVERY_CALLS + 4]; /* each cost a call to be known */
	size_t n;
};

/* Reads a part of a malformed range; if that is malformed too, it is one more to split. */
static int
part_read(struct walk *w, struct spans *spans, int64_t start, int64_t end, struct fault *f)
{
	struct span span = {start, end, -1};

	if (start > end && end != OPEN)
		return 0;
	if (start > INT32_MAX)
		return 0; /* no id is beyond it */
	if (start == end)
		return machine_read(w, start, f);
	if (recovery_spend(w, start, f) != 0)
		return -1;
	switch (range_read(w, start, end, &span.flaw, f)) {
	case ONE_DONE:
		return 0;
	case ONE_MALFORMED:
		spans->v[spans->n++] = span;
		return 0;
	default:
		return -1;
	}
}

/* A range whose document is malformed, in parts. */
static int
range_recover(struct walk *w, int64_t start, int64_t end, int64_t flaw, struct fault *f)
{
	struct spans *spans = x_calloc(1, sizeof(*spans));
	int64_t width = w->page, mid;
	struct span s;
	int r = 0;

	spans->v[spans->n++] = (struct span){start, end, flaw};
	while (r == 0 && spans->n > 0) {
		s = spans->v[--spans->n];
		if (s.end != OPEN && s.end - s.start < w->page && s.flaw >= s.start &&
		    s.flaw <= s.end) {
			if (s.flaw > s.start)
				r = part_read(w, spans, s.start, s.flaw - 1, f);
			if (r == 0)
				r = machine_read(w, s.flaw, f);
			if (r == 0)
				r = part_read(w, spans, s.flaw + 1, s.end, f);
			continue;
		}
		/*
		 * The middle where there is no hint, and of wide ranges, that one spoilt name does not make
		 * us read the rest of the pool again; of an open range twice as much each time.
		 */
		mid = s.end != OPEN ? s.start + (s.end - s.start) / 2 : s.start + width - 1;
		if (s.end == OPEN)
			width *= 2;
		mid = mid < INT32_MAX ? mid : INT32_MAX;
		r = part_read(w, spans, s.start, mid, f);
		if (r == 0)
			r = part_read(w, spans, mid + 1, s.end, f);
	}
	free(spans);
	return r;
}

/* 2.2: every machine by itself. */
static int
pool_recover(struct walk *w, struct fault *f)
{
	struct salvage_ids found = {.room = LIMIT_RECOVERY_CALLS};
	int64_t *ids = x_calloc(found.room, sizeof(*ids));
	int r = -1;

	found.ids = ids;
	if (one_vmpool_ids(w->one, w->whose, &found, f) == ONE_DONE) {
		if (!salvage_ids_whole(&found))
			fault_set(f, FAULT_REPLY,
			    "%s: one.vmpool.info: the list of machines is cut short",
			    w->one->endpoint);
		else if (found.n <= found.room)
			r = 0;
		else {
			w->recovery = LIMIT_RECOVERY_CALLS;
			recovery_spend(w, ids[0], f);
		}
	}
	if (r == 0)
		qsort(ids, found.n, sizeof(*ids), id_cmp);
	for (size_t i = 0; r == 0 && i < found.n; i++) {
		if (i == 0 || ids[i] != ids[i - 1])
			r = machine_read(w, ids[i], f);
	}
	free(ids);
	return r;
}

/* One range, around malformed documents if need be. Without a start it is all of them. */
static enum one_outcome
walk_range(struct walk *w, int64_t start, int64_t end, struct fault *f)
{
	int64_t flaw;
	enum one_outcome outcome = range_read(w, start, end, &flaw, f);
	int r;

	if (outcome != ONE_MALFORMED)
		return outcome;
	if (w->era != NULL && !w->era->id_ranges)
		r = pool_recover(w, f);
	else
		r = range_recover(w, start != OPEN ? start : 0, end, flaw, f);
	return r == 0 ? ONE_DONE : ONE_LOST;
}

int
walk_at_once(struct walk *w, struct fault *f)
{
	enum one_outcome outcome = walk_range(w, OPEN, OPEN, f);

	if (outcome == ONE_NO_METHOD && w->extended) {
		w->extended = false;
		outcome = walk_range(w, OPEN, OPEN, f);
	}
	return outcome == ONE_DONE ? 0 : -1;
}

/*
 * An id that the newest machine probably does not exceed, or -1. From 4.6 on a negative end below -1 is
 * a count, newest first; older daemons answer with an empty pool, and an account may have turned the order
 * round (API_LIST_ORDER). So this only sizes the ranges: the last one is open in any case.
 */
static int
newest_find(struct walk *w, int64_t *newest, struct fault *f)
{
	const struct one_range two = {0, -2, -2};
	struct vm_list few = {NULL, 0};
	int64_t flaw;

	*newest = -1;
	if (w->era != NULL && !w->era->system_version)
		return 0;
	switch (one_vmpool_info(
	    w->one, w->a, w->era, false, w->whose, two, w->max_machines, &few, &flaw, f)) {
	case ONE_DONE:
		break;
	case ONE_NO_METHOD:
	case ONE_REFUSED:
		return 0; /* then one open range has to do */
	case ONE_MALFORMED:
		if (is_raw(w))
			return 0;
		return -1;
	case ONE_NOT_SENT:
	case ONE_LOST:
		return -1;
	}
	for (size_t i = 0; i < few.n; i++) {
		if (few.v[i].id > *newest)
			*newest = few.v[i].id;
	}
	if (*newest == INT32_MAX)
		*newest = -1; /* a forged one: there would be no open range behind it */
	return 0;
}

/*
 * All ranges. They are disjoint and cover every id; the width follows how many machines were found, so
 * that a cloud with few machines among millions of old ids needs few calls.
 *
 * One after the other, on purpose. The daemon makes each body whole, under the lock of its pool, before the first byte
 * leaves: 0.7 to 1.05 s for 10,000 machines of 7.2.0 (rig.md). Two ranges at once queue there, and make everybody else
 * wait longer; what they could hide is our reading, 0.3 s of it, in one thread. Against the simulated cloud, two cores,
 * 10,000 machines in five ranges and nothing read: 1, 2 and 8 at once took 0.50, 0.54 and 0.47 s (medians of five).
 * And it would be hidden from nobody: pinging those machines takes 5 s at the default rate.
 */
int
walk_machines(struct walk *w, struct fault *f)
{
	int64_t newest, start = 0, width = w->page, end, found;
	enum one_outcome outcome;
	size_t before;

	if (newest_find(w, &newest, f) != 0)
		return -1;
	while (start <= newest) {
		end = start + width - 1 < newest ? start + width - 1 : newest;
		before = w->vms.n;
		outcome = walk_range(w, start, end, f);
		if (outcome == ONE_NO_METHOD && w->extended && start == 0) {
			w->extended = false; /* 5.8.0 has the short body only */
			continue;
		}
		if (outcome != ONE_DONE)
			return -1;
		found = (int64_t)(w->vms.n - before);
		if (found * 4 <= w->page && width < w->page * LIMIT_PAGE_GROWTH)
			width *= 2;
		else if (found > w->page)
			width = width / 2 > w->page ? width / 2 : w->page;
		start = end + 1;
		if (w->progress != NULL && start <= newest) {
			w->progress(w->vms.n, false);
			w->said = true;
		}
	}
	outcome = walk_range(w, start, OPEN, f);
	if (outcome == ONE_NO_METHOD && w->extended && start == 0) {
		w->extended = false;
		outcome = walk_range(w, start, OPEN, f);
	}
	return outcome == ONE_DONE ? 0 : -1;
}
