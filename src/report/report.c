/* SPDX-License-Identifier: ISC */
/*
 * report: from the values of a run to metrics and findings. Pure; renders nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

const char *
state_str(enum state s)
{
	switch (s) {
	case STATE_OK:
		return "OK";
	case STATE_WARNING:
		return "WARNING";
	case STATE_CRITICAL:
		return "CRITICAL";
	case STATE_UNKNOWN:
		return "UNKNOWN";
	}
	return "UNKNOWN";
}

/* How bad: the order is not the one of the exit codes. */
static int
weight(enum state s)
{
	switch (s) {
	case STATE_OK:
		return 0;
	case STATE_UNKNOWN:
		return 1;
	case STATE_WARNING:
		return 2;
	case STATE_CRITICAL:
		return 3;
	}
	return 1;
}

enum state
state_worse(enum state a, enum state b)
{
	return weight(a) >= weight(b) ? a : b;
}

/* --- metrics ------------------------------------------------------------- */

struct builder {
	struct arena *a;
	const struct report_inputs *in;
	struct status *st;
	void *findings;
	bool full; /* the arena is: the report would be a lie by omission */
};

static void
count(struct builder *b, enum metric m, double by)
{
	b->st->metrics[m] += by;
}

static enum metric
class_metric(enum vm_class c)
{
	switch (c) {
	case VM_CLASS_OK:
		return METRIC_RUNNING;
	case VM_CLASS_TRANSITIONAL:
		return METRIC_TRANSITIONAL;
	case VM_CLASS_UNKNOWN:
		return METRIC_UNKNOWN;
	case VM_CLASS_FAILED:
		return METRIC_FAILED;
	case VM_CLASS_OFF:
		return METRIC_OFF;
	case VM_CLASS_UNRECOGNISED:
		return METRIC_UNRECOGNISED;
	case VM_CLASS_DONE:
	case VM_CLASS_COUNT:
		break;
	}
	return METRIC_COUNT;
}

static void finding(struct builder *b, enum state severity, const char *code,
    const struct vm *vm, const char *remedy, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

static void
finding(struct builder *b, enum state severity, const char *code, const struct vm *vm,
    const char *remedy, const char *fmt, ...)
{
	struct finding *f;
	char line[768];
	va_list ap;

	f = arena_push(b->a, &b->findings, b->st->n_findings, sizeof(*f));
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (f == NULL || (f->text = arena_strdup(b->a, line)) == NULL) {
		b->full = true;
		return;
	}
	f->severity = severity;
	f->code = code;
	f->id = vm != NULL ? vm->id : -1;
	f->name = vm != NULL ? vm->name : "";
	f->owner = vm != NULL ? vm->uname : "";
	f->remedy = remedy != NULL ? remedy : "";
	b->st->n_findings++;
}

/* "4 vCPU, 8 GiB, 20 GiB disk, 1 address" */
static void
holds_text(const struct holds *h, char *buf, size_t size)
{
	char mem[24], disk[24];

	if (!h->any) {
		snprintf(buf, size, "holds nothing");
		return;
	}
	snprintf(buf, size, "holds %d vCPU, %s, disk %s, %d address%s", (int)h->vcpu,
	    units_mib_str(mem, sizeof(mem), h->memory_mib),
	    units_mib_str(disk, sizeof(disk), h->disk_mib), (int)h->addresses,
	    h->addresses == 1 ? "" : "es");
}

/* How long the machine has been so, as far as we know: " for 3 d" or " since at least ..." or "". */
static void
since_text(const struct builder *b, size_t i, char *buf, size_t size)
{
	const struct record *r = b->in->records;
	char age[32];

	buf[0] = '\0';
	if (r != NULL && r[i].since_s > 0)
		snprintf(buf, size, " for at least %s",
		    units_age_str(age, sizeof(age), b->in->now_s - r[i].since_s));
}

static const char *
remedy_of(struct builder *b, const char *format, int64_t id, const char *host)
{
	char buf[512];
	const char *s;

	s = arena_strdup(b->a, reason_remedy(format, id, host, buf, sizeof(buf)));
	if (s == NULL)
		b->full = true;
	return s != NULL ? s : "";
}

static bool
was_killed_now(const struct report_inputs *in, int64_t id)
{
	size_t i;

	for (i = 0; i < in->n_kills; i++)
		if (in->kills[i].id == id && in->kills[i].sweep == in->sweep &&
		    in->sweep != 0 && outcome_is_sent(in->kills[i].outcome))
			return true;
	return false;
}

/* An Unknown or Failed machine: what it holds and what was decided. */
static void
problem_finding(struct builder *b, size_t i)
{
	const struct report_inputs *in = b->in;
	const struct vm *vm = &in->listing->vms[i];
	const struct judgement *j = in->judgements != NULL ? &in->judgements[i] : NULL;
	char state[40], held[128], since[64], detail[160], why[256] = "";
	const char *code = vm_class_str(vm->cls), *remedy = "vmreaper explain %d";
	struct holds h;

	if (was_killed_now(in, vm->id))
		return; /* the kill's own finding says what became of it */
	vm_holds(in->listing->era, vm, &h);
	holds_text(&h, held, sizeof(held));
	since_text(b, i, since, sizeof(since));
	era_state_name(in->listing->era, vm->state, vm->lcm, state);
	if (j != NULL && in->verdict != NULL) {
		detail[0] = '\0';
		if (j->veto != VETO_COUNT) {
			verdict_detail(in->verdict, j, i, j->veto, detail, sizeof(detail));
			code = veto_code(j->veto);
			remedy = veto_remedy(j->veto);
		}
		if (j->veto != VETO_COUNT)
			snprintf(why, sizeof(why), "; %s: %s%s%s%s", verdict_str(j->verdict),
			    code, detail[0] != '\0' ? " (" : "", detail,
			    detail[0] != '\0' ? ")" : "");
		else
			snprintf(why, sizeof(why), "; to be killed with %s",
			    j->verb != NULL ? j->verb : "?");
	}
	finding(b, STATE_WARNING, code, vm, remedy_of(b, remedy, vm->id, vm->host),
	    "%s%s%s%s, %s%s", state, since, vm->host[0] != '\0' ? " on " : "", vm->host, held,
	    why);
}

static void
problem_metrics(struct builder *b, size_t i)
{
	const struct vm *vm = &b->in->listing->vms[i];
	struct holds h;

	if (!verdict_is_candidate(b->in->policy, b->in->listing->era, vm))
		return;
	vm_holds(b->in->listing->era, vm, &h);
	count(b, METRIC_CANDIDATES, 1);
	count(b, METRIC_HELD_VCPU, h.vcpu);
	count(b, METRIC_HELD_MEMORY, (double)h.memory_mib);
	count(b, METRIC_HELD_DISK, (double)h.disk_mib);
	count(b, METRIC_HELD_ADDRESSES, h.addresses);
	if (b->in->records != NULL && b->in->records[i].confirmations > 0)
		count(b, METRIC_MARKED, 1);
}

/* RUNNING for `settle`: silent although it answered before in this placement, or never answered at all. */
static void
running(struct builder *b, size_t i)
{
	const struct report_inputs *in = b->in;
	const struct vm *vm = &in->listing->vms[i];
	const struct record *r = in->records != NULL ? &in->records[i] : NULL;
	const struct judgement *j = in->judgements != NULL ? &in->judgements[i] : NULL;
	char since[64];

	if (r == NULL || j == NULL || in->sightings == NULL || j->alive || !j->silent)
		return;
	if (in->now_s - r->since_s < in->policy->check.settle_s)
		return;
	since_text(b, i, since, sizeof(since));
	if (r->answered_s > 0) {
		count(b, METRIC_UNREACHABLE, 1);
		finding(b, STATE_WARNING, "unreachable", vm,
		    remedy_of(b, "vmreaper probe %d", vm->id, vm->host),
		    "running%s on %s, answered before, silent now", since, vm->host);
	} else {
		count(b, METRIC_NEVER_ANSWERED, 1);
		finding(b, STATE_OK, "never-answered", vm,
		    remedy_of(b, "vmreaper probe %d", vm->id, vm->host),
		    "running%s on %s and never answered", since, vm->host);
	}
}

static void
overdue(struct builder *b, size_t i)
{
	const struct report_inputs *in = b->in;
	const struct vm *vm = &in->listing->vms[i];
	int64_t since_s = in->records != NULL ? in->records[i].since_s : 0, limit_s;
	char state[40], age[32];

	limit_s = in->policy->check
		      .overdue_s[era_overdue_group(in->listing->era, vm->state, vm->lcm)];
	if (since_s == 0 || in->now_s - since_s <= limit_s)
		return;
	count(b, METRIC_OVERDUE, 1);
	finding(b, STATE_WARNING, "overdue", vm,
	    remedy_of(b, "onevm show %d", vm->id, vm->host), "%s for at least %s",
	    era_state_name(in->listing->era, vm->state, vm->lcm, state),
	    units_age_str(age, sizeof(age), in->now_s - since_s));
}

static void
off(struct builder *b, size_t i)
{
	const struct report_inputs *in = b->in;
	const struct vm *vm = &in->listing->vms[i];
	char state[40], age[32], held[128];
	struct holds h;

	if (waste_kind(in, i) != WASTE_OFF)
		return;
	vm_holds(in->listing->era, vm, &h);
	holds_text(&h, held, sizeof(held));
	count(b, METRIC_OFF_LONG, 1);
	finding(b, STATE_OK, "off-long", vm,
	    remedy_of(b, "ask its owner: onevm show %d; it is never killed", vm->id, vm->host),
	    "%s for %s, %s", era_state_name(in->listing->era, vm->state, vm->lcm, state),
	    units_age_str(age, sizeof(age), in->now_s - waste_since_s(in, i)), held);
}

static void
odd(struct builder *b, const struct vm *vm)
{
	static const struct {
		unsigned bit;
		const char *what;
	} words[] = {
	    {VM_ODD_STATE, "state"},
	    {VM_ODD_TIME, "time"},
	    {VM_ODD_ADDRESS, "address"},
	    {VM_ODD_TEXT, "text"},
	    {VM_ODD_TWICE, "twice"},
	    {VM_ODD_LIMIT, "too much of something"},
	};
	char list[96] = "", state[40];
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (vm->odd & words[i].bit)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			    list[0] != '\0' ? ", " : "", words[i].what);
	if (vm->cls == VM_CLASS_UNRECOGNISED)
		finding(b, STATE_OK, "unrecognised", vm,
		    remedy_of(b, "onevm show %d; it is never killed", vm->id, vm->host),
		    "%s is not a state that this version has",
		    era_state_name(b->in->listing->era, vm->state, vm->lcm, state));
	else if (list[0] != '\0')
		finding(b, STATE_OK, "odd", vm, remedy_of(b, "onevm show %d", vm->id, vm->host),
		    "odd in the listing: %s", list);
}

static void
machine(struct builder *b, size_t i)
{
	const struct vm *vm = &b->in->listing->vms[i];
	enum metric m = class_metric(vm->cls);

	if (m == METRIC_COUNT)
		return; /* done */
	b->st->total++;
	count(b, m, 1);
	switch (vm->cls) {
	case VM_CLASS_UNKNOWN:
	case VM_CLASS_FAILED:
		problem_metrics(b, i);
		problem_finding(b, i);
		break;
	case VM_CLASS_OK:
		running(b, i);
		break;
	case VM_CLASS_TRANSITIONAL:
		overdue(b, i);
		break;
	case VM_CLASS_OFF:
		off(b, i);
		break;
	case VM_CLASS_UNRECOGNISED:
	case VM_CLASS_DONE:
	case VM_CLASS_COUNT:
		break;
	}
	if (vm->odd != 0 || vm->cls == VM_CLASS_UNRECOGNISED)
		odd(b, vm);
}

/* --- kills ---------------------------------------------------------------- */

/* The way that destroys nothing comes first, the one that ends a domain by force last. */
static const char *
kill_remedy(enum outcome o)
{
	switch (o) {
	case OUTCOME_STUCK:
		return "onehost forceupdate HOST; if no domain one-%d is left there: onevm "
		       "recover --success %d; else restart libvirtd on HOST; last: virsh "
		       "destroy one-%d";
	case OUTCOME_BOUNCED:
		return "onehost forceupdate HOST; onevm show %d: why did its driver fail? then "
		       "restart libvirtd on HOST; last: a person kills it";
	case OUTCOME_ZOMBIE:
		return "onehost forceupdate HOST; onehost show HOST; restart libvirtd on HOST; "
		       "its address may be leased again: last, virsh destroy one-%d there";
	case OUTCOME_IN_DOUBT:
	case OUTCOME_INTENT:
		return "onehost forceupdate HOST; onevm show %d; vmreaper does not send it "
		       "again: if it is dead and still there, a person kills it";
	case OUTCOME_REFUSED:
	case OUTCOME_NOT_SENT:
		return "vmreaper doctor; onevm show %d";
	case OUTCOME_WOULD_KILL:
		return "vmreaper explain %d";
	case OUTCOME_ABORTED:
		return "vmreaper explain --live %d";
	case OUTCOME_ACCEPTED:
		return "nothing to do: the next sweep looks whether it is gone";
	case OUTCOME_DONE:
	case OUTCOME_GONE:
		return "nothing to do";
	case OUTCOME_COUNT:
		break;
	}
	return "";
}

static enum metric
kill_metric(enum outcome o)
{
	switch (o) {
	case OUTCOME_STUCK:
		return METRIC_STUCK;
	case OUTCOME_BOUNCED:
		return METRIC_BOUNCED;
	case OUTCOME_ZOMBIE:
		return METRIC_ZOMBIE;
	case OUTCOME_IN_DOUBT:
	case OUTCOME_INTENT:
		return METRIC_IN_DOUBT;
	case OUTCOME_WOULD_KILL:
	case OUTCOME_ABORTED:
	case OUTCOME_ACCEPTED:
	case OUTCOME_DONE:
	case OUTCOME_GONE:
	case OUTCOME_REFUSED:
	case OUTCOME_NOT_SENT:
	case OUTCOME_COUNT:
		break;
	}
	return METRIC_COUNT;
}

static void
kill_finding(struct builder *b, const struct kill *k)
{
	struct vm vm;
	enum metric m = kill_metric(k->outcome);
	bool ours = k->sweep == b->in->sweep && b->in->sweep != 0;

	if (m != METRIC_COUNT)
		count(b, m, 1);
	if (ours && (k->outcome == OUTCOME_ACCEPTED || k->outcome == OUTCOME_DONE))
		count(b, METRIC_KILLED, 1);
	if (!ours && !outcome_is_alarm(k->outcome))
		return;
	memset(&vm, 0, sizeof(vm));
	vm.id = k->id;
	vm.name = k->name != NULL ? k->name : "";
	vm.uname = k->owner != NULL ? k->owner : "";
	finding(b,
	    outcome_is_alarm(k->outcome)				      ? STATE_CRITICAL
	    : k->outcome == OUTCOME_REFUSED || k->outcome == OUTCOME_NOT_SENT ? STATE_WARNING
									      : STATE_OK,
	    outcome_str(k->outcome), &vm, remedy_of(b, kill_remedy(k->outcome), k->id, k->host),
	    "%s (%s): %s%s%s", k->verb != NULL ? k->verb : "kill",
	    k->reason != NULL ? k->reason : "", outcome_str(k->outcome),
	    k->detail != NULL && k->detail[0] != '\0' ? ", " : "",
	    k->detail != NULL ? k->detail : "");
}

/* What is said of somebody who could not be told. */
static const struct {
	const char *code, *text;
} untold[] = {
    [NOTICE_OWNER] = {"notice-failed", "its owner could not be told, so it is kept"},
    [NOTICE_STAMP] = {"stamp-failed", "its user template could not be written"},
    [NOTICE_KILL] = {"kill-not-told", "its owner could not be told that it was killed"},
    [NOTICE_ALARM] = {"alarm-not-told", "the hook did not take an alarm"},
    [NOTICE_ADMINISTRATORS] = {"administrators-not-told",
	"the administrators could not be told"},
};

static void
notice_finding(struct builder *b, const struct notice *n)
{
	const struct vm vm = {.id = n->id,
	    .name = n->name != NULL ? n->name : "",
	    .uname = n->owner != NULL ? n->owner : ""};

	if (n->sent) {
		finding(b, STATE_OK, "notice-sent", &vm,
		    remedy_of(b, "to keep it: vmreaper keep %d", n->id, NULL),
		    "its owner was told that it will be killed");
		return;
	}
	count(b, METRIC_UNTOLD, 1);
	finding(b, STATE_WARNING, untold[n->kind].code, n->id >= 0 ? &vm : NULL,
	    "vmreaper doctor", "%s: %s", untold[n->kind].text, n->why);
}

/* What the pdisk service holds for machines that are no more, or that it could not be asked. */
static void
volume_findings(struct builder *b)
{
	const struct volumes *vs = b->in->volumes;

	if (vs == NULL || !vs->asked)
		return;
	if (!vs->known)
		finding(b, STATE_UNKNOWN, "volumes-not-known", NULL, vs->why.remedy,
		    "so every machine is kept: %s (%s)", vs->unknown, vs->why.msg);
	for (size_t i = 0; i < vs->n_orphans; i++) {
		const struct pdisk_orphan *o = &vs->orphans[i];
		const struct vm vm = {.id = o->vm_id, .name = "gone", .uname = o->owner};

		count(b, METRIC_ORPHANS, 1);
		finding(b, STATE_WARNING, "orphaned-mount", &vm, o->remedy,
		    "still has volume %s%s%s%s mounted: nobody else can use it", o->uuid,
		    o->tag[0] != '\0' ? " (" : "", o->tag, o->tag[0] != '\0' ? ")" : "");
	}
}

/* --- the run -------------------------------------------------------------- */

/* Addresses about which nothing is known because the time was up. */
static size_t
count_cut(const struct sightings *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct sighting *seen = &s->seen[i];

		n += sighting_sum(seen) == SIGHTING_NOT_PROBED &&
		     (seen->ping.result == PROBE_CUT || seen->ssh.result == PROBE_CUT ||
			 seen->connect.result == PROBE_CUT);
	}
	return n;
}

static void
run_findings(struct builder *b)
{
	const struct report_inputs *in = b->in;
	const struct run_judgement *run = in->run;
	struct status *st = b->st;
	int g;

	if (in->sightings != NULL && in->sightings->facts.cut)
		finding(b, STATE_UNKNOWN, REPORT_PROBES_CUT, NULL,
		    "raise [probe] deadline, or -t",
		    "%zu of %zu addresses not probed: the deadline came first",
		    count_cut(in->sightings), in->sightings->n);
	if (in->policy->cloud.insecure)
		finding(b, STATE_OK, "insecure", NULL, "set [cloud] ca_file, and insecure = no",
		    "insecure = yes: the cloud's certificate is not verified; whoever stands "
		    "between can take the password and invent machines");
	if (run == NULL)
		return;
	st->gates = arena_calloc(b->a, GATE_COUNT, sizeof(*st->gates));
	if (st->gates == NULL) {
		b->full = true;
		return;
	}
	for (g = 0; g < GATE_COUNT; g++) {
		if ((run->gates & 1u << g) == 0)
			continue;
		st->gates[st->n_gates].code = gate_code((enum gate)g);
		st->gates[st->n_gates++].detail = run->detail[g];
	}
	if (run->storm)
		finding(b, STATE_CRITICAL, "storm", NULL, gate_remedy(GATE_STORM),
		    "not reaping: %s", run->detail[GATE_STORM]);
	/* an incomplete listing says why by itself */
	if (in->listing->complete && (run->gates & 1u << GATE_BLIND) != 0)
		finding(b, STATE_UNKNOWN, gate_code(GATE_BLIND), NULL, gate_remedy(GATE_BLIND),
		    "%s (%s)", gate_text(GATE_BLIND), run->detail[GATE_BLIND]);
}

/* What a list that is cut must keep: that the run could not look comes before what it saw. */
static int
rank(enum state s)
{
	static const int ranks[] = {
	    [STATE_OK] = 0, [STATE_WARNING] = 1, [STATE_UNKNOWN] = 2, [STATE_CRITICAL] = 3};

	return ranks[s];
}

static int
finding_cmp(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;

	if (a->severity != b->severity)
		return rank(b->severity) - rank(a->severity);
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return strcmp(a->code, b->code);
}

/* Which figures this run can stand for. What was not looked at is left out, never 0. */
static void
mark_known(struct status *st, const struct report_inputs *in)
{
	int m;

	for (m = 0; m < METRIC_COUNT; m++)
		st->has[m] = in->listing->complete;
	st->has[METRIC_UNREACHABLE] = st->has[METRIC_NEVER_ANSWERED] =
	    in->listing->complete && in->sightings != NULL && in->records != NULL &&
	    !in->sightings->facts.cut &&
	    (in->run == NULL || (in->run->gates & 1u << GATE_BLIND) == 0);
	st->has[METRIC_OVERDUE] = st->has[METRIC_MARKED] =
	    in->listing->complete && in->records != NULL;
	st->has[METRIC_STORM] = in->listing->complete && in->run != NULL;
	st->has[METRIC_KILLED] = st->has[METRIC_UNTOLD] = in->sweep != 0;
	/* alarms are known from the journal, whatever the listing says */
	st->has[METRIC_STUCK] = st->has[METRIC_BOUNCED] = st->has[METRIC_ZOMBIE] =
	    st->has[METRIC_IN_DOUBT] = in->kills != NULL;
	st->has[METRIC_ORPHANS] = in->volumes != NULL && in->volumes->orphans_known;
	st->has[METRIC_API_TIME] = in->listing->api_ns > 0;
	st->has[METRIC_RUN_TIME] = true;
}

int
report_build(struct arena *a, const struct report_inputs *in, struct report *r)
{
	struct builder b = {.a = a, .in = in, .st = &r->status};
	const struct listing *l = in->listing;
	size_t i;

	memset(r, 0, sizeof(*r));
	r->in = in;
	r->status.cloud = in->cloud != NULL ? in->cloud : "";
	r->status.program = in->program;
	r->status.now_s = in->now_s;
	r->status.sweep = in->sweep;
	r->status.complete = l->complete;
	r->status.why = l->why;
	r->status.armed = in->armed;
	r->status.version = l->version;
	r->status.era = l->era != NULL ? l->era->name : "";
	r->status.interval_s = in->policy->ledger.interval_s;
	r->status.link = in->policy->report.link != NULL ? in->policy->report.link : "";
	mark_known(&r->status, in);
	for (i = 0; i < l->n; i++)
		machine(&b, i);
	for (i = 0; i < in->n_kills; i++)
		kill_finding(&b, &in->kills[i]);
	for (i = 0; i < in->n_notices; i++)
		notice_finding(&b, &in->notices[i]);
	volume_findings(&b);
	run_findings(&b);
	r->status.metrics[METRIC_STORM] = in->run != NULL && in->run->storm;
	r->status.metrics[METRIC_API_TIME] = (double)l->api_ns / 1e9;
	r->status.metrics[METRIC_RUN_TIME] = (double)in->run_ns / 1e9;
	r->status.findings = b.findings;
	r->status.n_findings_total = r->status.n_findings;
	if (r->status.n_findings > 1)
		qsort(r->status.findings, r->status.n_findings, sizeof(struct finding),
		    finding_cmp);
	return b.full ? -1 : waste_build(a, in, &r->waste);
}
