/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules of a compiled policy that have no effect. */
#ifndef VFG_POLICY_COMPILER_CLASH_H
#define VFG_POLICY_COMPILER_CLASH_H

#include "nsgc.h"

enum vfg_clash_kind {
	VFG_CLASH_SHADOWED, /* a rule in front of it, in the same list, takes all of its traffic */
	VFG_CLASH_CONTRADICTED, /* it allows, and a rule of the other NSG denies all of it */
};

struct vfg_clash {
	enum vfg_clash_kind kind;
	uint32_t rule; /* numbers of the rules */
	uint32_t by;
};

struct vfg_clashes {
	size_t count;
	struct vfg_clash *clash;
	bool incomplete; /* the policy is so large that not every rule was looked at */
};

/**
 * vfg_tables_clashes - rules of the NSGs of a compiled policy that never have an effect
 *
 * Rules that users have written, by their names; of two lists, a rule of the subnet's is told of
 * only where a named rule of the NIC's denies it. What is told is so; where a union of several
 * rules hides one, it is not told.
 *
 * Return: 0, -EINVAL where the tables are damaged, -ENOMEM.
 */
int vfg_tables_clashes(struct vfg_arena *arena, const struct vfg_tables *tables,
		       struct vfg_clashes *ret_clashes);

#endif
