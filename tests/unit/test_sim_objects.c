/* SPDX-License-Identifier: ISC */
/*
 * test_sim_objects: see test_sim_objects.h. Names, numbers and times are those of the recordings.
 */
#include <stdlib.h>
#include <string.h>

#include "test_sim_objects.h"

/* --- the same objects as were recorded -------------------------------------------------------- */

static void
add_user(
    struct sim *sim, int id, const char *name, const char *password, int gid, const char *gname)
{
	struct sim_user u = {
	    .id = id, .name = name, .password = password, .gid = gid, .gname = gname};

	sim_add_user(sim, &u);
}

static void
add_host(struct sim *sim, int id, const char *name, int64_t mon_s)
{
	struct sim_host h = {.id = id, .name = name, .state = 2, .mon_frozen_s = mon_s};

	if (mon_s == 0)
		h.mon_age_s = -1;
	sim_add_host(sim, &h);
}

/* A machine as most recordings have it: one image disk, one NIC in "public". */
static void
add_plain(struct sim *sim, int id, const char *name, int state, int lcm, int64_t stime_s,
    const char *ip, const char *deploy_id, const char *error)
{
	static const struct sim_attr modern[] = {{"SCHED_REQUIREMENTS", "ID=999"}},
				     old[] = {{"REQUIREMENTS", "ID = 999"}};
	struct sim_nic nic = {.network = "public", .ip = ip};
	struct sim_disk disk = {.kind = SIM_DISK_IMAGE, .image_id = sim_era(sim) == SIM_321};
	struct sim_vm v = sim_vm_default(id);

	v.name = name;
	v.state = state;
	v.lcm = lcm;
	v.stime_s = stime_s;
	v.nics = &nic;
	v.n_nics = ip != NULL;
	v.disks = &disk;
	v.n_disks = ip != NULL;
	v.attrs = sim_era(sim) == SIM_720 ? modern : old;
	v.n_attrs = 1;
	v.deploy_id = deploy_id;
	v.error = error;
	sim_add_vm(sim, &v);
}

/* The same for an account. */
static void
add_owned(struct sim *sim, int id, int uid, const char *uname, int lock)
{
	struct sim_vm v = sim_vm_default(id);

	v.uid = uid;
	v.uname = uname;
	v.gid = 100;
	v.gname = "biotech";
	v.lock = lock;
	sim_add_vm(sim, &v);
}

static void
build_720(struct sim *sim)
{
	static const char failed[] =
	    "Mon Nov 23 07:10:09 2026: Error executing image transfer script: forced failure";

	add_user(sim, 0, "oneadmin", "newpass", 0, "oneadmin");
	add_user(sim, 2, "alice", "alicepw", 100, "biotech");
	add_user(sim, 3, "bob", "bobpw", 100, "biotech");
	add_user(sim, 5, "monitor", "monitorpw", 101, "watchers");
	add_user(sim, 6, "reaper", "reaperpw", 101, "watchers");
	add_host(sim, 0, "node1", 1795423315);
	add_host(sim, 1, "node2", 1795423315);
	add_host(sim, 2, "node3", 1795423315);
	add_host(sim, 3, "node4", 1795423315);
	add_host(sim, 4, "node5", 1795423255);
	add_host(sim, 5, "node6", 0);
	add_plain(sim, 6, "PENDING", 1, 0, 1795417740, "127.10.0.16", NULL, NULL);
	add_plain(sim, 7, "HOLD", 2, 0, 1795417740, "127.10.0.17", NULL, NULL);
	add_plain(sim, 9, "BOOT", 3, 2, 1795417741, "127.10.0.19", NULL, NULL);
	add_plain(sim, 10, "RUNNING", 3, 3, 1795417742, "127.10.0.20", NULL, NULL);
	add_plain(sim, 12, "POWEROFF", 8, 0, 1795417757, "127.10.0.22", NULL, NULL);
	add_plain(sim, 14, "STOPPED", 4, 0, 1795417758, "127.10.0.24", NULL, NULL);
	add_plain(sim, 15, "SUSPENDED", 5, 0, 1795417758, "127.10.0.25", NULL, NULL);
	add_plain(sim, 16, "DONE", 6, 0, 1795417759, "127.10.0.26", NULL, NULL);
	add_plain(sim, 17, "SHUTDOWN", 3, 12, 1795417759, "127.10.0.26", NULL, NULL);
	add_plain(sim, 29, "EPILOG", 3, 11, 1795417781, "127.10.0.37", "node1:run:dummy", NULL);
	add_plain(sim, 41, "BOOT_FAILURE", 3, 36, 1795417807, "127.10.0.49", NULL,
	    "Mon Nov 23 07:10:07 2026: DEPLOY: node1:HOLD:dummy");
	add_plain(sim, 44, "PROLOG_FAILURE", 3, 39, 1795417809, "127.10.0.52", NULL, failed);
	add_plain(sim, 45, "EPILOG_FAILURE", 3, 40, 1795417809, "127.10.0.53",
	    "node1:RUNNING:dummy", failed);
	add_plain(sim, 64, "UNKNOWN", 3, 16, 1795417995, "127.10.0.70", NULL, NULL);
}

/* No machines at all. */
static void
set_bare(struct sim *sim)
{
	int id;

	for (id = 0; id < 1000; id++)
		sim_remove_vm(sim, id);
}

static void
rich(struct sim *sim, int lock, const char *guest_ip)
{
	static const struct sim_nic nics[] = {
	    {.network = "public", .network_id = 0, .ip = "127.10.0.138"},
	    {.network = "dual",
		.network_id = 2,
		.ip = "127.11.0.10",
		.ip6_global = "2001:db8:1::7fff:fe0b:a",
		.ip6_ula = "fd00:1::7fff:fe0b:a",
		.ip6_link = "fe80::7fff:fe0b:a"},
	    {.network = "v6static",
		.network_id = 3,
		.ip6 = "2001:db8:2::10",
		.mac = "02:00:27:1a:56:68"},
	    {.network = "ethonly", .network_id = 4, .mac = "02:00:06:01:9e:70"},
	    {.network = "private", .network_id = 1, .ip = "10.9.0.11", .alias = true}};
	static const struct sim_disk disks[] = {{.kind = SIM_DISK_IMAGE},
	    {.kind = SIM_DISK_VOLATILE, .source = "fs", .size_mib = 100}};
	static const struct sim_attr attrs[] = {
	    {"DESCRIPTION", "vm with <odd> & \"chars\" \xc3\xa9"}, {"EXPIRES", "2030-01-01"},
	    {"KEEP", "yes"}, {"OWNER_MAIL", "a@b.example"}, {"SCHED_REQUIREMENTS", "ID=999"}};
	struct sim_vm v = sim_vm_default(304);

	v.uid = 2;
	v.gid = 100;
	v.uname = "alice";
	v.gname = "biotech";
	v.name = "alicevm";
	v.stime_s = 1795418362;
	v.host = 1;
	v.cpu = "0.5";
	v.vcpu = 2;
	v.memory_mib = 256;
	v.nics = nics;
	v.n_nics = 5;
	v.disks = disks;
	v.n_disks = 2;
	v.attrs = attrs;
	v.n_attrs = 5;
	v.labels = "prod,team a/b";
	v.context = true;
	v.vnc_port = 6204;
	v.lock = lock;
	v.guest_ip = guest_ip;
	sim_add_vm(sim, &v);
}

static void
set_rich(struct sim *sim)
{
	rich(sim, 0, NULL);
}

static void
set_rich_monitored(struct sim *sim)
{
	rich(sim, 0, "127.10.0.99");
}

static void
set_rich_locked_1(struct sim *sim)
{
	rich(sim, 1, NULL);
}

static void
set_rich_locked_2(struct sim *sim)
{
	rich(sim, 2, NULL);
}

static void
set_locked(struct sim *sim)
{
	add_owned(sim, 315, 0, "oneadmin", 1);
	add_owned(sim, 553, 2, "alice", 1);
}

static void
set_unlocked(struct sim *sim)
{
	add_owned(sim, 553, 2, "alice", 0);
}

static void
set_persistent(struct sim *sim)
{
	static const struct sim_disk disks[] = {
	    {.kind = SIM_DISK_PERSISTENT, .image = "pdata", .image_id = 1},
	    {.kind = SIM_DISK_IMAGE}, {.kind = SIM_DISK_VOLATILE, .size_mib = 64},
	    {.kind = SIM_DISK_CDROM, .image = "cd", .image_id = 9}};
	static const struct sim_attr attrs[] = {{"SCHED_REQUIREMENTS", "ID=999"}};
	struct sim_nic nic = {.network = "public", .ip = "127.10.1.109"};
	struct sim_vm v = sim_vm_default(541);

	v.name = "persist";
	v.stime_s = 1795418929;
	v.nics = &nic;
	v.n_nics = 1;
	v.disks = disks;
	v.n_disks = 4;
	v.attrs = attrs;
	v.n_attrs = 1;
	sim_add_vm(sim, &v);
}

/* A machine that the failing action was tried on: id and state from the recording's name. */
static void
set_actions(struct sim *sim)
{
	add_plain(sim, 326, "RUNNING", 3, 3, 1795418300, "127.10.0.1", NULL, NULL);
	add_plain(sim, 10295, "x", 3, 12, 1795418300, "127.10.0.2", NULL, NULL);
	add_plain(sim, 10296, "x", 3, 2, 1795418300, "127.10.0.3", NULL, NULL);
}

static void
set_zombies(struct sim *sim)
{
	static const int zombies[] = {10359, 99999};
	struct sim_host h = {.id = 4,
	    .name = "node5",
	    .state = 2,
	    .mon_frozen_s = 1795423255,
	    .zombies = zombies,
	    .n_zombies = 2};
	struct sim_vm v;
	int id;

	sim_add_host(sim, &h);
	for (id = 10356; id <= 10358; id++) {
		v = sim_vm_default(id);
		v.host = 4;
		sim_add_vm(sim, &v);
	}
}

static void
set_host_never(struct sim *sim)
{
	struct sim_host h = {.id = 5,
	    .name = "node6",
	    .state = 3,
	    .mon_age_s = -1,
	    .error = "Error monitoring Host node6 (5): "};

	sim_set_time(sim, 1795423323);
	sim_add_host(sim, &h);
}

static void
set_note(struct sim *sim)
{
	struct sim_attr note = {"STOPGAP_NOTE", "read only"};
	struct sim_user u = {.id = 5,
	    .name = "monitor",
	    .password = "monitorpw",
	    .gid = 101,
	    .gname = "watchers",
	    .attrs = &note,
	    .n_attrs = 1};

	sim_add_user(sim, &u);
}

/* Machines 10360-10373 of alice, to be seen, refused or terminated; 10372 and 10373 locked. */
static void
set_alices(struct sim *sim)
{
	int id;

	for (id = 10360; id <= 10371; id++)
		add_owned(sim, id, 2, "alice", 0);
	add_owned(sim, 10372, 2, "alice", 1);
	add_owned(sim, 10373, 2, "alice", 2);
}

static void
reaper_with(struct sim *sim, bool sees, bool manages, const char *use_operations)
{
	struct sim_attr ops = {"VM_USE_OPERATIONS", use_operations};
	struct sim_user u = {.id = 6,
	    .name = "reaper",
	    .password = "reaperpw",
	    .gid = 101,
	    .gname = "watchers",
	    .sees_vms = sees,
	    .may_manage = manages,
	    .attrs = &ops,
	    .n_attrs = use_operations != NULL};

	sim_add_user(sim, &u);
}

static void
set_reaper_manages(struct sim *sim)
{
	set_alices(sim);
	reaper_with(sim, false, true, NULL);
}

static void
set_reaper_by_use(struct sim *sim)
{
	set_alices(sim);
	reaper_with(sim, true, false, "terminate, update");
}

static void
set_monitor_sees(struct sim *sim)
{
	struct sim_user u = {.id = 5,
	    .name = "monitor",
	    .password = "monitorpw",
	    .gid = 101,
	    .gname = "watchers",
	    .sees_vms = true,
	    .sees_hosts = true};

	set_alices(sim);
	sim_add_user(sim, &u);
}

static void
build_321(struct sim *sim)
{
	static const struct sim_history down = {.stime = 1795418001,
	    .etime = 1795418002,
	    .pstime = 1795418001,
	    .petime = 1795418001,
	    .rstime = 1795418001,
	    .retime = 1795418002,
	    .estime = 1795418002,
	    .eetime = 1795418002};
	static const struct sim_attr attrs[] = {{"REQUIREMENTS", "ID = 999"}};
	struct sim_nic nic = {.network = "public", .ip = "127.10.0.18"};
	struct sim_disk disk = {.kind = SIM_DISK_IMAGE, .image_id = 1};
	struct sim_vm v = sim_vm_default(17);

	add_user(sim, 0, "oneadmin", "oldpass", 0, "oneadmin");
	add_user(sim, 2, "alice", "alicepw", 1, "users");
	add_user(sim, 3, "bob", "bobpw", 1, "users");
	add_user(sim, 5, "monitor", "monitorpw", 1, "users");
	add_host(sim, 0, "node1", 1795417992);
	add_host(sim, 1, "node2", 1795417992);
	add_host(sim, 2, "node3", 1795417992);
	add_plain(sim, 0, "PENDING", 1, 0, 1795417995, "127.10.0.1", NULL, NULL);
	add_plain(sim, 2, "PENDING", 3, 1, 1795417995, "127.10.0.3", NULL, NULL);
	add_plain(sim, 3, "PENDING", 3, 2, 1795417995, "127.10.0.4", NULL, NULL);
	add_plain(sim, 4, "RUNNING", 3, 3, 1795417996, "127.10.0.5", NULL, NULL);
	add_plain(sim, 10, "STOPPED", 4, 0, 1795417998, "127.10.0.11", NULL, NULL);
	add_plain(sim, 14, "RUNNING", 3, 12, 1795418000, "127.10.0.15", NULL, NULL);
	add_plain(sim, 19, "PENDING", 7, 0, 1795418002, "127.10.0.18", NULL,
	    "Error deploying virtual machine: forced failure by stub driver");
	add_plain(sim, 22, "UNKNOWN", 3, 16, 1795418004, "127.10.0.21", NULL, NULL);
	add_owned(sim, 219, 2, "alice", 0);
	v.name = "DONE";
	v.state = 6;
	v.lcm = 0;
	v.stime_s = 1795418001;
	v.etime_s = 1795418002;
	v.nics = &nic;
	v.n_nics = 1;
	v.disks = &disk;
	v.attrs = attrs;
	v.n_attrs = 1;
	v.history = &down;
	v.n_history = 1;
	sim_add_vm(sim, &v);
}

/* Finalized by the simulated cloud itself, so that what a kill leaves behind is compared too. */
static void
set_finalized(struct sim *sim)
{
	struct sim_reply reply;
	char *call;

	sim_set_time(sim, 1795418002);
	add_plain(sim, 18, "DONEf", 3, 3, 1795418002, "127.10.0.18", NULL, NULL);
	call = sim_client_call("one.vm.action", "ssi", "oneadmin:oldpass", "finalize", "18");
	sim_handle(sim, "POST", "/RPC2", call, strlen(call), &reply);
	sim_reply_free(&reply);
	free(call);
}

static void
set_actions_321(struct sim *sim)
{
	int id;

	for (id = 213; id <= 218; id++)
		add_plain(sim, id, "x", 3, 3, 1795418300, "127.10.0.9", NULL, NULL);
	add_plain(sim, 246, "x", 3, 1, 1795418300, "127.10.0.9", NULL, NULL);
}

static void
set_monitored_321(struct sim *sim)
{
	add_host(sim, 1, "node2", 1795423318);
}

static void
set_failed_321(struct sim *sim)
{
	struct sim_host h = {.id = 2,
	    .name = "node3",
	    .state = 3,
	    .mon_frozen_s = 1795423339,
	    .error =
		"Error monitoring host 2 : MONITOR FAILURE 2 forced failure by stub driver\n"};

	sim_set_time(sim, 1795423339);
	sim_add_host(sim, &h);
}

static void
set_stratuslab(struct sim *sim)
{
	static const struct sim_disk disks[] = {
	    {.kind = SIM_DISK_URL, .source = "http://127.0.0.1/images/base.qcow2"},
	    {.kind = SIM_DISK_SOURCE,
		.source = "pdisk:127.0.0.1:8445/6c1a7d1e-1f2b-4b7a-9c51-3c1f60a1f001"},
	    {.kind = SIM_DISK_URL,
		.source = "pdisk:127.0.0.1:8445:6c1a7d1e-1f2b-4b7a-9c51-3c1f60a1f002"},
	    {.kind = SIM_DISK_VOLATILE, .size_mib = 64}};
	static const struct sim_attr attrs[] = {{"REQUIREMENTS", "CLUSTER=\"default\""},
	    {"UUID", "4f0c6d0e-0000-4000-8000-000000000001"}};
	struct sim_nic nic = {.network = "public", .ip = "127.10.0.232"};
	struct sim_vm v = sim_vm_default(276);

	v.name = "vm-stratuslab";
	v.stime_s = 1795420043;
	v.cpu = "1";
	v.vcpu = 1;
	v.memory_mib = 128;
	v.nics = &nic;
	v.n_nics = 1;
	v.disks = disks;
	v.n_disks = 4;
	v.attrs = attrs;
	v.n_attrs = 2;
	v.context = true;
	v.create_image = true;
	v.vnc_port = 6176;
	sim_add_vm(sim, &v);
}

/* --- the recordings ---------------------------------------------------------------------------- */

const struct recording recordings[] = {
    {"7.2.0/001-one.system.version"},
    {"7.2.0/002-one.vmpool.info-empty-pool", .set = set_bare},
    {"7.2.0/009-one.vm.info-PENDING"},
    {"7.2.0/010-one.vm.info-HOLD"},
    {"7.2.0/012-one.vm.info-BOOT"},
    {"7.2.0/013-one.vm.info-RUNNING"},
    {"7.2.0/014-one.vm.info-POWEROFF"},
    {"7.2.0/016-one.vm.info-STOPPED"},
    {"7.2.0/017-one.vm.info-SUSPENDED"},
    {"7.2.0/018-one.vm.info-DONE"},
    {"7.2.0/019-one.vm.info-SHUTDOWN"},
    {"7.2.0/030-one.vm.info-EPILOG"},
    {"7.2.0/041-one.vm.info-BOOT_FAILURE"},
    {"7.2.0/044-one.vm.info-PROLOG_FAILURE"},
    {"7.2.0/045-one.vm.info-EPILOG_FAILURE"},
    {"7.2.0/059-one.vm.info-UNKNOWN"},
    {"7.2.0/065-auth-failure-wrong-password"},
    {"7.2.0/067-auth-failure-empty-session"},
    {"7.2.0/068-auth-failure-no-colon"},
    {"7.2.0/070-one.system.version-auth-failure"},
    {"7.2.0/071-one.user.info-self"},
    {"7.2.0/072-one.user.info-self-alice"},
    {"7.2.0/073-one.user.info-forbidden"},
    {"7.2.0/074-one.user.info-no-such"},
    {"7.2.0/077-one.hostpool.info-as-alice"},
    {"7.2.0/078-one.host.info-as-alice"},
    {"7.2.0/093-one.vm.info-permission-denied", .set = set_rich},
    {"7.2.0/094-one.vm.action-permission-denied-terminate", .set = set_rich},
    {"7.2.0/095-one.vm.action-permission-denied-terminate-hard", .set = set_rich},
    {"7.2.0/102-one.vm.info-rich-running", .set = set_rich},
    {"7.2.0/104-one.vmpool.info-rich-running", .set = set_rich},
    {"7.2.0/105-one.vmpool.infoextended-rich-running", .set = set_rich},
    {"7.2.0/106-one.vm.info-with-monitoring", .set = set_rich_monitored},
    {"7.2.0/112-one.vmpool.info-locked-use", .set = set_rich_locked_1},
    {"7.2.0/123-one.vm.action-terminate-on-locked-manage-as-owner", .set = set_rich_locked_2},
    {"7.2.0/138-one.vm.action-terminate-hard-on-locked-all-as-oneadmin", .set = set_locked},
    {"7.2.0/140-one.vm.info-no-such-vm"},
    {"7.2.0/141-one.vm.info-negative-id"},
    {"7.2.0/142-one.vm.action-terminate-no-such-vm"},
    {"7.2.0/143-one.vm.action-finalize-no-such-vm"},
    {"7.2.0/144-one.vm.action-negative-id"},
    {"7.2.0/146-one.vm.action-terminate-on-DONE"},
    {"7.2.0/147-one.vm.action-terminate-hard-on-DONE"},
    {"7.2.0/148-one.vm.action-hold-on-DONE"},
    {"7.2.0/150-one.vm.action-finalize-on-RUNNING", .set = set_actions},
    {"7.2.0/155-one.vm.action-cancel-on-RUNNING", .set = set_actions},
    {"7.2.0/156-one.vm.action-TERMINATE-on-RUNNING", .set = set_actions},
    {"7.2.0/158-one.vm.action-empty-on-RUNNING", .set = set_actions},
    {"7.2.0/176-malformed-too-few-params"},
    {"7.2.0/178-malformed-wrong-types"},
    {"7.2.0/179-malformed-id-as-string"},
    {"7.2.0/180-malformed-id-as-double"},
    {"7.2.0/181-malformed-vmpool-three-params"},
    {"7.2.0/182-malformed-vmpool-no-params"},
    {"7.2.0/183-one.vmpool.info-template-filter"},
    {"7.2.0/184-undefined-method"},
    {"7.2.0/186-malformed-truncated-xml"},
    {"7.2.0/187-malformed-not-xml"},
    {"7.2.0/188-malformed-empty-body", .status = 400},
    {"7.2.0/189-malformed-no-params"},
    {"7.2.0/190-http-get", .status = 405, .http_method = "GET"},
    {"7.2.0/191-http-post-other-path", .status = 404, .path = "/other"},
    {"7.2.0/192-one.vmpool.info-filter-5"},
    {"7.2.0/195-one.vmpool.info-filter77"},
    {"7.2.0/208-one.vmpool.info-state12"},
    {"7.2.0/209-one.vmpool.info-state99"},
    {"7.2.0/221-one.vm.info-persistent-disks", .set = set_persistent},
    {"7.2.0/222-one.vmpool.info-persistent-disks", .set = set_persistent},
    {"7.2.0/259-one.vm.action-terminate-on-locked-use-as-oneadmin", .set = set_locked},
    {"7.2.0/261-one.vm.update-on-locked", .set = set_locked},
    {"7.2.0/262-one.vm.update-append", .set = set_unlocked},
    {"7.2.0/273-one.vmpool.info-page-past-end"},
    {"7.2.0/285-one.vm.action-terminate-on-SHUTDOWN", .set = set_actions},
    {"7.2.0/287-one.vm.action-terminate-hard-on-BOOT", .set = set_actions},
    {"7.2.0/902-one.host.info-zombies", .set = set_zombies},
    {"7.2.0/909-one.host.info-ERROR-never-monitored", .set = set_host_never},
    {"7.2.0/910-one.hostpool.monitoring-last"},
    {"7.2.0/915-one.vmpool.info-as-monitor-no-rule-of-its-own", .set = set_alices},
    {"7.2.0/917-one.vm.info-as-monitor-no-rule-of-its-own", .set = set_alices},
    {"7.2.0/918-one.hostpool.info-as-monitor-no-rule-of-its-own"},
    {"7.2.0/919-one.host.info-as-monitor-no-rule-of-its-own"},
    {"7.2.0/927-one.vm.action-terminate-hard-as-monitor-VM-and-HOST-USE",
	.set = set_monitor_sees},
    {"7.2.0/933-one.vm.update-as-monitor", .set = set_monitor_sees},
    {"7.2.0/942-one.vmpool.info-as-reaper-MANAGE-only", .set = set_reaper_manages},
    {"7.2.0/943-one.vm.info-as-reaper-MANAGE-only", .set = set_reaper_manages},
    {"7.2.0/944-one.vm.action-terminate-hard-as-reaper", .set = set_reaper_manages},
    {"7.2.0/962-one.user.info-self-monitor", .set = set_note},
    {"7.2.0/992-one.vm.action-terminate-hard-as-reaper-VM_USE_OPERATIONS-locked-1",
	.set = set_reaper_by_use},
    {"7.2.0/993-one.vm.action-terminate-hard-as-reaper-VM_USE_OPERATIONS-locked-2",
	.set = set_reaper_by_use},
    {"3.2.1/001-one.system.version-undefined-method"},
    {"3.2.1/008-one.hostpool.info-fresh", .set = set_bare},
    {"3.2.1/012-one.vm.info-PENDING"},
    {"3.2.1/014-one.vm.info-PROLOG"},
    {"3.2.1/015-one.vm.info-BOOT"},
    {"3.2.1/016-one.vm.info-RUNNING"},
    {"3.2.1/022-one.vm.info-STOPPED"},
    {"3.2.1/025-one.vm.info-SHUTDOWN"},
    {"3.2.1/028-one.vm.info-DONE"},
    {"3.2.1/029-one.vm.info-DONE_finalize", .set = set_finalized},
    {"3.2.1/030-one.vm.info-FAILED_deploy"},
    {"3.2.1/033-one.vm.info-UNKNOWN_polld"},
    {"3.2.1/041-one.user.info-self"},
    {"3.2.1/043-one.user.info-forbidden"},
    {"3.2.1/045-one.hostpool.info-as-user"},
    {"3.2.1/046-one.vmpool.info-auth-failure-wrong-password"},
    {"3.2.1/049-one.vmpool.info-auth-failure-no-colon"},
    {"3.2.1/053-one.vm.info-permission-denied"},
    {"3.2.1/054-one.vm.action-permission-denied"},
    {"3.2.1/056-one.vm.info-no-such-vm"},
    {"3.2.1/057-one.vm.action-no-such-vm"},
    {"3.2.1/058-one.vm.action-negative-id"},
    {"3.2.1/059-one.vm.action-finalize-on-DONE"},
    {"3.2.1/060-one.vm.action-shutdown-on-DONE"},
    {"3.2.1/062-malformed-too-few-params"},
    {"3.2.1/064-malformed-wrong-types"},
    {"3.2.1/065-malformed-id-as-string"},
    {"3.2.1/066-malformed-vmpool-three-params"},
    {"3.2.1/068-undefined-method"},
    {"3.2.1/069-one.vmpool.infoextended-undefined"},
    {"3.2.1/072-malformed-truncated-xml"},
    {"3.2.1/073-malformed-not-xml"},
    {"3.2.1/074-malformed-empty-body", .status = 400},
    {"3.2.1/075-malformed-no-params"},
    {"3.2.1/076-http-get", .status = 405, .http_method = "GET"},
    {"3.2.1/077-http-post-other-path", .status = 404, .path = "/other"},
    {"3.2.1/080-one.vmpool.info-filteruid77"},
    {"3.2.1/092-one.vmpool.info-state8"},
    {"3.2.1/095-one.vmpool.info-range3_0"},
    {"3.2.1/096-one.vmpool.info-range0_-10"},
    {"3.2.1/130-one.vm.info-stratuslab-style", .set = set_stratuslab},
    {"3.2.1/900-one.host.info-MONITORED", .set = set_monitored_321},
    {"3.2.1/901-one.host.info-ERROR", .set = set_failed_321},
    {"3.2.1/916-one.hostpool.info-as-monitor-no-rule"},
    {"3.2.1/921-one.vm.action-finalize-as-monitor"},
    {"3.2.1/035-one.vm.action-old-terminate", .set = set_actions_321},
    {"3.2.1/039-one.vm.action-old-FINALIZE", .set = set_actions_321},
    {"3.2.1/040-one.vm.action-old-empty", .set = set_actions_321},
    {"3.2.1/106-one.vm.action-shutdown-on-PROLOG", .set = set_actions_321},
    {"3.2.1/107-one.vm.action-finalize-on-PROLOG", .set = set_actions_321},
};

const size_t n_recordings = sizeof(recordings) / sizeof(recordings[0]);

struct sim *
recording_build(const struct recording *r)
{
	bool modern = strncmp(r->name, "7.2.0/", 6) == 0;
	struct sim *sim = sim_new(modern ? SIM_720 : SIM_321);

	if (modern)
		build_720(sim);
	else
		build_321(sim);
	if (r->set != NULL)
		r->set(sim);
	return sim;
}
