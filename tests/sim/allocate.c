/* SPDX-License-Identifier: ISC */
/*
 * allocate: one.vm.allocate, one.template.instantiate, one.template.info and one.templatepool.info.
 *
 * The order of the checks is the daemons': who may create, the text, rights, quotas, disks, networks. Texts and codes
 * are the recorded ones where there is a recording; quotas and networks are documented only (stratuslab.md 2.7, 4.7;
 * one@7.4.0:src/um/Quota.cc, src/vnm). Each request that is accepted or refused leaves a line of its own in the log.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "inner.h"

enum { PARTS_MAX = 32 };

/* A machine to be. */
struct draft {
	const struct call *c;
	const struct template *t;
	struct sim_vm v;
	struct sim_disk disks[PARTS_MAX];
	struct sim_nic nics[PARTS_MAX];
	struct sim_attr attrs[PARTS_MAX], context[PARTS_MAX];
};

/* 3.2.1 puts one sentence before most of its reasons. */
#define WHY_321 "Error allocating a new virtual machine. "

static bool
is_321(const struct call *c)
{
	return c->sim->era == SIM_321;
}

static int
refuse(const struct call *c, const char *why)
{
	methods_failure(c, 8192, -1, "%s%s", is_321(c) ? WHY_321 : "", why);
	return -1;
}

/* Captures 052 of 3.2.1 and 090 of 7.2.0: they count lines from one and from nought. */
static int
refuse_syntax(const struct call *c, const char *text, size_t at)
{
	size_t i, line = is_321(c);
	struct text t;

	for (i = 0; i < at; i++)
		line += text[i] == '\n';
	text_init(&t, DOC_MAX);
	text_addf(&t,
	    "Parse error: syntax error, unexpected $end, expecting %sVARIABLE at line %zu, "
	    "columns %zu:%zu",
	    is_321(c) ? "" : "CBRACKET or ", line, at, at + 1);
	refuse(c, t.p);
	text_free(&t);
	return -1;
}

/* --- rights and quotas --------------------------------------------------------------------- */

static int
refuse_use(const struct call *c, const char *what, int id)
{
	methods_failure(c, 512, -1, "User [%d] : Not authorized to perform USE %s [%d]%s",
	    c->user->id, what, id,
	    is_321(c) ? "; Not authorized (core evaluation was 0)." : ".");
	return -1;
}

static const struct sim_image *
find_image(const struct call *c, const struct template_attr *disk)
{
	const char *id = template_pair(disk, "IMAGE_ID"), *name = template_pair(disk, "IMAGE");
	const struct sim_image *image;
	size_t i;

	for (i = 0; i < c->sim->n_images; i++) {
		image = &c->sim->images[i];
		if (id != NULL ? atoi(id) == image->id
			       : name != NULL && strcmp(name, image->name) == 0)
			return image;
	}
	return NULL;
}

static bool
may_use(const struct sim_user *u, int owner, bool everybody)
{
	return everybody || u->id == owner || methods_is_admin(u);
}

static int
check_rights(const struct call *c, const struct template *t)
{
	const struct sim_image *image;
	size_t i;

	if (c->user->may_not_create) {
		methods_failure(c, 512, -1, "User [%d] : Not authorized to perform CREATE VM%s",
		    c->user->id, is_321(c) ? "; Not authorized (core evaluation was 0)." : ".");
		return -1;
	}
	for (i = 0; i < t->n; i++) {
		if (strcmp(t->attrs[i].name, "DISK") != 0)
			continue;
		image = find_image(c, &t->attrs[i]);
		if (image != NULL && !may_use(c->user, image->uid, image->everybody))
			return refuse_use(c, "IMAGE", image->id);
	}
	return 0;
}

static int
refuse_quota(const struct call *c, const char *what, double limit, double used, double more)
{
	if (is_321(c))
		methods_failure(c, 512, -1,
		    "User [%d] : %s quota exceeded (Quota: %.1f, Used: %.1f, Requested: %.1f).",
		    c->user->id, what, limit, used, more);
	else
		methods_failure(c, 512, -1, "user [%d] limit of %g reached for %s quota in VM.",
		    c->user->id, limit, strcmp(what, "NUM_VMS") == 0 ? "VMS" : what);
	return -1;
}

/* All machines of the user that are not DONE count, whatever they do (stratuslab.md 4.4). */
static int
check_quota(const struct call *c, double cpu, double memory)
{
	const struct sim_user *u = c->user;
	double vms = 0, cpus = 0, mib = 0;
	const struct sim_vm *v;
	size_t i;

	for (i = 0; i < c->sim->n_vms; i++) {
		v = &c->sim->vms[i]->v;
		if (v->uid != u->id || v->state == 6)
			continue;
		vms++;
		cpus += atof(v->cpu);
		mib += v->memory_mib;
	}
	if (u->quota_vms > 0 && vms + 1 > u->quota_vms)
		return refuse_quota(c, "NUM_VMS", u->quota_vms, vms, 1);
	if (u->quota_cpu > 0 && cpus + cpu > u->quota_cpu)
		return refuse_quota(c, "CPU", u->quota_cpu, cpus, cpu);
	if (u->quota_memory_mib > 0 && mib + memory > u->quota_memory_mib)
		return refuse_quota(c, "MEMORY", u->quota_memory_mib, mib, memory);
	return 0;
}

/* --- disks ----------------------------------------------------------------------------------- */

static bool
in_use(const struct sim *sim, int image_id)
{
	const struct sim_vm *v;
	size_t i, k;

	for (i = 0; i < sim->n_vms; i++) {
		v = &sim->vms[i]->v;
		for (k = 0; v->state != 6 && k < v->n_disks; k++)
			if (v->disks[k].kind == SIM_DISK_PERSISTENT &&
			    v->disks[k].image_id == image_id)
				return true;
	}
	return false;
}

static int
add_image(struct draft *d, const struct template_attr *a, struct sim_disk *disk)
{
	const struct sim_image *image = find_image(d->c, a);
	const char *id = template_pair(a, "IMAGE_ID");
	char why[160];

	if (image == NULL && d->c->sim->n_images == 0) { /* a cloud that names none has all */
		disk->kind = SIM_DISK_IMAGE;
		disk->image = template_pair(a, "IMAGE");
		disk->image_id = id != NULL ? atoi(id) : 0;
		return 0;
	}
	if (image == NULL || (image->persistent && in_use(d->c->sim, image->id))) {
		if (is_321(d->c))
			return refuse(d->c, "Could not get disk image for VM.");
		if (image == NULL)
			snprintf(
			    why, sizeof(why), "DISK %zu: Error getting image.", d->v.n_disks);
		else
			snprintf(why, sizeof(why),
			    "DISK %zu: Cannot acquire image %d, it is persistent and already "
			    "in "
			    "use",
			    d->v.n_disks, image->id);
		return refuse(d->c, why);
	}
	disk->kind = image->persistent ? SIM_DISK_PERSISTENT : SIM_DISK_IMAGE;
	disk->image = image->name;
	disk->image_id = image->id;
	return 0;
}

static int
add_disk(struct draft *d, const struct template_attr *a)
{
	struct sim_disk *disk = &d->disks[d->v.n_disks];
	const char *type = template_pair(a, "TYPE"), *size = template_pair(a, "SIZE");

	if (d->v.n_disks == PARTS_MAX)
		return refuse(d->c, "Too many disks.");
	memset(disk, 0, sizeof(*disk));
	disk->source = template_pair(a, "SOURCE");
	disk->size_mib = size != NULL ? atoll(size) : 0;
	if (template_pair(a, "IMAGE_ID") != NULL || template_pair(a, "IMAGE") != NULL) {
		if (add_image(d, a, disk) != 0)
			return -1;
	} else {
		disk->given = a->pairs;
		disk->n_given = a->n;
		if (disk->source != NULL)
			disk->kind = strncmp(disk->source, "pdisk:", 6) == 0 ? SIM_DISK_SOURCE
									     : SIM_DISK_URL;
		else
			disk->kind = size != NULL ? SIM_DISK_VOLATILE : SIM_DISK_ODD;
		if (disk->kind == SIM_DISK_VOLATILE && type != NULL &&
		    strcmp(type, "swap") != 0)
			disk->source = type;
	}
	d->v.n_disks++;
	return 0;
}

/* --- networks -------------------------------------------------------------------------------- */

static bool
leased(const struct draft *d, const char *ip)
{
	const struct sim *sim = d->c->sim;
	size_t i, k;

	for (i = 0; i < sim->n_vms; i++)
		for (k = 0; sim->vms[i]->v.state != 6 && k < sim->vms[i]->v.n_nics; k++)
			if (sim->vms[i]->v.nics[k].ip != NULL &&
			    strcmp(sim->vms[i]->v.nics[k].ip, ip) == 0)
				return true;
	for (k = 0; k < d->v.n_nics; k++)
		if (d->nics[k].ip != NULL && strcmp(d->nics[k].ip, ip) == 0)
			return true;
	return false;
}

/* A free address of the network, the one that was asked for if any, or NULL. */
static const char *
lease(const struct draft *d, const struct scenario_net *net, const char *wanted)
{
	struct in_addr a;
	char ip[INET_ADDRSTRLEN];
	int i;

	for (i = 0; i < net->leases; i++) {
		a.s_addr = htonl(net->first + (uint32_t)i);
		inet_ntop(AF_INET, &a, ip, sizeof(ip));
		if (wanted != NULL ? strcmp(wanted, ip) == 0 && !leased(d, ip) : !leased(d, ip))
			return model_keep(d->c->sim, ip);
	}
	return NULL;
}

static int
add_nic(struct draft *d, const struct template_attr *a)
{
	const char *name = template_pair(a, "NETWORK"), *id = template_pair(a, "NETWORK_ID");
	struct sim_nic *nic = &d->nics[d->v.n_nics];
	const struct sim *sim = d->c->sim;
	const struct scenario_net *net = NULL;
	char why[200];
	size_t i;

	if (d->v.n_nics == PARTS_MAX)
		return refuse(d->c, "Too many cards.");
	for (i = 0; i < sim->n_nets; i++)
		if (id != NULL ? atoi(id) == sim->nets[i].id
			       : name != NULL && strcmp(name, sim->nets[i].name) == 0)
			net = &sim->nets[i];
	memset(nic, 0, sizeof(*nic));
	if (net != NULL) {
		nic->network = net->name;
		nic->network_id = net->id;
		nic->model = template_pair(a, "MODEL");
		nic->ip = lease(d, net, template_pair(a, "IP"));
		if (nic->ip != NULL || net->leases < 0) { /* < 0: Ethernet only */
			d->v.n_nics++;
			return 0;
		}
	}
	if (is_321(d->c))
		return refuse(d->c, "Could not get virtual network for VM.");
	if (net != NULL)
		snprintf(why, sizeof(why), "Cannot get IP/MAC lease from virtual network %d.",
		    net->id);
	else
		snprintf(why, sizeof(why),
		    "User %d does not own a network with name: %.60s . Set NETWORK_UNAME or "
		    "NETWORK_UID of owner in NIC.",
		    d->c->user->id, name != NULL ? name : "");
	return refuse(d->c, why);
}

/* --- the rest -------------------------------------------------------------------------------- */

/* "$NIC[IP, NETWORK="public"]" and "$NIC[IP]" are the address of that card; anything else is itself. */
static const char *
fill_in(const struct draft *d, const char *value)
{
	static const char head[] = "$NIC[IP";
	const char *net = strstr(value, "NETWORK=\"");
	size_t i, n;

	if (strncmp(value, head, strlen(head)) != 0)
		return value;
	for (i = 0; i < d->v.n_nics; i++) {
		if (net == NULL)
			break;
		n = strcspn(net + 9, "\"");
		if (strlen(d->nics[i].network) == n &&
		    memcmp(d->nics[i].network, net + 9, n) == 0)
			break;
	}
	return i < d->v.n_nics && d->nics[i].ip != NULL ? d->nics[i].ip : "";
}

static void
add_context(struct draft *d, const struct template_attr *a)
{
	size_t i;

	d->v.context = true;
	for (i = 0; i < a->n && d->v.n_context < PARTS_MAX; i++) {
		d->context[d->v.n_context].name = a->pairs[i].name;
		d->context[d->v.n_context++].value = fill_in(d, a->pairs[i].value);
	}
	d->v.context_attrs = d->context;
}

static int
add_part(struct draft *d, const struct template_attr *a)
{
	static const char *const own[] = {"NAME", "CPU", "VCPU", "MEMORY", "LABELS", NULL};
	size_t i;

	if (a->vector) {
		if (strcmp(a->name, "DISK") == 0)
			return add_disk(d, a);
		if (strcmp(a->name, "NIC") == 0)
			return add_nic(d, a);
		if (strcmp(a->name, "GRAPHICS") == 0)
			d->v.vnc_port = 5900 + d->v.id % 59000;
		if (strcmp(a->name, "CREATE_IMAGE") == 0)
			d->v.create_image = true;
		return 0;
	}
	for (i = 0; own[i] != NULL; i++)
		if (strcmp(a->name, own[i]) == 0)
			return 0;
	if (d->v.n_attrs < PARTS_MAX) {
		d->attrs[d->v.n_attrs].name = a->name;
		d->attrs[d->v.n_attrs++].value = a->value;
	}
	return 0;
}

/* 3.2.1 puts names and values into its XML as they are, and parses it again (captures 116, 117). */
static int
check_xml(const struct draft *d)
{
	size_t i;

	if (!is_321(d->c))
		return 0;
	if (strpbrk(d->v.name, "<>&") != NULL)
		return refuse(d->c, "Error transforming the VM to XML.");
	for (i = 0; i < d->t->n; i++)
		if (!d->t->attrs[i].vector && strstr(d->t->attrs[i].value, "]]>") != NULL)
			return refuse(d->c, "Error transforming the VM to XML.");
	return 0;
}

/* What will become of it: PENDING, PROLOG, BOOT, RUNNING, or where the cloud was told to stop or fail. */
static void
plan(struct sim *sim, int id)
{
	const struct sim_launch *l = &sim->launch;
	const int64_t after[] = {l->pending_s, l->prolog_s, l->boot_s};
	int64_t at = model_now(sim);
	int i;

	for (i = 0; i < 3; i++) {
		at += after[i];
		if (l->ends && i == (int)l->last) {
			if (!l->fails)
				return;
			if (sim->era == SIM_321)
				model_add_step(sim, id, at, 7, 0);
			else
				model_add_step(sim, id, at, 3, i == 2 ? 36 : 39);
			return;
		}
		model_add_step(sim, id, at, 3, i + 1);
	}
}

static int
place(const struct sim *sim)
{
	size_t i;

	for (i = 0; i < sim->n_hosts; i++)
		if (sim->hosts[i].h.state == 2)
			return sim->hosts[i].h.id;
	return -1;
}

static int
draft_fill(struct draft *d, const char *name)
{
	const struct call *c = d->c;
	const char *memory = template_value(d->t, "MEMORY"), *cpu = template_value(d->t, "CPU"),
		   *vcpu = template_value(d->t, "VCPU");
	struct sim *sim = c->sim;
	char made[32];
	size_t i;

	d->v = sim_vm_default(model_next_id(sim));
	snprintf(made, sizeof(made), "one-%d", d->v.id);
	d->v.name = name[0] != '\0' ? name : model_keep(sim, made);
	d->v.uid = c->user->id;
	d->v.gid = c->user->gid;
	d->v.uname = c->user->name;
	d->v.gname = c->user->gname;
	d->v.state = 1;
	d->v.lcm = 0;
	d->v.host = place(sim);
	d->v.cpu = cpu != NULL ? cpu : "1";
	d->v.vcpu = vcpu != NULL ? atoi(vcpu) : 0;
	d->v.memory_mib = memory != NULL ? atoi(memory) : 0;
	d->v.labels = template_value(d->t, "LABELS");
	d->v.disks = d->disks;
	d->v.n_disks = 0;
	d->v.nics = d->nics;
	d->v.attrs = d->attrs;
	d->v.kill = sim->launch.kill;
	d->v.kill_s = sim->launch.kill_s;
	if (!is_321(c) && d->v.memory_mib <= 0)
		return refuse(c, "MEMORY attribute must be a positive integer value.");
	if (check_rights(c, d->t) != 0 || check_quota(c, atof(d->v.cpu), d->v.memory_mib) != 0)
		return -1;
	for (i = 0; i < d->t->n; i++)
		if (add_part(d, &d->t->attrs[i]) != 0)
			return -1;
	for (i = 0; i < d->t->n; i++) /* now that the addresses are known */
		if (d->t->attrs[i].vector && strcmp(d->t->attrs[i].name, "CONTEXT") == 0)
			add_context(d, &d->t->attrs[i]);
	return check_xml(d);
}

static void
allocate(const struct call *c, const struct template *t, const char *name, bool hold)
{
	struct draft *d = x_calloc(1, sizeof(*d));
	struct sim *sim = c->sim;
	char safe[128];
	int code = 0;

	d->c = c;
	d->t = t;
	if (draft_fill(d, name) == 0) {
		d->v.state = hold ? 2 : 1;
		sim->next_id = d->v.id + 1;
		model_add_vm(sim, &d->v);
		if (!hold && d->v.host >= 0)
			plan(sim, d->v.id);
		log_add(sim, "launch accepted vm=%d user=%s name=%s", d->v.id, c->user->name,
		    text_safe(safe, sizeof(safe), TEXT_TERM, d->v.name));
		methods_ok_int(c, d->v.id);
		model_tick(sim);
	} else if (sscanf(c->answer->outcome, "error %d", &code) == 1)
		log_add(sim, "launch refused user=%s code=%d", c->user->name, code);
	free(d);
}

/* --- calls ----------------------------------------------------------------------------------- */

void
allocate_vm(const struct call *c)
{
	const char *text = c->req->params[1].text, *name;
	struct template t;
	size_t at;

	if (template_parse(c->sim, text, &t, &at) != 0) {
		refuse_syntax(c, text, at);
		return;
	}
	name = template_value(&t, "NAME");
	allocate(c, &t, name != NULL ? name : "",
	    c->req->n_params > 2 && c->req->params[2].number != 0);
}

static const struct sim_template *
find_template(const struct call *c)
{
	long id = c->req->params[1].number;
	const struct sim_template *found = NULL;
	size_t i;

	for (i = 0; i < c->sim->n_templates; i++)
		if (c->sim->templates[i].id == id)
			found = &c->sim->templates[i];
	if (found == NULL)
		methods_failure(
		    c, 1024, id, "Error getting virtual machine template [%ld].", id);
	else if (!may_use(c->user, found->uid, found->everybody)) {
		refuse_use(c, "TEMPLATE", found->id);
		found = NULL;
	}
	return found;
}

void
allocate_instantiate(const struct call *c)
{
	const struct param *p = c->req->params;
	const struct sim_template *from = find_template(c);
	const char *name = p[2].text, *more = c->req->n_params > 4 ? p[4].text : "";
	struct template t, extra;
	char made[192];
	size_t at;

	if (from == NULL)
		return;
	if (template_parse(c->sim, from->text, &t, &at) != 0) {
		refuse_syntax(c, from->text, at);
		return;
	}
	if (!is_321(c)) {
		if (template_parse(c->sim, more, &extra, &at) != 0) {
			refuse_syntax(c, more, at);
			return;
		}
		template_merge(c->sim, &t, &extra);
		if (name[0] == '\0') {
			snprintf(
			    made, sizeof(made), "%.128s-%d", from->name, model_next_id(c->sim));
			name = model_keep(c->sim, made);
		}
	}
	allocate(c, &t, name, c->req->n_params > 3 && p[3].number != 0);
}

static void
write_template(const struct call *c, const struct sim_template *s)
{
	struct text *t = &c->answer->body;
	struct template parsed;
	size_t at;

	docs_raw(t, "<VMTEMPLATE>");
	docs_int(t, "ID", s->id);
	docs_int(t, "UID", s->uid);
	docs_int(t, "GID", s->gid);
	docs_text(t, "UNAME", s->uname);
	docs_text(t, "GNAME", s->gname);
	docs_text(t, "NAME", s->name);
	docs_permissions(t);
	docs_int(t, "REGTIME", s->regtime_s);
	if (template_parse(c->sim, s->text, &parsed, &at) == 0)
		template_write(t, &parsed);
	docs_raw(t, "</VMTEMPLATE>");
}

void
allocate_template_info(const struct call *c)
{
	const struct sim_template *s = find_template(c);

	if (s == NULL)
		return;
	methods_open(&c->answer->body);
	write_template(c, s);
	methods_end(c);
}

/* Filter, first and last id as for machines; no pages. */
void
allocate_templatepool_info(const struct call *c)
{
	const struct param *p = c->req->params;
	const struct sim_template *s;
	size_t i;

	if (p[1].number < (is_321(c) ? -3 : -4)) {
		methods_failure(c, 4096, -1, "Incorrect filter_flag");
		return;
	}
	methods_open(&c->answer->body);
	docs_raw(&c->answer->body, "<VMTEMPLATE_POOL>");
	for (i = 0; i < c->sim->n_templates; i++) {
		s = &c->sim->templates[i];
		if (!may_use(c->user, s->uid, s->everybody) ||
		    (p[1].number == -3 && s->uid != c->user->id) ||
		    (p[1].number >= 0 && s->uid != p[1].number) ||
		    (p[2].number >= 0 && s->id < p[2].number) ||
		    (p[3].number >= 0 && s->id > p[3].number))
			continue;
		write_template(c, s);
	}
	docs_raw(&c->answer->body, "</VMTEMPLATE_POOL>");
	methods_end(c);
}
