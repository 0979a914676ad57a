/* SPDX-License-Identifier: ISC */
/*
 * result: outcome_report to JSON and back.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/place.h"
#include "base/text.h"
#include "canary/result.h"

#define FORMAT	   "vmreaper-lifecycle"
#define VERSION	   1
#define TEXT_BYTES 1024

/* --- writing --------------------------------------------------------------------------- */

/* As UTF-8 that is harmless already in the file. */
static json_t *
json_text(const char *s)
{
	struct text t;
	json_t *j;

	text_init(&t, TEXT_BYTES);
	text_add_safe(&t, TEXT_TERM, s, TEXT_BYTES / 4);
	j = json_stringn(t.p, t.len);
	text_free(&t);
	return j;
}

static void
set_int(json_t *o, const char *key, int64_t n)
{
	json_object_set_new(o, key, json_integer(n));
}

/* A step that is not looked at has no limits. */
static json_t *
step_json(const struct life_limit *l, int64_t took_ms)
{
	json_t *o = json_object();

	set_int(o, "took_ms", took_ms);
	if (l->on) {
		set_int(o, "warning_s", l->warning_s);
		set_int(o, "critical_s", l->critical_s);
		set_int(o, "give_up_s", l->give_up_s);
	}
	return o;
}

static char *
document(const struct outcome_report *r)
{
	json_t *o = json_object(), *steps = json_object();
	char *bytes;

	json_object_set_new(o, "format", json_string(FORMAT));
	set_int(o, "format_version", VERSION);
	json_object_set_new(o, "cloud", json_text(r->cloud));
	set_int(o, "begun_s", r->begun_s);
	set_int(o, "ended_s", r->ended_s);
	set_int(o, "stale_s", r->stale_s);
	json_object_set_new(o, "end", json_string(life_end_str(r->end)));
	json_object_set_new(o, "at", json_string(life_step_str(r->at)));
	json_object_set_new(o, "why", json_text(r->why));
	json_object_set_new(o, "remedy", json_text(r->remedy));
	set_int(o, "id", r->id);
	json_object_set_new(o, "name", json_text(r->name));
	json_object_set_new(o, "deployed", json_boolean(r->deployed));
	json_object_set_new(o, "gone", json_boolean(r->gone));
	json_object_set_new(o, "shut_down", json_boolean(r->shut_down));
	json_object_set_new(o, "foreign", json_boolean(r->foreign));
	json_object_set_new(o, "cleaned", json_boolean(r->cleaned));
	set_int(o, "strays", r->strays);
	set_int(o, "stray_id", r->stray_id);
	for (int i = 0; i < LIFE_STEPS; i++)
		json_object_set_new(steps, life_step_str((enum life_step)i),
		    step_json(&r->limits.step[i], r->took_ms[i]));
	json_object_set_new(o, "steps", steps);
	json_object_set_new(o, "total", step_json(&r->limits.total, r->total_ms));
	bytes = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	json_decref(o);
	return bytes;
}

int
result_write(
    const char *path, const char *group, const struct outcome_report *r, struct fault *f)
{
	char *bytes = document(r);
	int rc;

	if (bytes == NULL)
		rc = fault_set(f, FAULT_SYSTEM, "out of memory");
	else
		rc = place_write(path, group, bytes, f);
	free(bytes);
	return rc != 0 ? fault_prefix(f, "status file %s", path) : 0;
}

/* --- reading --------------------------------------------------------------------------- */

struct reader {
	struct arena *a;
	const char *wrong; /* the first key that is missing or of another type */
};

static void
is_wrong(struct reader *r, const char *key)
{
	if (r->wrong == NULL)
		r->wrong = key;
}

static const char *
get_text(struct reader *r, const json_t *o, const char *key)
{
	const json_t *j = json_object_get(o, key);
	const char *s = NULL;

	if (json_is_string(j) && json_string_length(j) <= TEXT_BYTES)
		s = arena_strndup(r->a, json_string_value(j), json_string_length(j));
	if (s == NULL)
		is_wrong(r, key);
	return s != NULL ? s : "";
}

static int64_t
get_int(struct reader *r, const json_t *o, const char *key, int64_t lo, int64_t hi)
{
	const json_t *j = json_object_get(o, key);

	if (json_is_integer(j) && json_integer_value(j) >= lo && json_integer_value(j) <= hi)
		return json_integer_value(j);
	is_wrong(r, key);
	return lo;
}

static bool
get_bool(struct reader *r, const json_t *o, const char *key)
{
	const json_t *j = json_object_get(o, key);

	if (!json_is_boolean(j))
		is_wrong(r, key);
	return json_is_true(j);
}

/* The number of the word among n of them. */
static int
get_word(struct reader *r, const json_t *o, const char *key, const char *(*word)(int), int n)
{
	const char *s = get_text(r, o, key);

	for (int i = 0; i < n; i++)
		if (strcmp(s, word(i)) == 0)
			return i;
	is_wrong(r, key);
	return 0;
}

static const char *
end_word(int i)
{
	return life_end_str((enum life_end)i);
}

static const char *
step_word(int i)
{
	return life_step_str((enum life_step)i);
}

#define TIME_MAX   253402300799LL /* the year 9999 */
#define SPAN_S_MAX (366LL * 24 * 3600)

static void
read_step(
    struct reader *r, const json_t *o, const char *key, struct life_limit *l, int64_t *took_ms)
{
	const json_t *j = json_object_get(o, key);

	if (!json_is_object(j))
		is_wrong(r, key);
	*took_ms = get_int(r, j, "took_ms", -1, SPAN_S_MAX * 1000);
	l->on = json_object_get(j, "warning_s") != NULL;
	if (!l->on)
		return;
	l->warning_s = get_int(r, j, "warning_s", 0, SPAN_S_MAX);
	l->critical_s = get_int(r, j, "critical_s", 0, SPAN_S_MAX);
	l->give_up_s = get_int(r, j, "give_up_s", 0, SPAN_S_MAX);
}

static int
read_document(const json_t *o, struct arena *a, struct outcome_report *out, struct fault *f)
{
	struct reader r = {a, NULL};
	const json_t *format = json_object_get(o, "format");
	const json_t *steps = json_object_get(o, "steps");

	if (!json_is_string(format) || strcmp(json_string_value(format), FORMAT) != 0)
		return fault_set(f, FAULT_REPLY, "it is no status file of check_vm_lifecycle");
	if (get_int(&r, o, "format_version", 0, INT32_MAX) != VERSION) {
		fault_set(f, FAULT_REPLY, "it is of another version of vmreaper");
		return fault_remedy(f, "use one version for --run and --last-run");
	}
	out->cloud = get_text(&r, o, "cloud");
	out->begun_s = get_int(&r, o, "begun_s", 0, TIME_MAX);
	out->ended_s = get_int(&r, o, "ended_s", 0, TIME_MAX);
	out->stale_s = get_int(&r, o, "stale_s", 1, SPAN_S_MAX);
	out->end = (enum life_end)get_word(&r, o, "end", end_word, LIFE_ENDS);
	out->at = (enum life_step)get_word(&r, o, "at", step_word, LIFE_STEPS);
	out->why = get_text(&r, o, "why");
	out->remedy = get_text(&r, o, "remedy");
	out->id = get_int(&r, o, "id", -1, INT64_MAX);
	out->name = get_text(&r, o, "name");
	out->deployed = get_bool(&r, o, "deployed");
	out->gone = get_bool(&r, o, "gone");
	out->shut_down = get_bool(&r, o, "shut_down");
	out->foreign = get_bool(&r, o, "foreign");
	out->cleaned = get_bool(&r, o, "cleaned");
	out->strays = get_int(&r, o, "strays", 0, INT32_MAX);
	out->stray_id = get_int(&r, o, "stray_id", -1, INT64_MAX);
	if (!json_is_object(steps))
		is_wrong(&r, "steps");
	for (int i = 0; i < LIFE_STEPS; i++)
		read_step(&r, steps, step_word(i), &out->limits.step[i], &out->took_ms[i]);
	read_step(&r, o, "total", &out->limits.total, &out->total_ms);
	if (r.wrong != NULL)
		return fault_set(f, FAULT_REPLY,
		    "\"%s\" is missing in it, or no value that belongs there", r.wrong);
	return 0;
}

int
result_read(const char *path, struct arena *a, struct outcome_report *r, struct fault *f)
{
	json_error_t error;
	char *bytes;
	json_t *o;
	size_t len;
	int rc;

	memset(r, 0, sizeof(*r));
	bytes = place_read(path, RESULT_MAX_BYTES,
	    "no run has written it yet: is check_vm_lifecycle --run in cron?", &len, f);
	if (bytes == NULL)
		return fault_prefix(f, "status file %s", path);
	o = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
	free(bytes);
	if (o == NULL)
		rc = fault_set(f, FAULT_REPLY, "it is no whole JSON: line %d", error.line);
	else
		rc = read_document(o, a, r, f);
	json_decref(o);
	return rc != 0 ? fault_prefix(f, "status file %s", path) : 0;
}
