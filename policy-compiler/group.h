/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Application security groups: which addresses are members, as the NICs say it.
 */
#ifndef VFG_POLICY_COMPILER_GROUP_H
#define VFG_POLICY_COMPILER_GROUP_H

#include "document.h"
#include "model.h"

struct vfg_groups;

/**
 * vfg_groups_new - the members of all groups that NICs, or groups given by themselves, name
 * @document: those with a `nics` or a `groups` list count
 *
 * Return: 0, also with errors in @diag; -ENOMEM.
 */
int vfg_groups_new(struct vfg_diag *diag, const struct vfg_document *document, size_t count,
		   struct vfg_groups **ret_groups);

/**
 * vfg_groups_resolve - the addresses of the members of a rule's groups, all together
 * @place: who asks, for messages
 * @inert: a rule that names an empty group matches nothing (as the platform was seen to do),
 * instead of what its other groups say
 *
 * The same ids always give the same set. A group without members gets a warning.
 *
 * Return: 0, -ENOENT where one is not known (said in @diag), -ENOMEM.
 */
int vfg_groups_resolve(struct vfg_groups *groups, const char *const *id, size_t count,
		       struct vfg_place place, bool inert, const struct vfg_set **ret_set);

#endif
