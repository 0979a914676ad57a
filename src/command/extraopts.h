/* SPDX-License-Identifier: ISC */
/*
 * extraopts: --extra-opts[=[SECTION][@FILE]] of the plugins, as the other monitoring plugins have it (plugins.md A6):
 * options from a file go before those of the command line, which therefore win. It keeps thresholds in one place.
 *
 * SECTION: the name of the plugin, unless given. FILE: "-" is standard input; unless given, $MP_CONFIG_FILE, then
 * monitoring-plugins.ini, plugins.ini and nagios-plugins.ini in each directory of $NAGIOS_CONFIG_PATH, then the usual
 * places below /etc and /usr/local. The file must be regular, owned by root or the caller, and not writable by others.
 */
#ifndef EXTRAOPTS_H
#define EXTRAOPTS_H

#include "base/fault.h"
#include "base/text.h"

struct extraopts {
	int	argc;
	char	**argv;		/* NULL-terminated; its strings are the caller's and those of text */
	struct text text;
};

/*
 * The arguments with every --extra-opts replaced. program: the default section. 0, or -1 for a file or a section that
 * is missing or wrong: f says which, and out is to be freed all the same.
 */
int	extraopts_read(const char *program, int argc, char **argv, struct extraopts *out, struct fault *f);
void	extraopts_free(struct extraopts *e);

#endif
