/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Security admin rules: the network manager's list, judged in front of the NSGs.
 */
#ifndef VFG_POLICY_COMPILER_ADMIN_H
#define VFG_POLICY_COMPILER_ADMIN_H

#include "document.h"
#include "model.h"
#include "tag.h"

/**
 * vfg_admin_build - check security admin rules and put them in order
 * @document: those with an `admin` list count, in this order. Rules go manager by manager, as these
 * first appear (the higher scope is to come first), then by priority; of equal priorities the first
 * goes first, with a warning
 * @ret_list: one list a direction, NULL where there are no admin rules at all; stage is set
 *
 * Return: 0, also with errors in @diag; -ENOMEM.
 */
int vfg_admin_build(struct vfg_diag *diag, struct vfg_tags *tags, bool lenient,
		    const struct vfg_document *document, size_t count,
		    struct vfg_list *ret_list[VFG_DIRECTION_MAX]);

#endif
