/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings XDP and TC on a master and below it to what they should be. Used by load, by apply and
 * by the daemon. */
#ifndef VFG_LOADER_COVER_H
#define VFG_LOADER_COVER_H

#include "../maps/abi.h"
#include "device.h"
#include "monitor.h"
#include "pin.h"
#include "state.h"
#include "tc.h"

enum vfg_cover_how {
	VFG_COVER_LOAD,	 /* a device that cannot have the mode asked for is an error */
	VFG_COVER_EVENT, /* try again what failed before */
	VFG_COVER_NEW,	 /* only what has not been tried */
};

/* One master, for the functions below. */
struct vfg_cover {
	const struct vfg_pins *pins;
	const struct vfg_links *links;
	const struct vfg_device *device;
	struct vfg_state *state; /* changed for the caller to write; gets a path for each device */
	enum vfg_cover_how how;
	const struct vfg_monitor *monitor; /* NULL: nobody has listened, no time is taken */
};

/**
 * vfg_cover_xdp - attach XDP to every device that should have it
 *
 * What is done is said on standard error, one line a device, unless it is load that asks.
 *
 * Return: 0, or an exit status, reported (VFG_COVER_LOAD only).
 */
int vfg_cover_xdp(const struct vfg_cover *cover);

/**
 * vfg_cover_renew - take XDP off a device and put it on again, and say so
 * @why: what gave cause, for the message
 *
 * For a driver that no longer runs the program that the kernel shows (vfg_attach_renew()).
 *
 * Return: 0 or -errno.
 */
int vfg_cover_renew(const struct vfg_cover *cover, const struct vfg_link *link, const char *why);

/* Take our links off devices that have no business with this master any more. Quick. */
void vfg_cover_sweep(const struct vfg_cover *cover);

/* Forget what such devices had: filters, counters, LRO. Their paths stay, for when they come back.
 */
void vfg_cover_forget(const struct vfg_cover *cover);

/* The path of a device below the master, or of the master itself; NULL where there is no room. */
struct vfg_state_path *vfg_cover_path(const struct vfg_cover *cover, const struct vfg_link *link);

/**
 * vfg_cover_tc - see to it that both programs are on the master
 * @state: VFG_STATE_CLSACT is set where the qdisc is made here
 *
 * Return: how many programs were put back (0..2), or -errno.
 */
int vfg_cover_tc(const struct vfg_pins *pins, struct vfg_state *state);

/**
 * vfg_cover_below - see to it that the egress of each device below the master is judged
 *
 * That catches what bypasses the master's egress; what has passed that is not judged again.
 * A failure is noted, and stands in the device's path.
 */
void vfg_cover_below(const struct vfg_cover *cover);

/**
 * vfg_cover_refuse_tc - put into words why vfg_cover_tc() failed
 * @err: what it returned, below zero
 *
 * Return: an exit status, reported.
 */
int vfg_cover_refuse_tc(const char *name, int err);

/* The side of the master that a direction has, and the egress of a device below it. */
struct vfg_tc_hook vfg_cover_hook(const struct vfg_pins *pins, unsigned int ifindex,
				  enum vfg_direction direction);
struct vfg_tc_hook vfg_cover_hook_below(const struct vfg_pins *pins, unsigned int ifindex);

/* Is our program of this direction on the master? */
bool vfg_cover_has_tc(const struct vfg_pins *pins, unsigned int ifindex,
		      enum vfg_direction direction);

#endif
