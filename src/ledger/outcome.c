/* SPDX-License-Identifier: ISC */
/*
 * outcome: the names of what became of a kill, and which of them are open, sent or an alarm. A table, pure.
 */
#include <string.h>

#include "ledger/ledger.h"

const char *
outcome_str(enum outcome o)
{
	switch (o) {
	case OUTCOME_INTENT:
		return "intent";
	case OUTCOME_WOULD_KILL:
		return "would-kill";
	case OUTCOME_ABORTED:
		return "aborted";
	case OUTCOME_ACCEPTED:
		return "accepted";
	case OUTCOME_DONE:
		return "done";
	case OUTCOME_GONE:
		return "gone";
	case OUTCOME_REFUSED:
		return "refused";
	case OUTCOME_NOT_SENT:
		return "not-sent";
	case OUTCOME_IN_DOUBT:
		return "in-doubt";
	case OUTCOME_STUCK:
		return "stuck";
	case OUTCOME_BOUNCED:
		return "bounced";
	case OUTCOME_ZOMBIE:
		return "zombie";
	case OUTCOME_COUNT:
		break;
	}
	return "?";
}

int
outcome_parse(const char *s)
{
	int o;

	for (o = 0; o < OUTCOME_COUNT; o++)
		if (strcmp(outcome_str((enum outcome)o), s) == 0)
			return o;
	return -1;
}

bool
outcome_is_alarm(enum outcome o)
{
	return o == OUTCOME_INTENT || o == OUTCOME_IN_DOUBT || o == OUTCOME_STUCK ||
	       o == OUTCOME_BOUNCED || o == OUTCOME_ZOMBIE;
}

bool
outcome_is_open(enum outcome o)
{
	return o == OUTCOME_ACCEPTED || outcome_is_alarm(o);
}

bool
outcome_is_sent(enum outcome o)
{
	return o == OUTCOME_DONE || outcome_is_open(o);
}
