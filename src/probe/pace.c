/* SPDX-License-Identifier: ISC */
/*
 * pace: two token buckets and a ring of networks. It must never send faster than either rate
 * allows: a burst of a thousand packets fills the sender's own buffers and looks like death.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "probe/pace.h"

#define SECOND_NS INT64_C(1000000000)

static void
bucket_init(struct pace_bucket *b, int32_t rate, int64_t burst)
{
	b->full_ns = INT64_MIN / 2;
	b->interval_ns = SECOND_NS / (rate < 1 ? 1 : rate);
	b->burst = burst;
}

/* When n tokens are there. */
static int64_t
bucket_time(const struct pace_bucket *b, int64_t n)
{
	return b->full_ns - (b->burst - n) * b->interval_ns;
}

static void
bucket_take(struct pace_bucket *b, int64_t now)
{
	b->full_ns = (b->full_ns > now ? b->full_ns : now) + b->interval_ns;
}

struct place {
	uint64_t net;
	uint32_t target;
	uint8_t family;
};

static int
place_cmp(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return a->net < b->net ? -1 : a->net > b->net;
}

static uint64_t
net_key(const struct addr *a)
{
	const size_t len = a->family == 4 ? 3 : 8;
	uint64_t key = 0;
	size_t i;

	for (i = 0; i < len; i++)
		key = key << 8 | a->b[i];
	return key;
}

static void
sort_into_nets(struct pace *p, const struct addr *a, size_t stride, size_t n)
{
	const struct addr *one;
	struct place *places;
	size_t i;

	places = x_calloc(n + 1, sizeof(*places));
	for (i = 0; i < n; i++) {
		one = (const struct addr *)(const void *)((const char *)a + i * stride);
		places[i] = (struct place){net_key(one), (uint32_t)i, one->family};
	}
	qsort(places, n, sizeof(*places), place_cmp);
	for (i = 0; i < n; i++) {
		if (i == 0 || place_cmp(&places[i - 1], &places[i]) != 0)
			p->n_nets++;
		p->net_of[places[i].target] = (uint32_t)(p->n_nets - 1);
	}
	free(places);
}

void
pace_init(struct pace *p, const struct addr *a, size_t stride, size_t n, size_t n_jobs,
    int32_t rate, int32_t rate_per_net)
{
	const int64_t net_burst = rate_per_net / 25 > 4 ? rate_per_net / 25 : 4;
	size_t i;

	memset(p, 0, sizeof(*p));
	p->net_of = x_calloc(n + 1, sizeof(*p->net_of));
	p->next = x_calloc(n_jobs + 1, sizeof(*p->next));
	sort_into_nets(p, a, stride, n);
	p->nets = x_calloc(p->n_nets + 1, sizeof(*p->nets));
	/* 4 ms of the rate, so that the loop's ticks of a millisecond lose nothing */
	bucket_init(&p->all, rate, rate / 250 > 16 ? rate / 250 : 16);
	for (i = 0; i < p->n_nets; i++) {
		bucket_init(&p->nets[i].bucket, rate_per_net, net_burst);
		p->nets[i].head = p->nets[i].tail = PACE_NONE;
	}
	p->ring_head = p->ring_tail = p->rest_head = p->rest_tail = PACE_NONE;
}

void
pace_free(struct pace *p)
{
	free(p->nets);
	free(p->net_of);
	free(p->next);
	memset(p, 0, sizeof(*p));
}

/* The two queues of networks. */
static void
net_push(struct pace *p, uint32_t *head, uint32_t *tail, uint32_t net)
{
	p->nets[net].next = PACE_NONE;
	if (*head == PACE_NONE)
		*head = net;
	else
		p->nets[*tail].next = net;
	*tail = net;
}

static uint32_t
net_pop(struct pace *p, uint32_t *head, uint32_t *tail)
{
	const uint32_t net = *head;

	*head = p->nets[net].next;
	if (*head == PACE_NONE)
		*tail = PACE_NONE;
	return net;
}

void
pace_push(struct pace *p, uint32_t target, uint32_t job)
{
	const uint32_t i = p->net_of[target];
	struct pace_net *net = &p->nets[i];

	p->next[job] = PACE_NONE;
	if (net->head == PACE_NONE)
		net->head = job;
	else
		p->next[net->tail] = job;
	net->tail = job;
	p->waiting++;
	if (!net->queued) {
		net->queued = true;
		net_push(p, &p->ring_head, &p->ring_tail, i);
	}
}

bool
pace_pop(struct pace *p, int64_t now, uint32_t *job)
{
	struct pace_net *net;
	uint32_t i;

	while (p->rest_head != PACE_NONE && p->nets[p->rest_head].wake_ns <= now)
		net_push(
		    p, &p->ring_head, &p->ring_tail, net_pop(p, &p->rest_head, &p->rest_tail));
	if (p->ring_head == PACE_NONE || bucket_time(&p->all, 1) > now)
		return false;
	while (p->ring_head != PACE_NONE) {
		i = net_pop(p, &p->ring_head, &p->ring_tail);
		net = &p->nets[i];
		if (bucket_time(&net->bucket, 1) > now) {
			net->wake_ns = now + net->bucket.interval_ns;
			net_push(p, &p->rest_head, &p->rest_tail, i);
			continue;
		}
		bucket_take(&net->bucket, now);
		bucket_take(&p->all, now);
		*job = net->head;
		net->head = p->next[*job];
		p->waiting--;
		if (net->head == PACE_NONE)
			net->queued = false;
		else
			net_push(p, &p->ring_head, &p->ring_tail, i);
		return true;
	}
	return false;
}

int64_t
pace_wake_ns(const struct pace *p, int64_t now)
{
	int64_t wake;

	if (p->waiting == 0)
		return INT64_MAX;
	if (p->ring_head == PACE_NONE)
		return p->nets[p->rest_head].wake_ns;
	if (bucket_time(&p->all, 1) <= now)
		return now;
	/* not for each token: half a burst at a time */
	wake = bucket_time(&p->all, p->all.burst / 2);
	return wake > now ? wake : now;
}
