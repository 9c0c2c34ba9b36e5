/* SPDX-License-Identifier: GPL-2.0-only */
/* A master device: what kind it is, and so where XDP is attached. */
#ifndef VFG_LOADER_DEVICE_H
#define VFG_LOADER_DEVICE_H

#include <stdbool.h>

#include "netlink.h"

enum { VFG_DRIVER_MAX = 32 };

struct vfg_device {
	struct vfg_link link;
	char driver[VFG_DRIVER_MAX];
	bool xdp_on_self; /* XDP goes on the device itself; else on each device below it */
};

/**
 * vfg_device_find - a device that can be loaded, by its name
 *
 * Return: 0, or an exit status, reported: no such device, or one that is below another master.
 */
int vfg_device_find(const struct vfg_links *links, const char *name, struct vfg_device *ret_device);

/**
 * vfg_device_fill - the kind of a device that is known to be there
 * @driver: the device's, which never changes; NULL to ask it
 */
void vfg_device_fill(const struct vfg_links *links, const struct vfg_link *link, const char *driver,
		     struct vfg_device *ret_device);

/* Does this link receive packets that XDP should judge, for @device? */
bool vfg_device_wants_xdp(const struct vfg_device *device, const struct vfg_link *link);

/* Is this link below @device: does what leaves by it bypass the master where it can? */
bool vfg_device_has_below(const struct vfg_device *device, const struct vfg_link *link);

#endif
