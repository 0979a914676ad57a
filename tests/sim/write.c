/* SPDX-License-Identifier: ISC */
/*
 * write: the elements that documents are made of, escaped for the envelope as they are added, and
 * the parts of a machine's document that both eras write alike.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "inner.h"

void
docs_raw(struct text *t, const char *s)
{
	size_t n;

	for (;;) {
		n = strcspn(s, "<>&");
		text_addn(t, s, n);
		s += n;
		switch (*s++) {
		case '<':
			text_addn(t, "&lt;", 4);
			break;
		case '>':
			text_addn(t, "&gt;", 4);
			break;
		case '&':
			text_addn(t, "&amp;", 5);
			break;
		default:
			return;
		}
	}
}

void
docs_rawf(struct text *t, const char *fmt, ...)
{
	struct text s;
	va_list ap;

	text_init(&s, DOC_MAX);
	va_start(ap, fmt);
	text_addv(&s, fmt, ap);
	va_end(ap);
	docs_raw(t, s.p);
	text_free(&s);
}

void
docs_open(struct text *t, const char *name)
{
	text_addn(t, "&lt;", 4);
	text_add(t, name);
	text_addn(t, "&gt;", 4);
}

void
docs_close(struct text *t, const char *name)
{
	text_addn(t, "&lt;/", 5);
	text_add(t, name);
	text_addn(t, "&gt;", 4);
}

void
docs_cdata(struct text *t, const char *name, const char *value)
{
	docs_open(t, name);
	text_addn(t, "&lt;![CDATA[", 12);
	docs_raw(t, value);
	text_addn(t, "]]&gt;", 6);
	docs_close(t, name);
}

void
docs_cdata_int(struct text *t, const char *name, int64_t value)
{
	char s[24];

	snprintf(s, sizeof(s), "%lld", (long long)value);
	docs_cdata(t, name, s);
}

void
docs_int(struct text *t, const char *name, int64_t value)
{
	char s[24];

	snprintf(s, sizeof(s), "%lld", (long long)value);
	docs_open(t, name);
	text_add(t, s);
	docs_close(t, name);
}

void
docs_text(struct text *t, const char *name, const char *value)
{
	const char *p;

	docs_open(t, name);
	for (p = value; *p != '\0'; p++) {
		if (*p == '<')
			docs_raw(t, "&lt;");
		else if (*p == '>')
			docs_raw(t, "&gt;");
		else if (*p == '&')
			docs_raw(t, "&amp;");
		else
			text_addc(t, *p);
	}
	docs_close(t, name);
}

void
docs_time(char buf[32], int64_t wall_s)
{
	time_t at = wall_s;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(buf, 32, "%a %b %e %H:%M:%S %Y", &tm);
}

/* Custom attributes that come before the element `next` in the order of names (NULL: the rest). */
void
docs_attrs_before(struct text *t, const struct sim_vm *v, size_t *i, const char *next)
{
	for (; *i < v->n_attrs; ++*i) {
		if (next != NULL && strcmp(v->attrs[*i].name, next) > 0)
			return;
		docs_cdata(t, v->attrs[*i].name, v->attrs[*i].value);
	}
}

/* --- parts of a machine that both eras write alike ------------------------------------------ */

void
docs_identity(struct text *t, const struct sim_vm *v)
{
	docs_int(t, "ID", v->id);
	docs_int(t, "UID", v->uid);
	docs_int(t, "GID", v->gid);
	docs_text(t, "UNAME", v->uname);
	docs_text(t, "GNAME", v->gname);
	if (v->raw_name != NULL) {
		docs_open(t, "NAME");
		docs_raw(t, v->raw_name);
		docs_close(t, "NAME");
	} else
		docs_text(t, "NAME", v->name);
}

void
docs_permissions(struct text *t)
{
	docs_raw(t,
	    "<PERMISSIONS><OWNER_U>1</OWNER_U><OWNER_M>1</OWNER_M><OWNER_A>0</OWNER_A>"
	    "<GROUP_U>0</GROUP_U><GROUP_M>0</GROUP_M><GROUP_A>0</GROUP_A>"
	    "<OTHER_U>0</OTHER_U><OTHER_M>0</OTHER_M><OTHER_A>0</OTHER_A></PERMISSIONS>");
}

void
docs_history_times(struct text *t, const struct sim_history *h)
{
	docs_int(t, "PSTIME", h->pstime);
	docs_int(t, "PETIME", h->petime);
	docs_int(t, "RSTIME", h->rstime);
	docs_int(t, "RETIME", h->retime);
	docs_int(t, "ESTIME", h->estime);
	docs_int(t, "EETIME", h->eetime);
}

const char *
docs_host_name(const struct sim *sim, int id)
{
	const struct host *h = model_host(sim, id);

	return h != NULL ? h->h.name : "node1";
}

/* The daemons make it from the v4 address; without one any will do. */
void
docs_mac_text(char buf[24], const struct sim_vm *v, size_t nic)
{
	const struct sim_nic *n = &v->nics[nic];
	unsigned a, b, c, d;

	if (n->mac != NULL)
		snprintf(buf, 24, "%.17s", n->mac);
	else if (n->ip != NULL && sscanf(n->ip, "%3u.%3u.%3u.%3u", &a, &b, &c, &d) == 4)
		snprintf(
		    buf, 24, "02:00:%02x:%02x:%02x:%02x", a & 255, b & 255, c & 255, d & 255);
	else
		snprintf(buf, 24, "02:00:7f:%02x:%02x:%02x", (unsigned)nic & 255,
		    (unsigned)v->id >> 8 & 255, (unsigned)v->id & 255);
}

void
docs_mac(struct text *t, const struct sim_vm *v, size_t nic)
{
	char s[24];

	docs_mac_text(s, v, nic);
	docs_cdata(t, "MAC", s);
}

void
docs_graphics(struct text *t, const struct sim_vm *v)
{
	if (v->vnc_port > 0)
		docs_rawf(t,
		    "<GRAPHICS><LISTEN><![CDATA[127.0.0.1]]></LISTEN><PORT><![CDATA[%d]]></"
		    "PORT>"
		    "<TYPE><![CDATA[vnc]]></TYPE></GRAPHICS>",
		    v->vnc_port);
}

void
docs_optional(struct text *t, const char *name, const char *value)
{
	if (value != NULL)
		docs_cdata(t, name, value);
}

void
docs_plain_disk(struct text *t, const struct sim_disk *d, size_t id, enum sim_era era)
{
	char target[8];
	size_t i;

	if (d->n_given > 0 && (era == SIM_321 || d->kind != SIM_DISK_VOLATILE)) {
		for (i = 0; i < d->n_given && strcmp(d->given[i].name, "DISK_ID") < 0; i++)
			docs_cdata(t, d->given[i].name, d->given[i].value);
		docs_cdata_int(t, "DISK_ID", (int64_t)id);
		for (; i < d->n_given; i++)
			docs_cdata(t, d->given[i].name, d->given[i].value);
		return;
	}
	snprintf(target, sizeof(target), "sd%c", (char)('a' + id % 26));
	if (d->kind == SIM_DISK_VOLATILE && era == SIM_720)
		docs_raw(t, "<ALLOW_ORPHANS><![CDATA[NO]]></ALLOW_ORPHANS>"
			    "<CLUSTER_ID><![CDATA[0]]></CLUSTER_ID>"
			    "<DATASTORE><![CDATA[dummysys]]></DATASTORE>"
			    "<DATASTORE_ID><![CDATA[101]]></DATASTORE_ID>"
			    "<DEV_PREFIX><![CDATA[sd]]></DEV_PREFIX>");
	docs_cdata_int(t, "DISK_ID", (int64_t)id);
	if (d->kind == SIM_DISK_VOLATILE && era == SIM_720)
		docs_raw(t, "<DISK_TYPE><![CDATA[FILE]]></DISK_TYPE>"
			    "<DRIVER><![CDATA[raw]]></DRIVER><FORMAT><![CDATA[raw]]></FORMAT>"
			    "<PERSISTENT_SNAPSHOTS><![CDATA[YES]]></PERSISTENT_SNAPSHOTS>");
	if (d->kind == SIM_DISK_URL) {
		docs_cdata(t, "READONLY", "no");
		docs_cdata(t, "SAVE", "no");
	}
	if (d->kind == SIM_DISK_VOLATILE)
		docs_cdata_int(t, "SIZE", d->size_mib);
	if (d->kind != SIM_DISK_VOLATILE)
		docs_optional(t, "SOURCE", d->source);
	if (d->kind != SIM_DISK_ODD)
		docs_cdata(t, "TARGET", target);
	if (d->kind == SIM_DISK_VOLATILE && era == SIM_720)
		docs_cdata(t, "TM_MAD", "dummy");
	switch (d->kind) {
	case SIM_DISK_VOLATILE:
		docs_cdata(t, "TYPE", d->source != NULL ? d->source : "swap");
		break;
	case SIM_DISK_SOURCE:
		docs_cdata(t, "TYPE", "block");
		break;
	case SIM_DISK_ODD:
		docs_cdata(t, "TYPE", "weird");
		break;
	case SIM_DISK_IMAGE:
	case SIM_DISK_PERSISTENT:
	case SIM_DISK_CDROM:
	case SIM_DISK_URL:
		break;
	}
}

bool
docs_is_image(const struct sim_disk *d)
{
	return d->kind == SIM_DISK_IMAGE || d->kind == SIM_DISK_PERSISTENT ||
	       d->kind == SIM_DISK_CDROM;
}
