/* SPDX-License-Identifier: ISC */
/*
 * test_ledger_crash: two processes at once, a process that dies at any moment, and a disk that is full. What was
 * stored stays stored, and half of anything is nothing (reapers.md D.2, 29, 30). tests/torture/torture strikes whole
 * runs, test_ledger_torn has files of which the disk kept a part.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <sqlite3.h>

#include "ledger_box.h"

/* --- two at once, and a death ------------------------------------------------------------------ */

static int
second_sweep(struct box *b, long holder)
{
	struct ledger *l;
	struct ledger_state s;
	char pid[32];

	snprintf(pid, sizeof(pid), "pid %ld ", holder);
	if (ledger_open(b->path, "lab", LEDGER_SWEEP, &l, &b->f) == 0)
		return 1;
	if (b->f.kind != FAULT_LOCKED || strstr(b->f.msg, pid) == NULL ||
	    b->f.remedy[0] == '\0')
		return 2;
	if (ledger_open(b->path, "lab", LEDGER_READ, &l, &b->f) != 0 ||
	    ledger_load(l, b->a, T0, &s, &b->f) != 0 || s.last.sweep != 1)
		return 3;
	ledger_close(l);
	return 0;
}

static void
a_second_sweep_is_told_whose_turn_it_is(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct ledger_sweep w = a_sweep(T0, NULL, 0);
	pid_t pid;

	must_commit(b, l, &w);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(second_sweep(b, (long)getppid()));
	assert_int_equal(reap(pid), 0);
	assert_int_equal(second_sweep(b, (long)getpid()), 0); /* from the same process too */
	ledger_close(l);
	l = must_open(b, LEDGER_SWEEP);
	ledger_close(l);
}

static void
readers_and_people_do_not_create(void **state)
{
	struct box *b = *state;
	struct ledger *l;

	assert_int_equal(ledger_open(b->path, "lab", LEDGER_READ, &l, &b->f), -1);
	assert_null(l);
	assert_int_equal(b->f.kind, FAULT_LEDGER);
	assert_non_null(strstr(b->f.remedy, "sweep"));
	assert_int_equal(ledger_open(b->path, "lab", LEDGER_WRITE, &l, &b->f), -1);
	assert_int_equal(access(b->path, F_OK), -1);
}

static void
a_reader_cannot_write(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct hold h = {true, T0, 0, "", ""};

	ledger_close(l);
	l = must_open(b, LEDGER_READ);
	assert_int_equal(ledger_hold_set(l, &h, &b->f), -1);
	ledger_close(l);
}

/* A sweep that dies between intent and outcome; what the next one finds. */
static void
die_after_intent(struct box *b)
{
	struct ledger *l;
	struct record r = a_marked(7, 2);
	struct ledger_sweep w = a_sweep(T0 + 900, &r, 1);
	struct kill k;
	int64_t sweep;

	if (ledger_open(b->path, "lab", LEDGER_SWEEP, &l, &b->f) != 0 ||
	    ledger_commit(l, &w, &sweep, &b->f) != 0)
		_exit(1);
	k = a_kill(sweep, 7, T0 + 901);
	if (ledger_intent(l, &k, &b->f) != 0)
		_exit(2);
	kill(getpid(), SIGKILL);
}

static void
an_intent_survives_its_process(void **state)
{
	struct box *b = *state;
	struct ledger *l;
	struct ledger_state s;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		die_after_intent(b);
		_exit(3);
	}
	assert_int_equal(reap(pid), 128 + SIGKILL);
	l = must_open(b, LEDGER_SWEEP); /* the lock died with it */
	must_load(b, l, T0 + 1800, &s);
	assert_int_equal(s.n_open, 1);
	assert_int_equal(s.open[0].outcome, OUTCOME_INTENT);
	assert_int_equal(s.open[0].id, 7);
	assert_int_equal(s.killed_last_hour, 1);
	assert_int_equal(s.failures, 1);
	assert_int_equal(s.records[0].kills, 1);
	assert_int_equal(s.records[0].doubts, 1);
	assert_true(s.records[0].killed_in_mark);
	ledger_close(l);
}

/* Commits as fast as it can, and tells each number once it is stored. */
static void
commit_for_ever(struct box *b, int fd)
{
	enum { MACHINES = 300 };
	struct record r[MACHINES];
	struct ledger *l;
	struct ledger_sweep w;
	int64_t sweep, i, k;

	if (ledger_open(b->path, "lab", LEDGER_SWEEP, &l, &b->f) != 0)
		_exit(1);
	for (i = 1;; i++) {
		for (k = 0; k < MACHINES; k++) {
			r[k] = a_record(k);
			r[k].since_s = T0 + i;
		}
		w = a_sweep(T0 + i, r, MACHINES);
		if (ledger_commit(l, &w, &sweep, &b->f) != 0 ||
		    write(fd, &sweep, sizeof(sweep)) != sizeof(sweep))
			_exit(2);
	}
}

static void
a_sweep_killed_at_any_moment_leaves_a_whole_ledger(void **state)
{
	enum { ROUNDS = 25 };
	struct box *b = *state;
	struct ledger *l;
	struct ledger_state s;
	int64_t told = 0, number = 0;
	size_t i;
	int fds[2], round;
	pid_t pid;

	for (round = 0; round < ROUNDS; round++) {
		assert_int_equal(pipe(fds), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(fds[0]);
			commit_for_ever(b, fds[1]);
		}
		close(fds[1]);
		for (i = 0; i < 1 + (size_t)round % 4; i++) {
			assert_int_equal(read(fds[0], &number, sizeof(number)), sizeof(number));
			told = number;
		}
		usleep((useconds_t)(round * 137 % 2000)); /* somewhere in the next commit */
		kill(pid, SIGKILL);
		while (read(fds[0], &number, sizeof(number)) == (ssize_t)sizeof(number))
			told = number;
		close(fds[0]);
		assert_int_equal(reap(pid), 128 + SIGKILL);
		l = must_open(b, LEDGER_SWEEP);
		must_load(b, l, T0, &s);
		if (s.last.sweep < told || s.last.sweep > told + 1)
			fail_msg(
			    "told %lld, stored %lld", (long long)told, (long long)s.last.sweep);
		assert_int_equal(s.n_records, 300);
		for (i = 0; i < s.n_records; i++)
			assert_int_equal(s.records[i].since_s, s.last.clock.wall_s);
		ledger_close(l);
	}
}

/* --- no space left ----------------------------------------------------------------------------- */

/* A big sweep and an intent that find no room, then room again. What was stored before must be all there is. */
static int
fill_the_disk(struct box *b, void (*shut)(struct box *), void (*open_up)(struct box *))
{
	enum { MACHINES = 5000 };
	struct record *r = calloc(MACHINES, sizeof(*r)), few[2] = {a_record(1), a_record(2)};
	struct ledger_sweep w = a_sweep(T0, few, 2);
	struct kill k = a_kill(1, 1, T0);
	struct ledger *l;
	struct ledger_state s;
	int64_t sweep, i;

	if (r == NULL || ledger_open(b->path, "lab", LEDGER_SWEEP, &l, &b->f) != 0 ||
	    ledger_commit(l, &w, &sweep, &b->f) != 0)
		return 1;
	for (i = 0; i < MACHINES; i++) {
		r[i] = a_record(i);
		r[i].deploy_id = "8f14e45f-ceea-467f-a2f1-1b0b1c2d3e4f";
	}
	shut(b);
	w = a_sweep(T0 + 900, r, MACHINES);
	if (ledger_commit(l, &w, &sweep, &b->f) == 0 || sweep != 0)
		return 2;
	if (b->f.kind != FAULT_LEDGER || b->f.remedy[0] == '\0')
		return 3;
	if (ledger_load(l, b->a, T0, &s, &b->f) != 0 || s.last.sweep != 1 || s.n_records != 2)
		return 4;
	for (i = 0; i < 5000 && ledger_intent(l, &k, &b->f) == 0; i++)
		k.outcome = OUTCOME_INTENT;
	if (i == 5000 || b->f.kind != FAULT_LEDGER || k.row != 0)
		return 5;
	open_up(b);
	if (ledger_commit(l, &w, &sweep, &b->f) != 0 || sweep != 2)
		return 6;
	if (ledger_load(l, b->a, T0, &s, &b->f) != 0 || s.n_records != MACHINES ||
	    s.n_open != (size_t)i)
		return 7;
	ledger_close(l);
	if (ledger_open(b->path, "lab", LEDGER_SWEEP, &l, &b->f) != 0)
		return 8;
	ledger_close(l);
	free(r);
	return 0;
}

static void
set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
shut_by_limit(struct box *b)
{
	set_file_limit((rlim_t)file_size(b->path) + 8192);
}

static void
open_limit(struct box *b)
{
	(void)b;
	set_file_limit(RLIM_INFINITY);
}

static void
a_file_size_limit_stores_nothing(void **state)
{
	struct box *b = *state;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		_exit(fill_the_disk(b, shut_by_limit, open_limit));
	}
	assert_int_equal(reap(pid), 0);
}

/* ENOSPC for whatever makes a file larger than there is room: in this process, so that it needs no rights. */
static struct {
	bool full;
	int64_t room_bytes;
	size_t refused;
	ssize_t (*pwrite)(int, const void *, size_t, off_t);
} disk;

static ssize_t
disk_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	struct stat st;
	int64_t more;

	if (disk.full && fstat(fd, &st) == 0 && (more = at + (off_t)n - st.st_size) > 0) {
		if (more > disk.room_bytes) {
			disk.refused++;
			errno = ENOSPC;
			return -1;
		}
		disk.room_bytes -= more;
	}
	return disk.pwrite(fd, buf, n, at);
}

static void
shut_by_call(struct box *b)
{
	static const char *const names[] = {"pwrite64", "pwrite"}; /* SQLite has either */
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	size_t i;

	(void)b;
	for (i = 0; disk.pwrite == NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		disk.pwrite = (ssize_t(*)(int, const void *, size_t, off_t))vfs->xGetSystemCall(
		    vfs, names[i]);
		if (disk.pwrite == NULL)
			continue;
		if (vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)disk_pwrite) != 0)
			_exit(30);
	}
	disk.full = true;
	disk.room_bytes = 64 * 1024;
}

static void
open_call(struct box *b)
{
	(void)b;
	if (disk.refused == 0) /* the hook was not in the way: nothing was tried */
		_exit(31);
	disk.full = false;
}

static void
a_full_disk_stores_nothing(void **state)
{
	struct box *b = *state;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fill_the_disk(b, shut_by_call, open_call));
	assert_int_equal(reap(pid), 0);
}

static void
shut_by_size(struct box *b)
{
	/* what is in use and 64 KiB more */
	if (mount("none", b->dir, "tmpfs", MS_REMOUNT, "size=256k") != 0)
		_exit(20);
}

static void
open_size(struct box *b)
{
	if (mount("none", b->dir, "tmpfs", MS_REMOUNT, "size=16m") != 0)
		_exit(21);
}

static int
write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	close(fd);
	return rc;
}

/* A mount namespace; for another user than root in a user namespace in which it is root. */
static int
unshare_mounts(void)
{
	char uids[40], gids[40];

	if (geteuid() == 0)
		return unshare(CLONE_NEWNS);
	snprintf(uids, sizeof(uids), "0 %u 1\n", (unsigned)geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1\n", (unsigned)getegid());
	if (unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0 ||
	    write_proc("/proc/self/setgroups", "deny") != 0 ||
	    write_proc("/proc/self/gid_map", gids) != 0)
		return -1;
	return write_proc("/proc/self/uid_map", uids);
}

/* 77: this kernel or container lets us mount nothing. */
static int
on_a_small_disk(struct box *b)
{
	if (unshare_mounts() != 0 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", b->dir, "tmpfs", 0, "size=16m") != 0)
		return 77;
	return fill_the_disk(b, shut_by_size, open_size);
}

/* The kernel's own refusal, where mounting is allowed; the two tests above need no leave and always run. */
static void
a_full_file_system_stores_nothing(void **state)
{
	struct box *b = *state;
	pid_t pid = fork();
	int rc;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(on_a_small_disk(b));
	rc = reap(pid);
	if (rc != 77) {
		assert_int_equal(rc, 0);
		return;
	}
	print_message("no mount namespace here: the full disk is the one above again\n");
	a_full_disk_stores_nothing(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LEDGER_TEST(a_second_sweep_is_told_whose_turn_it_is),
	    LEDGER_TEST(readers_and_people_do_not_create),
	    LEDGER_TEST(a_reader_cannot_write),
	    LEDGER_TEST(an_intent_survives_its_process),
	    LEDGER_TEST(a_sweep_killed_at_any_moment_leaves_a_whole_ledger),
	    LEDGER_TEST(a_file_size_limit_stores_nothing),
	    LEDGER_TEST(a_full_disk_stores_nothing),
	    LEDGER_TEST(a_full_file_system_stores_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
