/* SPDX-License-Identifier: ISC */
/*
 * common: what every command does alike: options, the policy, faults, the terminal, signals.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "cloud/era.h"
#include "command/command.h"
#include "config.h"
#include "probe/privileges.h"

bool
common_option(struct common *c, int option, const char *arg)
{
	switch (option) {
	case 'f':
		c->policy_path = arg;
		return true;
	case 'v':
		c->verbosity++;
		return true;
	case 'h':
		c->help = true;
		return true;
	case COMMON_CLOUD:
		c->cloud = arg;
		return true;
	case COMMON_VERSION:
		c->version = true;
		return true;
	case COMMON_COLOR:
		return common_color(arg, &c->color);
	}
	return false;
}

bool
common_done(const struct common *c, const char *help, int *rc)
{
	if (!c->help && !c->version)
		return false;
	if (c->help)
		fputs(help, stdout);
	else
		printf("vmreaper %s\n", PACKAGE_VERSION);
	*rc = COMMAND_OK;
	return true;
}

int
common_usage(const char *name)
{
	fprintf(stderr, "try `vmreaper %s --help'\n", name);
	return COMMAND_FAILED;
}

int
common_surplus(const char *name, const char *argument)
{
	char safe[128];

	fprintf(stderr, "vmreaper %s: '%s' means nothing here\n", name,
	    text_safe(safe, sizeof(safe), TEXT_TERM, argument));
	return common_usage(name);
}

/* [failed] states that no OpenNebula has would silently match nothing. */
static int
check_states(const struct policy *p, struct fault *f)
{
	const struct policy_list *lists[] = {&p->unknown.states, &p->failed.states};
	size_t i, k;

	for (i = 0; i < 2; i++)
		for (k = 0; k < lists[i]->n; k++)
			if (!era_is_state_name(lists[i]->v[k])) {
				fault_set(f, FAULT_POLICY,
				    "%s: [%s] states: no OpenNebula has a state %s", p->path,
				    i == 0 ? "unknown" : "failed", lists[i]->v[k]);
				return fault_remedy(f, "vmreaper-policy(5) lists the names");
			}
	return 0;
}

struct policy *
common_policy_quiet(const struct common *c, struct text *errors, struct fault *f)
{
	struct policy_errors found;
	struct policy *p = NULL;
	char path[512];

	if (c->policy_path != NULL && c->cloud != NULL) {
		fault_set(f, FAULT_USAGE, "--policy and --cloud exclude each other");
		return NULL;
	}
	if (c->policy_path != NULL)
		snprintf(path, sizeof(path), "%s", c->policy_path);
	else if (c->cloud != NULL && strchr(c->cloud, '/') != NULL) {
		fault_set(f, FAULT_USAGE, "--cloud takes a name, not a path");
		fault_remedy(f, "use --policy FILE");
		return NULL;
	} else
		snprintf(path, sizeof(path), "%s/%s.ini", VMR_SYSCONFDIR,
		    c->cloud != NULL ? c->cloud : "policy");
	if (policy_load(path, &p, &found, f) != 0 || check_states(p, f) != 0) {
		if (errors != NULL)
			text_add(errors, found.text.p);
		policy_free(p);
		p = NULL;
	}
	text_free(&found.text);
	return p;
}

struct policy *
common_policy(const struct common *c)
{
	struct text errors;
	struct policy *p;
	struct fault f;

	memset(&f, 0, sizeof(f));
	text_init(&errors, 64 * 1024);
	p = common_policy_quiet(c, &errors, &f);
	if (p == NULL) {
		if (errors.len > 0)
			fputs(errors.p, stderr);
		else
			common_fault(NULL, &f);
	}
	text_free(&errors);
	return p;
}

void
common_privileges(const struct policy *p)
{
	struct fault f;

	if (p->ledger.group != NULL && geteuid() == 0)
		return;
	if (probe_drop_privileges(true, &f) != 0)
		log_warning("privileges", "%s", f.msg);
}

void
common_fault(const char *name, const struct fault *f)
{
	fprintf(stderr, "vmreaper%s%s: %s\n", name != NULL ? " " : "", name != NULL ? name : "",
	    f->msg);
	if (f->remedy[0] != '\0')
		fprintf(stderr, "  %s\n", f->remedy);
}

bool
common_color(const char *arg, enum color *color)
{
	static const char *const words[] = {"auto", "always", "never"};
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(arg, words[i]) == 0) {
			*color = (enum color)i;
			return true;
		}
	fprintf(stderr, "vmreaper: --color %.40s: auto, always or never\n", arg);
	return false;
}

static struct style
style_of(int fd, enum color color)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct style s = style_plain;
	struct winsize ws;

	if (isatty(fd)) {
		if (ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
			s.columns =
			    ws.ws_col < STYLE_COLUMNS_MIN ? STYLE_COLUMNS_MIN : ws.ws_col;
		s.colour = (no_color == NULL || *no_color == '\0') && term != NULL &&
			   *term != '\0' && strcmp(term, "dumb") != 0;
	}
	if (color != COLOR_AUTO)
		s.colour = color == COLOR_ALWAYS;
	return s;
}

struct style
common_style(enum color color)
{
	return style_of(STDOUT_FILENO, color);
}

struct style
common_style_stderr(void)
{
	return style_of(STDERR_FILENO, COLOR_AUTO);
}

/* A terminal whose locale has no UTF-8 would show a name's bytes as other characters, and its columns as others. */
static void
print_ascii(const struct text *t)
{
	struct text ascii;

	text_init(&ascii, t->len);
	text_add_ascii(&ascii, t->p);
	fwrite(ascii.p, 1, ascii.len, stdout);
	text_free(&ascii);
}

bool
common_flush(void)
{
	static bool said;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	if (!said)
		fprintf(stderr, "vmreaper: standard output: %s\n", strerror(errno));
	said = true;
	return false;
}

bool
common_print(const struct text *t)
{
	/* what was cut has lost its last newline, too */
	const bool open = t->cut && (t->len == 0 || t->p[t->len - 1] != '\n');

	if (MB_CUR_MAX == 1 && isatty(STDOUT_FILENO))
		print_ascii(t);
	else
		fwrite(t->p, 1, t->len, stdout);
	if (open)
		putchar('\n');
	return common_flush();
}

static void
progress_line(size_t done, size_t n)
{
	fprintf(stderr,
	    done >= n ? "\r%zu of %zu addresses probed\n" : "\r%zu of %zu addresses probed",
	    done, n);
}

static void
listing_line(size_t machines, bool last)
{
	fprintf(stderr, last ? "\r%zu machines read\n" : "\r%zu machines read", machines);
}

void (*common_listing(void))(size_t, bool)
{
	return isatty(STDERR_FILENO) ? listing_line : NULL;
}

void (*common_progress(void))(size_t, size_t)
{
	return isatty(STDERR_FILENO) ? progress_line : NULL;
}

void
common_sleep_ms(int64_t ms)
{
	struct timespec ts = {ms / 1000, (ms % 1000) * 1000000};

	/* a signal ends the wait early: the caller looks at its stop flag */
	nanosleep(&ts, NULL);
}

/* The one writable global of the program: a signal handler can reach nothing else. */
static volatile bool stop_flag;

static void
on_signal(int sig)
{
	(void)sig;
	stop_flag = true;
}

void
common_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

const volatile bool *
common_signals(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sa.sa_handler = SIG_DFL;
	/* a parent that ignored it would leave us without the ends of hooks */
	sigaction(SIGCHLD, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(
	    SIGXFSZ, &sa, NULL); /* a file size limit is an error of the write, not a death */
	return &stop_flag;
}
