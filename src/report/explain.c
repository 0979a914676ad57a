/* SPDX-License-Identifier: ISC */
/*
 * explain: the full record of one machine, and the story that is told from it. Pure.
 *
 * The record is written by a sweep and read back by `vmreaper explain`: the story has no other source, so that it
 * cannot say anything else than what was known when the verdict fell.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/json.h"
#include "report/replay.h"
#include "report/report.h"

#define STORY_COLUMNS 100

static json_t *
gate_rows(const struct run_judgement *run)
{
	json_t *array = json_array();
	int g;

	for (g = 0; g < GATE_COUNT; g++)
		json_array_append_new(array,
		    json_pack("{s:s, s:s, s:b, s:s, s:o, s:s}", "rule", gate_rule((enum gate)g),
			"code", gate_code((enum gate)g), "fired", (run->gates & 1u << g) != 0,
			"text", gate_text((enum gate)g), "detail", json_text(run->detail[g]),
			"remedy", gate_remedy((enum gate)g)));
	return array;
}

static json_t *
veto_rows(const struct verdict_input *in, const struct judgement *j, size_t i)
{
	json_t *array = json_array();
	const struct vm *vm = &in->listing->vms[i];
	char detail[256], remedy[512];
	int v;

	for (v = 0; v < VETO_COUNT; v++) {
		reason_remedy(
		    veto_remedy((enum veto)v), vm->id, vm->host, remedy, sizeof(remedy));
		verdict_detail(in, j, i, (enum veto)v, detail, sizeof(detail));
		json_array_append_new(array,
		    json_pack("{s:s, s:s, s:b, s:s, s:o, s:s}", "rule", veto_rule((enum veto)v),
			"code", veto_code((enum veto)v), "fired",
			(j->vetoes & (uint64_t)1 << v) != 0, "text", veto_text((enum veto)v),
			"detail", json_text(detail), "remedy", remedy));
	}
	return array;
}

int
report_explain_json(const struct verdict_input *in, const struct judgement *j,
    const struct run_judgement *run, size_t i, struct text *out, struct fault *f)
{
	const struct vm *vm = &in->listing->vms[i];
	const struct record *r = &in->records[i];
	const struct era *era = in->listing->era;
	json_t *o;
	char *s;

	o = json_pack("{s:i, s:o, s:o, s:o, s:s, s:s, s:o, s:b, s:b, s:b, s:b}", "format", 1,
	    "time", json_time(in->run.now_s), "version", json_text(in->listing->version),
	    "machine", json_machine(era, vm, in->sightings), "verdict", verdict_str(j->verdict),
	    "deciding", j->veto != VETO_COUNT ? veto_code(j->veto) : "", "verb",
	    json_text(j->verb), "candidate", (int)j->candidate, "alive", (int)j->alive,
	    "silent", (int)j->silent, "witness", (int)j->witness);
	json_object_set_new(o, "era",
	    era != NULL ? json_pack("{s:s, s:s, s:s}", "name", era->name, "proof",
			      era_proof_str(era->proof), "source", era->source)
			: json_null());
	json_object_set_new(o, "mark",
	    json_pack("{s:o, s:o, s:i, s:I, s:i, s:i}", "since", json_time(r->since_s),
		"marked", r->confirmations > 0 ? json_time(r->marked_s) : json_null(),
		"confirmations", (int)r->confirmations, "earned_s", (json_int_t)r->earned_s,
		"flaps", (int)r->flaps, "kills", (int)r->kills));
	json_object_set_new(o, "gates", gate_rows(run));
	json_object_set_new(o, "vetoes", veto_rows(in, j, i));
	json_object_set_new(o, "input", replay_case_json(in, j, i));
	s = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	json_decref(o);
	if (s != NULL)
		text_add(out, s);
	free(s);
	if (s == NULL || out->cut)
		return fault_set(f, FAULT_LIMIT, "the record of machine %lld does not fit",
		    (long long)vm->id);
	return 0;
}

/* --- the story ------------------------------------------------------------- */

static const char *
str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static long long
num(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void
story_machine(const json_t *o, int64_t when_s, const struct style *s, struct text *out)
{
	const json_t *m = json_object_get(o, "machine"), *holds = json_object_get(m, "holds");
	char when[24], mem[24], disk[24];
	struct text line;

	text_init(&line, 4096);
	text_addf(&line, "Machine %lld \"%s\" of %s (group %s), as seen at %s:", num(m, "id"),
	    str(m, "name"), str(m, "owner"), str(m, "group"),
	    units_time_str(when, sizeof(when), when_s));
	style_wrap(out, s, 0, 0, line.p);
	text_reset(&line);
	text_addf(&line, "%s (class %s)", str(m, "state"), str(m, "class"));
	if (json_is_string(json_object_get(m, "host")))
		text_addf(&line, " on host %s", str(m, "host"));
	if (str(m, "created")[0] != '\0')
		text_addf(&line, ", created %s", str(m, "created"));
	text_addf(&line, ". Holds %lld vCPU, %s of memory, %s of disk, %lld address%s.",
	    num(holds, "vcpu"), units_mib_str(mem, sizeof(mem), num(holds, "memory_mib")),
	    units_mib_str(disk, sizeof(disk), num(holds, "disk_mib")), num(holds, "addresses"),
	    num(holds, "addresses") == 1 ? "" : "es");
	text_add(out, "  is:    ");
	style_wrap(out, s, 9, 9, line.p);
	text_free(&line);
}

static void
story_addresses(const json_t *o, const struct style *s, struct text *out)
{
	const json_t *addrs = json_object_get(json_object_get(o, "machine"), "addresses"), *a,
		     *part;
	static const char *const parts[] = {"ping", "ssh", "connect"};
	struct text line;
	size_t i, k;

	text_init(&line, 4096);
	for (i = 0; i < json_array_size(addrs); i++) {
		a = json_array_get(addrs, i);
		text_reset(&line);
		text_addf(&line, "%s (%s) %s", str(a, "address"), str(a, "network"),
		    str(a, "seen")[0] != '\0' ? str(a, "seen") : "not-probed");
		for (k = 0; k < 3; k++) {
			part = json_object_get(a, parts[k]);
			if (part != NULL && strcmp(str(part, "result"), "not-asked") != 0)
				text_addf(&line, "; %s %s after %lld tr%s", parts[k],
				    str(part, "result"), num(part, "tries"),
				    num(part, "tries") == 1 ? "y" : "ies");
		}
		if (str(a, "greeting")[0] != '\0')
			text_addf(&line, "; greets with %s", str(a, "greeting"));
		text_add(out, "  seen:  ");
		style_wrap(out, s, 9, 9, line.p);
	}
	if (json_array_size(addrs) == 0) {
		text_add(out, "  seen:  ");
		style_wrap(out, s, 9, 9, "no address: nothing could be probed");
	}
	text_free(&line);
}

static void
story_mark(const json_t *o, const struct style *s, struct text *out)
{
	const json_t *mark = json_object_get(o, "mark");
	char age[32];
	struct text line;

	text_init(&line, 1024);
	if (num(mark, "confirmations") > 0)
		text_addf(&line,
		    "marked since %s, seen so in %lld sweep%s, %s count towards grace",
		    str(mark, "marked"), num(mark, "confirmations"),
		    num(mark, "confirmations") == 1 ? "" : "s",
		    units_age_str(age, sizeof(age), num(mark, "earned_s")));
	else
		text_add(&line, "not marked: it is no candidate, or something answered");
	if (num(mark, "flaps") > 0)
		text_addf(
		    &line, "; recovered %lld times before (flapping)", num(mark, "flaps"));
	if (num(mark, "kills") > 0)
		text_addf(&line, "; %lld kills were sent before", num(mark, "kills"));
	text_add(out, "  mark:  ");
	style_wrap(out, s, 9, 9, line.p);
	text_free(&line);
}

static void
add_remedy(const json_t *row, const json_t *machine, const struct style *s, struct text *out)
{
	char buf[512];

	if (str(row, "remedy")[0] == '\0')
		return;
	text_addf(out, "%*s-> ", style_indent(s, 9), "");
	style_wrap(out, s, 12, style_indent(s, 9) + 3,
	    reason_remedy(str(row, "remedy"), num(machine, "id"), str(machine, "host"), buf,
		sizeof(buf)));
}

/* "code: sentence (figures)" */
static void
add_rule(struct text *line, const json_t *row)
{
	text_reset(line);
	text_addf(line, "%s: %s", str(row, "code"), str(row, "text"));
	if (str(row, "detail")[0] != '\0')
		text_addf(line, " (%s)", str(row, "detail"));
}

/* A rule that says nothing against a kill, with its figures. */
static void
add_figures(struct text *out, const struct style *s, const char *rule, const json_t *row)
{
	struct text line;

	text_init(&line, 2048);
	text_add_safe(&line, TEXT_TERM, str(row, "code"), 40);
	text_addf(out, "    %-3s  ", rule);
	if (style_indent(s, 9) == 9) { /* a column of codes, where there is room */
		text_addf(out, "%-20s ", line.p);
		style_wrap(
		    out, s, 9, line.len > 20 ? 10 + (int)line.len : 30, str(row, "detail"));
	} else {
		text_addf(&line, " %s", str(row, "detail"));
		style_wrap(out, s, 9, 9, line.p);
	}
	text_free(&line);
}

/* The rules that speak against a kill, then those that do not: their codes, or all of them with their figures. */
static void
story_rules(const json_t *rows, bool machine_rules, const json_t *machine, bool all,
    const struct style *s, struct text *out)
{
	const char *head = machine_rules
			       ? "Every rule about this machine that speaks against a kill:"
			       : "Gates that stop every kill of this run:";
	const char *none = machine_rules ? "No rule about this machine speaks against a kill."
					 : "No gate stops the kills of this run.";
	struct text line, passed;
	const json_t *row;
	char rule[8];
	bool any = false;

	text_init(&line, 2048);
	text_init(&passed, 16384);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		row = json_array_get(rows, i);
		text_safe(rule, sizeof(rule), TEXT_TERM, str(row, "rule"));
		if (!json_is_true(json_object_get(row, "fired"))) {
			if (all)
				add_figures(&passed, s, rule, row);
			else
				text_addf(&passed, "%s%s", passed.len > 0 ? ", " : "",
				    str(row, "code"));
			continue;
		}
		if (!any)
			style_head(out, s, 2, head);
		any = true;
		add_rule(&line, row);
		text_addf(out, "    %-3s  ", rule);
		style_wrap(out, s, 9, 9, line.p);
		add_remedy(row, machine, s, out);
	}
	if (!any) {
		text_add(out, "  ");
		style_wrap(out, s, 2, 2, none);
	}
	if (passed.len > 0) {
		style_head(out, s, 2,
		    machine_rules ? "Rules that do not speak against a kill:"
				  : "Rules that do not stop the run:");
		if (all) {
			text_add(out, passed.p);
		} else {
			text_add(out, "    ");
			style_wrap(out, s, 4, 4, passed.p);
		}
	}
	text_free(&line);
	text_free(&passed);
}

/* The verdict, the reason that decided in words, and what would change it. */
static void
story_verdict(const json_t *o, const struct style *s, struct text *out)
{
	const char *verdict = str(o, "verdict"), *deciding = str(o, "deciding");
	const json_t *rows = json_object_get(o, "vetoes"), *row = NULL;
	struct text line, rule;

	for (size_t i = 0; i < json_array_size(rows) && row == NULL; i++)
		if (deciding[0] != '\0' &&
		    strcmp(str(json_array_get(rows, i), "code"), deciding) == 0)
			row = json_array_get(rows, i);
	text_init(&line, 2048);
	text_init(&rule, 1024);
	text_add(out, "  so:    ");
	if (row != NULL)
		add_rule(&rule, row);
	if (strcmp(verdict, "kill") == 0) {
		style_add(out, s, TINT_RED, "KILL");
		text_addf(&line, "with %s, as soon as no gate stops the run.", str(o, "verb"));
	} else if (strcmp(verdict, "wait") == 0) {
		style_add(out, s, TINT_YELLOW, "WAIT.");
		text_addf(&line, "%s Time alone lifts it.", rule.p);
	} else {
		style_add(out, s, TINT_GREEN, "KEEP.");
		text_add(&line, rule.p);
	}
	text_addc(out, ' ');
	style_wrap(out, s, 9, strcmp(verdict, "kill") == 0 ? 14 : 15, line.p);
	if (row != NULL)
		add_remedy(row, json_object_get(o, "machine"), s, out);
	text_free(&line);
	text_free(&rule);
}

/* By whose numbers and verbs it was judged, and how well they are known. */
static void
story_era(const json_t *o, const struct style *s, struct text *out)
{
	const json_t *era = json_object_get(o, "era");
	struct text line;

	text_init(&line, 1024);
	if (json_is_object(era))
		text_addf(&line, "OpenNebula %s, era %s (%s: %s)", str(o, "version"),
		    str(era, "name"), str(era, "proof"), str(era, "source"));
	else
		text_addf(&line, "OpenNebula %s, which is no version that is known",
		    str(o, "version")[0] != '\0' ? str(o, "version") : "?");
	text_add(out, "  era:   ");
	style_wrap(out, s, 9, 9, line.p);
	text_free(&line);
}

/* Whether its silence proves anything. */
static void
story_silence(const json_t *o, const struct style *s, struct text *out)
{
	if (!json_is_true(json_object_get(o, "silent")))
		return;
	text_addf(out, "%*s", style_indent(s, 9), "");
	style_wrap(out, s, 9, style_indent(s, 9),
	    json_is_true(json_object_get(o, "witness"))
		? "its silence counts: somebody else there, or a canary, answered"
		: "its silence proves nothing: nobody else there answered");
}

int
report_explain_text(const char *json, int64_t when_s, bool all, const struct style *style,
    struct text *out, struct fault *f)
{
	/* a story is read: its lines are never longer than people like them */
	const struct style read = {style->columns > 0 && style->columns < STORY_COLUMNS
				       ? style->columns
				       : STORY_COLUMNS,
	    style->colour};
	const struct style *s = &read;
	const json_t *machine;
	json_error_t error;
	json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, &error);

	machine = json_object_get(o, "machine");
	if (!json_is_object(o) || num(o, "format") != 1 || !json_is_object(machine)) {
		json_decref(o);
		return fault_set(f, FAULT_LEDGER, "this is not a record of format 1");
	}
	story_machine(o, when_s, s, out);
	story_addresses(o, s, out);
	story_silence(o, s, out);
	story_mark(o, s, out);
	story_era(o, s, out);
	story_verdict(o, s, out);
	text_addc(out, '\n');
	story_rules(json_object_get(o, "vetoes"), true, machine, all, s, out);
	text_addc(out, '\n');
	story_rules(json_object_get(o, "gates"), false, machine, all, s, out);
	json_decref(o);
	return 0;
}
