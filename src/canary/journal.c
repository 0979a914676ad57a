/* SPDX-License-Identifier: ISC */
/*
 * journal: hides the file's form and the lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/place.h"
#include "canary/journal.h"
#include "policy/file.h"

#define BYTES_MAX 256
#define HEX	  "0123456789abcdef"

int
journal_open(struct journal *j, const char *path, struct fault *f)
{
	char lock[PATH_MAX];
	int err;

	j->path = path;
	j->lock_fd = -1;
	if ((size_t)snprintf(lock, sizeof(lock), "%s.lock", path) >= sizeof(lock))
		return fault_set(f, FAULT_SYSTEM, "canary journal: its name is too long");
	j->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (j->lock_fd >= 0 && flock(j->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	err = errno;
	if (j->lock_fd >= 0)
		close(j->lock_fd);
	j->lock_fd = -1;
	if (err == EWOULDBLOCK) {
		fault_set(f, FAULT_LOCKED, "another run is under way (it holds %s)", lock);
		return fault_remedy(f, "wait for it, and let cron start it less often");
	}
	fault_set(f, FAULT_SYSTEM, "lock %s: %s", lock, strerror(err));
	return fault_remedy(
	    f, "the directory of [canary] journal must be writable by the user that runs this");
}

void
journal_close(struct journal *j)
{
	if (j->lock_fd >= 0)
		close(j->lock_fd);
	j->lock_fd = -1;
}

static void
form(const struct journal_entry *e, char buf[static BYTES_MAX])
{
	if (e->open)
		snprintf(buf, BYTES_MAX, "vmreaper-canary 1\nopen %s %" PRId64 " %" PRId64 "\n",
		    e->token, e->id, e->since_s);
	else
		snprintf(buf, BYTES_MAX, "vmreaper-canary 1\nnone\n");
}

/* What does not read back to the same bytes was not written by us. */
static int
parse(const char *bytes, struct journal_entry *e)
{
	char again[BYTES_MAX];

	memset(e, 0, sizeof(*e));
	e->id = -1;
	if (sscanf(bytes, "vmreaper-canary 1\nopen %24[" HEX "] %" SCNd64 " %" SCNd64, e->token,
		&e->id, &e->since_s) == 3)
		e->open = true;
	form(e, again);
	if (strcmp(again, bytes) != 0 || e->id < -1 ||
	    (e->open && strlen(e->token) != JOURNAL_TOKEN))
		return -1;
	return 0;
}

int
journal_read(const struct journal *j, struct journal_entry *e, struct fault *f)
{
	static const struct file_rule rule = {"canary journal", BYTES_MAX, false};
	char *bytes = NULL;
	struct stat st;
	size_t len;
	int rc;

	memset(e, 0, sizeof(*e));
	e->id = -1;
	if (lstat(j->path, &st) != 0 && errno == ENOENT)
		return 0;
	if (file_read(j->path, &rule, &bytes, &len, f) != 0)
		return -1;
	rc = parse(bytes, e);
	if (rc != 0) {
		memset(e, 0, sizeof(*e));
		e->id = -1;
		fault_set(f, FAULT_LEDGER, "canary journal %s: it is damaged", j->path);
		fault_remedy(f, "look in the cloud for machines named " CANARY_PREFIX
				"*, kill them by hand, then remove the file");
	}
	free(bytes);
	return rc;
}

int
journal_write(const struct journal *j, const struct journal_entry *e, struct fault *f)
{
	char bytes[BYTES_MAX];

	form(e, bytes);
	bytes[strlen(bytes) - 1] = '\0'; /* place_write ends the last line */
	if (place_write(j->path, NULL, bytes, f) != 0)
		return fault_prefix(f, "canary journal %s", j->path);
	return 0;
}

void
journal_begin(struct journal_entry *e, int64_t now_s)
{
	uint8_t random[JOURNAL_TOKEN / 2];

	memset(e, 0, sizeof(*e));
	clock_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(e->token + 2 * i, 3, "%02x", random[i]);
	e->open = true;
	e->id = -1;
	e->since_s = now_s;
}

char *
journal_name(const struct journal_entry *e, char buf[static CANARY_NAME])
{
	snprintf(buf, CANARY_NAME, CANARY_PREFIX "%s", e->token);
	return buf;
}

static bool
carries(const struct journal_entry *e, const struct vm *vm)
{
	char name[CANARY_NAME];

	return e->open && strlen(e->token) == JOURNAL_TOKEN &&
	       strstr(vm->name, journal_name(e, name)) != NULL;
}

bool
journal_is_ours(const struct journal_entry *e, const struct vm *vm, int32_t own_uid)
{
	if (!carries(e, vm))
		return false;
	if (e->id >= 0)
		return vm->id == e->id;
	return own_uid >= 0 && vm->uid == own_uid;
}

bool
journal_is_stray(const struct journal_entry *e, const struct vm *vm, int32_t own_uid)
{
	return strncmp(vm->name, CANARY_PREFIX, strlen(CANARY_PREFIX)) == 0 && own_uid >= 0 &&
	       vm->uid == own_uid && vm->cls != VM_CLASS_DONE && !carries(e, vm);
}
