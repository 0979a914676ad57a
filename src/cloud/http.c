/* SPDX-License-Identifier: ISC */
/*
 * http: libcurl with everything switched off that could send a password elsewhere.
 *
 * The body is handed to curl through a read callback. curl asks for it only when the connection (and
 * TLS) stands, so a callback that was never called proves that nothing was sent: the difference
 * between a kill that may be tried again and one that is in doubt.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cloud/httpcurl.h"
#include "cloud/httpsay.h"

static size_t
on_read(char *buf, size_t size, size_t n, void *ctx)
{
	struct http *h = ctx;
	size_t left = h->len - h->sent;

	h->asked = true;
	n = n * size < left ? n * size : left;
	memcpy(buf, h->body + h->sent, n);
	h->sent += n;
	return n;
}

/* curl starts the body over when a kept-alive connection died under it (never a fresh one). */
static int
on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct http *h = ctx;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > h->len)
		return CURL_SEEKFUNC_CANTSEEK;
	h->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static size_t
on_header(char *s, size_t size, size_t n, void *ctx)
{
	static const char realm[] = "WWW-Authenticate:", location[] = "Location:";
	struct http *h = ctx;
	size_t len = size * n, i = sizeof(location) - 1, used = 0;

	if (len >= sizeof(realm) && strncasecmp(s, realm, sizeof(realm) - 1) == 0 &&
	    h->realm[0] == '\0') {
		httpsay_realm(s, len, h->realm, sizeof(h->realm));
	} else if (len >= sizeof(location) && strncasecmp(s, location, i) == 0) {
		for (; i < len && used + 1 < sizeof(h->location); i++)
			if (strchr(" \t\r\n", s[i]) == NULL)
				h->location[used++] = s[i];
		h->location[used] = '\0';
	}
	return len;
}

/* An error page is only looked at. */
static void
page_keep(struct http *h, const char *s, size_t n)
{
	for (size_t i = 0; i < n && h->page_len + 1 < sizeof(h->page); i++)
		h->page[h->page_len++] = s[i] != '\0' ? s[i] : '?';
	h->page[h->page_len] = '\0';
}

static size_t
on_write(char *s, size_t size, size_t n, void *ctx)
{
	struct http *h = ctx;

	n *= size;
	if (h->status == 0)
		curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &h->status);
	if (h->status != 200)
		page_keep(h, s, n);
	if (h->status != 200 && h->what == NULL)
		return n;
	h->received += (int64_t)n;
	if (h->received > h->max_bytes) {
		h->too_long = true;
		return 0; /* ends the transfer */
	}
	if (h->sink(h->ctx, s, n) != 0) {
		h->sink_ended = true;
		return 0;
	}
	return n;
}

/* --- setting up ---------------------------------------------------------------- */

/* curl's own words for a missing file are about the TLS library. */
static int
file_check(const char *path, bool secret, struct fault *f)
{
	const char *what = secret ? "key" : "certificate";
	struct stat st;

	if (stat(path, &st) != 0 || access(path, R_OK) != 0) {
		fault_set(f, FAULT_POLICY, "cannot read the %s file %s: %s", what, path,
		    strerror(errno));
		return fault_remedy(f, "name the right file, readable by this account");
	}
	if (!S_ISREG(st.st_mode)) {
		fault_set(f, FAULT_POLICY, "the %s file %s is no regular file", what, path);
		return fault_remedy(f, "name a PEM file");
	}
	if (secret && (st.st_mode & 07) != 0) {
		fault_set(f, FAULT_POLICY, "the key file %s is open to everybody", path);
		return fault_remedy(f, "chmod o= %s", path);
	}
	return 0;
}

static int
set_certificate(struct http *h, const struct http_config *config, struct fault *f)
{
	const char *key = config->key_file != NULL ? config->key_file : config->cert_file;

	if (file_check(config->cert_file, false, f) != 0 || file_check(key, true, f) != 0)
		return -1;
	curl_easy_setopt(h->curl, CURLOPT_SSLCERTTYPE, "PEM");
	curl_easy_setopt(h->curl, CURLOPT_SSLCERT, config->cert_file);
	curl_easy_setopt(h->curl, CURLOPT_SSLKEY, key);
	/* Given, so that the TLS library does not ask for one on the terminal. */
	curl_easy_setopt(h->curl, CURLOPT_KEYPASSWD, "");
	h->who = HTTPSAY_CERTIFICATE;
	return 0;
}

/* What every transfer has. */
static int
set_common(struct http *h, const struct http_config *config, struct fault *f)
{
	CURL *c = h->curl;

	curl_easy_setopt(c, CURLOPT_URL, config->url);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "vmreaper");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, ""); /* not even $http_proxy */
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	/* What libcurl was built with; on_write() sees, and counts, what is unpacked. */
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)config->connect_timeout_ms);
	h->timeout_ms = config->timeout_ms;
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, config->insecure ? 0L : 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, config->insecure ? 0L : 2L);
	if (config->ca_file != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, config->ca_file);
	if (config->ca_dir != NULL)
		curl_easy_setopt(c, CURLOPT_CAPATH, config->ca_dir);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
	http_set_self(h);
	/* 64 KiB at a time: fewer calls for a pool of 70 MB. */
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 65536L);
	if (config->user != NULL && config->password != NULL) {
		/* Basic alone is allowed, so it is sent without waiting for a 401. */
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERNAME, config->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, config->password);
		h->who = HTTPSAY_PASSWORD;
	}
	if (config->cert_file != NULL)
		return set_certificate(h, config, f);
	return 0;
}

static struct http *
http_new(const struct http_config *config, struct fault *f)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h != NULL)
		h->connections = config->connections > 0 ? config->connections : 1;
	if (h == NULL || (h->curl = curl_easy_init()) == NULL ||
	    (h->multi = http_multi_new(h->connections)) == NULL) {
		http_close(h);
		fault_set(f, FAULT_SYSTEM, "libcurl: out of memory");
		return NULL;
	}
	if (set_common(h, config, f) != 0) {
		http_close(h);
		return NULL;
	}
	return h;
}

/* A body will be asked for. */
static void
set_post(struct http *h)
{
	CURL *c = h->curl;

	/* Without "Expect:" curl may wait a second for servers that know nothing of it. */
	h->headers = curl_slist_append(h->headers, "Expect:");
	curl_easy_setopt(c, CURLOPT_POST, 1L);
}

int
http_open(const struct http_config *config, struct http **out, struct fault *f)
{
	struct http *h = http_new(config, f);
	CURL *c;

	*out = NULL;
	if (h == NULL)
		return -1;
	c = h->curl;
	h->headers = curl_slist_append(NULL, "Content-Type: text/xml");
	set_post(h);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
	*out = h;
	return 0;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->curl);
	if (!h->borrowed) {
		curl_multi_cleanup(h->multi);
		curl_slist_free_all(h->headers);
	}
	free(h);
}

void
http_until(struct http *h, int64_t until_ns)
{
	h->until_ns = until_ns;
}

/* --- what went wrong ------------------------------------------------------------- */

/* The remedy for what went wrong; curl's own words say what that was. */
static void
remedy_set(struct fault *f, CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		fault_remedy(f, "check the host name in the endpoint, and the resolver");
		break;
	case CURLE_COULDNT_CONNECT:
		fault_remedy(f,
		    "check that the service runs and listens there: `curl -sS` the endpoint "
		    "from this machine");
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CONNECT_ERROR:
		fault_remedy(f,
		    "set ca_file to the certificate authority of the endpoint, or use "
		    "https only where TLS is spoken");
		break;
	case CURLE_SSL_CERTPROBLEM:
		fault_remedy(
		    f, "check certificate and key: PEM, belonging together, no passphrase");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		fault_remedy(f,
		    "see whether the service is overloaded; [cloud] timeout and page can be "
		    "changed");
		break;
	default:
		fault_remedy(
		    f, "try again; see the daemon's log (oned.log) and any proxy before it");
		break;
	}
}

static void
failure_say(const struct http *h, CURLcode code, struct fault *f)
{
	const char *words = h->error[0] != '\0' ? h->error : curl_easy_strerror(code);
	const struct httpsay_answer answer = {.status = h->status,
	    .what = h->what,
	    .realm = h->realm,
	    .location = h->location,
	    .page = h->page,
	    .who = h->who};

	if (h->too_long) {
		fault_set(f, FAULT_LIMIT, "the answer is longer than %lld bytes",
		    (long long)h->max_bytes);
		fault_remedy(f, "%s",
		    h->what == NULL ? "a smaller [cloud] page gives shorter answers"
				    : "no such answer should be that long: check the address");
	} else if (code == CURLE_OK) {
		httpsay_status(f, &answer);
	} else if (!httpsay_tls(f, words)) {
		fault_set(f, FAULT_NETWORK, "%s", words);
		remedy_set(f, code);
	}
}

/* --- transfers ------------------------------------------------------------------- */

static CURLcode
transfer_once(struct http *h, int64_t timeout_ms)
{
	CURLcode code = http_begin(h, timeout_ms);

	if (code == CURLE_OK && http_wait(h->multi, 0, &code) == NULL) {
		http_end(h);
		code = CURLE_FAILED_INIT;
	}
	return code;
}

/* The waits are random, so that all clients of a server that comes back do not come at once. */
static CURLcode
transfer(struct http *h, bool once)
{
	const int64_t all = http_time_left_ms(h), begun = clock_mono_ns();
	int64_t left = all;
	CURLcode code;
	uint16_t random;

	for (int i = 1;; i++) {
		code = transfer_once(h, left);
		if (once || i == HTTP_ATTEMPTS || !http_may_try_again(h, code))
			return code;
		clock_random(&random, sizeof(random));
		poll(NULL, 0, i * (50 + random % 200));
		left = all - (clock_mono_ns() - begun) / 1000000;
		if (left < 1)
			return code;
	}
}

void
http_request_set(struct http *h, const struct http_request *r)
{
	h->body = r->body;
	h->len = r->len;
	h->max_bytes = r->max_bytes;
	h->sink = r->sink;
	h->ctx = r->ctx;
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	curl_easy_setopt(h->curl, CURLOPT_FRESH_CONNECT, r->fresh ? 1L : 0L);
}

enum http_result
http_result_of(const struct http *h, CURLcode code, struct fault *f)
{
	if (h->sink_ended)
		return HTTP_FAILED;
	if (code == CURLE_OK && h->status == 200)
		return HTTP_DONE;
	failure_say(h, code, f);
	return h->asked ? HTTP_FAILED : HTTP_NOT_SENT;
}

enum http_result
http_post(struct http *h, const struct http_request *r, int64_t *bytes, struct fault *f)
{
	CURLcode code;

	if (http_time_left_ms(h) < 1) {
		fault_set(f, FAULT_NETWORK, "the deadline came before it could be asked");
		return HTTP_NOT_SENT;
	}
	http_request_set(h, r);
	code = transfer(h, r->fresh);
	*bytes += h->received;
	return http_result_of(h, code, f);
}

/* --- one exchange -------------------------------------------------------------------- */

/* A sink of a GET, and where the status goes before it is called. */
struct get {
	const struct http_get_config *config;
	struct http *h;
	long *status;
};

static int
on_get(void *ctx, const char *s, size_t len)
{
	struct get *g = ctx;

	*g->status = g->h->status;
	return g->config->sink(g->config->ctx, s, len);
}

/* One exchange on a connection of its own; json NULL: a GET. */
static enum http_result
exchange(const struct http_get_config *c, const char *json, size_t len, long *status,
    struct fault *f)
{
	const struct http_config config = {.url = c->url,
	    .user = c->user,
	    .password = c->password,
	    .cert_file = c->cert_file,
	    .key_file = c->key_file,
	    .ca_file = c->ca_file,
	    .ca_dir = c->ca_dir,
	    .insecure = c->insecure,
	    .connect_timeout_ms = c->connect_timeout_ms,
	    .timeout_ms = c->timeout_ms};
	enum http_result result = HTTP_FAILED;
	struct http *h = http_new(&config, f);
	struct get get = {c, h, status};
	char accept[160];
	CURLcode code;

	*status = 0;
	if (h == NULL)
		return HTTP_NOT_SENT;
	snprintf(accept, sizeof(accept), "Accept:%s%s", c->accept != NULL ? " " : "",
	    c->accept != NULL ? c->accept : "");
	h->headers = curl_slist_append(NULL, accept);
	if (json != NULL) {
		h->headers = curl_slist_append(h->headers, "Content-Type: application/json");
		set_post(h);
		curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
		h->body = json;
		h->len = len;
	}
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, h->headers);
	h->what = c->url;
	h->max_bytes = c->max_bytes;
	h->sink = on_get;
	h->ctx = &get;
	code = transfer(h, false);
	*status = h->status;
	if (code == CURLE_OK) {
		result = HTTP_DONE;
	} else if (!h->sink_ended) {
		failure_say(h, code, f);
		fault_prefix(f, "%s", c->url);
		if (code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR ||
		    code == CURLE_COULDNT_RESOLVE_HOST ||
		    code == CURLE_PEER_FAILED_VERIFICATION)
			result = HTTP_NOT_SENT;
	}
	http_close(h);
	return result;
}

enum http_result
http_get(const struct http_get_config *c, long *status, struct fault *f)
{
	return exchange(c, NULL, 0, status, f);
}

enum http_result
http_post_json(const struct http_get_config *c, const char *json, size_t len, long *status,
    struct fault *f)
{
	return exchange(c, json, len, status, f);
}

int
http_status_say(struct fault *f, const char *what, long status, const char *realm)
{
	const struct httpsay_answer answer = {.status = status,
	    .what = what,
	    .realm = realm,
	    .page = "",
	    .who = HTTPSAY_PASSWORD};

	return httpsay_status(f, &answer);
}
