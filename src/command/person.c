/* SPDX-License-Identifier: ISC */
/*
 * person: what a person says to the ledger: keep, unkeep, acknowledge, hold, resume. Each is one short transaction
 * that a running sweep sees before its next kill. None of them can make a kill happen that a rule forbids.
 */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "ledger/ledger.h"

#define REASON_MAX  200
#define UNTIL_MAX_S 253402300798 /* the last times that can be written: 9999-12-31 */

#define HELP_OPTIONS                                                                \
	"  -f, --policy FILE  the policy (default " VMR_SYSCONFDIR "/policy.ini)\n" \
	"      --cloud NAME   the policy " VMR_SYSCONFDIR "/NAME.ini\n"
#define HELP_END                                                  \
	"  -v, --verbose      more in the log; may be repeated\n" \
	"  -h, --help         this help\n"                        \
	"      --version      the version\n"                      \
	"\n"                                                      \
	"Exit status: 0 done, 3 could not.\n"

static const char help_keep[] =
    "usage: vmreaper keep [-f FILE | --cloud NAME] [--until DATE | --for DURATION]\n"
    "                     [--reason TEXT] ID\n"
    "       vmreaper unkeep [-f FILE | --cloud NAME] ID\n"
    "\n"
    "Keep a machine, whatever the rules say, until unkeep, to the end of a date\n"
    "(2027-01-15, 2027-01-15T08:00+01:00; UTC where no zone is given) or for a while (7d, "
    "24h).\n"
    "A second keep never ends before the first: to shorten it, unkeep first.\n"
    "\n" HELP_OPTIONS "      --until DATE   keep: to the end of this date\n"
    "      --for DURATION keep: for so long from now\n"
    "      --reason TEXT  keep: shown wherever the machine is said to be kept\n" HELP_END;
static const char help_acknowledge[] =
    "usage: vmreaper acknowledge [-f FILE | --cloud NAME] ID... | --all\n"
    "\n"
    "A person has seen these dead machines: they no longer count towards a storm, until their\n"
    "mark clears. Nothing else changes for them.\n"
    "\n" HELP_OPTIONS
    "      --all          every machine that the last sweep marked\n" HELP_END;
static const char help_hold[] =
    "usage: vmreaper hold [-f FILE | --cloud NAME] [--until DATE | --for DURATION]\n"
    "                     [--reason TEXT]\n"
    "       vmreaper resume [-f FILE | --cloud NAME]\n"
    "\n"
    "The panic button: no kills from now on, at once, even between two kills of a running\n"
    "sweep, until resume, to the end of a date (UTC where no zone is given) or for a while "
    "(2h).\n"
    "A second hold never ends before the first: to shorten it, resume first.\n"
    "\n" HELP_OPTIONS "      --until DATE   hold: to the end of this date\n"
    "      --for DURATION hold: for so long from now\n"
    "      --reason TEXT  hold: shown wherever it is said that nothing is killed\n" HELP_END;

enum { OPT_FOR = COMMON_LAST, OPT_UNTIL, OPT_REASON, OPT_ALL };

/* Which of them a command takes: one that means nothing to it must not look as if it did. */
static bool
takes(const char *name, int option)
{
	if (option == OPT_ALL)
		return strcmp(name, "acknowledge") == 0;
	return strcmp(name, "keep") == 0 || strcmp(name, "hold") == 0;
}

struct person {
	struct common common;
	const char *name, *reason;
	int64_t for_s, until_s; /* one of them at most; 0: for ever */
	bool all;
	char by[64];
	struct ledger *ledger;
};

/* Who says it: the login name behind sudo, else the user's. */
static void
who(char *buf, size_t size)
{
	const char *sudo = getenv("SUDO_USER");
	struct passwd pw, *found = NULL;
	char room[1024];

	if (sudo == NULL || sudo[0] == '\0')
		sudo =
		    getpwuid_r(getuid(), &pw, room, sizeof(room), &found) == 0 && found != NULL
			? found->pw_name
			: "?";
	text_safe(buf, size, TEXT_TERM, sudo);
}

/* To the end of that date: whoever says "until the 15th" wants the 15th. In the past it would be no keep at all. */
static int
person_until(struct person *s, const char *arg)
{
	int64_t first_s;

	if (units_date(arg, &first_s, &s->until_s) != 0 || s->until_s > UNTIL_MAX_S)
		fprintf(stderr, "vmreaper %s: --until %s: a date such as 2027-01-15\n", s->name,
		    arg);
	else if (s->until_s <= clock_wall_s())
		fprintf(stderr, "vmreaper %s: --until %s: this is in the past\n", s->name, arg);
	else {
		s->until_s++; /* the first second that is not kept any more */
		return 0;
	}
	return -1;
}

static int
person_options(struct person *s, int argc, char **argv)
{
	static const struct option options[] = {COMMON_LONG,
	    {"for", required_argument, NULL, OPT_FOR},
	    {"until", required_argument, NULL, OPT_UNTIL},
	    {"reason", required_argument, NULL, OPT_REASON},
	    {"all", no_argument, NULL, OPT_ALL}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1) {
		if (c >= OPT_FOR && c <= OPT_ALL && !takes(s->name, c)) {
			fprintf(stderr, "vmreaper %s takes no such option\n", s->name);
			return -1;
		}
		if (c == OPT_FOR) {
			if (units_duration_s(optarg, &s->for_s) != 0 || s->for_s == 0 ||
			    s->for_s > UNTIL_MAX_S - clock_wall_s()) {
				fprintf(stderr,
				    "vmreaper %s: --for %s: a duration such as 7d or 24h\n",
				    s->name, optarg);
				return -1;
			}
		} else if (c == OPT_UNTIL) {
			if (person_until(s, optarg) != 0)
				return -1;
		} else if (c == OPT_REASON)
			s->reason = optarg;
		else if (c == OPT_ALL)
			s->all = true;
		else if (!common_option(&s->common, c, optarg))
			return -1;
	}
	if (s->for_s != 0 && s->until_s != 0) {
		fprintf(stderr, "vmreaper %s: --until or --for, not both\n", s->name);
		return -1;
	}
	return 0;
}

/* Options, policy, ledger. Returns 0 to go on; else *rc is the exit code. */
static int
person_begin(struct person *s, int argc, char **argv, const char *help, int *rc)
{
	struct policy *p;
	struct fault f;

	memset(s, 0, sizeof(*s));
	s->name = argv[0];
	s->reason = "";
	*rc = COMMAND_FAILED;
	if (person_options(s, argc, argv) != 0) {
		common_usage(s->name);
		return -1;
	}
	if (common_done(&s->common, help, rc))
		return -1;
	if (strlen(s->reason) > REASON_MAX || !text_is_clean(s->reason)) {
		fprintf(stderr, "vmreaper %s: --reason: one line of at most %d bytes\n",
		    s->name, REASON_MAX);
		return -1;
	}
	log_open("vmreaper", LOG_TO_STDERR, s->common.verbosity);
	if ((p = common_policy(&s->common)) == NULL)
		return -1;
	who(s->by, sizeof(s->by));
	memset(&f, 0, sizeof(f));
	if (ledger_open(p->ledger.path, p->cloud.name, LEDGER_WRITE, &s->ledger, &f) != 0)
		common_fault(s->name, &f);
	policy_free(p);
	return s->ledger != NULL ? 0 : -1;
}

static int
person_end(struct person *s, int done, const struct fault *f)
{
	if (done != 0)
		common_fault(s->name, f);
	ledger_close(s->ledger);
	return done == 0 ? COMMAND_OK : COMMAND_FAILED;
}

static int64_t
until(const struct person *s)
{
	return s->for_s != 0 ? clock_wall_s() + s->for_s : s->until_s;
}

/* The one machine that keep and unkeep are about. */
static int
one_id(const struct person *s, int argc, char **argv, int64_t *id)
{
	if (argc - optind == 1 && units_int(argv[optind], 0, INT32_MAX, id) == 0)
		return 0;
	fprintf(stderr, "vmreaper %s: give the number of one machine\n", s->name);
	return -1;
}

int
command_keep(int argc, char **argv)
{
	struct person s;
	struct keep keep = {0};
	struct fault f = {0};
	char when[24];
	int rc;

	if (person_begin(&s, argc, argv, help_keep, &rc) != 0)
		return rc;
	if (one_id(&s, argc, argv, &keep.id) != 0) {
		ledger_close(s.ledger);
		return COMMAND_FAILED;
	}
	keep.until_s = until(&s);
	keep.reason = s.reason;
	keep.by = s.by;
	rc = ledger_keep_set(s.ledger, &keep, clock_wall_s(), &f);
	if (rc == 0)
		printf("machine %lld is kept%s%s; vmreaper unkeep %lld ends it\n",
		    (long long)keep.id, keep.until_s != 0 ? " until " : "",
		    keep.until_s != 0 ? units_time_str(when, sizeof(when), keep.until_s) : "",
		    (long long)keep.id);
	return person_end(&s, rc, &f);
}

int
command_unkeep(int argc, char **argv)
{
	struct person s;
	struct fault f = {0};
	bool was = false;
	int64_t id = -1;
	int rc;

	if (person_begin(&s, argc, argv, help_keep, &rc) != 0)
		return rc;
	if (one_id(&s, argc, argv, &id) != 0) {
		ledger_close(s.ledger);
		return COMMAND_FAILED;
	}
	rc = ledger_keep_unset(s.ledger, id, &was, &f);
	if (rc == 0)
		printf("machine %lld is %s\n", (long long)id,
		    was ? "no longer kept here" : "not kept here: nothing to do");
	return person_end(&s, rc, &f);
}

int
command_acknowledge(int argc, char **argv)
{
	struct person s;
	struct fault f = {0};
	int64_t id, n = 0, all = 0;
	int rc, i;

	if (person_begin(&s, argc, argv, help_acknowledge, &rc) != 0)
		return rc;
	if (s.all == (optind < argc)) {
		fprintf(
		    stderr, "vmreaper acknowledge: give the numbers of machines, or --all\n");
		ledger_close(s.ledger);
		return COMMAND_FAILED;
	}
	rc = s.all ? ledger_acknowledge(s.ledger, -1, s.by, clock_wall_s(), &all, &f) : 0;
	for (i = optind; rc == 0 && i < argc; i++) {
		if (units_int(argv[i], 0, INT32_MAX, &id) != 0)
			rc = fault_set(&f, FAULT_USAGE, "%s is no machine's number", argv[i]);
		else
			rc = ledger_acknowledge(s.ledger, id, s.by, clock_wall_s(), &n, &f);
		all += rc == 0 ? n : 0;
	}
	printf("%lld marks acknowledged\n", (long long)all);
	return person_end(&s, rc, &f);
}

int
command_hold(int argc, char **argv)
{
	struct person s;
	struct hold hold = {0};
	struct fault f = {0};
	char when[24];
	int rc;

	if (person_begin(&s, argc, argv, help_hold, &rc) != 0)
		return rc;
	if (optind != argc) { /* `resume 42' must not lift the hold of all */
		ledger_close(s.ledger);
		return common_surplus(s.name, argv[optind]);
	}
	hold.since_s = clock_wall_s();
	hold.until_s = until(&s);
	hold.reason = s.reason;
	hold.by = s.by;
	rc = ledger_hold_set(s.ledger, &hold, &f);
	if (rc == 0)
		printf("on hold: nothing is killed until %s%s`vmreaper resume'\n",
		    hold.until_s != 0 ? units_time_str(when, sizeof(when), hold.until_s) : "",
		    hold.until_s != 0 ? " or " : "");
	return person_end(&s, rc, &f);
}

int
command_resume(int argc, char **argv)
{
	struct person s;
	struct fault f = {0};
	bool was = false;
	int rc;

	if (person_begin(&s, argc, argv, help_hold, &rc) != 0)
		return rc;
	if (optind != argc) { /* `resume 42' must not lift the hold of all */
		ledger_close(s.ledger);
		return common_surplus(s.name, argv[optind]);
	}
	rc = ledger_hold_clear(s.ledger, &was, &f);
	if (rc == 0)
		printf("%s\n", was ? "resumed" : "was not on hold: nothing to do");
	return person_end(&s, rc, &f);
}
