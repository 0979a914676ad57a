/* SPDX-License-Identifier: ISC */
/*
 * notify: one notice after the other, each written down as soon as the hook has accepted it. It decides nothing: the
 * list comes from verdict/. A notice that was not accepted is tried again by the next sweep, and its machine waits.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "act/hook.h"
#include "act/notify.h"
#include "base/log.h"
#include "base/units.h"

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

/* The whole object as text; NULL when out of memory. free() it. */
static char *
notice_json(const struct verdict_input *in, const struct judgement *j, size_t i, int64_t now_s)
{
	const struct vm *vm = &in->listing->vms[i];
	const struct record *r = &in->records[i];
	char state[40], *s;
	json_t *o;

	o = json_pack("{s:i, s:s, s:s?, s:o, s:o, s:s, s:o, s:I, s:I}", "format", 1, "event",
	    "notice", "cloud", in->policy->cloud.name, "time", time_json(now_s),
	    "earliest_kill", time_json(now_s + in->policy->notify.notice_s), "verb",
	    j->verb != NULL ? j->verb : "", "dead_since", time_json(r->marked_s), "seen",
	    (json_int_t)r->confirmations, "grace_earned_s", (json_int_t)r->earned_s);
	json_object_set_new(o, "keep_attribute", text_json(in->policy->scope.keep_attribute));
	json_object_set_new(o, "keep_label", text_json(in->policy->scope.keep_label));
	json_object_set_new(o, "machine",
	    json_pack("{s:I, s:o, s:o, s:i, s:o, s:s, s:s, s:o, s:o, s:o}", "id",
		(json_int_t)vm->id, "name", text_json(vm->name), "owner", text_json(vm->uname),
		"owner_id", (int)vm->uid, "group", text_json(vm->gname), "state",
		era_state_name(in->listing->era, vm->state, vm->lcm, state), "class",
		vm_class_str(vm->cls), "host", text_json(vm->host), "created",
		time_json(vm->stime_s), "addresses", addresses_json(vm)));
	json_object_set_new(o, "holds",
	    json_pack("{s:i, s:I, s:I, s:i}", "vcpu", (int)j->holds.vcpu, "memory_mib",
		(json_int_t)j->holds.memory_mib, "disk_mib", (json_int_t)j->holds.disk_mib,
		"addresses", (int)j->holds.addresses));
	s = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	json_decref(o);
	return s;
}

/* One notice. 0: sent and written down; 1: the hook did not accept it, f says why; -1: the ledger cannot. */
static int
notify_one(const struct act *act, const struct verdict_input *in, const struct judgement *j,
    size_t i, struct fault *f)
{
	const struct vm *vm = &in->listing->vms[i];
	char id[24], *json = notice_json(in, j, i, act->now_s());
	const char *const argv[] = {in->policy->notify.hook, "notice", id, NULL};
	struct text input;
	int rc;

	if (json == NULL) {
		fault_set(f, FAULT_SYSTEM, "machine %lld: out of memory for its notice",
		    (long long)vm->id);
		return 1;
	}
	snprintf(id, sizeof(id), "%lld", (long long)vm->id);
	text_init(&input, 64 * 1024);
	text_addf(&input, "%s\n", json); /* a shell's `read' wants a whole line */
	free(json);
	rc = hook_run(argv, input.p, input.len, in->policy->notify.timeout_s, act->stop, f);
	text_free(&input);
	if (rc != 0)
		return 1;
	return ledger_notice(act->ledger, vm->id, vm->stime_s, vm->uid, act->now_s(),
	    in->policy->notify.notice_s, f);
}

int
act_notify(const struct act *act, struct arena *a, const struct verdict_input *in,
    const struct judgement *js, const size_t *list, size_t n, struct notice **notices,
    size_t *n_notices, struct fault *f)
{
	int64_t failures = 0;
	int rc;

	*n_notices = 0;
	*notices = arena_calloc(a, n + 1, sizeof(**notices));
	if (*notices == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu notices", n);
	for (size_t i = 0; i < n; i++) {
		const struct vm *vm = &in->listing->vms[list[i]];
		struct notice *row = &(*notices)[*n_notices];
		struct fault why = {.kind = FAULT_NONE};

		/* a hook that is broken is broken for all; the next sweep tries again */
		if ((act->stop != NULL && *act->stop) ||
		    failures >= in->policy->limits.failures)
			break;
		rc = notify_one(act, in, &js[list[i]], list[i], &why);
		*row = (struct notice){.id = vm->id,
		    .name = vm->name,
		    .owner = vm->uname,
		    .sent = rc == 0,
		    .why = rc == 0 ? "" : arena_strdup(a, why.msg)};
		if (row->why == NULL)
			row->why = "";
		(*n_notices)++;
		failures = rc == 0 ? 0 : failures + 1;
		if (rc != 0)
			log_warning("notify", "machine %lld: %s", (long long)vm->id, why.msg);
		if (rc < 0) {
			if (f != NULL)
				*f = why;
			return -1;
		}
	}
	return 0;
}
