/* SPDX-License-Identifier: ISC */
/*
 * httpcurl: what http.c and httpmany.c share, the only files that know libcurl.
 */
#ifndef HTTPCURL_H
#define HTTPCURL_H

#include <curl/curl.h>

#include "cloud/http.h"
#include "cloud/httpsay.h"

#define HTTP_ATTEMPTS	3

struct http {
	CURL *curl;
	CURLM *
	    multi; /* holds the connections, and serves all calls, so that `connections` bounds them together */
	bool borrowed; /* a handle of http_many(): multi and headers are another's */
	long connections;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];
	enum httpsay_who who;
	const char *what; /* for messages of a single exchange; NULL: an XML-RPC endpoint */
	int64_t timeout_ms, until_ns;
	int attempt; /* of a lane, at this request */

	/* the call being made */
	const char *body; /* NULL: a GET */
	size_t len, sent;
	bool asked; /* curl took from the body */
	int64_t max_bytes, received;
	http_sink sink;
	void *ctx;
	bool sink_ended, too_long;
	long status; /* of the answer that is coming; 0: none yet */
	char realm[128], location[256];
	char page[512]; /* the beginning of what came with another status */
	size_t page_len;
};

/* A place for connections. NULL, which every transfer refuses: no memory. */
CURLM	*http_multi_new(long connections);
/* Whose callbacks they are. */
void	http_set_self(struct http *h);
void	http_request_set(struct http *h, const struct http_request *r);
/* How long a call may take that begins now; below 1: it must not begin. */
int64_t	http_time_left_ms(const struct http *h);
/* Let the handle begin; nothing has happened yet. It must be ended. */
CURLcode http_begin(struct http *h, int64_t timeout_ms);
void	http_end(struct http *h);
/*
 * Drive all that have begun until one of them is over: returns it, ended, with *code. NULL: until_ns (CLOCK_MONOTONIC; 0:
 * never) has come, or libcurl cannot go on.
 */
struct http *http_wait(CURLM *multi, int64_t until_ns, CURLcode *code);
/* Is it certain that the server has not heard of it, and likely that it will the next time? */
bool	http_may_try_again(const struct http *h, CURLcode code);
/* What became of it; f is filled unless HTTP_DONE or the sink ended it. */
enum http_result http_result_of(const struct http *h, CURLcode code, struct fault *f);

#endif
