/* SPDX-License-Identifier: ISC */
/*
 * check_vms: the cloud's machines, as a monitoring plugin (plugins.md A).
 *
 * --last-sweep reads the status file of the last sweep and nothing else; without it the plugin looks itself,
 * writes nothing and takes no lock. Standard output only; every way out is one line and a plugin state.
 */
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "config.h"
#include "ledger/status.h"
#include "sweep.h"

static const char usage[] =
    "usage: check_vms [-f FILE | --cloud NAME] [--last-sweep] [-w METRIC=RANGE]...\n"
    "                 [-c METRIC=RANGE]... [-t SECONDS[:STATE]] [--max-lines N] [-v]\n";

static const char help[] =
    "\n"
    "Check the machines of an OpenNebula or StratusLab cloud: how many are unknown, failed,\n"
    "unreachable, overdue, and what they hold.\n"
    "\n"
    "  -f, --policy FILE     the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME      the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --last-sweep      what the last `vmreaper sweep' found; older than two intervals\n"
    "                        is UNKNOWN. Without it: look now, write nothing\n"
    "  -w, --warning METRIC=RANGE\n"
    "  -c, --critical METRIC=RANGE\n"
    "                        threshold over the one in the policy; may be repeated; an empty\n"
    "                        RANGE removes it. RANGE is [@]START:END\n"
    "  -t, --timeout SECONDS[:STATE]\n"
    "                        deadline of the whole check (default 30), and the state when it\n"
    "                        is reached (default UNKNOWN)\n"
    "      --timeout-result STATE\n"
    "                        the same state: ok, warning, critical, unknown or 0 to 3\n"
    "      --max-lines N     findings in the long output (default: the policy's)\n"
    "  -v, --verbose         findings below the first line; twice: more of them\n"
    "  -h, --help            this help\n"
    "  -V, --version         the version\n"
    "\n"
    "Metrics:\n";

enum { OPT_CLOUD = 256, OPT_LAST, OPT_TIMEOUT_RESULT, OPT_MAX_LINES };

#define TIMEOUT_DEFAULT_S 30
#define TIMEOUT_MAX_S	  3600
#define THRESHOLDS_MAX	  128

struct check {
	struct common common;
	bool last;
	const char *thresholds[THRESHOLDS_MAX];
	bool critical[THRESHOLDS_MAX];
	size_t n_thresholds;
	int64_t timeout_s;
	enum state timeout_state;
	int64_t max_lines; /* -1: the policy's */
};

/* What the alarm prints; filled before the alarm is set, only read by the handler. */
static char alarm_line[128];
static int alarm_state;

static void
on_alarm(int sig)
{
	ssize_t ignored;

	(void)sig;
	ignored = write(STDOUT_FILENO, alarm_line, strlen(alarm_line));
	(void)ignored;
	_exit(alarm_state);
}

static enum state
unknown_line(const struct fault *f)
{
	char msg[1200], remedy[800];

	printf("VMS UNKNOWN - %s", text_safe(msg, sizeof(msg), TEXT_PLUGIN, f->msg));
	if (f->remedy[0] != '\0')
		printf("; %s", text_safe(remedy, sizeof(remedy), TEXT_PLUGIN, f->remedy));
	printf("\n");
	return STATE_UNKNOWN;
}

static int
parse_state(const char *s, enum state *out)
{
	static const char *const words[] = {"ok", "warning", "critical", "unknown"};
	int64_t n;
	size_t i;

	if (units_int(s, 0, 3, &n) == 0) {
		*out = (enum state)n;
		return 0;
	}
	for (i = 0; i < 4; i++)
		if (strcasecmp(s, words[i]) == 0) {
			*out = (enum state)i;
			return 0;
		}
	return -1;
}

static int
parse_timeout(struct check *c, const char *arg)
{
	char seconds[16];
	const char *colon = strchr(arg, ':');
	size_t len = colon != NULL ? (size_t)(colon - arg) : strlen(arg);

	if (len == 0 || len >= sizeof(seconds))
		return -1;
	memcpy(seconds, arg, len);
	seconds[len] = '\0';
	if (units_int(seconds, 1, TIMEOUT_MAX_S, &c->timeout_s) != 0)
		return -1;
	return colon != NULL ? parse_state(colon + 1, &c->timeout_state) : 0;
}

static int
parse_option(struct check *c, int option, const char *arg)
{
	switch (option) {
	case 'f':
		c->common.policy_path = arg;
		return 0;
	case 'h':
		c->common.help = true;
		return 0;
	case 'V':
		c->common.version = true;
		return 0;
	case 'v':
		c->common.verbosity++;
		return 0;
	case 'w':
	case 'c':
		if (c->n_thresholds == THRESHOLDS_MAX)
			return -1;
		c->thresholds[c->n_thresholds] = arg;
		c->critical[c->n_thresholds++] = option == 'c';
		return 0;
	case 't':
		return parse_timeout(c, arg);
	case OPT_CLOUD:
		c->common.cloud = arg;
		return 0;
	case OPT_LAST:
		c->last = true;
		return 0;
	case OPT_TIMEOUT_RESULT:
		return parse_state(arg, &c->timeout_state);
	case OPT_MAX_LINES:
		return units_int(arg, 0, 10000, &c->max_lines);
	}
	return -1;
}

static int
parse(struct check *c, int argc, char **argv)
{
	static const struct option options[] = {{"policy", required_argument, NULL, 'f'},
	    {"cloud", required_argument, NULL, OPT_CLOUD},
	    {"last-sweep", no_argument, NULL, OPT_LAST},
	    {"warning", required_argument, NULL, 'w'},
	    {"critical", required_argument, NULL, 'c'},
	    {"timeout", required_argument, NULL, 't'},
	    {"timeout-result", required_argument, NULL, OPT_TIMEOUT_RESULT},
	    {"max-lines", required_argument, NULL, OPT_MAX_LINES},
	    {"verbose", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "f:w:c:t:vhV", options, NULL)) != -1)
		if (parse_option(c, option, optarg) != 0)
			return -1;
	return optind == argc ? 0 : -1;
}

static void
print_help(void)
{
	int m;

	fputs(usage, stdout);
	fputs(help, stdout);
	for (m = 0; m < METRIC_COUNT; m++)
		printf("  %-15s %s\n", metric_str((enum metric)m), metric_what((enum metric)m));
}

static void
set_alarm(const struct check *c, int64_t after_s)
{
	snprintf(alarm_line, sizeof(alarm_line), "VMS %s - no answer within %lld s\n",
	    state_str(c->timeout_state), (long long)c->timeout_s);
	alarm_state = (int)c->timeout_state;
	signal(SIGALRM, on_alarm);
	alarm((unsigned)after_s);
}

/* Print the report; the state is the exit code. */
static enum state
print_status(const struct check *c, const struct policy *p, const struct status *s,
    const struct thresholds *t, enum state state)
{
	int lines = c->max_lines >= 0 ? (int)c->max_lines : p->report.max_lines;
	struct text out;

	text_init(&out, (size_t)p->report.max_bytes);
	report_nagios(s, t, state, "VMS", c->common.verbosity > 0 || c->last ? 1 : 0,
	    c->common.verbosity > 1 ? lines * 10 : lines, &out);
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
		state = unknown_line(&f);
		goto out;
	}
	if (s.now_s < 0 || s.interval_s <= 0 || s.interval_s > 366 * 86400) {
		fault_set(
		    &f, FAULT_LEDGER, "%s: its times make no sense", p->ledger.status_file);
		state = unknown_line(&f);
		goto out;
	}
	age = clock_wall_s() - s.now_s;
	if (age > 2 * s.interval_s || age < -60) {
		fault_set(&f, FAULT_LEDGER,
		    "the last sweep is %s old, one is due every %lld min",
		    units_age_str(age_text, sizeof(age_text), age),
		    (long long)s.interval_s / 60);
		fault_remedy(&f, "look whether cron runs `vmreaper sweep'");
		state = unknown_line(&f);
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

	/* probing ends a second early, so that what is known can still be said */
	o.deadline_ns = clock_mono_ns() + (c->timeout_s * 1000 - 1000) * 1000000;
	o.stop = common_signals();
	if (p->cloud.timeout_ms > c->timeout_s * 1000)
		p->cloud.timeout_ms = c->timeout_s * 1000;
	if (sweep_run(p, &o, &s, &f) != 0 && s.listing.n == 0) {
		state = unknown_line(&f);
	} else {
		alarm(0);
		state = report_state(&s.report.status, t);
		if (s.sightings.facts.cut || s.sightings.facts.stopped)
			state = state_worse(state, c->timeout_state);
		state = print_status(c, p, &s.report.status, t, state);
	}
	sweep_free(&s);
	return state;
}

static enum state
run(int argc, char **argv)
{
	struct check c = {
	    .timeout_s = TIMEOUT_DEFAULT_S, .timeout_state = STATE_UNKNOWN, .max_lines = -1};
	struct thresholds t;
	struct policy *p;
	struct fault f;
	enum state state;
	size_t i;

	log_open("check_vms", LOG_TO_NONE, 0);
	if (parse(&c, argc, argv) != 0) {
		printf("VMS UNKNOWN - wrong usage\n%s", usage);
		return STATE_UNKNOWN;
	}
	if (c.common.help) {
		print_help();
		return STATE_UNKNOWN;
	}
	if (c.common.version) {
		printf("check_vms v%s (vmreaper %s)\n", PACKAGE_VERSION, PACKAGE_VERSION);
		return STATE_UNKNOWN;
	}
	set_alarm(&c, c.timeout_s);
	memset(&f, 0, sizeof(f));
	if ((p = common_policy_quiet(&c.common, NULL, &f)) == NULL)
		return unknown_line(&f);
	common_privileges(p);
	thresholds_from(&t, p);
	for (i = 0; i < c.n_thresholds; i++)
		if (thresholds_set(&t, c.critical[i], c.thresholds[i], &f) != 0) {
			policy_free(p);
			return unknown_line(&f);
		}
	state = c.last ? check_last(&c, p, &t) : check_live(&c, p, &t);
	policy_free(p);
	return state;
}

int
main(int argc, char **argv)
{
	enum state state;

	setlocale(LC_CTYPE, "");
	state = run(argc, argv);
	fflush(stdout);
	return (int)state;
}
