/* SPDX-License-Identifier: ISC */
/*
 * thresholds: which figures make a report WARNING or CRITICAL. Pure.
 */
#include <string.h>

#include "report/report.h"

void
thresholds_from(struct thresholds *t, const struct policy *p)
{
	memcpy(t->warning, p->check.warning, sizeof(t->warning));
	memcpy(t->critical, p->check.critical, sizeof(t->critical));
	memcpy(t->has_warning, p->check.has_warning, sizeof(t->has_warning));
	memcpy(t->has_critical, p->check.has_critical, sizeof(t->has_critical));
}

void
thresholds_default(struct thresholds *t)
{
	int m;

	memset(t, 0, sizeof(*t));
	for (m = 0; m < METRIC_COUNT; m++) {
		const char *w = metric_default((enum metric)m, 0),
			   *c = metric_default((enum metric)m, 1);

		t->has_warning[m] = w[0] != '\0' && range_parse(w, &t->warning[m]) == 0;
		t->has_critical[m] = c[0] != '\0' && range_parse(c, &t->critical[m]) == 0;
	}
}

int
thresholds_set(struct thresholds *t, bool critical, const char *arg, struct fault *f)
{
	const char *equals = strchr(arg, '=');
	char label[32];
	struct range r;
	int m;

	if (equals == NULL || (size_t)(equals - arg) >= sizeof(label)) {
		fault_set(f, FAULT_USAGE, "-%c %s: a threshold is METRIC=RANGE",
		    critical ? 'c' : 'w', arg);
		return fault_remedy(f, "for example -%c unknown=5", critical ? 'c' : 'w');
	}
	memcpy(label, arg, (size_t)(equals - arg));
	label[equals - arg] = '\0';
	m = metric_parse(label);
	if (m < 0) {
		fault_set(f, FAULT_USAGE, "-%c %s: there is no metric %s", critical ? 'c' : 'w',
		    arg, label);
		return fault_remedy(f, "--help lists them");
	}
	memset(&r, 0, sizeof(r));
	if (equals[1] != '\0' && range_parse(equals + 1, &r) != 0) {
		fault_set(f, FAULT_USAGE, "-%c %s: %s is no range", critical ? 'c' : 'w', arg,
		    equals + 1);
		return fault_remedy(f, "[@]START:END, such as 10, 10:, ~:10, 10:20, @10:20");
	}
	(critical ? t->critical : t->warning)[m] = r;
	(critical ? t->has_critical : t->has_warning)[m] = equals[1] != '\0';
	return 0;
}

enum state
report_state(const struct status *s, const struct thresholds *t)
{
	enum state state = s->complete ? STATE_OK : STATE_UNKNOWN;
	size_t i;
	int m;

	for (m = 0; m < METRIC_COUNT; m++) {
		if (!s->has[m])
			continue;
		if (t->has_critical[m] && range_alert(&t->critical[m], s->metrics[m]))
			return STATE_CRITICAL;
		/* what an incomplete listing shows is no reason for a WARNING: it is UNKNOWN */
		if (s->complete && t->has_warning[m] &&
		    range_alert(&t->warning[m], s->metrics[m]))
			state = state_worse(state, STATE_WARNING);
	}
	/* a run that could not look everywhere must not pass for one that looked and found little */
	for (i = 0; i < s->n_findings; i++)
		if (s->findings[i].severity == STATE_UNKNOWN)
			return STATE_UNKNOWN;
	return state;
}
