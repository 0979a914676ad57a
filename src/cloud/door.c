/* SPDX-License-Identifier: ISC */
/*
 * door: reads an endpoint as a person wrote it and says what is wrong with it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cloud/disk.h"
#include "cloud/door.h"

/* Length of "scheme" in "scheme://", or 0. */
static size_t
scheme_len(const char *s)
{
	const char *p = strstr(s, "://");

	return p != NULL ? (size_t)(p - s) : 0;
}

/* True if the authority (host:port) at s ends in the port 2634, gRPC's. */
static bool
is_grpc_port(const char *s)
{
	size_t n = strcspn(s, "/?#");

	return n > 5 && strncmp(s + n - 5, ":2634", 5) == 0;
}

static int
refuse_grpc(const char *endpoint, struct fault *f)
{
	fault_set(
	    f, FAULT_POLICY, "endpoint %s looks like gRPC; vmreaper speaks XML-RPC", endpoint);
	return fault_remedy(f, "write the XML-RPC endpoint: http://HOST:2633/RPC2");
}

int
door_check(const char *endpoint, struct fault *f)
{
	size_t scheme = scheme_len(endpoint), authority;
	const char *rest;

	for (const char *p = endpoint; *p != '\0'; p++) {
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f) {
			fault_set(f, FAULT_POLICY,
			    "endpoint: a blank, a control byte or no ASCII in it");
			return fault_remedy(f, "write it as http://HOST:2633/RPC2");
		}
	}
	if (scheme == 0) {
		if (is_grpc_port(endpoint))
			return refuse_grpc(endpoint, f);
		fault_set(f, FAULT_POLICY, "endpoint %s has no scheme", endpoint);
		return fault_remedy(f, "write it as http://HOST:2633/RPC2");
	}
	if (disk_word_is_n(endpoint, scheme, "grpc") ||
	    disk_word_is_n(endpoint, scheme, "grpcs") ||
	    disk_word_is_n(endpoint, scheme, "dns"))
		return refuse_grpc(endpoint, f);
	if (!disk_word_is_n(endpoint, scheme, "http") &&
	    !disk_word_is_n(endpoint, scheme, "https")) {
		fault_set(f, FAULT_POLICY, "endpoint %s: the scheme is neither http nor https",
		    endpoint);
		return fault_remedy(f, "write it as http://HOST:2633/RPC2");
	}
	rest = endpoint + scheme + 3;
	authority = strcspn(rest, "/?#");
	if (memchr(rest, '@', authority) != NULL) {
		/* Not repeated here: it may hold a password. */
		fault_set(f, FAULT_POLICY,
		    "endpoint: a user or password does not belong into the URL");
		return fault_remedy(f, "put user:password into the file named by auth_file");
	}
	if (authority == 0 || *rest == ':') {
		fault_set(f, FAULT_POLICY, "endpoint %s has no host", endpoint);
		return fault_remedy(f, "write it as http://HOST:2633/RPC2");
	}
	if (rest[authority] != '/' || rest[authority + 1] == '\0') {
		if (is_grpc_port(rest))
			return refuse_grpc(endpoint, f);
		fault_set(f, FAULT_POLICY, "endpoint %s has no path", endpoint);
		return fault_remedy(f, "oned's is /RPC2: %s%sRPC2", endpoint,
		    rest[authority] == '/' ? "" : "/");
	}
	return 0;
}

const char *
door_way_str(enum door_way way)
{
	switch (way) {
	case DOOR_DIRECT:
		return "direct";
	case DOOR_PASSWORD:
		return "password";
	case DOOR_CERTIFICATE:
		return "certificate";
	}
	return "?";
}

/* --- reading an endpoint -------------------------------------------------------- */

#define HOST_MAX     255
#define PATH_MAX_LEN 512

/* An endpoint taken apart. */
struct parts {
	bool https, scheme;
	char host[HOST_MAX + 1]; /* IPv6 in its brackets */
	char port[6]; /* "" : none */
	char path[PATH_MAX_LEN]; /* "" or "/..." without slashes at its end */
};

#define WRITE_PROXY                                                            \
	"write https://HOST/one-proxy/xmlrpc (StratusLab 14.06 and later) or " \
	"https://HOST:2634/xmlrpc (up to 14.03)"
#define WRITE_ANY WRITE_PROXY ", or http://HOST:2633/RPC2 for oned itself"

static int
refuse(struct fault *f, const char *endpoint, const char *why, const char *remedy)
{
	fault_set(f, FAULT_POLICY, "endpoint %s: %s", endpoint, why);
	return fault_remedy(f, "%s", remedy);
}

/* host[:port] of len bytes. */
static int
read_authority(
    const char *endpoint, const char *s, size_t len, struct parts *p, struct fault *f)
{
	const char *end = s + len, *colon = NULL;
	size_t host = len, port = 0;

	if (*s == '[') {
		const char *close = memchr(s, ']', len);

		if (close == NULL || close == s + 1)
			return refuse(f, endpoint, "an IPv6 address without its end",
			    "write https://[2001:db8::1]:2634/xmlrpc");
		host = (size_t)(close + 1 - s);
		if (close + 1 < end)
			colon = close + 1;
	} else {
		colon = memchr(s, ':', len);
		if (colon != NULL)
			host = (size_t)(colon - s);
	}
	if (host == 0)
		return refuse(f, endpoint, "it has no host", WRITE_ANY);
	if (host > HOST_MAX)
		return refuse(f, endpoint, "the host name is too long", WRITE_ANY);
	if (colon != NULL) {
		port = (size_t)(end - colon - 1);
		if (*s != '[' && memchr(colon + 1, ':', port) != NULL)
			return refuse(f, endpoint, "an IPv6 address belongs into brackets",
			    "write https://[2001:db8::1]:2634/xmlrpc");
		if (*colon != ':' || port == 0 || port > 5 ||
		    strspn(colon + 1, "0123456789") < port)
			return refuse(f, endpoint, "the port is no number", WRITE_ANY);
		memcpy(p->port, colon + 1, port);
	}
	p->port[port] = '\0';
	memcpy(p->host, s, host);
	p->host[host] = '\0';
	return 0;
}

/* The host name and path as characters of a URL that need no escape, so that nothing can be smuggled in. */
static bool
is_url_text(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f ||
		    strchr("\"<>\\^`{|}", *s) != NULL)
			return false;
	return true;
}

static int
read_endpoint(const char *endpoint, struct parts *p, struct fault *f)
{
	size_t scheme = scheme_len(endpoint), len, path;
	const char *rest = endpoint;

	memset(p, 0, sizeof(*p));
	if (*endpoint == '\0')
		return refuse(f, "(empty)", "there is none", WRITE_ANY);
	if (!is_url_text(endpoint)) {
		fault_set(f, FAULT_POLICY,
		    "endpoint: a blank, a control byte, no ASCII or a character that no URL "
		    "has in it");
		return fault_remedy(f, "%s", WRITE_ANY);
	}
	if (strchr(endpoint, '@') != NULL) {
		/* Not repeated here: it may hold a password. */
		fault_set(f, FAULT_POLICY,
		    "endpoint: a user or password does not belong into the URL");
		return fault_remedy(
		    f, "give them as user name and password, or in the credential file");
	}
	if (scheme > 0) {
		if (disk_word_is_n(endpoint, scheme, "grpc") ||
		    disk_word_is_n(endpoint, scheme, "grpcs") ||
		    disk_word_is_n(endpoint, scheme, "dns"))
			return refuse_grpc(endpoint, f);
		p->scheme = true;
		p->https = disk_word_is_n(endpoint, scheme, "https");
		if (!p->https && !disk_word_is_n(endpoint, scheme, "http"))
			return refuse(
			    f, endpoint, "the scheme is neither http nor https", WRITE_ANY);
		rest = endpoint + scheme + 3;
	}
	len = strcspn(rest, "/?#");
	if (len == 0)
		return refuse(f, endpoint, "it has no host", WRITE_ANY);
	if (read_authority(endpoint, rest, len, p, f) != 0)
		return -1;
	if (strpbrk(rest, "?#") != NULL)
		return refuse(f, endpoint, "a query or fragment means nothing here",
		    "leave ? and # and what follows away");
	rest += len;
	for (path = strlen(rest); path > 0 && rest[path - 1] == '/';)
		path--;
	if (path >= sizeof(p->path))
		return refuse(f, endpoint, "the path is too long", WRITE_ANY);
	memcpy(p->path, rest, path);
	p->path[path] = '\0';
	return 0;
}

/* --- from parts to a door -------------------------------------------------------- */

/* The component that begins at its slash. */
static bool
is_component(const char *slash, const char *word)
{
	size_t n = strlen(word);

	return strncmp(slash + 1, word, n) == 0 &&
	       (slash[1 + n] == '/' || slash[1 + n] == '\0');
}

/* Cut the component out, and say which way it was. */
static bool
cut_way(char *path, enum door_way *way)
{
	for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		if (!is_component(slash, "pswd") && !is_component(slash, "cert"))
			continue;
		*way = slash[1] == 'p' ? DOOR_PASSWORD : DOOR_CERTIFICATE;
		memmove(slash, slash + 5, strlen(slash + 5) + 1);
		return true;
	}
	return false;
}

static void
note(struct door *out, const char *text)
{
	if (out->repaired[0] == '\0')
		snprintf(out->repaired, sizeof(out->repaired), "%s", text);
}

static int
direct(const char *endpoint, const char *url, bool password, struct door *out, struct fault *f)
{
	if (!password) {
		fault_set(f, FAULT_POLICY,
		    "endpoint %s is oned itself, which takes no certificate in place of a "
		    "password",
		    endpoint);
		return fault_remedy(
		    f, "give user and password (or a login token), or name StratusLab's proxy");
	}
	if (strlen(url) >= sizeof(out->url))
		return refuse(f, "(not shown)", "it is too long", WRITE_ANY);
	snprintf(out->url, sizeof(out->url), "%s", url);
	out->way = DOOR_DIRECT;
	return 0;
}

static int
way_refuse(const char *endpoint, enum door_way way, struct fault *f)
{
	fault_set(f, FAULT_POLICY, "endpoint %s is for %s, and there is none", endpoint,
	    way == DOOR_PASSWORD ? "a user and password" : "a certificate");
	return fault_remedy(f, "write the path without /%s, or give %s",
	    way == DOOR_PASSWORD ? "pswd" : "cert",
	    way == DOOR_PASSWORD ? "user name and password" : "certificate and key files");
}

/* The proxy, whose path may be unsaid. */
static int
proxied(const char *endpoint, struct parts *p, bool password, bool certificate,
    struct door *out, struct fault *f)
{
	const char *last;
	enum door_way said;
	bool has_way = cut_way(p->path, &said);

	out->way = has_way ? said : password ? DOOR_PASSWORD : DOOR_CERTIFICATE;
	if (out->way == DOOR_PASSWORD ? !password : !certificate) {
		if (has_way)
			return way_refuse(endpoint, out->way, f);
		fault_set(f, FAULT_POLICY, "no credentials for %s", endpoint);
		return fault_remedy(f,
		    "give user name and password, or the files of a certificate and its key");
	}
	if (p->path[0] == '\0') {
		/* The old layout has a port of its own; the new one shares 443 with other services. */
		if (p->port[0] == '\0' && p->scheme && !has_way)
			return refuse(f, endpoint, "it has no path", WRITE_PROXY);
		snprintf(p->path, sizeof(p->path), "/xmlrpc");
		if (p->scheme)
			note(out, "the path was missing: /xmlrpc");
	}
	last = strrchr(p->path, '/');
	if (is_component(last, "one-proxy")) {
		snprintf(
		    p->path + strlen(p->path), sizeof(p->path) - strlen(p->path), "/xmlrpc");
		note(out, "the path was cut short: /one-proxy/xmlrpc");
		last = strrchr(p->path, '/');
	}
	snprintf(out->url, sizeof(out->url), "%s://%s%s%s%.*s/%s%s",
	    p->https ? "https" : "http", p->host, p->port[0] != '\0' ? ":" : "", p->port,
	    (int)(last - p->path), p->path, out->way == DOOR_PASSWORD ? "pswd" : "cert", last);
	return 0;
}

/* No scheme: a host name, and maybe a port (the original doubled it). */
static int
bare(const char *endpoint, enum door_dialect dialect, struct parts *p, struct door *out,
    struct fault *f)
{
	if (p->path[0] != '\0') {
		fault_set(f, FAULT_POLICY, "endpoint %s has a path but no scheme", endpoint);
		return fault_remedy(f, "write https://%s", endpoint);
	}
	if (strcmp(p->port, "2633") == 0) {
		fault_set(f, FAULT_POLICY, "endpoint %s has the port of oned itself", endpoint);
		return fault_remedy(f, "write http://%s/RPC2", endpoint);
	}
	if (dialect == DOOR_AUTO && strcmp(p->port, "2634") == 0) {
		fault_set(f, FAULT_POLICY,
		    "endpoint %s may be gRPC of OpenNebula or the proxy of StratusLab",
		    endpoint);
		return fault_remedy(f,
		    "write http://%s:2633/RPC2 (OpenNebula: XML-RPC, not gRPC) or "
		    "https://%s/xmlrpc "
		    "(StratusLab)",
		    p->host, endpoint);
	}
	p->https = true;
	if (p->port[0] == '\0')
		memcpy(p->port, "2634", 5);
	else
		note(
		    out, "a host and port without a scheme: taken as https://HOST:PORT/xmlrpc");
	return 0;
}

int
door_resolve(const char *endpoint, enum door_dialect dialect, bool password, bool certificate,
    struct door *out, struct fault *f)
{
	struct parts p;
	const char *last;
	char url[HOST_MAX + PATH_MAX_LEN + 32];

	memset(out, 0, sizeof(*out));
	if (dialect == DOOR_OPENNEBULA) {
		if (door_check(endpoint, f) != 0)
			return -1;
		return direct(endpoint, endpoint, password, out, f);
	}
	if (read_endpoint(endpoint, &p, f) != 0)
		return -1;
	if (!p.scheme && p.path[0] == '\0' && p.port[0] == '\0' &&
	    (disk_word_is(p.host, "localhost") || strcmp(p.host, "127.0.0.1") == 0))
		return direct(endpoint, "http://localhost:2633/RPC2", password, out, f);
	if (!p.scheme && bare(endpoint, dialect, &p, out, f) != 0)
		return -1;
	if (dialect == DOOR_AUTO && p.scheme && p.path[0] == '\0') {
		if (strcmp(p.port, "2634") == 0) {
			fault_set(f, FAULT_POLICY,
			    "endpoint %s may be gRPC of OpenNebula or the proxy of StratusLab",
			    endpoint);
			return fault_remedy(f,
			    "write http://%s:2633/RPC2 (OpenNebula: XML-RPC, not gRPC) or "
			    "https://%s:2634/xmlrpc (StratusLab)",
			    p.host, p.host);
		}
		return refuse(f, endpoint, "it has no path", WRITE_ANY);
	}
	last = strrchr(p.path, '/');
	snprintf(url, sizeof(url), "%s://%s%s%s%s", p.https ? "https" : "http", p.host,
	    p.port[0] != '\0' ? ":" : "", p.port, p.path);
	if (last != NULL && is_component(last, "RPC2"))
		return direct(endpoint, url, password, out, f);
	if (p.scheme && dialect == DOOR_AUTO && !is_component(last, "xmlrpc") &&
	    !is_component(last, "pswd") && !is_component(last, "cert"))
		return direct(endpoint, endpoint, password, out, f);
	return proxied(endpoint, &p, password, certificate, out, f);
}
