/* SPDX-License-Identifier: ISC */
/*
 * ssh greetings, whole and split at every byte. Most rows are what real servers sent or what
 * made other probers call a live machine dead (plugins.md B4, B5).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "probe/ssh.h"

#define X50  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250 X50 X50 X50 X50 X50

struct row {
	const char *name;
	const char *bytes;
	size_t len; /* 0: strlen */
	enum ssh_got got;
	const char *ident;
};

static const struct row rows[] = {
    {"openssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", 0, SSH_IDENT,
	"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"},
    {"line feed alone", "SSH-2.0-dropbear_2019.78\n", 0, SSH_IDENT, "SSH-2.0-dropbear_2019.78"},
    {"key exchange behind it", "SSH-2.0-x\r\n\0\0\1\4\7\24", 17, SSH_IDENT, "SSH-2.0-x"},
    {"both versions", "SSH-1.99-Cisco-1.25\r\n", 0, SSH_IDENT, "SSH-1.99-Cisco-1.25"},
    {"old version only", "SSH-1.5-OSU_1.4\r\n", 0, SSH_IDENT, "SSH-1.5-OSU_1.4"},
    {"comment in UTF-8", "SSH-2.0-x \303\251t\303\251\r\n", 0, SSH_IDENT,
	"SSH-2.0-x \303\251t\303\251"},
    {"lines before it", "Welcome\r\n\r\nAuthorised use only\nSSH-2.0-x\r\n", 0, SSH_IDENT,
	"SSH-2.0-x"},
    {"long line before it", X250 X250 "\r\nSSH-2.0-x\r\n", 0, SSH_IDENT, "SSH-2.0-x"},
    {"long line that ends like one", X250 "xxxxxSSH-2.0-x\r\n", 0, SSH_MORE, NULL},
    {"no end yet", "SSH-2.0-OpenSSH_9.2p1", 0, SSH_MORE, NULL},
    {"carriage return, no line feed yet", "SSH-2.0-OpenSSH_9.2p1\r", 0, SSH_MORE, NULL},
    {"nothing", "", 0, SSH_MORE, NULL},
    {"MaxStartups", "Exceeded MaxStartups\r\n", 0, SSH_MORE, NULL},
    {"http", "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", 0, SSH_MORE, NULL},
    {"nul before it", "\0SSH-2.0-x\r\n", 12, SSH_NOT_SSH, NULL},
    {"nul inside", "SSH-2.0-\0x\r\n", 12, SSH_NOT_SSH, NULL},
    {"control byte inside", "SSH-2.0-x\033[2J\r\n", 0, SSH_NOT_SSH, NULL},
    {"two carriage returns", "SSH-2.0-x\r\r\n", 0, SSH_NOT_SSH, NULL},
    {"no version", "SSH-x-y\r\n", 0, SSH_NOT_SSH, NULL},
    {"no minor version", "SSH-2-y\r\n", 0, SSH_NOT_SSH, NULL},
    {"no software", "SSH-2.0-\r\n", 0, SSH_NOT_SSH, NULL},
    {"no dash", "SSH-2.0\r\n", 0, SSH_NOT_SSH, NULL},
    {"bare prefix", "SSH-\n", 0, SSH_NOT_SSH, NULL},
    {"lower case is a line", "ssh-2.0-x\r\nSSH-2.0-y\r\n", 0, SSH_IDENT, "SSH-2.0-y"},
};

static void
check(const struct ssh_reader *r, enum ssh_got got, const struct row *row, size_t split)
{
	if (got != row->got || (row->ident != NULL && strcmp(r->ident, row->ident) != 0))
		fail_msg("%s, split at %zu: got %d \"%.255s\"", row->name, split, got,
		    got == SSH_IDENT ? r->ident : "");
}

static void
a_greeting_means_the_same_however_it_is_split(void **state)
{
	size_t i, len, split, k;
	struct ssh_reader r;
	enum ssh_got got;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		len = rows[i].len != 0 ? rows[i].len : strlen(rows[i].bytes);
		for (split = 0; split <= len; split++) {
			ssh_reader_init(&r);
			ssh_reader_feed(&r, rows[i].bytes, split);
			got = ssh_reader_feed(&r, rows[i].bytes + split, len - split);
			check(&r, got, &rows[i], split);
		}
		ssh_reader_init(&r);
		got = SSH_MORE;
		for (k = 0; k < len; k++)
			got = ssh_reader_feed(&r, rows[i].bytes + k, 1);
		check(&r, got, &rows[i], SIZE_MAX);
	}
}

/* An identification string of n bytes with its end of line. */
static enum ssh_got
of_length(size_t n, const char *end)
{
	char buf[600];
	struct ssh_reader r;

	memset(buf, 'y', sizeof(buf));
	memcpy(buf, "SSH-2.0-", 8);
	memcpy(buf + n - strlen(end), end, strlen(end));
	ssh_reader_init(&r);
	return ssh_reader_feed(&r, buf, n);
}

static void
the_longest_string_has_255_bytes_with_its_end(void **state)
{
	(void)state;
	assert_int_equal(of_length(255, "\r\n"), SSH_IDENT);
	assert_int_equal(of_length(256, "\r\n"), SSH_NOT_SSH);
	assert_int_equal(of_length(255, "\n"), SSH_IDENT);
	assert_int_equal(of_length(256, "\n"), SSH_NOT_SSH);
	assert_int_equal(of_length(600, "\r\n"), SSH_NOT_SSH);
}

static void
the_sixty_fourth_line_is_the_last(void **state)
{
	struct ssh_reader r;
	int i;

	(void)state;
	ssh_reader_init(&r);
	for (i = 0; i < SSH_LINES_MAX - 1; i++)
		assert_int_equal(ssh_reader_feed(&r, "motd\r\n", 6), SSH_MORE);
	assert_int_equal(ssh_reader_feed(&r, "motd\r\n", 6), SSH_NOT_SSH);
	/* and nothing that follows changes it */
	assert_int_equal(ssh_reader_feed(&r, "SSH-2.0-x\r\n", 11), SSH_NOT_SSH);
}

static void
ssh_after_sixty_three_lines_is_ssh(void **state)
{
	struct ssh_reader r;
	int i;

	(void)state;
	ssh_reader_init(&r);
	for (i = 0; i < SSH_LINES_MAX - 1; i++)
		ssh_reader_feed(&r, "motd\n", 5);
	assert_int_equal(ssh_reader_feed(&r, "SSH-2.0-x\r\n", 11), SSH_IDENT);
}

static void
after_64_kib_it_is_not_ssh(void **state)
{
	struct ssh_reader r;
	uint32_t i;

	(void)state;
	ssh_reader_init(&r);
	for (i = 0; i < SSH_BYTES_MAX; i++)
		assert_int_equal(ssh_reader_feed(&r, "z", 1), SSH_MORE);
	assert_int_equal(ssh_reader_feed(&r, "z", 1), SSH_NOT_SSH);
}

static void
our_own_string_is_one(void **state)
{
	struct ssh_reader r;

	(void)state;
	ssh_reader_init(&r);
	assert_int_equal(ssh_reader_feed(&r, ssh_hello, strlen(ssh_hello)), SSH_IDENT);
	assert_string_equal(r.ident, "SSH-2.0-vmreaper_" PACKAGE_VERSION);
}

static void
the_disconnect_is_a_clear_text_packet(void **state)
{
	static const uint8_t head[] = {1, 0, 0, 0, 11, 0, 0, 0, 22};
	uint8_t buf[SSH_DISCONNECT_MAX];
	size_t len, payload;

	(void)state;
	len = ssh_disconnect_build(buf);
	/* RFC 4253 section 6: length, padding length, payload, at least 4 bytes of padding */
	assert_int_equal(len % 8, 0);
	assert_int_equal(buf[0] << 24 | buf[1] << 16 | buf[2] << 8 | buf[3], len - 4);
	assert_true(buf[4] >= 4);
	payload = len - 4 - 1 - buf[4];
	assert_int_equal(payload, 9 + 22 + 4);
	assert_memory_equal(buf + 5, head, sizeof(head));
	assert_memory_equal(buf + 5 + 9, "vmreaper: only looking\0\0\0\0", 26);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_greeting_means_the_same_however_it_is_split),
	    cmocka_unit_test(the_longest_string_has_255_bytes_with_its_end),
	    cmocka_unit_test(the_sixty_fourth_line_is_the_last),
	    cmocka_unit_test(ssh_after_sixty_three_lines_is_ssh),
	    cmocka_unit_test(after_64_kib_it_is_not_ssh),
	    cmocka_unit_test(our_own_string_is_one),
	    cmocka_unit_test(the_disconnect_is_a_clear_text_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
