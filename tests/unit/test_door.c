/* SPDX-License-Identifier: ISC */
/*
 * Doors and words as tables: each row of stratuslab.md 2.1, 2.2 and 2.3, and each symptom of 2.7. No I/O.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cloud/door.h"
#include "cloud/httpsay.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define AUTO	DOOR_AUTO
#define ONE	DOOR_OPENNEBULA
#define SL	DOOR_STRATUSLAB

struct row {
	const char *endpoint;
	enum door_dialect dialect;
	char has[3]; /* p: password, c: certificate */
	const char *url; /* NULL: refused */
	enum door_way way;
	const char *says; /* when refused: in message or remedy */
};

static void
check(const struct row *rows, size_t n)
{
	struct door d;
	struct fault f;

	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		int rc;

		memset(&f, 0, sizeof(f));
		rc = door_resolve(r->endpoint, r->dialect, strchr(r->has, 'p') != NULL,
		    strchr(r->has, 'c') != NULL, &d, &f);
		if (rc != (r->url != NULL ? 0 : -1))
			fail_msg("row %zu: %s: %d, %s %s (%s)", i, r->endpoint, rc, d.url,
			    f.msg, f.remedy);
		if (rc != 0 &&
		    (f.kind != FAULT_POLICY || f.remedy[0] == '\0' ||
			(strstr(f.msg, r->says) == NULL && strstr(f.remedy, r->says) == NULL)))
			fail_msg("%s: %s (%s)", r->endpoint, f.msg, f.remedy);
		assert_null(strstr(f.msg, "sesame"));
		if (rc == 0 && (strcmp(d.url, r->url) != 0 || d.way != r->way))
			fail_msg("%s: %s %s", r->endpoint, d.url, door_way_str(d.way));
	}
}

/* stratuslab.md 2.2: the table of what the original makes of them. */
static void
the_spellings_of_the_original(void **state)
{
	static const struct row rows[] = {
	    {"cloud.example.org", SL, "p", "https://cloud.example.org:2634/pswd/xmlrpc",
		DOOR_PASSWORD, ""},
	    {"cloud.example.org", AUTO, "p", "https://cloud.example.org:2634/pswd/xmlrpc",
		DOOR_PASSWORD, ""},
	    {"cloud.example.org", SL, "c", "https://cloud.example.org:2634/cert/xmlrpc",
		DOOR_CERTIFICATE, ""},
	    {"10.1.2.3", SL, "p", "https://10.1.2.3:2634/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    {"https://cloud.example.org/one-proxy/xmlrpc", SL, "p",
		"https://cloud.example.org/one-proxy/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    {"https://cloud.example.org/one-proxy/xmlrpc", AUTO, "c",
		"https://cloud.example.org/one-proxy/cert/xmlrpc", DOOR_CERTIFICATE, ""},
	    {"https://cloud.example.org:2634/xmlrpc", AUTO, "p",
		"https://cloud.example.org:2634/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    {"localhost", SL, "p", "http://localhost:2633/RPC2", DOOR_DIRECT, ""},
	    {"localhost", AUTO, "p", "http://localhost:2633/RPC2", DOOR_DIRECT, ""},
	    {"127.0.0.1", SL, "pc", "http://localhost:2633/RPC2", DOOR_DIRECT, ""},
	    /* 2.3: the password comes first; a certificate alone opens no oned */
	    {"cloud.example.org", SL, "pc", "https://cloud.example.org:2634/pswd/xmlrpc",
		DOOR_PASSWORD, ""},
	    {"cloud.example.org", SL, "", NULL, 0, "no credentials"},
	    {"localhost", SL, "c", NULL, 0, "user and password"},
	};

	(void)state;
	check(rows, N_OF(rows));
}

/* 2.2: "broken inputs in the original, worth rejecting or repairing". */
static void
its_broken_spellings_are_repaired_or_refused(void **state)
{
	static const struct row rows[] = {
	    {"cloud.example.org:2634", SL, "p", "https://cloud.example.org:2634/pswd/xmlrpc",
		DOOR_PASSWORD, ""},
	    {"cloud.example.org:8443", AUTO, "c", "https://cloud.example.org:8443/cert/xmlrpc",
		DOOR_CERTIFICATE, ""},
	    {"cloud.example.org/", SL, "p", "https://cloud.example.org:2634/pswd/xmlrpc",
		DOOR_PASSWORD, ""},
	    {"https://cloud.example.org/one-proxy/xmlrpc/", SL, "p",
		"https://cloud.example.org/one-proxy/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    {"https://cloud.example.org/one-proxy/xmlrpc///", AUTO, "p",
		"https://cloud.example.org/one-proxy/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    {"https://cloud.example.org:2634", SL, "p",
		"https://cloud.example.org:2634/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    {"https://cloud.example.org:2634/", SL, "c",
		"https://cloud.example.org:2634/cert/xmlrpc", DOOR_CERTIFICATE, ""},
	    {"https://cloud.example.org", SL, "p", NULL, 0, "https://HOST/one-proxy/xmlrpc"},
	    {"https://cloud.example.org/", AUTO, "p", NULL, 0, "/RPC2"},
	    {"HTTPS://cloud.example.org/one-proxy/xmlrpc", SL, "p",
		"https://cloud.example.org/one-proxy/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    {"httpd.example.org", SL, "p", "https://httpd.example.org:2634/pswd/xmlrpc",
		DOOR_PASSWORD, ""},
	    {"https", SL, "p", "https://https:2634/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    {"http://localhost:2633/RPC2", SL, "p", "http://localhost:2633/RPC2", DOOR_DIRECT,
		""},
	    {"http://localhost:2633/RPC2/", AUTO, "p", "http://localhost:2633/RPC2",
		DOOR_DIRECT, ""},
	    {"LocalHost", SL, "p", "http://localhost:2633/RPC2", DOOR_DIRECT, ""},
	    {"cloud.example.org:2633", SL, "p", NULL, 0, "http://cloud.example.org:2633/RPC2"},
	    {"cloud.example.org/one-proxy/xmlrpc", SL, "p", NULL, 0,
		"https://cloud.example.org/one-proxy/xmlrpc"},
	    {"https://cloud.example.org/one-proxy", SL, "p",
		"https://cloud.example.org/one-proxy/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    /* the way is in the path already */
	    {"https://cloud.example.org/one-proxy/pswd/xmlrpc", AUTO, "p",
		"https://cloud.example.org/one-proxy/pswd/xmlrpc", DOOR_PASSWORD, ""},
	    {"https://cloud.example.org:2634/cert/xmlrpc", SL, "pc",
		"https://cloud.example.org:2634/cert/xmlrpc", DOOR_CERTIFICATE, ""},
	    {"https://cloud.example.org/one-proxy/cert", SL, "c",
		"https://cloud.example.org/one-proxy/cert/xmlrpc", DOOR_CERTIFICATE, ""},
	    {"https://cloud.example.org/one-proxy/cert/xmlrpc", SL, "p", NULL, 0,
		"certificate"},
	    {"https://cloud.example.org/one-proxy/pswd/xmlrpc", AUTO, "c", NULL, 0, "password"},
	    {"https://cloud.example.org/pswdx/xmlrpc", AUTO, "p",
		"https://cloud.example.org/pswdx/pswd/xmlrpc", DOOR_PASSWORD, ""},
	};

	(void)state;
	check(rows, N_OF(rows));
}

static void
oned_is_named_directly(void **state)
{
	static const struct row rows[] = {
	    {"http://cloud.example.org:2633/RPC2", AUTO, "p",
		"http://cloud.example.org:2633/RPC2", DOOR_DIRECT, ""},
	    {"https://cloud.example.org/oned", AUTO, "p", "https://cloud.example.org/oned",
		DOOR_DIRECT, ""},
	    {"https://cloud.example.org/a/xmlrpc", ONE, "p",
		"https://cloud.example.org/a/xmlrpc", DOOR_DIRECT, ""},
	    {"https://cloud.example.org/oned", SL, "p", "https://cloud.example.org/pswd/oned",
		DOOR_PASSWORD, ""},
	    {"https://cloud.example.org/oned", ONE, "c", NULL, 0, "user and password"},
	    {"cloud.example.org", ONE, "p", NULL, 0, "http://HOST:2633/RPC2"},
	    {"cloud.example.org:2634", ONE, "p", NULL, 0, "gRPC"},
	};

	(void)state;
	check(rows, N_OF(rows));
}

static void
what_is_no_endpoint_is_refused(void **state)
{
	static const struct row rows[] = {
	    /* gRPC, or StratusLab's old port: the caller has to say */
	    {"cloud.example.org:2634", AUTO, "p", NULL, 0,
		"http://cloud.example.org:2633/RPC2"},
	    {"cloud.example.org:2634", AUTO, "p", NULL, 0,
		"https://cloud.example.org:2634/xmlrpc"},
	    {"https://cloud.example.org:2634", AUTO, "p", NULL, 0, "gRPC"},
	    {"grpc://cloud.example.org:2634", AUTO, "p", NULL, 0, "gRPC"},
	    {"GRPCS://cloud.example.org:2634", SL, "p", NULL, 0, "gRPC"},
	    {"dns:///cloud.example.org:2634", SL, "p", NULL, 0, "gRPC"},
	    {"ftp://cloud.example.org/xmlrpc", SL, "p", NULL, 0, "neither http nor https"},
	    {"https://alice:sesame@cloud.example.org/one-proxy/xmlrpc", SL, "p", NULL, 0,
		"user"},
	    {"ftp://alice:sesame@cloud.example.org/", SL, "p", NULL, 0, "user"},
	    {"alice:sesame@cloud.example.org", AUTO, "p", NULL, 0, "user"},
	    {"https://", SL, "p", NULL, 0, "no host"},
	    {"https://:2634/xmlrpc", SL, "p", NULL, 0, "no host"},
	    {":2634", SL, "p", NULL, 0, "no host"},
	    {"/xmlrpc", SL, "p", NULL, 0, "no host"},
	    {"", SL, "p", NULL, 0, "HOST"},
	    {"https://cloud.example.org:port/xmlrpc", SL, "p", NULL, 0, "port"},
	    {"https://cloud.example.org:/xmlrpc", SL, "p", NULL, 0, "port"},
	    {"https:/cloud.example.org/xmlrpc", SL, "p", NULL, 0, "port"},
	    {"https://cloud.example.org:123456/xmlrpc", SL, "p", NULL, 0, "port"},
	    {"https://cloud.example.org/xmlrpc?a=b", SL, "p", NULL, 0, "query"},
	    {"https://cloud.example.org/xmlrpc#x", AUTO, "p", NULL, 0, "query"},
	    {"cloud example", SL, "p", NULL, 0, "blank"},
	    {"cloud.example.org\n", SL, "p", NULL, 0, "control"},
	    {"cl\xc3\xb6ud.example.org", SL, "p", NULL, 0, "ASCII"},
	    {"https://cloud.example.org/x\"y/xmlrpc", SL, "p", NULL, 0, "character"},
	    {"2001:db8::1", SL, "p", NULL, 0, "brackets"},
	    {"https://[2001:db8::1/xmlrpc", SL, "p", NULL, 0, "IPv6"},
	    {"[2001:db8::1]", SL, "p", "https://[2001:db8::1]:2634/pswd/xmlrpc", DOOR_PASSWORD,
		""},
	    {"https://[::1]:2634/xmlrpc", AUTO, "p", "https://[::1]:2634/pswd/xmlrpc",
		DOOR_PASSWORD, ""},
	};
	char longest[2000];
	struct door d;
	struct fault f;

	(void)state;
	check(rows, N_OF(rows));
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(door_resolve(longest, SL, true, true, &d, &f), -1);
	memcpy(longest, "https://h/", 10);
	assert_int_equal(door_resolve(longest, SL, true, true, &d, &f), -1);
	assert_int_equal(door_resolve(longest, ONE, true, true, &d, &f), -1);
	assert_int_equal(door_resolve(longest, AUTO, true, true, &d, &f), -1);
}

/* What comes out goes in again, so that a resolved address may be kept. */
static void
a_resolved_door_resolves_to_itself(void **state)
{
	static const char *const endpoints[] = {"cloud.example.org", "cloud.example.org:99",
	    "https://h/one-proxy/xmlrpc", "https://h/one-proxy", "https://h:2634/",
	    "localhost"};
	struct door a, b;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < N_OF(endpoints); i++)
		for (int password = 0; password < 2; password++) {
			if (door_resolve(endpoints[i], SL, password, !password, &a, &f) != 0)
				continue;
			assert_int_equal(door_resolve(a.url, SL, true, true, &b, &f), 0);
			assert_string_equal(a.url, b.url);
			assert_int_equal(a.way, b.way);
		}
}

/* --- words -------------------------------------------------------------------------- */

static void
what_tls_says_is_told_apart(void **state)
{
	/* as OpenSSL 3.0 and libcurl 7.88 put it (tests/e2e/doors lives them), and as older and newer ones do */
	static const struct {
		const char *words, *says;
		enum fault_kind kind;
	} rows[] = {
	    {"SSL certificate problem: certificate has expired",
		"the server's certificate has expired", FAULT_NETWORK},
	    {"server certificate verification failed: certificate expired. (CAfile: none)",
		"the server's certificate has expired", FAULT_NETWORK},
	    {"SSL certificate problem: certificate is not yet valid", "clock", FAULT_NETWORK},
	    {"SSL: no alternative certificate subject name matches target host name 'h'",
		"another host's", FAULT_NETWORK},
	    {"SSL: certificate subject name (x) does not match target host name 'h'",
		"another host's", FAULT_NETWORK},
	    {"SSL certificate problem: unable to get local issuer certificate",
		"not known here", FAULT_NETWORK},
	    {"SSL certificate problem: self-signed certificate in certificate chain",
		"not known here", FAULT_NETWORK},
	    {"SSL certificate problem: self signed certificate", "not known here",
		FAULT_NETWORK},
	    {"error:0A00010B:SSL routines::wrong version number", "no TLS", FAULT_NETWORK},
	    {"OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate "
	     "required, errno 0",
		"wants a client certificate", FAULT_AUTH},
	    {"error:14094415:SSL routines:ssl3_read_bytes:sslv3 alert certificate expired",
		"our certificate: it has expired", FAULT_AUTH},
	    {"error:0A000418:SSL routines::tlsv1 alert unknown ca",
		"does not know the authority", FAULT_AUTH},
	    {"error:0A000412:SSL routines::sslv3 alert bad certificate", "our certificate",
		FAULT_AUTH},
	    {"unable to set private key file: '/x/key.pem' type PEM", "passphrase",
		FAULT_POLICY},
	    {"could not load PEM client certificate, OpenSSL error error:0480006C", "PEM",
		FAULT_POLICY},
	};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		memset(&f, 0, sizeof(f));
		if (!httpsay_tls(&f, rows[i].words) || f.kind != rows[i].kind ||
		    f.remedy[0] == '\0' ||
		    (strstr(f.msg, rows[i].says) == NULL &&
			strstr(f.remedy, rows[i].says) == NULL))
			fail_msg("%s: %s (%s)", rows[i].words, f.msg, f.remedy);
	}
	/* a handshake that was dropped may come about the next time */
	assert_false(httpsay_tls(
	    &f, "OpenSSL SSL_connect: Connection reset by peer in connection to h:443 "));
	assert_false(
	    httpsay_tls(&f, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to h:443 "));
	assert_false(httpsay_tls(&f, "Failed to connect to h port 443: Connection refused"));
	assert_false(httpsay_tls(&f, ""));
}

static void
statuses_have_their_own_words(void **state)
{
	static const struct {
		struct httpsay_answer a;
		enum fault_kind kind;
		const char *says, *remedy;
	} rows[] = {
	    {{.status = 401,
		 .realm = "StratusLab Password Realm",
		 .page = "",
		 .who = HTTPSAY_PASSWORD},
		FAULT_AUTH, "wrong user or password (realm \"StratusLab Password Realm\")",
		"check user and password"},
	    {{.status = 401, .realm = "Restricted", .page = "", .who = HTTPSAY_PASSWORD},
		FAULT_AUTH, "(realm \"Restricted\")", "not StratusLab's"},
	    {{.status = 401,
		 .realm = "StratusLab Certificate Realm",
		 .page = "",
		 .who = HTTPSAY_CERTIFICATE},
		FAULT_AUTH, "not registered", "subject"},
	    {{.status = 401, .realm = "x", .page = "", .who = HTTPSAY_NOBODY}, FAULT_AUTH,
		"wants a user", "dialect = stratuslab"},
	    {{.status = 403, .page = ""}, FAULT_RIGHTS, "cloud-access", "enable"},
	    {{.status = 404, .page = ""}, FAULT_NETWORK, "404",
		"https://HOST/one-proxy/xmlrpc"},
	    {{.status = 404, .page = ""}, FAULT_NETWORK, "404", "https://HOST:2634/xmlrpc"},
	    {{.status = 404, .page = "", .what = "the Marketplace"}, FAULT_NETWORK,
		"the Marketplace: HTTP", "address"},
	    {{.status = 502, .page = "<html>"}, FAULT_NETWORK, "behind it is down", "oned"},
	    {{.status = 504, .page = "<html>"}, FAULT_NETWORK, "does not answer in time",
		"oned"},
	    {{.status = 301, .page = "", .location = "https://other/"}, FAULT_NETWORK,
		"https://other/", "address"},
	    {{.status = 400, .page = "<title>400 No required SSL certificate was sent</title>"},
		FAULT_AUTH, "wants a client certificate", "certificate and key"},
	    {{.status = 400, .page = "<title>400 The SSL certificate error</title>"},
		FAULT_AUTH, "refuses our certificate", "grid proxy"},
	    {{.status = 400, .page = "The plain HTTP request was sent to HTTPS port"},
		FAULT_NETWORK, "TLS", "https://"},
	    {{.status = 500, .page = ""}, FAULT_NETWORK, "HTTP status 500", "endpoint"},
	};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		memset(&f, 0, sizeof(f));
		assert_int_equal(httpsay_status(&f, &rows[i].a), -1);
		if (f.kind != rows[i].kind || strstr(f.msg, rows[i].says) == NULL ||
		    strstr(f.remedy, rows[i].remedy) == NULL)
			fail_msg("row %zu: %s (%s)", i, f.msg, f.remedy);
	}
}

static void
the_realm_is_read_from_its_header(void **state)
{
	static const struct {
		const char *line, *realm;
	} rows[] = {
	    {"WWW-Authenticate: basic realm=\"StratusLab Password Realm\"\r\n",
		"StratusLab Password Realm"},
	    {"WWW-Authenticate: Digest nonce=\"x\", REALM=\"r\", qop=\"auth\"\r\n", "r"},
	    {"WWW-Authenticate: Basic realm=\"cut", "cut"},
	    {"WWW-Authenticate: Basic realm=\"\"\r\n", ""},
	    {"WWW-Authenticate: Negotiate\r\n", ""},
	    {"WWW-Authenticate: Basic realm=", ""},
	    {"", ""},
	};
	char buf[128], small[4];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		httpsay_realm(rows[i].line, strlen(rows[i].line), buf, sizeof(buf));
		assert_string_equal(buf, rows[i].realm);
	}
	httpsay_realm(rows[0].line, strlen(rows[0].line), small, sizeof(small));
	assert_string_equal(small, "Str");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_spellings_of_the_original),
	    cmocka_unit_test(its_broken_spellings_are_repaired_or_refused),
	    cmocka_unit_test(oned_is_named_directly),
	    cmocka_unit_test(what_is_no_endpoint_is_refused),
	    cmocka_unit_test(a_resolved_door_resolves_to_itself),
	    cmocka_unit_test(what_tls_says_is_told_apart),
	    cmocka_unit_test(statuses_have_their_own_words),
	    cmocka_unit_test(the_realm_is_read_from_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
