/* SPDX-License-Identifier: ISC */
/*
 * xmlrpc: calls and replies of XML-RPC as OpenNebula speaks it. A codec, pure.
 *
 * A reply is an array: a boolean, then a value or an error text, then an error code, then maybe more
 * (2.2 has one or two members, 3.2.1 three, 7.2.0 up to five). The value may be a whole pool as
 * escaped XML of any size: it is handed on as it comes and never held.
 */
#ifndef XMLRPC_H
#define XMLRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/* A call being written into the caller's buffer (which holds the session: wipe it). */
struct xmlrpc_call {
	char	*p;
	size_t	len, room;
	bool	bad;		/* did not fit, or text that XML cannot carry */
};

void	xmlrpc_call_begin(struct xmlrpc_call *c, char *buf, size_t room, const char *method);
void	xmlrpc_call_string(struct xmlrpc_call *c, const char *s);
void	xmlrpc_call_int(struct xmlrpc_call *c, int32_t v);	/* <int>: 7.2.0 refuses i8 */
void	xmlrpc_call_bool(struct xmlrpc_call *c, bool v);
/* 0: p[0..len) is the whole body; -1: bad. */
int	xmlrpc_call_end(struct xmlrpc_call *c);

enum xmlrpc_type { XMLRPC_NONE, XMLRPC_BOOLEAN, XMLRPC_INT, XMLRPC_STRING, XMLRPC_OTHER };

#define XMLRPC_FAULT_NO_METHOD	(-506)	/* xmlrpc-c: "Method '...' not defined" */

struct xmlrpc_reply {
	bool	fault;		/* code and text are those of the fault; nothing else is set */
	bool	success;	/* element 0 */
	size_t	members;
	enum xmlrpc_type type;	/* of element 1 */
	int64_t	number;		/* element 1 if it is an int or a boolean */
	int64_t	code;		/* element 2 of a failure, or the fault code; 0: none */
	char	text[512];	/* element 1 if it is a string: its beginning; or the fault string */
};

/* The string value of a successful reply, piece by piece. */
typedef void (*xmlrpc_sink)(void *ctx, const char *s, size_t len);

struct xmlrpc;

/* A parser for one reply. sink may be NULL. NULL: no memory. */
struct xmlrpc *xmlrpc_new(xmlrpc_sink sink, void *ctx);
void	xmlrpc_free(struct xmlrpc *x);		/* NULL-safe */
/* The next bytes of the body. -1 once it cannot become a reply any more. */
int	xmlrpc_feed(struct xmlrpc *x, const char *s, size_t len);
/* The end of the body. 0: *reply is a whole reply, good or bad news; -1: no XML-RPC reply, f says why. */
int	xmlrpc_end(struct xmlrpc *x, struct xmlrpc_reply *reply, struct fault *f);

#endif
