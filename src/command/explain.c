/* SPDX-License-Identifier: ISC */
/*
 * explain: why a machine was or was not killed, from the record of the last sweep, or from a look now.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "sweep.h"

static const char help[] =
    "usage: vmreaper explain [-f FILE | --cloud NAME] [--live] [--json] [-v] ID\n"
    "\n"
    "Tell the story of one machine: what was seen, every rule in its order, which one "
    "decided,\n"
    "and what would change it. From the record of the last sweep, or from a look now.\n"
    "\n"
    "  -f, --policy FILE  the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME   the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --live         list and probe now instead; writes nothing\n"
    "      --json         the record itself\n"
    "  -v, --verbose      more in the log; may be repeated\n"
    "  -h, --help         this help\n"
    "      --version      the version\n"
    "\n"
    "Exit status: 0 done, 3 could not (no such machine, no record).\n";

enum { OPT_LIVE = COMMON_LAST, OPT_JSON };

static int
explain_print(const char *json, int64_t when_s, bool raw)
{
	struct text out;
	struct fault f;
	int rc = COMMAND_OK;

	memset(&f, 0, sizeof(f));
	text_init(&out, 1024 * 1024);
	if (raw)
		text_addf(&out, "%s\n", json);
	else if (report_explain_text(json, when_s, common_columns(STDOUT_FILENO), &out, &f) !=
		 0) {
		common_fault("explain", &f);
		rc = COMMAND_FAILED;
	}
	if (rc == COMMAND_OK && !common_print(&out))
		rc = COMMAND_FAILED;
	text_free(&out);
	return rc;
}

static int
explain_last(const struct policy *p, int64_t id, bool raw)
{
	struct ledger *l = NULL;
	struct arena *a = arena_new(0);
	const char *json = NULL;
	int64_t when_s = 0;
	struct fault f;
	int rc = COMMAND_FAILED;

	memset(&f, 0, sizeof(f));
	if (ledger_open(p->ledger.path, p->cloud.name, LEDGER_READ, &l, &f) != 0 ||
	    ledger_explain(l, a, 0, id, &json, &when_s, &f) != 0)
		common_fault("explain", &f);
	else if (json == NULL)
		fprintf(stderr,
		    "vmreaper explain: the last sweep has no record of machine %lld: it was "
		    "neither Unknown nor Failed, or not there\n  vmreaper explain --live "
		    "%lld\n",
		    (long long)id, (long long)id);
	else
		rc = explain_print(json, when_s, raw);
	ledger_close(l);
	arena_free(a);
	return rc;
}

static int
explain_live(const struct policy *p, int64_t id, bool raw)
{
	struct sweep_options o = {.mode = SWEEP_LOOK,
	    .program = "explain",
	    .probe = true,
	    .saved_fd = -1,
	    .now_s = clock_wall_s,
	    .sleep_ms = common_sleep_ms};
	struct sweep s;
	struct fault f;
	struct text json;
	size_t i;
	int rc = COMMAND_FAILED;

	o.stop = common_signals();
	o.progress = common_progress();
	if (sweep_run(p, &o, &s, &f) != 0)
		common_fault("explain", &f);
	if (s.ledger == NULL && s.ledger_fault.kind != FAULT_NONE)
		log_warning("explain", "nothing is remembered of earlier sweeps: %s",
		    s.ledger_fault.msg);
	for (i = 0; i < s.listing.n && s.listing.vms[i].id != id; i++)
		;
	text_init(&json, 256 * 1024);
	if (s.judgements == NULL || i == s.listing.n)
		fprintf(stderr, "vmreaper explain: machine %lld is not in the listing\n",
		    (long long)id);
	else if (report_explain_json(&s.input, &s.judgements[i], &s.run, i, &json, &f) != 0)
		common_fault("explain", &f);
	else
		rc = explain_print(json.p, s.clock.wall_s, raw);
	text_free(&json);
	sweep_free(&s);
	return rc;
}

int
command_explain(int argc, char **argv)
{
	static const struct option options[] = {COMMON_LONG,
	    {"live", no_argument, NULL, OPT_LIVE}, {"json", no_argument, NULL, OPT_JSON},
	    {NULL, 0, NULL, 0}};
	struct common common = {0};
	struct policy *p;
	bool live = false, raw = false;
	int64_t id;
	int c, rc;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1) {
		if (c == OPT_LIVE)
			live = true;
		else if (c == OPT_JSON)
			raw = true;
		else if (!common_option(&common, c, optarg))
			return common_usage("explain");
	}
	if (common_done(&common, help, &rc))
		return rc;
	if (argc - optind != 1 || units_int(argv[optind], 0, INT32_MAX, &id) != 0) {
		fprintf(stderr, "vmreaper explain: give the number of one machine\n");
		return common_usage("explain");
	}
	log_open("vmreaper", LOG_TO_STDERR, common.verbosity);
	if ((p = common_policy(&common)) == NULL)
		return COMMAND_FAILED;
	common_privileges(p);
	rc = live ? explain_live(p, id, raw) : explain_last(p, id, raw);
	policy_free(p);
	return rc;
}
