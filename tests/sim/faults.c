/* SPDX-License-Identifier: ISC */
/*
 * faults: what goes wrong on request, once a ready reply is there or in its place.
 *
 * Faults of the content are applied here; those of the transport (cut, reset, drip, ...) are left in
 * reply->trouble for the server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "inner.h"

const char *
sim_fault_str(enum sim_fault_kind kind)
{
	switch (kind) {
	case SIM_FAULT_NONE:
		return "none";
	case SIM_FAULT_DELAY:
		return "delay";
	case SIM_FAULT_CUT:
		return "cut";
	case SIM_FAULT_RESET:
		return "reset";
	case SIM_FAULT_LENGTH:
		return "length";
	case SIM_FAULT_SHORT:
		return "short";
	case SIM_FAULT_HTML:
		return "html";
	case SIM_FAULT_STATUS:
		return "status";
	case SIM_FAULT_FAULT:
		return "fault";
	case SIM_FAULT_FAILURE:
		return "failure";
	case SIM_FAULT_HUGE:
		return "huge";
	case SIM_FAULT_INNER:
		return "inner";
	case SIM_FAULT_LOST:
		return "lost";
	case SIM_FAULT_EMPTY:
		return "empty";
	case SIM_FAULT_DRIP:
		return "drip";
	}
	return "?";
}

void
sim_add_fault(struct sim *sim, const struct sim_fault *fault)
{
	struct trap *trap;

	pthread_mutex_lock(&sim->lock);
	sim->traps = x_realloc(sim->traps, sim->n_traps + 1, sizeof(*sim->traps));
	trap = &sim->traps[sim->n_traps++];
	memset(trap, 0, sizeof(*trap));
	trap->f = *fault;
	trap->f.method = model_keep(sim, fault->method);
	trap->f.text = model_keep(sim, fault->text);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_clear_faults(struct sim *sim)
{
	pthread_mutex_lock(&sim->lock);
	sim->n_traps = 0;
	pthread_mutex_unlock(&sim->lock);
}

const struct sim_fault *
faults_pick(struct sim *sim, const char *method)
{
	struct trap *t;
	size_t i;

	for (i = 0; i < sim->n_traps; i++) {
		t = &sim->traps[i];
		if (t->f.method != NULL && strcmp(t->f.method, method) != 0)
			continue;
		if (t->f.times > 0 && t->seen >= t->f.skip + t->f.times)
			continue;
		if (t->seen++ < t->f.skip)
			continue;
		return &t->f;
	}
	return NULL;
}

bool
faults_acts(const struct sim_fault *f)
{
	if (f == NULL)
		return true;
	switch (f->kind) {
	case SIM_FAULT_RESET:
	case SIM_FAULT_HTML:
	case SIM_FAULT_STATUS:
	case SIM_FAULT_FAULT:
	case SIM_FAULT_FAILURE:
	case SIM_FAULT_HUGE:
	case SIM_FAULT_EMPTY:
		return false;
	case SIM_FAULT_NONE:
	case SIM_FAULT_DELAY:
	case SIM_FAULT_CUT:
	case SIM_FAULT_LENGTH:
	case SIM_FAULT_SHORT:
	case SIM_FAULT_INNER:
	case SIM_FAULT_LOST:
	case SIM_FAULT_DRIP:
		break;
	}
	return true;
}

char *
faults_page(int status, const char *text)
{
	struct text t;

	text_init(&t, DOC_MAX);
	text_addf(&t,
	    "<HTML><HEAD><TITLE>Error %d</TITLE></HEAD><BODY><H1>Error "
	    "%d</H1><P>%s</P><p><HR><b>"
	    "<i><a href=\"http://xmlrpc-c.sourceforge.net\">ABYSS Web Server for XML-RPC For "
	    "C/C++</a></i></b> version 1.33.14<br></p></BODY></HTML>",
	    status, status, text);
	return t.p;
}

static void
replace(struct sim_reply *reply, int status, char *body)
{
	free(reply->body);
	reply->body = body;
	reply->len = strlen(body);
	reply->status = status;
}

/* End the text of the success value after n bytes, never within an entity of the envelope. */
static void
cut_inner(struct sim_reply *reply, int64_t n)
{
	static const char open[] = "<value><string>", close[] = "</string></value>";
	char *from = strstr(reply->body, open), *to, *at, *amp;

	to = from != NULL ? strstr(from, close) : NULL;
	if (to == NULL)
		return;
	from += strlen(open);
	if (n >= to - from)
		return;
	at = from + n;
	for (amp = at; amp > from && amp > at - 5; amp--)
		if (amp[-1] == '&' && memchr(amp, ';', (size_t)(at - amp)) == NULL) {
			at = amp - 1;
			break;
		}
	memmove(at, to, strlen(to) + 1);
	reply->len = strlen(reply->body);
}

static void
empty_pool(struct sim_reply *reply, const char *method)
{
	struct text t;

	text_init(&t, DOC_MAX);
	methods_open(&t);
	docs_raw(&t, strstr(method, "hostpool.monitoring") != NULL
			 ? "<MONITORING_DATA></MONITORING_DATA>"
		     : strstr(method, "hostpool") != NULL ? "<HOST_POOL></HOST_POOL>"
							  : "<VM_POOL></VM_POOL>");
	methods_close(&t);
	replace(reply, 200, t.p);
}

static void
wrong_answer(
    struct sim *sim, const struct sim_fault *f, const char *method, struct sim_reply *reply)
{
	struct answer a = {.user = NULL};
	struct call c = {.sim = sim, .answer = &a, .label = method};

	text_init(&a.body, DOC_MAX);
	if (f->kind == SIM_FAULT_FAULT)
		methods_fault(&a, (int)f->arg, f->text != NULL ? f->text : "Fault on request");
	else
		methods_failure(&c, (int)f->arg, -1, "%s",
		    f->text != NULL ? f->text : "Failure on request");
	replace(reply, 200, a.body.p);
}

void
faults_apply(
    struct sim *sim, const struct sim_fault *f, const char *method, struct sim_reply *reply)
{
	switch (f->kind) {
	case SIM_FAULT_NONE:
		return;
	case SIM_FAULT_HTML:
		replace(reply, 200,
		    x_strdup(f->text != NULL
				 ? f->text
				 : "<!DOCTYPE html><html><head><title>Sunstone</title>"
				   "</head><body><h1>Welcome</h1></body></html>"));
		return;
	case SIM_FAULT_STATUS:
		replace(reply, (int)f->arg,
		    faults_page((int)f->arg, f->text != NULL ? f->text : "Error on request"));
		return;
	case SIM_FAULT_FAULT:
	case SIM_FAULT_FAILURE:
		wrong_answer(sim, f, method, reply);
		return;
	case SIM_FAULT_EMPTY:
		empty_pool(reply, method);
		return;
	case SIM_FAULT_INNER:
		cut_inner(reply, f->arg);
		return;
	case SIM_FAULT_SHORT:
		if (f->arg >= 0 && (uint64_t)f->arg < reply->len) {
			reply->len = (size_t)f->arg;
			reply->body[reply->len] = '\0';
		}
		return;
	case SIM_FAULT_DELAY:
	case SIM_FAULT_CUT:
	case SIM_FAULT_RESET:
	case SIM_FAULT_LENGTH:
	case SIM_FAULT_HUGE:
	case SIM_FAULT_LOST:
	case SIM_FAULT_DRIP:
		reply->trouble = *f;
		reply->trouble.method = reply->trouble.text = NULL;
		return;
	}
}

/* --- a pool of any size, made as it is read ------------------------------------------------ */

#define HUGE_HEAD                                                                        \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<methodResponse>\r\n<params>\r\n" \
	"<param><value><array><data>\r\n<value><boolean>1</boolean></"                   \
	"value>\r\n<value><string>"                                                      \
	"&lt;VM_POOL&gt;"
#define HUGE_TAIL                                                            \
	"&lt;/VM_POOL&gt;</string></value>\r\n<value><i4>0</i4></value>\r\n" \
	"</data></array></value></param>\r\n</params>\r\n</methodResponse>\r\n"
#define HUGE_VM                                                                          \
	"&lt;VM&gt;&lt;ID&gt;%09llu&lt;/ID&gt;&lt;UID&gt;0&lt;/UID&gt;&lt;GID&gt;0&lt;/" \
	"GID&gt;"                                                                        \
	"&lt;UNAME&gt;oneadmin&lt;/UNAME&gt;&lt;GNAME&gt;oneadmin&lt;/GNAME&gt;"         \
	"&lt;NAME&gt;filler&lt;/NAME&gt;&lt;STATE&gt;3&lt;/STATE&gt;"                    \
	"&lt;LCM_STATE&gt;3&lt;/LCM_STATE&gt;&lt;STIME&gt;1795417600&lt;/STIME&gt;"      \
	"&lt;ETIME&gt;0&lt;/ETIME&gt;&lt;DEPLOY_ID&gt;&lt;/DEPLOY_ID&gt;"                \
	"&lt;TEMPLATE&gt;&lt;/TEMPLATE&gt;&lt;HISTORY_RECORDS/&gt;&lt;/VM&gt;"
#define HUGE_VM_LEN (sizeof(HUGE_VM) - 1 - strlen("%09llu") + 9)

static uint64_t
huge_machines(int64_t mb)
{
	return ((uint64_t)mb * 1024 * 1024) / HUGE_VM_LEN + 1;
}

uint64_t
faults_huge_len(int64_t mb)
{
	return strlen(HUGE_HEAD) + huge_machines(mb) * HUGE_VM_LEN + strlen(HUGE_TAIL);
}

size_t
faults_huge(int64_t mb, uint64_t pos, char *buf, size_t max)
{
	const uint64_t head = strlen(HUGE_HEAD), body = huge_machines(mb) * HUGE_VM_LEN;
	char vm[sizeof(HUGE_VM) + 16];
	const char *from;
	uint64_t at;
	size_t n, done = 0;

	while (done < max && pos < faults_huge_len(mb)) {
		if (pos < head) {
			from = HUGE_HEAD;
			at = pos;
			n = head - at;
		} else if (pos < head + body) {
			at = (pos - head) % HUGE_VM_LEN;
			snprintf(vm, sizeof(vm), HUGE_VM,
			    (unsigned long long)(100000000 + (pos - head) / HUGE_VM_LEN));
			from = vm;
			n = HUGE_VM_LEN - at;
		} else {
			from = HUGE_TAIL;
			at = pos - head - body;
			n = strlen(HUGE_TAIL) - at;
		}
		if (n > max - done)
			n = max - done;
		memcpy(buf + done, from + at, n);
		done += n;
		pos += n;
	}
	return done;
}
