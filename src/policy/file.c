/* SPDX-License-Identifier: ISC */
/*
 * file: open, judge what was opened, read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "policy/file.h"

static const char *
type_str(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISFIFO(mode))
		return "a FIFO";
	if (S_ISSOCK(mode))
		return "a socket";
	return "a device";
}

static int
check(const char *path, const struct file_rule *rule, const struct stat *st, struct fault *f)
{
	mode_t mode = st->st_mode & 07777;

	if (!S_ISREG(st->st_mode)) {
		fault_set(
		    f, FAULT_POLICY, "%s %s is %s", rule->what, path, type_str(st->st_mode));
		return fault_remedy(f, "name a regular file");
	}
	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		fault_set(f, FAULT_POLICY, "%s %s belongs to user %lu, neither root nor you",
		    rule->what, path, (unsigned long)st->st_uid);
		return fault_remedy(f, "chown root %s", path);
	}
	if (rule->secret &&
	    ((mode & 0007) != 0 || (mode & (st->st_uid == 0 ? 0030 : 0070)) != 0)) {
		fault_set(f, FAULT_POLICY, "%s %s is open to others (mode %04o)", rule->what,
		    path, (unsigned)mode);
		return fault_remedy(
		    f, "chmod 600 %s, and change the password if others could read it", path);
	}
	if ((mode & 0022) != 0) {
		fault_set(f, FAULT_POLICY, "%s %s can be written by others (mode %04o)",
		    rule->what, path, (unsigned)mode);
		return fault_remedy(f, "chmod go-w %s", path);
	}
	if (st->st_size > (off_t)rule->max_bytes) {
		fault_set(f, FAULT_POLICY, "%s %s has %lld bytes, more than %zu", rule->what,
		    path, (long long)st->st_size, rule->max_bytes);
		return fault_remedy(f, "name the right file");
	}
	return 0;
}

/* Up to size bytes, or to the end. Returns how many, or -1 with errno. */
static ssize_t
read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 1;

	while (len < size && n > 0) {
		n = read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	return n < 0 ? -1 : (ssize_t)len;
}

int
file_read(
    const char *path, const struct file_rule *rule, char **bytes, size_t *len, struct fault *f)
{
	struct stat st;
	char *buf = NULL;
	ssize_t n;
	size_t size;
	int fd, rc = -1;

	/* O_NONBLOCK: opening a FIFO must not wait for a writer */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1) {
		fault_set(f, FAULT_POLICY, "%s %s: %s", rule->what, path, strerror(errno));
		return fault_remedy(f, "%s",
		    errno != ENOENT	    ? "make it readable for this user"
		    : rule->missing != NULL ? rule->missing
					    : "create it, or name the right file");
	}
	if (fstat(fd, &st) == -1) {
		fault_set(f, FAULT_SYSTEM, "%s %s: %s", rule->what, path, strerror(errno));
		goto out;
	}
	if (check(path, rule, &st, f) == -1)
		goto out;
	size = (size_t)st.st_size;
	buf = x_calloc(size + 2, 1);
	n = read_all(fd, buf, size + 1);
	if (n < 0) {
		fault_set(f, FAULT_SYSTEM, "%s %s: %s", rule->what, path, strerror(errno));
		goto out;
	}
	if ((size_t)n != size) {
		fault_set(f, FAULT_POLICY, "%s %s changed while it was read", rule->what, path);
		fault_remedy(f, "try again; replace files by renaming a finished one");
		goto out;
	}
	buf[size] = '\0';
	*bytes = buf;
	*len = size;
	buf = NULL;
	rc = 0;
out:
	close(fd);
	if (buf != NULL && rule->secret)
		explicit_bzero(buf, size);
	free(buf);
	return rc;
}
