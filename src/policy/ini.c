/* SPDX-License-Identifier: ISC */
/*
 * ini: splits bytes into lines and lines into names and values. Pure.
 */
#include <string.h>

#include "base/text.h"
#include "policy/ini.h"

const char *
ini_kind_str(enum ini_kind kind)
{
	switch (kind) {
	case INI_END:
		return "end";
	case INI_SECTION:
		return "section";
	case INI_KEY:
		return "key";
	case INI_BAD:
		return "bad";
	}
	return "unknown";
}

void
ini_open(struct ini *i, const char *bytes, size_t len)
{
	memset(i, 0, sizeof(*i));
	i->at = bytes;
	i->end = bytes + len;
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		i->at += 3;
}

static enum ini_kind
refuse(struct ini *i, const char *what, const char *remedy)
{
	fault_set(&i->bad, FAULT_POLICY, "%s", what);
	fault_remedy(&i->bad, "%s", remedy);
	return INI_BAD;
}

/* Take one line into buf, without its end. Returns INI_BAD if it cannot be one, else INI_KEY. */
static enum ini_kind
take_line(struct ini *i)
{
	const char *start = i->at, *lf;
	size_t len;

	i->line++;
	lf = memchr(start, '\n', (size_t)(i->end - start));
	i->at = lf != NULL ? lf + 1 : i->end;
	/* So that refuse() in a header skips the keys below it, even if the line is not looked at. */
	i->header = *start == '[';
	if (lf == NULL)
		return refuse(i, "the file ends in the middle of a line: it may be cut",
		    "restore the rest, and end the last line with a newline");
	len = (size_t)(lf - start);
	if (len > 0 && start[len - 1] == '\r')
		len--;
	if (len > INI_LINE_MAX)
		return refuse(i, "the line is longer than 4096 bytes", "write a shorter one");
	if (memchr(start, '\0', len) != NULL)
		return refuse(
		    i, "a NUL byte: not a text file, or a damaged one", "restore the file");
	memcpy(i->buf, start, len);
	i->buf[len] = '\0';
	return INI_KEY;
}

/* Tabs become blanks; what cannot be seen is refused, so that the line means what it shows. */
static enum ini_kind
check_bytes(struct ini *i)
{
	const char *s;
	char *tab;
	size_t left, len;

	for (tab = i->buf; (tab = strchr(tab, '\t')) != NULL;)
		*tab = ' ';
	for (s = i->buf, left = strlen(s); left > 0; s += len, left -= len) {
		len = text_utf8_len(s, left);
		if (len == 0) {
			fault_set(&i->bad, FAULT_POLICY, "byte 0x%02x is not UTF-8",
			    (unsigned char)*s);
			fault_remedy(&i->bad, "save the file as UTF-8");
			return INI_BAD;
		}
		if ((unsigned char)*s < ' ' || *s == 0x7f) {
			fault_set(
			    &i->bad, FAULT_POLICY, "control byte 0x%02x", (unsigned char)*s);
			fault_remedy(&i->bad, "delete it; lines end in LF or CR LF");
			return INI_BAD;
		}
	}
	if (!text_is_clean(i->buf))
		return refuse(i, "an invisible or direction-changing character", "delete it");
	return INI_KEY;
}

/* s without blanks at both ends; cuts the string. */
static char *
trim(char *s)
{
	size_t len;

	s += strspn(s, " ");
	for (len = strlen(s); len > 0 && s[len - 1] == ' ';)
		s[--len] = '\0';
	return s;
}

static bool
is_name(const char *s)
{
	return *s >= 'a' && *s <= 'z' &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static enum ini_kind
read_header(struct ini *i, char *s)
{
	char *close = strchr(s, ']');

	i->header = true;
	if (close == NULL)
		return refuse(
		    i, "a section header without its ]: cut, or a slip", "write [name]");
	if (close[1] != '\0')
		return refuse(i, "text after the section header",
		    "write [name] alone; comments stand on lines of their own");
	*close = '\0';
	if (!is_name(s + 1))
		return refuse(i, "not a section name",
		    "write [name] in lower-case letters, without blanks");
	i->name = s + 1;
	return INI_SECTION;
}

/* A quote or a comment sign where a word begins would silently become part of the word. */
static enum ini_kind
check_value(struct ini *i)
{
	const char *s;

	for (s = i->value; (s = strpbrk(s, "\"'#;")) != NULL; s++) {
		if (s != i->value && s[-1] != ' ' && s[-1] != ',')
			continue;
		if (*s == '#' || *s == ';')
			return refuse(i, "a comment after a value",
			    "write the comment on a line of its own");
		return refuse(i, "a value in quotes", "write it without quotes");
	}
	return INI_KEY;
}

static enum ini_kind
read_key(struct ini *i, char *s)
{
	char *equals = strchr(s, '=');

	/* The line is not shown: somebody may have written a password where it does not belong. */
	if (equals == NULL)
		return refuse(i, "neither [section] nor key = value nor a comment",
		    "write key = value, or # before it");
	*equals = '\0';
	i->name = trim(s);
	if (!is_name(i->name))
		return refuse(i, "not a key name",
		    "write key = value, the key in lower-case letters, digits and _");
	i->value = trim(equals + 1);
	if (*i->value == '\0') {
		fault_set(&i->bad, FAULT_POLICY, "%s has no value", i->name);
		fault_remedy(&i->bad, "write one, or # before the key");
		return INI_BAD;
	}
	return check_value(i);
}

enum ini_kind
ini_next(struct ini *i)
{
	char *s;

	i->name = i->value = NULL;
	while (i->at < i->end) {
		if (take_line(i) == INI_BAD || check_bytes(i) == INI_BAD)
			return INI_BAD;
		s = trim(i->buf);
		if (*s == '\0' || *s == '#' || *s == ';')
			continue;
		if (*s == '[')
			return read_header(i, s);
		return read_key(i, s);
	}
	return INI_END;
}
