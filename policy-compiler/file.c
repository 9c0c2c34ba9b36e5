/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole files, read and written, for the nsgc command. Not part of the library.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* More than the largest image and the largest JSON that are taken. */
static const size_t limit_bytes = (size_t)128 << 20;

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void memory_free(char **memory)
{
	free(*memory);
}

static void say_errno(const char *file, const char *what, int err)
{
	fprintf(stderr, "nsgc: %s: %s: %s\n", file, what, strerror(err));
}

/* Pipes have no size, so read until the end, in a buffer that doubles. */
static int read_all(int fd, char **ret_text, size_t *ret_bytes)
{
	__attribute__((cleanup(memory_free))) char *text = NULL;
	size_t room = 0, used = 0;

	for (;;) {
		ssize_t count;

		if (used == room) {
			char *more = realloc(text, room ? room * 2 : 64 * 1024);

			if (!more)
				return -ENOMEM;
			text = more;
			room = room ? room * 2 : 64 * 1024;
		}
		count = read(fd, text + used, room - used);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (!count)
			break;
		used += (size_t)count;
		if (used > limit_bytes)
			return -EFBIG;
	}
	*ret_text = text;
	*ret_bytes = used;
	text = NULL;
	return 0;
}

int vfg_file_read(struct vfg_arena *arena, const char *file, const char **ret_text,
		  size_t *ret_bytes)
{
	__attribute__((cleanup(memory_free))) char *text = NULL;
	__attribute__((cleanup(fd_close))) int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *copy;
	size_t bytes = 0;
	int err;

	if (fd < 0) {
		err = -errno;
		say_errno(file, "cannot open", errno);
		return err;
	}
	err = read_all(fd, &text, &bytes);
	if (err) {
		say_errno(file, "cannot read", -err);
		return err;
	}
	copy = vfg_arena_strndup(arena, text, bytes);
	if (!copy) {
		say_errno(file, "cannot read", ENOMEM);
		return -ENOMEM;
	}
	*ret_text = copy;
	*ret_bytes = bytes;
	return 0;
}

static int write_all(int fd, const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes) {
		ssize_t count = write(fd, at, bytes);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		at += count;
		bytes -= (size_t)count;
	}
	return 0;
}

/* A file of our own would have it from open(); mkostemp() makes one for its owner alone. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Beside the target and renamed, so that a reader sees the old image or the new one, whole. */
static int replace_file(const char *path, const void *data, size_t bytes)
{
	__attribute__((cleanup(memory_free))) char *temporary = NULL;
	__attribute__((cleanup(fd_close))) int fd = -1;
	int err;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_all(fd, data, bytes);
	if (!err && (fchmod(fd, usual_mode()) || fsync(fd) || rename(temporary, path)))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

/* A signal that comes meanwhile waits: it would leave the file beside the target behind. */
static int replace_undisturbed(const char *path, const void *data, size_t bytes)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	err = replace_file(path, data, bytes);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

/* A device or a pipe is written to, never renamed away. */
static int write_named(const char *path, const void *data, size_t bytes)
{
	__attribute__((cleanup(memory_free))) char *target = realpath(path, NULL);
	__attribute__((cleanup(fd_close))) int fd = -1;
	struct stat status;

	if (!target || stat(target, &status) || S_ISREG(status.st_mode))
		return replace_undisturbed(target ? target : path, data, bytes);
	fd = open(target, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : write_all(fd, data, bytes);
}

int vfg_file_write(const char *path, const void *data, size_t bytes)
{
	bool standard = !strcmp(path, "-");
	int err = standard ? write_all(STDOUT_FILENO, data, bytes) : write_named(path, data, bytes);

	if (err)
		say_errno(standard ? "standard output" : path, "cannot write", -err);
	return err;
}
