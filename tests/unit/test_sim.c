/* SPDX-License-Identifier: ISC */
/*
 * test_sim: holds the simulated cloud against recorded answers of two real daemons.
 *
 * For each capture in tests/data/sim the recorded request is given to a cloud that was built to
 * hold the same objects, and the reply is compared: byte for byte where it is short, and element
 * by element, in order, with values, where it is a document. What differs on purpose stands in
 * the table `deliberate` and nowhere else. Faults and behaviour in time are in test_sim_ways.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../sim/sim.h"
#include "base/text.h"
#include "test_sim_objects.h"

#define DOC_MAX ((size_t)1 << 30)

/* --- what differs on purpose --------------------------------------------------------------- */

static const struct deliberate {
	const char *row; /* start of a capture's name, NULL: every one */
	const char *path;
	enum { VALUE, WHOLE } what; /* another value; or the element may be missing */
	const char *why;
} deliberate[] = {
    {NULL, "USER/PASSWORD", VALUE,
	"not a hash of the password: nothing is to be learnt from it"},
    {NULL, "USER/TEMPLATE/TOKEN_PASSWORD", VALUE, "made up likewise"},
    {NULL, "/TEMPLATE/OS/UUID", VALUE, "random in the daemon"},
    {NULL, "/HISTORY/REQUEST_ID", VALUE, "random in the daemon"},
    {NULL, "/LOCK/REQ_ID", VALUE, "random in the daemon"},
    {NULL, "/TEMPLATE/DISK/TARGET", VALUE, "letters go by the number of the disk"},
    {NULL, "VM/LAST_POLL", VALUE, "3.2.1: taken as the creation; polls are not simulated"},
    {"102", "/NIC/NAME", VALUE, "NICs have no names of their own"},
    {"105", "/NIC/NAME", VALUE, "likewise"},
    {"106", "/NIC/NAME", VALUE, "likewise"},
    {NULL, "/NIC_ALIAS/PARENT", VALUE, "likewise"},
    {NULL, "/MONITORING/GUEST_IP_ADDRESSES", VALUE, "one guest address only"},
    {"106", "VM/MONITORING/TIMESTAMP", VALUE, "machine monitoring has no time of its own"},
    {NULL, "/TEMPLATE/SUBMIT_ON_HOLD", WHOLE, "how it was submitted is not kept"},
    {"3.2.1/900", "/HOST_SHARE/MEM_USAGE", VALUE, "the machines of that host are not built"},
    {"3.2.1/900", "/HOST_SHARE/CPU_USAGE", VALUE, "likewise"},
    {"3.2.1/900", "/HOST_SHARE/RUNNING_VMS", VALUE, "likewise"},
    {"3.2.1/901", "/HOST_SHARE/MEM_USAGE", VALUE, "likewise"},
    {"3.2.1/901", "/HOST_SHARE/CPU_USAGE", VALUE, "likewise"},
    {"3.2.1/901", "/HOST_SHARE/RUNNING_VMS", VALUE, "likewise"},
    {"3.2.1/130", "/TEMPLATE/DISK/DRIVER", WHOLE, "disks are of a few fixed kinds"},
    {"3.2.1/130", "/TEMPLATE/DISK/READONLY", WHOLE, "likewise"},
    {"3.2.1/130", "/TEMPLATE/NIC/MODEL", WHOLE, "no NIC models"},
    {"3.2.1/130", "/TEMPLATE/OS", WHOLE, "no boot options"},
    {"3.2.1/130", "/TEMPLATE/RAW", WHOLE, "no hypervisor options"},
};
/*
 * Differences that no capture here shows: integers out of range get -503 with a text of ours;
 * unlocking another's lock gets 2048 with a text of ours; a lock at level 2 is taken to stop
 * oneadmin like one at level 1; LATE, NEVER, BOUNCE and their like also follow a finalize of 3.2.1,
 * which the recorded daemon carried out at once; hostpool.monitoring gives the last record
 * whatever its second parameter; machines have the daemon's default permissions always.
 */

/* --- files and documents --------------------------------------------------------------------- */

static char *
read_file(const char *name, size_t *len)
{
	char path[512];
	const char *top = getenv("top_srcdir");
	struct text t;
	char buf[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/data/sim/%s", top != NULL ? top : ".", name);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("cannot read %s", path);
	text_init(&t, DOC_MAX);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		text_addn(&t, buf, n);
	fclose(f);
	*len = t.len;
	return t.p;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* May this line of a document differ: 0 no, 1 its value, 2 it may be missing. */
static int
may_differ(const char *row, const char *path)
{
	char head[256], *slash;
	size_t i;

	for (i = 0; i < sizeof(deliberate) / sizeof(deliberate[0]); i++) {
		if (deliberate[i].row != NULL &&
		    strncmp(row, deliberate[i].row, strlen(deliberate[i].row)) != 0 &&
		    strncmp(strchr(row, '/') + 1, deliberate[i].row,
			strlen(deliberate[i].row)) != 0)
			continue;
		if (ends_with(path, deliberate[i].path))
			return deliberate[i].what == WHOLE ? 2 : 1;
		/* below an element that may be missing */
		snprintf(head, sizeof(head), "%s", path);
		while (deliberate[i].what == WHOLE && (slash = strrchr(head, '/')) != NULL) {
			*slash = '\0';
			if (ends_with(head, deliberate[i].path))
				return 2;
		}
	}
	return 0;
}

/* The text of the envelope's one document, unescaped; "" if there is none. */
static char *
inner_document(const char *body)
{
	static const char open[] = "<value><string>";
	const char *p = strstr(body, open), *end = p != NULL ? strstr(p, "</string>") : NULL;
	struct text t;

	text_init(&t, DOC_MAX);
	for (p = p != NULL ? p + strlen(open) : ""; end != NULL && p < end; p++) {
		if (strncmp(p, "&lt;", 4) == 0) {
			text_addc(&t, '<');
			p += 3;
		} else if (strncmp(p, "&gt;", 4) == 0) {
			text_addc(&t, '>');
			p += 3;
		} else if (strncmp(p, "&amp;", 5) == 0) {
			text_addc(&t, '&');
			p += 4;
		} else
			text_addc(&t, *p);
	}
	return t.p;
}

/*
 * A document as lines, one for each tag and text: "VM/ID =10", "VM/NAME cdata=x", "VM/MONITORING +",
 * "VM/MONITORING -", "VM/BACKUPS/BACKUP_CONFIG /". Where values may differ "*" stands for them.
 */
static char *
flatten(const char *row, const char *doc)
{
	char path[512] = "", *slash;
	struct text out;
	const char *end;
	size_t n, len;
	int differ;

	text_init(&out, DOC_MAX);
	while (*doc != '\0') {
		differ = may_differ(row, path);
		if (strncmp(doc, "<![CDATA[", 9) == 0) {
			end = strstr(doc, "]]>");
			assert_non_null(end);
			if (differ != 2)
				text_addf(&out, "%s cdata=%.*s\n", path,
				    differ == 1 ? 1 : (int)(end - doc - 9),
				    differ == 1 ? "*" : doc + 9);
			doc = end + 3;
		} else if (strncmp(doc, "</", 2) == 0) {
			if (differ != 2)
				text_addf(&out, "%s -\n", path);
			slash = strrchr(path, '/');
			*(slash != NULL ? slash : path) = '\0';
			end = strchr(doc, '>');
			assert_non_null(end);
			doc = end + 1;
		} else if (*doc == '<') {
			end = strchr(doc, '>');
			assert_non_null(end);
			n = (size_t)(end - doc - 1);
			len = strlen(path);
			assert_true(len + n + 2 < sizeof(path));
			snprintf(path + len, sizeof(path) - len, "%s%.*s", len > 0 ? "/" : "",
			    (int)(end[-1] == '/' ? n - 1 : n), doc + 1);
			if (may_differ(row, path) != 2)
				text_addf(&out, "%s %c\n", path, end[-1] == '/' ? '/' : '+');
			if (end[-1] == '/')
				path[len] = '\0';
			doc = end + 1;
		} else {
			n = strcspn(doc, "<");
			if (differ != 2)
				text_addf(&out, "%s =%.*s\n", path, differ == 1 ? 1 : (int)n,
				    differ == 1 ? "*" : doc);
			doc += n;
		}
	}
	assert_string_equal(path, "");
	return out.p;
}

/* Say where two texts part, with the line before. */
static void
same_lines(const char *row, const char *want, const char *got)
{
	const char *w = want, *g = got, *before = "";
	size_t nw, ng;

	while (*w != '\0' || *g != '\0') {
		nw = strcspn(w, "\n");
		ng = strcspn(g, "\n");
		if (nw != ng || memcmp(w, g, nw) != 0)
			fail_msg("%s: after \"%.*s\"\n recorded: \"%.*s\"\nsimulated: \"%.*s\"",
			    row, (int)strcspn(before, "\n"), before, (int)nw, w, (int)ng, g);
		before = w;
		w += nw + (w[nw] == '\n');
		g += ng + (g[ng] == '\n');
	}
}

static void
answers_as_recorded(void **state)
{
	const struct recording *r = *state;
	struct sim *sim = recording_build(r);
	char name[256], *request, *want, *doc_w, *doc_g, *flat_w, *flat_g;
	size_t len, want_len;
	struct sim_reply reply;

	if (r->first != NULL) {
		snprintf(name, sizeof(name), "%s.request.xml", r->first);
		request = read_file(name, &len);
		sim_handle(sim, "POST", "/RPC2", request, len, &reply);
		sim_reply_free(&reply);
		free(request);
	}
	snprintf(name, sizeof(name), "%s.request.xml", r->name);
	request = read_file(name, &len);
	snprintf(name, sizeof(name), "%s.response.xml", r->name);
	want = read_file(name, &want_len);
	sim_handle(sim, r->http_method != NULL ? r->http_method : "POST",
	    r->path != NULL ? r->path : "/RPC2", request, len, &reply);
	assert_int_equal(reply.status, r->status != 0 ? r->status : 200);
	doc_w = inner_document(want);
	doc_g = inner_document(reply.body);
	if (doc_w[0] == '<') {
		flat_w = flatten(r->name, doc_w);
		flat_g = flatten(r->name, doc_g);
		same_lines(r->name, flat_w, flat_g);
		assert_true(strlen(flat_w) > 10);
		free(flat_w);
		free(flat_g);
		/* the envelope around the document */
		assert_memory_equal(reply.body, want, strstr(want, "<string>") - want);
		assert_string_equal(strstr(reply.body, "</string>"), strstr(want, "</string>"));
	} else {
		same_lines(r->name, want, reply.body);
		assert_int_equal(reply.len, want_len);
	}
	free(doc_w);
	free(doc_g);
	free(request);
	free(want);
	sim_reply_free(&reply);
	sim_free(sim);
}

/* --- every recorded try of a kill -------------------------------------------------------------- */

/* Replace the machine's number in a recorded text by N. */
static void
mask_number(char *s)
{
	char *p = strstr(s, " VM ");

	if (p == NULL)
		return;
	p += 4;
	if (strspn(p, "0123456789") > 0) {
		memmove(p + 1, p + strspn(p, "0123456789"),
		    strlen(p + strspn(p, "0123456789")) + 1);
		*p = 'N';
	}
}

/* Columns of state-operation-results.tsv. */
struct attempt {
	char state[128], operation[64], outcome[32], code[16], text[256], after[16];
};

static void
try_one(enum sim_era era, const struct attempt *a)
{
	static const char refused[] = "<boolean>0</boolean></value>\r\n<value><string>";
	struct sim *sim = sim_new(era);
	struct sim_vm v = sim_vm_default(1);
	char name[128], got[64] = "accepted", why[512] = "", want[512], *call, *p;
	struct sim_reply reply;
	int state, lcm;

	snprintf(name, sizeof(name), "%s", a->state);
	name[strcspn(name, ",(")] = '\0';
	for (p = name + strlen(name); p > name && p[-1] == ' ';)
		*--p = '\0';
	if (sim_state_parse(era, name, &v.state, &v.lcm) != 0)
		fail_msg("no state \"%s\"", name);
	if (strstr(a->state, "driver answers failure") != NULL)
		v.kill = SIM_KILL_DRIVER;
	sim_add_vm(sim, &v);
	call = sim_client_call("one.vm.action", "ssi", "oneadmin:oneadmin", a->operation, "1");
	sim_handle(sim, "POST", "/RPC2", call, strlen(call), &reply);
	p = strstr(reply.body, refused);
	if (p != NULL) {
		snprintf(got, sizeof(got), "refused");
		sscanf(p + strlen(refused), "%500[^<]", why);
	}
	snprintf(want, sizeof(want), "%s", a->text);
	mask_number(want);
	mask_number(why);
	if (strcmp(got, a->outcome) != 0 || strcmp(why, want) != 0)
		fail_msg("%s, %s: recorded %s \"%s\", simulated %s \"%s\"", a->state,
		    a->operation, a->outcome, want, got, why);
	if (p != NULL) {
		snprintf(
		    want, sizeof(want), "</string></value>\r\n<value><i4>%s</i4>", a->code);
		assert_non_null(strstr(reply.body, want));
	}
	assert_int_equal(sim_get_state(sim, 1, &state, &lcm), 0);
	snprintf(want, sizeof(want), "%d/%d", state, lcm);
	if (strcmp(want, a->after) != 0)
		fail_msg("%s, %s: recorded %s afterwards, simulated %s", a->state, a->operation,
		    a->after, want);
	sim_reply_free(&reply);
	free(call);
	sim_free(sim);
}

/* One tab-separated field, possibly empty. */
static void
field(char **p, char *out, size_t size)
{
	size_t n = strcspn(*p, "\t\n");

	snprintf(out, size, "%.*s", (int)n, *p);
	*p += n + ((*p)[n] == '\t');
}

static void
try_all(enum sim_era era, const char *file, const char *const *operations, int at_least)
{
	size_t len;
	char *text = read_file(file, &len), *line, *save = NULL;
	struct attempt a;
	int i, n = 0;

	for (line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		field(&line, a.state, sizeof(a.state));
		field(&line, a.operation, sizeof(a.operation));
		field(&line, a.outcome, sizeof(a.outcome));
		field(&line, a.code, sizeof(a.code));
		field(&line, a.text, sizeof(a.text));
		field(&line, a.after, sizeof(a.after));
		for (i = 0; operations[i] != NULL; i++)
			if (strcmp(operations[i], a.operation) == 0) {
				/* drivers that fail do not stop a finalize */
				if (strcmp(a.operation, "finalize") == 0)
					a.state[strcspn(a.state, ",")] = '\0';
				try_one(era, &a);
				n++;
			}
	}
	free(text);
	assert_true(n >= at_least);
}

static void
kills_are_taken_where_720_took_them(void **state)
{
	static const char *const operations[] = {
	    "terminate", "terminate-hard", "poweroff-hard", NULL};

	(void)state;
	try_all(SIM_720, "7.2.0/state-operation-results.tsv", operations, 120);
}

static void
kills_are_taken_where_321_took_them(void **state)
{
	static const char *const operations[] = {"finalize", "shutdown", "cancel", NULL};

	(void)state;
	try_all(SIM_321, "3.2.1/state-operation-results.tsv", operations, 50);
}

int
main(void)
{
	struct CMUnitTest *tests = calloc(n_recordings + n_launches + 2, sizeof(*tests));
	size_t i, n = n_recordings + n_launches;
	int ret;

	if (tests == NULL)
		return 1;
	for (i = 0; i < n; i++) {
		const struct recording *r =
		    i < n_recordings ? &recordings[i] : &launches[i - n_recordings];

		tests[i].name = r->name;
		tests[i].test_func = answers_as_recorded;
		tests[i].initial_state = (void *)(uintptr_t)r;
	}
	tests[i].name = "kills are taken where 7.2.0 took them";
	tests[i].test_func = kills_are_taken_where_720_took_them;
	tests[i + 1].name = "kills are taken where 3.2.1 took them";
	tests[i + 1].test_func = kills_are_taken_where_321_took_them;
	ret = _cmocka_run_group_tests("simulated cloud", tests, n + 2, NULL, NULL);
	free(tests);
	return ret;
}
