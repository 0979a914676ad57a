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

/* StratusLab's other services. Metadata are some KiB; a Marketplace lists several endorsers of one image. */
#define LIMIT_BODY_METADATA	(INT64_C(4) << 20)
#define LIMIT_LOCATIONS		16
#define LIMIT_VOLUMES		100000	/* of a pdisk service; 200 bytes of JSON each */
#define LIMIT_BODY_VOLUMES	(INT64_C(64) << 20)
#define LIMIT_ORPHANS		64	/* machines of orphaned mounts that are looked up singly */

/* Listing. */
/*
 * Machines that a sweep looks at one by one because they are unknown or have failed. oned takes 2 ms for each (rig.md): ten
 * seconds of it. More than that is a storm, in which nobody is killed.
 */
#define LIMIT_INSPECTIONS	5000
#define LIMIT_FAILURES_IN_A_ROW	32	/* of them, and the rest is left alone: the cloud is sick */
#define LIMIT_MISSING_CHECKS	32	/* machines that a host names and the listing lacks: looked up singly */
/*
 * Calls beyond the usual ones, to read around documents that tenants' names spoil. The first such machine costs some
 * twenty, others near it four; at 10 ms each these are 20 s. A cloud that needs more has somebody at work in it.
 */
#define LIMIT_RECOVERY_CALLS	2000
#define LIMIT_SALVAGE		65536	/* bytes of a malformed document that are searched; real ones have 2,000 to 20,000 */
#define LIMIT_PAGE_GROWTH	4096	/* ranges without machines widen up to this many pages */

#endif
