/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boxes: one set of groups for each axis, and a leaf.
 */
#include "region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_ROOM = 64,
	/* What stands in a box's key: the leaf, and the sets of the axes. */
	KEYS = 1 + VFG_DIM_MAX,
};

/* The key's last is what may be joined: boxes that are equal in all others are neighbours once
 * sorted. */
struct box {
	uint32_t key[KEYS];
};

struct boxes {
	struct vfg_arena *arena;
	struct vfg_diagram *diagram;
	size_t count, room, limit;
	struct box *box;
	uint32_t *joined; /* room for the sets to join */
};

/* A set's ranges, once they were asked for. */
struct shelf {
	struct vfg_ranges *ranges;
	bool *known;
	uint8_t *member; /* by group, for the set at hand */
};

static int add_box(struct boxes *boxes, const struct box *box)
{
	if (boxes->count == boxes->limit)
		return -E2BIG;
	if (boxes->count == boxes->room) {
		size_t room = boxes->room ? boxes->room * 2 : FIRST_ROOM;
		struct box *more = vfg_arena_array(boxes->arena, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (boxes->count)
			memcpy(more, boxes->box, boxes->count * sizeof(*more));
		boxes->box = more;
		boxes->room = room;
	}
	boxes->box[boxes->count++] = *box;
	return 0;
}

/* Every way from a node to a leaf. As deep as there are axes. */
static int follow(struct boxes *boxes, uint32_t id, struct box *box)
{
	const struct vfg_diagram *diagram = boxes->diagram;
	const struct vfg_diagram_node *node;
	int err = 0;

	if (id & VFG_DIAGRAM_LEAF) {
		box->key[0] = id;
		return add_box(boxes, box);
	}
	node = &diagram->node[id];
	for (size_t i = 0; i < node->count && !err; i++) {
		struct box next = *box;

		next.key[1 + diagram->order[node->level]] = node->edge[i].set;
		err = follow(boxes, node->edge[i].child, &next);
	}
	return err;
}

static int compare(const void *left, const void *right)
{
	const struct box *a = left, *b = right;

	for (int i = 0; i < KEYS; i++) {
		if (a->key[i] != b->key[i])
			return a->key[i] < b->key[i] ? -1 : 1;
	}
	return 0;
}

static void swap_last(struct boxes *boxes, int key)
{
	for (size_t i = 0; i < boxes->count; i++) {
		uint32_t last = boxes->box[i].key[KEYS - 1];

		boxes->box[i].key[KEYS - 1] = boxes->box[i].key[key];
		boxes->box[i].key[key] = last;
	}
}

/* Join the boxes that differ in nothing but one axis. They share no flow, so their sets of it share
 * no group. */
static int join(struct boxes *boxes, int dimension, bool *ret_joined)
{
	size_t kept = 0, i = 0;
	int err = 0;

	swap_last(boxes, 1 + dimension);
	qsort(boxes->box, boxes->count, sizeof(*boxes->box), compare);
	while (i < boxes->count && !err) {
		struct box box = boxes->box[i];
		size_t sets = 0;

		for (; i < boxes->count &&
		       !memcmp(box.key, boxes->box[i].key, sizeof(*box.key) * (KEYS - 1));
		     i++)
			boxes->joined[sets++] = boxes->box[i].key[KEYS - 1];
		if (sets > 1) {
			err = vfg_groupsets_join(&boxes->diagram->sets[dimension], boxes->joined,
						 sets, &box.key[KEYS - 1]);
			*ret_joined = true;
		}
		boxes->box[kept++] = box;
	}
	boxes->count = kept;
	swap_last(boxes, 1 + dimension);
	return err;
}

/* Until nothing is left to join; each joining leaves fewer boxes, so this ends. */
static int join_all(struct boxes *boxes)
{
	bool joined = true;

	boxes->joined = vfg_arena_array(boxes->arena, boxes->count + 1, sizeof(*boxes->joined));
	if (!boxes->joined)
		return -ENOMEM;
	while (joined) {
		joined = false;
		for (int dimension = VFG_DIM_MAX - 1; dimension >= 0; dimension--) {
			int err = join(boxes, dimension, &joined);

			if (err)
				return err;
		}
	}
	return 0;
}

/* ---- from sets of groups to ranges ---- */

static int shelf_new(struct vfg_arena *arena, const struct vfg_diagram *diagram, int dimension,
		     struct shelf *ret_shelf)
{
	size_t sets = diagram->sets[dimension].count;

	ret_shelf->ranges = vfg_arena_array(arena, sets + 1, sizeof(*ret_shelf->ranges));
	ret_shelf->known = vfg_arena_array(arena, sets + 1, sizeof(*ret_shelf->known));
	ret_shelf->member = vfg_arena_array(arena, diagram->axis[dimension].groups + 1,
					    sizeof(*ret_shelf->member));
	return ret_shelf->ranges && ret_shelf->known && ret_shelf->member ? 0 : -ENOMEM;
}

/* Stretches of the axis that begin with a member and end before the next that is none. */
static size_t list_ranges(const struct vfg_axis *axis, const uint8_t *member,
			  struct vfg_address_range *range)
{
	size_t count = 0;
	bool inside = false;

	for (size_t i = 0; i < axis->count; i++) {
		bool next = member[axis->cut[i].group];

		if (inside && !next && range)
			range[count - 1].last = axis->cut[i].first - 1;
		if (!inside && next) {
			if (range)
				range[count].first = axis->cut[i].first;
			count++;
		}
		inside = next;
	}
	if (inside && range)
		range[count - 1].last = axis->end;
	return count;
}

static int ranges_of(struct vfg_arena *arena, const struct vfg_diagram *diagram, int dimension,
		     struct shelf *shelf, uint32_t number)
{
	const struct vfg_groupset *set = &diagram->sets[dimension].set[number];
	const struct vfg_axis *axis = &diagram->axis[dimension];
	struct vfg_ranges ranges = {0};

	if (shelf->known[number])
		return 0;
	for (size_t i = 0; i < set->count; i++)
		shelf->member[set->group[i]] = 1;
	ranges.count = list_ranges(axis, shelf->member, NULL);
	ranges.range = vfg_arena_array(arena, ranges.count, sizeof(*ranges.range));
	if (!ranges.range)
		return -ENOMEM;
	list_ranges(axis, shelf->member, ranges.range);
	for (size_t i = 0; i < set->count; i++)
		shelf->member[set->group[i]] = 0;
	shelf->ranges[number] = ranges;
	shelf->known[number] = true;
	return 0;
}

static struct vfg_verdict verdict_of(const struct vfg_tables *tables, uint32_t number, bool allow)
{
	const struct vfg_rule_info *info = vfg_tables_rule(tables, number);

	return (struct vfg_verdict){
		.allow = allow,
		.rule = vfg_tables_text(tables, info ? info->name_offset : 0),
		.list = info ? vfg_tables_list_name(tables, info) : "",
		.number = number,
		.stage = info ? info->stage : 0,
	};
}

static int take_room(struct vfg_regions *regions, size_t count)
{
	size_t room = regions->count + count;
	struct vfg_region *more;

	if (room <= regions->room)
		return 0;
	more = vfg_arena_array(regions->arena, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	if (regions->count)
		memcpy(more, regions->region, regions->count * sizeof(*more));
	regions->region = more;
	regions->room = room;
	return 0;
}

static int convert(struct vfg_regions *regions, const struct vfg_pair *pair,
		   const struct boxes *boxes, struct shelf shelf[VFG_DIM_MAX])
{
	const struct vfg_diagram *diagram = boxes->diagram;

	for (size_t i = 0; i < boxes->count; i++) {
		const struct box *box = &boxes->box[i];
		const struct vfg_diagram_leaf *leaf =
			&diagram->leaf[box->key[0] & ~VFG_DIAGRAM_LEAF];
		struct vfg_region *region = &regions->region[regions->count++];

		*region = (struct vfg_region){
			.direction = (uint8_t)pair->direction,
			.family = (uint8_t)pair->family,
		};
		for (int version = 0; version < VFG_VERSION_MAX; version++)
			region->verdict[version] =
				verdict_of(pair->tables[version], leaf->number[version],
					   leaf->before_allows == (version == VFG_BEFORE));
		for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++) {
			uint32_t set = box->key[1 + dimension];
			int err = ranges_of(regions->arena, diagram, dimension, &shelf[dimension],
					    set);

			if (err)
				return err;
			region->line[dimension] = shelf[dimension].ranges[set];
		}
	}
	return 0;
}

int vfg_regions_add(struct vfg_regions *regions, const struct vfg_pair *pair,
		    struct vfg_diagram *diagram)
{
	struct boxes boxes = {
		.arena = regions->arena,
		.diagram = diagram,
		.limit = regions->limit,
	};
	struct box start = {.key[1 + VFG_DIM_SOURCE_PORT] = diagram->whole_source};
	struct shelf shelf[VFG_DIM_MAX];
	int err = 0;

	if (diagram->root == VFG_DIAGRAM_SAME)
		return 0;
	err = follow(&boxes, diagram->root, &start);
	if (!err)
		err = join_all(&boxes);
	for (int dimension = 0; dimension < VFG_DIM_MAX && !err; dimension++)
		err = shelf_new(regions->arena, diagram, dimension, &shelf[dimension]);
	if (!err)
		err = take_room(regions, boxes.count);
	return err ? err : convert(regions, pair, &boxes, shelf);
}
