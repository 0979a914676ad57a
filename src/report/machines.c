/* SPDX-License-Identifier: ISC */
/*
 * machines: machines without a sweep around them, for programs. Pure.
 */
#include <stdlib.h>

#include "report/json.h"
#include "report/machines.h"

int
report_machines_json(
    const struct era *era, const struct vm *vms, size_t n, struct text *out, struct fault *f)
{
	json_t *j;
	char *s;
	size_t i;

	text_add(out, "{\"format\":1,\"machines\":[");
	for (i = 0; i < n; i++) {
		j = json_machine(era, &vms[i], NULL);
		json_object_set_new(j, "error", json_text(vms[i].error));
		json_object_set_new(j, "cpu_used", json_text(vms[i].seen_cpu));
		json_object_set_new(j, "memory_used_kib", json_text(vms[i].seen_memory));
		s = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
		json_decref(j);
		if (s == NULL)
			return fault_set(f, FAULT_SYSTEM, "no memory for machine %lld",
			    (long long)vms[i].id);
		text_add(out, i > 0 ? ",\n" : "\n");
		text_add(out, s);
		free(s);
	}
	text_add(out, n > 0 ? "\n]}\n" : "]}\n");
	if (out->cut)
		return fault_set(
		    f, FAULT_LIMIT, "%zu machines do not fit into %zu bytes", n, out->max);
	return 0;
}
