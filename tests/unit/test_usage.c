/* SPDX-License-Identifier: ISC */
/*
 * The first page, and the guess at a mistyped command.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "command/usage.h"

static const struct command commands[] = {
    {"doctor", "Look", "what is missing", NULL},
    {"explain", "Look", "every rule", NULL},
    {"sweep", "Reap", "the cron job", NULL},
    {"keep", "Reap", "keep a machine", NULL},
    {"hidden", NULL, NULL, NULL},
    {"kill", "By hand", "end machines", NULL},
};
#define N (sizeof(commands) / sizeof(commands[0]))

static void
nearest(void **state)
{
	static const struct {
		const char *word, *want;
	} rows[] = {
	    {"swep", "sweep"},
	    {"sweeep", "sweep"},
	    {"sweap", "sweep"},
	    {"wseep", "sweep"}, /* two letters changed places */
	    {"exp", "explain"}, /* begun */
	    {"kepe", "keep"},
	    {"kil", "kill"},
	    {"dcotro", "doctor"},
	    {"xyzzy", NULL},
	    {"k", NULL},
	    {"", NULL},
	    {"this-is-longer-than-any-command-could-ever-be", NULL},
	};
	const struct command *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c = usage_nearest(commands, N, rows[i].word);
		if (rows[i].want == NULL ? c != NULL
					 : c == NULL || strcmp(c->name, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].word, c != NULL ? c->name : "none");
	}
}

/* Each command once, below its group; the first three commands to type before them; no line too long. */
static void
first_page(void **state)
{
	static const int widths[] = {0, 20, 40, 80, 200};
	const char *at, *line, *end;
	struct text out;
	size_t w;

	(void)state;
	text_init(&out, 65536);
	for (w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
		text_reset(&out);
		usage_add(&out, &(struct style){widths[w], false}, commands, N);
		assert_non_null(at = strstr(out.p, "vmreaper policy"));
		assert_non_null(at = strstr(at, "vmreaper doctor"));
		assert_non_null(at = strstr(at, "vmreaper audit"));
		assert_non_null(at = strstr(at, "\nLook\n"));
		assert_non_null(at = strstr(at, "  explain"));
		assert_non_null(at = strstr(at, "\nReap\n"));
		assert_non_null(at = strstr(at, "  keep"));
		assert_non_null(at = strstr(at, "\nBy hand\n"));
		assert_non_null(at = strstr(at, "  kill"));
		assert_null(strstr(out.p, "hidden"));
		for (line = out.p; *line != '\0'; line = end + 1) {
			end = strchr(line, '\n');
			assert_true(end - line <= (widths[w] > 0 ? widths[w] : 82));
		}
	}
	text_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nearest),
	    cmocka_unit_test(first_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
