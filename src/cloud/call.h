/* SPDX-License-Identifier: ISC */
/*
 * call: one XML-RPC call of an endpoint, for the files that make calls (opennebula.c, machines.c).
 */
#ifndef CALL_H
#define CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud/http.h"
#include "cloud/opennebula.h"
#include "cloud/xmlrpc.h"

enum param_type { PARAM_INT, PARAM_STRING, PARAM_BOOL };

struct param {
	enum param_type type;
	int32_t	i;
	const char *s;
};

/* A call and where its answer goes. feed may be NULL: the answer is no document. */
struct call {
	const char *method;
	const struct param *params;
	size_t	n;
	bool	once;			/* on a connection of its own, never resent */
	int64_t	max_bytes;
	int	(*feed)(void *ctx, const char *s, size_t len);
	void	*ctx;

	struct xmlrpc *envelope;
	bool	stopped;		/* the inner parser has had enough */
	char	head[32];		/* of the body, to know a web page by */
	size_t	head_len;
};

/* The whole of it: f names endpoint and method, unless the inner parser refused (then its own end says why). */
enum one_outcome call_make(struct one *o, struct call *c, struct xmlrpc_reply *reply,
	    struct fault *f);

/*
 * The two halves of it, for calls that are under way together. Begin: 0, and r is the request, whose body is o->request
 * (hand it on, or copy it, and wipe it); -1 with f. End: what http said of it; to be called once after each good begin.
 */
int	call_begin(struct one *o, struct call *c, struct http_request *r, struct fault *f);
enum one_outcome call_end(struct one *o, struct call *c, enum http_result sent,
	    struct xmlrpc_reply *reply, struct fault *f);

/* The inner document must have ended clean too (end, inner), unless there was none. */
enum one_outcome call_document_end(struct one *o, const struct call *c,
	    const struct xmlrpc_reply *reply, enum one_outcome outcome, int end,
	    struct fault *inner, struct fault *f);

#endif
