/* SPDX-License-Identifier: ISC */
/*
 * marketplace: what the StratusLab Marketplace says of an image (stratuslab.md 6). Codec and identifier are pure; the
 * fetch is the only I/O.
 */
#ifndef MARKETPLACE_H
#define MARKETPLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"

/* 27 characters over A-Z a-z 0-9 - _ (stratuslab.md 6.1) and 40 lower-case hex digits; right-aligned, not base64url. */
int	marketplace_id_to_sha1(const char *id, char hex[static 41]);	/* -1: no identifier */
int	marketplace_sha1_to_id(const char *hex, char id[static 28]);	/* -1: no SHA-1 */

struct image_metadata {
	const char *identifier, *sha1;	/* sha1 from slreq:checksum; checked against the identifier */
	int64_t	bytes;			/* uncompressed; -1: not known */
	const char *type, *kind, *os, *os_version, *os_arch, *version, *title, *description;
	const char *compression, *format, *disks_bus;	/* "" when absent */
	const char *endorser;		/* slreq:email */
	int64_t	created_s, valid_s;	/* 0: not given */
	const char *deprecated;		/* NULL: not; else the reason */
	const char **locations;
	size_t	n_locations;
	const char *inbound_ports;	/* comma list or "" */
};

/*
 * The first entry of a metadata document (root metadata or rdf:RDF), checked: identifier is the one asked for and agrees
 * with the SHA-1 checksum, mandatory elements are there, texts are bounded. Pure. -1 with a fault that names what is wrong.
 */
int	marketplace_parse(struct arena *a, const char *xml, size_t len, const char *asked_id,
	    struct image_metadata *m, struct fault *f);

struct http_get_config;
/*
 * GET ENDPOINT/metadata/ID with Accept: application/xml; on 404 asks again for status=deprecated and status=expired, to
 * tell "never was" from "withdrawn". Deprecated or expired: -1 unless allow_withdrawn. No location: -1 unless allow_withdrawn.
 * TLS as the cloud's (ca_file, ca_dir, insecure).
 */
struct marketplace_config {
	const char *endpoint;		/* full URL; default https://marketplace.stratuslab.eu */
	const char *ca_file, *ca_dir;
	bool	insecure, allow_withdrawn;
	int64_t	connect_timeout_ms, timeout_ms;
	int64_t	now_s;			/* for validity */
};
int	marketplace_fetch(const struct marketplace_config *c, struct arena *a, const char *id,
	    struct image_metadata *m, struct fault *f);

#endif
