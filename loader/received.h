/* SPDX-License-Identifier: GPL-2.0-only */
/* What a path has received, whatever its driver counts. */
#ifndef VFG_LOADER_RECEIVED_H
#define VFG_LOADER_RECEIVED_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

struct vfg_received {
	uint64_t packets;   /* those that XDP dropped too */
	uint64_t dropped;   /* of them, by the kernel before TC on the master saw them */
	uint64_t nohandler; /* of them, ignored: an inactive slave's */
	uint64_t by_vf;	    /* of them, handed up by a VF, which has counted them too */
	uint64_t own; /* by the synthetic's channels, which begin anew when they are set up anew */
	bool unknown; /* the driver does not say now what a VF has brought */
};

/* Does a device, the master itself or one below it, bring packets of its own? */
bool vfg_received_is_path(const struct vfg_device *master, const struct vfg_link *link);

/**
 * vfg_received_read - what a device counts, put into the same terms for all drivers
 * @link: with its counters
 * @xdp_dropped: packets that XDP has dropped on it
 *
 * Drivers differ in whether rx_packets includes what XDP dropped, and whether rx_dropped does. Of
 * an unknown driver it is taken that both do: then a gap may be reported too small, never too
 * large. A master that is a path counts what TC judged as dropped and so gives neither of the other
 * two.
 *
 * Source: veth: measured by test_coverage; virtio_net, hv_netvsc, mana, mlx5_core: the drivers.
 */
void vfg_received_read(const struct vfg_device *master, const struct vfg_link *link,
		       uint64_t xdp_dropped, struct vfg_received *ret_received);

/* The same, of a driver that is known by its name, without asking the device anything. */
void vfg_received_as(const char *driver, const struct vfg_link *link, uint64_t xdp_dropped,
		     struct vfg_received *ret_received);

/*
 * Does a driver report what the device has counted? Then that includes what was in its rings when
 * they were taken down, which no software ever saw; others count what they hand to the kernel.
 */
bool vfg_received_by_device(const char *driver);

#endif
