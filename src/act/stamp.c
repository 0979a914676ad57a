/* SPDX-License-Identifier: ISC */
/*
 * stamp: one attribute, written with the notice and emptied when the machine has recovered.
 */
#include <stdio.h>

#include "act/stamp.h"
#include "base/units.h"

enum tell_result
stamp_write(struct tell *t, const struct era *era, const struct vm *vm, int64_t not_before_s,
    struct fault *f)
{
	const struct policy *p = t->policy;
	char value[160], when[24];
	int rc;

	if (t->act->reaper == NULL) {
		fault_set(f, FAULT_STATE, "there is no account that may stamp it");
		return TELL_FAILED;
	}
	if (tell_cloud_has_ended(t))
		return TELL_SKIPPED;
	snprintf(value, sizeof(value), "kill after %s, keep by %s",
	    units_time_str(when, sizeof(when), not_before_s), p->scope.keep_attribute);
	rc = cloud_append(t->act->reaper, era, vm->id, STAMP_NAME, value, f);
	tell_cloud_answered(t, rc, f);
	return rc == 0 ? TELL_DONE : TELL_FAILED;
}

void
stamp_clear(struct tell *t, const struct verdict_input *in)
{
	int done = 0, rc;

	if (!t->policy->notify.stamp || t->act->reaper == NULL)
		return;
	for (size_t i = 0; i < in->listing->n && done < STAMP_CLEAR_MAX; i++) {
		const struct vm *vm = &in->listing->vms[i];
		const char *value = vm_attr(vm, STAMP_NAME);
		struct fault why = {.kind = FAULT_NONE};

		if (value == NULL || value[0] == '\0' || vm->cls == VM_CLASS_DONE ||
		    in->records[i].confirmations > 0)
			continue;
		if (tell_cloud_has_ended(t))
			return;
		done++;
		rc = cloud_append(
		    t->act->reaper, in->listing->era, vm->id, STAMP_NAME, "", &why);
		tell_cloud_answered(t, rc, &why);
		if (rc != 0)
			tell_row(t, NOTICE_STAMP, vm, &why);
	}
}
