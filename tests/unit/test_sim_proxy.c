/* SPDX-License-Identifier: ISC */
/*
 * The simulated cloud as nobody recorded it: StratusLab's proxy before a daemon, and 2.2. Held against what their
 * sources say (stratuslab.md 2.5, 2.7, 7; reapers.md C.10, C.11).
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

/* A call as it comes through the proxy; the body, which the caller frees, and its status. */
static char *
through_proxy(struct sim *sim, const char *path, const char *authorization, const char *call,
    int *status, const char **challenge)
{
	struct sim_reply reply;

	sim_handle_as(sim, "POST", path, authorization, call, strlen(call), &reply);
	assert_int_equal(reply.trouble.kind, SIM_FAULT_NONE);
	*status = reply.status;
	*challenge = reply.challenge;
	return reply.body;
}

static void
the_proxy_lets_in_whom_it_knows_and_spells_as_apache_does(void **state)
{
	static const char right[] = "Basic b25lYWRtaW46b25lYWRtaW4="; /* oneadmin:oneadmin */
	static const struct {
		const char *path, *authorization, *cert_user;
		int status;
		bool challenged;
	} rows[] = {
	    {"/pswd/xmlrpc", right, NULL, 200, false},
	    {"/one-proxy/pswd/xmlrpc", right, NULL, 200, false},
	    {"/pswd/xmlrpc", NULL, NULL, 401, true},
	    {"/pswd/xmlrpc", "Basic b25lYWRtaW46b25lYWRtaW4x", NULL, 401, true},
	    {"/pswd/xmlrpc", "Basic !", NULL, 401, true},
	    {"/pswd/xmlrpc", "Bearer b25lYWRtaW46b25lYWRtaW4=", NULL, 401, true},
	    {"/cert/xmlrpc", right, NULL, 403, false},
	    {"/cert/xmlrpc", NULL, "oneadmin", 200, false},
	    {"/cert/xmlrpc", NULL, "nobody", 403, false},
	    {"/RPC2", right, NULL, 404, false},
	    {"/xmlrpc", right, NULL, 404, false},
	};
	struct sim *sim = sim_new(SIM_321);
	char *call =
	    sim_client_call("one.vmpool.info", "siiii", "dummy:pass", "-2", "-1", "-1", "-1");
	struct sim_vm vm = sim_vm_default(3);
	struct sim_proxy proxy = {NULL};
	const char *challenge;
	char *body;
	int status;

	(void)state;
	sim_add_vm(sim, &vm);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		proxy.cert_user = rows[i].cert_user;
		sim_set_proxy(sim, &proxy);
		body = through_proxy(
		    sim, rows[i].path, rows[i].authorization, call, &status, &challenge);
		if (status != rows[i].status || (challenge != NULL) != rows[i].challenged)
			fail_msg("row %zu: %d", i, status);
		if (rows[i].challenged)
			assert_string_equal(
			    challenge, "basic realm=\"StratusLab Password Realm\"");
		if (status == 200) {
			assert_non_null(strstr(body, "<value>&lt;VM_POOL&gt;&lt;VM&gt;"));
			assert_non_null(
			    strstr(body, "<methodResponse xmlns:ex=\"http://ws.apache"));
			assert_non_null(strstr(body, "<value><i4>0</i4></value></data>"));
			assert_null(strstr(body, "<string>"));
		} else {
			assert_null(strstr(body, "VM_POOL"));
		}
		free(body);
	}
	assert_int_equal(sim_log_count(sim, "user=oneadmin"), 3);
	proxy.cert_user = "oneadmin";
	sim_set_proxy(sim, &proxy);
	sim_set_daemon(sim, false);
	body = through_proxy(sim, "/cert/xmlrpc", NULL, call, &status, &challenge);
	assert_int_equal(status, 200);
	assert_non_null(strstr(body, "<i4>0</i4></value></member>"));
	assert_non_null(strstr(body, "Connection refused"));
	free(body);
	sim_set_proxy(sim, NULL);
	body = through_proxy(sim, "/RPC2", NULL, call, &status, &challenge);
	assert_non_null(
	    strstr(body, "couldn't be authenticated")); /* dummy:pass is nobody there */
	free(body);
	free(call);
	sim_free(sim);
}

/* Over the wire too, where the header is one. */
static void
the_proxy_challenges_over_http(void **state)
{
	const struct sim_proxy proxy = {NULL};
	struct sim *sim = sim_new(SIM_321);
	char *call = sim_client_call("one.hostpool.info", "s", "dummy:pass"), *reply, url[64];
	size_t len;

	(void)state;
	sim_set_proxy(sim, &proxy);
	assert_int_equal(sim_start(sim, NULL, 0, NULL, NULL), 0);
	assert_non_null(strstr(sim_url(sim, url, sizeof(url)), "/pswd/xmlrpc"));
	reply = sim_client_post(sim_port(sim), "/pswd/xmlrpc", call, strlen(call), &len);
	assert_non_null(reply);
	assert_int_equal(strncmp(reply, "HTTP/1.1 401", 12), 0);
	assert_non_null(
	    strstr(reply, "WWW-Authenticate: basic realm=\"StratusLab Password Realm\"\r\n"));
	free(reply);
	free(call);
	sim_free(sim);
}

/* RequestManagerVirtualMachinePoolInfo.cc and ...Action.cc of 2.2: parameters, members. */
static void
two_two_has_parameters_and_replies_of_its_own(void **state)
{
	static const struct {
		const char *method, *types, *p[4];
		const char *has, *lacks;
		size_t values;
	} rows[] = {
	    {"one.vmpool.info", "sibi", {"oneadmin:oneadmin", "-2", "1", "-1"},
		"USERNAME&gt;alice&lt;/USERNAME&gt;&lt;NAME&gt;", "HISTORY_RECORDS", 3},
	    {"one.vmpool.info", "si", {"oneadmin:oneadmin", "-2"}, "&lt;HISTORY&gt;", "GNAME",
		3},
	    {"one.vmpool.info", "si", {"oneadmin:oneadmin", "0"}, "VM_POOL", "&lt;ID&gt;3&lt;",
		3},
	    {"one.vmpool.info", "sii", {"oneadmin:oneadmin", "-2", "-1"}, "fault", "VM_POOL",
		0},
	    {"one.vm.info", "si", {"oneadmin:oneadmin", "3"}, "LAST_SEQ", "USERNAME", 3},
	    {"one.vm.info", "si", {"oneadmin:oneadmin", "9"}, "Error getting", "<i4>", 3},
	    {"one.vm.action", "ssi", {"oneadmin:oneadmin", "finalize", "3"}, "<boolean>1<",
		"<i4>", 2},
	    {"one.system.version", "s", {"oneadmin:oneadmin"}, "-506", "VM", 0},
	};
	struct sim *sim = sim_new(SIM_220);
	struct sim_vm vm = sim_vm_default(3);

	(void)state;
	vm.uid = 4;
	vm.uname = "alice";
	sim_add_vm(sim, &vm);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *call = sim_client_call(rows[i].method, rows[i].types, rows[i].p[0],
		    rows[i].p[1], rows[i].p[2], rows[i].p[3]);
		struct sim_reply reply;
		size_t n = 0;

		sim_handle(sim, "POST", "/RPC2", call, strlen(call), &reply);
		if (strstr(reply.body, rows[i].has) == NULL ||
		    strstr(reply.body, rows[i].lacks) != NULL)
			fail_msg("row %zu: %s", i, reply.body);
		for (const char *at = reply.body; (at = strstr(at, "<value>")) != NULL; at++)
			n++;
		if (rows[i].values > 0)
			assert_int_equal(n, rows[i].values); /* one is around the array */
		sim_reply_free(&reply);
		free(call);
	}
	assert_int_equal(sim_log_count(sim, "kill accepted vm=3 verb=finalize"), 1);
	sim_free(sim);
}

static void
a_scenario_sets_up_a_proxy(void **state)
{
	struct sim *sim = sim_new(SIM_220);
	char err[256];

	(void)state;
	assert_int_equal(sim_scenario_line(sim, "era 2.2", NULL, err, sizeof(err)), 0);
	assert_int_equal(sim_scenario_line(sim, "proxy", NULL, err, sizeof(err)), 0);
	assert_int_equal(
	    sim_scenario_line(sim, "proxy cert-user=oneadmin", NULL, err, sizeof(err)), 0);
	assert_int_equal(sim_scenario_line(sim, "daemon down", NULL, err, sizeof(err)), 0);
	assert_int_equal(sim_scenario_line(sim, "daemon up", NULL, err, sizeof(err)), 0);
	assert_int_equal(sim_scenario_line(sim, "proxy off", NULL, err, sizeof(err)), 0);
	assert_int_equal(sim_scenario_line(sim, "proxy on", NULL, err, sizeof(err)), -1);
	assert_int_equal(sim_scenario_line(sim, "daemon", NULL, err, sizeof(err)), -1);
	assert_string_equal(sim_era_str(sim_era(sim)), "2.2");
	assert_int_equal(sim_era_parse("2.2 ", 3), SIM_220);
	assert_int_equal(sim_era_parse("3.2.1", 5), SIM_321);
	assert_int_equal(sim_era_parse("7", 1), SIM_720);
	sim_free(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_proxy_lets_in_whom_it_knows_and_spells_as_apache_does),
	    cmocka_unit_test(the_proxy_challenges_over_http),
	    cmocka_unit_test(two_two_has_parameters_and_replies_of_its_own),
	    cmocka_unit_test(a_scenario_sets_up_a_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
