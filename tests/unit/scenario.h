/* SPDX-License-Identifier: ISC */
/*
 * scenario: what the numbered scenarios (reapers.md D.2) share: a document about one machine, read by the real
 * codec, in the place of the inviting machine of fleet.c; and the judgement of it in one line.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "cloudutil.h"
#include "fleet.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Parts of the document of machine 42; NULL: as it invites to a kill. */
struct parts {
	const char *name;		/* of the row */
	const char *vm;			/* more children of VM */
	const char *state;		/* STATE and LCM_STATE */
	const char *owner;		/* UID and UNAME */
	const char *disk;		/* the DISK elements */
	const char *template;		/* more children of TEMPLATE */
	const char *user;		/* children of USER_TEMPLATE */
	const char *machine;		/* its NAME, as bytes of XML */
};

static inline const char *
part_or(const char *part, const char *usual)
{
	return part != NULL ? part : usual;
}

/* one.vm.info of 7.2.0, as captured, without what nobody reads. The caller frees. */
static inline char *
scenario_document(const struct parts *p)
{
	char *s = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&s, &n);

	fprintf(f,
	    "<VM><ID>42</ID>%s<GID>100</GID><GNAME>users</GNAME><NAME>%s</NAME>"
	    "<PERMISSIONS><OWNER_U>1</OWNER_U></PERMISSIONS>%s<STIME>%d</STIME><ETIME>0</ETIME>"
	    "<DEPLOY_ID>one-x</DEPLOY_ID>%s<TEMPLATE><CPU>1</CPU><VCPU>1</VCPU><MEMORY>1024</MEMORY>"
	    "%s<NIC><IP>10.0.1.42</IP><NETWORK>private</NETWORK><NETWORK_ID>1</NETWORK_ID></NIC>%s"
	    "</TEMPLATE><USER_TEMPLATE>%s</USER_TEMPLATE><HISTORY_RECORDS><HISTORY><SEQ>0</SEQ>"
	    "<HOSTNAME>node4</HOSTNAME><HID>4</HID><STIME>%d</STIME><RSTIME>%d</RSTIME></HISTORY>"
	    "</HISTORY_RECORDS></VM>",
	    part_or(p->owner, "<UID>7</UID><UNAME>alice</UNAME>"), part_or(p->machine, "web"),
	    part_or(p->state, "<STATE>3</STATE><LCM_STATE>16</LCM_STATE>"), FLEET_NOW - 40 * DAY,
	    part_or(p->vm, ""),
	    part_or(p->disk,
		"<DISK><DISK_ID>0</DISK_ID><IMAGE>ttylinux</IMAGE><IMAGE_ID>3</IMAGE_ID>"
		"<CLONE>YES</CLONE><SAVE>NO</SAVE><SIZE>2048</SIZE><TYPE>FILE</TYPE></DISK>"),
	    part_or(p->template, ""), part_or(p->user, ""), FLEET_NOW - 39 * DAY,
	    FLEET_NOW - 39 * DAY);
	fclose(f);
	return s;
}

/* Machine 0 of the fleet becomes the one of the document. -1: no document that a listing is made of. */
static inline int
fleet_read(struct fleet *f, const char *doc, struct fault *fault)
{
	struct vm_list vms = {NULL, 0};

	if (document_parse(f->a, f->listing.era, doc, strlen(doc), 7, &vms, fault) != 0 ||
	    vms.n != 1)
		return -1;
	f->vms[0] = vms.v[0];
	fleet_record_follows(f, 0);
	return 0;
}

/* The inviting fleet with a machine of these parts, judged. fleet_free afterwards. */
static inline struct fleet *
fleet_of_parts(const struct parts *p)
{
	struct fleet *f = fleet_new();
	struct fault fault = {.kind = FAULT_NONE};
	char *doc = scenario_document(p);

	if (fleet_read(f, doc, &fault) != 0)
		fail_msg("%s: %s", part_or(p->name, "?"), fault.msg);
	free(doc);
	fleet_judge(f);
	return f;
}

/* Kept, for this reason first (and, with VETO_COUNT, killed). */
static inline void
expect_veto(const struct fleet *f, const char *name, enum veto want)
{
	const struct judgement *j = &f->out[0];

	if (j->veto != want || fleet_kills(f, f->vms[0].id) != (want == VETO_COUNT))
		fail_msg("%s: %s, wanted %s; gates %x", name, veto_code(j->veto), veto_code(want),
		    (unsigned)f->run.gates);
}

static inline bool
fleet_has_veto(const struct fleet *f, enum veto v)
{
	return (f->out[0].vetoes & (uint64_t)1 << v) != 0;
}

#endif
