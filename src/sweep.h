/* SPDX-License-Identifier: ISC */
/*
 * sweep: the pipeline, one stage after the other, each one's result const for the next.
 *
 *   policy -> cloud.list -> (cloud.volumes) -> probe -> ledger.load -> history.fold -> verdict -> ledger.commit -> act -> report
 *
 * `vmreaper sweep` runs all of it. A look (check_vms, audit, explain --live) runs the same stages without
 * the ones that write: no mark, no kill, no lock.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/notify.h"
#include "base/arena.h"
#include "base/fault.h"
#include "cloud/cloud.h"
#include "cloud/volumes.h"
#include "ledger/ledger.h"
#include "policy/policy.h"
#include "probe/probe.h"
#include "report/report.h"
#include "verdict/verdict.h"

enum sweep_mode {
	SWEEP_LOOK,	/* writes nothing, takes no lock */
	SWEEP_MARK	/* the cron job: remembers, and kills if armed */
};

struct sweep_options {
	enum sweep_mode mode;
	const char *program;		/* "sweep", "audit", "check_vms" */
	bool	reap;			/* --reap */
	bool	probe;			/* look at addresses */
	int	saved_fd;		/* >= 0: the listing comes from this file, not from the cloud */
	const char *saved_name;
	int64_t	deadline_ns;		/* CLOCK_MONOTONIC at which listing and probing must end; 0: the policy's deadlines */
	const volatile bool *stop;	/* set by a signal handler; may be NULL */
	void	(*progress)(size_t done, size_t n);	/* of the probes; may be NULL */
	void	(*listing)(size_t machines, bool last);	/* of a long listing (cloud_on_progress); may be NULL */
	int64_t	(*now_s)(void);		/* the time of journal rows; clock_wall_s */
	void	(*sleep_ms)(int64_t);
};

/* What each stage took: of the wall, and of the processor. */
enum sweep_stage { SWEEP_LIST, SWEEP_PROBE, SWEEP_JUDGE, SWEEP_COMMIT, SWEEP_STAGES };
struct sweep_time {
	int64_t	wall_ns, cpu_ns;
};
const char *sweep_stage_str(enum sweep_stage s);

struct sweep {
	struct arena *arena;
	const struct policy *policy;
	struct clock_now clock;
	int64_t	started_ns;		/* monotonic */
	bool	probed;			/* probing has run; sightings.facts says if it was cut short */
	struct ledger *ledger;		/* NULL: none could be opened, or none is needed */
	struct fault ledger_fault;	/* why there is none (a look goes on without) */
	struct ledger_state state;	/* its records live until they are folded only: in past */
	struct arena *past;
	struct cloud *reader, *reaper;
	struct listing listing;
	size_t	listing_bytes;		/* of memory that it takes */
	struct volumes volumes;		/* what machines hold beside what the listing says of them */
	struct sightings sightings;
	struct seen *seen;
	struct record *records;
	struct host_record *hosts;	/* of the listing's hosts, in its order */
	struct cloud_sign sign;
	struct verdict_input input;
	struct judgement *judgements;
	struct run_judgement run;
	struct kill *kills;		/* of this sweep */
	size_t	n_kills;
	struct act act;			/* what stage_act began, for what is told after it */
	struct tell tell;		/* its rows: who was told in this sweep, and who could not be */
	struct fault act_fault;		/* why the kills were cut short */
	int64_t	sweep;			/* its number; 0: not committed */
	bool	armed;			/* kills were really sent in this run (every R1 gate open) */
	struct report_inputs inputs;
	struct report report;
	struct sweep_time times[SWEEP_STAGES];
};

/*
 * Run the pipeline. On return s holds all that was found, also after -1, when s->report is still built as
 * far as it goes: the fault says what could not be done. Free with sweep_free in both cases.
 */
int	sweep_run(const struct policy *p, const struct sweep_options *o, struct sweep *s,
	    struct fault *f);
void	sweep_free(struct sweep *s);

#endif
