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

#include "base/clock.h"
#include "cloud/door.h"
#include "cloud/era.h"
#include "cloud/http.h"
#include "cloud/limits.h"
#include "cloud/listing.h"
#include "cloud/opennebula.h"
#include "cloud/walk.h"
#include "policy/policy.h"

struct cloud {
	struct one one;
	const struct era *pin; /* NULL: auto */
	char pinned[32];
	int64_t page, max_machines, timeout_ms;
	void (*progress)(size_t machines, bool last);
};

static enum door_dialect
dialect_of(enum policy_dialect dialect)
{
	switch (dialect) {
	case POLICY_DIALECT_AUTO:
		return DOOR_AUTO;
	case POLICY_DIALECT_OPENNEBULA:
		return DOOR_OPENNEBULA;
	case POLICY_DIALECT_STRATUSLAB:
		return DOOR_STRATUSLAB;
	}
	return DOOR_AUTO;
}

void
cloud_config_from(struct cloud_config *c, const struct policy *p)
{
	c->endpoint = p->cloud.endpoint;
	c->dialect = dialect_of(p->cloud.dialect);
	c->cert_file = p->cloud.cert_file;
	c->key_file = p->cloud.key_file;
	c->version = p->cloud.version;
	c->ca_file = p->cloud.ca_file;
	c->ca_dir = p->cloud.ca_dir;
	c->insecure = p->cloud.insecure;
	c->connect_timeout_ms = p->cloud.connect_timeout_ms;
	c->timeout_ms = p->cloud.timeout_ms;
	c->connections = p->cloud.connections;
	c->page = p->cloud.page;
	c->max_machines = p->cloud.max_machines;
}

int
cloud_open_as(const struct policy *p, enum cloud_role role, struct cloud **out, struct fault *f)
{
	const char *auth_file = p->cloud.auth_file;
	struct cloud_config config;
	char *session = NULL;
	int rc;

	*out = NULL;
	memset(&config, 0, sizeof(config));
	cloud_config_from(&config, p);
	if (role == CLOUD_REAPER) {
		auth_file = p->reap.auth_file;
		config.cert_file = p->reap.cert_file;
		config.key_file = p->reap.key_file;
	}
	/* Not a password that lies about in the environment when the policy means the certificate. */
	if ((auth_file != NULL || config.cert_file == NULL) &&
	    policy_credential(auth_file, &session, f) != 0)
		return -1;
	config.session = session;
	rc = cloud_open(&config, out, f);
	policy_credential_free(session);
	return rc;
}

/* The HTTP handle of a door. The user is the session up to its first colon: a token may hold more of them. */
static int
open_http(const struct cloud_config *config, const struct door *door, struct http **out,
    struct fault *f)
{
	struct http_config http = {
	    .url = door->url,
	    .ca_file = config->ca_file,
	    .ca_dir = config->ca_dir,
	    .insecure = config->insecure,
	    .connect_timeout_ms = config->connect_timeout_ms,
	    .timeout_ms = config->timeout_ms,
	    .connections = config->connections,
	};
	char *user = NULL, *colon;
	int rc;

	if (door->way != DOOR_PASSWORD) {
		http.cert_file = config->cert_file;
		http.key_file = config->key_file;
		return http_open(&http, out, f);
	}
	user = x_strdup(config->session);
	colon = strchr(user, ':');
	if (colon == NULL) {
		fault_set(f, FAULT_POLICY, "the session has no colon");
		fault_remedy(f, "write user:password");
		rc = -1;
	} else {
		*colon = '\0';
		http.user = user;
		http.password = colon + 1;
		rc = http_open(&http, out, f);
	}
	explicit_bzero(user, strlen(config->session));
	free(user);
	return rc;
}

int
cloud_open(const struct cloud_config *config, struct cloud **out, struct fault *f)
{
	const struct era *pin = NULL;
	struct door door;
	struct cloud *c;

	*out = NULL;
	/* What a policy says is a whole URL, unless it is said to be StratusLab's. */
	if (config->dialect == DOOR_AUTO && door_check(config->endpoint, f) != 0)
		return -1;
	if (config->key_file != NULL && config->cert_file == NULL) {
		fault_set(
		    f, FAULT_POLICY, "key file %s without a certificate", config->key_file);
		return fault_remedy(f, "name the certificate that it belongs to (cert_file)");
	}
	if (door_resolve(config->endpoint, config->dialect, config->session != NULL,
		config->cert_file != NULL, &door, f) != 0)
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
	if (open_http(config, &door, &c->one.http, f) != 0) {
		free(c);
		return -1;
	}
	c->one.endpoint = x_strdup(door.url);
	c->one.session = x_strdup(door.way == DOOR_DIRECT ? config->session : DOOR_SESSION);
	c->one.request = x_calloc(1, LIMIT_REQUEST);
	c->pin = pin;
	if (pin != NULL)
		snprintf(c->pinned, sizeof(c->pinned), "%s", config->version);
	c->page = config->page > 0 ? config->page : 1;
	c->max_machines = config->max_machines;
	c->timeout_ms = config->timeout_ms;
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

void
cloud_until(struct cloud *c, int64_t until_ns)
{
	http_until(c->one.http, until_ns);
}

void
cloud_on_progress(struct cloud *c, void (*progress)(size_t machines, bool last))
{
	c->progress = progress;
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
	return one_user_info(&c->one, a, -1, account, f) == ONE_DONE ? 0 : -1;
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

/*
 * Numbers and shapes of another era. Between 2.2 and 3.x the shape is the only evidence: they have the same numbers,
 * and neither says its version.
 */
static void
contradictions_find(struct listing *l, const struct vmxml_seen *seen)
{
	char name[40];
	const struct vm *vm;

	if (l->era != NULL &&
	    (l->era->history_direct ? seen->history_records : seen->history_direct))
		contradict(l, "machines have their history as %s writes it, and not as %s does",
		    l->era->history_direct ? "3.0 and later" : "2.2", l->era->name);
	for (size_t i = 0; i < l->n && !l->contradiction; i++) {
		vm = &l->vms[i];
		if ((vm->odd & VM_ODD_TWICE) != 0)
			continue; /* which of the two is the daemon's is not known: no evidence */
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
	struct walk w = {.one = &c->one,
	    .a = a,
	    .whose = -2,
	    .page = c->page,
	    .max_machines = c->max_machines,
	    .progress = c->progress};
	enum one_outcome outcome;
	int failed;

	l->account = (struct account){.uid = -1, .name = ""};
	if (list_version(c, l, f) != 0)
		return -1;
	outcome = one_user_info(&c->one, a, -1, &l->account, f);
	if (outcome == ONE_NOT_SENT || outcome == ONE_LOST ||
	    (outcome == ONE_REFUSED && f->kind == FAULT_AUTH))
		return -1;
	if (cloud_hosts(c, a, l->era, &l->hosts, &l->n_hosts, f) != 0)
		return -1;
	/* A version that is newer than the table is more like the newest row than like the oldest. */
	w.era = l->era;
	c->one.seen = (struct vmxml_seen){.permissions = false};
	w.extended = l->era != NULL ? l->era->extended : l->version[0] != '<';
	failed = walk_machines(&w, f);
	if (w.said)
		c->progress(w.vms.n, true);
	l->attributes =
	    w.extended || (l->era != NULL ? !l->era->short_list : l->version[0] == '<');
	l->vms = w.vms.v;
	l->n = listing_sort(w.vms.v, w.vms.n);
	contradictions_find(l, &c->one.seen);
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

/* --- looking closer --------------------------------------------------------- */

/* The same machine in the same place and state: what else differs is that one of the two says more. */
static bool
is_same_still(const struct vm *a, const struct vm *b)
{
	return a->id == b->id && a->stime_s == b->stime_s && a->uid == b->uid &&
	       a->state == b->state && a->lcm == b->lcm && a->cls == b->cls &&
	       a->host_id == b->host_id && a->seq == b->seq &&
	       strcmp(a->deploy_id, b->deploy_id) == 0;
}

static bool
is_suspect(const struct vm *vm)
{
	return vm->cls == VM_CLASS_UNKNOWN || vm->cls == VM_CLASS_FAILED;
}

/* Take what was read, and say how many of those that were asked about could not be read. */
static size_t
inspections_take(struct listing *l, const struct one_inspection *v, size_t n, size_t *asked)
{
	size_t failed = 0, k = 0;

	*asked = 0;
	for (size_t i = 0; i < l->n; i++) {
		struct vm *vm = &l->vms[i];

		if (!is_suspect(vm))
			continue;
		if (k == n) { /* beyond the bound */
			vm->full = false;
			continue;
		}
		BUG_ON(v[k].id != vm->id);
		*asked += v[k].asked;
		if (v[k].vm == NULL) {
			vm->full = false;
			failed += v[k].asked && !v[k].gone;
		} else if (is_same_still(vm, v[k].vm)) {
			*vm = *v[k].vm;
		}
		k++;
	}
	return failed;
}

int
cloud_look_closer(
    struct cloud *c, struct arena *a, struct listing *l, int64_t until_ns, struct fault *f)
{
	int64_t end_ns = clock_mono_ns() + 2 * c->timeout_ms * 1000000;
	struct one_inspection *v;
	struct fault why = {.kind = FAULT_NONE};
	size_t n = 0, k = 0, failed, asked;

	for (size_t i = 0; i < l->n && n < LIMIT_INSPECTIONS; i++)
		n += is_suspect(&l->vms[i]);
	if (n == 0)
		return 0;
	v = x_calloc(n, sizeof(*v));
	for (size_t i = 0; k < n; i++) {
		if (is_suspect(&l->vms[i]))
			v[k++].id = l->vms[i].id;
	}
	one_vm_infos(&c->one, a, l->era, v, n,
	    until_ns > 0 && until_ns < end_ns ? until_ns : end_ns, &why);
	failed = inspections_take(l, v, n, &asked);
	free(v);
	if (failed < 2 || failed * 2 <= asked)
		return 0;
	fault_prefix(&why, "%zu of %zu machines that are unknown or failed cannot be read",
	    failed, asked);
	l->complete = false;
	l->why = why;
	if (f != NULL)
		*f = why;
	return -1;
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
		if (f != NULL)
			*f = why;
		return KILL_REFUSED;
	case ONE_REFUSED:
		/* INTERNAL, REPLICATION and what no table knows do not say whether it was done: a follower that
		 * passed the call on answers so when the leader's reply was lost. */
		if (why.kind == FAULT_REPLY)
			break;
		if (f != NULL)
			*f = why;
		return KILL_REFUSED;
	case ONE_NOT_SENT:
		if (f != NULL)
			*f = why;
		return KILL_NOT_SENT;
	case ONE_MALFORMED:
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

int
cloud_user(struct cloud *c, struct arena *a, int32_t uid, struct account *user, struct fault *f)
{
	BUG_ON(uid < 0);
	if (one_user_info(&c->one, a, uid, user, f) != ONE_DONE)
		return -1;
	if (user->uid != uid)
		return fault_set(f, FAULT_REPLY, "asked for user %d, the cloud told of user %d",
		    (int)uid, (int)user->uid);
	return 0;
}

int
cloud_append(struct cloud *c, const struct era *era, int64_t id, const char *name,
    const char *value, struct fault *f)
{
	struct text t;
	int rc;

	BUG_ON(id < 0 || id > INT32_MAX || strpbrk(value, "\"\\") != NULL);
	if (era == NULL || !era->vm_append)
		return fault_set(f, FAULT_STATE,
		    "this version of the cloud cannot add to a user template: machine %" PRId64
		    " gets no %s",
		    id, name);
	text_init(&t, 4096);
	text_addf(&t, "%s=\"%s\"\n", name, value);
	rc = one_vm_append(&c->one, (int32_t)id, t.p, f) == ONE_DONE ? 0 : -1;
	text_free(&t);
	return rc;
}
