/* SPDX-License-Identifier: ISC */
/*
 * proxy: StratusLab's one-proxy as far as a client sees it: who may pass, as whom, and how Apache XML-RPC spells what
 * the daemon said. Composed from its sources (stratuslab.md 2.5, 2.7, 7); nothing here was recorded.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fault.h"
#include "inner.h"

void
sim_set_proxy(struct sim *sim, const struct sim_proxy *proxy)
{
	pthread_mutex_lock(&sim->lock);
	sim->proxied = proxy != NULL;
	sim->cert_user = proxy != NULL ? model_keep(sim, proxy->cert_user) : NULL;
	pthread_mutex_unlock(&sim->lock);
}

void
sim_set_daemon(struct sim *sim, bool up)
{
	pthread_mutex_lock(&sim->lock);
	sim->daemon_down = !up;
	pthread_mutex_unlock(&sim->lock);
}

static int
digit64(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* "Basic dXNlcjpwYXNz" to "user:pass"; false if it is something else. */
static bool
basic_read(const char *s, char *out, size_t room)
{
	unsigned bits = 0, n = 0;
	size_t len = 0;

	if (s == NULL || strncasecmp(s, "Basic ", 6) != 0)
		return false;
	for (s += 6; digit64(*s) >= 0 && len + 1 < room; s++) {
		bits = bits << 6 | (unsigned)digit64(*s);
		n += 6;
		if (n >= 8) {
			n -= 8;
			out[len++] = (char)(bits >> n & 0xff);
		}
	}
	out[len] = '\0';
	return strchr(out, ':') != NULL;
}

static bool
refuse(struct sim_reply *reply, int status, const char *text, const char *challenge)
{
	reply->status = status;
	reply->body = faults_page(status, text);
	reply->len = strlen(reply->body);
	reply->challenge = challenge;
	return true;
}

bool
proxy_refuses(struct sim *sim, const char *path, const char *authorization,
    const char **session, struct sim_reply *reply)
{
	const struct sim_user *u = NULL;
	char given[512];
	struct text t;
	size_t i;

	if (strncmp(path, "/one-proxy/", 11) == 0)
		path += 10;
	if (strcmp(path, "/cert/xmlrpc") == 0) {
		u = sim->cert_user != NULL ? model_user_by_name(sim, sim->cert_user) : NULL;
		if (u == NULL)
			return refuse(reply, 403, "No certificate that is known", NULL);
	} else if (strcmp(path, "/pswd/xmlrpc") != 0) {
		return refuse(reply, 404, "Not found", NULL);
	} else if (basic_read(authorization, given, sizeof(given))) {
		i = strcspn(given, ":");
		given[i] = '\0';
		u = model_user_by_name(sim, given);
		if (u != NULL && strcmp(u->password, given + i + 1) != 0)
			u = NULL;
	}
	if (u == NULL)
		return refuse(
		    reply, 401, "Unauthorized", "basic realm=\"StratusLab Password Realm\"");
	text_init(&t, DOC_MAX);
	text_addf(&t, "%s:%s", u->name, u->password);
	*session = model_keep(sim, t.p);
	text_free(&t);
	return false;
}

/* Every `from` becomes `to`. The markup of the envelope only: in texts "<" stands as an entity. */
static void
replace_all(struct text *t, const char *s, const char *from, const char *to)
{
	const char *at;

	for (; (at = strstr(s, from)) != NULL; s = at + strlen(from)) {
		text_addn(t, s, (size_t)(at - s));
		text_add(t, to);
	}
	text_add(t, s);
}

void
proxy_translate(struct sim_reply *reply)
{
	static const char *const words[][2] = {{"<string>", ""}, {"</string>", ""},
	    {"<i8>", "<ex:i8>"}, {"</i8>", "</ex:i8>"}, {"\r\n", ""},
	    {"<methodResponse>",
		"<methodResponse "
		"xmlns:ex=\"http://ws.apache.org/xmlrpc/namespaces/extensions\">"}};
	struct text t;

	if (reply->body == NULL || strncmp(reply->body, "<?xml", 5) != 0)
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		text_init(&t, DOC_MAX);
		replace_all(&t, reply->body, words[i][0], words[i][1]);
		free(reply->body);
		reply->body = t.p;
		reply->len = t.len;
	}
}
