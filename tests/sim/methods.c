/* SPDX-License-Identifier: ISC */
/*
 * methods: authentication, parameters, rights, and the calls that only read.
 *
 * Texts and codes are the recorded ones. The order of the checks (account, parameters, object,
 * right, lock) is the daemons'; it decides which error a caller sees.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inner.h"

/* --- replies ----------------------------------------------------------------------------- */

#define ENVELOPE_OPEN                                                                    \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<methodResponse>\r\n<params>\r\n" \
	"<param><value><array><data>\r\n"
#define ENVELOPE_CLOSE "</data></array></value></param>\r\n</params>\r\n</methodResponse>\r\n"

void
methods_open(struct text *t)
{
	text_add(t, ENVELOPE_OPEN "<value><boolean>1</boolean></value>\r\n<value><string>");
}

void
methods_close(struct text *t)
{
	text_add(t, "</string></value>\r\n<value><i4>0</i4></value>\r\n" ENVELOPE_CLOSE);
}

void
methods_end(const struct call *c)
{
	methods_close(&c->answer->body);
	snprintf(c->answer->outcome, sizeof(c->answer->outcome), "ok %zu bytes",
	    c->answer->body.len);
}

void
methods_ok_int(const struct call *c, long value)
{
	text_addf(&c->answer->body,
	    ENVELOPE_OPEN
	    "<value><boolean>1</boolean></value>\r\n<value><i4>%ld</i4></value>\r\n"
	    "<value><i4>0</i4></value>\r\n" ENVELOPE_CLOSE,
	    value);
	snprintf(c->answer->outcome, sizeof(c->answer->outcome), "ok");
}

void
methods_fault(struct answer *a, int code, const char *text)
{
	text_addf(&a->body,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<methodResponse>\r\n<fault>\r\n"
	    "<value><struct>\r\n<member><name>faultCode</name>\r\n"
	    "<value><i4>%d</i4></value></member>\r\n<member><name>faultString</name>\r\n"
	    "<value><string>",
	    code);
	docs_raw(&a->body, text);
	text_add(&a->body, "</string></value></member>\r\n</struct></value>\r\n</fault>\r\n"
			   "</methodResponse>\r\n");
	snprintf(a->outcome, sizeof(a->outcome), "fault %d", code);
}

void
methods_failure(const struct call *c, int code, long object, const char *fmt, ...)
{
	struct text *t = &c->answer->body, why;
	va_list ap;

	text_init(&why, DOC_MAX);
	text_addf(&why, "[%s] ", c->label);
	va_start(ap, fmt);
	text_addv(&why, fmt, ap);
	va_end(ap);
	text_add(t, ENVELOPE_OPEN "<value><boolean>0</boolean></value>\r\n<value><string>");
	docs_raw(t, why.p);
	text_addf(t, "</string></value>\r\n<value><i4>%d</i4></value>\r\n", code);
	if (c->sim->era == SIM_720)
		text_addf(
		    t, "<value><i4>%ld</i4></value>\r\n<value><i8>-1</i8></value>\r\n", object);
	text_add(t, ENVELOPE_CLOSE);
	text_free(&why);
	snprintf(c->answer->outcome, sizeof(c->answer->outcome), "error %d", code);
}

/* --- rights ------------------------------------------------------------------------------ */

bool
methods_is_admin(const struct sim_user *u)
{
	return u->id == 0 || u->gid == 0;
}

static void
refuse(const struct call *c, const char *right, const char *object, long id)
{
	methods_failure(c, 512, -1, "User [%d] : Not authorized to perform %s %s [%ld]%s",
	    c->user->id, right, object, id,
	    c->sim->era != SIM_720 ? "; Not authorized (core evaluation was 0)." : ".");
}

/* Is op in a list such as "terminate, update"? */
static bool
lists(const char *list, const char *op)
{
	size_t n = op != NULL ? strlen(op) : 0;

	while (list != NULL && n > 0 && *list != '\0') {
		list += strspn(list, ", ");
		if (strncmp(list, op, n) == 0 &&
		    (list[n] == '\0' || strchr(", ", list[n]) != NULL))
			return true;
		list += strcspn(list, ", ");
	}
	return false;
}

static bool
has_right(const struct sim_user *u, const struct machine *m, enum methods_right right)
{
	if (methods_is_admin(u) || u->id == m->v.uid)
		return true;
	return right == METHODS_USE ? u->sees_vms : u->may_manage;
}

struct machine *
methods_vm(const struct call *c, long id, enum methods_right right, const char *operation)
{
	struct machine *m = id >= 0 ? model_vm(c->sim, (int)id) : NULL;
	bool locks = right == METHODS_MANAGE; /* reading is never locked */

	if (id < 0 && c->sim->era == SIM_720) {
		methods_failure(c, 1024, -1, "Error getting virtual machine Pool.");
		return NULL;
	}
	if (m == NULL) {
		methods_failure(c, 1024, id, "Error getting virtual machine [%ld].", id);
		return NULL;
	}
	if (c->sim->era == SIM_720 && !methods_is_admin(c->user) &&
	    lists(model_attr(c->user->attrs, c->user->n_attrs, "VM_USE_OPERATIONS"), operation))
		right = METHODS_USE;
	if (c->sim->era == SIM_720 && locks && m->v.lock > 0 && m->v.lock <= (int)right) {
		if (methods_is_admin(c->user)) {
			methods_failure(
			    c, 512, -1, "User [%d] : VM is locked. [%ld].", c->user->id, id);
			return NULL;
		}
	} else if (has_right(c->user, m, right))
		return m;
	refuse(c, right == METHODS_USE ? "USE" : "MANAGE", "VM", id);
	return NULL;
}

/* --- calls that read --------------------------------------------------------------------- */

static void
system_version(const struct call *c)
{
	methods_open(&c->answer->body);
	text_add(&c->answer->body, "7.2.0");
	methods_end(c);
}

static void
vm_info(const struct call *c)
{
	struct machine *m = methods_vm(c, c->req->params[1].number, METHODS_USE, NULL);

	if (m == NULL)
		return;
	methods_open(&c->answer->body);
	docs_vm(&c->answer->body, c->sim, m, DOCS_FULL);
	methods_end(c);
}

struct filter {
	long who, from, to, state;
};

static bool
filter_takes(const struct call *c, const struct filter *f, const struct machine *m)
{
	const struct sim_user *u = c->user;

	if (!has_right(u, m, METHODS_USE))
		return false;
	if ((f->who == -3 || (f->who == -1 && u->gid != m->v.gid)) && m->v.uid != u->id)
		return false;
	if (f->who == -4 && m->v.gid != u->gid)
		return false;
	if (f->who >= 0 && m->v.uid != f->who)
		return false;
	if (f->state == -1 ? m->v.state == 6 : f->state != -2 && m->v.state != f->state)
		return false;
	return true;
}

/* 0, or -1 with the failure written. */
static int
filter_read(const struct call *c, struct filter *f)
{
	const struct param *p = c->req->params;
	bool modern = c->sim->era == SIM_720;

	f->who = p[1].number;
	if (c->sim->era == SIM_220) {
		f->who = f->who == -1 ? c->user->id : f->who < -2 ? -2 : f->who;
		f->from = f->to = -1;
		f->state = c->req->n_params > 2 ? p[3].number : -1;
		return 0;
	}
	f->from = p[2].number;
	f->to = p[3].number;
	f->state = p[4].number;
	if (!modern && (f->who < -3 || f->state < -2 || f->state > 7)) {
		methods_failure(c, 4096, -1, "Incorrect filter_flag, state");
		return -1;
	}
	if (f->who < -4) {
		methods_failure(c, 4096, -1, "Incorrect filter_flag");
		return -1;
	}
	if (modern && (f->state < -2 || f->state > 11)) {
		methods_failure(c, 4096, -1, "Incorrect state filter %ld", f->state);
		return -1;
	}
	if (modern && c->req->n_params > 5 && p[5].type == 's' && p[5].text[0] != '\0') {
		methods_failure(
		    c, 8192, -1, "JSON query search is not supported by the SQL backend");
		return -1;
	}
	return 0;
}

/*
 * The pool: ids in a range, or on 7.2.0 with an end below -1 a page by position of the list in its
 * order (descending by default). 3.2.1 ascends and takes a negative end for an id.
 */
static void
pool(const struct call *c, enum docs_form form)
{
	const struct sim *sim = c->sim;
	struct text *t = &c->answer->body;
	bool modern = sim->era == SIM_720, asc = !modern || c->user->list_asc;
	struct filter f;
	size_t i, k, from = 0, to = sim->n_vms;
	long skip = 0, take = -1;

	if (filter_read(c, &f) != 0)
		return;
	if (modern && f.to < -1) {
		skip = f.from > 0 ? f.from : 0;
		take = -f.to;
	} else if (f.from != -1) {
		from = f.from > 0 ? model_vm_from(sim, (int)f.from) : 0;
		if (f.to != -1)
			to = f.to < 0 ? 0 : model_vm_from(sim, (int)f.to);
		if (f.to >= 0 && to < sim->n_vms && sim->vms[to]->v.id == f.to)
			to++;
	}
	methods_open(t);
	docs_raw(t, "<VM_POOL>");
	for (i = from; i < to && take != 0; i++) {
		k = asc ? i : to - 1 - (i - from);
		if (!filter_takes(c, &f, sim->vms[k]))
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		docs_vm(t, sim, sim->vms[k], form);
		if (take > 0)
			take--;
	}
	docs_raw(t, "</VM_POOL>");
	methods_end(c);
}

static void
vmpool_info(const struct call *c)
{
	pool(c, c->sim->era == SIM_720 ? DOCS_SHORT : DOCS_EXTENDED);
}

static void
vmpool_infoextended(const struct call *c)
{
	pool(c, DOCS_EXTENDED);
}

static bool
sees_hosts(const struct sim_user *u)
{
	return methods_is_admin(u) || u->sees_hosts;
}

static void
hostpool_info(const struct call *c)
{
	const struct sim *sim = c->sim;
	size_t i, k;

	methods_open(&c->answer->body);
	docs_raw(&c->answer->body, "<HOST_POOL>");
	for (i = 0; i < sim->n_hosts && sees_hosts(c->user); i++) {
		k = sim->era != SIM_720 || c->user->list_asc ? i : sim->n_hosts - 1 - i;
		pools_host(&c->answer->body, sim, &sim->hosts[k], false);
	}
	docs_raw(&c->answer->body, "</HOST_POOL>");
	methods_end(c);
}

static void
hostpool_monitoring(const struct call *c)
{
	size_t i;

	methods_open(&c->answer->body);
	docs_raw(&c->answer->body, "<MONITORING_DATA>");
	for (i = 0; i < c->sim->n_hosts && sees_hosts(c->user); i++)
		pools_monitoring(&c->answer->body, c->sim, &c->sim->hosts[i]);
	docs_raw(&c->answer->body, "</MONITORING_DATA>");
	methods_end(c);
}

static void
host_info(const struct call *c)
{
	long id = c->req->params[1].number;
	const struct host *h = model_host(c->sim, (int)id);

	if (h == NULL) {
		methods_failure(c, 1024, id, "Error getting host [%ld].", id);
		return;
	}
	if (!sees_hosts(c->user)) {
		refuse(c, "USE", "HOST", id);
		return;
	}
	methods_open(&c->answer->body);
	pools_host(&c->answer->body, c->sim, h, true);
	methods_end(c);
}

static void
user_info(const struct call *c)
{
	long id = c->req->params[1].number;
	const struct sim_user *u = id == -1 ? c->user : model_user(c->sim, (int)id);

	if (u == NULL) {
		methods_failure(c, 1024, id, "Error getting user [%ld].", id);
		return;
	}
	if (u != c->user && !methods_is_admin(c->user) && !c->user->sees_users) {
		refuse(c, "USE", "USER", id);
		return;
	}
	methods_open(&c->answer->body);
	pools_user(&c->answer->body, c->sim, u);
	methods_end(c);
}

/* Capture 087 of 7.2.0: a server alone; 976: who may not ask. */
static void
raftstatus(const struct call *c)
{
	bool alone = c->sim->term == 0;

	if (!methods_is_admin(c->user) && !c->user->admin_zone) {
		refuse(c, "ADMIN", "ZONE", 0);
		return;
	}
	methods_open(&c->answer->body);
	text_addf(&c->answer->body,
	    "&lt;RAFT&gt;&lt;SERVER_ID&gt;%d&lt;/SERVER_ID&gt;&lt;STATE&gt;%d&lt;/STATE&gt;"
	    "&lt;TERM&gt;%lld&lt;/TERM&gt;&lt;VOTEDFOR&gt;-1&lt;/VOTEDFOR&gt;"
	    "&lt;COMMIT&gt;0&lt;/COMMIT&gt;&lt;LOG_INDEX&gt;-1&lt;/LOG_INDEX&gt;"
	    "&lt;LOG_TERM&gt;-1&lt;/LOG_TERM&gt;&lt;FEDLOG_INDEX&gt;-1&lt;/FEDLOG_INDEX&gt;"
	    "&lt;/RAFT&gt;",
	    alone ? -1 : 0, alone ? 0 : 3, (long long)c->sim->term);
	methods_end(c);
}

/* --- dispatch ---------------------------------------------------------------------------- */

static const struct method {
	const char *name;
	const char *old_name; /* what 3.2.1 puts before its texts; NULL: it has no such call */
	const char *params; /* types after the session; those behind '|' may be missing */
	void (*run)(const struct call *c);
} methods[] = {
    {"one.system.version", NULL, "", system_version},
    {"one.vmpool.info", "VirtualMachinePoolInfo", "iiii", vmpool_info},
    {"one.vmpool.infoextended", NULL, "iiii", vmpool_infoextended},
    {"one.vm.info", "VirtualMachineInfo", "i", vm_info},
    {"one.vm.action", "VirtualMachineAction", "si", actions_vm_action},
    {"one.vm.update", NULL, "isi", actions_vm_update},
    {"one.vm.lock", NULL, "ii", actions_vm_lock},
    {"one.vm.unlock", NULL, "i", actions_vm_unlock},
    {"one.hostpool.info", "HostPoolInfo", "", hostpool_info},
    {"one.hostpool.monitoring", NULL, "", hostpool_monitoring},
    {"one.host.info", "HostInfo", "i", host_info},
    {"one.user.info", "UserInfo", "i", user_info},
    {"one.zone.raftstatus", NULL, "", raftstatus},
    {"one.vm.allocate", "VirtualMachineAllocate", "s|b", allocate_vm},
    {"one.template.instantiate", "TemplateInstantiate", "is|bsb", allocate_instantiate},
    {"one.template.info", "TemplateInfo", "i", allocate_template_info},
    {"one.templatepool.info", "TemplatePoolInfo", "iii", allocate_templatepool_info},
};

static const struct sim_user *
authenticate(const struct sim *sim, const char *session)
{
	const char *colon = strchr(session, ':');
	const struct sim_user *u;
	size_t i, n;

	if (colon == NULL)
		return NULL;
	n = (size_t)(colon - session);
	for (i = 0; i < sim->n_users; i++) {
		u = &sim->users[i];
		if (strlen(u->name) == n && memcmp(u->name, session, n) == 0)
			return !u->disabled && strcmp(u->password, colon + 1) == 0 ? u : NULL;
	}
	return NULL;
}

/* The fault for parameters that are missing or of another type, or NULL. 7.2.0 looks for the
 * integers first, 3.2.1 goes from left to right. */
static const char *
wrong_params(const struct request *r, const char *types, enum sim_era era)
{
	static const char few[] = "Not enough parameters";
	size_t i, k, n = strcspn(types, "|");
	char type;
	int pass;

	if (era == SIM_720 && r->n_params < n + 1)
		return few;
	for (pass = era == SIM_720 ? 0 : 2; pass < (era == SIM_720 ? 2 : 3); pass++)
		for (i = k = 0; types[k] != '\0'; i++, k++) {
			if (types[k] == '|' && (era != SIM_720 || types[++k] == '\0'))
				break; /* 3.2.1 looks at nothing that it does not know */
			type = types[k];
			if (pass != 2 && (type == 'i') != (pass == 0))
				continue;
			if (i + 1 >= r->n_params) {
				if (i < n)
					return few;
				break;
			}
			if (r->params[i + 1].type == type)
				continue;
			return type == 'i' ? "Parameter that is supposed to be integer is not"
			       : type == 'b'
				   ? "Parameter that is supposed to be boolean is not"
				   : "Parameter that is supposed to be a string is not";
		}
	return NULL;
}

/* 2.2 has no codes, and no numbers as values: the lines that hold one go. */
static void
drop_codes(struct text *t)
{
	static const char line[] = "<value><i4>", end[] = "</i4></value>\r\n";
	char *at = t->p, *to;

	while ((at = strstr(at, line)) != NULL) {
		to = at + strlen(line);
		to += strspn(to, "-0123456789");
		if (strncmp(to, end, strlen(end)) != 0) {
			at = to;
			continue;
		}
		to += strlen(end);
		memmove(at, to, strlen(to) + 1);
	}
	t->len = strlen(t->p);
}

void
methods_run(struct sim *sim, const struct request *r, struct answer *a)
{
	struct call c = {.sim = sim, .req = r, .answer = a};
	const struct method *m = NULL;
	const char *why, *types;
	char text[192];
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i].name, r->method) == 0 &&
		    (sim->era == SIM_720 || methods[i].old_name != NULL))
			m = &methods[i];
	if (m == NULL) {
		snprintf(text, sizeof(text), "Method '%.100s' not defined", r->method);
		methods_fault(a, -506, text);
		return;
	}
	types = m->params;
	if (sim->era == SIM_220 && m->run == vmpool_info) {
		/* Two parameters, or four (RequestManagerVirtualMachinePoolInfo.cc of 2.2). */
		types = r->n_params == 2 ? "i" : "ibi";
		if (r->n_params != 2 && r->n_params != 4) {
			methods_fault(a, -501, "Too many parameters");
			return;
		}
	}
	c.label = sim->era == SIM_720 ? m->name : m->old_name;
	if (r->n_params == 0 && sim->era == SIM_720) {
		methods_fault(a, -500,
		    "Unexpected error executing code for particular method, detected by "
		    "Xmlrpc-c "
		    "method registry code.  Method did not fail; rather, it did not complete "
		    "at "
		    "all.  Subscript of xmlrpc_c::paramList out of bounds");
		return;
	}
	if (r->n_params == 0 || r->params[0].type != 's') {
		methods_fault(a, -501,
		    r->n_params == 0 ? "Not enough parameters"
				     : "Parameter that is supposed to be a string is not");
		return;
	}
	c.user = authenticate(sim, r->params[0].text);
	if (c.user == NULL) {
		methods_failure(&c, 256, -1, "User couldn't be authenticated, aborting call.");
		return;
	}
	a->user = c.user->name;
	why = wrong_params(r, types, sim->era);
	if (why != NULL) {
		methods_fault(a, -501, why);
		return;
	}
	m->run(&c);
	if (sim->era == SIM_220)
		drop_codes(&a->body);
}
