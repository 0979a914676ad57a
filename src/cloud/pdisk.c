/* SPDX-License-Identifier: ISC */
/*
 * pdisk: ask the pdisk service for its volumes, and for the mounts of each that is in use.
 *
 * The service has no "volumes of machine N" (stratuslab.md 5.5): the list, then one question a volume. Bounded in time:
 * the list may take [cloud] timeout, and all mounts together as long again; what is not answered by then is not known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cloud/http.h"
#include "cloud/limits.h"
#include "cloud/pdiskjson.h"

static int
body_add(void *ctx, const char *s, size_t len)
{
	text_addn(ctx, s, len);
	return 0;
}

/* GET path below the base, 200 or a fault. *answered: the service is there, whatever it said. */
static int
get(const struct pdisk_config *c, const char *path, int64_t timeout_ms, struct text *body,
    bool *answered, struct fault *f)
{
	char url[1024], message[200];
	size_t len;
	long status = 0;
	struct http_get_config g = {.url = url,
	    .accept = "application/json",
	    .user = c->user,
	    .password = c->password,
	    .cert_file = c->user == NULL ? c->cert_file : NULL,
	    .key_file = c->user == NULL ? c->key_file : NULL,
	    .ca_file = c->ca_file,
	    .ca_dir = c->ca_dir,
	    .insecure = c->insecure,
	    .connect_timeout_ms = c->connect_timeout_ms,
	    .timeout_ms = timeout_ms,
	    .max_bytes = LIMIT_BODY_VOLUMES,
	    .sink = body_add,
	    .ctx = body};

	*answered = false;
	if (strchr(c->endpoint, '@') != NULL) { /* not repeated: it may hold a password */
		fault_set(f, FAULT_POLICY,
		    "pdisk endpoint: a user or password does not belong into the URL");
		return fault_remedy(
		    f, "give STRATUSLAB_PDISK_USERNAME and STRATUSLAB_PDISK_PASSWORD");
	}
	if (pdisk_base(c->endpoint, c->user == NULL, url, sizeof(url)) != 0 ||
	    (len = strlen(url)) + strlen(path) >= sizeof(url))
		return fault_set(f, FAULT_POLICY, "[cloud] pdisk is too long");
	memcpy(url + len, path, strlen(path) + 1);
	text_reset(body);
	if (http_get(&g, &status, f) != HTTP_DONE)
		return fault_prefix(f, "pdisk");
	*answered = true;
	if (status == 200)
		return 0;
	http_status_say(f, "pdisk", status, NULL);
	pdisk_message(body->p, body->len, message, sizeof(message));
	return message[0] != '\0' ? fault_prefix(f, "%s", message) : -1;
}

static int
volume_cmp(const void *pa, const void *pb)
{
	const struct pdisk_volume *a = pa, *b = pb;

	return strcmp(a->uuid, b->uuid);
}

/* The mounts of one volume; what is wrong with them is said by mounts_known. -1: no further one need be asked. */
static int
get_mounts(const struct pdisk_config *c, struct arena *a, struct pdisk_volume *v,
    int64_t timeout_ms, struct text *body)
{
	struct fault why;
	bool answered;
	char path[80];

	snprintf(path, sizeof(path), "/disks/%s/mounts/", v->uuid);
	if (get(c, path, timeout_ms, body, &answered, &why) == 0 &&
	    pdisk_parse_mounts(a, body->p, body->len, &v->mounts, &v->n_mounts, &why) == 0)
		v->mounts_known = true;
	/* It went away while we asked: every further question would wait for its time-out, too. */
	return answered ? 0 : -1;
}

int
pdisk_list(const struct pdisk_config *c, struct arena *a, struct pdisk_volume **volumes,
    size_t *n, struct fault *f)
{
	int64_t limit = c->max_volumes > 0 ? c->max_volumes : LIMIT_VOLUMES, until_ns, left_ms;
	struct text body;
	bool answered;
	int rc = -1;

	*volumes = NULL;
	*n = 0;
	if (c->user == NULL && c->cert_file == NULL)
		return fault_set(f, FAULT_POLICY, "pdisk: neither a user nor a certificate");
	text_init(&body, (size_t)LIMIT_BODY_VOLUMES);
	if (get(c, "/disks/", c->timeout_ms, &body, &answered, f) != 0 ||
	    pdisk_parse_volumes(a, body.p, body.len, volumes, n, f) != 0)
		goto out;
	if (*n > (size_t)limit) {
		fault_set(f, FAULT_LIMIT, "pdisk lists %zu volumes, and %lld are the limit", *n,
		    (long long)limit);
		goto out;
	}
	/* in one order, so that two readings can be compared */
	if (*n > 1)
		qsort(*volumes, *n, sizeof(**volumes), volume_cmp);
	until_ns = clock_mono_ns() + c->timeout_ms * 1000000;
	for (size_t i = 0; i < *n; i++) {
		struct pdisk_volume *v = &(*volumes)[i];

		/* a count that cannot be read is no 0 */
		if (v->count == 0 || pdisk_is_scrap(v)) {
			v->mounts_known = true;
			continue;
		}
		left_ms = (until_ns - clock_mono_ns()) / 1000000;
		if (left_ms <= 0 || get_mounts(c, a, v, left_ms, &body) != 0)
			until_ns = 0;
	}
	rc = 0;
out:
	text_free(&body);
	return rc;
}
