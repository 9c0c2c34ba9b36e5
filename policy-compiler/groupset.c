/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of groups, found by their content.
 */
#include "groupset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

static int make_room(struct vfg_groupsets *sets)
{
	size_t room = sets->room ? sets->room * 2 : FIRST_ROOM;
	struct vfg_groupset *more;

	if (sets->count < sets->room)
		return 0;
	more = vfg_arena_array(sets->arena, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	if (sets->count)
		memcpy(more, sets->set, sets->count * sizeof(*more));
	sets->set = more;
	sets->room = room;
	return 0;
}

int vfg_groupsets_intern(struct vfg_groupsets *sets, const uint32_t *group, size_t count,
			 uint32_t *ret_set)
{
	uint64_t hash = vfg_finder_hash(count, group, count * sizeof(*group));
	uint32_t *copy, found;
	size_t cursor = 0;
	int err;

	for (;;) {
		found = vfg_finder_next(&sets->finder, hash, &cursor);
		if (found == VFG_FINDER_NONE)
			break;
		if (sets->set[found].count == count &&
		    !memcmp(sets->set[found].group, group, count * sizeof(*group))) {
			*ret_set = found;
			return 0;
		}
	}
	err = make_room(sets);
	copy = vfg_arena_array(sets->arena, count + 1, sizeof(*copy));
	if (err || !copy)
		return -ENOMEM;
	memcpy(copy, group, count * sizeof(*group));
	sets->set[sets->count] = (struct vfg_groupset){.count = count, .group = copy};
	*ret_set = (uint32_t)sets->count++;
	return vfg_finder_add(&sets->finder, hash, *ret_set);
}

static int compare(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

int vfg_groupsets_join(struct vfg_groupsets *sets, const uint32_t *set, size_t count,
		       uint32_t *ret_set)
{
	size_t total = 0, next = 0;
	uint32_t *group;

	for (size_t i = 0; i < count; i++)
		total += sets->set[set[i]].count;
	group = vfg_arena_array(sets->arena, total + 1, sizeof(*group));
	if (!group)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct vfg_groupset *from = &sets->set[set[i]];

		memcpy(group + next, from->group, from->count * sizeof(*group));
		next += from->count;
	}
	qsort(group, total, sizeof(*group), compare);
	return vfg_groupsets_intern(sets, group, total, ret_set);
}
