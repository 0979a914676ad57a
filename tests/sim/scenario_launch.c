/* SPDX-License-Identifier: ISC */
/*
 * scenario_launch: the lines about new machines: what they are made of, how they start, how their guests end.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

/* A word "key=number" into *out: 1 it was, 0 it is another word, -1 it is no number. */
static int
number(struct line *l, const char *word, const char *key, int64_t *out)
{
	const char *v = scenario_value(word, key);

	if (v == NULL)
		return 0;
	return scenario_int(l, v, out) == 0 ? 1 : -1;
}

int
scenario_network(struct sim *sim, struct line *l)
{
	const char *first = NULL, *v;
	int64_t id = -1, count = 250;
	struct in_addr a;
	size_t i;
	int got;

	for (i = 2; i < l->n; i++) {
		if ((v = scenario_value(l->word[i], "first")) != NULL) {
			if (inet_pton(AF_INET, v, &a) != 1)
				return scenario_error(l, "network: \"%s\" is no address", v);
			first = v;
			continue;
		}
		got = number(l, l->word[i], "id", &id);
		if (got == 0)
			got = number(l, l->word[i], "count", &count);
		if (got < 0)
			return -1;
		if (got == 0)
			return scenario_error(l, "network: what is \"%s\"?", l->word[i]);
	}
	if (id < 0)
		return scenario_error(l, "network NAME id=N");
	sim_add_network(sim, l->word[1], (int)id, first, (int)count);
	return 0;
}

/* Words that images and templates share: id=N, owner=USER, private. 1, 0, -1 as number(). */
static int
owned_word(struct sim *sim, struct line *l, const char *word, int64_t *id,
    const struct sim_user **owner, bool *everybody)
{
	const char *v = scenario_value(word, "owner");

	if (v != NULL) {
		*owner = model_user_by_name(sim, v);
		return *owner != NULL ? 1 : scenario_error(l, "owner: no user \"%s\"", v);
	}
	if (strcmp(word, "private") == 0) {
		*everybody = false;
		return 1;
	}
	return number(l, word, "id", id);
}

int
scenario_image(struct sim *sim, struct line *l)
{
	const struct sim_user *owner = &sim->users[0];
	struct sim_image image = {.everybody = true};
	int64_t id = -1;
	size_t i;
	int got;

	for (i = 2; i < l->n; i++) {
		if (strcmp(l->word[i], "persistent") == 0) {
			image.persistent = true;
			continue;
		}
		got = owned_word(sim, l, l->word[i], &id, &owner, &image.everybody);
		if (got < 0)
			return -1;
		if (got == 0)
			return scenario_error(l, "image: what is \"%s\"?", l->word[i]);
	}
	if (id < 0)
		return scenario_error(l, "image NAME id=N ...");
	image.id = (int)id;
	image.name = l->word[1];
	image.uid = owner->id;
	sim_add_image(sim, &image);
	return 0;
}

int
scenario_template(struct sim *sim, struct line *l)
{
	const struct sim_user *owner = &sim->users[0];
	struct sim_template t = {.everybody = true};
	const char *v;
	int64_t id = -1;
	size_t i;
	int got;

	for (i = 2; i < l->n; i++) {
		if ((v = scenario_value(l->word[i], "text")) != NULL) {
			t.text = v;
			continue;
		}
		got = owned_word(sim, l, l->word[i], &id, &owner, &t.everybody);
		if (got < 0)
			return -1;
		if (got == 0)
			return scenario_error(l, "template: what is \"%s\"?", l->word[i]);
	}
	if (id < 0 || t.text == NULL)
		return scenario_error(l, "template NAME id=N text=TEXT ...");
	t.id = (int)id;
	t.name = l->word[1];
	t.uid = owner->id;
	t.gid = owner->gid;
	t.uname = owner->name;
	t.gname = owner->gname;
	sim_add_template(sim, &t);
	return 0;
}

int
scenario_quota(struct sim *sim, struct line *l)
{
	const struct sim_user *old = l->n > 1 ? model_user_by_name(sim, l->word[1]) : NULL;
	struct sim_user u;
	int64_t x;
	size_t i;

	if (old == NULL)
		return scenario_error(l, "quota USER ..., with a user that is there");
	u = *old;
	for (i = 2; i < l->n; i++) {
		if (number(l, l->word[i], "vms", &x) == 1)
			u.quota_vms = (int)x;
		else if (number(l, l->word[i], "cpu", &x) == 1)
			u.quota_cpu = (double)x;
		else if (number(l, l->word[i], "memory", &x) == 1)
			u.quota_memory_mib = (int)x;
		else
			return scenario_error(l, "quota: what is \"%s\"?", l->word[i]);
	}
	sim_add_user(sim, &u);
	return 0;
}

int
scenario_kill(struct line *l, char *s, enum sim_kill *kill, int64_t *seconds)
{
	static const struct {
		const char *name;
		enum sim_kill kill;
	} kills[] = {{"now", SIM_KILL_NOW}, {"late", SIM_KILL_LATE}, {"never", SIM_KILL_NEVER},
	    {"bounce", SIM_KILL_BOUNCE}, {"epilog-failure", SIM_KILL_EPILOG_FAILURE},
	    {"zombie", SIM_KILL_ZOMBIE}, {"driver", SIM_KILL_DRIVER}};
	char *colon = strchr(s, ':');
	size_t i;

	if (colon != NULL) {
		*colon = '\0';
		if (scenario_int(l, colon + 1, seconds) != 0)
			return -1;
	}
	for (i = 0; i < sizeof(kills) / sizeof(kills[0]); i++)
		if (strcmp(kills[i].name, s) == 0) {
			*kill = kills[i].kill;
			return 0;
		}
	return scenario_error(l, "kill: no way \"%s\"", s);
}

static int
phase(struct line *l, const char *s, struct sim_launch *launch)
{
	static const char *const phases[] = {"pending", "prolog", "boot"};
	size_t i;

	for (i = 0; i < 3; i++)
		if (strcmp(phases[i], s) == 0) {
			launch->ends = true;
			launch->last = (enum sim_phase)i;
			return 0;
		}
	return scenario_error(l, "launch: no phase \"%s\"", s);
}

int
scenario_launch(struct sim *sim, struct line *l)
{
	struct sim_launch launch = {.pending_s = 1, .prolog_s = 1, .boot_s = 1};
	int64_t next = -1;
	const char *v;
	size_t i;
	int got;

	for (i = 1; i < l->n; i++) {
		if ((v = scenario_value(l->word[i], "stays")) != NULL)
			got = phase(l, v, &launch) == 0 ? 1 : -1;
		else if ((v = scenario_value(l->word[i], "fails")) != NULL) {
			launch.fails = true;
			got = phase(l, v, &launch) == 0 ? 1 : -1;
		} else if ((v = scenario_value(l->word[i], "kill")) != NULL)
			got = scenario_kill(l, (char *)v, &launch.kill, &launch.kill_s) == 0
				  ? 1
				  : -1;
		else if ((got = number(l, l->word[i], "pending", &launch.pending_s)) == 0 &&
			 (got = number(l, l->word[i], "prolog", &launch.prolog_s)) == 0 &&
			 (got = number(l, l->word[i], "boot", &launch.boot_s)) == 0)
			got = number(l, l->word[i], "next-id", &next);
		if (got < 0)
			return -1;
		if (got == 0)
			return scenario_error(l, "launch: what is \"%s\"?", l->word[i]);
	}
	if (launch.fails && launch.last == SIM_PENDING)
		return scenario_error(l, "launch: nothing fails while it is pending");
	sim_set_launch(sim, &launch);
	if (next >= 0)
		sim_set_next_id(sim, (int)next);
	return 0;
}

int
scenario_halt(struct sim *sim, struct line *l)
{
	bool halt = strcmp(l->word[0], "halt") == 0;
	int64_t id;

	if (l->n != 2 || scenario_int(l, l->word[1], &id) != 0)
		return scenario_error(l, "%s ID", l->word[0]);
	if ((halt ? sim_halt(sim, (int)id) : sim_crash(sim, (int)id)) != 0)
		return scenario_error(l, "%s: machine %d is not RUNNING", l->word[0], (int)id);
	return 0;
}
