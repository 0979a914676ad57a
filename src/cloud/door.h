/* SPDX-License-Identifier: ISC */
/*
 * door: is this the address of an XML-RPC service? Spelling only; pure.
 */
#ifndef DOOR_H
#define DOOR_H

#include "base/fault.h"

/*
 * 0: an http or https URL with a host and a path. -1 with advice: no scheme, another scheme, gRPC
 * (7.2 on also listens on 2634: reapers.md C.11; StratusLab's proxy too, so the port alone says
 * nothing), a user or password in the URL, no path.
 */
int	door_check(const char *endpoint, struct fault *f);

#endif
