/* SPDX-License-Identifier: ISC */
/*
 * The canary in a simulated cloud: each step that fails or hangs, each way to be interrupted, and whose machines
 * are never touched.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "canary_box.h"

#define line_has(b, part) line_has_(b, part, __LINE__)
static void
line_has_(struct box *b, const char *part, int at)
{
	char *line = box_line(b);

	if (strstr(line, part) == NULL)
		fail_msg("line %d: no \"%s\" in: %s", at, part, line);
	free(line);
}

/* The usual end: its machine is gone, and the journal says so. */
static void
assert_clean(struct box *b)
{
	assert_false(box_journal(b).open);
	assert_int_equal(box_canaries(b), 0);
}

/* --- all is well ----------------------------------------------------------------------------- */

static void
a_canary_is_deployed_reached_and_killed(void **state)
{
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	box_run(&b);
	assert_int_equal(b.rc, 0);
	line_has(&b, "VM LIFECYCLE OK - deployed, reached and killed in 1");
	line_has(&b, " | pending=3s;60;120;0 prolog=4s;120;300;0 boot=5s;60;120;0 ping=");
	assert_int_equal(box_state(&b), STATE_OK);
	assert_int_equal(sim_log_count(b.sim, "launch accepted"), 1);
	assert_int_equal(sim_log_count(b.sim, "kill accepted vm=40 verb=terminate-hard"), 1);
	assert_int_equal(sim_log_count(b.sim, "name=vmreaper-canary-"), 1);
	assert_clean(&b);
	/* the next one has another name */
	box_run(&b);
	assert_int_equal(box_state(&b), STATE_OK);
	assert_int_equal(b.r.report.id, 41);
	assert_clean(&b);
	box_free(&b);
}

static void
a_cloud_without_templates_gets_the_text(void **state)
{
	struct box b;
	char path[128];

	(void)state;
	box_new(&b, SIM_321, NULL);
	snprintf(path, sizeof(path), "%s/text", b.dir);
	b.p->canary.template_name = NULL;
	b.p->canary.template_file = path;
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - deployed, reached and killed");
	assert_int_equal(sim_log_count(b.sim, "one.vm.allocate"), 1);
	assert_int_equal(sim_log_count(b.sim, "name=vmreaper-canary-"), 1);
	assert_int_equal(sim_log_count(b.sim, "kill accepted vm=40 verb=finalize"), 1);
	assert_clean(&b);
	box_free(&b);
}

static void
it_is_shut_down_where_the_policy_says_so(void **state)
{
	struct box b;

	(void)state;
	for (int era = 0; era < 2; era++) {
		box_new(&b, era == 0 ? SIM_720 : SIM_321, "template = 3\nend = shutdown\n");
		box_run(&b);
		line_has(&b, "VM LIFECYCLE OK - deployed, reached and shut down in");
		assert_int_equal(
		    sim_log_count(b.sim, era == 0 ? "kill accepted vm=40 verb=terminate user"
						  : "kill accepted vm=40 verb=shutdown user"),
		    1);
		assert_int_equal(sim_log_count(b.sim, "kill accepted"), 1);
		assert_clean(&b);
		box_free(&b);
	}
}

/* --- each step fails or hangs ------------------------------------------------------------------ */

static void
a_machine_that_stays_in_a_state_is_given_up_and_killed(void **state)
{
	static const struct {
		enum sim_phase last;
		const char *line;
	} t[] = {
	    {SIM_PENDING,
		"CRITICAL - pending timed-out: not done within 5 min: it is PENDING; "},
	    {SIM_PROLOG, "CRITICAL - prolog timed-out: not done within 15 min: it is PROLOG; "},
	    {SIM_BOOT, "CRITICAL - boot timed-out: not done within 5 min: it is BOOT; "},
	};
	struct box b;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct sim_launch launch = {.pending_s = 1,
		    .prolog_s = 1,
		    .boot_s = 1,
		    .ends = true,
		    .last = t[i].last};

		box_new(&b, SIM_321, NULL);
		sim_set_launch(b.sim, &launch);
		box_run(&b);
		line_has(&b, t[i].line);
		line_has(&b, "machine 40 is gone |");
		assert_clean(&b);
		box_free(&b);
	}
}

/* 7.2.0 refuses to kill what is in PROLOG or BOOT: it is still there, is said to be, and is killed as soon as it may. */
static void
a_machine_that_may_not_be_killed_yet_is_killed_by_a_later_run(void **state)
{
	struct sim_launch launch = {.ends = true, .last = SIM_BOOT},
			  well = {.kill = SIM_KILL_NOW};
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	sim_set_launch(b.sim, &launch);
	box_run(&b);
	assert_int_equal(box_state(&b), STATE_CRITICAL);
	line_has(&b, "boot timed-out: ");
	line_has(&b, "machine 40 is STILL THERE: the next run kills it first");
	assert_true(box_journal(&b).open);
	assert_int_equal(box_journal(&b).id, 40);
	/* it hangs on: no second one */
	box_run(&b);
	line_has(&b, "CRITICAL - deploy timed-out: the machine of an earlier run (");
	line_has(&b, "terminate-hard refused: ");
	line_has(&b, "machine 40 is STILL THERE");
	assert_int_equal(sim_log_count(b.sim, "launch accepted"), 1);
	/* it runs at last */
	sim_set_launch(b.sim, &well);
	sim_set_state(b.sim, 40, 3, 3);
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - ");
	line_has(&b, "the machine of an earlier run was killed first");
	assert_true(box_is_done(&b, 40));
	assert_clean(&b);
	box_free(&b);
}

static void
a_machine_that_fails_is_killed(void **state)
{
	static const struct {
		enum sim_phase last;
		const char *step;
	} t[] = {{SIM_PROLOG, "prolog failed: the machine has failed: it is "},
	    {SIM_BOOT, "boot failed: the machine has failed: it is "}};
	struct box b;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct sim_launch launch = {.pending_s = 2,
		    .prolog_s = 2,
		    .boot_s = 2,
		    .ends = true,
		    .fails = true,
		    .last = t[i % 2].last};

		box_new(&b, i < 2 ? SIM_720 : SIM_321, NULL);
		sim_set_launch(b.sim, &launch);
		box_run(&b);
		assert_int_equal(box_state(&b), STATE_CRITICAL);
		line_has(&b, t[i % 2].step);
		line_has(&b, "machine 40 is gone");
		assert_clean(&b);
		box_free(&b);
	}
}

static void
a_guest_that_does_not_answer_is_given_up_and_killed(void **state)
{
	static const struct {
		enum probe_result ping, ssh;
		const char *line;
	} t[] = {
	    {PROBE_SILENT, PROBE_ANSWERED,
		"ping timed-out: not done within 5 min: ping of 10.0.0.1: silent;"},
	    {PROBE_NOT_SENT, PROBE_ANSWERED,
		"ping timed-out: not done within 5 min: ping of 10.0.0.1: not-sent;"},
	    {PROBE_ANSWERED, PROBE_SILENT,
		"ssh timed-out: not done within 5 min: ssh of 10.0.0.1: silent;"},
	    {PROBE_ANSWERED, PROBE_REFUSED,
		"ssh timed-out: not done within 5 min: ssh of 10.0.0.1: refused;"},
	};
	struct box b;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		box_new(&b, SIM_720, NULL);
		box_shared->ping = t[i].ping;
		box_shared->ssh = t[i].ssh;
		box_run(&b);
		assert_int_equal(box_state(&b), STATE_CRITICAL);
		line_has(&b, t[i].line);
		line_has(&b, "machine 40 is gone");
		assert_clean(&b);
		box_free(&b);
	}
}

static void
a_slow_guest_is_waited_for(void **state)
{
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	box_shared->answers_after_ms = 80000;
	box_run(&b);
	line_has(&b, "VM LIFECYCLE WARNING - ping took 6");
	assert_int_equal(box_state(&b), STATE_WARNING);
	assert_clean(&b);
	box_free(&b);
}

static void
steps_that_are_left_out_are_not_asked(void **state)
{
	struct box b;
	char *line;

	(void)state;
	box_new(&b, SIM_720, "template = canary\nping = none\nssh = none\n");
	box_shared->ping = box_shared->ssh = PROBE_SILENT;
	box_run(&b);
	assert_int_equal(box_state(&b), STATE_OK);
	line = box_line(&b);
	assert_null(strstr(line, "ping="));
	assert_null(strstr(line, "ssh="));
	free(line);
	assert_clean(&b);
	box_free(&b);
}

static void
an_address_that_may_not_be_probed_is_our_fault(void **state)
{
	struct box b;

	(void)state;
	box_new(&b, SIM_720, "template = canary\nnetwork = elsewhere\n");
	box_run(&b);
	line_has(&b, "CRITICAL - ping timed-out: not done within 5 min: it has no address in "
		     "elsewhere;");
	assert_clean(&b);
	box_free(&b);
	box_new(&b, SIM_720, NULL);
	sim_add_network(b.sim, "public", 0, "192.0.2.7", 5);
	box_run(&b);
	line_has(
	    &b, "UNKNOWN - ping unable: its address 192.0.2.7 is outside of [probe] networks");
	assert_clean(&b);
	box_free(&b);
}

static void
becomes_off(struct box *b)
{
	sim_set_state(b->sim, 40, 8, 0);
}

static void
goes_away(struct box *b)
{
	sim_remove_vm(b->sim, 40);
}

static void
a_machine_that_stops_running_has_failed(void **state)
{
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	box_shared->ping = PROBE_SILENT;
	box_at = becomes_off;
	box_at_round = 20;
	box_run(&b);
	line_has(&b, "CRITICAL - ping failed: the machine is off or on hold: it is POWEROFF; "
		     "machine 40 is gone");
	assert_clean(&b);
	box_free(&b);

	box_new(&b, SIM_720, NULL);
	box_at = goes_away;
	box_at_round = 5;
	box_run(&b);
	line_has(&b, "CRITICAL - prolog failed: the machine is Done: ");
	assert_false(box_journal(&b).open);
	box_free(&b);
}

static void
a_kill_that_never_ends_is_an_alarm(void **state)
{
	struct sim_launch launch = {.kill = SIM_KILL_NEVER};
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	sim_set_launch(b.sim, &launch);
	box_run(&b);
	line_has(&b, "CRITICAL - done timed-out: it was not Done within 10 min");
	line_has(&b, "machine 40 is STILL THERE");
	/* not a kill a second */
	assert_in_range(sim_log_count(b.sim, "kill accepted vm=40"), 2, 21);
	assert_int_equal(box_journal(&b).id, 40);
	box_free(&b);
}

/* --- login ------------------------------------------------------------------------------------- */

static void
login(struct box *b, const char *script)
{
	static char key[128];

	box_new(
	    b, SIM_720, "template = canary\nssh_user = cirros\nlogin_command = uptime; id\n");
	snprintf(key, sizeof(key), "%s/key", b->dir);
	b->p->canary.ssh_key = key;
	box_write(b, "ssh", script, 0755);
}

static void
it_logs_in_with_the_key_and_no_shell_of_ours(void **state)
{
	struct box b;
	struct stat st;
	char path[128], *text = calloc(1, 4096);
	FILE *fp;

	(void)state;
	login(&b, "#!/bin/sh\nfor a; do printf '%s\\n' \"$a\"; done >\"${0%/*}/argv\"\n");
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - ");
	line_has(&b, " login=0s;10;30;0 ");
	snprintf(path, sizeof(path), "%s/argv", b.dir);
	fp = fopen(path, "r");
	assert_non_null(fp);
	assert_true(fread(text, 1, 4095, fp) > 0);
	fclose(fp);
	/* one argument, as it stands in the policy */
	assert_non_null(strstr(text, "\n--\n10.0.0.1\nuptime; id\n"));
	assert_non_null(strstr(text, "-F\nnone\n"));
	assert_non_null(strstr(text, "/key\n"));
	assert_non_null(strstr(text, "-l\ncirros\n"));
	assert_non_null(strstr(text, "BatchMode=yes\n"));
	free(text);
	snprintf(path, sizeof(path), "%s/known_hosts", b.dir);
	assert_int_not_equal(stat(path, &st), 0);
	assert_clean(&b);
	box_free(&b);
}

static void
a_login_that_fails_is_tried_until_its_time_out(void **state)
{
	struct box b;

	(void)state;
	login(&b, "#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n");
	box_run(&b);
	line_has(&b, "CRITICAL - login timed-out: not done within 1 min: ");
	line_has(
	    &b, "/ssh: exit status 255: Permission denied (publickey).; machine 40 is gone");
	assert_clean(&b);
	box_free(&b);
	/* once is enough, when it comes */
	login(
	    &b, "#!/bin/sh\n[ -e \"${0%/*}/tried\" ] || { : >\"${0%/*}/tried\"; exit 255; }\n");
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - ");
	line_has(&b, " login=1s;");
	box_free(&b);
}

/* --- the request ------------------------------------------------------------------------------- */

static void
fault(struct box *b, const char *method, enum sim_fault_kind kind, int skip, int times)
{
	struct sim_fault x = {.method = method, .kind = kind, .skip = skip, .times = times};

	if (kind == SIM_FAULT_STATUS)
		x.arg = 502;
	sim_add_fault(b->sim, &x);
}

static void
a_lost_reply_is_looked_for_by_name(void **state)
{
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	fault(&b, "one.template.instantiate", SIM_FAULT_LOST, 0, 1);
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - deployed, reached and killed");
	assert_int_equal(sim_log_count(b.sim, "launch accepted"), 1);
	assert_clean(&b);
	box_free(&b);
}

/* The reply is lost, and then the cloud cannot be asked: the next run finds the machine, and kills it first. */
static void
a_lost_reply_and_a_lost_cloud_are_settled_by_the_next_run(void **state)
{
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	fault(&b, "one.template.instantiate", SIM_FAULT_LOST, 0, 1);
	fault(&b, "one.vmpool.infoextended", SIM_FAULT_STATUS, 1, 0);
	box_run(&b);
	assert_int_equal(box_state(&b), STATE_CRITICAL);
	line_has(&b, "CRITICAL - deploy failed: ");
	assert_true(box_journal(&b).open);
	assert_int_equal(box_journal(&b).id, -1);
	assert_int_equal(box_canaries(&b), 1);
	sim_clear_faults(b.sim);
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - ");
	line_has(&b, "the machine of an earlier run was killed first");
	assert_true(box_is_done(&b, 40));
	assert_clean(&b);
	box_free(&b);
}

/* Nobody knows if it was received: no other machine is asked for before it is certain that it was not. */
static void
a_request_in_doubt_blocks_until_it_is_certain(void **state)
{
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	fault(&b, "one.template.instantiate", SIM_FAULT_RESET, 0, 1);
	box_run(&b);
	assert_int_equal(box_state(&b), STATE_CRITICAL);
	assert_true(box_journal(&b).open);
	box_run(&b);
	line_has(&b, "UNKNOWN - deploy unable: the machine of an earlier run (asked for 6");
	line_has(&b, "the reply was lost, and it may still come; nothing was deployed");
	assert_int_equal(sim_log_count(b.sim, "launch accepted"), 0);
	/* the clock is set back meanwhile: the wait begins anew */
	box_shared->jump_s = -5000;
	box_run(&b);
	assert_int_equal(box_state(&b), STATE_UNKNOWN);
	box_later(CANARY_DOUBT_S - 1);
	box_run(&b);
	assert_int_equal(box_state(&b), STATE_UNKNOWN);
	assert_int_equal(sim_log_count(b.sim, "launch accepted"), 0);
	box_later(1);
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - ");
	assert_false(b.r.report.cleaned);
	assert_clean(&b);
	box_free(&b);
}

static void
a_refusal_leaves_nothing_open(void **state)
{
	struct sim_user owner = {.id = 8,
	    .name = "owner",
	    .password = "pw",
	    .gid = 1,
	    .gname = "users",
	    .may_not_create = true};
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	sim_add_user(b.sim, &owner);
	box_run(&b);
	line_has(&b, "CRITICAL - deploy failed: ");
	line_has(&b, "nothing was deployed");
	assert_clean(&b);
	box_free(&b);
	box_new(&b, SIM_720, "template = nosuch\n");
	box_run(&b);
	line_has(&b, "UNKNOWN - deploy unable: no template nosuch");
	assert_clean(&b);
	box_free(&b);
}

static void
a_cloud_that_cannot_be_reached_is_critical(void **state)
{
	static const char *const methods[] = {"one.system.version", "one.user.info",
	    "one.templatepool.info", "one.vmpool.infoextended"};
	struct box b;

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		box_new(&b, SIM_720, NULL);
		fault(&b, methods[i], SIM_FAULT_STATUS, 0, 0);
		box_run(&b);
		line_has(&b, "CRITICAL - deploy failed: ");
		assert_int_equal(sim_log_count(b.sim, "launch"), 0);
		assert_clean(&b);
		box_free(&b);
	}
	/* and one that comes back is followed on */
	box_new(&b, SIM_720, NULL);
	fault(&b, "one.vm.info", SIM_FAULT_STATUS, 2, 5);
	fault(&b, "one.vm.action", SIM_FAULT_LOST, 0, 1);
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - ");
	assert_int_equal(sim_log_count(b.sim, "kill accepted"), 1);
	assert_clean(&b);
	box_free(&b);
}

static void
what_we_lack_ourselves_is_unknown(void **state)
{
	struct box b;
	char path[128];

	(void)state;
	box_new(&b, SIM_720, NULL);
	box_write(&b, "owner", "owner:pw\n", 0644);
	box_run(&b);
	line_has(&b, "UNKNOWN - deploy unable: credential file ");
	box_free(&b);

	box_new(&b, SIM_720, NULL);
	snprintf(path, sizeof(path), "%s/mine", b.dir);
	b.p->canary.template_name = NULL;
	b.p->canary.template_file = path;
	box_run(&b);
	line_has(&b, "UNKNOWN - deploy unable: template ");
	static const char *const named[] = {"CPU=1\n  name =\"x\"\nMEMORY=1\n",
	    "CPU=\"1\" NAME=x\nMEMORY=1\n", "NIC=[NETWORK=public] NAME = \"x\"\nMEMORY=1\n",
	    "# a \" is no quote here\nNAME=x\n"};
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		box_write(&b, "mine", named[i], 0644);
		box_run(&b);
		line_has(&b, "sets NAME, or holds a NUL");
	}
	assert_int_equal(sim_log_count(b.sim, "launch"), 0);
	/* what only looks like it */
	box_write(&b, "mine",
	    "CPU=1\nNAMES=\"x\"\nMEMORY=128\nCONTEXT=[NAME=\"y\",TEXT=\"a\nNAME=z\"]\n"
	    "NIC=[NETWORK=public]",
	    0644);
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - ");
	box_free(&b);

	box_new(&b, SIM_720, NULL);
	b.p->canary.template_name = NULL;
	box_run(&b);
	assert_int_equal(b.rc, -1);
	assert_int_equal(b.f.kind, FAULT_POLICY);
	box_free(&b);

	box_new(&b, SIM_720, NULL);
	b.p->canary.journal = "/proc/nowhere/journal";
	box_run(&b);
	assert_int_equal(b.rc, -1);
	assert_int_equal(sim_log_count(b.sim, "launch"), 0);
	box_free(&b);
}

/* --- interrupted --------------------------------------------------------------------------------- */

static void
stop(struct box *b)
{
	(void)b;
	box_shared->stop = true;
}

static void
a_signal_at_any_round_kills_the_machine(void **state)
{
	int64_t n, rounds, stopped = 0;
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	box_run(&b);
	rounds = box_shared->rounds;
	assert_true(rounds > 10);
	box_free(&b);
	for (n = 1; n <= rounds; n++) {
		box_new(&b, SIM_321, NULL);
		box_at = stop;
		box_at_round = n;
		box_run(&b);
		assert_int_equal(sim_log_count(b.sim, "launch accepted"), 1);
		assert_clean(&b);
		if (b.r.report.end == LIFE_STOPPED) {
			assert_int_equal(box_state(&b), STATE_UNKNOWN);
			stopped++;
		} else
			assert_int_equal(box_state(&b), STATE_OK);
		box_free(&b);
	}
	/* all but those that came while it was being killed anyway */
	assert_in_range(stopped, 10, rounds - 1);
	/* before it has begun */
	box_new(&b, SIM_720, NULL);
	box_shared->stop = true;
	box_run(&b);
	assert_int_equal(sim_log_count(b.sim, "launch"), 0);
	assert_clean(&b);
	box_free(&b);
}

static void
a_run_that_was_killed_at_any_round_is_cleaned_up_by_the_next(void **state)
{
	int64_t n;
	struct box b;
	bool killed;

	(void)state;
	for (n = 1; n < 30; n++) {
		box_new(&b, SIM_720, NULL);
		box_run_killed(&b, n);
		killed = box_journal(&b).open;
		if (killed)
			assert_int_equal(box_journal(&b).id, 40);
		/* one that hangs in PROLOG or BOOT goes on booting: the next run comes later */
		box_later(3600);
		box_run(&b);
		line_has(&b, "VM LIFECYCLE OK - ");
		assert_true(box_is_done(&b, 40));
		assert_clean(&b);
		box_free(&b);
		if (!killed)
			break;
	}
	assert_in_range(n, 10, 29);
}

static int second_rc;
static struct fault second_f;

static void
run_another(struct box *b)
{
	struct canary_env env = {NULL, NULL, CANARY_SSH};
	struct canary_result r;

	second_rc = canary_run(&env, b->p, &r, &second_f);
}

static void
there_is_never_more_than_one(void **state)
{
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	box_at = run_another;
	box_at_round = 5;
	second_rc = 0;
	box_run(&b);
	assert_int_equal(second_rc, -1);
	assert_int_equal(second_f.kind, FAULT_LOCKED);
	assert_int_equal(box_state(&b), STATE_OK);
	assert_int_equal(sim_log_count(b.sim, "launch accepted"), 1);
	box_free(&b);
}

/* --- whose machines are never touched -------------------------------------------------------------- */

static void
put_journal(struct box *b, const char *token, int64_t id)
{
	struct journal_entry e = {.open = true, .id = id, .since_s = SIM_EPOCH - 86400};
	struct journal j;

	snprintf(e.token, sizeof(e.token), "%s", token);
	assert_int_equal(journal_open(&j, b->p->canary.journal, &b->f), 0);
	assert_int_equal(journal_write(&j, &e, &b->f), 0);
	journal_close(&j);
}

static void
put_machine(struct box *b, int id, int uid, const char *name)
{
	struct sim_vm vm = sim_vm_default(id);

	vm.uid = uid;
	vm.uname = uid == 8 ? "owner" : "bob";
	vm.name = name;
	sim_add_vm(b->sim, &vm);
}

#define TOKEN "0123456789abcdef01234567"

static void
only_the_journalled_machine_is_killed(void **state)
{
	/* The account may do everything to every machine, so that only our own rules stand between. */
	struct sim_user owner = {.id = 8,
	    .name = "owner",
	    .password = "pw",
	    .gid = 1,
	    .gname = "users",
	    .sees_vms = true,
	    .may_manage = true};
	static const struct {
		const char *name;
		int uid;
		int64_t journal_id;
		bool killed;
		int64_t strays;
	} t[] = {
	    {CANARY_PREFIX TOKEN, 8, 20, true, 0},
	    {CANARY_PREFIX TOKEN, 8, -1, true, 0},
	    {CANARY_PREFIX TOKEN " (mine)", 8, -1, true, 0},
	    /* ours by number and token, whoever owns it now */
	    {CANARY_PREFIX TOKEN, 9, 20, true, 0},
	    /* somebody else's with our token, and no number journalled */
	    {CANARY_PREFIX TOKEN, 9, -1, false, 0},
	    /* the number was given to another, or it was renamed */
	    {"web", 8, 20, false, 0},
	    {"web", 9, 20, false, 0},
	    {CANARY_PREFIX "0123456789abcdef01234568", 8, 20, false, 1},
	    {CANARY_PREFIX "0123456789abcdef01234568", 9, 20, false, 0},
	    /* of a lost journal: seen and said, not killed */
	    {CANARY_PREFIX "0123456789abcdef01234568", 8, -1, false, 1},
	    {CANARY_PREFIX, 8, -1, false, 1},
	    {TOKEN, 8, -1, false, 0},
	    {"vmreaper", 8, -1, false, 0},
	    /* another machine with our token, and a number that is not its own */
	    {CANARY_PREFIX TOKEN, 9, 21, false, 0},
	};
	struct box b;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		box_new(&b, SIM_720, NULL);
		sim_add_user(b.sim, &owner);
		put_machine(&b, 20, t[i].uid, t[i].name);
		put_journal(&b, TOKEN, t[i].journal_id);
		box_run(&b);
		if (box_is_done(&b, 20) != t[i].killed)
			fail_msg("%zu: %s", i, t[i].name);
		assert_int_equal(sim_log_count(b.sim, "kill accepted vm=20"), t[i].killed);
		assert_int_equal(b.r.report.cleaned, t[i].killed);
		if (b.r.report.strays != t[i].strays)
			fail_msg("%zu: %d strays", i, (int)b.r.report.strays);
		/* and the run itself went on */
		assert_int_equal(b.r.report.end, LIFE_WELL);
		assert_true(box_is_done(&b, 40));
		box_free(&b);
	}
}

static void
rename_it(struct box *b)
{
	put_machine(b, 40, 8, "web");
}

/* Somebody made it theirs in the middle of the run: hands off, and no success either. */
static void
a_machine_that_is_renamed_is_left_alone_and_said(void **state)
{
	struct box b;

	(void)state;
	for (int64_t round = 2; round <= 9; round += 7) {
		box_new(&b, SIM_720, NULL);
		box_at = rename_it;
		box_at_round = round;
		box_run(&b);
		box_at = NULL;
		assert_int_equal(box_state(&b), STATE_CRITICAL);
		line_has(&b, "machine 40 is not named like the canary: it is left alone");
		line_has(&b, "machine 40 is STILL THERE, and no run will touch it");
		assert_false(box_is_done(&b, 40));
		assert_int_equal(sim_log_count(b.sim, "kill"), 0);
		box_free(&b);
	}
}

static void
a_damaged_journal_kills_and_deploys_nothing(void **state)
{
	static const char *const texts[] = {"", "\n", "vmreaper-canary 1\n",
	    "vmreaper-canary 1\nopen\n", "vmreaper-canary 1\nopen " TOKEN " 20 1\nx",
	    "vmreaper-canary 1\nopen " TOKEN " 20 1",
	    "vmreaper-canary 1\nopen " TOKEN " -2 1\n",
	    "vmreaper-canary 1\nopen " TOKEN " +20 1\n", "vmreaper-canary 1\nopen 0123 20 1\n",
	    "vmreaper-canary 2\nnone\n", "vmreaper-canary 1\nopen " TOKEN "8 20 1\n",
	    "vmreaper-canary 1\nopen * 20 1\n",
	    "vmreaper-canary 1\nopen " TOKEN " 99999999999999999999 1\n"};
	struct box b;

	(void)state;
	box_new(&b, SIM_720, NULL);
	put_machine(&b, 20, 8, CANARY_PREFIX TOKEN);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		box_write(&b, "test.canary.journal", texts[i], 0640);
		box_run(&b);
		assert_int_equal(b.r.report.end, LIFE_UNABLE);
		assert_int_equal(box_state(&b), STATE_UNKNOWN);
	}
	/* whole, but anybody could have written it */
	box_write(&b, "test.canary.journal", "vmreaper-canary 1\nopen " TOKEN " 20 1\n", 0666);
	box_run(&b);
	assert_int_equal(b.r.report.end, LIFE_UNABLE);
	assert_int_equal(sim_log_count(b.sim, "kill"), 0);
	assert_int_equal(sim_log_count(b.sim, "launch"), 0);
	box_write(&b, "test.canary.journal", "vmreaper-canary 1\nopen " TOKEN " 20 1\n", 0640);
	box_run(&b);
	line_has(&b, "VM LIFECYCLE OK - ");
	assert_true(box_is_done(&b, 20));
	box_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_canary_is_deployed_reached_and_killed),
	    cmocka_unit_test(a_cloud_without_templates_gets_the_text),
	    cmocka_unit_test(it_is_shut_down_where_the_policy_says_so),
	    cmocka_unit_test(a_machine_that_stays_in_a_state_is_given_up_and_killed),
	    cmocka_unit_test(a_machine_that_may_not_be_killed_yet_is_killed_by_a_later_run),
	    cmocka_unit_test(a_machine_that_fails_is_killed),
	    cmocka_unit_test(a_guest_that_does_not_answer_is_given_up_and_killed),
	    cmocka_unit_test(a_slow_guest_is_waited_for),
	    cmocka_unit_test(steps_that_are_left_out_are_not_asked),
	    cmocka_unit_test(an_address_that_may_not_be_probed_is_our_fault),
	    cmocka_unit_test(a_machine_that_stops_running_has_failed),
	    cmocka_unit_test(a_kill_that_never_ends_is_an_alarm),
	    cmocka_unit_test(it_logs_in_with_the_key_and_no_shell_of_ours),
	    cmocka_unit_test(a_login_that_fails_is_tried_until_its_time_out),
	    cmocka_unit_test(a_lost_reply_is_looked_for_by_name),
	    cmocka_unit_test(a_lost_reply_and_a_lost_cloud_are_settled_by_the_next_run),
	    cmocka_unit_test(a_request_in_doubt_blocks_until_it_is_certain),
	    cmocka_unit_test(a_refusal_leaves_nothing_open),
	    cmocka_unit_test(a_cloud_that_cannot_be_reached_is_critical),
	    cmocka_unit_test(what_we_lack_ourselves_is_unknown),
	    cmocka_unit_test(a_signal_at_any_round_kills_the_machine),
	    cmocka_unit_test(a_run_that_was_killed_at_any_round_is_cleaned_up_by_the_next),
	    cmocka_unit_test(there_is_never_more_than_one),
	    cmocka_unit_test(only_the_journalled_machine_is_killed),
	    cmocka_unit_test(a_machine_that_is_renamed_is_left_alone_and_said),
	    cmocka_unit_test(a_damaged_journal_kills_and_deploys_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
