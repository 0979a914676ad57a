/* SPDX-License-Identifier: ISC */
/*
 * page: what the sections of the HTML report have in common. Private to report/. Pure.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/html.h"
#include "report/report.h"

/* "2026-11-24 06:00 UTC", or the day alone; "not known". Returns buf. */
char	*page_when(char buf[static 32], int64_t wall_s, bool day);
const char *page_plural(int64_t n, const char *one, const char *many);

/* Begin a section with its heading; id: unique in the page. */
void	page_section(struct html *h, const char *id, const char *title);

/* Cells of a table. head: of their column; it stands beside the figure where there is no room for columns. */
void	page_th(struct html *h, const char *class, const char *s);
void	page_begin_td(struct html *h, const char *class, const char *head);
void	page_td(struct html *h, const char *class, const char *head, const char *s);
void	page_td_count(struct html *h, const char *head, int64_t n);
void	page_td_mib(struct html *h, const char *head, int64_t mib);

/* "17 web", linked to its page if the policy says where that is. */
void	page_machine(struct html *h, const struct status *s, int64_t id, const char *name);
/* "4 vCPU, 8 GiB of memory, 20 GiB of disk and 1 address" */
void	page_holds(struct html *h, int64_t vcpu, int64_t memory_mib, int64_t disk_mib,
	    int64_t addresses);

/* The sections of the past. */
void	page_trend(struct html *h, const struct report *r);
void	page_freed(struct html *h, const struct report *r);

#endif
