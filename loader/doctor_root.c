/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and writes files below a root, and runs the machine's commands. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "doctor_root.h"

static const size_t file_max = 65UL << 20; /* an image, and what is about it */

bool vfg_root_path(const char *root, const char *path, char ret_path[PATH_MAX])
{
	return snprintf(ret_path, PATH_MAX, "%s%s", root, path) < PATH_MAX;
}

bool vfg_root_has(const char *root, const char *path)
{
	char full[PATH_MAX];
	struct stat info;

	return vfg_root_path(root, path, full) && lstat(full, &info) == 0;
}

bool vfg_root_is_masked(const char *root, const char *path)
{
	char full[PATH_MAX], target[16] = "";
	struct stat info;

	if (!vfg_root_path(root, path, full) || lstat(full, &info) < 0)
		return false;
	if (S_ISLNK(info.st_mode) && readlink(full, target, sizeof(target) - 1) > 0)
		return !strcmp(target, "/dev/null");
	return S_ISREG(info.st_mode) && info.st_size == 0;
}

/* Files of /proc have no size, so it is read until it ends. A pipe would be waited for. */
static char *read_all(const char *path, size_t *ret_bytes)
{
	autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	char *text = NULL;
	size_t used = 0, room = 0;

	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
		return NULL;
	for (;;) {
		ssize_t got;

		if (room - used < 2) {
			char *more = room < file_max ? realloc(text, room + 65536) : NULL;

			if (!more)
				break;
			text = more;
			room += 65536;
		}
		got = read(fd, text + used, room - used - 1);
		if (got < 0)
			break;
		used += (size_t)got;
		text[used] = '\0';
		if (got == 0) {
			*ret_bytes = used;
			return text;
		}
	}
	free(text);
	return NULL;
}

char *vfg_root_read_bytes(const char *root, const char *path, size_t *ret_bytes)
{
	char full[PATH_MAX];

	return vfg_root_path(root, path, full) ? read_all(full, ret_bytes) : NULL;
}

char *vfg_root_read(const char *root, const char *path)
{
	size_t bytes;

	return vfg_root_read_bytes(root, path, &bytes);
}

long vfg_root_number(const char *root, const char *path, long missing)
{
	autofree char *text = vfg_root_read(root, path);
	char *end = NULL;
	long number = text ? strtol(text, &end, 10) : missing;

	return text && end != text ? number : missing;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);

	return length > tail && !strcmp(name + length - tail, suffix);
}

void vfg_root_visit(const char *root, const char *folder, const char *suffix,
		    void (*visit)(const char *path, const char *text, void *data), void *data)
{
	char full[PATH_MAX];
	struct dirent **entry = NULL;
	int count = vfg_root_path(root, folder, full) ? scandir(full, &entry, NULL, by_name) : -1;

	for (int i = 0; i < count; i++) {
		char path[PATH_MAX];

		if (ends_in(entry[i]->d_name, suffix) &&
		    snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name) < PATH_MAX &&
		    !vfg_root_is_masked(root, path)) {
			autofree char *text = vfg_root_read(root, path);

			if (text)
				visit(path, text, data);
		}
		free(entry[i]);
	}
	free(entry);
}

static void become(const char *const argv[], int output)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(errno == ENOENT ? 127 : 126);
}

int vfg_root_run(const char *const argv[], char *ret_output, size_t room)
{
	size_t used = 0;
	int ends[2], status;
	pid_t child;

	ret_output[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child == 0)
		become(argv, ends[1]);
	close(ends[1]);
	for (ssize_t got = 1; child > 0 && got > 0;) {
		char spill[512];
		size_t left = room - 1 - used;

		got = read(ends[0], left ? ret_output + used : spill, left ? left : sizeof(spill));
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0 && left)
			used += (size_t)got;
		ret_output[used] = '\0';
	}
	close(ends[0]);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -ECHILD;
	if (!WIFEXITED(status))
		return -EINTR;
	return WEXITSTATUS(status) == 127 ? -ENOENT : WEXITSTATUS(status);
}

static int make_folders(char *path)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return 0;
}

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes > 0) {
		ssize_t done = write(fd, text, bytes);

		if (done < 0 && errno != EINTR)
			return -errno;
		text += done > 0 ? done : 0;
		bytes -= done > 0 ? (size_t)done : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* A name of our own beside it, which is removed again; where the file system has no nameless files.
 */
static int write_beside(const char *full, const char *text, size_t bytes)
{
	char fresh[PATH_MAX + 16];
	autofd int fd = -1;
	int err;

	snprintf(fresh, sizeof(fresh), "%s.XXXXXX", full);
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fchmod(fd, 0644) < 0 ? -errno : write_all(fd, text, bytes);
	if (!err && link(fresh, full) < 0)
		err = -errno;
	unlink(fresh);
	return err;
}

/* The file has no name until it is whole, so a kill leaves nothing, and a link replaces nothing. */
static int write_nameless(const char *full, const char *text, size_t bytes)
{
	autofree char *folder = strdup(full);
	char self[32];
	autofd int fd = -1;
	int err;

	if (!folder)
		return -ENOMEM;
	*strrchr(folder, '/') = '\0';
	fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno == EOPNOTSUPP || errno == EISDIR ? -EOPNOTSUPP : -errno;
	err = fchmod(fd, 0644) < 0 ? -errno : write_all(fd, text, bytes);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (!err && linkat(AT_FDCWD, self, AT_FDCWD, full, AT_SYMLINK_FOLLOW) < 0)
		err = errno == ENOENT ? -EOPNOTSUPP : -errno; /* no /proc */
	return err;
}

int vfg_root_write(const char *root, const char *path, const char *text, size_t bytes)
{
	char full[PATH_MAX];
	autofree char *there = NULL;
	size_t there_bytes = 0;
	int err;

	if (!vfg_root_path(root, path, full))
		return -ENAMETOOLONG;
	err = make_folders(full);
	if (!err)
		err = write_nameless(full, text, bytes);
	if (err == -EOPNOTSUPP)
		err = write_beside(full, text, bytes);
	if (err != -EEXIST)
		return err ? err : VFG_ROOT_WRITTEN;
	there = read_all(full, &there_bytes);
	return there && there_bytes == bytes && !memcmp(there, text, bytes) ? VFG_ROOT_SAME
									    : VFG_ROOT_OTHER;
}
