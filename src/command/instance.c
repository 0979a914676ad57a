/* SPDX-License-Identifier: ISC */
/*
 * instance: the two fronts of the commands by hand: how they take options and how they say what went wrong.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/units.h"
#include "command/instance.h"
#include "config.h"

const char instance_help[] =
    "\n"
    "Whose cloud (the environment and the files of StratusLab and OpenNebula otherwise):\n"
    "      --endpoint URL         the cloud, a URL or a host name (STRATUSLAB_ENDPOINT,\n"
    "                             ONE_XMLRPC)\n"
    "      --auth-file FILE       user:password (ONE_AUTH, ~/.one/one_auth)\n"
    "  -u, --username NAME        -p, --password WORD: seen by everybody on this host\n"
    "      --pem-cert FILE        --pem-key FILE: a certificate, or a grid proxy as both\n"
    "  -c, --config FILE          default: ~/.stratuslab/stratuslab-user.cfg\n"
    "  -S, --user-config-section NAME\n"
    "      --era VERSION          of OpenNebula, where it cannot be asked\n"
    "      --ca-file FILE         --ca-dir DIR, --insecure: whom TLS believes\n"
    "  -v, --verbose              -q, --quiet, -h, --help, --version\n";

bool
instance_option(struct instance *in, int option, const char *arg)
{
	switch (option) {
	case 'c':
		in->caller.config = arg;
		return true;
	case 'S':
		in->caller.section = arg;
		return true;
	case 'u':
		in->caller.username = arg;
		return true;
	case 'p':
		in->caller.password = arg;
		return true;
	case 'v':
		in->verbosity++;
		return true;
	case 'q':
		in->quiet++;
		return true;
	case 'h':
		in->help = true;
		return true;
	case INSTANCE_ENDPOINT:
		in->caller.endpoint = arg;
		return true;
	case INSTANCE_CERT:
		in->caller.pem_cert = arg;
		return true;
	case INSTANCE_KEY:
		in->caller.pem_key = arg;
		return true;
	case INSTANCE_VERSION:
		in->version = true;
		return true;
	case INSTANCE_AUTH_FILE:
		in->caller.auth_file = arg;
		return true;
	case INSTANCE_ERA:
		in->caller.version = arg;
		return true;
	case INSTANCE_CA_FILE:
		in->caller.ca_file = arg;
		return true;
	case INSTANCE_CA_DIR:
		in->caller.ca_dir = arg;
		return true;
	case INSTANCE_INSECURE:
		in->caller.insecure = true;
		return true;
	}
	return false;
}

int
instance_bad_option(const struct instance *in, int option, char **argv)
{
	char said[80];

	/* behind a cluster of short options optind may still point at it: optopt names the one */
	if (optopt > 0 && optopt < 256)
		snprintf(
		    said, sizeof(said), "-%c", optopt >= 0x20 && optopt < 0x7f ? optopt : '?');
	else
		text_safe(said, sizeof(said), TEXT_TERM, argv[optind - 1]);
	if (option == ':')
		return instance_usage(in, "%s option requires an argument", said);
	return instance_usage(in, "no such option: %s", said);
}

bool
instance_done(const struct instance *in, const char *help, int *rc)
{
	if (!in->help && !in->version)
		return false;
	if (in->help)
		printf("%s%s", help, in->stratus ? "" : instance_help);
	else
		printf("vmreaper %s\n", PACKAGE_VERSION);
	*rc = COMMAND_OK;
	return true;
}

int
instance_usage(const struct instance *in, const char *fmt, ...)
{
	va_list ap;

	if (in->stratus)
		fprintf(
		    stderr, "Usage: %s %s\n\n%s: error: ", in->name, in->arguments, in->name);
	else
		fprintf(stderr, "vmreaper %s: ", in->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (in->stratus)
		return STRATUS_USAGE;
	return common_usage(in->name);
}

int
instance_fault(const struct instance *in, const struct fault *f)
{
	if (!in->stratus) {
		common_fault(in->name, f);
		return COMMAND_FAILED;
	}
	fprintf(stderr, "Error: %s\n", f->msg);
	if (f->remedy[0] != '\0')
		fprintf(stderr, "  %s\n", f->remedy);
	return STRATUS_FAILED;
}

int
instance_fatal(const struct instance *in, const struct fault *f)
{
	if (!in->stratus) {
		common_fault(in->name, f);
		return COMMAND_FAILED;
	}
	fprintf(stderr, "  [ERROR] %s\n", f->msg);
	return STRATUS_FATAL;
}

void
instance_remark(const struct instance *in, const char *fmt, ...)
{
	va_list ap;

	if (in->stratus || in->quiet > 0)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int
instance_open(const struct instance *in, struct caller *c, struct fault *f)
{
	memset(c, 0, sizeof(*c));
	log_open("vmreaper", LOG_TO_STDERR, in->verbosity);
	if (caller_open(&in->caller, c, f) != 0)
		return -1;
	/* asked with StratusLab's own tools, a cloud too old to say its version is StratusLab's */
	if (in->stratus && c->era == NULL && c->version[0] == '<')
		c->era = era_by_version("3.2.1");
	return 0;
}

int
instance_id(const char *s, int64_t *id, struct fault *f)
{
	if (units_int(s, 0, INT32_MAX, id) == 0)
		return 0;
	return fault_set(f, FAULT_USAGE, "'%.40s' is no machine's number", s);
}
