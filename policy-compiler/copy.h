/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copy loops of a template.
 */
#ifndef VFG_POLICY_COMPILER_COPY_H
#define VFG_POLICY_COMPILER_COPY_H

#include "template.h"

enum {
	VFG_COPY_MAX = 800, /* as the platform limits it */
};

/**
 * vfg_copy_count - how often a loop runs
 * @copy: {"name","count",...}
 * @ret_why: an unresolved value where the count is not known, else NULL
 *
 * Return: 0, -EINVAL said in the messages, -ENOMEM.
 */
int vfg_copy_count(struct vfg_template *template, struct json_object *copy, size_t *ret_count,
		   struct json_object **ret_why);

/* A loop's name, as copyIndex('name') asks for it. Return: as above. */
int vfg_copy_name(struct vfg_template *template, struct json_object *copy, const char **ret_name);

/* The list that {"name","count","input"} makes; unresolved where the count is. Return: as above. */
int vfg_copy_list(struct vfg_template *template, struct json_object *copy,
		  struct json_object **ret_list);

/* The loops of an object's property "copy"; NULL where it has none. */
struct json_object *vfg_copy_of(struct json_object *object);

#endif
