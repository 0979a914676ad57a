/* SPDX-License-Identifier: ISC */
/*
 * test_ledger_files: every kind of file that is no good ledger must be refused as what it is, with a remedy, and
 * stay as it is (reapers.md D.2, 54).
 */
#include "ledger_box.h"

#define NOBODY 65534

struct bytes {
	unsigned char *p;
	size_t n;
};

static struct bytes
slurp(const char *path)
{
	struct bytes v = {NULL, (size_t)file_size(path)};
	FILE *fp = fopen(path, "rb");

	v.p = calloc(v.n + 1, 1);
	assert_non_null(fp);
	assert_non_null(v.p);
	assert_int_equal(fread(v.p, 1, v.n, fp), v.n);
	fclose(fp);
	return v;
}

static void
spill(const char *path, const unsigned char *p, size_t n)
{
	FILE *fp;

	unlink(path);
	fp = fopen(path, "wb");
	assert_non_null(fp);
	assert_int_equal(fwrite(p, 1, n, fp), n);
	fclose(fp);
	chmod(path, 0600);
}

static struct bytes
good_ledger(struct box *b)
{
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r[100];
	struct ledger_sweep w;
	int i;

	for (i = 0; i < 100; i++)
		r[i] = a_record(i);
	w = a_sweep(T0, r, 100);
	must_commit(b, l, &w);
	must_kill(b, l, a_kill(1, 7, T0), OUTCOME_IN_DOUBT);
	ledger_close(l);
	return slurp(b->path);
}

/* Refused, with a remedy, and the file is still what it was. */
static void
must_refuse(struct box *b, const char *name, const struct bytes *as, const char *word)
{
	struct ledger *l;
	struct bytes now;

	memset(&b->f, 0, sizeof(b->f));
	if (ledger_open(b->path, "lab", LEDGER_SWEEP, &l, &b->f) == 0)
		fail_msg("%s: opened", name);
	assert_null(l);
	if (b->f.kind != FAULT_LEDGER || b->f.remedy[0] == '\0' ||
	    strstr(b->f.msg, word) == NULL)
		fail_msg("%s: kind %s, \"%s\", remedy \"%s\"", name, fault_kind_str(b->f.kind),
		    b->f.msg, b->f.remedy);
	if (as == NULL)
		return;
	now = slurp(b->path);
	if (now.n != as->n || memcmp(now.p, as->p, now.n) != 0)
		fail_msg("%s: the file was changed", name);
	free(now.p);
}

static void
a_cut_ledger_is_refused_at_every_size(void **state)
{
	struct box *b = *state;
	struct bytes good = good_ledger(b), cut;
	const size_t sizes[] = {0, 1, 16, 99, 100, 511, 512, 4095, 4096, 4097, good.n / 2,
	    good.n - 4096, good.n - 512, good.n - 1};
	char name[40];
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		cut.p = good.p;
		cut.n = sizes[i];
		spill(b->path, cut.p, cut.n);
		snprintf(name, sizeof(name), "cut at %zu of %zu", sizes[i], good.n);
		must_refuse(b, name, &cut, sizes[i] == 0 ? "is empty" : "ledger ");
	}
	spill(b->path, good.p, good.n);
	ledger_close(must_open(b, LEDGER_SWEEP));
	free(good.p);
}

static const struct {
	const char *name;
	size_t at;
	const char *bytes;
	size_t n;
	const char *word;
} damages[] = {
    {"header is text", 0, "hello, world....", 16, "damaged"},
    {"another program's file", 68, "\0\0\0\1", 4, "no ledger"},
    {"from the future", 60, (const char[]){0, 0, 0, LEDGER_SCHEMA + 1}, 4, "from the future"},
    {"from the far future", 60, "\x7f\xff\xff\xff", 4, "from the future"},
    {"from the past", 60, "\0\0\0\0", 4, "past"},
    {"schema overwritten", 100, "\0\0\0\0\0\0\0\0", 8, "damaged"},
    {"second page overwritten", 4096, "\x55\x55\x55\x55\x55\x55\x55\x55", 8, "damaged"},
    {"last byte of the fourth page's header", 3 * 4096, "\xff\xff", 2, "damaged"},
};

static void
a_damaged_ledger_is_refused(void **state)
{
	struct box *b = *state;
	struct bytes good = good_ledger(b), bad;
	size_t i;

	bad.n = good.n;
	bad.p = malloc(good.n);
	assert_non_null(bad.p);
	for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		memcpy(bad.p, good.p, good.n);
		memcpy(bad.p + damages[i].at, damages[i].bytes, damages[i].n);
		spill(b->path, bad.p, bad.n);
		must_refuse(b, damages[i].name, &bad, damages[i].word);
	}
	free(bad.p);
	free(good.p);
}

static void
a_ledger_of_another_cloud_is_refused(void **state)
{
	struct box *b = *state;
	struct bytes good = good_ledger(b), now;
	struct ledger *l;

	assert_int_equal(ledger_open(b->path, "production", LEDGER_SWEEP, &l, &b->f), -1);
	assert_int_equal(b->f.kind, FAULT_LEDGER);
	assert_non_null(strstr(b->f.msg, "lab"));
	assert_non_null(strstr(b->f.msg, "production"));
	assert_int_equal(ledger_open(b->path, "production", LEDGER_READ, &l, &b->f), -1);
	now = slurp(b->path);
	assert_int_equal(now.n, good.n);
	assert_memory_equal(now.p, good.p, good.n);
	free(now.p);
	free(good.p);
}

static void
what_is_no_plain_file_of_ours_is_refused(void **state)
{
	struct box *b = *state;
	struct bytes good = good_ledger(b);
	char other[128];

	snprintf(other, sizeof(other), "%s/real.db", b->dir);
	assert_int_equal(rename(b->path, other), 0);
	assert_int_equal(symlink(other, b->path), 0);
	must_refuse(b, "symbolic link", NULL, "symbolic link");
	unlink(b->path);
	assert_int_equal(symlink("/nonexistent/x", b->path), 0);
	must_refuse(b, "dangling link", NULL, "symbolic link");
	unlink(b->path);
	assert_int_equal(link(other, b->path), 0);
	must_refuse(b, "hard link", &good, "hard links");
	unlink(b->path);
	assert_int_equal(mkdir(b->path, 0700), 0);
	must_refuse(b, "directory", NULL, "directory");
	rmdir(b->path);
	assert_int_equal(mkfifo(b->path, 0600), 0);
	must_refuse(b, "fifo", NULL, "special");
	unlink(b->path);
	assert_int_equal(rename(other, b->path), 0);
	chmod(b->path, 0660);
	must_refuse(b, "writable by the group", &good, "written by others");
	chmod(b->path, 0600);
	snprintf(other, sizeof(other), "%s.lock", b->path);
	unlink(other);
	assert_int_equal(symlink("/dev/null", other), 0);
	must_refuse(b, "link in the place of the lock", &good, "symbolic link");
	unlink(other);
	ledger_close(must_open(b, LEDGER_SWEEP));
	free(good.p);
}

static void
a_missing_directory_or_a_lone_journal_is_refused(void **state)
{
	struct box *b = *state;
	char path[96], journal[128];

	strcpy(path, b->path);
	snprintf(b->path, sizeof(b->path), "%s/none/cloud.db", b->dir);
	must_refuse(b, "no directory", NULL, "No such file");
	snprintf(b->path, sizeof(b->path), "%s/", b->dir);
	must_refuse(b, "no name", NULL, "directory");
	strcpy(b->path, path);
	snprintf(journal, sizeof(journal), "%s-journal", path);
	spill(journal, (const unsigned char *)"x", 1);
	must_refuse(b, "journal without ledger", NULL, "journal");
	assert_int_equal(access(path, F_OK), -1);
}

static void
half_a_creation_is_begun_anew(void **state)
{
	struct box *b = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s.new", b->path);
	spill(path, (const unsigned char *)"half", 4);
	ledger_close(must_open(b, LEDGER_SWEEP));
	assert_int_equal(access(path, F_OK), -1);
}

/* As another user than root, who could write anything: the result of try() is the exit status. */
static int
as_nobody(struct box *b, int (*try)(struct box *))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
			_exit(99);
		_exit(try(b));
	}
	return reap(pid);
}

static int
try_sweep(struct box *b)
{
	struct ledger *l;

	if (ledger_open(b->path, "lab", LEDGER_SWEEP, &l, &b->f) == 0)
		return 1;
	if (b->f.kind != FAULT_LEDGER || b->f.remedy[0] == '\0')
		return 2;
	return 0;
}

static int
try_person(struct box *b)
{
	struct ledger *l;

	if (ledger_open(b->path, "lab", LEDGER_WRITE, &l, &b->f) == 0)
		return 1;
	if (b->f.kind != FAULT_LEDGER || b->f.remedy[0] == '\0')
		return 2;
	return 0;
}

static int
try_read(struct box *b)
{
	struct ledger *l;
	struct ledger_state s;

	if (ledger_open(b->path, "lab", LEDGER_READ, &l, &b->f) != 0)
		return 1;
	if (ledger_load(l, b->a, T0, &s, &b->f) != 0 || s.n_records != 100) {
		ledger_close(l);
		return 2;
	}
	ledger_close(l);
	return 0;
}

static void
give_to_nobody(const char *path)
{
	if (geteuid() == 0)
		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
}

static void
what_cannot_be_written_is_refused_but_read(void **state)
{
	struct box *b = *state;
	struct bytes good = good_ledger(b), now;
	char lock[128];

	snprintf(lock, sizeof(lock), "%s.lock", b->path);
	give_to_nobody(b->dir);
	give_to_nobody(b->path);
	give_to_nobody(lock);
	chmod(b->dir, 0500);
	assert_int_equal(as_nobody(b, try_sweep), 0);
	assert_int_equal(as_nobody(b, try_person), 0);
	assert_int_equal(as_nobody(b, try_read), 0);
	chmod(b->dir, 0700);
	chmod(b->path, 0400);
	assert_int_equal(as_nobody(b, try_sweep), 0);
	assert_int_equal(as_nobody(b, try_person), 0);
	assert_int_equal(as_nobody(b, try_read), 0);
	now = slurp(b->path);
	assert_int_equal(now.n, good.n);
	assert_memory_equal(now.p, good.p, good.n);
	free(now.p);
	free(good.p);
}

static void
a_ledger_of_another_user_is_refused(void **state)
{
	struct box *b = *state;
	struct bytes good = good_ledger(b);
	struct ledger *l;

	if (geteuid() == 0) {
		assert_int_equal(chown(b->path, NOBODY, NOBODY), 0);
		must_refuse(b, "another user's", &good, "belongs to uid 65534");
	} else {
		/* a file of root's is accepted as far as its owner goes, but it is no ledger */
		assert_int_equal(ledger_open("/etc/passwd", "lab", LEDGER_READ, &l, &b->f), -1);
		assert_non_null(strstr(b->f.msg, "damaged"));
	}
	free(good.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LEDGER_TEST(a_cut_ledger_is_refused_at_every_size),
	    LEDGER_TEST(a_damaged_ledger_is_refused),
	    LEDGER_TEST(a_ledger_of_another_cloud_is_refused),
	    LEDGER_TEST(what_is_no_plain_file_of_ours_is_refused),
	    LEDGER_TEST(a_missing_directory_or_a_lone_journal_is_refused),
	    LEDGER_TEST(half_a_creation_is_begun_anew),
	    LEDGER_TEST(what_cannot_be_written_is_refused_but_read),
	    LEDGER_TEST(a_ledger_of_another_user_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
