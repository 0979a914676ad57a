/* SPDX-License-Identifier: ISC */
/*
 * vmtake: the state of vmxml's parser, and the functions that take one element's text into it. Private
 * to vmxml.c and vmtake.c.
 */
#ifndef VMTAKE_H
#define VMTAKE_H

#include "cloud/disk.h"
#include "cloud/limits.h"
#include "cloud/vmxml.h"
#include "cloud/xmlpath.h"

/* One HISTORY record; the last one tells where the machine is. */
struct history_record {
	int64_t seq, host_id;
	const char *host;
	int64_t stime_s, rstime_s, retime_s, pstime_s, estime_s, eetime_s;
	bool has_rstime;
};

struct vmxml {
	struct xmlpath *path;
	struct arena *arena;
	const struct era *era;
	int64_t max_machines;
	struct vm_list *out;
	bool limit;
	bool doubt;
	int64_t flaw; /* id of the machine where the document went wrong; -1: not known */
	struct vmxml_seen seen;

	/* the machine being read */
	struct vm vm;
	bool has_id;
	uint64_t once; /* children of VM that were there */
	uint64_t filled; /* and held something */
	bool permissions, user_template, history_records, history_direct;
	struct vm_addr addrs[LIMIT_ADDRS];
	struct vm_disk disks[LIMIT_DISKS];
	struct disk_words words[LIMIT_DISKS]; /* judged at the end: the body may not be full */
	struct vm_attr attrs[LIMIT_ATTRS];
	struct vm_attr template_attrs[LIMIT_ATTRS];
	uint32_t n_template_attrs;
	char attr_name[LIMIT_ATTR_NAME + 1];
	bool action_done, locked;

	/* the NIC being read */
	size_t nic_from; /* its first address */
	const char *network;
	int32_t network_id;

	struct history_record record, last;
	size_t n_records;
	bool ran, all_rstime;
};

/* A child of VM, of TEMPLATE or USER_TEMPLATE, of a DISK, of a NIC or NIC_ALIAS, of a HISTORY. */
void	vmtake_vm(struct vmxml *x, unsigned node, const char *s, size_t len, bool cut);
void	vmtake_template(struct vmxml *x, unsigned node, const char *s, size_t len, bool cut);
void	vmtake_disk(struct vmxml *x, unsigned node, const char *s, size_t len, bool cut);
void	vmtake_nic(struct vmxml *x, unsigned node, const char *s, size_t len);
void	vmtake_history(struct vmxml *x, unsigned node, const char *s, size_t len, bool cut);

/* A monitored figure, "" for what is no decimal number. */
const char *vmtake_figure(struct vmxml *x, const char *s);
void	vmtake_lock(struct vmxml *x, const char *s);
/* "10.0.0.1,fe80::1": what the guest agent found. */
void	vmtake_guest_list(struct vmxml *x, const char *s, bool cut);
/* Around the children of a NIC: its network belongs to all of its addresses. */
void	vmtake_nic_begin(struct vmxml *x);
void	vmtake_nic_end(struct vmxml *x);

#endif
