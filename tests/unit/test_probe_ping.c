/* SPDX-License-Identifier: ISC */
/*
 * The probe engine's pings, and who is asked by ssh because of what they find. What was not sent
 * is never silent, and only the right answer of the right machine is life.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe_box.h"

#define GREETING "SSH-2.0-x"

/* What ping finds at one address of that network, in two tries of which the first is short. */
static const struct sighting *
ask_ping(struct box *b, enum box_ping ping, int64_t second_ms)
{
	b->ping = ping;
	b->policy->probe.ping = true;
	b->policy->probe.ssh = POLICY_SSH_NEVER;
	b->policy->probe.tries = 2;
	b->policy->probe.try_ms[0] = 60;
	b->policy->probe.try_ms[1] = second_ms;
	box_target(b, "127.7.0.1");
	box_run(b);
	return &b->seen[0];
}

/* Ping. */
static void
real_pings_are_answered_or_not_sent(void **state)
{
	struct box *b = *state;
	const bool may = box_may_ping();
	size_t i;

	b->ping = BOX_PING_REAL;
	b->policy->probe.ping = true;
	b->policy->probe.ssh = POLICY_SSH_NEVER;
	b->policy->probe.try_ms[0] = BOX_LONG_MS / 4;
	box_target(b, "127.7.0.1");
	box_target(b, "127.7.0.2");
	box_target(b, "127.7.3.1");
	box_run(b);
	assert_int_equal(b->facts.can_ping4, may);
	assert_int_equal(b->facts.packets, may ? 3 : 0);
	assert_int_equal(b->facts.replies, may ? 3 : 0);
	for (i = 0; i < 3; i++) {
		assert_part(&b->seen[i].ping, may ? PROBE_ANSWERED : PROBE_NOT_SENT, may);
		assert_int_equal(b->seen[i].ping.rtt_us >= 0, may);
		assert_int_equal(b->seen[i].ping.os_error != 0, !may);
		assert_sum(b, i, may ? SIGHTING_ALIVE : SIGHTING_NOT_PROBED);
	}
	assert_false(b->facts.cut);
}

static void
an_answer_is_told_once_however_often_it_comes(void **state)
{
	struct box *b = *state;

	assert_part(&ask_ping(b, BOX_PING_TWICE, BOX_LONG_MS)->ping, PROBE_ANSWERED, 1);
	assert_int_equal(b->facts.replies, 1);
	assert_int_equal(b->n_tries, 1);
	assert_sum(b, 0, SIGHTING_ALIVE);
}

static void
pings_without_an_answer_are_silence(void **state)
{
	struct box *b = *state;
	size_t i;

	assert_part(&ask_ping(b, BOX_PING_SWALLOWED, 60)->ping, PROBE_SILENT, 2);
	assert_int_equal(b->seen[0].ping.rtt_us, -1);
	assert_int_equal(b->facts.packets, 2);
	assert_int_equal(b->facts.replies, 0);
	assert_int_equal(b->n_tries, 2);
	for (i = 0; i < 2; i++) {
		assert_int_equal(b->tries[i].method, PROBE_PING);
		assert_int_equal(b->tries[i].number, i + 1);
		assert_int_equal(b->tries[i].result, PROBE_SILENT);
	}
	assert_sum(b, 0, SIGHTING_SILENT);
}

static void
a_late_answer_to_the_first_try_counts_in_the_second(void **state)
{
	struct box *b = *state;

	assert_part(&ask_ping(b, BOX_PING_LATE, BOX_LONG_MS)->ping, PROBE_ANSWERED, 2);
	assert_in_range(
	    b->seen[0].ping.rtt_us, 60 * 1000, BOX_LONG_MS * 1000); /* of the first */
	assert_sum(b, 0, SIGHTING_ALIVE);
}

static void
forged_answers_are_no_life(void **state)
{
	struct box *b = *state;

	assert_part(&ask_ping(b, BOX_PING_FORGED, 60)->ping, PROBE_SILENT, 2);
	assert_int_equal(b->facts.replies, 0);
}

static void
answers_of_another_machine_are_no_life(void **state)
{
	struct box *b = *state;

	/* which is itself a target, and alive to nobody by that */
	box_target(b, "127.7.9.9");
	b->targets[0].ping = false;
	assert_int_equal(ask_ping(b, BOX_PING_FOREIGN, 60)->ping.result, PROBE_NOT_ASKED);
	assert_part(&b->seen[1].ping, PROBE_SILENT, 2);
	assert_int_equal(b->facts.replies, 0);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
}

static void
without_permission_to_ping_nothing_was_sent(void **state)
{
	struct box *b = *state;

	assert_not_sent(&ask_ping(b, BOX_PING_DENIED, 60)->ping, EACCES);
	assert_false(b->facts.can_ping4);
	assert_false(b->facts.can_ping6);
	assert_int_equal(b->facts.packets, 0);
	assert_int_equal(b->n_tries, 1);
	assert_int_equal(b->tries[0].result, PROBE_NOT_SENT);
	assert_int_equal(b->tries[0].os_error, EACCES);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
}

static void
without_permission_to_ping_silence_of_ssh_proves_nothing(void **state)
{
	struct box *b = *state;

	b->ping = BOX_PING_DENIED;
	b->policy->probe.ping = true;
	b->policy->probe.ssh = POLICY_SSH_WHEN_SILENT;
	b->policy->probe.connect_ms = 100;
	box_listen_full(b, "127.7.0.1");
	box_reserve_closed(b, "127.7.0.2");
	box_target(b, "127.7.0.1");
	box_target(b, "127.7.0.2");
	box_run(b);
	assert_not_sent(&b->seen[0].ping, EACCES);
	assert_part(&b->seen[0].ssh, PROBE_SILENT, 1);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
	assert_not_sent(&b->seen[1].ping, EACCES);
	assert_part(&b->seen[1].ssh, PROBE_REFUSED, 1);
	assert_sum(b, 1, SIGHTING_ALIVE);
}

static void
pings_that_the_kernel_does_not_take_are_not_sent(void **state)
{
	struct box *b = *state;

	assert_not_sent(&ask_ping(b, BOX_PING_NOBUFS, 60)->ping, ENOBUFS);
	assert_true(b->facts.can_ping4);
	assert_int_equal(b->facts.packets, 0);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
}

static void
a_ping_that_the_kernel_takes_later_is_sent(void **state)
{
	struct box *b = *state;

	b->policy->probe.tries = 1;
	b->ping = BOX_PING_NOBUFS_ONCE;
	b->policy->probe.ping = true;
	b->policy->probe.ssh = POLICY_SSH_NEVER;
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_part(&b->seen[0].ping, PROBE_ANSWERED, 1);
	assert_int_equal(b->facts.packets, 1);
}

static void
the_deadline_between_two_tries_is_not_silence(void **state)
{
	struct box *b = *state;

	b->deadline_ms = 600;
	assert_part(&ask_ping(b, BOX_PING_SWALLOWED, BOX_LONG_MS)->ping, PROBE_CUT, 2);
	assert_int_equal(b->tries[0].result, PROBE_SILENT);
	assert_int_equal(b->tries[1].result, PROBE_CUT);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
}

static void
hundreds_of_pings_each_find_their_own_answer(void **state)
{
	struct box *b = *state;
	char address[32];
	size_t i;

	set_both(b, BOX_PING_ANSWERED, POLICY_SSH_NEVER);
	b->policy->probe.rate = b->policy->probe.rate_per_net = 20000;
	for (i = 0; i < BOX_TARGETS; i++) {
		snprintf(address, sizeof(address), "127.7.%zu.%zu", 1 + i / 200, 1 + i % 200);
		box_target(b, address);
	}
	box_run(b);
	for (i = 0; i < BOX_TARGETS; i++)
		assert_part(&b->seen[i].ping, PROBE_ANSWERED, 1);
	assert_int_equal(b->facts.packets, BOX_TARGETS);
	assert_int_equal(b->facts.replies, BOX_TARGETS);
}

/* Ssh, always, when silent, never. */
static void
ssh_always_is_asked_beside_a_ping_that_is_answered(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_ANSWERED, POLICY_SSH_ALWAYS);
	box_ask(b, &(struct box_script){.text = GREETING "\n"});
	assert_part(&b->seen[0].ping, PROBE_ANSWERED, 1);
	assert_part(&b->seen[0].ssh, PROBE_ANSWERED, 1);
	assert_string_equal(b->seen[0].greeting, GREETING);
	assert_int_equal(b->accepted, 1);
}

static void
ssh_when_silent_is_not_asked_where_ping_was_answered(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_ANSWERED, POLICY_SSH_WHEN_SILENT);
	box_listen(b, "127.7.0.1");
	b->policy->probe.n_also_connect = 1;
	b->policy->probe.also_connect[0] = b->port;
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_part(&b->seen[0].ping, PROBE_ANSWERED, 1);
	assert_part(&b->seen[0].ssh, PROBE_NOT_ASKED, 0);
	assert_part(&b->seen[0].connect, PROBE_NOT_ASKED, 0);
	assert_sum(b, 0, SIGHTING_ALIVE);
	assert_false(box_was_called(b));
	assert_int_equal(b->connects, 0);
}

static void
ssh_when_silent_is_asked_once_ping_was_silent(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_SWALLOWED, POLICY_SSH_WHEN_SILENT);
	box_ask(b, &(struct box_script){.text = GREETING "\n"});
	assert_part(&b->seen[0].ping, PROBE_SILENT, 1);
	assert_part(&b->seen[0].ssh, PROBE_ANSWERED, 1);
	assert_sum(b, 0, SIGHTING_ALIVE);
	assert_int_equal(b->n_tries, 2);
	assert_int_equal(b->tries[0].method, PROBE_PING);
	assert_int_equal(b->tries[1].method, PROBE_SSH);
}

static void
silence_is_ping_and_ssh_and_every_other_port(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_SWALLOWED, POLICY_SSH_WHEN_SILENT);
	b->policy->probe.connect_ms = 100;
	box_listen_full(b, "127.7.0.1");
	b->policy->probe.n_also_connect = 1;
	b->policy->probe.also_connect[0] = b->port;
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_part(&b->seen[0].ping, PROBE_SILENT, 1);
	assert_part(&b->seen[0].ssh, PROBE_SILENT, 1);
	assert_part(&b->seen[0].connect, PROBE_SILENT, 1);
	assert_sum(b, 0, SIGHTING_SILENT);
}

static void
ssh_when_silent_is_asked_at_once_where_ping_is_not_wanted(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_SWALLOWED, POLICY_SSH_WHEN_SILENT);
	box_reserve_closed(b, "127.7.0.1");
	b->targets[box_target(b, "127.7.0.1")].ping = false;
	box_run(b);
	assert_part(&b->seen[0].ping, PROBE_NOT_ASKED, 0);
	assert_part(&b->seen[0].ssh, PROBE_REFUSED, 1);
	assert_int_equal(b->pings, 0);
}

static void
ssh_never_is_never_asked(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_SWALLOWED, POLICY_SSH_NEVER);
	box_listen(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_part(&b->seen[0].ping, PROBE_SILENT, 1);
	assert_part(&b->seen[0].ssh, PROBE_NOT_ASKED, 0);
	assert_sum(b, 0, SIGHTING_SILENT);
	assert_false(box_was_called(b));
	assert_int_equal(b->connects, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(real_pings_are_answered_or_not_sent),
	    TEST(an_answer_is_told_once_however_often_it_comes),
	    TEST(pings_without_an_answer_are_silence),
	    TEST(a_late_answer_to_the_first_try_counts_in_the_second),
	    TEST(forged_answers_are_no_life),
	    TEST(answers_of_another_machine_are_no_life),
	    TEST(without_permission_to_ping_nothing_was_sent),
	    TEST(without_permission_to_ping_silence_of_ssh_proves_nothing),
	    TEST(pings_that_the_kernel_does_not_take_are_not_sent),
	    TEST(a_ping_that_the_kernel_takes_later_is_sent),
	    TEST(the_deadline_between_two_tries_is_not_silence),
	    TEST(hundreds_of_pings_each_find_their_own_answer),
	    TEST(ssh_always_is_asked_beside_a_ping_that_is_answered),
	    TEST(ssh_when_silent_is_not_asked_where_ping_was_answered),
	    TEST(ssh_when_silent_is_asked_once_ping_was_silent),
	    TEST(silence_is_ping_and_ssh_and_every_other_port),
	    TEST(ssh_when_silent_is_asked_at_once_where_ping_is_not_wanted),
	    TEST(ssh_never_is_never_asked),
	};

	return cmocka_run_group_tests_name("probe_ping", tests, NULL, NULL);
}
