/* SPDX-License-Identifier: ISC */
/*
 * reasons: every reason that vmreaper gives, in the order of the rules (reapers.md D.1).
 *
 * The codes are stable: scripts, the ledger and vmreaper(8) speak them. One table, pure.
 */
#ifndef REASONS_H
#define REASONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Gates: they stop the kills of a whole run. */
#define GATE_LIST(X)						\
	X(OBSERVING, "observing", "R1")				\
	X(NOT_ARMED_HERE, "cloud-marker", "R1")			\
	X(POLICY_CHANGED, "policy-changed", "R2")		\
	X(LEDGER, "ledger", "R3")				\
	X(CLOCK_JUMP, "clock-jump", "R4")			\
	X(LISTING, "listing-incomplete", "R5")			\
	X(IMPLAUSIBLE, "listing-implausible", "R5")		\
	X(NO_HOSTS, "hosts-not-visible", "R5")			\
	X(ERA, "era-not-known", "R6")				\
	X(CONTRADICTION, "era-contradiction", "R6")		\
	X(BLIND, "prober-blind", "R7")				\
	X(STORM, "storm", "R8")					\
	X(HOURS, "out-of-hours", "R9")				\
	X(HOLD, "on-hold", "R9")				\
	X(COOL_DOWN, "cloud-cool-down", "R9")			\
	X(FAILURES, "kills-fail", "A6")

/* Vetoes: they keep one machine. */
#define VETO_LIST(X)						\
	X(NOT_REAPABLE, "not-reapable", "V1")			\
	X(UNRECOGNISED, "unrecognised", "V1")			\
	X(CLASS_OFF, "class-not-enabled", "V1")			\
	X(HOLDS_NOTHING, "holds-nothing", "V1")			\
	X(NO_VERB, "no-verb", "V1")				\
	X(OUT_OF_SCOPE, "out-of-scope", "V2")			\
	X(EXCLUDED, "excluded", "V2")				\
	X(TOO_YOUNG, "too-young", "V2")				\
	X(NOT_READ, "not-read-whole", "V3")			\
	X(LOCKED, "locked", "V3")				\
	X(KEEP_MARK, "keep-attribute", "V3")			\
	X(KEEP_LOCAL, "keep-local", "V3")			\
	X(SERVICE, "service", "V3")				\
	X(VROUTER, "virtual-router", "V3")			\
	X(IMPORTED, "imported", "V3")				\
	X(SCHEDULED, "scheduled-action", "V3")			\
	X(NO_HOST, "host-missing", "V4")			\
	X(HOST_STATE, "host-not-monitored", "V4")		\
	X(HOST_STALE, "host-stale", "V4")			\
	X(HOST_COOL, "host-cool-down", "V4")			\
	X(RUNS_ELSEWHERE, "runs-elsewhere", "V4")		\
	X(AMBIGUOUS, "ambiguous-address", "V5")			\
	X(ANSWERS_PING, "answers-ping", "V5")			\
	X(ANSWERS_SSH, "answers-ssh", "V5")			\
	X(ANSWERS_TCP, "answers-tcp", "V5")			\
	X(NOT_PROBED, "not-probed", "V5")			\
	X(NO_WITNESS, "no-witness", "V5")			\
	X(DATA, "persistent-disk", "V6")			\
	X(DATA_AT_RISK, "data-at-risk", "V6")			\
	X(WITHIN_GRACE, "within-grace", "V7")			\
	X(CONFIRMATIONS, "too-few-sightings", "V7")		\
	X(KILLED_BEFORE, "killed-before", "A4")			\
	X(STORMED, "in-storm", "R8")				\
	X(NOTICE, "notice-not-sent", "V8")			\
	X(RATE_RUN, "cap-run", "V9")				\
	X(RATE_HOUR, "cap-hour", "V9")				\
	X(RATE_HOST, "cap-host", "V9")				\
	X(RATE_OWNER, "cap-owner", "V9")			\
	X(CHANGED, "changed", "V10")

#define REASON_X(e, code, rule) GATE_##e,
enum gate { GATE_LIST(REASON_X) GATE_COUNT };
#undef REASON_X
#define REASON_X(e, code, rule) VETO_##e,
enum veto { VETO_LIST(REASON_X) VETO_COUNT };
#undef REASON_X

/* Code ("within-grace"), rule ("V7"), one sentence, and the remedy: the command or change to try next.
 * In remedies %d stands for the machine's id and HOST for its host; reason_remedy() fills them in. Borrowed for ever.
 * For a number that is no reason of the list: "?", and no remedy. */
const char *gate_code(enum gate g);
const char *gate_rule(enum gate g);
const char *gate_text(enum gate g);
const char *gate_remedy(enum gate g);
const char *veto_code(enum veto v);
const char *veto_rule(enum veto v);
const char *veto_text(enum veto v);
const char *veto_remedy(enum veto v);
int	gate_parse(const char *code);		/* -1: none */
int	veto_parse(const char *code);
/*
 * The remedy with each %d replaced by the id, and each HOST by the host's name, unless that is NULL or not plain: it
 * goes into a command that a person types. Cut to size. Returns buf.
 */
char	*reason_remedy(const char *remedy, int64_t id, const char *host, char *buf, size_t size);
/* Vetoes that time alone will lift (cool-down, within grace, confirmations, notice, caps): the verdict is "wait". */
bool	veto_is_wait(enum veto v);

#endif
