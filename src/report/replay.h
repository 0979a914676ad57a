/* SPDX-License-Identifier: ISC */
/*
 * replay: what a sweep records so that its judgement can be made again later, offline. Private to report/.
 *
 * Of a machine: all that the rules read of it, and nothing else: of its attributes the keep attribute only, no
 * CONTEXT, no password, no cookie. Of the run: its facts and the counts of its gates.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include <jansson.h>
#include <stddef.h>

#include "verdict/verdict.h"

/* New references. */
json_t	*replay_case_json(const struct verdict_input *in, const struct judgement *j, size_t i);
json_t	*replay_run_json(const struct run_facts *run);
json_t	*replay_facts_json(const struct gate_facts *facts);

#endif
