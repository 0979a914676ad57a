/* SPDX-License-Identifier: ISC */
/*
 * verdict: what should happen to each machine, and may anything happen at all.
 *
 * Pure: no clock, no I/O, no globals (tests/purity). Anything missing, odd or contradictory means
 * keep. Hides the order of the rules, grace arithmetic, witnesses and the brakes. gates.c judges the
 * run, vetoes.c the machine; first reason wins, but all are recorded.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cloud/cloud.h"
#include "cloud/era.h"
#include "ledger/ledger.h"
#include "ledger/steady.h"
#include "policy/policy.h"
#include "probe/probe.h"
#include "verdict/reasons.h"

enum verdict { VERDICT_KEEP, VERDICT_WAIT, VERDICT_KILL };
const char *verdict_str(enum verdict v);

/* The sightings of all probed addresses, ascending by address (net_addr_cmp), and who they belong to. */
struct sightings {
	const struct addr *addrs;
	const struct sighting *seen;
	size_t	n;
	const struct sighting *canaries;	/* in the policy's order; n_canaries of the policy */
	struct probe_facts facts;
};
/* The sighting of an address, or NULL if it was not a target. */
const struct sighting *sightings_find(const struct sightings *s, const struct addr *a);

/* Facts about the run that the rules need and cannot see themselves. */
struct run_facts {
	int64_t	now_s;
	struct elapsed elapsed;
	bool	reap_option;		/* --reap */
	bool	marker_matches;		/* VMREAPER_CLOUD of the reaping account, or the pinned account */
	bool	policy_changed;		/* first sweep under this digest */
	bool	ledger_ok;		/* open for writing, of this cloud */
	bool	in_hours;
	bool	hold;
	int64_t	steady_s;		/* since when the cloud is well without a break (steady_cloud); 0: not */
	struct last_sweep last;
	int64_t	killed_since;		/* kills sent, or perhaps, since the last complete listing */
	int64_t	killed_last_hour;
	int64_t	unacknowledged_last_hour;/* of those, the ones that count towards a storm */
	int64_t	failures;		/* kills in a row that failed */
};

struct verdict_input {
	const struct policy *policy;
	const struct listing *listing;
	const struct sightings *sightings;
	const struct record *records;	/* one for each machine, in the listing's order (history_fold) */
	const struct host_record *hosts;/* one for each host, in the listing's order (steady_hosts); NULL: not known */
	const struct keep *keeps;
	size_t	n_keeps;
	struct run_facts run;
};

/* One machine's judgement. The masks hold every veto that fired: bit (1 << enum veto). */
struct judgement {
	enum verdict verdict;
	enum veto veto;			/* the first that fired; VETO_COUNT: none */
	uint64_t vetoes;
	bool	problem;		/* class unknown or failed: counts towards the storm */
	bool	candidate;		/* problem, class enabled and it holds something */
	const char *verb;		/* NULL unless one is legal */
	struct holds holds;
	bool	alive, silent;		/* V5 over all of its addresses */
	bool	witness;		/* every silent network had one */
	int64_t	other_id;		/* lowest id of another machine that claims one of its addresses; -1 */
	bool	shared;			/* there is such a machine */
	bool	zombie;			/* a host lists its id as a zombie */
	bool	keep_local;		/* a person said keep */
	bool	notice_due;		/* V8: only time stands between it and a kill: its owner should know now */
	int32_t	cap_run, cap_host, cap_owner;	/* V9: kills before its turn, in this run, on its host, of its owner */
	int64_t	host_good_s;		/* V4: since when its host is well; 0: not */
};

/* The counts behind the gates: what a judgement of the run needs of the fleet, and nothing else. */
struct gate_facts {
	bool	complete, era_known, probed, cut, stopped;
	char	why[160];		/* why the listing is not complete */
	char	version[32], contradiction[160];
	int64_t	machines, placed, hosts;
	int64_t	canaries, canaries_silent;
	char	canary[NET_STR_SIZE];	/* the first that did not answer */
	int64_t	expected, answered;	/* running machines that answered before; of those, now */
	int64_t	active;			/* machines that are neither done nor pending */
	int64_t	problems, unacknowledged;
	int64_t	risen;			/* unacknowledged ones that became so within the last hour */
	int64_t	host_most, network_most;/* unacknowledged ones on the worst host and network */
	char	host[64], network[64];	/* their names */
};

struct run_judgement {
	uint32_t gates;			/* bit (1 << enum gate) for each that stops kills */
	char	detail[GATE_COUNT][160];/* the figures behind each closed gate; "" */
	bool	storm;
	struct gate_facts facts;
	size_t	*kills;			/* indices to kill, oldest mark first; n_kills 0 while any gate is closed */
	size_t	n_kills;
	size_t	*would_kill;		/* the same list if only OBSERVING, NOT_ARMED_HERE, POLICY_CHANGED were open */
	size_t	n_would_kill;
	size_t	*notices;		/* whose owners are to be told now, oldest mark first; none while a gate but HOURS is closed */
	size_t	n_notices;
};

/*
 * For history, before the fold (records and hosts of in are not read): what this sweep saw of each machine.
 * Silence of a problem machine counts only with a witness, with no other claim on its address, and while no
 * canary is silent, nor, without canaries, most of the machines that answered before (old: ascending id). It is evident,
 * and confirms a mark, only on a host whose word counts, and while no scope, lock or wish speaks for the machine.
 * seen has listing->n. -1: the arena is full.
 */
int	verdict_seen(struct arena *a, const struct verdict_input *in, const struct record *old,
	    size_t n_old, struct seen *seen);

/*
 * Judge the whole fleet. out has listing->n judgements in the listing's order; memory in a.
 * The same input gives the same result, byte for byte, in any order of the listing.
 * Returns 0, or -1 when the arena is full (nobody is killed then).
 */
int	verdict_fleet(struct arena *a, const struct verdict_input *in, struct judgement *out,
	    struct run_judgement *run);

/*
 * V10, right before the call: index is the machine as it was judged, fresh as it was just re-read, hosts
 * all hosts as just re-read, seen the sightings of the addresses of fresh made just now, now_s
 * the time now (a sweep may have run for minutes since in->run.now_s). Returns the veto that speaks
 * against it, or VETO_COUNT when the kill may go on.
 */
enum veto verdict_reverify(const struct verdict_input *in, size_t index, const struct vm *fresh,
	    const struct host *hosts, size_t n_hosts, const struct sightings *seen, int64_t now_s);

/*
 * Addresses that answered in this sweep and whose answer makes the silence of machine index mean something: the canaries,
 * and up to VERDICT_WITNESSES running machines of its networks. The last look asks them again. Returns their number.
 */
#define VERDICT_WITNESSES 2
size_t	verdict_witnesses(const struct verdict_input *in, size_t index, struct addr *out, size_t room);

/* R8: the machines of a storm, so that they stay out of reach until a person acknowledges them or their mark ends. */
void	verdict_mark_storm(const struct verdict_input *in, const struct judgement *out,
	    const struct run_judgement *run, struct record *records);

/*
 * One case judged again from what was recorded of it. Everything is borrowed; host and record may be NULL, sightings
 * have the machine's addresses at least. facts are those of the judgement then (shared, zombie, keep_local, witness,
 * cap_*, host_good_s); what it decided is not read.
 */
struct verdict_case {
	const struct policy *policy;
	const struct era *era;
	const struct vm *vm;
	const struct host *host;
	const struct record *record;
	const struct sightings *sightings;
	const struct judgement *facts;
	int64_t	now_s, killed_last_hour;
};
uint64_t verdict_case_vetoes(const struct verdict_case *c);
/* The gates from their counts. detail as in run_judgement. */
uint32_t verdict_run_gates(const struct policy *p, const struct run_facts *run,
	    const struct gate_facts *facts, char detail[GATE_COUNT][160]);

/* The figures behind a veto for machine i: "6 h of 24 h", "disk 1 (pdata)". "" if it needs none. Returns buf. */
char	*verdict_detail(const struct verdict_input *in, const struct judgement *j, size_t i,
	    enum veto v, char *buf, size_t size);

/* A machine that holds something and whose class the policy enables. */
bool	verdict_is_candidate(const struct policy *p, const struct era *era, const struct vm *vm);

#endif
