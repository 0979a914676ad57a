/* SPDX-License-Identifier: ISC */
/*
 * check: the whole policy, after each line of it was found good; and what is legal but should
 * be said aloud. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "policy/check.h"

static void
complain(struct source *s, const char *section, const char *name, const char *what,
    const char *remedy)
{
	const struct key *k = keys_find(section, name);
	struct fault f;

	BUG_ON(k == NULL);
	fault_set(&f, FAULT_POLICY, "%s", what);
	fault_remedy(&f, "%s", remedy);
	source_error(s, source_line(s, k), &f);
}

/* May the class be left out of an armed policy because it is never killed? */
static bool
is_spared(const struct policy *p, const char *section)
{
	return (strcmp(section, "unknown") == 0 && !p->unknown.reap) ||
	       (strcmp(section, "failed") == 0 && !p->failed.reap);
}

void
check_missing(const struct policy *p, struct source *s)
{
	const struct key *table;
	struct fault f;
	size_t n, i;

	table = keys_table(&n);
	for (i = 0; i < n; i++) {
		if (source_has(s, &table[i]))
			continue;
		if (table[i].flags & KEY_REQUIRED) {
			fault_set(&f, FAULT_POLICY, "[%s] %s is missing", table[i].section,
			    table[i].name);
			fault_remedy(
			    &f, "add %s = ... under [%s]", table[i].name, table[i].section);
			source_error(s, source_line(s, &table[i]), &f);
		} else if (p->reap.armed && table[i].flags & KEY_ARMED &&
			   !is_spared(p, table[i].section)) {
			fault_set(&f, FAULT_POLICY, "armed = yes needs [%s] %s",
			    table[i].section, table[i].name);
			fault_remedy(
			    &f, "add %s = %s, or what you want", table[i].name, table[i].def);
			source_error(s, source_line(s, &table[i]), &f);
		}
	}
}

/* What an armed policy must say besides the keys that are marked in the table. */
static void
check_armed(const struct policy *p, struct source *s)
{
	struct fault f;

	if (p->reap.auth_file == NULL && p->reap.cert_file == NULL)
		complain(s, "reap", "armed", "armed = yes needs [reap] auth_file",
		    "name the credential file of the account that may kill, or write armed = "
		    "no");
	if (!p->scope.owners_in.given && !p->scope.groups_in.given &&
	    !p->scope.names_in.given && !p->scope.labels_in.given)
		complain(s, "scope", "owners_in",
		    "armed = yes needs to be told whose machines may be killed",
		    "write owners_in = all under [scope], or name owners_in, groups_in, "
		    "names_in or labels_in");
	if (!s->ended) {
		fault_set(&f, FAULT_POLICY,
		    "armed = yes, and the file does not end with [end]: it may be cut");
		fault_remedy(&f, "restore the rest, and write [end] as the last line");
		source_error(s, s->last, &f);
	}
}

static void
check_marks(const struct policy *p, struct source *s)
{
	static const char gap[] = "gap is shorter than [ledger] interval: every mark would "
				  "lapse before the next sweep";
	static const char longer[] =
	    "write at least twice the interval, or leave gap out for three times it";
	int64_t grace =
	    p->unknown.grace_s > p->failed.grace_s ? p->unknown.grace_s : p->failed.grace_s;

	if (p->unknown.gap_s < p->ledger.interval_s)
		complain(s, "unknown", "gap", gap, longer);
	if (p->failed.gap_s < p->ledger.interval_s)
		complain(s, "failed", "gap", gap, longer);
	if (p->ledger.retention_s <= grace)
		complain(s, "ledger", "retention",
		    "retention is not longer than grace: marks would be forgotten before they "
		    "count",
		    "write more than the grace of [unknown] and [failed]");
}

static void
check_probe(const struct policy *p, struct source *s)
{
	char longest[24], deadline[24];
	int64_t ping = 0, tcp = 0, need;
	struct fault f;
	int i;

	for (i = 0; p->probe.ping && i < p->probe.tries; i++)
		ping += p->probe.try_ms[i];
	if (p->probe.ssh != POLICY_SSH_NEVER || p->probe.n_also_connect > 0)
		tcp = p->probe.ssh_tries * (p->probe.connect_ms + p->probe.greeting_ms);
	if (p->probe.ssh == POLICY_SSH_ALWAYS) /* side by side with the pings, not after them */
		need = tcp > ping ? tcp : ping;
	else
		need = ping + tcp;
	if (p->probe.deadline_ms >= need)
		return;
	fault_set(&f, FAULT_POLICY,
	    "deadline = %s is over before one silent machine is (%s for all its tries)",
	    units_duration_str(deadline, sizeof(deadline), p->probe.deadline_ms),
	    units_duration_str(longest, sizeof(longest), need));
	fault_remedy(&f, "write a longer deadline, or fewer or shorter tries");
	source_error(s, source_line(s, keys_find("probe", "deadline")), &f);
}

static void
check_limits(const struct policy *p, struct source *s)
{
	const struct key *table;
	size_t n, i;

	table = keys_table(&n);
	for (i = 0; i < n; i++) {
		const struct policy_limit *l =
		    (const struct policy_limit *)(const void *)((const char *)p + table[i].at);

		if (table[i].type != KEY_LIMITS || l->n == 0)
			continue;
		if (l->n != 3 || l->s[0] > l->s[1] || l->s[1] > l->s[2])
			complain(s, table[i].section, table[i].name,
			    "these are no three durations in ascending order",
			    "write warning, critical, time-out, such as 1m, 2m, 5m");
	}
}

static void
check_canary(const struct policy *p, struct source *s)
{
	const char *const paths[] = {
	    p->canary.status_file, p->canary.journal, p->ledger.path, p->ledger.status_file};
	size_t i, k;

	check_limits(p, s);
	if (p->canary.template_name != NULL && p->canary.template_file != NULL)
		complain(s, "canary", "template_file",
		    "template and template_file are both set", "write one of them");
	if ((p->canary.template_name != NULL || p->canary.template_file != NULL) &&
	    p->canary.auth_file == NULL)
		complain(s, "canary", "auth_file", "a canary needs [canary] auth_file",
		    "name the credential file of the account that is to own the canaries");
	for (i = 0; i < 2; i++)
		for (k = i + 1; k < sizeof(paths) / sizeof(paths[0]); k++)
			if (strcmp(paths[i], paths[k]) == 0)
				complain(s, "canary", i == 0 ? "status_file" : "journal",
				    "this file has another use already", "write another path");
}

/* A report must not be written over what sweeps live on, nor over the other one. */
static void
check_report(const struct policy *p, struct source *s)
{
	const char *const paths[] = {p->report.html, p->report.prometheus, p->ledger.path,
	    p->ledger.status_file, p->canary.status_file, p->canary.journal, p->path};
	size_t i, k;

	for (i = 0; i < 2; i++)
		for (k = i + 1; paths[i] != NULL && k < sizeof(paths) / sizeof(paths[0]); k++)
			if (paths[k] != NULL && strcmp(paths[i], paths[k]) == 0)
				complain(s, "report", i == 0 ? "html" : "prometheus",
				    "this file has another use already", "write another path");
}

static void
check_passive(const struct policy *p, struct source *s)
{
	if (p->passive.icinga_url != NULL && p->passive.icinga_auth_file == NULL)
		complain(s, "passive", "icinga_url",
		    "icinga_url needs [passive] icinga_auth_file",
		    "name the credential file of an ApiUser");
	if ((p->passive.icinga_url != NULL || p->passive.nagios_command_file != NULL) &&
	    p->passive.host == NULL)
		complain(s, "passive", "host", "a result that is pushed needs [passive] host",
		    "name the host object that the service belongs to");
}

static void
check_notify(const struct policy *p, struct source *s)
{
	const struct policy_list *l = &p->notify.owners;

	if (p->notify.mail != NULL && p->notify.from == NULL)
		complain(s, "notify", "mail", "mail needs [notify] from",
		    "write the address that answers should go to, such as from = "
		    "cloud@example.org");
	for (size_t i = 0; i < l->n; i++) {
		char name[300];

		snprintf(name, sizeof(name), "%.*s", (int)(strrchr(l->v[i], '=') - l->v[i]),
		    l->v[i]);
		if (policy_owner_address(p, name) != strrchr(l->v[i], '=') + 1)
			complain(s, "notify", "owners", "owners names a user twice",
			    "keep one address for each user");
	}
}

void
check_policy(const struct policy *p, struct source *s)
{
	if (p->reap.armed)
		check_armed(p, s);
	check_marks(p, s);
	check_probe(p, s);
	check_canary(p, s);
	check_report(p, s);
	check_passive(p, s);
	check_notify(p, s);
	if (p->reap.wait_s > p->reap.stuck_after_s)
		complain(s, "reap", "wait", "wait is longer than stuck_after",
		    "write a shorter wait");
	if (p->reap.n_windows == 0 && source_has(s, keys_find("reap", "time_zone")) &&
	    strcmp(p->reap.time_zone, "UTC") != 0)
		complain(s, "reap", "time_zone",
		    "time_zone without hours: nothing would be held to it",
		    "write hours = Mon-Fri 09:00-16:00 or the like, or leave time_zone out");
	if (strcmp(p->ledger.path, p->ledger.status_file) == 0)
		complain(s, "ledger", "status_file", "status_file is the ledger itself",
		    "write another path");
}

static bool
has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void
warn_cloud(const struct policy *p, struct text *out)
{
	const char *url = p->cloud.endpoint;

	if (p->cloud.insecure)
		text_add(out, "[cloud] insecure = yes: the server is not verified; whoever "
			      "stands between can take the "
			      "password and invent machines\n");
	if (url != NULL && has_prefix(url, "http://") && !has_prefix(url, "http://127.") &&
	    !has_prefix(url, "http://[::1]") && !has_prefix(url, "http://localhost:") &&
	    !has_prefix(url, "http://localhost/"))
		text_add(out, "[cloud] endpoint: plain http to another machine sends the "
			      "password in clear\n");
}

static void
warn_pdisk(const struct policy *p, struct text *out)
{
	const char *url = p->cloud.pdisk;

	if (url != NULL && has_prefix(url, "http://") && !has_prefix(url, "http://127.") &&
	    !has_prefix(url, "http://localhost"))
		text_add(out, "[cloud] pdisk: plain http to another machine sends the password "
			      "in clear\n");
}

static void
warn_class(const struct policy_class *c, const char *section, struct text *out)
{
	if (!c->reap)
		return;
	if (!c->silence)
		text_addf(out, "[%s] silence = no: machines that still answer can be killed\n",
		    section);
	if (c->persistent == POLICY_PERSISTENT_ALLOW)
		text_addf(out,
		    "[%s] persistent = allow: machines with persistent disks can be killed\n",
		    section);
}

static void
warn_notify(const struct policy *p, struct text *out)
{
	if (p->notify.mail == NULL && p->notify.administrators.n > 0)
		text_add(out, "[notify] administrators without mail: no letter is sent\n");
	else if (p->notify.mail == NULL && p->notify.owners.n > 0)
		text_add(out, "[notify] owners without mail: no letter is sent\n");
	if (p->notify.mail != NULL && p->notify.administrators.n == 0)
		text_add(out, "[notify] mail without administrators: machines whose owner has "
			      "no address are never killed, and nobody gets a letter about "
			      "alarms\n");
}

/* What is outside of the networks is never asked, so a canary there never answers. */
static void
warn_canaries(const struct policy *p, struct text *out)
{
	char addr[NET_STR_SIZE];
	size_t i, k;

	for (i = 0; p->probe.n_networks > 0 && i < p->probe.n_canaries; i++) {
		for (k = 0; k < p->probe.n_networks; k++)
			if (net_prefix_has(&p->probe.networks[k], &p->probe.canaries[i]))
				break;
		if (k == p->probe.n_networks)
			text_addf(out,
			    "[probe] canaries: %s is outside of networks, so it is never asked "
			    "and nobody is killed: add it to networks as %s/%d\n",
			    net_addr_str(addr, &p->probe.canaries[i]), addr,
			    p->probe.canaries[i].family == 4 ? 32 : 128);
	}
}

void
policy_warnings(const struct policy *p, struct text *out)
{
	bool needs_silence =
	    (p->unknown.reap && p->unknown.silence) || (p->failed.reap && p->failed.silence);
	bool probes = p->probe.ping || p->probe.ssh != POLICY_SSH_NEVER;
	size_t i;

	warn_cloud(p, out);
	warn_pdisk(p, out);
	for (i = 0; i < p->probe.n_networks; i++)
		if (p->probe.networks[i].bits == 0)
			text_add(out,
			    "[probe] networks: every address of the world may be probed\n");
	warn_notify(p, out);
	warn_canaries(p, out);
	warn_class(&p->unknown, "unknown", out);
	warn_class(&p->failed, "failed", out);
	if (p->limits.per_run == UNITS_UNLIMITED)
		text_add(out, "[limits] per_run = unlimited: one sweep may kill any number of "
			      "machines\n");
	if (p->limits.storm_count == UNITS_UNLIMITED && p->limits.storm_share == 10000)
		text_add(out, "[limits] storm_count = unlimited and storm_share = 100%: "
			      "nothing stops the sweep when the "
			      "whole cloud looks dead\n");
	if (p->reap.armed && needs_silence && (p->probe.n_networks == 0 || !probes))
		text_add(out, "[probe] nothing may be probed, so no machine is ever silent and "
			      "none is killed\n");
}
