/* SPDX-License-Identifier: ISC */
/*
 * The fleet as a whole: who is first, the caps, the last look before the call, and what must hold for any
 * fleet at all (random ones; FLEET_SEED and FLEET_ROUNDS repeat a run).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fleet.h"

/* --- order and caps ------------------------------------------------------------------------------- */

/* n more of the inviting kind, ids from 200, each on a host and of an owner of its own, and no storm. */
static void
add_line(struct fleet *f, size_t n)
{
	char addr[NET_STR_SIZE];

	f->policy.limits.storm_count = f->policy.limits.storm_floor = UNITS_UNLIMITED;
	f->policy.limits.storm_host = f->policy.limits.storm_network = UNITS_UNLIMITED;
	for (size_t i = 0; i < n; i++) {
		snprintf(addr, sizeof(addr), "10.0.1.%u", (unsigned)(50 + i));
		fleet_add_problem(f, 200 + (int64_t)i, addr);
		f->vms[13 + i].uid = f->records[13 + i].uid = 300 + (int32_t)i;
		fleet_state(f, 13 + i, 7, 0); /* FAILED: needs no host */
		f->vms[13 + i].host_id = f->records[13 + i].host_id = 1000 + (int64_t)i;
	}
}

static struct fleet *
line_new(size_t n)
{
	struct fleet *f = fleet_new();

	f->listing.era = era_by_version("4.12.0");
	add_line(f, n);
	return f;
}

/* The ids to kill, as text. */
static const char *
killed(struct fleet *f, char buf[static 200])
{
	size_t used = 0;

	fleet_judge(f);
	buf[0] = '\0';
	for (size_t i = 0; i < f->run.n_kills; i++) {
		used += (size_t)snprintf(buf + used, 200 - used, "%s%lld", i > 0 ? " " : "",
		    (long long)f->vms[f->run.kills[i]].id);
	}
	return buf;
}

static void
oldest_marks_go_first_then_lowest_ids(void **state)
{
	struct fleet *f = line_new(4);
	char buf[200];

	(void)state;
	assert_string_equal(killed(f, buf), "42 200 201 202 203");
	f->records[15].marked_s -= 10;
	f->records[0].marked_s += 10;
	assert_string_equal(killed(f, buf), "202 200 201 203 42");
	fleet_free(f);
}

static void
the_run_cap_keeps_the_youngest_waiting(void **state)
{
	struct fleet *f = line_new(4);
	char buf[200];

	(void)state;
	f->policy.limits.per_run = 2;
	f->records[0].marked_s += 10;
	assert_string_equal(killed(f, buf), "200 201");
	assert_int_equal(fleet_out(f, 202)->veto, VETO_RATE_RUN);
	assert_int_equal(fleet_out(f, 42)->veto, VETO_RATE_RUN);
	assert_int_equal(fleet_out(f, 42)->verdict, VERDICT_WAIT);
	assert_int_equal(f->run.gates, 0);
	fleet_free(f);
}

static void
the_hour_cap_counts_earlier_kills(void **state)
{
	struct fleet *f = line_new(4);
	char buf[200];

	(void)state;
	f->in.run.killed_last_hour = 7;
	assert_string_equal(killed(f, buf), "42 200 201");
	assert_int_equal(fleet_out(f, 202)->veto, VETO_RATE_HOUR);
	fleet_free(f);
}

static void
the_host_cap_lets_other_hosts_go_on(void **state)
{
	struct fleet *f = line_new(4);
	char buf[200];

	(void)state;
	f->policy.limits.per_host = 1;
	for (size_t i = 13; i < 16; i++)
		f->vms[i].host_id = f->records[i].host_id = 1000;
	assert_string_equal(killed(f, buf), "42 200 203");
	assert_int_equal(fleet_out(f, 201)->veto, VETO_RATE_HOST);
	assert_int_equal(fleet_out(f, 202)->veto, VETO_RATE_HOST);
	fleet_free(f);
}

static void
the_owner_cap_lets_other_owners_go_on(void **state)
{
	struct fleet *f = line_new(4);
	char buf[200];

	(void)state;
	f->policy.limits.per_owner = 2;
	for (size_t i = 13; i < 16; i++)
		f->vms[i].uid = f->records[i].uid = 300;
	assert_string_equal(killed(f, buf), "42 200 201 203");
	assert_int_equal(fleet_out(f, 202)->veto, VETO_RATE_OWNER);
	fleet_free(f);
}

static void
caps_come_in_their_order_and_are_all_recorded(void **state)
{
	struct fleet *f = line_new(4);
	char buf[200];

	(void)state;
	f->policy.limits.per_run = 1;
	f->policy.limits.per_hour = 1;
	f->policy.limits.per_owner = 0;
	f->vms[0].uid = f->records[0].uid = 300;
	killed(f, buf);
	assert_string_equal(buf, "");
	assert_true(f->out[0].vetoes == 1ull << VETO_RATE_OWNER);
	f->policy.limits.per_owner = 1;
	assert_string_equal(killed(f, buf), "42");
	assert_true(fleet_out(f, 200)->vetoes ==
		    (1ull << VETO_RATE_RUN | 1ull << VETO_RATE_HOUR | 1ull << VETO_RATE_OWNER));
	fleet_free(f);
}

static void
zero_is_zero_and_unlimited_is_a_word(void **state)
{
	struct fleet *f = line_new(20);
	char buf[200];

	(void)state;
	f->policy.limits.per_run = 0;
	assert_string_equal(killed(f, buf), "");
	f->policy.limits.per_run = f->policy.limits.per_hour = UNITS_UNLIMITED;
	killed(f, buf);
	assert_int_equal(f->run.n_kills, 21);
	fleet_free(f);
}

/* --- memory --------------------------------------------------------------------------------------- */

static void
without_memory_everybody_is_kept(void **state)
{
	struct fleet *f = line_new(4);
	size_t cap, failed = 0;

	(void)state;
	for (cap = 16; cap < 1024 * 1024; cap += 512) {
		struct arena *a = arena_new(cap);
		int rc = verdict_fleet(a, &f->in, f->out, &f->run);

		if (rc != 0) {
			failed++;
			assert_int_equal(f->run.n_kills + f->run.n_would_kill, 0);
			assert_int_equal(f->run.gates, 1u << GATE_LISTING);
			for (size_t i = 0; i < f->listing.n; i++)
				assert_int_equal(f->out[i].verdict, VERDICT_KEEP);
		}
		arena_free(a);
		if (rc == 0)
			break;
	}
	assert_true(failed > 0);
	assert_int_equal(f->run.n_kills, 5);
	fleet_free(f);
}

static void
sightings_are_found_by_address(void **state)
{
	struct fleet *f = fleet_new();
	struct addr a;
	struct sightings none = {0};

	(void)state;
	fleet_see(f, "2001:db8::1", PROBE_ANSWERED);
	for (size_t i = 0; i < f->sightings.n; i++)
		assert_ptr_equal(sightings_find(&f->sightings, &f->addrs[i]), &f->seen[i]);
	assert_int_equal(net_addr_parse("10.0.1.41", &a), 0);
	assert_null(sightings_find(&f->sightings, &a));
	assert_null(sightings_find(&none, &a));
	fleet_free(f);
}

/* --- V10 ------------------------------------------------------------------------------------------ */

typedef void later_fn(struct fleet *f, struct vm *fresh, struct host *host);
#define LATER(name) static void name(struct fleet *f, struct vm *fresh, struct host *host)
#define UNUSED	    (void)f, (void)fresh, (void)host

/* A case is one line. */
/* clang-format off */
LATER(as_before) { UNUSED; }
LATER(other_id) { UNUSED; fresh->id = 43; }
LATER(other_stime) { UNUSED; fresh->stime_s++; }
LATER(other_uid) { UNUSED; fresh->uid = 8; }
LATER(other_gid) { UNUSED; fresh->gid = 8; }
LATER(other_deploy_id) { UNUSED; fresh->deploy_id = "one-y"; }
LATER(runs_again) { UNUSED; fresh->lcm = 3; fresh->cls = VM_CLASS_OK; }
LATER(failed_meanwhile)
{
	UNUSED;
	f->policy.failed.states = fleet_list(f, "BOOT_FAILURE");
	fresh->lcm = 36;
	fresh->cls = VM_CLASS_FAILED;
}
LATER(migrated) { UNUSED; fresh->host_id = host->id = 5; }
LATER(new_seq) { UNUSED; fresh->seq++; }
LATER(locked) { UNUSED; fresh->lock = 1; }
LATER(keep_mark) { UNUSED; fleet_add_attr(f, fresh, "VMREAPER_KEEP", "yes"); }
LATER(keep_label) { UNUSED; fresh->labels = "vmreaper-keep"; }
LATER(keep_local) { UNUSED; f->keeps[0] = (struct keep){.id = 42}; f->in.n_keeps = 1; }
LATER(given_away) { UNUSED; fresh->uname = "oneadmin"; }
LATER(joined_service) { UNUSED; fresh->service_id = 1; }
LATER(joined_allowed_service) { UNUSED; f->policy.scope.services = true; fresh->service_id = 1; }
LATER(scheduled) { UNUSED; fresh->sched_action = true; }
LATER(disk_added) { UNUSED; fleet_add_disk(f, fresh, DISK_VOLATILE, TRI_NO); }
LATER(disk_gone) { UNUSED; fresh->n_disks = 0; }
LATER(disk_made_persistent) { UNUSED; fresh->n_disks = 0; fleet_add_disk(f, fresh, DISK_IMAGE, TRI_YES); }
LATER(disk_swapped) { UNUSED; fresh->n_disks = 0; fleet_add_disk(f, fresh, DISK_CDROM, TRI_NO); }
LATER(snapshot_taken) { UNUSED; fresh->snapshots = true; }
LATER(not_full) { UNUSED; fresh->full = false; }
LATER(host_gone) { UNUSED; host->id = -1; }
LATER(host_failed) { UNUSED; host->state = 3; }
LATER(host_stale) { UNUSED; host->monitored_s = FLEET_NOW + 240 - 601; }
LATER(host_read_in_between) { UNUSED; host->monitored_s = FLEET_NOW + 240; }
LATER(host_reports_zombie) { UNUSED; static int64_t ids[] = {42}; host->zombies = ids; host->n_zombies = 1; }
LATER(host_cools_down) { UNUSED; f->host_records[0].good_since_s = FLEET_NOW; }
LATER(answers_now) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_ANSWERED); }
LATER(not_sent_now) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_NOT_SENT); }
LATER(cut_now) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_CUT); }
LATER(address_added) { UNUSED; fleet_add_addr(f, fresh, "10.0.1.43", 1); fleet_see(f, "10.0.1.43", PROBE_SILENT); }
LATER(alias_gone)
{
	UNUSED;
	fleet_add_addr(f, &f->vms[0], "10.0.1.44", 1)->origin = ADDR_ALIAS;
	f->vms[0].n_nics = 1;
}
LATER(address_taken) { UNUSED; fresh->n_addrs = 0; fleet_add_addr(f, fresh, "10.0.1.43", 1); fresh->n_nics = 1; fleet_see(f, "10.0.1.43", PROBE_SILENT); }
static void
guest_reports(struct fleet *f, struct vm *fresh, const char *addr)
{
	fleet_add_addr(f, fresh, addr, -1)->origin = ADDR_GUEST;
	fresh->n_nics = 1;
}
LATER(guest_address_silent) { UNUSED; guest_reports(f, fresh, "10.0.1.43"); fleet_see(f, "10.0.1.43", PROBE_SILENT); }
LATER(guest_address_alive) { UNUSED; guest_reports(f, fresh, "10.0.1.43"); fleet_see(f, "10.0.1.43", PROBE_ANSWERED); }
LATER(guest_address_not_probed) { UNUSED; guest_reports(f, fresh, "10.0.1.43"); }
LATER(guest_address_of_another) { UNUSED; guest_reports(f, fresh, "10.0.1.105"); fleet_see(f, "10.0.1.105", PROBE_SILENT); }
LATER(not_told_yet) { UNUSED; f->policy.notify.hook = "/x"; }
LATER(no_record) { UNUSED; f->in.records = NULL; }
LATER(already_killed) { UNUSED; f->records[0].killed_in_mark = true; }

static const struct {
	const char *name;
	later_fn *later;
	enum veto veto;
} looks[] = {
#define ROW(fn, veto) {#fn, fn, VETO_##veto}
    ROW(as_before, COUNT), ROW(other_id, CHANGED), ROW(other_stime, CHANGED), ROW(other_uid, CHANGED),
    ROW(other_gid, CHANGED), ROW(other_deploy_id, CHANGED), ROW(runs_again, NOT_REAPABLE),
    ROW(failed_meanwhile, CHANGED), ROW(migrated, CHANGED), ROW(new_seq, CHANGED), ROW(locked, LOCKED),
    ROW(keep_mark, KEEP_MARK), ROW(keep_label, KEEP_MARK), ROW(keep_local, KEEP_LOCAL), ROW(given_away, EXCLUDED),
    ROW(joined_service, SERVICE), ROW(joined_allowed_service, CHANGED), ROW(scheduled, SCHEDULED),
    ROW(disk_added, CHANGED), ROW(disk_gone, CHANGED), ROW(disk_made_persistent, DATA), ROW(disk_swapped, CHANGED),
    ROW(snapshot_taken, DATA), ROW(not_full, NOT_READ), ROW(host_gone, NO_HOST), ROW(host_failed, HOST_STATE),
    ROW(host_stale, HOST_STALE), ROW(host_read_in_between, COUNT), ROW(host_reports_zombie, RUNS_ELSEWHERE),
    ROW(host_cools_down, HOST_COOL),
    ROW(answers_now, ANSWERS_PING), ROW(not_sent_now, NOT_PROBED), ROW(cut_now, NOT_PROBED),
    ROW(address_added, CHANGED), ROW(alias_gone, CHANGED), ROW(address_taken, CHANGED), ROW(guest_address_silent, COUNT),
    ROW(guest_address_alive, ANSWERS_PING), ROW(guest_address_not_probed, NOT_PROBED),
    ROW(guest_address_of_another, AMBIGUOUS), ROW(no_record, CHANGED), ROW(already_killed, KILLED_BEFORE),
    ROW(not_told_yet, NOTICE),
#undef ROW
};
/* clang-format on */

static void
the_last_look_sees_what_has_changed(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		struct fleet *f = fleet_new();
		struct vm fresh = f->vms[0];
		struct host host = f->hosts[0];
		enum veto v;

		fleet_judge(f);
		assert_true(fleet_kills(f, 42));
		looks[i].later(f, &fresh, &host);
		/* Four minutes after the sweep began. */
		v = verdict_reverify(&f->in, 0, &fresh, &host, host.id < 0 ? 0 : 1,
		    &f->sightings, FLEET_NOW + 240);
		if (v != looks[i].veto) {
			print_error("%s: %s, wanted %s\n", looks[i].name, veto_code(v),
			    veto_code(looks[i].veto));
			wrong++;
		}
		fleet_free(f);
	}
	assert_int_equal(wrong, 0);
}

static void
the_last_look_without_sightings_keeps(void **state)
{
	struct fleet *f = fleet_new();
	struct vm fresh = f->vms[0];

	(void)state;
	assert_int_equal(
	    verdict_reverify(&f->in, 0, &fresh, f->hosts, 1, NULL, FLEET_NOW), VETO_NOT_PROBED);
	fleet_free(f);
}

/* --- random fleets -------------------------------------------------------------------------------- */

struct dice {
	uint64_t s;
};

/* xorshift64* */
static uint32_t
roll(struct dice *d, uint32_t sides)
{
	d->s ^= d->s >> 12;
	d->s ^= d->s << 25;
	d->s ^= d->s >> 27;
	return (uint32_t)((d->s * 0x2545f4914f6cdd1dULL) >> 32) % sides;
}

static bool
one_in(struct dice *d, uint32_t n)
{
	return roll(d, n) == 0;
}

static const char *const versions[] = {"2.2.0", "3.2.1", "3.8.0", "4.2.0", "4.12.0", "4.14.0",
    "5.2.0", "5.10.0", "6.4.0", "7.2.0", "7.2.0", "7.2.0"};

/* Facts of machine i that mostly invite and sometimes do not. */
static void
random_machine(struct fleet *f, struct dice *d, size_t i)
{
	static const int32_t lcms[] = {16, 16, 16, 16, 16, 39, 36, 40, 3, 11, 60, 72};
	struct vm *vm = &f->vms[i];
	struct record *r = &f->records[i];
	int32_t which = (int32_t)roll(d, 14);

	vm->ever_ran = (enum tri)roll(d, 3);
	vm->host_id = 4 + roll(d, 3);
	vm->uid = (int32_t)roll(d, 4);
	vm->uname = one_in(d, 12) ? "oneadmin" : one_in(d, 20) ? "" : "alice";
	if (which < 12)
		fleet_state(f, i, 3, lcms[which]);
	else
		fleet_state(f, i, which == 12 ? 7 : 11, 0);
	/* A number of another version stops everybody: seldom. */
	if (era_contradicts(f->listing.era, vm->state, vm->lcm) && !one_in(d, 50))
		fleet_state(f, i, 3, 16);
	vm->lock = one_in(d, 12) ? (int32_t)roll(d, 6) - 1 : 0;
	vm->full = !one_in(d, 20);
	if (one_in(d, 15))
		vm->odd |= 1u << roll(d, 6);
	if (one_in(d, 12))
		fleet_add_disk(f, vm, (enum disk_kind)roll(d, 5), (enum tri)roll(d, 3));
	if (one_in(d, 15))
		fleet_add_attr(f, vm, "VMREAPER_KEEP", one_in(d, 2) ? "NO" : "until Easter");
	vm->service_id = one_in(d, 20) ? 5 : -1;
	vm->sched_action = one_in(d, 25);
	vm->snapshots = one_in(d, 25);
	if (one_in(d, 20))
		vm->stime_s = FLEET_NOW - roll(d, 2 * HOUR);
	vm->addrs[0].network_id = one_in(d, 6) ? (int32_t)roll(d, 4) - 1 : 1;
	fleet_record_follows(f, i);
	r->marked_s =
	    FLEET_NOW - DAY - (int64_t)roll(d, 10) * HOUR + (one_in(d, 8) ? 2 * HOUR : 0);
	r->earned_s = one_in(d, 10) ? DAY - 1 : DAY + 1;
	r->confirmations = one_in(d, 10) ? (int32_t)roll(d, 4) : 50;
	r->acknowledged = one_in(d, 3);
	r->kills = one_in(d, 15) ? (int32_t)roll(d, 3) : 0;
	r->last_kill_s = r->kills > 0 ? FLEET_NOW - 2 * DAY : 0;
	r->killed_in_mark = one_in(d, 30);
}

static void
random_limits(struct fleet *f, struct dice *d)
{
	struct policy *p = &f->policy;

	p->limits.per_run = roll(d, 6);
	p->limits.per_hour = one_in(d, 3) ? UNITS_UNLIMITED : roll(d, 8);
	p->limits.per_host = roll(d, 4);
	p->limits.per_owner = one_in(d, 3) ? UNITS_UNLIMITED : roll(d, 4);
	f->in.run.killed_last_hour = roll(d, 4);
	if (!one_in(d, 4)) {
		p->limits.storm_count = p->limits.storm_floor = UNITS_UNLIMITED;
		p->limits.storm_host = p->limits.storm_network = UNITS_UNLIMITED;
	}
	if (one_in(d, 4))
		p->unknown.persistent = p->failed.persistent = POLICY_PERSISTENT_ALLOW;
	if (one_in(d, 4))
		p->failed.states =
		    fleet_list(f, "FAILED PROLOG_FAILURE CLONING_FAILURE BOOT_FAILURE");
}

static struct fleet *
random_fleet(struct dice *d)
{
	struct fleet *f = fleet_new();
	size_t n = roll(d, 24);
	char addr[NET_STR_SIZE];

	f->listing.era = era_by_version(versions[roll(d, 12)]);
	f->hosts[2] = (struct host){.id = 6,
	    .name = "node6",
	    .state = one_in(d, 4) ? 3 : 2,
	    .monitored_s = FLEET_NOW - roll(d, 800)};
	f->listing.n_hosts = 3;
	random_limits(f, d);
	for (size_t i = 0; i < n; i++) {
		snprintf(addr, sizeof(addr), "10.0.1.%u",
		    (unsigned)(one_in(d, 12) ? roll(d, 200) + 1 : 200 + i));
		fleet_add_problem(f, 200 + (int64_t)i, addr);
		random_machine(f, d, f->listing.n - 1);
		fleet_see(f, addr, one_in(d, 8) ? (enum probe_result)roll(d, 8) : PROBE_SILENT);
	}
	f->in.run.last.machines = (int64_t)f->listing.n;
	return f;
}

/* What may never be true of a machine that is killed, said once more and as plainly as can be. */
static void
check_killed(const struct fleet *f, size_t i)
{
	const struct vm *vm = &f->vms[i];
	const struct record *r = &f->records[i];
	const struct sighting *s = sightings_find(&f->sightings, &vm->addrs[0].a);
	bool persistent = false;

	for (size_t k = 0; k < vm->n_disks; k++)
		persistent |= vm->disks[k].persistent != TRI_NO;
	assert_true(vm->cls == VM_CLASS_UNKNOWN || vm->cls == VM_CLASS_FAILED);
	assert_true(vm->cls == era_class(f->listing.era, vm->state, vm->lcm));
	assert_true(vm->full && vm->odd == 0 && vm->lock == 0 && vm->service_id == -1 &&
		    !vm->sched_action);
	assert_true(vm->uname[0] != '\0' && strcmp(vm->uname, "oneadmin") != 0);
	assert_true(FLEET_NOW - vm->stime_s >= HOUR);
	/* "There is no such address", from a router, is as silent as silence. */
	assert_true(s != NULL &&
		    (s->ping.result == PROBE_SILENT || s->ping.result == PROBE_UNREACHABLE));
	assert_true(
	    r->earned_s >= DAY && FLEET_NOW - r->marked_s >= DAY && r->confirmations >= 3);
	assert_true(!r->killed_in_mark && r->kills < 2);
	assert_false(vm->snapshots);
	assert_false(persistent && (vm->cls == VM_CLASS_FAILED ||
				       f->policy.unknown.persistent == POLICY_PERSISTENT_KEEP ||
				       f->listing.era->to < 40400));
	if (vm->state == 3) {
		const struct host *h = &f->hosts[vm->host_id - 4];

		assert_true(h->state == 2 && FLEET_NOW - h->monitored_s <= 600);
	}
	if (vm->state == 11 || (vm->state == 3 && vm->lcm == 39))
		assert_int_equal(vm->ever_ran, TRI_NO);
	for (size_t k = 0; k < vm->n_attrs; k++)
		assert_string_equal(vm->attrs[k].value, "NO");
	for (size_t k = 0; k < f->listing.n; k++)
		assert_true(k == i || !net_addr_eq(&f->vms[k].addrs[0].a, &vm->addrs[0].a));
}

static void
check_caps(const struct fleet *f)
{
	const struct policy *p = &f->policy;
	const size_t *list = f->run.would_kill;
	int64_t n = (int64_t)f->run.n_would_kill;

	assert_true(n <= p->limits.per_run);
	assert_true(p->limits.per_hour == UNITS_UNLIMITED || n == 0 ||
		    n + f->in.run.killed_last_hour <= p->limits.per_hour);
	for (int64_t i = 0; i < n; i++) {
		int64_t host = 0, owner = 0;

		for (int64_t k = 0; k < n; k++) {
			host += f->vms[list[k]].host_id == f->vms[list[i]].host_id;
			owner += f->vms[list[k]].uid == f->vms[list[i]].uid;
		}
		assert_true(host <= p->limits.per_host && owner <= p->limits.per_owner);
		assert_true(
		    i == 0 || f->records[list[i - 1]].marked_s <= f->records[list[i]].marked_s);
	}
}

static bool
would_kill(const struct fleet *f, int64_t id)
{
	for (size_t i = 0; i < f->run.n_would_kill; i++) {
		if (f->vms[f->run.would_kill[i]].id == id)
			return true;
	}
	return false;
}

#define N_HARMS 24
/* One more reason to keep machine i, or one fact of it gone. */
static void
protect(struct fleet *f, size_t i, uint32_t which)
{
	struct vm *vm = &f->vms[i];
	struct record *r = &f->records[i];
	struct sighting *s = NULL;
	char addr[NET_STR_SIZE];

	/* clang-format off */
	switch (which) {
	case 0: s = fleet_see(f, net_addr_str(addr, &vm->addrs[0].a), PROBE_ANSWERED); break;
	case 1: s = fleet_see(f, net_addr_str(addr, &vm->addrs[0].a), PROBE_SILENT);
		s->ssh.result = PROBE_REFUSED; break;
	case 2: s = fleet_see(f, net_addr_str(addr, &vm->addrs[0].a), PROBE_SILENT);
		s->connect.result = PROBE_ANSWERED; break;
	case 3: vm->lock = 1; break;
	case 4: vm->lock = VM_LOCK_UNREADABLE; break;
	case 5: vm->snapshots = true; break;
	case 6: vm->create_image = true; break;
	case 7: vm->full = false; break;
	case 8: vm->stime_s = 0; break;
	case 9: vm->host_id = -1; vm->host = ""; break;
	case 10: vm->uname = ""; break;
	case 11: vm->uid = -1; break;
	case 12: vm->n_addrs = 0; break;
	case 13: vm->state = -1; vm->cls = VM_CLASS_UNRECOGNISED; vm->odd |= VM_ODD_STATE; break;
	case 14: vm->lcm = -1; vm->cls = VM_CLASS_UNRECOGNISED; vm->odd |= VM_ODD_STATE; break;
	case 15: vm->deploy_id = ""; break;
	case 16: vm->seq = -1; break;
	case 17: *r = (struct record){.deploy_id = ""}; break;
	case 18: r->confirmations = 0; break;
	case 19: r->seen_s = 0; break;
	case 20: fleet_add_attr(f, vm, "VMREAPER_KEEP", "yes"); break;
	case 21: vm->labels = "vmreaper-keep"; break;
	case 22: vm->sched_action = true; break;
	case 23: vm->imported = true; break;
	}
	/* clang-format on */
}

static void
protect_disks(struct fleet *f, size_t i, enum tri persistent)
{
	struct vm *vm = &f->vms[i];

	for (size_t k = 0; k < vm->n_disks; k++)
		vm->disks[k].persistent = persistent;
}

static void
swap_machines(struct fleet *f, size_t i, size_t k)
{
	struct vm vm = f->vms[i];
	struct record r = f->records[i];

	f->vms[i] = f->vms[k];
	f->records[i] = f->records[k];
	f->vms[k] = vm;
	f->records[k] = r;
}

/* The same fleet in another order: the same of each machine, the same kills in the same order. */
static void
check_order_does_not_matter(struct fleet *f, struct dice *d)
{
	struct judgement before[FLEET_MAX];
	struct run_judgement run;
	int64_t ids[FLEET_MAX], kills[FLEET_MAX];
	size_t n = f->listing.n;

	fleet_judge(f);
	run = f->run;
	for (size_t i = 0; i < n; i++) {
		ids[i] = f->vms[i].id;
		before[i] = f->out[i];
	}
	for (size_t i = 0; i < run.n_would_kill; i++)
		kills[i] = f->vms[run.would_kill[i]].id;
	for (size_t i = n; i > 1; i--)
		swap_machines(f, i - 1, roll(d, (uint32_t)i));
	fleet_judge(f);
	assert_int_equal(f->run.gates, run.gates);
	assert_memory_equal(f->run.detail, run.detail, sizeof(run.detail));
	assert_int_equal(f->run.n_kills, run.n_kills);
	assert_int_equal(f->run.n_would_kill, run.n_would_kill);
	for (size_t i = 0; i < run.n_would_kill; i++)
		assert_int_equal(f->vms[f->run.would_kill[i]].id, kills[i]);
	for (size_t i = 0; i < n; i++)
		assert_memory_equal(fleet_out(f, ids[i]), &before[i], sizeof(before[i]));
}

static void
check_incomplete_kills_nobody(struct fleet *f)
{
	f->listing.complete = false;
	fleet_judge(f);
	assert_int_equal(f->run.n_kills + f->run.n_would_kill, 0);
	assert_true((f->run.gates & 1u << GATE_LISTING) != 0);
	f->listing.complete = true;
}

static void
check_observing_says_the_same(struct fleet *f)
{
	size_t armed[FLEET_MAX], n = f->run.n_kills;
	bool open = f->run.gates == 0;

	if (!open)
		return;
	if (n > 0)
		memcpy(armed, f->run.kills, n * sizeof(*armed));
	f->in.run.reap_option = false;
	fleet_judge(f);
	assert_int_equal(f->run.n_kills, 0);
	assert_int_equal(f->run.n_would_kill, n);
	if (n > 0)
		assert_memory_equal(f->run.would_kill, armed, n * sizeof(*armed));
	f->in.run.reap_option = true;
}

/* Returns how many would have been killed. */
static size_t
check_fleet(uint64_t seed)
{
	struct dice d = {seed};
	struct fleet *f = random_fleet(&d);
	size_t target = roll(&d, (uint32_t)f->listing.n), killed_before;
	int64_t id = f->vms[target].id;
	bool before, missing;
	uint32_t which;

	fleet_judge(f);
	killed_before = f->run.n_would_kill;
	for (size_t i = 0; i < f->run.n_would_kill; i++)
		check_killed(f, f->run.would_kill[i]);
	for (size_t i = 0; i < f->listing.n; i++)
		assert_int_equal(f->out[i].verdict == VERDICT_KILL, f->out[i].vetoes == 0);
	check_caps(f);
	check_observing_says_the_same(f);
	check_order_does_not_matter(f, &d);
	check_incomplete_kills_nobody(f);

	/* Aim at somebody who would die, if anybody would. */
	if (killed_before > 0 && one_in(&d, 2)) {
		fleet_judge(f);
		id = f->vms[f->run.would_kill[roll(&d, (uint32_t)killed_before)]].id;
	}
	for (target = 0; f->vms[target].id != id; target++)
		;
	fleet_judge(f);
	before = would_kill(f, id);
	which = roll(&d, N_HARMS + 2);
	/* Without a host to need, or a disk that a saving verb must save, the fact is no protection. */
	missing = which >= N_HARMS || (which == 9 && f->vms[target].state != 3);
	if (which < N_HARMS)
		protect(f, target, which);
	else
		protect_disks(f, target, which == N_HARMS ? TRI_YES : TRI_UNKNOWN);
	fleet_judge(f);
	if (would_kill(f, id) && (!before || !missing))
		fail_msg("seed %llu: machine %lld is killed though %u",
		    (unsigned long long)seed, (long long)id, which);
	fleet_free(f);
	return killed_before;
}

static void
any_fleet_keeps_the_promises(void **state)
{
	const char *s = getenv("FLEET_SEED"), *rounds = getenv("FLEET_ROUNDS");
	uint64_t seed = 0;
	size_t total = 0, n = rounds != NULL ? strtoul(rounds, NULL, 10) : 5000;

	(void)state;
	if (s != NULL)
		seed = strtoull(s, NULL, 10);
	else
		clock_random(&seed, 4);
	print_message("FLEET_SEED=%llu FLEET_ROUNDS=%zu\n", (unsigned long long)seed, n);
	for (size_t i = 0; i < n; i++)
		total += check_fleet((seed + i) * 2 + 1);
	/* Fleets in which nobody is ever killed would prove nothing. */
	print_message("%zu kills\n", total);
	assert_true(total > n / 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(oldest_marks_go_first_then_lowest_ids),
	    cmocka_unit_test(the_run_cap_keeps_the_youngest_waiting),
	    cmocka_unit_test(the_hour_cap_counts_earlier_kills),
	    cmocka_unit_test(the_host_cap_lets_other_hosts_go_on),
	    cmocka_unit_test(the_owner_cap_lets_other_owners_go_on),
	    cmocka_unit_test(caps_come_in_their_order_and_are_all_recorded),
	    cmocka_unit_test(zero_is_zero_and_unlimited_is_a_word),
	    cmocka_unit_test(without_memory_everybody_is_kept),
	    cmocka_unit_test(sightings_are_found_by_address),
	    cmocka_unit_test(the_last_look_sees_what_has_changed),
	    cmocka_unit_test(the_last_look_without_sightings_keeps),
	    cmocka_unit_test(any_fleet_keeps_the_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
