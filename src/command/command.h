/* SPDX-License-Identifier: ISC */
/*
 * command: the subcommands of vmreaper, one file each, and what they share.
 *
 * A command takes its own argv (argv[0] is its name) and returns the exit code; only main() exits.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/style.h"
#include "policy/policy.h"

struct command {
	const char *name;
	const char *group;		/* of `vmreaper --help`, which shows them in the table's order */
	const char *summary;		/* one line there; NULL: not shown */
	int	(*run)(int argc, char **argv);
};

/* DESIGN 2: the commands that are not plugins. */
enum { COMMAND_OK = 0, COMMAND_PARTLY = 1, COMMAND_FAILED = 3 };

int	command_sweep(int argc, char **argv);
int	command_audit(int argc, char **argv);
int	command_explain(int argc, char **argv);
int	command_probe(int argc, char **argv);
int	command_doctor(int argc, char **argv);
int	command_policy(int argc, char **argv);
int	command_history(int argc, char **argv);
int	command_keep(int argc, char **argv);
int	command_unkeep(int argc, char **argv);
int	command_acknowledge(int argc, char **argv);
int	command_hold(int argc, char **argv);
int	command_resume(int argc, char **argv);

/*
 * Fill descriptors 0 to 2 that are closed, with something that nothing can be written to: a report must not land in the
 * next file that is opened. First thing in every main().
 */
void	common_descriptors(void);

/* --- shared by the commands and the plugins -------------------------------- */

/* --color WHEN */
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/*
 * Options that every command knows: -f/--policy FILE, --cloud NAME, -v, -h/--help, --version; and those that print
 * for people: --color WHEN.
 */
struct common {
	const char *policy_path, *cloud;
	int	verbosity;
	enum color color;
	bool	help, version;
};
#define COMMON_SHORT "f:vh"
enum { COMMON_CLOUD = 256, COMMON_VERSION, COMMON_COLOR, COMMON_LAST };
#define COMMON_LONG_COLOR {"color", required_argument, NULL, COMMON_COLOR}
#define COMMON_LONG						\
	{"policy", required_argument, NULL, 'f'},		\
	{"cloud", required_argument, NULL, COMMON_CLOUD},	\
	{"verbose", no_argument, NULL, 'v'},			\
	{"help", no_argument, NULL, 'h'},			\
	{"version", no_argument, NULL, COMMON_VERSION}

/* Take one getopt_long result; false if it is none of the common ones. */
bool	common_option(struct common *c, int option, const char *arg);
/* After the options: prints help or version if asked (then *rc is the exit code and true comes back). */
bool	common_done(const struct common *c, const char *help, int *rc);
/* "try `vmreaper NAME --help'" on stderr; returns COMMAND_FAILED. */
int	common_usage(const char *name);
/* The same, after saying which argument means nothing there. */
int	common_surplus(const char *name, const char *argument);

/*
 * Load the policy that the options name (default: SYSCONFDIR/policy.ini). Prints every error to stderr
 * and returns NULL when it cannot. The state names in [failed] states are checked against the era table.
 */
struct policy *common_policy(const struct common *c);
/* The same without printing: for plugins. errors (may be NULL) gets the text of all errors. */
struct policy *common_policy_quiet(const struct common *c, struct text *errors, struct fault *f);

/*
 * Give up every capability but cap_net_raw (ping). Kept by root only where the status file must change its group.
 * A process that cannot give them up goes on: they were never needed for more than that.
 */
void	common_privileges(const struct policy *p);

/* "vmreaper NAME: msg" and the remedy below it, on stderr. */
void	common_fault(const char *name, const struct fault *f);
/* "auto", "always" or "never"; false, and said on stderr, when it is none of them. */
bool	common_color(const char *arg, enum color *color);
/*
 * How to set what goes to standard output: the columns of its terminal; colour, if not told otherwise, when it is a
 * terminal, TERM is not "dumb" and NO_COLOR is not set, or empty (https://no-color.org).
 */
struct style common_style(enum color color);
/* The same for what goes to standard error. */
struct style common_style_stderr(void);
/*
 * Write text to stdout and flush; false when it could not be written (closed pipe, full disk). On a terminal whose
 * locale knows ASCII only, other characters are shown as '?'.
 */
bool	common_print(const struct text *t);
/* Was all that was printed so far taken? If not, stderr says so, once in a run. */
bool	common_flush(void);
/* A progress line on stderr when it is a terminal, else NULL. */
void	(*common_progress(void))(size_t, size_t);
/* The same of a long listing. */
void	(*common_listing(void))(size_t, bool);
void	common_sleep_ms(int64_t ms);
/* Set *flag when SIGTERM or SIGINT comes; SIGPIPE is ignored. */
const volatile bool *common_signals(void);

#endif
