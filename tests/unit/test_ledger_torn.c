/* SPDX-License-Identifier: ISC */
/*
 * test_ledger_torn: a ledger whose last page, or whose rollback journal, reached the disk only in part. It opens
 * as it was before the transaction or as it was after it, whole, or it is refused: never a mixture, and never a new
 * ledger in its place (reapers.md D.2, 29, 30).
 */
#include <sqlite3.h>

#include "ledger_box.h"

#define SECTOR 512
#define PAGE   4096

struct bytes {
	unsigned char *p;
	size_t n;
};

static struct bytes
slurp(const char *path)
{
	struct bytes v = {NULL, (size_t)file_size(path)};
	FILE *fp = fopen(path, "rb");

	v.p = calloc(v.n + 1, 1);
	assert_non_null(fp);
	assert_non_null(v.p);
	assert_int_equal(fread(v.p, 1, v.n, fp), v.n);
	fclose(fp);
	return v;
}

static void
spill(const char *path, const unsigned char *p, size_t n)
{
	FILE *fp = fopen(path, "wb");

	assert_non_null(fp);
	assert_int_equal(fwrite(p, 1, n, fp), n);
	fclose(fp);
	chmod(path, 0600);
}

/* --- what a ledger holds, as text -------------------------------------------------------------- */

static void
add_kills(FILE *out, const struct kill *k, size_t n)
{
	for (; n > 0; n--, k++)
		fprintf(out,
		    "kill %lld %lld %lld %lld %d %s %s %s %s %s %s %s %s %s %lld %lld %s %s\n",
		    (long long)k->row, (long long)k->sweep, (long long)k->id,
		    (long long)k->stime_s, k->uid, k->deploy_id, k->name, k->owner, k->host,
		    k->addresses, k->verb, k->cls, k->state, k->reason, (long long)k->intent_s,
		    (long long)k->outcome_s, outcome_str(k->outcome), k->detail);
}

static void
add_record(FILE *out, const struct record *r)
{
	fprintf(out, "record %lld %lld %d %s %lld %lld %d %d %lld %lld %lld ", (long long)r->id,
	    (long long)r->stime_s, r->uid, r->deploy_id, (long long)r->host_id,
	    (long long)r->seq, r->state, r->lcm, (long long)r->since_s,
	    (long long)r->first_seen_s, (long long)r->answered_s);
	fprintf(out, "%lld %lld %d %lld %d %d %d %d %lld %d\n", (long long)r->marked_s,
	    (long long)r->seen_s, r->confirmations, (long long)r->earned_s, r->acknowledged,
	    r->flaps, r->kills, r->doubts, (long long)r->last_kill_s, r->killed_in_mark);
}

/* All that a sweep reads of it; NULL with b->f filled when it cannot be read. */
static char *
told(struct box *b, struct ledger *l)
{
	struct ledger_state s;
	struct kill *kills;
	char *text = NULL;
	size_t size, n, i;
	FILE *out;

	if (ledger_load(l, b->a, T0, &s, &b->f) != 0 ||
	    ledger_kills(l, b->a, -1, 0, 10000, &kills, &n, &b->f) != 0)
		return NULL;
	out = open_memstream(&text, &size);
	assert_non_null(out);
	fprintf(out, "last %lld %lld %lld %s %lld %s %d\n", (long long)s.last.sweep,
	    (long long)s.last.clock.wall_s, (long long)s.last.clock.boot_s,
	    s.last.clock.boot_id, (long long)s.last.machines, s.last.digest, s.last.complete);
	fprintf(out, "hold %d %s\n", s.hold.on, s.hold.reason);
	for (i = 0; i < s.n_keeps; i++)
		fprintf(out, "keep %lld %s\n", (long long)s.keeps[i].id, s.keeps[i].reason);
	for (i = 0; i < s.n_records; i++)
		add_record(out, &s.records[i]);
	add_kills(out, s.open, s.n_open);
	add_kills(out, kills, n);
	fclose(out);
	return text;
}

static char *
must_tell(struct box *b)
{
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	char *text = told(b, l);

	if (text == NULL)
		fail_msg("%s", b->f.msg);
	ledger_close(l);
	return text;
}

/* --- a transaction whose every file is seen ---------------------------------------------------- */

/* The files just before the journal goes: all pages are written, and the journal could still undo them. */
static struct {
	char db[96], journal[128];
	struct bytes full, hot;
	size_t seen;
	int (*unlink)(const char *);
} spy;

static int
spy_unlink(const char *path)
{
	if (strcmp(path, spy.journal) == 0) {
		free(spy.full.p);
		free(spy.hot.p);
		spy.full = slurp(spy.db);
		spy.hot = slurp(spy.journal);
		spy.seen++;
	}
	return spy.unlink(path);
}

static void
spy_begin(struct box *b)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	char *real = realpath(b->dir, NULL);

	assert_non_null(real);
	memset(&spy, 0, sizeof(spy));
	snprintf(spy.db, sizeof(spy.db), "%s/cloud.db", real);
	free(real);
	snprintf(spy.journal, sizeof(spy.journal), "%s-journal", spy.db);
	spy.unlink = (int (*)(const char *))vfs->xGetSystemCall(vfs, "unlink");
	assert_non_null(spy.unlink);
	assert_int_equal(
	    vfs->xSetSystemCall(vfs, "unlink", (sqlite3_syscall_ptr)spy_unlink), SQLITE_OK);
}

static void
spy_end(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	vfs->xSetSystemCall(vfs, "unlink", NULL);
	assert_true(spy.seen > 0);
}

/* --- trying ------------------------------------------------------------------------------------ */

struct torn {
	char *before, *after; /* what the ledger may tell */
	size_t old, new, refused;
};

/* Open what lies there: what does it tell? */
static void
try(struct box *b, struct torn *t, const char *how, size_t at)
{
	struct ledger *l = NULL;
	char *text = NULL;

	memset(&b->f, 0, sizeof(b->f));
	if (ledger_open(b->path, "lab", LEDGER_SWEEP, &l, &b->f) == 0)
		text = told(b, l);
	ledger_close(l);
	if (text == NULL) {
		if (b->f.kind != FAULT_LEDGER || b->f.msg[0] == '\0' || b->f.remedy[0] == '\0')
			fail_msg("%s at %zu: %s: \"%s\", remedy \"%s\"", how, at,
			    fault_kind_str(b->f.kind), b->f.msg, b->f.remedy);
		t->refused++;
	} else if (strcmp(text, t->before) == 0)
		t->old++;
	else if (t->after != NULL && strcmp(text, t->after) == 0)
		t->new ++;
	else
		fail_msg("%s at %zu: neither as before nor as after", how, at);
	free(text);
	arena_free(b->a);
	b->a = arena_new(0);
}

/* --- the rollback journal ---------------------------------------------------------------------- */

enum { FEW = 400, MANY = 600 };

static void
put_sweep(struct box *b, struct ledger *l, int64_t wall_s, int n, int32_t uid)
{
	struct record r[MANY];
	struct ledger_sweep w;
	int i;

	for (i = 0; i < n; i++) {
		r[i] = a_marked(i, 1 + i % 3);
		r[i].uid = uid;
		r[i].deploy_id = "8f14e45f-ceea-467f-a2f1-1b0b1c2d3e4f";
	}
	w = a_sweep(wall_s, r, (size_t)n);
	must_commit(b, l, &w);
}

/*
 * A sweep of n machines over one of FEW: before and spy.full are the ledger without and with it, spy.hot is the
 * journal that undoes it.
 */
static void
two_sweeps(struct box *b, struct torn *t, struct bytes *before, int n)
{
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct hold h = {true, T0, 0, "because", "me"};

	memset(t, 0, sizeof(*t));
	put_sweep(b, l, T0, FEW, 5);
	must_kill(b, l, a_kill(1, 7, T0), OUTCOME_IN_DOUBT);
	assert_int_equal(ledger_hold_set(l, &h, &b->f), 0);
	ledger_close(l);
	*before = slurp(b->path);
	t->before = must_tell(b);
	spy_begin(b);
	l = must_open(b, LEDGER_SWEEP);
	put_sweep(b, l, T0 + 900, n, 6);
	ledger_close(l);
	spy_end();
	t->after = must_tell(b);
	assert_string_not_equal(t->before, t->after);
	assert_true(spy.full.n >= before->n && spy.hot.n > 8 * PAGE);
}

static void
two_sweeps_free(struct torn *t, struct bytes *before)
{
	free(t->before);
	free(t->after);
	free(before->p);
	free(spy.full.p);
	free(spy.hot.p);
}

/* The journal cut at every sector, over this state of the ledger itself. */
static void
try_cuts(struct box *b, struct torn *t, const char *how, const struct bytes *db, size_t from)
{
	size_t at;

	t->old = t->new = t->refused = 0;
	for (at = from; at <= spy.hot.n + SECTOR - 1; at += SECTOR) {
		spill(b->path, db->p, db->n);
		spill(spy.journal, spy.hot.p, at < spy.hot.n ? at : spy.hot.n);
		try(b, t, how, at);
	}
	assert_true(t->old > 0);
}

/*
 * The power fails while the journal is written: no page of the ledger has been touched. Its header says how many
 * pages it has, once they are on the disk: with that written a cut is the disk's fault, and may be refused.
 */
static void
a_journal_cut_before_the_first_page_leaves_the_old_state(void **state)
{
	struct box *b = *state;
	struct torn t;
	struct bytes before;

	two_sweeps(b, &t, &before, MANY);
	try_cuts(b, &t, "nothing written", &before, 0);
	assert_int_equal(t.new, 0);
	memset(spy.hot.p + 8, 0, 4);
	try_cuts(b, &t, "journal not synced", &before, 0);
	assert_int_equal(t.new + t.refused, 0);
	two_sweeps_free(&t, &before);
}

/* Pages of the ledger are written up to a point, and what undoes them is cut. */
static void
over_half(struct box *b, struct torn *t, const struct bytes *before)
{
	struct bytes half = {malloc(before->n), before->n};
	size_t written;

	assert_non_null(half.p);
	for (written = PAGE; written < half.n; written += 3 * PAGE) {
		memcpy(half.p, before->p, half.n);
		memcpy(half.p, spy.full.p, written);
		try_cuts(b, t, "half written", &half, SECTOR);
	}
	free(half.p);
}

/*
 * The disk lost what it had promised to hold. FEW: pages change in place, and half of them old and half of them
 * new are well-formed, too.
 */
static void
a_cut_journal_never_undoes_half(void **state)
{
	static const int sizes[] = {FEW, MANY};
	struct box *b = *state;
	struct torn t;
	struct bytes before;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		two_sweeps(b, &t, &before, sizes[i]);
		try_cuts(b, &t, "all written", &spy.full, 0);
		assert_int_equal(t.new, 1); /* without any journal */
		assert_int_equal(t.old, 1); /* with all of it */
		assert_true(t.refused > 8 * PAGE / SECTOR);
		over_half(b, &t, &before);
		two_sweeps_free(&t, &before);
		assert_int_equal(unlink(b->path), 0);
	}
}

/* Readers undo, too: none may do half of it before the sweep comes. */
static void
a_reader_does_not_undo_half(void **state)
{
	struct box *b = *state;
	struct torn t;
	struct bytes before;
	struct ledger *l;

	two_sweeps(b, &t, &before, FEW);
	spill(b->path, spy.full.p, spy.full.n);
	spill(spy.journal, spy.hot.p, spy.hot.n / 2 / SECTOR * SECTOR);
	assert_int_equal(ledger_open(b->path, "lab", LEDGER_READ, &l, &b->f), -1);
	assert_non_null(strstr(b->f.msg, "journal is cut off"));
	assert_int_equal(ledger_open(b->path, "lab", LEDGER_WRITE, &l, &b->f), -1);
	assert_int_equal(file_size(spy.journal), spy.hot.n / 2 / SECTOR * SECTOR);
	try(b, &t, "after a reader", 0);
	assert_int_equal(t.refused, 1);
	two_sweeps_free(&t, &before);
}

/* --- the last page ----------------------------------------------------------------------------- */

/* Each way in which the last page may have reached the disk in part. */
static void
tear_last_page(struct box *b, struct torn *t, const struct bytes *good)
{
	unsigned char *torn = malloc(good->n);
	size_t last = good->n - PAGE, k, refused = t->refused;

	assert_non_null(torn);
	for (k = 0; k < PAGE; k += SECTOR) {
		spill(b->path, good->p, last + k);
		try(b, t, "cut", last + k);
	}
	assert_int_equal(t->refused - refused, PAGE / SECTOR);
	for (k = SECTOR; k < PAGE; k += SECTOR) {
		memcpy(torn, good->p, good->n);
		memset(torn + last, 0, k);
		spill(b->path, torn, good->n);
		try(b, t, "zeros up to", k);
		memcpy(torn, good->p, good->n);
		memset(torn + last + k, 0, PAGE - k);
		spill(b->path, torn, good->n);
		try(b, t, "zeros from", k);
	}
	free(torn);
	spill(b->path, good->p, good->n);
}

/* A little more than the sweep before it: marks, a kill, now and then a long record of a candidate. */
static void
one_more_sweep(struct box *b, int step)
{
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r[MANY];
	struct ledger_explain e;
	struct ledger_sweep w;
	char json[3000];
	int i, n = step * 7;

	for (i = 0; i < n; i++)
		r[i] = a_marked(i, 1 + i % 3);
	memset(json, ' ', sizeof(json));
	json[0] = '{';
	memcpy(json + sizeof(json) - 2, "}", 2);
	e.id = step;
	e.json = json;
	w = a_sweep(T0 + 900 * (int64_t)step, r, (size_t)n);
	w.explains = &e;
	w.n_explains = step % 5 == 0;
	must_commit(b, l, &w);
	must_kill(b, l, a_kill(step, step, T0 + step), OUTCOME_DONE);
	ledger_close(l);
}

/* As the ledger grows its last page is one of each table in turn. */
static void
a_torn_last_page_is_refused_or_does_not_matter(void **state)
{
	struct box *b = *state;
	struct torn t = {0};
	struct bytes good;
	size_t pages = 0;
	int step;

	for (step = 1; step <= 60; step++) {
		one_more_sweep(b, step);
		if ((size_t)file_size(b->path) <= pages)
			continue;
		good = slurp(b->path);
		pages = good.n;
		t.before = must_tell(b);
		tear_last_page(b, &t, &good);
		free(t.before);
		free(good.p);
	}
	assert_true(t.old > 0 && t.refused > t.old); /* zeros in what was free, and elsewhere */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LEDGER_TEST(a_journal_cut_before_the_first_page_leaves_the_old_state),
	    LEDGER_TEST(a_cut_journal_never_undoes_half),
	    LEDGER_TEST(a_reader_does_not_undo_half),
	    LEDGER_TEST(a_torn_last_page_is_refused_or_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
