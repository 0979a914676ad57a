/* SPDX-License-Identifier: ISC */
/*
 * httpmany: transfers under way on the connections of one struct http, one or many of them.
 *
 * Must never let a request go out twice that the server may have heard of, but for what libcurl does when a kept-alive
 * connection turns out dead (http.h: fresh).
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cloud/httpcurl.h"
#include "cloud/httpsay.h"

/* A place for connections. NULL, which every transfer refuses: no memory. */
CURLM *
http_multi_new(long connections)
{
	CURLM *multi = curl_multi_init();

	if (multi != NULL) {
		curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
		curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
	}
	return multi;
}

/*
 * Milliseconds until then, rounded up: a call that has all of the time ends when it is over, not just before, where its
 * failure would look like the cloud's. Below 1: it is over.
 */
static int64_t
ms_until(int64_t until_ns)
{
	return (until_ns - clock_mono_ns() + 999999) / 1000000;
}

/* How long a call may take that begins now; below 1: it must not begin. */
int64_t
http_time_left_ms(const struct http *h)
{
	int64_t left_ms = h->timeout_ms, until_ms;

	if (h->until_ns > 0) {
		until_ms = ms_until(h->until_ns);
		left_ms = until_ms < left_ms ? until_ms : left_ms;
	}
	return left_ms;
}

/* Whose callbacks they are. */
void
http_set_self(struct http *h)
{
	CURL *c = h->curl;

	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(c, CURLOPT_READDATA, h);
	curl_easy_setopt(c, CURLOPT_SEEKDATA, h);
	curl_easy_setopt(c, CURLOPT_PRIVATE, h);
}

/* Let the handle begin; nothing has happened yet. */
CURLcode
http_begin(struct http *h, int64_t timeout_ms)
{
	h->sent = 0;
	h->asked = h->sink_ended = h->too_long = false;
	h->received = 0;
	h->status = 0;
	h->page_len = 0;
	h->realm[0] = h->location[0] = h->page[0] = h->error[0] = '\0';
	curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	return curl_multi_add_handle(h->multi, h->curl) == CURLM_OK ? CURLE_OK
								    : CURLE_OUT_OF_MEMORY;
}

void
http_end(struct http *h)
{
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &h->status);
	curl_multi_remove_handle(h->multi, h->curl);
}

/* Drive all that have begun until one of them has ended: returns it, with *code. NULL: libcurl cannot go on, or it is time. */
struct http *
http_wait(CURLM *multi, int64_t until_ns, CURLcode *code)
{
	CURLMcode m = CURLM_OK;
	CURLMsg *msg;
	char *owner;
	int running, left;
	int64_t ms;

	while (m == CURLM_OK) {
		m = curl_multi_perform(multi, &running);
		while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
			if (msg->msg != CURLMSG_DONE)
				continue;
			*code = msg->data.result;
			curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &owner);
			http_end((struct http *)(void *)owner);
			return (struct http *)(void *)owner;
		}
		ms = until_ns > 0 ? ms_until(until_ns) : 1000;
		if (ms <= 0)
			return NULL;
		if (m == CURLM_OK)
			m = curl_multi_poll(multi, NULL, 0, ms < 1000 ? (int)ms : 1000, NULL);
	}
	return NULL;
}

/*
 * Dropped handshakes and refused connections are tried again (stratuslab.md 2.4: "in practice"); what a server or a
 * certificate says is not.
 */
bool
http_may_try_again(const struct http *h, CURLcode code)
{
	return !h->asked &&
	       (code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR) &&
	       !httpsay_tls(NULL, h->error);
}

/* --- several at once --------------------------------------------------------------- */

/* One more handle on the same connections, certificates and passwords. NULL: no memory. */
static struct http *
lane_new(struct http *h)
{
	struct http *lane = calloc(1, sizeof(*lane));

	if (lane == NULL || (lane->curl = curl_easy_duphandle(h->curl)) == NULL) {
		free(lane);
		return NULL;
	}
	lane->multi = h->multi;
	lane->borrowed = true;
	lane->who = h->who;
	lane->timeout_ms = h->timeout_ms;
	lane->until_ns = h->until_ns;
	http_set_self(lane);
	return lane;
}

/* Give the lane its next request, if there is one. True while it is under way. */
static bool
lane_go(struct http *lane, size_t at, const struct http_many *m)
{
	struct http_request r = {.body = NULL};
	struct fault why = {.kind = FAULT_NONE};

	while (m->next(m->ctx, at, &r)) {
		lane->attempt = 1;
		http_request_set(lane, &r);
		if (http_time_left_ms(lane) < 1)
			fault_set(
			    &why, FAULT_NETWORK, "the deadline came before it could be asked");
		else if (http_begin(lane, http_time_left_ms(lane)) == CURLE_OK)
			return true;
		else
			fault_set(&why, FAULT_SYSTEM, "libcurl: out of memory");
		m->done(m->ctx, at, HTTP_NOT_SENT, 0, &why);
	}
	return false;
}

/* The same request once more, while it is certain that the server has not heard of it. */
static bool
lane_again(struct http *lane, CURLcode code)
{
	return http_may_try_again(lane, code) && lane->attempt++ < HTTP_ATTEMPTS &&
	       http_time_left_ms(lane) >= 1 &&
	       http_begin(lane, http_time_left_ms(lane)) == CURLE_OK;
}

static size_t
lane_of(struct http *const *lanes, size_t n, const struct http *lane)
{
	size_t at = 0;

	while (at < n && lanes[at] != lane)
		at++;
	return at;
}

void
http_many(struct http *h, const struct http_many *m)
{
	struct http *lanes[HTTP_LANES], *lane;
	bool busy[HTTP_LANES] = {false};
	size_t n = 0, at, running = 0;
	struct fault why;
	CURLcode code;

	while (n < HTTP_LANES && (long)n < h->connections && (lanes[n] = lane_new(h)) != NULL)
		n++;
	for (at = 0; at < n; at++) {
		busy[at] = lane_go(lanes[at], at, m);
		running += busy[at];
	}
	while (running > 0 && (lane = http_wait(h->multi, m->until_ns, &code)) != NULL) {
		if (lane_again(lane, code))
			continue;
		at = lane_of(lanes, n, lane);
		memset(&why, 0, sizeof(why));
		m->done(m->ctx, at, http_result_of(lane, code, &why), lane->received, &why);
		busy[at] = lane_go(lane, at, m);
		running -= !busy[at];
	}
	for (at = 0; at < n; at++) {
		if (busy[at]) {
			http_end(lanes[at]);
			memset(&why, 0, sizeof(why));
			fault_set(&why, FAULT_NETWORK, "no answer in the time for all of them");
			m->done(m->ctx, at, HTTP_FAILED, lanes[at]->received, &why);
		}
		http_close(lanes[at]);
	}
	/* An idle connection takes a place of the server's from others: all are closed, and the next call opens one. */
	if (n > 1) {
		curl_multi_cleanup(h->multi);
		h->multi = http_multi_new(h->connections);
	}
}
