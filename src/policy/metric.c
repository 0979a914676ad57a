/* SPDX-License-Identifier: ISC */
/*
 * metric: the columns of METRIC_LIST as functions. Pure.
 */
#include <stddef.h>
#include <string.h>

#include "policy/metric.h"

static const struct row {
	const char *label, *unit, *warning, *critical, *what;
} rows[METRIC_COUNT] = {
#define METRIC_X(e, label, unit, warning, critical, what) \
	[METRIC_##e] = {label, unit, warning, critical, what},
    METRIC_LIST(METRIC_X)
#undef METRIC_X
};

const char *
metric_str(enum metric m)
{
	return rows[m].label;
}

const char *
metric_unit(enum metric m)
{
	return rows[m].unit;
}

const char *
metric_what(enum metric m)
{
	return rows[m].what;
}

const char *
metric_default(enum metric m, int critical)
{
	return critical ? rows[m].critical : rows[m].warning;
}

int
metric_parse(const char *label)
{
	int m;

	for (m = 0; m < METRIC_COUNT; m++)
		if (strcmp(rows[m].label, label) == 0)
			return m;
	return -1;
}
