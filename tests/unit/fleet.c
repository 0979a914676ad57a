/* SPDX-License-Identifier: ISC */
/*
 * fleet: builds the small cloud of the rule tests. Every value stands here and comes from no default of
 * the program, so that a default that changes cannot hide a rule that broke.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleet.h"

struct policy_list
fleet_list(struct fleet *f, const char *words)
{
	struct policy_list l = {.given = true};
	char *copy = arena_strdup(f->a, words), *save = NULL;

	if (strcmp(words, "all") == 0) {
		l.all = true;
		return l;
	}
	l.v = arena_calloc(f->a, 16, sizeof(*l.v));
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		l.v[l.n++] = w;
	return l;
}

static struct addr
addr_of(const char *s)
{
	struct addr a;

	assert_int_equal(net_addr_parse(s, &a), 0);
	return a;
}

struct vm_addr *
fleet_add_addr(struct fleet *f, struct vm *vm, const char *addr, int32_t network_id)
{
	struct vm_addr *grown = arena_calloc(f->a, vm->n_addrs + 1, sizeof(*grown));

	if (vm->n_addrs > 0)
		memcpy(grown, vm->addrs, vm->n_addrs * sizeof(*grown));
	vm->addrs = grown;
	grown[vm->n_addrs] = (struct vm_addr){.a = addr_of(addr),
	    .origin = ADDR_NIC,
	    .network = network_id >= 0 ? "private" : NULL,
	    .network_id = network_id};
	vm->n_nics++;
	return &grown[vm->n_addrs++];
}

void
fleet_add_disk(struct fleet *f, struct vm *vm, enum disk_kind kind, enum tri persistent)
{
	struct vm_disk *grown = arena_calloc(f->a, vm->n_disks + 1, sizeof(*grown));

	if (vm->n_disks > 0)
		memcpy(grown, vm->disks, vm->n_disks * sizeof(*grown));
	vm->disks = grown;
	grown[vm->n_disks] = (struct vm_disk){.id = (int32_t)vm->n_disks,
	    .kind = kind,
	    .persistent = persistent,
	    .size_mib = 1024,
	    .image = "pdata"};
	vm->n_disks++;
}

void
fleet_add_attr(struct fleet *f, struct vm *vm, const char *name, const char *value)
{
	struct vm_attr *grown = arena_calloc(f->a, vm->n_attrs + 1, sizeof(*grown));

	if (vm->n_attrs > 0)
		memcpy(grown, vm->attrs, vm->n_attrs * sizeof(*grown));
	vm->attrs = grown;
	grown[vm->n_attrs++] = (struct vm_attr){name, value};
}

struct sighting *
fleet_see(struct fleet *f, const char *addr, enum probe_result result)
{
	struct addr a = addr_of(addr);
	struct sighting *s;
	size_t i, n = f->sightings.n;

	for (i = 0; i < n && net_addr_cmp(&f->addrs[i], &a) < 0; i++)
		;
	s = &f->seen[i];
	if (i == n || !net_addr_eq(&f->addrs[i], &a)) {
		assert_true(n < FLEET_SEEN_MAX);
		memmove(&f->addrs[i + 1], &f->addrs[i], (n - i) * sizeof(f->addrs[0]));
		memmove(&f->seen[i + 1], &f->seen[i], (n - i) * sizeof(f->seen[0]));
		f->addrs[i] = a;
		f->sightings.n++;
	}
	memset(s, 0, sizeof(*s));
	s->ping = (struct sighting_part){.result = result, .tries = 3, .rtt_us = 1500};
	s->ssh =
	    (struct sighting_part){.result = result, .tries = 2, .rtt_us = 2500, .port = 22};
	if (result == PROBE_ANSWERED) /* ssh = when-silent */
		s->ssh.result = PROBE_NOT_ASKED;
	return s;
}

void
fleet_forget(struct fleet *f, const char *addr)
{
	struct addr a = addr_of(addr);
	size_t i, n = f->sightings.n;

	for (i = 0; i < n && !net_addr_eq(&f->addrs[i], &a); i++)
		;
	assert_true(i < n);
	memmove(&f->addrs[i], &f->addrs[i + 1], (n - i - 1) * sizeof(f->addrs[0]));
	memmove(&f->seen[i], &f->seen[i + 1], (n - i - 1) * sizeof(f->seen[0]));
	f->sightings.n--;
}

void
fleet_record_follows(struct fleet *f, size_t i)
{
	const struct vm *vm = &f->vms[i];
	struct record *r = &f->records[i];

	r->id = vm->id;
	r->stime_s = vm->stime_s;
	r->uid = vm->uid;
	r->deploy_id = vm->deploy_id;
	r->host_id = vm->host_id;
	r->seq = vm->seq;
	r->state = vm->state;
	r->lcm = vm->lcm;
}

void
fleet_state(struct fleet *f, size_t i, int32_t state, int32_t lcm)
{
	struct vm *vm = &f->vms[i];

	vm->state = state;
	vm->lcm = lcm;
	vm->cls = state < 0 || lcm < 0 ? VM_CLASS_UNRECOGNISED
				       : era_class(f->listing.era, state, lcm);
	vm->odd = vm->cls == VM_CLASS_UNRECOGNISED ? VM_ODD_STATE : 0;
	fleet_record_follows(f, i);
}

static struct vm *
add(struct fleet *f, int64_t id, const char *addr)
{
	size_t i = f->listing.n++;
	struct vm *vm = &f->vms[i];

	assert_true(i < FLEET_MAX);
	*vm = (struct vm){.id = id,
	    .uid = 7,
	    .gid = 100,
	    .name = "web",
	    .uname = "alice",
	    .gname = "users",
	    .full = true,
	    .stime_s = FLEET_NOW - 40 * DAY,
	    .deploy_id = "one-x",
	    .host_id = 5,
	    .host = "node5",
	    .seq = 0,
	    .rstime_s = FLEET_NOW - 39 * DAY,
	    .ever_ran = TRI_YES,
	    .service_id = -1,
	    .vrouter_id = -1,
	    .cpu = 1,
	    .vcpu = 1,
	    .memory_mib = 1024,
	    .disk_mib = 2048};
	fleet_add_addr(f, vm, addr, 1);
	fleet_add_disk(f, vm, DISK_IMAGE, TRI_NO);
	return vm;
}

struct vm *
fleet_add_running(struct fleet *f, int64_t id, const char *addr)
{
	struct vm *vm = add(f, id, addr);
	size_t i = f->listing.n - 1;

	fleet_state(f, i, 3, 3);
	f->records[i].answered_s = FLEET_NOW - 30 * DAY;
	fleet_see(f, addr, PROBE_ANSWERED);
	return vm;
}

struct vm *
fleet_add_problem(struct fleet *f, int64_t id, const char *addr)
{
	struct vm *vm = add(f, id, addr);
	size_t i = f->listing.n - 1;
	struct record *r = &f->records[i];

	vm->host_id = 4;
	vm->host = "node4";
	fleet_state(f, i, 3, 16);
	r->marked_s = FLEET_NOW - 3 * DAY;
	r->seen_s = FLEET_NOW;
	r->confirmations = 200;
	r->earned_s = 3 * DAY;
	fleet_see(f, addr, PROBE_SILENT);
	return vm;
}

static void
policy_fill(struct fleet *f)
{
	struct policy *p = &f->policy;
	struct policy_class c = {.reap = true,
	    .grace_s = DAY,
	    .confirmations = 3,
	    .gap_s = 45 * 60,
	    .persistent = POLICY_PERSISTENT_KEEP,
	    .silence = true};

	p->unknown = p->failed = c;
	p->unknown.states = fleet_list(f, "UNKNOWN");
	p->failed.states = fleet_list(f, "FAILED PROLOG_FAILURE CLONING_FAILURE");
	p->scope.owners_in = fleet_list(f, "all");
	p->scope.owners_out = fleet_list(f, "oneadmin");
	p->scope.keep_attribute = "VMREAPER_KEEP";
	p->scope.keep_label = "vmreaper-keep";
	p->scope.min_age_s = HOUR;
	p->limits.per_run = 5;
	p->limits.per_hour = 10;
	p->limits.per_host = 3;
	p->limits.per_owner = 5;
	p->limits.storm_count = 10;
	p->limits.storm_share = 1000;
	p->limits.storm_floor = 3;
	p->limits.storm_host = 3;
	p->limits.storm_network = 5;
	p->limits.storm_hour = 5;
	p->limits.failures = 3;
	p->limits.shrink = 3000;
	p->reap.armed = true;
	p->reap.host_fresh_s = 600;
	p->reap.cool_down_s = 1800;
	p->notify.notice_s = 12 * HOUR;
	p->probe.ping = true;
	p->probe.networks = f->networks;
	p->probe.n_networks = 1;
	assert_int_equal(net_prefix_parse("10.0.0.0/8", &f->networks[0]), 0);
	p->probe.canaries = f->canary_addrs;
}

struct fleet *
fleet_new(void)
{
	struct fleet *f = calloc(1, sizeof(*f));
	struct run_facts *r;
	char addr[NET_STR_SIZE];

	assert_non_null(f);
	f->a = arena_new(0);
	policy_fill(f);
	f->listing = (struct listing){.vms = f->vms,
	    .hosts = f->hosts,
	    .complete = true,
	    .attributes = true,
	    .era = era_by_version("7.2.0"),
	    .version = "7.2.0"};
	for (int i = 0; i < 2; i++) {
		f->hosts[i] = (struct host){.id = 4 + i,
		    .name = i == 0 ? "node4" : "node5",
		    .state = 2,
		    .monitored_s = FLEET_NOW - 30};
	}
	f->listing.n_hosts = 2;
	for (int i = 0; i < 8; i++)
		f->host_records[i] = (struct host_record){
		    .id = 4 + i, .name = "", .good_since_s = FLEET_NOW - DAY};
	f->sightings.addrs = f->addrs;
	f->sightings.seen = f->seen;
	f->sightings.canaries = f->canaries;
	fleet_add_problem(f, 42, "10.0.1.42");
	for (int i = 0; i < 12; i++) {
		snprintf(addr, sizeof(addr), "10.0.1.%d", 100 + i);
		fleet_add_running(f, 100 + i, addr);
	}
	f->in = (struct verdict_input){.policy = &f->policy,
	    .listing = &f->listing,
	    .sightings = &f->sightings,
	    .records = f->records,
	    .hosts = f->host_records,
	    .keeps = f->keeps};
	r = &f->in.run;
	r->now_s = FLEET_NOW;
	r->elapsed = (struct elapsed){.now_s = FLEET_NOW, .counts_s = 900};
	r->reap_option = r->marker_matches = r->ledger_ok = r->in_hours = true;
	r->steady_s = FLEET_NOW - DAY;
	r->last = (struct last_sweep){.sweep = 300, .machines = 13, .complete = true};
	return f;
}

void
fleet_free(struct fleet *f)
{
	if (f != NULL)
		arena_free(f->a);
	free(f);
}

void
fleet_judge(struct fleet *f)
{
	assert_int_equal(verdict_fleet(f->a, &f->in, f->out, &f->run), 0);
}

const struct judgement *
fleet_out(const struct fleet *f, int64_t id)
{
	for (size_t i = 0; i < f->listing.n; i++) {
		if (f->vms[i].id == id)
			return &f->out[i];
	}
	fail_msg("no machine %lld", (long long)id);
	return NULL;
}

bool
fleet_kills(const struct fleet *f, int64_t id)
{
	for (size_t i = 0; i < f->run.n_kills; i++) {
		if (f->vms[f->run.kills[i]].id == id)
			return true;
	}
	return false;
}
