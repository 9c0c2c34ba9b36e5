/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that several others hide together: is a shape inside the union of shapes?
 */
#ifndef VFG_POLICY_COMPILER_COVER_H
#define VFG_POLICY_COMPILER_COVER_H

#include "shape.h"

enum {
	VFG_COVER_MAX = 64, /* shapes of a union: one bit each */
};

/**
 * vfg_cover_hides - is every packet of a shape in one of several others?
 * @by: shapes that meet it, VFG_COVER_MAX at most
 * @ret_by: those that are enough, none of which can be left out, in their order; as long as @by
 *
 * Exact, but for one thing: where the answer would take too much work, it is no.
 *
 * Return: how many shapes are in @ret_by, 0 where the answer is no.
 */
size_t vfg_cover_hides(struct vfg_shapes *shapes, const struct vfg_shape *shape,
		       const struct vfg_shape *const *by, size_t count,
		       const struct vfg_shape **ret_by);

#endif
