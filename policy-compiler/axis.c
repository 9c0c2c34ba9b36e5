/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Merges a dimension of two policies into one line, and gives stretches with equal vectors one
 * group.
 */
#include "axis.h"

#include <errno.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

struct builder {
	struct vfg_arena *arena;
	const struct vfg_pair *pair;
	enum vfg_dimension dimension;
	struct vfg_axis axis;
	uint32_t room;
	struct vfg_finder by_classes;
	struct vfg_finder by_content;
};

/* Where a walk along both policies' lines stands. */
struct cursor {
	struct vfg_intervals line[VFG_VERSION_MAX];
	size_t at[VFG_VERSION_MAX];
	vfg_u128 first;
};

int vfg_pair_lay(struct vfg_pair *pair)
{
	uint32_t next = 1;

	for (int version = 0; version < VFG_VERSION_MAX; version++) {
		const struct vfg_tables *tables = pair->tables[version];

		pair->stages[version] = 0;
		for (int position = 0; position < VFG_STAGE_MAX; position++) {
			struct vfg_stage_words words =
				tables->policy->stage[pair->direction][position];
			struct vfg_pair_stage *stage = &pair->stage[version][pair->stages[version]];

			if (words.first == words.last)
				continue;
			*stage = (struct vfg_pair_stage){
				.first = next,
				.last = next + words.last - words.first,
				.from = words.first,
				.stage = vfg_tables_rules(tables)[words.first * 64U].stage,
			};
			next = stage->last;
			pair->stages[version]++;
		}
	}
	pair->words = next;
	return next > VFG_PAIR_WORDS_MAX ? -EINVAL : 0;
}

uint32_t vfg_pair_number(const struct vfg_pair *pair, enum vfg_version version, uint32_t bit)
{
	for (uint32_t i = 0; i < pair->stages[version]; i++) {
		const struct vfg_pair_stage *stage = &pair->stage[version][i];

		if (bit / 64 >= stage->first && bit / 64 < stage->last)
			return (bit / 64 - stage->first + stage->from) * 64 + bit % 64;
	}
	return VFG_RULE_NONE;
}

/* What a class of each policy says, side by side. */
static void compose(const struct builder *builder, const uint32_t class_id[VFG_VERSION_MAX],
		    bool has_ports, uint64_t *vector)
{
	const struct vfg_pair *pair = builder->pair;

	memset(vector, 0, pair->words * sizeof(*vector));
	vector[0] = has_ports;
	for (int version = 0; version < VFG_VERSION_MAX; version++) {
		const uint64_t *from = vfg_tables_vector(pair->tables[version], builder->dimension,
							 class_id[version]);
		bool every = class_id[version] == VFG_PARTITION_EVERY;

		for (uint32_t i = 0; i < pair->stages[version]; i++) {
			const struct vfg_pair_stage *stage = &pair->stage[version][i];
			size_t bytes = (stage->last - stage->first) * sizeof(*vector);

			if (every)
				memset(vector + stage->first, 0xff, bytes);
			else if (from)
				memcpy(vector + stage->first, from + stage->from, bytes);
		}
	}
}

static int make_room(struct builder *builder)
{
	struct vfg_axis *axis = &builder->axis;
	uint32_t words = builder->pair->words, room;
	uint64_t *more;

	if (axis->groups < builder->room)
		return 0;
	room = builder->room ? builder->room * 2 : FIRST_ROOM;
	more = vfg_arena_array(builder->arena, (size_t)room * words, sizeof(*more));
	if (!more)
		return -ENOMEM;
	if (axis->groups)
		memcpy(more, axis->vector, (size_t)axis->groups * words * sizeof(*more));
	axis->vector = more;
	builder->room = room;
	return 0;
}

/* The new vector stands behind the last group's: it stays there if there is none like it. */
static int intern(struct builder *builder, uint32_t *ret_group)
{
	struct vfg_axis *axis = &builder->axis;
	size_t bytes = builder->pair->words * sizeof(uint64_t), cursor = 0;
	const uint64_t *vector = vfg_axis_vector(axis, builder->pair, axis->groups);
	uint64_t hash = vfg_finder_hash(0, vector, bytes);
	uint32_t group;

	for (;;) {
		group = vfg_finder_next(&builder->by_content, hash, &cursor);
		if (group == VFG_FINDER_NONE)
			break;
		if (!memcmp(vfg_axis_vector(axis, builder->pair, group), vector, bytes)) {
			*ret_group = group;
			return 0;
		}
	}
	*ret_group = axis->groups++;
	return vfg_finder_add(&builder->by_content, hash, *ret_group);
}

static int find_group(struct builder *builder, const uint32_t class_id[VFG_VERSION_MAX],
		      bool has_ports, uint32_t *ret_group)
{
	uint64_t key = (uint64_t)class_id[VFG_BEFORE] | (uint64_t)class_id[VFG_AFTER] << 20 |
		       (uint64_t)has_ports << 40;
	uint64_t hash = vfg_finder_mix(key);
	size_t cursor = 0;
	int err;

	/* The mix is a bijection: equal hashes are equal keys. */
	*ret_group = vfg_finder_next(&builder->by_classes, hash, &cursor);
	if (*ret_group != VFG_FINDER_NONE)
		return 0;
	err = make_room(builder);
	if (err)
		return err;
	compose(builder, class_id, has_ports,
		builder->axis.vector + (size_t)builder->axis.groups * builder->pair->words);
	err = intern(builder, ret_group);
	if (err)
		return err;
	return vfg_finder_add(&builder->by_classes, hash, *ret_group);
}

static void add_cut(struct vfg_axis *axis, vfg_u128 first, uint32_t group)
{
	if (!axis->count || axis->cut[axis->count - 1].group != group)
		axis->cut[axis->count++] = (struct vfg_axis_cut){.first = first, .group = group};
}

/* Where the next stretch begins: @end where there is none. Protocols without ports are groups of
 * their own. */
static vfg_u128 next_of(const struct builder *builder, const struct cursor *cursor)
{
	vfg_u128 next = builder->axis.end;

	for (int version = 0; version < VFG_VERSION_MAX; version++) {
		const struct vfg_intervals *line = &cursor->line[version];
		size_t at = cursor->at[version] + 1;

		if (at < line->count && line->interval[at].first < next)
			next = line->interval[at].first;
	}
	if (builder->dimension == VFG_DIM_SERVICE && cursor->first < VFG_LINE_OTHER &&
	    next > VFG_LINE_OTHER)
		return VFG_LINE_OTHER;
	return next;
}

static bool advance(struct cursor *cursor, vfg_u128 next)
{
	bool moved = next == VFG_LINE_OTHER;

	for (int version = 0; version < VFG_VERSION_MAX; version++) {
		const struct vfg_intervals *line = &cursor->line[version];
		size_t at = cursor->at[version] + 1;

		if (at < line->count && line->interval[at].first == next) {
			cursor->at[version]++;
			moved = true;
		}
	}
	moved &= next > cursor->first;
	cursor->first = next;
	return moved;
}

/* Walk both lines; where one of them goes on to its next interval, a stretch begins. */
static int merge(struct builder *builder, struct cursor *cursor)
{
	do {
		uint32_t class_id[VFG_VERSION_MAX], group;
		bool has_ports =
			builder->dimension != VFG_DIM_SERVICE || cursor->first < VFG_LINE_OTHER;
		int err;

		for (int version = 0; version < VFG_VERSION_MAX; version++)
			class_id[version] =
				cursor->line[version].interval[cursor->at[version]].class_id;
		err = find_group(builder, class_id, has_ports, &group);
		if (err)
			return err;
		add_cut(&builder->axis, cursor->first, group);
	} while (advance(cursor, next_of(builder, cursor)));
	return 0;
}

int vfg_axis_build(struct vfg_arena *arena, const struct vfg_pair *pair,
		   enum vfg_dimension dimension, struct vfg_axis *ret_axis)
{
	struct builder builder = {
		.arena = arena,
		.pair = pair,
		.dimension = dimension,
		.axis.end = vfg_partition_end(dimension, pair->family),
		.by_classes.arena = arena,
		.by_content.arena = arena,
	};
	struct cursor cursor = {0};
	size_t room = 2;
	int err = 0;

	for (int version = 0; version < VFG_VERSION_MAX && !err; version++) {
		err = vfg_partition(arena, pair->tables[version], dimension, pair->family,
				    &cursor.line[version]);
		room += cursor.line[version].count;
	}
	if (err)
		return err;
	builder.axis.cut = vfg_arena_array(arena, room, sizeof(*builder.axis.cut));
	if (!builder.axis.cut)
		return -ENOMEM;
	err = merge(&builder, &cursor);
	*ret_axis = builder.axis;
	return err;
}
