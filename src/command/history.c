/* SPDX-License-Identifier: ISC */
/*
 * history: the journal of kills, those that were sent and those that would have been.
 */
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/grid.h"
#include "base/log.h"
#include "command/command.h"
#include "ledger/ledger.h"

static const char help[] =
    "usage: vmreaper history [-f FILE | --cloud NAME] [--since WHEN]\n"
    "                        [--color WHEN] [-v] [ID]\n"
    "\n"
    "The journal, newest first: when, which machine, what was sent, what became of it.\n"
    "\n"
    "  -f, --policy FILE     the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME      the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --since WHEN      only the last 24h, 7d, ..., or since a date (2027-01-15, UTC)\n"
    "      --color WHEN      auto (default: on a terminal), always or never\n"
    "  -v, --verbose         more in the log; may be repeated\n"
    "  -h, --help            this help\n"
    "      --version         the version\n"
    "\n"
    "Exit status: 0 done, 3 could not.\n";

enum { OPT_SINCE = COMMON_LAST };

#define ROWS_MAX 10000

/* A line for each, for programs: as it stands, however long. */
static void
add_line(struct text *out, const struct kill *k)
{
	char when[24];

	text_addf(out, "%s  sweep %lld: %lld ", units_time_str(when, sizeof(when), k->intent_s),
	    (long long)k->sweep, (long long)k->id);
	text_add_safe(out, TEXT_TERM, k->name, 40);
	text_add(out, " (");
	text_add_safe(out, TEXT_TERM, k->owner, 24);
	text_addf(out, "): %s %s", k->verb, outcome_str(k->outcome));
	if (k->detail != NULL && k->detail[0] != '\0') {
		text_add(out, ", ");
		text_add_safe(out, TEXT_TERM, k->detail, 200);
	}
	text_add(out, "; ");
	text_add_safe(out, TEXT_TERM, k->reason, 200);
	text_addc(out, '\n');
}

enum {
	COL_WHEN,
	COL_SWEEP,
	COL_ID,
	COL_NAME,
	COL_OWNER,
	COL_VERB,
	COL_OUTCOME,
	COL_DETAIL,
	COL_REASON,
	COL_COUNT
};

static const struct grid_column heads[COL_COUNT] = {{"WHEN", false, false},
    {"SWEEP", true, false}, {"ID", true, false}, {"NAME", false, true}, {"OWNER", false, true},
    {"SENT", false, false}, {"OUTCOME", false, false}, {"DETAIL", false, true},
    {"REASON", false, true}};

static enum tint
cell(const void *ctx, size_t row, size_t column, char buf[static GRID_CELL_MAX])
{
	const struct kill *k = &((const struct kill *)ctx)[row];

	switch (column) {
	case COL_WHEN:
		units_time_str(buf, GRID_CELL_MAX, k->intent_s);
		break;
	case COL_SWEEP:
		snprintf(buf, GRID_CELL_MAX, "%lld", (long long)k->sweep);
		break;
	case COL_ID:
		snprintf(buf, GRID_CELL_MAX, "%lld", (long long)k->id);
		break;
	case COL_NAME:
		snprintf(buf, GRID_CELL_MAX, "%s", k->name);
		break;
	case COL_OWNER:
		snprintf(buf, GRID_CELL_MAX, "%s", k->owner);
		break;
	case COL_VERB:
		snprintf(buf, GRID_CELL_MAX, "%s", k->verb);
		break;
	case COL_OUTCOME:
		snprintf(buf, GRID_CELL_MAX, "%s", outcome_str(k->outcome));
		return outcome_is_alarm(k->outcome) ? TINT_RED
		       : k->outcome == OUTCOME_DONE ? TINT_GREEN
						    : TINT_NONE;
	case COL_DETAIL:
		snprintf(buf, GRID_CELL_MAX, "%s", k->detail != NULL ? k->detail : "");
		break;
	case COL_REASON:
		snprintf(buf, GRID_CELL_MAX, "%s", k->reason);
		break;
	}
	return TINT_NONE;
}

static void
add_kills(struct text *out, const struct style *s, const struct kill *kills, size_t n)
{
	const struct grid g = {
	    .columns = heads, .n_columns = COL_COUNT, .n_rows = n, .cell = cell, .ctx = kills};
	size_t i;

	if (n == 0)
		text_add(out, "nothing in the journal\n");
	else if (s->columns > 0 || s->colour)
		grid_add(out, s, &g);
	else
		for (i = 0; i < n; i++)
			add_line(out, &kills[i]);
}

static int
history_print(const struct policy *p, int64_t id, int64_t since_s, enum color color)
{
	const struct style style = common_style(color);
	struct arena *a = arena_new(0);
	struct ledger *l = NULL;
	struct kill *kills;
	struct fault f;
	struct text out;
	size_t n;
	int rc = COMMAND_FAILED;

	memset(&f, 0, sizeof(f));
	text_init(&out, 16 << 20);
	if (ledger_open(p->ledger.path, p->cloud.name, LEDGER_READ, &l, &f) != 0 ||
	    ledger_kills(l, a, id, since_s, ROWS_MAX, &kills, &n, &f) != 0) {
		common_fault("history", &f);
	} else {
		add_kills(&out, &style, kills, n);
		rc = common_print(&out) ? COMMAND_OK : COMMAND_FAILED;
	}
	text_free(&out);
	ledger_close(l);
	arena_free(a);
	return rc;
}

/* "7d" ago, or since the beginning of a date. */
static int
history_since(const char *arg, int64_t *since_s)
{
	int64_t last_s;

	if (units_date(arg, since_s, &last_s) == 0)
		return 0;
	if (units_duration_s(arg, since_s) == 0) {
		*since_s = clock_wall_s() - *since_s;
		return 0;
	}
	fprintf(stderr,
	    "vmreaper history: --since %s: a duration such as 7d, or a date such as "
	    "2027-01-15\n",
	    arg);
	return -1;
}

int
command_history(int argc, char **argv)
{
	static const struct option options[] = {COMMON_LONG, COMMON_LONG_COLOR,
	    {"since", required_argument, NULL, OPT_SINCE}, {NULL, 0, NULL, 0}};
	struct common common = {0};
	struct policy *p;
	int64_t id = -1, since_s = 0;
	int c, rc;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1) {
		if (c == OPT_SINCE) {
			if (history_since(optarg, &since_s) != 0)
				return common_usage("history");
		} else if (!common_option(&common, c, optarg))
			return common_usage("history");
	}
	if (common_done(&common, help, &rc))
		return rc;
	if (argc - optind > 1 ||
	    (argc - optind == 1 && units_int(argv[optind], 0, INT32_MAX, &id) != 0))
		return common_usage("history");
	log_open("vmreaper", LOG_TO_STDERR, common.verbosity);
	if ((p = common_policy(&common)) == NULL)
		return COMMAND_FAILED;
	rc = history_print(p, id, since_s, common.color);
	policy_free(p);
	return rc;
}
