/* SPDX-License-Identifier: ISC */
/*
 * template: the machine that run asks for, in OpenNebula's template language (stratuslab.md 5.2). Pure.
 *
 * Attributes, their order and their spelling are what StratusLab's clients submit, so that its hooks on the node
 * find what they look for. A value that could end its own quotes is refused, not escaped: the language of 3.2 has
 * no escape that all of its readers know.
 */
#ifndef COMMAND_TEMPLATE_H
#define COMMAND_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/text.h"
#include "cloud/cloud.h"

#define TEMPLATE_CONTEXT_MAX 64

struct instance_type {
	const char *name;
	int32_t	cpu, ram_mb, swap_mb;
};
#define TEMPLATE_TYPE_DEFAULT "m1.small"
/* NULL: there is none of that name. */
const struct instance_type *template_type(const char *name);
/* The table of types; the chosen one is marked. */
void	template_types(const char *chosen, struct text *out);

struct template_spec {
	const char *name, *requirements;	/* NULL: not asked for; so below */
	const char *image;			/* SOURCE of the root disk */
	const char *driver;			/* raw, qcow2 */
	const char *bus;			/* ide, scsi, virtio */
	int32_t	cpu, ram_mb, swap_mb;
	const char *cpu_amount;			/* "0.5": CPU where it is not more than cpu */
	int64_t	volatile_gb;			/* 0: none */
	const char *persistent;			/* SOURCE of a volume: "pdisk:..." */
	const char *readonly;			/* URL of a data image's metadata */
	const char *network;			/* public, local, private */
	const char *address, *model;		/* of the NIC */
	bool	host_cpu;
	const char *public_key;			/* one or more lines */
	const struct vm_attr *context;		/* user pairs; the last one of a name counts */
	size_t	n_context;
	const char *inbound_ports;		/* "22,80" */
};
/* Append the template. -1: a value that cannot be written, f names the attribute. */
int	template_text(const struct template_spec *s, struct text *out, struct fault *f);

/* Split "a=b" pairs apart at the separator ('#' or newline) and add them; s is written to. -1: f names the line. */
int	template_context(char *s, char separator, struct vm_attr *pairs, size_t *n, struct fault *f);

#endif
