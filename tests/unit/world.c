/* SPDX-License-Identifier: ISC */
/*
 * world: see world.h.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "report/report.h"
#include "tmpdir.h"
#include "world.h"

/* --- the clock, in the place of base/clock.c ------------------------------------------ */

int64_t test_now_s, test_jump_s;
const char *test_boot_id;

void
clock_read(struct clock_now *now)
{
	memset(now, 0, sizeof(*now));
	now->wall_s = test_now_s + test_jump_s;
	now->boot_s = test_now_s - SIM_EPOCH + 1000;
	snprintf(now->boot_id, sizeof(now->boot_id), "%s", test_boot_id);
}

int64_t
clock_wall_s(void)
{
	return test_now_s + test_jump_s;
}

int64_t
clock_wall_ns(void)
{
	return clock_wall_s() * 1000000000;
}

int64_t
clock_mono_ns(void)
{
	return test_now_s * 1000000000;
}

int64_t
clock_cpu_ns(void)
{
	return 0;
}

void
clock_random(void *buf, uint32_t n)
{
	memset(buf, 7, n);
}

/* --- the prober, in the place of probe/probe.c ----------------------------------------- */

static struct {
	struct prefix prefix;
	enum probe_result result;
} table[32];
static size_t n_table;

void
see(const char *prefix, enum probe_result result)
{
	assert_true(n_table < sizeof(table) / sizeof(table[0]));
	assert_int_equal(net_prefix_parse(prefix, &table[n_table].prefix), 0);
	table[n_table++].result = result;
}

int
probe_run(const struct policy *p, struct arena *a, const struct probe_target *targets, size_t n,
    struct sighting *out, struct probe_facts *facts, probe_try_fn *on_try, void *ctx,
    const volatile bool *stop, int64_t deadline_ms, void (*progress)(size_t done, size_t n),
    struct fault *f)
{
	size_t i, k;

	(void)a;
	(void)on_try;
	(void)ctx;
	(void)stop;
	(void)deadline_ms;
	(void)progress;
	(void)f;
	memset(facts, 0, sizeof(*facts));
	facts->can_ping4 = facts->can_ping6 = true;
	for (i = 0; i < n; i++) {
		enum probe_result result = PROBE_NOT_SENT;
		bool allowed = false;

		for (k = 0; k < n_table; k++)
			if (net_prefix_has(&table[k].prefix, &targets[i].a))
				result = table[k].result;
		/* as the real one: outside of [probe] networks nothing is sent */
		for (k = 0; k < p->probe.n_networks; k++)
			allowed |= net_prefix_has(&p->probe.networks[k], &targets[i].a);
		if (!allowed)
			result = PROBE_NOT_SENT;
		memset(&out[i], 0, sizeof(out[i]));
		out[i].ping = (struct sighting_part){.result = result, .tries = 3};
		if (result != PROBE_ANSWERED)
			out[i].ssh =
			    (struct sighting_part){.result = result, .tries = 2, .port = 22};
	}
	return 0;
}

/* --- the world ------------------------------------------------------------------------- */

static const char policy_text[] =
    "[cloud]\nname = test\nendpoint = %s\nauth_file = %s/monitor\ntimeout = 5s\n%s"
    "[probe]\nnetworks = 10.0.0.0/8, fd00::/16\n%s"
    "[scope]\nowners_in = all\n"
    "[unknown]\ngrace = 30m\nconfirmations = 3\n%s"
    "[failed]\ngrace = 30m\nconfirmations = 3\nsilence = no\n%s"
    "[limits]\nper_run = 5\nper_hour = 10\nstorm_count = 10\nstorm_share = 100%%\n%s"
    "[reap]\narmed = yes\nauth_file = %s/reaper\nwait = 2s\n"
    "[ledger]\npath = %s/test.db\nstatus_file = %s/status.json\ninterval = 15m\n[end]\n";

static const char *
or_none(const char *s)
{
	return s != NULL ? s : "";
}

static void
credential(const char *dir, const char *name, const char *text)
{
	char path[160];
	FILE *fp;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fp = fopen(path, "w");
	assert_non_null(fp);
	fputs(text, fp);
	fclose(fp);
	chmod(path, 0600);
}

void
add_host(struct world *w, int id)
{
	struct sim_host host = {.id = id, .state = 2, .mon_age_s = 20};
	char name[16];

	snprintf(name, sizeof(name), "node%d", id);
	host.name = name;
	sim_add_host(w->sim, &host);
}

void
add_failed(struct world *w, int id, enum sim_kill kill, int64_t kill_s)
{
	struct sim_vm vm = a_machine(id, 1, NULL);

	vm.kill = kill;
	vm.kill_s = kill_s;
	vm.state = 3;
	vm.lcm = 39; /* PROLOG_FAILURE */
	sim_add_vm(w->sim, &vm);
}

void
add_running(struct world *w, int from, int to)
{
	for (; from <= to; from++) {
		struct sim_vm vm = sim_vm_default(from);

		vm.host = 1;
		sim_add_vm(w->sim, &vm);
	}
}

struct sim_vm
a_machine(int id, int host, const struct sim_nic *nic)
{
	static const struct sim_disk disk = {.kind = SIM_DISK_IMAGE};
	struct sim_vm vm = sim_vm_default(id);

	vm.uid = 7;
	vm.uname = "alice";
	vm.host = host;
	vm.stime_s = SIM_EPOCH - 864000;
	vm.disks = &disk;
	vm.n_disks = 1;
	vm.nics = nic;
	vm.n_nics = nic != NULL;
	return vm;
}

static void
add(struct world *w, int id, int host, int network, const char *ip, int lcm)
{
	struct sim_nic nic = {.network = "net", .network_id = network, .ip = ip};
	struct sim_vm vm = a_machine(id, host, ip != NULL ? &nic : NULL);

	vm.state = 3;
	vm.lcm = lcm;
	sim_add_vm(w->sim, &vm);
}

void
add_unknown(struct world *w, int id, int host, int network, const char *ip)
{
	add(w, id, host, network, ip, 16);
}

void
add_alive(struct world *w, int id, int host, int network, const char *ip)
{
	add(w, id, host, network, ip, 3);
}

void
world_of(struct world *w, const struct world_options *o)
{
	static const struct sim_attr marker = {"VMREAPER_CLOUD", "test"};
	struct sim_user monitor = {.id = 5,
	    .name = "monitor",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = true,
	    .sees_hosts = true};
	struct sim_user reaper = {.id = 6,
	    .name = "reaper",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = true,
	    .sees_hosts = true,
	    .may_manage = true,
	    .attrs = &marker,
	    .n_attrs = 1};
	struct policy_errors errors;
	char url[64], text[2048];

	memset(w, 0, sizeof(*w));
	test_now_s = SIM_EPOCH;
	test_jump_s = 0;
	test_boot_id = "11111111-2222-3333-4444-555555555555";
	at_kill = NULL;
	at_kill_after = 0;
	n_table = 0;
	w->sim = sim_new(o->era);
	sim_add_user(w->sim, &monitor);
	sim_add_user(w->sim, &reaper);
	add_host(w, 1);
	add_running(w, 100, 120);
	assert_int_equal(sim_start(w->sim, NULL, 0, NULL, NULL), 0);
	snprintf(w->dir, sizeof(w->dir), "%s/vmreaper-world.XXXXXX", tmp_dir());
	assert_non_null(mkdtemp(w->dir));
	credential(w->dir, "monitor", "monitor:pw\n");
	credential(w->dir, "reaper", "reaper:pw\n");
	snprintf(text, sizeof(text), policy_text, sim_url(w->sim, url, sizeof(url)), w->dir,
	    or_none(o->cloud), or_none(o->probe), or_none(o->unknown), or_none(o->failed),
	    or_none(o->limits), w->dir, w->dir, w->dir);
	if (policy_parse("test.ini", text, strlen(text), w->dir, &w->p, &errors, &w->f) != 0)
		fail_msg("%s", errors.text.p);
	text_free(&errors.text);
}

void
world_new(struct world *w)
{
	world_of(w, &(struct world_options){.era = SIM_720});
}

void
world_free(struct world *w)
{
	char command[160];

	sweep_free(&w->s);
	policy_free(w->p);
	sim_free(w->sim);
	snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	assert_int_equal(system(command), 0);
}

/* --- what happens ------------------------------------------------------------------------ */

void (*at_kill)(struct sim *);
int at_kill_after;
static struct sim *at_kill_sim;

int64_t
journal_now(void)
{
	void (*change)(struct sim *) = at_kill;

	if (change != NULL && at_kill_after > 0) {
		at_kill_after--;
		return clock_wall_s();
	}
	at_kill = NULL;
	if (change != NULL)
		change(at_kill_sim);
	return clock_wall_s();
}

/* Time passes in the cloud too. */
void
sleep_ms(int64_t ms)
{
	test_now_s += ms / 1000;
	sim_advance(at_kill_sim, ms / 1000);
}

void
sweep(struct world *w, bool reap)
{
	struct sweep_options o = {.mode = SWEEP_MARK,
	    .program = "sweep",
	    .reap = reap,
	    .probe = true,
	    .saved_fd = -1,
	    .now_s = journal_now,
	    .sleep_ms = sleep_ms};

	sweep_free(&w->s);
	at_kill_sim = w->sim;
	w->rc = sweep_run(w->p, &o, &w->s, &w->f);
	if (w->rc != 0)
		print_message("sweep: %s\n", w->f.msg);
}

void
later(struct world *w, int64_t seconds)
{
	test_now_s += seconds;
	sim_advance(w->sim, seconds);
}

void
jump(struct world *w, int64_t seconds)
{
	test_jump_s += seconds;
	sim_advance(w->sim, seconds);
}

void
acknowledge(struct world *w)
{
	struct ledger *l = NULL;
	int64_t n = 0;

	sweep_free(&w->s);
	assert_int_equal(ledger_open(w->p->ledger.path, "test", LEDGER_WRITE, &l, NULL), 0);
	assert_int_equal(ledger_acknowledge(l, -1, "test", clock_wall_s(), &n, NULL), 0);
	assert_true(n > 0);
	ledger_close(l);
}

void
ripen(struct world *w)
{
	int i;

	for (i = 0; i < 3; i++) {
		sweep(w, false);
		assert_int_equal(w->rc, 0);
		later(w, 900);
	}
}

/* --- what came of it ---------------------------------------------------------------------- */

size_t
sent(struct world *w)
{
	return sim_log_count(w->sim, "one.vm.action");
}

enum outcome
outcome_of(struct world *w, int64_t id)
{
	size_t i;

	for (i = 0; i < w->s.n_kills; i++)
		if (w->s.kills[i].id == id)
			return w->s.kills[i].outcome;
	for (i = 0; i < w->s.state.n_open; i++)
		if (w->s.state.open[i].id == id)
			return w->s.state.open[i].outcome;
	return OUTCOME_COUNT;
}

static size_t
index_of(struct world *w, int64_t id)
{
	size_t i;

	for (i = 0; i < w->s.listing.n; i++)
		if (w->s.listing.vms[i].id == id)
			return i;
	fail_msg("machine %lld is not in the listing", (long long)id);
	return 0;
}

const struct record *
record_of(struct world *w, int64_t id)
{
	return &w->s.records[index_of(w, id)];
}

enum veto
veto_of(struct world *w, int64_t id)
{
	return w->s.judgements[index_of(w, id)].veto;
}

bool
has_veto(struct world *w, int64_t id, enum veto v)
{
	return (w->s.judgements[index_of(w, id)].vetoes >> v & 1) != 0;
}

bool
gate_closed(struct world *w, enum gate g)
{
	return (w->s.run.gates >> g & 1) != 0;
}

struct record
remembered(struct world *w)
{
	struct ledger_state s;
	struct fault f;

	if (ledger_load(w->s.ledger, w->s.arena, test_now_s, &s, &f) != 0)
		fail_msg("ledger: %s", f.msg);
	assert_true(s.n_records > 0);
	return s.records[0];
}

enum state
plugin_state(struct world *w)
{
	struct thresholds t;

	thresholds_from(&t, w->p);
	return report_state(&w->s.report.status, &t);
}

void
plugin_text(struct world *w, struct text *t)
{
	struct thresholds limits;

	thresholds_from(&limits, w->p);
	text_init(t, 64 * 1024);
	report_nagios(&w->s.report.status, &limits, plugin_state(w), "VMS", 1, INT32_MAX, t);
}

const struct finding *
finding_of(struct world *w, const char *code, int64_t id)
{
	const struct status *st = &w->s.report.status;
	size_t i;

	for (i = 0; i < st->n_findings; i++)
		if (st->findings[i].id == id && strcmp(st->findings[i].code, code) == 0)
			return &st->findings[i];
	return NULL;
}
