/* SPDX-License-Identifier: ISC */
/*
 * The scenarios 54, 55, 59, 60, 63 and 64 of reapers.md D.2: files, disks and addresses. The number is in the name of
 * the test. 54, 57, 58 and 63 as processes see them are in tests/e2e/scenarios.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud/door.h"
#include "ripe.h"
#include "scenario.h"

/* --- 54: the ledger ------------------------------------------------------------------------------------------ */

static void
copy_file(const char *from, const char *to)
{
	char buf[4096];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		assert_int_equal(fwrite(buf, 1, n, out), n);
	fclose(in);
	fclose(out);
	chmod(to, 0600);
}

static void
poke(const char *path, long at, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static void
make_corrupt(const char *path)
{
	poke(path, 4096, "\x55\x55\x55\x55\x55\x55\x55\x55", 8);
}

static void
make_text(const char *path)
{
	poke(path, 0, "hello, world....", 16);
}

static void
make_short(const char *path)
{
	assert_int_equal(truncate(path, 5000), 0);
}

static void
make_empty(const char *path)
{
	assert_int_equal(truncate(path, 0), 0);
}

static void
make_future(const char *path)
{
	poke(path, 60, "\0\0\0\x63", 4); /* user_version 99 */
}

static void
make_link(const char *path)
{
	char other[160];

	snprintf(other, sizeof(other), "%s.real", path);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
}

static void
make_writable(const char *path)
{
	assert_int_equal(chmod(path, 0666), 0);
}

static void
make_directory(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
make_fifo(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
}

/* Root gives it away; anybody else cannot, and takes one of another user that is no ledger either. */
static void
make_foreign(const char *path)
{
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
	} else {
		assert_int_equal(unlink(path), 0);
		assert_int_equal(symlink("/etc/passwd", path), 0);
	}
}

static void
s54_a_ledger_that_is_none(void **state)
{
	static const struct {
		const char *name;
		void (*make)(const char *path);
	} rows[] = {
	    {"corrupt", make_corrupt},
	    {"text", make_text},
	    {"truncated", make_short},
	    {"empty", make_empty},
	    {"from the future", make_future},
	    {"a symbolic link", make_link},
	    {"writable by others", make_writable},
	    {"a directory", make_directory},
	    {"a FIFO", make_fifo},
	    {"of another user", make_foreign},
	};
	struct world w;
	char good[160];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		world_new(&w);
		add_failed(&w, 1, SIM_KILL_NOW, 0);
		ripen(&w);
		sweep_free(&w.s);
		snprintf(good, sizeof(good), "%s/good", w.dir);
		copy_file(w.p->ledger.path, good);
		rows[i].make(w.p->ledger.path);
		for (int k = 0; k < 2; k++) { /* and it does not mend itself by forgetting */
			sweep(&w, true);
			if (w.rc != -1 || w.f.kind != FAULT_LEDGER || w.f.remedy[0] == '\0' ||
			    plugin_state(&w) != STATE_UNKNOWN)
				fail_msg("%s: rc %d, %s: %s (%s)", rows[i].name, w.rc,
				    fault_kind_str(w.f.kind), w.f.msg, w.f.remedy);
			assert_non_null(strstr(w.f.msg, w.p->ledger.path));
			assert_int_equal(sent(&w), 0);
		}
		/* the administrator puts the good one back: nothing is lost */
		rmdir(w.p->ledger.path);
		unlink(w.p->ledger.path);
		copy_file(good, w.p->ledger.path);
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
		world_free(&w);
	}
}

/* Removed, it is begun anew: grace from zero, and the run says that it only observes. */
static void
s54_a_new_ledger_starts_every_grace_anew(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	w.p->reap.cool_down_s = 0;
	sweep_free(&w.s);
	assert_int_equal(unlink(w.p->ledger.path), 0);
	sweep(&w, true);
	assert_int_equal(w.rc, 0);
	assert_int_equal(record_of(&w, 1)->confirmations, 1);
	assert_int_equal(record_of(&w, 1)->earned_s, 0);
	assert_int_equal(veto_of(&w, 1), VETO_WITHIN_GRACE);
	assert_true(gate_closed(&w, GATE_POLICY_CHANGED));
	assert_true(w.s.report.status.n_gates > 0);
	for (int k = 0; k < 2; k++) {
		later(&w, 900);
		sweep(&w, true);
		assert_int_equal(sent(&w), k);
	}
	world_free(&w);
}

/* --- 55: credential files ----------------------------------------------------------------------------------------- */

static void
put_auth(const char *path, const char *bytes, mode_t mode)
{
	int fd;

	unlink(path);
	rmdir(path);
	if (bytes == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static const struct auth {
	const char *name, *bytes;
	mode_t mode;
	const char *says; /* NULL: good */
} auths[] = {
    {"absent", NULL, 0, "No such file"},
    {"empty", "", 0600, "is empty"},
    {"a line end only", "\n", 0600, "is empty"},
    {"without colon", "monitorsesame\n", 0600, "has no colon"},
    {"without user", ":sesame\n", 0600, "no user"},
    {"without password", "monitor:\n", 0600, "no password"},
    {"two lines", "monitor:pw\nsesame\n", 0600, "more than one line"},
    {"CR inside", "monitor:pw\rsesame", 0600, "more than one line"},
    {"mode 0644", "monitor:pw\n", 0644, "chmod"},
    {"mode 0640", "monitor:pw\n", 0640, NULL},
    {"mode 0604", "monitor:pw\n", 0604, "chmod"},
    {"CRLF", "monitor:pw\r\n", 0600, NULL},
    {"no line end", "monitor:pw", 0400, NULL},
};

static void
expect_auth_refused(struct world *w, const char *name, const char *says)
{
	size_t calls = sim_log_count(w->sim, "call");

	sweep(w, true);
	if (w->rc != -1 || w->f.kind != FAULT_POLICY || plugin_state(w) != STATE_UNKNOWN ||
	    (strstr(w->f.msg, says) == NULL && strstr(w->f.remedy, says) == NULL))
		fail_msg("%s: rc %d, %s: %s (%s)", name, w->rc, fault_kind_str(w->f.kind),
		    w->f.msg, w->f.remedy);
	assert_non_null(strstr(w->f.msg, "/monitor"));
	assert_null(strstr(w->f.msg, "sesame"));
	assert_int_equal(
	    sim_log_count(w->sim, "call"), calls); /* the cloud was not even asked */
	assert_int_equal(sent(w), 0);
}

static void
s55_the_account_that_lists(void **state)
{
	struct world w;
	char path[160];

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	snprintf(path, sizeof(path), "%s/monitor", w.dir);
	for (size_t i = 0; i < N_OF(auths); i++) {
		put_auth(path, auths[i].bytes, auths[i].mode);
		if (auths[i].says != NULL) {
			expect_auth_refused(&w, auths[i].name, auths[i].says);
			continue;
		}
		sweep(&w, false);
		if (w.rc != 0)
			fail_msg("%s: %s", auths[i].name, w.f.msg);
	}
	put_auth(path, NULL, 0);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_auth_refused(&w, "a directory", "");
	rmdir(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_auth_refused(&w, "a FIFO", ""); /* and does not wait for a writer */
	put_auth(path, "monitor:pw\n", 0600);
	w.p->reap.cool_down_s = 0; /* the cloud could not be seen a moment ago */
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* Without a reaping account the run goes on, and only observes. */
static void
s55_the_account_that_kills(void **state)
{
	struct world w;
	char path[160];

	(void)state;
	world_new(&w);
	add_failed(&w, 1, SIM_KILL_NOW, 0);
	ripen(&w);
	snprintf(path, sizeof(path), "%s/reaper", w.dir);
	for (size_t i = 0; i < N_OF(auths); i++) {
		if (auths[i].says == NULL)
			continue;
		put_auth(path, auths[i].bytes, auths[i].mode);
		sweep(&w, true);
		assert_int_equal(w.rc, 0);
		assert_true(gate_closed(&w, GATE_NOT_ARMED_HERE));
		assert_false(w.s.armed);
		assert_int_equal(sent(&w), 0);
	}
	put_auth(path, "reaper:pw\r\n", 0600);
	sweep(&w, true);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* --- 59: alive, but hung ---------------------------------------------------------------------------------------------- */

static void
s59_hung_is_alive(void **state)
{
	static const struct {
		const char *name;
		enum probe_result ping, ssh;
		enum veto want;
	} rows[] = {
	    {"ping answers, ssh refuses", PROBE_ANSWERED, PROBE_REFUSED, VETO_ANSWERS_PING},
	    {"ping answers, ssh times out", PROBE_ANSWERED, PROBE_SILENT, VETO_ANSWERS_PING},
	    {"ping answers, ssh not asked", PROBE_ANSWERED, PROBE_NOT_ASKED, VETO_ANSWERS_PING},
	    {"ping answers, ssh not sent", PROBE_ANSWERED, PROBE_NOT_SENT, VETO_ANSWERS_PING},
	    {"ping answers, ssh cut", PROBE_ANSWERED, PROBE_CUT, VETO_ANSWERS_PING},
	    /* a port that is open and says nothing is PROBE_REFUSED: connected, so somebody is there */
	    {"ping silent, no greeting in time", PROBE_SILENT, PROBE_REFUSED, VETO_ANSWERS_SSH},
	    {"ping silent, ssh greets", PROBE_SILENT, PROBE_ANSWERED, VETO_ANSWERS_SSH},
	    {"ping prohibited, ssh refuses", PROBE_PROHIBITED, PROBE_REFUSED, VETO_ANSWERS_SSH},
	    {"both silent", PROBE_SILENT, PROBE_SILENT, VETO_COUNT},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct fleet *f = fleet_new();
		struct sighting *s = fleet_see(f, "10.0.1.42", PROBE_SILENT);

		s->ping.result = rows[i].ping;
		s->ssh.result = rows[i].ssh;
		fleet_judge(f);
		expect_veto(f, rows[i].name, rows[i].want);
		assert_int_equal(f->out[0].alive, rows[i].want != VETO_COUNT);
		fleet_free(f);
	}
}

/* --- 60: disks of StratusLab ---------------------------------------------------------------------------------------------- */

static void
s60_disks_that_do_not_say_whether_they_persist(void **state)
{
#define BASE                                                                              \
	"<DISK><DISK_ID>0</DISK_ID><SOURCE>https://marketplace.example/images/x</SOURCE>" \
	"<READONLY>no</READONLY><SAVE>no</SAVE><TYPE>block</TYPE></DISK>"
	static const struct {
		struct parts p;
		enum veto want;
	} rows[] = {
	    {{.name = "base image alone", .disk = BASE}, VETO_COUNT},
	    {{.name = "pdisk:host:port/uuid",
		 .disk = BASE "<DISK><DISK_ID>1</DISK_ID><SOURCE>"
			      "pdisk:h:8445/6c1a</SOURCE><TYPE>block"
			      "</TYPE></DISK>"},
		VETO_DATA},
	    {{.name = "pdisk:host:port:uuid",
		 .disk = BASE "<DISK><DISK_ID>1</DISK_ID><SOURCE>"
			      "pdisk:h:8445:6c1a</SOURCE></DISK>"},
		VETO_DATA},
	    {{.name = "pdisk that says NO",
		 .disk = "<DISK><SOURCE>pdisk:h:1/u</SOURCE><PERSISTENT>NO</PERSISTENT>"
			 "<SAVE>no</SAVE><CLONE>YES</CLONE></DISK>"},
		VETO_DATA},
	    {{.name = "unknown kind",
		 .disk = "<DISK><DISK_ID>0</DISK_ID><TYPE>weird</TYPE></DISK>"},
		VETO_DATA},
	    {{.name = "nothing is known", .disk = "<DISK/>"}, VETO_DATA},
	    {{.name = "a path",
		 .disk = "<DISK><SOURCE>/srv/data</SOURCE><TYPE>block</TYPE></DISK>"},
		VETO_DATA},
	    {{.name = "CREATE_IMAGE",
		 .disk = BASE,
		 .template = "<CREATE_IMAGE><TITLE>new</TITLE></CREATE_IMAGE>"},
		VETO_DATA},
	    {{.name = "CREATE_IMAGE, empty", .disk = BASE, .template = "<CREATE_IMAGE/>"},
		VETO_DATA},
	};

	(void)state;
	for (int allow = 0; allow < 2; allow++) {
		for (size_t i = 0; i < N_OF(rows); i++) {
			struct fleet *f = fleet_new();
			struct fault fault = {.kind = FAULT_NONE};
			char *doc = scenario_document(&rows[i].p);

			f->listing.era = era_by_version("3.2.1");
			if (allow)
				f->policy.unknown.persistent = POLICY_PERSISTENT_ALLOW;
			if (fleet_read(f, doc, &fault) != 0)
				fail_msg("%s: %s", rows[i].p.name, fault.msg);
			free(doc);
			fleet_judge(f);
			/* finalize saves nothing: no policy lifts it */
			expect_veto(f, rows[i].p.name, rows[i].want);
			assert_int_equal(
			    fleet_has_veto(f, VETO_DATA_AT_RISK), rows[i].want == VETO_DATA);
			fleet_free(f);
		}
	}
}

static void
s60_over_the_wire(void **state)
{
	static const struct sim_disk pdisk[] = {{.kind = SIM_DISK_URL,
						    .source = "https://marketplace.example/x"},
	    {.kind = SIM_DISK_SOURCE, .source = "pdisk:127.0.0.1:8445/6c1a7d1e"}},
				     odd = {.kind = SIM_DISK_ODD};
	const struct world_options o = {
	    .era = SIM_321, .cloud = "version = 3.2.1\naccount = 6:reaper\n"};
	struct world w;

	(void)state;
	world_of(&w, &o);
	w.p->limits.storm_host = 10;
	w.p->failed.persistent = POLICY_PERSISTENT_ALLOW;
	for (int id = 1; id <= 4; id++) {
		char ip[16];
		struct sim_nic nic = {.network = "net", .network_id = 1, .ip = ip};
		struct sim_vm vm = a_machine(id, 1, &nic); /* so that it holds something */

		snprintf(ip, sizeof(ip), "10.0.1.%d", id);
		vm.state = 7;
		vm.lcm = 0;
		vm.disks = id == 1 ? pdisk : id == 2 ? &odd : vm.disks;
		vm.n_disks = id == 1 ? 2 : 1;
		vm.create_image = id == 3;
		sim_add_vm(w.sim, &vm);
	}
	ripen(&w);
	sweep(&w, true);
	for (int id = 1; id <= 3; id++)
		assert_int_equal(veto_of(&w, id), VETO_DATA);
	assert_int_equal(outcome_of(&w, 4), OUTCOME_DONE);
	assert_int_equal(sent(&w), 1);
	world_free(&w);
}

/* --- 63: another protocol's address, a file that is not there ------------------------------------------------------------------ */

static void
s63_addresses_of_another_protocol(void **state)
{
	static const char *const endpoints[] = {"localhost:2634", "127.0.0.1:2634",
	    "cloud.example.org:2634", "grpc://localhost:2634", "dns:///localhost:2634",
	    "http://localhost:2634"};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < N_OF(endpoints); i++) {
		struct cloud_config c = {
		    .endpoint = endpoints[i], .session = "a:b", .version = "auto"};
		struct cloud *cloud;
		struct policy_errors errors;
		struct policy *p;
		char text[256];

		assert_int_equal(cloud_open(&c, &cloud, &f), -1);
		assert_null(cloud);
		assert_non_null(strstr(f.msg, "gRPC"));
		assert_non_null(strstr(f.remedy, "2633/RPC2"));
		/* or already when the policy is read */
		snprintf(
		    text, sizeof(text), "[cloud]\nname = c\nendpoint = %s\n", endpoints[i]);
		if (policy_parse("p.ini", text, strlen(text), NULL, &p, &errors, &f) == 0)
			assert_int_equal(door_check(p->cloud.endpoint, &f), -1);
		else
			assert_int_equal(f.kind, FAULT_POLICY);
		policy_free(p);
		text_free(&errors.text);
	}
	/* StratusLab's proxy has the same port, and is XML-RPC */
	assert_int_equal(door_check("https://cloud.example.org:2634/pswd/xmlrpc", &f), 0);
}

static void
s63_one_auth_names_a_missing_file(void **state)
{
	static const char *const bad[] = {"/nonexistent/one_auth", "/tmp", "one_auth_typo"};
	char home[] = "/tmp/vmreaper-s63.XXXXXX", path[160], command[160], *session;
	const char *before = getenv("HOME");
	struct fault f;

	(void)state;
	assert_non_null(mkdtemp(home));
	snprintf(path, sizeof(path), "%s/.one", home);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/.one/one_auth", home);
	put_auth(path, "oneadmin:sesame\n", 0600);
	setenv("HOME", home, 1);
	unsetenv("ONE_AUTH");
	assert_int_equal(policy_credential(NULL, &session, &f), 0);
	assert_string_equal(session, "oneadmin:sesame");
	policy_credential_free(session);
	for (size_t i = 0; i < N_OF(bad); i++) {
		setenv("ONE_AUTH", bad[i], 1);
		/* the official client goes on to ~/.one/one_auth: another identity, unasked */
		assert_int_equal(policy_credential(NULL, &session, &f), -1);
		assert_null(session);
		assert_non_null(strstr(f.msg, bad[i]));
		assert_null(strstr(f.msg, "sesame"));
		assert_true(f.remedy[0] != '\0');
	}
	unsetenv("ONE_AUTH");
	if (before != NULL)
		setenv("HOME", before, 1);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	assert_int_equal(system(command), 0);
}

/* --- 64: the branch that one sits on --------------------------------------------------------------------------------------------- */

static void
s64_the_machine_that_vmreaper_runs_on(void **state)
{
	static const struct {
		const char *name, *addresses, *ids;
		enum veto want;
	} rows[] = {
	    {"its address", "10.0.1.42", NULL, VETO_EXCLUDED},
	    {"its second address", "10.0.9.9", NULL, VETO_EXCLUDED},
	    {"its network", "10.0.1.32/27", NULL, VETO_EXCLUDED},
	    {"its id", NULL, "42", VETO_EXCLUDED},
	    {"others", "10.0.1.43 10.0.2.0/24", "41 43", VETO_COUNT},
	};

	(void)state;
	for (int cls = 0; cls < 2; cls++) {
		for (size_t i = 0; i < N_OF(rows); i++) {
			struct fleet *f = fleet_new();

			fleet_add_addr(f, &f->vms[0], "10.0.9.9", 1);
			fleet_see(f, "10.0.9.9", PROBE_SILENT);
			if (cls == 1) {
				fleet_state(f, 0, 3, 39);
				f->vms[0].ever_ran = TRI_NO;
				f->policy.failed.silence = false;
			}
			if (rows[i].addresses != NULL)
				f->policy.scope.addresses_out =
				    fleet_list(f, rows[i].addresses);
			if (rows[i].ids != NULL)
				f->policy.scope.ids_out = fleet_list(f, rows[i].ids);
			fleet_judge(f);
			expect_veto(f, rows[i].name, rows[i].want);
			fleet_free(f);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s54_a_ledger_that_is_none),
	    cmocka_unit_test(s54_a_new_ledger_starts_every_grace_anew),
	    cmocka_unit_test(s55_the_account_that_lists),
	    cmocka_unit_test(s55_the_account_that_kills),
	    cmocka_unit_test(s59_hung_is_alive),
	    cmocka_unit_test(s60_disks_that_do_not_say_whether_they_persist),
	    cmocka_unit_test(s60_over_the_wire),
	    cmocka_unit_test(s63_addresses_of_another_protocol),
	    cmocka_unit_test(s63_one_auth_names_a_missing_file),
	    cmocka_unit_test(s64_the_machine_that_vmreaper_runs_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
