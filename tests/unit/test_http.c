/* SPDX-License-Identifier: ISC */
/*
 * http against a server of the test's own that counts connections and says what it is told to: what is sent, what is
 * tried again and what never is. Certificates and real servers are in tests/e2e/doors.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cloud/http.h"
#include "tmpdir.h"

#define BODY "<methodCall/>"

struct server {
	int listener;
	pthread_t thread;
	const char *answer; /* NULL: close without a word at once; "": once asked */
	size_t len; /* of it */
	int connections;
	char request[8192]; /* the last one */
	char url[64];
};

static void *
serve(void *arg)
{
	struct server *s = arg;
	size_t n;
	ssize_t r;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		s->connections++;
		for (n = 0; s->answer != NULL;) {
			r = recv(fd, s->request + n, sizeof(s->request) - 1 - n, 0);
			if (r <= 0)
				break;
			n += (size_t)r;
			s->request[n] = '\0';
			if (strstr(s->request, "\r\n\r\n") != NULL &&
			    (strncmp(s->request, "GET", 3) == 0 ||
				strstr(s->request, BODY) != NULL)) {
				send(fd, s->answer, s->len, MSG_NOSIGNAL);
				break;
			}
		}
		shutdown(fd, SHUT_WR);
		/* until the peer has read all and closes, or its data would be answered by a reset */
		if (s->answer != NULL)
			while (recv(fd, (char[512]){0}, 512, 0) > 0)
				;
		close(fd);
	}
	return NULL;
}

static void
server_start(struct server *s, const char *scheme, const char *answer)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);

	memset(s, 0, sizeof(*s));
	s->answer = answer;
	s->len = answer != NULL ? strlen(answer) : 0;
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->listener, 16), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&a, &len), 0);
	snprintf(s->url, sizeof(s->url), "%s://127.0.0.1:%u/x", scheme, ntohs(a.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

static int
into(void *ctx, const char *s, size_t len)
{
	strncat(ctx, s, len);
	return 0;
}

static enum http_result
post(const struct http_config *config, bool fresh, char *got, struct fault *f)
{
	struct http_request r = {.body = BODY,
	    .len = strlen(BODY),
	    .fresh = fresh,
	    .max_bytes = 1000,
	    .sink = into,
	    .ctx = got};
	enum http_result result;
	struct http *h;
	int64_t bytes = 0;

	got[0] = '\0';
	memset(f, 0, sizeof(*f));
	if (http_open(config, &h, f) != 0)
		return HTTP_NOT_SENT;
	result = http_post(h, &r, &bytes, f);
	http_close(h);
	return result;
}

static struct http_config
config_for(const struct server *s)
{
	return (struct http_config){
	    .url = s->url, .connect_timeout_ms = 30000, .timeout_ms = 60000};
}

/* 2.5: Content-Length, no chunks; 2.3: Basic at once, without waiting to be asked. */
static void
basic_is_sent_at_once(void **state)
{
	struct server s;
	struct http_config c;
	struct fault f;
	char got[2000];

	(void)state;
	server_start(&s, "http", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
	c = config_for(&s);
	assert_int_equal(post(&c, false, got, &f), HTTP_DONE);
	assert_string_equal(got, "hi");
	assert_null(strstr(s.request, "Authorization"));
	c.user = "alice";
	c.password = "se:sa me%";
	assert_int_equal(post(&c, true, got, &f), HTTP_DONE);
	/* printf 'alice:se:sa me%' | base64 */
	assert_non_null(strstr(s.request, "\r\nAuthorization: Basic YWxpY2U6c2U6c2EgbWUl\r\n"));
	assert_non_null(strstr(s.request, "\r\nContent-Length: 13\r\n"));
	assert_null(strstr(s.request, "Expect:"));
	assert_int_equal(s.connections, 2);
	server_stop(&s);
}

/* Dropped handshakes are tried again, three times in all; a kill never; and nothing once the body may have left. */
static void
only_handshakes_of_safe_calls_are_tried_again(void **state)
{
	struct server s;
	struct http_config c;
	struct fault f;
	char got[2000];

	(void)state;
	server_start(&s, "https", NULL);
	c = config_for(&s);
	assert_int_equal(post(&c, false, got, &f), HTTP_NOT_SENT);
	assert_int_equal(f.kind, FAULT_NETWORK);
	assert_int_equal(s.connections, 3);
	assert_int_equal(post(&c, true, got, &f), HTTP_NOT_SENT);
	assert_int_equal(s.connections, 4);
	server_stop(&s);
	/* over plain http the body leaves with the headers: the same server may have acted on it */
	server_start(&s, "http", "");
	c = config_for(&s);
	assert_int_equal(post(&c, false, got, &f), HTTP_FAILED);
	assert_int_equal(s.connections, 1);
	server_stop(&s);
	/* nobody listens there any more */
	assert_int_equal(post(&c, false, got, &f), HTTP_NOT_SENT);
	assert_non_null(strstr(f.remedy, "runs and listens"));
}

/* Three requests on two lanes. */
struct three {
	size_t given, done;
	enum http_result result;
	char got[2000];
};

static bool
three_next(void *ctx, size_t lane, struct http_request *r)
{
	struct three *t = ctx;

	(void)lane;
	if (t->given == 3)
		return false;
	t->given++;
	*r = (struct http_request){
	    .body = BODY, .len = strlen(BODY), .max_bytes = 1000, .sink = into, .ctx = t->got};
	return true;
}

static void
three_done(void *ctx, size_t lane, enum http_result result, int64_t bytes, struct fault *f)
{
	struct three *t = ctx;

	(void)lane;
	(void)bytes;
	assert_int_equal(f->kind == FAULT_NONE, result == HTTP_DONE);
	t->done++;
	t->result = result;
}

static void
many_are_tried_again_like_one(void **state)
{
	static const struct {
		const char *scheme;
		enum http_result result;
		int connections; /* that the server saw, which closes each */
	} rows[] = {{"https", HTTP_NOT_SENT, 9}, {"http", HTTP_FAILED, 3}};
	struct server s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct three t = {.given = 0};
		const struct http_many m = {.next = three_next, .done = three_done, .ctx = &t};
		struct http_config c;
		struct fault f;
		struct http *h;

		server_start(&s, rows[i].scheme, NULL);
		c = config_for(&s);
		c.connections = 2;
		assert_int_equal(http_open(&c, &h, &f), 0);
		http_many(h, &m);
		assert_int_equal(t.done, 3);
		assert_int_equal(t.result, rows[i].result);
		http_close(h);
		server_stop(&s);
		assert_int_equal(s.connections, rows[i].connections);
	}
}

static void
an_answer_that_is_not_200_is_never_tried_again(void **state)
{
	static const struct {
		const char *answer, *says;
		enum fault_kind kind;
	} rows[] = {
	    {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"StratusLab Password "
	     "Realm\"\r\n"
	     "Content-Length: 4\r\n\r\nhtml",
		"(realm \"StratusLab Password Realm\")", FAULT_AUTH},
	    {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "cloud-access",
		FAULT_RIGHTS},
	    {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404", FAULT_NETWORK},
	    {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>", "behind it is down",
		FAULT_NETWORK},
	    {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: "
	     "0\r\n\r\n",
		"http://127.0.0.1:1/elsewhere", FAULT_NETWORK},
	    {"HTTP/1.1 400 Bad\r\nContent-Length: 44\r\n\r\n<h1>No required SSL certificate "
	     "was sent</h1>",
		"client certificate", FAULT_AUTH},
	};
	struct server s;
	struct http_config c;
	struct fault f;
	char got[2000];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		server_start(&s, "http", rows[i].answer);
		c = config_for(&s);
		c.user = "alice";
		c.password = "sesame";
		assert_int_equal(post(&c, false, got, &f), HTTP_FAILED);
		if (f.kind != rows[i].kind || strstr(f.msg, rows[i].says) == NULL)
			fail_msg("row %zu: %s (%s)", i, f.msg, f.remedy);
		assert_string_equal(got, "");
		assert_null(strstr(f.msg, "sesame"));
		assert_int_equal(s.connections, 1);
		server_stop(&s);
	}
}

static void
get_tells_status_and_body(void **state)
{
	static const char gone[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n{\"a\"}";
	struct server s;
	struct fault f = {.kind = FAULT_NONE};
	char got[2000] = "";
	long status = -1;
	struct http_get_config c = {.accept = "application/json",
	    .user = "alice",
	    .password = "sesame",
	    .connect_timeout_ms = 30000,
	    .timeout_ms = 60000,
	    .max_bytes = 5,
	    .sink = into,
	    .ctx = got};

	(void)state;
	server_start(&s, "http", gone);
	c.url = s.url;
	assert_int_equal(http_get(&c, &status, &f), HTTP_DONE);
	assert_int_equal(status, 404);
	assert_int_equal(f.kind, FAULT_NONE);
	assert_string_equal(got, "{\"a\"}");
	assert_int_equal(strncmp(s.request, "GET /x HTTP/1.1\r\n", 17), 0);
	assert_non_null(strstr(s.request, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(s.request, "\r\nAuthorization: Basic YWxpY2U6c2VzYW1l\r\n"));
	assert_null(strstr(s.request, "Content-Type"));
	/* the bound */
	c.max_bytes = 4;
	got[0] = '\0';
	assert_int_equal(http_get(&c, &status, &f), HTTP_FAILED);
	assert_int_equal(f.kind, FAULT_LIMIT);
	/* no Accept header, no Basic */
	c.max_bytes = 5;
	c.accept = c.user = c.password = NULL;
	assert_int_equal(http_get(&c, &status, &f), HTTP_DONE);
	assert_null(strstr(s.request, "Accept:"));
	assert_null(strstr(s.request, "Authorization"));
	server_stop(&s);
	/* cut in the middle: no answer */
	server_start(&s, "http", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
	c.url = s.url;
	assert_int_equal(http_get(&c, &status, &f), HTTP_FAILED);
	assert_int_equal(s.connections, 1);
	server_stop(&s);
	/* dropped handshakes */
	server_start(&s, "https", NULL);
	c.url = s.url;
	assert_int_equal(http_get(&c, &status, &f), HTTP_NOT_SENT);
	assert_int_equal(status, 0);
	assert_non_null(strstr(f.msg, s.url));
	assert_int_equal(s.connections, 3);
	server_stop(&s);
	assert_int_equal(http_status_say(&f, "pdisk", 403, NULL), -1);
	assert_int_equal(f.kind, FAULT_RIGHTS);
}

/* python3 -c 'import gzip; gzip.compress(b"x" * 200000, 9, mtime=0)' */
static const char packed[] =
    "\037\213\010\000\000\000\000\000\002\003\355\301\061\001\000\000\000\302\240\332"
    "\213\157\006\177\240\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\200\327"
    "\000\162\002\277\121\100\015\003\000";

static int
counts(void *ctx, const char *s, size_t len)
{
	(void)s;
	*(size_t *)ctx += len;
	return 0;
}

/* The bound is on what comes out of a packed answer, not on what came in. */
static void
what_is_counted_is_unpacked(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
	char answer[sizeof(head) - 1 + sizeof(packed) - 1];
	size_t got;
	int64_t bytes;
	struct http_request r = {
	    .body = BODY, .len = strlen(BODY), .sink = counts, .ctx = &got};
	struct http_config c;
	struct server s;
	struct http *h;
	struct fault f;

	(void)state;
	memcpy(answer, head, sizeof(head) - 1);
	memcpy(answer + sizeof(head) - 1, packed, sizeof(packed) - 1);
	for (r.max_bytes = 199999; r.max_bytes <= 200000; r.max_bytes++) {
		server_start(&s, "http", "");
		s.answer = answer;
		s.len = sizeof(answer);
		c = config_for(&s);
		assert_int_equal(http_open(&c, &h, &f), 0);
		memset(&f, 0, sizeof(f));
		got = 0;
		bytes = 0;
		assert_int_equal(http_post(h, &r, &bytes, &f),
		    r.max_bytes < 200000 ? HTTP_FAILED : HTTP_DONE);
		assert_non_null(strstr(s.request, "gzip"));
		assert_int_equal(f.kind, r.max_bytes < 200000 ? FAULT_LIMIT : FAULT_NONE);
		assert_true(got <= (size_t)r.max_bytes);
		assert_int_equal(bytes, 200000);
		http_close(h);
		server_stop(&s);
	}
}

static void
certificate_files_are_looked_at_first(void **state)
{
	char dir[128], cert[160], key[160], got[2000];
	struct http_config c = {.url = "https://127.0.0.1:1/x",
	    .connect_timeout_ms = 1000,
	    .timeout_ms = 1000,
	    .cert_file = "/nonexistent/cert.pem"};
	struct fault f;
	FILE *fp;

	(void)state;
	assert_int_equal(post(&c, false, got, &f), HTTP_NOT_SENT);
	assert_non_null(strstr(f.msg, "/nonexistent/cert.pem"));
	snprintf(dir, sizeof(dir), "%s/vmreaper-http.XXXXXX", tmp_dir());
	assert_non_null(mkdtemp(dir));
	snprintf(cert, sizeof(cert), "%s/cert", dir);
	snprintf(key, sizeof(key), "%s/key", dir);
	for (int i = 0; i < 2; i++) {
		fp = fopen(i == 0 ? cert : key, "w");
		assert_non_null(fp);
		fputs("no PEM\n", fp);
		fclose(fp);
	}
	c.cert_file = cert;
	c.key_file = key;
	assert_int_equal(chmod(key, 0644), 0);
	assert_int_equal(post(&c, false, got, &f), HTTP_NOT_SENT);
	assert_non_null(strstr(f.msg, "open to everybody"));
	assert_int_equal(chmod(key, 0600), 0);
	assert_int_equal(post(&c, false, got, &f), HTTP_NOT_SENT);
	assert_int_equal(f.kind, FAULT_NETWORK); /* nobody listens: the files come later */
	c.key_file = dir;
	assert_int_equal(post(&c, false, got, &f), HTTP_NOT_SENT);
	assert_non_null(strstr(f.msg, "no regular file"));
	unlink(cert);
	unlink(key);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(basic_is_sent_at_once),
	    cmocka_unit_test(only_handshakes_of_safe_calls_are_tried_again),
	    cmocka_unit_test(many_are_tried_again_like_one),
	    cmocka_unit_test(an_answer_that_is_not_200_is_never_tried_again),
	    cmocka_unit_test(get_tells_status_and_body),
	    cmocka_unit_test(what_is_counted_is_unpacked),
	    cmocka_unit_test(certificate_files_are_looked_at_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
