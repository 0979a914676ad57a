/* SPDX-License-Identifier: ISC */
/*
 * health: is the reaper itself well? What check_vmreaper says, judged from the status file alone. Pure: the time
 * is an argument.
 */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

#define HEALTH_AHEAD_S 300	/* a file from further in the future: somebody's clock is wrong */

/* A threshold for the age of the last good sweep, in seconds. */
struct health_limit {
	bool	given;			/* on the command line; else 2 or 4 intervals */
	bool	has;			/* false: none */
	struct range range;
};

/* "2h" (older than that), or a range in seconds; "" removes the threshold. -1: f says what is wrong. */
int	health_limit_parse(struct health_limit *l, const char *arg, struct fault *f);

/* The kills that want a person. */
enum health_kill { HEALTH_STUCK, HEALTH_BOUNCED, HEALTH_ZOMBIE, HEALTH_IN_DOUBT, HEALTH_KILLS };

struct health {
	enum state state;
	int64_t	age_s;			/* of the last good sweep; -1: not known */
	struct health_limit warning, critical;	/* as they were applied */
	struct finding *lines;		/* CRITICAL, UNKNOWN, WARNING, then notes (OK) */
	size_t	n;
	double	kills[HEALTH_KILLS];
};

/*
 * How old the file is; never negative. -1 when its times make no sense, or when it is from the future.
 */
int	health_age(const struct status *s, int64_t now_s, int64_t *age_s, struct fault *f);

/* Judge; memory in a. -1 (which is UNKNOWN): nothing can be said, and f says why. */
int	health_judge(struct arena *a, const struct status *s, const struct health_limit *warning,
	    const struct health_limit *critical, int64_t now_s, struct health *h, struct fault *f);

/* "VMREAPER CRITICAL - 1 stuck, on-hold; last good sweep 4 min ago | perfdata", and a line per alarm;
 * verbosity 1 and more: the notes, too. */
void	health_render(const struct status *s, const struct health *h, int verbosity, int max_lines,
	    struct text *out);

#endif
