/* SPDX-License-Identifier: ISC */
/*
 * log: the append-only record of what was asked and what happened. Never a session string or a
 * password: callers give it names and numbers only.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "inner.h"

void
log_add(struct sim *sim, const char *fmt, ...)
{
	va_list ap;
	size_t from = sim->log.len;

	va_start(ap, fmt);
	text_addv(&sim->log, fmt, ap);
	va_end(ap);
	text_addc(&sim->log, '\n');
	if (sim->log_file != NULL) {
		fwrite(sim->log.p + from, 1, sim->log.len - from, sim->log_file);
		fflush(sim->log_file);
	}
}

/* The next line at *p that contains part; its length without the newline, or -1. */
static ptrdiff_t
next_line(const char **p, const char *part)
{
	const char *end, *hit;

	for (; **p != '\0'; *p = end + 1) {
		end = strchr(*p, '\n');
		hit = strstr(*p, part);
		if (hit == NULL)
			return -1;
		if (hit + strlen(part) <= end)
			return end - *p;
	}
	return -1;
}

size_t
sim_log_count(struct sim *sim, const char *part)
{
	const char *p;
	ptrdiff_t len;
	size_t n = 0;

	pthread_mutex_lock(&sim->lock);
	for (p = sim->log.p; (len = next_line(&p, part)) >= 0; p += len + 1)
		n++;
	pthread_mutex_unlock(&sim->lock);
	return n;
}

char *
sim_log_text(struct sim *sim, const char *part)
{
	struct text t;
	const char *p;
	ptrdiff_t len;

	text_init(&t, DOC_MAX);
	pthread_mutex_lock(&sim->lock);
	for (p = sim->log.p; (len = next_line(&p, part)) >= 0; p += len + 1)
		text_addn(&t, p, (size_t)len + 1);
	pthread_mutex_unlock(&sim->lock);
	return t.p;
}

void
sim_log_to(struct sim *sim, FILE *f)
{
	pthread_mutex_lock(&sim->lock);
	sim->log_file = f;
	pthread_mutex_unlock(&sim->lock);
}

void
log_shape(struct sim *sim, const struct request *r)
{
	struct text t;
	const char *hit;
	size_t i;

	text_init(&t, DOC_MAX);
	text_add_safe(&t, TEXT_TERM, r->method, 80);
	text_addc(&t, ' ');
	for (i = 0; i < r->n_params; i++)
		text_addc(&t, r->params[i].bare ? 'n' : r->params[i].type);
	text_addc(&t, '\n');
	hit = strstr(sim->shapes.p, t.p);
	if (hit == NULL || (hit > sim->shapes.p && hit[-1] != '\n'))
		text_add(&sim->shapes, t.p);
	text_free(&t);
}

char *
sim_shapes(struct sim *sim)
{
	char *copy;

	pthread_mutex_lock(&sim->lock);
	copy = x_strdup(sim->shapes.p);
	pthread_mutex_unlock(&sim->lock);
	return copy;
}
