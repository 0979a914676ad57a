/* SPDX-License-Identifier: ISC */
/*
 * passive: renders a result for Icinga 2 (JSON) and for Nagios (one line), and reads Icinga's answers. Pure.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "report/json.h"
#include "report/passive.h"

#define OUTPUT_MAX (64 * 1024)
#define LEFT_OUT   "\\n... the rest did not fit"

/* The figures behind the first '|': our labels are plain words, so blanks part them. */
static json_t *
figures_json(const char *s, const char *end)
{
	json_t *array = json_array();
	size_t len;

	while (array != NULL && s < end) {
		len = 0;
		while (s + len < end && s[len] != ' ')
			len++;
		if (len > 0 && json_array_append_new(array, json_stringn(s, len)) != 0) {
			json_decref(array);
			return NULL;
		}
		s += len + 1;
	}
	return array;
}

/* The output without its figures, which stand behind the '|' of the first line: everything tenants wrote has none. */
static json_t *
text_without(const char *output, const char *bar, const char *eol)
{
	struct text t;
	json_t *j;

	text_init(&t, OUTPUT_MAX);
	text_addn(&t, output, (size_t)(bar - output));
	while (t.len > 0 && t.p[t.len - 1] == ' ')
		t.p[--t.len] = '\0';
	text_add(&t, eol);
	j = json_stringn(
	    t.p, t.len); /* NULL if it is not UTF-8: whoever rendered it saw to that */
	text_free(&t);
	return j;
}

int
passive_icinga(const struct passive *p, struct text *out, struct fault *f)
{
	const char *eol = p->output + strcspn(p->output, "\n");
	const char *bar = memchr(p->output, '|', (size_t)(eol - p->output));
	json_t *o, *text, *figures;
	char *s;

	bar = bar != NULL ? bar : eol;
	text = text_without(p->output, bar, eol);
	figures = figures_json(bar < eol ? bar + 1 : eol, eol);
	/*
	 * By its name, not by a filter: one that matches nothing is a bare HTTP 500 to Icinga 2.13.
	 * Without execution_start: Icinga drops, with code 200, a result whose execution began before
	 * that of the one it has (lib/icinga/checkable-check.cpp), as one of its own checks during the
	 * sweep would be; without, it is the time of its arrival.
	 */
	o = json_pack("{s:o, s:i, s:o, s:o, s:s, s:I}", "service",
	    json_sprintf("%s!%s", p->host, p->service), "exit_status", (int)p->state,
	    "plugin_output", text, "performance_data", figures, "check_source",
	    "vmreaper sweep", "ttl", (json_int_t)p->ttl_s);
	s = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	json_decref(o);
	if (s == NULL)
		return fault_set(f, FAULT_SYSTEM, "the result cannot be written as JSON");
	text_add(out, s);
	free(s);
	return out->cut ? fault_set(f, FAULT_LIMIT, "the result is too long") : 0;
}

int
passive_icinga_answer(const char *body, size_t len, char *buf, size_t size)
{
	json_t *o = json_loadb(body, len, 0, NULL), *results, *one;
	const char *words = json_string_value(json_object_get(o, "status"));
	int taken = 0;
	size_t i;

	results = json_object_get(o, "results");
	for (i = 0; i < json_array_size(results); i++) {
		one = json_array_get(results, i);
		if (words == NULL)
			words = json_string_value(json_object_get(one, "status"));
		taken += (int)json_number_value(json_object_get(one, "code")) == 200;
	}
	text_safe(buf, size, TEXT_TERM, words != NULL ? words : "");
	json_decref(o);
	return taken;
}

int
passive_icinga_may(const char *body, size_t len)
{
	json_t *o = json_loadb(body, len, 0, NULL), *list;
	const char *s;
	size_t i;
	int may = -1;

	list = json_object_get(json_array_get(json_object_get(o, "results"), 0), "permissions");
	if (json_array_size(list) > 0)
		may = 0;
	for (i = 0; i < json_array_size(list); i++) {
		s = json_string_value(json_array_get(list, i));
		if (s != NULL && text_glob(s, "actions/process-check-result"))
			may = 1;
	}
	json_decref(o);
	return may;
}

/* One line of the output, without its newline. */
static void
add_escaped(const char *s, size_t len, struct text *out)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] == '\\')
			text_add(out, "\\\\");
		else
			text_addc(out, s[i]);
}

void
passive_nagios(const struct passive *p, struct text *out)
{
	const char *s = p->output;
	struct text line;
	size_t len, room = out->max - out->len;
	bool first = true, cut = false;

	room = room < PASSIVE_LINE_MAX ? room : PASSIVE_LINE_MAX;
	room -= sizeof(LEFT_OUT); /* and the newline at the end */
	text_init(&line, room);
	text_addf(&line, "[%lld] PROCESS_SERVICE_CHECK_RESULT;%s;%s;%d;", (long long)p->ended_s,
	    p->host, p->service, (int)p->state);
	for (; *s != '\0' && !cut; s += len + (s[len] == '\n')) {
		size_t before = line.len;

		len = strcspn(s, "\n");
		if (!first)
			text_add(&line, "\\n");
		add_escaped(s, len, &line);
		cut = line.cut;
		if (cut && !first) {
			line.len = before;
			line.p[before] = '\0';
		}
		first = false;
	}
	text_addn(out, line.p, line.len);
	if (cut)
		text_add(out, LEFT_OUT);
	text_addc(out, '\n');
	text_free(&line);
}
