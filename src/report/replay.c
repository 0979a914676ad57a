/* SPDX-License-Identifier: ISC */
/*
 * replay: writes the inputs of a judgement as JSON, reads them back, and judges again. Pure.
 *
 * Each struct is a table of its fields, so that what is written and what is read cannot differ. Strings that are no
 * clean UTF-8 are written in hexadecimal: the rules must see the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/replay.h"
#include "report/report.h"

/* --- fields --------------------------------------------------------------------------------------- */

/* F_I64_LATER: older records do not have it: 0. */
enum field_type { F_I64, F_I64_LATER, F_I32, F_U8, F_BOOL, F_TEXT, F_CHARS };

struct field {
	const char *name;
	enum field_type type;
	size_t offset, size; /* size: of F_CHARS */
};

/* A member of another size than its type says does not compile. */
#define BYTES_F_I64	  8
#define BYTES_F_I64_LATER 8
#define BYTES_F_I32	  4
#define BYTES_F_U8	  1
#define BYTES_F_BOOL	  sizeof(bool)
#define BYTES_F_TEXT	  sizeof(char *)
#define FITS(s, member, type) \
	sizeof(char[sizeof(((struct s *)0)->member) == BYTES_##type ? 1 : -1])
#define FIELD(s, member, type)                                                           \
	{                                                                                \
#member, type, offsetof(struct s, member) + 0 * FITS(s, member, type), 0 \
	}
#define CHARS(s, member)                                                                      \
	{                                                                                     \
#member, F_CHARS, offsetof(struct s, member), sizeof(((struct s *)0)->member) \
	}
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The enums among them are held in an int. */
_Static_assert(sizeof(enum vm_class) == sizeof(int32_t), "an enum is an int32_t");

static const struct field vm_fields[] = {FIELD(vm, id, F_I64), FIELD(vm, uid, F_I32),
    FIELD(vm, gid, F_I32), FIELD(vm, name, F_TEXT), FIELD(vm, uname, F_TEXT),
    FIELD(vm, gname, F_TEXT), FIELD(vm, state, F_I32), FIELD(vm, lcm, F_I32),
    FIELD(vm, cls, F_I32), FIELD(vm, odd, F_I32), FIELD(vm, full, F_BOOL),
    FIELD(vm, stime_s, F_I64), FIELD(vm, deploy_id, F_TEXT), FIELD(vm, host_id, F_I64),
    FIELD(vm, host, F_TEXT), FIELD(vm, seq, F_I64), FIELD(vm, ever_ran, F_I32),
    FIELD(vm, n_nics, F_I32), FIELD(vm, labels, F_TEXT), FIELD(vm, lock, F_I32),
    FIELD(vm, service_id, F_I64), FIELD(vm, vrouter_id, F_I64), FIELD(vm, imported, F_BOOL),
    FIELD(vm, sched_action, F_BOOL), FIELD(vm, create_image, F_BOOL),
    FIELD(vm, snapshots, F_BOOL), FIELD(vm, vcpu, F_I32), FIELD(vm, memory_mib, F_I64),
    FIELD(vm, disk_mib, F_I64)};

static const struct field disk_fields[] = {FIELD(vm_disk, id, F_I32),
    FIELD(vm_disk, kind, F_I32), FIELD(vm_disk, persistent, F_I32),
    FIELD(vm_disk, size_mib, F_I64), FIELD(vm_disk, image, F_TEXT)};

static const struct field addr_fields[] = {FIELD(vm_addr, origin, F_I32),
    FIELD(vm_addr, network, F_TEXT), FIELD(vm_addr, network_id, F_I32)};

static const struct field sighting_fields[] = {FIELD(sighting, ping.result, F_I32),
    FIELD(sighting, ping.tries, F_U8), FIELD(sighting, ssh.result, F_I32),
    FIELD(sighting, ssh.tries, F_U8), FIELD(sighting, connect.result, F_I32),
    FIELD(sighting, connect.tries, F_U8)};

static const struct field host_fields[] = {
    FIELD(host, id, F_I64), FIELD(host, state, F_I32), FIELD(host, monitored_s, F_I64)};

static const struct field record_fields[] = {FIELD(record, id, F_I64),
    FIELD(record, stime_s, F_I64), FIELD(record, uid, F_I32), FIELD(record, deploy_id, F_TEXT),
    FIELD(record, host_id, F_I64), FIELD(record, seq, F_I64), FIELD(record, state, F_I32),
    FIELD(record, lcm, F_I32), FIELD(record, since_s, F_I64),
    FIELD(record, first_seen_s, F_I64), FIELD(record, answered_s, F_I64),
    FIELD(record, marked_s, F_I64), FIELD(record, seen_s, F_I64),
    FIELD(record, confirmations, F_I32), FIELD(record, earned_s, F_I64),
    FIELD(record, acknowledged, F_BOOL), FIELD(record, flaps, F_I32),
    FIELD(record, noticed_s, F_I64), FIELD(record, notice_earned_s, F_I64),
    FIELD(record, promised_s, F_I64), FIELD(record, not_before_s, F_I64_LATER),
    FIELD(record, stormed, F_BOOL), FIELD(record, kills, F_I32), FIELD(record, doubts, F_I32),
    FIELD(record, last_kill_s, F_I64), FIELD(record, killed_in_mark, F_BOOL)};

static const struct field judgement_fields[] = {FIELD(judgement, shared, F_BOOL),
    FIELD(judgement, other_id, F_I64), FIELD(judgement, zombie, F_BOOL),
    FIELD(judgement, keep_local, F_BOOL), FIELD(judgement, witness, F_BOOL),
    FIELD(judgement, cap_run, F_I32), FIELD(judgement, cap_host, F_I32),
    FIELD(judgement, cap_owner, F_I32), FIELD(judgement, host_good_s, F_I64)};

static const struct field run_fields[] = {FIELD(run_facts, now_s, F_I64),
    FIELD(run_facts, elapsed.counts_s, F_I64), FIELD(run_facts, elapsed.first, F_BOOL),
    FIELD(run_facts, elapsed.jumped, F_BOOL), FIELD(run_facts, elapsed.jump_s, F_I64),
    FIELD(run_facts, elapsed.passed_s, F_I64), FIELD(run_facts, reap_option, F_BOOL),
    FIELD(run_facts, marker_matches, F_BOOL), FIELD(run_facts, policy_changed, F_BOOL),
    FIELD(run_facts, ledger_ok, F_BOOL), FIELD(run_facts, in_hours, F_BOOL),
    FIELD(run_facts, hold, F_BOOL), FIELD(run_facts, steady_s, F_I64),
    FIELD(run_facts, last.sweep, F_I64), FIELD(run_facts, last.machines, F_I64),
    FIELD(run_facts, killed_since, F_I64), FIELD(run_facts, killed_last_hour, F_I64),
    FIELD(run_facts, unacknowledged_last_hour, F_I64), FIELD(run_facts, failures, F_I64)};

static const struct field gate_fields[] = {FIELD(gate_facts, complete, F_BOOL),
    FIELD(gate_facts, era_known, F_BOOL), FIELD(gate_facts, probed, F_BOOL),
    FIELD(gate_facts, cut, F_BOOL), FIELD(gate_facts, stopped, F_BOOL), CHARS(gate_facts, why),
    CHARS(gate_facts, version), CHARS(gate_facts, contradiction),
    FIELD(gate_facts, machines, F_I64), FIELD(gate_facts, placed, F_I64),
    FIELD(gate_facts, hosts, F_I64), FIELD(gate_facts, canaries, F_I64),
    FIELD(gate_facts, canaries_silent, F_I64), CHARS(gate_facts, canary),
    FIELD(gate_facts, expected, F_I64), FIELD(gate_facts, answered, F_I64),
    FIELD(gate_facts, active, F_I64), FIELD(gate_facts, problems, F_I64),
    FIELD(gate_facts, unacknowledged, F_I64), FIELD(gate_facts, risen, F_I64),
    FIELD(gate_facts, host_most, F_I64), FIELD(gate_facts, network_most, F_I64),
    CHARS(gate_facts, host), CHARS(gate_facts, network)};

/* --- writing --------------------------------------------------------------------------------------- */

/* The very bytes: as they are when they are clean, else {"hex": "..."}; null for NULL. */
static json_t *
bytes_json(const char *s)
{
	struct text t;
	json_t *j;

	if (s == NULL)
		return json_null();
	if (text_is_clean(s))
		return json_string(s);
	text_init(&t, 64 * 1024);
	for (; *s != '\0'; s++)
		text_addf(&t, "%02x", (unsigned)(unsigned char)*s);
	j = json_pack("{s:s}", "hex", t.p);
	text_free(&t);
	return j;
}

static json_t *
fields_json(const struct field *fields, size_t n, const void *base)
{
	json_t *o = json_object(), *j = NULL;

	for (size_t i = 0; i < n; i++) {
		const char *at = (const char *)base + fields[i].offset;

		switch (fields[i].type) {
		case F_I64:
		case F_I64_LATER:
			j = json_integer(*(const int64_t *)(const void *)at);
			break;
		case F_I32:
			j = json_integer(*(const int32_t *)(const void *)at);
			break;
		case F_U8:
			j = json_integer(*(const uint8_t *)at);
			break;
		case F_BOOL:
			j = json_boolean(*(const bool *)at);
			break;
		case F_TEXT:
			j = bytes_json(*(const char *const *)(const void *)at);
			break;
		case F_CHARS:
			j = bytes_json(at);
			break;
		}
		json_object_set_new(o, fields[i].name, j);
	}
	return o;
}

json_t *
replay_run_json(const struct run_facts *run)
{
	return fields_json(run_fields, COUNT(run_fields), run);
}

json_t *
replay_facts_json(const struct gate_facts *facts)
{
	return fields_json(gate_fields, COUNT(gate_fields), facts);
}

static bool
same_name(const char *a, const char *b)
{
	struct vm_attr attr = {a, ""};
	struct vm vm = {.attrs = &attr, .n_attrs = 1};

	return vm_attr(&vm, b) != NULL;
}

static json_t *
vm_json(const struct verdict_input *in, const struct vm *vm)
{
	json_t *o = fields_json(vm_fields, COUNT(vm_fields), vm), *disks = json_array(),
	       *addrs = json_array(), *keep = json_array(), *row;
	const char *name = in->policy->scope.keep_attribute;
	const struct sighting *seen;
	char buf[NET_STR_SIZE];

	for (size_t i = 0; i < vm->n_disks; i++)
		json_array_append_new(
		    disks, fields_json(disk_fields, COUNT(disk_fields), &vm->disks[i]));
	for (size_t i = 0; i < vm->n_addrs; i++) {
		row = fields_json(addr_fields, COUNT(addr_fields), &vm->addrs[i]);
		json_object_set_new(
		    row, "address", json_string(net_addr_str(buf, &vm->addrs[i].a)));
		seen = in->sightings != NULL ? sightings_find(in->sightings, &vm->addrs[i].a)
					     : NULL;
		if (seen != NULL)
			json_object_set_new(row, "seen",
			    fields_json(sighting_fields, COUNT(sighting_fields), seen));
		json_array_append_new(addrs, row);
	}
	for (size_t i = 0; name != NULL && i < vm->n_attrs; i++)
		if (same_name(vm->attrs[i].name, name))
			json_array_append_new(keep,
			    bytes_json(vm->attrs[i].value != NULL ? vm->attrs[i].value : ""));
	json_object_set_new(o, "disks", disks);
	json_object_set_new(o, "addresses", addrs);
	json_object_set_new(o, "keep", keep);
	return o;
}

json_t *
replay_case_json(const struct verdict_input *in, const struct judgement *j, size_t i)
{
	const struct vm *vm = &in->listing->vms[i];
	const struct listing *l = in->listing;
	const struct host *host = NULL;
	size_t found = 0;
	bool ours = in->records != NULL && history_same_identity(&in->records[i], vm);

	for (size_t h = 0; h < l->n_hosts; h++) {
		if (l->hosts[h].id == vm->host_id) {
			host = &l->hosts[h];
			found++;
		}
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:b, s:I, s:I}", "vm", vm_json(in, vm), "host",
	    found == 1 ? fields_json(host_fields, COUNT(host_fields), host) : json_null(),
	    "record",
	    ours ? fields_json(record_fields, COUNT(record_fields), &in->records[i])
		 : json_null(),
	    "facts", fields_json(judgement_fields, COUNT(judgement_fields), j), "probed",
	    in->sightings != NULL, "now_s", (json_int_t)in->run.now_s, "killed_last_hour",
	    (json_int_t)in->run.killed_last_hour);
}

/* --- reading ------------------------------------------------------------------------------------- */

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of bytes_json, in the arena. *s NULL with 0: null. */
static int
bytes_read(struct arena *a, const json_t *j, const char **s)
{
	const char *hex = json_string_value(json_object_get(j, "hex"));
	char *out;
	size_t n = 0;

	*s = NULL;
	if (json_is_null(j))
		return 0;
	if (hex == NULL) {
		*s = json_is_string(j) ? arena_strdup(a, json_string_value(j)) : NULL;
		return *s != NULL ? 0 : -1;
	}
	out = arena_calloc(a, strlen(hex) / 2 + 1, 1);
	for (; out != NULL && hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		if (hex_digit(hex[0]) < 0 || hex_digit(hex[1]) < 0)
			return -1;
		out[n++] = (char)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
	}
	*s = out;
	return out != NULL && hex[0] == '\0' ? 0 : -1;
}

static int
field_read(struct arena *a, const struct field *f, const json_t *j, char *at)
{
	const char *s;

	switch (f->type) {
	case F_I64_LATER:
		if (j == NULL)
			return 0; /* as it was judged then */
		/* fallthrough */
	case F_I64:
		*(int64_t *)(void *)at = json_integer_value(j);
		return json_is_integer(j) ? 0 : -1;
	case F_I32:
		*(int32_t *)(void *)at = (int32_t)json_integer_value(j);
		return json_is_integer(j) && json_integer_value(j) >= INT32_MIN &&
			       json_integer_value(j) <= INT32_MAX
			   ? 0
			   : -1;
	case F_U8:
		*(uint8_t *)at = (uint8_t)json_integer_value(j);
		return json_is_integer(j) && json_integer_value(j) >= 0 &&
			       json_integer_value(j) <= UINT8_MAX
			   ? 0
			   : -1;
	case F_BOOL:
		*(bool *)at = json_is_true(j);
		return json_is_boolean(j) ? 0 : -1;
	case F_TEXT:
		return bytes_read(a, j, (const char **)(void *)at);
	case F_CHARS:
		if (bytes_read(a, j, &s) != 0 || s == NULL)
			return -1;
		snprintf(at, f->size, "%s", s);
		return 0;
	}
	return -1;
}

static int
fields_read(struct arena *a, const struct field *fields, size_t n, const json_t *o, void *base,
    struct fault *f)
{
	for (size_t i = 0; i < n; i++)
		if (field_read(a, &fields[i], json_object_get(o, fields[i].name),
			(char *)base + fields[i].offset) != 0)
			return fault_set(f, FAULT_LEDGER,
			    "the record has no %s that can be read", fields[i].name);
	return 0;
}

#define READ(a, table, o, base, f) fields_read(a, table, COUNT(table), o, base, f)

/* Addresses and what was seen at them; sightings come out sorted, as sightings_find wants them. */
static int
addresses_read(
    struct arena *a, const json_t *array, struct vm *vm, struct sightings *s, struct fault *f)
{
	size_t n = json_array_size(array), k;
	struct addr *addrs = arena_calloc(a, n + 1, sizeof(*addrs));
	struct sighting *seen = arena_calloc(a, n + 1, sizeof(*seen)), one;

	vm->addrs = arena_calloc(a, n + 1, sizeof(*vm->addrs));
	if (addrs == NULL || seen == NULL || vm->addrs == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for the record");
	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(array, i), *was;
		const char *text = json_string_value(json_object_get(row, "address"));
		struct vm_addr *v = &vm->addrs[i];

		if (text == NULL || net_addr_parse(text, &v->a) != 0)
			return fault_set(f, FAULT_LEDGER, "the record has a broken address");
		if (READ(a, addr_fields, row, v, f) != 0)
			return -1;
		was = json_object_get(row, "seen");
		if (was == NULL || sightings_find(s, &v->a) != NULL)
			continue;
		memset(&one, 0, sizeof(one));
		if (READ(a, sighting_fields, was, &one, f) != 0)
			return -1;
		for (k = s->n; k > 0 && net_addr_cmp(&addrs[k - 1], &v->a) > 0; k--) {
			addrs[k] = addrs[k - 1];
			seen[k] = seen[k - 1];
		}
		addrs[k] = v->a;
		seen[k] = one;
		s->addrs = addrs;
		s->seen = seen;
		s->n++;
	}
	vm->n_addrs = n;
	return 0;
}

static int
vm_read(struct arena *a, const struct policy *p, const json_t *o, struct vm *vm,
    struct sightings *s, struct fault *f)
{
	const json_t *disks = json_object_get(o, "disks"), *keep = json_object_get(o, "keep");

	if (READ(a, vm_fields, o, vm, f) != 0)
		return -1;
	vm->n_disks = json_array_size(disks);
	vm->disks = arena_calloc(a, vm->n_disks + 1, sizeof(*vm->disks));
	vm->n_attrs = json_array_size(keep);
	vm->attrs = arena_calloc(a, vm->n_attrs + 1, sizeof(*vm->attrs));
	if (vm->disks == NULL || vm->attrs == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for the record");
	for (size_t i = 0; i < vm->n_disks; i++)
		if (READ(a, disk_fields, json_array_get(disks, i), &vm->disks[i], f) != 0)
			return -1;
	for (size_t i = 0; i < vm->n_attrs; i++) {
		vm->attrs[i].name = p->scope.keep_attribute;
		if (bytes_read(a, json_array_get(keep, i), &vm->attrs[i].value) != 0)
			return fault_set(
			    f, FAULT_LEDGER, "the record has a broken keep attribute");
	}
	return addresses_read(a, json_object_get(o, "addresses"), vm, s, f);
}

/* --- judging again --------------------------------------------------------------------------------- */

/* Codes of a mask, in their order: "locked, within-grace", or "none". */
static void
say_codes(struct text *out, uint64_t mask, bool gates)
{
	size_t n = 0;

	for (int i = 0; i < (gates ? (int)GATE_COUNT : (int)VETO_COUNT); i++)
		if ((mask & (uint64_t)1 << i) != 0)
			text_addf(out, "%s%s", n++ > 0 ? ", " : "",
			    gates ? gate_code((enum gate)i) : veto_code((enum veto)i));
	if (n == 0)
		text_add(out, "none");
}

static bool
compare(struct text *out, const char *what, uint64_t then, uint64_t now, bool gates)
{
	if (then == now)
		return true;
	text_addf(out, "  %s differ: then ", what);
	say_codes(out, then, gates);
	text_add(out, "; now ");
	say_codes(out, now, gates);
	text_addc(out, '\n');
	return false;
}

static uint64_t
fired_vetoes(const json_t *record)
{
	const json_t *rows = json_object_get(record, "vetoes"), *row;
	uint64_t mask = 0;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const char *code;
		int v;

		row = json_array_get(rows, i);
		code = json_string_value(json_object_get(row, "code"));
		v = code != NULL ? veto_parse(code) : -1;
		if (v >= 0 && json_is_true(json_object_get(row, "fired")))
			mask |= (uint64_t)1 << v;
	}
	return mask;
}

static uint64_t
closed_gates(const json_t *counts)
{
	const json_t *rows = json_object_get(counts, "gates");
	uint64_t mask = 0;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const char *code =
		    json_string_value(json_object_get(json_array_get(rows, i), "code"));
		int g = code != NULL ? gate_parse(code) : -1;

		if (g >= 0)
			mask |= (uint64_t)1 << g;
	}
	return mask;
}

static int
replay_machine(struct arena *a, const struct policy *p, const json_t *record, uint64_t *vetoes,
    struct fault *f)
{
	const json_t *in = json_object_get(record, "input"), *host, *was;
	const char *version = json_string_value(json_object_get(record, "version"));
	struct judgement facts = {0};
	struct sightings seen = {0};
	struct record r = {0};
	struct host h = {0};
	struct vm vm = {0};
	struct verdict_case c = {.policy = p, .vm = &vm, .facts = &facts};

	host = json_object_get(in, "host");
	was = json_object_get(in, "record");
	if (vm_read(a, p, json_object_get(in, "vm"), &vm, &seen, f) != 0 ||
	    READ(a, judgement_fields, json_object_get(in, "facts"), &facts, f) != 0 ||
	    (json_is_object(host) && READ(a, host_fields, host, &h, f) != 0) ||
	    (json_is_object(was) && READ(a, record_fields, was, &r, f) != 0))
		return -1;
	c.era = version != NULL ? era_by_version(version) : NULL;
	c.host = json_is_object(host) ? &h : NULL;
	c.record = json_is_object(was) ? &r : NULL;
	c.sightings = json_is_true(json_object_get(in, "probed")) ? &seen : NULL;
	c.now_s = json_integer_value(json_object_get(in, "now_s"));
	c.killed_last_hour = json_integer_value(json_object_get(in, "killed_last_hour"));
	*vetoes = verdict_case_vetoes(&c);
	return 0;
}

static int
replay_run(struct arena *a, const struct policy *p, const json_t *counts, uint64_t *gates,
    struct fault *f)
{
	struct gate_facts *facts = arena_calloc(a, 1, sizeof(*facts));
	struct run_facts *run = arena_calloc(a, 1, sizeof(*run));
	char(*detail)[160] = arena_calloc(a, GATE_COUNT, sizeof(*detail));

	if (facts == NULL || run == NULL || detail == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for the record");
	if (READ(a, run_fields, json_object_get(counts, "run"), run, f) != 0 ||
	    READ(a, gate_fields, json_object_get(counts, "facts"), facts, f) != 0)
		return -1;
	*gates = verdict_run_gates(p, run, facts, detail);
	return 0;
}

int
report_replay(struct arena *a, const struct policy *p, const char *record_json,
    const char *counts_json, struct text *out, bool *agrees, struct fault *f)
{
	json_t *record = json_loads(record_json, JSON_REJECT_DUPLICATES, NULL);
	json_t *counts = json_loads(counts_json, JSON_REJECT_DUPLICATES, NULL);
	uint64_t vetoes = 0, gates = 0;
	int rc = -1;

	*agrees = false;
	if (!json_is_object(json_object_get(record, "input")) ||
	    !json_is_object(json_object_get(counts, "facts")))
		fault_set(f, FAULT_LEDGER,
		    "an older vmreaper recorded it: it cannot be judged again");
	else if (replay_machine(a, p, record, &vetoes, f) == 0 &&
		 replay_run(a, p, counts, &gates, f) == 0)
		rc = 0;
	if (rc == 0) {
		bool same = compare(out, "the vetoes", fired_vetoes(record), vetoes, false);

		*agrees = compare(out, "the gates", closed_gates(counts), gates, true) && same;
	}
	json_decref(record);
	json_decref(counts);
	return rc;
}
