/* SPDX-License-Identifier: ISC */
/*
 * model: finding accounts, hosts and machines, and what time and kills do to them. Texts live in
 * one arena until the cloud is freed. Nothing here knows XML or HTTP.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "inner.h"

/* --- memory ------------------------------------------------------------------------------ */

const char *
model_keep(struct sim *sim, const char *s)
{
	const char *copy;

	if (s == NULL)
		return NULL;
	copy = arena_intern(sim->arena, s, strlen(s));
	BUG_ON(copy == NULL);
	return copy;
}

void *
model_keep_array(struct sim *sim, const void *array, size_t n, size_t size)
{
	void *copy;

	if (n == 0)
		return NULL;
	copy = arena_calloc(sim->arena, n, size);
	BUG_ON(copy == NULL);
	memcpy(copy, array, n * size);
	return copy;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct sim_attr *)a)->name, ((const struct sim_attr *)b)->name);
}

/* Attributes come out of the daemon in the order of their names. */
const struct sim_attr *
model_keep_attrs(struct sim *sim, const struct sim_attr *attrs, size_t n)
{
	struct sim_attr *copy = model_keep_array(sim, attrs, n, sizeof(*attrs));
	size_t i;

	for (i = 0; i < n; i++) {
		copy[i].name = model_keep(sim, attrs[i].name);
		copy[i].value = model_keep(sim, attrs[i].value);
	}
	if (n > 1)
		qsort(copy, n, sizeof(*copy), by_name);
	return copy;
}

/* --- time -------------------------------------------------------------------------------- */

int64_t
model_now(const struct sim *sim)
{
	return sim->offset_s + (sim->clock != NULL ? sim->clock(sim->clock_arg) : 0);
}

void
model_forget_steps(struct sim *sim, int id)
{
	size_t i, n = 0;

	for (i = 0; i < sim->n_steps; i++)
		if (sim->steps[i].id != id)
			sim->steps[n++] = sim->steps[i];
	sim->n_steps = n;
}

void
model_add_step(struct sim *sim, int id, int64_t at_s, int state, int lcm)
{
	struct step *s;

	if (sim->n_steps == sim->room_steps) {
		sim->room_steps = sim->room_steps * 2 + 8;
		sim->steps = x_realloc(sim->steps, sim->room_steps, sizeof(*sim->steps));
	}
	s = &sim->steps[sim->n_steps++];
	s->at_s = at_s;
	s->seq = sim->seq++;
	s->id = id;
	s->state = state;
	s->lcm = lcm;
}

/* Let everything happen that is due, in order. */
void
model_tick(struct sim *sim)
{
	int64_t now = model_now(sim);
	struct machine *m;
	struct step s;
	size_t i, best;

	for (;;) {
		best = sim->n_steps;
		for (i = 0; i < sim->n_steps; i++) {
			if (sim->steps[i].at_s > now)
				continue;
			if (best == sim->n_steps ||
			    sim->steps[i].at_s < sim->steps[best].at_s ||
			    (sim->steps[i].at_s == sim->steps[best].at_s &&
				sim->steps[i].seq < sim->steps[best].seq))
				best = i;
		}
		if (best == sim->n_steps)
			return;
		s = sim->steps[best];
		memmove(&sim->steps[best], &sim->steps[best + 1],
		    (--sim->n_steps - best) * sizeof(s));
		m = model_vm(sim, s.id);
		if (m != NULL)
			model_enter(sim, m, s.state, s.lcm, s.at_s);
	}
}

/* --- lookups ----------------------------------------------------------------------------- */

size_t
model_vm_from(const struct sim *sim, int id)
{
	size_t lo = 0, hi = sim->n_vms, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (sim->vms[mid]->v.id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct machine *
model_vm(const struct sim *sim, int id)
{
	size_t i = model_vm_from(sim, id);

	return i < sim->n_vms && sim->vms[i]->v.id == id ? sim->vms[i] : NULL;
}

struct host *
model_host(const struct sim *sim, int id)
{
	size_t i;

	for (i = 0; i < sim->n_hosts; i++)
		if (sim->hosts[i].h.id == id)
			return &sim->hosts[i];
	return NULL;
}

struct sim_user *
model_user(const struct sim *sim, int id)
{
	size_t i;

	for (i = 0; i < sim->n_users; i++)
		if (sim->users[i].id == id)
			return &sim->users[i];
	return NULL;
}

struct sim_user *
model_user_by_name(const struct sim *sim, const char *name)
{
	size_t i;

	for (i = 0; i < sim->n_users; i++)
		if (strcmp(sim->users[i].name, name) == 0)
			return &sim->users[i];
	return NULL;
}

const char *
model_attr(const struct sim_attr *attrs, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(attrs[i].name, name) == 0)
			return attrs[i].value;
	return NULL;
}

void
model_set_attr(struct sim *sim, struct sim_vm *v, const char *name, const char *value)
{
	struct sim_attr *copy = x_calloc(v->n_attrs + 1, sizeof(*copy));
	size_t i, n = 0;

	for (i = 0; i < v->n_attrs; i++)
		if (strcmp(v->attrs[i].name, name) != 0)
			copy[n++] = v->attrs[i];
	copy[n].name = name;
	copy[n++].value = value;
	v->attrs = model_keep_attrs(sim, copy, n);
	v->n_attrs = n;
	free(copy);
}

/* --- machines in time -------------------------------------------------------------------- */

void
model_enter(struct sim *sim, struct machine *m, int state, int lcm, int64_t at_s)
{
	struct sim_history *h = m->v.n_history > 0 ? &m->hist[m->v.n_history - 1] : NULL;
	const char *from = sim_state_str(sim->era, m->v.state, m->v.lcm);
	const char *to = sim_state_str(sim->era, state, lcm);

	if (m->v.state == 6) /* nothing comes back from DONE */
		return;
	log_add(sim, "state vm=%d %s -> %s at=%lld", m->v.id, from != NULL ? from : "?",
	    to != NULL ? to : "?", (long long)at_s);
	m->v.state = state;
	m->v.lcm = lcm;
	if (state == 3 && lcm == 1 && h == NULL && m->v.host >= 0) {
		/* its first placement */
		h = &m->hist[m->v.n_history++];
		memset(h, 0, sizeof(*h));
		h->hid = m->v.host;
		h->stime = h->pstime = at_s;
	}
	if (state == 6 || (state == 7 && sim->era == SIM_321))
		m->v.etime_s = at_s;
	if (h == NULL)
		return;
	if (state == 3 && lcm == 2 && h->rstime == 0)
		h->petime = h->rstime = at_s;
	if (state == 3 && lcm == 3 && m->v.deploy_id[0] == '\0')
		m->v.deploy_id = model_deploy_id(sim, m);
	if (state == 3 && lcm == 3) {
		h->retime = h->estime = h->eetime = h->etime = 0;
		if (h->rstime == 0)
			h->petime = h->rstime = at_s;
	}
	if ((state != 3 || (lcm >= 10 && lcm <= 11) || (lcm >= 40 && lcm <= 42)) &&
	    h->retime == 0 && h->rstime != 0)
		h->retime = at_s;
	if (state == 6 || state == 7)
		h->etime = at_s;
	if (sim->era == SIM_321 && h->action == 3) /* finalize cleans up without an epilog */
		return;
	if (((state == 3 && (lcm == 11 || lcm == 40)) || state == 6) && h->estime == 0)
		h->estime = at_s;
	if (state == 6)
		h->eetime = at_s;
}

/* The daemon's number for an action in HISTORY/ACTION (7.2.0) or REASON (3.2.1). */
static int
action_number(enum sim_era era, const char *verb)
{
	if (era == SIM_321)
		return strcmp(verb, "finalize") == 0 ? 3 : 0;
	return strcmp(verb, "terminate") == 0 ? 27 : 28;
}

static void
add_zombie(struct sim *sim, int host_id, int vm_id)
{
	struct host *h = model_host(sim, host_id);
	int *ids;

	if (h == NULL)
		return;
	ids = arena_calloc(sim->arena, h->h.n_zombies + 1, sizeof(*ids));
	BUG_ON(ids == NULL);
	if (h->h.n_zombies > 0)
		memcpy(ids, h->h.zombies, h->h.n_zombies * sizeof(*ids));
	ids[h->h.n_zombies++] = vm_id;
	h->h.zombies = ids;
}

void
model_kill(struct sim *sim, struct machine *m, const char *verb)
{
	int64_t now = model_now(sim), s = m->v.kill_s;
	/* only a guest that may be up is shut down; the rest goes to the clean-up at once */
	int lcm =
	    m->v.state == 3 && (m->v.lcm == 3 || m->v.lcm == 16 || m->v.lcm == 12) ? 12 : 11;
	int id = m->v.id;

	if (m->v.state == 6)
		return;
	model_forget_steps(sim, id);
	if (m->v.n_history > 0)
		m->hist[m->v.n_history - 1].action = action_number(sim->era, verb);
	switch (m->v.kill) {
	case SIM_KILL_NOW:
		model_enter(sim, m, 6, 0, now);
		break;
	case SIM_KILL_LATE:
		model_enter(sim, m, 3, lcm, now);
		if (lcm == 12)
			model_add_step(sim, id, now + s / 2, 3, 11);
		model_add_step(sim, id, now + s, 6, 0);
		break;
	case SIM_KILL_NEVER:
		model_enter(sim, m, 3, lcm, now);
		break;
	case SIM_KILL_BOUNCE:
		model_enter(sim, m, 3, lcm, now);
		model_add_step(sim, id, now + s, 3, 3);
		model_add_step(sim, id, now + 2 * s, 3, 16);
		break;
	case SIM_KILL_EPILOG_FAILURE:
		model_enter(sim, m, 3, lcm, now);
		if (sim->era == SIM_321)
			model_add_step(sim, id, now + s, 7, 0);
		else
			model_add_step(sim, id, now + s, 3, 40);
		break;
	case SIM_KILL_ZOMBIE:
		add_zombie(sim, m->v.host, id);
		model_enter(sim, m, 6, 0, now);
		break;
	case SIM_KILL_DRIVER:
		model_enter(sim, m, 3, 3, now);
		break;
	}
	model_tick(sim);
}

int
model_next_id(const struct sim *sim)
{
	int last = sim->n_vms > 0 ? sim->vms[sim->n_vms - 1]->v.id : -1;

	return sim->next_id > last ? sim->next_id : last + 1;
}

/* From RUNNING into the state that says so. */
static int
stop_running(struct sim *sim, int id, int state, int lcm)
{
	struct machine *m;
	int ret = -1;

	pthread_mutex_lock(&sim->lock);
	model_tick(sim);
	m = model_vm(sim, id);
	if (m != NULL && m->v.state == 3 && m->v.lcm == 3) {
		model_forget_steps(sim, id);
		model_enter(sim, m, state, lcm, model_now(sim));
		ret = 0;
	}
	pthread_mutex_unlock(&sim->lock);
	return ret;
}

int
sim_halt(struct sim *sim, int id)
{
	if (sim->era == SIM_321)
		return stop_running(sim, id, 3, 16);
	return stop_running(sim, id, 8, 0);
}

int
sim_crash(struct sim *sim, int id)
{
	return stop_running(sim, id, 3, 16);
}

int64_t
model_host_mon(const struct sim *sim, const struct host *h)
{
	if (h->h.mon_frozen_s > 0)
		return h->h.mon_frozen_s;
	return h->h.mon_age_s < 0 ? 0 : model_now(sim) - h->h.mon_age_s;
}
