/* SPDX-License-Identifier: ISC */
/*
 * ssh: reads a greeting piece by piece. It hides where lines end and how much is too much; it
 * must never need more memory than one line, nor take silence or rubbish for an answer.
 */
#include "config.h"

#include <string.h>

#include "probe/ssh.h"

const char ssh_hello[] = "SSH-2.0-vmreaper_" PACKAGE_VERSION "\r\n";

void
ssh_reader_init(struct ssh_reader *r)
{
	memset(r, 0, sizeof(*r));
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "SSH-" protoversion "-" software, control bytes nowhere; what follows is the server's affair. */
static bool
is_ident(const char *s, size_t len)
{
	size_t i = 4;

	while (i < len && is_digit(s[i]))
		i++;
	if (i == 4 || i == len || s[i++] != '.' || i == len || !is_digit(s[i]))
		return false;
	while (i < len && is_digit(s[i]))
		i++;
	if (i + 1 >= len || s[i] != '-')
		return false;
	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return true;
}

/* A whole line stands in ident (its first bytes, if it was longer), without LF. */
static enum ssh_got
line_end(struct ssh_reader *r)
{
	size_t len = r->len;

	r->len = 0;
	if (len < 4 || memcmp(r->ident, "SSH-", 4) != 0)
		return ++r->lines >= SSH_LINES_MAX ? SSH_NOT_SSH : SSH_MORE;
	if (len >= SSH_IDENT_MAX) /* with its LF it is longer than the rules allow */
		return SSH_NOT_SSH;
	if (r->ident[len - 1] == '\r')
		len--;
	if (!is_ident(r->ident, len))
		return SSH_NOT_SSH;
	r->ident[len] = '\0';
	return SSH_IDENT;
}

enum ssh_got
ssh_reader_feed(struct ssh_reader *r, const void *data, size_t n)
{
	const char *p = data;

	for (; n > 0 && r->got == SSH_MORE; n--, p++) {
		if (*p == '\0' || ++r->bytes > SSH_BYTES_MAX)
			r->got = SSH_NOT_SSH;
		else if (*p == '\n')
			r->got = line_end(r);
		else if (r->len < SSH_IDENT_MAX)
			r->ident[r->len++] = *p;
	}
	return r->got;
}

size_t
ssh_disconnect_build(uint8_t buf[static SSH_DISCONNECT_MAX])
{
	static const char text[] = "vmreaper: only looking";
	const size_t text_len = sizeof(text) - 1;
	/* type, reason, description and language tag (empty), each string with its length */
	const size_t payload = 1 + 4 + 4 + text_len + 4;
	size_t padding = 8 - (4 + 1 + payload) % 8;

	if (padding < 4)
		padding += 8;
	memset(buf, 0, SSH_DISCONNECT_MAX);
	buf[3] = (uint8_t)(1 + payload + padding);
	buf[4] = (uint8_t)padding;
	buf[5] = 1; /* SSH_MSG_DISCONNECT */
	buf[9] = 11; /* SSH_DISCONNECT_BY_APPLICATION */
	buf[13] = (uint8_t)text_len;
	memcpy(buf + 14, text, text_len);
	return 4 + 1 + payload + padding;
}
