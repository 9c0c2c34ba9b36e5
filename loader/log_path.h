/* SPDX-License-Identifier: GPL-2.0-only */
/* Where flow logs stand in the platform's folders, and which have to go for room. Pure. */
#ifndef VFG_LOADER_LOG_PATH_H
#define VFG_LOADER_LOG_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log_format.h"

enum { VFG_LOG_PATH_MAX = 1024 };

struct vfg_log_place {
	const char *directory;
	enum vfg_log_format format; /* VNET or NSG */
	const char *id;		    /* resource id, of the flow log or the NSG */
	uint64_t time_s;	    /* since 1970: the hour is that */
	const char *mac;
};

/* .../y=2026/m=03/d=01/h=09/m=00/macAddress=000D3AF87856/PT1H.json, in UTC */
void vfg_log_path(const struct vfg_log_place *place, char ret_path[VFG_LOG_PATH_MAX]);

/* The folder of all logs of a format, below the directory. */
const char *vfg_log_path_container(enum vfg_log_format format);

/**
 * vfg_log_path_hour - the hour that a file of this scheme is of
 *
 * Return: hours since 1970, or -1 where it is none of ours.
 */
int64_t vfg_log_path_hour(const char *path);

static inline int64_t vfg_log_hour(uint64_t time_s)
{
	return (int64_t)(time_s / 3600);
}

/* A file that is there. */
struct vfg_log_kept {
	char *path;
	int64_t hour;
	uint64_t bytes;
};

/**
 * vfg_log_prune - which files have to go
 * @kept: sorted by this, the oldest first
 * @now: the hour that is being written; its files stay
 *
 * Return: how many, from the first.
 */
size_t vfg_log_prune(struct vfg_log_kept *kept, size_t count, int64_t now, uint64_t limit_bytes);

/**
 * vfg_log_write_due - is it time to write?
 * @since_ms: of the last time
 * @bytes: of the file, which is written anew as a whole
 *
 * At the interval, but where the file is so large that it would be written at more than 8 MiB a
 * second, less often.
 */
bool vfg_log_write_due(uint64_t since_ms, uint32_t interval_ms, uint64_t bytes);

#endif
