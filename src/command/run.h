/* SPDX-License-Identifier: ISC */
/*
 * run: what `vmreaper run' and stratus-run-instance want, and how an image becomes a template. Private to run.c,
 * image.c.
 */
#ifndef COMMAND_RUN_H
#define COMMAND_RUN_H

#include "cloud/launch.h"
#include "command/instance.h"
#include "command/template.h"

#define RUN_NUMBER_MAX	 1000
#define RUN_TEMPLATE_MAX (64 << 10)

/* How a fault ends the original: as an error of the run (255), or at once (1). */
enum run_end { RUN_ERROR, RUN_FATAL };

struct run {
	struct instance in;
	struct caller c;

	int64_t number;
	const char *type;		/* NULL: the caller's, else m1.small */
	int64_t cpu, ram_mb, swap_mb;	/* -1: the type's */
	const char *key, *context_file, *context_text, *output;
	const char *volume, *readonly;	/* as given: a UUID, a Marketplace identifier */
	const char *marketplace, *pdisk, *pdisk_user, *pdisk_password;
	const char *bus;		/* NULL: the image's */
	bool	qcow, withdrawn, template;

	struct template_spec spec;
	struct vm_attr context[TEMPLATE_CONTEXT_MAX];
	char	*key_text, *context_bytes, *context_copy;
	enum run_end end;
};

/* What the argument is: "BtSK...": 27 characters of the Marketplace's alphabet; a UUID in lower case. */
bool	image_is_identifier(const char *s);
bool	image_is_uuid(const char *s);

/*
 * Fill r->spec for an image: resolve it, read key and context, check the volume. -1: f, and r->end how the original
 * ends. Tells on stderr what the Marketplace says of the image.
 */
int	image_resolve(struct run *r, const char *image, struct fault *f);

#endif
