/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unions of shapes. Each axis is cut where one of the shapes begins or ends; a piece is the set of
 * shapes that hold it, as bits. The union holds everything if, whatever piece a packet is in on
 * each axis, some shape holds all five: no combination of pieces has an empty intersection.
 *
 *    axis   0---------a---------b---------65535      pieces {one}, {one, two}, {two}
 *    one    ====================                     {one, two} may be left out: where {one}
 *    two              =========================      finds a shape, so does {one, two}
 */
#include "cover.h"

#include <stdlib.h>

enum {
	PIECES_MAX = 64,
	EDGES_MAX = 512,
	RANGES_MAX = 256,
};

/* Sets of shapes, none inside another. */
struct pieces {
	size_t count;
	uint64_t piece[PIECES_MAX];
};

struct edge {
	vfg_u128 at;
	uint64_t bit;
};

struct edges {
	size_t count;
	struct edge edge[EDGES_MAX];
};

/* The question: shapes as bits of @among. */
struct cover {
	struct vfg_shapes *shapes;
	const struct vfg_shape *shape;
	const struct vfg_shape *const *by;
	size_t count;
	uint64_t among;
};

static bool spend(struct cover *cover, uint64_t steps)
{
	if (steps >= cover->shapes->union_steps)
		return false;
	cover->shapes->union_steps -= steps;
	return true;
}

/* Return: false where there is no room. */
static bool add_piece(struct pieces *pieces, uint64_t piece)
{
	size_t kept = 0;

	for (size_t i = 0; i < pieces->count; i++) {
		if ((pieces->piece[i] & piece) == pieces->piece[i])
			return true;
	}
	for (size_t i = 0; i < pieces->count; i++) {
		if ((pieces->piece[i] & piece) != piece)
			pieces->piece[kept++] = pieces->piece[i];
	}
	pieces->count = kept;
	if (kept == PIECES_MAX)
		return false;
	pieces->piece[pieces->count++] = piece;
	return true;
}

static int edge_order(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	return (a->at > b->at) - (a->at < b->at);
}

/* The edges of one line inside a range. Return: false where there is no room. */
static bool add_edges(struct edges *edges, const struct vfg_line *line, uint64_t bit,
		      struct vfg_address_range inside, uint64_t *start)
{
	for (size_t i = vfg_line_seek(line, inside.first); i < line->count; i++) {
		struct vfg_address_range range = line->range[i];

		if (range.first > inside.last)
			break;
		if (edges->count + 2 > EDGES_MAX)
			return false;
		if (range.first <= inside.first)
			*start |= bit;
		else
			edges->edge[edges->count++] = (struct edge){range.first, bit};
		if (range.last < inside.last)
			edges->edge[edges->count++] = (struct edge){range.last + 1, bit};
	}
	return true;
}

/* Cut one range of an axis. @partly: the shapes that hold a part of the axis; @always: all of it.
 * Return: false where there is no room. */
static bool cut_range(struct cover *cover, const struct vfg_line *const line[VFG_COVER_MAX],
		      struct vfg_address_range range, uint64_t always, struct pieces *pieces)
{
	struct edges edges;
	uint64_t piece = always;

	edges.count = 0;
	for (size_t i = 0; i < cover->count; i++) {
		if (line[i] && !add_edges(&edges, line[i], 1ULL << i, range, &piece))
			return false;
	}
	if (!spend(cover, cover->count + edges.count))
		return false;
	qsort(edges.edge, edges.count, sizeof(*edges.edge), edge_order);
	for (size_t next = 0;;) {
		vfg_u128 at;

		if (!add_piece(pieces, piece))
			return false;
		if (next == edges.count)
			return true;
		at = edges.edge[next].at;
		for (; next < edges.count && edges.edge[next].at == at; next++)
			piece ^= edges.edge[next].bit;
	}
}

/* Return: false where there is no room. */
static bool cut_axis(struct cover *cover, int family, int axis, struct pieces *ret_pieces)
{
	const struct vfg_line *whole = &cover->shape->line[family][axis];
	const struct vfg_line *partly[VFG_COVER_MAX] = {0};
	uint64_t always = 0;
	bool any = false;

	ret_pieces->count = 0;
	for (size_t i = 0; i < cover->count; i++) {
		const struct vfg_line *line = &cover->by[i]->line[family][axis];
		unsigned int relation;

		if (!(cover->among & 1ULL << i) || !cover->by[i]->lives[family])
			continue;
		relation = vfg_line_compare(cover->shapes, line, whole);
		if (relation & VFG_HOLDS)
			always |= 1ULL << i;
		else if (relation & VFG_MEETS)
			partly[i] = line;
		any |= partly[i] != NULL;
	}
	if (!any)
		return add_piece(ret_pieces, always);
	if (whole->count > RANGES_MAX)
		return false;
	for (size_t i = 0; i < whole->count; i++) {
		if (!cut_range(cover, partly, whole->range[i], always, ret_pieces))
			return false;
	}
	return true;
}

/* Return: false where some packet of the family is in none, or where that is too much to find. */
static bool holds_family(struct cover *cover, int family)
{
	struct pieces so_far = {.count = 1, .piece = {cover->among}}, axis_pieces, both;

	for (int axis = 0; axis < VFG_AXIS_MAX; axis++) {
		if (!cut_axis(cover, family, axis, &axis_pieces) ||
		    !spend(cover, so_far.count * axis_pieces.count))
			return false;
		both.count = 0;
		for (size_t i = 0; i < so_far.count * axis_pieces.count; i++) {
			uint64_t piece = so_far.piece[i / axis_pieces.count] &
					 axis_pieces.piece[i % axis_pieces.count];

			if (!piece || !add_piece(&both, piece))
				return false;
		}
		so_far = both;
	}
	return true;
}

static bool holds(struct cover *cover, uint64_t among)
{
	cover->among = among;
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		if (cover->shape->lives[family] && !holds_family(cover, family))
			return false;
	}
	return true;
}

size_t vfg_cover_hides(struct vfg_shapes *shapes, const struct vfg_shape *shape,
		       const struct vfg_shape *const *by, size_t count,
		       const struct vfg_shape **ret_by)
{
	struct cover cover = {.shapes = shapes, .shape = shape, .by = by, .count = count};
	uint64_t among = count ? ~0ULL >> (VFG_COVER_MAX - count) : 0;
	size_t kept = 0;

	if (!count || !holds(&cover, among))
		return 0;
	for (size_t i = count; i-- > 0;) {
		if (holds(&cover, among & ~(1ULL << i)))
			among &= ~(1ULL << i);
	}
	for (size_t i = 0; i < count; i++) {
		if (among & 1ULL << i)
			ret_by[kept++] = by[i];
	}
	return kept;
}
