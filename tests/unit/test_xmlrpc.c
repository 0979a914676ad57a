/* SPDX-License-Identifier: ISC */
/*
 * The envelope: calls as the recorded clients sent them, replies whole, split anywhere, cut anywhere,
 * and spoilt on purpose.
 */
#include "base/text.h"
#include "cloudutil.h"

#define HEAD                     \
	"<?xml version=\"1.0\" " \
	"encoding=\"UTF-8\"?>\n<methodResponse>\n<params>\n<param><value><array><data>\n"
#define TAIL "</data></array></value></param>\n</params>\n</methodResponse>\n"
#define OK   "<value><boolean>1</boolean></value>\n"
#define NO   "<value><boolean>0</boolean></value>\n"
#define ZERO "<value><i4>0</i4></value>\n"

struct got {
	struct text text;
	struct xmlrpc_reply reply;
	struct fault f;
	int result;
};

static void
sink(void *ctx, const char *s, size_t len)
{
	text_addn(ctx, s, len);
}

static void
parse(struct got *g, const char *s, size_t len, size_t piece)
{
	struct xmlrpc *x;

	memset(g, 0, sizeof(*g));
	text_init(&g->text, 1 << 26);
	x = xmlrpc_new(sink, &g->text);
	for (size_t n; len > 0; s += n, len -= n) {
		n = len < piece ? len : piece;
		if (xmlrpc_feed(x, s, n) != 0)
			break;
	}
	g->result = xmlrpc_end(x, &g->reply, &g->f);
	xmlrpc_free(x);
}

static void
replies_are_read_for_what_they_are(void **state)
{
	static const struct {
		const char *name, *body;
		int result;
		bool fault, success;
		size_t members;
		enum xmlrpc_type type;
		long long number, code;
		const char *text;
	} rows[] = {
	    {"success with a string",
		HEAD OK "<value><string>a&lt;b</string></value>\n" ZERO TAIL, 0, false, true, 3,
		XMLRPC_STRING, 0, 0, "a<b"},
	    {"success with a number", HEAD OK "<value><i4>42</i4></value>\n" ZERO TAIL, 0,
		false, true, 3, XMLRPC_INT, 42, 0, ""},
	    {"int", HEAD OK "<value><int>-7</int></value>" TAIL, 0, false, true, 2, XMLRPC_INT,
		-7, 0, ""},
	    {"i8", HEAD OK "<value><i8>9223372036854775807</i8></value>" TAIL, 0, false, true,
		2, XMLRPC_INT, INT64_MAX, 0, ""},
	    {"2.2: the boolean alone", HEAD OK TAIL, 0, false, true, 1, XMLRPC_NONE, 0, 0, ""},
	    {"3.2.1: three members",
		HEAD NO "<value><string>no</string></value>\n<value><i4>1024</i4></value>" TAIL,
		0, false, false, 3, XMLRPC_STRING, 0, 1024, "no"},
	    {"7.2.0: five members",
		HEAD NO "<value><string>no</string></value><value><i4>512</i4></value>"
			"<value><i4>-1</i4></value><value><i8>-1</i8></value>" TAIL,
		0, false, false, 5, XMLRPC_STRING, 0, 512, "no"},
	    {"2.2: two members", HEAD NO "<value><string>no</string></value>" TAIL, 0, false,
		false, 2, XMLRPC_STRING, 0, 0, "no"},
	    {"four members",
		HEAD NO "<value><string>no</string></value><value><i4>512</i4></value>"
			"<value><i4>-1</i4></value>" TAIL,
		0, false, false, 4, XMLRPC_STRING, 0, 512, "no"},
	    /* what Apache XML-RPC makes of it in StratusLab's proxy (composed: stratuslab.md 2.5) */
	    {"the proxy: no types for strings",
		"<methodResponse "
		"xmlns:ex=\"http://ws.apache.org/xmlrpc/namespaces/extensions\">"
		"<params><param><value><array><data>" OK
		"<value>&lt;VM/&gt;</value><value><i4>0</i4></value>" TAIL,
		0, false, true, 3, XMLRPC_STRING, 0, 0, "<VM/>"},
	    {"the proxy: five members",
		HEAD NO "<value>no</value><value><i4>512</i4></value><value><i4>-1</i4></value>"
			"<value><ex:i8>-1</ex:i8></value>" TAIL,
		0, false, false, 5, XMLRPC_STRING, 0, 512, "no"},
	    {"ex:i8", HEAD OK "<value><ex:i8>4294967296</ex:i8></value>" TAIL, 0, false, true,
		2, XMLRPC_INT, 4294967296, 0, ""},
	    {"ex:i2 and ex:i1",
		HEAD OK "<value><ex:i2>-5</ex:i2></value><value><ex:i1>7</ex:i1></value>" TAIL,
		0, false, true, 3, XMLRPC_INT, -5, 7, ""},
	    {"ex:nil is another type", HEAD OK "<value><ex:nil/></value>" TAIL, 0, false, true,
		2, XMLRPC_OTHER, 0, 0, ""},
	    {"another prefix is another type", HEAD OK "<value><x:i8>1</x:i8></value>" TAIL, 0,
		false, true, 2, XMLRPC_OTHER, 0, 0, ""},
	    {"an ex:i8 that is none", HEAD OK "<value><ex:i8>x</ex:i8></value>" TAIL, -1},
	    {"the proxy: a fault, its text first, and one member more",
		"<methodResponse "
		"xmlns:ex=\"http://ws.apache.org/xmlrpc/namespaces/extensions\">"
		"<fault><value><struct><member><name>faultString</name><value>Failed to read "
		"server's response: Connection refused</value></member><member><name>faultCode"
		"</name><value><i4>0</i4></value></member><member><name>faultCause</name>"
		"<value><ex:serializable>rO0=</ex:serializable></value></member></struct></"
		"value>"
		"</fault></methodResponse>",
		0, true, false, 0, XMLRPC_NONE, 0, 0,
		"Failed to read server's response: Connection refused"},
	    {"bare text is a string", HEAD OK "<value>7.2.0</value>" TAIL, 0, false, true, 2,
		XMLRPC_STRING, 0, 0, "7.2.0"},
	    {"blanks before a type", HEAD OK "<value>\n  <string>x</string>\n </value>" TAIL, 0,
		false, true, 2, XMLRPC_STRING, 0, 0, "x"},
	    {"blanks are a string too", HEAD OK "<value>  </value>" TAIL, 0, false, true, 2,
		XMLRPC_STRING, 0, 0, "  "},
	    {"CDATA", HEAD OK "<value><string><![CDATA[<VM>&amp;]]></string></value>" TAIL, 0,
		false, true, 2, XMLRPC_STRING, 0, 0, "<VM>&amp;"},
	    {"character references",
		HEAD OK "<value><string>a&#13;&#x41;&quot;&apos;</string></value>" TAIL, 0,
		false, true, 2, XMLRPC_STRING, 0, 0, "a\rA\"'"},
	    {"a double is another type", HEAD OK "<value><double>1.5</double></value>" TAIL, 0,
		false, true, 2, XMLRPC_OTHER, 0, 0, ""},
	    {"an array in the array",
		HEAD OK
		"<value><array><data><value><i4>1</i4></value></data></array></value>" TAIL,
		0, false, true, 2, XMLRPC_OTHER, 0, 0, ""},
	    {"a fault",
		"<methodResponse><fault><value><struct><member><name>faultCode</"
		"name><value><i4>-506</i4>"
		"</value></member><member><name>faultString</name><value><string>Method 'x' "
		"not defined"
		"</string></value></member></struct></value></fault></methodResponse>",
		0, true, false, 0, XMLRPC_NONE, 0, -506, "Method 'x' not defined"},
	    {"a fault with <int> and bare text",
		"<methodResponse><fault><value><struct><member><name>faultCode</name>"
		"<value><int>-1</int></value></member><member><name>faultString"
		"</name><value>gone</value></member></struct></value></fault></methodResponse>",
		0, true, false, 0, XMLRPC_NONE, 0, -1, "gone"},
	    /* no replies */
	    {"nothing", "", -1},
	    {"blanks", "  \n", -1},
	    {"HTML", "<html><body>502</body></html>", -1},
	    {"HTML with a DOCTYPE", "<!DOCTYPE html><html><body>502</body></html>", -1},
	    {"text", "404 page not found", -1},
	    {"JSON", "{\"error\": 1}", -1},
	    {"a DOCTYPE in front", "<!DOCTYPE methodResponse>" HEAD OK TAIL, -1},
	    {"an entity of its own",
		"<!DOCTYPE r [<!ENTITY e \"x\">]>" HEAD OK
		"<value><string>&e;</string></value>" TAIL,
		-1},
	    {"an entity that nobody declared",
		HEAD OK "<value><string>&e;</string></value>" TAIL, -1},
	    {"no array",
		"<methodResponse><params><param><value><i4>1</i4></value></param></params></"
		"methodResponse>",
		-1},
	    {"an empty array", HEAD TAIL, -1},
	    {"success as a number", HEAD "<value><i4>1</i4></value>" ZERO TAIL, -1},
	    {"success as a string", HEAD "<value><string>true</string></value>" TAIL, -1},
	    {"success as bare text", HEAD "<value>1</value>" TAIL, -1},
	    {"success as a word", HEAD "<value><boolean>true</boolean></value>" TAIL, -1},
	    {"success 2", HEAD "<value><boolean>2</boolean></value>" TAIL, -1},
	    {"an empty boolean", HEAD "<value><boolean/></value>" TAIL, -1},
	    {"a number that is none", HEAD OK "<value><i4>4x</i4></value>" TAIL, -1},
	    {"2^63", HEAD OK "<value><i8>9223372036854775808</i8></value>" TAIL, -1},
	    {"a value of two types", HEAD OK "<value><string>a</string><i4>1</i4></value>" TAIL,
		-1},
	    {"a value of text and a type", HEAD OK "<value>a<string>b</string></value>" TAIL,
		-1},
	    {"a value of a type and text", HEAD OK "<value><string>b</string>a</value>" TAIL,
		-1},
	    {"two results", HEAD OK TAIL "<x/>", -1},
	    {"two arrays",
		"<methodResponse><params><param><value><array><data>" OK
		"</data></array></value></param>"
		"<param><value><array><data>" OK
		"</data></array></value></param></params></methodResponse>",
		-1},
	    {"a fault without a code",
		"<methodResponse><fault><value><struct/></value></fault></methodResponse>", -1},
	    {"a result and a fault",
		"<methodResponse><params><param><value><array><data>" OK
		"</data></array></value></param></params><fault/></methodResponse>",
		-1},
	    {"not the response element", "<methodCall>" OK "</methodCall>", -1},
	    {"tags that cross", HEAD "<value><boolean>1</value></boolean>" TAIL, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].body);

		for (size_t piece = 1; piece <= len + 1; piece += piece < 9 ? 1 : len / 3 + 1) {
			struct got g;

			parse(&g, rows[i].body, len, piece);
			if (g.result != rows[i].result)
				fail_msg("%s (by %zu): %d %s", rows[i].name, piece, g.result,
				    g.f.msg);
			if (g.result != 0) {
				assert_int_equal(g.f.kind, FAULT_REPLY);
				assert_true(g.f.msg[0] != '\0');
			} else if (g.reply.fault != rows[i].fault ||
				   g.reply.success != rows[i].success ||
				   g.reply.members != rows[i].members ||
				   g.reply.type != rows[i].type ||
				   g.reply.number != rows[i].number ||
				   g.reply.code != rows[i].code ||
				   strcmp(g.reply.text, rows[i].text) != 0 ||
				   strcmp(g.text.p, rows[i].success ? rows[i].text : "") != 0) {
				fail_msg("%s (by %zu): %d %zu type %d number %lld code %lld "
					 "[%s] [%s]",
				    rows[i].name, piece, g.reply.success, g.reply.members,
				    g.reply.type, (long long)g.reply.number,
				    (long long)g.reply.code, g.reply.text, g.text.p);
			}
			text_free(&g.text);
		}
	}
}

/*
 * The parser takes chunks of 16 KiB whatever it is fed, so a boundary is moved through the interesting
 * part by padding: references, tags, CDATA and UTF-8 must survive it at every byte.
 */
static void
a_chunk_boundary_may_fall_on_any_byte(void **state)
{
	static const char part[] = "&lt;VM&gt;&lt;![CDATA[\xc3\xa9\xe2\x82\xac]]&gt;&amp;amp;&#"
				   "13;<![CDATA[<&x;]]>&quot;z";
	static const char want[] = "<VM><![CDATA[\xc3\xa9\xe2\x82\xac]]>&amp;\r<&x;\"z";
	size_t room = 16384 + 2 * sizeof(part) + 512, len;
	char *body = malloc(room), *expected = malloc(room);
	struct got g;

	(void)state;
	for (size_t pad = 16384 - sizeof(part) - 300; pad < 16384 + 8; pad++) {
		len = (size_t)snprintf(body, room, "%s%s<value><string>", HEAD, OK);
		memset(body + len, 'p', pad);
		len += pad;
		len += (size_t)snprintf(
		    body + len, room - len, "%s</string></value>%s%s", part, ZERO, TAIL);
		memset(expected, 'p', pad);
		snprintf(expected + pad, room - pad, "%s", want);
		parse(&g, body, len, pad % 3 == 0 ? len : 777);
		assert_int_equal(g.result, 0);
		assert_int_equal(g.reply.members, 3);
		assert_string_equal(g.text.p, expected);
		text_free(&g.text);
	}
	free(body);
	free(expected);
}

static void
a_reply_that_is_cut_anywhere_is_no_reply(void **state)
{
	static const char *const files[] = {
	    "one-7.2.0/010-one.vm.info-HOLD.response.xml",
	    "one-7.2.0/001-one.system.version.response.xml",
	    "one-3.2.1/001-one.system.version-undefined-method.response.xml",
	};
	struct got g;
	size_t len;
	char *s;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		s = capture_read(files[i], &len);
		while (len > 0 && (s[len - 1] == '\n' || s[len - 1] == '\r'))
			len--;
		parse(&g, s, len, len);
		assert_int_equal(g.result, 0);
		text_free(&g.text);
		for (size_t cut = 0; cut < len; cut++) {
			parse(&g, s, cut, 4096);
			if (g.result != -1)
				fail_msg("%s cut to %zu of %zu bytes is a reply", files[i], cut,
				    len);
			text_free(&g.text);
		}
		free(s);
	}
}

static void
captured_replies_are_the_same_whole_and_byte_by_byte(void **state)
{
	static const char *const files[] = {
	    "one-7.2.0/105-one.vmpool.infoextended-rich-running.response.xml",
	    "one-7.2.0/274-one.vm.info-odd-characters.response.xml",
	    "one-3.2.1/119-one.vm.info-odd-accents.response.xml",
	    "one-3.2.1/046-one.vmpool.info-auth-failure-wrong-password.response.xml",
	    "one-7.2.0/142-one.vm.action-terminate-no-such-vm.response.xml",
	};
	struct got a, b;
	size_t len;
	char *s;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		s = capture_read(files[i], &len);
		parse(&a, s, len, len);
		parse(&b, s, len, 1);
		assert_int_equal(a.result, 0);
		assert_int_equal(b.result, 0);
		assert_memory_equal(&a.reply, &b.reply, sizeof(a.reply));
		assert_string_equal(a.text.p, b.text.p);
		text_free(&a.text);
		text_free(&b.text);
		free(s);
	}
}

/* Bytes that XML forbids are one tenant's oddity, not the end of the listing. */
static void
bytes_that_xml_forbids_become_del(void **state)
{
	static const struct {
		const char *name, *in, *out;
		size_t len;
	} rows[] = {
	    {"control bytes",
		"a\x01\x1f\x7f"
		"b",
		"a\x7f\x7f\x7f"
		"b",
		0},
	    {"NUL", "a\0b",
		"a\x7f"
		"b",
		3},
	    {"tab and newline stay", "a\tb\nc", "a\tb\nc", 0},
	    {"Latin-1", "caf\xe9 x", "caf\x7f x", 0},
	    {"a lone continuation", "a\x80z", "a\x7fz", 0},
	    {"overlong", "\xc0\xaf|\xe0\x80\xaf", "\x7f\x7f|\x7f\x7f\x7f", 0},
	    {"a surrogate", "\xed\xa0\x80z", "\x7f\x7f\x7fz", 0},
	    {"beyond Unicode", "\xf4\x90\x80\x80z", "\x7f\x7f\x7f\x7fz", 0},
	    {"U+FFFE and U+FFFF", "\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd",
		"\x7f\x7f\x7f\x7f\x7f\x7f\xef\xbf\xbd", 0},
	    {"cut sequences", "\xe2\x82|\xf0\x9f\x98|\xc3", "\x7f\x7f|\x7f\x7f\x7f|\x7f", 0},
	    {"all lengths", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 0},
	};
	char body[512];
	size_t len, n;
	struct got g;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t piece = 1; piece < 400; piece += 13) {
			len = (size_t)snprintf(
			    body, sizeof(body), "%s%s<value><string>", HEAD, OK);
			n = rows[i].len > 0 ? rows[i].len : strlen(rows[i].in);
			memcpy(body + len, rows[i].in, n);
			len += n;
			len += (size_t)snprintf(
			    body + len, sizeof(body) - len, "</string></value>%s", TAIL);
			parse(&g, body, len, piece);
			if (g.result != 0 || strcmp(g.text.p, rows[i].out) != 0)
				fail_msg("%s: %s [%s]", rows[i].name, g.f.msg, g.text.p);
			text_free(&g.text);
		}
	}
}

static void
a_document_in_another_encoding_is_read_as_utf_8(void **state)
{
	static const char body[] =
	    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><methodResponse><params><param>"
	    "<value><array><data>" OK "<value><string>\xc3\xa9</string></value>" TAIL;
	struct got g;

	(void)state;
	parse(&g, body, sizeof(body) - 1, 5);
	assert_int_equal(g.result, 0);
	assert_string_equal(g.text.p, "\xc3\xa9");
	text_free(&g.text);
}

static void
nesting_is_bounded(void **state)
{
	char *body = malloc(200000);
	size_t len = 0;
	struct got g;

	(void)state;
	len += (size_t)sprintf(body, "%s%s<value>", HEAD, OK);
	for (int i = 0; i < 20000; i++)
		len += (size_t)sprintf(body + len, "<array>");
	parse(&g, body, len, 1000);
	assert_int_equal(g.result, -1);
	assert_non_null(strstr(g.f.msg, "deeper"));
	text_free(&g.text);
	free(body);
}

/* An entity that is made of itself many times over: refused at the DOCTYPE, nothing expanded. */
static void
an_entity_bomb_is_refused(void **state)
{
	char body[4096];
	size_t len = 0;
	struct got g;

	(void)state;
	len +=
	    (size_t)sprintf(body, "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a0 \"bang\">");
	for (int i = 1; i < 30; i++)
		len += (size_t)sprintf(
		    body + len, "<!ENTITY a%d \"&a%d;&a%d;\">", i, i - 1, i - 1);
	sprintf(body + len, "]><methodResponse>&a29;</methodResponse>");
	parse(&g, body, strlen(body), 7);
	assert_int_equal(g.result, -1);
	assert_non_null(strstr(g.f.msg, "DOCTYPE"));
	assert_int_equal(g.text.len, 0);
	text_free(&g.text);
}

static void
count_sink(void *ctx, const char *s, size_t len)
{
	(void)s;
	*(size_t *)ctx += len;
}

/* libxml2 refuses text nodes above 10 MB unless told otherwise: a pool is such a text. */
static void
a_string_of_30_mb_streams_through(void **state)
{
	static char block[1 << 16];
	size_t got = 0, sent = 0, n = 0;
	struct xmlrpc *x = xmlrpc_new(count_sink, &got);
	struct xmlrpc_reply reply;
	struct fault f;

	(void)state;
	while (n + 9 < sizeof(block)) {
		memcpy(block + n, "&lt;abcd\n", 9);
		n += 9;
	}
	assert_int_equal(
	    xmlrpc_feed(x, HEAD OK "<value><string>", strlen(HEAD OK "<value><string>")), 0);
	while (sent < (30u << 20)) {
		assert_int_equal(xmlrpc_feed(x, block, n), 0);
		sent += n;
	}
	assert_int_equal(
	    xmlrpc_feed(x, "</string></value>" TAIL, strlen("</string></value>" TAIL)), 0);
	assert_int_equal(xmlrpc_end(x, &reply, &f), 0);
	assert_int_equal(got, sent / 9 * 6);
	xmlrpc_free(x);
}

/*
 * The same where the short cut for entities does not apply. (libxml2 2.9 holds an open CDATA section back, up
 * to 10 MB of it, and refuses more: no daemon sends a pool so.)
 */
static void
a_string_of_4_mb_in_cdata_streams_through(void **state)
{
	static char block[1 << 16];
	size_t got = 0, sent = 0;
	struct xmlrpc *x = xmlrpc_new(count_sink, &got);
	struct xmlrpc_reply reply;
	struct fault f;

	(void)state;
	memset(block, 'x', sizeof(block));
	xmlrpc_feed(
	    x, HEAD OK "<value><string><![CDATA[", strlen(HEAD OK "<value><string><![CDATA["));
	while (sent < (4u << 20)) {
		assert_int_equal(xmlrpc_feed(x, block, sizeof(block)), 0);
		sent += sizeof(block);
	}
	xmlrpc_feed(x, "]]></string></value>" TAIL, strlen("]]></string></value>" TAIL));
	assert_int_equal(xmlrpc_end(x, &reply, &f), 0);
	assert_int_equal(got, sent);
	xmlrpc_free(x);
}

/* --- calls ------------------------------------------------------------------ */

/* A call without its layout: what is left is method, order, types and values. */
static void
squeeze(const char *s, char *out)
{
	if (strncmp(s, "<?", 2) == 0)
		s = strstr(s, "?>") + 2;
	for (; *s != '\0'; s++) {
		if (strchr("\r\n\t ", *s) == NULL)
			*out++ = *s;
	}
	*out = '\0';
}

static void
calls_are_those_that_the_recorded_clients_made(void **state)
{
	static const struct {
		const char *file, *method, *types, *session;
		const char *params[4];
	} rows[] = {
	    {"one-7.2.0/001-one.system.version", "one.system.version", "", "oneadmin:newpass",
		{0}},
	    {"one-7.2.0/002-one.vmpool.info-empty-pool", "one.vmpool.info", "iiii",
		"oneadmin:newpass", {"-2", "-1", "-1", "-1"}},
	    {"one-7.2.0/105-one.vmpool.infoextended-rich-running", "one.vmpool.infoextended",
		"iiii", "oneadmin:newpass", {"-2", "304", "304", "-1"}},
	    {"one-7.2.0/978-one.vmpool.info-newest-two", "one.vmpool.info", "iiii",
		"oneadmin:newpass", {"-2", "0", "-2", "-2"}},
	    {"one-7.2.0/009-one.vm.info-PENDING", "one.vm.info", "i", "oneadmin:newpass",
		{"6"}},
	    {"one-7.2.0/901-one.hostpool.info-as-oneadmin", "one.hostpool.info", "",
		"oneadmin:newpass", {0}},
	    {"one-7.2.0/910-one.hostpool.monitoring-last", "one.hostpool.monitoring", "i",
		"oneadmin:newpass", {"0"}},
	    {"one-7.2.0/962-one.user.info-self-monitor", "one.user.info", "i",
		"monitor:monitorpw", {"-1"}},
	    {"one-7.2.0/230-one.vm.action-terminate-hard-on-RUNNING", "one.vm.action", "si",
		"oneadmin:newpass", {"terminate-hard", "541"}},
	    {"one-3.2.1/001-one.system.version-undefined-method", "one.system.version", "",
		"oneadmin:oldpass", {0}},
	    {"one-3.2.1/907-one.vmpool.info-range-last_-1", "one.vmpool.info", "iiii",
		"oneadmin:oldpass", {"-2", "276", "-1", "-2"}},
	    {"one-3.2.1/012-one.vm.info-PENDING", "one.vm.info", "i", "oneadmin:oldpass",
		{"0"}},
	    {"one-3.2.1/902-one.hostpool.info-one-host-in-ERROR", "one.hostpool.info", "",
		"oneadmin:oldpass", {0}},
	    {"one-3.2.1/926-one.vm.action-finalize-as-reaper", "one.vm.action", "si",
		"reaper:reaperpw", {"finalize", "219"}},
	};
	char file[160], ours[8192], a[8192], b[8192];
	struct xmlrpc_call c;
	size_t len;
	char *s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(file, sizeof(file), "%s.request.xml", rows[i].file);
		s = capture_read(file, &len);
		xmlrpc_call_begin(&c, ours, sizeof(ours) - 1, rows[i].method);
		xmlrpc_call_string(&c, rows[i].session);
		for (size_t p = 0; rows[i].types[p] != '\0'; p++) {
			if (rows[i].types[p] == 'i')
				xmlrpc_call_int(&c, atoi(rows[i].params[p]));
			else
				xmlrpc_call_string(&c, rows[i].params[p]);
		}
		assert_int_equal(xmlrpc_call_end(&c), 0);
		ours[c.len] = '\0';
		squeeze(s, a);
		squeeze(ours, b);
		assert_string_equal(a, b);
		free(s);
	}
}

static void
calls_escape_their_text_and_refuse_what_xml_cannot_carry(void **state)
{
	static const char *const bad[] = {"a\x01:b", "a\x1b", "caf\xe9:x", "\xed\xa0\x80"};
	char buf[512];
	struct xmlrpc_call c;

	(void)state;
	xmlrpc_call_begin(&c, buf, sizeof(buf) - 1, "one.x");
	xmlrpc_call_string(&c, "u:<&>\"'\r\n\xc3\xa9]]>");
	xmlrpc_call_bool(&c, true);
	assert_int_equal(xmlrpc_call_end(&c), 0);
	buf[c.len] = '\0';
	assert_non_null(
	    strstr(buf, "<string>u:&lt;&amp;&gt;\"'&#13;\n\xc3\xa9]]&gt;</string>"));
	assert_non_null(strstr(buf, "<boolean>1</boolean>"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		xmlrpc_call_begin(&c, buf, sizeof(buf), "one.x");
		xmlrpc_call_string(&c, bad[i]);
		assert_int_equal(xmlrpc_call_end(&c), -1);
	}
	for (size_t room = 0; room < 150; room++) {
		char *tight = malloc(room + 1);

		xmlrpc_call_begin(&c, tight, room, "one.x");
		xmlrpc_call_string(&c, "user:password");
		xmlrpc_call_int(&c, INT32_MIN);
		assert_int_equal(xmlrpc_call_end(&c), -1);
		assert_true(c.len <= room);
		free(tight);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(replies_are_read_for_what_they_are),
	    cmocka_unit_test(a_chunk_boundary_may_fall_on_any_byte),
	    cmocka_unit_test(a_reply_that_is_cut_anywhere_is_no_reply),
	    cmocka_unit_test(captured_replies_are_the_same_whole_and_byte_by_byte),
	    cmocka_unit_test(bytes_that_xml_forbids_become_del),
	    cmocka_unit_test(a_document_in_another_encoding_is_read_as_utf_8),
	    cmocka_unit_test(nesting_is_bounded),
	    cmocka_unit_test(an_entity_bomb_is_refused),
	    cmocka_unit_test(a_string_of_30_mb_streams_through),
	    cmocka_unit_test(a_string_of_4_mb_in_cdata_streams_through),
	    cmocka_unit_test(calls_are_those_that_the_recorded_clients_made),
	    cmocka_unit_test(calls_escape_their_text_and_refuse_what_xml_cannot_carry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
