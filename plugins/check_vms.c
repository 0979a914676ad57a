/* SPDX-License-Identifier: ISC */
/*
 * check_vms: the cloud's machines, as a monitoring plugin (plugins.md A).
 *
 * --last-sweep reads the status file of the last sweep and nothing else; without it the plugin looks itself,
 * writes nothing and takes no lock. Standard output only; every way out is one line and a plugin state.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "command/plugin.h"
#include "ledger/status.h"
#include "report/health.h"
#include "sweep.h"

static const char usage[] =
    "usage: check_vms [-f FILE | --cloud NAME] [--last-sweep] [-w METRIC=RANGE]...\n"
    "                 [-c METRIC=RANGE]... [-t SECONDS[:STATE]] [--max-lines N] [-v]\n"
    "                 [--extra-opts[=[SECTION][@FILE]]]\n";

static const char about[] =
    "\n"
    "Check the machines of an OpenNebula or StratusLab cloud: how many are unknown, failed,\n"
    "unreachable, overdue, and what they hold.\n"
    "\n";
static const char options_help[] =
    "      --last-sweep      what the last `vmreaper sweep' found; older than two intervals\n"
    "                        is UNKNOWN. Without it: look now, write nothing\n"
    "  -w, --warning METRIC=RANGE\n"
    "  -c, --critical METRIC=RANGE\n"
    "                        threshold over the one in the policy; may be repeated; an empty\n"
    "                        RANGE removes it. RANGE is [@]START:END\n";
static const char verbose_help[] =
    "      --max-lines N     findings in the long output (default: the policy's)\n"
    "  -v, --verbose         findings below the first line; twice: more of them\n";

enum { OPT_LAST = PLUGIN_LAST };

#define THRESHOLDS_MAX 128

struct check {
	struct plugin plugin;
	bool last;
	const char *thresholds[THRESHOLDS_MAX];
	bool critical[THRESHOLDS_MAX];
	size_t n_thresholds;
};

static int
parse_option(struct check *c, int option, const char *arg)
{
	switch (option) {
	case 'w':
	case 'c':
		if (c->n_thresholds == THRESHOLDS_MAX)
			return -1;
		c->thresholds[c->n_thresholds] = arg;
		c->critical[c->n_thresholds++] = option == 'c';
		return 0;
	case OPT_LAST:
		c->last = true;
		return 0;
	}
	return plugin_option(&c->plugin, option, arg);
}

static int
parse(struct check *c, int argc, char **argv)
{
	static const struct option options[] = {PLUGIN_LONG,
	    {"last-sweep", no_argument, NULL, OPT_LAST},
	    {"warning", required_argument, NULL, 'w'},
	    {"critical", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, PLUGIN_SHORT "w:c:", options, NULL)) != -1)
		if (parse_option(c, option, optarg) != 0)
			return -1;
	return optind == argc ? 0 : -1;
}

static void
print_help(void)
{
	int m;

	printf("%s%s%s%s%s%s%s%s\nMetrics:\n", usage, about, plugin_help_policy, options_help,
	    plugin_help_timeout, verbose_help, plugin_help_extra, plugin_help_rest);
	for (m = 0; m < METRIC_COUNT; m++)
		printf("  %-15s %s\n", metric_str((enum metric)m), metric_what((enum metric)m));
}

/* Print the report; the state is the exit code. */
static enum state
print_status(const struct check *c, const struct policy *p, const struct status *s,
    const struct thresholds *t, enum state state)
{
	int lines = c->plugin.max_lines >= 0 ? (int)c->plugin.max_lines : p->report.max_lines;
	struct text out;

	text_init(&out, (size_t)p->report.max_bytes);
	report_nagios(s, t, state, "VMS", c->plugin.common.verbosity > 0 || c->last ? 1 : 0,
	    c->plugin.common.verbosity > 1 ? lines * 10 : lines, &out);
	text_addc(&out, '\n');
	if (!common_print(&out))
		state = STATE_UNKNOWN;
	text_free(&out);
	return state;
}

static enum state
check_last(const struct check *c, const struct policy *p, const struct thresholds *t)
{
	struct arena *a = arena_new(16 << 20);
	struct status s;
	struct fault f;
	enum state state;
	int64_t age;
	char age_text[32];

	memset(&f, 0, sizeof(f));
	if (status_read(p->ledger.status_file, a, &s, &f) != 0) {
		state = plugin_unknown(&c->plugin, &f);
		goto out;
	}
	if (p->cloud.name != NULL && strcmp(s.cloud, p->cloud.name) != 0) {
		fault_set(&f, FAULT_LEDGER, "status file %s: it is of the cloud %s, not of %s",
		    p->ledger.status_file, s.cloud, p->cloud.name);
		fault_remedy(&f, "give each cloud its own [ledger] status_file");
		state = plugin_unknown(&c->plugin, &f);
		goto out;
	}
	if (health_age(&s, clock_wall_s(), &age, &f) != 0) {
		state = plugin_unknown(&c->plugin, &f);
		goto out;
	}
	if (age > 2 * s.interval_s) {
		fault_set(&f, FAULT_LEDGER,
		    "the last sweep is %s old, one is due every %lld min",
		    units_age_str(age_text, sizeof(age_text), age),
		    (long long)s.interval_s / 60);
		fault_remedy(&f, "look whether cron runs `vmreaper sweep'");
		state = plugin_unknown(&c->plugin, &f);
		goto out;
	}
	state = print_status(c, p, &s, t, report_state(&s, t));
out:
	arena_free(a);
	return state;
}

static enum state
check_live(const struct check *c, struct policy *p, const struct thresholds *t)
{
	struct sweep_options o = {.mode = SWEEP_LOOK,
	    .program = "check_vms",
	    .probe = true,
	    .saved_fd = -1,
	    .now_s = clock_wall_s,
	    .sleep_ms = common_sleep_ms};
	struct sweep s;
	struct fault f;
	enum state state;
	bool late;
	int rc;

	/* looking ends a little early, so that what is known can still be said */
	o.deadline_ns = clock_mono_ns() + c->plugin.timeout_s * 1000000000 -
			(c->plugin.timeout_s >= 4 ? 1000 : c->plugin.timeout_s * 250) * 1000000;
	o.stop = common_signals();
	rc = sweep_run(p, &o, &s, &f);
	late = clock_mono_ns() >= o.deadline_ns;
	if (rc != 0 && s.listing.n == 0) {
		state = plugin_fault(
		    &c->plugin, late ? c->plugin.timeout_state : STATE_UNKNOWN, &f);
	} else {
		alarm(0);
		state = report_state(&s.report.status, t);
		if (s.sightings.facts.cut || s.sightings.facts.stopped || (rc != 0 && late))
			state = state_worse(state, c->plugin.timeout_state);
		state = print_status(c, p, &s.report.status, t, state);
	}
	sweep_free(&s);
	return state;
}

static enum state
run(int argc, char **argv)
{
	struct check c = {.plugin = PLUGIN_INIT("check_vms", "VMS")};
	struct thresholds t;
	struct policy *p;
	struct fault f;
	enum state state;
	size_t i;

	if (parse(&c, argc, argv) != 0)
		return plugin_usage(&c.plugin, usage);
	if (c.plugin.common.help) {
		print_help();
		return STATE_UNKNOWN;
	}
	if (c.plugin.common.version)
		return plugin_version(&c.plugin);
	plugin_deadline(&c.plugin);
	memset(&f, 0, sizeof(f));
	if ((p = common_policy_quiet(&c.plugin.common, NULL, &f)) == NULL)
		return plugin_unknown(&c.plugin, &f);
	common_privileges(p);
	thresholds_from(&t, p);
	for (i = 0; i < c.n_thresholds; i++)
		if (thresholds_set(&t, c.critical[i], c.thresholds[i], &f) != 0) {
			policy_free(p);
			return plugin_unknown(&c.plugin, &f);
		}
	state = c.last ? check_last(&c, p, &t) : check_live(&c, p, &t);
	policy_free(p);
	return state;
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	return plugin_main("check_vms", "VMS", run, argc, argv);
}
