/* SPDX-License-Identifier: ISC */
/*
 * ending: the loop over the machines that a person wants ended.
 *
 * Numbers are checked before anything is sent: a list with a slip in it ends nobody. A machine is read right before
 * its verb is chosen and sent, once; a lost reply is said to be in doubt and never sent again. `vmreaper kill' goes
 * on behind a machine that fails, stratus-kill-instance stops there, as its scripts expect.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cloud/launch.h"
#include "cloud/volumes.h"
#include "command/byhand.h"
#include "command/ending.h"
#include "command/table.h"

#define IDS_MAX	  100000
#define LINE_SIZE 4096

/* One run of the command. */
struct run {
	const struct ending *e;
	struct caller c;
	int64_t *ids;
	size_t n;
	int64_t *sent; /* accepted, or in doubt */
	size_t n_sent;
	size_t failed;
	struct volumes volumes; /* asked for once, before the first machine */
};

/* --- which machines ------------------------------------------------------- */

static int
ids_add(struct run *r, const char *s, struct fault *f)
{
	int64_t id;
	size_t i;

	if (instance_id(s, &id, f) != 0)
		return -1;
	for (i = 0; i < r->n; i++)
		if (r->ids[i] == id)
			return 0; /* named twice is ended once */
	if (r->n == IDS_MAX)
		return fault_set(f, FAULT_USAGE, "more than %d machines", IDS_MAX);
	r->ids = x_realloc(r->ids, r->n + 1, sizeof(*r->ids));
	r->ids[r->n++] = id;
	return 0;
}

/*
 * One id a line; empty lines, as the last one, are none. Lines are taken whole: half of one, or what stands before
 * a NUL (a file of another encoding), would be another machine's number.
 */
static int
ids_read(struct run *r, const char *path, struct fault *f)
{
	FILE *fp = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int rc = 0;

	if (fp == NULL)
		return fault_set(f, FAULT_USAGE, "%s: %s", path, strerror(errno));
	while (rc == 0 && (len = getline(&line, &room, fp)) >= 0) {
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			line[--len] = '\0';
		if (strlen(line) != (size_t)len)
			rc = fault_set(
			    f, FAULT_USAGE, "%s: a NUL is in it: it is no text", path);
		else if (len > 0)
			rc = ids_add(r, line, f);
	}
	if (rc == 0 && ferror(fp))
		rc = fault_set(f, FAULT_SYSTEM, "%s: cannot be read", path);
	free(line);
	fclose(fp);
	return rc;
}

static int
ids_get(struct run *r, int argc, char **argv, struct fault *f)
{
	int i;

	if (r->e->input != NULL) /* the file wins, as in the original */
		return ids_read(r, r->e->input, f);
	for (i = 0; i < argc; i++)
		if (ids_add(r, argv[i], f) != 0)
			return -1;
	return 0;
}

/* --- volumes -------------------------------------------------------------- */

/*
 * A volume that was hot-plugged stands in no document. Where pdisk is set it is asked, so that nobody kills a machine
 * unasked that holds one; if it does not answer, each machine may.
 */
static void
volumes_get(struct run *r)
{
	struct volumes *vs = &r->volumes;
	const struct pdisk_config config = {.endpoint = r->c.pdisk,
	    .user = r->c.pdisk_user,
	    .password = r->c.pdisk_password,
	    .cert_file = r->c.cert_file,
	    .key_file = r->c.key_file,
	    .ca_file = r->c.ca_file,
	    .ca_dir = r->c.ca_dir,
	    .insecure = r->c.insecure,
	    .connect_timeout_ms = 10000,
	    .timeout_ms = 60000,
	    .max_volumes = 100000};
	size_t i;

	if (r->c.pdisk == NULL || r->e->in.stratus || r->e->shutdown || r->e->yes)
		return;
	vs->asked = true;
	vs->unknown = "pdisk did not answer";
	vs->known = pdisk_list(&config, r->c.arena, &vs->v, &vs->n, &vs->why) == 0;
	if (!vs->known) {
		vs->n = 0;
		instance_remark(&r->e->in, "volumes are not known: %s", vs->why.msg);
	}
	for (i = 0; i < vs->n; i++)
		vs->known = vs->known && vs->v[i].mounts_known;
}

/* --- one machine ---------------------------------------------------------- */

/* Does a person at the terminal agree? The whole line is the answer: its rest would answer for the next machine. */
static bool
agreed(const char *about)
{
	char *answer = NULL;
	size_t room = 0;
	bool yes;

	fprintf(stderr, "%s.\nKill it? [y/N] ", about);
	fflush(stderr);
	yes = getline(&answer, &room, stdin) >= 0 &&
	      (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0);
	free(answer);
	return yes;
}

static int
consent(const struct run *r, const struct vm *vm, const char *about, struct fault *f)
{
	if (r->e->in.stratus || r->e->shutdown || r->e->yes || !byhand_asks(vm))
		return 0;
	if (!isatty(STDIN_FILENO)) {
		fault_set(f, FAULT_USAGE, "%s: not killed unasked", about);
		return fault_remedy(f, "say --yes if that is what you want");
	}
	if (agreed(about))
		return 0;
	return fault_set(f, FAULT_USAGE, "machine %" PRId64 " is left alone", vm->id);
}

static const char *
verb_of(const struct run *r, const struct vm *vm, struct fault *f)
{
	const char *verb;
	char state[40];

	if (!r->e->shutdown)
		return byhand_kill_verb(r->c.era, vm, f);
	verb = r->c.era != NULL ? launch_shutdown_verb(r->c.era, vm->state, vm->lcm) : NULL;
	if (verb == NULL) {
		fault_set(f, FAULT_STATE,
		    "machine %" PRId64 " is %s: its guest cannot be asked to halt", vm->id,
		    table_state(r->c.era, vm->state, vm->lcm, state));
		fault_remedy(f, "vmreaper kill %" PRId64 " ends it", vm->id);
	}
	return verb;
}

static void detail(const struct run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* What the original says with -v, on standard output. */
static void
detail(const struct run *r, const char *fmt, ...)
{
	va_list ap;

	if (!r->e->in.stratus || r->e->in.verbosity == 0)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

static const char *
action(const struct run *r)
{
	return r->e->shutdown ? "Shutdown" : "Kill";
}

/* Look at one machine, and send its verb. -1 with f when it is not on its way out. */
static int
end_one(struct run *r, int64_t id, struct fault *f)
{
	struct text about;
	const char *verb;
	struct vm vm;
	int rc = -1;

	text_init(&about, LINE_SIZE);
	detail(r, "Sending \"%s\" request for instance %" PRId64 ".\n", action(r), id);
	if (cloud_inspect(r->c.cloud, r->c.arena, r->c.era, id, &vm, f) != 0)
		goto out;
	if (volumes_add(&r->volumes, r->c.arena, &vm, 1) != 0) {
		fault_set(f, FAULT_LIMIT, "out of memory for the volumes");
		goto out;
	}
	byhand_describe(r->c.era, &vm, &about);
	if (vm.cls == VM_CLASS_DONE) {
		if (!r->e->in.stratus && r->e->in.quiet == 0)
			printf("machine %" PRId64 " is Done already\n", id);
		rc = 0;
		goto out;
	}
	if ((verb = verb_of(r, &vm, f)) == NULL || consent(r, &vm, about.p, f) != 0)
		goto out;
	switch (cloud_kill(r->c.cloud, verb, id, f)) {
	case KILL_ACCEPTED:
		if (!r->e->in.stratus && r->e->in.quiet == 0)
			printf("%s: %s accepted\n", about.p, verb);
		r->sent[r->n_sent++] = id;
		rc = 0;
		break;
	case KILL_IN_DOUBT:
		/* It may have been received: to look is all that may follow. */
		r->sent[r->n_sent++] = id;
		fault_prefix(
		    f, "machine %" PRId64 ": %s is in doubt, not sent again", id, verb);
		break;
	case KILL_REFUSED:
	case KILL_NOT_SENT:
		fault_prefix(f, "machine %" PRId64 ": %s", id, verb);
		break;
	}
out:
	fflush(stdout);
	text_free(&about);
	return rc;
}

/* --- until they are Done -------------------------------------------------- */

/* True when the machine is Done or no longer known; what it is in state otherwise. */
static bool
is_done(const struct run *r, int64_t id, char state[static 40])
{
	struct arena *a = arena_new(16 << 20);
	struct fault f = {.kind = FAULT_NONE};
	struct vm vm;
	bool done = false;

	snprintf(state, 40, "no answer");
	if (a != NULL && cloud_inspect(r->c.cloud, a, r->c.era, id, &vm, &f) == 0) {
		table_state(r->c.era, vm.state, vm.lcm, state);
		done = vm.cls == VM_CLASS_DONE;
	} else if (f.kind == FAULT_GONE) {
		done = true;
	}
	arena_free(a);
	return done;
}

static void
progress(const struct run *r, size_t done, int64_t since_s, int64_t id, const char *state)
{
	if (r->e->in.quiet == 0 && isatty(STDERR_FILENO))
		fprintf(stderr,
		    "\r%zu of %zu Done after %" PRId64 " s; %" PRId64 " is %s\033[K", done,
		    r->n_sent, since_s, id, state);
}

/* Wait for those that were sent a verb. Returns how many are not Done. */
static size_t
wait_done(struct run *r)
{
	const volatile bool *stop = common_signals();
	int64_t begin = clock_mono_ns(), now_s = 0;
	size_t at = 0;
	char state[40] = "";
	size_t i;

	/* in order, each until it is Done: all of them must come to that anyway */
	while (at < r->n_sent && !*stop && now_s < r->e->wait_s) {
		if (is_done(r, r->sent[at], state)) {
			if (r->e->in.quiet == 0)
				printf("machine %" PRId64 " is Done\n", r->sent[at]);
			at++;
			continue;
		}
		progress(r, at, now_s, r->sent[at], state);
		common_sleep_ms(1000);
		now_s = (clock_mono_ns() - begin) / 1000000000;
	}
	if (r->n_sent > 0 && r->e->in.quiet == 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	for (i = at; i < r->n_sent; i++) {
		if (is_done(r, r->sent[i], state)) {
			at++;
			continue;
		}
		fprintf(stderr,
		    "vmreaper %s: machine %" PRId64 " is %s, not Done, after %" PRId64 " s\n",
		    r->e->in.name, r->sent[i], state, now_s);
	}
	return r->n_sent - at;
}

/* "Kill" 2 VMs: 5508, 5507 */
static void
detail_sum(const struct run *r)
{
	size_t i;

	detail(r, "\"%s\" %zu VM%s: ", action(r), r->n, r->n > 1 ? "s" : "");
	for (i = 0; i < r->n; i++)
		detail(r, "%s%" PRId64, i > 0 ? ", " : "", r->ids[i]);
	detail(r, "\n");
}

int
ending_run(const struct ending *e, int argc, char **argv)
{
	struct run r = {.e = e};
	struct fault f = {.kind = FAULT_NONE};
	size_t i, late = 0;
	int rc;

	if (ids_get(&r, argc, argv, &f) != 0 || instance_open(&e->in, &r.c, &f) != 0) {
		rc = instance_fault(&e->in, &f);
		goto out;
	}
	r.sent = x_calloc(r.n + 1, sizeof(*r.sent));
	volumes_get(&r);
	for (i = 0; i < r.n; i++) {
		if (end_one(&r, r.ids[i], &f) == 0)
			continue;
		r.failed++;
		rc = instance_fault(&e->in, &f);
		if (e->in.stratus)
			goto out;
	}
	if (e->wait)
		late = wait_done(&r);
	detail_sum(&r);
	rc = r.failed + late == 0 ? COMMAND_OK
	     : r.failed < r.n	  ? COMMAND_PARTLY
				  : COMMAND_FAILED;
out:
	caller_close(&r.c);
	free(r.ids);
	free(r.sent);
	return rc;
}
