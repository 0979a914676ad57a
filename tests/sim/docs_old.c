/* SPDX-License-Identifier: ISC */
/*
 * docs_old: one machine as the recorded 3.2.1 writes it: one form for the pool and for one
 * machine, no USER_TEMPLATE (custom attributes stand in TEMPLATE), times in every history record.
 */
#include <stdio.h>
#include <string.h>

#include "inner.h"

static void
disk(struct text *t, const struct sim_disk *d, size_t id)
{
	bool keeps = d->kind == SIM_DISK_PERSISTENT, cd = d->kind == SIM_DISK_CDROM;
	char target[8];

	snprintf(target, sizeof(target), "hd%c", (char)('a' + id % 26));
	docs_cdata(t, "CLONE", keeps ? "NO" : "YES");
	docs_cdata_int(t, "DISK_ID", (int64_t)id);
	docs_cdata(t, "IMAGE", d->image);
	docs_cdata_int(t, "IMAGE_ID", d->image_id);
	if (keeps)
		docs_cdata(t, "PERSISTENT", "YES");
	docs_cdata(t, "READONLY", cd ? "YES" : "NO");
	docs_cdata(t, "SAVE", keeps ? "YES" : "NO");
	docs_rawf(t, "<SOURCE><![CDATA[/srv/one/images/img-%d]]></SOURCE>", d->image_id);
	docs_cdata(t, "TARGET", target);
	docs_cdata(t, "TYPE", cd ? "CDROM" : "DISK");
}

static void
nic(struct text *t, const struct sim_vm *v, size_t i)
{
	const struct sim_nic *n = &v->nics[i];

	docs_raw(t, "<NIC>");
	docs_rawf(t, "<BRIDGE><![CDATA[br%d]]></BRIDGE>", n->network_id);
	docs_optional(t, "IP", n->ip);
	docs_mac(t, v, i);
	docs_optional(t, "MODEL", n->model);
	docs_cdata(t, "NETWORK", n->network);
	docs_cdata_int(t, "NETWORK_ID", n->network_id);
	docs_cdata(t, "VLAN", "NO");
	docs_raw(t, "</NIC>");
}

static void
context(struct text *t, const struct sim_vm *v)
{
	size_t i;

	docs_raw(t, "<CONTEXT>");
	if (v->n_context > 0) {
		for (i = 0; i < v->n_context && strcmp(v->context_attrs[i].name, "TARGET") < 0;
		     i++)
			docs_cdata(t, v->context_attrs[i].name, v->context_attrs[i].value);
		if (i == v->n_context || strcmp(v->context_attrs[i].name, "TARGET") != 0)
			docs_cdata(t, "TARGET", "hdb");
		for (; i < v->n_context; i++)
			docs_cdata(t, v->context_attrs[i].name, v->context_attrs[i].value);
		docs_raw(t, "</CONTEXT>");
		return;
	}
	if (v->n_nics > 0)
		docs_optional(t, "PUBLIC_IP", v->nics[0].ip);
	docs_cdata(t, "ROOT_PUBKEY", "ssh-rsa AAAA test");
	docs_cdata(t, "STRATUSLAB_REMOTE_KEY", "x");
	docs_cdata(t, "TARGET", "hdb");
	docs_raw(t, "</CONTEXT>");
}

static void template(struct text *t, const struct sim_vm *v)
{
	char when[32];
	size_t i, a = 0;

	docs_raw(t, "<TEMPLATE>");
	docs_attrs_before(t, v, &a, "CONTEXT");
	if (v->context)
		context(t, v);
	docs_attrs_before(t, v, &a, "CPU");
	docs_cdata(t, "CPU", v->cpu);
	docs_attrs_before(t, v, &a, "CREATE_IMAGE");
	if (v->create_image)
		docs_raw(t, "<CREATE_IMAGE><CREATOR_EMAIL><![CDATA[a@b.example]]>"
			    "</CREATOR_EMAIL></CREATE_IMAGE>");
	docs_attrs_before(t, v, &a, "DISK");
	for (i = 0; i < v->n_disks; i++) {
		docs_raw(t, "<DISK>");
		if (docs_is_image(&v->disks[i]))
			disk(t, &v->disks[i], i);
		else
			docs_plain_disk(t, &v->disks[i], i, SIM_321);
		docs_raw(t, "</DISK>");
	}
	docs_attrs_before(t, v, &a, "ERROR");
	if (v->error != NULL) {
		docs_time(when, v->etime_s != 0 ? v->etime_s : v->stime_s);
		docs_raw(t, "<ERROR>");
		docs_cdata(t, "MESSAGE", v->error);
		docs_cdata(t, "TIMESTAMP", when);
		docs_raw(t, "</ERROR>");
	}
	docs_attrs_before(t, v, &a, "GRAPHICS");
	docs_graphics(t, v);
	docs_attrs_before(t, v, &a, "LABELS");
	docs_optional(t, "LABELS", v->labels);
	docs_attrs_before(t, v, &a, "MEMORY");
	docs_cdata_int(t, "MEMORY", v->memory_mib);
	docs_attrs_before(t, v, &a, "NAME");
	docs_cdata(t, "NAME", v->raw_name != NULL ? v->raw_name : v->name);
	docs_attrs_before(t, v, &a, "NIC");
	for (i = 0; i < v->n_nics; i++)
		nic(t, v, i);
	docs_attrs_before(t, v, &a, "VCPU");
	if (v->vcpu > 0)
		docs_cdata_int(t, "VCPU", v->vcpu);
	docs_attrs_before(t, v, &a, "VMID");
	docs_cdata_int(t, "VMID", v->id);
	docs_attrs_before(t, v, &a, NULL);
	docs_raw(t, "</TEMPLATE>");
}

static void
history(struct text *t, const struct sim *sim, const struct sim_vm *v, enum docs_form form)
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
		docs_rawf(t, "<HISTORY><SEQ>%zu</SEQ>", i);
		docs_text(t, "HOSTNAME", docs_host_name(sim, h->hid));
		docs_raw(t, "<VM_DIR>/srv/one/var/</VM_DIR>");
		docs_int(t, "HID", h->hid);
		docs_int(t, "STIME", h->stime);
		docs_int(t, "ETIME", h->etime);
		docs_raw(t,
		    "<VMMMAD>vmm_dummy</VMMMAD><VNMMAD>dummy</VNMMAD><TMMAD>tm_dummy</TMMAD>");
		docs_history_times(t, h);
		docs_int(t, "REASON", h->action);
		docs_raw(t, "</HISTORY>");
	}
	docs_raw(t, "</HISTORY_RECORDS>");
}

/* What the last poll of the guest said: 0 until the first. */
static void
polled(struct text *t, const struct sim_vm *v)
{
	docs_int(t, "MEMORY", v->used_kib);
	docs_int(t, "CPU", v->used_cpu);
	docs_raw(t, "<NET_TX>0</NET_TX><NET_RX>0</NET_RX>");
}

void
docs_vm_321(struct text *t, const struct sim *sim, const struct machine *m, enum docs_form form)
{
	const struct sim_vm *v = &m->v;

	docs_raw(t, "<VM>");
	docs_identity(t, v);
	docs_permissions(t);
	docs_int(t, "LAST_POLL", v->deploy_id[0] != '\0' ? v->stime_s : 0);
	docs_int(t, "STATE", v->state);
	docs_int(t, "LCM_STATE", v->lcm);
	docs_int(t, "STIME", v->stime_s);
	docs_int(t, "ETIME", v->etime_s);
	docs_text(t, "DEPLOY_ID", v->deploy_id);
	polled(t, v);
	template(t, v);
	history(t, sim, v, form);
	docs_raw(t, "</VM>");
}

/*
 * 2.2 (VirtualMachine::dump_extended, to_xml and History::dump of its sources): the owner's name in pools only, no
 * group, one history record directly under VM.
 */
void
docs_vm_220(struct text *t, const struct sim *sim, const struct machine *m, enum docs_form form)
{
	const struct sim_vm *v = &m->v;
	const struct sim_history *h;

	docs_raw(t, "<VM>");
	docs_int(t, "ID", v->id);
	docs_int(t, "UID", v->uid);
	if (form != DOCS_FULL)
		docs_text(t, "USERNAME", v->uname);
	docs_name(t, v);
	docs_int(t, "LAST_POLL", v->deploy_id[0] != '\0' ? v->stime_s : 0);
	docs_int(t, "STATE", v->state);
	docs_int(t, "LCM_STATE", v->lcm);
	docs_int(t, "STIME", v->stime_s);
	docs_int(t, "ETIME", v->etime_s);
	docs_text(t, "DEPLOY_ID", v->deploy_id);
	polled(t, v);
	docs_int(t, "LAST_SEQ", (int64_t)v->n_history - 1);
	template(t, v);
	if (v->n_history > 0) {
		h = &v->history[v->n_history - 1];
		docs_rawf(t, "<HISTORY><SEQ>%zu</SEQ>", v->n_history - 1);
		docs_text(t, "HOSTNAME", docs_host_name(sim, h->hid));
		docs_int(t, "HID", h->hid);
		docs_int(t, "STIME", h->stime);
		docs_int(t, "ETIME", h->etime);
		docs_history_times(t, h);
		docs_int(t, "REASON", h->action);
		docs_raw(t, "</HISTORY>");
	}
	docs_raw(t, "</VM>");
}
