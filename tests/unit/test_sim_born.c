/* SPDX-License-Identifier: ISC */
/*
 * test_sim_born: machines that are asked of the simulated cloud: how they start or fail to, what they are given, how
 * their guests end, and the words of a scenario for all that. What recordings show is in test_sim_launches.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../sim/sim.h"

static void
line(struct sim *sim, const char *text)
{
	char err[256];

	if (sim_scenario_line(sim, text, NULL, err, sizeof(err)) != 0)
		fail_msg("%s: %s", text, err);
}

static struct sim *
cloud(enum sim_era era)
{
	struct sim *sim = sim_new(era);

	line(sim, "host node1");
	line(sim, "user alice apw id=7 gid=1 group=users sees=none");
	line(sim, "network public id=0 first=10.77.1.10 count=3");
	line(sim, "network ether id=1");
	return sim;
}

/* The reply to one call as text; the caller frees. */
static char *
ask(struct sim *sim, char *call)
{
	struct sim_reply reply;

	sim_handle(sim, "POST", "/RPC2", call, strlen(call), &reply);
	free(call);
	assert_int_equal(reply.status, 200);
	return reply.body;
}

/* Asks for a machine; what is in the reply: "<i4>7" for an id, or a part of the reason. */
static void
allocate(struct sim *sim, const char *text, const char *holds)
{
	char *reply =
	    ask(sim, sim_client_call("one.vm.allocate", "ssb", "alice:apw", text, "0"));

	if (strstr(reply, holds) == NULL)
		fail_msg("%s: %s", text, reply);
	free(reply);
}

static void
state_is(struct sim *sim, int id, const char *name)
{
	int st, lcm;
	const char *s;

	assert_int_equal(sim_get_state(sim, id, &st, &lcm), 0);
	s = sim_state_str(sim_era(sim), st, lcm);
	if (s == NULL || strcmp(s, name) != 0)
		fail_msg("machine %d is %s, not %s", id, s != NULL ? s : "?", name);
}

static void
document_holds(struct sim *sim, int id, const char *part)
{
	char number[16], *reply;

	snprintf(number, sizeof(number), "%d", id);
	reply = ask(sim, sim_client_call("one.vm.info", "si", "oneadmin:oneadmin", number));
	if (strstr(reply, part) == NULL)
		fail_msg("no %s in %s", part, reply);
	free(reply);
}

#define OK "<boolean>1</boolean>"
#define NO "<boolean>0</boolean>"

static void
a_machine_passes_through_its_phases_in_time(void **state)
{
	struct sim *sim;

	(void)state;
	for (int era = 0; era < 2; era++) {
		sim = cloud(era == 0 ? SIM_720 : SIM_321);
		line(sim, "launch pending=2 prolog=10 boot=5 next-id=40");
		allocate(sim, "MEMORY=64\nCPU=1", OK);
		state_is(sim, 40, "PENDING");
		document_holds(sim, 40, "&lt;HISTORY_RECORDS/&gt;");
		document_holds(sim, 40, "&lt;NAME&gt;one-40&lt;");
		sim_advance(sim, 2);
		state_is(sim, 40, "PROLOG");
		document_holds(sim, 40, "&lt;RSTIME&gt;0&lt;");
		sim_advance(sim, 9);
		state_is(sim, 40, "PROLOG");
		sim_advance(sim, 1);
		state_is(sim, 40, "BOOT");
		sim_advance(sim, 5);
		state_is(sim, 40, "RUNNING");
		document_holds(sim, 40,
		    era == 0 ? "&lt;DEPLOY_ID&gt;node1:one-40:dummy"
			     : "&lt;DEPLOY_ID&gt;one-40");
		/* ids are never used twice, not even that of the last one */
		sim_remove_vm(sim, 40);
		allocate(sim, "MEMORY=64", "<i4>41</i4>");
		sim_free(sim);
	}
}

static void
a_launch_stays_or_fails_where_it_was_told_to(void **state)
{
	static const struct {
		const char *how, *end_720, *end_321;
	} rows[] = {{"launch stays=pending", "PENDING", "PENDING"},
	    {"launch stays=prolog", "PROLOG", "PROLOG"}, {"launch stays=boot", "BOOT", "BOOT"},
	    {"launch fails=prolog", "PROLOG_FAILURE", "FAILED"},
	    {"launch fails=boot", "BOOT_FAILURE", "FAILED"}};
	struct sim *sim;

	(void)state;
	for (int era = 0; era < 2; era++) {
		sim = cloud(era == 0 ? SIM_720 : SIM_321);
		for (int i = 0; i < 5; i++) {
			line(sim, rows[i].how);
			allocate(sim, "MEMORY=64", OK);
			sim_advance(sim, 1000);
			state_is(sim, i, era == 0 ? rows[i].end_720 : rows[i].end_321);
		}
		/* no host that is monitored: nobody places it */
		line(sim, "launch");
		line(sim, "host-state node1 3");
		allocate(sim, "MEMORY=64", OK);
		sim_advance(sim, 1000);
		state_is(sim, 5, "PENDING");
		sim_free(sim);
	}
}

static void
a_machine_that_is_killed_early_comes_to_nothing(void **state)
{
	struct sim *sim = cloud(SIM_321);

	(void)state;
	line(sim, "launch kill=late:6");
	allocate(sim, "MEMORY=64", OK);
	free(ask(sim, sim_client_call("one.vm.action", "ssi", "alice:apw", "finalize", "0")));
	sim_advance(sim, 5);
	state_is(sim, 0, "EPILOG");
	sim_advance(sim, 1);
	state_is(sim, 0, "DONE");
	sim_free(sim);
}

static void
addresses_are_lent_and_given_back(void **state)
{
	const char *none[] = {"Cannot get IP/MAC lease from virtual network 0.",
	    "Error allocating a new virtual machine. Could not get virtual network for VM."};
	struct sim *sim;

	(void)state;
	for (int era = 0; era < 2; era++) {
		sim = cloud(era == 0 ? SIM_720 : SIM_321);
		allocate(sim, "MEMORY=64\nNIC=[NETWORK=public]", OK);
		allocate(sim,
		    "MEMORY=64\nNIC=[NETWORK_ID=0,IP=10.77.1.12]\nNIC=[NETWORK=ether]", OK);
		document_holds(sim, 0, "[10.77.1.10]");
		document_holds(sim, 1, "[10.77.1.12]");
		document_holds(sim, 1, "[ether]");
		allocate(sim, "MEMORY=64\nNIC=[NETWORK=public, IP=\"10.77.1.12\"]", none[era]);
		/* what is refused takes nothing */
		allocate(
		    sim, "MEMORY=64\nNIC=[NETWORK=public]\nNIC=[NETWORK=public]", none[era]);
		allocate(sim, "MEMORY=64\nNIC=[NETWORK=public]", OK);
		document_holds(sim, 2, "[10.77.1.11]");
		allocate(sim, "MEMORY=64\nNIC=[NETWORK=public]", none[era]);
		sim_set_state(sim, 1, 6, 0);
		allocate(sim, "MEMORY=64\nNIC=[NETWORK=public]", OK);
		document_holds(sim, 3, "[10.77.1.12]");
		allocate(sim, "MEMORY=64\nNIC=[NETWORK=nowhere]", NO);
		assert_int_equal(sim_count(sim, -2), 4);
		sim_free(sim);
	}
}

static void
quotas_and_images_bind(void **state)
{
	struct sim *sim;
	char *reply;

	(void)state;
	for (int era = 0; era < 2; era++) {
		sim = cloud(era == 0 ? SIM_720 : SIM_321);
		line(sim, "quota alice vms=2 cpu=3 memory=1000");
		allocate(sim, "MEMORY=900\nCPU=1", OK);
		allocate(sim, "MEMORY=64\nCPU=2.5", "CPU quota");
		allocate(sim, "MEMORY=101\nCPU=1", "MEMORY quota");
		allocate(sim, "MEMORY=100\nCPU=2", OK);
		line(sim, "quota alice cpu=0 memory=0");
		allocate(sim, "MEMORY=1\nCPU=0.1", era == 0 ? "VMS quota" : "NUM_VMS quota");
		/* the administrator has none */
		reply = ask(sim, sim_client_call("one.vm.allocate", "ssb", "oneadmin:oneadmin",
				     "MEMORY=9000\nCPU=90", "0"));
		assert_non_null(strstr(reply, OK));
		free(reply);
		line(sim, "quota alice vms=0");
		line(sim, "image base id=3 private");
		line(sim, "image data id=4 owner=alice private persistent");
		allocate(sim, "MEMORY=1\nDISK=[IMAGE_ID=3]", "perform USE IMAGE [3]");
		allocate(sim, "MEMORY=1\nDISK=[IMAGE=\"data\"]", OK);
		allocate(sim, "MEMORY=1\nDISK=[IMAGE_ID=4]",
		    era == 0 ? "already in use" : "Could not get disk image");
		allocate(sim, "MEMORY=1\nDISK=[IMAGE_ID=5]", NO);
		sim_free(sim);
	}
}

static void
a_template_is_merged_with_what_is_added(void **state)
{
	struct sim *sim = cloud(SIM_720);
	char *reply;

	(void)state;
	line(
	    sim, "template web id=4 text=\"CPU=1\\nMEMORY=64\\nA=old\\nNIC=[NETWORK=public]\"");
	reply = ask(sim, sim_client_call("one.template.instantiate", "sisbsb", "alice:apw", "4",
			     "", "0", "MEMORY=128\nB=\"x \\\"y\\\"\"\nA=new", "0"));
	assert_non_null(strstr(reply, "<i4>0</i4>"));
	free(reply);
	document_holds(sim, 0, "&lt;NAME&gt;web-0&lt;");
	document_holds(sim, 0, "&lt;MEMORY&gt;&lt;![CDATA[128]]");
	document_holds(sim, 0, "&lt;A&gt;&lt;![CDATA[new]]");
	document_holds(sim, 0, "&lt;B&gt;&lt;![CDATA[x \"y\"]]");
	document_holds(sim, 0, "[10.77.1.10]");
	/* on hold nothing happens */
	reply = ask(sim, sim_client_call("one.template.instantiate", "sisbs", "alice:apw", "4",
			     "h", "1", ""));
	free(reply);
	sim_advance(sim, 100);
	state_is(sim, 1, "HOLD");
	line(sim, "template mine id=5 owner=alice private text=MEMORY=1");
	line(sim, "template root id=6 private text=MEMORY=1");
	reply = ask(sim,
	    sim_client_call("one.templatepool.info", "siii", "alice:apw", "-2", "-1", "-1"));
	assert_non_null(strstr(reply, "&lt;NAME&gt;web&lt;"));
	assert_non_null(strstr(reply, "&lt;NAME&gt;mine&lt;"));
	assert_null(strstr(reply, "&lt;NAME&gt;root&lt;"));
	free(reply);
	reply = ask(sim,
	    sim_client_call("one.templatepool.info", "siii", "alice:apw", "-3", "-1", "-1"));
	assert_null(strstr(reply, "&lt;NAME&gt;web&lt;"));
	assert_non_null(strstr(reply, "&lt;NAME&gt;mine&lt;"));
	free(reply);
	reply = ask(sim, sim_client_call("one.template.info", "si", "alice:apw", "6"));
	assert_non_null(strstr(reply, "perform USE TEMPLATE [6]"));
	free(reply);
	sim_free(sim);
}

static void
guests_end_as_each_era_shows_it(void **state)
{
	struct sim *sim;
	char err[128];

	(void)state;
	for (int era = 0; era < 2; era++) {
		sim = cloud(era == 0 ? SIM_720 : SIM_321);
		allocate(sim, "MEMORY=64", OK);
		allocate(sim, "MEMORY=64", OK);
		assert_int_equal(sim_scenario_line(sim, "halt 0", NULL, err, sizeof(err)), -1);
		assert_string_equal(err, "halt: machine 0 is not RUNNING");
		sim_advance(sim, 10);
		line(sim, "halt 0");
		line(sim, "crash 1");
		state_is(sim, 0, era == 0 ? "POWEROFF" : "UNKNOWN");
		state_is(sim, 1, "UNKNOWN");
		assert_int_equal(sim_scenario_line(sim, "crash 1", NULL, err, sizeof(err)), -1);
		assert_int_equal(sim_scenario_line(sim, "crash 9", NULL, err, sizeof(err)), -1);
		sim_free(sim);
	}
}

static void
a_lost_reply_leaves_a_machine_behind(void **state)
{
	struct sim *sim = cloud(SIM_720);
	struct sim_reply reply;
	char *call = sim_client_call("one.vm.allocate", "ssb", "alice:apw", "MEMORY=1", "0");

	(void)state;
	line(sim, "fault one.vm.allocate lost times=1");
	sim_handle(sim, "POST", "/RPC2", call, strlen(call), &reply);
	assert_int_equal(reply.trouble.kind, SIM_FAULT_LOST);
	assert_int_equal(sim_log_count(sim, "launch accepted vm=0 user=alice name=one-0"), 1);
	assert_int_equal(sim_count(sim, -1), 1);
	sim_reply_free(&reply);
	free(call);
	sim_free(sim);
}

static void
shapes_are_what_was_called(void **state)
{
	struct sim *sim = cloud(SIM_720);
	char *shapes;

	(void)state;
	allocate(sim, "MEMORY=1", OK);
	allocate(sim, "MEMORY=1", OK);
	document_holds(sim, 0, "VM");
	free(ask(sim, strdup("<methodCall><methodName>one.vm.info</methodName><params><param>"
			     "<value>a:b</value></param></params></methodCall>")));
	shapes = sim_shapes(sim);
	assert_string_equal(shapes, "one.vm.allocate ssb\none.vm.info si\none.vm.info n\n");
	free(shapes);
	sim_free(sim);
}

/* What a script asks of the log may have blanks in it, quoted or not. */
static void
the_log_is_asked_in_words(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {{"count launch accepted vm=0", "1\n"}, {"count \"launch accepted\"", "2\n"},
	    {"count launch accepted vm=7", "0\n"}, {"count launch refused", "0\n"}};
	struct sim *sim = cloud(SIM_720);
	char err[256], *out;
	size_t size;
	FILE *fp;

	(void)state;
	allocate(sim, "MEMORY=1", OK);
	allocate(sim, "MEMORY=1", OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fp = open_memstream(&out, &size);
		assert_non_null(fp);
		assert_int_equal(sim_scenario_line(sim, rows[i].line, fp, err, sizeof(err)), 0);
		fclose(fp);
		if (strcmp(out, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].line, out);
		free(out);
	}
	sim_free(sim);
}

static void
lines_that_are_wrong_say_so(void **state)
{
	static const char *const lines[] = {"network x", "network x id=1 first=10.0",
	    "network x ip=1", "image x", "image x id=1 owner=nobody", "image x id=1 big",
	    "template x id=1", "template x text=A=1", "quota nobody vms=1", "quota alice vms=x",
	    "quota alice disks=1", "launch stays=running", "launch fails=pending",
	    "launch kill=often", "launch pending=soon", "launch quickly", "halt", "halt x"};
	struct sim *sim = cloud(SIM_720);
	char err[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		err[0] = '\0';
		if (sim_scenario_line(sim, lines[i], NULL, err, sizeof(err)) != -1 ||
		    err[0] == '\0')
			fail_msg("taken: %s", lines[i]);
	}
	sim_free(sim);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_machine_passes_through_its_phases_in_time),
	    cmocka_unit_test(a_launch_stays_or_fails_where_it_was_told_to),
	    cmocka_unit_test(a_machine_that_is_killed_early_comes_to_nothing),
	    cmocka_unit_test(addresses_are_lent_and_given_back),
	    cmocka_unit_test(quotas_and_images_bind),
	    cmocka_unit_test(a_template_is_merged_with_what_is_added),
	    cmocka_unit_test(guests_end_as_each_era_shows_it),
	    cmocka_unit_test(a_lost_reply_leaves_a_machine_behind),
	    cmocka_unit_test(shapes_are_what_was_called),
	    cmocka_unit_test(the_log_is_asked_in_words),
	    cmocka_unit_test(lines_that_are_wrong_say_so),
	};

	return cmocka_run_group_tests_name("simulated cloud: new machines", tests, NULL, NULL);
}
