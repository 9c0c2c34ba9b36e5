/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From ranges to classes: a walk along one number line (addresses of a family, or ports) over the
 * edges where rules begin and end to match.
 */
#ifndef VFG_POLICY_COMPILER_SWEEP_H
#define VFG_POLICY_COMPILER_SWEEP_H

#include "model.h"
#include "vector.h"

/* Where the rules of a mask begin to match, or cease to. */
struct vfg_edge {
	vfg_u128 at;
	const struct vfg_mask *mask;
};

struct vfg_edges {
	vfg_u128 end; /* last number of the line */
	size_t count;
	struct vfg_edge *edge;
};

/* One stretch of the line with one class; it ends before the next one's first. */
struct vfg_interval {
	vfg_u128 first;
	uint32_t class_id;
};

/* Ascending, the first begins at 0; neighbours differ in class. */
struct vfg_intervals {
	size_t count;
	struct vfg_interval *interval;
};

/* Both edges of an inclusive range; the caller has made room for two. */
void vfg_edges_add(struct vfg_edges *edges, vfg_u128 first, vfg_u128 last,
		   const struct vfg_mask *mask);

/**
 * vfg_sweep - classes along the line
 * @edges: sorted by the call
 * @start: rules that match before the first edge
 * @vectors: where new classes go
 *
 * Return: 0, or what vfg_vectors_intern() returns.
 */
int vfg_sweep(struct vfg_edges *edges, const struct vfg_vector *start, struct vfg_vectors *vectors,
	      struct vfg_intervals *ret_intervals);

#endif
