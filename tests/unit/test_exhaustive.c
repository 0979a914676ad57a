/* SPDX-License-Identifier: ISC */
/*
 * test_exhaustive: every (era, STATE, LCM_STATE), valid or not, is judged once with everything else
 * inviting a kill. What may come out as kill, and with which verb, is written here by hand from reapers.md
 * (C.1, C.2, C.6 and the table of verbs in D.1) and DESIGN 6; nothing of it is asked of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleet.h"
#include "small_run.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* What may be sent in which version: the verb, or NULL for "keep". */
struct allowed {
	const char *version;
	const char *unknown; /* 3/16 */
	const char *failed; /* 7 */
	const char *failure; /* 3/39 PROLOG_FAILURE; the others by name only */
	const char *cloning_failure; /* 11 */
};

/* clang-format off */
static const struct allowed allowed[] = {
	{"2.2.1",  "finalize",       "finalize", NULL,             NULL},
	{"3.2.1",  "finalize",       "finalize", NULL,             NULL},
	{"3.6.0",  "finalize",       "finalize", NULL,             NULL},
	{"3.8.4",  "finalize",       "finalize", NULL,             NULL},
	{"4.2.0",  "delete",         "delete",   NULL,             NULL},
	{"4.12.1", "shutdown-hard",  "delete",   NULL,             NULL},
	{"4.14.2", "shutdown-hard",  NULL,       "delete",         NULL},
	/* terminate is "wrong state" in a *_FAILURE, one.vm.recover needs ADMIN: nothing is sent */
	{"5.2.1",  "terminate-hard", NULL,       NULL,             "terminate"},
	{"5.4.15", "terminate-hard", NULL,       "terminate-hard", "terminate"},
	{"5.6.2",  "terminate-hard", NULL,       "terminate-hard", "terminate"},
	{"5.10.5", "terminate-hard", NULL,       "terminate-hard", "terminate"},
	{"5.12.0", "terminate-hard", NULL,       "terminate-hard", "terminate"},
	{"6.4.0",  "terminate-hard", NULL,       "terminate-hard", "terminate"},
	{"6.8.0",  "terminate-hard", NULL,       "terminate-hard", "terminate"},
	{"6.10.0", "terminate-hard", NULL,       "terminate-hard", "terminate"},
	{"7.2.0",  "terminate-hard", NULL,       "terminate-hard", "terminate"},
	/* no era known: no verb, no kill */
	{NULL,     NULL,             NULL,       NULL,             NULL},
};
/* clang-format on */

/* The failures of C.2 but PROLOG_FAILURE (39); 61 came with 5.0, the others with 4.14. */
static const struct {
	int32_t lcm;
	const char *name;
} by_name[] = {{36, "BOOT_FAILURE"}, {37, "BOOT_MIGRATE_FAILURE"},
    {38, "PROLOG_MIGRATE_FAILURE"}, {40, "EPILOG_FAILURE"}, {41, "EPILOG_STOP_FAILURE"},
    {42, "EPILOG_UNDEPLOY_FAILURE"}, {44, "PROLOG_MIGRATE_POWEROFF_FAILURE"},
    {46, "PROLOG_MIGRATE_SUSPEND_FAILURE"}, {47, "BOOT_UNDEPLOY_FAILURE"},
    {48, "BOOT_STOPPED_FAILURE"}, {49, "PROLOG_RESUME_FAILURE"},
    {50, "PROLOG_UNDEPLOY_FAILURE"}, {61, "PROLOG_MIGRATE_UNKNOWN_FAILURE"}};

/* The verb table says never: not even for a policy that names them (and that policy/ would refuse). */
static const char *const never[] = {"INIT", "PENDING", "HOLD", "ACTIVE", "STOPPED", "SUSPENDED",
    "DONE", "POWEROFF", "UNDEPLOYED", "CLONING", "RUNNING", "PROLOG", "BOOT", "MIGRATE",
    "EPILOG", "SHUTDOWN", "CANCEL", "FAILURE", "CLEANUP", "CLEANUP_RESUBMIT", "CLEANUP_DELETE",
    "BOOT_UNKNOWN", "BOOT_POWEROFF", "SHUTDOWN_POWEROFF", "PROLOG_MIGRATE_UNKNOWN", "HOTPLUG",
    "BACKUP", "RESTORE"};

/* How the machine and the policy stand besides the numbers. */
enum way {
	WAY_NEVER_RAN, /* the most inviting: nothing was ever on its disks */
	WAY_HAS_RUN, /* early failures may hold data then */
	WAY_SAYS_UNKNOWN, /* the class lies: the numbers decide all the same */
	WAY_SAYS_FAILED,
	WAY_STAR, /* states = all: stands for the defaults only */
	WAY_ALL_NAMED /* every failure state by its name, and some that never are */
};

/* The verb that the hand-written rules allow, or NULL. */
static const char *
may_kill(const struct allowed *row, enum way way, int32_t state, int32_t lcm)
{
	/* A number that is missing (-1) or none is never a reason, whatever the other one says. */
	if (state < 0 || lcm < 0)
		return NULL;
	if (way != WAY_SAYS_FAILED && state == 3 && lcm == 16)
		return row->unknown;
	if (way == WAY_SAYS_UNKNOWN)
		return NULL;
	/* LCM counts only with STATE 3. */
	if (state == 7)
		return row->failed;
	if (state == 11)
		return way == WAY_HAS_RUN ? NULL : row->cloning_failure;
	if (state != 3)
		return NULL;
	if (lcm == 39)
		return way == WAY_HAS_RUN ? NULL : row->failure;
	if (way != WAY_ALL_NAMED || row->failure == NULL)
		return NULL;
	for (size_t i = 0; i < N(by_name); i++) {
		if (by_name[i].lcm == lcm)
			return lcm == 61 && row->version[0] == '4' ? NULL : row->failure;
	}
	return NULL;
}

/* The inviting machine and one that answers; a smaller cloud has no storm and no witness less. */
static struct fleet *
small_fleet(const struct allowed *row, enum way way)
{
	struct fleet *f = fleet_new();

	f->listing.n = 2;
	f->in.run.last.machines = 2;
	f->listing.era = row->version != NULL ? era_by_version(row->version) : NULL;
	assert_true((f->listing.era == NULL) == (row->version == NULL));
	if (way != WAY_HAS_RUN) {
		f->vms[0].ever_ran = TRI_NO;
		f->vms[0].rstime_s = 0;
	}
	if (way == WAY_STAR) {
		f->policy.unknown.states = fleet_list(f, "all");
		f->policy.failed.states = fleet_list(f, "*");
	} else if (way == WAY_ALL_NAMED) {
		struct policy_list *l = &f->policy.failed.states;

		l->v = arena_calloc(f->a, N(by_name) + N(never) + 4, sizeof(*l->v));
		l->n = 0;
		l->v[l->n++] = "FAILED";
		l->v[l->n++] = "PROLOG_FAILURE";
		l->v[l->n++] = "CLONING_FAILURE";
		for (size_t i = 0; i < N(by_name); i++)
			l->v[l->n++] = by_name[i].name;
		for (size_t i = 0; i < N(never); i++)
			l->v[l->n++] = never[i];
		f->policy.unknown.states = *l;
		f->policy.unknown.states.v[l->n] = "UNKNOWN";
		f->policy.unknown.states.n++;
	}
	return f;
}

static void
judge_pair(struct fleet *f, struct arena *a, const struct allowed *row, enum way way,
    int32_t state, int32_t lcm)
{
	const char *verb = may_kill(row, way, state, lcm), *said;
	bool kill;

	fleet_state(f, 0, state, lcm);
	if (way == WAY_SAYS_UNKNOWN || way == WAY_SAYS_FAILED) {
		f->vms[0].cls = way == WAY_SAYS_UNKNOWN ? VM_CLASS_UNKNOWN : VM_CLASS_FAILED;
		f->vms[0].odd = 0;
	}
	assert_int_equal(verdict_fleet(a, &f->in, f->out, &f->run), 0);
	kill = f->out[0].verdict == VERDICT_KILL;
	said = kill ? f->out[0].verb : NULL;
	if (kill != (verb != NULL) || f->run.n_kills != kill || f->run.n_would_kill != kill ||
	    (kill && (said == NULL || strcmp(said, verb) != 0)))
		fail_msg("%s, way %d, STATE %d, LCM_STATE %d: %s with %s, %zu kills; "
			 "by hand %s",
		    row->version != NULL ? row->version : "no era", (int)way, (int)state,
		    (int)lcm, verdict_str(f->out[0].verdict), said != NULL ? said : "no verb",
		    f->run.n_kills, verb != NULL ? verb : "keep");
}

/* -2 to 255, and what a 64-bit, a 16-bit or an 8-bit counter makes of the states that may be killed. */
static const int32_t extreme[] = {256, 256 + 3, 256 + 7, 256 + 11, 256 + 16, 256 + 39, 65536,
    65536 + 3, 65536 + 16, 65536 + 39, INT32_MAX, INT32_MIN, INT32_MIN + 3, INT32_MIN + 16, -3,
    -16, -256 + 16};

#define NUMBERS (258 + (int)N(extreme))

static int32_t
number_at(int i)
{
	return i < 258 ? i - 2 : extreme[i - 258];
}

/* Where each judgement costs fifty times as much, the numbers up to past the last state are enough. */
static bool
is_left_out(int32_t number)
{
	return small_run() && number > 80 && number < 250;
}

static unsigned long
judge_all(enum way way)
{
	unsigned long pairs = 0, kills = 0;

	for (size_t r = 0; r < N(allowed); r++) {
		struct fleet *f = small_fleet(&allowed[r], way);

		for (int s = 0; s < NUMBERS; s++) {
			struct arena *a;

			if (is_left_out(number_at(s)))
				continue;
			a = arena_new(0);
			assert_non_null(a);
			for (int m = 0; m < NUMBERS; m++) {
				if (is_left_out(number_at(m)))
					continue;
				judge_pair(f, a, &allowed[r], way, number_at(s), number_at(m));
				kills += f->run.n_kills;
				pairs++;
			}
			arena_free(a);
		}
		fleet_free(f);
	}
	print_message(
	    "%lu triples of era, STATE and LCM_STATE judged, %lu of them kill\n", pairs, kills);
	return kills;
}

static void
the_rows_above_are_the_eras_of_the_table(void **state)
{
	size_t n;
	const struct era *table = era_table(&n);

	(void)state;
	assert_int_equal(n, N(allowed) - 1);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(era_by_version(allowed[i].version), &table[i]);
}

static void
of_all_pairs_only_the_allowed_are_killed(void **state)
{
	(void)state;
	assert_true(judge_all(WAY_NEVER_RAN) > 0);
}

static void
early_failures_that_have_run_are_kept(void **state)
{
	(void)state;
	assert_true(judge_all(WAY_HAS_RUN) > 0);
}

static void
a_class_that_does_not_follow_from_the_numbers_kills_nobody(void **state)
{
	(void)state;
	assert_true(judge_all(WAY_SAYS_UNKNOWN) > 0);
	assert_true(judge_all(WAY_SAYS_FAILED) > 0);
}

static void
a_star_enables_no_more_than_the_defaults(void **state)
{
	(void)state;
	assert_true(judge_all(WAY_STAR) > 0);
}

static void
states_by_name_enable_themselves_and_nothing_else(void **state)
{
	(void)state;
	assert_true(judge_all(WAY_ALL_NAMED) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rows_above_are_the_eras_of_the_table),
	    cmocka_unit_test(of_all_pairs_only_the_allowed_are_killed),
	    cmocka_unit_test(early_failures_that_have_run_are_kept),
	    cmocka_unit_test(a_class_that_does_not_follow_from_the_numbers_kills_nobody),
	    cmocka_unit_test(a_star_enables_no_more_than_the_defaults),
	    cmocka_unit_test(states_by_name_enable_themselves_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
