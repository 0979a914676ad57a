/* SPDX-License-Identifier: ISC */
/*
 * machines: the calls whose answers are machines; many of them at once, too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cloud/call.h"
#include "cloud/era.h"
#include "cloud/limits.h"

static int
feed_machines(void *ctx, const char *s, size_t len)
{
	return vmxml_feed(ctx, s, len);
}

/* What came into the parser of a call: the end of both. */
static enum one_outcome
machines_end(struct one *o, const struct call *c, struct vmxml *x,
    const struct xmlrpc_reply *reply, enum one_outcome outcome, int64_t *flaw, struct fault *f)
{
	struct fault inner = {.kind = FAULT_NONE};
	int end = vmxml_end(x, &inner);

	if (end == 0 && vmxml_in_doubt(x))
		end =
		    fault_set(&inner, FAULT_REPLY, "the list of machines: a name holds markup");
	outcome = call_document_end(o, c, reply, outcome, end, &inner, f);
	*flaw = vmxml_flaw(x);
	if (outcome == ONE_DONE) {
		o->seen.history_direct |= vmxml_seen(x)->history_direct;
		o->seen.history_records |= vmxml_seen(x)->history_records;
	}
	return outcome;
}

static enum one_outcome
call_machines(struct one *o, struct call *c, struct arena *a, const struct era *era,
    int64_t max_machines, struct vm_list *out, int64_t *flaw, struct fault *f)
{
	struct vmxml *x = vmxml_new(a, era, max_machines, out);
	struct xmlrpc_reply reply;
	enum one_outcome outcome;

	*flaw = -1;
	if (x == NULL) {
		fault_set(f, FAULT_SYSTEM, "out of memory");
		return ONE_NOT_SENT;
	}
	c->feed = feed_machines;
	c->ctx = x;
	outcome = call_make(o, c, &reply, f);
	outcome = machines_end(o, c, x, &reply, outcome, flaw, f);
	vmxml_free(x);
	return outcome;
}

/* 2.2: filter (-1: mine), extended (owners and history too), state (reapers.md C.11). */
#define PARAMS_22(whose, state)                                                      \
	{                                                                            \
		{.type = PARAM_INT, .i = (whose) == -3 ? -1 : (whose)},              \
		    {.type = PARAM_BOOL, .i = 1}, {.type = PARAM_INT, .i = (state)}, \
	}

enum one_outcome
one_vmpool_info(struct one *o, struct arena *a, const struct era *era, bool extended,
    int32_t whose, struct one_range range, int64_t max_machines, struct vm_list *out,
    int64_t *flaw, struct fault *f)
{
	const struct param params[] = {
	    {.type = PARAM_INT, .i = whose},
	    {.type = PARAM_INT, .i = range.start},
	    {.type = PARAM_INT, .i = range.end},
	    {.type = PARAM_INT, .i = range.state},
	};
	const struct param params_22[] = PARAMS_22(whose, range.state);
	bool old = era != NULL && !era->id_ranges;
	struct call c = {
	    .method = extended ? "one.vmpool.infoextended" : "one.vmpool.info",
	    .params = old ? params_22 : params,
	    .n = old ? 3 : 4,
	    .max_bytes = LIMIT_BODY_POOL,
	};

	return call_machines(o, &c, a, era, max_machines, out, flaw, f);
}

enum one_outcome
one_vm_info(struct one *o, struct arena *a, const struct era *era, int32_t id,
    struct vm_list *out, struct fault *f)
{
	const struct param params[] = {{.type = PARAM_INT, .i = id}};
	struct call c = {
	    .method = "one.vm.info", .params = params, .n = 1, .max_bytes = LIMIT_BODY_ONE};
	int64_t flaw;

	return call_machines(o, &c, a, era, INT64_MAX, out, &flaw, f);
}

/*
 * --- many at once ---------------------------------------------------------------------
 *
 * A daemon takes 2 ms for one.vm.info (rig.md), most of it waiting: 500 machines of the simulated cloud that waits as
 * long took 1.23, 0.32 and 0.17 s over 1, 4 and 8 connections, and 0.1 ms each of our processor.
 */

/* One of the calls that are under way together. */
struct lane {
	struct call call;
	struct param id;
	char *body; /* of the request; holds the session */
	size_t len;
	struct vmxml *x;
	struct vm_list got;
	size_t index;
};

struct many {
	struct one *o;
	struct arena *a;
	const struct era *era;
	struct one_inspection *v;
	size_t n, next;
	struct fault last; /* why the last one failed */
	unsigned failures; /* in a row */
	struct lane lanes[HTTP_LANES];
};

static void
lane_clear(struct lane *lane)
{
	if (lane->body != NULL)
		explicit_bzero(lane->body, lane->len);
	free(lane->body);
	vmxml_free(lane->x);
	memset(lane, 0, sizeof(*lane));
}

static void
inspection_failed(struct many *m, size_t index, enum one_outcome outcome, const struct fault *f)
{
	m->v[index].gone = outcome == ONE_REFUSED && f->kind == FAULT_GONE;
	if (m->v[index].gone) {
		m->failures = 0;
		return;
	}
	m->failures++;
	m->last = *f;
}

static bool
lane_next(void *ctx, size_t at, struct http_request *r)
{
	struct many *m = ctx;
	struct lane *lane = &m->lanes[at];
	struct fault f = {.kind = FAULT_NONE};

	/* a cloud that answers nobody is not asked a thousand times */
	if (m->next == m->n || m->failures >= LIMIT_FAILURES_IN_A_ROW)
		return false;
	lane->index = m->next++;
	m->v[lane->index].asked = true;
	lane->x = vmxml_new(m->a, m->era, INT64_MAX, &lane->got);
	lane->id = (struct param){.type = PARAM_INT, .i = (int32_t)m->v[lane->index].id};
	lane->call = (struct call){.method = "one.vm.info",
	    .params = &lane->id,
	    .n = 1,
	    .max_bytes = LIMIT_BODY_ONE,
	    .feed = feed_machines,
	    .ctx = lane->x};
	if (lane->x == NULL || call_begin(m->o, &lane->call, r, &f) != 0) {
		inspection_failed(m, lane->index, ONE_NOT_SENT, &f);
		lane_clear(lane);
		return false;
	}
	lane->len = r->len;
	lane->body = x_calloc(1, r->len);
	memcpy(lane->body, r->body, r->len);
	explicit_bzero(m->o->request, r->len);
	r->body = lane->body;
	return true;
}

static void
lane_done(void *ctx, size_t at, enum http_result sent, int64_t bytes, struct fault *f)
{
	struct many *m = ctx;
	struct lane *lane = &m->lanes[at];
	struct one_inspection *v = &m->v[lane->index];
	struct xmlrpc_reply reply;
	enum one_outcome outcome;
	int64_t flaw;

	m->o->bytes += bytes;
	outcome = call_end(m->o, &lane->call, sent, &reply, f);
	outcome = machines_end(m->o, &lane->call, lane->x, &reply, outcome, &flaw, f);
	if (outcome == ONE_DONE && (lane->got.n != 1 || lane->got.v[0].id != v->id)) {
		fault_set(f, FAULT_REPLY, "%s: one.vm.info: another machine was answered for",
		    m->o->endpoint);
		outcome = ONE_LOST;
	}
	if (outcome == ONE_DONE) {
		m->failures = 0;
		v->vm = lane->got.v;
	} else {
		inspection_failed(m, lane->index, outcome, f);
	}
	lane_clear(lane);
}

void
one_vm_infos(struct one *o, struct arena *a, const struct era *era, struct one_inspection *v,
    size_t n, int64_t until_ns, struct fault *f)
{
	struct many *m = x_calloc(1, sizeof(*m));
	const struct http_many many = {
	    .next = lane_next, .done = lane_done, .ctx = m, .until_ns = until_ns};
	int64_t begun = clock_mono_ns();

	*m = (struct many){.o = o, .a = a, .era = era, .v = v, .n = n};
	for (size_t i = 0; i < n; i++) {
		v[i].vm = NULL;
		v[i].asked = v[i].gone = false;
	}
	http_many(o->http, &many);
	o->api_ns += clock_mono_ns() - begun;
	*f = m->last;
	free(m);
}

/* --- texts ------------------------------------------------------------------------------ */

static int
feed_ids(void *ctx, const char *s, size_t len)
{
	salvage_ids_feed(ctx, s, len);
	return 0;
}

enum one_outcome
one_vmpool_ids(struct one *o, int32_t whose, struct salvage_ids *ids, struct fault *f)
{
	const struct param params[] = PARAMS_22(whose, -1);
	struct call c = {.method = "one.vmpool.info",
	    .params = params,
	    .n = 3,
	    .max_bytes = LIMIT_BODY_POOL,
	    .feed = feed_ids,
	    .ctx = ids};
	struct xmlrpc_reply reply;

	return call_make(o, &c, &reply, f);
}

struct text_box {
	char *p;
	size_t room, len;
};

static int
feed_text(void *ctx, const char *s, size_t len)
{
	struct text_box *box = ctx;
	size_t left = box->len < box->room ? box->room - box->len : 0;

	memcpy(box->p + box->room - left, s, len < left ? len : left);
	box->len += len;
	return 0;
}

enum one_outcome
one_vm_text(struct one *o, int32_t id, char *buf, size_t room, size_t *len, struct fault *f)
{
	const struct param params[] = {{.type = PARAM_INT, .i = id}};
	struct text_box box = {buf, room, 0};
	struct call c = {.method = "one.vm.info",
	    .params = params,
	    .n = 1,
	    .max_bytes = LIMIT_BODY_ONE,
	    .feed = feed_text,
	    .ctx = &box};
	struct xmlrpc_reply reply;
	enum one_outcome outcome = call_make(o, &c, &reply, f);

	*len = box.len;
	return outcome;
}
