/* SPDX-License-Identifier: ISC */
/*
 * The nasty scenarios 17 to 21 (reapers.md D.2): who is who, and whose address is it. The pipeline where records
 * and documents matter; the rules alone (fleet.c) for addresses that no simulated cloud would give out.
 */
#include <unistd.h>

#include "fleet.h"
#include "world.h"

/* --- 17, 18, 19 ------------------------------------------------------------------------------ */

static void
assert_new_record(struct world *w, int64_t id)
{
	const struct record *r = record_of(w, id);

	assert_int_equal(r->confirmations, 1);
	assert_int_equal(r->earned_s, 0);
	assert_int_equal(r->marked_s, test_now_s);
	assert_int_equal(veto_of(w, id), VETO_WITHIN_GRACE);
	assert_int_equal(sent(w), 0);
}

static void
s17_an_id_is_used_again_after_a_restore(void **state)
{
	static const struct {
		const char *name;
		int64_t stime_s;
		int uid;
	} cases[] = {{"created at another time", SIM_EPOCH - 863999, 7},
	    {"of another owner", SIM_EPOCH - 864000, 8}};
	struct sim_vm vm;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].name);
		world_new(&w);
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		ripen(&w);
		vm = a_machine(1, 1, NULL);
		vm.state = 3;
		vm.lcm = 39;
		vm.stime_s = cases[i].stime_s;
		vm.uid = cases[i].uid;
		sim_remove_vm(w.sim, 1);
		sim_add_vm(w.sim, &vm);
		sweep(&w, true);
		assert_new_record(&w, 1);
		assert_int_equal(record_of(&w, 1)->first_seen_s, test_now_s);
		assert_int_equal(record_of(&w, 1)->stime_s, cases[i].stime_s);
		assert_int_equal(record_of(&w, 1)->uid, cases[i].uid);
		world_free(&w);
	}
}

static void
s18_two_clouds_in_one_ledger_are_refused(void **state)
{
	struct world w;
	const char *name;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	name = w.p->cloud.name;
	w.p->cloud.name = "other"; /* the same id 1, and the same state directory */
	sweep(&w, true);
	assert_int_equal(w.rc, -1);
	assert_int_equal(w.f.kind, FAULT_LEDGER);
	assert_non_null(strstr(w.f.msg, "test"));
	assert_int_equal(plugin_state(&w), STATE_UNKNOWN);
	assert_int_equal(sent(&w), 0);
	w.p->cloud.name = name; /* and the first one's memory is as it was */
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

static void
s18_each_cloud_has_a_ledger_of_its_own(void **state)
{
	static const char text[] = "[cloud]\nname = %s\nendpoint = http://127.0.0.1/RPC2\n";
	struct policy *a, *b;
	struct policy_errors errors;
	char buf[128];

	(void)state;
	snprintf(buf, sizeof(buf), text, "zone0");
	assert_int_equal(policy_parse("a", buf, strlen(buf), "/tmp", &a, &errors, NULL), 0);
	text_free(&errors.text);
	snprintf(buf, sizeof(buf), text, "zone1");
	assert_int_equal(policy_parse("b", buf, strlen(buf), "/tmp", &b, &errors, NULL), 0);
	text_free(&errors.text);
	assert_string_equal(a->ledger.path, "/tmp/zone0.db");
	assert_string_equal(b->ledger.path, "/tmp/zone1.db");
	assert_string_not_equal(a->ledger.status_file, b->ledger.status_file);
	policy_free(a);
	policy_free(b);
}

static void
s19_migrated_between_mark_and_kill(void **state)
{
	static const struct sim_history moved[] = {
	    {.hid = 1, .stime = SIM_EPOCH - 864000, .rstime = SIM_EPOCH - 863990},
	    {.hid = 2, .stime = SIM_EPOCH + 100, .rstime = SIM_EPOCH + 110}};
	static const struct sim_history again[] = {
	    {.hid = 1, .stime = SIM_EPOCH - 864000, .rstime = SIM_EPOCH - 863990},
	    {.hid = 1, .stime = SIM_EPOCH + 100, .rstime = SIM_EPOCH + 110}};
	static const struct {
		const char *name;
		const struct sim_history *history;
		int host;
		const char *deploy_id;
	} cases[] = {{"to another host", moved, 2, "one-1"},
	    {"deployed again on the same host", again, 1, "one-1"},
	    {"under another name of the hypervisor", NULL, 1, "one-1-new"}};
	static const struct sim_nic nic = {
	    .network = "net", .network_id = 10, .ip = "10.0.10.1"};
	struct sim_vm vm;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].name);
		world_new(&w);
		add_host(&w, 2);
		vm = a_machine(1, 1, &nic);
		vm.state = 3;
		vm.lcm = 16;
		vm.deploy_id = "one-1";
		sim_add_vm(w.sim, &vm);
		add_alive(&w, 200, 1, 10, "10.0.20.1");
		see("10.0.10.1", PROBE_SILENT);
		see("10.0.20.1", PROBE_ANSWERED);
		ripen(&w);
		assert_int_equal(record_of(&w, 1)->confirmations, 3);
		vm.host = cases[i].host;
		vm.deploy_id = cases[i].deploy_id;
		vm.history = cases[i].history;
		vm.n_history = cases[i].history != NULL ? 2 : 0;
		sim_add_vm(w.sim, &vm);
		sweep(&w, true);
		assert_new_record(&w, 1);
		world_free(&w);
	}
}

/* --- 20 ---------------------------------------------------------------------------------------- */

/* The detail of a veto as explain shows it. */
static void
detail_of(struct world *w, int64_t id, enum veto v, char *buf, size_t size)
{
	size_t i;

	for (i = 0; w->s.listing.vms[i].id != id; i++)
		;
	verdict_detail(&w->s.input, &w->s.judgements[i], i, v, buf, size);
}

static void
s20_an_address_was_leased_again(void **state)
{
	struct world w;
	char detail[160];

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.20.1", PROBE_ANSWERED);
	see("10.0.10.1", PROBE_SILENT);
	ripen(&w);
	add_alive(&w, 2, 1, 10, "10.0.10.1"); /* and now somebody else has it, and answers */
	see("10.0.10.1", PROBE_ANSWERED);
	sweep(&w, true);
	assert_true(has_veto(&w, 1, VETO_AMBIGUOUS));
	assert_string_equal(veto_code(VETO_AMBIGUOUS), "ambiguous-address");
	detail_of(&w, 1, VETO_AMBIGUOUS, detail, sizeof(detail));
	assert_string_equal(detail, "machine 2 as well");
	assert_int_equal(veto_of(&w, 2), VETO_NOT_REAPABLE);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* The other one is silent as well (or filters ping): the silence could be either's. */
static void
s20_an_address_was_leased_again_to_a_silent_one(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 2, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	add_alive(&w, 201, 1, 10, "10.0.20.2");
	see("10.0.20.0/24", PROBE_ANSWERED);
	see("10.0.10.1", PROBE_SILENT);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(w.s.run.gates, 0);
	assert_int_equal(veto_of(&w, 1), VETO_AMBIGUOUS);
	assert_non_null(finding_of(&w, "ambiguous-address", 1));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* The other one comes between the listing and the kill, and is seen by the last look's probe. */
static void
lease_again(struct sim *sim)
{
	(void)sim;
	see("10.0.10.1", PROBE_ANSWERED);
}

static void
s20_an_address_is_leased_again_in_the_last_moment(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.20.1", PROBE_ANSWERED);
	see("10.0.10.1", PROBE_SILENT);
	ripen(&w);
	at_kill = lease_again;
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ABORTED);
	assert_string_equal(w.s.kills[0].detail, "answers-ping");
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- 21: each kind of address, through the documents of the cloud -------------------------------- */

/* An Unknown machine with these cards; everything in 10.0.10.0/24 and fd00:10::/32 is silent. Ripe, and armed. */
static void
with_nics(struct world *w, const struct sim_nic *nics, size_t n)
{
	struct sim_vm vm;

	world_new(w);
	vm = a_machine(1, 1, nics);
	vm.n_nics = n;
	vm.state = 3;
	vm.lcm = 16;
	sim_add_vm(w->sim, &vm);
	add_alive(w, 200, 1, 10, "10.0.20.1");
	see("10.0.10.0/24", PROBE_SILENT);
	see("fd00:10::/32", PROBE_SILENT);
	see("10.0.20.0/24", PROBE_ANSWERED);
}

static void
kept_for(struct world *w, enum veto want)
{
	ripen(w);
	sweep(w, true);
	assert_int_equal(w->s.run.gates, 0);
	assert_int_equal(veto_of(w, 1), want);
	assert_non_null(finding_of(w, veto_code(want), 1));
	assert_int_equal(sent(w), 0);
	world_free(w);
}

static void
killed(struct world *w)
{
	ripen(w);
	sweep(w, true);
	assert_int_equal(outcome_of(w, 1), OUTCOME_DONE);
	assert_int_equal(sent(w), 1);
	world_free(w);
}

#define NIC(...)                                                \
	{                                                       \
		.network = "net", .network_id = 10, __VA_ARGS__ \
	}
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
s21_no_nic(void **state)
{
	struct world w;

	(void)state;
	with_nics(&w, NULL, 0);
	kept_for(&w, VETO_NOT_PROBED);
}

static void
s21_a_nic_without_address(void **state)
{
	static const struct sim_nic bare[] = {NIC(.ip = NULL)};
	static const struct sim_nic one_bare[] = {NIC(.ip = "10.0.10.1"), NIC(.ip = NULL)};
	struct world w;

	(void)state;
	with_nics(&w, bare, COUNT(bare));
	kept_for(&w, VETO_NOT_PROBED);
	with_nics(&w, one_bare, COUNT(one_bare));
	kept_for(&w, VETO_NOT_PROBED);
}

static void
s21_only_ipv6(void **state)
{
	static const struct sim_nic nics[] = {NIC(.ip6_ula = "fd00:10::1")};
	static const struct sim_nic witness = NIC(.ip6_ula = "fd00:20::1");
	struct sim_vm vm;
	struct world w;

	(void)state;
	with_nics(&w, nics, COUNT(nics)); /* who answers over IPv4 is no witness */
	kept_for(&w, VETO_NO_WITNESS);
	with_nics(&w, nics, COUNT(nics));
	vm = a_machine(201, 1, &witness);
	sim_add_vm(w.sim, &vm);
	see("fd00:20::/32", PROBE_ANSWERED);
	killed(&w);
	with_nics(&w, nics, COUNT(nics));
	see("fd00:10::1", PROBE_ANSWERED);
	kept_for(&w, VETO_ANSWERS_PING);
}

static void
s21_only_a_link_local_address(void **state)
{
	static const struct sim_nic nics[] = {NIC(.ip6_link = "fe80::400:aff:fe00:a01")};
	struct world w;

	(void)state;
	with_nics(&w, nics, COUNT(nics));
	see("fe80::/10", PROBE_SILENT);
	kept_for(&w, VETO_NOT_PROBED);
}

static void
s21_alias_addresses(void **state)
{
	static const struct sim_nic nics[] = {
	    NIC(.ip = "10.0.10.1"), NIC(.ip = "10.0.10.2", .alias = true)};
	struct world w;

	(void)state;
	with_nics(&w, nics, COUNT(nics)); /* both silent */
	killed(&w);
	with_nics(&w, nics, COUNT(nics));
	see("10.0.10.2", PROBE_ANSWERED);
	kept_for(&w, VETO_ANSWERS_PING);
	with_nics(&w, nics, COUNT(nics));
	see("10.0.10.2", PROBE_NOT_SENT);
	kept_for(&w, VETO_NOT_PROBED);
}

static void
s21_several_nics_and_one_answers(void **state)
{
	static const struct sim_nic nics[] = {
	    NIC(.ip = "10.0.10.1"), NIC(.ip = "10.0.10.2"), NIC(.ip = "10.0.10.3")};
	struct world w;

	(void)state;
	with_nics(&w, nics, COUNT(nics));
	killed(&w);
	with_nics(&w, nics, COUNT(nics));
	see("10.0.10.3", PROBE_ANSWERED);
	kept_for(&w, VETO_ANSWERS_PING);
}

static void
s21_an_external_address_only(void **state)
{
	static const struct sim_nic outside[] = {NIC(.external_ip = "192.0.2.7")};
	static const struct sim_nic both[] = {
	    NIC(.ip = "10.0.10.1", .external_ip = "192.0.2.7")};
	static const struct sim_nic inside[] = {NIC(.external_ip = "10.0.10.7")};
	struct world w;

	(void)state;
	/* outside of [probe] networks nothing is sent, and not sent is not silent */
	with_nics(&w, outside, COUNT(outside));
	kept_for(&w, VETO_NOT_PROBED);
	with_nics(&w, both, COUNT(both));
	kept_for(&w, VETO_NOT_PROBED);
	/* inside: the card itself is still without an address that anybody knows */
	with_nics(&w, inside, COUNT(inside));
	kept_for(&w, VETO_NOT_PROBED);
}

static void
s21_malformed_addresses(void **state)
{
	static const char *const bad[] = {"10.0.10.999", "10.0.10", "10.0.10.1.1",
	    "10.0.10.1/24", "010.0.10.1", "ten", "10.0.10.1 10.0.10.2"};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		struct sim_nic nics[] = {NIC(.ip = "10.0.10.1"), NIC(.ip = bad[i])};

		print_message("%s\n", bad[i]);
		with_nics(&w, nics, COUNT(nics));
		kept_for(&w, VETO_NOT_PROBED);
	}
}

/* Addresses that are nobody's, all of them silent, and [probe] networks allows everything. */
static void
s21_addresses_that_are_no_machines(void **state)
{
	static const char *const nobody[] = {"0.0.0.0", "255.255.255.255", "127.0.0.1",
	    "127.10.0.1", "224.0.0.1", "::", "::1", "ff02::1"};
	struct fleet *f;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(nobody); i++) {
		print_message("%s\n", nobody[i]);
		f = fleet_new();
		assert_int_equal(
		    net_prefix_parse(
			strchr(nobody[i], ':') != NULL ? "::/0" : "0.0.0.0/0", &f->networks[0]),
		    0);
		fleet_add_addr(f, &f->vms[0], nobody[i], 1);
		fleet_see(f, nobody[i], PROBE_SILENT);
		fleet_judge(f);
		assert_false(fleet_out(f, 42)->silent && fleet_out(f, 42)->vetoes == 0);
		assert_false(fleet_kills(f, 42));
		assert_int_equal(fleet_out(f, 42)->veto, VETO_AMBIGUOUS);
		fleet_free(f);
	}
}

/* The gateway, the prober itself, a directed broadcast: somebody answers there, so it is never silent. */
static void
s21_addresses_of_somebody_who_answers(void **state)
{
	static const char *const somebody[] = {"10.0.10.1", "10.0.10.255"};
	struct sim_nic nic = NIC(.ip = NULL);
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(somebody); i++) {
		nic.ip = somebody[i];
		with_nics(&w, &nic, 1);
		see(somebody[i], PROBE_ANSWERED);
		kept_for(&w, VETO_ANSWERS_PING);
	}
}

/* And where it does not answer, the policy protects it by name. */
static void
s21_addresses_out_protect_the_gateway_and_the_prober(void **state)
{
	struct fleet *f = fleet_new();

	(void)state;
	f->policy.scope.addresses_out = fleet_list(f, "10.0.1.42");
	fleet_judge(f);
	assert_false(fleet_kills(f, 42));
	assert_int_equal(fleet_out(f, 42)->veto, VETO_EXCLUDED);
	fleet_free(f);
}

/* An Unknown, silent machine 1 on host 2, and a witness. */
static void
one_unknown(struct world *w)
{
	add_host(w, 2);
	add_unknown(w, 1, 2, 10, "10.0.10.1");
	add_alive(w, 200, 1, 10, "10.0.20.1");
	see("10.0.20.1", PROBE_ANSWERED);
	see("10.0.10.1", PROBE_SILENT);
}

static void
s20_the_reason_is_the_ambiguous_address(void **state)
{
	const struct finding *f;
	struct world w;

	(void)state;
	world_new(&w);
	one_unknown(&w);
	ripen(&w);
	add_alive(&w, 2, 1, 10, "10.0.10.1");
	see("10.0.10.1", PROBE_ANSWERED);
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 1), VETO_AMBIGUOUS);
	f = finding_of(&w, "ambiguous-address", 1);
	assert_non_null(f);
	assert_non_null(strstr(f->text, "machine 2 as well"));
	assert_null(strstr(f->remedy, "recover --success"));
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s17_an_id_is_used_again_after_a_restore),
	    cmocka_unit_test(s18_two_clouds_in_one_ledger_are_refused),
	    cmocka_unit_test(s18_each_cloud_has_a_ledger_of_its_own),
	    cmocka_unit_test(s19_migrated_between_mark_and_kill),
	    cmocka_unit_test(s20_an_address_was_leased_again),
	    cmocka_unit_test(s20_an_address_was_leased_again_to_a_silent_one),
	    cmocka_unit_test(s20_an_address_is_leased_again_in_the_last_moment),
	    cmocka_unit_test(s21_no_nic),
	    cmocka_unit_test(s21_a_nic_without_address),
	    cmocka_unit_test(s21_only_ipv6),
	    cmocka_unit_test(s21_only_a_link_local_address),
	    cmocka_unit_test(s21_alias_addresses),
	    cmocka_unit_test(s21_several_nics_and_one_answers),
	    cmocka_unit_test(s21_an_external_address_only),
	    cmocka_unit_test(s21_malformed_addresses),
	    cmocka_unit_test(s21_addresses_that_are_no_machines),
	    cmocka_unit_test(s21_addresses_of_somebody_who_answers),
	    cmocka_unit_test(s21_addresses_out_protect_the_gateway_and_the_prober),
	    cmocka_unit_test(s20_the_reason_is_the_ambiguous_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
