/* SPDX-License-Identifier: GPL-2.0-only */
/* Word of changes of the network devices of this network namespace (rtnetlink). */
#ifndef VFG_LOADER_MONITOR_H
#define VFG_LOADER_MONITOR_H

#include <stdbool.h>

struct mnl_socket;

/**
 * vfg_monitor_open - subscribe to changes of devices
 *
 * Subscribe first, then vfg_links_read(): so nothing falls between.
 *
 * Return: 0 or -errno.
 */
int vfg_monitor_open(struct mnl_socket **ret_monitor);
int vfg_monitor_fd(const struct mnl_socket *monitor);
void vfg_monitor_close(struct mnl_socket *monitor);

/**
 * vfg_monitor_drain - take what is waiting
 * @ret_changed: something happened to a device, or messages were lost: look at everything again
 *
 * Return: 0 or -errno.
 */
int vfg_monitor_drain(struct mnl_socket *monitor, bool *ret_changed);

#endif
