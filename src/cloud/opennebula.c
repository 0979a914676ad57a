/* SPDX-License-Identifier: ISC */
/*
 * opennebula: one.* over XML-RPC over HTTP.
 *
 * A reply is good only if HTTP, envelope and inner document all ended clean: each alone would take a
 * part of the fleet for the whole. Must never log or repeat the session, nor send a call twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "cloud/era.h"
#include "cloud/http.h"
#include "cloud/limits.h"
#include "cloud/opennebula.h"
#include "cloud/xmlrpc.h"

enum param_type { PARAM_INT, PARAM_STRING, PARAM_BOOL };

struct param {
	enum param_type type;
	int32_t i;
	const char *s;
};

/* A call and where its answer goes. feed may be NULL: the answer is no document. */
struct call {
	const char *method;
	const struct param *params;
	size_t n;
	bool once;
	int64_t max_bytes;
	int (*feed)(void *ctx, const char *s, size_t len);
	void *ctx;

	struct xmlrpc *envelope;
	bool stopped; /* the inner parser has had enough */
	char head[32]; /* of the body, to know a web page by */
	size_t head_len;
};

/* Bits of OpenNebula's error codes (include/Request.h: ErrorCode). */
enum {
	CODE_AUTHENTICATION = 0x100,
	CODE_AUTHORIZATION = 0x200,
	CODE_NO_EXISTS = 0x400,
	CODE_ACTION = 0x800,
	CODE_LOCKED = 0x8000
};

static void
on_value(void *ctx, const char *s, size_t len)
{
	struct call *c = ctx;

	if (!c->stopped && c->feed != NULL && c->feed(c->ctx, s, len) != 0)
		c->stopped = true;
}

static int
on_body(void *ctx, const char *s, size_t len)
{
	struct call *c = ctx;
	size_t n = sizeof(c->head) - 1 - c->head_len;

	n = len < n ? len : n;
	memcpy(c->head + c->head_len, s, n);
	c->head_len += n;
	return xmlrpc_feed(c->envelope, s, len) != 0 || c->stopped ? -1 : 0;
}

static bool
is_html(const struct call *c)
{
	const char *s = c->head + strspn(c->head, " \t\r\n");

	return strncasecmp(s, "<html", 5) == 0 || strncasecmp(s, "<!doctype html", 14) == 0;
}

static int
request_write(struct one *o, const struct call *c, size_t *len)
{
	struct xmlrpc_call w;

	xmlrpc_call_begin(&w, o->request, LIMIT_REQUEST, c->method);
	xmlrpc_call_string(&w, o->session);
	for (size_t i = 0; i < c->n; i++) {
		switch (c->params[i].type) {
		case PARAM_INT:
			xmlrpc_call_int(&w, c->params[i].i);
			break;
		case PARAM_STRING:
			xmlrpc_call_string(&w, c->params[i].s);
			break;
		case PARAM_BOOL:
			xmlrpc_call_bool(&w, c->params[i].i != 0);
			break;
		}
	}
	*len = w.len;
	return xmlrpc_call_end(&w) != 0 ? -1 : (*len = w.len, 0);
}

/* [false, text, code]: which "no" it is. */
static void
refusal_say(const struct xmlrpc_reply *r, struct fault *f)
{
	const char *text = r->type == XMLRPC_STRING ? r->text : "no reason given";

	if (r->fault) {
		fault_set(f, FAULT_REPLY, "fault %lld: %s", (long long)r->code, r->text);
		fault_remedy(f, "check [cloud] version: this daemon does not take the call");
	} else if (r->code == CODE_AUTHENTICATION) {
		fault_set(f, FAULT_AUTH, "%s", text);
		fault_remedy(f,
		    "check user and password (or token) in auth_file, and that the account is "
		    "enabled");
	} else if (r->code == CODE_LOCKED || strstr(text, "VM is locked") != NULL) {
		fault_set(f, FAULT_LOCKED, "%s", text);
		fault_remedy(f, "`onevm unlock` releases it, if whoever locked it agrees");
	} else if (r->code == CODE_AUTHORIZATION) {
		/* A lock reads the same to anyone but oneadmin (rig.md, Rights). */
		fault_set(f, FAULT_RIGHTS, "%s", text);
		fault_remedy(f,
		    "`vmreaper doctor` prints the oneacl lines that the account needs; a lock "
		    "gives the same answer");
	} else if (r->code == CODE_NO_EXISTS) {
		fault_set(f, FAULT_GONE, "%s", text);
	} else if (r->code == CODE_ACTION) {
		fault_set(f, FAULT_STATE, "%s", text);
	} else {
		fault_set(f, FAULT_REPLY, "%s (code %lld)", text, (long long)r->code);
	}
}

/* What came back over HTTP, as a reply. */
static enum one_outcome
reply_read(struct call *c, struct xmlrpc_reply *reply, struct fault *f)
{
	if (c->stopped) {
		/* The inner parser refused; its own end says why. */
		return ONE_LOST;
	}
	if (xmlrpc_end(c->envelope, reply, f) != 0) {
		if (is_html(c)) {
			fault_set(
			    f, FAULT_REPLY, "a web page (HTML) instead of an XML-RPC reply");
			fault_remedy(f,
			    "a proxy or another web server answers there: check [cloud] "
			    "endpoint, host, port and path");
		} else {
			fault_remedy(
			    f, "see the daemon's log (oned.log) and any proxy before it");
		}
		return ONE_LOST;
	}
	if (reply->fault && reply->code == XMLRPC_FAULT_NO_METHOD) {
		refusal_say(reply, f);
		return ONE_NO_METHOD;
	}
	if (reply->fault || !reply->success) {
		refusal_say(reply, f);
		return ONE_REFUSED;
	}
	return ONE_DONE;
}

static enum one_outcome
call_send(struct one *o, struct call *c, struct xmlrpc_reply *reply, struct fault *f)
{
	struct http_request r = {.body = o->request,
	    .fresh = c->once,
	    .max_bytes = c->max_bytes,
	    .sink = on_body,
	    .ctx = c};
	enum one_outcome outcome = ONE_NOT_SENT;
	enum http_result sent;
	int64_t begun = clock_mono_ns(), bytes = 0;

	memset(reply, 0, sizeof(*reply));
	c->envelope = xmlrpc_new(on_value, c);
	if (c->envelope == NULL) {
		fault_set(f, FAULT_SYSTEM, "out of memory");
		goto out;
	}
	if (request_write(o, c, &r.len) != 0) {
		fault_set(f, FAULT_POLICY,
		    "the session or a parameter is too long, or no clean UTF-8");
		fault_remedy(f, "check auth_file: one line, user:password");
		goto out;
	}
	sent = http_post(o->http, &r, &bytes, f);
	if (sent == HTTP_DONE ||
	    (sent == HTTP_FAILED && c->head_len > 0 && f->kind == FAULT_NONE))
		outcome = reply_read(c, reply, f);
	else
		outcome = sent == HTTP_FAILED ? ONE_LOST : ONE_NOT_SENT;
out:
	explicit_bzero(o->request, LIMIT_REQUEST);
	xmlrpc_free(c->envelope);
	c->envelope = NULL;
	o->calls++;
	o->bytes += bytes;
	o->api_ns += clock_mono_ns() - begun;
	log_debug("cloud", "%s: %lld bytes, %lld ms", c->method, (long long)bytes,
	    (long long)((clock_mono_ns() - begun) / 1000000));
	return outcome;
}

static enum one_outcome
call_make(struct one *o, struct call *c, struct xmlrpc_reply *reply, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE};
	enum one_outcome outcome = call_send(o, c, reply, &why);

	if (outcome != ONE_DONE && !c->stopped) {
		fault_prefix(&why, "%s: %s", o->endpoint, c->method);
		if (f != NULL)
			*f = why;
	}
	return outcome;
}

/* The inner document must have ended clean too, unless there was none. */
static enum one_outcome
document_end(struct one *o, const struct call *c, const struct xmlrpc_reply *reply,
    enum one_outcome outcome, int end, struct fault *inner, struct fault *f)
{
	if (outcome != ONE_DONE && !c->stopped)
		return outcome;
	if (end == 0 && reply->type == XMLRPC_STRING)
		return ONE_DONE;
	if (end == 0)
		fault_set(inner, FAULT_REPLY, "the answer holds no document");
	fault_prefix(inner, "%s: %s", o->endpoint, c->method);
	if (inner->kind == FAULT_LIMIT)
		fault_remedy(inner, "raise the bound in the policy if the cloud is that large");
	else
		fault_remedy(
		    inner, "see which machine spoils it: `onevm list -x | xmllint --noout -`");
	if (f != NULL)
		*f = *inner;
	return ONE_LOST;
}

enum one_outcome
one_system_version(struct one *o, char version[32], struct fault *f)
{
	struct call c = {.method = "one.system.version", .max_bytes = LIMIT_BODY_ONE};
	struct xmlrpc_reply reply;
	enum one_outcome outcome = call_make(o, &c, &reply, f);

	version[0] = '\0';
	if (outcome == ONE_DONE && reply.type == XMLRPC_STRING)
		snprintf(version, 32, "%.31s", reply.text);
	return outcome;
}

static int
feed_hosts(void *ctx, const char *s, size_t len)
{
	return hostxml_feed(ctx, s, len);
}

static int
feed_machines(void *ctx, const char *s, size_t len)
{
	return vmxml_feed(ctx, s, len);
}

/* A call whose answer is a document about hosts or a user. */
static enum one_outcome
call_hosts(struct one *o, struct call *c, struct arena *a, struct host_list *hosts,
    struct account *account, int64_t *term, struct fault *f)
{
	struct hostxml *x = hostxml_new(a, hosts, account);
	struct fault inner = {.kind = FAULT_NONE};
	struct xmlrpc_reply reply;
	enum one_outcome outcome;

	if (x == NULL) {
		fault_set(f, FAULT_SYSTEM, "out of memory");
		return ONE_NOT_SENT;
	}
	c->feed = feed_hosts;
	c->ctx = x;
	outcome = call_make(o, c, &reply, f);
	outcome = document_end(o, c, &reply, outcome, hostxml_end(x, &inner), &inner, f);
	if (term != NULL)
		*term = outcome == ONE_DONE ? hostxml_term(x) : -1;
	hostxml_free(x);
	return outcome;
}

static enum one_outcome
call_machines(struct one *o, struct call *c, struct arena *a, const struct era *era,
    int64_t max_machines, struct vm_list *out, struct fault *f)
{
	struct vmxml *x = vmxml_new(a, era, max_machines, out);
	struct fault inner = {.kind = FAULT_NONE};
	struct xmlrpc_reply reply;
	enum one_outcome outcome;

	if (x == NULL) {
		fault_set(f, FAULT_SYSTEM, "out of memory");
		return ONE_NOT_SENT;
	}
	c->feed = feed_machines;
	c->ctx = x;
	outcome = call_make(o, c, &reply, f);
	outcome = document_end(o, c, &reply, outcome, vmxml_end(x, &inner), &inner, f);
	vmxml_free(x);
	return outcome;
}

enum one_outcome
one_user_info(struct one *o, struct arena *a, struct account *account, struct fault *f)
{
	const struct param params[] = {{.type = PARAM_INT, .i = -1}};
	struct call c = {
	    .method = "one.user.info", .params = params, .n = 1, .max_bytes = LIMIT_BODY_ONE};

	return call_hosts(o, &c, a, NULL, account, NULL, f);
}

enum one_outcome
one_zone_raftstatus(struct one *o, struct arena *a, int64_t *term, struct fault *f)
{
	struct call c = {.method = "one.zone.raftstatus", .max_bytes = LIMIT_BODY_ONE};

	return call_hosts(o, &c, a, NULL, NULL, term, f);
}

enum one_outcome
one_hostpool_info(struct one *o, struct arena *a, struct host_list *hosts, struct fault *f)
{
	struct call c = {.method = "one.hostpool.info", .max_bytes = LIMIT_BODY_POOL};

	return call_hosts(o, &c, a, hosts, NULL, NULL, f);
}

enum one_outcome
one_hostpool_monitoring(
    struct one *o, struct arena *a, struct host_list *hosts, struct fault *f)
{
	const struct param params[] = {{.type = PARAM_INT, .i = 0}};
	struct call c = {.method = "one.hostpool.monitoring",
	    .params = params,
	    .n = 1,
	    .max_bytes = LIMIT_BODY_POOL};

	return call_hosts(o, &c, a, hosts, NULL, NULL, f);
}

enum one_outcome
one_vmpool_info(struct one *o, struct arena *a, const struct era *era, bool extended,
    struct one_range range, int64_t max_machines, struct vm_list *out, struct fault *f)
{
	/* -2: every machine that the account may see. */
	return one_vmpool_whose(o, a, era, extended, -2, range, max_machines, out, f);
}

enum one_outcome
one_vmpool_whose(struct one *o, struct arena *a, const struct era *era, bool extended,
    int32_t whose, struct one_range range, int64_t max_machines, struct vm_list *out,
    struct fault *f)
{
	const struct param params[] = {
	    {.type = PARAM_INT, .i = whose},
	    {.type = PARAM_INT, .i = range.start},
	    {.type = PARAM_INT, .i = range.end},
	    {.type = PARAM_INT, .i = range.state},
	};
	/* 2.2: filter (-1: mine), extended (owner names), state (reapers.md C.11). */
	const struct param params_22[] = {
	    {.type = PARAM_INT, .i = whose == -3 ? -1 : whose},
	    {.type = PARAM_BOOL, .i = 1},
	    {.type = PARAM_INT, .i = range.state},
	};
	bool old = era != NULL && era->history_direct;
	struct call c = {
	    .method = extended ? "one.vmpool.infoextended" : "one.vmpool.info",
	    .params = old ? params_22 : params,
	    .n = old ? 3 : 4,
	    .max_bytes = LIMIT_BODY_POOL,
	};

	return call_machines(o, &c, a, era, max_machines, out, f);
}

enum one_outcome
one_vm_info(struct one *o, struct arena *a, const struct era *era, int32_t id,
    struct vm_list *out, struct fault *f)
{
	const struct param params[] = {{.type = PARAM_INT, .i = id}};
	struct call c = {
	    .method = "one.vm.info", .params = params, .n = 1, .max_bytes = LIMIT_BODY_ONE};

	return call_machines(o, &c, a, era, INT64_MAX, out, f);
}

enum one_outcome
one_vm_action(struct one *o, const char *verb, int32_t id, struct fault *f)
{
	const struct param params[] = {
	    {.type = PARAM_STRING, .s = verb},
	    {.type = PARAM_INT, .i = id},
	};
	struct call c = {.method = "one.vm.action",
	    .params = params,
	    .n = 2,
	    .once = true,
	    .max_bytes = LIMIT_BODY_ONE};
	struct xmlrpc_reply reply;

	return call_make(o, &c, &reply, f);
}

/* --- bringing machines into being ---------------------------------------------------- */

/* Faults by which oned's own XML-RPC server says that it did not even begin: type, parse, no such method. */
static bool
fault_is_final(const struct xmlrpc_reply *r)
{
	return r->code == -501 || r->code == -503 || r->code == XMLRPC_FAULT_NO_METHOD;
}

/* The id of the new machine; a proxy may have turned it into a string without a type. */
static int64_t
new_id(const struct xmlrpc_reply *r)
{
	int64_t id = -1;

	if (r->type == XMLRPC_INT && r->number >= 0 && r->number <= INT32_MAX)
		return r->number;
	if (r->type == XMLRPC_STRING && units_int(r->text, 0, INT32_MAX, &id) == 0)
		return id;
	return -1;
}

static enum one_outcome
call_new_machine(struct one *o, struct call *c, int64_t *id, struct fault *f)
{
	struct xmlrpc_reply reply;
	enum one_outcome outcome;

	c->once = true;
	c->max_bytes = LIMIT_BODY_ONE;
	outcome = call_make(o, c, &reply, f);
	*id = -1;
	if (outcome == ONE_REFUSED && reply.fault && !fault_is_final(&reply))
		return strstr(reply.text, "onnection refused") != NULL ? ONE_NOT_SENT
								       : ONE_LOST;
	if (outcome != ONE_DONE)
		return outcome;
	*id = new_id(&reply);
	if (*id >= 0)
		return ONE_DONE;
	fault_set(f, FAULT_REPLY, "%s: %s: success without the id of the new machine",
	    o->endpoint, c->method);
	return ONE_LOST;
}

enum one_outcome
one_vm_allocate(
    struct one *o, const char *template_text, bool with_hold, int64_t *id, struct fault *f)
{
	const struct param params[] = {
	    {.type = PARAM_STRING, .s = template_text},
	    {.type = PARAM_BOOL, .i = 0},
	};
	struct call c = {.method = "one.vm.allocate", .params = params, .n = with_hold ? 2 : 1};

	return call_new_machine(o, &c, id, f);
}

enum one_outcome
one_template_instantiate(struct one *o, int32_t template_id, const char *name,
    const char *extra, unsigned n_params, int64_t *id, struct fault *f)
{
	const struct param params[] = {
	    {.type = PARAM_INT, .i = template_id},
	    {.type = PARAM_STRING, .s = name},
	    {.type = PARAM_BOOL, .i = 0},
	    {.type = PARAM_STRING, .s = extra},
	    {.type = PARAM_BOOL, .i = 0},
	};
	struct call c = {.method = "one.template.instantiate", .params = params, .n = n_params};

	return call_new_machine(o, &c, id, f);
}

static int
feed_templates(void *ctx, const char *s, size_t len)
{
	return tplxml_feed(ctx, s, len);
}

enum one_outcome
one_templatepool_info(struct one *o, struct arena *a, struct tpl_list *out, struct fault *f)
{
	/* What the account may see, of any id. */
	const struct param params[] = {
	    {.type = PARAM_INT, .i = -2},
	    {.type = PARAM_INT, .i = -1},
	    {.type = PARAM_INT, .i = -1},
	};
	struct tplxml *x = tplxml_new(a, out);
	struct call c = {.method = "one.templatepool.info",
	    .params = params,
	    .n = 3,
	    .max_bytes = LIMIT_BODY_POOL,
	    .feed = feed_templates,
	    .ctx = x};
	struct fault inner = {.kind = FAULT_NONE};
	struct xmlrpc_reply reply;
	enum one_outcome outcome;

	if (x == NULL) {
		fault_set(f, FAULT_SYSTEM, "out of memory");
		return ONE_NOT_SENT;
	}
	outcome = call_make(o, &c, &reply, f);
	outcome = document_end(o, &c, &reply, outcome, tplxml_end(x, &inner), &inner, f);
	tplxml_free(x);
	return outcome;
}
