/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The service tags that are known so far, by name: one entry a name, found in constant time.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tagtable.h"

enum {
	FIRST_ROOM = 64,
};

void vfg_tag_table_open(struct vfg_tag_table *table, struct vfg_arena *arena)
{
	*table = (struct vfg_tag_table){.arena = arena, .index = {.arena = arena}};
}

struct vfg_tag *vfg_tag_table_find(const struct vfg_tag_table *table, const char *name)
{
	uint64_t hash = vfg_finder_hash_name(name);
	size_t cursor = 0;
	uint32_t at;

	while ((at = vfg_finder_next(&table->index, hash, &cursor)) != VFG_FINDER_NONE) {
		if (!strcasecmp(table->tag[at]->name, name))
			return table->tag[at];
	}
	return NULL;
}

static int grow(struct vfg_tag_table *table)
{
	size_t room = table->room ? table->room * 2 : FIRST_ROOM;
	struct vfg_tag **tag = vfg_arena_array(table->arena, room, sizeof(struct vfg_tag *));

	if (!tag)
		return -ENOMEM;
	if (table->count)
		memcpy(tag, table->tag, table->count * sizeof(*tag));
	table->tag = tag;
	table->room = room;
	return 0;
}

int vfg_tag_table_add(struct vfg_tag_table *table, const struct vfg_tag *tag)
{
	struct vfg_tag *copy = vfg_arena_alloc(table->arena, sizeof(*copy));
	int err = table->count < table->room ? 0 : grow(table);

	if (!copy || err)
		return -ENOMEM;
	*copy = *tag;
	table->tag[table->count] = copy;
	return vfg_finder_add(&table->index, vfg_finder_hash_name(tag->name),
			      (uint32_t)table->count++);
}
