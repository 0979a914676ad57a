/* SPDX-License-Identifier: ISC */
/*
 * door: from an endpoint as a person wrote it to the URL that is posted to, and what is shown there. Spelling only; pure.
 *
 * StratusLab's authentication proxy takes a password under .../pswd/xmlrpc and a certificate under .../cert/xmlrpc, and
 * what stands in the body as session means nothing to it (stratuslab.md 2.1-2.3). oned itself takes the session.
 */
#ifndef DOOR_H
#define DOOR_H

#include <stdbool.h>

#include "base/fault.h"

/*
 * 0: an http or https URL with a host and a path. -1 with advice: no scheme, another scheme, gRPC
 * (7.2 on also listens on 2634: reapers.md C.11; StratusLab's proxy too, so the port alone says
 * nothing), a user or password in the URL, no path.
 */
int	door_check(const char *endpoint, struct fault *f);

enum door_dialect {
	DOOR_AUTO,		/* by the spelling */
	DOOR_OPENNEBULA,	/* oned itself, whatever the path: the explicit direct mode */
	DOOR_STRATUSLAB		/* the spellings of StratusLab's client, its broken ones repaired */
};

enum door_way {
	DOOR_DIRECT,		/* the session is user:password; a certificate, if there is one, is for TLS only */
	DOOR_PASSWORD,		/* HTTP Basic, and no certificate: the proxy would take its name for the user's */
	DOOR_CERTIFICATE	/* a client certificate (or grid proxy), no Basic */
};
const char *door_way_str(enum door_way way);

#define DOOR_SESSION "dummy:pass"	/* the first parameter in both proxied ways: the password is not repeated */

struct door {
	char	url[1024];
	enum door_way way;
	char	repaired[128];	/* what was not written as it should be, for a note; "" */
};

/*
 * password, certificate: which credentials there are. A path that says pswd or cert chooses; else the password comes
 * first (2.3). DOOR_AUTO: a bare host name, and a path that ends in xmlrpc, are StratusLab's; localhost alone and every
 * other path are oned. Every refusal says what to write.
 */
int	door_resolve(const char *endpoint, enum door_dialect dialect, bool password, bool certificate,
	    struct door *out, struct fault *f);

#endif
