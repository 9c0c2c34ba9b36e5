/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of flow logs. A reader sees a whole JSON document or the one before, never a part: what
 * grows is written anew beside the old file, which the kernel copies, and renamed over it.
 */
#ifndef VFG_LOADER_LOG_FILE_H
#define VFG_LOADER_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "log_path.h"

/**
 * vfg_log_file_append - add elements to records[] of a file, which is made where there is none
 * @text: elements with commas between them
 * @ret_bytes: of the file now
 *
 * A file there that does not end as ours do is set aside, as PATH.damaged.
 *
 * Return: 0 or -errno, then the file is as before.
 */
int vfg_log_file_append(const char *path, const char *text, size_t bytes, uint64_t *ret_bytes);

/* Replace a file as a whole. Return: 0 or -errno. */
int vfg_log_file_replace(const char *path, const char *text, size_t bytes);

/* 0 where there is none. */
uint64_t vfg_log_file_bytes(const char *path);

/**
 * vfg_log_file_prune - remove the oldest hours of a format where all its files are too large
 * @now: the hour that is being written
 *
 * Removes nothing that does not bear the names of the scheme, and follows no link.
 *
 * Return: 0, -ENOSPC where the hour that is being written is beyond the limit by itself, or -errno.
 */
int vfg_log_file_prune(const char *directory, enum vfg_log_format format, int64_t now,
		       uint64_t limit_bytes);

#endif
