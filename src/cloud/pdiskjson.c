/* SPDX-License-Identifier: ISC */
/*
 * pdiskjson: the JSON of the pdisk service (stratuslab.md 5.4-5.6). Pure.
 *
 * The service writes JSON from templates, with tags that tenants choose: a name that is there twice is refused, for it
 * may be a tag that closes its own string. What a volume is called decides nothing, its numbers and its identifier do;
 * one that cannot be read makes "not known" of it, never "not mounted".
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "cloud/limits.h"
#include "cloud/pdiskjson.h"

#define DEPTH_MAX  8 /* an array of objects of texts is 2 deep */
#define TOKENS_MAX (32 * LIMIT_VOLUMES) /* a volume has seven members */

/* --- documents ------------------------------------------------------------------------------------ */

/* Jansson makes a value of everything before anybody looks: how many there are, and how deep, is seen here first. */
static int
check_shape(const char *s, size_t len, struct fault *f)
{
	size_t depth = 0, tokens = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				quoted = false;
			continue;
		}
		quoted = s[i] == '"';
		tokens += s[i] == ',' || s[i] == ':' || s[i] == '[' || s[i] == '{';
		if (s[i] == '[' || s[i] == '{')
			depth++;
		else if ((s[i] == ']' || s[i] == '}') && depth > 0)
			depth--;
		if (depth > DEPTH_MAX || tokens > TOKENS_MAX)
			return fault_set(f, FAULT_LIMIT, "the pdisk service's answer is too %s",
			    depth > DEPTH_MAX ? "deep" : "long");
	}
	return 0;
}

static json_t *
load_array(const char *s, size_t len, struct fault *f)
{
	json_error_t why;
	json_t *j;

	if (check_shape(s, len, f) != 0)
		return NULL;
	j = json_loadb(s, len, JSON_REJECT_DUPLICATES, &why);
	if (j == NULL) {
		fault_set(
		    f, FAULT_REPLY, "the pdisk service's answer is no JSON: %.100s", why.text);
		return NULL;
	}
	if (!json_is_array(j) || json_array_size(j) > LIMIT_VOLUMES) {
		fault_set(f, FAULT_REPLY, "the pdisk service's answer is no list%s",
		    json_is_array(j) ? " of a sane length" : "");
		json_decref(j);
		return NULL;
	}
	return j;
}

/* A member as text: "" when it is absent or null, NULL for another type than a string. */
static const char *
member(const json_t *object, const char *name)
{
	const json_t *j = json_object_get(object, name);

	if (j == NULL || json_is_null(j))
		return "";
	return json_is_string(j) ? json_string_value(j) : NULL;
}

/* A number, as the service writes it (a string) or should; -1: not readable. */
static int64_t
number(const json_t *object, const char *name)
{
	const json_t *j = json_object_get(object, name);
	int64_t n;

	if (json_is_string(j) && units_int(json_string_value(j), 0, INT64_MAX, &n) == 0)
		return n;
	if (json_is_integer(j) && json_integer_value(j) >= 0)
		return (int64_t)json_integer_value(j);
	return -1;
}

static bool
is_uuid(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; form[i] != '\0'; i++) {
		if (form[i] == '-' ? s[i] != '-'
				   : s[i] == '\0' || strchr("0123456789abcdef", s[i]) == NULL)
			return false;
	}
	return s[sizeof(form) - 1] == '\0';
}

/* --- volumes -------------------------------------------------------------------------------------- */

static int
take_volume(struct arena *a, const json_t *j, struct pdisk_volume *v, struct fault *f)
{
	const char *uuid = member(j, "uuid"), *tag = member(j, "tag"),
		   *owner = member(j, "owner"), *identifier = member(j, "identifier"),
		   *quarantine = member(j, "quarantine");
	int64_t size = number(j, "size");

	if (uuid == NULL || !is_uuid(uuid))
		return fault_set(f, FAULT_REPLY,
		    "the pdisk service lists a volume without a "
		    "UUID");
	/* the identifier and the quarantine say whether it matters; the others are for people */
	if (tag == NULL || owner == NULL || identifier == NULL || quarantine == NULL)
		return fault_set(f, FAULT_REPLY,
		    "the pdisk service's volume %s has a text that is none", uuid);
	v->uuid = arena_strdup(a, uuid);
	v->tag = arena_strndup(a, tag, LIMIT_NAME);
	v->owner =
	    arena_intern(a, owner, strlen(owner) < LIMIT_SOURCE ? strlen(owner) : LIMIT_SOURCE);
	v->identifier = arena_strndup(a, identifier, LIMIT_NAME);
	if (v->uuid == NULL || v->tag == NULL || v->owner == NULL || v->identifier == NULL)
		return fault_set(f, FAULT_LIMIT, "out of memory for the volumes");
	v->count = number(j, "count");
	v->size_gib = size > 1000 ? size >> 30 : size > 0 ? size : 0;
	v->quarantined = quarantine[0] != '\0';
	return 0;
}

int
pdisk_parse_volumes(struct arena *a, const char *json, size_t len, struct pdisk_volume **v,
    size_t *n, struct fault *f)
{
	json_t *list = load_array(json, len, f);
	int rc = -1;

	*v = NULL;
	*n = 0;
	if (list == NULL)
		return -1;
	*v = arena_calloc(a, json_array_size(list) + 1, sizeof(**v));
	if (*v == NULL) {
		fault_set(f, FAULT_LIMIT, "out of memory for the volumes");
		goto out;
	}
	for (size_t i = 0; i < json_array_size(list); i++)
		if (take_volume(a, json_array_get(list, i), &(*v)[i], f) != 0)
			goto out;
	*n = json_array_size(list);
	rc = 0;
out:
	json_decref(list);
	return rc;
}

int
pdisk_parse_mounts(struct arena *a, const char *json, size_t len, struct pdisk_mount **m,
    size_t *n, struct fault *f)
{
	json_t *list = load_array(json, len, f);
	const char *device;
	int64_t id;
	int rc = -1;

	*m = NULL;
	*n = 0;
	if (list == NULL)
		return -1;
	*m = arena_calloc(a, json_array_size(list) + 1, sizeof(**m));
	if (*m == NULL) {
		fault_set(f, FAULT_LIMIT, "out of memory for the mounts");
		goto out;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *j = json_array_get(list, i);

		if (!json_is_object(j)) {
			fault_set(
			    f, FAULT_REPLY, "the pdisk service lists a mount that is none");
			goto out;
		}
		id = number(j, "vmId");
		device = member(j, "device");
		(*m)[i].vm_id = id <= INT32_MAX ? id : -1;
		(*m)[i].device = arena_strndup(a, device != NULL ? device : "", LIMIT_NUMBER);
		if ((*m)[i].device == NULL) {
			fault_set(f, FAULT_LIMIT, "out of memory for the mounts");
			goto out;
		}
	}
	*n = json_array_size(list);
	rc = 0;
out:
	json_decref(list);
	return rc;
}

char *
pdisk_message(const char *json, size_t len, char *buf, size_t size)
{
	const char *message = NULL;
	json_t *j = NULL;

	if (check_shape(json, len, NULL) == 0)
		j = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(j))
		message = member(j, "message");
	text_safe(buf, size, TEXT_TERM, message != NULL ? message : "");
	json_decref(j);
	return buf;
}

/* --- what they mean ------------------------------------------------------------------------------- */

bool
pdisk_uuid(const char *source, char uuid[static 37])
{
	const char *from, *end;
	size_t len;

	source += strspn(source, " \t\r\n");
	if (strncmp(source, "pdisk:", 6) != 0)
		return false;
	end = source + strlen(source);
	while (end > source && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	if (end > source && end[-1] == '/')
		end--;
	for (from = end; from > source && from[-1] != '/' && from[-1] != ':';)
		from--;
	len = (size_t)(end - from);
	if (len != 36)
		return false;
	memcpy(uuid, from, len);
	uuid[len] = '\0';
	return is_uuid(uuid);
}

bool
pdisk_is_scrap(const struct pdisk_volume *v)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	return v->quarantined || strncmp(v->identifier, "snapshot:", 9) == 0 ||
	       (strlen(v->identifier) == 27 && strspn(v->identifier, digits) == 27);
}

int
pdisk_base(const char *endpoint, bool cert, char *buf, size_t size)
{
	bool bare = strstr(endpoint, "://") == NULL;
	size_t len = strlen(endpoint);
	const char *door;
	int n;

	while (len > 0 && endpoint[len - 1] == '/')
		len--;
	door = len > 5 && (strncmp(endpoint + len - 5, "/pswd", 5) == 0 ||
			      strncmp(endpoint + len - 5, "/cert", 5) == 0)
		   ? ""
	       : cert ? "/cert"
		      : "/pswd";
	n = snprintf(buf, size, "%s%.*s%s%s", bare ? "https://" : "", (int)len, endpoint,
	    bare ? ":8445" : "", door);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

static bool
has_id(const int64_t *ids, size_t n, int64_t id)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (ids[mid] == id)
			return true;
		if (ids[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

int
pdisk_orphans(struct arena *a, const char *endpoint, const struct pdisk_volume *v, size_t n,
    const int64_t *ids, size_t n_ids, struct pdisk_orphan **orphans, size_t *n_orphans)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789:/._-[]%";
	struct pdisk_orphan *o;
	void *list = NULL;
	char base[1024];

	*orphans = NULL;
	*n_orphans = 0;
	/* A person pastes it into a shell. */
	if (pdisk_base(endpoint, false, base, sizeof(base)) != 0 ||
	    strspn(base, plain) != strlen(base))
		snprintf(base, sizeof(base), "PDISK/pswd");
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; v[i].mounts_known && k < v[i].n_mounts; k++) {
			const struct pdisk_mount *m = &v[i].mounts[k];

			if (m->vm_id < 0 || has_id(ids, n_ids, m->vm_id))
				continue;
			o = arena_push(a, &list, *n_orphans, sizeof(*o));
			if (o == NULL)
				return -1;
			o->uuid = v[i].uuid;
			o->tag = v[i].tag;
			o->owner = v[i].owner;
			o->vm_id = m->vm_id;
			o->remedy = arena_printf(a,
			    "curl -X DELETE -u pdisk %s/disks/%s/mounts/%s_%lld", base,
			    v[i].uuid, v[i].uuid, (long long)m->vm_id);
			if (o->remedy == NULL)
				return -1;
			(*n_orphans)++;
		}
	}
	*orphans = list;
	return 0;
}
