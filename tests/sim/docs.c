/* SPDX-License-Identifier: ISC */
/*
 * docs: one machine as an XML document, element by element as the recorded 7.2.0 writes it.
 *
 * Order, empty elements and CDATA follow the captures; where they had only one example the
 * order by name is used, which both daemons keep. It writes only; nothing here decides.
 */
#include <stdio.h>
#include <string.h>

#include "inner.h"

static const char *const context_names[] = {"DNS", "EXTERNAL", "GATEWAY", "IP", "IP6",
    "IP6_GATEWAY", "IP6_METHOD", "IP6_METRIC", "IP6_PREFIX_LENGTH", "IP6_ULA", "MAC", "MASK",
    "METHOD", "METRIC", "MTU", "NETWORK", "ROUTES", "SEARCH_DOMAIN", "VLAN_ID", "VROUTER_IP",
    "VROUTER_IP6", "VROUTER_MANAGEMENT"};

/* The block of one NIC or alias; prefix: "ETH0" or "ETH0_ALIAS0". */
static void
context_nic(struct text *t, const struct sim_vm *v, size_t i, const char *prefix)
{
	const struct sim_nic *n = &v->nics[i];
	const char *what, *value;
	char name[64], mac[24];
	size_t k;

	docs_mac_text(mac, v, i);
	for (k = 0; k < sizeof(context_names) / sizeof(context_names[0]); k++) {
		what = context_names[k];
		value = NULL;
		if (strcmp(what, "IP") == 0)
			value = n->ip;
		else if (strcmp(what, "IP6") == 0)
			value = n->ip6 != NULL ? n->ip6 : n->ip6_global;
		else if (strcmp(what, "IP6_PREFIX_LENGTH") == 0)
			value = n->ip6 != NULL ? "64" : NULL;
		else if (strcmp(what, "IP6_ULA") == 0)
			value = n->ip6_ula;
		else if (strcmp(what, "MAC") == 0)
			value = mac;
		snprintf(name, sizeof(name), "%s_%s", prefix, what);
		docs_cdata(t, name, value != NULL ? value : "");
	}
}

/* What the machine was asked for with. */
static void
context_given(struct text *t, const struct sim_vm *v)
{
	size_t i;

	for (i = 0; i < v->n_context; i++)
		docs_cdata(t, v->context_attrs[i].name, v->context_attrs[i].value);
	if (model_attr(v->context_attrs, v->n_context, "TARGET") == NULL)
		docs_cdata(t, "TARGET", "hda");
	docs_raw(t, "</CONTEXT>");
}

static void
context_720(struct text *t, const struct sim_vm *v)
{
	char prefix[40];
	size_t i, eth = 0, alias = 0;

	docs_raw(t, "<CONTEXT>");
	docs_cdata_int(t, "DISK_ID", (int64_t)v->n_disks);
	if (v->n_context > 0 && model_attr(v->context_attrs, v->n_context, "NETWORK") == NULL) {
		context_given(t, v);
		return;
	}
	for (i = 0; i < v->n_nics;
	     i++) /* all aliases are the first NIC's, and sort before it */
		if (v->nics[i].alias) {
			snprintf(prefix, sizeof(prefix), "ETH0_ALIAS%zu", alias++);
			context_nic(t, v, i, prefix);
		}
	for (i = 0; i < v->n_nics; i++)
		if (!v->nics[i].alias) {
			snprintf(prefix, sizeof(prefix), "ETH%zu", eth++);
			context_nic(t, v, i, prefix);
		}
	if (v->n_context > 0) {
		context_given(t, v);
		return;
	}
	docs_cdata(t, "NETWORK", "YES");
	docs_cdata(t, "SSH_PUBLIC_KEY", "ssh-rsa AAAA test");
	docs_cdata(t, "TARGET", "hda");
	docs_raw(t, "</CONTEXT>");
}

/* A disk of an image: what differs between the three kinds. */
static void
image_disk_720(struct text *t, const struct sim_disk *d, size_t id)
{
	bool keeps = d->kind == SIM_DISK_PERSISTENT, cd = d->kind == SIM_DISK_CDROM;
	char target[8];

	docs_cdata(t, "ALLOW_ORPHANS", "NO");
	docs_cdata(t, "CLONE", keeps || cd ? "NO" : "YES");
	docs_cdata(t, "CLONE_TARGET", "SYSTEM");
	docs_raw(t, "<CLUSTER_ID><![CDATA[0]]></CLUSTER_ID>"
		    "<DATASTORE><![CDATA[dummyimg]]></DATASTORE>"
		    "<DATASTORE_ID><![CDATA[100]]></DATASTORE_ID>");
	if (!cd)
		docs_cdata(t, "DEV_PREFIX", "sd");
	docs_cdata_int(t, "DISK_ID", (int64_t)id);
	docs_cdata(t, "DISK_SNAPSHOT_TOTAL_SIZE", "0");
	docs_cdata(t, "DISK_TYPE", "FILE");
	docs_cdata(t, "DRIVER", keeps ? "raw" : "dummy_format");
	docs_cdata(t, "FORMAT", keeps ? "raw" : "dummy_format");
	docs_cdata(t, "IMAGE", d->image);
	docs_cdata_int(t, "IMAGE_ID", d->image_id);
	docs_cdata(t, "IMAGE_STATE", keeps ? "8" : "2");
	docs_cdata(t, "LN_TARGET", "NONE");
	docs_cdata_int(t, "ORIGINAL_SIZE", d->size_mib);
	if (keeps)
		docs_cdata(t, "PERSISTENT", "YES");
	docs_cdata(t, "PERSISTENT_SNAPSHOTS", "YES");
	docs_cdata(t, "READONLY", cd ? "YES" : "NO");
	docs_cdata(t, "SAVE", keeps ? "YES" : "NO");
	docs_cdata_int(t, "SIZE", d->size_mib);
	docs_cdata(t, "SOURCE", "dummy_path");
	snprintf(target, sizeof(target), "sd%c", (char)('a' + id % 26));
	docs_cdata(t, "TARGET", cd ? "hda" : target);
	docs_cdata(t, "TM_MAD", "dummy");
	docs_cdata(t, "TYPE", cd ? "CDROM" : "FILE");
}

static void
nic_720(struct text *t, const struct sim_vm *v, size_t i)
{
	const struct sim_nic *n = &v->nics[i];
	const char *tag = n->alias ? "NIC_ALIAS" : "NIC";
	size_t k, aliases = 0;
	struct text ids;

	docs_open(t, tag);
	text_init(&ids, DOC_MAX);
	for (k = 0; k < v->n_nics; k++) {
		if (!v->nics[k].alias)
			continue;
		if (k < i)
			aliases++;
		text_addf(&ids, "%s%zu", ids.len > 0 ? "," : "", k);
	}
	if (n->alias)
		docs_cdata_int(t, "ALIAS_ID", (int64_t)aliases);
	else if (i == 0 && ids.len > 0)
		docs_cdata(t, "ALIAS_IDS", ids.p);
	text_free(&ids);
	docs_cdata(t, "AR_ID", "0");
	docs_rawf(t, "<BRIDGE><![CDATA[br%d]]></BRIDGE>", n->network_id);
	docs_cdata(t, "BRIDGE_TYPE", "linux");
	docs_cdata(t, "CLUSTER_ID", "0");
	docs_optional(t, "EXTERNAL_IP", n->external_ip);
	docs_optional(t, "IP", n->ip);
	docs_optional(t, "IP6", n->ip6);
	docs_optional(t, "IP6_GLOBAL", n->ip6_global);
	docs_optional(t, "IP6_LINK", n->ip6_link);
	docs_optional(t, "IP6_ULA", n->ip6_ula);
	docs_mac(t, v, i);
	if (n->alias)
		docs_rawf(t, "<NAME><![CDATA[NIC0_ALIAS%zu]]></NAME>", i);
	else
		docs_rawf(t, "<NAME><![CDATA[NIC%zu]]></NAME>", i);
	docs_cdata(t, "NETWORK", n->network);
	docs_cdata_int(t, "NETWORK_ID", n->network_id);
	docs_cdata_int(t, "NIC_ID", (int64_t)i);
	if (n->alias) {
		docs_cdata(t, "PARENT", "NIC0");
		docs_cdata(t, "PARENT_ID", "0");
	}
	docs_cdata(t, "SECURITY_GROUPS", "0");
	docs_rawf(t, "<TARGET><![CDATA[one-%d-%zu]]></TARGET>", v->id, i);
	docs_cdata(t, "VN_MAD", "dummy");
	docs_close(t, tag);
}

static void
security_rule(struct text *t, const char *type)
{
	docs_rawf(t,
	    "<SECURITY_GROUP_RULE><PROTOCOL><![CDATA[ALL]]></PROTOCOL>"
	    "<RULE_TYPE><![CDATA[%s]]></RULE_TYPE>"
	    "<SECURITY_GROUP_ID><![CDATA[0]]></SECURITY_GROUP_ID>"
	    "<SECURITY_GROUP_NAME><![CDATA[default]]></SECURITY_GROUP_NAME>"
	    "</SECURITY_GROUP_RULE>",
	    type);
}

static void
template_720(struct text *t, const struct sim_vm *v)
{
	size_t i;

	docs_raw(t, "<TEMPLATE>");
	if (v->n_nics > 0 || v->n_disks > 0)
		docs_raw(t, "<AUTOMATIC_DS_REQUIREMENTS><![CDATA[(\"CLUSTERS/ID\" @> 0)]]>"
			    "</AUTOMATIC_DS_REQUIREMENTS><AUTOMATIC_NIC_REQUIREMENTS>"
			    "<![CDATA[(\"CLUSTERS/ID\" @> 0)]]></AUTOMATIC_NIC_REQUIREMENTS>");
	docs_raw(t, "<AUTOMATIC_REQUIREMENTS><![CDATA[(CLUSTER_ID = 0) & "
		    "!(PIN_POLICY = PINNED)]]></AUTOMATIC_REQUIREMENTS>");
	if (v->context)
		context_720(t, v);
	docs_cdata(t, "CPU", v->cpu);
	for (i = 0; i < v->n_disks; i++) {
		docs_raw(t, "<DISK>");
		if (docs_is_image(&v->disks[i]))
			image_disk_720(t, &v->disks[i], i);
		else
			docs_plain_disk(t, &v->disks[i], i, SIM_720);
		docs_raw(t, "</DISK>");
	}
	docs_graphics(t, v);
	docs_cdata_int(t, "MEMORY", v->memory_mib);
	for (i = 0; i < v->n_nics; i++)
		if (!v->nics[i].alias)
			nic_720(t, v, i);
	for (i = 0; i < v->n_nics; i++)
		if (v->nics[i].alias)
			nic_720(t, v, i);
	docs_rawf(t, "<OS><UUID><![CDATA[00000000-0000-4000-8000-%012d]]></UUID></OS>", v->id);
	if (v->n_nics > 0) {
		security_rule(t, "OUTBOUND");
		security_rule(t, "INBOUND");
	}
	docs_cdata(t, "SUBMIT_ON_HOLD", "YES");
	if (v->n_history > 0)
		docs_cdata(t, "TM_MAD_SYSTEM", "dummy");
	if (v->vcpu > 0)
		docs_cdata_int(t, "VCPU", v->vcpu);
	docs_cdata_int(t, "VMID", v->id);
	if (v->vrouter_id >= 0)
		docs_cdata_int(t, "VROUTER_ID", v->vrouter_id);
	docs_raw(t, "</TEMPLATE>");
}

static void
user_template_720(struct text *t, const struct sim_vm *v, bool brief)
{
	size_t i = 0;
	const char *s;

	docs_raw(t, "<USER_TEMPLATE>");
	if (!brief)
		docs_attrs_before(t, v, &i, "ERROR");
	docs_optional(t, "ERROR", v->error);
	if (!brief)
		docs_attrs_before(t, v, &i, "LABELS");
	docs_optional(t, "LABELS", v->labels);
	if (!brief)
		docs_attrs_before(t, v, &i, "SERVICE_ID");
	else if ((s = model_attr(v->attrs, v->n_attrs, "SCHED_REQUIREMENTS")) != NULL)
		docs_cdata(t, "SCHED_REQUIREMENTS", s);
	if (!brief && v->service_id >= 0)
		docs_cdata_int(t, "SERVICE_ID", v->service_id);
	if (!brief)
		docs_attrs_before(t, v, &i, NULL);
	docs_raw(t, "</USER_TEMPLATE>");
}

static void
history_720(struct text *t, const struct sim *sim, const struct sim_vm *v, enum docs_form form)
{
	const struct sim_history *h;
	size_t i = form == DOCS_FULL || v->n_history == 0 ? 0 : v->n_history - 1;

	if (v->n_history == 0) {
		docs_raw(t, "<HISTORY_RECORDS/>");
		return;
	}
	docs_raw(t, "<HISTORY_RECORDS>");
	for (; i < v->n_history; i++) {
		h = &v->history[i];
		docs_rawf(t, "<HISTORY><OID>%d</OID><SEQ>%zu</SEQ>", v->id, i);
		if (form == DOCS_SHORT)
			docs_cdata(t, "HOSTNAME", docs_host_name(sim, h->hid));
		else
			docs_text(t, "HOSTNAME", docs_host_name(sim, h->hid));
		docs_rawf(t, "<HID>%d</HID><CID>0</CID>", h->hid);
		if (form == DOCS_SHORT) {
			docs_raw(t, "<DS_ID>101</DS_ID><VM_MAD><![CDATA[dummy]]></VM_MAD>"
				    "<TM_MAD><![CDATA[dummy]]></TM_MAD>");
			docs_cdata_int(t, "ACTION", h->action);
		} else {
			docs_int(t, "STIME", h->stime);
			docs_int(t, "ETIME", h->etime);
			docs_raw(t, "<VM_MAD><![CDATA[dummy]]></VM_MAD>"
				    "<TM_MAD><![CDATA[dummy]]></TM_MAD><DS_ID>101</DS_ID>"
				    "<PLAN_ID>-2</PLAN_ID><ACTION_ID>-1</ACTION_ID>");
			docs_history_times(t, h);
			docs_int(t, "ACTION", h->action);
			docs_int(t, "UID", h->action != 0 ? 0 : -1);
			docs_int(t, "GID", h->action != 0 ? 0 : -1);
			docs_int(t, "REQUEST_ID", h->action != 0 ? 1000 + v->id % 9000 : -1);
		}
		docs_raw(t, "</HISTORY>");
	}
	docs_raw(t, "</HISTORY_RECORDS>");
}

static void
monitoring_720(struct text *t, const struct sim_vm *v, enum docs_form form)
{
	docs_raw(t, "<MONITORING>");
	if (v->guest_ip != NULL && form == DOCS_FULL) {
		docs_cdata(t, "CPU", "12.5");
		docs_cdata(t, "GUEST_IP", v->guest_ip);
		docs_cdata(t, "GUEST_IP_ADDRESSES", v->guest_ip);
		docs_cdata_int(t, "ID", v->id);
		docs_cdata(t, "MEMORY", "262144");
		docs_cdata(t, "NETRX", "20");
		docs_cdata(t, "NETTX", "10");
		docs_cdata(t, "STATE", "RUNNING");
		docs_cdata_int(t, "TIMESTAMP", v->stime_s);
	}
	docs_raw(t, "</MONITORING>");
}

static void
lock_720(struct text *t, const struct machine *m, enum docs_form form)
{
	if (m->v.lock == 0)
		return;
	docs_raw(t, "<LOCK>");
	docs_int(t, "LOCKED", m->v.lock);
	if (form != DOCS_SHORT) {
		docs_int(t, "OWNER", m->v.lock_owner);
		docs_int(t, "TIME", m->lock_s);
		docs_int(t, "REQ_ID", 1000 + m->v.id % 9000);
	}
	docs_raw(t, "</LOCK>");
}

static void
sched_720(struct text *t, const struct sim_vm *v)
{
	docs_raw(t, "<SCHED_ACTIONS>");
	if (v->sched_action != NULL)
		docs_rawf(t,
		    "<SCHED_ACTION><ID>0</ID><PARENT_ID>%d</PARENT_ID><TYPE>VM</TYPE>"
		    "<ACTION><![CDATA[%s]]></ACTION><TIME>%lld</TIME><REPEAT>-1</REPEAT>"
		    "<END_TYPE>-1</END_TYPE><END_VALUE>-1</END_VALUE><DONE>-1</DONE>"
		    "<WARNING>0</WARNING></SCHED_ACTION>",
		    v->id, v->sched_action, (long long)v->sched_time_s);
	docs_raw(t, "</SCHED_ACTIONS>");
}

static void
vm_720(struct text *t, const struct sim *sim, const struct machine *m, enum docs_form form)
{
	const struct sim_vm *v = &m->v;

	docs_raw(t, "<VM>");
	docs_identity(t, v);
	docs_permissions(t);
	docs_int(t, "LAST_POLL", form == DOCS_FULL && v->guest_ip != NULL ? v->stime_s : 0);
	docs_int(t, "STATE", v->state);
	docs_int(t, "LCM_STATE", v->lcm);
	docs_int(t, "PREV_STATE", v->state);
	docs_int(t, "PREV_LCM_STATE", v->lcm);
	docs_int(t, "RESCHED", 0);
	docs_int(t, "STIME", v->stime_s);
	docs_int(t, "ETIME", v->etime_s);
	docs_text(t, "DEPLOY_ID", v->deploy_id);
	lock_720(t, m, form);
	monitoring_720(t, v, form);
	sched_720(t, v);
	template_720(t, v);
	user_template_720(t, v, false);
	history_720(t, sim, v, form);
	docs_raw(t, "<BACKUPS><BACKUP_CONFIG/><BACKUP_IDS></BACKUP_IDS></BACKUPS></VM>");
}

/* --- the short body of one.vmpool.info ------------------------------------------------------ */

static const char *
short_type(const struct sim_disk *d)
{
	switch (d->kind) {
	case SIM_DISK_IMAGE:
	case SIM_DISK_PERSISTENT:
		return "FILE";
	case SIM_DISK_CDROM:
		return "CDROM";
	case SIM_DISK_VOLATILE:
		return d->source != NULL ? d->source : "swap";
	case SIM_DISK_SOURCE:
		return "block";
	case SIM_DISK_ODD:
		return "weird";
	case SIM_DISK_URL:
		break;
	}
	return "";
}

static void
short_disk(struct text *t, const struct sim_disk *d, size_t id)
{
	bool image = docs_is_image(d);

	docs_raw(t, "<DISK>");
	docs_cdata_int(t, "DISK_ID", (int64_t)id);
	docs_cdata(t, "DATASTORE", image ? "dummyimg" : "dummysys");
	docs_cdata(t, "DATASTORE_ID", image ? "100" : "101");
	docs_cdata(t, "IMAGE", image ? d->image : "");
	if (image)
		docs_cdata_int(t, "IMAGE_ID", d->image_id);
	else
		docs_cdata(t, "IMAGE_ID", "");
	if (image || d->kind == SIM_DISK_VOLATILE)
		docs_cdata_int(t, "SIZE", d->size_mib);
	else
		docs_cdata(t, "SIZE", "");
	docs_cdata(t, "TYPE", short_type(d));
	docs_cdata(t, "CLONE", !image ? "" : d->kind == SIM_DISK_IMAGE ? "YES" : "NO");
	docs_cdata(t, "CLONE_TARGET", image ? "SYSTEM" : "");
	docs_cdata(t, "LN_TARGET", image ? "NONE" : "");
	docs_cdata(t, "DISK_SNAPSHOT_TOTAL_SIZE", image ? "0" : "");
	docs_raw(t, "</DISK>");
}

/* An alias is a plain NIC here. */
static void
short_nic(struct text *t, const struct sim_vm *v, size_t i)
{
	const struct sim_nic *n = &v->nics[i];

	docs_raw(t, "<NIC>");
	docs_optional(t, "IP", n->ip);
	docs_optional(t, "IP6", n->ip6);
	docs_optional(t, "IP6_ULA", n->ip6_ula);
	docs_optional(t, "IP6_LINK", n->ip6_link);
	docs_optional(t, "IP6_GLOBAL", n->ip6_global);
	docs_mac(t, v, i);
	docs_cdata(t, "NETWORK", n->network);
	docs_cdata_int(t, "NETWORK_ID", n->network_id);
	docs_cdata_int(t, "NIC_ID", (int64_t)i);
	docs_cdata(t, "SECURITY_GROUPS", "0");
	docs_raw(t, "</NIC>");
}

static void
vm_short(struct text *t, const struct sim *sim, const struct machine *m)
{
	const struct sim_vm *v = &m->v;
	int alias;
	size_t i;

	docs_raw(t, "<VM>");
	docs_identity(t, v);
	docs_int(t, "LAST_POLL", 0);
	docs_int(t, "STATE", v->state);
	docs_int(t, "LCM_STATE", v->lcm);
	docs_int(t, "RESCHED", 0);
	docs_int(t, "STIME", v->stime_s);
	docs_int(t, "ETIME", v->etime_s);
	docs_text(t, "DEPLOY_ID", v->deploy_id);
	lock_720(t, m, DOCS_SHORT);
	docs_raw(t, "<TEMPLATE>");
	docs_text(t, "CPU", v->cpu);
	docs_int(t, "MEMORY", v->memory_mib);
	if (v->vcpu > 0)
		docs_int(t, "VCPU", v->vcpu);
	else
		docs_raw(t, "<VCPU></VCPU>");
	for (i = 0; i < v->n_disks; i++)
		short_disk(t, &v->disks[i], i);
	for (alias = 0; alias < 2; alias++)
		for (i = 0; i < v->n_nics; i++)
			if (v->nics[i].alias == (alias == 1))
				short_nic(t, v, i);
	docs_graphics(t, v);
	docs_raw(t, "</TEMPLATE><MONITORING/>");
	user_template_720(t, v, true);
	history_720(t, sim, v, DOCS_SHORT);
	docs_raw(t, "</VM>");
}

void
docs_vm(struct text *t, const struct sim *sim, const struct machine *m, enum docs_form form)
{
	if (sim->era == SIM_321)
		docs_vm_321(t, sim, m, form);
	else if (form == DOCS_SHORT)
		vm_short(t, sim, m);
	else
		vm_720(t, sim, m, form);
}
