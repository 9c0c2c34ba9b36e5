/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs are told beside the policy: seed, sizes, time (maps/control.h). */
#ifndef VFG_LOADER_CONTROL_H
#define VFG_LOADER_CONTROL_H

#include <stdint.h>

#include "../maps/control.h"
#include "pin.h"
#include "timeout.h"

/**
 * vfg_control_fill - work the control entry out
 * @buckets: of each flow table, a power of two
 * @timeouts: in seconds
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_control_fill(uint32_t buckets, const struct vfg_timeouts *timeouts,
		     struct vfg_control *ret_control);

/* Return: 0 or -errno. */
int vfg_control_write(const struct vfg_pins *pins, const struct vfg_control *control);
int vfg_control_read(const struct vfg_pins *pins, struct vfg_control *ret_control);

#endif
