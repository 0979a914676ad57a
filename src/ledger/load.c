/* SPDX-License-Identifier: ISC */
/*
 * load: what earlier sweeps left, read in one consistent view and copied into the arena. The file is input
 * like any other: numbers are held in their ranges, texts are bounded by the arena. Writes nothing.
 */
#include <string.h>

#include "base/units.h"
#include "ledger/db.h"

#define LOADING "loading it"

static int
load_last(struct ledger *l, struct ledger_state *s, struct fault *f)
{
	sqlite3_stmt *st;
	int rc;

	st = db_prepare(l,
	    "SELECT id, wall_s, boot_s, boot_id, machines, digest, offset_s FROM sweep"
	    " WHERE complete = 1 ORDER BY id DESC LIMIT 1",
	    LOADING, f);
	if (st == NULL)
		return -1;
	rc = db_step(l, st, LOADING, f);
	if (rc == 1) {
		s->last.sweep = sqlite3_column_int64(st, 0);
		s->last.clock.wall_s = sqlite3_column_int64(st, 1);
		s->last.clock.boot_s = sqlite3_column_int64(st, 2);
		db_copy(st, 3, s->last.clock.boot_id, sizeof(s->last.clock.boot_id));
		s->last.machines = sqlite3_column_int64(st, 4);
		db_copy(st, 5, s->last.digest, sizeof(s->last.digest));
		s->last.offset_s = sqlite3_column_int64(st, 6);
		s->last.complete = true;
	}
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

static void
read_record(sqlite3_stmt *st, struct arena *a, struct record *r, bool *full)
{
	r->id = sqlite3_column_int64(st, 0);
	r->stime_s = sqlite3_column_int64(st, 1);
	r->uid = db_int32(st, 2);
	r->deploy_id = db_text(st, 3, a, full);
	r->host_id = sqlite3_column_int64(st, 4);
	r->seq = sqlite3_column_int64(st, 5);
	r->state = db_int32(st, 6);
	r->lcm = db_int32(st, 7);
	r->since_s = sqlite3_column_int64(st, 8);
	r->first_seen_s = sqlite3_column_int64(st, 9);
	r->answered_s = sqlite3_column_int64(st, 10);
	r->marked_s = sqlite3_column_int64(st, 11);
	r->seen_s = sqlite3_column_int64(st, 12);
	r->confirmations = db_int32(st, 13);
	r->earned_s = sqlite3_column_int64(st, 14);
	r->flaps = db_int32(st, 15);
	r->acknowledged = sqlite3_column_int64(st, 16) != 0;
	r->noticed_s = sqlite3_column_int64(st, 17);
	r->notice_earned_s = sqlite3_column_int64(st, 18);
	r->promised_s = sqlite3_column_int64(st, 19);
	r->looked = sqlite3_column_int(st, 20) != 0;
	r->stormed = sqlite3_column_int(st, 21) != 0;
	r->not_before_s = sqlite3_column_int64(st, 22);
}

static int
load_records(struct ledger *l, struct arena *a, struct ledger_state *s, struct fault *f)
{
	sqlite3_stmt *st;
	int64_t n;
	bool full = false;
	int rc;

	if (db_query_int(l, LOADING, f, &n, "SELECT count(*) FROM record", "") != 0)
		return -1;
	s->records = arena_calloc(a, (size_t)n + 1, sizeof(*s->records));
	if (s->records == NULL)
		return db_full(f, LOADING);
	st = db_prepare(l,
	    "SELECT id, stime_s, uid, deploy_id, host_id, seq, state, lcm, since_s, "
	    "first_seen_s,"
	    " answered_s, marked_s, seen_s, confirmations, earned_s, flaps, ack_s, noticed_s,"
	    " notice_earned_s, promised_s, looked, stormed, not_before_s"
	    " FROM record ORDER BY id",
	    LOADING, f);
	if (st == NULL)
		return -1;
	while ((rc = db_step(l, st, LOADING, f)) == 1 && !full && s->n_records < (size_t)n)
		read_record(st, a, &s->records[s->n_records++], &full);
	sqlite3_finalize(st);
	if (full)
		return db_full(f, LOADING);
	return rc;
}

static int
load_hosts(struct ledger *l, struct arena *a, struct ledger_state *s, struct fault *f)
{
	sqlite3_stmt *st;
	struct host_record *r;
	bool full = false;
	int rc;

	st = db_prepare(l, "SELECT id, name, good_since_s FROM host ORDER BY id", LOADING, f);
	if (st == NULL)
		return -1;
	while ((rc = db_step(l, st, LOADING, f)) == 1 && !full) {
		r = arena_push(a, (void **)&s->hosts, s->n_hosts, sizeof(*r));
		if (r == NULL) {
			full = true;
			break;
		}
		r->id = sqlite3_column_int64(st, 0);
		r->name = db_text(st, 1, a, &full);
		r->good_since_s = sqlite3_column_int64(st, 2);
		s->n_hosts++;
	}
	sqlite3_finalize(st);
	if (full)
		return db_full(f, LOADING);
	return rc;
}

/* The newest sweep, complete or not: was the cloud well then, and since when? */
static int
load_sign(struct ledger *l, struct ledger_state *s, struct fault *f)
{
	sqlite3_stmt *st;
	int rc;

	st = db_prepare(l,
	    "SELECT complete, version, term, steady_s FROM sweep ORDER BY id DESC LIMIT 1",
	    LOADING, f);
	if (st == NULL)
		return -1;
	rc = db_step(l, st, LOADING, f);
	if (rc == 1) {
		s->has_sign = true;
		s->sign.complete = sqlite3_column_int(st, 0) != 0;
		db_copy(st, 1, s->sign.version, sizeof(s->sign.version));
		s->sign.term = sqlite3_column_int64(st, 2);
		s->sign.since_s = sqlite3_column_int64(st, 3);
	}
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

static struct record *
record_find(struct ledger_state *s, int64_t id)
{
	size_t lo = 0, hi = s->n_records, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->records[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n_records && s->records[lo].id == id ? &s->records[lo] : NULL;
}

/*
 * What the journal says of the machines that have a record, whoever owns them now. A kill belongs to the running mark if
 * it came in the mark's first sweep or later; the time is asked too, and either of them is enough. Times are the
 * ledger's own, brought to the wall clock: of now for the record, of the last sweep beside the record's own.
 */
static int
load_record_kills(struct ledger *l, int64_t offset_s, struct ledger_state *s, struct fault *f)
{
	struct record *r;
	sqlite3_stmt *st;
	int rc;

	st = db_prepare(l,
	    "SELECT r.id, count(*), sum(k.outcome IN ('intent', 'in-doubt')), max(k.clock_s),"
	    " max(k.sweep >= r.mark_sweep OR k.clock_s + ?1 >= r.marked_s)"
	    " FROM kill AS k CROSS JOIN record AS r ON r.id = k.id AND r.stime_s = k.stime_s"
	    " WHERE k.outcome <> 'would-kill' AND k.outcome IN " DB_SENT " GROUP BY r.id",
	    LOADING, f);
	if (st == NULL)
		return -1;
	db_bind(st, "i", s->last.offset_s);
	while ((rc = db_step(l, st, LOADING, f)) == 1) {
		r = record_find(s, sqlite3_column_int64(st, 0));
		if (r == NULL)
			continue;
		r->kills = db_int32(st, 1);
		r->doubts = db_int32(st, 2);
		if (__builtin_add_overflow(
			sqlite3_column_int64(st, 3), offset_s, &r->last_kill_s))
			r->last_kill_s = INT64_MAX;
		r->killed_in_mark = r->confirmations > 0 && sqlite3_column_int(st, 4) != 0;
	}
	sqlite3_finalize(st);
	return rc;
}

static int
load_open(struct ledger *l, struct arena *a, struct ledger_state *s, struct fault *f)
{
	sqlite3_stmt *st;
	struct kill *k;
	int rc;

	st = db_prepare(l,
	    "SELECT " DB_KILL_COLUMNS " FROM kill"
	    " WHERE outcome <> 'would-kill' AND outcome IN " DB_OPEN " ORDER BY row",
	    LOADING, f);
	if (st == NULL)
		return -1;
	while ((rc = db_step(l, st, LOADING, f)) == 1) {
		k = arena_push(a, (void **)&s->open, s->n_open, sizeof(*k));
		rc = k == NULL ? db_full(f, LOADING) : db_kill(l, st, a, k, f);
		if (rc != 0)
			break;
		s->n_open++;
	}
	sqlite3_finalize(st);
	return rc;
}

/* Kills that tell of a sick cloud, newest first, up to the first one that went well. */
static int
load_failures(struct ledger *l, int64_t since_s, struct ledger_state *s, struct fault *f)
{
	sqlite3_stmt *st;
	int rc;

	st = db_prepare(l,
	    "SELECT outcome IN ('accepted', 'done') FROM kill WHERE outcome <> 'would-kill'"
	    " AND outcome NOT IN ('aborted', 'gone') AND clock_s > ?1 ORDER BY row DESC",
	    LOADING, f);
	if (st == NULL)
		return -1;
	db_bind(st, "i", since_s);
	while ((rc = db_step(l, st, LOADING, f)) == 1 && sqlite3_column_int(st, 0) == 0)
		s->failures++;
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

static int
load_hold(
    struct ledger *l, struct arena *a, int64_t now_s, struct ledger_state *s, struct fault *f)
{
	sqlite3_stmt *st;
	bool full = false;
	int rc;

	s->hold.reason = s->hold.by = "";
	st = db_prepare(
	    l, "SELECT since_s, until_s, reason, by FROM hold WHERE " DB_STANDS, LOADING, f);
	if (st == NULL)
		return -1;
	db_bind(st, "ii", now_s, s->own_s);
	rc = db_step(l, st, LOADING, f);
	if (rc == 1) {
		s->hold.on = true;
		s->hold.since_s = sqlite3_column_int64(st, 0);
		s->hold.until_s = sqlite3_column_int64(st, 1);
		s->hold.reason = db_text(st, 2, a, &full);
		s->hold.by = db_text(st, 3, a, &full);
	}
	sqlite3_finalize(st);
	if (full)
		return db_full(f, LOADING);
	return rc < 0 ? -1 : 0;
}

static int
load_keeps(
    struct ledger *l, struct arena *a, int64_t now_s, struct ledger_state *s, struct fault *f)
{
	sqlite3_stmt *st;
	struct keep *k;
	bool full = false;
	int rc;

	st = db_prepare(l,
	    "SELECT id, stime_s, until_s, reason, by FROM keep WHERE " DB_STANDS " ORDER BY id",
	    LOADING, f);
	if (st == NULL)
		return -1;
	db_bind(st, "ii", now_s, s->own_s);
	while ((rc = db_step(l, st, LOADING, f)) == 1 && !full) {
		k = arena_push(a, (void **)&s->keeps, s->n_keeps, sizeof(*k));
		if (k == NULL) {
			full = true;
			break;
		}
		k->id = sqlite3_column_int64(st, 0);
		k->stime_s = sqlite3_column_int64(st, 1);
		k->until_s = sqlite3_column_int64(st, 2);
		k->reason = db_text(st, 3, a, &full);
		k->by = db_text(st, 4, a, &full);
		s->n_keeps++;
	}
	sqlite3_finalize(st);
	if (full)
		return db_full(f, LOADING);
	return rc;
}

/* Kills that were sent, or perhaps sent, by the count of sql. */
static int
count_sent(struct ledger *l, const char *sql, int64_t arg, int64_t *n, struct fault *f)
{
	return db_query_int(l, LOADING, f, n, sql, "i", arg);
}

static int
load_counts(struct ledger *l, struct ledger_state *s, struct fault *f)
{
	/* a kill in the future is one of before the clock was set back: it counts */
	if (count_sent(l,
		"SELECT count(*) FROM kill WHERE clock_s > ?1 AND outcome IN " DB_SENT,
		s->own_s - 3600, &s->killed_last_hour, f) != 0 ||
	    count_sent(l,
		"SELECT count(*) FROM kill WHERE clock_s > ?1 AND acknowledged = 0"
		" AND outcome IN " DB_SENT,
		s->own_s - 3600, &s->unacknowledged_last_hour, f) != 0)
		return -1;
	return count_sent(l,
	    "SELECT count(*) FROM kill WHERE sweep >= ?1 AND outcome IN " DB_SENT,
	    s->last.sweep, &s->killed_since, f);
}

/* How far the wall clock has run away from the ledger's own by now. */
static int64_t
offset_now(const struct ledger_state *s)
{
	int64_t offset_s = s->last.offset_s;

	if (s->elapsed.jumped && __builtin_add_overflow(offset_s, s->elapsed.jump_s, &offset_s))
		offset_s = s->last.offset_s;
	return offset_s;
}

int
ledger_load_at(struct ledger *l, struct arena *a, struct arena *records,
    const struct clock_now *now, int64_t gap_s, struct ledger_state *s, struct fault *f)
{
	int rc = -1;

	memset(s, 0, sizeof(*s));
	if (db_exec(l, "BEGIN", LOADING, f) != 0)
		return -1;
	if (load_last(l, s, f) == 0) {
		history_elapsed(
		    s->last.sweep != 0 ? &s->last.clock : NULL, now, gap_s, &s->elapsed);
		l->offset_s = offset_now(s);
		if (__builtin_sub_overflow(now->wall_s, l->offset_s, &s->own_s))
			s->own_s = now->wall_s;
		if (load_sign(l, s, f) == 0 && load_hosts(l, a, s, f) == 0 &&
		    load_records(l, records, s, f) == 0 &&
		    load_record_kills(l, l->offset_s, s, f) == 0 &&
		    load_open(l, a, s, f) == 0 &&
		    load_failures(l, s->own_s - LEDGER_FAILURES_S, s, f) == 0 &&
		    load_hold(l, a, now->wall_s, s, f) == 0 &&
		    load_keeps(l, a, now->wall_s, s, f) == 0 && load_counts(l, s, f) == 0)
			rc = 0;
	}
	return db_end(l, rc, LOADING, f);
}

int
ledger_load(
    struct ledger *l, struct arena *a, int64_t now_s, struct ledger_state *s, struct fault *f)
{
	/* of no boot that any sweep knows, and up for ever: no difference of the wall clock is a jump but one back */
	const struct clock_now now = {.wall_s = now_s, .boot_s = INT64_MAX};

	return ledger_load_at(l, a, a, &now, INT64_MAX, s, f);
}

int
ledger_explain(struct ledger *l, struct arena *a, int64_t sweep, int64_t id, const char **json,
    int64_t *when_s, struct fault *f)
{
	static const char doing[] = "reading what it recorded";
	sqlite3_stmt *st;
	bool full = false;
	int rc;

	*json = NULL;
	*when_s = 0;
	st = db_prepare(l,
	    "SELECT s.wall_s, e.json FROM sweep AS s LEFT JOIN explain AS e"
	    " ON e.sweep = s.id AND e.id = ?2 WHERE s.id = CASE WHEN ?1 <> 0 THEN ?1"
	    " ELSE (SELECT id FROM sweep WHERE complete = 1 ORDER BY id DESC LIMIT 1) END",
	    doing, f);
	if (st == NULL)
		return -1;
	db_bind(st, "ii", sweep, id);
	rc = db_step(l, st, doing, f);
	if (rc == 1) {
		*when_s = sqlite3_column_int64(st, 0);
		if (sqlite3_column_type(st, 1) != SQLITE_NULL)
			*json = db_text(st, 1, a, &full);
	}
	sqlite3_finalize(st);
	if (full)
		return db_full(f, doing);
	return rc < 0 ? -1 : 0;
}

int
ledger_run(
    struct ledger *l, struct arena *a, int64_t sweep, struct ledger_run *run, struct fault *f)
{
	static const char doing[] = "reading a sweep";
	sqlite3_stmt *st;
	bool full = false;
	int rc;

	memset(run, 0, sizeof(*run));
	run->digest = run->policy_text = run->counts_json = "";
	st = db_prepare(l,
	    "SELECT s.id, s.wall_s, s.complete, s.armed, s.digest, p.text, s.counts"
	    " FROM sweep AS s LEFT JOIN policy AS p ON p.digest = s.digest"
	    " WHERE s.id = CASE WHEN ?1 <> 0 THEN ?1"
	    " ELSE (SELECT id FROM sweep WHERE complete = 1 ORDER BY id DESC LIMIT 1) END",
	    doing, f);
	if (st == NULL)
		return -1;
	db_bind(st, "i", sweep);
	rc = db_step(l, st, doing, f);
	if (rc == 1) {
		run->sweep = sqlite3_column_int64(st, 0);
		run->when_s = sqlite3_column_int64(st, 1);
		run->complete = sqlite3_column_int(st, 2) != 0;
		run->armed = sqlite3_column_int(st, 3) != 0;
		run->digest = db_text(st, 4, a, &full);
		run->policy_text = db_text(st, 5, a, &full);
		run->counts_json = db_text(st, 6, a, &full);
	}
	sqlite3_finalize(st);
	if (full)
		return db_full(f, doing);
	return rc < 0 ? -1 : 0;
}

int
ledger_describe(struct ledger *l, int64_t now_s, struct text *out, struct fault *f)
{
	static const char doing[] = "counting";
	int64_t sweeps, kills, last_s, pages, page, kib;
	char age[32];

	if (db_query_int(l, doing, f, &sweeps, "SELECT count(*) FROM sweep", "") != 0 ||
	    db_query_int(l, doing, f, &kills,
		"SELECT count(*) FROM kill WHERE outcome <> 'would-kill' AND outcome "
		"IN " DB_SENT,
		"") != 0 ||
	    db_query_int(l, doing, f, &last_s,
		"SELECT wall_s FROM sweep ORDER BY id DESC LIMIT 1", "") != 0 ||
	    db_query_int(l, doing, f, &pages, "PRAGMA page_count", "") != 0 ||
	    db_query_int(l, doing, f, &page, "PRAGMA page_size", "") != 0)
		return -1;
	kib = pages * page / 1024;
	text_addf(out, "%lld sweep%s, %lld kill%s, ", (long long)sweeps, sweeps == 1 ? "" : "s",
	    (long long)kills, kills == 1 ? "" : "s");
	if (kib < 1024)
		text_addf(out, "%lld KiB", (long long)kib);
	else
		text_addf(out, "%lld.%lld MiB", (long long)(kib / 1024),
		    (long long)(kib % 1024 * 10 / 1024));
	if (last_s > now_s)
		text_add(out, ", last sweep in the future: was the clock set back?");
	else if (sweeps > 0)
		text_addf(out, ", last sweep %s ago",
		    units_age_str(age, sizeof(age), now_s - last_s));
	return 0;
}
