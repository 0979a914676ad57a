/* SPDX-License-Identifier: ISC */
/*
 * list: does a word match a list of the policy. Pure, apart from the reader, so that verdict/ can link it.
 */
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
