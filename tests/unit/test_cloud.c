/* SPDX-License-Identifier: ISC */
/*
 * cloud_* against the simulated cloud, over real sockets on loopback: whole listings, every way in which an
 * answer can be less than whole, and what is known about a kill afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cloud/cloud.h"
#include "cloud/door.h"
#include "cloud/era.h"
#include "policy/policy.h"
#include "sim.h"

#define PASSWORD "sesame"

/* A simulated cloud, an open door to it, and memory. */
struct bed {
	struct sim *sim;
	struct cloud *cloud;
	struct arena *a;
	struct cloud_config config;
	char url[64];
};

static void
bed_start(struct bed *b, enum sim_era era, const char *version)
{
	const struct sim_user root = {.name = "oneadmin",
	    .password = PASSWORD,
	    .gname = "oneadmin",
	    .attrs = (const struct sim_attr[]){{"VMREAPER_CLOUD", "test"}},
	    .n_attrs = 1};
	struct fault f;

	memset(b, 0, sizeof(*b));
	b->sim = sim_new(era);
	sim_add_user(b->sim, &root);
	assert_int_equal(sim_start(b->sim, NULL, 0, NULL, NULL), 0);
	b->config = (struct cloud_config){.endpoint = sim_url(b->sim, b->url, sizeof(b->url)),
	    .session = "oneadmin:" PASSWORD,
	    .version = version,
	    .connect_timeout_ms = 2000,
	    .timeout_ms = 30000,
	    .page = 100,
	    .max_machines = 100000};
	b->a = arena_new(64u << 20);
	assert_int_equal(cloud_open(&b->config, &b->cloud, &f), 0);
}

static void
bed_stop(struct bed *b)
{
	cloud_close(b->cloud);
	sim_free(b->sim);
	arena_free(b->a);
}

/* Another account, or other time-outs, on the same simulated cloud. */
static void
bed_reopen(struct bed *b)
{
	struct fault f;

	cloud_close(b->cloud);
	assert_int_equal(cloud_open(&b->config, &b->cloud, &f), 0);
}

static void
vm_add(struct bed *b, int id, int state, int lcm)
{
	struct sim_vm vm = sim_vm_default(id);

	vm.state = state;
	vm.lcm = lcm;
	sim_add_vm(b->sim, &vm);
}

static void
host_add(struct bed *b, int id)
{
	char name[16];
	const struct sim_host host = {.id = id, .name = name, .state = 2, .mon_age_s = 30};

	snprintf(name, sizeof(name), "node%d", id);
	sim_add_host(b->sim, &host);
}

static void
a_fleet_is_listed_whole(void **state)
{
	static const struct {
		enum sim_era era;
		const char *version, *era_name, *said;
	} rows[] = {
	    {SIM_720, "auto", "7.x", "7.2.0"},
	    {SIM_720, "7.2.0", "7.x", "7.2.0"},
	    {SIM_321, "3.2.1", "3.0-3.4", "3.2.1"},
	    {SIM_321, "auto", NULL, "<=3.6?"},
	};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bed_start(&b, rows[i].era, rows[i].version);
		sim_add_fleet(b.sim, 1000);
		if (cloud_list(b.cloud, b.a, &l, &f) != 0)
			fail_msg("%s", f.msg);
		assert_true(l.complete && l.attributes && !l.contradiction);
		assert_int_equal(l.n, sim_count(b.sim, -1));
		for (size_t m = 0; m < l.n; m++) {
			int st, lcm;

			assert_true(m == 0 || l.vms[m - 1].id < l.vms[m].id);
			assert_int_equal(sim_get_state(b.sim, (int)l.vms[m].id, &st, &lcm), 0);
			assert_int_equal(l.vms[m].state, st);
			assert_int_equal(l.vms[m].lcm, lcm);
			assert_true(l.vms[m].full);
			assert_int_equal(l.vms[m].odd, 0);
			assert_int_not_equal(l.vms[m].cls, VM_CLASS_UNRECOGNISED);
			assert_true(l.vms[m].n_addrs > 0 && l.vms[m].n_disks > 0);
		}
		assert_int_equal(l.n_hosts, 10);
		for (size_t h = 0; h < l.n_hosts; h++) {
			assert_int_equal(l.hosts[h].state, 2);
			if (rows[i].era_name != NULL)
				assert_true(l.hosts[h].monitored_s > SIM_EPOCH - 3600);
			assert_true(h == 0 || l.hosts[h - 1].id < l.hosts[h].id);
		}
		if (rows[i].era_name != NULL)
			assert_string_equal(l.era->name, rows[i].era_name);
		else
			assert_null(l.era);
		assert_string_equal(l.version, rows[i].said);
		assert_int_equal(l.account.uid, 0);
		assert_string_equal(l.account.name, "oneadmin");
		assert_string_equal(l.account.marker, "test");
		assert_true(l.bytes > 1000000 && l.api_ns > 0 && l.calls >= 4);
		bed_stop(&b);
	}
}

static void
an_empty_cloud_is_a_complete_listing(void **state)
{
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
	assert_true(l.complete);
	assert_int_equal(l.n, 0);
	assert_int_equal(l.n_hosts, 0);
	bed_stop(&b);
}

static void
ranges_cover_every_id_however_they_fall(void **state)
{
	static const int ids[] = {
	    0, 1, 99, 100, 101, 199, 200, 777, 5000, 100000, 2000000, 2000001};
	struct sim_user turned = {.id = 5,
	    .name = "turned",
	    .password = PASSWORD,
	    .gid = 1,
	    .gname = "users",
	    .sees_vms = true,
	    .sees_hosts = true,
	    .list_asc = true};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	sim_add_user(b.sim, &turned);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		vm_add(&b, ids[i], 3, 3);
	vm_add(&b, 2000002, 6, 0); /* the newest id has ended */
	for (int64_t page = 1; page <= 100000; page *= 10) {
		for (int asc = 0; asc < 2; asc++) {
			b.config.page = page;
			b.config.session = asc != 0 ? "turned:" PASSWORD : "oneadmin:" PASSWORD;
			bed_reopen(&b);
			if (cloud_list(b.cloud, b.a, &l, &f) != 0)
				fail_msg("%s", f.msg);
			assert_int_equal(l.n, sizeof(ids) / sizeof(ids[0]));
			for (size_t i = 0; i < l.n; i++)
				assert_int_equal(l.vms[i].id, ids[i]);
			/* a page of one and two million ids: the ranges must widen */
			assert_true(l.calls < 600);
		}
	}
	bed_stop(&b);
}

/* Each fault in each call of a listing: incomplete, a reason with endpoint and method, no password. */
static void
any_answer_that_is_less_than_whole_makes_the_listing_incomplete(void **state)
{
	static const char *const methods[] = {"one.system.version", "one.user.info",
	    "one.hostpool.info", "one.hostpool.monitoring", "one.vmpool.infoextended"};
	static const struct {
		const char *name;
		struct sim_fault fault;
		enum fault_kind kind;
		const char *says;
	} rows[] = {
	    {"HTML", {.kind = SIM_FAULT_HTML}, FAULT_REPLY, "HTML"},
	    {"cut", {.kind = SIM_FAULT_CUT, .arg = 100}, FAULT_NETWORK, ""},
	    {"reset", {.kind = SIM_FAULT_RESET}, FAULT_NETWORK, ""},
	    {"wrong length", {.kind = SIM_FAULT_LENGTH, .arg = 10}, FAULT_NETWORK, ""},
	    {"envelope cut", {.kind = SIM_FAULT_SHORT, .arg = 150}, FAULT_REPLY, "cut short"},
	    {"status 500", {.kind = SIM_FAULT_STATUS, .arg = 500}, FAULT_NETWORK,
		"HTTP status 500"},
	    {"status 404", {.kind = SIM_FAULT_STATUS, .arg = 404}, FAULT_NETWORK,
		"HTTP status 404"},
	    {"status 302", {.kind = SIM_FAULT_STATUS, .arg = 302}, FAULT_NETWORK,
		"HTTP status 302"},
	    {"authentication", {.kind = SIM_FAULT_FAILURE, .arg = 256}, FAULT_AUTH, ""},
	    {"lost", {.kind = SIM_FAULT_LOST}, FAULT_NETWORK, ""},
	};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	host_add(&b, 0);
	for (int id = 0; id < 30; id++)
		vm_add(&b, id, 3, 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
			struct sim_fault fault = rows[i].fault;

			fault.method = methods[m];
			sim_clear_faults(b.sim);
			sim_add_fault(b.sim, &fault);
			f = (struct fault){0};
			if (cloud_list(b.cloud, b.a, &l, &f) != -1 || l.complete)
				fail_msg("%s in %s: complete", rows[i].name, methods[m]);
			if (f.kind != rows[i].kind || strstr(f.msg, rows[i].says) == NULL ||
			    strstr(f.msg, methods[m]) == NULL || strstr(f.msg, b.url) == NULL ||
			    f.remedy[0] == '\0' || strcmp(f.msg, l.why.msg) != 0)
				fail_msg("%s in %s: %s: %s (%s)", rows[i].name, methods[m],
				    fault_kind_str(f.kind), f.msg, f.remedy);
			assert_null(strstr(f.msg, PASSWORD));
			assert_null(strstr(f.remedy, PASSWORD));
		}
	}
	sim_clear_faults(b.sim);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
	assert_int_equal(l.n, 30);
	bed_stop(&b);
}

static void
an_inner_document_that_is_cut_anywhere_makes_the_listing_incomplete(void **state)
{
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	/* no hosts: nothing but the inner parser can tell */
	for (int id = 0; id < 5; id++)
		vm_add(&b, id, 3, 3);
	for (int at = 0; at < 4000; at += 97) {
		const struct sim_fault fault = {
		    .kind = SIM_FAULT_INNER, .method = "one.vmpool.infoextended", .arg = at};

		sim_clear_faults(b.sim);
		sim_add_fault(b.sim, &fault);
		assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), -1);
		assert_false(l.complete);
	}
	bed_stop(&b);
}

static void
a_second_page_that_fails_makes_the_whole_listing_incomplete(void **state)
{
	const struct sim_fault fault = {
	    .kind = SIM_FAULT_RESET, .method = "one.vmpool.infoextended", .skip = 3};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	sim_add_fleet(b.sim, 1000);
	sim_add_fault(b.sim, &fault);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), -1);
	assert_false(l.complete);
	assert_true(l.n > 0 && l.n < 1000); /* what was read is left for the report */
	bed_stop(&b);
}

static void
an_empty_pool_with_success_is_incomplete_when_hosts_name_machines(void **state)
{
	const struct sim_fault fault = {
	    .kind = SIM_FAULT_EMPTY, .method = "one.vmpool.infoextended"};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	host_add(&b, 0);
	vm_add(&b, 17, 3, 16);
	sim_add_fault(b.sim, &fault);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), -1);
	assert_non_null(strstr(f.msg, "machine 17"));
	assert_non_null(strstr(f.msg, "node0"));
	bed_stop(&b);
}

static void
an_account_sees_what_its_rights_allow(void **state)
{
	const struct sim_user blind = {.id = 5,
	    .name = "blind",
	    .password = PASSWORD,
	    .gid = 1,
	    .gname = "users",
	    .sees_vms = true};
	const struct sim_user narrow = {.id = 6,
	    .name = "narrow",
	    .password = PASSWORD,
	    .gid = 1,
	    .gname = "users",
	    .sees_hosts = true};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	sim_add_user(b.sim, &blind);
	sim_add_user(b.sim, &narrow);
	host_add(&b, 0);
	vm_add(&b, 17, 3, 16);
	/* no hosts: left to the gate, which sees that machines name hosts */
	b.config.session = "blind:" PASSWORD;
	bed_reopen(&b);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.n_hosts, 0);
	assert_null(l.account.marker);
	/* hosts, but not the machines on them */
	b.config.session = "narrow:" PASSWORD;
	bed_reopen(&b);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), -1);
	assert_non_null(strstr(f.msg, "machine 17"));
	/* a wrong password */
	b.config.session = "oneadmin:wrong";
	bed_reopen(&b);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), -1);
	assert_int_equal(f.kind, FAULT_AUTH);
	assert_null(strstr(f.msg, "wrong"));
	bed_stop(&b);
}

static void
a_machine_that_is_gone_altogether_is_not_missed(void **state)
{
	static const struct {
		int code;
		bool complete;
	} rows[] = {{1024, true}, {512, false}, {256, false}};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	host_add(&b, 0);
	vm_add(&b, 17, 3, 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sim_fault empty = {
		    .kind = SIM_FAULT_EMPTY, .method = "one.vmpool.infoextended"};
		const struct sim_fault info = {
		    .kind = SIM_FAULT_FAILURE, .method = "one.vm.info", .arg = rows[i].code};

		sim_clear_faults(b.sim);
		sim_add_fault(b.sim, &empty);
		sim_add_fault(b.sim, &info);
		assert_int_equal(cloud_list(b.cloud, b.a, &l, &f) == 0, rows[i].complete);
		assert_int_equal(l.n, 0);
	}
	bed_stop(&b);
}

/* A daemon whose version the table only knows from documents may lack a call. */
static void
calls_that_a_daemon_lacks_are_done_without(void **state)
{
	const struct sim_fault monitoring = {
	    .kind = SIM_FAULT_FAULT, .method = "one.hostpool.monitoring", .arg = -506};
	const struct sim_fault extended = {
	    .kind = SIM_FAULT_FAULT, .method = "one.vmpool.infoextended", .arg = -506};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	host_add(&b, 0);
	vm_add(&b, 17, 3, 16);
	sim_add_fault(b.sim, &monitoring);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
	assert_int_equal(l.hosts[0].monitored_s, 0); /* never: no evidence, no kill */
	sim_add_fault(b.sim, &extended);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
	assert_int_equal(l.n, 1);
	assert_false(l.attributes);
	assert_false(l.vms[0].full);
	bed_stop(&b);
}

static int64_t
ticking(void *arg)
{
	return SIM_EPOCH + (*(int64_t *)arg)++;
}

/* Time goes on with each look at the clock, so that the machine ends before, between or after the calls. */
static void
a_machine_that_ends_during_the_listing_leaves_it_complete(void **state)
{
	struct bed b;
	struct listing l;
	struct fault f;
	int64_t now = 0;
	bool there = false, gone = false;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	host_add(&b, 0);
	sim_set_clock(b.sim, ticking, &now);
	for (int after = 1; after < 60; after++) {
		vm_add(&b, 17, 3, 3);
		sim_plan_state(b.sim, 17, after, 6, 0);
		if (cloud_list(b.cloud, b.a, &l, &f) != 0)
			fail_msg("after %d: %s", after, f.msg);
		there = there || l.n == 1;
		gone = gone || l.n == 0;
	}
	assert_true(there && gone);
	assert_true(sim_log_count(b.sim, "one.vm.info") > 0);
	bed_stop(&b);
}

static void
a_cloud_above_its_bounds_is_refused(void **state)
{
	struct bed b;
	struct listing l;
	struct fault f;
	struct arena *small = arena_new(20000);

	(void)state;
	bed_start(&b, SIM_720, "auto");
	sim_add_fleet(b.sim, 300);
	b.config.max_machines = 200;
	bed_reopen(&b);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), -1);
	assert_int_equal(f.kind, FAULT_LIMIT);
	assert_non_null(strstr(f.msg, "max_machines"));
	b.config.max_machines = 300;
	bed_reopen(&b);
	assert_int_equal(cloud_list(b.cloud, small, &l, &f), -1);
	assert_int_equal(f.kind, FAULT_LIMIT);
	arena_free(small);
	bed_stop(&b);
}

static void
a_pin_that_the_cloud_denies_is_a_contradiction(void **state)
{
	static const struct {
		enum sim_era era;
		const char *version;
	} rows[] = {{SIM_720, "3.2.1"}, {SIM_720, "6.10.0"}, {SIM_321, "7.2.0"}};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bed_start(&b, rows[i].era, rows[i].version);
		vm_add(&b, 1, 3, 3);
		(void)cloud_list(b.cloud, b.a, &l, &f);
		assert_true(l.contradiction);
		assert_non_null(strstr(l.contradiction_text, rows[i].version));
		bed_stop(&b);
	}
}

static void
one_machine_is_inspected(void **state)
{
	struct bed b;
	struct vm vm;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	vm_add(&b, 17, 3, 16);
	assert_int_equal(cloud_inspect(b.cloud, b.a, era_by_version("7.2.0"), 17, &vm, &f), 0);
	assert_int_equal(vm.id, 17);
	assert_int_equal(vm.cls, VM_CLASS_UNKNOWN);
	assert_true(vm.full);
	assert_int_equal(cloud_inspect(b.cloud, b.a, era_by_version("7.2.0"), 18, &vm, &f), -1);
	assert_int_equal(f.kind, FAULT_GONE);
	bed_stop(&b);
}

static void
what_is_known_about_a_kill_is_told(void **state)
{
	static const struct {
		const char *name;
		int id;
		const char *verb;
		struct sim_fault fault;
		enum kill_reply reply;
		enum fault_kind kind;
		unsigned kills; /* accepted by the cloud */
	} rows[] = {
	    {"accepted", 17, "terminate-hard", {0}, KILL_ACCEPTED, FAULT_NONE, 1},
	    {"no such machine", 99, "terminate-hard", {0}, KILL_REFUSED, FAULT_GONE, 0},
	    {"wrong state", 18, "terminate-hard", {0}, KILL_REFUSED, FAULT_STATE, 0},
	    {"locked", 19, "terminate-hard", {0}, KILL_REFUSED, FAULT_LOCKED, 0},
	    {"unknown verb", 17, "finalize", {0}, KILL_REFUSED, FAULT_STATE, 0},
	    {"no method", 17, "terminate-hard", {.kind = SIM_FAULT_FAULT, .arg = -506},
		KILL_REFUSED, FAULT_REPLY, 0},
	    {"another fault", 17, "terminate-hard", {.kind = SIM_FAULT_FAULT, .arg = -500},
		KILL_IN_DOUBT, FAULT_IN_DOUBT, 0},
	    {"internal", 17, "terminate-hard", {.kind = SIM_FAULT_FAILURE, .arg = 0x2000},
		KILL_IN_DOUBT, FAULT_IN_DOUBT, 0},
	    {"replication", 17, "terminate-hard", {.kind = SIM_FAULT_FAILURE, .arg = 0x10000},
		KILL_IN_DOUBT, FAULT_IN_DOUBT, 0},
	    {"no right", 17, "terminate-hard", {.kind = SIM_FAULT_FAILURE, .arg = 512},
		KILL_REFUSED, FAULT_RIGHTS, 0},
	    {"authentication", 17, "terminate-hard", {.kind = SIM_FAULT_FAILURE, .arg = 256},
		KILL_REFUSED, FAULT_AUTH, 0},
	    {"lost reply", 17, "terminate-hard", {.kind = SIM_FAULT_LOST}, KILL_IN_DOUBT,
		FAULT_IN_DOUBT, 1},
	    {"reset", 17, "terminate-hard", {.kind = SIM_FAULT_RESET}, KILL_IN_DOUBT,
		FAULT_IN_DOUBT, 0},
	    {"cut", 17, "terminate-hard", {.kind = SIM_FAULT_CUT, .arg = 60}, KILL_IN_DOUBT,
		FAULT_IN_DOUBT, 1},
	    {"envelope cut", 17, "terminate-hard", {.kind = SIM_FAULT_SHORT, .arg = 120},
		KILL_IN_DOUBT, FAULT_IN_DOUBT, 1},
	    {"HTML", 17, "terminate-hard", {.kind = SIM_FAULT_HTML}, KILL_IN_DOUBT,
		FAULT_IN_DOUBT, 9},
	    {"status 502", 17, "terminate-hard", {.kind = SIM_FAULT_STATUS, .arg = 502},
		KILL_IN_DOUBT, FAULT_IN_DOUBT, 9},
	    {"too late", 17, "terminate-hard", {.kind = SIM_FAULT_DELAY, .arg = 1500},
		KILL_IN_DOUBT, FAULT_IN_DOUBT, 1},
	};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim_fault fault = rows[i].fault;

		bed_start(&b, SIM_720, "auto");
		if (fault.kind == SIM_FAULT_DELAY)
			b.config.timeout_ms = 600;
		bed_reopen(&b);
		vm_add(&b, 17, 3, 16);
		vm_add(&b, 18, 3, 2);
		vm_add(&b, 19, 3, 16);
		sim_set_lock(b.sim, 19, 1, 0);
		fault.method = "one.vm.action";
		if (fault.kind != SIM_FAULT_NONE)
			sim_add_fault(b.sim, &fault);
		/* A connection is open: over it curl would send a second time when the reply is lost. */
		assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
		f = (struct fault){0};
		enum kill_reply r = cloud_kill(b.cloud, rows[i].verb, rows[i].id, &f);
		if (r != rows[i].reply || f.kind != rows[i].kind)
			fail_msg("%s: %s, %s: %s", rows[i].name, kill_reply_str(r),
			    fault_kind_str(f.kind), f.msg);
		/* sent once, whatever came back */
		assert_int_equal(sim_log_count(b.sim, "one.vm.action"), 1);
		if (rows[i].kills != 9)
			assert_int_equal(sim_log_count(b.sim, "kill accepted"), rows[i].kills);
		bed_stop(&b);
	}
}

static void
a_kill_without_a_connection_was_not_sent(void **state)
{
	struct bed b;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	vm_add(&b, 17, 3, 16);
	sim_stop(b.sim);
	assert_int_equal(cloud_kill(b.cloud, "terminate-hard", 17, &f), KILL_NOT_SENT);
	assert_int_equal(f.kind, FAULT_NETWORK);
	/* a session that XML cannot carry */
	b.config.session = "oneadmin:\x01";
	bed_reopen(&b);
	assert_int_equal(cloud_kill(b.cloud, "terminate-hard", 17, &f), KILL_NOT_SENT);
	bed_stop(&b);
}

/* A kept-alive connection that died must be no reason to doubt: kills have a connection of their own. */
static void
a_kill_does_not_use_a_stale_connection(void **state)
{
	struct bed b;
	struct listing l;
	struct fault f;
	uint16_t port;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	vm_add(&b, 17, 3, 16);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
	port = sim_port(b.sim);
	sim_stop(b.sim);
	assert_int_equal(sim_start(b.sim, NULL, port, NULL, NULL), 0);
	assert_int_equal(cloud_kill(b.cloud, "terminate-hard", 17, &f), KILL_ACCEPTED);
	assert_int_equal(sim_log_count(b.sim, "kill accepted"), 1);
	bed_stop(&b);
}

static char *
file_read(const char *name)
{
	char path[512], *s = calloc(1, 8192);
	const char *top = getenv("top_srcdir");
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/data/tls/%s", top != NULL ? top : ".", name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(s, 1, 8191, f) > 0);
	fclose(f);
	return s;
}

static void
tls_is_verified(void **state)
{
	char *cert = file_read("loopback.pem"), *key = file_read("loopback.key"), ca[512];
	const char *top = getenv("top_srcdir");
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	vm_add(&b, 17, 3, 16);
	sim_stop(b.sim);
	assert_int_equal(sim_start(b.sim, NULL, 0, cert, key), 0);
	b.config.endpoint = sim_url(b.sim, b.url, sizeof(b.url));
	assert_int_equal(strncmp(b.url, "https:", 6), 0);
	/* a handshake under valgrind on a busy machine takes seconds; nothing here waits for a time-out */
	b.config.connect_timeout_ms = b.config.timeout_ms = 60000;
	bed_reopen(&b);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), -1);
	assert_int_equal(f.kind, FAULT_NETWORK);
	assert_non_null(strstr(f.remedy, "ca_file"));
	assert_int_equal(cloud_kill(b.cloud, "terminate-hard", 17, &f), KILL_NOT_SENT);
	assert_int_equal(sim_log_count(b.sim, "call"), 0);
	snprintf(ca, sizeof(ca), "%s/tests/data/tls/loopback.pem", top != NULL ? top : ".");
	b.config.ca_file = ca;
	bed_reopen(&b);
	if (cloud_list(b.cloud, b.a, &l, &f) != 0)
		fail_msg("%s", f.msg);
	b.config.ca_file = NULL;
	b.config.insecure = true;
	bed_reopen(&b);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
	bed_stop(&b);
	free(cert);
	free(key);
}

/* cron's environment must not send the password through somebody's proxy. */
static void
the_environments_proxy_is_not_used(void **state)
{
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:9", 1);
	setenv("all_proxy", "http://127.0.0.1:9", 1);
	bed_start(&b, SIM_720, "auto");
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
	bed_stop(&b);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
}

/* stratuslab.md 2.7: StratusLab's proxy is up, and oned is not, or ended while it was asked. */
static void
the_daemon_behind_a_proxy_may_be_down(void **state)
{
	static const struct {
		const char *text, *says;
		enum kill_reply kill;
	} rows[] = {
	    {"Failed to read server's response: Connection refused",
		"the daemon behind the proxy is down", KILL_NOT_SENT},
	    /* the call may have arrived */
	    {"Failed to read server's response: Connection reset", "did not answer the proxy",
		KILL_IN_DOUBT},
	    {"Failed to read server's response: Read timed out", "did not answer the proxy",
		KILL_IN_DOUBT},
	};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sim_fault down = {
		    .kind = SIM_FAULT_FAULT, .arg = 0, .text = rows[i].text};

		bed_start(&b, SIM_321, "3.2.1");
		vm_add(&b, 17, 3, 16);
		sim_add_fault(b.sim, &down);
		assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), -1);
		assert_false(l.complete);
		assert_int_equal(f.kind, FAULT_NETWORK);
		if (strstr(f.msg, rows[i].says) == NULL || strstr(f.remedy, "oned") == NULL)
			fail_msg("%s (%s)", f.msg, f.remedy);
		assert_int_equal(cloud_kill(b.cloud, "finalize", 17, &f), rows[i].kill);
		bed_stop(&b);
	}
}

/* A proxy need not keep the code of "no such method". */
static void
a_missing_method_is_known_by_its_words(void **state)
{
	const struct sim_fault none = {.kind = SIM_FAULT_FAULT,
	    .method = "one.system.version",
	    .arg = 0,
	    .text = "Method 'one.system.version' not defined"};
	struct bed b;
	struct listing l;
	struct fault f;

	(void)state;
	bed_start(&b, SIM_321, "3.2.1");
	sim_add_fault(b.sim, &none);
	assert_int_equal(cloud_list(b.cloud, b.a, &l, &f), 0);
	bed_stop(&b);
}

/* What stands in the policy reaches the door; an incomplete pair does not. */
static void
the_dialect_decides_what_is_posted_where(void **state)
{
	struct cloud_config c = {.endpoint = "http://127.0.0.1:1/one-proxy/xmlrpc",
	    .version = "auto",
	    .connect_timeout_ms = 1000,
	    .timeout_ms = 1000};
	static const struct {
		enum door_dialect dialect;
		const char *session, *cert, *key, *says;
	} rows[] = {
	    {DOOR_AUTO, "a:b", NULL, NULL, "/one-proxy/pswd/xmlrpc"},
	    {DOOR_STRATUSLAB, "a:b", NULL, NULL, "/one-proxy/pswd/xmlrpc"},
	    {DOOR_OPENNEBULA, "a:b", NULL, NULL, ":1/one-proxy/xmlrpc"},
	    {DOOR_AUTO, NULL, NULL, NULL, "no credentials"},
	    {DOOR_AUTO, NULL, "/nonexistent/c.pem", NULL, "/nonexistent/c.pem"},
	    {DOOR_AUTO, "a:b", NULL, "/nonexistent/k.pem", "without a certificate"},
	    {DOOR_OPENNEBULA, NULL, "/nonexistent/c.pem", NULL, "oned itself"},
	    {DOOR_OPENNEBULA, "a:b", "/nonexistent/c.pem", NULL, "/nonexistent/c.pem"},
	    /* through the proxy the certificate would be another user: it is not even read */
	    {DOOR_AUTO, "a:b", "/nonexistent/c.pem", NULL, "/one-proxy/pswd/xmlrpc"},
	};
	struct arena *a = arena_new(1 << 20);
	const struct era *era;
	struct cloud *cloud;
	char version[32];
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&f, 0, sizeof(f));
		c.dialect = rows[i].dialect;
		c.session = rows[i].session;
		c.cert_file = rows[i].cert;
		c.key_file = rows[i].key;
		if (cloud_open(&c, &cloud, &f) == 0)
			assert_int_equal(cloud_version(cloud, a, version, &era, &f), -1);
		if (strstr(f.msg, rows[i].says) == NULL)
			fail_msg("row %zu: %s (%s)", i, f.msg, f.remedy);
		cloud_close(cloud);
	}
	arena_free(a);
}

static void
endpoints_are_checked_with_advice(void **state)
{
	static const struct {
		const char *endpoint;
		int result;
		const char *says; /* in message or remedy */
	} rows[] = {
	    {"http://127.0.0.1:2633/RPC2", 0, ""},
	    {"https://cloud.example.org:2634/pswd/xmlrpc", 0, ""}, /* StratusLab's proxy */
	    {"HTTP://[::1]:2633/RPC2", 0, ""},
	    {"cloud.example.org:2633/RPC2", -1, "http://"},
	    {"cloud.example.org", -1, "http://"},
	    {"cloud.example.org:2634", -1, "gRPC"},
	    {"grpc://cloud.example.org:2634", -1, "gRPC"},
	    {"dns:///cloud.example.org:2634", -1, "gRPC"},
	    {"http://cloud.example.org:2634", -1, "gRPC"},
	    {"http://cloud.example.org:2633", -1, "/RPC2"},
	    {"http://cloud.example.org:2633/", -1, "http://cloud.example.org:2633/RPC2"},
	    {"ftp://cloud.example.org/RPC2", -1, "neither"},
	    {"file:///etc/passwd", -1, "neither"},
	    {"http:///RPC2", -1, "host"},
	    {"http://oneadmin:sesame@cloud.example.org/RPC2", -1, "auth_file"},
	    {"http://cloud.example.org/RPC2 ", -1, "blank"},
	    {"http://cloud.example.org\n/RPC2", -1, "blank"},
	    {"", -1, "http://"},
	};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f = (struct fault){0};
		if (door_check(rows[i].endpoint, &f) != rows[i].result ||
		    (strstr(f.msg, rows[i].says) == NULL &&
			strstr(f.remedy, rows[i].says) == NULL))
			fail_msg("%s: %s (%s)", rows[i].endpoint, f.msg, f.remedy);
		assert_null(strstr(f.msg, "sesame"));
	}
}

/* Captures 087 and 976 of 7.2.0: the term for administrators, nothing for others, and never a fault. */
static void
the_term_of_the_leader_is_known_to_administrators(void **state)
{
	const struct sim_user watcher = {
	    .id = 5, .name = "watcher", .password = "pw", .gname = "watchers", .gid = 100};
	const struct sim_fault cut = {
	    .method = "one.zone.raftstatus", .kind = SIM_FAULT_CUT, .arg = 300};
	struct cloud *door;
	struct fault f;
	struct bed b;

	(void)state;
	bed_start(&b, SIM_720, "auto");
	assert_int_equal(cloud_term(b.cloud, b.a, era_by_version("7.2.0")), 0);
	sim_set_term(b.sim, 12);
	assert_int_equal(cloud_term(b.cloud, b.a, era_by_version("7.2.0")), 12);
	assert_int_equal(cloud_term(b.cloud, b.a, era_by_version("4.14.0")), -1);
	assert_int_equal(cloud_term(b.cloud, b.a, NULL), -1);
	sim_add_fault(b.sim, &cut);
	assert_int_equal(cloud_term(b.cloud, b.a, era_by_version("7.2.0")), -1);
	sim_clear_faults(b.sim);
	sim_add_user(b.sim, &watcher);
	b.config.session = "watcher:pw";
	assert_int_equal(cloud_open(&b.config, &door, &f), 0);
	assert_int_equal(cloud_term(door, b.a, era_by_version("7.2.0")), -1);
	cloud_close(door);
	bed_stop(&b);
	bed_start(&b, SIM_321, "3.2.1");
	assert_int_equal(cloud_term(b.cloud, b.a, era_by_version("5.4.0")), -1);
	bed_stop(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_fleet_is_listed_whole),
	    cmocka_unit_test(an_empty_cloud_is_a_complete_listing),
	    cmocka_unit_test(ranges_cover_every_id_however_they_fall),
	    cmocka_unit_test(any_answer_that_is_less_than_whole_makes_the_listing_incomplete),
	    cmocka_unit_test(
		an_inner_document_that_is_cut_anywhere_makes_the_listing_incomplete),
	    cmocka_unit_test(a_second_page_that_fails_makes_the_whole_listing_incomplete),
	    cmocka_unit_test(an_empty_pool_with_success_is_incomplete_when_hosts_name_machines),
	    cmocka_unit_test(an_account_sees_what_its_rights_allow),
	    cmocka_unit_test(a_machine_that_is_gone_altogether_is_not_missed),
	    cmocka_unit_test(calls_that_a_daemon_lacks_are_done_without),
	    cmocka_unit_test(a_machine_that_ends_during_the_listing_leaves_it_complete),
	    cmocka_unit_test(a_cloud_above_its_bounds_is_refused),
	    cmocka_unit_test(a_pin_that_the_cloud_denies_is_a_contradiction),
	    cmocka_unit_test(one_machine_is_inspected),
	    cmocka_unit_test(what_is_known_about_a_kill_is_told),
	    cmocka_unit_test(a_kill_without_a_connection_was_not_sent),
	    cmocka_unit_test(a_kill_does_not_use_a_stale_connection),
	    cmocka_unit_test(tls_is_verified),
	    cmocka_unit_test(the_daemon_behind_a_proxy_may_be_down),
	    cmocka_unit_test(a_missing_method_is_known_by_its_words),
	    cmocka_unit_test(the_dialect_decides_what_is_posted_where),
	    cmocka_unit_test(the_environments_proxy_is_not_used),
	    cmocka_unit_test(endpoints_are_checked_with_advice),
	    cmocka_unit_test(the_term_of_the_leader_is_known_to_administrators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
