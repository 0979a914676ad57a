/* SPDX-License-Identifier: ISC */
/*
 * launch: new machines, each asked for once.
 *
 * Knows which parameters which version takes, and what a refusal means for the person who asked. Must never send a call
 * twice: where the answer was lost, the person is told how to look.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "cloud/era.h"
#include "cloud/launch.h"
#include "cloud/limits.h"
#include "cloud/listing.h"
#include "cloud/opennebula.h"
#include "cloud/walk.h"

/* What one.vm.allocate and one.template.instantiate take from this version on; the last row that fits counts. */
static const struct form {
	int32_t from; /* as in struct era */
	bool hold; /* one.vm.allocate: a second parameter */
	unsigned instantiate; /* parameters of one.template.instantiate; 0: no such call */
} forms[] = {
    /* documented: reapers.md C.11; server-side templates came with 3.0 */
    {20000, false, 0},
    /* captured: one-3.2.1/050, 114 */
    {30000, false, 2},
    /* documented: one@3.8:src/rm/RequestManagerVMTemplate.cc, RequestManagerAllocate.cc */
    {30800, true, 4},
    /* documented: one@5.0, same files; captured: one-7.2.0/088, 237 */
    {50000, true, 5},
};

static const struct form *
form_find(const struct era *era)
{
	const struct form *found = NULL;

	for (size_t i = 0; era != NULL && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].from <= era->from)
			found = &forms[i];
	}
	return found;
}

const char *
launch_reply_str(enum launch_reply r)
{
	switch (r) {
	case LAUNCH_DONE:
		return "done";
	case LAUNCH_REFUSED:
		return "refused";
	case LAUNCH_NOT_SENT:
		return "not-sent";
	case LAUNCH_IN_DOUBT:
		return "in-doubt";
	}
	return "?";
}

/* --- what a refusal means -------------------------------------------------------------- */

/*
 * By the daemon's words, first match: its codes tell no more than "not allowed" (0x200) and "internal" (0x2000).
 * stratuslab.md 2.7 and 4.7; captures 3.2.1 051, 052, 102, 116 and 7.2.0 089 to 091, 224, 239, 938; from 3.8 on
 * one@4.12 and one@7.4.0:src/um/Quota.cc, src/vnm/VirtualNetworkPool.cc.
 */
static const struct meaning {
	const char *words;
	enum fault_kind kind; /* FAULT_NONE: as the code says */
	const char *remedy;
} meanings[] = {
    {"quota", FAULT_RIGHTS,
	"your quota is used up: Unknown, Failed and switched-off machines count until they are "
	"killed; `vmreaper describe` shows them, `vmreaper kill ID` frees what they hold"},
    {"ould not get virtual network", FAULT_STATE,
	"that network has no free address, or there is no network of that name: kill machines "
	"that "
	"are not needed, or choose another network"},
    {"IP/MAC lease", FAULT_STATE,
	"that network has no free address: kill machines that are not needed, or choose "
	"another "
	"network"},
    {"does not own a network", FAULT_STATE,
	"there is no network of that name for you: `onevnet list` shows those you may use"},
    {"persistent and already in use", FAULT_STATE,
	"another machine has that disk: `oneimage show` tells which"},
    {"ould not get disk image", FAULT_STATE,
	"there is no such image, or it is persistent and another machine has it"},
    {"CREATE VM", FAULT_RIGHTS,
	"this account may not create machines: ask the administrator of the cloud"},
    {"to perform USE ", FAULT_RIGHTS,
	"ask the owner of that image, network or template for the right to use it"},
    {"transforming the VM to XML", FAULT_USAGE,
	"this version cannot store '<', '>' or '&' in a name, nor ']]>' anywhere: leave them "
	"out"},
    {"arse error", FAULT_USAGE,
	"the template text is not what OpenNebula reads: see the line that it names"},
    {"MEMORY attribute", FAULT_USAGE, "the template needs MEMORY, in MiB"},
};

static bool
refusal_explain(struct fault *f)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (strstr(f->msg, meanings[i].words) == NULL)
			continue;
		if (f->kind == FAULT_REPLY || f->kind == FAULT_RIGHTS)
			f->kind = meanings[i].kind;
		fault_remedy(f, "%s", meanings[i].remedy);
		return true;
	}
	if (f->kind == FAULT_GONE)
		fault_remedy(f, "`onetemplate list` shows the templates that you may use");
	else if (f->remedy[0] == '\0')
		fault_remedy(f, "the cloud's administrator sees more in its log (oned.log)");
	return false;
}

/*
 * A daemon that passes a call on to its leader (from 5.4 on) gives INTERNAL when the leader's reply was lost, and
 * REPLICATION comes after the work. Only words that are known say that nothing was made.
 */
static bool
refusal_is_doubtful(const struct era *era, const struct fault *f)
{
	const char *code = strrchr(f->msg, '(');

	if (era->from < 50400 || f->kind != FAULT_REPLY ||
	    strstr(f->msg, ": fault -50") != NULL)
		return false;
	/* a text so long that its code was cut off is nothing that is known */
	return code == NULL || strncmp(code, "(code ", 6) != 0 || strchr(code, ')') == NULL ||
	       strcmp(code, "(code 8192)") == 0 || strcmp(code, "(code 65536)") == 0;
}

static void
doubt_explain(struct fault *f, const char *name)
{
	char safe[96];

	f->kind = FAULT_IN_DOUBT;
	if (name != NULL && name[0] != '\0')
		fault_remedy(f,
		    "there may be a new machine: look for %s with `vmreaper describe`; do not "
		    "ask again before",
		    text_safe(safe, sizeof(safe), TEXT_TERM, name));
	else
		fault_remedy(f,
		    "there may be a new machine: look for it with `vmreaper describe`; do not "
		    "ask again before");
}

static enum launch_reply
reply_of(enum one_outcome outcome, const struct era *era, const char *name, struct fault *why,
    struct fault *f)
{
	enum launch_reply reply = LAUNCH_IN_DOUBT;

	switch (outcome) {
	case ONE_DONE:
		return LAUNCH_DONE;
	case ONE_NO_METHOD:
	case ONE_REFUSED:
		if (!refusal_explain(why) && refusal_is_doubtful(era, why))
			doubt_explain(why, name);
		else
			reply = LAUNCH_REFUSED;
		break;
	case ONE_NOT_SENT:
		reply = LAUNCH_NOT_SENT;
		break;
	case ONE_MALFORMED:
	case ONE_LOST:
		/* Turned away at the door (HTTP 401, 403): the daemon behind it never saw the call. */
		if (why->kind == FAULT_AUTH || why->kind == FAULT_RIGHTS)
			reply = LAUNCH_REFUSED;
		else
			doubt_explain(why, name);
		break;
	}
	if (f != NULL)
		*f = *why;
	return reply;
}

/* --- calls ----------------------------------------------------------------------------- */

static enum launch_reply
refuse_era(const struct era *era, const char *what, struct fault *f)
{
	if (era == NULL) {
		fault_set(f, FAULT_POLICY,
		    "the version of OpenNebula is not known, and with it how to ask for a "
		    "machine");
		fault_remedy(f, "say which it is (--version, or [cloud] version)");
	} else {
		fault_set(f, FAULT_USAGE, "OpenNebula %s %s", era->name, what);
		fault_remedy(f, "describe the machine itself instead");
	}
	return LAUNCH_REFUSED;
}

/* What the request could not hold. 0, or -1 with f. */
static int
text_check(const char *what, const char *s, size_t max, struct fault *f)
{
	size_t len = strlen(s), n;

	if (len > max) {
		fault_set(f, FAULT_USAGE, "%s is longer than %zu bytes", what, max);
		return fault_remedy(f, "make it shorter");
	}
	for (size_t i = 0; i < len; i += n) {
		n = text_utf8_len(s + i, len - i);
		if (n == 0 || ((unsigned char)s[i] < 0x20 && strchr("\t\n\r", s[i]) == NULL)) {
			fault_set(f, FAULT_USAGE,
			    "%s: byte %zu is no UTF-8, or a control character", what, i + 1);
			return fault_remedy(f, "leave it out");
		}
	}
	return 0;
}

enum launch_reply
launch_allocate(struct cloud *c, const struct era *era, const char *template_text, int64_t *id,
    struct fault *f)
{
	const struct form *form = form_find(era);
	struct fault why = {.kind = FAULT_NONE};

	*id = -1;
	if (form == NULL)
		return refuse_era(era, "is older than any that is known here", f);
	if (text_check("the template", template_text, LIMIT_TEMPLATE, f) != 0)
		return LAUNCH_NOT_SENT;
	return reply_of(one_vm_allocate(cloud_one(c), template_text, form->hold, id, &why), era,
	    NULL, &why, f);
}

enum launch_reply
launch_instantiate(struct cloud *c, const struct era *era, int64_t template_id,
    const char *name, const char *extra, int64_t *id, struct fault *f)
{
	const struct form *form = form_find(era);
	struct fault why = {.kind = FAULT_NONE};

	BUG_ON(template_id < 0 || template_id > INT32_MAX);
	*id = -1;
	if (form == NULL || form->instantiate == 0)
		return refuse_era(era, "keeps no templates", f);
	if (form->instantiate < 4 && extra[0] != '\0')
		return refuse_era(
		    era, "takes nothing beside the name when it instantiates a template", f);
	if (text_check("the name", name, LIMIT_NAME, f) != 0 ||
	    text_check("the template", extra, LIMIT_TEMPLATE, f) != 0)
		return LAUNCH_NOT_SENT;
	return reply_of(one_template_instantiate(cloud_one(c), (int32_t)template_id, name,
			    extra, form->instantiate, id, &why),
	    era, name, &why, f);
}

/* --- templates by name ----------------------------------------------------------------- */

int
launch_find_template(struct cloud *c, struct arena *a, const struct era *era,
    const char *name_or_id, int64_t *id, struct fault *f)
{
	const struct form *form = form_find(era);
	struct tpl_list list = {NULL, 0};
	const struct tpl *found = NULL, *t;
	char safe[96], owner[2][64];
	int64_t number = -1;

	*id = -1;
	if (form == NULL || form->instantiate == 0) {
		refuse_era(era, "keeps no templates", f);
		return -1;
	}
	if (one_templatepool_info(cloud_one(c), a, &list, f) != ONE_DONE)
		return -1;
	if (units_int(name_or_id, 0, INT32_MAX, &number) != 0)
		number = -1;
	text_safe(safe, sizeof(safe), TEXT_TERM, name_or_id);
	for (size_t i = 0; i < list.n; i++) {
		t = &list.v[i];
		if (t->id != number && (t->name[0] == '\0' || strcmp(t->name, name_or_id) != 0))
			continue;
		if (found != NULL && found->id != t->id) {
			fault_set(f, FAULT_USAGE,
			    "template %s is two: %" PRId64 " of %s and %" PRId64 " of %s", safe,
			    found->id,
			    text_safe(owner[0], sizeof(owner[0]), TEXT_TERM, found->uname),
			    t->id, text_safe(owner[1], sizeof(owner[1]), TEXT_TERM, t->uname));
			return fault_remedy(f,
			    number >= 0 ? "say the name of the one, or the number of the other"
					: "say its number instead");
		}
		found = t;
	}
	if (found == NULL) {
		fault_set(f, FAULT_GONE, "no template %s among the %zu that you may use", safe,
		    list.n);
		return fault_remedy(f, "`onetemplate list` shows them");
	}
	*id = found->id;
	return 0;
}

/* --- machines -------------------------------------------------------------------------- */

int
launch_list(struct cloud *c, struct arena *a, const struct era *era, enum launch_whose whose,
    struct vm **vms, size_t *n, struct fault *f)
{
	struct walk w = {.one = cloud_one(c),
	    .a = a,
	    .era = era,
	    .whose = whose,
	    .page = 2000, /* only to read around malformed documents */
	    .max_machines = cloud_max_machines(c),
	    .extended = era == NULL || era->extended};

	*vms = NULL;
	*n = 0;
	/* All ids in one call, as every client asks (stratuslab.md 2.6); all but DONE. */
	if (walk_at_once(&w, f) != 0)
		return -1;
	*vms = w.vms.v;
	*n = listing_sort(w.vms.v, w.vms.n);
	return 0;
}

const char *
launch_shutdown_verb(const struct era *era, int32_t state, int32_t lcm)
{
	/* Only a guest that runs can be asked (captures: state-operation-results.tsv of both). */
	if (era == NULL || state != 3 || lcm != 3)
		return NULL;
	return era->from < 50000 ? "shutdown" : "terminate";
}
