/* SPDX-License-Identifier: ISC */
/*
 * What the commands by hand print, byte for byte against the files byhand-*.txt: the table of describe in every case
 * of its width rule (stratuslab.md 1.3), the boxes of run (1.7), the template that run submits (5.2). After a wanted
 * change: VMR_GOLDEN_WRITE=1 tests/golden/test_byhand, then read the diff before committing it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "command/byhand.h"
#include "command/table.h"
#include "command/template.h"

static void
compare(const char *name, struct text *got)
{
	const char *dir = getenv("top_srcdir");
	char path[512], want[65536];
	size_t n;
	FILE *fp;

	snprintf(path, sizeof(path), "%s/tests/golden/%s", dir != NULL ? dir : ".", name);
	if (getenv("VMR_GOLDEN_WRITE") != NULL) {
		fp = fopen(path, "w");
		assert_non_null(fp);
		fwrite(got->p, 1, got->len, fp);
		fclose(fp);
		text_free(got);
		return;
	}
	fp = fopen(path, "r");
	if (fp == NULL)
		fail_msg("%s is missing", path);
	n = fread(want, 1, sizeof(want), fp);
	fclose(fp);
	if (n != got->len || memcmp(want, got->p, n) != 0)
		fail_msg("%s differs; got:\n%s", name, got->p);
	assert_false(got->cut);
	text_free(got);
}

/* A machine with one address on a NIC. */
static struct vm
machine(
    int64_t id, int32_t state, int32_t lcm, struct vm_addr *a, const char *ip, const char *name)
{
	struct vm vm = {.id = id,
	    .uid = 10,
	    .uname = "alice",
	    .gname = "users",
	    .name = name,
	    .state = state,
	    .lcm = lcm,
	    .vcpu = 1,
	    .seen_memory = "0",
	    .seen_cpu = "0",
	    .host = "",
	    .host_id = -1};

	memset(a, 0, sizeof(*a));
	if (ip != NULL) {
		assert_int_equal(net_addr_parse(ip, &a->a), 0);
		a->origin = ADDR_NIC;
		a->network = "public";
		vm.addrs = a;
		vm.n_addrs = vm.n_nics = 1;
	}
	return vm;
}

static const struct era *
era(const char *version)
{
	const struct era *e = era_by_version(version);

	assert_non_null(e);
	return e;
}

/* The two machines that stratuslab.md shows, and the header alone. */
static void
as_recorded(void **state)
{
	static const char *const hosts[] = {
	    "vm-201.lal.stratuslab.eu", "vm-202.lal.stratuslab.eu"};
	struct vm_addr a[2];
	struct vm vms[2];
	struct text out;

	(void)state;
	vms[0] = machine(5507, 3, 3, &a[0], "134.158.75.201", "one-5507");
	vms[1] = machine(5508, 1, 0, &a[1], "134.158.75.202", "one-5508");
	text_init(&out, 65536);
	table_add(era("3.2.1"), vms, 2, hosts, false, &out);
	assert_string_equal(out.p,
	    "id   state     vcpu memory    cpu% host/ip                  name\n"
	    "5507 Running   1    0         0    vm-201.lal.stratuslab.eu one-5507\n"
	    "5508 Pending   1    0         0    vm-202.lal.stratuslab.eu one-5508\n");
	text_reset(&out);
	table_add(era("3.2.1"), vms, 0, NULL, false, &out);
	assert_string_equal(
	    out.p, "id  state     vcpu memory    cpu% host/ip                 name\n");
	text_free(&out);
}

/* Every column at its minimum, one below it, and above it; the last one padded to four. */
static void
widths(void **state)
{
	static const struct {
		const char *file;
		int64_t id;
		int32_t lcm, vcpu;
		const char *memory, *cpu, *host, *name;
	} rows[] = {
	    {"byhand-narrow.txt", 999, 3, 1, "0", "0", "10.0.0.1", "x"},
	    {"byhand-id-4.txt", 1000, 3, 1, "0", "0", "10.0.0.1", "abcd"},
	    {"byhand-id-9.txt", 100000000, 3, 1, "0", "0", "10.0.0.1", "abcde"},
	    {"byhand-state-9.txt", 7, 5, 1, "0", "0", "10.0.0.1", "one-7"}, /* Save_Stop */
	    {"byhand-state-12.txt", 7, 6, 1, "0", "0", "10.0.0.1", "one-7"}, /* Save_Suspend */
	    {"byhand-vcpu-5.txt", 7, 3, 10000, "0", "0", "10.0.0.1", "one-7"},
	    {"byhand-memory-9.txt", 7, 3, 1, "123456789", "1234", "10.0.0.1", "one-7"},
	    {"byhand-memory-10.txt", 7, 3, 1, "1234567890", "12345", "10.0.0.1", "one-7"},
	    {"byhand-host-23.txt", 7, 3, 1, "0", "0", "abcdefghij.example.org1", "one-7"},
	    {"byhand-host-24.txt", 7, 3, 1, "0", "0", "abcdefghij.example.org12", "one-7"},
	    {"byhand-host-40.txt", 7, 3, 1, "0", "0",
		"abcdefghijklmnopqrstuvwxyz12.example.org", "a name with blanks: of a creator"},
	};
	struct vm_addr a;
	struct vm vm;
	struct text out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		vm = machine(rows[i].id, 3, rows[i].lcm, &a, "10.0.0.1", rows[i].name);
		vm.vcpu = rows[i].vcpu;
		vm.seen_memory = rows[i].memory;
		vm.seen_cpu = rows[i].cpu;
		text_init(&out, 65536);
		table_add(era("3.2.1"), &vm, 1, &rows[i].host, false, &out);
		compare(rows[i].file, &out);
	}
}

/* What killed the original's listing, and what would speak to the terminal. */
static void
repaired(void **state)
{
	struct vm_addr a[6];
	struct vm vms[6];
	struct text out;

	(void)state;
	vms[0] = machine(1, 3, 3, &a[0], NULL, "no address");
	vms[1] = machine(2, 3, 17, &a[1], "10.0.0.2", "no such lcm in 3.2");
	vms[2] = machine(3, 12, 0, &a[2], "10.0.0.3", "no such state");
	vms[3] = machine(4, 3, 16, &a[3], "10.0.0.4",
	    "\x1b]0;owned\x07\x1b[2J\nid state\r\xe2\x80\xae evil \xff\xc3\xa9");
	vms[3].error = "Error\nmonitoring \x1b[31mVM";
	vms[4] = machine(5, 7, 0, &a[4], "2001:db8::5", "");
	vms[4].seen_memory = vms[4].seen_cpu = "";
	vms[4].error = "Error excuting image transfer script: policy";
	vms[5] = machine(6, 3, -1, &a[5], "10.0.0.6", "no lcm");
	vms[5].seen_memory = vms[5].seen_cpu = NULL;
	text_init(&out, 65536);
	table_add(era("3.2.1"), vms, 6, NULL, true, &out);
	assert_null(strchr(out.p, 0x1b));
	assert_null(strchr(out.p, '\r'));
	compare("byhand-repaired.txt", &out);
}

/* Which address is shown: the last NIC's, IPv4 first, never a guest's word or an alias. */
static void
the_address(void **state)
{
	struct vm_addr a[5] = {0};
	struct vm vm = {.addrs = a, .n_addrs = 5};

	(void)state;
	net_addr_parse("10.0.0.1", &a[0].a);
	net_addr_parse("10.0.0.2", &a[1].a);
	net_addr_parse("2001:db8::2", &a[2].a);
	net_addr_parse("10.0.0.3", &a[3].a);
	a[3].origin = ADDR_ALIAS;
	net_addr_parse("10.0.0.4", &a[4].a);
	a[4].origin = ADDR_GUEST;
	assert_ptr_equal(table_addr(&vm), &a[1]);
	a[0].origin = a[1].origin = ADDR_EXTERNAL;
	assert_ptr_equal(table_addr(&vm), &a[2]);
	a[2].origin = ADDR_GUEST;
	assert_null(table_addr(&vm));
}

static void
boxes(void **state)
{
	struct text out;

	(void)state;
	text_init(&out, 4096);
	table_box(&out, "Starting machine(s)");
	table_step(&out, "Starting %d machine", 1);
	table_step(&out, "Machine %d (vm ID: %d)", 1, 5507);
	text_add(&out, "\tPublic ip: 134.158.75.201\n");
	table_step(&out, "Done!");
	compare("byhand-run.txt", &out);
	text_init(&out, 4096);
	template_types("m1.small", &out);
	compare("byhand-types.txt", &out);
}

static struct template_spec
spec(void)
{
	return (struct template_spec){
	    .image = "https://marketplace.example.org/metadata/BtSKdXa2SvHlSVTvgFgivIYDq--",
	    .driver = "raw",
	    .bus = "virtio",
	    .cpu = 1,
	    .ram_mb = 512,
	    .swap_mb = 512,
	    .network = "public",
	    .public_key = "ssh-rsa AAAA alice"};
}

static void
templates(void **state)
{
	struct vm_attr context[] = {{"A", "1"}, {"B", "two words"}, {"A", "3"}};
	struct fault f = {0};
	struct template_spec s = spec();
	struct text out;

	(void)state;
	text_init(&out, 65536);
	assert_int_equal(template_text(&s, &out, &f), 0);
	compare("byhand-template-small.txt", &out);
	s.name = "web";
	s.requirements = "CLUSTER = \\\"test\\\"";
	s.driver = "qcow2";
	s.bus = "scsi";
	s.cpu = 2;
	s.cpu_amount = "0.5";
	s.volatile_gb = 5;
	s.persistent =
	    "pdisk:https://pdisk.example.org/pdisk/95b75092-0000-4000-8000-cd1deaa721f1";
	s.readonly = "https://marketplace.example.org/metadata/MMZu9WvwKIro-rtBQfDk4PsKO7_";
	s.network = "local";
	s.address = "10.0.0.7";
	s.model = "virtio";
	s.host_cpu = true;
	s.public_key = "ssh-rsa AAAA alice\nssh-ed25519 BBBB bob";
	s.context = context;
	s.n_context = 3;
	s.inbound_ports = "22,80";
	text_init(&out, 65536);
	assert_int_equal(template_text(&s, &out, &f), 0);
	compare("byhand-template-full.txt", &out);
}

/* What a kill says before it asks. */
static void
descriptions(void **state)
{
	struct vm_disk disk = {
	    .id = 1, .kind = DISK_VOLUME, .persistent = TRI_YES, .size_mib = 20480};
	struct vm_addr a;
	struct vm vm = machine(12, 3, 3, &a, "10.0.0.1", "web \x1b[31m\nshop");
	struct text out;

	(void)state;
	vm.uname = "bob\n";
	vm.vcpu = 4;
	vm.memory_mib = 8192;
	vm.disk_mib = 20480;
	vm.host_id = 2;
	vm.host = "node2";
	vm.disks = &disk;
	vm.n_disks = 1;
	vm.lock = 2;
	vm.full = true;
	vm.cls = VM_CLASS_OK;
	text_init(&out, 4096);
	byhand_describe(era("7.2.0"), &vm, &out);
	text_addc(&out, '\n');
	vm = machine(13, 6, 0, &a, NULL, "gone");
	vm.cls = VM_CLASS_DONE;
	vm.full = true;
	byhand_describe(era("7.2.0"), &vm, &out);
	text_addc(&out, '\n');
	compare("byhand-about.txt", &out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_recorded),
	    cmocka_unit_test(widths),
	    cmocka_unit_test(repaired),
	    cmocka_unit_test(the_address),
	    cmocka_unit_test(boxes),
	    cmocka_unit_test(templates),
	    cmocka_unit_test(descriptions),
	};

	return cmocka_run_group_tests_name("byhand", tests, NULL, NULL);
}
