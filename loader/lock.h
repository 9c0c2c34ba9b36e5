/* SPDX-License-Identifier: GPL-2.0-only */
/* One command at a time on a master, one daemon in a network namespace. */
#ifndef VFG_LOADER_LOCK_H
#define VFG_LOADER_LOCK_H

#include <stdbool.h>

#include "netns.h"

/**
 * vfg_lock_master - keep other commands off a master
 * @wait_ms: how long to wait for another one to finish
 * @ret_lock: a file descriptor; closing it unlocks
 *
 * Return: 0, -EBUSY where another one has it still, or -errno.
 */
int vfg_lock_master(const char *master, int wait_ms, int *ret_lock);

/* The same for the daemon of a network namespace, without waiting. */
int vfg_lock_daemon(const struct vfg_netns *netns, int *ret_lock);

/* Does a daemon of this network namespace hold its lock? Nothing is locked to find out. */
bool vfg_lock_has_daemon(const struct vfg_netns *netns);

/**
 * vfg_lock_for_command - vfg_lock_master() with a command's patience
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_lock_for_command(const char *master, int *ret_lock);

#endif
