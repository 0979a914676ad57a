/* SPDX-License-Identifier: ISC */
/*
 * privileges: what this process may do beyond an ordinary one. Ping needs cap_net_raw where the
 * kernel gives no datagram sockets for it (plugins.md A12); nothing else here needs any.
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>

#include "base/fault.h"

/*
 * Drop every capability of the process, for good; with keep_net_raw all but cap_net_raw, if it
 * is there. Called twice by a program that pings: first with true, and with false after its
 * last probe. 0 when they are gone (checked), -1 with a fault when not. The bounding set stays,
 * so that a notify hook may run setuid programs such as sendmail.
 */
int	probe_drop_privileges(bool keep_net_raw, struct fault *f);

#endif
