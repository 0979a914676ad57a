/* SPDX-License-Identifier: ISC */
/*
 * limits: how much of what a cloud says is taken in. Every bound of cloud/ stands here, with its
 * reason. Text beyond a bound is cut and flagged (VM_ODD_TEXT, VM_ODD_LIMIT); documents beyond one are
 * refused, and the listing is incomplete.
 */
#ifndef LIMITS_H
#define LIMITS_H

/* Texts, bytes. OpenNebula stores names of 128 characters (3.x on); UTF-8 may double that. */
#define LIMIT_NAME		256	/* names of machines, owners, groups, hosts, networks, images */
#define LIMIT_ATTR_NAME		128
#define LIMIT_ATTR_VALUE	1024	/* dates, words, addresses; longer is a document, not a setting */
#define LIMIT_LABELS		2048
#define LIMIT_ERROR		512	/* driver errors hold whole command lines; a report shows one line */
#define LIMIT_SOURCE		1024	/* image sources are paths and URLs */
#define LIMIT_GUEST_LIST	1024	/* GUEST_IP_ADDRESSES; a container host has dozens */
#define LIMIT_NUMBER		40	/* any number of 64 bits, and then some */
#define LIMIT_ZOMBIES		4000	/* HOST/TEMPLATE/ZOMBIES is one text: "10359, 99999" */

/* Per machine. Real ones have 1 to 5 of each; PCI and boot menus bring some to 20. */
#define LIMIT_ADDRS		64
#define LIMIT_DISKS		64
#define LIMIT_ATTRS		64

#define LIMIT_TIME_MAX		253402300799	/* 9999-12-31: beyond it a time is no time */
#define LIMIT_MIB_MAX		(INT64_C(1) << 40)	/* 1 EiB in MiB: sums cannot overflow */

/* HTTP. oned's own MESSAGE_SIZE is 1 GiB (oned.conf). */
#define LIMIT_BODY_POOL		(INT64_C(1) << 30)
#define LIMIT_BODY_ONE		(INT64_C(16) << 20)	/* one machine, one user, one answer */
#define LIMIT_REQUEST		131072	/* a session of 4 KiB, a template, both escaped, and five parameters */
#define LIMIT_TEMPLATE		65536	/* of a machine to be: OpenNebula's own templates take a few KiB */

/* Listing. */
#define LIMIT_MISSING_CHECKS	32	/* machines that a host names and the listing lacks: looked up singly */
#define LIMIT_PAGE_GROWTH	4096	/* ranges without machines widen up to this many pages */

#endif
