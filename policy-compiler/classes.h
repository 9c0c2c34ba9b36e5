/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address classes of one role (local or remote), both families and both directions together.
 */
#ifndef VFG_POLICY_COMPILER_CLASSES_H
#define VFG_POLICY_COMPILER_CLASSES_H

#include "numbering.h"
#include "sweep.h"
#include "vector.h"

/**
 * vfg_classes_build - reduce the addresses of one role to classes
 * @numbering: the rules
 * @vectors: classes of the role's dimension, shared by the families
 * @ret_intervals: the whole line of each family
 *
 * Return: 0, -E2BIG (said in vectors->diag) or -ENOMEM.
 */
int vfg_classes_build(const struct vfg_numbering *numbering, enum vfg_role role,
		      struct vfg_vectors *vectors,
		      struct vfg_intervals ret_intervals[VFG_FAMILY_MAX]);

#endif
