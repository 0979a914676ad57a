/* SPDX-License-Identifier: ISC */
/*
 * shutdown: ask guests to halt (ending.c); and stratus-shutdown-instance.
 */
#include <string.h>

#include "command/ending.h"

static const char help[] =
    "usage: vmreaper shutdown ID...\n"
    "\n"
    "Ask the guests of running machines to halt (ACPI). The cloud then ends the machines: "
    "disks\n"
    "that are to be saved are saved, which `vmreaper kill' may not do. A guest that does not\n"
    "listen goes on running.\n"
    "\n"
    "Exit status: 0 each was asked, 1 some could not be, 3 none was.\n";
static const char help_stratus[] =
    "Usage: stratus-shutdown-instance [options] vm-id ...\n"
    "\n"
    "  -i FILE, --input=FILE   numbers of machines, one a line\n"
    "The options of the cloud are those of every stratus command; stratus-instance(1).\n";

int
command_shutdown(int argc, char **argv)
{
	static const struct option options[] = {INSTANCE_LONG, {NULL, 0, NULL, 0}};
	struct ending e = {.in = {.name = "shutdown"}, .shutdown = true};
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":" INSTANCE_SHORT, options, NULL)) != -1)
		if (!instance_option(&e.in, c, optarg))
			return instance_bad_option(&e.in, c, argv);
	if (instance_done(&e.in, help, &rc))
		return rc;
	if (optind == argc)
		return instance_usage(&e.in, "give the numbers of machines");
	return ending_run(&e, argc - optind, argv + optind);
}

int
stratus_shutdown(int argc, char **argv)
{
	static const struct option options[] = {
	    INSTANCE_LONG_STRATUS, {"input", required_argument, NULL, 'i'}, {NULL, 0, NULL, 0}};
	struct ending e = {.in = {.name = "stratus-shutdown-instance",
			       .arguments = "[options] vm-id ...",
			       .stratus = true},
	    .shutdown = true};
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
