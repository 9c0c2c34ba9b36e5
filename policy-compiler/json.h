/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON text to a tree, and the few looks into it that readers need. Trees belong to json-c: release
 * them with json_object_put().
 */
#ifndef VFG_POLICY_COMPILER_JSON_H
#define VFG_POLICY_COMPILER_JSON_H

#include <json-c/json.h>

#include "nsgc.h"

enum {
	VFG_JSON_DEPTH_MAX = 64,
	VFG_JSON_BYTES_MAX = 100 * 1000 * 1000,
};

/**
 * vfg_json_parse - a whole text to a tree
 * @file: for messages
 *
 * A UTF-8 byte order mark is skipped. Refused, with one message: more than VFG_JSON_BYTES_MAX, more
 * than VFG_JSON_DEPTH_MAX levels, more values or objects than scan.h admits, UTF-16, invalid UTF-8,
 * anything after the value, a field given twice in one object (spelled alike but for case too), a
 * top that is neither object nor array.
 *
 * Return: 0, -EINVAL or -ENOMEM, both said in @diag.
 */
int vfg_json_parse(struct vfg_diag *diag, const char *file, const char *text, size_t bytes,
		   struct json_object **ret_tree);

/**
 * vfg_json_member - a member of an object, whatever the case of its name
 *
 * Return: the value, NULL where there is none, where it is null or where @object is no object.
 */
struct json_object *vfg_json_member(struct json_object *object, const char *name);

/* The same, NULL unless the value is an array. */
struct json_object *vfg_json_array(struct json_object *object, const char *name);

/**
 * vfg_json_text - a string or number as text in the arena
 *
 * A NUL inside becomes '?', so that nothing can hide behind it.
 *
 * Return: the text; NULL where @value is NULL or anything else, or without memory.
 */
const char *vfg_json_text(struct vfg_arena *arena, struct json_object *value);

/**
 * vfg_json_unresolved_new - what stands for a value that is not known
 * @why: one line for people: what it is, why it is not known and what to do
 *
 * It is neither text nor list; a parsed file never holds one.
 *
 * Return: the value, NULL without memory.
 */
struct json_object *vfg_json_unresolved_new(const char *why);

/* Why a value is not known, in the arena; NULL where it is. */
const char *vfg_json_unresolved(struct vfg_arena *arena, struct json_object *value);
bool vfg_json_is_unresolved(struct json_object *value);

/* Has vfg_json_text() a text for it? */
bool vfg_json_is_text(struct json_object *value);

/* A tree as text for people and scripts, indented, with a newline at its end; NULL without memory.
 */
const char *vfg_json_print(struct vfg_arena *arena, struct json_object *tree);

#endif
