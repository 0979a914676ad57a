/* SPDX-License-Identifier: ISC */
/*
 * image: from what a person names (an identifier of the Marketplace, a volume, a URL) to the machine that is asked
 * for: metadata read and checked, key and context files read, the volume free.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "cloud/marketplace.h"
#include "cloud/pdisk.h"
#include "command/run.h"

#define MARKETPLACE_DEFAULT "https://marketplace.stratuslab.eu"
#define FILE_MAX	    (16 << 10)

bool
image_is_identifier(const char *s)
{
	return strlen(s) == 27 &&
	       s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

bool
image_is_uuid(const char *s)
{
	size_t i;

	for (i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i] != '-')
				return false;
		} else if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	}
	return s[36] == '\0';
}

/*
 * A small text whole, NUL-terminated; malloc. Neither a secret nor trusted, so its owner does not matter (file_read), and
 * it may be a link or a pipe: --context-file <(...).
 */
static char *
read_file(const char *what, const char *path, struct fault *f)
{
	char *s = x_calloc(1, FILE_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t got = 0;
	size_t n = 0;

	while (fd >= 0 && n < FILE_MAX && (got = read(fd, s + n, FILE_MAX - n)) > 0)
		n += (size_t)got;
	if (fd < 0 || got < 0)
		fault_set(f, FAULT_USAGE, "%s %s: %s", what, path, strerror(errno));
	else if (n == FILE_MAX || memchr(s, '\0', n) != NULL)
		fault_set(f, FAULT_USAGE, "%s %s: longer than %d bytes, or no text", what, path,
		    FILE_MAX);
	else {
		close(fd);
		return s;
	}
	if (fd >= 0)
		close(fd);
	free(s);
	return NULL;
}

/* The keys without their "Comment:" lines and the last newlines. */
static int
key_read(struct run *r, struct fault *f)
{
	const char *path = r->key != NULL ? r->key : r->c.public_key_file;
	char *s, *to, *line, *next;
	size_t n;

	if (path == NULL) {
		fault_set(f, FAULT_USAGE, "no public ssh key: nobody could log in");
		return fault_remedy(f, "--key FILE, STRATUSLAB_KEY, or make one: ssh-keygen");
	}
	if ((s = read_file("public ssh key", path, f)) == NULL)
		return -1;
	r->key_text = s;
	if (strstr(s, "PRIVATE KEY") != NULL) {
		fault_set(
		    f, FAULT_USAGE, "%s is a private key: it would go to the machine", path);
		return fault_remedy(f, "name the public one: %s.pub", path);
	}
	for (to = line = s; *line != '\0'; line = next) {
		n = strcspn(line, "\n");
		n += line[n] == '\n';
		next = line + n;
		if (strncmp(line, "Comment:", 8) == 0)
			continue;
		memmove(to, line, n);
		to += n;
	}
	while (to > s && (to[-1] == '\n' || to[-1] == '\r'))
		to--;
	*to = '\0';
	r->spec.public_key = s;
	return 0;
}

static int
context_read(struct run *r, struct fault *f)
{
	r->spec.context = r->context;
	if (r->context_file != NULL) {
		r->context_bytes = read_file("context file", r->context_file, f);
		if (r->context_bytes == NULL || template_context(r->context_bytes, '\n',
						    r->context, &r->spec.n_context, f) != 0)
			return -1;
	}
	if (r->context_text == NULL)
		return 0;
	r->context_copy = x_strdup(r->context_text);
	return template_context(r->context_copy, '#', r->context, &r->spec.n_context, f);
}

/* --- the Marketplace ------------------------------------------------------ */

/* URL without slashes at its end, in the arena. */
static const char *
stem(struct run *r, const char *url)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	return arena_strndup(r->c.arena, url, n);
}

static void
say_metadata(const struct run *r, const char *id, const struct image_metadata *m)
{
	char created[24], valid[24], text[5][128];

	instance_remark(&r->in,
	    "image %s: %s %s %s, %s\n  endorsed by %s at %s, valid until %s\n  SHA-1 %s", id,
	    text_safe(text[0], sizeof(text[0]), TEXT_TERM, m->os),
	    text_safe(text[1], sizeof(text[1]), TEXT_TERM, m->os_version),
	    text_safe(text[2], sizeof(text[2]), TEXT_TERM, m->os_arch),
	    text_safe(text[3], sizeof(text[3]), TEXT_TERM, m->title),
	    text_safe(text[4], sizeof(text[4]), TEXT_TERM, m->endorser),
	    units_time_str(created, sizeof(created), m->created_s),
	    m->valid_s > 0 ? units_time_str(valid, sizeof(valid), m->valid_s) : "(not said)",
	    m->sha1);
	if (m->deprecated != NULL)
		instance_remark(&r->in, "  withdrawn: %s",
		    text_safe(text[0], sizeof(text[0]), TEXT_TERM, m->deprecated));
}

/* The URL of an image's metadata, which is what the template carries; *m is what it says. */
static const char *
metadata_get(struct run *r, const char *id, struct image_metadata *m, struct fault *f)
{
	const char *endpoint = r->marketplace != NULL	  ? r->marketplace
			       : r->c.marketplace != NULL ? r->c.marketplace
							  : MARKETPLACE_DEFAULT;
	struct marketplace_config config = {.endpoint = stem(r, endpoint),
	    .ca_file = r->c.ca_file,
	    .ca_dir = r->c.ca_dir,
	    .insecure = r->c.insecure,
	    .allow_withdrawn = r->withdrawn,
	    .connect_timeout_ms = 10000,
	    .timeout_ms = 60000,
	    .now_s = clock_wall_s()};

	if (marketplace_fetch(&config, r->c.arena, id, m, f) != 0) {
		r->end = f->kind == FAULT_GONE ? RUN_FATAL : RUN_ERROR;
		return NULL;
	}
	say_metadata(r, id, m);
	return arena_printf(r->c.arena, "%s/metadata/%s", config.endpoint, id);
}

/* --- volumes -------------------------------------------------------------- */

/* "pdisk:ENDPOINT/UUID"; without a pdisk endpoint the cloud's own stands there, as in the original. */
static const char *
volume_source(struct run *r, const char *uuid)
{
	const char *endpoint = r->pdisk != NULL	    ? r->pdisk
			       : r->c.pdisk != NULL ? r->c.pdisk
						    : r->c.endpoint;

	return arena_printf(r->c.arena, "pdisk:%s/%s", stem(r, endpoint), uuid);
}

/* Nobody else may have it: a block device that two guests write to is lost. */
static int
volume_check(struct run *r, const char *uuid, struct fault *f)
{
	struct pdisk_config config = {.endpoint = r->pdisk != NULL ? r->pdisk : r->c.pdisk,
	    .user = r->pdisk_user != NULL ? r->pdisk_user : r->c.pdisk_user,
	    .password = r->pdisk_password != NULL ? r->pdisk_password : r->c.pdisk_password,
	    .cert_file = r->c.cert_file,
	    .key_file = r->c.key_file,
	    .ca_file = r->c.ca_file,
	    .ca_dir = r->c.ca_dir,
	    .insecure = r->c.insecure,
	    .connect_timeout_ms = 10000,
	    .timeout_ms = 60000,
	    .max_volumes = 100000};
	struct pdisk_volume *v;
	size_t n, i;

	if (config.endpoint == NULL)
		config.endpoint = r->c.endpoint;
	if (pdisk_list(&config, r->c.arena, &v, &n, f) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if (strcmp(v[i].uuid, uuid) == 0)
			break;
	if (i == n) {
		fault_set(f, FAULT_USAGE, "there is no volume %s at %s", uuid, config.endpoint);
		return fault_remedy(f, "or it is somebody else's");
	}
	if (v[i].count == 0 && r->number == 1)
		return 0;
	r->end = RUN_FATAL;
	return fault_set(f, FAULT_STATE,
	    "disk cannot be attached; it is already mounted (%d/%lld)", v[i].count == 0,
	    (long long)r->number);
}

/*
 * The addresses of both services stand in messages and in the machine's template, which many may read: no password
 * may be in them.
 */
static int
services_check(const struct run *r, struct fault *f)
{
	const char *urls[] = {r->pdisk, r->c.pdisk, r->marketplace, r->c.marketplace};
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		if (urls[i] == NULL || strchr(urls[i], '@') == NULL)
			continue;
		fault_set(f, FAULT_USAGE,
		    "%s endpoint: a user or password does not belong into the URL",
		    i < 2 ? "pdisk" : "Marketplace");
		return fault_remedy(f, "%s",
		    i < 2 ? "give STRATUSLAB_PDISK_USERNAME and STRATUSLAB_PDISK_PASSWORD"
			  : "leave it out: the Marketplace asks for none");
	}
	return 0;
}

/* -------------------------------------------------------------------------- */

static int
size_take(struct run *r, struct fault *f)
{
	const char *name = r->type != NULL	       ? r->type
			   : r->c.default_type != NULL ? r->c.default_type
						       : TEMPLATE_TYPE_DEFAULT;
	const struct instance_type *type = template_type(name);

	if (type == NULL) {
		fault_set(f, FAULT_USAGE, "Unknown instance type: %.60s", name);
		return fault_remedy(f, "--list-types shows which there are");
	}
	r->spec.cpu = r->cpu >= 0 ? (int32_t)r->cpu : type->cpu;
	r->spec.ram_mb = r->ram_mb >= 0 ? (int32_t)r->ram_mb : type->ram_mb;
	r->spec.swap_mb = r->swap_mb >= 0 ? (int32_t)r->swap_mb : type->swap_mb;
	return 0;
}

static int
root_take(struct run *r, const char *image, struct fault *f)
{
	struct image_metadata m;

	r->spec.driver = r->qcow ? "qcow2" : "raw";
	r->spec.bus = "ide";
	if (image_is_identifier(image)) {
		memset(&m, 0, sizeof(m));
		if ((r->spec.image = metadata_get(r, image, &m, f)) == NULL)
			return -1;
		if (!r->qcow && m.format != NULL && m.format[0] != '\0')
			r->spec.driver = m.format;
		if (m.disks_bus != NULL && m.disks_bus[0] != '\0')
			r->spec.bus = m.disks_bus;
		r->spec.inbound_ports = m.inbound_ports;
	} else if (image_is_uuid(image)) {
		if (volume_check(r, image, f) != 0)
			return -1;
		r->spec.image = volume_source(r, image);
	} else
		r->spec.image = image; /* the node resolves it */
	if (r->bus != NULL)
		r->spec.bus = r->bus;
	return 0;
}

int
image_resolve(struct run *r, const char *image, struct fault *f)
{
	struct image_metadata m;

	if (services_check(r, f) != 0 || size_take(r, f) != 0 || key_read(r, f) != 0 ||
	    context_read(r, f) != 0 || root_take(r, image, f) != 0)
		return -1;
	if (r->volume != NULL) {
		if (!image_is_uuid(r->volume))
			return fault_set(
			    f, FAULT_USAGE, "--persistent-disk: '%.60s' is no UUID", r->volume);
		if (volume_check(r, r->volume, f) != 0)
			return -1;
		r->spec.persistent = volume_source(r, r->volume);
	}
	if (r->readonly != NULL) {
		memset(&m, 0, sizeof(m));
		if (!image_is_identifier(r->readonly))
			r->spec.readonly = r->readonly;
		else if ((r->spec.readonly = metadata_get(r, r->readonly, &m, f)) == NULL)
			return -1;
	}
	return 0;
}
