/* SPDX-License-Identifier: ISC */
/*
 * Listings of clouds whose daemons write names unescaped: an "&" in one name must not blind the whole cloud, and no
 * name may bring a machine out of reach, into the listing twice, or under the reaper.
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
#include "cloud/era.h"
#include "cloud/limits.h"
#include "cloud/listing.h"
#include "sim.h"

struct bed {
	struct sim *sim;
	struct cloud *cloud;
	struct arena *a;
	struct cloud_config config;
	struct listing l;
	struct fault f;
	char url[64];
};

/* The old eras as StratusLab shipped them, each also behind its proxy. */
static const struct place {
	const char *name, *version, *era;
	enum sim_era sim;
	bool proxied;
} places[] = {
    {"3.2.1", "3.2.1", "3.0-3.4", SIM_321, false},
    {"3.2.1 behind the proxy", "3.2.1", "3.0-3.4", SIM_321, true},
    {"2.2", "2.2.1", "2.2", SIM_220, false},
    {"2.2 behind the proxy", "2.2.1", "2.2", SIM_220, true},
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static void
bed_start_at(struct bed *b, const struct place *place)
{
	const struct sim_proxy proxy = {NULL};

	memset(b, 0, sizeof(*b));
	b->sim = sim_new(place->sim);
	if (place->proxied)
		sim_set_proxy(b->sim, &proxy);
	assert_int_equal(sim_start(b->sim, NULL, 0, NULL, NULL), 0);
	b->config = (struct cloud_config){.endpoint = sim_url(b->sim, b->url, sizeof(b->url)),
	    .session = "oneadmin:oneadmin",
	    .dialect = place->proxied ? DOOR_STRATUSLAB : DOOR_AUTO,
	    .version = place->version,
	    .connect_timeout_ms = 60000,
	    .timeout_ms = 60000,
	    .page = 100,
	    .max_machines = 100000};
	b->a = arena_new(256u << 20);
	assert_int_equal(cloud_open(&b->config, &b->cloud, &b->f), 0);
}

static void
bed_start(struct bed *b)
{
	bed_start_at(b, &places[0]);
}

static void
bed_stop(struct bed *b)
{
	cloud_close(b->cloud);
	sim_free(b->sim);
	arena_free(b->a);
}

static void
vm_add(struct bed *b, int id, const char *raw_name, int state, int lcm)
{
	struct sim_vm vm = sim_vm_default(id);

	vm.raw_name = raw_name;
	vm.uid = 5;
	vm.uname = "tenant";
	vm.state = state;
	vm.lcm = lcm;
	sim_add_vm(b->sim, &vm);
}

static void
list(struct bed *b, const char *name)
{
	b->f = (struct fault){.kind = FAULT_NONE};
	if (cloud_list(b->cloud, b->a, &b->l, &b->f) != 0)
		fail_msg("%s: %s", name, b->f.msg);
	assert_true(b->l.complete);
}

/* Is it what the cloud has, whole and without any oddity? */
static void
assert_sound(struct bed *b, const char *name, int id)
{
	const struct vm *vm = listing_find(&b->l, id);
	int state, lcm;

	assert_int_equal(sim_get_state(b->sim, id, &state, &lcm), 0);
	if (vm == NULL || vm->state != state || vm->lcm != lcm || vm->odd != 0 || !vm->full ||
	    vm->n_disks != 1)
		fail_msg("%s: machine %d is not as it should be", name, id);
	assert_int_equal(vm->cls, era_class(b->l.era, state, lcm));
}

static bool
is_killable(const struct vm *vm)
{
	return (vm->cls == VM_CLASS_UNKNOWN || vm->cls == VM_CLASS_FAILED) &&
	       (vm->odd & (VM_ODD_TEXT | VM_ODD_TWICE | VM_ODD_STATE)) == 0 && vm->full;
}

#define FORGED "<STATE>3</STATE><LCM_STATE>16</LCM_STATE>"
#define WHOLE  FORGED "<LAST_POLL>0</LAST_POLL><STIME>1</STIME><ETIME>0</ETIME><DEPLOY_ID/>"

/* Names that are no XML: the machine is kept with what is certain, all others are whole. */
static void
a_name_that_is_no_xml_spoils_its_own_machine_only(void **state)
{
	static const struct {
		const char *name;
		int state; /* as it is told; -1: more than one in the text */
	} rows[] = {
	    {"a&b", 3},
	    {"a < b", 3},
	    {"<", 3},
	    {"&", 3},
	    {"&nbsp;", 3},
	    {"</NAME>", 3},
	    {"</VM>", 3},
	    {"</VM_POOL>", 3},
	    {"<!--", 3},
	    {"<![CDATA[", 3},
	    {"<?", 3},
	    {"<!DOCTYPE x>", 3},
	    {"<VM><ID>5</ID><NAME>&", 3},
	    {"&<VM><ID>999999999999</ID>", 3},
	    {"& " FORGED, -1},
	    {"</NAME>" FORGED, -1},
	    {"</NAME>" FORGED "<X>", -1},
	};
	struct bed b;
	const struct vm *vm;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bed_start(&b);
		for (int id = 0; id < 300; id++)
			vm_add(&b, id, NULL, id % 50 == 0 ? 6 : 3, id % 7 == 0 ? 16 : 3);
		vm_add(&b, 123, rows[i].name, 3, 3);
		list(&b, rows[i].name);
		assert_int_equal(b.l.n, sim_count(b.sim, -1));
		for (int id = 0; id < 300; id++) {
			if (id != 123 && id % 50 != 0)
				assert_sound(&b, rows[i].name, id);
		}
		vm = listing_find(&b.l, 123);
		assert_non_null(vm);
		assert_int_equal(vm->cls, VM_CLASS_UNRECOGNISED);
		assert_true((vm->odd & VM_ODD_TEXT) != 0);
		assert_false(vm->full);
		assert_int_equal(vm->state, rows[i].state);
		assert_int_equal(vm->lcm, rows[i].state);
		assert_false(b.l.contradiction);
		/* one.system.version, the account, hosts; the pool, what is before and behind, the machine twice */
		if (b.l.calls > 20)
			fail_msg("%s: %u calls", rows[i].name, b.l.calls);
		/* and it cannot be looked at before a kill */
		struct vm again;
		assert_int_equal(cloud_inspect(b.cloud, b.a, b.l.era, 123, &again, &b.f), -1);
		bed_stop(&b);
	}
}

/* The name as it stands is shown, so that an administrator can find it. */
static void
a_spoilt_name_is_told(void **state)
{
	struct bed b;

	(void)state;
	bed_start(&b);
	vm_add(&b, 7, "R&D web\x01\n", 3, 16);
	list(&b, "R&D");
	assert_int_equal(b.l.n, 1);
	assert_int_equal(b.l.vms[0].id, 7);
	assert_int_equal(strncmp(b.l.vms[0].name, "R&D web", 7), 0);
	assert_int_equal(b.l.vms[0].state, 3);
	assert_int_equal(b.l.vms[0].lcm, 16);
	assert_false(is_killable(&b.l.vms[0]));
	bed_stop(&b);
}

/* Names and templates that are XML, and say something else than the daemon does. Machine 6 runs, and so does 7. */
static void
a_name_that_is_xml_makes_nothing_killable_and_hides_nothing(void **state)
{
	static const struct {
		const char *name; /* for people */
		const char *six, *ten; /* raw names of two machines of the tenant */
		const char *attr; /* a value in the template of machine 6 */
	} rows[] = {
	    {"states of its own", "</NAME>" FORGED "<NAME>", NULL, NULL},
	    {"states and a blank in the tags",
		"</NAME><STATE >3</STATE ><LCM_STATE >16</LCM_STATE ><NAME>", NULL, NULL},
	    {"a second machine", "</NAME>" FORGED "</VM><VM><ID>99999</ID><NAME>", NULL, NULL},
	    {"a second machine with more",
		"</NAME>" FORGED "<TEMPLATE/></VM><VM><ID>99999</ID><UID>0</UID><NAME>", NULL,
		NULL},
	    {"another's id", "</NAME></VM><VM><ID>7</ID>" FORGED "<NAME>", NULL, NULL},
	    {"a whole machine in between",
		"</NAME></VM><VM><ID>7</ID><UID>0</UID><NAME/>" FORGED
		"<TEMPLATE/></VM><VM><ID>6</ID><NAME>",
		NULL, NULL},
	    {"machines within a machine", "</NAME>" FORGED "<VM><NAME>",
		"</NAME></VM></VM><VM><ID>10</ID><NAME>", NULL},
	    {"machines within an element", "</NAME>" FORGED "<X><VM><NAME>",
		"</NAME></VM></X></VM><VM><ID>10</ID><NAME>", NULL},
	    {"machines within a template", "</NAME>" FORGED "<TEMPLATE><VM><NAME>",
		"</NAME></VM></TEMPLATE></VM><VM><ID>10</ID><NAME>", NULL},
	    {"a comment over two machines", "</NAME>" FORGED "<TEMPLATE/></VM><!--",
		"--><VM><ID>10</ID><NAME>", NULL},
	    {"a comment up to its template", "<!--", NULL,
		"--></NAME>" FORGED "<TEMPLATE><A><![CDATA["},
	    {"an instruction up to its template", "<?x ", NULL,
		"?></NAME>" FORGED "<TEMPLATE><A><![CDATA["},
	    {"CDATA up to its template", "</NAME>" FORGED "<TEMPLATE><A><![CDATA[", NULL, "x"},
	    {"CDATA up to its template, and split",
		"</NAME>" FORGED "<TEMPLATE><A><![CDATA[<![CDATA", NULL, "x"},
	    /* 109 characters: all that a daemon writes is there, and empty */
	    {"an id that is not there, with all of it empty",
		"</NAME><LAST_POLL/><STATE/><LCM_STATE/><STIME/><ETIME/><DEPLOY_ID/><TEMPLATE/"
		"></VM>"
		"<VM><ID>99</ID><UID/><NAME>",
		NULL, NULL},
	    /* longer than a name can be, so that nothing is lacking that a daemon writes */
	    {"another's id, with all",
		"</NAME>" WHOLE "<TEMPLATE/></VM><VM><ID>7</ID><UID>0</UID><NAME>", NULL, NULL},
	    {"machines within a machine with all", "</NAME>" WHOLE "<TEMPLATE/><VM><NAME>",
		"</NAME></VM></VM><VM><ID>10</ID><UID>0</UID><NAME>", NULL},
	    {"machines within a template with all", "</NAME>" WHOLE "<TEMPLATE><VM><NAME>",
		"</NAME></VM></TEMPLATE></VM><VM><ID>10</ID><UID>0</UID><NAME>", NULL},
	    {"a comment over two machines with all", "</NAME>" WHOLE "<TEMPLATE/></VM><!--",
		"--><VM><ID>10</ID><UID>0</UID><NAME>", NULL},
	    {"a comment up to its template with all", "<!--", NULL,
		"--></NAME>" WHOLE "<TEMPLATE><A><![CDATA["},
	    {"an instruction up to its template with all", "<?x ", NULL,
		"?></NAME>" WHOLE "<TEMPLATE><A><![CDATA["},
	    {"CDATA up to its template with all", "</NAME>" WHOLE "<TEMPLATE><A><![CDATA[",
		NULL, "x"},
	    {"the end of the pool", "</NAME></VM></VM_POOL><!--", NULL, NULL},
	    {"a history", "</NAME><HISTORY><HID>9</HID></HISTORY><NAME>", NULL, NULL},
	    {"a lock", "</NAME><LOCK><LOCKED>1</LOCKED></LOCK><NAME>", NULL, NULL},
	    {"a state that 3.2 does not have", "</NAME><STATE>8</STATE><NAME>", NULL, NULL},
	};
	struct bed b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sim_attr attr = {"A", rows[i].attr};
		struct sim_vm vm = sim_vm_default(6);

		bed_start(&b);
		for (int id = 5; id < 13; id++)
			vm_add(&b, id, NULL, 3, id == 12 ? 16 : 3);
		vm.raw_name = rows[i].six;
		vm.attrs = &attr;
		vm.n_attrs = rows[i].attr != NULL;
		sim_add_vm(b.sim, &vm);
		if (rows[i].ten != NULL)
			vm_add(&b, 10, rows[i].ten, 3, 3);
		list(&b, rows[i].name);
		if (b.l.n != 8)
			fail_msg("%s: %zu machines", rows[i].name, b.l.n);
		for (int id = 5; id < 13; id++) {
			if (id != 6 && (id != 10 || rows[i].ten == NULL))
				assert_sound(&b, rows[i].name, id);
			if (id != 12 && is_killable(listing_find(&b.l, id)))
				fail_msg("%s: machine %d can be killed", rows[i].name, id);
		}
		assert_true(is_killable(listing_find(&b.l, 12)));
		assert_false(b.l.contradiction);
		bed_stop(&b);
	}
}

static void
many_spoilt_names_are_read_around_up_to_a_bound(void **state)
{
	struct bed b;
	unsigned usual;

	(void)state;
	bed_start(&b);
	for (int id = 0; id < 3000; id++)
		vm_add(&b, id * 3, NULL, 3, 3);
	list(&b, "no spoilt name");
	usual = b.l.calls;
	for (int n = 0; n < 100; n++)
		vm_add(&b, n * 90, "a&b", 3, 3);
	list(&b, "a hundred");
	assert_int_equal(b.l.n, 3000);
	assert_true(b.l.calls - usual <= 700);
	/* one after the other, at both ends of the ids */
	for (int n = 0; n < 50; n++)
		vm_add(&b, n, "<", 3, 3);
	vm_add(&b, INT32_MAX, "&", 3, 3);
	list(&b, "at the ends");
	assert_int_equal(b.l.n, sim_count(b.sim, -1));
	/* more than anybody has by mistake */
	for (int n = 0; n < 900; n++)
		vm_add(&b, n * 9, "a&b", 3, 3);
	assert_int_equal(cloud_list(b.cloud, b.a, &b.l, &b.f), -1);
	assert_false(b.l.complete);
	assert_int_equal(b.f.kind, FAULT_LIMIT);
	assert_non_null(strstr(b.f.remedy, "onevm show "));
	assert_true(b.l.calls <= usual + 2 * LIMIT_RECOVERY_CALLS);
	bed_stop(&b);
}

/* A name that says that the document broke off elsewhere may cost calls, not machines. */
static void
a_misleading_name_costs_calls_only(void **state)
{
	struct bed b;

	(void)state;
	bed_start(&b);
	for (int id = 0; id < 2000; id++)
		vm_add(&b, id, NULL, 3, 3);
	for (int id = 1000; id < 1020; id++)
		vm_add(&b, id, "</NAME></VM><VM><ID>0</ID><NAME>&", 3, 3);
	list(&b, "misleading");
	assert_int_equal(b.l.n, 2000);
	assert_sound(&b, "misleading", 0);
	assert_sound(&b, "misleading", 999);
	assert_sound(&b, "misleading", 1020);
	assert_true(b.l.calls < 500);
	bed_stop(&b);
}

/* Whatever the machine's own document turns out to be. */
static void
a_machine_that_cannot_be_read_makes_the_listing_incomplete(void **state)
{
	static const struct {
		const char *name;
		struct sim_fault fault;
		bool complete;
	} rows[] = {
	    {"cut", {.kind = SIM_FAULT_CUT, .arg = 300}, false},
	    {"a page", {.kind = SIM_FAULT_HTML}, false},
	    {"no right", {.kind = SIM_FAULT_FAILURE, .arg = 512}, false},
	    {"nothing in it", {.kind = SIM_FAULT_INNER, .arg = 0}, false},
	    {"another document", {.kind = SIM_FAULT_EMPTY}, false},
	    {"its beginning only", {.kind = SIM_FAULT_INNER, .arg = 60}, true},
	    {"gone meanwhile", {.kind = SIM_FAULT_FAILURE, .arg = 1024}, true},
	};
	struct bed b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim_fault fault = rows[i].fault;

		bed_start(&b);
		vm_add(&b, 16, NULL, 3, 3);
		vm_add(&b, 17, "a&b", 3, 3);
		fault.method = "one.vm.info";
		sim_add_fault(b.sim, &fault);
		cloud_list(b.cloud, b.a, &b.l, &b.f);
		if (b.l.complete != rows[i].complete)
			fail_msg("%s: complete or not", rows[i].name);
		if (!rows[i].complete) {
			if (strstr(b.f.msg, "machine 17") == NULL ||
			    strstr(b.f.remedy, "onevm show 17") == NULL)
				fail_msg("%s: %s (%s)", rows[i].name, b.f.msg, b.f.remedy);
		} else if (i == 5) {
			/* what may stand in the rest is not known */
			assert_int_equal(b.l.n, 2);
			assert_int_equal(b.l.vms[1].state, -1);
			assert_int_equal(b.l.vms[1].cls, VM_CLASS_UNRECOGNISED);
		} else {
			assert_int_equal(b.l.n, 1);
		}
		bed_stop(&b);
	}
}

/* A range that cannot be read around is not there, whatever was read elsewhere. */
static void
a_pool_that_fails_while_it_is_read_around_makes_the_listing_incomplete(void **state)
{
	struct bed b;

	(void)state;
	for (int skip = 1; skip < 4; skip++) {
		const struct sim_fault fault = {.kind = SIM_FAULT_STATUS,
		    .arg = 500,
		    .method = "one.vmpool.info",
		    .skip = skip,
		    .times = 1};

		bed_start(&b);
		for (int id = 0; id < 20; id++)
			vm_add(&b, id, id % 5 == 2 ? "a&b" : NULL, 3, 3);
		sim_add_fault(b.sim, &fault);
		assert_int_equal(cloud_list(b.cloud, b.a, &b.l, &b.f), -1);
		assert_int_equal(b.f.kind, FAULT_NETWORK);
		bed_stop(&b);
	}
}

/* A pool that is cut at any byte: what cannot be asked for again is missing, and said to be. */
static void
a_pool_that_is_always_cut_is_never_complete_without_a_machine(void **state)
{
	struct bed b;

	(void)state;
	bed_start(&b);
	for (int id = 0; id < 5; id++)
		vm_add(&b, id, NULL, 3, 3);
	for (int at = 0; at < 6000; at += 53) {
		const struct sim_fault fault = {
		    .kind = SIM_FAULT_INNER, .method = "one.vmpool.info", .arg = at};

		sim_clear_faults(b.sim);
		sim_add_fault(b.sim, &fault);
		if (cloud_list(b.cloud, b.a, &b.l, &b.f) == 0) {
			assert_int_equal(b.l.n, 5);
			for (int id = 0; id < 5; id++)
				assert_sound(&b, "cut", id);
		} else {
			assert_false(b.l.complete);
		}
	}
	bed_stop(&b);
}

/* StratusLab as it was shipped: what is listed, what is asked for, what a kill says. */
static void
each_old_cloud_is_listed_and_obeys(void **state)
{
	const struct sim_host host = {.id = 0, .name = "node0", .state = 2, .mon_age_s = 20};
	struct bed b;
	struct vm vm;
	int st, lcm;

	(void)state;
	for (size_t i = 0; i < PLACES; i++) {
		bool old = places[i].sim == SIM_220;

		bed_start_at(&b, &places[i]);
		sim_add_host(b.sim, &host);
		for (int id = 0; id < 250; id++)
			vm_add(&b, id, NULL, id % 10 == 9 ? 7 : 3, id % 10 == 8 ? 16 : 3);
		vm_add(&b, 250, NULL, 6, 0);
		list(&b, places[i].name);
		assert_string_equal(b.l.era->name, places[i].era);
		assert_int_equal(b.l.n, 250);
		assert_false(b.l.contradiction);
		assert_true(b.l.attributes);
		for (int id = 0; id < 250; id++)
			assert_sound(&b, places[i].name, id);
		assert_string_equal(b.l.vms[0].uname, "tenant");
		assert_int_equal(b.l.vms[0].uid, 5);
		assert_string_equal(b.l.vms[0].gname, old ? "" : "oneadmin");
		assert_int_equal(b.l.vms[0].gid, old ? -1 : 0);
		assert_string_equal(b.l.vms[0].host, "node0");
		assert_int_equal(b.l.vms[0].host_id, 0);
		assert_int_equal(b.l.vms[0].seq, 0);
		assert_int_equal(b.l.n_hosts, 1);
		assert_true(b.l.hosts[0].monitored_s > 0);
		assert_int_equal(b.l.account.uid, 0);
		/* each era's own parameters */
		assert_int_equal(
		    sim_log_count(
			b.sim, old ? "one.vmpool.info user=oneadmin params=-2,1,-1 ->"
				   : "one.vmpool.info user=oneadmin params=-2,0,-1,-1 ->"),
		    1);
		assert_int_equal(cloud_inspect(b.cloud, b.a, b.l.era, 8, &vm, &b.f), 0);
		assert_int_equal(vm.cls, VM_CLASS_UNKNOWN);
		assert_int_equal(cloud_inspect(b.cloud, b.a, b.l.era, 999, &vm, &b.f), -1);
		assert_int_equal(b.f.kind, FAULT_GONE);
		assert_int_equal(cloud_kill(b.cloud, "finalize", 8, &b.f), KILL_ACCEPTED);
		assert_int_equal(sim_get_state(b.sim, 8, &st, &lcm), 0);
		assert_int_equal(st, 6);
		assert_int_equal(cloud_kill(b.cloud, "cancel", 18, &b.f), KILL_REFUSED);
		assert_int_equal(b.f.kind, FAULT_STATE);
		assert_int_equal(cloud_kill(b.cloud, "finalize", 999, &b.f), KILL_REFUSED);
		assert_int_equal(b.f.kind, FAULT_GONE);
		bed_stop(&b);
	}
}

/* One spoilt name, one forged machine, in every old cloud. */
static void
each_old_cloud_is_read_around_spoilt_names(void **state)
{
	static const char forged[] = "</NAME></VM><VM><ID>31</ID><UID>0</UID><NAME/>" FORGED
				     "<TEMPLATE/></VM><VM><ID>7</ID><NAME>";
	struct bed b;

	(void)state;
	for (size_t i = 0; i < PLACES; i++) {
		bed_start_at(&b, &places[i]);
		for (int id = 0; id < 250; id++)
			vm_add(&b, id, NULL, 3, 3);
		vm_add(&b, 100, "R&D <web>", 3, 16);
		vm_add(&b, 7, forged, 3, 3);
		vm_add(&b, 8, "</NAME>" FORGED "<NAME>", 3, 3);
		list(&b, places[i].name);
		assert_int_equal(b.l.n, 250);
		for (int id = 0; id < 250; id++) {
			if (id != 7 && id != 8 && id != 100)
				assert_sound(&b, places[i].name, id);
			assert_false(is_killable(listing_find(&b.l, id)));
		}
		assert_int_equal(listing_find(&b.l, 100)->lcm, 16);
		bed_stop(&b);
	}
}

static void
a_2_2_with_too_many_machines_or_a_cut_pool_is_incomplete(void **state)
{
	const struct sim_fault cut = {
	    .kind = SIM_FAULT_INNER, .method = "one.vmpool.info", .arg = 30000};
	struct bed b;

	(void)state;
	bed_start_at(&b, &places[2]);
	for (int id = 0; id < 100; id++)
		vm_add(&b, id, NULL, 3, 3);
	sim_add_fault(b.sim, &cut);
	assert_int_equal(cloud_list(b.cloud, b.a, &b.l, &b.f), -1);
	assert_non_null(strstr(b.f.msg, "cut short"));
	sim_clear_faults(b.sim);
	for (int id = 0; id <= LIMIT_RECOVERY_CALLS; id++)
		vm_add(&b, id, id == 17 ? "&" : NULL, 3, 3);
	assert_int_equal(cloud_list(b.cloud, b.a, &b.l, &b.f), -1);
	assert_int_equal(b.f.kind, FAULT_LIMIT);
	bed_stop(&b);
}

#define ANSWER(document)                                                                     \
	"<?xml version=\"1.0\"?><methodResponse><params><param><value><array><data>"         \
	"<value><boolean>1</boolean></value><value><string>" document                        \
	"</string></value><value><i4>0</i4></value></data></array></value></param></params>" \
	"</methodResponse>"
#define POOL(within)                                                                        \
	ANSWER("&lt;VM_POOL>&lt;VM>&lt;ID>1&lt;/ID>&lt;UID>0&lt;/UID>&lt;NAME>a&lt;/NAME>"  \
	       "&lt;LAST_POLL>0&lt;/LAST_POLL>&lt;STATE>3&lt;/STATE>&lt;LCM_STATE>3"        \
	       "&lt;/LCM_STATE>&lt;STIME>1&lt;/STIME>&lt;ETIME>0&lt;/ETIME>&lt;DEPLOY_ID/>" \
	       "&lt;TEMPLATE/>" within "&lt;/VM>&lt;/VM_POOL>")

/* 2.2 and 3.x have the same numbers and neither says its version: their documents tell them apart. */
static void
a_history_of_another_era_is_a_contradiction(void **state)
{
	static const struct {
		const struct place *place;
		const char *answer, *says; /* NULL: no contradiction */
	} rows[] = {
	    {&places[0], POOL("&lt;HISTORY>&lt;SEQ>0&lt;/SEQ>&lt;/HISTORY>"), "2.2 writes"},
	    {&places[0], POOL("&lt;HISTORY_RECORDS/>"), NULL},
	    {&places[0],
		POOL("&lt;HISTORY_RECORDS>&lt;HISTORY>&lt;SEQ>0&lt;/SEQ>&lt;/HISTORY>"
		     "&lt;/HISTORY_RECORDS>"),
		NULL},
	    {&places[0], POOL(""), NULL},
	    {&places[2], POOL("&lt;HISTORY_RECORDS/>"), "3.0 and later writes"},
	    {&places[2], POOL("&lt;HISTORY>&lt;SEQ>0&lt;/SEQ>&lt;/HISTORY>"), NULL},
	    /* out of a name: no evidence */
	    {&places[0], POOL("&lt;HISTORY/>&lt;NAME/>"), NULL},
	    {&places[0], POOL("&lt;STATE>8&lt;/STATE>"), NULL},
	};
	struct bed b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sim_fault answer = {.kind = SIM_FAULT_HTML,
		    .method = "one.vmpool.info",
		    .text = rows[i].answer};

		bed_start_at(&b, rows[i].place);
		sim_add_fault(b.sim, &answer);
		list(&b, rows[i].answer);
		assert_int_equal(b.l.n, 1);
		if (b.l.contradiction != (rows[i].says != NULL))
			fail_msg("row %zu: %s", i, b.l.contradiction_text);
		if (rows[i].says != NULL)
			assert_non_null(strstr(b.l.contradiction_text, rows[i].says));
		bed_stop(&b);
	}
}

/* The proxy turns a wrong password away, and answers itself when the daemon is down. */
static void
the_proxy_is_told_from_the_daemon(void **state)
{
	struct bed b;

	(void)state;
	for (size_t i = 1; i < PLACES; i += 2) {
		bed_start_at(&b, &places[i]);
		vm_add(&b, 1, NULL, 3, 16);
		sim_set_daemon(b.sim, false);
		assert_int_equal(cloud_list(b.cloud, b.a, &b.l, &b.f), -1);
		assert_int_equal(b.f.kind, FAULT_NETWORK);
		assert_non_null(strstr(b.f.msg, "behind the proxy"));
		/* refused by the machine of the daemon: certainly not done */
		assert_int_equal(cloud_kill(b.cloud, "finalize", 1, &b.f), KILL_NOT_SENT);
		sim_set_daemon(b.sim, true);
		/* whatever else the proxy says for itself: the daemon may have done it */
		const struct sim_fault late = {.kind = SIM_FAULT_FAULT,
		    .method = "one.vm.action",
		    .arg = 0,
		    .text = "I/O error while communicating with HTTP server: Read timed out"};
		sim_add_fault(b.sim, &late);
		assert_int_equal(cloud_kill(b.cloud, "finalize", 1, &b.f), KILL_IN_DOUBT);
		sim_clear_faults(b.sim);
		list(&b, places[i].name);
		cloud_close(b.cloud);
		b.config.session = "oneadmin:hunter2";
		assert_int_equal(cloud_open(&b.config, &b.cloud, &b.f), 0);
		assert_int_equal(cloud_list(b.cloud, b.a, &b.l, &b.f), -1);
		assert_int_equal(b.f.kind, FAULT_AUTH);
		assert_null(strstr(b.f.msg, "hunter2"));
		bed_stop(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_that_is_no_xml_spoils_its_own_machine_only),
	    cmocka_unit_test(a_spoilt_name_is_told),
	    cmocka_unit_test(a_name_that_is_xml_makes_nothing_killable_and_hides_nothing),
	    cmocka_unit_test(many_spoilt_names_are_read_around_up_to_a_bound),
	    cmocka_unit_test(a_misleading_name_costs_calls_only),
	    cmocka_unit_test(a_machine_that_cannot_be_read_makes_the_listing_incomplete),
	    cmocka_unit_test(
		a_pool_that_fails_while_it_is_read_around_makes_the_listing_incomplete),
	    cmocka_unit_test(a_pool_that_is_always_cut_is_never_complete_without_a_machine),
	    cmocka_unit_test(each_old_cloud_is_listed_and_obeys),
	    cmocka_unit_test(each_old_cloud_is_read_around_spoilt_names),
	    cmocka_unit_test(a_2_2_with_too_many_machines_or_a_cut_pool_is_incomplete),
	    cmocka_unit_test(a_history_of_another_era_is_a_contradiction),
	    cmocka_unit_test(the_proxy_is_told_from_the_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
