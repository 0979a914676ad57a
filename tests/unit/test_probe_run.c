/* SPDX-License-Identifier: ISC */
/*
 * The probe engine as a whole: ping, who is asked what, who is never asked, the deadline, the stop
 * flag, and many at once. What was not sent, was cut, or was not to be asked is never silent.
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

static void
assert_part(const struct sighting_part *p, enum probe_result result, uint8_t tries)
{
	if (p->result != result || p->tries != tries)
		fail_msg("%s/%u", probe_result_str(p->result), p->tries);
}

static void
assert_not_sent(const struct sighting_part *p, int os_error)
{
	assert_part(p, PROBE_NOT_SENT, 0);
	assert_int_equal(p->os_error, os_error);
	assert_int_equal(p->rtt_us, -1);
}

static void
assert_sum(const struct box *b, size_t i, enum sighting_sum sum)
{
	assert_string_equal(sighting_sum_str(sighting_sum(&b->seen[i])), sighting_sum_str(sum));
}

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

/* Ssh, always, when silent, never. */
static void
set_both(struct box *b, enum box_ping ping, enum policy_ssh ssh)
{
	b->ping = ping;
	b->policy->probe.ping = true;
	b->policy->probe.ssh = ssh;
	b->policy->probe.try_ms[0] = ping == BOX_PING_SWALLOWED ? 60 : BOX_LONG_MS;
}

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

/* Many. */
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
	    TEST(ssh_always_is_asked_beside_a_ping_that_is_answered),
	    TEST(ssh_when_silent_is_not_asked_where_ping_was_answered),
	    TEST(ssh_when_silent_is_asked_once_ping_was_silent),
	    TEST(silence_is_ping_and_ssh_and_every_other_port),
	    TEST(ssh_when_silent_is_asked_at_once_where_ping_is_not_wanted),
	    TEST(ssh_never_is_never_asked),
	    TEST(connections_without_a_descriptor_are_not_sent),
	    TEST(a_descriptor_that_comes_later_is_used),
	    TEST(addresses_outside_of_the_networks_are_sent_nothing),
	    TEST(without_networks_nothing_is_sent),
	    TEST(addresses_that_are_no_machine_are_sent_nothing),
	    TEST(who_is_asked_by_nothing_is_not_probed),
	    TEST(nobody_to_ask_is_done_at_once),
	    TEST(the_deadline_cuts_who_waits_for_a_handshake_or_for_a_place),
	    TEST(the_deadline_of_the_caller_cuts_who_waits_for_a_greeting),
	    TEST(the_deadline_cuts_pings_and_what_waits_for_them),
	    TEST(the_deadline_between_two_tries_is_not_silence),
	    TEST(what_was_answered_before_the_deadline_stands),
	    TEST(a_stop_before_the_beginning_lets_nothing_out),
	    TEST(a_stop_between_events_keeps_what_is_known),
	    TEST(a_stop_is_seen_while_nothing_happens),
	    TEST(hundreds_take_turns_at_a_few_places),
	    TEST(hundreds_of_pings_each_find_their_own_answer),
	    TEST(an_address_that_is_given_twice_is_answered_twice),
	    TEST(the_process_is_left_as_it_was),
	};

	return cmocka_run_group_tests_name("probe_run", tests, NULL, NULL);
}
