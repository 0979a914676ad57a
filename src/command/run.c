/* SPDX-License-Identifier: ISC */
/*
 * run: bring machines into being, and say where they are. Returns as soon as the cloud has accepted them.
 *
 * Every machine is asked for once: a reply that is lost may have made one, and asking again would make two.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "command/run.h"
#include "command/table.h"

static const char help[] =
    "usage: vmreaper run [options] IMAGE|TEMPLATE\n"
    "\n"
    "Start machines: from an image of the Marketplace (its identifier), a volume (its UUID) or "
    "a\n"
    "URL on StratusLab; from a template (name or number) on other clouds.\n"
    "\n"
    "  -n, --number INT           how many (1)\n"
    "      --name NAME            of the machine\n"
    "      --cpu INT, --ram MB    instead of what type or template say\n"
    "      --vm-cpu-amount SHARE  CPU reserved: 0.5\n"
    "  -o, --output FILE          the numbers of the machines, one a line\n"
    "      --template             the argument is a template, whatever it looks like\n"
    "\n"
    "For images:\n"
    "  -t, --type TYPE            -l, --list-types: which there are\n"
    "      --swap MB              instead of the type's\n"
    "      --local-ip             or --private-ip: not a public address\n"
    "      --address IP           ask for this one\n"
    "  -k, --key FILE             public ssh key (STRATUSLAB_KEY, ~/.ssh/id_rsa.pub)\n"
    "      --context-file FILE    name=value lines; --context A=B#C=D the same\n"
    "      --volatile-disk GB     --persistent-disk UUID, --readonly-disk IDENTIFIER\n"
    "      --vm-requirements EXPR --vm-network-model MODEL, --vm-disks-bus ide|scsi|virtio\n"
    "      --qcow-disk-format     --use-host-cpu\n"
    "      --allow-withdrawn      an image that is deprecated, expired or without location\n"
    "      --marketplace-endpoint URL\n"
    "      --pdisk-endpoint URL   --pdisk-username NAME, --pdisk-password WORD\n"
    "\n"
    "Exit status: 0 all were started, 1 some, 3 none.\n";
static const char help_stratus[] =
    "Usage: stratus-run-instance [options] image\n"
    "\n"
    "Start a machine: image is the Marketplace ID or persistent volume UUID to start.\n"
    "The options are the original's; stratus-instance(1) lists them.\n";

enum {
	OPT_LOCAL = INSTANCE_LAST,
	OPT_PRIVATE,
	OPT_CPU,
	OPT_RAM,
	OPT_SWAP,
	OPT_AMOUNT,
	OPT_CONTEXT_FILE,
	OPT_CONTEXT,
	OPT_CONTEXT_METHOD,
	OPT_VOLATILE,
	OPT_PERSISTENT,
	OPT_READONLY,
	OPT_QCOW,
	OPT_ADDRESS,
	OPT_NAME,
	OPT_REQUIREMENTS,
	OPT_MODEL,
	OPT_BUS,
	OPT_HOST_CPU,
	OPT_NO_CHECK,
	OPT_NOTIFY,
	OPT_MARKETPLACE,
	OPT_PDISK,
	OPT_PDISK_USER,
	OPT_PDISK_PASSWORD,
	OPT_TEMPLATE,
	OPT_CLOUD_INIT,
	OPT_VNC,
	OPT_SAVE,
	OPT_TEMPLATE_FILE
};
#define RUN_SHORT "n:t:lk:o:"
#define RUN_LONG                                                                           \
	{"number", required_argument, NULL, 'n'}, {"type", required_argument, NULL, 't'},  \
	    {"list-types", no_argument, NULL, 'l'}, {"key", required_argument, NULL, 'k'}, \
	    {"output", required_argument, NULL, 'o'},                                      \
	    {"local-ip", no_argument, NULL, OPT_LOCAL},                                    \
	    {"private-ip", no_argument, NULL, OPT_PRIVATE},                                \
	    {"cpu", required_argument, NULL, OPT_CPU},                                     \
	    {"ram", required_argument, NULL, OPT_RAM},                                     \
	    {"swap", required_argument, NULL, OPT_SWAP},                                   \
	    {"vm-cpu-amount", required_argument, NULL, OPT_AMOUNT},                        \
	    {"context-file", required_argument, NULL, OPT_CONTEXT_FILE},                   \
	    {"context", required_argument, NULL, OPT_CONTEXT},                             \
	    {"context-method", required_argument, NULL, OPT_CONTEXT_METHOD},               \
	    {"volatile-disk", required_argument, NULL, OPT_VOLATILE},                      \
	    {"persistent-disk", required_argument, NULL, OPT_PERSISTENT},                  \
	    {"readonly-disk", required_argument, NULL, OPT_READONLY},                      \
	    {"qcow-disk-format", no_argument, NULL, OPT_QCOW},                             \
	    {"address", required_argument, NULL, OPT_ADDRESS},                             \
	    {"vm-name", required_argument, NULL, OPT_NAME},                                \
	    {"vm-requirements", required_argument, NULL, OPT_REQUIREMENTS},                \
	    {"vm-network-model", required_argument, NULL, OPT_MODEL},                      \
	    {"vm-disks-bus", required_argument, NULL, OPT_BUS},                            \
	    {"use-host-cpu", no_argument, NULL, OPT_HOST_CPU},                             \
	    {"marketplace-endpoint", required_argument, NULL, OPT_MARKETPLACE},            \
	    {"pdisk-endpoint", required_argument, NULL, OPT_PDISK},                        \
	    {"pdisk-username", required_argument, NULL, OPT_PDISK_USER},                   \
	{                                                                                  \
		"pdisk-password", required_argument, NULL, OPT_PDISK_PASSWORD              \
	}

static const struct option options[] = {INSTANCE_LONG, RUN_LONG,
    {"name", required_argument, NULL, OPT_NAME},
    {"allow-withdrawn", no_argument, NULL, OPT_NO_CHECK},
    {"template", no_argument, NULL, OPT_TEMPLATE}, {NULL, 0, NULL, 0}};
static const struct option options_stratus[] = {INSTANCE_LONG_STRATUS, RUN_LONG,
    {"list-type", no_argument, NULL, 'l'},
    {"no-check-image-url", no_argument, NULL, OPT_NO_CHECK},
    {"notify", required_argument, NULL, OPT_NOTIFY},
    {"cloud-init", required_argument, NULL, OPT_CLOUD_INIT},
    {"vnc-port", required_argument, NULL, OPT_VNC},
    {"vnc-listen", required_argument, NULL, OPT_VNC},
    {"keymap", required_argument, NULL, OPT_VNC}, {"save", no_argument, NULL, OPT_SAVE},
    {"author", required_argument, NULL, OPT_SAVE},
    {"author-email", required_argument, NULL, OPT_SAVE},
    {"image-version", required_argument, NULL, OPT_SAVE},
    {"title", required_argument, NULL, OPT_SAVE},
    {"comment", required_argument, NULL, OPT_SAVE},
    {"marketplace-endpoint-newimage", required_argument, NULL, OPT_SAVE},
    {"vm-template-file", required_argument, NULL, OPT_TEMPLATE_FILE}, {NULL, 0, NULL, 0}};

/* --- options -------------------------------------------------------------- */

/* An option with a number; -1 when it is none, which was said. */
static int
take_number(const struct run *r, const char *option, const char *arg, int64_t lo, int64_t hi,
    int64_t *out)
{
	if (units_int(arg, lo, hi, out) == 0)
		return 0;
	instance_usage(&r->in, "option %s: invalid integer value: '%.40s'", option, arg);
	return -1;
}

/* The options that only keep their word. */
static const char **
word_of(struct run *r, int option)
{
	switch (option) {
	case 't':
		return &r->type;
	case 'k':
		return &r->key;
	case 'o':
		return &r->output;
	case OPT_AMOUNT:
		return &r->spec.cpu_amount;
	case OPT_CONTEXT_FILE:
		return &r->context_file;
	case OPT_CONTEXT:
		return &r->context_text;
	case OPT_PERSISTENT:
		return &r->volume;
	case OPT_READONLY:
		return &r->readonly;
	case OPT_ADDRESS:
		return &r->spec.address;
	case OPT_NAME:
		return &r->spec.name;
	case OPT_REQUIREMENTS:
		return &r->spec.requirements;
	case OPT_MODEL:
		return &r->spec.model;
	case OPT_BUS:
		return &r->bus;
	case OPT_MARKETPLACE:
		return &r->marketplace;
	case OPT_PDISK:
		return &r->pdisk;
	case OPT_PDISK_USER:
		return &r->pdisk_user;
	case OPT_PDISK_PASSWORD:
		return &r->pdisk_password;
	}
	return NULL;
}

/* What StratusLab's tool can and this one does not: one clear line. NULL: it is none of those. */
static const char *
not_built(int option, const char *arg)
{
	switch (option) {
	case OPT_CONTEXT_METHOD:
		return strcmp(arg, "one") == 0
			   ? NULL
			   : "cloud-init is not built: --context-method one, --context";
	case OPT_CLOUD_INIT:
		return "cloud-init is not built: --context, --context-file";
	case OPT_VNC:
		return "the vnc options are not built: machines have vnc on a port that the "
		       "cloud chooses";
	case OPT_SAVE:
		return "--save and its options are not built: no image is made of a machine";
	case OPT_TEMPLATE_FILE:
		return "--vm-template-file is not built";
	}
	return NULL;
}

static bool
flag_take(struct run *r, int option)
{
	switch (option) {
	case OPT_LOCAL:
		r->spec.network = "local"; /* it wins over private */
		return true;
	case OPT_PRIVATE:
		if (strcmp(r->spec.network, "local") != 0)
			r->spec.network = "private";
		return true;
	case OPT_QCOW:
		r->qcow = true;
		return true;
	case OPT_HOST_CPU:
		r->spec.host_cpu = true;
		return true;
	case OPT_NO_CHECK:
		r->withdrawn = true;
		return true;
	case OPT_TEMPLATE:
		r->template = true;
		return true;
	case OPT_NOTIFY: /* the original has ignored it since 13.10 */
	case OPT_CONTEXT_METHOD:
		return true;
	}
	return false;
}

/* One option. Returns -1, or the exit code with which it ends. */
static int
option_take(struct run *r, int option, char **argv)
{
	const int wrong = r->in.stratus ? STRATUS_USAGE : COMMAND_FAILED;
	const char **word = word_of(r, option), *why;

	if (word != NULL) {
		*word = optarg;
		return -1;
	}
	if ((why = not_built(option, optarg)) != NULL)
		return instance_usage(&r->in, "%s", why);
	if (flag_take(r, option))
		return -1;
	switch (option) {
	case 'n':
		return take_number(r, "-n", optarg, 1, RUN_NUMBER_MAX, &r->number) == 0 ? -1
											: wrong;
	case OPT_CPU:
		return take_number(r, "--cpu", optarg, 1, 4096, &r->cpu) == 0 ? -1 : wrong;
	case OPT_RAM:
		return take_number(r, "--ram", optarg, 1, INT32_MAX, &r->ram_mb) == 0 ? -1
										      : wrong;
	case OPT_SWAP:
		return take_number(r, "--swap", optarg, 0, INT32_MAX, &r->swap_mb) == 0 ? -1
											: wrong;
	case OPT_VOLATILE:
		return take_number(
			   r, "--volatile-disk", optarg, 0, 1 << 20, &r->spec.volatile_gb) == 0
			   ? -1
			   : wrong;
	}
	if (instance_option(&r->in, option, optarg))
		return -1;
	return instance_bad_option(&r->in, option, argv);
}

/* --- the machines --------------------------------------------------------- */

/* The name of a network, each word with a capital, escaped. */
static void
add_network(struct text *out, const char *name)
{
	char safe[80], *s;
	bool inside = false;

	text_safe(safe, sizeof(safe), TEXT_TERM, name != NULL && *name != '\0' ? name : "?");
	for (s = safe; *s != '\0'; s++) {
		bool lower = *s >= 'a' && *s <= 'z', upper = *s >= 'A' && *s <= 'Z';

		if (lower && !inside)
			*s = (char)(*s - 'a' + 'A');
		else if (upper && inside)
			*s = (char)(*s - 'A' + 'a');
		inside = lower || upper;
	}
	text_add(out, safe);
}

/* What became of it: "5507, 192.0.2.1" when quiet, else the step and the line of its address. */
static void
say_machine(struct run *r, int64_t i, int64_t id)
{
	struct fault f = {.kind = FAULT_NONE};
	const struct vm_addr *a = NULL;
	char address[NET_STR_SIZE] = "";
	struct text out;
	struct vm vm = {0};
	size_t k;

	if (cloud_inspect(r->c.cloud, r->c.arena, r->c.era, id, &vm, &f) != 0)
		fprintf(stderr, "machine %" PRId64 " is there, but: %s\n", id, f.msg);
	for (k = 0; k < vm.n_addrs && a == NULL; k++)
		if (vm.addrs[k].origin == ADDR_NIC)
			a = &vm.addrs[k];
	if (a != NULL)
		net_addr_str(address, &a->a);
	text_init(&out, 4096);
	if (r->in.quiet > 0)
		text_addf(&out, "%" PRId64 ", %s\n", id, address);
	else {
		table_step(&out, "Machine %" PRId64 " (vm ID: %" PRId64 ")", i + 1, id);
		if (a != NULL) {
			text_addc(&out, '\t');
			add_network(&out, a->network);
			text_addf(&out, " ip: %s\n", address);
		}
	}
	common_print(&out);
	text_free(&out);
}

/* The numbers joined by newlines, none at the end: what the original's -i reads back. */
static int
save_ids(const char *path, const int64_t *ids, int64_t n, struct fault *f)
{
	FILE *fp = fopen(path, "we");
	int64_t i;
	bool bad;

	if (fp == NULL)
		return fault_set(f, FAULT_SYSTEM, "%s: %s", path, strerror(errno));
	for (i = 0; i < n; i++)
		fprintf(fp, "%s%" PRId64, i > 0 ? "\n" : "", ids[i]);
	bad = ferror(fp) != 0;
	if (fclose(fp) != 0 || bad)
		return fault_set(f, FAULT_SYSTEM, "%s: not written", path);
	return 0;
}

/* How one machine is asked for: a whole template, or the number of one and what is added to it. */
struct asked {
	const char *text;
	int64_t template_id; /* -1: text is whole */
};

static int
start_all(struct run *r, const struct asked *asked, struct fault *f)
{
	int64_t *ids = x_calloc((size_t)r->number, sizeof(*ids)), i;
	enum launch_reply reply;
	struct text out;
	int rc = 0;

	text_init(&out, 4096);
	if (r->in.quiet == 0) {
		table_box(&out, "Starting machine(s)");
		table_step(&out, "Starting %" PRId64 " machine%s", r->number,
		    r->number > 1 ? "s" : "");
		common_print(&out);
	}
	for (i = 0; i < r->number; i++) {
		if (asked->template_id < 0)
			reply = launch_allocate(r->c.cloud, r->c.era, asked->text, &ids[i], f);
		else
			reply = launch_instantiate(r->c.cloud, r->c.era, asked->template_id,
			    r->spec.name != NULL ? r->spec.name : "", asked->text, &ids[i], f);
		if (reply != LAUNCH_DONE)
			break;
		say_machine(r, i, ids[i]);
	}
	if (i < r->number) {
		instance_fault(&r->in, f);
		rc = r->in.stratus ? STRATUS_FAILED : i > 0 ? COMMAND_PARTLY : COMMAND_FAILED;
	} else if (r->in.quiet == 0)
		printf(" :: Done!\n");
	if (i > 0 && r->output != NULL && save_ids(r->output, ids, i, f) != 0) {
		instance_fault(&r->in, f);
		if (rc == 0)
			rc = r->in.stratus ? STRATUS_FAILED : COMMAND_PARTLY;
	}
	text_free(&out);
	free(ids);
	return rc;
}

/* Other clouds: what a template's machine may have otherwise. */
static int
extra_text(const struct run *r, struct text *out, struct fault *f)
{
	if (r->type != NULL || r->swap_mb >= 0 || r->context_file != NULL ||
	    r->context_text != NULL || r->key != NULL || r->volume != NULL ||
	    r->readonly != NULL || r->spec.volatile_gb > 0 || r->spec.address != NULL ||
	    r->spec.model != NULL || r->bus != NULL || r->spec.requirements != NULL ||
	    r->spec.host_cpu || r->qcow || strcmp(r->spec.network, "public") != 0) {
		fault_set(f, FAULT_USAGE,
		    "a template says itself what its machines are: of the options of images "
		    "only --name, --cpu, --ram and --vm-cpu-amount go with it");
		return fault_remedy(f, "--help tells which options are for images");
	}
	if (r->spec.cpu_amount != NULL) {
		if (r->spec.cpu_amount[0] == '\0' ||
		    r->spec.cpu_amount[strspn(r->spec.cpu_amount, "0123456789.")] != '\0')
			return fault_set(f, FAULT_USAGE, "--vm-cpu-amount: no number");
		text_addf(out, "CPU = %s\n", r->spec.cpu_amount);
	}
	if (r->cpu >= 0)
		text_addf(out, "VCPU = %" PRId64 "\n", r->cpu);
	if (r->ram_mb >= 0)
		text_addf(out, "MEMORY = %" PRId64 "\n", r->ram_mb);
	return 0;
}

/* StratusLab has images; elsewhere only what cannot be a template's name is one. */
static bool
is_image(const struct run *r, const char *arg)
{
	if (r->template)
		return false;
	return r->c.stratuslab || image_is_identifier(arg) || image_is_uuid(arg) ||
	       strncmp(arg, "http://", 7) == 0 || strncmp(arg, "https://", 8) == 0;
}

static int
run(struct run *r, const char *arg)
{
	struct asked asked = {.template_id = -1};
	struct fault f = {.kind = FAULT_NONE};
	struct text text;
	int rc;

	text_init(&text, RUN_TEMPLATE_MAX);
	if (r->pdisk_password != NULL)
		log_warning("run",
		    "a password on the command line can be seen by every user of this machine");
	if (instance_open(&r->in, &r->c, &f) != 0)
		rc = -1;
	else if (is_image(r, arg))
		rc = image_resolve(r, arg, &f) == 0 ? template_text(&r->spec, &text, &f) : -1;
	else if ((rc = extra_text(r, &text, &f)) == 0)
		rc = launch_find_template(
		    r->c.cloud, r->c.arena, r->c.era, arg, &asked.template_id, &f);
	if (rc != 0)
		rc = r->end == RUN_FATAL ? instance_fatal(&r->in, &f)
					 : instance_fault(&r->in, &f);
	else {
		asked.text = text.p;
		rc = start_all(r, &asked, &f);
	}
	caller_close(&r->c);
	text_free(&text);
	free(r->key_text);
	free(r->context_bytes);
	free(r->context_copy);
	return rc;
}

static int
front(struct run *r, int argc, char **argv, const char *short_options,
    const struct option *long_options, const char *help_text)
{
	struct text types;
	bool list = false;
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (c == 'l')
			list = true;
		else if ((rc = option_take(r, c, argv)) >= 0)
			return rc;
	}
	if (instance_done(&r->in, help_text, &rc))
		return rc;
	if (list) {
		text_init(&types, 4096);
		template_types(r->type != NULL ? r->type : TEMPLATE_TYPE_DEFAULT, &types);
		rc = common_print(&types) ? COMMAND_OK : COMMAND_FAILED;
		text_free(&types);
		return rc;
	}
	if (argc - optind != 1)
		return instance_usage(&r->in, "Please specify the machine image to start");
	return run(r, argv[optind]);
}

int
command_run(int argc, char **argv)
{
	struct run r = {.in = {.name = "run"},
	    .number = 1,
	    .cpu = -1,
	    .ram_mb = -1,
	    .swap_mb = -1,
	    .spec = {.network = "public"}};

	return front(&r, argc, argv, ":" INSTANCE_SHORT RUN_SHORT, options, help);
}

int
stratus_run(int argc, char **argv)
{
	struct run r = {.in = {.name = "stratus-run-instance",
			    .arguments = "[options] image",
			    .stratus = true},
	    .number = 1,
	    .cpu = -1,
	    .ram_mb = -1,
	    .swap_mb = -1,
	    .spec = {.network = "public"}};

	return front(
	    &r, argc, argv, ":" INSTANCE_SHORT RUN_SHORT, options_stratus, help_stratus);
}
