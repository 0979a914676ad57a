/* SPDX-License-Identifier: ISC */
/*
 * connect: log in to a machine as root, with the real ssh.
 *
 * Hides which of its addresses answers: they are tried in order, and ssh is started once, on the first that greets.
 * ssh gets its arguments as a vector, no shell is asked, and nothing of a tenant's is among them but an address that
 * was parsed as one. stratus-connect-instance takes several ids and does not pass ssh's exit status on, as ever.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "command/instance.h"
#include "command/table.h"
#include "policy/policy.h"
#include "probe/probe.h"

#define ADDRESSES_MAX  64
#define CONNECT_WAIT_S 600
#define NO_CONNECTION  255 /* as ssh itself says it */

static const char help[] =
    "usage: vmreaper connect [-k KEY] [--wait] [--timeout DURATION] ID\n"
    "\n"
    "Log in to a machine as root with ssh, on the first of its addresses that greets.\n"
    "\n"
    "  -k, --key FILE             the private key (STRATUSLAB_KEY or ~/.ssh/id_rsa.pub, "
    "without\n"
    "                             .pub, where that is there)\n"
    "  -w, --wait                 until it answers ping, then until ssh greets\n"
    "      --timeout DURATION     of --wait (10m)\n"
    "\n"
    "Exit status: that of ssh; 255 no connection, 3 the command line.\n";
static const char help_stratus[] =
    "Usage: stratus-connect-instance [options] vm-id ...\n"
    "\n"
    "  -k FILE, --key=FILE   private ssh key\n"
    "The options of the cloud are those of every stratus command; stratus-instance(1).\n";

enum { OPT_TIMEOUT = INSTANCE_LAST };

struct connect {
	struct instance in;
	const char *key; /* as given */
	bool wait;
	int64_t wait_s;

	struct caller c;
	char *private_key; /* NULL: what ssh takes by itself */
	struct addr addrs[ADDRESSES_MAX];
	size_t n;
};

/* --- the key -------------------------------------------------------------- */

/* The private key beside a public one: the name without .pub. The original strips characters, not the suffix. */
static char *
without_pub(const char *path)
{
	char *s = x_strdup(path);
	size_t n = strlen(s);

	if (n > 4 && strcmp(s + n - 4, ".pub") == 0)
		s[n - 4] = '\0';
	return s;
}

static int
key_find(struct connect *k, struct fault *f)
{
	const char *named = k->key != NULL ? k->key : k->c.public_key_file;

	if (named == NULL && !k->in.stratus)
		return 0;
	if (named == NULL)
		return fault_set(
		    f, FAULT_USAGE, "Unspecified user private key. See --key option.");
	k->private_key = without_pub(named);
	if (access(k->private_key, F_OK) == 0)
		return 0;
	if (k->key == NULL && !k->in.stratus) {
		free(k->private_key); /* an agent may have it */
		k->private_key = NULL;
		return 0;
	}
	return fault_set(f, FAULT_USAGE, "Private key `%.200s' does not exist", k->private_key);
}

/* --- the addresses -------------------------------------------------------- */

/* What the cloud leased: NICs in order, then their aliases and outer addresses. A guest's own word is no address. */
static void
addresses_take(struct connect *k, const struct vm *vm)
{
	size_t i;
	int pass;

	k->n = 0;
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < vm->n_addrs && k->n < ADDRESSES_MAX; i++)
			if (vm->addrs[i].origin != ADDR_GUEST &&
			    (vm->addrs[i].origin == ADDR_NIC) == (pass == 0))
				k->addrs[k->n++] = vm->addrs[i].a;
}

/* Probe all addresses once, with ping or for the greeting. The first that answered, or n. */
static size_t
look(struct connect *k, bool ping, bool *can_ping, const volatile bool *stop)
{
	struct probe_target targets[ADDRESSES_MAX] = {0};
	struct prefix networks[ADDRESSES_MAX];
	struct sighting seen[ADDRESSES_MAX];
	struct policy *p = policy_default();
	struct probe_facts facts;
	struct fault f;
	size_t i, found = k->n;

	for (i = 0; i < k->n; i++) {
		networks[i].a = targets[i].a = k->addrs[i];
		networks[i].bits = k->addrs[i].family == 4 ? 32 : 128;
		targets[i].ping = ping;
		targets[i].ssh = !ping;
	}
	/* a person named this machine: its own addresses are the networks that may be probed */
	p->probe.networks = networks;
	p->probe.n_networks = k->n;
	p->probe.ping = ping;
	p->probe.ssh = ping ? POLICY_SSH_NEVER : POLICY_SSH_ALWAYS;
	p->probe.tries = 1;
	p->probe.ssh_tries = 1;
	memset(&facts, 0, sizeof(facts));
	if (probe_run(p, NULL, targets, k->n, seen, &facts, NULL, NULL, stop, 0, NULL, &f) == 0)
		for (i = k->n; i-- > 0;)
			if (ping ? seen[i].ping.result == PROBE_ANSWERED
				 : seen[i].ssh.result == PROBE_ANSWERED)
				found = i;
	if (can_ping != NULL)
		*can_ping = facts.can_ping4 || facts.can_ping6;
	policy_free(p);
	return found;
}

static void
waiting(const struct connect *k, int64_t id, const char *for_what, int64_t since_s)
{
	if (k->in.quiet == 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "\rmachine %" PRId64 ": waiting for %s, %" PRId64 " s\033[K",
		    id, for_what, since_s);
}

/* Has it ended, or failed, so that waiting is in vain? Takes its addresses, which may come late. */
static int
still_hopeful(struct connect *k, int64_t id, char state[static 40], struct fault *f)
{
	struct arena *a = arena_new(16 << 20);
	struct vm vm;
	int rc = 0;

	if (a == NULL || cloud_inspect(k->c.cloud, a, k->c.era, id, &vm, f) != 0) {
		rc = f->kind == FAULT_GONE ? -1 : 0; /* a cloud that stumbles is asked again */
		goto out;
	}
	table_state(k->c.era, vm.state, vm.lcm, state);
	addresses_take(k, &vm);
	if (vm.cls == VM_CLASS_DONE || vm.cls == VM_CLASS_FAILED || vm.cls == VM_CLASS_OFF)
		rc = fault_set(f, FAULT_STATE, "machine %" PRId64 " is %s", id, state);
out:
	arena_free(a);
	return rc;
}

/* Wait for ping, then for the greeting. *at: the address that greets. */
static int
wait_for(struct connect *k, int64_t id, size_t *at, struct fault *f)
{
	const volatile bool *stop = common_signals();
	int64_t begin = clock_mono_ns(), now_s = 0;
	bool pinged = false, can_ping = true;
	char state[40] = "not seen";

	while (!*stop && now_s < k->wait_s) {
		if (still_hopeful(k, id, state, f) != 0)
			return -1;
		waiting(k, id, k->n == 0 ? "an address" : pinged ? "ssh" : "ping", now_s);
		if (k->n > 0 && !pinged) {
			pinged = look(k, true, &can_ping, stop) < k->n || !can_ping;
			if (!can_ping)
				instance_remark(
				    &k->in, "no permission to ping: waiting for ssh alone");
		}
		if (pinged && k->n > 0 && (*at = look(k, false, NULL, stop)) < k->n) {
			if (k->in.quiet == 0 && isatty(STDERR_FILENO))
				fprintf(stderr, "\r\033[K");
			return 0;
		}
		common_sleep_ms(1000);
		now_s = (clock_mono_ns() - begin) / 1000000000;
	}
	return fault_set(f, FAULT_NETWORK, "machine %" PRId64 " is %s; %s within %" PRId64 " s",
	    id, state,
	    k->n == 0 ? "no address"
	    : pinged  ? "ssh did not greet"
		      : "no answer to ping",
	    now_s);
}

/* --- ssh ------------------------------------------------------------------ */

static void ssh_exec(const struct connect *k, const struct addr *a) __attribute__((noreturn));
static void
ssh_exec(const struct connect *k, const struct addr *a)
{
	char to[NET_STR_SIZE + 8], address[NET_STR_SIZE];
	const char *with_key[] = {"ssh", "-p", "22", "-o", "ConnectTimeout=5", "-o",
	    "StrictHostKeyChecking=no", "-o NumberOfPasswordPrompts=3", "-i", k->private_key,
	    to, "", NULL};
	const char *without[] = {"ssh", "-p", "22", "-o", "ConnectTimeout=5", "-o",
	    "StrictHostKeyChecking=no", "-o NumberOfPasswordPrompts=3", to, "", NULL};
	const char **argv = k->private_key != NULL ? with_key : without;

	snprintf(to, sizeof(to), "root@%s", net_addr_str(address, a));
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	fprintf(stderr, "ssh: %s\n", strerror(errno));
	_exit(NO_CONNECTION);
}

/* ssh in a child; its exit status, or 255. */
static int
ssh_run(const struct connect *k, const struct addr *a)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		ssh_exec(k, a);
	if (pid < 0)
		return NO_CONNECTION;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return NO_CONNECTION;
	return WIFEXITED(status) ? WEXITSTATUS(status) : NO_CONNECTION;
}

/* --- the two fronts ------------------------------------------------------- */

static int
machine_find(struct connect *k, int64_t id, struct fault *f)
{
	struct vm vm;

	if (cloud_inspect(k->c.cloud, k->c.arena, k->c.era, id, &vm, f) != 0)
		return -1;
	addresses_take(k, &vm);
	if (k->n > 0)
		return 0;
	return fault_set(f, FAULT_STATE, "machine %" PRId64 " has no address", id);
}

static int
connect_one(struct connect *k, const char *arg)
{
	struct fault f = {.kind = FAULT_NONE};
	struct addr to;
	size_t at = 0;
	int64_t id;

	if (instance_id(arg, &id, &f) != 0)
		return instance_usage(&k->in, "%s", f.msg);
	if (instance_open(&k->in, &k->c, &f) != 0 || key_find(k, &f) != 0 ||
	    (k->wait ? wait_for(k, id, &at, &f) : machine_find(k, id, &f)) != 0) {
		instance_fault(&k->in, &f);
		caller_close(&k->c);
		free(k->private_key);
		return NO_CONNECTION;
	}
	/* of several addresses the first that greets; when none does, ssh says why */
	if (!k->wait && k->n > 1 && (at = look(k, false, NULL, NULL)) == k->n)
		at = 0;
	to = k->addrs[at];
	caller_close(&k->c); /* no password stays in the memory of ssh's process */
	fflush(NULL);
	ssh_exec(k, &to);
}

int
command_connect(int argc, char **argv)
{
	static const struct option options[] = {INSTANCE_LONG,
	    {"key", required_argument, NULL, 'k'}, {"wait", no_argument, NULL, 'w'},
	    {"timeout", required_argument, NULL, OPT_TIMEOUT}, {NULL, 0, NULL, 0}};
	struct connect k = {.in = {.name = "connect"}, .wait_s = CONNECT_WAIT_S};
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":" INSTANCE_SHORT "k:w", options, NULL)) != -1) {
		if (c == 'k')
			k.key = optarg;
		else if (c == 'w')
			k.wait = true;
		else if (c == OPT_TIMEOUT) {
			if (units_duration_s(optarg, &k.wait_s) != 0)
				return instance_usage(
				    &k.in, "--timeout takes a duration: 90s, 10m");
		} else if (!instance_option(&k.in, c, optarg))
			return instance_bad_option(&k.in, c, argv);
	}
	if (instance_done(&k.in, help, &rc))
		return rc;
	if (argc - optind != 1)
		return instance_usage(&k.in, "give the number of one machine");
	return connect_one(&k, argv[optind]);
}

/* As the original: a machine without address is a line on stderr, ssh's exit status is nobody's business. */
static int
stratus_loop(struct connect *k, int argc, char **argv)
{
	struct fault f = {.kind = FAULT_NONE};
	int64_t id;
	size_t a;
	int i;

	for (i = 0; i < argc; i++) {
		if (instance_id(argv[i], &id, &f) != 0)
			return instance_fault(&k->in, &f);
		if (machine_find(k, id, &f) != 0) {
			if (f.kind != FAULT_STATE)
				return instance_fault(&k->in, &f);
			fprintf(stderr, "%s\n", f.msg);
			continue;
		}
		for (a = 0; a < k->n; a++)
			if (ssh_run(k, &k->addrs[a]) != NO_CONNECTION)
				break;
	}
	return STRATUS_OK;
}

int
stratus_connect(int argc, char **argv)
{
	static const struct option options[] = {INSTANCE_LONG_STRATUS, INSTANCE_LONG_PAT,
	    {"key", required_argument, NULL, 'k'}, {NULL, 0, NULL, 0}};
	struct connect k = {.in = {.name = "stratus-connect-instance",
				.arguments = "[options] vm-id ...",
				.stratus = true}};
	struct fault f = {.kind = FAULT_NONE};
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":" INSTANCE_SHORT "k:", options, NULL)) != -1) {
		if (c == 'k')
			k.key = optarg;
		else if (c == INSTANCE_NOT_BUILT)
			return instance_usage(
			    &k.in, "port address translation (--pat-*) is not built");
		else if (!instance_option(&k.in, c, optarg))
			return instance_bad_option(&k.in, c, argv);
	}
	if (instance_done(&k.in, help_stratus, &rc))
		return rc;
	if (optind == argc)
		return instance_usage(&k.in, "Missing vm-id");
	if (instance_open(&k.in, &k.c, &f) != 0)
		rc = instance_fault(&k.in, &f);
	else if (key_find(&k, &f) != 0)
		rc = instance_usage(&k.in, "%s", f.msg);
	else
		rc = stratus_loop(&k, argc - optind, argv + optind);
	caller_close(&k.c);
	free(k.private_key);
	return rc;
}
