/* SPDX-License-Identifier: ISC */
/*
 * machines: a list of machines as JSON, for `describe --json': the shape of a machine in the audit. Pure.
 */
#ifndef REPORT_MACHINES_H
#define REPORT_MACHINES_H

#include <stddef.h>

#include "base/fault.h"
#include "base/text.h"
#include "cloud/cloud.h"

/* {"format":1,"machines":[...]} and a newline, a line for each machine. -1: it does not fit. */
int	report_machines_json(const struct era *era, const struct vm *vms, size_t n,
	    struct text *out, struct fault *f);

#endif
