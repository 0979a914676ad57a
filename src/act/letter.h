/* SPDX-License-Identifier: ISC */
/*
 * letter: what is mailed to owners and administrators, as the text that a sendmail takes on standard input: RFC 5322
 * (with LF), RFC 3834 (Auto-Submitted), plain text in UTF-8. Pure: time and randomness come in.
 *
 * Headers are made of the policy and of checked addresses (mailbox.h) alone; what tenants chose stands in the body, made
 * harmless, bounded and behind blanks, so that no line of it begins a header, a mailbox or an end.
 */
#ifndef LETTER_H
#define LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cloud/cloud.h"
#include "ledger/status.h"
#include "policy/policy.h"

#define LETTER_ENTRIES_MAX 100		/* machines or alarms in one letter: the caller sends several */
#define LETTER_BYTES_MAX   (512 * 1024)	/* they fit */
#define LETTER_UNIQUE_SIZE 33		/* 32 hex digits and NUL */

/* To whom, from whom, when. */
struct letter {
	const struct policy *policy;	/* from, cloud, attribute, label, link */
	const char *const *to;		/* checked addresses */
	size_t	n_to;
	bool	to_owner;		/* one owner, of every machine in it; else administrators */
	int64_t	now_s;
	const char *unique;		/* for Message-ID: hex digits, LETTER_UNIQUE_SIZE with NUL */
};

/* One machine of a letter; texts as tenants chose them. */
struct letter_machine {
	int64_t	id;
	const char *name, *owner, *state, *host;	/* host "" : none */
	int64_t	dead_s;			/* since when it is dead, as far as is known */
	const struct holds *holds;	/* NULL: not known */
	int64_t	kill_s;			/* notice: not killed before */
	const char *outcome, *detail;	/* killed: what became of it */
	bool	unaddressed;		/* its owner has no address: administrators are told instead */
};

/*
 * Append one letter to out (text_init with LETTER_BYTES_MAX): n machines (1 to LETTER_ENTRIES_MAX) that will be killed,
 * or were; alarms that have risen. An out that is cut is no letter.
 */
void	letter_notice(const struct letter *l, const struct letter_machine *m, size_t n,
	    struct text *out);
void	letter_killed(const struct letter *l, const struct letter_machine *m, size_t n,
	    struct text *out);
void	letter_alarms(const struct letter *l, const struct finding *alarms, size_t n,
	    struct text *out);

/* "Fri, 27 Nov 2026 04:00:00 +0000" (RFC 5322, 3.3); buf of at least 40 bytes. "" for what is no time. */
char	*letter_date(char *buf, size_t size, int64_t wall_s);

#endif
