/* SPDX-License-Identifier: ISC */
/*
 * test_past: what a report shows of earlier sweeps and kills comes back as it was stored, a few points of many, and damage in
 * a row is no figure.
 */
#include "ledger_box.h"

static void
commit(struct box *b, struct ledger *l, int64_t wall_s, bool complete, const char *counts)
{
	struct ledger_sweep s = a_sweep(wall_s, NULL, 0);

	s.counts_json = counts;
	s.complete = complete;
	must_commit(b, l, &s);
}

static size_t
trend(struct box *b, struct ledger *l, int64_t since_s, int64_t until_s, size_t max,
    struct trend_point **v)
{
	size_t n;

	if (ledger_trend(l, b->a, since_s, until_s, max, v, &n, &b->f) != 0)
		fail_msg("%s", b->f.msg);
	return n;
}

static void
a_sweep_is_a_point(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct trend_point *v;

	assert_int_equal(trend(b, l, 0, T0, 10, &v), 0);
	commit(b, l, T0, true,
	    "{\"total\":3,\"metrics\":{\"candidates\":2.0,\"held_memory\":4096}}");
	commit(b, l, T0 + 900, false, "{\"metrics\":{\"candidates\":9.0}}");
	commit(b, l, T0 + 1800, true, "{\"metrics\":{\"candidates\":0.0}}");
	assert_int_equal(trend(b, l, T0, T0 + 1801, 10, &v), 2); /* an incomplete one is none */
	assert_int_equal(v[0].when_s, T0);
	assert_true(v[0].has[METRIC_CANDIDATES] && v[0].has[METRIC_HELD_MEMORY]);
	assert_false(v[0].has[METRIC_UNKNOWN]);
	assert_true(v[0].metrics[METRIC_CANDIDATES] == 2);
	assert_true(v[0].metrics[METRIC_HELD_MEMORY] == 4096);
	assert_int_equal(v[1].when_s, T0 + 1800);
	assert_true(v[1].has[METRIC_CANDIDATES]);
	assert_true(v[1].metrics[METRIC_CANDIDATES] == 0);
	/* from since on, to before until */
	assert_int_equal(trend(b, l, T0 + 1, T0 + 1801, 10, &v), 1);
	assert_int_equal(trend(b, l, T0, T0 + 1800, 10, &v), 1);
	assert_int_equal(trend(b, l, T0, T0, 10, &v), 0);
	assert_int_equal(trend(b, l, T0 + 5, T0, 10, &v), 0);
	assert_int_equal(trend(b, l, T0, T0 + 1801, 0, &v), 0);
	ledger_close(l);
}

/* Of many sweeps each span shows its last. */
static void
many_sweeps_are_few_points(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct trend_point *v;
	char counts[64];
	size_t i;

	for (i = 0; i < 200; i++) {
		snprintf(counts, sizeof(counts), "{\"metrics\":{\"candidates\":%zu}}", i);
		commit(b, l, T0 + (int64_t)i * 60, true, counts);
	}
	assert_int_equal(trend(b, l, T0, T0 + 200 * 60, 10, &v), 10);
	for (i = 0; i < 10; i++) {
		assert_int_equal(v[i].when_s, T0 + ((int64_t)i * 20 + 19) * 60);
		assert_true(v[i].metrics[METRIC_CANDIDATES] == (double)(i * 20 + 19));
	}
	/* never more than asked for, also when the time is no multiple */
	assert_true(trend(b, l, T0, T0 + 200 * 60 - 7, 7, &v) <= 7);
	assert_int_equal(trend(b, l, T0, T0 + 200 * 60, 1000, &v), 200);
	ledger_close(l);
}

/* A clock that was set back: points are ascending all the same. */
static void
points_are_in_the_order_of_time(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct trend_point *v;

	commit(b, l, T0 + 5000, true, "{\"metrics\":{\"candidates\":1}}");
	commit(b, l, T0, true, "{\"metrics\":{\"candidates\":2}}");
	assert_int_equal(trend(b, l, T0, T0 + 6000, 100, &v), 2);
	assert_int_equal(v[0].when_s, T0);
	assert_int_equal(v[1].when_s, T0 + 5000);
	ledger_close(l);
}

static void
what_is_no_figure_is_left_out(void **state)
{
	static const char *const counts[] = {"", "{", "null", "[]", "{}", "{\"metrics\":null}",
	    "{\"metrics\":[1,2]}", "{\"metrics\":{\"candidates\":\"7\"}}",
	    "{\"metrics\":{\"candidates\":-1}}", "{\"metrics\":{\"candidates\":1e300}}",
	    "{\"metrics\":{\"candidates\":{}}}", "{\"metrics\":{\"nonsense\":1}}"};
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct trend_point *v;
	size_t i, n;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		commit(b, l, T0 + (int64_t)i, true, counts[i]);
	n = trend(b, l, T0, T0 + 100, 100, &v);
	for (i = 0; i < n; i++)
		assert_false(v[i].has[METRIC_CANDIDATES]);
	ledger_close(l);
}

static void
a_kill_says_what_its_machine_held(void **state)
{
	static const char held[] = "{\"machine\":{\"holds\":{\"vcpu\":4,\"memory_mib\":8192,"
				   "\"disk_mib\":20480,\"addresses\":2}}}";
	const struct ledger_explain explains[] = {{7, held}, {8, "{\"machine\":{}}"},
	    {9, "no JSON"},
	    {10, "{\"machine\":{\"holds\":{\"vcpu\":-4,\"memory_mib\":1,\"disk_mib\":1,"
		 "\"addresses\":1}}}"}};
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct ledger_sweep s = a_sweep(T0, NULL, 0);
	struct freed *v;
	int64_t sweep, id;
	size_t n;

	s.explains = explains;
	s.n_explains = sizeof(explains) / sizeof(explains[0]);
	sweep = must_commit(b, l, &s);
	for (id = 6; id <= 10; id++)
		must_kill(b, l, a_kill(sweep, id, T0 + id),
		    id == 6 ? OUTCOME_WOULD_KILL : OUTCOME_DONE);
	must_kill(b, l, a_kill(sweep, 11, T0 + 11), OUTCOME_REFUSED);
	assert_int_equal(ledger_freed(l, b->a, T0, 100, &v, &n, &b->f), 0);
	assert_int_equal(n, 5); /* a would-kill is none */
	assert_int_equal(v[0].kill.id, 11);
	assert_int_equal(v[0].kill.outcome, OUTCOME_REFUSED);
	assert_false(v[0].known);
	assert_int_equal(v[4].kill.id, 7);
	assert_string_equal(v[4].kill.owner, "CN=Some One");
	assert_true(v[4].known);
	assert_int_equal(v[4].vcpu, 4);
	assert_int_equal(v[4].memory_mib, 8192);
	assert_int_equal(v[4].disk_mib, 20480);
	assert_int_equal(v[4].addresses, 2);
	for (id = 1; id <= 3; id++)
		assert_true(!v[id].known && v[id].vcpu == 0 && v[id].memory_mib == 0);
	assert_int_equal(ledger_freed(l, b->a, T0 + 10, 100, &v, &n, &b->f), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ledger_freed(l, b->a, T0, 3, &v, &n, &b->f), 0);
	assert_int_equal(n, 3);
	assert_int_equal(v[0].kill.id, 11);
	ledger_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LEDGER_TEST(a_sweep_is_a_point),
	    LEDGER_TEST(many_sweeps_are_few_points),
	    LEDGER_TEST(points_are_in_the_order_of_time),
	    LEDGER_TEST(what_is_no_figure_is_left_out),
	    LEDGER_TEST(a_kill_says_what_its_machine_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
