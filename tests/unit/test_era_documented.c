/* SPDX-License-Identifier: ISC */
/*
 * The rows of the era table that nobody recorded, against a table written by hand from reapers.md: C.1, C.2 (which
 * numbers each version has), C.6 and the end of D.1 (verbs), C.7 (locks), C.10 and C.11 (documents and calls). It
 * holds that the rows say what was read in the sources of OpenNebula; that a daemon of the version does so is held only
 * where a row is "captured" (test_captures). What reapers.md does not say of a version is not in here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cloud/era.h"

#define NO  0
#define YES 1

/* The table: a version of each row, and one near each edge of it. */
static const struct documented {
	const char *version;
	const char *era;
	int captured;
	/* C.1, C.2 */
	int state_max, lcm_max, failed_7;
	/* D.1: UNKNOWN; FAILED (7); BOOT_FAILURE (36); CLONING_FAILURE; NULL: none */
	const char *unknown, *failed, *boot_failure, *cloning_failure;
	/* C.6: a kill of UNKNOWN runs no EPILOG, so that persistent disks are lost */
	int unknown_loses;
	/* C.10, C.11 */
	int history_direct, id_ranges, raw_names, short_list, extended, system_version;
	/* C.7, C.8 */
	int lock_max, zombies;
} table[] = {
    {"2.2", "2.2", NO, 7, 16, YES, "finalize", "finalize", NULL, NULL, YES, YES, NO, YES, NO,
	NO, NO, 0, NO},
    {"2.2.1", "2.2", NO, 7, 16, YES, "finalize", "finalize", NULL, NULL, YES, YES, NO, YES, NO,
	NO, NO, 0, NO},
    {"3.0.0", "3.0-3.4", YES, 7, 16, YES, "finalize", "finalize", NULL, NULL, YES, NO, YES, YES,
	NO, NO, NO, 0, NO},
    {"3.4.1", "3.0-3.4", YES, 7, 16, YES, "finalize", "finalize", NULL, NULL, YES, NO, YES, YES,
	NO, NO, NO, 0, NO},
    {"3.6.0", "3.6", NO, 7, 17, YES, "finalize", "finalize", NULL, NULL, YES, NO, YES, YES, NO,
	NO, NO, 0, NO},
    {"3.8.3", "3.8", NO, 8, 22, YES, "finalize", "finalize", NULL, NULL, YES, NO, YES, YES, NO,
	NO, YES, 0, NO},
    {"4.0.0", "4.0-4.2", NO, 9, 32, YES, "delete", "delete", NULL, NULL, YES, NO, YES, YES, NO,
	NO, YES, 0, NO},
    {"4.2.0", "4.0-4.2", NO, 9, 32, YES, "delete", "delete", NULL, NULL, YES, NO, YES, YES, NO,
	NO, YES, 0, NO},
    {"4.4.0", "4.4-4.12", NO, 9, 32, YES, "shutdown-hard", "delete", NULL, NULL, NO, NO, YES,
	YES, NO, NO, YES, 0, YES},
    {"4.10.2", "4.4-4.12", NO, 9, 32, YES, "shutdown-hard", "delete", NULL, NULL, NO, NO, YES,
	YES, NO, NO, YES, 0, YES},
    {"4.14.2", "4.14", NO, 9, 59, NO, "shutdown-hard", NULL, "delete", NULL, NO, NO, YES, NO,
	NO, NO, YES, 0, YES},
    {"5.0.0", "5.0-5.2", NO, 11, 61, NO, "terminate-hard", NULL, NULL, "terminate", NO, NO, YES,
	NO, NO, NO, YES, 0, YES},
    {"5.2.1", "5.0-5.2", NO, 11, 61, NO, "terminate-hard", NULL, NULL, "terminate", NO, NO, YES,
	NO, NO, NO, YES, 0, YES},
    {"5.4.0", "5.4", NO, 11, 64, NO, "terminate-hard", NULL, "terminate-hard", "terminate", NO,
	NO, YES, NO, NO, NO, YES, 0, YES},
    {"5.6.0", "5.6", NO, 11, 64, NO, "terminate-hard", NULL, "terminate-hard", "terminate", NO,
	NO, YES, NO, NO, NO, YES, 4, YES},
    {"5.8.1", "5.8-5.10", NO, 11, 64, NO, "terminate-hard", NULL, "terminate-hard", "terminate",
	NO, NO, YES, NO, YES, YES, YES, 4, YES},
    {"5.10.5", "5.8-5.10", NO, 11, 64, NO, "terminate-hard", NULL, "terminate-hard",
	"terminate", NO, NO, YES, NO, YES, YES, YES, 4, YES},
    {"5.12.0", "5.12", NO, 11, 65, NO, "terminate-hard", NULL, "terminate-hard", "terminate",
	NO, NO, YES, NO, YES, YES, YES, 4, YES},
    {"6.0.0", "6.0-6.4", NO, 11, 68, NO, "terminate-hard", NULL, "terminate-hard", "terminate",
	NO, NO, YES, NO, YES, YES, YES, 4, YES},
    {"6.4.0", "6.0-6.4", NO, 11, 68, NO, "terminate-hard", NULL, "terminate-hard", "terminate",
	NO, NO, YES, NO, YES, YES, YES, 4, YES},
    {"6.6.0", "6.6-6.8", NO, 11, 70, NO, "terminate-hard", NULL, "terminate-hard", "terminate",
	NO, NO, YES, NO, YES, YES, YES, 4, YES},
    {"6.8.2", "6.6-6.8", NO, 11, 70, NO, "terminate-hard", NULL, "terminate-hard", "terminate",
	NO, NO, YES, NO, YES, YES, YES, 4, YES},
    {"6.10.0", "6.10", NO, 11, 71, NO, "terminate-hard", NULL, "terminate-hard", "terminate",
	NO, NO, YES, NO, YES, YES, YES, 3, YES},
    {"7.0.0", "7.x", YES, 11, 71, NO, "terminate-hard", NULL, "terminate-hard", "terminate", NO,
	NO, YES, NO, YES, YES, YES, 3, YES},
    {"7.4.0", "7.x", YES, 11, 71, NO, "terminate-hard", NULL, "terminate-hard", "terminate", NO,
	NO, YES, NO, YES, YES, YES, 3, YES},
};
#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
verb_check(const struct documented *d, int state, int lcm, const char *want)
{
	const char *verb = era_kill_verb(era_by_version(d->version), state, lcm);

	if (want == NULL ? verb != NULL : verb == NULL || strcmp(verb, want) != 0)
		fail_msg("%s %d/%d: %s, not %s", d->version, state, lcm,
		    verb != NULL ? verb : "none", want != NULL ? want : "none");
}

static void
each_row_says_what_was_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(table); i++) {
		const struct documented *d = &table[i];
		const struct era *e = era_by_version(d->version);

		assert_non_null(e);
		if (strcmp(e->name, d->era) != 0 ||
		    (e->proof == ERA_CAPTURED) != (d->captured == YES))
			fail_msg(
			    "%s is of %s, %s", d->version, e->name, era_proof_str(e->proof));
		assert_int_equal(e->state_max, d->state_max);
		assert_int_equal(e->lcm_max, d->lcm_max);
		assert_int_equal(e->failed_7, d->failed_7);
		verb_check(d, 3, 16, d->unknown);
		verb_check(d, 7, 0, d->failed);
		verb_check(d, 3, 36, d->boot_failure);
		verb_check(d, 11, 0, d->cloning_failure);
		assert_int_equal(era_kill_loses_data(e, 3, 16), d->unknown_loses);
		if (e->history_direct != d->history_direct || e->id_ranges != d->id_ranges ||
		    e->raw_names != d->raw_names || e->short_list != d->short_list ||
		    e->extended != d->extended || e->system_version != d->system_version)
			fail_msg("%s: the shape of its documents and calls", d->version);
		assert_int_equal(e->lock_max, d->lock_max);
		assert_int_equal(e->zombies, d->zombies);
	}
}

/* No row without a line above, and each row names a tag or a capture. */
static void
no_row_is_left_out(void **state)
{
	size_t n;
	const struct era *rows = era_table(&n);

	(void)state;
	for (size_t r = 0; r < n; r++) {
		bool found = false;

		for (size_t i = 0; i < N(table); i++)
			found = found || strcmp(rows[r].name, table[i].era) == 0;
		if (!found)
			fail_msg("%s is not in the table", rows[r].name);
		if (rows[r].proof == ERA_CAPTURED)
			assert_non_null(strstr(rows[r].source, "captures/one-"));
		else
			assert_int_equal(strncmp(rows[r].source, "one@", 4), 0);
	}
}

/* C.1 and C.2: since when, until when, and as what. */
static void
each_number_is_there_from_its_first_version_to_its_last(void **state)
{
	static const struct {
		int state, lcm;
		const char *first, *last; /* rows of the table above; NULL: to the end */
		const char *name;
	} spans[] = {
	    {0, 0, "2.2", NULL, "INIT"},
	    {1, 0, "2.2", NULL, "PENDING"},
	    {2, 0, "2.2", NULL, "HOLD"},
	    {4, 0, "2.2", NULL, "STOPPED"},
	    {5, 0, "2.2", NULL, "SUSPENDED"},
	    {6, 0, "2.2", NULL, "DONE"},
	    {7, 0, "2.2", "4.10.2", "FAILED"},
	    {8, 0, "3.8.3", NULL, "POWEROFF"},
	    {9, 0, "4.0.0", NULL, "UNDEPLOYED"},
	    {10, 0, "5.0.0", NULL, "CLONING"},
	    {11, 0, "5.0.0", NULL, "CLONING_FAILURE"},
	    {3, 0, "2.2", NULL, "LCM_INIT"},
	    {3, 1, "2.2", NULL, "PROLOG"},
	    {3, 2, "2.2", NULL, "BOOT"},
	    {3, 3, "2.2", NULL, "RUNNING"},
	    {3, 4, "2.2", NULL, "MIGRATE"},
	    {3, 5, "2.2", NULL, "SAVE_STOP"},
	    {3, 6, "2.2", NULL, "SAVE_SUSPEND"},
	    {3, 7, "2.2", NULL, "SAVE_MIGRATE"},
	    {3, 8, "2.2", NULL, "PROLOG_MIGRATE"},
	    {3, 9, "2.2", NULL, "PROLOG_RESUME"},
	    {3, 10, "2.2", NULL, "EPILOG_STOP"},
	    {3, 11, "2.2", NULL, "EPILOG"},
	    {3, 12, "2.2", NULL, "SHUTDOWN"},
	    {3, 13, "2.2", "4.10.2", "CANCEL"},
	    {3, 14, "2.2", "4.10.2", "FAILURE"},
	    {3, 15, "2.2", "3.8.3", "CLEANUP"},
	    {3, 15, "4.0.0", NULL, "CLEANUP_RESUBMIT"},
	    {3, 16, "2.2", NULL, "UNKNOWN"},
	    {3, 17, "3.6.0", NULL, "HOTPLUG"},
	    {3, 18, "3.8.3", NULL, "SHUTDOWN_POWEROFF"},
	    {3, 19, "3.8.3", NULL, "BOOT_UNKNOWN"},
	    {3, 20, "3.8.3", NULL, "BOOT_POWEROFF"},
	    {3, 21, "3.8.3", NULL, "BOOT_SUSPENDED"},
	    {3, 22, "3.8.3", NULL, "BOOT_STOPPED"},
	    {3, 23, "4.0.0", NULL, "CLEANUP_DELETE"},
	    {3, 24, "4.0.0", NULL, "HOTPLUG_SNAPSHOT"},
	    {3, 25, "4.0.0", NULL, "HOTPLUG_NIC"},
	    {3, 26, "4.0.0", NULL, "HOTPLUG_SAVEAS"},
	    {3, 27, "4.0.0", NULL, "HOTPLUG_SAVEAS_POWEROFF"},
	    {3, 28, "4.0.0", NULL, "HOTPLUG_SAVEAS_SUSPENDED"},
	    {3, 29, "4.0.0", NULL, "SHUTDOWN_UNDEPLOY"},
	    {3, 30, "4.0.0", NULL, "EPILOG_UNDEPLOY"},
	    {3, 31, "4.0.0", NULL, "PROLOG_UNDEPLOY"},
	    {3, 32, "4.0.0", NULL, "BOOT_UNDEPLOY"},
	    {3, 33, "4.14.2", NULL, "HOTPLUG_PROLOG_POWEROFF"},
	    {3, 34, "4.14.2", NULL, "HOTPLUG_EPILOG_POWEROFF"},
	    {3, 35, "4.14.2", NULL, "BOOT_MIGRATE"},
	    {3, 36, "4.14.2", NULL, "BOOT_FAILURE"},
	    {3, 37, "4.14.2", NULL, "BOOT_MIGRATE_FAILURE"},
	    {3, 38, "4.14.2", NULL, "PROLOG_MIGRATE_FAILURE"},
	    {3, 39, "4.14.2", NULL, "PROLOG_FAILURE"},
	    {3, 40, "4.14.2", NULL, "EPILOG_FAILURE"},
	    {3, 41, "4.14.2", NULL, "EPILOG_STOP_FAILURE"},
	    {3, 42, "4.14.2", NULL, "EPILOG_UNDEPLOY_FAILURE"},
	    {3, 43, "4.14.2", NULL, "PROLOG_MIGRATE_POWEROFF"},
	    {3, 44, "4.14.2", NULL, "PROLOG_MIGRATE_POWEROFF_FAILURE"},
	    {3, 45, "4.14.2", NULL, "PROLOG_MIGRATE_SUSPEND"},
	    {3, 46, "4.14.2", NULL, "PROLOG_MIGRATE_SUSPEND_FAILURE"},
	    {3, 47, "4.14.2", NULL, "BOOT_UNDEPLOY_FAILURE"},
	    {3, 48, "4.14.2", NULL, "BOOT_STOPPED_FAILURE"},
	    {3, 49, "4.14.2", NULL, "PROLOG_RESUME_FAILURE"},
	    {3, 50, "4.14.2", NULL, "PROLOG_UNDEPLOY_FAILURE"},
	    {3, 51, "4.14.2", NULL, "DISK_SNAPSHOT_POWEROFF"},
	    {3, 52, "4.14.2", NULL, "DISK_SNAPSHOT_REVERT_POWEROFF"},
	    {3, 53, "4.14.2", NULL, "DISK_SNAPSHOT_DELETE_POWEROFF"},
	    {3, 54, "4.14.2", NULL, "DISK_SNAPSHOT_SUSPENDED"},
	    /* gone within the row 6.6-6.8 (6.6.3): kept to its end */
	    {3, 55, "4.14.2", "6.8.2", "DISK_SNAPSHOT_REVERT_SUSPENDED"},
	    {3, 56, "4.14.2", NULL, "DISK_SNAPSHOT_DELETE_SUSPENDED"},
	    {3, 57, "4.14.2", NULL, "DISK_SNAPSHOT"},
	    {3, 58, "4.14.2", "4.14.2", "DISK_SNAPSHOT_REVERT"},
	    {3, 59, "4.14.2", NULL, "DISK_SNAPSHOT_DELETE"},
	    {3, 60, "5.0.0", NULL, "PROLOG_MIGRATE_UNKNOWN"},
	    {3, 61, "5.0.0", NULL, "PROLOG_MIGRATE_UNKNOWN_FAILURE"},
	    {3, 62, "5.4.0", NULL, "DISK_RESIZE"},
	    {3, 63, "5.4.0", NULL, "DISK_RESIZE_POWEROFF"},
	    {3, 64, "5.4.0", NULL, "DISK_RESIZE_UNDEPLOYED"},
	    {3, 65, "5.12.0", NULL, "HOTPLUG_NIC_POWEROFF"},
	    {3, 66, "6.0.0", NULL, "HOTPLUG_RESIZE"},
	    {3, 67, "6.0.0", NULL, "HOTPLUG_SAVEAS_UNDEPLOYED"},
	    {3, 68, "6.0.0", NULL, "HOTPLUG_SAVEAS_STOPPED"},
	    {3, 69, "6.6.0", NULL, "BACKUP"},
	    {3, 70, "6.6.0", NULL, "BACKUP_POWEROFF"},
	    {3, 71, "6.10.0", NULL, "RESTORE"},
	};
	char name[40];

	(void)state;
	for (size_t s = 0; s < N(spans); s++) {
		bool in = false, out = false;

		for (size_t i = 0; i < N(table); i++) {
			const struct era *e = era_by_version(table[i].version);

			in = in || strcmp(table[i].version, spans[s].first) == 0;
			if (!in || out) {
				/* another name, or none and then it contradicts */
				era_state_name(e, spans[s].state, spans[s].lcm, name);
				if (strcmp(name, spans[s].name) == 0 ||
				    era_contradicts(e, spans[s].state, spans[s].lcm) !=
					(era_class(e, spans[s].state, spans[s].lcm) ==
					    VM_CLASS_UNRECOGNISED))
					fail_msg("%s has %s", table[i].version, name);
			} else {
				era_state_name(e, spans[s].state, spans[s].lcm, name);
				if (strcmp(name, spans[s].name) != 0 ||
				    era_contradicts(e, spans[s].state, spans[s].lcm))
					fail_msg("%s has %s, not %s", table[i].version, name,
					    spans[s].name);
			}
			out = out || (spans[s].last != NULL &&
					 strcmp(table[i].version, spans[s].last) == 0);
		}
		assert_true(in && (spans[s].last == NULL || out));
	}
}

/* C.2, "Classification for the agent": in no version is anything else a candidate. */
static void
candidates_are_the_same_in_every_version(void **state)
{
	static const int failures[] = {36, 37, 38, 39, 40, 41, 42, 44, 46, 47, 48, 49, 50, 61};

	(void)state;
	for (size_t i = 0; i < N(table); i++) {
		const struct era *e = era_by_version(table[i].version);

		for (int lcm = 0; lcm < 128; lcm++) {
			enum vm_class want = VM_CLASS_COUNT;

			for (size_t n = 0; n < N(failures); n++) {
				if (failures[n] == lcm && lcm <= e->lcm_max)
					want = VM_CLASS_FAILED;
			}
			if (lcm == 16)
				want = VM_CLASS_UNKNOWN;
			if (want != VM_CLASS_COUNT) {
				assert_int_equal(era_class(e, 3, lcm), want);
			} else {
				assert_int_not_equal(era_class(e, 3, lcm), VM_CLASS_UNKNOWN);
				assert_int_not_equal(era_class(e, 3, lcm), VM_CLASS_FAILED);
				assert_null(era_kill_verb(e, 3, lcm));
			}
		}
		for (int st = 0; st < 128; st++) {
			bool failed =
			    (st == 7 && e->failed_7) || (st == 11 && e->state_max >= 11);

			if (st == 3)
				continue;
			assert_int_equal(era_class(e, st, 16) == VM_CLASS_FAILED, failed);
			assert_int_not_equal(era_class(e, st, 16), VM_CLASS_UNKNOWN);
			if (!failed)
				assert_null(era_kill_verb(e, st, 16));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_row_says_what_was_read),
	    cmocka_unit_test(no_row_is_left_out),
	    cmocka_unit_test(each_number_is_there_from_its_first_version_to_its_last),
	    cmocka_unit_test(candidates_are_the_same_in_every_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
