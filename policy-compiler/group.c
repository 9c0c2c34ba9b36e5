/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Application security groups: names for sets of NICs. What no NIC and no group says is not known,
 * and never taken for empty.
 */
#include "group.h"

#include <errno.h>

struct vfg_groups {
	struct vfg_diag *diag;
};

int vfg_groups_new(struct vfg_diag *diag, const struct vfg_document *document, size_t count,
		   struct vfg_groups **ret_groups)
{
	struct vfg_groups *groups = vfg_arena_alloc(diag->arena, sizeof(*groups));

	(void)document;
	(void)count;
	if (!groups)
		return -ENOMEM;
	groups->diag = diag;
	*ret_groups = groups;
	return 0;
}

int vfg_groups_resolve(struct vfg_groups *groups, const char *const *id, size_t count,
		       struct vfg_place place, bool inert, const struct vfg_set **ret_set)
{
	(void)inert;
	(void)ret_set;
	vfg_diag_add(groups->diag, VFG_ERROR, place, "UnresolvedApplicationSecurityGroup",
		     "the members of %s are not known: application security groups are not "
		     "supported yet, write their addresses",
		     count && id[0] ? id[0] : "an application security group");
	return -ENOENT;
}
