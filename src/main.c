/* SPDX-License-Identifier: ISC */
/*
 * main: the table of commands, and the only exit(). Called as stratus-NAME-instance (a link), it is that command.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/instance.h"
#include "config.h"

static const struct command commands[] = {
    {"sweep", "list, probe, remember, judge, kill if armed, report (the cron job)",
	command_sweep},
    {"audit", "a report on a live cloud or a saved listing; kills and marks nothing",
	command_audit},
    {"explain", "every rule for one machine, and which one decided", command_explain},
    {"probe", "each try of ping and ssh on machines or addresses", command_probe},
    {"doctor", "check policy, account, rights, clock, ping and ledger", command_doctor},
    {"policy", "init, check or show the policy", command_policy},
    {"history", "the journal: what was killed, or would have been", command_history},
    {"keep", "keep a machine, whatever the rules say", command_keep},
    {"unkeep", "end that", command_unkeep},
    {"acknowledge", "a person has seen these dead machines (after a storm)",
	command_acknowledge},
    {"hold", "the panic button: no kills from now on", command_hold},
    {"resume", "end that", command_resume},
    {"run", "start machines from an image or a template", command_run},
    {"describe", "the machines of the caller, or those that are named", command_describe},
    {"connect", "log in to a machine with ssh", command_connect},
    {"shutdown", "ask guests to halt", command_shutdown},
    {"kill", "end machines by hand", command_kill},
};

static const struct command stratus[] = {
    {"stratus-run-instance", NULL, stratus_run},
    {"stratus-describe-instance", NULL, stratus_describe},
    {"stratus-connect-instance", NULL, stratus_connect},
    {"stratus-shutdown-instance", NULL, stratus_shutdown},
    {"stratus-kill-instance", NULL, stratus_kill},
};

static int
usage(FILE *to, int rc)
{
	size_t i;

	fprintf(to, "usage: vmreaper COMMAND [options]\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].summary);
	fprintf(to,
	    "\nNew here?  vmreaper policy init --endpoint URL > /etc/vmreaper/policy.ini\n"
	    "           vmreaper doctor\n"
	    "           vmreaper audit\n"
	    "`vmreaper COMMAND --help' tells the options; vmreaper(8) the rest.\n");
	return rc;
}

static int
run(int argc, char **argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	size_t i;

	name = name != NULL ? name + 1 : argc > 0 ? argv[0] : "";
	for (i = 0; i < sizeof(stratus) / sizeof(stratus[0]); i++)
		if (strcmp(name, stratus[i].name) == 0)
			return stratus[i].run(argc, argv);
	if (argc < 2)
		return usage(stderr, COMMAND_FAILED);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return usage(stdout, COMMAND_OK);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("vmreaper %s\n", PACKAGE_VERSION);
		return COMMAND_OK;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "vmreaper: there is no command '%.40s'\n", argv[1]);
	return usage(stderr, COMMAND_FAILED);
}

int
main(int argc, char **argv)
{
	int rc;

	common_descriptors();
	/* Only how wide characters are: numbers stay as C has them. */
	setlocale(LC_CTYPE, "");
	rc = run(argc, argv);
	if (fflush(stdout) != 0 && rc == COMMAND_OK)
		rc = COMMAND_FAILED;
	exit(rc);
}
