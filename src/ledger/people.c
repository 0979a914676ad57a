/* SPDX-License-Identifier: ISC */
/*
 * people: what a person tells the reaper through the ledger: hold, keep, acknowledge. Short
 * transactions that wait for nobody's sweep: a hold works between two kills of a running one.
 */
#include "ledger/db.h"

/* One statement in its own transaction. *changed (may be NULL): rows that it touched. */
static int
write_one(struct ledger *l, const char *doing, int rc, int64_t *changed, struct fault *f)
{
	if (changed != NULL)
		*changed = rc == 0 ? sqlite3_changes(l->db) : 0;
	return db_end(l, rc, doing, f);
}

/* The later of two ends, where 0 is never: what stands is not shortened by who comes later. */
static int64_t
later_end(int64_t a, int64_t b)
{
	return a == 0 || b == 0 ? 0 : a > b ? a : b;
}

/*
 * Before something is to stand until *until_s: jumps of the wall clock up to the last sweep (those since then only
 * lengthen it), and *until_s not before the end of what stands by sql (?1, ?2: DB_STANDS; ?3: id).
 */
static int
stand_longer(struct ledger *l, const char *doing, const char *sql, int64_t when_s, int64_t id,
    int64_t *until_s, int64_t *offset_s, struct fault *f)
{
	int64_t old_s;

	if (db_query_int(l, doing, f, offset_s,
		"SELECT offset_s FROM sweep WHERE complete = 1 ORDER BY id DESC LIMIT 1",
		"") != 0 ||
	    db_query_int(l, doing, f, &old_s, sql, "iii", when_s, when_s - *offset_s, id) != 0)
		return -1;
	if (old_s >= 0)
		*until_s = later_end(*until_s, old_s);
	return 0;
}

/* What replaces a row: all of it, but the reason of one that still stands when the new one gives none. */
#define REPLACE                                                                             \
	" DO UPDATE SET since_s = excluded.since_s, until_s = excluded.until_s,"            \
	" by = excluded.by, offset_s = excluded.offset_s,"                                  \
	" reason = iif(excluded.reason = '' AND (until_s = 0 OR until_s > excluded.since_s" \
	" OR until_s - offset_s > excluded.since_s - excluded.offset_s),"                   \
	" reason, excluded.reason)"

int
ledger_keep_set(struct ledger *l, struct keep *k, int64_t when_s, struct fault *f)
{
	static const char doing[] = "writing a keep";
	int64_t offset_s = 0;
	int rc;

	if (db_begin(l, doing, f) != 0)
		return -1;
	rc = stand_longer(l, doing,
	    "SELECT coalesce(max(until_s), -1) FROM keep WHERE id = ?3 AND " DB_STANDS, when_s,
	    k->id, &k->until_s, &offset_s, f);
	if (rc == 0)
		rc = db_run(l, doing, f,
		    "INSERT INTO keep VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON "
		    "CONFLICT(id)" REPLACE ", stime_s = excluded.stime_s",
		    "iiiitti", k->id, k->stime_s, when_s, k->until_s, k->reason, k->by,
		    offset_s);
	return write_one(l, doing, rc, NULL, f);
}

int
ledger_keep_unset(struct ledger *l, int64_t id, bool *was, struct fault *f)
{
	static const char doing[] = "removing a keep";
	int64_t n;
	int rc;

	*was = false;
	if (db_begin(l, doing, f) != 0)
		return -1;
	rc = write_one(
	    l, doing, db_run(l, doing, f, "DELETE FROM keep WHERE id = ?1", "i", id), &n, f);
	*was = rc == 0 && n > 0;
	return rc;
}

int
ledger_keep_now(
    struct ledger *l, int64_t id, int64_t stime_s, int64_t now_s, bool *on, struct fault *f)
{
	int64_t n;

	*on = true; /* not readable: keep */
	if (db_query_int(l, "reading a keep", f, &n,
		"SELECT count(*) FROM keep WHERE id = ?1 AND (stime_s = 0 OR stime_s = ?2)"
		" AND (until_s = 0 OR until_s > ?3 OR until_s - offset_s > ?4)",
		"iiii", id, stime_s, now_s, now_s - l->offset_s) != 0)
		return -1;
	*on = n > 0;
	return 0;
}

int
ledger_hold_set(struct ledger *l, struct hold *h, struct fault *f)
{
	static const char doing[] = "writing a hold";
	int64_t offset_s = 0;
	int rc;

	if (db_begin(l, doing, f) != 0)
		return -1;
	rc = stand_longer(l, doing,
	    "SELECT coalesce(max(until_s), -1) FROM hold WHERE one = ?3 AND " DB_STANDS,
	    h->since_s, 1, &h->until_s, &offset_s, f);
	if (rc == 0)
		rc = db_run(l, doing, f,
		    "INSERT INTO hold VALUES(1, ?1, ?2, ?3, ?4, ?5) ON CONFLICT(one)" REPLACE,
		    "iitti", h->since_s, h->until_s, h->reason, h->by, offset_s);
	return write_one(l, doing, rc, NULL, f);
}

int
ledger_hold_clear(struct ledger *l, bool *was, struct fault *f)
{
	static const char doing[] = "ending a hold";
	int64_t n;
	int rc;

	*was = false;
	if (db_begin(l, doing, f) != 0)
		return -1;
	rc = write_one(l, doing, db_run(l, doing, f, "DELETE FROM hold", ""), &n, f);
	*was = rc == 0 && n > 0;
	return rc;
}

int
ledger_hold_now(struct ledger *l, int64_t now_s, bool *on, struct fault *f)
{
	int64_t n;

	*on = true; /* not readable: no kills */
	if (db_query_int(l, "reading the hold", f, &n,
		"SELECT count(*) FROM hold WHERE " DB_STANDS, "ii", now_s,
		now_s - l->offset_s) != 0)
		return -1;
	*on = n > 0;
	return 0;
}

int
ledger_acknowledge(
    struct ledger *l, int64_t id, const char *by, int64_t when_s, int64_t *n, struct fault *f)
{
	static const char doing[] = "writing an acknowledgement";

	*n = 0;
	if (db_begin(l, doing, f) != 0)
		return -1;
	return write_one(l, doing,
	    db_run(l, doing, f,
		"UPDATE record SET ack_s = max(?2, 1), ack_by = ?3"
		" WHERE confirmations > 0 AND ack_s = 0 AND (?1 = -1 OR id = ?1)",
		"iit", id, when_s, by),
	    n, f);
}
