/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where two policies judge differently, as a decision diagram: a node divides the groups of one
 * axis among its children, a leaf names the two rules that decide. Only ways to a difference are
 * in it.
 */
#ifndef VFG_POLICY_COMPILER_DIAGRAM_H
#define VFG_POLICY_COMPILER_DIAGRAM_H

#include "align.h"
#include "groupset.h"

enum {
	VFG_DIAGRAM_SAME = 0,		/* the child where nothing differs */
	VFG_DIAGRAM_LEAF = 0x80000000U, /* this bit set: a leaf, else a node */
};

struct vfg_diagram_edge {
	uint32_t set;	/* of groups of the node's axis */
	uint32_t child; /* never VFG_DIAGRAM_SAME */
};

struct vfg_diagram_node {
	uint32_t level; /* its axis is order[level] */
	size_t count;
	const struct vfg_diagram_edge *edge;
};

/* Rule numbers of each policy, VFG_RULE_NONE where no rule decided. The other one judges the
 * opposite. */
struct vfg_diagram_leaf {
	uint32_t number[VFG_VERSION_MAX];
	bool before_allows;
};

struct vfg_diagram {
	struct vfg_axis axis[VFG_DIM_MAX];
	struct vfg_groupsets sets[VFG_DIM_MAX];
	enum vfg_dimension order[VFG_DIM_MAX]; /* of the walk; the source port is always last */
	uint32_t whole_source;		       /* the set of all groups of the source port */
	uint32_t root;
	size_t nodes, leaves; /* node 0 is no node */
	struct vfg_diagram_node *node;
	struct vfg_diagram_leaf *leaf;
};

/**
 * vfg_diagram_build - compare one direction and family of two policies
 * @work: how many steps may be taken; what is left is put back
 *
 * Return: 0, -E2BIG where @work is used up, -ENOMEM, -EINVAL for a policy that is damaged.
 */
int vfg_diagram_build(struct vfg_arena *arena, const struct vfg_pair *pair, uint64_t *work,
		      struct vfg_diagram *ret_diagram);

#endif
