/* SPDX-License-Identifier: ISC */
/*
 * What is certain in a text that is no XML: only what is there once, and only of the machine that was asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cloud/salvage.h"

#define HEAD  "<VM><ID>7</ID><UID>0</UID>"
#define STATE "<STATE>3</STATE><LCM_STATE>16</LCM_STATE>"

static void
only_what_is_there_once_is_certain(void **state)
{
	static const struct {
		const char *text;
		bool cut, good;
		int state, lcm;
		const char *name;
	} rows[] = {
	    {HEAD "<NAME>a&b</NAME>" STATE "</VM>", false, true, 3, 16, "a&b"},
	    {" <VM>\n <ID>7</ID><NAME>a&b</NAME>\n" STATE "\n</VM> \n", false, true, 3, 16,
		"a&b"},
	    {HEAD STATE "</VM>", false, true, 3, 16, ""},
	    {HEAD "<NAME>" STATE "</NAME>" STATE "</VM>", false, true, -1, -1, STATE},
	    {HEAD "<NAME><STATE>3</NAME>" STATE "</VM>", false, true, -1, 16, "<STATE>3"},
	    {HEAD "<NAME></STATE></NAME>" STATE "</VM>", false, true, 3, 16, "</STATE>"},
	    {HEAD "<STATE></STATE><LCM_STATE>x</LCM_STATE></VM>", false, true, -1, -1, ""},
	    {HEAD "<STATE>-3</STATE><LCM_STATE>99999999999</LCM_STATE></VM>", false, true, -1,
		-1, ""},
	    {HEAD "<STATE>3", false, true, -1, -1, ""},
	    {HEAD STATE, false, true, -1, -1, ""}, /* not whole: there may be more */
	    {HEAD STATE "</VM>", true, true, -1, -1, ""},
	    {HEAD "<NAME>a", false, true, -1, -1, ""},
	    /* not the document of this machine */
	    {"", false, false, -1, -1, ""},
	    {"<VM>", false, false, -1, -1, ""},
	    {"<VM><ID>7", false, false, -1, -1, ""},
	    {"<VM><ID>8</ID>" STATE "</VM>", false, false, -1, -1, ""},
	    {"<VM><ID>77</ID>" STATE "</VM>", false, false, -1, -1, ""},
	    {"<VM><ID></ID>" STATE "</VM>", false, false, -1, -1, ""},
	    {"<VM><UID>0</UID><ID>7</ID>" STATE "</VM>", false, false, -1, -1, ""},
	    {"<VM_POOL><VM><ID>7</ID>" STATE "</VM></VM_POOL>", false, false, -1, -1, ""},
	    {"x" HEAD STATE "</VM>", false, false, -1, -1, ""},
	};
	struct salvage s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool good =
		    salvage_machine(rows[i].text, strlen(rows[i].text), rows[i].cut, 7, &s);

		if (good != rows[i].good || s.state != rows[i].state || s.lcm != rows[i].lcm ||
		    (good && strcmp(s.name, rows[i].name) != 0))
			fail_msg("%s: %d %d/%d [%s]", rows[i].text, good, s.state, s.lcm,
			    good ? s.name : "");
	}
}

static void
names_are_bounded(void **state)
{
	char text[2048] = HEAD "<NAME>";
	size_t at = strlen(text);
	struct salvage s;

	(void)state;
	memset(text + at, 'x', 1000);
	text[at + 3] = '\0';
	strcpy(text + at + 1000, "</NAME>");
	assert_true(salvage_machine(text, at + 1007, false, 7, &s));
	assert_int_equal(strlen(s.name), LIMIT_NAME);
	assert_int_equal(s.name[3], 0x7f);
}

static void
ids_are_found_in_any_pieces(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		int64_t ids[4];
		bool whole;
	} rows[] = {
	    {"<VM_POOL></VM_POOL>", 0, {0}, true},
	    {"<VM_POOL><VM><ID>0</ID></VM><VM><ID>12</ID></VM></VM_POOL>", 2, {0, 12}, true},
	    {"<VM_POOL><VM>\n  <ID>5</ID></VM>\n</VM_POOL>\n", 1, {5}, true},
	    {"<VM_POOL><VM><ID>5</ID><NAME>a&<VM><ID>6</NAME></VM></VM_POOL>", 2, {5, 6}, true},
	    {"<VM_POOL><VM><ID>5</ID><NAME><VM><VM><ID>6<</NAME></VM></VM_POOL>", 2, {5, 6},
		true},
	    {"<VM_POOL><VM><I<VM><ID>7</ID></VM></VM_POOL>", 1, {7}, true},
	    {"<VM><ID>2147483647</ID></VM><VM><ID>2147483648</ID></VM></VM_POOL>", 1,
		{2147483647}, true},
	    {"<VM><ID>99999999999999999999999</ID></VM></VM_POOL>", 0, {0}, true},
	    {"<VM><ID>-1</ID></VM><VM><ID></ID></VM></VM_POOL>", 0, {0}, true},
	    {"<VM><UID>3</UID></VM><VM ><ID>4</ID>", 0, {0}, false},
	    {"<VM_POOL><VM><ID>5</ID></VM>", 1, {5}, false},
	    {"<VM_POOL><VM><ID>5</ID><NAME></VM_POOL></NAME>", 1, {5}, false},
	    {"<VM_POOL></VM_POO</VM_POOL>", 0, {0}, true},
	    {"", 0, {0}, false},
	};
	int64_t ids[3];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t piece = 1; piece < 8; piece++) {
			struct salvage_ids x = {.ids = ids, .room = 3};
			size_t len = strlen(rows[i].text), n;

			for (size_t at = 0; at < len; at += n) {
				n = len - at < piece ? len - at : piece;
				salvage_ids_feed(&x, rows[i].text + at, n);
			}
			if (x.n != rows[i].n || salvage_ids_whole(&x) != rows[i].whole)
				fail_msg("%s: %zu ids, %d", rows[i].text, x.n,
				    salvage_ids_whole(&x));
			for (size_t k = 0; k < x.n; k++)
				assert_int_equal(ids[k], rows[i].ids[k]);
		}
	}
	struct salvage_ids x = {.ids = ids, .room = 3};
	for (int k = 0; k < 5; k++)
		salvage_ids_feed(&x, "<VM><ID>1</ID>", 14);
	assert_int_equal(x.n, 5); /* said, and not written */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_is_there_once_is_certain),
	    cmocka_unit_test(names_are_bounded),
	    cmocka_unit_test(ids_are_found_in_any_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
