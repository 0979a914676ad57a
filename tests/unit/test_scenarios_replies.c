/* SPDX-License-Identifier: ISC */
/*
 * The scenarios 45 and 46 of reapers.md D.2: every shape of reply, and every trick with XML. The number is in the
 * name of the test.
 */
#include <sys/resource.h>

#include "ripe.h"
#include "scenario.h"

/* --- 45: replies ---------------------------------------------------------------------------------------------------- */

static const char fault_body[] =
    "<methodResponse><fault><value><struct><member><name>faultCode</name><value><i4>-503</i4>"
    "</value></member><member><name>faultString</name><value><string>busy</string></value></"
    "member>"
    "</struct></value></fault></methodResponse>";
static const char html_body[] = "<!DOCTYPE html><html><body>It works!</body></html>";

/* The listing comes in an envelope that a daemon of some version sends: it is read. */
static void
s45_envelopes_that_are_read(void **state)
{
	static const struct {
		const char *name;
		struct forge g;
	} rows[] = {
	    {"2 members",
		{.head = OPEN YES "<value><string>", .tail = "</string></value>" CLOSE}},
	    {"3 members",
		{.head = OPEN YES "<value><string>", .tail = "</string></value>" MORE CLOSE}},
	    {"4 members", {.head = OPEN YES "<value><string>",
			      .tail = "</string></value>" MORE INT("i4", "-1") CLOSE}},
	    {"5 members",
		{.head = OPEN YES "<value><string>",
		    .tail = "</string></value>" MORE INT("i4", "-1") INT("i8", "-1") CLOSE}},
	    {"bare text", {.head = OPEN YES "<value>", .tail = "</value>" MORE CLOSE}},
	    {"<int>", {.head = OPEN YES "<value><string>",
			  .tail = "</string></value>" INT("int", "0") CLOSE}},
	    {"<i8>", {.head = OPEN YES "<value><string>",
			 .tail = "</string></value>" INT("i8", "0") CLOSE}},
	    {"chunked", {.chunked = true}},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct forger *g = ripe(&w, SIM_720);
		struct forge forge = rows[i].g;

		forge.method = POOL;
		forger_set(g, &forge);
		sweep(&w, true);
		if (w.rc != 0 || forge.hits == 0 || sent(&w) != 1)
			fail_msg("%s: rc %d, %s", rows[i].name, w.rc, w.f.msg);
		ripe_end(&w, g);
	}
}

/* Answers to the listing that are none: exit 3, nobody killed, nothing forgotten. */
static void
s45_listings_that_are_refused(void **state)
{
	static const struct {
		const char *name;
		struct forge g;
	} rows[] = {
	    {"[true] only", {.body = OPEN YES CLOSE}},
	    {"[true, <int>]", {.body = OPEN YES INT("int", "7") CLOSE}},
	    {"[true, <i4>]", {.body = OPEN YES INT("i4", "7") CLOSE}},
	    {"[true, <i8>]", {.body = OPEN YES INT("i8", "7") CLOSE}},
	    {"bare text that is no document", {.body = OPEN YES "<value>ok</value>" CLOSE}},
	    {"bool as \"true\"",
		{.head = OPEN "<value><boolean>true</boolean></value><value><string>",
		    .tail = "</string></value>" CLOSE}},
	    {"bool as a string", {.head = OPEN STR("true") "<value><string>",
				     .tail = "</string></value>" CLOSE}},
	    {"bool as an int", {.head = OPEN INT("i4", "1") "<value><string>",
				   .tail = "</string></value>" CLOSE}},
	    {"an empty array", {.body = OPEN CLOSE}},
	    {"[false], error missing", {.body = OPEN NO CLOSE}},
	    {"[false, text]", {.body = OPEN NO STR("no") CLOSE}},
	    {"fault", {.body = fault_body}},
	    {"200 with HTML", {.body = html_body}},
	    {"an empty body", {.body = ""}},
	    {"301", {.body = html_body,
			.status = "301 Moved Permanently",
			.headers = "Location: http://127.0.0.1:1/RPC2\r\n"}},
	    {"302", {.body = html_body,
			.status = "302 Found",
			.headers = "Location: http://127.0.0.1:1/RPC2\r\n"}},
	    {"302 with the listing in it",
		{.status = "302 Found", .headers = "Location: /\r\n"}},
	    {"401", {.body = html_body,
			.status = "401 Unauthorized",
			.headers = "WWW-Authenticate: Basic realm=\"x\"\r\n"}},
	    {"401 with the listing in it", {.status = "401 Unauthorized"}},
	    {"503", {.body = html_body,
			.status = "503 Service Unavailable",
			.headers = "Retry-After: 1\r\n"}},
	    {"503 with the listing in it", {.status = "503 Service Unavailable"}},
	    {"204", {.body = "", .status = "204 No Content"}},
	    {"length too long", {.length_lie = 10}},
	    {"length too short", {.length_lie = -200}},
	    {"closed half-way", {.cut = 3000}},
	    {"closed after the headers", {.cut = 1}},
	};
	struct forger *g;
	struct world w;

	(void)state;
	g = ripe(&w, SIM_720);
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct forge forge = rows[i].g;
		size_t before = forger_calls(g);

		forge.method = POOL;
		forger_set(g, &forge);
		sweep(&w, true);
		assert_true(forge.hits > 0);
		expect_refused(&w, rows[i].name);
		assert_non_null(strstr(w.f.msg, POOL)); /* says which call */
		assert_true(
		    forger_calls(g) - before < 20); /* and neither follows nor insists */
		forger_set(g, NULL);
	}
	w.p->reap.cool_down_s = 0; /* the cloud was not well a moment ago */
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	ripe_end(&w, g);
}

/* Answers to the kill itself: what is read as yes, as no, and as nothing that can be known. */
static void
s45_answers_to_a_kill(void **state)
{
	static const struct {
		const char *name;
		struct forge g;
		enum outcome want;
	} rows[] = {
	    {"[true] only (2.2)", {.body = OPEN YES CLOSE}, OUTCOME_DONE},
	    {"[true, <int>]", {.body = OPEN YES INT("int", "1") CLOSE}, OUTCOME_DONE},
	    {"[true, <i4>]", {.body = OPEN YES INT("i4", "1") CLOSE}, OUTCOME_DONE},
	    {"[true, <i8>]", {.body = OPEN YES INT("i8", "1") CLOSE}, OUTCOME_DONE},
	    {"[true, bare]", {.body = OPEN YES "<value>1</value>" MORE CLOSE}, OUTCOME_DONE},
	    {"5 members",
		{.body = OPEN YES INT("i4", "1") MORE INT("i4", "-1") INT("i8", "-1") CLOSE},
		OUTCOME_DONE},
	    {"chunked", {.chunked = true}, OUTCOME_DONE},
	    /* none of these says that it was not done: a follower's fault may come after its leader's work */
	    {"[false]", {.body = OPEN NO CLOSE, .ignore = true}, OUTCOME_IN_DOUBT},
	    {"[false, text]", {.body = OPEN NO STR("no") CLOSE, .ignore = true},
		OUTCOME_IN_DOUBT},
	    {"fault", {.body = fault_body, .ignore = true}, OUTCOME_IN_DOUBT},
	    {"bool as \"true\"", {.body = OPEN "<value><boolean>true</boolean></value>" CLOSE},
		OUTCOME_IN_DOUBT},
	    {"HTML", {.body = html_body}, OUTCOME_IN_DOUBT},
	    {"302",
		{.body = html_body,
		    .status = "302 Found",
		    .headers = "Location: http://127.0.0.1:1/RPC2\r\n"},
		OUTCOME_IN_DOUBT},
	    {"401", {.body = html_body, .status = "401 Unauthorized"}, OUTCOME_IN_DOUBT},
	    {"503", {.body = html_body, .status = "503 Service Unavailable"}, OUTCOME_IN_DOUBT},
	    {"length too long", {.length_lie = 10}, OUTCOME_IN_DOUBT},
	    {"length too short", {.length_lie = -40}, OUTCOME_IN_DOUBT},
	    {"cut", {.cut = 60}, OUTCOME_IN_DOUBT},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct forger *g = ripe(&w, SIM_720);
		struct forge forge = rows[i].g;

		forge.method = ACTION;
		forger_set(g, &forge);
		sweep(&w, true);
		if (outcome_of(&w, 1) != rows[i].want || forge.hits != 1)
			fail_msg("%s: %s, %zu calls", rows[i].name,
			    outcome_str(outcome_of(&w, 1)), forge.hits);
		/* a doubt is an alarm, and no reason to send again */
		forge.method = "none";
		later(&w, 900);
		sweep(&w, true);
		if (rows[i].want == OUTCOME_IN_DOUBT)
			assert_int_equal(sent(&w), rows[i].g.ignore ? 0 : 1);
		assert_true(sim_log_count(w.sim, "kill accepted") <= 1);
		ripe_end(&w, g);
	}
}

static long
resident_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void
s45_a_byte_at_a_time(void **state)
{
	const struct sim_fault slow = {.kind = SIM_FAULT_DRIP, .method = POOL, .arg = 1000};
	struct forger *g;
	struct world w;
	char url[64];

	(void)state;
	g = ripe(&w, SIM_720);
	w.p->cloud.endpoint = sim_url(w.sim, url, sizeof(url));
	w.p->cloud.timeout_ms = 1500;
	sim_add_fault(w.sim, &slow);
	sweep(&w, true);
	expect_refused(&w, "a byte a second");
	assert_int_equal(w.f.kind, FAULT_NETWORK);
	ripe_end(&w, g);
}

/* 1 GiB, in an answer that may be long and in one that may not. */
static void
s45_a_body_of_a_gibibyte(void **state)
{
	static const struct {
		const char *method;
		enum fault_kind
		    kind; /* NONE: the time-out or the bound, whichever comes first */
	} rows[] = {{"one.system.version", FAULT_LIMIT}, {"one.user.info", FAULT_REPLY},
	    {POOL, FAULT_NONE}};
	struct forger *g;
	struct world w;
	long before;

	(void)state;
	g = ripe(&w, SIM_720);
	w.p->cloud.timeout_ms = 5000;
	before = resident_kib();
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct forge huge = {.method = rows[i].method,
		    .head = OPEN YES "<value><string>&lt;VM_POOL&gt;&lt;VM&gt;&lt;NAME&gt;",
		    .tail = "&lt;/NAME&gt;&lt;/VM&gt;&lt;/VM_POOL&gt;</string></value>" CLOSE,
		    .fill = INT64_C(1) << 30};

		forger_set(g, &huge);
		sweep(&w, true);
		expect_refused(&w, rows[i].method);
		if (rows[i].kind != FAULT_NONE)
			assert_int_equal(w.f.kind, rows[i].kind);
		forger_set(g, NULL);
	}
	assert_true(resident_kib() - before < 256 * 1024);
	ripe_end(&w, g);
}

/* --- 46: documents ------------------------------------------------------------------------------------------------------- */

/* Each replaces the name of machine 1 in the listing: the listing is refused. */
static void
s46_documents_that_are_refused(void **state)
{
#define DOC(s)                                          \
	{                                               \
		.find = "&lt;VM_POOL&gt;", .replace = s \
	}
#define NAME(s)                                                                    \
	{                                                                          \
		.find = "&lt;NAME&gt;vm-1&lt;", .replace = "&lt;NAME&gt;" s "&lt;" \
	}
	static const struct {
		const char *name;
		struct forge g;
	} rows[] = {
	    {"DOCTYPE", DOC("&lt;!DOCTYPE VM_POOL&gt;&lt;VM_POOL&gt;")},
	    {"entity bomb",
		DOC("&lt;!DOCTYPE VM_POOL [&lt;!ENTITY a \"aaaaaaaaaa\"&gt;&lt;!ENTITY b "
		    "\"&amp;a;&amp;a;&amp;a;&amp;a;\"&gt;&lt;!ENTITY c "
		    "\"&amp;b;&amp;b;&amp;b;\"&gt;]"
		    "&gt;&lt;VM_POOL&gt;&lt;X&gt;&amp;c;&lt;/X&gt;")},
	    {"external entity",
		DOC("&lt;!DOCTYPE VM_POOL [&lt;!ENTITY x SYSTEM \"file:///etc/passwd\"&gt;]&gt;"
		    "&lt;VM_POOL&gt;&lt;X&gt;&amp;x;&lt;/X&gt;")},
	    {"entity that nobody declared", NAME("&amp;nbsp;")},
	    {"unescaped &", NAME("R&amp; D")},
	    {"unescaped <", NAME("a &lt; b")},
	    {"nested 100 deep",
#define DEEP10                                                                               \
	"&lt;D&gt;&lt;D&gt;&lt;D&gt;&lt;D&gt;&lt;D&gt;&lt;D&gt;&lt;D&gt;&lt;D&gt;&lt;D&gt;&" \
	"lt;D&gt;"
#define UP10                                                                          \
	"&lt;/D&gt;&lt;/D&gt;&lt;/D&gt;&lt;/D&gt;&lt;/D&gt;&lt;/D&gt;&lt;/D&gt;&lt;/" \
	"D&gt;&lt;/D&gt;&lt;/D&gt;"
		DOC("&lt;VM_POOL&gt;" DEEP10 DEEP10 DEEP10 DEEP10 DEEP10 DEEP10 DEEP10 DEEP10
			DEEP10 DEEP10 UP10 UP10 UP10 UP10 UP10 UP10 UP10 UP10 UP10 UP10)},
	};
	struct forger *g;
	struct world w;

	(void)state;
	g = ripe(&w, SIM_720);
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct forge forge = rows[i].g;

		forge.method = POOL;
		forger_set(g, &forge);
		sweep(&w, true);
		expect_refused(&w, rows[i].name);
		assert_null(strstr(w.f.msg, "root:"));
	}
	forger_set(g, NULL);
	w.p->reap.cool_down_s = 0; /* the cloud was not well a moment ago */
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	ripe_end(&w, g);
}

/* Only the right path is read. VETO_COUNT: what was put there changes nothing, and it is killed. */
static void
s46_only_the_right_path_is_read(void **state)
{
	static const struct {
		struct parts p;
		enum veto want;
	} rows[] = {
	    {{.name = "CDATA", .machine = "<![CDATA[<STATE>3</STATE>]]>"}, VETO_COUNT},
	    {{.name = "comments inside text",
		 .state =
		     "<STATE><!-- 6 -->3<!-- 3 --></STATE><LCM_STATE>1<!-- x -->6</LCM_STATE>"},
		VETO_COUNT},
	    {{.name = "a comment is no state",
		 .state = "<STATE>3</STATE><!-- <LCM_STATE>16"
			  "</LCM_STATE> -->"},
		VETO_UNRECOGNISED},
	    {{.name = "invalid UTF-8",
		 .machine = "a\xff\xfe"
			    "b\xc3"},
		VETO_NOT_READ},
	    {{.name = "control bytes", .machine = "a\x01\x1b[31m"}, VETO_NOT_READ},
	    {{.name = "duplicate STATE",
		 .state = "<STATE>3</STATE><STATE>3</STATE><LCM_STATE>16</LCM_STATE>"},
		VETO_UNRECOGNISED},
	    {{.name = "duplicate LCM_STATE",
		 .state = "<STATE>3</STATE><LCM_STATE>3</LCM_STATE><LCM_STATE>16</LCM_STATE>"},
		VETO_UNRECOGNISED},
	    {{.name = "duplicate LOCK",
		 .vm = "<LOCK><LOCKED>1</LOCKED></LOCK><LOCK>"
		       "<LOCKED>0</LOCKED></LOCK>"},
		VETO_UNRECOGNISED},
	    {{.name = "a tenant's STATE", .user = "<STATE>6</STATE><LCM_STATE>3</LCM_STATE>"},
		VETO_COUNT},
	    {{.name = "a tenant's nested STATE",
		 .user = "<X><VM><STATE>6</STATE><LCM_STATE>3</LCM_STATE></VM></X>"},
		VETO_COUNT},
	    {{.name = "a tenant says UNKNOWN",
		 .state = "<STATE>3</STATE><LCM_STATE>3</LCM_STATE>",
		 .user = "<STATE>3</STATE><LCM_STATE>16</LCM_STATE>"},
		VETO_NOT_REAPABLE},
	    {{.name = "a tenant's attribute LOCK", .user = "<LOCK>yes</LOCK>"}, VETO_COUNT},
	    {{.name = "a tenant's nested LOCK", .user = "<LOCK><LOCKED>1</LOCKED></LOCK>"},
		VETO_COUNT},
	    {{.name = "a tenant's LOCKED 0 does not unlock",
		 .vm = "<LOCK><LOCKED>1</LOCKED></LOCK>",
		 .user = "<LOCK><LOCKED>0</LOCKED></LOCK>"},
		VETO_LOCKED},
	    {{.name = "a tenant's HISTORY_RECORDS",
		 .user = "<HISTORY_RECORDS><HISTORY><HID>5</HID></HISTORY></HISTORY_RECORDS>"},
		VETO_COUNT},
	    {{.name = "a tenant's ID and UID", .user = "<ID>43</ID><UID>0</UID>"}, VETO_COUNT},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct fleet *f = fleet_of_parts(&rows[i].p);

		expect_veto(f, rows[i].p.name, rows[i].want);
		assert_int_equal(f->vms[0].id, 42);
		fleet_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s45_envelopes_that_are_read),
	    cmocka_unit_test(s45_listings_that_are_refused),
	    cmocka_unit_test(s45_answers_to_a_kill),
	    cmocka_unit_test(s45_a_byte_at_a_time),
	    cmocka_unit_test(s45_a_body_of_a_gibibyte),
	    cmocka_unit_test(s46_documents_that_are_refused),
	    cmocka_unit_test(s46_only_the_right_path_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
