/* SPDX-License-Identifier: ISC */
/*
 * test_policy_errors: what is refused in a policy text, and how it is said.
 */
#include "policy_text.h"

/* Complaints: what stands after a minimal policy (its lines are 1 to 3), and the whole of the errors. */
#define LINK_WANT                                                                            \
	" is not valid; write the address of a machine's page as https://HOST/PATH with %d " \
	"once, in the place of its number, such as https://one.example/#vms-tab/%d, or none\n"

static void
bad_values_are_named_with_line_and_remedy(void **state)
{
	static const struct {
		const char *text, *errors;
	} t[] = {
	    {"connections = 0\n", "p.ini:4: connections = 0 is out of range; write 1 to 15\n"},
	    {"connections = 16\n",
		"p.ini:4: connections = 16 is out of range; write 1 to 15\n"},
	    {"connections = 010\n",
		"p.ini:4: connections = 010 is not understood; write a whole number\n"},
	    {"connections = 0x8\n",
		"p.ini:4: connections = 0x8 is not understood; write a whole number\n"},
	    {"connections = 99999999999999999999\n",
		"p.ini:4: connections = 99999999999999999999 is not understood; write a whole "
		"number\n"},
	    {"timeout = 0s\n", "p.ini:4: timeout = 0s is out of range; write 1s to 1h\n"},
	    {"timeout = 5\n", "p.ini:4: timeout = 5 is not understood; it needs its unit: "
			      "write s, m, h, d or w "
			      "behind the number, such as 90s or 24h\n"},
	    {"timeout = 1h30\n", "p.ini:4: timeout = 1h30 is not understood; write one whole "
				 "number and one unit "
				 "(ms, s, m, h, d, w), such as 90s or 24h\n"},
	    {"timeout = -1s\n",
		"p.ini:4: timeout = -1s is not understood; write one whole number and one unit "
		"(ms, s, m, h, d, w), such as 90s or 24h\n"},
	    {"max_memory = 512\n",
		"p.ini:4: max_memory = 512 is not understood; it needs its unit: write MiB or "
		"GiB behind the number, such as 512MiB\n"},
	    {"max_memory = 99999999999GiB\n",
		"p.ini:4: max_memory = 99999999999GiB is not understood; write a whole "
		"number with MiB or GiB, such as 512MiB\n"},
	    {"insecure = maybe\n",
		"p.ini:4: insecure = maybe is not understood; write yes or no\n"},
	    {"insecure = 1\n", "p.ini:4: insecure = 1 is not understood; write yes or no\n"},
	    {"version = latest\n", "p.ini:4: version = latest is not valid; write auto, or the "
				   "version such as 3.2.1\n"},
	    {"account = reaper\n", "p.ini:4: account = reaper is not valid; write UID:NAME, "
				   "such as 4:reaper, or none\n"},
	    {"ca_file = ca.pem\n",
		"p.ini:4: ca_file = ca.pem is not valid; write an absolute path, or none\n"},
	    {"auth_file = one:s3cret\n",
		"p.ini:4: the value of auth_file is not valid (and not shown: it may hold a "
		"password); write the absolute path of a file that holds user:password, not "
		"the password itself, or none\n"},
	    {"name = d\n", "p.ini:4: name again, first in line 2; keep one of them\n"},
	    {"nmae = d\n", "p.ini:4: unknown key nmae in [cloud]; did you mean name?\n"},
	    {"grace = 24h\n",
		"p.ini:4: unknown key grace in [cloud]; it stands under [unknown]\n"},
	    {"password = s3cret\n",
		"p.ini:4: unknown key password in [cloud]; see vmreaper-policy(5), or write # "
		"before it\n"},
	    {"[cloud]\n", "p.ini:4: [cloud] again, first in line 1; write its keys under the "
			  "first one\n"},
	    {"[reaping]\nx = 1\narmed = yes\n",
		"p.ini:4: unknown section [reaping]; see vmreaper-policy(5)\n"},
	    {"[end]\nname = d\n",
		"p.ini:5: the key name stands after [end]; move it under its [section]\n"},
	    {"[end]\n[off]\nx = 1\n",
		"p.ini:5: [off] stands after [end]; write [end] as the last line, once\n"},
	    {"[end]\n[end]\n",
		"p.ini:5: [end] stands after [end]; write [end] as the last line, once\n"},
	    {"[probe]\nssh = sometimes\n",
		"p.ini:5: ssh = sometimes is not understood; write always, when-silent or "
		"never\n"},
	    {"[probe]\nrate = 0\n", "p.ini:5: rate = 0 is out of range; write 1 to 100000\n"},
	    {"[probe]\nrate_per_net = 0\n",
		"p.ini:5: rate_per_net = 0 is out of range; write 1 to 100000\n"},
	    {"[probe]\nconnect_timeout = 2999ms\n",
		"p.ini:5: connect_timeout = 2999ms is out of range; write 3s to "
		"2m\n"},
	    {"[probe]\nping_timeouts = 1s, 0s\n",
		"p.ini:5: ping_timeouts = 0s is out of range; write 100ms to 1m\n"},
	    {"[probe]\nping_timeouts = 1s,1s,1s,1s,1s,1s,1s,1s,1s\n",
		"p.ini:5: ping_timeouts has more than 8 words; "
		"write fewer, or use wider ones\n"},
	    {"[probe]\nping_timeouts = none\n",
		"p.ini:5: ping_timeouts: the word none cannot stand here; write the "
		"words themselves\n"},
	    {"[probe]\nalso_connect = 80, 0\n",
		"p.ini:5: also_connect = 0 is out of range; write 1 to 65535\n"},
	    {"[probe]\nalso_connect = http\n",
		"p.ini:5: also_connect = http is not understood; write a whole number\n"},
	    {"[probe]\nssh_port = 65536\n",
		"p.ini:5: ssh_port = 65536 is out of range; write 1 to 65535\n"},
	    {"[probe]\nnetworks = 10.0.0.1/8\n",
		"p.ini:5: networks = 10.0.0.1/8 is not valid; write networks such as "
		"10.0.0.0/8 or 2001:db8::/32, the host bits zero, or none\n"},
	    {"[probe]\nnetworks = 10.0.0.0/8,\n",
		"p.ini:5: networks has a comma too many; write words with one comma "
		"between two of them\n"},
	    {"[probe]\nnetworks = 10.0.0.0/8,,::/0\n",
		"p.ini:5: networks has a comma too many; write words with one "
		"comma between two of them\n"},
	    {"[probe]\nnetworks = all\n",
		"p.ini:5: networks: the word all cannot stand here; write it alone, or the "
		"words themselves\n"},
	    {"[canary]\npending = 1m, 2m\n",
		"p.ini:5: these are no three durations in ascending order; write warning, "
		"critical, time-out, such as 1m, 2m, 5m\n"},
	    {"[canary]\nboot = 1m, 3m, 2m\n",
		"p.ini:5: these are no three durations in ascending order; write warning, "
		"critical, time-out, such as 1m, 2m, 5m\n"},
	    {"[canary]\nboot = 1m, 2m, 3m, 4m\n",
		"p.ini:5: boot has more than 3 words; write fewer, or use wider ones\n"},
	    {"[canary]\ndone = 1m, 2m, 2d\n",
		"p.ini:5: done = 2d is out of range; write 1s to 1d\n"},
	    {"[canary]\nboot = none\n",
		"p.ini:5: boot: the word none cannot stand here; write the words themselves\n"},
	    {"[canary]\nend = reboot\n",
		"p.ini:5: end = reboot is not understood; write kill or shutdown\n"},
	    {"[canary]\nssh_user = -oProxyCommand\n",
		"p.ini:5: ssh_user = -oProxyCommand is not valid; write the name of an account "
		"of the guest\n"},
	    {"[canary]\nauth_file = /a\ntemplate = t\ntemplate_file = /t\n",
		"p.ini:7: template and template_file are both set; write one of them\n"},
	    {"[canary]\ntemplate = t\n",
		"p.ini:4: a canary needs [canary] auth_file; name the credential file of the "
		"account that is to own the canaries\n"},
	    {"[canary]\njournal = /var/x\nstatus_file = /var/x\n",
		"p.ini:6: this file has another use already; write another path\n"},
	    {"[probe]\ncanaries = 0.0.0.0\n",
		"p.ini:5: canaries = 0.0.0.0 is not valid; write addresses of machines, "
		"such as 192.0.2.1 or 2001:db8::1, or none\n"},
	    {"[probe]\ncanaries = gateway\n",
		"p.ini:5: canaries = gateway is not valid; write addresses of machines, "
		"such as 192.0.2.1 or 2001:db8::1, or none\n"},
	    {"[probe]\ndeadline = 24s\n",
		"p.ini:5: deadline = 24s is over before one silent machine is (25s for all "
		"its tries); write a longer deadline, or fewer or shorter tries\n"},
	    {"[check]\nwarning_unknown = 5:1\n",
		"p.ini:5: warning_unknown = 5:1 is not valid; write a plugin range "
		"such as 0, 10:, ~:5 or @1:3, or none\n"},
	    {"[check]\nwarning_unkown = 5\n",
		"p.ini:5: unknown key warning_unkown in [check]; did you mean "
		"warning_unknown?\n"},
	    {"[check]\noverdue_boot = 0s\n",
		"p.ini:5: overdue_boot = 0s is out of range; write 1m to 365d\n"},
	    {"[check]\noverdue_boot = 90000ms1\n",
		"p.ini:5: overdue_boot = 90000ms1 is not understood; write one "
		"whole number and one unit (ms, s, m, h, d, w), such as 90s or 24h\n"},
	    {"[scope]\nowners_in =\n",
		"p.ini:5: owners_in has no value; write one, or # before the key\n"},
	    {"[scope]\nowners_in = none\n",
		"p.ini:5: owners_in: the word none cannot stand here; write all alone, or "
		"names\n"},
	    {"[scope]\nowners_in = all, bob\n",
		"p.ini:5: owners_in: the word all cannot stand here; write all alone, "
		"or names\n"},
	    {"[scope]\nowners_out = all\n",
		"p.ini:5: owners_out: the word all cannot stand here; write it alone, or "
		"the words themselves\n"},
	    {"[scope]\nowners_out = bob, none\n",
		"p.ini:5: owners_out: the word none cannot stand here; write it "
		"alone, or the words themselves\n"},
	    {"[scope]\nowners_out = \"oneadmin\"\n",
		"p.ini:5: a value in quotes; write it without quotes\n"},
	    {"[scope]\nowners_out = oneadmin # us\n",
		"p.ini:5: a comment after a value; write the comment on a line of "
		"its own\n"},
	    {"[scope]\nids_out = x\n",
		"p.ini:5: ids_out = x is not valid; write numbers of machines, or none\n"},
	    {"[scope]\nkeep_attribute = keep\n",
		"p.ini:5: keep_attribute = keep is not valid; write capitals, digits "
		"and '_'\n"},
	    {"[unknown]\ngrace = 0s\n",
		"p.ini:5: grace = 0s is out of range; write 30m to 365d\n"},
	    {"[unknown]\ngrace = 0\n", "p.ini:5: grace = 0 is not understood; it needs its "
				       "unit: write s, m, h, d or w "
				       "behind the number, such as 90s or 24h\n"},
	    {"[unknown]\ngrace = 29m\n",
		"p.ini:5: grace = 29m is out of range; write 30m to 365d\n"},
	    {"[unknown]\nconfirmations = 1\n",
		"p.ini:5: confirmations = 1 is out of range; write 2 to 1000\n"},
	    {"[unknown]\ngap = 14m\n",
		"p.ini:5: gap is shorter than [ledger] interval: every mark would lapse before "
		"the next sweep; write at least twice the interval, or leave gap out for three "
		"times it\n"},
	    {"[failed]\nstates = Failed\n",
		"p.ini:5: states = Failed is not valid; write state names as OpenNebula "
		"writes them, such as PROLOG_FAILURE\n"},
	    {"[failed]\nstates = all\n", "p.ini:5: states: the word all cannot stand here; "
					 "write the words themselves\n"},
	    {"[failed]\npersistent = yes\n",
		"p.ini:5: persistent = yes is not understood; write keep or allow\n"},
	    {"[limits]\nper_run = none\n",
		"p.ini:5: per_run = none is not understood; write a whole number, or the word "
		"unlimited\n"},
	    {"[limits]\nper_run = -1\n",
		"p.ini:5: per_run = -1 is not understood; write a whole number, or the word "
		"unlimited\n"},
	    {"[limits]\nper_run = 10%\n",
		"p.ini:5: per_run = 10% is not understood; write a whole number, or the word "
		"unlimited\n"},
	    {"[limits]\nstorm_share = 10\n",
		"p.ini:5: storm_share = 10 is not understood; it needs its unit: write a "
		"percentage such as 10%\n"},
	    {"[limits]\nstorm_share = 101%\n",
		"p.ini:5: storm_share = 101% is not understood; write a percentage from "
		"0% to 100%, such as 10%\n"},
	    {"[reap]\nhours = 09:00-16:00\n",
		"p.ini:5: hours: 09:00-16:00 is not a weekly window; write always, or "
		"days and times such as Mon-Fri 09:00-16:00, Sat 10:00-12:00\n"},
	    {"[reap]\nhours = Mon 22:00-06:00\n",
		"p.ini:5: hours: Mon 22:00-06:00 ends before it begins; split it at "
		"midnight: Mon 22:00-24:00, Tue 00:00-06:00\n"},
	    {"[reap]\nhours = Mon 09:00-24:01\n",
		"p.ini:5: hours: Mon 09:00-24:01 is not a weekly window; write "
		"always, or days and times such as Mon-Fri 09:00-16:00, Sat "
		"10:00-12:00\n"},
	    {"[reap]\nhours = Mon 9:00-16:00\n",
		"p.ini:5: hours: Mon 9:00-16:00 is not a weekly window; write always, "
		"or days and times such as Mon-Fri 09:00-16:00, Sat 10:00-12:00\n"},
	    {"[reap]\nhours = Mon 09:60-16:00\n",
		"p.ini:5: hours: Mon 09:60-16:00 is not a weekly window; write "
		"always, or days and times such as Mon-Fri 09:00-16:00, Sat "
		"10:00-12:00\n"},
	    {"[reap]\ntime_zone = ../../etc/passwd\n",
		"p.ini:5: time_zone = ../../etc/passwd is not valid; write UTC "
		"or a name such as Europe/Paris\n"},
	    {"[reap]\ntime_zone = Europe/Paris\n",
		"p.ini:5: time_zone without hours: nothing would be held to it; "
		"write hours = Mon-Fri 09:00-16:00 or the like, or leave time_zone "
		"out\n"},
	    {"[reap]\nwait = 20m\n",
		"p.ini:5: wait is longer than stuck_after; write a shorter wait\n"},
	    {"[ledger]\nretention = 1d\n",
		"p.ini:5: retention is not longer than grace: marks would be forgotten "
		"before they count; write more than the grace of [unknown] and [failed]\n"},
	    {"[ledger]\npath = /a\nstatus_file = /a\n",
		"p.ini:6: status_file is the ledger itself; write another "
		"path\n"},
	    {"[ledger]\npath = vm.db\n",
		"p.ini:5: path = vm.db is not valid; write an absolute path\n"},
	    {"[notify]\nhook = tell-owner\n",
		"p.ini:5: hook = tell-owner is not valid; write an absolute path, or "
		"none\n"},
	    {"[notify]\nmail = /usr/sbin/sendmail\n",
		"p.ini:5: mail needs [notify] from; write the address that answers should go "
		"to, such as from = cloud@example.org\n"},
	    {"[notify]\nmail = sendmail\nfrom = a@b\n",
		"p.ini:5: mail = sendmail is not valid; write an absolute path, or none\n"},
	    {"[notify]\nadministrators = a@b, c\n",
		"p.ini:5: administrators = c is not valid; write addresses as NAME@HOST, of "
		"letters, digits and . _ + - alone, or none\n"},
	    {"[notify]\nowners = alice@example.org\n",
		"p.ini:5: owners = alice@example.org is not valid; write a user of the cloud "
		"and an address as NAME=ADDRESS, such as alice=alice@example.org, or none\n"},
	    {"[notify]\nowners = alice=a@b, bob=b@b, alice=c@b\n",
		"p.ini:5: owners names a user twice; keep one address for each user\n"},
	    {"[passive]\nicinga_url = http://mon:5665\n",
		"p.ini:5: the value of icinga_url is not valid (and not shown: it may hold a "
		"password); write the address of Icinga's API as "
		"https://HOST:5665, without user and password, or none\n"},
	    {"[passive]\nicinga_url = https://mon:5665\nhost = h\n",
		"p.ini:5: icinga_url needs [passive] icinga_auth_file; name the credential "
		"file "
		"of an ApiUser\n"},
	    {"[passive]\nnagios_command_file = /p\n",
		"p.ini:4: a result that is pushed needs [passive] host; name the host object "
		"that the service belongs to\n"},
	    {"[passive]\nhost = one;two\n", "p.ini:5: host = one;two is not valid; write the "
					    "name of an object, at most 128 "
					    "bytes, without illegal_object_name_chars of "
					    "nagios.cfg and semicolons, or none\n"},
	    {"[report]\nmax_bytes = 61441\n",
		"p.ini:5: max_bytes = 61441 is out of range; write 512 to 61440\n"},
	    {"[report]\nlink = one.example/%d\n", "p.ini:5: link = one.example/%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/\n",
		"p.ini:5: link = https://one.example/" LINK_WANT},
	    {"[report]\nlink = https://one.example/%d/%d\n",
		"p.ini:5: link = https://one.example/%d/%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/%s\n",
		"p.ini:5: link = https://one.example/%s" LINK_WANT},
	    {"[report]\nlink = javascript:alert(%d)\n",
		"p.ini:5: link = javascript:alert(%d)" LINK_WANT},
	    {"[report]\nlink = ftp://one.example/%d\n",
		"p.ini:5: link = ftp://one.example/%d" LINK_WANT},
	    {"[report]\nlink = https://user:pw@one.example/%d\n",
		"p.ini:5: link = https://user:pw@one.example/%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/a b/%d\n",
		"p.ini:5: link = https://one.example/a b/%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/%d?a=%\n",
		"p.ini:5: link = https://one.example/%d?a=%" LINK_WANT},
	    {"[report]\nlink = https:///%d\n", "p.ini:5: link = https:///%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/%n%d\n",
		"p.ini:5: link = https://one.example/%n%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/<%d>\n",
		"p.ini:5: link = https://one.example/<%d>" LINK_WANT},
	    {"[report]\nlink = https://%d\n", "p.ini:5: link = https://%d" LINK_WANT},
	    {"[report]\nlink = https://one.example/%%d\n",
		"p.ini:5: link = https://one.example/%%d" LINK_WANT},
	    {"[report]\nprometheus = /var/lib/node/vmreaper.txt\n",
		"p.ini:5: prometheus = /var/lib/node/vmreaper.txt is not valid; write an "
		"absolute path that ends in .prom: the textfile collector reads no other, or "
		"none\n"},
	    {"[report]\nhtml = report.html\n",
		"p.ini:5: html = report.html is not valid; write an absolute path, or none\n"},
	    {"[ledger]\npath = /a.prom\n[report]\nprometheus = /a.prom\n",
		"p.ini:7: this file has another use already; write another path\n"},
	    {"[report]\nhtml = /a.prom\nprometheus = /a.prom\n",
		"p.ini:5: this file has another use already; write another path\n"},
	    {"[off]\nreport_after = 30d",
		"p.ini:5: the file ends in the middle of a line: it may be cut; restore the "
		"rest, and end the last line with a newline\n"},
	};
	struct policy_errors errors;
	struct policy *p;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), MINIMAL "%s", t[i].text);
		p = (struct policy *)text;
		if (policy_parse("p.ini", text, strlen(text), NULL, &p, &errors, NULL) == 0)
			fail_msg("accepted: %s", t[i].text);
		assert_null(p);
		if (strcmp(errors.text.p, t[i].errors) != 0)
			fail_msg("%s gives\n%snot\n%s", t[i].text, errors.text.p, t[i].errors);
		assert_int_equal(errors.n, 1);
		text_free(&errors.text);
	}
}

static void
endpoints_are_urls_without_passwords(void **state)
{
	static const struct {
		const char *url;
		bool ok;
	} t[] = {
	    {"http://127.0.0.1:2633/RPC2", true},
	    {"https://cloud.example.org:2634/pswd/xmlrpc", true},
	    {"http://[::1]:2633/RPC2", true},
	    {"http://h", true},
	    {"localhost:2634", false},
	    {"localhost:2633/RPC2", false},
	    {"ftp://h/RPC2", false},
	    {"HTTP://h/RPC2", false},
	    {"http:///RPC2", false},
	    {"http://:2633/RPC2", false},
	    {"http://oneadmin:s3cret@h/RPC2", false},
	    {"http://oneadmin@h/RPC2", false},
	    {"http://h/RPC2?session=s3cret", false},
	    {"http://h/RPC2#s3cret", false},
	    {"http://h /RPC2", false},
	    {"none", false},
	};
	struct policy_errors errors;
	struct policy *p;
	struct fault f;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), "[cloud]\nname = c\nendpoint = %s\n", t[i].url);
		if ((policy_parse("p.ini", text, strlen(text), NULL, &p, &errors, &f) == 0) !=
		    t[i].ok)
			fail_msg("%s", t[i].url);
		assert_null(strstr(errors.text.p, "s3cret"));
		if (!t[i].ok) {
			assert_int_equal(errors.n, 1);
			assert_memory_equal(errors.text.p, "p.ini:3: ", 9);
			assert_null(strstr(f.msg, "s3cret"));
		}
		policy_free(p);
		text_free(&errors.text);
	}
}

static void
services_of_stratuslab_have_addresses_without_passwords(void **state)
{
	static const struct {
		const char *line;
		bool ok;
	} t[] = {
	    {"pdisk = https://h/pdisk", true},
	    {"pdisk = http://127.0.0.1:8445", true},
	    {"pdisk = pdisk.example.org", true},
	    {"pdisk = none", true},
	    {"pdisk = pdisk:s3cret@h", false},
	    {"pdisk = https://pdisk:s3cret@h/pdisk", false},
	    {"pdisk = h/pdisk", false},
	    {"pdisk = -h", false},
	    {"pdisk = ftp://h/pdisk", false},
	    {"pdisk_auth_file = /etc/vmreaper/pdisk", true},
	    {"pdisk_auth_file = pdisk:s3cret", false},
	    {"marketplace = https://h/marketplace", true},
	    {"marketplace = none", false},
	    {"marketplace = h", false},
	    {"marketplace = https://u:s3cret@h/", false},
	};
	struct policy_errors errors;
	struct policy *p;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), MINIMAL "%s\n", t[i].line);
		if ((policy_parse("p.ini", text, strlen(text), NULL, &p, &errors, NULL) == 0) !=
		    t[i].ok)
			fail_msg("%s: %s", t[i].line, errors.text.p);
		assert_null(strstr(errors.text.p, "s3cret"));
		policy_free(p);
		text_free(&errors.text);
	}
	p = policy_default();
	assert_null(p->cloud.pdisk);
	assert_null(p->cloud.pdisk_auth_file);
	assert_string_equal(p->cloud.marketplace, "https://marketplace.stratuslab.eu");
	policy_free(p);
}

static void
many_errors_are_told_at_once(void **state)
{
	size_t len, want_len;
	char *text = slurp("tests/data/policy/many-errors.ini", &len);
	char *want = slurp("tests/data/policy/many-errors.expected", &want_len);
	struct policy_errors errors;
	struct policy *p;
	struct fault f;

	(void)state;
	assert_int_equal(policy_parse("many-errors.ini", text, len, NULL, &p, &errors, &f), -1);
	assert_string_equal(errors.text.p, want);
	assert_int_equal(errors.n, 23);
	assert_int_equal(f.kind, FAULT_POLICY);
	assert_string_equal(
	    f.msg, "many-errors.ini:1: the key grace stands before any section");
	assert_string_equal(f.remedy, "move it under its [section]");
	text_free(&errors.text);
	free(text);
	free(want);
}

/* A file that is no policy at all must neither flood the terminal nor take its time. */
static void
errors_have_an_end(void **state)
{
	char *text = malloc(POLICY_BYTES_MAX + 1);
	struct policy_errors errors;
	struct policy *p;
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < POLICY_BYTES_MAX; i += 2)
		memcpy(text + i, "x\n", 2);
	assert_int_equal(
	    policy_parse("p.ini", text, POLICY_BYTES_MAX, NULL, &p, &errors, NULL), -1);
	assert_int_equal(errors.n, 50);
	assert_non_null(strstr(errors.text.p, "(more errors are not shown)\n"));
	text_free(&errors.text);
	assert_int_equal(
	    policy_parse("p.ini", text, POLICY_BYTES_MAX + 1, NULL, &p, &errors, NULL), -1);
	assert_string_equal(
	    errors.text.p, "p.ini: more than 1048576 bytes; name the right file\n");
	text_free(&errors.text);
	free(text);
}

/* The name of the file comes from the command line and may be hostile. */
static void
file_names_are_escaped(void **state)
{
	struct policy_errors errors;
	struct policy *p;
	struct fault f;

	(void)state;
	assert_int_equal(policy_parse("a\nb\x1b[2J|c", "x\n", 2, NULL, &p, &errors, &f), -1);
	assert_memory_equal(errors.text.p, "a?b?[2J|c:1: ", 13);
	assert_null(strpbrk(f.msg, "\n\x1b|"));
	text_free(&errors.text);
}

static void
required_keys_are_missed(void **state)
{
	static const struct {
		const char *text, *errors;
	} t[] = {
	    {"", "p.ini:1: [cloud] name is missing; add name = ... under [cloud]\n"
		 "p.ini:1: [cloud] endpoint is missing; add endpoint = ... under [cloud]\n"},
	    {"# nothing\n\n[off]\n",
		"p.ini:3: [cloud] name is missing; add name = ... under [cloud]\n"
		"p.ini:3: [cloud] endpoint is missing; add endpoint = ... under [cloud]\n"},
	    {"\n[cloud]\nname = c\n[off]\n",
		"p.ini:2: [cloud] endpoint is missing; add endpoint = ... under [cloud]\n"},
	    /* a bad value is not a missing one, and a line that cannot be read may have held it */
	    {"[cloud]\nname = /\nendpoint = http://h/\n",
		"p.ini:2: name = / is not valid; write at most 64 letters, "
		"digits, '.', '_' and '-', the first a letter or digit\n"},
	    {"[cloud]\nname = \"c\"\nendpoint = http://h/\n",
		"p.ini:2: a value in quotes; write it without quotes\n"},
	};
	struct policy_errors errors;
	struct policy *p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(policy_parse("p.ini", t[i].text, strlen(t[i].text), NULL, &p,
				     &errors, NULL),
		    -1);
		assert_string_equal(errors.text.p, t[i].errors);
		text_free(&errors.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_values_are_named_with_line_and_remedy),
	    cmocka_unit_test(endpoints_are_urls_without_passwords),
	    cmocka_unit_test(services_of_stratuslab_have_addresses_without_passwords),
	    cmocka_unit_test(many_errors_are_told_at_once),
	    cmocka_unit_test(errors_have_an_end),
	    cmocka_unit_test(file_names_are_escaped),
	    cmocka_unit_test(required_keys_are_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
