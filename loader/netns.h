/* SPDX-License-Identifier: GPL-2.0-only */
/* Which network namespace is this, and is another one still there? */
#ifndef VFG_LOADER_NETNS_H
#define VFG_LOADER_NETNS_H

#include <stdbool.h>
#include <stdint.h>

/* cookie: unique as long as the machine runs, where inode numbers come back; 0 where the kernel
 * has none (before 5.14). */
struct vfg_netns {
	uint64_t device;
	uint64_t inode;
	uint64_t cookie;
};

/**
 * vfg_netns_self - the network namespace that this process is in
 *
 * Return: 0 or -errno.
 */
int vfg_netns_self(struct vfg_netns *ret_netns);
bool vfg_netns_same(const struct vfg_netns *a, const struct vfg_netns *b);

/**
 * vfg_netns_exists - does any process run there, or any name in /run/netns stand for it?
 *
 * A namespace held by an open file alone is not found.
 */
bool vfg_netns_exists(const struct vfg_netns *netns);

#endif
