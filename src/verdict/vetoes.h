/* SPDX-License-Identifier: ISC */
/*
 * vetoes: the rules that keep one machine, one function per rule of reapers.md D.1. Internal to verdict/.
 * Each returns the mask of what fired. Pure.
 */
#ifndef VETOES_H
#define VETOES_H

#include <stdint.h>

#include "verdict/view.h"

#define VETO_BIT(v) ((uint64_t)1 << (v))

/* A machine younger than OpenNebula itself (2005) has a creation time that is none. */
#define STIME_FLOOR_S	1104537600
#define RETRY_AFTER_S	(24 * 60 * 60)	/* A4: one more kill a day, with a wholly new mark */
#define KILLS_MAX	2

/* The lowest bit of a mask as a veto; VETO_COUNT: none. */
enum veto veto_first(uint64_t mask);

uint64_t vetoes_state(const struct policy *p, const struct era *era, const struct vm *vm);	/* V1 */
uint64_t vetoes_scope(const struct policy *p, const struct vm *vm, int64_t now_s);		/* V2 */
uint64_t vetoes_wish(const struct policy *p, const struct vm *vm, int64_t now_s);		/* V3, no local keeps */
uint64_t vetoes_host(const struct policy *p, const struct era *era, const struct vm *vm,
	    const struct host *host, int64_t now_s);						/* V4 */
uint64_t vetoes_reading(const struct policy *p, const struct vm *vm, const struct reading *r);	/* V5, the machine's own */
uint64_t vetoes_cool(const struct policy *p, const struct vm *vm, int64_t good_s, int64_t now_s);	/* V4, after it came back */
uint64_t vetoes_data(const struct policy *p, const struct era *era, const struct vm *vm);	/* V6 */
uint64_t vetoes_mark(const struct policy *p, const struct vm *vm, const struct record *r,
	    int64_t now_s);									/* V7, A4 */

uint64_t vetoes_notice(const struct policy *p, const struct record *r, int64_t now_s);		/* V8 */
/* How long an owner must have known: by the policy, and by what was promised. */
int64_t	notice_needed_s(const struct policy *p, const struct record *r);
/* The date for a notice that is given at told_s: not before it, nor before any that was given earlier. */
int64_t	notice_not_before_s(const struct policy *p, const struct record *r, int64_t told_s);
/* V9, with the counts in j at its turn. */
uint64_t vetoes_caps(const struct policy *p, const struct vm *vm, int64_t killed_last_hour,
	    const struct judgement *j);

/* What the fleet says about machine i; out is zeroed first, r gets what its addresses say. */
void	vetoes_facts(const struct view *v, size_t i, struct judgement *out, struct reading *r);
/* Judge machine i by all of them but the caps. */
void	vetoes_judge(const struct view *v, size_t i, struct judgement *out);

/* For details: the key of the in-list that does not name the machine, and of the out-list that does; NULL: none. */
const char *scope_missed(const struct policy *p, const struct vm *vm);
const char *scope_excluded(const struct policy *p, const struct vm *vm);
/* The value of the keep attribute that speaks for it, the label's name, or NULL. */
const char *keep_mark(const struct policy *p, const struct vm *vm, int64_t now_s);
/* FAILED (7) and CLONING_FAILURE are on no host; all other problem states are evidence of a host. */
bool	state_needs_host(const struct vm *vm);

#endif
