/* SPDX-License-Identifier: ISC */
/*
 * extraopts: finds the file, reads it, and puts its options in front of the others.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "command/extraini.h"
#include "command/extraopts.h"
#include "policy/file.h"

#define OPTION	 "--extra-opts"
#define TEXT_MAX (64 * 1024)

/* Where the other plugins look, in their order (plugins.md A6). */
static const char *const names[] = {
    "monitoring-plugins.ini", "plugins.ini", "nagios-plugins.ini"};
static const char *const places[] = {
    "/usr/local/etc/monitoring-plugins/monitoring-plugins.ini",
    "/usr/local/etc/monitoring-plugins.ini",
    "/etc/monitoring-plugins/monitoring-plugins.ini",
    "/etc/monitoring-plugins.ini",
    "/etc/nagios/plugins.ini",
    "/usr/local/nagios/etc/plugins.ini",
    "/usr/local/etc/nagios/plugins.ini",
    "/etc/opt/nagios/plugins.ini",
    "/etc/nagios-plugins.ini",
    "/usr/local/etc/nagios-plugins.ini",
    "/etc/opt/nagios-plugins.ini",
};

static bool
is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

/* In the directories of $NAGIOS_CONFIG_PATH. */
static bool
find_in_path(const char *dirs, char *buf, size_t size)
{
	size_t len, i;

	for (; *dirs != '\0'; dirs += len + (dirs[len] == ':')) {
		len = strcspn(dirs, ":");
		for (i = 0; len > 0 && i < sizeof(names) / sizeof(names[0]); i++)
			if ((size_t)snprintf(buf, size, "%.*s/%s", (int)len, dirs, names[i]) <
				size &&
			    is_there(buf))
				return true;
	}
	return false;
}

static int
find_file(char *buf, size_t size, struct fault *f)
{
	const char *env = getenv("MP_CONFIG_FILE");
	size_t i;

	if (env != NULL && *env != '\0') {
		if ((size_t)snprintf(buf, size, "%s", env) >= size)
			return fault_set(f, FAULT_USAGE, "$MP_CONFIG_FILE is too long");
		return 0;
	}
	env = getenv("NAGIOS_CONFIG_PATH");
	if (env != NULL && find_in_path(env, buf, size))
		return 0;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (is_there(places[i])) {
			snprintf(buf, size, "%s", places[i]);
			return 0;
		}
	fault_set(f, FAULT_USAGE, OPTION ": there is no file in any of the usual places");
	return fault_remedy(f, "create %s, or name one: " OPTION "=SECTION@FILE", places[2]);
}

static int
read_stdin(char **bytes, size_t *len, struct fault *f)
{
	ssize_t n;

	*bytes = x_calloc(EXTRAINI_BYTES_MAX + 1, 1);
	*len = 0;
	do {
		n = read(STDIN_FILENO, *bytes + *len, EXTRAINI_BYTES_MAX + 1 - *len);
		*len += n > 0 ? (size_t)n : 0;
	} while (*len <= EXTRAINI_BYTES_MAX && (n > 0 || (n < 0 && errno == EINTR)));
	if (n == 0)
		return 0;
	free(*bytes);
	return n < 0 ? fault_set(f, FAULT_SYSTEM, "standard input: %s", strerror(errno))
		     : fault_set(f, FAULT_LIMIT, "standard input has more than 1 MiB");
}

/* spec: "", "section", "@file" or "section@file". */
static int
take_file(const char *program, const char *spec, struct text *out, size_t *n, struct fault *f)
{
	static const struct file_rule rule = {OPTION " file", EXTRAINI_BYTES_MAX, false};
	const char *at = strchr(spec, '@');
	char section[256], path[4096], *bytes;
	size_t len = at != NULL ? (size_t)(at - spec) : strlen(spec);
	int rc;

	if (len >= sizeof(section))
		return fault_set(
		    f, FAULT_USAGE, OPTION ": the name of the section is too long");
	snprintf(section, sizeof(section), "%.*s", (int)len, spec);
	if (at == NULL) {
		if (find_file(path, sizeof(path), f) != 0)
			return -1;
	} else if ((size_t)snprintf(path, sizeof(path), "%s", at + 1) >= sizeof(path) ||
		   *path == '\0') {
		return fault_set(f, FAULT_USAGE, OPTION ": no file is named behind the @");
	}
	rc = strcmp(path, "-") == 0 ? read_stdin(&bytes, &len, f)
				    : file_read(path, &rule, &bytes, &len, f);
	if (rc != 0)
		return -1;
	rc = extraini_read(bytes, len, *section != '\0' ? section : program, out, n, f);
	explicit_bzero(bytes, len); /* it may hold the passwords of other plugins */
	free(bytes);
	return rc == 0 ? 0 : fault_prefix(f, OPTION " file %s", path);
}

/* How many arguments at argv[i] are an --extra-opts: 0, 1 or 2; *spec is what it says. */
static int
is_extra(int argc, char **argv, int i, const char **spec)
{
	size_t len = sizeof(OPTION) - 1;

	*spec = "";
	if (strncmp(argv[i], OPTION, len) != 0)
		return 0;
	if (argv[i][len] == '=') {
		*spec = argv[i] + len + 1;
		return 1;
	}
	if (argv[i][len] != '\0')
		return 0;
	if (i + 1 == argc || argv[i + 1][0] == '-')
		return 1;
	*spec = argv[i + 1];
	return 2;
}

int
extraopts_read(
    const char *program, int argc, char **argv, struct extraopts *out, struct fault *f)
{
	const char *spec;
	char *option;
	size_t n = 0, i;
	int k, taken, kept = 0;

	text_init(&out->text, TEXT_MAX);
	out->argc = 0;
	out->argv = x_calloc((size_t)argc + EXTRAINI_OPTIONS_MAX + 1, sizeof(*out->argv));
	for (k = 1; k < argc && strcmp(argv[k], "--") != 0; k += taken > 0 ? taken : 1) {
		taken = is_extra(argc, argv, k, &spec);
		if (taken > 0 && take_file(program, spec, &out->text, &n, f) != 0)
			return -1;
	}
	if (argc > 0)
		out->argv[out->argc++] = argv[0];
	for (i = 0, option = out->text.p; i < n; i++, option += strlen(option) + 1)
		out->argv[out->argc++] = option;
	for (k = 1; k<argc; k += taken> 0 ? taken : 1) {
		taken = kept == 0 ? is_extra(argc, argv, k, &spec) : 0;
		kept |= strcmp(argv[k], "--") == 0;
		if (taken == 0)
			out->argv[out->argc++] = argv[k];
	}
	return 0;
}

void
extraopts_free(struct extraopts *e)
{
	free(e->argv);
	text_free(&e->text);
}
