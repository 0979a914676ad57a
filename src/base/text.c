/* SPDX-License-Identifier: ISC */
/*
 * text: strings that know their bound, and the escaping of what tenants wrote. It hides
 * growing, cutting between characters, and the list of characters that are never shown. It
 * must never let tenant text out unlooked at, never cut silently and never depend on the
 * locale. Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/width.h"

void
text_init(struct text *t, size_t max_bytes)
{
	t->max =
	    max_bytes < SIZE_MAX / 2 ? max_bytes : SIZE_MAX / 2; /* doubling cannot overflow */
	t->room = t->max < 255 ? t->max + 1 : 256;
	t->p = x_calloc(t->room, 1);
	t->len = 0;
	t->cut = false;
}

void
text_free(struct text *t)
{
	if (t == NULL)
		return;
	free(t->p);
	memset(t, 0, sizeof(*t));
}

void
text_reset(struct text *t)
{
	t->len = 0;
	t->p[0] = '\0';
	t->cut = false;
}

/* The length of s without a character at its end that len cuts through. */
static size_t
trim_partial(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t back, want;

	for (back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = u[len - back];

		if (c >= 0x80 && c <= 0xbf)
			continue;
		want = c < 0xc2 || c > 0xf4 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		return want > back ? len - back : len;
	}
	return len;
}

void
text_addn(struct text *t, const char *s, size_t len)
{
	size_t room;

	if (t->cut)
		return; /* a text with a hole in it would say something else */
	if (len > t->max - t->len) {
		len = trim_partial(s, t->max - t->len);
		t->cut = true;
	}
	if (t->len + len + 1 > t->room) {
		for (room = t->room; t->len + len + 1 > room;)
			room *= 2;
		if (room > t->max + 1)
			room = t->max + 1;
		t->p = x_realloc(t->p, room, 1);
		t->room = room;
	}
	memcpy(t->p + t->len, s, len);
	t->len += len;
	t->p[t->len] = '\0';
}

void
text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void
text_addc(struct text *t, char c)
{
	text_addn(t, &c, 1);
}

void
text_addv(struct text *t, const char *fmt, va_list ap)
{
	char small[512], *big;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		text_addn(t, small, (size_t)n);
	} else if (n >= 0) {
		big = x_calloc((size_t)n + 1, 1);
		vsnprintf(big, (size_t)n + 1, fmt, again);
		text_addn(t, big, (size_t)n);
		free(big);
	} else
		t->cut = true;
	va_end(again);
}

void
text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_addv(t, fmt, ap);
	va_end(ap);
}

/* RFC 3629 section 4: the shortest form only, no surrogates, nothing above U+10FFFF. */
size_t
text_utf8_len(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len, i;

	if (n == 0 || u[0] == '\0')
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	len = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	if (u[0] == 0xe0)
		lo = 0xa0;
	else if (u[0] == 0xed)
		hi = 0x9f;
	else if (u[0] == 0xf0)
		lo = 0x90;
	else if (u[0] == 0xf4)
		hi = 0x8f;
	if (u[1] < lo || u[1] > hi)
		return 0;
	for (i = 2; i < len; i++)
		if (u[i] < 0x80 || u[i] > 0xbf)
			return 0;
	return len;
}

/* The code point of a character that text_utf8_len accepted. */
static uint32_t
decode(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	switch (len) {
	case 1:
		return u[0];
	case 2:
		return (uint32_t)(u[0] & 0x1f) << 6 | (u[1] & 0x3f);
	case 3:
		return (uint32_t)(u[0] & 0x0f) << 12 | (uint32_t)(u[1] & 0x3f) << 6 |
		       (u[2] & 0x3f);
	default:
		return (uint32_t)(u[0] & 0x07) << 18 | (uint32_t)(u[1] & 0x3f) << 12 |
		       (uint32_t)(u[2] & 0x3f) << 6 | (u[3] & 0x3f);
	}
}

/*
 * What a terminal or a reader could take for something else: controls, what is not seen, and
 * what changes the direction or the line of the text around it (Unicode 15 categories Cc, Cf,
 * Zl and Zp, and two noncharacters that XML forbids). In ascending order.
 */
static const struct {
	uint32_t first, last;
} hidden[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, /* C0, DEL and C1 */
    {0x00ad, 0x00ad}, /* soft hyphen */
    {0x061c, 0x061c}, /* Arabic letter mark (bidi) */
    {0x180e, 0x180e}, /* Mongolian vowel separator, zero width */
    {0x200b, 0x200f}, /* zero-width space and joiners; LRM, RLM */
    {0x2028, 0x202e}, /* line and paragraph separator; bidi embeddings */
    {0x2060, 0x206f}, /* word joiner, bidi isolates, other invisible controls */
    {0xfeff, 0xfeff}, /* zero-width no-break space (byte order mark) */
    {0xfff9, 0xfffb}, /* interlinear annotation */
    {0xfffe, 0xffff}, /* not characters */
    {0xe0000, 0xe0fff}, /* tags and other invisible ones */
};

static bool
is_hidden(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]) && hidden[i].first <= c; i++)
		if (c <= hidden[i].last)
			return true;
	return false;
}

/*
 * One step over tenant text of n > 0 bytes: sets *out and *out_len to what to show for the
 * character at s, and returns the bytes that it took.
 */
static size_t
safe_step(enum text_style style, const char *s, size_t n, const char **out, size_t *out_len)
{
	size_t len = text_utf8_len(s, n);

	*out = s;
	*out_len = len;
	if (len == 0 || is_hidden(decode(s, len))) {
		*out = "?";
		*out_len = 1;
	} else if (style == TEXT_PLUGIN && strchr("|`$\"'<>&~\\", *s) != NULL) {
		*out = ".";
		*out_len = 1;
	}
	return len == 0 ? 1 : len;
}

void
text_add_safe(struct text *t, enum text_style style, const char *s, size_t max_chars)
{
	size_t left = s == NULL ? 0 : strlen(s), n_chars = 0, took, len;
	const char *out;

	for (; left > 0 && n_chars < max_chars; s += took, left -= took, n_chars++) {
		took = safe_step(style, s, left, &out, &len);
		text_addn(t, out, len);
	}
	if (left > 0)
		text_add(t, "...");
}

char *
text_safe(char *buf, size_t size, enum text_style style, const char *s)
{
	static const char dots[] = "...";
	size_t left = s == NULL ? 0 : strlen(s), at = 0, before_dots = 0, took, len;
	const char *out;

	if (size == 0)
		return buf;
	for (; left > 0; s += took, left -= took) {
		took = safe_step(style, s, left, &out, &len);
		if (at + len >= size)
			break;
		memcpy(buf + at, out, len);
		at += len;
		if (at + sizeof(dots) <= size)
			before_dots = at;
	}
	if (left > 0 && size >= sizeof(dots)) {
		memcpy(buf + before_dots, dots, sizeof(dots) - 1);
		at = before_dots + sizeof(dots) - 1;
	}
	buf[at] = '\0';
	return buf;
}

/* The bytes to step over at s, NUL excluded: a character, or one byte of what is none. */
static size_t
char_step(const char *s)
{
	size_t len = text_utf8_len(s, strnlen(s, 4));

	return len == 0 ? 1 : len;
}

/* The columns of the character, or of the byte that is none, at s. */
static size_t
char_columns(const char *s, size_t len)
{
	return text_utf8_len(s, len) == 0 ? 1 : (size_t)width_of(decode(s, len));
}

size_t
text_columns(const char *s)
{
	size_t n = 0, len;

	for (; *s != '\0'; s += len) {
		len = char_step(s);
		n += char_columns(s, len);
	}
	return n;
}

size_t
text_fit(const char *s, size_t columns)
{
	size_t at = 0, n = 0, len;

	for (; s[at] != '\0'; at += len) {
		len = char_step(s + at);
		n += char_columns(s + at, len);
		if (n > columns)
			break;
	}
	return at;
}

void
text_add_ascii(struct text *t, const char *s)
{
	size_t len, n;

	for (; *s != '\0'; s += len) {
		len = char_step(s);
		if (len == 1 && (unsigned char)*s < 0x80)
			text_addc(t, *s);
		else
			for (n = char_columns(s, len); n > 0; n--)
				text_addc(t, '?');
	}
}

bool
text_is_clean(const char *s)
{
	size_t left = strlen(s), len;

	for (; left > 0; s += len, left -= len) {
		len = text_utf8_len(s, left);
		if (len == 0 || is_hidden(decode(s, len)))
			return false;
	}
	return true;
}

bool
text_glob(const char *pattern, const char *s)
{
	const char *star = NULL, *back = NULL;

	while (*s != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			back = s;
		} else if (*pattern == '?') {
			pattern++;
			s += char_step(s);
		} else if (*pattern == *s) {
			pattern++;
			s++;
		} else if (star != NULL) {
			pattern = star + 1;
			back += char_step(back);
			s = back;
		} else
			return false;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
