/* SPDX-License-Identifier: ISC */
/*
 * journal: which machine is ours to kill. One entry: there is never more than one canary of a cloud.
 *
 * A file of its own, replaced whole (base/place), and not a table of the ledger: the ledger has one writer, the sweep,
 * which must not wait for a canary that boots for minutes, nor the other way round; and with one entry there is
 * nothing that a database would do better than a rename.
 *
 * The order that makes a crash harmless: the entry with its random token is on the disk before the machine is asked
 * for under a name that carries the token; its number is added when it is known; the entry goes when the machine has
 * been seen Done, or a listing made long enough after the request has no machine of that name.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "cloud/cloud.h"

#define JOURNAL_TOKEN 24		/* hex digits: 96 bits, nobody guesses or repeats them */
#define CANARY_PREFIX "vmreaper-canary-"
#define CANARY_NAME   (sizeof(CANARY_PREFIX) + JOURNAL_TOKEN)

struct journal_entry {
	bool	open;
	char	token[JOURNAL_TOKEN + 1];
	int64_t	id;			/* -1: not known (yet) */
	int64_t	since_s;		/* wall time of the request */
};

struct journal {
	const char *path;		/* borrowed */
	int	lock_fd;
};

/*
 * Take the lock PATH.lock (flock: it ends with the process), for as long as the journal is open. FAULT_LOCKED
 * at once when another run has it.
 */
int	journal_open(struct journal *j, const char *path, struct fault *f);
void	journal_close(struct journal *j);

/* No file: nothing is open. One that is damaged, or that others may write, is a fault: then nothing may be killed. */
int	journal_read(const struct journal *j, struct journal_entry *e, struct fault *f);
/* On the disk when it returns 0. */
int	journal_write(const struct journal *j, const struct journal_entry *e, struct fault *f);

/* A new entry: random token, no number. */
void	journal_begin(struct journal_entry *e, int64_t now_s);
char	*journal_name(const struct journal_entry *e, char buf[static CANARY_NAME]);

/*
 * May we kill this machine? Its number is journalled and its name carries the token, or its owner is us (own_uid, -1:
 * not known) and its name carries the token. Nothing else, however alike.
 */
bool	journal_is_ours(const struct journal_entry *e, const struct vm *vm, int32_t own_uid);
/* A machine of ours that is named like a canary, and is not the one of the entry: of a journal that was lost. */
bool	journal_is_stray(const struct journal_entry *e, const struct vm *vm, int32_t own_uid);

#endif
