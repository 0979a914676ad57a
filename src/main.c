/* SPDX-License-Identifier: ISC */
/*
 * main: the table of commands, and the only exit(). Called as stratus-NAME-instance (a link), it is that command.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/instance.h"
#include "command/usage.h"
#include "config.h"

static const char look[] = "Look";
static const char reap[] = "Reap";
static const char by_hand[] = "By hand, with your own credentials";
static const char records[] = "Policy and ledger";

static const struct command commands[] = {
    {"doctor", look, "what is missing before it can be trusted, and the remedy",
	command_doctor},
    {"audit", look, "a report on a live cloud or a saved listing; kills nothing",
	command_audit},
    {"explain", look, "every rule for one machine, and which one decided", command_explain},
    {"probe", look, "each try of ping and ssh on machines or addresses", command_probe},
    {"sweep", reap, "the cron job: probe, judge, report, kill if armed", command_sweep},
    {"hold", reap, "the panic button: no kills from now on", command_hold},
    {"resume", reap, "end that", command_resume},
    {"acknowledge", reap, "a person has seen these dead machines (after a storm)",
	command_acknowledge},
    {"keep", reap, "keep a machine, whatever the rules say", command_keep},
    {"unkeep", reap, "end that", command_unkeep},
    {"run", by_hand, "start machines from an image or a template", command_run},
    {"describe", by_hand, "your machines, or those that you name", command_describe},
    {"connect", by_hand, "log in to a machine with ssh", command_connect},
    {"shutdown", by_hand, "ask guests to halt", command_shutdown},
    {"kill", by_hand, "end machines", command_kill},
    {"policy", records, "init: write a first policy; check it; show all of it", command_policy},
    {"history", records, "the journal: what was killed, or would have been", command_history},
};

static const struct command stratus[] = {
    {"stratus-run-instance", NULL, NULL, stratus_run},
    {"stratus-describe-instance", NULL, NULL, stratus_describe},
    {"stratus-connect-instance", NULL, NULL, stratus_connect},
    {"stratus-shutdown-instance", NULL, NULL, stratus_shutdown},
    {"stratus-kill-instance", NULL, NULL, stratus_kill},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int
usage(FILE *to, int rc)
{
	struct style style = to == stdout ? common_style(COLOR_AUTO) : common_style_stderr();
	struct text out;

	text_init(&out, 64 * 1024);
	usage_add(&out, &style, commands, N_COMMANDS);
	fputs(out.p, to);
	text_free(&out);
	return rc;
}

static const struct command *
find(const char *name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static int
no_such(const char *word)
{
	const struct command *nearest = usage_nearest(commands, N_COMMANDS, word);
	char safe[128];

	fprintf(stderr, "vmreaper: there is no command '%s'\n",
	    text_safe(safe, sizeof(safe), TEXT_TERM, word));
	if (nearest != NULL)
		fprintf(stderr, "  did you mean: vmreaper %s\n", nearest->name);
	else
		fprintf(stderr, "  `vmreaper help' shows them all\n");
	return COMMAND_FAILED;
}

/* `vmreaper help COMMAND' is `vmreaper COMMAND --help'. */
static int
help(int argc, char **argv)
{
	static char option[] = "--help";
	const struct command *c;
	char *asked[] = {NULL, option, NULL};

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(stdout, COMMAND_OK);
	if ((c = find(argv[1])) == NULL)
		return no_such(argv[1]);
	asked[0] = argv[1];
	return c->run(2, asked);
}

static int
run(int argc, char **argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const struct command *c;
	size_t i;

	name = name != NULL ? name + 1 : argc > 0 ? argv[0] : "";
	for (i = 0; i < sizeof(stratus) / sizeof(stratus[0]); i++)
		if (strcmp(name, stratus[i].name) == 0)
			return stratus[i].run(argc, argv);
	if (argc < 2)
		return usage(stderr, COMMAND_FAILED);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(stdout, COMMAND_OK);
	if (strcmp(argv[1], "help") == 0)
		return help(argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("vmreaper %s\n", PACKAGE_VERSION);
		return COMMAND_OK;
	}
	if ((c = find(argv[1])) == NULL)
		return no_such(argv[1]);
	return c->run(argc - 1, argv + 1);
}

/* abort() has said why: a bug, or no memory. The exit status of that is "could not", as of everything else. */
static void
on_abort(int sig)
{
	(void)sig;
	_exit(COMMAND_FAILED);
}

int
main(int argc, char **argv)
{
	int rc;

	signal(SIGABRT, on_abort);
	common_descriptors();
	/* Only how wide characters are: numbers stay as C has them. */
	setlocale(LC_CTYPE, "");
	rc = run(argc, argv);
	if (!common_flush() && rc == COMMAND_OK)
		rc = COMMAND_FAILED;
	exit(rc);
}
