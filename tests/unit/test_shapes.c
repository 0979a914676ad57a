/* SPDX-License-Identifier: ISC */
/*
 * Answers in the shapes of daemons and proxies that were not recorded: composed from the sources of 2.2
 * (tests/data/composed), and from captured answers as Apache XML-RPC, in StratusLab's proxy, spells them.
 */
#include "cloudutil.h"

/* Path below tests/data/captures that leads to the composed ones. */
#define COMPOSED "../composed/"

static void
machines_of_2_2_are_read_whole(void **state)
{
	static const struct {
		const char *file;
		size_t n;
		const char *text[3];
	} rows[] = {
	    {COMPOSED "one-2.2-vmpool.info.response.xml", 3,
		{"3 uid=2 gid=-1 [web|CN%3DJane+Tester%2COU%3DLAL|] 3/16 cls=2 odd=0 full=1\n"
		 "t 1300000000 0 1300000900 deploy=[one-3] host=1 [node2] seq=1\n"
		 "h 1300000100 1300000160 0 1300000100 0 0 ran=2\n"
		 "nics=1 10.0.0.5(0,public,0)\n"
		 "disk 0 kind=4 persistent=1 size=0 "
		 "[https://marketplace.example.org/metadata/AAA]\n"
		 "disk 1 kind=3 persistent=2 size=0"
		 " [pdisk:storage.example.org:8445:5d9e3c2e-0000-4000-8000-1a2b3c4d5e6f]\n"
		 "attr PURPOSE=[demo]\n"
		 "labels=[-] lock=0 service=-1 vrouter=-1 imported=0 sched=0 create=0"
		 " snapshots=0 error=[-]\ncpu=1.000 vcpu=1 mem=128 disk=0\n",
		    "4 uid=0 gid=-1 [one-4|oneadmin|] 1/0 cls=1 odd=0 full=1\n"
		    "t 1300000000 0 0 deploy=[] host=-1 [] seq=-1\n"
		    "h 0 0 0 0 0 0 ran=0\nnics=0\n"
		    "labels=[-] lock=0 service=-1 vrouter=-1 imported=0 sched=0 create=0"
		    " snapshots=0 error=[-]\ncpu=0.500 vcpu=1 mem=64 disk=0\n",
		    "5 uid=2 gid=-1 [one-5|CN%3DJane+Tester%2COU%3DLAL|] 7/0 cls=3 odd=0 "
		    "full=1\n"
		    "t 1300000000 0 0 deploy=[] host=0 [node1] seq=0\n"
		    "h 1300000200 0 0 1300000200 0 0 ran=1\nnics=0\n"
		    "labels=[-] lock=0 service=-1 vrouter=-1 imported=0 sched=0 create=0"
		    " snapshots=0 error=[-]\ncpu=0.500 vcpu=1 mem=64 disk=0\n"}},
	    {COMPOSED "one-2.2-vm.info.response.xml", 1,
		{"3 uid=2 gid=-1 [web||] 3/16 cls=2 odd=0 full=1\n"
		 "t 1300000000 0 1300000900 deploy=[one-3] host=1 [node2] seq=1\n"
		 "h 1300000100 1300000160 0 1300000100 0 0 ran=2\n"
		 "nics=1 10.0.0.5(0,public,0)\n"
		 "disk 0 kind=4 persistent=1 size=0 "
		 "[https://marketplace.example.org/metadata/AAA]\n"
		 "disk 1 kind=3 persistent=2 size=0"
		 " [pdisk:storage.example.org:8445:5d9e3c2e-0000-4000-8000-1a2b3c4d5e6f]\n"
		 "attr PURPOSE=[demo]\n"
		 "labels=[-] lock=0 service=-1 vrouter=-1 imported=0 sched=0 create=0"
		 " snapshots=0 error=[-]\ncpu=1.000 vcpu=1 mem=128 disk=0\n"}},
	};
	const struct era *era = era_by_version("2.2.1");
	struct xmlrpc_reply reply;
	struct fault f;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *s = capture_read(rows[i].file, &len);

		for (size_t piece = 1; piece <= len; piece = piece == 1 ? len : len + 1) {
			struct arena *a = arena_new(0);
			struct vm_list vms = {NULL, 0};

			if (response_parse(a, era, s, len, piece, &vms, &reply, &f) != 0)
				fail_msg("%s: %s", rows[i].file, f.msg);
			assert_int_equal(reply.members, 2);
			assert_int_equal(vms.n, rows[i].n);
			for (size_t v = 0; v < vms.n; v++) {
				char *text = vm_text(&vms.v[v]);

				assert_string_equal(text, rows[i].text[v]);
				free(text);
			}
			arena_free(a);
		}
		free(s);
	}
}

static void
replies_of_2_2_have_no_code(void **state)
{
	static const struct {
		const char *file;
		bool success;
		size_t members;
		const char *text;
	} rows[] = {
	    {COMPOSED "one-2.2-vm.action.response.xml", true, 1, ""},
	    {COMPOSED "one-2.2-vm.info-no-such-vm.response.xml", false, 2,
		"[VirtualMachineInfo] Error getting VM [9]."},
	};
	struct xmlrpc_reply reply;
	struct fault f;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *s = capture_read(rows[i].file, &len);
		struct xmlrpc *x = xmlrpc_new(NULL, NULL);

		assert_int_equal(xmlrpc_feed(x, s, len), 0);
		assert_int_equal(xmlrpc_end(x, &reply, &f), 0);
		assert_int_equal(reply.success, rows[i].success);
		assert_int_equal(reply.members, rows[i].members);
		assert_int_equal(reply.code, 0);
		assert_string_equal(reply.text, rows[i].text);
		xmlrpc_free(x);
		free(s);
	}
}

/* Each `from` in s becomes `to`; s is freed. */
static char *
replace_all(char *s, const char *from, const char *to)
{
	char *out = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&out, &n);
	const char *p = s, *at;

	for (; (at = strstr(p, from)) != NULL; p = at + strlen(from))
		fprintf(f, "%.*s%s", (int)(at - p), p, to);
	fputs(p, f);
	fclose(f);
	free(s);
	return out;
}

static char *
as_the_proxy_spells_it(char *s)
{
	s = replace_all(s, "<string>", "");
	s = replace_all(s, "</string>", "");
	s = replace_all(s, "<i8>", "<ex:i8>");
	s = replace_all(s, "</i8>", "</ex:i8>");
	s = replace_all(s, "\r\n", "");
	return replace_all(s, "<methodResponse>",
	    "<methodResponse "
	    "xmlns:ex=\"http://ws.apache.org/xmlrpc/namespaces/extensions\">");
}

/* Whatever the daemon said, it is the same through the proxy. */
static void
captured_answers_are_the_same_through_the_proxy(void **state)
{
	char path[512], line[8192], file[160];
	FILE *list = fopen(capture_path(path, "counts.tsv"), "r");
	unsigned machines = 0, answers = 0;

	(void)state;
	assert_non_null(list);
	while (fgets(line, sizeof(line), list) != NULL) {
		struct arena *a = arena_new(0);
		struct vm_list x = {NULL, 0}, y = {NULL, 0};
		struct xmlrpc_reply direct, proxied;
		struct fault f;
		const struct era *era;
		size_t len;
		int r;
		char *s;

		assert_int_equal(sscanf(line, "%159s", file), 1);
		era = era_by_version(strncmp(file, "one-3", 5) == 0 ? "3.2.1" : "7.2.0");
		s = capture_read(file, &len);
		memset(&direct, 0, sizeof(direct));
		memset(&proxied, 0, sizeof(proxied));
		r = response_parse(a, era, s, len, len, &x, &direct, &f);
		s = as_the_proxy_spells_it(s);
		assert_int_equal(
		    response_parse(a, era, s, strlen(s), 4099, &y, &proxied, &f), r);
		assert_int_equal(direct.fault, proxied.fault);
		assert_int_equal(direct.success, proxied.success);
		assert_int_equal(direct.members, proxied.members);
		assert_int_equal(direct.type, proxied.type);
		assert_int_equal(direct.code, proxied.code);
		assert_string_equal(direct.text, proxied.text);
		assert_int_equal(x.n, y.n);
		for (size_t i = 0; i < x.n; i++) {
			char *tx = vm_text(&x.v[i]), *ty = vm_text(&y.v[i]);

			assert_string_equal(tx, ty);
			free(tx);
			free(ty);
		}
		machines += (unsigned)x.n;
		answers++;
		free(s);
		arena_free(a);
	}
	fclose(list);
	assert_true(answers > 200 && machines > 500);
}

/* No captured document of an era with raw names is in doubt: recovery starts for a reason only. */
static void
captured_documents_are_beyond_doubt(void **state)
{
	char path[512], line[8192], file[160], root[32];
	FILE *list = fopen(capture_path(path, "counts.tsv"), "r");
	unsigned n = 0;

	(void)state;
	assert_non_null(list);
	while (fgets(line, sizeof(line), list) != NULL) {
		struct arena *a = arena_new(0);
		struct vm_list vms = {NULL, 0};
		struct vmxml *x = vmxml_new(a, era_by_version("3.2.1"), MACHINES_MAX, &vms);
		struct xmlrpc *e = xmlrpc_new(machines_sink, x);
		struct xmlrpc_reply reply;
		struct fault f;
		size_t len;
		char *s;

		assert_int_equal(sscanf(line, "%159s %31s", file, root), 2);
		if (strncmp(file, "one-3", 5) == 0 && strncmp(root, "VM", 2) == 0) {
			s = capture_read(file, &len);
			xmlrpc_feed(e, s, len);
			assert_int_equal(xmlrpc_end(e, &reply, &f), 0);
			if (vmxml_end(x, &f) != 0 || vmxml_in_doubt(x))
				fail_msg("%s: in doubt at machine %lld", file,
				    (long long)vmxml_flaw(x));
			n++;
			free(s);
		}
		xmlrpc_free(e);
		vmxml_free(x);
		arena_free(a);
	}
	fclose(list);
	assert_true(n > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(machines_of_2_2_are_read_whole),
	    cmocka_unit_test(replies_of_2_2_have_no_code),
	    cmocka_unit_test(captured_answers_are_the_same_through_the_proxy),
	    cmocka_unit_test(captured_documents_are_beyond_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
