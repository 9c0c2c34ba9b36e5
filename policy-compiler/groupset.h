/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of an axis's groups, each kept once, so that equal sets have equal numbers.
 */
#ifndef VFG_POLICY_COMPILER_GROUPSET_H
#define VFG_POLICY_COMPILER_GROUPSET_H

#include "finder.h"

/* Ascending. */
struct vfg_groupset {
	size_t count;
	const uint32_t *group;
};

/* Starts all zero but for the arenas. */
struct vfg_groupsets {
	struct vfg_arena *arena;
	size_t count, room;
	struct vfg_groupset *set;
	struct vfg_finder finder;
};

/**
 * vfg_groupsets_intern - the number of a set
 * @group: ascending; copied where the set is new
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_groupsets_intern(struct vfg_groupsets *sets, const uint32_t *group, size_t count,
			 uint32_t *ret_set);

/* The union of sets that have no group in common. Return: 0 or -ENOMEM. */
int vfg_groupsets_join(struct vfg_groupsets *sets, const uint32_t *set, size_t count,
		       uint32_t *ret_set);

#endif
