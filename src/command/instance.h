/* SPDX-License-Identifier: ISC */
/*
 * instance: what the commands by hand share: options, faults and exit codes, the caller's door.
 *
 * Each command has two fronts over one core: `vmreaper NAME' and, as StratusLab called it,
 * stratus-NAME-instance, with the original's options and exit codes (stratuslab.md 1.2; its errors on stderr).
 */
#ifndef COMMAND_INSTANCE_H
#define COMMAND_INSTANCE_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/text.h"
#include "cloud/cloud.h"
#include "command/caller.h"
#include "command/command.h"

enum { STRATUS_OK = 0, STRATUS_FATAL = 1, STRATUS_USAGE = 2, STRATUS_FAILED = 255 };

struct instance {
	const char *name;		/* "kill" or "stratus-kill-instance" */
	const char *arguments;		/* "[options] vm-id ...", for the usage line */
	bool	stratus;
	struct caller_options caller;
	int	verbosity, quiet;
	bool	help, version;
};

/* The options of every command; stratus knows the first group only. */
#define INSTANCE_SHORT "c:S:u:p:vqh"
enum {
	INSTANCE_ENDPOINT = 256, INSTANCE_CERT, INSTANCE_KEY, INSTANCE_VERSION, INSTANCE_AUTH_FILE, INSTANCE_ERA,
	INSTANCE_CA_FILE, INSTANCE_CA_DIR, INSTANCE_INSECURE, INSTANCE_NOT_BUILT, INSTANCE_LAST
};
#define INSTANCE_LONG_STRATUS						\
	{"config", required_argument, NULL, 'c'},			\
	{"user-config-section", required_argument, NULL, 'S'},		\
	{"username", required_argument, NULL, 'u'},			\
	{"password", required_argument, NULL, 'p'},			\
	{"verbose", no_argument, NULL, 'v'},				\
	{"quiet", no_argument, NULL, 'q'},				\
	{"help", no_argument, NULL, 'h'},				\
	{"endpoint", required_argument, NULL, INSTANCE_ENDPOINT},	\
	{"pem-cert", required_argument, NULL, INSTANCE_CERT},		\
	{"pem-key", required_argument, NULL, INSTANCE_KEY},		\
	{"version", no_argument, NULL, INSTANCE_VERSION}
#define INSTANCE_LONG							\
	INSTANCE_LONG_STRATUS,						\
	{"auth-file", required_argument, NULL, INSTANCE_AUTH_FILE},	\
	{"era", required_argument, NULL, INSTANCE_ERA},			\
	{"ca-file", required_argument, NULL, INSTANCE_CA_FILE},		\
	{"ca-dir", required_argument, NULL, INSTANCE_CA_DIR},		\
	{"insecure", no_argument, NULL, INSTANCE_INSECURE}
/* StratusLab's options that are refused, one clear line each (INSTANCE_NOT_BUILT). */
#define INSTANCE_LONG_PAT						\
	{"pat-enable", no_argument, NULL, INSTANCE_NOT_BUILT},		\
	{"pat-service-host", required_argument, NULL, INSTANCE_NOT_BUILT},	\
	{"pat-gateway-host", required_argument, NULL, INSTANCE_NOT_BUILT}

/* What the help of every command ends with. */
extern const char instance_help[];

/* Take one getopt_long result; false if it is none of the common ones. */
bool	instance_option(struct instance *in, int option, const char *arg);
/* After a result of '?', ':' or INSTANCE_NOT_BUILT: say what is wrong with argv[optind - 1]; returns the exit code. */
int	instance_bad_option(const struct instance *in, int option, char **argv);
/* After the options: prints help or version if asked (then *rc is the exit code and true comes back). */
bool	instance_done(const struct instance *in, const char *help, int *rc);

/* Errors, all on stderr; each returns the exit code of its kind for this front. */
int	instance_usage(const struct instance *in, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
int	instance_fault(const struct instance *in, const struct fault *f);	/* run-time: 3, 255 */
int	instance_fatal(const struct instance *in, const struct fault *f);	/* "[ERROR]": 3, 1 */
/* A remark of ours on stderr; nothing from the stratus front, whose callers may read stderr as failure. */
void	instance_remark(const struct instance *in, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The caller's door. *c is to be closed in any case. */
int	instance_open(const struct instance *in, struct caller *c, struct fault *f);
/* A machine's number. */
int	instance_id(const char *s, int64_t *id, struct fault *f);

/* --- the commands ---------------------------------------------------------- */

int	command_run(int argc, char **argv);
int	command_describe(int argc, char **argv);
int	command_connect(int argc, char **argv);
int	command_shutdown(int argc, char **argv);
int	command_kill(int argc, char **argv);
int	stratus_run(int argc, char **argv);
int	stratus_describe(int argc, char **argv);
int	stratus_connect(int argc, char **argv);
int	stratus_shutdown(int argc, char **argv);
int	stratus_kill(int argc, char **argv);

#endif
