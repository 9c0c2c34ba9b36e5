/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings the account of coverage up to now. */
#ifndef VFG_LOADER_AUDIT_H
#define VFG_LOADER_AUDIT_H

#include "coverage.h"
#include "device.h"
#include "state.h"
#include "watch.h"

/**
 * vfg_audit_begin - start the account of a master, when everything is attached
 *
 * Takes ten milliseconds, in which drivers count what they have passed on already.
 *
 * Return: 0 or -errno.
 */
int vfg_audit_begin(const struct vfg_pins *pins, const struct vfg_state *state);

/**
 * vfg_audit_pass - carry the account on, under the master's lock
 * @links: read in this pass
 * @heard: messages up to now, see hearing.h; NULL where nobody listened
 * @found: which paths had XDP before any was put back
 *
 * Called before counters of gone devices are cleared. Where several passes follow each other
 * closely, only the first weighs the sums.
 *
 * Return: as vfg_watch_paths().
 */
uint32_t vfg_audit_pass(const struct vfg_pins *pins, const struct vfg_device *device,
			const struct vfg_links *links, const struct vfg_links *heard,
			const struct vfg_watch_found *found);

/**
 * vfg_audit_look - the account as of now, with nothing written
 *
 * What is missing is added to `unjudged` if it still is after a moment.
 *
 * Return: 0 or -errno; -ENOENT where there is no account.
 */
int vfg_audit_look(const struct vfg_pins *pins, const struct vfg_state *state,
		   struct vfg_coverage *ret_coverage);

#endif
