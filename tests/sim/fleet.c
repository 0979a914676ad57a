/* SPDX-License-Identifier: ISC */
/*
 * fleet: many machines, always the same for the same number, for benchmarks and tests of size.
 */
#include <stdio.h>
#include <string.h>

#include "inner.h"

enum { FLEET_HOSTS = 10, FLEET_OWNERS = 20 };

/*
 * Addresses: 10.0.0.0/10 of machines that may answer, 10.64.0.0/10 of those whose state speaks of death, 10.128.0.0/9
 * the second ones. Whoever makes a network for them decides who answers.
 */

/* The state of the machine that is number k of a thousand. */
static void
fleet_state(enum sim_era era, int k, struct sim_vm *v)
{
	static const int moving[] = {1, 2, 11, 12, 10};
	static const int failed[] = {36, 39, 40, 39, 36};

	v->state = 3;
	if (k < 960)
		v->lcm = 3;
	else if (k < 975)
		v->lcm = 16;
	else if (k < 980 && era == SIM_720)
		v->lcm = failed[k - 975];
	else if (k < 980) {
		v->state = 7;
		v->lcm = 0;
		v->error = "Error deploying virtual machine";
	} else if (k < 995) {
		v->state = era == SIM_720 ? 8 : 5;
		v->lcm = 0;
	} else
		v->lcm = moving[k - 995];
}

static void
fleet_vm(struct sim *sim, int i, int64_t start_s)
{
	static const struct sim_attr attrs[] = {
	    {"DESCRIPTION", "one of many"}, {"SCHED_REQUIREMENTS", "ID=999"}};
	static const char *const nets[] = {"public", "private", "service"};
	const struct sim_disk disks[] = {{.kind = SIM_DISK_IMAGE},
	    {.kind = i % 7 == 0 ? SIM_DISK_PERSISTENT : SIM_DISK_VOLATILE,
		.image_id = 100 + i}};
	int k = (int)((int64_t)i * 7919 % 1000); /* spreads the states over the ids */
	struct sim_nic nics[2] = {{.network = nets[i % 3], .network_id = i % 3},
	    {.network = nets[(i + 1) % 3], .network_id = (i + 1) % 3}};
	struct sim_vm v = sim_vm_default(i);
	char name[32], owner[32], ip[2][24];

	snprintf(name, sizeof(name), "node-%05d", i);
	snprintf(owner, sizeof(owner), "user%02d", i % FLEET_OWNERS);
	snprintf(ip[0], sizeof(ip[0]), "10.%d.%d.%d",
	    (i >> 16 & 63) | (k >= 960 && k < 980 ? 64 : 0), i >> 8 & 255, i & 255);
	snprintf(
	    ip[1], sizeof(ip[1]), "10.%d.%d.%d", 128 + (i >> 16 & 127), i >> 8 & 255, i & 255);
	nics[0].ip = ip[0];
	nics[1].ip = ip[1];
	v.name = name;
	v.uid = 100 + i % FLEET_OWNERS;
	v.gid = 100;
	v.uname = owner;
	v.gname = "users";
	v.stime_s = start_s + i;
	v.host = i % FLEET_HOSTS;
	v.vcpu = 1 + i % 4;
	v.cpu = "0.5";
	v.memory_mib = 512 << i % 4;
	v.nics = nics;
	v.n_nics = i % 5 == 0 ? 2 : 1;
	v.disks = disks;
	v.n_disks = 2;
	v.attrs = attrs;
	v.n_attrs = 2;
	v.context = i % 5 == 1;
	fleet_state(sim_era(sim), k, &v);
	sim_add_vm(sim, &v);
}

void
sim_add_fleet(struct sim *sim, int n)
{
	/* all of them older than a day, the newest last */
	int64_t start_s = sim_time(sim) - 86400 - n;
	char name[24];
	int i;

	for (i = 0; i < FLEET_HOSTS; i++) {
		struct sim_host h = {.id = i, .name = name, .state = 2, .mon_age_s = 20};

		snprintf(name, sizeof(name), "node%d", i + 1);
		sim_add_host(sim, &h);
	}
	for (i = 0; i < n; i++)
		fleet_vm(sim, i, start_s);
}
