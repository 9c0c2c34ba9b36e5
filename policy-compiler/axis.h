/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two policies side by side: the words of both in one vector, and each dimension as one line of
 * which every stretch has one vector of both.
 */
#ifndef VFG_POLICY_COMPILER_AXIS_H
#define VFG_POLICY_COMPILER_AXIS_H

#include "partition.h"

enum vfg_version {
	VFG_BEFORE = 0,
	VFG_AFTER = 1,
	VFG_VERSION_MAX = 2,
};

enum {
	/* Word 0 says whether the packet's protocol has ports; the others are rules. */
	VFG_PAIR_WORDS_MAX = 1 + VFG_VERSION_MAX * VFG_POLICY_WORDS_MAX,
};

/* A list of one policy: where its words stand in the common vector. */
struct vfg_pair_stage {
	uint32_t first, last; /* [first, last) */
	uint32_t from;	      /* the word of the policy that `first` is */
	uint8_t stage;	      /* enum vfg_stage */
};

/* The words of one direction of both policies. */
struct vfg_pair {
	const struct vfg_tables *tables[VFG_VERSION_MAX];
	enum vfg_direction direction;
	enum vfg_family family;
	uint32_t words;
	uint32_t stages[VFG_VERSION_MAX];
	struct vfg_pair_stage stage[VFG_VERSION_MAX][VFG_STAGE_MAX];
};

/* A stretch of the line; it ends before the next one's first. */
struct vfg_axis_cut {
	vfg_u128 first;
	uint32_t group;
};

/* One dimension. Stretches with the same vector are one group. */
struct vfg_axis {
	vfg_u128 end;
	size_t count;
	struct vfg_axis_cut *cut;
	uint32_t groups;
	uint64_t *vector; /* groups * words */
};

/* Give the words of both policies their places. Return: 0, or -EINVAL where lists of a damaged
 * policy overlap. */
int vfg_pair_lay(struct vfg_pair *pair);

/* The rule of a bit of the common vector, by its number in its policy. */
uint32_t vfg_pair_number(const struct vfg_pair *pair, enum vfg_version version, uint32_t bit);

/* Return: 0, or what vfg_partition() returns. */
int vfg_axis_build(struct vfg_arena *arena, const struct vfg_pair *pair,
		   enum vfg_dimension dimension, struct vfg_axis *ret_axis);

static inline const uint64_t *vfg_axis_vector(const struct vfg_axis *axis,
					      const struct vfg_pair *pair, uint32_t group)
{
	return axis->vector + (size_t)group * pair->words;
}

#endif
