/* SPDX-License-Identifier: ISC */
/*
 * leave: the reports that each sweep leaves in files ([report] html, prometheus), and the past that they show.
 */
#ifndef LEAVE_H
#define LEAVE_H

#include "base/fault.h"
#include "sweep.h"

/*
 * Give the report of a run what its ledger knows of the last LEAVE_PAST_S (past: storage for it, as long as the report is
 * rendered). Without a ledger there is no past, and no fault.
 */
#define LEAVE_PAST_S (90 * 86400)
int	leave_past(struct sweep *s, struct past *past, struct fault *f);

/*
 * Write the files that the policy names, each renamed into place. Returns how many could not be written; why, one for each,
 * in faults. An older file stays whole then, and the run has lost nothing.
 */
#define LEAVE_FILES 2
int	leave_reports(struct sweep *s, struct fault faults[LEAVE_FILES]);

#endif
