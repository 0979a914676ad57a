/* SPDX-License-Identifier: ISC */
/*
 * The scenarios 41 to 44 and 47 to 50 of reapers.md D.2: what a daemon may say and leave out. The number is in the
 * name of the test. 45 and 46 are in test_scenarios_replies.c.
 */
#include "cloud/era.h"
#include "ripe.h"
#include "scenario.h"

static int64_t
standing(void *arg)
{
	(void)arg;
	return test_now_s;
}

/* --- 41: pages ------------------------------------------------------------------------------------------ */

static int64_t ticks;

static int64_t
ticking(void *arg)
{
	(void)arg;
	return SIM_EPOCH + 2700 + ticks++ / 4;
}

/* A machine ends while the pages are read: the listing is whole, with it or without. */
static void
s41_a_machine_ends_between_two_pages(void **state)
{
	struct world w;
	bool with = false, without = false;

	(void)state;
	for (int after = 1; after < 14; after++) {
		struct forger *g = ripe(&w, SIM_720);

		w.p->cloud.page = 3;
		sim_plan_state(w.sim, 110, after, 6, 0);
		ticks = 0;
		sim_set_time(w.sim, 0);
		sim_set_clock(w.sim, ticking, NULL);
		sweep(&w, false);
		sim_set_clock(w.sim, standing, NULL);
		assert_int_equal(w.rc, 0);
		for (size_t i = 1; i < w.s.listing.n; i++)
			assert_true(w.s.listing.vms[i - 1].id < w.s.listing.vms[i].id);
		with |= w.s.listing.n == 22;
		without |= w.s.listing.n == 21;
		assert_true(w.s.listing.n == 21 || w.s.listing.n == 22);
		assert_int_equal(record_of(&w, 1)->confirmations, 4);
		ripe_end(&w, g);
	}
	assert_true(with && without);
}

/* One id, two machines: neither is believed. One id, twice the same: once. */
static void
s41_an_id_twice(void **state)
{
	static const struct {
		const char *more;
		bool kills;
	} rows[] = {
	    {"&lt;VM&gt;&lt;ID&gt;1&lt;/ID&gt;&lt;STATE&gt;3&lt;/STATE&gt;"
	     "&lt;LCM_STATE&gt;3&lt;/LCM_STATE&gt;&lt;/VM&gt;&lt;/VM_POOL&gt;",
		false},
	    {"&lt;VM&gt;&lt;ID&gt;1&lt;/ID&gt;&lt;STATE&gt;3&lt;/STATE&gt;"
	     "&lt;LCM_STATE&gt;39&lt;/LCM_STATE&gt;&lt;/VM&gt;&lt;/VM_POOL&gt;",
		false},
	    {"&lt;/VM_POOL&gt;", true},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct forger *g = ripe(&w, SIM_720);
		struct forge more = {
		    .method = POOL, .find = "&lt;/VM_POOL&gt;", .replace = rows[i].more};

		forger_set(g, &more);
		sweep(&w, true);
		assert_true(more.hits > 0);
		assert_int_equal(w.rc, 0);
		assert_int_equal(
		    veto_of(&w, 1), rows[i].kills ? VETO_COUNT : VETO_UNRECOGNISED);
		assert_int_equal(sent(&w), rows[i].kills);
		ripe_end(&w, g);
	}
}

/* The same page for ever: bounded, each machine once, and incomplete. */
static void
s41_the_same_page_for_ever(void **state)
{
	struct forge same = {.method = POOL,
	    .body =
		OPEN YES STR("&lt;VM_POOL&gt;&lt;VM&gt;&lt;ID&gt;100&lt;/ID&gt;&lt;STATE&gt;3"
			     "&lt;/STATE&gt;&lt;LCM_STATE&gt;3&lt;/LCM_STATE&gt;&lt;/VM&gt;"
			     "&lt;/VM_POOL&gt;") CLOSE};
	struct forger *g;
	struct world w;

	(void)state;
	g = ripe(&w, SIM_720);
	w.p->cloud.page = 3;
	forger_set(g, &same);
	sweep(&w, true);
	assert_true(same.hits > 2 && same.hits < 100);
	assert_int_equal(w.s.listing.n, 1);
	expect_refused(&w, "the same page for ever");
	ripe_end(&w, g);
}

/* Each page in turn comes empty, or fails: the listing is whole only if nothing was lost. */
static void
s41_a_short_page(void **state)
{
	static const struct sim_fault kinds[] = {{.kind = SIM_FAULT_EMPTY},
	    {.kind = SIM_FAULT_FAILURE, .arg = 8192}, {.kind = SIM_FAULT_INNER, .arg = 10}};
	struct forger *g;
	struct world w;
	char url[64];

	(void)state;
	g = ripe(&w, SIM_720);
	w.p->cloud.endpoint = sim_url(w.sim, url, sizeof(url));
	w.p->cloud.page = 3;
	for (size_t i = 0; i < N_OF(kinds); i++) {
		size_t refused = 0, hits;

		for (int page = 0;; page++) {
			struct sim_fault fault = kinds[i];

			fault.method = POOL;
			fault.skip = page;
			fault.times = 1;
			hits = sim_log_count(w.sim, "fault ");
			sim_clear_faults(w.sim);
			sim_add_fault(w.sim, &fault);
			sweep(&w, false);
			if (sim_log_count(w.sim, "fault ") == hits)
				break; /* past the last page */
			assert_int_equal(
			    w.rc == 0, w.s.listing.n == 22 && w.s.listing.complete);
			if (w.rc != 0)
				assert_int_equal(plugin_state(&w), STATE_UNKNOWN);
			if (fault.kind != SIM_FAULT_EMPTY)
				assert_int_equal(
				    w.rc, -1); /* it failed, however little was there */
			refused += w.rc != 0;
		}
		assert_true(refused >= 2);
	}
	ripe_end(&w, g);
}

/* --- 42: an old daemon and a negative end -------------------------------------------------------------------- */

static void
s42_an_empty_pool_for_a_negative_end(void **state)
{
	static const char empty[] =
	    OPEN YES STR("&lt;VM_POOL&gt;&lt;/VM_POOL&gt;") INT("i4", "0") CLOSE;
	struct forge page = {.method = "one.vmpool.info",
	    .body = empty,
	    .also = "<int>0</int></value></param>\n<param><value><int>-2</int>"};
	struct forge all = {.method = "one.vmpool.info", .body = empty};
	struct world w;
	struct world_options o = {.era = SIM_720};
	struct forge version = {
	    .method = "one.system.version", .body = OPEN YES STR("4.4.0") INT("i4", "0") CLOSE};
	struct forger *g;

	(void)state;
	/* asked that way it says "no machines": the listing has them all the same */
	world_of(&w, &o);
	g = forger_start(w.sim);
	w.p->cloud.endpoint = forger_url(g);
	forger_set(g, &version);
	sweep(&w, false);
	assert_int_equal(w.rc, 0);
	assert_string_equal(w.s.listing.version, "4.4.0");
	assert_int_equal(w.s.listing.n, 21);
	forger_set(g, &page);
	w.p->cloud.version =
	    "4.4.0"; /* one forge at a time: the sim says 7.2.0, so this contradicts */
	sweep(&w, false);
	assert_true(page.hits > 0);
	assert_int_equal(w.s.listing.n, 21);
	ripe_end(&w, g);
	/* and where nothing but emptiness comes, after a sweep that saw machines: not OK, but UNKNOWN */
	g = ripe(&w, SIM_321);
	forger_set(g, &all);
	sweep(&w, true);
	assert_true(all.hits > 0);
	expect_refused(&w, "empty pool, success");
	assert_non_null(strstr(w.f.msg, "listing-implausible"));
	ripe_end(&w, g);
}

/* --- 43, 44: the session sees less ------------------------------------------------------------------------------ */

static struct sim_user
watcher(bool sees_vms, bool sees_hosts)
{
	return (struct sim_user){.id = 5,
	    .name = "monitor",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = sees_vms,
	    .sees_hosts = sees_hosts};
}

static void
s43_the_token_expires_in_the_run(void **state)
{
	static const char *const methods[] = {
	    "one.user.info", "one.hostpool.info", "one.hostpool.monitoring", POOL};
	struct forger *g;
	struct world w;

	(void)state;
	g = ripe(&w, SIM_720);
	w.p->cloud.page = 3;
	for (size_t i = 0; i < N_OF(methods); i++) {
		struct sim_fault expired = {.kind = SIM_FAULT_FAILURE,
		    .method = methods[i],
		    .arg = 256,
		    .skip = strcmp(methods[i], POOL) == 0 ? 3 : 0};

		sim_clear_faults(w.sim);
		sim_add_fault(w.sim, &expired);
		sweep(&w, true);
		expect_refused(&w, methods[i]);
		assert_int_equal(w.f.kind, FAULT_AUTH);
	}
	ripe_end(&w, g);
}

/* A token of a group: half of the machines are not there any more, with success. */
static void
s43_half_of_the_pool_disappears(void **state)
{
	struct forger *g;
	struct world w;

	(void)state;
	for (int sees_hosts = 0; sees_hosts < 2; sees_hosts++) {
		for (int old = 0; old < 2; old++) {
			struct sim_user less = watcher(false, sees_hosts != 0);

			g = ripe(&w, old ? SIM_321 : SIM_720);
			for (int id = 100; id < 111; id++) {
				struct sim_vm vm = sim_vm_default(id);

				vm.uid = 5;
				vm.uname = "monitor";
				vm.host = 1;
				sim_add_vm(w.sim, &vm);
			}
			sim_add_user(w.sim, &less);
			sweep(&w, true);
			assert_int_equal(w.s.listing.n, 11);
			expect_refused(&w, "half of the pool");
			ripe_end(&w, g);
		}
	}
}

static void
s44_an_account_that_sees_only_its_own(void **state)
{
	static const struct {
		const char *name;
		bool sees_hosts, owns;
		const char *says;
	} rows[] = {
	    {"hosts, and one machine of its own", true, true, "which the listing lacks"},
	    {"hosts, and no machine", true, false, "which the listing lacks"},
	    {"no host, and one machine of its own", false, true, "hosts-not-visible"},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct sim_user narrow = watcher(false, rows[i].sees_hosts);

		world_new(&w);
		sim_add_user(w.sim, &narrow);
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		if (rows[i].owns) {
			struct sim_vm vm = a_machine(2, 1, NULL);

			vm.uid = 5;
			vm.uname = "monitor";
			sim_add_vm(w.sim, &vm);
		}
		/* from the first sweep on, with nothing to compare with */
		for (int k = 0; k < 4; k++) {
			sweep(&w, true);
			assert_int_equal(w.rc, -1);
			assert_int_equal(plugin_state(&w), STATE_UNKNOWN);
			if (strstr(w.f.msg, rows[i].says) == NULL)
				fail_msg("%s: %s", rows[i].name, w.f.msg);
			assert_non_null(strstr(w.f.remedy, "oneacl"));
			later(&w, 900);
		}
		assert_int_equal(sent(&w), 0);
		world_free(&w);
	}
}

/* --- 47, 48: verbs ------------------------------------------------------------------------------------------------------------ */

/* 3.0 to 3.4 may say "success" to a verb that they do not know, and do nothing. */
static void
s47_success_that_does_nothing_is_seen(void **state)
{
	struct forge lie = {
	    .method = ACTION, .ignore = true, .body = OPEN YES INT("i4", "1") MORE CLOSE};
	struct forger *g;
	struct world w;

	(void)state;
	g = ripe(&w, SIM_321);
	forger_set(g, &lie);
	sweep(&w, true);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_ACCEPTED); /* which is not done */
	assert_int_equal(finding_of(&w, "killed", 1) != NULL, 0);
	for (int i = 0; i < 8; i++) {
		later(&w, 900);
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
	}
	assert_int_equal(outcome_of(&w, 1), OUTCOME_STUCK);
	assert_int_equal((int)w.s.report.status.metrics[METRIC_STUCK], 1);
	assert_int_equal(plugin_state(&w), STATE_CRITICAL);
	assert_int_equal(lie.hits, 1); /* no second one */
	ripe_end(&w, g);
}

static void
s48_each_version_has_its_verb(void **state)
{
	static const struct {
		const char *version;
		int32_t state, lcm;
		const char *verb;
	} rows[] = {
	    {"2.2.1", 3, 16, "finalize"},
	    {"3.2.1", 3, 16, "finalize"},
	    {"3.8.0", 3, 16, "finalize"},
	    {"4.0.0", 3, 16, "delete"},
	    {"4.2.0", 3, 16, "delete"},
	    {"4.4.0", 3, 16, "shutdown-hard"},
	    {"4.12.0", 3, 16, "shutdown-hard"},
	    {"4.14.0", 3, 16, "shutdown-hard"},
	    {"5.0.0", 3, 16, "terminate-hard"},
	    {"5.12.0", 3, 16, "terminate-hard"},
	    {"6.0.0", 3, 16, "terminate-hard"},
	    {"7.4.0", 3, 16, "terminate-hard"},
	    {"2.2.1", 7, 0, "finalize"},
	    {"3.8.0", 7, 0, "finalize"},
	    {"4.0.0", 7, 0, "delete"},
	    {"4.12.0", 7, 0, "delete"},
	    {"4.14.0", 7, 0, NULL},
	    {"4.14.0", 3, 39, "delete"},
	    {"5.0.0", 3, 39, NULL}, /* recover delete only, which needs ADMIN */
	    {"5.2.0", 3, 39, NULL},
	    {"5.4.0", 3, 39, "terminate-hard"},
	    {"7.2.0", 3, 39, "terminate-hard"},
	    {"5.0.0", 11, 0, "terminate"},
	    {"7.2.0", 11, 0, "terminate"},
	};
	size_t n;
	const struct era *eras = era_table(&n);

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *verb =
		    era_kill_verb(era_by_version(rows[i].version), rows[i].state, rows[i].lcm);

		if ((verb == NULL) != (rows[i].verb == NULL) ||
		    (verb != NULL && strcmp(verb, rows[i].verb) != 0))
			fail_msg("%s %d/%d: %s", rows[i].version, (int)rows[i].state,
			    (int)rows[i].lcm, verb != NULL ? verb : "none");
	}
	/* finalize is never sent from 4.0 on, and no alias (delete, shutdown-hard) from 5.0 on */
	for (size_t i = 0; i < n; i++) {
		for (int32_t st = 0; st < 13; st++) {
			for (int32_t lcm = 0; lcm < 80; lcm++) {
				const char *verb = era_kill_verb(&eras[i], st, lcm);

				if (verb == NULL)
					continue;
				if (eras[i].from >= 40000)
					assert_string_not_equal(verb, "finalize");
				if (eras[i].from >= 50000)
					assert_int_equal(strncmp(verb, "terminate", 9), 0);
			}
		}
	}
}

static void
s48_a_verb_of_another_version_is_an_error(void **state)
{
	static const char *const verbs[] = {
	    "finalize", "cancel", "delete", "shutdown-hard", ""};
	struct cloud_config c = {.session = "oneadmin:oneadmin",
	    .version = "auto",
	    .connect_timeout_ms = 2000,
	    .timeout_ms = 5000,
	    .page = 100,
	    .max_machines = 100};
	struct cloud *cloud;
	struct fault f;
	struct world w;
	char url[64];
	int st, lcm;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	c.endpoint = sim_url(w.sim, url, sizeof(url));
	assert_int_equal(cloud_open(&c, &cloud, &f), 0);
	for (size_t i = 0; i < N_OF(verbs); i++) {
		assert_int_equal(cloud_kill(cloud, verbs[i], 1, &f), KILL_REFUSED);
		assert_int_equal(f.kind, FAULT_STATE);
		assert_int_equal(sim_get_state(w.sim, 1, &st, &lcm), 0);
		assert_true(st == 3 && lcm == 39);
	}
	cloud_close(cloud);
	world_free(&w);
}

/* --- 49: errors ---------------------------------------------------------------------------------------------------------------- */

static void
s49_errors_have_their_own_outcomes(void **state)
{
	static const struct {
		const char *name;
		int code;
		enum fault_kind kind;
		enum outcome outcome;
	} rows[] = {
	    {"LOCKED", 0x8000, FAULT_LOCKED, OUTCOME_REFUSED},
	    {"AUTHORIZATION", 0x200, FAULT_RIGHTS, OUTCOME_REFUSED},
	    {"ACTION", 0x800, FAULT_STATE, OUTCOME_REFUSED},
	    {"INTERNAL", 0x2000, FAULT_REPLY, OUTCOME_REFUSED},
	    {"REPLICATION", 0x10000, FAULT_REPLY, OUTCOME_REFUSED},
	    {"NO_EXISTS", 0x400, FAULT_GONE, OUTCOME_GONE},
	};
	struct world w;
	char said[N_OF(rows)][640];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct sim_fault fault = {
		    .kind = SIM_FAULT_FAILURE, .method = ACTION, .arg = rows[i].code};
		struct cloud_config c = {0};
		struct cloud *cloud;
		struct fault f = {.kind = FAULT_NONE};

		world_new(&w);
		w.p->limits.storm_host = 10;
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		add_failed(&w, 2, SIM_KILL_NOW, 0);
		ripen(&w);
		fault.times = 1;
		sim_add_fault(w.sim, &fault);
		sweep(&w, true);
		if (outcome_of(&w, 1) != rows[i].outcome)
			fail_msg("%s: %s", rows[i].name, outcome_str(outcome_of(&w, 1)));
		assert_true(w.s.kills[0].detail[0] != '\0');
		/* the next machine is not the worse for it */
		assert_int_equal(outcome_of(&w, 2), OUTCOME_DONE);
		/* and the fault says which it was */
		cloud_config_from(&c, w.p);
		c.session = "reaper:pw";
		assert_int_equal(cloud_open(&c, &cloud, &f), 0);
		sim_add_fault(w.sim, &fault);
		assert_int_equal(cloud_kill(cloud, "terminate-hard", 1, &f), KILL_REFUSED);
		if (f.kind != rows[i].kind)
			fail_msg("%s: %s", rows[i].name, fault_kind_str(f.kind));
		snprintf(said[i], sizeof(said[i]), "%s %s", fault_kind_str(f.kind), f.msg);
		for (size_t k = 0; k < i; k++) {
			/* the two that we have no word for carry their codes */
			if (rows[k].kind == rows[i].kind)
				assert_true(strstr(f.msg, "code ") != NULL);
			if (rows[k].kind == rows[i].kind &&
			    strcmp(strstr(said[k], "(code"), strstr(said[i], "(code")) == 0)
				fail_msg("%s and %s: %s", rows[i].name, rows[k].name, said[i]);
		}
		cloud_close(cloud);
		world_free(&w);
	}
}

static void
s49_a_wrong_password_ends_the_run(void **state)
{
	const struct sim_fault fault = {
	    .kind = SIM_FAULT_FAILURE, .method = ACTION, .arg = 0x100, .times = 1};
	struct world w;

	(void)state;
	world_new(&w);
	w.p->limits.storm_host = 10;
	for (int id = 1; id <= 3; id++)
		add_failed(&w, id, SIM_KILL_NOW, 0);
	ripen(&w);
	sim_add_fault(w.sim, &fault);
	sweep(&w, true);
	assert_int_equal(w.rc, -1);
	assert_int_equal(w.f.kind, FAULT_AUTH);
	assert_int_equal(plugin_state(&w), STATE_UNKNOWN);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_REFUSED);
	assert_int_equal(sent(&w), 1); /* 2 and 3 were not tried */
	assert_int_equal(sim_log_count(w.sim, "kill accepted"), 0);
	world_free(&w);
}

/* --- 50: TLS ---------------------------------------------------------------------------------------------------------------------- */

static char *
pem_read(const char *name)
{
	char path[512], *s = calloc(1, 8192);
	const char *top = getenv("top_srcdir");
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/data/tls/%s", top != NULL ? top : ".", name);
	f = fopen(path, "r");
	if (s == NULL || f == NULL)
		fail_msg("cannot read %s", path);
	assert_true(fread(s, 1, 8191, f) > 0);
	fclose(f);
	return s;
}

static void
s50_certificates_that_are_refused(void **state)
{
	static const struct {
		const char *name, *cert;
		bool trusted, good;
		const char *says, *remedy;
	} rows[] = {
	    {"expired, its CA trusted", "expired.pem", true, false, "has expired", "renew"},
	    {"of another host, its CA trusted", "otherhost.pem", true, false, "another host's",
		"host name"},
	    {"self-signed, no CA file", "loopback.pem", false, false, "not known here",
		"ca_file"},
	    {"good", "loopback.pem", true, true, NULL, NULL},
	};
	const char *top = getenv("top_srcdir");
	char *key = pem_read("loopback.key"), *cert, url[64], ca[512];
	struct world w;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		cert = pem_read(rows[i].cert);
		world_new(&w);
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		ripen(&w);
		sim_stop(w.sim);
		assert_int_equal(sim_start(w.sim, NULL, 0, cert, key), 0);
		w.p->cloud.endpoint = sim_url(w.sim, url, sizeof(url));
		/* a handshake under valgrind takes seconds; nothing here waits for a time-out */
		w.p->cloud.connect_timeout_ms = w.p->cloud.timeout_ms = 60000;
		snprintf(ca, sizeof(ca), "%s/tests/data/tls/%s", top != NULL ? top : ".",
		    rows[i].cert);
		w.p->cloud.ca_file = rows[i].trusted ? ca : NULL;
		size_t before = sim_log_count(w.sim, "call");

		sweep(&w, true);
		if (rows[i].good) {
			assert_int_equal(w.rc, 0);
			assert_int_equal(sent(&w), 1);
		} else {
			expect_refused(&w, rows[i].name);
			assert_int_equal(w.f.kind, FAULT_NETWORK);
			assert_non_null(strstr(w.f.msg, rows[i].says));
			assert_non_null(strstr(w.f.remedy, rows[i].remedy));
			/* not one call, so not one password, was sent */
			assert_int_equal(sim_log_count(w.sim, "call"), before);
		}
		world_free(&w);
		free(cert);
	}
	free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s41_a_machine_ends_between_two_pages),
	    cmocka_unit_test(s41_an_id_twice),
	    cmocka_unit_test(s41_the_same_page_for_ever),
	    cmocka_unit_test(s41_a_short_page),
	    cmocka_unit_test(s42_an_empty_pool_for_a_negative_end),
	    cmocka_unit_test(s43_the_token_expires_in_the_run),
	    cmocka_unit_test(s43_half_of_the_pool_disappears),
	    cmocka_unit_test(s44_an_account_that_sees_only_its_own),
	    cmocka_unit_test(s47_success_that_does_nothing_is_seen),
	    cmocka_unit_test(s48_each_version_has_its_verb),
	    cmocka_unit_test(s48_a_verb_of_another_version_is_an_error),
	    cmocka_unit_test(s49_errors_have_their_own_outcomes),
	    cmocka_unit_test(s49_a_wrong_password_ends_the_run),
	    cmocka_unit_test(s50_certificates_that_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
