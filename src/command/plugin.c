/* SPDX-License-Identifier: ISC */
/*
 * plugin: what the monitoring plugins do alike.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "command/extraopts.h"
#include "command/plugin.h"
#include "config.h"

#define TIMEOUT_MAX_S 3600

const char plugin_help_policy[] =
    "  -f, --policy FILE     the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME      the policy " VMR_SYSCONFDIR "/NAME.ini\n";
const char plugin_help_timeout[] =
    "  -t, --timeout SECONDS[:STATE]\n"
    "                        deadline of the whole check (default 30), and the state when it\n"
    "                        is reached (default UNKNOWN)\n"
    "      --timeout-result STATE\n"
    "                        the same state: ok, warning, critical, unknown or 0 to 3\n";
const char plugin_help_extra[] =
    "      --extra-opts[=[SECTION][@FILE]]\n"
    "                        more options, from an INI file as other plugins read it; those\n"
    "                        of the command line win\n";
const char plugin_help_rest[] = "  -h, --help            this help\n"
				"  -V, --version         the version\n";

/* What the handlers print; filled before they are set, only read by them. */
static char deadline_line[128], fatal_line[128];
static int deadline_state;

static void
leave(const char *line, int state)
{
	ssize_t ignored;

	ignored = write(STDOUT_FILENO, line, strlen(line));
	(void)ignored;
	_exit(state);
}

static void
on_alarm(int sig)
{
	(void)sig;
	leave(deadline_line, deadline_state);
}

static void
on_fatal(int sig)
{
	(void)sig;
	leave(fatal_line, STATE_UNKNOWN);
}

void
plugin_guard(const struct plugin *p)
{
	common_descriptors();
	snprintf(fatal_line, sizeof(fatal_line),
	    "%s UNKNOWN - %s was ended by a signal, or by an error of its own\n", p->label,
	    p->name);
	signal(SIGABRT, on_fatal);
	signal(SIGTERM, on_fatal);
	signal(SIGINT, on_fatal);
	signal(SIGHUP, on_fatal);
}

void
plugin_deadline(const struct plugin *p)
{
	snprintf(deadline_line, sizeof(deadline_line), "%s %s - no answer within %lld s\n",
	    p->label, state_str(p->timeout_state), (long long)p->timeout_s);
	deadline_state = (int)p->timeout_state;
	signal(SIGALRM, on_alarm);
	alarm((unsigned)p->timeout_s);
}

int
plugin_main(
    const char *name, const char *label, enum state (*run)(int, char **), int argc, char **argv)
{
	const struct plugin p = PLUGIN_INIT(name, label);
	struct extraopts extra;
	struct fault f = {.kind = FAULT_NONE};
	enum state state;
	int rc;

	plugin_guard(&p);
	log_open(name, LOG_TO_NONE, 0);
	plugin_deadline(&p); /* standard input may be a file of options that never ends */
	rc = extraopts_read(name, argc, argv, &extra, &f);
	alarm(0);
	state = rc == 0 ? run(extra.argc, extra.argv) : plugin_unknown(&p, &f);
	extraopts_free(&extra);
	return common_flush() ? (int)state : (int)STATE_UNKNOWN;
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
parse_timeout(struct plugin *p, const char *arg)
{
	char seconds[16];
	const char *colon = strchr(arg, ':');
	size_t len = colon != NULL ? (size_t)(colon - arg) : strlen(arg);

	if (len == 0 || len >= sizeof(seconds))
		return -1;
	memcpy(seconds, arg, len);
	seconds[len] = '\0';
	if (units_int(seconds, 1, TIMEOUT_MAX_S, &p->timeout_s) != 0)
		return -1;
	return colon != NULL ? parse_state(colon + 1, &p->timeout_state) : 0;
}

int
plugin_option(struct plugin *p, int option, const char *arg)
{
	switch (option) {
	case 'f':
		p->common.policy_path = arg;
		return 0;
	case 'h':
		p->common.help = true;
		return 0;
	case 'V':
		p->common.version = true;
		return 0;
	case 'v':
		p->common.verbosity++;
		return 0;
	case 't':
		return parse_timeout(p, arg);
	case PLUGIN_CLOUD:
		p->common.cloud = arg;
		return 0;
	case PLUGIN_TIMEOUT_RESULT:
		return parse_state(arg, &p->timeout_state);
	case PLUGIN_MAX_LINES:
		return units_int(arg, 0, 10000, &p->max_lines);
	}
	return -1;
}

enum state
plugin_unknown(const struct plugin *p, const struct fault *f)
{
	return plugin_fault(p, STATE_UNKNOWN, f);
}

enum state
plugin_fault(const struct plugin *p, enum state state, const struct fault *f)
{
	char msg[1200], remedy[800];

	printf("%s %s - %s", p->label, state_str(state),
	    text_safe(msg, sizeof(msg), TEXT_PLUGIN, f->msg));
	if (f->remedy[0] != '\0')
		printf("; %s", text_safe(remedy, sizeof(remedy), TEXT_PLUGIN, f->remedy));
	printf("\n");
	return state;
}

enum state
plugin_usage(const struct plugin *p, const char *usage)
{
	printf("%s UNKNOWN - wrong usage\n%s", p->label, usage);
	return STATE_UNKNOWN;
}

enum state
plugin_version(const struct plugin *p)
{
	printf("%s v%s (vmreaper %s)\n", p->name, PACKAGE_VERSION, PACKAGE_VERSION);
	return STATE_UNKNOWN;
}
