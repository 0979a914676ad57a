/* SPDX-License-Identifier: ISC */
/*
 * told: who was told what already: the part of the ledger that act/ keeps about notices and alarms. Each call that writes
 * is a short transaction of its own (LEDGER_SWEEP).
 */
#ifndef TOLD_H
#define TOLD_H

#include "ledger/status.h"

/*
 * The hook has accepted the notice of machine id, for the mark that it has now; the owner counts as told when the letter
 * was accepted, too (ledger_notice).
 */
int	ledger_hook_told(struct ledger *l, int64_t id, bool *told, struct fault *f);
int	ledger_hook_tell(struct ledger *l, int64_t id, int64_t when_s, int64_t promised_s,
	    struct fault *f);

/* An alarm (code of a finding, machine or -1) went through a channel ("mail", "hook") in its present episode. */
int	ledger_alarm_told(struct ledger *l, const char *channel, const char *code, int64_t id,
	    bool *told, struct fault *f);
int	ledger_alarm_tell(struct ledger *l, const char *channel, const char *code, int64_t id,
	    int64_t when_s, struct fault *f);
/* These n stand now: the episodes of all others have ended. */
int	ledger_alarms_stand(struct ledger *l, const struct finding *alarms, size_t n,
	    struct fault *f);

#endif
