/* SPDX-License-Identifier: ISC */
/*
 * past: what a report shows of earlier sweeps and kills. Reads only; SQLite takes the figures out of the JSON that
 * each sweep stored, and what is no plausible figure there is left out.
 */
#include "ledger/db.h"

#define FIGURE_MAX 1e15 /* beyond it a figure is damage, not a cloud */

static void
take_figure(sqlite3_stmt *st, struct trend_point *p)
{
	char label[64];
	double value = sqlite3_column_double(st, 3);
	int m;

	db_copy(st, 2, label, sizeof(label));
	m = metric_parse(label);
	if (m < 0 || !(value >= 0 && value <= FIGURE_MAX))
		return;
	p->metrics[m] = value;
	p->has[m] = true;
}

int
ledger_trend(struct ledger *l, struct arena *a, int64_t since_s, int64_t until_s, size_t max,
    struct trend_point **points, size_t *n, struct fault *f)
{
	static const char doing[] = "reading earlier sweeps";
	int64_t span_s, id = 0;
	sqlite3_stmt *st;
	int rc;

	*points = NULL;
	*n = 0;
	if (max == 0 || until_s <= since_s)
		return 0;
	/* rounded up, so that there are never more spans than max */
	span_s = (until_s - since_s + (int64_t)max - 1) / (int64_t)max;
	st = db_prepare(l,
	    "SELECT s.id, s.wall_s, j.key, j.value FROM sweep AS s,"
	    " json_each(CASE WHEN json_valid(s.counts) THEN s.counts ELSE '{}' END,"
	    " '$.metrics') AS j WHERE j.type IN ('integer', 'real') AND s.id IN"
	    " (SELECT max(id) FROM sweep WHERE complete = 1 AND wall_s >= ?1 AND wall_s < ?2"
	    " GROUP BY (wall_s - ?1) / ?3) ORDER BY s.wall_s, s.id",
	    doing, f);
	if (st == NULL)
		return -1;
	db_bind(st, "iii", since_s, until_s, span_s);
	while ((rc = db_step(l, st, doing, f)) == 1) {
		if (*n == 0 || id != sqlite3_column_int64(st, 0)) {
			if (arena_push(a, (void **)points, *n, sizeof(**points)) == NULL) {
				rc = db_full(f, doing);
				break;
			}
			id = sqlite3_column_int64(st, 0);
			(*points)[(*n)++].when_s = sqlite3_column_int64(st, 1);
		}
		take_figure(st, &(*points)[*n - 1]);
	}
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

/* The four figures from column at on: all of them, or none when one is missing or implausible. */
static void
take_holds(sqlite3_stmt *st, int at, struct freed *v)
{
	int64_t figures[4];
	int i;

	for (i = 0; i < 4; i++) {
		figures[i] = sqlite3_column_int64(st, at + i);
		if (sqlite3_column_type(st, at + i) != SQLITE_INTEGER || figures[i] < 0 ||
		    figures[i] > (int64_t)FIGURE_MAX)
			return;
	}
	v->known = true;
	v->vcpu = figures[0];
	v->memory_mib = figures[1];
	v->disk_mib = figures[2];
	v->addresses = figures[3];
}

int
ledger_freed(struct ledger *l, struct arena *a, int64_t since_s, size_t limit,
    struct freed **freed, size_t *n, struct fault *f)
{
	static const char doing[] = "reading the journal";
	sqlite3_stmt *st;
	struct freed *v;
	int rc;

	*freed = NULL;
	*n = 0;
	st = db_prepare(l,
	    "SELECT " DB_KILL_COLUMNS ", json_extract(j, '$.machine.holds.vcpu'),"
	    " json_extract(j, '$.machine.holds.memory_mib'),"
	    " json_extract(j, '$.machine.holds.disk_mib'),"
	    " json_extract(j, '$.machine.holds.addresses') FROM"
	    " (SELECT *, (SELECT CASE WHEN json_valid(json) THEN json END FROM explain"
	    " WHERE explain.sweep = kill.sweep AND explain.id = kill.id) AS j FROM kill"
	    " WHERE outcome <> 'would-kill' AND intent_s >= ?1 ORDER BY row DESC LIMIT ?2)"
	    " ORDER BY row DESC",
	    doing, f);
	if (st == NULL)
		return -1;
	db_bind(st, "ii", since_s, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
	while ((rc = db_step(l, st, doing, f)) == 1) {
		v = arena_push(a, (void **)freed, *n, sizeof(*v));
		rc = v == NULL ? db_full(f, doing) : db_kill(l, st, a, &v->kill, f);
		if (rc != 0)
			break;
		take_holds(st, 21, v);
		(*n)++;
	}
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}
