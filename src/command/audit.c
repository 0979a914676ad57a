/* SPDX-License-Identifier: ISC */
/*
 * audit: a one-off report on a live cloud or a saved listing. Kills nothing, marks nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "command/leave.h"
#include "sweep.h"

static const char help[] =
    "usage: vmreaper audit [-f FILE | --cloud NAME] [--from FILE|-] [--era VERSION]\n"
    "                      [--format text|json|csv|html|prometheus] [--all]\n"
    "                      [--no-probe] [--color WHEN] [-v]\n"
    "\n"
    "Report what is unknown, failed, unreachable, overdue or long off, and what it holds.\n"
    "Kills nothing, marks nothing, takes no lock.\n"
    "\n"
    "  -f, --policy FILE   the policy (default " VMR_SYSCONFDIR
    "/policy.ini; not needed with --from)\n"
    "      --cloud NAME    the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --from FILE|-   a saved listing: the output of `onevm list --extended -x', or an\n"
    "                      XML-RPC response of one.vmpool.infoextended; - is standard input\n"
    "      --era VERSION   the OpenNebula version that a saved listing came from\n"
    "      --format FORMAT text (default), json, csv (a row for each machine), html (a page "
    "that\n"
    "                      needs nothing else) or prometheus (the figures)\n"
    "      --all           every machine in the table of text, not only findings\n"
    "      --no-probe      look at no address\n"
    "      --color WHEN    auto (default: on a terminal), always or never\n"
    "  -v, --verbose       more in the log; may be repeated\n"
    "  -h, --help          this help\n"
    "      --version       the version\n"
    "\n"
    "Exit status: 0 done, 1 the listing was not complete (the report says what was read), 3 "
    "could not.\n";

enum { OPT_FROM = COMMON_LAST, OPT_ERA, OPT_FORMAT, OPT_ALL, OPT_NO_PROBE };

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_HTML, FORMAT_PROMETHEUS, FORMATS };
static const char *const formats[FORMATS] = {"text", "json", "csv", "html", "prometheus"};

struct audit {
	const char *from, *era;
	enum format format;
	bool all, no_probe;
};

static bool
take_format(struct audit *a, const char *arg)
{
	int k;

	for (k = 0; k < FORMATS; k++)
		if (strcmp(arg, formats[k]) == 0) {
			a->format = (enum format)k;
			return true;
		}
	fprintf(stderr,
	    "vmreaper audit: no format %s: write text, json, csv, html or prometheus\n", arg);
	return false;
}

static bool
audit_option(struct audit *a, int c, const char *arg)
{
	switch (c) {
	case OPT_FROM:
		a->from = arg;
		return true;
	case OPT_ERA:
		a->era = arg;
		return true;
	case OPT_FORMAT:
		return take_format(a, arg);
	case OPT_ALL:
		a->all = true;
		return true;
	case OPT_NO_PROBE:
		a->no_probe = true;
		return true;
	}
	return false;
}

/* The policy of the options; for a saved listing without one, the defaults. */
static struct policy *
audit_policy(const struct common *common, struct audit *a)
{
	struct policy *p;

	if (a->from != NULL && common->policy_path == NULL && common->cloud == NULL) {
		p = policy_default();
		a->no_probe = true; /* no networks are named: nothing may be probed */
	} else
		p = common_policy(common);
	if (p != NULL && a->era != NULL)
		p->cloud.version = a->era;
	return p;
}

static int
audit_render(
    const struct audit *a, struct sweep *s, enum color color, struct text *out, struct fault *f)
{
	const struct style style = common_style(color);
	struct past past;

	switch (a->format) {
	case FORMAT_TEXT:
		report_text(&s->report, a->all, &style, out);
		return 0;
	case FORMAT_JSON:
		return report_json(&s->report, out, f);
	case FORMAT_CSV:
		report_csv(&s->report, out);
		break;
	case FORMAT_HTML:
		if (leave_past(s, &past, f) != 0 || report_html(&s->report, out, f) != 0)
			return -1;
		text_addc(out, '\n');
		break;
	case FORMAT_PROMETHEUS:
		report_prometheus(&s->report, out);
		break;
	case FORMATS:
		break;
	}
	return out->cut ? fault_set(f, FAULT_LIMIT, "the report does not fit in memory") : 0;
}

static int
audit_print(const struct audit *a, struct sweep *s, enum color color)
{
	struct text out;
	struct fault f;
	int rc = COMMAND_OK;

	memset(&f, 0, sizeof(f));
	if (s->ledger != NULL)
		s->report.status.hold = s->state.hold;
	text_init(&out, 1u << 30);
	if (audit_render(a, s, color, &out, &f) != 0) {
		common_fault("audit", &f);
		rc = COMMAND_FAILED;
	} else if (!common_print(&out))
		rc = COMMAND_FAILED;
	text_free(&out);
	return rc;
}

int
command_audit(int argc, char **argv)
{
	static const struct option options[] = {COMMON_LONG, COMMON_LONG_COLOR,
	    {"from", required_argument, NULL, OPT_FROM},
	    {"era", required_argument, NULL, OPT_ERA},
	    {"format", required_argument, NULL, OPT_FORMAT},
	    {"all", no_argument, NULL, OPT_ALL}, {"no-probe", no_argument, NULL, OPT_NO_PROBE},
	    {NULL, 0, NULL, 0}};
	struct common common = {0};
	struct audit a = {.format = FORMAT_TEXT};
	struct sweep_options o = {.mode = SWEEP_LOOK,
	    .program = "audit",
	    .saved_fd = -1,
	    .now_s = clock_wall_s,
	    .sleep_ms = common_sleep_ms};
	struct policy *p;
	struct sweep s;
	struct fault f;
	int c, rc, printed;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1)
		if (!audit_option(&a, c, optarg) && !common_option(&common, c, optarg))
			return common_usage("audit");
	if (common_done(&common, help, &rc))
		return rc;
	if (optind != argc)
		return common_surplus("audit", argv[optind]);
	log_open("vmreaper", LOG_TO_STDERR, common.verbosity);
	if ((p = audit_policy(&common, &a)) == NULL)
		return COMMAND_FAILED;
	common_privileges(p);
	o.probe = !a.no_probe;
	if (a.from != NULL) {
		o.saved_name = strcmp(a.from, "-") == 0 ? "standard input" : a.from;
		o.saved_fd = strcmp(a.from, "-") == 0 ? STDIN_FILENO
						      : open(a.from, O_RDONLY | O_CLOEXEC);
		if (o.saved_fd < 0) {
			fprintf(stderr, "vmreaper audit: %s: %s\n", a.from, strerror(errno));
			policy_free(p);
			return COMMAND_FAILED;
		}
	}
	o.stop = common_signals();
	o.progress = common_progress();
	o.listing = common_listing();
	rc = sweep_run(p, &o, &s, &f);
	if (rc != 0)
		common_fault("audit", &f);
	if (rc != 0 && s.listing.n == 0)
		rc = COMMAND_FAILED;
	else {
		printed = audit_print(&a, &s, common.color);
		rc = printed != COMMAND_OK ? printed : rc != 0 ? COMMAND_PARTLY : COMMAND_OK;
	}
	sweep_free(&s);
	policy_free(p);
	if (o.saved_fd > STDIN_FILENO)
		close(o.saved_fd);
	return rc;
}
