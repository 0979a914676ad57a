/* SPDX-License-Identifier: ISC */
/*
 * test_history_walk: random fleets walk through random sweeps, with clocks that jump and machines that move,
 * answer and are used again. No mark may ever be longer than the time that the clocks agreed on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/history.h"

#define T0     1700000000
#define SEED   20111
#define FLEETS 300
#define SWEEPS 40
#define VMS    12

static uint64_t rng;
static int long_marks; /* of four sweeps and more: the walk must meet them */

static unsigned
dice(unsigned sides)
{
	rng = rng * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(rng >> 33) % sides;
}

/* What a mark may have earned at most: the time that the clocks agreed on since it began. */
struct model {
	int64_t allowed_s;
	bool marked;
	struct vm vm;
};

static void
walk_vm(struct vm *vm, struct seen *seen, bool silence)
{
	static const struct {
		int32_t state, lcm;
		enum vm_class cls;
	} states[] = {{3, 16, VM_CLASS_UNKNOWN}, {3, 36, VM_CLASS_FAILED},
	    {7, 0, VM_CLASS_FAILED}, {3, 3, VM_CLASS_OK}, {8, 0, VM_CLASS_OFF},
	    {3, 1, VM_CLASS_TRANSITIONAL}};
	unsigned k;

	if (dice(5) == 0) {
		k = dice(3) == 0 ? dice(6) : 0;
		vm->state = states[k].state;
		vm->lcm = states[k].lcm;
		vm->cls = states[k].cls;
	}
	if (dice(30) == 0)
		vm->host_id++;
	if (dice(30) == 0)
		vm->seq++;
	if (dice(40) == 0)
		vm->stime_s++;
	if (dice(40) == 0)
		vm->deploy_id = dice(2) ? "one-x" : "one-y";
	seen->alive = dice(12) == 0;
	seen->silent = !seen->alive && dice(10) != 0;
	seen->evident = seen->silent || !silence;
	seen->candidate =
	    dice(15) != 0 && (vm->cls == VM_CLASS_UNKNOWN || vm->cls == VM_CLASS_FAILED);
}

static void
walk_clock(struct clock_now *now)
{
	int64_t step = 60 + dice(1500);

	now->boot_s += step;
	now->wall_s += step;
	if (dice(12) == 0)
		now->wall_s += (int64_t)dice(200000) - 100000;
	if (dice(25) == 0) {
		now->boot_s = dice(100);
		now->boot_id[0] = (char)('a' + dice(26));
	}
}

static void
check_model(struct model *m, const struct vm *vm, const struct seen *seen,
    const struct record *r, const struct elapsed *e, int fleet, int sweep)
{
	bool confirmed = seen->evident;
	bool same = m->vm.stime_s == vm->stime_s && m->vm.host_id == vm->host_id &&
		    m->vm.seq == vm->seq && m->vm.state == vm->state && m->vm.lcm == vm->lcm &&
		    strcmp(m->vm.deploy_id, vm->deploy_id) == 0;
	bool may_go_on = m->marked && same;

	m->allowed_s =
	    may_go_on ? m->allowed_s + (confirmed && e->counts_s > 0 ? e->counts_s : 0) : 0;
	m->marked = seen->candidate && !seen->alive;
	m->vm = *vm;
	if ((r->confirmations > 0) != m->marked)
		fail_msg("fleet %d sweep %d id %lld: marked %d", fleet, sweep,
		    (long long)vm->id, r->confirmations);
	if (r->earned_s < 0 || r->earned_s > m->allowed_s)
		fail_msg("fleet %d sweep %d id %lld: earned %lld of %lld", fleet, sweep,
		    (long long)vm->id, (long long)r->earned_s, (long long)m->allowed_s);
	if (r->confirmations >= 4)
		long_marks++;
	if (r->confirmations > 1 && !may_go_on)
		fail_msg("fleet %d sweep %d: a mark went on over a change", fleet, sweep);
	if (r->confirmations > 0 && confirmed &&
	    (r->marked_s > r->seen_s || r->seen_s != e->now_s))
		fail_msg("fleet %d sweep %d: times of the mark", fleet, sweep);
	if (r->since_s > e->now_s || r->first_seen_s > e->now_s || r->answered_s > e->now_s)
		fail_msg("fleet %d sweep %d: a time in the future", fleet, sweep);
	if (seen->alive && r->answered_s == 0)
		fail_msg("fleet %d sweep %d: an answer was forgotten", fleet, sweep);
}

static void
shuffle(struct record *v, size_t n)
{
	struct record t;
	size_t i, k;

	for (i = n; i > 1; i--) {
		k = dice((unsigned)i);
		t = v[i - 1];
		v[i - 1] = v[k];
		v[k] = t;
	}
}

static void
walk_fleet(int fleet)
{
	struct arena *a = arena_new(0);
	struct policy *p = calloc(1, sizeof(*p));
	struct clock_now last, now = {T0, 100000, "a"};
	struct model models[VMS];
	struct vm vms[VMS];
	struct seen seen[VMS];
	struct record *old = NULL, *out, *again, shuffled[VMS];
	struct listing l;
	struct elapsed e;
	int sweep, i;

	assert_non_null(p);
	p->unknown.gap_s = p->failed.gap_s = 1200;
	p->unknown.silence = p->failed.silence = fleet % 2 == 0;
	memset(models, 0, sizeof(models));
	memset(vms, 0, sizeof(vms));
	memset(&l, 0, sizeof(l));
	l.vms = vms;
	l.n = VMS;
	l.complete = true;
	for (i = 0; i < VMS; i++) {
		vms[i].id = 10 + i;
		vms[i].deploy_id = models[i].vm.deploy_id = "one";
		vms[i].state = 3;
		vms[i].lcm = 16;
		vms[i].cls = VM_CLASS_UNKNOWN;
	}
	for (sweep = 0; sweep < SWEEPS; sweep++) {
		last = now;
		walk_clock(&now);
		for (i = 0; i < VMS; i++)
			walk_vm(&vms[i], &seen[i], p->unknown.silence);
		history_elapsed(sweep > 0 ? &last : NULL, &now, 1200, &e);
		assert_true(e.counts_s >= 0);
		assert_int_equal(
		    history_fold(a, p, &l, seen, old, sweep > 0 ? VMS : 0, &e, &out), 0);
		if (sweep > 0) {
			memcpy(shuffled, old, sizeof(shuffled));
			shuffle(shuffled, VMS);
			assert_int_equal(
			    history_fold(a, p, &l, seen, shuffled, VMS, &e, &again), 0);
			assert_memory_equal(out, again, VMS * sizeof(*out));
		}
		for (i = 0; i < VMS; i++)
			check_model(&models[i], &vms[i], &seen[i], &out[i], &e, fleet, sweep);
		old = out;
	}
	free(p);
	arena_free(a);
}

static void
no_mark_is_ever_longer_than_its_time(void **state)
{
	int fleet;

	(void)state;
	rng = SEED;
	print_message(
	    "seed %d, %d fleets of %d machines, %d sweeps each\n", SEED, FLEETS, VMS, SWEEPS);
	for (fleet = 0; fleet < FLEETS; fleet++)
		walk_fleet(fleet);
	assert_true(long_marks > FLEETS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_mark_is_ever_longer_than_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
