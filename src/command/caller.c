/* SPDX-License-Identifier: ISC */
/*
 * caller: from options, environment and files to one open door.
 *
 * Each value is looked for on the command line, in the environment, in a file, and last among the defaults; two sources of
 * one rank that disagree about the endpoint are refused, because a wrong guess ends somebody's machine in another cloud.
 * Must never repeat a password, and every copy of it is wiped.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "command/caller.h"
#include "command/usercfg.h"
#include "policy/file.h"
#include "policy/policy.h"

#define MARKETPLACE "https://marketplace.stratuslab.eu" /* stratuslab.md 1.7 */
#define LOCAL_ONED  "http://localhost:2633/RPC2"
#define PATH_SIZE   4096

/* A value and where it came from, for messages. */
struct found {
	const char *value; /* NULL: nowhere */
	const char *where; /* "--endpoint", "$ONE_XMLRPC", "FILE:12" */
	bool option; /* on the command line */
};

struct finder {
	const struct caller_options *o;
	struct arena *a;
	struct usercfg cfg;
	bool has_cfg;
	const char *section;
	bool cfg_open; /* others may read the file */
	struct fault *f;
};

static int
no_memory(struct fault *f)
{
	return fault_set(f, FAULT_SYSTEM, "out of memory");
}

static const char *
env(const char *name)
{
	const char *s = getenv(name);

	return s != NULL && *s != '\0' ? s : NULL;
}

/* A path below the home directory, or NULL without one. */
static const char *
in_home(struct arena *a, const char *path)
{
	const char *home = env("HOME");

	return home != NULL ? arena_printf(a, "%s/%s", home, path) : NULL;
}

static bool
exists(const char *path)
{
	return path != NULL && access(path, F_OK) == 0;
}

/* "~/x" of a file or variable, where no shell has replaced it. */
static const char *
untilde(struct arena *a, const char *path)
{
	const char *full =
	    path != NULL && strncmp(path, "~/", 2) == 0 ? in_home(a, path + 2) : NULL;

	return full != NULL ? full : path;
}

/* --- the configuration file ------------------------------------------------------- */

static int
read_cfg(struct finder *d)
{
	static const struct file_rule rule = {"configuration", USERCFG_BYTES_MAX, false};
	const char *path = d->o->config, *section = d->o->section;
	const char *why = "-S";
	char *bytes = NULL;
	struct stat st;
	unsigned line;
	size_t len;
	int rc;

	if (path == NULL) {
		path = in_home(d->a, ".stratuslab/stratuslab-user.cfg");
		if (!exists(path)) {
			if (section == NULL)
				return 0;
			fault_set(d->f, FAULT_USAGE,
			    "-S %s, and there is no configuration file", section);
			return fault_remedy(d->f,
			    "write ~/.stratuslab/stratuslab-user.cfg, or name one with -c");
		}
	}
	if (file_read(path, &rule, &bytes, &len, d->f) != 0)
		return -1;
	d->cfg_open = stat(path, &st) == 0 && (st.st_mode & 0077) != 0;
	rc = usercfg_parse(d->a, path, bytes, len, &d->cfg, d->f);
	explicit_bzero(bytes, len);
	free(bytes);
	if (rc != 0)
		return -1;
	d->has_cfg = true;
	if (section == NULL) {
		section = env("STRATUSLAB_USER_CONFIG_SECTION");
		why = "STRATUSLAB_USER_CONFIG_SECTION";
	}
	if (section == NULL) {
		why = "selected_section";
		if (usercfg_get(
			&d->cfg, d->a, NULL, "selected_section", &section, &line, d->f) != 0)
			return -1;
	}
	if (section != NULL && !usercfg_has_section(&d->cfg, section)) {
		fault_set(d->f, FAULT_POLICY, "%s: no section [%s] (%s)", path, section, why);
		return fault_remedy(d->f, "write it, or name another one with -S");
	}
	d->section = section;
	return 0;
}

/* --- values ------------------------------------------------------------------------- */

/* In this order: the option, the variable, the key of the file. Any of them may be NULL. */
static int
find(struct finder *d, const char *option, const char *option_name, const char *variable,
    const char *key, struct found *out)
{
	unsigned line;

	memset(out, 0, sizeof(*out));
	if (option != NULL && *option != '\0') {
		*out = (struct found){option, option_name, true};
		return 0;
	}
	if (variable != NULL && env(variable) != NULL) {
		out->value = env(variable);
		out->where = arena_printf(d->a, "$%s", variable);
	} else if (key != NULL && d->has_cfg) {
		if (usercfg_get(&d->cfg, d->a, d->section, key, &out->value, &line, d->f) != 0)
			return -1;
		out->where = arena_printf(d->a, "%s:%u", d->cfg.path, line);
	}
	return out->value != NULL && out->where == NULL ? no_memory(d->f) : 0;
}

/* What came out of the file is a copy in the arena, which is not wiped when it is freed. */
static void
forget(struct found *x)
{
	if (x->value != NULL && !x->option && x->where[0] != '$')
		explicit_bzero((char *)(uintptr_t)x->value, strlen(x->value));
	x->value = NULL;
}

/* The same for something that stays in the caller: a copy, a home directory put in. */
static int
find_text(struct finder *d, const char *variable, const char *key, const char **out)
{
	struct found x;

	if (find(d, NULL, NULL, variable, key, &x) != 0)
		return -1;
	if (x.value == NULL) {
		*out = NULL;
		return 0;
	}
	*out = arena_strdup(d->a, untilde(d->a, x.value));
	forget(&x);
	return *out == NULL ? no_memory(d->f) : 0;
}

/* --- the endpoint ---------------------------------------------------------------------- */

/* The one line of ~/.one/one_endpoint, if there is such a file. */
static int
read_one_endpoint(struct finder *d, struct found *out)
{
	static const struct file_rule rule = {"endpoint file", 4096, false};
	const char *path = in_home(d->a, ".one/one_endpoint");
	char *bytes;
	size_t len;

	memset(out, 0, sizeof(*out));
	if (!exists(path))
		return 0;
	if (file_read(path, &rule, &bytes, &len, d->f) != 0)
		return -1;
	while (len > 0 && strchr(" \t\r\n", bytes[len - 1]) != NULL && bytes[len - 1] != '\0')
		len--;
	if (len > 0) {
		out->value = arena_strndup(d->a, bytes, len);
		out->where = path;
	}
	free(bytes);
	return len > 0 && out->value == NULL ? no_memory(d->f) : 0;
}

static int
conflict(struct finder *d, const struct found *a, const struct found *b)
{
	/* an @ may mean that a password is there */
	if (strchr(a->value, '@') != NULL || strchr(b->value, '@') != NULL)
		fault_set(
		    d->f, FAULT_USAGE, "two endpoints: %s and %s differ", a->where, b->where);
	else
		fault_set(d->f, FAULT_USAGE, "two endpoints: %s says %s, %s says %s", a->where,
		    a->value, b->where, b->value);
	return fault_remedy(d->f, "say which one with --endpoint, or take one of them away");
}

/* Of two sources of one rank: whichever is there; both only if they agree. */
static int
choose(struct finder *d, const struct found *stratuslab, const struct found *one,
    struct found *out, enum door_dialect *dialect, bool *is_one)
{
	if (stratuslab->value != NULL && one->value != NULL &&
	    strcmp(stratuslab->value, one->value) != 0)
		return conflict(d, stratuslab, one);
	*is_one = one->value != NULL;
	*out = one->value != NULL ? *one : *stratuslab;
	/* what both say is no bare word of StratusLab's client */
	*dialect = one->value != NULL ? DOOR_AUTO : DOOR_STRATUSLAB;
	return 0;
}

/* one: where OpenNebula's own tools look, so it is a whole URL (and may be gRPC). */
static int
find_endpoint(struct finder *d, struct found *out, enum door_dialect *dialect)
{
	struct found stratuslab, one = {0};
	bool is_one = false;

	*dialect = DOOR_AUTO;
	memset(out, 0, sizeof(*out));
	if (d->o->endpoint != NULL) {
		*out = (struct found){d->o->endpoint, "--endpoint", true};
		return 0;
	}
	if (find(d, NULL, NULL, "STRATUSLAB_ENDPOINT", NULL, &stratuslab) != 0 ||
	    find(d, NULL, NULL, "ONE_XMLRPC", NULL, &one) != 0 ||
	    choose(d, &stratuslab, &one, out, dialect, &is_one) != 0)
		return -1;
	if (out->value == NULL) {
		if (find(d, NULL, NULL, NULL, "endpoint", &stratuslab) != 0 ||
		    read_one_endpoint(d, &one) != 0 ||
		    choose(d, &stratuslab, &one, out, dialect, &is_one) != 0)
			return -1;
	}
	if (out->value == NULL) {
		if (env("ONE_AUTH") == NULL && !exists(in_home(d->a, ".one/one_auth"))) {
			fault_set(d->f, FAULT_USAGE, "no endpoint");
			return fault_remedy(d->f,
			    "give --endpoint, STRATUSLAB_ENDPOINT or ONE_XMLRPC, or write it "
			    "into "
			    "~/.stratuslab/stratuslab-user.cfg or ~/.one/one_endpoint");
		}
		*out = (struct found){LOCAL_ONED, "the default", false};
	}
	if (is_one && door_check(out->value, d->f) != 0)
		return fault_prefix(d->f, "%s", out->where);
	return 0;
}

/* --- credentials ------------------------------------------------------------------------ */

struct credentials {
	char *session; /* malloced; NULL: none */
	struct found cert, key; /* files */
	bool by_default; /* nobody named them */
};

static void
wipe(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

/* user and password of StratusLab's places. A user without a password is only a fault when nothing else is there. */
static int
stratuslab_password(struct finder *d, struct credentials *c, struct found *user)
{
	struct found password;
	size_t size;

	if (find(d, d->o->username, "-u", "STRATUSLAB_USERNAME", "username", user) != 0 ||
	    find(d, d->o->password, "-p", "STRATUSLAB_PASSWORD", "password", &password) != 0)
		return -1;
	if (password.option)
		log_warning("caller",
		    "a password on the command line can be seen by every user of this machine");
	else if (password.value != NULL && user->value != NULL && *password.where != '$' &&
		 d->cfg_open)
		log_warning("caller", "%s holds a password and is open to others: chmod 600 %s",
		    d->cfg.path, d->cfg.path);
	if (user->value == NULL || password.value == NULL) {
		forget(&password);
		return 0;
	}
	if (strchr(user->value, ':') != NULL) {
		forget(&password);
		fault_set(d->f, FAULT_USAGE, "%s: a user name has no colon", user->where);
		return fault_remedy(d->f, "write the user name alone");
	}
	size = strlen(user->value) + strlen(password.value) + 2;
	c->session = x_calloc(1, size);
	snprintf(c->session, size, "%s:%s", user->value, password.value);
	forget(&password);
	return 0;
}

static int
one_password(struct finder *d, struct credentials *c)
{
	if (env("ONE_AUTH") == NULL && !exists(in_home(d->a, ".one/one_auth")))
		return 0;
	return policy_credential(NULL, &c->session, d->f);
}

/* The default files only if the certificate is there. */
static int
find_certificate(struct finder *d, struct credentials *c)
{
	if (find(d, d->o->pem_cert, "--pem-cert", "STRATUSLAB_PEM_CERTIFICATE",
		"pem_certificate", &c->cert) != 0 ||
	    find(d, d->o->pem_key, "--pem-key", "STRATUSLAB_PEM_KEY", "pem_key", &c->key) != 0)
		return -1;
	/* a certificate of the command line with the key of another place would not fit */
	if (c->cert.option && !c->key.option)
		memset(&c->key, 0, sizeof(c->key));
	if (c->cert.value == NULL && exists(in_home(d->a, ".globus/usercert.pem"))) {
		c->by_default = true;
		c->cert =
		    (struct found){in_home(d->a, ".globus/usercert.pem"), "default", false};
		if (c->key.value == NULL)
			c->key = (struct found){
			    in_home(d->a, ".globus/userkey.pem"), "default", false};
	}
	c->cert.value = untilde(d->a, c->cert.value);
	c->key.value = untilde(d->a, c->key.value);
	return 0;
}

/*
 * Passwords before certificates, except that what stands on the command line comes before everything. oned itself is
 * asked with OpenNebula's file first, the proxy with StratusLab's places first.
 */
static int
find_credentials(struct finder *d, bool direct, struct credentials *c)
{
	const struct caller_options *o = d->o;
	struct found user = {0};
	bool said = o->username != NULL || o->password != NULL;
	int rc = 0;

	if (find_certificate(d, c) != 0)
		return -1;
	if (o->auth_file != NULL && said) {
		fault_set(
		    d->f, FAULT_USAGE, "a credential file, and a user or password besides");
		return fault_remedy(d->f, "give one of them");
	}
	if (o->auth_file != NULL)
		return policy_credential(o->auth_file, &c->session, d->f);
	if (c->cert.option && !said && !direct)
		return 0;
	if (said || !direct)
		rc = stratuslab_password(d, c, &user);
	if (rc == 0 && c->session == NULL && !said)
		rc = one_password(d, c);
	if (rc == 0 && c->session == NULL && !said && direct)
		rc = stratuslab_password(d, c, &user);
	if (rc != 0 || c->session != NULL)
		return rc;
	/* a certificate would be another user: only one that was named takes the place of a missing password */
	if (user.value != NULL && (said || c->cert.value == NULL || c->by_default)) {
		fault_set(d->f, FAULT_USAGE, "%s: user %s without a password", user.where,
		    user.value);
		return fault_remedy(d->f, "set STRATUSLAB_PASSWORD, or write it into "
					  "~/.stratuslab/stratuslab-user.cfg "
					  "(chmod 600)");
	}
	if (said) {
		fault_set(d->f, FAULT_USAGE, "a password without a user");
		return fault_remedy(d->f, "give -u as well");
	}
	if (c->cert.value == NULL) {
		fault_set(d->f, FAULT_USAGE, "no credentials");
		return fault_remedy(d->f, "give -u and STRATUSLAB_PASSWORD, a certificate "
					  "(--pem-cert, --pem-key), or "
					  "ONE_AUTH or ~/.one/one_auth with user:password");
	}
	return 0;
}

/* --- the services beside it ------------------------------------------------------------- */

/* A bare pdisk host is https://HOST:8445, or what protocol and port say (stratuslab.md 3.1). */
static int
find_pdisk(struct finder *d, const char *session, struct caller *out)
{
	const char *protocol = env("STRATUSLAB_PDISK_PROTOCOL"),
		   *port = env("STRATUSLAB_PDISK_PORT");
	const char *colon = session != NULL ? strchr(session, ':') : NULL;

	if (find_text(d, "STRATUSLAB_PDISK_ENDPOINT", "pdisk_endpoint", &out->pdisk) != 0 ||
	    find_text(d, "STRATUSLAB_PDISK_USERNAME", "pdisk_username", &out->pdisk_user) !=
		0 ||
	    find_text(d, "STRATUSLAB_PDISK_PASSWORD", "pdisk_password", &out->pdisk_password) !=
		0)
		return -1;
	if (out->pdisk != NULL && strstr(out->pdisk, "://") == NULL &&
	    (protocol != NULL || port != NULL))
		out->pdisk =
		    arena_printf(d->a, "%s://%s:%s", protocol != NULL ? protocol : "https",
			out->pdisk, port != NULL ? port : "8445");
	if (out->pdisk_user == NULL && out->pdisk_password == NULL && colon != NULL) {
		out->pdisk_user = arena_strndup(d->a, session, (size_t)(colon - session));
		out->pdisk_password = arena_strdup(d->a, colon + 1);
	}
	return 0;
}

static int
find_services(struct finder *d, const struct credentials *c, struct caller *out)
{
	const char *key;

	if (find_text(d, "STRATUSLAB_MARKETPLACE_ENDPOINT", "marketplace_endpoint",
		&out->marketplace) != 0 ||
	    find_text(d, NULL, "default_instance_type", &out->default_type) != 0 ||
	    find_pdisk(d, c->session, out) != 0)
		return -1;
	if (out->marketplace == NULL && out->stratuslab)
		out->marketplace = MARKETPLACE;
	/* the first that exists */
	if (exists(key = untilde(d->a, env("STRATUSLAB_KEY"))))
		out->public_key_file = arena_strdup(d->a, key);
	else if (find_text(d, NULL, "user_public_key_file", &key) != 0)
		return -1;
	else if (exists(key))
		out->public_key_file = key;
	else if (exists(key = in_home(d->a, ".ssh/id_rsa.pub")))
		out->public_key_file = key;
	return 0;
}

/* --- opening ---------------------------------------------------------------------------- */

/* Of an http:// URL: is it this machine? The whole of the host counts: 127.0.0.1.example.org is somebody's. */
static bool
is_here(const char *url)
{
	const char *host = url + 7;
	size_t n = strcspn(host, ":/");

	return (n == 9 && strncmp(host, "localhost", 9) == 0) ||
	       (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n) ||
	       strncmp(host, "[::1]", 5) == 0;
}

static void
say_aloud(const struct caller_options *o, const struct door *door)
{
	if (o->insecure)
		log_warning("caller", "insecure: the server's certificate is not verified; "
				      "whoever stands between "
				      "can take the password");
	if (strncmp(door->url, "http://", 7) == 0 && !is_here(door->url))
		log_warning("caller", "%s: plain http sends the password in clear", door->url);
	if (door->repaired[0] != '\0')
		log_notice("caller", "%s: %s", door->url, door->repaired);
}

static int
open_door(struct finder *d, const struct found *endpoint, enum door_dialect dialect,
    struct credentials *c, struct caller *out)
{
	struct cloud_config config = {.ca_file = d->o->ca_file,
	    .ca_dir = d->o->ca_dir,
	    .insecure = d->o->insecure,
	    .version = d->o->version != NULL ? d->o->version : "auto"};
	struct policy *defaults;
	struct door door;
	int rc;

	/* Which door it is decides whose credentials are looked for first; then whether they open it. */
	if (door_resolve(endpoint->value, dialect, true, true, &door, d->f) != 0)
		return fault_prefix(d->f, "%s", endpoint->where);
	if (find_credentials(d, door.way == DOOR_DIRECT, c) != 0)
		return -1;
	if (door_resolve(endpoint->value, dialect, c->session != NULL, c->cert.value != NULL,
		&door, d->f) != 0)
		return fault_prefix(d->f, "%s", endpoint->where);
	say_aloud(d->o, &door);
	out->stratuslab = door.way != DOOR_DIRECT;
	out->endpoint = arena_strdup(d->a, door.url);
	config.endpoint = door.url;
	config.dialect = out->stratuslab ? DOOR_STRATUSLAB : DOOR_OPENNEBULA;
	/* oned gets a certificate only if the command line says so: a default one is for StratusLab */
	if (door.way == DOOR_CERTIFICATE || (door.way == DOOR_DIRECT && c->cert.option)) {
		config.cert_file = out->cert_file = arena_strdup(d->a, c->cert.value);
		if (c->key.value != NULL)
			config.key_file = out->key_file = arena_strdup(d->a, c->key.value);
	}
	if (door.way != DOOR_CERTIFICATE)
		config.session = c->session;
	out->user = config.session == NULL
			? ""
			: arena_strndup(d->a, config.session, strcspn(config.session, ":"));
	defaults = policy_default();
	config.connect_timeout_ms = defaults->cloud.connect_timeout_ms;
	config.timeout_ms = defaults->cloud.timeout_ms;
	config.page = defaults->cloud.page;
	config.max_machines = defaults->cloud.max_machines;
	policy_free(defaults);
	rc = cloud_open(&config, &out->cloud, d->f);
	return rc == 0 && (out->endpoint == NULL || out->user == NULL) ? no_memory(d->f) : rc;
}

/* StratusLab has OpenNebula 3.2 underneath (stratuslab.md 0.1), which cannot be asked. */
static int
ask_version(struct finder *d, struct caller *out)
{
	if (cloud_version(out->cloud, d->a, out->version, &out->era, d->f) != 0)
		return -1;
	if (out->era == NULL && out->stratuslab && out->version[0] == '<') {
		out->era = era_by_version("3.2.1");
		snprintf(out->version, sizeof(out->version), "3.2?");
	}
	return 0;
}

int
caller_open(const struct caller_options *o, struct caller *out, struct fault *f)
{
	struct fault none = {.kind = FAULT_NONE};
	struct finder d = {.o = o, .f = f != NULL ? f : &none};
	struct credentials c = {0};
	enum door_dialect dialect;
	struct found endpoint;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	out->user = "";
	d.a = out->arena = arena_new(64u << 20);
	if (d.a == NULL)
		return no_memory(d.f);
	out->insecure = o->insecure;
	out->ca_file = o->ca_file != NULL ? arena_strdup(d.a, o->ca_file) : NULL;
	out->ca_dir = o->ca_dir != NULL ? arena_strdup(d.a, o->ca_dir) : NULL;
	if (read_cfg(&d) == 0 && find_endpoint(&d, &endpoint, &dialect) == 0 &&
	    open_door(&d, &endpoint, dialect, &c, out) == 0 &&
	    find_services(&d, &c, out) == 0 && ask_version(&d, out) == 0)
		rc = 0;
	usercfg_wipe(&d.cfg);
	wipe(c.session);
	if (rc != 0)
		caller_close(out);
	return rc;
}

void
caller_close(struct caller *c)
{
	if (c == NULL)
		return;
	cloud_close(c->cloud);
	if (c->pdisk_password != NULL)
		explicit_bzero((char *)(uintptr_t)c->pdisk_password, strlen(c->pdisk_password));
	arena_free(c->arena);
	memset(c, 0, sizeof(*c));
}
