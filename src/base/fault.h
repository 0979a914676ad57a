/* SPDX-License-Identifier: ISC */
/*
 * fault: how a function says why it could not do its work.
 *
 * One line for a person (what, where: file:line, machine, endpoint) and the remedy, the
 * command or the change that mends it. A fault is a value: the one who decides prints it.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_USAGE,	/* the command line */
	FAULT_POLICY,	/* the policy or a credential file */
	FAULT_NETWORK,	/* no connection, TLS, time-out, cut */
	FAULT_REPLY,	/* an answer that is not what the protocol says */
	FAULT_AUTH,	/* wrong password, no such user */
	FAULT_RIGHTS,	/* known, but may not */
	FAULT_LOCKED,	/* the machine or the ledger is locked */
	FAULT_GONE,	/* no such machine */
	FAULT_STATE,	/* wrong state for the verb */
	FAULT_LEDGER,	/* the ledger: corrupt, read-only, of another cloud, full disk */
	FAULT_LIMIT,	/* a bound of ours was reached */
	FAULT_SYSTEM,	/* memory, descriptors, files */
	FAULT_IN_DOUBT	/* the request was sent and its reply was lost */
};

struct fault {
	enum fault_kind kind;
	char	msg[512];	/* escaped: printable, no newline, no '|' */
	char	remedy[384];	/* may be empty */
};

/*
 * Fill f (may be NULL) from a printf format; the text is cut to fit, and control bytes and
 * invalid UTF-8 in it are escaped. Always returns -1, so that `return fault_set(...)` reads well.
 */
int	fault_set(struct fault *f, enum fault_kind kind, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Add the remedy to a fault that was just set (f may be NULL). Always returns -1. */
int	fault_remedy(struct fault *f, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Put "fmt: " in front of what the fault says (where it happened). Always returns -1. */
int	fault_prefix(struct fault *f, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The stable word for a kind ("network", "auth", ...). */
const char *fault_kind_str(enum fault_kind kind);

/* Our own bug: print it to stderr and abort. Kept in release builds: a killer must not limp on. */
#define BUG_ON(cond) do {						\
	if (cond)							\
		fault_bug(__FILE__, __LINE__, #cond);			\
} while (0)
void	fault_bug(const char *file, int line, const char *what)
	    __attribute__((noreturn));

/* Not even a small piece of memory is to be had: print it to stderr and abort. */
void	fault_no_memory(void) __attribute__((noreturn));

#endif
