/* SPDX-License-Identifier: ISC */
/*
 * scenario: a cloud described in lines of text. The format is in vmsim.c; this reads it, and says
 * for a line that it does not understand which word it was.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "scenario.h"

/* --- words ------------------------------------------------------------------------------- */

int
scenario_error(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->err, l->err_size, fmt, ap);
	va_end(ap);
	return -1;
}

/* One escaped character at *p (behind the backslash); moves on. */
static char
unescape(const char **p)
{
	char c = *(*p)++, hex[3] = "";

	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'x':
		if (isxdigit((unsigned char)(*p)[0]) && isxdigit((unsigned char)(*p)[1])) {
			memcpy(hex, *p, 2);
			*p += 2;
			return (char)strtol(hex, NULL, 16);
		}
		return 'x';
	default:
		return c;
	}
}

/* Split into words; quotes may stand anywhere in a word. */
static int
split(struct line *l, const char *s)
{
	char *out = l->buf;
	bool quoted;

	for (l->n = 0;; l->n++) {
		s += strspn(s, " \t\r\n");
		if (*s == '\0' || (*s == '#' && l->n == 0))
			return 0;
		if (l->n == LINE_WORDS)
			return scenario_error(l, "too many words");
		l->word[l->n] = out;
		for (quoted = false; *s != '\0' && (quoted || strchr(" \t\r\n", *s) == NULL);) {
			if (out - l->buf >= (ptrdiff_t)sizeof(l->buf) - 2)
				return scenario_error(l, "line too long");
			if (*s == '"') {
				quoted = !quoted;
				s++;
			} else if (quoted && *s == '\\' && s[1] != '\0') {
				s++;
				*out++ = unescape(&s);
			} else
				*out++ = *s++;
		}
		if (quoted)
			return scenario_error(l, "a quote is not closed");
		*out++ = '\0';
	}
}

/* The value of a word "key=value", or NULL when it is another key. */
const char *
scenario_value(const char *word, const char *key)
{
	size_t n = strlen(key);

	return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

int
scenario_int(struct line *l, const char *s, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0')
		return scenario_error(l, "\"%s\" is not a number", s);
	return 0;
}

int
scenario_state(struct line *l, enum sim_era era, const char *s, int *state, int *lcm)
{
	char tail;

	if (sscanf(s, "%d/%d%c", state, lcm, &tail) == 2 ||
	    sim_state_parse(era, s, state, lcm) == 0)
		return 0;
	return scenario_error(l, "no state \"%s\" in this era", s);
}

/* NAME:VALUE, split in place. */
int
scenario_attr(struct line *l, const char *s, struct sim_attr *attrs, size_t *n)
{
	char *colon = strchr(s, ':');

	if (colon == NULL || *n == LINE_LIST)
		return scenario_error(l, "attr: \"%s\" is not NAME:VALUE, or too many", s);
	*colon = '\0';
	attrs[*n].name = s;
	attrs[(*n)++].value = colon + 1;
	return 0;
}

const struct host *
scenario_host(struct line *l, struct sim *sim, const char *name)
{
	size_t i;

	for (i = 0; i < sim->n_hosts; i++)
		if (strcmp(sim->hosts[i].h.name, name) == 0)
			return &sim->hosts[i];
	scenario_error(l, "no host \"%s\"", name);
	return NULL;
}

/* --- lines ------------------------------------------------------------------------------- */

static int
line_user(struct sim *sim, struct line *l)
{
	struct sim_attr attrs[LINE_LIST];
	struct sim_user u = {.sees_vms = true, .sees_hosts = true, .attrs = attrs};
	const struct sim_user *old;
	const char *v;
	int64_t x;
	size_t i;

	if (l->n < 3)
		return scenario_error(l, "user NAME PASSWORD ...");
	u.name = l->word[1];
	u.password = l->word[2];
	old = model_user_by_name(sim, u.name);
	u.id = old != NULL ? old->id : sim->users[sim->n_users - 1].id + 1;
	u.gid = u.id == 0 ? 0 : 1;
	u.gname = u.id == 0 ? "oneadmin" : "users";
	for (i = 3; i < l->n; i++) {
		if ((v = scenario_value(l->word[i], "id")) != NULL) {
			if (scenario_int(l, v, &x) != 0)
				return -1;
			u.id = (int)x;
		} else if ((v = scenario_value(l->word[i], "gid")) != NULL) {
			if (scenario_int(l, v, &x) != 0)
				return -1;
			u.gid = (int)x;
		} else if ((v = scenario_value(l->word[i], "group")) != NULL)
			u.gname = v;
		else if ((v = scenario_value(l->word[i], "sees")) != NULL) {
			u.sees_vms = strstr(v, "vms") != NULL;
			u.sees_hosts = strstr(v, "hosts") != NULL;
			u.sees_users = strstr(v, "users") != NULL;
		} else if ((v = scenario_value(l->word[i], "attr")) != NULL) {
			if (scenario_attr(l, v, attrs, &u.n_attrs) != 0)
				return -1;
		} else if (strcmp(l->word[i], "manage") == 0)
			u.may_manage = true;
		else if (strcmp(l->word[i], "disabled") == 0)
			u.disabled = true;
		else if (strcmp(l->word[i], "no-create") == 0)
			u.may_not_create = true;
		else if (strcmp(l->word[i], "asc") == 0)
			u.list_asc = true;
		else
			return scenario_error(l, "user: what is \"%s\"?", l->word[i]);
	}
	sim_add_user(sim, &u);
	return 0;
}

static int
host_mon(struct sim *sim, struct line *l, const char *v, struct sim_host *h)
{
	(void)sim;
	if (strcmp(v, "never") == 0) {
		h->mon_age_s = -1;
		return 0;
	}
	if (*v == '@')
		return scenario_int(l, v + 1, &h->mon_frozen_s);
	return scenario_int(l, v, &h->mon_age_s);
}

static int
line_host(struct sim *sim, struct line *l)
{
	int zombies[LINE_LIST];
	struct sim_host h = {.state = 2, .mon_age_s = 20, .zombies = zombies};
	const char *v;
	char *end;
	int64_t x;
	size_t i;

	if (l->n < 2)
		return scenario_error(l, "host NAME ...");
	h.name = l->word[1];
	h.id = sim->n_hosts > 0 ? sim->hosts[sim->n_hosts - 1].h.id + 1 : 0;
	for (i = 0; i < sim->n_hosts; i++)
		if (strcmp(sim->hosts[i].h.name, h.name) == 0)
			h.id = sim->hosts[i].h.id;
	for (i = 2; i < l->n; i++) {
		if ((v = scenario_value(l->word[i], "id")) != NULL) {
			if (scenario_int(l, v, &x) != 0)
				return -1;
			h.id = (int)x;
		} else if ((v = scenario_value(l->word[i], "state")) != NULL) {
			if (scenario_int(l, v, &x) != 0)
				return -1;
			h.state = (int)x;
		} else if ((v = scenario_value(l->word[i], "mon")) != NULL) {
			if (host_mon(sim, l, v, &h) != 0)
				return -1;
		} else if ((v = scenario_value(l->word[i], "wild")) != NULL)
			h.wild = v;
		else if ((v = scenario_value(l->word[i], "error")) != NULL)
			h.error = v;
		else if ((v = scenario_value(l->word[i], "zombies")) != NULL) {
			for (; *v != '\0' && h.n_zombies < LINE_LIST;
			     v = *end == ',' ? end + 1 : end) {
				zombies[h.n_zombies++] = (int)strtol(v, &end, 10);
				if (end == v)
					return scenario_error(l, "zombies: \"%s\"", v);
			}
		} else
			return scenario_error(l, "host: what is \"%s\"?", l->word[i]);
	}
	sim_add_host(sim, &h);
	return 0;
}

static int
line_fault(struct sim *sim, struct line *l)
{
	struct sim_fault f = {.kind = SIM_FAULT_NONE};
	const char *v;
	int64_t x;
	size_t i;
	int k;

	if (l->n < 3)
		return scenario_error(l, "fault METHOD|* KIND [ARG] ...");
	f.method = strcmp(l->word[1], "*") == 0 ? NULL : l->word[1];
	for (k = SIM_FAULT_DELAY; k <= SIM_FAULT_DRIP; k++)
		if (strcmp(sim_fault_str((enum sim_fault_kind)k), l->word[2]) == 0)
			f.kind = (enum sim_fault_kind)k;
	if (f.kind == SIM_FAULT_NONE)
		return scenario_error(l, "no fault \"%s\"", l->word[2]);
	for (i = 3; i < l->n; i++) {
		if ((v = scenario_value(l->word[i], "times")) != NULL) {
			if (scenario_int(l, v, &x) != 0)
				return -1;
			f.times = (int)x;
		} else if ((v = scenario_value(l->word[i], "skip")) != NULL) {
			if (scenario_int(l, v, &x) != 0)
				return -1;
			f.skip = (int)x;
		} else if ((v = scenario_value(l->word[i], "text")) != NULL)
			f.text = v;
		else if (scenario_int(l, l->word[i], &f.arg) != 0)
			return -1;
	}
	sim_add_fault(sim, &f);
	return 0;
}

static int64_t
real_time(void *arg)
{
	(void)arg;
	return clock_wall_s();
}

static int
line_time(struct sim *sim, struct line *l)
{
	int64_t x;

	if (l->n != 2)
		return scenario_error(l, "%s SECONDS", l->word[0]);
	if (strcmp(l->word[1], "now") == 0) {
		sim_set_clock(sim, real_time, NULL);
		return 0;
	}
	if (scenario_int(l, l->word[1], &x) != 0)
		return -1;
	if (strcmp(l->word[0], "time") == 0)
		sim_set_time(sim, x);
	else
		sim_advance(sim, x);
	return 0;
}

static int
line_era(struct sim *sim, struct line *l)
{
	if (l->n == 2 && strcmp(l->word[1], sim_era_str(sim->era)) == 0)
		return 0;
	return scenario_error(l, "era stands in a file's first line: 7.2.0, 3.2.1 or 2.2");
}

static int
line_proxy(struct sim *sim, struct line *l)
{
	struct sim_proxy proxy = {NULL};

	if (l->n == 2 && strcmp(l->word[1], "off") == 0) {
		sim_set_proxy(sim, NULL);
		return 0;
	}
	if (l->n == 2)
		proxy.cert_user = scenario_value(l->word[1], "cert-user");
	if (l->n > 2 || (l->n == 2 && proxy.cert_user == NULL))
		return scenario_error(l, "proxy [cert-user=NAME] | off");
	sim_set_proxy(sim, &proxy);
	return 0;
}

static int
line_daemon(struct sim *sim, struct line *l)
{
	if (l->n != 2 || (strcmp(l->word[1], "up") != 0 && strcmp(l->word[1], "down") != 0))
		return scenario_error(l, "daemon up | down");
	sim_set_daemon(sim, strcmp(l->word[1], "up") == 0);
	return 0;
}

/* Lines whose words are: a machine's id, then up to three more. */
static int
line_machine(struct sim *sim, struct line *l)
{
	const char *what = l->word[0];
	int state = 0, lcm = 0;
	int64_t id, a = 0, b = 0;
	const struct host *h;

	if (strcmp(what, "host-state") == 0) {
		h = l->n == 3 ? scenario_host(l, sim, l->word[1]) : NULL;
		if (h == NULL || scenario_int(l, l->word[2], &a) != 0)
			return scenario_error(
			    l, "host-state NAME N, with a host that is there");
		sim_set_host_state(sim, h->h.id, (int)a);
		return 0;
	}
	if (l->n < 2 || scenario_int(l, l->word[1], &id) != 0 || model_vm(sim, (int)id) == NULL)
		return scenario_error(l, "%s ID ..., with a machine that is there", what);
	if (strcmp(what, "remove") == 0 && l->n == 2) {
		sim_remove_vm(sim, (int)id);
		return 0;
	}
	if (strcmp(what, "lock") == 0 && l->n >= 3) {
		if (scenario_int(l, l->word[2], &a) != 0 ||
		    (l->n > 3 && scenario_int(l, l->word[3], &b) != 0))
			return -1;
		sim_set_lock(sim, (int)id, (int)a, (int)b);
		return 0;
	}
	if (strcmp(what, "usage") == 0 && l->n == 4) {
		if (scenario_int(l, l->word[2], &a) != 0 ||
		    scenario_int(l, l->word[3], &b) != 0)
			return -1;
		sim_set_usage(sim, (int)id, (int)a, (int)b);
		return 0;
	}
	if (strcmp(what, "state") == 0 && l->n == 4) {
		if (scenario_int(l, l->word[2], &a) != 0 ||
		    scenario_int(l, l->word[3], &b) != 0)
			return -1;
		sim_set_state(sim, (int)id, (int)a, (int)b);
		return 0;
	}
	if (strcmp(what, "state") == 0 && l->n == 3) {
		if (scenario_state(l, sim->era, l->word[2], &state, &lcm) != 0)
			return -1;
		sim_set_state(sim, (int)id, state, lcm);
		return 0;
	}
	if (strcmp(what, "plan") == 0 && l->n == 4) {
		if (scenario_int(l, l->word[2], &a) != 0 ||
		    scenario_state(l, sim->era, l->word[3], &state, &lcm) != 0)
			return -1;
		sim_plan_state(sim, (int)id, a, state, lcm);
		return 0;
	}
	return scenario_error(l, "%s: wrong number of words", what);
}

static int
line_fleet(struct sim *sim, struct line *l)
{
	int64_t x;

	if (l->n != 2 || scenario_int(l, l->word[1], &x) != 0 || x < 0 || x > 10000000)
		return scenario_error(l, "fleet N");
	sim_add_fleet(sim, (int)x);
	return 0;
}

static int
line_clear(struct sim *sim, struct line *l)
{
	(void)l;
	sim_clear_faults(sim);
	return 0;
}

/* The user template of a machine, a line for each attribute. */
static int
show_attributes(struct sim *sim, struct line *l)
{
	const struct machine *m;
	char value[512];
	int64_t id;

	if (l->n != 2 || scenario_int(l, l->word[1], &id) != 0)
		return scenario_error(l, "attributes ID");
	pthread_mutex_lock(&sim->lock);
	m = model_vm(sim, (int)id);
	for (size_t i = 0; m != NULL && i < m->v.n_attrs; i++)
		fprintf(l->out, "%s=%s\n", m->v.attrs[i].name,
		    text_safe(value, sizeof(value), TEXT_TERM, m->v.attrs[i].value));
	pthread_mutex_unlock(&sim->lock);
	return m != NULL ? 0 : scenario_error(l, "there is no machine %s", l->word[1]);
}

/* Lines that answer: log, count, dump. All further words are one part, with a blank between them, quoted or not. */
static int
line_show(struct sim *sim, struct line *l)
{
	char part[512] = "";
	const char *s;
	const struct sim_vm *v;
	char *text, name[128];
	size_t i, opened, at_once;

	if (l->out == NULL)
		return scenario_error(l, "%s is a command, not part of a scenario", l->word[0]);
	for (i = 1; i < l->n; i++) {
		size_t at = strlen(part);

		snprintf(part + at, sizeof(part) - at, "%s%s", i > 1 ? " " : "", l->word[i]);
	}
	if (strcmp(l->word[0], "log") == 0 || strcmp(l->word[0], "shapes") == 0) {
		text = l->word[0][0] == 'l' ? sim_log_text(sim, part) : sim_shapes(sim);
		fputs(text, l->out);
		free(text);
	} else if (strcmp(l->word[0], "connections") == 0) {
		sim_connections(sim, &opened, &at_once);
		fprintf(l->out, "opened %zu at-once %zu\n", opened, at_once);
	} else if (strcmp(l->word[0], "count") == 0)
		fprintf(l->out, "%zu\n", sim_log_count(sim, part));
	else if (strcmp(l->word[0], "attributes") == 0)
		return show_attributes(sim, l);
	else {
		pthread_mutex_lock(&sim->lock);
		model_tick(sim);
		for (i = 0; i < sim->n_vms; i++) {
			v = &sim->vms[i]->v;
			s = sim_state_str(sim->era, v->state, v->lcm);
			fprintf(l->out, "%d %s %s %s\n", v->id, s != NULL ? s : "?", v->uname,
			    text_safe(name, sizeof(name), TEXT_TERM, v->name));
		}
		pthread_mutex_unlock(&sim->lock);
	}
	return 0;
}

static const struct {
	const char *word;
	int (*run)(struct sim *sim, struct line *l);
} lines[] = {
    {"era", line_era},
    {"proxy", line_proxy},
    {"daemon", line_daemon},
    {"time", line_time},
    {"advance", line_time},
    {"user", line_user},
    {"host", line_host},
    {"host-state", line_machine},
    {"network", scenario_network},
    {"image", scenario_image},
    {"template", scenario_template},
    {"quota", scenario_quota},
    {"launch", scenario_launch},
    {"halt", scenario_halt},
    {"crash", scenario_halt},
    {"vm", scenario_vm},
    {"state", line_machine},
    {"plan", line_machine},
    {"lock", line_machine},
    {"usage", line_machine},
    {"remove", line_machine},
    {"fleet", line_fleet},
    {"volume", scenario_volume},
    {"mount", scenario_mount},
    {"unmount", scenario_mount},
    {"metadata", scenario_metadata},
    {"fault", line_fault},
    {"no-faults", line_clear},
    {"log", line_show},
    {"count", line_show},
    {"connections", line_show},
    {"dump", line_show},
    {"attributes", line_show},
    {"shapes", line_show},
};

int
sim_scenario_line(struct sim *sim, const char *line, FILE *out, char *err, size_t err_size)
{
	struct line *l = x_calloc(1, sizeof(*l));
	size_t i;
	int ret;

	l->out = out;
	l->err = err;
	l->err_size = err_size;
	ret = split(l, line);
	if (ret == 0 && l->n > 0) {
		ret = scenario_error(l, "what is \"%.60s\"?", l->word[0]);
		for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			if (strcmp(lines[i].word, l->word[0]) == 0)
				ret = lines[i].run(sim, l);
	}
	free(l);
	return ret;
}

struct sim *
sim_scenario_read(const char *file, char *err, size_t err_size)
{
	char *line = NULL, why[256];
	size_t room = 0, number = 0;
	struct sim *sim = NULL;
	FILE *f = fopen(file, "r");
	char now[] = "time now";

	if (f == NULL) {
		snprintf(err, err_size, "%s: %s", file, strerror(errno));
		return NULL;
	}
	while (getline(&line, &room, f) >= 0) {
		number++;
		if (sim == NULL) {
			sim =
			    sim_new(strncmp(line, "era ", 4) == 0
					? sim_era_parse(line + 4, strcspn(line + 4, " \t\r\n"))
					: SIM_720);
			sim_scenario_line(sim, now, NULL, why, sizeof(why));
		}
		if (sim_scenario_line(sim, line, NULL, why, sizeof(why)) != 0) {
			snprintf(err, err_size, "%s:%zu: %s", file, number, why);
			sim_free(sim);
			sim = NULL;
			goto out;
		}
	}
	if (sim == NULL)
		snprintf(err, err_size, "%s: empty", file);
out:
	free(line);
	fclose(f);
	return sim;
}
