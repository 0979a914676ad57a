/* SPDX-License-Identifier: ISC */
/*
 * table: what describe and run print, as StratusLab's tools print it (stratuslab.md 1.3, 1.7, 4.1). Pure.
 *
 * Names and states come from the cloud and its tenants: every cell is escaped before it is measured.
 */
#ifndef COMMAND_TABLE_H
#define COMMAND_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/style.h"
#include "base/text.h"
#include "cloud/cloud.h"
#include "cloud/era.h"

#define TABLE_NAME_MAX 256	/* characters of a machine's name that are shown */

/*
 * The label of a state: "Running", "Save_Stop", "Poweroff"; CLEANUP of 3.x is "Delete"; "Invalid State" for a
 * number without a name in this era. Returns buf.
 */
char	*table_state(const struct era *era, int32_t state, int32_t lcm, char buf[static 40]);
/* The address that stands in the table: of the last NIC, IPv4 before IPv6; NULL when no NIC has one. */
const struct vm_addr *table_addr(const struct vm *vm);
/*
 * Append the table: a header, a line for each machine. hosts[i] is the name of its address, "" or hosts NULL: the
 * address itself ("-" without one). errors: the machine's last error below its line.
 */
void	table_add(const struct era *era, const struct vm *vms, size_t n, const char *const *hosts,
	    bool errors, struct text *out);

/*
 * The same for a terminal: headings in bold, dead machines in red, laid out within its width, the last error in a
 * column of its own.
 */
void	table_add_styled(const struct era *era, const struct vm *vms, size_t n, const char *const *hosts,
	    bool errors, const struct style *style, struct text *out);

/* A heading in a box of colons, with an empty line before it; a step below it. */
void	table_box(struct text *out, const char *heading);
void	table_step(struct text *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
