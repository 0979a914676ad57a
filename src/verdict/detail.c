/* SPDX-License-Identifier: ISC */
/*
 * detail: the figures behind each veto, fired or not: "6 h of 24 h", "node4: state 3, 12 min old".
 *
 * Short, one line, without the sentence of the reason itself. Nothing here decides anything: each figure
 * is read where the rule reads it. Tenant text is made harmless. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "verdict/vetoes.h"

/* What one detail is made of. */
struct detail {
	const struct verdict_input *in;
	const struct judgement *j;
	const struct vm *vm;
	const struct policy *p;
	const struct policy_class *pc; /* NULL: not reapable */
	const struct record *r; /* NULL: nothing remembered */
	int64_t now_s;
	char *buf;
	size_t size;
};

static void say(struct detail *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Append to the buffer; what does not fit is cut. */
static void
say(struct detail *d, const char *fmt, ...)
{
	size_t used = strlen(d->buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->buf + used, d->size - used, fmt, ap);
	va_end(ap);
}

/* Append tenant text, at most 60 bytes of it. */
static void
say_safe(struct detail *d, const char *s)
{
	char safe[61];

	say(d, "%s", text_safe(safe, sizeof(safe), TEXT_TERM, s != NULL ? s : ""));
}

static void
say_of(struct detail *d, int64_t have_s, int64_t need_s)
{
	char have[32], need[32];

	say(d, "%s of %s", units_age_str(have, sizeof(have), have_s > 0 ? have_s : 0),
	    units_age_str(need, sizeof(need), need_s));
}

static void
say_state(struct detail *d)
{
	char name[40];

	say(d, "%s", era_state_name(d->in->listing->era, d->vm->state, d->vm->lcm, name));
}

static void
say_limit(struct detail *d, int64_t limit)
{
	if (limit == UNITS_UNLIMITED)
		say(d, "unlimited");
	else
		say(d, "limit %lld", (long long)limit);
}

/* --- V1, V2, V3 ----------------------------------------------------------------------------------- */

static void
detail_odd(struct detail *d)
{
	static const struct {
		unsigned bit;
		const char *what;
	} odds[] = {{VM_ODD_STATE, "state"}, {VM_ODD_TIME, "a time"},
	    {VM_ODD_ADDRESS, "an address"}, {VM_ODD_TEXT, "a name"},
	    {VM_ODD_TWICE, "something twice"}, {VM_ODD_LIMIT, "more parts than are read"}};

	for (size_t i = 0; i < sizeof(odds) / sizeof(odds[0]); i++) {
		if ((d->vm->odd & odds[i].bit) != 0)
			say(d, "%s%s", d->buf[0] != '\0' ? ", " : "odd: ", odds[i].what);
	}
}

static void
detail_holds(struct detail *d)
{
	const struct holds *h = &d->j->holds;
	char memory[24], disk[24];

	if (!h->any)
		return;
	say(d, "%d vCPU, %s memory, %s disk, %d addresses", (int)h->vcpu,
	    units_mib_str(memory, sizeof(memory), h->memory_mib),
	    units_mib_str(disk, sizeof(disk), h->disk_mib), (int)h->addresses);
}

static void
detail_excluded(struct detail *d)
{
	const char *key = scope_excluded(d->p, d->vm);

	if (key == NULL)
		return;
	say(d, "%s", key);
	if (strcmp(key, "owners_out") == 0) {
		say(d, ": ");
		say_safe(d, d->vm->uname);
	} else if (strcmp(key, "groups_out") == 0) {
		say(d, ": ");
		say_safe(d, d->vm->gname);
	}
}

static void
detail_age(struct detail *d)
{
	if (d->vm->stime_s < STIME_FLOOR_S || d->vm->stime_s > d->now_s)
		say(d, "creation time not known");
	else
		say_of(d, d->now_s - d->vm->stime_s, d->p->scope.min_age_s);
}

static void
detail_keep_mark(struct detail *d)
{
	const char *value = keep_mark(d->p, d->vm, d->now_s);

	if (value == NULL)
		return;
	if (value == d->p->scope.keep_label) {
		say(d, "label %s", value);
		return;
	}
	say(d, "%s = ", d->p->scope.keep_attribute);
	say_safe(d, value);
}

static void
detail_keep_local(struct detail *d)
{
	char until[32];

	for (size_t i = 0; i < d->in->n_keeps; i++) {
		const struct keep *k = &d->in->keeps[i];

		if (!keep_speaks_for(k, d->vm, d->now_s))
			continue;
		say(d, "by ");
		say_safe(d, k->by);
		if (k->until_s != 0)
			say(d, " until %s", units_time_str(until, sizeof(until), k->until_s));
		if (k->reason != NULL && k->reason[0] != '\0') {
			say(d, ": ");
			say_safe(d, k->reason);
		}
		return;
	}
}

/* --- V4 ------------------------------------------------------------------------------------------- */

static void
detail_host(struct detail *d)
{
	const struct listing *l = d->in->listing;
	const struct host *h = NULL;
	char age[32];

	if (d->vm->host_id < 0) {
		say(d, "on no host");
		return;
	}
	for (size_t i = 0; i < l->n_hosts && h == NULL; i++) {
		if (l->hosts[i].id == d->vm->host_id)
			h = &l->hosts[i];
	}
	say_safe(d, h != NULL ? h->name : d->vm->host);
	if (h == NULL)
		say(d, " (host %lld)", (long long)d->vm->host_id);
	else if (h->monitored_s <= 0)
		say(d, ": state %d, never monitored", (int)h->state);
	else if (h->monitored_s > d->now_s)
		say(d, ": state %d, monitored in the future", (int)h->state);
	else
		say(d, ": state %d, monitored %s ago", (int)h->state,
		    units_age_str(age, sizeof(age), d->now_s - h->monitored_s));
}

/* --- V5 ------------------------------------------------------------------------------------------- */

static const struct sighting *
seen_at(const struct detail *d, size_t k)
{
	return d->in->sightings != NULL ? sightings_find(d->in->sightings, &d->vm->addrs[k].a)
					: NULL;
}

/* The first address that shows life in the way of v. */
static void
detail_answers(struct detail *d, enum veto v)
{
	char addr[NET_STR_SIZE];

	for (size_t k = 0; k < d->vm->n_addrs; k++) {
		const struct sighting *s = seen_at(d, k);
		const struct sighting_part *part;

		if (s == NULL)
			continue;
		part = v == VETO_ANSWERS_PING  ? &s->ping
		       : v == VETO_ANSWERS_SSH ? &s->ssh
					       : &s->connect;
		if (!probe_result_is_alive(part->result))
			continue;
		say(d, "%s", net_addr_str(addr, &d->vm->addrs[k].a));
		if (v == VETO_ANSWERS_TCP)
			say(d, " port %u", (unsigned)part->port);
		if (part->result == PROBE_REFUSED)
			say(d, " (refused)");
		else if (part->rtt_us >= 0)
			say(d, " in %d.%03d ms", (int)part->rtt_us / 1000,
			    (int)part->rtt_us % 1000);
		return;
	}
}

/* The first address that was not seen to be silent, and why. */
static void
detail_not_probed(struct detail *d)
{
	char addr[NET_STR_SIZE];
	size_t asked = 0, nics = 0;

	for (size_t k = 0; k < d->vm->n_addrs; k++) {
		const struct sighting *s = seen_at(d, k);

		nics += d->vm->addrs[k].origin == ADDR_NIC;
		if (!reading_matters(d->p, &d->vm->addrs[k]))
			continue;
		asked++;
		if (s != NULL && sighting_sum(s) != SIGHTING_NOT_PROBED)
			continue;
		say(d, "%s: ", net_addr_str(addr, &d->vm->addrs[k].a));
		if (s == NULL)
			say(d, "not a target");
		else
			say(d, "ping %s, ssh %s", probe_result_str(s->ping.result),
			    probe_result_str(s->ssh.result));
		return;
	}
	if (asked == 0)
		say(d, "no address");
	else if (nics < d->vm->n_nics)
		say(d, "%u network cards, %zu addresses", d->vm->n_nics, nics);
	else if ((d->vm->odd & VM_ODD_ADDRESS) != 0)
		say(d, "an address that cannot be read");
	else
		say(d, "%zu of %zu addresses silent", d->j->silent ? asked : 0, asked);
}

static void
detail_witness(struct detail *d)
{
	for (size_t k = 0; k < d->vm->n_addrs; k++) {
		if (d->vm->addrs[k].network == NULL)
			continue;
		say(d, "network ");
		say_safe(d, d->vm->addrs[k].network);
		return;
	}
}

/* --- V6, V7 --------------------------------------------------------------------------------------- */

static void
detail_data(struct detail *d)
{
	const struct vm *vm = d->vm;

	for (size_t i = 0; i < vm->n_disks; i++) {
		const struct vm_disk *disk = &vm->disks[i];

		if (disk->persistent == TRI_NO)
			continue;
		if (disk->id >= 0 || disk->image == NULL)
			say(d, "disk %d", (int)disk->id);
		if (disk->image != NULL) {
			say(d, disk->id >= 0 ? " (" : "");
			say_safe(d, disk->image);
			say(d, disk->id >= 0 ? ")" : "");
		}
		if (disk->persistent == TRI_UNKNOWN)
			say(d, ", not known whether persistent");
		return;
	}
	if (vm->create_image)
		say(d, "an image is being made of it");
	else if (vm->snapshots)
		say(d, "snapshots");
}

static void
detail_risk(struct detail *d)
{
	say_state(d);
	if (d->j->verb != NULL)
		say(d, ", %s", d->j->verb);
	say(d, d->vm->ever_ran == TRI_NO    ? ", never ran"
	       : d->vm->ever_ran == TRI_YES ? ", has run"
					    : ", may have run");
}

static void
detail_grace(struct detail *d)
{
	int64_t need_s = d->pc != NULL && d->pc->grace_s > POLICY_GRACE_MIN_S
			     ? d->pc->grace_s
			     : POLICY_GRACE_MIN_S;

	if (d->pc != NULL)
		say_of(d, d->r != NULL && d->r->confirmations > 0 ? d->r->earned_s : 0, need_s);
}

static void
detail_confirmations(struct detail *d)
{
	char age[32];

	if (d->pc == NULL)
		return;
	say(d, "%d of %d", d->r != NULL ? (int)d->r->confirmations : 0,
	    d->pc->confirmations > 2 ? (int)d->pc->confirmations : 2);
	if (d->r != NULL && d->r->seen_s > 0 && d->r->seen_s < d->now_s)
		say(d, ", the last %s ago",
		    units_age_str(age, sizeof(age), d->now_s - d->r->seen_s));
}

/* Cool-downs: how long it has been well, of what is asked for. */
static void
detail_cool(struct detail *d)
{
	if (!state_needs_host(d->vm) || d->pc == NULL)
		return;
	say(d, "well for ");
	say_of(d, d->j->host_good_s > 0 ? d->now_s - d->j->host_good_s : 0,
	    d->p->reap.cool_down_s);
}

static void
detail_notice(struct detail *d)
{
	bool dated = d->r != NULL && d->r->not_before_s > d->now_s;
	char when[32];

	if (dated)
		say(d, "not before %s, by a notice",
		    units_time_str(when, sizeof(when), d->r->not_before_s));
	if (!policy_tells(d->p) && (d->r == NULL || d->r->noticed_s <= 0))
		return;
	if (dated)
		say(d, "; ");
	if (d->r == NULL || d->r->noticed_s <= 0) {
		say(d, "no notice yet");
		return;
	}
	say(d, "told %s, ", units_time_str(when, sizeof(when), d->r->noticed_s));
	say_of(d, d->r->notice_earned_s, notice_needed_s(d->p, d->r));
}

static void
detail_killed(struct detail *d)
{
	char when[32];

	if (d->r == NULL || (d->r->kills <= 0 && d->r->doubts <= 0))
		return;
	say(d, "%d sent", (int)d->r->kills);
	if (d->r->doubts > 0)
		say(d, ", %d in doubt", (int)d->r->doubts);
	if (d->r->last_kill_s > 0)
		say(d, ", the last %s", units_time_str(when, sizeof(when), d->r->last_kill_s));
}

/* --- all of them ---------------------------------------------------------------------------------- */

static void
detail_wish(struct detail *d, enum veto v)
{
	const struct vm *vm = d->vm;

	if (v == VETO_LOCKED && vm->lock == VM_LOCK_UNREADABLE)
		say(d, "a lock that cannot be read");
	else if (v == VETO_LOCKED && vm->lock != VM_LOCK_NONE)
		say(d, "level %d", (int)vm->lock);
	else if (v == VETO_SERVICE && vm->service_id != -1)
		say(d, "service %lld", (long long)vm->service_id);
	else if (v == VETO_VROUTER && vm->vrouter_id != -1)
		say(d, "virtual router %lld", (long long)vm->vrouter_id);
}

static void
detail_rate(struct detail *d, enum veto v)
{
	if (v == VETO_RATE_RUN) {
		say_limit(d, d->p->limits.per_run);
	} else if (v == VETO_RATE_HOUR) {
		say(d, "%lld in the last hour, ", (long long)d->in->run.killed_last_hour);
		say_limit(d, d->p->limits.per_hour);
	} else if (v == VETO_RATE_HOST) {
		say_limit(d, d->p->limits.per_host);
	} else {
		say_limit(d, d->p->limits.per_owner);
	}
}

static void
detail_fill(struct detail *d, enum veto v)
{
	const char *missed;

	switch (v) {
	case VETO_NOT_REAPABLE:
	case VETO_CLASS_OFF:
	case VETO_NO_VERB:
		say_state(d);
		if (v == VETO_NO_VERB)
			say(d, ", %s", d->j->verb != NULL ? d->j->verb : "none");
		return;
	case VETO_UNRECOGNISED:
		say_state(d);
		detail_odd(d);
		return;
	case VETO_HOLDS_NOTHING:
		detail_holds(d);
		return;
	case VETO_OUT_OF_SCOPE:
		missed = scope_missed(d->p, d->vm);
		say(d, "%s", missed != NULL ? missed : "");
		return;
	case VETO_EXCLUDED:
		detail_excluded(d);
		return;
	case VETO_TOO_YOUNG:
		detail_age(d);
		return;
	case VETO_NOT_READ:
		if (!d->vm->full)
			say(d, "it could not be read whole");
		else
			detail_odd(d);
		return;
	case VETO_LOCKED:
	case VETO_SERVICE:
	case VETO_VROUTER:
		detail_wish(d, v);
		return;
	case VETO_KEEP_MARK:
		detail_keep_mark(d);
		return;
	case VETO_KEEP_LOCAL:
		detail_keep_local(d);
		return;
	case VETO_NO_HOST:
	case VETO_HOST_STATE:
	case VETO_HOST_STALE:
		if (state_needs_host(d->vm))
			detail_host(d);
		return;
	case VETO_HOST_COOL:
		detail_cool(d);
		return;
	case VETO_ANSWERS_PING:
	case VETO_ANSWERS_SSH:
	case VETO_ANSWERS_TCP:
		detail_answers(d, v);
		return;
	case VETO_AMBIGUOUS:
		if (d->j->other_id >= 0)
			say(d, "machine %lld as well", (long long)d->j->other_id);
		return;
	case VETO_NOT_PROBED:
		detail_not_probed(d);
		return;
	case VETO_NO_WITNESS:
		detail_witness(d);
		return;
	case VETO_DATA:
		detail_data(d);
		return;
	case VETO_DATA_AT_RISK:
		detail_risk(d);
		return;
	case VETO_WITHIN_GRACE:
		detail_grace(d);
		return;
	case VETO_CONFIRMATIONS:
		detail_confirmations(d);
		return;
	case VETO_KILLED_BEFORE:
		detail_killed(d);
		return;
	case VETO_NOTICE:
		detail_notice(d);
		return;
	case VETO_RATE_RUN:
	case VETO_RATE_HOUR:
	case VETO_RATE_HOST:
	case VETO_RATE_OWNER:
		detail_rate(d, v);
		return;
	case VETO_IMPORTED:
	case VETO_SCHEDULED:
	case VETO_RUNS_ELSEWHERE:
	case VETO_STORMED:
	case VETO_CHANGED:
	case VETO_COUNT:
		return;
	}
}

char *
verdict_detail(const struct verdict_input *in, const struct judgement *j, size_t i, enum veto v,
    char *buf, size_t size)
{
	struct detail d = {.in = in,
	    .j = j,
	    .vm = &in->listing->vms[i],
	    .p = in->policy,
	    .now_s = in->run.now_s,
	    .buf = buf,
	    .size = size};

	if (size == 0)
		return buf;
	buf[0] = '\0';
	d.pc = history_policy_class(d.p, d.vm->cls);
	if (in->records != NULL && history_same_identity(&in->records[i], d.vm))
		d.r = &in->records[i];
	detail_fill(&d, v);
	return buf;
}
