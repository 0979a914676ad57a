/* SPDX-License-Identifier: ISC */
/*
 * forger: see forger.h. Plain sockets, because no web server library would send what is sent here.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "forger.h"

struct forger {
	struct sim *sim;
	int listener;
	char url[64];
	pthread_t thread;
	pthread_mutex_t lock;
	struct forge *forge;
	size_t calls;
};

/* The whole request; *body points into it. NULL: the peer left. */
static char *
request_read(int fd, char **body, size_t *len)
{
	size_t used = 0, room = 65536, want = 0;
	char *s = malloc(room + 1), *at;
	ssize_t n;

	*body = NULL;
	BUG_ON(s == NULL);
	while (used < room && (n = recv(fd, s + used, room - used, 0)) > 0) {
		used += (size_t)n;
		s[used] = '\0';
		if (*body == NULL && (at = strstr(s, "\r\n\r\n")) != NULL) {
			*body = at + 4;
			at = strcasestr(s, "content-length:");
			want = at != NULL ? strtoul(at + 15, NULL, 10) : 0;
		}
		if (*body != NULL && used - (size_t)(*body - s) >= want) {
			*len = want;
			return s;
		}
	}
	free(s);
	return NULL;
}

static bool
out(int fd, const char *s, size_t len)
{
	ssize_t n;

	for (; len > 0; s += n, len -= (size_t)n) {
		n = send(fd, s, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false; /* the client has had enough */
	}
	return true;
}

static void
out_fill(int fd, int64_t n)
{
	static char block[65536];

	memset(block, 'x', sizeof(block));
	for (; n > 0; n -= (int64_t)sizeof(block))
		if (!out(fd, block, n < (int64_t)sizeof(block) ? (size_t)n : sizeof(block)))
			return;
}

/* s with each find replaced; the caller frees. */
static char *
replaced(const char *s, const char *find, const char *replace)
{
	char *t = NULL;
	const char *at;
	size_t n = 0;
	FILE *f = open_memstream(&t, &n);

	for (; (at = strstr(s, find)) != NULL; s = at + strlen(find))
		fprintf(f, "%.*s%s", (int)(at - s), s, replace);
	fputs(s, f);
	fclose(f);
	return t;
}

/* What the cloud said, spoilt; the caller frees. */
static char *
forged_body(const struct forge *g, const char *answer)
{
	const char *from, *to;
	char *t = NULL;
	size_t n = 0;
	FILE *f;

	if (g->body != NULL)
		return strdup(g->body);
	if (g->find != NULL)
		return replaced(answer, g->find, g->replace);
	if (g->head == NULL)
		return strdup(answer);
	from = strstr(answer, "<string>");
	to = from != NULL ? strstr(from, "</string>") : NULL;
	f = open_memstream(&t, &n);
	fputs(g->head, f);
	if (g->fill == 0 && to != NULL)
		fwrite(from + 8, 1, (size_t)(to - from) - 8, f);
	fputs(g->tail, f);
	fclose(f);
	return t;
}

static void
reply_send(int fd, const struct forge *g, const char *body)
{
	size_t len = strlen(body), head = g->fill > 0 ? strlen(g->head) : len;
	char line[256];

	snprintf(line, sizeof(line),
	    "HTTP/1.1 %s\r\nContent-Type: text/xml\r\nConnection: close\r\n%s",
	    g->status != NULL ? g->status : "200 OK", g->headers != NULL ? g->headers : "");
	if (!out(fd, line, strlen(line)))
		return;
	if (g->chunked) {
		out(fd, "Transfer-Encoding: chunked\r\n\r\n", 30);
		for (size_t at = 0, n; at < len; at += n) {
			n = len - at < 999 ? len - at : 999;
			snprintf(line, sizeof(line), "%zx\r\n", n);
			if (!out(fd, line, strlen(line)) || !out(fd, body + at, n) ||
			    !out(fd, "\r\n", 2))
				return;
		}
		out(fd, "0\r\n\r\n", 5);
		return;
	}
	snprintf(line, sizeof(line), "Content-Length: %lld\r\n\r\n",
	    (long long)((int64_t)len + g->fill + g->length_lie));
	if (!out(fd, line, strlen(line)))
		return;
	out(fd, body, g->cut > 0 && g->cut < head ? g->cut : head);
	if (g->fill > 0) {
		out_fill(fd, g->fill);
		out(fd, body + head, len - head);
	}
}

static bool
is_for(const struct forge *g, const char *request)
{
	char tag[128];

	if (g->method == NULL)
		return g->also == NULL || strstr(request, g->also) != NULL;
	snprintf(tag, sizeof(tag), "<methodName>%s</methodName>", g->method);
	return strstr(request, tag) != NULL &&
	       (g->also == NULL || strstr(request, g->also) != NULL);
}

static void
serve(struct forger *f, int fd)
{
	struct sim_reply reply = {.status = 200};
	struct forge plain = {.method = ""}, *g;
	char *request, *body, *answer, *spoilt;
	size_t len;

	request = request_read(fd, &body, &len);
	if (request == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	f->calls++;
	g = f->forge != NULL && is_for(f->forge, body) ? f->forge : &plain;
	g->hits++;
	pthread_mutex_unlock(&f->lock);
	if (!g->ignore)
		sim_handle(f->sim, "POST", "/RPC2", body, len, &reply);
	answer = strndup(reply.body != NULL ? reply.body : "", reply.len);
	spoilt = forged_body(g, answer);
	reply_send(fd, g, spoilt);
	free(spoilt);
	free(answer);
	if (!g->ignore)
		sim_reply_free(&reply);
	free(request);
}

static void *
loop(void *arg)
{
	struct forger *f = arg;
	char rest[4096];
	int fd;

	while ((fd = accept(f->listener, NULL, NULL)) >= 0) {
		serve(f, fd);
		/* an orderly end, so that no reset overtakes what was sent */
		shutdown(fd, SHUT_WR);
		while (recv(fd, rest, sizeof(rest), 0) > 0)
			;
		close(fd);
	}
	return NULL;
}

struct forger *
forger_start(struct sim *sim)
{
	struct forger *f = calloc(1, sizeof(*f));
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);

	BUG_ON(f == NULL);
	f->sim = sim;
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	BUG_ON(f->listener < 0 || bind(f->listener, (struct sockaddr *)&a, len) != 0 ||
	       listen(f->listener, 64) != 0 ||
	       getsockname(f->listener, (struct sockaddr *)&a, &len) != 0);
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%d/RPC2", ntohs(a.sin_port));
	pthread_mutex_init(&f->lock, NULL);
	BUG_ON(pthread_create(&f->thread, NULL, loop, f) != 0);
	return f;
}

void
forger_stop(struct forger *f)
{
	shutdown(f->listener, SHUT_RDWR); /* wakes accept */
	pthread_join(f->thread, NULL);
	close(f->listener);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

const char *
forger_url(const struct forger *f)
{
	return f->url;
}

void
forger_set(struct forger *f, struct forge *forge)
{
	pthread_mutex_lock(&f->lock);
	f->forge = forge;
	pthread_mutex_unlock(&f->lock);
}

size_t
forger_calls(struct forger *f)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = f->calls;
	pthread_mutex_unlock(&f->lock);
	return n;
}
