/* SPDX-License-Identifier: ISC */
/*
 * pools: hosts and accounts as documents, as the two recorded daemons write them.
 */
#include <string.h>

#include "inner.h"

/* Is the machine counted on this host? One in migration is on two at once. */
static bool
holds(const struct sim *sim, const struct host *h, const struct machine *m)
{
	size_t n = m->v.n_history;
	bool moving = m->v.state == 3 && (m->v.lcm == 4 || m->v.lcm == 7);

	if (n == 0)
		return false;
	if (sim->era != SIM_720 ? m->v.state != 3 : !states_on_host(m->v.state, m->v.lcm))
		return false;
	return m->hist[n - 1].hid == h->h.id ||
	       (moving && n > 1 && m->hist[n - 2].hid == h->h.id);
}

static size_t
count_held(const struct sim *sim, const struct host *h, int64_t *memory_mib)
{
	size_t i, n = 0;

	*memory_mib = 0;
	for (i = 0; i < sim->n_vms; i++)
		if (holds(sim, h, sim->vms[i])) {
			*memory_mib += sim->vms[i]->v.memory_mib;
			n++;
		}
	return n;
}

void
pools_monitoring(struct text *t, const struct sim *sim, const struct host *h)
{
	int64_t at = model_host_mon(sim, h);

	if (at == 0)
		return;
	docs_rawf(t,
	    "<MONITORING><TIMESTAMP>%lld</TIMESTAMP><ID>%d</ID><CAPACITY>"
	    "<FREE_CPU><![CDATA[700]]></FREE_CPU><FREE_MEMORY><![CDATA[16000000]]></"
	    "FREE_MEMORY>"
	    "<USED_CPU><![CDATA[100]]></USED_CPU><USED_MEMORY><![CDATA[1048576]]></USED_MEMORY>"
	    "</CAPACITY><SYSTEM><NETRX><![CDATA[50104]]></NETRX>"
	    "<NETTX><![CDATA[1241307]]></NETTX></SYSTEM></MONITORING>",
	    (long long)at, h->h.id);
}

/* HOST/TEMPLATE of 7.2.0: a host never monitored lacks what the agent reports. */
static void
template_720(struct text *t, const struct sim *sim, const struct host *h)
{
	bool known = model_host_mon(sim, h) != 0;
	struct text ids;
	char when[32];
	size_t i;

	docs_raw(t, "<TEMPLATE>");
	if (known)
		docs_raw(
		    t, "<ARCH><![CDATA[x86_64]]></ARCH><CPUSPEED><![CDATA[3200]]></CPUSPEED>");
	if (h->h.error != NULL) {
		docs_time(when, h->error_s);
		docs_rawf(t, "<ERROR><![CDATA[%s : %s]]></ERROR>", when, h->h.error);
	}
	if (known) {
		docs_cdata(t, "HOSTNAME", h->h.name);
		docs_cdata(t, "HYPERVISOR", "dummy");
	}
	docs_cdata(t, "IM_MAD", "dummy");
	if (known)
		docs_cdata(t, "MODELNAME", "Dummy(R) Core @ 3.2GHz");
	docs_cdata(t, "RESERVED_CPU", "");
	docs_cdata(t, "RESERVED_MEM", "");
	if (known)
		docs_raw(t, "<TOTALCPU><![CDATA[8000000]]></TOTALCPU>"
			    "<TOTALMEMORY><![CDATA[167772160000]]></TOTALMEMORY>");
	if (h->h.wild != NULL)
		docs_cdata(t, "TOTAL_WILDS", "1");
	if (h->h.n_zombies > 0)
		docs_cdata_int(t, "TOTAL_ZOMBIES", (int64_t)h->h.n_zombies);
	if (known)
		docs_cdata(t, "VERSION", "7.2.0");
	if (h->h.wild != NULL)
		docs_rawf(t,
		    "<VM><DEPLOY_ID><![CDATA[0f5d4a52-8f6e-4c1b-9a8e-3b1a2c7f0001]]></"
		    "DEPLOY_ID>"
		    "<ID><![CDATA[-1]]></ID><IMPORT_TEMPLATE><![CDATA[TkFNRT0i]]></"
		    "IMPORT_TEMPLATE>"
		    "<VM_NAME><![CDATA[%s]]></VM_NAME></VM>",
		    h->h.wild);
	docs_cdata(t, "VM_MAD", "dummy");
	docs_optional(t, "WILDS", h->h.wild);
	if (h->h.n_zombies > 0) {
		text_init(&ids, DOC_MAX);
		for (i = 0; i < h->h.n_zombies; i++)
			text_addf(&ids, "%s%d", i > 0 ? ", " : "", h->h.zombies[i]);
		docs_cdata(t, "ZOMBIES", ids.p);
		text_free(&ids);
	}
	docs_raw(t, "</TEMPLATE>");
}

static void
host_720(struct text *t, const struct sim *sim, const struct host *h, bool with_monitoring)
{
	bool known = model_host_mon(sim, h) != 0;
	int64_t mib;
	size_t i, held = count_held(sim, h, &mib);

	docs_raw(t, "<HOST>");
	docs_int(t, "ID", h->h.id);
	docs_text(t, "NAME", h->h.name);
	docs_int(t, "STATE", h->h.state);
	docs_int(t, "PREV_STATE", h->h.state);
	docs_raw(t, "<IM_MAD><![CDATA[dummy]]></IM_MAD><VM_MAD><![CDATA[dummy]]></VM_MAD>"
		    "<CLUSTER_ID>0</CLUSTER_ID><CLUSTER>default</CLUSTER><HOST_SHARE>");
	docs_int(t, "MEM_USAGE", mib * 1024);
	docs_int(t, "CPU_USAGE", (int64_t)held * 10);
	docs_rawf(t,
	    "<TOTAL_MEM>%s</TOTAL_MEM><TOTAL_CPU>%s</TOTAL_CPU><MAX_MEM>%s</MAX_MEM>"
	    "<MAX_CPU>%s</MAX_CPU>",
	    known ? "167772160000" : "0", known ? "8000000" : "0", known ? "167772160000" : "0",
	    known ? "8000000" : "0");
	docs_int(t, "RUNNING_VMS", (int64_t)held);
	docs_rawf(t,
	    "<VMS_THREAD>1</VMS_THREAD><DATASTORES><DISK_USAGE><![CDATA[0]]></DISK_USAGE>"
	    "<FREE_DISK><![CDATA[%s]]></FREE_DISK><MAX_DISK><![CDATA[%s]]></MAX_DISK>"
	    "<USED_DISK><![CDATA[%s]]></USED_DISK></DATASTORES><PCI_DEVICES></PCI_DEVICES>"
	    "<NUMA_NODES></NUMA_NODES></HOST_SHARE><VMS>",
	    known ? "20480" : "0", known ? "20480" : "0", known ? "9720" : "0");
	for (i = 0; i < sim->n_vms; i++)
		if (holds(sim, h, sim->vms[i]))
			docs_int(t, "ID", sim->vms[i]->v.id);
	docs_raw(t, "</VMS>");
	template_720(t, sim, h);
	if (with_monitoring && known)
		pools_monitoring(t, sim, h);
	else
		docs_raw(t, "<MONITORING/>");
	docs_raw(t, "</HOST>");
}

static void
host_321(struct text *t, const struct sim *sim, const struct host *h)
{
	int64_t mib;
	size_t held = count_held(sim, h, &mib);
	char when[32];

	docs_raw(t, "<HOST>");
	docs_int(t, "ID", h->h.id);
	docs_text(t, "NAME", h->h.name);
	docs_int(t, "STATE", h->h.state);
	docs_raw(t, "<IM_MAD>im_dummy</IM_MAD><VM_MAD>vmm_dummy</VM_MAD><VN_MAD>dummy</VN_MAD>"
		    "<TM_MAD>tm_dummy</TM_MAD>");
	docs_int(t, "LAST_MON_TIME", model_host_mon(sim, h));
	docs_raw(t, "<HOST_SHARE><DISK_USAGE>0</DISK_USAGE>");
	docs_int(t, "MEM_USAGE", mib * 1024);
	docs_int(t, "CPU_USAGE", (int64_t)held * 10);
	docs_raw(t,
	    "<MAX_DISK>0</MAX_DISK><MAX_MEM>1677721600</MAX_MEM><MAX_CPU>80000</MAX_CPU>"
	    "<FREE_DISK>0</FREE_DISK><FREE_MEM>1677721600</FREE_MEM>"
	    "<FREE_CPU>80000</FREE_CPU><USED_DISK>0</USED_DISK><USED_MEM>0</USED_MEM>"
	    "<USED_CPU>0</USED_CPU>");
	docs_int(t, "RUNNING_VMS", (int64_t)held);
	docs_raw(t, "</HOST_SHARE><TEMPLATE><CPUSPEED><![CDATA[2200]]></CPUSPEED>");
	if (h->h.error != NULL) {
		docs_time(when, h->error_s);
		docs_raw(t, "<ERROR>");
		docs_cdata(t, "MESSAGE", h->h.error);
		docs_cdata(t, "TIMESTAMP", when);
		docs_raw(t, "</ERROR>");
	}
	docs_raw(t, "<FREECPU><![CDATA[80000]]></FREECPU>"
		    "<FREEMEMORY><![CDATA[1677721600]]></FREEMEMORY>");
	docs_cdata(t, "HOSTNAME", h->h.name);
	docs_raw(t, "<HYPERVISOR><![CDATA[dummy]]></HYPERVISOR>"
		    "<TOTALCPU><![CDATA[80000]]></TOTALCPU>"
		    "<TOTALMEMORY><![CDATA[1677721600]]></TOTALMEMORY>"
		    "<USEDCPU><![CDATA[0]]></USEDCPU><USEDMEMORY><![CDATA[0]]></USEDMEMORY>"
		    "</TEMPLATE></HOST>");
}

void
pools_host(struct text *t, const struct sim *sim, const struct host *h, bool with_monitoring)
{
	if (sim->era != SIM_720)
		host_321(t, sim, h);
	else
		host_720(t, sim, h, with_monitoring);
}

/* 64 digits in the place of a password's hash: made from the name, worth nothing. */
static void
fake_hash(char out[65], const char *name)
{
	uint64_t h = 1469598103934665603u;
	size_t i;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	for (i = 0; i < 64; i++) {
		h = h * 6364136223846793005u + 1442695040888963407u;
		out[i] = "0123456789abcdef"[h >> 60];
	}
	out[64] = '\0';
}

void
pools_user(struct text *t, const struct sim *sim, const struct sim_user *u)
{
	static const char quotas[] =
	    "<DATASTORE_QUOTA></DATASTORE_QUOTA><NETWORK_QUOTA>"
	    "</NETWORK_QUOTA><VM_QUOTA></VM_QUOTA><IMAGE_QUOTA></IMAGE_QUOTA>";
	char hash[65];
	size_t i;

	fake_hash(hash, u->name);
	docs_raw(t, "<USER>");
	docs_int(t, "ID", u->id);
	docs_int(t, "GID", u->gid);
	if (sim->era == SIM_720)
		docs_rawf(t, "<GROUPS><ID>%d</ID></GROUPS>", u->gid);
	docs_text(t, "GNAME", u->gname);
	docs_text(t, "NAME", u->name);
	if (sim->era != SIM_720) {
		hash[40] = '\0';
		docs_text(t, "PASSWORD", hash);
		docs_raw(t, "<AUTH_DRIVER>core</AUTH_DRIVER>");
	} else {
		docs_cdata(t, "PASSWORD", hash);
		docs_cdata(t, "AUTH_DRIVER", "core");
	}
	docs_raw(t, u->disabled ? "<ENABLED>0</ENABLED>" : "<ENABLED>1</ENABLED>");
	docs_raw(t, "<TEMPLATE>");
	if (u->list_asc && sim->era == SIM_720)
		docs_raw(t, "<OPENNEBULA><API_LIST_ORDER><![CDATA[ASC]]></API_LIST_ORDER>"
			    "</OPENNEBULA>");
	for (i = 0; i < u->n_attrs; i++)
		if (sim->era != SIM_720 || strcmp(u->attrs[i].name, "TOKEN_PASSWORD") < 0)
			docs_cdata(t, u->attrs[i].name, u->attrs[i].value);
	if (sim->era == SIM_720)
		docs_cdata(t, "TOKEN_PASSWORD", hash);
	for (i = 0; i < u->n_attrs; i++)
		if (sim->era == SIM_720 && strcmp(u->attrs[i].name, "TOKEN_PASSWORD") > 0)
			docs_cdata(t, u->attrs[i].name, u->attrs[i].value);
	docs_raw(t, "</TEMPLATE>");
	if (sim->era == SIM_720) {
		docs_raw(t, quotas);
		docs_rawf(t, "<DEFAULT_USER_QUOTAS>%s</DEFAULT_USER_QUOTAS>", quotas);
	}
	docs_raw(t, "</USER>");
}
