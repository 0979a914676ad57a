/* SPDX-License-Identifier: ISC */
/*
 * history: the journal of kills, those that were sent and those that would have been.
 */
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "ledger/ledger.h"

static const char help[] =
    "usage: vmreaper history [-f FILE | --cloud NAME] [--since WHEN] [-v] [ID]\n"
    "\n"
    "The journal, newest first: when, which machine, what was sent, what became of it.\n"
    "\n"
    "  -f, --policy FILE     the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME      the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --since WHEN      only the last 24h, 7d, ..., or since a date (2027-01-15, UTC)\n"
    "  -v, --verbose         more in the log; may be repeated\n"
    "  -h, --help            this help\n"
    "      --version         the version\n"
    "\n"
    "Exit status: 0 done, 3 could not.\n";

enum { OPT_SINCE = COMMON_LAST };

#define ROWS_MAX 10000

static void
add_row(struct text *out, const struct kill *k)
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

static int
history_print(const struct policy *p, int64_t id, int64_t since_s)
{
	struct arena *a = arena_new(0);
	struct ledger *l = NULL;
	struct kill *kills;
	struct fault f;
	struct text out;
	size_t n, i;
	int rc = COMMAND_FAILED;

	memset(&f, 0, sizeof(f));
	text_init(&out, 16 << 20);
	if (ledger_open(p->ledger.path, p->cloud.name, LEDGER_READ, &l, &f) != 0 ||
	    ledger_kills(l, a, id, since_s, ROWS_MAX, &kills, &n, &f) != 0) {
		common_fault("history", &f);
	} else {
		for (i = 0; i < n; i++)
			add_row(&out, &kills[i]);
		if (n == 0)
			text_add(&out, "nothing in the journal\n");
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
	static const struct option options[] = {
	    COMMON_LONG, {"since", required_argument, NULL, OPT_SINCE}, {NULL, 0, NULL, 0}};
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
	rc = history_print(p, id, since_s);
	policy_free(p);
	return rc;
}
