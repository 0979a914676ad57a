/* SPDX-License-Identifier: ISC */
/*
 * describe: the caller's machines, or the named ones, as a table. stratus-describe-instance is the same with the
 * original's options, names of addresses looked up, and nothing printed when one of several ids fails.
 */
#include <stdlib.h>
#include <string.h>

#include "cloud/launch.h"
#include "command/instance.h"
#include "command/names.h"
#include "command/table.h"
#include "report/machines.h"

#define OUTPUT_MAX    (256 << 20)
#define NAMES_WAIT_MS 5000

static const char help[] =
    "usage: vmreaper describe [--all-users] [--json] [--resolve] [--color WHEN]\n"
    "                         [-v] [ID...]\n"
    "\n"
    "The machines of the caller that are not Done, or the machines that are named, Done ones\n"
    "too: state, size, address, name. With -v the last error of each.\n"
    "\n"
    "      --all-users            the machines of everybody whom the caller may see\n"
    "      --json                 for programs\n"
    "      --resolve              names of addresses, where the resolver has them\n"
    "      --color WHEN           auto (default: on a terminal), always or never\n";
static const char help_stratus[] =
    "Usage: stratus-describe-instance [options] [vm-id ...]\n"
    "\n"
    "  -n   print addresses, do not look up their names\n"
    "The options of the cloud are those of every stratus command; stratus-instance(1).\n";

enum { OPT_ALL = INSTANCE_LAST, OPT_JSON, OPT_RESOLVE, OPT_COLOR };

struct describe {
	struct instance in;
	bool all, json, resolve;
	enum color color;
};

/* The machines to print into *vms. A machine that fails is said; *failed counts them. */
static int
machines_get(const struct describe *d, struct caller *c, int argc, char **argv, struct vm **vms,
    size_t *n, size_t *failed, struct fault *f)
{
	int64_t id;
	int i;

	*failed = 0;
	*n = 0;
	if (argc == 0)
		return launch_list(
		    c->cloud, c->arena, c->era, d->all ? LAUNCH_ALL : LAUNCH_MINE, vms, n, f);
	*vms = arena_calloc(c->arena, (size_t)argc, sizeof(**vms));
	if (*vms == NULL)
		return fault_set(f, FAULT_SYSTEM, "out of memory");
	for (i = 0; i < argc; i++) {
		if (instance_id(argv[i], &id, f) == 0 &&
		    cloud_inspect(c->cloud, c->arena, c->era, id, &(*vms)[*n], f) == 0) {
			(*n)++;
			continue;
		}
		if (d->in.stratus)
			return -1;
		instance_fault(&d->in, f);
		(*failed)++;
	}
	return 0;
}

/* The names of the addresses that the table shows, in the arena; NULL: none. */
static const char *const *
hosts_get(struct caller *c, const struct vm *vms, size_t n)
{
	const char **hosts = arena_calloc(c->arena, n + 1, sizeof(*hosts));
	struct addr *addrs = arena_calloc(c->arena, n + 1, sizeof(*addrs));
	char(*names)[NAMES_SIZE] = arena_calloc(c->arena, n + 1, sizeof(*names));
	const struct vm_addr *a;
	size_t i;

	if (hosts == NULL || addrs == NULL || names == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		if ((a = table_addr(&vms[i])) != NULL)
			addrs[i] = a->a;
	names_find(addrs, n, NAMES_WAIT_MS, names);
	for (i = 0; i < n; i++)
		hosts[i] = names[i];
	return hosts;
}

/* As the original has it, to the blank; for a person at a terminal as it fits. */
static void
describe_table(const struct describe *d, struct caller *c, const struct vm *vms, size_t n,
    struct text *out)
{
	const char *const *hosts = d->resolve ? hosts_get(c, vms, n) : NULL;
	const struct style style = common_style(d->color);

	if (d->in.stratus || (style.columns == 0 && !style.colour))
		table_add(c->era, vms, n, hosts, d->in.verbosity > 0, out);
	else
		table_add_styled(c->era, vms, n, hosts, d->in.verbosity > 0, &style, out);
}

static int
describe(const struct describe *d, int argc, char **argv)
{
	const struct instance *in = &d->in;
	struct fault f = {.kind = FAULT_NONE};
	struct vm *vms = NULL;
	struct caller c;
	struct text out;
	size_t n, failed;
	int rc;

	text_init(&out, OUTPUT_MAX);
	if (instance_open(in, &c, &f) != 0 ||
	    machines_get(d, &c, argc, argv, &vms, &n, &failed, &f) != 0 ||
	    (d->json && report_machines_json(c.era, vms, n, &out, &f) != 0)) {
		rc = instance_fault(in, &f);
		goto out;
	}
	if (in->stratus && in->verbosity > 0)
		text_addf(&out,
		    "Warning: 'patServiceHost' is not defined, using '%s'.\n"
		    "Warning: 'patGatewayHost' is not defined, using '%s'.\n",
		    c.endpoint, c.endpoint);
	if (!d->json)
		describe_table(d, &c, vms, n, &out);
	rc = failed == 0 ? COMMAND_OK : n > 0 ? COMMAND_PARTLY : COMMAND_FAILED;
	if (!common_print(&out))
		rc = in->stratus ? STRATUS_FAILED : COMMAND_FAILED;
out:
	caller_close(&c);
	text_free(&out);
	return rc;
}

int
command_describe(int argc, char **argv)
{
	static const struct option options[] = {INSTANCE_LONG,
	    {"all-users", no_argument, NULL, OPT_ALL}, {"json", no_argument, NULL, OPT_JSON},
	    {"resolve", no_argument, NULL, OPT_RESOLVE},
	    {"color", required_argument, NULL, OPT_COLOR}, {NULL, 0, NULL, 0}};
	struct describe d = {.in = {.name = "describe"}};
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":" INSTANCE_SHORT, options, NULL)) != -1) {
		if (c == OPT_ALL)
			d.all = true;
		else if (c == OPT_JSON)
			d.json = true;
		else if (c == OPT_RESOLVE)
			d.resolve = true;
		else if (c == OPT_COLOR) {
			if (!common_color(optarg, &d.color))
				return common_usage("describe");
		} else if (!instance_option(&d.in, c, optarg))
			return instance_bad_option(&d.in, c, argv);
	}
	if (instance_done(&d.in, help, &rc))
		return rc;
	if (d.all && optind < argc)
		return instance_usage(&d.in, "--all-users or the numbers of machines");
	return describe(&d, argc - optind, argv + optind);
}

int
stratus_describe(int argc, char **argv)
{
	static const struct option options[] = {
	    INSTANCE_LONG_STRATUS, INSTANCE_LONG_PAT, {NULL, 0, NULL, 0}};
	struct describe d = {.in = {.name = "stratus-describe-instance",
				 .arguments = "[options] [vm-id ...]",
				 .stratus = true},
	    .resolve = true};
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":" INSTANCE_SHORT "nm", options, NULL)) != -1) {
		if (c == 'n')
			d.resolve = false;
		else if (c == 'm')
			return instance_usage(
			    &d.in, "-m is not built: describe each endpoint with --endpoint");
		else if (c == INSTANCE_NOT_BUILT)
			return instance_usage(
			    &d.in, "port address translation (--pat-*) is not built");
		else if (!instance_option(&d.in, c, optarg))
			return instance_bad_option(&d.in, c, argv);
	}
	if (instance_done(&d.in, help_stratus, &rc))
		return rc;
	return describe(&d, argc - optind, argv + optind);
}
