/* SPDX-License-Identifier: ISC */
/*
 * scenario_vm: the line that describes a machine, the longest of a scenario.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

/* A machine being described. */
struct draft {
	struct sim_vm v;
	struct sim_nic nics[LINE_LIST];
	struct sim_disk disks[LINE_LIST];
	struct sim_attr attrs[LINE_LIST];
	struct sim_history history[HISTORY_MAX];
	bool no_disks;
	struct {
		int64_t after_s;
		int state, lcm;
	} plan[LINE_LIST];
	size_t n_plan;
};

static int
net_id(const struct sim *sim, const char *name)
{
	size_t i;

	for (i = 0; i < sim->n_nets; i++)
		if (strcmp(sim->nets[i].name, name) == 0)
			return sim->nets[i].id;
	return 0;
}

/* NET:ADDR[,KIND=ADDR]... */
static int
draft_nic(struct sim *sim, struct line *l, struct draft *d, char *s)
{
	struct sim_nic *n = &d->nics[d->v.n_nics];
	char *part, *save = NULL, *colon = strchr(s, ':');
	const char *v;

	if (colon == NULL || d->v.n_nics == LINE_LIST)
		return scenario_error(l, "nic: \"%s\" is not NET:ADDR, or too many", s);
	*colon = '\0';
	memset(n, 0, sizeof(*n));
	n->network = s;
	n->network_id = net_id(sim, s);
	for (part = strtok_r(colon + 1, ",", &save); part != NULL;
	     part = strtok_r(NULL, ",", &save)) {
		if (strcmp(part, "-") == 0)
			continue;
		if (strcmp(part, "alias") == 0)
			n->alias = true;
		else if ((v = scenario_value(part, "ip6")) != NULL)
			n->ip6 = v;
		else if ((v = scenario_value(part, "global")) != NULL)
			n->ip6_global = v;
		else if ((v = scenario_value(part, "ula")) != NULL)
			n->ip6_ula = v;
		else if ((v = scenario_value(part, "link")) != NULL)
			n->ip6_link = v;
		else if ((v = scenario_value(part, "ext")) != NULL)
			n->external_ip = v;
		else if ((v = scenario_value(part, "mac")) != NULL)
			n->mac = v;
		else if (strchr(part, '=') == NULL)
			n->ip = part;
		else
			return scenario_error(l, "nic: what is \"%s\"?", part);
	}
	d->v.n_nics++;
	return 0;
}

static int
draft_disk(struct line *l, struct draft *d, char *s)
{
	static const struct {
		const char *name;
		enum sim_disk_kind kind;
	} kinds[] = {{"image", SIM_DISK_IMAGE}, {"persistent", SIM_DISK_PERSISTENT},
	    {"cdrom", SIM_DISK_CDROM}, {"volatile", SIM_DISK_VOLATILE}, {"odd", SIM_DISK_ODD},
	    {"source", SIM_DISK_SOURCE}, {"url", SIM_DISK_URL}};
	struct sim_disk *k = &d->disks[d->v.n_disks];
	char *colon = strchr(s, ':');
	size_t i;

	if (colon != NULL)
		*colon = '\0';
	if (strcmp(s, "none") == 0) {
		d->no_disks = true;
		return 0;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, s) == 0)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]) || d->v.n_disks == LINE_LIST)
		return scenario_error(l, "disk: no kind \"%s\", or too many", s);
	memset(k, 0, sizeof(*k));
	k->kind = kinds[i].kind;
	k->image_id = (int)d->v.n_disks + 1;
	d->v.n_disks++;
	if (k->kind == SIM_DISK_SOURCE || k->kind == SIM_DISK_URL)
		k->source = colon != NULL ? colon + 1 : "";
	else if (colon != NULL)
		return scenario_int(l, colon + 1, &k->size_mib);
	return 0;
}

/* HOST:FROM:TO, seconds ago. */
static int
draft_history(struct sim *sim, struct line *l, struct draft *d, char *s)
{
	struct sim_history *h = &d->history[d->v.n_history];
	char *a = strchr(s, ':'), *b = a != NULL ? strchr(a + 1, ':') : NULL;
	int64_t now = sim_time(sim), from, to;
	const struct host *host;

	if (b == NULL || d->v.n_history >= HISTORY_MAX - 1)
		return scenario_error(l, "history: \"%s\" is not HOST:FROM:TO, or too many", s);
	*a = *b = '\0';
	host = scenario_host(l, sim, s);
	if (host == NULL || scenario_int(l, a + 1, &from) != 0 ||
	    scenario_int(l, b + 1, &to) != 0)
		return -1;
	h->hid = host->h.id;
	h->stime = h->pstime = h->petime = h->rstime = now - from;
	h->etime = h->retime = now - to;
	d->v.n_history++;
	return 0;
}

/* A point of time: EPOCH, or -SECONDS from now. */
static int
read_when(struct sim *sim, struct line *l, const char *s, int64_t *out)
{
	if (scenario_int(l, s, out) != 0)
		return -1;
	if (*out < 0)
		*out += sim_time(sim);
	return 0;
}

static int
draft_sched(struct sim *sim, struct line *l, struct draft *d, char *s)
{
	char *at = strchr(s, '@');
	int64_t x;

	if (at == NULL || scenario_int(l, at + 1, &x) != 0)
		return scenario_error(l, "sched: \"%s\" is not ACTION@+SECONDS", s);
	*at = '\0';
	d->v.sched_action = s;
	d->v.sched_time_s = sim_time(sim) + x;
	return 0;
}

/* +SECONDS:STATE */
static int
draft_plan(struct sim *sim, struct line *l, struct draft *d, char *s)
{
	char *colon = strchr(s, ':');
	int state, lcm;

	if (colon == NULL || d->n_plan == LINE_LIST)
		return scenario_error(l, "at: \"%s\" is not +SECONDS:STATE, or too many", s);
	*colon = '\0';
	if (scenario_int(l, s, &d->plan[d->n_plan].after_s) != 0 ||
	    scenario_state(l, sim->era, colon + 1, &state, &lcm) != 0)
		return -1;
	d->plan[d->n_plan].state = state;
	d->plan[d->n_plan++].lcm = lcm;
	return 0;
}

static int
draft_owner(struct sim *sim, struct line *l, struct draft *d, const char *name)
{
	const struct sim_user *u = model_user_by_name(sim, name);

	if (u == NULL)
		return scenario_error(l, "owner: no user \"%s\"", name);
	d->v.uid = u->id;
	d->v.gid = u->gid;
	d->v.uname = u->name;
	d->v.gname = u->gname;
	return 0;
}

static int
draft_host(struct sim *sim, struct line *l, struct draft *d, const char *name)
{
	const struct host *h;

	d->v.host = -1;
	if (strcmp(name, "-") == 0)
		return 0;
	h = scenario_host(l, sim, name);
	if (h == NULL)
		return -1;
	d->v.host = h->h.id;
	return 0;
}

/* Words that are a number: into which field. */
static int *
number_field(struct sim_vm *v, const char *word, const char **value)
{
	const struct {
		const char *key;
		int *field;
	} keys[] = {{"vcpu", &v->vcpu}, {"memory", &v->memory_mib}, {"lock", &v->lock},
	    {"service", &v->service_id}, {"vrouter", &v->vrouter_id}, {"uid", &v->uid},
	    {"gid", &v->gid}, {"lock-owner", &v->lock_owner}};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((*value = scenario_value(word, keys[i].key)) != NULL)
			return keys[i].field;
	return NULL;
}

/* Words that are a text: into which field. */
static const char **
text_field(struct sim_vm *v, const char *word, const char **value)
{
	const struct {
		const char *key;
		const char **field;
	} keys[] = {{"name", &v->name}, {"raw-name", &v->raw_name}, {"cpu", &v->cpu},
	    {"deploy", &v->deploy_id}, {"labels", &v->labels}, {"error", &v->error},
	    {"guest", &v->guest_ip}, {"uname", &v->uname}, {"gname", &v->gname}};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((*value = scenario_value(word, keys[i].key)) != NULL)
			return keys[i].field;
	return NULL;
}

static int
draft_word(struct sim *sim, struct line *l, struct draft *d, char *word)
{
	const char *value, **text = text_field(&d->v, word, &value);
	int *number;
	int64_t x;
	char *v;

	if (text != NULL) {
		*text = value;
		return 0;
	}
	if ((number = number_field(&d->v, word, &value)) != NULL) {
		if (scenario_int(l, value, &x) != 0)
			return -1;
		*number = (int)x;
		return 0;
	}
	if (strcmp(word, "context") == 0)
		d->v.context = true;
	else if (strcmp(word, "create-image") == 0)
		d->v.create_image = true;
	else if ((v = (char *)scenario_value(word, "state")) != NULL)
		return scenario_state(l, sim->era, v, &d->v.state, &d->v.lcm);
	else if ((v = (char *)scenario_value(word, "owner")) != NULL)
		return draft_owner(sim, l, d, v);
	else if ((v = (char *)scenario_value(word, "host")) != NULL)
		return draft_host(sim, l, d, v);
	else if ((v = (char *)scenario_value(word, "created")) != NULL)
		return read_when(sim, l, v, &d->v.stime_s);
	else if ((v = (char *)scenario_value(word, "ended")) != NULL)
		return read_when(sim, l, v, &d->v.etime_s);
	else if ((v = (char *)scenario_value(word, "nic")) != NULL)
		return draft_nic(sim, l, d, v);
	else if ((v = (char *)scenario_value(word, "disk")) != NULL)
		return draft_disk(l, d, v);
	else if ((v = (char *)scenario_value(word, "attr")) != NULL)
		return scenario_attr(l, v, d->attrs, &d->v.n_attrs);
	else if ((v = (char *)scenario_value(word, "sched")) != NULL)
		return draft_sched(sim, l, d, v);
	else if ((v = (char *)scenario_value(word, "history")) != NULL)
		return draft_history(sim, l, d, v);
	else if ((v = (char *)scenario_value(word, "kill")) != NULL)
		return scenario_kill(l, v, &d->v.kill, &d->v.kill_s);
	else if ((v = (char *)scenario_value(word, "at")) != NULL)
		return draft_plan(sim, l, d, v);
	else
		return scenario_error(l, "vm: what is \"%s\"?", word);
	return 0;
}

/* Earlier placements were given: the present one, made to fit the state, comes after them. */
static void
draft_last_history(struct sim *sim, struct draft *d)
{
	struct sim_history *h = &d->history[d->v.n_history];

	if (d->v.n_history == 0 || d->v.host < 0 || !states_has_history(d->v.state))
		return;
	h->hid = d->v.host;
	states_fill_history(sim->era, d->v.state, d->v.lcm, h[-1].etime, h);
	d->v.n_history++;
}

int
scenario_vm(struct sim *sim, struct line *l)
{
	struct sim_disk image = {.kind = SIM_DISK_IMAGE};
	struct draft d;
	int64_t id;
	size_t i;

	memset(&d, 0, sizeof(d));
	if (l->n < 2 || scenario_int(l, l->word[1], &id) != 0 || id < 0)
		return scenario_error(l, "vm ID ...");
	d.v = sim_vm_default((int)id);
	d.v.host = sim->n_hosts > 0 ? sim->hosts[0].h.id : -1;
	d.v.disks = d.disks;
	d.v.n_disks = 0;
	d.v.nics = d.nics;
	d.v.attrs = d.attrs;
	d.v.history = d.history;
	for (i = 2; i < l->n; i++)
		if (draft_word(sim, l, &d, l->word[i]) != 0)
			return -1;
	if (d.v.n_disks == 0 && !d.no_disks)
		d.disks[d.v.n_disks++] = image;
	draft_last_history(sim, &d);
	sim_add_vm(sim, &d.v);
	for (i = 0; i < d.n_plan; i++)
		sim_plan_state(sim, (int)id, d.plan[i].after_s, d.plan[i].state, d.plan[i].lcm);
	return 0;
}
