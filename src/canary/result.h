/* SPDX-License-Identifier: ISC */
/*
 * result: the small file in which a run leaves its outcome for the plugin (JSON, 0640, renamed into place). What is read
 * is checked like any foreign input.
 */
#ifndef RESULT_H
#define RESULT_H

#include "base/arena.h"
#include "base/fault.h"
#include "canary/outcome.h"

#define RESULT_MAX_BYTES (64 * 1024)

int	result_write(const char *path, const char *group, const struct outcome_report *r, struct fault *f);
/* Memory in a. */
int	result_read(const char *path, struct arena *a, struct outcome_report *r, struct fault *f);

#endif
