/* SPDX-License-Identifier: ISC */
/*
 * probe: targets in, sightings out. It builds the engine's tables and takes them down again.
 * It must never leave a descriptor, nor a sighting of which it is not said what it proves.
 */
#include "config.h"

#include <sys/epoll.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "probe/engine.h"

#define MS_NS INT64_C(1000000)

/* Which methods, and how many tasks, a target is asked by: its wishes within the policy's. */
static uint8_t
wishes(
    const struct policy *p, const struct probe_target *t, bool *ping, bool *ssh, size_t *ports)
{
	*ping = t->ping && p->probe.ping && p->probe.tries > 0;
	*ssh = t->ssh && p->probe.ssh != POLICY_SSH_NEVER && p->probe.ssh_tries > 0;
	*ports = t->connect && p->probe.ssh_tries > 0 ? p->probe.n_also_connect : 0;
	return (uint8_t)(*ping + *ssh + *ports);
}

static struct engine_task *
add_task(struct engine *e, size_t target, enum probe_method method, uint16_t port)
{
	struct engine_task *t = &e->tasks[e->n_tasks++];

	t->target = (uint32_t)target;
	t->method = (uint8_t)method;
	t->port = port;
	t->conn = t->prev = t->next = ENGINE_NONE;
	return t;
}

/* Tasks and states of all targets; nothing has begun. */
static void
build_tasks(struct engine *e)
{
	const struct policy *p = e->policy;
	size_t i, k, n = 0, ports;
	bool ping, ssh;

	for (i = 0; i < e->n; i++)
		n += wishes(p, &e->targets[i], &ping, &ssh, &ports);
	e->tasks = x_calloc(n + 1, sizeof(*e->tasks));
	e->states = x_calloc(e->n + 1, sizeof(*e->states));
	e->held = x_calloc(e->n + 1, sizeof(*e->held));
	for (i = 0; i < e->n; i++) {
		memset(&e->out[i], 0, sizeof(e->out[i]));
		e->out[i].greeting = "";
		e->out[i].ping.rtt_us = e->out[i].ssh.rtt_us = e->out[i].connect.rtt_us = -1;
		e->states[i].first = (uint32_t)e->n_tasks;
		e->states[i].n = e->states[i].open =
		    wishes(p, &e->targets[i], &ping, &ssh, &ports);
		if (ping)
			add_task(e, i, PROBE_PING, 0);
		if (ssh)
			add_task(e, i, PROBE_SSH, p->probe.ssh_port);
		for (k = 0; k < ports; k++)
			add_task(e, i, PROBE_CONNECT, p->probe.also_connect[k]);
	}
	pace_init(&e->pace, &e->targets[0].a, sizeof(e->targets[0]), e->n, e->n_tasks,
	    p->probe.rate, p->probe.rate_per_net);
}

static void
build_lists(struct engine *e)
{
	const struct policy *p = e->policy;
	int l;

	for (l = 0; l < ENGINE_LISTS; l++)
		e->lists[l] = (struct engine_queue){ENGINE_NONE, ENGINE_NONE, INT64_MAX};
	e->lists[ENGINE_CONNECT].length_ns = p->probe.connect_ms * MS_NS;
	e->lists[ENGINE_GREETING].length_ns = p->probe.greeting_ms * MS_NS;
	e->lists[ENGINE_RETRY].length_ns = ENGINE_RETRY_MS * MS_NS;
	e->lists[ENGINE_LINGER].length_ns = ENGINE_LINGER_MS * MS_NS;
	for (l = 0; l < p->probe.tries; l++)
		e->lists[ENGINE_TRY + l].length_ns = p->probe.try_ms[l] * MS_NS;
}

/* Which targets need the neighbour table. */
static void
find_attached(struct engine *e)
{
	struct neighbour *nb = &e->neighbour;
	size_t i;

	neighbour_read(nb);
	for (i = 0; i < e->n; i++)
		if (e->states[i].n > 0 && engine_may_send(e, &e->targets[i].a))
			e->states[i].attached = neighbour_count(nb, &e->targets[i].a);
	for (i = 0; i < nb->n; i++)
		if (nb->nets[i].targets > e->facts->on_link_max)
			e->facts->on_link_max = nb->nets[i].targets;
	e->facts->neighbour_limit = nb->limit4 != 0 ? nb->limit4 : nb->limit6;
}

static void
free_engine(struct engine *e)
{
	tcp_close(e);
	ping_close(e);
	pace_free(&e->pace);
	neighbour_free(&e->neighbour);
	if (e->epoll >= 0)
		close(e->epoll);
	free(e->tasks);
	free(e->states);
	free(e->held);
}

int
probe_run(const struct policy *p, struct arena *a, const struct probe_target *targets, size_t n,
    struct sighting *out, struct probe_facts *facts, probe_try_fn *on_try, void *ctx,
    const volatile bool *stop, int64_t deadline_ms, void (*progress)(size_t done, size_t n),
    struct fault *f)
{
	const int64_t begun_ns = clock_mono_ns();
	struct engine e = {.policy = p,
	    .arena = a,
	    .targets = targets,
	    .n = n,
	    .out = out,
	    .facts = facts,
	    .on_try = on_try,
	    .ctx = ctx,
	    .stop = stop,
	    .progress = progress};
	int rc = -1;

	memset(facts, 0, sizeof(*facts));
	if (n == 0)
		return 0;
	BUG_ON(p->probe.tries > POLICY_TRIES_MAX || p->probe.n_also_connect > POLICY_PORTS_MAX);
	BUG_ON(n >= ENGINE_NONE / (2 + POLICY_PORTS_MAX));
	if (deadline_ms <= 0 || deadline_ms > p->probe.deadline_ms)
		deadline_ms = p->probe.deadline_ms;
	e.deadline_ns = begun_ns + deadline_ms * MS_NS;
	e.ping.v4.fd = e.ping.v6.fd = -1;
	build_tasks(&e);
	build_lists(&e);
	find_attached(&e);
	e.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (e.epoll < 0)
		fault_set(f, FAULT_SYSTEM, "epoll_create1: %s", strerror(errno));
	else if (ping_open(&e, f) == 0) {
		tcp_open(&e);
		rc = engine_run(&e, f);
	}
	free_engine(&e);
	facts->time_ns = clock_mono_ns() - begun_ns;
	return rc;
}

void
probe_permission(struct probe_facts *facts)
{
	bool raw4 = false, raw6 = false;
	int v4, v6;

	memset(facts, 0, sizeof(*facts));
	v4 = ping_socket(4, &raw4);
	v6 = ping_socket(6, &raw6);
	facts->can_ping4 = v4 >= 0;
	facts->can_ping6 = v6 >= 0;
	facts->raw = (v4 >= 0 && raw4) || (v6 >= 0 && raw6);
	if (v4 >= 0)
		close(v4);
	if (v6 >= 0)
		close(v6);
}
