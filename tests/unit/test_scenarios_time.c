/* SPDX-License-Identifier: ISC */
/*
 * The nasty scenarios 13 to 16 (reapers.md D.2): time. Grace is never shortened by a clock, a gap or a number.
 */
#include <time.h>

#include "cloud/vmxml.h"
#include "fleet.h"
#include "world.h"

#define GRACE_S 1800

/* --- 13 ------------------------------------------------------------------------------------ */

/*
 * The clock is set wrong after the first sweep and right again after the third. Whatever it says, nobody dies
 * before the grace has really passed; and somebody does in the end, so that the test would see it.
 */
static void
wrong_clock(int64_t by_s, bool boots, bool gate)
{
	int64_t real_s;
	struct world w;
	int i;

	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	for (i = 0; i < 9 && sent(&w) == 0; i++) {
		if (i == 1)
			jump(&w, by_s);
		if (i == 3)
			jump(&w, -by_s);
		if (boots && (i == 1 || i == 3))
			test_boot_id = i == 1 ? "22222222" : "33333333";
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		real_s = test_now_s - SIM_EPOCH;
		if (gate && (i == 1 || i == 3)) {
			assert_true(gate_closed(&w, GATE_CLOCK_JUMP));
			assert_string_equal(gate_code(GATE_CLOCK_JUMP), "clock-jump");
			assert_int_equal(sent(&w), 0);
		}
		assert_true(record_of(&w, 1)->earned_s <= real_s);
		if (sent(&w) > 0)
			assert_true(real_s >= GRACE_S);
		later(&w, 900);
	}
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

static void
s13_a_day_ahead(void **state)
{
	(void)state;
	wrong_clock(86400, false, true);
}

static void
s13_a_day_back(void **state)
{
	(void)state;
	wrong_clock(-86400, false, true);
}

static void
s13_daylight_saving_set_by_hand(void **state)
{
	(void)state;
	wrong_clock(3600, false, true);
	wrong_clock(-3600, false, true);
}

/* Summer time itself is nothing: the clock that counts has no zone. */
static void
s13_daylight_saving_of_the_zone(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Paris", 1);
	tzset();
	wrong_clock(0, false, false);
	unsetenv("TZ");
	tzset();
}

static void
s13_1970_after_the_battery_is_empty(void **state)
{
	(void)state;
	wrong_clock(1000 - SIM_EPOCH, true, true);
}

static void
s13_leap_second(void **state)
{
	(void)state;
	wrong_clock(1, false, false);
	wrong_clock(-1, false, false);
}

/* --- 14, 15 ---------------------------------------------------------------------------------- */

static void
s14_cron_did_not_run_for_a_week(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	assert_int_equal(record_of(&w, 1)->confirmations, 3);
	later(&w, 7 * 86400);
	sweep(&w, true);
	assert_int_equal(record_of(&w, 1)->confirmations, 1);
	assert_int_equal(record_of(&w, 1)->earned_s, 0);
	assert_true(has_veto(&w, 1, VETO_WITHIN_GRACE));
	assert_true(has_veto(&w, 1, VETO_CONFIRMATIONS));
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true); /* the grace has passed anew */
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

static void
s15_flapping_every_ten_minutes(void **state)
{
	struct world w;
	struct text t;
	const char *json = NULL;
	int64_t when_s;
	int i;

	(void)state;
	world_new(&w);
	add_unknown(&w, 1, 1, 10, "10.0.10.1");
	add_alive(&w, 200, 1, 10, "10.0.20.1");
	see("10.0.20.1", PROBE_ANSWERED);
	see("10.0.10.1", PROBE_SILENT);
	for (i = 0; i < 12; i++) {
		sim_set_state(w.sim, 1, 3, i % 2 == 0 ? 16 : 3);
		sweep(&w, true);
		assert_int_equal(record_of(&w, 1)->confirmations, i % 2 == 0 ? 1 : 0);
		assert_int_equal(record_of(&w, 1)->earned_s, 0);
		assert_int_equal(record_of(&w, 1)->flaps, (i + 1) / 2);
		if (i % 2 == 0)
			assert_true(has_veto(&w, 1, VETO_WITHIN_GRACE));
		later(&w, 600);
	}
	assert_int_equal(sent(&w), 0);
	sim_set_state(w.sim, 1, 3, 16);
	sweep(&w, true);
	assert_int_equal(ledger_explain(w.s.ledger, w.s.arena, 0, 1, &json, &when_s, NULL), 0);
	assert_non_null(json);
	text_init(&t, 64 * 1024);
	assert_int_equal(report_explain_text(json, when_s, false, &style_plain, &t, NULL), 0);
	assert_non_null(strstr(
	    t.p, "; recovered 6\n         times before (flapping)")); /* a line has its end */
	text_free(&t);
	world_free(&w);
}

/* --- 16 -------------------------------------------------------------------------------------- */

/* One machine as the cloud would describe it, with one time as given; FLEET_NOW is in 2027. */
static const char document[] =
    "<VM_POOL><VM><ID>42</ID><UID>7</UID><GID>100</GID><UNAME>alice</UNAME><GNAME>users</GNAME>"
    "<NAME>web</NAME><LAST_POLL>%s</LAST_POLL><STATE>3</STATE><LCM_STATE>16</LCM_STATE>"
    "<STIME>%s</STIME><ETIME>%s</ETIME><DEPLOY_ID>one-x</DEPLOY_ID>"
    "<TEMPLATE><CPU>1</CPU><MEMORY>1024</MEMORY><NIC><IP>10.0.1.42</IP><NETWORK>private</"
    "NETWORK>"
    "<NETWORK_ID>1</NETWORK_ID></NIC></TEMPLATE><USER_TEMPLATE></USER_TEMPLATE>"
    "<HISTORY_RECORDS><HISTORY><SEQ>0</SEQ><HOSTNAME>node4</HOSTNAME><HID>4</HID>"
    "<STIME>%s</STIME><RSTIME>%s</RSTIME><RETIME>%s</RETIME></HISTORY></HISTORY_RECORDS>"
    "</VM></VM_POOL>";
#define N_TIMES 6

/* Judge the machine of the document in the place of the inviting one. */
static enum verdict
judge_times(const char *const times[N_TIMES], enum veto *veto)
{
	struct fleet *f = fleet_new();
	struct vm_list vms = {NULL, 0};
	enum verdict verdict;
	struct vmxml *x;
	struct fault fault;
	char text[2048];

	snprintf(text, sizeof(text), document, times[0], times[1], times[2], times[3], times[4],
	    times[5]);
	x = vmxml_new(f->a, f->listing.era, 10, &vms);
	assert_int_equal(vmxml_feed(x, text, strlen(text)), 0);
	if (vmxml_end(x, &fault) != 0)
		fail_msg("%s", fault.msg);
	vmxml_free(x);
	assert_int_equal(vms.n, 1);
	f->vms[0] = vms.v[0];
	f->vms[0].full = true; /* and everything else about it is known */
	fleet_record_follows(f, 0);
	fleet_judge(f);
	verdict = f->out[0].verdict;
	*veto = f->out[0].veto;
	fleet_free(f);
	return verdict;
}

static void
s16_times_that_are_none(void **state)
{
	/* no number, and numbers that no clock can show */
	static const char *const odd[] = {"-1", "-2147483648", "9223372036854775807",
	    "9223372036854775808", "18446744073709551616", "99999999999999999999999999", "now",
	    "1e9", "0x10", "1 2", "12.5", "-", "+"};
	/* those as well say nothing about when it was created; "2147483648" is after FLEET_NOW */
	static const char *const no_creation[] = {
	    "0", "", " ", "1", "2147483648", "4294967296"};
	const char *times[N_TIMES];
	enum veto veto;
	size_t i, k;

	(void)state;
	for (k = 0; k < N_TIMES; k++)
		times[k] = "1790000000";
	times[2] = "0";
	assert_int_equal(judge_times(times, &veto), VERDICT_KILL); /* plausible times invite */
	for (k = 0; k < N_TIMES; k++) {
		const char *good = times[k];

		for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
			times[k] = odd[i];
			if (judge_times(times, &veto) == VERDICT_KILL)
				fail_msg("time %zu \"%s\": killed", k, odd[i]);
			assert_true(veto == VETO_NOT_READ || veto == VETO_TOO_YOUNG);
		}
		times[k] = good;
	}
	for (i = 0; i < sizeof(no_creation) / sizeof(no_creation[0]); i++) {
		times[1] = no_creation[i];
		if (judge_times(times, &veto) == VERDICT_KILL)
			fail_msg("created \"%s\": killed", no_creation[i]);
		assert_int_equal(veto, VETO_TOO_YOUNG);
	}
}

/* The host's own times: a host that was monitored at no plausible time was not monitored. */
static void
s16_a_host_monitored_at_no_plausible_time(void **state)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, 1, FLEET_NOW + 61,
	    (int64_t)INT32_MAX + 1, (int64_t)1 << 40, INT64_MAX};
	struct fleet *f = fleet_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		f->hosts[0].monitored_s = times[i];
		fleet_judge(f);
		assert_false(fleet_kills(f, 42));
		assert_int_equal(fleet_out(f, 42)->veto, VETO_HOST_STALE);
	}
	f->hosts[0].monitored_s = FLEET_NOW;
	fleet_judge(f);
	assert_true(fleet_kills(f, 42));
	fleet_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s13_a_day_ahead),
	    cmocka_unit_test(s13_a_day_back),
	    cmocka_unit_test(s13_daylight_saving_set_by_hand),
	    cmocka_unit_test(s13_daylight_saving_of_the_zone),
	    cmocka_unit_test(s13_1970_after_the_battery_is_empty),
	    cmocka_unit_test(s13_leap_second),
	    cmocka_unit_test(s14_cron_did_not_run_for_a_week),
	    cmocka_unit_test(s15_flapping_every_ten_minutes),
	    cmocka_unit_test(s16_times_that_are_none),
	    cmocka_unit_test(s16_a_host_monitored_at_no_plausible_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
