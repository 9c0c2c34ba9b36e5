/* SPDX-License-Identifier: GPL-2.0-only */
/* Notices that a path which had XDP has it no longer, and keeps the alarm. */
#ifndef VFG_LOADER_WATCH_H
#define VFG_LOADER_WATCH_H

#include "coverage.h"
#include "device.h"

/**
 * vfg_watch_paths - look for gaps, after the sums were brought up to date and before any is mended
 * @unjudged: packets that have just become certain to have been judged by nothing
 * @quiet: say nothing, only keep the alarm
 *
 * A gap is a path that had XDP and is found without, or one on which twice in a row packets came
 * and XDP saw none. Devices that are new, or whose driver has no XDP, are none. One line is said
 * when a gap is seen, and one when it is closed if there were more packets by then.
 */
void vfg_watch_paths(struct vfg_coverage *coverage, const struct vfg_pins *pins,
		     const struct vfg_device *device, uint64_t unjudged, bool quiet);

#endif
