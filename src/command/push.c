/* SPDX-License-Identifier: ISC */
/*
 * push: one POST, or one write into a pipe; neither may hang, and neither may end the sweep.
 *
 * The password goes to icinga_url only (cloud/http: https, no redirects, no proxy) and is wiped afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cloud/http.h"
#include "cloud/httpsay.h"
#include "command/push.h"
#include "report/passive.h"

#define BODY_MAX   (512 * 1024) /* 60 KiB of output, each byte escaped */
#define ANSWER_MAX (64 * 1024)

static int
body_add(void *ctx, const char *s, size_t len)
{
	text_addn(ctx, s, len);
	return 0;
}

/* --- Icinga 2 ------------------------------------------------------------------------ */

/* What the API means by an HTTP status; words: its own. */
static int
refused(struct fault *f, const struct policy *p, long status, const char *words)
{
	const char *colon = *words != '\0' ? ": " : "";

	switch (status) {
	case 401:
		fault_set(f, FAULT_AUTH, "HTTP 401: wrong user or password");
		return fault_remedy(
		    f, "[passive] icinga_auth_file must hold name:password of an ApiUser");
	case 403:
		fault_set(f, FAULT_RIGHTS, "HTTP 403%s%s", colon, words);
		return fault_remedy(
		    f, "permissions = [ \"actions/process-check-result\" ] for this ApiUser");
	case 404:
		fault_set(f, FAULT_GONE, "HTTP 404%s%s (service %s of host %s)", colon, words,
		    p->passive.service, p->passive.host);
		/* Icinga 2.13 says the same to a user who may not: doctor tells the two apart */
		return fault_remedy(f, "create this service in Icinga, or name another in "
				       "[passive]; vmreaper doctor");
	}
	fault_set(f, FAULT_REPLY, "HTTP status %ld%s%s", status, colon, words);
	return fault_remedy(f, "see [passive] icinga_url, and the log of Icinga");
}

/* One call of the API; json NULL: a GET. *status and answer are set, or f and -1. */
static int
call(const struct policy *p, const char *path, const struct text *json, struct text *answer,
    long *status, struct fault *f)
{
	char url[4352], *session = NULL, *colon;
	struct http_get_config c = {.url = url,
	    .accept = "application/json",
	    .ca_file = p->passive.icinga_ca_file,
	    .connect_timeout_ms = p->passive.timeout_ms,
	    .timeout_ms = p->passive.timeout_ms,
	    .max_bytes = ANSWER_MAX,
	    .sink = body_add,
	    .ctx = answer};
	size_t len = strlen(p->passive.icinga_url);
	enum http_result rc;

	while (len > 0 && p->passive.icinga_url[len - 1] == '/')
		len--;
	snprintf(url, sizeof(url), "%.*s%s", (int)len, p->passive.icinga_url, path);
	if (policy_credential(p->passive.icinga_auth_file, &session, f) != 0)
		return -1;
	colon = strchr(session, ':');
	*colon = '\0';
	c.user = session;
	c.password = colon + 1;
	rc = json != NULL ? http_post_json(&c, json->p, json->len, status, f)
			  : http_get(&c, status, f);
	*colon = ':'; /* so that all of it is wiped */
	policy_credential_free(session);
	if (rc == HTTP_DONE)
		return 0;
	/* what is wrong with a certificate has a remedy already */
	if (f->kind == FAULT_NETWORK && !httpsay_tls(NULL, f->msg))
		fault_remedy(f,
		    "see [passive] icinga_url, icinga_ca_file and timeout, and that "
		    "Icinga's API listens there");
	return -1;
}

static int
push_icinga(const struct policy *p, const struct passive *result, struct fault *f)
{
	struct text json, answer;
	char words[200];
	long status = 0;
	int rc = -1, taken;

	text_init(&json, BODY_MAX);
	text_init(&answer, ANSWER_MAX);
	if (passive_icinga(result, &json, f) != 0 ||
	    call(p, "/v1/actions/process-check-result", &json, &answer, &status, f) != 0)
		goto out;
	taken = passive_icinga_answer(answer.p, answer.len, words, sizeof(words));
	if (status == 200 && taken > 0)
		rc = 0;
	else if (status == 200) {
		fault_set(f, FAULT_REPLY, "%s: an answer that is none of Icinga's",
		    p->passive.icinga_url);
		fault_remedy(f, "see [passive] icinga_url");
	} else {
		refused(f, p, status, words);
		fault_prefix(f, "%s", p->passive.icinga_url);
	}
out:
	text_free(&json);
	text_free(&answer);
	return rc;
}

static int
look_icinga(const struct policy *p, struct fault *f)
{
	struct text answer;
	char words[200];
	long status = 0;
	int rc = -1, may;

	text_init(&answer, ANSWER_MAX);
	if (call(p, "/v1", NULL, &answer, &status, f) != 0)
		goto out;
	may = passive_icinga_may(answer.p, answer.len);
	if (status == 200 && may == 1) {
		rc = 0;
		goto out;
	}
	if (status == 200 && may == 0)
		refused(f, p, 403, "this user may not push results");
	else {
		passive_icinga_answer(answer.p, answer.len, words, sizeof(words));
		refused(f, p, status, words);
	}
	fault_prefix(f, "%s", p->passive.icinga_url);
out:
	text_free(&answer);
	return rc;
}

/* --- Nagios ---------------------------------------------------------------------------- */

/* The command file, open for writing: never waits for a reader. -1: f says why it cannot be. */
static int
open_command_file(const char *path, struct fault *f)
{
	struct stat st;
	int fd, saved;

	/* looked at before it is opened: opening may mean something to a device */
	if (stat(path, &st) == 0 && !S_ISFIFO(st.st_mode)) {
		fault_set(f, FAULT_POLICY, "command file %s is not a pipe", path);
		fault_remedy(f, "name command_file of nagios.cfg in [passive] "
				"nagios_command_file");
		return -1;
	}
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	saved = errno;
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))) {
		close(fd);
		fault_set(f, FAULT_POLICY, "command file %s is not a pipe", path);
		return -1;
	}
	if (fd >= 0)
		return fd;
	if (saved == ENXIO) {
		fault_set(f, FAULT_STATE, "command file %s: nobody reads it", path);
		fault_remedy(f, "see whether Nagios runs");
	} else {
		fault_set(f, FAULT_SYSTEM, "command file %s: %s", path, strerror(saved));
		fault_remedy(f, "%s",
		    saved == ENOENT
			? "see whether Nagios runs, and check_external_commands in nagios.cfg"
			: "let this account write it (in Debian: the group nagios)");
	}
	return -1;
}

/* One write of at most PIPE_BUF bytes: all of it, or none. */
static int
push_nagios(const struct policy *p, const struct passive *result, struct fault *f)
{
	const char *path = p->passive.nagios_command_file;
	int64_t until_ns = clock_mono_ns() + p->passive.timeout_ms * 1000000, left_ms;
	struct pollfd pfd = {.events = POLLOUT};
	struct text line;
	ssize_t n = -1;

	pfd.fd = open_command_file(path, f);
	if (pfd.fd < 0)
		return -1;
	text_init(&line, PASSIVE_LINE_MAX);
	passive_nagios(result, &line);
	while (
	    (n = write(pfd.fd, line.p, line.len)) < 0 && (errno == EINTR || errno == EAGAIN)) {
		left_ms = (until_ns - clock_mono_ns()) / 1000000;
		if (left_ms <= 0)
			break;
		/* a full pipe is writable again when PIPE_BUF bytes are free */
		if (errno == EAGAIN)
			poll(&pfd, 1, (int)left_ms);
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		fault_set(
		    f, FAULT_STATE, "command file %s is full: Nagios does not read it", path);
		fault_remedy(f, "see what Nagios does");
	} else if (n < 0) {
		fault_set(f, FAULT_SYSTEM, "command file %s: %s", path, strerror(errno));
		fault_remedy(f, "see whether Nagios runs");
	}
	close(pfd.fd);
	text_free(&line);
	return n < 0 ? -1 : 0;
}

static int
look_nagios(const struct policy *p, struct fault *f)
{
	int fd = open_command_file(p->passive.nagios_command_file, f);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/* --- both ---------------------------------------------------------------------------- */

int
push_result(const struct policy *p, enum state state, const char *output,
    struct fault faults[PUSH_TARGETS])
{
	const struct passive result = {.host = p->passive.host,
	    .service = p->passive.service,
	    .state = state,
	    .output = output,
	    .ended_s = clock_wall_s(),
	    .ttl_s = 2 * p->ledger.interval_s};
	int n = 0;

	memset(faults, 0, PUSH_TARGETS * sizeof(*faults));
	if (p->passive.icinga_url != NULL && push_icinga(p, &result, &faults[n]) != 0) {
		fault_prefix(&faults[n], "Icinga did not take the result");
		n++;
	}
	if (p->passive.nagios_command_file != NULL &&
	    push_nagios(p, &result, &faults[n]) != 0) {
		fault_prefix(&faults[n], "Nagios did not take the result");
		n++;
	}
	return n;
}

int
push_look(const struct policy *p, enum push_target target, struct fault *f)
{
	return target == PUSH_ICINGA ? look_icinga(p, f) : look_nagios(p, f);
}
