/* SPDX-License-Identifier: ISC */
/*
 * event: what the hook gets on standard input, one JSON object on one line (its shape is in vmreaper(8), NOTICES). No
 * attribute, no context and no password is in it. Hides Jansson. Each appends to out, and returns -1 when out of memory.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger/status.h"
#include "verdict/verdict.h"

#define EVENT_BYTES_MAX (64 * 1024)

/* Machine i will be killed, not before now_s + [notify] notice. */
int	event_notice(const struct verdict_input *in, const struct judgement *j, size_t i,
	    int64_t now_s, struct text *out);
/* It was, as k says; i: its place in the listing. */
int	event_killed(const struct verdict_input *in, const struct judgement *j, size_t i,
	    const struct kill *k, int64_t now_s, struct text *out);
/* An alarm has risen, of a machine or (id -1) of the run. */
int	event_alarm(const char *cloud, const struct finding *alarm, int64_t now_s,
	    struct text *out);

#endif
