/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The product of the axes, one after the other: each group of an axis leads on to the rules that
 * are left, and what goes on in the same way is followed once.
 */
#include "diagram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "state.h"

enum {
	FIRST_ROOM = 64,
	LEVELS = VFG_DIM_MAX,
};

/* A state that was met, and what it led to. */
struct memo {
	uint32_t id;
	uint32_t level;
	size_t count;
	const struct vfg_piece *piece;
};

/* A group of the axis at hand, by where it leads. */
struct lead {
	uint32_t child;
	uint32_t group;
};

struct builder {
	struct vfg_arena *arena;
	struct vfg_diagram *diagram;
	struct vfg_state_frame frame;
	struct vfg_finder memos_by_state, nodes_by_content, leaves_by_content;
	size_t memos, memo_room, node_room, leaf_room;
	struct memo *memo;
	struct lead *lead[LEVELS]; /* room for each level's groups */
	uint32_t *group;	   /* room for any axis's groups */
	uint64_t *work;
};

static int grow(struct vfg_arena *arena, void **array, size_t count, size_t *room, size_t bytes)
{
	size_t more = *room ? *room * 2 : FIRST_ROOM;
	void *copy;

	if (count < *room)
		return 0;
	copy = vfg_arena_array(arena, more, bytes);
	if (!copy)
		return -ENOMEM;
	if (count)
		memcpy(copy, *array, count * bytes);
	*array = copy;
	*room = more;
	return 0;
}

/* ---- leaves and nodes, each once ---- */

static int intern_leaf(struct builder *builder, const struct vfg_state *state, uint32_t *ret_id)
{
	struct vfg_diagram *diagram = builder->diagram;
	struct vfg_diagram_leaf leaf = {0};
	bool allow;
	uint64_t hash;
	size_t cursor = 0;
	uint32_t found;

	leaf.number[VFG_AFTER] = vfg_state_decider(&builder->frame, VFG_AFTER, state, &allow);
	leaf.number[VFG_BEFORE] =
		vfg_state_decider(&builder->frame, VFG_BEFORE, state, &leaf.before_allows);
	hash = vfg_finder_mix((uint64_t)leaf.number[VFG_BEFORE] << 32 | leaf.number[VFG_AFTER]) +
	       leaf.before_allows;
	for (;;) {
		found = vfg_finder_next(&builder->leaves_by_content, hash, &cursor);
		if (found == VFG_FINDER_NONE)
			break;
		if (!memcmp(diagram->leaf[found].number, leaf.number, sizeof(leaf.number)) &&
		    diagram->leaf[found].before_allows == leaf.before_allows) {
			*ret_id = found | VFG_DIAGRAM_LEAF;
			return 0;
		}
	}
	if (grow(builder->arena, (void **)&diagram->leaf, diagram->leaves, &builder->leaf_room,
		 sizeof(leaf)))
		return -ENOMEM;
	found = (uint32_t)diagram->leaves++;
	diagram->leaf[found] = leaf;
	*ret_id = found | VFG_DIAGRAM_LEAF;
	return vfg_finder_add(&builder->leaves_by_content, hash, found);
}

static int compare_leads(const void *left, const void *right)
{
	const struct lead *a = left, *b = right;

	if (a->child != b->child)
		return a->child < b->child ? -1 : 1;
	return a->group < b->group ? -1 : a->group > b->group;
}

/* Leads, sorted, become edges: one for each child. */
static int make_edges(struct builder *builder, enum vfg_dimension axis, const struct lead *lead,
		      size_t count, struct vfg_diagram_node *ret_node)
{
	struct vfg_diagram_edge *edge = vfg_arena_array(builder->arena, count, sizeof(*edge));
	size_t edges = 0;

	if (!edge)
		return -ENOMEM;
	for (size_t i = 0; i < count;) {
		uint32_t child = lead[i].child;
		size_t groups = 0;

		for (; i < count && lead[i].child == child; i++)
			builder->group[groups++] = lead[i].group;
		edge[edges].child = child;
		if (vfg_groupsets_intern(&builder->diagram->sets[axis], builder->group, groups,
					 &edge[edges].set))
			return -ENOMEM;
		edges++;
	}
	*ret_node = (struct vfg_diagram_node){.count = edges, .edge = edge};
	return 0;
}

static int intern_node(struct builder *builder, int level, struct lead *lead, size_t count,
		       uint32_t *ret_id)
{
	struct vfg_diagram *diagram = builder->diagram;
	struct vfg_diagram_node node;
	size_t cursor = 0, bytes;
	uint32_t found;
	uint64_t hash;

	qsort(lead, count, sizeof(*lead), compare_leads);
	if (make_edges(builder, diagram->order[level], lead, count, &node))
		return -ENOMEM;
	node.level = (uint32_t)level;
	bytes = node.count * sizeof(*node.edge);
	hash = vfg_finder_hash((uint64_t)level, node.edge, bytes);
	for (;;) {
		found = vfg_finder_next(&builder->nodes_by_content, hash, &cursor);
		if (found == VFG_FINDER_NONE)
			break;
		if (diagram->node[found].level == (uint32_t)level &&
		    diagram->node[found].count == node.count &&
		    !memcmp(diagram->node[found].edge, node.edge, bytes)) {
			*ret_id = found;
			return 0;
		}
	}
	if (grow(builder->arena, (void **)&diagram->node, diagram->nodes, &builder->node_room,
		 sizeof(node)))
		return -ENOMEM;
	found = (uint32_t)diagram->nodes++;
	diagram->node[found] = node;
	*ret_id = found;
	return vfg_finder_add(&builder->nodes_by_content, hash, found);
}

/* ---- states ---- */

static bool has_ports(const struct vfg_piece *piece, size_t count)
{
	return count && !piece[0].word;
}

/* How many axes are known: protocols without ports have no source port to ask for. */
static int known_at(int level, const struct vfg_state *state)
{
	return level == LEVELS - 1 && !has_ports(state->piece, state->count) ? LEVELS : level;
}

static uint64_t hash_of(int level, const struct vfg_state *state)
{
	return vfg_finder_hash((uint64_t)level, state->piece, state->count * sizeof(*state->piece));
}

/* Return: the index of a state's memo, or VFG_FINDER_NONE. */
static uint32_t recall(const struct builder *builder, int level, const struct vfg_state *state)
{
	uint64_t hash = hash_of(level, state);
	size_t cursor = 0;

	for (;;) {
		uint32_t found = vfg_finder_next(&builder->memos_by_state, hash, &cursor);

		if (found == VFG_FINDER_NONE)
			return found;
		if (builder->memo[found].level == (uint32_t)level &&
		    builder->memo[found].count == state->count &&
		    !memcmp(builder->memo[found].piece, state->piece,
			    state->count * sizeof(*state->piece)))
			return found;
	}
}

static int remember(struct builder *builder, int level, const struct vfg_state *state,
		    uint32_t *ret_index)
{
	struct vfg_piece *piece = vfg_arena_array(builder->arena, state->count + 1, sizeof(*piece));

	if (!piece || grow(builder->arena, (void **)&builder->memo, builder->memos,
			   &builder->memo_room, sizeof(*builder->memo)))
		return -ENOMEM;
	memcpy(piece, state->piece, state->count * sizeof(*piece));
	builder->memo[builder->memos] = (struct memo){
		.level = (uint32_t)level,
		.count = state->count,
		.piece = piece,
	};
	*ret_index = (uint32_t)builder->memos++;
	return vfg_finder_add(&builder->memos_by_state, hash_of(level, state), *ret_index);
}

static void narrow(const struct memo *from, const uint64_t *vector, struct vfg_state *ret_state)
{
	size_t count = 0;

	for (size_t i = 0; i < from->count; i++) {
		struct vfg_piece piece = from->piece[i];

		piece.bits &= vector[piece.word];
		if (piece.bits)
			ret_state->piece[count++] = piece;
	}
	ret_state->count = count;
}

/* Recursion ends with the axes. */
static int build(struct builder *builder, int level, uint32_t from, uint32_t *ret_id)
{
	enum vfg_dimension dimension = builder->diagram->order[level];
	const struct vfg_axis *axis = &builder->diagram->axis[dimension];
	struct lead *lead = builder->lead[level];
	size_t count = 0;
	int err = 0;

	for (uint32_t group = 0; group < axis->groups && !err; group++) {
		const struct memo *memo = &builder->memo[from];
		struct vfg_state state;
		uint32_t child = VFG_DIAGRAM_SAME, at;
		int known;

		if (*builder->work < memo->count)
			return -E2BIG;
		*builder->work -= memo->count;
		narrow(memo, vfg_axis_vector(axis, builder->frame.pair, group), &state);
		known = known_at(level + 1, &state);
		if (!vfg_state_reduce(&builder->frame, known, &state))
			continue;
		at = known == LEVELS ? VFG_FINDER_NONE : recall(builder, level + 1, &state);
		if (known == LEVELS) {
			err = intern_leaf(builder, &state, &child);
		} else if (at != VFG_FINDER_NONE) {
			child = builder->memo[at].id;
		} else {
			err = remember(builder, level + 1, &state, &at);
			if (!err)
				err = build(builder, level + 1, at, &child);
			if (!err)
				builder->memo[at].id = child;
		}
		if (child != VFG_DIAGRAM_SAME)
			lead[count++] = (struct lead){.child = child, .group = group};
	}
	*ret_id = VFG_DIAGRAM_SAME;
	if (err || !count)
		return err;
	return intern_node(builder, level, lead, count, ret_id);
}

/* ---- all of it ---- */

static void find_certain(struct builder *builder)
{
	uint32_t words = builder->frame.pair->words;

	memset(builder->frame.certain, 0xff, sizeof(builder->frame.certain));
	for (int level = LEVELS - 1; level >= 0; level--) {
		const struct vfg_axis *axis =
			&builder->diagram->axis[builder->diagram->order[level]];
		uint64_t *certain = builder->frame.certain[level];

		memcpy(certain, builder->frame.certain[level + 1], words * sizeof(*certain));
		for (uint32_t group = 0; group < axis->groups; group++) {
			const uint64_t *vector = vfg_axis_vector(axis, builder->frame.pair, group);

			for (uint32_t word = 1; word < words; word++)
				certain[word] &= vector[word];
		}
	}
}

static int take_room(struct builder *builder)
{
	struct vfg_diagram *diagram = builder->diagram;
	uint32_t most = 1;

	for (int level = 0; level < LEVELS; level++) {
		uint32_t groups = diagram->axis[diagram->order[level]].groups;

		most = groups > most ? groups : most;
		builder->lead[level] =
			vfg_arena_array(builder->arena, groups, sizeof(*builder->lead[level]));
		if (!builder->lead[level])
			return -ENOMEM;
	}
	builder->group = vfg_arena_array(builder->arena, most, sizeof(*builder->group));
	if (!builder->group)
		return -ENOMEM;
	for (uint32_t group = 0; group < diagram->axis[VFG_DIM_SOURCE_PORT].groups; group++)
		builder->group[group] = group;
	return vfg_groupsets_intern(&diagram->sets[VFG_DIM_SOURCE_PORT], builder->group,
				    diagram->axis[VFG_DIM_SOURCE_PORT].groups,
				    &diagram->whole_source);
}

static int build_root(struct builder *builder)
{
	const struct vfg_alignment *alignment = builder->frame.alignment;
	struct vfg_diagram *diagram = builder->diagram;
	struct vfg_state state = {0};
	uint32_t first;
	int err;

	for (uint32_t word = 0; word < builder->frame.pair->words; word++) {
		if (alignment->alive[word])
			state.piece[state.count++] =
				(struct vfg_piece){.bits = alignment->alive[word], .word = word};
	}
	diagram->nodes = 1;
	diagram->root = VFG_DIAGRAM_SAME;
	if (!vfg_state_reduce(&builder->frame, 0, &state))
		return 0;
	if (grow(builder->arena, (void **)&diagram->node, 0, &builder->node_room,
		 sizeof(*diagram->node)))
		return -ENOMEM;
	err = remember(builder, 0, &state, &first);
	return err ? err : build(builder, 0, first, &diagram->root);
}

int vfg_diagram_build(struct vfg_arena *arena, const struct vfg_pair *pair, uint64_t *work,
		      struct vfg_diagram *ret_diagram)
{
	struct vfg_diagram diagram = {0};
	struct vfg_alignment *alignment = vfg_arena_alloc(arena, sizeof(*alignment));
	struct builder *builder = vfg_arena_alloc(arena, sizeof(*builder));
	int err = alignment && builder ? 0 : -ENOMEM;

	for (int dimension = 0; dimension < VFG_DIM_MAX && !err; dimension++) {
		diagram.sets[dimension].arena = diagram.sets[dimension].finder.arena = arena;
		err = vfg_axis_build(arena, pair, dimension, &diagram.axis[dimension]);
	}
	if (!err)
		err = vfg_align(arena, pair, diagram.axis, alignment);
	if (err)
		return err;
	*builder = (struct builder){
		.arena = arena,
		.diagram = &diagram,
		.frame = {.pair = pair, .alignment = alignment},
		.memos_by_state.arena = arena,
		.nodes_by_content.arena = arena,
		.leaves_by_content.arena = arena,
		.work = work,
	};
	vfg_order_choose(pair, alignment, diagram.axis, diagram.order);
	find_certain(builder);
	err = take_room(builder);
	if (!err)
		err = build_root(builder);
	*ret_diagram = diagram;
	return err;
}
