/* SPDX-License-Identifier: ISC */
/*
 * journal: one row for each kill that was begun, written before the call and after. Each write is on the
 * disk when the function returns (A1). A row is never forgotten while its fate is open.
 */
#include <string.h>

#include "ledger/db.h"

#define JOURNAL "writing the journal"

int
db_kill(struct ledger *l, sqlite3_stmt *st, struct arena *a, struct kill *k, struct fault *f)
{
	char outcome[16];
	bool full = false;
	int o;

	memset(k, 0, sizeof(*k));
	k->row = sqlite3_column_int64(st, 0);
	k->sweep = sqlite3_column_int64(st, 1);
	k->id = sqlite3_column_int64(st, 2);
	k->stime_s = sqlite3_column_int64(st, 3);
	k->uid = db_int32(st, 4);
	k->deploy_id = db_text(st, 5, a, &full);
	k->name = db_text(st, 6, a, &full);
	k->owner = db_text(st, 7, a, &full);
	k->host = db_text(st, 8, a, &full);
	k->addresses = db_text(st, 9, a, &full);
	k->verb = db_text(st, 10, a, &full);
	k->cls = db_text(st, 11, a, &full);
	k->state = db_text(st, 12, a, &full);
	k->reason = db_text(st, 13, a, &full);
	k->intent_s = sqlite3_column_int64(st, 14);
	k->outcome_s = sqlite3_column_int64(st, 15);
	db_copy(st, 16, outcome, sizeof(outcome));
	k->detail = db_text(st, 17, a, &full);
	k->acknowledged = sqlite3_column_int(st, 18) != 0;
	k->clock_s = sqlite3_column_int64(st, 19);
	k->outcome_clock_s = sqlite3_column_int64(st, 20);
	if (full)
		return db_full(f, "reading the journal");
	o = outcome_parse(outcome);
	if (o < 0) {
		fault_set(f, FAULT_LEDGER,
		    "ledger %s: row %lld of its journal has the outcome %s", l->path,
		    (long long)k->row, outcome);
		return fault_remedy(
		    f, "no vmreaper writes that: find out who changed the file");
	}
	k->outcome = (enum outcome)o;
	return 0;
}

int
ledger_intent(struct ledger *l, struct kill *k, struct fault *f)
{
	int rc;

	BUG_ON(l->mode != LEDGER_SWEEP);
	BUG_ON(k->outcome != OUTCOME_INTENT && k->outcome != OUTCOME_WOULD_KILL);
	k->row = 0;
	if (db_begin(l, JOURNAL, f) != 0)
		return -1;
	rc = db_run(l, JOURNAL, f,
	    "INSERT INTO kill(sweep, id, stime_s, uid, deploy_id, name, owner, host, "
	    "addresses, verb, class, state, reason, intent_s, outcome_s, outcome, detail,"
	    " acknowledged, clock_s) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
	    " ?13, ?14, 0, ?15, '', ?16, ?17)",
	    "iiidtttttttttitdi", k->sweep, k->id, k->stime_s, k->uid, k->deploy_id, k->name,
	    k->owner, k->host, k->addresses, k->verb, k->cls, k->state, k->reason, k->intent_s,
	    outcome_str(k->outcome), k->acknowledged, k->intent_s - l->offset_s);
	if (rc == 0)
		k->row = sqlite3_last_insert_rowid(l->db);
	k->clock_s = k->intent_s - l->offset_s;
	rc = db_end(l, rc, JOURNAL, f);
	if (rc != 0)
		k->row = 0;
	return rc;
}

int
ledger_outcome(struct ledger *l, int64_t row, enum outcome o, int64_t when_s,
    const char *detail, struct fault *f)
{
	int rc;

	if (db_begin(l, JOURNAL, f) != 0)
		return -1;
	rc = db_run(l, JOURNAL, f,
	    "UPDATE kill SET outcome = ?2, outcome_s = ?3, detail = ?4, outcome_clock_s = ?5"
	    " WHERE row = ?1",
	    "ititi", row, outcome_str(o), when_s, detail, when_s - l->offset_s);
	if (rc == 0 && sqlite3_changes(l->db) != 1)
		rc = fault_set(f, FAULT_LEDGER, "ledger %s: its journal has no row %lld",
		    l->path, (long long)row);
	return db_end(l, rc, JOURNAL, f);
}

int
ledger_notice(struct ledger *l, int64_t id, int64_t stime_s, int32_t uid, int64_t when_s,
    int64_t promised_s, struct fault *f)
{
	static const char doing[] = "writing a notice";
	int rc;

	BUG_ON(l->mode != LEDGER_SWEEP);
	if (db_begin(l, doing, f) != 0)
		return -1;
	rc = db_run(l, doing, f,
	    "UPDATE record SET noticed_s = max(?4, 1), notice_earned_s = 0, promised_s = ?5,"
	    " not_before_s = max(not_before_s, ?4 + ?5)"
	    " WHERE id = ?1 AND stime_s = ?2 AND uid = ?3 AND confirmations > 0",
	    "iidii", id, stime_s, uid, when_s, promised_s);
	return db_end(l, rc, doing, f);
}

/* Every row of a statement, as kills in the arena. Ends the statement. */
static int
read_kills(struct ledger *l, sqlite3_stmt *st, struct arena *a, struct kill **kills, size_t *n,
    struct fault *f)
{
	static const char doing[] = "reading the journal";
	struct kill *k;
	int rc;

	while ((rc = db_step(l, st, doing, f)) == 1) {
		k = arena_push(a, (void **)kills, *n, sizeof(*k));
		rc = k == NULL ? db_full(f, doing) : db_kill(l, st, a, k, f);
		if (rc != 0)
			break;
		(*n)++;
	}
	sqlite3_finalize(st);
	return rc;
}

int
ledger_done_since(struct ledger *l, struct arena *a, int64_t own_s, struct kill **kills,
    size_t *n, struct fault *f)
{
	sqlite3_stmt *st;

	*kills = NULL;
	*n = 0;
	st = db_prepare(l,
	    "SELECT " DB_KILL_COLUMNS " FROM kill WHERE outcome <> 'would-kill'"
	    " AND outcome = 'done' AND outcome_clock_s >= ?1 ORDER BY row",
	    "reading the journal", f);
	if (st == NULL)
		return -1;
	db_bind(st, "i", own_s);
	return read_kills(l, st, a, kills, n, f);
}

int
ledger_kills(struct ledger *l, struct arena *a, int64_t id, int64_t since_s, size_t limit,
    struct kill **kills, size_t *n, struct fault *f)
{
	static const char doing[] = "reading the journal";
	sqlite3_stmt *st;

	*kills = NULL;
	*n = 0;
	st = db_prepare(l,
	    "SELECT " DB_KILL_COLUMNS " FROM kill WHERE (?1 = -1 OR id = ?1)"
	    " AND (?2 = 0 OR intent_s >= ?2) ORDER BY row DESC LIMIT ?3",
	    doing, f);
	if (st == NULL)
		return -1;
	db_bind(st, "iii", id, since_s, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
	return read_kills(l, st, a, kills, n, f);
}
