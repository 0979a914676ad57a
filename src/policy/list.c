/* SPDX-License-Identifier: ISC */
/*
 * list: what lists of the policy say of a word, and who is told. Pure, apart from the reader, so that verdict/ can link it.
 */
#include <string.h>

#include "base/text.h"
#include "policy/policy.h"

bool
policy_list_has(const struct policy_list *l, const char *s)
{
	size_t i;

	if (l->all)
		return true;
	for (i = 0; s != NULL && i < l->n; i++)
		if (text_glob(l->v[i], s))
			return true;
	return false;
}

bool
policy_tells(const struct policy *p)
{
	return p->notify.hook != NULL || p->notify.mail != NULL || p->notify.stamp;
}

const char *
policy_owner_address(const struct policy *p, const char *owner)
{
	const struct policy_list *l = &p->notify.owners;
	size_t len = owner != NULL ? strlen(owner) : 0;

	for (size_t i = 0; len > 0 && i < l->n; i++) {
		/* its last '=': addresses have none (keys.c) */
		const char *equals = strrchr(l->v[i], '=');

		if (equals != NULL && (size_t)(equals - l->v[i]) == len &&
		    memcmp(l->v[i], owner, len) == 0)
			return equals + 1;
	}
	return NULL;
}
