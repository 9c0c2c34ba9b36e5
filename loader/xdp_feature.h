/* SPDX-License-Identifier: GPL-2.0-only */
/* What a driver says of its XDP. */
#ifndef VFG_LOADER_XDP_FEATURE_H
#define VFG_LOADER_XDP_FEATURE_H

/**
 * vfg_xdp_feature - does the device take native XDP, as it is set up now?
 *
 * Source: the netdev family of generic netlink (Linux 6.3),
 * Documentation/netlink/specs/netdev.yaml.
 *
 * Return: 1 or 0; -1 where the kernel does not tell.
 */
int vfg_xdp_feature(unsigned int ifindex);

#endif
