/* SPDX-License-Identifier: ISC */
/*
 * Every captured answer about machines and hosts, through the codecs, against what xmllint counted
 * (tests/data/captures/count writes counts.tsv).
 */
#include <ctype.h>
#include <fcntl.h>
#include <unistd.h>

#include "cloud/hostxml.h"
#include "cloudutil.h"

struct row {
	char file[160], root[32], list[4096];
	unsigned machines, hosts;
};

/* Calls check for each row of counts.tsv; returns how many there were. */
static unsigned
rows_each(void (*check)(const struct row *))
{
	char path[512], line[8192];
	FILE *f = fopen(capture_path(path, "counts.tsv"), "r");
	struct row r;
	unsigned n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		r.list[0] = '\0';
		assert_true(sscanf(line, "%159s\t%31s\t%u\t%u\t%4095[^\n]", r.file, r.root,
				&r.machines, &r.hosts, r.list) >= 4);
		check(&r);
		n++;
	}
	fclose(f);
	return n;
}

static const struct era *
row_era(const struct row *r)
{
	return era_by_version(strncmp(r->file, "one-3", 5) == 0 ? "3.2.1" : "7.2.0");
}

static void
check_machines(const struct row *r)
{
	struct arena *a = arena_new(0);
	struct vm_list vms = {NULL, 0};
	struct xmlrpc_reply reply;
	struct fault f = {0};
	size_t len, at = 0;
	char *s, list[8192] = "";
	int result;

	s = capture_read(r->file, &len);
	result = response_parse(a, row_era(r), s, len, 1000, &vms, &reply, &f);
	if (strcmp(r->root, "VM") != 0 && strcmp(r->root, "VM_POOL") != 0) {
		/* Refusals, faults, and documents about something else. */
		assert_int_equal(result, -1);
		assert_int_equal(vms.n, 0);
	} else {
		if (result != 0)
			fail_msg("%s: %s", r->file, f.msg);
		if (vms.n != r->machines)
			fail_msg(
			    "%s: %zu machines, xmllint counts %u", r->file, vms.n, r->machines);
		for (size_t i = 0; i < vms.n; i++)
			at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%lld/%d/%d",
			    i > 0 ? " " : "", (long long)vms.v[i].id, vms.v[i].state,
			    vms.v[i].lcm);
		assert_string_equal(list, r->list);
	}
	free(s);
	arena_free(a);
}

static void
captured_answers_hold_as_many_machines_as_xmllint_counts(void **state)
{
	(void)state;
	assert_true(rows_each(check_machines) > 200);
}

/* "013-one.vm.info-RUNNING", "030-one.vm.info-FAILED_deploy": the longest state name that fits. */
static bool
name_of_state(const char *file, char name[64])
{
	const char *s = strstr(file, "one.vm.info-");
	size_t n = 0, end;

	if (s == NULL)
		return false;
	s += strlen("one.vm.info-");
	end = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
	for (n = end; n > 0; n--) {
		if (s[n] != '_' && s[n] != '-' && s[n] != '.')
			continue;
		snprintf(name, 64, "%.*s", (int)n, s);
		if (era_is_state_name(name))
			return true;
	}
	return false;
}

static unsigned named;

static void
check_state_name(const struct row *r)
{
	struct arena *a = arena_new(0);
	struct vm_list vms = {NULL, 0};
	struct xmlrpc_reply reply;
	struct fault f = {0};
	char name[64], buf[40], *s;
	const char *digits;
	size_t len;

	if (r->machines > 0) {
		s = capture_read(r->file, &len);
		assert_int_equal(
		    response_parse(a, row_era(r), s, len, len, &vms, &reply, &f), 0);
		for (size_t i = 0; i < vms.n; i++) {
			era_state_name(row_era(r), vms.v[i].state, vms.v[i].lcm, buf);
			if (name_of_state(r->file, name)) {
				assert_string_equal(buf, name);
				named++;
			}
			digits = strstr(r->file, ".info-state");
			if (digits != NULL && isdigit((unsigned char)digits[11]))
				assert_int_equal(vms.v[i].state, atoi(digits + 11));
			assert_false(era_contradicts(row_era(r), vms.v[i].state, vms.v[i].lcm));
			/* 3.2.1 made a row -1 when it was told to finalize machine -1. */
			assert_true(
			    (vms.v[i].cls == VM_CLASS_UNRECOGNISED) == (vms.v[i].id < 0));
			assert_int_equal(vms.v[i].odd, 0);
		}
		free(s);
	}
	arena_free(a);
}

static void
captured_machines_have_the_state_that_the_file_name_says(void **state)
{
	(void)state;
	rows_each(check_state_name);
	/* 24 states of 3.2.1 and 56 of 7.2.0, some of them twice. */
	assert_true(named >= 80);
}

static void
hosts_sink(void *ctx, const char *s, size_t len)
{
	hostxml_feed(ctx, s, len);
}

static void
check_hosts(const struct row *r)
{
	struct arena *a = arena_new(0);
	struct host_list hosts = {NULL, 0};
	struct hostxml *x = hostxml_new(a, &hosts, NULL);
	struct xmlrpc *envelope = xmlrpc_new(hosts_sink, x);
	struct xmlrpc_reply reply;
	struct fault f = {0};
	size_t len;
	char *s;

	if (strcmp(r->root, "HOST_POOL") == 0) {
		s = capture_read(r->file, &len);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(xmlrpc_feed(envelope, s + i, 1), 0);
		assert_int_equal(xmlrpc_end(envelope, &reply, &f), 0);
		if (hostxml_end(x, &f) != 0)
			fail_msg("%s: %s", r->file, f.msg);
		assert_int_equal(hosts.n, r->hosts);
		free(s);
	}
	xmlrpc_free(envelope);
	hostxml_free(x);
	arena_free(a);
}

static void
captured_answers_hold_as_many_hosts_as_xmllint_counts(void **state)
{
	(void)state;
	rows_each(check_hosts);
}

/* The same files, read as a person would hand them to `vmreaper audit --from`. */
static void
check_saved(const struct row *r)
{
	struct arena *a = arena_new(0);
	struct listing l;
	struct fault f = {0};
	char path[512];
	int fd = open(capture_path(path, r->file), O_RDONLY);
	int result;

	assert_true(fd >= 0);
	result = cloud_saved(fd, r->file, "auto", a, &l, &f);
	close(fd);
	if (strcmp(r->root, "VM") == 0 || strcmp(r->root, "VM_POOL") == 0) {
		assert_int_equal(result, 0);
		assert_true(l.complete);
		assert_int_equal(l.n, r->machines);
		for (size_t i = 1; i < l.n; i++)
			assert_true(l.vms[i - 1].id < l.vms[i].id);
		if (l.n > 0)
			assert_ptr_equal(l.era, row_era(r));
	} else {
		assert_int_equal(result, -1);
		assert_false(l.complete);
		assert_true(l.why.msg[0] != '\0' && l.why.remedy[0] != '\0');
	}
	arena_free(a);
}

static void
captured_answers_read_as_saved_listings_and_their_era_is_guessed(void **state)
{
	(void)state;
	rows_each(check_saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(captured_answers_hold_as_many_machines_as_xmllint_counts),
	    cmocka_unit_test(captured_machines_have_the_state_that_the_file_name_says),
	    cmocka_unit_test(captured_answers_hold_as_many_hosts_as_xmllint_counts),
	    cmocka_unit_test(captured_answers_read_as_saved_listings_and_their_era_is_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
