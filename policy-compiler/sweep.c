/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sweep. Toggling is enough to keep the vector right, because a rule belongs to one set of a
 * dimension and the ranges of a set are disjoint: at each edge a rule is off before and on after,
 * or the reverse.
 */
#include "sweep.h"

#include <errno.h>
#include <stdlib.h>

static int compare_edges(const void *left, const void *right)
{
	const struct vfg_edge *a = left;
	const struct vfg_edge *b = right;

	return (a->at > b->at) - (a->at < b->at);
}

void vfg_edges_add(struct vfg_edges *edges, vfg_u128 first, vfg_u128 last,
		   const struct vfg_mask *mask)
{
	edges->edge[edges->count++] = (struct vfg_edge){.at = first, .mask = mask};
	if (last < edges->end)
		edges->edge[edges->count++] = (struct vfg_edge){.at = last + 1, .mask = mask};
}

static void append(struct vfg_intervals *intervals, vfg_u128 first, uint32_t class_id)
{
	if (intervals->count && intervals->interval[intervals->count - 1].class_id == class_id)
		return;
	intervals->interval[intervals->count++] =
		(struct vfg_interval){.first = first, .class_id = class_id};
}

int vfg_sweep(struct vfg_edges *edges, const struct vfg_vector *start, struct vfg_vectors *vectors,
	      struct vfg_intervals *ret_intervals)
{
	struct vfg_vector vector = *start;
	struct vfg_intervals intervals = {0};
	vfg_u128 at = 0;
	size_t next = 0;

	intervals.interval =
		vfg_arena_array(vectors->arena, edges->count + 1, sizeof(*intervals.interval));
	if (!intervals.interval)
		return -ENOMEM;
	if (edges->count)
		qsort(edges->edge, edges->count, sizeof(*edges->edge), compare_edges);
	for (;;) {
		uint32_t class_id;
		int err;

		for (; next < edges->count && edges->edge[next].at == at; next++)
			vfg_vector_toggle(&vector, edges->edge[next].mask);
		err = vfg_vectors_intern(vectors, &vector, &class_id);
		if (err)
			return err;
		append(&intervals, at, class_id);
		if (next == edges->count)
			break;
		at = edges->edge[next].at;
	}
	*ret_intervals = intervals;
	return 0;
}
