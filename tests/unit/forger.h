/* SPDX-License-Identifier: ISC */
/*
 * forger: a web server on loopback that passes calls on to a simulated cloud and spoils the answers on their way
 * back: envelopes of every shape, lying headers, endless bodies. One call at a time, each on a connection of its
 * own. The simulated cloud answers in its own log as if nobody stood in between.
 */
#ifndef FORGER_H
#define FORGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim.h"

struct forge {
	const char *method;		/* of calls that it spoils; NULL: all */
	const char *also;		/* ... whose request contains this; NULL: any */
	bool	ignore;			/* the cloud never hears of the call */
	const char *status, *headers;	/* "200 OK"; more header lines, each with CR LF */
	const char *body;		/* instead of the cloud's; or */
	const char *head, *tail;	/* around the value (the first string) of the cloud's answer; or */
	const char *find, *replace;	/* in the cloud's answer, everywhere */
	int64_t	fill;			/* so many bytes of 'x' between head and tail, in the place of the value */
	int64_t	length_lie;		/* added to Content-Length */
	bool	chunked;
	size_t	cut;			/* the connection closes after so many bytes of the body; 0: never */
	size_t	hits;			/* calls spoilt so far */
};

struct forger;
struct forger *forger_start(struct sim *sim);
void	forger_stop(struct forger *f);
const char *forger_url(const struct forger *f);
/* From now on; NULL: nothing is spoilt. Borrowed until the next call or forger_stop. */
void	forger_set(struct forger *f, struct forge *forge);
size_t	forger_calls(struct forger *f);		/* requests of any kind, so far */

#endif
