/* SPDX-License-Identifier: ISC */
/*
 * test_status: the status file comes back as it was written, hostile names and all; whatever is not whole,
 * not ours or too large is a fault, and an older file survives a write that fails.
 */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/status.h"

struct box {
	char dir[64], path[96];
	struct arena *a;
	struct fault f;
};

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return -1;
	strcpy(b->dir, "/tmp/vmreaper-status-XXXXXX");
	if (mkdtemp(b->dir) == NULL)
		return -1;
	snprintf(b->path, sizeof(b->path), "%s/status.json", b->dir);
	b->a = arena_new(0);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;
	int rc;

	unlink(b->path);
	rc = rmdir(b->dir); /* fails when a temporary file was left behind */
	arena_free(b->a);
	free(b);
	return rc;
}

static struct finding findings[] = {
    {STATE_CRITICAL, "storm", -1, "", "", "12 unknown of 40", "vmreaper acknowledge --all"},
    {STATE_WARNING, "unknown", 7, "a|b\n\t\x1b[31m<script>\"'\\ \xe2\x80\xae \xf0\x9f\x92\xa9",
	"CN=Some One,O=x", "text", "fix"},
    {STATE_UNKNOWN, "x", INT64_MAX, "", "", "", ""},
    {STATE_OK, "y", 0, "", "", "", ""},
};

static struct status_gate gates[] = {{"storm", "12 of 40"}, {"on-hold", ""}};

static struct status
a_status(void)
{
	struct status s;

	memset(&s, 0, sizeof(s));
	s.cloud = "lab";
	s.program = "sweep";
	s.now_s = 1700000000;
	s.sweep = 42;
	s.why.kind = FAULT_NETWORK;
	strcpy(s.why.msg, "connection refused");
	strcpy(s.why.remedy, "is oned running?");
	s.good_s = 1699999100;
	s.hold = (struct hold){true, 1699990000, 1700090000, "a|b \xe2\x80\xae\n", "alice"};
	s.armed = true;
	s.version = "7.2.0";
	s.era = "7.x";
	s.interval_s = 900;
	s.total = 512;
	s.metrics[METRIC_UNKNOWN] = 12;
	s.has[METRIC_UNKNOWN] = true;
	s.metrics[METRIC_API_TIME] = 0.1;
	s.has[METRIC_API_TIME] = true;
	s.metrics[METRIC_HELD_MEMORY] = 1e15;
	s.has[METRIC_HELD_MEMORY] = true;
	s.has[METRIC_OFF] = true;
	s.findings = findings;
	s.n_findings = 4;
	s.n_findings_total = 9;
	s.gates = gates;
	s.n_gates = 2;
	return s;
}

static bool
same(const struct status *x, const struct status *y)
{
	size_t i;
	int m;

	if (strcmp(x->cloud, y->cloud) != 0 || strcmp(x->program, y->program) != 0 ||
	    x->now_s != y->now_s || x->sweep != y->sweep || x->complete != y->complete ||
	    x->good_s != y->good_s || x->hold.on != y->hold.on ||
	    (x->hold.on &&
		(x->hold.since_s != y->hold.since_s || x->hold.until_s != y->hold.until_s ||
		    strcmp(x->hold.by, y->hold.by) != 0 ||
		    strcmp(x->hold.reason, y->hold.reason) != 0)) ||
	    x->why.kind != y->why.kind || strcmp(x->why.msg, y->why.msg) != 0 ||
	    strcmp(x->why.remedy, y->why.remedy) != 0 || x->armed != y->armed ||
	    strcmp(x->version, y->version) != 0 || strcmp(x->era, y->era) != 0 ||
	    x->interval_s != y->interval_s || x->total != y->total ||
	    x->n_findings != y->n_findings || x->n_findings_total != y->n_findings_total ||
	    x->n_gates != y->n_gates)
		return false;
	for (m = 0; m < METRIC_COUNT; m++)
		if (x->has[m] != y->has[m] || (x->has[m] && x->metrics[m] != y->metrics[m]))
			return false;
	for (i = 0; i < x->n_findings; i++) {
		const struct finding *p = &x->findings[i], *q = &y->findings[i];

		if (p->severity != q->severity || p->id != q->id ||
		    strcmp(p->code, q->code) != 0 || strcmp(p->name, q->name) != 0 ||
		    strcmp(p->owner, q->owner) != 0 || strcmp(p->text, q->text) != 0 ||
		    strcmp(p->remedy, q->remedy) != 0)
			return false;
	}
	for (i = 0; i < x->n_gates; i++)
		if (strcmp(x->gates[i].code, y->gates[i].code) != 0 ||
		    strcmp(x->gates[i].detail, y->gates[i].detail) != 0)
			return false;
	return true;
}

static void
must_write(struct box *b, const struct status *s)
{
	if (status_write(b->path, NULL, s, &b->f) != 0)
		fail_msg("%s", b->f.msg);
}

static void
must_read(struct box *b, struct status *s)
{
	if (status_read(b->path, b->a, s, &b->f) != 0)
		fail_msg("%s", b->f.msg);
}

/* The file's bytes, NUL-terminated, to be freed. */
static char *
slurp(struct box *b, size_t *n)
{
	FILE *fp = fopen(b->path, "rb");
	char *p = calloc(2 * STATUS_MAX_BYTES, 1);

	assert_non_null(fp);
	assert_non_null(p);
	*n = fread(p, 1, 2 * STATUS_MAX_BYTES - 1, fp);
	fclose(fp);
	return p;
}

static void
spill(struct box *b, const char *p, size_t n)
{
	FILE *fp = fopen(b->path, "wb");

	assert_non_null(fp);
	assert_int_equal(fwrite(p, 1, n, fp), n);
	fclose(fp);
}

static void
it_comes_back_as_it_was(void **state)
{
	struct box *b = *state;
	struct status s = a_status(), r;
	struct stat st;

	must_write(b, &s);
	must_read(b, &r);
	assert_true(same(&s, &r));
	assert_int_equal(lstat(b->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	s.complete = true;
	s.good_s = s.now_s; /* whatever it says: this run is the good one */
	s.hold.on = false;
	s.why.kind = FAULT_NONE;
	s.why.msg[0] = s.why.remedy[0] = '\0';
	s.armed = false;
	s.n_findings = s.n_findings_total = s.n_gates = 0;
	must_write(b, &s); /* over an older one */
	must_read(b, &r);
	assert_true(same(&s, &r));
}

static void
what_json_cannot_hold_is_replaced_or_left_out(void **state)
{
	struct box *b = *state;
	struct finding x = {
	    STATE_WARNING, "unknown", 7, "bad \xff\xc0\xaf end", NULL, "t", NULL};
	struct status s = a_status(), r;

	s.findings = &x;
	s.n_findings = 1;
	s.cloud = NULL;
	s.metrics[METRIC_FAILED] = NAN;
	s.has[METRIC_FAILED] = true;
	s.metrics[METRIC_OFF] = INFINITY;
	must_write(b, &s);
	must_read(b, &r);
	assert_string_equal(r.findings[0].name, "bad \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd end");
	assert_string_equal(r.findings[0].owner, "");
	assert_string_equal(r.cloud, "");
	assert_false(r.has[METRIC_FAILED]);
	assert_false(r.has[METRIC_OFF]);
	assert_true(r.has[METRIC_UNKNOWN]);
}

static void
long_texts_are_cut_between_characters(void **state)
{
	struct box *b = *state;
	struct finding x = {STATE_WARNING, "unknown", 7, "", "", "", ""};
	struct status s = a_status(), r;
	char text[4001];
	size_t i;

	for (i = 0; i < 4000; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[4000] = '\0';
	x.text = text + 1; /* begins with half a character */
	x.name = text;
	s.findings = &x;
	s.n_findings = 1;
	must_write(b, &s);
	must_read(b, &r);
	assert_int_equal(strlen(r.findings[0].name), 512);
	assert_int_equal(strlen(r.findings[0].text), 1023);
	assert_memory_equal(r.findings[0].text, "\xef\xbf\xbd\xc3\xa9", 5);
}

/* Control bytes take six bytes each in JSON: the file still stays below its bound, the worst first. */
static void
a_flood_of_hostile_findings_stays_bounded(void **state)
{
	struct box *b = *state;
	struct finding *x = calloc(1000, sizeof(*x));
	struct status s = a_status(), r;
	struct stat st;
	char text[1024];
	int i;

	assert_non_null(x);
	memset(text, 1, sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 1000; i++)
		x[i] = (struct finding){STATE_WARNING, "unknown", i, "n", "o", "t", "r"};
	s.findings = x;
	s.n_findings = s.n_findings_total = 1000;
	must_write(b, &s);
	must_read(b, &r);
	assert_int_equal(r.n_findings, STATUS_FINDINGS_MAX);
	assert_int_equal(r.n_findings_total, 1000);
	for (i = 0; i < 1000; i++)
		x[i].name = x[i].owner = x[i].text = x[i].remedy = text;
	must_write(b, &s);
	must_read(b, &r);
	assert_in_range(r.n_findings, 20, STATUS_FINDINGS_MAX);
	assert_int_equal(r.n_findings_total, 1000);
	assert_int_equal(r.findings[19].id, 19);
	assert_int_equal(lstat(b->path, &st), 0);
	assert_true(st.st_size <= STATUS_MAX_BYTES);
	free(x);
}

static void
cut_anywhere_it_is_whole_or_a_fault(void **state)
{
	struct box *b = *state;
	struct status s = a_status(), r;
	size_t n, i, whole = 0;
	char *p;

	must_write(b, &s);
	p = slurp(b, &n);
	for (i = 0; i <= n; i++) {
		spill(b, p, i);
		memset(&b->f, 0, sizeof(b->f));
		if (status_read(b->path, b->a, &r, &b->f) == 0) {
			whole++;
			assert_true(same(&s, &r));
		} else if (b->f.kind != FAULT_REPLY || b->f.msg[0] == '\0') {
			fail_msg("cut at %zu: %s", i, b->f.msg);
		}
	}
	assert_int_equal(whole, 2); /* all of it, with and without its last newline */
	free(p);
}

/* Each row: the first place where the text stands is replaced, and the file must be refused for it. */
static const struct {
	const char *name, *from, *to, *word;
} wrongs[] = {
    {"another format", "vmreaper-status", "vmreaper-stutus", "no status file"},
    {"another version", "\"format_version\": 1", "\"format_version\": 2", "version"},
    {"version as text", "\"format_version\": 1", "\"format_version\": \"1\"", "version"},
    {"a text that is a number", "\"lab\"", "5", "cloud"},
    {"a number that is a text", "\"now_s\": 1700000000", "\"now_s\": \"x\"", "now_s"},
    {"a number that is real", "\"sweep\": 42", "\"sweep\": 42.5", "sweep"},
    {"a number out of range", "\"sweep\": 42", "\"sweep\": -1", "sweep"},
    {"a number past its type", "\"sweep\": 42", "\"sweep\": 99999999999999999999", "JSON"},
    {"a truth that is a number", "\"complete\": false", "\"complete\": 0", "complete"},
    {"a kind that nobody knows", "\"network\"", "\"netwerk\"", "kind"},
    {"a severity that nobody knows", "\"critical\"", "\"dreadful\"", "severity"},
    {"an id below the run's", "\"id\": -1", "\"id\": -2", "id"},
    {"a metric that is a text", "\"unknown\": 12.0", "\"unknown\": \"12\"", "unknown"},
    {"a key twice", "\"sweep\": 42", "\"sweep\": 42, \"sweep\": 42", "JSON"},
    {"a missing key", "\"owner\"", "\"pwner\"", "owner"},
    {"findings that are no list", "\"findings\": [", "\"findings\": {}, \"f\": [", "findings"},
    {"findings that are no objects", "\"findings\": [", "\"findings\": [7,", "findings"},
    {"fewer findings than there are", "\"findings_total\": 9", "\"findings_total\": 3",
	"findings_total"},
    {"a last good sweep that is a text", "\"good_s\": 1699999100", "\"good_s\": \"x\"",
	"good_s"},
    {"a hold that is a text", "\"hold\": {", "\"hold\": \"on\", \"h\": {", "since_s"},
    {"a hold of nobody", "\"by\"", "\"buy\"", "by"},
    {"gates missing", "\"gates\"", "\"gatez\"", "gates"},
    {"NUL in a text", "12 of 40", "12 \\u0000 40", "JSON"},
    {"invalid UTF-8", "12 of 40", "12 \xff 40", "JSON"},
    {"something after its end", "\n}\n", "\n}\n{}", "JSON"},
};

/* A file of a sweep from before these keys: who holds is not known, and a complete run is the last good one. */
static void
an_older_file_reads_as_not_known(void **state)
{
	struct box *b = *state;
	struct status s = a_status(), r;
	size_t n, round;
	char *p, *from, *to;

	for (round = 0; round < 2; round++) {
		s.complete = round == 1;
		must_write(b, &s);
		p = slurp(b, &n);
		from = strstr(p, " \"good_s\"");
		to = strstr(p, " \"armed\"");
		assert_true(from != NULL && to != NULL && strstr(from, "\"hold\"") < to);
		memmove(from, to, strlen(to) + 1);
		assert_null(strstr(p, "\"hold\""));
		spill(b, p, strlen(p));
		must_read(b, &r);
		assert_int_equal(r.good_s, round == 1 ? r.now_s : 0);
		assert_false(r.hold.on);
		assert_string_equal(r.hold.by, "");
		free(p);
	}
}

static void
what_is_not_as_we_write_it_is_a_fault(void **state)
{
	struct box *b = *state;
	struct status s = a_status(), r;
	char *p, *bad, *at;
	size_t n, i;

	must_write(b, &s);
	p = slurp(b, &n);
	bad = malloc(n + 200);
	assert_non_null(bad);
	for (i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		at = strstr(p, wrongs[i].from);
		if (at == NULL)
			fail_msg("%s: the file has no %s", wrongs[i].name, wrongs[i].from);
		snprintf(bad, n + 200, "%.*s%s%s", (int)(at - p), p, wrongs[i].to,
		    at + strlen(wrongs[i].from));
		spill(b, bad, strlen(bad));
		memset(&b->f, 0, sizeof(b->f));
		if (status_read(b->path, b->a, &r, &b->f) == 0)
			fail_msg("%s: taken", wrongs[i].name);
		if (b->f.kind != FAULT_REPLY || strstr(b->f.msg, wrongs[i].word) == NULL ||
		    strstr(b->f.msg, b->path) == NULL)
			fail_msg("%s: %s", wrongs[i].name, b->f.msg);
	}
	at = strstr(p, "\"unknown\": 12");
	assert_non_null(at);
	memcpy(at, "\"unknawn\"", 9); /* a metric of a later version is nobody's fault */
	spill(b, p, n);
	must_read(b, &r);
	assert_false(r.has[METRIC_UNKNOWN]);
	free(bad);
	free(p);
}

static void
files_that_are_too_large_or_none_are_faults(void **state)
{
	struct box *b = *state;
	struct status s = a_status(), r;
	char other[128], *p;
	size_t n;

	must_write(b, &s);
	p = slurp(b, &n);
	memset(p + n, ' ', STATUS_MAX_BYTES - n);
	spill(b, p, STATUS_MAX_BYTES);
	must_read(b, &r); /* exactly at the bound */
	p[STATUS_MAX_BYTES] = ' ';
	spill(b, p, STATUS_MAX_BYTES + 1);
	assert_int_equal(status_read(b->path, b->a, &r, &b->f), -1);
	assert_int_equal(b->f.kind, FAULT_LIMIT);
	memset(p, '[', STATUS_MAX_BYTES); /* as deep as it goes */
	spill(b, p, STATUS_MAX_BYTES);
	assert_int_equal(status_read(b->path, b->a, &r, &b->f), -1);
	assert_int_equal(b->f.kind, FAULT_REPLY);
	free(p);

	must_write(b, &s);
	snprintf(other, sizeof(other), "%s/other.json", b->dir);
	assert_int_equal(rename(b->path, other), 0);
	assert_int_equal(status_read(b->path, b->a, &r, &b->f), -1);
	assert_non_null(strstr(b->f.remedy, "sweep"));
	assert_int_equal(symlink(other, b->path), 0);
	assert_int_equal(status_read(b->path, b->a, &r, &b->f), -1);
	assert_non_null(strstr(b->f.msg, "symbolic link"));
	must_write(b, &s); /* takes the place of the link, and leaves its target alone */
	must_read(b, &r);
	unlink(other);
	unlink(b->path);
	assert_int_equal(mkfifo(b->path, 0600), 0);
	assert_int_equal(status_read(b->path, b->a, &r, &b->f), -1);
	unlink(b->path);
	assert_int_equal(mkdir(b->path, 0700), 0);
	assert_int_equal(status_read(b->path, b->a, &r, &b->f), -1);
	assert_int_equal(rmdir(b->path), 0);
}

static void
a_small_arena_is_a_fault(void **state)
{
	struct box *b = *state;
	struct arena *small = arena_new(256);
	struct status s = a_status(), r;

	must_write(b, &s);
	assert_int_equal(status_read(b->path, small, &r, &b->f), -1);
	assert_int_equal(b->f.kind, FAULT_LIMIT);
	arena_free(small);
}

static void
a_failed_write_leaves_the_older_file(void **state)
{
	struct box *b = *state;
	struct status s = a_status(), r, newer = a_status();
	char path[96], temp[128];

	must_write(b, &s);
	newer.sweep = 43;
	assert_int_equal(status_write(b->path, "no-such-group-here", &newer, &b->f), -1);
	assert_int_equal(b->f.kind, FAULT_POLICY);
	assert_non_null(strstr(b->f.msg, "no-such-group-here"));
	must_read(b, &r);
	assert_int_equal(r.sweep, 42);

	snprintf(temp, sizeof(temp), "%s.new", b->path);
	assert_int_equal(mkdir(temp, 0700), 0); /* in the way */
	assert_int_equal(status_write(b->path, NULL, &newer, &b->f), -1);
	must_read(b, &r);
	assert_int_equal(r.sweep, 42);
	assert_int_equal(rmdir(temp), 0);

	assert_int_equal(symlink("/nonexistent/x", temp), 0); /* of nobody we know: replaced */
	must_write(b, &newer);
	must_read(b, &r);
	assert_int_equal(r.sweep, 43);

	strcpy(path, b->path);
	snprintf(b->path, sizeof(b->path), "%s/none/status.json", b->dir);
	assert_int_equal(status_write(b->path, NULL, &s, &b->f), -1);
	assert_non_null(strstr(b->f.msg, "No such file"));
	assert_non_null(strstr(b->f.remedy, "directory"));
	strcpy(b->path, path);
}

static void
the_group_may_read_it(void **state)
{
	struct box *b = *state;
	struct status s = a_status();
	struct stat st;

	/* root can give it to any group; another user to one of its own, which it always has */
	if (geteuid() == 0) {
		assert_int_equal(status_write(b->path, "daemon", &s, &b->f), 0);
		assert_int_equal(lstat(b->path, &st), 0);
		assert_int_not_equal(st.st_gid, getegid());
	} else {
		assert_int_equal(status_write(b->path, "root", &s, &b->f), -1);
		assert_non_null(strstr(b->f.remedy, "member"));
		must_write(b, &s);
		assert_int_equal(lstat(b->path, &st), 0);
	}
	assert_int_equal(st.st_mode & 07777, 0640);
}

#define STATUS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    STATUS_TEST(it_comes_back_as_it_was),
	    STATUS_TEST(what_json_cannot_hold_is_replaced_or_left_out),
	    STATUS_TEST(long_texts_are_cut_between_characters),
	    STATUS_TEST(a_flood_of_hostile_findings_stays_bounded),
	    STATUS_TEST(cut_anywhere_it_is_whole_or_a_fault),
	    STATUS_TEST(an_older_file_reads_as_not_known),
	    STATUS_TEST(what_is_not_as_we_write_it_is_a_fault),
	    STATUS_TEST(files_that_are_too_large_or_none_are_faults),
	    STATUS_TEST(a_small_arena_is_a_fault),
	    STATUS_TEST(a_failed_write_leaves_the_older_file),
	    STATUS_TEST(the_group_may_read_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
