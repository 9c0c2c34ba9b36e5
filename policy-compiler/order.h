/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In which order the axes are walked.
 */
#ifndef VFG_POLICY_COMPILER_ORDER_H
#define VFG_POLICY_COMPILER_ORDER_H

#include "align.h"

/* The axis that leaves the fewest ways to a difference first, the source port always last. */
void vfg_order_choose(const struct vfg_pair *pair, const struct vfg_alignment *alignment,
		      const struct vfg_axis axis[VFG_DIM_MAX],
		      enum vfg_dimension ret_order[VFG_DIM_MAX]);

#endif
