/* SPDX-License-Identifier: ISC */
/*
 * policy: check a policy file, show the effective one, or start one for an endpoint.
 */
#include <stdlib.h>
#include <string.h>

#include "act/hook.h"
#include "base/arena.h"
#include "base/log.h"
#include "cloud/cloud.h"
#include "cloud/era.h"
#include "command/command.h"

static const char help[] =
    "usage: vmreaper policy check [-f FILE | --cloud NAME | FILE]\n"
    "       vmreaper policy show  [-f FILE | --cloud NAME | FILE]\n"
    "       vmreaper policy init  --endpoint URL [--name NAME]\n"
    "\n"
    "check: every error as FILE:LINE. show: the effective policy as INI that reads back.\n"
    "init: a starter policy on standard output, with the networks and classes seen at the\n"
    "endpoint as comments (account: $ONE_AUTH or ~/.one/one_auth). It kills nothing.\n"
    "\n"
    "  -f, --policy FILE   the policy (default " VMR_SYSCONFDIR "/policy.ini)\n"
    "      --cloud NAME    the policy " VMR_SYSCONFDIR "/NAME.ini\n"
    "      --endpoint URL  the cloud's XML-RPC service, such as http://one.example:2633/RPC2\n"
    "      --name NAME     the cloud's name in the policy (default: the endpoint's host)\n"
    "  -v, --verbose       more in the log; may be repeated\n"
    "  -h, --help          this help\n"
    "      --version       the version\n"
    "\n"
    "Exit status: 0 done, 3 the policy has errors or the cloud could not be listed.\n";

enum { OPT_ENDPOINT = COMMON_LAST, OPT_NAME };

/* The host part of an endpoint as a cloud's name: what is not [A-Za-z0-9.-] ends it. */
static void
name_from(const char *endpoint, char *name, size_t size)
{
	const char *s = strstr(endpoint, "://");
	size_t n = 0;

	for (s = s != NULL ? s + 3 : endpoint; n + 1 < size; s++) {
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			(*s >= '0' && *s <= '9') || *s == '.' || *s == '-'))
			break;
		name[n++] = *s;
	}
	name[n] = '\0';
	if (n == 0)
		snprintf(name, size, "cloud");
}

struct network {
	const char *name;
	int32_t id;
	struct prefix around; /* the /24 or /64 around its first address */
	size_t machines;
};

/* One line a network: "# public (0): 12 machines, for example 10.0.0.0/24". */
static void
networks_seen(struct arena *a, const struct listing *l, struct text *out)
{
	void *array = NULL;
	struct network *nets;
	char buf[NET_STR_SIZE];
	size_t i, k, m, n = 0;

	for (i = 0; i < l->n; i++)
		for (k = 0; k < l->vms[i].n_addrs; k++) {
			const struct vm_addr *va = &l->vms[i].addrs[k];

			nets = array;
			for (m = 0; m < n; m++)
				if (nets[m].id == va->network_id &&
				    net_prefix_has(&nets[m].around, &va->a))
					break;
			if (m == n) {
				if (n >= 64 || arena_push(a, &array, n, sizeof(*nets)) == NULL)
					continue;
				nets = array;
				nets[n].name = va->network != NULL ? va->network : "?";
				nets[n].id = va->network_id;
				nets[n].around.a = va->a;
				nets[n].around.bits = va->a.family == 4 ? 24 : 64;
				memset(nets[n].around.a.b + nets[n].around.bits / 8, 0,
				    sizeof(nets[n].around.a.b) - nets[n].around.bits / 8);
				n++;
			}
			nets[m].machines++;
		}
	nets = array;
	for (m = 0; m < n; m++) {
		text_addf(out, "%s: ", net_prefix_str(buf, &nets[m].around));
		text_add_safe(out, TEXT_TERM, nets[m].name, 64);
		text_addf(
		    out, " (network %d), %zu addresses\n", (int)nets[m].id, nets[m].machines);
	}
	if (n == 0)
		text_add(out, "no address in the listing\n");
}

static void
classes_seen(const struct listing *l, struct text *out)
{
	size_t count[VM_CLASS_COUNT] = {0}, i;

	for (i = 0; i < l->n; i++)
		count[l->vms[i].cls]++;
	text_addf(out, "%zu machines", l->n);
	for (i = 0; i < VM_CLASS_COUNT; i++)
		if (count[i] > 0)
			text_addf(out, ", %zu %s", count[i], vm_class_str((enum vm_class)i));
	text_addf(out, "; OpenNebula %s\n",
	    l->version[0] != '\0' ? l->version : "(version not known)");
}

static int
policy_init(const char *endpoint, const char *name)
{
	struct policy *p = policy_default();
	struct arena *a = arena_new((size_t)p->cloud.max_memory_mib << 20);
	struct cloud *cloud = NULL;
	struct listing l;
	struct fault f;
	struct text networks, classes, out;
	char host[64];
	int rc = COMMAND_FAILED;

	memset(&f, 0, sizeof(f));
	text_init(&networks, 16 * 1024);
	text_init(&classes, 4 * 1024);
	text_init(&out, 128 * 1024);
	p->cloud.endpoint = endpoint;
	if (cloud_open_as(p, CLOUD_READER, &cloud, &f) != 0 ||
	    cloud_list(cloud, a, &l, &f) != 0)
		goto out;
	networks_seen(a, &l, &networks);
	classes_seen(&l, &classes);
	name_from(endpoint, host, sizeof(host));
	policy_starter(name != NULL ? name : host, endpoint, networks.p, classes.p, &out);
	rc = common_print(&out) ? COMMAND_OK : COMMAND_FAILED;
out:
	if (f.kind != FAULT_NONE)
		common_fault("policy init", &f);
	cloud_close(cloud);
	text_free(&networks);
	text_free(&classes);
	text_free(&out);
	arena_free(a);
	policy_free(p);
	return rc;
}

/* The program may be on another host than the one where the policy is checked: a warning, no error. */
static void
warn_program(const char *path, const char *key, struct text *out)
{
	struct fault f = {.kind = FAULT_NONE};

	if (path != NULL && hook_check(path, &f) != 0)
		text_addf(out, "[notify] %s: %s: nobody is killed until that is mended\n", key,
		    f.msg);
}

static int
policy_check_or_show(const struct common *common, bool show)
{
	struct policy *p = common_policy(common);
	struct text out, warnings;
	int rc = COMMAND_OK;

	if (p == NULL)
		return COMMAND_FAILED;
	text_init(&out, 256 * 1024);
	if (show)
		policy_print(p, &out);
	else
		text_addf(&out, "%s: no errors; %s\n", p->path,
		    p->reap.armed ? "armed (kills with --reap)" : "observing (kills nothing)");
	text_init(&warnings, 16 * 1024);
	policy_warnings(p, &warnings);
	if (!show) {
		warn_program(p->notify.hook, "hook", &warnings);
		warn_program(p->notify.mail, "mail", &warnings);
	}
	fputs(warnings.p, stderr);
	text_free(&warnings);
	if (!common_print(&out))
		rc = COMMAND_FAILED;
	text_free(&out);
	policy_free(p);
	return rc;
}

int
command_policy(int argc, char **argv)
{
	static const struct option options[] = {COMMON_LONG,
	    {"endpoint", required_argument, NULL, OPT_ENDPOINT},
	    {"name", required_argument, NULL, OPT_NAME}, {NULL, 0, NULL, 0}};
	struct common common = {0};
	const char *endpoint = NULL, *name = NULL, *verb;
	int c, rc;

	while ((c = getopt_long(argc, argv, COMMON_SHORT, options, NULL)) != -1) {
		if (c == OPT_ENDPOINT)
			endpoint = optarg;
		else if (c == OPT_NAME)
			name = optarg;
		else if (!common_option(&common, c, optarg))
			return common_usage("policy");
	}
	if (common_done(&common, help, &rc))
		return rc;
	log_open("vmreaper", LOG_TO_STDERR, common.verbosity);
	verb = optind < argc ? argv[optind++] : "";
	if (strcmp(verb, "init") == 0) {
		if (endpoint == NULL || optind != argc) {
			fprintf(stderr, "vmreaper policy init: give --endpoint URL\n");
			return common_usage("policy");
		}
		return policy_init(endpoint, name);
	}
	if (*verb == '\0') {
		fprintf(stderr, "vmreaper policy: init, check or show?\n");
		return common_usage("policy");
	}
	if (strcmp(verb, "check") != 0 && strcmp(verb, "show") != 0)
		return common_surplus("policy", verb);
	if (optind < argc && common.policy_path == NULL && common.cloud == NULL)
		common.policy_path = argv[optind++];
	if (optind != argc)
		return common_surplus("policy", argv[optind]);
	return policy_check_or_show(&common, strcmp(verb, "show") == 0);
}
