/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows whose verdict two policies disagree about, as regions: boxes of address and port ranges
 * that share no flow and leave none out.
 */
#ifndef VFG_POLICY_COMPILER_DIFF_H
#define VFG_POLICY_COMPILER_DIFF_H

#include "diagram.h"

/* Ascending, disjoint, not adjacent. */
struct vfg_ranges {
	size_t count;
	struct vfg_address_range *range;
};

/*
 * Flows of one direction with one of the addresses, services and source ports each. Services stand
 * on the line of partition.h; protocols without ports have every source port. family is
 * VFG_FAMILY_MAX where the region holds every address of both families; then the ranges of
 * addresses are IPv4's.
 */
struct vfg_region {
	uint8_t direction;
	uint8_t family;
	struct vfg_ranges line[VFG_DIM_MAX];
	struct vfg_verdict verdict[VFG_VERSION_MAX];
};

struct vfg_diff {
	size_t count;
	struct vfg_region *region; /* by direction, then by the rules that decide */
};

/* What a comparison may cost. */
struct vfg_diff_limits {
	uint64_t steps;
	size_t regions;
};

extern const struct vfg_diff_limits vfg_diff_limits_usual;

/**
 * vfg_diff_find - compare two policies flow by flow
 *
 * Return: 0, -E2BIG beyond @limits, -EINVAL for a damaged policy, -ENOMEM; all said in @diag.
 */
int vfg_diff_find(struct vfg_arena *arena, const struct vfg_tables *before,
		  const struct vfg_tables *after, const struct vfg_diff_limits *limits,
		  struct vfg_diag *diag, struct vfg_diff *ret_diff);

/* Regions as text, or as JSON (diff_print.c). Return: 0 or -ENOMEM. */
int vfg_diff_print(struct vfg_arena *arena, const struct vfg_diff *diff, bool json,
		   const char **ret_text);

#endif
