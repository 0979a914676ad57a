/* SPDX-License-Identifier: ISC */
/*
 * mailbox: addresses of mail, in a grammar much narrower than RFC 5322's, because what a tenant writes into the cloud's
 * user record goes into a header.
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdbool.h>

#define MAILBOX_MAX 254	/* bytes: RFC 5321, 4.5.3.1.3, without its angle brackets */

/*
 * LOCAL@DOMAIN: the local part of 1 to 64 letters, digits and . _ + - that neither begins nor ends with a point or dash
 * and has no two points in a row; the domain of labels of letters, digits and dashes (RFC 1123), one label included
 * (localhost). No quotes, comments, routes (%, !), pipes or files. NULL: false.
 */
bool	mailbox_is(const char *s);

#endif
