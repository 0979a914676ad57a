/* SPDX-License-Identifier: ISC */
/*
 * keys: the table of every key of the policy: where it stands, what it takes, its default, its
 * range, and the field of struct policy that it fills. The master copy: reading, printing,
 * libConfuse's option table, and the tests of conf/policy.ini and vmreaper-policy(5) follow it.
 * Private to policy/. Pure.
 */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_type {
	/* one number */
	KEY_BOOL,		/* yes, no; bool */
	KEY_COUNT,		/* 20; uint16_t, int32_t or int64_t */
	KEY_LIMIT,		/* 5, unlimited; int64_t */
	KEY_SHARE,		/* 10%; int32_t in hundredths of a percent */
	KEY_SECONDS,		/* 24h; int64_t */
	KEY_MILLISECONDS,	/* 10s; int64_t */
	KEY_MIB,		/* 512MiB, 2GiB; int64_t */
	KEY_SSH,		/* always, when-silent, never; enum policy_ssh */
	KEY_PERSISTENT,		/* keep, allow; enum policy_persistent */
	KEY_DIALECT,		/* auto, opennebula, stratuslab; enum policy_dialect */
	KEY_END,		/* kill, shutdown; enum policy_end */
	/* one text */
	KEY_TEXT,		/* const char * */
	KEY_RANGE,		/* 10:20; struct range, and extra: bool, whether there is one */
	/* words between commas */
	KEY_WORDS,		/* struct policy_list */
	KEY_PORTS,		/* uint16_t array, and extra: size_t, how many */
	KEY_NETWORKS,		/* struct prefix *, and extra: size_t */
	KEY_ADDRESSES,		/* struct addr *, and extra: size_t */
	KEY_WAITS,		/* int64_t array of milliseconds, and extra: int32_t */
	KEY_LIMITS,		/* warning, critical, time-out; struct policy_limit */
	KEY_WINDOWS		/* struct policy_window array, and extra: size_t */
};
const char *key_type_str(enum key_type type);

#define KEY_REQUIRED	1u	/* must be in every policy file */
#define KEY_ARMED	2u	/* must be in a file that says armed = yes: no cap or grace by omission */
#define KEY_NONE	4u	/* takes the word none */
#define KEY_ALL		8u	/* takes the word all */
#define KEY_HIDDEN	16u	/* the value is not shown in messages: people put passwords there */

/* What a text or a word must look like. */
struct key_form {
	bool	(*is_ok)(const char *s);
	const char *want;	/* for the message: "write ..." */
};

struct key {
	const char *section, *name;
	enum key_type type;
	unsigned flags;
	const char *def;	/* as it would stand in the file; "": the word none; NULL: no default, or a computed one */
	size_t	at, size;	/* the field of struct policy */
	size_t	extra;		/* the field beside it, see the types; 0: none */
	int64_t	lo, hi;		/* numbers, in the unit of the field; words: lo to hi of them */
	const struct key_form *form;
};

/* Every key, section by section in the order in which they are printed. */
const struct key *keys_table(size_t *n);
/* The key, or NULL. */
const struct key *keys_find(const char *section, const char *name);
bool	keys_has_section(const char *section);
/* A section that has a key of that name, or NULL. */
const char *keys_section_of(const char *name);
/* The key of the section whose name is at most two slips away from name, or NULL. */
const struct key *keys_nearest(const char *section, const char *name);

/* True if values of the type are one number, or words between commas; else they are one text. */
bool	key_is_number(const struct key *k);
bool	key_is_list(const struct key *k);

#endif
