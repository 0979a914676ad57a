/* SPDX-License-Identifier: ISC */
/*
 * Saved listings: documents, envelopes, and files that are neither, through a pipe in odd pieces.
 */
#include <unistd.h>

#include "cloudutil.h"

/* Reads text through a pipe, as `... | vmreaper audit --from -` would. */
static int
read_text(const char *text, size_t len, const char *version, struct arena *a, struct listing *l,
    struct fault *f)
{
	int fds[2], r;
	FILE *file = tmpfile();

	/* A pipe for what fits into one, a file for the rest. */
	if (len <= 4096) {
		assert_int_equal(pipe(fds), 0);
		assert_int_equal(write(fds[1], text, len), len);
		close(fds[1]);
		r = cloud_saved(fds[0], "saved.xml", version, a, l, f);
		close(fds[0]);
	} else {
		assert_int_equal(fwrite(text, 1, len, file), len);
		rewind(file);
		r = cloud_saved(fileno(file), "saved.xml", version, a, l, f);
	}
	fclose(file);
	return r;
}

#define VM(id, state, lcm, rest)                                                            \
	"<VM><ID>" #id "</ID><STATE>" #state "</STATE><LCM_STATE>" #lcm "</LCM_STATE>" rest \
	"</VM>"

static void
documents_are_recognised_and_their_era_guessed(void **state)
{
	static const struct {
		const char *name, *text, *version;
		int result;
		size_t n;
		const char *said, *era;
	} rows[] = {
	    {"a pool",
		"<VM_POOL>" VM(2, 3, 16, "<USER_TEMPLATE/>")
		    VM(1, 8, 0, "<USER_TEMPLATE/>") "</VM_POOL>",
		"auto", 0, 2, "7.x?", "7.x"},
	    {"a declaration, a comment and blanks first",
		"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- onevm list -x -->\n <VM_POOL>" VM(
		    1, 3, 3, "<USER_TEMPLATE/>") "</VM_POOL>\n",
		"auto", 0, 1, "7.x?", "7.x"},
	    {"one machine", VM(5, 3, 16, "<PERMISSIONS/>"), "auto", 0, 1, "3.x?", "3.0-3.4"},
	    {"HISTORY directly", VM(5, 3, 3, "<HISTORY><SEQ>0</SEQ></HISTORY>"), "auto", 0, 1,
		"2.2?", "2.2"},
	    {"FAILED and USER_TEMPLATE", VM(5, 7, 0, "<USER_TEMPLATE/>"), "auto", 0, 1, "4.x?",
		"4.4-4.12"},
	    {"a pin", VM(5, 7, 0, "<USER_TEMPLATE/>"), "3.2.1", 0, 1, "3.2.1", "3.0-3.4"},
	    {"an empty pool", "<VM_POOL/>", "auto", 0, 0, "7.x?", "7.x"},
	    {"an envelope",
		"<?xml "
		"version=\"1.0\"?><methodResponse><params><param><value><array><data><value><"
		"boolean>1"
		"</boolean></value><value><string>&lt;VM_POOL&gt;&lt;/VM_POOL&gt;</string></"
		"value></data></array>"
		"</value></param></params></methodResponse>",
		"auto", 0, 0, "7.x?", "7.x"},
	    /* not whole, or not that */
	    {"nothing", "", "auto", -1},
	    {"text", "ID USER STAT\n12 alice runn\n", "auto", -1},
	    {"JSON", "{\"VM_POOL\":{}}", "auto", -1},
	    {"hosts", "<HOST_POOL/>", "auto", -1},
	    {"cut", "<VM_POOL>" VM(1, 3, 3, ""), "auto", -1, 1},
	    {"an envelope with a refusal",
		"<methodResponse><params><param><value><array><data><value><boolean>0</boolean>"
		"</value><value><string>no</string></value></data></array></value></param></"
		"params>"
		"</methodResponse>",
		"auto", -1},
	    {"an envelope that is cut",
		"<methodResponse><params><param><value><array><data><value><boolean>1</"
		"boolean>",
		"auto", -1},
	    {"a version that nobody knows", "<VM_POOL/>", "9.0", -1},
	};
	struct listing l;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(0);

		f = (struct fault){0};
		if (read_text(rows[i].text, strlen(rows[i].text), rows[i].version, a, &l, &f) !=
			rows[i].result ||
		    l.n != rows[i].n || l.complete != (rows[i].result == 0))
			fail_msg("%s: %zu machines: %s", rows[i].name, l.n, f.msg);
		if (rows[i].result == 0) {
			assert_string_equal(l.version, rows[i].said);
			assert_string_equal(l.era->name, rows[i].era);
		} else {
			assert_non_null(strstr(f.msg, "saved.xml"));
			assert_true(f.remedy[0] != '\0');
			assert_string_equal(l.why.msg, f.msg);
		}
		arena_free(a);
	}
}

static void
classes_follow_the_guessed_era(void **state)
{
	static const char doc[] = "<VM_POOL>" VM(1, 7, 0, "<PERMISSIONS/>")
	    VM(2, 3, 36, "<PERMISSIONS/>") "</VM_POOL>";
	struct arena *a = arena_new(0);
	struct listing l;
	struct fault f;

	(void)state;
	assert_int_equal(read_text(doc, sizeof(doc) - 1, "auto", a, &l, &f), 0);
	assert_int_equal(l.vms[0].cls, VM_CLASS_FAILED);
	assert_int_equal(l.vms[1].cls, VM_CLASS_UNRECOGNISED); /* no such state in 3.x */
	assert_int_equal(l.vms[1].odd, VM_ODD_STATE);
	arena_free(a);
}

static void
machines_come_sorted_and_each_id_once(void **state)
{
	static const char doc[] = "<VM_POOL>" VM(9, 3, 3, "<NAME>a</NAME>") VM(2, 3, 3, "")
	    VM(9, 3, 3, "<NAME>a</NAME>") VM(4, 3, 16, "") VM(4, 3, 3, "") "</VM_POOL>";
	struct arena *a = arena_new(0);
	struct listing l;
	struct fault f;

	(void)state;
	assert_int_equal(read_text(doc, sizeof(doc) - 1, "7.2.0", a, &l, &f), 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.vms[0].id, 2);
	assert_int_equal(l.vms[1].id, 4);
	assert_int_equal(l.vms[2].id, 9);
	assert_int_equal(l.vms[2].odd, 0); /* the same twice is one */
	assert_int_equal(l.vms[1].odd, VM_ODD_TWICE);
	assert_int_equal(l.vms[1].cls, VM_CLASS_UNRECOGNISED);
	arena_free(a);
}

static void
a_large_file_is_read_to_its_end(void **state)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct fault f;
	char *s;
	size_t len;

	(void)state;
	s = capture_read(
	    "one-7.2.0/267-one.vmpool.infoextended-many-states-first-half.response.xml", &len);
	assert_int_equal(read_text(s, len, "auto", a, &l, &f), 0);
	assert_int_equal(l.bytes, len);
	assert_int_equal(l.n, 30);
	assert_true(l.attributes);
	for (size_t cut = 0; cut < len - 40; cut += 1777) {
		assert_int_equal(read_text(s, cut, "auto", a, &l, &f), -1);
		assert_false(l.complete);
	}
	free(s);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(documents_are_recognised_and_their_era_guessed),
	    cmocka_unit_test(classes_follow_the_guessed_era),
	    cmocka_unit_test(machines_come_sorted_and_each_id_once),
	    cmocka_unit_test(a_large_file_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
