/* SPDX-License-Identifier: ISC */
/*
 * probe_tool: runs the probe engine on addresses given one a line on standard input, with a
 * policy made of options, so that tests can use times and networks that no policy file allows.
 * One line each: ADDRESS SUM ping=... ssh=... connect=... [greeting]; the facts on stderr.
 */
#include "config.h"

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "probe/privileges.h"
#include "probe/probe.h"

static const char usage[] =
    "usage: probe_tool [-Pv] [-D NETWORK] [-s always|when-silent|never] [-p PORT] [-c PORT]\n"
    "    [-t TRY_MS,...] [-T CONNECT_MS] [-G GREETING_MS] [-n SSH_TRIES] [-r RATE]\n"
    "    [-R RATE_PER_NET] [-d DEADLINE_MS] [-w WINDOW] < addresses\n";

static struct prefix networks[16];

static int32_t
number(const char *s)
{
	int64_t n;

	if (units_int(s, 0, 100000000, &n) != 0)
		errx(1, "not a number: %s", s);
	return (int32_t)n;
}

static void
set_tries(struct policy *p, char *s)
{
	char *save, *word;

	p->probe.tries = 0;
	for (word = strtok_r(s, ",", &save); word != NULL; word = strtok_r(NULL, ",", &save)) {
		if (p->probe.tries == POLICY_TRIES_MAX)
			errx(1, "too many tries");
		p->probe.try_ms[p->probe.tries++] = number(word);
	}
}

static void
set_ssh(struct policy *p, const char *s)
{
	if (strcmp(s, "always") == 0)
		p->probe.ssh = POLICY_SSH_ALWAYS;
	else if (strcmp(s, "when-silent") == 0)
		p->probe.ssh = POLICY_SSH_WHEN_SILENT;
	else if (strcmp(s, "never") == 0)
		p->probe.ssh = POLICY_SSH_NEVER;
	else
		errx(1, "%s", usage);
}

static void
set_network(struct policy *p, const char *s)
{
	if (p->probe.n_networks == sizeof(networks) / sizeof(networks[0]) ||
	    net_prefix_parse(s, &networks[p->probe.n_networks]) != 0)
		errx(1, "not a network: %s", s);
	p->probe.n_networks++;
}

static void
print_part(const char *name, const struct sighting_part *p)
{
	printf(" %s=%s/%u", name, probe_result_str(p->result), p->tries);
	if (p->rtt_us >= 0)
		printf("/%dus", p->rtt_us);
	if (p->os_error != 0)
		printf("/%s", strerrorname_np(p->os_error));
}

static void
on_try(void *ctx, const struct probe_try *t)
{
	const struct probe_target *targets = ctx;
	char a[NET_STR_SIZE], from[NET_STR_SIZE] = "-";

	if (t->from.family != 0)
		net_addr_str(from, &t->from);
	printf("try %s %s %u %s from=%s\n", net_addr_str(a, &targets[t->target].a),
	    probe_method_str(t->method), t->number, probe_result_str(t->result), from);
}

static struct probe_target *
read_targets(size_t *n)
{
	struct probe_target *targets = NULL;
	char line[128];

	for (*n = 0; fgets(line, sizeof(line), stdin) != NULL; ++*n) {
		line[strcspn(line, "\n")] = '\0';
		targets = x_realloc(targets, *n + 1, sizeof(*targets));
		if (net_addr_parse(line, &targets[*n].a) != 0)
			errx(1, "not an address: %s", line);
		targets[*n].ping = targets[*n].ssh = targets[*n].connect = true;
	}
	return targets;
}

static void
print_all(const struct probe_target *targets, const struct sighting *seen, size_t n,
    const struct probe_facts *facts)
{
	char a[NET_STR_SIZE], greeting[PROBE_GREETING_MAX];
	size_t i;

	for (i = 0; i < n; i++) {
		printf("%s %s", net_addr_str(a, &targets[i].a),
		    sighting_sum_str(sighting_sum(&seen[i])));
		print_part("ping", &seen[i].ping);
		print_part("ssh", &seen[i].ssh);
		print_part("connect", &seen[i].connect);
		printf(" %s\n",
		    text_safe(greeting, sizeof(greeting), TEXT_TERM, seen[i].greeting));
	}
	fprintf(stderr,
	    "can_ping4=%d can_ping6=%d raw=%d on_link_max=%zu neighbour_limit=%zu packets=%llu "
	    "replies=%llu connects=%llu cut=%d stopped=%d ms=%lld\n",
	    facts->can_ping4, facts->can_ping6, facts->raw, facts->on_link_max,
	    facts->neighbour_limit, (unsigned long long)facts->packets,
	    (unsigned long long)facts->replies, (unsigned long long)facts->connects, facts->cut,
	    facts->stopped, (long long)(facts->time_ns / 1000000));
}

int
main(int argc, char **argv)
{
	struct policy p = {0};
	struct probe_target *targets;
	struct sighting *seen;
	struct probe_facts facts;
	struct arena *a = arena_new(0);
	struct fault f = {0};
	bool tell = false;
	size_t n;
	int c;

	p.probe.ping = true;
	p.probe.ssh = POLICY_SSH_WHEN_SILENT;
	p.probe.ssh_port = 22;
	p.probe.rate = 2000;
	p.probe.rate_per_net = 200;
	p.probe.tries = 3;
	p.probe.try_ms[0] = 1000;
	p.probe.try_ms[1] = p.probe.try_ms[2] = 2000;
	p.probe.ssh_tries = 2;
	p.probe.connect_ms = p.probe.greeting_ms = 5000;
	p.probe.in_flight = 512;
	p.probe.deadline_ms = 300000;
	p.probe.networks = networks;
	while ((c = getopt(argc, argv, "PvD:s:p:c:t:T:G:n:r:R:d:w:")) != -1)
		switch (c) {
		case 'P':
			p.probe.ping = false;
			break;
		case 'v':
			tell = true;
			break;
		case 'D':
			set_network(&p, optarg);
			break;
		case 's':
			set_ssh(&p, optarg);
			break;
		case 'p':
			p.probe.ssh_port = (uint16_t)number(optarg);
			break;
		case 'c':
			if (p.probe.n_also_connect == POLICY_PORTS_MAX)
				errx(1, "too many ports");
			p.probe.also_connect[p.probe.n_also_connect++] =
			    (uint16_t)number(optarg);
			break;
		case 't':
			set_tries(&p, optarg);
			break;
		case 'T':
			p.probe.connect_ms = number(optarg);
			break;
		case 'G':
			p.probe.greeting_ms = number(optarg);
			break;
		case 'n':
			p.probe.ssh_tries = number(optarg);
			break;
		case 'r':
			p.probe.rate = number(optarg);
			break;
		case 'R':
			p.probe.rate_per_net = number(optarg);
			break;
		case 'd':
			p.probe.deadline_ms = number(optarg);
			break;
		case 'w':
			p.probe.in_flight = number(optarg);
			break;
		default:
			errx(1, "%s", usage);
		}
	if (p.probe.n_networks == 0) {
		set_network(&p, "0.0.0.0/0");
		set_network(&p, "::/0");
	}
	if (probe_drop_privileges(true, &f) != 0)
		errx(1, "%s", f.msg);
	targets = read_targets(&n);
	seen = x_calloc(n + 1, sizeof(*seen));
	if (probe_run(&p, a, targets, n, seen, &facts, tell ? on_try : NULL, targets, NULL, 0,
		NULL, &f) != 0)
		errx(1, "%s", f.msg);
	print_all(targets, seen, n, &facts);
	free(seen);
	free(targets);
	arena_free(a);
	return 0;
}
