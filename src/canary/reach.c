/* SPDX-License-Identifier: ISC */
/*
 * reach: short tries; how long they go on is the business of life.h.
 */
#include <stdio.h>
#include <string.h>

#include "act/hook.h"
#include "base/clock.h"
#include "canary/reach.h"
#include "probe/probe.h"

#define LOGIN_LEAST_S 5 /* a try is not cut before ssh could say what is wrong */

static int64_t
now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

static const struct vm_addr *
address_of(const struct policy *p, const struct vm *vm)
{
	const char *network = p->canary.network;
	size_t i;

	for (i = 0; i < vm->n_addrs; i++) {
		const struct vm_addr *v = &vm->addrs[i];

		if (net_addr_is_special(&v->a))
			continue;
		if (network == NULL || (v->network != NULL && strcmp(v->network, network) == 0))
			return v;
	}
	return NULL;
}

static bool
may_probe(const struct policy *p, const struct addr *a)
{
	for (size_t i = 0; i < p->probe.n_networks; i++)
		if (net_prefix_has(&p->probe.networks[i], a))
			return true;
	return false;
}

static int
probe_once(const struct canary_env *env, const struct policy *policy, const struct addr *a,
    bool ssh, struct sighting *s, struct probe_facts *facts, struct fault *f)
{
	struct probe_target target = {.a = *a, .ping = !ssh, .ssh = ssh};
	struct policy p = *policy;

	p.probe.ping = true;
	p.probe.ssh = POLICY_SSH_ALWAYS;
	p.probe.tries = 1;
	p.probe.try_ms[0] = 1000;
	p.probe.ssh_tries = 1;
	p.probe.n_also_connect = 0;
	memset(s, 0, sizeof(*s));
	return probe_run(&p, NULL, &target, 1, s, facts, NULL, NULL, env->stop, 0, NULL, f);
}

static int
probe_step(const struct canary_env *env, const struct policy *p, struct life *life,
    const struct addr *a, struct fault *f)
{
	bool ssh = life->step == LIFE_SSH;
	char text[NET_STR_SIZE];
	struct probe_facts facts;
	struct sighting s;
	const struct sighting_part *part;

	net_addr_str(text, a);
	if (!may_probe(p, a)) {
		fault_set(
		    f, FAULT_POLICY, "its address %s is outside of [probe] networks", text);
		fault_remedy(
		    f, "add its network there, or choose another with [canary] network");
		return -1;
	}
	if (probe_once(env, p, a, ssh, &s, &facts, f) != 0)
		return -1;
	if (!ssh && !(a->family == 4 ? facts.can_ping4 : facts.can_ping6)) {
		fault_set(f, FAULT_SYSTEM, "this process may not ping");
		fault_remedy(f, "see vmreaper doctor; or set [canary] ping = none");
		return -1;
	}
	part = ssh ? &s.ssh : &s.ping;
	if (part->result == PROBE_ANSWERED) {
		life_answered(life, life->step, now_ms());
		return 0;
	}
	life_note(
	    life, "%s of %s: %s", ssh ? "ssh" : "ping", text, probe_result_str(part->result));
	return 0;
}

/* ssh with a key: no configuration of ours or the caller's, no agent, no question, no shell on this side. */
static int
login_step(const struct canary_env *env, const struct policy *p, struct life *life,
    const struct addr *a, struct fault *f)
{
	const struct life_limit *limit = &life->limits.step[LIFE_LOGIN];
	char address[NET_STR_SIZE], port[16];
	int64_t left_s = limit->give_up_s - (now_ms() - life->step_ms) / 1000;
	const char *const argv[] = {env->ssh, "-F", "none", "-T", "-x", "-a", "-p", port, "-i",
	    p->canary.ssh_key, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o",
	    "BatchMode=yes", "-o", "PreferredAuthentications=publickey", "-o",
	    "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
	    "GlobalKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=5",
	    "-l", p->canary.ssh_user, "--", address, p->canary.login_command, NULL};

	net_addr_str(address, a);
	snprintf(port, sizeof(port), "%u", (unsigned)p->probe.ssh_port);
	/* sshd is up before the key is in its place: again until the time-out */
	if (hook_run(argv, "", 0, left_s > LOGIN_LEAST_S ? left_s : LOGIN_LEAST_S, env->stop,
		f) == 0) {
		life_answered(life, LIFE_LOGIN, now_ms());
		return 0;
	}
	if (f->kind == FAULT_POLICY || f->kind == FAULT_SYSTEM)
		return -1;
	life_note(life, "%.200s", f->msg);
	return 0;
}

int
reach_step(const struct canary_env *env, const struct policy *p, struct life *life,
    const struct vm *vm, struct fault *f)
{
	const struct vm_addr *address = address_of(p, vm);
	const char *network = p->canary.network;

	if (address != NULL && life->step == LIFE_LOGIN)
		return login_step(env, p, life, &address->a, f);
	if (address != NULL)
		return probe_step(env, p, life, &address->a, f);
	life_note(life, "it has no address%s%s", network != NULL ? " in " : "",
	    network != NULL ? network : "");
	return 0;
}
