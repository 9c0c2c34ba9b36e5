/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF file system that pins live on. */
#ifndef VFG_LOADER_BPFFS_H
#define VFG_LOADER_BPFFS_H

#include <stdbool.h>

/**
 * vfg_bpffs_open - open /sys/fs/bpf, mounted if need be
 *
 * Where this mount namespace has none because /sys was mounted anew (`ip netns exec`), it is that
 * of process 1, or of our nearest ancestor that shows one: pins then outlive the command. The
 * result is usable as /proc/self/fd/N even where its path is not visible here.
 *
 * @mount: mount one where there is none
 * @ret_fd: open by O_PATH
 *
 * Return: 0, -ENOENT where there is none and @mount is false, or -errno.
 */
int vfg_bpffs_open(bool mount, int *ret_fd);

#endif
