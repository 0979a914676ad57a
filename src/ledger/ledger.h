/* SPDX-License-Identifier: ISC */
/*
 * ledger: what vmreaper remembers between sweeps, and the journal of everything it did.
 *
 * Hides SQLite (rollback journal, synchronous=FULL, one writer). A sweep is one transaction; an intent is
 * committed before the kill is sent and its outcome after (A1). A ledger that is corrupt, of another
 * cloud, of a later version or not writable is a fault, never a silent start from nothing.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "cloud/cloud.h"
#include "base/text.h"
#include "ledger/history.h"
#include "ledger/steady.h"
#include "policy/metric.h"

/* 1: the first. 2: host, notices, cloud signs, acknowledged kills. 3: told. 4: record.not_before_s.
 * An older one is upgraded by the next sweep. */
#define LEDGER_SCHEMA 4

struct ledger;

enum ledger_mode {
	LEDGER_SWEEP,	/* read and write, exclusive lock for the life of the handle; created if missing */
	LEDGER_WRITE,	/* short writes of a person (keep, hold, acknowledge); waits for the lock a little */
	LEDGER_READ,	/* no lock, never creates */
	LEDGER_GLANCE	/* the same, by somebody in a hurry: waits a second and not five for a sweep that is writing */
};

/*
 * Open the ledger of one cloud. cloud_name is pinned in it when created; another name later is a fault.
 * A second sweep gets FAULT_LOCKED at once (R3), with the pid of the first: the lock is a flock on
 * PATH.lock and dies with its process. Readers and people's short writes are not held up by it.
 * The file must be regular (one name, no link), owned by the caller or root, and writable by nobody else.
 * Created 0600, whole or not at all, in a directory that must exist. LEDGER_SWEEP checks every page.
 */
int	ledger_open(const char *path, const char *cloud_name, enum ledger_mode mode,
	    struct ledger **out, struct fault *f);
void	ledger_close(struct ledger *l);		/* NULL-safe */

enum outcome {
	OUTCOME_INTENT,		/* journalled, nothing known: a crash; handled as in doubt */
	OUTCOME_WOULD_KILL,	/* observing */
	OUTCOME_ABORTED,	/* the re-reading before the call said no (V10) */
	OUTCOME_ACCEPTED,	/* success, not yet seen as Done */
	OUTCOME_DONE,		/* STATE 6 seen */
	OUTCOME_GONE,		/* was already gone */
	OUTCOME_REFUSED,	/* the cloud said no */
	OUTCOME_NOT_SENT,	/* no connection */
	OUTCOME_IN_DOUBT,	/* reply lost */
	OUTCOME_STUCK,		/* accepted, not Done in time */
	OUTCOME_BOUNCED,	/* accepted, came back */
	OUTCOME_ZOMBIE,		/* Done, but a host still runs it */
	OUTCOME_COUNT
};
const char *outcome_str(enum outcome o);
int	outcome_parse(const char *s);			/* -1: none */
bool	outcome_is_open(enum outcome o);		/* followed up by later sweeps: intent, accepted, every alarm */
bool	outcome_is_sent(enum outcome o);		/* the call was sent, or perhaps sent: counts towards caps */
bool	outcome_is_alarm(enum outcome o);		/* in doubt, stuck, bounced, zombie (intent counts as in doubt) */

/* One row of the journal. */
struct kill {
	int64_t	row;			/* 0: not stored yet */
	int64_t	sweep;
	int64_t	id, stime_s;
	int32_t	uid;
	const char *deploy_id, *name, *owner, *host, *addresses;	/* as last read; addresses blank-separated */
	const char *verb, *cls, *state;
	const char *reason;		/* why it was killed: text of the verdict */
	int64_t	intent_s, outcome_s;	/* wall; outcome 0: none */
	/* intent_s and outcome_s on the ledger's own clock, which does not jump; set when stored */
	int64_t	clock_s, outcome_clock_s;
	bool	acknowledged;		/* its mark was, when the kill was sent: it counts towards no storm */
	enum outcome outcome;
	const char *detail;		/* fault text or reason code, or "" */
};

/* Facts of the last complete sweep. */
struct last_sweep {
	int64_t	sweep;			/* 0: none */
	struct clock_now clock;
	int64_t	machines;		/* in its listing */
	char	digest[65];		/* of its policy */
	bool	complete;
	int64_t	offset_s;		/* jumps of the wall clock so far (see ledger_load_at) */
};

struct hold {
	bool	on;
	int64_t	since_s, until_s;	/* until 0: for ever */
	const char *reason, *by;
};

struct keep {
	int64_t	id, stime_s;
	int64_t	until_s;		/* 0: for ever */
	const char *reason, *by;
};

/* Everything that a sweep needs to know, memory in the arena. */
struct ledger_state {
	struct last_sweep last;
	struct record *records;		/* ascending id */
	size_t	n_records;
	struct host_record *hosts;	/* of the last complete sweep, ascending id */
	size_t	n_hosts;
	struct cloud_sign sign;		/* of the newest sweep, complete or not */
	bool	has_sign;
	struct kill *open;		/* kills to follow up, ascending row */
	size_t	n_open;
	struct elapsed elapsed;		/* since the last complete sweep */
	int64_t	own_s;			/* now on the ledger's own clock: compares with kill.clock_s */
	int64_t	killed_since;		/* kills sent, or perhaps sent, since the last complete listing */
	int64_t	killed_last_hour;	/* kills sent or perhaps sent in the hour before now_s */
	int64_t	unacknowledged_last_hour; /* of those, the ones whose mark nobody had acknowledged (R8) */
	int64_t	failures;		/* kills in a row, newest first, that failed, of the last day (LEDGER_FAILURES_S) */
	struct hold hold;
	struct keep *keeps;		/* ascending id; those that ran out are left out */
	size_t	n_keeps;
};

#define LEDGER_FAILURES_S	86400	/* older failures stop no run: a brake that nothing lifts would be for ever */

/*
 * One consistent view. An INTENT row that a crash left behind is open, and counts as sent and in doubt.
 *
 * The ledger has a clock of its own: the wall clock less all its jumps (R4), so that hours and days between kills, and
 * the times of holds and keeps, are those that really passed. gap_s as for history_elapsed.
 *
 * s->records, needed until the fold only, is in records (which may be a), everything else in a.
 */
int	ledger_load_at(struct ledger *l, struct arena *a, struct arena *records,
	    const struct clock_now *now, int64_t gap_s, struct ledger_state *s, struct fault *f);
/* The same for a wall clock that has not jumped since the last sweep. */
int	ledger_load(struct ledger *l, struct arena *a, int64_t now_s, struct ledger_state *s,
	    struct fault *f);

/* A full record of one candidate, kept for `explain`. json is a complete JSON object. */
struct ledger_explain {
	int64_t	id;
	const char *json;
};

/* What a sweep writes in its one transaction. */
struct ledger_sweep {
	struct clock_now clock;
	const char *digest;		/* policy digest */
	const char *policy_text;	/* effective policy, stored once per digest */
	bool	complete;		/* false: only the sweep row is written; records stay as they are (contract) */
	const char *why;		/* why not, or why nobody was killed; "" */
	bool	armed;
	int64_t	machines;
	const char *counts_json;	/* metrics and gates of the sweep */
	const struct record *records;	/* the new ones; those gone from the listing are dropped */
	size_t	n_records;
	const struct host_record *hosts;
	size_t	n_hosts;
	struct cloud_sign sign;
	const struct ledger_explain *explains;
	size_t	n_explains;
	int64_t	keep_s;			/* retention: older sweeps and closed kills are deleted, a few at each sweep */
};

#define LEDGER_EXPLAIN_S	(7 * 86400)	/* explains of machines that were not killed are kept so long */
#define LEDGER_EXPLAIN_ROWS	10000		/* and no more of them than this, and those of the last sweep */
#define LEDGER_WOULD_KILL_S	(90 * 86400)	/* and would-kill rows so long */

/*
 * Returns the sweep's number in *sweep. On failure nothing of it is stored. Records that did not change are
 * not written. An acknowledgement that a person gave meanwhile is kept if the mark goes on.
 */
int	ledger_commit(struct ledger *l, const struct ledger_sweep *s, int64_t *sweep,
	    struct fault *f);

/*
 * A1: commit (and sync) the intent; k->row is set. Cannot write: do not kill. k->outcome must be
 * OUTCOME_INTENT, or OUTCOME_WOULD_KILL when observing.
 */
int	ledger_intent(struct ledger *l, struct kill *k, struct fault *f);
/* Commit an outcome, also when it changes later (ACCEPTED to DONE or STUCK ...). */
int	ledger_outcome(struct ledger *l, int64_t row, enum outcome o, int64_t when_s,
	    const char *detail, struct fault *f);

/* What became of one attempt of this sweep to tell somebody something. */
enum notice_kind {
	NOTICE_OWNER,		/* V8: that the machine will be killed; without it, it is kept */
	NOTICE_STAMP,		/* the same, in its user template */
	NOTICE_KILL,		/* that it was */
	NOTICE_ALARM,		/* the hook, of an alarm */
	NOTICE_ADMINISTRATORS	/* a letter to them, of any of these */
};
struct notice {
	enum notice_kind kind;
	int64_t	id;			/* -1: of no machine */
	const char *name, *owner;	/* of the machine; "" */
	bool	sent;			/* accepted; of an owner: by every channel, and the ledger says so */
	const char *why;		/* why not; "" */
};

/*
 * V8: the owner of the machine with this mark was told, when, and how much time was promised. k names the machine (id, stime_s, uid). A record
 * that has lost its mark meanwhile is left alone.
 */
int	ledger_notice(struct ledger *l, int64_t id, int64_t stime_s, int32_t uid, int64_t when_s,
	    int64_t promised_s, struct fault *f);

/* Is the panic button on? Read freshly (another process may press it between two kills). now_s for until. */
int	ledger_hold_now(struct ledger *l, int64_t now_s, bool *on, struct fault *f);

/* The explain record of a machine from sweep (0: the last one). *json NULL with 0: none recorded. */
int	ledger_explain(struct ledger *l, struct arena *a, int64_t sweep, int64_t id, const char **json,
	    int64_t *when_s, struct fault *f);

/* What a sweep stored of itself; memory in the arena. */
struct ledger_run {
	int64_t	sweep;			/* 0: there is no such sweep */
	int64_t	when_s;
	bool	complete, armed;
	const char *digest, *policy_text, *counts_json;	/* policy_text "": no longer there */
};
/* Sweep number sweep (0: the last complete one). */
int	ledger_run(struct ledger *l, struct arena *a, int64_t sweep, struct ledger_run *run,
	    struct fault *f);

/* Kills that were Done since own_s on the ledger's own clock, ascending row. */
int	ledger_done_since(struct ledger *l, struct arena *a, int64_t own_s, struct kill **kills,
	    size_t *n, struct fault *f);

/* Journal rows, newest first; id -1: all; since_s 0: all; at most limit. */
int	ledger_kills(struct ledger *l, struct arena *a, int64_t id, int64_t since_s, size_t limit,
	    struct kill **kills, size_t *n, struct fault *f);

/* --- what a report shows of the past ------------------------------------------------------------- */

/* The figures of one earlier sweep. */
struct trend_point {
	int64_t	when_s;
	double	metrics[METRIC_COUNT];
	bool	has[METRIC_COUNT];	/* a figure that it did not have, or that is no plausible number: false */
};
/*
 * Complete sweeps from since_s to before until_s (wall clock), ascending by time: the last one of each of max equal
 * spans of that time, so that a year of sweeps is as quickly drawn as a day.
 */
int	ledger_trend(struct ledger *l, struct arena *a, int64_t since_s, int64_t until_s, size_t max,
	    struct trend_point **points, size_t *n, struct fault *f);

/* A kill, and what its machine held when it was judged. */
struct freed {
	struct kill kill;
	bool	known;			/* false: its record is no longer there, or says nothing */
	int64_t	vcpu, memory_mib, disk_mib, addresses;
};
/* Kills since since_s that were begun in earnest (no would-kill), newest first; at most limit. */
int	ledger_freed(struct ledger *l, struct arena *a, int64_t since_s, size_t limit,
	    struct freed **freed, size_t *n, struct fault *f);

/* A line for doctor: "12 sweeps, 3 kills, 1.2 MiB, last sweep 5 min ago". */
int	ledger_describe(struct ledger *l, int64_t now_s, struct text *out, struct fault *f);

/* --- what people write (LEDGER_WRITE or LEDGER_SWEEP), each a short transaction of its own --------- */

/*
 * Keep machine k->id. k->stime_s 0: whichever machine has the id. A keep never ends before an earlier one that still
 * stands would have: k->until_s is what holds now.
 */
int	ledger_keep_set(struct ledger *l, struct keep *k, int64_t when_s, struct fault *f);
int	ledger_keep_unset(struct ledger *l, int64_t id, bool *was, struct fault *f);
/* Read freshly, as ledger_hold_now: did somebody ask to keep this machine since the sweep loaded its state? */
int	ledger_keep_now(struct ledger *l, int64_t id, int64_t stime_s, int64_t now_s, bool *on,
	    struct fault *f);
/*
 * No kills from now on, until h->until_s (0: until resumed). h->on is not read. It never ends before a hold that still
 * stands would have: h->until_s is what holds now.
 */
int	ledger_hold_set(struct ledger *l, struct hold *h, struct fault *f);
int	ledger_hold_clear(struct ledger *l, bool *was, struct fault *f);
/* Acknowledge the mark of machine id (-1: every mark), until it clears. *n: marks that were not yet so. */
int	ledger_acknowledge(struct ledger *l, int64_t id, const char *by, int64_t when_s, int64_t *n,
	    struct fault *f);

#endif
