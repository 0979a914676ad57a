/* SPDX-License-Identifier: ISC */
/*
 * The parts of the probe engine that need no network: pacing, the kernel's notes about errors,
 * what sightings prove, and giving up capabilities.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cmocka.h>

#include "probe/errqueue.h"
#include "probe/icmp.h"
#include "probe/pace.h"
#include "probe/privileges.h"
#include "probe/probe.h"

#define SECOND INT64_C(1000000000)

static struct addr
addr_of(const char *s)
{
	struct addr a;

	assert_int_equal(net_addr_parse(s, &a), 0);
	return a;
}

/* 10.0.NET.HOST, n of them, `per_net` to a /24; in the order of their addresses. */
static struct addr *
fleet(size_t n, size_t per_net)
{
	struct addr *a = calloc(n, sizeof(*a));
	size_t i;

	assert_non_null(a);
	for (i = 0; i < n; i++)
		a[i] = (struct addr){
		    .family = 4, .b = {10, 0, (uint8_t)(i / per_net), (uint8_t)(i % per_net)}};
	return a;
}

static void
push_all(struct pace *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		pace_push(p, (uint32_t)i, (uint32_t)i);
}

/* Let time pass as the loop does: sleep until the time that pace asks for, never longer. */
static size_t
run(struct pace *p, int64_t *now, int64_t until, uint32_t *order)
{
	int64_t wake;
	uint32_t job;
	size_t n = 0;

	for (;;) {
		while (pace_pop(p, *now, &job)) {
			if (order != NULL)
				order[n] = job;
			n++;
		}
		wake = pace_wake_ns(p, *now);
		if (wake >= until)
			return n;
		assert_true(wake > *now); /* else the loop would spin */
		*now = wake;
	}
}

static void
the_whole_keeps_to_its_rate_and_uses_it(void **state)
{
	struct addr *a = fleet(10000, 200);
	struct pace p;
	int64_t now = 5 * SECOND;
	size_t n;

	(void)state;
	pace_init(&p, a, sizeof(*a), 10000, 10000, 2000, 2000);
	push_all(&p, 10000);
	n = run(&p, &now, 6 * SECOND, NULL);
	assert_in_range(n, 1990, 2000 + 16);
	n = run(&p, &now, 8 * SECOND, NULL);
	assert_in_range(n, 3980, 4016);
	pace_free(&p);
	free(a);
}

static void
one_network_keeps_to_its_own_rate(void **state)
{
	struct addr *a = fleet(1200, 200);
	size_t hit[6] = {0}, n, i;
	uint32_t order[1200];
	struct pace p;
	int64_t now = 0;

	(void)state;
	pace_init(&p, a, sizeof(*a), 1200, 1200, 2000, 100);
	push_all(&p, 1200);
	n = run(&p, &now, SECOND, order);
	for (i = 0; i < n; i++)
		hit[order[i] / 200]++;
	for (i = 0; i < 6; i++)
		assert_in_range(hit[i], 95, 100 + 4);
	pace_free(&p);
	free(a);
}

static void
networks_take_turns(void **state)
{
	struct addr *a = fleet(64, 16);
	uint32_t job[8];
	struct pace p;
	size_t i;

	(void)state;
	pace_init(&p, a, sizeof(*a), 64, 64, 2000, 200);
	push_all(&p, 64);
	for (i = 0; i < 8; i++)
		assert_true(pace_pop(&p, 0, &job[i]));
	for (i = 1; i < 8; i++)
		assert_int_not_equal(job[i] / 16, job[i - 1] / 16);
	pace_free(&p);
	free(a);
}

static void
a_network_in_v6_is_a_slash_64(void **state)
{
	struct addr a[4] = {addr_of("2001:db8::1"), addr_of("2001:db8::ffff:1"),
	    addr_of("2001:db8:0:1::1"), addr_of("10.0.0.1")};
	struct pace p;

	(void)state;
	pace_init(&p, a, sizeof(a[0]), 4, 4, 100, 100);
	assert_int_equal(p.n_nets, 3);
	assert_int_equal(p.net_of[0], p.net_of[1]);
	assert_int_not_equal(p.net_of[0], p.net_of[2]);
	pace_free(&p);
}

static void
every_job_comes_out_once(void **state)
{
	struct addr *a = fleet(3000, 250);
	unsigned char *seen = calloc(3000, 1);
	uint32_t *order = calloc(3000, sizeof(*order));
	struct pace p;
	int64_t now = 0;
	size_t i, n;

	(void)state;
	pace_init(&p, a, sizeof(*a), 3000, 3000, 1000000, 1000);
	push_all(&p, 3000);
	n = run(&p, &now, 60 * SECOND, order);
	assert_int_equal(n, 3000);
	for (i = 0; i < n; i++)
		assert_int_equal(seen[order[i]]++, 0);
	assert_true(pace_wake_ns(&p, now) == INT64_MAX);
	pace_free(&p);
	free(a);
	free(seen);
	free(order);
}

/*
 * The error queue. Values and quotes as a kernel 6.18 gave them (raw and datagram sockets) for
 * requests with a key of zeros, index 70000, try 2; put into messages of this machine's own form.
 */
struct capture {
	const char *name;
	uint8_t origin, type, code;
	uint32_t error;
	const char *to, *from;
	uint8_t quote[32];
};
static const struct capture captures[] = {
    {"prohibited, raw", SO_EE_ORIGIN_ICMP, 3, 13, 113, "10.10.3.1", "10.7.0.2",
	{0x08, 0x00, 0x4f, 0x6d, 0x12, 0x34, 0x00, 0x05, 0xb4, 0x71, 0x69, 0x75, 0xd0, 0x30,
	    0xe5, 0x1a, 0x00, 0x01, 0x11, 0x70, 0x02, 0x00, 0x00, 0x00, 0x76, 0x6d, 0x72, 0x65,
	    0x61, 0x70, 0x65, 0x72}},
    {"unreachable, datagram", SO_EE_ORIGIN_ICMP, 3, 1, 113, "10.10.4.1", "10.7.0.2",
	{0x08, 0x00, 0x15, 0x11, 0x35, 0x44, 0x00, 0x05, 0x67, 0x2c, 0x96, 0xac, 0x53, 0x64,
	    0x99, 0x41, 0x00, 0x01, 0x11, 0x70, 0x02, 0x00, 0x00, 0x00, 0x76, 0x6d, 0x72, 0x65,
	    0x61, 0x70, 0x65, 0x72}},
    {"prohibited, v6", SO_EE_ORIGIN_ICMP6, 1, 1, 13, "fd10:3::1", "fd07::2",
	{0x80, 0x00, 0x76, 0x99, 0x12, 0x34, 0x00, 0x05, 0x30, 0x4c, 0xb0, 0x0b, 0xa7, 0x3d,
	    0xb1, 0xf8, 0x00, 0x01, 0x11, 0x70, 0x02, 0x00, 0x00, 0x00, 0x76, 0x6d, 0x72, 0x65,
	    0x61, 0x70, 0x65, 0x72}},
};

static socklen_t
sockaddr_of(void *p, const char *s)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	const struct addr a = addr_of(s);

	if (a.family == 4) {
		memcpy(&v4.sin_addr, a.b, 4);
		memcpy(p, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, a.b, 16);
	memcpy(p, &v6, sizeof(v6));
	return sizeof(v6);
}

struct message {
	_Alignas(struct cmsghdr) unsigned char control[256];
	struct sockaddr_storage name;
	struct msghdr m;
};

/* A time stamp first, as the kernel puts it, then the error; its offender cut to `offender`. */
static void
message_of(struct message *x, const struct capture *c, size_t offender)
{
	const struct timespec ts = {1795000000, 0};
	struct sock_extended_err ee = {.ee_errno = c->error,
	    .ee_origin = c->origin,
	    .ee_type = c->type,
	    .ee_code = c->code};
	unsigned char data[sizeof(ee) + sizeof(struct sockaddr_in6)] = {0};
	const bool v6 = addr_of(c->to).family == 6;
	struct cmsghdr *h;
	size_t len;

	memset(x, 0, sizeof(*x));
	x->m.msg_name = &x->name;
	x->m.msg_namelen = sockaddr_of(&x->name, c->to);
	x->m.msg_control = x->control;
	memcpy(data, &ee, sizeof(ee));
	len = sockaddr_of(data + sizeof(ee), c->from);
	len = sizeof(ee) + (offender < len ? offender : len);
	x->m.msg_controllen = CMSG_SPACE(sizeof(ts)) + CMSG_SPACE(len);
	h = CMSG_FIRSTHDR(&x->m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_TIMESTAMPNS;
	h->cmsg_len = CMSG_LEN(sizeof(ts));
	memcpy(CMSG_DATA(h), &ts, sizeof(ts));
	h = CMSG_NXTHDR(&x->m, h);
	h->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	h->cmsg_type = v6 ? IPV6_RECVERR : IP_RECVERR;
	h->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(h), data, len);
}

static void
the_kernels_notes_are_read(void **state)
{
	static const struct siphash_key key;
	struct errqueue_note note;
	struct icmp_echo echo;
	struct message x;
	const struct capture *c;
	struct addr to, from;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		c = &captures[i];
		to = addr_of(c->to);
		from = addr_of(c->from);
		message_of(&x, c, SIZE_MAX);
		memset(&note, 0, sizeof(note));
		if (!errqueue_decode(&x.m, &note) || note.type != c->type ||
		    note.code != c->code || note.os_error != (int32_t)c->error ||
		    !net_addr_eq(&note.to, &to) || !net_addr_eq(&note.from, &from))
			fail_msg("%s", c->name);
		if (!icmp_quote_match(c->quote, sizeof(c->quote), &key, &note.to, &echo) ||
		    echo.index != 70000 || echo.number != 2)
			fail_msg("%s: quote", c->name);
	}
}

static void
notes_that_are_cut_or_of_another_kind_are_not_believed(void **state)
{
	struct capture local = captures[0];
	struct errqueue_note note;
	struct message x;

	(void)state;
	message_of(&x, &captures[0], 4); /* no room for the offender's address */
	assert_true(errqueue_decode(&x.m, &note));
	assert_int_equal(note.from.family, 0);
	message_of(&x, &captures[0], SIZE_MAX);
	x.m.msg_controllen = CMSG_SPACE(sizeof(struct timespec)) + CMSG_LEN(8);
	assert_false(errqueue_decode(&x.m, &note));
	message_of(&x, &captures[0], SIZE_MAX);
	x.m.msg_controllen = 0;
	assert_false(errqueue_decode(&x.m, &note));
	local.origin = SO_EE_ORIGIN_LOCAL;
	message_of(&x, &local, SIZE_MAX);
	assert_false(errqueue_decode(&x.m, &note));
	message_of(&x, &captures[0], SIZE_MAX);
	x.m.msg_name = NULL;
	x.m.msg_namelen = 0;
	assert_true(errqueue_decode(&x.m, &note));
	assert_int_equal(note.to.family, 0);
}

static void
a_sighting_proves_no_more_than_was_seen(void **state)
{
	enum {
		N = PROBE_NOT_ASKED,
		A = PROBE_ANSWERED,
		R = PROBE_REFUSED,
		S = PROBE_SILENT,
		P = PROBE_PROHIBITED,
		U = PROBE_UNREACHABLE,
		X = PROBE_NOT_SENT,
		C = PROBE_CUT
	};
	static const struct {
		const char *name;
		int ping, ssh, connect, ping_tries;
		enum sighting_sum sum;
	} t[] = {
	    {"nothing asked", N, N, N, 0, SIGHTING_NOT_PROBED},
	    {"ping answered", A, N, N, 1, SIGHTING_ALIVE},
	    {"ssh answered only", S, A, N, 3, SIGHTING_ALIVE},
	    {"refused", S, R, N, 3, SIGHTING_ALIVE},
	    {"another port", S, S, A, 3, SIGHTING_ALIVE},
	    {"alive in spite of a cut", C, R, C, 1, SIGHTING_ALIVE},
	    {"alive though ping was not sent", X, R, N, 0, SIGHTING_ALIVE},
	    {"silent", S, N, N, 3, SIGHTING_SILENT},
	    {"silent twice", S, S, N, 3, SIGHTING_SILENT},
	    {"unreachable", U, U, S, 3, SIGHTING_SILENT},
	    {"ssh only", N, S, N, 0, SIGHTING_SILENT},
	    {"ping never sent", S, S, N, 0, SIGHTING_NOT_PROBED},
	    {"ping not sent", X, S, N, 2, SIGHTING_NOT_PROBED},
	    {"ping prohibited", P, S, N, 3, SIGHTING_NOT_PROBED},
	    {"ssh prohibited", S, P, N, 3, SIGHTING_NOT_PROBED},
	    {"ssh not sent", S, X, N, 3, SIGHTING_NOT_PROBED},
	    {"ssh cut", S, C, N, 3, SIGHTING_NOT_PROBED},
	    {"ping cut", C, N, N, 1, SIGHTING_NOT_PROBED},
	    {"another port cut", S, S, C, 3, SIGHTING_NOT_PROBED},
	};
	struct sighting s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memset(&s, 0, sizeof(s));
		s.ping.result = (enum probe_result)t[i].ping;
		s.ping.tries = (uint8_t)t[i].ping_tries;
		s.ssh.result = (enum probe_result)t[i].ssh;
		s.connect.result = (enum probe_result)t[i].connect;
		if (sighting_sum(&s) != t[i].sum)
			fail_msg("%s: %s", t[i].name, sighting_sum_str(sighting_sum(&s)));
	}
}

/* The effective capabilities of this process, as the kernel tells. */
static unsigned long long
capabilities(void)
{
	unsigned long long caps = ~0ull;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "CapPrm: %llx", &caps) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return caps;
}

static void
privileges_are_gone_for_good(void **state)
{
	const unsigned long long net_raw = 1ull << 13, before = capabilities();
	struct fault f;
	int status;
	pid_t child;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (probe_drop_privileges(true, &f) != 0)
			_exit(1);
		if (capabilities() != (before & net_raw))
			_exit(2);
		if (probe_drop_privileges(false, &f) != 0)
			_exit(3);
		if (capabilities() != 0)
			_exit(4);
		if (socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0)
			_exit(5);
		if (probe_drop_privileges(true, &f) != 0 || capabilities() != 0)
			_exit(6);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_whole_keeps_to_its_rate_and_uses_it),
	    cmocka_unit_test(one_network_keeps_to_its_own_rate),
	    cmocka_unit_test(networks_take_turns),
	    cmocka_unit_test(a_network_in_v6_is_a_slash_64),
	    cmocka_unit_test(every_job_comes_out_once),
	    cmocka_unit_test(the_kernels_notes_are_read),
	    cmocka_unit_test(notes_that_are_cut_or_of_another_kind_are_not_believed),
	    cmocka_unit_test(a_sighting_proves_no_more_than_was_seen),
	    cmocka_unit_test(privileges_are_gone_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
