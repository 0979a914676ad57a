/* SPDX-License-Identifier: ISC */
/*
 * act: the kill itself, in the order that makes a crash at any point harmless.
 *
 * What is journalled before the call can be lost never, what is sent is sent once. Nothing here decides
 * who dies: the list comes from verdict/, and the last word before the call from verdict_reverify().
 */
#include <stdio.h>
#include <string.h>

#include "act/act.h"
#include "base/text.h"
#include "cloud/volumes.h"

enum kill_reply
act_send_cloud(void *ctx, const char *verb, int64_t id, struct fault *f)
{
	return cloud_kill(ctx, verb, id, f);
}

enum kill_reply
act_send_nothing(void *ctx, const char *verb, int64_t id, struct fault *f)
{
	(void)ctx;
	(void)verb;
	(void)id;
	(void)f;
	return KILL_NOT_SENT;
}

/* The machine's addresses, blank-separated, for the journal (a later sweep looks whether one still answers). */
static const char *
addresses_str(struct arena *a, const struct vm *vm)
{
	struct text t;
	char buf[NET_STR_SIZE];
	const char *s;
	size_t i;

	text_init(&t, 1024);
	for (i = 0; i < vm->n_addrs; i++)
		text_addf(&t, "%s%s", i > 0 ? " " : "", net_addr_str(buf, &vm->addrs[i].a));
	s = arena_strdup(a, t.p);
	text_free(&t);
	return s;
}

/* The journal row of machine i. Returns -1 when the arena is full. */
static int
kill_fill(struct arena *a, const struct act *act, const struct verdict_input *in,
    const struct judgement *j, size_t i, struct kill *k)
{
	const struct vm *vm = &in->listing->vms[i];
	const struct record *r = &in->records[i];
	char state[40], age[32];

	memset(k, 0, sizeof(*k));
	k->sweep = act->sweep;
	k->id = vm->id;
	k->stime_s = vm->stime_s;
	k->uid = vm->uid;
	k->deploy_id = vm->deploy_id;
	k->name = vm->name;
	k->owner = vm->uname;
	k->host = vm->host;
	k->verb = j->verb;
	k->cls = vm_class_str(vm->cls);
	k->addresses = addresses_str(a, vm);
	k->state = arena_strdup(a, era_state_name(in->listing->era, vm->state, vm->lcm, state));
	k->reason = arena_printf(a, "%s for %s, seen %d times%s", k->cls,
	    units_age_str(age, sizeof(age), r->earned_s), (int)r->confirmations,
	    j->silent && j->witness ? ", silent with a witness" : "");
	k->detail = "";
	k->intent_s = act->now_s();
	k->acknowledged = r->acknowledged;
	k->outcome = act->begun;
	if (k->addresses == NULL || k->state == NULL || k->reason == NULL)
		return -1;
	return 0;
}

/* Probe the machine's addresses once more; the canaries and witnesses are not asked again. */
static int
probe_again(struct arena *a, const struct verdict_input *in, const struct act *act,
    const struct vm *vm, struct sightings *out, struct fault *f)
{
	struct probe_target *targets;
	struct sighting *seen;
	struct addr *addrs;
	size_t i, k, n = 0;

	targets = arena_calloc(a, vm->n_addrs + 1, sizeof(*targets));
	seen = arena_calloc(a, vm->n_addrs + 1, sizeof(*seen));
	addrs = arena_calloc(a, vm->n_addrs + 1, sizeof(*addrs));
	if (targets == NULL || seen == NULL || addrs == NULL)
		return fault_set(
		    f, FAULT_LIMIT, "machine %lld: out of memory", (long long)vm->id);
	for (i = 0; i < vm->n_addrs; i++) {
		/* insertion sort: a machine has a handful of addresses, each once (vmxml) */
		for (k = n; k > 0 && net_addr_cmp(&addrs[k - 1], &vm->addrs[i].a) > 0; k--)
			addrs[k] = addrs[k - 1];
		addrs[k] = vm->addrs[i].a;
		n++;
	}
	for (i = 0; i < n; i++) {
		targets[i].a = addrs[i];
		targets[i].ping = in->policy->probe.ping;
		targets[i].ssh = in->policy->probe.ssh != POLICY_SSH_NEVER;
		targets[i].connect = in->policy->probe.n_also_connect > 0;
	}
	memset(out, 0, sizeof(*out));
	out->addrs = addrs;
	out->seen = seen;
	out->n = n;
	return probe_run(
	    in->policy, targets, n, seen, &out->facts, NULL, NULL, act->stop, 0, NULL, f);
}

static const struct host *
host_by_id(const struct host *hosts, size_t n, int64_t id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (hosts[i].id == id)
			return &hosts[i];
	return NULL;
}

/*
 * The last look at what a person may have said, and at the hour: reading and probing take minutes, and `vmreaper
 * hold` promises to work at once. Returns 0, or -1 with the detail of k set.
 */
static int
may_still(struct arena *a, const struct act *act, const struct policy *p, struct kill *k)
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

/*
 * V10: look at machine i again: first its addresses and the volumes, which takes seconds, then what the cloud says, so that as little
 * as possible can happen between the reading and the call. An address that it has got meanwhile was not probed, which
 * is no silence. Returns 0 when the kill may go on; -1 with the outcome and detail of k set when not.
 */
static int
look_again(struct arena *a, const struct act *act, const struct verdict_input *in, size_t i,
    struct kill *k)
{
	struct vm fresh;
	struct host *hosts = NULL;
	struct sightings seen;
	struct volumes volumes;
	struct fault f;
	enum veto veto;
	size_t n_hosts = 0;

	k->outcome = OUTCOME_ABORTED;
	memset(&f, 0, sizeof(f));
	if (probe_again(a, in, act, &in->listing->vms[i], &seen, &f) != 0) {
		k->detail = arena_strdup(a, f.msg);
		return -1;
	}
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
	veto = verdict_reverify(
	    in, i, &fresh, host_by_id(hosts, n_hosts, fresh.host_id), &seen, act->now_s());
	if (veto != VETO_COUNT) {
		k->detail = veto_code(veto);
		return -1;
	}
	return may_still(a, act, in->policy, k);
}

/* Send the verb once, and say what became of it. */
static void
send_once(struct arena *a, const struct act *act, struct kill *k, struct fault *f)
{
	enum kill_reply reply;

	reply = act->send(act->send_ctx, k->verb, k->id, f);
	if (act->begun == OUTCOME_WOULD_KILL) {
		k->outcome = OUTCOME_WOULD_KILL;
		return;
	}
	switch (reply) {
	case KILL_ACCEPTED:
		k->outcome = OUTCOME_ACCEPTED;
		return;
	case KILL_REFUSED:
		k->outcome = f->kind == FAULT_GONE ? OUTCOME_GONE : OUTCOME_REFUSED;
		break;
	case KILL_NOT_SENT:
		k->outcome = OUTCOME_NOT_SENT;
		break;
	case KILL_IN_DOUBT:
		k->outcome = OUTCOME_IN_DOUBT;
		break;
	}
	k->detail = arena_strdup(a, f->msg);
}

/* May another kill begin? 0, or -1 with the reason in f. */
static int
may_go_on(const struct act *act, int64_t failures, int64_t limit, struct fault *f)
{
	bool hold = true;

	if (act->stop != NULL && *act->stop)
		return fault_set(f, FAULT_STATE, "stopped by a signal: no further kills");
	if (failures >= limit)
		return fault_set(f, FAULT_STATE, "%lld kills in a row failed: no further kills",
		    (long long)failures);
	if (ledger_hold_now(act->ledger, act->now_s(), &hold, f) != 0)
		return -1;
	if (hold) {
		fault_set(f, FAULT_STATE, "on hold: no further kills");
		return fault_remedy(f, "vmreaper resume");
	}
	return 0;
}

/* One kill from intent to outcome; unread: why it could not be read before, or NULL. -1: no further one may follow. */
static int
kill_one(const struct act *act, struct arena *a, const struct verdict_input *in, size_t i,
    const char *unread, struct kill *k, struct fault *f)
{
	struct fault why;

	memset(&why, 0, sizeof(why));
	if (ledger_intent(act->ledger, k, f) != 0)
		return -1;
	if (unread != NULL) {
		k->outcome = OUTCOME_ABORTED;
		k->detail = unread;
	} else if (look_again(a, act, in, i, k) == 0)
		send_once(a, act, k, &why);
	k->outcome_s = act->now_s();
	if (k->detail == NULL)
		k->detail = "";
	if (ledger_outcome(act->ledger, k->row, k->outcome, k->outcome_s, k->detail, f) != 0)
		return -1;
	if (why.kind == FAULT_AUTH) {
		if (f != NULL)
			*f = why;
		return -1;
	}
	return 0;
}

/*
 * Before the first kill: can the cloud still be read? Those that cannot are kept (unread[i] says why); more than half
 * of several are a sick cloud, and nobody is killed (reapers.md D.2, 34). Nothing is journalled yet.
 */
static int
may_begin(const struct act *act, struct arena *a, const struct verdict_input *in,
    const size_t *list, size_t n, const char **unread, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE}, last = why;
	struct vm vm;
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		if (cloud_inspect(act->reader, a, in->listing->era,
			in->listing->vms[list[i]].id, &vm, &why) == 0 ||
		    why.kind == FAULT_GONE)
			continue;
		last = why;
		unread[i] = arena_strdup(a, why.msg);
		if (unread[i] == NULL)
			unread[i] = "it could not be read again";
		failed++;
	}
	if (failed < 2 || failed * 2 <= n)
		return 0;
	fault_prefix(
	    &last, "%zu of %zu machines cannot be read again, so nobody is killed", failed, n);
	if (f != NULL)
		*f = last;
	return -1;
}

int
act_kill(const struct act *act, struct arena *a, const struct verdict_input *in,
    const struct judgement *js, const size_t *list, size_t n, struct kill **kills,
    size_t *n_kills, struct fault *f)
{
	int64_t failures = in->run.failures;
	const char **unread;
	size_t i;

	*n_kills = 0;
	*kills = arena_calloc(a, n + 1, sizeof(**kills));
	if (*kills == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu kills", n);
	unread = arena_calloc(a, n + 1, sizeof(*unread));
	if (unread == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for %zu kills", n);
	if (may_begin(act, a, in, list, n, unread, f) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		struct kill *k = &(*kills)[*n_kills];

		if (may_go_on(act, failures, in->policy->limits.failures, f) != 0)
			return -1;
		if (kill_fill(a, act, in, &js[list[i]], list[i], k) != 0)
			return fault_set(f, FAULT_LIMIT, "out of memory for the journal");
		(*n_kills)++;
		if (kill_one(act, a, in, list[i], unread[i], k, f) != 0) {
			if (k->row == 0) /* not journalled, so nothing was sent either */
				(*n_kills)--;
			return -1;
		}
		if (k->outcome == OUTCOME_REFUSED || k->outcome == OUTCOME_NOT_SENT ||
		    k->outcome == OUTCOME_IN_DOUBT)
			failures++;
		else if (k->outcome == OUTCOME_ACCEPTED)
			failures = 0;
	}
	return 0;
}
