/* SPDX-License-Identifier: ISC */
/*
 * call: one call, from its parameters to what its answer means.
 *
 * A reply is good only if HTTP, envelope and inner document all ended clean: each alone would take a
 * part of the fleet for the whole. Must never log or repeat the session, nor send a call twice.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "cloud/call.h"
#include "cloud/limits.h"

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

/* 2.2 gives no code: its texts say the same things in the same words (one@2.2:src/rm/RequestManager.cc). */
static int64_t
code_of_text(const char *text)
{
	if (strstr(text, "couldn't be authenticated") != NULL)
		return CODE_AUTHENTICATION;
	if (strstr(text, "not authorized") != NULL)
		return CODE_AUTHORIZATION;
	if (strstr(text, "] Error getting ") != NULL)
		return CODE_NO_EXISTS;
	if (strstr(text, "Wrong state") != NULL)
		return CODE_ACTION;
	return 0;
}

/*
 * StratusLab's proxy is up and oned is not, or ended in the middle (stratuslab.md 2.7, 10.4): code 0 is Apache's for
 * what it cannot name, and no daemon gives it. A refused connection is certainly no call; whatever else broke there
 * may have come after it.
 */
static bool
is_upstream(const struct xmlrpc_reply *r, bool *refused)
{
	if (!r->fault || r->code != 0)
		return false;
	*refused = strstr(r->text, "Connection refused") != NULL;
	return true;
}

static void
upstream_say(const struct xmlrpc_reply *r, bool refused, struct fault *f)
{
	fault_set(f, FAULT_NETWORK, "the daemon behind the proxy %s (%s)",
	    refused ? "is down" : "did not answer the proxy", r->text);
	fault_remedy(f, "start oned on the front end, and see its log (oned.log)");
}

/* The call is not defined; Apache's proxy may not keep the code of xmlrpc-c. */
static bool
is_no_method(const struct xmlrpc_reply *r)
{
	size_t len = strlen(r->text);

	return r->fault && (r->code == XMLRPC_FAULT_NO_METHOD ||
			       (strncmp(r->text, "Method '", 8) == 0 && len > 12 &&
				   strcmp(r->text + len - 12, " not defined") == 0));
}

/* [false, text, code]: which "no" it is. */
static void
refusal_say(const struct xmlrpc_reply *r, struct fault *f)
{
	const char *text = r->type == XMLRPC_STRING ? r->text : "no reason given";
	int64_t code = r->code;

	if (!r->fault && r->members == 2)
		code = code_of_text(text);
	if (r->fault) {
		fault_set(f, FAULT_REPLY, "fault %lld: %s", (long long)r->code, r->text);
		fault_remedy(f, "check [cloud] version: this daemon does not take the call");
	} else if (code == CODE_AUTHENTICATION) {
		fault_set(f, FAULT_AUTH, "%s", text);
		fault_remedy(f,
		    "check user and password (or token) in auth_file, and that the account is "
		    "enabled");
	} else if (code == CODE_LOCKED || strstr(text, "VM is locked") != NULL) {
		fault_set(f, FAULT_LOCKED, "%s", text);
		fault_remedy(f, "`onevm unlock` releases it, if whoever locked it agrees");
	} else if (code == CODE_AUTHORIZATION) {
		/* A lock reads the same to anyone but oneadmin (rig.md, Rights). */
		fault_set(f, FAULT_RIGHTS, "%s", text);
		fault_remedy(f,
		    "`vmreaper doctor` prints the oneacl lines that the account needs; a lock "
		    "gives the same answer");
	} else if (strstr(text, "no leader found") != NULL) {
		/* RequestManager, from 5.4 on: a follower that knows of no leader to pass the call to. */
		fault_set(f, FAULT_NETWORK, "no leader: the cloud is electing one (%s)", text);
		fault_remedy(f, "wait for the election; `onezone show 0` shows the servers");
	} else if (code == CODE_NO_EXISTS) {
		fault_set(f, FAULT_GONE, "%s", text);
	} else if (code == CODE_ACTION) {
		fault_set(f, FAULT_STATE, "%s", text);
	} else {
		fault_set(f, FAULT_REPLY, "%s (code %lld)", text, (long long)code);
	}
}

/* What came back over HTTP, as a reply. */
static enum one_outcome
reply_read(struct call *c, struct xmlrpc_reply *reply, struct fault *f)
{
	bool refused;

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
	if (is_no_method(reply)) {
		refusal_say(reply, f);
		return ONE_NO_METHOD;
	}
	if (is_upstream(reply, &refused)) {
		upstream_say(reply, refused, f);
		return refused ? ONE_NOT_SENT : ONE_LOST;
	}
	if (reply->fault || !reply->success) {
		refusal_say(reply, f);
		return ONE_REFUSED;
	}
	return ONE_DONE;
}

int
call_begin(struct one *o, struct call *c, struct http_request *r, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE};

	*r = (struct http_request){.body = o->request,
	    .fresh = c->once,
	    .max_bytes = c->max_bytes,
	    .sink = on_body,
	    .ctx = c};
	c->envelope = xmlrpc_new(on_value, c);
	if (c->envelope == NULL) {
		fault_set(&why, FAULT_SYSTEM, "out of memory");
	} else if (request_write(o, c, &r->len) != 0) {
		fault_set(&why, FAULT_POLICY,
		    "the session or a parameter is too long, or no clean UTF-8");
		fault_remedy(&why, "check auth_file: one line, user:password");
	} else {
		return 0;
	}
	xmlrpc_free(c->envelope);
	c->envelope = NULL;
	explicit_bzero(o->request, LIMIT_REQUEST);
	fault_prefix(&why, "%s: %s", o->endpoint, c->method);
	if (f != NULL)
		*f = why;
	return -1;
}

enum one_outcome
call_end(struct one *o, struct call *c, enum http_result sent, struct xmlrpc_reply *reply,
    struct fault *f)
{
	enum one_outcome outcome = sent == HTTP_NOT_SENT ? ONE_NOT_SENT : ONE_LOST;

	memset(reply, 0, sizeof(*reply));
	if (sent == HTTP_DONE ||
	    (sent == HTTP_FAILED && c->head_len > 0 && f->kind == FAULT_NONE))
		outcome = reply_read(c, reply, f);
	xmlrpc_free(c->envelope);
	c->envelope = NULL;
	o->calls++;
	if (f->kind == FAULT_LIMIT && c->max_bytes < LIMIT_BODY_POOL)
		fault_remedy(
		    f, "no such answer is that long: see what [cloud] endpoint leads to");
	if (outcome != ONE_DONE && !c->stopped)
		fault_prefix(f, "%s: %s", o->endpoint, c->method);
	return outcome;
}

enum one_outcome
call_make(struct one *o, struct call *c, struct xmlrpc_reply *reply, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE};
	int64_t begun = clock_mono_ns(), bytes = 0;
	enum one_outcome outcome;
	enum http_result sent;
	struct http_request r;

	memset(reply, 0, sizeof(*reply));
	if (call_begin(o, c, &r, f) != 0)
		return ONE_NOT_SENT;
	sent = http_post(o->http, &r, &bytes, &why);
	explicit_bzero(o->request, r.len);
	outcome = call_end(o, c, sent, reply, &why);
	o->bytes += bytes;
	o->api_ns += clock_mono_ns() - begun;
	log_debug("cloud", "%s: %lld bytes, %lld ms", c->method, (long long)bytes,
	    (long long)((clock_mono_ns() - begun) / 1000000));
	if (outcome != ONE_DONE && !c->stopped && f != NULL)
		*f = why;
	return outcome;
}

enum one_outcome
call_document_end(struct one *o, const struct call *c, const struct xmlrpc_reply *reply,
    enum one_outcome outcome, int end, struct fault *inner, struct fault *f)
{
	enum one_outcome bad;

	if (outcome != ONE_DONE && !c->stopped)
		return outcome;
	if (end == 0 && reply->type == XMLRPC_STRING)
		return ONE_DONE;
	if (end == 0)
		fault_set(inner, FAULT_REPLY, "the answer holds no document");
	bad = inner->kind == FAULT_LIMIT || end == 0 ? ONE_LOST : ONE_MALFORMED;
	fault_prefix(inner, "%s: %s", o->endpoint, c->method);
	if (inner->kind == FAULT_LIMIT)
		fault_remedy(inner, "raise the bound in the policy if the cloud is that large");
	else
		fault_remedy(
		    inner, "see which machine spoils it: `onevm list -x | xmllint --noout -`");
	if (f != NULL)
		*f = *inner;
	return bad;
}
