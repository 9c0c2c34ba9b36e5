/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the daemon takes a master's policy from: as named, the last good image, or none at all. */
#ifndef VFG_LOADER_BOOT_POLICY_H
#define VFG_LOADER_BOOT_POLICY_H

#include "config.h"
#include "policy.h"

/**
 * vfg_boot_policy_named - open the policy that the settings name
 * @request: to be ended by vfg_policy_end(), whatever is returned
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_boot_policy_named(const struct vfg_config_master *master,
			  struct vfg_policy_request *request, struct vfg_policy_file *ret_policy);

/**
 * vfg_boot_policy - the same, or what stands in for it: the last good image of @device, or with
 * on-missing-policy = closed, denying all but the platform
 *
 * What stands in is said, as a warning.
 *
 * Return: 0, or an exit status, reported: there is nothing, and the settings say to do without.
 */
int vfg_boot_policy(const struct vfg_config_master *master, const char *device,
		    struct vfg_policy_request *request, struct vfg_policy_file *ret_policy,
		    bool *ret_stand_in);

#endif
