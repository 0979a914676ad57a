/* SPDX-License-Identifier: ISC */
/*
 * opennebula: one.* over XML-RPC over HTTP, but for what answers with machines (machines.c).
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cloud/call.h"
#include "cloud/limits.h"

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
	outcome = call_document_end(o, c, &reply, outcome, hostxml_end(x, &inner), &inner, f);
	if (outcome == ONE_MALFORMED)
		outcome = ONE_LOST; /* there is no other way to read hosts and users */
	if (term != NULL)
		*term = outcome == ONE_DONE ? hostxml_term(x) : -1;
	hostxml_free(x);
	return outcome;
}

enum one_outcome
one_user_info(
    struct one *o, struct arena *a, int32_t uid, struct account *account, struct fault *f)
{
	const struct param params[] = {{.type = PARAM_INT, .i = uid}};
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

enum one_outcome
one_vm_append(struct one *o, int32_t id, const char *attributes, struct fault *f)
{
	const struct param params[] = {
	    {.type = PARAM_INT, .i = id},
	    {.type = PARAM_STRING, .s = attributes},
	    {.type = PARAM_INT, .i = 1},
	};
	struct call c = {
	    .method = "one.vm.update", .params = params, .n = 3, .max_bytes = LIMIT_BODY_ONE};
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
	outcome = call_document_end(o, &c, &reply, outcome, tplxml_end(x, &inner), &inner, f);
	tplxml_free(x);
	return outcome;
}
