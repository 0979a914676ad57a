/* SPDX-License-Identifier: ISC */
/*
 * The reasons: stable codes, all of them with a sentence, documented, and with remedies that can be typed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verdict/reasons.h"

/* Scripts and ledgers speak these: an entry may be added, and none may change. */
static const char *const gates[] = {"observing", "cloud-marker", "policy-changed", "ledger",
    "clock-jump", "listing-incomplete", "listing-implausible", "hosts-not-visible",
    "era-not-known", "era-contradiction", "prober-blind", "storm", "out-of-hours", "on-hold",
    "cloud-cool-down", "kills-fail"};
static const char *const vetoes[] = {"not-reapable", "unrecognised", "class-not-enabled",
    "holds-nothing", "no-verb", "out-of-scope", "excluded", "too-young", "not-read-whole",
    "locked", "keep-attribute", "keep-local", "service", "virtual-router", "imported",
    "scheduled-action", "host-missing", "host-not-monitored", "host-stale", "host-cool-down",
    "runs-elsewhere", "ambiguous-address", "answers-ping", "answers-ssh", "answers-tcp",
    "not-probed", "no-witness", "persistent-disk", "data-at-risk", "within-grace",
    "too-few-sightings", "killed-before", "in-storm", "notice-not-sent", "cap-run", "cap-hour",
    "cap-host", "cap-owner", "changed"};

static void
codes_are_stable_and_read_back(void **state)
{
	(void)state;
	assert_int_equal(GATE_COUNT, sizeof(gates) / sizeof(gates[0]));
	assert_int_equal(VETO_COUNT, sizeof(vetoes) / sizeof(vetoes[0]));
	for (int g = 0; g < GATE_COUNT; g++) {
		assert_string_equal(gate_code((enum gate)g), gates[g]);
		assert_int_equal(gate_parse(gates[g]), g);
	}
	for (int v = 0; v < VETO_COUNT; v++) {
		assert_string_equal(veto_code((enum veto)v), vetoes[v]);
		assert_int_equal(veto_parse(vetoes[v]), v);
	}
	assert_int_equal(gate_parse("locked"), -1);
	assert_int_equal(veto_parse("storm"), -1);
	assert_int_equal(veto_parse(""), -1);
}

/* "R1" ... in the order of reapers.md D.1: V1 to V10, A4 with V7. */
static void
rules_come_in_their_order(void **state)
{
	long last = 0;

	(void)state;
	for (int v = 0; v < VETO_COUNT; v++) {
		const char *rule = veto_rule((enum veto)v);
		long n = strcmp(rule, "A4") == 0 || strcmp(rule, "R8") == 0
			     ? 7
			     : strtol(rule + 1, NULL, 10);

		assert_true(n >= last && n <= 10);
		last = n;
	}
	assert_int_equal(last, 10);
	last = 0;
	for (int g = 0; g < GATE_COUNT; g++) {
		const char *rule = gate_rule((enum gate)g);
		long n = strcmp(rule, "A6") == 0 ? 9 : strtol(rule + 1, NULL, 10);

		assert_true(n >= last && n <= 9);
		last = n;
	}
}

static void
check_words(const char *code, const char *text, const char *remedy)
{
	size_t n = text != NULL ? strlen(text) : 0;

	if (n < 10 || text[n - 1] != '.' || strchr(text, '|') != NULL ||
	    strchr(text, '%') != NULL)
		fail_msg("%s: sentence: %s", code, text != NULL ? text : "none");
	if (remedy == NULL || strchr(remedy, '|') != NULL ||
	    strstr(remedy, "terminate") != NULL || strstr(remedy, "delete") != NULL)
		fail_msg("%s: remedy: %s", code, remedy != NULL ? remedy : "none");
	for (const char *s = strchr(remedy, '%'); s != NULL; s = strchr(s + 1, '%')) {
		if (s[1] != 'd')
			fail_msg("%s: remedy: %s", code, remedy);
	}
}

static void
each_has_a_sentence_and_no_remedy_kills(void **state)
{
	(void)state;
	for (int g = 0; g < GATE_COUNT; g++) {
		check_words(gate_code((enum gate)g), gate_text((enum gate)g),
		    gate_remedy((enum gate)g));
		assert_true(gate_remedy((enum gate)g)[0] != '\0');
		assert_null(strstr(gate_remedy((enum gate)g), "%d"));
	}
	for (int v = 0; v < VETO_COUNT; v++)
		check_words(veto_code((enum veto)v), veto_text((enum veto)v),
		    veto_remedy((enum veto)v));
	assert_non_null(strstr(gate_remedy(GATE_STORM), "vmreaper acknowledge"));
	assert_non_null(strstr(gate_remedy(GATE_HOLD), "vmreaper resume"));
	assert_non_null(strstr(veto_remedy(VETO_ANSWERS_PING), "onehost forceupdate"));
}

static void
numbers_that_are_no_reason_are_harmless(void **state)
{
	(void)state;
	assert_string_equal(veto_code(VETO_COUNT), "?");
	assert_string_equal(veto_remedy((enum veto) - 1), "");
	assert_string_equal(gate_code(GATE_COUNT), "?");
	assert_string_equal(gate_text((enum gate)99), "?");
	assert_false(veto_is_wait(VETO_COUNT));
}

static void
remedies_are_filled_in_and_cut(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(
	    reason_remedy("onevm show %d", 42, NULL, buf, sizeof(buf)), "onevm show 42");
	assert_string_equal(
	    reason_remedy("%d and %d", -1, NULL, buf, sizeof(buf)), "-1 and -1");
	assert_string_equal(reason_remedy("100 %", 7, NULL, buf, sizeof(buf)), "100 %");
	assert_string_equal(
	    reason_remedy("onevm show %d", 123456, NULL, buf, 15), "onevm show 123");
	assert_string_equal(reason_remedy("", 7, NULL, buf, sizeof(buf)), "");
	assert_string_equal(
	    reason_remedy("onehost show HOST; HOST", 7, "node4", buf, sizeof(buf)),
	    "onehost show node4; node4");
	assert_string_equal(
	    reason_remedy("onehost show HOST", 7, "x; reboot", buf, sizeof(buf)),
	    "onehost show HOST");
	assert_string_equal(reason_remedy("onehost show HOST", 7, "-rf", buf, sizeof(buf)),
	    "onehost show HOST");
	assert_string_equal(
	    reason_remedy("onehost show HOST", 7, "", buf, sizeof(buf)), "onehost show HOST");
	buf[0] = 'x';
	reason_remedy("abc", 7, NULL, buf, 0);
	assert_int_equal(buf[0], 'x');
}

static void
only_time_lifts_what_waits(void **state)
{
	(void)state;
	for (int v = 0; v < VETO_COUNT; v++) {
		bool want = strncmp(veto_code((enum veto)v), "cap-", 4) == 0 ||
			    v == VETO_WITHIN_GRACE || v == VETO_CONFIRMATIONS ||
			    v == VETO_HOST_COOL || v == VETO_NOTICE;

		assert_int_equal(veto_is_wait((enum veto)v), want);
	}
}

/* As the manual page writes it. */
static void
add_mdoc(char *out, size_t size, const char *s)
{
	size_t n = strlen(out);

	for (; *s != '\0' && n + 6 < size; s++) {
		if (*s == '"')
			n += (size_t)snprintf(out + n, size - n, "\\(dq");
		else if (strncmp(s, "%d", 2) == 0)
			n += (size_t)snprintf(out + n, size - n, "ID"), s++;
		else
			out[n++] = *s;
		out[n] = '\0';
	}
}

static void
check_entry(
    const char *page, const char *code, const char *rule, const char *text, const char *remedy)
{
	char want[1024];

	snprintf(want, sizeof(want), "\n.It Li %s\n%s: ", code, rule);
	add_mdoc(want, sizeof(want), text);
	if (remedy[0] != '\0') {
		add_mdoc(want, sizeof(want), "\nRemedy: ");
		add_mdoc(want, sizeof(want), remedy);
	}
	if (strstr(page, want) == NULL)
		fail_msg("man/vmreaper.8 lacks:%s", want);
}

/* The manual page has an entry for every code, with its rule, sentence and remedy (DESIGN 4). */
static void
every_code_is_in_the_manual(void **state)
{
	const char *top = getenv("top_srcdir");
	static char page[256 * 1024];
	char path[512];
	FILE *file;
	size_t n;

	(void)state;
	snprintf(path, sizeof(path), "%s/man/vmreaper.8", top != NULL ? top : ".");
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(page, 1, sizeof(page) - 1, file);
	fclose(file);
	page[n] = '\0';
	for (int g = 0; g < GATE_COUNT; g++)
		check_entry(page, gate_code((enum gate)g), gate_rule((enum gate)g),
		    gate_text((enum gate)g), gate_remedy((enum gate)g));
	for (int v = 0; v < VETO_COUNT; v++)
		check_entry(page, veto_code((enum veto)v), veto_rule((enum veto)v),
		    veto_text((enum veto)v), veto_remedy((enum veto)v));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(codes_are_stable_and_read_back),
	    cmocka_unit_test(rules_come_in_their_order),
	    cmocka_unit_test(each_has_a_sentence_and_no_remedy_kills),
	    cmocka_unit_test(numbers_that_are_no_reason_are_harmless),
	    cmocka_unit_test(remedies_are_filled_in_and_cut),
	    cmocka_unit_test(only_time_lifts_what_waits),
	    cmocka_unit_test(every_code_is_in_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
