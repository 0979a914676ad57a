/* SPDX-License-Identifier: ISC */
/*
 * test_ledger: what goes into the ledger comes out of it: sweeps, records, kills, what people said. And what
 * does not: machines that left, rows that are old, writes that nothing asked for.
 */
#include "ledger_box.h"

/* --- what goes in comes out -------------------------------------------------------------------- */

static void
a_new_ledger_knows_nothing_and_is_private(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct ledger_state s;
	struct stat st;
	struct text t;

	must_load(b, l, T0, &s);
	assert_int_equal(s.last.sweep, 0);
	assert_int_equal(s.n_records + s.n_open + s.n_keeps, 0);
	assert_int_equal(s.killed_last_hour + s.failures, 0);
	assert_false(s.hold.on);
	assert_int_equal(lstat(b->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	text_init(&t, 200);
	assert_int_equal(ledger_describe(l, T0, &t, &b->f), 0);
	assert_non_null(strstr(t.p, "0 sweeps, 0 kills, "));
	text_free(&t);
	ledger_close(l);
}

static void
records_are_equal(const struct record *a, const struct record *b)
{
	struct record x = *a, y = *b;

	assert_string_equal(x.deploy_id, y.deploy_id);
	x.deploy_id = y.deploy_id = NULL;
	assert_memory_equal(&x, &y, sizeof(x));
}

static void
a_sweep_comes_back_as_it_was(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r[3];
	struct ledger_sweep w;
	struct ledger_state s;
	struct text t;

	r[0] = a_marked(9, 3);
	r[0].acknowledged = true;
	r[0].flaps = 4;
	r[1] = a_record(-1); /* not sorted, and no id of a cloud: a record like any other */
	r[2] = a_record(2);
	r[2].id = INT64_MAX;
	r[2].deploy_id = "\xff'; DROP TABLE record; --";
	r[2].uid = INT32_MIN;
	r[2].lcm = INT32_MAX;
	w = a_sweep(T0 + 1800, r, 3);
	w.armed = true;
	assert_int_equal(must_commit(b, l, &w), 1);
	ledger_close(l);

	l = must_open(b, LEDGER_READ);
	must_load(b, l, T0 + 1800, &s);
	assert_int_equal(s.last.sweep, 1);
	assert_int_equal(s.last.clock.wall_s, T0 + 1800);
	assert_int_equal(s.last.clock.boot_s, 5000);
	assert_string_equal(s.last.clock.boot_id, "boot-1");
	assert_string_equal(s.last.digest, "0123abcd");
	assert_int_equal(s.last.machines, 3);
	assert_true(s.last.complete);
	assert_int_equal(s.n_records, 3);
	records_are_equal(&s.records[0], &r[1]);
	records_are_equal(&s.records[1], &r[0]);
	records_are_equal(&s.records[2], &r[2]);
	text_init(&t, 200);
	assert_int_equal(ledger_describe(l, T0 + 1860, &t, &b->f), 0);
	assert_non_null(strstr(t.p, "1 sweep, 0 kills, "));
	assert_non_null(strstr(t.p, ", last sweep 1 min ago"));
	text_free(&t);
	ledger_close(l);
}

static void
machines_that_left_the_listing_are_dropped(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r[4] = {a_record(1), a_record(5), a_record(7), a_record(9)};
	struct ledger_sweep w = a_sweep(T0, r, 4);
	struct ledger_state s;

	must_commit(b, l, &w);
	r[0] = a_record(7);
	r[1] = a_record(6);
	w = a_sweep(T0 + 900, r, 2);
	assert_int_equal(must_commit(b, l, &w), 2);
	must_load(b, l, T0 + 900, &s);
	assert_int_equal(s.n_records, 2);
	assert_int_equal(s.records[0].id, 6);
	assert_int_equal(s.records[1].id, 7);
	w = a_sweep(T0 + 1800, NULL, 0);
	must_commit(b, l, &w);
	must_load(b, l, T0 + 900, &s);
	assert_int_equal(s.n_records, 0);
	ledger_close(l);
}

static void
an_incomplete_sweep_forgets_nothing(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r[2] = {a_marked(1, 2), a_record(2)}, other = a_record(3);
	struct ledger_explain x = {3, "{}"};
	struct ledger_sweep w = a_sweep(T0, r, 2);
	struct ledger_state s;
	const char *json;
	int64_t when_s;

	must_commit(b, l, &w);
	w = a_sweep(T0 + 900, &other, 1);
	w.complete = false;
	w.why = "cut";
	w.digest = "another";
	w.explains = &x;
	w.n_explains = 1;
	assert_int_equal(must_commit(b, l, &w), 2);
	must_load(b, l, T0 + 900, &s);
	assert_int_equal(s.last.sweep, 1);
	assert_string_equal(s.last.digest, "0123abcd");
	assert_int_equal(s.n_records, 2);
	records_are_equal(&s.records[0], &r[0]);
	assert_int_equal(ledger_explain(l, b->a, 2, 3, &json, &when_s, &b->f), 0);
	assert_null(json);
	ledger_close(l);
}

static void
a_machine_twice_stores_nothing(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r[3] = {a_record(1), a_record(2), a_record(1)};
	struct ledger_sweep w = a_sweep(T0, r, 3);
	struct ledger_state s;
	int64_t sweep = 77;

	assert_int_equal(ledger_commit(l, &w, &sweep, &b->f), -1);
	assert_int_equal(sweep, 0);
	must_load(b, l, T0, &s);
	assert_int_equal(s.last.sweep, 0);
	assert_int_equal(s.n_records, 0);
	ledger_close(l);
}

static void
explains_are_found_by_sweep_and_machine(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r = a_record(1);
	struct ledger_explain x[2] = {{1, "{\"first\":1}"}, {2, "{\"other\":1}"}};
	struct ledger_sweep w = a_sweep(T0, &r, 1);
	const char *json;
	int64_t when_s;

	assert_int_equal(ledger_explain(l, b->a, 0, 1, &json, &when_s, &b->f), 0);
	assert_null(json);
	w.explains = x;
	w.n_explains = 2;
	must_commit(b, l, &w);
	x[0].json = "{\"second\":1}";
	w.clock.wall_s = T0 + 900;
	w.n_explains = 1;
	must_commit(b, l, &w);
	assert_int_equal(ledger_explain(l, b->a, 0, 1, &json, &when_s, &b->f), 0);
	assert_string_equal(json, "{\"second\":1}");
	assert_int_equal(when_s, T0 + 900);
	assert_int_equal(ledger_explain(l, b->a, 0, 2, &json, &when_s, &b->f), 0);
	assert_null(json);
	assert_int_equal(ledger_explain(l, b->a, 1, 2, &json, &when_s, &b->f), 0);
	assert_string_equal(json, "{\"other\":1}");
	assert_int_equal(when_s, T0);
	assert_int_equal(ledger_explain(l, b->a, 9, 1, &json, &when_s, &b->f), 0);
	assert_null(json);
	ledger_close(l);
}

/* --- the journal ------------------------------------------------------------------------------- */

static const struct {
	enum outcome o;
	const char *name;
	bool open, alarm, sent, failed;
} outcomes[] = {
    {OUTCOME_INTENT, "intent", true, true, true, true},
    {OUTCOME_WOULD_KILL, "would-kill", false, false, false, false},
    {OUTCOME_ABORTED, "aborted", false, false, false, false},
    {OUTCOME_ACCEPTED, "accepted", true, false, true, false},
    {OUTCOME_DONE, "done", false, false, true, false},
    {OUTCOME_GONE, "gone", false, false, false, false},
    {OUTCOME_REFUSED, "refused", false, false, false, true},
    {OUTCOME_NOT_SENT, "not-sent", false, false, false, true},
    {OUTCOME_IN_DOUBT, "in-doubt", true, true, true, true},
    {OUTCOME_STUCK, "stuck", true, true, true, true},
    {OUTCOME_BOUNCED, "bounced", true, true, true, true},
    {OUTCOME_ZOMBIE, "zombie", true, true, true, true},
};

/* Each outcome alone in a ledger: name, follow-up, caps, the machine's record. */
static void
each_outcome_counts_as_what_it_is(void **state)
{
	struct box *b = *state;
	struct ledger *l;
	struct record r = a_marked(7, 2);
	struct ledger_sweep w = a_sweep(T0 + 900, &r, 1);
	struct ledger_state s;
	size_t i;

	assert_int_equal(sizeof(outcomes) / sizeof(outcomes[0]), OUTCOME_COUNT);
	assert_int_equal(outcome_parse("killed"), -1);
	for (i = 0; i < OUTCOME_COUNT; i++) {
		enum outcome o = outcomes[i].o;
		bool doubt = o == OUTCOME_INTENT || o == OUTCOME_IN_DOUBT;

		assert_string_equal(outcome_str(o), outcomes[i].name);
		assert_int_equal(outcome_parse(outcomes[i].name), o);
		assert_int_equal(outcome_is_open(o), outcomes[i].open);
		assert_int_equal(outcome_is_alarm(o), outcomes[i].alarm);
		assert_int_equal(outcome_is_sent(o), outcomes[i].sent);
		snprintf(b->path, sizeof(b->path), "%s/%s.db", b->dir, outcomes[i].name);
		l = must_open(b, LEDGER_SWEEP);
		must_kill(b, l, a_kill(must_commit(b, l, &w), 7, T0 + 900), o);
		must_load(b, l, T0 + 901, &s);
		if (s.n_open != (outcomes[i].open ? 1 : 0) ||
		    s.killed_last_hour != outcomes[i].sent ||
		    s.failures != outcomes[i].failed ||
		    s.records[0].kills != outcomes[i].sent || s.records[0].doubts != doubt ||
		    s.records[0].killed_in_mark != outcomes[i].sent ||
		    s.records[0].last_kill_s != (outcomes[i].sent ? T0 + 900 : 0))
			fail_msg(
			    "%s: open %zu hour %d failures %d kills %d doubts %d in mark %d",
			    outcomes[i].name, s.n_open, (int)s.killed_last_hour,
			    (int)s.failures, s.records[0].kills, s.records[0].doubts,
			    s.records[0].killed_in_mark);
		ledger_close(l);
	}
}

static void
a_journal_row_comes_back_as_it_was(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct ledger_state s;
	struct kill k = a_kill(4, 7, T0), *v;
	size_t n;

	assert_int_equal(ledger_intent(l, &k, &b->f), 0);
	must_kill(b, l, a_kill(4, 8, T0 + 5), OUTCOME_DONE);
	must_kill(b, l, a_kill(4, 9, T0 + 6), OUTCOME_STUCK);
	assert_int_equal(
	    ledger_outcome(l, k.row, OUTCOME_IN_DOUBT, T0 + 3, "timed | out\n", &b->f), 0);
	assert_int_equal(ledger_outcome(l, 99, OUTCOME_DONE, T0 + 3, "", &b->f), -1);
	must_load(b, l, T0 + 10, &s);
	assert_int_equal(s.n_open, 2);
	v = &s.open[0];
	assert_int_equal(v->row, k.row);
	assert_int_equal(v->sweep, 4);
	assert_int_equal(v->id, 7);
	assert_int_equal(v->stime_s, 1007);
	assert_int_equal(v->uid, 5);
	assert_string_equal(v->deploy_id, k.deploy_id);
	assert_string_equal(v->name, k.name);
	assert_string_equal(v->owner, k.owner);
	assert_string_equal(v->host, k.host);
	assert_string_equal(v->addresses, k.addresses);
	assert_string_equal(v->verb, k.verb);
	assert_string_equal(v->cls, k.cls);
	assert_string_equal(v->state, k.state);
	assert_string_equal(v->reason, k.reason);
	assert_int_equal(v->intent_s, T0);
	assert_int_equal(v->outcome_s, T0 + 3);
	assert_int_equal(v->outcome, OUTCOME_IN_DOUBT);
	assert_string_equal(v->detail, "timed | out\n");
	assert_int_equal(s.open[1].id, 9);

	assert_int_equal(ledger_kills(l, b->a, -1, 0, 100, &v, &n, &b->f), 0);
	assert_int_equal(n, 3);
	assert_int_equal(v[0].id, 9);
	assert_int_equal(v[2].id, 7);
	assert_int_equal(ledger_kills(l, b->a, -1, 0, 1, &v, &n, &b->f), 0);
	assert_int_equal(n, 1);
	assert_int_equal(v[0].id, 9);
	assert_int_equal(ledger_kills(l, b->a, 8, 0, 100, &v, &n, &b->f), 0);
	assert_int_equal(n, 1);
	assert_int_equal(v[0].outcome, OUTCOME_DONE);
	assert_int_equal(ledger_kills(l, b->a, -1, T0 + 5, SIZE_MAX, &v, &n, &b->f), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ledger_kills(l, b->a, 5, 0, 100, &v, &n, &b->f), 0);
	assert_int_equal(n, 0);
	ledger_close(l);
}

static void
the_hour_and_the_failures_are_counted_by_the_clock(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct ledger_state s;

	must_kill(b, l, a_kill(1, 1, T0 - 3600), OUTCOME_DONE); /* an hour ago: no more */
	must_kill(b, l, a_kill(1, 2, T0 - 3599), OUTCOME_STUCK);
	must_kill(b, l, a_kill(1, 3, T0 - 10), OUTCOME_REFUSED); /* not a kill */
	must_kill(b, l, a_kill(1, 4, T0 - 9), OUTCOME_WOULD_KILL);
	must_kill(b, l, a_kill(1, 5, T0 - 8), OUTCOME_GONE);
	must_kill(
	    b, l, a_kill(1, 6, T0 + 5000), OUTCOME_IN_DOUBT); /* before the clock went back */
	must_load(b, l, T0, &s);
	assert_int_equal(s.killed_last_hour, 2);
	assert_int_equal(s.failures, 3); /* in doubt, refused, stuck; then one that went well */
	must_load(b, l, T0 + LEDGER_FAILURES_S, &s);
	assert_int_equal(s.failures, 1);
	must_kill(b, l, a_kill(1, 7, T0 - 1), OUTCOME_ACCEPTED);
	must_load(b, l, T0, &s);
	assert_int_equal(s.failures, 0);
	ledger_close(l);
}

/* The mark's first sweep decides, not the clock alone: it may have been set back or forward in between. */
static void
a_kill_belongs_to_its_mark_whatever_the_clock_did(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r = a_marked(7, 1);
	struct ledger_sweep w = a_sweep(T0, &r, 1);
	struct ledger_state s;
	int64_t sweep;

	must_commit(b, l, &w);
	r = a_marked(7, 2);
	w = a_sweep(T0 + 900, &r, 1);
	sweep = must_commit(b, l, &w);
	must_kill(b, l, a_kill(sweep, 7, T0 - DAY), OUTCOME_IN_DOUBT);
	must_load(b, l, T0, &s);
	assert_true(s.records[0].killed_in_mark);
	r = a_marked(7, 3); /* the mark goes on: so does what belongs to it */
	must_commit(b, l, &w);
	must_load(b, l, T0, &s);
	assert_true(s.records[0].killed_in_mark);
	assert_int_equal(s.records[0].kills, 1);

	r = a_marked(7, 1); /* a new mark */
	must_commit(b, l, &w);
	must_load(b, l, T0, &s);
	assert_false(s.records[0].killed_in_mark);
	assert_int_equal(s.records[0].kills, 1);
	assert_int_equal(s.records[0].doubts, 1);

	r = a_marked(
	    7, 1); /* a new mark before the time of an older kill: kept on the safe side */
	r.marked_s = T0 - 2 * DAY;
	must_commit(b, l, &w);
	must_load(b, l, T0, &s);
	assert_true(s.records[0].killed_in_mark);

	r = a_record(7); /* not marked: nothing to belong to */
	must_commit(b, l, &w);
	must_load(b, l, T0, &s);
	assert_false(s.records[0].killed_in_mark);
	r.deploy_id = "one-7b"; /* deployed anew: still the machine that was killed */
	must_commit(b, l, &w);
	must_load(b, l, T0, &s);
	assert_int_equal(s.records[0].kills, 1);
	r.stime_s++; /* another machine with that id */
	must_commit(b, l, &w);
	must_load(b, l, T0, &s);
	assert_int_equal(s.records[0].kills, 0);
	ledger_close(l);
}

/* --- people ------------------------------------------------------------------------------------ */

static void
hold_and_keep_work_during_a_sweep(void **state)
{
	struct box *b = *state;
	struct ledger *sweep = must_open(b, LEDGER_SWEEP), *person;
	struct hold h = {true, T0, 0, "works on the switch", "ada"};
	struct keep k = {7, 0, T0 + 100, "exam", "ada"}, k2 = {3, 1003, 0, "", ""};
	struct ledger_state s;
	bool on, was;

	assert_int_equal(ledger_hold_now(sweep, T0, &on, &b->f), 0);
	assert_false(on);
	person = must_open(b, LEDGER_WRITE);
	assert_int_equal(ledger_hold_set(person, &h, &b->f), 0);
	assert_int_equal(ledger_hold_now(sweep, T0, &on, &b->f), 0);
	assert_true(on);
	h.until_s = T0 + 50; /* shorter than what stands: nobody shortens another one's hold */
	assert_int_equal(ledger_hold_set(person, &h, &b->f), 0);
	assert_int_equal(h.until_s, 0);
	assert_int_equal(ledger_hold_clear(person, &was, &b->f), 0);
	h.until_s = T0 + 30;
	assert_int_equal(ledger_hold_set(person, &h, &b->f), 0);
	h.until_s = T0 + 50;
	assert_int_equal(ledger_hold_set(person, &h, &b->f), 0);
	assert_int_equal(h.until_s, T0 + 50);
	h.until_s = T0 + 40;
	h.reason = ""; /* that of the one that stands */
	assert_int_equal(ledger_hold_set(person, &h, &b->f), 0);
	assert_int_equal(h.until_s, T0 + 50);
	must_load(b, sweep, T0 + 49, &s);
	assert_true(s.hold.on);
	assert_int_equal(s.hold.since_s, T0);
	assert_int_equal(s.hold.until_s, T0 + 50);
	assert_string_equal(s.hold.reason, "works on the switch");
	assert_string_equal(s.hold.by, "ada");
	must_load(b, sweep, T0 + 50, &s);
	assert_false(s.hold.on);
	assert_int_equal(ledger_hold_now(sweep, T0 + 50, &on, &b->f), 0);
	assert_false(on);
	h.since_s = T0 + 50;
	h.until_s = T0 + 60;
	assert_int_equal(ledger_hold_set(person, &h, &b->f), 0);
	must_load(b, sweep, T0 + 55, &s);
	assert_string_equal(s.hold.reason, ""); /* not that of one that has ended */
	assert_int_equal(ledger_hold_clear(person, &was, &b->f), 0);
	assert_true(was);
	assert_int_equal(ledger_hold_clear(person, &was, &b->f), 0);
	assert_false(was);

	assert_int_equal(ledger_keep_set(person, &k, T0, &b->f), 0);
	assert_int_equal(ledger_keep_set(person, &k2, T0, &b->f), 0);
	must_load(b, sweep, T0 + 99, &s);
	assert_int_equal(s.n_keeps, 2);
	assert_int_equal(s.keeps[0].id, 3);
	assert_int_equal(s.keeps[1].id, 7);
	assert_int_equal(s.keeps[1].until_s, T0 + 100);
	assert_string_equal(s.keeps[1].reason, "exam");
	k.reason = "";
	k.until_s = T0 + 50;
	assert_int_equal(ledger_keep_set(person, &k, T0 + 10, &b->f), 0);
	must_load(b, sweep, T0 + 99, &s);
	assert_string_equal(s.keeps[1].reason, "exam");
	assert_int_equal(s.keeps[1].until_s, T0 + 100);
	k.reason = "another exam";
	assert_int_equal(ledger_keep_set(person, &k, T0 + 10, &b->f), 0);
	must_load(b, sweep, T0 + 99, &s);
	assert_string_equal(s.keeps[1].reason, "another exam");
	must_load(b, sweep, T0 + 100, &s);
	assert_int_equal(s.n_keeps, 1);
	assert_int_equal(ledger_keep_now(sweep, 7, 55, T0, &on, &b->f), 0);
	assert_true(on);
	assert_int_equal(ledger_keep_now(sweep, 3, 55, T0, &on, &b->f), 0);
	assert_false(on);
	assert_int_equal(ledger_keep_now(sweep, 3, 1003, T0, &on, &b->f), 0);
	assert_true(on);
	assert_int_equal(ledger_keep_unset(person, 7, &was, &b->f), 0);
	assert_true(was);
	assert_int_equal(ledger_keep_now(sweep, 7, 55, T0, &on, &b->f), 0);
	assert_false(on);
	ledger_close(person);
	ledger_close(sweep);
}

static void
an_acknowledgement_lasts_as_long_as_its_mark(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP), *person;
	struct record r[3] = {a_marked(1, 1), a_marked(2, 1), a_record(3)};
	struct ledger_sweep w = a_sweep(T0, r, 3);
	struct ledger_state s;
	int64_t n;

	must_commit(b, l, &w);
	person = must_open(b, LEDGER_WRITE);
	assert_int_equal(ledger_acknowledge(person, 1, "ada", T0 + 5, &n, &b->f), 0);
	assert_int_equal(n, 1);
	assert_int_equal(ledger_acknowledge(person, 3, "ada", T0 + 5, &n, &b->f), 0);
	assert_int_equal(n, 0);
	/* a sweep that had loaded its records before that does not undo it */
	r[0] = a_marked(1, 2);
	r[1] = a_marked(2, 2);
	must_commit(b, l, &w);
	must_load(b, l, T0, &s);
	assert_true(s.records[0].acknowledged);
	assert_false(s.records[1].acknowledged);
	assert_false(s.records[2].acknowledged);
	assert_int_equal(ledger_acknowledge(person, -1, "ada", T0 + 5, &n, &b->f), 0);
	assert_int_equal(n, 1);
	must_load(b, l, T0, &s);
	assert_true(s.records[1].acknowledged);
	r[0] = a_marked(1, 1); /* began anew */
	r[1] = a_record(2); /* cleared */
	must_commit(b, l, &w);
	must_load(b, l, T0, &s);
	assert_false(s.records[0].acknowledged);
	assert_false(s.records[1].acknowledged);
	ledger_close(person);
	ledger_close(l);
}

/* --- growth ------------------------------------------------------------------------------------ */

/* Bytes that this process handed to write() and its sisters. */
static int64_t
bytes_written(void)
{
	long long n = -1;
	char line[128];
	FILE *fp = fopen("/proc/self/io", "r");

	assert_non_null(fp);
	while (fgets(line, sizeof(line), fp) != NULL)
		if (sscanf(line, "wchar: %lld", &n) == 1)
			break;
	fclose(fp);
	assert_true(n >= 0);
	return n;
}

static void
machines_that_do_not_change_cost_no_write(void **state)
{
	enum { MACHINES = 2000, SWEEPS = 50 };
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record *r = calloc(MACHINES, sizeof(*r));
	struct ledger_sweep w;
	int64_t size, before;
	int i;

	assert_non_null(r);
	for (i = 0; i < MACHINES; i++)
		r[i] = a_record(i);
	w = a_sweep(T0, r, MACHINES);
	must_commit(b, l, &w);
	size = file_size(b->path);
	before = bytes_written();
	for (i = 1; i < SWEEPS; i++) {
		w.clock.wall_s = T0 + 900 * i;
		must_commit(b, l, &w);
	}
	/* sweep rows take a page now and then; the records (more than 100 KiB) are not touched */
	if (file_size(b->path) > size + 4 * 4096)
		fail_msg("grew by %lld bytes", (long long)(file_size(b->path) - size));
	if (bytes_written() - before > SWEEPS * 32 * 1024)
		fail_msg("%lld bytes written", (long long)(bytes_written() - before));
	r[77].lcm = 3;
	must_commit(b, l, &w);
	free(r);
	ledger_close(l);
}

static void
what_is_old_goes_but_never_an_open_kill(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r = a_record(7);
	struct ledger_explain x[2] = {{7, "{}"}, {8, "{}"}};
	struct ledger_sweep w = a_sweep(T0, &r, 1);
	struct ledger_state s;
	struct kill *v;
	const char *json;
	size_t n;
	int64_t first, when_s;

	w.explains = x;
	w.n_explains = 2;
	first = must_commit(b, l, &w);
	must_kill(b, l, a_kill(first, 7, T0), OUTCOME_DONE);
	must_kill(b, l, a_kill(first, 8, T0), OUTCOME_WOULD_KILL);
	must_kill(b, l, a_kill(first, 9, T0), OUTCOME_STUCK);
	w.n_explains = 0;

	w.clock.wall_s = T0 + LEDGER_EXPLAIN_S;
	must_commit(b, l, &w);
	assert_int_equal(ledger_explain(l, b->a, first, 8, &json, &when_s, &b->f), 0);
	assert_non_null(json);
	w.clock.wall_s++; /* a week has passed: only the explain of the kill stays */
	must_commit(b, l, &w);
	assert_int_equal(ledger_explain(l, b->a, first, 8, &json, &when_s, &b->f), 0);
	assert_null(json);
	assert_int_equal(ledger_explain(l, b->a, first, 7, &json, &when_s, &b->f), 0);
	assert_non_null(json);

	w.clock.wall_s = T0 + LEDGER_WOULD_KILL_S + 1;
	must_commit(b, l, &w);
	assert_int_equal(ledger_kills(l, b->a, -1, 0, 10, &v, &n, &b->f), 0);
	assert_int_equal(n, 2);

	w.clock.wall_s = T0 + 400 * DAY;
	must_commit(b, l, &w);
	assert_int_equal(ledger_kills(l, b->a, -1, 0, 10, &v, &n, &b->f), 0);
	assert_int_equal(n, 2);
	w.clock.wall_s++;
	w.digest = "new digest";
	must_commit(b, l, &w);
	assert_int_equal(ledger_kills(l, b->a, -1, 0, 10, &v, &n, &b->f), 0);
	assert_int_equal(n, 1);
	assert_int_equal(v[0].outcome, OUTCOME_STUCK);
	assert_int_equal(ledger_explain(l, b->a, first, 7, &json, &when_s, &b->f), 0);
	assert_int_equal(when_s, 0); /* the sweep is gone too */
	must_load(b, l, T0, &s);
	assert_int_equal(s.n_open, 1);
	assert_int_equal(s.last.sweep, 6);
	assert_string_equal(s.last.digest, "new digest");
	ledger_close(l);
}

/* Each sweep brings as many explains as there are problem machines: the file must reach a size and stay there. */
static void
explains_are_bounded_in_number(void **state)
{
	enum { EACH = 400, SWEEPS = LEDGER_EXPLAIN_ROWS / EACH + 12 };
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct record r = a_record(7);
	struct ledger_explain x[EACH];
	struct ledger_sweep w = a_sweep(T0, &r, 1);
	int64_t id = 0, bytes[2] = {0, 0}, when_s;
	const char *json;
	struct stat st;
	char fill[2001];
	int i;

	memset(fill, 'x', sizeof(fill) - 1);
	fill[0] = fill[sizeof(fill) - 2] = '"';
	fill[sizeof(fill) - 1] = '\0';
	for (i = 0; i < EACH; i++)
		x[i] = (struct ledger_explain){i, fill};
	w.explains = x;
	w.n_explains = EACH;
	for (i = 0; i < SWEEPS; i++) {
		w.clock.wall_s += 60;
		w.clock.boot_s += 60;
		id = must_commit(b, l, &w);
		assert_int_equal(stat(b->path, &st), 0);
		if (i == SWEEPS - 7)
			bytes[0] = st.st_size;
		bytes[1] = st.st_size;
	}
	/* six sweeps more: their own rows, and none of the 800 KB that each brought */
	assert_true(bytes[1] - bytes[0] <= 4 * 4096);
	/* the newest are there, the oldest are not */
	assert_int_equal(ledger_explain(l, b->a, id, 7, &json, &when_s, &b->f), 0);
	assert_non_null(json);
	assert_int_equal(ledger_explain(l, b->a, id - LEDGER_EXPLAIN_ROWS / EACH + 2, 7, &json,
			     &when_s, &b->f),
	    0);
	assert_non_null(json);
	assert_int_equal(ledger_explain(l, b->a, id - LEDGER_EXPLAIN_ROWS / EACH - 2, 7, &json,
			     &when_s, &b->f),
	    0);
	assert_null(json);
	ledger_close(l);
}

/* A clock that is years ahead for one sweep costs a small portion of the past, not all of it. */
static void
a_wrong_clock_does_not_empty_the_journal(void **state)
{
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct ledger_sweep w = a_sweep(T0 + 10 * 400 * (int64_t)DAY, NULL, 0);
	struct kill *v;
	size_t n;
	int i;

	for (i = 0; i < 100; i++)
		must_kill(b, l, a_kill(1, i, T0 + i), OUTCOME_REFUSED);
	must_commit(b, l, &w);
	assert_int_equal(ledger_kills(l, b->a, -1, 0, 200, &v, &n, &b->f), 0);
	assert_int_equal(n, 36);
	assert_int_equal(v[35].id, 64); /* the oldest went first */
	ledger_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LEDGER_TEST(a_new_ledger_knows_nothing_and_is_private),
	    LEDGER_TEST(a_sweep_comes_back_as_it_was),
	    LEDGER_TEST(machines_that_left_the_listing_are_dropped),
	    LEDGER_TEST(an_incomplete_sweep_forgets_nothing),
	    LEDGER_TEST(a_machine_twice_stores_nothing),
	    LEDGER_TEST(explains_are_found_by_sweep_and_machine),
	    LEDGER_TEST(each_outcome_counts_as_what_it_is),
	    LEDGER_TEST(a_journal_row_comes_back_as_it_was),
	    LEDGER_TEST(the_hour_and_the_failures_are_counted_by_the_clock),
	    LEDGER_TEST(a_kill_belongs_to_its_mark_whatever_the_clock_did),
	    LEDGER_TEST(hold_and_keep_work_during_a_sweep),
	    LEDGER_TEST(an_acknowledgement_lasts_as_long_as_its_mark),
	    LEDGER_TEST(machines_that_do_not_change_cost_no_write),
	    LEDGER_TEST(what_is_old_goes_but_never_an_open_kill),
	    LEDGER_TEST(explains_are_bounded_in_number),
	    LEDGER_TEST(a_wrong_clock_does_not_empty_the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
