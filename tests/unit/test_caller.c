/* SPDX-License-Identifier: ISC */
/*
 * The caller's door: where each value is looked for, and which place counts. The cloud is the simulated one, asked over
 * loopback; what goes through StratusLab's proxy is in tests/e2e/doors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "command/caller.h"
#include "sim.h"
#include "tmpdir.h"

#define N_OF(a)	 (sizeof(a) / sizeof((a)[0]))
#define PASSWORD "sesame"

static const char *const variables[] = {"ONE_AUTH", "ONE_XMLRPC", "STRATUSLAB_ENDPOINT",
    "STRATUSLAB_USERNAME", "STRATUSLAB_PASSWORD", "STRATUSLAB_PEM_CERTIFICATE",
    "STRATUSLAB_PEM_KEY", "STRATUSLAB_KEY", "STRATUSLAB_PDISK_ENDPOINT",
    "STRATUSLAB_PDISK_PROTOCOL", "STRATUSLAB_PDISK_PORT", "STRATUSLAB_PDISK_USERNAME",
    "STRATUSLAB_PDISK_PASSWORD", "STRATUSLAB_MARKETPLACE_ENDPOINT",
    "STRATUSLAB_USER_CONFIG_SECTION"};

/* A cloud, and a home directory of our own. */
struct bed {
	struct sim *sim;
	char url[64], home[96];
	struct caller c;
	struct caller_options o;
	struct fault f;
};

static void
write_file(const struct bed *b, const char *name, const char *text)
{
	char path[200];
	FILE *fp;

	snprintf(path, sizeof(path), "%s/%s", b->home, name);
	unlink(path);
	fp = fopen(path, "w");
	assert_non_null(fp);
	fputs(text, fp);
	fclose(fp);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
bed_start(struct bed *b)
{
	static const char *const names[] = {"alice", "bob", "carol", "oneadmin"};
	char path[200];

	memset(b, 0, sizeof(*b));
	log_open("test", LOG_TO_NONE, 0);
	for (size_t i = 0; i < N_OF(variables); i++)
		unsetenv(variables[i]);
	snprintf(b->home, sizeof(b->home), "%s/vmreaper-caller.XXXXXX", tmp_dir());
	assert_non_null(mkdtemp(b->home));
	setenv("HOME", b->home, 1);
	for (int i = 0; i < 4; i++) {
		static const char *const dirs[] = {".one", ".stratuslab", ".ssh", ".globus"};

		snprintf(path, sizeof(path), "%s/%s", b->home, dirs[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	b->sim = sim_new(SIM_720);
	for (size_t i = 0; i < N_OF(names); i++) {
		const struct sim_user user = {.id = (int)(i + 1) % 4,
		    .name = names[i],
		    .password = PASSWORD,
		    .gname = "users",
		    .gid = i == 3 ? 0 : 100,
		    .sees_vms = true,
		    .sees_hosts = true};

		sim_add_user(b->sim, &user);
	}
	assert_int_equal(sim_start(b->sim, NULL, 0, NULL, NULL), 0);
	sim_url(b->sim, b->url, sizeof(b->url));
}

static void
bed_stop(struct bed *b)
{
	char command[160];

	sim_free(b->sim);
	snprintf(command, sizeof(command), "rm -rf '%s'", b->home);
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < N_OF(variables); i++)
		unsetenv(variables[i]);
}

/* The user whose door opened, or "" with the fault in b->f. */
static const char *
who(struct bed *b)
{
	static char user[64];

	memset(&b->f, 0, sizeof(b->f));
	user[0] = '\0';
	if (caller_open(&b->o, &b->c, &b->f) != 0) {
		assert_true(b->f.kind != FAULT_NONE && b->f.msg[0] != '\0');
		assert_null(strstr(b->f.msg, PASSWORD));
		assert_null(b->c.cloud);
	} else {
		struct account account;

		snprintf(user, sizeof(user), "%s", b->c.user);
		assert_string_equal(b->c.endpoint, b->url);
		assert_false(b->c.stratuslab);
		assert_string_equal(b->c.version, "7.2.0");
		assert_non_null(b->c.era);
		/* and it is really that user to whom the cloud answers */
		assert_int_equal(
		    cloud_account(b->c.cloud, b->c.arena, b->c.era, &account, &b->f), 0);
		assert_string_equal(account.name, user);
	}
	caller_close(&b->c);
	return user;
}

static void
says(struct bed *b, const char *text)
{
	if (strstr(b->f.msg, text) == NULL && strstr(b->f.remedy, text) == NULL)
		fail_msg("not '%s': %s (%s)", text, b->f.msg, b->f.remedy);
}

/* Command line, environment, file: the higher one counts, each value for itself. */
static void
options_come_before_environment_and_files(void **state)
{
	char cfg[400];
	struct bed b;

	(void)state;
	bed_start(&b);
	snprintf(cfg, sizeof(cfg),
	    "[default]\nendpoint = %s\nusername = carol\npassword = " PASSWORD "\n", b.url);
	write_file(&b, ".stratuslab/stratuslab-user.cfg", cfg);
	assert_string_equal(who(&b), "carol");
	setenv("STRATUSLAB_USERNAME", "bob", 1);
	assert_string_equal(who(&b), "bob");
	setenv("STRATUSLAB_USERNAME", "", 1); /* as if it were not set */
	assert_string_equal(who(&b), "carol");
	setenv("STRATUSLAB_USERNAME", "bob", 1);
	b.o.username = "alice";
	assert_string_equal(who(&b), "alice");
	b.o.password = "no";
	assert_string_equal(who(&b), "");
	assert_int_equal(b.f.kind, FAULT_AUTH);
	/* OpenNebula's file is for oned, and counts before the others there; but not before what is said */
	b.o.username = b.o.password = NULL;
	write_file(&b, ".one/one_auth", "oneadmin:" PASSWORD "\n");
	assert_string_equal(who(&b), "oneadmin");
	b.o.username = "alice";
	b.o.password = PASSWORD;
	assert_string_equal(who(&b), "alice");
	bed_stop(&b);
}

static void
opennebulas_own_places_are_read(void **state)
{
	char line[128], path[200];
	struct bed b;

	(void)state;
	bed_start(&b);
	assert_string_equal(who(&b), "");
	says(&b, "no endpoint");
	b.o.endpoint = b.url;
	assert_string_equal(who(&b), "");
	says(&b, "no credentials");
	b.o.endpoint = NULL;
	snprintf(line, sizeof(line), "%s\n", b.url);
	write_file(&b, ".one/one_endpoint", line);
	write_file(&b, ".one/one_auth", "alice:" PASSWORD "\n");
	assert_string_equal(who(&b), "alice");
	/* $ONE_AUTH before the file; one that is missing is no fall-through */
	write_file(&b, "token", "bob:" PASSWORD "\n");
	snprintf(path, sizeof(path), "%s/token", b.home);
	setenv("ONE_AUTH", path, 1);
	assert_string_equal(who(&b), "bob");
	setenv("ONE_AUTH", "/nonexistent/one_auth", 1);
	assert_string_equal(who(&b), "");
	says(&b, "/nonexistent/one_auth");
	unsetenv("ONE_AUTH");
	/* a file of the command line */
	b.o.auth_file = path;
	assert_string_equal(who(&b), "bob");
	b.o.username = "alice";
	assert_string_equal(who(&b), "");
	says(&b, "give one of them");
	b.o.username = b.o.auth_file = NULL;
	/* open to others: refused like any credential file */
	snprintf(path, sizeof(path), "%s/.one/one_auth", b.home);
	assert_int_equal(chmod(path, 0644), 0);
	assert_string_equal(who(&b), "");
	says(&b, "open to others");
	assert_int_equal(chmod(path, 0600), 0);
	/* gRPC in either place */
	write_file(&b, ".one/one_endpoint", "cloud.example.org:2634\n");
	assert_string_equal(who(&b), "");
	says(&b, "gRPC");
	says(&b, "one_endpoint");
	setenv("ONE_XMLRPC", "grpc://127.0.0.1:2634", 1);
	assert_string_equal(who(&b), "");
	says(&b, "gRPC");
	says(&b, "$ONE_XMLRPC");
	/* a bare host is StratusLab's spelling, and this is not its place */
	setenv("ONE_XMLRPC", "127.0.0.1", 1);
	assert_string_equal(who(&b), "");
	says(&b, "no scheme");
	setenv("ONE_XMLRPC", b.url, 1);
	assert_string_equal(who(&b), "alice");
	bed_stop(&b);
}

static void
two_endpoints_are_a_question(void **state)
{
	char cfg[400];
	struct bed b;

	(void)state;
	bed_start(&b);
	write_file(&b, ".one/one_auth", "alice:" PASSWORD "\n");
	setenv("ONE_XMLRPC", b.url, 1);
	setenv("STRATUSLAB_ENDPOINT", "https://127.0.0.1:1/xmlrpc", 1);
	assert_string_equal(who(&b), "");
	says(&b, "two endpoints");
	says(&b, b.url);
	says(&b, "--endpoint");
	b.o.endpoint = b.url;
	assert_string_equal(who(&b), "alice");
	b.o.endpoint = NULL;
	setenv("STRATUSLAB_ENDPOINT", b.url, 1); /* they agree */
	assert_string_equal(who(&b), "alice");
	setenv("STRATUSLAB_ENDPOINT", "https://u:" PASSWORD "@127.0.0.1/xmlrpc", 1);
	assert_string_equal(who(&b), "");
	says(&b, "two endpoints");
	/* the same among files; a variable decides */
	unsetenv("STRATUSLAB_ENDPOINT");
	unsetenv("ONE_XMLRPC");
	snprintf(cfg, sizeof(cfg), "[default]\nendpoint = %s\n", b.url);
	write_file(&b, ".stratuslab/stratuslab-user.cfg", cfg);
	write_file(&b, ".one/one_endpoint", "http://127.0.0.1:1/RPC2\n");
	assert_string_equal(who(&b), "");
	says(&b, "two endpoints");
	says(&b, "stratuslab-user.cfg:2");
	setenv("ONE_XMLRPC", b.url, 1);
	assert_string_equal(who(&b), "alice");
	bed_stop(&b);
}

static void
sections_of_the_file(void **state)
{
	char cfg[600], path[200];
	struct bed b;

	(void)state;
	bed_start(&b);
	snprintf(cfg, sizeof(cfg),
	    "[default]\nselected_section = two\nendpoint = %s\npassword = " PASSWORD
	    "\nusername = alice\n"
	    "[two]\nusername = bob\n[three]\nusername = carol\n",
	    b.url);
	write_file(&b, ".stratuslab/stratuslab-user.cfg", cfg);
	assert_string_equal(who(&b), "bob");
	setenv("STRATUSLAB_USER_CONFIG_SECTION", "three", 1);
	assert_string_equal(who(&b), "carol");
	b.o.section = "two";
	assert_string_equal(who(&b), "bob");
	b.o.section = "four";
	assert_string_equal(who(&b), "");
	says(&b, "no section [four]");
	b.o.section = NULL;
	unsetenv("STRATUSLAB_USER_CONFIG_SECTION");
	/* another file; one that is not there is an error, unlike the default one */
	snprintf(path, sizeof(path), "%s/my.cfg", b.home);
	b.o.config = path;
	assert_string_equal(who(&b), "");
	says(&b, "my.cfg");
	write_file(&b, "my.cfg", "[other]\n");
	assert_string_equal(who(&b), "");
	says(&b, "no section [default]");
	write_file(&b, "my.cfg", "[default]\npassword = 50%\n");
	b.o.endpoint = b.url;
	assert_string_equal(who(&b), "");
	says(&b, "my.cfg:2");
	bed_stop(&b);
}

/* A name without a password: the original asks on the terminal; here it is a fault, not another user's certificate. */
static void
a_user_needs_a_password(void **state)
{
	struct bed b;

	(void)state;
	bed_start(&b);
	b.o.endpoint = b.url;
	b.o.username = "alice";
	assert_string_equal(who(&b), "");
	says(&b, "user alice without a password");
	b.o.username = NULL;
	b.o.password = PASSWORD;
	assert_string_equal(who(&b), "");
	says(&b, "without a user");
	b.o.password = NULL;
	setenv("STRATUSLAB_USERNAME", "alice", 1);
	write_file(&b, ".globus/usercert.pem", "x");
	write_file(&b, ".globus/userkey.pem", "x");
	b.o.endpoint = "https://127.0.0.1:1/xmlrpc";
	assert_string_equal(who(&b), "");
	says(&b, "user alice without a password");
	/* nobody named a user: the default certificate is taken (and is none) */
	unsetenv("STRATUSLAB_USERNAME");
	assert_string_equal(who(&b), "");
	assert_true(b.f.kind == FAULT_NETWORK);
	says(&b, "/cert/xmlrpc");
	/* a certificate opens no oned */
	b.o.endpoint = b.url;
	assert_string_equal(who(&b), "");
	says(&b, "oned itself");
	b.o.username = "al:ice";
	b.o.password = PASSWORD;
	assert_string_equal(who(&b), "");
	says(&b, "colon");
	bed_stop(&b);
}

static void
services_beside_the_cloud(void **state)
{
	char path[200], cfg[400];
	struct bed b;

	(void)state;
	bed_start(&b);
	b.o.endpoint = b.url;
	b.o.username = "alice";
	b.o.password = PASSWORD;
	assert_int_equal(caller_open(&b.o, &b.c, &b.f), 0);
	assert_null(b.c.marketplace);
	assert_null(b.c.pdisk);
	assert_null(b.c.public_key_file);
	assert_null(b.c.default_type);
	caller_close(&b.c);
	write_file(&b, ".ssh/id_rsa.pub", "ssh-rsa x\n");
	write_file(&b, "key.pub", "ssh-rsa y\n");
	snprintf(cfg, sizeof(cfg),
	    "[default]\nmarketplace_endpoint = https://m.example.org\npdisk_endpoint = "
	    "p.example.org\n"
	    "default_instance_type = c1.big\nuser_public_key_file = ~/key.pub\n");
	write_file(&b, ".stratuslab/stratuslab-user.cfg", cfg);
	setenv("STRATUSLAB_KEY", "/nonexistent/key.pub", 1);
	assert_int_equal(caller_open(&b.o, &b.c, &b.f), 0);
	assert_string_equal(b.c.marketplace, "https://m.example.org");
	assert_string_equal(b.c.pdisk, "p.example.org");
	assert_string_equal(b.c.pdisk_user, "alice");
	assert_string_equal(b.c.pdisk_password, PASSWORD);
	assert_string_equal(b.c.default_type, "c1.big");
	snprintf(path, sizeof(path), "%s/key.pub", b.home);
	assert_string_equal(b.c.public_key_file, path);
	caller_close(&b.c);
	setenv("STRATUSLAB_PDISK_PORT", "99", 1);
	setenv("STRATUSLAB_PDISK_USERNAME", "bob", 1);
	setenv("STRATUSLAB_PDISK_PASSWORD", "b", 1);
	setenv("STRATUSLAB_MARKETPLACE_ENDPOINT", "https://n.example.org", 1);
	assert_int_equal(caller_open(&b.o, &b.c, &b.f), 0);
	assert_string_equal(b.c.marketplace, "https://n.example.org");
	assert_string_equal(b.c.pdisk, "https://p.example.org:99");
	assert_string_equal(b.c.pdisk_user, "bob");
	assert_string_equal(b.c.pdisk_password, "b");
	caller_close(&b.c);
	caller_close(&b.c); /* once more does no harm */
	caller_close(NULL);
	bed_stop(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_come_before_environment_and_files),
	    cmocka_unit_test(opennebulas_own_places_are_read),
	    cmocka_unit_test(two_endpoints_are_a_question),
	    cmocka_unit_test(sections_of_the_file),
	    cmocka_unit_test(a_user_needs_a_password),
	    cmocka_unit_test(services_beside_the_cloud),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
