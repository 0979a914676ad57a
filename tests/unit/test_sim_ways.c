/* SPDX-License-Identifier: ISC */
/*
 * test_sim_ways: what the simulated cloud does over time and on request: paging, rights, kills
 * that end in their several ways, faults (over a real socket where the wire is the point), the log,
 * the fleet and scenarios.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../sim/sim.h"
#include "base/text.h"

#define ADMIN "oneadmin:oneadmin"

/* --- help ---------------------------------------------------------------------------------- */

/* The reply's body to a call; the caller frees it. */
static char *
ask(struct sim *sim, const char *method, const char *types, const char *a, const char *b,
    const char *c, const char *d, const char *e)
{
	char *call = sim_client_call(method, types, a, b, c, d, e);
	struct sim_reply reply;

	sim_handle(sim, "POST", "/RPC2", call, strlen(call), &reply);
	free(call);
	return reply.body;
}

static char *
ask_pool(struct sim *sim, const char *session, const char *from, const char *to)
{
	return ask(sim, "one.vmpool.info", "siiii", session, "-2", from, to, "-2");
}

static char *
ask_kill(struct sim *sim, const char *session, const char *verb, const char *id)
{
	return ask(sim, "one.vm.action", "ssi", session, verb, id, NULL, NULL);
}

/* The ids of a pool in their order: "3 2 1". */
static void
pool_ids(const char *body, char *out, size_t size)
{
	static const char tag[] = "&lt;VM&gt;&lt;ID&gt;";
	size_t n = 0;

	out[0] = '\0';
	while ((body = strstr(body, tag)) != NULL) {
		body += strlen(tag);
		n += (size_t)snprintf(out + n, size - n, "%s%d", n > 0 ? " " : "", atoi(body));
	}
}

static void
add_vms(struct sim *sim, int from, int to)
{
	struct sim_vm v;
	int i;

	for (i = from; i <= to; i++) {
		v = sim_vm_default(i);
		sim_add_vm(sim, &v);
	}
}

static const char *
state_of(struct sim *sim, int id)
{
	int state, lcm;

	assert_int_equal(sim_get_state(sim, id, &state, &lcm), 0);
	return sim_state_str(sim_era(sim), state, lcm);
}

/* --- lists ----------------------------------------------------------------------------------- */

static void
pages_as_each_era_does(void **state)
{
	static const struct {
		const char *name;
		enum sim_era era;
		const char *from, *to, *ids;
	} rows[] = {
	    {"all, newest first", SIM_720, "-1", "-1", "9 8 7 5 3 2 1"},
	    {"a range of ids", SIM_720, "2", "7", "7 5 3 2"},
	    {"a range with an open end", SIM_720, "5", "-1", "9 8 7 5"},
	    {"a range that is empty", SIM_720, "10", "-1", ""},
	    {"first page by position", SIM_720, "0", "-3", "9 8 7"},
	    {"second page by position", SIM_720, "3", "-3", "5 3 2"},
	    {"past the end", SIM_720, "99", "-3", ""},
	    {"newest two", SIM_720, "0", "-2", "9 8"},
	    {"all, oldest first", SIM_321, "-1", "-1", "1 2 3 5 7 8 9"},
	    {"a range of ids", SIM_321, "2", "7", "2 3 5 7"},
	    {"a range the wrong way round", SIM_321, "3", "0", ""},
	    {"a negative end is an id", SIM_321, "0", "-10", ""},
	    {"so is minus two", SIM_321, "0", "-2", ""},
	    {"without a start all", SIM_321, "-1", "-10", "1 2 3 5 7 8 9"},
	};
	static const int ids[] = {5, 1, 9, 2, 8, 3, 7};
	char got[128], *body;
	struct sim *sim;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sim = sim_new(rows[i].era);
		for (k = 0; k < sizeof(ids) / sizeof(ids[0]); k++)
			add_vms(sim, ids[k], ids[k]);
		body = ask_pool(sim, ADMIN, rows[i].from, rows[i].to);
		pool_ids(body, got, sizeof(got));
		if (strcmp(got, rows[i].ids) != 0)
			fail_msg(
			    "%s: wanted \"%s\", got \"%s\"", rows[i].name, rows[i].ids, got);
		free(body);
		sim_free(sim);
	}
}

static void
terminating_between_pages_shifts_them(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	char got[128], *body;

	(void)state;
	add_vms(sim, 1, 8);
	free(ask_kill(sim, ADMIN, "terminate", "8"));
	/* as with the daemon, position paging over "not DONE" loses a machine; ids do not */
	body = ask(sim, "one.vmpool.info", "siiii", ADMIN, "-2", "3", "-3", "-1");
	pool_ids(body, got, sizeof(got));
	assert_string_equal(got, "4 3 2");
	free(body);
	sim_free(sim);
}

static void
accounts_see_what_they_may(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	struct sim_user
	    alice = {.id = 2, .name = "alice", .password = "a", .gid = 100},
	    bob = {.id = 3, .name = "bob", .password = "b", .gid = 100, .sees_vms = true},
	    carl = {.id = 4, .name = "carl", .password = "c", .gid = 7, .list_asc = true},
	    gone = {.id = 5, .name = "gone", .password = "g", .disabled = true};
	struct sim_vm v;
	static const struct {
		const char *session, *who, *ids;
	} rows[] = {
	    {ADMIN, "-2", "3 2 1"},
	    {"alice:a", "-2", "2"},
	    {"alice:a", "0", ""},
	    {"alice:a", "-3", "2"},
	    {"bob:b", "-2", "3 2 1"},
	    {"bob:b", "-3", "3"},
	    {"bob:b", "-4", "3 2"},
	    {"bob:b", "2", "2"},
	    {"carl:c", "-2", ""},
	};
	char got[64], *body;
	size_t i;

	(void)state;
	add_vms(sim, 1, 1);
	for (i = 2; i <= 3; i++) {
		v = sim_vm_default((int)i);
		v.uid = (int)i;
		v.gid = 100;
		sim_add_vm(sim, &v);
	}
	sim_add_user(sim, &alice);
	sim_add_user(sim, &bob);
	sim_add_user(sim, &carl);
	sim_add_user(sim, &gone);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		body = ask(sim, "one.vmpool.info", "siiii", rows[i].session, rows[i].who, "-1",
		    "-1", "-2");
		pool_ids(body, got, sizeof(got));
		if (strcmp(got, rows[i].ids) != 0)
			fail_msg("%s %s: wanted \"%s\", got \"%s\"", rows[i].session,
			    rows[i].who, rows[i].ids, got);
		free(body);
	}
	body = ask_pool(sim, "gone:g", "-1", "-1");
	assert_non_null(strstr(body, "<i4>256</i4>"));
	free(body);
	carl.sees_vms = true;
	sim_add_user(sim, &carl);
	body = ask_pool(sim, "carl:c", "-1", "-1");
	pool_ids(body, got, sizeof(got));
	assert_string_equal(got, "1 2 3"); /* API_LIST_ORDER="ASC" in its template */
	free(body);
	sim_free(sim);
}

/* --- kills ------------------------------------------------------------------------------------ */

static void
kills_end_as_they_are_told_to(void **state)
{
	static const struct {
		const char *name;
		enum sim_era era;
		enum sim_kill kill;
		int64_t kill_s;
		const char *at_once, *after_30, *after_60, *after_120;
	} rows[] = {
	    {"now", SIM_720, SIM_KILL_NOW, 0, "DONE", "DONE", "DONE", "DONE"},
	    {"late", SIM_720, SIM_KILL_LATE, 60, "SHUTDOWN", "EPILOG", "DONE", "DONE"},
	    {"never", SIM_720, SIM_KILL_NEVER, 0, "SHUTDOWN", "SHUTDOWN", "SHUTDOWN",
		"SHUTDOWN"},
	    {"bounce", SIM_720, SIM_KILL_BOUNCE, 60, "SHUTDOWN", "SHUTDOWN", "RUNNING",
		"UNKNOWN"},
	    {"epilog failure", SIM_720, SIM_KILL_EPILOG_FAILURE, 30, "SHUTDOWN",
		"EPILOG_FAILURE", "EPILOG_FAILURE", "EPILOG_FAILURE"},
	    {"zombie", SIM_720, SIM_KILL_ZOMBIE, 0, "DONE", "DONE", "DONE", "DONE"},
	    {"driver", SIM_720, SIM_KILL_DRIVER, 0, "RUNNING", "RUNNING", "RUNNING", "RUNNING"},
	    {"now", SIM_321, SIM_KILL_NOW, 0, "DONE", "DONE", "DONE", "DONE"},
	    {"late", SIM_321, SIM_KILL_LATE, 60, "SHUTDOWN", "EPILOG", "DONE", "DONE"},
	    {"epilog failure", SIM_321, SIM_KILL_EPILOG_FAILURE, 30, "SHUTDOWN", "FAILED",
		"FAILED", "FAILED"},
	};
	struct sim_host host = {.id = 0, .name = "node1", .state = 2, .mon_age_s = 20};
	struct sim_vm v;
	struct sim *sim;
	char *body;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sim = sim_new(rows[i].era);
		sim_add_host(sim, &host);
		v = sim_vm_default(17);
		v.lcm = 16;
		v.kill = rows[i].kill;
		v.kill_s = rows[i].kill_s;
		sim_add_vm(sim, &v);
		/* what was to come of it before does not come any more */
		sim_plan_state(sim, 17, 10, 3, 3);
		free(ask_kill(
		    sim, ADMIN, rows[i].era == SIM_720 ? "terminate-hard" : "finalize", "17"));
		print_message("  %s\n", rows[i].name);
		assert_string_equal(state_of(sim, 17), rows[i].at_once);
		sim_advance(sim, 30);
		assert_string_equal(state_of(sim, 17), rows[i].after_30);
		sim_advance(sim, 30);
		assert_string_equal(state_of(sim, 17), rows[i].after_60);
		sim_advance(sim, 60);
		assert_string_equal(state_of(sim, 17), rows[i].after_120);
		assert_int_equal(sim_log_count(sim, "kill accepted vm=17 "), 1);
		body = ask(sim, "one.hostpool.info", "s", ADMIN, NULL, NULL, NULL, NULL);
		if (rows[i].kill == SIM_KILL_ZOMBIE)
			assert_non_null(strstr(body, "ZOMBIES&gt;&lt;![CDATA[17]]&gt;"));
		else
			assert_null(strstr(body, "ZOMBIES"));
		free(body);
		sim_free(sim);
	}
}

static void
changes_happen_at_their_time_in_order(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	char *log;

	(void)state;
	add_vms(sim, 1, 1);
	sim_plan_state(sim, 1, 600, 3, 16);
	sim_plan_state(sim, 1, 300, 3, 2);
	sim_plan_state(sim, 1, 600, 3, 3);
	sim_advance(sim, 299);
	assert_string_equal(state_of(sim, 1), "RUNNING");
	sim_advance(sim, 1);
	assert_string_equal(state_of(sim, 1), "BOOT");
	sim_advance(sim, 3600);
	log = sim_log_text(sim, "state vm=1");
	assert_string_equal(log, "state vm=1 RUNNING -> BOOT at=1795417900\n"
				 "state vm=1 BOOT -> UNKNOWN at=1795418200\n"
				 "state vm=1 UNKNOWN -> RUNNING at=1795418200\n");
	free(log);
	sim_free(sim);
}

static void
a_host_that_fails_freezes_its_time(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	struct sim_host host = {.id = 3, .name = "node4", .state = 2, .mon_age_s = 20};
	char *body;

	(void)state;
	sim_set_time(sim, 1000000);
	sim_add_host(sim, &host);
	sim_advance(sim, 100);
	body = ask(sim, "one.hostpool.monitoring", "si", ADMIN, "0", NULL, NULL, NULL);
	assert_non_null(strstr(body, "TIMESTAMP&gt;1000080&lt;"));
	free(body);
	sim_set_host_state(sim, 3, 3);
	sim_advance(sim, 1000);
	body = ask(sim, "one.hostpool.monitoring", "si", ADMIN, "0", NULL, NULL, NULL);
	assert_non_null(strstr(body, "TIMESTAMP&gt;1000080&lt;"));
	free(body);
	body = ask(sim, "one.host.info", "si", ADMIN, "3", NULL, NULL, NULL);
	assert_non_null(strstr(body, " : Error monitoring Host node4 (3): ]]"));
	free(body);
	sim_set_host_state(sim, 3, 2);
	body = ask(sim, "one.host.info", "si", ADMIN, "3", NULL, NULL, NULL);
	assert_non_null(strstr(body, "TIMESTAMP&gt;1001080&lt;"));
	assert_null(strstr(body, "ERROR"));
	free(body);
	sim_free(sim);
}

static void
marks_are_appended_by_name(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	char *body;

	(void)state;
	add_vms(sim, 1, 1);
	free(
	    ask(sim, "one.vm.update", "sisi", ADMIN, "1", "B=\"two words\"\nA=1\n", "1", NULL));
	free(ask(sim, "one.vm.update", "sisi", ADMIN, "1", "A=2", "1", NULL));
	body = ask(sim, "one.vm.info", "si", ADMIN, "1", NULL, NULL, NULL);
	assert_non_null(strstr(body, "USER_TEMPLATE&gt;&lt;A&gt;&lt;![CDATA[2]]&gt;&lt;/A&gt;"
				     "&lt;B&gt;&lt;![CDATA[two words]]&gt;"));
	free(body);
	body = ask(sim, "one.vm.update", "sisi", ADMIN, "1", "A=\"]]>\"", "1", NULL);
	assert_non_null(strstr(body, "<i4>2048</i4>"));
	free(body);
	free(ask(sim, "one.vm.update", "sisi", ADMIN, "1", "C=3", "0", NULL));
	body = ask(sim, "one.vm.info", "si", ADMIN, "1", NULL, NULL, NULL);
	assert_null(strstr(body, "two words"));
	free(body);
	sim_free(sim);
}

/* --- faults ------------------------------------------------------------------------------------ */

/* A pool with ten machines, one fault, asked over the socket. */
static char *
ask_wire(
    struct sim *sim, const char *method, enum sim_fault_kind kind, int64_t arg, size_t *len)
{
	struct sim_fault f = {.kind = kind, .arg = arg, .times = 1};
	bool kill = strcmp(method, "one.vm.action") == 0;
	char *call = kill ? sim_client_call(method, "ssi", ADMIN, "terminate", "3")
			  : sim_client_call(method, "siiii", ADMIN, "-2", "-1", "-1", "-1");
	char *reply;

	if (kind != SIM_FAULT_NONE)
		sim_add_fault(sim, &f);
	reply = sim_client_post(sim_port(sim), "/RPC2", call, strlen(call), len);
	free(call);
	return reply;
}

static size_t
promised(const char *reply)
{
	const char *p = strstr(reply, "Content-Length: ");

	assert_non_null(p);
	return (size_t)strtoul(p + 16, NULL, 10);
}

static size_t
delivered(const char *reply, size_t len)
{
	const char *p = strstr(reply, "\r\n\r\n");

	assert_non_null(p);
	return len - (size_t)(p + 4 - reply);
}

static void
the_wire_breaks_as_asked(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	char *whole, *reply;
	size_t whole_len, len, full;

	(void)state;
	add_vms(sim, 1, 10);
	assert_int_equal(sim_start(sim, NULL, 0, NULL, NULL), 0);
	whole = ask_wire(sim, "one.vmpool.info", SIM_FAULT_NONE, 0, &whole_len);
	full = promised(whole);
	assert_int_equal(strncmp(whole, "HTTP/1.1 200 ", 13), 0);
	assert_non_null(strstr(whole, "Content-Type: text/xml"));
	assert_int_equal(delivered(whole, whole_len), full);

	reply = ask_wire(sim, "one.vmpool.info", SIM_FAULT_CUT, 1000, &len);
	assert_int_equal(promised(reply), full);
	assert_int_equal(delivered(reply, len), 1000);
	free(reply);

	reply = ask_wire(sim, "one.vmpool.info", SIM_FAULT_LENGTH, 7, &len);
	assert_int_equal(promised(reply), full + 7);
	assert_int_equal(delivered(reply, len), full);
	free(reply);

	reply = ask_wire(sim, "one.vmpool.info", SIM_FAULT_SHORT, 900, &len);
	assert_int_equal(promised(reply), 900);
	assert_int_equal(delivered(reply, len), 900);
	free(reply);

	assert_null(ask_wire(sim, "one.vmpool.info", SIM_FAULT_RESET, 0, &len));

	reply = ask_wire(sim, "one.vmpool.info", SIM_FAULT_HUGE, 3, &len);
	assert_int_equal(promised(reply), delivered(reply, len));
	assert_true(delivered(reply, len) > 3 * 1024 * 1024);
	assert_non_null(strstr(reply, "&lt;/VM_POOL&gt;</string>"));
	free(reply);

	reply = ask_wire(sim, "one.vmpool.info", SIM_FAULT_STATUS, 503, &len);
	assert_int_equal(strncmp(reply, "HTTP/1.1 503 ", 13), 0);
	assert_non_null(strstr(reply, "Content-Type: text/html"));
	free(reply);

	reply = ask_wire(sim, "one.vmpool.info", SIM_FAULT_DELAY, 5, &len);
	assert_int_equal(delivered(reply, len), full);
	free(reply);

	free(whole);
	sim_free(sim);
}

static void
a_lost_reply_leaves_the_machine_dead(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	size_t len;

	(void)state;
	add_vms(sim, 1, 10);
	assert_int_equal(sim_start(sim, NULL, 0, NULL, NULL), 0);
	assert_null(ask_wire(sim, "one.vm.action", SIM_FAULT_LOST, 0, &len));
	assert_string_equal(state_of(sim, 3), "DONE");
	assert_int_equal(
	    sim_log_count(sim, "kill accepted vm=3 verb=terminate user=oneadmin"), 1);
	assert_int_equal(sim_log_count(sim, "fault lost hits call 1"), 1);
	sim_free(sim);
}

static void
a_reset_leaves_the_machine_alone(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	size_t len;

	(void)state;
	add_vms(sim, 1, 10);
	assert_int_equal(sim_start(sim, NULL, 0, NULL, NULL), 0);
	assert_null(ask_wire(sim, "one.vm.action", SIM_FAULT_RESET, 0, &len));
	assert_string_equal(state_of(sim, 3), "RUNNING");
	assert_int_equal(sim_log_count(sim, "kill "), 0);
	sim_free(sim);
}

static void
a_stop_ends_replies_that_drip(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	struct sim_fault f = {.kind = SIM_FAULT_DRIP, .arg = 0};
	size_t len;
	char *reply;

	(void)state;
	add_vms(sim, 1, 1);
	assert_int_equal(sim_start(sim, NULL, 0, NULL, NULL), 0);
	sim_add_fault(sim, &f);
	reply = ask_wire(sim, "one.vmpool.info", SIM_FAULT_NONE, 0, &len);
	assert_int_equal(promised(reply), delivered(reply, len)); /* slow, but whole */
	free(reply);
	sim_stop(sim);
	/* and it can start again */
	assert_int_equal(sim_start(sim, NULL, 0, NULL, NULL), 0);
	sim_free(sim);
}

static void
only_loopback_is_bound(void **state)
{
	struct sim *sim = sim_new(SIM_720);

	(void)state;
	assert_int_equal(sim_start(sim, "0.0.0.0", 0, NULL, NULL), -1);
	assert_int_equal(sim_start(sim, "192.0.2.1", 0, NULL, NULL), -1);
	assert_int_equal(sim_start(sim, "::", 0, NULL, NULL), -1);
	assert_int_equal(sim_start(sim, "127.0.0.2", 0, NULL, NULL), 0);
	sim_free(sim);
}

static void
contents_break_as_asked(void **state)
{
	static const struct {
		const char *name;
		struct sim_fault fault;
		const char *has, *lacks;
	} rows[] = {
	    {"HTML", {.kind = SIM_FAULT_HTML}, "<!DOCTYPE html>", "methodResponse"},
	    {"fault", {.kind = SIM_FAULT_FAULT, .arg = -500, .text = "no <way>"},
		"<i4>-500</i4></value></member>\r\n<member><name>faultString</name>\r\n"
		"<value><string>no &lt;way&gt;</string>",
		"VM_POOL"},
	    {"failure", {.kind = SIM_FAULT_FAILURE, .arg = 512, .text = "no"},
		"<boolean>0</boolean></value>\r\n<value><string>[one.vmpool.info] no</string>",
		"VM_POOL"},
	    {"empty", {.kind = SIM_FAULT_EMPTY},
		"<boolean>1</boolean></value>\r\n<value><string>&lt;VM_POOL&gt;&lt;/"
		"VM_POOL&gt;<",
		"ID&gt;"},
	    {"inner", {.kind = SIM_FAULT_INNER, .arg = 100},
		"</string></value>\r\n<value><i4>0</i4>", "/VM_POOL"},
	    {"another method", {.kind = SIM_FAULT_HTML, .method = "one.vm.info"}, "/VM_POOL",
		"DOCTYPE"},
	};
	struct sim *sim;
	char *body;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sim = sim_new(SIM_720);
		add_vms(sim, 1, 3);
		sim_add_fault(sim, &rows[i].fault);
		body = ask_pool(sim, ADMIN, "-1", "-1");
		if (strstr(body, rows[i].has) == NULL || strstr(body, rows[i].lacks) != NULL)
			fail_msg("%s: %.300s", rows[i].name, body);
		free(body);
		sim_free(sim);
	}
}

static void
an_inner_cut_never_splits_an_entity(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	struct sim_fault f = {.kind = SIM_FAULT_INNER, .times = 1};
	const char *p, *end;
	char *body;

	(void)state;
	add_vms(sim, 1, 1);
	for (f.arg = 0; f.arg < 200; f.arg++) {
		sim_add_fault(sim, &f);
		body = ask_pool(sim, ADMIN, "-1", "-1");
		end = strstr(body, "</string>");
		p = strstr(body, "<string>") + 8;
		assert_true(end - p <= f.arg && end - p > f.arg - 5);
		for (; (p = strchr(p, '&')) != NULL && p < end; p++)
			assert_true(memchr(p, ';', (size_t)(end - p)) != NULL);
		free(body);
	}
	sim_free(sim);
}

static void
faults_spare_and_end_as_counted(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	struct sim_fault f = {.kind = SIM_FAULT_HTML, .skip = 2, .times = 2};
	char got[8] = "", *body;
	int i;

	(void)state;
	sim_add_fault(sim, &f);
	for (i = 0; i < 6; i++) {
		body = ask_pool(sim, ADMIN, "-1", "-1");
		got[i] = strstr(body, "DOCTYPE") != NULL ? 'x' : '.';
		free(body);
	}
	assert_string_equal(got, "..xx..");
	f.times = f.skip = 0;
	sim_add_fault(sim, &f);
	sim_clear_faults(sim);
	body = ask_pool(sim, ADMIN, "-1", "-1");
	assert_null(strstr(body, "DOCTYPE"));
	free(body);
	sim_free(sim);
}

/* --- texts, the log, the fleet ------------------------------------------------------------------ */

static void
hostile_names_go_out_as_they_are(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	struct sim_vm v = sim_vm_default(1);
	char *body;

	(void)state;
	v.name = "a<b>&c";
	sim_add_vm(sim, &v);
	v = sim_vm_default(2);
	v.raw_name = "x\x01\xff<i>&y";
	sim_add_vm(sim, &v);
	body = ask_pool(sim, ADMIN, "-1", "-1");
	assert_non_null(strstr(body, "NAME&gt;a&amp;lt;b&amp;gt;&amp;amp;c&lt;/NAME"));
	assert_non_null(strstr(body, "NAME&gt;x\x01\xff&lt;i&gt;&amp;y&lt;/NAME"));
	free(body);
	sim_free(sim);
}

static void
the_log_knows_no_password(void **state)
{
	struct sim *sim = sim_new(SIM_720);
	struct sim_user u = {.id = 6, .name = "reaper", .password = "s3cret", .gid = 101};
	char *log;

	(void)state;
	sim_add_user(sim, &u);
	add_vms(sim, 17, 17);
	free(ask_kill(sim, "reaper:s3cret", "terminate-hard", "17"));
	free(ask_kill(sim, "reaper:wr0ng", "terminate-hard", "17"));
	u.may_manage = true;
	sim_add_user(sim, &u);
	free(ask_kill(sim, "reaper:s3cret", "terminate-hard", "17"));
	log = sim_log_text(sim, "");
	assert_string_equal(log,
	    "kill refused vm=17 verb=terminate-hard user=reaper code=512\n"
	    "call 1 one.vm.action user=reaper params=terminate-hard,17 -> error 512\n"
	    "call 2 one.vm.action user=- params=terminate-hard,17 -> error 256\n"
	    "state vm=17 RUNNING -> DONE at=1795417600\n"
	    "kill accepted vm=17 verb=terminate-hard user=reaper\n"
	    "call 3 one.vm.action user=reaper params=terminate-hard,17 -> ok\n");
	free(log);
	sim_free(sim);
}

static void
a_fleet_is_always_the_same(void **state)
{
	struct sim *a = sim_new(SIM_720), *b = sim_new(SIM_720);
	static const struct {
		const char *part;
		int count;
	} rows[] = {{"&lt;LCM_STATE&gt;16&lt;", 15}, {"&lt;STATE&gt;8&lt;", 15},
	    {"&lt;LCM_STATE&gt;3&lt;", 960}};
	char *one, *two, *p;
	size_t i;
	int n;

	(void)state;
	sim_add_fleet(a, 1000);
	sim_add_fleet(b, 1000);
	one = ask_pool(a, ADMIN, "-1", "-1");
	two = ask_pool(b, ADMIN, "-1", "-1");
	assert_string_equal(one, two);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (n = 0, p = one; (p = strstr(p, rows[i].part)) != NULL; p++)
			n++;
		assert_int_equal(n, rows[i].count);
	}
	/* about as large as recorded: 25.8 MB for 10,122 machines */
	assert_in_range(strlen(one), 2300000, 2900000);
	free(one);
	free(two);
	one = ask(a, "one.vmpool.infoextended", "siiii", ADMIN, "-2", "-1", "-1", "-2");
	assert_in_range(strlen(one), 6200000, 8000000); /* 70.2 MB for 10,122 */
	free(one);
	sim_free(a);
	sim_free(b);
}

/* --- scenarios ---------------------------------------------------------------------------------- */

static void
a_scenario_builds_a_cloud(void **state)
{
	static const char *const lines[] = {"# a comment", "", "time 1795417600",
	    "user oneadmin newpass", "user alice pw id=2 gid=100 group=biotech sees=none",
	    "user reaper rpw sees=vms manage attr=VMREAPER_CLOUD:demo", "host node1 mon=30",
	    "host node2 state=3 mon=@1795410000 error=\"no answer\" zombies=5,6",
	    "network public id=7",
	    "vm 17 name=\"two words\" owner=alice state=UNKNOWN host=node2 created=-3600 "
	    "nic=public:10.0.0.5,ula=fd00::5 nic=public:10.0.0.6,alias disk=persistent:2048 "
	    "disk=source:pdisk:h:8445:u labels=a,b attr=REAPER_KEEP:YES service=3 lock=2 "
	    "guest=10.0.0.9 sched=terminate@+600 kill=late:60 at=+600:RUNNING "
	    "history=node1:7200:5000 raw-name=\"x\\x01\"",
	    "vm 18 state=3/36 disk=none", "lock 18 1", "plan 18 5 RUNNING",
	    "fault one.vm.info cut 100 times=1 skip=5 text=\"a b\""};
	static const char *const parts[] = {"&lt;UNAME&gt;alice&lt;", "&lt;NAME&gt;x\x01&lt;",
	    "&lt;LCM_STATE&gt;16&lt;", "&lt;STIME&gt;1795414000&lt;", "CDATA[fd00::5]",
	    "NETWORK_ID&gt;&lt;![CDATA[7]", "&lt;NIC_ALIAS&gt;", "CDATA[pdisk:h:8445:u]",
	    "PERSISTENT&gt;&lt;![CDATA[YES]", "SIZE&gt;&lt;![CDATA[2048]",
	    "LABELS&gt;&lt;![CDATA[a,b]", "REAPER_KEEP&gt;&lt;![CDATA[YES]",
	    "SERVICE_ID&gt;&lt;![CDATA[3]", "LOCKED&gt;2&lt;",
	    "GUEST_IP&gt;&lt;![CDATA[10.0.0.9]", "TIME&gt;1795418200&lt;",
	    "&lt;SEQ&gt;1&lt;/SEQ&gt;&lt;HOSTNAME&gt;node2&lt;"};
	struct sim *sim = sim_new(SIM_720);
	char err[256], *body;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (sim_scenario_line(sim, lines[i], NULL, err, sizeof(err)) != 0)
			fail_msg("%s: %s", lines[i], err);
	body = ask(sim, "one.vm.info", "si", "oneadmin:newpass", "17", NULL, NULL, NULL);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(body, parts[i]) == NULL)
			fail_msg("no \"%s\" in %s", parts[i], body);
	free(body);
	body = ask(sim, "one.user.info", "si", "reaper:rpw", "-1", NULL, NULL, NULL);
	assert_non_null(strstr(body, "VMREAPER_CLOUD&gt;&lt;![CDATA[demo]"));
	free(body);
	sim_advance(sim, 600);
	assert_string_equal(state_of(sim, 17), "RUNNING");
	assert_string_equal(state_of(sim, 18), "RUNNING");
	sim_free(sim);
}

static void
a_scenario_says_what_it_does_not_understand(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
	    {"vmm 1", "what is \"vmm\"?"},
	    {"vm x", "vm ID ..."},
	    {"vm 1 colour=red", "vm: what is \"colour=red\"?"},
	    {"vm 1 state=NOWHERE", "no state \"NOWHERE\" in this era"},
	    {"vm 1 owner=nobody", "owner: no user \"nobody\""},
	    {"vm 1 host=nowhere", "no host \"nowhere\""},
	    {"vm 1 name=\"open", "a quote is not closed"},
	    {"vm 1 kill=softly", "kill: no way \"softly\""},
	    {"vm 1 disk=floppy", "disk: no kind \"floppy\", or too many"},
	    {"state 99 RUNNING", "state ID ..., with a machine that is there"},
	    {"fault * explode", "no fault \"explode\""},
	    {"advance soon", "\"soon\" is not a number"},
	    {"era 3.2.1", "era stands in a file's first line: 7.2.0, 3.2.1 or 2.2"},
	    {"log", "log is a command, not part of a scenario"},
	};
	struct sim *sim = sim_new(SIM_720);
	char err[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    sim_scenario_line(sim, rows[i].line, NULL, err, sizeof(err)), -1);
		assert_string_equal(err, rows[i].why);
	}
	assert_int_equal(sim_count(sim, -2), 0);
	sim_free(sim);
}

static void
a_scenario_file_names_its_bad_line(void **state)
{
	char name[] = "/tmp/vmsim-test-XXXXXX", err[512], want[512];
	int fd = mkstemp(name);
	static const char text[] = "era 3.2.1\nhost node1\nvm 1 state=POWEROFF\n";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	assert_null(sim_scenario_read(name, err, sizeof(err)));
	snprintf(want, sizeof(want), "%s:3: no state \"POWEROFF\" in this era", name);
	assert_string_equal(err, want);
	unlink(name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_as_each_era_does),
	    cmocka_unit_test(terminating_between_pages_shifts_them),
	    cmocka_unit_test(accounts_see_what_they_may),
	    cmocka_unit_test(kills_end_as_they_are_told_to),
	    cmocka_unit_test(changes_happen_at_their_time_in_order),
	    cmocka_unit_test(a_host_that_fails_freezes_its_time),
	    cmocka_unit_test(marks_are_appended_by_name),
	    cmocka_unit_test(the_wire_breaks_as_asked),
	    cmocka_unit_test(a_lost_reply_leaves_the_machine_dead),
	    cmocka_unit_test(a_reset_leaves_the_machine_alone),
	    cmocka_unit_test(a_stop_ends_replies_that_drip),
	    cmocka_unit_test(only_loopback_is_bound),
	    cmocka_unit_test(contents_break_as_asked),
	    cmocka_unit_test(an_inner_cut_never_splits_an_entity),
	    cmocka_unit_test(faults_spare_and_end_as_counted),
	    cmocka_unit_test(hostile_names_go_out_as_they_are),
	    cmocka_unit_test(the_log_knows_no_password),
	    cmocka_unit_test(a_fleet_is_always_the_same),
	    cmocka_unit_test(a_scenario_builds_a_cloud),
	    cmocka_unit_test(a_scenario_says_what_it_does_not_understand),
	    cmocka_unit_test(a_scenario_file_names_its_bad_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
