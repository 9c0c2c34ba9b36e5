/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Application security groups: which addresses are members, as the NICs say it.
 */
#ifndef VFG_POLICY_COMPILER_GROUP_H
#define VFG_POLICY_COMPILER_GROUP_H

#include "document.h"
#include "model.h"
#include "nsg.h"

enum {
	VFG_GROUPS_PER_SIDE_MAX = 10, /* of a rule */
	VFG_GROUPS_PER_NSG_MAX = 100, /* in all its rules */
};

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
 * @id: NULL where a group's is missing or not known
 * @place: who asks, for messages
 * @inert: a rule that names an empty group matches nothing (as the platform was seen to do),
 * instead of what its other groups say
 *
 * One id alone always gives the same set. A group without members gets a warning; the set is empty
 * where no group has any.
 *
 * Return: 0, -ENOENT where one is not known (said in @diag, for each), -ENOMEM.
 */
int vfg_groups_resolve(struct vfg_groups *groups, const char *const *id, size_t count,
		       struct vfg_place place, bool inert, const struct vfg_set **ret_set);

/**
 * vfg_groups_check_network - are all groups of a rule in one virtual network?
 * @rule_id: "NSG/securityRules/NAME"
 *
 * Groups that are not known, or whose members do not tell their subnets, are not looked at.
 */
void vfg_groups_check_network(struct vfg_groups *groups, const struct vfg_nsg_rule *rule,
			      struct vfg_place place, const char *rule_id);

/* Does an NSG name more groups than it may? Return: 0, also with an error in @diag; -ENOMEM. */
int vfg_groups_check_count(struct vfg_diag *diag, const struct vfg_nsg *nsg);

#endif
