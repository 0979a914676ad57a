/* SPDX-License-Identifier: ISC */
/*
 * http: POST a body, read the answer as it arrives. Only http.c and httpmany.c know libcurl.
 *
 * Connections are kept alive between calls. No redirects, no proxy from the environment, no netrc, no
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
	const char *user, *password;	/* HTTP Basic, sent at once; NULL: none */
	const char *cert_file, *key_file;	/* PEM; key_file NULL: both in cert_file (a grid proxy); NULL: none */
	const char *ca_file, *ca_dir;	/* NULL: the system's */
	bool	insecure;
	int64_t	connect_timeout_ms, timeout_ms;
	int32_t	connections;		/* at most so many at once, idle ones included; 0: one */
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
	 * out dead, which must not happen to a kill. Others are tried up to three times, a random moment
	 * apart, while the connection or the TLS handshake fails and nothing of the body has left.
	 */
	bool	fresh;
	int64_t	max_bytes;	/* of the answer, decoded */
	http_sink sink;
	void	*ctx;
};

/* The configuration's strings are copied by curl. 0 / -1 with f. */
int	http_open(const struct http_config *config, struct http **out, struct fault *f);
void	http_close(struct http *h);	/* NULL-safe */
/* From now on nothing takes longer than until then (CLOCK_MONOTONIC), and nothing is asked after it. 0: no such time. */
void	http_until(struct http *h, int64_t until_ns);

/* f is filled unless HTTP_DONE or the sink ended it. bytes: read so far, added to *bytes. */
enum http_result http_post(struct http *h, const struct http_request *r, int64_t *bytes,
	    struct fault *f);

#define HTTP_LANES 15	/* as many as [cloud] connections may be */

/*
 * Many requests, as many at once as there are connections; each lane has one under way. They are tried again as those of
 * http_post() are, but at once. Everything happens in the calling thread, and no connection stays open behind it.
 */
struct http_many {
	/* The next request of this lane into *r, whose body and ctx live until done(). False: there are no more. */
	bool	(*next)(void *ctx, size_t lane, struct http_request *r);
	/* What became of it, as http_post() says it: f is NONE unless it is filled. bytes: of the answer. */
	void	(*done)(void *ctx, size_t lane, enum http_result result, int64_t bytes, struct fault *f);
	void	*ctx;
	int64_t	until_ns;	/* CLOCK_MONOTONIC: what is under way then has failed; 0: each has its time-out only */
};
void	http_many(struct http *h, const struct http_many *m);

/* One GET on a connection of its own (Marketplace, pdisk). Strings are borrowed during the call. */
struct http_get_config {
	const char *url;		/* whole and escaped; no user, no password in it */
	const char *accept;		/* "application/json"; NULL: no Accept header */
	const char *user, *password;	/* HTTP Basic, sent at once; NULL: none */
	const char *cert_file, *key_file;	/* PEM; key_file NULL: both in cert_file (a grid proxy); NULL: none */
	const char *ca_file, *ca_dir;	/* NULL: the system's */
	bool	insecure;
	int64_t	connect_timeout_ms, timeout_ms;
	int64_t	max_bytes;		/* of the answer, decoded */
	http_sink sink;			/* gets the body, of whatever status; *status is set before */
	void	*ctx;
};

/*
 * HTTP_DONE: a whole answer came, and *status says of what kind (200, 404, ...): f is not touched, and
 * http_status_say makes a fault of a status that is not wanted. Redirects are not followed. Otherwise *status is the
 * last one seen (0: none) and f is filled, unless the sink ended it. Tried up to three times while no connection comes about.
 */
enum http_result http_get(const struct http_get_config *c, long *status, struct fault *f);

/* The same as a POST of a JSON document (Icinga's API). Tried again only while nothing of it has left. */
enum http_result http_post_json(const struct http_get_config *c, const char *json, size_t len,
	    long *status, struct fault *f);

/*
 * What an HTTP status other than 200 means here, with the remedy. what: whose it is, "the Marketplace"; realm: of
 * WWW-Authenticate, or NULL. Always returns -1.
 */
int	http_status_say(struct fault *f, const char *what, long status, const char *realm);

#endif
