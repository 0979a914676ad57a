/* SPDX-License-Identifier: ISC */
/*
 * services: StratusLab's Marketplace and pdisk, as stratuslab.md 5.5, 6.2 and 6.3 describe them. Documented, not
 * captured: no such server could be run for this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/units.h"
#include "inner.h"

/* --- what there is ------------------------------------------------------------------------- */

void
sim_add_volume(struct sim *sim, const struct sim_volume *volume)
{
	struct volume *v = NULL;

	pthread_mutex_lock(&sim->lock);
	for (size_t i = 0; i < sim->n_volumes && v == NULL; i++)
		if (strcmp(sim->volumes[i].v.uuid, volume->uuid) == 0)
			v = &sim->volumes[i];
	if (v == NULL) {
		sim->volumes =
		    x_realloc(sim->volumes, sim->n_volumes + 1, sizeof(*sim->volumes));
		v = &sim->volumes[sim->n_volumes++];
		memset(v, 0, sizeof(*v));
	}
	v->v.uuid = model_keep(sim, volume->uuid);
	v->v.tag = model_keep(sim, volume->tag != NULL ? volume->tag : "");
	v->v.owner = model_keep(sim, volume->owner != NULL ? volume->owner : "");
	v->v.identifier = model_keep(sim, volume->identifier);
	v->v.count = model_keep(sim, volume->count);
	v->v.size = model_keep(sim, volume->size != NULL ? volume->size : "10");
	v->v.quarantine = model_keep(sim, volume->quarantine);
	pthread_mutex_unlock(&sim->lock);
}

static struct volume *
volume_by_uuid(struct sim *sim, const char *uuid, size_t len)
{
	for (size_t i = 0; i < sim->n_volumes; i++)
		if (strlen(sim->volumes[i].v.uuid) == len &&
		    memcmp(sim->volumes[i].v.uuid, uuid, len) == 0)
			return &sim->volumes[i];
	return NULL;
}

void
sim_add_mount(struct sim *sim, const char *uuid, const char *vm, const char *device)
{
	struct volume *v;

	pthread_mutex_lock(&sim->lock);
	v = volume_by_uuid(sim, uuid, strlen(uuid));
	BUG_ON(v == NULL || v->n_mounts == SERVICE_MOUNTS);
	v->mounts[v->n_mounts].vm = model_keep(sim, vm);
	v->mounts[v->n_mounts++].device = model_keep(sim, device != NULL ? device : "static");
	pthread_mutex_unlock(&sim->lock);
}

static bool
drop_mount(struct volume *v, const char *vm)
{
	for (size_t i = 0; i < v->n_mounts; i++) {
		if (strcmp(v->mounts[i].vm, vm) != 0)
			continue;
		memmove(&v->mounts[i], &v->mounts[i + 1],
		    (--v->n_mounts - i) * sizeof(v->mounts[0]));
		return true;
	}
	return false;
}

void
sim_drop_mount(struct sim *sim, const char *uuid, const char *vm)
{
	struct volume *v;

	pthread_mutex_lock(&sim->lock);
	v = volume_by_uuid(sim, uuid, strlen(uuid));
	BUG_ON(v == NULL);
	drop_mount(v, vm);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_add_metadata(struct sim *sim, const struct sim_metadata *metadata)
{
	struct sim_metadata *m;

	pthread_mutex_lock(&sim->lock);
	sim->metadata = x_realloc(sim->metadata, sim->n_metadata + 1, sizeof(*sim->metadata));
	m = &sim->metadata[sim->n_metadata++];
	*m = *metadata;
	m->id = model_keep(sim, metadata->id);
	m->sha1 = model_keep(sim, metadata->sha1 != NULL ? metadata->sha1 : "");
	m->endorser = model_keep(
	    sim, metadata->endorser != NULL ? metadata->endorser : "jane.tester@example.org");
	m->deprecated = model_keep(sim, metadata->deprecated);
	m->location = model_keep(sim, metadata->location);
	m->format = model_keep(sim, metadata->format != NULL ? metadata->format : "raw");
	m->bus = model_keep(sim, metadata->bus != NULL ? metadata->bus : "virtio");
	m->kind = model_keep(sim, metadata->kind != NULL ? metadata->kind : "machine");
	m->raw = model_keep(sim, metadata->raw);
	if (m->created_s == 0)
		m->created_s = model_now(sim) - 86400;
	if (m->valid_s == 0)
		m->valid_s = model_now(sim) + 365 * 86400;
	pthread_mutex_unlock(&sim->lock);
}

/* --- replies ------------------------------------------------------------------------------- */

static void
reply_text(struct sim_reply *reply, int status, struct text *t)
{
	reply->status = status;
	reply->body = t->p;
	reply->len = t->len;
}

static void
reply_string(struct sim_reply *reply, int status, const char *s)
{
	reply->status = status;
	reply->body = x_strdup(s);
	reply->len = strlen(s);
}

static void
add_json(struct text *t, const char *name, const char *value)
{
	text_addf(t, "\"%s\" : \"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			text_addc(t, '\\');
		text_addc(t, *value);
	}
	text_addc(t, '"');
}

static void
json_error(struct sim_reply *reply, int status, const char *message)
{
	struct text t;

	text_init(&t, DOC_MAX);
	text_add(&t, "{ ");
	add_json(&t, "message", message);
	text_addf(&t, ", \"code\" : %d }\n", status);
	reply_text(reply, status, &t);
}

static bool
accepts(const struct service_request *r, const char *type)
{
	return r->accept != NULL && strstr(r->accept, type) != NULL;
}

/* --- pdisk --------------------------------------------------------------------------------- */

static bool
is_shown(const struct sim_user *u, const struct volume *v)
{
	return strcmp(u->name, "pdisk") == 0 || strcmp(u->name, v->v.owner) == 0;
}

static void
pdisk_disks(struct sim *sim, const struct sim_user *u, struct sim_reply *reply)
{
	const char *before = "[ ";
	struct text t;
	char count[24];

	text_init(&t, DOC_MAX);
	for (size_t i = 0; i < sim->n_volumes; i++) {
		const struct volume *v = &sim->volumes[i];

		if (!is_shown(u, v))
			continue;
		text_addf(&t, "%s{ ", before);
		add_json(&t, "uuid", v->v.uuid);
		text_add(&t, ", ");
		add_json(&t, "tag", v->v.tag);
		text_add(&t, ", ");
		if (v->v.quarantine != NULL) {
			add_json(&t, "quarantine", v->v.quarantine);
			text_add(&t, ", ");
		}
		snprintf(count, sizeof(count), "%zu", v->n_mounts);
		add_json(&t, "count", v->v.count != NULL ? v->v.count : count);
		text_add(&t, ", ");
		add_json(&t, "owner", v->v.owner);
		text_add(&t, ", ");
		add_json(&t, "identifier", v->v.identifier != NULL ? v->v.identifier : "");
		text_add(&t, ", ");
		add_json(&t, "size", v->v.size);
		text_add(&t, " }");
		before = ",\n";
	}
	text_add(&t, strcmp(before, "[ ") == 0 ? "[ ]\n" : " ]\n");
	reply_text(reply, 200, &t);
}

/* The mounts of one volume: no ownership check, as in the original. rest: what stands behind "mounts/". */
static void
pdisk_mounts(struct volume *v, const struct service_request *r, const char *rest,
    struct sim_reply *reply)
{
	size_t len = strlen(v->v.uuid);
	struct text t;

	if (strcmp(r->method, "DELETE") == 0) {
		if (strncmp(rest, v->v.uuid, len) != 0 || rest[len] != '_' ||
		    !drop_mount(v, rest + len + 1)) {
			json_error(reply, 404, "no such mount");
			return;
		}
		text_init(&t, DOC_MAX);
		text_add(&t, "{ ");
		add_json(&t, "diskId", v->v.uuid);
		text_add(&t, ", ");
		add_json(&t, "mountId", rest);
		text_add(&t, ", ");
		add_json(&t, "vmId", rest + len + 1);
		text_add(&t, " }\n");
		reply_text(reply, 200, &t);
		return;
	}
	text_init(&t, DOC_MAX);
	text_add(&t, "[ ");
	for (size_t i = 0; i < v->n_mounts; i++) {
		text_add(&t, i > 0 ? ", { " : "{ ");
		add_json(&t, "vmId", v->mounts[i].vm);
		text_add(&t, ", ");
		add_json(&t, "device", v->mounts[i].device);
		text_add(&t, " }");
	}
	text_add(&t, " ]\n");
	reply_text(reply, 200, &t);
}

/* path: behind /pdisk/pswd. */
static void
pdisk_run(
    struct sim *sim, const struct service_request *r, const char *path, struct sim_reply *reply)
{
	const struct sim_user *u = r->user != NULL ? model_user_by_name(sim, r->user) : NULL;
	const char *uuid = path + strlen("/disks/"), *slash;
	struct volume *v;

	if (u == NULL || u->disabled || r->password == NULL ||
	    strcmp(u->password, r->password) != 0) {
		reply_string(reply, 401, "<html><body>Unauthorized</body></html>");
		return;
	}
	if (!accepts(r, "application/json")) {
		reply_string(reply, 200, "<html><body><h1>Disks</h1></body></html>");
		return;
	}
	if (strncmp(path, "/disks/", 7) != 0) {
		json_error(reply, 404, "not found");
		return;
	}
	if (*uuid == '\0') {
		pdisk_disks(sim, u, reply);
		return;
	}
	slash = strchr(uuid, '/');
	v = slash != NULL ? volume_by_uuid(sim, uuid, (size_t)(slash - uuid)) : NULL;
	if (v == NULL || strncmp(slash, "/mounts/", 8) != 0)
		json_error(reply, 404, "unknown disk");
	else
		pdisk_mounts(v, r, slash + 8, reply);
}

/* --- Marketplace --------------------------------------------------------------------------- */

static bool
has_status(const struct sim *sim, const struct sim_metadata *m, const char *status)
{
	bool expired = m->valid_s <= model_now(sim);

	if (status == NULL || strcmp(status, "valid") == 0)
		return m->deprecated == NULL && !expired;
	if (strcmp(status, "expired") == 0)
		return m->deprecated == NULL && expired;
	return strcmp(status, "deprecated") != 0 || m->deprecated != NULL;
}

static void
add_element(struct text *t, const char *name, const char *value)
{
	text_addf(t, "    <%s>", name);
	for (; *value != '\0'; value++) {
		if (*value == '<')
			text_add(t, "&lt;");
		else if (*value == '&')
			text_add(t, "&amp;");
		else
			text_addc(t, *value);
	}
	text_addf(t, "</%s>\n", name);
}

static void
add_entry(struct text *t, const struct sim_metadata *m)
{
	char when[24];

	text_add(t, "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
		    "xmlns:dcterms=\"http://purl.org/dc/terms/\" "
		    "xmlns:slreq=\"http://mp.stratuslab.eu/slreq#\" "
		    "xmlns:slterms=\"http://mp.stratuslab.eu/slterms#\" "
		    "xml:base=\"http://mp.stratuslab.eu/\">\n");
	text_addf(t, "  <rdf:Description rdf:about=\"#%s\">\n", m->id);
	add_element(t, "dcterms:identifier", m->id);
	add_element(t, "slreq:bytes", "1073741824");
	text_add(t, "    <slreq:checksum rdf:parseType=\"Resource\">\n");
	add_element(t, "slreq:algorithm", "SHA-1");
	add_element(t, "slreq:value", m->sha1);
	text_add(t, "    </slreq:checksum>\n"
		    "    <slreq:endorsement rdf:parseType=\"Resource\">\n");
	add_element(t, "dcterms:created", units_time_str(when, sizeof(when), m->created_s));
	text_add(t, "    <slreq:endorser rdf:parseType=\"Resource\">\n");
	add_element(t, "slreq:email", m->endorser);
	text_add(t, "    </slreq:endorser>\n    </slreq:endorsement>\n");
	add_element(t, "dcterms:type", "base");
	add_element(t, "slterms:kind", m->kind);
	add_element(t, "slterms:os", "ttylinux");
	add_element(t, "slterms:os-version", "14.0");
	add_element(t, "slterms:os-arch", "i486");
	add_element(t, "slterms:version", "1.0");
	add_element(t, "dcterms:compression", "gz");
	add_element(t, "dcterms:format", m->format);
	if (m->location == NULL)
		text_addf(t,
		    "    <slterms:location>http://images.example.org/%s.img.gz"
		    "</slterms:location>\n",
		    m->id);
	else if (m->location[0] != '\0')
		add_element(t, "slterms:location", m->location);
	add_element(t, "dcterms:valid", units_time_str(when, sizeof(when), m->valid_s));
	add_element(t, "dcterms:title", "ttylinux");
	add_element(t, "dcterms:description", "A small machine.");
	add_element(t, "slterms:disks-bus", m->bus);
	if (m->deprecated != NULL)
		add_element(t, "slterms:deprecated", m->deprecated);
	text_add(t, "  </rdf:Description>\n</rdf:RDF>\n");
}

static void
marketplace_run(
    struct sim *sim, const struct service_request *r, const char *id, struct sim_reply *reply)
{
	struct text t;
	size_t n = 0;

	if (!accepts(r, "application/xml")) {
		reply_string(reply, 200,
		    "<!DOCTYPE html>\n<html><body>StratusLab Marketplace</body></html>");
		return;
	}
	text_init(&t, DOC_MAX);
	text_add(&t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata>\n");
	for (size_t i = 0; i < sim->n_metadata; i++) {
		const struct sim_metadata *m = &sim->metadata[i];

		if (strcmp(m->id, id) != 0 || !has_status(sim, m, r->status))
			continue;
		n++;
		if (m->raw != NULL) {
			text_reset(&t);
			text_add(&t, m->raw);
			reply_text(reply, 200, &t);
			return;
		}
		add_entry(&t, m);
	}
	text_add(&t, "</metadata>\n");
	if (n > 0) {
		reply_text(reply, 200, &t);
		return;
	}
	text_free(&t);
	reply_string(reply, 404,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>no matching entry</error>\n");
}

/* --- both ---------------------------------------------------------------------------------- */

/* A fault that was asked for, on a reply that is ready. */
static void
spoil(struct sim *sim, const struct sim_fault *f, const char *name, struct sim_reply *reply)
{
	char *body = reply->body;

	if (f->kind == SIM_FAULT_FAILURE) {
		json_error(reply, (int)f->arg, f->text != NULL ? f->text : "on request");
		free(body);
	} else if (f->kind == SIM_FAULT_EMPTY) {
		reply_string(reply, 200, "[ ]\n");
		free(body);
	} else
		faults_apply(sim, f, name, reply);
	log_add(sim, "fault %s hits call %u", sim_fault_str(f->kind), sim->calls);
}

bool
services_handle(struct sim *sim, const struct service_request *r, struct sim_reply *reply)
{
	static const char market[] = "/marketplace/metadata/", disks[] = "/pdisk/pswd";
	const struct sim_fault *f;
	const char *name;
	char path[160];

	if (strncmp(r->path, market, strlen(market)) != 0 &&
	    strncmp(r->path, disks, strlen(disks)) != 0)
		return false;
	memset(reply, 0, sizeof(*reply));
	pthread_mutex_lock(&sim->lock);
	sim->calls++;
	model_tick(sim);
	name = r->path[1] == 'm'		     ? "marketplace.metadata"
	       : strstr(r->path, "/mounts/") != NULL ? "pdisk.mounts"
						     : "pdisk.disks";
	f = faults_pick(sim, name);
	if (r->path[1] == 'm')
		marketplace_run(sim, r, r->path + strlen(market), reply);
	else
		pdisk_run(sim, r, r->path + strlen(disks), reply);
	log_add(sim, "call %u %s user=%s params=%s,%s -> http %d", sim->calls, name,
	    r->user != NULL ? r->user : "-", text_safe(path, sizeof(path), TEXT_TERM, r->path),
	    r->status != NULL ? r->status : "", reply->status);
	if (f != NULL)
		spoil(sim, f, name, reply);
	pthread_mutex_unlock(&sim->lock);
	return true;
}
