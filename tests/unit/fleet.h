/* SPDX-License-Identifier: ISC */
/*
 * fleet: a small cloud for the tests of the rules. It starts as one machine that everything invites to
 * kill (index 0, id 42) among running machines that answer; a test changes one fact and judges.
 */
#ifndef FLEET_H
#define FLEET_H

#include "verdict/verdict.h"

#define FLEET_NOW	1800000000
#define FLEET_MAX	64
#define FLEET_SEEN_MAX	256
#define HOUR		3600
#define DAY		(24 * HOUR)

struct fleet {
	struct arena *a;
	struct policy policy;
	struct prefix networks[1];
	struct addr canary_addrs[2];
	struct listing listing;
	struct vm vms[FLEET_MAX];
	struct host hosts[8];
	struct record records[FLEET_MAX];
	struct host_record host_records[8];	/* of hosts, in their order; all well for a day */
	struct addr addrs[FLEET_SEEN_MAX];
	struct sighting seen[FLEET_SEEN_MAX];
	struct sighting canaries[2];
	struct sightings sightings;
	struct keep keeps[4];
	struct verdict_input in;
	struct judgement out[FLEET_MAX];
	struct run_judgement run;
};

/* The inviting fleet, all gates open. fleet_free afterwards. */
struct fleet *fleet_new(void);
void	fleet_free(struct fleet *f);

/* One more running machine that answers in network 1, on host 5; or one more of the inviting kind. */
struct vm *fleet_add_running(struct fleet *f, int64_t id, const char *addr);
struct vm *fleet_add_problem(struct fleet *f, int64_t id, const char *addr);
/* Another state; the class follows from it, the record and a verb too. */
void	fleet_state(struct fleet *f, size_t i, int32_t state, int32_t lcm);
/* One more address of a machine, not seen yet. network_id -1: not known. */
struct vm_addr *fleet_add_addr(struct fleet *f, struct vm *vm, const char *addr, int32_t network_id);
void	fleet_add_disk(struct fleet *f, struct vm *vm, enum disk_kind kind, enum tri persistent);
void	fleet_add_attr(struct fleet *f, struct vm *vm, const char *name, const char *value);
/* What was seen at an address; ssh as ping. The sighting, to be changed further. */
struct sighting *fleet_see(struct fleet *f, const char *addr, enum probe_result result);
void	fleet_forget(struct fleet *f, const char *addr);	/* it was no target */
struct policy_list fleet_list(struct fleet *f, const char *words);	/* "a b", "all" */
/* The record that fold would write for machine i now, with its mark left as it is. */
void	fleet_record_follows(struct fleet *f, size_t i);

void	fleet_judge(struct fleet *f);
/* What is said of the machine with that id. */
const struct judgement *fleet_out(const struct fleet *f, int64_t id);
bool	fleet_kills(const struct fleet *f, int64_t id);

#endif
