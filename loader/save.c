/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the last good image beside the old one, then renames it over. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "save.h"
#include "say.h"

static const char folder[] = "/var/lib/vfguard";

static int write_all(int fd, const char *bytes, size_t left)
{
	while (left > 0) {
		ssize_t done = write(fd, bytes, left);

		if (done < 0 && errno != EINTR)
			return -errno;
		bytes += done > 0 ? done : 0;
		left -= done > 0 ? (size_t)done : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int save(const char *path, const struct vfg_policy_file *file)
{
	autofd int fd = -1;
	char fresh[160];
	int err;

	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, file->image, file->bytes);
	if (!err && rename(fresh, path) < 0)
		err = -errno;
	if (err)
		unlink(fresh);
	return err;
}

static void path_of(const char *master, char *ret_path, size_t room)
{
	snprintf(ret_path, room, "%s/%s.image", folder, master);
}

void vfg_save_image(const char *master, const struct vfg_policy_file *file)
{
	char path[VFG_SAVE_PATH_MAX];
	int err;

	path_of(master, path, sizeof(path));
	err = save(path, file);
	if (err)
		vfg_note(path, "cannot keep the image: %s, continuing", strerror(-err));
}

void vfg_save_forget(const char *master)
{
	char path[VFG_SAVE_PATH_MAX];

	path_of(master, path, sizeof(path));
	if (unlink(path) < 0 && errno != ENOENT)
		vfg_note(path, "cannot be removed: %s, continuing", strerror(errno));
}

bool vfg_save_find(const char *master, char ret_path[VFG_SAVE_PATH_MAX])
{
	path_of(master, ret_path, VFG_SAVE_PATH_MAX);
	return access(ret_path, F_OK) == 0;
}
