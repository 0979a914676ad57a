/* SPDX-License-Identifier: ISC */
/*
 * fuzz_ini: any bytes as a policy. Errors are clean and bounded, or there is a policy; a policy
 * prints as INI that reads back to the very same print, and is armed only if the file was whole.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_back(const struct policy *p)
{
	struct policy_errors errors;
	struct text first, second;
	struct policy *again;
	struct fault f;

	text_init(&first, 4 * POLICY_BYTES_MAX);
	text_init(&second, 4 * POLICY_BYTES_MAX);
	policy_print(p, &first);
	if (policy_parse("printed", first.p, first.len, "/state", &again, &errors, &f) != 0) {
		fprintf(stderr, "%s\n%s", errors.text.p, first.p);
		abort();
	}
	policy_print(again, &second);
	BUG_ON(strcmp(first.p, second.p) != 0);
	BUG_ON(p->reap.armed != again->reap.armed);
	policy_free(again);
	text_free(&errors.text);
	text_free(&first);
	text_free(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_errors errors;
	struct policy *p;
	struct fault f = {0};
	const char *s;

	if (policy_parse("fuzz", (const char *)data, size, "/state", &p, &errors, &f) != 0) {
		BUG_ON(
		    p != NULL || errors.n == 0 || f.kind != FAULT_POLICY || f.msg[0] == '\0');
		for (s = errors.text.p; *s != '\0'; s++)
			BUG_ON((unsigned char)*s < ' ' && *s != '\n');
	} else {
		BUG_ON(errors.n != 0 || errors.text.len != 0);
		BUG_ON(p->cloud.name == NULL || p->cloud.endpoint == NULL ||
		       strchr(p->cloud.endpoint, '@') != NULL);
		BUG_ON(p->unknown.grace_s < POLICY_GRACE_MIN_S ||
		       p->failed.grace_s < POLICY_GRACE_MIN_S);
		BUG_ON(p->reap.armed && (p->reap.auth_file == NULL || data[size - 1] != '\n'));
		read_back(p);
	}
	policy_free(p);
	text_free(&errors.text);
	return 0;
}
