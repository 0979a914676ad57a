/* SPDX-License-Identifier: ISC */
/*
 * hostxml: hosts, when they were last monitored, and who we are.
 *
 * A host without a readable ID breaks the document: machines are checked against the hosts. A time
 * that cannot be read is "never", which keeps every machine of that host. Must never keep a
 * user's PASSWORD or tokens.
 */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "cloud/hostxml.h"
#include "cloud/limits.h"
#include "cloud/xmlpath.h"

#define MARKER "VMREAPER_CLOUD"
#define EMAIL  "EMAIL"

enum {
	DOCUMENT,
	POOL,
	HOST,
	H_ID,
	H_NAME,
	H_STATE,
	H_LAST_MON_TIME,
	H_MONITORING,
	H_MONITORING_TIME,
	H_VMS,
	H_VM,
	H_TEMPLATE,
	H_ERROR,
	H_ERROR_MESSAGE,
	H_ZOMBIES,
	DATA,
	MONITORING,
	M_ID,
	M_TIMESTAMP,
	USER,
	U_ID,
	U_NAME,
	U_TEMPLATE,
	U_MARKER,
	U_EMAIL,
	RAFT,
	R_TERM,
	ALONE,
	NODES
};

static const struct xmlpath_node nodes[NODES] = {
    [DOCUMENT] = {"", 0, XMLPATH_NONE, 0, 0},
    [POOL] = {"HOST_POOL", DOCUMENT, XMLPATH_NONE, 0, 0},
    [HOST] = {"HOST", POOL, XMLPATH_NONE, 0, 0},
    [ALONE] = {"HOST", DOCUMENT, XMLPATH_NONE, 0, HOST},
    [H_ID] = {"ID", HOST, XMLPATH_KEEP, LIMIT_NUMBER, 0},
    [H_NAME] = {"NAME", HOST, XMLPATH_KEEP, LIMIT_NAME, 0},
    [H_STATE] = {"STATE", HOST, XMLPATH_KEEP, LIMIT_NUMBER, 0},
    [H_LAST_MON_TIME] = {"LAST_MON_TIME", HOST, XMLPATH_KEEP, LIMIT_NUMBER, 0},
    [H_MONITORING] = {"MONITORING", HOST, XMLPATH_NONE, 0, 0},
    [H_MONITORING_TIME] = {"TIMESTAMP", H_MONITORING, XMLPATH_KEEP, LIMIT_NUMBER, 0},
    [H_VMS] = {"VMS", HOST, XMLPATH_NONE, 0, 0},
    [H_VM] = {"ID", H_VMS, XMLPATH_KEEP, LIMIT_NUMBER, 0},
    [H_TEMPLATE] = {"TEMPLATE", HOST, XMLPATH_NONE, 0, 0},
    [H_ERROR] = {"ERROR", H_TEMPLATE, XMLPATH_KEEP, LIMIT_ERROR, 0},
    [H_ERROR_MESSAGE] = {"MESSAGE", H_ERROR, XMLPATH_KEEP, LIMIT_ERROR, 0},
    [H_ZOMBIES] = {"ZOMBIES", H_TEMPLATE, XMLPATH_KEEP, LIMIT_ZOMBIES, 0},
    [DATA] = {"MONITORING_DATA", DOCUMENT, XMLPATH_NONE, 0, 0},
    [MONITORING] = {"MONITORING", DATA, XMLPATH_NONE, 0, 0},
    [M_ID] = {"ID", MONITORING, XMLPATH_KEEP, LIMIT_NUMBER, 0},
    [M_TIMESTAMP] = {"TIMESTAMP", MONITORING, XMLPATH_KEEP, LIMIT_NUMBER, 0},
    [USER] = {"USER", DOCUMENT, XMLPATH_NONE, 0, 0},
    [U_ID] = {"ID", USER, XMLPATH_KEEP, LIMIT_NUMBER, 0},
    [U_NAME] = {"NAME", USER, XMLPATH_KEEP, LIMIT_NAME, 0},
    [U_TEMPLATE] = {"TEMPLATE", USER, XMLPATH_NONE, 0, 0},
    [U_MARKER] = {MARKER, U_TEMPLATE, XMLPATH_KEEP, LIMIT_NAME, 0},
    [U_EMAIL] = {EMAIL, U_TEMPLATE, XMLPATH_KEEP, LIMIT_NAME, 0},
    [RAFT] = {"RAFT", DOCUMENT, XMLPATH_NONE, 0, 0},
    [R_TERM] = {"TERM", RAFT, XMLPATH_KEEP, LIMIT_NUMBER, 0},
};

struct hostxml {
	struct xmlpath *path;
	struct arena *arena;
	struct host_list *hosts;
	struct account *account;
	bool limit;
	struct host host;
	int64_t id, time_s; /* of the monitoring record being read */
	size_t hint; /* host of the last record */
	bool marked, has_email;
	int64_t term;
};

static void
out_of_memory(struct hostxml *x)
{
	x->limit = true;
	xmlpath_refuse(
	    x->path, "it needs more memory than [cloud] max_memory, or this process, may have");
}

static const char *
intern(struct hostxml *x, const char *s, size_t len)
{
	const char *p = arena_intern(x->arena, s, len);

	if (p == NULL)
		out_of_memory(x);
	return p != NULL ? p : "";
}

static int64_t
take(const char *s, int64_t hi, int64_t fallback)
{
	int64_t v;

	return units_int(s, 0, hi, &v) == 0 ? v : fallback;
}

static void
id_push(struct hostxml *x, int64_t **list, size_t *n, int64_t id)
{
	int64_t *slot = arena_push(x->arena, (void **)list, *n, sizeof(**list));

	if (slot == NULL) {
		out_of_memory(x);
		return;
	}
	*slot = id;
	(*n)++;
}

/* "10359, 99999"; before 5.12 deploy ids ("one-12") of domains: the number behind the dash. */
static void
zombies_take(struct hostxml *x, const char *s)
{
	char one[LIMIT_NUMBER + 1];
	size_t n;
	int64_t id;

	while (*s != '\0') {
		s += strspn(s, ", ");
		n = strcspn(s, ", ");
		if (n > 0 && n <= LIMIT_NUMBER) {
			memcpy(one, s, n);
			one[n] = '\0';
			id = take(strncmp(one, "one-", 4) == 0 ? one + 4 : one, INT32_MAX, -1);
			if (id >= 0)
				id_push(x, &x->host.zombies, &x->host.n_zombies, id);
		}
		s += n;
	}
}

static void
host_end(struct hostxml *x)
{
	struct host *slot;

	if (x->host.id < 0 || x->hosts == NULL) {
		xmlpath_refuse(x->path, "a host without a readable ID");
		return;
	}
	slot = arena_push(x->arena, (void **)&x->hosts->v, x->hosts->n, sizeof(*slot));
	if (slot == NULL) {
		out_of_memory(x);
		return;
	}
	*slot = x->host;
	x->hosts->n++;
}

/* One record of MONITORING_DATA; the newest of a host counts. */
static void
record_end(struct hostxml *x)
{
	struct host_list *l = x->hosts;
	struct host *h;

	for (size_t i = 0; l != NULL && i < l->n; i++) {
		h = &l->v[(x->hint + i) % l->n];
		if (h->id != x->id)
			continue;
		if (x->time_s > h->monitored_s)
			h->monitored_s = x->time_s;
		x->hint = (x->hint + i) % l->n;
		return;
	}
}

static void
on_enter(void *ctx, unsigned node, const char *name)
{
	struct hostxml *x = ctx;

	(void)name;
	switch (node) {
	case HOST:
		x->host = (struct host){.id = -1, .name = "", .state = -1};
		break;
	case MONITORING:
		x->id = -1;
		x->time_s = 0;
		break;
	case USER:
		if (x->account == NULL)
			xmlpath_refuse(x->path, "it is about a user");
		break;
	default:
		break;
	}
}

static void
leave_host_child(struct hostxml *x, unsigned node, const char *s, size_t len)
{
	struct host *h = &x->host;
	int64_t v;

	switch (node) {
	case H_ID:
		h->id = take(s, INT32_MAX, -1);
		break;
	case H_NAME:
		h->name = intern(x, s, len);
		break;
	case H_STATE:
		h->state = (int32_t)take(s, INT32_MAX, -1);
		break;
	case H_LAST_MON_TIME:
	case H_MONITORING_TIME:
		v = take(s, LIMIT_TIME_MAX, 0);
		if (v > h->monitored_s)
			h->monitored_s = v;
		break;
	case H_VM:
		v = take(s, INT32_MAX, -1);
		if (v < 0)
			xmlpath_refuse(x->path, "a host names a machine without a readable ID");
		else
			id_push(x, &h->vms, &h->n_vms, v);
		break;
	case H_ERROR:
	case H_ERROR_MESSAGE:
		if (len > 0)
			h->error = intern(x, s, len);
		break;
	case H_ZOMBIES:
		zombies_take(x, s);
		break;
	default:
		break;
	}
}

static void
on_leave(void *ctx, unsigned node, const char *s, size_t len, bool cut)
{
	struct hostxml *x = ctx;

	switch (node) {
	case HOST:
		host_end(x);
		break;
	case MONITORING:
		record_end(x);
		break;
	case M_ID:
		x->id = take(s, INT32_MAX, -1);
		break;
	case M_TIMESTAMP:
		x->time_s = take(s, LIMIT_TIME_MAX, 0);
		break;
	case U_ID:
		x->account->uid = (int32_t)take(s, INT32_MAX, -1);
		break;
	case U_NAME:
		x->account->name = intern(x, s, len);
		break;
	case R_TERM:
		x->term = take(s, INT64_MAX, -1);
		break;
	case U_MARKER:
		/* Two markers are none: which cloud would it be? */
		x->account->marker = cut || x->marked ? NULL : intern(x, s, len);
		x->marked = true;
		break;
	case U_EMAIL:
		/* nor is one of two addresses the right one */
		x->account->email = cut || x->has_email ? NULL : intern(x, s, len);
		x->has_email = true;
		break;
	default:
		leave_host_child(x, node, s, len);
		break;
	}
}

static const struct xmlpath_ops ops = {on_enter, on_leave, NULL};

struct hostxml *
hostxml_new(struct arena *a, struct host_list *hosts, struct account *account)
{
	struct hostxml *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->arena = a;
	x->hosts = hosts;
	x->account = account;
	x->term = -1;
	if (account != NULL)
		*account = (struct account){.uid = -1, .name = ""};
	x->path = xmlpath_new(nodes, NODES, &ops, x);
	if (x->path == NULL) {
		free(x);
		return NULL;
	}
	return x;
}

void
hostxml_free(struct hostxml *x)
{
	if (x == NULL)
		return;
	xmlpath_free(x->path);
	free(x);
}

int
hostxml_feed(struct hostxml *x, const char *s, size_t len)
{
	return xmlpath_feed(x->path, s, len);
}

int
hostxml_end(struct hostxml *x, struct fault *f)
{
	struct fault why = {.kind = FAULT_NONE};

	if (xmlpath_end(x->path, &why) == 0)
		return 0;
	return fault_set(f, x->limit ? FAULT_LIMIT : FAULT_REPLY, "the document: %s", why.msg);
}

int64_t
hostxml_term(const struct hostxml *x)
{
	return x->term;
}
