/* SPDX-License-Identifier: ISC */
/*
 * hours: time zones for [reap] hours. Private to policy/.
 */
#ifndef HOURS_H
#define HOURS_H

#include "base/fault.h"

/* 0 if the zone is UTC or can be loaded, else -1. */
int	hours_check_zone(const char *zone, struct fault *f);

#endif
