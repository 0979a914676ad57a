/* SPDX-License-Identifier: ISC */
/*
 * leave: reads the past, renders, and puts files into place.
 */
#include <string.h>

#include "base/place.h"
#include "command/leave.h"

#define POINTS_MAX 120 /* of the trend: a line of so many looks like one of thousands */
#define KILLS_MAX  10000 /* for the sums; a page shows the newest */
#define PAGE_BYTES (256u << 20)

int
leave_past(struct sweep *s, struct past *past, struct fault *f)
{
	const int64_t now_s = s->report.status.now_s;
	struct trend_point *trend;
	struct freed *freed;

	memset(past, 0, sizeof(*past));
	s->inputs.past = NULL;
	if (s->ledger == NULL)
		return 0;
	past->since_s = now_s - LEAVE_PAST_S;
	if (ledger_trend(s->ledger, s->arena, past->since_s, now_s, POINTS_MAX, &trend,
		&past->n_trend, f) != 0 ||
	    ledger_freed(
		s->ledger, s->arena, past->since_s, KILLS_MAX, &freed, &past->n_freed, f) != 0)
		return -1;
	past->trend = trend;
	past->freed = freed;
	s->inputs.past = past;
	return 0;
}

static int
leave_html(struct sweep *s, struct fault *f)
{
	const struct policy *p = s->policy;
	struct past past;
	struct text out;
	int rc = -1;

	text_init(&out, PAGE_BYTES);
	if (leave_past(s, &past, f) == 0 && report_html(&s->report, &out, f) == 0)
		rc = place_write(p->report.html, p->ledger.group, out.p, f);
	s->inputs.past = NULL;
	text_free(&out);
	return rc != 0 ? fault_prefix(f, "[report] html %s", p->report.html) : 0;
}

static int
leave_prometheus(struct sweep *s, struct fault *f)
{
	const char *path = s->policy->report.prometheus;
	struct text out;
	int rc;

	text_init(&out, PAGE_BYTES);
	report_prometheus(&s->report, &out);
	if (out.len > 0) /* place_publish ends the last line */
		out.p[--out.len] = '\0';
	rc = place_publish(path, out.p, f);
	text_free(&out);
	return rc != 0 ? fault_prefix(f, "[report] prometheus %s", path) : 0;
}

int
leave_reports(struct sweep *s, struct fault faults[LEAVE_FILES])
{
	const struct policy *p = s->policy;
	int n = 0;

	memset(faults, 0, LEAVE_FILES * sizeof(*faults));
	if (p->report.html != NULL && leave_html(s, &faults[n]) != 0)
		n++;
	if (p->report.prometheus != NULL && leave_prometheus(s, &faults[n]) != 0)
		n++;
	return n;
}
