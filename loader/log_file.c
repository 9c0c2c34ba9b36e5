/* SPDX-License-Identifier: GPL-2.0-only */
/* Grows and replaces files of flow logs by renaming. Removing old ones is log_prune.c's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "log_file.h"

enum {
	COPY_BYTES = 128 << 10,
	TAIL_BYTES = 4,
};

static const char head[] = "{\"records\":[\n";
static const char tail[] = "\n]}\n";

_Static_assert(sizeof(tail) - 1 == TAIL_BYTES, "the tail");

/* Folders as far as they are missing. */
static int make_folders(const char *path)
{
	char folder[VFG_LOG_PATH_MAX];

	snprintf(folder, sizeof(folder), "%s", path);
	for (char *slash = folder + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(folder, 0750) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int write_all(int fd, const char *bytes, size_t left)
{
	while (left > 0) {
		ssize_t done = write(fd, bytes, left);

		if (done < 0 && errno != EINTR)
			return -errno;
		bytes += done > 0 ? done : 0;
		left -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}

/* Where the kernel does not copy between these two. */
static int copy_by_hand(int from, int to, uint64_t left)
{
	char buffer[COPY_BYTES];

	while (left > 0) {
		size_t want = left < sizeof(buffer) ? (size_t)left : sizeof(buffer);
		ssize_t got = read(from, buffer, want);
		int err;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		err = write_all(to, buffer, (size_t)got);
		if (err)
			return err;
		left -= (uint64_t)got;
	}
	return 0;
}

static int copy(int from, int to, uint64_t left)
{
	while (left > 0) {
		ssize_t done = copy_file_range(from, NULL, to, NULL, (size_t)left, 0);

		if (done > 0)
			left -= (uint64_t)done;
		else if (done == 0 || errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
			 errno == EOPNOTSUPP || errno == EPERM)
			return copy_by_hand(from, to, left);
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Bytes before the tail; -EBADMSG where there is no tail, or nothing before it. */
static int64_t body_of(int fd)
{
	char end[TAIL_BYTES];
	struct stat info;

	if (fstat(fd, &info) < 0)
		return -errno;
	if (!S_ISREG(info.st_mode) || info.st_size < (off_t)(sizeof(head) - 1 + TAIL_BYTES) ||
	    pread(fd, end, TAIL_BYTES, info.st_size - TAIL_BYTES) != TAIL_BYTES ||
	    memcmp(end, tail, TAIL_BYTES) != 0)
		return -EBADMSG;
	return info.st_size - TAIL_BYTES;
}

/* What goes before the new text: the old file without its tail, or a head. @old: -1 where none */
static int write_before(int old, int to)
{
	int64_t body = old < 0 ? 0 : body_of(old);
	int err;

	if (old < 0)
		return write_all(to, head, sizeof(head) - 1);
	if (body < 0)
		return (int)body;
	err = copy(old, to, (uint64_t)body);
	return err ? err : write_all(to, ",\n", 2);
}

static int name_beside(const char *path, char ret_path[VFG_LOG_PATH_MAX + 8])
{
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash - path) + 1 : 0;

	snprintf(ret_path, VFG_LOG_PATH_MAX + 8, "%.*s.%s.new", length, path, path + length);
	return open(ret_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
}

/* @before: -2: nothing goes before the text, and no tail after it */
static int write_anew(const char *path, int before, const char *text, size_t bytes,
		      uint64_t *ret_bytes)
{
	char fresh[VFG_LOG_PATH_MAX + 8];
	autofd int fd = name_beside(path, fresh);
	int err = fd < 0 ? -errno : 0;
	struct stat info = {};

	if (err)
		return err;
	if (before != -2)
		err = write_before(before, fd);
	if (!err)
		err = write_all(fd, text, bytes);
	if (!err && before != -2)
		err = write_all(fd, tail, TAIL_BYTES);
	if (!err && (fdatasync(fd) < 0 || fstat(fd, &info) < 0))
		err = -errno;
	if (!err && rename(fresh, path) < 0)
		err = -errno;
	if (err)
		unlink(fresh);
	else if (ret_bytes)
		*ret_bytes = (uint64_t)info.st_size;
	return err;
}

static int set_aside(const char *path)
{
	char aside[VFG_LOG_PATH_MAX + 16];

	snprintf(aside, sizeof(aside), "%s.damaged", path);
	return rename(path, aside) < 0 ? -errno : 0;
}

int vfg_log_file_append(const char *path, const char *text, size_t bytes, uint64_t *ret_bytes)
{
	autofd int old = -1;
	int err = make_folders(path);

	if (err)
		return err;
	old = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (old < 0 && errno != ENOENT && errno != ELOOP)
		return -errno;
	if ((old >= 0 && body_of(old) == -EBADMSG) || (old < 0 && errno == ELOOP)) {
		err = set_aside(path);
		if (err)
			return err;
		vfg_close_fd(&old);
		old = -1;
	}
	return write_anew(path, old < 0 ? -1 : old, text, bytes, ret_bytes);
}

int vfg_log_file_replace(const char *path, const char *text, size_t bytes)
{
	int err = make_folders(path);

	return err ? err : write_anew(path, -2, text, bytes, NULL);
}

uint64_t vfg_log_file_bytes(const char *path)
{
	struct stat info;

	return lstat(path, &info) == 0 && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
}
