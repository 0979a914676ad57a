/* SPDX-License-Identifier: ISC */
/*
 * actions: the calls that change a machine. What is accepted in which state is the table that was
 * recorded by trying each (captures: state-operation-results.tsv).
 *
 * Every kill that is accepted or refused leaves a line of its own in the log.
 */
#include <string.h>

#include "inner.h"

/* Verbs that are not kills: from where they are accepted, and what then is. */
static const struct verb {
	const char *name;
	enum sim_era since; /* SIM_321: both eras */
	int from, from_lcm, to, to_lcm;
} verbs[] = {
    {"hold", SIM_321, 1, 0, 2, 0},
    {"release", SIM_321, 2, 0, 1, 0},
    {"stop", SIM_321, 3, 3, 4, 0},
    {"suspend", SIM_321, 3, 3, 5, 0},
    {"resume", SIM_321, 5, 0, 3, 3},
    {"resume", SIM_321, 4, 0, 1, 0},
    {"resume", SIM_720, 8, 0, 3, 3},
    {"resume", SIM_720, 9, 0, 1, 0},
    {"resume", SIM_720, 3, 16, 3, 3},
    {"poweroff", SIM_720, 3, 3, 8, 0},
    {"poweroff-hard", SIM_720, 3, 3, 8, 0},
    {"poweroff-hard", SIM_720, 3, 16, 8, 0},
    {"poweroff-hard", SIM_720, 3, 18, 8, 0},
    {"undeploy", SIM_720, 3, 3, 9, 0},
    {"undeploy-hard", SIM_720, 3, 3, 9, 0},
    {"reboot", SIM_720, 3, 3, 3, 3},
    {"reboot-hard", SIM_720, 3, 3, 3, 3},
    {"resched", SIM_720, 3, 3, 3, 3},
    {"unresched", SIM_720, 3, 3, 3, 3},
};

static bool
has_verb(enum sim_era era, const struct verb *v)
{
	return v->since == SIM_321 || era == SIM_720;
}

static bool
verb_known(enum sim_era era, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (has_verb(era, &verbs[i]) && strcmp(verbs[i].name, name) == 0)
			return true;
	return false;
}

/* Do it if the state allows: the row that did, or NULL. */
static const struct verb *
verb_run(struct sim *sim, struct machine *m, const char *name)
{
	const struct verb *v;
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		v = &verbs[i];
		if (!has_verb(sim->era, v) || strcmp(v->name, name) != 0 ||
		    m->v.state != v->from || m->v.lcm != v->from_lcm)
			continue;
		if (v->to != v->from || v->to_lcm != v->from_lcm)
			model_enter(sim, m, v->to, v->to_lcm, model_now(sim));
		return v;
	}
	return NULL;
}

static bool
is_kill(enum sim_era era, const char *verb)
{
	if (era == SIM_720)
		return strcmp(verb, "terminate") == 0 || strcmp(verb, "terminate-hard") == 0;
	return strcmp(verb, "finalize") == 0 || strcmp(verb, "shutdown") == 0 ||
	       strcmp(verb, "cancel") == 0;
}

static const char *
state_name(const struct call *c, const struct machine *m)
{
	const char *s = sim_state_str(c->sim->era, m->v.state, m->v.lcm);

	return s != NULL ? s : "UNDEFINED";
}

static void
action_720(const struct call *c, struct machine *m, const char *verb, long id)
{
	bool hard = strcmp(verb, "terminate-hard") == 0;

	if (!is_kill(SIM_720, verb) && !verb_known(SIM_720, verb))
		methods_failure(c, 2048, -1, "Action \"%s\" is not supported", verb);
	else if (is_kill(SIM_720, verb) && !states_may_terminate(m->v.state, m->v.lcm, hard))
		methods_failure(c, 2048, -1,
		    "Error performing action \"%s\": Could not terminate VM %ld, wrong state "
		    "%s.",
		    verb, id, state_name(c, m));
	else if (is_kill(SIM_720, verb)) {
		model_kill(c->sim, m, verb);
		methods_ok_int(c, id);
	} else if (verb_run(c->sim, m, verb) == NULL)
		methods_failure(c, 2048, -1,
		    "Error performing action \"%s\": This action is not available for state %s",
		    verb, state_name(c, m));
	else
		methods_ok_int(c, id);
}

static void
action_321(const struct call *c, struct machine *m, const char *verb, long id)
{
	if (!is_kill(SIM_321, verb) && !verb_known(SIM_321, verb))
		methods_failure(c, 8192, -1, "Internal error. Action result not defined");
	else if (strcmp(verb, "finalize") == 0 ||
		 (is_kill(SIM_321, verb) && m->v.state == 3 && m->v.lcm == 3)) {
		model_kill(c->sim, m, verb);
		methods_ok_int(c, id);
	} else if (is_kill(SIM_321, verb) || verb_run(c->sim, m, verb) == NULL)
		methods_failure(c, 2048, -1, "Wrong state to perform action");
	else
		methods_ok_int(c, id);
}

void
actions_vm_action(const struct call *c)
{
	const char *verb = c->req->params[1].text, *op = verb;
	long id = c->req->params[2].number;
	struct machine *m;
	int code = 0;

	if (strcmp(verb, "terminate-hard") ==
	    0) /* one operation for both in the lists of rights */
		op = "terminate";
	if (c->sim->era == SIM_321 && id == -1 && methods_is_admin(c->user) &&
	    strcmp(verb, "finalize") == 0) {
		methods_ok_int(c, id); /* recorded: success, and a bogus row */
		log_add(c->sim, "kill accepted vm=-1 verb=finalize user=%s", c->user->name);
		return;
	}
	m = methods_vm(c, id, METHODS_MANAGE, op);
	if (m != NULL && c->sim->era == SIM_720)
		action_720(c, m, verb, id);
	else if (m != NULL)
		action_321(c, m, verb, id);
	if (!is_kill(c->sim->era, verb))
		return;
	if (strcmp(c->answer->outcome, "ok") == 0)
		log_add(
		    c->sim, "kill accepted vm=%ld verb=%s user=%s", id, verb, c->user->name);
	else if (sscanf(c->answer->outcome, "error %d", &code) == 1)
		log_add(c->sim, "kill refused vm=%ld verb=%s user=%s code=%d", id, verb,
		    c->user->name, code);
}

/* One NAME=VALUE or NAME="VALUE" at *p; moves on. 1 read, 0 end, -1 syntax error. */
static int
read_attr(struct sim *sim, const char **p, const char **name, const char **value)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
	struct text s;
	size_t n;

	*p += strspn(*p, " \t\r\n");
	if (**p == '\0')
		return 0;
	n = strspn(*p, letters);
	if (n == 0 || (*p)[n + strspn(*p + n, " \t")] != '=')
		return -1;
	text_init(&s, DOC_MAX);
	text_addn(&s, *p, n);
	*name = model_keep(sim, s.p);
	text_reset(&s);
	*p += n + strspn(*p + n, " \t") + 1;
	*p += strspn(*p, " \t");
	if (**p == '"') {
		for (++*p; **p != '\0' && **p != '"'; ++*p) {
			if (**p == '\\' && (*p)[1] != '\0')
				++*p;
			text_addc(&s, **p);
		}
		if (**p == '"')
			++*p;
		else
			n = 0; /* not closed */
	} else {
		text_addn(&s, *p, strcspn(*p, "\r\n"));
		*p += strcspn(*p, "\r\n");
	}
	*value = model_keep(sim, s.p);
	if (strstr(s.p, "]]>") != NULL)
		n = 0;
	text_free(&s);
	return n > 0 ? 1 : -1;
}

void
actions_vm_update(const struct call *c)
{
	long id = c->req->params[1].number;
	struct machine *m = methods_vm(c, id, METHODS_MANAGE, "update");
	const char *p, *name, *value;
	int got;

	if (m == NULL)
		return;
	for (p = c->req->params[2].text; (got = read_attr(c->sim, &p, &name, &value)) == 1;)
		;
	if (got < 0) {
		methods_failure(c, 2048, -1,
		    "Parse error: syntax error, unexpected $end, expecting CBRACKET or "
		    "VARIABLE at line "
		    "1, columns 0:1");
		return;
	}
	if (c->req->params[3].number == 0) {
		m->v.attrs = NULL;
		m->v.n_attrs = 0;
		m->v.labels = m->v.error = NULL;
	}
	for (p = c->req->params[2].text; read_attr(c->sim, &p, &name, &value) == 1;) {
		if (strcmp(name, "LABELS") == 0)
			m->v.labels = value;
		else if (strcmp(name, "ERROR") == 0)
			m->v.error = value;
		else
			model_set_attr(c->sim, &m->v, name, value);
	}
	methods_ok_int(c, id);
}

void
actions_vm_lock(const struct call *c)
{
	long id = c->req->params[1].number, level = c->req->params[2].number;
	struct machine *m = methods_vm(c, id, METHODS_MANAGE, "lock");

	if (m == NULL)
		return;
	m->v.lock = level == 4 ? 1 : (int)level; /* recorded: 4, all, is stored as 1 */
	m->v.lock_owner = c->user->id;
	m->lock_s = model_now(c->sim);
	methods_ok_int(c, id);
}

void
actions_vm_unlock(const struct call *c)
{
	long id = c->req->params[1].number;
	struct machine *m = methods_vm(c, id, METHODS_USE, "unlock");

	if (m == NULL)
		return;
	if (m->v.lock_owner != c->user->id && !methods_is_admin(c->user)) {
		methods_failure(c, 2048, -1, "Error trying to unlock the resource.");
		return;
	}
	m->v.lock = 0;
	methods_ok_int(c, id);
}
