/* SPDX-License-Identifier: ISC */
/*
 * usercfg: lines into sections and keys, and the expansion of %.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "command/usercfg.h"

#define LINE_MAX_BYTES	4096
#define VALUE_MAX_BYTES 4096

/* One reading. */
struct reader {
	struct arena *a;
	struct usercfg *out;
	const char *section; /* NULL before the first */
	struct usercfg_key *last; /* that a line may continue; NULL: none */
	unsigned line;
	struct fault *f;
};

static int
refuse(struct reader *r, const char *what, const char *remedy)
{
	fault_set(r->f, FAULT_POLICY, "%s:%u: %s", r->out->path, r->line, what);
	return fault_remedy(r->f, "%s", remedy);
}

static int
no_memory(struct fault *f)
{
	return fault_set(f, FAULT_SYSTEM, "out of memory");
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without the blanks at both ends; len is made shorter. */
static const char *
trim(const char *s, size_t *len)
{
	while (*len > 0 && is_blank(*s)) {
		s++;
		(*len)--;
	}
	while (*len > 0 && is_blank(s[*len - 1]))
		(*len)--;
	return s;
}

static int
take_section(struct reader *r, const char *s, size_t len)
{
	const char *close = memchr(s, ']', len), **slot;

	if (close == NULL || close == s + 1)
		return refuse(r, "a section without its end", "write [name]");
	r->last = NULL;
	r->section = arena_strndup(r->a, s + 1, (size_t)(close - s - 1));
	slot = arena_push(r->a, (void **)&r->out->sections, r->out->n_sections, sizeof(*slot));
	if (r->section == NULL || slot == NULL)
		return no_memory(r->f);
	*slot = r->section;
	r->out->n_sections++;
	return 0;
}

static int
take_key(struct reader *r, const char *s, size_t len)
{
	size_t at = 0, name, value;
	struct usercfg_key *k;
	const char *v, *semicolon;
	char *lower;

	while (at < len && s[at] != '=' && s[at] != ':')
		at++;
	if (at == len || at == 0)
		return refuse(r, "neither a section nor key = value",
		    "write key = value, or # before it");
	if (r->section == NULL)
		return refuse(r, "a key before any section", "write [default] above it");
	for (name = at; name > 0 && is_blank(s[name - 1]);)
		name--;
	v = s + at + 1;
	value = len - at - 1;
	/* Python looks at the first semicolon only: it begins a comment if a blank is before it. */
	semicolon = memchr(v, ';', value);
	if (semicolon != NULL && semicolon > v && is_blank(semicolon[-1]))
		value = (size_t)(semicolon - v);
	v = trim(v, &value);
	if (value == 2 && memcmp(v, "\"\"", 2) == 0)
		value = 0;
	k = arena_push(r->a, (void **)&r->out->keys, r->out->n, sizeof(*k));
	if (k == NULL)
		return no_memory(r->f);
	lower = arena_strndup(r->a, s, name);
	k->value = arena_strndup(r->a, v, value);
	if (lower == NULL || k->value == NULL)
		return no_memory(r->f);
	for (char *c = lower; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	k->name = lower;
	k->section = r->section;
	k->line = r->line;
	r->out->n++;
	r->last = k;
	return 0;
}

/* A line that begins with a blank belongs to the value above it. */
static int
take_more(struct reader *r, const char *s, size_t len)
{
	char *joined;

	s = trim(s, &len);
	if (r->last == NULL)
		return refuse(r, "an indented line that continues nothing",
		    "begin keys and sections in the first column");
	joined = arena_printf(r->a, "%s\n%.*s", r->last->value, (int)len, s);
	if (joined == NULL)
		return no_memory(r->f);
	explicit_bzero(r->last->value, strlen(r->last->value));
	r->last->value = joined;
	return 0;
}

static int
take_line(struct reader *r, const char *s, size_t len)
{
	size_t text = len;
	const char *t;

	if (len > 0 && s[len - 1] == '\r')
		text = --len;
	if (len > LINE_MAX_BYTES)
		return refuse(r, "the line is too long", "see whether it is the right file");
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return refuse(r, "a control byte", "see whether it is the right file");
	t = trim(s, &text);
	if (text == 0 || *s == '#' || *s == ';')
		return 0;
	if (text >= 3 && strncasecmp(t, "rem", 3) == 0 && t == s &&
	    (text == 3 || is_blank(t[3])))
		return 0;
	if (is_blank(*s))
		return take_more(r, s, len);
	if (*s == '[')
		return take_section(r, s, len);
	return take_key(r, s, len);
}

int
usercfg_parse(struct arena *a, const char *path, const char *bytes, size_t len,
    struct usercfg *out, struct fault *f)
{
	struct reader r = {.a = a, .out = out, .f = f};
	const char *end = bytes + len, *lf;

	memset(out, 0, sizeof(*out));
	out->path = path;
	if (len > USERCFG_BYTES_MAX)
		return refuse(&r, "the file is too long", "name the right file");
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		bytes += 3;
	for (; bytes < end; bytes = lf + 1) {
		r.line++;
		lf = memchr(bytes, '\n', (size_t)(end - bytes));
		if (lf == NULL)
			lf = end;
		if (take_line(&r, bytes, (size_t)(lf - bytes)) != 0)
			return -1;
		if (lf == end)
			break;
	}
	if (!usercfg_has_section(out, "default")) {
		fault_set(f, FAULT_POLICY, "%s: no section [default]", path);
		return fault_remedy(f, "write [default], in small letters, above the keys");
	}
	return 0;
}

bool
usercfg_has_section(const struct usercfg *c, const char *section)
{
	for (size_t i = 0; i < c->n_sections; i++)
		if (strcmp(c->sections[i], section) == 0)
			return true;
	return false;
}

/* The last of equal keys, as a later line overwrites an earlier one. */
static const struct usercfg_key *
find(const struct usercfg *c, const char *section, const char *name, size_t len)
{
	for (size_t i = c->n; i > 0; i--)
		if (strcmp(c->keys[i - 1].section, section) == 0 &&
		    strlen(c->keys[i - 1].name) == len &&
		    strncasecmp(c->keys[i - 1].name, name, len) == 0)
			return &c->keys[i - 1];
	return NULL;
}

static int
percent_refuse(
    const struct usercfg *c, const struct usercfg_key *k, const char *what, struct fault *f)
{
	/* The value is not shown: it may be a password. */
	fault_set(f, FAULT_POLICY, "%s:%u: %s: %s", c->path, k->line, k->name, what);
	return fault_remedy(f, "write %%%% for a percent sign");
}

/*
 * %% and %(name)s. A reference is replaced where it stands and read again, so that what it brings may refer to more; a
 * bound on replacements ends circles.
 */
static int
expand(const struct usercfg *c, const struct usercfg_key *k, char *buf, size_t size,
    struct fault *f)
{
	char rest[2 * VALUE_MAX_BYTES];
	const struct usercfg_key *other;
	size_t n = 0, at = 0, name, left;
	int expansions = 0, rc = -1;

	if (snprintf(rest, sizeof(rest), "%s", k->value) >= VALUE_MAX_BYTES) {
		percent_refuse(c, k, "the value is too long", f);
		goto out;
	}
	while (rest[at] != '\0') {
		if (n + 1 >= size) {
			percent_refuse(c, k, "the value is too long", f);
			goto out;
		}
		if (rest[at] != '%' || rest[at + 1] == '%') {
			buf[n++] = rest[at];
			at += rest[at] == '%' ? 2 : 1;
			continue;
		}
		name = strcspn(rest + at, ")");
		if (rest[at + 1] != '(' || rest[at + name] != ')' ||
		    rest[at + name + 1] != 's') {
			percent_refuse(c, k, "a single % means nothing", f);
			goto out;
		}
		other = find(c, k->section, rest + at + 2, name - 2);
		if (other == NULL)
			other = find(c, "default", rest + at + 2, name - 2);
		if (other == NULL || ++expansions > USERCFG_EXPANSIONS_MAX) {
			percent_refuse(c, k,
			    other == NULL ? "%(...)s names a key that is not there"
					  : "%(...)s goes round in a circle",
			    f);
			goto out;
		}
		left = strlen(rest + at + name + 2);
		if (strlen(other->value) + left >= VALUE_MAX_BYTES) {
			percent_refuse(c, k, "the value is too long", f);
			goto out;
		}
		/* what comes after the reference goes behind the new text, and all of it to the front */
		memmove(rest + strlen(other->value), rest + at + name + 2, left + 1);
		memcpy(rest, other->value, strlen(other->value));
		at = 0;
	}
	buf[n] = '\0';
	rc = 0;
out:
	explicit_bzero(rest, sizeof(rest));
	return rc;
}

int
usercfg_get(const struct usercfg *c, struct arena *a, const char *section, const char *name,
    const char **value, unsigned *line, struct fault *f)
{
	const struct usercfg_key *k = NULL;
	char buf[VALUE_MAX_BYTES];
	int rc = 0;

	*value = NULL;
	*line = 0;
	if (section != NULL)
		k = find(c, section, name, strlen(name));
	if (k == NULL)
		k = find(c, "default", name, strlen(name));
	if (k == NULL)
		return 0;
	*line = k->line;
	if (expand(c, k, buf, sizeof(buf), f) != 0)
		rc = -1;
	else if (buf[0] != '\0' && (*value = arena_strdup(a, buf)) == NULL)
		rc = no_memory(f);
	explicit_bzero(buf, sizeof(buf));
	return rc;
}

void
usercfg_wipe(struct usercfg *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (strstr(c->keys[i].name, "password") != NULL ||
		    strcmp(c->keys[i].name, "endpoints") == 0)
			explicit_bzero(c->keys[i].value, strlen(c->keys[i].value));
}
