/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules as sets of packets, to ask whether one lies inside another. In one family a rule is a
 * product of five lines: it matches where each of the packet's five numbers is on its line.
 */
#ifndef VFG_POLICY_COMPILER_SHAPE_H
#define VFG_POLICY_COMPILER_SHAPE_H

#include "finder.h"
#include "model.h"

/* Protocols without ports have every port here, and a rule for any protocol that names ports is one
 * for TCP and UDP: so the five are independent of each other. */
enum vfg_axis {
	VFG_AXIS_PROTOCOL,
	VFG_AXIS_DESTINATION_PORT,
	VFG_AXIS_SOURCE,
	VFG_AXIS_DESTINATION,
	VFG_AXIS_SOURCE_PORT,
	VFG_AXIS_MAX,
};

/* Sorted, disjoint, not adjacent. count 0: nothing, and the other fields mean nothing. */
struct vfg_line {
	vfg_u128 first; /* of the first range */
	vfg_u128 last;	/* of the last range */
	const struct vfg_address_range *range;
	size_t count;
	uint32_t id; /* the same for the same memory, 0 where the line is short */
};

struct vfg_shape {
	const struct vfg_model_rule *rule;
	bool lives[VFG_FAMILY_MAX]; /* is any packet of the family in it? */
	struct vfg_line line[VFG_FAMILY_MAX][VFG_AXIS_MAX];
};

/* What all shapes of a model share: which long lines were compared, with what result. */
struct vfg_shapes {
	struct vfg_arena *arena;
	uint64_t steps;	      /* comparisons that may still be made */
	uint64_t union_steps; /* the same for unions (cover.h) */
	uint32_t last_id;     /* given so far */
	struct vfg_finder ids;
	struct vfg_finder known;
};

/* How a shape, or a line, lies to another: bits. */
enum {
	VFG_MEETS = 1,	/* they have something in common */
	VFG_HOLDS = 2,	/* the other is inside this one */
	VFG_INSIDE = 4, /* this one is inside the other */
};

/**
 * vfg_shape_make - the shape of a rule
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_shape_make(struct vfg_shapes *shapes, const struct vfg_model_rule *rule,
		   struct vfg_shape *ret_shape);

/* Of two lines that are not empty. */
unsigned int vfg_line_compare(struct vfg_shapes *shapes, const struct vfg_line *one,
			      const struct vfg_line *two);

/**
 * vfg_shape_compare - how a shape lies to another
 *
 * Both hold something in some family. Once the steps are used up, the answer is 0, which says
 * nothing.
 */
unsigned int vfg_shape_compare(struct vfg_shapes *shapes, const struct vfg_shape *one,
			       const struct vfg_shape *two);

/* The first range of a line that does not end before @at; line->count where there is none. */
size_t vfg_line_seek(const struct vfg_line *line, vfg_u128 at);

#endif
