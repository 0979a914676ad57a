/* SPDX-License-Identifier: ISC */
/*
 * place: hides the temporary file and the order of syncs that make a change whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/place.h"

static int
group_id(const char *group, gid_t *gid, struct fault *f)
{
	struct group entry, *found = NULL;
	char buf[16384];
	int rc;

	rc = getgrnam_r(group, &entry, buf, sizeof(buf), &found);
	if (rc == 0 && found != NULL) {
		*gid = found->gr_gid;
		return 0;
	}
	fault_set(f, FAULT_POLICY, "[ledger] group %s: %s", group,
	    rc != 0 ? strerror(rc) : "no such group");
	return fault_remedy(
	    f, "name the group of the monitoring plugins, or leave the key out");
}

static int
write_all(int fd, const char *bytes, size_t n)
{
	ssize_t done;

	for (; n > 0; bytes += done, n -= (size_t)done) {
		done = write(fd, bytes, n);
		if (done < 0 && errno == EINTR)
			done = 0;
		else if (done <= 0)
			return -1;
	}
	return 0;
}

/* Group first: for no moment may another group read it. */
static int
fill_file(int fd, mode_t mode, const char *group, const char *bytes, struct fault *f)
{
	gid_t gid = (gid_t)-1;

	if (group != NULL) {
		if (group_id(group, &gid, f) != 0)
			return -1;
		if (fchown(fd, (uid_t)-1, gid) != 0) {
			fault_set(f, FAULT_SYSTEM, "giving it to the group %s: %s", group,
			    strerror(errno));
			return fault_remedy(
			    f, "make the user that runs vmreaper a member of it");
		}
	}
	if (fchmod(fd, mode) != 0 || write_all(fd, bytes, strlen(bytes)) != 0 ||
	    write_all(fd, "\n", 1) != 0 || fsync(fd) != 0) {
		fault_set(f, FAULT_SYSTEM, "writing it: %s", strerror(errno));
		return fault_remedy(f, "look at its file system: df, ls -ld");
	}
	return 0;
}

static int
dir_sync(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	int fd, rc;

	if (slash == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		snprintf(
		    dir, sizeof(dir), "%.*s", (int)(slash == path ? 1 : slash - path), path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int
put(const char *path, mode_t mode, const char *group, const char *bytes, struct fault *f)
{
	char temp[PATH_MAX];
	int fd, rc;

	if ((size_t)snprintf(temp, sizeof(temp), "%s.new", path) >= sizeof(temp))
		return fault_set(f, FAULT_SYSTEM, "its name is too long");
	unlink(temp); /* of a run that was killed */
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		fault_set(f, FAULT_SYSTEM, "creating it: %s", strerror(errno));
		return fault_remedy(
		    f, "its directory must be writable by the user that runs vmreaper");
	}
	rc = fill_file(fd, mode, group, bytes, f);
	if (close(fd) != 0 && rc == 0)
		rc = fault_set(f, FAULT_SYSTEM, "writing it: %s", strerror(errno));
	if (rc == 0 && rename(temp, path) != 0)
		rc = fault_set(f, FAULT_SYSTEM, "renaming it into place: %s", strerror(errno));
	if (rc != 0) {
		unlink(temp);
		return -1;
	}
	if (dir_sync(path) != 0)
		return fault_set(f, FAULT_SYSTEM, "syncing its directory: %s", strerror(errno));
	return 0;
}

int
place_write(const char *path, const char *group, const char *bytes, struct fault *f)
{
	return put(path, 0640, group, bytes, f);
}

int
place_publish(const char *path, const char *bytes, struct fault *f)
{
	return put(path, 0644, NULL, bytes, f);
}

char *
place_read(const char *path, size_t max, const char *missing, size_t *len, struct fault *f)
{
	struct stat st;
	char *bytes = NULL;
	ssize_t n = 1;
	int fd, err;

	*len = 0;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		err = errno;
		fault_set(f, FAULT_SYSTEM, "%s",
		    err == ELOOP ? "it is a symbolic link" : strerror(err));
		if (err == EACCES)
			fault_remedy(f, "the user of the plugin must be in [ledger] group");
		else if (err == ENOENT)
			fault_remedy(f, "%s", missing);
		return NULL;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		fault_set(f, FAULT_SYSTEM, "it is no regular file");
		goto out;
	}
	bytes = x_calloc(max + 1, 1);
	while (n > 0 && *len <= max) {
		n = read(fd, bytes + *len, max + 1 - *len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			*len += (size_t)n;
	}
	if (n < 0)
		fault_set(f, FAULT_SYSTEM, "reading it: %s", strerror(errno));
	else if (*len > max)
		fault_set(f, FAULT_LIMIT, "it is larger than %zu bytes", max);
	else
		goto out;
	free(bytes);
	bytes = NULL;
out:
	close(fd);
	return bytes;
}
