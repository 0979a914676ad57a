/* SPDX-License-Identifier: ISC */
/*
 * http: POST a body, read the answer as it arrives. The only file that knows libcurl.
 *
 * One handle, kept alive between calls. No redirects, no proxy from the environment, no netrc, no
 * protocol but http and https: the body holds a password and goes to the named endpoint only.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

struct http;

struct http_config {
	const char *url;
	const char *ca_file, *ca_dir;	/* NULL: the system's */
	bool	insecure;
	int64_t	connect_timeout_ms, timeout_ms;
};

enum http_result {
	HTTP_DONE,	/* status 200 and the whole body */
	HTTP_NOT_SENT,	/* not one byte of the body left: no connection, TLS refused, ... */
	HTTP_FAILED	/* sent, at least in part; then a status other than 200, a cut, a time-out, ... */
};

/* The body as it comes; anything but 0 ends the transfer (HTTP_FAILED, f untouched by http). */
typedef int (*http_sink)(void *ctx, const char *s, size_t len);

struct http_request {
	const char *body;	/* borrowed during the call */
	size_t	len;
	/*
	 * True: on a connection of its own. curl resends a request whose kept-alive connection turns
	 * out dead, which must not happen to a kill.
	 */
	bool	fresh;
	int64_t	max_bytes;	/* of the answer, decoded */
	http_sink sink;
	void	*ctx;
};

/* The configuration's strings are copied by curl. 0 / -1 with f. */
int	http_open(const struct http_config *config, struct http **out, struct fault *f);
void	http_close(struct http *h);	/* NULL-safe */

/* f is filled unless HTTP_DONE or the sink ended it. bytes: read so far, added to *bytes. */
enum http_result http_post(struct http *h, const struct http_request *r, int64_t *bytes,
	    struct fault *f);

#endif
