/* SPDX-License-Identifier: ISC */
/*
 * test_mail: letters through the whole pipeline (V8): to whom, how many, when again, and that nobody is killed whose
 * owner could not be told. The sendmail is a script; a real one is tests/once/mail's.
 */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tmpdir.h"
#include "world.h"

static char sendmail_path[64], hook_path[64];

static void
script(char path[64], const char *kind, const char *dir, const char *lines)
{
	FILE *fp;
	int fd;

	snprintf(path, 64, "%s/vmreaper-%s.XXXXXX", tmp_dir(), kind);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	fp = fopen(path, "w");
	assert_non_null(fp);
	fprintf(fp, "#!/bin/sh\nOUT=%s\n%s\n", dir, lines);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

/* alice (7) has an EMAIL, bob (8) as given (NULL: none); monitor may read them. */
static void
users(struct world *w, const char *email)
{
	static const struct sim_attr of_alice = {"EMAIL", "alice@example.org"};
	static struct sim_attr of_bob;
	struct sim_user u = {.id = 5,
	    .name = "monitor",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = true,
	    .sees_hosts = true,
	    .sees_users = true};

	of_bob = (struct sim_attr){"EMAIL", email};
	sim_add_user(w->sim, &u);
	u = (struct sim_user){.id = 7,
	    .name = "alice",
	    .password = "pw",
	    .gid = 101,
	    .gname = "users",
	    .attrs = &of_alice,
	    .n_attrs = 1};
	sim_add_user(w->sim, &u);
	u.id = 8;
	u.name = "bob";
	u.attrs = &of_bob;
	u.n_attrs = email != NULL;
	sim_add_user(w->sim, &u);
}

/* A world with a sendmail of these lines and more keys of [notify]. Each letter is appended to OUT/letters. */
static void
world_with_mail(struct world *w, const char *keys, const char *lines)
{
	static char section[512];

	signal(SIGPIPE, SIG_IGN);
	script(sendmail_path, "sendmail", "/nowhere", "exit 0");
	hook_path[0] = '\0';
	snprintf(section, sizeof(section),
	    "failures = 3\n[notify]\nmail = %s\nfrom = cloud@example.org\nnotice = 15m\n"
	    "timeout = 20s\n%s",
	    sendmail_path, keys);
	world_of(w, &(struct world_options){.era = SIM_720, .limits = section});
	unlink(sendmail_path);
	script(sendmail_path, "sendmail", w->dir, lines);
	w->p->notify.mail = sendmail_path;
	w->p->limits.storm_host = 100;
	users(w, NULL);
}

static void
end(struct world *w)
{
	unlink(sendmail_path);
	if (hook_path[0] != '\0')
		unlink(hook_path);
	world_free(w);
}

static const char keep_all[] = "{ echo \"ARGS $*\"; cat; echo END; } >> $OUT/letters";

/* A file of the world's directory; "" for none. */
static const char *
content(struct world *w, const char *name)
{
	static char buf[65536];
	char path[160];
	size_t n = 0;
	FILE *fp;

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	fp = fopen(path, "r");
	if (fp != NULL) {
		n = fread(buf, 1, sizeof(buf) - 1, fp);
		fclose(fp);
	}
	buf[n] = '\0';
	return buf;
}

static int
count_of(const char *s, const char *part)
{
	int n = 0;

	for (; (s = strstr(s, part)) != NULL; s++)
		n++;
	return n;
}

static int
letters(struct world *w, const char *part)
{
	return count_of(content(w, "letters"), part);
}

static void
add_of(struct world *w, int id, int uid, const char *owner)
{
	struct sim_vm vm = a_machine(id, 1, NULL);

	vm.uid = uid;
	vm.uname = owner;
	vm.state = 3;
	vm.lcm = 39;
	vm.kill = SIM_KILL_NOW;
	sim_add_vm(w->sim, &vm);
}

static void
one_letter_for_each_owner_and_one_for_the_administrators(void **state)
{
	struct world w;

	(void)state;
	world_with_mail(&w,
	    "administrators = root@localhost, ops@example.org\n"
	    "owners = bob=bob@other.example\n",
	    keep_all);
	add_of(&w, 1, 7, "alice");
	add_of(&w, 2, 8, "bob");
	add_of(&w, 3, 7, "alice");
	ripen(&w);
	assert_string_equal(content(&w, "letters"), ""); /* observing */
	sweep(&w, true);
	assert_int_equal(letters(&w, "ARGS -t -i\n"), 3);
	assert_int_equal(letters(&w, "\nTo: alice@example.org\nSubject: [test] 2 of your "
				     "machines will be killed\n"),
	    1);
	assert_int_equal(letters(&w, "\nTo: bob@other.example\nSubject: [test] 1 of your"), 1);
	assert_int_equal(
	    letters(&w, "\nTo: root@localhost,\n\tops@example.org\nSubject: [test] "
			"3 machines will be killed\n"),
	    1);
	assert_int_equal(letters(&w, "no address"), 0);
	assert_int_equal(letters(&w, "\n  1  "), 2); /* hers and the administrators' */
	assert_int_equal(letters(&w, "\n  2  "), 2);
	assert_int_equal(letters(&w, "\n  3  "), 2);
	assert_int_equal(sent(&w), 0);
	assert_non_null(finding_of(&w, "notice-sent", 3));
	assert_true(w.s.report.status.metrics[METRIC_UNTOLD] == 0);
	later(&w, 600);
	sweep(&w, true); /* told once, and too early */
	assert_int_equal(letters(&w, "ARGS"), 3);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(veto_of(&w, 2), VETO_NOTICE);
	later(&w, 900);
	sweep(&w, true); /* now, and they are told that it was done */
	assert_int_equal(sent(&w), 3);
	assert_int_equal(letters(&w, "ARGS"), 6);
	assert_int_equal(letters(&w, "\nTo: alice@example.org\nSubject: [test] 2 of your "
				     "machines were killed\n"),
	    1);
	assert_int_equal(
	    letters(&w, "\nTo: bob@other.example\nSubject: [test] 1 of your machines was"), 1);
	assert_int_equal(letters(&w, "Subject: [test] 3 machines were killed\n"), 1);
	assert_int_equal(letters(&w, "outcome done: it is gone\n"), 6);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(letters(&w, "ARGS"), 6);
	end(&w);
}

static void
administrators_are_told_in_the_place_of_an_owner_without_address(void **state)
{
	/* no EMAIL, and none that may go into a header */
	static const char *const emails[] = {
	    NULL, "bob@example.org\nBcc: all@example.org", "bob@a, eve@b", "|/bin/sh", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(emails) / sizeof(emails[0]); i++) {
		struct world w;

		world_with_mail(&w, "administrators = root@localhost\n", keep_all);
		users(&w, emails[i]);
		add_of(&w, 2, 8, "bob");
		ripen(&w);
		sweep(&w, true);
		assert_int_equal(letters(&w, "ARGS"), 1);
		assert_int_equal(letters(&w, "\nTo: root@localhost\n"), 1);
		assert_int_equal(letters(&w, "its owner has no address"), 1);
		assert_int_equal(letters(&w, "Bcc"), 0);
		later(&w, 900);
		sweep(&w, true);
		assert_int_equal(sent(&w), 1);
		assert_int_equal(letters(&w, "ARGS"), 2);
		end(&w);
	}
}

/* Which of two is hers? */
static void
two_addresses_are_none(void **state)
{
	static const struct sim_attr both[] = {
	    {"EMAIL", "alice@example.org"}, {"EMAIL", "eve@example.org"}};
	const struct sim_user u = {.id = 7,
	    .name = "alice",
	    .password = "pw",
	    .gid = 101,
	    .gname = "users",
	    .attrs = both,
	    .n_attrs = 2};
	struct world w;

	(void)state;
	world_with_mail(&w, "administrators = root@localhost\n", keep_all);
	sim_add_user(w.sim, &u);
	add_of(&w, 1, 7, "alice");
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(letters(&w, "ARGS"), 1);
	assert_int_equal(letters(&w, "\nTo: root@localhost\n"), 1);
	end(&w);
}

static void
who_has_no_address_at_all_is_kept(void **state)
{
	struct world w;

	(void)state;
	world_with_mail(&w, "", keep_all);
	add_of(&w, 1, 7, "alice");
	add_of(&w, 2, 8, "bob");
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(letters(&w, "ARGS"), 1);
	assert_non_null(strstr(finding_of(&w, "notice-failed", 2)->text, "no EMAIL"));
	assert_true(w.s.report.status.metrics[METRIC_UNTOLD] == 1);
	assert_int_equal(plugin_state(&w), STATE_WARNING);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_int_equal(veto_of(&w, 2), VETO_NOTICE);
	end(&w);
}

/* Who may not look does not know that there is no address; a cloud that does not answer is asked again. */
static void
an_owner_who_cannot_be_asked_for_is_not_told(void **state)
{
	struct sim_user blind = {.id = 5,
	    .name = "monitor",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = true,
	    .sees_hosts = true};
	/* behind those of the two accounts themselves */
	const struct sim_fault lost = {
	    .method = "one.user.info", .kind = SIM_FAULT_HTML, .skip = 2, .times = 1};
	struct world w;

	(void)state;
	world_with_mail(&w, "administrators = root@localhost\n", keep_all);
	add_of(&w, 1, 7, "alice");
	ripen(&w);
	sim_add_user(w.sim, &blind);
	sweep(&w, true);
	assert_int_equal(letters(&w, "ARGS"), 0);
	assert_non_null(finding_of(&w, "notice-failed", 1));
	assert_true(w.s.report.status.metrics[METRIC_UNTOLD] == 1);
	end(&w);
	world_with_mail(&w, "administrators = root@localhost\n", keep_all);
	add_of(&w, 1, 7, "alice");
	ripen(&w);
	sim_add_fault(w.sim, &lost);
	sweep(&w, true);
	assert_int_equal(letters(&w, "ARGS"), 0);
	assert_non_null(strstr(finding_of(&w, "notice-failed", 1)->text, "HTML"));
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(letters(&w, "\nTo: alice@example.org\n"), 1);
	assert_int_equal(sent(&w), 0);
	end(&w);
}

/* Three calls without an answer are enough for one sweep: the others are not held up, and are asked by the next one. */
static void
a_cloud_that_does_not_answer_is_not_asked_for_every_owner(void **state)
{
	const struct sim_fault lost = {.method = "one.user.info",
	    .kind = SIM_FAULT_CUT,
	    .arg = 10,
	    .skip = 2,
	    .times = 100};
	struct world w;
	int before;

	(void)state;
	world_with_mail(&w, "administrators = root@localhost\n", keep_all);
	for (int i = 0; i < 6; i++)
		add_of(&w, 1 + i, 20 + i, "somebody");
	ripen(&w);
	before = (int)sim_log_count(w.sim, "one.user.info ");
	sim_add_fault(w.sim, &lost);
	sweep(&w, true);
	assert_int_equal((int)sim_log_count(w.sim, "one.user.info ") - before, 2 + 3);
	assert_true(w.s.report.status.metrics[METRIC_UNTOLD] == 3);
	assert_int_equal(letters(&w, "ARGS"), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	end(&w);
}

/* What is not accepted is not told: late, failing, given up after three. */
static void
s56_a_letter_that_is_refused_keeps_the_machine(void **state)
{
	struct world w;

	(void)state;
	world_with_mail(&w, "administrators = root@localhost\n",
	    "cat > /dev/null; echo x >> $OUT/letters; echo 'queue is full'; exit 75");
	add_of(&w, 1, 7, "alice");
	add_of(&w, 2, 8, "bob");
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(letters(&w, "x\n"), 2);
	assert_non_null(
	    strstr(finding_of(&w, "notice-failed", 1)->text, "exit status 75: queue is full"));
	assert_non_null(finding_of(&w, "notice-failed", 2));
	assert_non_null(finding_of(&w, "administrators-not-told", -1));
	assert_true(w.s.report.status.metrics[METRIC_UNTOLD] == 3);
	later(&w, 1800);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(w.rc, 0);
	/* it works again: told late, killed later */
	unlink(sendmail_path);
	script(sendmail_path, "sendmail", w.dir, keep_all);
	w.p->notify.mail = sendmail_path;
	sweep(&w, true);
	assert_int_equal(letters(&w, "will be killed"), 2);
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 2);
	end(&w);
}

/* With a hook and mail both must accept, and the one that did is not asked again. */
static void
both_ways_must_accept_and_neither_hears_it_twice(void **state)
{
	struct world w;
	char broken[64];

	(void)state;
	world_with_mail(&w, "", "cat > /dev/null; exit 1");
	script(hook_path, "hook", w.dir, "cat > /dev/null; echo \"$1 $2\" >> $OUT/hook");
	w.p->notify.hook = hook_path;
	add_of(&w, 1, 7, "alice");
	ripen(&w);
	sweep(&w, true);
	later(&w, 900);
	sweep(&w, true);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	assert_string_equal(content(&w, "hook"), "notice 1\n");
	strcpy(broken, sendmail_path);
	script(sendmail_path, "sendmail", w.dir, keep_all);
	unlink(broken);
	sweep(&w, true);
	assert_int_equal(letters(&w, "ARGS"), 1);
	assert_int_equal(sent(&w), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	assert_string_equal(content(&w, "hook"), "notice 1\nkilled 1\n");
	end(&w);
}

/* The hook's word is of one mark: when the machine was well in between, it is told again. */
static void
what_the_hook_took_ends_with_the_mark(void **state)
{
	struct world w;

	(void)state;
	world_with_mail(&w, "", "cat > /dev/null; exit 1");
	script(hook_path, "hook", w.dir, "cat > /dev/null; echo \"$1 $2\" >> $OUT/hook");
	w.p->notify.hook = hook_path;
	add_of(&w, 1, 7, "alice");
	ripen(&w);
	sweep(&w, true);
	assert_string_equal(content(&w, "hook"), "notice 1\n");
	sim_set_state(w.sim, 1, 3, 1); /* PROLOG: it is tried again, and never ran */
	later(&w, 900);
	sweep(&w, true);
	sim_set_state(w.sim, 1, 3, 39);
	for (int i = 0; i < 6; i++) {
		later(&w, 900);
		sweep(&w, true);
	}
	assert_string_equal(content(&w, "hook"), "notice 1\nnotice 1\n");
	end(&w);
}

static void
an_alarm_is_told_once_while_it_stands(void **state)
{
	struct world w;

	(void)state;
	world_with_mail(&w, "administrators = root@localhost\n", keep_all);
	w.p->limits.storm_host = 3;
	for (int i = 1; i <= 6; i++)
		add_of(&w, i, 7, "alice");
	sweep(&w, false); /* observing: administrators are told, owners are not */
	assert_int_equal(letters(&w, "ARGS"), 1);
	assert_int_equal(letters(&w, "\nTo: root@localhost\nSubject: [test] vmreaper: 1 new "
				     "alarm\n"),
	    1);
	assert_int_equal(letters(&w, "\n  storm\n"), 1);
	later(&w, 900);
	sweep(&w, false);
	assert_int_equal(letters(&w, "ARGS"), 1);
	for (int i = 1; i <= 6; i++)
		sim_set_state(w.sim, i, 3, 3);
	later(&w, 900);
	sweep(&w, false);
	for (int i = 1; i <= 6; i++)
		sim_set_state(w.sim, i, 3, 39);
	later(&w, 900);
	sweep(&w, false);
	assert_int_equal(letters(&w, "\n  storm\n"), 2); /* another episode */
	end(&w);
}

static void
an_alarm_that_was_not_taken_is_told_by_the_next_sweep(void **state)
{
	struct world w;

	(void)state;
	world_with_mail(&w, "administrators = root@localhost\n", "exit 1");
	w.p->limits.storm_host = 3;
	for (int i = 1; i <= 6; i++)
		add_of(&w, i, 7, "alice");
	sweep(&w, false);
	assert_non_null(finding_of(&w, "administrators-not-told", -1));
	assert_int_equal(w.rc, 0);
	unlink(sendmail_path);
	script(sendmail_path, "sendmail", w.dir, keep_all);
	sweep(&w, false);
	assert_int_equal(letters(&w, "\n  storm\n"), 1);
	sweep(&w, false);
	assert_int_equal(letters(&w, "\n  storm\n"), 1);
	assert_null(finding_of(&w, "administrators-not-told", -1));
	end(&w);
}

/* --- stamps -------------------------------------------------------------------------------------- */

static const char *
attribute(struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->s.listing.n; i++)
		if (w->s.listing.vms[i].id == id)
			return vm_attr(&w->s.listing.vms[i], "VMREAPER_NOTICE");
	return NULL;
}

static void
the_stamp_stands_in_the_user_template_until_it_recovers(void **state)
{
	struct world w;

	(void)state;
	world_with_mail(&w, "stamp = yes\n", keep_all);
	add_of(&w, 1, 7, "alice");
	ripen(&w);
	sweep(&w, true);
	assert_non_null(finding_of(&w, "notice-sent", 1));
	later(&w, 600);
	sweep(&w, true);
	assert_non_null(attribute(&w, 1));
	assert_memory_equal(attribute(&w, 1), "kill after 20", 13);
	assert_non_null(strstr(attribute(&w, 1), "Z, keep by VMREAPER_KEEP"));
	assert_int_equal(veto_of(&w, 1), VETO_NOTICE); /* and its mark goes on */
	assert_int_equal(sim_log_count(w.sim, "one.vm.update"), 1);
	sim_set_state(w.sim, 1, 3, 3);
	later(&w, 60);
	sweep(&w, true);
	later(&w, 60);
	sweep(&w, true);
	assert_true(attribute(&w, 1) == NULL || attribute(&w, 1)[0] == '\0');
	assert_int_equal(sim_log_count(w.sim, "one.vm.update"), 2);
	end(&w);
}

static void
a_stamp_that_fails_is_a_warning_unless_it_is_the_only_way(void **state)
{
	struct sim_user weak = {.id = 6,
	    .name = "reaper",
	    .password = "pw",
	    .gid = 100,
	    .gname = "watchers",
	    .sees_vms = true,
	    .sees_hosts = true};
	struct sim_attr attrs[] = {
	    {"VMREAPER_CLOUD", "test"}, {"VM_USE_OPERATIONS", "terminate"}};
	struct world w;

	(void)state;
	weak.attrs = attrs;
	weak.n_attrs = 2;
	world_with_mail(&w, "stamp = yes\n", keep_all);
	sim_add_user(w.sim, &weak);
	add_of(&w, 1, 7, "alice");
	ripen(&w);
	sweep(&w, true);
	assert_non_null(finding_of(&w, "stamp-failed", 1));
	assert_non_null(finding_of(&w, "notice-sent", 1));
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	end(&w);

	world_with_mail(&w, "stamp = yes\n", keep_all);
	w.p->notify.mail = NULL;
	sim_add_user(w.sim, &weak);
	add_of(&w, 1, 7, "alice");
	ripen(&w);
	sweep(&w, true);
	assert_non_null(finding_of(&w, "notice-failed", 1));
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	attrs[1].value = "terminate, update";
	sim_add_user(w.sim, &weak);
	later(&w, 900);
	sweep(&w, true);
	assert_non_null(finding_of(&w, "notice-sent", 1));
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	end(&w);
}

/* Before 4.14 an update might replace what the owner wrote, his wish to keep it included. */
static void
nothing_is_stamped_where_it_would_wipe_the_template(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, &(struct world_options){.era = SIM_321,
			 .cloud = "account = 6:reaper\n",
			 .limits = "failures = 3\n[notify]\nstamp = yes\nnotice = 15m\n"});
	add_unknown(&w, 1, 1, 0, "10.0.0.1");
	add_alive(&w, 2, 1, 0, "10.0.0.2");
	see("10.0.0.1/32", PROBE_SILENT);
	see("10.0.0.2/32", PROBE_ANSWERED);
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(sim_log_count(w.sim, "one.vm.update"), 0);
	later(&w, 900);
	sweep(&w, true);
	assert_int_equal(sent(&w), 0);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_letter_for_each_owner_and_one_for_the_administrators),
	    cmocka_unit_test(administrators_are_told_in_the_place_of_an_owner_without_address),
	    cmocka_unit_test(two_addresses_are_none),
	    cmocka_unit_test(who_has_no_address_at_all_is_kept),
	    cmocka_unit_test(an_owner_who_cannot_be_asked_for_is_not_told),
	    cmocka_unit_test(a_cloud_that_does_not_answer_is_not_asked_for_every_owner),
	    cmocka_unit_test(s56_a_letter_that_is_refused_keeps_the_machine),
	    cmocka_unit_test(both_ways_must_accept_and_neither_hears_it_twice),
	    cmocka_unit_test(what_the_hook_took_ends_with_the_mark),
	    cmocka_unit_test(an_alarm_is_told_once_while_it_stands),
	    cmocka_unit_test(an_alarm_that_was_not_taken_is_told_by_the_next_sweep),
	    cmocka_unit_test(the_stamp_stands_in_the_user_template_until_it_recovers),
	    cmocka_unit_test(a_stamp_that_fails_is_a_warning_unless_it_is_the_only_way),
	    cmocka_unit_test(nothing_is_stamped_where_it_would_wipe_the_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
