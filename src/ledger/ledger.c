/* SPDX-License-Identifier: ISC */
/*
 * ledger: opens the file, or says why not. Hides where the lock lives, how a ledger comes into being and
 * what makes one trustworthy. It must never begin a new ledger in the place of one that it cannot read.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "ledger/db.h"

#define APPLICATION_ID 0x564d5250 /* "VMRP" */
#define VALUE_MAX      (8 * 1024 * 1024) /* bytes in one value */
#define BUSY_SWEEP_MS  20000 /* readers and people's writes are short */
#define BUSY_PERSON_MS 5000
#define BUSY_GLANCE_MS 1000
#define OPENING	       "opening it"

#define HOST_TABLE                                                      \
	"CREATE TABLE host(id INTEGER PRIMARY KEY, name TEXT NOT NULL," \
	" good_since_s INTEGER NOT NULL);"
/* what: "notice" (mark: its mark_sweep), or "alarm-CHANNEL CODE" */
#define TOLD_TABLE                                                                \
	"CREATE TABLE told(what TEXT NOT NULL, id INTEGER NOT NULL, mark INTEGER" \
	" NOT NULL, told_s INTEGER NOT NULL, PRIMARY KEY(what, id));"

/*
 * Times are wall-clock seconds. record.mark_sweep is the sweep in which the mark began: with kill.sweep it
 * tells whether a kill belongs to the mark, whatever the clock did. No column is ever NULL.
 */
static const char schema[] =
    "CREATE TABLE meta(one INTEGER PRIMARY KEY CHECK(one = 1), cloud TEXT NOT NULL);"
    "CREATE TABLE policy(digest TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE TABLE sweep(id INTEGER PRIMARY KEY AUTOINCREMENT, wall_s INTEGER NOT NULL,"
    " boot_s INTEGER NOT NULL, boot_id TEXT NOT NULL, digest TEXT NOT NULL,"
    " complete INTEGER NOT NULL, why TEXT NOT NULL, armed INTEGER NOT NULL,"
    " machines INTEGER NOT NULL, counts TEXT NOT NULL, version TEXT NOT NULL DEFAULT '',"
    " term INTEGER NOT NULL DEFAULT -1, steady_s INTEGER NOT NULL DEFAULT 0,"
    " offset_s INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE record(id INTEGER PRIMARY KEY, stime_s INTEGER NOT NULL, uid INTEGER NOT "
    "NULL,"
    " deploy_id TEXT NOT NULL, host_id INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " state INTEGER NOT NULL, lcm INTEGER NOT NULL, since_s INTEGER NOT NULL,"
    " first_seen_s INTEGER NOT NULL, answered_s INTEGER NOT NULL, marked_s INTEGER NOT NULL,"
    " seen_s INTEGER NOT NULL, confirmations INTEGER NOT NULL, earned_s INTEGER NOT NULL,"
    " flaps INTEGER NOT NULL, mark_sweep INTEGER NOT NULL, ack_s INTEGER NOT NULL,"
    " ack_by TEXT NOT NULL, noticed_s INTEGER NOT NULL DEFAULT 0,"
    " notice_earned_s INTEGER NOT NULL DEFAULT 0, promised_s INTEGER NOT NULL DEFAULT 0,"
    " looked INTEGER NOT NULL DEFAULT 0, stormed INTEGER NOT NULL DEFAULT 0,"
    " not_before_s INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE explain(sweep INTEGER NOT NULL, id INTEGER NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY(sweep, id));"
    "CREATE TABLE kill(row INTEGER PRIMARY KEY AUTOINCREMENT, sweep INTEGER NOT NULL,"
    " id INTEGER NOT NULL, stime_s INTEGER NOT NULL, uid INTEGER NOT NULL,"
    " deploy_id TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL, host TEXT NOT NULL,"
    " addresses TEXT NOT NULL, verb TEXT NOT NULL, class TEXT NOT NULL, state TEXT NOT NULL,"
    " reason TEXT NOT NULL, intent_s INTEGER NOT NULL, outcome_s INTEGER NOT NULL,"
    " outcome TEXT NOT NULL, detail TEXT NOT NULL, acknowledged INTEGER NOT NULL DEFAULT 0,"
    " clock_s INTEGER NOT NULL DEFAULT 0, outcome_clock_s INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX kill_machine ON kill(id, sweep);"
    "CREATE INDEX kill_time ON kill(intent_s);"
    "CREATE INDEX kill_real ON kill(row) WHERE outcome <> 'would-kill';"
    "CREATE TABLE hold(one INTEGER PRIMARY KEY CHECK(one = 1), since_s INTEGER NOT NULL,"
    " until_s INTEGER NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,"
    " offset_s INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE keep(id INTEGER PRIMARY KEY, stime_s INTEGER NOT NULL, since_s INTEGER NOT "
    "NULL,"
    " until_s INTEGER NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,"
    " offset_s INTEGER NOT NULL DEFAULT 0);" HOST_TABLE TOLD_TABLE;

/* From schema 1, which was written until November 2026. */
static const char upgrade_1[] =
    "ALTER TABLE sweep ADD COLUMN version TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE sweep ADD COLUMN term INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE sweep ADD COLUMN steady_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE record ADD COLUMN noticed_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE record ADD COLUMN notice_earned_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE kill ADD COLUMN acknowledged INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sweep ADD COLUMN offset_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE record ADD COLUMN promised_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE record ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE record ADD COLUMN stormed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE kill ADD COLUMN clock_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE kill ADD COLUMN outcome_clock_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE hold ADD COLUMN offset_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE keep ADD COLUMN offset_s INTEGER NOT NULL DEFAULT 0;"
    "UPDATE kill SET clock_s = intent_s, outcome_clock_s = outcome_s;" HOST_TABLE
    "PRAGMA user_version = 2;";

/* From schema 2. */
static const char upgrade_2[] = TOLD_TABLE "PRAGMA user_version = 3;";
/* From schema 3. A hook that took a notice which mail did not is told again: which date it was told is not known. */
static const char upgrade_3[] =
    "DELETE FROM told WHERE what = 'notice';"
    "ALTER TABLE record ADD COLUMN not_before_s INTEGER NOT NULL DEFAULT 0;"
    "UPDATE record SET not_before_s = noticed_s + promised_s WHERE noticed_s > 0;"
    "PRAGMA user_version = 4;";

/* The path with its directory resolved (SQLITE_OPEN_NOFOLLOW refuses links anywhere); *dir is that part. */
static int
path_resolve(const char *path, char **out, char **dir, struct fault *f)
{
	const char *base = strrchr(path, '/');
	char *parent, *real, *joined;
	size_t size;

	parent = base == NULL ? x_strdup(".") : x_strdup(path);
	if (base != NULL)
		parent[base == path ? 1 : base - path] = '\0';
	base = base == NULL ? path : base + 1;
	if (*base == '\0' || strcmp(base, ".") == 0 || strcmp(base, "..") == 0) {
		free(parent);
		fault_set(f, FAULT_LEDGER, "ledger %s: this names a directory", path);
		return fault_remedy(f, "name a file as [ledger] path");
	}
	real = realpath(parent, NULL);
	if (real == NULL) {
		fault_set(
		    f, FAULT_LEDGER, "ledger %s: its directory: %s", path, strerror(errno));
		fault_remedy(f,
		    "create it for the user that runs vmreaper: install -d -m 0750 %s", parent);
		free(parent);
		return -1;
	}
	free(parent);
	size = strlen(real) + strlen(base) + 2;
	joined = x_calloc(size, 1);
	snprintf(joined, size, "%s/%s", strcmp(real, "/") == 0 ? "" : real, base);
	*out = joined;
	*dir = real;
	return 0;
}

/* Regular, one name, ours or root's, writable by nobody else. what: "ledger" or "lock". */
static int
file_check(const struct stat *st, const char *path, const char *what, struct fault *f)
{
	if (S_ISLNK(st->st_mode) || !S_ISREG(st->st_mode) || st->st_nlink > 1) {
		fault_set(f, FAULT_LEDGER, "%s %s is %s, not a regular file with one name",
		    what, path,
		    S_ISLNK(st->st_mode)   ? "a symbolic link"
		    : S_ISDIR(st->st_mode) ? "a directory"
		    : S_ISREG(st->st_mode) ? "a file with several hard links"
					   : "a special file");
		return fault_remedy(
		    f, "find out who put it there; name the real file as [ledger] path");
	}
	if (st->st_uid != geteuid() && st->st_uid != 0) {
		fault_set(f, FAULT_LEDGER, "%s %s belongs to uid %u, not to uid %u or root",
		    what, path, (unsigned)st->st_uid, (unsigned)geteuid());
		return fault_remedy(f, "run vmreaper as its owner: sudo -u '#%u' vmreaper ...",
		    (unsigned)st->st_uid);
	}
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		fault_set(f, FAULT_LEDGER, "%s %s may be written by others (mode %04o)", what,
		    path, (unsigned)(st->st_mode & 07777));
		return fault_remedy(
		    f, "make sure that nobody changed it, then chmod 600 %s", path);
	}
	return 0;
}

static int
lock_is_held(int fd, const char *path, struct fault *f)
{
	char buf[24];
	ssize_t n;
	long pid;

	n = pread(fd, buf, sizeof(buf) - 1, 0);
	buf[n > 0 ? n : 0] = '\0';
	pid = strtol(buf, NULL, 10);
	if (pid <= 0) {
		fault_set(f, FAULT_LOCKED, "another sweep is running: it holds %s", path);
		return fault_remedy(f, "wait for it to end; fuser -v %s shows it", path);
	}
	fault_set(f, FAULT_LOCKED, "another sweep is running: pid %ld holds %s", pid, path);
	return fault_remedy(
	    f, "wait for it to end; if it hangs: ps -fp %ld, then kill %ld", pid, pid);
}

/* Is fd still the file of that name? Somebody may have removed it between open and flock. */
static bool
lock_is_current(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

/* One try: 0 locked, 1 the file was exchanged, -1 fault. */
static int
lock_try(struct ledger *l, const char *path, struct fault *f)
{
	struct stat st;
	int rc;

	l->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (l->lock_fd < 0) {
		fault_set(f, FAULT_LEDGER, "lock %s: %s", path,
		    errno == ELOOP ? "it is a symbolic link" : strerror(errno));
		return fault_remedy(f, "the ledger's directory and its .lock file must be "
				       "writable by the user that "
				       "runs vmreaper");
	}
	if (fstat(l->lock_fd, &st) != 0)
		return fault_set(f, FAULT_LEDGER, "lock %s: %s", path, strerror(errno));
	if (file_check(&st, path, "lock", f) != 0)
		return -1;
	do {
		rc = flock(l->lock_fd, LOCK_EX | LOCK_NB);
	} while (rc != 0 && errno == EINTR);
	if (rc != 0 && errno == EWOULDBLOCK)
		return lock_is_held(l->lock_fd, path, f);
	if (rc != 0)
		return fault_set(f, FAULT_LEDGER, "lock %s: %s", path, strerror(errno));
	return lock_is_current(l->lock_fd, path) ? 0 : 1;
}

/* R3. The lock ends with the process, however that ends: no stale locks. */
static int
lock_take(struct ledger *l, struct fault *f)
{
	char *path, pid[24];
	size_t size = strlen(l->path) + sizeof(".lock");
	int rc = 1, tries, n;

	path = x_calloc(size, 1);
	snprintf(path, size, "%s.lock", l->path);
	for (tries = 0; rc == 1 && tries < 3; tries++) {
		if (l->lock_fd >= 0)
			close(l->lock_fd);
		rc = lock_try(l, path, f);
	}
	if (rc == 1)
		rc = fault_set(
		    f, FAULT_LEDGER, "lock %s: it is being removed again and again", path);
	if (rc == 0) {
		/* only to tell a second sweep whom it waits for: the lock holds without it */
		n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
		if (ftruncate(l->lock_fd, 0) != 0 || pwrite(l->lock_fd, pid, (size_t)n, 0) != n)
			log_info("ledger", "%s: the pid could not be written", path);
	}
	free(path);
	return rc;
}

/* The connection, with everything switched off that the content of the file could switch on. */
static int
db_open(struct ledger *l, const char *path, struct fault *f)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE;

	/* readers too open for writing: after a crash the first to come has to roll the journal back */
	if (sqlite3_open_v2(path, &l->db, flags, NULL) != SQLITE_OK) {
		if (l->db == NULL)
			return fault_set(f, FAULT_SYSTEM, "ledger %s: out of memory", path);
		return db_fault(l, f, OPENING);
	}
	sqlite3_extended_result_codes(l->db, 1);
	sqlite3_limit(l->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	sqlite3_busy_timeout(l->db, l->mode == LEDGER_SWEEP ? BUSY_SWEEP_MS
				    : l->hurried	    ? BUSY_GLANCE_MS
							    : BUSY_PERSON_MS);
	sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(l->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(l->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(l->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/* EXTRA: without a sync of the directory after it, a commit could come undone in a power cut (A1) */
	return db_exec(l,
	    "PRAGMA synchronous = EXTRA; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = "
	    "ON;",
	    OPENING, f);
}

static int
dir_sync(const char *dir, struct fault *f)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = -1;

	if (fd >= 0) {
		rc = fsync(fd);
		close(fd);
	}
	if (rc != 0)
		return fault_set(
		    f, FAULT_LEDGER, "%s: cannot be synced: %s", dir, strerror(errno));
	return 0;
}

static int
create_content(struct ledger *l, const char *path, const char *cloud_name, struct fault *f)
{
	char pragmas[96];
	int rc;

	snprintf(pragmas, sizeof(pragmas),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION_ID,
	    LEDGER_SCHEMA);
	rc = db_open(l, path, f);
	if (rc == 0)
		rc = db_begin(l, "creating it", f);
	if (rc == 0) {
		if (db_exec(l, pragmas, "creating it", f) != 0 ||
		    db_exec(l, schema, "creating it", f) != 0 ||
		    db_run(l, "creating it", f, "INSERT INTO meta VALUES(1, ?1)", "t",
			cloud_name) != 0)
			rc = -1;
		rc = db_end(l, rc, "creating it", f);
	}
	sqlite3_close(l->db);
	l->db = NULL;
	return rc;
}

/* A new ledger under another name first: no crash leaves half a ledger, and an empty file is never one. */
static int
create(struct ledger *l, const char *dir, const char *cloud_name, struct fault *f)
{
	size_t size = strlen(l->path) + sizeof(".new-journal");
	char *path = x_calloc(size, 1);
	struct stat st;
	int fd, rc = -1;

	snprintf(path, size, "%s-journal", l->path);
	if (lstat(path, &st) == 0) {
		fault_set(
		    f, FAULT_LEDGER, "ledger %s is missing, but its journal is there", l->path);
		fault_remedy(f,
		    "put the ledger back, or remove %s: grace then starts from nothing", path);
		goto out;
	}
	snprintf(path, size, "%s.new-journal", l->path);
	unlink(path);
	snprintf(path, size, "%s.new", l->path);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		fault_set(
		    f, FAULT_LEDGER, "ledger %s: creating it: %s", l->path, strerror(errno));
		fault_remedy(
		    f, "its directory must be writable by the user that runs vmreaper");
		goto out;
	}
	close(fd);
	if (create_content(l, path, cloud_name, f) != 0)
		goto out;
	if (rename(path, l->path) != 0) {
		fault_set(
		    f, FAULT_LEDGER, "ledger %s: creating it: %s", l->path, strerror(errno));
		goto out;
	}
	rc = dir_sync(dir, f);
out:
	free(path);
	return rc;
}

static int
damaged(const struct ledger *l, const char *how, struct fault *f)
{
	fault_set(f, FAULT_LEDGER, "ledger %s is damaged: %s", l->path, how);
	return fault_remedy(f,
	    "move it away with its -journal (mv %s %s.damaged): grace then starts from "
	    "nothing, "
	    "which is safe, but earlier kills are forgotten",
	    l->path, l->path);
}

/* Is it whole? Every page is read; a damaged one stops the sweep before anything is judged by it. */
static int
check_pages(struct ledger *l, struct fault *f)
{
	static const char doing[] = "checking it";
	sqlite3_stmt *st;
	struct stat file;
	const char *said;
	int64_t pages, page;
	int rc;

	/* SQLite reads what is missing of the last page as zeros */
	if (db_query_int(l, doing, f, &pages, "PRAGMA page_count", "") != 0 ||
	    db_query_int(l, doing, f, &page, "PRAGMA page_size", "") != 0)
		return -1;
	if (lstat(l->path, &file) != 0 || file.st_size < pages * page)
		return damaged(l, "its end is cut off", f);
	st = db_prepare(l, "PRAGMA quick_check(1)", doing, f);
	if (st == NULL)
		return -1;
	rc = db_step(l, st, doing, f);
	said = rc == 1 ? (const char *)sqlite3_column_text(st, 0) : NULL;
	if (rc >= 0 && (said == NULL || strcmp(said, "ok") != 0))
		rc = damaged(l, said != NULL ? said : "the check said nothing", f);
	sqlite3_finalize(st);
	return rc < 0 ? -1 : 0;
}

/* Whoever writes upgrades an older ledger, whole or not at all: a hold must not have to wait for a sweep. */
static int
check_old(struct ledger *l, struct fault *f)
{
	if (l->mode != LEDGER_READ) {
		l->old = true;
		return 0;
	}
	fault_set(f, FAULT_LEDGER, "ledger %s is of an older vmreaper", l->path);
	return fault_remedy(f, "the next vmreaper sweep upgrades it");
}

static int
upgrade(struct ledger *l, struct fault *f)
{
	static const char doing[] = "upgrading it";
	int64_t version;
	int rc = 0;

	if (!l->old)
		return 0;
	if (db_begin(l, doing, f) != 0)
		return -1;
	/* another process may have done it since it was looked at */
	if (db_query_int(l, doing, f, &version, "PRAGMA user_version", "") != 0)
		rc = -1;
	if (rc == 0 && version == 1)
		rc = db_exec(l, upgrade_1, doing, f);
	if (rc == 0 && version <= 2)
		rc = db_exec(l, upgrade_2, doing, f);
	if (rc == 0 && version <= 3)
		rc = db_exec(l, upgrade_3, doing, f);
	return db_end(l, rc, doing, f);
}

/* Is it ours, of this version, of this cloud? */
static int
check_version(struct ledger *l, struct fault *f)
{
	int64_t id, version;

	if (db_query_int(l, OPENING, f, &id, "PRAGMA application_id", "") != 0 ||
	    db_query_int(l, OPENING, f, &version, "PRAGMA user_version", "") != 0)
		return -1;
	if (id != APPLICATION_ID) {
		fault_set(f, FAULT_LEDGER, "%s is no ledger of vmreaper", l->path);
		return fault_remedy(f, "if it was one, it is damaged: move it away, grace then "
				       "starts from nothing; else "
				       "name another file as [ledger] path");
	}
	if (version >= 1 && version < LEDGER_SCHEMA)
		return check_old(l, f);
	if (version != LEDGER_SCHEMA) {
		fault_set(f, FAULT_LEDGER,
		    "ledger %s is from %s: schema %lld, this program has %d", l->path,
		    version > LEDGER_SCHEMA ? "the future" : "an unknown past",
		    (long long)version, LEDGER_SCHEMA);
		return fault_remedy(f, "run the vmreaper that wrote it, or a later one");
	}
	return 0;
}

static int
check_content(struct ledger *l, const char *cloud_name, struct fault *f)
{
	sqlite3_stmt *st;
	char cloud[256] = "";
	int rc;

	if (check_version(l, f) != 0)
		return -1;
	st = db_prepare(l, "SELECT cloud FROM meta WHERE one = 1", OPENING, f);
	if (st == NULL)
		return -1;
	rc = db_step(l, st, OPENING, f);
	if (rc == 1)
		db_copy(st, 0, cloud, sizeof(cloud));
	sqlite3_finalize(st);
	if (rc < 0)
		return -1;
	if (strcmp(cloud, cloud_name) != 0) {
		fault_set(f, FAULT_LEDGER, "ledger %s is of the cloud %s, the policy is for %s",
		    l->path, cloud[0] != '\0' ? cloud : "(none)", cloud_name);
		return fault_remedy(f, "give each cloud its own [ledger] path");
	}
	return 0;
}

static int
check_writable(struct ledger *l, const char *dir, struct fault *f)
{
	/* the rollback journal is born in the directory */
	if (sqlite3_db_readonly(l->db, "main") == 0 && access(dir, W_OK | X_OK) == 0)
		return 0;
	fault_set(f, FAULT_LEDGER, "ledger %s cannot be written by uid %u", l->path,
	    (unsigned)geteuid());
	return fault_remedy(f, "the file and its directory must be writable by the user that "
			       "runs vmreaper: ls -ld, "
			       "and the mount options");
}

static int
open_checked(struct ledger *l, const char *dir, const char *cloud_name, struct fault *f)
{
	struct stat st;
	int rc;

	if (l->mode == LEDGER_SWEEP && lock_take(l, f) != 0)
		return -1;
	rc = lstat(l->path, &st);
	if (rc != 0 && errno == ENOENT && l->mode == LEDGER_SWEEP) {
		if (create(l, dir, cloud_name, f) != 0)
			return -1;
		rc = lstat(l->path, &st);
	}
	if (rc != 0) {
		const bool denied = errno == EACCES;

		fault_set(f, FAULT_LEDGER, "ledger %s: %s", l->path, strerror(errno));
		return fault_remedy(f, "%s",
		    denied
			? "run vmreaper as the user that sweeps: sudo -u USER vmreaper ..."
			: "the first vmreaper sweep creates it, as the user of the cron job");
	}
	if (file_check(&st, l->path, "ledger", f) != 0)
		return -1;
	if (st.st_size == 0) {
		fault_set(f, FAULT_LEDGER, "ledger %s is empty: what it held is lost", l->path);
		return fault_remedy(
		    f, "restore it, or remove it: grace then starts from nothing");
	}
	if (undo_check(l->path, f) != 0 || db_open(l, l->path, f) != 0 ||
	    check_content(l, cloud_name, f) != 0)
		return -1;
	if (l->mode != LEDGER_READ && check_writable(l, dir, f) != 0)
		return -1;
	if (l->mode == LEDGER_READ)
		return db_exec(l, "PRAGMA query_only = ON", OPENING, f);
	if (l->mode == LEDGER_WRITE)
		return upgrade(l, f);
	if (check_pages(l, f) != 0)
		return -1;
	if (db_exec(l, "PRAGMA journal_mode = DELETE", OPENING, f) != 0)
		return -1;
	return upgrade(l, f);
}

int
ledger_open(const char *path, const char *cloud_name, enum ledger_mode mode,
    struct ledger **out, struct fault *f)
{
	struct ledger *l;
	char *dir = NULL;
	int rc;

	*out = NULL;
	l = x_calloc(1, sizeof(*l));
	l->lock_fd = -1;
	l->mode = mode == LEDGER_GLANCE ? LEDGER_READ : mode;
	l->hurried = mode == LEDGER_GLANCE;
	rc = path_resolve(path, &l->path, &dir, f);
	if (rc == 0)
		rc = open_checked(l, dir, cloud_name, f);
	free(dir);
	if (rc != 0) {
		ledger_close(l);
		return -1;
	}
	*out = l;
	return 0;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	sqlite3_close(l->db);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	free(l->path);
	free(l);
}
