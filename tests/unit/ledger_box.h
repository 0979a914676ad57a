/* SPDX-License-Identifier: ISC */
/*
 * ledger_box: what the tests of the ledger share: a directory of their own, and records, sweeps and kills to
 * put into it. Each helper that says must_ fails the test when it cannot.
 */
#ifndef LEDGER_BOX_H
#define LEDGER_BOX_H

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/ledger.h"
#include "tmpdir.h"

#define T0	1700000000
#define DAY	86400

struct box {
	char dir[64], path[96];
	struct arena *a;
	struct fault f;
};

static inline int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return -1;
	snprintf(b->dir, sizeof(b->dir), "%s/vmreaper-ledger-XXXXXX", tmp_dir());
	if (mkdtemp(b->dir) == NULL)
		return -1;
	snprintf(b->path, sizeof(b->path), "%s/cloud.db", b->dir);
	b->a = arena_new(0);
	*state = b;
	return 0;
}

static inline int
teardown(void **state)
{
	struct box *b = *state;

	chmod(b->dir, 0700);
	nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(b->a);
	free(b);
	return 0;
}

static inline struct ledger *
must_open(struct box *b, enum ledger_mode mode)
{
	struct ledger *l;

	if (ledger_open(b->path, "lab", mode, &l, &b->f) != 0)
		fail_msg("%s", b->f.msg);
	return l;
}

static inline void
must_load(struct box *b, struct ledger *l, int64_t now_s, struct ledger_state *s)
{
	if (ledger_load(l, b->a, now_s, s, &b->f) != 0)
		fail_msg("%s", b->f.msg);
}

static inline struct record
a_record(int64_t id)
{
	struct record r;

	memset(&r, 0, sizeof(r));
	r.id = id;
	r.stime_s = 1000 + id;
	r.uid = 5;
	r.deploy_id = "one-1";
	r.host_id = 3;
	r.seq = 2;
	r.state = 3;
	r.lcm = 16;
	r.since_s = T0 - 10;
	r.first_seen_s = T0 - 20;
	r.answered_s = T0 - 15;
	return r;
}

static inline struct record
a_marked(int64_t id, int32_t confirmations)
{
	struct record r = a_record(id);

	r.marked_s = T0;
	r.seen_s = T0 + 900 * (confirmations - 1);
	r.confirmations = confirmations;
	r.earned_s = 900 * (confirmations - 1);
	return r;
}

static inline struct ledger_sweep
a_sweep(int64_t wall_s, const struct record *records, size_t n)
{
	struct ledger_sweep s;

	memset(&s, 0, sizeof(s));
	s.clock.wall_s = wall_s;
	s.clock.boot_s = 5000;
	strcpy(s.clock.boot_id, "boot-1");
	s.digest = "0123abcd";
	s.policy_text = "[cloud]\nname = lab\n";
	s.complete = true;
	s.why = "";
	s.machines = (int64_t)n;
	s.counts_json = "{}";
	s.records = records;
	s.n_records = n;
	s.keep_s = 400 * DAY;
	return s;
}

static inline int64_t
must_commit(struct box *b, struct ledger *l, const struct ledger_sweep *s)
{
	int64_t sweep;

	if (ledger_commit(l, s, &sweep, &b->f) != 0)
		fail_msg("%s", b->f.msg);
	return sweep;
}

static inline struct kill
a_kill(int64_t sweep, int64_t id, int64_t intent_s)
{
	struct kill k;

	memset(&k, 0, sizeof(k));
	k.sweep = sweep;
	k.id = id;
	k.stime_s = 1000 + id;
	k.uid = 5;
	k.deploy_id = "one-1";
	k.name = "na|me\n\xff";
	k.owner = "CN=Some One";
	k.host = "node3";
	k.addresses = "10.0.0.1 2001:db8::1";
	k.verb = "terminate-hard";
	k.cls = "unknown";
	k.state = "UNKNOWN";
	k.reason = "unknown for 1 d";
	k.intent_s = intent_s;
	return k;
}

/* A row with the given outcome, straight away. */
static inline int64_t
must_kill(struct box *b, struct ledger *l, struct kill k, enum outcome o)
{
	k.outcome = o == OUTCOME_WOULD_KILL ? OUTCOME_WOULD_KILL : OUTCOME_INTENT;
	if (ledger_intent(l, &k, &b->f) != 0)
		fail_msg("%s", b->f.msg);
	assert_true(k.row > 0);
	if (o != OUTCOME_INTENT && o != OUTCOME_WOULD_KILL &&
	    ledger_outcome(l, k.row, o, k.intent_s + 2, "detail", &b->f) != 0)
		fail_msg("%s", b->f.msg);
	return k.row;
}

/* Run a child; its exit status, or 128 + the signal that ended it. */
static inline int
reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int64_t
file_size(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_size;
}

#define LEDGER_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
