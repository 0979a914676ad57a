/* SPDX-License-Identifier: ISC */
/*
 * The era table against what the sources of OpenNebula were read to say (reapers.md C.1, C.2, C.4, C.6
 * and the verb table of D.1): numbers, names, classes, verbs, and how many states each version has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cloud/era.h"

static const struct era *
era(const char *version)
{
	const struct era *e = era_by_version(version);

	if (e == NULL)
		fail_msg("no era for %s", version);
	return e;
}

static void
versions_find_their_row(void **state)
{
	static const struct {
		const char *version, *name;
	} rows[] = {
	    {"2.2", "2.2"},
	    {"2.2.1", "2.2"},
	    {"3.0.0", "3.0-3.4"},
	    {"3.2.1", "3.0-3.4"},
	    {"3.4.1", "3.0-3.4"},
	    {"3.6.0", "3.6"},
	    {"3.8.3", "3.8"},
	    {"4.0.1", "4.0-4.2"},
	    {"4.2.0", "4.0-4.2"},
	    {"4.4.0", "4.4-4.12"},
	    {"4.12.1", "4.4-4.12"},
	    {"4.14.2", "4.14"},
	    {"5.0.2", "5.0-5.2"},
	    {"5.2.1", "5.0-5.2"},
	    {"5.4.15", "5.4"},
	    {"5.6.1", "5.6"},
	    {"5.8.0", "5.8-5.10"},
	    {"5.10.5", "5.8-5.10"},
	    {"5.12.0", "5.12"},
	    {"5.12.0.4", "5.12"},
	    {"6.0.0", "6.0-6.4"},
	    {"6.4.0-1", "6.0-6.4"},
	    {"6.6.0", "6.6-6.8"},
	    {"6.8.2", "6.6-6.8"},
	    {"6.10.0", "6.10"},
	    {"7.0.0", "7.x"},
	    {"7.2.0", "7.x"},
	    {"7.4.0.80", "7.x"},
	};
	static const char *const none[] = {"", "7", "7.", "auto", "2.0", "8.0.0", "7.2.x",
	    "seven", "7.100", "-7.2", "<=3.6?", " 7.2.0", "7.2.0 "};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(era(rows[i].version)->name, rows[i].name);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		if (era_by_version(none[i]) != NULL)
			fail_msg("\"%s\" has an era", none[i]);
	}
}

static void
rows_follow_each_other_without_gap_and_name_their_source(void **state)
{
	size_t n, captured = 0;
	const struct era *e = era_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_true(e[i].from <= e[i].to);
		assert_true(strlen(e[i].source) > 0);
		captured += e[i].proof == ERA_CAPTURED;
		if (i > 0)
			assert_int_equal(e[i].from, e[i - 1].to % 10000 == 9999
							? (e[i - 1].to / 10000 + 1) * 10000
							: e[i - 1].to + 1);
		/* what a later daemon can do, none of its successors forgot */
		if (i > 0) {
			assert_true((e[i].lock_max > 0) >= (e[i - 1].lock_max > 0));
			assert_true(e[i].id_ranges >= e[i - 1].id_ranges);
			assert_true(e[i].raw_names <= e[i - 1].raw_names);
			assert_true(e[i].extended >= e[i - 1].extended);
			assert_true(e[i].system_version >= e[i - 1].system_version);
			assert_true(e[i].failed_7 <= e[i - 1].failed_7);
		}
	}
	assert_int_equal(captured, 2);
}

/* "Enum size checks" of reapers.md C.2: how many LCM states a version has, and its highest. */
static void
each_version_has_as_many_states_as_its_enum(void **state)
{
	static const struct {
		const char *version;
		int named, lcm_max, states, state_max;
	} rows[] = {
	    {"2.2", 17, 16, 8, 7},
	    {"3.2.1", 17, 16, 8, 7},
	    {"3.6.0", 18, 17, 8, 7},
	    {"3.8.0", 23, 22, 9, 8},
	    {"4.0.0", 33, 32, 10, 9},
	    {"4.12.0", 33, 32, 10, 9},
	    {"4.14.0", 58, 59, 9, 9},
	    {"5.0.0", 59, 61, 11, 11},
	    {"5.4.0", 62, 64, 11, 11},
	    {"5.6.0", 62, 64, 11, 11},
	    {"5.10.0", 62, 64, 11, 11},
	    {"5.12.0", 63, 65, 11, 11},
	    {"6.0.0", 66, 68, 11, 11},
	    {"6.6.0", 68, 70, 11, 11},
	    {"6.10.0", 68, 71, 11, 11},
	    {"7.2.0", 68, 71, 11, 11},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct era *e = era(rows[i].version);
		int named = 0, highest = -1, states = 0, state_highest = -1;

		for (int n = 0; n < 200; n++) {
			if (era_class(e, 3, n) != VM_CLASS_UNRECOGNISED)
				named++, highest = n;
			if (era_class(e, n, 0) != VM_CLASS_UNRECOGNISED)
				states++, state_highest = n;
		}
		if (named != rows[i].named || highest != rows[i].lcm_max ||
		    states != rows[i].states || state_highest != rows[i].state_max)
			fail_msg("%s: %d LCM states up to %d, %d states up to %d",
			    rows[i].version, named, highest, states, state_highest);
		assert_int_equal(e->lcm_max, rows[i].lcm_max);
		assert_int_equal(e->state_max, rows[i].state_max);
		assert_int_equal(e->failed_7, era_class(e, 7, 0) == VM_CLASS_FAILED);
	}
}

static void
numbers_have_the_names_and_classes_of_their_version(void **state)
{
	static const struct {
		const char *version;
		int st, lcm;
		const char *name;
		enum vm_class cls;
		enum policy_overdue group;
	} rows[] = {
	    {"7.2.0", 0, 0, "INIT", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_PENDING},
	    {"7.2.0", 1, 0, "PENDING", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_PENDING},
	    {"7.2.0", 2, 0, "HOLD", VM_CLASS_OFF, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 4, 0, "STOPPED", VM_CLASS_OFF, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 5, 0, "SUSPENDED", VM_CLASS_OFF, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 6, 0, "DONE", VM_CLASS_DONE, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 7, 0, "state 7", VM_CLASS_UNRECOGNISED, POLICY_OVERDUE_OTHER},
	    {"3.2.1", 7, 0, "FAILED", VM_CLASS_FAILED, POLICY_OVERDUE_OTHER},
	    {"4.12.0", 7, 0, "FAILED", VM_CLASS_FAILED, POLICY_OVERDUE_OTHER},
	    {"4.14.0", 7, 0, "state 7", VM_CLASS_UNRECOGNISED, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 8, 0, "POWEROFF", VM_CLASS_OFF, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 9, 0, "UNDEPLOYED", VM_CLASS_OFF, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 10, 0, "CLONING", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_CLONING},
	    {"7.2.0", 11, 0, "CLONING_FAILURE", VM_CLASS_FAILED, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 12, 0, "state 12", VM_CLASS_UNRECOGNISED, POLICY_OVERDUE_OTHER},
	    {"7.2.0", -1, 0, "state -1", VM_CLASS_UNRECOGNISED, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 3, 72, "ACTIVE/lcm 72", VM_CLASS_UNRECOGNISED, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 3, 3, "RUNNING", VM_CLASS_OK, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 3, 16, "UNKNOWN", VM_CLASS_UNKNOWN, POLICY_OVERDUE_OTHER},
	    /* LCM_STATE says nothing unless STATE is 3 */
	    {"7.2.0", 8, 16, "POWEROFF", VM_CLASS_OFF, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 3, 13, "ACTIVE/lcm 13", VM_CLASS_UNRECOGNISED, POLICY_OVERDUE_OTHER},
	    {"3.2.1", 3, 13, "CANCEL", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_SHUTDOWN},
	    {"3.2.1", 3, 15, "CLEANUP", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_CLEANUP},
	    {"4.0.0", 3, 15, "CLEANUP_RESUBMIT", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_CLEANUP},
	    {"7.2.0", 3, 1, "PROLOG", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_PROLOG},
	    {"7.2.0", 3, 2, "BOOT", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_BOOT},
	    {"7.2.0", 3, 4, "MIGRATE", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_MIGRATE},
	    {"7.2.0", 3, 5, "SAVE_STOP", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_SAVE},
	    {"7.2.0", 3, 11, "EPILOG", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_EPILOG},
	    {"7.2.0", 3, 12, "SHUTDOWN", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_SHUTDOWN},
	    {"7.2.0", 3, 17, "HOTPLUG", VM_CLASS_OK, POLICY_OVERDUE_HOTPLUG},
	    {"7.2.0", 3, 24, "HOTPLUG_SNAPSHOT", VM_CLASS_OK, POLICY_OVERDUE_SNAPSHOT},
	    {"7.2.0", 3, 27, "HOTPLUG_SAVEAS_POWEROFF", VM_CLASS_TRANSITIONAL,
		POLICY_OVERDUE_HOTPLUG},
	    {"7.2.0", 3, 51, "DISK_SNAPSHOT_POWEROFF", VM_CLASS_TRANSITIONAL,
		POLICY_OVERDUE_SNAPSHOT},
	    {"7.2.0", 3, 57, "DISK_SNAPSHOT", VM_CLASS_OK, POLICY_OVERDUE_SNAPSHOT},
	    {"7.2.0", 3, 58, "ACTIVE/lcm 58", VM_CLASS_UNRECOGNISED, POLICY_OVERDUE_OTHER},
	    {"4.14.0", 3, 58, "DISK_SNAPSHOT_REVERT", VM_CLASS_OK, POLICY_OVERDUE_SNAPSHOT},
	    {"7.2.0", 3, 55, "ACTIVE/lcm 55", VM_CLASS_UNRECOGNISED, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 3, 62, "DISK_RESIZE", VM_CLASS_OK, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 3, 69, "BACKUP", VM_CLASS_OK, POLICY_OVERDUE_OTHER},
	    {"7.2.0", 3, 70, "BACKUP_POWEROFF", VM_CLASS_TRANSITIONAL, POLICY_OVERDUE_OTHER},
	};
	char buf[40];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct era *e = era(rows[i].version);

		assert_string_equal(
		    era_state_name(e, rows[i].st, rows[i].lcm, buf), rows[i].name);
		if (era_class(e, rows[i].st, rows[i].lcm) != rows[i].cls ||
		    era_overdue_group(e, rows[i].st, rows[i].lcm) != rows[i].group)
			fail_msg("%s %s: class %s", rows[i].version, rows[i].name,
			    vm_class_str(era_class(e, rows[i].st, rows[i].lcm)));
	}
}

static void
failed_states_are_exactly_the_problem_states_of_the_specification(void **state)
{
	static const int failed[] = {36, 37, 38, 39, 40, 41, 42, 44, 46, 47, 48, 49, 50, 61};
	size_t next = 0;

	(void)state;
	for (int n = 0; n < 100; n++) {
		bool want = next < sizeof(failed) / sizeof(failed[0]) && failed[next] == n;

		next += want;
		assert_int_equal(era_class(era("7.2.0"), 3, n) == VM_CLASS_FAILED, want);
		assert_int_equal(era_class(era("7.2.0"), 3, n) == VM_CLASS_UNKNOWN, n == 16);
		assert_int_not_equal(era_class(era("3.2.1"), 3, n), VM_CLASS_FAILED);
	}
}

static void
the_verb_is_the_mildest_that_the_version_takes_in_that_state(void **state)
{
	static const struct {
		const char *version;
		int st, lcm;
		const char *verb; /* NULL: none */
		bool loses;
	} rows[] = {
	    {"2.2", 3, 16, "finalize", true},
	    {"3.2.1", 3, 16, "finalize", true},
	    {"3.8.1", 3, 16, "finalize", true},
	    {"4.0.0", 3, 16, "delete", true},
	    {"4.2.0", 3, 16, "delete", true},
	    {"4.4.0", 3, 16, "shutdown-hard", false},
	    {"4.14.0", 3, 16, "shutdown-hard", false},
	    {"5.0.0", 3, 16, "terminate-hard", false},
	    {"6.4.0", 3, 16, "terminate-hard", false},
	    {"7.2.0", 3, 16, "terminate-hard", false},
	    {"3.2.1", 7, 0, "finalize", true},
	    {"3.8.0", 7, 0, "finalize", true},
	    {"4.12.0", 7, 0, "delete", true},
	    {"4.14.0", 7, 0, NULL, true},
	    {"7.2.0", 7, 0, NULL, true},
	    {"4.14.0", 3, 36, "delete", true},
	    {"5.0.0", 3, 36, NULL, true},
	    {"5.2.0", 3, 39, NULL, true},
	    {"5.4.0", 3, 39, "terminate-hard", true},
	    {"7.2.0", 3, 40, "terminate-hard", true},
	    {"7.2.0", 11, 0, "terminate", false},
	    {"4.14.0", 11, 0, NULL, true},
	};
	static const struct {
		int st, lcm;
	} never[] = {{0, 0}, {1, 0}, {2, 0}, {4, 0}, {5, 0}, {6, 0}, {8, 0}, {9, 0}, {10, 0},
	    {3, 1}, {3, 2}, {3, 3}, {3, 4}, {3, 8}, {3, 11}, {3, 12}, {3, 15}, {3, 17}, {3, 23},
	    {3, 99}, {12, 0}, {-1, -1}, {8, 16}, {5, 36}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *verb = era_kill_verb(era(rows[i].version), rows[i].st, rows[i].lcm);

		if (rows[i].verb == NULL ? verb != NULL
					 : verb == NULL || strcmp(verb, rows[i].verb) != 0)
			fail_msg("%s %d/%d: %s", rows[i].version, rows[i].st, rows[i].lcm,
			    verb != NULL ? verb : "none");
		if (era_kill_loses_data(era(rows[i].version), rows[i].st, rows[i].lcm) !=
		    rows[i].loses)
			fail_msg(
			    "%s %d/%d: loses data", rows[i].version, rows[i].st, rows[i].lcm);
	}
	for (size_t n = 0, count; n == 0 || n < count; n++) {
		const struct era *table = era_table(&count);

		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			assert_null(era_kill_verb(&table[n], never[i].st, never[i].lcm));
	}
	assert_null(era_kill_verb(NULL, 3, 16));
	assert_true(era_kill_loses_data(NULL, 3, 16));
}

static void
a_number_of_another_version_contradicts_and_one_of_none_does_not(void **state)
{
	(void)state;
	assert_true(era_contradicts(era("7.2.0"), 7, 0));
	assert_true(era_contradicts(era("3.8.0"), 3, 36));
	assert_true(era_contradicts(era("3.2.1"), 8, 0));
	assert_true(era_contradicts(era("7.2.0"), 3, 14));
	assert_false(era_contradicts(era("7.2.0"), 3, 16));
	assert_false(era_contradicts(era("7.2.0"), 12, 0));
	assert_false(era_contradicts(era("7.2.0"), 3, 99));
	assert_false(era_contradicts(era("7.2.0"), 8, 36)); /* LCM without STATE 3 */
	assert_false(era_contradicts(NULL, 7, 0));
}

static void
capacity_is_held_where_the_specification_says(void **state)
{
	static const bool held[] = {
	    false, false, false, true, false, true, false, false, true, false, false, false};

	(void)state;
	for (int st = 0; st < 12; st++)
		assert_int_equal(era_holds_capacity(era("7.2.0"), st, 16), held[st]);
}

static void
state_names_are_known_in_exact_spelling(void **state)
{
	(void)state;
	assert_true(era_is_state_name("FAILED"));
	assert_true(era_is_state_name("PROLOG_FAILURE"));
	assert_true(era_is_state_name("CLEANUP"));
	assert_true(era_is_state_name("UNKNOWN"));
	assert_false(era_is_state_name("unknown"));
	assert_false(era_is_state_name("PROLOG_FAIL"));
	assert_false(era_is_state_name(""));
	/* with no era known the newest name is given */
	char buf[40];
	assert_string_equal(era_state_name(NULL, 3, 15, buf), "CLEANUP_RESUBMIT");
	assert_int_equal(era_class(NULL, 7, 0), VM_CLASS_FAILED);
	assert_string_equal(era_proof_str(ERA_CAPTURED), "captured");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(versions_find_their_row),
	    cmocka_unit_test(rows_follow_each_other_without_gap_and_name_their_source),
	    cmocka_unit_test(each_version_has_as_many_states_as_its_enum),
	    cmocka_unit_test(numbers_have_the_names_and_classes_of_their_version),
	    cmocka_unit_test(failed_states_are_exactly_the_problem_states_of_the_specification),
	    cmocka_unit_test(the_verb_is_the_mildest_that_the_version_takes_in_that_state),
	    cmocka_unit_test(a_number_of_another_version_contradicts_and_one_of_none_does_not),
	    cmocka_unit_test(capacity_is_held_where_the_specification_says),
	    cmocka_unit_test(state_names_are_known_in_exact_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
