/* SPDX-License-Identifier: ISC */
/*
 * disk: what kind of disk the words of a DISK element describe, and whether its data outlive the
 * machine. Pure. "Not known" is an answer, and counts as persistent (V6): only what is certainly not
 * persistent is called so. Sources: rig.md "Where things live", reapers.md C.6, captures.
 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stddef.h>

#include "cloud/cloud.h"

/* The words of one DISK element. */
struct disk_words {
	const char *source, *image;	/* NULL: absent or empty */
	bool	has_image_id, cdrom, volatile_type;
	enum tri clone, save, persistent;	/* TRI_UNKNOWN: absent, or no word that we know */
};

/* YES or NO in any case (3.2.1 keeps what the user wrote: "no"), else TRI_UNKNOWN. */
enum tri disk_word_tri(const char *s);
/* ASCII, case-insensitive, whatever the locale (tr_TR has another idea of 'i'). */
bool	disk_word_is(const char *s, const char *word);
/* The same for the first n bytes of s. */
bool	disk_word_is_n(const char *s, size_t n, const char *word);

/* Fills kind, persistent and image of *disk. full: the body leaves no words out. */
void	disk_judge(const struct disk_words *w, bool full, struct vm_disk *disk);

#endif
