/* SPDX-License-Identifier: ISC */
/*
 * db: the few ways in which this room talks to SQLite, and what its errors mean for a person. An error is
 * never swallowed: every function either did its work or filled a fault.
 */
#include <stdarg.h>
#include <string.h>

#include "ledger/db.h"

int
db_fault(struct ledger *l, struct fault *f, const char *doing)
{
	const char *path = l->path, *msg = sqlite3_errmsg(l->db);

	switch (sqlite3_extended_errcode(l->db) & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		fault_set(f, FAULT_LOCKED, "ledger %s: %s: another process is writing it", path,
		    doing);
		return fault_remedy(f, "try again in a few seconds");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		fault_set(f, FAULT_LEDGER, "ledger %s is damaged or is none: %s: %s", path,
		    doing, msg);
		return fault_remedy(f,
		    "look at it, or move it away with its -journal (mv %s %s.damaged): "
		    "grace then starts from nothing, which is safe, but earlier kills are "
		    "forgotten",
		    path, path);
	case SQLITE_FULL:
		fault_set(f, FAULT_LEDGER, "ledger %s: %s: no space left", path, doing);
		return fault_remedy(
		    f, "free some space on its file system (df); nothing was stored");
	case SQLITE_IOERR:
		fault_set(f, FAULT_LEDGER, "ledger %s: %s: %s", path, doing, msg);
		return fault_remedy(f, "look at its file system (df, dmesg, file size limits); "
				       "nothing was stored");
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		fault_set(f, FAULT_LEDGER,
		    "ledger %s: %s: not writable, or not to be opened: %s", path, doing, msg);
		return fault_remedy(f, "the file and its directory must be writable by the "
				       "user that runs vmreaper: "
				       "ls -ld, and the mount options");
	case SQLITE_NOMEM:
		return fault_set(f, FAULT_SYSTEM, "ledger %s: %s: out of memory", path, doing);
	default:
		fault_set(f, FAULT_LEDGER, "ledger %s: %s: %s", path, doing, msg);
		return fault_remedy(
		    f, "is this file a ledger of this version? sqlite3 %s .schema", path);
	}
}

int
db_full(struct fault *f, const char *doing)
{
	fault_set(f, FAULT_LIMIT, "ledger: %s: it does not fit into memory", doing);
	return fault_remedy(f, "raise [cloud] max_memory");
}

int
db_exec(struct ledger *l, const char *sql, const char *doing, struct fault *f)
{
	if (sqlite3_exec(l->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_fault(l, f, doing);
	return 0;
}

sqlite3_stmt *
db_prepare(struct ledger *l, const char *sql, const char *doing, struct fault *f)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(l->db, sql, -1, &st, NULL) != SQLITE_OK) {
		db_fault(l, f, doing);
		return NULL;
	}
	return st;
}

static void
bind(sqlite3_stmt *st, const char *format, va_list ap)
{
	const char *s;
	int i;

	/* a value that cannot be bound stays NULL, and every column is NOT NULL: the step fails */
	for (i = 1; *format != '\0'; format++, i++) {
		switch (*format) {
		case 'i':
			sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 'd':
			sqlite3_bind_int64(st, i, va_arg(ap, int));
			break;
		case 't':
			s = va_arg(ap, const char *);
			sqlite3_bind_text(st, i, s != NULL ? s : "", -1, SQLITE_STATIC);
			break;
		default:
			BUG_ON(true);
		}
	}
}

void
db_bind(sqlite3_stmt *st, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	bind(st, format, ap);
	va_end(ap);
}

int
db_step(struct ledger *l, sqlite3_stmt *st, const char *doing, struct fault *f)
{
	switch (sqlite3_step(st)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		sqlite3_reset(st);
		return 0;
	default:
		db_fault(l, f, doing);
		sqlite3_reset(st);
		return -1;
	}
}

int
db_begin(struct ledger *l, const char *doing, struct fault *f)
{
	return db_exec(l, "BEGIN IMMEDIATE", doing, f);
}

int
db_end(struct ledger *l, int rc, const char *doing, struct fault *f)
{
	if (rc == 0)
		rc = db_exec(l, "COMMIT", doing, f);
	/* SQLite rolls some errors back by itself */
	if (rc != 0 && !sqlite3_get_autocommit(l->db))
		sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

int
db_run(struct ledger *l, const char *doing, struct fault *f, const char *sql,
    const char *format, ...)
{
	sqlite3_stmt *st;
	va_list ap;
	int rc;

	st = db_prepare(l, sql, doing, f);
	if (st == NULL)
		return -1;
	va_start(ap, format);
	bind(st, format, ap);
	va_end(ap);
	rc = db_step(l, st, doing, f);
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

int
db_query_int(struct ledger *l, const char *doing, struct fault *f, int64_t *out,
    const char *sql, const char *format, ...)
{
	sqlite3_stmt *st;
	va_list ap;
	int rc;

	*out = 0;
	st = db_prepare(l, sql, doing, f);
	if (st == NULL)
		return -1;
	va_start(ap, format);
	bind(st, format, ap);
	va_end(ap);
	rc = db_step(l, st, doing, f);
	if (rc == 1)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

int32_t
db_int32(sqlite3_stmt *st, int column)
{
	int64_t v = sqlite3_column_int64(st, column);

	return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

const char *
db_text(sqlite3_stmt *st, int column, struct arena *a, bool *full)
{
	const char *s = (const char *)sqlite3_column_text(st, column);
	const char *copy = "";

	/* up to the first NUL, as every other text of the program */
	if (s != NULL && *s != '\0')
		copy = arena_strdup(a, s);
	if (copy == NULL)
		*full = true;
	return copy;
}

void
db_copy(sqlite3_stmt *st, int column, char *buf, size_t size)
{
	const char *s = (const char *)sqlite3_column_text(st, column);
	size_t n = s != NULL ? strlen(s) : 0;

	if (n >= size)
		n = size - 1;
	if (n > 0)
		memcpy(buf, s, n);
	buf[n] = '\0';
}
