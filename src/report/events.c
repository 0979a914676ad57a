/* SPDX-License-Identifier: ISC */
/*
 * events: compares two statuses. The older one comes from a file, and is believed in nothing but what it names.
 */
#include <string.h>

#include "report/events.h"
#include "report/nagios.h"

#define LINE_MAX_BYTES 1500

struct builder {
	struct arena *a;
	const struct status *s;
	struct events *out;
	void *v;
	struct text line;
};

/* A line that begins with the cloud's name: several clouds may share a log. */
static struct text *
line_new(struct builder *b)
{
	text_reset(&b->line);
	text_add_safe(&b->line, TEXT_TERM, b->s->cloud, 64);
	text_add(&b->line, ": ");
	return &b->line;
}

static void
line_done(struct builder *b, enum log_level level)
{
	struct event *e = arena_push(b->a, &b->v, b->out->n, sizeof(*e));

	if (e == NULL || (e->text = arena_strdup(b->a, b->line.p)) == NULL)
		return;
	e->level = level;
	b->out->v = b->v;
	b->out->n++;
}

static void
add_machine(struct text *t, int64_t id, const char *name, const char *owner)
{
	text_addf(t, "machine %lld ", (long long)id);
	text_add_safe(t, TEXT_TERM, name, 40);
	if (owner[0] != '\0') {
		text_add(t, " (");
		text_add_safe(t, TEXT_TERM, owner, 24);
		text_addc(t, ')');
	}
}

/* --- kills ------------------------------------------------------------------------------- */

static enum log_level
kill_level(enum outcome o)
{
	if (outcome_is_alarm(o))
		return LOG_LEVEL_CRITICAL;
	return o == OUTCOME_REFUSED || o == OUTCOME_NOT_SENT ? LOG_LEVEL_ERROR
							     : LOG_LEVEL_NOTICE;
}

static void
kill_event(struct builder *b, const struct kill *k)
{
	struct text *t = line_new(b);

	text_add(t, "kill of ");
	add_machine(t, k->id, k->name, k->owner);
	if (k->host[0] != '\0') {
		text_add(t, " on ");
		text_add_safe(t, TEXT_TERM, k->host, 64);
	}
	text_addf(t, ", %s: %s", k->verb, outcome_str(k->outcome));
	if (k->detail != NULL && k->detail[0] != '\0') {
		text_add(t, " (");
		text_add_safe(t, TEXT_TERM, k->detail, 300);
		text_addc(t, ')');
	}
	line_done(b, kill_level(k->outcome));
}

/* --- findings ---------------------------------------------------------------------------- */

/*
 * What a finding is called. Of a machine that is only reported, the code says why it is kept, which changes from sweep to
 * sweep without news.
 */
static bool
is_called_by_code(const struct finding *f)
{
	return f->id < 0 || f->severity == STATE_CRITICAL;
}

/* Is it said there, too, as severely? */
static bool
has_finding(const struct status *s, const struct finding *f)
{
	size_t i;

	for (i = 0; i < s->n_findings; i++)
		if (s->findings[i].id == f->id && s->findings[i].severity == f->severity &&
		    (!is_called_by_code(f) || strcmp(s->findings[i].code, f->code) == 0))
			return true;
	return false;
}

static enum log_level
finding_level(enum state severity)
{
	return severity == STATE_CRITICAL  ? LOG_LEVEL_CRITICAL
	       : severity == STATE_UNKNOWN ? LOG_LEVEL_ERROR
					   : LOG_LEVEL_WARNING;
}

static void
add_finding(struct text *t, const struct finding *f)
{
	if (is_called_by_code(f))
		text_add_safe(t, TEXT_TERM, f->code, 64);
	if (f->id >= 0) {
		text_add(t, is_called_by_code(f) ? ", " : "");
		add_machine(t, f->id, f->name, f->owner);
	}
}

/* What findings of a are not among those of b, as rising or as ending. */
static void
compare(struct builder *b, const struct status *have, const struct status *other, bool rising,
    int max_lines)
{
	struct text *t;
	size_t i, n = 0, end = have->n_findings;

	/* a file has room for so many: nobody knows what the others were */
	if (rising && other != NULL && other->n_findings < other->n_findings_total &&
	    end > STATUS_FINDINGS_MAX)
		end = STATUS_FINDINGS_MAX;
	for (i = 0; i < end; i++) {
		const struct finding *f = &have->findings[i];

		if (f->severity == STATE_OK || (other != NULL && has_finding(other, f)))
			continue;
		if (n++ >= (size_t)max_lines)
			continue;
		t = line_new(b);
		if (!rising)
			text_add(t, "no longer: ");
		add_finding(t, f);
		if (rising) {
			text_add(t, ": ");
			text_add_safe(t, TEXT_TERM, f->text, 400);
			if (f->remedy[0] != '\0') {
				text_add(t, " -> ");
				text_add_safe(t, TEXT_TERM, f->remedy, 300);
			}
		}
		line_done(b, rising ? finding_level(f->severity) : LOG_LEVEL_NOTICE);
	}
	if (n > (size_t)max_lines) {
		text_addf(line_new(b), "and %zu more that are %s", n - (size_t)max_lines,
		    rising ? "new: vmreaper audit" : "no longer");
		line_done(b, rising ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE);
	}
}

/* --- the sweep --------------------------------------------------------------------------- */

static void
end_event(struct builder *b, enum state state)
{
	struct text *t = line_new(b);

	if (b->s->sweep != 0)
		text_addf(t, "sweep %lld: ", (long long)b->s->sweep);
	text_addf(t, "%s - ", state_str(state));
	if (!b->s->complete) {
		text_add_safe(t, TEXT_TERM,
		    b->s->why.msg[0] != '\0' ? b->s->why.msg : "could not look", 300);
		if (b->s->why.remedy[0] != '\0') {
			text_add(t, " -> ");
			text_add_safe(t, TEXT_TERM, b->s->why.remedy, 300);
		}
		line_done(b, LOG_LEVEL_ERROR);
		return;
	}
	nagios_headline(b->s, t);
	text_add(t, b->s->armed ? "; armed" : "; observing");
	line_done(b, LOG_LEVEL_INFO);
}

void
events_of(struct arena *a, const struct status *old, const struct status *now, enum state state,
    const struct kill *kills, size_t n_kills, int max_lines, struct events *out)
{
	struct builder b = {.a = a, .s = now, .out = out};
	size_t i;

	out->v = NULL;
	out->n = 0;
	if (old != NULL && strcmp(old->cloud, now->cloud) != 0)
		old = NULL;
	text_init(&b.line, LINE_MAX_BYTES);
	for (i = 0; i < n_kills; i++)
		if (kills[i].outcome != OUTCOME_WOULD_KILL)
			kill_event(&b, &kills[i]);
	compare(&b, now, old, true, max_lines);
	/* what a run did not look at, or left out of its list, has not ended */
	if (old != NULL && old->complete && now->complete &&
	    now->n_findings == now->n_findings_total)
		compare(&b, old, now, false, max_lines);
	end_event(&b, state);
	text_free(&b.line);
}
