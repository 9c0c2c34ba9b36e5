/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rules two policies have in common: the same packets, the same action, in the same order of
 * the same list.
 */
#ifndef VFG_POLICY_COMPILER_ALIGN_H
#define VFG_POLICY_COMPILER_ALIGN_H

#include "axis.h"

/* Bits of the common vector. */
struct vfg_alignment {
	/* Rules that some packet meets; word 0 is 1. */
	uint64_t alive[VFG_PAIR_WORDS_MAX];
	/* Rules of one policy that the other has not: only where one of them matches, the two can
	   judge differently. */
	uint64_t changed[VFG_PAIR_WORDS_MAX];
	uint64_t deny[VFG_PAIR_WORDS_MAX];
	uint64_t always_allow[VFG_PAIR_WORDS_MAX];
	/* One has an NSG where the other has none: they can judge differently everywhere. */
	bool restaged;
};

/* Return: 0 or -ENOMEM. */
int vfg_align(struct vfg_arena *arena, const struct vfg_pair *pair,
	      const struct vfg_axis axis[VFG_DIM_MAX], struct vfg_alignment *ret_alignment);

#endif
