/* SPDX-License-Identifier: ISC */
/*
 * The scenarios 51 to 53, 61 and 62 of reapers.md D.2: hostile names, large clouds, secrets, and names that stand in
 * several places. The number is in the name of the test.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/log.h"
#include "report/report.h"
#include "ripe.h"
#include "scenario.h"

/* --- 51: names -------------------------------------------------------------------------------------------- */

#define E16 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
#define E64 E16 E16 E16 E16 E16 E16 E16 E16

static const char *const hostile[] = {
    "a|unknown=0;;;0;0", /* perfdata of its own */
    "a\nOK - fine",
    "a\r\nOK - fine",
    "a\rb",
    "a\tb",
    "<script>alert('x')</script>",
    "it's \"quoted\"",
    "$(touch /tmp/x)",
    "`touch /tmp/x`",
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\xc2\x9b"
    "31mred", /* CSI as one C1 character */
    "'unknown'=0",
    "a=1;2;3",
    E64 E64, /* 128 characters of two bytes */
    "\xff\xfe\x80 invalid",
    "cut \xe2\x82",
    "\xe2\x80\xaetxt.exe", /* right-to-left override */
    "a\xe2\x80\xa8"
    "b", /* line separator */
    "\xe2\x80\x8b", /* zero width */
    "\x7f",
    "=1+1",
    "+1",
    "@SUM(A1)",
    "-1",
    "",
    "; OK - fine",
    "%s%s%n",
    "\\n\\u0000",
};

/* Everything that comes out of one fleet whose machine 42 has that name. */
struct outputs {
	struct text nagios, text, narrow, json, record, explain;
	char *status; /* the status file, rendered again from what was read back */
	char said[512]; /* a fault that names it */
};

static void
outputs_free(struct outputs *o)
{
	text_free(&o->nagios);
	text_free(&o->text);
	text_free(&o->narrow);
	text_free(&o->json);
	text_free(&o->record);
	text_free(&o->explain);
	free(o->status);
}

static void
fleet_report(struct fleet *f, struct report_inputs *in, struct report *r)
{
	*in = (struct report_inputs){.policy = &f->policy,
	    .listing = &f->listing,
	    .sightings = &f->sightings,
	    .records = f->records,
	    .judgements = f->out,
	    .run = &f->run,
	    .verdict = &f->in,
	    .now_s = FLEET_NOW,
	    .program = "test",
	    .cloud = "test"};
	assert_int_equal(report_build(f->a, in, r), 0);
}

static void
outputs_of(const char *name, bool odd, struct outputs *o)
{
	struct fleet *f = fleet_new();
	char path[] = "/tmp/vmreaper-s51.XXXXXX";
	struct report_inputs in;
	struct status back;
	struct thresholds t;
	struct report r;
	struct fault fault = {.kind = FAULT_NONE};
	struct text again;

	memset(o, 0, sizeof(*o));
	f->vms[0].name = f->vms[0].uname = f->vms[0].gname = name;
	f->vms[0].host = f->vms[0].error = f->vms[0].deploy_id = name;
	f->vms[0].disks[0].image = f->vms[0].addrs[0].network = name;
	f->vms[0].labels = name;
	fleet_add_attr(f, &f->vms[0], "NOTE", name);
	f->hosts[0].name = name;
	f->policy.scope.owners_out = fleet_list(f, "none");
	f->policy.scope.owners_out.n = 0;
	f->vms[0].odd |= odd ? VM_ODD_TEXT : 0;
	fleet_record_follows(f, 0);
	fleet_judge(f);
	fleet_report(f, &in, &r);
	thresholds_default(&t);
	text_init(&o->nagios, 8192);
	text_init(&o->text, 1 << 20);
	text_init(&o->narrow, 1 << 20);
	text_init(&o->json, 1 << 20);
	text_init(&o->record, 1 << 20);
	text_init(&o->explain, 1 << 20);
	text_init(&again, 8192);
	report_nagios(&r.status, &t, STATE_WARNING, "VMS", 1, 20, &o->nagios);
	report_text(&r, true, &style_plain, &o->text);
	report_text(&r, true, &(struct style){60, false}, &o->narrow);
	assert_int_equal(report_json(&r, &o->json, &fault), 0);
	assert_int_equal(
	    report_explain_json(&f->in, &f->out[0], &f->run, 0, &o->record, &fault), 0);
	assert_int_equal(report_explain_text(
			     o->record.p, FLEET_NOW, true, &style_plain, &o->explain, &fault),
	    0);
	close(mkstemp(path));
	if (status_write(path, NULL, &r.status, &fault) != 0 ||
	    status_read(path, f->a, &back, &fault) != 0)
		fail_msg("%s", fault.msg);
	unlink(path);
	report_nagios(&back, &t, STATE_WARNING, "VMS", 1, 20, &again);
	o->status = again.p;
	fault_set(&fault, FAULT_REPLY, "machine %s", name);
	snprintf(o->said, sizeof(o->said), "%s", fault.msg);
	fleet_free(f);
}

static size_t
count(const char *s, char c)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == c;
	return n;
}

static size_t
first_line(const char *s)
{
	return strcspn(s, "\n");
}

/* No byte that a terminal, a log or a web page would act upon. */
static void
expect_harmless(const char *what, const char *name, const char *s, bool plugin)
{
	static const char *const never[] = {
	    "\xe2\x80\xae", "\xe2\x80\xa8", "\xe2\x80\x8b", "\xc2\x9b"};

	for (const char *p = s; *p != '\0';) {
		size_t n = text_utf8_len(p, strlen(p));

		if (n == 0 || ((unsigned char)*p < 0x20 && *p != '\n') || *p == 0x7f)
			fail_msg(
			    "%s of [%s]: byte %02x in\n%s", what, name, (unsigned char)*p, s);
		p += n;
	}
	for (size_t i = 0; i < N_OF(never); i++)
		if (strstr(s, never[i]) != NULL)
			fail_msg("%s of [%s]: %s", what, name, s);
	if (plugin && (strstr(s, "<script") != NULL || strstr(s, "$(") != NULL ||
			  strchr(s, '`') != NULL || count(s, '|') != 1))
		fail_msg("%s of [%s]:\n%s", what, name, s);
}

static void
s51_no_name_changes_what_is_said(void **state)
{
	struct outputs clean, odd, o, *plain;

	(void)state;
	outputs_of("plain", false, &clean);
	outputs_of(
	    "plain", true, &odd); /* the codec flags what is not clean: the same with a flag */
	for (size_t i = 0; i < N_OF(hostile); i++) {
		const char *name = hostile[i];

		plain = text_is_clean(name) ? &clean : &odd;
		outputs_of(name, plain == &odd, &o);
		expect_harmless("nagios", name, o.nagios.p, true);
		expect_harmless("status file", name, o.status, true);
		expect_harmless("text", name, o.text.p, false);
		expect_harmless("narrow text", name, o.narrow.p, false);
		expect_harmless("explain", name, o.explain.p, false);
		expect_harmless("json", name, o.json.p, false);
		expect_harmless("record", name, o.record.p, false);
		/* the plugin's first line is the same to the byte, and no line was added */
		assert_int_equal(first_line(o.nagios.p), first_line(plain->nagios.p));
		assert_memory_equal(o.nagios.p, plain->nagios.p, first_line(plain->nagios.p));
		assert_memory_equal(o.status, plain->nagios.p, first_line(plain->nagios.p) + 1);
		assert_int_equal(count(o.status, '\n'), count(plain->nagios.p, '\n'));
		assert_int_equal(count(o.nagios.p, '\n'), count(plain->nagios.p, '\n'));
		assert_int_equal(count(o.text.p, '\n'), count(plain->text.p, '\n'));
		assert_int_equal(count(o.json.p, '\n'), count(plain->json.p, '\n'));
		/* a fault and the log are one line, and hold no '|' */
		assert_null(strpbrk(o.said, "|\n\r\x1b"));
		outputs_free(&o);
	}
	outputs_free(&clean);
	outputs_free(&odd);
}

/* The name of machine 42 in a report in JSON. */
static char *
json_name(const char *json)
{
	json_error_t error;
	json_t *root = json_loads(json, 0, &error), *vm;
	char *name = NULL;
	size_t i;

	if (root == NULL)
		fail_msg("%s: %s", error.text, json);
	json_array_foreach(json_object_get(root, "machines"), i, vm)
	{
		if (json_integer_value(json_object_get(vm, "id")) == 42)
			name = strdup(json_string_value(json_object_get(vm, "name")));
	}
	json_decref(root);
	assert_non_null(name);
	return name;
}

static void
s51_json_is_json_and_holds_the_name(void **state)
{
	struct outputs o;
	json_t *root;

	(void)state;
	for (size_t i = 0; i < N_OF(hostile); i++) {
		char *name;

		outputs_of(hostile[i], !text_is_clean(hostile[i]), &o);
		name = json_name(o.json.p);
		/* what a renderer need not replace comes back as it was */
		if (text_is_clean(hostile[i]))
			assert_string_equal(name, hostile[i]);
		else
			assert_true(text_is_clean(name));
		free(name);
		root = json_loads(o.record.p, 0, NULL);
		assert_non_null(root);
		json_decref(root);
		outputs_free(&o);
	}
}

/* Kept as not read whole, if the name is odd; killed by number, never by name, if it is not. */
static void
s51_a_kill_knows_no_name(void **state)
{
	static const char name[] = "$(touch /tmp/x)`id`;=1|'\"<b>";
	struct world w;
	struct sim_vm vm;
	char *log;

	(void)state;
	world_new(&w);
	for (int id = 1; id <= 2; id++) {
		vm = a_machine(id, 1, NULL);
		vm.state = 3;
		vm.lcm = 39;
		vm.name = name;
		if (id == 2)
			vm.raw_name = "a\xff\x1b";
		sim_add_vm(w.sim, &vm);
	}
	ripen(&w);
	sweep(&w, true);
	assert_int_equal(veto_of(&w, 2), VETO_NOT_READ);
	assert_int_equal(outcome_of(&w, 1), OUTCOME_DONE);
	assert_string_equal(w.s.kills[0].name, name);
	log = sim_log_text(w.sim, "one.vm.action");
	assert_non_null(strstr(log, "params=terminate-hard,1 "));
	assert_null(strstr(log, "touch"));
	free(log);
	world_free(&w);
}

/* --- 52: names of owners --------------------------------------------------------------------------------------- */

static void
s52_an_encoded_dn_and_no_group(void **state)
{
	static const char dn[] = "CN%3DAlice+Martin%2COU%3DLAL%2CO%3DCNRS%2CC%3DFR";
	static const char old[] =
	    "<VM><ID>42</ID><UID>7</UID><USERNAME>alice</USERNAME><NAME>web</NAME><LAST_POLL>0"
	    "</LAST_POLL><STATE>3</STATE><LCM_STATE>16</LCM_STATE><STIME>1700000000</STIME>"
	    "<ETIME>0</ETIME><DEPLOY_ID>one-42</DEPLOY_ID><MEMORY>0</MEMORY><CPU>0</"
	    "CPU><NET_TX>0"
	    "</NET_TX><NET_RX>0</NET_RX><LAST_SEQ>0</LAST_SEQ><TEMPLATE><CPU>1</CPU><MEMORY>512"
	    "</MEMORY><NIC><IP>10.0.1.42</IP><NETWORK>private</NETWORK><NETWORK_ID>1</"
	    "NETWORK_ID>"
	    "</NIC></TEMPLATE><HISTORY><SEQ>0</SEQ><HOSTNAME>node4</HOSTNAME><HID>4</HID>"
	    "<STIME>1700000000</STIME><RSTIME>1700000100</RSTIME></HISTORY></VM>";
	struct parts p = {.name = "DN",
	    .owner =
		"<UID>7</UID><UNAME>CN%3DAlice+Martin%2COU%3DLAL%2CO%3DCNRS%2CC%3DFR</UNAME>"};
	struct fault fault = {.kind = FAULT_NONE};
	struct report_inputs in;
	struct report r;
	struct fleet *f = fleet_of_parts(&p);

	(void)state;
	expect_veto(f, "DN", VETO_COUNT);
	assert_string_equal(f->vms[0].uname, dn);
	assert_int_equal(f->vms[0].odd, 0);
	/* and it may be named in the policy as it is */
	f->policy.scope.owners_out = fleet_list(f, dn);
	fleet_judge(f);
	expect_veto(f, "DN, out", VETO_EXCLUDED);
	f->policy.scope.owners_out = fleet_list(f, "oneadmin");
	f->policy.scope.owners_in = fleet_list(f, dn);
	fleet_judge(f);
	expect_veto(f, "DN, in", VETO_COUNT);
	fleet_report(f, &in, &r);
	fleet_free(f);
	/* 2.2: no GNAME, no GID, and USERNAME for UNAME */
	f = fleet_new();
	f->listing.era = era_by_version("2.2.1");
	if (fleet_read(f, old, &fault) != 0)
		fail_msg("%s", fault.msg);
	assert_string_equal(f->vms[0].gname, "");
	assert_string_equal(f->vms[0].uname, "alice");
	assert_int_equal(f->vms[0].gid, -1);
	assert_int_equal(f->vms[0].odd, 0);
	assert_int_equal(f->vms[0].cls, VM_CLASS_UNKNOWN);
	fleet_judge(f);
	fleet_report(f, &in, &r);
	assert_int_equal((int)r.status.metrics[METRIC_UNKNOWN], 1);
	assert_int_equal((int)r.status.metrics[METRIC_UNRECOGNISED], 0);
	expect_veto(f, "2.2", VETO_COUNT);
	/* who has no name cannot be compared with a list of names that are out */
	f->vms[0].uname = "";
	fleet_judge(f);
	expect_veto(f, "2.2, an owner without name", VETO_EXCLUDED);
	fleet_free(f);
}

/* --- 53: size ------------------------------------------------------------------------------------------------------ */

static void
s53_ten_thousand_machines_in_64_mib(void **state)
{
	enum { MACHINES = 10000, EACH = 6711 }; /* 64 MiB */
	const struct era *era = era_by_version("7.2.0");
	struct arena *a = arena_new(64u << 20);
	struct vm_list vms = {NULL, 0};
	struct vmxml *x = vmxml_new(a, era, 200000, &vms);
	struct policy *p = policy_default();
	struct report_inputs in;
	struct listing l = {
	    .complete = true, .attributes = true, .era = era, .version = "7.2.0"};
	struct report r;
	struct thresholds t;
	struct text out;
	struct fault fault = {.kind = FAULT_NONE};
	char *part = malloc(EACH + 512), *filler = malloc(EACH);
	size_t bytes = 0;
	long findings;

	(void)state;
	memset(filler, 'f', EACH);
	vmxml_feed(x, "<VM_POOL>", 9);
	for (int i = 0; i < MACHINES; i++) {
		int head = sprintf(part,
		    "<VM><ID>%d</ID><UID>7</UID><GID>1</GID><UNAME>alice</UNAME><GNAME>users</"
		    "GNAME>"
		    "<NAME>machine-%d</NAME><PERMISSIONS/><STATE>3</STATE><LCM_STATE>16</"
		    "LCM_STATE>"
		    "<STIME>1700000000</STIME><TEMPLATE><CPU>1</CPU><MEMORY>512</MEMORY></"
		    "TEMPLATE>"
		    "<USER_TEMPLATE><NOTE>",
		    i, i);
		int tail = 33, n = EACH - head - tail;

		memcpy(part + head, filler, (size_t)n);
		strcpy(part + head + n, "</NOTE></USER_TEMPLATE></VM>     ");
		assert_int_equal(strlen(part), EACH);
		assert_int_equal(vmxml_feed(x, part, EACH), 0);
		bytes += EACH;
	}
	vmxml_feed(x, "</VM_POOL>", 10);
	if (vmxml_end(x, &fault) != 0)
		fail_msg("%s", fault.msg);
	vmxml_free(x);
	assert_true(bytes >= 64u << 20);
	assert_int_equal(vms.n, MACHINES);
	l.vms = vms.v;
	l.n = vms.n;
	in = (struct report_inputs){.policy = p,
	    .listing = &l,
	    .now_s = 1800000000,
	    .program = "test",
	    .cloud = "test"};
	assert_int_equal(report_build(a, &in, &r), 0);
	assert_int_equal((int)r.status.metrics[METRIC_UNKNOWN], MACHINES);
	findings = (long)r.status.n_findings_total;
	assert_true(findings >= MACHINES);
	thresholds_default(&t);
	/* Nagios takes 8 KiB, NRPE 4, and [report] max_lines lines */
	for (size_t max = 1024; max <= 8192; max *= 2) {
		for (int lines = 5; lines <= 1000; lines *= 14) {
			const char *last;
			long left;

			text_init(&out, max);
			report_nagios(&r.status, &t, STATE_WARNING, "VMS", 1, lines, &out);
			assert_true(out.len <= max);
			assert_true(first_line(out.p) < 1024);
			assert_int_equal(strncmp(out.p, "VMS WARNING - 10000 unknown", 27), 0);
			assert_int_equal(count(out.p, '|'), 1);
			last = strstr(out.p, "\n... and ");
			assert_non_null(last);
			left = strtol(last + 9, NULL, 10);
			assert_non_null(strstr(last, " more"));
			assert_true(left >= findings - lines && left < findings);
			/* what is named and what is left out are all of them */
			*(char *)last = '\0';
			assert_int_equal((long)count(out.p, '\n') + left, findings);
			text_free(&out);
		}
	}
	free(part);
	free(filler);
	policy_free(p);
	arena_free(a);
}

/* --- 61: secrets ---------------------------------------------------------------------------------------------------- */

static char *
slurp(const char *path, size_t *len)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	char *s;

	if (f == NULL || fstat(fileno(f), &st) != 0)
		fail_msg("%s: cannot read", path);
	s = malloc((size_t)st.st_size + 1);
	*len = fread(s, 1, (size_t)st.st_size, f);
	s[*len] = '\0';
	fclose(f);
	return s;
}

/* Every file in the directory, whatever it is. Returns how many there are. */
static size_t
expect_no_secret(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		char path[512], *s;
		size_t len;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		s = slurp(path, &len);
		if (memmem(s, len, "sesame", 6) != NULL)
			fail_msg("%s holds a secret", path);
		free(s);
		n++;
	}
	closedir(d);
	return n;
}

static void
write_text(const struct world *w, const char *name, const struct text *t)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(t->len > 0 && !t->cut);
	fwrite(t->p, 1, t->len, f);
	fclose(f);
}

static void
write_reports(struct world *w, size_t index)
{
	struct thresholds t;
	struct text out;
	struct fault f;
	char path[160];

	thresholds_default(&t);
	text_init(&out, 1 << 20);
	report_nagios(&w->s.report.status, &t, STATE_WARNING, "VMS", 3, 1000, &out);
	write_text(w, "nagios.txt", &out);
	text_reset(&out);
	report_text(&w->s.report, true, &style_plain, &out);
	write_text(w, "audit.txt", &out);
	text_reset(&out);
	assert_int_equal(report_json(&w->s.report, &out, &f), 0);
	write_text(w, "audit.json", &out);
	text_reset(&out);
	assert_int_equal(report_explain_json(
			     &w->s.input, &w->s.judgements[index], &w->s.run, index, &out, &f),
	    0);
	write_text(w, "explain.json", &out);
	text_reset(&out);
	policy_print(w->p, &out);
	write_text(w, "policy.txt", &out);
	text_free(&out);
	snprintf(path, sizeof(path), "%s/status.json", w->dir);
	assert_int_equal(status_write(path, NULL, &w->s.report.status, &f), 0);
}

static void
s61_secrets_go_nowhere(void **state)
{
#define SECRETS                                                                     \
	"&lt;CONTEXT&gt;&lt;ROOT_PASSWORD&gt;sesame1&lt;/ROOT_PASSWORD&gt;"         \
	"&lt;SSH_PUBLIC_KEY&gt;sesame2&lt;/SSH_PUBLIC_KEY&gt;"                      \
	"&lt;COOKIE&gt;sesame3&lt;/COOKIE&gt;&lt;ONEGATE_TOKEN&gt;sesame4&lt;/"     \
	"ONEGATE_TOKEN&gt;"                                                         \
	"&lt;/CONTEXT&gt;&lt;GRAPHICS&gt;&lt;PASSWD&gt;sesame5&lt;/PASSWD&gt;&lt;/" \
	"GRAPHICS&gt;"
	struct forge plant = {
	    .find = "&lt;/TEMPLATE&gt;", .replace = SECRETS "&lt;/TEMPLATE&gt;"};
	struct forge plant_user = {.find = "&lt;USER_TEMPLATE&gt;",
	    .replace = "&lt;USER_TEMPLATE&gt;&lt;DB_PASSWORD&gt;sesame6&lt;/DB_PASSWORD&gt;"
		       "&lt;API_TOKEN&gt;sesame7&lt;/API_TOKEN&gt;"};
	struct forge *plants[] = {&plant, &plant_user};
	struct world w;
	char path[160];
	int log_fd, stderr_fd;

	(void)state;
	for (size_t i = 0; i < N_OF(plants); i++) {
		struct forger *g;

		world_new(&w);
		g = forger_start(w.sim);
		w.p->cloud.endpoint = forger_url(g);
		forger_set(g, plants[i]);
		add_failed(&w, 1, SIM_KILL_NEVER, 0);
		add_failed(&w, 2, SIM_KILL_NOW, 0);
		/* with the most talkative log, into a file */
		snprintf(path, sizeof(path), "%s/log.txt", w.dir);
		log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		fflush(stderr);
		stderr_fd = dup(2);
		dup2(log_fd, 2);
		log_open("test", LOG_TO_STDERR, 3);
		ripen(&w);
		sweep(&w, true);
		for (int k = 0; k < 2; k++) { /* until one of them is an alarm */
			later(&w, 900);
			sweep(&w, true);
		}
		log_open("test", LOG_TO_STDERR, 0);
		fflush(stderr);
		dup2(stderr_fd, 2);
		close(stderr_fd);
		close(log_fd);
		assert_int_equal(w.rc, 0);
		assert_true(plants[i]->hits > 20);
		assert_int_equal(sim_log_count(w.sim, "kill accepted"), 2);
		assert_int_equal(outcome_of(&w, 1), OUTCOME_STUCK);
		write_reports(&w, 0);
		/* the ledger with its journal and records, its lock, two credentials, log, six reports */
		assert_true(expect_no_secret(w.dir) >= 10);
		ripe_end(&w, g);
	}
}

/* --- 62: the same name in several places ------------------------------------------------------------------------------ */

static void
s62_the_right_one_of_several(void **state)
{
	/* as StratusLab's sample is: values padded around CDATA, names thrice (reapers.md C.6) */
	static const char doc[] =
	    "<VM>\n<ID>42</ID>\n<UID>\n<![CDATA[7]]>\n</UID><UNAME> <![CDATA[alice]]> </UNAME>"
	    "<NAME>\n  <![CDATA[the:machine]]>\n</NAME>"
	    "<STATE>\n<![CDATA[3]]>\n</STATE><LCM_STATE> <![CDATA[16]]>\t</LCM_STATE>"
	    "<STIME>\n<![CDATA[1700000000]]>\n</STIME><CPU>97</CPU><MEMORY>2097152</MEMORY>"
	    "<TARGET>vm</TARGET><TEMPLATE>\n<CPU>\n<![CDATA[0.5]]>\n</CPU>"
	    "<MEMORY>\n<![CDATA[128]]>\n</MEMORY><NAME>\n<![CDATA[template]]>\n</NAME>"
	    "<TARGET>template</TARGET>"
	    "<CONTEXT><CPU>64</CPU><MEMORY>65536</MEMORY><NAME>context</NAME><TARGET>hdc</"
	    "TARGET>"
	    "<STATE>6</STATE><IP>10.9.9.9</IP><NIC><IP>10.9.9.8</IP></NIC></CONTEXT>"
	    "<DISK><DISK_ID> <![CDATA[0]]> "
	    "</DISK_ID><SOURCE>\n<![CDATA[pdisk:h:1/u]]>\n</SOURCE>"
	    "<TARGET>vda</TARGET><TYPE>\n<![CDATA[block]]>\n</TYPE></DISK>"
	    "<NIC><IP>\n<![CDATA[10.0.1.42]]>\n</IP><TARGET>nic</TARGET></NIC></TEMPLATE>"
	    "<HISTORY_RECORDS><HISTORY><SEQ>0</SEQ><HID> <![CDATA[4]]> </HID>"
	    "<HOSTNAME>\n<![CDATA[node4]]>\n</HOSTNAME><STIME>1700000500</STIME></HISTORY>"
	    "</HISTORY_RECORDS></VM>";
	struct arena *a = arena_new(0);
	struct vm_list vms = {NULL, 0};
	struct fault f = {.kind = FAULT_NONE};
	char addr[NET_STR_SIZE];
	const struct vm *vm;

	(void)state;
	for (size_t piece = 1; piece < sizeof(doc); piece = piece * 3 + 1) {
		vms = (struct vm_list){NULL, 0};
		if (document_parse(
			a, era_by_version("3.2.1"), doc, sizeof(doc) - 1, piece, &vms, &f) != 0)
			fail_msg("%s", f.msg);
		assert_int_equal(vms.n, 1);
		vm = &vms.v[0];
		assert_int_equal(vm->id, 42);
		assert_int_equal(vm->uid, 7);
		assert_string_equal(vm->uname, "alice");
		assert_string_equal(vm->name, "the:machine");
		assert_int_equal(vm->state, 3);
		assert_int_equal(vm->lcm, 16);
		assert_int_equal(vm->cls, VM_CLASS_UNKNOWN);
		assert_int_equal(vm->stime_s, 1700000000);
		assert_true(vm->cpu > 0.49 && vm->cpu < 0.51);
		assert_int_equal(vm->memory_mib, 128);
		assert_int_equal(vm->n_addrs, 1);
		assert_string_equal(net_addr_str(addr, &vm->addrs[0].a), "10.0.1.42");
		assert_int_equal(vm->n_disks, 1);
		assert_int_equal(vm->disks[0].kind, DISK_VOLUME);
		assert_string_equal(vm->disks[0].image, "pdisk:h:1/u");
		assert_int_equal(vm->host_id, 4);
		assert_string_equal(vm->host, "node4");
		assert_int_equal(vm->odd, 0);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(s51_no_name_changes_what_is_said),
	    cmocka_unit_test(s51_json_is_json_and_holds_the_name),
	    cmocka_unit_test(s51_a_kill_knows_no_name),
	    cmocka_unit_test(s52_an_encoded_dn_and_no_group),
	    cmocka_unit_test(s53_ten_thousand_machines_in_64_mib),
	    cmocka_unit_test(s61_secrets_go_nowhere),
	    cmocka_unit_test(s62_the_right_one_of_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
