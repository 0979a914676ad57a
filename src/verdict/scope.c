/* SPDX-License-Identifier: ISC */
/*
 * scope: who the policy speaks of (V2). First the lists that name, then those that exclude, then age.
 *
 * A fact that is missing matches no in-list, and every out-list that would have to look at it: a machine
 * whose owner is not known might be oneadmin's. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "verdict/vetoes.h"

/* "0", "117": a word that can only be a number of the cloud. */
static bool
is_number(const char *s)
{
	return *s != '\0' && strspn(s, "0123456789") == strlen(s);
}

static bool
has_name(const struct policy_list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!is_number(l->v[i]) && text_glob(l->v[i], name))
			return true;
	}
	return false;
}

static bool
has_number(const struct policy_list *l, int64_t number)
{
	char s[24];

	snprintf(s, sizeof(s), "%lld", (long long)number);
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i], s) == 0)
			return true;
	}
	return false;
}

/* Owners and groups of an in-list: by name, or by number. */
static bool
names_who(const struct policy_list *l, const char *name, int64_t number)
{
	return l->all || (name[0] != '\0' && has_name(l, name)) ||
	       (number >= 0 && has_number(l, number));
}

/* The same of an out-list, where a name of digits counts as well, and what is missing matches. */
static bool
excludes_who(const struct policy_list *l, const char *name, int64_t number)
{
	if (l->all || has_name(l, name) || has_number(l, number) || policy_list_has(l, name))
		return true;
	for (size_t i = 0; i < l->n; i++) {
		if (is_number(l->v[i]) ? number < 0 : name[0] == '\0')
			return true;
	}
	return false;
}

static bool
has_label(const struct policy_list *l, const struct vm *vm)
{
	if (l->all)
		return true;
	for (size_t i = 0; i < l->n; i++) {
		if (vm_has_label(vm, l->v[i]))
			return true;
	}
	return false;
}

/* Addresses, prefixes, or patterns over the text of an address. */
static bool
has_address(const struct policy_list *l, const struct vm *vm)
{
	char text[NET_STR_SIZE];
	struct prefix prefix;

	if (l->all)
		return true;
	for (size_t i = 0; i < l->n; i++) {
		bool parsed = net_prefix_parse(l->v[i], &prefix) == 0;

		for (size_t k = 0; k < vm->n_addrs; k++) {
			if (parsed ? net_prefix_has(&prefix, &vm->addrs[k].a)
				   : text_glob(l->v[i], net_addr_str(text, &vm->addrs[k].a)))
				return true;
		}
	}
	return false;
}

const char *
scope_missed(const struct policy *p, const struct vm *vm)
{
	const struct policy_list *owners = &p->scope.owners_in, *groups = &p->scope.groups_in;
	const struct policy_list *names = &p->scope.names_in, *labels = &p->scope.labels_in;

	if (!owners->given && !groups->given && !names->given && !labels->given)
		return "no in-list";
	if (owners->given && !names_who(owners, vm->uname, vm->uid))
		return "owners_in";
	if (groups->given && !names_who(groups, vm->gname, vm->gid))
		return "groups_in";
	if (names->given && !policy_list_has(names, vm->name))
		return "names_in";
	if (labels->given && !has_label(labels, vm))
		return "labels_in";
	return NULL;
}

const char *
scope_excluded(const struct policy *p, const struct vm *vm)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)vm->id);
	if (excludes_who(&p->scope.owners_out, vm->uname, vm->uid))
		return "owners_out";
	if (excludes_who(&p->scope.groups_out, vm->gname, vm->gid))
		return "groups_out";
	if (policy_list_has(&p->scope.names_out, vm->name) ||
	    (vm->name[0] == '\0' && p->scope.names_out.n > 0))
		return "names_out";
	if (has_label(&p->scope.labels_out, vm))
		return "labels_out";
	if (has_address(&p->scope.addresses_out, vm))
		return "addresses_out";
	if (policy_list_has(&p->scope.ids_out, id))
		return "ids_out";
	return NULL;
}

uint64_t
vetoes_scope(const struct policy *p, const struct vm *vm, int64_t now_s)
{
	uint64_t mask = 0;

	if (scope_missed(p, vm) != NULL)
		mask |= VETO_BIT(VETO_OUT_OF_SCOPE);
	if (scope_excluded(p, vm) != NULL)
		mask |= VETO_BIT(VETO_EXCLUDED);
	/* Not known, older than OpenNebula, or in the future: nobody can say that it is old enough. */
	if (vm->stime_s < STIME_FLOOR_S || vm->stime_s > now_s ||
	    now_s - vm->stime_s < p->scope.min_age_s)
		mask |= VETO_BIT(VETO_TOO_YOUNG);
	return mask;
}
