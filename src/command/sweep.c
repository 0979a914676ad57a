/* SPDX-License-Identifier: ISC */
/*
 * sweep: the cron job. Runs the pipeline, leaves the status file, prints what a person should see.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "ledger/status.h"
#include "sweep.h"

static const char help[] =
    "usage: vmreaper sweep [-f FILE | --cloud NAME] [--reap] [--cron] [-v]\n"
    "\n"
    "List the machines, probe them, remember, judge, kill if armed, report.\n"
    "\n"
    "  -f, --policy FILE  the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME   the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --reap         kill, if the policy is armed and names this cloud; else observe\n"
    "      --cron         print only when alarms, kills or errors changed, and once a day\n"
    "                     while one stands\n"
    "  -v, --verbose      more in the log; may be repeated\n"
    "  -h, --help         this help\n"
    "      --version      the version\n"
    "\n"
    "Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (could not look). See vmreaper(8).\n";

#define CRON_AGAIN_S  (24 * 3600) /* a standing alarm is said once a day */
#define CRON_MARK_MAX (16 * 1024)

enum { OPT_REAP = COMMON_LAST, OPT_CRON };

/* What --cron compares with the last time: alarms, kills and errors, no figures that change by themselves. */
static void
cron_signature(const struct sweep *s, int rc, const struct fault *f, struct text *out)
{
	const struct status *st = &s->report.status;
	size_t i;

	if (rc != 0)
		text_addf(out, "fault %s\n", fault_kind_str(f->kind));
	if (s->act_fault.kind != FAULT_NONE)
		text_addf(out, "cut %s\n", fault_kind_str(s->act_fault.kind));
	for (i = 0; i < s->n_kills; i++)
		if (s->kills[i].outcome != OUTCOME_WOULD_KILL)
			text_addf(out, "kill %lld %s\n", (long long)s->kills[i].id,
			    outcome_str(s->kills[i].outcome));
	for (i = 0; i < st->n_findings; i++)
		if (st->findings[i].severity == STATE_CRITICAL)
			text_addf(out, "alarm %s %lld\n", st->findings[i].code,
			    (long long)st->findings[i].id);
}

/* The signature of the last printed run lies beside the status file, its first line the time of printing. */
static bool
cron_is_news(const char *status_file, const struct text *signature, int64_t now_s)
{
	char path[4096], *old, *end;
	long long when = 0;
	bool same;
	size_t n = 0;
	FILE *fp;

	if ((size_t)snprintf(path, sizeof(path), "%s.cron", status_file) >= sizeof(path))
		return true;
	old = x_calloc(CRON_MARK_MAX + 1, 1);
	fp = fopen(path, "re");
	if (fp != NULL) {
		n = fread(old, 1, CRON_MARK_MAX, fp);
		fclose(fp);
	}
	old[n] = '\0';
	when = strtoll(old, &end, 10);
	same = n > 0 && *end == '\n' && strcmp(end + 1, signature->p) == 0;
	free(old);
	if (same && (signature->len == 0 || now_s - when < CRON_AGAIN_S) && now_s >= when)
		return false;
	if (n == 0 && signature->len == 0)
		return false; /* the first run ever, and all is well */
	fp = fopen(path, "we");
	if (fp == NULL || fprintf(fp, "%lld\n%s", (long long)now_s, signature->p) < 0)
		log_warning("sweep", "%s cannot be written: cron mail may repeat itself", path);
	if (fp != NULL)
		fclose(fp);
	return true;
}

/*
 * What check_vmreaper asks and a report cannot know: when the last complete run was, if this one is not (the
 * file that is about to be replaced says it), and who holds.
 */
static void
add_health(const struct policy *p, struct sweep *s)
{
	struct status *st = &s->report.status, old;
	struct arena *a;

	st->hold = s->state.hold;
	st->good_s = st->complete ? st->now_s : 0;
	if (st->complete || (a = arena_new(16 << 20)) == NULL)
		return;
	if (status_read(p->ledger.status_file, a, &old, NULL) == 0 &&
	    strcmp(old.cloud, st->cloud) == 0 && old.good_s <= st->now_s)
		st->good_s = old.good_s;
	arena_free(a);
}

static int
finish(const struct policy *p, struct sweep *s, int rc, const struct fault *f, bool cron)
{
	struct thresholds t;
	struct text out, signature;
	struct fault ff;
	enum state state;
	bool print = true;

	thresholds_from(&t, p);
	state = report_state(&s->report.status, &t);
	if (rc != 0)
		state = state_worse(state, STATE_UNKNOWN) == STATE_CRITICAL ? STATE_CRITICAL
									    : STATE_UNKNOWN;
	memset(&ff, 0, sizeof(ff));
	/* a second sweep must not overwrite what the first one is about to say */
	if (!(rc != 0 && s->ledger == NULL && f->kind == FAULT_LOCKED) &&
	    p->ledger.status_file != NULL) {
		add_health(p, s);
		if (status_write(
			p->ledger.status_file, p->ledger.group, &s->report.status, &ff) != 0) {
			common_fault("sweep", &ff);
			state = STATE_UNKNOWN;
		}
	}
	text_init(&out, 60 * 1024);
	text_init(&signature, CRON_MARK_MAX - 32);
	if (cron && p->ledger.status_file != NULL) {
		cron_signature(s, rc, f, &signature);
		print = cron_is_news(p->ledger.status_file, &signature, s->clock.wall_s);
	}
	if (print) {
		report_nagios(
		    &s->report.status, &t, state, "VMREAPER", 1, p->report.max_lines, &out);
		text_addc(&out, '\n');
		if (!common_print(&out))
			state = STATE_UNKNOWN;
		if (rc != 0 && s->report.status.complete) /* else the first line says it */
			common_fault("sweep", f);
	}
	text_free(&signature);
	text_free(&out);
	return (int)state;
}

int
command_sweep(int argc, char **argv)
{
	static const struct option options[] = {COMMON_LONG,
	    {"reap", no_argument, NULL, OPT_REAP}, {"cron", no_argument, NULL, OPT_CRON},
	    {NULL, 0, NULL, 0}};
	struct common common = {0};
	struct sweep_options o = {.mode = SWEEP_MARK,
	    .program = "sweep",
	    .probe = true,
	    .saved_fd = -1,
	    .now_s = clock_wall_s,
	    .sleep_ms = common_sleep_ms};
	struct policy *p;
	struct sweep s;
	struct fault f;
	bool cron = false;
	int c, rc;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1) {
		if (c == OPT_REAP)
			o.reap = true;
		else if (c == OPT_CRON)
			cron = true;
		else if (!common_option(&common, c, optarg))
			return common_usage("sweep");
	}
	if (common_done(&common, help, &rc))
		return rc;
	if (optind != argc)
		return common_usage("sweep");
	log_open("vmreaper", cron && !isatty(STDERR_FILENO) ? LOG_TO_SYSLOG : LOG_TO_STDERR,
	    common.verbosity);
	if ((p = common_policy(&common)) == NULL)
		return STATE_UNKNOWN;
	common_privileges(p);
	o.stop = common_signals();
	if (!cron)
		o.progress = common_progress();
	rc = sweep_run(p, &o, &s, &f);
	rc = finish(p, &s, rc, &f, cron);
	sweep_free(&s);
	policy_free(p);
	return rc;
}
