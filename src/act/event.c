/* SPDX-License-Identifier: ISC */
/*
 * event: three objects of the same parts.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "act/event.h"
#include "base/units.h"
#include "verdict/vetoes.h"

/* Tenant text for the hook: as it is when it is clean, else made harmless. */
static json_t *
text_json(const char *s)
{
	char safe[512];

	if (s == NULL)
		return json_null();
	return json_string(text_is_clean(s) && strlen(s) < sizeof(safe)
			       ? s
			       : text_safe(safe, sizeof(safe), TEXT_TERM, s));
}

static json_t *
time_json(int64_t wall_s)
{
	char buf[24];

	return json_string(units_time_str(buf, sizeof(buf), wall_s));
}

static json_t *
addresses_json(const struct vm *vm)
{
	json_t *array = json_array();
	char buf[NET_STR_SIZE];

	for (size_t i = 0; i < vm->n_addrs; i++)
		json_array_append_new(array, json_string(net_addr_str(buf, &vm->addrs[i].a)));
	return array;
}

static json_t *
machine_json(const struct verdict_input *in, const struct vm *vm)
{
	char state[40];

	return json_pack("{s:I, s:o, s:o, s:i, s:o, s:s, s:s, s:o, s:o, s:o}", "id",
	    (json_int_t)vm->id, "name", text_json(vm->name), "owner", text_json(vm->uname),
	    "owner_id", (int)vm->uid, "group", text_json(vm->gname), "state",
	    era_state_name(in->listing->era, vm->state, vm->lcm, state), "class",
	    vm_class_str(vm->cls), "host", text_json(vm->host), "created",
	    time_json(vm->stime_s), "addresses", addresses_json(vm));
}

static json_t *
holds_json(const struct holds *h)
{
	return json_pack("{s:i, s:I, s:I, s:i}", "vcpu", (int)h->vcpu, "memory_mib",
	    (json_int_t)h->memory_mib, "disk_mib", (json_int_t)h->disk_mib, "addresses",
	    (int)h->addresses);
}

/* The object as a line of out (a shell's `read' wants a whole one); frees it. */
static int
write_line(json_t *o, struct text *out)
{
	char *s = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;

	json_decref(o);
	if (s == NULL)
		return -1;
	text_addf(out, "%s\n", s);
	free(s);
	return out->cut ? -1 : 0;
}

int
event_notice(const struct verdict_input *in, const struct judgement *j, size_t i, int64_t now_s,
    struct text *out)
{
	const struct vm *vm = &in->listing->vms[i];
	const struct record *r = &in->records[i];
	json_t *o;

	o = json_pack("{s:i, s:s, s:s?, s:o, s:o, s:s, s:o, s:I, s:I}", "format", 1, "event",
	    "notice", "cloud", in->policy->cloud.name, "time", time_json(now_s),
	    "earliest_kill", time_json(notice_not_before_s(in->policy, r, now_s)), "verb",
	    j->verb != NULL ? j->verb : "", "dead_since", time_json(r->marked_s), "seen",
	    (json_int_t)r->confirmations, "grace_earned_s", (json_int_t)r->earned_s);
	json_object_set_new(o, "keep_attribute", text_json(in->policy->scope.keep_attribute));
	json_object_set_new(o, "keep_label", text_json(in->policy->scope.keep_label));
	json_object_set_new(o, "machine", machine_json(in, vm));
	json_object_set_new(o, "holds", holds_json(&j->holds));
	return write_line(o, out);
}

int
event_killed(const struct verdict_input *in, const struct judgement *j, size_t i,
    const struct kill *k, int64_t now_s, struct text *out)
{
	json_t *o;

	o = json_pack("{s:i, s:s, s:s?, s:o, s:s, s:s, s:o, s:o}", "format", 1, "event",
	    "killed", "cloud", in->policy->cloud.name, "time", time_json(now_s), "verb",
	    k->verb != NULL ? k->verb : "", "outcome", outcome_str(k->outcome), "detail",
	    text_json(k->detail), "reason", text_json(k->reason));
	json_object_set_new(o, "machine", machine_json(in, &in->listing->vms[i]));
	json_object_set_new(o, "holds", holds_json(&j->holds));
	return write_line(o, out);
}

int
event_alarm(const char *cloud, const struct finding *alarm, int64_t now_s, struct text *out)
{
	json_t *o;

	o = json_pack("{s:i, s:s, s:s?, s:o, s:s, s:o, s:o}", "format", 1, "event", "alarm",
	    "cloud", cloud, "time", time_json(now_s), "alarm", alarm->code, "text",
	    text_json(alarm->text), "remedy", text_json(alarm->remedy));
	json_object_set_new(o, "machine",
	    alarm->id < 0 ? json_null()
			  : json_pack("{s:I, s:o, s:o}", "id", (json_int_t)alarm->id, "name",
				text_json(alarm->name), "owner", text_json(alarm->owner)));
	return write_line(o, out);
}
