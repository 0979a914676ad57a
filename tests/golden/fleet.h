/* SPDX-License-Identifier: ISC */
/*
 * fleet: a small cloud built by hand, the input of the golden reports. Every kind of finding is in it once.
 */
#ifndef GOLDEN_FLEET_H
#define GOLDEN_FLEET_H

#include "report/report.h"
#include "verdict/verdict.h"

#define GOLDEN_NOW_S INT64_C(1795500000)	/* 2026-11-24T05:20:00Z */

struct fleet {
	struct arena *a;
	struct policy *p;
	struct listing l;
	struct sightings s;
	struct record *records;
	struct verdict_input in;
	struct judgement *js;
	struct run_judgement run;
	struct report_inputs inputs;
	struct report r;
	struct kill kills[3];
};

/* Build, judge and report. hostile: machine 7 gets the worst name there is. */
void	fleet_build(struct fleet *f, bool complete);
void	fleet_free(struct fleet *f);

#endif
