/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks by flock() on files below /run/vfguard. The files stay: removing one would let two
 * processes lock two files of the same name.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "cleanup.h"
#include "lock.h"
#include "say.h"

enum {
	STEP_MS = 20,
	COMMAND_WAIT_MS = 10000,
};

static const char folder[] = "/run/vfguard";

static int lock_file(const char *name, int wait_ms, int *ret_lock)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
	autofd int fd = -1;
	char path[128];

	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return -errno;
		if (wait_ms <= 0)
			return -EBUSY;
		nanosleep(&step, NULL);
		wait_ms -= STEP_MS;
	}
	*ret_lock = take_fd(&fd);
	return 0;
}

int vfg_lock_master(const char *master, int wait_ms, int *ret_lock)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.lock", master);
	return lock_file(name, wait_ms, ret_lock);
}

static void name_daemon(const struct vfg_netns *netns, char *ret_name, size_t room)
{
	snprintf(ret_name, room, "netns-%" PRIu64 "-%" PRIu64 ".daemon", netns->device,
		 netns->inode);
}

int vfg_lock_daemon(const struct vfg_netns *netns, int *ret_lock)
{
	char name[64];

	name_daemon(netns, name, sizeof(name));
	return lock_file(name, 0, ret_lock);
}

/* A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE PID MAJOR:MINOR:INODE 0 EOF". */
bool vfg_lock_has_daemon(const struct vfg_netns *netns)
{
	autofile FILE *locks = fopen("/proc/locks", "re");
	char name[64], path[128], line[256], mark[64];
	struct stat info;

	name_daemon(netns, name, sizeof(name));
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!locks || stat(path, &info) < 0)
		return false;
	snprintf(mark, sizeof(mark), ":%ju ", (uintmax_t)info.st_ino);
	while (fgets(line, sizeof(line), locks)) {
		if (strstr(line, "FLOCK") && strstr(line, mark) && !strstr(line, "->"))
			return true;
	}
	return false;
}

int vfg_lock_for_command(const char *master, int *ret_lock)
{
	int err = vfg_lock_master(master, COMMAND_WAIT_MS, ret_lock);

	if (err == -EBUSY)
		return vfg_say(VFG_EXIT_SYSTEM, master,
			       "another vfguard command is at work on it; try again when it is "
			       "done");
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, folder, "cannot lock: %s; is it writable?",
			       strerror(-err));
	return 0;
}
