/* SPDX-License-Identifier: GPL-2.0-only */
/* The name of a device's driver. */
#ifndef VFG_LOADER_ETHTOOL_H
#define VFG_LOADER_ETHTOOL_H

#include <stddef.h>

/**
 * vfg_ethtool_driver - which driver a device has, as ethtool -i shows it
 * @ret_driver: "" where it cannot be told
 *
 * Asked by ioctl and not from /sys/class/net, which may show another network namespace.
 */
void vfg_ethtool_driver(const char *device, char *ret_driver, size_t room);

#endif
