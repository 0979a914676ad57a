/* SPDX-License-Identifier: ISC */
/*
 * told: who was told what already. A notice that one channel took and another one did not is remembered, so that the
 * first is not bothered at each sweep; an alarm is, for as long as it stands.
 */
#include <stdio.h>
#include <string.h>

#include "ledger/db.h"
#include "ledger/told.h"

#define WHAT_SIZE 96

int
ledger_hook_told(struct ledger *l, int64_t id, bool *told, struct fault *f)
{
	int64_t n;

	*told = false;
	if (db_query_int(l, "reading a notice", f, &n,
		"SELECT count(*) FROM told JOIN record ON record.id = told.id"
		" WHERE told.what = 'notice' AND told.id = ?1 AND record.confirmations > 0"
		" AND told.mark = record.mark_sweep",
		"i", id) != 0)
		return -1;
	*told = n > 0;
	return 0;
}

int
ledger_hook_tell(
    struct ledger *l, int64_t id, int64_t when_s, int64_t promised_s, struct fault *f)
{
	static const char doing[] = "writing a notice";
	int rc;

	BUG_ON(l->mode != LEDGER_SWEEP);
	if (db_begin(l, doing, f) != 0)
		return -1;
	rc = db_run(l, doing, f,
	    "INSERT OR REPLACE INTO told(what, id, mark, told_s)"
	    " SELECT 'notice', id, mark_sweep, ?2 FROM record"
	    " WHERE id = ?1 AND confirmations > 0",
	    "ii", id, when_s);
	if (rc == 0)
		rc = db_run(l, doing, f,
		    "UPDATE record SET not_before_s = max(not_before_s, ?2)"
		    " WHERE id = ?1 AND confirmations > 0",
		    "ii", id, when_s + promised_s);
	return db_end(l, rc, doing, f);
}

/* "alarm-mail storm" */
static const char *
alarm_what(char buf[WHAT_SIZE], const char *channel, const char *code)
{
	int n = snprintf(buf, WHAT_SIZE, "alarm-%s %s", channel, code);

	BUG_ON(n < 0 || n >= WHAT_SIZE); /* codes are ours */
	return buf;
}

int
ledger_alarm_told(struct ledger *l, const char *channel, const char *code, int64_t id,
    bool *told, struct fault *f)
{
	char what[WHAT_SIZE];
	int64_t n;

	*told = false;
	if (db_query_int(l, "reading an alarm", f, &n,
		"SELECT count(*) FROM told WHERE what = ?1 AND id = ?2", "ti",
		alarm_what(what, channel, code), id) != 0)
		return -1;
	*told = n > 0;
	return 0;
}

int
ledger_alarm_tell(struct ledger *l, const char *channel, const char *code, int64_t id,
    int64_t when_s, struct fault *f)
{
	static const char doing[] = "writing an alarm";
	char what[WHAT_SIZE];
	int rc;

	BUG_ON(l->mode != LEDGER_SWEEP);
	if (db_begin(l, doing, f) != 0)
		return -1;
	rc = db_run(l, doing, f, "INSERT OR REPLACE INTO told VALUES(?1, ?2, 0, ?3)", "tii",
	    alarm_what(what, channel, code), id, when_s);
	return db_end(l, rc, doing, f);
}

static bool
stands(const struct finding *alarms, size_t n, const char *what, int64_t id)
{
	const char *code = strchr(what, ' ');

	for (size_t i = 0; code != NULL && i < n; i++)
		if (alarms[i].id == id && strcmp(alarms[i].code, code + 1) == 0)
			return true;
	return false;
}

/* One row that no longer stands, or 0 rows. *rowid -1: none is left. */
static int
find_fallen(
    struct ledger *l, const struct finding *alarms, size_t n, int64_t *rowid, struct fault *f)
{
	static const char doing[] = "reading the alarms";
	sqlite3_stmt *st = db_prepare(l,
	    "SELECT rowid, what, id FROM told WHERE what GLOB 'alarm-*' AND rowid > ?1"
	    " ORDER BY rowid",
	    doing, f);
	int rc = 0;

	if (st == NULL)
		return -1;
	db_bind(st, "i", *rowid);
	*rowid = -1;
	while (*rowid < 0 && (rc = db_step(l, st, doing, f)) == 1)
		if (!stands(alarms, n, (const char *)sqlite3_column_text(st, 1),
			sqlite3_column_int64(st, 2)))
			*rowid = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

int
ledger_alarms_stand(struct ledger *l, const struct finding *alarms, size_t n, struct fault *f)
{
	static const char doing[] = "forgetting alarms";
	int64_t rowid = -1;
	int rc;

	BUG_ON(l->mode != LEDGER_SWEEP);
	if (find_fallen(l, alarms, n, &rowid, f) != 0)
		return -1;
	if (rowid < 0)
		return 0;
	if (db_begin(l, doing, f) != 0)
		return -1;
	do
		rc = db_run(l, doing, f, "DELETE FROM told WHERE rowid = ?1", "i", rowid);
	while (rc == 0 && (rc = find_fallen(l, alarms, n, &rowid, f)) == 0 && rowid >= 0);
	return db_end(l, rc, doing, f);
}
