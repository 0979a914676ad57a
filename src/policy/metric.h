/* SPDX-License-Identifier: ISC */
/*
 * metric: the figures that thresholds, perfdata and the status file speak of. One list, so that
 * `[check] warning_NAME`, `-w NAME=RANGE` and the perfdata labels can never drift apart.
 */
#ifndef METRIC_H
#define METRIC_H

/* X(ENUMERATOR, label, unit in perfdata, default warning, default critical, what it counts) */
#define METRIC_LIST(X)									\
	X(RUNNING, "running", "", "", "", "machines whose guest should run")		\
	X(TRANSITIONAL, "transitional", "", "", "", "machines on their way to another state") \
	X(UNKNOWN, "unknown", "", "0", "", "machines in Unknown")			\
	X(FAILED, "failed", "", "0", "", "machines in a failure state")			\
	X(OFF, "off", "", "", "", "machines switched off, stopped, suspended or on hold") \
	X(UNRECOGNISED, "unrecognised", "", "", "", "machines that vmreaper cannot make sense of") \
	X(UNREACHABLE, "unreachable", "", "0", "", "running, answered before, silent now") \
	X(NEVER_ANSWERED, "never_answered", "", "", "", "running, and never answered a probe") \
	X(OVERDUE, "overdue", "", "0", "", "too long in a transitional state")		\
	X(OFF_LONG, "off_long", "", "", "", "off for longer than [off] report_after")	\
	X(CANDIDATES, "candidates", "", "", "", "Unknown and Failed machines that hold something") \
	X(MARKED, "marked", "", "", "", "candidates with a mark that is running")	\
	X(KILLED, "killed", "", "", "", "machines killed by the last sweep")		\
	X(STORM, "storm", "", "", "0", "1 while the storm brake holds")			\
	X(STUCK, "stuck", "", "", "0", "kills that did not end in Done in time")	\
	X(BOUNCED, "bounced", "", "", "0", "kills after which the machine came back")	\
	X(ZOMBIE, "zombie", "", "", "0", "killed machines that a host still runs")	\
	X(IN_DOUBT, "in_doubt", "", "", "0", "kills whose reply was lost")		\
	X(UNTOLD, "untold", "", "0", "", "notices that were not accepted")		\
	X(ORPHANS, "orphans", "", "0", "", "volumes mounted by machines that are gone")	\
	X(HELD_VCPU, "held_vcpu", "", "", "", "vCPU held by candidates")		\
	X(HELD_MEMORY, "held_memory", "MB", "", "", "memory held by candidates")	\
	X(HELD_DISK, "held_disk", "MB", "", "", "disk held by candidates")		\
	X(HELD_ADDRESSES, "held_addresses", "", "", "", "addresses held by candidates")	\
	X(API_TIME, "api_time", "s", "", "", "time spent listing machines and hosts")	\
	X(RUN_TIME, "run_time", "s", "", "", "time of the whole run")

#define METRIC_X(e, label, uom, w, c, what) METRIC_##e,
enum metric { METRIC_LIST(METRIC_X) METRIC_COUNT };
#undef METRIC_X

/* The label ("never_answered"), unit and meaning; borrowed for ever. */
const char *metric_str(enum metric m);
const char *metric_unit(enum metric m);
const char *metric_what(enum metric m);
const char *metric_default(enum metric m, int critical);	/* "" for none */
/* The metric with that label, or -1. */
int	metric_parse(const char *label);

#endif
