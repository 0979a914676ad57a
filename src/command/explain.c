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
    "usage: vmreaper explain [-f FILE | --cloud NAME] [--live | --sweep N] [--json] [-v] ID\n"
    "\n"
    "Tell the story of one machine: what was seen, every rule in its order, which one "
    "decided,\n"
    "and what would change it. From the record of the last sweep, or from a look now.\n"
    "\n"
    "  -f, --policy FILE  the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME   the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --live         list and probe now instead; writes nothing\n"
    "      --sweep N      from the record of sweep N (vmreaper history names it), judged "
    "again\n"
    "                     offline with the policy of that sweep\n"
    "      --json         the record itself\n"
    "      --color WHEN   auto (default: on a terminal), always or never\n"
    "  -v, --verbose      every rule with its figures, and more in the log; may be repeated\n"
    "  -h, --help         this help\n"
    "      --version      the version\n"
    "\n"
    "Exit status: 0 done, 1 judged again, and not the same, 3 could not (no such machine, no\n"
    "record).\n";

enum { OPT_LIVE = COMMON_LAST, OPT_JSON, OPT_SWEEP };

/* How it is to be shown: the record itself, or the story with all of its rules. */
struct shown {
	bool raw, all;
	enum color color;
};

static int
explain_print(const char *json, int64_t when_s, const struct shown *shown)
{
	const struct style style = common_style(shown->color);
	struct text out;
	struct fault f;
	int rc = COMMAND_OK;

	memset(&f, 0, sizeof(f));
	text_init(&out, 1024 * 1024);
	if (shown->raw)
		text_addf(&out, "%s\n", json);
	else if (report_explain_text(json, when_s, shown->all, &style, &out, &f) != 0) {
		common_fault("explain", &f);
		rc = COMMAND_FAILED;
	}
	if (rc == COMMAND_OK && !common_print(&out))
		rc = COMMAND_FAILED;
	text_free(&out);
	return rc;
}

/* What came of it: the kills of that machine in that sweep. The record was written before they were sent. */
static void
explain_kills(struct ledger *l, struct arena *a, const struct ledger_run *run, int64_t id)
{
	struct fault f = {.kind = FAULT_NONE};
	struct kill *kills;
	struct text out;
	char when[24];
	size_t n;

	if (ledger_kills(l, a, id, 0, 100, &kills, &n, &f) != 0)
		return;
	text_init(&out, 64 * 1024);
	for (size_t i = 0; i < n; i++) {
		if (kills[i].sweep != run->sweep)
			continue;
		text_addf(&out, "\nWhat came of it: %s at %s: %s", kills[i].verb,
		    units_time_str(when, sizeof(when), kills[i].intent_s),
		    outcome_str(kills[i].outcome));
		if (kills[i].detail != NULL && kills[i].detail[0] != '\0') {
			text_add(&out, ", ");
			text_add_safe(&out, TEXT_TERM, kills[i].detail, 200);
		}
		text_add(&out, "\n");
	}
	fputs(out.p, stdout);
	text_free(&out);
}

/* The policy of that sweep, from its stored text. NULL with f. */
static struct policy *
policy_then(const struct ledger_run *run, struct fault *f)
{
	struct policy_errors errors;
	struct policy *p = NULL;
	char name[64];

	if (run->policy_text[0] == '\0') {
		fault_set(f, FAULT_LEDGER, "the policy of sweep %lld is no longer there",
		    (long long)run->sweep);
		return NULL;
	}
	snprintf(name, sizeof(name), "policy of sweep %lld", (long long)run->sweep);
	if (policy_parse(
		name, run->policy_text, strlen(run->policy_text), NULL, &p, &errors, f) != 0)
		fault_prefix(f, "it cannot be read back");
	text_free(&errors.text);
	return p;
}

/* Judge the record again, and say whether the judgement stands. */
static int
explain_again(struct arena *a, const struct ledger_run *run, const char *json, bool raw)
{
	struct fault f = {.kind = FAULT_NONE};
	struct policy *then = policy_then(run, &f);
	struct text out;
	bool agrees = false;
	int rc = COMMAND_FAILED;

	text_init(&out, 64 * 1024);
	if (then == NULL ||
	    report_replay(a, then, json, run->counts_json, &out, &agrees, &f) != 0) {
		common_fault("explain", &f);
	} else {
		fprintf(raw ? stderr : stdout,
		    "\nJudged again offline, with the policy of sweep %lld (%.12s): %s\n%s",
		    (long long)run->sweep, run->digest, agrees ? "the same." : "NOT the same.",
		    out.p);
		rc = agrees ? COMMAND_OK : COMMAND_PARTLY;
	}
	text_free(&out);
	policy_free(then);
	return rc;
}

static void
explain_no_record(const struct ledger_run *run, int64_t sweep, int64_t id)
{
	if (run->sweep == 0 && sweep != 0)
		fprintf(stderr,
		    "vmreaper explain: there is no sweep %lld in the ledger\n"
		    "  vmreaper history names the sweeps of kills\n",
		    (long long)sweep);
	else if (sweep != 0)
		fprintf(stderr,
		    "vmreaper explain: sweep %lld has no record of machine %lld: it was "
		    "neither Unknown nor Failed, or not there, or its record is gone: those of "
		    "the last %d days are kept, at most %d, and those of kills\n",
		    (long long)sweep, (long long)id, LEDGER_EXPLAIN_S / 86400,
		    LEDGER_EXPLAIN_ROWS);
	else
		fprintf(stderr,
		    "vmreaper explain: the last sweep has no record of machine %lld: it was "
		    "neither Unknown nor Failed, or not there\n  vmreaper explain --live "
		    "%lld; vmreaper history %lld names the sweeps that killed it\n",
		    (long long)id, (long long)id, (long long)id);
}

/* From the record of a sweep; 0: the last one. Only a sweep that was asked for by number is judged again. */
static int
explain_stored(const struct policy *p, int64_t sweep, int64_t id, const struct shown *shown)
{
	struct ledger *l = NULL;
	struct arena *a = arena_new(0);
	const char *json = NULL;
	struct ledger_run run;
	int64_t when_s = 0;
	struct fault f;
	int rc = COMMAND_FAILED;

	memset(&f, 0, sizeof(f));
	if (ledger_open(p->ledger.path, p->cloud.name, LEDGER_READ, &l, &f) != 0 ||
	    ledger_run(l, a, sweep, &run, &f) != 0 ||
	    ledger_explain(l, a, sweep, id, &json, &when_s, &f) != 0)
		common_fault("explain", &f);
	else if (json == NULL)
		explain_no_record(&run, sweep, id);
	else
		rc = explain_print(json, when_s, shown);
	if (rc == COMMAND_OK && !shown->raw)
		explain_kills(l, a, &run, id);
	if (rc == COMMAND_OK && sweep != 0)
		rc = explain_again(a, &run, json, shown->raw);
	ledger_close(l);
	arena_free(a);
	return rc;
}

static int
explain_live(const struct policy *p, int64_t id, const struct shown *shown)
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
	o.listing = common_listing();
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
		rc = explain_print(json.p, s.clock.wall_s, shown);
	text_free(&json);
	sweep_free(&s);
	return rc;
}

int
command_explain(int argc, char **argv)
{
	static const struct option options[] = {COMMON_LONG, COMMON_LONG_COLOR,
	    {"live", no_argument, NULL, OPT_LIVE}, {"json", no_argument, NULL, OPT_JSON},
	    {"sweep", required_argument, NULL, OPT_SWEEP}, {NULL, 0, NULL, 0}};
	struct common common = {0};
	struct policy *p;
	struct shown shown = {0};
	bool live = false;
	int64_t id, sweep = 0;
	int c, rc;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1) {
		if (c == OPT_LIVE)
			live = true;
		else if (c == OPT_JSON)
			shown.raw = true;
		else if (c == OPT_SWEEP) {
			if (units_int(optarg, 1, INT64_MAX, &sweep) != 0) {
				fprintf(stderr,
				    "vmreaper explain: --sweep %s: the number of a sweep\n",
				    optarg);
				return common_usage("explain");
			}
		} else if (!common_option(&common, c, optarg))
			return common_usage("explain");
	}
	if (common_done(&common, help, &rc))
		return rc;
	if (argc - optind != 1 || units_int(argv[optind], 0, INT32_MAX, &id) != 0) {
		fprintf(stderr, "vmreaper explain: give the number of one machine\n");
		return common_usage("explain");
	}
	if (live && sweep != 0) {
		fprintf(stderr, "vmreaper explain: --live or --sweep, not both\n");
		return common_usage("explain");
	}
	log_open("vmreaper", LOG_TO_STDERR, common.verbosity);
	if ((p = common_policy(&common)) == NULL)
		return COMMAND_FAILED;
	common_privileges(p);
	shown.all = common.verbosity > 0;
	shown.color = common.color;
	rc = live ? explain_live(p, id, &shown) : explain_stored(p, sweep, id, &shown);
	policy_free(p);
	return rc;
}
