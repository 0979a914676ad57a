/* SPDX-License-Identifier: ISC */
/*
 * disk: volatile, image, CD or volume; persistent, not, or not known.
 */
#include <string.h>

#include "cloud/disk.h"

static char
ascii_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool
disk_word_is_n(const char *s, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (word[i] == '\0' || ascii_lower(s[i]) != ascii_lower(word[i]))
			return false;
	}
	return word[n] == '\0';
}

bool
disk_word_is(const char *s, const char *word)
{
	return disk_word_is_n(s, strlen(s), word);
}

enum tri
disk_word_tri(const char *s)
{
	if (disk_word_is(s, "YES"))
		return TRI_YES;
	return disk_word_is(s, "NO") ? TRI_NO : TRI_UNKNOWN;
}

static enum disk_kind
disk_kind(const struct disk_words *w)
{
	if (w->source != NULL && strncmp(w->source, "pdisk:", 6) == 0)
		return DISK_VOLUME;
	if (w->cdrom)
		return DISK_CDROM;
	if (w->has_image_id || w->image != NULL)
		return DISK_IMAGE;
	/* A swap or scratch disk is made for the machine and has no source. */
	return w->volatile_type && w->source == NULL ? DISK_VOLATILE : DISK_OTHER;
}

/* True for a source that is fetched from the web: nothing can be saved back to it. */
static bool
is_web(const char *source)
{
	return source != NULL &&
	       (strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0);
}

static enum tri
disk_persistent(const struct disk_words *w, enum disk_kind kind, bool full)
{
	if (kind == DISK_VOLUME || w->persistent == TRI_YES || w->save == TRI_YES)
		return TRI_YES;
	switch (kind) {
	case DISK_VOLATILE:
	case DISK_CDROM:
		return TRI_NO;
	case DISK_IMAGE:
		/* Only persistent images are used in place (CLONE=NO); the short body says no more. */
		if (w->clone == TRI_NO && !full)
			return TRI_YES;
		if (w->clone == TRI_YES && full)
			return TRI_NO;
		break;
	case DISK_OTHER:
		/* StratusLab's base images: SOURCE=https://marketplace..., SAVE=no. */
		if (is_web(w->source) && w->save == TRI_NO && full)
			return TRI_NO;
		break;
	case DISK_VOLUME:
		break;
	}
	return TRI_UNKNOWN;
}

void
disk_judge(const struct disk_words *w, bool full, struct vm_disk *disk)
{
	disk->kind = disk_kind(w);
	disk->persistent = disk_persistent(w, disk->kind, full);
	disk->image = w->image != NULL ? w->image : w->source;
}
