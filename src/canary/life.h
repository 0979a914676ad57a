/* SPDX-License-Identifier: ISC */
/*
 * life: the life of a canary as a state machine: which step is under way, when it is given up, what is to be done
 * next. Pure: time and what was seen come in, nothing goes out. Milliseconds of a clock that only goes forward.
 */
#ifndef LIFE_H
#define LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "cloud/era.h"
#include "policy/policy.h"

#define LIFE_STEP_LIST(X)						\
	X(DEPLOY, "deploy") X(PENDING, "pending") X(PROLOG, "prolog")	\
	X(BOOT, "boot") X(PING, "ping") X(SSH, "ssh") X(LOGIN, "login")	\
	X(DONE, "done")
#define LIFE_STEP_X(e, name) LIFE_##e,
enum life_step { LIFE_STEP_LIST(LIFE_STEP_X) LIFE_STEPS };
#undef LIFE_STEP_X
const char *life_step_str(enum life_step s);

/* How it ended; the first that happened counts. */
enum life_end {
	LIFE_WELL,
	LIFE_FAILED,		/* the cloud, or the machine, did otherwise */
	LIFE_TIMED_OUT,
	LIFE_STOPPED,		/* a signal: says nothing about the cloud */
	LIFE_UNABLE,		/* we could not look: credentials, template, permission, journal */
	LIFE_ENDS
};
const char *life_end_str(enum life_end e);

struct life_limit {
	bool	on;
	int64_t	warning_s, critical_s, give_up_s;
};

struct life_limits {
	struct life_limit step[LIFE_STEPS];	/* DEPLOY has none: the time-outs of [cloud] hold */
	struct life_limit total;
	bool	shutdown;			/* ask the guest first */
};
void	life_limits_from(struct life_limits *l, const struct policy *p);

/* What one look at the machine shows. */
enum life_sight {
	SIGHT_PENDING, SIGHT_PROLOG, SIGHT_BOOT, SIGHT_RUNNING,
	SIGHT_LEAVING,		/* shutdown, epilog, clean-up */
	SIGHT_DONE, SIGHT_FAILED, SIGHT_OFF,
	SIGHT_OTHER		/* Unknown, and what no table knows: wait, the time-out decides */
};
enum life_sight life_sight_of(const struct era *era, int32_t state, int32_t lcm);

#define LIFE_TEXT 256

struct life {
	struct life_limits limits;
	enum life_step step;		/* under way */
	int64_t	begun_ms, step_ms;	/* since when it lives; since when the step is under way */
	int64_t	took_ms[LIFE_STEPS];	/* -1: not finished, or left out */
	int64_t	total_ms;		/* -1 until it is over */
	enum life_end end;
	enum life_step at;		/* where it ended, unless well */
	char	why[LIFE_TEXT];		/* raw: escape it */
	char	doing[LIFE_TEXT];	/* what it waits for, for the time-out's message; raw */
	bool	deployed;		/* there is, or was, a machine */
	bool	gone;			/* and it is Done */
	bool	forced;			/* the shutdown took too long */
	bool	over;
};

/* What the one who drives it has to do now, apart from looking at the machine. */
enum life_want { WANT_DEPLOY, WANT_LOOK, WANT_PING, WANT_SSH, WANT_LOGIN, WANT_SHUTDOWN, WANT_KILL, WANT_NOTHING };
enum life_want life_want(const struct life *l);

void	life_begin(struct life *l, const struct life_limits *limits, int64_t now_ms);
void	life_deployed(struct life *l, int64_t now_ms);
void	life_saw(struct life *l, enum life_sight sight, int64_t now_ms);
/* The step PING, SSH or LOGIN succeeded; another one than that under way is ignored. */
void	life_answered(struct life *l, enum life_step step, int64_t now_ms);
/* What it waits for, in words. */
void	life_note(struct life *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Time-outs. Call it before each round. */
void	life_tick(struct life *l, int64_t now_ms);
/* It ends now: with a machine it is killed (a step DONE follows), without it is over. In the step DONE: it is over. */
void	life_fail(struct life *l, enum life_end end, int64_t now_ms, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
/* The same by a signal: there is less time to see it gone. */
#define LIFE_STOPPED_GIVE_UP_S 30
void	life_stop(struct life *l, int64_t now_ms);

#endif
