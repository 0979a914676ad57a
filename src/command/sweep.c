/* SPDX-License-Identifier: ISC */
/*
 * sweep: the cron job. Runs the pipeline, leaves the status file, prints what a person should see.
 */
#include <sys/resource.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "command/leave.h"
#include "command/push.h"
#include "ledger/status.h"
#include "report/events.h"
#include "sweep.h"

static const char help[] =
    "usage: vmreaper sweep [-f FILE | --cloud NAME] [--reap] [--cron] [--syslog FACILITY] "
    "[-v]\n"
    "\n"
    "List the machines, probe them, remember, judge, kill if armed, report.\n"
    "\n"
    "  -f, --policy FILE  the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME   the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --reap         kill, if the policy is armed and names this cloud; else observe\n"
    "      --cron         print only when alarms, kills or errors changed, and once a day\n"
    "                     while one stands\n"
    "      --syslog FACILITY\n"
    "                     log kills, alarms that rise or end, and errors, with priorities:\n"
    "                     daemon, user, cron, local0 to local7\n"
    "  -v, --verbose      more in the log, and what each stage took; may be repeated\n"
    "  -h, --help         this help\n"
    "      --version      the version\n"
    "\n"
    "Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (could not look). See vmreaper(8).\n";

#define CRON_AGAIN_S  (24 * 3600) /* a standing alarm is said once a day */
#define CRON_MARK_MAX (16 * 1024)

enum { OPT_REAP = COMMON_LAST, OPT_CRON, OPT_SYSLOG };

/* How a sweep speaks. */
struct voice {
	bool cron; /* only when there is news */
	bool events; /* to the log, too */
};

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
		if (st->findings[i].severity == STATE_CRITICAL ||
		    st->findings[i].severity == STATE_UNKNOWN)
			text_addf(out, "alarm %s %lld\n", st->findings[i].code,
			    (long long)st->findings[i].id);
}

static bool
cron_path(const char *status_file, char path[static 4096])
{
	return (size_t)snprintf(path, 4096, "%s.cron", status_file) < 4096;
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

	if (!cron_path(status_file, path))
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
	return true;
}

/* It was printed: what nobody could read is said again. */
static void
cron_said(const char *status_file, const struct text *signature, int64_t now_s)
{
	char path[4096];
	FILE *fp;

	if (!cron_path(status_file, path))
		return;
	fp = fopen(path, "we");
	if (fp == NULL || fprintf(fp, "%lld\n%s", (long long)now_s, signature->p) < 0)
		log_warning("sweep", "%s cannot be written: cron mail may repeat itself", path);
	if (fp != NULL)
		fclose(fp);
}

/*
 * What check_vmreaper asks and a report cannot know: when the last complete run was, if this one is not (the
 * file that is about to be replaced says it), and who holds.
 */
static void
add_health(struct sweep *s, const struct status *old)
{
	struct status *st = &s->report.status;

	st->hold = s->state.hold;
	st->good_s = st->complete ? st->now_s : 0;
	if (!st->complete && old != NULL && strcmp(old->cloud, st->cloud) == 0 &&
	    old->good_s <= st->now_s)
		st->good_s = old->good_s;
}

static void
log_events(const struct policy *p, const struct sweep *s, const struct status *old,
    enum state state, struct arena *a)
{
	struct events events;
	size_t i;

	events_of(a, old, &s->report.status, state, s->kills, s->n_kills, p->report.max_lines,
	    &events);
	if (s->act_fault.kind != FAULT_NONE)
		log_event(LOG_LEVEL_ERROR, "%s: %s", s->report.status.cloud, s->act_fault.msg);
	for (i = 0; i < events.n; i++)
		log_event(events.v[i].level, "%s", events.v[i].text);
}

/* What the sweep could not leave or hand over. It is said where a person looks, or else in the log. */
static void
say_fault(const struct policy *p, const struct fault *f, bool print, bool events)
{
	if (print)
		common_fault("sweep", f);
	if (events)
		log_event(LOG_LEVEL_ERROR, "%s: %s",
		    p->cloud.name != NULL ? p->cloud.name : "?", f->msg);
	else if (!print)
		log_error("sweep", "%s", f->msg);
}

/* Another sweep runs: this one has seen nothing. */
static bool
is_second(const struct sweep *s, int rc, const struct fault *f)
{
	return rc != 0 && s->ledger == NULL && f->kind == FAULT_LOCKED;
}

/* To the monitoring systems of [passive], as their own plugins would say it; how many did not take it. */
static int
push(const struct policy *p, const struct sweep *s, const struct thresholds *t,
    enum state state, struct fault refusals[PUSH_TARGETS])
{
	struct text out;
	int n;

	if (p->passive.icinga_url == NULL && p->passive.nagios_command_file == NULL)
		return 0;
	text_init(&out, (size_t)p->report.max_bytes);
	report_nagios(&s->report.status, t, state, "VMREAPER", 1, p->report.max_lines, &out);
	n = push_result(p, state, out.p, refusals);
	text_free(&out);
	return n;
}

/* What could not be left or handed over. */
struct leftovers {
	struct fault unwritten[LEAVE_FILES], refusals[PUSH_TARGETS];
	int n_unwritten, n_refusals;
};

/* The status file, the reports, the pushed result; what fails makes the state worse. Returns the state. */
static enum state
hand_over(const struct policy *p, struct sweep *s, const struct thresholds *t,
    const struct status *old, const struct voice *voice, enum state state,
    struct leftovers *left)
{
	struct fault f = {.kind = FAULT_NONE};

	if (p->ledger.status_file != NULL) {
		add_health(s, old);
		if (status_write(
			p->ledger.status_file, p->ledger.group, &s->report.status, &f) != 0) {
			say_fault(p, &f, true, voice->events);
			if (state != STATE_CRITICAL) /* an alarm stays one */
				state = STATE_UNKNOWN;
		}
		/* the sweep is done and remembered: a report that is missing is only worth a warning */
		left->n_unwritten = leave_reports(s, left->unwritten);
		if (left->n_unwritten > 0 && state == STATE_OK)
			state = STATE_WARNING;
	}
	left->n_refusals = push(p, s, t, state, left->refusals);
	return left->n_refusals > 0 ? state_worse(state, STATE_UNKNOWN) : state;
}

/* The result on standard output, under --cron only if it is news; and what was left over. Returns the state. */
static enum state
say(const struct policy *p, const struct sweep *s, int rc, const struct fault *f,
    const struct thresholds *t, const struct voice *voice, enum state state,
    const struct leftovers *left)
{
	const bool remembers = voice->cron && p->ledger.status_file != NULL;
	struct text out, signature;
	bool print = true;
	int i;

	text_init(&out, 60 * 1024);
	text_init(&signature, CRON_MARK_MAX - 32);
	if (remembers) {
		cron_signature(s, rc, f, &signature);
		for (i = 0; i < left->n_unwritten; i++)
			text_addf(&signature, "unwritten %s\n",
			    fault_kind_str(left->unwritten[i].kind));
		for (i = 0; i < left->n_refusals; i++)
			text_addf(&signature, "undelivered %s\n",
			    fault_kind_str(left->refusals[i].kind));
		print = cron_is_news(p->ledger.status_file, &signature, s->clock.wall_s);
	}
	if (print) {
		report_nagios(
		    &s->report.status, t, state, "VMREAPER", 1, p->report.max_lines, &out);
		text_addc(&out, '\n');
		if (!common_print(&out))
			state = STATE_UNKNOWN;
		else if (remembers)
			cron_said(p->ledger.status_file, &signature, s->clock.wall_s);
		if (rc != 0 && s->report.status.complete) /* else the first line says it */
			common_fault("sweep", f);
	}
	for (i = 0; i < left->n_unwritten; i++)
		say_fault(p, &left->unwritten[i], print, voice->events);
	for (i = 0; i < left->n_refusals; i++)
		say_fault(p, &left->refusals[i], print, voice->events);
	text_free(&signature);
	text_free(&out);
	return state;
}

static int
finish(const struct policy *p, struct sweep *s, int rc, const struct fault *f,
    const struct voice *voice)
{
	struct arena *a = arena_new(32 << 20);
	struct leftovers left = {.n_unwritten = 0};
	struct status before, *old = NULL;
	struct thresholds t;
	enum state state;

	thresholds_from(&t, p);
	state = report_state(&s->report.status, &t);
	if (rc != 0)
		state = state_worse(state, STATE_UNKNOWN) == STATE_CRITICAL ? STATE_CRITICAL
									    : STATE_UNKNOWN;
	if (a != NULL && p->ledger.status_file != NULL &&
	    (voice->events || !s->report.status.complete) &&
	    status_read(p->ledger.status_file, a, &before, NULL) == 0)
		old = &before;
	/* a second sweep must not overwrite what the first one is about to say, nor push in its place */
	if (!is_second(s, rc, f))
		state = hand_over(p, s, &t, old, voice, state, &left);
	state = say(p, s, rc, f, &t, voice, state, &left);
	if (voice->events && a != NULL)
		log_events(p, s, old, state, a);
	arena_free(a);
	return (int)state;
}

/* With -v: where the time went. */
static void
say_times(const struct sweep *s)
{
	struct rusage ru = {0};
	struct text t;
	int i;

	text_init(&t, 1024);
	for (i = 0; i < SWEEP_STAGES; i++)
		text_addf(&t, "%s %.3f s (CPU %.3f), ", sweep_stage_str((enum sweep_stage)i),
		    (double)s->times[i].wall_ns / 1e9, (double)s->times[i].cpu_ns / 1e9);
	(void)getrusage(RUSAGE_SELF, &ru);
	log_notice("sweep", "%zu machines: %s%.0f bytes kept of each, peak memory %ld MiB",
	    s->listing.n, t.p,
	    s->listing.n > 0 ? (double)s->listing_bytes / (double)s->listing.n : 0.0,
	    ru.ru_maxrss / 1024);
	text_free(&t);
}

int
command_sweep(int argc, char **argv)
{
	static const struct option options[] = {COMMON_LONG,
	    {"reap", no_argument, NULL, OPT_REAP}, {"cron", no_argument, NULL, OPT_CRON},
	    {"syslog", required_argument, NULL, OPT_SYSLOG}, {NULL, 0, NULL, 0}};
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
	struct voice voice = {false, false};
	const char *facility = NULL;
	int c, rc;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1) {
		if (c == OPT_REAP)
			o.reap = true;
		else if (c == OPT_CRON)
			voice.cron = true;
		else if (c == OPT_SYSLOG)
			facility = optarg;
		else if (!common_option(&common, c, optarg))
			return common_usage("sweep");
	}
	if (common_done(&common, help, &rc))
		return rc;
	if (optind != argc)
		return common_surplus("sweep", argv[optind]);
	log_open("vmreaper",
	    (voice.cron || facility != NULL) && !isatty(STDERR_FILENO) ? LOG_TO_SYSLOG
								       : LOG_TO_STDERR,
	    common.verbosity);
	if (facility != NULL && !(voice.events = log_facility(facility))) {
		fprintf(stderr,
		    "vmreaper sweep: --syslog %.40s: daemon, user, cron or local0 to local7\n",
		    facility);
		return COMMAND_FAILED;
	}
	if ((p = common_policy(&common)) == NULL)
		return STATE_UNKNOWN;
	common_privileges(p);
	o.stop = common_signals();
	if (!voice.cron) {
		o.progress = common_progress();
		o.listing = common_listing();
	}
	rc = sweep_run(p, &o, &s, &f);
	say_times(&s);
	rc = finish(p, &s, rc, &f, &voice);
	sweep_free(&s);
	policy_free(p);
	return rc;
}
