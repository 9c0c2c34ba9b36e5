/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The six rules that every NSG ends with.
 */
#ifndef VFG_POLICY_COMPILER_DEFAULT_H
#define VFG_POLICY_COMPILER_DEFAULT_H

#include "model.h"
#include "nsg.h"
#include "tag.h"

enum {
	VFG_DEFAULT_RULES = 3, /* in each direction */
};

/**
 * vfg_default_append - put the default rules behind an NSG's own
 * @list: one a direction, with room for VFG_DEFAULT_RULES more
 *
 * They are always ours; those of the input are compared with them, and a warning says what differs.
 *
 * Return: 0, also with errors in @diag (a tag is unresolved); -ENOMEM.
 */
int vfg_default_append(struct vfg_diag *diag, struct vfg_tags *tags, const struct vfg_nsg *nsg,
		       struct vfg_list *list[VFG_DIRECTION_MAX]);

#endif
