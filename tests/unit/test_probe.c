/* SPDX-License-Identifier: ISC */
/*
 * The probe engine and what is at the other end of a connection: servers that greet, in pieces or
 * late, say something else, too much or nothing, hang up, or are too busy to answer. Whatever a
 * server does, it is alive; only who never took the connection is silent.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "probe_box.h"

#include "probe/ssh.h"

#define GREETING     "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"
#define READ_AT_ONCE 4096 /* of the engine: by so much it may overshoot */
#define TEN_MB	     (10 * 1024 * 1024)

static void
assert_greeted(const struct sighting *s, const char *greeting)
{
	assert_part(&s->ssh, PROBE_ANSWERED, 1);
	assert_string_equal(s->greeting, greeting);
	assert_true(s->ssh.rtt_us >= 0);
	assert_int_equal(s->ssh.os_error, 0);
	assert_int_equal(sighting_sum(s), SIGHTING_ALIVE);
}

/* It took the connection, and that is life; but it is no ssh. */
static void
assert_alive_without_greeting(const struct sighting *s)
{
	assert_part(&s->ssh, PROBE_REFUSED, 1);
	assert_string_equal(s->greeting, "");
	assert_int_equal(sighting_sum(s), SIGHTING_ALIVE);
}

static void
a_server_that_greets_has_answered(void **state)
{
	struct box *b = *state;
	const struct sighting *s = box_ask(b, &(struct box_script){.text = GREETING "\r\n"});

	assert_greeted(s, GREETING);
	assert_int_equal(s->ssh.port, b->port);
	assert_int_equal(s->ping.result, PROBE_NOT_ASKED);
	assert_int_equal(s->connect.result, PROBE_NOT_ASKED);
	assert_int_equal(b->accepted, 1);
	assert_int_equal(b->facts.connects, 1);
	assert_false(b->facts.cut);
	assert_false(b->facts.stopped);
	assert_int_equal(b->n_tries, 1);
	assert_int_equal(b->tries[0].method, PROBE_SSH);
	assert_int_equal(b->tries[0].number, 1);
	assert_int_equal(b->tries[0].result, PROBE_ANSWERED);
	assert_int_equal(b->tries[0].port, b->port);
}

static void
a_greeting_in_single_bytes_is_a_greeting(void **state)
{
	struct box *b = *state;

	assert_greeted(
	    box_ask(b, &(struct box_script){.text = GREETING "\r\n", .slowly = true}),
	    GREETING);
	assert_int_equal(b->received, strlen(GREETING "\r\n"));
}

static void
lines_before_the_greeting_are_passed_over(void **state)
{
	assert_greeted(box_ask(*state,
			   &(struct box_script){
			       .text = "Welcome\r\n\r\nAuthorised use only\n" GREETING "\r\n"}),
	    GREETING);
}

static void
a_greeting_that_is_followed_by_the_end_is_a_greeting(void **state)
{
	assert_greeted(
	    box_ask(*state, &(struct box_script){.text = GREETING "\r\n", .end = BOX_FIN}),
	    GREETING);
}

static void
half_a_greeting_is_life(void **state)
{
	assert_alive_without_greeting(
	    box_ask(*state, &(struct box_script){.text = "SSH-2.0-Open", .end = BOX_FIN}));
}

static void
too_many_startups_are_life(void **state)
{
	assert_alive_without_greeting(box_ask(*state,
	    &(struct box_script){.text = "Exceeded MaxStartups\r\n", .end = BOX_CLOSE}));
}

static void
a_closed_port_is_refused_and_that_is_life(void **state)
{
	struct box *b = *state;

	b->policy->probe.ssh_tries = 2;
	box_reserve_closed(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_alive_without_greeting(&b->seen[0]);
	assert_true(b->seen[0].ssh.rtt_us >= 0);
	assert_int_equal(b->facts.connects, 1); /* one answer is enough */
}

static void
a_server_that_says_nothing_is_alive(void **state)
{
	struct box *b = *state;
	const struct sighting *s;

	b->policy->probe.greeting_ms = 150;
	s = box_ask(b, &(struct box_script){.end = BOX_HOLD});
	assert_alive_without_greeting(s);
	assert_int_equal(s->ssh.rtt_us, -1); /* waiting for nothing is no round trip */
	assert_int_equal(b->heard_end, 0);
}

static void
text_that_is_not_ssh_is_life(void **state)
{
	assert_alive_without_greeting(box_ask(*state,
	    &(struct box_script){
		.text = "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", .end = BOX_FIN}));
}

static void
a_greeting_with_control_bytes_is_no_greeting(void **state)
{
	/* the server does not end it: the engine does, at once */
	assert_alive_without_greeting(
	    box_ask(*state, &(struct box_script){.text = "SSH-2.0-x\033]0;owned\a\r\n"}));
}

static void
ten_megabytes_without_a_line_are_not_read(void **state)
{
	struct box *b = *state;

	assert_alive_without_greeting(box_ask(b, &(struct box_script){.rubbish = TEN_MB}));
	assert_in_range(b->received, SSH_BYTES_MAX, SSH_BYTES_MAX + READ_AT_ONCE);
}

static void
ten_megabytes_after_the_greeting_are_not_read(void **state)
{
	struct box *b = *state;

	assert_greeted(
	    box_ask(b, &(struct box_script){.text = GREETING "\r\n", .rubbish = TEN_MB}),
	    GREETING);
	assert_in_range(b->received, 1, 2 * SSH_BYTES_MAX);
}

/* The time for a greeting is one time, not one for each byte. */
static void
a_tarpit_is_alive_and_left(void **state)
{
	struct box *b = *state;

	b->policy->probe.greeting_ms = 200;
	assert_alive_without_greeting(box_ask(b, &(struct box_script){.drips = true}));
	assert_false(b->facts.cut);
}

static void
a_tarpit_behind_a_greeting_is_left(void **state)
{
	struct box *b = *state;

	assert_greeted(
	    box_ask(b, &(struct box_script){.text = GREETING "\r\n", .drips = true}), GREETING);
	assert_false(b->facts.cut);
}

static void
a_server_that_hangs_up_at_once_is_alive(void **state)
{
	struct box *b = *state;

	assert_alive_without_greeting(box_ask(b, &(struct box_script){.end = BOX_CLOSE}));
	assert_int_equal(b->accepted, 1);
}

static void
a_server_that_resets_is_alive(void **state)
{
	struct box *b = *state;

	assert_alive_without_greeting(box_ask(b, &(struct box_script){.end = BOX_RESET}));
	assert_int_equal(b->accepted, 1);
}

static void
a_server_that_never_takes_the_connection_is_silent(void **state)
{
	struct box *b = *state;
	size_t i;

	b->policy->probe.ssh_tries = 3;
	b->policy->probe.connect_ms = 60;
	box_listen_full(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_part(&b->seen[0].ssh, PROBE_SILENT, 3);
	assert_int_equal(b->seen[0].ssh.rtt_us, -1);
	assert_int_equal(sighting_sum(&b->seen[0]), SIGHTING_SILENT);
	assert_int_equal(b->facts.connects, 3);
	assert_int_equal(b->n_tries, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(b->tries[i].number, i + 1);
		assert_int_equal(b->tries[i].result, PROBE_SILENT);
	}
}

/* The first try is over: from now on it takes connections. */
static void
make_room(struct box *b, const struct probe_try *t)
{
	if (t->number != 1)
		return;
	assert_int_equal(t->result, PROBE_SILENT);
	box_drain(b);
	box_serve(b, &(struct box_script){.text = GREETING "\r\n"});
}

static void
the_second_try_finds_who_missed_the_first(void **state)
{
	struct box *b = *state;

	b->policy->probe.ssh_tries = 2;
	b->policy->probe.connect_ms =
	    400; /* for the handshake, of which the kernel makes nothing */
	b->on_try = make_room;
	box_listen_full(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	box_done(b);
	assert_part(&b->seen[0].ssh, PROBE_ANSWERED, 2);
	assert_string_equal(b->seen[0].greeting, GREETING);
	assert_int_equal(sighting_sum(&b->seen[0]), SIGHTING_ALIVE);
	assert_int_equal(b->n_tries, 2);
}

static uint32_t
number_at(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* RFC 4253: the identification string, one packet in clear text, and the end in order. */
static void
the_server_hears_who_asks_and_a_good_bye(void **state)
{
	static const char hello[] = "SSH-2.0-vmreaper_" PACKAGE_VERSION "\r\n";
	static const char text[] = "vmreaper: only looking";
	const size_t hello_len = sizeof(hello) - 1;
	struct box *b = *state;
	const char *packet = b->heard + hello_len;
	uint32_t length, padding;

	/* a key exchange that nobody waits for, as a real sshd sends it */
	box_ask(b, &(struct box_script){.text = GREETING "\r\n", .rubbish = 16 * 1024});
	assert_true(b->n_heard > hello_len + 5);
	assert_memory_equal(b->heard, hello, hello_len);
	length = number_at(packet);
	assert_int_equal(b->n_heard, hello_len + 4 + length);
	assert_int_equal((4 + length) % 8, 0);
	padding = (unsigned char)packet[4];
	assert_in_range(padding, 4, 255);
	assert_int_equal(packet[5], 1); /* SSH_MSG_DISCONNECT */
	assert_int_equal(number_at(packet + 6), 11); /* SSH_DISCONNECT_BY_APPLICATION */
	assert_int_equal(number_at(packet + 10), sizeof(text) - 1);
	assert_memory_equal(packet + 14, text, sizeof(text) - 1);
	assert_int_equal(number_at(packet + 14 + sizeof(text) - 1), 0); /* no language */
	assert_int_equal(1 + 1 + 4 + 4 + (sizeof(text) - 1) + 4 + padding, length);
	assert_int_equal(b->heard_end, 0); /* no reset: its log tells of no attack */
	assert_int_equal(b->received, strlen(GREETING "\r\n") + 16 * 1024);
}

static void
a_server_that_does_not_greet_hears_who_asks(void **state)
{
	struct box *b = *state;

	b->policy->probe.greeting_ms = 150;
	box_ask(b, &(struct box_script){.end = BOX_HOLD});
	assert_int_equal(b->n_heard, strlen(ssh_hello));
	assert_memory_equal(b->heard, ssh_hello, b->n_heard);
}

static void
another_port_that_is_open_is_life_and_is_told_nothing(void **state)
{
	struct box *b = *state;

	b->policy->probe.ssh = POLICY_SSH_NEVER;
	b->policy->probe.n_also_connect = 1;
	box_listen(b, "127.7.0.1");
	b->policy->probe.also_connect[0] = b->port;
	box_serve(b, &(struct box_script){.text = "220 smtp.example.org\r\n"});
	box_target(b, "127.7.0.1");
	box_run(b);
	box_done(b);
	assert_part(&b->seen[0].connect, PROBE_ANSWERED, 1);
	assert_int_equal(b->seen[0].connect.port, b->port);
	assert_int_equal(b->seen[0].ssh.result, PROBE_NOT_ASKED);
	assert_string_equal(b->seen[0].greeting, "");
	assert_int_equal(sighting_sum(&b->seen[0]), SIGHTING_ALIVE);
	assert_int_equal(b->accepted, 1);
	assert_int_equal(b->n_heard, 0);
}

static void
of_several_ports_the_one_that_answers_decides(void **state)
{
	struct box *b = *state;
	uint16_t full;

	b->policy->probe.ssh = POLICY_SSH_NEVER;
	b->policy->probe.connect_ms = 300;
	box_listen_full(b, "127.7.0.1");
	full = b->port;
	b->port = 0;
	box_reserve_closed(b, "127.7.0.1");
	b->policy->probe.n_also_connect = 2;
	b->policy->probe.also_connect[0] = b->port;
	b->policy->probe.also_connect[1] = full;
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_part(&b->seen[0].connect, PROBE_REFUSED, 1);
	assert_int_equal(b->seen[0].connect.port, b->port);
	assert_int_equal(sighting_sum(&b->seen[0]), SIGHTING_ALIVE);
	assert_int_equal(b->facts.connects, 2);
}

static void
another_port_that_is_silent_takes_no_life_away(void **state)
{
	struct box *b = *state;
	uint16_t full;

	b->policy->probe.connect_ms = 300;
	box_listen_full(b, "127.7.0.1");
	full = b->port;
	b->port = 0;
	b->policy->probe.n_also_connect = 1;
	b->policy->probe.also_connect[0] = full;
	box_reserve_closed(b, "127.7.0.1");
	box_target(b, "127.7.0.1");
	box_run(b);
	assert_part(&b->seen[0].ssh, PROBE_REFUSED, 1);
	assert_part(&b->seen[0].connect, PROBE_SILENT, 1);
	assert_int_equal(sighting_sum(&b->seen[0]), SIGHTING_ALIVE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_server_that_greets_has_answered),
	    TEST(a_greeting_in_single_bytes_is_a_greeting),
	    TEST(lines_before_the_greeting_are_passed_over),
	    TEST(a_greeting_that_is_followed_by_the_end_is_a_greeting),
	    TEST(half_a_greeting_is_life),
	    TEST(too_many_startups_are_life),
	    TEST(a_closed_port_is_refused_and_that_is_life),
	    TEST(a_server_that_says_nothing_is_alive),
	    TEST(text_that_is_not_ssh_is_life),
	    TEST(a_greeting_with_control_bytes_is_no_greeting),
	    TEST(ten_megabytes_without_a_line_are_not_read),
	    TEST(ten_megabytes_after_the_greeting_are_not_read),
	    TEST(a_tarpit_is_alive_and_left),
	    TEST(a_tarpit_behind_a_greeting_is_left),
	    TEST(a_server_that_hangs_up_at_once_is_alive),
	    TEST(a_server_that_resets_is_alive),
	    TEST(a_server_that_never_takes_the_connection_is_silent),
	    TEST(the_second_try_finds_who_missed_the_first),
	    TEST(the_server_hears_who_asks_and_a_good_bye),
	    TEST(a_server_that_does_not_greet_hears_who_asks),
	    TEST(another_port_that_is_open_is_life_and_is_told_nothing),
	    TEST(of_several_ports_the_one_that_answers_decides),
	    TEST(another_port_that_is_silent_takes_no_life_away),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
