/* SPDX-License-Identifier: ISC */
/*
 * nagios: the pieces of plugin output that check_vms and check_vmreaper have in common. Pure.
 */
#ifndef NAGIOS_H
#define NAGIOS_H

#include "report/report.h"

/* " label=value;warning;critical;0[;total]", or nothing when the figure is not known. */
void	nagios_figure(const struct status *s, enum metric m, const char *warning,
	    const char *critical, struct text *out);
/* "2 unknown, 1 failed of 512; hold 7 vCPU, 14 GiB", of a complete run. */
void	nagios_headline(const struct status *s, struct text *out);
/* Words of our own, commands to type: the quotes in them must stay. Only '|' has a meaning here. */
void	nagios_own(const char *s, struct text *out);
/* A line each, with the page of its machine (link: a pattern, or NULL), whole lines only: those of n_total that do not fit are counted, and more says where they are. */
void	nagios_findings(const struct finding *v, size_t n, size_t n_total, int max_lines,
	    const char *more, const char *link, struct text *out);

#endif
