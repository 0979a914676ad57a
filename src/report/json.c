/* SPDX-License-Identifier: ISC */
/*
 * json: the report for programs (Jansson). Pure; the shape is documented in vmreaper(8).
 *
 * Tenant text that is not valid UTF-8 is made safe first, as JSON has no bytes; everything else is left to
 * Jansson to escape. A machine is a line of its own object, so that 100,000 of them never exist at once.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/json.h"
#include "report/replay.h"
#include "report/report.h"

#define FLAGS (JSON_COMPACT | JSON_PRESERVE_ORDER)

/* A string as JSON: as it is when it is clean, else escaped for a terminal. */
json_t *
json_text(const char *s)
{
	json_t *j;
	struct text t;

	if (s == NULL)
		return json_null();
	if (text_is_clean(s))
		return json_string(s);
	text_init(&t, 4096);
	text_add_safe(&t, TEXT_TERM, s, 1024);
	j = json_string(t.p);
	text_free(&t);
	return j;
}

json_t *
json_time(int64_t wall_s)
{
	char buf[24];

	return wall_s > 0 ? json_string(units_time_str(buf, sizeof(buf), wall_s)) : json_null();
}

static json_t *
tri_json(enum tri t)
{
	return t == TRI_YES ? json_true() : t == TRI_NO ? json_false() : json_null();
}

static const char *
origin_str(enum addr_origin o)
{
	switch (o) {
	case ADDR_NIC:
		return "nic";
	case ADDR_ALIAS:
		return "alias";
	case ADDR_EXTERNAL:
		return "external";
	case ADDR_GUEST:
		return "guest";
	}
	return "nic";
}

static json_t *
part_json(const struct sighting_part *p)
{
	json_t *j = json_pack(
	    "{s:s, s:i}", "result", probe_result_str(p->result), "tries", (int)p->tries);

	if (p->rtt_us >= 0 && probe_result_is_alive(p->result))
		json_object_set_new(j, "rtt_ms", json_real((double)p->rtt_us / 1000));
	if (p->port != 0)
		json_object_set_new(j, "port", json_integer(p->port));
	return j;
}

static json_t *
addresses_json(const struct vm *vm, const struct sightings *sightings)
{
	json_t *array = json_array(), *j;
	char buf[NET_STR_SIZE];
	const struct sighting *s;
	size_t i;

	for (i = 0; i < vm->n_addrs; i++) {
		const struct vm_addr *a = &vm->addrs[i];

		j = json_pack("{s:s, s:s, s:o, s:i}", "address", net_addr_str(buf, &a->a),
		    "origin", origin_str(a->origin), "network", json_text(a->network),
		    "network_id", (int)a->network_id);
		s = sightings != NULL ? sightings_find(sightings, &a->a) : NULL;
		if (s != NULL) {
			json_object_set_new(
			    j, "seen", json_string(sighting_sum_str(sighting_sum(s))));
			json_object_set_new(j, "ping", part_json(&s->ping));
			json_object_set_new(j, "ssh", part_json(&s->ssh));
			json_object_set_new(j, "connect", part_json(&s->connect));
			json_object_set_new(
			    j, "greeting", json_text(s->greeting != NULL ? s->greeting : ""));
		} else if (sightings != NULL)
			json_object_set_new(j, "seen", json_string("not-probed"));
		json_array_append_new(array, j);
	}
	return array;
}

static json_t *
disks_json(const struct vm *vm)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < vm->n_disks; i++)
		json_array_append_new(
		    array, json_pack("{s:i, s:o, s:o, s:I}", "id", (int)vm->disks[i].id,
			       "image", json_text(vm->disks[i].image), "persistent",
			       tri_json(vm->disks[i].persistent), "size_mib",
			       (json_int_t)vm->disks[i].size_mib));
	return array;
}

json_t *
json_machine(const struct era *era, const struct vm *vm, const struct sightings *sightings)
{
	struct holds h;
	char state[40];
	json_t *j;

	vm_holds(era, vm, &h);
	j = json_pack("{s:I, s:o, s:o, s:i, s:o, s:i, s:s, s:s, s:i, s:i}", "id",
	    (json_int_t)vm->id, "name", json_text(vm->name), "owner", json_text(vm->uname),
	    "uid", (int)vm->uid, "group", json_text(vm->gname), "gid", (int)vm->gid, "state",
	    era_state_name(era, vm->state, vm->lcm, state), "class", vm_class_str(vm->cls),
	    "state_number", (int)vm->state, "lcm_state_number", (int)vm->lcm);
	json_object_set_new(j, "created", json_time(vm->stime_s));
	json_object_set_new(j, "deploy_id", json_text(vm->deploy_id));
	json_object_set_new(j, "host", vm->host_id >= 0 ? json_text(vm->host) : json_null());
	json_object_set_new(j, "host_id", json_integer(vm->host_id));
	json_object_set_new(j, "history_seq", json_integer(vm->seq));
	json_object_set_new(j, "addresses", addresses_json(vm, sightings));
	json_object_set_new(j, "disks", disks_json(vm));
	json_object_set_new(j, "data", json_boolean(vm_has_data(vm)));
	json_object_set_new(j, "lock", json_integer(vm->lock));
	json_object_set_new(j, "labels", json_text(vm->labels));
	json_object_set_new(j, "service_id", json_integer(vm->service_id));
	json_object_set_new(j, "vrouter_id", json_integer(vm->vrouter_id));
	json_object_set_new(j, "holds",
	    json_pack("{s:i, s:I, s:I, s:i}", "vcpu", (int)h.vcpu, "memory_mib",
		(json_int_t)h.memory_mib, "disk_mib", (json_int_t)h.disk_mib, "addresses",
		(int)h.addresses));
	json_object_set_new(j, "odd", json_integer((json_int_t)vm->odd));
	if (vm->error != NULL)
		json_object_set_new(j, "error", json_text(vm->error));
	return j;
}

static json_t *
vetoes_json(const struct judgement *j)
{
	json_t *array = json_array();
	int v;

	for (v = 0; v < VETO_COUNT; v++)
		if (j->vetoes & (uint64_t)1 << v)
			json_array_append_new(array, json_string(veto_code((enum veto)v)));
	return array;
}

static json_t *
mark_json(const struct record *r)
{
	return json_pack("{s:o, s:o, s:i, s:I, s:b, s:i, s:i}", "since", json_time(r->since_s),
	    "marked", r->confirmations > 0 ? json_time(r->marked_s) : json_null(),
	    "confirmations", (int)r->confirmations, "earned_s", (json_int_t)r->earned_s,
	    "acknowledged", (int)r->acknowledged, "flaps", (int)r->flaps, "kills",
	    (int)r->kills);
}

/* The page of a machine, null where the policy names none. */
static json_t *
link_json(const struct status *s, int64_t id)
{
	char link[REPORT_LINK_SIZE];

	report_link(s->link, id, link, sizeof(link));
	return link[0] != '\0' ? json_text(link) : json_null();
}

static json_t *
row_json(const struct report *r, size_t i)
{
	const struct report_inputs *in = r->in;
	json_t *j = json_machine(in->listing->era, &in->listing->vms[i], in->sightings);

	json_object_set_new(j, "link", link_json(&r->status, in->listing->vms[i].id));

	if (in->records != NULL)
		json_object_set_new(j, "mark", mark_json(&in->records[i]));
	if (in->judgements != NULL) {
		json_object_set_new(j, "candidate", json_boolean(in->judgements[i].candidate));
		json_object_set_new(
		    j, "verdict", json_string(verdict_str(in->judgements[i].verdict)));
		json_object_set_new(j, "vetoes", vetoes_json(&in->judgements[i]));
	}
	return j;
}

/* Write and free one value. -1 when it could not be made or does not fit. */
static int
add_value(struct text *out, json_t *j)
{
	char *s = j != NULL ? json_dumps(j, FLAGS | JSON_ENCODE_ANY) : NULL;

	if (s != NULL)
		text_add(out, s);
	free(s);
	json_decref(j);
	return s == NULL || out->cut ? -1 : 0;
}

static json_t *
metrics_json(const struct status *s)
{
	json_t *j = json_object();
	int m;

	for (m = 0; m < METRIC_COUNT; m++)
		if (s->has[m])
			json_object_set_new(
			    j, metric_str((enum metric)m), json_real(s->metrics[m]));
	return j;
}

static json_t *
findings_json(const struct status *s)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < s->n_findings; i++) {
		const struct finding *f = &s->findings[i];

		json_array_append_new(
		    array, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "severity",
			       state_str(f->severity), "code", f->code, "id",
			       f->id >= 0 ? json_integer(f->id) : json_null(), "name",
			       json_text(f->name), "owner", json_text(f->owner), "text",
			       json_text(f->text), "link", link_json(s, f->id), "remedy",
			       json_text(f->remedy)));
	}
	return array;
}

static json_t *
gates_json(const struct status *s)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < s->n_gates; i++)
		json_array_append_new(array, json_pack("{s:s, s:o}", "code", s->gates[i].code,
						 "detail", json_text(s->gates[i].detail)));
	return array;
}

static json_t *
tally_json(const struct tally *t, const char *key)
{
	json_t *j = json_object();

	if (key != NULL)
		json_object_set_new(j, key, json_text(t->name));
	json_object_set_new(j, "machines", json_integer(t->machines));
	json_object_set_new(j, "vcpu", json_integer(t->vcpu));
	json_object_set_new(j, "memory_mib", json_integer(t->memory_mib));
	json_object_set_new(j, "disk_mib", json_integer(t->disk_mib));
	json_object_set_new(j, "addresses", json_integer(t->addresses));
	return j;
}

static json_t *
tallies_json(const struct tally *v, size_t n, const char *key)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].machines > 0)
			json_array_append_new(array, tally_json(&v[i], key));
	return array;
}

/* null when the listing is not complete: the sums of a part would be taken for those of the whole. */
static json_t *
waste_json(const struct report *r)
{
	const struct waste *w = &r->waste;

	if (!r->status.complete)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "all", tally_json(&w->all, NULL),
	    "dead", tally_json(&w->dead, NULL), "off_long", tally_json(&w->off, NULL),
	    "by_owner", tallies_json(w->owners, w->n_owners, "owner"), "by_state",
	    tallies_json(w->states, w->n_states, "state"), "by_age",
	    tallies_json(w->ages, WASTE_AGES, "age"));
}

int
report_counts_json(const struct status *s, const struct run_facts *run,
    const struct gate_facts *facts, struct text *out, struct fault *f)
{
	json_t *j = json_pack("{s:I, s:o, s:o, s:o, s:o}", "total", (json_int_t)s->total,
	    "metrics", metrics_json(s), "gates", gates_json(s), "run", replay_run_json(run),
	    "facts", replay_facts_json(facts));

	if (add_value(out, j) != 0)
		return fault_set(f, FAULT_LIMIT, "the figures of the sweep do not fit");
	return 0;
}

int
report_json(const struct report *r, struct text *out, struct fault *f)
{
	const struct status *s = &r->status;
	const struct listing *l = r->in->listing;
	json_t *head;
	size_t i;
	int rc = 0;

	head = json_pack("{s:i, s:o, s:s, s:o, s:b, s:o, s:o, s:b, s:I, s:o, s:o, s:o, s:o}",
	    "format", 1, "cloud", json_text(s->cloud), "program", s->program, "time",
	    json_time(s->now_s), "complete", (int)s->complete, "why",
	    s->complete ? json_null() : json_text(s->why.msg), "version", json_text(s->version),
	    "armed", (int)s->armed, "total", (json_int_t)s->total, "metrics", metrics_json(s),
	    "waste", waste_json(r), "gates", gates_json(s), "findings", findings_json(s));
	if (add_value(out, head) != 0)
		goto full;
	/* the head's closing brace gives way to the array of machines */
	out->p[--out->len] = '\0';
	text_add(out, ",\"machines\":[");
	for (i = 0; i < l->n && rc == 0; i++) {
		text_add(out, i > 0 ? ",\n" : "\n");
		rc = add_value(out, row_json(r, i));
	}
	text_add(out, "\n]}\n");
	if (rc == 0 && !out->cut)
		return 0;
full:
	return fault_set(f, FAULT_LIMIT, "the JSON report does not fit in memory");
}
