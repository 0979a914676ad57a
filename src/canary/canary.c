/* SPDX-License-Identifier: ISC */
/*
 * canary: drives the state machine of life.h. One machine at a time; a kill only after a fresh look that shows the
 * journalled token.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "canary/canary.h"
#include "canary/reach.h"
#include "cloud/launch.h"
#include "policy/file.h"

#define ROUND_MS      1000
#define FIND_MS	      60000 /* how long a run itself looks for a machine whose reply was lost */
#define KILL_AGAIN_MS 30000 /* an accepted kill that shows no effect */
#define KILL_RETRY_MS 5000 /* a refused one: the state may allow it soon */
#define ROUND_BYTES   ((size_t)64 << 20)
#define TEMPLATE_MAX  (64 * 1024)

struct canary {
	const struct canary_env *env;
	const struct policy *p;
	struct canary_result *r;
	struct life *life; /* of r */
	struct journal journal;
	struct journal_entry entry;
	struct cloud *cloud;
	const struct era *era;
	int32_t own_uid;
	int64_t template_id;
	char *template_text;
	/* the last kill */
	const char *verb;
	int64_t again_ms; /* not before */
};

static int64_t
now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

static bool
is_stopped(const struct canary *x)
{
	return x->env->stop != NULL && *x->env->stop;
}

/* The run ends for this reason. Returns -1. */
static int
give_up(struct canary *x, enum life_end end, const struct fault *f)
{
	if (x->life->end == LIFE_WELL)
		snprintf(x->r->remedy, sizeof(x->r->remedy), "%s", f->remedy);
	life_fail(x->life, end, now_ms(), "%.250s", f->msg);
	log_notice("canary", "%s: %s", life_end_str(end), f->msg);
	return -1;
}

static int
journal_clear(struct canary *x, struct fault *f)
{
	struct journal_entry none = {.id = -1};

	x->entry = none;
	return journal_write(&x->journal, &none, f);
}

/* Without its number it is found by its name: the run goes on when this fails. */
static void
journal_number(struct canary *x, int64_t id)
{
	struct fault f;

	x->entry.id = id;
	if (journal_write(&x->journal, &x->entry, &f) != 0)
		log_error("canary", "%s", f.msg);
}

/* --- the way to the cloud ---------------------------------------------------------------- */

static int
open_cloud(struct canary *x, struct arena *a)
{
	struct cloud_config config;
	struct account account;
	char version[32], *session = NULL;
	struct fault f = {.kind = FAULT_NONE};
	int rc;

	if (policy_credential(x->p->canary.auth_file, &session, &f) != 0)
		return give_up(x, LIFE_UNABLE, &f);
	cloud_config_from(&config, x->p);
	config.session = session;
	rc = cloud_open(&config, &x->cloud, &f);
	policy_credential_free(session);
	if (rc != 0)
		return give_up(x, LIFE_UNABLE, &f);
	if (cloud_version(x->cloud, a, version, &x->era, &f) != 0)
		return give_up(x, LIFE_FAILED, &f);
	if (x->era == NULL) {
		fault_set(&f, FAULT_POLICY, "the version of OpenNebula is not known");
		fault_remedy(&f, "set [cloud] version");
		return give_up(x, LIFE_UNABLE, &f);
	}
	if (cloud_account(x->cloud, a, x->era, &account, &f) != 0)
		return give_up(x, LIFE_FAILED, &f);
	x->own_uid = account.uid;
	return 0;
}

static bool
is_word_char(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/*
 * Does the text set NAME itself? It is ours: a machine of another name is not found again. It need not begin its
 * line: another attribute may stand before it. Inside of brackets or quotes it is somebody else's.
 */
static bool
has_name(const char *text)
{
	bool quoted = false, begins = true;
	int depth = 0;

	for (const char *s = text; *s != '\0'; s++) {
		if (!quoted && begins && *s == '#')
			s += strcspn(s, "\n");
		if (*s == '\0')
			break;
		begins = *s == '\n' || (begins && (*s == ' ' || *s == '\t'));
		if (*s == '\\' && quoted && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted && (*s == '[' || *s == ']'))
			depth += *s == '[' ? 1 : -1;
		else if (!quoted && depth <= 0 && strncasecmp(s, "NAME", 4) == 0 &&
			 (s == text || !is_word_char(s[-1])) &&
			 s[4 + strspn(s + 4, " \t")] == '=')
			return true;
	}
	return false;
}

static int
read_template(struct canary *x, struct fault *f)
{
	static const struct file_rule rule = {"template", TEMPLATE_MAX, false};
	const char *path = x->p->canary.template_file;
	size_t len;

	if (file_read(path, &rule, &x->template_text, &len, f) != 0)
		return -1;
	if (strlen(x->template_text) == len && !has_name(x->template_text))
		return 0;
	fault_set(f, FAULT_POLICY, "template %s sets NAME, or holds a NUL", path);
	return fault_remedy(f, "take NAME out: the canary has one of its own");
}

static int
find_template(struct canary *x, struct arena *a)
{
	struct fault f = {.kind = FAULT_NONE};

	if (x->p->canary.template_file != NULL) {
		if (read_template(x, &f) != 0)
			return give_up(x, LIFE_UNABLE, &f);
	} else if (launch_find_template(x->cloud, a, x->era, x->p->canary.template_name,
		       &x->template_id, &f) != 0)
		return give_up(x,
		    f.kind == FAULT_USAGE || f.kind == FAULT_GONE ? LIFE_UNABLE : LIFE_FAILED,
		    &f);
	return 0;
}

/* --- looking and killing ----------------------------------------------------------------- */

const char *
canary_kill_verb(const struct era *era, int32_t state, int32_t lcm)
{
	const char *verb = era_kill_verb(era, state, lcm);

	if (era == NULL || verb != NULL)
		return verb;
	/* reapers.md C.6: the kill from any state; from 5.0 on what a plain account may */
	if (era->to < 40000)
		return "finalize";
	return era->to < 50000 ? "delete" : "terminate-hard";
}

/* The machine is asked to go. Only what a look of this round has shown to be ours comes here. */
static void
end_machine(struct canary *x, const struct vm *vm, const char *verb)
{
	struct fault f = {.kind = FAULT_NONE};
	enum kill_reply reply;
	int64_t now = now_ms();

	if (verb == NULL || !journal_is_ours(&x->entry, vm, x->own_uid) ||
	    vm->cls == VM_CLASS_DONE)
		return;
	if (x->verb != NULL && strcmp(x->verb, verb) == 0 && now < x->again_ms)
		return;
	reply = cloud_kill(x->cloud, verb, vm->id, &f);
	log_notice("canary", "machine %" PRId64 ": %s: %s%s%s", vm->id, verb,
	    kill_reply_str(reply), reply != KILL_ACCEPTED ? ": " : "",
	    reply != KILL_ACCEPTED ? f.msg : "");
	x->verb = verb;
	x->again_ms = now + (reply == KILL_ACCEPTED || reply == KILL_IN_DOUBT ? KILL_AGAIN_MS
									      : KILL_RETRY_MS);
	if (reply != KILL_ACCEPTED)
		life_note(x->life, "%s %s: %.180s", verb, kill_reply_str(reply), f.msg);
}

enum found { FOUND, FOUND_NONE, FOUND_DOUBT, FOUND_FAULT, FOUND_FOREIGN };

/* Ours by name, among our machines; counts the strays on the way. */
static enum found
find_by_name(struct canary *x, struct arena *a, struct vm *vm, struct fault *f)
{
	struct vm *vms;
	size_t n, i, at;
	int64_t age_s;

	if (x->own_uid <
	    0) { /* then no machine would be ours, and "none is there" no evidence */
		fault_set(f, FAULT_REPLY, "the cloud does not say which user this account is");
		return FOUND_FAULT;
	}
	if (launch_list(x->cloud, a, x->era, LAUNCH_MINE, &vms, &n, f) != 0)
		return FOUND_FAULT;
	x->r->report.strays = 0;
	for (i = at = n; i-- > 0;) {
		if (journal_is_stray(&x->entry, &vms[i], x->own_uid)) {
			x->r->report.strays++;
			x->r->report.stray_id = vms[i].id;
		}
		if (journal_is_ours(&x->entry, &vms[i], x->own_uid))
			at = i;
	}
	if (at < n) {
		*vm = vms[at];
		if (x->entry.id < 0)
			journal_number(x, vm->id);
		return FOUND;
	}
	age_s = clock_wall_s() - x->entry.since_s;
	if (age_s < 0) { /* the clock was set back: the wait begins anew */
		x->entry.since_s = clock_wall_s();
		journal_number(x, x->entry.id);
	}
	return age_s >= CANARY_DOUBT_S ? FOUND_NONE : FOUND_DOUBT;
}

/* The machine of the journal's entry, as it is now. */
static enum found
look(struct canary *x, struct arena *a, struct vm *vm, struct fault *f)
{
	if (x->entry.id < 0)
		return find_by_name(x, a, vm, f);
	if (cloud_inspect(x->cloud, a, x->era, x->entry.id, vm, f) != 0)
		return f->kind == FAULT_GONE ? FOUND_NONE : FOUND_FAULT;
	if (journal_is_ours(&x->entry, vm, x->own_uid))
		return FOUND;
	/* its number was given to another, or somebody made it theirs: hands off */
	fault_set(f, FAULT_STATE,
	    "machine %" PRId64 " is not named like the canary: it is left alone", x->entry.id);
	log_warning("canary", "%s", f->msg);
	return vm->cls == VM_CLASS_DONE ? FOUND_NONE : FOUND_FOREIGN;
}

/* --- what an earlier run left behind ------------------------------------------------------- */

static int
left_behind(struct canary *x, const char *what, enum life_end end)
{
	struct fault f;

	fault_set(&f, FAULT_STATE, "the machine of an earlier run (asked for %lld s ago): %s",
	    (long long)(clock_wall_s() - x->entry.since_s), what);
	give_up(x, end, &f);
	x->r->report.id = x->entry.id;
	return -1;
}

/* One look and one kill at what is left. 1: it is gone. 0: look again. -1: the run ends. */
static int
settle_round(struct canary *x)
{
	struct arena *a = arena_new(ROUND_BYTES);
	struct fault f = {.kind = FAULT_NONE};
	struct vm vm;
	int rc = 0;

	BUG_ON(a == NULL);
	switch (look(x, a, &vm, &f)) {
	case FOUND:
		x->r->report.cleaned = true;
		rc = vm.cls == VM_CLASS_DONE;
		if (rc == 0)
			end_machine(x, &vm, canary_kill_verb(x->era, vm.state, vm.lcm));
		break;
	case FOUND_NONE:
	case FOUND_FOREIGN:
		rc = 1;
		break;
	case FOUND_DOUBT:
		rc = left_behind(x, "the reply was lost, and it may still come", LIFE_UNABLE);
		break;
	case FOUND_FAULT:
		life_note(x->life, "%.200s", f.msg);
		break;
	}
	arena_free(a);
	return rc;
}

static int
settle(struct canary *x)
{
	const struct life_limit *done = &x->life->limits.step[LIFE_DONE];
	int64_t until = now_ms() + done->give_up_s * 1000;
	struct fault f;
	int rc;

	if (!x->entry.open)
		return 0;
	while ((rc = settle_round(x)) == 0) {
		if (now_ms() >= until || is_stopped(x)) {
			left_behind(x, x->life->doing[0] != '\0' ? x->life->doing : "not Done",
			    is_stopped(x) ? LIFE_STOPPED : LIFE_TIMED_OUT);
			x->r->report.deployed = true;
			return -1;
		}
		x->env->sleep_ms(ROUND_MS);
	}
	if (rc < 0)
		return -1;
	x->verb = NULL;
	if (journal_clear(x, &f) != 0)
		return give_up(x, LIFE_UNABLE, &f);
	return 0;
}

/* --- deploy -------------------------------------------------------------------------------- */

static enum launch_reply
request(struct canary *x, int64_t *id, struct fault *f)
{
	enum launch_reply reply;
	char *text;
	size_t size;

	if (x->template_text == NULL)
		return launch_instantiate(
		    x->cloud, x->era, x->template_id, x->r->name, "", id, f);
	size = strlen(x->template_text) + CANARY_NAME + 16;
	text = x_calloc(size, 1);
	snprintf(text, size, "NAME = \"%s\"\n%s", x->r->name, x->template_text);
	reply = launch_allocate(x->cloud, x->era, text, id, f);
	free(text);
	return reply;
}

/* A machine of our name may be there although nobody told us its number. */
static enum found
find_lost(struct canary *x, bool once, struct fault *f)
{
	int64_t until = now_ms() + FIND_MS;
	enum found found;
	struct arena *a;
	struct vm vm;

	for (;;) {
		a = arena_new(ROUND_BYTES);
		BUG_ON(a == NULL);
		found = find_by_name(x, a, &vm, f);
		arena_free(a);
		if (found == FOUND || once || is_stopped(x) || now_ms() >= until)
			return found;
		x->env->sleep_ms(ROUND_MS);
	}
}

static int
deploy(struct canary *x)
{
	struct fault f = {.kind = FAULT_NONE}, look_f = {.kind = FAULT_NONE}, ignored;
	enum launch_reply reply;
	enum found found;
	int64_t id = -1;

	journal_begin(&x->entry, clock_wall_s());
	journal_name(&x->entry, x->r->name);
	if (journal_write(&x->journal, &x->entry, &f) != 0)
		return give_up(x, LIFE_UNABLE, &f);
	reply = request(x, &id, &f);
	log_notice("canary", "%s: %s", x->r->name, launch_reply_str(reply));
	if (reply == LAUNCH_DONE) {
		journal_number(x, id);
		life_deployed(x->life, now_ms());
		return 0;
	}
	if (reply == LAUNCH_NOT_SENT) {
		journal_clear(x, &ignored);
		return give_up(x, LIFE_FAILED, &f);
	}
	/* A proxy's "no" need not be the cloud's: look, too. */
	found = find_lost(x, reply == LAUNCH_REFUSED, &look_f);
	if (found == FOUND) {
		life_deployed(x->life, now_ms());
		return 0;
	}
	if (reply == LAUNCH_REFUSED && found != FOUND_FAULT)
		journal_clear(x, &ignored);
	return give_up(x, LIFE_FAILED, &f);
}

/* --- follow it ----------------------------------------------------------------------------- */

static void
follow_found(struct canary *x, const struct vm *vm)
{
	enum life_sight sight = life_sight_of(x->era, vm->state, vm->lcm);
	enum life_step before = x->life->step;
	struct fault f = {.kind = FAULT_NONE};
	char state[40];

	if (sight != SIGHT_RUNNING)
		life_note(x->life, "it is %s%s%.150s",
		    era_state_name(x->era, vm->state, vm->lcm, state),
		    vm->error != NULL ? ": " : "", vm->error != NULL ? vm->error : "");
	life_saw(x->life, sight, now_ms());
	switch (life_want(x->life)) {
	case WANT_PING:
	case WANT_SSH:
	case WANT_LOGIN:
		if (reach_step(x->env, x->p, x->life, vm, &f) != 0)
			give_up(x, LIFE_UNABLE, &f);
		break;
	case WANT_SHUTDOWN:
		end_machine(x, vm, launch_shutdown_verb(x->era, vm->state, vm->lcm));
		break;
	case WANT_KILL:
		end_machine(x, vm, canary_kill_verb(x->era, vm->state, vm->lcm));
		break;
	case WANT_DEPLOY:
	case WANT_LOOK:
	case WANT_NOTHING:
		break;
	}
	if (x->life->step != before)
		log_notice("canary", "%s", life_step_str(x->life->step));
}

static void
follow_round(struct canary *x)
{
	struct arena *a = arena_new(ROUND_BYTES);
	struct fault f = {.kind = FAULT_NONE};
	struct vm vm;

	BUG_ON(a == NULL);
	switch (look(x, a, &vm, &f)) {
	case FOUND:
		follow_found(x, &vm);
		break;
	case FOUND_NONE:
		life_note(x->life, "%.200s", f.msg);
		life_saw(x->life, SIGHT_DONE, now_ms());
		break;
	case FOUND_DOUBT:
		break;
	case FOUND_FOREIGN: /* it is there, and not ours to kill: no success, whatever it has done */
		x->r->report.foreign = true;
		give_up(x, LIFE_FAILED, &f);
		break;
	case FOUND_FAULT: /* the cloud may come back: the time-out decides */
		life_note(x->life, "%.200s", f.msg);
		break;
	}
	arena_free(a);
}

static void
follow(struct canary *x)
{
	enum life_step before;
	bool stopped = false;
	struct fault f;

	for (;;) {
		if (is_stopped(x) && !stopped) {
			stopped = true;
			life_stop(x->life, now_ms());
		}
		life_tick(x->life, now_ms());
		if (x->life->over)
			break;
		before = x->life->step;
		follow_round(x);
		if (!x->life->over && x->life->step == before)
			x->env->sleep_ms(
			    ROUND_MS); /* a step that was just done need not wait */
	}
	x->r->report.id = x->entry.id;
	if (x->life->gone && journal_clear(x, &f) != 0)
		log_error("canary", "%s", f.msg); /* the next run finds it Done */
}

/* --- the run ------------------------------------------------------------------------------- */

static void
run(struct canary *x)
{
	struct arena *a = arena_new(ROUND_BYTES);
	struct fault f = {.kind = FAULT_NONE};
	struct vm vm;
	int rc;

	BUG_ON(a == NULL);
	if (journal_read(&x->journal, &x->entry, &f) != 0) {
		give_up(x, LIFE_UNABLE, &f);
		goto out;
	}
	rc = open_cloud(x, a);
	if (rc == 0)
		rc = settle(x);
	if (rc == 0)
		rc = find_template(x, a);
	if (rc == 0 && find_by_name(x, a, &vm, &f) == FOUND_FAULT)
		rc = give_up(x, LIFE_FAILED, &f);
	if (rc == 0 && is_stopped(x)) {
		life_stop(x->life, now_ms());
		rc = -1;
	}
	if (rc == 0)
		rc = deploy(x);
	if (rc == 0)
		follow(x);
out:
	arena_free(a);
}

int
canary_run(const struct canary_env *env, const struct policy *p, struct canary_result *r,
    struct fault *f)
{
	struct canary x = {.env = env, .p = p, .r = r, .life = &r->life, .own_uid = -1};
	struct life_limits limits;
	bool left;

	memset(r, 0, sizeof(*r));
	if (p->canary.template_name == NULL && p->canary.template_file == NULL) {
		fault_set(f, FAULT_POLICY, "the policy has no canary");
		return fault_remedy(f, "set [canary] template, see vmreaper-policy(5)");
	}
	if (journal_open(&x.journal, p->canary.journal, f) != 0)
		return -1;
	life_limits_from(&limits, p);
	r->report.begun_s = clock_wall_s();
	r->report.id = r->report.stray_id = -1;
	r->report.cloud = p->cloud.name;
	r->report.name = r->name;
	life_begin(x.life, &limits, now_ms());
	run(&x);
	cloud_close(x.cloud);
	free(x.template_text);
	journal_close(&x.journal);
	left = r->report.deployed; /* an earlier machine */
	outcome_from(&r->report, x.life);
	r->report.deployed |= left;
	r->report.remedy = r->remedy;
	r->report.limits = limits; /* as configured: a signal shortens those of the life */
	r->report.stale_s = outcome_stale_s(&limits, p->canary.every_s);
	r->report.ended_s = clock_wall_s();
	return 0;
}
