/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts a policy in force: a new inner map, filled, and swapped in by one update. */
#ifndef VFG_LOADER_PUBLISH_H
#define VFG_LOADER_PUBLISH_H

#include <stdbool.h>

#include "pin.h"
#include "policy.h"

/**
 * vfg_publish - replace the policy in force
 * @where: the master, for messages
 * @flush: live flows are judged again, as if the policy asked for it
 * @ret_generation: of the policy, now in force
 *
 * Until the last step the policy before stays in force; it is kept as vfg_policy[1].
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_publish(const struct vfg_pins *pins, const char *where, const struct vfg_tables *policy,
		bool flush, uint32_t *ret_generation);

#endif
