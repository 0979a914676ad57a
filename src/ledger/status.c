/* SPDX-License-Identifier: ISC */
/*
 * status: writes and reads the small file that plugins live on. What is read is checked like any
 * foreign input: bounded, of the right types, or a fault. It must never hold a secret.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/place.h"
#include "base/text.h"
#include "ledger/status.h"

#define FORMAT	   "vmreaper-status"
#define VERSION	   1
#define NAME_BYTES 512 /* names, owners, codes */
#define TEXT_BYTES 1024 /* sentences */
#define GATES_MAX  64

static const char *const severities[] = {"ok", "warning", "critical", "unknown"};

/* --- writing ------------------------------------------------------------------------------- */

/* At most max bytes of s, cut between characters; bytes that are no UTF-8 become U+FFFD, as JSON has none. */
static json_t *
json_bounded(const char *s, size_t max)
{
	struct text t;
	json_t *j;
	size_t left = s != NULL ? strlen(s) : 0, n;

	text_init(&t, max);
	for (; left > 0 && !t.cut; s += n, left -= n) {
		n = text_utf8_len(s, left);
		text_addn(&t, n > 0 ? s : "\xef\xbf\xbd", n > 0 ? n : 3);
		n = n > 0 ? n : 1;
	}
	j = json_stringn(t.p, t.len);
	text_free(&t);
	return j;
}

static void
set_text(json_t *o, const char *key, const char *s, size_t max)
{
	json_object_set_new(o, key, json_bounded(s, max));
}

static json_t *
metrics_json(const struct status *s)
{
	json_t *o = json_object();
	int m;

	for (m = 0; m < METRIC_COUNT; m++) {
		/* json_real() refuses what is no number: such a figure could not be had */
		if (!s->has[m])
			continue;
		json_object_set_new(o, metric_str((enum metric)m), json_real(s->metrics[m]));
	}
	return o;
}

static json_t *
findings_json(const struct status *s, size_t n)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct finding *x = &s->findings[i];

		o = json_object();
		json_object_set_new(o, "severity", json_string(severities[x->severity]));
		set_text(o, "code", x->code, NAME_BYTES);
		json_object_set_new(o, "id", json_integer(x->id));
		set_text(o, "name", x->name, NAME_BYTES);
		set_text(o, "owner", x->owner, NAME_BYTES);
		set_text(o, "text", x->text, TEXT_BYTES);
		set_text(o, "remedy", x->remedy, TEXT_BYTES);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
gates_json(const struct status *s)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < s->n_gates && i < GATES_MAX; i++) {
		o = json_object();
		set_text(o, "code", s->gates[i].code, NAME_BYTES);
		set_text(o, "detail", s->gates[i].detail, TEXT_BYTES);
		json_array_append_new(list, o);
	}
	return list;
}

/* null: nobody holds. */
static json_t *
hold_json(const struct hold *h)
{
	json_t *o;

	if (!h->on)
		return json_null();
	o = json_object();
	json_object_set_new(o, "since_s", json_integer(h->since_s));
	json_object_set_new(o, "until_s", json_integer(h->until_s));
	set_text(o, "by", h->by, NAME_BYTES);
	set_text(o, "reason", h->reason, TEXT_BYTES);
	return o;
}

/* The document with the first n findings, to be freed; NULL when out of memory. */
static char *
document(const struct status *s, size_t n)
{
	json_t *o = json_object(), *why = json_object();
	char *bytes;

	json_object_set_new(o, "format", json_string(FORMAT));
	json_object_set_new(o, "format_version", json_integer(VERSION));
	set_text(o, "cloud", s->cloud, NAME_BYTES);
	set_text(o, "program", s->program, NAME_BYTES);
	json_object_set_new(o, "now_s", json_integer(s->now_s));
	json_object_set_new(o, "sweep", json_integer(s->sweep));
	json_object_set_new(o, "complete", json_boolean(s->complete));
	set_text(why, "kind", fault_kind_str(s->why.kind), NAME_BYTES);
	set_text(why, "msg", s->why.msg, TEXT_BYTES);
	set_text(why, "remedy", s->why.remedy, TEXT_BYTES);
	json_object_set_new(o, "why", why);
	json_object_set_new(o, "good_s", json_integer(s->complete ? s->now_s : s->good_s));
	json_object_set_new(o, "hold", hold_json(&s->hold));
	json_object_set_new(o, "armed", json_boolean(s->armed));
	set_text(o, "version", s->version, NAME_BYTES);
	set_text(o, "era", s->era, NAME_BYTES);
	json_object_set_new(o, "interval_s", json_integer(s->interval_s));
	json_object_set_new(o, "total", json_integer(s->total));
	json_object_set_new(o, "metrics", metrics_json(s));
	json_object_set_new(o, "findings_total", json_integer((json_int_t)s->n_findings_total));
	json_object_set_new(o, "findings", findings_json(s, n));
	json_object_set_new(o, "gates", gates_json(s));
	set_text(o, "link", s->link, TEXT_BYTES);
	bytes = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17));
	json_decref(o);
	return bytes;
}

int
status_write(const char *path, const char *group, const struct status *s, struct fault *f)
{
	size_t n = s->n_findings < STATUS_FINDINGS_MAX ? s->n_findings : STATUS_FINDINGS_MAX;
	char *bytes;
	int rc;

	/* hostile texts grow when they are escaped: then fewer findings, the worst ones first */
	while ((bytes = document(s, n)) != NULL && strlen(bytes) >= STATUS_MAX_BYTES && n > 0) {
		free(bytes);
		n /= 2;
	}
	if (bytes == NULL)
		rc = fault_set(f, FAULT_SYSTEM, "out of memory");
	else
		rc = place_write(path, group, bytes, f);
	free(bytes);
	if (rc != 0)
		fault_prefix(f, "status file %s", path);
	return rc;
}

/* --- reading ------------------------------------------------------------------------------- */

struct reader {
	struct arena *a;
	const char
	    *wrong; /* the first key that is missing or of another type; NULL: none so far */
	bool full;
};

static const char *
get_text(struct reader *r, const json_t *o, const char *key, size_t max)
{
	json_t *j = json_object_get(o, key);
	const char *s;

	if (!json_is_string(j) || json_string_length(j) > max) {
		r->wrong = r->wrong != NULL ? r->wrong : key;
		return "";
	}
	s = arena_strndup(r->a, json_string_value(j), json_string_length(j));
	r->full = r->full || s == NULL;
	return s != NULL ? s : "";
}

static int64_t
get_int(struct reader *r, const json_t *o, const char *key, int64_t lo, int64_t hi)
{
	json_t *j = json_object_get(o, key);

	if (json_is_integer(j) && json_integer_value(j) >= lo && json_integer_value(j) <= hi)
		return json_integer_value(j);
	r->wrong = r->wrong != NULL ? r->wrong : key;
	return lo;
}

static bool
get_bool(struct reader *r, const json_t *o, const char *key)
{
	json_t *j = json_object_get(o, key);

	if (!json_is_boolean(j))
		r->wrong = r->wrong != NULL ? r->wrong : key;
	return json_is_true(j);
}

/* The array of that name with at most max objects; *n is its length. */
static json_t *
get_array(struct reader *r, const json_t *o, const char *key, size_t max, size_t *n)
{
	json_t *j = json_object_get(o, key);
	size_t i;

	*n = json_array_size(j);
	if (!json_is_array(j) || *n > max)
		r->wrong = r->wrong != NULL ? r->wrong : key;
	for (i = 0; i < *n; i++)
		if (!json_is_object(json_array_get(j, i)))
			r->wrong = r->wrong != NULL ? r->wrong : key;
	if (r->wrong != NULL)
		*n = 0;
	return j;
}

static void
read_why(struct reader *r, const json_t *o, struct fault *why)
{
	json_t *j = json_object_get(o, "why");
	const char *kind = get_text(r, j, "kind", NAME_BYTES);
	int k;

	why->kind = FAULT_NONE;
	for (k = FAULT_NONE; k <= FAULT_IN_DOUBT; k++)
		if (strcmp(fault_kind_str((enum fault_kind)k), kind) == 0)
			break;
	if (k > FAULT_IN_DOUBT)
		r->wrong = r->wrong != NULL ? r->wrong : "kind";
	else
		why->kind = (enum fault_kind)k;
	text_safe(why->msg, sizeof(why->msg), TEXT_TERM, get_text(r, j, "msg", TEXT_BYTES));
	text_safe(
	    why->remedy, sizeof(why->remedy), TEXT_TERM, get_text(r, j, "remedy", TEXT_BYTES));
}

/* Labels that this program does not know are left alone: a later one may have more. */
static void
read_metrics(struct reader *r, const json_t *o, struct status *s)
{
	json_t *metrics = json_object_get(o, "metrics"), *j;
	int m;

	if (!json_is_object(metrics))
		r->wrong = r->wrong != NULL ? r->wrong : "metrics";
	for (m = 0; m < METRIC_COUNT; m++) {
		j = json_object_get(metrics, metric_str((enum metric)m));
		if (j == NULL)
			continue;
		if (!json_is_number(j) || !isfinite(json_number_value(j))) {
			r->wrong = r->wrong != NULL ? r->wrong : metric_str((enum metric)m);
			continue;
		}
		s->metrics[m] = json_number_value(j);
		s->has[m] = true;
	}
}

static void
read_findings(struct reader *r, const json_t *o, struct status *s)
{
	json_t *list, *j;
	const char *severity;
	size_t i, k;

	list = get_array(r, o, "findings", STATUS_FINDINGS_MAX, &s->n_findings);
	s->findings = arena_calloc(r->a, s->n_findings + 1, sizeof(*s->findings));
	if (s->findings == NULL) {
		r->full = true;
		s->n_findings = 0;
	}
	for (i = 0; i < s->n_findings; i++) {
		struct finding *x = &s->findings[i];

		j = json_array_get(list, i);
		severity = get_text(r, j, "severity", NAME_BYTES);
		for (k = 0; k < 4 && strcmp(severity, severities[k]) != 0; k++)
			continue;
		if (k == 4)
			r->wrong = r->wrong != NULL ? r->wrong : "severity";
		x->severity = k < 4 ? (enum state)k : STATE_UNKNOWN;
		x->code = get_text(r, j, "code", NAME_BYTES);
		x->id = get_int(r, j, "id", -1, INT64_MAX);
		x->name = get_text(r, j, "name", NAME_BYTES);
		x->owner = get_text(r, j, "owner", NAME_BYTES);
		x->text = get_text(r, j, "text", TEXT_BYTES);
		x->remedy = get_text(r, j, "remedy", TEXT_BYTES);
	}
	s->n_findings_total =
	    (size_t)get_int(r, o, "findings_total", (int64_t)s->n_findings, INT32_MAX);
}

static void
read_gates(struct reader *r, const json_t *o, struct status *s)
{
	json_t *list, *j;
	size_t i;

	list = get_array(r, o, "gates", GATES_MAX, &s->n_gates);
	s->gates = arena_calloc(r->a, s->n_gates + 1, sizeof(*s->gates));
	if (s->gates == NULL) {
		r->full = true;
		s->n_gates = 0;
	}
	for (i = 0; i < s->n_gates; i++) {
		j = json_array_get(list, i);
		s->gates[i].code = get_text(r, j, "code", NAME_BYTES);
		s->gates[i].detail = get_text(r, j, "detail", TEXT_BYTES);
	}
}

/* Later keys: a file of an older sweep does not have them. */
static void
read_later(struct reader *r, const json_t *o, struct status *s)
{
	json_t *hold = json_object_get(o, "hold");

	if (json_object_get(o, "good_s") != NULL)
		s->good_s = get_int(r, o, "good_s", INT64_MIN, INT64_MAX);
	if (s->complete)
		s->good_s = s->now_s;
	s->link = json_object_get(o, "link") != NULL ? get_text(r, o, "link", TEXT_BYTES) : "";
	s->hold.by = s->hold.reason = "";
	if (hold == NULL || json_is_null(hold))
		return;
	s->hold.on = true;
	s->hold.since_s = get_int(r, hold, "since_s", INT64_MIN, INT64_MAX);
	s->hold.until_s = get_int(r, hold, "until_s", INT64_MIN, INT64_MAX);
	s->hold.by = get_text(r, hold, "by", NAME_BYTES);
	s->hold.reason = get_text(r, hold, "reason", TEXT_BYTES);
}

static int
read_document(const json_t *o, struct arena *a, struct status *s, struct fault *f)
{
	struct reader r = {a, NULL, false};
	const json_t *format = json_object_get(o, "format");
	const json_t *version = json_object_get(o, "format_version");

	if (!json_is_string(format) || strcmp(json_string_value(format), FORMAT) != 0)
		return fault_set(f, FAULT_REPLY, "it is no status file of vmreaper");
	if (!json_is_integer(version) || json_integer_value(version) != VERSION) {
		fault_set(f, FAULT_REPLY, "it is of another version of vmreaper");
		return fault_remedy(f, "use the plugin and the sweep of one version");
	}
	s->cloud = get_text(&r, o, "cloud", NAME_BYTES);
	s->program = get_text(&r, o, "program", NAME_BYTES);
	s->now_s = get_int(&r, o, "now_s", INT64_MIN, INT64_MAX);
	s->sweep = get_int(&r, o, "sweep", 0, INT64_MAX);
	s->complete = get_bool(&r, o, "complete");
	read_why(&r, o, &s->why);
	read_later(&r, o, s);
	s->armed = get_bool(&r, o, "armed");
	s->version = get_text(&r, o, "version", NAME_BYTES);
	s->era = get_text(&r, o, "era", NAME_BYTES);
	s->interval_s = get_int(&r, o, "interval_s", 0, INT64_MAX);
	s->total = get_int(&r, o, "total", 0, INT64_MAX);
	read_metrics(&r, o, s);
	read_findings(&r, o, s);
	read_gates(&r, o, s);
	if (r.full)
		return fault_set(f, FAULT_LIMIT, "it does not fit into memory");
	if (r.wrong != NULL)
		return fault_set(f, FAULT_REPLY,
		    "\"%s\" is missing in it, or no value that belongs there", r.wrong);
	return 0;
}

int
status_read(const char *path, struct arena *a, struct status *s, struct fault *f)
{
	json_error_t error;
	json_t *o;
	char *bytes;
	size_t len;
	int rc = -1;

	memset(s, 0, sizeof(*s));
	bytes = place_read(path, STATUS_MAX_BYTES,
	    "no sweep has written it yet: is the cron job there?", &len, f);
	if (bytes == NULL)
		goto out;
	o = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
	free(bytes);
	if (o == NULL) {
		fault_set(
		    f, FAULT_REPLY, "it is no whole JSON: line %d: %s", error.line, error.text);
		fault_remedy(f, "the next sweep writes it anew");
		goto out;
	}
	rc = read_document(o, a, s, f);
	json_decref(o);
out:
	if (rc != 0)
		fault_prefix(f, "status file %s", path);
	return rc;
}
