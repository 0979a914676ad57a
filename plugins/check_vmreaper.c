/* SPDX-License-Identifier: ISC */
/*
 * check_vmreaper: is the reaper itself well? A monitoring plugin (plugins.md A) that reads the status file of the
 * last sweep and nothing else: no ledger, no network, no lock; it runs as another user than the sweep.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "command/plugin.h"
#include "ledger/status.h"
#include "report/health.h"

static const char usage[] =
    "usage: check_vmreaper [-f FILE | --cloud NAME | --status-file FILE] [-w AGE] [-c AGE]\n"
    "                      [-t SECONDS[:STATE]] [--max-lines N] [-v]\n"
    "                      [--extra-opts[=[SECTION][@FILE]]]\n";

static const char about[] =
    "\n"
    "Check the reaper itself, from the status file that each `vmreaper sweep' leaves: is its\n"
    "last good sweep recent, is a kill stuck, bounced, in doubt or a zombie, does a storm\n"
    "stand, did somebody forget a hold?\n"
    "\n";
static const char options_help[] =
    "      --status-file FILE\n"
    "                        the status file itself: no policy is read\n"
    "  -w, --warning AGE\n"
    "  -c, --critical AGE    threshold for the age of the last good sweep (default 2 and 4\n"
    "                        intervals): a duration such as 45m, or a range of seconds\n"
    "                        [@]START:END; an empty AGE removes it\n";
static const char verbose_help[] =
    "      --max-lines N     alarms in the long output (default: the policy's)\n"
    "  -v, --verbose         notes too, such as why nothing was killed; twice: more of them\n";

enum { OPT_STATUS_FILE = PLUGIN_LAST };

struct check {
	struct plugin plugin;
	const char *status_file;
	const char *warning, *critical; /* NULL: the default */
};

static int
parse_option(struct check *c, int option, const char *arg)
{
	switch (option) {
	case 'w':
		c->warning = arg;
		return 0;
	case 'c':
		c->critical = arg;
		return 0;
	case OPT_STATUS_FILE:
		c->status_file = arg;
		return 0;
	}
	return plugin_option(&c->plugin, option, arg);
}

static int
parse(struct check *c, int argc, char **argv)
{
	static const struct option options[] = {PLUGIN_LONG,
	    {"status-file", required_argument, NULL, OPT_STATUS_FILE},
	    {"warning", required_argument, NULL, 'w'},
	    {"critical", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, PLUGIN_SHORT "w:c:", options, NULL)) != -1)
		if (parse_option(c, option, optarg) != 0)
			return -1;
	if (c->status_file != NULL &&
	    (c->plugin.common.policy_path != NULL || c->plugin.common.cloud != NULL))
		return -1;
	return optind == argc ? 0 : -1;
}

static int
parse_limits(const struct check *c, struct health_limit *warning, struct health_limit *critical,
    struct fault *f)
{
	memset(warning, 0, sizeof(*warning));
	memset(critical, 0, sizeof(*critical));
	if (c->warning != NULL && health_limit_parse(warning, c->warning, f) != 0)
		return fault_prefix(f, "-w");
	if (c->critical != NULL && health_limit_parse(critical, c->critical, f) != 0)
		return fault_prefix(f, "-c");
	return 0;
}

/* Read, judge, print. The policy says where the file is, whose it must be, and how much may be printed. */
static enum state
check(const struct check *c, const struct policy *p, struct fault *f)
{
	const char *path = c->status_file != NULL ? c->status_file : p->ledger.status_file;
	int lines = c->plugin.max_lines >= 0 ? (int)c->plugin.max_lines : p->report.max_lines;
	struct health_limit warning, critical;
	struct arena *a = arena_new(16 << 20);
	struct status s;
	struct health h;
	struct text out;
	enum state state;

	if (a == NULL) {
		fault_set(f, FAULT_SYSTEM, "out of memory");
		return plugin_unknown(&c->plugin, f);
	}
	if (parse_limits(c, &warning, &critical, f) != 0 || status_read(path, a, &s, f) != 0 ||
	    health_judge(a, &s, &warning, &critical, clock_wall_s(), &h, f) != 0) {
		state = plugin_unknown(&c->plugin, f);
		goto out;
	}
	if (c->status_file == NULL && p->cloud.name != NULL &&
	    strcmp(s.cloud, p->cloud.name) != 0) {
		fault_set(f, FAULT_LEDGER, "status file %s: it is of the cloud %s, not of %s",
		    path, s.cloud, p->cloud.name);
		fault_remedy(f, "give each policy a [ledger] status_file of its own");
		state = plugin_unknown(&c->plugin, f);
		goto out;
	}
	state = h.state;
	text_init(&out, (size_t)p->report.max_bytes);
	health_render(&s, &h, c->plugin.common.verbosity,
	    c->plugin.common.verbosity > 1 ? lines * 10 : lines, &out);
	text_addc(&out, '\n');
	if (!common_print(&out))
		state = STATE_UNKNOWN;
	text_free(&out);
out:
	arena_free(a);
	return state;
}

static enum state
run(int argc, char **argv)
{
	struct check c = {.plugin = PLUGIN_INIT("check_vmreaper", "VMREAPER")};
	struct policy *p;
	struct fault f;
	enum state state;

	if (parse(&c, argc, argv) != 0)
		return plugin_usage(&c.plugin, usage);
	if (c.plugin.common.help) {
		printf("%s%s%s%s%s%s%s%s", usage, about, plugin_help_policy, options_help,
		    plugin_help_timeout, verbose_help, plugin_help_extra, plugin_help_rest);
		return STATE_UNKNOWN;
	}
	if (c.plugin.common.version)
		return plugin_version(&c.plugin);
	plugin_deadline(&c.plugin);
	memset(&f, 0, sizeof(f));
	p = c.status_file != NULL ? policy_default()
				  : common_policy_quiet(&c.plugin.common, NULL, &f);
	if (p == NULL)
		return plugin_unknown(&c.plugin, &f);
	state = check(&c, p, &f);
	policy_free(p);
	return state;
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	return plugin_main("check_vmreaper", "VMREAPER", run, argc, argv);
}
