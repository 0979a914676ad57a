/* SPDX-License-Identifier: ISC */
/*
 * life: steps in order, each entered once; one way leads from every step to DONE, where the machine is killed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "canary/life.h"

const char *
life_step_str(enum life_step s)
{
#define LIFE_STEP_X(e, name) name,
	static const char *const names[] = {LIFE_STEP_LIST(LIFE_STEP_X)};
#undef LIFE_STEP_X

	return (unsigned)s < LIFE_STEPS ? names[s] : "?";
}

const char *
life_end_str(enum life_end e)
{
	static const char *const names[] = {"well", "failed", "timed-out", "stopped", "unable"};

	return (unsigned)e < LIFE_ENDS ? names[e] : "?";
}

static void
limit_from(struct life_limit *l, const struct policy_limit *p)
{
	*l = (struct life_limit){p->n == 3, p->s[0], p->s[1], p->s[2]};
}

void
life_limits_from(struct life_limits *l, const struct policy *p)
{
	memset(l, 0, sizeof(*l));
	limit_from(&l->step[LIFE_PENDING], &p->canary.pending);
	limit_from(&l->step[LIFE_PROLOG], &p->canary.prolog);
	limit_from(&l->step[LIFE_BOOT], &p->canary.boot);
	limit_from(&l->step[LIFE_PING], &p->canary.ping);
	limit_from(&l->step[LIFE_SSH], &p->canary.ssh);
	limit_from(&l->step[LIFE_LOGIN], &p->canary.login);
	limit_from(&l->step[LIFE_DONE], &p->canary.done);
	limit_from(&l->total, &p->canary.total);
	l->step[LIFE_LOGIN].on = p->canary.ssh_key != NULL;
	l->shutdown = p->canary.end == POLICY_END_SHUTDOWN;
}

enum life_sight
life_sight_of(const struct era *era, int32_t state, int32_t lcm)
{
	switch (era_class(era, state, lcm)) {
	case VM_CLASS_OK:
		return SIGHT_RUNNING;
	case VM_CLASS_FAILED:
		return SIGHT_FAILED;
	case VM_CLASS_OFF:
		return SIGHT_OFF;
	case VM_CLASS_DONE:
		return SIGHT_DONE;
	case VM_CLASS_TRANSITIONAL:
		break;
	case VM_CLASS_UNKNOWN:
	case VM_CLASS_UNRECOGNISED:
	case VM_CLASS_COUNT:
		return SIGHT_OTHER;
	}
	switch (era_overdue_group(era, state, lcm)) {
	case POLICY_OVERDUE_PENDING:
	case POLICY_OVERDUE_CLONING:
		return SIGHT_PENDING;
	case POLICY_OVERDUE_PROLOG:
		return SIGHT_PROLOG;
	case POLICY_OVERDUE_BOOT:
		return SIGHT_BOOT;
	case POLICY_OVERDUE_EPILOG:
	case POLICY_OVERDUE_SHUTDOWN:
	case POLICY_OVERDUE_CLEANUP:
		return SIGHT_LEAVING;
	default:
		return SIGHT_OTHER;
	}
}

enum life_want
life_want(const struct life *l)
{
	if (l->over)
		return WANT_NOTHING;
	switch (l->step) {
	case LIFE_DEPLOY:
		return WANT_DEPLOY;
	case LIFE_PING:
		return WANT_PING;
	case LIFE_SSH:
		return WANT_SSH;
	case LIFE_LOGIN:
		return WANT_LOGIN;
	case LIFE_DONE:
		/* a machine that failed is not asked politely: it may not even run */
		return l->limits.shutdown && l->end == LIFE_WELL && !l->forced ? WANT_SHUTDOWN
									       : WANT_KILL;
	default:
		return WANT_LOOK;
	}
}

void
life_begin(struct life *l, const struct life_limits *limits, int64_t now_ms)
{
	memset(l, 0, sizeof(*l));
	l->limits = *limits;
	l->begun_ms = l->step_ms = now_ms;
	for (int i = 0; i < LIFE_STEPS; i++)
		l->took_ms[i] = -1;
	l->total_ms = -1;
}

static void
finish(struct life *l, int64_t now_ms)
{
	l->over = true;
	l->total_ms = now_ms - l->begun_ms;
}

/* The step is done; the next one that is not left out begins. */
static void
advance(struct life *l, int64_t now_ms)
{
	l->took_ms[l->step] = now_ms - l->step_ms;
	l->step_ms = now_ms;
	l->doing[0] = '\0';
	do
		l->step = (enum life_step)(l->step + 1);
	while (l->step != LIFE_DONE && !l->limits.step[l->step].on);
}

void
life_deployed(struct life *l, int64_t now_ms)
{
	if (l->over || l->step != LIFE_DEPLOY)
		return;
	l->deployed = true;
	advance(l, now_ms);
}

void
life_answered(struct life *l, enum life_step step, int64_t now_ms)
{
	if (!l->over && l->step == step && step >= LIFE_PING && step <= LIFE_LOGIN)
		advance(l, now_ms);
}

static void __attribute__((format(printf, 2, 0)))
set_text(char to[static LIFE_TEXT], const char *fmt, va_list ap)
{
	vsnprintf(to, LIFE_TEXT, fmt, ap);
}

void
life_note(struct life *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(l->doing, fmt, ap);
	va_end(ap);
}

/* The first failure is kept; what then goes wrong with the kill shows in gone. */
static void __attribute__((format(printf, 3, 0)))
end_as(struct life *l, enum life_end end, const char *fmt, va_list ap)
{
	if (l->end != LIFE_WELL)
		return;
	l->end = end;
	l->at = l->step;
	set_text(l->why, fmt, ap);
}

void
life_fail(struct life *l, enum life_end end, int64_t now_ms, const char *fmt, ...)
{
	va_list ap;

	if (l->over)
		return;
	va_start(ap, fmt);
	end_as(l, end, fmt, ap);
	va_end(ap);
	if (!l->deployed || l->step == LIFE_DONE) {
		finish(l, now_ms);
		return;
	}
	l->step = LIFE_DONE;
	l->step_ms = now_ms;
	l->doing[0] = '\0';
}

void
life_stop(struct life *l, int64_t now_ms)
{
	struct life_limit *done = &l->limits.step[LIFE_DONE];
	int64_t rest_s = l->step == LIFE_DONE ? (now_ms - l->step_ms) / 1000 : 0;

	if (l->over)
		return;
	if (l->step != LIFE_DONE)
		life_fail(l, LIFE_STOPPED, now_ms, "stopped by a signal");
	l->forced = true;
	if (done->give_up_s > rest_s + LIFE_STOPPED_GIVE_UP_S)
		done->give_up_s = rest_s + LIFE_STOPPED_GIVE_UP_S;
}

/* From one of its states to a later one; an earlier one (rescheduled) goes on counting where it is. */
static void
saw_state(struct life *l, enum life_step reached, int64_t now_ms)
{
	while (l->step < reached && l->step < LIFE_PING)
		advance(l, now_ms);
}

void
life_saw(struct life *l, enum life_sight sight, int64_t now_ms)
{
	static const char *const words[] = {[SIGHT_LEAVING] = "is being ended",
	    [SIGHT_DONE] = "is Done",
	    [SIGHT_FAILED] = "has failed",
	    [SIGHT_OFF] = "is off or on hold"};

	if (l->over || l->step == LIFE_DEPLOY)
		return;
	l->gone = l->gone || sight == SIGHT_DONE;
	if (l->step == LIFE_DONE) {
		if (sight == SIGHT_DONE) {
			l->took_ms[LIFE_DONE] = now_ms - l->step_ms;
			finish(l, now_ms);
		}
		return;
	}
	switch (sight) {
	case SIGHT_PENDING:
	case SIGHT_OTHER:
		break;
	case SIGHT_PROLOG:
		saw_state(l, LIFE_PROLOG, now_ms);
		break;
	case SIGHT_BOOT:
		saw_state(l, LIFE_BOOT, now_ms);
		break;
	case SIGHT_RUNNING:
		saw_state(l, LIFE_PING, now_ms);
		break;
	case SIGHT_LEAVING:
	case SIGHT_DONE:
	case SIGHT_FAILED:
	case SIGHT_OFF:
		if (l->doing[0] != '\0')
			life_fail(l, LIFE_FAILED, now_ms, "the machine %s: %.160s",
			    words[sight], l->doing);
		else
			life_fail(l, LIFE_FAILED, now_ms, "the machine %s", words[sight]);
		if (sight == SIGHT_DONE && !l->over)
			finish(l, now_ms);
		break;
	}
}

static void
timed_out(struct life *l, const char *what, int64_t give_up_s, int64_t now_ms)
{
	char age[24];

	units_age_str(age, sizeof(age), give_up_s);
	if (l->doing[0] != '\0')
		life_fail(
		    l, LIFE_TIMED_OUT, now_ms, "%s within %s: %.160s", what, age, l->doing);
	else
		life_fail(l, LIFE_TIMED_OUT, now_ms, "%s within %s", what, age);
}

void
life_tick(struct life *l, int64_t now_ms)
{
	const struct life_limit *limit = &l->limits.step[l->step];
	int64_t spent_ms = now_ms - l->step_ms;

	if (l->over || l->step == LIFE_DEPLOY)
		return;
	if (life_want(l) == WANT_SHUTDOWN && spent_ms >= limit->give_up_s * 500) {
		/* half of its time; the other half is for the kill */
		l->forced = true;
		l->end = LIFE_TIMED_OUT;
		l->at = LIFE_DONE;
		snprintf(l->why, sizeof(l->why), "the shutdown did not end it; it was killed");
	}
	if (spent_ms >= limit->give_up_s * 1000)
		timed_out(l, l->step == LIFE_DONE ? "it was not Done" : "not done",
		    limit->give_up_s, now_ms);
	else if (l->step != LIFE_DONE &&
		 now_ms - l->begun_ms >= l->limits.total.give_up_s * 1000)
		timed_out(l, "the whole did not end", l->limits.total.give_up_s, now_ms);
}
