/* SPDX-License-Identifier: ISC */
/*
 * plugin: what the monitoring plugins do alike (plugins.md A): their common options, the deadline, and that
 * every way out is one line on standard output and a plugin state, also the ways that nobody planned.
 */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <getopt.h>
#include <stdint.h>

#include "base/fault.h"
#include "command/command.h"
#include "report/report.h"

struct plugin {
	const char *name, *label;	/* "check_vms", "VMS" */
	struct common common;
	int64_t	timeout_s;
	enum state timeout_state;
	int64_t	max_lines;		/* -1: the policy's */
};
#define PLUGIN_INIT(n, l)						\
	{.name = (n), .label = (l), .timeout_s = 30, .timeout_state = STATE_UNKNOWN, .max_lines = -1}

/* -f, --cloud, -t, --timeout-result, --max-lines, -v, -h, -V. A plugin's own start at PLUGIN_LAST. */
#define PLUGIN_SHORT "f:t:vhV"
enum { PLUGIN_CLOUD = 256, PLUGIN_TIMEOUT_RESULT, PLUGIN_MAX_LINES, PLUGIN_LAST };
#define PLUGIN_LONG							\
	{"policy", required_argument, NULL, 'f'},			\
	{"cloud", required_argument, NULL, PLUGIN_CLOUD},		\
	{"timeout", required_argument, NULL, 't'},			\
	{"timeout-result", required_argument, NULL, PLUGIN_TIMEOUT_RESULT},	\
	{"max-lines", required_argument, NULL, PLUGIN_MAX_LINES},	\
	{"verbose", no_argument, NULL, 'v'},				\
	{"help", no_argument, NULL, 'h'},				\
	{"version", no_argument, NULL, 'V'}

/* The lines of --help about them. */
extern const char plugin_help_policy[], plugin_help_timeout[], plugin_help_extra[],
	    plugin_help_rest[];

/* Take one getopt_long result: 0, or -1 when it is none of them or its argument is wrong. */
int	plugin_option(struct plugin *p, int option, const char *arg);
/* What a bug of ours, a lack of memory, or a signal that ends the program says: UNKNOWN. Before all else. */
void	plugin_guard(const struct plugin *p);
/* From now on the deadline runs; alarm(0) ends it. */
void	plugin_deadline(const struct plugin *p);
/*
 * What every plugin's main() does: plugin_guard, no log, the options of --extra-opts in front of the others, then run().
 * Returns the exit code.
 */
int	plugin_main(const char *name, const char *label, enum state (*run)(int argc, char **argv),
	    int argc, char **argv);
/* "LABEL UNKNOWN - fault; remedy"; returns STATE_UNKNOWN. Likewise wrong usage and -V. */
enum state plugin_unknown(const struct plugin *p, const struct fault *f);
/* "LABEL STATE - fault; remedy"; returns the state. */
enum state plugin_fault(const struct plugin *p, enum state state, const struct fault *f);
enum state plugin_usage(const struct plugin *p, const char *usage);
enum state plugin_version(const struct plugin *p);

#endif
