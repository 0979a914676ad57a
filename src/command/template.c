/* SPDX-License-Identifier: ISC */
/*
 * template: the text of a StratusLab machine, and the instance types.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "command/template.h"

/* stratuslab.md 1.7; sorted by name, as the original prints them. */
static const struct instance_type types[] = {
    {"c1.medium", 2, 1536, 1536},
    {"c1.xlarge", 4, 6144, 6144},
    {"m1.large", 2, 6144, 6144},
    {"m1.medium", 1, 3072, 3072},
    {"m1.small", 1, 1536, 1536},
    {"m1.xlarge", 4, 8192, 8192},
    {"t1.micro", 1, 512, 512},
};
#define N_TYPES (sizeof(types) / sizeof(types[0]))

const struct instance_type *
template_type(const char *name)
{
	size_t i;

	for (i = 0; i < N_TYPES; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

void
template_types(const char *chosen, struct text *out)
{
	char cpu[24], ram[24], swap[24];
	size_t i;

	text_addf(out, " %-10s%10s%10s%10s\n", "Type", "CPU", "RAM", "SWAP");
	for (i = 0; i < N_TYPES; i++) {
		snprintf(cpu, sizeof(cpu), "%" PRId32 " CPU", types[i].cpu);
		snprintf(ram, sizeof(ram), "%" PRId32 " MB", types[i].ram_mb);
		snprintf(swap, sizeof(swap), "%" PRId32 " MB", types[i].swap_mb);
		text_addf(out, "%s %-10s %10s %10s %10s\n",
		    strcmp(types[i].name, chosen) == 0 ? "*" : " ", types[i].name, cpu, ram,
		    swap);
	}
	text_addc(out, '\n');
}

/*
 * May s stand between double quotes? No control byte but the newline between two keys; a quote only behind a
 * backslash, and no backslash before the quote that we add.
 */
static bool
quotable(const char *s, bool lines)
{
	bool escaped = false;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c < 0x20 && c != '\t' && !(lines && c == '\n')) || c == 0x7f)
			return false;
		if (c == '"' && !escaped)
			return false;
		escaped = c == '\\' && !escaped;
	}
	return !escaped;
}

/* A word without quotes: an address, a model, a number. */
static bool
plain(const char *s)
{
	return *s != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_.:-")] == '\0';
}

static const char *
prefix_of(const char *bus)
{
	if (strcmp(bus, "ide") == 0)
		return "hd";
	if (strcmp(bus, "scsi") == 0)
		return "sd";
	return strcmp(bus, "virtio") == 0 ? "vd" : NULL;
}

static int
check(const char *what, const char *value, bool lines, struct fault *f)
{
	if (value == NULL || quotable(value, lines))
		return 0;
	fault_set(f, FAULT_USAGE, "%s: '%.80s' cannot be written in a template", what, value);
	return fault_remedy(f, "no control characters, and a \" only as \\\"");
}

static int
check_word(const char *what, const char *value, struct fault *f)
{
	if (value == NULL || plain(value))
		return 0;
	return fault_set(f, FAULT_USAGE, "%s: '%.80s' is no plain word", what, value);
}

/* A source without quotes around it: nothing that would end it. */
static int
check_source(const char *value, struct fault *f)
{
	if (value == NULL ||
	    (value[strcspn(value, " \t\r\n\",][=#")] == '\0' && quotable(value, false)))
		return 0;
	return fault_set(f, FAULT_USAGE, "persistent disk: '%.80s' is no source", value);
}

static int
check_all(const struct template_spec *s, struct fault *f)
{
	size_t i;

	if (prefix_of(s->bus) == NULL) {
		fault_set(f, FAULT_USAGE, "unknown disks bus type %.40s", s->bus);
		return fault_remedy(f, "ide, scsi or virtio");
	}
	if (strcmp(s->driver, "raw") != 0 && strcmp(s->driver, "qcow2") != 0)
		return fault_set(f, FAULT_USAGE, "unknown disk format %.40s", s->driver);
	if (s->public_key == NULL || s->public_key[0] == '\0')
		return fault_set(f, FAULT_USAGE, "no public ssh key");
	for (i = 0; i < s->n_context; i++)
		if (check(s->context[i].name, s->context[i].value, false, f) != 0)
			return -1;
	if (s->inbound_ports != NULL &&
	    s->inbound_ports[strspn(s->inbound_ports, "0123456789,:-")] != '\0')
		return fault_set(f, FAULT_REPLY, "inbound ports: '%.80s'", s->inbound_ports);
	if (check("name", s->name, false, f) != 0 ||
	    check("requirements", s->requirements, false, f) != 0 ||
	    check("image", s->image, false, f) != 0 ||
	    check("read-only disk", s->readonly, false, f) != 0 ||
	    check("public key", s->public_key, true, f) != 0 ||
	    check_word("network", s->network, f) != 0 ||
	    check_word("address", s->address, f) != 0 ||
	    check_word("network model", s->model, f) != 0 ||
	    check_word("CPU amount", s->cpu_amount, f) != 0 ||
	    check_source(s->persistent, f) != 0)
		return -1;
	return 0;
}

/* Is the decimal number at most n? Written with digits and a point only (check_word, run). */
static bool
at_most(const char *number, int32_t n)
{
	int64_t whole = 0;

	if (units_int(number, 0, INT32_MAX, &whole) == 0)
		return whole <= n;
	for (; *number >= '0' && *number <= '9' && whole < INT32_MAX; number++)
		whole = whole * 10 + (*number - '0');
	return *number == '.' &&
	       (whole < n || (whole == n && number[1 + strspn(number + 1, "0")] == '\0'));
}

static void
disks_add(const struct template_spec *s, struct text *out)
{
	const char *prefix = prefix_of(s->bus);

	text_addf(out,
	    "DISK = [ source = \"%s\", target = \"%sa\", save = no, readonly = \"no\", driver "
	    "= \"%s\" ]\n",
	    s->image, prefix, s->driver);
	text_addf(out,
	    "DISK = [ type = swap, size = %" PRId32 ", target = \"%sb\", readonly = \"no\" ]\n",
	    s->swap_mb, prefix);
	if (s->volatile_gb > 0)
		text_addf(out,
		    "DISK = [ FORMAT = ext3, READONLY = no, SAVE = no, SIZE = %" PRId64
		    ", TARGET = %sc, TYPE = fs ]\n",
		    s->volatile_gb * 1024, prefix);
	if (s->persistent != NULL)
		text_addf(out, "DISK = [ SOURCE = \"%s\", TARGET = %sc, TYPE = block ]\n",
		    s->persistent, prefix);
	/* READONLY = no on purpose: yes is a deployment that libvirt refuses (client issue 50) */
	if (s->readonly != NULL)
		text_addf(out,
		    "DISK = [ SOURCE = \"%s\", READONLY = no, SAVE = no, TARGET = %sc, DRIVER "
		    "= \"raw\" ]\n",
		    s->readonly, prefix);
}

static void
context_add(const struct template_spec *s, struct text *out)
{
	size_t i, k;

	text_addf(out, "CONTEXT = [ public_key = \"%s\", ", s->public_key);
	for (i = 0; i < s->n_context; i++) {
		for (k = i + 1; k < s->n_context; k++)
			if (strcmp(s->context[i].name, s->context[k].name) == 0)
				break;
		if (k == s->n_context)
			text_addf(
			    out, "%s = \"%s\", ", s->context[i].name, s->context[i].value);
	}
	text_add(out, "target = \"hdd\" ]\n");
}

int
template_text(const struct template_spec *s, struct text *out, struct fault *f)
{
	if (check_all(s, f) != 0)
		return -1;
	if (s->cpu_amount != NULL && at_most(s->cpu_amount, s->cpu))
		text_addf(out, "CPU = %s\n", s->cpu_amount);
	else
		text_addf(out, "CPU = %" PRId32 "\n", s->cpu);
	text_addf(out, "VCPU = %" PRId32 "\nMEMORY = %" PRId32 "\nRANK = \"- RUNNING_VMS\"\n",
	    s->cpu, s->ram_mb);
	if (s->requirements != NULL)
		text_addf(out, "REQUIREMENTS = \"%s\"\n", s->requirements);
	if (s->name != NULL)
		text_addf(out, "NAME = \"%s\"\n", s->name);
	disks_add(s, out);
	text_addf(out, "NIC = [ network_uname = oneadmin, network = \"%s\"", s->network);
	if (s->address != NULL)
		text_addf(out, ", IP = \"%s\"", s->address);
	if (s->model != NULL)
		text_addf(out, ", MODEL = \"%s\"", s->model);
	text_add(out, " ]\n"
		      "GRAPHICS = [ port = \"-1\", keymap = \"en-us\", type = \"vnc\" ]\n");
	if (s->host_cpu)
		text_add(out,
		    "RAW = [ type = \"kvm\", data = \"<qemu:commandline "
		    "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg "
		    "value='-cpu'/><qemu:arg value='host'/></qemu:commandline>\" ]\n");
	context_add(s, out);
	if (s->inbound_ports != NULL && s->inbound_ports[0] != '\0')
		text_addf(out, "INBOUND_PORTS = \"%s\"\n", s->inbound_ports);
	if (out->cut)
		return fault_set(
		    f, FAULT_LIMIT, "the template is longer than %zu bytes", out->max);
	return 0;
}

/* One "name=value" line. */
static int
pair_add(char *line, struct vm_attr *pairs, size_t *n, struct fault *f)
{
	char *equals = strchr(line, '=');

	if (equals == NULL || equals == line)
		return fault_set(
		    f, FAULT_USAGE, "contextualization: syntax error in line `%.80s'", line);
	*equals = '\0';
	if (line[strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789_")] != '\0')
		return fault_set(f, FAULT_USAGE, "contextualization: `%.80s' is no name", line);
	if (*n == TEMPLATE_CONTEXT_MAX)
		return fault_set(f, FAULT_LIMIT, "contextualization: more than %d values",
		    TEMPLATE_CONTEXT_MAX);
	pairs[(*n)++] = (struct vm_attr){line, equals + 1};
	return 0;
}

int
template_context(char *s, char separator, struct vm_attr *pairs, size_t *n, struct fault *f)
{
	char *end;

	for (; s != NULL; s = end) {
		end = strchr(s, separator);
		if (end != NULL)
			*end++ = '\0';
		if (*s != '\0' && pair_add(s, pairs, n, f) != 0)
			return -1;
	}
	return 0;
}
