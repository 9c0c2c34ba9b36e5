/* SPDX-License-Identifier: GPL-2.0-only */
/* Pinned links, XDP or tcx: are they on their device, and how they get off it. */
#ifndef VFG_LOADER_PINNED_H
#define VFG_LOADER_PINNED_H

#include <stdbool.h>

#include "pin.h"

/**
 * vfg_pinned_put - pin a new link
 * @ret_stale: a pin stood there whose device has gone (the link was severed), and was removed
 *
 * Return: 0, -EEXIST where a live link has the place, or -errno.
 */
int vfg_pinned_put(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex,
		   int link, bool *ret_stale);

/**
 * vfg_pinned_undo - detach a link and remove its pin
 *
 * Works for devices that are gone. Return: 0, -ENOENT where there is no such pin, or -errno.
 */
int vfg_pinned_undo(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex);

/* Is the pinned link still on this device? A device that is gone has severed it: ifindex 0. */
bool vfg_pinned_live(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex);

#endif
