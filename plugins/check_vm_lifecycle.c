/* SPDX-License-Identifier: ISC */
/*
 * check_vm_lifecycle: can the cloud still deploy, run and kill a machine? --run, from cron, does it with a canary;
 * --last-run, from the monitoring system, reports what came of it, from the status file and nothing else.
 */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "canary/canary.h"
#include "canary/result.h"
#include "command/plugin.h"

static const char usage[] =
    "usage: check_vm_lifecycle --run [-f FILE | --cloud NAME] [-v]\n"
    "       check_vm_lifecycle --last-run [-f FILE | --cloud NAME | --status-file FILE]\n"
    "                          [-t SECONDS[:STATE]] [--extra-opts[=[SECTION][@FILE]]]\n";

static const char about[] =
    "\n"
    "Deploy a machine, follow it until it runs, ping it, greet its sshd, log in, kill it, and\n"
    "tell how long each step took.\n"
    "\n"
    "      --run             do it ([canary] in the policy), leave the result in the status\n"
    "                        file, and report it: for cron, it takes minutes. The machine of\n"
    "                        an earlier run that is left is killed first\n"
    "      --last-run        report the last result, from the status file alone\n"
    "      --status-file FILE\n"
    "                        that file itself: no policy is read\n";
static const char verbose_help[] =
    "  -v, --verbose         with --run: each step on stderr as it happens\n";

enum { OPT_RUN = PLUGIN_LAST, OPT_LAST_RUN, OPT_STATUS_FILE };

struct check {
	struct plugin plugin;
	const char *status_file;
	bool run, last_run, timeout;
};

static int
parse_option(struct check *c, int option, const char *arg)
{
	switch (option) {
	case OPT_RUN:
		c->run = true;
		return 0;
	case OPT_LAST_RUN:
		c->last_run = true;
		return 0;
	case OPT_STATUS_FILE:
		c->status_file = arg;
		return 0;
	case 't':
	case PLUGIN_TIMEOUT_RESULT:
		c->timeout = true;
		break;
	}
	return plugin_option(&c->plugin, option, arg);
}

static int
parse(struct check *c, int argc, char **argv)
{
	static const struct option options[] = {PLUGIN_LONG,
	    {"run", no_argument, NULL, OPT_RUN}, {"last-run", no_argument, NULL, OPT_LAST_RUN},
	    {"status-file", required_argument, NULL, OPT_STATUS_FILE}, {NULL, 0, NULL, 0}};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, PLUGIN_SHORT, options, NULL)) != -1)
		if (parse_option(c, option, optarg) != 0)
			return -1;
	if (optind != argc || (c->run && c->last_run))
		return -1;
	/* a run is bounded by the time-outs of the policy: an alarm would leave its machine behind */
	if (c->run && (c->status_file != NULL || c->timeout))
		return -1;
	if (c->status_file != NULL &&
	    (c->plugin.common.policy_path != NULL || c->plugin.common.cloud != NULL))
		return -1;
	return c->run || c->last_run || c->plugin.common.help || c->plugin.common.version ? 0
											  : -1;
}

static enum state
report(const struct check *c, const struct outcome_report *r, int64_t now_s)
{
	enum state state = outcome_state(r, now_s);
	struct text out;

	text_init(&out, 4096);
	outcome_render(r, c->plugin.label, now_s, &out);
	text_addc(&out, '\n');
	if (!common_print(&out))
		state = STATE_UNKNOWN;
	text_free(&out);
	return state;
}

static enum state
last_run(const struct check *c, const struct policy *p, struct fault *f)
{
	const char *path = c->status_file != NULL ? c->status_file : p->canary.status_file;
	struct arena *a = arena_new(1 << 20);
	struct outcome_report r;
	enum state state;

	if (a == NULL) {
		fault_set(f, FAULT_SYSTEM, "out of memory");
		return plugin_unknown(&c->plugin, f);
	}
	if (result_read(path, a, &r, f) != 0)
		state = plugin_unknown(&c->plugin, f);
	else if (c->status_file == NULL && strcmp(r.cloud, p->cloud.name) != 0) {
		fault_set(f, FAULT_LEDGER, "status file %s: it is of the cloud %s, not of %s",
		    path, r.cloud, p->cloud.name);
		fault_remedy(f, "give each policy a [canary] status_file of its own");
		state = plugin_unknown(&c->plugin, f);
	} else
		state = report(c, &r, clock_wall_s());
	arena_free(a);
	return state;
}

static enum state
run_now(const struct check *c, const struct policy *p, struct fault *f)
{
	struct canary_env env = {common_sleep_ms, common_signals(), CANARY_SSH};
	struct canary_result r;

	signal(SIGHUP, SIG_IGN);
	common_privileges(p);
	if (canary_run(&env, p, &r, f) != 0)
		return plugin_unknown(&c->plugin, f);
	if (result_write(p->canary.status_file, p->ledger.group, &r.report, f) != 0)
		return plugin_unknown(&c->plugin, f);
	return report(c, &r.report, r.report.ended_s);
}

static enum state
run(int argc, char **argv)
{
	struct check c = {.plugin = PLUGIN_INIT("check_vm_lifecycle", "VM LIFECYCLE")};
	struct policy *p;
	struct fault f;
	enum state state;

	if (parse(&c, argc, argv) != 0)
		return plugin_usage(&c.plugin, usage);
	if (c.plugin.common.help) {
		printf("%s%s%s%s%s%s%s", usage, about, plugin_help_policy, plugin_help_timeout,
		    verbose_help, plugin_help_extra, plugin_help_rest);
		return STATE_UNKNOWN;
	}
	if (c.plugin.common.version)
		return plugin_version(&c.plugin);
	if (c.run)
		log_open("check_vm_lifecycle", LOG_TO_STDERR, c.plugin.common.verbosity);
	else
		plugin_deadline(&c.plugin);
	memset(&f, 0, sizeof(f));
	p = c.status_file != NULL ? policy_default()
				  : common_policy_quiet(&c.plugin.common, NULL, &f);
	if (p == NULL)
		return plugin_unknown(&c.plugin, &f);
	state = c.run ? run_now(&c, p, &f) : last_run(&c, p, &f);
	policy_free(p);
	return state;
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	return plugin_main("check_vm_lifecycle", "VM LIFECYCLE", run, argc, argv);
}
