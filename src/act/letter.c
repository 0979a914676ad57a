/* SPDX-License-Identifier: ISC */
/*
 * letter: three letters from one frame. Pure.
 *
 * Each must be understood by somebody who has never heard of vmreaper: what is dead, what happens when, and what to do.
 */
#include <stdio.h>
#include <string.h>

#include "act/letter.h"
#include "base/mailbox.h"
#include "base/units.h"

#define NAME_CHARS   128 /* of a tenant's name in a letter: its number says which machine it is */
#define TEXT_BYTES   800 /* with what stands before it below 998, the most that a line may have */
#define LINE_COLUMNS 64

char *
letter_date(char *buf, size_t size, int64_t wall_s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
	char iso[24];
	int month;

	units_time_str(iso, sizeof(iso), wall_s); /* 2026-11-27T04:00:00Z */
	buf[0] = '\0';
	if (strlen(iso) != 20)
		return buf;
	month = (iso[5] - '0') * 10 + iso[6] - '1';
	snprintf(buf, size, "%.3s, %.2s %.3s %.4s %.8s +0000",
	    days + (size_t)(wall_s / 86400 % 7) * 3, iso + 8, months + (size_t)month * 3, iso,
	    iso + 11);
	return buf;
}

/* --- the frame ------------------------------------------------------------------------------ */

static void
add_header(const struct letter *l, const char *subject, bool ascii, struct text *out)
{
	const char *from = l->policy->notify.from, *at = strchr(from, '@');
	char date[40];

	BUG_ON(l->n_to == 0 || !mailbox_is(from) || at == NULL);
	text_addf(out, "From: %s\n", from);
	for (size_t i = 0; i < l->n_to; i++) {
		BUG_ON(!mailbox_is(l->to[i]));
		text_addf(out, "%s%s%s", i == 0 ? "To: " : "\t", l->to[i],
		    i + 1 < l->n_to ? ",\n" : "\n");
	}
	text_addf(out, "Subject: %s\n", subject);
	text_addf(out, "Date: %s\n", letter_date(date, sizeof(date), l->now_s));
	text_addf(out, "Message-ID: <vmreaper.%s@%s>\n", l->unique, at + 1);
	text_add(out, "Auto-Submitted: auto-generated\n"
		      "MIME-Version: 1.0\n"
		      "Content-Type: text/plain; charset=utf-8\n");
	text_addf(out, "Content-Transfer-Encoding: %s\n\n", ascii ? "7bit" : "8bit");
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

/* The whole letter: head over body. */
static void
frame(const struct letter *l, const char *subject, const struct text *body, struct text *out)
{
	add_header(l, subject, is_ascii(body->p), out);
	text_addn(out, body->p, body->len);
	text_addf(out,
	    "\n-- \nvmreaper, cloud %s\nThis letter was written by a program; answers go to "
	    "%s.\n",
	    l->policy->cloud.name, l->policy->notify.from);
	out->cut |= body->cut;
}

/* "  LABEL  text" of an entry, whatever is in the text, broken at blanks. */
static void
add_line(struct text *out, const char *label, const char *tenants)
{
	char safe[TEXT_BYTES], *s = text_safe(safe, sizeof(safe), TEXT_TERM, tenants);
	size_t column = 0;

	text_addf(out, "      %-8s", label);
	while (*s != '\0') {
		size_t blanks = strspn(s, " "), word = strcspn(s + blanks, " ");

		if (column > 0 && column + blanks + word > LINE_COLUMNS) {
			text_addf(out, "\n%14s", "");
			s += blanks;
			column = blanks = 0;
		}
		text_addn(out, s, blanks + word);
		column += blanks + word;
		s += blanks + word;
	}
	text_addc(out, '\n');
}

/* What to do, a line for each step: commands are to be copied, so none is broken. */
static void
add_remedy(struct text *out, const char *remedy)
{
	char safe[TEXT_BYTES], *s = text_safe(safe, sizeof(safe), TEXT_TERM, remedy);

	for (const char *label = "remedy"; *s != '\0'; label = "") {
		const char *end = strstr(s, "; ");
		size_t len = end != NULL ? (size_t)(end - s) + 1 : strlen(s);

		text_addf(out, "      %-8s%.*s\n", label, (int)len, s);
		s += len + strspn(s + len, " ");
	}
}

static void
add_holds(struct text *out, const struct holds *h)
{
	char memory[24], disk[24];

	text_addf(out, "      %-8s%d vCPU, %s memory, %s disk, %d address%s\n", "holds",
	    (int)h->vcpu, units_mib_str(memory, sizeof(memory), h->memory_mib),
	    units_mib_str(disk, sizeof(disk), h->disk_mib), (int)h->addresses,
	    h->addresses == 1 ? "" : "es");
}

/* [report] link with the number in the place of %d. */
static void
add_page(struct text *out, const char *link, int64_t id)
{
	const char *d = link != NULL ? strstr(link, "%d") : NULL;

	if (d != NULL)
		text_addf(out, "      %-8s%.*s%lld%s\n", "page", (int)(d - link), link,
		    (long long)id, d + 2);
}

static void
add_machine(const struct letter *l, const struct letter_machine *m, struct text *out)
{
	char when[24], age[32];

	text_addf(out, "\n  %lld  ", (long long)m->id);
	text_add_safe(out, TEXT_TERM, m->name, NAME_CHARS);
	text_addc(out, '\n');
	if (!l->to_owner)
		add_line(out, "owner", m->owner);
	if (m->state != NULL && m->dead_s > 0)
		text_addf(out, "      %-8s%s since %s (%s)\n", "state", m->state,
		    units_time_str(when, sizeof(when), m->dead_s),
		    units_age_str(age, sizeof(age), l->now_s - m->dead_s));
	if (m->host != NULL && m->host[0] != '\0')
		add_line(out, "host", m->host);
	if (m->holds != NULL)
		add_holds(out, m->holds);
	if (m->kill_s > 0)
		text_addf(out, "      %-8snot before %s\n", "killed",
		    units_time_str(when, sizeof(when), m->kill_s));
	if (m->outcome != NULL)
		text_addf(out, "      %-8s%s\n", "outcome", m->outcome);
	if (m->detail != NULL && m->detail[0] != '\0')
		add_line(out, "because", m->detail);
	if (m->unaddressed)
		text_addf(out, "      %-8sits owner has no address, so you are told instead\n",
		    "note");
	add_page(out, l->policy->report.link, m->id);
}

static void
add_machines(const struct letter *l, const struct letter_machine *m, size_t n, struct text *out)
{
	BUG_ON(n == 0 || n > LETTER_ENTRIES_MAX);
	for (size_t i = 0; i < n; i++)
		add_machine(l, &m[i], out);
}

/* "3 of your machines", "1 machine" */
static void
subject_machines(const struct letter *l, size_t n, const char *one, const char *several,
    char *buf, size_t size)
{
	snprintf(buf, size, "[%s] %zu %s%s %s", l->policy->cloud.name, n,
	    l->to_owner ? "of your machine" : "machine", n == 1 && !l->to_owner ? "" : "s",
	    n == 1 ? one : several);
}

/* --- the three ------------------------------------------------------------------------------ */

/* How it is kept, with the first of them as the example. */
static void
add_how_to_keep(const struct letter *l, const struct letter_machine *m, struct text *out)
{
	const char *name = l->policy->scope.keep_attribute,
		   *label = l->policy->scope.keep_label;
	long long id = (long long)m->id;

	text_add(out, "\nTo keep a machine, do one of these before that time:\n\n");
	if (name != NULL && name[0] != '\0')
		text_addf(out,
		    "  * give it the attribute %s = yes (or a date, such as 2027-01-31):\n"
		    "      echo '%s=\"yes\"' | onevm update %lld --append\n",
		    name, name, id);
	if (label != NULL && label[0] != '\0')
		text_addf(out, "  * give it the label %s\n", label);
	text_addf(out, "  * start it again: a machine that runs is left alone\n");
	if (l->to_owner)
		text_addf(out, "  * ask its administrators: %s\n", l->policy->notify.from);
	else
		text_addf(out, "  * on the server that reaps: vmreaper keep %lld\n", id);
	text_add(out,
	    "\nWhat is on disks that are not persistent is lost when it is killed. If you no\n"
	    "longer need it, nothing is to be done; to end it yourself frees it at once.\n");
}

void
letter_notice(
    const struct letter *l, const struct letter_machine *m, size_t n, struct text *out)
{
	char subject[160];
	struct text body;

	text_init(&body, LETTER_BYTES_MAX);
	subject_machines(l, n, "will be killed", "will be killed", subject, sizeof(subject));
	text_addf(&body,
	    "The cloud %s has machines that look dead and hold what others could use:\n"
	    "vmreaper, run by the administrators of the cloud, will kill %s below, not\n"
	    "before the time given, unless somebody keeps %s.\n",
	    l->policy->cloud.name, n == 1 ? "the one" : "those", n == 1 ? "it" : "them");
	add_machines(l, m, n, &body);
	add_how_to_keep(l, m, &body);
	frame(l, subject, &body, out);
	text_free(&body);
}

void
letter_killed(
    const struct letter *l, const struct letter_machine *m, size_t n, struct text *out)
{
	char subject[160];
	struct text body;

	text_init(&body, LETTER_BYTES_MAX);
	subject_machines(l, n, "was killed", "were killed", subject, sizeof(subject));
	text_addf(&body,
	    "The cloud %s had machines that were dead and held what others could use:\n"
	    "vmreaper, run by the administrators of the cloud, has told it to end %s below.\n",
	    l->policy->cloud.name, n == 1 ? "the one" : "those");
	add_machines(l, m, n, &body);
	if (!l->to_owner)
		text_add(&body, "\nWhat becomes of them: vmreaper history\n");
	frame(l, subject, &body, out);
	text_free(&body);
}

void
letter_alarms(const struct letter *l, const struct finding *alarms, size_t n, struct text *out)
{
	char subject[160];
	struct text body;

	BUG_ON(n == 0 || n > LETTER_ENTRIES_MAX);
	text_init(&body, LETTER_BYTES_MAX);
	snprintf(subject, sizeof(subject), "[%s] vmreaper: %zu new alarm%s",
	    l->policy->cloud.name, n, n == 1 ? "" : "s");
	text_addf(&body, "The last sweep of the cloud %s has found:\n", l->policy->cloud.name);
	for (size_t i = 0; i < n; i++) {
		const struct finding *x = &alarms[i];

		text_addf(&body, "\n  %s", x->code);
		if (x->id >= 0) {
			text_addf(&body, ", machine %lld  ", (long long)x->id);
			text_add_safe(&body, TEXT_TERM, x->name, NAME_CHARS);
		}
		text_addc(&body, '\n');
		if (x->id >= 0)
			add_line(&body, "owner", x->owner);
		add_line(&body, "what", x->text);
		if (x->remedy != NULL && x->remedy[0] != '\0')
			add_remedy(&body, x->remedy);
		if (x->id >= 0)
			add_page(&body, l->policy->report.link, x->id);
	}
	text_add(&body,
	    "\nWhile an alarm stands it is not mailed again; `vmreaper audit' shows all.\n");
	frame(l, subject, &body, out);
	text_free(&body);
}
