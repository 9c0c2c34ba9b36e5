/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values in effective rules and routes: addresses and ports as the platform writes them out.
 */
#ifndef VFG_POLICY_COMPILER_INFORCE_H
#define VFG_POLICY_COMPILER_INFORCE_H

#include "json.h"
#include "nsg.h"

/**
 * vfg_inforce_values - one property of an effective rule
 * @place: of the rule
 * @tags: tag to array of prefixes; what a tag is expanded to is added here
 * @ret_values: an array, the caller's: "*" alone for all addresses or ports, else prefixes, tags or
 * ranges. What is no text stands as it is, for the reader of the rule to refuse.
 *
 * Singular and plural say the same. A tag stays a tag where @tags has (or gets) the expansion that
 * the rule says, else the expansion takes its place.
 *
 * Return: 0, -EINVAL where singular and plural differ (said in @diag), -ENOMEM.
 */
int vfg_inforce_values(struct vfg_diag *diag, struct vfg_place place, struct json_object *rule,
		       enum vfg_nsg_property property, struct json_object *tags,
		       struct json_object **ret_values);

/* Add what an effective rule says of its tags to @tags, unless it is there. Return: 0 or -ENOMEM.
 */
int vfg_inforce_tags(struct vfg_diag *diag, struct json_object *rule, struct json_object *tags);

/**
 * vfg_inforce_map - add an entry's tagMap to @tags, but for those that are there
 * @map: an object of arrays, or the text of one; NULL where there is none
 *
 * Return: 0, also with a warning that it cannot be read; -ENOMEM.
 */
int vfg_inforce_map(struct vfg_diag *diag, const char *file, struct json_object *map,
		    struct json_object *tags);

/* Is it the text of a service tag? */
bool vfg_inforce_is_tag(struct json_object *value);

/* All texts of a value that is a text (cut at commas) or an array, in an array: the caller's. */
struct json_object *vfg_inforce_list(struct vfg_arena *arena, struct json_object *value);

#endif
