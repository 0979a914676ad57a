/* SPDX-License-Identifier: ISC */
/*
 * The probe engine as a whole: who is never asked, the deadline, the stop flag, and many at once.
 * What was not sent, was cut, or was not to be asked is never silent.
 */
#include "config.h"

#include <sys/resource.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe_box.h"

#define GREETING "SSH-2.0-x"

/* Who is never asked. */
static void
addresses_outside_of_the_networks_are_sent_nothing(void **state)
{
	struct box *b = *state;
	size_t i;

	set_both(b, BOX_PING_ANSWERED, POLICY_SSH_ALWAYS);
	box_listen(b, "127.8.0.1");
	box_listen(b, "127.6.255.255");
	b->policy->probe.n_also_connect = 1;
	b->policy->probe.also_connect[0] = b->port;
	box_target(b, "127.8.0.1");
	box_target(b, "127.6.255.255");
	box_target(b, "127.7.0.1"); /* nobody listens here: refused */
	box_run(b);
	for (i = 0; i < 2; i++) {
		assert_not_sent(&b->seen[i].ping, EPERM);
		assert_not_sent(&b->seen[i].ssh, EPERM);
		assert_not_sent(&b->seen[i].connect, EPERM);
		assert_sum(b, i, SIGHTING_NOT_PROBED);
	}
	assert_part(&b->seen[2].ping, PROBE_ANSWERED, 1);
	assert_part(&b->seen[2].ssh, PROBE_REFUSED, 1);
	assert_false(box_was_called(b));
	assert_int_equal(b->pings, 1);
	assert_int_equal(b->connects, 1);
}

static void
without_networks_nothing_is_sent(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_ANSWERED, POLICY_SSH_ALWAYS);
	b->policy->probe.n_networks = 0;
	box_listen(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_not_sent(&b->seen[0].ping, EPERM);
	assert_not_sent(&b->seen[0].ssh, EPERM);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
	assert_false(box_was_called(b));
	assert_int_equal(b->pings + b->connects, 0);
}

static void
addresses_that_are_no_machine_are_sent_nothing(void **state)
{
	static const char *const special[] = {
	    "0.0.0.0", "0.0.0.1", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "fe80::1"};
	const size_t n = sizeof(special) / sizeof(special[0]);
	struct box *b = *state;
	size_t i;

	set_both(b, BOX_PING_ANSWERED, POLICY_SSH_ALWAYS);
	assert_int_equal(net_prefix_parse("0.0.0.0/0", &b->networks[0]), 0);
	assert_int_equal(net_prefix_parse("::/0", &b->networks[1]), 0);
	b->policy->probe.n_networks = 2;
	for (i = 0; i < n; i++)
		box_target(b, special[i]);
	box_run(b);
	for (i = 0; i < n; i++) {
		assert_not_sent(&b->seen[i].ping, EPERM);
		assert_not_sent(&b->seen[i].ssh, EPERM);
		assert_sum(b, i, SIGHTING_NOT_PROBED);
	}
	assert_int_equal(b->pings + b->connects, 0);
}

static void
who_is_asked_by_nothing_is_not_probed(void **state)
{
	struct box *b = *state;

	b->policy->probe.ssh = POLICY_SSH_NEVER;
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
	assert_int_equal(b->n_tries, 0);
}

static void
nobody_to_ask_is_done_at_once(void **state)
{
	struct box *b = *state;

	memset(&b->facts, 0xff, sizeof(b->facts));
	b->pings = b->facts.packets = 0;
	box_run(b);
	assert_false(b->facts.cut);
	assert_false(b->facts.stopped);
	assert_int_equal(b->facts.connects, 0);
	assert_int_equal(b->facts.replies, 0);
	assert_int_equal(b->n_tries, 0);
}

/* The deadline and the stop flag. */
static void
assert_all_cut(const struct box *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		assert_int_equal(b->seen[i].ssh.result, PROBE_CUT);
		assert_sum(b, i, SIGHTING_NOT_PROBED);
	}
	for (i = 0; i < b->n_tries; i++)
		assert_int_equal(b->tries[i].result, PROBE_CUT);
}

static void
the_deadline_cuts_who_waits_for_a_handshake_or_for_a_place(void **state)
{
	struct box *b = *state;

	b->policy->probe.deadline_ms = 400;
	b->deadline_ms = BOX_LONG_MS; /* the policy's is sooner */
	b->policy->probe.in_flight = 1;
	box_listen_full(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_true(b->facts.cut);
	assert_false(b->facts.stopped);
	assert_all_cut(b);
	assert_int_equal(b->facts.connects, 1);
	assert_int_equal(b->seen[0].ssh.tries + b->seen[1].ssh.tries, 1);
}

static void
the_deadline_of_the_caller_cuts_who_waits_for_a_greeting(void **state)
{
	struct box *b = *state;

	b->deadline_ms = 400;
	box_ask(b, &(struct box_script){.end = BOX_HOLD});
	assert_true(b->facts.cut);
	assert_all_cut(b);
	assert_int_equal(b->accepted, 1);
}

static void
the_deadline_cuts_pings_and_what_waits_for_them(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_SWALLOWED, POLICY_SSH_WHEN_SILENT);
	b->policy->probe.try_ms[0] = BOX_LONG_MS;
	b->deadline_ms = 400;
	b->policy->probe.n_also_connect = 1;
	b->policy->probe.also_connect[0] = 9;
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_true(b->facts.cut);
	assert_part(&b->seen[0].ping, PROBE_CUT, 1);
	assert_part(&b->seen[0].connect, PROBE_CUT, 0);
	assert_all_cut(b);
	assert_int_equal(b->connects, 0);
}

static void
what_was_answered_before_the_deadline_stands(void **state)
{
	struct box *b = *state;

	b->deadline_ms = 600;
	box_listen_full(b, "127.7.0.1");
	box_reserve_closed(b, "127.7.0.2");
	box_target(b, "127.7.0.1");
	box_target(b, "127.7.0.2");
	box_run(b);
	assert_true(b->facts.cut);
	assert_part(&b->seen[0].ssh, PROBE_CUT, 1);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
	assert_part(&b->seen[1].ssh, PROBE_REFUSED, 1);
	assert_sum(b, 1, SIGHTING_ALIVE);
}

static void
a_stop_before_the_beginning_lets_nothing_out(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_ANSWERED, POLICY_SSH_ALWAYS);
	b->stop = true;
	box_listen(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_true(b->facts.stopped);
	assert_part(&b->seen[0].ping, PROBE_CUT, 0);
	assert_all_cut(b);
	assert_false(box_was_called(b));
	assert_int_equal(b->pings + b->connects, 0);
}

static void
stop_now(struct box *b, const struct probe_try *t)
{
	b->stop = b->stop || t->result == PROBE_REFUSED;
}

static void
a_stop_between_events_keeps_what_is_known(void **state)
{
	struct box *b = *state;

	b->on_try = stop_now;
	box_listen_full(b, "127.7.0.1");
	box_reserve_closed(b, "127.7.0.2");
	box_target(b, "127.7.0.1");
	box_target(b, "127.7.0.2");
	box_run(b);
	assert_true(b->facts.stopped);
	assert_false(b->facts.cut);
	assert_part(&b->seen[0].ssh, PROBE_CUT, 1);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
	assert_part(&b->seen[1].ssh, PROBE_REFUSED, 1);
	assert_sum(b, 1, SIGHTING_ALIVE);
}

static void
a_stop_is_seen_while_nothing_happens(void **state)
{
	struct box *b = *state;

	b->stop_in_progress = true;
	box_listen_full(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_int_equal(b->progress_calls, 1);
	assert_true(b->facts.stopped);
	assert_false(b->facts.cut);
	assert_all_cut(b);
}

/* Many, and few descriptors. */
static void
connections_without_a_descriptor_are_not_sent(void **state)
{
	struct box *b = *state;

	b->no_sockets = INT_MAX;
	b->policy->probe.connect_ms = 120;
	b->policy->probe.ssh_tries = 2;
	box_listen(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_not_sent(&b->seen[0].ssh, EMFILE);
	assert_sum(b, 0, SIGHTING_NOT_PROBED);
	assert_int_equal(b->facts.connects, 0);
	assert_false(box_was_called(b));
}

static void
a_descriptor_that_comes_later_is_used(void **state)
{
	struct box *b = *state;

	b->no_sockets = 1;
	box_reserve_closed(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_part(&b->seen[0].ssh, PROBE_REFUSED, 1);
}

static void
hundreds_take_turns_at_a_few_places(void **state)
{
	struct box *b = *state;
	char address[32];
	size_t i;

	b->policy->probe.in_flight = 8;
	b->policy->probe.rate = b->policy->probe.rate_per_net = 20000;
	for (i = 0; i < BOX_TARGETS; i++) {
		snprintf(address, sizeof(address), "127.7.%zu.%zu", 1 + i / 200, 1 + i % 200);
		if (i < 100)
			box_listen(b, address);
		box_target(b, address);
	}
	box_serve(b, &(struct box_script){.text = GREETING "\n"});
	box_run(b);
	box_done(b);
	for (i = 0; i < BOX_TARGETS; i++) {
		assert_part(&b->seen[i].ssh, i < 100 ? PROBE_ANSWERED : PROBE_REFUSED, 1);
		assert_string_equal(b->seen[i].greeting, i < 100 ? GREETING : "");
		assert_sum(b, i, SIGHTING_ALIVE);
	}
	assert_int_equal(b->accepted, 100);
	assert_int_equal(b->facts.connects, BOX_TARGETS);
	assert_int_equal(b->open_most, 8);
	assert_int_equal(b->n_tries, BOX_TARGETS);
}

static void
an_address_that_is_given_twice_is_answered_twice(void **state)
{
	struct box *b = *state;

	set_both(b, BOX_PING_ANSWERED, POLICY_SSH_ALWAYS);
	box_reserve_closed(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_part(&b->seen[0].ping, PROBE_ANSWERED, 1);
	assert_part(&b->seen[1].ping, PROBE_ANSWERED, 1);
	assert_part(&b->seen[0].ssh, PROBE_REFUSED, 1);
	assert_part(&b->seen[1].ssh, PROBE_REFUSED, 1);
	assert_int_equal(b->facts.replies, 2);
}

static void
the_process_is_left_as_it_was(void **state)
{
	struct box *b = *state;
	struct rlimit before, after;
	size_t descriptors;

	set_both(b, BOX_PING_SWALLOWED, POLICY_SSH_ALWAYS);
	b->policy->probe.in_flight = 256;
	b->deadline_ms = 400; /* and so with a connection that is open at the end */
	box_listen_full(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_target(b, "127.7.0.2");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	after = before;
	after.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &after), 0);
	descriptors = box_descriptors();
	box_run(b);
	assert_int_equal(box_descriptors(), descriptors);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
	assert_int_equal(after.rlim_cur, 100);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(addresses_outside_of_the_networks_are_sent_nothing),
	    TEST(without_networks_nothing_is_sent),
	    TEST(addresses_that_are_no_machine_are_sent_nothing),
	    TEST(who_is_asked_by_nothing_is_not_probed),
	    TEST(nobody_to_ask_is_done_at_once),
	    TEST(the_deadline_cuts_who_waits_for_a_handshake_or_for_a_place),
	    TEST(the_deadline_of_the_caller_cuts_who_waits_for_a_greeting),
	    TEST(the_deadline_cuts_pings_and_what_waits_for_them),
	    TEST(what_was_answered_before_the_deadline_stands),
	    TEST(a_stop_before_the_beginning_lets_nothing_out),
	    TEST(a_stop_between_events_keeps_what_is_known),
	    TEST(a_stop_is_seen_while_nothing_happens),
	    TEST(connections_without_a_descriptor_are_not_sent),
	    TEST(a_descriptor_that_comes_later_is_used),
	    TEST(hundreds_take_turns_at_a_few_places),
	    TEST(an_address_that_is_given_twice_is_answered_twice),
	    TEST(the_process_is_left_as_it_was),
	};

	return cmocka_run_group_tests_name("probe_run", tests, NULL, NULL);
}
