/* SPDX-License-Identifier: ISC */
/*
 * db: what the files of ledger/ share about SQLite. Private to this room, and the only header in the
 * program that knows sqlite3.h.
 */
#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "ledger/ledger.h"

struct ledger {
	sqlite3	*db;
	char	*path;			/* directory resolved, for SQLITE_OPEN_NOFOLLOW */
	int	lock_fd;		/* LEDGER_SWEEP: holds the flock; else -1 */
	enum ledger_mode mode;		/* never LEDGER_GLANCE */
	bool	hurried;		/* LEDGER_READ that was opened as LEDGER_GLANCE */
	int64_t	offset_s;		/* jumps of the wall clock so far, as of the last load */
	bool	old;			/* of an older schema, to be upgraded */
};

/*
 * Outcomes that were sent, or perhaps sent (outcome_is_sent), open (outcome_is_open), and failed, as they
 * stand in the journal. A test holds the lists against the functions.
 */
#define DB_SENT	"('intent','accepted','done','in-doubt','stuck','bounced','zombie')"
#define DB_OPEN	"('intent','accepted','in-doubt','stuck','bounced','zombie')"

/* Fill f from the last error of the handle, with what was being done and a remedy. Returns -1. */
int	db_fault(struct ledger *l, struct fault *f, const char *doing);

int	db_exec(struct ledger *l, const char *sql, const char *doing, struct fault *f);

/* A statement, or NULL with f filled. Finalise with sqlite3_finalize. */
sqlite3_stmt *db_prepare(struct ledger *l, const char *sql, const char *doing, struct fault *f);

/*
 * Bind by position from 1, one letter a value: i int64_t, d int, bool or int32_t, t const char * (NULL
 * is ""; borrowed until the statement is reset).
 */
void	db_bind(sqlite3_stmt *st, const char *format, ...);

/* 1: a row, 0: done, -1: f filled. The statement is reset after the last row or an error. */
int	db_step(struct ledger *l, sqlite3_stmt *st, const char *doing, struct fault *f);

/*
 * Refuse a rollback journal that is shorter than its header says. Before SQLite opens the file at path: it would use
 * what there is of it, and remove it.
 */
int	undo_check(const char *path, struct fault *f);

/* Write transactions take the write lock at once, so that none fails half-way for want of it. */
int	db_begin(struct ledger *l, const char *doing, struct fault *f);
/* rc 0: commit; else, or if the commit fails, roll back. Returns 0 or -1 (f is left alone for rc != 0). */
int	db_end(struct ledger *l, int rc, const char *doing, struct fault *f);

/* prepare + bind + step of one statement that gives no row, with db_bind's format. */
int	db_run(struct ledger *l, const char *doing, struct fault *f, const char *sql,
	    const char *format, ...);

/* The first column of the first row, 0 without one. */
int	db_query_int(struct ledger *l, const char *doing, struct fault *f, int64_t *out,
	    const char *sql, const char *format, ...);

/* Columns. Text is copied into the arena ("" for NULL); *full is set when it does not fit. */
int32_t	db_int32(sqlite3_stmt *st, int column);		/* held at the ends of the range */
const char *db_text(sqlite3_stmt *st, int column, struct arena *a, bool *full);
void	db_copy(sqlite3_stmt *st, int column, char *buf, size_t size);

/* The arena is full. Returns -1. */
int	db_full(struct fault *f, const char *doing);

/* A hold or keep that stands at wall time ?1, which is ?2 on the ledger's own clock: over only when both say so. */
#define DB_STANDS "(until_s = 0 OR until_s > ?1 OR until_s - offset_s > ?2)"

/* Columns of a journal row, in the order that db_kill reads them. */
#define DB_KILL_COLUMNS "row, sweep, id, stime_s, uid, deploy_id, name, owner, host, addresses, verb, " \
	"class, state, reason, intent_s, outcome_s, outcome, detail, acknowledged, clock_s, outcome_clock_s"
int	db_kill(struct ledger *l, sqlite3_stmt *st, struct arena *a, struct kill *k, struct fault *f);

#endif
