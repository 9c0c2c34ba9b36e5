/* SPDX-License-Identifier: GPL-2.0-only */
/* What ethtool tells of a device: its driver, counters of its own; and LRO, to see and to set. */
#ifndef VFG_LOADER_ETHTOOL_H
#define VFG_LOADER_ETHTOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * vfg_ethtool_driver - which driver a device has, as ethtool -i shows it
 * @ret_driver: "" where it cannot be told
 *
 * Asked by ioctl and not from /sys/class/net, which may show another network namespace.
 */
void vfg_ethtool_driver(const char *device, char *ret_driver, size_t room);

/**
 * vfg_ethtool_lro - is large receive offload on?
 *
 * Return: 0 or -errno; *ret_on is false then.
 */
int vfg_ethtool_lro(const char *device, bool *ret_on);

/**
 * vfg_ethtool_set_lro - turn it on or off
 *
 * Return: 0, -EOPNOTSUPP where it is not as asked for afterwards, or -errno.
 */
int vfg_ethtool_set_lro(const char *device, bool on);

/**
 * vfg_ethtool_counter - one of the counters that ethtool -S shows
 *
 * Return: 0, -ENOENT where the device has none of that name, or -errno.
 */
int vfg_ethtool_counter(const char *device, const char *name, uint64_t *ret_value);

/**
 * vfg_ethtool_synthetic - what came by hv_netvsc, read at once
 * @ret_by_vf: packets that its VFs have handed up (vf_rx_packets)
 * @ret_own: packets of its own channels (the sum of rx_queue_N_packets), no VF's among them
 *
 * Return: 0, -ENOENT where the device does not count a VF's, or -errno.
 */
int vfg_ethtool_synthetic(const char *device, uint64_t *ret_by_vf, uint64_t *ret_own);

struct vfg_channels {
	uint32_t combined, combined_max;
	uint32_t rx, rx_max;
	uint32_t tx, tx_max;
};

/**
 * vfg_ethtool_channels - what ethtool -l shows
 *
 * Return: 0 or -errno.
 */
int vfg_ethtool_channels(const char *device, struct vfg_channels *ret_channels);

#endif
