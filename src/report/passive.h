/* SPDX-License-Identifier: ISC */
/*
 * passive: the result of a sweep as monitoring systems take it from outside (plugins.md A8, A9). Pure: what is sent, and
 * what the answer means; command/push sends it.
 */
#ifndef PASSIVE_H
#define PASSIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/text.h"
#include "ledger/status.h"

struct passive {
	const char *host, *service;	/* the object's names; without ; and control bytes (the policy's form) */
	enum state state;
	const char *output;		/* plugin output: "text | perfdata", then lines of text */
	int64_t	ended_s;		/* of the run; for Nagios */
	int64_t	ttl_s;			/* for how long it is news */
};

/*
 * The body of POST /v1/actions/process-check-result: text and perfdata apart, each figure an element. With ttl Icinga
 * runs the service's own check when no further result came in time. 0, or -1 when out of memory or when out is full.
 */
int	passive_icinga(const struct passive *p, struct text *out, struct fault *f);

/*
 * What Icinga says of it: its own words ("No objects found."), escaped, into buf ("" if it says nothing that can be read).
 * Returns how many results it has taken (code 200 each).
 */
int	passive_icinga_answer(const char *body, size_t len, char *buf, size_t size);

/* What GET /v1 says: may this user push results? 1, 0, or -1 when the answer is none of Icinga's. */
int	passive_icinga_may(const char *body, size_t len);

#define PASSIVE_LINE_MAX 4096	/* PIPE_BUF: more could be mixed with the line of another writer */

/*
 * "[time] PROCESS_SERVICE_CHECK_RESULT;host;service;code;output" and a newline: at most PASSIVE_LINE_MAX bytes, lines
 * of the output that do not fit left out whole, backslashes and newlines escaped as Nagios undoes them.
 */
void	passive_nagios(const struct passive *p, struct text *out);

#endif
