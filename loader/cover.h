/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings XDP and TC on a master and below it to what they should be. Used by load, by apply and
 * by the daemon. */
#ifndef VFG_LOADER_COVER_H
#define VFG_LOADER_COVER_H

#include "../maps/abi.h"
#include "device.h"
#include "pin.h"
#include "state.h"

enum vfg_cover_how {
	VFG_COVER_LOAD,	 /* a device that cannot have the mode asked for is an error */
	VFG_COVER_EVENT, /* try again what failed before */
	VFG_COVER_NEW,	 /* only what has not been tried */
};

/**
 * vfg_cover_xdp - attach XDP to every device that should have it
 * @state: changed for the caller to write; gets a line for each device tried
 *
 * What is done is said on standard error, one line a device, unless it is load that asks.
 *
 * Return: 0, or an exit status, reported (VFG_COVER_LOAD only).
 */
int vfg_cover_xdp(const struct vfg_pins *pins, const struct vfg_links *links,
		  const struct vfg_device *device, struct vfg_state *state, enum vfg_cover_how how);

/**
 * vfg_cover_sweep - forget devices that are gone: their pins, their counters
 */
void vfg_cover_sweep(const struct vfg_pins *pins, const struct vfg_links *links,
		     const struct vfg_device *device, struct vfg_state *state);

/**
 * vfg_cover_tc - see to it that both filters are on the master
 * @state: VFG_STATE_CLSACT is set where the qdisc is made here
 *
 * Egress is judged on the master only: what leaves by it passes a lower device's egress too and
 * would be counted twice. What bypasses the master (a socket bound to the VF) is not judged yet.
 *
 * Return: how many filters were put back (0..2), or -errno.
 */
int vfg_cover_tc(const struct vfg_pins *pins, unsigned int ifindex, struct vfg_state *state);

/**
 * vfg_cover_refuse_tc - put into words why vfg_cover_tc() failed
 * @err: what it returned, below zero
 *
 * Return: an exit status, reported.
 */
int vfg_cover_refuse_tc(const char *name, int err);

/* Is our filter of this direction on the master? */
bool vfg_cover_has_tc(const struct vfg_pins *pins, unsigned int ifindex,
		      enum vfg_direction direction);

#endif
