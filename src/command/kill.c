/* SPDX-License-Identifier: ISC */
/*
 * kill: end machines by hand, at once (ending.c); and stratus-kill-instance.
 */
#include <string.h>

#include "base/units.h"
#include "command/ending.h"

static const char help[] =
    "usage: vmreaper kill [--yes] [--wait] [--timeout DURATION] ID...\n"
    "\n"
    "End machines, with the mildest verb that the cloud accepts in their state. What is not "
    "in\n"
    "a persistent disk is lost. On a terminal it asks before it ends a machine that runs, is\n"
    "locked or has persistent data; elsewhere such a machine needs --yes. It goes on after a\n"
    "machine that fails. A call whose reply is lost is never sent again.\n"
    "\n"
    "  -y, --yes                  do not ask\n"
    "  -w, --wait                 until each machine is Done\n"
    "      --timeout DURATION     of --wait (10m)\n"
    "\n"
    "Exit status: 0 each was ended (with --wait: is Done), 1 some were not, 3 none was.\n";
static const char help_stratus[] =
    "Usage: stratus-kill-instance [options] vm-id ...\n"
    "\n"
    "  -i FILE, --input=FILE   numbers of machines, one a line\n"
    "The options of the cloud are those of every stratus command; stratus-instance(1).\n";

enum { OPT_TIMEOUT = INSTANCE_LAST };

int
command_kill(int argc, char **argv)
{
	static const struct option options[] = {INSTANCE_LONG, {"yes", no_argument, NULL, 'y'},
	    {"wait", no_argument, NULL, 'w'}, {"timeout", required_argument, NULL, OPT_TIMEOUT},
	    {NULL, 0, NULL, 0}};
	struct ending e = {.in = {.name = "kill"}, .wait_s = ENDING_WAIT_S};
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":" INSTANCE_SHORT "yw", options, NULL)) != -1) {
		if (c == 'y')
			e.yes = true;
		else if (c == 'w')
			e.wait = true;
		else if (c == OPT_TIMEOUT) {
			if (units_duration_s(optarg, &e.wait_s) != 0)
				return instance_usage(
				    &e.in, "--timeout takes a duration: 90s, 10m");
		} else if (!instance_option(&e.in, c, optarg))
			return instance_bad_option(&e.in, c, argv);
	}
	if (instance_done(&e.in, help, &rc))
		return rc;
	if (optind == argc)
		return instance_usage(&e.in, "give the numbers of machines");
	return ending_run(&e, argc - optind, argv + optind);
}

int
stratus_kill(int argc, char **argv)
{
	static const struct option options[] = {
	    INSTANCE_LONG_STRATUS, {"input", required_argument, NULL, 'i'}, {NULL, 0, NULL, 0}};
	struct ending e = {.in = {.name = "stratus-kill-instance",
			       .arguments = "[options] vm-id ...",
			       .stratus = true}};
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":" INSTANCE_SHORT "i:", options, NULL)) != -1) {
		if (c == 'i')
			e.input = optarg;
		else if (!instance_option(&e.in, c, optarg))
			return instance_bad_option(&e.in, c, argv);
	}
	if (instance_done(&e.in, help_stratus, &rc))
		return rc;
	if (optind == argc && e.input == NULL)
		return instance_usage(&e.in, "Missing vm-id or input file (-i/--input)");
	return ending_run(&e, argc - optind, argv + optind);
}
