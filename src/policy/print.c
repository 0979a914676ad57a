/* SPDX-License-Identifier: ISC */
/*
 * print: policies as INI: the effective one, and one to start from. Pure.
 */
#include <string.h>

#include "policy/keys.h"
#include "policy/policy.h"
#include "policy/value.h"

/* Lines of somebody else's text as comments: each is escaped, and none can end the comment. */
static void
print_remarks(const char *lines, const char *title, struct text *out)
{
	const char *s, *end;
	char line[256];
	size_t len;

	if (lines == NULL || *lines == '\0')
		return;
	text_addf(out, "# %s\n", title);
	for (s = lines; *s != '\0'; s = *end == '\n' ? end + 1 : end) {
		end = strchr(s, '\n');
		if (end == NULL)
			end = s + strlen(s);
		len = (size_t)(end - s);
		len = len < sizeof(line) ? len : sizeof(line) - 1;
		memcpy(line, s, len);
		line[len] = '\0';
		text_add(out, "#   ");
		text_add_safe(out, TEXT_TERM, line, 120);
		text_addc(out, '\n');
	}
}

void
policy_print(const struct policy *p, struct text *out)
{
	const struct key *table;
	struct text value;
	const char *s, *end;
	size_t n, i;

	text_init(&value, POLICY_BYTES_MAX);
	text_add(out, "# The effective policy of vmreaper: every key, given or by default.\n");
	policy_warnings(p, &value);
	for (s = value.p; (end = strchr(s, '\n')) != NULL; s = end + 1)
		text_addf(out, "# WARNING: %.*s\n", (int)(end - s), s);
	table = keys_table(&n);
	for (i = 0; i < n; i++) {
		if (i == 0 || strcmp(table[i].section, table[i - 1].section) != 0)
			text_addf(out, "\n[%s]\n", table[i].section);
		text_reset(&value);
		if (value_print(&table[i], p, &value))
			text_addf(out, "%s = %s\n", table[i].name, value.p);
		else
			text_addf(out, "# %s is not set\n", table[i].name);
	}
	text_add(out, "\n[end]\n");
	text_free(&value);
}

void
policy_starter(const char *name, const char *endpoint, const char *networks,
    const char *classes, struct text *out)
{
	text_add(out, "# A policy for vmreaper to start from: it observes, and kills nothing. "
		      "Every key and its default:\n"
		      "# vmreaper-policy(5). Check it with: vmreaper policy check FILE\n\n");
	text_add(out, "[cloud]\n# The name that the cloud must answer to before anything is "
		      "killed (vmreaper doctor).\nname = ");
	text_add_safe(out, TEXT_TERM, name, 64);
	text_add(out, "\nendpoint = ");
	text_add_safe(out, TEXT_TERM, endpoint, 2000);
	text_add(out, "\n# The file with user:password of an account that may see every "
		      "machine and host; mode 0600.\n"
		      "# Without it: $ONE_AUTH, then ~/.one/one_auth.\n"
		      "# auth_file = /etc/vmreaper/read.auth\n\n");
	text_add(out, "[probe]\n");
	print_remarks(networks, "Networks seen at this endpoint:", out);
	text_add(out,
	    "# Only addresses inside these are ever probed. Name those where a "
	    "machine that runs answers.\n"
	    "# networks = 192.0.2.0/24\n"
	    "# Addresses inside these that always answer, such as the gateway: without "
	    "an answer silence proves\n# nothing.\n"
	    "# canaries = 192.0.2.1\n\n");
	text_add(out, "[scope]\n"
		      "# Whose machines may be killed: all, or names. Without any of the _in "
		      "keys it cannot be armed.\n"
		      "# owners_in = all\n"
		      "owners_out = oneadmin\n\n");
	print_remarks(classes, "States seen at this endpoint:", out);
	text_add(out, "[unknown]\ngrace = 24h\nconfirmations = 3\n\n"
		      "[failed]\ngrace = 24h\nconfirmations = 3\n\n");
	text_add(out,
	    "[limits]\nper_run = 5\nper_hour = 10\nstorm_count = 10\nstorm_share = 10%\n\n");
	text_add(out, "[reap]\n"
		      "# Arm it after reading what some days of sweeps would have killed "
		      "(vmreaper history).\n"
		      "armed = no\n"
		      "# The file with user:password of the account that may kill; mode 0600.\n"
		      "# auth_file = /etc/vmreaper/reap.auth\n\n");
	text_add(out,
	    "[ledger]\n"
	    "# The group of the account that runs the plugins: it may read what a sweep "
	    "found.\n"
	    "# group = nagios\n\n");
	text_add(
	    out, "# The last line: an armed policy without it is taken to be cut.\n[end]\n");
}
