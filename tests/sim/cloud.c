/* SPDX-License-Identifier: ISC */
/*
 * cloud: the part of sim.h that makes a cloud and puts accounts, hosts and machines into it.
 * Everything given is copied. Nothing here knows XML or HTTP.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "inner.h"

struct sim *
sim_new(enum sim_era era)
{
	struct sim_user admin = {.id = 0,
	    .name = "oneadmin",
	    .password = "oneadmin",
	    .gid = 0,
	    .gname = "oneadmin",
	    .sees_vms = true,
	    .sees_hosts = true,
	    .may_manage = true};
	struct sim *sim = x_calloc(1, sizeof(*sim));

	pthread_mutex_init(&sim->lock, NULL);
	sim->era = era;
	sim->arena = arena_new(0);
	BUG_ON(sim->arena == NULL);
	sim->offset_s = SIM_EPOCH;
	sim->launch = (struct sim_launch){.pending_s = 1, .prolog_s = 1, .boot_s = 1};
	text_init(&sim->log, DOC_MAX);
	text_init(&sim->shapes, DOC_MAX);
	sim_add_user(sim, &admin);
	return sim;
}

void
sim_free(struct sim *sim)
{
	size_t i;

	if (sim == NULL)
		return;
	sim_stop(sim);
	for (i = 0; i < sim->n_vms; i++)
		free(sim->vms[i]);
	free(sim->vms);
	free(sim->users);
	free(sim->hosts);
	free(sim->steps);
	free(sim->traps);
	free(sim->nets);
	free(sim->volumes);
	free(sim->metadata);
	free(sim->images);
	free(sim->templates);
	text_free(&sim->log);
	text_free(&sim->shapes);
	arena_free(sim->arena);
	pthread_mutex_destroy(&sim->lock);
	free(sim);
}

enum sim_era
sim_era(const struct sim *sim)
{
	return sim->era;
}

void
sim_set_time(struct sim *sim, int64_t wall_s)
{
	pthread_mutex_lock(&sim->lock);
	sim->clock = NULL;
	sim->offset_s = wall_s;
	model_tick(sim);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_advance(struct sim *sim, int64_t seconds)
{
	pthread_mutex_lock(&sim->lock);
	sim->offset_s += seconds;
	model_tick(sim);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_set_clock(struct sim *sim, int64_t (*now_s)(void *arg), void *arg)
{
	pthread_mutex_lock(&sim->lock);
	sim->clock = now_s;
	sim->clock_arg = arg;
	sim->offset_s = now_s != NULL ? 0 : SIM_EPOCH;
	model_tick(sim);
	pthread_mutex_unlock(&sim->lock);
}

int64_t
sim_time(struct sim *sim)
{
	int64_t now;

	pthread_mutex_lock(&sim->lock);
	now = model_now(sim);
	pthread_mutex_unlock(&sim->lock);
	return now;
}

/* Room for one more in an array kept by id; returns the place for id, replaced or new. */
static void *
slot(void **array, size_t *n, size_t size, size_t index, bool replace)
{
	char *p;

	if (!replace) {
		*array = x_realloc(*array, *n + 1, size);
		p = *array;
		memmove(p + (index + 1) * size, p + index * size, (*n - index) * size);
		++*n;
	}
	p = *array;
	memset(p + index * size, 0, size);
	return p + index * size;
}

void
sim_add_user(struct sim *sim, const struct sim_user *user)
{
	struct sim_user *u;
	size_t i;

	BUG_ON(user->name == NULL || user->password == NULL);
	pthread_mutex_lock(&sim->lock);
	for (i = 0; i < sim->n_users && sim->users[i].id < user->id; i++)
		;
	u = slot((void **)&sim->users, &sim->n_users, sizeof(*u), i,
	    i < sim->n_users && sim->users[i].id == user->id);
	*u = *user;
	u->name = model_keep(sim, user->name);
	u->password = model_keep(sim, user->password);
	u->gname = model_keep(sim, user->gname != NULL ? user->gname : "users");
	u->attrs = model_keep_attrs(sim, user->attrs, user->n_attrs);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_add_host(struct sim *sim, const struct sim_host *host)
{
	struct host *h;
	size_t i;

	BUG_ON(host->name == NULL);
	pthread_mutex_lock(&sim->lock);
	for (i = 0; i < sim->n_hosts && sim->hosts[i].h.id < host->id; i++)
		;
	h = slot((void **)&sim->hosts, &sim->n_hosts, sizeof(*h), i,
	    i < sim->n_hosts && sim->hosts[i].h.id == host->id);
	h->h = *host;
	h->h.name = model_keep(sim, host->name);
	h->h.error = model_keep(sim, host->error);
	h->h.wild = model_keep(sim, host->wild);
	h->h.zombies = model_keep_array(sim, host->zombies, host->n_zombies, sizeof(int));
	h->error_s = model_now(sim);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_set_term(struct sim *sim, int64_t term)
{
	pthread_mutex_lock(&sim->lock);
	sim->term = term;
	pthread_mutex_unlock(&sim->lock);
}

void
sim_set_host_state(struct sim *sim, int id, int state)
{
	struct host *h;
	struct text t;

	pthread_mutex_lock(&sim->lock);
	h = model_host(sim, id);
	BUG_ON(h == NULL);
	if (state == 3 && h->h.state != 3) {
		text_init(&t, DOC_MAX);
		if (sim->era == SIM_720) {
			h->h.mon_frozen_s = model_host_mon(sim, h);
			text_addf(&t, "Error monitoring Host %s (%d): ", h->h.name, id);
		} else
			text_addf(
			    &t, "Error monitoring host %d : MONITOR FAILURE %d -", id, id);
		h->h.error = model_keep(sim, t.p);
		h->error_s = model_now(sim);
		text_free(&t);
	} else if (state != 3 && h->h.state == 3) {
		h->h.mon_frozen_s = 0;
		h->h.error = NULL;
	}
	h->h.state = state;
	pthread_mutex_unlock(&sim->lock);
}

struct sim_vm
sim_vm_default(int id)
{
	static const struct sim_disk disk = {.kind = SIM_DISK_IMAGE};
	struct sim_vm v = {.id = id,
	    .uname = "oneadmin",
	    .gname = "oneadmin",
	    .state = 3,
	    .lcm = 3,
	    .host = 0,
	    .cpu = "0.1",
	    .memory_mib = 64,
	    .disks = &disk,
	    .n_disks = 1,
	    .service_id = -1,
	    .vrouter_id = -1};

	return v;
}

static void
keep_nics(struct sim *sim, struct sim_vm *v)
{
	struct sim_nic *nics = model_keep_array(sim, v->nics, v->n_nics, sizeof(*nics));
	struct sim_disk *disks = model_keep_array(sim, v->disks, v->n_disks, sizeof(*disks));
	size_t i;

	for (i = 0; i < v->n_nics; i++) {
		nics[i].network = model_keep(sim, v->nics[i].network);
		nics[i].ip = model_keep(sim, v->nics[i].ip);
		nics[i].ip6 = model_keep(sim, v->nics[i].ip6);
		nics[i].ip6_global = model_keep(sim, v->nics[i].ip6_global);
		nics[i].ip6_ula = model_keep(sim, v->nics[i].ip6_ula);
		nics[i].ip6_link = model_keep(sim, v->nics[i].ip6_link);
		nics[i].external_ip = model_keep(sim, v->nics[i].external_ip);
		nics[i].mac = model_keep(sim, v->nics[i].mac);
		nics[i].model = model_keep(sim, v->nics[i].model);
	}
	for (i = 0; i < v->n_disks; i++) {
		disks[i].source = model_keep(sim, v->disks[i].source);
		disks[i].image =
		    model_keep(sim, v->disks[i].image != NULL ? v->disks[i].image : "ttylinux");
		disks[i].given = model_keep_attrs(sim, v->disks[i].given, v->disks[i].n_given);
		if (disks[i].size_mib == 0)
			disks[i].size_mib = 1024;
	}
	v->nics = nics;
	v->disks = disks;
}

/* Was it ever handed to a hypervisor? Then it has a deploy id. */
static bool
has_booted(const struct machine *m)
{
	size_t i;

	for (i = 0; i < m->v.n_history; i++)
		if (m->hist[i].rstime != 0)
			return !(m->v.state == 3 && (m->v.lcm == 2 || m->v.lcm == 36));
	return false;
}

const char *
model_deploy_id(struct sim *sim, const struct machine *m)
{
	const struct host *h = model_host(sim, m->hist[m->v.n_history - 1].hid);
	struct text t;
	const char *copy;

	text_init(&t, DOC_MAX);
	if (sim->era != SIM_720)
		text_addf(&t, "one-%d", m->v.id);
	else
		text_addf(&t, "%s:%s:dummy", h != NULL ? h->h.name : "node1", m->v.name);
	copy = model_keep(sim, t.p);
	text_free(&t);
	return copy;
}

static void
fill_machine(struct sim *sim, struct machine *m, const struct sim_vm *vm)
{
	struct sim_vm *v = &m->v;
	struct text t;

	*v = *vm;
	if (v->stime_s == 0)
		v->stime_s = model_now(sim);
	if (v->etime_s == 0 && (v->state == 6 || v->state == 7))
		v->etime_s = v->stime_s;
	text_init(&t, DOC_MAX);
	text_addf(&t, "vm-%d", v->id);
	v->name = model_keep(sim, vm->name != NULL ? vm->name : t.p);
	text_free(&t);
	v->raw_name = model_keep(sim, vm->raw_name);
	v->uname = model_keep(sim, vm->uname != NULL ? vm->uname : "");
	v->gname = model_keep(sim, vm->gname != NULL ? vm->gname : "");
	v->cpu = model_keep(sim, vm->cpu != NULL ? vm->cpu : "0.1");
	v->labels = model_keep(sim, vm->labels);
	v->error = model_keep(sim, vm->error);
	v->sched_action = model_keep(sim, vm->sched_action);
	v->guest_ip = model_keep(sim, vm->guest_ip);
	v->attrs = model_keep_attrs(sim, vm->attrs, vm->n_attrs);
	v->context_attrs = model_keep_attrs(sim, vm->context_attrs, vm->n_context);
	keep_nics(sim, v);
	m->lock_s = model_now(sim);

	BUG_ON(v->n_history > HISTORY_MAX);
	if (v->n_history > 0)
		memcpy(m->hist, vm->history, v->n_history * sizeof(m->hist[0]));
	else if (v->host >= 0 && states_has_history(v->state)) {
		v->n_history = 1;
		m->hist[0].hid = v->host;
		states_fill_history(sim->era, v->state, v->lcm, v->stime_s, &m->hist[0]);
	}
	v->history = m->hist;
	if (v->n_history > 0)
		v->host = m->hist[v->n_history - 1].hid;
	v->deploy_id = model_keep(sim, vm->deploy_id);
	if (v->deploy_id == NULL)
		v->deploy_id = v->state != 7 && has_booted(m) ? model_deploy_id(sim, m) : "";
}

struct machine *
model_add_vm(struct sim *sim, const struct sim_vm *vm)
{
	struct machine *m;
	size_t i;

	BUG_ON(vm->id < 0);
	i = model_vm_from(sim, vm->id);
	if (i < sim->n_vms && sim->vms[i]->v.id == vm->id) {
		m = sim->vms[i];
		memset(m, 0, sizeof(*m));
		model_forget_steps(sim, vm->id);
	} else {
		if (sim->n_vms == sim->room_vms) {
			sim->room_vms = sim->room_vms * 2 + 16;
			sim->vms = x_realloc(sim->vms, sim->room_vms, sizeof(*sim->vms));
		}
		memmove(&sim->vms[i + 1], &sim->vms[i], (sim->n_vms++ - i) * sizeof(*sim->vms));
		m = sim->vms[i] = x_calloc(1, sizeof(*m));
	}
	fill_machine(sim, m, vm);
	return m;
}

void
sim_add_vm(struct sim *sim, const struct sim_vm *vm)
{
	pthread_mutex_lock(&sim->lock);
	model_add_vm(sim, vm);
	pthread_mutex_unlock(&sim->lock);
}

/* --- what new machines are made of ------------------------------------------------------- */

void
sim_add_network(struct sim *sim, const char *name, int id, const char *first, int count)
{
	struct scenario_net *net = NULL;
	struct in_addr a = {0};
	size_t i;

	BUG_ON(first != NULL && inet_pton(AF_INET, first, &a) != 1);
	pthread_mutex_lock(&sim->lock);
	for (i = 0; i < sim->n_nets; i++)
		if (strcmp(sim->nets[i].name, name) == 0)
			net = &sim->nets[i];
	if (net == NULL) {
		sim->nets = x_realloc(sim->nets, sim->n_nets + 1, sizeof(*sim->nets));
		net = &sim->nets[sim->n_nets++];
	}
	net->name = model_keep(sim, name);
	net->id = id;
	net->first = ntohl(a.s_addr);
	net->leases = first != NULL ? count : -1;
	pthread_mutex_unlock(&sim->lock);
}

void
sim_add_image(struct sim *sim, const struct sim_image *image)
{
	size_t i;

	pthread_mutex_lock(&sim->lock);
	for (i = 0; i < sim->n_images && sim->images[i].id != image->id; i++)
		;
	if (i == sim->n_images)
		sim->images = x_realloc(sim->images, ++sim->n_images, sizeof(*sim->images));
	sim->images[i] = *image;
	sim->images[i].name = model_keep(sim, image->name);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_add_template(struct sim *sim, const struct sim_template *t)
{
	struct sim_template *s;
	size_t i;

	pthread_mutex_lock(&sim->lock);
	for (i = 0; i < sim->n_templates && sim->templates[i].id != t->id; i++)
		;
	if (i == sim->n_templates)
		sim->templates =
		    x_realloc(sim->templates, ++sim->n_templates, sizeof(*sim->templates));
	s = &sim->templates[i];
	*s = *t;
	s->name = model_keep(sim, t->name);
	s->text = model_keep(sim, t->text);
	s->uname = model_keep(sim, t->uname != NULL ? t->uname : "oneadmin");
	s->gname = model_keep(sim, t->gname != NULL ? t->gname : "oneadmin");
	if (s->regtime_s == 0)
		s->regtime_s = model_now(sim);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_set_launch(struct sim *sim, const struct sim_launch *launch)
{
	pthread_mutex_lock(&sim->lock);
	sim->launch = *launch;
	pthread_mutex_unlock(&sim->lock);
}

void
sim_set_next_id(struct sim *sim, int id)
{
	pthread_mutex_lock(&sim->lock);
	sim->next_id = id;
	pthread_mutex_unlock(&sim->lock);
}

void
sim_remove_vm(struct sim *sim, int id)
{
	size_t i;

	pthread_mutex_lock(&sim->lock);
	i = model_vm_from(sim, id);
	if (i < sim->n_vms && sim->vms[i]->v.id == id) {
		model_forget_steps(sim, id);
		free(sim->vms[i]);
		memmove(&sim->vms[i], &sim->vms[i + 1], (--sim->n_vms - i) * sizeof(*sim->vms));
	}
	pthread_mutex_unlock(&sim->lock);
}

void
sim_set_state(struct sim *sim, int id, int state, int lcm)
{
	struct machine *m;

	pthread_mutex_lock(&sim->lock);
	m = model_vm(sim, id);
	BUG_ON(m == NULL);
	model_forget_steps(sim, id);
	model_enter(sim, m, state, lcm, model_now(sim));
	pthread_mutex_unlock(&sim->lock);
}

void
sim_plan_state(struct sim *sim, int id, int64_t after_s, int state, int lcm)
{
	pthread_mutex_lock(&sim->lock);
	BUG_ON(model_vm(sim, id) == NULL);
	model_add_step(sim, id, model_now(sim) + after_s, state, lcm);
	model_tick(sim);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_set_lock(struct sim *sim, int id, int level, int owner)
{
	struct machine *m;

	pthread_mutex_lock(&sim->lock);
	m = model_vm(sim, id);
	BUG_ON(m == NULL);
	m->v.lock = level;
	m->v.lock_owner = owner;
	m->lock_s = model_now(sim);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_set_usage(struct sim *sim, int id, int kib, int cpu)
{
	struct machine *m;

	pthread_mutex_lock(&sim->lock);
	m = model_vm(sim, id);
	BUG_ON(m == NULL);
	m->v.used_kib = kib;
	m->v.used_cpu = cpu;
	pthread_mutex_unlock(&sim->lock);
}

int
sim_get_state(struct sim *sim, int id, int *state, int *lcm)
{
	struct machine *m;

	pthread_mutex_lock(&sim->lock);
	model_tick(sim);
	m = model_vm(sim, id);
	if (m != NULL) {
		*state = m->v.state;
		*lcm = m->v.lcm;
	}
	pthread_mutex_unlock(&sim->lock);
	return m != NULL ? 0 : -1;
}

size_t
sim_count(struct sim *sim, int state)
{
	size_t i, n = 0;

	pthread_mutex_lock(&sim->lock);
	model_tick(sim);
	for (i = 0; i < sim->n_vms; i++)
		if (state == -2 || (state == -1 && sim->vms[i]->v.state != 6) ||
		    sim->vms[i]->v.state == state)
			n++;
	pthread_mutex_unlock(&sim->lock);
	return n;
}
