/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a decision diagram to regions: its ways become boxes, boxes that differ in one axis only
 * become one.
 */
#ifndef VFG_POLICY_COMPILER_REGION_H
#define VFG_POLICY_COMPILER_REGION_H

#include "diff.h"

/* Regions that grow. */
struct vfg_regions {
	struct vfg_arena *arena;
	size_t count, room;
	size_t limit;
	struct vfg_region *region;
};

/**
 * vfg_regions_add - all regions of a diagram
 * @diagram: its sets of groups grow
 *
 * Return: 0, -E2BIG beyond the limit, -ENOMEM.
 */
int vfg_regions_add(struct vfg_regions *regions, const struct vfg_pair *pair,
		    struct vfg_diagram *diagram);

#endif
