/* SPDX-License-Identifier: ISC */
/*
 * marketxml: identifiers of images, and the RDF that describes them (stratuslab.md 6.1, 6.3).
 *
 * xmlpath knows no namespaces: the elements are taken by the prefixes that StratusLab's tools write (rdf, dcterms,
 * slreq, slterms); a document with others is refused, for then nothing is found in it. The XML signature is not
 * verified, as the original never did: what is trusted is the Marketplace behind its TLS, and the checksum.
 */
#include <string.h>

#include "base/units.h"
#include "cloud/limits.h"
#include "cloud/marketplace.h"
#include "cloud/xmlpath.h"

/* --- identifiers ---------------------------------------------------------------------------------- */

#define ID_LEN	   27
#define SHA1_BYTES 20

/* In the order of their values. */
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex_digits[] = "0123456789abcdef";

/* The place of c in the alphabet, or -1. */
static int
value_of(const char *alphabet, char c)
{
	const char *p = c != '\0' ? strchr(alphabet, c) : NULL;

	return p != NULL ? (int)(p - alphabet) : -1;
}

int
marketplace_id_to_sha1(const char *id, char hex[static 41])
{
	unsigned char n[SHA1_BYTES] = {0};
	unsigned carry;
	int value;

	for (int i = 0; i < ID_LEN; i++) {
		value = value_of(digits, id[i]);
		if (value < 0)
			return -1;
		carry = (unsigned)value;
		for (int k = SHA1_BYTES - 1; k >= 0; k--) {
			carry |= (unsigned)n[k] << 6;
			n[k] = (unsigned char)(carry & 0xff);
			carry >>= 8;
		}
		if (carry != 0) /* 162 bits: the first digit has four of them only */
			return -1;
	}
	if (id[ID_LEN] != '\0')
		return -1;
	for (int i = 0; i < SHA1_BYTES; i++) {
		hex[2 * i] = hex_digits[n[i] >> 4];
		hex[2 * i + 1] = hex_digits[n[i] & 15];
	}
	hex[2 * SHA1_BYTES] = '\0';
	return 0;
}

int
marketplace_sha1_to_id(const char *hex, char id[static 28])
{
	unsigned char n[SHA1_BYTES];
	unsigned low;
	int value;

	memset(n, 0, sizeof(n));
	for (int i = 0; i < 2 * SHA1_BYTES; i++) {
		value = value_of(hex_digits, hex[i]);
		if (value < 0)
			return -1;
		n[i / 2] = (unsigned char)(n[i / 2] << 4 | value);
	}
	if (hex[2 * SHA1_BYTES] != '\0')
		return -1;
	for (int i = ID_LEN - 1; i >= 0; i--) {
		id[i] = digits[n[SHA1_BYTES - 1] & 63];
		low = 0;
		for (int k = 0; k < SHA1_BYTES; k++) {
			unsigned both = low << 8 | n[k];

			n[k] = (unsigned char)(both >> 6 & 0xff);
			low = both & 63;
		}
	}
	id[ID_LEN] = '\0';
	return 0;
}

/* --- the document --------------------------------------------------------------------------------- */

enum {
	DOCUMENT,
	LIST,
	ENTRY,
	ALONE,
	REFUSAL,
	DESCRIPTION,
	IDENTIFIER,
	BYTES,
	CHECKSUM,
	ALGORITHM,
	VALUE,
	ENDORSEMENT,
	ENDORSED,
	ENDORSER,
	EMAIL,
	TYPE,
	KIND,
	OS,
	OS_VERSION,
	OS_ARCH,
	VERSION,
	COMPRESSION,
	FORMAT,
	LOCATION,
	CREATED,
	VALID,
	TITLE,
	ABOUT,
	BUS,
	INBOUND,
	DEPRECATED,
	NODES
};

#define BRANCH(name, parent)                     \
	{                                        \
		name, parent, XMLPATH_NONE, 0, 0 \
	}
#define LEAF(name, parent, max)                    \
	{                                          \
		name, parent, XMLPATH_KEEP, max, 0 \
	}

static const struct xmlpath_node nodes[NODES] = {
    [DOCUMENT] = BRANCH("", 0),
    [LIST] = BRANCH("metadata", DOCUMENT),
    [ENTRY] = BRANCH("rdf:RDF", LIST),
    [ALONE] = {"rdf:RDF", DOCUMENT, XMLPATH_NONE, 0, ENTRY},
    [REFUSAL] = LEAF("error", DOCUMENT, LIMIT_NAME),
    [DESCRIPTION] = BRANCH("rdf:Description", ENTRY),
    [IDENTIFIER] = LEAF("dcterms:identifier", DESCRIPTION, LIMIT_NUMBER),
    [BYTES] = LEAF("slreq:bytes", DESCRIPTION, LIMIT_NUMBER),
    [CHECKSUM] = BRANCH("slreq:checksum", DESCRIPTION),
    [ALGORITHM] = LEAF("slreq:algorithm", CHECKSUM, LIMIT_NUMBER),
    [VALUE] = LEAF("slreq:value", CHECKSUM, LIMIT_NAME),
    [ENDORSEMENT] = BRANCH("slreq:endorsement", DESCRIPTION),
    [ENDORSED] = LEAF("dcterms:created", ENDORSEMENT, LIMIT_NUMBER),
    [ENDORSER] = BRANCH("slreq:endorser", ENDORSEMENT),
    [EMAIL] = LEAF("slreq:email", ENDORSER, LIMIT_NAME),
    [TYPE] = LEAF("dcterms:type", DESCRIPTION, LIMIT_NAME),
    [KIND] = LEAF("slterms:kind", DESCRIPTION, LIMIT_NAME),
    [OS] = LEAF("slterms:os", DESCRIPTION, LIMIT_NAME),
    [OS_VERSION] = LEAF("slterms:os-version", DESCRIPTION, LIMIT_NAME),
    [OS_ARCH] = LEAF("slterms:os-arch", DESCRIPTION, LIMIT_NAME),
    [VERSION] = LEAF("slterms:version", DESCRIPTION, LIMIT_NAME),
    [COMPRESSION] = LEAF("dcterms:compression", DESCRIPTION, LIMIT_NUMBER),
    [FORMAT] = LEAF("dcterms:format", DESCRIPTION, LIMIT_NUMBER),
    [LOCATION] = LEAF("slterms:location", DESCRIPTION, LIMIT_SOURCE),
    [CREATED] = LEAF("dcterms:created", DESCRIPTION, LIMIT_NUMBER),
    [VALID] = LEAF("dcterms:valid", DESCRIPTION, LIMIT_NUMBER),
    [TITLE] = LEAF("dcterms:title", DESCRIPTION, LIMIT_NAME),
    [ABOUT] = LEAF("dcterms:description", DESCRIPTION, LIMIT_SOURCE),
    [BUS] = LEAF("slterms:disks-bus", DESCRIPTION, LIMIT_NUMBER),
    [INBOUND] = LEAF("slterms:inbound-port", DESCRIPTION, LIMIT_NUMBER),
    [DEPRECATED] = LEAF("slterms:deprecated", DESCRIPTION, LIMIT_NAME),
};

/* What the original's parser asks for (6.4); created stands in the endorsement or beside it. */
static const unsigned wanted[] = {
    IDENTIFIER, BYTES, TYPE, VALID, ABOUT, COMPRESSION, OS, OS_ARCH, OS_VERSION, VERSION};

struct reading {
	struct xmlpath *path;
	struct arena *arena;
	struct image_metadata *m;
	unsigned entries; /* descriptions so far; the first one counts */
	uint64_t seen; /* of its elements, bit (1 << node) */
	char algorithm[LIMIT_NUMBER + 1],
	    value[LIMIT_NAME + 1]; /* of the checksum being read */
	char refusal[LIMIT_NAME + 1];
	char ports[128];
	void *locations;
};

static const char *
keep(struct reading *r, const char *text)
{
	const char *s = arena_strdup(r->arena, text);

	if (s == NULL)
		xmlpath_refuse(r->path, "it needs too much memory");
	return s != NULL ? s : "";
}

static void
on_enter(void *ctx, unsigned node, const char *name)
{
	struct reading *r = ctx;

	(void)name;
	if (node == DESCRIPTION)
		r->entries++;
	if (node == CHECKSUM)
		r->algorithm[0] = r->value[0] = '\0';
}

/* A checksum is whole: the SHA-1 counts, and there is one. */
static void
take_checksum(struct reading *r)
{
	if (strcmp(r->algorithm, "SHA-1") != 0)
		return;
	if (r->m->sha1[0] != '\0' && strcmp(r->m->sha1, r->value) != 0)
		xmlpath_refuse(r->path, "it has two SHA-1 checksums");
	r->m->sha1 = keep(r, r->value);
}

static void
take_location(struct reading *r, const char *text, bool cut)
{
	static const char *const schemes[] = {"http://", "https://", "ftp://", "pdisk:"};
	const char **slot;

	/* Half a URL is another URL. */
	if (cut || r->m->n_locations == LIMIT_LOCATIONS)
		return;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strncmp(text, schemes[i], strlen(schemes[i])) != 0)
			continue;
		slot = arena_push(r->arena, &r->locations, r->m->n_locations, sizeof(*slot));
		if (slot == NULL) {
			xmlpath_refuse(r->path, "it needs too much memory");
			return;
		}
		*slot = keep(r, text);
		r->m->n_locations++;
	}
}

/* The numbers go into a template, so nothing else does. */
static void
take_port(struct reading *r, const char *text)
{
	size_t used = strlen(r->ports), len = strlen(text);
	int64_t port;

	if (units_int(text, 1, 65535, &port) != 0 || used + len + 2 > sizeof(r->ports))
		return;
	if (used > 0)
		r->ports[used++] = ',';
	memcpy(r->ports + used, text, len + 1);
}

static void
take_time(struct reading *r, const char *what, const char *text, int64_t *out)
{
	int64_t last;

	if (units_date(text, out, &last) != 0)
		xmlpath_refuse(r->path, "%s is no date: %.40s", what, text);
}

/* A word that goes into a template. */
static const char *
take_word(struct reading *r, const char *what, const char *text)
{
	if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(text))
		xmlpath_refuse(r->path, "%s is no word: %.40s", what, text);
	return keep(r, text);
}

/* Elements that may be there once; of a second one nothing is taken. */
static void
take_single(struct reading *r, unsigned node, const char *text)
{
	struct image_metadata *m = r->m;

	if ((r->seen & (uint64_t)1 << node) != 0) {
		if (node == IDENTIFIER && strcmp(m->identifier, text) != 0)
			xmlpath_refuse(r->path, "it has two identifiers");
		return;
	}
	r->seen |= (uint64_t)1 << node;
	switch (node) {
	case IDENTIFIER:
		m->identifier = keep(r, text);
		return;
	case BYTES:
		if (units_int(text, 0, INT64_MAX, &m->bytes) != 0)
			m->bytes = -1;
		return;
	case ENDORSED:
		/* that of the image itself comes first, wherever it stands */
		if ((r->seen & (uint64_t)1 << CREATED) == 0)
			take_time(r, "created", text, &m->created_s);
		return;
	case CREATED:
		take_time(r, "created", text, &m->created_s);
		return;
	case VALID:
		take_time(r, "valid", text, &m->valid_s);
		return;
	case COMPRESSION:
		m->compression = take_word(r, "compression", text);
		return;
	case FORMAT:
		m->format = take_word(r, "format", text);
		return;
	case BUS:
		m->disks_bus = take_word(r, "disks-bus", text);
		return;
	case EMAIL:
		m->endorser = keep(r, text);
		return;
	case TYPE:
		m->type = keep(r, text);
		return;
	case KIND:
		m->kind = keep(r, text);
		return;
	case OS:
		m->os = keep(r, text);
		return;
	case OS_VERSION:
		m->os_version = keep(r, text);
		return;
	case OS_ARCH:
		m->os_arch = keep(r, text);
		return;
	case VERSION:
		m->version = keep(r, text);
		return;
	case TITLE:
		m->title = keep(r, text);
		return;
	case ABOUT:
		m->description = keep(r, text);
		return;
	case DEPRECATED:
		m->deprecated = keep(r, text);
		return;
	default:
		return;
	}
}

static void
on_leave(void *ctx, unsigned node, const char *text, size_t len, bool cut)
{
	struct reading *r = ctx;

	if (node == REFUSAL) {
		memcpy(r->refusal, text, len + 1);
		return;
	}
	if (r->entries != 1 || node < IDENTIFIER)
		return;
	switch (node) {
	case ALGORITHM:
		memcpy(r->algorithm, text, len + 1);
		return;
	case VALUE:
		memcpy(r->value, text, len + 1);
		return;
	case CHECKSUM:
		take_checksum(r);
		return;
	case LOCATION:
		take_location(r, text, cut);
		return;
	case INBOUND:
		take_port(r, text);
		return;
	default:
		take_single(r, node, text);
		return;
	}
}

/* What is there must be what was asked for, and agree with itself. */
static int
check(const struct reading *r, const char *asked_id, struct fault *f)
{
	const struct image_metadata *m = r->m;
	char id[28];

	if (r->refusal[0] != '\0')
		return fault_set(f, FAULT_REPLY, "the Marketplace says: %s", r->refusal);
	if (r->entries == 0)
		return fault_set(f, FAULT_REPLY, "the metadata describe no image");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if ((r->seen & (uint64_t)1 << wanted[i]) == 0)
			return fault_set(f, FAULT_REPLY, "the metadata of image %s have no %s",
			    asked_id, nodes[wanted[i]].name);
	if ((r->seen & ((uint64_t)1 << CREATED | (uint64_t)1 << ENDORSED)) == 0)
		return fault_set(f, FAULT_REPLY, "the metadata of image %s have no %s",
		    asked_id, nodes[CREATED].name);
	if (strcmp(m->identifier, asked_id) != 0)
		return fault_set(f, FAULT_REPLY,
		    "the Marketplace answered with image %s instead of %s", m->identifier,
		    asked_id);
	if (m->sha1[0] == '\0')
		return fault_set(
		    f, FAULT_REPLY, "the metadata of image %s have no SHA-1", asked_id);
	if (marketplace_sha1_to_id(m->sha1, id) != 0)
		return fault_set(f, FAULT_REPLY,
		    "the metadata of image %s have a SHA-1 that is none: %.60s", asked_id,
		    m->sha1);
	if (strcmp(id, asked_id) != 0) {
		fault_set(f, FAULT_REPLY,
		    "the metadata of image %s have the SHA-1 %s of another image, %s", asked_id,
		    m->sha1, id);
		return fault_remedy(f, "do not use it; tell its endorser and the Marketplace");
	}
	return 0;
}

int
marketplace_parse(struct arena *a, const char *xml, size_t len, const char *asked_id,
    struct image_metadata *m, struct fault *f)
{
	static const struct xmlpath_ops ops = {on_enter, on_leave, NULL};
	struct reading r = {.arena = a, .m = m};
	int rc;

	*m = (struct image_metadata){.identifier = "",
	    .sha1 = "",
	    .bytes = -1,
	    .type = "",
	    .kind = "",
	    .os = "",
	    .os_version = "",
	    .os_arch = "",
	    .version = "",
	    .title = "",
	    .description = "",
	    .compression = "",
	    .format = "",
	    .disks_bus = "",
	    .endorser = "",
	    .inbound_ports = ""};
	r.path = xmlpath_new(nodes, NODES, &ops, &r);
	if (r.path == NULL)
		return fault_set(f, FAULT_SYSTEM, "out of memory for the metadata");
	xmlpath_feed(r.path, xml, len);
	rc = xmlpath_end(r.path, f);
	xmlpath_free(r.path);
	if (rc != 0)
		return fault_prefix(f, "the metadata of image %s", asked_id);
	m->locations = r.locations;
	m->inbound_ports = arena_strdup(a, r.ports);
	if (m->inbound_ports == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for the metadata");
	return check(&r, asked_id, f);
}
