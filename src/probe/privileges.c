/* SPDX-License-Identifier: ISC */
/*
 * privileges: hides libcap-ng. It must never report success while a capability is left.
 */
#include "config.h"

#include <cap-ng.h>

#include "probe/privileges.h"

int
probe_drop_privileges(bool keep_net_raw, struct fault *f)
{
	capng_results_t left;

	if (capng_get_caps_process() != 0)
		return fault_set(f, FAULT_SYSTEM, "cannot read the process's capabilities");
	keep_net_raw = keep_net_raw && capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW);
	capng_clear(CAPNG_SELECT_CAPS);
	capng_clear(CAPNG_SELECT_AMBIENT);
	if (keep_net_raw &&
	    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW) != 0)
		return fault_set(f, FAULT_SYSTEM, "cannot keep cap_net_raw");
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 || capng_apply(CAPNG_SELECT_AMBIENT) != 0 ||
	    capng_get_caps_process() != 0)
		return fault_set(f, FAULT_SYSTEM, "cannot drop capabilities");
	if (keep_net_raw) /* look at all the others */
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW);
	left = capng_have_capabilities(CAPNG_SELECT_CAPS);
	if (left != CAPNG_NONE)
		return fault_set(f, FAULT_SYSTEM, "capabilities are left after dropping them");
	return 0;
}
