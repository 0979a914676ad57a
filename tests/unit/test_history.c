/* SPDX-License-Identifier: ISC */
/*
 * test_history: the fold of marks as a table of cases, and the two clocks as another (reapers.md D.2, 13-19).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/history.h"

#define GAP 2700
#define T0  1700000000

/* --- the clocks ------------------------------------------------------------------------------ */

struct clock_case {
	const char *name;
	int64_t wall_s, boot_s; /* now; the last sweep was at T0 / 5000 */
	const char *last_boot_id, *boot_id;
	bool jumped;
	int64_t counts_s, jump_s, passed_s;
};

static const struct clock_case clock_cases[] = {
    {"quarter of an hour", T0 + 900, 5900, "a", "a", false, 900, 0, 900},
    {"same second", T0, 5000, "a", "a", false, 0, 0, 0},
    {"wall drifts ahead, the smaller counts", T0 + 1000, 5900, "a", "a", false, 900, 0, 900},
    {"wall drifts behind, the smaller counts", T0 + 800, 5900, "a", "a", false, 800, 0, 900},
    {"drift at the limit", T0 + 1020, 5900, "a", "a", false, 900, 0, 900},
    {"drift past the limit", T0 + 1021, 5900, "a", "a", true, 0, 121, 900},
    {"drift back at the limit", T0 + 780, 5900, "a", "a", false, 780, 0, 900},
    {"drift back past the limit", T0 + 779, 5900, "a", "a", true, 0, -121, 900},
    {"a day ahead", T0 + 900 + 86400, 5900, "a", "a", true, 0, 86400, 900},
    {"a day back", T0 + 900 - 86400, 5900, "a", "a", true, 0, -86400, 900},
    {"back by a second", T0 - 1, 5010, "a", "a", true, 0, -11, 10},
    {"1970", 10, 5900, "a", "a", true, 0, 10 - T0 - 900, 900},
    {"suspended for a week", T0 + 604800, 609800, "a", "a", false, 604800, 0, 604800},
    {"boot clock back in one boot", T0 + 900, 4000, "a", "a", true, 0, 1900, -1},
    {"rebooted", T0 + 600, 60, "a", "b", false, 60, 0, 600},
    {"rebooted, at the gap", T0 + GAP, 60, "a", "b", false, 60, 0, GAP},
    {"rebooted, long since", T0 + 600, 5000, "a", "b", false, 600, 0, 600},
    {"rebooted, boot clock wrong", T0 + 600, -5, "a", "b", false, 0, 0, 600},
    {"rebooted, past the gap", T0 + GAP + 1, 60, "a", "b", true, 0, GAP + 1, GAP + 1},
    {"rebooted into the past", T0 - 1, 60, "a", "b", true, 0, -1, -1},
    {"rebooted into 1970", 100, 60, "a", "b", true, 0, 100 - T0, -1},
    {"no boot ids", T0 + 900, 5900, "", "", false, 900, 0, 900},
    {"no boot ids, a day ahead", T0 + 86400, 5900, "", "", true, 0, 86400, 86400},
    {"past the end of time", INT64_MAX, 5900, "a", "a", true, 0, INT64_MAX - T0 - 900, 900},
    {"before its beginning", INT64_MIN, 5900, "a", "a", true, 0, INT64_MIN, 900},
};

static void
clocks_that_disagree_earn_nothing(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(clock_cases) / sizeof(clock_cases[0]); i++) {
		const struct clock_case *c = &clock_cases[i];
		struct clock_now last = {T0, 5000, ""}, now = {c->wall_s, c->boot_s, ""};
		struct elapsed e;

		strcpy(last.boot_id, c->last_boot_id);
		strcpy(now.boot_id, c->boot_id);
		history_elapsed(&last, &now, GAP, &e);
		if (e.first || e.jumped != c->jumped || e.counts_s != c->counts_s ||
		    e.jump_s != c->jump_s || e.passed_s != c->passed_s || e.now_s != c->wall_s)
			fail_msg("%s: jumped %d counts %lld jump %lld passed %lld", c->name,
			    e.jumped, (long long)e.counts_s, (long long)e.jump_s,
			    (long long)e.passed_s);
	}
}

static void
the_first_sweep_earns_nothing(void **state)
{
	struct clock_now now = {T0, 5000, "a"};
	struct elapsed e;

	(void)state;
	history_elapsed(NULL, &now, GAP, &e);
	assert_true(e.first);
	assert_false(e.jumped);
	assert_int_equal(e.counts_s, 0);
	assert_int_equal(e.now_s, T0);
}

/* --- one machine through one sweep ----------------------------------------------------------- */

/* A machine that has been Unknown for two sweeps, and is seen so once more, a quarter of an hour later. */
struct scene {
	struct policy p;
	struct record old[3];
	size_t n_old;
	struct vm vm;
	struct seen seen;
	struct elapsed e;
};

static void
scene_set(struct scene *s)
{
	struct record *r = &s->old[0];

	memset(s, 0, sizeof(*s));
	s->p.unknown.gap_s = s->p.failed.gap_s = GAP;
	r->id = 7;
	r->stime_s = 1000;
	r->uid = 5;
	r->deploy_id = "one-7";
	r->host_id = 3;
	r->seq = 2;
	r->state = 3;
	r->lcm = 16;
	r->since_s = T0 - 1800;
	r->first_seen_s = T0 - 5000;
	r->answered_s = T0 - 4000;
	r->marked_s = T0 - 1800;
	r->seen_s = T0 - 900;
	r->confirmations = 2;
	r->earned_s = 900;
	r->acknowledged = true;
	r->flaps = 1;
	r->kills = 1;
	r->doubts = 1;
	r->last_kill_s = T0 - 950;
	r->killed_in_mark = true;
	r->looked = true;
	s->n_old = 1;
	s->vm.id = 7;
	s->vm.stime_s = 1000;
	s->vm.uid = 5;
	s->vm.deploy_id = "one-7";
	s->vm.host_id = 3;
	s->vm.seq = 2;
	s->vm.state = 3;
	s->vm.lcm = 16;
	s->vm.cls = VM_CLASS_UNKNOWN;
	s->seen.candidate = true;
	s->seen.silent = s->seen.evident = true;
	s->e.now_s = T0;
	s->e.counts_s = s->e.passed_s = 900;
}

static void
as_it_is(struct scene *s)
{
	(void)s;
}
static void
new_host(struct scene *s)
{
	s->vm.host_id = 4;
}
static void
new_seq(struct scene *s)
{
	s->vm.seq = 3;
}
static void
new_stime(struct scene *s)
{
	s->vm.stime_s = 1001;
}
static void
new_uid(struct scene *s)
{
	s->vm.uid = 6;
}
static void
new_deploy_id(struct scene *s)
{
	s->vm.deploy_id = "one-7b";
}
static void
lost_deploy_id(struct scene *s)
{
	s->vm.deploy_id = NULL;
}
static void
other_failure(struct scene *s)
{
	s->old[0].lcm = 36;
	s->vm.lcm = 37;
	s->vm.cls = VM_CLASS_FAILED;
}
static void
same_failure(struct scene *s)
{
	s->old[0].lcm = s->vm.lcm = 36;
	s->vm.cls = VM_CLASS_FAILED;
	s->p.unknown.gap_s = 1; /* the gap of the other class does not matter */
}
static void
failed_gap(struct scene *s)
{
	same_failure(s);
	s->p.unknown.gap_s = GAP;
	s->p.failed.gap_s = 899;
}
static void
new_class(struct scene *s)
{
	s->vm.state = 7;
	s->vm.lcm = 0;
	s->vm.cls = VM_CLASS_FAILED;
}
static void
answers(struct scene *s)
{
	s->seen.alive = true;
	s->seen.silent = false;
}
static void
answers_first(struct scene *s)
{
	answers(s);
	s->old[0].answered_s = 0;
}
static void
runs_again(struct scene *s)
{
	s->vm.lcm = 3;
	s->vm.cls = VM_CLASS_OK;
	s->seen.candidate = false;
	s->seen.silent = false;
}
static void
on_its_way(struct scene *s)
{
	s->vm.lcm = 20;
	s->vm.cls = VM_CLASS_TRANSITIONAL;
	s->seen.candidate = false;
}
static void
ran_before(struct scene *s)
{
	runs_again(s);
	s->old[0].lcm = 3;
	s->old[0].marked_s = s->old[0].seen_s = s->old[0].earned_s = 0;
	s->old[0].confirmations = 0;
}
static void
no_candidate(struct scene *s)
{
	s->seen.candidate = false;
}
static void
candidate_of_no_class(struct scene *s)
{
	s->vm.cls = VM_CLASS_OFF;
}
static void
gap_reached(struct scene *s)
{
	s->old[0].seen_s = T0 - GAP;
	s->old[0].marked_s = T0 - GAP - 900;
	s->e.counts_s = s->e.passed_s = GAP;
}
static void
gap_passed(struct scene *s)
{
	gap_reached(s);
	s->old[0].seen_s--;
	s->e.counts_s = s->e.passed_s = GAP + 1;
}
static void
old_confirmation(struct scene *s)
{
	gap_passed(s);
	s->e.passed_s = 900; /* the record itself is older than the sweep before */
}
static void
a_week_later(struct scene *s)
{
	s->e.now_s += 604800;
	s->e.counts_s = s->e.passed_s = 604800;
}
static void
jump_ahead(struct scene *s)
{
	s->e.now_s += 86400;
	s->e.jumped = true;
	s->e.jump_s = 86400;
	s->e.counts_s = 0;
}
static void
jump_back(struct scene *s)
{
	s->e.now_s -= 86400;
	s->e.jumped = true;
	s->e.jump_s = -86400;
	s->e.counts_s = 0;
}
static void
jump_that_counts(struct scene *s)
{
	jump_ahead(s);
	s->e.counts_s = 87300;
}
static void
jump_and_gap(struct scene *s)
{
	jump_ahead(s);
	s->e.passed_s = GAP + 1;
}
static void
reboot_unknown_time(struct scene *s)
{
	jump_back(s);
	s->e.passed_s = -1;
}
static void
reboot_long(struct scene *s)
{
	s->e.now_s += 86400;
	s->e.jumped = true;
	s->e.jump_s = s->e.passed_s = 87300;
	s->e.counts_s = 0;
}
static void
times_ahead(struct scene *s)
{
	s->old[0].since_s = s->old[0].answered_s = T0 + 5000;
}
static void
first_sweep(struct scene *s)
{
	s->n_old = 0;
	s->e.first = true;
	s->e.counts_s = 0;
	s->e.passed_s = -1;
}
static void
id_twice(struct scene *s)
{
	s->old[1] = s->old[0];
	s->n_old = 2;
}
static void
id_twice_unsorted(struct scene *s)
{
	s->old[1] = s->old[0];
	s->old[1].id = 3;
	s->old[2] = s->old[0];
	s->n_old = 3;
}
static void
unsorted(struct scene *s)
{
	s->old[1] = s->old[0];
	s->old[2] = s->old[0];
	s->old[0].id = 90;
	s->old[0].confirmations = 50;
	s->old[2].id = 1;
	s->n_old = 3;
}
static void
others_only(struct scene *s)
{
	s->old[0].id = 6;
}
static void
most_confirmations(struct scene *s)
{
	s->old[0].confirmations = INT32_MAX;
}
static void
claims_too_much(struct scene *s)
{
	s->old[0].earned_s = INT64_MAX;
}
static void
claims_less_than_nothing(struct scene *s)
{
	s->old[0].earned_s = INT64_MIN;
	s->e.counts_s = -5;
}
static void
marked_after_seen(struct scene *s)
{
	s->old[0].marked_s = T0 - 100;
}
static void
negative_confirmations(struct scene *s)
{
	s->old[0].confirmations = -1;
}
static void
mark_without_time(struct scene *s)
{
	s->old[0].marked_s = 0;
}

/* since and answered are given as seconds before now; -1: now itself, -2: never (0). */
struct fold_case {
	const char *name;
	void (*change)(struct scene *);
	int32_t confirmations;
	int64_t earned_s, marked_ago_s;
	int32_t flaps;
	int64_t since_ago_s, answered_ago_s;
	bool acknowledged, killed_in_mark;
	int32_t kills;
};

#define GOES_ON(earned, marked) 3, earned, marked, 1, 1800, 4000, true, true, 1
#define NEVER			(-2)

static const struct fold_case fold_cases[] = {
    {"seen once more", as_it_is, GOES_ON(1800, 1800)},
    {"other records around it, unsorted", unsorted, GOES_ON(1800, 1800)},
    {"same failure state", same_failure, GOES_ON(1800, 1800)},
    {"last confirmation at the gap", gap_reached, 3, GAP + 900, GAP + 900, 1, 1800, 4000, true,
	true, 1},
    {"clock a day ahead", jump_ahead, GOES_ON(900, 1800)},
    {"clock a day back", jump_back, GOES_ON(900, 1800)},
    {"jump with time that claims to count", jump_that_counts, GOES_ON(900, 1800)},
    {"times ahead of the clock", times_ahead, 3, 1800, 1800, 1, 0, 0, true, true, 1},
    {"confirmations are full", most_confirmations, INT32_MAX, 1800, 1800, 1, 1800, 4000, true,
	true, 1},
    {"record claims more than its time", claims_too_much, GOES_ON(1800, 1800)},
    {"record claims less than nothing", claims_less_than_nothing, GOES_ON(0, 1800)},

    {"first sweep", first_sweep, 1, 0, 0, 0, 0, NEVER, false, false, 0},
    {"only other machines known", others_only, 1, 0, 0, 0, 0, NEVER, false, false, 0},
    {"moved to another host", new_host, 1, 0, 0, 1, 1800, NEVER, false, false, 1},
    {"new history record", new_seq, 1, 0, 0, 1, 1800, NEVER, false, false, 1},
    {"id used again", new_stime, 1, 0, 0, 0, 0, NEVER, false, false, 0},
    {"new owner keeps its kills", new_uid, 1, 0, 0, 0, 0, NEVER, false, false, 1},
    {"new deployment keeps its kills", new_deploy_id, 1, 0, 0, 0, 0, NEVER, false, false, 1},
    {"deployment lost keeps its kills", lost_deploy_id, 1, 0, 0, 0, 0, NEVER, false, false, 1},
    {"another failure state", other_failure, 1, 0, 0, 1, 0, 4000, false, false, 1},
    {"another class", new_class, 1, 0, 0, 1, 0, 4000, false, false, 1},
    {"cron stood still past the gap", gap_passed, 1, 0, 0, 1, 1800, 4000, false, false, 1},
    {"confirmation older than the gap", old_confirmation, 1, 0, 0, 1, 1800, 4000, true, true,
	1},
    {"cron stood still for a week", a_week_later, 1, 0, 0, 1, 606600, 608800, false, false, 1},
    {"gap of its own class", failed_gap, 1, 0, 0, 1, 1800, 4000, false, false, 1},
    {"jump, and the gap passed", jump_and_gap, 1, 0, 0, 1, 1800, 4000, false, false, 1},
    {"rebooted into the past", reboot_unknown_time, 1, 0, 0, 1, 1800, 4000, false, false, 1},
    {"rebooted after a day", reboot_long, 1, 0, 0, 1, 900, 3100, false, false, 1},
    {"id twice in the ledger", id_twice, 1, 0, 0, 0, 0, NEVER, false, false, 0},
    {"id twice, unsorted", id_twice_unsorted, 1, 0, 0, 0, 0, NEVER, false, false, 0},
    {"mark younger than its confirmation", marked_after_seen, 1, 0, 0, 1, 1800, 4000, false,
	false, 1},
    {"mark without confirmations", negative_confirmations, 1, 0, 0, 1, 1800, 4000, false, false,
	1},
    {"mark without a time", mark_without_time, 1, 0, 0, 1, 1800, 4000, false, false, 1},

    {"answers", answers, 0, 0, T0, 2, 1800, 4000, false, false, 1},
    {"answers for the first time", answers_first, 0, 0, T0, 2, 1800, 0, false, false, 1},
    {"runs again", runs_again, 0, 0, T0, 2, 0, 4000, false, false, 1},
    {"ran before too", ran_before, 0, 0, T0, 1, 1800, 4000, false, false, 1},
    {"on its way is no good sign", on_its_way, 0, 0, T0, 1, 0, 4000, false, false, 1},
    {"holds nothing any more", no_candidate, 0, 0, T0, 1, 1800, 4000, false, false, 1},
    {"candidate of a class that is never reaped", candidate_of_no_class, 0, 0, T0, 1, 1800,
	4000, false, false, 1},
};

static int64_t
ago(int64_t now_s, int64_t ago_s)
{
	return ago_s == NEVER ? 0 : now_s - ago_s;
}

static void
fold_check(const struct fold_case *c, const struct scene *s, const struct record *r)
{
	int64_t marked_s = c->confirmations > 0 ? s->e.now_s - c->marked_ago_s : 0;

	if (r->confirmations != c->confirmations || r->earned_s != c->earned_s ||
	    r->marked_s != marked_s || r->seen_s != (c->confirmations > 0 ? s->e.now_s : 0))
		fail_msg("%s: confirmations %d earned %lld marked %lld (%lld)", c->name,
		    r->confirmations, (long long)r->earned_s, (long long)r->marked_s,
		    (long long)marked_s);
	if (r->flaps != c->flaps || r->since_s != ago(s->e.now_s, c->since_ago_s) ||
	    r->answered_s != ago(s->e.now_s, c->answered_ago_s))
		fail_msg("%s: flaps %d, since %lld ago, answered %lld ago", c->name, r->flaps,
		    (long long)(s->e.now_s - r->since_s),
		    (long long)(s->e.now_s - r->answered_s));
	if (r->acknowledged != c->acknowledged || r->killed_in_mark != c->killed_in_mark ||
	    r->kills != c->kills || r->doubts != c->kills)
		fail_msg("%s: acknowledged %d killed_in_mark %d kills %d doubts %d", c->name,
		    r->acknowledged, r->killed_in_mark, r->kills, r->doubts);
	if (r->id != s->vm.id || r->stime_s != s->vm.stime_s || r->uid != s->vm.uid ||
	    r->host_id != s->vm.host_id || r->seq != s->vm.seq || r->state != s->vm.state ||
	    r->lcm != s->vm.lcm ||
	    strcmp(r->deploy_id, s->vm.deploy_id != NULL ? s->vm.deploy_id : "") != 0)
		fail_msg("%s: the record is not of the machine", c->name);
}

static void
marks_go_on_only_without_a_break(void **state)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct scene s;
	struct record *out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fold_cases) / sizeof(fold_cases[0]); i++) {
		scene_set(&s);
		fold_cases[i].change(&s);
		memset(&l, 0, sizeof(l));
		l.vms = &s.vm;
		l.n = 1;
		l.complete = true;
		if (history_fold(a, &s.p, &l, &s.seen, s.old, s.n_old, &s.e, &out) != 0)
			fail_msg("%s: no memory", fold_cases[i].name);
		fold_check(&fold_cases[i], &s, out);
	}
	arena_free(a);
}

static void
a_full_arena_is_an_error(void **state)
{
	struct arena *a = arena_new(64);
	struct listing l;
	struct scene s;
	struct record *out;

	(void)state;
	scene_set(&s);
	memset(&l, 0, sizeof(l));
	l.vms = &s.vm;
	l.n = 1;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), -1);
	arena_free(a);
}

static void
an_empty_listing_folds_to_nothing(void **state)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct scene s;
	struct record *out;

	(void)state;
	scene_set(&s);
	memset(&l, 0, sizeof(l));
	assert_int_equal(history_fold(a, &s.p, &l, NULL, s.old, 1, &s.e, &out), 0);
	assert_int_equal(history_fold(a, &s.p, &l, NULL, NULL, 0, &s.e, &out), 0);
	arena_free(a);
}

/* Flapping every ten minutes: grace starts again each time, and the flaps are counted (scenario 15). */
static void
flapping_never_earns_grace(void **state)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct scene s;
	struct record *out;
	int i;

	(void)state;
	scene_set(&s);
	memset(&l, 0, sizeof(l));
	l.vms = &s.vm;
	l.n = 1;
	s.n_old = 0;
	for (i = 0; i < 40; i++) {
		s.vm.lcm = i % 2 == 0 ? 16 : 3;
		s.vm.cls = i % 2 == 0 ? VM_CLASS_UNKNOWN : VM_CLASS_OK;
		s.seen.candidate = i % 2 == 0;
		s.e.now_s = T0 + 600 * i;
		s.e.counts_s = s.e.passed_s = 600;
		assert_int_equal(
		    history_fold(a, &s.p, &l, &s.seen, s.old, s.n_old, &s.e, &out), 0);
		assert_int_equal(out->earned_s, 0);
		assert_int_equal(out->confirmations, i % 2 == 0 ? 1 : 0);
		assert_int_equal(out->flaps, (i + 1) / 2);
		s.old[0] = *out;
		s.n_old = 1;
	}
	arena_free(a);
}

/* Where silence is required, a sweep that could not see it neither confirms nor earns, and bridges no gap. */
static void
blind_sweeps_confirm_nothing(void **state)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct scene s;
	struct record *out;

	(void)state;
	scene_set(&s);
	s.p.unknown.silence = true;
	memset(&l, 0, sizeof(l));
	l.vms = &s.vm;
	l.n = 1;
	s.old[0].noticed_s = T0 - 1000;
	s.old[0].notice_earned_s = 50;
	s.seen.silent = s.seen.evident = false;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->confirmations, 2);
	assert_int_equal(out->earned_s, 900);
	assert_int_equal(out->marked_s, T0 - 1800);
	assert_int_equal(out->seen_s, T0 - 900);
	assert_true(out->acknowledged && out->killed_in_mark);
	assert_int_equal(out->noticed_s, T0 - 1000);
	assert_int_equal(out->notice_earned_s, 950);
	/* silent again within the gap: it goes on, and the blind time is not given back */
	s.old[0] = *out;
	s.e.now_s += 900;
	s.seen.silent = s.seen.evident = true;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->confirmations, 3);
	assert_int_equal(out->earned_s, 1800);
	assert_int_equal(out->notice_earned_s, 1850);
	/* blind for longer than the gap: anew; a person's word for this very machine stands */
	s.old[0] = *out;
	for (int i = 0; i < 4; i++) {
		s.e.now_s += 900;
		s.seen.silent = s.seen.evident = false;
		assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
		s.old[0] = *out;
	}
	assert_int_equal(out->confirmations, 1);
	assert_int_equal(out->earned_s, 0);
	assert_int_equal(out->seen_s, 0);
	assert_int_equal(out->noticed_s, 0);
	assert_true(out->acknowledged && out->killed_in_mark);
	s.e.now_s += 900;
	s.seen.silent = s.seen.evident = true;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->confirmations, 1);
	assert_int_equal(out->earned_s, 0);
	assert_int_equal(out->marked_s, s.e.now_s);
	assert_int_equal(out->seen_s, s.e.now_s);
	/* not required: evident without */
	scene_set(&s);
	s.seen.silent = false;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->confirmations, 3);
	assert_false(out->looked);
	/* and worth nothing once it is required */
	s.old[0] = *out;
	s.e.now_s += 900;
	s.p.unknown.silence = true;
	s.seen.silent = true;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->confirmations, 1);
	assert_int_equal(out->earned_s, 0);
	assert_true(out->looked && out->killed_in_mark);
	arena_free(a);
}

/* A notice is worth the time that really passed since, whatever the clock did (scenario 13). */
static void
a_notice_earns_like_a_grace(void **state)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct scene s;
	struct record *out;

	(void)state;
	scene_set(&s);
	memset(&l, 0, sizeof(l));
	l.vms = &s.vm;
	l.n = 1;
	s.old[0].noticed_s = T0 - 100;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->notice_earned_s, 100); /* not the 900 since the last sweep */
	s.e.jumped = true;
	s.e.jump_s = 86400;
	s.e.now_s = T0 + 86400;
	s.e.counts_s = 0;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->notice_earned_s, 0);
	assert_int_equal(out->noticed_s, T0 - 100 + 86400);
	s.vm.seq++;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->noticed_s, 0);
	arena_free(a);
}

/* What was promised outlives the mark, and no clock brings it nearer. */
static void
a_date_stays_with_the_machine(void **state)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct scene s;
	struct record *out;

	(void)state;
	scene_set(&s);
	memset(&l, 0, sizeof(l));
	l.vms = &s.vm;
	l.n = 1;
	s.old[0].not_before_s = T0 + 5000;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->not_before_s, T0 + 5000);
	assert_true(out->goes_on);
	/* another placement, another owner, alive: no mark, or a new one */
	s.vm.seq++;
	s.vm.uid++;
	s.vm.deploy_id = "elsewhere";
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_false(out->goes_on);
	assert_int_equal(out->not_before_s, T0 + 5000);
	s.seen.alive = true;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->confirmations, 0);
	assert_int_equal(out->not_before_s, T0 + 5000);
	/* the clock jumps: as far away as it was */
	s.e.jumped = true;
	s.e.jump_s = 86400;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->not_before_s, T0 + 5000 + 86400);
	s.e.jump_s = INT64_MIN;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->not_before_s, 1); /* a date still */
	s.e.jump_s = INT64_MAX; /* and no farther away than any that was told */
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->not_before_s, s.e.now_s + POLICY_NOTICE_MAX_S);
	s.e.jumped = false;
	s.vm.stime_s++; /* another machine with its number */
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->not_before_s, 0);
	/* a notice that was written without its date (by an older program) has one, too */
	scene_set(&s);
	s.old[0].noticed_s = T0 - 100;
	s.old[0].promised_s = 5000;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->not_before_s, T0 + 4900);
	s.old[0].promised_s = INT64_MAX;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->not_before_s, s.e.now_s + POLICY_NOTICE_MAX_S);
	s.old[0].promised_s = 60; /* a later date stands */
	s.old[0].not_before_s = T0 + 9000;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_int_equal(out->not_before_s, T0 + 9000);
	arena_free(a);
}

/* It was part of a storm: that stands, whatever the evidence, until somebody has acknowledged it. */
static void
a_storm_stays_until_somebody_has_looked(void **state)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct scene s;
	struct record *out;

	(void)state;
	scene_set(&s);
	s.p.unknown.silence = true;
	memset(&l, 0, sizeof(l));
	l.vms = &s.vm;
	l.n = 1;
	s.old[0].acknowledged = false;
	s.old[0].stormed = true;
	s.seen.silent = s.seen.evident = true;
	for (int i = 0; i < 6;
	     i++) { /* four blind sweeps are more than the gap: a mark that starts anew */
		assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
		assert_true(out->stormed);
		s.old[0] = *out;
		s.e.now_s += 900;
		s.seen.silent = s.seen.evident = i >= 4;
	}
	assert_int_equal(out->confirmations, 1);
	s.old[0].acknowledged = true;
	assert_int_equal(history_fold(a, &s.p, &l, &s.seen, s.old, 1, &s.e, &out), 0);
	assert_true(!out->stormed && out->acknowledged);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clocks_that_disagree_earn_nothing),
	    cmocka_unit_test(the_first_sweep_earns_nothing),
	    cmocka_unit_test(marks_go_on_only_without_a_break),
	    cmocka_unit_test(a_full_arena_is_an_error),
	    cmocka_unit_test(an_empty_listing_folds_to_nothing),
	    cmocka_unit_test(flapping_never_earns_grace),
	    cmocka_unit_test(blind_sweeps_confirm_nothing),
	    cmocka_unit_test(a_notice_earns_like_a_grace),
	    cmocka_unit_test(a_date_stays_with_the_machine),
	    cmocka_unit_test(a_storm_stays_until_somebody_has_looked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
