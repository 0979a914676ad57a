/* SPDX-License-Identifier: ISC */
/*
 * http: libcurl with everything switched off that could send a password elsewhere.
 *
 * The body is handed to curl through a read callback. curl asks for it only when the connection (and
 * TLS) stands, so a callback that was never called proves that nothing was sent: the difference
 * between a kill that may be tried again and one that is in doubt.
 */
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "cloud/http.h"

struct http {
	CURL *curl;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];

	/* the call being made */
	const struct http_request *request;
	size_t sent;
	bool asked; /* curl took from the body */
	int64_t received;
	bool sink_ended, too_long;
	bool status_known, status_ok;
};

static size_t
on_read(char *buf, size_t size, size_t n, void *ctx)
{
	struct http *h = ctx;
	size_t left = h->request->len - h->sent;

	h->asked = true;
	n = n * size < left ? n * size : left;
	memcpy(buf, h->request->body + h->sent, n);
	h->sent += n;
	return n;
}

/* curl starts the body over when a kept-alive connection died under it (never a fresh one). */
static int
on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct http *h = ctx;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > h->request->len)
		return CURL_SEEKFUNC_CANTSEEK;
	h->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static size_t
on_write(char *s, size_t size, size_t n, void *ctx)
{
	struct http *h = ctx;
	long status = 0;

	n *= size;
	if (!h->status_known) {
		curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
		h->status_known = true;
		h->status_ok = status == 200;
	}
	if (!h->status_ok)
		return n; /* an error page; the status says enough */
	h->received += (int64_t)n;
	if (h->received > h->request->max_bytes) {
		h->too_long = true;
		return 0; /* ends the transfer */
	}
	if (h->request->sink(h->request->ctx, s, n) != 0) {
		h->sink_ended = true;
		return 0;
	}
	return n;
}

int
http_open(const struct http_config *config, struct http **out, struct fault *f)
{
	struct http *h = calloc(1, sizeof(*h));
	CURL *c;

	*out = NULL;
	if (h == NULL || (h->curl = c = curl_easy_init()) == NULL) {
		free(h);
		return fault_set(f, FAULT_SYSTEM, "libcurl: out of memory");
	}
	h->headers = curl_slist_append(NULL, "Content-Type: text/xml");
	/* Without "Expect:" curl may wait a second for servers that know nothing of it. */
	h->headers = curl_slist_append(h->headers, "Expect:");
	curl_easy_setopt(c, CURLOPT_URL, config->url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "vmreaper");
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error);
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
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)config->connect_timeout_ms);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)config->timeout_ms);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, config->insecure ? 0L : 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, config->insecure ? 0L : 2L);
	if (config->ca_file != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, config->ca_file);
	if (config->ca_dir != NULL)
		curl_easy_setopt(c, CURLOPT_CAPATH, config->ca_dir);
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(c, CURLOPT_READDATA, h);
	curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
	curl_easy_setopt(c, CURLOPT_SEEKDATA, h);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
	/* 64 KiB at a time: fewer calls for a pool of 70 MB. */
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 65536L);
	*out = h;
	return 0;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->curl);
	curl_slist_free_all(h->headers);
	free(h);
}

/* The remedy for what went wrong; curl's own words say what that was. */
static void
remedy_set(struct fault *f, CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		fault_remedy(f, "check the host name in [cloud] endpoint, and the resolver");
		break;
	case CURLE_COULDNT_CONNECT:
		fault_remedy(f,
		    "check that oned runs and listens there: `curl -sS` the endpoint from "
		    "this machine");
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CONNECT_ERROR:
		fault_remedy(f,
		    "set [cloud] ca_file to the certificate authority of the endpoint, or use "
		    "https only where TLS is spoken");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		fault_remedy(f,
		    "see whether oned is overloaded; [cloud] timeout and page can be changed");
		break;
	default:
		fault_remedy(
		    f, "try again; see the daemon's log (oned.log) and any proxy before it");
		break;
	}
}

static void
failure_say(struct http *h, CURLcode code, long status, struct fault *f)
{
	if (h->too_long) {
		fault_set(f, FAULT_LIMIT, "the answer is longer than %lld bytes",
		    (long long)h->request->max_bytes);
		fault_remedy(f, "a smaller [cloud] page gives shorter answers");
	} else if (code != CURLE_OK) {
		fault_set(f, FAULT_NETWORK, "%s",
		    h->error[0] != '\0' ? h->error : curl_easy_strerror(code));
		remedy_set(f, code);
	} else {
		fault_set(f, FAULT_NETWORK, "HTTP status %ld instead of 200", status);
		fault_remedy(
		    f, status == 404 || status == 405
			   ? "check the path in [cloud] endpoint: usually /RPC2"
			   : "check [cloud] endpoint, and any proxy before the daemon");
	}
}

enum http_result
http_post(struct http *h, const struct http_request *r, int64_t *bytes, struct fault *f)
{
	CURLcode code;
	long status = 0;

	h->request = r;
	h->sent = 0;
	h->asked = h->sink_ended = h->too_long = h->status_known = h->status_ok = false;
	h->received = 0;
	h->error[0] = '\0';
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	curl_easy_setopt(h->curl, CURLOPT_FRESH_CONNECT, r->fresh ? 1L : 0L);
	code = curl_easy_perform(h->curl);
	*bytes += h->received;
	if (h->sink_ended)
		return HTTP_FAILED;
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && status == 200)
		return HTTP_DONE;
	failure_say(h, code, status, f);
	return h->asked ? HTTP_FAILED : HTTP_NOT_SENT;
}
