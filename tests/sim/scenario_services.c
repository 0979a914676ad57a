/* SPDX-License-Identifier: ISC */
/*
 * scenario_services: the lines of a scenario that describe StratusLab's Marketplace and pdisk.
 */
#include <string.h>

#include "scenario.h"

int
scenario_volume(struct sim *sim, struct line *l)
{
	struct sim_volume v = {.tag = "", .owner = "pdisk"};
	const char *s;

	if (l->n < 2)
		return scenario_error(l, "volume UUID ...");
	v.uuid = l->word[1];
	for (size_t i = 2; i < l->n; i++) {
		if ((s = scenario_value(l->word[i], "tag")) != NULL)
			v.tag = s;
		else if ((s = scenario_value(l->word[i], "owner")) != NULL)
			v.owner = s;
		else if ((s = scenario_value(l->word[i], "identifier")) != NULL)
			v.identifier = s;
		else if ((s = scenario_value(l->word[i], "count")) != NULL)
			v.count = s;
		else if ((s = scenario_value(l->word[i], "size")) != NULL)
			v.size = s;
		else if ((s = scenario_value(l->word[i], "quarantine")) != NULL)
			v.quarantine = s;
		else
			return scenario_error(l, "volume: what is \"%s\"?", l->word[i]);
	}
	sim_add_volume(sim, &v);
	return 0;
}

static bool
has_volume(const struct sim *sim, const char *uuid)
{
	for (size_t i = 0; i < sim->n_volumes; i++)
		if (strcmp(sim->volumes[i].v.uuid, uuid) == 0)
			return true;
	return false;
}

int
scenario_mount(struct sim *sim, struct line *l)
{
	if (l->n < 3 || l->n > 4 || !has_volume(sim, l->word[1]))
		return scenario_error(
		    l, "%s UUID ID [DEVICE], with a volume that is there", l->word[0]);
	if (strcmp(l->word[0], "unmount") == 0)
		sim_drop_mount(sim, l->word[1], l->word[2]);
	else
		sim_add_mount(sim, l->word[1], l->word[2], l->n > 3 ? l->word[3] : NULL);
	return 0;
}

int
scenario_metadata(struct sim *sim, struct line *l)
{
	struct sim_metadata m = {.id = NULL};
	const char *s;

	if (l->n < 3)
		return scenario_error(l, "metadata ID SHA1 ...");
	m.id = l->word[1];
	m.sha1 = l->word[2];
	for (size_t i = 3; i < l->n; i++) {
		if ((s = scenario_value(l->word[i], "endorser")) != NULL)
			m.endorser = s;
		else if ((s = scenario_value(l->word[i], "created")) != NULL) {
			if (scenario_int(l, s, &m.created_s) != 0)
				return -1;
		} else if ((s = scenario_value(l->word[i], "valid")) != NULL) {
			if (scenario_int(l, s, &m.valid_s) != 0)
				return -1;
		} else if ((s = scenario_value(l->word[i], "deprecated")) != NULL)
			m.deprecated = s;
		else if ((s = scenario_value(l->word[i], "location")) != NULL)
			m.location = s;
		else if ((s = scenario_value(l->word[i], "format")) != NULL)
			m.format = s;
		else if ((s = scenario_value(l->word[i], "bus")) != NULL)
			m.bus = s;
		else if ((s = scenario_value(l->word[i], "kind")) != NULL)
			m.kind = s;
		else
			return scenario_error(l, "metadata: what is \"%s\"?", l->word[i]);
	}
	sim_add_metadata(sim, &m);
	return 0;
}
