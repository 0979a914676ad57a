/* SPDX-License-Identifier: ISC */
/*
 * look: reads everything about one machine again. It decides nothing: what was read goes to verdict_reverify(). An address
 * that the machine has got meanwhile was not probed, which is no silence.
 */
#include <string.h>

#include "act/look.h"
#include "cloud/volumes.h"

#define LOOK_MAX_S 30 /* what was probed longer ago is too old to be acted upon */

/* What was asked in the last look: the machine's own addresses, and those that must answer for its silence to count. */
struct look {
	struct sightings own;
	struct addr *others;
	size_t n_others;
};

/* The addresses of a and b, ascending, each once. Returns their number. */
static size_t
merge(struct addr *out, const struct vm *vm, const struct addr *others, size_t n_others)
{
	size_t n = 0, k;

	for (size_t i = 0; i < vm->n_addrs + n_others; i++) {
		const struct addr *a =
		    i < vm->n_addrs ? &vm->addrs[i].a : &others[i - vm->n_addrs];

		/* insertion sort: they are a handful */
		for (k = 0; k < n && net_addr_cmp(&out[k], a) < 0;)
			k++;
		if (k < n && net_addr_eq(&out[k], a))
			continue;
		memmove(&out[k + 1], &out[k], (n - k) * sizeof(*out));
		out[k] = *a;
		n++;
	}
	return n;
}

static int
probe_again(const struct act *act, struct arena *a, const struct verdict_input *in, size_t i,
    struct look *look, struct fault *f)
{
	const struct vm *vm = &in->listing->vms[i];
	const struct policy *p = in->policy;
	size_t room = p->probe.n_canaries + VERDICT_WITNESSES, n;
	struct probe_target *targets;
	struct sighting *seen;
	struct addr *addrs;

	memset(look, 0, sizeof(*look));
	look->others = arena_calloc(a, room, sizeof(*look->others));
	addrs = arena_calloc(a, vm->n_addrs + room, sizeof(*addrs));
	targets = arena_calloc(a, vm->n_addrs + room, sizeof(*targets));
	seen = arena_calloc(a, vm->n_addrs + room, sizeof(*seen));
	if (look->others == NULL || addrs == NULL || targets == NULL || seen == NULL)
		return fault_set(
		    f, FAULT_LIMIT, "machine %lld: out of memory", (long long)vm->id);
	look->n_others = verdict_witnesses(in, i, look->others, room);
	n = merge(addrs, vm, look->others, look->n_others);
	for (size_t k = 0; k < n; k++) {
		targets[k].a = addrs[k];
		targets[k].ping = p->probe.ping;
		targets[k].ssh = p->probe.ssh != POLICY_SSH_NEVER;
		targets[k].connect = p->probe.n_also_connect > 0;
	}
	look->own.addrs = addrs;
	look->own.seen = seen;
	look->own.n = n;
	return probe_run(
	    p, a, targets, n, seen, &look->own.facts, NULL, NULL, act->stop, 0, NULL, f);
}

/* Did nobody answer of those who answered a while ago? Then the prober, or the network, has just gone. */
static bool
nobody_answers(const struct look *look)
{
	for (size_t i = 0; i < look->n_others; i++) {
		const struct sighting *s = sightings_find(&look->own, &look->others[i]);

		if (s != NULL && sighting_sum(s) == SIGHTING_ALIVE)
			return false;
	}
	return look->n_others > 0;
}

/*
 * The last look at what a person may have said, and at the hour: reading and probing take minutes, and `vmreaper
 * hold` promises to work at once. Returns 0, or -1 with the detail of k set.
 */
static int
may_still(const struct act *act, struct arena *a, const struct policy *p, struct kill *k)
{
	struct fault f;
	bool kept = true, held = true;

	memset(&f, 0, sizeof(f));
	if (ledger_keep_now(act->ledger, k->id, k->stime_s, act->now_s(), &kept, &f) != 0 ||
	    ledger_hold_now(act->ledger, act->now_s(), &held, &f) != 0) {
		k->detail = arena_strdup(a, f.msg);
		return -1;
	}
	if (kept)
		k->detail = veto_code(VETO_KEEP_LOCAL);
	else if (held)
		k->detail = gate_code(GATE_HOLD);
	else if (!policy_in_hours(p, act->now_s()))
		k->detail = gate_code(GATE_HOURS);
	else if (act->stop != NULL && *act->stop)
		k->detail = "stopped by a signal";
	else
		return 0;
	return -1;
}

int
look_again(const struct act *act, struct arena *a, const struct verdict_input *in, size_t i,
    struct kill *k)
{
	struct vm fresh;
	struct host *hosts = NULL;
	struct look look;
	struct volumes volumes;
	struct fault f;
	enum veto veto;
	int64_t probed_s, age_s;
	size_t n_hosts = 0;

	k->outcome = OUTCOME_ABORTED;
	memset(&f, 0, sizeof(f));
	if (probe_again(act, a, in, i, &look, &f) != 0) {
		k->detail = arena_strdup(a, f.msg);
		return -1;
	}
	probed_s = act->now_s();
	volumes_read(in->policy, a, 0, &volumes);
	if (cloud_inspect(act->reader, a, in->listing->era, k->id, &fresh, &f) != 0) {
		if (f.kind == FAULT_GONE)
			k->outcome = OUTCOME_GONE;
		k->detail = arena_strdup(a, f.msg);
		return -1;
	}
	if (fresh.cls == VM_CLASS_DONE) {
		k->outcome = OUTCOME_GONE;
		k->detail = "was Done when it was read again";
		return -1;
	}
	/* one that was hot-plugged meanwhile is data, and one that went away a change */
	if (volumes_add(&volumes, a, &fresh, 1) != 0) {
		k->detail = "out of memory for the volumes";
		return -1;
	}
	if (cloud_hosts(act->reader, a, in->listing->era, &hosts, &n_hosts, &f) != 0) {
		k->detail = arena_strdup(a, f.msg);
		return -1;
	}
	veto = verdict_reverify(in, i, &fresh, hosts, n_hosts, &look.own, act->now_s());
	if (veto == VETO_COUNT && nobody_answers(&look))
		veto = VETO_NO_WITNESS;
	if (veto != VETO_COUNT) {
		k->detail = veto_code(veto);
		return -1;
	}
	age_s = act->now_s() - probed_s;
	if (age_s < 0 || age_s > LOOK_MAX_S) {
		k->detail = "the last look took too long to be believed";
		return -1;
	}
	return may_still(act, a, in->policy, k);
}
