/* SPDX-License-Identifier: ISC */
/*
 * The Marketplace and pdisk over HTTP, against the simulated services (tests/sim/services.c).
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/http.h"
#include "cloud/marketplace.h"
#include "cloud/pdisk.h"
#include "sim.h"

/* stratuslab.md 6.1 */
#define ID    "BtSKdXa2SvHlSVTvgFgivIYDq--"
#define SHA1  "1b5229d5dad92bc7952553be01608af2180eafbe"
#define ID2   "MMZu9WvwKIro-rtBQfDk4PsKO7_"
#define SHA12 "c319bbd5afc0a22ba3eaed0507c39383ec28eeff"

#define U(n) "95b75092-0000-4000-8000-cd1deaa721f" #n

struct box {
	struct sim *sim;
	struct arena *a;
	char market[80], pdisk[80];
	struct marketplace_config m;
	struct pdisk_config p;
	struct image_metadata got;
	struct pdisk_volume *v;
	size_t n;
	struct fault f;
};

static void
box_open(struct box *b)
{
	static const struct sim_user users[] = {
	    {.id = 20, .name = "pdisk", .password = "s:cret"},
	    {.id = 21, .name = "alice", .password = "pw"}};

	memset(b, 0, sizeof(*b));
	b->sim = sim_new(SIM_321);
	b->a = arena_new(16 << 20);
	for (size_t i = 0; i < 2; i++)
		sim_add_user(b->sim, &users[i]);
	assert_int_equal(sim_start(b->sim, NULL, 0, NULL, NULL), 0);
	snprintf(b->market, sizeof(b->market), "http://127.0.0.1:%u/marketplace/",
	    (unsigned)sim_port(b->sim));
	snprintf(b->pdisk, sizeof(b->pdisk), "http://127.0.0.1:%u/pdisk",
	    (unsigned)sim_port(b->sim));
	b->m = (struct marketplace_config){.endpoint = b->market,
	    .connect_timeout_ms = 5000,
	    .timeout_ms = 5000,
	    .now_s = SIM_EPOCH};
	b->p = (struct pdisk_config){.endpoint = b->pdisk,
	    .user = "pdisk",
	    .password = "s:cret",
	    .connect_timeout_ms = 5000,
	    .timeout_ms = 5000};
}

static void
box_close(struct box *b)
{
	sim_free(b->sim);
	arena_free(b->a);
}

static int
fetch(struct box *b, const char *id)
{
	memset(&b->f, 0, sizeof(b->f));
	return marketplace_fetch(&b->m, b->a, id, &b->got, &b->f);
}

static int
list(struct box *b)
{
	memset(&b->f, 0, sizeof(b->f));
	return pdisk_list(&b->p, b->a, &b->v, &b->n, &b->f);
}

static void
refused(struct box *b, const char *id, enum fault_kind kind, const char *said)
{
	assert_int_equal(fetch(b, id), -1);
	if (strstr(b->f.msg, said) == NULL)
		fail_msg("%s", b->f.msg);
	assert_int_equal(b->f.kind, kind);
}

/* --- Marketplace ------------------------------------------------------------------------- */

static void
an_image_is_fetched_in_one_question(void **state)
{
	struct box b;

	(void)state;
	box_open(&b);
	sim_add_metadata(b.sim, &(struct sim_metadata){.id = ID, .sha1 = SHA1});
	assert_int_equal(fetch(&b, ID), 0);
	assert_string_equal(b.got.sha1, SHA1);
	assert_string_equal(b.got.endorser, "jane.tester@example.org");
	assert_string_equal(b.got.format, "raw");
	assert_int_equal(b.got.n_locations, 1);
	assert_true(b.got.valid_s == SIM_EPOCH + 365 * 86400);
	assert_int_equal(sim_log_count(b.sim, "marketplace.metadata"), 1);
	assert_int_equal(
	    sim_log_count(b.sim, "params=/marketplace/metadata/" ID ", -> http 200"), 1);
	box_close(&b);
}

static void
withdrawn_is_not_never_was(void **state)
{
	struct box b;

	(void)state;
	box_open(&b);
	sim_add_metadata(
	    b.sim, &(struct sim_metadata){.id = ID, .sha1 = SHA1, .deprecated = "CVE & more"});
	sim_add_metadata(
	    b.sim, &(struct sim_metadata){.id = ID2, .sha1 = SHA12, .valid_s = SIM_EPOCH - 5});
	refused(&b, ID, FAULT_GONE, "was withdrawn by jane.tester@example.org: CVE & more");
	refused(&b, ID2, FAULT_GONE, "ended at 2026-11-23T");
	refused(&b, "BEE8-MMAw-Lk_IgsEExAy3d9R8h", FAULT_GONE, "has no image BEE8");
	b.m.allow_withdrawn = true;
	assert_int_equal(fetch(&b, ID), 0);
	assert_string_equal(b.got.deprecated, "CVE & more");
	assert_int_equal(fetch(&b, ID2), 0);
	box_close(&b);
}

static void
one_that_ran_out_by_our_clock_is_refused(void **state)
{
	struct box b;

	(void)state;
	box_open(&b);
	sim_add_metadata(
	    b.sim, &(struct sim_metadata){.id = ID, .sha1 = SHA1, .valid_s = SIM_EPOCH + 60});
	assert_int_equal(fetch(&b, ID), 0);
	b.m.now_s = SIM_EPOCH + 60;
	refused(&b, ID, FAULT_GONE, "ended at");
	box_close(&b);
}

static void
what_should_not_be_started_is_refused(void **state)
{
	struct box b;

	(void)state;
	box_open(&b);
	sim_add_metadata(b.sim, &(struct sim_metadata){.id = ID, .sha1 = SHA1, .location = ""});
	sim_add_metadata(b.sim, &(struct sim_metadata){.id = ID2, .sha1 = SHA1});
	refused(&b, ID, FAULT_REPLY,
	    "Image location(s) are not set in manifest for the image with ID " ID);
	refused(&b, ID2, FAULT_REPLY, "of another image, " ID);
	refused(&b, "ttylinux", FAULT_USAGE, "ttylinux is no Marketplace identifier");
	refused(&b, "../../../../etc/passwd/////", FAULT_USAGE, "is no Marketplace identifier");
	b.m.allow_withdrawn = true;
	assert_int_equal(fetch(&b, ID), 0);
	assert_int_equal(fetch(&b, ID2), -1); /* the check is no matter of taste */
	b.m.endpoint = "marketplace.stratuslab.eu";
	refused(&b, ID, FAULT_USAGE, "is no URL");
	box_close(&b);
}

static void
a_marketplace_that_is_ill_is_said_so(void **state)
{
	static const struct {
		struct sim_fault f;
		enum fault_kind kind;
		const char *said;
	} cases[] = {
	    {{.kind = SIM_FAULT_HTML, .times = 1}, FAULT_REPLY, "DOCTYPE"},
	    {{.kind = SIM_FAULT_STATUS, .arg = 500, .times = 1}, FAULT_NETWORK, "500"},
	    {{.kind = SIM_FAULT_CUT, .arg = 300, .times = 1}, FAULT_NETWORK, ""},
	    {{.kind = SIM_FAULT_SHORT, .arg = 300, .times = 1}, FAULT_REPLY, ""},
	    {{.kind = SIM_FAULT_RESET, .times = 1}, FAULT_NETWORK, "Marketplace"},
	    {{.kind = SIM_FAULT_HUGE, .arg = 20, .times = 1}, FAULT_LIMIT, "longer than"},
	};
	struct sim_fault f;
	struct box b;

	(void)state;
	box_open(&b);
	sim_add_metadata(b.sim, &(struct sim_metadata){.id = ID, .sha1 = SHA1});
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", sim_fault_str(cases[i].f.kind));
		f = cases[i].f;
		f.method = "marketplace.metadata";
		sim_add_fault(b.sim, &f);
		refused(&b, ID, cases[i].kind, cases[i].said);
	}
	assert_int_equal(fetch(&b, ID), 0);
	box_close(&b);
}

static int
take(void *ctx, const char *s, size_t len)
{
	text_addn(ctx, s, len);
	return 0;
}

/* What the original met as well (6.2): without the right Accept there is a page. */
static void
without_accept_there_is_a_page(void **state)
{
	struct box b;
	struct text t;
	char url[160];
	struct http_get_config g = {.url = url,
	    .connect_timeout_ms = 5000,
	    .timeout_ms = 5000,
	    .max_bytes = 1 << 20,
	    .sink = take,
	    .ctx = &t};
	long status = 0;

	(void)state;
	box_open(&b);
	sim_add_metadata(b.sim, &(struct sim_metadata){.id = ID, .sha1 = SHA1});
	text_init(&t, 1 << 20);
	snprintf(url, sizeof(url), "%smetadata/" ID, b.market);
	assert_int_equal(http_get(&g, &status, &b.f), HTTP_DONE);
	assert_int_equal(status, 200);
	assert_non_null(strstr(t.p, "<!DOCTYPE html>"));
	text_free(&t);
	box_close(&b);
}

/* --- pdisk ------------------------------------------------------------------------------- */

static void
add_volumes(struct box *b)
{
	static const struct sim_volume volumes[] = {
	    {.uuid = U(3), .tag = "a \"quoted\" \\ tag", .owner = "alice"},
	    {.uuid = U(1), .owner = "bob", .count = "0"},
	    {.uuid = U(2), .owner = "pdisk", .identifier = ID, .count = "7"},
	    {.uuid = U(4), .owner = "alice", .identifier = "snapshot:" U(2)},
	    {.uuid = U(5),
		.owner = "pdisk",
		.quarantine = "2014-05-13 18:53:20.1",
		.count = "1"}};

	for (size_t i = 0; i < sizeof(volumes) / sizeof(volumes[0]); i++)
		sim_add_volume(b->sim, &volumes[i]);
	sim_add_mount(b->sim, U(3), "5508", NULL);
	sim_add_mount(b->sim, U(3), "5601", "vda");
	sim_add_mount(b->sim, U(4), "5508", NULL);
}

static void
volumes_come_with_their_mounts(void **state)
{
	struct box b;

	(void)state;
	box_open(&b);
	add_volumes(&b);
	if (list(&b) != 0)
		fail_msg("%s", b.f.msg);
	assert_int_equal(b.n, 5);
	for (size_t i = 1; i < b.n; i++)
		assert_true(strcmp(b.v[i - 1].uuid, b.v[i].uuid) < 0);
	assert_string_equal(b.v[2].uuid, U(3));
	assert_string_equal(b.v[2].tag, "a \"quoted\" \\ tag");
	assert_int_equal(b.v[2].count, 2);
	assert_int_equal(b.v[2].n_mounts, 2);
	assert_int_equal(b.v[2].mounts[1].vm_id, 5601);
	assert_string_equal(b.v[2].mounts[1].device, "vda");
	for (size_t i = 0; i < b.n; i++) {
		assert_true(b.v[i].mounts_known);
		assert_true(i == 2 || b.v[i].n_mounts == 0);
	}
	/* only what is data and in use is asked about */
	assert_int_equal(sim_log_count(b.sim, "pdisk.mounts"), 1);
	assert_int_equal(sim_log_count(b.sim, "pdisk.disks user=pdisk"), 1);
	assert_int_equal(sim_log_count(b.sim, "s:cret"), 0);
	box_close(&b);
}

static void
an_ordinary_account_is_shown_its_own(void **state)
{
	struct box b;

	(void)state;
	box_open(&b);
	add_volumes(&b);
	b.p.user = "alice";
	b.p.password = "pw";
	assert_int_equal(list(&b), 0);
	assert_int_equal(b.n, 2);
	b.p.password = "wrong";
	assert_int_equal(list(&b), -1);
	assert_int_equal(b.f.kind, FAULT_AUTH);
	b.p.user = NULL;
	assert_int_equal(list(&b), -1);
	assert_int_equal(b.f.kind, FAULT_POLICY);
	box_close(&b);
}

static void
a_list_that_is_not_whole_is_a_fault(void **state)
{
	static const struct sim_fault faults[] = {{.kind = SIM_FAULT_HTML},
	    {.kind = SIM_FAULT_STATUS, .arg = 503}, {.kind = SIM_FAULT_CUT, .arg = 100},
	    {.kind = SIM_FAULT_SHORT, .arg = 100}, {.kind = SIM_FAULT_RESET},
	    {.kind = SIM_FAULT_LENGTH, .arg = 5},
	    {.kind = SIM_FAULT_FAILURE, .arg = 500, .text = "database \"down\""}};
	struct sim_fault f;
	struct box b;

	(void)state;
	box_open(&b);
	add_volumes(&b);
	b.p.timeout_ms = 1000; /* LENGTH waits for what never comes */
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		print_message("%s\n", sim_fault_str(faults[i].kind));
		f = faults[i];
		f.method = "pdisk.disks";
		sim_clear_faults(b.sim);
		sim_add_fault(b.sim, &f);
		assert_int_equal(list(&b), -1);
		assert_true(b.f.kind != FAULT_NONE);
	}
	assert_non_null(strstr(b.f.msg, "database \"down\""));
	sim_clear_faults(b.sim);
	b.p.max_volumes = 4;
	assert_int_equal(list(&b), -1);
	assert_int_equal(b.f.kind, FAULT_LIMIT);
	box_close(&b);
}

static void
mounts_that_are_not_read_are_not_known(void **state)
{
	struct sim_fault f = {
	    .kind = SIM_FAULT_STATUS, .arg = 500, .method = "pdisk.mounts", .times = 1};
	struct box b;

	(void)state;
	box_open(&b);
	add_volumes(&b);
	sim_add_volume(b.sim, &(struct sim_volume){.uuid = U(6), .owner = "bob"});
	sim_add_mount(b.sim, U(6), "5700", "vda");
	sim_add_volume(
	    b.sim, &(struct sim_volume){.uuid = U(7), .owner = "bob", .count = "1,000"});
	/* an answer that says no: the others are asked all the same */
	sim_add_fault(b.sim, &f);
	assert_int_equal(list(&b), 0);
	assert_false(b.v[2].mounts_known);
	assert_true(b.v[5].mounts_known);
	assert_int_equal(b.v[5].n_mounts, 1);
	assert_true(b.v[6].mounts_known); /* a count that is none is asked about */
	assert_int_equal(sim_log_count(b.sim, "pdisk.mounts"), 3);
	/* no answer at all: no further question waits for its time-out */
	f.kind = SIM_FAULT_RESET;
	f.times = 0;
	sim_add_fault(b.sim, &f);
	assert_int_equal(list(&b), 0);
	assert_false(b.v[2].mounts_known);
	assert_false(b.v[5].mounts_known);
	assert_false(b.v[6].mounts_known);
	assert_int_equal(sim_log_count(b.sim, U(6) "/mounts/"), 1);
	box_close(&b);
}

/* --- the remedy, and scenarios ----------------------------------------------------------- */

/* What curl would do with the remedy's last word; returns the HTTP status. */
static int
delete_mount(struct box *b, const char *remedy)
{
	const char *url = strrchr(remedy, ' ') + 1, *path = strchr(url + 7, '/');
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(sim_port(b->sim))};
	char s[1024];
	ssize_t n, got = 0;
	int fd = socket(AF_INET, SOCK_STREAM, 0), status = 0;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	/* printf pdisk:s:cret | base64 */
	snprintf(s, sizeof(s),
	    "DELETE %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: */*, "
	    "application/json\r\nAuthorization: Basic cGRpc2s6czpjcmV0\r\n\r\n",
	    path);
	assert_true(send(fd, s, strlen(s), 0) == (ssize_t)strlen(s));
	while (got < (ssize_t)sizeof(s) - 1 &&
	       (n = recv(fd, s + got, sizeof(s) - 1 - (size_t)got, 0)) > 0)
		got += n;
	s[got] = '\0';
	close(fd);
	assert_int_equal(sscanf(s, "HTTP/1.1 %d", &status), 1);
	return status;
}

static void
the_remedy_frees_the_volume(void **state)
{
	const int64_t ids[] = {5508};
	struct pdisk_orphan *o;
	struct box b;
	size_t n;

	(void)state;
	box_open(&b);
	add_volumes(&b);
	assert_int_equal(list(&b), 0);
	assert_int_equal(pdisk_orphans(b.a, b.pdisk, b.v, b.n, ids, 1, &o, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(o[0].vm_id, 5601);
	assert_int_equal(delete_mount(&b, o[0].remedy), 200);
	assert_int_equal(delete_mount(&b, o[0].remedy), 404);
	assert_int_equal(list(&b), 0);
	assert_int_equal(b.v[2].n_mounts, 1);
	assert_int_equal(pdisk_orphans(b.a, b.pdisk, b.v, b.n, ids, 1, &o, &n), 0);
	assert_int_equal(n, 0);
	box_close(&b);
}

static void
scenarios_describe_the_services(void **state)
{
	static const char *const lines[] = {
	    "volume " U(1) " tag=\"my data\" owner=alice size=20",
	    "volume " U(2) " count=3 identifier=" ID " quarantine=\"2014-05-13 18:53:20.1\"",
	    "mount " U(1) " 7", "mount " U(1) " 8 vdb", "unmount " U(1) " 7",
	    "metadata " ID " " SHA1 " endorser=a@b.c created=1795000000 valid=1800000000 "
	    "format=qcow2 bus=ide kind=disk location=http://h/i",
	    "metadata " ID2 " " SHA12 " deprecated=\"too old\""};
	static const char *const bad[] = {"volume", "volume " U(1) " colour=red",
	    "mount " U(9) " 7", "mount " U(1), "metadata " ID, "metadata " ID " " SHA1 " x=y",
	    "metadata " ID " " SHA1 " valid=soon"};
	char err[256];
	struct box b;

	(void)state;
	box_open(&b);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (sim_scenario_line(b.sim, lines[i], NULL, err, sizeof(err)) != 0)
			fail_msg("%s: %s", lines[i], err);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sim_scenario_line(b.sim, bad[i], NULL, err, sizeof(err)), -1);
	assert_int_equal(list(&b), 0);
	assert_int_equal(b.n, 2);
	assert_string_equal(b.v[0].tag, "my data");
	assert_int_equal(b.v[0].size_gib, 20);
	assert_int_equal(b.v[0].n_mounts, 1);
	assert_int_equal(b.v[0].mounts[0].vm_id, 8);
	assert_true(b.v[1].quarantined);
	assert_int_equal(b.v[1].count, 3);
	assert_int_equal(fetch(&b, ID), 0);
	assert_string_equal(b.got.endorser, "a@b.c");
	assert_string_equal(b.got.format, "qcow2");
	assert_string_equal(b.got.disks_bus, "ide");
	assert_string_equal(b.got.kind, "disk");
	assert_string_equal(b.got.locations[0], "http://h/i");
	assert_true(b.got.created_s == 1795000000 && b.got.valid_s == 1800000000);
	refused(&b, ID2, FAULT_GONE, "too old");
	box_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_image_is_fetched_in_one_question),
	    cmocka_unit_test(withdrawn_is_not_never_was),
	    cmocka_unit_test(one_that_ran_out_by_our_clock_is_refused),
	    cmocka_unit_test(what_should_not_be_started_is_refused),
	    cmocka_unit_test(a_marketplace_that_is_ill_is_said_so),
	    cmocka_unit_test(without_accept_there_is_a_page),
	    cmocka_unit_test(volumes_come_with_their_mounts),
	    cmocka_unit_test(an_ordinary_account_is_shown_its_own),
	    cmocka_unit_test(a_list_that_is_not_whole_is_a_fault),
	    cmocka_unit_test(mounts_that_are_not_read_are_not_known),
	    cmocka_unit_test(the_remedy_frees_the_volume),
	    cmocka_unit_test(scenarios_describe_the_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
