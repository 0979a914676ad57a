/* SPDX-License-Identifier: ISC */
/*
 * Identifiers and metadata of the Marketplace (stratuslab.md 6.1, 6.3, 6.4). The fixtures are those of the fuzz corpus,
 * composed from 6.3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cloud/marketplace.h"

#define ID   "BtSKdXa2SvHlSVTvgFgivIYDq--"
#define SHA1 "1b5229d5dad92bc7952553be01608af2180eafbe"

static char *
fixture(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[512], *s;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/marketplace/%s",
	    top != NULL ? top : ".", name);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s", path);
	s = calloc(1, 1 << 16);
	n = fread(s, 1, (1 << 16) - 1, f);
	s[n] = '\0';
	fclose(f);
	return s;
}

/* The list with the first `from` in the place of `to`. The caller frees. */
static char *
changed(const char *from, const char *to)
{
	char *s = fixture("list"), *at = strstr(s, from), *tail;

	if (at == NULL)
		fail_msg("%s is not in the fixture", from);
	tail = strdup(at + strlen(from));
	strcpy(at, to);
	strcat(at, tail);
	free(tail);
	return s;
}

static void
identifiers_are_sha1_sums_aligned_to_the_right(void **state)
{
	/* stratuslab.md 6.1: check values; the last two are the ends of the range */
	static const struct {
		const char *id, *hex;
	} cases[] = {{ID, SHA1},
	    {"MMZu9WvwKIro-rtBQfDk4PsKO7_", "c319bbd5afc0a22ba3eaed0507c39383ec28eeff"},
	    {"BEE8-MMAw-Lk_IgsEExAy3d9R8h", "1104f3e30c030f8b93f220b04131032dddf51f21"},
	    {"AAAAAAAAAAAAAAAAAAAAAAAAAAB", "0000000000000000000000000000000000000001"},
	    {"P__________________________", "ffffffffffffffffffffffffffffffffffffffff"}};
	char hex[41], id[28];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(marketplace_id_to_sha1(cases[i].id, hex), 0);
		assert_string_equal(hex, cases[i].hex);
		assert_int_equal(marketplace_sha1_to_id(cases[i].hex, id), 0);
		assert_string_equal(id, cases[i].id);
	}
}

static void
what_is_no_identifier_is_refused(void **state)
{
	static const char *const ids[] = {"", "BtSKdXa2SvHlSVTvgFgivIYDq-",
	    "BtSKdXa2SvHlSVTvgFgivIYDq--A", "BtSKdXa2SvHlSVTvgFgivIYDq-+",
	    "BtSKdXa2SvHlSVTvgFgivIYDq-\n", "QtSKdXa2SvHlSVTvgFgivIYDq--",
	    "../../../../../../../etc/pa", "\xc3\xa9tSKdXa2SvHlSVTvgFgivIYDq-"};
	static const char *const sums[] = {"", "1b52",
	    "1B5229d5dad92bc7952553be01608af2180eafbe", SHA1 "0",
	    "g1b5229d5dad92bc7952553be01608af2180eafb"};
	char hex[41], id[28];

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_int_equal(marketplace_id_to_sha1(ids[i], hex), -1);
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		assert_int_equal(marketplace_sha1_to_id(sums[i], id), -1);
}

static void
the_first_entry_is_read_whole(void **state)
{
	static const char *const names[] = {"list", "alone"};
	struct arena *a = arena_new(1 << 20);
	struct image_metadata m;
	struct fault f = {0};
	char *s;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		s = fixture(names[i]);
		if (marketplace_parse(a, s, strlen(s), ID, &m, &f) != 0)
			fail_msg("%s", f.msg);
		free(s); /* nothing points into the document */
		assert_string_equal(m.identifier, ID);
		assert_string_equal(m.sha1, SHA1);
		assert_true(m.bytes == 5368709120);
		assert_string_equal(m.type, "base");
		assert_string_equal(m.kind, "machine");
		assert_string_equal(m.os, "ttylinux");
		assert_string_equal(m.os_version, "14.0");
		assert_string_equal(m.os_arch, "i486");
		assert_string_equal(m.version, "1.3");
		assert_string_equal(m.title, "ttylinux");
		assert_string_equal(m.description, "A small machine & nothing else.");
		assert_string_equal(m.compression, "gz");
		assert_string_equal(m.format, "raw");
		assert_string_equal(m.disks_bus, "virtio");
		assert_string_equal(m.endorser, "jane.tester@example.org");
		assert_true(m.created_s == 1400007200);
		assert_true(m.valid_s == 1920826400);
		assert_null(m.deprecated);
		assert_int_equal(m.n_locations, 2);
		assert_string_equal(
		    m.locations[0], "http://images.example.org/ttylinux-14.0.img.gz");
		assert_string_equal(m.inbound_ports, "22,80");
	}
	arena_free(a);
}

static void
small_differences_are_understood(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct image_metadata m;
	struct fault f = {0};
	char *s;

	(void)state;
	s = changed("<slreq:bytes>5368709120", "<slreq:bytes>many");
	assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), 0);
	assert_true(m.bytes == -1);
	free(s);
	s = changed("<dcterms:compression>gz</dcterms:compression>", "<dcterms:compression/>");
	assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), 0);
	assert_string_equal(m.compression, "");
	free(s);
	/* created of the image goes before that of its endorsement */
	s = changed("<dcterms:type>",
	    "<dcterms:created>2013-01-01T00:00:00Z</dcterms:created><dcterms:type>");
	assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), 0);
	assert_true(m.created_s == 1356998400);
	free(s);
	s = fixture("deprecated");
	assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), 0);
	assert_string_equal(m.deprecated, "security | $(rm)");
	free(s);
	s = fixture("many-locations");
	assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), 0);
	assert_int_equal(m.n_locations, 16);
	free(s);
	/* a location that does not fit, or of another kind, is none */
	s = changed("http://images.example.org/", "file:///etc/passwd?");
	assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), 0);
	assert_int_equal(m.n_locations, 1);
	free(s);
	/* ports that are none are left out: they go into a template */
	s = changed("<slterms:inbound-port>80", "<slterms:inbound-port>80\" ] RAW = [");
	assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), 0);
	assert_string_equal(m.inbound_ports, "22");
	free(s);
	arena_free(a);
}

static void
what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *from, *to, *said;
	} cases[] = {
	    {"<dcterms:identifier>BtSKdXa2SvHlSVTvgFgivIYDq--",
		"<dcterms:identifier>MMZu9WvwKIro-rtBQfDk4PsKO7_",
		"instead of BtSKdXa2SvHlSVTvgFgivIYDq--"},
	    {"<dcterms:identifier>BtSKdXa2SvHlSVTvgFgivIYDq--</dcterms:identifier>", "",
		"have no dcterms:identifier"},
	    {"<slreq:bytes>5368709120</slreq:bytes>", "", "have no slreq:bytes"},
	    {"<dcterms:type>base</dcterms:type>", "", "have no dcterms:type"},
	    {"<dcterms:valid>2030-11-13T18:53:20Z</dcterms:valid>", "",
		"have no dcterms:valid"},
	    {"<slterms:os>ttylinux</slterms:os>", "", "have no slterms:os"},
	    {"<slterms:os-arch>i486</slterms:os-arch>", "", "have no slterms:os-arch"},
	    {"<slterms:os-version>14.0</slterms:os-version>", "", "have no slterms:os-version"},
	    {"<slterms:version>1.3</slterms:version>", "", "have no slterms:version"},
	    {"<dcterms:compression>gz</dcterms:compression>", "",
		"have no dcterms:compression"},
	    {"<dcterms:created>2014-05-13T18:53:20Z</dcterms:created>", "",
		"have no dcterms:created"},
	    {"<slreq:algorithm>SHA-1", "<slreq:algorithm>SHA-256", "have no SHA-1"},
	    {"<slreq:value>1b5229", "<slreq:value>xb5229", "a SHA-1 that is none"},
	    {"<slreq:value>1b5229", "<slreq:value>1b5228", "of another image"},
	    {"<slreq:algorithm>MD5", "<slreq:algorithm>SHA-1", "two SHA-1 checksums"},
	    {"<dcterms:type>", "<dcterms:identifier>other</dcterms:identifier><dcterms:type>",
		"two identifiers"},
	    {"2030-11-13T18:53:20Z", "for ever", "valid is no date"},
	    {">raw<", ">raw\", SOURCE=\"x<", "format is no word"},
	    {">virtio<", ">virtio ]<", "disks-bus is no word"},
	    /* of no effect: elements that nobody asked for */
	    {"<rdf:RDF", "<other:RDF xmlns:other=\"x\"/><rdf:RDF", NULL},
	    {"<rdf:RDF", "<rdf:RDF/></metadata><rdf:RDF", ""},
	};
	struct arena *a = arena_new(1 << 20);
	struct image_metadata m;
	struct fault f;
	char *s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = changed(cases[i].from, cases[i].to);
		memset(&f, 0, sizeof(f));
		if (cases[i].said == NULL) {
			assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), 0);
		} else {
			assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), -1);
			if (strstr(f.msg, cases[i].said) == NULL)
				fail_msg("%s: %s", cases[i].said, f.msg);
		}
		free(s);
	}
	arena_free(a);
}

static void
hostile_documents_are_refused(void **state)
{
	static const struct {
		const char *name, *said;
	} cases[] = {{"html", "DOCTYPE"}, {"doctype", "DOCTYPE"}, {"deep", "deeper"},
	    {"empty", "empty"}, {"cut", ""}, {"error", "no such entry"},
	    {"wrong-sha1", "of another image"}, {"hostile-words", "format is no word"}};
	struct arena *a = arena_new(1 << 20);
	struct image_metadata m;
	struct fault f;
	char *s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = fixture(cases[i].name);
		memset(&f, 0, sizeof(f));
		assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), -1);
		if (strstr(f.msg, cases[i].said) == NULL)
			fail_msg("%s: %s", cases[i].name, f.msg);
		free(s);
	}
	arena_free(a);
}

static void
memory_does_not_grow_with_the_document(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct image_metadata m;
	struct fault f = {0};
	struct text t;
	char *s = fixture("alone");

	(void)state;
	text_init(&t, 1 << 22);
	text_add(&t, "<metadata>");
	for (int i = 0; i < 500; i++)
		text_add(&t, strstr(s, "<rdf:RDF"));
	text_add(&t, "</metadata>");
	assert_int_equal(marketplace_parse(a, t.p, t.len, ID, &m, &f), 0);
	assert_true(arena_used(a) < 4096);
	/* a description of a megabyte is cut */
	text_reset(&t);
	text_addn(&t, s, (size_t)(strstr(s, "A small machine") - s));
	for (int i = 0; i < 100000; i++)
		text_add(&t, "0123456789");
	text_add(&t, strstr(s, "A small machine"));
	assert_int_equal(marketplace_parse(a, t.p, t.len, ID, &m, &f), 0);
	assert_int_equal(strlen(m.description), 1024);
	assert_true(arena_used(a) < 8192);
	text_free(&t);
	arena_free(a);
	/* and an arena that is full is a fault */
	a = arena_new(100);
	assert_int_equal(marketplace_parse(a, s, strlen(s), ID, &m, &f), -1);
	arena_free(a);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(identifiers_are_sha1_sums_aligned_to_the_right),
	    cmocka_unit_test(what_is_no_identifier_is_refused),
	    cmocka_unit_test(the_first_entry_is_read_whole),
	    cmocka_unit_test(small_differences_are_understood),
	    cmocka_unit_test(what_is_wrong_is_said),
	    cmocka_unit_test(hostile_documents_are_refused),
	    cmocka_unit_test(memory_does_not_grow_with_the_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
