/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts a policy in force on a device that has none: for the load command, and for the daemon. */
#ifndef VFG_LOADER_LOAD_H
#define VFG_LOADER_LOAD_H

#include <stdbool.h>

#include "policy.h"
#include "tuning.h"

struct vfg_load {
	const char *name; /* of the device */
	struct vfg_tuning tuning;
	bool stand_in; /* not the policy that it should have: not kept as the last good one */
};

/**
 * vfg_load - enforce a policy
 *
 * Whatever can be refused is refused before anything is made; a failure after that undoes what
 * this call has done.
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_load(const struct vfg_load *load, const struct vfg_policy_file *policy);

#endif
