/* SPDX-License-Identifier: ISC */
/*
 * events: what a sweep has to say to the system's log: its kills, the alarms that rose and that ended since the sweep
 * before, and at the end one line about itself. A standing alarm is said once, not with each sweep. Pure.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/log.h"
#include "ledger/ledger.h"
#include "ledger/status.h"

struct event {
	enum log_level level;
	const char *text;		/* one line, bounded; what tenants wrote is escaped */
};

struct events {
	struct event *v;
	size_t	n;
};

/*
 * The events of one sweep, in the order in which they are to be logged; memory in a.
 *
 *   critical  an alarm that rose; a kill that is in doubt, stuck, bounced or a zombie
 *   error     what could not be looked at; a kill that was refused or not sent
 *   warning   a finding that is new
 *   notice    a kill; an alarm or a finding that ended
 *   info      the end of a sweep that saw the whole cloud
 *
 * old: the status file of the sweep before, NULL: none. kills: of this sweep; those that were not meant are left out.
 * At most max_lines findings that are new, and as many that ended: the rest is counted. When memory is out, the rest is missing.
 */
void	events_of(struct arena *a, const struct status *old, const struct status *now, enum state state,
	    const struct kill *kills, size_t n_kills, int max_lines, struct events *out);

#endif
