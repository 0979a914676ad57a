/* SPDX-License-Identifier: ISC */
/*
 * caller: the door of the person who types a command: options over environment over files, as the tools that the person
 * knows do it (stratuslab.md 2.2, 2.3, 3; reapers.md C.11 Auth). Used by run, describe, connect, shutdown, kill and the
 * canary; the sweep takes its doors from the policy.
 */
#ifndef CALLER_H
#define CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "cloud/cloud.h"
#include "cloud/era.h"

/* What stands on the command line; NULL: not given. */
struct caller_options {
	const char *endpoint;		/* --endpoint */
	const char *username, *password;/* -u, -p (said aloud: a password on a command line is seen by others) */
	const char *pem_cert, *pem_key;
	const char *config, *section;	/* -c, -S */
	const char *auth_file;		/* user:password */
	const char *version;		/* OpenNebula version, where it cannot be asked */
	const char *ca_file, *ca_dir;
	bool	insecure;
};

struct caller {
	struct arena *arena;
	struct cloud *cloud;
	const struct era *era;		/* NULL: not known */
	char	version[32];
	const char *endpoint;		/* as it was meant, for messages */
	bool	stratuslab;		/* through the StratusLab proxy, or said so */
	const char *user;		/* login name, for messages; "" with a certificate */
	/* services beside the cloud; NULL: not configured */
	const char *marketplace, *pdisk, *pdisk_user, *pdisk_password;
	const char *cert_file, *key_file, *ca_file, *ca_dir;
	bool	insecure;
	const char *public_key_file;	/* STRATUSLAB_KEY, user_public_key_file, ~/.ssh/id_rsa.pub (first that exists) */
	const char *default_type;	/* instance type; NULL */
};

/* Open the door: resolve, read files, ask the version. 0, or -1 with f naming option, variable or file and line. */
int	caller_open(const struct caller_options *o, struct caller *out, struct fault *f);
void	caller_close(struct caller *c);	/* NULL-safe; wipes */

#endif
