/* SPDX-License-Identifier: ISC */
/*
 * report: one model of what a run found, and pure renderers of it.
 *
 * report_build() turns the values of a run into metrics, findings and sums of what is wasted; nagios, text, json, csv,
 * html and prometheus render them into bounded text. Tenant text is escaped by each renderer for its own format.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/style.h"
#include "base/text.h"
#include "cloud/cloud.h"
#include "cloud/volumes.h"
#include "ledger/ledger.h"
#include "ledger/status.h"
#include "policy/policy.h"
#include "report/waste.h"
#include "verdict/verdict.h"

#define REPORT_PROBES_CUT "probes-cut"	/* the code of a finding that the first line says, too */

const char *state_str(enum state s);			/* "OK" ... */
/* The worse of two: CRITICAL > WARNING > UNKNOWN > OK (plugins.md A1). */
enum state state_worse(enum state a, enum state b);

struct report_inputs;

struct report {
	struct status status;			/* metrics and findings: all that a plugin prints */
	const struct report_inputs *in;		/* the machines themselves */
	struct waste waste;			/* of what was read of the listing; means little when it is not complete */
};

/* Earlier sweeps and kills, as a page for people shows them. */
struct past {
	int64_t	since_s;			/* nothing before it was asked for */
	const struct trend_point *trend;	/* ascending by time; this run is not among them */
	size_t	n_trend;
	const struct freed *freed;		/* newest first */
	size_t	n_freed;
};

/* Where the model comes from; all borrowed. Only policy and listing are needed. */
struct report_inputs {
	const struct policy *policy;
	const struct listing *listing;
	const struct sightings *sightings;	/* or NULL: not probed */
	const struct record *records;		/* or NULL: nothing remembered */
	const struct judgement *judgements;	/* or NULL */
	const struct run_judgement *run;	/* or NULL */
	const struct verdict_input *verdict;	/* or NULL */
	const struct kill *kills;		/* of this sweep, and older open ones */
	size_t	n_kills;
	const struct volumes *volumes;		/* or NULL: pdisk was not asked */
	const struct notice *notices;		/* of this sweep */
	size_t	n_notices;
	int64_t	now_s, run_ns, sweep;
	bool	armed;
	const char *program, *cloud;
	const struct past *past;		/* or NULL: no ledger was read */
};

/* Build the model; memory in a. 0, or -1 when the arena is full. */
int	report_build(struct arena *a, const struct report_inputs *in, struct report *r);

/* Thresholds of a check: those of the policy, then those of the command line over them. */
struct thresholds {
	struct range warning[METRIC_COUNT], critical[METRIC_COUNT];
	bool	has_warning[METRIC_COUNT], has_critical[METRIC_COUNT];
};
void	thresholds_from(struct thresholds *t, const struct policy *p);
void	thresholds_default(struct thresholds *t);
/* "-w METRIC=RANGE": 0, or -1 with the fault saying what is wrong. An empty RANGE removes the threshold. */
int	thresholds_set(struct thresholds *t, bool critical, const char *arg, struct fault *f);

/* The state of a report under thresholds. An incomplete listing is UNKNOWN unless something is CRITICAL. */
enum state report_state(const struct status *s, const struct thresholds *t);

/* --- renderers: append to out, which is bounded by its max; all pure -------------------------- */

/* Plugin output: "VMS WARNING - 2 unknown, ... | perfdata", then a line per finding (A2: perfdata on line one,
 * 4 KiB by default). verbosity 0: first line only; 1 and more: findings. */
void	report_nagios(const struct status *s, const struct thresholds *t, enum state state,
	    const char *label, int verbosity, int max_lines, struct text *out);
/* Tables for people. all: every machine, not only findings. */
void	report_text(const struct report *r, bool all, const struct style *style, struct text *out);
/*
 * RFC 4180, UTF-8: a header, then a row for each machine that is not done, and for each that only findings name (killed
 * since, or gone). Cells that a spreadsheet would take for a formula have an apostrophe in front.
 */
void	report_csv(const struct report *r, struct text *out);
/*
 * One HTML page that loads nothing and runs nothing, for a person who decides: what is wasted, what was freed, each
 * finding with its reason and remedy. -1: it does not fit in memory.
 */
int	report_html(const struct report *r, struct text *out, struct fault *f);
/* Gauges in the text format of Prometheus (0.0.4), each with HELP and TYPE; what is not known is left out. */
void	report_prometheus(const struct report *r, struct text *out);
/* The page of machine id: pattern ([report] link, or NULL) with the number in the place of its %d; "" for none. Returns buf. */
#define REPORT_LINK_SIZE 1100
char	*report_link(const char *pattern, int64_t id, char *buf, size_t size);
/* Documented JSON (man/vmreaper.8): object with "machines", every machine of the listing. 0 / -1 memory. */
int	report_json(const struct report *r, struct text *out, struct fault *f);

/*
 * The figures and closed gates of a run as a small JSON object, for the ledger's row of the sweep, with the facts and
 * counts that its gates were judged from (run, facts).
 */
int	report_counts_json(const struct status *s, const struct run_facts *run,
	    const struct gate_facts *facts, struct text *out, struct fault *f);
/*
 * The full record of one machine as JSON object, secrets left out: the machine as read, sightings,
 * witnesses, times, every gate and veto in their order with rule, code, fired, detail and remedy, and the
 * verdict. Stored by sweeps for problem machines; `explain` renders nothing else, so that both tell one story.
 */
int	report_explain_json(const struct verdict_input *in, const struct judgement *j,
	    const struct run_judgement *run, size_t i, struct text *out, struct fault *f);
/*
 * Judge a recorded machine and its run again: record as report_explain_json wrote it, counts as report_counts_json
 * did, p the policy of that sweep. *agrees: the same vetoes fire and the same gates are closed; where they differ, out
 * gets a line for each. -1: a record that cannot be read, or of an older vmreaper.
 */
int	report_replay(struct arena *a, const struct policy *p, const char *record_json,
	    const char *counts_json, struct text *out, bool *agrees, struct fault *f);
/*
 * The story of one machine for people, from such a record: what it is, what was seen, what decided, each
 * rule (all: those that do not speak against a kill with their figures, too), and what would change it. when_s: time of the sweep. -1 when json is not such a record.
 */
int	report_explain_text(const char *json, int64_t when_s, bool all, const struct style *style,
	    struct text *out, struct fault *f);

#endif
