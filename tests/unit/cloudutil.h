/* SPDX-License-Identifier: ISC */
/*
 * cloudutil: what the tests of cloud/ share: captured files, and documents fed in pieces.
 */
#ifndef CLOUDUTIL_H
#define CLOUDUTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cloud/cloud.h"
#include "cloud/era.h"
#include "cloud/vmxml.h"
#include "cloud/xmlrpc.h"

#define MACHINES_MAX 100000

/* Path below tests/data/captures into buf. */
static inline const char *
capture_path(char buf[static 512], const char *file)
{
	const char *top = getenv("top_srcdir");

	snprintf(buf, 512, "%s/tests/data/captures/%s", top != NULL ? top : ".", file);
	return buf;
}

/* A whole captured file; the caller frees. */
static inline char *
capture_read(const char *file, size_t *len)
{
	char path[512];
	FILE *f = fopen(capture_path(path, file), "r");
	char *s;

	if (f == NULL)
		fail_msg("%s: cannot open", path);
	fseek(f, 0, SEEK_END);
	*len = (size_t)ftell(f);
	rewind(f);
	s = malloc(*len + 1);
	assert_int_equal(fread(s, 1, *len, f), *len);
	s[*len] = '\0';
	fclose(f);
	return s;
}

static inline void
machines_sink(void *ctx, const char *s, size_t len)
{
	vmxml_feed(ctx, s, len);
}

/*
 * A response through both codecs, in pieces of at most `piece` bytes. Returns 0 when envelope and
 * document were whole and the reply good.
 */
static inline int
response_parse(struct arena *a, const struct era *era, const char *s, size_t len, size_t piece,
    struct vm_list *out, struct xmlrpc_reply *reply, struct fault *f)
{
	struct vmxml *x = vmxml_new(a, era, MACHINES_MAX, out);
	struct xmlrpc *envelope = xmlrpc_new(machines_sink, x);
	int r = -1;

	for (size_t n; len > 0; s += n, len -= n) {
		n = len < piece ? len : piece;
		if (xmlrpc_feed(envelope, s, n) != 0)
			break;
	}
	if (xmlrpc_end(envelope, reply, f) == 0 && !reply->fault && reply->success)
		r = vmxml_end(x, f);
	xmlrpc_free(envelope);
	vmxml_free(x);
	return r;
}

/* An inner document alone, in pieces. */
static inline int
document_parse(struct arena *a, const struct era *era, const char *s, size_t len, size_t piece,
    struct vm_list *out, struct fault *f)
{
	struct vmxml *x = vmxml_new(a, era, MACHINES_MAX, out);
	int r;

	for (size_t n; len > 0; s += n, len -= n) {
		n = len < piece ? len : piece;
		if (vmxml_feed(x, s, n) != 0)
			break;
	}
	r = vmxml_end(x, f);
	vmxml_free(x);
	return r;
}

/* Everything that a machine says, as text: two machines are equal if their texts are. */
static inline char *
vm_text(const struct vm *v)
{
	char *s = NULL, addr[NET_STR_SIZE];
	size_t n = 0;
	FILE *f = open_memstream(&s, &n);

	fprintf(f, "%lld uid=%d gid=%d [%s|%s|%s] %d/%d cls=%d odd=%x full=%d\n", (long long)v->id,
	    v->uid, v->gid, v->name, v->uname, v->gname, v->state, v->lcm, v->cls, v->odd, v->full);
	fprintf(f, "t %lld %lld %lld deploy=[%s] host=%lld [%s] seq=%lld\n", (long long)v->stime_s,
	    (long long)v->etime_s, (long long)v->last_poll_s, v->deploy_id, (long long)v->host_id,
	    v->host, (long long)v->seq);
	fprintf(f, "h %lld %lld %lld %lld %lld %lld ran=%d\n", (long long)v->hstime_s,
	    (long long)v->rstime_s, (long long)v->retime_s, (long long)v->pstime_s,
	    (long long)v->estime_s, (long long)v->eetime_s, v->ever_ran);
	fprintf(f, "nics=%u", v->n_nics);
	for (size_t i = 0; i < v->n_addrs; i++)
		fprintf(f, " %s(%d,%s,%d)", net_addr_str(addr, &v->addrs[i].a), v->addrs[i].origin,
		    v->addrs[i].network != NULL ? v->addrs[i].network : "-",
		    v->addrs[i].network_id);
	for (size_t i = 0; i < v->n_disks; i++)
		fprintf(f, "\ndisk %d kind=%d persistent=%d size=%lld [%s]", v->disks[i].id,
		    v->disks[i].kind, v->disks[i].persistent, (long long)v->disks[i].size_mib,
		    v->disks[i].image != NULL ? v->disks[i].image : "-");
	for (size_t i = 0; i < v->n_attrs; i++)
		fprintf(f, "\nattr %s=[%s]", v->attrs[i].name, v->attrs[i].value);
	fprintf(f, "\nlabels=[%s] lock=%d service=%lld vrouter=%lld imported=%d sched=%d create=%d "
		   "snapshots=%d error=[%s]",
	    v->labels != NULL ? v->labels : "-", v->lock, (long long)v->service_id,
	    (long long)v->vrouter_id, v->imported, v->sched_action, v->create_image, v->snapshots,
	    v->error != NULL ? v->error : "-");
	fprintf(f, "\ncpu=%.3f vcpu=%d mem=%lld disk=%lld\n", v->cpu, v->vcpu,
	    (long long)v->memory_mib, (long long)v->disk_mib);
	fclose(f);
	return s;
}

#endif
