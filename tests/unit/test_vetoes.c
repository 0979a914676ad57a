/* SPDX-License-Identifier: ISC */
/*
 * Each veto by itself: the inviting machine is killed; with one fact changed it is kept, for that reason
 * first. And each limit from its other side: a fact at the very edge is still no reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleet.h"
#include "verdict/keepmark.h"

#define NOBODY VETO_COUNT

typedef void change_fn(struct fleet *f, struct vm *vm, struct record *r);
#define CHANGE(name) static void name(struct fleet *f, struct vm *vm, struct record *r)
#define UNUSED	     (void)f, (void)vm, (void)r

/* A case is one line. */
/* clang-format off */
/* --- V1 --- */
CHANGE(nothing) { UNUSED; }
CHANGE(is_running) { UNUSED; fleet_state(f, 0, 3, 3); }
CHANGE(is_poweroff) { UNUSED; fleet_state(f, 0, 8, 0); }
CHANGE(is_suspended) { UNUSED; fleet_state(f, 0, 5, 0); }
CHANGE(is_epilog) { UNUSED; fleet_state(f, 0, 3, 11); }
CHANGE(is_done) { UNUSED; fleet_state(f, 0, 6, 0); }
CHANGE(unknown_lcm_72) { UNUSED; fleet_state(f, 0, 3, 72); }
CHANGE(unknown_state_12) { UNUSED; fleet_state(f, 0, 12, 16); }
CHANGE(poweroff_with_stale_lcm) { UNUSED; fleet_state(f, 0, 8, 16); }
CHANGE(negative_id) { UNUSED; vm->id = r->id = -1; }
CHANGE(odd_state) { UNUSED; vm->odd |= VM_ODD_STATE; }
CHANGE(odd_twice) { UNUSED; vm->odd |= VM_ODD_TWICE; }
CHANGE(class_lies) { UNUSED; fleet_state(f, 0, 3, 3); vm->cls = VM_CLASS_UNKNOWN; }
CHANGE(reap_no) { UNUSED; f->policy.unknown.reap = false; }
CHANGE(state_not_named) { UNUSED; f->policy.unknown.states = fleet_list(f, "RUNNING"); }
CHANGE(failure_by_star) { UNUSED; fleet_state(f, 0, 3, 36); f->policy.failed.states = fleet_list(f, "*_FAILURE"); }
CHANGE(failure_by_all) { UNUSED; fleet_state(f, 0, 3, 40); f->policy.failed.states = fleet_list(f, "all"); }
CHANGE(failure_not_named) { UNUSED; fleet_state(f, 0, 3, 36); }
CHANGE(failure_by_name) { UNUSED; fleet_state(f, 0, 3, 36); f->policy.failed.states = fleet_list(f, "BOOT_FAILURE"); }
CHANGE(holds_nothing) { UNUSED; vm->vcpu = 0; vm->memory_mib = vm->disk_mib = 0; vm->n_addrs = vm->n_disks = 0; vm->n_nics = 0; }
CHANGE(no_verb) { UNUSED; f->listing.era = era_by_version("5.2.0"); fleet_state(f, 0, 3, 39); vm->ever_ran = TRI_NO; }

/* --- V2 --- */
CHANGE(no_in_list) { UNUSED; f->policy.scope.owners_in = (struct policy_list){0}; }
CHANGE(empty_in_list) { UNUSED; f->policy.scope.owners_in = (struct policy_list){.given = true}; }
CHANGE(other_owner) { UNUSED; f->policy.scope.owners_in = fleet_list(f, "bob carol 8"); }
CHANGE(owner_named) { UNUSED; f->policy.scope.owners_in = fleet_list(f, "bob al*"); }
CHANGE(owner_by_uid) { UNUSED; f->policy.scope.owners_in = fleet_list(f, "7"); }
CHANGE(owner_called_like_a_uid) { UNUSED; vm->uname = "8"; f->policy.scope.owners_in = fleet_list(f, "8"); }
CHANGE(other_group) { UNUSED; f->policy.scope.groups_in = fleet_list(f, "staff"); }
CHANGE(group_by_gid) { UNUSED; f->policy.scope.groups_in = fleet_list(f, "100"); }
CHANGE(other_name) { UNUSED; f->policy.scope.names_in = fleet_list(f, "db-*"); }
CHANGE(name_matches) { UNUSED; f->policy.scope.names_in = fleet_list(f, "w?b"); }
CHANGE(label_missing) { UNUSED; f->policy.scope.labels_in = fleet_list(f, "test"); }
CHANGE(label_there) { UNUSED; f->policy.scope.labels_in = fleet_list(f, "test"); vm->labels = "x, test"; }
CHANGE(second_in_list_misses) { UNUSED; f->policy.scope.names_in = fleet_list(f, "all"); f->policy.scope.groups_in = fleet_list(f, "staff"); }
CHANGE(owner_out) { UNUSED; vm->uname = "oneadmin"; }
CHANGE(owner_not_known) { UNUSED; vm->uname = ""; }
CHANGE(owner_out_by_uid) { UNUSED; f->policy.scope.owners_out = fleet_list(f, "7"); }
CHANGE(uid_not_known) { UNUSED; vm->uid = r->uid = -1; f->policy.scope.owners_out = fleet_list(f, "0"); }
CHANGE(group_out) { UNUSED; f->policy.scope.groups_out = fleet_list(f, "users"); }
CHANGE(name_out) { UNUSED; f->policy.scope.names_out = fleet_list(f, "web*"); }
CHANGE(name_not_known) { UNUSED; vm->name = ""; f->policy.scope.names_out = fleet_list(f, "db*"); }
CHANGE(label_out) { UNUSED; f->policy.scope.labels_out = fleet_list(f, "prod"); vm->labels = "prod"; }
CHANGE(address_out) { UNUSED; f->policy.scope.addresses_out = fleet_list(f, "10.0.1.42"); }
CHANGE(prefix_out) { UNUSED; f->policy.scope.addresses_out = fleet_list(f, "10.0.1.0/24"); }
CHANGE(prefix_out_elsewhere) { UNUSED; f->policy.scope.addresses_out = fleet_list(f, "10.0.2.0/24 10.0.1.4"); }
CHANGE(id_out) { UNUSED; f->policy.scope.ids_out = fleet_list(f, "41 42"); }
CHANGE(id_out_other) { UNUSED; f->policy.scope.ids_out = fleet_list(f, "4 2 421"); }
CHANGE(too_young) { UNUSED; vm->stime_s = r->stime_s = FLEET_NOW - HOUR + 1; }
CHANGE(just_old_enough) { UNUSED; vm->stime_s = r->stime_s = FLEET_NOW - HOUR; }
CHANGE(stime_missing) { UNUSED; vm->stime_s = r->stime_s = 0; }
CHANGE(stime_negative) { UNUSED; vm->stime_s = r->stime_s = INT64_MIN; }
CHANGE(stime_in_future) { UNUSED; vm->stime_s = r->stime_s = FLEET_NOW + 1; }
CHANGE(stime_far_future) { UNUSED; vm->stime_s = r->stime_s = INT64_MAX; }
CHANGE(stime_1970) { UNUSED; vm->stime_s = r->stime_s = 86400; }

/* --- V3 --- */
CHANGE(short_body) { UNUSED; vm->full = false; }
CHANGE(odd_limit) { UNUSED; vm->odd |= VM_ODD_LIMIT; vm->n_disks = 0; }
CHANGE(odd_text) { UNUSED; vm->odd |= VM_ODD_TEXT; }
CHANGE(odd_time) { UNUSED; vm->odd |= VM_ODD_TIME; }
CHANGE(lock_1) { UNUSED; vm->lock = 1; }
CHANGE(lock_3) { UNUSED; vm->lock = 3; }
CHANGE(lock_99) { UNUSED; vm->lock = 99; }
CHANGE(lock_unreadable) { UNUSED; vm->lock = VM_LOCK_UNREADABLE; }
CHANGE(keep_yes) { UNUSED; fleet_add_attr(f, vm, "VMREAPER_KEEP", "YES"); }
CHANGE(keep_lower_case) { UNUSED; fleet_add_attr(f, vm, "vmreaper_keep", "1"); }
CHANGE(keep_no) { UNUSED; fleet_add_attr(f, vm, "VMREAPER_KEEP", "NO"); }
CHANGE(keep_no_then_yes) { UNUSED; fleet_add_attr(f, vm, "VMREAPER_KEEP", "NO"); fleet_add_attr(f, vm, "VMREAPER_KEEP", "YES"); }
CHANGE(keep_other_attribute) { UNUSED; fleet_add_attr(f, vm, "VMREAPER_KEEPER", "YES"); }
CHANGE(keep_label) { UNUSED; vm->labels = "a,vmreaper-keep"; }
CHANGE(keep_like_label) { UNUSED; vm->labels = "a,vmreaper-keep/not,novmreaper-keep"; }
static void keep_local(struct fleet *f, int64_t id, int64_t stime_s, int64_t until_s)
{
	f->keeps[0] = (struct keep){.id = 7, .stime_s = stime_s};
	f->keeps[1] = (struct keep){.id = id, .stime_s = stime_s, .until_s = until_s, .by = "root", .reason = "why"};
	f->in.n_keeps = 2;
}
CHANGE(keep_here) { UNUSED; keep_local(f, 42, vm->stime_s, 0); }
CHANGE(keep_here_until_now) { UNUSED; keep_local(f, 42, vm->stime_s, FLEET_NOW); }
CHANGE(keep_here_expired) { UNUSED; keep_local(f, 42, vm->stime_s, FLEET_NOW - 1); }
CHANGE(keep_here_other_life) { UNUSED; keep_local(f, 42, vm->stime_s - 1, 0); }
CHANGE(keep_here_stime_not_known) { UNUSED; keep_local(f, 42, 0, 0); }
CHANGE(of_service) { UNUSED; vm->service_id = 0; }
CHANGE(of_service_allowed) { UNUSED; vm->service_id = 3; f->policy.scope.services = true; }
CHANGE(of_vrouter) { UNUSED; vm->vrouter_id = 3; }
CHANGE(of_vrouter_allowed) { UNUSED; vm->vrouter_id = 3; f->policy.scope.virtual_routers = true; }
CHANGE(is_imported) { UNUSED; vm->imported = true; }
CHANGE(is_imported_allowed) { UNUSED; vm->imported = f->policy.scope.imported = true; }
CHANGE(sched_action) { UNUSED; vm->sched_action = true; }

/* --- V4 --- */
CHANGE(host_gone) { UNUSED; f->hosts[0].id = 3; }
CHANGE(host_none) { UNUSED; vm->host_id = r->host_id = -1; vm->host = ""; }
CHANGE(host_twice) { UNUSED; f->hosts[2] = f->hosts[0]; f->listing.n_hosts = 3; }
CHANGE(host_init) { UNUSED; f->hosts[0].state = 0; }
CHANGE(host_error) { UNUSED; f->hosts[0].state = 3; }
CHANGE(host_disabled) { UNUSED; f->hosts[0].state = 4; }
CHANGE(host_offline) { UNUSED; f->hosts[0].state = 8; }
CHANGE(host_state_1_now) { UNUSED; f->hosts[0].state = 1; }
static void in_era(struct fleet *f, const char *version)
{
	f->listing.era = era_by_version(version);
	f->hosts[0].state = 1;
}
CHANGE(host_state_1_in_5_10) { UNUSED; in_era(f, "5.10.0"); }
CHANGE(host_state_1_in_3_6) { UNUSED; in_era(f, "3.6.0"); }
CHANGE(host_state_1_in_3_2) { UNUSED; in_era(f, "3.2.1"); }
CHANGE(host_state_1_in_5_12) { UNUSED; in_era(f, "5.12.0"); }
CHANGE(host_stale) { UNUSED; f->hosts[0].monitored_s = FLEET_NOW - 601; }
CHANGE(host_just_fresh) { UNUSED; f->hosts[0].monitored_s = FLEET_NOW - 600; }
CHANGE(host_never) { UNUSED; f->hosts[0].monitored_s = 0; }
CHANGE(host_future) { UNUSED; f->hosts[0].monitored_s = FLEET_NOW + 61; }
CHANGE(host_bit_ahead) { UNUSED; f->hosts[0].monitored_s = FLEET_NOW + 60; }
CHANGE(zombie_elsewhere) { UNUSED; static int64_t ids[] = {7, 42}; f->hosts[1].zombies = ids; f->hosts[1].n_zombies = 2; }
CHANGE(zombie_other) { UNUSED; static int64_t ids[] = {7, 43}; f->hosts[1].zombies = ids; f->hosts[1].n_zombies = 2; }
CHANGE(failed_7_no_host) { UNUSED; in_era(f, "3.2.1"); fleet_state(f, 0, 7, 0); vm->host_id = r->host_id = -1; }
CHANGE(cloning_failure) { UNUSED; fleet_state(f, 0, 11, 0); vm->ever_ran = TRI_NO; vm->host_id = r->host_id = -1; }
CHANGE(prolog_failure) { UNUSED; fleet_state(f, 0, 3, 39); vm->ever_ran = TRI_NO; }
CHANGE(prolog_failure_host_error) { prolog_failure(f, vm, r); f->hosts[0].state = 3; }

/* --- V5 --- */
CHANGE(answers_ping) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_ANSWERED); }
CHANGE(answers_ssh) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_SILENT)->ssh.result = PROBE_ANSWERED; }
CHANGE(refuses_ssh) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_SILENT)->ssh.result = PROBE_REFUSED; }
CHANGE(answers_tcp) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_SILENT)->connect.result = PROBE_REFUSED; }
CHANGE(second_answers) { UNUSED; fleet_add_addr(f, vm, "10.0.1.43", 1); fleet_see(f, "10.0.1.43", PROBE_ANSWERED); }
CHANGE(second_silent) { UNUSED; fleet_add_addr(f, vm, "10.0.1.43", 1); fleet_see(f, "10.0.1.43", PROBE_SILENT); }
CHANGE(guest_answers) { UNUSED; fleet_add_addr(f, vm, "10.0.1.43", -1)->origin = ADDR_GUEST; vm->n_nics = 1; fleet_see(f, "10.0.1.43", PROBE_ANSWERED); }
CHANGE(answers_though_silence_no) { UNUSED; f->policy.unknown.silence = false; fleet_see(f, "10.0.1.42", PROBE_ANSWERED); }
CHANGE(address_shared) { UNUSED; fleet_add_addr(f, &f->vms[3], "10.0.1.42", 1); }
CHANGE(address_shared_with_a_bogus_row) { address_shared(f, vm, r); f->vms[3].id = -1; }
CHANGE(address_shared_with_done) { UNUSED; fleet_add_addr(f, &f->vms[3], "10.0.1.42", 1); fleet_state(f, 3, 6, 0); }
CHANGE(address_shared_with_off) { UNUSED; fleet_add_addr(f, &f->vms[3], "10.0.1.42", 1); fleet_state(f, 3, 8, 0); }
CHANGE(address_is_loopback) { UNUSED; fleet_add_addr(f, vm, "127.0.0.1", 1); fleet_see(f, "127.0.0.1", PROBE_SILENT); }
CHANGE(address_is_broadcast) { UNUSED; fleet_add_addr(f, vm, "255.255.255.255", 1); fleet_see(f, "255.255.255.255", PROBE_SILENT); }
CHANGE(address_is_zero) { UNUSED; fleet_add_addr(f, vm, "0.0.0.0", 1); }
CHANGE(address_link_local) { UNUSED; fleet_add_addr(f, vm, "fe80::1", 1); vm->n_nics = 1; }
CHANGE(no_address) { UNUSED; vm->n_addrs = 0; vm->n_nics = 0; }
CHANGE(nic_without_address) { UNUSED; vm->n_nics = 2; }
CHANGE(odd_address) { UNUSED; vm->odd |= VM_ODD_ADDRESS; }
CHANGE(not_a_target) { UNUSED; fleet_forget(f, "10.0.1.42"); }
CHANGE(not_sent) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_NOT_SENT); }
CHANGE(prohibited) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_PROHIBITED); }
CHANGE(cut) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_CUT); }
CHANGE(ping_only_not_sent) { UNUSED; fleet_see(f, "10.0.1.42", PROBE_SILENT)->ping.result = PROBE_NOT_SENT; }
CHANGE(second_not_probed) { UNUSED; fleet_add_addr(f, vm, "192.168.1.1", 2); }
CHANGE(alias_not_probed) { UNUSED; fleet_add_addr(f, vm, "10.0.1.43", 1)->origin = ADDR_ALIAS; vm->n_nics = 1; }
CHANGE(external_not_probed) { UNUSED; fleet_add_addr(f, vm, "192.0.2.1", -1)->origin = ADDR_EXTERNAL; vm->n_nics = 1; }
CHANGE(guest_outside) { UNUSED; fleet_add_addr(f, vm, "172.17.0.1", -1)->origin = ADDR_GUEST; vm->n_nics = 1; }
CHANGE(guest_inside_not_probed) { UNUSED; fleet_add_addr(f, vm, "10.0.1.43", -1)->origin = ADDR_GUEST; vm->n_nics = 1; }
CHANGE(not_probed_silence_no) { UNUSED; f->policy.unknown.silence = false; fleet_forget(f, "10.0.1.42"); }
CHANGE(no_address_silence_no) { no_address(f, vm, r); f->policy.unknown.silence = false; }
CHANGE(nic_without_address_silence_no) { nic_without_address(f, vm, r); f->policy.unknown.silence = false; }
CHANGE(odd_address_silence_no) { odd_address(f, vm, r); f->policy.unknown.silence = false; }
CHANGE(no_address_but_some_out) { no_address_silence_no(f, vm, r); f->policy.scope.addresses_out = fleet_list(f, "10.9.9.9"); }
static void silence_network(struct fleet *f)
{
	for (size_t i = 1; i < f->listing.n; i++) {	/* all others live in network 2 */
		f->vms[i].addrs[0].network_id = 2;
	}
}
CHANGE(alone_in_network) { UNUSED; silence_network(f); }
CHANGE(alone_but_canary)
{
	UNUSED;
	silence_network(f);
	f->policy.probe.n_canaries = 1;
	f->canaries[0].ping.result = PROBE_ANSWERED;
}
CHANGE(network_silent_though_canary)
{
	alone_but_canary(f, vm, r);
	f->vms[3].addrs[0].network_id = 1;
	fleet_see(f, "10.0.1.102", PROBE_SILENT);
}
CHANGE(second_network_without_witness) { UNUSED; fleet_add_addr(f, vm, "10.0.2.42", 2); fleet_see(f, "10.0.2.42", PROBE_SILENT); }
CHANGE(witness_of_other_family) { UNUSED; fleet_add_addr(f, vm, "2001:db8::42", 1); fleet_see(f, "2001:db8::42", PROBE_SILENT); }
CHANGE(witness_by_prefix) { UNUSED; vm->addrs[0].network_id = -1; }
static void move_to(struct fleet *f, const char *addr)
{
	f->vms[0].n_addrs = f->vms[0].n_nics = 0;
	fleet_add_addr(f, &f->vms[0], addr, -1);
	fleet_see(f, addr, PROBE_SILENT);
}
CHANGE(no_witness_by_prefix_below) { UNUSED; move_to(f, "10.0.0.255"); }
CHANGE(no_witness_by_prefix_above) { UNUSED; move_to(f, "10.0.2.0"); }
CHANGE(witness_by_prefix_edge) { UNUSED; move_to(f, "10.0.1.255"); }

/* --- V6 --- */
CHANGE(persistent) { UNUSED; fleet_add_disk(f, vm, DISK_IMAGE, TRI_YES); }
CHANGE(persistent_not_known) { UNUSED; fleet_add_disk(f, vm, DISK_OTHER, TRI_UNKNOWN); }
CHANGE(volume) { UNUSED; fleet_add_disk(f, vm, DISK_VOLUME, TRI_YES); }
CHANGE(persistent_allowed) { persistent(f, vm, r); f->policy.unknown.persistent = POLICY_PERSISTENT_ALLOW; }
CHANGE(persistent_allowed_3_2) { persistent_allowed(f, vm, r); f->listing.era = era_by_version("3.2.1"); }
CHANGE(snapshots_allowed) { persistent_allowed(f, vm, r); vm->snapshots = true; }
CHANGE(create_image) { UNUSED; vm->create_image = true; f->policy.unknown.persistent = POLICY_PERSISTENT_ALLOW; }
CHANGE(failed_persistent_allowed)
{
	failure_by_name(f, vm, r);
	fleet_add_disk(f, vm, DISK_IMAGE, TRI_YES);
	f->policy.failed.persistent = POLICY_PERSISTENT_ALLOW;
}
CHANGE(prolog_failure_ran) { prolog_failure(f, vm, r); vm->ever_ran = TRI_YES; }
CHANGE(prolog_failure_may_have_run) { prolog_failure(f, vm, r); vm->ever_ran = TRI_UNKNOWN; }
CHANGE(cloning_failure_may_have_run) { cloning_failure(f, vm, r); vm->ever_ran = TRI_UNKNOWN; }
CHANGE(cloning_failure_persistent) { cloning_failure(f, vm, r); persistent(f, vm, r); f->policy.failed.persistent = POLICY_PERSISTENT_ALLOW; }

/* --- V4: after the host came back (the machine's host is the first) --- */
CHANGE(host_back_29_min) { UNUSED; f->host_records[0].good_since_s = FLEET_NOW - 1799; }
CHANGE(host_back_30_min) { UNUSED; f->host_records[0].good_since_s = FLEET_NOW - 1800; }
CHANGE(host_not_good) { UNUSED; f->host_records[0].good_since_s = 0; }
CHANGE(host_good_in_future) { UNUSED; f->host_records[0].good_since_s = FLEET_NOW + 1; }
CHANGE(other_host_back) { UNUSED; f->host_records[1].good_since_s = FLEET_NOW; }
CHANGE(no_host_records) { UNUSED; f->in.hosts = NULL; }
CHANGE(cloning_failure_host_back) { cloning_failure(f, vm, r); f->host_records[0].good_since_s = FLEET_NOW; }

/* --- V7, A4 --- */
CHANGE(not_marked) { UNUSED; r->confirmations = 0; }
CHANGE(no_records) { UNUSED; f->in.records = NULL; }
CHANGE(other_identity) { UNUSED; r->deploy_id = "one-y"; }
CHANGE(other_placement) { UNUSED; r->seq = 1; }
CHANGE(other_host) { UNUSED; r->host_id = 5; }
CHANGE(other_state) { UNUSED; r->lcm = 3; }
CHANGE(earned_short) { UNUSED; r->earned_s = DAY - 1; }
CHANGE(earned_just) { UNUSED; r->earned_s = DAY; }
CHANGE(marked_short) { UNUSED; r->marked_s = FLEET_NOW - DAY + 1; }
CHANGE(marked_just) { UNUSED; r->marked_s = FLEET_NOW - DAY; }
CHANGE(marked_in_future) { UNUSED; r->marked_s = FLEET_NOW + 10; }
CHANGE(marked_never) { UNUSED; r->marked_s = 0; }
CHANGE(grace_below_minimum) { UNUSED; f->policy.unknown.grace_s = 0; r->earned_s = POLICY_GRACE_MIN_S - 1; }
CHANGE(two_confirmations) { UNUSED; r->confirmations = 2; }
CHANGE(three_confirmations) { UNUSED; r->confirmations = 3; }
CHANGE(one_confirmation_suffices) { UNUSED; r->confirmations = 1; f->policy.unknown.confirmations = 0; }
CHANGE(sighting_too_old) { UNUSED; r->seen_s = FLEET_NOW - 45 * 60 - 1; }
CHANGE(sighting_just) { UNUSED; r->seen_s = FLEET_NOW - 45 * 60; }
CHANGE(killed_in_mark) { UNUSED; r->killed_in_mark = true; }
static void killed_once(struct record *r, int64_t ago_s)
{
	r->kills = 1;
	r->last_kill_s = FLEET_NOW - ago_s;
	r->marked_s = FLEET_NOW - DAY;
}
CHANGE(killed_yesterday) { UNUSED; killed_once(r, 2 * DAY); }
CHANGE(killed_today) { UNUSED; killed_once(r, DAY - 1); r->marked_s = FLEET_NOW - DAY; f->policy.unknown.grace_s = HOUR; r->marked_s = FLEET_NOW - 2 * HOUR; }
CHANGE(killed_some_time) { UNUSED; killed_once(r, 2 * DAY); r->last_kill_s = 0; }
CHANGE(killed_before_mark_began) { UNUSED; killed_once(r, DAY); }
CHANGE(killed_twice) { UNUSED; killed_once(r, 30 * DAY); r->kills = 2; }
CHANGE(doubted_twice) { UNUSED; killed_once(r, 30 * DAY); r->doubts = 2; }
CHANGE(hook) { UNUSED; f->policy.notify.hook = "/x"; }
CHANGE(in_storm) { UNUSED; r->stormed = true; }
CHANGE(in_storm_acknowledged) { in_storm(f, vm, r); r->acknowledged = true; }
CHANGE(promised_more) { UNUSED; f->policy.notify.hook = "/x"; r->noticed_s = FLEET_NOW - 12 * HOUR; r->notice_earned_s = 12 * HOUR; r->promised_s = 13 * HOUR; }
CHANGE(promised_and_hook_gone) { promised_more(f, vm, r); f->policy.notify.hook = NULL; }
CHANGE(noticed) { hook(f, vm, r); r->noticed_s = FLEET_NOW - 12 * HOUR; r->notice_earned_s = 12 * HOUR; }
CHANGE(dated) { UNUSED; r->not_before_s = FLEET_NOW + 1; }
CHANGE(dated_and_told) { noticed(f, vm, r); r->not_before_s = FLEET_NOW + 1; }
CHANGE(date_has_come) { UNUSED; r->not_before_s = FLEET_NOW; }
CHANGE(promised_less) { promised_more(f, vm, r); r->promised_s = HOUR; }
CHANGE(promise_kept_and_hook_gone) { promised_less(f, vm, r); f->policy.notify.hook = NULL; }
CHANGE(noticed_late) { noticed(f, vm, r); r->noticed_s++; r->notice_earned_s--; }
CHANGE(noticed_but_time_did_not_count) { noticed(f, vm, r); r->notice_earned_s = 12 * HOUR - 1; }
CHANGE(noticed_and_clock_jumped) { noticed(f, vm, r); r->notice_earned_s = 12 * HOUR; r->noticed_s = FLEET_NOW - HOUR; }
CHANGE(noticed_in_future) { noticed(f, vm, r); r->noticed_s = FLEET_NOW + 1; }
CHANGE(noticed_no_hook) { noticed(f, vm, r); r->noticed_s = 0; f->policy.notify.hook = NULL; }
CHANGE(noticed_at_once) { noticed(f, vm, r); r->noticed_s = FLEET_NOW; r->notice_earned_s = 0; f->policy.notify.notice_s = 0; }

/* --- V9 --- */
CHANGE(cap_run) { UNUSED; f->policy.limits.per_run = 0; }
CHANGE(cap_hour) { UNUSED; f->in.run.killed_last_hour = 10; }
CHANGE(cap_hour_just) { UNUSED; f->in.run.killed_last_hour = 9; }
CHANGE(cap_host) { UNUSED; f->policy.limits.per_host = 0; }
CHANGE(cap_owner) { UNUSED; f->policy.limits.per_owner = 0; }
CHANGE(cap_unlimited) { UNUSED; f->policy.limits.per_run = f->policy.limits.per_hour = f->policy.limits.per_host = f->policy.limits.per_owner = UNITS_UNLIMITED; f->in.run.killed_last_hour = INT64_MAX; }

#define ROW(fn, veto) {#fn, fn, VETO_##veto}
#define FREE(fn) {#fn, fn, NOBODY}
static const struct row {
	const char *name;
	change_fn *change;
	enum veto veto;
} rows[] = {
    FREE(nothing), ROW(is_running, NOT_REAPABLE), ROW(is_poweroff, NOT_REAPABLE), ROW(is_suspended, NOT_REAPABLE),
    ROW(is_epilog, NOT_REAPABLE), ROW(is_done, NOT_REAPABLE), ROW(unknown_lcm_72, UNRECOGNISED),
    ROW(unknown_state_12, UNRECOGNISED), ROW(poweroff_with_stale_lcm, NOT_REAPABLE), ROW(odd_state, UNRECOGNISED),
    ROW(odd_twice, UNRECOGNISED), ROW(negative_id, UNRECOGNISED), ROW(class_lies, UNRECOGNISED), ROW(reap_no, CLASS_OFF),
    ROW(state_not_named, CLASS_OFF), ROW(failure_by_star, CLASS_OFF), ROW(failure_by_all, CLASS_OFF),
    ROW(failure_not_named, CLASS_OFF), FREE(failure_by_name), ROW(holds_nothing, HOLDS_NOTHING),
    ROW(no_verb, NO_VERB),

    ROW(no_in_list, OUT_OF_SCOPE), ROW(empty_in_list, OUT_OF_SCOPE), ROW(other_owner, OUT_OF_SCOPE),
    FREE(owner_named), FREE(owner_by_uid), ROW(owner_called_like_a_uid, OUT_OF_SCOPE),
    ROW(other_group, OUT_OF_SCOPE), FREE(group_by_gid), ROW(other_name, OUT_OF_SCOPE), FREE(name_matches),
    ROW(label_missing, OUT_OF_SCOPE), FREE(label_there), ROW(second_in_list_misses, OUT_OF_SCOPE),
    ROW(owner_out, EXCLUDED), ROW(owner_not_known, EXCLUDED), ROW(owner_out_by_uid, EXCLUDED),
    ROW(uid_not_known, EXCLUDED), ROW(group_out, EXCLUDED), ROW(name_out, EXCLUDED),
    ROW(name_not_known, EXCLUDED), ROW(label_out, EXCLUDED), ROW(address_out, EXCLUDED),
    ROW(prefix_out, EXCLUDED), FREE(prefix_out_elsewhere), ROW(id_out, EXCLUDED), FREE(id_out_other),
    ROW(too_young, TOO_YOUNG), FREE(just_old_enough), ROW(stime_missing, TOO_YOUNG),
    ROW(stime_negative, TOO_YOUNG), ROW(stime_in_future, TOO_YOUNG), ROW(stime_far_future, TOO_YOUNG),
    ROW(stime_1970, TOO_YOUNG),

    ROW(short_body, NOT_READ), ROW(odd_limit, NOT_READ), ROW(odd_text, NOT_READ), ROW(odd_time, NOT_READ),
    ROW(lock_1, LOCKED), ROW(lock_3, LOCKED), ROW(lock_99, LOCKED), ROW(lock_unreadable, LOCKED),
    ROW(keep_yes, KEEP_MARK), ROW(keep_lower_case, KEEP_MARK), FREE(keep_no), ROW(keep_no_then_yes, KEEP_MARK),
    FREE(keep_other_attribute), ROW(keep_label, KEEP_MARK), FREE(keep_like_label), ROW(keep_here, KEEP_LOCAL),
    ROW(keep_here_until_now, KEEP_LOCAL), FREE(keep_here_expired), FREE(keep_here_other_life),
    ROW(keep_here_stime_not_known, KEEP_LOCAL), ROW(of_service, SERVICE), FREE(of_service_allowed),
    ROW(of_vrouter, VROUTER), FREE(of_vrouter_allowed), ROW(is_imported, IMPORTED), FREE(is_imported_allowed),
    ROW(sched_action, SCHEDULED),

    ROW(host_gone, NO_HOST), ROW(host_none, NO_HOST), ROW(host_twice, NO_HOST), ROW(host_init, HOST_STATE),
    ROW(host_error, HOST_STATE), ROW(host_disabled, HOST_STATE), ROW(host_offline, HOST_STATE),
    ROW(host_state_1_now, HOST_STATE), FREE(host_state_1_in_5_10), FREE(host_state_1_in_3_6),
    ROW(host_state_1_in_3_2, HOST_STATE), ROW(host_state_1_in_5_12, HOST_STATE), ROW(host_stale, HOST_STALE),
    FREE(host_just_fresh), ROW(host_never, HOST_STALE), ROW(host_future, HOST_STALE), FREE(host_bit_ahead),
    ROW(host_back_29_min, HOST_COOL), FREE(host_back_30_min), ROW(host_not_good, HOST_COOL),
    ROW(host_good_in_future, HOST_COOL), FREE(other_host_back), ROW(no_host_records, HOST_COOL),
    FREE(cloning_failure_host_back),
    ROW(zombie_elsewhere, RUNS_ELSEWHERE), FREE(zombie_other), FREE(failed_7_no_host), FREE(cloning_failure),
    FREE(prolog_failure), ROW(prolog_failure_host_error, HOST_STATE),

    ROW(answers_ping, ANSWERS_PING), ROW(answers_ssh, ANSWERS_SSH), ROW(refuses_ssh, ANSWERS_SSH),
    ROW(answers_tcp, ANSWERS_TCP), ROW(second_answers, ANSWERS_PING), FREE(second_silent),
    ROW(guest_answers, ANSWERS_PING), ROW(answers_though_silence_no, ANSWERS_PING),
    ROW(address_shared, AMBIGUOUS), ROW(address_shared_with_a_bogus_row, AMBIGUOUS), FREE(address_shared_with_done), ROW(address_shared_with_off, AMBIGUOUS),
    ROW(address_is_loopback, AMBIGUOUS), ROW(address_is_broadcast, AMBIGUOUS), ROW(address_is_zero, AMBIGUOUS),
    FREE(address_link_local), ROW(no_address, NOT_PROBED), ROW(nic_without_address, NOT_PROBED),
    ROW(odd_address, NOT_PROBED), ROW(not_a_target, NOT_PROBED), ROW(not_sent, NOT_PROBED),
    ROW(prohibited, NOT_PROBED), ROW(cut, NOT_PROBED), ROW(ping_only_not_sent, NOT_PROBED),
    ROW(second_not_probed, NOT_PROBED), ROW(alias_not_probed, NOT_PROBED), ROW(external_not_probed, NOT_PROBED),
    FREE(guest_outside), ROW(guest_inside_not_probed, NOT_PROBED), FREE(not_probed_silence_no),
    FREE(no_address_silence_no), ROW(nic_without_address_silence_no, NOT_PROBED),
    ROW(odd_address_silence_no, NOT_PROBED), ROW(no_address_but_some_out, NOT_PROBED), ROW(alone_in_network, NO_WITNESS),
    FREE(alone_but_canary), ROW(network_silent_though_canary, NO_WITNESS),
    ROW(second_network_without_witness, NO_WITNESS), ROW(witness_of_other_family, NO_WITNESS),
    FREE(witness_by_prefix), ROW(no_witness_by_prefix_below, NO_WITNESS),
    ROW(no_witness_by_prefix_above, NO_WITNESS), FREE(witness_by_prefix_edge),

    ROW(persistent, DATA), ROW(persistent_not_known, DATA), ROW(volume, DATA), FREE(persistent_allowed),
    ROW(persistent_allowed_3_2, DATA), ROW(snapshots_allowed, DATA), ROW(create_image, DATA),
    ROW(failed_persistent_allowed, DATA), ROW(prolog_failure_ran, DATA_AT_RISK),
    ROW(prolog_failure_may_have_run, DATA_AT_RISK), ROW(cloning_failure_may_have_run, DATA_AT_RISK),
    ROW(cloning_failure_persistent, DATA),

    ROW(not_marked, WITHIN_GRACE), ROW(no_records, WITHIN_GRACE), ROW(other_identity, WITHIN_GRACE),
    ROW(other_placement, WITHIN_GRACE), ROW(other_host, WITHIN_GRACE), ROW(other_state, WITHIN_GRACE),
    ROW(earned_short, WITHIN_GRACE), FREE(earned_just), ROW(marked_short, WITHIN_GRACE), FREE(marked_just),
    ROW(marked_in_future, WITHIN_GRACE), ROW(marked_never, WITHIN_GRACE), ROW(grace_below_minimum, WITHIN_GRACE),
    ROW(two_confirmations, CONFIRMATIONS), FREE(three_confirmations), ROW(one_confirmation_suffices, CONFIRMATIONS),
    ROW(sighting_too_old, CONFIRMATIONS), FREE(sighting_just), ROW(killed_in_mark, KILLED_BEFORE),
    FREE(killed_yesterday), ROW(killed_today, KILLED_BEFORE), ROW(killed_some_time, KILLED_BEFORE),
    ROW(killed_before_mark_began, KILLED_BEFORE), ROW(killed_twice, KILLED_BEFORE),
    ROW(doubted_twice, KILLED_BEFORE), ROW(in_storm, STORMED), FREE(in_storm_acknowledged),
    ROW(promised_more, NOTICE), ROW(promised_and_hook_gone, NOTICE), FREE(promised_less),
    ROW(dated, NOTICE), ROW(dated_and_told, NOTICE), FREE(date_has_come),
    FREE(promise_kept_and_hook_gone), ROW(hook, NOTICE), FREE(noticed), ROW(noticed_late, NOTICE),
    ROW(noticed_but_time_did_not_count, NOTICE), ROW(noticed_and_clock_jumped, NOTICE),
    ROW(noticed_in_future, NOTICE), FREE(noticed_no_hook), FREE(noticed_at_once),

    ROW(cap_run, RATE_RUN), ROW(cap_hour, RATE_HOUR), FREE(cap_hour_just), ROW(cap_host, RATE_HOST),
    ROW(cap_owner, RATE_OWNER), FREE(cap_unlimited),
};
/* clang-format on */
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static struct fleet *
judged(change_fn *change)
{
	struct fleet *f = fleet_new();

	change(f, &f->vms[0], &f->records[0]);
	fleet_judge(f);
	return f;
}

static void
one_changed_fact_gives_its_veto(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct fleet *f = judged(rows[i].change);
		const struct judgement *j = &f->out[0];
		bool kills = fleet_kills(f, 42);

		if (f->run.gates != 0) {
			print_error("%s: gates %x\n", rows[i].name, (unsigned)f->run.gates);
			wrong++;
		}
		if (j->veto != rows[i].veto || kills != (rows[i].veto == NOBODY) ||
		    (j->verdict == VERDICT_KILL) != kills || (j->vetoes == 0) != kills) {
			print_error("%s: %s, wanted %s; %s\n", rows[i].name, veto_code(j->veto),
			    veto_code(rows[i].veto), verdict_str(j->verdict));
			wrong++;
		}
		fleet_free(f);
	}
	assert_int_equal(wrong, 0);
}

static void
every_veto_has_a_row(void **state)
{
	(void)state;
	for (int v = 0; v < VETO_COUNT; v++) {
		bool found = v == VETO_CHANGED; /* test_verdict: the last look */

		for (size_t i = 0; i < N_ROWS && !found; i++)
			found = rows[i].veto == (enum veto)v;
		if (!found)
			fail_msg("no row for %s", veto_code((enum veto)v));
	}
}

/* One change of each kind and no more: the other vetoes stay silent. */
static void
the_first_of_several_decides_and_all_are_recorded(void **state)
{
	struct fleet *f = fleet_new();
	const uint64_t want = 1ull << VETO_LOCKED | 1ull << VETO_ANSWERS_PING |
			      1ull << VETO_DATA | 1ull << VETO_DATA_AT_RISK |
			      1ull << VETO_WITHIN_GRACE;

	(void)state;
	f->vms[0].lock = 1;
	f->vms[0].snapshots = true;
	f->records[0].earned_s = 0;
	fleet_see(f, "10.0.1.42", PROBE_ANSWERED);
	fleet_judge(f);
	assert_int_equal(f->out[0].veto, VETO_LOCKED);
	assert_true(f->out[0].vetoes == want);
	assert_int_equal(f->out[0].verdict, VERDICT_KEEP);
	fleet_free(f);
}

static void
what_time_alone_lifts_is_wait(void **state)
{
	struct fleet *f;

	(void)state;
	f = judged(earned_short);
	assert_int_equal(f->out[0].verdict, VERDICT_WAIT);
	fleet_free(f);
	f = judged(cap_run);
	assert_int_equal(f->out[0].verdict, VERDICT_WAIT);
	fleet_free(f);
	f = judged(killed_twice);
	assert_int_equal(f->out[0].verdict, VERDICT_KEEP);
	fleet_free(f);
}

static void
a_judgement_says_what_it_is_made_of(void **state)
{
	struct fleet *f = judged(nothing);
	const struct judgement *j = &f->out[0];

	(void)state;
	assert_true(j->problem && j->candidate && j->silent && j->witness && !j->alive);
	assert_string_equal(j->verb, "terminate-hard");
	assert_int_equal(j->holds.memory_mib, 1024);
	assert_int_equal(j->holds.addresses, 1);
	assert_int_equal(j->other_id, -1);
	assert_true(f->out[1].alive && !f->out[1].problem && !f->out[1].candidate);
	assert_null(f->out[1].verb);
	fleet_free(f);

	f = judged(address_shared);
	assert_int_equal(f->out[0].other_id, 102);
	assert_int_equal(fleet_out(f, 102)->other_id, 42);
	fleet_free(f);
}

static void
candidates_are_seen_before_they_are_judged(void **state)
{
	struct fleet *f = fleet_new();
	struct seen seen[FLEET_MAX];

	(void)state;
	fleet_add_problem(f, 43, "10.0.1.43");
	fleet_see(f, "10.0.1.43", PROBE_ANSWERED);
	fleet_forget(f, "10.0.1.105");
	f->listing.n = 14;
	assert_int_equal(verdict_seen(f->a, &f->in, NULL, 0, seen), 0);
	assert_true(seen[0].candidate && seen[0].silent && !seen[0].alive && seen[0].evident);
	assert_true(!seen[1].candidate && !seen[1].silent && seen[1].alive);
	assert_true(!seen[6].alive && !seen[6].silent);
	assert_true(seen[13].candidate && seen[13].alive && !seen[13].silent);
	/* Silence that proves nothing is none: no witness, a silent canary, an address of two machines, cut probes. */
	for (int k = 1; k < 14; k++)
		f->vms[k].addrs[0].network_id = 2;
	assert_int_equal(verdict_seen(f->a, &f->in, NULL, 0, seen), 0);
	assert_true(seen[0].candidate && !seen[0].silent && !seen[0].alive);
	for (int k = 1; k < 14; k++)
		f->vms[k].addrs[0].network_id = 1;
	f->policy.probe.n_canaries = 1;
	f->canaries[0].ping.result = PROBE_SILENT;
	assert_int_equal(verdict_seen(f->a, &f->in, NULL, 0, seen), 0);
	assert_true(!seen[0].silent && seen[1].alive);
	f->policy.probe.n_canaries = 0;
	f->sightings.facts.cut = true;
	assert_int_equal(verdict_seen(f->a, &f->in, NULL, 0, seen), 0);
	assert_true(!seen[0].silent && !seen[0].evident);
	f->policy.unknown.silence = false; /* nobody asks for it: evident all the same */
	assert_int_equal(verdict_seen(f->a, &f->in, NULL, 0, seen), 0);
	assert_true(!seen[0].silent && seen[0].evident);
	f->policy.unknown.silence = true;
	f->sightings.facts.cut = false;
	f->in.sightings = NULL;
	assert_int_equal(verdict_seen(f->a, &f->in, NULL, 0, seen), 0);
	assert_true(!seen[0].silent && !seen[1].alive);
	f->in.sightings = &f->sightings;
	fleet_add_addr(f, &f->vms[2], "10.0.1.42", 1);
	assert_int_equal(verdict_seen(f->a, &f->in, NULL, 0, seen), 0);
	assert_false(seen[0].silent);
	/* A verb that does not exist does not make it less of a candidate; a class that is off does. */
	assert_true(verdict_is_candidate(&f->policy, f->listing.era, &f->vms[0]));
	f->policy.unknown.reap = false;
	assert_false(verdict_is_candidate(&f->policy, f->listing.era, &f->vms[0]));
	fleet_free(f);
	f = judged(no_verb);
	assert_null(f->out[0].verb);
	assert_true(f->out[0].candidate);
	assert_true(verdict_is_candidate(&f->policy, f->listing.era, &f->vms[0]));
	fleet_free(f);
}

static void
details_give_the_figures(void **state)
{
	static const struct {
		change_fn *change;
		enum veto veto;
		const char *want;
	} want[] = {
	    {nothing, VETO_CLASS_OFF, "UNKNOWN"},
	    {nothing, VETO_LOCKED, ""},
	    {lock_3, VETO_LOCKED, "level 3"},
	    {lock_unreadable, VETO_LOCKED, "a lock that cannot be read"},
	    {owner_out, VETO_EXCLUDED, "owners_out: oneadmin"},
	    {other_group, VETO_OUT_OF_SCOPE, "groups_in"},
	    {keep_yes, VETO_KEEP_MARK, "VMREAPER_KEEP = YES"},
	    {keep_label, VETO_KEEP_MARK, "label vmreaper-keep"},
	    {keep_here, VETO_KEEP_LOCAL, "by root: why"},
	    {of_service, VETO_SERVICE, "service 0"},
	    {host_error, VETO_HOST_STATE, "node4: state 3, monitored 30 s ago"},
	    {host_none, VETO_NO_HOST, "on no host"},
	    {host_gone, VETO_NO_HOST, "node4 (host 4)"},
	    {answers_ping, VETO_ANSWERS_PING, "10.0.1.42 in 1.500 ms"},
	    {refuses_ssh, VETO_ANSWERS_SSH, "10.0.1.42 (refused)"},
	    {nothing, VETO_ANSWERS_PING, ""},
	    {address_shared, VETO_AMBIGUOUS, "machine 102 as well"},
	    {not_a_target, VETO_NOT_PROBED, "10.0.1.42: not a target"},
	    {no_address, VETO_NOT_PROBED, "no address"},
	    {nic_without_address, VETO_NOT_PROBED, "2 network cards, 1 addresses"},
	    {alone_in_network, VETO_NO_WITNESS, "network private"},
	    {persistent, VETO_DATA, "disk 1 (pdata)"},
	    {persistent_not_known, VETO_DATA, "disk 1 (pdata), not known whether persistent"},
	    {create_image, VETO_DATA, "an image is being made of it"},
	    {prolog_failure_ran, VETO_DATA_AT_RISK, "PROLOG_FAILURE, terminate-hard, has run"},
	    {two_confirmations, VETO_CONFIRMATIONS, "2 of 3"},
	    {killed_twice, VETO_KILLED_BEFORE, "2 sent, the last 2026-12-16T08:00:00Z"},
	    {hook, VETO_NOTICE, "no notice yet"},
	    {dated, VETO_NOTICE, "not before 2027-01-15T08:00:01Z, by a notice"},
	    {dated_and_told, VETO_NOTICE,
		"not before 2027-01-15T08:00:01Z, by a notice; told 2027-01-14T20:00:00Z, 12 h "
		"of 12 h"},
	    {noticed_late, VETO_NOTICE, "told 2027-01-14T20:00:01Z, 11 h 59 min of 12 h"},
	    {host_back_29_min, VETO_HOST_COOL, "well for 29 min of 30 min"},
	    {cap_hour, VETO_RATE_HOUR, "10 in the last hour, limit 10"},
	    {cap_run, VETO_RATE_RUN, "limit 0"},
	    {cap_unlimited, VETO_RATE_RUN, "unlimited"},
	};
	char buf[200];

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct fleet *f = judged(want[i].change);

		assert_string_equal(
		    verdict_detail(&f->in, &f->out[0], 0, want[i].veto, buf, sizeof(buf)),
		    want[i].want);
		fleet_free(f);
	}
}

static void
details_fit_any_buffer_and_any_machine(void **state)
{
	char buf[200];

	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct fleet *f = judged(rows[i].change);

		for (size_t k = 0; k < f->listing.n; k++) {
			for (int v = 0; v <= VETO_COUNT; v++) {
				for (size_t size = 0; size < 20; size += 3) {
					memset(buf, 'x', sizeof(buf));
					verdict_detail(
					    &f->in, &f->out[k], k, (enum veto)v, buf, size);
					assert_true(
					    size == 0 || memchr(buf, '\0', size) != NULL);
					assert_int_equal(buf[size], 'x');
				}
			}
		}
		fleet_free(f);
	}
}

static void
keep_values_that_are_not_a_clear_no_keep(void **state)
{
	/* FLEET_NOW is 2027-01-15T08:00:00Z */
	static const struct {
		const char *value;
		bool keeps;
	} want[] = {
	    {"YES", true},
	    {"yes", true},
	    {"true", true},
	    {"1", true},
	    {"on", true},
	    {"", true},
	    {"  ", true},
	    {"maybe", true},
	    {"NO", false},
	    {"no", false},
	    {" No\t", false},
	    {"False", false},
	    {"0", false},
	    {"OFF", false},
	    {"nope", true},
	    {"n", true},
	    {"00", true},
	    {"off!", true},
	    {"2027-01-15", true},
	    {"2027-01-14", false},
	    {"2027-01-16", true},
	    {"2026-12-31", false},
	    {"1970-01-01", false},
	    {"1969-12-31", true},
	    {"9999-12-31", true},
	    {"2027-02-29", true},
	    {"2024-02-29", false},
	    {"2023-02-29", true},
	    {"1900-02-29", true},
	    {"2000-02-29", false},
	    {"2026-13-01", true},
	    {"2026-00-10", true},
	    {"2026-04-31", true},
	    {"2026-4-1", true},
	    {"14.01.2027", true},
	    {"01/14/2027", true},
	    {"20270114", true},
	    {"2027-01-14x", true},
	    {"2027-01-15T07:59:59Z", false},
	    {"2027-01-15T08:00:00Z", true},
	    {"2027-01-15T08:00", true},
	    {"2027-01-15T07:59", false},
	    {"2027-01-15 07:59:59", false},
	    {"2027-01-15t07:59:59z", false},
	    {"2027-01-15T09:59:59+02:00", false},
	    {"2027-01-15T10:00:00+02:00", true},
	    {"2027-01-15T02:59:59-0500", false},
	    {"2027-01-15T03:00:00-0500", true},
	    {"2027-01-15T07:59:59+15:00", true},
	    {"2027-01-15T24:00:00Z", true},
	    {"2027-01-15T07:60:00Z", true},
	    {"2027-01-15T07:59:61Z", true},
	    {"2027-01-15T07:59:59 Z", true},
	    {"2027-01-15T", true},
	    {"2027-01-14T07:59:59Z2027-01-14T07:59:59Z2027-01-14T07:59:59Z", true},
	    {"-1", true},
	};

	(void)state;
	assert_true(keepmark_holds(NULL, FLEET_NOW));
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		if (keepmark_holds(want[i].value, FLEET_NOW) != want[i].keeps)
			fail_msg("\"%s\"", want[i].value);
	}
}

/* Only the states that the policy may enable by default come out, whatever else invites. */
static void
of_all_states_of_all_eras_only_the_allowed_are_killed(void **state)
{
	size_t n, killed = 0, wanted = 0;
	const struct era *eras = era_table(&n);

	(void)state;
	for (size_t e = 0; e < n; e++) {
		for (int32_t s = -1; s < 14; s++) {
			for (int32_t lcm = -1; lcm < 80; lcm++) {
				struct fleet *f = fleet_new();
				const struct era *era = &eras[e];
				/* STATE 0 to 11, LCM 16 and 39 by their numbers; versions by theirs. */
				bool unknown = s == 3 && lcm == 16;
				bool failed = s == 7 && lcm >= 0 && era->to < 41400;
				bool prolog = s == 3 && lcm == 39 && era->from >= 41400 &&
					      !(era->from >= 50000 && era->to < 50400);
				bool cloning = s == 11 && lcm >= 0 && era->from >= 50000;
				bool want = unknown || failed || prolog || cloning;

				f->listing.era = era;
				f->vms[0].ever_ran = TRI_NO;
				fleet_state(f, 0, s, lcm);
				fleet_judge(f);
				if ((f->out[0].verdict == VERDICT_KILL) != want)
					fail_msg("era %s, state %d, lcm %d: %s", era->name, s,
					    lcm, veto_code(f->out[0].veto));
				if (f->out[0].verdict == VERDICT_KILL)
					assert_non_null(f->out[0].verb);
				/* And when the class says otherwise than the numbers. */
				f->vms[0].cls =
				    s == 7 || lcm % 2 ? VM_CLASS_FAILED : VM_CLASS_UNKNOWN;
				f->vms[0].odd = 0;
				fleet_judge(f);
				if (f->out[0].verdict == VERDICT_KILL && !want)
					fail_msg("era %s, state %d, lcm %d with class %d",
					    era->name, s, lcm, f->vms[0].cls);
				killed += f->run.n_kills;
				wanted += want;
				fleet_free(f);
			}
		}
	}
	assert_true(wanted > n && killed > 0);
}

/* Whom a notice is due for: those between whom and a kill only time stands, in the last part of the grace. */
/* clang-format off */
CHANGE(due) { hook(f, vm, r); r->earned_s = 12 * HOUR; r->marked_s = FLEET_NOW - 12 * HOUR; }
CHANGE(due_too_early) { due(f, vm, r); r->earned_s--; }
CHANGE(due_late) { hook(f, vm, r); }
CHANGE(due_told) { due(f, vm, r); r->noticed_s = FLEET_NOW - HOUR; }
CHANGE(due_no_hook) { due(f, vm, r); f->policy.notify.hook = NULL; }
CHANGE(due_dated) { due(f, vm, r); dated(f, vm, r); }
CHANGE(due_dated_no_hook) { due_dated(f, vm, r); f->policy.notify.hook = NULL; }
CHANGE(due_locked) { due(f, vm, r); vm->lock = 1; }
CHANGE(due_alive) { due(f, vm, r); fleet_see(f, "10.0.1.42", PROBE_ANSWERED); }
CHANGE(due_killed_before) { due(f, vm, r); r->killed_in_mark = true; }
CHANGE(due_host_cool) { due(f, vm, r); f->host_records[0].good_since_s = FLEET_NOW; }
CHANGE(due_once_seen) { due(f, vm, r); r->confirmations = 1; }
CHANGE(due_twice_seen) { due(f, vm, r); r->confirmations = 2; }
CHANGE(due_storm) { due(f, vm, r); f->policy.limits.storm_count = 0; }
CHANGE(due_observing) { due(f, vm, r); f->in.run.reap_option = false; }
CHANGE(due_out_of_hours) { due(f, vm, r); f->in.run.in_hours = false; }
CHANGE(due_on_hold) { due(f, vm, r); f->in.run.hold = true; }
/* clang-format on */

static void
notices_are_due_when_only_time_is_left(void **state)
{
	static const struct {
		const char *name;
		change_fn *change;
		bool due, listed;
	} want[] = {
	    {"due", due, true, true},
	    {"too early", due_too_early, false, false},
	    {"late", due_late, true, true},
	    {"told already", due_told, false, false},
	    {"no hook", due_no_hook, false, false},
	    {"an earlier date stands", due_dated, true, true},
	    {"a date stands, no hook", due_dated_no_hook, false, false},
	    {"locked", due_locked, false, false},
	    {"alive", due_alive, false, false},
	    {"killed before", due_killed_before, false, false},
	    {"host cools down", due_host_cool, true, true},
	    {"seen once", due_once_seen, false, false},
	    {"seen twice", due_twice_seen, true, true},
	    {"storm", due_storm, true, false},
	    {"observing", due_observing, true, false},
	    {"out of hours", due_out_of_hours, true, true},
	    {"on hold", due_on_hold, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct fleet *f = judged(want[i].change);

		if (f->out[0].notice_due != want[i].due ||
		    (f->run.n_notices == 1) != want[i].listed ||
		    (f->run.n_notices > 0 && f->run.notices[0] != 0))
			fail_msg("%s: due %d, %zu listed", want[i].name, f->out[0].notice_due,
			    f->run.n_notices);
		assert_int_equal(f->run.n_kills, 0);
		fleet_free(f);
	}
}

/* Every row judged again from its facts alone says the same. */
static void
a_case_is_judged_again_from_its_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct fleet *f = judged(rows[i].change);

		for (size_t k = 0; k < f->listing.n; k++) {
			struct vm *vm = &f->vms[k];
			struct verdict_case c = {.policy = &f->policy,
			    .era = f->listing.era,
			    .vm = vm,
			    .record = f->in.records != NULL &&
					      history_same_identity(&f->records[k], vm)
					  ? &f->records[k]
					  : NULL,
			    .sightings = f->in.sightings,
			    .facts = &f->out[k],
			    .now_s = FLEET_NOW,
			    .killed_last_hour = f->in.run.killed_last_hour};
			size_t same = 0;

			for (size_t h = 0; h < f->listing.n_hosts; h++) {
				if (f->hosts[h].id == vm->host_id) {
					c.host = &f->hosts[h];
					same++;
				}
			}
			if (same > 1)
				c.host = NULL;
			if (verdict_case_vetoes(&c) != f->out[k].vetoes)
				fail_msg("%s, machine %lld", rows[i].name, (long long)vm->id);
		}
		fleet_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_changed_fact_gives_its_veto),
	    cmocka_unit_test(every_veto_has_a_row),
	    cmocka_unit_test(the_first_of_several_decides_and_all_are_recorded),
	    cmocka_unit_test(what_time_alone_lifts_is_wait),
	    cmocka_unit_test(a_judgement_says_what_it_is_made_of),
	    cmocka_unit_test(candidates_are_seen_before_they_are_judged),
	    cmocka_unit_test(details_give_the_figures),
	    cmocka_unit_test(details_fit_any_buffer_and_any_machine),
	    cmocka_unit_test(keep_values_that_are_not_a_clear_no_keep),
	    cmocka_unit_test(of_all_states_of_all_eras_only_the_allowed_are_killed),
	    cmocka_unit_test(notices_are_due_when_only_time_is_left),
	    cmocka_unit_test(a_case_is_judged_again_from_its_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
