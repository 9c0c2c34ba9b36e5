/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Service tags: names for sets of addresses. In force at the NIC (effective rules), given by the
 * user (--tag), computed from effective routes (VirtualNetwork), built in where the platform fixes
 * them, computed (Internet), or found in service tags files, in this order.
 */
#ifndef VFG_POLICY_COMPILER_TAG_H
#define VFG_POLICY_COMPILER_TAG_H

#include "document.h"
#include "model.h"
#include "tagname.h"

#define VFG_TAG_WIRE_SERVER "168.63.129.16/32"
#define VFG_TAG_METADATA    "169.254.169.254/32"

struct vfg_tags;

/**
 * vfg_tags_new - a table with no user's tags and no files
 * @lenient: mask host bits in prefixes instead of refusing them
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_tags_new(struct vfg_diag *diag, bool lenient, struct vfg_tags **ret_tags);

/* Add NAME=PREFIX[,PREFIX...]. Return: 0, also where @diag got an error; -ENOMEM. */
int vfg_tags_define(struct vfg_tags *tags, const char *definition);

/**
 * vfg_tags_add_map - take the tags that a document says: those in force at the NIC (effective
 * rules) win over all others, those computed from routes stand behind what the user defines
 * @document: its `tags` are read; a tag without addresses there counts as not given
 *
 * Of two documents of one sort the first is believed, with a warning where they differ.
 *
 * Return: 0, also with errors in @diag; -ENOMEM.
 */
int vfg_tags_add_map(struct vfg_tags *tags, const struct vfg_document *document);

/* Add a service tags file: @tree stays the caller's and must live as long as the table. */
int vfg_tags_add_file(struct vfg_tags *tags, const char *file, struct json_object *tree);

/**
 * vfg_tags_resolve - the addresses of a tag
 * @place: who asks, for messages
 *
 * The same tag always gives the same set. Classic spellings are taken with a warning; so is a
 * VirtualNetwork that holds all of a family, and an Internet that is empty because of that.
 *
 * Return: 0, -ENOENT where it is unknown or broken (said in @diag), -ENOMEM.
 */
int vfg_tags_resolve(struct vfg_tags *tags, const char *name, struct vfg_place place,
		     const struct vfg_set **ret_set);

/* Has vfg_tags_resolve() failed for it already? */
bool vfg_tags_failed(const struct vfg_tags *tags, const char *name);

#endif
