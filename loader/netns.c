/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells network namespaces apart by device, inode and cookie. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "netns.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

int vfg_netns_self(struct vfg_netns *ret_netns)
{
	autofd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t bytes = sizeof(ret_netns->cookie);
	uint64_t cookie = 0;
	struct stat info;

	if (stat("/proc/self/ns/net", &info) < 0)
		return -errno;
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &bytes) < 0)
		cookie = 0;
	*ret_netns =
		(struct vfg_netns){.device = info.st_dev, .inode = info.st_ino, .cookie = cookie};
	return 0;
}

bool vfg_netns_same(const struct vfg_netns *a, const struct vfg_netns *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       (a->cookie == b->cookie || !a->cookie || !b->cookie);
}

static bool is_at(const struct vfg_netns *netns, const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && info.st_dev == netns->device &&
	       info.st_ino == netns->inode;
}

static bool is_named(const struct vfg_netns *netns, const char *folder)
{
	autodir DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.' && is_at(netns, path))
			return true;
	}
	return false;
}

static bool has_process(const struct vfg_netns *netns)
{
	autodir DIR *dir = opendir("/proc");
	const struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		if (isdigit((unsigned char)entry->d_name[0]) && is_at(netns, path))
			return true;
	}
	return false;
}

bool vfg_netns_exists(const struct vfg_netns *netns)
{
	return is_named(netns, "/run/netns") || has_process(netns);
}
