/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device is to its master: the accelerated path, the synthetic one, or another. Pure. */
#ifndef VFG_LOADER_ROLE_H
#define VFG_LOADER_ROLE_H

#include <stdbool.h>

enum vfg_role_kind {
	VFG_ROLE_OTHER = 0,
	VFG_ROLE_VF = 1,
	VFG_ROLE_SYNTHETIC = 2,
	VFG_ROLE_UPPER = 3, /* a master that brings no packets of its own */
};

/**
 * vfg_role_of - by driver
 * @driver: of the device
 * @kind: IFLA_INFO_KIND of the device, "" where none
 * @is_master: it is the master itself
 * @above: the driver of the master, "" where it is the master itself
 *
 * What is below hv_netvsc is a VF, whatever drives it.
 */
enum vfg_role_kind vfg_role_of(const char *driver, const char *kind, bool is_master,
			       const char *above);

/**
 * vfg_role_takes_vf - would a VF come below this master, or beside it?
 * @driver, @kind: of the master
 *
 * A bridge, a veth, a tun and the like have paths, and none of them is accelerated.
 */
bool vfg_role_takes_vf(const char *driver, const char *kind);

/* "VF", "synthetic", "master", "device" */
extern const char *const vfg_role_names[];

#endif
