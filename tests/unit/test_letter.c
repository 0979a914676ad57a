/* SPDX-License-Identifier: ISC */
/*
 * test_letter: addresses that are none, and letters whose tenants chose their words to hurt: nobody but those who are
 * meant gets them, and no line of them means anything to a mail program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "act/letter.h"
#include "base/mailbox.h"

#define T0     1795000000 /* 2026-11-18T11:06:40Z */
#define UNIQUE "0123456789abcdef0123456789abcdef"

static void
addresses_are_plain_or_none(void **state)
{
	static const char *const good[] = {"a@b", "root@localhost", "alice@example.org",
	    "a.b_c+d-e@x-1.example.org", "A1@B2.ORG"};
	static const char *const bad[] = {"", "a", "@", "a@", "@b", "a@b@c", "a b@c", " a@b",
	    "a@b ", "a@b\nBcc: all@example.org", "a@b\r\n", "a@b,c@d", "a@b;c@d", "a\"@b",
	    "\"a b\"@c", "A <a@b>", "<a@b>", "a(x)@b", "|/bin/sh@b", "/etc/passwd@b",
	    "-oQ/tmp@b", "-x@b", "a-@b", ".a@b", "a.@b", "a..b@c", "a%b@c", "a!b@c",
	    "a@[127.0.0.1]", "a@-b", "a@b-", "a@b..c", "a@.b", "a@b.", "a@b_c", "\xc3\xa9@b",
	    "a@\xc3\xa9", "a\\@b", "a@b:25", "a'b@c", "a`id`@c", "$x@c", "a=b@c"};
	char s[400];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!mailbox_is(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (mailbox_is(bad[i]))
			fail_msg("taken: %s", bad[i]);
	assert_false(mailbox_is(NULL));
	snprintf(s, sizeof(s), "%064d@b", 1);
	assert_true(mailbox_is(s));
	snprintf(s, sizeof(s), "%065d@b", 1);
	assert_false(mailbox_is(s));
	snprintf(s, sizeof(s), "a@%063d.%063d.%063d.%060d", 1, 1, 1, 1);
	assert_int_equal(strlen(s), MAILBOX_MAX);
	assert_true(mailbox_is(s));
	snprintf(s, sizeof(s), "a@%063d.%063d.%063d.%061d", 1, 1, 1, 1);
	assert_false(mailbox_is(s));
	snprintf(s, sizeof(s), "a@%064d", 1);
	assert_false(mailbox_is(s));
}

static void
dates_are_those_of_rfc_5322(void **state)
{
	static const struct {
		int64_t s;
		const char *want;
	} t[] = {{0, "Thu, 01 Jan 1970 00:00:00 +0000"},
	    {T0, "Wed, 18 Nov 2026 11:06:40 +0000"},
	    {951782400, "Tue, 29 Feb 2000 00:00:00 +0000"},
	    {1798761599, "Thu, 31 Dec 2026 23:59:59 +0000"}, {-1, ""}, {INT64_MAX, ""}};
	char buf[40];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_string_equal(letter_date(buf, sizeof(buf), t[i].s), t[i].want);
}

/* --- letters ------------------------------------------------------------------------------------ */

static struct policy *p;

static int
setup(void **state)
{
	(void)state;
	p = policy_default();
	p->cloud.name = "lyon";
	p->notify.from = "cloud@example.org";
	p->report.link = "https://one.example/#vms-tab/%d?x=%2F";
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	policy_free(p);
	return 0;
}

static const char *const alice = "alice@example.org";
static const struct holds some = {
    .vcpu = 4, .memory_mib = 8192, .disk_mib = 20480, .addresses = 1, .any = true};

static struct letter
to_alice(void)
{
	return (struct letter){.policy = p,
	    .to = &alice,
	    .n_to = 1,
	    .to_owner = true,
	    .now_s = T0,
	    .unique = UNIQUE};
}

static struct letter_machine
a_machine(int64_t id, const char *name)
{
	return (struct letter_machine){.id = id,
	    .name = name,
	    .owner = "alice",
	    .state = "unknown",
	    .host = "node3",
	    .dead_s = T0 - 3 * 86400,
	    .holds = &some,
	    .kill_s = T0 + 43200};
}

/* What every letter must be; returns its body. */
static const char *
check_frame(const struct text *t)
{
	const char *body = strstr(t->p, "\n\n"), *line, *end;
	bool ascii = true;

	assert_false(t->cut);
	assert_non_null(body);
	body += 2;
	for (line = t->p; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end); /* it ends with a newline */
		if (end - line > 998)
			fail_msg("a line of %zu", (size_t)(end - line));
		assert_false(line >= body && strncmp(line, "From ", 5) == 0);
		assert_false(end - line == 1 && *line == '.');
		for (const char *s = line; s < end; s++) {
			assert_true((unsigned char)*s >= ' ' || *s == '\t');
			assert_true(s >= body || (unsigned char)*s < 0x7f);
			ascii = ascii && (unsigned char)*s < 0x80;
		}
	}
	assert_non_null(strstr(t->p, ascii ? "\nContent-Transfer-Encoding: 7bit\n\n"
					   : "\nContent-Transfer-Encoding: 8bit\n\n"));
	return body;
}

static void
a_notice_says_what_when_and_how_to_keep(void **state)
{
	static const char head[] = "From: cloud@example.org\nTo: alice@example.org\n"
				   "Subject: [lyon] 2 of your machines will be killed\n"
				   "Date: Wed, 18 Nov 2026 11:06:40 +0000\n"
				   "Message-ID: <vmreaper." UNIQUE "@example.org>\n"
				   "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
				   "Content-Type: text/plain; charset=utf-8\n"
				   "Content-Transfer-Encoding: 7bit\n\n";
	struct letter_machine m[] = {a_machine(17, "web"), a_machine(18, "db")};
	struct letter l = to_alice();
	struct text t;

	(void)state;
	text_init(&t, LETTER_BYTES_MAX);
	letter_notice(&l, m, 2, &t);
	check_frame(&t);
	assert_memory_equal(t.p, head, sizeof(head) - 1);
	assert_non_null(strstr(t.p, "\n  17  web\n"));
	assert_non_null(strstr(t.p, "\n  18  db\n"));
	assert_null(strstr(t.p, "owner   alice")); /* she knows */
	assert_non_null(strstr(t.p, "unknown since 2026-11-15T11:06:40Z (3 d"));
	assert_non_null(strstr(t.p, "holds   4 vCPU, 8 GiB memory, 20 GiB disk, 1 address\n"));
	assert_non_null(strstr(t.p, "killed  not before 2026-11-18T23:06:40Z\n"));
	assert_non_null(strstr(t.p, "page    https://one.example/#vms-tab/17?x=%2F\n"));
	assert_non_null(
	    strstr(t.p, "echo 'VMREAPER_KEEP=\"yes\"' | onevm update 17 --append\n"));
	assert_non_null(strstr(t.p, "the label vmreaper-keep\n"));
	assert_non_null(strstr(t.p, "ask its administrators: cloud@example.org\n"));
	text_reset(&t);
	letter_notice(&l, m, 1, &t);
	check_frame(&t);
	assert_non_null(strstr(t.p, "\nSubject: [lyon] 1 of your machines will be killed\n"));
	text_free(&t);
}

static void
administrators_are_told_whose_it_is(void **state)
{
	const char *const to[] = {"root@localhost", "ops@example.org"};
	struct letter_machine m = a_machine(17, "web");
	struct letter l = to_alice();
	struct text t;

	(void)state;
	l.to = to;
	l.n_to = 2;
	l.to_owner = false;
	m.unaddressed = true;
	text_init(&t, LETTER_BYTES_MAX);
	letter_notice(&l, &m, 1, &t);
	check_frame(&t);
	assert_non_null(
	    strstr(t.p, "\nTo: root@localhost,\n\tops@example.org\nSubject: [lyon] 1 "
			"machine will be killed\n"));
	assert_non_null(strstr(t.p, "owner   alice\n"));
	assert_non_null(strstr(t.p, "its owner has no address, so you are told instead\n"));
	assert_non_null(strstr(t.p, "vmreaper keep 17\n"));
	text_reset(&t);
	m.kill_s = 0;
	m.outcome = "done: it is gone";
	m.detail = "unknown for 3 d, seen 5 times, silent with a witness";
	letter_killed(&l, &m, 1, &t);
	check_frame(&t);
	assert_non_null(strstr(t.p, "\nSubject: [lyon] 1 machine was killed\n"));
	assert_non_null(strstr(t.p, "outcome done: it is gone\n"));
	assert_non_null(strstr(t.p, "because unknown for 3 d, seen 5 times"));
	text_free(&t);
}

static void
hostile_names_are_only_words_of_the_body(void **state)
{
	static const char *const names[] = {"x\nBcc: everybody@example.org\n\n.\nFrom me",
	    "\r\n.\r\n", ".", "From here", "\x1b[31mred", "\xff\xfe",
	    "\xe2\x80\xae"
	    "drow",
	    "=?utf-8?q?x?=", "%s%n%d", "$(reboot) `x` | mail", "", NULL};
	char longest[5000];
	struct letter l = to_alice();
	struct letter_machine m;
	struct text t;
	const char *body;

	(void)state;
	l.to_owner = false;
	text_init(&t, LETTER_BYTES_MAX);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		m = a_machine(17, names[i]);
		m.owner = m.host = m.detail = names[i];
		text_reset(&t);
		letter_killed(&l, &m, 1, &t);
		body = check_frame(&t);
		assert_null(strstr(body, "\nBcc"));
		assert_non_null(strstr(body, "\n  17  "));
		assert_non_null(strstr(t.p, "\nSubject: [lyon] 1 machine was killed\nDate: "));
	}
	/* characters of four bytes, as many as one likes, with and without blanks */
	for (size_t i = 0; i + 4 < sizeof(longest); i += 4)
		memcpy(longest + i, "\xf0\x9f\x92\x80", 4);
	longest[4996] = '\0';
	m = a_machine(17, longest);
	m.owner = m.host = m.detail = longest;
	text_reset(&t);
	letter_killed(&l, &m, 1, &t);
	check_frame(&t);
	memset(longest, ' ', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	text_reset(&t);
	letter_killed(&l, &m, 1, &t);
	check_frame(&t);
	text_free(&t);
}

static void
the_largest_letter_is_whole(void **state)
{
	static struct letter_machine m[LETTER_ENTRIES_MAX];
	static struct finding x[LETTER_ENTRIES_MAX];
	static char longest[3000];
	struct letter l = to_alice();
	struct text t;
	char last[40];

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(longest); i += 3)
		memcpy(longest + i, "\xe2\x82\xac", 3);
	for (size_t i = 0; i < LETTER_ENTRIES_MAX; i++) {
		m[i] = a_machine(INT32_MAX - (int64_t)i, longest);
		m[i].owner = m[i].host = m[i].detail = m[i].outcome = longest;
		m[i].outcome = "done";
		m[i].unaddressed = true;
		x[i] = (struct finding){.severity = STATE_CRITICAL,
		    .code = "bounced",
		    .id = INT32_MAX - (int64_t)i,
		    .name = longest,
		    .owner = longest,
		    .text = longest,
		    .remedy = longest};
	}
	l.to_owner = false;
	text_init(&t, LETTER_BYTES_MAX);
	letter_killed(&l, m, LETTER_ENTRIES_MAX, &t);
	check_frame(&t);
	snprintf(last, sizeof(last), "\n  %d  ", INT32_MAX - LETTER_ENTRIES_MAX + 1);
	assert_non_null(strstr(t.p, last));
	text_reset(&t);
	letter_alarms(&l, x, LETTER_ENTRIES_MAX, &t);
	check_frame(&t);
	snprintf(last, sizeof(last), "machine %d  ", INT32_MAX - LETTER_ENTRIES_MAX + 1);
	assert_non_null(strstr(t.p, last));
	text_free(&t);
}

static void
alarms_come_with_their_remedy(void **state)
{
	const struct finding x[] = {{.severity = STATE_CRITICAL,
					.code = "storm",
					.id = -1,
					.name = "",
					.owner = "",
					.text = "not reaping: 12 problem machines at once",
					.remedy = "vmreaper acknowledge --all"},
	    {.severity = STATE_CRITICAL,
		.code = "stuck",
		.id = 7,
		.name = "a|b",
		.owner = "bob",
		.text = "a text that is so long that it has to be broken at one of its "
			"blanks, because nobody reads lines of more than a screen",
		.remedy = "onehost forceupdate HOST; if no domain one-7 is left there: onevm "
			  "recover --success 7; last: virsh destroy one-7"}};
	struct letter l = to_alice();
	const char *line, *end;
	struct text t;

	(void)state;
	l.to_owner = false;
	text_init(&t, LETTER_BYTES_MAX);
	letter_alarms(&l, x, 2, &t);
	check_frame(&t);
	assert_non_null(strstr(t.p, "\nSubject: [lyon] vmreaper: 2 new alarms\n"));
	assert_non_null(strstr(t.p, "\n  storm\n      what    not reaping: 12"));
	assert_non_null(strstr(t.p, "\n  stuck, machine 7  a|b\n      owner   bob\n"));
	assert_non_null(strstr(t.p, "remedy  vmreaper acknowledge --all\n"));
	assert_non_null(strstr(t.p, "      remedy  onehost forceupdate HOST;\n"
				    "              if no domain one-7 is left there: onevm "
				    "recover --success 7;\n"
				    "              last: virsh destroy one-7\n"));
	for (line = t.p; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end - line > 78)
			fail_msg("%.*s", (int)(end - line), line);
	}
	text_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_plain_or_none),
	    cmocka_unit_test(dates_are_those_of_rfc_5322),
	    cmocka_unit_test_setup_teardown(
		a_notice_says_what_when_and_how_to_keep, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		administrators_are_told_whose_it_is, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		hostile_names_are_only_words_of_the_body, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_largest_letter_is_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(alarms_come_with_their_remedy, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
