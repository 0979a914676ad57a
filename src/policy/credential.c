/* SPDX-License-Identifier: ISC */
/*
 * credential: the session string "user:password" of an account file.
 *
 * Must never show it: no message here quotes the contents, and every copy is wiped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/file.h"
#include "policy/policy.h"

#define CREDENTIAL_MAX 8192 /* a long token, and room */

static const struct file_rule credential_rule = {"credential file", CREDENTIAL_MAX, true};

/* Where the session is when the policy names no file: as OpenNebula's own tools, but strictly. */
static int
find_file(char *buf, size_t size, struct fault *f)
{
	const char *env = getenv("ONE_AUTH"), *home;
	int n;

	if (env != NULL && *env != '\0') {
		n = snprintf(buf, size, "%s", env);
	} else {
		home = getenv("HOME");
		if (home == NULL || *home == '\0') {
			fault_set(f, FAULT_POLICY,
			    "no credential file: neither auth_file nor $ONE_AUTH nor $HOME is "
			    "set");
			return fault_remedy(f, "set auth_file under [cloud] in the policy");
		}
		n = snprintf(buf, size, "%s/.one/one_auth", home);
	}
	if (n < 0 || (size_t)n >= size)
		return fault_set(
		    f, FAULT_POLICY, "the path of the credential file is too long");
	return 0;
}

/* What is wrong with the len bytes of a session, or NULL. */
static const char *
find_flaw(const char *s, size_t len)
{
	const char *colon;
	size_t i;

	if (len == 0)
		return "is empty";
	for (i = 0; i < len; i++) {
		if (s[i] == '\n' || s[i] == '\r')
			return "has more than one line";
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return "holds a control byte";
	}
	colon = memchr(s, ':', len);
	if (colon == NULL)
		return "has no colon";
	if (colon == s)
		return "has no user before the colon";
	if (colon == s + len - 1)
		return "has no password after the colon";
	return NULL;
}

int
policy_credential(const char *path, char **session, struct fault *f)
{
	char found[4096], *bytes;
	const char *flaw;
	size_t len, size;

	*session = NULL;
	if (path == NULL) {
		if (find_file(found, sizeof(found), f) == -1)
			return -1;
		path = found;
	}
	if (file_read(path, &credential_rule, &bytes, &size, f) == -1)
		return -1;
	for (len = size;
	     len > 0 && strchr("\r\n", bytes[len - 1]) != NULL && bytes[len - 1] != '\0';)
		len--;
	flaw = find_flaw(bytes, len);
	if (flaw != NULL) {
		explicit_bzero(bytes, size);
		free(bytes);
		fault_set(f, FAULT_POLICY, "credential file %s %s", path, flaw);
		return fault_remedy(f, "write one line, user:password");
	}
	bytes[len] = '\0';
	*session = bytes;
	return 0;
}

void
policy_credential_free(char *session)
{
	if (session == NULL)
		return;
	explicit_bzero(session, strlen(session));
	free(session);
}
