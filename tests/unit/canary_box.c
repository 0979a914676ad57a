/* SPDX-License-Identifier: ISC */
/*
 * canary_box: see canary_box.h.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "canary_box.h"
#include "tmpdir.h"

struct shared *box_shared;
void (*box_at)(struct box *b);
int64_t box_at_round;
static struct box *current;
static int64_t die_at;

/* --- the clock, in the place of base/clock.c --------------------------------------------- */

void
clock_read(struct clock_now *now)
{
	memset(now, 0, sizeof(*now));
	now->wall_s = clock_wall_s();
	now->boot_s = box_shared->ms / 1000 + 1000;
}

int64_t
clock_wall_s(void)
{
	return SIM_EPOCH + box_shared->ms / 1000 + box_shared->jump_s;
}

int64_t
clock_wall_ns(void)
{
	return clock_wall_s() * 1000000000;
}

int64_t
clock_mono_ns(void)
{
	return box_shared->ms * 1000000;
}

int64_t
clock_cpu_ns(void)
{
	return 0;
}

/* Never the same twice, nor in two processes. */
void
clock_random(void *buf, uint32_t n)
{
	FILE *fp = fopen("/dev/urandom", "re");

	assert_non_null(fp);
	assert_int_equal(fread(buf, 1, n, fp), n);
	fclose(fp);
}

static int64_t
sim_clock(void *arg)
{
	(void)arg;
	return SIM_EPOCH + box_shared->ms / 1000;
}

static void
box_sleep(int64_t ms)
{
	box_shared->ms += ms;
	box_shared->rounds++;
	if (die_at > 0 && box_shared->rounds == die_at)
		raise(SIGKILL);
	if (box_at != NULL && box_shared->rounds == box_at_round)
		box_at(current);
}

/* --- the prober, in the place of probe/probe.c ------------------------------------------- */

int
probe_run(const struct policy *p, struct arena *a, const struct probe_target *targets, size_t n,
    struct sighting *out, struct probe_facts *facts, probe_try_fn *on_try, void *ctx,
    const volatile bool *stop, int64_t deadline_ms, void (*progress)(size_t done, size_t n),
    struct fault *f)
{
	bool yet = box_shared->ms >= box_shared->answers_after_ms;

	(void)a;
	(void)on_try;
	(void)ctx;
	(void)stop;
	(void)deadline_ms;
	(void)progress;
	(void)f;
	assert_int_equal(n, 1);
	assert_true(p->probe.ping);
	assert_int_equal(p->probe.ssh, POLICY_SSH_ALWAYS);
	assert_true(targets[0].ping != targets[0].ssh);
	memset(facts, 0, sizeof(*facts));
	memset(out, 0, sizeof(*out));
	facts->can_ping4 = facts->can_ping6 = true;
	if (targets[0].ping)
		out->ping.result = yet ? box_shared->ping : PROBE_SILENT;
	else
		out->ssh.result = yet ? box_shared->ssh : PROBE_SILENT;
	return 0;
}

/* --- the box ------------------------------------------------------------------------------- */

static const char policy_text[] =
    "[cloud]\nname = test\nendpoint = %s\nauth_file = %s/owner\ntimeout = 5s\n"
    "[probe]\nnetworks = 10.0.0.0/8\n"
    "[canary]\nauth_file = %s/owner\n%s"
    "[ledger]\npath = %s/test.db\nstatus_file = %s/status.json\n";

void
box_write(struct box *b, const char *name, const char *text, int mode)
{
	char path[160];
	FILE *fp;

	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	remove(path);
	fp = fopen(path, "w");
	assert_non_null(fp);
	fputs(text, fp);
	fclose(fp);
	chmod(path, (mode_t)mode);
}

void
box_new(struct box *b, enum sim_era era, const char *lines)
{
	static const char text[] = "CPU=1\nMEMORY=128\nNIC=[NETWORK=public]";
	struct sim_user owner = {
	    .id = 8, .name = "owner", .password = "pw", .gid = 1, .gname = "users"};
	struct sim_template t = {.id = 3,
	    .name = "canary",
	    .text = text,
	    .uid = 0,
	    .uname = "oneadmin",
	    .gname = "oneadmin",
	    .everybody = true};
	struct sim_host host = {.id = 1, .name = "node1", .state = 2, .mon_age_s = 20};
	struct sim_launch launch = {
	    .pending_s = 3, .prolog_s = 4, .boot_s = 5, .kill = SIM_KILL_LATE, .kill_s = 4};
	struct policy_errors errors;
	char url[64], policy[2048];

	memset(b, 0, sizeof(*b));
	log_open("test", LOG_TO_NONE, 0);
	if (box_shared == NULL)
		box_shared = mmap(NULL, sizeof(*box_shared), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(box_shared != MAP_FAILED);
	memset(box_shared, 0, sizeof(*box_shared));
	box_shared->ping = box_shared->ssh = PROBE_ANSWERED;
	box_at = NULL;
	current = b;
	b->sim = sim_new(era);
	sim_set_clock(b->sim, sim_clock, NULL);
	sim_add_user(b->sim, &owner);
	sim_add_host(b->sim, &host);
	sim_add_network(b->sim, "public", 0, "10.0.0.1", 50);
	sim_add_network(b->sim, "wild", 1, "192.0.2.1", 50);
	sim_add_template(b->sim, &t);
	sim_set_launch(b->sim, &launch);
	sim_set_next_id(b->sim, 40);
	assert_int_equal(sim_start(b->sim, NULL, 0, NULL, NULL), 0);
	snprintf(b->dir, sizeof(b->dir), "%s/vmreaper-box.XXXXXX", tmp_dir());
	assert_non_null(mkdtemp(b->dir));
	box_write(b, "owner", "owner:pw\n", 0600);
	box_write(b, "text", text, 0644);
	snprintf(policy, sizeof(policy), policy_text, sim_url(b->sim, url, sizeof(url)), b->dir,
	    b->dir, lines != NULL ? lines : "template = canary\n", b->dir, b->dir);
	if (policy_parse("test.ini", policy, strlen(policy), b->dir, &b->p, &errors, &b->f) !=
	    0)
		fail_msg("%s", errors.text.p);
	text_free(&errors.text);
	if (era == SIM_321)
		b->p->cloud.version = "3.2.1";
}

void
box_free(struct box *b)
{
	char command[160];

	policy_free(b->p);
	sim_free(b->sim);
	snprintf(command, sizeof(command), "rm -rf %s", b->dir);
	assert_int_equal(system(command), 0);
}

static int
start(struct box *b)
{
	char ssh[160];
	struct canary_env env = {box_sleep, &box_shared->stop, ssh};

	snprintf(ssh, sizeof(ssh), "%s/ssh", b->dir);
	box_shared->rounds = 0;
	return canary_run(&env, b->p, &b->r, &b->f);
}

void
box_run(struct box *b)
{
	b->rc = start(b);
}

void
box_run_killed(struct box *b, int64_t n)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		die_at = n;
		start(b);
		/* one way or the other; valgrind would call a leak what the sim's thread had in hand at the fork */
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

void
box_later(int64_t seconds)
{
	box_shared->ms += seconds * 1000;
}

enum state
box_state(const struct box *b)
{
	return outcome_state(&b->r.report, clock_wall_s());
}

char *
box_line(const struct box *b)
{
	struct text t;

	text_init(&t, 4096);
	outcome_render(&b->r.report, "VM LIFECYCLE", clock_wall_s(), &t);
	return t.p;
}

struct journal_entry
box_journal(struct box *b)
{
	struct journal j = {.path = b->p->canary.journal};
	struct journal_entry e;

	if (journal_read(&j, &e, &b->f) != 0)
		fail_msg("%s", b->f.msg);
	return e;
}

size_t
box_canaries(struct box *b)
{
	size_t n = 0;
	int state, lcm;

	for (int id = 0; id < 200; id++)
		n += sim_get_state(b->sim, id, &state, &lcm) == 0 && state != 6;
	return n;
}

bool
box_is_done(struct box *b, int id)
{
	int state, lcm;

	assert_int_equal(sim_get_state(b->sim, id, &state, &lcm), 0);
	return state == 6;
}
