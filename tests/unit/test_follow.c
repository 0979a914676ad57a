/* SPDX-License-Identifier: ISC */
/*
 * test_follow: what the next sweep makes of a kill, from every outcome and for every thing that the listing may
 * show (A3 to A5), each limit from both sides, and that the journal says what the sweep says.
 */
#include "act/act.h"
#include "ledger_box.h"

#define NOW (T0 + DAY)

enum {
	ZOMBIE = 1, /* a host lists it */
	ANSWERS = 2, /* its first address answers */
	SECOND_ANSWERS = 4, /* its second one does */
	LEASED = 8, /* another machine has its first address now */
	LEASED_DONE = 16, /* another one had it, and is Done */
	OTHER_LIFE = 32, /* the id was used again */
	OTHER_OWNER = 64 /* the machine was given away */
};

#define GONE (-1), 0

struct follow_case {
	const char *name;
	enum outcome was;
	int64_t age_s; /* of the intent, and of the outcome */
	int32_t state, lcm; /* in the listing; GONE: not in it */
	unsigned facts;
	enum outcome want;
};

/* clang-format off */
static const struct follow_case cases[] = {
    {"on its way", OUTCOME_ACCEPTED, 899, 3, 11, 0, OUTCOME_ACCEPTED},
    {"on its way for too long", OUTCOME_ACCEPTED, 900, 3, 11, 0, OUTCOME_STUCK},
    {"stuck, still on its way", OUTCOME_STUCK, 5000, 3, 11, 0, OUTCOME_STUCK},
    {"not begun yet", OUTCOME_ACCEPTED, 899, 3, 16, 0, OUTCOME_ACCEPTED},
    {"Unknown again", OUTCOME_ACCEPTED, 900, 3, 16, 0, OUTCOME_BOUNCED},
    {"failed on its way, not late", OUTCOME_ACCEPTED, 899, 3, 40, 0, OUTCOME_ACCEPTED},
    {"failed on its way", OUTCOME_ACCEPTED, 900, 3, 40, 0, OUTCOME_STUCK},
    {"switched off", OUTCOME_ACCEPTED, 900, 8, 0, 0, OUTCOME_STUCK},
    {"runs again", OUTCOME_ACCEPTED, 60, 3, 3, 0, OUTCOME_BOUNCED},
    {"stuck, runs again", OUTCOME_STUCK, 5000, 3, 3, 0, OUTCOME_BOUNCED},
    {"Done", OUTCOME_ACCEPTED, 60, 6, 0, 0, OUTCOME_DONE},
    {"not in the listing", OUTCOME_ACCEPTED, 60, GONE, 0, OUTCOME_DONE},
    {"stuck, then Done", OUTCOME_STUCK, 5000, 6, 0, 0, OUTCOME_DONE},
    {"bounced, then Done", OUTCOME_BOUNCED, 5000, 6, 0, 0, OUTCOME_DONE},
    {"its id was used again", OUTCOME_ACCEPTED, 60, 3, 3, OTHER_LIFE, OUTCOME_DONE},
    {"given to another owner, runs", OUTCOME_ACCEPTED, 60, 3, 3, OTHER_OWNER, OUTCOME_BOUNCED},
    {"given to another owner, long ago", OUTCOME_ACCEPTED, 5000, 3, 16, OTHER_OWNER, OUTCOME_BOUNCED},
    {"given to another owner, Done", OUTCOME_STUCK, 5000, 6, 0, OTHER_OWNER, OUTCOME_DONE},

    {"crashed, as it was", OUTCOME_INTENT, 60, 3, 16, 0, OUTCOME_IN_DOUBT},
    {"crashed, on its way", OUTCOME_INTENT, 60, 3, 11, 0, OUTCOME_ACCEPTED},
    {"crashed, Done", OUTCOME_INTENT, 60, 6, 0, 0, OUTCOME_DONE},
    {"in doubt, as it was", OUTCOME_IN_DOUBT, 60, 3, 16, 0, OUTCOME_IN_DOUBT},
    {"in doubt, as it was, late", OUTCOME_IN_DOUBT, 5000, 3, 16, 0, OUTCOME_IN_DOUBT},
    {"in doubt, runs again", OUTCOME_IN_DOUBT, 5000, 3, 3, 0, OUTCOME_IN_DOUBT},
    {"in doubt, on its way", OUTCOME_IN_DOUBT, 899, 3, 11, 0, OUTCOME_ACCEPTED},
    {"in doubt, on its way, late", OUTCOME_IN_DOUBT, 900, 3, 11, 0, OUTCOME_STUCK},
    {"in doubt, not in the listing", OUTCOME_IN_DOUBT, 60, GONE, 0, OUTCOME_DONE},
    {"in doubt, Done, on a host", OUTCOME_IN_DOUBT, 5000, 6, 0, ZOMBIE, OUTCOME_DONE},

    {"Done, on a host one round later", OUTCOME_DONE, 359, GONE, ZOMBIE, OUTCOME_DONE},
    {"Done, on a host two rounds later", OUTCOME_DONE, 360, GONE, ZOMBIE, OUTCOME_ZOMBIE},
    {"Done just now, on a host", OUTCOME_ACCEPTED, 5000, 6, 0, ZOMBIE, OUTCOME_DONE},
    {"Done, on no host", OUTCOME_DONE, 360, GONE, 0, OUTCOME_DONE},
    {"Done, answers one round later", OUTCOME_DONE, 359, 6, 0, ANSWERS, OUTCOME_DONE},
    {"Done, answers two rounds later", OUTCOME_DONE, 360, 6, 0, ANSWERS, OUTCOME_ZOMBIE},
    {"Done, its second address answers", OUTCOME_DONE, 360, GONE, SECOND_ANSWERS, OUTCOME_ZOMBIE},
    {"Done, its address is leased again", OUTCOME_DONE, 360, GONE, ANSWERS | LEASED, OUTCOME_DONE},
    {"Done, one of two is leased again", OUTCOME_DONE, 360, GONE, ANSWERS | SECOND_ANSWERS | LEASED, OUTCOME_ZOMBIE},
    {"Done, its address was leased again", OUTCOME_DONE, 360, GONE, ANSWERS | LEASED_DONE, OUTCOME_ZOMBIE},
    {"Done, on a host, its address leased again", OUTCOME_DONE, 360, GONE, ZOMBIE | ANSWERS | LEASED, OUTCOME_ZOMBIE},
    {"Done, its record brought back", OUTCOME_DONE, 360, 3, 3, 0, OUTCOME_DONE},
    {"still a zombie", OUTCOME_ZOMBIE, 5000, GONE, ZOMBIE, OUTCOME_ZOMBIE},
    {"no zombie any more", OUTCOME_ZOMBIE, 60, GONE, 0, OUTCOME_DONE},
};
/* clang-format on */

/* What one sweep of a case sees. */
struct view_box {
	struct listing l;
	struct vm vms[2];
	struct vm_addr addr;
	struct host hosts[2];
	int64_t zombies[2];
	struct sightings s;
	struct addr addrs[2];
	struct sighting seen[2];
};

static void
see_case(struct view_box *v, const struct follow_case *c)
{
	const bool leased = (c->facts & (LEASED | LEASED_DONE)) != 0;

	memset(v, 0, sizeof(*v));
	assert_int_equal(net_addr_parse("10.0.0.1", &v->addrs[0]), 0);
	assert_int_equal(net_addr_parse("2001:db8::1", &v->addrs[1]), 0);
	for (size_t i = 0; i < 2; i++) {
		const bool answers = (c->facts & (i == 0 ? ANSWERS : SECOND_ANSWERS)) != 0;

		v->seen[i].ping.result = answers ? PROBE_ANSWERED : PROBE_SILENT;
		v->seen[i].ssh.result = answers ? PROBE_NOT_ASKED : PROBE_SILENT;
	}
	v->s = (struct sightings){.addrs = v->addrs, .seen = v->seen, .n = 2};
	v->l = (struct listing){.vms = v->vms,
	    .hosts = v->hosts,
	    .n_hosts = 2,
	    .complete = true,
	    .era = era_by_version("7.2.0")};
	if (c->state >= 0) {
		v->vms[v->l.n++] = (struct vm){.id = 7,
		    .stime_s = (c->facts & OTHER_LIFE) != 0 ? 2000 : 1007,
		    .uid = (c->facts & OTHER_OWNER) != 0 ? 6 : 5,
		    .state = c->state,
		    .lcm = c->lcm,
		    .cls = era_class(v->l.era, c->state, c->lcm)};
	}
	v->addr.a = v->addrs[0];
	if (leased)
		v->vms[v->l.n++] = (struct vm){.id = 9,
		    .cls = (c->facts & LEASED) != 0 ? VM_CLASS_OK : VM_CLASS_DONE,
		    .addrs = &v->addr,
		    .n_addrs = 1};
	v->hosts[0] = (struct host){.id = 1, .name = "node1"};
	v->hosts[1] =
	    (struct host){.id = 2, .name = "node2", .zombies = v->zombies, .n_zombies = 2};
	v->zombies[0] = 6;
	v->zombies[1] = (c->facts & ZOMBIE) != 0 ? 7 : 8;
}

/* offset_s: what the wall clock was set ahead by since the ledger began. The journal's own clock knows nothing of it. */
static void
follow_all(struct box *b, int64_t offset_s)
{
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct ledger_sweep w = a_sweep(T0, NULL, 0);
	struct act act = {.ledger = l, .offset_s = offset_s};
	struct policy p = {.reap = {.stuck_after_s = 900}};
	int64_t sweep = must_commit(b, l, &w);
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct follow_case *c = &cases[i];
		struct kill k = a_kill(sweep, 7, NOW - c->age_s), *rows;
		struct view_box v;
		size_t n;

		see_case(&v, c);
		k.row = must_kill(b, l, k, c->was);
		k.outcome = c->was;
		k.outcome_s = NOW - c->age_s;
		k.outcome_clock_s = k.outcome_s - offset_s;
		k.clock_s = k.intent_s - offset_s;
		k.detail = "";
		assert_int_equal(act_follow(&act, b->a, &p, &v.l, &v.s, &k, 1, NOW, &b->f), 0);
		assert_int_equal(ledger_kills(l, b->a, 7, 0, 1, &rows, &n, &b->f), 0);
		assert_int_equal(rows[0].row, k.row);
		if (k.outcome != c->want || rows[0].outcome != c->want ||
		    k.outcome_s != (c->want == c->was ? NOW - c->age_s : NOW)) {
			print_error("%s: %s (%s), wanted %s; %s, %lld s ago\n", c->name,
			    outcome_str(k.outcome), outcome_str(rows[0].outcome),
			    outcome_str(c->want), k.detail, (long long)(NOW - k.outcome_s));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	ledger_close(l);
}

static void
every_kill_is_followed_to_its_end(void **state)
{
	follow_all(*state, 0);
}

static void
the_age_of_a_kill_is_by_the_ledgers_own_clock(void **state)
{
	follow_all(*state, 7200);
}

/* Nothing was probed: an address proves nothing, a host still does. */
static void
without_sightings_hosts_still_speak(void **state)
{
	static const struct follow_case answers = {
	    "", OUTCOME_DONE, 360, GONE, ANSWERS, OUTCOME_DONE};
	static const struct follow_case zombie = {
	    "", OUTCOME_DONE, 360, GONE, ZOMBIE, OUTCOME_ZOMBIE};
	struct box *b = *state;
	struct ledger *l = must_open(b, LEDGER_SWEEP);
	struct ledger_sweep w = a_sweep(T0, NULL, 0);
	struct act act = {.ledger = l};
	struct policy p = {.reap = {.stuck_after_s = 900}};
	struct kill k = a_kill(must_commit(b, l, &w), 7, NOW - 360);
	struct view_box v;

	k.row = must_kill(b, l, k, OUTCOME_DONE);
	k.outcome = OUTCOME_DONE;
	k.outcome_s = k.outcome_clock_s = NOW - 360;
	see_case(&v, &answers);
	assert_int_equal(act_follow(&act, b->a, &p, &v.l, NULL, &k, 1, NOW, &b->f), 0);
	assert_int_equal(k.outcome, OUTCOME_DONE);
	see_case(&v, &zombie);
	assert_int_equal(act_follow(&act, b->a, &p, &v.l, NULL, &k, 1, NOW, &b->f), 0);
	assert_int_equal(k.outcome, OUTCOME_ZOMBIE);
	assert_string_equal(k.detail, "host node2 still runs it");
	ledger_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LEDGER_TEST(every_kill_is_followed_to_its_end),
	    LEDGER_TEST(the_age_of_a_kill_is_by_the_ledgers_own_clock),
	    LEDGER_TEST(without_sightings_hosts_still_speak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
