/* SPDX-License-Identifier: ISC */
/*
 * tplxml: VMTEMPLATE_POOL, and of each template what finding it by name needs. A codec, pure.
 *
 * Documented shape (one@3.2 and one@7.4.0:src/vm_template/VMTemplate.cc): ID, UID, GID, UNAME, GNAME, NAME, then what
 * is not read here. None was captured.
 */
#ifndef TPLXML_H
#define TPLXML_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"

struct tpl {
	int64_t	id;
	const char *name, *uname;	/* as given, bounded; a name that was cut is "" and matches nothing */
};

struct tpl_list {
	struct tpl *v;
	size_t	n;
};

struct tplxml;

/* A parser for one document that appends its templates to *out (kept in a). NULL: no memory. */
struct tplxml *tplxml_new(struct arena *a, struct tpl_list *out);
void	tplxml_free(struct tplxml *x);		/* NULL-safe */
int	tplxml_feed(struct tplxml *x, const char *s, size_t len);
/* 0: the document was whole and every template has an ID; -1: f says why not (FAULT_REPLY or FAULT_LIMIT). */
int	tplxml_end(struct tplxml *x, struct fault *f);

#endif
