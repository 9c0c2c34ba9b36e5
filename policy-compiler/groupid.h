/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ids of application security groups: when do two mean the same group?
 */
#ifndef VFG_POLICY_COMPILER_GROUPID_H
#define VFG_POLICY_COMPILER_GROUPID_H

#include <stdbool.h>

enum vfg_group_match {
	VFG_GROUP_DIFFERS,
	VFG_GROUP_MAY_BE, /* but for what one of the two leaves open */
	VFG_GROUP_IS,
};

/* Any two ids of Azure, not only those of groups. */
enum vfg_group_match vfg_group_id_match(const char *one, const char *two);

/* The last part of an id: the name. */
const char *vfg_group_id_name(const char *id);

#endif
