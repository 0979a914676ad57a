/* SPDX-License-Identifier: ISC */
/*
 * marketplace: fetch what the Marketplace says of an image, and refuse what should not be started.
 *
 * By default the server hides expired and deprecated entries behind a 404 (stratuslab.md 6.2): it is asked again for
 * those, so that a person learns "withdrawn, because" and not "no such image".
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "cloud/http.h"
#include "cloud/limits.h"
#include "cloud/marketplace.h"

#define DEFAULT_ENDPOINT "https://marketplace.stratuslab.eu"

static int
body_add(void *ctx, const char *s, size_t len)
{
	text_addn(ctx, s, len);
	return 0;
}

/* The body for one status word; "" stands for the default. 0, with *status of the answer; -1: none came. */
static int
fetch(const struct marketplace_config *c, const char *id, const char *status_word,
    struct text *body, long *status, struct fault *f)
{
	const char *endpoint = c->endpoint != NULL ? c->endpoint : DEFAULT_ENDPOINT;
	size_t len = strlen(endpoint);
	char url[1024];
	struct http_get_config get = {.url = url,
	    .accept = "application/xml",
	    .ca_file = c->ca_file,
	    .ca_dir = c->ca_dir,
	    .insecure = c->insecure,
	    .connect_timeout_ms = c->connect_timeout_ms,
	    .timeout_ms = c->timeout_ms,
	    .max_bytes = LIMIT_BODY_METADATA,
	    .sink = body_add,
	    .ctx = body};

	while (len > 0 && endpoint[len - 1] == '/')
		len--;
	if (snprintf(url, sizeof(url), "%.*s/metadata/%s%s%s", (int)len, endpoint, id,
		status_word[0] != '\0' ? "?status=" : "", status_word) >= (int)sizeof(url))
		return fault_set(f, FAULT_USAGE, "the Marketplace's address is too long");
	text_reset(body);
	*status = 0;
	if (http_get(&get, status, f) != HTTP_DONE)
		return fault_prefix(f, "the Marketplace");
	return 0;
}

/* An entry that came with 200, and may it be used? */
static int
judge(const struct marketplace_config *c, const struct image_metadata *m, struct fault *f)
{
	char when[24];

	if (c->allow_withdrawn)
		return 0;
	if (m->deprecated != NULL) {
		fault_set(f, FAULT_GONE, "image %s was withdrawn by %s: %s", m->identifier,
		    m->endorser, m->deprecated[0] != '\0' ? m->deprecated : "no reason given");
		return fault_remedy(f, "choose a newer image, or ask for this one expressly");
	}
	if (m->valid_s <= c->now_s) {
		fault_set(f, FAULT_GONE, "the endorsement of image %s by %s ended at %s",
		    m->identifier, m->endorser, units_time_str(when, sizeof(when), m->valid_s));
		return fault_remedy(f, "choose a newer image, or ask for this one expressly");
	}
	if (m->n_locations == 0) {
		fault_set(f, FAULT_REPLY,
		    "Image location(s) are not set in manifest for the image with ID %s",
		    m->identifier);
		return fault_remedy(f, "ask its endorser %s where it is", m->endorser);
	}
	return 0;
}

int
marketplace_fetch(const struct marketplace_config *c, struct arena *a, const char *id,
    struct image_metadata *m, struct fault *f)
{
	static const char *const words[] = {"", "deprecated", "expired"};
	struct text body;
	char hex[41];
	long status = 0;
	int rc = -1;

	if (marketplace_id_to_sha1(id, hex) != 0) {
		fault_set(f, FAULT_USAGE, "%.60s is no Marketplace identifier", id);
		return fault_remedy(
		    f, "it has 27 letters, digits, - and _, the first one of A to P");
	}
	if (c->endpoint != NULL && strncmp(c->endpoint, "http://", 7) != 0 &&
	    strncmp(c->endpoint, "https://", 8) != 0) {
		fault_set(
		    f, FAULT_USAGE, "the Marketplace's address %.200s is no URL", c->endpoint);
		return fault_remedy(f, "write the whole of it, such as %s", DEFAULT_ENDPOINT);
	}
	text_init(&body, (size_t)LIMIT_BODY_METADATA);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (fetch(c, id, words[i], &body, &status, f) != 0)
			goto out;
		if (status == 200) {
			rc = marketplace_parse(a, body.p, body.len, id, m, f);
			if (rc == 0)
				rc = judge(c, m, f);
			goto out;
		}
		if (status != 404) {
			http_status_say(f, "the Marketplace", status, NULL);
			goto out;
		}
	}
	fault_set(f, FAULT_GONE, "the Marketplace has no image %s", id);
	fault_remedy(f, "look for it at %s/metadata",
	    c->endpoint != NULL ? c->endpoint : DEFAULT_ENDPOINT);
out:
	text_free(&body);
	return rc;
}
