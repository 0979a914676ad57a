/* SPDX-License-Identifier: ISC */
/*
 * The scenarios 31 to 40 of reapers.md D.2: policy and data. The number is in the name of the test.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "report/report.h"
#include "scenario.h"
#include "world.h"

/* --- 31: persistent disk in a failure state: keep, even with persistent = allow ------------------- */

static void
s31_persistent_disk_of_a_failed_machine(void **state)
{
	static const int32_t lcms[] = {39, 36, 40}; /* PROLOG_, BOOT_, EPILOG_FAILURE */
	static const enum tri kinds[] = {TRI_YES, TRI_UNKNOWN};

	(void)state;
	for (size_t i = 0; i < N_OF(lcms); i++) {
		for (size_t k = 0; k <= N_OF(kinds); k++) {
			struct fleet *f = fleet_new();

			f->policy.failed.states =
			    fleet_list(f, "PROLOG_FAILURE BOOT_FAILURE EPILOG_FAILURE");
			f->policy.failed.persistent = POLICY_PERSISTENT_ALLOW;
			f->policy.unknown.persistent = POLICY_PERSISTENT_ALLOW;
			fleet_state(f, 0, 3, lcms[i]);
			f->vms[0].ever_ran = TRI_NO;
			if (k < N_OF(kinds))
				fleet_add_disk(f, &f->vms[0], DISK_IMAGE, kinds[k]);
			fleet_judge(f);
			/* the last round is without data, and shows that nothing else kept it */
			expect_veto(f, "failure", k < N_OF(kinds) ? VETO_DATA : VETO_COUNT);
			assert_int_equal(fleet_has_veto(f, VETO_DATA_AT_RISK), k < N_OF(kinds));
			fleet_free(f);
		}
	}
}

/* --- 32: every lock is a veto ----------------------------------------------------------------------- */

static void
s32_every_lock_level(void **state)
{
	static const struct parts rows[] = {
	    {.name = "1", .vm = "<LOCK><LOCKED>1</LOCKED><OWNER>7</OWNER></LOCK>"},
	    {.name = "2", .vm = "<LOCK><LOCKED>2</LOCKED></LOCK>"},
	    {.name = "3", .vm = "<LOCK><LOCKED>3</LOCKED></LOCK>"},
	    {.name = "4", .vm = "<LOCK><LOCKED>4</LOCKED></LOCK>"},
	    {.name = "99", .vm = "<LOCK><LOCKED>99</LOCKED></LOCK>"},
	    {.name = "empty LOCK", .vm = "<LOCK/>"},
	    {.name = "empty LOCKED", .vm = "<LOCK><LOCKED/></LOCK>"},
	    {.name = "a word", .vm = "<LOCK><LOCKED>yes</LOCKED></LOCK>"},
	    {.name = "negative", .vm = "<LOCK><LOCKED>-1</LOCKED></LOCK>"},
	    {.name = "huge", .vm = "<LOCK><LOCKED>99999999999999999999</LOCKED></LOCK>"},
	};
	struct fleet *f;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		f = fleet_of_parts(&rows[i]);
		expect_veto(f, rows[i].name, VETO_LOCKED);
		assert_string_equal(veto_code(f->out[0].veto), "locked");
		fleet_free(f);
	}
	f = fleet_of_parts(&(struct parts){.name = "no LOCK"});
	expect_veto(f, "no LOCK", VETO_COUNT);
	fleet_free(f);
}

/* --- 33: the opt-out is in the full body only ---------------------------------------------------------- */

static void
s33_opt_out_only_in_the_full_body(void **state)
{
	static const struct sim_attr keep = {"VMREAPER_KEEP", "YES"};
	const struct sim_fault no_extended = {
	    .kind = SIM_FAULT_FAULT, .method = "one.vmpool.infoextended", .arg = -506};
	struct world w;

	(void)state;
	for (int is_short = 0; is_short < 2; is_short++) {
		struct sim_vm vm = a_machine(1, 1, NULL);

		world_new(&w);
		vm.state = 3;
		vm.lcm = 39;
		vm.attrs = &keep;
		vm.n_attrs = 1;
		sim_add_vm(w.sim, &vm);
		if (is_short)
			sim_add_fault(w.sim, &no_extended);
		add_failed(&w, 2, SIM_KILL_NOW, 0);
		ripen(&w);
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		assert_int_equal(w.s.listing.attributes, !is_short);
		/* a machine that might be dead is read whole, whatever the listing has */
		assert_int_equal(veto_of(&w, 1), VETO_KEEP_MARK);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_COUNT);
		/* its neighbour without the attribute shows that everything else invited */
		assert_int_equal(outcome_of(&w, 2), OUTCOME_DONE);
		assert_int_equal(sent(&w), 1);
		world_free(&w);
	}
}

static struct sim_vm late_vm;

static void
replace_late(struct sim *sim)
{
	sim_add_vm(sim, &late_vm);
}

/* Set after the listing: the full body that is read before the kill has it. */
static void
s33_opt_out_in_the_last_look(void **state)
{
	static const struct sim_attr keep = {"VMREAPER_KEEP", "YES"};
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	late_vm = a_machine(1, 1, NULL);
	late_vm.state = 3;
	late_vm.lcm = 39;
	late_vm.attrs = &keep;
	late_vm.n_attrs = 1;
	at_kill = replace_late;
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ABORTED);
	assert_string_equal(w.s.kills[0].detail, "keep-attribute");
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- 34: one.vm.info fails ------------------------------------------------------------------------------- */

static void
s34_info_of_one_machine_fails(void **state)
{
	static const struct {
		const char *name;
		struct sim_fault fault;
	} rows[] = {
	    {"fails", {.kind = SIM_FAULT_FAILURE, .arg = 8192}},
	    {"times out", {.kind = SIM_FAULT_DELAY, .arg = 2000}},
	    /* curl asks once more for each kept-alive connection that turns out dead: here it has one */
	    {"is reset twice", {.kind = SIM_FAULT_RESET, .times = 2}},
	    {"is cut", {.kind = SIM_FAULT_INNER, .arg = 300}},
	    {"is HTML", {.kind = SIM_FAULT_HTML}},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct sim_fault fault = rows[i].fault;

		print_message("one.vm.info %s\n", rows[i].name);
		world_new(&w);
		w.p->cloud.connections = 1;
		w.p->cloud.timeout_ms = 1000;
		w.p->limits.per_host = w.p->limits.per_owner = 10;
		w.p->limits.storm_host = 10;
		for (int id = 1; id <= 3; id++)
			add_failed(&w, id, SIM_KILL_NOW, 0);
		ripen(&w);
		fault.method = "one.vm.info";
		fault.skip = 3; /* the look before they were judged was good */
		if (fault.times == 0)
			fault.times = 1;
		sim_add_fault(w.sim, &fault);
		sweep(&w, true);
		/* that one is kept, the others go on */
		assert_int_equal(outcome_of(&w, 1), OUTCOME_ABORTED);
		assert_int_equal(outcome_of(&w, 2), OUTCOME_DONE);
		assert_int_equal(outcome_of(&w, 3), OUTCOME_DONE);
		assert_int_equal(sim_log_count(w.sim, "one.vm.action"), 2);
		assert_int_equal(sim_log_count(w.sim, "kill accepted vm=1 "), 0);
		world_free(&w);
	}
}

static void
s34_info_of_more_than_half_fails(void **state)
{
	struct sim_fault fault = {
	    .kind = SIM_FAULT_FAILURE, .method = "one.vm.info", .arg = 8192};
	struct world w;

	(void)state;
	world_new(&w);
	w.p->limits.per_host = w.p->limits.per_owner = 10;
	w.p->limits.storm_host = 10;
	for (int id = 1; id <= 5; id++)
		add_failed(&w, id, SIM_KILL_NOW, 0);
	ripen(&w);
	fault.skip = 5; /* the look before they were judged was good */
	fault.times = 3; /* of five */
	sim_add_fault(w.sim, &fault);
	sweep(&w, true);
	assert_int_equal(sim_log_count(w.sim, "kill accepted"), 0);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

/* --- 35: those that belong to somebody ----------------------------------------------------------------------- */

static void
s35_machines_with_an_owner_elsewhere(void **state)
{
	static const struct {
		struct parts p;
		const char *code;
	} rows[] = {
	    {{.name = "OneFlow", .user = "<SERVICE_ID>12</SERVICE_ID>"}, "service"},
	    {{.name = "virtual router", .template = "<VROUTER_ID>3</VROUTER_ID>"},
		"virtual-router"},
	    {{.name = "imported wild", .user = "<IMPORT_VM_ID>one-wild</IMPORT_VM_ID>"},
		"imported"},
	    {{.name = "imported, 5.x", .template = "<IMPORTED>YES</IMPORTED>"}, "imported"},
	    {{.name = "oneadmin's", .owner = "<UID>0</UID><UNAME>oneadmin</UNAME>"},
		"excluded"},
	    {{.name = "scheduled terminate",
		 .template = "<SCHED_ACTION><ACTION>terminate</ACTION>"
			     "<TIME>1900000000</TIME></SCHED_ACTION>"},
		"scheduled-action"},
	    {{.name = "charter in the user's template",
		 .user = "<SCHED_ACTION><ACTION>terminate</ACTION><TIME>+3600</TIME>"
			 "</SCHED_ACTION>"},
		"scheduled-action"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct fleet *f = fleet_of_parts(&rows[i].p);
		int v = veto_parse(rows[i].code);

		assert_true(v >= 0);
		expect_veto(f, rows[i].p.name, (enum veto)v);
		fleet_free(f);
	}
}

/* --- 36: numbers that mean nothing, or something else ------------------------------------------------------------ */

static void
s36_numbers_of_no_version_or_another(void **state)
{
	static const struct {
		const char *version;
		int32_t state, lcm;
		enum veto veto;
		bool contradiction, unrecognised;
	} rows[] = {
	    {"7.2.0", 3, 72, VETO_UNRECOGNISED, false, true},
	    {"7.2.0", 12, 0, VETO_UNRECOGNISED, false, true},
	    {"7.2.0", 12, 72, VETO_UNRECOGNISED, false, true},
	    {"7.2.0", 8, 16, VETO_NOT_REAPABLE, false, false},
	    {"6.4.0", 7, 0, VETO_UNRECOGNISED, true, true},
	    {"6.10.0", 7, 16, VETO_UNRECOGNISED, true, true},
	    {"3.2.1", 3, 36, VETO_UNRECOGNISED, true, true},
	    {"3.8.0", 3, 36, VETO_UNRECOGNISED, true, true},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct fleet *f = fleet_new();
		struct report_inputs in;
		struct report r;
		char name[40];

		f->listing.era = era_by_version(rows[i].version);
		assert_non_null(f->listing.era);
		snprintf(f->listing.version, sizeof(f->listing.version), "%s", rows[i].version);
		f->policy.failed.states =
		    fleet_list(f, "FAILED PROLOG_FAILURE CLONING_FAILURE BOOT_FAILURE");
		fleet_state(f, 0, rows[i].state, rows[i].lcm);
		fleet_judge(f);
		snprintf(name, sizeof(name), "%s %d/%d", rows[i].version, (int)rows[i].state,
		    (int)rows[i].lcm);
		expect_veto(f, name, rows[i].veto);
		assert_int_equal(f->run.n_kills, 0);
		if (((f->run.gates & 1u << GATE_CONTRADICTION) != 0) != rows[i].contradiction)
			fail_msg("%s: gates %x", name, (unsigned)f->run.gates);
		/* and the report names it */
		in = (struct report_inputs){.policy = &f->policy,
		    .listing = &f->listing,
		    .sightings = &f->sightings,
		    .records = f->records,
		    .judgements = f->out,
		    .run = &f->run,
		    .verdict = &f->in,
		    .now_s = FLEET_NOW,
		    .program = "test",
		    .cloud = "test"};
		assert_int_equal(report_build(f->a, &in, &r), 0);
		assert_int_equal(
		    (int)r.status.metrics[METRIC_UNRECOGNISED], rows[i].unrecognised);
		assert_int_equal((int)r.status.metrics[METRIC_OFF], !rows[i].unrecognised);
		for (size_t k = 0; rows[i].unrecognised; k++) {
			if (k == r.status.n_findings)
				fail_msg("%s: no finding", name);
			if (r.status.findings[k].id == 42 &&
			    strcmp(r.status.findings[k].code, "unrecognised") == 0)
				break;
		}
		fleet_free(f);
	}
}

/* --- 37: one number, several names ---------------------------------------------------------------------------------- */

static void
s37_the_name_is_that_of_the_version(void **state)
{
	static const struct {
		const char *version;
		int32_t lcm;
		const char *name;
	} rows[] = {
	    {"2.2.1", 15, "CLEANUP"},
	    {"3.2.1", 15, "CLEANUP"},
	    {"3.8.4", 15, "CLEANUP"},
	    {"4.0.0", 15, "CLEANUP_RESUBMIT"},
	    {"7.2.0", 15, "CLEANUP_RESUBMIT"},
	    {"4.12.3", 13, "CANCEL"},
	    {"4.12.3", 14, "FAILURE"},
	    {"4.14.0", 13, "ACTIVE/lcm 13"},
	    {"5.0.0", 13, "ACTIVE/lcm 13"},
	    {"5.12.0", 14, "ACTIVE/lcm 14"},
	};
	char name[40];

	(void)state;
	/* 2.0 called 15 DELETE; it is older than any daemon that vmreaper speaks to, and stays unknown */
	assert_null(era_by_version("2.0"));
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct era *e = era_by_version(rows[i].version);

		assert_non_null(e);
		if (strcmp(era_state_name(e, 3, rows[i].lcm, name), rows[i].name) != 0)
			fail_msg("%s, LCM %d: %s, not %s", rows[i].version, (int)rows[i].lcm,
			    name, rows[i].name);
		assert_null(era_kill_verb(e, 3, rows[i].lcm));
		assert_true(era_class(e, 3, rows[i].lcm) == VM_CLASS_TRANSITIONAL ||
			    era_class(e, 3, rows[i].lcm) == VM_CLASS_UNRECOGNISED);
	}
}

/* --- 38: the policy file --------------------------------------------------------------------------------------------- */

#define MINIMAL "[cloud]\nname = c\nendpoint = http://h/RPC2\n"

static int
policy_try(const char *bytes, size_t len, struct policy **p, char *why, size_t size)
{
	struct policy_errors errors;
	struct fault f = {.kind = FAULT_NONE};
	int rc = policy_parse("p.ini", bytes, len, "/state", p, &errors, &f);

	snprintf(why, size, "%s", errors.text.p);
	assert_int_equal(rc == 0, errors.n == 0);
	if (rc != 0) {
		assert_null(*p);
		assert_int_equal(f.kind, FAULT_POLICY);
	}
	text_free(&errors.text);
	return rc;
}

static void
s38_policies_that_are_refused(void **state)
{
	static const struct {
		const char *name, *text, *says;
	} rows[] = {
	    {"unknown key", MINIMAL "[unknown]\ngarce = 24h\n", "p.ini:5: unknown key garce"},
	    {"duplicate key", MINIMAL "[unknown]\ngrace = 24h\ngrace = 48h\n",
		"p.ini:6: grace again, first in line 5"},
	    {"duplicate section", MINIMAL "[unknown]\ngrace = 24h\n[off]\n[unknown]\n",
		"p.ini:7: [unknown] again, first in line 4"},
	    {"key outside of a section", "grace = 24h\n" MINIMAL, "p.ini:1: "},
	    {"no final newline", MINIMAL "[unknown]\ngrace = 24h",
		"ends in the middle of a line"},
	    {"0 without unit", MINIMAL "[unknown]\ngrace = 0\n", "needs its unit"},
	    {"0", MINIMAL "[unknown]\ngrace = 0s\n", "out of range"},
	    {"-1", MINIMAL "[limits]\nper_run = -1\n", "per_run = -1 is not understood"},
	    {"-1h", MINIMAL "[unknown]\ngrace = -1h\n", "grace = -1h is not understood"},
	    {"10 where a share is meant", MINIMAL "[limits]\nstorm_share = 10\n",
		"needs its unit"},
	    {"10% where a number is meant", MINIMAL "[limits]\nper_run = 10%\n",
		"per_run = 10% is not understood"},
	    {"1h30", MINIMAL "[unknown]\ngrace = 1h30\n", "one whole number and one unit"},
	    {"overflow", MINIMAL "[unknown]\ngrace = 99999999999999999999h\n",
		"grace = 99999999999999999999h"},
	    {"overflow of the product", MINIMAL "[unknown]\ngrace = 9223372036854775807w\n",
		"grace = 9223372036854775807w"},
	    {"overflow of a number", MINIMAL "[limits]\nper_run = 9223372036854775808\n",
		"per_run = 9223372036854775808"},
	    {"24 without unit", MINIMAL "[unknown]\ngrace = 24\n", "needs its unit"},
	    {"empty allow-list", MINIMAL "[scope]\nowners_in =\n", "owners_in has no value"},
	    {"allow-list of nobody", MINIMAL "[scope]\nowners_in = none\n",
		"the word none cannot stand here"},
	    {"a grace below the minimum", MINIMAL "[unknown]\ngrace = 29m\n", "write 30m"},
	};
	struct policy *p;
	char why[2048];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (policy_try(rows[i].text, strlen(rows[i].text), &p, why, sizeof(why)) == 0)
			fail_msg("%s: accepted", rows[i].name);
		if (strstr(why, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].name, why);
	}
}

static void
s38_bytes_that_are_no_text(void **state)
{
	static const char nul[] = MINIMAL "[unknown]\ngrace = 2\0004h\n";
	size_t head = strlen(MINIMAL "[scope]\nowners_in = "), mib = 1 << 20;
	struct policy *p;
	char why[2048], *line = malloc(head + mib + 2);

	(void)state;
	assert_int_equal(policy_try(nul, sizeof(nul) - 1, &p, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "p.ini:5: "));
	/* one line of 1 MiB, and one that just fits into a file that may be read */
	assert_non_null(line);
	memcpy(line, MINIMAL "[scope]\nowners_in = ", head);
	memset(line + head, 'a', mib);
	line[head + mib] = '\n';
	assert_int_equal(policy_try(line, head + mib + 1, &p, why, sizeof(why)), -1);
	assert_true(strlen(why) < 1024);
	line[POLICY_BYTES_MAX - 1] = '\n';
	assert_int_equal(policy_try(line, POLICY_BYTES_MAX, &p, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "p.ini:5: "));
	assert_true(strlen(why) < 1024);
	free(line);
}

static void
s38_policies_that_mean_what_they_say(void **state)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
	    {"CRLF", "[cloud]\r\nname = c\r\nendpoint = http://h/RPC2\r\n[unknown]\r\n"
		     "grace = 48h\r\n[limits]\r\nper_run = 0\r\n"},
	    {"BOM", "\xef\xbb\xbf" MINIMAL "[unknown]\ngrace = 48h\n[limits]\nper_run = 0\n"},
	    {"tabs", "[cloud]\n\tname\t=\tc\nendpoint\t=\thttp://h/RPC2\t\n[unknown]\n"
		     "\tgrace = \t48h\n[limits]\nper_run\t=\t0\n"},
	};
	struct policy *p;
	char why[2048];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (policy_try(rows[i].text, strlen(rows[i].text), &p, why, sizeof(why)) != 0)
			fail_msg("%s: %s", rows[i].name, why);
		assert_string_equal(p->cloud.name, "c");
		assert_string_equal(p->cloud.endpoint, "http://h/RPC2");
		assert_int_equal(p->unknown.grace_s, 48 * HOUR);
		assert_int_equal(p->limits.per_run, 0); /* zero is zero: nobody (R2) */
		assert_false(p->reap.armed);
		policy_free(p);
	}
}

static void
s38_a_policy_that_others_may_write(void **state)
{
	static const mode_t modes[] = {0666, 0646, 0664, 0777};
	char path[] = "/tmp/vmreaper-s38.XXXXXX";
	struct policy_errors errors;
	struct policy *p;
	struct fault f;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, MINIMAL, strlen(MINIMAL)), strlen(MINIMAL));
	for (size_t i = 0; i < N_OF(modes); i++) {
		assert_int_equal(fchmod(fd, modes[i]), 0);
		assert_int_equal(policy_load(path, &p, &errors, &f), -1);
		assert_non_null(strstr(f.msg, "can be written by others"));
		assert_non_null(strstr(f.remedy, "chmod go-w"));
		text_free(&errors.text);
	}
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(policy_load(path, &p, &errors, &f), 0);
	policy_free(p);
	text_free(&errors.text);
	close(fd);
	unlink(path);
}

/* --- 39: a share of very few --------------------------------------------------------------------------------------------- */

static void
s39_a_share_of_one_two_three_and_none(void **state)
{
	static const struct {
		size_t problems, running;
		int64_t floor;
		bool storm;
	} rows[] = {
	    {1, 0, 3, false},
	    {2, 0, 3, false},
	    {3, 0, 3, false},
	    {4, 0, 3, true},
	    {1, 2, 3, false},
	    {3, 7, 3, false},
	    {4, 6, 3, true},
	    {1, 0, 0, true}, /* no floor: one of one is more than a tenth */
	    {0, 0, 3, false},
	    {0, 0, 0, false},
	};
	char addr[NET_STR_SIZE];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct fleet *f = fleet_new();

		f->listing.n = f->sightings.n = 0;
		f->in.run.last.machines = 0;
		f->policy.limits.storm_floor = rows[i].floor;
		f->policy.limits.storm_host = f->policy.limits.storm_network = 10;
		f->policy.limits.per_host = 10;
		/* nobody to compare with: a canary is the witness */
		f->policy.probe.n_canaries = 1;
		f->canaries[0].ping.result = PROBE_ANSWERED;
		for (size_t k = 0; k < rows[i].problems; k++) {
			snprintf(addr, sizeof(addr), "10.0.1.%zu", 10 + k);
			fleet_add_problem(f, (int64_t)k + 1, addr);
		}
		for (size_t k = 0; k < rows[i].running; k++) {
			snprintf(addr, sizeof(addr), "10.0.1.%zu", 110 + k);
			fleet_add_running(f, (int64_t)k + 100, addr);
		}
		fleet_judge(f);
		assert_int_equal(f->run.facts.active, rows[i].problems + rows[i].running);
		if (f->run.storm != rows[i].storm ||
		    f->run.n_kills != (rows[i].storm ? 0 : rows[i].problems))
			fail_msg("%zu of %zu, floor %lld: storm %d, %zu kills, gates %x",
			    rows[i].problems, rows[i].problems + rows[i].running,
			    (long long)rows[i].floor, f->run.storm, f->run.n_kills,
			    (unsigned)f->run.gates);
		fleet_free(f);
	}
}

/* --- 40: observing and reaping ---------------------------------------------------------------------------------------------- */

static uint32_t
dice(uint64_t *seed, uint32_t sides)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % sides;
}

/* A cloud that the seed decides; the same seed builds the same one. */
static void
build_cloud(struct world *w, uint64_t seed)
{
	static const struct sim_attr keep = {"VMREAPER_KEEP", "YES"};
	char ip[NET_STR_SIZE];

	for (int host = 2; host <= 4; host++)
		add_host(w, host);
	sim_set_host_state(w->sim, 4, dice(&seed, 2) == 0 ? 2 : 3);
	w->p->limits.per_run = (int64_t)dice(&seed, 8);
	w->p->limits.per_host = (int64_t)dice(&seed, 5);
	w->p->limits.per_owner = 1 + (int64_t)dice(&seed, 8);
	w->p->limits.storm_count = 20;
	w->p->limits.storm_host = w->p->limits.storm_network = 12;
	see("10.0.0.0/8", PROBE_ANSWERED);
	see("10.0.2.0/24", PROBE_SILENT);
	for (int id = 1; id <= 14; id++) {
		static const int lcms[] = {16, 39, 16, 36, 3};
		struct sim_nic nic = {.network = "net", .network_id = 1, .ip = ip};
		struct sim_vm vm = a_machine(id, 1 + (int)dice(&seed, 4), &nic);

		snprintf(ip, sizeof(ip), "10.0.%d.%d", dice(&seed, 4) == 0 ? 1 : 2, id);
		vm.state = 3;
		vm.lcm = lcms[dice(&seed, N_OF(lcms))];
		vm.uid = 7 + (int)dice(&seed, 3);
		vm.uname = vm.uid == 7 ? "alice" : vm.uid == 8 ? "bob" : "carol";
		vm.lock = dice(&seed, 8) == 0;
		vm.attrs = &keep;
		vm.n_attrs = dice(&seed, 8) == 0;
		sim_add_vm(w->sim, &vm);
	}
	for (int id = 30; id < 34; id++) {
		snprintf(ip, sizeof(ip), "10.0.1.%d", id);
		add_alive(w, id, 2, 1, ip);
	}
}

/* What the sweep decided, as text: every machine's verdict with all its reasons, then whom it took, in order. */
static char *
decisions(const struct world *w)
{
	char *s = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&s, &n);

	for (size_t i = 0; i < w->s.listing.n; i++)
		fprintf(out, "%lld %s %llx\n", (long long)w->s.listing.vms[i].id,
		    verdict_str(w->s.judgements[i].verdict),
		    (unsigned long long)w->s.judgements[i].vetoes);
	for (size_t i = 0; i < w->s.n_kills; i++) {
		const struct kill *k = &w->s.kills[i];

		fprintf(out, "take %lld %s %s %s %s %s %s %s: %s\n", (long long)k->id, k->verb,
		    k->cls, k->state, k->name, k->owner, k->host, k->addresses, k->reason);
	}
	fclose(out);
	return s;
}

static void
s40_observing_decides_what_reaping_does(void **state)
{
	size_t taken = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		char *said[2];
		size_t n[2];

		for (int reap = 0; reap < 2; reap++) {
			struct world w;

			world_new(&w);
			build_cloud(&w, seed);
			ripen(&w);
			sweep(&w, reap != 0);
			assert_int_equal(w.rc, 0);
			assert_int_equal(w.s.armed, reap);
			said[reap] = decisions(&w);
			n[reap] = w.s.n_kills;
			assert_int_equal(sent(&w), reap != 0 ? n[reap] : 0);
			for (size_t i = 0; i < w.s.n_kills; i++)
				assert_int_equal(w.s.kills[i].outcome,
				    reap != 0 ? OUTCOME_DONE : OUTCOME_WOULD_KILL);
			world_free(&w);
		}
		if (strcmp(said[0], said[1]) != 0)
			fail_msg("seed %llu: observing\n%s\nreaping\n%s",
			    (unsigned long long)seed, said[0], said[1]);
		taken += n[0];
		free(said[0]);
		free(said[1]);
	}
	assert_true(taken > 10); /* else the comparison says nothing */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s31_persistent_disk_of_a_failed_machine),
	    cmocka_unit_test(s32_every_lock_level),
	    cmocka_unit_test(s33_opt_out_only_in_the_full_body),
	    cmocka_unit_test(s33_opt_out_in_the_last_look),
	    cmocka_unit_test(s34_info_of_one_machine_fails),
	    cmocka_unit_test(s34_info_of_more_than_half_fails),
	    cmocka_unit_test(s35_machines_with_an_owner_elsewhere),
	    cmocka_unit_test(s36_numbers_of_no_version_or_another),
	    cmocka_unit_test(s37_the_name_is_that_of_the_version),
	    cmocka_unit_test(s38_policies_that_are_refused),
	    cmocka_unit_test(s38_bytes_that_are_no_text),
	    cmocka_unit_test(s38_policies_that_mean_what_they_say),
	    cmocka_unit_test(s38_a_policy_that_others_may_write),
	    cmocka_unit_test(s39_a_share_of_one_two_three_and_none),
	    cmocka_unit_test(s40_observing_decides_what_reaping_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
