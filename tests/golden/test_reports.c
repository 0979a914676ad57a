/* SPDX-License-Identifier: ISC */
/*
 * Golden reports in the formats of files: CSV, HTML, Prometheus, of the same fixed cloud with some worse names and a past.
 * VMR_GOLDEN_WRITE=1 as in test_golden.c. tests/once/browser looks at the HTML ones in a real browser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/style.h"
#include "fleet.h"

#define DAY    86400
#define POINTS 60

struct scene {
	struct fleet f;
	struct past past;
	struct trend_point trend[POINTS];
	struct freed freed[5];
	struct text out;
	struct fault fault;
};

static void
compare(const char *name, const struct text *got)
{
	const char *dir = getenv("top_srcdir");
	char path[512], *want;
	size_t n;
	FILE *fp;

	assert_false(got->cut);
	snprintf(path, sizeof(path), "%s/tests/golden/%s", dir != NULL ? dir : ".", name);
	if (getenv("VMR_GOLDEN_WRITE") != NULL) {
		fp = fopen(path, "w");
		assert_non_null(fp);
		fwrite(got->p, 1, got->len, fp);
		fclose(fp);
		return;
	}
	fp = fopen(path, "r");
	if (fp == NULL)
		fail_msg("%s is missing", path);
	want = calloc(1, 1 << 20);
	n = fread(want, 1, (1 << 20) - 1, fp);
	fclose(fp);
	if (n != got->len || memcmp(want, got->p, n) != 0)
		fail_msg("%s differs; got:\n%s", name, got->p);
	free(want);
}

static void
a_kill(struct scene *s, size_t i, int64_t id, const char *name, const char *owner,
    enum outcome outcome, const char *detail, bool known)
{
	s->freed[i] = (struct freed){
	    .known = known, .vcpu = 4, .memory_mib = 8192, .disk_mib = 40960, .addresses = 1};
	if (!known)
		s->freed[i].vcpu = s->freed[i].memory_mib = s->freed[i].disk_mib =
		    s->freed[i].addresses = 0;
	s->freed[i].kill = (struct kill){.row = 20 - (int64_t)i,
	    .id = id,
	    .name = name,
	    .owner = owner,
	    .verb = "terminate-hard",
	    .reason = "unknown for 2 d",
	    .intent_s = GOLDEN_NOW_S - (int64_t)(i + 1) * 5 * DAY,
	    .outcome = outcome,
	    .detail = detail};
}

/* The fleet with three owners, hostile names, links, and 60 sweeps before it. */
static void
begin(struct scene *s, bool complete)
{
	struct fleet *f = &s->f;
	size_t i;

	memset(s, 0, sizeof(*s));
	fleet_build(f, complete);
	f->p->report.link = "https://one.example/#vms-tab/%d";
	f->l.vms[3].uname = "bob";
	f->l.vms[3].memory_mib = 16384;
	f->l.vms[5].uname = "\"><img src=x onerror=alert(1)>";
	f->l.vms[8].name = "=HYPERLINK(\"http://evil.example/\";\"x\")";
	f->l.vms[8].uname = "carol; =1+1, \"quoted\"";
	for (i = 0; i < POINTS; i++) {
		struct trend_point *t = &s->trend[i];

		t->when_s = GOLDEN_NOW_S - (int64_t)(POINTS - i) * DAY;
		t->metrics[METRIC_CANDIDATES] = (double)((i * 7) % 11);
		t->metrics[METRIC_HELD_MEMORY] = (double)((i * 7) % 11) * 3072;
		t->has[METRIC_CANDIDATES] = t->has[METRIC_HELD_MEMORY] = true;
	}
	a_kill(s, 0, 90, "old", "bob", OUTCOME_STUCK, "now SHUTDOWN", true);
	a_kill(s, 1, 88, "</td></table><script>alert(2)</script>", "mallory", OUTCOME_DONE, "",
	    true);
	a_kill(s, 2, 87, "batch-7", "alice", OUTCOME_DONE, "", true);
	a_kill(s, 3, 86, "batch-6", "alice", OUTCOME_REFUSED, "the machine <b>is</b> locked",
	    true);
	a_kill(s, 4, 70, "\xff\x01", "\xe2\x80\xae", OUTCOME_GONE, "", false);
	s->past = (struct past){GOLDEN_NOW_S - 90 * DAY, s->trend, POINTS, s->freed,
	    sizeof(s->freed) / sizeof(s->freed[0])};
	f->inputs.past = &s->past;
	text_init(&s->out, 1 << 20);
}

static void
rebuild(struct scene *s)
{
	assert_int_equal(report_build(s->f.a, &s->f.inputs, &s->f.r), 0);
}

static void
end(struct scene *s)
{
	text_free(&s->out);
	fleet_free(&s->f);
}

static size_t
times(const char *hay, const char *needle)
{
	size_t n = 0;

	for (; (hay = strstr(hay, needle)) != NULL; hay += strlen(needle))
		n++;
	return n;
}

/* Only printable characters, and lines: no control, no bidirectional character, nothing that is no UTF-8. */
static void
assert_printable(const struct text *t)
{
	size_t i, n;

	for (i = 0; i < t->len; i += n) {
		n = text_utf8_len(t->p + i, t->len - i);
		if (n == 0)
			fail_msg("a byte that is no UTF-8 at %zu", i);
		if ((unsigned char)t->p[i] < 0x20)
			assert_true(t->p[i] == '\n' || t->p[i] == '\r');
	}
	assert_null(strstr(t->p, "\xe2\x80\xae"));
}

/* --- CSV --------------------------------------------------------------------- */

/* The next cell of a file of our form, whose quoted cells begin and end with a quote: its text, unquoted, in buf. */
static const char *
next_cell(const char *p, char *buf, size_t size, bool *last)
{
	bool quoted = *p == '"';
	size_t n = 0;

	for (p += quoted; *p != '\0'; p++) {
		if (quoted && *p == '"') {
			if (p[1] != '"') {
				p++;
				break;
			}
			p++;
		} else if (!quoted && (*p == ',' || *p == '\r'))
			break;
		assert_true(n + 1 < size);
		buf[n++] = *p;
	}
	buf[n] = '\0';
	assert_true(*p == ',' || (p[0] == '\r' && p[1] == '\n'));
	*last = *p == '\r';
	return p + (*last ? 2 : 1);
}

static void
golden_csv(void **state)
{
	static char cell[8192];
	struct scene s;
	const char *p;
	size_t columns = 0, want = 0, rows = 0;
	bool last;

	(void)state;
	begin(&s, true);
	s.f.l.vms[1].name = "@SUM(A1)";
	s.f.l.vms[2].name = "\t=1+1";
	s.f.l.vms[3].name = "\r\n-1";
	s.f.l.vms[4].name = " +1";
	s.f.l.vms[5].name = "a;\t=1;b";
	s.f.l.vms[9].name = "\xef\xbc\x9d"
			    "1";
	rebuild(&s);
	report_csv(&s.f.r, &s.out);
	assert_printable(&s.out);
	for (p = s.out.p; *p != '\0';) {
		p = next_cell(p, cell, sizeof(cell), &last);
		columns++;
		/* TAB and CR are gone, the rest is defused */
		if (cell[0] != '\0' && strchr("=+-@", cell[0]) != NULL)
			fail_msg("a formula: %s", cell);
		assert_null(strstr(cell, ";="));
		assert_null(strstr(cell, "; ="));
		if (!last)
			continue;
		want = want == 0 ? columns : want;
		assert_int_equal(columns, want);
		columns = 0;
		rows++;
	}
	assert_int_equal(want, 21);
	/* a header, ten machines, and one that only the journal knows */
	assert_int_equal(rows, 12);
	compare("audit.csv", &s.out);
	end(&s);
}

static void
csv_defuses_and_quotes(void **state)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
	    {"web", "\"web\""},
	    {"a,b", "\"a,b\""},
	    {"a\"b", "\"a\"\"b\""},
	    {"=1", "\"'=1\""},
	    {"+1", "\"'+1\""},
	    {"-1", "\"'-1\""},
	    {"@A1", "\"'@A1\""},
	    {"  =1", "\"  '=1\""},
	    {"\t=1", "\"?=1\""},
	    {"\r", "\"?\""},
	    {"a\nb", "\"a?b\""},
	    {"a;=1", "\"a;'=1\""},
	    {"a; @1", "\"a; '@1\""},
	    {"a-1=2", "\"a-1=2\""},
	    {"\xef\xbc\x9d"
	     "1",
		"\"'\xef\xbc\x9d"
		"1\""},
	    {"\xef\xbc\xa0"
	     "1",
		"\"'\xef\xbc\xa0"
		"1\""},
	    {"\xff\xfe", "\"??\""},
	    {"", ""},
	};
	struct scene s;
	char want[64];
	size_t i;

	(void)state;
	begin(&s, true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s.f.l.vms[0].name = rows[i].name;
		rebuild(&s);
		text_reset(&s.out);
		report_csv(&s.f.r, &s.out);
		snprintf(want, sizeof(want), "\r\n1,%s,", rows[i].want);
		if (strstr(s.out.p, want) == NULL)
			fail_msg("%s is not in\n%s", want, s.out.p);
	}
	end(&s);
}

/* Each finding ends with its remedy; the last cell of a row has them, each once. */
static void
csv_has_every_remedy(void **state)
{
	struct scene s;
	size_t i;

	(void)state;
	begin(&s, true);
	rebuild(&s);
	report_csv(&s.f.r, &s.out);
	for (i = 0; i < s.f.r.status.n_findings; i++) {
		assert_true(s.f.r.status.findings[i].remedy[0] != '\0');
		if (s.f.r.status.findings[i].id >= 0)
			assert_non_null(strstr(s.out.p, s.f.r.status.findings[i].remedy));
	}
	end(&s);
}

/* --- Prometheus ----------------------------------------------------------------- */

static void
golden_prometheus(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, true);
	s.f.l.vms[6].uname = "a\\b\"c\nd\xff";
	s.f.inputs.cloud = "gol\"den\\";
	rebuild(&s);
	report_prometheus(&s.f.r, &s.out);
	assert_printable(&s.out);
	assert_non_null(
	    strstr(s.out.p, "{cloud=\"gol\\\"den\\\\\",owner=\"a\\\\b\\\"c?d?\"} "));
	compare("audit.prom", &s.out);
	end(&s);
}

static void
prometheus_leaves_out_what_is_not_known(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	s.f.in.run.last.clock.wall_s = GOLDEN_NOW_S - 900;
	rebuild(&s);
	report_prometheus(&s.f.r, &s.out);
	assert_non_null(strstr(s.out.p, "vmreaper_complete{cloud=\"golden\"} 0\n"));
	assert_non_null(strstr(
	    s.out.p, "vmreaper_last_sweep_timestamp_seconds{cloud=\"golden\"} 1795500000\n"));
	assert_non_null(strstr(s.out.p,
	    "vmreaper_last_complete_sweep_timestamp_seconds{cloud=\"golden\"} 1795499100\n"));
	assert_null(strstr(s.out.p, "vmreaper_unknown"));
	assert_null(strstr(s.out.p, "vmreaper_machines"));
	assert_null(strstr(s.out.p, "vmreaper_owner_wasted"));
	/* the journal is known all the same */
	assert_non_null(strstr(s.out.p, "vmreaper_stuck{cloud=\"golden\"} 1\n"));
	end(&s);
}

/* 120 owners: 50 series and one for the rest, which together are all. */
static void
prometheus_has_a_bounded_number_of_series(void **state)
{
	enum { MANY = 120 };
	static char names[MANY][16];
	static struct vm vms[MANY];
	struct scene s;
	size_t i;

	(void)state;
	begin(&s, true);
	for (i = 0; i < MANY; i++) {
		vms[i] = s.f.l.vms[2];
		vms[i].id = (int64_t)i + 1;
		snprintf(names[i], sizeof(names[i]), "owner-%zu", i);
		vms[i].uname = names[i];
	}
	s.f.l.vms = vms;
	s.f.l.n = MANY;
	s.f.inputs.records = NULL;
	s.f.inputs.judgements = NULL;
	s.f.inputs.sightings = NULL;
	rebuild(&s);
	report_prometheus(&s.f.r, &s.out);
	assert_int_equal(times(s.out.p, "vmreaper_owner_wasted_machines{"), 51);
	assert_non_null(strstr(s.out.p,
	    "vmreaper_owner_wasted_machines{cloud=\"golden\",owner=\"(others)\"} 70\n"));
	end(&s);
}

/* --- HTML ----------------------------------------------------------------------- */

static void
assert_inert(const struct text *t)
{
	static const char *const never[] = {"<script", "<img", "<iframe", "<object", "<embed",
	    "<link", "<form", "<base", "<b>", "javascript:", " onerror=\"", " onload=\"",
	    "@import", "url("};
	size_t i;

	assert_printable(t);
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strstr(t->p, never[i]) != NULL)
			fail_msg("%s in the page", never[i]);
	assert_int_equal(times(t->p, "<style>"), 1);
	assert_non_null(
	    strstr(t->p, "content=\"default-src 'none'; style-src 'unsafe-inline'\""));
}

static void
render(struct scene *s, const char *golden)
{
	rebuild(s);
	if (report_html(&s->f.r, &s->out, &s->fault) != 0)
		fail_msg("%s", s->fault.msg);
	assert_inert(&s->out);
	assert_int_equal(times(s->out.p, "<th "), times(s->out.p, "<th scope=\""));
	assert_int_equal(times(s->out.p, "<svg "), times(s->out.p, "<desc id=\""));
	compare(golden, &s->out);
}

static void
golden_html(void **state)
{
	struct scene s;
	size_t i;

	(void)state;
	begin(&s, true);
	render(&s, "report.html");
	/* stuck and refused ones gave nothing back */
	assert_non_null(strstr(
	    s.out.p, "set out to kill 5 machines; 3 are gone and gave back 8 vCPU, 16 GiB"));
	assert_non_null(strstr(s.out.p, "href=\"https://one.example/#vms-tab/4\""));
	for (i = 0; i < s.f.r.status.n_findings; i++)
		assert_true(s.f.r.status.findings[i].remedy[0] != '\0');
	end(&s);
}

static void
golden_html_incomplete(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	render(&s, "report-incomplete.html");
	assert_non_null(strstr(s.out.p, "This report is not complete."));
	assert_non_null(strstr(s.out.p, "the document ends in the middle"));
	assert_null(strstr(s.out.p, "What is wasted"));
	end(&s);
}

static void
golden_html_empty(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, true);
	s.f.l.n = 0;
	s.f.inputs.n_kills = 0;
	s.past.n_trend = s.past.n_freed = 0;
	render(&s, "report-empty.html");
	assert_non_null(strstr(s.out.p, "The cloud has no machines."));
	assert_non_null(strstr(s.out.p, "Fewer than two complete sweeps"));
	end(&s);
}

/* A saved listing: nothing was probed, nothing is remembered. */
static void
golden_html_without_ledger(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, true);
	s.f.p->report.link = NULL;
	s.f.inputs.records = NULL;
	s.f.inputs.sightings = NULL;
	s.f.inputs.kills = NULL;
	s.f.inputs.n_kills = 0;
	s.f.inputs.run = NULL;
	s.f.inputs.past = NULL;
	s.f.inputs.sweep = 0;
	s.f.inputs.program = "audit";
	s.f.inputs.cloud = "/tmp/<b>listing</b>.xml";
	render(&s, "report-plain.html");
	assert_non_null(strstr(s.out.p, "No ledger was read"));
	assert_null(strstr(s.out.p, "href="));
	end(&s);
}

static void
html_that_does_not_fit_is_a_fault(void **state)
{
	struct scene s;
	struct text small;

	(void)state;
	begin(&s, true);
	rebuild(&s);
	text_init(&small, 5000);
	assert_int_equal(report_html(&s.f.r, &small, &s.fault), -1);
	assert_int_equal(s.fault.kind, FAULT_LIMIT);
	text_free(&small);
	end(&s);
}

/* --- sums and links --------------------------------------------------------------- */

static void
waste_is_summed_by_owner_state_and_age(void **state)
{
	struct scene s;
	const struct waste *w;
	int64_t machines = 0;
	size_t i;

	(void)state;
	begin(&s, true);
	rebuild(&s);
	w = &s.f.r.waste;
	/* machines 3, 4, 7 and 9 are dead, 6 is off for 35 days */
	assert_int_equal(w->dead.machines, 4);
	assert_int_equal(w->off.machines, 1);
	assert_int_equal(w->sum.machines, 5);
	assert_int_equal(w->all.machines, 10);
	assert_int_equal(w->dead.memory_mib, (int64_t)s.f.r.status.metrics[METRIC_HELD_MEMORY]);
	assert_int_equal(w->dead.vcpu, (int64_t)s.f.r.status.metrics[METRIC_HELD_VCPU]);
	assert_int_equal(w->n_owners, 5);
	assert_string_equal(w->owners[0].name, "bob"); /* most memory first */
	assert_int_equal(w->owners[0].memory_mib, 16384);
	for (i = 0; i < w->n_owners; i++)
		machines += w->owners[i].machines;
	assert_int_equal(machines, 5);
	assert_int_equal(w->n_states, 3);
	assert_string_equal(w->states[0].name, "UNKNOWN");
	assert_int_equal(w->states[0].machines, 3);
	assert_int_equal(w->ages[WASTE_AGE_WEEK].machines, 4);
	assert_int_equal(w->ages[WASTE_AGE_QUARTER].machines, 1);
	end(&s);
}

static void
ages_end_where_the_next_begins(void **state)
{
	static const struct {
		int64_t age_s;
		enum waste_age want;
	} rows[] = {{0, WASTE_AGE_DAY}, {DAY - 1, WASTE_AGE_DAY}, {DAY, WASTE_AGE_WEEK},
	    {7 * DAY - 1, WASTE_AGE_WEEK}, {7 * DAY, WASTE_AGE_MONTH},
	    {30 * DAY, WASTE_AGE_QUARTER}, {90 * DAY - 1, WASTE_AGE_QUARTER},
	    {90 * DAY, WASTE_AGE_LONGER}, {GOLDEN_NOW_S - 1, WASTE_AGE_LONGER},
	    {GOLDEN_NOW_S, WASTE_AGE_UNKNOWN},
	    /* a clock that was set back */
	    {-DAY, WASTE_AGE_DAY}};
	struct scene s;
	size_t i;

	(void)state;
	begin(&s, true);
	s.f.l.vms = &s.f.l.vms[2];
	s.f.l.n = 1;
	s.f.inputs.records = &s.f.records[2];
	s.f.inputs.judgements = NULL;
	s.f.inputs.verdict = NULL;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s.f.records[2].since_s = GOLDEN_NOW_S - rows[i].age_s;
		rebuild(&s);
		if (s.f.r.waste.ages[rows[i].want].machines != 1)
			fail_msg("row %zu", i);
	}
	end(&s);
}

static void
links_are_made_by_replacing(void **state)
{
	static const struct {
		const char *pattern;
		int64_t id;
		const char *want;
	} rows[] = {
	    {"https://one.example/#vms-tab/%d", 42, "https://one.example/#vms-tab/42"},
	    {"http://x/%d?a=%20b", 0, "http://x/0?a=%20b"},
	    {"https://one.example/%d", INT64_MAX, "https://one.example/9223372036854775807"},
	    {"https://one.example/%d", -1, ""},
	    {"https://one.example/%s", 1, ""},
	    {"", 1, ""},
	    {NULL, 1, ""},
	    /* half an address leads elsewhere */
	    {"https://one.example/a-very-long-path-that-does-not-fit/%d", 1234567, ""},
	};
	char buf[48];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    report_link(rows[i].pattern, rows[i].id, buf, sizeof(buf)), rows[i].want);
}

/* The page of a machine stands in every format, before the remedy. */
static void
links_stand_in_every_format(void **state)
{
	static const char link[] = "https://one.example/#vms-tab/4";
	struct scene s;
	struct thresholds t;
	const char *at;

	(void)state;
	begin(&s, true);
	rebuild(&s);
	thresholds_default(&t);
	report_nagios(&s.f.r.status, &t, STATE_CRITICAL, "VMS", 1, 20, &s.out);
	at = strstr(s.out.p, link);
	assert_non_null(at);
	assert_true(strncmp(at + strlen(link), " -> ", 4) == 0);
	text_reset(&s.out);
	report_text(&s.f.r, false, &style_plain, &s.out);
	assert_non_null(
	    strstr(s.out.p, "\n          https://one.example/#vms-tab/4\n          -> "));
	text_reset(&s.out);
	/* 32 columns are needed on a narrow terminal: none rather than a broken one */
	report_text(&s.f.r, false, &(const struct style){.columns = 31}, &s.out);
	assert_null(strstr(s.out.p, link));
	text_reset(&s.out);
	assert_int_equal(report_json(&s.f.r, &s.out, &s.fault), 0);
	assert_int_equal(times(s.out.p, "\"link\":\"https://one.example/#vms-tab/4\""), 2);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_csv),
	    cmocka_unit_test(csv_defuses_and_quotes),
	    cmocka_unit_test(csv_has_every_remedy),
	    cmocka_unit_test(golden_prometheus),
	    cmocka_unit_test(prometheus_leaves_out_what_is_not_known),
	    cmocka_unit_test(prometheus_has_a_bounded_number_of_series),
	    cmocka_unit_test(golden_html),
	    cmocka_unit_test(golden_html_incomplete),
	    cmocka_unit_test(golden_html_empty),
	    cmocka_unit_test(golden_html_without_ledger),
	    cmocka_unit_test(html_that_does_not_fit_is_a_fault),
	    cmocka_unit_test(waste_is_summed_by_owner_state_and_age),
	    cmocka_unit_test(ages_end_where_the_next_begins),
	    cmocka_unit_test(links_are_made_by_replacing),
	    cmocka_unit_test(links_stand_in_every_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
