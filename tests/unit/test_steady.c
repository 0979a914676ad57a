/* SPDX-License-Identifier: ISC */
/*
 * test_steady: since when hosts and the cloud are well (V4, R9), that it is remembered, and that a ledger of the
 * first schema, which knew nothing of it, is upgraded whole.
 */
#include <sqlite3.h>

#include "ledger_box.h"

#include "cloud/era.h"
#include "ledger/steady.h"
#include "ledger/told.h"

#define GAP 2700

static const struct elapsed quarter = {.now_s = T0, .counts_s = 900, .passed_s = 900};

/* --- hosts ------------------------------------------------------------------------------------- */

struct host_case {
	const char *name;
	struct host host;
	struct host_record old[2];
	size_t n_old;
	int64_t passed_s;
	int64_t good_since_s;
};

#define WELL                                                                 \
	{                                                                    \
		.id = 3, .name = "node3", .state = 2, .monitored_s = T0 - 60 \
	}
#define WAS_WELL                                                            \
	{                                                                   \
		{                                                           \
			.id = 3, .name = "node3", .good_since_s = T0 - 5000 \
		}                                                           \
	}

static const struct host_case host_cases[] = {
    {"well as before", WELL, WAS_WELL, 1, 900, T0 - 5000},
    {"new", WELL, {{0}}, 0, 900, T0},
    {"was not well", WELL, {{.id = 3, .name = "node3"}}, 1, 900, T0},
    {"another name", WELL, {{.id = 3, .name = "node4", .good_since_s = 1}}, 1, 900, T0},
    {"another id", WELL, {{.id = 4, .name = "node3", .good_since_s = 1}}, 1, 900, T0},
    {"twice", WELL,
	{{.id = 3, .name = "node3", .good_since_s = 1},
	    {.id = 3, .name = "node3", .good_since_s = 1}},
	2, 900, T0},
    {"at the gap", WELL, WAS_WELL, 1, GAP, T0 - 5000},
    {"past the gap", WELL, WAS_WELL, 1, GAP + 1, T0},
    {"nobody knows when the last sweep was", WELL, WAS_WELL, 1, -1, T0},
    {"in error", {.id = 3, .name = "node3", .state = 3, .monitored_s = T0 - 60}, WAS_WELL, 1,
	900, 0},
    {"stale", {.id = 3, .name = "node3", .state = 2, .monitored_s = T0 - 601}, WAS_WELL, 1, 900,
	0},
    {"just fresh", {.id = 3, .name = "node3", .state = 2, .monitored_s = T0 - 600}, WAS_WELL, 1,
	900, T0 - 5000},
    {"never monitored", {.id = 3, .name = "node3", .state = 2}, WAS_WELL, 1, 900, 0},
    {"monitored in the future", {.id = 3, .name = "node3", .state = 2, .monitored_s = T0 + 61},
	WAS_WELL, 1, 900, 0},
    {"without a name", {.id = 3, .state = 2, .monitored_s = T0}, WAS_WELL, 1, 900, T0},
};

static void
hosts_are_well_since_they_came_back(void **state)
{
	struct arena *a = arena_new(0);
	struct policy p = {.reap = {.host_fresh_s = 600}};
	struct host_record *out;

	(void)state;
	for (size_t i = 0; i < sizeof(host_cases) / sizeof(host_cases[0]); i++) {
		const struct host_case *c = &host_cases[i];
		struct host host = c->host;
		struct listing l = {
		    .hosts = &host, .n_hosts = 1, .era = era_by_version("7.2.0")};
		struct elapsed e = quarter;

		e.passed_s = c->passed_s;
		assert_int_equal(steady_hosts(a, &p, &l, c->old, c->n_old, &e, GAP, &out), 0);
		if (out->id != 3 || out->good_since_s != c->good_since_s)
			fail_msg("%s: %lld, wanted %lld", c->name, (long long)out->good_since_s,
			    (long long)c->good_since_s);
	}
	arena_free(a);
}

/* A clock that is set is no time in which a host was well. */
static void
a_jump_moves_the_times_along(void **state)
{
	struct arena *a = arena_new(0);
	struct policy p = {.reap = {.host_fresh_s = 600}};
	struct host host = {
	    .id = 3, .name = "node3", .state = 2, .monitored_s = T0 + 86400 - 60};
	struct host_record old = {.id = 3, .name = "node3", .good_since_s = T0 - 500}, *out;
	struct listing l = {.hosts = &host, .n_hosts = 1, .era = era_by_version("7.2.0")};
	struct cloud_sign was = {.complete = true, .since_s = T0 - 500, .term = -1}, is = was;
	struct elapsed e = quarter;

	(void)state;
	e.now_s += 86400;
	e.jumped = true;
	e.jump_s = 86400;
	assert_int_equal(steady_hosts(a, &p, &l, &old, 1, &e, GAP, &out), 0);
	assert_int_equal(out->good_since_s, T0 + 86400 - 500);
	assert_int_equal(steady_cloud(&was, &is, &e, GAP), T0 + 86400 - 500);
	arena_free(a);
}

static void
a_full_arena_is_an_error(void **state)
{
	struct arena *a = arena_new(64);
	struct policy p = {.reap = {.host_fresh_s = 600}};
	struct host hosts[16] = {{0}};
	struct listing l = {.hosts = hosts, .n_hosts = 16};
	struct host_record *out;

	(void)state;
	assert_int_equal(steady_hosts(a, &p, &l, NULL, 0, &quarter, GAP, &out), -1);
	arena_free(a);
}

/* --- the cloud --------------------------------------------------------------------------------- */

struct sign_case {
	const char *name;
	bool none;
	struct cloud_sign old, now;
	int64_t passed_s, since_s;
};

#define SIGN(done, v, t, since)                                             \
	{                                                                   \
		.complete = done, .version = v, .term = t, .since_s = since \
	}

static const struct sign_case sign_cases[] = {
    {"as before", false, SIGN(true, "7.2.0", -1, T0 - 5000), SIGN(true, "7.2.0", -1, 0), 900,
	T0 - 5000},
    {"first sweep", true, SIGN(true, "7.2.0", -1, T0 - 5000), SIGN(true, "7.2.0", -1, 0), -1,
	T0},
    {"incomplete now", false, SIGN(true, "7.2.0", -1, T0 - 5000), SIGN(false, "7.2.0", -1, 0),
	900, 0},
    {"incomplete before", false, SIGN(false, "7.2.0", -1, 0), SIGN(true, "7.2.0", -1, 0), 900,
	T0},
    {"incomplete before, whatever it says", false, SIGN(false, "7.2.0", -1, T0 - 5000),
	SIGN(true, "7.2.0", -1, 0), 900, T0},
    {"doubted before", false, SIGN(true, "7.2.0", -1, 0), SIGN(true, "7.2.0", -1, 0), 900, T0},
    {"upgraded", false, SIGN(true, "7.2.0", -1, T0 - 5000), SIGN(true, "7.4.0", -1, 0), 900,
	T0},
    {"another leader", false, SIGN(true, "7.2.0", 4, T0 - 5000), SIGN(true, "7.2.0", 5, 0), 900,
	T0},
    {"the same leader", false, SIGN(true, "7.2.0", 4, T0 - 5000), SIGN(true, "7.2.0", 4, 0),
	900, T0 - 5000},
    {"may not ask any more", false, SIGN(true, "7.2.0", 4, T0 - 5000),
	SIGN(true, "7.2.0", -1, 0), 900, T0 - 5000},
    {"at the gap", false, SIGN(true, "7.2.0", 4, T0 - 5000), SIGN(true, "7.2.0", 4, 0), GAP,
	T0 - 5000},
    {"past the gap", false, SIGN(true, "7.2.0", 4, T0 - 5000), SIGN(true, "7.2.0", 4, 0),
	GAP + 1, T0},
};

static void
the_cloud_is_well_since_it_came_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sign_cases) / sizeof(sign_cases[0]); i++) {
		const struct sign_case *c = &sign_cases[i];
		struct elapsed e = quarter;
		struct cloud_sign now = c->now;
		int64_t since_s;

		e.passed_s = c->passed_s;
		since_s = steady_cloud(c->none ? NULL : &c->old, &now, &e, GAP);
		if (since_s != c->since_s)
			fail_msg("%s: %lld, wanted %lld", c->name, (long long)since_s,
			    (long long)c->since_s);
	}
}

/* --- in the ledger ------------------------------------------------------------------------------ */

static void
hosts_and_signs_are_remembered(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct host_record hosts[2] = {
	    {.id = 9, .name = "node'9", .good_since_s = T0}, {.id = 4, .name = "node4"}};
	struct ledger_sweep w = a_sweep(T0, NULL, 0);
	struct ledger_state s;

	w.hosts = hosts;
	w.n_hosts = 2;
	w.sign = (struct cloud_sign){
	    .complete = true, .version = "7.2.0", .term = 12, .since_s = T0 - 30};
	must_commit(b, l, &w);
	must_load(b, l, T0, &s);
	assert_int_equal(s.n_hosts, 2);
	assert_int_equal(s.hosts[0].id, 4);
	assert_int_equal(s.hosts[1].good_since_s, T0);
	assert_string_equal(s.hosts[1].name, "node'9");
	assert_true(s.has_sign && s.sign.complete);
	assert_string_equal(s.sign.version, "7.2.0");
	assert_int_equal(s.sign.term, 12);
	assert_int_equal(s.sign.since_s, T0 - 30);
	/* an incomplete sweep leaves the hosts as they were, and is the newest sign */
	w = a_sweep(T0 + 900, NULL, 0);
	w.complete = false;
	must_commit(b, l, &w);
	must_load(b, l, T0 + 900, &s);
	assert_int_equal(s.n_hosts, 2);
	assert_false(s.sign.complete);
	assert_int_equal(s.sign.since_s, 0);
	/* a host that is gone is forgotten */
	w = a_sweep(T0 + 1800, NULL, 0);
	w.hosts = hosts;
	w.n_hosts = 1;
	must_commit(b, l, &w);
	must_load(b, l, T0 + 1800, &s);
	assert_int_equal(s.n_hosts, 1);
	ledger_close(l);
}

static void
a_notice_is_remembered_with_its_mark(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r[2] = {a_marked(7, 2), a_record(8)};
	struct ledger_sweep w = a_sweep(T0 + 900, r, 2);
	struct ledger_state s;

	must_commit(b, l, &w);
	assert_int_equal(ledger_notice(l, 7, r[0].stime_s, r[0].uid, T0 + 950, 3600, &b->f), 0);
	assert_int_equal(ledger_notice(l, 8, r[1].stime_s, r[1].uid, T0 + 950, 3600, &b->f), 0);
	assert_int_equal(
	    ledger_notice(l, 7, r[0].stime_s + 1, r[0].uid, T0 + 990, 3600, &b->f), 0);
	must_load(b, l, T0 + 950, &s);
	assert_int_equal(s.records[0].noticed_s, T0 + 950);
	assert_int_equal(s.records[0].notice_earned_s, 0);
	assert_int_equal(s.records[0].not_before_s, T0 + 950 + 3600);
	assert_int_equal(s.records[1].noticed_s, 0); /* not marked */
	assert_int_equal(s.records[1].not_before_s, 0);
	/* a later notice that promises less takes nothing back; the hook alone promises, too */
	assert_int_equal(ledger_notice(l, 7, r[0].stime_s, r[0].uid, T0 + 950, 60, &b->f), 0);
	assert_int_equal(ledger_hook_tell(l, 8, T0 + 950, 9000, &b->f), 0);
	must_load(b, l, T0 + 950, &s);
	assert_int_equal(s.records[0].not_before_s, T0 + 950 + 3600);
	assert_int_equal(s.records[1].not_before_s, 0);
	assert_int_equal(ledger_hook_tell(l, 7, T0 + 950, 9000, &b->f), 0);
	must_load(b, l, T0 + 950, &s);
	assert_int_equal(s.records[0].not_before_s, T0 + 950 + 9000);
	r[0] = s.records[0];
	r[0].notice_earned_s = 850;
	w = a_sweep(T0 + 1800, r, 2);
	must_commit(b, l, &w);
	must_load(b, l, T0 + 1800, &s);
	assert_int_equal(s.records[0].noticed_s, T0 + 950);
	assert_int_equal(s.records[0].notice_earned_s, 850);
	assert_int_equal(s.records[0].not_before_s, T0 + 950 + 9000);
	/* the date alone is a change that is stored */
	r[0] = s.records[0];
	r[0].not_before_s++;
	w = a_sweep(T0 + 1800, r, 2);
	must_commit(b, l, &w);
	must_load(b, l, T0 + 1800, &s);
	assert_int_equal(s.records[0].not_before_s, T0 + 950 + 9001);
	/* gone from the listing: the date stays until then, and nothing else does */
	w = a_sweep(T0 + 2700, r + 1, 1);
	must_commit(b, l, &w);
	must_load(b, l, T0 + 2700, &s);
	assert_int_equal(s.n_records, 2);
	assert_int_equal(s.records[0].id, 7);
	assert_int_equal(s.records[0].stime_s, r[0].stime_s);
	assert_int_equal(s.records[0].not_before_s, T0 + 950 + 9001);
	assert_true(s.records[0].confirmations == 0 && s.records[0].marked_s == 0 &&
		    s.records[0].noticed_s == 0 && s.records[0].earned_s == 0 &&
		    s.records[0].since_s == 0 && s.records[0].first_seen_s == 0);
	w = a_sweep(T0 + 950 + 9001, r + 1, 1);
	must_commit(b, l, &w);
	must_load(b, l, T0 + 950 + 9001, &s);
	assert_int_equal(s.n_records, 1);
	assert_int_equal(s.records[0].id, 8);
	ledger_close(l);
}

static void
acknowledged_kills_count_towards_no_storm(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct ledger_sweep w = a_sweep(T0, NULL, 0);
	struct kill k = {.sweep = 1, .id = 7, .intent_s = T0, .outcome = OUTCOME_INTENT};
	struct ledger_state s;
	struct kill *all;
	size_t n;

	must_commit(b, l, &w);
	assert_int_equal(ledger_intent(l, &k, &b->f), 0);
	k.id = 8;
	k.acknowledged = true;
	assert_int_equal(ledger_intent(l, &k, &b->f), 0);
	must_load(b, l, T0 + 10, &s);
	assert_int_equal(s.killed_last_hour, 2);
	assert_int_equal(s.unacknowledged_last_hour, 1);
	assert_int_equal(ledger_kills(l, b->a, -1, 0, 10, &all, &n, &b->f), 0);
	assert_true(n == 2 && all[0].acknowledged && !all[1].acknowledged);
	must_load(b, l, T0 + 3601, &s);
	assert_int_equal(s.unacknowledged_last_hour, 0);
	ledger_close(l);
}

/* --- the upgrade ---------------------------------------------------------------------------------- */

/* Take from a ledger what an older schema did not have. */
static void
make_older(struct box *b, const char *sql)
{
	sqlite3 *db;
	char *error = NULL;

	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s", error);
	sqlite3_close(db);
}

static void
make_old(struct box *b)
{
	make_older(b,
	    "ALTER TABLE sweep DROP COLUMN version; ALTER TABLE sweep DROP COLUMN term;"
	    "ALTER TABLE sweep DROP COLUMN steady_s; ALTER TABLE record DROP COLUMN noticed_s;"
	    "ALTER TABLE record DROP COLUMN notice_earned_s;"
	    "ALTER TABLE kill DROP COLUMN acknowledged; DROP TABLE host;"
	    "ALTER TABLE sweep DROP COLUMN offset_s; ALTER TABLE record DROP COLUMN promised_s;"
	    "ALTER TABLE record DROP COLUMN looked; ALTER TABLE record DROP COLUMN stormed;"
	    "ALTER TABLE kill DROP COLUMN clock_s; ALTER TABLE kill DROP COLUMN "
	    "outcome_clock_s;"
	    "ALTER TABLE hold DROP COLUMN offset_s; ALTER TABLE keep DROP COLUMN offset_s;"
	    "ALTER TABLE record DROP COLUMN not_before_s;"
	    "DROP TABLE told; PRAGMA user_version = 1;");
}

static void
a_ledger_of_schema_1_is_upgraded_by_a_sweep(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r = a_marked(7, 3);
	struct ledger_sweep w = a_sweep(T0 + 1800, &r, 1);
	struct kill k = {.sweep = 1, .id = 7, .intent_s = T0, .outcome = OUTCOME_INTENT};
	struct ledger_state s;

	must_commit(b, l, &w);
	assert_int_equal(ledger_intent(l, &k, &b->f), 0);
	ledger_close(l);
	make_old(b);
	assert_int_equal(ledger_open(b->path, "lab", LEDGER_READ, &l, &b->f), -1);
	assert_non_null(strstr(b->f.msg, "older vmreaper"));
	assert_int_equal(ledger_open(b->path, "moon", LEDGER_SWEEP, &l, &b->f), -1);
	l = must_open(b, LEDGER_SWEEP);
	must_load(b, l, T0 + 1800, &s);
	assert_int_equal(s.n_records, 1);
	assert_int_equal(s.records[0].confirmations, 3);
	assert_int_equal(s.records[0].noticed_s, 0);
	assert_int_equal(s.n_open, 1);
	assert_int_equal(s.sign.since_s, 0); /* nothing is known: not steady yet */
	must_commit(b, l, &w);
	ledger_close(l);
	l = must_open(b, LEDGER_READ);
	ledger_close(l);
}

/* Who was told by an older vmreaper was told a date. */
static void
a_ledger_of_schema_3_keeps_what_was_promised(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r[2] = {a_marked(7, 3), a_marked(8, 3)};
	struct ledger_sweep w = a_sweep(T0 + 1800, r, 2);
	struct ledger_state s;
	bool told;

	must_commit(b, l, &w);
	assert_int_equal(
	    ledger_notice(l, 7, r[0].stime_s, r[0].uid, T0 + 1850, 3600, &b->f), 0);
	assert_int_equal(ledger_hook_tell(l, 8, T0 + 1850, 3600, &b->f), 0);
	ledger_close(l);
	make_older(b, "ALTER TABLE record DROP COLUMN not_before_s; PRAGMA user_version = 3;");
	l = must_open(b, LEDGER_SWEEP);
	must_load(b, l, T0 + 1800, &s);
	assert_int_equal(s.records[0].not_before_s, T0 + 1850 + 3600);
	assert_int_equal(s.records[1].not_before_s, 0);
	/* how much the hook was promised is not known: it is told again */
	assert_int_equal(ledger_hook_told(l, 8, &told, &b->f), 0);
	assert_false(told);
	must_commit(b, l, &w);
	ledger_close(l);
}

/* The panic button works between the upgrade of the package and the first sweep. */
static void
a_ledger_of_schema_1_is_upgraded_by_a_hold(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r = a_marked(7, 3);
	struct ledger_sweep w = a_sweep(T0 + 1800, &r, 1);
	struct hold h = {.since_s = T0, .reason = "", .by = "ada"};
	struct ledger_state s;

	must_commit(b, l, &w);
	ledger_close(l);
	make_old(b);
	l = must_open(b, LEDGER_WRITE);
	assert_int_equal(ledger_hold_set(l, &h, &b->f), 0);
	ledger_close(l);
	l = must_open(b, LEDGER_READ);
	must_load(b, l, T0 + 1800, &s);
	assert_true(s.hold.on);
	assert_int_equal(s.records[0].confirmations, 3);
	ledger_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hosts_are_well_since_they_came_back),
	    cmocka_unit_test(a_jump_moves_the_times_along),
	    cmocka_unit_test(a_full_arena_is_an_error),
	    cmocka_unit_test(the_cloud_is_well_since_it_came_back),
	    cmocka_unit_test_setup_teardown(hosts_and_signs_are_remembered, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_notice_is_remembered_with_its_mark, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		acknowledged_kills_count_towards_no_storm, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_ledger_of_schema_1_is_upgraded_by_a_sweep, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_ledger_of_schema_3_keeps_what_was_promised, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_ledger_of_schema_1_is_upgraded_by_a_hold, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
