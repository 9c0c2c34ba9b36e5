/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the files of a flow log on disk, and removes those that have to go. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log_file.h"

struct found {
	struct vfg_log_kept *kept;
	size_t count;
	size_t room;
};

static void free_found(struct found *found)
{
	for (size_t i = 0; i < found->count; i++)
		free(found->kept[i].path);
	free(found->kept);
}

static int add(struct found *found, const FTSENT *entry)
{
	struct vfg_log_kept kept = {.hour = vfg_log_path_hour(entry->fts_path),
				    .bytes = (uint64_t)entry->fts_statp->st_size};

	if (kept.hour < 0)
		return 0;
	if (found->count == found->room) {
		size_t room = found->room ? found->room * 2 : 64;
		struct vfg_log_kept *more = reallocarray(found->kept, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		found->kept = more;
		found->room = room;
	}
	kept.path = strdup(entry->fts_path);
	if (!kept.path)
		return -ENOMEM;
	found->kept[found->count++] = kept;
	return 0;
}

static int find(const char *directory, enum vfg_log_format format, struct found *found)
{
	char root[VFG_LOG_PATH_MAX];
	char *const roots[] = {root, NULL};
	const FTSENT *entry;
	int err = 0;
	FTS *walk;

	snprintf(root, sizeof(root), "%s/%s", directory, vfg_log_path_container(format));
	walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	if (!walk)
		return -errno;
	while (!err && (entry = fts_read(walk))) {
		if (entry->fts_info == FTS_F)
			err = add(found, entry);
	}
	fts_close(walk);
	return err;
}

/* The file, and the folders of its hour, day, month and year as far as they are empty then. */
static int remove_file(char *path)
{
	char *slash;

	if (unlink(path) < 0)
		return -errno;
	while ((slash = strrchr(path, '/'))) {
		*slash = '\0';
		if (!strstr(path, "/y=") || rmdir(path) < 0)
			break;
	}
	return 0;
}

int vfg_log_file_prune(const char *directory, enum vfg_log_format format, int64_t now,
		       uint64_t limit_bytes)
{
	struct found found __attribute__((cleanup(free_found))) = {};
	int err = find(directory, format, &found);
	uint64_t left = 0;
	size_t gone;

	if (err)
		return err;
	gone = vfg_log_prune(found.kept, found.count, now, limit_bytes);
	for (size_t i = 0; !err && i < gone; i++)
		err = remove_file(found.kept[i].path);
	for (size_t i = gone; i < found.count; i++)
		left += found.kept[i].bytes;
	if (!err && left > limit_bytes)
		err = -ENOSPC;
	return err;
}
