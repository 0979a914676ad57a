/* SPDX-License-Identifier: ISC */
/*
 * Volumes that stand in no machine's document, through the whole pipeline: they keep their machine, a pdisk service
 * that does not answer keeps every machine, and mounts of machines that are gone are reported.
 */
#include <sys/stat.h>

#include "verdict/reasons.h"
#include "world.h"

#define U(n) "95b75092-0000-4000-8000-cd1deaa721f" #n

static char endpoint[80];

static void
account(struct world *w, const char *text)
{
	static char path[160];
	FILE *fp;

	snprintf(path, sizeof(path), "%s/pdisk", w->dir);
	fp = fopen(path, "w");
	assert_non_null(fp);
	fputs(text, fp);
	fclose(fp);
	chmod(path, 0600);
	w->p->cloud.pdisk_auth_file = path;
}

/* A world with a pdisk service in it, and in its policy. */
static void
open_world(struct world *w, enum sim_era era)
{
	const struct world_options o = {.era = era};
	const struct sim_user service = {.id = 30, .name = "pdisk", .password = "secret"};
	const struct sim_user alice = {.id = 31, .name = "alice", .password = "pw"};

	world_of(w, &o);
	sim_add_user(w->sim, &service);
	sim_add_user(w->sim, &alice);
	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%u/pdisk",
	    (unsigned)sim_port(w->sim));
	w->p->cloud.pdisk = endpoint;
	account(w, "pdisk:secret\n");
}

static void
add_volume(struct sim *sim, const char *uuid, const char *vm, const char *device)
{
	const struct sim_volume v = {.uuid = uuid, .tag = "data", .owner = "alice"};

	sim_add_volume(sim, &v);
	if (vm != NULL)
		sim_add_mount(sim, uuid, vm, device);
}

static const char *
detail_of(struct world *w, int64_t id, enum veto v)
{
	static char buf[256];

	for (size_t i = 0; i < w->s.listing.n; i++)
		if (w->s.listing.vms[i].id == id)
			return verdict_detail(
			    &w->s.input, &w->s.judgements[i], i, v, buf, sizeof(buf));
	fail_msg("no machine %lld", (long long)id);
	return NULL;
}

static size_t
disks_of(struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->s.listing.n; i++)
		if (w->s.listing.vms[i].id == id)
			return w->s.listing.vms[i].n_disks;
	return 0;
}

/* --- persistence ------------------------------------------------------------------------- */

static void
a_hot_plugged_volume_keeps_its_machine(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, SIM_720);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	add_failed(&w, 2, SIM_KILL_NOW, 0);
	add_failed(&w, 3, SIM_KILL_NOW, 0);
	add_volume(w.sim, U(1), "1", "vda");
	add_volume(w.sim, U(3), "3", "static"); /* not in its document: data all the same */
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(w.rc, 0);
	assert_int_equal(veto_of(&w, 1), VETO_DATA);
	assert_string_equal(detail_of(&w, 1, VETO_DATA), "pdisk:" U(1));
	assert_int_equal(veto_of(&w, 3), VETO_DATA);
	assert_int_equal(outcome_of(&w, 2), OUTCOME_DONE);
	assert_int_equal(sent(&w), 1);
	assert_true(w.s.volumes.known);
	assert_null(finding_of(&w, "volumes-not-known", -1));
	/* detached: nothing keeps it any longer */
	sim_drop_mount(w.sim, U(1), "1");
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(sent(&w), 2);
	world_free(&w);
}

static void
records_that_are_no_data_keep_nobody(void **state)
{
	static const struct sim_disk launched[] = {
	    {.kind = SIM_DISK_SOURCE, .source = "pdisk:h:8445:" U(4)}};
	struct sim_vm vm;
	struct world w;

	(void)state;
	open_world(&w, SIM_720);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	vm = a_machine(2, 1, NULL);
	vm.state = 3;
	vm.lcm = 39;
	vm.disks = launched;
	sim_add_vm(w.sim, &vm);
	/* stratuslab.md 5.5: the root disk of the machine, a cached origin, one in quarantine */
	sim_add_volume(
	    w.sim, &(struct sim_volume){
		       .uuid = U(1), .owner = "alice", .identifier = "snapshot:" U(2)});
	sim_add_volume(w.sim,
	    &(struct sim_volume){.uuid = U(2), .identifier = "BtSKdXa2SvHlSVTvgFgivIYDq--"});
	sim_add_volume(
	    w.sim, &(struct sim_volume){.uuid = U(3), .quarantine = "2014-05-13 18:53:20.0"});
	for (int i = 0; i < 3; i++)
		sim_add_mount(
		    w.sim, (const char *[]){U(1), U(2), U(3)}[i], "1", i > 0 ? "vda" : NULL);
	/* one that stands in the document already is not there twice */
	add_volume(w.sim, U(4), "2", NULL);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(disks_of(&w, 1), 1);
	assert_int_equal(veto_of(&w, 2), VETO_DATA);
	assert_int_equal(disks_of(&w, 2), 1);
	world_free(&w);
}

static void
without_an_answer_everybody_is_kept(void **state)
{
	static const struct {
		const char *method;
		struct sim_fault f;
	} cases[] = {{"pdisk.disks", {.kind = SIM_FAULT_RESET}},
	    {"pdisk.disks", {.kind = SIM_FAULT_STATUS, .arg = 503}},
	    {"pdisk.disks", {.kind = SIM_FAULT_HTML}},
	    {"pdisk.disks", {.kind = SIM_FAULT_SHORT, .arg = 50}},
	    {"pdisk.disks", {.kind = SIM_FAULT_CUT, .arg = 50}},
	    {"pdisk.disks", {.kind = SIM_FAULT_FAILURE, .arg = 500}},
	    {"pdisk.mounts", {.kind = SIM_FAULT_STATUS, .arg = 404}},
	    {"pdisk.mounts", {.kind = SIM_FAULT_RESET}},
	    {"pdisk.mounts", {.kind = SIM_FAULT_HTML}}};
	struct sim_fault f;
	struct world w;

	(void)state;
	open_world(&w, SIM_720);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	add_failed(&w, 2, SIM_KILL_NOW, 0);
	add_volume(w.sim, U(1), "100", "vda"); /* of another machine */
	ripen(&w);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s %s\n", cases[i].method, sim_fault_str(cases[i].f.kind));
		f = cases[i].f;
		f.method = cases[i].method;
		sim_clear_faults(w.sim);
		sim_add_fault(w.sim, &f);
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		assert_true(w.s.listing.complete);
		for (int id = 1; id <= 2; id++) {
			assert_int_equal(veto_of(&w, id), VETO_DATA);
			assert_int_equal(
			    strncmp(detail_of(&w, id, VETO_DATA), "pdisk did not answer", 20),
			    0);
		}
		assert_non_null(finding_of(&w, "volumes-not-known", -1));
		assert_int_equal(plugin_state(&w), STATE_UNKNOWN);
		assert_false(w.s.report.status.has[METRIC_ORPHANS]);
		assert_int_equal(sent(&w), 0);
		later(&w, 900);
	}
	/* the marks went on meanwhile: it was only pdisk that spoke for them */
	sim_clear_faults(w.sim);
	sweep(&w, true);
	assert_int_equal(sent(&w), 2);
	world_free(&w);
}

static void
an_account_that_may_not_see_everything_knows_nothing(void **state)
{
	static const struct {
		const char *account, *detail;
	} cases[] = {{"alice:pw\n", "the pdisk account may not see everybody's volumes"},
	    {"alice:wrong\n", "pdisk did not answer"}, {"nobody:pw\n", "pdisk did not answer"},
	    {"no colon\n", "pdisk did not answer"}};
	struct world w;

	(void)state;
	open_world(&w, SIM_720);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	add_volume(w.sim, U(1), "100", "vda"); /* alice's: all that she is shown */
	sim_add_volume(w.sim, &(struct sim_volume){.uuid = U(2), .owner = "bob"});
	sim_add_mount(w.sim, U(2), "1", "vda");
	ripen(&w);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		account(&w, cases[i].account);
		sweep(&w, true);
		assert_int_equal(veto_of(&w, 1), VETO_DATA);
		if (strncmp(detail_of(&w, 1, VETO_DATA), cases[i].detail,
			strlen(cases[i].detail)) != 0)
			fail_msg("%s", detail_of(&w, 1, VETO_DATA));
		assert_int_equal(sent(&w), 0);
		later(&w, 900);
	}
	world_free(&w);
}

static void
a_mount_of_nobody_is_everybodys(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, SIM_720);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	add_volume(w.sim, U(1), "one-1", "vda");
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 1), VETO_DATA);
	assert_non_null(strstr(detail_of(&w, 1, VETO_DATA), "names no machine"));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* Where finalize is the only verb, nothing is saved: persistent = allow lifts nothing there. */
static void
on_opennebula_3_allow_does_not_help(void **state)
{
	const struct world_options o = {.era = SIM_321,
	    .unknown = "persistent = allow\nsilence = no\n",
	    .failed = "persistent = allow\n",
	    .cloud = "version = 3.2.1\naccount = 6:reaper\n"};
	const struct sim_user service = {.id = 30, .name = "pdisk", .password = "secret"};
	struct sim_fault down = {
	    .kind = SIM_FAULT_STATUS, .arg = 503, .method = "pdisk.disks", .times = 1};
	struct sim_vm vm;
	static const struct sim_disk url = {
	    .kind = SIM_DISK_URL, .source = "https://marketplace.example.org/metadata/x"};
	struct world w;

	(void)state;
	world_of(&w, &o);
	sim_add_user(w.sim, &service);
	snprintf(
	    endpoint, sizeof(endpoint), "http://127.0.0.1:%u/pdisk", (unsigned)sim_port(w.sim));
	w.p->cloud.pdisk = endpoint;
	account(&w, "pdisk:secret\n");
	vm = a_machine(1, 1, NULL);
	vm.state = 3;
	vm.lcm = 16;
	vm.disks = &url;
	sim_add_vm(w.sim, &vm);
	add_volume(w.sim, U(1), "1", "vda");
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 1), VETO_DATA);
	sim_drop_mount(w.sim, U(1), "1");
	sim_add_fault(w.sim, &down);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 1), VETO_DATA);
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* --- between listing and kill ------------------------------------------------------------ */

static void
plug_in(struct sim *sim)
{
	sim_add_mount(sim, U(1), "1", "vda");
}

static void
go_down(struct sim *sim)
{
	const struct sim_fault f = {
	    .kind = SIM_FAULT_STATUS, .arg = 503, .method = "pdisk.disks"};

	sim_add_fault(sim, &f);
}

static void
a_volume_that_comes_before_the_kill_stops_it(void **state)
{
	static void (*const changes[])(struct sim *) = {plug_in, go_down};
	struct world w;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		open_world(&w, SIM_720);
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		add_volume(w.sim, U(1), NULL, NULL);
		ripen(&w);
		at_kill = changes[i];
		sweep(&w, true);
		assert_null(at_kill);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_ABORTED);
		assert_string_equal(w.s.kills[0].detail, "persistent-disk");
		assert_int_equal(sent(&w), 0);
		world_free(&w);
	}
}

/* --- orphans ----------------------------------------------------------------------------- */

static void
mounts_of_machines_that_are_gone_are_reported(void **state)
{
	const struct finding *f;
	struct sim_vm vm;
	struct text t;
	char want[256];
	struct world w;

	(void)state;
	open_world(&w, SIM_720);
	vm = a_machine(7, 1, NULL);
	vm.state = 6;
	vm.lcm = 0;
	sim_add_vm(w.sim, &vm);
	add_volume(w.sim, U(1), "100", "vda"); /* of one that runs */
	add_volume(w.sim, U(2), "7", "vda"); /* Done */
	add_volume(w.sim, U(3), "9999", "static"); /* never there */
	sweep(&w, false);
	assert_int_equal(w.rc, 0);
	assert_true(w.s.report.status.has[METRIC_ORPHANS]);
	assert_true(w.s.report.status.metrics[METRIC_ORPHANS] == 2);
	assert_int_equal(plugin_state(&w), STATE_WARNING);
	assert_null(finding_of(&w, "orphaned-mount", 100));
	assert_non_null(finding_of(&w, "orphaned-mount", 9999));
	f = finding_of(&w, "orphaned-mount", 7);
	assert_non_null(f);
	assert_string_equal(f->owner, "alice");
	assert_non_null(strstr(f->text, U(2) " (data)"));
	snprintf(want, sizeof(want), "curl -X DELETE -u pdisk %s/pswd/disks/%s/mounts/%s_7",
	    endpoint, U(2), U(2));
	assert_string_equal(f->remedy, want);
	plugin_text(&w, &t);
	assert_non_null(strstr(t.p, "2 orphaned mounts"));
	assert_non_null(
	    strstr(t.p, want)); /* a person can paste it: nothing in it is escaped */
	assert_non_null(strstr(t.p, " orphans=2;0;;0"));
	text_free(&t);
	/* mended */
	sim_drop_mount(w.sim, U(2), "7");
	sim_drop_mount(w.sim, U(3), "9999");
	later(&w, 900);
	sweep(&w, false);
	assert_true(w.s.report.status.metrics[METRIC_ORPHANS] == 0);
	assert_int_equal(plugin_state(&w), STATE_OK);
	world_free(&w);
}

/* Its listing was complete, and still: it came later, or is hidden from the account. */
static void
a_machine_that_the_listing_lacks_is_looked_up(void **state)
{
	struct volumes v;
	struct listing l;
	struct world w;

	(void)state;
	open_world(&w, SIM_720);
	add_volume(w.sim, U(1), "100", "vda");
	add_volume(w.sim, U(2), "9999", "vda");
	sweep(&w, false);
	assert_int_equal(w.s.volumes.n_orphans, 1);
	l = w.s.listing;
	while (l.n > 0 && l.vms[0].id <= 100) {
		l.vms++;
		l.n--;
	}
	v = w.s.volumes;
	assert_int_equal(volumes_find_orphans(&v, w.p, w.s.arena, w.s.reader, &l), 0);
	assert_int_equal(v.n_orphans, 1);
	assert_int_equal(v.orphans[0].vm_id, 9999);
	/* what cannot be asked is not gone */
	sim_add_fault(w.sim,
	    &(struct sim_fault){.kind = SIM_FAULT_STATUS, .arg = 500, .method = "one.vm.info"});
	assert_int_equal(volumes_find_orphans(&v, w.p, w.s.arena, w.s.reader, &l), 0);
	assert_int_equal(v.n_orphans, 0);
	sim_clear_faults(w.sim);
	/* one that the listing still has, as Done */
	sim_set_state(w.sim, 101, 6, 0);
	assert_int_equal(l.vms[0].id, 101);
	l.vms[0].cls = VM_CLASS_DONE;
	sim_add_mount(w.sim, U(1), "101", "vda");
	volumes_read(w.p, w.s.arena, 0, &v);
	assert_int_equal(volumes_find_orphans(&v, w.p, w.s.arena, w.s.reader, &l), 0);
	assert_int_equal(v.n_orphans, 2);
	assert_int_equal(v.orphans[0].vm_id, 101);
	assert_int_equal(v.orphans[1].vm_id, 9999);
	/* an incomplete listing says nothing about who is gone */
	v = w.s.volumes;
	v.orphans_known = false;
	v.n_orphans = 0;
	l.complete = false;
	assert_int_equal(volumes_find_orphans(&v, w.p, w.s.arena, w.s.reader, &l), 0);
	assert_false(v.orphans_known);
	assert_int_equal(v.n_orphans, 0);
	world_free(&w);
}

static void
many_orphans_are_looked_up_in_part(void **state)
{
	struct world w;
	char uuid[40], id[12];

	(void)state;
	open_world(&w, SIM_720);
	for (int i = 0; i < 100; i++) {
		snprintf(uuid, sizeof(uuid), "95b75092-0000-4000-8000-%012d", i);
		snprintf(id, sizeof(id), "%d", 1000 + i);
		add_volume(w.sim, uuid, id, "vda");
	}
	sweep(&w, false);
	assert_int_equal(w.s.volumes.n_orphans, 64);
	assert_true(sim_log_count(w.sim, "one.vm.info ") <= 64);
	world_free(&w);
}

static void
a_policy_without_pdisk_asks_nothing(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, SIM_720);
	w.p->cloud.pdisk = NULL;
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	add_volume(w.sim, U(1), "1", "vda");
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(sim_log_count(w.sim, "pdisk"), 0);
	assert_false(w.s.report.status.has[METRIC_ORPHANS]);
	world_free(&w);
}

static void
disks_beyond_the_bound_are_data(void **state)
{
	struct world w;
	char uuid[40];

	(void)state;
	open_world(&w, SIM_720);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	for (int i = 0; i < 70; i++) {
		snprintf(uuid, sizeof(uuid), "95b75092-0000-4000-8000-%012d", i);
		add_volume(w.sim, uuid, "1", "vda");
	}
	sweep(&w, false);
	assert_int_equal(disks_of(&w, 1), 64);
	assert_true(has_veto(&w, 1, VETO_DATA));
	assert_true(has_veto(&w, 1, VETO_NOT_READ));
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_hot_plugged_volume_keeps_its_machine),
	    cmocka_unit_test(records_that_are_no_data_keep_nobody),
	    cmocka_unit_test(without_an_answer_everybody_is_kept),
	    cmocka_unit_test(an_account_that_may_not_see_everything_knows_nothing),
	    cmocka_unit_test(a_mount_of_nobody_is_everybodys),
	    cmocka_unit_test(on_opennebula_3_allow_does_not_help),
	    cmocka_unit_test(a_volume_that_comes_before_the_kill_stops_it),
	    cmocka_unit_test(mounts_of_machines_that_are_gone_are_reported),
	    cmocka_unit_test(a_machine_that_the_listing_lacks_is_looked_up),
	    cmocka_unit_test(many_orphans_are_looked_up_in_part),
	    cmocka_unit_test(a_policy_without_pdisk_asks_nothing),
	    cmocka_unit_test(disks_beyond_the_bound_are_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
