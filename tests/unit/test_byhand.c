/* SPDX-License-Identifier: ISC */
/*
 * The pure parts of the commands by hand as tables: labels of states, the verb for every state of every era, who must
 * be asked about, what cannot be written in a template; and the exit codes of every option, with a door that is shut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cloud/vmxml.h"
#include "command/byhand.h"
#include "command/instance.h"
#include "command/names.h"
#include "command/run.h"
#include "command/table.h"

/* --- the door: shut, and it remembers with what it was knocked at --------- */

static char knocked[1024]; /* every option, by name */
static unsigned knocks;
#define STR(x) (o->x != NULL ? o->x : "-")

int
caller_open(const struct caller_options *o, struct caller *out, struct fault *f)
{
	(void)out;
	snprintf(knocked, sizeof(knocked),
	    "endpoint=%s username=%s password=%s cert=%s key=%s "
	    "config=%s section=%s auth=%s version=%s ca=%s dir=%s insecure=%d",
	    STR(endpoint), STR(username), STR(password), STR(pem_cert), STR(pem_key),
	    STR(config), STR(section), STR(auth_file), STR(version), STR(ca_file), STR(ca_dir),
	    o->insecure);
	knocks++;
	return fault_set(f, FAULT_NETWORK, "the door is shut");
}

void
caller_close(struct caller *c)
{
	(void)c;
}

/* --- labels --------------------------------------------------------------- */

static void
labels(void **state)
{
	static const struct {
		const char *version;
		int32_t state, lcm;
		const char *want;
	} rows[] = {
	    {"3.2.1", 0, 0, "Init"},
	    {"3.2.1", 1, 0, "Pending"},
	    {"3.2.1", 2, 0, "Hold"},
	    {"3.2.1", 4, 3, "Stopped"},
	    {"3.2.1", 5, 16, "Suspended"},
	    {"3.2.1", 6, 3, "Done"},
	    {"3.2.1", 7, 0, "Failed"},
	    {"3.2.1", 3, 0, "Lcm_Init"},
	    {"3.2.1", 3, 1, "Prolog"},
	    {"3.2.1", 3, 2, "Boot"},
	    {"3.2.1", 3, 3, "Running"},
	    {"3.2.1", 3, 4, "Migrate"},
	    {"3.2.1", 3, 5, "Save_Stop"},
	    {"3.2.1", 3, 6, "Save_Suspend"},
	    {"3.2.1", 3, 7, "Save_Migrate"},
	    {"3.2.1", 3, 8, "Prolog_Migrate"},
	    {"3.2.1", 3, 9, "Prolog_Resume"},
	    {"3.2.1", 3, 10, "Epilog_Stop"},
	    {"3.2.1", 3, 11, "Epilog"},
	    {"3.2.1", 3, 12, "Shutdown"},
	    {"3.2.1", 3, 13, "Cancel"},
	    {"3.2.1", 3, 14, "Failure"},
	    {"3.2.1", 3, 15, "Delete"},
	    {"3.2.1", 3, 16, "Unknown"},
	    {"3.2.1", 3, 17, "Invalid State"},
	    {"3.2.1", 3, -1, "Invalid State"},
	    {"3.2.1", 8, 0, "Invalid State"},
	    {"3.2.1", -1, -1, "Invalid State"},
	    {"7.2.0", 8, 0, "Poweroff"},
	    {"7.2.0", 3, 15, "Cleanup_Resubmit"},
	    {"7.2.0", 3, 36, "Boot_Failure"},
	    {"7.2.0", 3, 44, "Prolog_Migrate_Poweroff_Failure"},
	    {"7.2.0", 7, 0, "Invalid State"},
	};
	char buf[40];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(table_state(era_by_version(rows[i].version), rows[i].state,
					rows[i].lcm, buf),
		    rows[i].want);
}

/* --- verbs ---------------------------------------------------------------- */

static struct vm
in_state(const struct era *e, int32_t state, int32_t lcm)
{
	struct vm vm = {
	    .id = 7, .state = state, .lcm = lcm, .name = "", .uname = "", .full = true};

	vm_classify(e, &vm);
	return vm;
}

/* reapers.md C.6: what each era accepts, the mildest of it. */
static void
verbs(void **state)
{
	static const struct {
		const char *version;
		int32_t state, lcm;
		const char *want; /* NULL: none */
	} rows[] = {
	    {"2.2", 3, 3, "finalize"},
	    {"3.2.1", 1, 0, "finalize"},
	    {"3.2.1", 2, 0, "finalize"},
	    {"3.2.1", 3, 1, "finalize"},
	    {"3.2.1", 3, 3, "finalize"},
	    {"3.2.1", 3, 11, "finalize"},
	    {"3.2.1", 3, 16, "finalize"},
	    {"3.2.1", 4, 0, "finalize"},
	    {"3.2.1", 7, 0, "finalize"},
	    {"3.2.1", 6, 0, NULL},
	    {"3.2.1", 3, 17, NULL},
	    {"3.8.3", 8, 0, "finalize"},
	    {"4.2.0", 3, 3, "shutdown-hard"},
	    {"4.2.0", 3, 16, "delete"},
	    {"4.2.0", 8, 0, "delete"},
	    {"4.2.0", 1, 0, "delete"},
	    {"4.12.1", 3, 3, "shutdown-hard"},
	    {"4.12.1", 3, 16, "shutdown-hard"},
	    {"4.12.1", 3, 1, "delete"},
	    {"4.12.1", 5, 0, "delete"},
	    {"4.12.1", 7, 0, "delete"},
	    {"4.14.2", 5, 0, "shutdown-hard"},
	    {"4.14.2", 8, 0, "shutdown-hard"},
	    {"4.14.2", 4, 0, "delete"},
	    {"4.14.2", 3, 36, "delete"},
	    {"5.0.2", 3, 3, "terminate-hard"},
	    {"5.0.2", 3, 36, NULL},
	    {"5.0.2", 3, 12, NULL},
	    {"5.4.0", 3, 36, "terminate-hard"},
	    {"5.12.0", 3, 12, NULL},
	    {"6.0.0", 3, 12, "terminate-hard"},
	    {"7.2.0", 3, 3, "terminate-hard"},
	    {"7.2.0", 3, 16, "terminate-hard"},
	    {"7.2.0", 1, 0, "terminate"},
	    {"7.2.0", 8, 0, "terminate"},
	    {"7.2.0", 5, 0, "terminate"},
	    {"7.2.0", 9, 0, "terminate"},
	    {"7.2.0", 10, 0, "terminate"},
	    {"7.2.0", 11, 0, "terminate"},
	    {"7.2.0", 3, 1, NULL}, /* PROLOG */
	    {"7.2.0", 3, 17, NULL}, /* HOTPLUG: runs, and is refused */
	    {"7.2.0", 3, 57, NULL}, /* DISK_SNAPSHOT */
	    {"7.2.0", 6, 0, NULL},
	    {"7.2.0", 7, 0, NULL},
	    {"7.2.0", 99, 0, NULL},
	};
	const struct era *e;
	const char *got;
	struct fault f;
	struct vm vm;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		e = era_by_version(rows[i].version);
		assert_non_null(e);
		vm = in_state(e, rows[i].state, rows[i].lcm);
		memset(&f, 0, sizeof(f));
		got = byhand_kill_verb(e, &vm, &f);
		if (rows[i].want == NULL ? got != NULL
					 : got == NULL || strcmp(got, rows[i].want) != 0)
			fail_msg("%s %d/%d: %s, not %s", rows[i].version, (int)rows[i].state,
			    (int)rows[i].lcm, got != NULL ? got : "none",
			    rows[i].want != NULL ? rows[i].want : "none");
		assert_int_equal(f.kind, got == NULL ? FAULT_STATE : FAULT_NONE);
	}
	vm = in_state(NULL, 3, 3);
	assert_null(byhand_kill_verb(NULL, &vm, &f));
	assert_non_null(strstr(f.remedy, "--era"));
}

/* Never a verb that the era does not have, in any state. */
static void
verbs_of_the_era(void **state)
{
	size_t n, i;
	const struct era *eras = era_table(&n);
	const char *verb;
	struct fault f;
	struct vm vm;
	int s, l;

	(void)state;
	for (i = 0; i < n; i++)
		for (s = -1; s <= 13; s++)
			for (l = -1; l <= (s == 3 ? 75 : -1); l++) {
				vm = in_state(&eras[i], s, l);
				verb = byhand_kill_verb(&eras[i], &vm, &f);
				if (verb == NULL)
					continue;
				if (eras[i].to < 40000)
					assert_string_equal(verb, "finalize");
				else if (eras[i].to < 50000)
					assert_true(strcmp(verb, "delete") == 0 ||
						    strcmp(verb, "shutdown-hard") == 0);
				else
					assert_true(strncmp(verb, "terminate", 9) == 0);
			}
}

static void
who_is_asked_about(void **state)
{
	const struct era *e = era_by_version("7.2.0");
	struct vm_disk disk = {.persistent = TRI_YES};
	struct vm vm;

	(void)state;
	vm = in_state(e, 3, 3);
	assert_true(byhand_asks(&vm)); /* runs */
	vm = in_state(e, 3, 17);
	assert_true(byhand_asks(&vm));
	vm = in_state(e, 3, 12);
	assert_true(byhand_asks(&vm)); /* on its way */
	vm = in_state(e, 99, 0);
	assert_true(byhand_asks(&vm)); /* who knows */
	vm = in_state(e, 3, 16);
	assert_false(byhand_asks(&vm));
	vm.lock = VM_LOCK_UNREADABLE;
	assert_true(byhand_asks(&vm));
	vm.lock = VM_LOCK_NONE;
	vm.disks = &disk;
	vm.n_disks = 1;
	assert_true(byhand_asks(&vm));
	disk.persistent = TRI_UNKNOWN;
	assert_true(byhand_asks(&vm));
	disk.persistent = TRI_NO;
	assert_false(byhand_asks(&vm));
	vm.create_image = true;
	assert_true(byhand_asks(&vm));
	vm = in_state(e, 1, 0);
	assert_false(byhand_asks(&vm)); /* waits for a host: nothing is lost */
	vm = in_state(e, 8, 0);
	assert_false(byhand_asks(&vm));
}

/* --- templates ------------------------------------------------------------ */

static struct template_spec
good(void)
{
	return (struct template_spec){.image = "https://m.example/metadata/x",
	    .driver = "raw",
	    .bus = "ide",
	    .cpu = 2,
	    .ram_mb = 1,
	    .swap_mb = 0,
	    .network = "public",
	    .public_key = "k"};
}

static bool
writes(struct template_spec s, const char *part)
{
	struct fault f = {.kind = FAULT_NONE};
	struct text out;
	bool ok;

	text_init(&out, 65536);
	ok = template_text(&s, &out, &f) == 0 && strstr(out.p, part) != NULL;
	assert_true(ok || f.kind != FAULT_NONE || part[0] != '\0');
	text_free(&out);
	return ok;
}

#define WITH(field, value) (s = good(), s.field = (value), s)

static void
what_ends_its_quotes_is_refused(void **state)
{
	struct vm_attr pair = {"A", "b\", target = \"x"};
	struct template_spec s;

	(void)state;
	assert_true(writes(good(), ""));
	assert_false(writes(WITH(name, "a\"b"), ""));
	assert_false(writes(WITH(name, "a\\"), ""));
	assert_false(writes(WITH(name, "a\\\\\"b"), ""));
	assert_true(writes(WITH(name, "a\\\"b"), "NAME = \"a\\\"b\""));
	assert_false(writes(WITH(name, "a\nb"), ""));
	assert_false(writes(WITH(name, "a\x1b"), ""));
	assert_false(writes(WITH(requirements, "x\" ]\nDISK = [ source = \"/etc/passwd"), ""));
	assert_false(writes(WITH(image, "http://x/\", save = yes"), ""));
	assert_false(writes(WITH(readonly, "x\""), ""));
	assert_false(writes(WITH(persistent, "pdisk:a, TARGET = x"), ""));
	assert_false(writes(WITH(persistent, "pdisk:a]"), ""));
	assert_false(writes(WITH(network, "public\", x = \"y"), ""));
	assert_false(writes(WITH(address, "10.0.0.1 ]"), ""));
	assert_false(writes(WITH(model, ""), ""));
	assert_false(writes(WITH(bus, "floppy"), ""));
	assert_false(writes(WITH(driver, "raw\" ]"), ""));
	assert_false(writes(WITH(driver, "vmdk"), ""));
	assert_false(writes(WITH(inbound_ports, "22\"\nRAW"), ""));
	assert_false(writes(WITH(public_key, ""), ""));
	assert_false(writes(WITH(public_key, "a\"b"), ""));
	assert_true(writes(WITH(public_key, "a\nb"), "public_key = \"a\nb\""));
	s = good();
	s.context = &pair;
	s.n_context = 1;
	assert_false(writes(s, ""));
}

static void
cpu_amount_counts_where_it_is_not_more(void **state)
{
	struct template_spec s;

	(void)state;
	assert_true(writes(WITH(cpu_amount, "0.5"), "CPU = 0.5\nVCPU = 2\n"));
	assert_true(writes(WITH(cpu_amount, "2"), "CPU = 2\n"));
	assert_true(writes(WITH(cpu_amount, "2.0"), "CPU = 2.0\n"));
	assert_true(writes(WITH(cpu_amount, "1.99"), "CPU = 1.99\n"));
	assert_true(writes(WITH(cpu_amount, "2.01"), "CPU = 2\n"));
	assert_true(writes(WITH(cpu_amount, "3"), "CPU = 2\n"));
	assert_true(writes(WITH(cpu_amount, "lots"), "CPU = 2\n"));
	assert_false(writes(WITH(cpu_amount, "1\nRAW = 1"), ""));
}

static void
context_lines(void **state)
{
	struct vm_attr pairs[TEMPLATE_CONTEXT_MAX];
	struct fault f = {.kind = FAULT_NONE};
	char good_text[] = "A=1##B=x=y#C=";
	char bad[][16] = {"A", "=x", "A B=c", "A=1#\"=2", "A-B=1"};
	size_t n = 0, i;

	(void)state;
	assert_int_equal(template_context(good_text, '#', pairs, &n, &f), 0);
	assert_int_equal(n, 3);
	assert_string_equal(pairs[1].name, "B");
	assert_string_equal(pairs[1].value, "x=y");
	assert_string_equal(pairs[2].value, "");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		n = 0;
		assert_int_equal(template_context(bad[i], '#', pairs, &n, &f), -1);
	}
}

static void
what_an_image_is(void **state)
{
	(void)state;
	assert_true(image_is_identifier("BtSKdXa2SvHlSVTvgFgivIYDq--"));
	assert_false(image_is_identifier("BtSKdXa2SvHlSVTvgFgivIYDq-"));
	assert_false(image_is_identifier("BtSKdXa2SvHlSVTvgFgivIYDq-/"));
	assert_true(image_is_uuid("95b75092-0000-4000-8000-cd1deaa721f1"));
	assert_false(image_is_uuid("95B75092-0000-4000-8000-cd1deaa721f1"));
	assert_false(image_is_uuid("95b75092-0000-4000-8000-cd1deaa721f"));
	assert_false(image_is_uuid("95b75092-0000-4000-8000-cd1deaa721f12"));
	assert_false(image_is_uuid(""));
}

/* --- options and exit codes ----------------------------------------------- */

typedef int command_fn(int argc, char **argv);

static int
call(command_fn *fn, const char *line, char *err, size_t err_size)
{
	char copy[512], *argv[64], *save = NULL, *word;
	int argc = 0, rc, old_out, old_err;
	FILE *out = tmpfile(), *errors = tmpfile();
	size_t n;

	snprintf(copy, sizeof(copy), "%s", line);
	for (word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	optind = 0; /* glibc: scan anew */
	optopt = 0;
	fflush(NULL);
	old_out = dup(1);
	old_err = dup(2);
	dup2(fileno(out), 1);
	dup2(fileno(errors), 2);
	rc = fn(argc, argv);
	fflush(NULL);
	dup2(old_out, 1);
	dup2(old_err, 2);
	close(old_out);
	close(old_err);
	rewind(errors);
	n = fread(err, 1, err_size - 1, errors);
	err[n] = '\0';
	/* an error leaves standard output alone */
	if (rc != 0) {
		fseek(out, 0, SEEK_END);
		assert_int_equal(ftell(out), 0);
	}
	fclose(out);
	fclose(errors);
	return rc;
}

static void
exit_codes(void **state)
{
	static const struct {
		command_fn *fn;
		const char *line;
		int want;
		const char *says;
	} rows[] = {
	    {stratus_kill, "stratus-kill-instance", 2,
		"Missing vm-id or input file (-i/--input)"},
	    {stratus_kill, "stratus-kill-instance --help", 0, ""},
	    {stratus_kill, "stratus-kill-instance --version", 0, ""},
	    {stratus_kill, "stratus-kill-instance --frobnicate 1", 2,
		"stratus-kill-instance: error: no such option: --frobnicate"},
	    {stratus_kill, "stratus-kill-instance -x 1", 2, "no such option: -x"},
	    {stratus_kill, "stratus-kill-instance --yes 1", 2, "no such option: --yes"},
	    {stratus_kill, "stratus-kill-instance --endpoint", 2,
		"--endpoint option requires an argument"},
	    {stratus_kill, "stratus-kill-instance -i", 2, "-i option requires an argument"},
	    {stratus_kill, "stratus-kill-instance abc", 255,
		"Error: 'abc' is no machine's number"},
	    {stratus_kill, "stratus-kill-instance -- -1", 255, "Error: "},
	    {stratus_kill, "stratus-kill-instance 1", 255, "Error: the door is shut"},
	    {stratus_kill, "stratus-kill-instance -i /nowhere/ids", 255, "Error: /nowhere/ids"},
	    {stratus_shutdown, "stratus-shutdown-instance", 2, "Missing vm-id"},
	    {stratus_shutdown, "stratus-shutdown-instance 1", 255, "the door is shut"},
	    {stratus_describe, "stratus-describe-instance -m", 2, "-m is not built"},
	    {stratus_describe, "stratus-describe-instance --pat-enable", 2, "--pat-*"},
	    {stratus_describe, "stratus-describe-instance --pat-service-host x", 2, "--pat-*"},
	    {stratus_describe, "stratus-describe-instance --json", 2, "no such option: --json"},
	    {stratus_describe, "stratus-describe-instance", 255, "the door is shut"},
	    {stratus_describe, "stratus-describe-instance -n -v 1", 255, "the door is shut"},
	    {stratus_connect, "stratus-connect-instance", 2, "Missing vm-id"},
	    {stratus_connect, "stratus-connect-instance --pat-gateway-host x 1", 2, "--pat-*"},
	    {stratus_connect, "stratus-connect-instance 1", 255, "the door is shut"},
	    {stratus_run, "stratus-run-instance", 2,
		"Please specify the machine image to start"},
	    {stratus_run, "stratus-run-instance a b", 2, "Please specify the machine image"},
	    {stratus_run, "stratus-run-instance -l", 0, ""},
	    {stratus_run, "stratus-run-instance --list-type", 0, ""},
	    {stratus_run, "stratus-run-instance -n x a", 2,
		"option -n: invalid integer value: 'x'"},
	    {stratus_run, "stratus-run-instance -n 0 a", 2, "invalid integer value"},
	    {stratus_run, "stratus-run-instance --volatile-disk 1.5 a", 2, "--volatile-disk"},
	    {stratus_run, "stratus-run-instance --save a", 2, "--save and its options are not"},
	    {stratus_run, "stratus-run-instance --author x a", 2, "--save and its options"},
	    {stratus_run, "stratus-run-instance --vnc-port 5901 a", 2,
		"vnc options are not built"},
	    {stratus_run, "stratus-run-instance --keymap de a", 2, "vnc options are not built"},
	    {stratus_run, "stratus-run-instance --cloud-init x a", 2,
		"cloud-init is not built"},
	    {stratus_run, "stratus-run-instance --context-method cloud-init a", 2,
		"cloud-init is not built"},
	    {stratus_run, "stratus-run-instance --context-method one --notify a,b a", 255,
		"the door is shut"},
	    {stratus_run, "stratus-run-instance --vm-template-file x a", 2, "not built"},
	    {stratus_run, "stratus-run-instance --template a", 2, "no such option: --template"},
	    {command_kill, "kill", 3, "give the numbers of machines"},
	    {command_kill, "kill --help", 0, ""},
	    {command_kill, "kill --timeout soon 1", 3, "--timeout takes a duration"},
	    {command_kill, "kill 1 2x", 3, "'2x' is no machine's number"},
	    {command_kill, "kill 1", 3, "vmreaper kill: the door is shut"},
	    {command_kill, "kill -i x 1", 3, "no such option: -i"},
	    {command_shutdown, "shutdown", 3, "give the numbers"},
	    {command_shutdown, "shutdown --yes 1", 3, "no such option: --yes"},
	    {command_describe, "describe --all-users 1", 3, "--all-users or the numbers"},
	    {command_describe, "describe -m", 3, "no such option: -m"},
	    {command_describe, "describe", 3, "the door is shut"},
	    {command_connect, "connect", 3, "give the number of one machine"},
	    {command_connect, "connect 1 2", 3, "give the number of one machine"},
	    {command_connect, "connect x", 3, "'x' is no machine's number"},
	    {command_connect, "connect 1", 255, "the door is shut"},
	    {command_run, "run", 3, "Please specify"},
	    {command_run, "run --no-check-image-url x", 3, "no such option"},
	    {command_run, "run --cpu 0 x", 3, "option --cpu: invalid integer value: '0'"},
	    {command_run, "run x", 3, "the door is shut"},
	};
	char err[2048];
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rc = call(rows[i].fn, rows[i].line, err, sizeof(err));
		if (rc != rows[i].want || strstr(err, rows[i].says) == NULL)
			fail_msg(
			    "%s: %d, not %d, says: %s", rows[i].line, rc, rows[i].want, err);
	}
}

/* A list with a slip in it ends nobody: the door is not even knocked at. */
static void
numbers_come_first(void **state)
{
	char err[2048];

	(void)state;
	knocks = 0;
	call(command_kill, "kill --yes 1 2 3x 4", err, sizeof(err));
	call(stratus_kill, "stratus-kill-instance 1 2 -- -3", err, sizeof(err));
	call(command_kill, "kill --yes 99999999999", err, sizeof(err));
	assert_int_equal(knocks, 0);
}

static void
options_reach_the_door(void **state)
{
	char err[2048];

	(void)state;
	call(stratus_describe,
	    "stratus-describe-instance -c C -S S -u U -p P --endpoint E --pem-cert X --pem-key "
	    "Y",
	    err, sizeof(err));
	assert_string_equal(knocked,
	    "endpoint=E username=U password=P cert=X key=Y config=C section=S auth=- version=- "
	    "ca=- dir=- insecure=0");
	call(command_describe,
	    "describe --auth-file A --era 3.2 --ca-file F --ca-dir D --insecure", err,
	    sizeof(err));
	assert_string_equal(knocked, "endpoint=- username=- password=- cert=- key=- config=- "
				     "section=- auth=A version=3.2 "
				     "ca=F dir=D insecure=1");
}

/* --- names ---------------------------------------------------------------- */

static void
names_are_bounded(void **state)
{
	struct addr addrs[20] = {0};
	char names[20][NAMES_SIZE];
	size_t i;

	(void)state;
	/* loopback is in /etc/hosts: no packet is sent; family 0 is skipped */
	for (i = 0; i < 20; i += 2)
		assert_int_equal(net_addr_parse("127.0.0.1", &addrs[i]), 0);
	names_find(addrs, 20, 5000, names);
	for (i = 0; i < 20; i++)
		assert_true((i % 2 == 0) == (names[i][0] != '\0'));
	names_find(addrs, 20, 0, names); /* no time: no names, and no child is left */
	for (i = 0; i < 20; i++)
		assert_string_equal(names[i], "");
	names_find(addrs, 0, 1000, names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(labels),
	    cmocka_unit_test(verbs),
	    cmocka_unit_test(verbs_of_the_era),
	    cmocka_unit_test(who_is_asked_about),
	    cmocka_unit_test(what_ends_its_quotes_is_refused),
	    cmocka_unit_test(cpu_amount_counts_where_it_is_not_more),
	    cmocka_unit_test(context_lines),
	    cmocka_unit_test(what_an_image_is),
	    cmocka_unit_test(exit_codes),
	    cmocka_unit_test(numbers_come_first),
	    cmocka_unit_test(options_reach_the_door),
	    cmocka_unit_test(names_are_bounded),
	};

	return cmocka_run_group_tests_name("byhand", tests, NULL, NULL);
}
