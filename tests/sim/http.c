/* SPDX-License-Identifier: ISC */
/*
 * http: the server, the only file with libmicrohttpd. A thread per connection, so that a reply that
 * drips does not hold up others. It binds loopback addresses only and refuses any other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/fault.h"
#include "inner.h"

enum { REQUEST_MAX = 16 * 1024 * 1024 };

struct server {
	struct MHD_Daemon *daemon;
	int stop_fd; /* readable once the server is to stop: ends every wait */
	uint16_t port;
	char address[48];
	bool tls;
	size_t opened, open_now, at_once; /* connections; under sim->lock */
};

/* A request as it arrives, then the reply as it leaves. */
struct exchange {
	struct server *server;
	char *body;
	size_t len;
	struct sim_reply reply;
	int fd; /* the connection's */
};

/* True if there was no stop meanwhile. */
static bool
wait_ms(const struct server *s, int64_t ms)
{
	struct pollfd p = {.fd = s->stop_fd, .events = POLLIN};
	int n;

	do
		n = poll(&p, 1, ms > INT32_MAX ? INT32_MAX : (int)ms);
	while (n < 0 && errno == EINTR);
	return n == 0;
}

/* Make the coming close of the connection a TCP reset. */
static void
make_reset(int fd)
{
	struct linger l = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

/* Give out the body as the trouble wants it. */
static ssize_t
read_body(void *arg, uint64_t pos, char *buf, size_t max)
{
	struct exchange *x = arg;
	const struct sim_fault *f = &x->reply.trouble;
	uint64_t end = x->reply.len;

	if (f->kind == SIM_FAULT_HUGE)
		return (ssize_t)faults_huge(f->arg, pos, buf, max);
	if (f->kind == SIM_FAULT_CUT && (uint64_t)f->arg < end)
		end = (uint64_t)f->arg;
	if (f->kind == SIM_FAULT_DRIP) {
		max = 1;
		if (!wait_ms(x->server, f->arg))
			return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	if (pos >= end) /* more was promised: the connection breaks */
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (max > end - pos)
		max = end - pos;
	memcpy(buf, x->reply.body + pos, max);
	return (ssize_t)max;
}

static struct MHD_Response *
make_response(struct exchange *x)
{
	const struct sim_fault *f = &x->reply.trouble;
	uint64_t len = x->reply.len;

	switch (f->kind) {
	case SIM_FAULT_LENGTH:
		len += f->arg > 0 ? (uint64_t)f->arg : 1;
		break;
	case SIM_FAULT_HUGE:
		len = faults_huge_len(f->arg);
		break;
	case SIM_FAULT_CUT:
	case SIM_FAULT_DRIP:
		break;
	default:
		return MHD_create_response_from_buffer(
		    x->reply.len, x->reply.body, MHD_RESPMEM_PERSISTENT);
	}
	return MHD_create_response_from_callback(len, 32 * 1024, read_body, x, NULL);
}

static enum MHD_Result
answer(struct exchange *x, struct MHD_Connection *connection)
{
	const struct sim_fault *f = &x->reply.trouble;
	struct MHD_Response *response;
	enum MHD_Result result;

	if (f->kind == SIM_FAULT_DELAY)
		wait_ms(x->server, f->arg);
	if (f->kind == SIM_FAULT_RESET)
		make_reset(x->fd);
	if (f->kind == SIM_FAULT_RESET || f->kind == SIM_FAULT_LOST)
		return MHD_NO; /* closes the connection without a byte */
	response = make_response(x);
	BUG_ON(response == NULL);
	MHD_add_response_header(response, "Content-Type",
	    x->reply.body != NULL && strncmp(x->reply.body, "<?xml", 5) == 0
		? "text/xml; charset=utf-8"
	    : x->reply.body != NULL && strchr("[{", x->reply.body[0]) != NULL
		? "application/json"
		: "text/html; charset=utf-8");
	if (x->reply.challenge != NULL)
		MHD_add_response_header(response, "WWW-Authenticate", x->reply.challenge);
	MHD_add_response_header(response, "Server", "Xmlrpc-c_Abyss/1.33.14");
	result = MHD_queue_response(connection, (unsigned)x->reply.status, response);
	MHD_destroy_response(response);
	return result;
}

/* Is it for the Marketplace or pdisk? */
static bool
handle_service(struct sim *sim, struct MHD_Connection *connection, const char *method,
    const char *url, struct sim_reply *reply)
{
	struct service_request r = {.method = method, .path = url};
	char *password = NULL, *user;
	bool served;

	r.accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");
	r.status = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "status");
	r.user = user = MHD_basic_auth_get_username_password(connection, &password);
	r.password = password;
	served = services_handle(sim, &r, reply);
	MHD_free(user);
	MHD_free(password);
	return served;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **state)
{
	struct sim *sim = cls;
	struct exchange *x = *state;
	const union MHD_ConnectionInfo *info;

	(void)version;
	if (x == NULL) {
		*state = x = x_calloc(1, sizeof(*x));
		x->server = sim->server;
		info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		x->fd = info != NULL ? info->connect_fd : -1;
		return MHD_YES;
	}
	if (*size > 0) {
		if (x->len + *size > REQUEST_MAX)
			return MHD_NO;
		x->body = x_realloc(x->body, x->len + *size + 1, 1);
		memcpy(x->body + x->len, data, *size);
		x->len += *size;
		x->body[x->len] = '\0';
		*size = 0;
		return MHD_YES;
	}
	if (handle_service(sim, connection, method, url, &x->reply))
		return answer(x, connection);
	sim_handle_as(sim, method, url,
	    MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization"),
	    x->body != NULL ? x->body : "", x->len, &x->reply);
	return answer(x, connection);
}

static void
on_completed(void *cls, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *state;

	(void)cls;
	(void)connection;
	(void)why;
	if (x == NULL)
		return;
	sim_reply_free(&x->reply);
	free(x->body);
	free(x);
	*state = NULL;
}

static void
on_connection(void *cls, struct MHD_Connection *connection, void **state,
    enum MHD_ConnectionNotificationCode what)
{
	struct sim *sim = cls;
	struct server *s = sim->server;

	(void)connection;
	(void)state;
	pthread_mutex_lock(&sim->lock);
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		s->opened++;
		s->open_now++;
		if (s->open_now > s->at_once)
			s->at_once = s->open_now;
	} else
		s->open_now--;
	pthread_mutex_unlock(&sim->lock);
}

void
sim_connections(struct sim *sim, size_t *opened, size_t *at_once)
{
	BUG_ON(sim->server == NULL);
	pthread_mutex_lock(&sim->lock);
	*opened = sim->server->opened;
	*at_once = sim->server->at_once;
	pthread_mutex_unlock(&sim->lock);
}

/* Only addresses that cannot leave the machine. 0, or -1. */
static int
loopback_address(const char *address, uint16_t port, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return ntohl(in->sin_addr.s_addr) >> 24 == 127 ? 0 : -1;
	}
	if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ? 0 : -1;
	}
	return -1;
}

int
sim_start(struct sim *sim, const char *address, uint16_t port, const char *cert_pem,
    const char *key_pem)
{
	struct server *s;
	struct sockaddr_storage ss;
	struct MHD_OptionItem tls[] = {
	    {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert_pem},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key_pem},
	    {MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION;
	const union MHD_DaemonInfo *info;

	BUG_ON(sim->server != NULL || (cert_pem == NULL) != (key_pem == NULL));
	if (address == NULL)
		address = "127.0.0.1";
	if (loopback_address(address, port, &ss) != 0) {
		fprintf(stderr, "sim: %s is not a loopback address\n", address);
		return -1;
	}
	if (ss.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	if (cert_pem != NULL)
		flags |= MHD_USE_TLS;
	s = x_calloc(1, sizeof(*s));
	s->stop_fd = eventfd(0, EFD_CLOEXEC);
	s->tls = cert_pem != NULL;
	snprintf(s->address, sizeof(s->address), "%s", address);
	sim->server = s;
	s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, sim,
	    MHD_OPTION_SOCK_ADDR, &ss, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION,
	    on_connection, sim, MHD_OPTION_ARRAY, s->tls ? tls : none, MHD_OPTION_END);
	if (s->daemon == NULL) {
		fprintf(stderr, "sim: cannot listen on %s port %u: %s\n", address,
		    (unsigned)port, strerror(errno));
		close(s->stop_fd);
		free(s);
		sim->server = NULL;
		return -1;
	}
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	BUG_ON(info == NULL);
	s->port = info->port;
	return 0;
}

uint16_t
sim_port(const struct sim *sim)
{
	BUG_ON(sim->server == NULL);
	return sim->server->port;
}

void
sim_stop(struct sim *sim)
{
	struct server *s = sim->server;

	if (s == NULL)
		return;
	if (eventfd_write(s->stop_fd, 1) != 0)
		fprintf(stderr, "sim: eventfd: %s\n", strerror(errno));
	MHD_stop_daemon(s->daemon);
	close(s->stop_fd);
	free(s);
	sim->server = NULL;
}

char *
sim_url(const struct sim *sim, char *buf, size_t size)
{
	const struct server *s = sim->server;
	bool v6;

	BUG_ON(s == NULL);
	v6 = strchr(s->address, ':') != NULL;
	snprintf(buf, size, "%s://%s%s%s:%u%s", s->tls ? "https" : "http", v6 ? "[" : "",
	    s->address, v6 ? "]" : "", (unsigned)s->port,
	    sim->proxied ? "/pswd/xmlrpc" : "/RPC2");
	return buf;
}
