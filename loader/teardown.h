/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes everything of ours off a master, and nothing else. */
#ifndef VFG_LOADER_TEARDOWN_H
#define VFG_LOADER_TEARDOWN_H

#include "pin.h"
#include "state.h"

/**
 * vfg_teardown - detach links and filters, remove the pins
 * @state: NULL where a load ended before it wrote any, or where the device's namespace is gone
 *
 * Goes on after a failure, so that as little as possible stays. Safe on half a load, and on a
 * device that is gone.
 *
 * Return: 0, or the first failure, -errno.
 */
int vfg_teardown(const struct vfg_pins *pins, const struct vfg_state *state);

#endif
