/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of the axes, by what each leaves.
 */
#include "order.h"

/* Groups that may lead to a difference. */
static uint32_t weigh(const struct vfg_pair *pair, const struct vfg_alignment *alignment,
		      const struct vfg_axis *axis)
{
	uint32_t weight = 0;

	if (alignment->restaged)
		return axis->groups;
	for (uint32_t group = 0; group < axis->groups; group++) {
		const uint64_t *vector = vfg_axis_vector(axis, pair, group);
		bool changed = false;

		for (uint32_t word = 1; word < pair->words; word++)
			changed |= (vector[word] & alignment->changed[word]) != 0;
		weight += changed;
	}
	return weight;
}

void vfg_order_choose(const struct vfg_pair *pair, const struct vfg_alignment *alignment,
		      const struct vfg_axis axis[VFG_DIM_MAX],
		      enum vfg_dimension ret_order[VFG_DIM_MAX])
{
	uint32_t weight[VFG_DIM_MAX];

	for (int i = 0; i < VFG_DIM_MAX; i++) {
		ret_order[i] = i;
		weight[i] =
			i == VFG_DIM_SOURCE_PORT ? UINT32_MAX : weigh(pair, alignment, &axis[i]);
	}
	for (int i = 1; i < VFG_DIM_MAX; i++) {
		for (int j = i; j > 0 && weight[ret_order[j]] < weight[ret_order[j - 1]]; j--) {
			enum vfg_dimension swap = ret_order[j];

			ret_order[j] = ret_order[j - 1];
			ret_order[j - 1] = swap;
		}
	}
}
