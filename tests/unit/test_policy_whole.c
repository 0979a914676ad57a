/* SPDX-License-Identifier: ISC */
/*
 * test_policy_whole: the file as a whole: that no cut of it arms or loosens anything, what it needs to be armed,
 * what is said aloud of it, and that the master copy, the manual and the starter hold what is true.
 */
#include "policy/keys.h"
#include "policy_text.h"
#include "small_run.h"

/* Take the line that begins with start out of text. */
static void
drop_line(char *text, const char *start)
{
	char *at = strstr(text, start), *end;

	assert_non_null(at);
	end = strchr(at, '\n');
	assert_non_null(end);
	memmove(at, end + 1, strlen(end + 1) + 1);
}

static void
an_armed_policy_names_every_cap(void **state)
{
	static const struct {
		const char *line, *error;
	} t[] = {
	    {"per_run = ",
		"armed = yes needs [limits] per_run; add per_run = 5, or what you want\n"},
	    {"per_hour = ",
		"armed = yes needs [limits] per_hour; add per_hour = 10, or what you want\n"},
	    {"storm_count = ", "armed = yes needs [limits] storm_count; add storm_count = 10, "
			       "or what you want\n"},
	    {"storm_share = ", "armed = yes needs [limits] storm_share; add storm_share = 10%, "
			       "or what you want\n"},
	    {"grace = 48h",
		"armed = yes needs [unknown] grace; add grace = 24h, or what you want\n"},
	    {"confirmations = 5", "armed = yes needs [unknown] confirmations; add "
				  "confirmations = 3, or what you want\n"},
	    {"grace = 90m",
		"armed = yes needs [failed] grace; add grace = 24h, or what you want\n"},
	    {"confirmations = 3", "armed = yes needs [failed] confirmations; add confirmations "
				  "= 3, or what you want\n"},
	    {"auth_file = /etc/vmreaper/reap.auth",
		"armed = yes needs [reap] auth_file; name the credential file of "
		"the account that may kill, or write armed = no\n"},
	    {"owners_in = all",
		"armed = yes needs to be told whose machines may be killed; write owners_in = "
		"all "
		"under [scope], or name owners_in, groups_in, names_in or labels_in\n"},
	    {"[end]", "armed = yes, and the file does not end with [end]: it may be cut; "
		      "restore the rest, and write "
		      "[end] as the last line\n"},
	    {"name = ", "[cloud] name is missing; add name = ... under [cloud]\n"},
	};
	struct policy_errors errors;
	struct policy *p;
	const char *error;
	size_t i, len;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		text = slurp("tests/data/policy/armed.ini", &len);
		drop_line(text, t[i].line);
		assert_int_equal(
		    policy_parse("p.ini", text, strlen(text), NULL, &p, &errors, NULL), -1);
		error = strchr(errors.text.p, ' ');
		assert_non_null(error);
		assert_string_equal(error + 1, t[i].error);
		text_free(&errors.text);
		/* the same text observes happily */
		if (i + 1 < sizeof(t) / sizeof(t[0])) {
			drop_line(text, "armed = yes");
			policy_free(parse(text));
		}
		free(text);
	}
	/* a class that is never killed needs no grace */
	text = slurp("tests/data/policy/armed.ini", &len);
	drop_line(text, "grace = 90m");
	memcpy(strstr(text, "confirmations = 3"), "reap = no\n#.......", 17);
	p = parse(text);
	assert_false(p->failed.reap);
	policy_free(p);
	free(text);
}

/*
 * A file cut after any byte: refused, or not armed and every value that of the whole file or the
 * default. Only a whole file may be armed. (In a small run: any ninth byte.)
 */
static void
check_cuts(const char *name, const char *minimal)
{
	const size_t step = small_run() ? 9 : 1;
	size_t len, cut, n, n_base, n_whole, i, accepted = 0;
	char *text = slurp(name, &len), *exact;
	char *now, *base_text, *whole_text, *lines[300], *base[300], *whole[300];
	struct policy_errors errors;
	struct policy *p;

	p = parse(minimal);
	base_text = print(p);
	n_base = split_lines(base_text, base, 300);
	policy_free(p);
	p = parse(text);
	whole_text = print(p);
	n_whole = split_lines(whole_text, whole, 300);
	policy_free(p);
	assert_int_equal(n_base, n_whole);
	for (cut = 0; cut < len; cut += step) {
		exact = malloc(cut + 1);
		assert_non_null(exact);
		memcpy(exact, text, cut);
		if (policy_parse("p.ini", exact, cut, "/state", &p, &errors, NULL) == 0) {
			accepted++;
			assert_int_equal(exact[cut - 1], '\n');
			if (p->reap.armed)
				fail_msg("%s cut at %zu is armed", name, cut);
			now = print(p);
			n = split_lines(now, lines, 300);
			assert_int_equal(n, n_whole);
			for (i = 0; i < n; i++)
				if (strcmp(lines[i], whole[i]) != 0 &&
				    strcmp(lines[i], base[i]) != 0)
					fail_msg("%s cut at %zu: %s", name, cut, lines[i]);
			free(now);
		} else
			assert_null(p);
		policy_free(p);
		text_free(&errors.text);
		free(exact);
	}
	/* cuts between two lines of an observing policy cannot be seen, and do no harm */
	assert_true(accepted > 0);
	free(base_text);
	free(whole_text);
	free(text);
}

static void
no_cut_arms_or_invents(void **state)
{
	(void)state;
	check_cuts("tests/data/policy/armed.ini",
	    "[cloud]\nname = lal.stratuslab\n"
	    "endpoint = https://onehost-2.lal.in2p3.fr:2634/pswd/xmlrpc\n");
	check_cuts("conf/policy.ini",
	    "[cloud]\nname = example\nendpoint = http://127.0.0.1:2633/RPC2\n");
}

static void
the_master_copy_holds_the_defaults(void **state)
{
	struct policy *p, *q;
	char *text, *a, *b;
	size_t len;

	(void)state;
	text = slurp("conf/policy.ini", &len);
	p = parse(text);
	q = parse("[cloud]\nname = example\nendpoint = http://127.0.0.1:2633/RPC2\n");
	a = print(p);
	b = print(q);
	assert_string_equal(a, b);
	assert_string_not_equal(p->digest, q->digest);
	free(a);
	free(b);
	policy_free(p);
	policy_free(q);
	free(text);
}

/* True if the page has an item (.It Cm) for the key below the heading of its section. */
static bool
is_described(const char *page, const struct key *k)
{
	char heading[64], item[80];
	const char *from, *to, *at;
	size_t len;

	snprintf(heading, sizeof(heading), "\n.Ss \\&[%s] ", k->section);
	from = strstr(page, heading);
	if (from == NULL)
		return false;
	to = strstr(from + 1, "\n.Ss ");
	len = (size_t)snprintf(item, sizeof(item), "\n.It Cm %s", k->name);
	for (at = from; (at = strstr(at, item)) != NULL && (to == NULL || at < to); at += len)
		if (at[len] == ' ' || at[len] == '\n')
			return true;
	return false;
}

/* The thresholds are described by metric: once each in a table. */
static bool
is_metric_described(const char *page, const struct key *k)
{
	char item[80];

	snprintf(item, sizeof(item), "\n.It Cm %s\n", strchr(k->name, '_') + 1);
	return strstr(page, item) != NULL;
}

static void
every_key_is_in_the_master_copy_and_the_manual(void **state)
{
	const struct key *table;
	char *conf, *page, line[80];
	size_t n, i, len;

	(void)state;
	conf = slurp("conf/policy.ini", &len);
	page = slurp("man/vmreaper-policy.5", &len);
	table = keys_table(&n);
	for (i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "\n%s = ", table[i].name);
		if (strstr(conf, line) == NULL) {
			snprintf(line, sizeof(line), "\n# %s = ", table[i].name);
			if (strstr(conf, line) == NULL)
				fail_msg("conf/policy.ini has no %s", table[i].name);
		}
		if (table[i].type == KEY_RANGE ? !is_metric_described(page, &table[i])
					       : !is_described(page, &table[i]))
			fail_msg("vmreaper-policy.5 has no [%s] %s", table[i].section,
			    table[i].name);
	}
	free(conf);
	free(page);
}

static void
line_ends_and_marks_change_nothing_but_the_digest(void **state)
{
	size_t len, i, n = 3;
	char *text = slurp("tests/data/policy/armed.ini", &len), *crlf = malloc(2 * len + 4),
	     *a, *b;
	struct policy *p, *q;

	(void)state;
	assert_non_null(crlf);
	memcpy(crlf, "\xef\xbb\xbf", 3);
	for (i = 0; i < len; i++) {
		if (text[i] == '\n')
			crlf[n++] = '\r';
		crlf[n++] = text[i];
	}
	crlf[n] = '\0';
	p = parse(text);
	q = parse(crlf);
	a = print(p);
	b = print(q);
	assert_string_equal(a, b);
	assert_string_not_equal(p->digest, q->digest);
	free(a);
	free(b);
	policy_free(p);
	policy_free(q);
	free(text);
	free(crlf);
}

static void
the_digest_is_of_the_bytes(void **state)
{
	struct policy *p = parse(MINIMAL);

	(void)state;
	/* printf '[cloud]\nname = c\nendpoint = http://h/RPC2\n' | sha256sum */
	assert_string_equal(
	    p->digest, "d6d5d8e07e3176913689c53d0c32854e0888ab3c5b9af0de9fb436cf559b795a");
	policy_free(p);
}

static void
dangerous_choices_are_said_aloud(void **state)
{
	static const struct {
		const char *name, *text, *warning;
	} t[] = {
	    {"nothing", "[cloud]\nname = c\nendpoint = https://h/RPC2\n", ""},
	    {"loopback", "[cloud]\nname = c\nendpoint = http://127.0.0.1:2633/RPC2\n", ""},
	    {"plain http", MINIMAL, "[cloud] endpoint: plain http"},
	    {"no verification", "[cloud]\nname = c\nendpoint = https://h/\ninsecure = yes\n",
		"[cloud] insecure = yes"},
	    {"plain http to pdisk",
		"[cloud]\nname = c\nendpoint = https://h/\npdisk = http://h/pdisk\n",
		"[cloud] pdisk: plain http"},
	    {"pdisk on this machine",
		"[cloud]\nname = c\nendpoint = https://h/\npdisk = http://127.0.0.1:8445\n",
		""},
	    {"the whole world",
		"[cloud]\nname = c\nendpoint = https://h/\n[probe]\nnetworks = ::/0\n",
		"[probe] networks"},
	    {"a canary that is never asked",
		"[cloud]\nname = c\nendpoint = https://h/\n[probe]\n"
		"networks = 10.1.0.0/24, 2001:db8::/64\ncanaries = 10.1.0.1, 10.1.1.1\n",
		"[probe] canaries: 10.1.1.1 is outside of networks, so it is never asked and "
		"nobody is killed: add it to networks as 10.1.1.1/32\n"},
	    {"a canary of the other family that is never asked",
		"[cloud]\nname = c\nendpoint = https://h/\n[probe]\n"
		"networks = 10.1.0.0/24\ncanaries = 2001:db8::1\n",
		"[probe] canaries: 2001:db8::1 is outside"},
	    {"canaries in the first and the last network",
		"[cloud]\nname = c\nendpoint = https://h/\n[probe]\n"
		"networks = 10.1.0.0/24, 2001:db8::/64\n"
		"canaries = 10.1.0.1, 2001:db8::1\n",
		""},
	    {"no silence", "[cloud]\nname = c\nendpoint = https://h/\n[failed]\nsilence = no\n",
		"[failed] silence = no"},
	    {"data",
		"[cloud]\nname = c\nendpoint = https://h/\n[unknown]\npersistent = allow\n",
		"[unknown] persistent = allow"},
	    {"a class that is never killed",
		"[cloud]\nname = c\nendpoint = https://h/\n[unknown]\nreap = no\n"
		"persistent = allow\nsilence = no\n",
		""},
	    {"no cap",
		"[cloud]\nname = c\nendpoint = https://h/\n[limits]\nper_run = unlimited\n",
		"[limits] per_run"},
	    {"half a brake",
		"[cloud]\nname = c\nendpoint = https://h/\n[limits]\nstorm_count = unlimited\n",
		""},
	    {"no brake",
		"[cloud]\nname = c\nendpoint = https://h/\n[limits]\nstorm_count = unlimited\n"
		"storm_share = 100%\n",
		"[limits] storm_count"},
	};
	struct policy *p;
	struct text out;
	char *printed;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		p = parse(t[i].text);
		text_init(&out, 4096);
		policy_warnings(p, &out);
		printed = print(p);
		if (*t[i].warning == '\0'
			? out.len != 0
			: strncmp(out.p, t[i].warning, strlen(t[i].warning)) != 0)
			fail_msg("%s: %s", t[i].name, out.p);
		assert_int_equal(strstr(printed, "\n# WARNING: ") != NULL, out.len != 0);
		text_free(&out);
		free(printed);
		policy_free(p);
	}
}

static void
a_starter_is_a_policy_whatever_the_cloud_says(void **state)
{
	static const char hostile[] =
	    "private 10.0.0.0/8: 12 machines\n\n[reap]\narmed = yes\r\n\x1b[31mred\n# x";
	struct policy *p;
	struct text out;
	const char *s;

	(void)state;
	text_init(&out, 1 << 16);
	policy_starter("site.a", "https://one.example.org:2633/RPC2", hostile, hostile, &out);
	p = parse(out.p);
	assert_string_equal(p->cloud.name, "site.a");
	assert_string_equal(p->cloud.endpoint, "https://one.example.org:2633/RPC2");
	assert_false(p->reap.armed);
	assert_non_null(strstr(out.p, "\n#   private 10.0.0.0/8: 12 machines\n"));
	for (s = out.p; (s = strstr(s, "armed = yes")) != NULL; s++)
		assert_memory_equal(s - 4, "#   ", 4);
	policy_free(p);
	text_reset(&out);
	policy_starter("c", "http://h/RPC2", NULL, NULL, &out);
	policy_free(parse(out.p));
	text_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_armed_policy_names_every_cap),
	    cmocka_unit_test(no_cut_arms_or_invents),
	    cmocka_unit_test(the_master_copy_holds_the_defaults),
	    cmocka_unit_test(every_key_is_in_the_master_copy_and_the_manual),
	    cmocka_unit_test(line_ends_and_marks_change_nothing_but_the_digest),
	    cmocka_unit_test(the_digest_is_of_the_bytes),
	    cmocka_unit_test(dangerous_choices_are_said_aloud),
	    cmocka_unit_test(a_starter_is_a_policy_whatever_the_cloud_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
