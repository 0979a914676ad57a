/* SPDX-License-Identifier: ISC */
/*
 * Documents of machines: what is taken from captured ones, and what is not taken from hostile ones.
 */
#include "base/text.h"
#include "cloud/limits.h"
#include "cloudutil.h"

static const struct era *
modern(void)
{
	return era_by_version("7.2.0");
}

static const struct era *
old(void)
{
	return era_by_version("3.2.1");
}

/* The first machine of a captured response; the arena keeps it. */
static struct vm *
captured(struct arena *a, const char *file)
{
	const struct era *era = strncmp(file, "one-3", 5) == 0 ? old() : modern();
	struct vm_list vms = {NULL, 0};
	struct xmlrpc_reply reply;
	struct fault f;
	size_t len;
	char *s = capture_read(file, &len);

	if (response_parse(a, era, s, len, len, &vms, &reply, &f) != 0)
		fail_msg("%s: %s", file, f.msg);
	assert_true(vms.n >= 1);
	free(s);
	return &vms.v[0];
}

/* All that is read of one machine, held against the captured document by eye (xmllint --format). */
static void
captured_machines_are_read_whole(void **state)
{
	static const struct {
		const char *file, *text;
	} rows[] = {
	    {"one-7.2.0/102-one.vm.info-rich-running.response.xml",
		"304 uid=2 gid=100 [alicevm|alice|biotech] 3/3 cls=0 odd=0 full=1\n"
		"t 1795418362 0 0 deploy=[node2:alicevm:dummy] host=1 [node2] seq=0\n"
		"h 1795418362 1795418362 0 1795418362 0 0 ran=2\n"
		"nics=4 127.10.0.138(0,public,0) 127.11.0.10(0,dual,2)"
		" 2001:db8:1::7fff:fe0b:a(0,dual,2) fd00:1::7fff:fe0b:a(0,dual,2)"
		" 2001:db8:2::10(0,v6static,3) 10.9.0.11(1,private,1)\n"
		"disk 0 kind=0 persistent=1 size=1024 [ttylinux]\n"
		"disk 1 kind=2 persistent=1 size=100 [-]\n"
		"attr DESCRIPTION=[vm with <odd> & \"chars\" \xc3\xa9]\n"
		"attr EXPIRES=[2030-01-01]\nattr KEEP=[yes]\nattr OWNER_MAIL=[a@b.example]\n"
		"attr SCHED_REQUIREMENTS=[ID=999]\n"
		"labels=[prod,team a/b] lock=0 service=-1 vrouter=-1 imported=0 sched=0 "
		"create=0"
		" snapshots=0 error=[-]\ncpu=0.500 vcpu=2 mem=256 disk=1124\n"},
	    {"one-7.2.0/104-one.vmpool.info-rich-running.response.xml",
		"304 uid=2 gid=100 [alicevm|alice|biotech] 3/3 cls=0 odd=0 full=0\n"
		"t 1795418362 0 0 deploy=[node2:alicevm:dummy] host=1 [node2] seq=0\n"
		"h 0 0 0 0 0 0 ran=0\n"
		"nics=5 127.10.0.138(0,public,0) 127.11.0.10(0,dual,2)"
		" fd00:1::7fff:fe0b:a(0,dual,2) 2001:db8:1::7fff:fe0b:a(0,dual,2)"
		" 2001:db8:2::10(0,v6static,3) 10.9.0.11(0,private,1)\n"
		"disk 0 kind=0 persistent=0 size=1024 [ttylinux]\n"
		"disk 1 kind=2 persistent=1 size=100 [-]\n"
		"attr SCHED_REQUIREMENTS=[ID=999]\n"
		"labels=[prod,team a/b] lock=0 service=-1 vrouter=-1 imported=0 sched=0 "
		"create=0"
		" snapshots=0 error=[-]\ncpu=0.500 vcpu=2 mem=256 disk=1124\n"},
	    {"one-3.2.1/130-one.vm.info-stratuslab-style.response.xml",
		"276 uid=0 gid=0 [vm-stratuslab|oneadmin|oneadmin] 3/3 cls=0 odd=0 full=1\n"
		"t 1795420043 0 1795420043 deploy=[one-276] host=0 [node1] seq=0\n"
		"h 1795420043 1795420043 0 1795420043 0 0 ran=2\n"
		"nics=1 127.10.0.232(0,public,0)\n"
		"disk 0 kind=4 persistent=1 size=0 [http://127.0.0.1/images/base.qcow2]\n"
		"disk 1 kind=3 persistent=2 size=0 "
		"[pdisk:127.0.0.1:8445/6c1a7d1e-1f2b-4b7a-9c51-3c1f60a1f001]\n"
		"disk 2 kind=3 persistent=2 size=0 "
		"[pdisk:127.0.0.1:8445:6c1a7d1e-1f2b-4b7a-9c51-3c1f60a1f002]\n"
		"disk 3 kind=2 persistent=1 size=64 [-]\n"
		"attr GRAPHICS=[]\nattr OS=[]\nattr RAW=[]\n"
		"attr REQUIREMENTS=[CLUSTER=\"default\"]\n"
		"attr UUID=[4f0c6d0e-0000-4000-8000-000000000001]\n"
		"labels=[-] lock=0 service=-1 vrouter=-1 imported=0 sched=0 create=1 "
		"snapshots=0"
		" error=[-]\ncpu=1.000 vcpu=1 mem=128 disk=64\n"},
	};
	struct arena *a = arena_new(0);
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text = vm_text(captured(a, rows[i].file));
		assert_string_equal(text, rows[i].text);
		free(text);
	}
	arena_free(a);
}

static void
disks_are_persistent_not_or_not_known(void **state)
{
	static const struct {
		const char *file;
		enum tri persistent[5];
		enum disk_kind kind[5];
	} rows[] = {
	    {"one-7.2.0/221-one.vm.info-persistent-disks.response.xml",
		{TRI_YES, TRI_NO, TRI_NO, TRI_NO},
		{DISK_IMAGE, DISK_IMAGE, DISK_VOLATILE, DISK_CDROM}},
	    /* the short body: CLONE=NO and an image */
	    {"one-7.2.0/222-one.vmpool.info-persistent-disks.response.xml",
		{TRI_YES, TRI_UNKNOWN, TRI_NO, TRI_NO},
		{DISK_IMAGE, DISK_IMAGE, DISK_VOLATILE, DISK_CDROM}},
	    {"one-7.2.0/223-one.vmpool.infoextended-persistent-disks.response.xml",
		{TRI_YES, TRI_NO, TRI_NO, TRI_NO},
		{DISK_IMAGE, DISK_IMAGE, DISK_VOLATILE, DISK_CDROM}},
	    {"one-3.2.1/099-one.vm.info-rich-running.response.xml",
		{TRI_YES, TRI_NO, TRI_YES, TRI_NO},
		{DISK_IMAGE, DISK_IMAGE, DISK_VOLUME, DISK_VOLATILE}},
	};
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vm *vm = captured(a, rows[i].file);

		assert_int_equal(vm->n_disks, 4);
		for (size_t d = 0; d < 4; d++) {
			assert_int_equal(vm->disks[d].kind, rows[i].kind[d]);
			assert_int_equal(vm->disks[d].persistent, rows[i].persistent[d]);
		}
		assert_true(vm_has_data(vm));
	}
	arena_free(a);
}

static void
locks_snapshots_errors_and_guest_addresses_are_read(void **state)
{
	struct arena *a = arena_new(0);
	struct vm *vm;

	(void)state;
	assert_int_equal(
	    captured(a, "one-7.2.0/111-one.vm.info-locked-use.response.xml")->lock, 1);
	assert_int_equal(
	    captured(a, "one-7.2.0/112-one.vmpool.info-locked-use.response.xml")->lock, 1);
	assert_int_equal(
	    captured(a, "one-7.2.0/119-one.vm.info-locked-manage.response.xml")->lock, 2);
	assert_int_equal(
	    captured(a, "one-7.2.0/126-one.vm.info-locked-admin.response.xml")->lock, 3);
	vm = captured(a, "one-7.2.0/228-one.vm.info-with-snapshots.response.xml");
	assert_true(vm->snapshots);
	assert_int_equal(vm->seq, 1); /* the last of two records */
	vm = captured(a, "one-7.2.0/106-one.vm.info-with-monitoring.response.xml");
	/* fe80::1 and the loopback address are left out */
	assert_int_equal(vm->n_addrs, 7);
	assert_int_equal(vm->addrs[0].origin, ADDR_GUEST);
	assert_int_equal(vm->odd, 0);
	vm = captured(a, "one-3.2.1/032-one.vm.info-FAILED_epilog.response.xml");
	assert_string_equal(
	    vm->error, "Error excuting image transfer script: forced failure by stub driver");
	assert_int_equal(vm->cls, VM_CLASS_FAILED);
	vm = captured(a, "one-7.2.0/044-one.vm.info-PROLOG_FAILURE.response.xml");
	assert_non_null(vm->error);
	assert_int_equal(vm->ever_ran, TRI_NO);
	assert_int_equal(
	    captured(a, "one-7.2.0/059-one.vm.info-UNKNOWN.response.xml")->ever_ran, TRI_YES);
	assert_int_equal(
	    captured(a, "one-7.2.0/009-one.vm.info-PENDING.response.xml")->ever_ran, TRI_NO);
	arena_free(a);
}

static void
a_leased_address_is_not_taken_for_a_guests_word(void **state)
{
	static const char doc[] =
	    "<VM><ID>7</ID><MONITORING><GUEST_IP_ADDRESSES>10.0.0.9,10.0.0.1,10.0.0.2</"
	    "GUEST_IP_ADDRESSES></MONITORING>"
	    "<TEMPLATE><NIC><IP>10.0.0.3</IP><NETWORK>a</NETWORK></NIC><NIC><IP>10.0.0.1</"
	    "IP><NETWORK>b</NETWORK></NIC>"
	    "</TEMPLATE></VM>";
	struct arena *a = arena_new(0);
	struct vm_list vms = {NULL, 0};
	struct fault f;
	char *text;

	(void)state;
	assert_int_equal(document_parse(a, modern(), doc, sizeof(doc) - 1, 50, &vms, &f), 0);
	text = vm_text(&vms.v[0]);
	assert_non_null(strstr(text,
	    "nics=2 10.0.0.9(3,-,-1) 10.0.0.2(3,-,-1) 10.0.0.3(0,a,-1) 10.0.0.1(0,b,-1)\n"));
	free(text);
	arena_free(a);
}

static void
captured_documents_are_the_same_whole_and_byte_by_byte(void **state)
{
	static const char *const files[] = {
	    "one-7.2.0/102-one.vm.info-rich-running.response.xml",
	    "one-7.2.0/268-one.vmpool.infoextended-many-states-second-half.response.xml",
	    "one-3.2.1/121-one.vmpool.info-many-states-incl-done.response.xml",
	};
	struct arena *a = arena_new(0);
	struct vm_list x = {NULL, 0}, y = {NULL, 0};
	struct xmlrpc_reply reply;
	struct fault f;
	size_t len;
	char *s, *tx, *ty;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		s = capture_read(files[i], &len);
		assert_int_equal(response_parse(a, modern(), s, len, len, &x, &reply, &f), 0);
		assert_int_equal(response_parse(a, modern(), s, len, 1, &y, &reply, &f), 0);
		assert_int_equal(x.n, y.n);
		free(s);
	}
	for (size_t i = 0; i < x.n; i++) {
		tx = vm_text(&x.v[i]);
		ty = vm_text(&y.v[i]);
		assert_string_equal(tx, ty);
		free(tx);
		free(ty);
	}
	arena_free(a);
}

/* A well-formed envelope around a short pool: only the inner parser can tell. */
static void
a_document_that_is_cut_anywhere_is_incomplete(void **state)
{
	static const char *const doc =
	    "<VM_POOL><VM><ID>7</ID><NAME>a</NAME><STATE>3</STATE><LCM_STATE>16</"
	    "LCM_STATE><TEMPLATE><CPU>"
	    "<![CDATA[1]]></CPU></TEMPLATE></VM><VM><ID>8</ID><STATE>1</STATE><LCM_STATE>0</"
	    "LCM_STATE></VM></VM_POOL>";
	struct vm_list vms;
	struct fault f;

	(void)state;
	for (size_t cut = 0; cut <= strlen(doc); cut++) {
		struct arena *a = arena_new(0);

		vms = (struct vm_list){NULL, 0};
		if ((document_parse(a, modern(), doc, cut, 16, &vms, &f) == 0) !=
		    (cut == strlen(doc)))
			fail_msg("cut to %zu of %zu bytes", cut, strlen(doc));
		arena_free(a);
	}
}

#define STATES "<STATE>3</STATE><LCM_STATE>16</LCM_STATE>"
#define OPEN   "<VM><ID>7</ID><NAME>n</NAME><PERMISSIONS/>" STATES

/* One machine each: the bits of odd that it must have, and one fact about it. */
static void
odd_machines_are_kept_and_flagged(void **state)
{
	static const struct {
		const char *name, *doc;
		unsigned odd;
		enum vm_class cls;
		int lock;
	} rows[] = {
	    {"nothing odd", OPEN "</VM>", 0, VM_CLASS_UNKNOWN, 0},
	    {"no STATE", "<VM><ID>7</ID><LCM_STATE>16</LCM_STATE></VM>", VM_ODD_STATE,
		VM_CLASS_UNRECOGNISED, 0},
	    {"no LCM_STATE", "<VM><ID>7</ID><STATE>3</STATE></VM>", VM_ODD_STATE,
		VM_CLASS_UNRECOGNISED, 0},
	    {"STATE empty", "<VM><ID>7</ID><STATE/><LCM_STATE>16</LCM_STATE></VM>",
		VM_ODD_STATE, VM_CLASS_UNRECOGNISED, 0},
	    {"STATE a word", "<VM><ID>7</ID><STATE>FAILED</STATE><LCM_STATE>0</LCM_STATE></VM>",
		VM_ODD_STATE, VM_CLASS_UNRECOGNISED, 0},
	    {"STATE 0x3", "<VM><ID>7</ID><STATE>0x3</STATE><LCM_STATE>16</LCM_STATE></VM>",
		VM_ODD_STATE, VM_CLASS_UNRECOGNISED, 0},
	    {"STATE of 2^32 + 3",
		"<VM><ID>7</ID><STATE>4294967299</STATE><LCM_STATE>16</LCM_STATE></VM>",
		VM_ODD_STATE, VM_CLASS_UNRECOGNISED, 0},
	    {"STATE negative", "<VM><ID>7</ID><STATE>-3</STATE><LCM_STATE>16</LCM_STATE></VM>",
		VM_ODD_STATE, VM_CLASS_UNRECOGNISED, 0},
	    {"STATE out of the table",
		"<VM><ID>7</ID><STATE>12</STATE><LCM_STATE>0</LCM_STATE></VM>", VM_ODD_STATE,
		VM_CLASS_UNRECOGNISED, 0},
	    {"LCM out of the table",
		"<VM><ID>7</ID><STATE>3</STATE><LCM_STATE>72</LCM_STATE></VM>", VM_ODD_STATE,
		VM_CLASS_UNRECOGNISED, 0},
	    {"STATE twice",
		"<VM><ID>7</ID><STATE>3</STATE><STATE>3</STATE><LCM_STATE>16</LCM_STATE></VM>",
		VM_ODD_TWICE, VM_CLASS_UNRECOGNISED, 0},
	    {"two templates", OPEN "<TEMPLATE/><TEMPLATE/></VM>", VM_ODD_TWICE,
		VM_CLASS_UNRECOGNISED, 0},
	    {"STATE padded with newlines",
		"<VM><ID>7</ID><STATE>\n 3 "
		"\n</STATE><LCM_STATE><![CDATA[16]]></LCM_STATE></VM>",
		0, VM_CLASS_UNKNOWN, 0},
	    /* a tenant's own elements are not the machine's */
	    {"STATE in USER_TEMPLATE",
		OPEN "<USER_TEMPLATE><STATE>6</STATE><LCM_STATE>3</LCM_STATE><ID>8</ID></"
		     "USER_TEMPLATE></VM>",
		0, VM_CLASS_UNKNOWN, 0},
	    {"a VM in USER_TEMPLATE",
		OPEN "<USER_TEMPLATE><VM><ID>8</ID><STATE>6</STATE></VM></USER_TEMPLATE></VM>",
		0, VM_CLASS_UNKNOWN, 0},
	    {"LOCK in USER_TEMPLATE",
		OPEN "<USER_TEMPLATE><LOCK><LOCKED>1</LOCKED></LOCK></USER_TEMPLATE></VM>", 0,
		VM_CLASS_UNKNOWN, 0},
	    {"LOCK in TEMPLATE",
		OPEN "<TEMPLATE><LOCK><LOCKED>1</LOCKED></LOCK></TEMPLATE></VM>", 0,
		VM_CLASS_UNKNOWN, 0},
	    {"STATE inside a skipped element", OPEN "<NEW><STATE>6</STATE></NEW></VM>", 0,
		VM_CLASS_UNKNOWN, 0},
	    /* locks */
	    {"LOCK empty", OPEN "<LOCK/></VM>", 0, VM_CLASS_UNKNOWN, VM_LOCK_UNREADABLE},
	    {"LOCKED empty", OPEN "<LOCK><LOCKED/></LOCK></VM>", 0, VM_CLASS_UNKNOWN,
		VM_LOCK_UNREADABLE},
	    {"LOCKED a word", OPEN "<LOCK><LOCKED>yes</LOCKED></LOCK></VM>", 0,
		VM_CLASS_UNKNOWN, VM_LOCK_UNREADABLE},
	    {"LOCKED negative", OPEN "<LOCK><LOCKED>-1</LOCKED></LOCK></VM>", 0,
		VM_CLASS_UNKNOWN, VM_LOCK_UNREADABLE},
	    {"LOCKED 0", OPEN "<LOCK><LOCKED>0</LOCKED></LOCK></VM>", 0, VM_CLASS_UNKNOWN,
		VM_LOCK_NONE},
	    {"LOCKED 4", OPEN "<LOCK><LOCKED>4</LOCKED><OWNER>0</OWNER></LOCK></VM>", 0,
		VM_CLASS_UNKNOWN, 4},
	    {"LOCK twice, one empty", OPEN "<LOCK><LOCKED>0</LOCKED></LOCK><LOCK/></VM>",
		VM_ODD_TWICE, VM_CLASS_UNRECOGNISED, VM_LOCK_UNREADABLE},
	    /* times */
	    {"STIME negative", OPEN "<STIME>-5</STIME></VM>", VM_ODD_TIME, VM_CLASS_UNKNOWN, 0},
	    {"STIME of 2^63", OPEN "<STIME>9223372036854775808</STIME></VM>", VM_ODD_TIME,
		VM_CLASS_UNKNOWN, 0},
	    {"STIME beyond year 9999", OPEN "<STIME>999999999999</STIME></VM>", VM_ODD_TIME,
		VM_CLASS_UNKNOWN, 0},
	    {"RSTIME a word",
		OPEN "<HISTORY_RECORDS><HISTORY><SEQ>0</SEQ><RSTIME>now</RSTIME></HISTORY></"
		     "HISTORY_RECORDS></VM>",
		VM_ODD_TIME, VM_CLASS_UNKNOWN, 0},
	    {"STIME empty", OPEN "<STIME/></VM>", 0, VM_CLASS_UNKNOWN, 0},
	    /* addresses */
	    {"IP no address", OPEN "<TEMPLATE><NIC><IP>10.0.0.256</IP></NIC></TEMPLATE></VM>",
		VM_ODD_ADDRESS, VM_CLASS_UNKNOWN, 0},
	    {"IP with a port", OPEN "<TEMPLATE><NIC><IP>10.0.0.2:22</IP></NIC></TEMPLATE></VM>",
		VM_ODD_ADDRESS, VM_CLASS_UNKNOWN, 0},
	    {"IP a name", OPEN "<TEMPLATE><NIC><IP>www.example.org</IP></NIC></TEMPLATE></VM>",
		VM_ODD_ADDRESS, VM_CLASS_UNKNOWN, 0},
	    {"IP unspecified", OPEN "<TEMPLATE><NIC><IP>0.0.0.0</IP></NIC></TEMPLATE></VM>",
		VM_ODD_ADDRESS, VM_CLASS_UNKNOWN, 0},
	    {"IP empty", OPEN "<TEMPLATE><NIC><IP/></NIC></TEMPLATE></VM>", 0, VM_CLASS_UNKNOWN,
		0},
	    {"GUEST_IP rubbish",
		OPEN "<MONITORING><GUEST_IP>$(reboot)</GUEST_IP></MONITORING></VM>",
		VM_ODD_ADDRESS, VM_CLASS_UNKNOWN, 0},
	    {"GUEST_IP link-local and loopback",
		OPEN "<MONITORING><GUEST_IP_ADDRESSES>fe80::1,127.0.0.1,::1"
		     "</GUEST_IP_ADDRESSES></MONITORING></VM>",
		0, VM_CLASS_UNKNOWN, 0},
	    /* text */
	    {"a name with a newline", "<VM><ID>7</ID><NAME>a\nb</NAME>" STATES "</VM>",
		VM_ODD_TEXT, VM_CLASS_UNKNOWN, 0},
	    {"a name with a control byte",
		"<VM><ID>7</ID><NAME>a\x1b[2Jb</NAME>" STATES "</VM>", VM_ODD_TEXT,
		VM_CLASS_UNKNOWN, 0},
	    {"a name in Latin-1", "<VM><ID>7</ID><NAME>caf\xe9</NAME>" STATES "</VM>",
		VM_ODD_TEXT, VM_CLASS_UNKNOWN, 0},
	    {"a name in UTF-8",
		"<VM><ID>7</ID><NAME>caf\xc3\xa9 | &lt;b&gt;</NAME>" STATES "</VM>", 0,
		VM_CLASS_UNKNOWN, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t piece = 1; piece < 400; piece *= 3) {
			struct arena *a = arena_new(0);
			struct vm_list vms = {NULL, 0};
			struct fault f = {0};

			if (document_parse(a, modern(), rows[i].doc, strlen(rows[i].doc), piece,
				&vms, &f) != 0 ||
			    vms.n != 1)
				fail_msg("%s: %zu machines, %s", rows[i].name, vms.n, f.msg);
			if (vms.v[0].id != 7 || vms.v[0].odd != rows[i].odd ||
			    vms.v[0].cls != rows[i].cls || vms.v[0].lock != rows[i].lock)
				fail_msg("%s: odd %x class %s lock %d", rows[i].name,
				    vms.v[0].odd, vm_class_str(vms.v[0].cls), vms.v[0].lock);
			arena_free(a);
		}
	}
}

static void
documents_that_cannot_be_trusted_are_incomplete(void **state)
{
	static const struct {
		const char *name, *doc, *why;
	} rows[] = {
	    {"no ID", "<VM_POOL><VM><NAME>x</NAME>" STATES "</VM></VM_POOL>", "no readable ID"},
	    {"an empty ID", "<VM_POOL><VM><ID/>" STATES "</VM></VM_POOL>", "no readable ID"},
	    {"an ID that is a word", "<VM_POOL><VM><ID>x</ID>" STATES "</VM></VM_POOL>",
		"no readable ID"},
	    {"an ID of 2^63",
		"<VM_POOL><VM><ID>9223372036854775808</ID>" STATES "</VM></VM_POOL>",
		"no readable ID"},
	    {"an ID of 2^31", "<VM_POOL><VM><ID>2147483648</ID>" STATES "</VM></VM_POOL>",
		"no readable ID"},
	    {"an ID only in the tenant's part",
		"<VM><USER_TEMPLATE><ID>1</ID></USER_TEMPLATE></VM>", "no readable ID"},
	    {"another document", "<HOST_POOL><HOST><ID>1</ID></HOST></HOST_POOL>", "HOST_POOL"},
	    {"a DOCTYPE", "<!DOCTYPE VM_POOL><VM_POOL/>", "DOCTYPE"},
	    {"a DOCTYPE from afar",
		"<!DOCTYPE VM_POOL SYSTEM \"http://192.0.2.1/x\"><VM_POOL/>", "DOCTYPE"},
	    {"an entity",
		"<!DOCTYPE VM_POOL [<!ENTITY x SYSTEM \"/etc/passwd\">]><VM_POOL>&x;</VM_POOL>",
		"DOCTYPE"},
	    {"an undeclared entity", "<VM_POOL><VM><ID>1</ID><NAME>&x;</NAME></VM></VM_POOL>",
		"well-formed"},
	    {"an unescaped name (3.x)",
		"<VM_POOL><VM><ID>1</ID><NAME>a<b</NAME>" STATES "</VM></VM_POOL>", ""},
	    {"an unescaped ampersand (3.x)",
		"<VM_POOL><VM><ID>1</ID><NAME>a & b</NAME>" STATES "</VM></VM_POOL>", ""},
	    {"a second document", "<VM_POOL/><VM_POOL/>", ""},
	    {"text behind", "<VM_POOL/>x", ""},
	    {"nothing", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(0);
		struct vm_list vms = {NULL, 0};
		struct fault f = {0};

		if (document_parse(a, old(), rows[i].doc, strlen(rows[i].doc), 3, &vms, &f) !=
		    -1)
			fail_msg("%s: accepted", rows[i].name);
		assert_int_equal(f.kind, FAULT_REPLY);
		if (strstr(f.msg, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].name, f.msg);
		arena_free(a);
	}
}

/* Feeds a document made of a head, n times the same part, and a tail. */
static int
repeated(struct arena *a, const char *head, const char *part, size_t n, const char *tail,
    struct vm_list *vms, struct fault *f)
{
	struct vmxml *x = vmxml_new(a, modern(), MACHINES_MAX, vms);
	int r;

	vmxml_feed(x, head, strlen(head));
	for (size_t i = 0; i < n; i++)
		vmxml_feed(x, part, strlen(part));
	vmxml_feed(x, tail, strlen(tail));
	r = vmxml_end(x, f);
	vmxml_free(x);
	return r;
}

static void
bounds_cut_with_a_flag(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct vm_list vms = {NULL, 0};
	struct fault f;
	char part[64];

	(void)state;
	snprintf(part, sizeof(part), "%s", "0123456789");
	assert_int_equal(repeated(a, "<VM><ID>1</ID>" STATES "<NAME>", part, 100000,
			     "</NAME></VM>", &vms, &f),
	    0);
	assert_int_equal(strlen(vms.v[0].name), LIMIT_NAME);
	assert_int_equal(vms.v[0].odd, VM_ODD_TEXT);
	assert_int_equal(
	    repeated(a, "<VM><ID>2</ID>" STATES "<TEMPLATE>", "<DISK><SIZE>10</SIZE></DISK>",
		1000, "</TEMPLATE></VM>", &vms, &f),
	    0);
	assert_int_equal(vms.v[1].n_disks, LIMIT_DISKS);
	assert_int_equal(vms.v[1].odd, VM_ODD_LIMIT);
	assert_true(vm_has_data(&vms.v[1]));
	assert_int_equal(repeated(a, "<VM><ID>3</ID>" STATES "<USER_TEMPLATE>", "<A>b</A>",
			     1000, "</USER_TEMPLATE></VM>", &vms, &f),
	    0);
	assert_int_equal(vms.v[2].n_attrs, LIMIT_ATTRS);
	assert_int_equal(vms.v[2].odd, VM_ODD_LIMIT);
	/* the same address a thousand times is one */
	assert_int_equal(
	    repeated(a, "<VM><ID>4</ID>" STATES "<TEMPLATE>", "<NIC><IP>10.0.0.1</IP></NIC>",
		1000, "</TEMPLATE></VM>", &vms, &f),
	    0);
	assert_int_equal(vms.v[3].n_addrs, 1);
	assert_int_equal(vms.v[3].n_nics, 1000);
	assert_int_equal(vms.v[3].odd, 0);
	arena_free(a);
}

static void
too_many_machines_and_too_little_memory_are_a_limit(void **state)
{
	static const char doc[] = "<VM_POOL><VM><ID>1</ID>" STATES "</VM><VM><ID>2</ID>" STATES
				  "</VM><VM><ID>3</ID>" STATES "</VM></VM_POOL>";
	struct arena *a = arena_new(0), *small = arena_new(2048);
	struct vm_list vms = {NULL, 0};
	struct fault f;
	struct vmxml *x;

	(void)state;
	for (int64_t max = 0; max <= 4; max++) {
		vms = (struct vm_list){NULL, 0};
		x = vmxml_new(a, modern(), max, &vms);
		vmxml_feed(x, doc, sizeof(doc) - 1);
		assert_int_equal(vmxml_end(x, &f), max >= 3 ? 0 : -1);
		if (max < 3)
			assert_int_equal(f.kind, FAULT_LIMIT);
		vmxml_free(x);
	}
	vms = (struct vm_list){NULL, 0};
	assert_int_equal(repeated(small, "<VM_POOL>", "<VM><ID>1</ID>" STATES "</VM>", 100,
			     "</VM_POOL>", &vms, &f),
	    -1);
	assert_int_equal(f.kind, FAULT_LIMIT);
	arena_free(a);
	arena_free(small);
}

static void
nesting_is_bounded(void **state)
{
	struct arena *a = arena_new(0);
	struct vm_list vms = {NULL, 0};
	struct fault f;

	(void)state;
	assert_int_equal(repeated(a, "<VM_POOL>", "<X>", 100000, "", &vms, &f), -1);
	assert_non_null(strstr(f.msg, "deeper"));
	arena_free(a);
}

static void
secrets_stay_where_they_are(void **state)
{
	static const char doc[] =
	    OPEN "<TEMPLATE><CONTEXT><ROOT_PASSWORD>sesame1</ROOT_PASSWORD><KEY>sesame2</KEY></"
		 "CONTEXT><GRAPHICS><PASSWD>sesame3"
		 "</PASSWD></GRAPHICS></TEMPLATE><USER_TEMPLATE><DB_PASSWORD>sesame4</"
		 "DB_PASSWORD><api_Token>sesame5</api_Token>"
		 "<CLIENT_SECRET>sesame6</CLIENT_SECRET><VMREAPER_KEEP>yes</VMREAPER_KEEP></"
		 "USER_TEMPLATE></VM>";
	const struct era *eras[] = {modern(), old(), NULL};
	struct fault f;
	char *text;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct arena *a = arena_new(0);
		struct vm_list vms = {NULL, 0};

		assert_int_equal(
		    document_parse(a, eras[i], doc, sizeof(doc) - 1, 9, &vms, &f), 0);
		text = vm_text(&vms.v[0]);
		assert_null(strstr(text, "sesame"));
		assert_string_equal(vm_attr(&vms.v[0], "vmreaper_keep"), "yes");
		assert_non_null(vm_attr(&vms.v[0], "DB_PASSWORD"));
		free(text);
		arena_free(a);
	}
}

static void
ever_ran_is_no_only_when_every_record_says_so(void **state)
{
#define H(seq, rs) "<HISTORY><SEQ>" seq "</SEQ><HID>1</HID><RSTIME>" rs "</RSTIME></HISTORY>"
	static const struct {
		const char *records;
		enum tri ran;
	} rows[] = {
	    {"<HISTORY_RECORDS/>", TRI_NO},
	    {"", TRI_UNKNOWN},
	    {"<HISTORY_RECORDS>" H("0", "0") "</HISTORY_RECORDS>", TRI_NO},
	    {"<HISTORY_RECORDS>" H("0", "5") "</HISTORY_RECORDS>", TRI_YES},
	    {"<HISTORY_RECORDS>" H("0", "5") H("1", "0") "</HISTORY_RECORDS>", TRI_YES},
	    {"<HISTORY_RECORDS>" H("0", "0") H("1", "0") "</HISTORY_RECORDS>", TRI_NO},
	    /* a pool gives the last record only */
	    {"<HISTORY_RECORDS>" H("1", "0") "</HISTORY_RECORDS>", TRI_UNKNOWN},
	    /* the short body has no times */
	    {"<HISTORY_RECORDS><HISTORY><SEQ>0</SEQ><HID>1</HID></HISTORY></HISTORY_RECORDS>",
		TRI_UNKNOWN},
	    /* 2.2 */
	    {H("0", "7"), TRI_YES},
	};
	char doc[1024];
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(0);
		struct vm_list vms = {NULL, 0};

		snprintf(doc, sizeof(doc), "%s%s</VM>", OPEN, rows[i].records);
		assert_int_equal(
		    document_parse(a, modern(), doc, strlen(doc), 100, &vms, &f), 0);
		assert_int_equal(vms.v[0].ever_ran, rows[i].ran);
		arena_free(a);
	}
}

static void
services_routers_imports_and_scheduled_actions_are_seen(void **state)
{
	static const struct {
		const char *name, *part;
		int service, router, imported, sched;
	} rows[] = {
	    {"none", "", -1, -1, 0, 0},
	    {"a service", "<USER_TEMPLATE><SERVICE_ID>12</SERVICE_ID></USER_TEMPLATE>", 12, -1,
		0, 0},
	    {"a service with an odd id",
		"<USER_TEMPLATE><SERVICE_ID>twelve</SERVICE_ID></USER_TEMPLATE>", INT32_MAX, -1,
		0, 0},
	    {"a router", "<TEMPLATE><VROUTER_ID>3</VROUTER_ID></TEMPLATE>", -1, 3, 0, 0},
	    {"imported", "<TEMPLATE><IMPORTED>YES</IMPORTED></TEMPLATE>", -1, -1, 1, 0},
	    {"imported by id", "<TEMPLATE><IMPORT_VM_ID>x-1</IMPORT_VM_ID></TEMPLATE>", -1, -1,
		1, 0},
	    {"an action to come",
		"<SCHED_ACTIONS><SCHED_ACTION><ACTION>terminate</ACTION><DONE>-1</DONE></"
		"SCHED_ACTION></SCHED_ACTIONS>",
		-1, -1, 0, 1},
	    {"an action without DONE",
		"<TEMPLATE><SCHED_ACTION><TIME>1</TIME></SCHED_ACTION></TEMPLATE>", -1, -1, 0,
		1},
	    {"an action that is done",
		"<USER_TEMPLATE><SCHED_ACTION><DONE>1795417600</DONE></SCHED_ACTION></"
		"USER_TEMPLATE>",
		-1, -1, 0, 0},
	    {"one done, one not",
		"<SCHED_ACTIONS><SCHED_ACTION/><SCHED_ACTION><DONE>5</DONE></SCHED_ACTION></"
		"SCHED_ACTIONS>",
		-1, -1, 0, 1},
	};
	char doc[1024];
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(0);
		struct vm_list vms = {NULL, 0};

		snprintf(doc, sizeof(doc), "%s%s</VM>", OPEN, rows[i].part);
		assert_int_equal(
		    document_parse(a, modern(), doc, strlen(doc), 100, &vms, &f), 0);
		if (vms.v[0].service_id != rows[i].service ||
		    vms.v[0].vrouter_id != rows[i].router ||
		    vms.v[0].imported != rows[i].imported ||
		    vms.v[0].sched_action != rows[i].sched)
			fail_msg("%s", rows[i].name);
		arena_free(a);
	}
}

static void
labels_and_attributes_are_found_by_their_whole_name(void **state)
{
	struct vm_attr attrs[] = {{"VMREAPER_KEEP", "2030-01-01"}, {"Title", ""}};
	struct vm vm = {
	    .attrs = attrs, .n_attrs = 2, .labels = "prod, VMreaper-Keep ,team a/b,,x"};

	(void)state;
	assert_string_equal(vm_attr(&vm, "vmreaper_keep"), "2030-01-01");
	assert_string_equal(vm_attr(&vm, "TITLE"), "");
	assert_null(vm_attr(&vm, "VMREAPER"));
	assert_true(vm_has_label(&vm, "vmreaper-keep"));
	assert_true(vm_has_label(&vm, "team a/b"));
	assert_false(vm_has_label(&vm, "team a"));
	assert_false(vm_has_label(&vm, "keep"));
	assert_false(vm_has_label(&vm, ""));
	vm.labels = NULL;
	assert_false(vm_has_label(&vm, "x"));
}

static void
holdings_follow_the_state(void **state)
{
	struct vm_addr addrs[] = {
	    {.origin = ADDR_NIC}, {.origin = ADDR_ALIAS}, {.origin = ADDR_GUEST}};
	struct vm_disk disks[] = {
	    {.kind = DISK_IMAGE}, {.kind = DISK_VOLATILE}, {.kind = DISK_VOLUME}};
	struct vm vm = {.addrs = addrs,
	    .n_addrs = 3,
	    .disks = disks,
	    .n_disks = 3,
	    .vcpu = 2,
	    .memory_mib = 512,
	    .disk_mib = 100};
	static const struct {
		int st, lcm;
		int vcpu, disk, addresses;
	} rows[] = {
	    {0, 0, 0, 0, 0},
	    {1, 0, 0, 0, 2},
	    {2, 0, 0, 0, 2},
	    {3, 3, 2, 100, 2},
	    {3, 16, 2, 100, 2},
	    {3, 36, 2, 100, 2},
	    {4, 0, 0, 100, 2},
	    {5, 0, 2, 100, 2},
	    {6, 0, 0, 0, 0},
	    {8, 0, 2, 100, 2},
	    {9, 0, 0, 100, 2},
	    {10, 0, 0, 0, 2},
	    {11, 0, 0, 0, 2},
	};
	struct holds h;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		vm.state = rows[i].st;
		vm.lcm = rows[i].lcm;
		vm_classify(modern(), &vm);
		vm_holds(modern(), &vm, &h);
		if (h.vcpu != rows[i].vcpu || h.memory_mib != rows[i].vcpu * 256 ||
		    h.disk_mib != rows[i].disk || h.addresses != rows[i].addresses ||
		    h.images != rows[i].addresses || h.any != (rows[i].addresses > 0))
			fail_msg("state %d/%d", rows[i].st, rows[i].lcm);
	}
	vm.state = 7;
	vm.lcm = 0;
	vm_classify(old(), &vm);
	vm_holds(old(), &vm, &h);
	assert_int_equal(h.vcpu, 0);
	assert_int_equal(h.disk_mib, 100);
	vm_holds(era_by_version("2.2"), &vm, &h);
	assert_int_equal(h.disk_mib, 0);
}

/* First bytes of sequences that never come, over several of the reader's chunks (16 KiB), from each place in one. */
static void
sequences_without_end_fit_in_a_chunk(void **state)
{
	enum { LEADS = 50000 };
	static const char head[] = "<VM><ID>7</ID><NAME>", tail[] = "</NAME>" STATES "</VM>";
	char *doc = malloc(LEADS + 512);

	(void)state;
	for (size_t blanks = 0; blanks < 5; blanks++) {
		struct arena *a = arena_new(0);
		struct vm_list vms = {NULL, 0};
		struct fault f = {0};
		size_t len = 0;

		memset(doc, '\n', blanks);
		len += blanks;
		memcpy(doc + len, head, sizeof(head) - 1);
		len += sizeof(head) - 1;
		memset(doc + len, blanks % 2 == 0 ? 0xf0 : 0xe1, LEADS);
		len += LEADS;
		memcpy(doc + len, tail, sizeof(tail) - 1);
		len += sizeof(tail) - 1;
		if (document_parse(a, modern(), doc, len, len, &vms, &f) != 0 || vms.n != 1)
			fail_msg("%zu machines, %s", vms.n, f.msg);
		assert_true(vms.v[0].id == 7 && vms.v[0].odd != 0);
		assert_int_equal(vms.v[0].name[0], 0x7f); /* what a byte that is none becomes */
		arena_free(a);
	}
	free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(captured_machines_are_read_whole),
	    cmocka_unit_test(disks_are_persistent_not_or_not_known),
	    cmocka_unit_test(locks_snapshots_errors_and_guest_addresses_are_read),
	    cmocka_unit_test(a_leased_address_is_not_taken_for_a_guests_word),
	    cmocka_unit_test(captured_documents_are_the_same_whole_and_byte_by_byte),
	    cmocka_unit_test(a_document_that_is_cut_anywhere_is_incomplete),
	    cmocka_unit_test(odd_machines_are_kept_and_flagged),
	    cmocka_unit_test(documents_that_cannot_be_trusted_are_incomplete),
	    cmocka_unit_test(bounds_cut_with_a_flag),
	    cmocka_unit_test(too_many_machines_and_too_little_memory_are_a_limit),
	    cmocka_unit_test(nesting_is_bounded),
	    cmocka_unit_test(secrets_stay_where_they_are),
	    cmocka_unit_test(ever_ran_is_no_only_when_every_record_says_so),
	    cmocka_unit_test(services_routers_imports_and_scheduled_actions_are_seen),
	    cmocka_unit_test(labels_and_attributes_are_found_by_their_whole_name),
	    cmocka_unit_test(holdings_follow_the_state),
	    cmocka_unit_test(sequences_without_end_fit_in_a_chunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
