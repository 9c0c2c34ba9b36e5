/* SPDX-License-Identifier: GPL-2.0-only */
/* Notices that a path which had XDP has it no longer, and keeps the alarm. */
#ifndef VFG_LOADER_WATCH_H
#define VFG_LOADER_WATCH_H

#include "coverage.h"
#include "device.h"

/* Paths that have XDP, by ifindex. */
struct vfg_watch_found {
	size_t count;
	uint32_t ifindex[VFG_COVERAGE_PATHS_MAX];
};

/* See which have, before anything is mended. Quick. */
void vfg_watch_find(const struct vfg_pins *pins, const struct vfg_device *device,
		    const struct vfg_links *links, struct vfg_watch_found *ret_found);

/**
 * vfg_watch_paths - look for gaps, after the sums were brought up to date
 * @found: before any gap was mended
 * @unjudged: packets that have just become certain to have been judged by nothing
 * @quiet: say nothing, only keep the alarm
 *
 * A gap is a path that had XDP and is found without, or one on which twice in a row packets came
 * and XDP saw none. Devices that are new, or whose driver has no XDP, are none. One line is said
 * when a gap is seen, and one when it is closed if there were more packets by then.
 *
 * Return: the ifindex of a path that has just been found blind so, 0 where there is none.
 */
uint32_t vfg_watch_paths(struct vfg_coverage *coverage, const struct vfg_device *device,
			 const struct vfg_watch_found *found, uint64_t unjudged, bool quiet);

#endif
