/* SPDX-License-Identifier: ISC */
/*
 * ssh: an ssh server's greeting, as bytes. Pure.
 *
 * RFC 4253 4.2: the server may send lines of text first; its identification string begins
 * with "SSH-", ends with CR LF and has at most 255 bytes with it. LF alone is taken as well.
 * Whatever a server sends is a sign of life; the only question here is if it is ssh.
 */
#ifndef SSH_H
#define SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SSH_IDENT_MAX	255		/* bytes of the identification string, CR LF included */
#define SSH_BYTES_MAX	(64 * 1024)	/* before we give up; OpenSSH's client reads more */
#define SSH_LINES_MAX	64

enum ssh_got {
	SSH_MORE,	/* nothing decided yet */
	SSH_IDENT,	/* an identification string: in ident */
	SSH_NOT_SSH	/* a NUL, too much text, a string that breaks the rules */
};

struct ssh_reader {
	enum ssh_got got;
	uint32_t bytes;		/* read so far */
	uint16_t lines;		/* whole lines before the identification string */
	uint16_t len;		/* of the line that is being read, at most sizeof(ident) */
	char	ident[SSH_IDENT_MAX + 1];	/* NUL-terminated, without CR LF, once got is SSH_IDENT */
};

void	ssh_reader_init(struct ssh_reader *r);

/* Take n more bytes, split anywhere. Once something else than SSH_MORE came out, it stays. */
enum ssh_got ssh_reader_feed(struct ssh_reader *r, const void *p, size_t n);

/* Our own identification string, with CR LF. */
extern const char ssh_hello[];

/*
 * A clear-text SSH_MSG_DISCONNECT (RFC 4253 section 11.1, packet format section 6), reason 11,
 * "vmreaper: only looking". It is valid before the key exchange, and makes the guest's log say
 * who asked. Returns its length; size of at least SSH_DISCONNECT_MAX.
 */
#define SSH_DISCONNECT_MAX 64
size_t	ssh_disconnect_build(uint8_t buf[static SSH_DISCONNECT_MAX]);

#endif
