/* SPDX-License-Identifier: ISC */
/*
 * client: the smallest HTTP client that can show what the server put on the wire, for tests. It hides
 * nothing: no retries, no decoding, no library that would mend a broken reply.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "inner.h"

static int
connect_to(uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	BUG_ON(fd < 0);
	if (connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
send_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			return -1;
	}
	return 0;
}

char *
sim_client_post(
    uint16_t port, const char *path, const char *body, size_t len, size_t *reply_len)
{
	struct text head, reply;
	char buf[16384];
	ssize_t n = -1;
	int fd = connect_to(port);

	*reply_len = 0;
	if (fd < 0)
		return NULL;
	text_init(&head, DOC_MAX);
	text_init(&reply, DOC_MAX);
	text_addf(&head,
	    "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n",
	    path, len);
	if (send_all(fd, head.p, head.len) == 0 && send_all(fd, body, len) == 0)
		while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
			text_addn(&reply, buf, (size_t)n);
	close(fd);
	text_free(&head);
	if (n < 0 || reply.len == 0) {
		text_free(&reply);
		return NULL;
	}
	*reply_len = reply.len;
	return reply.p;
}

char *
sim_client_call(const char *method, const char *types, ...)
{
	struct text t;
	const char *value, *name;
	va_list ap;

	text_init(&t, DOC_MAX);
	text_addf(&t,
	    "<?xml version='1.0'?>\n<methodCall>\n<methodName>%s</methodName>\n<params>\n",
	    method);
	va_start(ap, types);
	for (; *types != '\0'; types++) {
		value = va_arg(ap, const char *);
		name = *types == 's'   ? "string"
		       : *types == 'b' ? "boolean"
		       : *types == 'I' ? "i8"
		       : *types == 'd' ? "double"
				       : "int";
		text_addf(&t, "<param>\n<value><%s>", name);
		for (; *value != '\0'; value++) {
			if (*value == '<')
				text_add(&t, "&lt;");
			else if (*value == '>')
				text_add(&t, "&gt;");
			else if (*value == '&')
				text_add(&t, "&amp;");
			else
				text_addc(&t, *value);
		}
		text_addf(&t, "</%s></value>\n</param>\n", name);
	}
	va_end(ap);
	text_add(&t, "</params>\n</methodCall>\n");
	return t.p;
}
