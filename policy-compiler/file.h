/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole files for the nsgc command. Both calls report their own failures on standard error.
 */
#ifndef VFG_POLICY_COMPILER_FILE_H
#define VFG_POLICY_COMPILER_FILE_H

#include "arguments.h"
#include "nsgc.h"

/* The callback of struct vfg_options. Return: 0 or -errno; -EFBIG beyond 128 MiB. */
int vfg_file_read(struct vfg_arena *arena, const char *file, const char **ret_text,
		  size_t *ret_bytes);

/**
 * vfg_file_write - write a file so that nobody ever reads half of it
 * @path: "-" for standard output; a device or pipe is written to as it is
 *
 * Return: 0 or -errno; on failure an existing file stays as it was.
 */
int vfg_file_write(const char *path, const void *data, size_t bytes);

#endif
