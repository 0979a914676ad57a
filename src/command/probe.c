/* SPDX-License-Identifier: ISC */
/*
 * probe: each try of ping and ssh on addresses or machines, as it ends, and what it proves.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "cloud/cloud.h"
#include "command/command.h"
#include "probe/probe.h"

static const char help[] =
    "usage: vmreaper probe [-f FILE | --cloud NAME] [--color WHEN] [-v] ID|ADDRESS...\n"
    "\n"
    "Ping, and greet ssh, as a sweep would; print each try and what it proves. A number is a\n"
    "machine, whose addresses are asked for; anything else is an address. Only addresses\n"
    "inside [probe] networks are ever sent anything.\n"
    "\n"
    "  -f, --policy FILE  the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME   the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --color WHEN   auto (default: on a terminal), always or never\n"
    "  -v, --verbose      more in the log; may be repeated\n"
    "  -h, --help         this help\n"
    "      --version      the version\n"
    "\n"
    "Exit status: 0 every address was probed, 1 some could not be, 3 could not.\n";

#define TARGETS_MAX 4096

struct wanted {
	struct addr *v;
	size_t n;
	struct style style;
};

static void
wanted_add(struct wanted *w, const struct addr *a)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (net_addr_eq(&w->v[i], a))
			return;
	if (w->n < TARGETS_MAX)
		w->v[w->n++] = *a;
}

static int
add_machine(
    const struct policy *p, struct arena *a, int64_t id, struct wanted *w, struct fault *f)
{
	struct cloud *cloud = NULL;
	const struct era *era = NULL;
	char version[32];
	struct vm vm;
	size_t i;
	int rc = -1;

	if (cloud_open_as(p, CLOUD_READER, &cloud, f) != 0 ||
	    cloud_version(cloud, a, version, &era, f) != 0 ||
	    cloud_inspect(cloud, a, era, id, &vm, f) != 0)
		goto out;
	for (i = 0; i < vm.n_addrs; i++)
		wanted_add(w, &vm.addrs[i].a);
	if (vm.n_addrs == 0)
		fprintf(stderr, "vmreaper probe: machine %lld has no address\n", (long long)id);
	rc = 0;
out:
	cloud_close(cloud);
	return rc;
}

/* Each argument is a machine's number or an address literal. */
static int
collect(const struct policy *p, struct arena *a, int argc, char **argv, struct wanted *w,
    struct fault *f)
{
	struct addr addr;
	int64_t id;
	int i;

	for (i = 0; i < argc; i++) {
		if (units_int(argv[i], 0, INT32_MAX, &id) == 0) {
			if (add_machine(p, a, id, w, f) != 0)
				return -1;
		} else if (net_addr_parse(argv[i], &addr) == 0)
			wanted_add(w, &addr);
		else
			return fault_set(f, FAULT_USAGE,
			    "%s is neither a machine's number nor an address", argv[i]);
	}
	return 0;
}

/* "ADDRESS word words"; on a narrow terminal the address has a line of its own. */
static void
print_line(const struct wanted *w, const char *addr, const char *word, enum tint tint,
    const char *words)
{
	int indent = style_indent(&w->style, 16);
	struct text out;

	text_init(&out, 8192);
	if (indent == 16)
		text_addf(&out, "%-15s ", addr);
	else
		text_addf(&out, "%s\n%*s", addr, indent, "");
	if (indent == 16 && strlen(addr) > 15)
		indent = (int)strlen(addr) + 1;
	style_add(&out, &w->style, tint, word);
	style_wrap(&out, &w->style, 16, indent + (int)strlen(word), words);
	common_print(&out);
	text_free(&out);
}

static void
on_try(void *ctx, const struct probe_try *t)
{
	const struct wanted *w = ctx;
	char addr[NET_STR_SIZE], from[NET_STR_SIZE];
	struct text line;

	text_init(&line, 1024);
	text_addf(&line, "%-7s try %u  %s", probe_method_str(t->method), t->number,
	    probe_result_str(t->result));
	if (t->port != 0)
		text_addf(&line, " (port %u)", t->port);
	if (t->rtt_us >= 0 && probe_result_is_alive(t->result))
		text_addf(&line, " in %d.%03d ms", t->rtt_us / 1000, t->rtt_us % 1000);
	if (t->os_error != 0)
		text_addf(&line, ": %s", strerror(t->os_error));
	if (t->from.family != 0)
		text_addf(&line, " (says %s)", net_addr_str(from, &t->from));
	print_line(w, net_addr_str(addr, &w->v[t->target]), "", TINT_NONE, line.p);
	text_free(&line);
}

static bool
print_sum(const struct wanted *w, const struct addr *a, const struct sighting *s)
{
	enum sighting_sum sum = sighting_sum(s);
	const char *proves = "";
	enum tint tint = TINT_NONE;
	char buf[NET_STR_SIZE];
	struct text line;

	switch (sum) {
	case SIGHTING_ALIVE:
		tint = TINT_GREEN;
		proves = "  - somebody is at home: never killed";
		break;
	case SIGHTING_SILENT:
		tint = TINT_BOLD;
		proves = "  - every try was sent and nothing came back";
		break;
	case SIGHTING_NOT_PROBED:
		tint = TINT_YELLOW;
		proves = "  - proves nothing";
		break;
	}
	text_init(&line, 4096);
	if (s->greeting != NULL && s->greeting[0] != '\0') {
		text_add(&line, ": ");
		text_add_safe(&line, TEXT_TERM, s->greeting, PROBE_GREETING_MAX);
	}
	text_add(&line, proves);
	print_line(w, net_addr_str(buf, a), sighting_sum_str(sum), tint, line.p);
	text_free(&line);
	return sum != SIGHTING_NOT_PROBED;
}

static int
probe_all(const struct policy *p, struct wanted *w, struct fault *f)
{
	struct probe_target *targets = x_calloc(w->n + 1, sizeof(*targets));
	struct sighting *seen = x_calloc(w->n + 1, sizeof(*seen));
	struct arena *a = arena_new(0);
	struct probe_facts facts;
	size_t i;
	int rc = COMMAND_OK;

	for (i = 0; i < w->n; i++) {
		targets[i].a = w->v[i];
		targets[i].ping = p->probe.ping;
		targets[i].ssh = p->probe.ssh != POLICY_SSH_NEVER;
		targets[i].connect = p->probe.n_also_connect > 0;
	}
	memset(&facts, 0, sizeof(facts));
	if (probe_run(p, a, targets, w->n, seen, &facts, on_try, w, common_signals(), 0, NULL,
		f) != 0)
		rc = COMMAND_FAILED;
	for (i = 0; rc != COMMAND_FAILED && i < w->n; i++)
		if (!print_sum(w, &w->v[i], &seen[i]))
			rc = COMMAND_PARTLY;
	if (rc != COMMAND_FAILED && p->probe.n_networks == 0)
		fprintf(stderr,
		    "vmreaper probe: [probe] networks is empty: nothing may be probed\n");
	arena_free(a);
	free(seen);
	free(targets);
	return rc;
}

int
command_probe(int argc, char **argv)
{
	static const struct option options[] = {
	    COMMON_LONG, COMMON_LONG_COLOR, {NULL, 0, NULL, 0}};
	struct common common = {0};
	struct wanted w = {NULL, 0, {0, false}};
	struct arena *a;
	struct policy *p;
	struct fault f;
	int c, rc;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1)
		if (!common_option(&common, c, optarg))
			return common_usage("probe");
	if (common_done(&common, help, &rc))
		return rc;
	if (optind == argc) {
		fprintf(stderr, "vmreaper probe: give a machine's number or an address\n");
		return common_usage("probe");
	}
	log_open("vmreaper", LOG_TO_STDERR, common.verbosity);
	if ((p = common_policy(&common)) == NULL)
		return COMMAND_FAILED;
	common_privileges(p);
	if (p->probe.ssh == POLICY_SSH_WHEN_SILENT) /* a person wants to see all of it */
		p->probe.ssh = POLICY_SSH_ALWAYS;
	memset(&f, 0, sizeof(f));
	a = arena_new(0);
	w.style = common_style(common.color);
	w.v = x_calloc(TARGETS_MAX, sizeof(*w.v));
	rc = COMMAND_FAILED;
	if (collect(p, a, argc - optind, argv + optind, &w, &f) != 0 ||
	    (rc = probe_all(p, &w, &f)) == COMMAND_FAILED)
		common_fault("probe", &f);
	if (!common_flush())
		rc = COMMAND_FAILED;
	free(w.v);
	arena_free(a);
	policy_free(p);
	return rc;
}
