/* SPDX-License-Identifier: ISC */
/*
 * loop: one epoll loop for all machines: tries, time-outs, slices, the deadline, the outcome.
 *
 * It decides what silence is: every try was really sent, and nothing at all came back. It must
 * never call anything else silent.
 */
#include "config.h"

#include <sys/epoll.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "probe/engine.h"

#define MS_NS	     INT64_C(1000000)
#define EVENTS	     256
#define SEND_AT_ONCE 64 /* packets between two looks at what came back */
#define WAIT_MAX_NS  (100 * MS_NS) /* how late *stop may be seen */
#define PROGRESS_NS  (250 * MS_NS)

/* Lists. */
void
engine_wait(struct engine *e, uint32_t i, enum engine_list list)
{
	struct engine_task *t = &e->tasks[i];
	struct engine_queue *q = &e->lists[list];

	BUG_ON(t->list != ENGINE_IDLE);
	t->list = (uint8_t)list;
	if (list == ENGINE_PACE) {
		pace_push(&e->pace, t->target, i);
		return;
	}
	t->due_ns = q->length_ns == INT64_MAX ? INT64_MAX : e->now_ns + q->length_ns;
	t->next = ENGINE_NONE;
	t->prev = q->tail;
	if (q->tail == ENGINE_NONE)
		q->head = i;
	else
		e->tasks[q->tail].next = i;
	q->tail = i;
}

void
engine_unwait(struct engine *e, uint32_t i)
{
	struct engine_task *t = &e->tasks[i];
	struct engine_queue *q = &e->lists[t->list];

	if (t->list == ENGINE_IDLE || t->list == ENGINE_DONE)
		return;
	if (t->list != ENGINE_PACE) {
		if (t->prev == ENGINE_NONE)
			q->head = t->next;
		else
			e->tasks[t->prev].next = t->next;
		if (t->next == ENGINE_NONE)
			q->tail = t->prev;
		else
			e->tasks[t->next].prev = t->prev;
	}
	t->list = ENGINE_IDLE;
}

bool
engine_may_send(const struct engine *e, const struct addr *a)
{
	size_t i;

	if (net_addr_is_special(a))
		return false;
	for (i = 0; i < e->policy->probe.n_networks; i++)
		if (net_prefix_has(&e->policy->probe.networks[i], a))
			return true;
	return false;
}

static uint8_t
tries_of(const struct engine *e, const struct engine_task *t)
{
	return (uint8_t)(t->method == PROBE_PING ? e->policy->probe.tries
						 : e->policy->probe.ssh_tries);
}

/* How long the current try may wait; also how long it may be retried when it cannot be sent. */
static int64_t
try_length_ns(const struct engine *e, const struct engine_task *t)
{
	return e->lists[t->method == PROBE_PING ? ENGINE_TRY + t->number - 1 : ENGINE_CONNECT]
	    .length_ns;
}

static void
tell_try(const struct engine *e, const struct engine_task *t, enum probe_result result,
    int32_t rtt_us)
{
	struct probe_try said = {.target = t->target,
	    .method = (enum probe_method)t->method,
	    .number = t->number,
	    .result = result,
	    .rtt_us = rtt_us,
	    .port = t->port,
	    .from = t->from};

	if (result == PROBE_NOT_SENT || result == PROBE_UNREACHABLE ||
	    result == PROBE_PROHIBITED)
		said.os_error = t->os_error;
	if (e->on_try != NULL)
		e->on_try(e->ctx, &said);
}

static struct sighting_part *
part_of(const struct engine *e, const struct engine_task *t)
{
	struct sighting *s = &e->out[t->target];

	return t->method == PROBE_PING	? &s->ping
	       : t->method == PROBE_SSH ? &s->ssh
					: &s->connect;
}

/* Of several ports: life first, then whatever keeps silence from being proved. */
static int
rank(enum probe_result r)
{
	static const enum probe_result order[] = {PROBE_NOT_ASKED, PROBE_SILENT,
	    PROBE_UNREACHABLE, PROBE_PROHIBITED, PROBE_NOT_SENT, PROBE_CUT, PROBE_REFUSED,
	    PROBE_ANSWERED};
	int i = 0;

	while (order[i] != r)
		i++;
	return i;
}

static void
decide(struct engine *e, struct engine_task *t, enum probe_result result, int32_t rtt_us)
{
	struct sighting_part *p = part_of(e, t);

	t->decided = true;
	if (rank(result) < rank(p->result))
		return;
	p->result = result;
	p->tries = t->sent;
	p->rtt_us = rtt_us;
	p->port = t->port;
	p->os_error = 0;
	if (result == PROBE_NOT_SENT || result == PROBE_UNREACHABLE)
		p->os_error = t->os_error;
}

static void
begin_try(struct engine *e, uint32_t i)
{
	struct engine_task *t = &e->tasks[i];

	t->number++;
	t->since_ns = 0;
	t->said_now = ICMP_SAID_NOTHING;
	t->from.family = 0;
	if (t->method == PROBE_PING)
		engine_wait(e, i, ENGINE_PACE);
	else
		tcp_begin(e, i);
}

/* A target of a slice is done: an address that nobody has leaves room in the table at once. */
static void
close_sliced(struct engine *e, uint32_t i)
{
	const uint32_t target = e->tasks[i].target;
	const struct sighting *s = &e->out[target];
	const struct sighting_part *p = s->ping.result != PROBE_NOT_ASKED ? &s->ping : &s->ssh;

	int64_t hold_ms = 0;

	if (p->result != PROBE_UNREACHABLE)
		e->slice_kept[e->targets[target].a.family == 6]++;
	if (--e->slice_open > 0)
		return;
	if (e->slice_kept[0] > 0)
		hold_ms = e->neighbour.hold4_ms;
	if (e->slice_kept[1] > 0 && e->neighbour.hold6_ms > hold_ms)
		hold_ms = e->neighbour.hold6_ms;
	e->slice_ns = e->now_ns + hold_ms * MS_NS;
}

/* A task is over: what its machine still needs. */
void
engine_close(struct engine *e, uint32_t i)
{
	struct engine_task *t = &e->tasks[i];
	struct engine_target *m = &e->states[t->target];
	const bool ping = t->method == PROBE_PING;
	const bool alive = probe_result_is_alive(e->out[t->target].ping.result);
	uint32_t k;

	engine_unwait(e, i);
	t->list = ENGINE_DONE;
	m->open--;
	for (k = m->first; ping && k < m->first + m->n; k++) {
		t = &e->tasks[k];
		if (t->list != ENGINE_IDLE || t->number != 0)
			continue; /* not waiting for what ping says */
		if (!alive)
			begin_try(e, k);
		else {
			t->decided = true; /* as not asked */
			t->list = ENGINE_DONE;
			m->open--;
		}
	}
	if (m->open > 0)
		return;
	e->done++;
	if (m->sliced)
		close_sliced(e, i);
}

void
engine_answered(struct engine *e, uint32_t i, enum probe_result result, int64_t rtt_ns)
{
	struct engine_task *t = &e->tasks[i];
	const int64_t us = rtt_ns < 0 ? -1 : rtt_ns / 1000;
	const int32_t rtt_us = us > INT32_MAX ? INT32_MAX : (int32_t)us;

	decide(e, t, result, rtt_us);
	tell_try(e, t, result, rtt_us);
}

/* No try is left. */
static void
finish(struct engine *e, uint32_t i)
{
	struct engine_task *t = &e->tasks[i];

	if (t->said == ICMP_SAID_PROHIBITED)
		decide(e, t, PROBE_PROHIBITED, -1);
	else if (t->sent < tries_of(e, t))
		decide(e, t, PROBE_NOT_SENT, -1);
	else if (t->said == ICMP_SAID_UNREACHABLE)
		decide(e, t, PROBE_UNREACHABLE, -1);
	else
		decide(e, t, PROBE_SILENT, -1);
	engine_close(e, i);
}

/* The try is over without a sign of life. */
static void
end_try(struct engine *e, uint32_t i, bool sent)
{
	struct engine_task *t = &e->tasks[i];
	enum probe_result result = PROBE_SILENT;

	if (t->said_now == ICMP_SAID_PROHIBITED)
		result = PROBE_PROHIBITED;
	else if (!sent)
		result = PROBE_NOT_SENT;
	else if (t->said_now == ICMP_SAID_UNREACHABLE)
		result = PROBE_UNREACHABLE;
	tell_try(e, t, result, -1);
	if (t->method != PROBE_PING)
		tcp_expired(e, i);
	if (t->number < tries_of(e, t))
		begin_try(e, i);
	else
		finish(e, i);
}

void
engine_sent(struct engine *e, uint32_t i, enum engine_list list)
{
	e->tasks[i].sent++;
	engine_wait(e, i, list);
}

void
engine_not_sent(struct engine *e, uint32_t i, int os_error)
{
	struct engine_task *t = &e->tasks[i];

	t->os_error = os_error;
	if (e->now_ns - t->since_ns + e->lists[ENGINE_RETRY].length_ns < try_length_ns(e, t))
		engine_wait(e, i, ENGINE_RETRY);
	else
		end_try(e, i, false);
}

void
engine_said(
    struct engine *e, uint32_t i, enum icmp_said said, const struct addr *from, int os_error)
{
	struct engine_task *t = &e->tasks[i];

	if (said == ICMP_SAID_NOTHING)
		return;
	if (said >= t->said_now) {
		t->said_now = (uint8_t)said;
		t->from = *from;
		t->os_error = os_error;
	}
	if (said > t->said)
		t->said = (uint8_t)said;
}

/* What can never be sent, for a reason that no try will change. */
static void
give_up(struct engine *e, uint32_t i, int os_error)
{
	struct engine_task *t = &e->tasks[i];

	t->number = 1;
	t->os_error = os_error;
	tell_try(e, t, PROBE_NOT_SENT, -1);
	decide(e, t, PROBE_NOT_SENT, -1);
	engine_close(e, i);
}

/* Begin with one target: ping, and what does not wait for it. */
static void
begin_target(struct engine *e, uint32_t target)
{
	const struct engine_target *m = &e->states[target];
	const struct addr *a = &e->targets[target].a;
	const bool may = engine_may_send(e, a);
	const struct ping_family *pf = ping_family(e, a);
	const uint32_t end = m->first + m->n;
	const bool ping = m->n > 0 && e->tasks[m->first].method == PROBE_PING;
	struct engine_task *t;
	uint32_t i;

	if (m->n == 0) {
		e->done++;
		return;
	}
	/* backwards: when ping gives up at once, what waits for it is begun by engine_close */
	for (i = end; i-- > m->first;) {
		t = &e->tasks[i];
		if (!may)
			give_up(e, i, EPERM);
		else if (t->method == PROBE_PING && pf->fd < 0)
			give_up(e, i, pf->error);
		else if (t->method == PROBE_PING || !ping ||
			 (t->method == PROBE_SSH && e->policy->probe.ssh == POLICY_SSH_ALWAYS))
			begin_try(e, i);
	}
}

static bool
is_slice_left(const struct engine *e)
{
	return e->held_next[0] < e->held_end[0] || e->held_next[1] < e->held_end[1];
}

/* Half a neighbour table; the rest is for everybody else on this machine. */
static size_t
half_table(const struct engine *e, int f)
{
	const size_t limit = f == 0 ? e->neighbour.limit4 : e->neighbour.limit6;

	return (limit != 0 ? limit : NEIGHBOUR_LIMIT_DEFAULT) / 2;
}

/*
 * The next slice of attached targets, when the last is done. Up to three quarters of a table may
 * be ours while a slice runs; then it has to wait until the kernel can replace what we used.
 */
static void
begin_slice(struct engine *e)
{
	size_t n;
	int f;

	if (e->slice_open > 0 || !is_slice_left(e))
		return;
	if (e->now_ns < e->slice_ns) {
		for (f = 0; f < 2; f++)
			if (e->slice_kept[f] > half_table(e, f) / 2)
				return;
	} else
		e->slice_kept[0] = e->slice_kept[1] = 0;
	e->slice_ns = INT64_MAX; /* known when the slice is done */
	for (f = 0; f < 2; f++)
		for (n = half_table(e, f); n > 0 && e->held_next[f] < e->held_end[f]; n--) {
			e->slice_open++;
			begin_target(e, e->held[e->held_next[f]++]);
		}
}

/* A step through 0 to n-1 that visits each once and leaves neighbours far apart. */
static size_t
stride_of(size_t n)
{
	size_t stride = n * 5 / 8 | 1, a, b, r;

	for (;; stride += 2) {
		for (a = n, b = stride; b != 0; a = b, b = r)
			r = a % b;
		if (a == 1 || n == 0)
			return stride;
	}
}

static void
begin_all(struct engine *e)
{
	size_t attached[2] = {0, 0}, k, at = 0;
	const size_t stride = stride_of(e->n);
	int f;

	for (k = 0; k < e->n; k++)
		if (e->states[k].attached)
			attached[e->targets[k].a.family == 6]++;
	e->held_end[0] = 0;
	e->held_next[1] = e->held_end[1] = attached[0];
	for (k = 0; k < e->n; k++, at = (at + stride) % e->n) {
		f = e->targets[at].a.family == 6;
		if (e->states[at].attached && attached[f] > half_table(e, f)) {
			e->states[at].sliced = true;
			e->held[e->held_end[f]++] = (uint32_t)at;
		} else
			begin_target(e, (uint32_t)at);
	}
}

static void
expire(struct engine *e)
{
	struct engine_task *t;
	uint32_t i;
	int l;

	for (l = ENGINE_RETRY; l < ENGINE_LISTS; l++)
		while (
		    (i = e->lists[l].head) != ENGINE_NONE && e->tasks[i].due_ns <= e->now_ns) {
			t = &e->tasks[i];
			engine_unwait(e, i);
			switch (l) {
			case ENGINE_RETRY:
				engine_wait(e, i, ENGINE_PACE);
				break;
			case ENGINE_GREETING: /* it took the connection: somebody is at home */
				engine_answered(e, i, PROBE_REFUSED, -1);
				/* FALLTHROUGH */
			case ENGINE_LINGER:
				tcp_expired(e, i);
				engine_close(e, i);
				break;
			default:
				end_try(e, i, true);
				break;
			}
			BUG_ON(t->list == ENGINE_IDLE);
		}
}

static void
send_due(struct engine *e)
{
	struct engine_task *t;
	uint32_t i;
	int n;

	for (n = 0; n < SEND_AT_ONCE && pace_pop(&e->pace, e->now_ns, &i); n++) {
		t = &e->tasks[i];
		if (t->list != ENGINE_PACE) /* answered while it waited, by a late reply */
			continue;
		t->list = ENGINE_IDLE;
		if (t->since_ns == 0)
			t->since_ns = e->now_ns;
		if (t->method == PROBE_PING)
			ping_send(e, i);
		else
			tcp_send(e, i);
	}
	ping_flush(e);
}

/* Milliseconds until something is due, rounded up: rounded down the loop would spin. */
static int
wait_ms(const struct engine *e)
{
	int64_t at = e->now_ns + WAIT_MAX_NS, wake;
	int l;

	for (l = ENGINE_RETRY; l < ENGINE_LISTS; l++)
		if (e->lists[l].head != ENGINE_NONE && e->tasks[e->lists[l].head].due_ns < at)
			at = e->tasks[e->lists[l].head].due_ns;
	wake = pace_wake_ns(&e->pace, e->now_ns);
	at = wake < at ? wake : at;
	if (e->slice_open == 0 && is_slice_left(e) && e->slice_ns < at)
		at = e->slice_ns;
	at = e->deadline_ns < at ? e->deadline_ns : at;
	return at <= e->now_ns ? 0 : (int)((at - e->now_ns + MS_NS - 1) / MS_NS);
}

static int
take_events(struct engine *e, struct fault *f)
{
	struct epoll_event events[EVENTS];
	int i, n;

	n = epoll_wait(e->epoll, events, EVENTS, wait_ms(e));
	e->now_ns = clock_mono_ns();
	if (n < 0 && errno != EINTR)
		return fault_set(f, FAULT_SYSTEM, "epoll_wait: %s", strerror(errno));
	for (i = 0; i < n; i++)
		if (events[i].data.u64 >= ENGINE_EVENT_PING6)
			ping_event(e, events[i].data.u64 == ENGINE_EVENT_PING6,
			    (events[i].events & EPOLLERR) != 0);
		else
			tcp_event(e, events[i].data.u64, events[i].events);
	return 0;
}

/* What has no result has none for want of time. */
static void
cut(struct engine *e)
{
	struct engine_task *t;
	size_t i;

	for (i = 0; i < e->n_tasks; i++) {
		t = &e->tasks[i];
		if (t->decided)
			continue;
		decide(e, t, PROBE_CUT, -1);
		if (t->number > 0)
			tell_try(e, t, PROBE_CUT, -1);
	}
}

/*
 * A neighbour table that overflowed told ping, but not TCP: silence of attached targets there
 * proves nothing.
 */
static void
doubt_attached(struct engine *e)
{
	struct sighting_part *parts[2];
	size_t i, k;

	for (i = 0; i < e->n; i++) {
		parts[0] = &e->out[i].ssh;
		parts[1] = &e->out[i].connect;
		for (k = 0; e->states[i].attached && k < 2; k++)
			if (parts[k]->result == PROBE_SILENT) {
				parts[k]->result = PROBE_NOT_SENT;
				parts[k]->os_error = ENOBUFS;
			}
	}
}

int
engine_run(struct engine *e, struct fault *f)
{
	const uint64_t fulls = neighbour_table_fulls();
	int64_t progress_ns;

	e->now_ns = clock_mono_ns();
	progress_ns = e->now_ns + PROGRESS_NS;
	begin_all(e);
	while (e->done < e->n) {
		e->facts->stopped = e->stop != NULL && *e->stop;
		e->facts->cut = e->now_ns >= e->deadline_ns;
		if (e->facts->stopped || e->facts->cut) {
			cut(e);
			break;
		}
		expire(e);
		begin_slice(e);
		send_due(e);
		if (e->progress != NULL && e->now_ns >= progress_ns) {
			e->progress(e->done, e->n);
			progress_ns = e->now_ns + PROGRESS_NS;
		}
		if (e->done < e->n && take_events(e, f) != 0)
			return -1;
	}
	if (neighbour_table_fulls() != fulls)
		doubt_attached(e);
	return 0;
}
