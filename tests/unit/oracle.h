/* SPDX-License-Identifier: ISC */
/*
 * oracle: reasons not to kill, read from reapers.md D.1 a second time and written as plain loops. It asks no
 * function of src/verdict, src/cloud or src/policy, so that a rule that broke there stays whole here.
 * It knows no reason to kill: what it lets pass may still be kept.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "fleet.h"

/* Why machine i may not be killed whatever the gates say, or NULL. */
const char *oracle_protects(const struct fleet *f, size_t i);
/* Why nobody may be killed in this run although it is no matter of arming (R1, R2 digest), or NULL. */
const char *oracle_stops(const struct fleet *f);

#endif
