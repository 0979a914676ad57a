/* SPDX-License-Identifier: ISC */
/*
 * text: bounded strings, and the one place that makes tenant text harmless.
 *
 * Names, owners, error texts and banners are chosen by tenants. They are kept as they came
 * (bounded) and escaped by the renderer through text_add_safe(). A cut is a flag, never silent.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char	*p;	/* NUL-terminated, never NULL after text_init */
	size_t	 len;	/* bytes without the NUL */
	size_t	 room;	/* allocated */
	size_t	 max;	/* bytes that may be held */
	bool	 cut;	/* something did not fit */
};

/*
 * An empty text of at most max_bytes. Free with text_free. Aborts only when out of memory. What does
 * not fit is cut between characters, and after a cut nothing more is added until text_reset.
 */
void	text_init(struct text *t, size_t max_bytes);
void	text_free(struct text *t);	/* NULL-safe */
void	text_reset(struct text *t);
void	text_add(struct text *t, const char *s);
void	text_addn(struct text *t, const char *s, size_t len);
void	text_addc(struct text *t, char c);
void	text_addf(struct text *t, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	text_addv(struct text *t, const char *fmt, va_list ap)
	    __attribute__((format(printf, 2, 0)));

/* Where tenant text is about to go. */
enum text_style {
	TEXT_PLUGIN,	/* plugin output: as TEXT_TERM, and | ` $ " ' < > & ~ \ become '.' */
	TEXT_TERM	/* terminal, log, fault: one line of printable UTF-8 */
};

/*
 * Append s so that it cannot do anything: control bytes (C0, DEL, C1), line and paragraph separators,
 * bidirectional controls, zero-width and other invisible characters each become '?', and so does each
 * byte that is not UTF-8. At most max_chars characters are taken (a cut is shown as "..." behind them).
 * s may be NULL ("").
 */
void	text_add_safe(struct text *t, enum text_style style, const char *s, size_t max_chars);

/* The same into a buffer of size bytes, "..." and NUL included; returns buf. Allocates nothing. */
char	*text_safe(char *buf, size_t size, enum text_style style, const char *s);

/* Columns of a terminal that a string takes: width_of each character, one for a byte that is none. */
size_t	text_columns(const char *s);
/* The bytes of s, whole characters, that take at most so many columns. */
size_t	text_fit(const char *s, size_t columns);
/* Append s for a terminal that knows ASCII only: a '?' for each column of any other character. */
void	text_add_ascii(struct text *t, const char *s);
/* The length of one character at s (1-4), or 0 at a NUL or invalid UTF-8. n: bytes that may be read. */
size_t	text_utf8_len(const char *s, size_t n);

/* True if the whole of s is valid UTF-8 in which text_add_safe would replace nothing (TEXT_TERM). */
bool	text_is_clean(const char *s);

/* Shell-like glob ('*', '?' for one character, no brackets), case kept. No recursion; at most
 * strlen(pattern) * strlen(s) steps. */
bool	text_glob(const char *pattern, const char *s);

#endif
