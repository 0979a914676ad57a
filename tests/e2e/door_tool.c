/* SPDX-License-Identifier: ISC */
/*
 * door_tool: opens the caller's door and lists the machines, for tests/e2e/doors.
 *
 *	door_tool [-e ENDPOINT] [-u USER] [-p PASSWORD] [-C CERT] [-K KEY] [-c CONFIG] [-S SECTION] [-a AUTH_FILE]
 *	    [-A CA_FILE] [-D CA_DIR] [-i] [-V VERSION] [-k ID] [-g URL]
 *
 * -k kills a machine besides, -g gets a URL with the same certificate and CA instead. Prints one line; exit 0 or 1.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cloud/http.h"
#include "command/caller.h"

static int
fail(const struct fault *f)
{
	printf("%s: %s -> %s\n", fault_kind_str(f->kind), f->msg, f->remedy);
	return 1;
}

static int
sink(void *ctx, const char *s, size_t len)
{
	(void)ctx;
	return fwrite(s, 1, len, stdout) == len ? 0 : -1;
}

static int
get(const struct caller_options *o, const char *url)
{
	const struct http_get_config c = {.url = url,
	    .accept = "application/xml",
	    .user = o->username,
	    .password = o->password,
	    .cert_file = o->pem_cert,
	    .key_file = o->pem_key,
	    .ca_file = o->ca_file,
	    .insecure = o->insecure,
	    .connect_timeout_ms = 10000,
	    .timeout_ms = 20000,
	    .max_bytes = 1 << 20,
	    .sink = sink};
	struct fault f = {.kind = FAULT_NONE};
	long status = 0;

	if (http_get(&c, &status, &f) != HTTP_DONE)
		return fail(&f);
	printf("status %ld\n", status);
	return 0;
}

int
main(int argc, char **argv)
{
	struct caller_options o = {0};
	struct fault f = {.kind = FAULT_NONE};
	const char *url = NULL;
	long long id = -1;
	struct caller c;
	struct listing l;
	int ch, rc = 0;

	while ((ch = getopt(argc, argv, "e:u:p:C:K:c:S:a:A:D:iV:k:g:")) != -1) {
		switch (ch) {
		case 'e':
			o.endpoint = optarg;
			break;
		case 'u':
			o.username = optarg;
			break;
		case 'p':
			o.password = optarg;
			break;
		case 'C':
			o.pem_cert = optarg;
			break;
		case 'K':
			o.pem_key = optarg;
			break;
		case 'c':
			o.config = optarg;
			break;
		case 'S':
			o.section = optarg;
			break;
		case 'a':
			o.auth_file = optarg;
			break;
		case 'A':
			o.ca_file = optarg;
			break;
		case 'D':
			o.ca_dir = optarg;
			break;
		case 'i':
			o.insecure = true;
			break;
		case 'V':
			o.version = optarg;
			break;
		case 'k':
			id = atoll(optarg);
			break;
		case 'g':
			url = optarg;
			break;
		default:
			return 2;
		}
	}
	if (url != NULL)
		return get(&o, url);
	if (caller_open(&o, &c, &f) != 0)
		return fail(&f);
	if (cloud_list(c.cloud, c.arena, &l, &f) != 0)
		rc = fail(&f);
	else if (id >= 0 && cloud_kill(c.cloud, "finalize", id, &f) != KILL_ACCEPTED)
		rc = fail(&f);
	else
		printf("machines %zu, user %s, version %s, endpoint %s, %s\n", l.n,
		    c.user[0] != '\0' ? c.user : "-", c.version, c.endpoint,
		    c.stratuslab ? "stratuslab" : "direct");
	caller_close(&c);
	return rc;
}
