/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "fleet.h"

static struct addr
address(const char *s)
{
	struct addr a;

	BUG_ON(net_addr_parse(s, &a) != 0);
	return a;
}

static void
machine(
    struct fleet *f, size_t i, int64_t id, const char *name, int state, int lcm, const char *ip)
{
	struct vm *vm = &f->l.vms[i];

	vm->id = id;
	vm->name = name;
	vm->uid = 5;
	vm->gid = 100;
	vm->uname = "alice";
	vm->gname = "biotech";
	vm->state = state;
	vm->lcm = lcm;
	vm->cls = era_class(f->l.era, state, lcm);
	vm->full = true;
	vm->stime_s = GOLDEN_NOW_S - 40 * 86400;
	vm->deploy_id = "one-x";
	vm->host_id = 3;
	vm->host = "node3";
	vm->seq = 0;
	vm->ever_ran = TRI_YES;
	vm->service_id = vm->vrouter_id = -1;
	vm->cpu = 2;
	vm->vcpu = 2;
	vm->memory_mib = 4096;
	vm->disk_mib = 20480;
	vm->disks = arena_calloc(f->a, 1, sizeof(struct vm_disk));
	vm->disks[0].persistent = TRI_NO;
	vm->disks[0].size_mib = 20480;
	vm->disks[0].image = "ttylinux";
	vm->n_disks = 1;
	if (ip != NULL) {
		vm->addrs = arena_calloc(f->a, 1, sizeof(struct vm_addr));
		vm->addrs[0].a = address(ip);
		vm->addrs[0].network = "public";
		vm->addrs[0].network_id = 0;
		vm->n_addrs = vm->n_nics = 1;
	}
	f->records[i].id = id;
	f->records[i].deploy_id = "one-x";
	f->records[i].stime_s = vm->stime_s;
	f->records[i].uid = vm->uid;
	f->records[i].host_id = vm->host_id;
	f->records[i].seq = vm->seq;
	f->records[i].state = state;
	f->records[i].lcm = lcm;
	f->records[i].since_s = GOLDEN_NOW_S - 3 * 86400;
	f->records[i].first_seen_s = GOLDEN_NOW_S - 30 * 86400;
}

static void
mark(struct fleet *f, size_t i, int64_t age_s)
{
	struct record *r = &f->records[i];

	r->marked_s = GOLDEN_NOW_S - age_s;
	r->seen_s = GOLDEN_NOW_S;
	r->earned_s = age_s;
	r->confirmations = 12;
}

static void
saw(struct fleet *f, size_t k, const char *ip, enum probe_result ping)
{
	((struct addr *)f->s.addrs)[k] = address(ip);
	((struct sighting *)f->s.seen)[k].ping =
	    (struct sighting_part){ping, 3, ping == PROBE_ANSWERED ? 412 : -1, 0, 0};
	if (ping == PROBE_SILENT)
		((struct sighting *)f->s.seen)[k].ssh =
		    (struct sighting_part){PROBE_SILENT, 2, -1, 0, 22};
}

static void
policy(struct fleet *f)
{
	static struct prefix net;

	f->p = policy_default();
	net_prefix_parse("10.1.0.0/16", &net);
	f->p->probe.networks = &net;
	f->p->probe.n_networks = 1;
	f->p->scope.owners_in.all = f->p->scope.owners_in.given = true;
	f->p->cloud.name = "golden";
	f->p->limits.storm_share = 10000;
	f->p->limits.storm_host = 10;
}

void
fleet_build(struct fleet *f, bool complete)
{
	static struct host host;
	static struct host_record host_record;

	memset(f, 0, sizeof(*f));
	f->a = arena_new(0);
	policy(f);
	f->l.era = era_by_version("7.2.0");
	strcpy(f->l.version, "7.2.0");
	f->l.n = 10;
	f->l.vms = arena_calloc(f->a, f->l.n, sizeof(struct vm));
	f->records = arena_calloc(f->a, f->l.n, sizeof(struct record));
	f->l.attributes = true;
	f->l.complete = complete;
	f->l.api_ns = 123000000;
	if (!complete) {
		fault_set(&f->l.why, FAULT_REPLY,
		    "http://one.example:2633/RPC2: one.vmpool.infoextended: "
		    "the document ends in the middle");
		fault_remedy(&f->l.why, "vmreaper doctor");
	}
	host.id = 3;
	host.name = "node3";
	host.state = 2;
	host.monitored_s = GOLDEN_NOW_S - 30;
	host_record.id = 3;
	host_record.good_since_s = GOLDEN_NOW_S - 86400;
	f->l.hosts = &host;
	f->l.n_hosts = 1;
	machine(f, 0, 1, "web", 3, 3, "10.1.0.1"); /* running, answers */
	machine(f, 1, 2, "db", 3, 3, "10.1.0.2"); /* running, answered before, silent */
	machine(f, 2, 3, "crashed", 3, 16, "10.1.0.3"); /* unknown, to be killed */
	machine(f, 3, 4, "still-here", 3, 16, "10.1.0.4"); /* unknown, answers */
	machine(f, 4, 5, "boot", 3, 2, "10.1.0.5"); /* overdue */
	machine(f, 5, 6, "halted", 8, 0, "10.1.0.6"); /* off for long */
	machine(f, 6, 7, "|\n\x1b[31m<script>alert('x')</script>\xff\xe2\x80\xae,=;", 3, 16,
	    "10.1.0.7");
	machine(f, 7, 8, "strange", 12, 72, NULL); /* no such state */
	machine(f, 8, 9, "no-image", 3, 39, NULL); /* prolog failure, no address */
	machine(f, 9, 10, "r\xc3\xa4tsel \xe6\x97\xa5\xe6\x9c\xac", 3, 3, "10.1.0.10");
	f->records[0].answered_s = f->records[9].answered_s = GOLDEN_NOW_S - 86400;
	f->records[1].answered_s = GOLDEN_NOW_S - 86400;
	f->records[5].since_s = GOLDEN_NOW_S - 35 * 86400;
	f->l.vms[6].uname = "mallory\r\n";
	f->l.vms[6].odd = VM_ODD_TEXT;
	f->l.vms[7].odd = VM_ODD_STATE;
	mark(f, 2, 30 * 3600);
	mark(f, 6, 6 * 3600);
	f->s.addrs = arena_calloc(f->a, 7, sizeof(struct addr));
	f->s.seen = arena_calloc(f->a, 7, sizeof(struct sighting));
	f->s.n = 6;
	saw(f, 0, "10.1.0.1", PROBE_ANSWERED);
	saw(f, 1, "10.1.0.2", PROBE_SILENT);
	saw(f, 2, "10.1.0.3", PROBE_SILENT);
	saw(f, 3, "10.1.0.4", PROBE_ANSWERED);
	saw(f, 4, "10.1.0.7", PROBE_SILENT);
	saw(f, 5, "10.1.0.10", PROBE_ANSWERED);
	f->in.policy = f->p;
	f->in.listing = &f->l;
	f->in.sightings = &f->s;
	f->in.records = f->records;
	f->in.run.now_s = GOLDEN_NOW_S;
	f->in.run.ledger_ok = f->in.run.in_hours = true;
	f->in.run.steady_s = GOLDEN_NOW_S - 86400;
	f->in.hosts = &host_record;
	f->in.run.last.sweep = 11;
	f->in.run.last.machines = 10;
	f->in.run.last.complete = true;
	f->js = arena_calloc(f->a, f->l.n, sizeof(*f->js));
	BUG_ON(verdict_fleet(f->a, &f->in, f->js, &f->run) != 0);
	f->kills[0] = (struct kill){.row = 5,
	    .sweep = 10,
	    .id = 90,
	    .name = "old",
	    .owner = "bob",
	    .verb = "terminate-hard",
	    .reason = "unknown for 2 d",
	    .outcome = OUTCOME_STUCK,
	    .detail = "now SHUTDOWN"};
	f->kills[1] = (struct kill){.row = 6,
	    .sweep = 12,
	    .id = 3,
	    .name = "crashed",
	    .owner = "alice",
	    .verb = "terminate-hard",
	    .reason = "unknown for 1 d 6 h",
	    .outcome = OUTCOME_WOULD_KILL,
	    .detail = ""};
	f->inputs = (struct report_inputs){.policy = f->p,
	    .listing = &f->l,
	    .sightings = &f->s,
	    .records = f->records,
	    .judgements = f->js,
	    .run = &f->run,
	    .verdict = &f->in,
	    .kills = f->kills,
	    .n_kills = 2,
	    .now_s = GOLDEN_NOW_S,
	    .run_ns = 2345000000,
	    .sweep = 12,
	    .program = "sweep",
	    .cloud = "golden"};
	BUG_ON(report_build(f->a, &f->inputs, &f->r) != 0);
}

void
fleet_free(struct fleet *f)
{
	f->p->probe.networks = NULL;
	f->p->probe.n_networks = 0;
	policy_free(f->p);
	arena_free(f->a);
}
