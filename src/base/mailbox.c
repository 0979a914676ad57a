/* SPDX-License-Identifier: ISC */
/*
 * mailbox: what is not surely one plain address is none. Pure.
 */
#include <string.h>

#include "base/mailbox.h"

#define ALNUM	   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define LOCAL_MAX  64
#define LABEL_MAX  63
#define DOMAIN_MAX 253

static bool
is_local(const char *s, size_t len)
{
	if (len == 0 || len > LOCAL_MAX || strspn(s, ALNUM "._+-") != len)
		return false;
	if (strchr(".-", s[0]) != NULL || strchr(".-", s[len - 1]) != NULL)
		return false;
	for (size_t i = 1; i < len; i++)
		if (s[i] == '.' && s[i - 1] == '.')
			return false;
	return true;
}

static bool
is_domain(const char *s)
{
	size_t len = strlen(s), n;

	if (len == 0 || len > DOMAIN_MAX)
		return false;
	for (;;) {
		n = strspn(s, ALNUM "-");
		if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
			return false;
		if (s[n] == '\0')
			return true;
		if (s[n] != '.')
			return false;
		s += n + 1;
	}
}

bool
mailbox_is(const char *s)
{
	const char *at = s != NULL ? strchr(s, '@') : NULL;

	return at != NULL && strlen(s) <= MAILBOX_MAX && is_local(s, (size_t)(at - s)) &&
	       is_domain(at + 1);
}
