/* SPDX-License-Identifier: ISC */
/*
 * extraini: splits bytes into lines, and the lines of one section into options. Pure.
 */
#include <stdbool.h>
#include <string.h>

#include "command/extraini.h"

#define BLANKS	  " \t\r\v\f"
#define KEY_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

/* A piece of the file: not NUL-terminated. */
struct piece {
	const char *s;
	size_t len;
};

static struct piece
trim(const char *s, const char *end)
{
	while (s < end && strchr(BLANKS, *s) != NULL)
		s++;
	while (end > s && strchr(BLANKS, end[-1]) != NULL)
		end--;
	return (struct piece){s, (size_t)(end - s)};
}

static bool
is_key(const struct piece *k)
{
	if (k->len == 0 || *k->s == '-')
		return false;
	for (size_t i = 0; i < k->len; i++)
		if (strchr(KEY_BYTES, k->s[i]) == NULL)
			return false;
	return true;
}

/* "key = value" as an option of the command line. The value may begin with a dash, so it is one word with its key. */
static int
add_option(const struct piece *line, struct text *out)
{
	const char *end = line->s + line->len, *equals = memchr(line->s, '=', line->len);
	struct piece key = trim(line->s, equals != NULL ? equals : end);
	struct piece value = equals != NULL ? trim(equals + 1, end) : (struct piece){end, 0};

	if (!is_key(&key))
		return -1;
	text_add(out, key.len == 1 ? "-" : "--");
	text_addn(out, key.s, key.len);
	if (value.len > 0 && key.len > 1)
		text_addc(out, '=');
	text_addn(out, value.s, value.len);
	text_addn(out, "", 1);
	return 0;
}

static int
refuse(struct fault *f, unsigned line, const char *what, const char *remedy)
{
	fault_set(f, FAULT_USAGE, "line %u: %s", line, what);
	return fault_remedy(f, "%s", remedy);
}

/* *ours: whether the lines below the header are. */
static int
read_header(
    const struct piece *line, const char *section, bool *ours, unsigned number, struct fault *f)
{
	const char *close = memchr(line->s, ']', line->len);
	struct piece name;

	if (close == NULL)
		return refuse(f, number, "a section header without its ]", "write [section]");
	name = trim(line->s + 1, close);
	*ours = name.len == strlen(section) && memcmp(name.s, section, name.len) == 0;
	return 0;
}

int
extraini_read(const char *bytes, size_t len, const char *section, struct text *out, size_t *n,
    struct fault *f)
{
	const char *at = bytes, *end = bytes + len, *lf;
	bool ours = false, any = false, found = false;
	struct piece line;
	unsigned number = 0;

	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	if (memchr(bytes, '\0', len) != NULL) {
		fault_set(f, FAULT_USAGE, "it holds a NUL byte: no text file");
		return fault_remedy(f, "name the right file");
	}
	for (; at < end; at = lf < end ? lf + 1 : end) {
		lf = memchr(at, '\n', (size_t)(end - at));
		lf = lf != NULL ? lf : end;
		line = trim(at, lf);
		number++;
		if (line.len == 0 || *line.s == '#' || *line.s == ';')
			continue;
		if (*line.s == '[') {
			if (read_header(&line, section, &ours, number, f) != 0)
				return -1;
			any = true;
			found = found || ours;
			continue;
		}
		if (!any)
			return refuse(f, number, "an option before the first [section]",
			    "write the section above it");
		if (!ours)
			continue;
		if (*n == EXTRAINI_OPTIONS_MAX)
			return refuse(f, number, "too many options", "leave some out");
		if (add_option(&line, out) != 0)
			return refuse(f, number, "neither [section] nor key = value",
			    "write a long option without its dashes, as in last-sweep =");
		(*n)++;
	}
	if (!found) {
		fault_set(f, FAULT_USAGE, "it has no section [%s]", section);
		return fault_remedy(f, "add it, or name another: --extra-opts=SECTION@FILE");
	}
	return out->cut ? fault_set(f, FAULT_LIMIT, "its options are too long") : 0;
}
