/* SPDX-License-Identifier: ISC */
/*
 * usage: the first page of the program, and a guess at what was meant. Pure.
 */
#include <string.h>

#include "command/usage.h"

#define WORD_MAX 24 /* longer words are near to nothing */
#define NAMES	 13 /* columns for the name of a command */

/* "  name   what it does", broken below what it does. */
static void
add_row(struct text *out, const struct style *s, const char *name, int width, const char *what)
{
	int len = (int)strlen(name), pad = len < width ? width - len : 0;

	if (style_indent(s, 2 + width) < 2 + width) { /* no room for a column of names */
		text_addf(out, "  %s: ", name);
		style_wrap(out, s, 4, 4 + len, what);
		return;
	}
	text_addf(out, "  %s%*s", name, pad, "");
	style_wrap(out, s, 2 + width, 2 + len + pad, what);
}

static void
add_words(struct text *out, const struct style *s, int indent, const char *words)
{
	text_addf(out, "%*s", indent, "");
	style_wrap(out, s, indent + 4, indent, words);
}

void
usage_add(struct text *out, const struct style *s, const struct command *commands, size_t n)
{
	/* without a terminal lines are not broken: each of these fits into 80 columns */
	static const char *const about[] = {
	    "vmreaper finds the dead machines of an OpenNebula or StratusLab cloud, makes sure",
	    "that nobody is at home, says what they hold, and, only where you have armed it,",
	    "kills them. Until then it only looks.",
	};
	const char *group = NULL;
	struct text all;
	size_t i;

	text_init(&all, 1024);
	for (i = 0; i < sizeof(about) / sizeof(about[0]); i++)
		text_addf(&all, "%s%s", about[i],
		    s->columns > 0			       ? " "
		    : i + 1 < sizeof(about) / sizeof(about[0]) ? "\n"
							       : "");
	if (s->columns > 0)
		style_wrap(out, s, 0, 0, all.p);
	else
		text_addf(out, "%s\n", all.p);
	text_free(&all);
	text_addc(out, '\n');
	style_head(out, s, 0, "New here? Type these three:");
	add_words(out, s, 2, "vmreaper policy init --endpoint URL > /etc/vmreaper/policy.ini");
	add_row(
	    out, s, "vmreaper doctor", 17, "what is missing, and the command that mends it");
	add_row(out, s, "vmreaper audit", 17, "what is dead, and what it holds");
	for (i = 0; i < n; i++) {
		if (commands[i].summary == NULL)
			continue;
		if (group == NULL || strcmp(group, commands[i].group) != 0) {
			text_addc(out, '\n');
			style_head(out, s, 0, commands[i].group);
		}
		group = commands[i].group;
		add_row(out, s, commands[i].name, NAMES, commands[i].summary);
	}
	text_addc(out, '\n');
	add_words(
	    out, s, 0, "usage: vmreaper COMMAND [options]; the options: vmreaper help COMMAND");
	add_words(out, s, 0, "The rest: man vmreaper, man vmreaper-policy");
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters that were left out, added, changed or changed places (optimal string alignment). */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1], i, k, na = strlen(a), nb = strlen(b);

	for (k = 0; k <= nb; k++)
		rows[0][k] = k;
	for (i = 1; i <= na; i++) {
		size_t *now = rows[i % 3], *before = rows[(i + 2) % 3];

		now[0] = i;
		for (k = 1; k <= nb; k++) {
			now[k] = least(least(before[k], now[k - 1]) + 1,
			    before[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				now[k] = least(now[k], rows[(i + 1) % 3][k - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

const struct command *
usage_nearest(const struct command *commands, size_t n, const char *word)
{
	const struct command *nearest = NULL;
	size_t i, d, len = strlen(word), best = len < 4 ? 2 : 3; /* must be nearer than this */

	if (len < 2 || len > WORD_MAX)
		return NULL;
	for (i = 0; i < n; i++) {
		const char *name = commands[i].name;

		/* what somebody began to type is nearer than any other */
		d = strncmp(name, word, len) == 0 ? 0 : distance(word, name);
		if (d < best) {
			best = d;
			nearest = &commands[i];
		}
	}
	return nearest;
}
