/* SPDX-License-Identifier: ISC */
/*
 * status: what a run has to say in short, and the small file in which each sweep leaves it for plugins.
 *
 * JSON (Jansson), 0640, group from the policy, renamed into place (DESIGN 6). It carries metrics, findings
 * and the health of the reaper: no secret, no ledger access, small on any size of cloud.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "ledger/ledger.h"
#include "policy/metric.h"

enum state { STATE_OK, STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN };	/* plugin exit codes */

/* One line of the long output. Texts are raw: escape them. */
struct finding {
	enum state severity;		/* OK: for information only */
	const char *code;		/* "unknown", "answers-ping", "storm", "stuck", ...: stable */
	int64_t	id;			/* machine; -1: the run */
	const char *name, *owner;	/* "" */
	const char *text;		/* "Unknown for 3 d on node4, holds 4 vCPU, 8 GiB; kept: within-grace (6 h of 24 h)" */
	const char *remedy;		/* "" */
};

/* A closed gate and the figures behind it. */
struct status_gate {
	const char *code, *detail;
};

struct status {
	const char *cloud;		/* name in the policy, or the file */
	const char *program;		/* "sweep", "audit", "check_vms" */
	int64_t	now_s;			/* when the run began */
	int64_t	sweep;			/* its number; 0: not a sweep */
	bool	complete;		/* the run; false: UNKNOWN, and why says why */
	struct fault why;
	int64_t	good_s;			/* when the last complete run began: now_s if this one is; 0: not known */
	struct hold hold;		/* as the run found it; an older file does not say who and why */
	bool	armed;			/* this run could have killed */
	const char *version, *era;	/* of the cloud; "" */
	int64_t	interval_s;		/* how often the sweep runs (staleness) */
	int64_t	total;			/* machines in the listing, done ones left out */
	double	metrics[METRIC_COUNT];
	bool	has[METRIC_COUNT];	/* a figure that could not be had is left out, never 0 */
	struct finding *findings;	/* worst first, then by id */
	size_t	n_findings;		/* as kept: at most STATUS_FINDINGS_MAX in the file */
	size_t	n_findings_total;
	struct status_gate *gates;
	size_t	n_gates;
	const char *link;		/* [report] link, %d for a machine's number; "": none */
};

#define STATUS_FINDINGS_MAX	200
#define STATUS_MAX_BYTES	(1024 * 1024)

/*
 * Write the status file: temporary file in the same directory, fsync, rename. group NULL: the
 * file's own. Nothing of an older file is lost when this fails.
 */
int	status_write(const char *path, const char *group, const struct status *s, struct fault *f);

/*
 * Read it back (memory in a). A file that is not ours (format, version), that is a link or larger than
 * STATUS_MAX_BYTES is a fault. The file is hostile input like any other.
 */
int	status_read(const char *path, struct arena *a, struct status *s, struct fault *f);

#endif
