/* SPDX-License-Identifier: ISC */
/*
 * reasons: what each gate and veto says to a person, and what to type next.
 *
 * Two tables, next to the list of codes in the header. Pure. The remedy names the non-destructive
 * way first; it never suggests a command that would kill a machine which a rule protects.
 */
#include <stdio.h>
#include <string.h>

#include "verdict/reasons.h"

struct words {
	const char *text, *remedy;
};

#define REASON_X(e, code, rule) [GATE_##e] = {code, rule},
static const struct {
	const char *code, *rule;
} gate_codes[GATE_COUNT] = {GATE_LIST(REASON_X)};
#undef REASON_X

#define REASON_X(e, code, rule) [VETO_##e] = {code, rule},
static const struct {
	const char *code, *rule;
} veto_codes[VETO_COUNT] = {VETO_LIST(REASON_X)};
#undef REASON_X

static const struct words gate_words[GATE_COUNT] = {
    [GATE_OBSERVING] = {"Observing: the policy is not armed, or --reap was not given.",
	"set [reap] armed = yes and run vmreaper sweep --reap"},
    [GATE_NOT_ARMED_HERE] = {"The reaping account does not carry this cloud's marker.",
	"vmreaper doctor (prints the oneuser update to type)"},
    [GATE_POLICY_CHANGED] = {"The policy has changed: its first sweep only observes.",
	"vmreaper policy show; the next sweep may reap"},
    [GATE_LEDGER] = {"The ledger cannot be written, or is not this cloud's.",
	"vmreaper doctor"},
    [GATE_CLOCK_JUMP] = {"The clock jumped since the last sweep: no time was earned.",
	"timedatectl (is the clock kept by NTP?); the next sweep goes on"},
    [GATE_LISTING] = {"The listing is not complete.", "vmreaper doctor"},
    [GATE_IMPLAUSIBLE] = {"Many machines fewer than in the last sweep.",
	"vmreaper doctor (does the account still see all machines?); if they are gone, raise "
	"[limits] shrink for one sweep"},
    [GATE_NO_HOSTS] = {"The account sees no host: nobody can tell what it does not see.",
	"oneacl create \"#UID HOST/* USE *\" (vmreaper doctor prints it with the uid)"},
    [GATE_ERA] = {"The cloud's version is not known.",
	"set [cloud] version to what oned -v says"},
    [GATE_CONTRADICTION] = {"The listing has numbers that this version does not have.",
	"set [cloud] version to what oned -v says; vmreaper doctor"},
    [GATE_BLIND] = {"The prober cannot see: silence proves nothing now.",
	"vmreaper doctor; vmreaper probe ADDRESS of a canary"},
    [GATE_STORM] =
	{"Too many problem machines at once: a host, a network or the cloud has failed.",
	    "onehost list; when a person has understood it: vmreaper acknowledge --all"},
    [GATE_HOURS] = {"Outside of the hours in which the policy reaps.", "see [reap] hours"},
    [GATE_HOLD] = {"On hold: a person pressed the panic button.", "vmreaper resume"},
    [GATE_COOL_DOWN] = {"The cloud was not well a short while ago, or its daemon changed.",
	"nothing: a later sweep goes on; see [reap] cool_down"},
    [GATE_FAILURES] = {"Several kills in a row have failed.", "vmreaper history"},
};

static const struct words veto_words[VETO_COUNT] = {
    [VETO_NOT_REAPABLE] = {"It is in no state that is ever reaped.", ""},
    [VETO_UNRECOGNISED] =
	{"Its state, or something that must be there once, makes no sense here.",
	    "onevm show %d"},
    [VETO_CLASS_OFF] = {"The policy does not reap machines in this state.",
	"onevm recover --retry %d, or name the state in [unknown] or [failed] states"},
    [VETO_HOLDS_NOTHING] = {"It holds nothing that a kill would free.", ""},
    [VETO_NO_VERB] = {"This version has no verb that ends a machine in this state.",
	"onevm recover --success %d, or --retry"},
    [VETO_OUT_OF_SCOPE] = {"The policy's scope does not name it.",
	"see [scope] owners_in, groups_in, names_in, labels_in"},
    [VETO_EXCLUDED] = {"The policy's scope excludes it.",
	"see [scope] owners_out and the other *_out lists"},
    [VETO_TOO_YOUNG] = {"It was created a short while ago, or nobody knows when.",
	"see [scope] min_age; onevm show %d"},
    [VETO_NOT_READ] = {"Not everything about it could be read.", "vmreaper explain --live %d"},
    [VETO_LOCKED] = {"Somebody has locked it.", "onevm unlock %d, if its owner agrees"},
    [VETO_KEEP_MARK] = {"Its attribute or label says: keep.",
	"onevm update %d, if its owner agrees"},
    [VETO_KEEP_LOCAL] = {"An administrator said: keep.", "vmreaper unkeep %d"},
    [VETO_SERVICE] = {"It belongs to a service, which would start it anew.",
	"oneflow list; see [scope] services"},
    [VETO_VROUTER] = {"It is a virtual router.",
	"onevrouter list; see [scope] virtual_routers"},
    [VETO_IMPORTED] = {"It was imported, and not created here.", "see [scope] imported"},
    [VETO_SCHEDULED] = {"It has a scheduled action: somebody has plans for it.",
	"onevm show %d"},
    [VETO_NO_HOST] = {"The host that it was placed on is not in the listing.", "onehost list"},
    [VETO_HOST_STATE] = {"Its host is not monitored, so its state says nothing.",
	"onehost show HOST; onehost enable HOST"},
    [VETO_HOST_STALE] = {"Its host was not monitored lately, so its state says nothing.",
	"onehost forceupdate HOST"},
    [VETO_HOST_COOL] = {"Its host came back a short while ago: its machines may heal.",
	"nothing: a later sweep goes on; see [reap] cool_down"},
    [VETO_RUNS_ELSEWHERE] = {"A host reports that it runs this machine.",
	"onehost show HOST lists it under ZOMBIES; onehost forceupdate HOST"},
    [VETO_ANSWERS_PING] = {"It answers ping: it is alive.",
	"onehost forceupdate HOST, then onevm recover --success %d"},
    [VETO_ANSWERS_SSH] = {"Its ssh port answers: it is alive.",
	"onehost forceupdate HOST, then onevm recover --success %d"},
    [VETO_ANSWERS_TCP] = {"One of its ports answers: it is alive.",
	"onehost forceupdate HOST, then onevm recover --success %d"},
    [VETO_AMBIGUOUS] = {"Another machine claims one of its addresses.",
	"onevnet show NETWORK; onevm show %d"},
    [VETO_NOT_PROBED] = {"Not every one of its addresses could be probed, or it has none.",
	"vmreaper probe %d; see [probe] networks"},
    [VETO_NO_WITNESS] = {"Nobody else in its network answered, so its silence proves nothing.",
	"add an address of that network to [probe] canaries; vmreaper probe %d"},
    [VETO_DATA] = {"It has persistent data.",
	"look at its disks with its owner; see [unknown] persistent"},
    [VETO_DATA_AT_RISK] = {"A kill in this state could lose data, whatever the policy says.",
	"onevm recover --retry %d"},
    [VETO_WITHIN_GRACE] = {"It has not been like this for long enough.",
	"nothing; to keep it: vmreaper keep %d"},
    [VETO_CONFIRMATIONS] = {"Too few sweeps have seen it like this.",
	"nothing; to keep it: vmreaper keep %d"},
    [VETO_KILLED_BEFORE] = {"A kill was already sent.",
	"vmreaper history %d; then a person: onevm recover --success %d"},
    [VETO_STORMED] = {"It was part of a storm, and nobody has acknowledged it.",
	"onehost list; when a person has understood it: vmreaper acknowledge %d"},
    [VETO_NOTICE] = {"Its owner has not been told, or not for long enough, or was told a later "
		     "date.",
	"see [notify] in the policy; to keep it: vmreaper keep %d"},
    [VETO_RATE_RUN] = {"Others are older, and this sweep has its number of kills.",
	"nothing: the next sweep goes on; see [limits] per_run"},
    [VETO_RATE_HOUR] = {"Others are older, and this hour has its number of kills.",
	"nothing: a later sweep goes on; see [limits] per_hour"},
    [VETO_RATE_HOST] = {"Others on its host are older.",
	"nothing: the next sweep goes on; see [limits] per_host"},
    [VETO_RATE_OWNER] = {"Others of its owner are older.",
	"nothing: the next sweep goes on; see [limits] per_owner"},
    [VETO_CHANGED] = {"It was different when it was read again right before the kill.",
	"vmreaper explain %d; the next sweep judges it anew"},
};

static bool
is_gate(enum gate g)
{
	return (unsigned)g < GATE_COUNT;
}

static bool
is_veto(enum veto v)
{
	return (unsigned)v < VETO_COUNT;
}

const char *
gate_code(enum gate g)
{
	return is_gate(g) ? gate_codes[g].code : "?";
}

const char *
gate_rule(enum gate g)
{
	return is_gate(g) ? gate_codes[g].rule : "?";
}

const char *
gate_text(enum gate g)
{
	return is_gate(g) ? gate_words[g].text : "?";
}

const char *
gate_remedy(enum gate g)
{
	return is_gate(g) ? gate_words[g].remedy : "";
}

const char *
veto_code(enum veto v)
{
	return is_veto(v) ? veto_codes[v].code : "?";
}

const char *
veto_rule(enum veto v)
{
	return is_veto(v) ? veto_codes[v].rule : "?";
}

const char *
veto_text(enum veto v)
{
	return is_veto(v) ? veto_words[v].text : "?";
}

const char *
veto_remedy(enum veto v)
{
	return is_veto(v) ? veto_words[v].remedy : "";
}

int
gate_parse(const char *code)
{
	for (int g = 0; g < GATE_COUNT; g++) {
		if (strcmp(gate_codes[g].code, code) == 0)
			return g;
	}
	return -1;
}

int
veto_parse(const char *code)
{
	for (int v = 0; v < VETO_COUNT; v++) {
		if (strcmp(veto_codes[v].code, code) == 0)
			return v;
	}
	return -1;
}

bool
veto_is_wait(enum veto v)
{
	switch (v) {
	case VETO_HOST_COOL:
	case VETO_WITHIN_GRACE:
	case VETO_CONFIRMATIONS:
	case VETO_NOTICE:
	case VETO_RATE_RUN:
	case VETO_RATE_HOUR:
	case VETO_RATE_HOST:
	case VETO_RATE_OWNER:
		return true;
	default:
		return false;
	}
}

/* A name that may stand in a command to type: nothing in it has a meaning for a shell or as an option. */
static bool
is_plain_name(const char *s)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return s != NULL && s[0] != '\0' && s[0] != '-' && strlen(s) <= 64 &&
	       s[strspn(s, plain)] == '\0';
}

char *
reason_remedy(const char *remedy, int64_t id, const char *host, char *buf, size_t size)
{
	char number[24];
	size_t used = 0, n;
	const char *from;

	snprintf(number, sizeof(number), "%lld", (long long)id);
	if (!is_plain_name(host))
		host = "HOST";
	while (*remedy != '\0' && used + 1 < size) {
		from = remedy;
		n = 1;
		if (strncmp(remedy, "%d", 2) == 0) {
			from = number;
			n = strlen(number);
			remedy += 2;
		} else if (strncmp(remedy, "HOST", 4) == 0) {
			from = host;
			n = strlen(host);
			remedy += 4;
		} else {
			remedy++;
		}
		for (size_t i = 0; i < n && used + 1 < size; i++)
			buf[used++] = from[i];
	}
	if (size > 0)
		buf[used] = '\0';
	return buf;
}
