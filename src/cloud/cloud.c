/* SPDX-License-Identifier: ISC */
/*
 * cloud: what a sweep asks of a cloud, in the order that makes the answers agree.
 *
 * Hosts are read before the machines: a machine that a host names must then be in the listing or have
 * ended since. Must never return a listing as complete when any part of it is missing.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/door.h"
#include "cloud/era.h"
#include "cloud/http.h"
#include "cloud/limits.h"
#include "cloud/listing.h"
#include "cloud/opennebula.h"
#include "policy/policy.h"

struct cloud {
	struct one one;
	const struct era *pin; /* NULL: auto */
	char pinned[32];
	int64_t page, max_machines;
};

void
cloud_config_from(struct cloud_config *c, const struct policy *p)
{
	c->endpoint = p->cloud.endpoint;
	c->version = p->cloud.version;
	c->ca_file = p->cloud.ca_file;
	c->ca_dir = p->cloud.ca_dir;
	c->insecure = p->cloud.insecure;
	c->connect_timeout_ms = p->cloud.connect_timeout_ms;
	c->timeout_ms = p->cloud.timeout_ms;
	c->page = p->cloud.page;
	c->max_machines = p->cloud.max_machines;
}

int
cloud_open(const struct cloud_config *config, struct cloud **out, struct fault *f)
{
	struct http_config http = {
	    .url = config->endpoint,
	    .ca_file = config->ca_file,
	    .ca_dir = config->ca_dir,
	    .insecure = config->insecure,
	    .connect_timeout_ms = config->connect_timeout_ms,
	    .timeout_ms = config->timeout_ms,
	};
	const struct era *pin = NULL;
	struct cloud *c;

	*out = NULL;
	if (door_check(config->endpoint, f) != 0)
		return -1;
	if (config->version != NULL && strcmp(config->version, "auto") != 0) {
		pin = era_by_version(config->version);
		if (pin == NULL) {
			fault_set(f, FAULT_POLICY, "version %s of OpenNebula is not known",
			    config->version);
			return fault_remedy(
			    f, "write [cloud] version = auto, or a version from 2.2 to 7.x");
		}
	}
	c = x_calloc(1, sizeof(*c));
	if (http_open(&http, &c->one.http, f) != 0) {
		free(c);
		return -1;
	}
	c->one.endpoint = x_strdup(config->endpoint);
	c->one.session = x_strdup(config->session);
	c->one.request = x_calloc(1, LIMIT_REQUEST);
	c->pin = pin;
	if (pin != NULL)
		snprintf(c->pinned, sizeof(c->pinned), "%s", config->version);
	c->page = config->page > 0 ? config->page : 1;
	c->max_machines = config->max_machines;
	*out = c;
	return 0;
}

void
cloud_close(struct cloud *c)
{
	if (c == NULL)
		return;
	http_close(c->one.http);
	explicit_bzero(c->one.session, strlen(c->one.session));
	free(c->one.session);
	free(c->one.endpoint);
	free(c->one.request);
	free(c);
}

struct one *
cloud_one(struct cloud *c)
{
	return &c->one;
}

int64_t
cloud_max_machines(const struct cloud *c)
{
	return c->max_machines;
}

/* --- version ---------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3)))
contradict(struct listing *l, const char *fmt, ...)
{
	va_list ap;

	if (l->contradiction)
		return;
	l->contradiction = true;
	va_start(ap, fmt);
	vsnprintf(l->contradiction_text, sizeof(l->contradiction_text), fmt, ap);
	va_end(ap);
}

/* Version and era of a listing; a pin that the cloud denies is a contradiction. */
static int
list_version(struct cloud *c, struct listing *l, struct fault *f)
{
	char said[32];
	enum one_outcome outcome = one_system_version(&c->one, said, f);

	l->era = c->pin;
	snprintf(l->version, sizeof(l->version), "%s", c->pinned);
	if (outcome == ONE_NO_METHOD) {
		/* Came with 3.8. Which of the older ones it is, only the policy can say. */
		if (c->pin == NULL)
			snprintf(l->version, sizeof(l->version), "<=3.6?");
		else if (c->pin->system_version)
			contradict(l,
			    "the policy pins %s, but the cloud has no one.system.version",
			    c->pinned);
		return 0;
	}
	if (outcome != ONE_DONE)
		return -1;
	if (c->pin == NULL) {
		l->era = era_by_version(said);
		snprintf(l->version, sizeof(l->version), "%s", said);
	} else if (era_by_version(said) != c->pin) {
		contradict(l, "the policy pins %s, but the cloud says %s", c->pinned, said);
	}
	return 0;
}

int
cloud_version(
    struct cloud *c, struct arena *a, char version[32], const struct era **era, struct fault *f)
{
	struct listing l = {.n = 0};
	int r = list_version(c, &l, f);

	(void)a;
	*era = r == 0 ? l.era : NULL;
	snprintf(version, 32, "%s", r == 0 ? l.version : "");
	return r;
}

/* --- account and hosts ------------------------------------------------------ */

int
cloud_account(struct cloud *c, struct arena *a, const struct era *era, struct account *account,
    struct fault *f)
{
	(void)era;
	return one_user_info(&c->one, a, account, f) == ONE_DONE ? 0 : -1;
}

int64_t
cloud_term(struct cloud *c, struct arena *a, const struct era *era)
{
	struct fault f = {.kind = FAULT_NONE};
	int64_t term = -1;

	if (era == NULL || era->from < 50400 ||
	    one_zone_raftstatus(&c->one, a, &term, &f) != ONE_DONE)
		return -1;
	return term;
}

int
cloud_hosts(struct cloud *c, struct arena *a, const struct era *era, struct host **hosts,
    size_t *n, struct fault *f)
{
	struct host_list list = {NULL, 0};
	enum one_outcome outcome = one_hostpool_info(&c->one, a, &list, f);

	*hosts = NULL;
	*n = 0;
	if (outcome == ONE_DONE && list.n > 0 && era != NULL && era->host_monitoring) {
		/* A daemon without it has hosts that were "never monitored": nothing is killed there. */
		outcome = one_hostpool_monitoring(&c->one, a, &list, f);
		if (outcome == ONE_NO_METHOD)
			outcome = ONE_DONE;
	}
	if (outcome != ONE_DONE)
		return -1;
	listing_sort_hosts(list.v, list.n);
	*hosts = list.v;
	*n = list.n;
	return 0;
}

/* --- machines --------------------------------------------------------------- */

/* What is needed while the ranges of a listing are read. */
struct walk {
	struct cloud *c;
	struct arena *a;
	struct listing *l;
	struct vm_list vms;
	bool extended;
};

static enum one_outcome
walk_range(struct walk *w, int64_t start, int64_t end, struct fault *f)
{
	struct one_range range = {(int32_t)start, (int32_t)end, -1};

	return one_vmpool_info(
	    &w->c->one, w->a, w->l->era, w->extended, range, w->c->max_machines, &w->vms, f);
}

/*
 * An id that the newest machine probably does not exceed, or -1. From 4.6 on a negative end below -1 is
 * a count, newest first; older daemons answer with an empty pool, and an account may have turned the order
 * round (API_LIST_ORDER). So this only sizes the ranges: the last one is open in any case.
 */
static int
newest_find(struct walk *w, int64_t *newest, struct fault *f)
{
	const struct one_range two = {0, -2, -2};
	struct vm_list few = {NULL, 0};

	*newest = -1;
	if (w->l->era != NULL && !w->l->era->system_version)
		return 0;
	switch (one_vmpool_info(
	    &w->c->one, w->a, w->l->era, false, two, w->c->max_machines, &few, f)) {
	case ONE_DONE:
		break;
	case ONE_NO_METHOD:
	case ONE_REFUSED:
		return 0; /* then one open range has to do */
	case ONE_NOT_SENT:
	case ONE_LOST:
		return -1;
	}
	for (size_t i = 0; i < few.n; i++) {
		if (few.v[i].id > *newest)
			*newest = few.v[i].id;
	}
	return 0;
}

/*
 * All ranges. They are disjoint and cover every id; the width follows how many machines were found, so
 * that a cloud with few machines among millions of old ids needs few calls.
 */
static int
walk_machines(struct walk *w, struct fault *f)
{
	int64_t newest, start = 0, width = w->c->page, end, found;
	enum one_outcome outcome;
	size_t before;

	if (newest_find(w, &newest, f) != 0)
		return -1;
	while (start <= newest) {
		end = start + width - 1 < newest ? start + width - 1 : newest;
		before = w->vms.n;
		outcome = walk_range(w, start, end, f);
		if (outcome == ONE_NO_METHOD && w->extended && start == 0) {
			w->extended = false; /* 5.8.0 has the short body only */
			continue;
		}
		if (outcome != ONE_DONE)
			return -1;
		found = (int64_t)(w->vms.n - before);
		if (found * 4 <= w->c->page && width < w->c->page * LIMIT_PAGE_GROWTH)
			width *= 2;
		else if (found > w->c->page)
			width = width / 2 > w->c->page ? width / 2 : w->c->page;
		start = end + 1;
	}
	outcome = walk_range(w, start, -1, f);
	if (outcome == ONE_NO_METHOD && w->extended && start == 0) {
		w->extended = false;
		outcome = walk_range(w, start, -1, f);
	}
	return outcome == ONE_DONE ? 0 : -1;
}

/* True if the machine that a host names has ended: no such machine any more, or DONE. */
static bool
has_ended(struct cloud *c, struct arena *a, const struct era *era, int64_t id, struct fault *f)
{
	struct vm_list one = {NULL, 0};

	if (one_vm_info(&c->one, a, era, (int32_t)id, &one, f) != ONE_DONE)
		return f->kind == FAULT_GONE;
	return one.n == 1 && one.v[0].id == id && one.v[0].state == 6;
}

/* Every machine that a host names must be in the listing, or have ended since the hosts were read. */
static int
hosts_check(struct cloud *c, struct arena *a, const struct listing *l, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE};
	unsigned checked = 0;
	int64_t id;

	for (size_t h = 0; h < l->n_hosts; h++) {
		for (size_t i = 0; i < l->hosts[h].n_vms; i++) {
			id = l->hosts[h].vms[i];
			if (listing_find(l, id) != NULL)
				continue;
			if (checked++ < LIMIT_MISSING_CHECKS &&
			    has_ended(c, a, l->era, id, &why))
				continue;
			fault_set(f, FAULT_REPLY,
			    "%s: host %s has machine %" PRId64 ", which the listing lacks",
			    c->one.endpoint, l->hosts[h].name, id);
			return fault_remedy(f,
			    "the account does not see every machine: `vmreaper doctor` "
			    "prints the oneacl line");
		}
	}
	return 0;
}

static void
contradictions_find(struct listing *l)
{
	char name[40];
	const struct vm *vm;

	for (size_t i = 0; i < l->n && !l->contradiction; i++) {
		vm = &l->vms[i];
		if (era_contradicts(l->era, vm->state, vm->lcm))
			contradict(l,
			    "machine %" PRId64 " is in %s (%d/%d), which %s does not have",
			    vm->id, era_state_name(NULL, vm->state, vm->lcm, name),
			    (int)vm->state, (int)vm->lcm, l->era->name);
	}
}

static int
list_all(struct cloud *c, struct arena *a, struct listing *l, struct fault *f)
{
	struct walk w = {.c = c, .a = a, .l = l};
	enum one_outcome outcome;
	int failed;

	l->account = (struct account){.uid = -1, .name = ""};
	if (list_version(c, l, f) != 0)
		return -1;
	outcome = one_user_info(&c->one, a, &l->account, f);
	if (outcome == ONE_NOT_SENT || outcome == ONE_LOST ||
	    (outcome == ONE_REFUSED && f->kind == FAULT_AUTH))
		return -1;
	if (cloud_hosts(c, a, l->era, &l->hosts, &l->n_hosts, f) != 0)
		return -1;
	/* A version that is newer than the table is more like the newest row than like the oldest. */
	w.extended = l->era != NULL ? l->era->extended : l->version[0] != '<';
	failed = walk_machines(&w, f);
	l->attributes =
	    w.extended || (l->era != NULL ? !l->era->short_list : l->version[0] == '<');
	l->vms = w.vms.v;
	l->n = listing_sort(w.vms.v, w.vms.n);
	contradictions_find(l);
	if (failed != 0)
		return -1;
	return hosts_check(c, a, l, f);
}

int
cloud_list(struct cloud *c, struct arena *a, struct listing *l, struct fault *f)
{
	int64_t bytes = c->one.bytes, api_ns = c->one.api_ns;
	unsigned calls = c->one.calls;
	struct fault why = {.kind = FAULT_NONE};

	memset(l, 0, sizeof(*l));
	l->complete = list_all(c, a, l, &why) == 0;
	l->bytes = c->one.bytes - bytes;
	l->api_ns = c->one.api_ns - api_ns;
	l->calls = c->one.calls - calls;
	if (l->complete)
		return 0;
	l->why = why;
	if (f != NULL)
		*f = why;
	return -1;
}

int
cloud_inspect(struct cloud *c, struct arena *a, const struct era *era, int64_t id,
    struct vm *vm, struct fault *f)
{
	struct vm_list one = {NULL, 0};

	BUG_ON(id < 0 || id > INT32_MAX);
	memset(vm, 0, sizeof(*vm));
	if (one_vm_info(&c->one, a, era, (int32_t)id, &one, f) != ONE_DONE)
		return -1;
	if (one.n != 1 || one.v[0].id != id)
		return fault_set(f, FAULT_REPLY,
		    "%s: one.vm.info: asked for machine %" PRId64 ", got another",
		    c->one.endpoint, id);
	*vm = one.v[0];
	return 0;
}

/* --- kill ------------------------------------------------------------------- */

const char *
kill_reply_str(enum kill_reply r)
{
	switch (r) {
	case KILL_ACCEPTED:
		return "accepted";
	case KILL_REFUSED:
		return "refused";
	case KILL_NOT_SENT:
		return "not-sent";
	case KILL_IN_DOUBT:
		return "in-doubt";
	}
	return "?";
}

enum kill_reply
cloud_kill(struct cloud *c, const char *verb, int64_t id, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE};

	BUG_ON(id < 0 || id > INT32_MAX);
	switch (one_vm_action(&c->one, verb, (int32_t)id, &why)) {
	case ONE_DONE:
		return KILL_ACCEPTED;
	case ONE_NO_METHOD:
	case ONE_REFUSED:
		if (f != NULL)
			*f = why;
		return KILL_REFUSED;
	case ONE_NOT_SENT:
		if (f != NULL)
			*f = why;
		return KILL_NOT_SENT;
	case ONE_LOST:
		break;
	}
	why.kind = FAULT_IN_DOUBT;
	fault_remedy(
	    &why, "look at machine %" PRId64 " yourself: `onevm show %" PRId64 "`", id, id);
	if (f != NULL)
		*f = why;
	return KILL_IN_DOUBT;
}
