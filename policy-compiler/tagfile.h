/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A service tags file, and the prefixes that tags are made of. Used by tag.c alone.
 */
#ifndef VFG_POLICY_COMPILER_TAGFILE_H
#define VFG_POLICY_COMPILER_TAGFILE_H

#include "address.h"
#include "finder.h"
#include "json.h"

struct vfg_tag_file {
	struct vfg_tag_file *next;
	const char *name;
	struct json_object *values;
	struct vfg_finder index; /* of values, by name; filled at the first question */
};

/* One prefix of a tag; host bits are masked if @lenient. Return: 0, or -EINVAL, said in @diag. */
int vfg_tag_prefix(struct vfg_diag *diag, bool lenient, struct vfg_place place, const char *text,
		   struct vfg_prefix *ret_prefix);

/* @tree stays the caller's, and must outlive the file. Return: 0, -EINVAL (said), -ENOMEM. */
int vfg_tag_file_open(struct vfg_diag *diag, const char *name, struct json_object *tree,
		      struct vfg_tag_file **ret_file);

/**
 * vfg_tag_file_find - the addresses of a tag
 * @place: who asks
 *
 * Return: 0, -ENOENT where the file does not have it, -EINVAL where it has no or wrong prefixes
 * (said in @diag), -ENOMEM.
 */
int vfg_tag_file_find(struct vfg_diag *diag, struct vfg_tag_file *file, const char *name,
		      bool lenient, struct vfg_place place, const struct vfg_set **ret_set);

#endif
