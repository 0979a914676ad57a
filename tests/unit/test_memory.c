/* SPDX-License-Identifier: ISC */
/*
 * What a listing takes of memory: so much for each machine, whatever the cloud says of it that nobody needs.
 */
#include <malloc.h>

#include "cloudutil.h"

#define MACHINES 2000

/* What is said of a machine and not kept: of its context, its screen, its permissions, and by its hypervisor. */
static const char needless[] =
    "&lt;CONTEXT&gt;&lt;FILES&gt;%0*d&lt;/FILES&gt;&lt;/CONTEXT&gt;"
    "&lt;GRAPHICS&gt;&lt;LISTEN&gt;%0*d&lt;/LISTEN&gt;&lt;/GRAPHICS&gt;"
    "&lt;RAW&gt;&lt;DATA&gt;%0*d&lt;/DATA&gt;&lt;/RAW&gt;";

static size_t
in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* Feed a whole reply with so many needless bytes for each machine. Its length, and the most memory in use meanwhile. */
static size_t
read_reply(struct arena *a, int extra, size_t *most, struct vm_list *out)
{
	static const char head[] =
	    "<?xml version=\"1.0\"?><methodResponse><params><param><value><array><data><value>"
	    "<boolean>1</boolean></value><value><string>&lt;VM_POOL&gt;";
	static const char tail[] =
	    "&lt;/VM_POOL&gt;</string></value><value><i4>0</i4></value></data></array></value>"
	    "</param></params></methodResponse>";
	struct vmxml *x = vmxml_new(a, era_by_version("7.2.0"), MACHINES_MAX, out);
	struct xmlrpc *envelope = xmlrpc_new(machines_sink, x);
	struct xmlrpc_reply reply;
	size_t len = sizeof(head) + sizeof(tail) - 2, room = 2048 + 3 * (size_t)extra;
	char *s = malloc(room), *more = malloc(room);
	struct fault f;

	*most = 0;
	assert_int_equal(xmlrpc_feed(envelope, head, sizeof(head) - 1), 0);
	snprintf(more, room, needless, extra, 0, extra, 0, extra, 0);
	for (int i = 0; i < MACHINES; i++) {
		int n = snprintf(s, room,
		    "&lt;VM&gt;&lt;ID&gt;%d&lt;/ID&gt;&lt;UID&gt;7&lt;/"
		    "UID&gt;&lt;UNAME&gt;alice&lt;/UNAME&gt;"
		    "&lt;NAME&gt;node-%d&lt;/NAME&gt;&lt;PERMISSIONS/&gt;&lt;STATE&gt;3&lt;/"
		    "STATE&gt;"
		    "&lt;LCM_STATE&gt;3&lt;/"
		    "LCM_STATE&gt;&lt;TEMPLATE&gt;&lt;NIC&gt;&lt;IP&gt;10.1.%d.%d&lt;/IP&gt;"
		    "&lt;NETWORK&gt;public&lt;/NETWORK&gt;&lt;/NIC&gt;%s&lt;/TEMPLATE&gt;&lt;/"
		    "VM&gt;",
		    i, i, i / 250, i % 250, more);

		assert_true(n > 0 && (size_t)n < room);
		assert_int_equal(xmlrpc_feed(envelope, s, (size_t)n), 0);
		len += (size_t)n;
		if (i % 50 == 0 && in_use() > *most)
			*most = in_use();
	}
	assert_int_equal(xmlrpc_feed(envelope, tail, sizeof(tail) - 1), 0);
	assert_int_equal(xmlrpc_end(envelope, &reply, &f), 0);
	assert_int_equal(vmxml_end(x, &f), 0);
	xmlrpc_free(envelope);
	vmxml_free(x);
	free(s);
	free(more);
	return len;
}

static void
needless_bytes_take_no_memory(void **state)
{
	static const int extra[] = {30, 300, 3000};
	size_t len[3], kept[3], most[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct arena *a = arena_new(0);
		struct vm_list vms = {NULL, 0};

		len[i] = read_reply(a, extra[i], &most[i], &vms);
		kept[i] = arena_used(a);
		assert_int_equal(vms.n, MACHINES);
		assert_int_equal(vms.v[MACHINES - 1].n_addrs, 1);
		arena_free(a);
		print_message("%zu bytes read: %zu kept (%zu each), %zu in use at most\n",
		    len[i], kept[i], kept[i] / MACHINES, most[i]);
	}
	assert_true(len[2] > 10 * len[0]);
	/* of what is kept not one byte more; of what the parsers hold, a buffer or two of one machine */
	assert_int_equal(kept[1], kept[0]);
	assert_int_equal(kept[2], kept[0]);
	assert_true(kept[0] < 1000 * MACHINES);
	assert_true(most[1] < most[0] + 16 * 1024);
	assert_true(most[2] < most[0] + 64 * 1024);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(needless_bytes_take_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
