/* SPDX-License-Identifier: ISC */
/*
 * commit: one sweep, one transaction. Either all of it is in the ledger or nothing. Records that did not
 * change cost no write, and what is thrown away is thrown away in small portions, so that a clock
 * that is wrong by years for an hour does not cost the whole journal.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/db.h"

#define STORING	  "storing a sweep"
#define PRUNE_MAX 64 /* rows that one sweep throws away, above what it brings in */

static int
put_sweep(struct ledger *l, const struct ledger_sweep *s, int64_t *sweep, struct fault *f)
{
	if (s->digest != NULL && s->policy_text != NULL &&
	    db_run(l, STORING, f, "INSERT OR IGNORE INTO policy VALUES(?1, ?2)", "tt",
		s->digest, s->policy_text) != 0)
		return -1;
	if (db_run(l, STORING, f,
		"INSERT INTO sweep(wall_s, boot_s, boot_id, digest, complete, why, armed, "
		"machines, counts, version, term, steady_s, offset_s)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
		"iittdtdittiii", s->clock.wall_s, s->clock.boot_s, s->clock.boot_id, s->digest,
		s->complete, s->why, s->armed, s->machines,
		s->counts_json != NULL ? s->counts_json : "{}", s->sign.version, s->sign.term,
		s->sign.since_s, l->offset_s) != 0)
		return -1;
	*sweep = sqlite3_last_insert_rowid(l->db);
	return 0;
}

/* A mark that goes on (it began before this sweep: ?21) keeps its first sweep and what a person said of it. */
static const char put_record_sql[] =
    "INSERT INTO record AS old VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
    " ?14, ?15, ?16, ?17, ?18, '', ?19, ?20, ?22, ?23, ?24, ?25) ON CONFLICT(id) DO UPDATE SET"
    " stime_s = excluded.stime_s,"
    " uid = excluded.uid, deploy_id = excluded.deploy_id, host_id = excluded.host_id,"
    " seq = excluded.seq, state = excluded.state, lcm = excluded.lcm,"
    " since_s = excluded.since_s, first_seen_s = excluded.first_seen_s,"
    " answered_s = excluded.answered_s, marked_s = excluded.marked_s,"
    " seen_s = excluded.seen_s, confirmations = excluded.confirmations,"
    " earned_s = excluded.earned_s, flaps = excluded.flaps,"
    " mark_sweep = iif(?21 AND old.mark_sweep > 0, old.mark_sweep, excluded.mark_sweep),"
    " ack_s = iif(?21 AND old.ack_s > 0, old.ack_s, excluded.ack_s),"
    " ack_by = iif(?21 OR excluded.ack_s > 0, old.ack_by, ''),"
    " noticed_s = excluded.noticed_s, notice_earned_s = excluded.notice_earned_s,"
    " promised_s = excluded.promised_s, looked = excluded.looked,"
    " stormed = excluded.stormed, not_before_s = excluded.not_before_s"
    " WHERE (old.stime_s, old.uid, old.deploy_id, old.host_id, old.seq, old.state, old.lcm,"
    " old.since_s, old.first_seen_s, old.answered_s, old.marked_s, old.seen_s,"
    " old.confirmations, old.earned_s, old.flaps, old.noticed_s, old.notice_earned_s,"
    " old.promised_s, old.looked, old.stormed, old.not_before_s)"
    " <> (excluded.stime_s, excluded.uid, excluded.deploy_id, excluded.host_id, excluded.seq,"
    " excluded.state, excluded.lcm, excluded.since_s, excluded.first_seen_s,"
    " excluded.answered_s, excluded.marked_s, excluded.seen_s, excluded.confirmations,"
    " excluded.earned_s, excluded.flaps, excluded.noticed_s, excluded.notice_earned_s,"
    " excluded.promised_s, excluded.looked, excluded.stormed, excluded.not_before_s)";

static int
put_records(struct ledger *l, const struct ledger_sweep *s, int64_t sweep, struct fault *f)
{
	sqlite3_stmt *st;
	size_t i;
	int rc = 0;

	st = db_prepare(l, put_record_sql, STORING, f);
	if (st == NULL)
		return -1;
	for (i = 0; i < s->n_records && rc == 0; i++) {
		const struct record *r = &s->records[i];

		db_bind(st, "iidtiiddiiiiididiiiididdi", r->id, r->stime_s, r->uid,
		    r->deploy_id, r->host_id, r->seq, r->state, r->lcm, r->since_s,
		    r->first_seen_s, r->answered_s, r->marked_s, r->seen_s, r->confirmations,
		    r->earned_s, r->flaps, r->confirmations > 0 ? sweep : (int64_t)0,
		    r->confirmations > 0 && r->acknowledged ? s->clock.wall_s : (int64_t)0,
		    r->noticed_s, r->notice_earned_s, r->confirmations > 1 || r->goes_on,
		    r->promised_s, r->looked, r->stormed, r->not_before_s);
		rc = db_step(l, st, STORING, f);
	}
	sqlite3_finalize(st);
	return rc;
}

/* All of them: they are few, and a host that is gone is new when it returns. */
static int
put_hosts(struct ledger *l, const struct ledger_sweep *s, struct fault *f)
{
	sqlite3_stmt *st;
	size_t i;
	int rc = 0;

	if (db_run(l, STORING, f, "DELETE FROM host", "") != 0)
		return -1;
	st = db_prepare(l, "INSERT OR REPLACE INTO host VALUES(?1, ?2, ?3)", STORING, f);
	if (st == NULL)
		return -1;
	for (i = 0; i < s->n_hosts && rc == 0; i++) {
		db_bind(st, "iti", s->hosts[i].id, s->hosts[i].name, s->hosts[i].good_since_s);
		rc = db_step(l, st, STORING, f);
	}
	sqlite3_finalize(st);
	return rc;
}

static int
id_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/*
 * Nothing is known of it any more, but what somebody was told stands until then, should it come back (rights that were
 * lost for a while).
 */
static const char keep_date_sql[] =
    "UPDATE record SET since_s = 0, first_seen_s = 0, answered_s = 0, flaps = 0,"
    " confirmations = 0, marked_s = 0, seen_s = 0, earned_s = 0, mark_sweep = 0, ack_s = 0,"
    " ack_by = '', noticed_s = 0, notice_earned_s = 0, promised_s = 0, looked = 0, stormed = 0"
    " WHERE id = ?1 AND not_before_s > ?2";

/* Walk the stored ids and the listed ones, both ascending, and drop the records that are not listed. */
static int
drop_unlisted(struct ledger *l, const int64_t *listed, size_t n, int64_t now_s, struct fault *f)
{
	sqlite3_stmt *all, *drop, *keep;
	int64_t id;
	size_t i = 0;
	int rc = -1;

	all = db_prepare(l, "SELECT id FROM record ORDER BY id", STORING, f);
	drop = db_prepare(
	    l, "DELETE FROM record WHERE id = ?1 AND not_before_s <= ?2", STORING, f);
	keep = db_prepare(l, keep_date_sql, STORING, f);
	if (all == NULL || drop == NULL || keep == NULL)
		goto out;
	while ((rc = db_step(l, all, STORING, f)) == 1) {
		id = sqlite3_column_int64(all, 0);
		while (i < n && listed[i] < id)
			i++;
		if (i < n && listed[i] == id)
			continue;
		/* SQLite allows to delete the row that a cursor stands on: it goes on after it */
		db_bind(drop, "ii", id, now_s);
		db_bind(keep, "ii", id, now_s);
		if (db_step(l, drop, STORING, f) != 0 || db_step(l, keep, STORING, f) != 0) {
			rc = -1;
			break;
		}
	}
out:
	sqlite3_finalize(all);
	sqlite3_finalize(drop);
	sqlite3_finalize(keep);
	return rc;
}

static int
drop_gone(struct ledger *l, const struct ledger_sweep *s, struct fault *f)
{
	int64_t *ids;
	size_t i;
	int rc = 0;

	ids = x_calloc(s->n_records + 1, sizeof(*ids));
	for (i = 0; i < s->n_records; i++)
		ids[i] = s->records[i].id;
	qsort(ids, s->n_records, sizeof(*ids), id_cmp);
	for (i = 1; i < s->n_records && rc == 0; i++)
		if (ids[i - 1] == ids[i])
			rc = fault_set(f, FAULT_REPLY, "%s: machine %lld is in it twice",
			    STORING, (long long)ids[i]);
	if (rc == 0)
		rc = drop_unlisted(l, ids, s->n_records, s->clock.wall_s, f);
	free(ids);
	return rc;
}

/* A notice ends with its mark. */
static int
drop_told(struct ledger *l, struct fault *f)
{
	return db_run(l, STORING, f,
	    "DELETE FROM told WHERE what = 'notice' AND NOT EXISTS (SELECT 1 FROM record AS r"
	    " WHERE r.id = told.id AND r.confirmations > 0 AND r.mark_sweep = told.mark)",
	    "");
}

static int
put_explains(struct ledger *l, const struct ledger_sweep *s, int64_t sweep, struct fault *f)
{
	sqlite3_stmt *st;
	size_t i;
	int rc = 0;

	st = db_prepare(l, "INSERT INTO explain VALUES(?1, ?2, ?3)", STORING, f);
	if (st == NULL)
		return -1;
	for (i = 0; i < s->n_explains && rc == 0; i++) {
		db_bind(st, "iit", sweep, s->explains[i].id, s->explains[i].json);
		rc = db_step(l, st, STORING, f);
	}
	sqlite3_finalize(st);
	return rc;
}

static int64_t
before(int64_t now_s, int64_t keep_s)
{
	int64_t t;

	return __builtin_sub_overflow(now_s, keep_s, &t) ? INT64_MIN : t;
}

/* Never an open kill, never the explain of a kill that stands in the journal, never this sweep. */
static int
prune(struct ledger *l, const struct ledger_sweep *s, int64_t sweep, struct fault *f)
{
	int64_t now_s = s->clock.wall_s, cutoff_s, would_s, explain_s;

	if (s->keep_s <= 0)
		return 0;
	cutoff_s = before(now_s, s->keep_s);
	would_s =
	    before(now_s, s->keep_s < LEDGER_WOULD_KILL_S ? s->keep_s : LEDGER_WOULD_KILL_S);
	explain_s = before(now_s, s->keep_s < LEDGER_EXPLAIN_S ? s->keep_s : LEDGER_EXPLAIN_S);
	if (db_run(l, STORING, f,
		"DELETE FROM kill WHERE row IN (SELECT row FROM kill WHERE intent_s < max(?1, "
		"?2)"
		" AND outcome NOT IN " DB_OPEN
		" AND intent_s < iif(outcome = 'would-kill', ?2, ?1)"
		" ORDER BY intent_s LIMIT ?3)",
		"iid", cutoff_s, would_s, PRUNE_MAX) != 0)
		return -1;
	if (db_run(l, STORING, f,
		"DELETE FROM explain WHERE rowid IN (SELECT e.rowid FROM explain AS e WHERE "
		"e.sweep < ?2 AND e.sweep <= max("
		"ifnull((SELECT id FROM sweep WHERE wall_s < ?1 AND id < ?2 ORDER BY id DESC "
		"LIMIT 1), 0),"
		" ifnull((SELECT sweep FROM explain ORDER BY sweep DESC LIMIT 1 OFFSET ?4), 0))"
		" AND NOT EXISTS (SELECT 1 FROM kill AS k WHERE k.id = e.id AND k.sweep = "
		"e.sweep"
		" AND k.outcome <> 'would-kill') ORDER BY e.sweep LIMIT ?3)",
		"iiid", explain_s, sweep, (int64_t)s->n_explains + PRUNE_MAX,
		LEDGER_EXPLAIN_ROWS) != 0)
		return -1;
	if (db_run(l, STORING, f,
		"DELETE FROM sweep WHERE id IN (SELECT id FROM sweep WHERE wall_s < ?1 AND id "
		"< ?2"
		" ORDER BY id LIMIT ?3)",
		"iid", cutoff_s, sweep, PRUNE_MAX) != 0)
		return -1;
	if (sqlite3_changes(l->db) == 0)
		return 0;
	return db_run(l, STORING, f,
	    "DELETE FROM policy WHERE digest NOT IN (SELECT digest FROM sweep)", "");
}

int
ledger_commit(struct ledger *l, const struct ledger_sweep *s, int64_t *sweep, struct fault *f)
{
	int64_t id = 0;
	int rc;

	BUG_ON(l->mode != LEDGER_SWEEP);
	*sweep = 0;
	if (db_begin(l, STORING, f) != 0)
		return -1;
	rc = put_sweep(l, s, &id, f);
	if (rc == 0 && s->complete &&
	    (put_hosts(l, s, f) != 0 || put_records(l, s, id, f) != 0 ||
		drop_gone(l, s, f) != 0 || drop_told(l, f) != 0 ||
		put_explains(l, s, id, f) != 0 || prune(l, s, id, f) != 0))
		rc = -1;
	rc = db_end(l, rc, STORING, f);
	if (rc == 0)
		*sweep = id;
	return rc;
}
