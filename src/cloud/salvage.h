/* SPDX-License-Identifier: ISC */
/*
 * salvage: what is certain about a machine whose document is not well-formed. A codec, pure.
 *
 * Before 4.12 names stand in the documents unescaped. But a name can only add to the text: what the daemon wrote is
 * still there, byte for byte. So an element that occurs once in all of the text is the daemon's, and the ids that
 * begin machines are among those that are found. Nothing else of such a text is believed.
 */
#ifndef SALVAGE_H
#define SALVAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud/limits.h"

struct salvage {
	int32_t	state, lcm;			/* -1: not certain */
	char	name[LIMIT_NAME + 1];		/* as it stands up to its first end tag; only to be shown */
};

/*
 * The document of one machine, s[0..len), that was asked for by its id; cut: it was longer. False if it does not begin
 * as the document of that machine does.
 */
bool	salvage_machine(const char *s, size_t len, bool cut, int64_t id, struct salvage *out);

/* The ids in the document of a pool, in whatever pieces it comes. Begin with {.ids = array, .room = its length}. */
struct salvage_ids {
	int64_t	*ids;
	size_t	n, room;	/* n > room: there were more */
	size_t	at, end;	/* how much of an opening, and of the pool's end tag, was seen */
	int64_t	id;		/* being read; -1: no digit yet */
};
void	salvage_ids_feed(struct salvage_ids *x, const char *s, size_t len);
/* True if the text ended with the pool's end tag: then no machine is missing from ids. */
bool	salvage_ids_whole(const struct salvage_ids *x);

#endif
