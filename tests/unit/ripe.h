/* SPDX-License-Identifier: ISC */
/*
 * ripe: the world of the scenarios about answers (reapers.md D.2, 41 to 50): machine 1 may be killed by the next
 * sweep, and a forger stands between vmreaper and the cloud. Whatever is wrong with an answer must keep it.
 */
#ifndef RIPE_H
#define RIPE_H

#include "forger.h"
#include "world.h"

#define POOL	  "one.vmpool.infoextended"
#define ACTION	  "one.vm.action"
#define OPEN	  "<?xml version=\"1.0\"?>\n<methodResponse><params><param><value><array><data>"
#define CLOSE	  "</data></array></value></param></params></methodResponse>\n"
#define YES	  "<value><boolean>1</boolean></value>"
#define NO	  "<value><boolean>0</boolean></value>"
#define STR(s)	  "<value><string>" s "</string></value>"
#define INT(t, v) "<value><" t ">" v "</" t "></value>"
#define MORE	  INT("i4", "0")

/* The world with a forger between; machine 1 is ripe. */
static inline struct forger *
ripe(struct world *w, enum sim_era era)
{
	const struct world_options old = {
	    .era = SIM_321, .cloud = "version = 3.2.1\naccount = 6:reaper\n"};
	struct forger *g;

	if (era == SIM_720)
		world_new(w);
	else
		world_of(w, &old);
	g = forger_start(w->sim);
	w->p->cloud.endpoint = forger_url(g);
	if (era == SIM_720) {
		add_failed(w, 1, SIM_KILL_NOW, 0);
	} else {
		struct sim_vm vm = a_machine(1, 1, NULL);

		vm.state = 7; /* FAILED */
		vm.lcm = 0;
		sim_add_vm(w->sim, &vm);
	}
	ripen(w);
	return g;
}

static inline void
ripe_end(struct world *w, struct forger *g)
{
	sweep_free(&w->s); /* closes its connections first */
	forger_stop(g);
	world_free(w);
}

/* The last sweep: refused, exit 3 as a plugin, nothing sent, and the mark still there. */
static inline void
expect_refused(struct world *w, const char *name)
{
	if (w->rc != -1 || w->s.report.status.complete || plugin_state(w) != STATE_UNKNOWN)
		fail_msg("%s: rc %d, complete %d, state %s", name, w->rc,
		    w->s.report.status.complete, state_str(plugin_state(w)));
	if (w->f.msg[0] == '\0' || sent(w) != 0)
		fail_msg("%s: \"%s\", %zu sent", name, w->f.msg, sent(w));
	assert_int_equal(remembered(w).id, 1);
	assert_int_equal(remembered(w).confirmations, 3);
}

#endif
