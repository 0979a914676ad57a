/* SPDX-License-Identifier: ISC */
/*
 * door: reads an endpoint as a person wrote it and says what is wrong with it.
 */
#include <stdbool.h>
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
