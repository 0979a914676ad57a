/* SPDX-License-Identifier: ISC */
/*
 * launch_* against the simulated cloud in both recorded eras, over real sockets on loopback: what is sent, that it is
 * sent once, what each kind of answer means, templates by name, whose machines a listing holds.
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
#include "cloud/launch.h"
#include "sim.h"

#define PASSWORD "sesame"
#define PLAIN	 "NAME=one\nCPU=1\nMEMORY=64\nNIC=[NETWORK=public]\n"

/* A simulated cloud, alice's open door to it, and memory. */
struct bed {
	struct sim *sim;
	struct cloud *cloud;
	const struct era *era;
	struct arena *a;
	struct cloud_config config;
	char url[64];
};

static void
user_add(struct bed *b, int id, const char *name, int quota_vms, bool may_not_create)
{
	const struct sim_user u = {.id = id,
	    .name = name,
	    .password = PASSWORD,
	    .gid = 1,
	    .gname = "users",
	    .quota_vms = quota_vms,
	    .may_not_create = may_not_create};

	sim_add_user(b->sim, &u);
}

static void
template_add(
    struct bed *b, int id, const char *name, int uid, const char *uname, bool everybody)
{
	const struct sim_template t = {.id = id,
	    .name = name,
	    .text = PLAIN,
	    .uid = uid,
	    .gid = 1,
	    .uname = uname,
	    .gname = "users",
	    .everybody = everybody};

	sim_add_template(b->sim, &t);
}

static void
bed_start(struct bed *b, enum sim_era era, const char *version)
{
	const struct sim_host host = {.name = "node1", .state = 2, .mon_age_s = 20};
	const struct sim_image image = {.id = 3, .name = "private"};
	struct fault f;

	memset(b, 0, sizeof(*b));
	b->sim = sim_new(era);
	sim_add_host(b->sim, &host);
	sim_add_image(b->sim, &image);
	sim_add_network(b->sim, "public", 0, "10.77.1.10", 2);
	user_add(b, 7, "alice", 0, false);
	assert_int_equal(sim_start(b->sim, NULL, 0, NULL, NULL), 0);
	b->config = (struct cloud_config){.endpoint = sim_url(b->sim, b->url, sizeof(b->url)),
	    .session = "alice:" PASSWORD,
	    .version = version,
	    .connect_timeout_ms = 2000,
	    .timeout_ms = 5000,
	    .page = 100,
	    .max_machines = 1000};
	b->era = era_by_version(version);
	assert_non_null(b->era);
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

static const struct {
	enum sim_era sim;
	const char *version;
} both[] = {{SIM_720, "7.2.0"}, {SIM_321, "3.2.1"}};
#define BOTH (sizeof(both) / sizeof(both[0]))

/* --- what is sent ------------------------------------------------------------------------ */

/* Method and types of a recorded request, as sim_shapes writes them. */
static void
recorded_shape(const char *file, char out[128])
{
	const char *top = getenv("top_srcdir"), *p, *end;
	char path[512], text[8192] = "";
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/tests/data/sim/%s.request.xml",
	    top != NULL ? top : ".", file);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	p = strstr(text, "<methodName>");
	assert_non_null(p);
	p += strlen("<methodName>");
	end = strchr(p, '<');
	n = (size_t)snprintf(out, 128, "%.*s ", (int)(end - p), p);
	for (p = end; (p = strstr(p, "<value><")) != NULL; p++)
		out[n++] = p[strlen("<value><")];
	snprintf(out + n, 128 - n, "\n");
}

static void
requests_are_as_recorded(void **state)
{
	static const struct {
		size_t bed;
		const char *allocate, *instantiate;
	} rows[] = {
	    {0, "7.2.0/088-one.vm.allocate-as-alice", "7.2.0/237-one.template.instantiate"},
	    {1, "3.2.1/050-one.vm.allocate-as-user", "3.2.1/114-one.template.instantiate"},
	};
	char want[128], *shapes;
	struct bed b;
	struct fault f;
	int64_t id;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		bed_start(&b, both[rows[i].bed].sim, both[rows[i].bed].version);
		template_add(&b, 4, "tpl", 0, "oneadmin", true);
		assert_int_equal(launch_allocate(b.cloud, b.era, PLAIN, &id, &f), LAUNCH_DONE);
		assert_int_equal(id, 0);
		assert_int_equal(
		    launch_instantiate(b.cloud, b.era, 4, "x", "", &id, &f), LAUNCH_DONE);
		assert_int_equal(id, 1);
		shapes = sim_shapes(b.sim);
		recorded_shape(rows[i].allocate, want);
		if (strstr(shapes, want) == NULL)
			fail_msg("recorded %s sent:\n%s", want, shapes);
		recorded_shape(rows[i].instantiate, want);
		if (strstr(shapes, want) == NULL)
			fail_msg("recorded %s sent:\n%s", want, shapes);
		free(shapes);
		/* values: nothing on hold, nothing persistent */
		assert_int_equal(
		    sim_log_count(b.sim, i == 0 ? "instantiate user=alice params=4,x,0,,0 -> ok"
						: "instantiate user=alice params=4,x -> ok"),
		    1);
		bed_stop(&b);
	}
}

static void
parameters_follow_the_era(void **state)
{
	static const struct {
		const char *version, *allocate, *instantiate; /* NULL: refused unsent */
	} rows[] = {
	    {"2.2", "one.vm.allocate ss\n", NULL},
	    {"3.0.0", "one.vm.allocate ss\n", "one.template.instantiate sis\n"},
	    {"3.6.0", "one.vm.allocate ss\n", "one.template.instantiate sis\n"},
	    {"3.8.1", "one.vm.allocate ssb\n", "one.template.instantiate sisbs\n"},
	    {"4.2.0", "one.vm.allocate ssb\n", "one.template.instantiate sisbs\n"},
	    {"4.14.2", "one.vm.allocate ssb\n", "one.template.instantiate sisbs\n"},
	    {"5.0.1", "one.vm.allocate ssb\n", "one.template.instantiate sisbsb\n"},
	    {"5.12.0", "one.vm.allocate ssb\n", "one.template.instantiate sisbsb\n"},
	    {"6.10.0", "one.vm.allocate ssb\n", "one.template.instantiate sisbsb\n"},
	    {"7.4.0", "one.vm.allocate ssb\n", "one.template.instantiate sisbsb\n"},
	};
	enum launch_reply reply;
	struct bed b;
	struct fault f;
	char *shapes;
	int64_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* 7.2.0 takes any of them: what is newer than the caller has a default */
		bed_start(&b, SIM_720, rows[i].version);
		template_add(&b, 4, "tpl", 0, "oneadmin", true);
		assert_int_equal(launch_allocate(b.cloud, b.era, PLAIN, &id, &f), LAUNCH_DONE);
		reply = launch_instantiate(b.cloud, b.era, 4, "x", "", &id, &f);
		shapes = sim_shapes(b.sim);
		assert_non_null(strstr(shapes, rows[i].allocate));
		if (rows[i].instantiate == NULL) {
			assert_int_equal(reply, LAUNCH_REFUSED);
			assert_null(strstr(shapes, "instantiate"));
			assert_non_null(strstr(f.msg, "2.2"));
			assert_int_equal(
			    launch_find_template(b.cloud, b.a, b.era, "tpl", &id, &f), -1);
		} else if (reply != LAUNCH_DONE ||
			   strstr(shapes, rows[i].instantiate) == NULL) {
			fail_msg(
			    "%s: %s: %s", rows[i].version, launch_reply_str(reply), shapes);
		}
		free(shapes);
		bed_stop(&b);
	}
}

/* An era that cannot merge says so before it sends: the canary's token would be lost without a word. */
static void
what_an_era_cannot_do_is_not_sent(void **state)
{
	struct bed b;
	struct fault f;
	int64_t id = 5;

	(void)state;
	bed_start(&b, SIM_321, "3.2.1");
	template_add(&b, 4, "tpl", 0, "oneadmin", true);
	assert_int_equal(
	    launch_instantiate(b.cloud, b.era, 4, "x", "TOKEN=1", &id, &f), LAUNCH_REFUSED);
	assert_int_equal(id, -1);
	assert_int_equal(launch_allocate(b.cloud, NULL, PLAIN, &id, &f), LAUNCH_REFUSED);
	assert_int_equal(f.kind, FAULT_POLICY);
	assert_int_equal(
	    launch_instantiate(b.cloud, NULL, 4, "x", "", &id, &f), LAUNCH_REFUSED);
	assert_int_equal(launch_find_template(b.cloud, b.a, NULL, "tpl", &id, &f), -1);
	assert_int_equal(sim_log_count(b.sim, "call"), 0);
	bed_stop(&b);
}

static void
what_cannot_be_sent_is_not_sent(void **state)
{
	static const struct {
		const char *name, *text, *says;
	} rows[] = {
	    {"\x1b[31mred", "NAME=\x1b[31mred", "control character"},
	    {"caf\xe9", "NAME=caf\xe9", "UTF-8"},
	};
	char *big = malloc(70000);
	struct bed b;
	struct fault f;
	int64_t id;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 69999);
	big[69999] = '\0';
	bed_start(&b, SIM_720, "7.2.0");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
		    launch_allocate(b.cloud, b.era, rows[i].text, &id, &f), LAUNCH_NOT_SENT);
		assert_non_null(strstr(f.msg, rows[i].says));
		assert_int_equal(
		    launch_instantiate(b.cloud, b.era, 4, rows[i].name, "", &id, &f),
		    LAUNCH_NOT_SENT);
		assert_non_null(strstr(f.msg, rows[i].says));
		assert_int_equal(
		    launch_instantiate(b.cloud, b.era, 4, "", rows[i].text, &id, &f),
		    LAUNCH_NOT_SENT);
	}
	assert_int_equal(launch_allocate(b.cloud, b.era, big, &id, &f), LAUNCH_NOT_SENT);
	assert_int_equal(
	    launch_instantiate(b.cloud, b.era, 4, big, "", &id, &f), LAUNCH_NOT_SENT);
	assert_int_equal(sim_log_count(b.sim, "call"), 0);
	/* what is long but allowed arrives, escaped */
	memset(big, '&', 60000);
	memcpy(big, "MEMORY=1\nX=\"", 12);
	memcpy(big + 20000, "\"\n", 3);
	assert_int_equal(launch_allocate(b.cloud, b.era, big, &id, &f), LAUNCH_DONE);
	sim_stop(b.sim);
	assert_int_equal(launch_allocate(b.cloud, b.era, PLAIN, &id, &f), LAUNCH_NOT_SENT);
	assert_int_equal(f.kind, FAULT_NETWORK);
	assert_int_equal(sim_log_count(b.sim, "one.vm.allocate"), 1);
	bed_stop(&b);
	free(big);
}

static void
connection_open(struct bed *b)
{
	struct fault f;
	struct vm *vms;
	size_t n;

	assert_int_equal(launch_list(b->cloud, b->a, b->era, LAUNCH_MINE, &vms, &n, &f), 0);
}

/* --- what an answer means ---------------------------------------------------------------- */

#define VALUE(v)                                                                     \
	"<?xml version=\"1.0\"?><methodResponse><params><param><value><array><data>" \
	"<value><boolean>1</boolean></value>" v                                      \
	"</data></array></value></param></params></methodResponse>"

#define L50  "a long story of what did not go well in this cloud "
#define L100 L50 L50
static const struct answer {
	const char *name, *text;
	struct sim_fault fault;
	enum launch_reply reply;
	enum fault_kind kind;
	const char *remedy; /* holds this */
	size_t accepted; /* by the cloud */
	int only; /* an index into both, or -1 */
} answers[] = {
    {"accepted", PLAIN, {0}, LAUNCH_DONE, FAULT_NONE, "", 1, -1},
    {"no such network", "MEMORY=1\nNIC=[NETWORK=nowhere]", {0}, LAUNCH_REFUSED, FAULT_STATE,
	"network", 0, -1},
    {"no free address", PLAIN "NIC=[NETWORK=public]\nNIC=[NETWORK=public]", {0}, LAUNCH_REFUSED,
	FAULT_STATE, "no free address", 0, -1},
    {"somebody's image", "MEMORY=1\nDISK=[IMAGE_ID=3]", {0}, LAUNCH_REFUSED, FAULT_RIGHTS,
	"owner of that image", 0, -1},
    {"bad template", "NAME=x\nDISK=[", {0}, LAUNCH_REFUSED, FAULT_USAGE, "template text", 0,
	-1},
    {"no memory", "NAME=x", {0}, LAUNCH_REFUSED, FAULT_USAGE, "MEMORY", 0, 0},
    {"markup in a name", "NAME=\"a<b>&c\"\nMEMORY=1", {0}, LAUNCH_DONE, FAULT_NONE, "", 1, 0},
    {"markup in a name", "NAME=\"a<b>&c\"\nMEMORY=1", {0}, LAUNCH_REFUSED, FAULT_USAGE, "'<'",
	0, 1},
    {"authentication", PLAIN, {.kind = SIM_FAULT_FAILURE, .arg = 256}, LAUNCH_REFUSED,
	FAULT_AUTH, "password", 0, -1},
    {"internal", PLAIN, {.kind = SIM_FAULT_FAILURE, .arg = 8192}, LAUNCH_REFUSED, FAULT_REPLY,
	"oned.log", 0, 1},
    /* a follower that lost the leader's reply says the same */
    {"internal, maybe of a follower", PLAIN, {.kind = SIM_FAULT_FAILURE, .arg = 8192},
	LAUNCH_IN_DOUBT, FAULT_IN_DOUBT, "do not ask again", 0, 0},
    {"replication", PLAIN, {.kind = SIM_FAULT_FAILURE, .arg = 65536}, LAUNCH_IN_DOUBT,
	FAULT_IN_DOUBT, "do not ask again", 0, 0},
    {"a text so long that its code is cut off", PLAIN,
	{.kind = SIM_FAULT_FAILURE,
	    .arg = 8192,
	    .text = L100 L100 L100 L100 L100 "(code 1)" L100},
	LAUNCH_IN_DOUBT, FAULT_IN_DOUBT, "do not ask again", 0, 0},
    {"no leader to pass it on to", PLAIN,
	{.kind = SIM_FAULT_FAILURE,
	    .arg = 8192,
	    .text = "Cannot process request, no leader found"},
	LAUNCH_REFUSED, FAULT_NETWORK, "election", 0, 0},
    {"allocation", PLAIN, {.kind = SIM_FAULT_FAILURE, .arg = 16384}, LAUNCH_REFUSED,
	FAULT_REPLY, "oned.log", 0, -1},
    {"no such call", PLAIN, {.kind = SIM_FAULT_FAULT, .arg = -506}, LAUNCH_REFUSED, FAULT_REPLY,
	"version", 0, -1},
    {"wrong types", PLAIN, {.kind = SIM_FAULT_FAULT, .arg = -501}, LAUNCH_REFUSED, FAULT_REPLY,
	"version", 0, -1},
    {"proxy lost oned's answer", PLAIN,
	{.kind = SIM_FAULT_FAULT,
	    .arg = 0,
	    .text = "Failed to read server's response: Read timed out"},
	LAUNCH_IN_DOUBT, FAULT_IN_DOUBT, "do not ask again", 0, -1},
    {"proxy did not reach oned", PLAIN,
	{.kind = SIM_FAULT_FAULT,
	    .arg = 0,
	    .text = "Failed to read server's response: Connection refused"},
	LAUNCH_NOT_SENT, FAULT_NETWORK, "", 0, -1},
    {"lost reply", PLAIN, {.kind = SIM_FAULT_LOST}, LAUNCH_IN_DOUBT, FAULT_IN_DOUBT,
	"do not ask again", 1, -1},
    {"reset", PLAIN, {.kind = SIM_FAULT_RESET}, LAUNCH_IN_DOUBT, FAULT_IN_DOUBT,
	"do not ask again", 0, -1},
    {"cut", PLAIN, {.kind = SIM_FAULT_CUT, .arg = 60}, LAUNCH_IN_DOUBT, FAULT_IN_DOUBT,
	"do not ask again", 1, -1},
    {"envelope cut", PLAIN, {.kind = SIM_FAULT_SHORT, .arg = 150}, LAUNCH_IN_DOUBT,
	FAULT_IN_DOUBT, "do not ask again", 1, -1},
    {"a web page", PLAIN, {.kind = SIM_FAULT_HTML}, LAUNCH_IN_DOUBT, FAULT_IN_DOUBT,
	"do not ask again", 0, -1},
    {"status 502", PLAIN, {.kind = SIM_FAULT_STATUS, .arg = 502}, LAUNCH_IN_DOUBT,
	FAULT_IN_DOUBT, "do not ask again", 0, -1},
    {"success, and a document", PLAIN, {.kind = SIM_FAULT_EMPTY}, LAUNCH_IN_DOUBT,
	FAULT_IN_DOUBT, "do not ask again", 0, -1},
    {"success, and no id", PLAIN, {.kind = SIM_FAULT_HTML, .text = VALUE("")}, LAUNCH_IN_DOUBT,
	FAULT_IN_DOUBT, "do not ask again", 0, -1},
    {"success, and a negative id", PLAIN,
	{.kind = SIM_FAULT_HTML, .text = VALUE("<value><i4>-1</i4></value>")}, LAUNCH_IN_DOUBT,
	FAULT_IN_DOUBT, "do not ask again", 0, -1},
    {"an id as long integer", PLAIN,
	{.kind = SIM_FAULT_HTML, .text = VALUE("<value><i8>0</i8></value>")}, LAUNCH_DONE,
	FAULT_NONE, "", 0, -1},
    {"an id without a type", PLAIN, {.kind = SIM_FAULT_HTML, .text = VALUE("<value>0</value>")},
	LAUNCH_DONE, FAULT_NONE, "", 0, -1},
};

static void
each_answer_says_what_is_known(void **state)
{
	const struct answer *a;
	struct sim_fault fault;
	enum launch_reply reply;
	struct bed b;
	struct fault f;
	int64_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		for (size_t e = 0; e < BOTH; e++) {
			a = &answers[i];
			if (a->only >= 0 && (size_t)a->only != e)
				continue;
			bed_start(&b, both[e].sim, both[e].version);
			fault = a->fault;
			fault.method = "one.vm.allocate";
			if (fault.kind != SIM_FAULT_NONE)
				sim_add_fault(b.sim, &fault);
			/* A connection is open: over it curl would send a second time when the
			 * reply is lost. */
			connection_open(&b);
			f = (struct fault){.kind = FAULT_NONE};
			reply = launch_allocate(b.cloud, b.era, a->text, &id, &f);
			if (reply != a->reply || f.kind != a->kind ||
			    strstr(f.remedy, a->remedy) == NULL)
				fail_msg("%s, %s: %s, %s: %s (%s)", both[e].version, a->name,
				    launch_reply_str(reply), fault_kind_str(f.kind), f.msg,
				    f.remedy);
			assert_int_equal(id, reply == LAUNCH_DONE ? 0 : -1);
			if (reply != LAUNCH_DONE) {
				assert_non_null(strstr(f.msg, "one.vm.allocate"));
				assert_non_null(strstr(f.msg, b.url));
			}
			if (a->kind != FAULT_NONE && a->remedy[0] != '\0')
				assert_true(f.remedy[0] != '\0');
			assert_null(strstr(f.msg, PASSWORD));
			assert_null(strstr(f.remedy, PASSWORD));
			/* never a second one */
			assert_int_equal(sim_log_count(b.sim, " one.vm.allocate "), 1);
			assert_int_equal(sim_log_count(b.sim, "launch accepted"), a->accepted);
			assert_int_equal(sim_count(b.sim, -2), a->accepted);
			bed_stop(&b);
		}
	}
}

/* The same for templates: the reply, and the words that a person needs. */
static void
instantiate_says_what_is_known(void **state)
{
	static const struct {
		const char *name;
		int64_t template_id;
		struct sim_fault fault;
		enum launch_reply reply;
		enum fault_kind kind;
		size_t accepted;
	} rows[] = {
	    {"inst", 4, {0}, LAUNCH_DONE, FAULT_NONE, 1},
	    {"", 4, {0}, LAUNCH_DONE, FAULT_NONE, 1},
	    {"no such", 99, {0}, LAUNCH_REFUSED, FAULT_GONE, 0},
	    {"not mine", 5, {0}, LAUNCH_REFUSED, FAULT_RIGHTS, 0},
	    {"lost", 4, {.kind = SIM_FAULT_LOST}, LAUNCH_IN_DOUBT, FAULT_IN_DOUBT, 1},
	    {"reset", 4, {.kind = SIM_FAULT_RESET}, LAUNCH_IN_DOUBT, FAULT_IN_DOUBT, 0},
	};
	struct sim_fault fault;
	struct bed b;
	struct fault f;
	int64_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t e = 0; e < BOTH; e++) {
			bed_start(&b, both[e].sim, both[e].version);
			template_add(&b, 4, "tpl", 0, "oneadmin", true);
			template_add(&b, 5, "other", 0, "oneadmin", false);
			fault = rows[i].fault;
			fault.method = "one.template.instantiate";
			if (fault.kind != SIM_FAULT_NONE)
				sim_add_fault(b.sim, &fault);
			connection_open(&b);
			f = (struct fault){.kind = FAULT_NONE};
			assert_int_equal(launch_instantiate(b.cloud, b.era, rows[i].template_id,
					     rows[i].name, "", &id, &f),
			    rows[i].reply);
			assert_int_equal(f.kind, rows[i].kind);
			assert_true(f.kind == FAULT_NONE || f.remedy[0] != '\0');
			/* in doubt: the name to look for */
			if (f.kind == FAULT_IN_DOUBT)
				assert_non_null(strstr(f.remedy, rows[i].name));
			assert_int_equal(sim_log_count(b.sim, "one.template.instantiate"), 1);
			assert_int_equal(sim_count(b.sim, -2), rows[i].accepted);
			bed_stop(&b);
		}
	}
}

static void
quota_and_rights_of_the_account(void **state)
{
	struct bed b;
	struct fault f;
	int64_t id;

	(void)state;
	for (size_t e = 0; e < BOTH; e++) {
		bed_start(&b, both[e].sim, both[e].version);
		user_add(&b, 7, "alice", 1, false);
		assert_int_equal(launch_allocate(b.cloud, b.era, PLAIN, &id, &f), LAUNCH_DONE);
		sim_advance(b.sim, 10);
		assert_int_equal(sim_crash(b.sim, 0), 0); /* an Unknown machine still counts */
		assert_int_equal(
		    launch_allocate(b.cloud, b.era, PLAIN, &id, &f), LAUNCH_REFUSED);
		assert_int_equal(f.kind, FAULT_RIGHTS);
		assert_non_null(strstr(f.msg, "quota"));
		assert_non_null(strstr(f.remedy, "vmreaper kill ID"));
		user_add(&b, 7, "alice", 0, true);
		assert_int_equal(
		    launch_allocate(b.cloud, b.era, PLAIN, &id, &f), LAUNCH_REFUSED);
		assert_int_equal(f.kind, FAULT_RIGHTS);
		assert_non_null(strstr(f.remedy, "may not create"));
		assert_int_equal(sim_count(b.sim, -2), 1);
		bed_stop(&b);
	}
}

/* From Pending to a machine that has an address, and its end. */
static void
a_machine_comes_to_life(void **state)
{
	static const int32_t lcm[] = {1, 2, 3};
	char addr[NET_STR_SIZE];
	struct bed b;
	struct fault f;
	struct vm vm;
	int64_t id;
	int st, l;

	(void)state;
	for (size_t e = 0; e < BOTH; e++) {
		bed_start(&b, both[e].sim, both[e].version);
		assert_int_equal(launch_allocate(b.cloud, b.era, PLAIN, &id, &f), LAUNCH_DONE);
		assert_int_equal(cloud_inspect(b.cloud, b.a, b.era, id, &vm, &f), 0);
		assert_int_equal(vm.state, 1);
		assert_int_equal(vm.seq, -1);
		assert_int_equal(vm.uid, 7);
		assert_string_equal(vm.name, "one");
		for (size_t i = 0; i < 3; i++) {
			sim_advance(b.sim, 1);
			assert_int_equal(cloud_inspect(b.cloud, b.a, b.era, id, &vm, &f), 0);
			assert_int_equal(vm.state, 3);
			assert_int_equal(vm.lcm, lcm[i]);
			assert_string_equal(vm.host, "node1");
			assert_int_equal(vm.odd, 0);
		}
		assert_int_equal(vm.n_addrs, 1);
		assert_string_equal(net_addr_str(addr, &vm.addrs[0].a), "10.77.1.10");
		assert_true(vm.deploy_id[0] != '\0' && vm.rstime_s > 0);
		assert_string_equal(launch_shutdown_verb(b.era, vm.state, vm.lcm),
		    e == 0 ? "terminate" : "shutdown");
		assert_int_equal(sim_halt(b.sim, (int)id), 0);
		assert_int_equal(sim_get_state(b.sim, (int)id, &st, &l), 0);
		assert_int_equal(st, e == 0 ? 8 : 3);
		assert_int_equal(l, e == 0 ? 0 : 16);
		assert_int_equal(sim_halt(b.sim, (int)id), -1);
		assert_null(launch_shutdown_verb(b.era, st, l));
		bed_stop(&b);
	}
}

/* --- templates by name --------------------------------------------------------------------- */

static void
templates_are_found_by_name_or_number(void **state)
{
	static const struct {
		const char *ask;
		int64_t id; /* -1: not found */
		enum fault_kind kind;
		const char *says[4];
	} rows[] = {
	    {"web", 4, FAULT_NONE, {""}},
	    {"4", 4, FAULT_NONE, {""}},
	    {"twice", -1, FAULT_USAGE, {"twice", "5 of bob", "6 of alice"}},
	    {"5", 5, FAULT_NONE, {""}},
	    {"none", -1, FAULT_GONE, {"none"}},
	    {"99", -1, FAULT_GONE, {"99"}},
	    {"", -1, FAULT_GONE, {""}},
	    {"hidden", -1, FAULT_GONE, {"hidden"}},
	    {"11", -1, FAULT_GONE, {"11"}},
	    {"WEB", -1, FAULT_GONE, {""}},
	    {"web ", -1, FAULT_GONE, {""}},
	    /* called like the number of another */
	    {"12", -1, FAULT_USAGE, {"12 of alice", "13 of bob"}},
	    {"13", 13, FAULT_NONE, {""}},
	    {"004", -1, FAULT_GONE, {""}},
	    {"a <b> & 'c'", 14, FAULT_NONE, {""}},
	    {"\x1b[2Jx", -1, FAULT_GONE, {"?[2Jx"}},
	};
	struct bed b;
	struct fault f;
	char longer[400];
	int64_t id;

	(void)state;
	memset(longer, 'n', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	for (size_t e = 0; e < BOTH; e++) {
		bed_start(&b, both[e].sim, both[e].version);
		template_add(&b, 4, "web", 0, "oneadmin", true);
		template_add(&b, 5, "twice", 9, "bob", true);
		template_add(&b, 6, "twice", 7, "alice", false);
		template_add(&b, 11, "hidden", 9, "bob", false);
		template_add(&b, 12, "dozen", 7, "alice", false);
		template_add(&b, 13, "12", 9, "bob", true);
		template_add(&b, 14, "a <b> & 'c'", 9, "bob", true);
		template_add(&b, 15, longer, 9, "bob", true);
		template_add(&b, 16, "", 9, "bob", true);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			f = (struct fault){.kind = FAULT_NONE};
			if (launch_find_template(b.cloud, b.a, b.era, rows[i].ask, &id, &f) !=
				(rows[i].id >= 0 ? 0 : -1) ||
			    id != rows[i].id || f.kind != rows[i].kind)
				fail_msg("%s: %lld %s", rows[i].ask, (long long)id, f.msg);
			for (size_t k = 0; k < 4 && rows[i].says[k] != NULL; k++)
				assert_non_null(strstr(f.msg, rows[i].says[k]));
			assert_true(f.kind == FAULT_NONE || f.remedy[0] != '\0');
		}
		/* a name that had to be cut is nobody's name */
		assert_int_equal(
		    launch_find_template(b.cloud, b.a, b.era, longer, &id, &f), -1);
		longer[256] = '\0';
		assert_int_equal(
		    launch_find_template(b.cloud, b.a, b.era, longer, &id, &f), -1);
		longer[256] = 'n';
		bed_stop(&b);
	}
}

static void
half_a_list_of_templates_is_none(void **state)
{
	static const struct {
		struct sim_fault fault;
		enum fault_kind kind;
	} rows[] = {
	    {{.kind = SIM_FAULT_INNER, .arg = 400}, FAULT_REPLY},
	    {{.kind = SIM_FAULT_SHORT, .arg = 400}, FAULT_REPLY},
	    {{.kind = SIM_FAULT_CUT, .arg = 400}, FAULT_NETWORK},
	    {{.kind = SIM_FAULT_EMPTY}, FAULT_REPLY}, /* another document */
	    {{.kind = SIM_FAULT_FAILURE, .arg = 512}, FAULT_RIGHTS},
	    {{.kind = SIM_FAULT_HTML}, FAULT_REPLY},
	    {{.kind = SIM_FAULT_HTML,
		 .text = VALUE("<value><string>&lt;VMTEMPLATE_POOL&gt;&lt;VMTEMPLATE&gt;"
			       "&lt;ID&gt;4&lt;/ID&gt;&lt;NAME&gt;web&lt;/NAME&gt;"
			       "&lt;/VMTEMPLATE&gt;&lt;VMTEMPLATE&gt;&lt;NAME&gt;x&lt;/NAME&gt;"
			       "&lt;/VMTEMPLATE&gt;&lt;/VMTEMPLATE_POOL&gt;</string></value>")},
		FAULT_REPLY}, /* one without an ID */
	};
	struct sim_fault fault;
	struct bed b;
	struct fault f;
	int64_t id;

	(void)state;
	bed_start(&b, SIM_720, "7.2.0");
	template_add(&b, 4, "web", 0, "oneadmin", true);
	template_add(&b, 5, "tail", 0, "oneadmin", true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fault = rows[i].fault;
		fault.method = "one.templatepool.info";
		sim_clear_faults(b.sim);
		sim_add_fault(b.sim, &fault);
		if (launch_find_template(b.cloud, b.a, b.era, "web", &id, &f) != -1 ||
		    f.kind != rows[i].kind || strstr(f.msg, "one.templatepool.info") == NULL)
			fail_msg("%zu: %s: %s", i, fault_kind_str(f.kind), f.msg);
		assert_int_equal(id, -1);
	}
	bed_stop(&b);
}

/* --- whose machines ------------------------------------------------------------------------ */

static void
vm_add(struct bed *b, int id, int uid, const char *uname, int state, int lcm)
{
	struct sim_vm vm = sim_vm_default(id);

	vm.uid = uid;
	vm.gid = 1;
	vm.uname = uname;
	vm.state = state;
	vm.lcm = lcm;
	sim_add_vm(b->sim, &vm);
}

static void
a_listing_holds_the_machines_of_whom_it_says(void **state)
{
	static const int mine[] = {2, 5}, all[] = {1, 2, 5, 9};
	const struct sim_user seer = {.id = 7,
	    .name = "alice",
	    .password = PASSWORD,
	    .gid = 1,
	    .gname = "users",
	    .sees_vms = true};
	char line[160];
	struct bed b;
	struct fault f;
	struct vm *vms;
	size_t n;

	(void)state;
	for (size_t e = 0; e < BOTH; e++) {
		bed_start(&b, both[e].sim, both[e].version);
		sim_add_user(b.sim, &seer);
		vm_add(&b, 1, 9, "bob", 3, 3);
		vm_add(&b, 2, 7, "alice", 3, 16);
		vm_add(&b, 3, 7, "alice", 6, 0);
		vm_add(&b, 5, 7, "alice", 1, 0);
		vm_add(&b, 9, 0, "oneadmin", 3, 3);
		assert_int_equal(
		    launch_list(b.cloud, b.a, b.era, LAUNCH_MINE, &vms, &n, &f), 0);
		assert_int_equal(n, 2);
		for (size_t i = 0; i < n; i++)
			assert_true(vms[i].id == mine[i] && vms[i].full);
		assert_int_equal(launch_list(b.cloud, b.a, b.era, LAUNCH_ALL, &vms, &n, &f), 0);
		assert_int_equal(n, 4);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(vms[i].id, all[i]);
		/* one call each, as every client makes it; no hosts, no account */
		snprintf(line, sizeof(line), "%s user=alice params=-3,-1,-1,-1 -> ok",
		    e == 0 ? "one.vmpool.infoextended" : "one.vmpool.info");
		assert_int_equal(sim_log_count(b.sim, line), 1);
		assert_int_equal(sim_log_count(b.sim, "params=-2,-1,-1,-1 -> ok"), 1);
		assert_int_equal(sim_log_count(b.sim, "call"), 2);
		/* a version that is not known: whichever call there is */
		assert_int_equal(launch_list(b.cloud, b.a, NULL, LAUNCH_MINE, &vms, &n, &f), 0);
		assert_int_equal(n, 2);
		bed_stop(&b);
	}
}

static void
half_a_listing_is_none(void **state)
{
	static const struct sim_fault rows[] = {{.kind = SIM_FAULT_INNER, .arg = 3000},
	    {.kind = SIM_FAULT_CUT, .arg = 3000}, {.kind = SIM_FAULT_HTML},
	    {.kind = SIM_FAULT_FAILURE, .arg = 512}, {.kind = SIM_FAULT_RESET},
	    {.kind = SIM_FAULT_HUGE, .arg = 1}}; /* more than max_machines */
	struct bed b;
	struct fault f;
	struct vm *vms;
	size_t n;

	(void)state;
	for (size_t e = 0; e < BOTH; e++) {
		bed_start(&b, both[e].sim, both[e].version);
		for (int i = 0; i < 5; i++)
			vm_add(&b, i, 7, "alice", 3, 3);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			/* where names are raw a cut pool is read around (test_recovery) */
			if (rows[i].kind == SIM_FAULT_INNER && b.era->raw_names)
				continue;
			sim_clear_faults(b.sim);
			sim_add_fault(b.sim, &rows[i]);
			assert_int_equal(
			    launch_list(b.cloud, b.a, b.era, LAUNCH_MINE, &vms, &n, &f), -1);
			assert_null(vms);
			assert_int_equal(n, 0);
			assert_non_null(strstr(f.msg, "one.vmpool.info"));
		}
		bed_stop(&b);
	}
}

/* 2.2 knows no -3 and no ranges; -1 there is what -3 is later (reapers.md C.11). */
static void
the_oldest_era_has_a_filter_of_its_own(void **state)
{
	struct bed b;
	struct fault f;
	struct vm *vms;
	size_t n;

	(void)state;
	bed_start(&b, SIM_321, "2.2");
	/* the simulated 3.2.1 does not understand it: what was asked is what counts here */
	assert_int_equal(launch_list(b.cloud, b.a, b.era, LAUNCH_MINE, &vms, &n, &f), -1);
	assert_int_equal(launch_list(b.cloud, b.a, b.era, LAUNCH_ALL, &vms, &n, &f), -1);
	assert_int_equal(sim_log_count(b.sim, "one.vmpool.info user=alice params=-1,1,-1 "), 1);
	assert_int_equal(sim_log_count(b.sim, "one.vmpool.info user=alice params=-2,1,-1 "), 1);
	bed_stop(&b);
}

/* --- the verb ------------------------------------------------------------------------------ */

static void
only_a_running_guest_is_asked_to_halt(void **state)
{
	static const struct {
		const char *version, *verb;
	} rows[] = {{"2.2", "shutdown"}, {"3.2.1", "shutdown"}, {"3.8.1", "shutdown"},
	    {"4.2.0", "shutdown"}, {"4.14.2", "shutdown"}, {"5.0.0", "terminate"},
	    {"5.12.0", "terminate"}, {"7.2.0", "terminate"}};
	const char *verb;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int32_t st = -1; st < 13; st++) {
			for (int32_t lcm = -1; lcm < 75; lcm++) {
				verb = launch_shutdown_verb(
				    era_by_version(rows[i].version), st, lcm);
				if (st == 3 && lcm == 3)
					assert_string_equal(verb, rows[i].verb);
				else
					assert_null(verb);
			}
		}
	}
	assert_null(launch_shutdown_verb(NULL, 3, 3));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_as_recorded),
	    cmocka_unit_test(parameters_follow_the_era),
	    cmocka_unit_test(what_an_era_cannot_do_is_not_sent),
	    cmocka_unit_test(what_cannot_be_sent_is_not_sent),
	    cmocka_unit_test(each_answer_says_what_is_known),
	    cmocka_unit_test(instantiate_says_what_is_known),
	    cmocka_unit_test(quota_and_rights_of_the_account),
	    cmocka_unit_test(a_machine_comes_to_life),
	    cmocka_unit_test(templates_are_found_by_name_or_number),
	    cmocka_unit_test(half_a_list_of_templates_is_none),
	    cmocka_unit_test(a_listing_holds_the_machines_of_whom_it_says),
	    cmocka_unit_test(half_a_listing_is_none),
	    cmocka_unit_test(the_oldest_era_has_a_filter_of_its_own),
	    cmocka_unit_test(only_a_running_guest_is_asked_to_halt),
	};

	return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
