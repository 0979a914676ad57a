/* SPDX-License-Identifier: ISC */
/*
 * handle: one call from HTTP request to HTTP reply, without a socket.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "inner.h"

void
sim_reply_free(struct sim_reply *reply)
{
	free(reply->body);
	memset(reply, 0, sizeof(*reply));
}

/* What the daemon's web server refuses by itself. True if it did. */
static bool
refuse_http(const char *http_method, const char *path, size_t len, struct sim_reply *reply)
{
	struct text t;

	if (strcmp(path, "/RPC2") != 0) {
		text_init(&t, DOC_MAX);
		text_addf(&t,
		    "This XML-RPC For C/C++ Abyss XML-RPC server responds to only one URI "
		    "path.  I "
		    "don't know what URI path that is, but it's not the one you requested: "
		    "'%s'.  "
		    "(Typically, it's '/RPC2')",
		    path);
		reply->status = 404;
		reply->body = faults_page(404, t.p);
		text_free(&t);
	} else if (strcmp(http_method, "POST") != 0) {
		reply->status = 405;
		reply->body =
		    faults_page(405, "POST is the only HTTP method this server understands");
	} else if (len == 0) {
		reply->status = 400;
		reply->body =
		    faults_page(400, "According to your content-length HTTP header, your "
				     "request is empty (zero length)");
	} else
		return false;
	reply->len = strlen(reply->body);
	return true;
}

/* The parameters for the log: all but the first, which is the session. */
static void
describe(struct text *t, const struct request *r)
{
	size_t i;

	text_init(t, 1000);
	for (i = 1; i < r->n_params; i++) {
		if (i > 1)
			text_addc(t, ',');
		text_add_safe(t, TEXT_TERM, r->params[i].text, 100);
	}
}

static void
run(struct sim *sim, const struct request *r, struct sim_reply *reply)
{
	const struct sim_fault *f = faults_pick(sim, r->method);
	struct answer a = {.user = NULL};
	struct text params;
	char method[80];

	text_init(&a.body, DOC_MAX);
	log_shape(sim, r);
	if (faults_acts(f))
		methods_run(sim, r, &a);
	reply->status = 200;
	reply->body = a.body.p;
	reply->len = a.body.len;
	text_safe(method, sizeof(method), TEXT_TERM, r->method);
	describe(&params, r);
	log_add(sim, "call %u %s user=%s params=%s -> %s", sim->calls, method,
	    a.user != NULL ? a.user : "-", params.p,
	    a.outcome[0] != '\0' ? a.outcome : "not run");
	text_free(&params);
	if (f != NULL) {
		log_add(sim, "fault %s hits call %u", sim_fault_str(f->kind), sim->calls);
		faults_apply(sim, f, r->method, reply);
	}
}

void
sim_handle(struct sim *sim, const char *http_method, const char *path, const char *body,
    size_t len, struct sim_reply *reply)
{
	struct answer a = {.user = NULL};
	struct request r = {.arena = NULL};
	const char *why;

	memset(reply, 0, sizeof(*reply));
	pthread_mutex_lock(&sim->lock);
	sim->calls++;
	model_tick(sim);
	if (refuse_http(http_method, path, len, reply))
		log_add(sim, "call %u - user=- params= -> http %d", sim->calls, reply->status);
	else if (request_parse(body, len, &r, &why) != 0) {
		text_init(&a.body, DOC_MAX);
		methods_fault(&a, -503, why);
		reply->status = 200;
		reply->body = a.body.p;
		reply->len = a.body.len;
		log_add(sim, "call %u - user=- params= -> fault -503", sim->calls);
	} else
		run(sim, &r, reply);
	arena_free(r.arena);
	pthread_mutex_unlock(&sim->lock);
}
