/* SPDX-License-Identifier: GPL-2.0-only */
/* XDP on devices, by pinned links: the kernel keeps enforcing when the command has ended. */
#ifndef VFG_LOADER_ATTACH_H
#define VFG_LOADER_ATTACH_H

#include <stdbool.h>

#include "pin.h"
#include "state.h"

struct vfg_attach_done {
	bool stale; /* a link of an earlier device stood in the way, severed, and was removed */
};

/**
 * vfg_attach_xdp - attach the program to a device and pin the link
 * @mode: VFG_MODE_NATIVE or VFG_MODE_GENERIC
 * @ret_done: what it took
 *
 * Return: 0 or -errno; vfg_refusal_gather() and _text() put that into words.
 */
int vfg_attach_xdp(const struct vfg_pins *pins, unsigned int ifindex, enum vfg_mode mode,
		   struct vfg_attach_done *ret_done);

/**
 * vfg_attach_renew - take the program off a device and put it on again
 *
 * For a driver that has lost the program while the kernel still shows it (hv_netvsc, after a
 * replacement or a hand-over to the VF that failed). A replacement by the same program is no
 * way: the kernel leaves the driver alone then. TC judges meanwhile.
 *
 * Return: 0 or -errno.
 */
int vfg_attach_renew(const struct vfg_pins *pins, unsigned int ifindex, enum vfg_mode mode);

/* Detach a device's link and remove its pin; as vfg_pinned_undo(). */
int vfg_attach_undo(const struct vfg_pins *pins, unsigned int ifindex);

/* Is the pinned link of this device still on it? */
bool vfg_attach_live(const struct vfg_pins *pins, unsigned int ifindex);

#endif
