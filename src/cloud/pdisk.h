/* SPDX-License-Identifier: ISC */
/*
 * pdisk: StratusLab's persistent disks over REST and JSON (stratuslab.md 5.4-5.6): volumes, and who has them mounted.
 * Hot-plugged volumes stand in no VM document, so only this service knows that a machine holds data.
 */
#ifndef PDISK_H
#define PDISK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"

struct pdisk_mount {
	int64_t	vm_id;			/* -1: not readable */
	const char *device;		/* "static": attached at launch; "vda"...: hot-plugged */
};

struct pdisk_volume {
	const char *uuid, *tag, *owner, *identifier;	/* "" when absent */
	int64_t	count;			/* mounts, or snapshots of an origin; -1: not readable */
	int64_t	size_gib;		/* "GB if at most 1000, else bytes"; 0: not known */
	bool	quarantined;
	struct pdisk_mount *mounts;	/* read for volumes with count > 0 that are data (5.5: which to ignore) */
	size_t	n_mounts;
	bool	mounts_known;		/* false: GET .../mounts/ failed: persistence not known */
};

struct pdisk_config {
	const char *endpoint;		/* bare host or URL (5.5) */
	const char *user, *password;	/* or NULL and a certificate */
	const char *cert_file, *key_file;
	const char *ca_file, *ca_dir;
	bool	insecure;
	int64_t	connect_timeout_ms, timeout_ms;
	int64_t	max_volumes;
};

/* Every volume that the account sees, with the mounts of those that matter. -1: the service did not answer, f says why. */
int	pdisk_list(const struct pdisk_config *c, struct arena *a, struct pdisk_volume **volumes,
	    size_t *n, struct fault *f);

/* Codecs, pure. */
int	pdisk_parse_volumes(struct arena *a, const char *json, size_t len, struct pdisk_volume **v,
	    size_t *n, struct fault *f);
int	pdisk_parse_mounts(struct arena *a, const char *json, size_t len, struct pdisk_mount **m,
	    size_t *n, struct fault *f);
/* The UUID in a disk SOURCE ("pdisk:...", 5.4), or false. */
bool	pdisk_uuid(const char *source, char uuid[static 37]);

/* A volume that a machine still holds on paper though it is Done or gone, with the command that mends it. */
struct pdisk_orphan {
	const char *uuid, *tag, *owner;
	int64_t	vm_id;
	char	*remedy;		/* DELETE .../mounts/UUID_VMID, as a curl line without a password */
};
/* ids: ascending ids of machines that exist and are not Done, from a complete listing. Pure. */
int	pdisk_orphans(struct arena *a, const char *endpoint, const struct pdisk_volume *v, size_t n,
	    const int64_t *ids, size_t n_ids, struct pdisk_orphan **orphans, size_t *n_orphans);

#endif
