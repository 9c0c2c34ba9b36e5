/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds or mounts the BPF file system, also from within a mount namespace that hides it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpffs.h"
#include "cleanup.h"

#ifndef BPF_FS_MAGIC
#define BPF_FS_MAGIC 0xcafe4a11
#endif

enum { ANCESTORS_MAX = 64 };

static const char place[] = "/sys/fs/bpf";

/* An O_PATH descriptor of @path if that is a BPF file system, else -ENOENT. */
static int open_bpffs(const char *path)
{
	autofd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs info;

	if (fd < 0 || fstatfs(fd, &info) < 0 || (unsigned long)info.f_type != BPF_FS_MAGIC)
		return -ENOENT;
	return take_fd(&fd);
}

static int open_of_process(int pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root%s", pid, place);
	return open_bpffs(path);
}

static int parent_of(int pid)
{
	autofile FILE *file = NULL;
	char path[64], line[256];
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "PPid: %d", &parent) == 1)
			break;
	}
	return parent;
}

static int open_of_ancestor(void)
{
	int pid = getppid();

	for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++, pid = parent_of(pid)) {
		int fd = open_of_process(pid);

		if (fd >= 0)
			return fd;
	}
	return -ENOENT;
}

static int mount_here(void)
{
	/* The kernel makes the directory where it knows BPF; elsewhere this fails, and mount too.
	 */
	mkdir(place, 0700);
	return mount("bpf", place, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0
		       ? -errno
		       : 0;
}

/* In a child: setns() to another mount namespace cannot easily be taken back. */
static int mount_in(int mount_namespace)
{
	int status = 0;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0)
		_exit(setns(mount_namespace, CLONE_NEWNS) < 0 || mount_here());
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

static bool is_own(int mount_namespace)
{
	struct stat own, other;

	return stat("/proc/self/ns/mnt", &own) == 0 && fstat(mount_namespace, &other) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

static int mount_new(void)
{
	autofd int initial = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);
	int err;

	if (initial >= 0 && !is_own(initial)) {
		err = mount_in(initial);
		return err ? err : open_of_process(1);
	}
	err = mount_here();
	return err ? err : open_bpffs(place);
}

int vfg_bpffs_open(bool mount, int *ret_fd)
{
	int fd = open_bpffs(place);

	if (fd < 0)
		fd = open_of_process(1);
	if (fd < 0)
		fd = open_of_ancestor();
	if (fd < 0 && mount)
		fd = mount_new();
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}
