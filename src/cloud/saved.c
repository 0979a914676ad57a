/* SPDX-License-Identifier: ISC */
/*
 * saved: a listing from a file: `onevm list -x`, `onevm show -x`, or a captured XML-RPC response.
 *
 * Goes through the same codecs as a live one, so that an audit of a saved listing and of the cloud
 * agree. Must never take a file that ends early for a whole one.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cloud/era.h"
#include "cloud/limits.h"
#include "cloud/listing.h"
#include "cloud/vmxml.h"
#include "cloud/xmlrpc.h"

#define SNIFF 4096 /* an XML declaration and a comment fit; the root element follows */

struct saved {
	struct vmxml *machines;
	struct xmlrpc *envelope; /* NULL: the file is the document itself */
	bool sniffed;
	char head[SNIFF + 1];
	size_t head_len;
};

/* The root element's name starts at the result; NULL: not to be seen yet. */
static const char *
root_find(const char *s)
{
	const char *end;

	if (strncmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	for (;;) {
		s += strspn(s, " \t\r\n");
		if (strncmp(s, "<?", 2) == 0)
			end = strstr(s, "?>");
		else if (strncmp(s, "<!--", 4) == 0)
			end = strstr(s, "-->");
		else
			return s[0] == '<' ? s + 1 : NULL;
		if (end == NULL)
			return NULL;
		s = strchr(end, '>') + 1;
	}
}

static void
on_value(void *ctx, const char *s, size_t len)
{
	vmxml_feed(ctx, s, len);
}

static int
saved_pass(struct saved *s, const char *p, size_t len)
{
	return s->envelope != NULL ? xmlrpc_feed(s->envelope, p, len)
				   : vmxml_feed(s->machines, p, len);
}

/* The beginning of the file says whether there is an envelope. */
static int
saved_begin(struct saved *s, struct fault *f)
{
	const char *root = root_find(s->head);

	s->sniffed = true;
	if (root != NULL && strncmp(root, "methodResponse", 14) == 0) {
		s->envelope = xmlrpc_new(on_value, s->machines);
		if (s->envelope == NULL)
			return fault_set(f, FAULT_SYSTEM, "out of memory");
	}
	saved_pass(s, s->head, s->head_len);
	return 0;
}

static int
saved_feed(struct saved *s, const char *p, size_t len, struct fault *f)
{
	size_t n;

	if (!s->sniffed) {
		n = SNIFF - s->head_len < len ? SNIFF - s->head_len : len;
		memcpy(s->head + s->head_len, p, n);
		s->head_len += n;
		s->head[s->head_len] = '\0';
		p += n;
		len -= n;
		if (s->head_len < SNIFF)
			return 0;
		if (saved_begin(s, f) != 0)
			return -1;
	}
	if (len > 0)
		saved_pass(s, p, len); /* a refusal is kept and told at the end */
	return 0;
}

static int
saved_end(struct saved *s, struct fault *f)
{
	struct xmlrpc_reply reply;

	if (!s->sniffed && saved_begin(s, f) != 0)
		return -1;
	if (s->envelope != NULL) {
		if (xmlrpc_end(s->envelope, &reply, f) != 0)
			return -1;
		if (reply.fault || !reply.success)
			return fault_set(
			    f, FAULT_REPLY, "the answer in it is a refusal: %s", reply.text);
	}
	return vmxml_end(s->machines, f);
}

/* The era that such a document most likely comes from; the version ends in "?" to say so. */
static const struct era *
era_guess(const struct vmxml_seen *seen, const struct vm_list *vms, char version[32])
{
	const char *guess = "7.2.0", *name = "7.x?";
	bool failed = false;

	for (size_t i = 0; i < vms->n; i++)
		failed = failed || vms->v[i].state == 7;
	if (seen->history_direct)
		guess = "2.2", name = "2.2?";
	else if (!seen->user_template && (seen->permissions || vms->n > 0))
		guess = "3.2.1", name = "3.x?";
	else if (failed)
		guess = "4.4", name = "4.x?";
	strcpy(version, name);
	return era_by_version(guess);
}

int
cloud_saved(int fd, const char *name, const char *version, struct arena *a, struct listing *l,
    struct fault *f)
{
	struct saved s = {NULL};
	struct vm_list vms = {NULL, 0};
	struct fault why = {.kind = FAULT_NONE};
	bool guess = version == NULL || strcmp(version, "auto") == 0;
	char buf[16384];
	ssize_t n;
	int r = -1;

	memset(l, 0, sizeof(*l));
	l->account = (struct account){.uid = -1, .name = ""};
	l->era = guess ? NULL : era_by_version(version);
	if (!guess && l->era == NULL) {
		fault_set(&why, FAULT_USAGE, "version %s of OpenNebula is not known", version);
		goto out;
	}
	s.machines = vmxml_new(a, l->era, INT64_MAX, &vms);
	if (s.machines == NULL) {
		fault_set(&why, FAULT_SYSTEM, "out of memory");
		goto out;
	}
	for (;;) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		l->bytes += n;
		if (saved_feed(&s, buf, (size_t)n, &why) != 0)
			goto out;
	}
	if (n < 0) {
		fault_set(&why, FAULT_SYSTEM, "cannot read it: %s", strerror(errno));
		goto out;
	}
	r = saved_end(&s, &why);
	if (guess)
		l->era = era_guess(vmxml_seen(s.machines), &vms, l->version);
	else
		strncpy(l->version, version, sizeof(l->version) - 1);
	l->attributes = true;
	for (size_t i = 0; i < vms.n; i++) {
		if (guess && (vms.v[i].odd & VM_ODD_TWICE) == 0 && vms.v[i].id >= 0)
			vm_classify(l->era, &vms.v[i]);
		l->attributes = l->attributes && vms.v[i].full;
	}
	l->vms = vms.v;
	l->n = listing_sort(vms.v, vms.n);
out:
	xmlrpc_free(s.envelope);
	vmxml_free(s.machines);
	l->complete = r == 0;
	if (r == 0)
		return 0;
	fault_prefix(&why, "%s", name);
	if (why.remedy[0] == '\0')
		fault_remedy(&why, "save it again: `onevm list --extended -x > FILE`");
	l->why = why;
	if (f != NULL)
		*f = why;
	return -1;
}
