/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The service tags that are known so far, by name. Used by tag.c alone.
 */
#ifndef VFG_POLICY_COMPILER_TAGTABLE_H
#define VFG_POLICY_COMPILER_TAGTABLE_H

#include "finder.h"
#include "model.h"

/* Who says what a tag is. The later one in this list wins. */
enum vfg_tag_origin {
	VFG_TAG_FOUND, /* asked for, and built in, computed, in a file or nowhere */
	VFG_TAG_ROUTES,
	VFG_TAG_USER,
	VFG_TAG_EFFECTIVE,
};

struct vfg_tag {
	const char *name;
	const struct vfg_set *set; /* NULL: resolved in vain */
	bool broken;		   /* defined, but wrongly: said once, where it is defined */
	enum vfg_tag_origin origin;
	struct vfg_place place; /* of the definition */
	const char *shown;	/* the beginning of the definition, for messages */
	bool told;		/* what is odd about it was said */
};

struct vfg_tag_table {
	struct vfg_arena *arena;
	struct vfg_tag **tag;
	size_t count, room;
	struct vfg_finder index; /* of tag, by name */
};

void vfg_tag_table_open(struct vfg_tag_table *table, struct vfg_arena *arena);

/* Whatever the case of the name. Return: the tag, NULL where it is not there. */
struct vfg_tag *vfg_tag_table_find(const struct vfg_tag_table *table, const char *name);

/* Add a copy of a tag whose name is not there yet. Return: 0 or -ENOMEM. */
int vfg_tag_table_add(struct vfg_tag_table *table, const struct vfg_tag *tag);

#endif
