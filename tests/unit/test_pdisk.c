/* SPDX-License-Identifier: ISC */
/*
 * The JSON of the pdisk service, what it means, and what is made of hostile answers (stratuslab.md 5.4-5.6, 10.6). The
 * fixtures are those of the fuzz corpus.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/pdiskjson.h"

#define U1 "95b75092-0000-4000-8000-cd1deaa721f1"

static char *
fixture(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[512], *s;
	FILE *f;
	size_t n;

	snprintf(
	    path, sizeof(path), "%s/tests/fuzz/corpus/pdisk/%s", top != NULL ? top : ".", name);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s", path);
	s = calloc(1, 1 << 16);
	n = fread(s, 1, (1 << 16) - 1, f);
	s[n] = '\0';
	fclose(f);
	return s;
}

static void
volumes_are_read_with_numbers_in_strings(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char *s = fixture("volumes");
	struct pdisk_volume *v;
	struct fault f;
	size_t n;

	(void)state;
	assert_int_equal(pdisk_parse_volumes(a, s, strlen(s), &v, &n, &f), 0);
	free(s);
	assert_int_equal(n, 4);
	assert_string_equal(v[0].uuid, U1);
	assert_string_equal(v[0].tag, "my data");
	assert_string_equal(v[0].owner, "alice");
	assert_string_equal(v[0].identifier, "");
	assert_int_equal(v[0].count, 1);
	assert_int_equal(v[0].size_gib, 10);
	assert_false(v[0].quarantined);
	assert_false(v[0].mounts_known);
	assert_int_equal(v[1].count, 3);
	assert_int_equal(v[1].size_gib, 5); /* in bytes */
	assert_true(v[2].quarantined);
	assert_int_equal(v[3].count, 0);
	/* 5.5: cached origin, quarantine, and which are data */
	assert_false(pdisk_is_scrap(&v[0]));
	assert_true(pdisk_is_scrap(&v[1]));
	assert_true(pdisk_is_scrap(&v[2]));
	v[2].quarantined = false;
	assert_true(pdisk_is_scrap(&v[2])); /* a snapshot still */
	assert_false(pdisk_is_scrap(&v[3]));
	arena_free(a);
}

static void
mounts_are_read(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct pdisk_mount *m;
	struct fault f;
	char *s = fixture("mounts");
	size_t n;

	(void)state;
	assert_int_equal(pdisk_parse_mounts(a, s, strlen(s), &m, &n, &f), 0);
	free(s);
	assert_int_equal(n, 2);
	assert_int_equal(m[0].vm_id, 5508);
	assert_string_equal(m[0].device, "static");
	assert_int_equal(m[1].vm_id, 5601);
	assert_string_equal(m[1].device, "vda");
	s = fixture("wrong-mounts");
	assert_int_equal(pdisk_parse_mounts(a, s, strlen(s), &m, &n, &f), 0);
	free(s);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(m[i].vm_id, -1);
	assert_int_equal(pdisk_parse_mounts(a, " [ ] ", 5, &m, &n, &f), 0);
	assert_int_equal(n, 0);
	arena_free(a);
}

static void
numbers_that_are_none_are_not_zero(void **state)
{
	static const char *const counts[] = {"\"-1\"", "\"\"", "\"1,234\"", "null", "[]", "-5",
	    "1.0", "true", "\"0x1\"", "\" 1\"", "99999999999999999999"};
	struct arena *a = arena_new(1 << 20);
	struct pdisk_volume *v;
	struct fault f;
	char s[256];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		snprintf(s, sizeof(s), "[{\"uuid\":\"" U1 "\",\"count\":%s}]", counts[i]);
		if (pdisk_parse_volumes(a, s, strlen(s), &v, &n, &f) != 0)
			continue; /* no JSON for Jansson: refused as a whole */
		assert_int_equal(n, 1);
		assert_int_equal(v[0].count, -1);
	}
	snprintf(s, sizeof(s), "[{\"uuid\":\"" U1 "\"}]");
	assert_int_equal(pdisk_parse_volumes(a, s, strlen(s), &v, &n, &f), 0);
	assert_int_equal(v[0].count, -1);
	arena_free(a);
}

static void
hostile_json_is_refused(void **state)
{
	static const struct {
		const char *json, *said;
	} cases[] = {
	    {"", "no JSON"},
	    {"{}", "no list"},
	    {"null", "no JSON"},
	    {"[", "no JSON"},
	    {"[] []", "no JSON"},
	    {"<html></html>", "no JSON"},
	    {"[5]", "without a UUID"},
	    {"[{}]", "without a UUID"},
	    {"[{\"uuid\":5}]", "without a UUID"},
	    {"[{\"uuid\":\"../../../../etc/passwd\"}]", "without a UUID"},
	    {"[{\"uuid\":\"95B75092-0000-4000-8000-cd1deaa721f1\"}]", "without a UUID"},
	    {"[{\"uuid\":\"" U1 "0\"}]", "without a UUID"},
	    {"[{\"uuid\":\"" U1 "\\u0000\"}]", "no JSON"},
	    /* a tag that closes its string and says that nobody has the volume */
	    {"[{\"uuid\":\"" U1 "\",\"tag\":\"a\",\"count\":\"0\",\"x\":\"\",\"count\":\"1\"}]",
		"no JSON"},
	    {"[{\"uuid\":\"" U1 "\",\"identifier\":[]}]", "text that is none"},
	    {"[{\"uuid\":\"" U1 "\",\"quarantine\":1}]", "text that is none"},
	    {"[{\"uuid\":\"" U1 "\",\"tag\":{\"a\":\"b\"}}]", "text that is none"},
	    {"[[[[[[[[[]]]]]]]]]", "too deep"},
	};
	struct arena *a = arena_new(1 << 20);
	struct pdisk_volume *v;
	struct text t;
	struct fault f;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&f, 0, sizeof(f));
		assert_int_equal(
		    pdisk_parse_volumes(a, cases[i].json, strlen(cases[i].json), &v, &n, &f),
		    -1);
		if (strstr(f.msg, cases[i].said) == NULL)
			fail_msg("%s: %s", cases[i].json, f.msg);
		assert_int_equal(n, 0);
	}
	/* brackets within strings nest nothing, however they are quoted */
	{
		const char *s = "[{\"uuid\":\"" U1 "\",\"tag\":\"\\\"[[[[[[[[[[[[\\\\\"}]";

		assert_int_equal(pdisk_parse_volumes(a, s, strlen(s), &v, &n, &f), 0);
		assert_string_equal(v[0].tag, "\"[[[[[[[[[[[[\\");
	}
	/* many small values: not one of them is made */
	text_init(&t, 64 << 20);
	text_addc(&t, '[');
	for (size_t i = 0; i < 4000000; i++)
		text_add(&t, "[],");
	text_add(&t, "[]]");
	assert_int_equal(pdisk_parse_volumes(a, t.p, t.len, &v, &n, &f), -1);
	assert_non_null(strstr(f.msg, "too long"));
	text_free(&t);
	/* an arena that is full is no crash and no half of a list */
	arena_free(a);
	a = arena_new(64);
	{
		char *s = fixture("volumes");

		assert_int_equal(pdisk_parse_volumes(a, s, strlen(s), &v, &n, &f), -1);
		assert_int_equal(n, 0);
		free(s);
	}
	arena_free(a);
}

static void
messages_of_errors_are_made_harmless(void **state)
{
	char buf[40];
	const char *s = "{\"message\":\"unknown\\ndisk \\u001b[31m\",\"code\":404}";

	(void)state;
	assert_string_equal(
	    pdisk_message(s, strlen(s), buf, sizeof(buf)), "unknown?disk ?[31m");
	assert_string_equal(pdisk_message("<html>", 6, buf, sizeof(buf)), "");
	assert_string_equal(pdisk_message("{\"message\":5}", 13, buf, sizeof(buf)), "");
	assert_string_equal(pdisk_message("[]", 2, buf, sizeof(buf)), "");
}

static void
uuids_are_found_in_every_form_of_source(void **state)
{
	static const struct {
		const char *source;
		bool found;
	} cases[] = {{"pdisk:https://pdisk.example.org/pdisk/" U1, true},
	    {"pdisk:pdisk.example.org/" U1, true}, {"pdisk:host:8445/" U1, true},
	    {"pdisk:host:8445:" U1, true}, {"pdisk:https://cloud/one-proxy/xmlrpc/" U1, true},
	    {"\n pdisk:h:1:" U1 "/ \n", true}, {"pdisk:" U1, true},
	    {"https://marketplace.example.org/metadata/" U1, false}, {"pdisk:", false},
	    {"pdisk:h/" U1 "//", false}, {"pdisk:h/x" U1, false},
	    {"pdisk:h/95B75092-0000-4000-8000-cd1deaa721f1", false}, {"", false}};
	char uuid[37];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (pdisk_uuid(cases[i].source, uuid) != cases[i].found)
			fail_msg("%s", cases[i].source);
		if (cases[i].found)
			assert_string_equal(uuid, U1);
	}
}

static void
endpoints_lead_to_their_door(void **state)
{
	static const struct {
		const char *endpoint;
		bool cert;
		const char *base;
	} cases[] = {{"pdisk.example.org", false, "https://pdisk.example.org:8445/pswd"},
	    {"https://h/pdisk", false, "https://h/pdisk/pswd"},
	    {"https://h/pdisk//", true, "https://h/pdisk/cert"},
	    {"http://127.0.0.1:99", false, "http://127.0.0.1:99/pswd"},
	    {"https://h/pdisk/pswd/", false, "https://h/pdisk/pswd"}};
	char buf[64], tiny[10];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    pdisk_base(cases[i].endpoint, cases[i].cert, buf, sizeof(buf)), 0);
		assert_string_equal(buf, cases[i].base);
	}
	assert_int_equal(pdisk_base("https://h/pdisk", false, tiny, sizeof(tiny)), -1);
}

static void
orphans_are_mounts_of_machines_that_are_not_there(void **state)
{
	struct pdisk_mount m[] = {{7, "vda"}, {8, "static"}, {-1, "vdb"}, {9, "vda"}};
	struct pdisk_volume v[] = {{.uuid = U1,
				       .tag = "t",
				       .owner = "alice",
				       .mounts = m,
				       .n_mounts = 4,
				       .mounts_known = true},
	    {.uuid = U1, .tag = "", .owner = "", .mounts = m, .n_mounts = 4}};
	const int64_t ids[] = {1, 8, 12};
	struct arena *a = arena_new(1 << 20);
	struct pdisk_orphan *o;
	size_t n;

	(void)state;
	assert_int_equal(pdisk_orphans(a, "https://h/pdisk/", v, 2, ids, 3, &o, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(o[0].vm_id, 7);
	assert_string_equal(o[0].uuid, U1);
	assert_string_equal(o[0].tag, "t");
	assert_string_equal(o[0].owner, "alice");
	assert_string_equal(o[0].remedy,
	    "curl -X DELETE -u pdisk https://h/pdisk/pswd/disks/" U1 "/mounts/" U1 "_7");
	assert_int_equal(o[1].vm_id, 9);
	/* an endpoint that a shell would read is not pasted */
	assert_int_equal(pdisk_orphans(a, "https://h/$(id)'x", v, 1, ids, 3, &o, &n), 0);
	assert_string_equal(
	    o[0].remedy, "curl -X DELETE -u pdisk PDISK/pswd/disks/" U1 "/mounts/" U1 "_7");
	assert_int_equal(pdisk_orphans(a, "h", v, 2, ids, 0, &o, &n), 0);
	assert_int_equal(n, 3);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(volumes_are_read_with_numbers_in_strings),
	    cmocka_unit_test(mounts_are_read),
	    cmocka_unit_test(numbers_that_are_none_are_not_zero),
	    cmocka_unit_test(hostile_json_is_refused),
	    cmocka_unit_test(messages_of_errors_are_made_harmless),
	    cmocka_unit_test(uuids_are_found_in_every_form_of_source),
	    cmocka_unit_test(endpoints_lead_to_their_door),
	    cmocka_unit_test(orphans_are_mounts_of_machines_that_are_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
