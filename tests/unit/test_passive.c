/* SPDX-License-Identifier: ISC */
/*
 * What is pushed to Icinga and Nagios, and what Icinga's answers mean. The real daemons are in tests/once/daemons.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "report/passive.h"

static struct passive
result(const char *output)
{
	return (struct passive){.host = "cloud one",
	    .service = "sweep-demo",
	    .state = STATE_WARNING,
	    .output = output,
	    .ended_s = 1060,
	    .ttl_s = 1800};
}

static json_t *
icinga(const char *output)
{
	struct passive p = result(output);
	struct text out;
	struct fault f;
	json_t *o;

	text_init(&out, 65536);
	assert_int_equal(passive_icinga(&p, &out, &f), 0);
	o = json_loads(out.p, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	text_free(&out);
	return o;
}

static const char *
member(json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void
icinga_gets_text_and_figures_apart(void **state)
{
	json_t *o = icinga(
	    "VMS WARNING - 2 unknown of 5 | a=1;;0;0  b=2.500s;~:3;@4\nwarning x | y\nlast");
	json_t *v = json_object_get(o, "performance_data");

	(void)state;
	assert_string_equal(member(o, "service"), "cloud one!sweep-demo");
	assert_int_equal(json_integer_value(json_object_get(o, "exit_status")), 1);
	assert_string_equal(
	    member(o, "plugin_output"), "VMS WARNING - 2 unknown of 5\nwarning x | y\nlast");
	assert_int_equal(json_array_size(v), 2);
	assert_string_equal(json_string_value(json_array_get(v, 0)), "a=1;;0;0");
	assert_string_equal(json_string_value(json_array_get(v, 1)), "b=2.500s;~:3;@4");
	/* Icinga would drop it if one of its own checks began later than the sweep */
	assert_null(json_object_get(o, "execution_start"));
	assert_int_equal(json_integer_value(json_object_get(o, "ttl")), 1800);
	json_decref(o);
}

static void
icinga_gets_what_tenants_wrote_as_text(void **state)
{
	json_t *o = icinga("VMS OK - \"}],\\ \xc3\xa9 <b>; 1 |");

	(void)state;
	assert_string_equal(member(o, "plugin_output"), "VMS OK - \"}],\\ \xc3\xa9 <b>; 1");
	assert_int_equal(json_array_size(json_object_get(o, "performance_data")), 0);
	json_decref(o);
	o = icinga("");
	assert_string_equal(member(o, "plugin_output"), "");
	json_decref(o);
}

static void
a_result_that_does_not_fit_is_refused(void **state)
{
	struct passive p = result("VMS OK");
	struct text out;
	struct fault f;

	(void)state;
	text_init(&out, 100);
	assert_int_equal(passive_icinga(&p, &out, &f), -1);
	assert_string_equal(f.msg, "the result is too long");
	p.output = "VMS OK \xff";
	text_reset(&out);
	assert_int_equal(passive_icinga(&p, &out, &f), -1);
	text_free(&out);
}

static void
answers_of_icinga(void **state)
{
	static const struct {
		const char *body, *words;
		int taken;
	} t[] = {
	    {"{\"results\":[{\"code\":200.0,\"status\":\"Successfully processed.\"}]}",
		"Successfully processed.", 1},
	    {"{\"results\":[{\"code\":500,\"status\":\"No.\"}]}", "No.", 0},
	    {"{\"error\":404,\"status\":\"No objects found.\"}", "No objects found.", 0},
	    {"{\"results\":[]}", "", 0},
	    {"<h1>Unauthorized</h1>", "", 0},
	    {"[[[[", "", 0},
	    {"{\"results\":{\"code\":200},\"status\":7}", "", 0},
	    {"{\"status\":\"a\\nb\\u001b[1m\"}", "a?b?[1m", 0},
	    {"", "", 0},
	};
	char buf[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(
		    passive_icinga_answer(t[i].body, strlen(t[i].body), buf, sizeof(buf)),
		    t[i].taken);
		assert_string_equal(buf, t[i].words);
	}
}

static int
may(const char *permissions)
{
	char body[256];

	snprintf(body, sizeof(body), "{\"results\":[{\"permissions\":%s,\"user\":\"x\"}]}",
	    permissions);
	return passive_icinga_may(body, strlen(body));
}

static void
permissions_of_icinga(void **state)
{
	(void)state;
	assert_int_equal(may("[\"actions/process-check-result\"]"), 1);
	assert_int_equal(may("[\"status/query\",\"actions/*\"]"), 1);
	assert_int_equal(may("[\"*\"]"), 1);
	assert_int_equal(may("[\"objects/query/*\"]"), 0);
	assert_int_equal(may("[]"), -1);
	assert_int_equal(may("7"), -1);
	assert_int_equal(passive_icinga_may("<html>", 6), -1);
}

static const char *
nagios(const char *output, struct text *out)
{
	struct passive p = result(output);

	text_init(out, PASSIVE_LINE_MAX);
	passive_nagios(&p, out);
	return out->p;
}

static void
nagios_gets_one_line(void **state)
{
	struct text out;

	(void)state;
	assert_string_equal(nagios("VMS OK - a;b | a=1;2\nc:\\d \xc3\xa9\n\nend", &out),
	    "[1060] PROCESS_SERVICE_CHECK_RESULT;cloud one;sweep-demo;1;"
	    "VMS OK - a;b | a=1;2\\nc:\\\\d \xc3\xa9\\n\\nend\n");
	text_free(&out);
}

/* Whatever the output is, the line ends in one newline, within the bound, and loses whole lines only. */
static void
nagios_gets_whole_lines(void **state)
{
	struct text out, output;
	size_t lines, i;
	char *at;

	(void)state;
	for (lines = 0; lines < 400; lines += 7) {
		text_init(&output, 65536);
		text_add(&output, "VMS OK - first | a=1");
		for (i = 0; i < lines; i++)
			text_addf(&output, "\nline %03zu \\ \xc3\xa9", i);
		nagios(output.p, &out);
		assert_true(out.len <= PASSIVE_LINE_MAX);
		assert_false(out.cut);
		assert_ptr_equal(strchr(out.p, '\n'), out.p + out.len - 1);
		at = strstr(out.p, "\\n... the rest did not fit\n");
		assert_true((at != NULL) == (lines > 245));
		if (at != NULL)
			assert_memory_equal(at - 3, " \xc3\xa9", 3);
		text_free(&output);
		text_free(&out);
	}
	/* a first line that alone is too long */
	text_init(&output, 65536);
	for (i = 0; i < 9000; i++)
		text_addc(&output, 'x');
	nagios(output.p, &out);
	assert_true(out.len > PASSIVE_LINE_MAX - 8 && out.len <= PASSIVE_LINE_MAX);
	assert_non_null(strstr(out.p, "xx\\n... the rest did not fit\n"));
	text_free(&output);
	text_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(icinga_gets_text_and_figures_apart),
	    cmocka_unit_test(icinga_gets_what_tenants_wrote_as_text),
	    cmocka_unit_test(a_result_that_does_not_fit_is_refused),
	    cmocka_unit_test(answers_of_icinga),
	    cmocka_unit_test(permissions_of_icinga),
	    cmocka_unit_test(nagios_gets_one_line),
	    cmocka_unit_test(nagios_gets_whole_lines),
	};

	return cmocka_run_group_tests_name("passive", tests, NULL, NULL);
}
