/* SPDX-License-Identifier: GPL-2.0-only */
/* XDP on devices, by pinned links: the kernel keeps enforcing when the command has ended. */
#ifndef VFG_LOADER_ATTACH_H
#define VFG_LOADER_ATTACH_H

#include <stdbool.h>

#include "pin.h"
#include "state.h"

/**
 * vfg_attach_xdp - attach the program to a device and pin the link
 * @mode: VFG_MODE_NATIVE or VFG_MODE_GENERIC
 *
 * Return: 0 or -errno; vfg_attach_reason() puts that into words.
 */
int vfg_attach_xdp(const struct vfg_pins *pins, int program_fd, unsigned int ifindex,
		   enum vfg_mode mode);

/**
 * vfg_attach_undo - detach a device's link and remove its pin
 *
 * Works for devices that are gone. Return: 0, -ENOENT where there is no such pin, or -errno.
 */
int vfg_attach_undo(const struct vfg_pins *pins, unsigned int ifindex);

/* Is the pinned link of this device still on it? */
bool vfg_attach_live(const struct vfg_pins *pins, unsigned int ifindex);

/* Why an attach failed, and what helps, in a phrase. */
const char *vfg_attach_reason(int err);

#endif
