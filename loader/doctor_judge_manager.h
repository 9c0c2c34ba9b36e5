/* SPDX-License-Identifier: GPL-2.0-only */
/* Do network managers leave a VF alone? Reads their files as texts. Pure. */
#ifndef VFG_LOADER_DOCTOR_JUDGE_MANAGER_H
#define VFG_LOADER_DOCTOR_JUDGE_MANAGER_H

#include <stdbool.h>

#include "finding.h"

/**
 * vfg_udev_sets - does a rule of these set ENV{PROPERTY}="VALUE" for devices of a driver?
 * @rules: the text of a rules file
 *
 * A rule without DRIVERS== and ENV{ID_NET_DRIVER}== is for all drivers; other conditions are taken
 * as met.
 */
bool vfg_udev_sets(const char *rules, const char *driver, const char *property, const char *value);

/**
 * vfg_network_leaves - does a .network file of networkd leave devices of a driver unmanaged?
 * @is_set: is this udev property set for them?
 */
bool vfg_network_leaves(const char *text, const char *driver,
			bool (*is_set)(const char *property, const char *value, void *data),
			void *data);

/* Does a configuration of NetworkManager name the driver under unmanaged-devices? */
bool vfg_nm_leaves(const char *text, const char *driver);

/* Does an interfaces(5) file configure this device, by its name or by a pattern? */
bool vfg_ifupdown_takes(const char *text, const char *device);

enum vfg_manager {
	VFG_MANAGER_NM,
	VFG_MANAGER_NETWORKD,
	VFG_MANAGER_MAX,
};

/* Of a driver of VFs, or of all three where no VF is there now. */
struct vfg_manager_facts {
	const char *driver;
	bool is_there[VFG_MANAGER_MAX];
	bool leaves[VFG_MANAGER_MAX];
	const char *other_file; /* of our name and other content, which --fix leaves alone; or "" */
};

void vfg_judge_managers(struct vfg_findings *findings, const struct vfg_manager_facts *facts);

#endif
