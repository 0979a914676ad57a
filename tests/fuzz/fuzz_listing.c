/* SPDX-License-Identifier: ISC */
/*
 * fuzz_listing: everything in cloud/ that reads what a cloud or a file says: the envelope, documents of
 * machines in three eras, documents of hosts, users and templates.
 *
 * Not only "does not crash": the same bytes in other pieces must give the same result, bounds must hold,
 * and no machine that is not clearly unknown or failed may have a verb to kill it with.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "cloud/era.h"
#include "cloud/hostxml.h"
#include "cloud/limits.h"
#include "cloud/tplxml.h"
#include "cloud/vmxml.h"
#include "cloud/xmlrpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY (4u << 20)

static void
machine_check(const struct era *era, const struct vm *vm)
{
	const char *verb = era_kill_verb(era, vm->state, vm->lcm);
	struct holds h;

	BUG_ON(vm->cls >= VM_CLASS_COUNT);
	BUG_ON(verb != NULL && vm->cls != VM_CLASS_UNKNOWN && vm->cls != VM_CLASS_FAILED &&
	       (vm->odd & VM_ODD_TWICE) == 0 && vm->id >= 0);
	BUG_ON((vm->state < 0 || vm->lcm < 0) && vm->cls != VM_CLASS_UNRECOGNISED);
	BUG_ON(strlen(vm->name) > LIMIT_NAME || strlen(vm->host) > LIMIT_NAME);
	BUG_ON(vm->n_addrs > LIMIT_ADDRS || vm->n_disks > LIMIT_DISKS ||
	       vm->n_attrs > LIMIT_ATTRS);
	BUG_ON(vm->stime_s < 0 || vm->rstime_s < 0 || vm->stime_s > LIMIT_TIME_MAX);
	BUG_ON(vm->memory_mib < 0 || vm->disk_mib < 0 || vm->cpu < 0);
	for (size_t i = 0; i < vm->n_addrs; i++)
		BUG_ON(net_addr_is_special(&vm->addrs[i].a));
	vm_holds(era, vm, &h);
	BUG_ON(h.vcpu < 0 || h.memory_mib < 0 || h.disk_mib < 0);
	(void)vm_has_data(vm);
	(void)vm_has_label(vm, "vmreaper-keep");
	(void)vm_attr(vm, "VMREAPER_KEEP");
}

static void
on_value(void *ctx, const char *s, size_t len)
{
	vmxml_feed(ctx, s, len);
}

/* One parse in pieces; the number of machines, or -1. */
static long
machines_parse(
    const struct era *era, const uint8_t *data, size_t size, size_t piece, bool envelope)
{
	struct arena *a = arena_new(MEMORY);
	struct vm_list vms = {NULL, 0};
	struct vmxml *x = vmxml_new(a, era, 1000, &vms);
	struct xmlrpc *e = envelope ? xmlrpc_new(on_value, x) : NULL;
	struct xmlrpc_reply reply;
	struct fault f;
	long result = -1;

	for (size_t at = 0, n; at < size; at += n) {
		n = size - at < piece ? size - at : piece;
		if (envelope)
			xmlrpc_feed(e, (const char *)data + at, n);
		else
			vmxml_feed(x, (const char *)data + at, n);
	}
	if (!envelope || (xmlrpc_end(e, &reply, &f) == 0 && reply.success))
		result = vmxml_end(x, &f) == 0 ? (long)vms.n : -1;
	for (size_t i = 0; i < vms.n; i++)
		machine_check(era, &vms.v[i]);
	xmlrpc_free(e);
	vmxml_free(x);
	arena_free(a);
	return result;
}

static long
hosts_parse(const uint8_t *data, size_t size, size_t piece)
{
	struct arena *a = arena_new(MEMORY);
	struct host_list hosts = {NULL, 0};
	struct account account;
	struct hostxml *x = hostxml_new(a, &hosts, &account);
	struct fault f;
	long result;

	for (size_t at = 0, n; at < size; at += n) {
		n = size - at < piece ? size - at : piece;
		hostxml_feed(x, (const char *)data + at, n);
	}
	result = hostxml_end(x, &f) == 0 ? (long)hosts.n : -1;
	for (size_t i = 0; i < hosts.n; i++) {
		BUG_ON(hosts.v[i].id < 0 || hosts.v[i].monitored_s < 0);
		BUG_ON(strlen(hosts.v[i].name) > LIMIT_NAME);
	}
	hostxml_free(x);
	arena_free(a);
	return result;
}

static long
templates_parse(const uint8_t *data, size_t size, size_t piece)
{
	struct arena *a = arena_new(MEMORY);
	struct tpl_list list = {NULL, 0};
	struct tplxml *x = tplxml_new(a, &list);
	struct fault f;
	long result;

	for (size_t at = 0, n; at < size; at += n) {
		n = size - at < piece ? size - at : piece;
		tplxml_feed(x, (const char *)data + at, n);
	}
	result = tplxml_end(x, &f) == 0 ? (long)list.n : -1;
	for (size_t i = 0; i < list.n; i++) {
		BUG_ON(list.v[i].id < 0 || list.v[i].id > INT32_MAX);
		BUG_ON(strlen(list.v[i].name) > LIMIT_NAME ||
		       strlen(list.v[i].uname) > LIMIT_NAME);
	}
	tplxml_free(x);
	arena_free(a);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct era *eras[] = {era_by_version("7.2.0"), era_by_version("3.2.1"), NULL};
	size_t piece = size > 0 ? data[size - 1] % 37 + 1 : 1;

	for (size_t i = 0; i < sizeof(eras) / sizeof(eras[0]); i++) {
		for (int envelope = 0; envelope < 2; envelope++) {
			BUG_ON(machines_parse(eras[i], data, size, size + 1, envelope != 0) !=
			       machines_parse(eras[i], data, size, piece, envelope != 0));
		}
	}
	BUG_ON(hosts_parse(data, size, size + 1) != hosts_parse(data, size, piece));
	BUG_ON(templates_parse(data, size, size + 1) != templates_parse(data, size, piece));
	return 0;
}
